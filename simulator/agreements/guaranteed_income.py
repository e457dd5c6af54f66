"""Guaranteed income: one sum whatever is done, changed only by services moved in or out at what they cost.

Activity is still priced; what it would have been worth is the shadow value, which the caller reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption
from simulator.money import Amount
from simulator.transfers import Contract, Floats, Worth, by_year
from simulator.years import FinancialYear

TIER = 1


class GuaranteedIncome(Contract):
    """The planned value, with services moved in or out at cost, for good from the year stated and flat in cash."""

    kind: Literal["guaranteed_income"]
    moved_in: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="yearly cost of services taken on, from the year in which they begin"
    )
    moved_out: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="yearly cost of services given up, from the year in which they end"
    )

    @model_validator(mode="after")
    def _after_the_first(self) -> Self:
        first = min(self.amounts)
        if early := [year for year in (*self.moved_in, *self.moved_out) if year <= first]:
            raise ValueError(
                f"the value of {first} already holds what moved by then; {min(early)} is not after it: take that year"
                f" out of `moved_in` and `moved_out`, or write {first + 1} or later"
            )
        return self


@dataclass(frozen=True)
class Terms:
    """What services moved by then add to the value, `[year]`; below nought they take away."""

    moved: Floats


def terms(stated: GuaranteedIncome, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    changes = by_year(stated.moved_in, years) - by_year(stated.moved_out, years)
    return Terms(np.cumsum(changes))


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`."""
    due: Floats = np.maximum(worth.plan + terms.moved[:, None], 0.0)
    return due
