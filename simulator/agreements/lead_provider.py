"""Lead provider: one sum for a population, out of which the lead pays other providers and keeps what is left.

With a guarantee the commissioner bears a loss beyond a share of that sum. Subcontracts are stated here, so that the
agreement reads no other: the lead pays each of them but its own part, and they stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Identifier, Record
from simulator.money import Amount, Share
from simulator.transfers import Contract, Floats, Worth
from simulator.years import FinancialYear

TIER = 1


class Subcontract(Record):
    """What the lead pays one provider for this population, or spends itself where it names itself."""

    payee: Identifier
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    driver: Identifier | None = Field(None, description="driver of its growth after the last year entered")


class LeadProvider(Contract):
    """A sum for a population (the contract's planned value), and who bears a loss on it."""

    kind: Literal["lead_provider"]
    guarantee: Assumption[Share] | None = Field(
        None,
        description="loss, as a share of the sum, beyond which the commissioner bears it; without one it bears none",
    )
    subcontracts: list[Subcontract] = Field(
        default_factory=list, description="what the population's care costs, by provider, the lead's own part included"
    )

    @model_validator(mode="after")
    def _judged(self) -> Self:
        if self.guarantee and not self.subcontracts:
            raise ValueError(
                "a `guarantee` is judged on what care costs, and no cost is stated: list it under `subcontracts` as "
                "{payee, amounts, driver}, the lead's own part under its own id, or take `guarantee` out"
            )
        if self.guarantee and (late := [s.payee for s in self.subcontracts if min(self.amounts) not in s.amounts]):
            raise ValueError(
                f"a `guarantee` compares costs with the sum from {min(self.amounts)} on; that year is missing from the "
                f"subcontract of {late[0]}: add it, 0 if nothing was paid"
            )
        return self


@dataclass(frozen=True)
class Terms:
    """The share of the sum that the lead can lose (infinite without a guarantee), and costs by then as its multiple."""

    guarantee: float
    cost_share: float


def terms(stated: LeadProvider, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    first = min(stated.amounts)
    planned = stated.amounts[first].used
    costs = sum(part.amounts[first].used for part in stated.subcontracts if first in part.amounts)
    guarantee = stated.guarantee.used if stated.guarantee else np.inf
    return Terms(guarantee, costs / planned if planned else 0.0)


def settle(terms: Terms, worth: Worth, costs: Floats | None = None) -> Floats:
    """Return what the payer owes, `[year, path]`: the sum, and any loss beyond the guarantee.

    `costs` `[year, path]` are all subcontracts; where they are not given, they move as the contract's own activity and
    price do.
    """
    if not np.isfinite(terms.guarantee):
        return worth.plan
    spent = terms.cost_share * worth.actual if costs is None else costs
    borne: Floats = worth.plan + np.maximum(spent - (1 + terms.guarantee) * worth.plan, 0.0)
    return borne


def passed_on(worth: Worth, costs: Floats) -> Floats:
    """Return what the lead owes for a subcontract, `[year, path]`: what it costs."""
    return costs
