"""Patients delayed in hospital, read off the shipped surface as `docs/method.md` 13 says, for `plain_shift`."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any


def saved(way: Any, admitted: float, onward: float, slots: float, more: float) -> float:
    """Return what `more` slots save in a year: days waited, at average cost.

    `admitted` and `onward` move admissions and onward discharges.
    """
    admissions = way.admissions.used * admitted
    fewer = delayed(way, admissions, onward, slots) - delayed(way, admissions, onward, slots + more)
    return float(365 * max(fewer, 0.0) * way.bed_day.used)


def delayed(way: Any, admissions: float, index: float, slots: float) -> float:
    """Return the mean of delayed patients where `admissions` come a day and discharges are moved by `index`."""
    surface = way.surface
    share = sum(one.share.used for one in way.onward)
    discharges = way.admissions.used * share * index
    stay = sum(one.share.used * one.stay.mean.used for one in way.onward) / share
    patience = way.patience.used
    load, rho1 = discharges * stay, admissions * way.treatment.mean.used / way.acute_beds.used
    rho2, size = load / slots, sqrt(load / surface.load)
    # A place of another size is read where it is as short in units of root load.
    inverse = 1 + (1 / rho2 - 1) * size
    levels = [sqrt(one / surface.stay) for one in surface.patience]
    knots = [1 / one for one in reversed(surface.rho2)]
    by_level = []
    for table in surface.residual:
        by_rho1 = [between(knots, list(reversed(row)), inverse) for row in table]
        by_level.append(between(surface.rho1, by_rho1, rho1))
    residual = between(levels, by_level, sqrt(patience / stay)) * size
    most = discharges * patience
    return float(min(max(most * max(1 - 1 / rho2, 0.0) + residual, 0.0), most))


def between(knots: Sequence[float], values: Sequence[float], x: float) -> float:
    """Return the value at `x`, straight between knots, at either end that end's."""
    if x <= knots[0]:
        return values[0]
    for i in range(1, len(knots)):
        if x <= knots[i]:
            part = (x - knots[i - 1]) / (knots[i] - knots[i - 1])
            return values[i - 1] + part * (values[i] - values[i - 1])
    return values[-1]
