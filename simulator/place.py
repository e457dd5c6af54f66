"""A place and its bodies: what each receives, spends, holds and owes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.holdings import Debt, HighNeeds, History, Reserves
from simulator.money import Amount, Growth, Pounds, Real, Share
from simulator.plan import Contingency, EmployerCosts, Plan, Saving
from simulator.resources import BusinessRates, CouncilTax, Funding, Income
from simulator.statement import Statement
from simulator.years import FinancialYear

Tier = Literal["upper_tier", "shire_district", "police", "fire", "combined_authority"]


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
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict,
        description="what is known of years after the base year; the central case meets it and moves on from there",
    )
    paid_by: Identifier | None = Field(
        None, description="the agreement that pays for it; it then stands outside net revenue expenditure"
    )

    @model_validator(mode="after")
    def _one_flow(self) -> Self:
        if self.gross is not None:
            if self.net is not None:
                raise ValueError("give `gross` with `income`, or `net`, and only one of them")
        elif (self.net is None) == (self.income is None):
            raise ValueError("give `net` for spending or `income` for income, and only one of them")
        if self.amounts and (self.gross is not None or self.subsidy):
            raise ValueError("`amounts` are of a line with `net` or `income` alone; split the line, or take them out")
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


class Belief(Record):
    """What a body believes of a shared driver where it differs from what the place has agreed."""

    driver: Identifier
    growth: dict[FinancialYear, Assumption[Growth]] = Field(
        min_length=1, description="central growth in each year stated; other years as agreed"
    )


class Agency(Frozen):
    """What every body has, whatever its kind; each kind's file adds its funding and what it holds."""

    id: Identifier
    name: Label
    kind: str
    place_share: Assumption[Share] | None = Field(
        None, description="part of the body that serves the place; shapes the view of the place, never the body"
    )
    spending: list[Line] = Field(min_length=1)
    levies: list[Levy] = Field(default_factory=list)
    debt: Debt | None = None
    employer_costs: EmployerCosts | None = None
    contingency: Contingency | None = None
    savings: list[Saving] = Field(default_factory=list, description="approved savings, by name")
    delivery_record: Assumption[Share] | None = Field(
        None, description="share of savings this body has delivered, in place of the rates by RAG"
    )
    plan: Plan | None = None
    beliefs: list[Belief] = Field(default_factory=list, description="where it disputes a shared driver")
    statement: Statement | None = Field(None, description="what its statement on robustness and reserves rests on")
    totals: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="totals of the lines entered here, which must agree to the penny"
    )
    published: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="published totals, whose differences are named"
    )

    FORBIDDEN: ClassVar[dict[str, str]] = {}
    """What a body of this kind may not state, each with the law that forbids it and what to write instead."""

    @model_validator(mode="before")
    @classmethod
    def _lawful(cls, stated: Any) -> Any:
        """Refuse what the body's regime forbids, in words: an unknown field would say nothing of why."""
        if isinstance(stated, dict):
            for key, why in cls.FORBIDDEN.items():
                if key in stated:
                    raise ValueError(f"`{key}`: {why}")
        return stated

    @property
    def incomes(self) -> Sequence[Income]:
        """What it receives with a growth of its own: grants, allocations, other income."""
        return ()

    @property
    def tax(self) -> CouncilTax | None:
        """Its council tax or precept, if it has one."""
        return None

    @property
    def rates(self) -> BusinessRates | None:
        """Its retained business rates, if it has any."""
        return None

    @property
    def needs(self) -> HighNeeds | None:
        """Its high-needs account, if it has one."""
        return None

    @property
    def held(self) -> Reserves | None:
        """Its reserves, if the law lets it hold them."""
        return None

    @property
    def tier(self) -> Tier | None:
        """Which referendum limits bind it."""
        return None


class LocalAuthority(Agency):
    """A body that must balance its budget every year and may hold reserves (LGFA 1992 s31A or s42A; LGA 2003 s25)."""

    FORBIDDEN: ClassVar[dict[str, str]] = {
        "planned_deficit": "a local authority may not plan a deficit (LGFA 1992 s31A, s42A); take it out",
        "deficit_support": "deficit support is NHS England's; a council's is support under `rules.support_years`",
        "owed": "an overspend of a local authority falls on its reserves, nothing is owed; take it out",
    }

    funding: Funding
    reserves: Reserves
    history: History | None = None

    @property
    def incomes(self) -> Sequence[Income]:
        """Its grants."""
        return self.funding.grants

    @property
    def tax(self) -> CouncilTax | None:
        """Its council tax or precept."""
        return self.funding.council_tax

    @property
    def rates(self) -> BusinessRates | None:
        """Its retained business rates, if it has any."""
        return self.funding.business_rates

    @property
    def held(self) -> Reserves | None:
        """Its reserves."""
        return self.reserves


class Council(LocalAuthority):
    """An English council, whole: what it receives, spends, holds and owes."""

    kind: Literal["council"]
    class_: Literal["unitary", "metropolitan_district", "london_borough", "shire_county", "shire_district"] = Field(
        alias="class", description="settles the referendum limit and which services it may have"
    )
    ons_code: str | None = Field(None, pattern=r"^E\d{8}$", description="nine characters, in quotes")
    high_needs: HighNeeds | None = None

    @property
    def needs(self) -> HighNeeds | None:
        """Its high-needs account, if it has one."""
        return self.high_needs

    @property
    def tier(self) -> Tier | None:
        """Which referendum limits bind it."""
        return "shire_district" if self.class_ == "shire_district" else "upper_tier"
