"""A place and its bodies: what each receives, spends, holds and owes."""

from __future__ import annotations

from math import fsum
from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Growth, Pounds, Real, Share
from simulator.plan import Contingency, EmployerCosts, Plan, Saving
from simulator.resources import Funding
from simulator.years import FinancialYear


class Place(Frozen):
    """The area the bodies share."""

    id: Identifier
    name: Label


class Levy(Record):
    """What another body levies: as entered while entered, then with its driver."""

    id: Identifier
    name: Label
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    driver: Identifier | None = None


class Subsidy(Record):
    """Housing benefit subsidy on temporary accommodation, a week: what the ceiling leaves is the council's loss."""

    weekly_rent: Assumption[Pounds]
    lha_2011: Assumption[Pounds] = Field(description="local housing allowance of January 2011 for the size and area")
    cap: Assumption[Pounds] = Field(description="500 in parts of London, 375 elsewhere")


class Line(Record):
    """One stream of spending, or of income netted from it."""

    id: Identifier
    name: Label
    service: Label | None = Field(None, description="published service heading it belongs to")
    net: Assumption[Amount] | None = Field(None, description="spending in the base year, income netted")
    gross: Assumption[Amount] | None = Field(None, description="spending in the base year before `income`")
    income: Assumption[Amount] | None = Field(None, description="income in the base year, netted from spending")
    income_driver: Identifier | None = Field(
        None, description="driver of the income beside `gross`; without one it moves as spending does"
    )
    demand: Identifier | None = Field(None, description="driver of volume")
    basket: Identifier | None = Field(None, description="basket of prices; without one the line is flat in cash")
    elasticity: Assumption[Real] | None = Field(None, description="growth in the line for 1% of demand; 1 if absent")
    subsidy: Subsidy | None = Field(None, description="makes the line the loss on temporary accommodation")

    @model_validator(mode="after")
    def _one_flow(self) -> Self:
        if self.gross is not None:
            if self.net is not None:
                raise ValueError("give `gross` with `income`, or `net`, and only one of them")
        elif (self.net is None) == (self.income is None):
            raise ValueError("give `net` for spending or `income` for income, and only one of them")
        if self.income_driver and not (self.gross and self.income):
            raise ValueError("`income_driver` moves the `income` beside a `gross`; take it out, or give both")
        return self

    @property
    def spent(self) -> float:
        """Pounds spent in the base year, before income entered apart."""
        stated = self.net or self.gross
        return stated.used if stated else 0.0

    @property
    def received(self) -> float:
        """Pounds of income in the base year that are entered apart."""
        return self.income.used if self.income else 0.0


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


class Council(Frozen):
    """An English council, whole: what it receives, spends, holds and owes."""

    id: Identifier
    name: Label
    kind: Literal["council"]
    class_: Literal["unitary", "metropolitan_district", "london_borough", "shire_county", "shire_district"] = Field(
        alias="class", description="settles the referendum limit and which services it may have"
    )
    ons_code: str | None = Field(None, pattern=r"^E\d{8}$", description="nine characters, in quotes")
    funding: Funding
    spending: list[Line] = Field(min_length=1)
    reserves: Reserves
    debt: Debt | None = None
    high_needs: HighNeeds | None = None
    levies: list[Levy] = Field(default_factory=list)
    employer_costs: EmployerCosts | None = None
    contingency: Contingency | None = None
    savings: list[Saving] = Field(default_factory=list, description="approved savings, by name")
    delivery_record: Assumption[Share] | None = Field(
        None, description="share of savings this council has delivered, in place of the rates by RAG"
    )
    plan: Plan | None = None
    totals: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="totals of the lines entered here, which must agree to the penny"
    )
    published: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="published totals, whose differences are named"
    )
    history: History | None = None

    @property
    def tier(self) -> Literal["upper_tier", "shire_district"]:
        """Which referendum limits bind it."""
        return "shire_district" if self.class_ == "shire_district" else "upper_tier"
