"""The year, in eight named steps; a place rolled forward over its horizon on one block of paths.

State (balances, recurrent savings, tax raised, the cost of support, spells of need) is made and written only
here, and dies with the block. Step functions read it and return amounts `[variant, agency, path]` in pounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator import savings
from simulator.compiled import Bools, Compiled, Floats
from simulator.drivers import DriverBlock
from simulator.money import HALF_PENNY
from simulator.position import price
from simulator.regimes import council
from simulator.streams import BLOCK
from simulator.variants import MEASURES, OUTCOMES, VIEWS, Outcome, Variant


@dataclass
class _State:
    """What one year hands to the next, `[variant, agency, path]`; `lifted` multiplies council tax as planned."""

    balances: council.Balances
    recurrent: Floats
    planned: Floats
    lifted: Floats
    support_cost: Floats
    late: Bools
    in_need: Bools
    exhausted: Bools


class _Plan(NamedTuple):
    """What a budget decided: savings planned by kind `[kind, variant, agency, path]`, tax, and reserves to rebuild."""

    savings: Floats
    lasting: Floats
    rebuild: Floats


class _Outturn(NamedTuple):
    """What a year brought before reserves: the gap, savings delivered, one-off cover and what is short."""

    gap: Floats
    raised: Floats
    delivered: Floats
    recurring: Floats
    cover: Floats
    shortfall: Floats


def project(
    compiled: Compiled, block: DriverBlock, variants: tuple[Variant, ...] = VIEWS, views: int = len(VIEWS)
) -> Outcome:
    """Roll every body forward over one block of paths under every variant; the first `views` keep their money."""
    place = _Place(compiled, block, variants, views)
    for year in range(compiled.horizon):
        expected = place.settlement(year)
        planned = place.set_budget(year, expected)
        outturn = place.in_year(year, planned)
        paid = place.contracts(year)
        stopped = place.mitigation(year, outturn)
        closed = place.close(year, outturn, stopped, planned)
        short = place.duties(year, closed)
        granted = place.carry_forward(year, planned, outturn, closed)
        place.keep(year, outturn, stopped, closed)
        place.keep_tests(year, short, outturn)
        place.keep_more(year, {"transfers_out": paid, "savings_planned": planned.savings.sum(0), **granted})
    return place.outcome()


class _Place:
    """One place on one block of paths: its position, its luck, its state and what is kept of it."""

    def __init__(self, compiled: Compiled, block: DriverBlock, variants: tuple[Variant, ...], views: int) -> None:
        self.compiled, self.terms, self.position = compiled, compiled.council, price(compiled, block)
        shape = (len(variants), len(compiled.agency_ids), block.draws.paths)
        self.variants, self.shape = variants, shape
        self.acting: Bools = np.array([variant.acts for variant in variants])[:, None, None]
        self.approving, self.answered, self.capacity = (
            _by_variant([getattr(variant, name) for variant in variants])
            for name in ("approved", "accommodated", "capacity")
        )
        self.lawful = np.array([[*body.tax.lawful, body.tax.increase] for body in compiled.funding])
        self.delivery = savings.rates(compiled, block.draws)
        late = [block.draws.uniforms(f"support_late/{name}", compiled.horizon) for name in compiled.agency_ids]
        self.support = np.stack(late)
        starts = [council.opening(self.terms, variant.recurs, variant.usable_share) for variant in variants]
        self.adjustment = np.array([start.adjustment for start in starts])[:, :, None]
        self.committed = np.array([start.committed for start in starts])[:, :, None]
        pots = (np.array(pot)[:, :, None] for pot in zip(*(start.balances for start in starts), strict=True))
        balances = council.Balances(*(np.broadcast_to(pot, shape).copy() for pot in pots))
        never = np.zeros(shape, dtype=bool)
        nought = np.zeros(shape)
        self.state = _State(balances, nought, nought, np.ones(shape), nought, never, never, never)
        kept = (*shape[:2], compiled.horizon, shape[2])
        self.views = views
        self.measures = {name: np.zeros((views, *kept[1:])) for name in MEASURES}
        self.tests = {name: np.zeros(kept, dtype=bool) for name in OUTCOMES}

    def other_rules(self, year: int, expected: bool = False) -> Floats:
        """Return what variants under another rule, or without the national answer, add to the gap of a year."""
        more = np.zeros(self.shape)
        for v, variant in enumerate(self.variants):
            others = self.position.alternatives.get(variant.rule or "", [])
            for a, other in enumerate(others):
                more[v, a] = (other.expected if expected else other.actual)[year]
            if not variant.accommodated:
                for a in range(self.shape[1]):
                    answer = others[a].accommodation if others else self.position.accommodation[a]
                    more[v, a] += answer[year]
        return more

    def settlement(self, year: int) -> Floats:
        """Step 1: return the gap expected when the budget is set, after savings and tax decisions already made."""
        state, position = self.state, self.position
        raised = position.tax[:, year] * (state.lifted - 1)
        expected: Floats = position.expected_gap[:, year] + self.other_rules(year, expected=True) + self.adjustment
        return expected + state.support_cost - raised - state.recurrent

    def set_budget(self, year: int, expected: Floats) -> _Plan:
        """Step 2: count approved savings in full, then close the gap left by lawful tax and by new savings."""
        state, terms, position = self.state, self.terms, self.position
        approved = self.approving * terms.approved[:, None, :, year, None]
        lasting = self.approving * terms.approved_lasting[:, None, :, year, None]
        planned = state.planned + approved.sum(axis=0)
        room = self.tax_room(year)
        outlook = council.Outlook(expected - approved.sum(axis=0), planned, state.balances.usable, room, self.capacity)
        decided = council.budget(terms, year, outlook, self.acting)
        tax = position.tax[:, year] * state.lifted
        state.lifted = state.lifted * (1 + np.divide(decided.tax, tax, out=np.zeros(self.shape), where=tax > 0))
        state.planned = planned + decided.savings
        by_colour = np.broadcast_to(approved, (savings.NEW, *self.shape))
        return _Plan(
            np.concatenate([by_colour, decided.savings[None]]),
            np.concatenate([np.broadcast_to(lasting, by_colour.shape), terms.recurrent * decided.savings[None]]),
            decided.rebuild,
        )

    def tax_room(self, year: int) -> Floats:
        """Return what tax could lawfully be above the planned increase on Band D as raised so far, cash as stated."""
        percent, cash, rise = (self.lawful[:, part, year, None] for part in range(3))
        most = np.maximum(percent, cash / self.state.lifted)
        room: Floats = self.position.tax[:, year] * self.state.lifted * np.maximum(most - rise, 0.0) / (1 + rise)
        return room

    def in_year(self, year: int, planned: _Plan) -> _Outturn:
        """Step 3: meet what prices, demand, funding and delivery turned out to be."""
        position, state, rate = self.position, self.state, self.delivery[:, :, year]
        raised = position.tax[:, year] * (state.lifted - 1)
        gap = position.spending[:, year] - position.funding[:, year] + self.other_rules(year) + self.adjustment
        gap = gap + state.support_cost - raised - state.recurrent
        delivered, recurring = (savings.by_kind(part, rate) for part in (planned.savings, planned.lasting))
        missed = planned.savings.sum(axis=0) - delivered
        cover = self.terms.covered_once * missed * (self.acting & self.terms.plans[year])
        set_aside = position.contingency[:, year]
        return _Outturn(gap, raised, delivered, recurring, cover, gap - delivered - cover - set_aside)

    def contracts(self, year: int) -> Floats:
        """Step 4: pay what passes through to others; so far the parishes' precepts."""
        return self.position.parishes[:, year]

    def mitigation(self, year: int, outturn: _Outturn) -> Floats:
        """Step 5: stop spending in the year."""
        return council.respond(self.terms, year, outturn.shortfall, self.acting)

    def close(self, year: int, outturn: _Outturn, stopped: Floats, planned: _Plan) -> council.Close:
        """Step 6: draw the rest from reserves, or bank a surplus."""
        residual = outturn.shortfall - stopped
        closed = council.close(
            self.terms, year, self.state.balances, residual, rebuild=planned.rebuild, acting=self.acting
        )
        self.state.balances = closed.balances
        return closed

    def duties(self, year: int, closed: council.Close) -> dict[str, Bools]:
        """Step 7: test each duty on its unmet need above half a penny."""
        missed = council.duties(self.terms, year, closed)
        return {name: pounds > HALF_PENNY for name, pounds in missed.items()}

    def carry_forward(self, year: int, planned: _Plan, outturn: _Outturn, closed: council.Close) -> dict[str, Floats]:
        """Step 8: roll recurrent savings, support and its cost, spells of need and empty reserves into next year.

        Whether support comes late is one draw a spell, made when the spell begins. Need is measured before any
        support is granted; what is granted is repaid as debt from the next year on.
        """
        state, terms = self.state, self.terms
        state.recurrent = state.recurrent + outturn.recurring
        unmet = closed.unfunded_gap - closed.reallocated
        need = unmet > HALF_PENNY
        starts = need & ~state.in_need
        late = self.support[:, year] < terms.support_late
        state.late = np.where(starts, late, state.late) & need
        state.in_need = need
        state.exhausted = (closed.unfunded_gap > HALF_PENNY) | (state.exhausted & (state.balances.usable <= HALF_PENNY))
        given = need & ~state.late & self.acting & (terms.support_charge > 0)
        granted, paid = np.where(given, unmet, 0.0), state.support_cost
        state.support_cost = state.support_cost + terms.support_charge * granted
        return {"support_granted": granted, "support_cost": paid}

    def keep(self, year: int, outturn: _Outturn, stopped: Floats, closed: council.Close) -> None:
        """Keep the year's money."""
        balances = closed.balances
        committed = self.committed - self.terms.paid_out[:, year, None]
        self.keep_more(
            year,
            {
                "gap": outturn.gap,
                "tax_raised": outturn.raised,
                "savings_delivered": outturn.delivered,
                "in_year_controls": outturn.cover + stopped,
                "surplus_spent": closed.surplus_spent,
                "use_of_reserves": closed.use_of_reserves,
                "unfunded_gap": closed.unfunded_gap,
                "reallocated": closed.reallocated,
                "gf_unallocated": balances.gf_unallocated,
                "usable_reserves": balances.usable,
                "earmarked_reserves": balances.usable_earmarked + balances.reallocatable + committed,
                "recurrent_savings": self.state.recurrent,
            },
        )

    def keep_more(self, year: int, amounts: dict[str, Floats]) -> None:
        """Keep amounts `[variant or 1, agency, path]` of a year."""
        for name, amount in amounts.items():
            self.measures[name][:, :, year] = amount[: self.views] if amount.ndim == len(self.shape) else amount

    def keep_tests(self, year: int, short: dict[str, Bools], outturn: _Outturn) -> None:
        """Keep the year's outcomes."""
        state = self.state
        stuck = state.in_need & self.next_budget_fails(year, outturn)
        tests = {
            **short,
            "usable_reserves_exhausted": state.exhausted,
            "s114_proxy": stuck & state.late,
            "s114_if_support_always_late": stuck,
            "duty_breached": short["unfunded_gap"],
        }
        for name, happened in tests.items():
            self.tests[name][:, :, year] = happened

    def next_budget_fails(self, year: int, outturn: _Outturn) -> Bools:
        """Return whether next year's budget could not be set, taking its gap as this year's after recurrent savings.

        It looks at no later year, so that a shorter horizon is the beginning of a longer one.
        """
        state = self.state
        means = state.balances.usable + self.tax_room(year)
        room = council.savings_room(self.terms, year, state.planned, self.capacity)
        return council.cannot_balance(outturn.gap - outturn.recurring, room, means)

    def outcome(self) -> Outcome:
        """Return what was kept, with what no choice moves alongside."""
        position = self.position
        answered, changed, deficit = self.under_rules()
        shared = {
            "funding": position.funding - position.accommodation + answered,
            "spending": position.spending + changed,
            "funding_accommodation": answered,
            "high_needs_deficit": deficit,
            "financing_costs": position.financing,
            "ring_fenced_reserves": position.ring_fenced,
            "contingency": position.contingency,
            "underlying_adjustment": self.adjustment[: self.views, :, None],
        }
        for name, amount in shared.items():
            self.measures[name][:] = amount
        width = min(BLOCK, position.pairs[0].actual.shape[1])
        sums = np.stack([pair.actual.reshape(len(pair.actual), -1, width).sum(axis=2) for pair in position.pairs])
        return Outcome(self.measures, self.tests, sums)

    def under_rules(self) -> tuple[Floats, Floats, Floats]:
        """Return each view's national answer, what its rule adds to spending, and its high-needs deficit."""
        own = self.position.accommodation
        answered, deficit = (np.stack([part] * self.views) for part in (own, self.position.high_needs_deficit))
        changed = np.zeros_like(answered)
        for v, variant in enumerate(self.variants[: self.views]):
            for a, other in enumerate(self.position.alternatives.get(variant.rule or "", [])):
                answered[v, a], deficit[v, a] = other.accommodation, other.deficit
                changed[v, a] = other.actual + other.accommodation - own[a]
        return answered * self.answered[: self.views, :, :, None], changed, deficit


def _by_variant(values: list[float]) -> Floats:
    return np.array(values)[:, None, None]
