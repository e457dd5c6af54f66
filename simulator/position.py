"""A body's position before any choice: what it spends, what it receives, and the gap between.

Nothing here depends on reserves or responses, so it is priced once per block and shared by every
variant. Arrays are `[agency, year, path]` in pounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import business_rates, capital, council_tax, grants, schools
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverBlock, Views
from simulator.spending import Prices, line_spending, price_pairs


@dataclass(frozen=True)
class Position:
    """Spending and funding as they turn out, the difference the budget expected, and their notable parts."""

    spending: Floats
    funding: Floats
    expected_gap: Floats
    accommodation: Floats
    unused_tax: Floats
    parishes: Floats
    high_needs_deficit: Floats
    pairs: tuple[Views, ...]


@dataclass(frozen=True)
class _One:
    spending: Views
    funding: Views
    unused_tax: Floats
    parishes: Floats
    deficit: Floats


def price(compiled: Compiled, block: DriverBlock) -> Position:
    """Return every body's position on one block of paths."""
    prices = Prices(block)
    pairs = price_pairs(compiled, prices)
    bodies = [_body(compiled, prices, pairs, a) for a in range(len(compiled.agency_ids))]
    # A body's own recurrent surplus is no part of national need, so the underlying base is taken to balance.
    answers = [
        _accommodation(compiled, body.spending.national - body.funding.national + compiled.council.entered_surplus[a])
        for a, body in enumerate(bodies)
    ]
    expected = [body.spending.expected - body.funding.expected - answers[a] for a, body in enumerate(bodies)]
    return Position(
        spending=np.stack([body.spending.actual for body in bodies]),
        funding=np.stack([body.funding.actual + answers[a] for a, body in enumerate(bodies)]),
        expected_gap=np.stack(expected),
        accommodation=np.stack(answers),
        unused_tax=np.stack([body.unused_tax for body in bodies]),
        parishes=np.stack([body.parishes for body in bodies]),
        high_needs_deficit=np.stack([body.deficit for body in bodies]),
        pairs=pairs,
    )


def _body(compiled: Compiled, prices: Prices, pairs: tuple[Views, ...], agency: int) -> _One:
    terms = compiled.funding[agency]
    tax = council_tax.requirement(terms.tax, prices, agency)
    parishes = council_tax.parish_precepts(terms.tax, tax.actual)
    variance, national = council_tax.collection_variance(terms.tax, tax, prices, agency)
    spending = [
        line_spending(compiled, pairs, agency),
        _events(prices.block, agency),
        Views(*(parishes,) * 3),
    ]
    funding = [tax, Views(*(parishes,) * 3)]
    if terms.rates:
        rates, rates_variance = business_rates.retained(terms.rates, prices, agency)
        variance = variance + rates_variance
        funding.append(rates)
    paid = council_tax.distributed(variance, compiled.collection_estimated)
    funding.append(Views(paid, paid, council_tax.distributed(national, compiled.collection_estimated)))
    for grant in terms.grants:
        amount = grants.amount(grant, prices, agency)
        if grant.specific:
            spending.append(Views(*(-part for part in amount)))
        else:
            funding.append(amount)
    if terms.debt:
        spending.append(capital.financing(terms.debt, prices, agency))
    deficit = np.zeros_like(paid)
    if terms.high_needs:
        closing = schools.deficit(terms.high_needs, pairs[terms.high_needs.pair])
        deficit = closing.actual
        spending.append(schools.interest(terms.high_needs, closing, prices, agency))
    unused = tax.actual * terms.tax.unused[:, None]
    return _One(_total(spending), _total(funding), unused, parishes, deficit)


def _events(block: DriverBlock, agency: int) -> Views:
    events = block.events
    return Views(events.cost[agency], events.expected[agency], events.national[agency])


def _total(parts: list[Views]) -> Views:
    """Return the sum, part after part, so that the order of addition never changes."""
    return Views(*(_added([part[i] for part in parts]) for i in range(len(Views._fields))))


def _added(parts: list[Floats]) -> Floats:
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total


def _accommodation(compiled: Compiled, national_gap: Floats) -> Floats:
    """Return the national funding that answers the national gap of some years before, either sign."""
    answer = np.zeros_like(national_gap)
    if compiled.accommodation:
        share, first, lag = compiled.accommodation
        start = max(first, lag)
        answer[start:] = share * national_gap[start - lag : len(answer) - lag] if start < len(answer) else 0.0
    return answer
