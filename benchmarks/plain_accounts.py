"""A body's rates, debt and high needs, written plainly: for `plain_double`; `[view, year, path]` in pounds."""

from __future__ import annotations

import numpy as np

from benchmarks.plain_world import Floats, World
from simulator.terms import DatedTerms, DebtTerms, HighNeedsTerms, RatesTerms

ACTUAL, EXPECTED, NATIONAL = 0, 1, 2


def retained_rates(world: World, terms: RatesTerms, a: int) -> tuple[Floats, Floats]:
    """Return what was budgeted with top-up or tariff, safety net and levy, and the local share's variance."""
    multiplier, base = world.views(terms.multiplier, a), world.views(terms.base, a)
    local = terms.local_share * multiplier * base
    # Indexation is known when the budget is set.
    known = np.stack([multiplier[ACTUAL], multiplier[ACTUAL], multiplier[NATIONAL]])
    fixed = terms.from_government * known
    received = fixed + settled(world, terms, local + fixed, known)
    received[:NATIONAL] += local[EXPECTED]
    received[NATIONAL] += local[NATIONAL]
    return received, local[ACTUAL] - local[EXPECTED]


def settled(world: World, terms: RatesTerms, income: Floats, multiplier: Floats) -> Floats:
    """Return safety net less levy on income, each year by the rules of that year."""
    net = np.zeros_like(income)
    if terms.baseline_funding is None:
        return net
    funding = uprated(terms.baseline_funding, multiplier)
    gross = uprated(terms.rates_baseline, multiplier) if terms.rates_baseline else None
    for t in range(world.years):
        short = terms.safety_net[t] * funding[:, t] - income[:, t]
        net[:, t] += np.where(short > 0, short, 0)
        above = np.maximum(income[:, t] - funding[:, t], 0)
        edges = [edge for edge, _ in terms.bands[t]]
        for i, (edge, rate) in enumerate(terms.bands[t]):
            top = edges[i + 1] * funding[:, t] if i + 1 < len(edges) else np.inf
            net[:, t] -= rate * np.maximum(np.minimum(above, top) - edge * funding[:, t], 0)
        if not edges and gross is not None:
            net[:, t] -= np.minimum(np.maximum(1 - funding[:, t] / gross[:, t], 0), terms.levy_cap[t]) * above
    return net


def uprated(terms: DatedTerms, multiplier: Floats) -> Floats:
    """Return an amount as entered, then moved by the multiplier."""
    amount = np.empty_like(multiplier)
    for t in range(multiplier.shape[1]):
        if t <= terms.last:
            amount[:, t] = terms.known[t]
        else:
            since = multiplier[:, terms.last] if terms.last >= 0 else 1.0
            amount[:, t] = terms.last_amount * multiplier[:, t] / since
    return amount


def financing(world: World, terms: DebtTerms, a: int) -> Floats:
    """Return interest and provision; a share of debt is borrowed again each year at the year's rate."""
    cost = np.empty((3, world.years, world.paths))
    rates = world.views(terms.driver, a)
    average = {view: np.full(world.paths, terms.rate) for view in (ACTUAL, NATIONAL)}
    for t in range(world.years):
        new = np.maximum(rates[:, t], 0) if terms.driver is not None else np.full((3, world.paths), terms.rate)
        expected = (1 - terms.maturing) * average[ACTUAL] + terms.maturing * new[EXPECTED]
        for view in (ACTUAL, NATIONAL):
            average[view] = (1 - terms.maturing) * average[view] + terms.maturing * new[view]
        for view, rate in enumerate((average[ACTUAL], expected, average[NATIONAL])):
            cost[view, t] = terms.outstanding * rate + terms.mrp[t]
    return cost


def high_needs(world: World, terms: HighNeedsTerms, a: int, end: str | None) -> tuple[Floats, Floats]:
    """Return what high needs cost the general fund, and the deficit as it came; `end` is another end of the override.

    Interest on the average deficit above the base year's, and what the end of the override leaves to the council.
    A budget knows last year's closing deficit; it expects this year's spending.
    """
    spending = terms.spending * world.pair(world.terms.pairs[terms.pair], a)
    rates = np.maximum(world.views(terms.short_rate, a), 0) if terms.short_rate is not None else 0 * spending
    already = max(terms.opening_deficit, 0.0) * terms.base_rate if terms.short_rate is not None else 0.0
    cost, closing = np.empty_like(spending), np.empty_like(spending)
    opening = np.full((3, world.paths), terms.opening_deficit)
    for t in range(world.years):
        closing[:, t], charge = one_year(world, opening, spending[:, t] - terms.block[t], t, end)
        cost[:, t] = np.maximum((opening + closing[:, t]) / 2, 0) * rates[:, t] - already + charge
        opening = closing[[ACTUAL, ACTUAL, NATIONAL], t]
    return cost, closing[ACTUAL]


def one_year(world: World, opening: Floats, added: Floats, t: int, end: str | None) -> tuple[Floats, Floats]:
    """Return the deficit at the end of a year and what of it is charged, `[view, path]`."""
    override, charge = world.terms.override, np.zeros_like(opening)
    if override is None:
        return opening + added, charge
    then = end or override.then
    met = (0.0, 0.0) if then == "falls_on_general_fund" else (override.accrued_met, override.later_met)
    owed = np.maximum(opening, 0)
    if t == override.grant_year:
        opening, owed = opening - override.grant_share * owed, owed * (1 - override.grant_share)
    if then == "extended" or t < override.ends:
        return opening + added, charge
    if t == override.ends:
        charge, opening = (1 - met[0]) * owed, opening - owed
    later = np.maximum(opening + added, 0)
    return opening + added - later, charge + (1 - met[1]) * later
