"""A place and its bodies: what each receives, spends, holds and owes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Growth, Pounds, Real, Share
from simulator.years import FinancialYear


class Place(Frozen):
    """The area the bodies share."""

    id: Identifier
    name: Label


class CouncilTax(Record):
    """A billing authority's council tax: its own requirement, Band D and collection."""

    requirement: dict[FinancialYear, Assumption[Amount]] = Field(description="own requirement, without parishes")
    band_d: dict[FinancialYear, Assumption[Pounds]] = Field(description="Band D in pounds, without parishes")
    parish_precepts: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    increase: Literal["referendum_limit"] | dict[FinancialYear, Assumption[Growth]] = "referendum_limit"
    tax_base: Identifier | None = Field(None, description="driver of growth in the tax base")
    collection: Identifier | None = Field(None, description="driver of the collection rate")
    fund_share: Assumption[Amount] | None = Field(None, description="collection fund surplus received in the base year")


class BusinessRates(Record):
    """Retained rates: the local share, which is volatile, and the top-up, which is indexed."""

    local_share: Assumption[Amount]
    top_up: Assumption[Amount] = Field(description="top-up and compensation grants")
    base: Identifier | None = Field(None, description="driver of the real rates base")
    multiplier: Identifier | None = Field(None, description="driver that indexes both parts")


class Grant(Record):
    """One grant: general, or specific and netted from spending; matched to a line or with its own growth."""

    id: Identifier
    name: Label
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    specific: bool = Field(False, description="netted inside net revenue expenditure")
    driver: Identifier | None = None
    matched_to: Identifier | None = Field(None, description="spending line it moves with")

    @model_validator(mode="after")
    def _one_mover(self) -> Self:
        if self.driver and self.matched_to:
            raise ValueError("a grant has its own `driver` or is `matched_to` a line, not both")
        return self


class Line(Record):
    """One stream of spending, or of income netted from it."""

    id: Identifier
    name: Label
    service: Label | None = Field(None, description="published service heading it belongs to")
    net: Assumption[Amount] | None = Field(None, description="spending in the base year")
    income: Assumption[Amount] | None = Field(None, description="income in the base year, netted from spending")
    demand: Identifier | None = Field(None, description="driver of volume")
    basket: Identifier | None = Field(None, description="basket of prices; without one the line is flat in cash")
    elasticity: Assumption[Real] | None = Field(None, description="growth in the line for 1% of demand; 1 if absent")

    @model_validator(mode="after")
    def _one_flow(self) -> Self:
        if (self.net is None) == (self.income is None):
            raise ValueError("give `net` for spending or `income` for income, and only one of them")
        return self


class Contribution(Record):
    """What the base year added to reserves or drew from them, and whether that comes again."""

    amount: Assumption[Amount]
    direction: Literal["added", "drawn"] = "added"
    treatment: Literal["one_off", "recurrent"] = "one_off"

    @property
    def added(self) -> float:
        """Pounds added to reserves in the base year; below nought, drawn from them."""
        return self.amount.used if self.direction == "added" else -self.amount.used


class Reserves(Record):
    """Balances at the end of the base year, and the policy minimum of the general fund."""

    gf_unallocated: Assumption[Amount]
    earmarked: Assumption[Amount]
    usable_share: Assumption[Share] = Field(description="share of earmarked reserves that can meet any shortfall")
    reallocatable_share: Assumption[Share] = Field(description="further share that can be taken in an emergency")
    minimum: Assumption[Share] = Field(description="least general fund balance, as a share of net revenue expenditure")
    contribution: Contribution

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.usable_share.used + self.reallocatable_share.used > 1:
            raise ValueError("`usable_share` and `reallocatable_share` together are at most 100%")
        return self


class Debt(Record):
    """Borrowing: interest at the average rate, refinanced as it matures, and minimum revenue provision."""

    outstanding: Assumption[Amount]
    rate: Assumption[Share] = Field(description="average interest rate in the base year")
    maturing: Assumption[Share] = Field(description="share refinanced each year")
    mrp: Assumption[Amount]
    mrp_growth: Assumption[Growth]
    borrowing_rate: Identifier | None = Field(None, description="driver of the rate on new borrowing")


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


class Funding(Frozen):
    """What a body receives."""

    council_tax: CouncilTax
    business_rates: BusinessRates | None = None
    grants: list[Grant] = Field(default_factory=list)


class Council(Frozen):
    """An English council, whole: what it receives, spends, holds and owes."""

    id: Identifier
    name: Label
    kind: Literal["council"]
    class_: Literal["unitary", "metropolitan_district", "london_borough"] = Field(
        alias="class", description="single-tier councils; counties and districts have other limits and services"
    )
    ons_code: str | None = Field(None, pattern=r"^E\d{8}$", description="nine characters, in quotes")
    funding: Funding
    spending: list[Line] = Field(min_length=1)
    reserves: Reserves
    debt: Debt | None = None
    high_needs: HighNeeds | None = None
    totals: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="totals of the lines entered here, which must agree to the penny"
    )
    published: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="published totals, whose differences are named"
    )
    history: History | None = None
