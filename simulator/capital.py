"""Capital financing: interest at an average rate that follows the market as loans mature, and MRP."""

from __future__ import annotations

import numpy as np

from simulator.compiled import Floats
from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import DebtTerms


def financing(terms: DebtTerms, prices: Prices, agency: int) -> Views:
    """Return interest payable plus minimum revenue provision, `[year, path]`, debt held level.

    A share of loans matures each year and is borrowed again at the year's rate, never below nought.
    """
    shape = (len(terms.mrp), prices.block.draws.paths)
    if terms.driver is None:
        flat = np.broadcast_to((terms.outstanding * terms.rate + terms.mrp)[:, None], shape)
        return Views(flat, flat, flat)
    rates = prices.index(terms.driver, agency)
    actual, national = _average(terms, rates.actual), _average(terms, rates.national)
    last = np.concatenate([np.full((1, shape[1]), terms.rate), actual[:-1]])
    expected = last + terms.maturing * (np.maximum(rates.expected, 0.0) - last)
    return Views(*(terms.outstanding * average + terms.mrp[:, None] for average in (actual, expected, national)))


def repaid(support: Floats, charge: float) -> Floats:
    """Return what repaying exceptional support costs, `[year, path]`: a charge on each £1 from the next year on.

    Support is leave to borrow for revenue, so it is paid for as debt, for good over any horizon.
    """
    cost = np.zeros_like(support)
    cost[1:] = charge * np.cumsum(support, axis=0)[:-1]
    return cost


def owed(terms: DebtTerms | None, repayment: Floats, prices: Prices, agency: int) -> Views | None:
    """Return what debt costs, `[year, path]`, with repaying support, which is no national need; nothing if neither."""
    if not repayment.any():
        return financing(terms, prices, agency) if terms else None
    nought = np.zeros_like(repayment)
    views = financing(terms, prices, agency) if terms else Views(nought, nought, nought)
    return Views(views.actual + repayment, views.expected + repayment, views.national)


def _average(terms: DebtTerms, rate: Floats) -> Floats:
    average = np.empty_like(rate)
    level = np.full(rate.shape[1], terms.rate)
    for t in range(len(rate)):
        level = level + terms.maturing * (np.maximum(rate[t], 0.0) - level)
        average[t] = level
    return average
