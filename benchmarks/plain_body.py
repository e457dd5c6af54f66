"""What a body spends and receives before any choice, written plainly: for `plain_double`.

Arrays are `[view, year, path]` in pounds: as it came, as the budget expected it, and with every body's
own shocks at nought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.plain_world import Floats, World
from simulator.compiled import DebtTerms, EventTerms, GrantTerms, HighNeedsTerms, RatesTerms, TaxTerms

ACTUAL, EXPECTED, NATIONAL = 0, 1, 2


@dataclass(frozen=True)
class Body:
    """A body's money before any choice; `parts` holds every line, grant and account by name."""

    parts: dict[str, Floats]
    spending: Floats
    funding: Floats
    accommodation: Floats
    unused_tax: Floats
    parishes: Floats
    deficit: Floats


def price(world: World, a: int) -> Body:
    """Return what a body spends and receives before any choice."""
    terms, funding = world.terms, world.terms.funding[a]
    required = tax(world, funding.tax, a)
    parishes = parish_precepts(funding.tax, required[ACTUAL])
    spent = {"parishes": np.stack([parishes] * 3)}
    received = {"tax": required, "parishes": spent["parishes"]}
    for line in terms.lines:
        if line.agency == a:
            spent[f"line {line.id}"] = line.base * world.pair(terms.pairs[line.pair], a)
    for event in terms.events:
        if event.driver is None:
            spent[f"event {event.id}"] = event_cost(world, event, a)
    variance = {view: world.nought() for view in (ACTUAL, NATIONAL)}
    if funding.tax.collection is not None:
        points = world.views(funding.tax.collection, a)
        variance = {view: required[view] * points[view] for view in variance}
    if funding.rates:
        received["rates"], more = business_rates(world, funding.rates, a)
        variance[ACTUAL] = variance[ACTUAL] + more
    paid = {view: collection_fund(world, amount) for view, amount in variance.items()}
    received["collection fund"] = np.stack([paid[ACTUAL], paid[ACTUAL], paid[NATIONAL]])
    for grant in funding.grants:
        amount = own_grant(world, grant, a)
        if grant.specific:
            spent[f"grant {grant.id}"] = -amount
        else:
            received[f"grant {grant.id}"] = amount
    if funding.debt:
        spent["debt"] = financing(world, funding.debt, a)
    deficit = world.nought()
    if funding.high_needs:
        spent["high needs"], deficit = high_needs(world, funding.high_needs, a)
    spending, income = sum(spent.values(), np.zeros(1)), sum(received.values(), np.zeros(1))
    answer = accommodation(world, spending[NATIONAL] - income[NATIONAL] + terms.council.entered_surplus[a])
    income[:NATIONAL] += answer
    unused = required[ACTUAL] * funding.tax.unused[:, None]
    return Body(spent | received, spending, income, answer, unused, parishes, deficit)


def tax(world: World, terms: TaxTerms, a: int) -> Floats:
    """Return the requirement: confirmed, then last confirmed x increases x tax base; known at budget."""
    base, required = world.views(terms.tax_base, a), np.empty((3, world.years, world.paths))
    base[EXPECTED] = base[ACTUAL]
    rate = 1.0
    for t in range(world.years):
        if t <= terms.last:
            required[:, t] = terms.requirement[t]
        else:
            rate *= 1 + terms.increase[t]
            since = base[:, terms.last] if terms.last >= 0 else 1.0
            required[:, t] = terms.last_requirement * rate * base[:, t] / since
    return required


def parish_precepts(terms: TaxTerms, required: Floats) -> Floats:
    """Return parish precepts: as entered while entered, then in step with the council's own requirement."""
    precepts = np.empty_like(required)
    for t in range(len(required)):
        if t <= terms.last_parish:
            precepts[t] = terms.parishes[t]
        else:
            since = terms.base_requirement if terms.last_parish < 0 else required[terms.last_parish]
            precepts[t] = terms.last_precepts * required[t] / since
    return precepts


def business_rates(world: World, terms: RatesTerms, a: int) -> tuple[Floats, Floats]:
    """Return what was budgeted with a certain top-up, and the local share's variance from its budget."""
    multiplier, base = world.views(terms.multiplier, a), world.views(terms.base, a)
    local, top_up = terms.local_share * multiplier * base, terms.top_up * multiplier
    received = np.stack([local[EXPECTED] + top_up[ACTUAL]] * 2 + [local[NATIONAL] + top_up[NATIONAL]])
    return received, local[ACTUAL] - local[EXPECTED]


def collection_fund(world: World, variance: Floats) -> Floats:
    """Return a variance paid out: the part January's estimate knew next year, the rest the year after."""
    paid, known = world.nought(), world.terms.collection_estimated
    for t in range(1, world.years):
        paid[t] = known * variance[t - 1]
        if t > 1:
            paid[t] += (1 - known) * variance[t - 2]
    return paid


def own_grant(world: World, terms: GrantTerms, a: int) -> Floats:
    """Return a grant as entered, then moved by its driver; the nation knows nothing of what was entered later."""
    index, amount = world.views(terms.driver, a), np.empty((3, world.years, world.paths))
    for t in range(world.years):
        if t <= terms.last:
            amount[:, t] = terms.known[t]
        else:
            since = index[ACTUAL, terms.last] if terms.last >= 0 else 1.0
            amount[:, t] = terms.last_amount * index[:, t] / since
        amount[NATIONAL, t] = terms.base_amount * index[NATIONAL, t]
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


def high_needs(world: World, terms: HighNeedsTerms, a: int) -> tuple[Floats, Floats]:
    """Return interest on the average deficit above the base year's, and the deficit as it came.

    A budget knows last year's closing deficit; it expects this year's spending.
    """
    spending = terms.spending * world.pair(world.terms.pairs[terms.pair], a)
    rates = np.maximum(world.views(terms.short_rate, a), 0) if terms.short_rate is not None else 0 * spending
    already = max(terms.opening_deficit, 0.0) * terms.base_rate if terms.short_rate is not None else 0.0
    interest, closing = np.empty_like(spending), np.empty_like(spending)
    opening = np.full((3, world.paths), terms.opening_deficit)
    for t in range(world.years):
        closing[:, t] = opening + spending[:, t] - terms.block[t]
        interest[:, t] = np.maximum((opening + closing[:, t]) / 2, 0) * rates[:, t] - already
        opening = closing[[ACTUAL, ACTUAL, NATIONAL], t]
    return interest, closing[ACTUAL]


def event_cost(world: World, event: EventTerms, a: int) -> Floats:
    """Return what strikes this year, which no budget foresaw, and what lasts from years before."""
    hit = world.struck(
        event, f"event/{event.id}" if event.national else f"event/{event.id}/{world.terms.agency_ids[a]}"
    )
    cost = np.zeros((3, world.years, world.paths))
    for t in range(world.years):
        for struck in range(t + 1):
            stake = event.stake[a, struck if event.fixed_when_struck else t]
            paid = hit[struck] * stake * event.profile[t - struck]
            cost[ACTUAL, t] += paid
            if struck < t:
                cost[EXPECTED, t] += paid
            if event.national:
                cost[NATIONAL, t] += paid
    return cost


def accommodation(world: World, national_gap: Floats) -> Floats:
    """Return the share of the national gap of `lag` years before that funding answers, either sign."""
    answer = world.nought()
    if world.terms.accommodation:
        share, first, lag = world.terms.accommodation
        for t in range(max(first, lag), world.years):
            answer[t] = share * national_gap[t - lag]
    return answer
