"""Scenarios that can be compared in a session: what is open, its file as it stands, what was kept, overlays laid on."""

from __future__ import annotations

from typing import NamedTuple

from simulator.workbench import Opened

OPEN, FILE, KEPT, OVER = "open", "file", "kept:", "over:"
MOST = 4


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
    """Return what A and B are at first: the file, and what is open or else what is next; nothing where one is all."""
    keys = list(found)
    return (keys[0], keys[1]) if len(keys) > 1 else None
