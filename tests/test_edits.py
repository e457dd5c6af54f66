"""A thousand edits in any order leave what a fresh reading of the same changes gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.digest import meaning
from simulator.pages import state
from simulator.scenario_file import load
from simulator.workbench import History, Opened, case, ground

SMALL = str(Path(__file__).resolve().parents[1] / "tests" / "small.yaml")
OVERLAYS = ("scenarios/overlays/nhs-system-regime.yaml", "scenarios/overlays/tax-at-4.99.yaml")
VALUES = {
    "years": ("4", "5"),
    "reserves.minimum": ("6%", "4.25%"),
    "reserves.earmarked": ("25", "0.1"),
}
EDITS, STEPS, KEPT = 1_000, 50, 12
ACTIONS = ("set", "set", "set", "unset", "overlay", "overlay", "undo", "undo", "redo", "redo", "keep", "go back")

Plain = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""Overlays in the order in which they lie, and values set."""


class Ledger:
    """What the app should hold, kept the plainest way: lists that are copied whole."""

    def __init__(self) -> None:
        self.now: Plain = ((), ())
        self.before: list[Plain] = []
        self.undone: list[Plain] = []
        self.kept: dict[str, Plain] = {}

    def do(self, now: Plain) -> None:
        if now != self.now:
            self.before, self.now, self.undone = [*self.before, self.now][-STEPS:], now, []

    def step(self, back: list[Plain], forth: list[Plain]) -> None:
        if back:
            forth.append(self.now)
            self.now = back.pop()

    def edit(self, action: str, pick: int) -> None:
        overlays, sets = self.now
        address = list(VALUES)[pick % len(VALUES)]
        others = tuple(one for one in sets if one[0] != address)
        if action == "set":
            new = (address, VALUES[address][pick % 2])
            again = tuple(new if one[0] == address else one for one in sets)
            self.do((overlays, again if len(others) < len(sets) else (*sets, new)))
        elif action == "unset":
            self.do((overlays, others))
        elif action == "overlay":
            name = OVERLAYS[pick % 2]
            rest = tuple(one for one in overlays if one != name)
            self.do((rest if name in overlays else (*rest, name), sets))
        elif action == "undo":
            self.step(self.before, self.undone)
        elif action == "redo":
            self.step(self.undone, self.before)
        elif action == "keep":
            self.kept.pop(f"{pick % 15}", None)
            self.kept[f"{pick % 15}"] = self.now
            self.kept = dict(list(self.kept.items())[-KEPT:])
        elif self.kept:
            self.do(list(self.kept.values())[pick % len(self.kept)])


def edit(action: str, pick: int) -> None:
    """The same edit as the app makes it."""
    one, address, name = state.opened(), list(VALUES)[pick % len(VALUES)], OVERLAYS[pick % 2]
    if action == "set":
        state.change(one.with_value(address, VALUES[address][pick % 2]))
    elif action == "unset":
        state.change(one.without(address))
    elif action == "overlay":
        state.change(one.with_overlay(name, name not in one.overlays))
    elif action == "undo":
        state.undo()
    elif action == "redo":
        state.redo()
    elif action == "keep":
        state.keep(f"{pick % 15}")
    elif kept := list(state.snapshots().values()):
        state.change(kept[pick % len(kept)])


def test_a_thousand_edits_leave_what_a_fresh_reading_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each edit the scenario open says what the command line would read from the file, overlays and values."""
    monkeypatch.setattr(state.st, "session_state", {"history": History(Opened(SMALL)), "snapshots": {}})
    ledger, luck, at_hand, fresh = Ledger(), np.random.default_rng(8), ground(Opened(SMALL)), dict[Plain, str]()
    steps = list(zip(luck.choice(ACTIONS, EDITS), luck.integers(0, 60, EDITS), strict=True))
    for action, pick in steps:
        ledger.edit(action, int(pick))
        edit(action, int(pick))
        overlays, sets = ledger.now
        if ledger.now not in fresh:
            asked = [f"{address}={text}" for address, text in sets]
            fresh[ledger.now] = meaning(load(SMALL, list(overlays), asked).scenario)
        assert meaning(case(state.opened(), at_hand)) == fresh[ledger.now], (action, ledger.now)
    assert len(set(fresh.values())) > 40
    assert len(state.history().before) == len(ledger.before)
    assert list(state.snapshots()) == list(ledger.kept)
