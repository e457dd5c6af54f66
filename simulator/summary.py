"""From paths to tables: quantiles, chances and their sampling error.

One quantile everywhere: the ceil(qN)-th smallest of N paths (`inverted_cdf`). Chances carry Wilson
95% intervals; a quantile's interval runs between two binomial ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtr

from simulator.compiled import Bools, Compiled, Floats
from simulator.variants import MEASURES, OUTCOMES, UNITS, holding

Counts = npt.NDArray[np.int64]
Order = npt.NDArray[np.intp]
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
    p, low, high, _ = _wilson(np.array([happened]), np.array([paths]))
    return Chance(float(p[0]), float(low[0]), float(high[0]), paths)


def _wilson(happened: Counts, paths: Counts) -> tuple[Floats, Floats, Floats, Counts]:
    """Return shares of paths and the ends of their Wilson intervals, with the paths, many at once."""
    p, z2 = happened / paths, Z95**2
    centre = (p + z2 / (2 * paths)) / (1 + z2 / paths)
    half = Z95 / (1 + z2 / paths) * np.sqrt(p * (1 - p) / paths + z2 / (4 * paths**2))
    low = np.where(happened == 0, 0.0, np.maximum(centre - half, 0.0))
    return p, low, np.where(happened == paths, 1.0, np.minimum(centre + half, 1.0)), paths


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
    compiled: Compiled, names: tuple[str, ...], kept: dict[str, Floats], central: dict[str, Floats], workers: int = 1
) -> pd.DataFrame:
    """Return the public table of measures by agency, year and view; a body has the measures of its kind.

    In pounds unless the unit says otherwise. Measures are sorted on so many threads.
    """
    rows = holding(compiled, MEASURES)
    keys, order = _money_keys(
        tuple((name, compiled.agency_ids[rows[name]]) for name in sorted(kept)), names, compiled.years
    )
    amounts = [kept[name] for name in sorted(kept)]
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(_means_and_cuts, amounts))
    cuts = np.concatenate([cut.reshape(len(PERCENTS), -1) for _, cut in found], axis=1)
    columns = {
        "paths": np.repeat([a.shape[-1] for a in amounts], [a[..., 0].size for a in amounts]),
        "mean": np.concatenate([mean.ravel() for mean, _ in found]),
        **{f"p{percent:02d}": cut for percent, cut in zip(PERCENTS, cuts, strict=True)},
        "central": np.concatenate([central[name][..., 0].ravel() for name in sorted(kept)]),
    }
    return keys.assign(**{name: column[order] for name, column in columns.items()})


@lru_cache(maxsize=8)
def _money_keys(
    measures: tuple[tuple[str, tuple[str, ...]], ...], views: tuple[str, ...], years: tuple[str, ...]
) -> tuple[pd.DataFrame, Order]:
    """Return who, when and what each row of the table of money is, in its order, and where each row was counted."""
    rows = [(a, t, m, UNITS.get(m, "£"), v) for m, bodies in measures for v in views for a in bodies for t in years]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][2], rows[i][4], rows[i][1]))
    keys = pd.DataFrame([rows[i] for i in order], columns=["agency", "year", "measure", "unit", "view"])
    return keys, np.array(order, dtype=np.intp)


def _means_and_cuts(amounts: Floats) -> tuple[Floats, Floats]:
    """Return means and quantiles of paths; rows that a view leaves as in the first are sorted once: sorting is slow."""
    first, bits = amounts[:1], amounts.view(np.int64)
    mean = np.repeat(first.mean(axis=-1), len(amounts), axis=0)
    cuts = np.repeat(quantiles(first), len(amounts), axis=1)
    moved = (bits != bits[:1]).any(axis=-1)
    if moved.any():
        others = amounts[moved]
        mean[moved], cuts[:, moved] = others.mean(axis=-1), quantiles(others)
    return mean, cuts


class Happened(NamedTuple):
    """One outcome on every path, `[view, body, year, path]`, with the ids of the bodies and the names of the views."""

    outcome: str
    bodies: tuple[str, ...]
    views: tuple[str, ...]
    on: Bools


def chances(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Bools]) -> pd.DataFrame:
    """Return the public table of chances: in each year, by each year (`by 2027-28`), and in `any` year."""
    return chance_table(compiled.years, of_bodies(compiled, names, kept))


def of_bodies(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Bools]) -> list[Happened]:
    """Return outcomes with the bodies that can meet each."""
    found = holding(compiled, OUTCOMES)
    return [Happened(name, compiled.agency_ids[found.get(name, slice(None))], names, on) for name, on in kept.items()]


def of_place(place: str, names: tuple[str, ...], breached: Bools, missed: Bools) -> list[Happened]:
    """Return outcomes of the place as a whole: that any body's duty is breached, two bodies' or more, a system's total.

    `breached` is `[view, agency, year, path]`, `missed` `[view, system, year, path]`. None for a place of one body.
    """
    if breached.shape[1] == 1:
        return []
    # What a system misses is one breach, shared by its members.
    bodies = np.asarray(np.count_nonzero(breached, axis=1) + np.count_nonzero(missed, axis=1))[:, None]
    found: dict[str, Bools] = {"any_duty_breached": bodies > 0, "two_duties_breached": bodies > 1}
    if missed.shape[1]:
        found["system_total_missed"] = np.asarray(missed.any(axis=1))[:, None]
    return [Happened(name, (place,), names, on) for name, on in found.items()]


def chance_table(years: tuple[str, ...], parts: Sequence[Happened]) -> pd.DataFrame:
    """Return the chances of outcomes as one table, with their Wilson intervals."""
    if not parts:
        return pd.DataFrame(columns=["agency", "year", "outcome", "view", *Chance._fields]).rename(columns=_CALLED)
    keys, order = _chance_keys(tuple((part.outcome, part.bodies, part.views) for part in parts), years)
    counts = np.concatenate([_counts(part.on) for part in parts])
    paths = np.repeat([part.on.shape[-1] for part in parts], [_rows(part) for part in parts])
    columns = dict(zip(Chance._fields, (column[order] for column in _wilson(counts, paths)), strict=True))
    return keys.assign(**{_CALLED.get(name, name): column for name, column in columns.items()})


_CALLED = {"low": "low95", "high": "high95"}


def _rows(part: Happened) -> int:
    versions, bodies, years, _ = part.on.shape
    return int(versions * bodies * (2 * years + 1))


@lru_cache(maxsize=32)
def _chance_keys(
    parts: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...], years: tuple[str, ...]
) -> tuple[pd.DataFrame, Order]:
    """Return who, when and what each row of the table of chances is, in its order, and where each row was counted."""
    when = [*(told for year in years for told in (year, f"by {year}")), "any"]
    rows = [(a, t, outcome, v) for outcome, bodies, views in parts for v in views for a in bodies for t in when]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][2], rows[i][3], rows[i][1]))
    keys = pd.DataFrame([rows[i] for i in order], columns=["agency", "year", "outcome", "view"])
    return keys, np.array(order, dtype=np.intp)


def _counts(on: Bools) -> Counts:
    """Return on how many paths something happened in each year, by then, and in any year, view by view, body by body.

    Row by row, since counting along an axis would first turn every path into a number.
    """
    counts = []
    for version in on:
        for body in version:
            so_far = np.zeros(on.shape[-1], dtype=bool)
            for happened in body:
                so_far |= happened
                counts += [np.count_nonzero(happened), np.count_nonzero(so_far)]
            counts.append(np.count_nonzero(so_far))
    return np.array(counts, dtype=np.int64)


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
