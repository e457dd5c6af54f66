"""The year, in eight named steps; a place rolled forward over its horizon on one block of paths.

State (balances, recurrent savings, spells of need) is made and written only here, and dies with the
block. Step functions read it and return amounts `[variant, agency, path]` in pounds.
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

MEASURES = (
    "funding", "spending", "underlying_adjustment", "gap", "savings_delivered", "in_year_controls", "surplus_spent",
    "recurrent_savings", "use_of_reserves", "unfunded_gap", "reallocated", "gf_unallocated", "earmarked_reserves",
    "usable_reserves", "funding_accommodation", "high_needs_deficit", "transfers_in", "transfers_out",
)  # fmt: skip
CORE = ("gap", "usable_reserves", "unfunded_gap")
OUTCOMES = (
    "reserves_below_minimum", "usable_reserves_exhausted", "unfunded_gap", "needs_support", "s114_proxy",
    "s114_if_support_always_late", "duty_breached",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One treatment of the same paths: whether managers act, and what stands in place of an entered judgement."""

    name: str
    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True


VIEWS = (Variant("before_action", acts=False), Variant("after_action", acts=True))


@dataclass(frozen=True)
class Outcome:
    """What was kept: outcomes for every variant and measures for the views, `[variant, agency, year, path]`.

    Pair sums are `[pair, year, block]`, a block at a time, so that they never depend on how blocks were grouped.
    """

    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    pair_sums: Floats


@dataclass
class _State:
    """What one year hands to the next, `[variant, agency, path]`."""

    balances: council.Balances
    recurrent: Floats
    planned: Floats
    late: Bools
    in_need: Bools
    exhausted: Bools


class _Outturn(NamedTuple):
    """What a year brought before reserves: the gap, savings delivered, one-off cover and what is short."""

    gap: Floats
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
        closed = place.close(year, outturn, stopped)
        short = place.duties(year, closed)
        place.carry_forward(year, planned, outturn, closed)
        place.keep(year, outturn, stopped, closed)
        place.keep_tests(year, short, outturn)
        place.measures["transfers_out"][:, :, year] = paid
    return place.outcome()


class _Place:
    """One place on one block of paths: its position, its luck, its state and what is kept of it."""

    def __init__(self, compiled: Compiled, block: DriverBlock, variants: tuple[Variant, ...], views: int) -> None:
        self.compiled, self.terms, self.position = compiled, compiled.council, price(compiled, block)
        shape = (len(variants), len(compiled.agency_ids), block.draws.paths)
        self.acting = np.array([variant.acts for variant in variants])[:, None, None]
        self.delivery, self.support = _responses(compiled, block)
        starts = [council.opening(self.terms, variant.recurs, variant.usable_share) for variant in variants]
        self.adjustment = np.array([start.adjustment for start in starts])[:, :, None]
        answered = np.array([variant.accommodated for variant in variants])[:, None, None]
        self.unanswered = np.where(answered, 0.0, 1.0)
        self.committed = np.array([start.committed for start in starts])[:, :, None]
        pots = (np.array(pot)[:, :, None] for pot in zip(*(start.balances for start in starts), strict=True))
        balances = council.Balances(*(np.broadcast_to(pot, shape).copy() for pot in pots))
        never = np.zeros(shape, dtype=bool)
        self.state = _State(balances, np.zeros(shape), np.zeros(shape), never, never, never)
        kept = (*shape[:2], compiled.horizon, shape[2])
        self.views = views
        self.measures = {name: np.zeros((views, *kept[1:])) for name in MEASURES}
        self.tests = {name: np.zeros(kept, dtype=bool) for name in OUTCOMES}

    def settlement(self, year: int) -> Floats:
        """Step 1: return the gap expected when the budget is set, after savings already made."""
        withheld = self.unanswered * self.position.accommodation[:, year]
        expected: Floats = self.position.expected_gap[:, year] + withheld + self.adjustment - self.state.recurrent
        return expected

    def set_budget(self, year: int, expected: Floats) -> Floats:
        """Step 2: plan new savings to close the gap expected; tax is at its rule already."""
        return council.budget(self.terms, year, expected, self.state.planned, self.acting)

    def in_year(self, year: int, planned: Floats) -> _Outturn:
        """Step 3: meet what prices, demand, funding and delivery turned out to be."""
        position, rate = self.position, self.delivery[:, year]
        funding = position.funding[:, year] - self.unanswered * position.accommodation[:, year]
        gap = position.spending[:, year] - funding + self.adjustment - self.state.recurrent
        delivered = planned * rate
        cover = self.terms.covered_once * (planned - delivered)
        recurring = self.terms.recurrent * delivered
        return _Outturn(gap, delivered, recurring, cover, gap - delivered - cover)

    def contracts(self, year: int) -> Floats:
        """Step 4: pay what passes through to others; so far the parishes' precepts."""
        return self.position.parishes[:, year]

    def mitigation(self, year: int, outturn: _Outturn) -> Floats:
        """Step 5: stop spending in the year."""
        return council.respond(self.terms, year, outturn.shortfall, self.acting)

    def close(self, year: int, outturn: _Outturn, stopped: Floats) -> council.Close:
        """Step 6: draw the rest from reserves, or bank a surplus."""
        closed = council.close(self.terms, year, self.state.balances, outturn.shortfall - stopped, self.acting)
        self.state.balances = closed.balances
        return closed

    def duties(self, year: int, closed: council.Close) -> dict[str, Bools]:
        """Step 7: test each duty on its unmet need above half a penny."""
        missed = council.duties(self.terms, year, closed)
        return {name: pounds > HALF_PENNY for name, pounds in missed.items()}

    def carry_forward(self, year: int, planned: Floats, outturn: _Outturn, closed: council.Close) -> None:
        """Step 8: roll recurrent savings, spells of need and empty reserves into next year.

        Whether support comes late is one draw a spell, made when the spell begins.
        """
        state = self.state
        state.planned = state.planned + planned
        state.recurrent = state.recurrent + outturn.recurring
        need = closed.unfunded_gap - closed.reallocated > HALF_PENNY
        starts = need & ~state.in_need
        late = self.support[:, year] < self.terms.support_late
        state.late = np.where(starts, late, state.late) & need
        state.in_need = need
        usable = closed.balances.gf_unallocated + closed.balances.usable_earmarked
        state.exhausted = (closed.unfunded_gap > HALF_PENNY) | (state.exhausted & (usable <= HALF_PENNY))

    def keep(self, year: int, outturn: _Outturn, stopped: Floats, closed: council.Close) -> None:
        """Keep the year's money."""
        balances = closed.balances
        usable = balances.gf_unallocated + balances.usable_earmarked
        kept = {
            "gap": outturn.gap,
            "savings_delivered": outturn.delivered,
            "in_year_controls": outturn.cover + stopped,
            "surplus_spent": closed.surplus_spent,
            "use_of_reserves": closed.use_of_reserves,
            "unfunded_gap": closed.unfunded_gap,
            "reallocated": closed.reallocated,
            "gf_unallocated": balances.gf_unallocated,
            "usable_reserves": usable,
            "earmarked_reserves": balances.usable_earmarked + balances.reallocatable + self.committed,
            "recurrent_savings": self.state.recurrent,
        }
        for name, amount in kept.items():
            self.measures[name][:, :, year] = amount[: self.views]

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
        state, held = self.state, self.state.balances
        means = held.gf_unallocated + held.usable_earmarked + self.position.unused_tax[:, year]
        return council.cannot_balance(self.terms, year, outturn.gap - outturn.recurring, state.planned, means)

    def outcome(self) -> Outcome:
        """Return what was kept, with what no choice moves alongside."""
        position = self.position
        withheld = self.unanswered[: self.views, :, :, None] * position.accommodation
        shared = {
            "funding": position.funding - withheld,
            "spending": position.spending,
            "funding_accommodation": position.accommodation - withheld,
            "high_needs_deficit": position.high_needs_deficit,
            "underlying_adjustment": self.adjustment[: self.views, :, None],
        }
        for name, amount in shared.items():
            self.measures[name][:] = amount
        width = min(BLOCK, position.pairs[0].actual.shape[1])
        sums = np.stack([pair.actual.reshape(len(pair.actual), -1, width).sum(axis=2) for pair in position.pairs])
        return Outcome(self.measures, self.tests, sums)


def _responses(compiled: Compiled, block: DriverBlock) -> tuple[Floats, Floats]:
    """Return the share of savings delivered and the luck of late support, `[agency, year, path]`."""
    years, draws = compiled.horizon, block.draws
    support = np.stack([draws.uniforms(f"support_late/{agency}", years) for agency in compiled.agency_ids])
    if compiled.delivery is None:
        return np.ones_like(support), support
    rates = [savings.delivery(compiled.delivery, draws, agency, years) for agency in compiled.agency_ids]
    return np.stack(rates), support
