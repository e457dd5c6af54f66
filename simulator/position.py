"""A body's position before any choice: what it spends, what it receives, and the gap between.

Nothing here depends on reserves or responses, so it is priced once per block and shared by every
variant. Arrays are `[agency, year, path]` in pounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator import business_rates, capital, council_tax, employer, grants, schools
from simulator.compiled import Compiled, Floats
from simulator.contracts import Payments, cost_of, settle
from simulator.drivers import DriverBlock, Views
from simulator.spending import Prices, line_spending, price_pairs
from simulator.terms import FundingTerms, HighNeedsTerms

SPENDING, FUNDING = 1.0, -1.0
LIMIT_KEPT = "limit kept"
"""The alternative in which the tax limit of the settlement goes on past it."""
OVERRIDE_BRANCHES = ("extended", "absorbed", "falls_on_general_fund")


class Part(NamedTuple):
    """One named part of a body's position; `flow` is what a pound of it does to the gap, 1 or -1.

    `between` marks what an agreement pays: it stands outside spending and funding.
    """

    name: str
    flow: float
    views: Views
    between: bool = False


class Alternative(NamedTuple):
    """What another rule adds to the gap as it turns out and as expected, `[year, path]`.

    With it, the national answer and the high-needs deficit under that rule.
    """

    actual: Floats
    expected: Floats
    accommodation: Floats
    deficit: Floats


@dataclass(frozen=True)
class Position:
    """Spending and funding as they turn out, the difference the budget expected, and their notable parts.

    `alternatives` are by name, then by agency; `parts` by agency. `payments` are what agreements of the first three
    tiers pay, entry by entry of the log; `paid` and `received` are their sums by agency.
    """

    spending: Floats
    funding: Floats
    expected_gap: Floats
    accommodation: Floats
    tax: Floats
    parishes: Floats
    contingency: Floats
    financing: Floats
    high_needs_deficit: Floats
    ring_fenced: Floats
    alternatives: dict[str, list[Alternative]]
    parts: list[list[Part]]
    pairs: tuple[Views, ...]
    payments: Payments
    paid: Floats
    received: Floats


@dataclass(frozen=True)
class _One:
    parts: list[Part]
    deficit: Floats
    kept: Floats
    other_rules: dict[str, tuple[Views, Floats]]

    def total(self, flow: float) -> Views:
        """Return the sum of one flow, part after part, so that the order of addition never changes."""
        views = [part.views for part in self.parts if part.flow == flow and not part.between]
        if not views:
            return Views(*(np.zeros_like(self.deficit) for _ in Views._fields))
        return Views(*(_added([view[i] for view in views]) for i in range(len(Views._fields))))

    def between(self) -> Views:
        """Return what agreements take, less what they bring."""
        nought = np.zeros_like(self.deficit)
        flows = [(part.flow, part.views) for part in self.parts if part.between]
        signed = ([flow * views[i] for flow, views in flows] for i in range(len(Views._fields)))
        return Views(*(_added(views) if views else nought for views in signed))

    def part(self, name: str) -> Floats:
        """Return one part as it turned out, nought if there is none."""
        found = [part.views.actual for part in self.parts if part.name == name]
        return found[0] if found else np.zeros_like(self.deficit)


def price(compiled: Compiled, block: DriverBlock, itemised: bool = False, ruled: bool = True) -> Position:
    """Return every body's position on one block of paths; its parts are kept if `itemised`.

    Without `ruled` no other rule is priced, as none need be where no variant has one.
    """
    prices = Prices(block)
    pairs = price_pairs(compiled, prices)
    payments = settle(compiled, prices, pairs)
    bodies = [_body(_Block(compiled, prices, pairs, payments, ruled), a) for a in range(len(compiled.agency_ids))]
    spending, funding = ([body.total(flow) for body in bodies] for flow in (SPENDING, FUNDING))
    between = [body.between() for body in bodies]
    need = _needs(compiled, spending, funding, between)
    answers = [_accommodation(compiled, gap) for gap in need]
    expected = [
        s.expected - f.expected - answer + net.expected
        for s, f, answer, net in zip(spending, funding, answers, between, strict=True)
    ]
    names = {name for body in bodies for name in body.other_rules}
    alternatives = {
        name: [_alternative(compiled, body, name, need[a], answers[a]) for a, body in enumerate(bodies)]
        for name in sorted(names)
    }
    tax = np.stack([body.part("council_tax") for body in bodies])
    return Position(
        spending=np.stack([one.actual for one in spending]),
        funding=np.stack([one.actual + answer for one, answer in zip(funding, answers, strict=True)]),
        expected_gap=np.stack(expected),
        accommodation=np.stack(answers),
        tax=tax,
        parishes=np.stack([body.part("parishes") for body in bodies]),
        contingency=np.array([terms.contingency for terms in compiled.funding])[:, :, None],
        financing=np.stack([body.part("debt") for body in bodies]),
        high_needs_deficit=np.stack([body.deficit for body in bodies]),
        ring_fenced=np.stack([body.kept for body in bodies]),
        alternatives=alternatives,
        parts=[body.parts for body in bodies] if itemised else [],
        pairs=pairs,
        payments=payments,
        paid=payments.by_payer(len(bodies)),
        received=payments.by_payee(len(bodies)),
    )


def _needs(compiled: Compiled, spending: list[Views], funding: list[Views], between: list[Views]) -> list[Floats]:
    """Return every body's national gap, which national funding answers in part.

    A body's own recurrent surplus is no part of national need, so the underlying base is taken to balance. Only local
    authorities are answered: an allocation has the national view of need in it already.
    """
    local = [
        spending[a].national - funding[a].national + between[a].national + compiled.council.entered_surplus[a]
        for a in range(len(compiled.council.entered_surplus))
    ]
    return local + [np.zeros_like(one.national) for one in spending[len(local) :]]


def _alternative(compiled: Compiled, body: _One, name: str, need: Floats, answered: Floats) -> Alternative:
    """Return what another rule does to one body; nothing where it does not touch it."""
    if name not in body.other_rules:
        return Alternative(np.zeros_like(need), np.zeros_like(need), answered, body.deficit)
    change, deficit = body.other_rules[name]
    answer = _accommodation(compiled, need + change.national)
    shift = answer - answered
    return Alternative(change.actual - shift, change.expected - shift, answer, deficit)


class _Block(NamedTuple):
    """What every body is priced from on one block, and whether other rules are priced too."""

    compiled: Compiled
    prices: Prices
    pairs: tuple[Views, ...]
    payments: Payments
    ruled: bool


def _body(block: _Block, agency: int) -> _One:
    compiled, prices, pairs, payments, ruled = block
    terms, events = compiled.funding[agency], prices.block.events
    nought = np.zeros(shape := (compiled.horizon, prices.block.draws.paths))
    parts = [
        Part("lines", SPENDING, line_spending(compiled, pairs, agency)),
        Part("events", SPENDING, Views(events.cost[agency], events.expected[agency], events.national[agency])),
    ]
    other_rules = dict[str, tuple[Views, Floats]]()
    tax = Views(nought, nought, nought)
    if terms.tax:
        tax = council_tax.requirement(terms.tax, prices, agency)
        parishes = Views(*(council_tax.parish_precepts(terms.tax, tax.actual),) * 3)
        parts += [Part("parishes", SPENDING, parishes), Part("council_tax", FUNDING, tax)]
        parts += [Part("parishes", FUNDING, parishes)]
    parts += _rates_and_collection(compiled, prices, agency, tax)
    kept = support = nought
    for grant in terms.grants:
        amount = grants.amount(grant, prices, agency)
        if grant.exceptional:
            support = support + amount.actual
        if grant.fenced:
            amount, left = grants.ring_fenced(amount, cost_of(compiled, pairs, agency, grant.fenced))
            kept = kept + left
        negative = Views(*(-part for part in amount))
        parts.append(Part(grant.id, SPENDING, negative) if grant.specific else Part(grant.id, FUNDING, amount))
    parts += [Part(levy.id, SPENDING, grants.amount(levy, prices, agency)) for levy in terms.levies]
    owed = capital.owed(terms.debt, capital.repaid(support, compiled.council.support_charge), prices, agency)
    parts += [Part("debt", SPENDING, owed)] if owed else []
    if terms.employer:
        parts.append(Part("employer_costs", SPENDING, employer.costs(terms.employer, prices, agency)))
    parts += _decided(terms, shape)
    deficit = np.zeros(shape)
    if terms.high_needs:
        deficit, cost, other_rules = _high_needs(block, terms.high_needs, agency)
        parts.append(Part("high_needs", SPENDING, cost))
    if terms.tax and ruled:
        more = council_tax.limit_kept(terms.tax, prices, agency, tax, compiled.collection_estimated)
        other_rules = other_rules | {LIMIT_KEPT: (more, deficit)}
    return _One([*parts, *_dealt(compiled, payments, agency)], deficit, kept, other_rules)


def _decided(terms: FundingTerms, shape: tuple[int, int]) -> Iterator[Part]:
    """Yield what the body itself has decided, by year, which is no part of national need."""
    fixed = (("contingency", SPENDING, terms.contingency), ("plan_spending", SPENDING, terms.plan_spending),
             ("plan_funding", FUNDING, terms.plan_funding))  # fmt: skip
    for name, flow, by_year in fixed:
        if by_year.any():
            own = np.broadcast_to(by_year[:, None], shape)
            yield Part(name, flow, Views(own, own, np.zeros(shape)))


def _dealt(compiled: Compiled, payments: Payments, agency: int) -> Iterator[Part]:
    """Yield what agreements take from a body and bring to it, entry by entry of the log."""
    for entry, views in payments.views.items():
        stated = compiled.agreed.payments[entry]
        if stated.payer == agency:
            yield Part(stated.agreement, SPENDING, views, between=True)
        if stated.payee == agency:
            yield Part(stated.agreement, FUNDING, views, between=True)


def _rates_and_collection(compiled: Compiled, prices: Prices, agency: int, tax: Views) -> list[Part]:
    """Return retained rates, and what the collection fund pays for the variances of tax and rates."""
    terms = compiled.funding[agency]
    variance, national = np.zeros_like(tax.actual), np.zeros_like(tax.actual)
    if terms.tax:
        variance, national = council_tax.collection_variance(terms.tax, tax, prices, agency)
    parts = []
    if terms.rates:
        rates, rates_variance = business_rates.retained(terms.rates, prices, agency)
        variance = variance + rates_variance
        parts.append(Part("business_rates", FUNDING, rates))
    if terms.tax is None and terms.rates is None:
        return parts
    paid = council_tax.distributed(variance, compiled.collection_estimated)
    national = council_tax.distributed(national, compiled.collection_estimated)
    return [*parts, Part("collection_fund", FUNDING, Views(paid, paid, national))]


def _high_needs(
    block: _Block, terms: HighNeedsTerms, agency: int
) -> tuple[Floats, Views, dict[str, tuple[Views, Floats]]]:
    """Return the deficit, its cost to the general fund, and what each other end of the override adds to that."""
    override = block.compiled.override

    def cost(then: str) -> tuple[Floats, Views]:
        end = schools.ended(override, then)
        closing, charged = schools.account(terms, end, block.pairs[terms.pair])
        financed = schools.interest(terms, closing, block.prices, agency)
        return closing.actual, Views(*(a + b for a, b in zip(financed, charged, strict=True)))

    if override is None:
        return (*cost("extended"), {})
    entered = cost(override.then)
    if not block.ruled:
        return *entered, {}
    others = {then: entered if then == override.then else cost(then) for then in OVERRIDE_BRANCHES}
    added = {
        then: (Views(*(a - b for a, b in zip(charged, entered[1], strict=True))), deficit)
        for then, (deficit, charged) in others.items()
    }
    return *entered, added


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
