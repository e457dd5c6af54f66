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
TIED = 1e-12
"""The variance within a bin, over that of the input, below which all of its paths have the same value."""

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

    The variance of a mean and a straight line in each of equal bins of the input, less what chance alone puts there: as
    many paths' worth of what is left as there are means and lines, but one (Pearson 1905; Kelley 1935). Lines keep what
    a bend does within a bin. Paths with the same value share a bin. Few paths make fewer bins.
    """
    count, paths = len(inputs), len(outcome)
    bins = max(2, min(bins, paths // LEAST_IN_BIN))
    shares, errors = np.zeros(count), np.zeros(count)
    if not moving(outcome[None], 1e-9)[0] or paths < 2 * LEAST_IN_BIN:
        return Known(shares, shares, shares, errors, 0.0)
    aim = (outcome - outcome.mean()) / outcome.std()
    for i in np.flatnonzero(moving(inputs)):
        shares[i], errors[i] = settled(binned(inputs[i], bins), aim)
    by_chance = [settled(bins_of, aim)[0] for bins_of in _dummies(paths, bins)]
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


class Bins(NamedTuple):
    """Each path's bin, and by how many standard deviations of the input it lies off the mean of its bin, `[path]`."""

    places: Places
    off: Floats


def binned(values: Floats, bins: int) -> Bins:
    """Return an input `[path]` in equal bins, the two at the ends halved again and again as far as paths allow.

    Ties are never parted, so bins may be fewer and unequal.
    """
    order, paths = np.sort(values), len(values)
    tail = [paths // bins >> n for n in range(1, 20) if paths // bins >> n >= LEAST_IN_BIN]
    cuts = [*(np.arange(1, bins) * paths // bins), *tail, *(paths - one for one in tail)]
    edges = np.unique(order[cuts])
    places = np.searchsorted(edges, values, side="right")
    unit = (values - values.mean()) / max(float(values.std()), np.finfo(float).tiny)
    means = np.bincount(places, unit) / np.maximum(1, np.bincount(places))
    return Bins(places, unit - means[places])


@lru_cache(maxsize=4)
def _dummies(paths: int, bins: int) -> tuple[Bins, ...]:
    """Return the bins of inputs of pure chance, of a stream of their own."""
    drawn = BlockDraws(0, 0, -(-paths // BLOCK)).uniforms("sensitivity/dummy", DUMMIES)[:, :paths]
    return tuple(binned(one, bins) for one in drawn)


def lined(bins: Bins, aim: Floats) -> Floats:
    """Return an outcome `[path]` by its mean and a straight line in each bin, `[path]`."""
    count, total, across, steep, level = _moments(bins, bins.places, aim, (int(bins.places.max()) + 1,))
    slope, _ = _slopes(count, level, across, total, steep)
    mean, centre = (np.divide(one, count, out=np.zeros_like(one), where=count > 0) for one in (total, level))
    fit: Floats = mean[bins.places] + slope[bins.places] * (bins.off - centre[bins.places])
    return fit


def settled(bins: Bins, aim: Floats) -> tuple[float, float]:
    """Return the share of an outcome's variance `[path]` that bins settle, chance taken out, and its standard error.

    The error is a jackknife's, over batches of paths that follow one another.
    """
    paths, count = len(aim), int(bins.places.max()) + 1
    batches = min(BATCHES, paths)
    batch = np.arange(paths) * batches // paths
    moments = np.array(_moments(bins, bins.places + count * batch, aim, (batches, count)))
    squares = np.bincount(batch, aim**2, minlength=batches)
    whole = _share(moments.sum(axis=1, keepdims=True), squares.sum()[None])[0]
    left = _share(moments.sum(axis=1, keepdims=True) - moments, squares.sum() - squares)
    error = np.sqrt((batches - 1) / batches * np.sum((left - left.mean()) ** 2))
    return float(whole), float(error)


def _moments(bins: Bins, where: Places, aim: Floats, shape: tuple[int, ...]) -> tuple[Floats, ...]:
    """Return sums by bin of one, the outcome, the input squared, their product, and the input."""
    size, weighed = int(np.prod(shape)), (None, aim, bins.off**2, bins.off * aim, bins.off)
    return tuple(np.bincount(where, one, minlength=size).astype(np.float64).reshape(shape) for one in weighed)


def _slopes(count: Floats, level: Floats, across: Floats, total: Floats, steep: Floats) -> tuple[Floats, Floats]:
    """Return by bin the slope of the outcome, and what its line explains in squares; nought where an input is tied."""
    most = np.maximum(1.0, count)
    width, product = across - level**2 / most, steep - level * total / most
    slope = np.divide(product, width, out=np.zeros_like(width), where=width > TIED * most)
    return slope, slope * product


def _share(moments: Floats, squares: Floats) -> Floats:
    """Return epsilon squared by sample: what bins explain of the variance, what chance puts there taken out."""
    counts, sums, across, steep, level = moments
    paths, total = counts.sum(axis=1), sums.sum(axis=1)
    slopes, by_line = _slopes(counts, level, across, sums, steep)
    means = np.divide(sums**2, counts, out=np.zeros_like(sums), where=counts > 0).sum(axis=1) - total**2 / paths
    between = means + by_line.sum(axis=1)
    whole = squares - total**2 / paths
    used = (counts > 0).sum(axis=1) + (slopes != 0).sum(axis=1)
    within = (whole - between) / np.maximum(1, paths - used)
    share: Floats = (between - (used - 1) * within) / whole
    return share
