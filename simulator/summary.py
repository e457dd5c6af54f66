"""From paths to tables: quantiles, chances and their sampling error.

One quantile everywhere: the ceil(qN)-th smallest of N paths (`inverted_cdf`). Chances carry Wilson
95% intervals; a quantile's interval runs between two binomial ranks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtr

from simulator.compiled import Bools, Compiled, Floats
from simulator.variants import MEASURES, OUTCOMES, UNITS, holding

PERCENTS = (5, 10, 25, 50, 75, 90, 95)
Z95 = 1.959963984540054


class Chance(NamedTuple):
    """How often something happened on `paths` paths, with its Wilson 95% interval."""

    probability: float
    low: float
    high: float
    paths: int


def chance(happened: int, paths: int) -> Chance:
    """Return the share of paths on which something happened, with the Wilson 95% interval (Wilson 1927)."""
    p, z2 = happened / paths, Z95**2
    centre = (p + z2 / (2 * paths)) / (1 + z2 / paths)
    half = Z95 / (1 + z2 / paths) * float(np.sqrt(p * (1 - p) / paths + z2 / (4 * paths**2)))
    low = 0.0 if happened == 0 else max(0.0, centre - half)
    return Chance(p, low, 1.0 if happened == paths else min(1.0, centre + half), paths)


def quantiles(amounts: Floats, percents: tuple[int, ...] = PERCENTS) -> Floats:
    """Return the quantiles of the last axis, `[percent, ...]`, by one sort, which is quicker than seven partitions."""
    paths = amounts.shape[-1]
    ordered = np.sort(amounts, axis=-1)
    return np.stack([ordered[..., _rank(percent, paths)] for percent in percents])


def _rank(percent: int, paths: int) -> int:
    """Return the place, from nought, of the ceil(qN)-th smallest; whole numbers, so that no rounding slips in."""
    return max(0, -(-percent * paths // 100) - 1)


def quantile_interval(amounts: Floats, percent: int) -> tuple[float, float]:
    """Return two order statistics that hold the true quantile in at least 95 of 100 samples.

    Raises:
        ValueError: when there are too few paths for the interval to lie within the sample.
    """
    paths, p = len(amounts), percent / 100
    chances = bdtr(np.arange(-1, paths + 1), paths, p)
    low = int(np.searchsorted(chances, 0.025, side="right")) - 1
    high = int(np.searchsorted(chances, 0.975, side="left"))
    if low < 1 or high > paths:
        raise ValueError(f"{paths} paths are too few for an interval about the {percent}th percentile")
    ordered = np.partition(amounts, [low - 1, high - 1])
    return float(ordered[low - 1]), float(ordered[high - 1])


def agency_years(
    compiled: Compiled, names: tuple[str, ...], kept: dict[str, Floats], central: dict[str, Floats]
) -> pd.DataFrame:
    """Return the public table of measures by agency, year and view; a body has the measures of its kind.

    In pounds unless the unit says otherwise.
    """
    rows = holding(compiled, MEASURES)
    axes = [
        np.meshgrid([name], names, compiled.agency_ids[rows[name]], compiled.years, indexing="ij")
        for name in sorted(kept)
    ]
    measure, view, agency, year = (np.concatenate([axis[i].ravel() for axis in axes]) for i in range(4))
    amounts = [kept[name] for name in sorted(kept)]
    cuts = np.concatenate([quantiles(amount).reshape(len(PERCENTS), -1) for amount in amounts], axis=1)
    columns = {
        "agency": agency,
        "year": year,
        "measure": measure,
        "unit": [UNITS.get(name, "£") for name in measure],
        "view": view,
        "paths": np.repeat([a.shape[-1] for a in amounts], [a[..., 0].size for a in amounts]),
        "mean": np.concatenate([a.mean(axis=-1).ravel() for a in amounts]),
        **{f"p{percent:02d}": cut for percent, cut in zip(PERCENTS, cuts, strict=True)},
        "central": np.concatenate([central[name][..., 0].ravel() for name in sorted(kept)]),
    }
    return pd.DataFrame(columns).sort_values(["agency", "measure", "view", "year"], ignore_index=True)


def chances(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Bools]) -> pd.DataFrame:
    """Return the public table of chances: in each year, by each year (`by 2027-28`), and in `any` year."""
    rows, found = [], holding(compiled, OUTCOMES)
    for outcome, happened in kept.items():
        by_then = np.logical_or.accumulate(happened, axis=2)
        bodies = compiled.agency_ids[found.get(outcome, slice(None))]
        for v, view in enumerate(names):
            for a, agency in enumerate(bodies):
                for t, year in enumerate(compiled.years):
                    rows.append((agency, year, outcome, view, *_counted(happened[v, a, t])))
                    rows.append((agency, f"by {year}", outcome, view, *_counted(by_then[v, a, t])))
                rows.append((agency, "any", outcome, view, *_counted(by_then[v, a, -1])))
    columns = ["agency", "year", "outcome", "view", "probability", "low95", "high95", "paths"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["agency", "outcome", "view", "year"], ignore_index=True)


def place_chances(
    compiled: Compiled, place: str, names: tuple[str, ...], breached: Bools, missed: Bools
) -> pd.DataFrame:
    """Return chances of the place as a whole: that any body's duty is breached, two bodies' or more, a system's total.

    `breached` is `[view, agency, year, path]`, `missed` `[view, system, year, path]`. Empty for a place of one body.
    """
    if len(compiled.agency_ids) == 1:
        return pd.DataFrame()
    # What a system misses is one breach, shared by its members.
    bodies = np.asarray(np.count_nonzero(breached, axis=1) + np.count_nonzero(missed, axis=1))[:, None]
    found: dict[str, Bools] = {"any_duty_breached": bodies > 0, "two_duties_breached": bodies > 1}
    if missed.shape[1]:
        found["system_total_missed"] = np.asarray(missed.any(axis=1))[:, None]
    alone = replace(compiled, agency_ids=(place,))
    return chances(alone, names, found)


def _counted(happened: Bools) -> Chance:
    return chance(int(np.count_nonzero(happened)), happened.shape[-1])


def line_means(compiled: Compiled, pair_sums: Floats, central: Floats, paths: int) -> pd.DataFrame:
    """Return each line's mean and central cost by year; means add up, percentiles would not."""
    rows = [
        (compiled.agency_ids[line.agency], line.id, year, float(line.weight[t]) * pair_sums[line.pair, t] / paths,
         float(line.weight[t]) * central[line.pair, t])
        for line in compiled.lines
        for t, year in enumerate(compiled.years)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["agency", "line", "year", "mean", "central"]).assign(unit="£", paths=paths)


def base_exposure(compiled: Compiled, agency: str, driver: str) -> float:
    """Return what an agency spends on one price in the base year, in pounds, net of matched grants."""
    body = compiled.agency_ids.index(agency)
    total = 0.0
    for line in compiled.lines:
        if line.agency == body:
            for k, share in compiled.pairs[line.pair].basket:
                total += line.base * share if compiled.drivers[k].id == driver else 0.0
    return total
