"""The rules of an NHS trust or foundation trust: surpluses are kept as cash, and cash below its floor is supported.

Arrays are `[variant, agency, path]` in pounds. A deficit is met from cash; where that leaves fewer days of spending
than the minimum, revenue support is drawn as public dividend capital, and its dividend is charged from the next year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen
from simulator.money import Amount, Real
from simulator.place import Agency
from simulator.resources import Income
from simulator.years import FinancialYear

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
DAYS = 365


class TrustFunding(Frozen):
    """What a trust receives beside its contracts, which are agreements: training, research, car parks."""

    income: list[Income] = Field(default_factory=list)


class Trust(Agency):
    """An NHS trust or foundation trust, whole: other income, costs and cash."""

    FORBIDDEN: ClassVar[dict[str, str]] = {
        "reserves": "a trust keeps its surpluses as cash: give `cash` and `minimum_cash_days` instead",
        "owed": "a trust's deficits are met from cash and revenue support, nothing is owed; take it out",
    }

    kind: Literal["trust"]
    code: str | None = Field(None, pattern=r"^[A-Z0-9]{3,6}$", description="ODS code, in quotes")
    foundation: bool = Field(description="true for a foundation trust, which has no statutory break-even duty")
    funding: TrustFunding = Field(default_factory=TrustFunding)
    cash: Assumption[Amount] = Field(description="cash at the end of the base year")
    minimum_cash_days: Assumption[Real] = Field(description="days of turnover below which support is drawn")
    non_cash: Assumption[Amount] | None = Field(
        None, description="depreciation and other yearly cost in the lines that takes no cash, flat in cash"
    )
    capital: Assumption[Amount] | None = Field(
        None, description="yearly cash spent on capital, less what funds it, flat in cash"
    )
    deficit_support: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="support that NHS England has planned on condition that the plan is met"
    )
    planned_deficit: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="deficit agreed with NHS England, after its support"
    )
    planned_surplus: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_plan(self) -> Self:
        if self.minimum_cash_days.used < 0:
            raise ValueError("`minimum_cash_days` is nought or more")
        both = sorted(set(self.planned_deficit) & set(self.planned_surplus))
        if both:
            raise ValueError(f"{both[0]} has a `planned_deficit` and a `planned_surplus`: take one of the two out")
        return self

    @property
    def incomes(self) -> Sequence[Income]:
        """Its income beside contracts."""
        return self.funding.income


@dataclass(frozen=True)
class TrustTerms:
    """What the rules need, fixed before the run; but for `cash` and `minimum_days` arrays are `[agency, year]`.

    `statutory` `[agency]` are NHS trusts, not foundation trusts. `planned_deficit` below nought is a planned surplus.
    `dividend` is the yearly charge on £1 of revenue support.
    """

    cash: Floats
    minimum_days: Floats
    non_cash: Floats
    capital: Floats
    planned_deficit: Floats
    deficit_support: Floats
    statutory: Bools
    dividend: float = 0.035
    tolerance: float = 0.005


class State(NamedTuple):
    """Where a year begins: cash, and revenue support drawn so far, which has no date of repayment."""

    cash: Floats
    support: Floats


class Close(NamedTuple):
    """How a year ended; `use_of_reserves` is the part of the residual met from cash, below nought added to it."""

    state: State
    use_of_reserves: Floats
    lapsed: Floats
    unfunded_gap: Floats
    measures: dict[str, Floats]


def opening(terms: TrustTerms) -> State:
    """Return where every trust starts, `[agency]`."""
    return State(terms.cash, np.zeros_like(terms.cash))


def charge(terms: TrustTerms, year: int, state: State, funding: Floats) -> Floats:
    """Return what earlier years add to this year's gap: the dividend on revenue support drawn before it."""
    charged: Floats = terms.dividend * state.support + np.zeros_like(funding)
    return charged


def close(terms: TrustTerms, year: int, state: State, residual: Floats, turnover: Floats) -> Close:
    """Meet a deficit (`residual` above nought) from cash, or keep a surplus, and draw support up to the minimum.

    The unfunded gap is the part of the deficit that cash above nought could not meet before support
    (NHS Act 2006 s42A).
    """
    flow = (terms.non_cash - terms.capital)[:, year, None]
    before = state.cash - residual + flow
    floor = terms.minimum_days[:, None] * np.maximum(turnover, 0.0) / DAYS
    drawn = np.maximum(floor - before, 0.0)
    unfunded = np.minimum(np.maximum(-before, 0.0), np.maximum(residual, 0.0))
    after = State(before + drawn, state.support + drawn)
    measures = {
        "cash": after.cash,
        "revenue_support": after.support,
        "cash_support_drawn": drawn,
        "adjusted_performance": 0.0 - residual,
    }
    return Close(after, residual - unfunded, np.zeros_like(unfunded), unfunded, measures)


def duties(  # noqa: PLR0917  # every regime is asked in the same words
    terms: TrustTerms, year: int, closed: Close, residual: Floats, turnover: Floats, regime: str
) -> dict[str, Floats]:
    """Return by how many pounds each duty is missed, nought or more.

    `break_even` binds an NHS trust by law (NHS Act 2006 sch 5; three years together is not modelled) and every trust
    under the individual regime; it and `missed_plan` bind no body alone under the system's. `missed_by_half_percent`,
    what lies beyond the tolerance, and `needs_cash_support`, what was drawn, are told in every regime.
    """
    beyond = residual - terms.planned_deficit[:, year, None]
    alone = float(regime != "system")
    bound = terms.statutory[:, None] | (regime == "individual")
    return {
        "break_even": alone * bound * np.maximum(residual, 0.0),
        "missed_plan": alone * np.maximum(beyond, 0.0),
        "missed_by_half_percent": np.maximum(beyond - terms.tolerance * turnover, 0.0),
        "needs_cash_support": closed.measures["cash_support_drawn"],
    }


class UseOfResources(NamedTuple):
    """Scores under the Single Oversight Framework of 2016 to 2019, 1 best to 4 worst."""

    capital_service: int
    liquidity: int
    margin: int
    distance: int
    agency: int
    overall: int


def use_of_resources(
    capital_service: float, liquidity_days: float, margin: float, distance: float, agency: float
) -> UseOfResources:
    """Return the five scores and the overall one: their rounded mean, but 3 at best where any of them is 4.

    `capital_service` is a ratio; `margin` is the surplus as a share of income, `distance` that less the planned
    margin, and `agency` agency spending above its cap as a share of the cap. A legacy measure, not in force.
    """
    scores = (
        1 + sum(capital_service < least for least in (2.5, 1.75, 1.25)),
        1 + (liquidity_days <= 0) + sum(liquidity_days < least for least in (-7, -14)),
        1 + (margin <= 0.01) + (margin <= 0) + (margin <= -0.01),
        1 + sum(distance < least for least in (0, -0.01, -0.02)),
        1 + sum(agency > most for most in (0, 0.25, 0.5)),
    )
    mean = round(sum(scores) / len(scores))
    return UseOfResources(*scores, overall=max(mean, 3) if max(scores) == 4 else mean)
