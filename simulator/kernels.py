"""How the effect of a programme unfolds and how sure it is: by age of the spending, by luck, and by local evidence.

Effects are returns, pounds for each £1 spent unless the caller says otherwise; a range is its P10, P50 and P90.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Range = tuple[float, float, float]
"""The 10th percentile, the median and the 90th percentile of one quantity."""

TAIL = 1.2815515655446004
"""The standard normal score of the 90th percentile."""

PREVENTION_WORKS = 0.3
"""The share of an effect's variance that all programmes have in common, grade J: no study gives it. Their evidence
leans on the same designs and the same publication bias, so errors are not independent."""


def cohort(lag: float, decay: float, over: int, years: int) -> Floats:
    """Return what £1 spent gives at each age `[age]`, as a share of all that it gives over `over` years.

    Age counts whole years since the money was spent, 0 to `years` - 1, and the first `over` ages sum to 1. The shape
    is ramp(age) x (1 - decay)^max(0, age - lag) with ramp(age) = 1 - exp(-((age + 1/2) / l)^2), taken at mid-year, and
    l = lag / sqrt(ln 2): the form usual in prevention models, in which `lag` is the years to half of full effect.
    A lag of nought is full effect at once. A `decay` of 1 is a flow: all of it comes in the year of spending,
    whatever the lag. `lag` is nought or more, `decay` from 0 to 1, `over` one or more.
    """
    age = np.arange(max(over, years), dtype=np.float64)
    if decay >= 1:
        shape = np.where(age == 0, 1.0, 0.0)
    else:
        ramp = 1 - np.exp(-math.log(2) * ((age + 0.5) / lag) ** 2) if lag > 0 else np.ones_like(age)
        shape = ramp * (1 - decay) ** np.maximum(age - lag, 0.0)
    share: Floats = shape[:years] / shape[:over].sum()
    return share


def drawn(low: Floats | float, central: Floats | float, high: Floats | float, z: Floats | float) -> Floats:
    """Return an effect whose P10, P50 and P90 are the three, at standard normal scores `z`; never below nought.

    Straight in z on each side of the median. A programme may do nothing, but its own effect cannot make it cost more.
    """
    slope = np.where(np.asarray(z) > 0, np.subtract(high, central), np.subtract(central, low)) / TAIL
    effect: Floats = np.maximum(central + slope * z, 0.0)
    return effect


def mixed(shared: Floats, own: Floats, share: float = PREVENTION_WORKS) -> Floats:
    """Return standard normal scores of which `share` of the variance is common to every programme."""
    score: Floats = math.sqrt(share) * shared + math.sqrt(1 - share) * own
    return score


def updated(prior: Range, local: Range) -> tuple[Range, float]:
    """Return what a published range becomes with local evidence, and the weight of the published one, 0 to 1.

    Both are read as log-normal, each with its P50 as the median and its deviation from P10 to P90, and joined by
    precision (the inverse of the variance), the usual rule for two independent normal estimates. All three points
    are above nought. Local evidence without any spread stands alone.
    """
    before, here = _variance(prior), _variance(local)
    total = before + here
    weight = here / total if total > 0 else 0.0
    middle = weight * math.log(prior[1]) + (1 - weight) * math.log(local[1])
    width = TAIL * math.sqrt(weight * before)
    return (math.exp(middle - width), math.exp(middle), math.exp(middle + width)), weight


def _variance(spread: Range) -> float:
    """Return the variance of the logarithm that a range's P10 and P90 imply."""
    return (math.log(spread[2] / spread[0]) / (2 * TAIL)) ** 2
