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

from benchmarks.plain_body import ACTUAL, EXPECTED, Body, price
from benchmarks.plain_world import Floats, World
from simulator.compiled import Compiled

HALF_PENNY = 0.005

Bools = npt.NDArray[np.bool_]
Kept = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Treatment:
    """Whether managers act, and what stands in place of an entered judgement or rule."""

    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True
    approved: bool = True
    capacity: float = 1.0
    rule: str | None = None


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
    """What one year hands to the next, `[path]`: reserves, savings, tax raised, support's cost, spells of need."""

    general: Floats
    earmarked: Floats
    reallocatable: Floats
    planned: Floats
    recurrent: Floats
    tax: Floats
    repaid: Floats
    in_need: Bools
    late: Bools
    exhausted: Bools


class Council:
    """One council: its money before any choice, and the luck of its managers."""

    def __init__(self, world: World, a: int) -> None:
        self.terms, self.world, self.a = world.terms.council, world, a
        self.bodies: dict[str | None, Body] = {None: price(world, a)}
        self.name = world.terms.agency_ids[a]
        self.rates = self.delivery()
        self.support = world.luck.uniforms(f"support_late/{self.name}", world.years)

    def delivery(self) -> list[Floats]:
        """Return the share delivered of green, amber, red and new savings: beta quantiles, read off straight lines."""
        terms, luck, years = self.world.terms.delivery, self.world.luck, self.world.years
        if terms is None:
            return [self.world.nought() + 1] * 4
        own = luck.normals(f"savings/{self.name}/year", years)
        system = luck.normals("factor/fiscal/shock", years)
        yearly = sqrt(1 - terms.system_share) * own + sqrt(terms.system_share) * system
        lasting = luck.normals(f"savings/{self.name}/organisation", 1)
        score = sqrt(terms.organisation_weight) * lasting + sqrt(1 - terms.organisation_weight) * yearly
        grid, rates = np.arange(-2_400, 2_401) / 400, []
        for mean in terms.means[self.a]:
            if terms.sd == 0 or mean in (0, 1):
                rates.append(np.full_like(score, mean))
                continue
            size = mean * (1 - mean) / terms.sd**2 - 1
            quantiles: Floats = betaincinv(mean * size, (1 - mean) * size, ndtr(grid))
            rates.append(np.interp(score, grid, quantiles))
        return rates

    def roll_forward(self, treatment: Treatment) -> Kept:
        """Roll forward under one treatment: from what was entered, less what no line explains or will not recur."""
        terms, a, nought = self.terms, self.a, np.zeros(self.world.paths)
        if treatment.rule not in self.bodies:
            self.bodies[treatment.rule] = price(self.world, a, treatment.rule)
        body = self.body = self.bodies[treatment.rule]
        recurs = terms.recurs[a] if treatment.recurs is None else treatment.recurs
        usable = terms.usable_share[a] if treatment.usable_share is None else treatment.usable_share
        adjustment = (0.0 if recurs else terms.added[a]) - terms.unexplained[a]
        answered = body.accommodation if treatment.accommodated else self.world.nought()
        free = terms.earmarked[a] - terms.bound[a]
        most = min(terms.earmarked[a] * usable, free)
        spare = min(terms.earmarked[a] * min(terms.reallocatable_share[a], 1 - usable), free - most)
        pots = nought + terms.gf_unallocated[a], nought + most, nought + spare
        state = State(*pots, *(nought,) * 4, in_need=nought > 0, late=nought > 0, exhausted=nought > 0)
        before = body.spending - (body.funding - body.accommodation + answered) + adjustment
        years = [self.one_year(state, before[:, t], treatment, t) for t in range(self.world.years)]
        kept = {name: np.array([year[name] for year in years]) for name in years[0]}
        kept["earmarked_reserves"] += (terms.earmarked[a] - most - spare - terms.paid_out[a])[:, None]
        return kept | {
            "spending": body.spending[ACTUAL],
            "funding": body.funding[ACTUAL] - body.accommodation + answered,
            "funding_accommodation": answered,
            "underlying_adjustment": self.world.nought() + adjustment,
            "contingency": self.world.nought() + self.world.terms.funding[a].contingency[:, None],
            "high_needs_deficit": body.deficit,
            "financing_costs": body.financing,
            "ring_fenced_reserves": body.kept,
            "transfers_in": self.world.nought(),
            "transfers_out": body.parishes,
        }

    def one_year(self, state: State, before: Floats, treatment: Treatment, t: int) -> Kept:
        """Plan tax and savings on the gap expected, meet the gap that came, stop spending, use reserves, test."""
        terms, net, minimum = self.terms, self.terms.net_budget[self.a, t], self.terms.minimum[self.a, t]
        plans, controls = (treatment.acts and flags[t] for flags in (terms.plans, terms.controls))
        approved = terms.approved[:, self.a, t] * treatment.approved
        lasting = terms.approved_lasting[:, self.a, t] * treatment.approved
        state.planned = state.planned + approved.sum()
        owed = state.repaid
        plain = self.body.tax[t]
        expected = before[EXPECTED] + owed - plain * state.tax - state.recurrent - approved.sum()
        rebuild, new = self.set_budget(state, expected, treatment, t)
        gap = before[ACTUAL] + owed - plain * state.tax - state.recurrent
        delivered = sum((s * rate[t] for s, rate in zip(approved, self.rates[:3], strict=True)), new * self.rates[3][t])
        recurring = terms.recurrent * new * self.rates[3][t]
        recurring = sum((s * rate[t] for s, rate in zip(lasting, self.rates[:3], strict=True)), recurring)
        cover = terms.covered_once * (approved.sum() + new - delivered) * plans
        short = gap - delivered - cover - self.world.terms.funding[self.a].contingency[t]
        brake = np.minimum(terms.brake_share * np.maximum(short, 0), terms.brake_cap * net) * controls
        year = close(state, short - brake, minimum, terms.surplus_banked if controls else 1.0, rebuild)
        state.recurrent = state.recurrent + recurring
        means = state.general + state.earmarked + self.unused(state, t) * plain
        stuck = gap - recurring > self.room(state, treatment, t) + means + HALF_PENNY
        happened = outcomes(state, year, minimum, stuck, self.support[t] < terms.support_late)
        granted = np.where(state.in_need & ~state.late, year["unfunded_gap"] - year["reallocated"], 0)
        granted = granted * (treatment.acts and terms.support_charge > 0)
        state.repaid = owed + terms.support_charge * granted
        money = {
            "gap": gap,
            "tax_raised": plain * state.tax,
            "savings_planned": approved.sum() + new,
            "savings_delivered": delivered,
            "in_year_controls": cover + brake,
            "recurrent_savings": state.recurrent,
            "support_granted": granted,
            "support_cost": owed,
            "gf_unallocated": state.general,
            "earmarked_reserves": state.earmarked + state.reallocatable,
            "usable_reserves": state.general + state.earmarked,
        }
        return year | happened | money

    def set_budget(self, state: State, expected: Floats, treatment: Treatment, t: int) -> tuple[Floats, Floats]:
        """Raise tax and plan savings for the gap expected and to rebuild reserves; return what rebuilds and savings."""
        terms, plain, plans = self.terms, self.body.tax[t], treatment.acts and self.terms.plans[t]
        lacking = np.maximum(terms.rebuild_to * terms.minimum[self.a, t] - state.general - state.earmarked, 0)
        rebuild = lacking / terms.rebuild_years if plans and terms.rebuild_years else 0 * lacking
        wanted = np.maximum(expected + rebuild, 0) * plans
        raised = np.minimum(wanted, terms.tax_to_limit * self.unused(state, t) * plain)
        new = np.minimum(wanted - raised, self.room(state, treatment, t))
        state.tax, state.planned = state.tax + raised / np.where(plain > 0, plain, 1), state.planned + new
        return rebuild, new

    def unused(self, state: State, t: int) -> Floats:
        """Return how much more of the planned requirement could lawfully be raised on Band D as it stands.

        The limit in cash is a smaller share of a Band D that was raised before.
        """
        tax, level = self.world.terms.funding[self.a].tax, 1 + state.tax
        highest = np.maximum(level * (1 + tax.lawful[0, t]), level + tax.lawful[1, t])
        more: Floats = np.maximum(highest / (1 + tax.increase[t]) - level, 0)
        return more

    def room(self, state: State, treatment: Treatment, t: int) -> Floats:
        """Return how much more can be planned: the year's capacity less what is approved, within what is left."""
        terms, net = self.terms, self.terms.net_budget[self.a, t] * treatment.capacity
        yearly = terms.yearly_capacity * net - terms.approved[:, self.a, t].sum()
        room: Floats = np.minimum(yearly, terms.total_capacity * net - state.planned)
        return np.maximum(room, 0)


def close(state: State, residual: Floats, minimum: float, banked_share: float, rebuild: Floats) -> Kept:
    """Meet a shortfall from reserves in order, or bank a surplus; then earmarked keeps the general fund's minimum.

    Of a surplus what was to rebuild reserves is banked whole, and a share of the rest.
    """
    need, surplus = np.maximum(residual, 0), np.maximum(-residual, 0)
    banked = surplus - (1 - banked_share) * np.maximum(surplus - rebuild, 0)
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
        "surplus_spent": surplus - banked,
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
