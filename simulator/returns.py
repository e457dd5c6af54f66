"""A council's own plan from a spreadsheet, as an overlay; and the template to fill in.

Heading rows of two cells, then a table with a row a line of the plan and a column a year. Which amounts stand in
brackets depends on the sign profile the file states, so that no sign can be taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter

from simulator.assumptions import Day, Label
from simulator.money import LARGEST, UNITS
from simulator.place import LocalAuthority
from simulator.plan import RAGS
from simulator.plan_faults import covered
from simulator.plan_tree import LINES, ONCE, Read, Tree, body_of, source_of
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.spreadsheets import Cell, Rows, Table, amount_in, fits, share_in
from simulator.years import FinancialYear

HEADINGS = ("council", "unit", "signs", "basis", "title", "publisher", "date", "gap is")
COLUMNS = ("row", "name", "kind", "covers", "rag", "recurrent")
KINDS = ("funding", "spending", "gap", "reserves_used", "contingency", "saving")
PROFILES = {
    "internal": "every amount plain; a gap below nought is a surplus",
    "council": "funding in brackets; spending plain; a gap plain, a surplus in brackets",
    "nhs": "funding plain; spending in brackets; a gap (deficit) in brackets, a surplus plain",
    "charity": "funding plain; spending all plain or all in brackets; a gap (deficit) in brackets, a surplus plain",
}
"""What stands in brackets, or below nought, under each profile; savings, contingency and use of reserves never do."""
CHOICES = {
    "unit": tuple(UNITS),
    "signs": tuple(PROFILES),
    "basis": ("gross", "net"),
    "gap is": ("before_savings", "after_savings"),
}
DEFAULT = {"gap is": "before_savings"}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_UK_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_LABEL, _DAY = TypeAdapter[str](Label), TypeAdapter[Any](Day)
MOST_YEARS = 16
"""Years after the base year that a scenario can project, and so a plan can have."""


def plan_overlay(rows: Rows, name: str, scenario: Scenario, council: str | None = None) -> Tree:
    """Return the overlay that a filled-in table makes for `scenario`, as plain values.

    `council` names the council where the file leaves that open; the two may not differ.

    Raises:
        ScenarioError: with every problem of the table.
    """
    reader = _Reader(rows, name, scenario)
    found = reader.overlay(council)
    if reader.problems:
        raise ScenarioError(tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column))))
    return found


def planners(scenario: Scenario) -> dict[str, LocalAuthority]:
    """Return the bodies whose plans can be imported, by id: local authorities."""
    return {body.id: body for body in scenario.agencies if isinstance(body, LocalAuthority)}


def named_rule(scenario: Scenario) -> str:
    """Return which bodies a table can be for, in words."""
    bodies = planners(scenario)
    if not bodies:
        return "names a local authority, and there is none here; plans of other bodies are written under their `plan`"
    kind = "council" if all(body.kind == "council" for body in bodies.values()) else "local authority"
    rest = len(scenario.bodies) > len(bodies)
    others = "; plans of NHS bodies and charities are written under their `plan`" if rest else ""
    return f"names a {kind} of the scenario: {', '.join(bodies)}{others}"


class _Reader(Table):
    """Reads one table for a scenario."""

    def __init__(self, rows: Rows, name: str, scenario: Scenario) -> None:
        super().__init__(rows, name, COLUMNS[0])
        self.scenario, self.settled, self.sound = scenario, dict[str, bool](), True

    def overlay(self, named: str | None) -> Tree:
        """Return the overlay, as far as the table could be read."""
        self.read_heading(HEADINGS)
        council = self.council(named)
        stated = {key: self.chosen(key, allowed, DEFAULT.get(key)) for key, allowed in CHOICES.items()}
        title = self.said("title") or (f"Medium-term plan of {council.name}" if council else "")
        source = {"title": title, "publisher": self.said("publisher"), "date": self.said("date"), "grade": "S"}
        if not self.begins(COLUMNS, "begin with `headroom import --template`"):
            return {}
        read = list(self.table(stated, council))
        self.check_whole(read, stated["gap is"], council)
        if self.problems or council is None:
            return {}
        body = body_of(council.id, read, stated, UNITS[stated["unit"]] / UNITS[self.scenario.money])
        kept = {key: held for key, held in source.items() if held}
        return {"name": f"{title[:380]}, as entered", "sources": {source_of(council.id): kept}, "agencies": [body]}

    def said(self, key: str) -> str:
        """Return the text of a heading, nothing if it is empty, or keep a problem."""
        cell = self.headed(key)
        text = cell.text
        if key == "date":
            text = _UK_DAY.sub(r"\3-\2-\1", text)
            if text and not fits(_DAY, text):
                self.problem(cell, "a date is written 2026-11-22 or 22/11/2026", "write it so, or leave it empty")
        else:
            self.label(cell)
        return text

    def label(self, cell: Cell) -> None:
        """Keep a problem of text that no scenario takes."""
        if cell.value is not None and not fits(_LABEL, cell.text):
            rule = "text has at most 400 characters, none of them hidden, and does not begin with = + - or @"
            self.problem(cell, rule, "shorten it, or type it afresh")

    def council(self, named: str | None) -> LocalAuthority | None:
        """Return the local authority the table is for, or keep a problem."""
        bodies = planners(self.scenario)
        cell = self.headed("council")
        if named and cell.text not in ("", named):
            self.problem(cell, f"the file and --council name one council; --council is {named}", "correct one of them")
            return None
        found = bodies.get(cell.text or named or "")
        if found is None:
            self.problem(cell, f"`council` {named_rule(self.scenario)}", "write its id")
        return found

    def table(self, stated: dict[str, str], council: LocalAuthority | None) -> Iterator[Read]:
        """Yield the rows that have amounts; every cell that cannot be used is kept as a problem."""
        years, known = self.years(), covered(council) if council else None
        rows = self.rows[self.start + 1 :]
        for cell in (cell for row in rows for cell in row[len(COLUMNS) :]):
            if cell.value is not None and not self.titles.get(cell.column):
                self.wrong_year(cell, "an amount stands under its year", "head the column with a year, or empty it")
        for row in rows:
            filled = [cell for cell in row[len(COLUMNS) :] if cell.value is not None and cell.column in years]
            if not filled:
                continue
            cells = dict(zip(COLUMNS, row, strict=False))
            # A spreadsheet may begin a word with a capital of its own accord.
            cells |= {one: cells[one]._replace(value=cells[one].text.lower() or None) for one in ("kind", "rag")}
            self.check(cells, known)
            kind = cells["kind"].text
            if self.sound and kind in ("gap", *LINES):
                self.unbroken(cells["row"], [years[cell.column] for cell in filled])
            amounts = {years[cell.column]: self.amount(cell, kind, stated) for cell in filled}
            yield Read(cells, {year: amount for year, amount in amounts.items() if amount is not None})

    def years(self) -> dict[int, FinancialYear]:
        """Return the year of each column that has one, among those the scenario can project."""
        base, years = self.scenario.base_year, dict[int, FinancialYear]()
        outside = "correct the year, or take the column out"
        for cell in self.head[len(COLUMNS) :]:
            if cell.value is None:
                continue
            try:
                year = FinancialYear.parse(cell.value)
            except ValueError as error:
                meant = re.search(r"(?:write|written) ([0-9]{4}-[0-9]{2})$", str(error))
                self.wrong_year(cell, str(error), f"write it as {meant[1]}" if meant else outside)
                continue
            if not 0 < year - base <= MOST_YEARS:
                rule = f"a plan begins after the base year {base}; its years are {base + 1} to {base + MOST_YEARS}"
                self.wrong_year(cell, rule, outside)
            elif year in years.values():
                self.wrong_year(cell, f"a year heads one column; {year} heads two", "take one of the two out")
            else:
                years[cell.column] = year
        return years

    def wrong_year(self, cell: Cell, rule: str, remedy: str) -> None:
        """Keep a problem of a column's year; which years are missing then cannot be said."""
        self.sound = False
        self.problem(cell, rule, remedy)

    def check(self, cells: dict[str, Cell], known: list[str] | None) -> None:
        """Keep the problems of a row's words."""
        kind = cells["kind"].text
        if kind not in KINDS:
            self.problem(cells["kind"], f"`kind` is one of: {', '.join(KINDS)}", "write one of them")
        if not _ID.fullmatch(cells["row"].text):
            rule = "a row is named by small letters, digits, - and _"
            self.problem(cells["row"], rule, "write a name such as adult_care")
        self.label(cells["name"])
        for part in cells["covers"].text.split():
            if known is not None and part not in known:
                self.problem(cells["covers"], f"`{part}` is no part of this council", f"use: {', '.join(known)}")
        if kind == "saving":
            if cells["rag"].value not in RAGS:
                self.problem(cells["rag"], f"a saving is one of: {', '.join(RAGS)}", "say how sure its delivery is")
            if share_in(cells["recurrent"].value) is None:
                rule = "a saving says what share of it recurs, from 0% to 100%"
                self.problem(cells["recurrent"], rule, "write it as 80%")

    def unbroken(self, cell: Cell, years: list[FinancialYear]) -> None:
        """Keep a problem of a row that leaves a year out between two."""
        missing = next((before + 1 for before, year in pairwise(sorted(years)) if year != before + 1), None)
        if missing:
            self.problem(cell, f"years of a plan follow one another; {missing} is empty", "fill it in; nought is 0")

    def amount(self, cell: Cell, kind: str, stated: dict[str, str]) -> Decimal | None:
        """Return an amount as the scenario counts it: nought or more, a gap above nought when short."""
        found, signs = amount_in(cell.value), stated["signs"]
        if found is None:
            self.problem(cell, "an amount is a number, with or without £, commas and brackets", "write it as 1,234.5")
            return None
        unit = UNITS.get(stated["unit"], Decimal(1))
        if found and not Decimal("1e-20") < abs(found) <= Decimal(LARGEST) / unit:
            self.problem(cell, "an amount is at most £1,000,000m", "check the amount, and the unit at the top")
            return None
        allowed = _allowed(kind, signs)
        if found and (kind, signs) == ("spending", "charity"):
            allowed = {self.settled.setdefault(kind, found < 0)}
        if found and (found < 0) not in allowed:
            wanted = "in brackets" if True in allowed else "plain"
            rule = f"under the signs `{signs}` {kind.replace('_', ' ')} is {wanted} ({PROFILES[signs]})"
            self.problem(cell, rule, "change its sign, or the profile named under `signs`")
            return None
        turned = kind == "gap" and signs in ("nhs", "charity")
        return -found if turned else found if kind == "gap" else abs(found)

    def check_whole(self, read: list[Read], gap_is: str, council: LocalAuthority | None) -> None:
        """Keep the problems that no row shows by itself."""
        rows, kinds, parts = set[str](), set[str](), dict[str, str]()
        for row in read:
            name, kind = row.text("row"), row.text("kind")
            if name in rows:
                rule = f"rows have different names; `{name}` stands twice"
                self.problem(row.cells["row"], rule, "rename one of them")
            if kind in ONCE and kind in kinds:
                self.problem(row.cells["kind"], f"one row of the table is of kind {kind}", "join the two")
            if kind not in LINES and row.text("covers"):
                self.problem(row.cells["covers"], "only funding and spending cover parts", "empty this cell")
            for part in row.text("covers").split():
                if part in parts:
                    rule = f"a part is covered once; `{part}` is in `{parts[part]}` already"
                    self.problem(row.cells["covers"], rule, "take it out of one of them")
                parts.setdefault(part, name)
            rows.add(name)
            kinds.add(kind)
        if gap_is == "after_savings" and council and "saving" not in kinds and not council.savings:
            rule = "a gap after savings stands beside the approved savings, and none are entered"
            self.problem(self.headed("gap is"), rule, "enter them as rows of kind saving, or write before_savings")
        planned = council and council.plan and kinds - {"saving", "contingency"}
        if council and (planned or source_of(council.id) in self.scenario.sources):
            rule = f"the scenario holds a plan of {council.id} already; laid over it, the two would mix"
            self.problem(self.headed("council"), rule, "import for the scenario without that plan")
        if not read and not self.problems:
            remedy = "fill in what the plan says, in the columns of its years"
            self.problem(self.head[0], "no amount is entered in the table", remedy)


def _allowed(kind: str, signs: str) -> set[bool]:
    """Return whether amounts of a kind may stand below nought, or must, under a profile."""
    if kind not in KINDS or kind == "gap" or not signs:
        return {True, False}
    if kind == "funding":
        return {signs == "council"}
    if kind == "spending":
        return {True, False} if signs == "charity" else {signs == "nhs"}
    return {False}
