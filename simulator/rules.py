"""Dated law and stated behaviour: limits, safety nets, the end of the override, what managers do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.assumptions import Assumption, Frozen, Record
from simulator.money import Growth, Pounds, Real, Share
from simulator.statement import Threshold
from simulator.years import FinancialYear


class Referendum(Record):
    """The most that Band D may rise by without a referendum, in force from each year given until the next.

    Band D times (core + social care), or the cash sum where that is more than core alone (LGFA 1992 s52ZC).
    """

    core: dict[FinancialYear, Assumption[Growth]] = Field(min_length=1)
    social_care: dict[FinancialYear, Assumption[Growth]] = Field(default_factory=dict)
    cash: dict[FinancialYear, Assumption[Pounds]] = Field(default_factory=dict, description="in pounds at Band D")


class LevyBand(Frozen):
    """A band of growth above baseline, as a share of baseline funding, and the rate at which it is levied."""

    above: Assumption[Real] = Field(description="where the band begins, as a share of baseline funding such as 0.1")
    rate: Assumption[Share]


class RatesRules(Record):
    """Safety net and levy on retained rates, in force from each year given until the next.

    Until bands begin, the levy rate is 1 less baseline funding over the rates baseline, up to the cap.
    """

    safety_net: dict[FinancialYear, Assumption[Share]] = Field(
        default_factory=dict, description="share of baseline funding that is made up to"
    )
    levy_cap: dict[FinancialYear, Assumption[Share]] = Field(default_factory=dict)
    levy_bands: dict[FinancialYear, list[LevyBand]] = Field(default_factory=dict)


OverrideEnd = Literal["extended", "absorbed", "falls_on_general_fund"]
OVERRIDE_ENDS: tuple[OverrideEnd, ...] = ("extended", "absorbed", "falls_on_general_fund")


class Override(Record):
    """The end of the override that keeps high-needs deficits outside the general fund: one national switch.

    Absorbed: government meets `accrued_met` of the deficit at the end and `later_met` of what arises after it.
    Falls on the general fund: it meets neither. Extended: the account goes on as it was.
    """

    ends: FinancialYear = Field(description="first year without the override")
    then: OverrideEnd
    grant_share: Assumption[Share] = Field(description="share of the deficit paid off by the stability grant")
    grant_paid: FinancialYear = Field(description="year of that grant, on the deficit at the end of the year before")
    accrued_met: Assumption[Share]
    later_met: Assumption[Share]


class Accommodation(Record):
    """National funding that answers national need, some years late."""

    share: Assumption[Share]
    first: FinancialYear
    lag: int = Field(2, ge=1, le=5)


class Delivery(Record):
    """How savings are delivered: one model for all, with a mean by RAG and one spread, as shares of what is planned."""

    green: Assumption[Share]
    amber: Assumption[Share]
    red: Assumption[Share]
    new: Assumption[Share] = Field(description="of savings found after the plan was approved")
    sd: Assumption[Share]
    organisation_weight: Assumption[Share] = Field(description="share of the variance that lasts for all years")
    system_share: Assumption[Share] = Field(description="share of the yearly part that moves with the fiscal factor")


class SavingsResponse(Record):
    """What managers do when a gap opens; used in the view after action only."""

    yearly_capacity: Assumption[Share] = Field(description="most savings planned in a year, of net budget")
    total_capacity: Assumption[Share] = Field(description="most savings over the horizon, of net budget")
    recurrent: Assumption[Share]
    covered_once: Assumption[Share] = Field(description="share of undelivered savings met by one-off cover in the year")
    brake_share: Assumption[Share] = Field(description="share of an in-year shortfall that controls can stop")
    brake_cap: Assumption[Share] = Field(description="most that controls can stop, of net budget")
    surplus_banked: Assumption[Share]
    tax_to_limit: Assumption[Share] | None = Field(
        None, description="share of the lawful room above the planned increase that is used when a gap is expected"
    )
    rebuild_years: int | None = Field(None, ge=1, le=20, description="years over which usable reserves are rebuilt")
    rebuild_to: Assumption[Real] | None = Field(None, description="the target, in times of the minimum; 1 if absent")


NhsRegime = Literal["organisation", "system", "individual"]


class Nhs(Record):
    """The rules of NHS bodies: what is carried forward, repaid, withheld; and of a charity that fails.

    Most are not published as one rule and stand as configuration; each says what it rests on.
    """

    tolerance: Assumption[Share] = Field(description="how far off plan is a miss of note, as a share of spending")
    repayment_years: int = Field(3, ge=1, le=10, description="years over which an overspend is repaid")
    repayment_cap: Assumption[Share] = Field(description="most that is repaid in a year, as a share of funding")
    carry_forward: Assumption[Share] = Field(description="share of an ICB's surplus that it keeps; 0% is the rule")
    dividend: Assumption[Share] = Field(
        description="yearly dividend on revenue support drawn as public dividend capital"
    )
    convergence_rate: Assumption[Share] = Field(description="share of the distance from target closed in a year")
    convergence_down: Assumption[Share] = Field(description="most by which convergence cuts growth in a year")
    convergence_up: Assumption[Share] = Field(description="most by which convergence adds to growth in a year")
    support_withheld: Assumption[Share] = Field(
        description="share of a year's deficit support that is withheld where the plan is missed"
    )
    replacement_multiple: Assumption[Real] = Field(
        description="what its services cost to replace when a charity fails, in times of the contract"
    )


class Rules(Record):
    """Dated law and stated behaviour; nothing here applies unless a file says so."""

    referendum_limits: dict[Literal["upper_tier", "shire_district", "police", "fire"], Referendum] = Field(
        default_factory=dict
    )
    business_rates: RatesRules | None = None
    settlement_end: FinancialYear | None = Field(None, description="last year of the published settlement")
    high_needs_override: Override | None = None
    employer_costs: dict[FinancialYear, Assumption[Share]] = Field(
        default_factory=dict, description="what employers pay above the base year, net of grant, as a share of pay"
    )
    accommodation: Accommodation | None = None
    delivery: Delivery | None = None
    savings_response: SavingsResponse | None = None
    responses: dict[Literal["icb", "trust", "vcse"], SavingsResponse] = Field(
        default_factory=dict, description="what managers of other bodies do, by kind"
    )
    nhs: Nhs | None = None
    nhs_regime: dict[FinancialYear, NhsRegime] = Field(
        default_factory=dict, description="which break-even test is in force, from each year given until the next"
    )
    collection_estimated: Assumption[Share] | None = Field(
        None, description="share of a collection fund variance known by January and so paid in the next year"
    )
    own_risk_share: Assumption[Share] | None = Field(None, description="part of own spread that is risk, not policy")
    support_late: Assumption[Share] | None = Field(None, description="chance that support is not agreed in time")
    support_years: int | None = Field(None, ge=1, le=50, description="years over which support is repaid as debt")
    budget_learning: Assumption[Share] | None = Field(None, description="share of a trend error learnt each year")
    thresholds: dict[str, Threshold] = Field(
        default_factory=dict, description="of the tests R01 to R18 and A01 to A15, in place of the usual ones"
    )
    capitalisation_rate: Assumption[Share] | None = Field(
        None, description="interest on support and on costs spread as debt"
    )
