"""Edits of assumptions: from rows that somebody changed to values set, as `--set` takes them, with reason and owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from simulator.assumption_tables import ADDRESS, HIGH, LOW, OWNER, REASON, VALUE
from simulator.register import Entry, register
from simulator.scenario import Scenario
from simulator.set_values import SET_BY_HAND
from simulator.workbench import Opened

_PARTS = ("low", "central", "high", "value", "source", "date", "owner", "agreed_by", "grade", "rationale")


_NAMES = (LOW, VALUE, HIGH, REASON, OWNER)


class Texts(NamedTuple):
    """What somebody may change of a number, in the texts of `--set`; empty ends where it has no range."""

    low: str
    value: str
    high: str
    reason: str
    owner: str


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
        [Texts(*map(_text, row)) for row in rows[list(_NAMES)].itertuples(index=False)] for rows in (before, after)
    )
    places = before[ADDRESS]
    return [Edit(str(place), new, old) for place, old, new in zip(places, was, now, strict=True) if old != new]


def edited(opened: Opened, scenario: Scenario, changes: Iterable[Edit]) -> Opened:
    """Return what is open with edits made; each takes the place of all that was set at its number before.

    A number that is changed rests on whoever set it from then on. Where only its reason or owner is, it keeps its
    number, source and grade. `scenario` is what is open as read.
    """
    known = {entry.address: entry for entry in register(scenario)}
    for change in changes:
        opened = put_back(opened, change.address)
        for address, text in _settings(change, known[change.address]):
            opened = opened.with_value(address, text)
    return opened


def put_back(opened: Opened, address: str) -> Opened:
    """Return what is open with one number, its range and its grounds as the file and its overlays have them."""
    for known in (address, *(f"{address}.{part}" for part in _PARTS)):
        opened = opened.without(known)
    return opened


def is_set(opened: Opened, address: str) -> bool:
    """Whether anything of a number is set over the file and its overlays."""
    return put_back(opened, address) != opened


def _settings(change: Edit, entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what is set for one edit, the number before its grounds: a new number takes the old ones away."""
    address, now, was = change.address, change.now, change.was
    yield address, now.value
    if now.low or now.high:
        ends = (("low", now.low), ("central", now.value), ("high", now.high))
        yield from ((f"{address}.{part}", text) for part, text in ends if text)
    if not change.numbers:
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
