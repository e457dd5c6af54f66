"""Grants with a growth of their own: entered amounts while they last, then their driver, in cash."""

from __future__ import annotations

import numpy as np

from simulator.compiled import BASE, GrantTerms
from simulator.drivers import Views
from simulator.spending import Prices


def amount(terms: GrantTerms, prices: Prices, agency: int) -> Views:
    """Return one grant, `[year, path]`; without a driver the last entered amount is held in cash."""
    shape = (len(terms.known), prices.block.draws.paths)
    views = [np.broadcast_to(terms.known[:, None], shape).copy() for _ in Views._fields]
    start = terms.last + 1
    if terms.driver is None:
        for view in views:
            view[start:] = terms.last_amount
        return Views(*views)
    indices = prices.index(terms.driver, agency)
    for view, index, since in zip(views, indices, (indices[0], indices[0], indices[2]), strict=True):
        known = 1.0 if terms.last == BASE else since[terms.last]
        view[start:] = terms.last_amount * index[start:] / known
    return Views(*views)
