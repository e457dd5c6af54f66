"""Who owns the risk: the variance of an outcome shared out between owners of independent shocks.

Where shocks are independent the variance of an outcome falls into parts that one owner brings alone and parts that
several bring only together, and Shapley's share (1953; for variance Owen 2014, Song and others 2016) splits each of
the latter equally between them. Parts are estimated on paths already made: a straight line by owner, whose slopes come
from other paths than those it is tried on, so that nothing is explained by having been fitted; its bend; what each
two owners bring together; and what all of them bring as one sum, such as a limit that only their sum breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import factorial

from simulator.compiled import Floats
from simulator.given_data import binned, lined, settled
from simulator.regressions import moving
from simulator.summary import Z95

FOLDS, STEPS, MOST_STEPS = 5, 20, 100
PAIRED = 8
"""How many owners, the largest first, are looked at two by two."""
MOST_DEGREES = 30
"""The highest degree of a bent sum that is told apart; a sharp limit has some of every degree."""
PATHS_A_SHOCK, PATHS_A_TERM = 3, 10
"""Paths needed for each slope, and for each term of bends and pairs; with fewer, those that come last are left out."""


@dataclass(frozen=True)
class Owned:
    """Shares of an outcome's variance by owner, from 0 to 1, with 95% intervals; with `unexplained` they add up to 1.

    What is unexplained is somebody's too, though none can say whose: each share is the least that its owner may have,
    and `high` lies farther up by all that is unexplained. `straight` is the part of each share that is a straight line
    of the owner's shocks.
    """

    owners: tuple[str, ...]
    shares: Floats
    low: Floats
    high: Floats
    straight: Floats
    unexplained: float


def shares(shocks: Floats, owner: Sequence[str], outcome: Floats) -> Owned:
    """Return each owner's share of the variance of an outcome `[path]`, from shocks `[shock, path]` with their owners.

    Shocks of different owners are independent; those of one owner need not be. Few paths use the first shocks only, so
    the weightiest should come first.
    """
    return Luck(shocks, owner).shares(outcome)


class _Part(NamedTuple):
    """A part of an outcome `[path]`, its variance, by owner what share of it is whose, and what was left beside it."""

    values: Floats
    variance: float
    whose: Floats
    rest: Floats


class Luck:
    """Independent shocks and their owners, ready to be asked about many outcomes on the same paths."""

    def __init__(self, shocks: Floats, owner: Sequence[str]) -> None:
        """Sort shocks `[shock, path]` by owner and keep what slopes are found from, for each fold of paths."""
        self.owners = tuple(sorted(set(owner)))
        self.paths = shocks.shape[1]
        used = np.flatnonzero(moving(shocks))[: max(1, self.paths // PATHS_A_SHOCK)]
        row_of = {name: g for g, name in enumerate(self.owners)}
        self.group = np.array([row_of[owner[i]] for i in used], dtype=np.intp)
        kept = shocks[used]
        self.unit: Floats = kept - kept.mean(axis=1, keepdims=True)
        self.unit /= self.unit.std(axis=1, keepdims=True)
        edges = [self.paths * k // FOLDS for k in range(FOLDS + 1)]
        self.folds = [slice(*pair) for pair in pairwise(edges)]
        self.products = [self.unit[:, fold] @ self.unit[:, fold].T for fold in self.folds]

    def shares(self, outcome: Floats) -> Owned:
        """Return each owner's share of the variance of an outcome `[path]`."""
        moves = bool(moving(outcome[None], 1e-9)[0])
        if not moves or not len(self.group):
            nothing = np.zeros(len(self.owners))
            return Owned(self.owners, nothing, nothing, nothing, nothing, float(moves))
        aim = (outcome - outcome.mean()) / outcome.std()
        scores, lines = self._scores(aim)
        straight, left, noise = self._straight(scores, aim)
        held = np.array([max(0.0, part.variance) for part in straight])
        # Lines of all slopes fit the very paths they are tried on, so bends are sought in what those lines leave.
        together, rest = self._together(lines, held, aim - lines.sum(axis=0))
        parts = [*straight, *together, *self._stepped(lines, held, rest, aim)]
        return self._owned(parts, aim, float(left.var()) - noise)

    def _scores(self, aim: Floats) -> tuple[Floats, Floats]:
        """Return each owner's straight line `[owner, path]`: every fold on slopes of the others, and on slopes of all.

        The former keep their variance honest; the latter are one and the same line everywhere, as bends need.
        """
        scores, lines = (np.zeros((len(self.owners), self.paths)) for _ in range(2))
        everything = np.sum(self.products, axis=0)
        moments = [self.unit[:, fold] @ aim[fold] for fold in self.folds]
        nudge = 1e-6 * self.paths * np.eye(len(self.group))
        whole = np.linalg.solve(everything + nudge, np.sum(moments, axis=0))
        each = [self.group == g for g in range(len(self.owners))]
        for fold, product, moment in zip(self.folds, self.products, moments, strict=True):
            slopes = np.linalg.solve(everything - product + nudge, np.sum(moments, axis=0) - moment)
            for g, own in enumerate(each):
                scores[g, fold] = slopes[own] @ self.unit[own, fold]
                lines[g, fold] = whole[own] @ self.unit[own, fold]
        return scores - scores.mean(axis=1, keepdims=True), lines

    def _straight(self, scores: Floats, aim: Floats) -> tuple[list[_Part], Floats, float]:
        """Return each owner's straight part, what is left of the outcome, and what in that is noise of the slopes.

        A score holds noise, so its slope is a little below one; slope times variance is then right on average.
        """
        slopes = np.linalg.lstsq(scores.T, aim, rcond=1e-9)[0]
        spread = scores.var(axis=1)
        left = aim - slopes @ scores
        parts = [
            _Part(slope * score, float(slope * held), whose, left)
            for slope, score, held, whose in zip(slopes, scores, spread, np.eye(len(scores)), strict=True)
        ]
        noise = float(np.sum(slopes * (1 - slopes) * spread))
        return parts, left, noise

    def _together(self, lines: Floats, held: Floats, left: Floats) -> tuple[list[_Part], Floats]:
        """Return bends by owner and products of two owners' lines, with what is then left."""
        terms = list(_terms(lines, held))[: self.paths // PATHS_A_TERM]
        if not terms:
            return [], left
        values = np.array([term for term, _ in terms])
        inverse = np.linalg.pinv(values @ values.T, rcond=1e-9, hermitian=True)
        slopes = inverse @ (values @ left)
        rest = left - slopes @ values
        # White's (1980) errors, since what is left is rarely as wide everywhere.
        errors = np.einsum("jp,p->j", (inverse @ values) ** 2, rest**2)
        spread = values.var(axis=1)
        parts = [
            _Part(slope * value, float((slope**2 - error) * held), whose, rest)
            for slope, value, error, held, (_, whose) in zip(slopes, values, errors, spread, terms, strict=True)
        ]
        return parts, rest

    def _stepped(self, lines: Floats, held: Floats, left: Floats, aim: Floats) -> Iterator[_Part]:
        """Yield what each owner alone bends beyond a parabola, then what is a bent function of the sum of all lines."""
        for g in np.flatnonzero(moving(lines)):
            part = _steps(lines[g], left, np.eye(len(lines))[g], STEPS)
            left = left - part.values
            yield part
        total = lines.sum(axis=0)
        bends = _degrees((total - total.mean()) / max(total.std(), 1e-12), aim)
        if held.any() and bends.any():
            yield _steps(total, left, split_of_sum(held / held.sum(), bends), MOST_STEPS)

    def _owned(self, parts: list[_Part], aim: Floats, left: float) -> Owned:
        """Return shares with the sampling error of each, by what each path adds to it.

        The first parts are the straight ones, by owner; `left` is the variance beyond them, bends and all.
        """
        variance, count = np.array([part.variance for part in parts]), len(self.owners)
        total = float(variance[:count].sum()) + max(left, float(variance[count:].sum()), 0.0)
        owned = np.maximum(variance @ np.array([part.whose for part in parts]), 0.0) / total
        explained = float(owned.sum())
        owned /= max(1.0, explained)
        half, unexplained = Z95 * self._errors(parts, aim, owned, total), max(0.0, 1.0 - explained)
        low, high = np.maximum(owned - half, 0.0), np.minimum(owned + half + unexplained, 1.0)
        straight = np.clip(variance[:count] / total, 0.0, owned)
        return Owned(self.owners, owned, low, high, straight, unexplained)

    def _errors(self, parts: list[_Part], aim: Floats, owned: Floats, total: float) -> Floats:
        """Return the standard error of each share, by the delta method."""
        added = np.zeros((len(self.owners), self.paths))
        for part in parts:
            added += part.whose[:, None] * (part.values**2 + 2 * part.values * part.rest)
        spread = (added - owned[:, None] * aim**2).std(axis=1)
        error: Floats = spread / (total * np.sqrt(self.paths))
        return error


def _terms(lines: Floats, held: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield bends and products of lines `[path]`, with who shares in each, products of the largest owners only."""
    moves = np.flatnonzero(moving(lines))
    unit = {g: (lines[g] - lines[g].mean()) / lines[g].std() for g in moves}
    each = np.eye(len(lines))
    for g in moves:
        bend = unit[g] ** 2 - 1
        yield bend - unit[g] * np.mean(bend * unit[g]), each[g]
    largest = sorted(moves, key=lambda g: (-held[g], g))[:PAIRED]
    for g, h in combinations(largest, 2):
        product = unit[g] * unit[h]
        yield product - product.mean(), (each[g] + each[h]) / 2


def _steps(score: Floats, left: Floats, whose: Floats, most: int) -> _Part:
    """Return what is left of an outcome as a line in each bin of a score, drawn in by what chance alone puts there."""
    bins = binned(score, max(2, min(most, len(score) // PATHS_A_TERM)))
    steps = lined(bins, left) - left.mean()
    raw, whole = float(steps.var()), float(left.var())
    true = max(0.0, settled(bins, left)[0] * whole) if whole > 0 else 0.0
    steps *= true / raw if raw > 0 else 0.0
    return _Part(steps, true, whose, left - steps)


def _degrees(score: Floats, aim: Floats) -> Floats:
    """Return the variance of an outcome by degree of its Hermite polynomials in a standard normal score.

    From the third degree on, as lower ones are parted by twos, and with what chance alone puts there taken out.
    """
    before, this, found = np.ones_like(score), score, np.zeros(MOST_DEGREES + 1)
    for degree in range(2, MOST_DEGREES + 1):
        before, this = this, (score * this - np.sqrt(degree - 1) * before) / np.sqrt(degree)
        if degree > 2:
            product = this * aim
            found[degree] = max(0.0, product.mean() ** 2 - product.var() / len(aim))
    return found


def split_of_sum(part: Floats, by_degree: Floats) -> Floats:
    """Return Shapley's split of what two owners or more bring together to a function of a sum of independent normals.

    `part` are the owners' parts of the variance of the sum, `by_degree` the function's variance by Hermite degree. A
    term of degree d falls to owners as d balls fall into boxes with chances `part` (the multinomial theorem), and every
    owner with a ball in it has the same share: the mean of one over their number, as an integral of a power series.
    """
    degrees = np.arange(len(by_degree))
    nodes, masses = np.polynomial.legendre.leggauss(len(by_degree) // 2 + 1)
    alone = part[:, None] ** degrees / factorial(degrees)
    alone[:, 0] = 0.0
    joined = (nodes[:, None] + 1) / 2 * alone[:, None]
    joined[..., 0] += 1.0
    ahead, behind = [_one(joined[0])], [_one(joined[0])]
    for g in range(len(part) - 1):
        ahead.append(_times(ahead[-1], joined[g]))
        behind.append(_times(behind[-1], joined[-1 - g]))
    split = np.zeros(len(part))
    for g, own in enumerate(alone):
        others = _times(ahead[g], behind[-1 - g])
        series = masses @ _times(others, np.broadcast_to(own, others.shape)) / 2
        split[g] = by_degree @ (series * factorial(degrees) - part[g] ** degrees)
    whole: Floats = split / split.sum() if split.sum() > 0 else part
    return whole


def _one(like: Floats) -> Floats:
    """Return the power series of one, shaped as another `[node, degree]`."""
    one = np.zeros_like(like)
    one[:, 0] = 1.0
    return one


def _times(one: Floats, other: Floats) -> Floats:
    """Return the product of two power series `[node, degree]`, cut at their last degree."""
    product = np.zeros_like(one)
    for degree in range(one.shape[1]):
        product[:, degree:] += one[:, degree, None] * other[:, : one.shape[1] - degree]
    return product
