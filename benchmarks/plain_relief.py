"""Ranges, effects by age and what a service lets go of, as `docs/method.md` 12 and 14 say, for `plain_shift`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, inf, log, sqrt
from typing import Any

from benchmarks.plain_world import Floats

TAIL = 1.2815515655446004
Triple = tuple[float, float, float]


@dataclass
class Spared:
    """What one service is spared, `[view, year, path]`: avoided in all, its parts, and days nobody is paid for."""

    avoided: Floats
    refilled: Floats
    growth: Floats
    stranded: Floats
    cash: Floats
    waited: Floats


def known(assumption: Any) -> float:
    """Return a number that may be left out, nought if it is."""
    return 0.0 if assumption is None else float(assumption.used)


def triple(assumption: Any) -> Triple:
    """Return P10, P50 and P90, the middle where an end is not stated."""
    low, high = (assumption.used if end is None else end for end in (assumption.low, assumption.high))
    return float(low), float(assumption.used), float(high)


def at(points: Triple, z: float) -> float:
    """Return a range at a normal score."""
    width = points[2] - points[1] if z > 0 else points[1] - points[0]
    return max(points[1] + z * width / TAIL, 0.0)


def joined(first: Triple, second: Triple) -> Triple:
    """Return two log-normal ranges joined by precision; the second alone where it has no spread."""
    spreads = [(log(one[2] / one[0]) / (2 * TAIL)) ** 2 for one in (first, second)]
    if not spreads[1]:
        return second[1], second[1], second[1]
    if not spreads[0]:
        return first
    weights = [1 / spread for spread in spreads]
    middle = (weights[0] * log(first[1]) + weights[1] * log(second[1])) / sum(weights)
    width = TAIL * sqrt(1 / sum(weights))
    return exp(middle - width), exp(middle), exp(middle + width)


def ages(lag: float, decay: float, over: int, years: int) -> list[float]:
    """Return what £1 gives at each age, as a share of what it gives over the ages its evidence covers."""

    def shape(age: int) -> float:
        if decay >= 1:
            return 1.0 if age == 0 else 0.0
        ramp = 1 - exp(-(((age + 0.5) * sqrt(log(2)) / lag) ** 2)) if lag > 0 else 1.0
        return float(ramp * (1 - decay) ** max(age - lag, 0.0))

    total = sum(shape(age) for age in range(over))
    return [shape(age) / total for age in range(years)]


def row(found: Spared, view: int, n: int) -> list[Floats]:
    """Return the years of one view and path of each part but the last."""
    return [part[view, :, n] for part in list(vars(found).values())[:-1]]


def letting_go(
    service: Any, volume: Floats, capacity: float, parts: Sequence[tuple[Floats, float]], into: Sequence[Floats]
) -> None:
    """Write what is avoided and what becomes of it, on one path, into `into`."""
    years_to_go = float(service.withdrawal_years) if service.withdrawal_years else inf
    fixed, step, idle_before, gone = service.stranded.used, known(service.step), 0.0, 0.0
    for t in range(len(volume)):
        left, weighed, counts, total = 1.0, 0.0, 0.0, 0.0
        for alone, cashable in parts:
            left *= 1 - min(alone[t], volume[t]) / volume[t] if volume[t] > 0 else 1.0
            weighed, total = weighed + cashable * alone[t], total + alone[t]
            counts += alone[t] if cashable > 0 else 0.0
        avoided = volume[t] * (1 - left)
        refilled = service.backfill.used * avoided
        growth = min(avoided - refilled, max(volume[t] - capacity, 0.0))
        below = avoided - refilled - growth
        gone = min(below, gone + idle_before / years_to_go) if t else 0.0
        idle_before = max(below - gone, 0.0)
        kept = fixed * gone
        if step:
            kept = min(floor(kept / step + 1e-9) * step, kept)
        released = (1 - fixed) * below + kept
        taken = service.growth_cashable.used * counts * growth + weighed * released
        cash = taken / total if total > 0 else 0.0
        for part, amount in zip(into, (avoided, refilled, growth, below - released, cash), strict=True):
            part[t] = amount
