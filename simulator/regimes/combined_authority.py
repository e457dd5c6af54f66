"""The rules of a combined authority: it balances its budget and holds reserves; its precept has no limit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Frozen
from simulator.place import LocalAuthority, Tier
from simulator.resources import BusinessRates, CouncilTax, Grant


class CombinedFunding(Frozen):
    """What a combined authority receives; a transport levy is an agreement or a grant."""

    council_tax: CouncilTax | None = Field(None, description="the mayoral precept, if there is one")
    business_rates: BusinessRates | None = None
    grants: list[Grant] = Field(default_factory=list)


class CombinedAuthority(LocalAuthority):
    """A mayoral or other combined authority, whole: levies, grants, perhaps a precept, and reserves."""

    kind: Literal["combined_authority"]
    ons_code: str | None = Field(None, pattern=r"^E\d{8}$", description="nine characters, in quotes")
    funding: CombinedFunding  # type: ignore[assignment]  # the one local authority that may have no precept

    @model_validator(mode="after")
    def _own_increase(self) -> Self:
        tax = self.funding.council_tax
        if tax and tax.increase == "referendum_limit":
            raise ValueError(
                "a mayoral precept has no referendum limit: give `increase` by year, such as {2026-27: 3%}"
            )
        return self

    @property
    def tier(self) -> Tier | None:
        """No referendum limit binds it; the name says so."""
        return "combined_authority"
