"""What knowing one input would settle, from paths already made: first-order shares, and shifts of the mean.

No straight line is assumed. Inputs are `[input, path]`, an outcome is `[path]`. An input that travels with others is
credited with what they do with it, so shares of correlated inputs do not add up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.compiled import Bools, Floats
from simulator.regressions import moving
from simulator.streams import BLOCK, BlockDraws
from simulator.summary import Z95

BINS, LEAST_IN_BIN = 50, 10
BATCHES, DUMMIES = 20, 40
"""Batches of paths that a standard error rests on, and inputs of pure chance that the noise floor rests on."""

Places = npt.NDArray[np.intp]


class Known(NamedTuple):
    """Shares of variance from 0 to 1 by input, with 95% intervals and standard errors, and the noise floor.

    `floor` is the share below which an input cannot be told from one that does nothing: 19 of 20 such inputs of pure
    chance come out lower on the same paths.
    """

    shares: Floats
    low: Floats
    high: Floats
    errors: Floats
    floor: float


class Shift(NamedTuple):
    """By how many standard deviations the mean of each input is shifted where something happened.

    With 95% intervals; not a number where it happened on fewer than two paths, or for an input that never moves.
    """

    units: Floats
    low: Floats
    high: Floats


def first_order(inputs: Floats, outcome: Floats, bins: int = BINS) -> Known:
    """Return which share of an outcome's variance would be gone if an input were known.

    The variance of means over equal bins of the input, less what chance alone puts there: (bins - 1) / paths of what is
    left within bins (Pearson 1905; Kelley 1935). Paths with the same value share a bin. Few paths make fewer bins.
    """
    count, paths = len(inputs), len(outcome)
    bins = max(2, min(bins, paths // LEAST_IN_BIN))
    shares, errors = np.zeros(count), np.zeros(count)
    if not moving(outcome[None], 1e-9)[0] or paths < 2 * LEAST_IN_BIN:
        return Known(shares, shares, shares, errors, 0.0)
    aim = (outcome - outcome.mean()) / outcome.std()
    for i in np.flatnonzero(moving(inputs)):
        shares[i], errors[i] = settled(placed(inputs[i], bins), aim)
    by_chance = [settled(places, aim)[0] for places in _dummies(paths, bins)]
    floor = float(np.clip(np.quantile(by_chance, 0.95, method="inverted_cdf"), 0.0, 1.0))
    low, high = (np.clip(shares + way * Z95 * errors, 0.0, 1.0) for way in (-1, 1))
    return Known(np.clip(shares, 0.0, 1.0), low, high, errors, floor)


def mean_shift(inputs: Floats, happened: Bools) -> Shift:
    """Return by how far each input's mean lies off its usual one on the paths `[path]` where something happened."""
    hits, paths = int(happened.sum()), len(happened)
    if hits < 2:
        nothing = np.full(len(inputs), np.nan)
        return Shift(nothing, nothing, nothing)
    spread = np.where(moving(inputs), inputs.std(axis=1), np.nan)
    there, elsewhere = inputs[:, happened], inputs[:, ~happened]
    units = (there.mean(axis=1) - inputs.mean(axis=1)) / spread
    scatter = there.var(axis=1, ddof=1) / hits
    if paths - hits > 1:
        scatter = scatter + elsewhere.var(axis=1, ddof=1) / (paths - hits)
    # The usual mean holds the paths where it happened too, so only the rest of it is another sample.
    error = (1 - hits / paths) * np.sqrt(scatter) / spread
    return Shift(units, units - Z95 * error, units + Z95 * error)


def placed(values: Floats, bins: int) -> Places:
    """Return each path's bin, `[path]`; ties are never parted, so bins may be fewer and unequal."""
    order = np.sort(values)
    edges = np.unique(order[np.arange(1, bins) * len(values) // bins])
    return np.searchsorted(edges, values, side="right")


@lru_cache(maxsize=4)
def _dummies(paths: int, bins: int) -> tuple[Places, ...]:
    """Return the bins of inputs of pure chance, of a stream of their own."""
    drawn = BlockDraws(0, 0, -(-paths // BLOCK)).uniforms("sensitivity/dummy", DUMMIES)[:, :paths]
    return tuple(placed(one, bins) for one in drawn)


def settled(places: Places, aim: Floats) -> tuple[float, float]:
    """Return the share of the variance of an outcome `[path]` between bins, chance taken out, and its standard error.

    The error is a jackknife's, over batches of paths that follow one another.
    """
    paths, bins = len(aim), int(places.max()) + 1
    batches = min(BATCHES, paths)
    where = places + bins * (np.arange(paths) * batches // paths)
    counts, sums = (
        np.bincount(where, weights, minlength=bins * batches).reshape(batches, bins) for weights in (None, aim)
    )
    squares = np.bincount(np.arange(paths) * batches // paths, aim**2, minlength=batches)
    whole = _share(counts.sum(axis=0)[None], sums.sum(axis=0)[None], squares.sum()[None])[0]
    left = _share(counts.sum(axis=0) - counts, sums.sum(axis=0) - sums, squares.sum() - squares)
    error = np.sqrt((batches - 1) / batches * np.sum((left - left.mean()) ** 2))
    return float(whole), float(error)


def _share(counts: Floats, sums: Floats, squares: Floats) -> Floats:
    """Return epsilon squared by sample: the variance between bins over all of it, what chance puts there taken out."""
    paths, total = counts.sum(axis=1), sums.sum(axis=1)
    between = np.divide(sums**2, counts, out=np.zeros_like(sums), where=counts > 0).sum(axis=1) - total**2 / paths
    whole = squares - total**2 / paths
    used = (counts > 0).sum(axis=1)
    within = (whole - between) / np.maximum(1, paths - used)
    share: Floats = (between - (used - 1) * within) / whole
    return share
