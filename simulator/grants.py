"""Grants with a growth of their own: entered amounts while they last, then their driver, in cash."""

from __future__ import annotations

import numpy as np

from simulator.compiled import BASE, GrantTerms
from simulator.drivers import Views
from simulator.spending import Prices


def amount(terms: GrantTerms, prices: Prices, agency: int) -> Views:
    """Return one grant, `[year, path]`; without a driver the last entered amount is held in cash.

    Amounts entered after the base year are the council's own luck, so the national view moves the base amount alone.
    """
    shape = (len(terms.known), prices.block.draws.paths)
    start = terms.last + 1
    actual, expected = (np.broadcast_to(terms.known[:, None], shape).copy() for _ in range(2))
    if terms.driver is None:
        actual[start:] = expected[start:] = terms.last_amount
        return Views(actual, expected, np.full(shape, terms.base_amount))
    indices = prices.index(terms.driver, agency)
    known = 1.0 if terms.last == BASE else indices.actual[terms.last]
    actual[start:] = terms.last_amount * indices.actual[start:] / known
    expected[start:] = terms.last_amount * indices.expected[start:] / known
    return Views(actual, expected, terms.base_amount * indices.national)
