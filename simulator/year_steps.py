"""Why the last year's gap of a body differs from the first year's: the steps between the two averages, by cause."""

from __future__ import annotations

from math import fsum

import pandas as pd

from simulator import reasons
from simulator.answers import Answers
from simulator.drivers import DriverPaths
from simulator.money import HALF_PENNY
from simulator.position import price
from simulator.shared_luck import SharedLuck

AVERAGE = "Average gap"
"""How the level of `reasons.waterfall` begins that is the average over futures."""


def every_step(now: Answers, luck: SharedLuck | None = None) -> pd.DataFrame:
    """Return the steps to every year's gap, for every body and view: the `waterfall` of a run, bit for bit."""
    recipe = luck.paths(now.compiled, now.seed) if luck else DriverPaths(now.compiled, now.seed)
    block = recipe.central()
    position = price(now.compiled, block, itemised=True)
    return reasons.waterfall(now.scenario, now.compiled, block, position, now.agency_years)


def between_years(steps: pd.DataFrame, agency: str, view: str) -> pd.DataFrame:
    """Return the steps from the average gap of the first projected year to that of the last, in pounds.

    Columns step, amount, kind, as `figure_words.waterfall_words` reads them: a level is the average gap of a year, a
    move what one cause adds between the two, above nought where it widens the gap.

    Raises:
        ValueError: when the steps do not add up to half a penny.
    """
    own = steps[(steps.agency == agency) & (steps["view"] == view)]
    years = list(dict.fromkeys(own.year))
    first, last = (reasons.steps_of(own, agency, view, year) for year in (years[0], years[-1]))
    start, end = (float(one[one.step.str.startswith(AVERAGE)].amount.iloc[0]) for one in (first, last))
    before = first[first.kind == "move"].groupby("step", sort=False).amount.sum()
    after = last[last.kind == "move"].groupby("step", sort=False).amount.sum()
    moves = [(str(step), float(after[step]) - float(before.get(step, 0.0)), "move") for step in after.index]
    if not abs((made := start + fsum(amount for _, amount, _ in moves)) - end) <= HALF_PENNY:
        raise ValueError(f"steps make {made:,.2f}, the average gap of {years[-1]} is {end:,.2f}")
    levels = [(f"{AVERAGE} in {year}", amount, "level") for year, amount in ((years[0], start), (years[-1], end))]
    return pd.DataFrame([levels[0], *moves, levels[1]], columns=["step", "amount", "kind"])
