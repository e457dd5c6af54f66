"""Straight lines through paths already made: standardised slopes, rank slopes, and shares of what is explained.

Inputs are `[input, path]`, an outcome is `[path]`. An input or an outcome that never moves has no slope and no share.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from simulator.compiled import Bools, Floats
from simulator.summary import Z95

BATCHES = 20
"""Batches of paths that a standard error rests on."""
TOGETHER, ENOUGH, TWINS = 0.5, 0.8, 1 - 1e-9
"""Correlation from which inputs are said to travel together, the share explained from which shares are read, and the
correlation from which two inputs are one and the same to any line.

Half is a judgement; four fifths is the bound usually set for standardised slopes (Saltelli and others 2008).
"""


class Shares(NamedTuple):
    """Shares of variance by input, nought or more, which add up to `explained`; standardised slopes; correlations."""

    shares: Floats
    slopes: Floats
    explained: float
    correlations: Floats


class Slopes(NamedTuple):
    """Slopes by input, from -1 to 1 where inputs are independent, each with its 95% interval, and R squared.

    A slope says by how many standard deviations the outcome moves for one of the input, all others as they are.
    """

    slopes: Floats
    low: Floats
    high: Floats
    explained: float


def shares_of(inputs: Floats, outcome: Floats) -> Shares:
    """Return shares of the variance of an outcome by inputs, by linear regression.

    What correlated inputs explain together is shared out between them by the relative weights of Johnson (2000): each
    share is nought or more, and all add up to R squared.
    """
    count = len(inputs)
    moves, whole = moving(inputs), float(outcome.std())
    shares, slopes, together = np.zeros(count), np.zeros(count), np.eye(count)
    if not moves.any() or not moving(outcome[None], 1e-9)[0]:
        return Shares(shares, slopes, 0.0, together)
    unit = _unit(inputs[moves])
    aim = (outcome - outcome.mean()) / whole
    matrix = unit @ unit.T / len(aim)
    shares[moves], slopes[moves], explained = _weighed(matrix, unit @ aim / len(aim))
    together[np.ix_(moves, moves)] = matrix
    return Shares(shares, slopes, explained, together)


def _weighed(matrix: Floats, towards: Floats) -> tuple[Floats, Floats, float]:
    """Return shares, slopes and R squared, of correlations `[input, input]` and those with the outcome `[input]`."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-9 * values.max()
    root = (vectors[:, kept] * np.sqrt(values[kept])) @ vectors[:, kept].T
    back = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    apart = back @ towards
    return root**2 @ apart**2, back @ apart, min(1.0, float(np.sum(apart**2)))


class Errors(NamedTuple):
    """Standard errors of shares and of slopes by input."""

    shares: Floats
    slopes: Floats


def errors_of(inputs: Floats, outcome: Floats) -> Errors:
    """Return the standard errors of what `shares_of` finds, by a jackknife over batches of paths.

    A bend or a product that a line leaves out widens them, which the usual error of a slope, of what is left, does not
    see: it holds that what is left is as wide everywhere and has no mean of its own.
    """
    moves, paths = moving(inputs), len(outcome)
    errors = Errors(np.zeros(len(inputs)), np.zeros(len(inputs)))
    batches = min(BATCHES, paths // max(2, len(inputs)))
    if not moves.any() or not moving(outcome[None], 1e-9)[0] or batches < 2:
        return errors
    unit = _unit(np.concatenate([inputs[moves], outcome[None]]))
    pieces = np.array_split(unit, batches, axis=1)
    products, sums = (np.array([one @ one.T for one in pieces]), np.array([one.sum(axis=1) for one in pieces]))
    left = []
    for k, piece in enumerate(pieces):
        size = paths - piece.shape[1]
        mean = (sums.sum(axis=0) - sums[k]) / size
        spread = (products.sum(axis=0) - products[k]) / size - np.outer(mean, mean)
        scale = np.sqrt(np.maximum(np.diag(spread), 1e-12))
        matrix = spread / np.outer(scale, scale)
        left.append(_weighed(matrix[:-1, :-1], matrix[:-1, -1])[:2])
    for held, found in zip(errors, np.swapaxes(left, 0, 1), strict=True):
        held[moves] = np.sqrt((batches - 1) * np.var(found, axis=0))
    return errors


def standardised(inputs: Floats, outcome: Floats) -> Slopes:
    """Return standardised regression slopes, and the share of variance that straight lines explain.

    The error of a slope is a jackknife's, or the usual one of least squares where that is larger.
    """
    found, moves = shares_of(inputs, outcome), moving(inputs)
    usual = np.zeros(len(inputs))
    if moves.any() and found.explained:
        matrix = found.correlations[np.ix_(moves, moves)]
        inverse = np.maximum(np.diag(np.linalg.pinv(matrix, rcond=1e-9, hermitian=True)), 0.0)
        usual[moves] = np.sqrt((1 - found.explained) * inverse / max(1, len(outcome) - int(moves.sum()) - 1))
    error = np.maximum(usual, errors_of(inputs, outcome).slopes)
    return Slopes(found.slopes, found.slopes - Z95 * error, found.slopes + Z95 * error, found.explained)


def rank(inputs: Floats, outcome: Floats) -> Slopes:
    """Return partial rank correlations: of ranks, all other inputs' ranks taken out (Kendall 1942; Iman 1979).

    Right for whatever rises or falls throughout, bent or not. Intervals are Fisher's. `explained` is of ranks.
    """
    ranked, aim = rankdata(inputs, axis=1), rankdata(outcome)
    found, moves = shares_of(ranked, aim), moving(ranked)
    partial = np.zeros(len(inputs))
    if moves.any() and found.explained:
        unit = np.concatenate([_unit(ranked[moves]), _unit(aim[None])])
        inverse = np.linalg.pinv(unit @ unit.T / len(aim), rcond=1e-12, hermitian=True)
        partial[moves] = -inverse[-1, :-1] / np.sqrt(inverse[-1, -1] * np.diag(inverse)[:-1])
    partial = np.clip(partial, -1.0, 1.0)
    score = np.arctanh(np.clip(partial, -1 + 1e-12, 1 - 1e-12))
    half = np.where(moves & (found.explained > 0), Z95 / np.sqrt(max(1, len(outcome) - int(moves.sum()) - 2)), 0.0)
    return Slopes(partial, np.tanh(score - half), np.tanh(score + half), found.explained)


def travelling(correlations: Floats, least: float = TOGETHER) -> tuple[tuple[int, ...], ...]:
    """Return for each input the others that travel with it: whose correlation with it is at least so much, either way.

    What one of them is said to do includes what the others do with it.
    """
    near: Bools = np.abs(correlations) >= least
    return tuple(tuple(int(j) for j in np.flatnonzero(row) if j != i) for i, row in enumerate(near))


def moving(inputs: Floats, rounding: float = 1e-12) -> Bools:
    """Return which rows `[input, path]` move by more than rounding."""
    moved: Bools = inputs.std(axis=1) > rounding * np.maximum(1.0, np.abs(inputs).max(axis=1, initial=0.0))
    return moved


def _unit(inputs: Floats) -> Floats:
    """Return rows with mean nought and a standard deviation of one."""
    unit: Floats = (inputs - inputs.mean(axis=1, keepdims=True)) / inputs.std(axis=1, keepdims=True)
    return unit
