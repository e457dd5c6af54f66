"""The high-needs account: a deficit outside the general fund while the override lasts, and what its end brings.

deficit(t) = deficit(t-1) + high-needs spending(t) - high-needs block(t) - stability grant(t). While the statutory
override lasts the deficit itself may not be charged to revenue (SI 2003/3146 reg 30L); the interest on it
falls on the general fund. What happens when it ends is one national switch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.compiled import Floats
from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import HighNeedsTerms, OverrideTerms


def ended(override: OverrideTerms | None, then: str) -> OverrideTerms | None:
    """Return the override as it ends one way; extended, it does not end, and on the general fund nothing is met."""
    if override is None:
        return None
    met = 0.0 if then == "falls_on_general_fund" else None
    return replace(
        override,
        then=then,
        accrued_met=override.accrued_met if met is None else met,
        later_met=override.later_met if met is None else met,
    )


def account(terms: HighNeedsTerms, override: OverrideTerms | None, spending_index: Views) -> tuple[Views, Views]:
    """Return the deficit at 31 March and what of it is charged to the general fund, both `[year, path]`.

    Below nought the deficit is a surplus, kept for later years. A budget starts from the last deficit as it
    turned out; the national view from its own.
    """
    needed = [terms.spending * index - terms.block[:, None] for index in spending_index]
    closing, charged = ([np.empty_like(part) for part in needed] for _ in range(2))
    actual, national = (np.full(needed[0].shape[1], terms.opening_deficit) for _ in range(2))
    for t in range(len(needed[0])):
        for view, opening in enumerate((actual, actual, national)):
            closing[view][t], charged[view][t] = _year(override, t, opening, needed[view][t])
        actual, national = closing[0][t], closing[2][t]
    return Views(*closing), Views(*charged)


def _year(override: OverrideTerms | None, t: int, opening: Floats, needed: Floats) -> tuple[Floats, Floats]:
    """Return the closing deficit of one year and the charge to the general fund, `[path]`."""
    charge = np.zeros_like(opening)
    if override and t == override.grant_year:
        opening = opening - override.grant_share * np.maximum(opening, 0.0)
    if override is None or override.then == "extended" or t < override.ends:
        return opening + needed, charge
    if t == override.ends:
        accrued = np.maximum(opening, 0.0)
        charge, opening = (1 - override.accrued_met) * accrued, opening - accrued
    closing = opening + needed
    short = np.maximum(closing, 0.0)
    return closing - short, charge + (1 - override.later_met) * short


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
