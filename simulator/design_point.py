"""The nearest way to failure among independent standard normals: the point most likely on the edge of a limit.

A margin is above nought where the limit is broken. First-order reliability by Hasofer and Lind (1974) with the
iteration of Rackwitz and Fiessler (1978), in the steps of `docs/method.md`: the mean of failing futures gives a
direction, a regression near the edge sharpens it, and the iteration finds the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from simulator.compiled import Floats

Margins = Callable[[Floats], Floats]
"""What gives margins `[point]` at chosen values `[variable, point]`."""

FEWEST = 30
"""Failing futures below which their mean says too little, and a regression on all futures stands in for it."""
NEAREST = 0.2
STEPS, NUDGE = 8, 0.02
SETTLED = 1e-4
"""Change of the distance, as a share of it, at which the search ends."""


@dataclass(frozen=True)
class DesignPoint:
    """The nearest point on the edge of a limit, `[variable]` in standard deviations, and how far away it is.

    `distance` is below nought where the path without luck has failed already: then it is the way back. `direction` is
    the unit vector towards failure; `begun_with` says what gave the first one. `moved` counts the variables that move
    the margin at all, `beyond_noise` those whose mean among failing futures is beyond three standard errors.
    `by_distance` is the chance that the distance alone would give, were the edge flat: never the chance to quote.
    """

    values: Floats
    direction: Floats
    distance: float
    by_distance: float
    begun_with: str
    failing: int
    beyond_noise: int
    moved: int
    on_edge: bool


def mean_of_failing(luck: Floats, margins: Floats) -> Floats:
    """Return the mean of luck `[variable, path]` over failing paths: the exact direction where margins are linear."""
    mean: Floats = luck[:, margins > 0].mean(axis=1)
    return mean


def regressed(luck: Floats, margins: Floats) -> Floats:
    """Return the unit vector along which margins rise fastest, by least squares on the paths given."""
    about = luck - luck.mean(axis=1, keepdims=True)
    slopes, *_ = np.linalg.lstsq(about.T, margins - margins.mean(), rcond=None)
    return unit(slopes)


def unit(vector: Floats) -> Floats:
    """Return a vector at length one, or as it is where it has none."""
    length = float(np.sqrt(np.sum(vector**2)))
    return vector / length if length else vector


def first_direction(luck: Floats, margins: Floats) -> tuple[Floats, str]:
    """Return the direction to begin with and what gave it: a regression near the edge, guided by what fails.

    Near failures are the fifth of paths whose margins are nearest nought. Where too few paths fail, or fewer than three
    near ones to a variable, the regression is on all paths.
    """
    failing = int(np.count_nonzero(margins > 0))
    near = np.argsort(np.abs(margins), kind="stable")[: int(NEAREST * len(margins))]
    if failing < FEWEST:
        return regressed(luck, margins), f"regression on all futures, as only {failing} of them fail"
    if len(near) < 3 * len(luck):
        return unit(mean_of_failing(luck, margins)), "the mean of failing futures"
    return regressed(luck[:, near], margins[near]), "regression on the futures nearest the edge"


def find(margins_at: Margins, luck: Floats, margins: Floats) -> DesignPoint:
    """Return the design point of a limit, from luck `[variable, path]` and the margins `[path]` met on it.

    Raises:
        ValueError: when nothing moves the margin.
    """
    direction, begun = first_direction(luck, margins)
    at_nought = float(margins_at(np.zeros((len(luck), 1)))[0])
    failed = at_nought > 0
    start = _on_edge(margins_at, -direction if failed else direction, at_nought)
    if start is None and not failed and (margins > 0).any():
        direction, begun = unit(mean_of_failing(luck, margins)), "the mean of failing futures"
        start = _on_edge(margins_at, direction, at_nought)
    point = direction * (-1.0 if failed else 1.0) * 2.0 if start is None else start
    best, slope = start, direction
    moves = np.ones(len(luck), dtype=bool)
    for step in range(STEPS):
        value, gradient = _slopes(margins_at, point, moves)
        if not gradient.any():
            raise ValueError("nothing that chance moves brings this limit nearer where the search began")
        if step == 0:
            moves = gradient != 0
        point = (float(gradient @ point) - value) * gradient / float(gradient @ gradient)
        edge = _on_edge(margins_at, unit(point), at_nought)
        settled = edge is not None and best is not None and abs(_length(edge) / _length(best) - 1) < SETTLED
        if edge is not None and (best is None or _length(edge) < _length(best) * (1 - 1e-9)):
            best, slope = edge, unit(gradient)
        if settled and step:
            break
    values = point if best is None else best
    distance = -_length(values) if failed else _length(values)
    failing = int(np.count_nonzero(margins > 0))
    noise = 3 / np.sqrt(max(failing, 1))
    beyond = int(np.count_nonzero(np.abs(mean_of_failing(luck, margins)) > noise)) if failing >= FEWEST else 0
    return DesignPoint(
        values, slope, distance, float(ndtr(-distance)), begun, failing, beyond, int(moves.sum()), best is not None
    )  # fmt: skip


def _length(vector: Floats) -> float:
    return float(np.sqrt(np.sum(vector**2)))


def _slopes(margins_at: Margins, point: Floats, moves: Floats) -> tuple[float, Floats]:
    """Return the margin at a point and its slopes by finite differences, all on one block of chosen luck."""
    which = np.flatnonzero(moves)
    points = np.repeat(point[:, None], len(which) + 1, axis=1)
    points[which, np.arange(1, len(which) + 1)] += NUDGE
    found = margins_at(points)
    gradient = np.zeros(len(point))
    gradient[which] = (found[1:] - found[0]) / NUDGE
    return float(found[0]), gradient


def _on_edge(margins_at: Margins, way: Floats, at_nought: float) -> Floats | None:
    """Return the first point along a direction at which the margin changes sign, nothing within eight deviations."""
    reaches = np.linspace(0.0, 8.0, 65)[1:]
    past = (margins_at(way[:, None] * reaches) > 0) != (at_nought > 0)
    if not past.any():
        return None
    high = float(reaches[int(past.argmax())])
    low = high - float(reaches[0])
    for _ in range(4):
        between = np.linspace(low, high, 17)
        beyond = (margins_at(way[:, None] * between) > 0) != (at_nought > 0)
        # The far end is known to be past the edge; rounding must not say otherwise.
        beyond[-1] = True
        first = max(1, int(beyond.argmax()))
        low, high = float(between[first - 1]), float(between[first])
    return way * high
