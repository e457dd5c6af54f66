"""Retained business rates: the local share is volatile, the top-up is indexed and certain.

The general fund receives what was budgeted; the variance of the local share goes through the
collection fund and returns in the next two years (`council_tax.distributed`).
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import Floats, RatesTerms
from simulator.drivers import Views
from simulator.spending import Prices


def retained(terms: RatesTerms, prices: Prices, agency: int) -> tuple[Views, Floats]:
    """Return retained rates received in the year and the local share's variance, both `[year, path]`."""
    shape = (prices.block.events.cost.shape[1], prices.block.draws.paths)
    multiplier = _index(terms.multiplier, prices, agency, shape)
    base = _index(terms.base, prices, agency, shape)
    budgeted = terms.local_share * multiplier.expected * base.expected
    # Indexation follows last September's prices, so it is known when the budget is set.
    top_up = terms.top_up * multiplier.actual
    national = terms.local_share * multiplier.national * base.national + terms.top_up * multiplier.national
    variance = terms.local_share * multiplier.actual * base.actual - budgeted
    return Views(budgeted + top_up, budgeted + top_up, national), variance


def _index(driver: int | None, prices: Prices, agency: int, shape: tuple[int, int]) -> Views:
    if driver is None:
        return Views(np.ones(shape), np.ones(shape), np.ones(shape))
    return prices.index(driver, agency)
