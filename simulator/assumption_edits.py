"""Edits of assumptions: from rows that somebody changed to values set, as `--set` takes them, with reason and owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import pandas as pd

from simulator.assumption_tables import ADDRESS, AS_MADE, EDITED, HIGH, LOW, OWNER, REASON, VALUE
from simulator.problems import Problem, ScenarioError
from simulator.register import Entry, register
from simulator.scenario import Scenario
from simulator.set_values import SET_BY_HAND
from simulator.spreadsheets import read_rows
from simulator.workbench import Opened

_PARTS = ("low", "central", "high", "value", "source", "date", "owner", "agreed_by", "grade", "rationale")

NUMBERS = [LOW, VALUE, HIGH]
FOLLOWS = "The sum of its lines, changed with one of them."
"""The reason of a total that was set with a line."""


class Texts(NamedTuple):
    """What somebody may change of a number, in the order of `EDITED`: texts of `--set`, and the title of its source.

    Ends are empty where it has no range.
    """

    low: str
    value: str
    high: str
    reason: str
    owner: str
    source: str


class Edit(NamedTuple):
    """A number as somebody wants it, beside what it was."""

    address: str
    now: Texts
    was: Texts

    @property
    def numbers(self) -> bool:
        """Whether the number or its range is another."""
        return self.now[:3] != self.was[:3]


def edits(before: pd.DataFrame, after: pd.DataFrame) -> list[Edit]:
    """Return what was changed between two tables of `assumption_tables.table` with the same rows in the same order."""
    was, now = (
        [Texts(*map(_text, row)) for row in rows[list(EDITED)].itertuples(index=False)] for rows in (before, after)
    )
    places = before[ADDRESS]
    return [Edit(str(place), new, old) for place, old, new in zip(places, was, now, strict=True) if old != new]


def one_row(row: pd.Series, typed: Iterable[str]) -> list[Edit]:
    """Return the edit of one row of a table, `typed` being what stands in its boxes in the order of `EDITED`."""
    now, was = Texts(*(text.strip() for text in typed)), Texts(*(row[name] for name in EDITED))
    return [Edit(str(row[ADDRESS]), now, was)] if now != was else []


def edited(opened: Opened, scenario: Scenario, changes: Iterable[Edit]) -> Opened:
    """Return what is open with edits made; each takes the place of all that was set at its number before.

    A number that is changed rests on whoever set it from then on, or on the source chosen with it. Where only its
    reason or owner is, it keeps its number, source and grade. `scenario` is what is open as read.

    Raises:
        ScenarioError: when a source is none of the scenario's, or a number was taken out and none put in its place.
    """
    known = {entry.address: entry for entry in register(scenario)}
    titles = {source.title: name for name, source in reversed(scenario.sources.items())}
    changes = list(changes)
    if problems := tuple(problem for change in changes for problem in _refused(change, titles)):
        raise ScenarioError(problems)
    for change in changes:
        opened = put_back(opened, change.address)
        for address, text in _settings(change, known[change.address], titles):
            opened = opened.with_value(address, text)
    return opened


def with_totals(opened: Opened, changes: Iterable[Edit], refused: ScenarioError) -> Opened | None:
    """Return what was refused with each total set to what its lines make; None where that is not all that is wrong.

    `changes` are the edits that were refused: a total that one of them sets is what somebody wants it to be.
    """
    fields = [problem.field for problem in refused.problems if problem.mends]
    if len(fields) < len(refused.problems) or {change.address for change in changes} & set(fields):
        return None
    for problem in refused.problems:
        opened = put_back(opened, problem.field).with_value(problem.field, problem.mends)
        opened = opened.with_value(f"{problem.field}.rationale", _quoted(FOLLOWS))
    return opened


def bare(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `assumption_tables.table` that somebody set by hand and gave no reason for."""
    return rows[rows[REASON] == SET_BY_HAND]


def explains(changes: Iterable[Edit], before: Opened, now: Opened) -> bool:
    """Return whether edits only give a first reason for numbers that the last step, `before` to `now`, changed."""
    return all(
        not one.numbers and one.was.reason == SET_BY_HAND and _sets(before, one.address) != _sets(now, one.address)
        for one in changes
    )


def _sets(opened: Opened, address: str) -> set[tuple[str, str]]:
    return set(opened.sets) - set(put_back(opened, address).sets)


def reasoned(rows: pd.DataFrame, reasons: dict[str, str], owner: str) -> list[Edit]:
    """Return the edits that give numbers a reason, by address, and an owner where one is named."""
    told = {address: text.strip() for address, text in reasons.items() if text.strip()}
    after = rows[rows[ADDRESS].isin(list(told))].reset_index(drop=True)
    before = after.copy()
    after[REASON] = after[ADDRESS].map(told)
    if owner.strip():
        after[OWNER] = owner.strip()
    return edits(before, after)


def from_spreadsheet(rows: pd.DataFrame, data: bytes, name: str) -> list[Edit]:
    """Return what somebody changed in a spreadsheet of `assumption_tables.spreadsheet`; rows left out stay as they are.

    A cell that is as it was when the spreadsheet was made stays as it is now, whatever was changed since. A reason
    written in it goes with the number beside it, though an earlier number of the same spreadsheet had it too.

    Raises:
        ScenarioError: when it cannot be read, or has a number that `rows` has not.
    """
    said = _said(data, name)
    if unknown := [address for address in said if address not in set(rows[ADDRESS])]:
        rule, remedy = "a row's address is one of this scenario", "open the scenario that the table was made from"
        raise ScenarioError(tuple(Problem(name, 0, 0, "", one[:60], rule, remedy) for one in unknown[:10]))
    before = rows[rows[ADDRESS].isin(list(said))].reset_index(drop=True)
    after = before.copy()
    for place, address in enumerate(before[ADDRESS]):
        held = said[address]
        written = [head for head in EDITED if head in held and not _alike(held[head], held.get(head + AS_MADE, "\0"))]
        for head in written:
            if not _alike(held[head], str(before.at[place, head])):
                after.at[place, head] = held[head]
        if REASON in written and (before.loc[place, NUMBERS] != after.loc[place, NUMBERS]).any():
            before.at[place, REASON] = held.get(REASON + AS_MADE, "")
    return edits(before, after)


def _said(data: bytes, name: str) -> dict[str, dict[str, str]]:
    """Return what a spreadsheet says of each number by its address: what may be changed, and what it was when made."""
    cells = read_rows(data, name)
    heads = next((row for row in cells if any(cell.text == ADDRESS for cell in row)), None)
    if heads is None:
        rule, remedy = f"a table of assumptions has a column called {ADDRESS}", "change one downloaded from this page"
        raise ScenarioError((Problem(name, 0, 0, "", "", rule, remedy),))
    columns = {cell.text: cell.column for cell in heads if cell.value is not None}
    said: dict[str, dict[str, str]] = {}
    for row in cells[cells.index(heads) + 1 :]:
        held = {cell.column: cell.text for cell in row}
        wanted = [head for one in EDITED for head in (one, one + AS_MADE) if head in columns]
        said[held.get(columns[ADDRESS], "")] = {head: held.get(columns[head], "") for head in wanted}
    said.pop("", None)
    return said


def _alike(one: str, two: str) -> bool:
    """Whether two cells say the same: a spreadsheet keeps no nought at a number's end, and one space of several."""
    try:
        return Decimal(one) == Decimal(two)
    except InvalidOperation:
        return one.split() == two.split()


def put_back(opened: Opened, address: str) -> Opened:
    """Return what is open with one number, its range and its grounds as the file and its overlays have them."""
    for known in (address, *(f"{address}.{part}" for part in _PARTS)):
        opened = opened.without(known)
    return opened


def is_set(opened: Opened, address: str) -> bool:
    """Whether anything of a number is set over the file and its overlays."""
    return put_back(opened, address) != opened


def _sourced(change: Edit) -> bool:
    """Whether another source was chosen."""
    return change.now.source not in ("", change.was.source)


def _refused(change: Edit, titles: dict[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with an edit by itself. Set to nothing, a number would be gone, and its risk with it."""
    if change.was.value and not change.now.value:
        rule = f"a number is needed where {change.was.value} stood"
        remedy = "enter a number, 0 if it is none; only the file can leave it out"
        yield Problem("", 0, 0, change.address, "", rule, remedy)
    if _sourced(change) and change.now.source not in titles:
        rule = "a source is one of this scenario's"
        remedy = "add it under `sources` in the file, or name it in the reason"
        yield Problem("", 0, 0, f"{change.address}.source", change.now.source[:60], rule, remedy)


def _settings(change: Edit, entry: Entry, titles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is set for one edit, the number before its grounds: a new number takes the old ones away."""
    address, now, was = change.address, change.now, change.was
    sourced = _sourced(change)
    yield address, now.value
    if now.low or now.high:
        ends = (("low", now.low), ("central", now.value), ("high", now.high))
        yield from ((f"{address}.{part}", text) for part, text in ends if text)
    if sourced:
        yield f"{address}.source", titles[now.source]
    elif not change.numbers:
        yield from _grounds(entry)
    # A reason given for another number says nothing of the new one.
    if now.reason not in ("", SET_BY_HAND) and (now.reason != was.reason or not change.numbers):
        yield f"{address}.rationale", _quoted(now.reason)
    if now.owner:
        yield f"{address}.owner", _quoted(now.owner)


def _grounds(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what stays true of a number whose reason or owner alone is changed."""
    if entry.source:
        yield f"{entry.address}.source", _quoted(entry.source)
    if entry.agreed_by:
        yield f"{entry.address}.agreed_by", _quoted(entry.agreed_by)
    if entry.grade:
        yield f"{entry.address}.grade", entry.grade
    if entry.date:
        yield f"{entry.address}.date", entry.date.isoformat()


def _quoted(text: str) -> str:
    """Return text that stays text whatever it looks like, as `--set` reads it."""
    return f"'{text}'"


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
