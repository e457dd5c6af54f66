"""A thousand edits in any order leave what a fresh reading of the same changes gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from simulator import overview_shown, place_captions, place_tables, place_words
from simulator.cli import apps
from simulator.digest import meaning
from simulator.pages import state
from simulator.run import simulate
from simulator.scenario_file import load
from simulator.workbench import History, Opened, case, ground

ROOT = Path(__file__).resolve().parents[1]
SMALL = str(ROOT / "tests" / "small.yaml")
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


RISKY = """
drivers:
  - {id: need, name: Need, long_run: 9%, spread: 3%, persistence: 0.4, source: made_up}
baskets:
  - {id: cost, shares: {need: 100%}, source: made_up}
rules:
  savings_response:
    {yearly_capacity: 1%, total_capacity: 3%, recurrent: 80%, covered_once: 50%, brake_share: 30%, brake_cap: 1%,
     surplus_banked: 70%, source: made_up}
"""
NEEDED = "service: Adult Social Care, net: 50.0, basket: cost"
HALVED = ("rules.savings_response.yearly_capacity=0.5%", "rules.savings_response.total_capacity=1.5%")
YEARS, SLIDER = "Years projected", "capacity"


def headline(app: AppTest) -> list[object]:
    """The figures of the fan, and the sentence in front of them."""
    assert not app.exception
    bold = [part.value for part in app.markdown if part.value.startswith(f"**{place_words.LEADS['after_action']}, ")]
    fan = next(one.value for one in app.table if "Central, £m" in one.value.columns)
    return [fan.reset_index(drop=True).to_csv(), *bold[:1]]


def asked(path: Path, overlays: Sequence[str] = (), sets: Sequence[str] = ()) -> list[object]:
    """The same from the command line's own run."""
    found = simulate(load(path, list(overlays), list(sets)).scenario, paths=2_000)
    body, view = found.scenario.bodies[0], "after_action"
    measure = place_words.measures(body)[0]
    fans = [place_tables.fan(found, body.id, measure, one) for one in (view, "before_action")]
    table = place_tables.shown(overview_shown.with_plan(*fans))
    return [
        table.to_csv(),
        f"**{place_words.escaped(place_captions.fan_words(found, body.id, measure, view).headline)}**",
    ]


def side(app: AppTest, label: str) -> Any:
    """The control of the side that is called so now: the name of its key follows the way back."""
    controls = [*app.sidebar.select_slider, *app.sidebar.toggle, *app.sidebar.button]
    return next(one for one in controls if one.label.startswith(label))


@pytest.mark.prove
def test_ten_edits_in_the_app_give_what_the_command_line_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And a slider put back where it stood restores every digit."""
    town = tmp_path / "town.yaml"
    town.write_text(Path(SMALL).read_text().replace("service: Adult Social Care, net: 50.0", NEEDED) + RISKY)
    monkeypatch.setenv(apps.SCENARIO, str(town))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    stated = asked(town)
    assert headline(app) == stated
    app.slider(key=SLIDER).set_value(50).run()
    assert headline(app) == asked(town, sets=HALVED) != stated
    app.slider(key=SLIDER).set_value(100).run()
    assert headline(app) == stated
    side(app, YEARS).set_value(5).run()
    longer = asked(town, sets=("years=5",))
    assert headline(app) == longer != stated
    app.session_state["overlays"] = True
    app.run()
    side(app, "Tax limit").set_value(True).run()
    taxed = asked(town, OVERLAYS[1:], ("years=5",))
    assert headline(app) == taxed
    side(app, "Undo").click().run()
    assert headline(app) == longer
    side(app, "Redo").click().run()
    assert headline(app) == taxed
    app.slider(key=SLIDER).set_value(50).run()
    app.button(key="lay").click().run()
    both = asked(town, OVERLAYS[1:], ("years=5", *HALVED))
    assert app.slider(key=SLIDER).value == 100 and headline(app) == both != taxed
    side(app, YEARS).set_value(6).run()
    assert headline(app) == asked(town, OVERLAYS[1:], ("years=6", *HALVED))
    side(app, "Back to the file").click().run()
    assert headline(app) == stated
