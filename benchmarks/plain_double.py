"""The rules of the engine once more, written plainly: the oracle of a test and the rival of a benchmark.

It shares no code with `simulator` and reads the compiled terms only. One line and one year at a time,
every array over all paths, each line priced on its own, each treatment rolled forward on its own, and
everything kept. Money is in pounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr

from benchmarks.plain_body import ACTUAL, EXPECTED, price
from benchmarks.plain_world import Floats, World
from simulator.compiled import Compiled

HALF_PENNY = 0.005

Bools = npt.NDArray[np.bool_]
Kept = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Treatment:
    """Whether managers act, and what stands in place of an entered judgement."""

    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True


VIEWS = (Treatment(acts=False), Treatment(acts=True))


def project(terms: Compiled, seed: int, paths: int, treatments: tuple[Treatment, ...] = VIEWS) -> Kept:
    """Return every measure in pounds and every outcome as yes or no, `[treatment, agency, year, path]`."""
    world = World(terms, seed, paths)
    councils = [Council(world, a) for a in range(len(terms.agency_ids))]
    rolled = [[council.roll_forward(treatment) for council in councils] for treatment in treatments]
    names = list(rolled[0][0])
    return {name: np.array([[kept.pop(name) for kept in row] for row in rolled]) for name in names}


@dataclass
class State:
    """What one year hands to the next, `[path]`: reserves, savings planned and kept, spells of need."""

    general: Floats
    earmarked: Floats
    reallocatable: Floats
    planned: Floats
    recurrent: Floats
    in_need: Bools
    late: Bools
    exhausted: Bools


class Council:
    """One council: its money before any choice, and the luck of its managers."""

    def __init__(self, world: World, a: int) -> None:
        self.terms, self.world, self.a, self.body = world.terms.council, world, a, price(world, a)
        self.name = world.terms.agency_ids[a]
        self.rates = self.delivery()
        self.support = world.luck.uniforms(f"support_late/{self.name}", world.years)

    def delivery(self) -> Floats:
        """Return the share of savings delivered: PERT quantiles, read off straight lines 1/400 apart."""
        terms, luck, years = self.world.terms.delivery, self.world.luck, self.world.years
        if terms is None:
            return self.world.nought() + 1
        own = luck.normals(f"savings/{self.name}/year", years)
        system = luck.normals("factor/fiscal/shock", years)
        yearly = sqrt(1 - terms.system_share) * own + sqrt(terms.system_share) * system
        lasting = luck.normals(f"savings/{self.name}/organisation", 1)
        score = sqrt(terms.organisation_weight) * lasting + sqrt(1 - terms.organisation_weight) * yearly
        width = terms.high - terms.low
        if width == 0:
            return np.full_like(score, terms.low)
        grid = np.arange(-2_400, 2_401) / 400
        rise, fall = (4 * part / width for part in (terms.mode - terms.low, terms.high - terms.mode))
        quantiles: Floats = terms.low + width * betaincinv(1 + rise, 1 + fall, ndtr(grid))
        return np.interp(score, grid, quantiles)

    def roll_forward(self, treatment: Treatment) -> Kept:
        """Roll forward under one treatment: from what was entered, less what no line explains or will not recur."""
        terms, body, a, nought = self.terms, self.body, self.a, np.zeros(self.world.paths)
        recurs = terms.recurs[a] if treatment.recurs is None else treatment.recurs
        usable = terms.usable_share[a] if treatment.usable_share is None else treatment.usable_share
        spare = min(terms.reallocatable_share[a], 1 - usable)
        adjustment = (0.0 if recurs else terms.added[a]) - terms.unexplained[a]
        answered = body.accommodation if treatment.accommodated else self.world.nought()
        general, earmarked = nought + terms.gf_unallocated[a], nought + terms.earmarked[a]
        pots = general, earmarked * usable, earmarked * spare
        state = State(*pots, nought, nought, in_need=nought > 0, late=nought > 0, exhausted=nought > 0)
        before = body.spending - (body.funding - body.accommodation + answered) + adjustment
        years = [self.one_year(state, before[:, t], treatment.acts, t) for t in range(self.world.years)]
        kept = {name: np.array([year[name] for year in years]) for name in years[0]}
        kept["earmarked_reserves"] += terms.earmarked[a] * (1 - usable - spare)
        return kept | {
            "spending": body.spending[ACTUAL],
            "funding": body.funding[ACTUAL] - body.accommodation + answered,
            "funding_accommodation": answered,
            "underlying_adjustment": self.world.nought() + adjustment,
            "high_needs_deficit": body.deficit,
            "transfers_in": self.world.nought(),
            "transfers_out": body.parishes,
        }

    def one_year(self, state: State, before: Floats, acts: bool, t: int) -> Kept:
        """Plan savings on the gap expected, meet the gap that came, stop spending, use reserves, test."""
        terms, net, minimum = self.terms, self.terms.net_budget[self.a, t], self.terms.minimum[self.a, t]
        gap, expected = before[ACTUAL] - state.recurrent, before[EXPECTED] - state.recurrent
        controls = acts and terms.controls[t]
        plan = np.minimum(np.maximum(expected, 0), self.room(state, t)) * (acts and terms.plans[t])
        delivered = plan * self.rates[t]
        recurring, cover = terms.recurrent * delivered, terms.covered_once * (plan - delivered)
        short = gap - delivered - cover
        brake = np.minimum(terms.brake_share * np.maximum(short, 0), terms.brake_cap * net) * controls
        year = close(state, short - brake, minimum, terms.surplus_banked if controls else 1.0)
        state.planned, state.recurrent = state.planned + plan, state.recurrent + recurring
        means = state.general + state.earmarked + self.body.unused_tax[t]
        stuck = gap - recurring > self.room(state, t) + means + HALF_PENNY
        happened = outcomes(state, year, minimum, stuck, self.support[t] < terms.support_late)
        money = {
            "gap": gap,
            "savings_delivered": delivered,
            "in_year_controls": cover + brake,
            "recurrent_savings": state.recurrent,
            "gf_unallocated": state.general,
            "earmarked_reserves": state.earmarked + state.reallocatable,
            "usable_reserves": state.general + state.earmarked,
        }
        return year | happened | money

    def room(self, state: State, t: int) -> Floats:
        """Return how much more can be planned: the year's capacity, within what is left of the total."""
        terms, net = self.terms, self.terms.net_budget[self.a, t]
        room: Floats = np.minimum(terms.yearly_capacity * net, terms.total_capacity * net - state.planned)
        return np.maximum(room, 0)


def close(state: State, residual: Floats, minimum: float, banked_share: float) -> Kept:
    """Meet a shortfall from reserves in order, or bank a surplus; then earmarked keeps the general fund's minimum."""
    need, banked = np.maximum(residual, 0), banked_share * np.maximum(-residual, 0)
    start = state.general + state.earmarked
    taken = np.minimum(need, state.earmarked)
    state.earmarked, left = state.earmarked - taken, need - taken
    taken = np.minimum(left, state.general)
    state.general, unfunded = state.general - taken, left - taken
    reallocated = np.minimum(unfunded, state.reallocatable)
    state.reallocatable = state.reallocatable - reallocated
    state.earmarked = state.earmarked + banked
    moved = np.minimum(state.earmarked, np.maximum(minimum - state.general, 0))
    state.general, state.earmarked = state.general + moved, state.earmarked - moved
    return {
        "use_of_reserves": start - state.general - state.earmarked,
        "surplus_spent": np.maximum(-residual, 0) - banked,
        "unfunded_gap": unfunded,
        "reallocated": reallocated,
    }


def outcomes(state: State, year: Kept, minimum: float, stuck: Bools, late: Bools) -> Kept:
    """Return what happened; whether support comes late is drawn when a spell of need begins."""
    unfunded = year["unfunded_gap"] > HALF_PENNY
    need = year["unfunded_gap"] - year["reallocated"] > HALF_PENNY
    state.late = need & np.where(state.in_need, state.late, late)
    state.in_need = need
    state.exhausted = unfunded | (state.exhausted & (state.general + state.earmarked <= HALF_PENNY))
    return {
        "reserves_below_minimum": minimum - state.general > HALF_PENNY,
        "usable_reserves_exhausted": state.exhausted,
        "any_unfunded_gap": unfunded,
        "needs_support": need,
        "s114_proxy": need & stuck & state.late,
        "s114_if_support_always_late": need & stuck,
        "duty_breached": unfunded,
    }
