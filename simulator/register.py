"""The assumption register: every number in a scenario with what it rests on, own or inherited."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from simulator.assumptions import Assumption, Record
from simulator.money import Amount, Pounds, Real, in_millions
from simulator.once import once
from simulator.scenario import Scenario

REASONED = ("V", "S", "C")
"""Grades whose source is the reason: verified, stated, computed."""


class Entry(NamedTuple):
    """One number: its address as `--set` takes it, the name of what holds it, its value and range as read, its grounds.

    `low` and `high` are there where the file gives a range. `date` is that of the number, else of its source.
    """

    address: str
    name: str
    value: str
    source: str | None
    grade: str | None
    rationale: str | None
    low: str | None = None
    high: str | None = None
    date: datetime.date | None = None
    owner: str | None = None
    agreed_by: str | None = None


def register(scenario: Scenario) -> list[Entry]:
    """Return every assumption of `scenario`, in the order of the file.

    A number without a source of its own rests on the record that holds it.
    """
    return list(_entries(scenario))


@once
def _entries(scenario: Scenario) -> tuple[Entry, ...]:
    return tuple(_walk(scenario, scenario, (), "", Record()))


def unsourced(entries: list[Entry]) -> list[Entry]:
    """Return the numbers that rest on nothing."""
    return [entry for entry in entries if entry.source is None]


def unreasoned(entries: list[Entry]) -> list[Entry]:
    """Return the numbers that need a reason and have none: whatever no published text or sum stands behind.

    A number verified, stated or computed is reasoned by its source; one of any other grade, or of none, is not.
    """
    return [entry for entry in entries if entry.grade not in REASONED and entry.rationale is None]


def judgements(entries: list[Entry], under: str = "") -> list[Entry]:
    """Return the numbers that are judgement, under an address if one is given."""
    return [entry for entry in entries if entry.grade == "J" and entry.address.startswith(under)]


def _walk(scenario: Scenario, part: Any, address: tuple[str, ...], name: str, held: Record) -> Iterator[Entry]:
    if isinstance(part, Assumption):
        yield _entry(scenario, part, address, name, held)
    elif isinstance(part, BaseModel):
        held = _holding(part, held)
        name = str(getattr(part, "name", name))
        for field in type(part).model_fields:
            yield from _walk(scenario, getattr(part, field), (*address, field), name, held)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _walk(scenario, value, (*address, str(key)), name, held)
    elif isinstance(part, list):
        for i, value in enumerate(part, 1):
            yield from _walk(scenario, value, (*address, str(getattr(value, "id", i))), name, held)


def _holding(part: BaseModel, held: Record) -> Record:
    """Return what the numbers inside a part rest on: the part itself if it has a source, else what holds it.

    Who owns and agreed a part is said of all inside it, whether it has a source or not.
    """
    if not isinstance(part, Record):
        return held
    said = {name: getattr(part, name) or getattr(held, name) for name in ("owner", "agreed_by")}
    chosen = part if part.source else held
    return Record(source=chosen.source, date=chosen.date, grade=chosen.grade, rationale=chosen.rationale, **said)


def _entry(scenario: Scenario, part: Assumption[Any], address: tuple[str, ...], name: str, held: Record) -> Entry:
    source = part.source or held.source
    # What is said of the record that holds a number is said of the number, unless that has a source of its own.
    about = Record() if part.source else held
    grade, date = part.grade or about.grade, part.date or about.date
    if source in scenario.sources:
        grade, date = grade or scenario.sources[source].grade, date or scenario.sources[source].date
    low, high = (None, None) if part.central is None else (_shown(part, part.low), _shown(part, part.high))
    return Entry(
        address=".".join(address),
        name=name,
        value=_shown(part, part.used),
        source=source,
        grade=grade,
        rationale=part.rationale or about.rationale,
        low=low,
        high=high,
        date=date,
        owner=part.owner or held.owner,
        agreed_by=part.agreed_by or held.agreed_by,
    )


def _shown(part: Assumption[Any], amount: Any) -> str:
    kind = type(part).__pydantic_generic_metadata__["args"][0]
    if kind == Amount:
        return in_millions(amount, 3)
    if kind == Pounds:
        return f"£{amount:,.2f}"
    return f"{amount:g}" if kind == Real else f"{amount:.4g}" if abs(amount) > 1 else f"{100 * amount:.4g}%"
