"""The year, in eight named steps; a place rolled forward over its horizon on one block of paths.

State (balances, recurrent savings, tax raised, the cost of support, spells of need) is made and written only
here and in `held.py`, and dies with the block. Step functions read it and return amounts `[variant, agency, path]`
in pounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator import actions, savings
from simulator.compiled import CHARITY, LOCAL, Bools, Compiled, Floats
from simulator.drivers import DriverBlock
from simulator.held import Closed, Held, Size
from simulator.kept import Kept, under_rules
from simulator.money import HALF_PENNY
from simulator.position import Position, price
from simulator.prevention import Shifts
from simulator.raising import LocalTax
from simulator.regimes import council
from simulator.spells import Spells
from simulator.systems import Settlement, Systems, failures, replaced
from simulator.variants import VIEWS, Outcome, Variant, ruled


@dataclass
class _State:
    """What one year hands to the next beside balances and tax raised, `[variant, agency, path]`."""

    recurrent: Floats
    planned: Floats


class _Plan(NamedTuple):
    """What a budget decided: approved savings that start by kind `[kind, variant, agency, path]`, new ones, reserves.

    `lasting` is what of the approved ones recurs, `rebuild` what is to be put into reserves.
    """

    approved: Floats
    lasting: Floats
    new: Floats
    rebuild: Floats


class _Outturn(NamedTuple):
    """What a year brought before reserves: the gap, savings planned and delivered, one-off cover, what is short.

    `raised` is the tax of local authorities above their plan.
    """

    planned: Floats
    gap: Floats
    raised: Floats
    delivered: Floats
    recurring: Floats
    cover: Floats
    shortfall: Floats


def project(
    compiled: Compiled,
    block: DriverBlock,
    variants: tuple[Variant, ...] = VIEWS,
    views: int = len(VIEWS),
    position: Position | None = None,
    *,
    into: Mapping[str, Floats] | None = None,
) -> Outcome:
    """Roll every body forward over one block of paths under every variant; the first `views` keep their money.

    With no views, outcomes and what every body is short of are all that is kept. A `position` already priced on the
    block is used as it is. Measures are kept in the arrays of noughts that `into` has, if given.
    """
    kept = Kept(compiled, (len(variants), len(compiled.agency_ids), block.draws.paths), views, into)
    place = _Place(compiled, block, variants, position or price(compiled, block, ruled=ruled(variants)), kept)
    for year in range(compiled.horizon):
        expected = place.settlement(year)
        planned = place.set_budget(year, expected)
        outturn = place.in_year(year, planned)
        settled = place.contracts(year, outturn)
        stopped = place.mitigation(year, outturn, settled)
        closed = place.close(year, outturn, settled, stopped, planned)
        place.carry_forward(year, outturn, closed)
        place.keep(year, outturn, settled, stopped, closed)
        place.duties(year, outturn, closed, settled)
    return place.outcome()


class _Place:
    """One place on one block of paths: its position, its luck, its state and what is kept of it."""

    def __init__(
        self, compiled: Compiled, block: DriverBlock, variants: tuple[Variant, ...], position: Position, kept: Kept
    ) -> None:
        self.compiled, self.terms, self.position = compiled, compiled.actions, position
        shape, self.kept, self.views = kept.shape, kept, kept.views
        self.variants, self.shape, self.local = variants, shape, compiled.slices[LOCAL]
        self.acting: Bools = np.array([variant.acts for variant in variants])[:, None, None]
        self.approving, self.capacity = (
            np.array([float(getattr(variant, name)) for variant in variants])[:, None, None]
            for name in ("approved", "capacity")
        )
        self.tax = LocalTax(compiled, position, shape)
        self.delivery = savings.rates(compiled, block.draws)
        self.spells = Spells(compiled, block.draws, len(variants), self.acting)
        self.held = Held(compiled, variants, shape[2])
        self.systems, self.shifts = Systems(compiled, position, shape), Shifts(compiled, block, position, variants)
        self.brought, self.failed = np.zeros(shape), self.held.failed
        self.state = _State(self.brought, self.brought)
        given = self.held.given or self.shifts.added
        self.as_entered = not given and all(variant.accommodated and not variant.rule for variant in variants)

    def other_rules(self, year: int, expected: bool = False) -> Floats | float:
        """Return what variants under another rule, without the national answer or given something add to a gap."""
        if self.as_entered:
            return 0.0
        more = np.zeros(self.shape)
        for v, variant in enumerate(self.variants):
            others = self.position.alternatives.get(variant.rule or "", [])
            for a, other in enumerate(others):
                more[v, a] = (other.expected if expected else other.actual)[year]
            if not variant.accommodated:
                for a in range(self.shape[1]):
                    answer = others[a].accommodation if others else self.position.accommodation[a]
                    more[v, a] += answer[year]
        return self.shifts.add(year, self.held.eased(year, more), expected)

    def settlement(self, year: int) -> Floats:
        """Step 1: return the gap expected when the budget is set, after savings and tax decisions already made."""
        state, position, held = self.state, self.position, self.held
        self.failed = held.failed
        held.receive(year)
        self.brought = held.brought_forward(year, position.funding[:, year])
        state.recurrent = self.alive(state.recurrent)
        expected: Floats = position.expected_gap[:, year] + self.other_rules(year, expected=True) + held.adjustment
        expected = expected + self.carried(year, expected=True)
        expected[:, self.local] -= self.tax.above(year)
        return self.alive(expected - state.recurrent)

    def carried(self, year: int, expected: bool = False) -> Floats:
        """Return what earlier years add to a gap: the cost of support, repayments, failed charities.

        As expected, what system agreements should bring is taken off too.
        """
        more = failures(self.compiled, self.position, self.failed, year, expected)
        counted = self.systems.planned(year) if expected else 0.0
        if self.local.stop == self.shape[1]:
            return self.spells.cost + more - counted
        added: Floats = self.brought + more - counted
        added[:, self.local] += self.spells.cost
        return added

    def alive(self, amount: Floats) -> Floats:
        """Return amounts with those of failed charities at nought: they neither spend, save nor receive."""
        rows = self.compiled.slices[CHARITY]
        if self.failed is None or not self.failed.any() or not amount[..., rows, :].any():
            return amount
        going = np.broadcast_to(amount, (*amount.shape[:-3], *self.shape)).copy()
        going[..., rows, :] *= ~self.failed
        return going

    def set_budget(self, year: int, expected: Floats) -> _Plan:
        """Step 2: count approved savings in full, then close the gap left by lawful tax and by new savings."""
        state, terms = self.state, self.terms
        approved = self.alive(self.approving * terms.approved[:, None, :, year, None])
        lasting = self.alive(self.approving * terms.approved_lasting[:, None, :, year, None])
        starting = approved.sum(axis=0)
        planned = state.planned + starting
        room = self.held.whole(self.tax.room(year))
        outlook = actions.Outlook(expected - starting, planned, self.held.usable, room, self.capacity)
        decided = actions.budget(terms, year, outlook, self.acting)
        self.tax.lift(year, decided.tax[:, self.local])
        state.planned = planned + decided.savings
        return _Plan(approved, lasting, decided.savings, decided.rebuild)

    def in_year(self, year: int, planned: _Plan) -> _Outturn:
        """Step 3: meet what prices, demand, funding, agreements and delivery turned out to be."""
        position, state, rate = self.position, self.state, self.delivery[:, :, year]
        raised = self.tax.above(year)
        gap = position.spending[:, year] - position.funding[:, year] + self.other_rules(year) + self.held.adjustment
        gap += position.paid[:, year] - position.received[:, year]
        gap = gap + self.carried(year)
        gap[:, self.local] -= raised
        gap = self.alive(gap - state.recurrent)
        delivered = savings.by_kind(planned.approved, planned.new, rate)
        recurring = savings.by_kind(planned.lasting, self.terms.recurrent * planned.new, rate)
        every = planned.approved.sum(axis=0) + planned.new
        cover = self.terms.covered_once * (every - delivered) * (self.acting & self.terms.plans[year])
        short = gap - delivered - cover - self.alive(position.contingency[None, :, year])
        return _Outturn(every, gap, raised, delivered, recurring, cover, short)

    def contracts(self, year: int, outturn: _Outturn) -> Settlement | None:
        """Step 4: settle what hangs on positions; contracts, pools and shares are in the gap already."""
        if self.systems.idle:
            return None
        return self.systems.settle(year, outturn.shortfall, self.size(year).turnover)

    def size(self, year: int) -> Size:
        """Return how large every body is in a year."""
        position = self.position
        return Size(position.spending[:, year] + position.paid[:, year], position.funding[:, year])

    def mitigation(self, year: int, outturn: _Outturn, settled: Settlement | None) -> Floats:
        """Step 5: stop spending in the year, where a body is short of what it planned."""
        short = outturn.shortfall if settled is None else outturn.shortfall - settled.received
        return actions.respond(self.terms, year, short + self.systems.target(year), self.acting)

    def close(
        self, year: int, outturn: _Outturn, settled: Settlement | None, stopped: Floats, planned: _Plan
    ) -> Closed:
        """Step 6: draw the rest from what each body holds, or keep a surplus where the law lets it."""
        residual = outturn.shortfall - stopped if settled is None else outturn.shortfall - settled.received - stopped
        acting = self.acting & self.terms.controls[year]
        return self.held.close(year, residual, planned.rebuild, self.size(year), acting)

    def carry_forward(self, year: int, outturn: _Outturn, closed: Closed) -> None:
        """Step 7: roll recurrent savings and spells of need into next year."""
        self.state.recurrent = self.state.recurrent + outturn.recurring
        self.spells.roll(year, closed.local)

    def keep(self, year: int, outturn: _Outturn, settled: Settlement | None, stopped: Floats, closed: Closed) -> None:
        """Keep the year's money, each measure for the bodies that have it; without views what bodies are short of."""
        local, nhs = self.of_local(year, outturn, closed), self.kept.rows.get("off_plan")
        off_plan = self.held.off_plan(year, closed, nhs)
        if not self.views:
            self.kept.fell_short(year, closed.unfunded_gap, nhs, off_plan)
            return
        others = slice(self.local.stop, None)
        changed = replaced(self.compiled, self.position, self.failed, year)
        paid, received = self.kept.flows(year, self.position, changed, settled.log if settled else {})
        amounts = {
            **closed.measures,
            **local,
            "gap": outturn.gap,
            "savings_planned": outturn.planned,
            "savings_delivered": outturn.delivered,
            "in_year_controls": outturn.cover + stopped,
            "recurrent_savings": self.state.recurrent,
            "use_of_reserves": closed.use_of_reserves,
            "unfunded_gap": closed.unfunded_gap,
            "transfers_in": received,
            "transfers_out": paid,
            "brought_forward": self.brought[:, others],
            "lapsed": closed.lapsed[:, others],
        }
        if settled is not None:
            amounts["system_support"] = settled.received
        if nhs:
            amounts["off_plan"] = off_plan
            if settled is not None:
                amounts |= {"deficit_support": settled.support[:, nhs], "support_withheld": settled.withheld[:, nhs]}
        self.kept.money(year, amounts)

    def of_local(self, year: int, outturn: _Outturn, closed: Closed) -> dict[str, Floats]:
        """Return what only local authorities have: tax, support, balances."""
        return {
            "tax_raised": outturn.raised,
            "support_cost": self.spells.cost,  # before what is granted now adds to it
            "support_granted": self.spells.granted(closed.local),
            **self.held.of_local(year, closed),
        }

    def duties(self, year: int, outturn: _Outturn, closed: Closed, settled: Settlement | None) -> None:
        """Step 8: keep which duties were missed."""
        tests = closed.tests | self.spells.tests(self.next_budget_fails(year, outturn))
        if settled is not None and (nhs := self.kept.rows.get("deficit_support")):
            tests["support_withheld"] = settled.withheld[:, nhs] > HALF_PENNY
        self.kept.happened(year, tests, settled.missed if settled else [])

    def next_budget_fails(self, year: int, outturn: _Outturn) -> Bools:
        """Return whether next year's budget could not be set, taking its gap as this year's after recurrent savings.

        It looks at no later year, so that a shorter horizon is the beginning of a longer one.
        """
        state, rows = self.state, self.local
        means = self.held.balances.usable + self.tax.room(year)
        room = actions.savings_room(self.terms, year, state.planned, self.capacity)[:, rows]
        return council.cannot_balance((outturn.gap - outturn.recurring)[:, rows], room, means)

    def outcome(self) -> Outcome:
        """Return what was kept, with what no choice moves alongside."""
        position, rows = self.position, self.local
        answered, changed, deficit = under_rules(position, self.variants[: self.views])
        shared = {
            "funding": position.funding - position.accommodation + answered,
            "spending": position.spending + changed,
            "contingency": position.contingency,
            "funding_accommodation": answered[:, rows],
            "high_needs_deficit": deficit[:, rows],
            "financing_costs": position.financing[rows],
            "ring_fenced_reserves": position.ring_fenced[rows],
            "underlying_adjustment": self.held.adjustment[: self.views, rows, :, None],
        }
        return self.kept.outcome(position, shared)
