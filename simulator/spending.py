"""Spending: each distinct pair of demand and prices is priced once, then shared by its lines.

cost(t) = base x demand(t) ^ elasticity x sum over the basket of share x price index(t). On temporary
accommodation the price is the loss: rent less what housing benefit subsidy pays, whose ceiling is frozen.
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import Compiled, Floats, Pair
from simulator.drivers import NATIONAL, DriverBlock, Views


class Prices:
    """Indices of one block, 1 in the base year; each driver is exponentiated once."""

    def __init__(self, block: DriverBlock) -> None:
        """Keep the block; nothing is priced yet."""
        self.block, self.kept = block, dict[tuple[int, int, bool], tuple[Floats, Floats]]()

    def _both(self, driver: int, agency: int, believed: bool = True) -> tuple[Floats, Floats]:
        terms = self.block.terms[driver]
        apart = believed and (agency, driver) in self.block.disputed
        key = (agency if terms.has_own or apart else NATIONAL, driver, apart)
        if key not in self.kept:
            future = self.block.future(driver, agency, believed)
            both = (
                (np.exp(future.level), np.exp(future.expected)) if terms.is_growth else (future.level, future.expected)
            )
            if terms.floor:
                under = self._both(terms.floor.driver, agency, believed)
                share, ratio = terms.floor.share, terms.floor.ratio
                both = (
                    (1 - share) * both[0] + share * np.maximum(both[0], under[0] / ratio),
                    (1 - share) * both[1] + share * np.maximum(both[1], under[1] / ratio),
                )
            self.kept[key] = both
        return self.kept[key]

    def index(self, driver: int, agency: int, believed: bool = True) -> Views:
        """Return a driver's index, or its level in points, as `agency` meets it, its own beliefs left out if asked."""
        actual, expected = self._both(driver, agency, believed)
        return Views(actual, expected, self._both(driver, NATIONAL)[0])

    def pair(self, pair: Pair) -> Views:
        """Return the cost index of a pair of demand and basket."""
        shape = (self.block.events.cost.shape[1], self.block.draws.paths)
        total = [np.zeros(shape) if pair.basket else np.ones(shape) for _ in Views._fields]
        for driver, share in pair.basket:
            for sum_so_far, index in zip(total, self.index(driver, pair.agency), strict=True):
                np.add(sum_so_far, share * index, out=sum_so_far)
        if pair.subsidy:
            total = [_loss(pair.subsidy, price) for price in total]
        if pair.demand is not None:
            for cost, demand in zip(total, self.index(pair.demand, pair.agency), strict=True):
                np.multiply(cost, demand if pair.elasticity == 1 else demand**pair.elasticity, out=cost)
        return Views(*total)


class AgreedPrices(Prices):
    """Prices as all have agreed them: what a body believes of a driver moves no payment."""

    def index(self, driver: int, agency: int, believed: bool = False) -> Views:
        """Return a driver's index as `agency` meets it, its own beliefs left out."""
        return super().index(driver, agency, believed=False)


def subsidy_loss(rent: Floats | float, lha_2011: float, cap: float) -> Floats:
    """Return what subsidy leaves of a weekly rent: rent less the least of the cap, 90% of the allowance and the rent.

    Housing benefit subsidy manual 2020-21, section 6; housing benefit is taken to meet the rent in full.
    """
    rents = np.asarray(rent, dtype=np.float64)
    loss: Floats = rents - np.minimum(min(cap, 0.9 * lha_2011), rents)
    return loss


def _loss(subsidy: tuple[float, float], price: Floats) -> Floats:
    rent, ceiling = subsidy
    loss: Floats = np.maximum(rent * price - ceiling, 0.0) / (rent - ceiling)
    return loss


def price_pairs(compiled: Compiled, prices: Prices) -> tuple[Views, ...]:
    """Return every pair's cost index, `[year, path]`."""
    return tuple(prices.pair(pair) for pair in compiled.pairs)


def line_spending(compiled: Compiled, pairs: tuple[Views, ...], agency: int) -> Views:
    """Return what an agency's lines cost, less income and matched grants, added in order of line id."""
    weights: dict[int, Floats] = {}
    bases: dict[int, float] = {}
    for line in compiled.lines:
        # A line of nought must not change the order in which pairs are added.
        if line.agency == agency and (line.weight.any() or line.base):
            weights[line.pair] = weights.get(line.pair, 0.0) + line.weight
            bases[line.pair] = bases.get(line.pair, 0.0) + line.base
    total = Views(*(np.zeros_like(pairs[0].actual) for _ in Views._fields))
    for p, weight in weights.items():
        # What a body has entered of later years is its own luck, so the national view moves the base alone.
        for sum_so_far, index, pounds in zip(total, pairs[p], (weight, weight, None), strict=True):
            moved = bases[p] * index if pounds is None else pounds[:, None] * index
            np.add(sum_so_far, moved, out=sum_so_far)
    return total
