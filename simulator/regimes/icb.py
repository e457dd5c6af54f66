"""The rules of an integrated care board: allocations that lapse, overspends that are owed, and no reserves.

Arrays are `[variant, agency, path]` in pounds. What is not spent within the year is gone unless a carry-forward is
switched on; what is overspent is owed to NHS England and repaid out of later years' allocations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from simulator.assumptions import Assumption, Frozen
from simulator.money import HALF_PENNY, Amount, Growth
from simulator.place import Agency
from simulator.resources import Income
from simulator.years import FinancialYear

Floats = npt.NDArray[np.float64]


class Allocation(Income):
    """One allocation from NHS England: core, delegated services or running costs."""

    distance_from_target: Assumption[Growth] | None = Field(
        None, description="how far it stands above its target share in the last year entered; below nought, under it"
    )


class IcbFunding(Frozen):
    """What an ICB receives."""

    allocations: list[Allocation] = Field(min_length=1)


class Icb(Agency):
    """An integrated care board, whole: its allocations, what it spends itself and what it owes from earlier years.

    Contracts with providers are agreements, not lines.
    """

    FORBIDDEN: ClassVar[dict[str, str]] = {
        "reserves": "an ICB holds no reserves: what it does not spend lapses (NHS Act 2006 s223GC); take it out, or "
        "switch on `rules.nhs.carry_forward`",
        "debt": "an ICB cannot borrow: take it out; an overspend to repay goes under `owed`",
        "cash": "an ICB keeps no cash of its own beyond the year; take it out",
        "planned_surplus": "an ICB's surplus lapses, so planning one gains nothing; take it out",
    }

    kind: Literal["icb"]
    code: str | None = Field(None, pattern=r"^[A-Z0-9]{3,6}$", description="ODS code, in quotes")
    funding: IcbFunding
    deficit_support: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="support that NHS England has planned on condition that the plan is met"
    )
    planned_deficit: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="deficit agreed with NHS England, after its support; it is owed all the same"
    )
    owed: Assumption[Amount] | None = Field(None, description="overspend of earlier years still to be repaid")

    @property
    def incomes(self) -> Sequence[Income]:
        """Its allocations."""
        return self.funding.allocations


@dataclass(frozen=True)
class IcbTerms:
    """What the rules need, fixed before the run; `planned_deficit` and `deficit_support` are `[agency, year]`.

    `carry_forward` is the share of a surplus that is kept for the next year; `repayment_cap` is a share of funding.
    """

    owed: Floats
    planned_deficit: Floats
    deficit_support: Floats
    carry_forward: float = 0.0
    repayment_years: int = 3
    repayment_cap: float = 0.005
    tolerance: float = 0.005


class State(NamedTuple):
    """Where a year begins: what is owed, what is repaid of it a year before the cap, what was carried forward."""

    owed: Floats
    instalment: Floats
    carried: Floats


class Close(NamedTuple):
    """How a year ended; `use_of_reserves` below nought is what is carried into the next year."""

    state: State
    use_of_reserves: Floats
    lapsed: Floats
    unfunded_gap: Floats
    measures: dict[str, Floats]


def converged(distance: float, rate: float, cap_down: float, cap_up: float, growth: Floats) -> Floats:
    """Return what convergence adds to an allocation's growth in each year, as a share; below nought it takes away.

    Each year closes `rate` of the distance from target at the end of the year before, within the caps. `growth`
    `[year]` moves the allocation and its target alike, so convergence alone changes the distance.
    """
    moved = np.zeros(len(growth))
    for t, grown in enumerate(growth):
        moved[t] = np.clip(-rate * distance, -cap_down, cap_up)
        distance = (1 + distance) * (1 + grown + moved[t]) / (1 + grown) - 1
    return moved


def tariff_factor(cost_uplift: float, efficiency: float) -> float:
    """Return what unit prices are multiplied by in a year; national guidance writes the difference as shorthand."""
    return (1 + cost_uplift) * (1 - efficiency)


def system_metric(differences: Sequence[float], limits: Sequence[float]) -> float:
    """Return how a system stands to its control totals, as a share of its commissioners' resource limits.

    `differences` are actual less control total, of commissioners and providers alike: below nought is worse.
    """
    return float(np.sum(differences) / np.sum(limits))


def opening(terms: IcbTerms) -> State:
    """Return where every ICB starts, `[agency]`: what it owes is repaid in equal parts."""
    return State(terms.owed, terms.owed / terms.repayment_years, np.zeros_like(terms.owed))


def _repayment(terms: IcbTerms, state: State, funding: Floats) -> Floats:
    """Return what is repaid in a year: the instalment, never above what is owed or the cap."""
    due = np.where(state.owed - state.instalment > HALF_PENNY, state.instalment, state.owed)
    repaid: Floats = np.minimum(due, terms.repayment_cap * np.maximum(funding, 0.0))
    return repaid


def charge(terms: IcbTerms, year: int, state: State, funding: Floats) -> Floats:
    """Return what earlier years add to this year's gap: the repayment, less what was carried forward."""
    return _repayment(terms, state, funding) - state.carried


def close(terms: IcbTerms, year: int, state: State, residual: Floats, turnover: Floats) -> Close:
    """Record an overspend (`residual` above nought) as owed, or let a surplus lapse but for what may be carried.

    `turnover` is the year's funding, the same that `charge` was given, so that what was charged is what is repaid.
    After an overspend the instalment clears the whole debt over `repayment_years`, and never falls until it is clear.
    """
    overspent, surplus = np.maximum(residual, 0.0), np.maximum(-residual, 0.0)
    repaid = _repayment(terms, state, turnover)
    left = state.owed - repaid
    owed = left + overspent
    running = np.where(left > 0, state.instalment, 0.0)
    instalment = np.where(overspent > 0, np.maximum(running, owed / terms.repayment_years), running)
    carried = terms.carry_forward * surplus
    measures = {"repayment": repaid, "owed": owed}
    return Close(State(owed, instalment, carried), 0.0 - carried, surplus - carried, overspent, measures)


def duties(  # noqa: PLR0917  # every regime is asked in the same words
    terms: IcbTerms, year: int, closed: Close, residual: Floats, turnover: Floats, regime: str
) -> dict[str, Floats]:
    """Return by how many pounds each duty is missed, nought or more.

    `overspent` is the duty to spend no more than is received (NHS Act 2006 s223GC), which binds an ICB by itself in
    every regime: a planned deficit still misses it. `missed_plan` is what lies beyond that, and
    `missed_by_half_percent` what lies beyond the tolerance too.
    """
    beyond = residual - terms.planned_deficit[:, year, None]
    return {
        "overspent": np.maximum(residual, 0.0),
        "missed_plan": np.maximum(beyond, 0.0),
        "missed_by_half_percent": np.maximum(beyond - terms.tolerance * turnover, 0.0),
    }
