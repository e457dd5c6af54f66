"""The rules of a charity or social enterprise: free reserves are all it has, and below nought it fails.

Arrays are `[variant, agency, path]` in pounds. A body that has failed stays failed: its flows end, and what it did
is replaced at a multiple of its price, both by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen
from simulator.money import HALF_PENNY, Amount, Real
from simulator.place import Agency
from simulator.resources import Income

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
MONTHS = 12


class CharityFunding(Frozen):
    """What a charity receives beside its contracts, which are agreements: fundraising, legacies, trading."""

    income: list[Income] = Field(default_factory=list)


class Charity(Agency):
    """A charity or social enterprise, whole: its own income, costs and free reserves."""

    FORBIDDEN: ClassVar[dict[str, str]] = {
        "reserves": "a charity has `free_reserves`, without restricted funds and endowment; give those instead",
        "deficit_support": "deficit support is for NHS bodies; take it out",
    }

    kind: Literal["vcse"]
    funding: CharityFunding = Field(default_factory=CharityFunding)
    free_reserves: Assumption[Amount] = Field(
        description="unrestricted and freely available at the end of the base year; no endowment, no restricted funds"
    )
    minimum_months: Assumption[Real] = Field(description="months of turnover that its policy keeps free")
    replacement_multiple: Assumption[Real] | None = Field(
        None, description="what its services cost to replace, in times of the contract; the rules' if absent"
    )
    fails: bool = Field(True, description="false where somebody is sure to keep it afloat; a shortfall is told anyway")

    @model_validator(mode="after")
    def _not_below_nought(self) -> Self:
        if self.minimum_months.used < 0:
            raise ValueError("`minimum_months` is nought or more")
        if self.replacement_multiple and self.replacement_multiple.used < 0:
            raise ValueError("`replacement_multiple` is nought or more, such as 1.5")
        return self

    @property
    def incomes(self) -> Sequence[Income]:
        """Its income beside contracts."""
        return self.funding.income


@dataclass(frozen=True)
class CharityTerms:
    """What the rules need, fixed before the run, each `[agency]`; `replacement_multiple` is for the caller."""

    free_reserves: Floats
    minimum_months: Floats
    replacement_multiple: Floats
    fails: Bools


class State(NamedTuple):
    """Where a year begins: free reserves, and whether the body has failed."""

    free_reserves: Floats
    failed: Bools


class Close(NamedTuple):
    """How a year ended; `lapsed` is money that reaches a body after it failed."""

    state: State
    use_of_reserves: Floats
    lapsed: Floats
    unfunded_gap: Floats
    measures: dict[str, Floats]


def opening(terms: CharityTerms) -> State:
    """Return where every charity starts, `[agency]`."""
    return State(terms.free_reserves, np.zeros(terms.free_reserves.shape, dtype=bool))


def charge(terms: CharityTerms, year: int, state: State, funding: Floats) -> Floats:
    """Return what earlier years add to this year's gap: nothing."""
    return np.zeros(np.broadcast_shapes(state.free_reserves.shape, funding.shape))


def close(terms: CharityTerms, year: int, state: State, residual: Floats, turnover: Floats) -> Close:
    """Meet a shortfall (`residual` above nought) from free reserves, or add a surplus to them.

    What lies below nought is the unfunded gap; reserves then rest at nought and the body has failed.
    """
    lapsed = np.where(state.failed, np.maximum(-residual, 0.0), 0.0)
    after = state.free_reserves - residual - lapsed
    unfunded = np.maximum(-after, 0.0)
    held = np.maximum(after, 0.0)
    failed = state.failed | (terms.fails[:, None] & (unfunded > HALF_PENNY))
    monthly = np.maximum(turnover, 0.0) / MONTHS
    months = np.divide(held, monthly, out=np.zeros_like(held), where=monthly > 0)
    measures = {"free_reserves": held, "reserve_months": months, "failed": failed.astype(np.float64)}
    return Close(State(held, failed), residual + lapsed - unfunded, lapsed, unfunded, measures)


def duties(  # noqa: PLR0917  # every regime is asked in the same words
    terms: CharityTerms, year: int, closed: Close, residual: Floats, turnover: Floats, regime: str
) -> dict[str, Floats]:
    """Return by how many pounds each duty is missed, nought or more: its own policy, and solvency."""
    floor = terms.minimum_months[:, None] * np.maximum(turnover, 0.0) / MONTHS
    return {
        "reserves_below_floor": np.maximum(floor - closed.state.free_reserves, 0.0),
        "insolvent": closed.unfunded_gap,
    }
