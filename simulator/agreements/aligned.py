"""Aligned payment and incentive: a fixed part, and a variable one that is paid at a rate about plan.

At a rate of 100% the variable part is paid for as done; at 75% a quarter of each difference stays with the payee. A
limit, as for elective work from 2025-26, is the most that the variable part can come to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption
from simulator.money import Real, Share
from simulator.transfers import Contract, Floats, Worth, part_about_plan
from simulator.years import FinancialYear

TIER = 1


class Aligned(Contract):
    """A fixed share of the planned value, and a variable part that follows activity."""

    kind: Literal["aligned"]
    fixed_share: Assumption[Share] = Field(description="share of the planned value paid whatever is done")
    rate: Assumption[Share] | None = Field(
        None, description="share of a difference in the variable part that is paid; 100% if absent"
    )
    limit: Assumption[Real] | None = Field(
        None, description="most that the variable part can come to, as a multiple of it as planned, such as 1.05"
    )

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if self.limit and not 0 < self.limit.used <= 10:
            raise ValueError(
                f"`limit` is a multiple of the variable part as planned, above 0 and at most 10; {self.limit.used:g} "
                "is not: write 1.05 for 5% above plan, or take it out for no limit"
            )
        return self


@dataclass(frozen=True)
class Terms:
    """The fixed share, the rate, and the limit as a multiple (infinite without one)."""

    fixed: float
    rate: float
    limit: float


def terms(stated: Aligned, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    rate = stated.rate.used if stated.rate else 1.0
    return Terms(stated.fixed_share.used, rate, stated.limit.used if stated.limit else np.inf)


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`."""
    variable = part_about_plan(worth, terms.rate)
    if np.isfinite(terms.limit):
        variable = np.minimum(variable, terms.limit * worth.plan)
    return terms.fixed * worth.plan + (1 - terms.fixed) * variable
