"""Scenarios that can be compared in a session: what is open, its file as it stands, what was kept, overlays, places."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from simulator.files import shipped_names
from simulator.pages import projecting, state
from simulator.problems import ScenarioError
from simulator.workbench import OVERLAYS, Opened

OPEN, FILE, KEPT, OVER, PLACE = "open", "file", "kept:", "over:", "place:"
YEARS = "years"
"""The address of how many years are projected: a page's horizon, the same for all that is compared."""
MOST = 4
TELLING = f"{OVER}{OVERLAYS}/high-inflation.yaml"
"""What B is at first where nothing was changed or kept: prices, which every body of every place feels."""


class Candidate(NamedTuple):
    """A scenario that can be compared, and what to call it: plain text, not to be read as markup."""

    name: str
    opened: Opened


def offered(
    one: Opened, kept: dict[str, Opened], overlays: dict[str, str], places: dict[str, str] | None = None
) -> dict[str, Candidate]:
    """Return what can be compared, by a key that stays while names change; what is open and its file come first.

    `kept` are snapshots by name, `overlays` the shipped ones that fit what is open and `places` the shipped places that
    share a body with it, each by file with its name in words. The file, overlays and places have the horizon of what
    is open; a snapshot keeps its own.
    """
    years = dict(one.sets).get(YEARS)
    plain = one.without(YEARS)
    count = len(plain.sets) + len(plain.overlays)
    found = {FILE: Candidate("The file as it stands", _over_years(Opened(one.source, one.text), years))}
    if plain.changed:
        changes = f"{count} {'change' if count == 1 else 'changes'}"
        found[OPEN] = Candidate(f"What is open, with {changes} to its file", one)
    found |= {f"{KEPT}{name}": Candidate(f"Kept: {name}", held) for name, held in kept.items()}
    laid = "What is open, with" if plain.changed else "The file, with"
    for file, words in overlays.items():
        if file not in one.overlays:
            found[f"{OVER}{file}"] = Candidate(f"{laid}: {words}", one.with_overlay(file, True))
    for file, words in (places or {}).items():
        found[f"{PLACE}{file}"] = Candidate(f"Another place: {words}", _over_years(Opened(file), years))
    return found


def _over_years(one: Opened, years: str | None) -> Opened:
    return one if years is None else one.with_value(YEARS, years)


def places(one: Opened) -> dict[str, str]:
    """Return the shipped places that share a body and the base year with what is open, by file with their names."""
    try:
        own = _about(one)
        found = {name: _about(Opened(name)) for name in shipped_names("scenarios") if name != one.source}
    except ScenarioError:
        return {}
    return {name: title for name, (bodies, base, title) in found.items() if bodies & own[0] and base == own[1]}


def _about(one: Opened) -> tuple[frozenset[str], str, str]:
    """Return the bodies, base year and name of a file; of a shipped one read once for all sessions."""

    def read() -> tuple[frozenset[str], str, str]:
        value = state.base(one).first.value
        bodies = [body for body in value.get("agencies", ()) if isinstance(body, dict)]
        ids = frozenset(str(body.get("id")) for body in bodies if body.get("kind") != "outside")
        return ids, str(value.get("base_year")), str(value.get("name", Path(one.source).stem))

    return read() if one.text else projecting.FIRST.run(("about", one.source), tuple, read)


def usual(found: dict[str, Candidate]) -> tuple[str, str] | None:
    """Return what A and B are at first: the file, and what is open, was kept or tells much; nothing of one alone."""
    keys = list(found)
    if len(keys) == 1:
        return None
    return keys[0], TELLING if keys[1].startswith(OVER) and TELLING in found else keys[1]
