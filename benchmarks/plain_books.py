"""What bodies hold and how their years close, written plainly: for `plain_double`, `[path]` in pounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.plain_world import Floats, World
from simulator.compiled import Compiled

HALF_PENNY = 0.005

Bools = npt.NDArray[np.bool_]
Kept = dict[str, npt.NDArray[Any]]


class Local:
    """A council, police, fire or combined authority: reserves in order, spells of need, support as debt."""

    def __init__(self, world: World, a: int, treatment: Any) -> None:
        self.terms, self.a, self.treatment = world.terms.council, a, treatment
        terms, nought = self.terms, np.zeros(world.paths)
        usable = terms.usable_share[a] if treatment.usable_share is None else treatment.usable_share
        free = terms.earmarked[a] - terms.bound[a]
        most = min(terms.earmarked[a] * usable, free)
        spare = min(terms.earmarked[a] * min(terms.reallocatable_share[a], 1 - usable), free - most)
        self.general, self.earmarked = nought + terms.gf_unallocated[a], nought + most
        self.reallocatable, self.bound = nought + spare, terms.earmarked[a] - most - spare
        recurs = terms.recurs[a] if treatment.recurs is None else treatment.recurs
        self.adjustment = (0.0 if recurs else terms.added[a]) - terms.unexplained[a]
        self.support = world.luck.uniforms(f"support_late/{world.terms.agency_ids[a]}", world.years)
        self.repaid, self.in_need, self.late, self.exhausted = nought, nought > 0, nought > 0, nought > 0

    @property
    def usable(self) -> Floats:
        """Return what can meet any shortfall."""
        both: Floats = self.general + self.earmarked
        return both

    def charge(self, t: int, funding: Floats) -> Floats:
        """Return what earlier years add to this one's gap: the cost of support."""
        return self.repaid

    def close(self, t: int, residual: Floats, rebuild: Floats, controls: bool, size: Floats) -> Kept:
        """Meet a shortfall from reserves in order, or bank a surplus; earmarked then keeps the fund's minimum.

        Of a surplus what was to rebuild reserves is banked whole, and a share of the rest.
        """
        need, surplus = np.maximum(residual, 0), np.maximum(-residual, 0)
        share = float(self.terms.surplus_banked[self.a, 0]) if controls else 1.0
        banked, start = surplus - (1 - share) * np.maximum(surplus - rebuild, 0), self.usable
        taken = np.minimum(need, self.earmarked)
        self.earmarked, left = self.earmarked - taken, need - taken
        taken = np.minimum(left, self.general)
        self.general, unfunded = self.general - taken, left - taken
        reallocated = np.minimum(unfunded, self.reallocatable)
        self.reallocatable = self.reallocatable - reallocated
        self.earmarked, minimum = self.earmarked + banked, self.terms.minimum[self.a, t]
        moved = np.minimum(self.earmarked, np.maximum(minimum - self.general, 0))
        self.general, self.earmarked = self.general + moved, self.earmarked - moved
        used = start - self.usable
        return {
            "use_of_reserves": used,
            "surplus_spent": surplus - banked,
            "unfunded_gap": unfunded,
            "reallocated": reallocated,
            "gf_unallocated": self.general,
            "earmarked_reserves": self.earmarked + self.reallocatable + self.bound - self.terms.paid_out[self.a, t],
            "usable_reserves": self.usable,
        }

    def tests(self, t: int, year: Kept, stuck: Bools) -> Kept:
        """Return what happened, and grant support; whether it comes late is drawn when a spell of need begins."""
        unfunded = year["unfunded_gap"] > HALF_PENNY
        short = year["unfunded_gap"] - year["reallocated"]
        need = short > HALF_PENNY
        self.late = need & np.where(self.in_need, self.late, self.support[t] < self.terms.support_late)
        self.in_need = need
        self.exhausted = unfunded | (self.exhausted & (self.usable <= HALF_PENNY))
        granted = np.where(need & ~self.late, short, 0) * (self.treatment.acts and self.terms.support_charge > 0)
        owed = self.repaid
        self.repaid = owed + self.terms.support_charge * granted
        return {
            "support_granted": granted,
            "support_cost": owed,
            "reserves_below_minimum": self.terms.minimum[self.a, t] - self.general > HALF_PENNY,
            "usable_reserves_exhausted": self.exhausted,
            "any_unfunded_gap": unfunded,
            "needs_support": need,
            "s114_proxy": need & stuck & self.late,
            "s114_if_support_always_late": need & stuck,
            "duty_breached": unfunded,
        }


class Other:
    """A body that holds no reserves of a council's kind."""

    adjustment = 0.0

    def __init__(self, world: World, a: int, first: int) -> None:
        self.all, self.a, self.i, self.nought = world.terms, a, a - first, np.zeros(world.paths)
        self.targets = world.terms.agreed.targets[a]
        self.failed: Bools | None = None
        self.usable = self.nought

    def alone(self, t: int) -> bool:
        """Return whether its plan binds it by itself: not where a system's total stands in its place."""
        return self.all.nhs_regime[t] != "system" or not self.all.agreed.in_system[self.a]

    def off_plan(self, t: int, residual: Floats, size: Floats, tolerance: float) -> Kept:
        """Return how far it is off plan, and whether by more than the tolerance."""
        off = residual + self.targets[t]
        return {"off_plan": off, "missed_by_half_percent": off - tolerance * size > HALF_PENNY}


class Icb(Other):
    """An ICB: a surplus is gone but for what may be carried, an overspend is owed and repaid in equal parts."""

    def __init__(self, world: World, a: int, first: int) -> None:
        super().__init__(world, a, first)
        assert world.terms.icb is not None
        self.terms = world.terms.icb
        self.owed = self.nought + self.terms.owed[self.i]
        self.part, self.carried = self.owed / self.terms.repayment_years, self.nought

    def charge(self, t: int, funding: Floats) -> Floats:
        """Return the repayment, within the cap, less what was carried forward."""
        self.size = funding
        due = np.where(self.owed - self.part > HALF_PENNY, self.part, self.owed)
        self.repaid: Floats = np.minimum(due, self.terms.repayment_cap * np.maximum(funding, 0))
        charged: Floats = self.repaid - self.carried
        return charged

    def close(self, t: int, residual: Floats, rebuild: Floats, controls: bool, size: Floats) -> Kept:
        """Owe what is overspent: the whole debt over the years, never in smaller parts than before."""
        over, under, left = np.maximum(residual, 0), np.maximum(-residual, 0), self.owed - self.repaid
        self.owed, self.carried = left + over, self.terms.carry_forward * under
        part = np.where(left > 0, self.part, 0)
        self.part = np.where(over > 0, np.maximum(part, self.owed / self.terms.repayment_years), part)
        money = {"use_of_reserves": -self.carried, "lapsed": under - self.carried, "unfunded_gap": over}
        money |= {"repayment": self.repaid, "owed": self.owed, "any_unfunded_gap": over > HALF_PENNY}
        missed = residual + self.targets[t] > HALF_PENNY
        money |= {"missed_break_even": over > HALF_PENNY, "missed_plan": missed, "duty_breached": missed}
        return money | self.off_plan(t, residual, self.size, self.terms.tolerance)


class Trust(Other):
    """A trust: cash, and support drawn up to the minimum, whose dividend is charged from the next year."""

    def __init__(self, world: World, a: int, first: int) -> None:
        super().__init__(world, a, first)
        assert world.terms.trust is not None
        self.terms = world.terms.trust
        self.cash, self.support = self.nought + self.terms.cash[self.i], self.nought

    def charge(self, t: int, funding: Floats) -> Floats:
        """Return the dividend on support drawn before."""
        charged: Floats = self.terms.dividend * self.support
        return charged

    def close(self, t: int, residual: Floats, rebuild: Floats, controls: bool, size: Floats) -> Kept:
        """Take a deficit from cash, or add a surplus to it, with what depreciation and capital do."""
        before = self.cash - residual + self.terms.non_cash[self.i, t] - self.terms.capital[self.i, t]
        least = self.terms.minimum_days[self.i] * np.maximum(size, 0) / 365
        drawn = np.where(before < least, least - before, 0)
        unmet = np.where((before < 0) & (residual > 0), np.minimum(-before, residual), 0)
        self.cash, self.support = before + drawn, self.support + drawn
        money = {"use_of_reserves": residual - unmet, "lapsed": 0 * unmet, "unfunded_gap": unmet, "cash": self.cash}
        money |= {"revenue_support": self.support, "cash_support_drawn": drawn, "adjusted_performance": -residual}
        money |= {"needs_cash_support": drawn > HALF_PENNY, "any_unfunded_gap": unmet > HALF_PENNY}
        alone, regime = self.alone(t), self.all.nhs_regime[t]
        bound = alone and (bool(self.terms.statutory[self.i]) or regime != "organisation")
        missed = alone & (residual + self.targets[t] > HALF_PENNY)
        money |= {"missed_break_even": bound & (residual > HALF_PENNY), "missed_plan": missed, "duty_breached": missed}
        return money | self.off_plan(t, residual, size, self.terms.tolerance)


class Charity(Other):
    """A charity: free reserves, and an end when they are gone; what reaches it later is nobody's."""

    def __init__(self, world: World, a: int, first: int) -> None:
        super().__init__(world, a, first)
        assert world.terms.charity is not None
        self.terms = world.terms.charity
        self.free = self.nought + self.terms.free_reserves[self.i]
        self.failed = self.nought > 0

    def charge(self, t: int, funding: Floats) -> Floats:
        """Return nothing: no year leaves anything to the next but reserves."""
        return self.nought

    def close(self, t: int, residual: Floats, rebuild: Floats, controls: bool, size: Floats) -> Kept:
        """Take a shortfall from free reserves; below nought it fails."""
        assert self.failed is not None
        lapsed = np.where(self.failed, np.maximum(-residual, 0), 0)
        after = self.free - residual - lapsed
        unmet, start, self.free = np.maximum(-after, 0), self.free, np.maximum(after, 0)
        self.failed = self.failed | (bool(self.terms.fails[self.i]) & (unmet > HALF_PENNY))
        monthly = np.maximum(size, 0) / 12
        return {
            "use_of_reserves": start - self.free,
            "lapsed": lapsed,
            "unfunded_gap": unmet,
            "free_reserves": self.free,
            "reserve_months": np.divide(self.free, monthly, out=0 * monthly, where=monthly > 0),
            "failed": self.failed.astype(np.float64),
            "any_unfunded_gap": unmet > HALF_PENNY,
            "insolvent": unmet > HALF_PENNY,
            "duty_breached": unmet > HALF_PENNY,
            "reserves_below_floor": self.terms.minimum_months[self.i] * monthly - self.free > HALF_PENNY,
        }


def books(world: World, a: int, treatment: Any) -> Any:
    """Return the books of a body by its regime."""
    terms: Compiled = world.terms
    regime = next(name for name, rows in terms.slices.items() if rows.start <= a < rows.stop)
    if regime == "local_authority":
        return Local(world, a, treatment)
    return {"icb": Icb, "trust": Trust, "vcse": Charity}[regime](world, a, terms.slices[regime].start)
