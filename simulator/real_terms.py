"""Money in the prices of the base year: each future's cash over its own consumer prices since then.

A gap of £1m in a future of high prices buys less than £1m in one of low prices, so every future has its own index, and
the fan of real amounts is no fan of cash divided by one number. Chances are of cash law and never differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from simulator.answers import Answers, grouped
from simulator.compiled import Floats
from simulator.drivers import NATIONAL, DriverBlock
from simulator.place_tables import KNOWN
from simulator.summary import PERCENTS, quantiles
from simulator.variants import MEASURES, holders

INDEX = "cpi"
"""The driver whose index says how prices move."""
CASH = "£m cash"
NONE = "This scenario has no driver `cpi` (consumer prices), so money stays in cash."

Run = TypeVar("Run", bound=Answers)


class Recipe(Protocol):
    """What draws the futures of a run again, block by block."""

    def block(self, number: int, count: int = 1) -> DriverBlock:
        """Return `count` blocks from `number` on."""

    def central(self) -> DriverBlock:
        """Return the central case."""


@dataclass(frozen=True)
class Index:
    """Consumer prices since the base year, 1 then: of every future `[year, path]`, and of the central case."""

    paths: Floats
    central: Floats


def index(run: Answers, recipe: Recipe, workers: int) -> Index | None:
    """Return the prices of the futures of a run, or nothing where no driver says how they move.

    `recipe` draws the run's own futures; with the run's `workers` its blocks are those that are kept.
    """
    ids = [driver.id for driver in run.compiled.drivers]
    if INDEX not in ids:
        return None
    k, (blocks, together) = ids.index(INDEX), grouped(run.compiled, run.paths, workers)
    drawn = [
        recipe.block(number, min(together, blocks - number)).future(k, NATIONAL).level
        for number in range(0, blocks, together)
    ]
    level = np.concatenate(drawn, axis=1)[:, : run.paths]
    return Index(np.exp(level), np.exp(recipe.central().future(k, NATIONAL).level[:, 0]))


def in_real(run: Run, agency: str, measure: str, prices: Index) -> Run:
    """Return a run with one measure of one body in prices of the base year: every path and all that is told of them.

    Outcomes and chances stay as they are, and so does a measure that is no money.
    """
    table = run.agency_years.copy()
    own = (table.agency == agency) & (table.unit == "£")
    kept, views = dict(run.kept), [view.name for view in run.views]
    if (own & (table.measure == measure)).any() and measure in kept:
        row = run.compiled.agency_ids.index(agency) - holders(run.compiled, MEASURES[measure]).start
        amounts = kept[measure].copy()
        amounts[:, row] /= prices.paths[:, : amounts.shape[-1]]
        kept[measure] = amounts
        for v, view in enumerate(views):
            rows = table.index[own & (table.measure == measure) & (table["view"] == view)]
            _rewrite(table, rows, amounts[v, row], prices.central)
    return replace(run, kept=kept, agency_years=table)


def _rewrite(table: pd.DataFrame, rows: pd.Index, amounts: Floats, central: Floats) -> None:
    """Write means and quantiles of amounts `[year, path]` into the rows of a measure, a year each in order."""
    table.loc[rows, "mean"] = amounts.mean(axis=-1)
    for percent, cut in zip(PERCENTS, quantiles(amounts), strict=True):
        table.loc[rows, f"p{percent:02d}"] = cut
    table.loc[rows, "central"] = table.loc[rows, "central"].to_numpy(dtype=float) / central


def known_real(fan: pd.DataFrame, base: str) -> pd.DataFrame:
    """Return a fan without what is known before the base year: prices until then are no part of a scenario."""
    kept = fan[fan.Year >= base].reset_index(drop=True)
    return kept.assign(**{KNOWN: kept[KNOWN].where(kept.Year == base)})


def said(text: str, run: Answers) -> str:
    """Return words of money in cash as words of money in prices of the base year."""
    return text.replace(CASH, f"£m in {run.scenario.base_year} prices, each future by its own")
