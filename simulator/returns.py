"""A council's own plan from a spreadsheet, as an overlay; and the template to fill in.

Heading rows of two cells, then a table with a row a line of the plan and a column a year. Which amounts stand in
brackets depends on the sign profile the file states, so that no sign can be taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from simulator.money import UNITS
from simulator.place import Council
from simulator.plan import RAGS
from simulator.plan_faults import covered
from simulator.problems import Problem, ScenarioError
from simulator.scenario import Scenario
from simulator.spreadsheets import Cell, Rows
from simulator.years import FinancialYear

HEADINGS = ("council", "unit", "signs", "basis", "title", "publisher", "date", "gap is")
COLUMNS = ("row", "name", "kind", "covers", "rag", "recurrent")
KINDS = ("funding", "spending", "gap", "reserves_used", "contingency", "saving")
PROFILES = {
    "internal": "every amount plain; a gap below nought is a surplus",
    "council": "funding in brackets; spending plain; a gap plain, a surplus in brackets",
    "nhs": "funding plain; spending in brackets; a gap (deficit) in brackets, a surplus plain",
    "charity": "funding plain; spending plain or in brackets; a gap (deficit) in brackets, a surplus plain",
}
"""What stands in brackets, or below nought, under each profile; savings, contingency and use of reserves never do."""
CHOICES = {
    "unit": tuple(UNITS),
    "signs": tuple(PROFILES),
    "basis": ("gross", "net"),
    "gap is": ("before_savings", "after_savings"),
}
SOURCE = "PLAN"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")
_SHARE = re.compile(r"[0-9]+(\.[0-9]+)?%")
Tree = dict[str, Any]


class Read(NamedTuple):
    """One row of the table that has amounts: its cells by column, and its amounts by year in the file's unit."""

    cells: dict[str, Cell]
    amounts: dict[FinancialYear, Decimal]

    def text(self, column: str) -> str:
        """Return what a column says."""
        cell = self.cells.get(column)
        return "" if cell is None or cell.value is None else str(cell.value)


def plan_overlay(rows: Rows, name: str, scenario: Scenario) -> Tree:
    """Return the overlay that a filled-in table makes for `scenario`, as plain values.

    Raises:
        ScenarioError: with every problem of the table.
    """
    reader = _Reader(rows, name, scenario)
    found = reader.overlay()
    if reader.problems:
        raise ScenarioError(tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column))))
    return found


class _Reader:
    """Reads one table and keeps every problem found."""

    def __init__(self, rows: Rows, name: str, scenario: Scenario) -> None:
        self.rows, self.name, self.scenario = rows, name, scenario
        self.problems: list[Problem] = []
        self.start = next((i for i, row in enumerate(rows) if row and row[0].value == COLUMNS[0]), None)
        self.heading = {str(row[0].value): row[1] for row in rows[: self.start] if len(row) > 1 and row[0].value}

    def problem(self, cell: Cell, rule: str, remedy: str) -> None:
        """Keep one problem of a cell."""
        shown = "" if cell.value is None else str(cell.value)[:60]
        self.problems.append(Problem(self.name, cell.row, cell.column, cell.place, shown, rule, remedy))

    def overlay(self) -> Tree:
        """Return the overlay, as far as the table could be read."""
        if self.start is None:
            rule = f"the table begins with a row whose first cells are: {', '.join(COLUMNS)}"
            self.problem(Cell(None, 1, 1, "the first column"), rule, "begin with `headroom import --template`")
            return {}
        council = self.council()
        stated = {key: self.chosen(key) for key in CHOICES}
        if council is None or not all(stated.values()):
            return {}
        read = list(self.table(stated["signs"], council))
        if not read and not self.problems:
            rule, remedy = (
                "no amount is entered in the table",
                "fill in what the plan says, in the columns of its years",
            )
            self.problem(self.rows[self.start][0], rule, remedy)
        scale = UNITS[stated["unit"]] / UNITS[self.scenario.money]
        kinds = {kind: [row for row in read if row.text("kind") == kind] for kind in KINDS}
        plan: Tree = {"source": SOURCE, "rationale": f"entered {stated['basis']}", "gap_is": stated["gap is"]}
        plan["lines"] = [_line(row, scale) for row in read if row.text("kind") in ("funding", "spending")]
        for key, sign in (("gap", 1), ("surplus", -1)):
            amounts = {year: sign * amount for row in kinds["gap"] for year, amount in row.amounts.items()}
            plan[key] = _dated({y: a for y, a in amounts.items() if a > 0 or (a == 0 and sign > 0)}, scale)
        plan["reserves_used"] = _dated({y: a for r in kinds["reserves_used"] for y, a in r.amounts.items()}, scale)
        body: Tree = {"id": council.id, "plan": {key: held for key, held in plan.items() if held}}
        if kinds["saving"]:
            body["savings"] = [_saving(row, scale) for row in kinds["saving"]]
        if kinds["contingency"]:
            body["contingency"] = {"source": SOURCE, "amounts": _dated(kinds["contingency"][0].amounts, scale)}
        title = self.said("title") or f"Medium-term plan of {council.name}"
        source = {"title": title, "publisher": self.said("publisher"), "date": self.said("date"), "grade": "S"}
        kept = {key: held for key, held in source.items() if held}
        return {"name": f"{title}, as entered", "sources": {SOURCE: kept}, "agencies": [body]}

    def said(self, key: str) -> str | None:
        """Return a heading's text, nothing if it is empty."""
        cell = self.heading.get(key)
        return None if cell is None or cell.value is None else str(cell.value)

    def chosen(self, key: str) -> str:
        """Return a heading that is one of a few words, or keep a problem."""
        cell = self.heading.get(key, Cell(None, 1, 2, f"heading `{key}`"))
        if key == "gap is" and cell.value is None:
            return "before_savings"
        if cell.value not in CHOICES[key]:
            self.problem(
                cell, f"`{key}` is one of: {', '.join(CHOICES[key])}", "write one of them in the second column"
            )
            return ""
        return str(cell.value)

    def council(self) -> Council | None:
        """Return the council the table is for, or keep a problem."""
        bodies = {body.id: body for body in self.scenario.agencies}
        cell = self.heading.get("council", Cell(None, 1, 2, "heading `council`"))
        if cell.value not in bodies:
            self.problem(cell, f"`council` names a council of the scenario: {', '.join(bodies)}", "write its id")
            return None
        return bodies[str(cell.value)]

    def table(self, signs: str, council: Council) -> Iterator[Read]:
        """Yield the rows that have amounts; every cell that cannot be used is kept as a problem."""
        assert self.start is not None
        head, seen = self.rows[self.start], set[str]()
        years = {cell.column: year for cell in head[len(COLUMNS) :] if (year := self.year(cell))}
        for row in self.rows[self.start + 1 :]:
            cells = {str(title.value): cell for title, cell in zip(head[: len(COLUMNS)], row, strict=False)}
            filled = [cell for cell in row if cell.column in years and cell.value is not None]
            if not filled:
                continue
            self.check(cells, row[0], council, seen)
            kind = str(cells["kind"].value)
            amounts = {years[cell.column]: self.amount(cell, kind, signs) for cell in filled}
            yield Read(cells, {year: amount for year, amount in amounts.items() if amount is not None})

    def year(self, cell: Cell) -> FinancialYear | None:
        """Return the year at the head of a column, nothing for an empty one."""
        if cell.value is None:
            return None
        try:
            year = FinancialYear.parse(cell.value)
        except ValueError as error:
            self.problem(cell, str(error), "write it as 2026-27")
            return None
        if year <= self.scenario.base_year:
            rule = f"a plan begins after the base year {self.scenario.base_year}"
            self.problem(cell, rule, "take the column out")
            return None
        return year

    def check(self, cells: dict[str, Cell], first: Cell, council: Council, seen: set[str]) -> None:
        """Keep the problems of a row's words."""
        for key in COLUMNS:
            cells.setdefault(key, Cell(None, first.row, 1, f"row {first.row}, {key}"))
        kind, name = str(cells["kind"].value), str(cells["row"].value)
        if kind not in KINDS:
            self.problem(cells["kind"], f"`kind` is one of: {', '.join(KINDS)}", "write one of them")
        if not _ID.fullmatch(name):
            rule = "a row is named by small letters, digits, - and _"
            self.problem(cells["row"], rule, "write a name such as adult_care")
        if name in seen:
            self.problem(cells["row"], f"rows have different names; `{name}` stands twice", "rename one of them")
        seen.add(name)
        known = covered(council)
        for part in str(cells["covers"].value or "").split():
            if part not in known:
                self.problem(cells["covers"], f"`{part}` is no part of {council.id}", f"use: {', '.join(known)}")
        if kind == "saving":
            if cells["rag"].value not in RAGS:
                self.problem(cells["rag"], f"a saving is one of: {', '.join(RAGS)}", "say how sure its delivery is")
            if _share(cells["recurrent"]) is None:
                self.problem(cells["recurrent"], "a saving says what share of it recurs", "write it as 80%")

    def amount(self, cell: Cell, kind: str, signs: str) -> Decimal | None:
        """Return an amount as the scenario counts it: nought or more, a gap above nought when short."""
        try:
            found = _number(cell.value)
        except InvalidOperation:
            self.problem(cell, "an amount is a number, with or without £, commas and brackets", "write it as 1,234.5")
            return None
        below, allowed = found < 0, _allowed(kind, signs)
        if found and below not in allowed:
            wanted = "in brackets" if True in allowed else "plain"
            rule = f"under the signs `{signs}` {kind.replace('_', ' ')} is {wanted} ({PROFILES[signs]})"
            self.problem(cell, rule, "change its sign, or the profile named under `signs`")
            return None
        return found * _gap_sign(signs) if kind == "gap" else abs(found)


def _allowed(kind: str, signs: str) -> set[bool]:
    """Return whether amounts of a kind may stand below nought, or must, under a profile."""
    if kind == "gap":
        return {True, False}
    if kind == "funding":
        return {signs == "council"}
    if kind == "spending":
        return {True, False} if signs == "charity" else {signs == "nhs"}
    return {False}


def _gap_sign(signs: str) -> int:
    return -1 if signs in ("nhs", "charity") else 1


def _number(value: str | Decimal | None) -> Decimal:
    if isinstance(value, Decimal):
        return value
    text = str(value).replace("£", "").replace(",", "").replace(" ", "")
    brackets = re.fullmatch(r"\((.+)\)", text)
    minus = text.startswith(("-", "−"))
    plain = brackets[1] if brackets else text[1:] if minus else text
    if not _NUMBER.fullmatch(plain):
        raise InvalidOperation(text)
    return -Decimal(plain) if brackets or minus else Decimal(plain)


def _share(cell: Cell) -> str | None:
    """Return a share as a scenario writes it; spreadsheets keep 80% as 0.8."""
    if isinstance(cell.value, Decimal) and 0 <= cell.value <= 1:
        return f"{(cell.value * 100).normalize():f}%"
    return str(cell.value) if cell.value is not None and _SHARE.fullmatch(str(cell.value)) else None


def _dated(amounts: dict[FinancialYear, Decimal], scale: Decimal) -> Tree:
    return {str(year): _exact(amount * scale) for year, amount in sorted(amounts.items())}


def _exact(amount: Decimal) -> Decimal:
    """Return an amount without needless noughts, never in powers of ten."""
    return Decimal(f"{amount.normalize():f}")


def _line(row: Read, scale: Decimal) -> Tree:
    line: Tree = {"id": row.text("row"), "name": row.text("name") or row.text("row"), "flow": row.text("kind")}
    if row.text("covers"):
        line["covers"] = row.text("covers").split()
    return line | {"amounts": _dated(row.amounts, scale)}


def _saving(row: Read, scale: Decimal) -> Tree:
    saving: Tree = {"id": row.text("row"), "name": row.text("name") or row.text("row"), "source": SOURCE}
    saving |= {"rag": row.text("rag"), "recurrent": _share(row.cells["recurrent"])}
    return saving | {"amounts": _dated(row.amounts, scale)}
