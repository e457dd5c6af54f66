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


def deficit(terms: HighNeedsTerms, spending_index: Views) -> Views:
    """Return the deficit at 31 March, `[year, path]`; below nought it is a surplus.

    What the budget expects starts from the last deficit as it turned out.
    """
    moved = [terms.spending * index - terms.block[:, None] for index in spending_index]
    actual, national = (terms.opening_deficit + np.cumsum(movement, axis=0) for movement in (moved[0], moved[2]))
    return Views(actual, _opening(terms, actual) + moved[1], national)


def interest(terms: HighNeedsTerms, closing: Views, prices: Prices, agency: int) -> Views:
    """Return the cost of financing the average deficit above its cost in the base year, `[year, path]`.

    The base year's own cost already stands inside published spending.
    """
    already = max(terms.opening_deficit, 0.0) * terms.base_rate
    if terms.short_rate is None:
        return Views(*(np.zeros_like(part) for part in closing))
    rates = prices.index(terms.short_rate, agency)
    opening = _opening(terms, closing.actual)
    starts = (opening, opening, _opening(terms, closing.national))
    return Views(
        *(
            np.maximum((start + end) / 2, 0.0) * np.maximum(rate, 0.0) - already
            for start, end, rate in zip(starts, closing, rates, strict=True)
        )
    )


def _opening(terms: HighNeedsTerms, closing: Floats) -> Floats:
    return np.concatenate([np.full((1, closing.shape[1]), terms.opening_deficit), closing[:-1]])
