"""Named stresses on the futures of the run itself: what each does to a body, and what it would take to bear it.

All is on the plan view and against the minimum fixed before the run. Differences are paired, path by path.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.margins import OUTCOME, Body, came_back, ever, judged, margin
from simulator.money import HALF_PENNY
from simulator.named_stresses import PLAN, cases, chance_of
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.summary import Chance, chance
from simulator.trials import USUAL, Tried, tried

MOST_COUNTED = 10
"""Blocks of 1,000 futures in which the chance of a stress itself is counted."""


@dataclass(frozen=True)
class Stressed:
    """What one stress does to one body, money in pounds and above nought worse; chances before and after it.

    `back` is coming back within the budget year, `broken` the body's headline limit in any year to the plan's end.
    `reserves_needed` restores the chance before: reserves held as the budget year opens, or for an NHS body, which
    holds none, money in every year to the plan's end. `chance` is nothing where none is given.
    """

    id: str
    name: str
    agency: str
    begins: str
    chance: float | None
    chance_rests_on: str
    source: str
    gap_budget_year_mean: float
    gap_budget_year_central: float
    gap_plan_mean: float
    gap_plan_central: float
    back_before: Chance
    back_after: Chance
    limit: str
    broken_before: Chance
    broken_after: Chance
    reserves_needed: float


def stresses(scenario: Scenario, agency: str, sample: Sample = USUAL) -> tuple[Stressed, ...]:
    """Return what every named stress that can touch a body does to it, hardest first.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
    """
    compiled, body = judged(scenario, agency)
    before = _Seen(compiled, body, tried(compiled, agency, (PLAN,), sample))
    count = min(MOST_COUNTED, -(-sample.paths // BLOCK))
    futures = DriverPaths(compiled, sample.seed).block(0, count)
    found = []
    for case in cases(scenario, compiled, body):
        after = _Seen(case.compiled, body, tried(case.compiled, agency, (case.variant,), sample))
        likely, why = chance_of(case, compiled, body, futures)
        stress = case.stress
        found.append(
            Stressed(
                stress.id,
                stress.name,
                agency,
                compiled.years[case.year],
                likely,
                why,
                stress.source,
                *_moved(before, after),
                chance_in(before.back),
                chance_in(after.back),
                before.limit,
                chance_in(before.broken),
                chance_in(after.broken),
                needed(before.short, after.short),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.reserves_needed, one.id)))


def stress_table(found: tuple[Stressed, ...]) -> pd.DataFrame:
    """Return stresses as a table, a row each, chances with their Wilson 95% intervals in columns of their own."""
    rows = []
    for one in found:
        row = {name: value for name, value in asdict(one).items() if not isinstance(value, tuple | list)}
        for name in ("back_before", "back_after", "broken_before", "broken_after"):
            held: Chance = getattr(one, name)
            row |= {name: held.probability, f"{name}_low95": held.low, f"{name}_high95": held.high}
        rows.append(row | {"paths": one.back_before.paths, "unit": "£"})
    return pd.DataFrame(rows)


def needed(before: Floats, after: Floats) -> float:
    """Return the least pounds that bring as few paths past nought after as before, `[path]` each; nought or more.

    Pounds come off every path alike, so the answer is an order statistic: exact on these paths, not searched for.
    """
    failing = int(np.count_nonzero(before > HALF_PENNY))
    ordered = np.sort(after)[::-1]
    return max(0.0, float(ordered[failing])) if failing < len(ordered) else 0.0


def chance_in(happened: Bools) -> Chance:
    """Return how often something happened on `[path]`, with its Wilson 95% interval."""
    return chance(int(np.count_nonzero(happened)), len(happened))


class _Seen:
    """One body on the plan view of one set of terms, as stresses look at it."""

    def __init__(self, compiled: Compiled, body: Body, found: Tried) -> None:
        self.body, self.limit = body, body.limits[0]
        self.money = {name: amounts[0] for name, amounts in found.measures.items()}
        self.central = {name: amounts[0] for name, amounts in found.central.items()}
        self.back = came_back(compiled, body, self.money)
        self.broken = ever(body, found.outcomes[OUTCOME[self.limit]][0])
        self.short = margin(compiled, body, self.limit, self.money)


def _moved(before: _Seen, after: _Seen) -> tuple[float, float, float, float]:
    """Return what is added to the gap in the budget year and over the plan's years: on average and centrally."""
    span, start = before.body.span, before.body.start
    mean = (after.money["gap"] - after.money["savings_delivered"]).mean(axis=1)
    mean = mean - (before.money["gap"] - before.money["savings_delivered"]).mean(axis=1)
    central = after.central["gap"] - after.central["savings_delivered"]
    central = central - (before.central["gap"] - before.central["savings_delivered"])
    return float(mean[start]), float(central[start]), float(mean[span].sum()), float(central[span].sum())
