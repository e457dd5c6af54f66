"""Structural links: which driver takes over how much of another's surprise, and when.

These are cause, not correlation: wages catch up with prices, the living wage follows earnings,
care fees are made of the living wage, pay and prices (`docs/method.md`).
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import DriverTerms, Floats


def taken_over(driver: DriverTerms, year: int, followed: list[Floats], expected: list[Floats] | None = None) -> Floats:
    """Return the surprise that `driver` takes over in `year`, `[path]`, in growth or points.

    `followed[k]` holds the surprises `[year, path]` of driver `k`. With `expected`, a follow of the
    same year takes what was expected of it instead: the surprise as seen when the budget was set.
    """
    total: Floats = np.zeros(followed[0].shape[1:]) if followed else np.zeros(1)
    for k, lag, weight in driver.follows:
        if year >= lag:
            surprises = expected[k] if expected is not None and lag == 0 else followed[k]
            total = total + weight * surprises[year - lag]
    return total
