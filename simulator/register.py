"""The assumption register: every number in a scenario with what it rests on, own or inherited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from simulator.assumptions import Assumption, Record
from simulator.money import Amount, Pounds, Real, in_millions
from simulator.scenario import Scenario


class Entry(NamedTuple):
    """One number: its address, the name of what holds it, its value as read, and its grounds."""

    address: str
    name: str
    value: str
    source: str | None
    grade: str | None
    rationale: str | None


def register(scenario: Scenario) -> list[Entry]:
    """Return every assumption of `scenario`, in the order of the file.

    A number without a source of its own rests on the record that holds it.
    """
    return list(_walk(scenario, scenario, (), "", Record()))


def unsourced(entries: list[Entry]) -> list[Entry]:
    """Return the numbers that rest on nothing."""
    return [entry for entry in entries if entry.source is None]


def judgements(entries: list[Entry], under: str = "") -> list[Entry]:
    """Return the numbers that are judgement, under an address if one is given."""
    return [entry for entry in entries if entry.grade == "J" and entry.address.startswith(under)]


def _walk(scenario: Scenario, part: Any, address: tuple[str, ...], name: str, held: Record) -> Iterator[Entry]:
    if isinstance(part, Assumption):
        yield _entry(scenario, part, address, name, held)
    elif isinstance(part, BaseModel):
        held = part if isinstance(part, Record) and part.source else held
        name = str(getattr(part, "name", name))
        for field in type(part).model_fields:
            yield from _walk(scenario, getattr(part, field), (*address, field), name, held)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _walk(scenario, value, (*address, str(key)), name, held)
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from _walk(scenario, value, (*address, str(getattr(value, "id", i))), name, held)


def _entry(scenario: Scenario, part: Assumption[Any], address: tuple[str, ...], name: str, held: Record) -> Entry:
    source = part.source or held.source
    grade = part.grade or (held.grade if not part.source else None)
    if grade is None and source in scenario.sources:
        grade = scenario.sources[source].grade
    rationale = part.rationale or (held.rationale if not part.source else None)
    return Entry(".".join(address), name, _shown(part), source, grade, rationale)


def _shown(part: Assumption[Any]) -> str:
    kind = type(part).__pydantic_generic_metadata__["args"][0]
    if kind == Amount:
        return in_millions(part.used, 3)
    if kind == Pounds:
        return f"£{part.used:,.2f}"
    return f"{part.used:g}" if kind == Real else f"{part.used:.4g}" if abs(part.used) > 1 else f"{100 * part.used:.4g}%"
