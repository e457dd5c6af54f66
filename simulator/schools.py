"""The high-needs account: a deficit outside the general fund, whose financing is a real cost.

deficit(t) = deficit(t-1) + high-needs spending(t) - high-needs block(t). While the statutory
override lasts the deficit itself may not be charged to revenue (SI 2003/3146 reg 30L); the interest
on it falls on the general fund.
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import Floats, HighNeedsTerms
from simulator.drivers import Views
from simulator.spending import Prices


def deficit(terms: HighNeedsTerms, spending_index: Floats) -> Floats:
    """Return the deficit at 31 March, `[year, path]`; below nought it is a surplus."""
    movement = terms.spending * spending_index - terms.block[:, None]
    return terms.opening_deficit + np.cumsum(movement, axis=0)


def interest(terms: HighNeedsTerms, closing: Views, prices: Prices, agency: int) -> Views:
    """Return the cost of financing the average deficit above its cost in the base year, `[year, path]`.

    The base year's own cost already stands inside published spending.
    """
    already = max(terms.opening_deficit, 0.0) * terms.base_rate
    if terms.short_rate is None:
        return Views(*(np.zeros_like(part) for part in closing))
    rates = prices.index(terms.short_rate, agency)
    views = []
    for end, rate in zip(closing, rates, strict=True):
        start = np.concatenate([np.full((1, end.shape[1]), terms.opening_deficit), end[:-1]])
        views.append(np.maximum((start + end) / 2, 0.0) * np.maximum(rate, 0.0) - already)
    return Views(*views)
