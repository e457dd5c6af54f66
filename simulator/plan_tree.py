"""What an imported plan states: rows of its table, once read and found to fit, as plain values of an overlay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from simulator.spreadsheets import Cell, share_in
from simulator.years import FinancialYear

LINES, ONCE = ("funding", "spending"), ("gap", "reserves_used", "contingency")
"""Kinds of rows that are lines of the plan, and kinds that stand once."""
Tree = dict[str, Any]


class Read(NamedTuple):
    """One row of the table that has amounts: its cells by column, and its amounts by year in the file's unit."""

    cells: dict[str, Cell]
    amounts: dict[FinancialYear, Decimal]

    def text(self, column: str) -> str:
        """Return what a column says."""
        return self.cells[column].text


def source_of(council: str) -> str:
    """Return the id of a plan's source; each council has its own, so that overlays of several go together."""
    return f"PLAN_{council.upper()}"


def body_of(council: str, read: list[Read], stated: dict[str, str], scale: Decimal) -> Tree:
    """Return what the overlay states of the council."""
    one = {row.text("kind"): _dated(row.amounts, scale) for row in read if row.text("kind") in ONCE}
    short = one.get("gap", {})
    plan: Tree = {
        "lines": [_line(row, scale) for row in read if row.text("kind") in LINES],
        "gap": {year: amount for year, amount in short.items() if amount >= 0},
        "surplus": {year: -amount for year, amount in short.items() if amount < 0},
        "reserves_used": one.get("reserves_used"),
    }
    body, source = Tree(id=council), source_of(council)
    if any(plan.values()):
        said = {"source": source, "rationale": f"entered {stated['basis']}", "gap_is": stated["gap is"]}
        body["plan"] = said | {key: held for key, held in plan.items() if held}
    if savings := [_saving(row, source, scale) for row in read if row.text("kind") == "saving"]:
        body["savings"] = savings
    if "contingency" in one:
        body["contingency"] = {"source": source, "amounts": one["contingency"]}
    return body


def _dated(amounts: dict[FinancialYear, Decimal], scale: Decimal) -> Tree:
    """Return amounts in the scenario's unit, without needless noughts and never in powers of ten."""
    return {str(year): Decimal(f"{(amount * scale).normalize() + 0:f}") for year, amount in sorted(amounts.items())}


def _line(row: Read, scale: Decimal) -> Tree:
    line: Tree = {"id": row.text("row"), "name": row.text("name") or row.text("row"), "flow": row.text("kind")}
    if row.text("covers"):
        line["covers"] = row.text("covers").split()
    return line | {"amounts": _dated(row.amounts, scale)}


def _saving(row: Read, source: str, scale: Decimal) -> Tree:
    saving: Tree = {"id": row.text("row"), "name": row.text("name") or row.text("row"), "source": source}
    saving |= {"rag": row.text("rag"), "recurrent": share_in(row.cells["recurrent"].value)}
    return saving | {"amounts": _dated(row.amounts, scale)}
