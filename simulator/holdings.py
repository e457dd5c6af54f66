"""What a body holds and owes: reserves, debt, the high-needs account, and balances as published."""

from __future__ import annotations

from math import fsum
from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Identifier, Label, Record
from simulator.money import Amount, Growth, Share
from simulator.years import FinancialYear


class Contribution(Record):
    """What the base year added to reserves or drew from them, and whether that comes again."""

    amount: Assumption[Amount]
    direction: Literal["added", "drawn"] = "added"
    treatment: Literal["one_off", "recurrent"] = "one_off"

    @property
    def added(self) -> float:
        """Pounds added to reserves in the base year; below nought, drawn from them."""
        return self.amount.used if self.direction == "added" else -self.amount.used


class NamedReserve(Record):
    """One earmarked reserve: how much, for what, and who may draw on it when."""

    id: Identifier
    name: Label
    amount: Assumption[Amount]
    use: Literal["any", "emergency", "committed", "restricted"] = Field(
        description="any: meets any shortfall; emergency: can be reallocated; committed and restricted: never drawn"
    )
    floor: Assumption[Amount] | None = Field(None, description="what is kept in it whatever happens")
    planned_use: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="what a committed or restricted reserve pays out for its own purpose"
    )


class Reserves(Record):
    """Balances at the end of the base year, and the policy minimum of the general fund.

    Earmarked reserves are split by two shares, or `named` one by one in the order in which they are drawn.
    """

    gf_unallocated: Assumption[Amount]
    earmarked: Assumption[Amount]
    usable_share: Assumption[Share] | None = Field(
        None, description="share of earmarked reserves that can meet any shortfall"
    )
    reallocatable_share: Assumption[Share] | None = Field(
        None, description="further share that can be taken in an emergency"
    )
    named: list[NamedReserve] = Field(default_factory=list)
    minimum: Assumption[Share] = Field(description="least general fund balance, as a share of net revenue expenditure")
    contribution: Contribution

    @model_validator(mode="after")
    def _shares(self) -> Self:
        shares = [share for share in (self.usable_share, self.reallocatable_share) if share]
        if len(shares) != (0 if self.named else 2):
            raise ValueError(
                "give `usable_share` and `reallocatable_share`, or reserves under `named`, and only one of them"
            )
        if sum(share.used for share in shares) > 1:
            raise ValueError("`usable_share` and `reallocatable_share` together are at most 100%")
        return self

    def share(self, use: Literal["any", "emergency"]) -> float:
        """Return the share of earmarked reserves that a use can draw: as stated, or what is named, above floors."""
        stated = self.usable_share if use == "any" else self.reallocatable_share
        if stated:
            return stated.used
        kept = ((pot.amount.used, pot.floor.used if pot.floor else 0.0) for pot in self.named if pot.use == use)
        free = fsum(max(amount - floor, 0.0) for amount, floor in kept)
        return free / self.earmarked.used if self.earmarked.used else 0.0


class Provision(Record):
    """Minimum revenue provision by formula: on the capital financing requirement over the assets' life."""

    requirement: Assumption[Amount] = Field(description="capital financing requirement at the end of the base year")
    life: int = Field(ge=1, le=60, description="years left, counted from the first projected year")
    method: Literal["straight_line", "annuity"]
    rate: Assumption[Share] | None = Field(None, description="rate of the annuity")

    @model_validator(mode="after")
    def _annuity_has_a_rate(self) -> Self:
        if (self.method == "annuity") != (self.rate is not None):
            raise ValueError("an annuity needs a `rate`, and a straight line takes none; take one of the two out")
        return self


class Debt(Record):
    """Borrowing: interest at the average rate, refinanced as it matures, and minimum revenue provision."""

    outstanding: Assumption[Amount]
    rate: Assumption[Share] = Field(description="average interest rate in the base year")
    maturing: Assumption[Share] = Field(description="share refinanced each year")
    mrp: Assumption[Amount]
    mrp_growth: Assumption[Growth] | None = None
    provision: Provision | None = Field(None, description="stands in place of `mrp_growth` in later years")
    borrowing_rate: Identifier | None = Field(None, description="driver of the rate on new borrowing")

    @model_validator(mode="after")
    def _one_path(self) -> Self:
        if (self.mrp_growth is None) == (self.provision is None):
            raise ValueError("give `mrp_growth` or a `provision`, and only one of them")
        return self


class HighNeeds(Record):
    """The high-needs account inside the schools grant: a deficit held outside the general fund."""

    spending: Assumption[Amount]
    block: Assumption[Amount]
    block_growth: Assumption[Growth]
    opening_deficit: Assumption[Amount]
    demand: Identifier | None = None
    basket: Identifier | None = None
    short_rate: Identifier | None = Field(
        None, description="driver of the rate at which the deficit is financed; without one it costs nothing"
    )


class History(Record):
    """Published balances at 31 March, for charts; restated openings are kept apart, not overwritten."""

    gf_unallocated: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    earmarked: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    restated_earmarked: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict,
        description="balance at 1 April of the year, where it differs from the previous close",
    )
