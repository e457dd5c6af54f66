"""Scenarios that can be compared in a session: what is open, its file as it stands, what was kept, overlays laid on."""

from __future__ import annotations

from typing import NamedTuple

from simulator.workbench import OVERLAYS, Opened

OPEN, FILE, KEPT, OVER = "open", "file", "kept:", "over:"
MOST = 4
TELLING = f"{OVER}{OVERLAYS}/high-inflation.yaml"
"""What B is at first where nothing was changed or kept: prices, which every body of every place feels."""


class Candidate(NamedTuple):
    """A scenario that can be compared, and what to call it: plain text, not to be read as markup."""

    name: str
    opened: Opened


def offered(one: Opened, kept: dict[str, Opened], overlays: dict[str, str]) -> dict[str, Candidate]:
    """Return what can be compared, by a key that stays while names change; what is open and its file come first.

    `kept` are snapshots by name, `overlays` the shipped ones that fit what is open, each with its name in words.
    """
    count = len(one.sets) + len(one.overlays)
    found = {FILE: Candidate("The file as it stands", Opened(one.source, one.text))}
    if one.changed:
        changes = f"{count} {'change' if count == 1 else 'changes'}"
        found[OPEN] = Candidate(f"What is open, with {changes} to its file", one)
    found |= {f"{KEPT}{name}": Candidate(f"Kept: {name}", held) for name, held in kept.items()}
    laid = "What is open, with" if one.changed else "The file, with"
    for file, words in overlays.items():
        if file not in one.overlays:
            found[f"{OVER}{file}"] = Candidate(f"{laid}: {words}", one.with_overlay(file, True))
    return found


def usual(found: dict[str, Candidate]) -> tuple[str, str] | None:
    """Return what A and B are at first: the file, and what is open, was kept or tells much; nothing of one alone."""
    keys = list(found)
    if len(keys) == 1:
        return None
    return keys[0], TELLING if keys[1].startswith(OVER) and TELLING in found else keys[1]
