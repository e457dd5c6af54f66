"""What a body receives: council tax, retained business rates and grants."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Growth, Pounds, Share
from simulator.years import FinancialYear


class SocialCarePrecept(Record):
    """The part of the requirement that may be spent on adult social care only, all years together."""

    raised: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    spent_on: list[Identifier] = Field(min_length=1, description="spending lines it may pay for")


class TaxSupport(Record):
    """Council tax support: the share of the tax base that it takes off, and what moves its caseload."""

    share: Assumption[Share] = Field(description="of the tax base before support, in the base year")
    caseload: Identifier | None = Field(None, description="driver of growth in the number who receive it")


class CouncilTax(Record):
    """A council's own council tax: its requirement, Band D and collection."""

    requirement: dict[FinancialYear, Assumption[Amount]] = Field(description="own requirement, without parishes")
    band_d: dict[FinancialYear, Assumption[Pounds]] = Field(description="Band D in pounds, without parishes")
    parish_precepts: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    increase: Literal["referendum_limit"] | dict[FinancialYear, Assumption[Growth]] = "referendum_limit"
    tax_base: Identifier | None = Field(None, description="driver of growth in the tax base")
    collection: Identifier | None = Field(None, description="driver of the collection rate")
    fund_share: Assumption[Amount] | None = Field(None, description="collection fund surplus received in the base year")
    social_care_precept: SocialCarePrecept | None = None
    support: TaxSupport | None = None


class BusinessRates(Record):
    """Retained rates: the local share, which is volatile, and top-up or tariff, which are indexed.

    With `baseline_funding`, a safety net makes up a fall below a share of it; with `rates_baseline` too, or
    with bands in the rules, a levy takes part of what lies above it. Both move with the multiplier once entered.
    """

    local_share: Assumption[Amount]
    top_up: Assumption[Amount] | None = Field(None, description="top-up and compensation grants")
    tariff: Assumption[Amount] | None = Field(None, description="paid to the government out of the local share")
    baseline_funding: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    rates_baseline: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    base: Identifier | None = Field(None, description="driver of the real rates base")
    multiplier: Identifier | None = Field(None, description="driver that indexes both parts")

    @property
    def from_government(self) -> float:
        """Pounds of top-up less tariff in the base year; below nought, paid."""
        return (self.top_up.used if self.top_up else 0.0) - (self.tariff.used if self.tariff else 0.0)


class Income(Record):
    """One stream of income with its own growth: an allocation, a grant, fundraising, other operating income."""

    id: Identifier
    name: Label
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    driver: Identifier | None = None
    certainty: Literal["confirmed", "indicative", "assumed"] = Field(
        "confirmed",
        description="of the amounts entered after the base year; unless confirmed they move with the driver",
    )
    ends: FinancialYear | None = Field(None, description="last year in which it is paid")


class Grant(Income):
    """One grant: general, or specific and netted from spending; matched to a line or with its own growth."""

    specific: bool = Field(False, description="netted inside net revenue expenditure")
    exceptional: bool = Field(False, description="exceptional financial support: a red flag, never lasting funding")
    matched_to: Identifier | None = Field(None, description="spending line it moves with")
    ring_fence: Identifier | None = Field(
        None, description="the only line it may pay for; what is left is kept for it, what is short is the council's"
    )

    @model_validator(mode="after")
    def _one_mover(self) -> Self:
        if self.driver and self.matched_to:
            raise ValueError("a grant has its own `driver` or is `matched_to` a line, not both")
        if self.matched_to and (self.ring_fence or self.ends):
            raise ValueError("a grant `matched_to` a line takes no `ring_fence` or `ends`, not both at once")
        if self.ring_fence and not self.specific:
            raise ValueError("a grant with a `ring_fence` is `specific: true`; take one of the two out")
        return self


class Funding(Frozen):
    """What a body receives."""

    council_tax: CouncilTax
    business_rates: BusinessRates | None = None
    grants: list[Grant] = Field(default_factory=list)
