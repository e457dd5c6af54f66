"""What each assumption does to the headline chances when it stands at either end of its range.

Ends are the file's own where a number is entered with `low` and `high`. A driver's central path is moved by the tenth
and ninetieth percentile of what luck itself does to it over the plan. Every re-run is on the same futures, so that a
difference is paired. What has no range is not measured, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel

from simulator import shocks
from simulator.assumptions import Assumption
from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import comes_back
from simulator.evidence_tests.seen import seen
from simulator.margins import judged
from simulator.named_stresses import PLAN
from simulator.one_driver import Lever, levers
from simulator.place import LocalAuthority
from simulator.prepared import prepare
from simulator.register import Entry, register
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.summary import Z95
from simulator.switches import JUDGEMENTS, USABLE
from simulator.trials import USUAL, tried
from simulator.variants import Variant

NOT_MEASURED = "not measured"
MOST_MEASURED = 5


@dataclass(frozen=True)
class Effect:
    """Changes of two chances with one assumption at the low and at the high end of its range.

    `comes_back` is the chance of coming back in-year (R02), `below_minimum` that of the general fund below its
    minimum by the plan's end (A02), both on the plan as approved; changes are shares of futures against what is
    entered. `ends` says in words what the two ends are; `error` is the widest sampling error of the four, half the
    width of its 95% interval, as a share of futures.
    """

    address: str
    name: str
    ends: str
    comes_back_low: float
    comes_back_high: float
    below_minimum_low: float
    below_minimum_high: float
    error: float = 0.0

    @property
    def largest(self) -> float:
        """The largest change of either chance, either way, as a share of futures."""
        changes = (self.comes_back_low, self.comes_back_high, self.below_minimum_low, self.below_minimum_high)
        return max(abs(change) for change in changes)


def register_effects(scenario: Scenario, agency: str, sample: Sample = USUAL, only: str = "") -> list[Effect]:
    """Return what each assumption with a range does to one local authority's headline chances, largest first.

    For any other body the list is empty: these chances are a local authority's. `only` asks for one number, by its
    address, or for the driver whose central path it is of.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    if not isinstance(next(body for body in scenario.bodies if body.id == agency), LocalAuthority):
        return []
    runner = _Runner(scenario, agency, sample)
    found = [*_entered(runner, only), *_usable(runner, only), *_drivers(runner, path_of(only) or only)]
    return sorted(found, key=lambda effect: (-effect.largest, effect.address))


def register_table(scenario: Scenario, effects: Sequence[Effect] = ()) -> pd.DataFrame:
    """Return the assumption register, a row a number, with the effect of those measured; else `not measured`.

    A driver's effect is that of its whole central path, and stands at every number of that path.
    """
    by_address = {effect.address: effect for effect in effects}
    rows = []
    for entry in register(scenario):
        effect = by_address.get(entry.address) or by_address.get(path_of(entry.address))
        rows.append(entry._asdict() | (_told(effect) if effect else {"effect": NOT_MEASURED}))
    columns = [*Entry._fields, "effect", *_CHANGES]
    return pd.DataFrame(rows, columns=columns)


_CHANGES = ("comes_back_low", "comes_back_high", "below_minimum_low", "below_minimum_high")


def _told(effect: Effect) -> dict[str, str | float]:
    return {"effect": effect.ends} | {name: float(getattr(effect, name)) for name in _CHANGES}


def path_of(address: str) -> str:
    """Return the address of the driver whose central path a number is of, else nothing."""
    room, _, rest = address.partition(".")
    name, _, field = rest.partition(".")
    on_path = room == "drivers" and field.partition(".")[0] in ("central", "long_run")
    return f"drivers.{name}" if on_path else ""


class _Runner:
    """One body's two headline chances under changed terms, beside those entered."""

    def __init__(self, scenario: Scenario, agency: str, sample: Sample) -> None:
        self.scenario, self.agency, self.sample = scenario, agency, sample
        self.compiled: Compiled = prepare(scenario).compiled
        self.base = self.happened(scenario, self.compiled)

    def happened(self, scenario: Scenario, compiled: Compiled, plan: Variant = PLAN) -> tuple[Bools, Bools]:
        """Return on which paths the body comes back in-year, and on which it falls below its minimum."""
        view = seen(scenario, tried(compiled, self.agency, (plan,), self.sample), plan.name)
        return comes_back(view), by_then(view.happened["reserves_below_minimum"], view.start, view.end)

    def changes(self, scenario: Scenario, compiled: Compiled, plan: Variant = PLAN) -> _Changes:
        """Return by how much each chance changes, as a share of futures, with the wider sampling error."""
        pairs = zip(self.happened(scenario, compiled, plan), self.base, strict=True)
        moved = [now.astype(np.float64) - was for now, was in pairs]
        error = max(Z95 * float(one.std()) / float(np.sqrt(len(one))) for one in moved)
        return _Changes(float(moved[0].mean()), float(moved[1].mean()), error)


class _Changes(NamedTuple):
    comes_back: float
    below_minimum: float
    error: float


def _effect(where: tuple[str, str, str], low: _Changes, high: _Changes) -> Effect:
    """Return an effect from its address, name and ends, and the changes of both chances at either end."""
    chances = (low.comes_back, high.comes_back, low.below_minimum, high.below_minimum)
    return Effect(*where, *chances, max(low.error, high.error))


def _entered(runner: _Runner, only: str) -> Iterator[Effect]:
    """Yield the effect of every number that the file gives a range of, or of one."""
    for entry in register(runner.scenario):
        if entry.low is None or only not in ("", entry.address):
            continue
        ends = []
        for end in ("low", "high"):
            other = _standing(runner.scenario, entry.address.split("."), end)
            ends.append(runner.changes(other, prepare(other).compiled))
        yield _effect((entry.address, entry.name, f"{entry.low} and {entry.high}, as entered"), *ends)


def _standing(part: Any, steps: Sequence[str], end: str) -> Any:
    """Return a part of a scenario with the number at an address standing at an end of its range."""
    if not steps:
        assert isinstance(part, Assumption)
        return part.model_copy(update={"value": getattr(part, end), "low": None, "central": None, "high": None})
    step, rest = steps[0], steps[1:]
    if isinstance(part, BaseModel):
        return part.model_copy(update={step: _standing(getattr(part, step), rest, end)})
    if isinstance(part, dict):
        return {key: _standing(held, rest, end) if str(key) == step else held for key, held in part.items()}
    assert isinstance(part, list)
    named = ((str(getattr(held, "id", i)), held) for i, held in enumerate(part, 1))
    return [_standing(held, rest, end) if name == step else held for name, held in named]


def _usable(runner: _Runner, only: str) -> Iterator[Effect]:
    """Yield the effect of the usable share of earmarked reserves, between the ends of the model-risk range."""
    body = next(each for each in runner.scenario.bodies if each.id == runner.agency)
    share = body.held.usable_share if body.held else None
    address = f"agencies.{body.id}.reserves.usable_share"
    if share is None or share.central is not None or only not in ("", address):
        return
    ends = next(judgement.alternatives for judgement in JUDGEMENTS if judgement.name == USABLE)
    found = [runner.changes(runner.scenario, runner.compiled, end) for end in ends]
    yield _effect((address, body.name, "25% and 100%, the ends of the model-risk range"), found[0], found[1])


def _drivers(runner: _Runner, only: str) -> Iterator[Effect]:
    """Yield the effect of each driver's central path, moved from the budget year on."""
    if only and not only.startswith("drivers."):
        return
    compiled, body = judged(runner.scenario, runner.agency)
    blocks = min(MOST_MEASURED, -(-runner.sample.paths // BLOCK))
    for lever in levers(runner.scenario, compiled, body, runner.sample.seed, blocks).all:
        if lever.driver is None or only not in ("", f"drivers.{lever.id}"):
            continue
        ends = []
        for size in (lever.low, lever.high):
            by_year = np.zeros(compiled.horizon)
            by_year[body.start :] = size
            moved = shocks.raised(compiled, body.row, lever.driver, by_year)
            ends.append(runner.changes(runner.scenario, moved))
        yield _effect((f"drivers.{lever.id}", lever.name, _ends(compiled, lever)), *ends)


def _ends(compiled: Compiled, lever: Lever) -> str:
    assert lever.driver is not None
    unit = "points a year" if compiled.drivers[lever.driver].is_growth else "points"
    return f"central path {100 * lever.low:+.2f} and {100 * lever.high:+.2f} {unit}: P10 and P90 of its own luck"
