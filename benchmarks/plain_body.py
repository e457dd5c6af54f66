"""What a body spends and receives before any choice, written plainly: for `plain_double`.

Arrays are `[view, year, path]` in pounds: as it came, as the budget expected it, and with every body's
own shocks at nought.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from benchmarks.plain_accounts import ACTUAL, EXPECTED, NATIONAL, financing, high_needs, retained_rates
from benchmarks.plain_world import Course, Floats, Luck, World
from simulator.compiled import EventTerms, Line
from simulator.terms import EmployerTerms, FundingTerms, GrantTerms, TaxTerms

__all__ = ["ACTUAL", "EXPECTED", "NATIONAL", "Body", "Seen", "cost_of", "laid", "price"]
LIMIT_KEPT = "limit kept"


class Seen(World):
    """The world as bodies see it: where one disputes a driver, its level is apart from the shared one."""

    believed = True

    def met(self, k: int, agency: int | None) -> Course:
        """Return driver `k` as a body meets it."""
        course = super().met(k, agency)
        apart = self.terms.disputed.get((agency, k)) if agency is not None and self.believed else None
        if apart is None:
            return course
        return replace(course, level=course.level + apart[:, None], expected=course.expected + apart[:, None])

    def agreed(self, k: int | None, agency: int) -> Floats:
        """Return a driver's index as a body meets it, `[view, year, path]`, whatever it believes of it."""
        self.believed = False
        index = self.views(k, agency)
        self.believed = True
        return index

    @cached_property
    def calm(self) -> Seen:
        """The same world on one path without luck, stated surprises or events."""
        drivers = tuple(replace(driver, surprise=0 * driver.surprise) for driver in self.terms.drivers)
        return _Calm(replace(self.terms, drivers=drivers, events=()), 0, 1)


class _Even(Luck):
    def uniforms(self, name: str, rows: int) -> Floats:
        return np.full((rows, self.paths), 0.5)


class _Calm(Seen):
    @property
    def luck(self) -> Luck:
        return _Even(0, 1)

    @luck.setter
    def luck(self, _: Luck) -> None:
        pass


def laid(base: Floats, known: Floats, index: Floats) -> Floats:
    """Return pounds at an index of 1 by year: `base`, until what is known over the calm index takes its place."""
    held = base.copy()
    for t, amount in enumerate(known):
        if np.isfinite(amount):
            held[t:] = amount / index[t]
    return held


@dataclass(frozen=True)
class Body:
    """A body's money before any choice; `parts` holds every line, grant and account by name."""

    parts: dict[str, Floats]
    spending: Floats
    funding: Floats
    accommodation: Floats
    tax: Floats
    parishes: Floats
    financing: Floats
    deficit: Floats
    kept: Floats


def price(world: Seen, a: int, rule: str | None = None, between: Floats | None = None) -> Body:
    """Return what a body spends and receives before any choice, under another rule if one is named.

    Under another rule what it adds stands in spending, and only accommodation moves funding. `between` `[view, year,
    path]` is what agreements take on balance, which is part of national need.
    """
    terms, funding = world.terms, world.terms.funding[a]
    nought = np.zeros((3, world.years, world.paths))
    required = tax(world, funding.tax, a) if funding.tax else nought
    precepts = np.stack([parish_precepts(funding.tax, required[ACTUAL])] * 3) if funding.tax else nought
    spent = {"parishes": precepts, **spending_lines(world, a)}
    received = {"tax": required, "parishes": precepts}
    variance = collected(world, funding.tax, required, a)
    if funding.rates:
        received["rates"], more = retained_rates(world, funding.rates, a)
        variance[ACTUAL] = variance[ACTUAL] + more
    received["collection fund"] = returned(world, variance)
    kept = grants(world, funding, a, spent, received)
    own = np.zeros((3, world.years, world.paths))
    for name, amounts in (("contingency", funding.contingency), ("plan", funding.plan_spending - funding.plan_funding)):
        own[:NATIONAL] = amounts[:, None]
        spent[name] = own.copy()
    if funding.debt:
        spent["debt"] = financing(world, funding.debt, a)
    deficit = world.nought()
    if funding.high_needs:
        end = rule if rule and rule != LIMIT_KEPT else None
        spent["high needs"], deficit = high_needs(world, funding.high_needs, a, end)
    if rule == LIMIT_KEPT and funding.tax:
        extra = required * (funding.tax.limit_kept[:, None] - 1)
        spent["limit kept"] = -extra - returned(world, collected(world, funding.tax, extra, a))
    spending, income = sum(spent.values(), np.zeros(1)), sum(received.values(), np.zeros(1))
    answer = world.nought()
    if a < len(terms.council.entered_surplus):
        need = spending[NATIONAL] - income[NATIONAL] + (nought if between is None else between)[NATIONAL]
        answer = accommodation(world, need + terms.council.entered_surplus[a])
    income[:NATIONAL] += answer
    # A plan's funding is funding; it was netted above so that one sum served the gap.
    for total in (spending, income):
        total[:NATIONAL] += funding.plan_funding[:, None]
    debt = spent["debt"][ACTUAL] if funding.debt else world.nought()
    return Body(spent | received, spending, income, answer, required[ACTUAL], precepts[ACTUAL], debt, deficit, kept)


def cost(world: Seen, line: Line) -> Floats:
    """Return what a line costs, `[view, year, path]`; the calm case meets what is known of later years."""
    pair = world.terms.pairs[line.pair]
    weight = np.full(world.years, line.base)
    if np.isfinite(line.known).any():
        weight = laid(weight, line.known, world.calm.pair(pair, line.agency)[ACTUAL, :, 0])
    index = world.pair(pair, line.agency)
    # What a body has entered of later years is its own luck: the nation moves the base alone.
    held: Floats = np.stack(
        [weight[:, None] * index[ACTUAL], weight[:, None] * index[EXPECTED], line.base * index[NATIONAL]]
    )
    return held


def cost_of(world: Seen, a: int, ids: tuple[str, ...], believed: bool = True) -> Floats:
    """Return what named lines of a body cost, less the income beside them, as it believes or as all have agreed."""
    named = {*ids, *(f"{name}/income" for name in ids)}
    world.believed = world.calm.believed = believed
    own = [cost(world, line) for line in world.terms.lines if line.agency == a and line.id in named]
    world.believed = world.calm.believed = True
    return sum(own, np.zeros((3, world.years, world.paths)))


def spending_lines(world: Seen, a: int) -> dict[str, Floats]:
    """Return every line, event and on-cost of a body."""
    terms, employer = world.terms, world.terms.funding[a].employer
    spent = {f"line {line.id}": cost(world, line) for line in terms.lines if line.agency == a}
    for event in terms.events:
        if event.driver is None:
            spent[f"event {event.id}"] = event_cost(world, event, a)
    if employer:
        spent["employer costs"] = employer_costs(world, employer, a)
    return spent


def employer_costs(world: World, terms: EmployerTerms, a: int) -> Floats:
    """Return the bill at the year's pay x points of pay above the base year's."""
    points = world.views(terms.pension_rate, a) if terms.pension_rate is not None else np.zeros(1)
    return terms.bill * world.views(terms.pay, a) * (terms.step[:, None] + points)


def tax(world: World, terms: TaxTerms, a: int) -> Floats:
    """Return the requirement: confirmed, then last confirmed x increases x tax base; known at budget."""
    base, caseload = world.views(terms.tax_base, a), world.views(terms.caseload, a)
    if terms.caseload is not None:
        base = base * np.maximum(1 - terms.support_share * caseload, 0) / (1 - terms.support_share)
    base[EXPECTED], required = base[ACTUAL], np.empty((3, world.years, world.paths))
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
    precepts = np.zeros_like(required)
    for t in range(len(required)):
        if t <= terms.last_parish:
            precepts[t] = terms.parishes[t]
        elif terms.last_precepts:
            since = terms.base_requirement if terms.last_parish < 0 else required[terms.last_parish]
            precepts[t] = terms.last_precepts * required[t] / since
    return precepts


def collected(world: World, terms: TaxTerms | None, required: Floats, a: int) -> dict[int, Floats]:
    """Return what a requirement brings above the rate assumed, as it came and nationally."""
    if terms is None or terms.collection is None:
        return {view: world.nought() for view in (ACTUAL, NATIONAL)}
    points = world.views(terms.collection, a)
    return {view: required[view] * points[view] for view in (ACTUAL, NATIONAL)}


def returned(world: World, variance: dict[int, Floats]) -> Floats:
    """Return variances paid out: the part January's estimate knew next year, the rest the year after."""
    paid, known = {view: world.nought() for view in variance}, world.terms.collection_estimated
    for view, amount in variance.items():
        for t in range(1, world.years):
            paid[view][t] = known * amount[t - 1]
            if t > 1:
                paid[view][t] += (1 - known) * amount[t - 2]
    return np.stack([paid[ACTUAL], paid[ACTUAL], paid[NATIONAL]])


def grants(world: Seen, funding: FundingTerms, a: int, spent: dict[str, Floats], received: dict[str, Floats]) -> Floats:
    """Add grants and levies where they belong; return what ring-fenced grants keep for later, `[year, path]`."""
    kept = world.nought()
    for grant in funding.grants:
        amount = own_growth(world, grant, a)
        if grant.fenced:
            amount, left = fenced(world, grant, amount, a)
            kept += left
        if grant.specific:
            spent[f"grant {grant.id}"] = -amount
        else:
            received[f"grant {grant.id}"] = amount
    for levy in funding.levies:
        spent[f"levy {levy.id}"] = own_growth(world, levy, a)
    return kept


def own_growth(world: World, terms: GrantTerms, a: int) -> Floats:
    """Return a grant or levy as entered, then moved by its driver; unless confirmed what is entered moves too.

    The nation knows nothing of what was entered later, of when it ends, nor of how an allocation nears its target.
    """
    index, amount = world.views(terms.driver, a), np.zeros((3, world.years, world.paths))
    converges = terms.converging.any()
    for t in range(world.years):
        for view in (ACTUAL, EXPECTED):
            if t > terms.ends:
                continue
            if t <= terms.last:
                amount[view, t] = terms.known[t] * (1 if terms.confirmed else index[view, t] / terms.central[t])
            elif converges:
                before, was = (amount[ACTUAL, t - 1], index[ACTUAL, t - 1]) if t else (terms.last_amount, 1.0)
                amount[view, t] = before * (1 + (index[view, t] / was - 1) + terms.converging[t])
            else:
                since = index[ACTUAL, terms.last] if terms.confirmed else terms.central[terms.last]
                amount[view, t] = terms.last_amount * index[view, t] / (since if terms.last >= 0 else 1.0)
        amount[NATIONAL, t] = terms.base_amount * index[NATIONAL, t]
    return amount


def fenced(world: Seen, terms: GrantTerms, amount: Floats, a: int) -> tuple[Floats, Floats]:
    """Return what a ring-fenced grant pays of its own lines, and what is kept for them."""
    cost = np.maximum(cost_of(world, a, terms.fenced), 0)
    applied, kept = np.empty_like(amount), world.nought()
    held = {ACTUAL: np.zeros(world.paths), NATIONAL: np.zeros(world.paths)}
    for t in range(world.years):
        applied[EXPECTED, t] = np.minimum(held[ACTUAL] + amount[EXPECTED, t], cost[EXPECTED, t])
        for view, left in held.items():
            applied[view, t] = np.minimum(left + amount[view, t], cost[view, t])
            held[view] = left + amount[view, t] - applied[view, t]
        kept[t] = held[ACTUAL]
    return applied, kept


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
