"""A scenario: one place, its beliefs, its rules and its run settings; frozen once read."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from math import fsum
from typing import Any, Literal, NamedTuple

from pydantic import Field

from simulator.assumptions import (
    Assumption,
    Basket,
    Day,
    Driver,
    Event,
    Frozen,
    Identifier,
    Label,
    Record,
    Source,
    SpendingReview,
)
from simulator.money import Growth, Share
from simulator.place import Council, Place
from simulator.years import FinancialYear

FACTORS = ("inflation", "activity", "fiscal", "need")
LARGEST_COMMON_SHARE = 0.9


class Accommodation(Record):
    """National funding that answers national need, some years late."""

    share: Assumption[Share]
    first: FinancialYear
    lag: int = Field(2, ge=1, le=5)


class SavingsResponse(Record):
    """What managers find when a gap opens; used in the view after action only."""

    yearly_capacity: Assumption[Share] = Field(description="most new savings planned in a year, of net budget")
    total_capacity: Assumption[Share] = Field(description="most savings over the horizon, of net budget")
    recurrent: Assumption[Share]
    delivered_low: Assumption[Share]
    delivered_mode: Assumption[Share]
    delivered_high: Assumption[Share]
    organisation_weight: Assumption[Share] = Field(description="share of delivery's variance that lasts for all years")
    system_share: Assumption[Share] = Field(description="share of the yearly part that moves with the fiscal factor")
    covered_once: Assumption[Share] = Field(description="share of undelivered savings met by one-off cover in the year")
    brake_share: Assumption[Share] = Field(description="share of an in-year shortfall that controls can stop")
    brake_cap: Assumption[Share] = Field(description="most that controls can stop, of net budget")
    surplus_banked: Assumption[Share]


class Rules(Record):
    """Dated law and stated behaviour; nothing here applies unless a file says so."""

    referendum_limit: dict[FinancialYear, Assumption[Growth]] = Field(default_factory=dict)
    settlement_end: FinancialYear | None = Field(None, description="last year of the published settlement")
    accommodation: Accommodation | None = None
    savings_response: SavingsResponse | None = None
    collection_estimated: Assumption[Share] | None = Field(
        None, description="share of a collection fund variance known by January and so paid in the next year"
    )
    own_risk_share: Assumption[Share] | None = Field(None, description="part of own spread that is risk, not policy")
    support_late: Assumption[Share] | None = Field(None, description="chance that support is not agreed in time")
    budget_learning: Assumption[Share] | None = Field(None, description="share of a trend error learnt each year")
    capitalisation_rate: Assumption[Share] | None = Field(None, description="interest on costs spread as debt")
    net_budget_index: Identifier | None = Field(None, description="driver whose central path uprates the minimum")


class Scenario(Frozen):
    """Everything a run needs. Nothing is implied: what no file states is not there."""

    headroom: Literal[1] = Field(description="version of the file format")
    name: Label
    place: Place
    base_year: FinancialYear = Field(description="last year with entered figures")
    as_at: Day = Field(description="the date on which this was what was known")
    budget_year: FinancialYear = Field(description="the year the statement is about")
    years: int = Field(10, ge=1, le=16)
    money: Literal["£", "£k", "£m"]
    sources: dict[str, Source] = Field(default_factory=dict)
    agencies: list[Council] = Field(min_length=1)
    drivers: list[Driver] = Field(default_factory=list)
    baskets: list[Basket] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    spending_review: SpendingReview | None = None
    rules: Rules = Field(default_factory=Rules)

    @property
    def first_year(self) -> FinancialYear:
        """The first projected year."""
        return self.base_year + 1

    @property
    def projected(self) -> tuple[FinancialYear, ...]:
        """Every projected year, in order."""
        return tuple(self.base_year + t for t in range(1, self.years + 1))


class Fault(NamedTuple):
    """A fault between parts of a scenario: the field's address, the rule it breaks and the remedy."""

    address: tuple[str | int, ...]
    rule: str
    remedy: str


def faults(scenario: Scenario) -> list[Fault]:
    """Return every fault that no single field can show: unknown names, sums, dates, doubled ids."""
    return [
        *_dates(scenario),
        *_doubled(scenario),
        *_unknown(scenario),
        *_driver_faults(scenario),
        *_basket_faults(scenario),
        *_agency_faults(scenario),
    ]


def _dates(scenario: Scenario) -> Iterator[Fault]:
    if not scenario.base_year < scenario.budget_year:
        yield Fault(("budget_year",), "the budget year comes after the base year", "give a later year")
    elif scenario.budget_year - scenario.base_year > scenario.years:
        yield Fault(
            ("budget_year",),
            "the budget year lies within the years projected",
            "raise `years` or give an earlier year",
        )
    if scenario.as_at < datetime.date(scenario.base_year.start, 4, 1):
        yield Fault(("as_at",), "as_at is a date after the base year begins", "give the date at which this was known")


def _doubled(scenario: Scenario) -> Iterator[Fault]:
    lists: list[tuple[tuple[str | int, ...], list[Any]]] = [
        (("agencies",), scenario.agencies),
        (("drivers",), scenario.drivers),
        (("events",), scenario.events),
        (("baskets",), scenario.baskets),
    ]
    for i, agency in enumerate(scenario.agencies):
        lists.append((("agencies", i, "spending"), [*agency.spending, *agency.funding.grants]))
    for where, records in lists:
        for name, count in Counter(record.id for record in records).items():
            if count > 1:
                yield Fault(where, f"ids are unique; `{name}` stands {count} times", "rename one of them")


def _references(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str | None, str]]:
    """Yield (address, name, what it must name) for every name one part uses for another."""
    for i, driver in enumerate(scenario.drivers):
        for key in ("follows", "central_from"):
            for j, follow in enumerate(getattr(driver, key)):
                yield ("drivers", i, key, j, "driver"), follow.driver, "driver"
        if driver.floor:
            yield ("drivers", i, "floor", "driver"), driver.floor.driver, "driver"
    for i, basket in enumerate(scenario.baskets):
        for name in basket.shares:
            yield ("baskets", i, "shares", name), name, "driver"
    for i, event in enumerate(scenario.events):
        yield ("events", i, "driver"), event.driver, "driver"
        yield ("events", i, "demand"), event.demand, "driver"
    if scenario.spending_review:
        yield ("spending_review", "driver"), scenario.spending_review.driver, "driver"
    yield ("rules", "net_budget_index"), scenario.rules.net_budget_index, "driver"
    for i, agency in enumerate(scenario.agencies):
        yield from _agency_references(("agencies", i), agency)


def _agency_references(
    at: tuple[str | int, ...], agency: Council
) -> Iterator[tuple[tuple[str | int, ...], str | None, str]]:
    for i, line in enumerate(agency.spending):
        yield (*at, "spending", i, "demand"), line.demand, "driver"
        yield (*at, "spending", i, "basket"), line.basket, "basket"
    tax, rates, debt, needs = (
        agency.funding.council_tax,
        agency.funding.business_rates,
        agency.debt,
        agency.high_needs,
    )
    yield (*at, "funding", "council_tax", "tax_base"), tax.tax_base, "driver"
    yield (*at, "funding", "council_tax", "collection"), tax.collection, "driver"
    if rates:
        yield (*at, "funding", "business_rates", "base"), rates.base, "driver"
        yield (*at, "funding", "business_rates", "multiplier"), rates.multiplier, "driver"
    for i, grant in enumerate(agency.funding.grants):
        yield (*at, "funding", "grants", i, "driver"), grant.driver, "driver"
        yield (*at, "funding", "grants", i, "matched_to"), grant.matched_to, f"line of {agency.id}"
    if debt:
        yield (*at, "debt", "borrowing_rate"), debt.borrowing_rate, "driver"
    if needs:
        yield (*at, "high_needs", "demand"), needs.demand, "driver"
        yield (*at, "high_needs", "basket"), needs.basket, "basket"
        yield (*at, "high_needs", "short_rate"), needs.short_rate, "driver"


def _unknown(scenario: Scenario) -> Iterator[Fault]:
    known = {
        "driver": {driver.id for driver in scenario.drivers},
        "basket": {basket.id for basket in scenario.baskets},
    }
    for agency in scenario.agencies:
        known[f"line of {agency.id}"] = {line.id for line in agency.spending}
    for address, name, kind in _references(scenario):
        if name is not None and name not in known[kind]:
            listed = ", ".join(sorted(known[kind])) or "none; defaults come only by `extends`"
            yield Fault(
                address,
                f"this names a {kind} that the scenario holds; `{name}` is not one",
                f"use one of: {listed}",
            )


def _driver_faults(scenario: Scenario) -> Iterator[Fault]:
    for i, driver in enumerate(scenario.drivers):
        at: tuple[str | int, ...] = ("drivers", i)
        common = sum(load.used**2 for load in driver.loadings.values())
        if common > LARGEST_COMMON_SHARE + 1e-9:
            rule = f"squared loadings add up to at most {LARGEST_COMMON_SHARE}; these make {common:.3f}"
            yield Fault((*at, "loadings"), rule, "lower the loadings")
        for key in ("persistence", "trend_persistence"):
            stated = getattr(driver, key)
            if stated is not None and not 0 <= stated.used <= (1 if key == "trend_persistence" else 0.99):
                yield Fault(
                    (*at, key),
                    "persistence lies between 0 and 0.99 (1 for a trend)",
                    "give a share such as 0.5",
                )
        if driver.own_level and not 0 <= driver.own_level.persistence.used <= 0.99:
            yield Fault(
                (*at, "own_level", "persistence"),
                "persistence lies between 0 and 0.99",
                "give a share such as 0.9",
            )
        for year in driver.confirmed:
            if datetime.date(year.start, 4, 1) > scenario.as_at:
                yield Fault((*at, "confirmed"), f"{year} begins after as_at, so it cannot be confirmed", "take it out")
    yield from _rings(scenario)


def _rings(scenario: Scenario) -> Iterator[Fault]:
    follows = {d.id: {f.driver for f in [*d.follows, *d.central_from]} | ({d.floor.driver} if d.floor else set())
               for d in scenario.drivers}  # fmt: skip
    for i, driver in enumerate(scenario.drivers):
        seen, todo = set[str](), set(follows[driver.id])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo |= follows.get(name, set())
        if driver.id in seen:
            yield Fault(
                ("drivers", i, "follows"),
                "drivers follow one another in one direction only",
                "break the ring",
            )


def _basket_faults(scenario: Scenario) -> Iterator[Fault]:
    for i, basket in enumerate(scenario.baskets):
        total = sum(share.used for share in basket.shares.values())
        if abs(total - 1) > 1e-9:
            rule = f"the shares of a basket add up to 100%; these make {total:.1%}"
            yield Fault(("baskets", i, "shares"), rule, "change a share")
    if scenario.spending_review:
        total = sum(state.chance.used for state in scenario.spending_review.states)
        if abs(total - 1) > 1e-9:
            yield Fault(
                ("spending_review", "states"),
                f"the chances add up to 100%; these make {total:.1%}",
                "change one",
            )


def _agency_faults(scenario: Scenario) -> Iterator[Fault]:
    for i, agency in enumerate(scenario.agencies):
        tax = agency.funding.council_tax
        at: tuple[str | int, ...] = ("agencies", i, "funding")
        dated = [
            ((*at, "council_tax", "requirement"), tax.requirement),
            ((*at, "council_tax", "band_d"), tax.band_d),
        ]
        dated += [((*at, "grants", j, "amounts"), grant.amounts) for j, grant in enumerate(agency.funding.grants)]
        for address, amounts in dated:
            if scenario.base_year not in amounts:
                yield Fault(address, f"a figure for the base year {scenario.base_year} is needed", "add that year")
        if set(tax.requirement) != set(tax.band_d):
            yield Fault(
                (*at, "council_tax", "band_d"),
                "requirement and Band D are given for the same years",
                "add the missing year",
            )
        if tax.increase == "referendum_limit" and not scenario.rules.referendum_limit:
            rule = "an increase at the referendum limit needs `rules.referendum_limit`"
            yield Fault((*at, "council_tax", "increase"), rule, "extend the defaults, or give the increase by year")
        for key in set(agency.totals) - set(TOTALS):
            yield Fault(("agencies", i, "totals", key), f"a total is one of: {', '.join(TOTALS)}", "rename it")
        for key in set(agency.published) - set(TOTALS):
            yield Fault(("agencies", i, "published", key), f"a total is one of: {', '.join(TOTALS)}", "rename it")
        yield from _total_faults(i, agency, scenario.base_year)


TOTALS = ("service_expenditure", "specific_grants", "net_revenue_expenditure", "council_tax", "general_grants",
          "retained_rates", "collection_fund", "funding", "reserves")  # fmt: skip


def entered_totals(agency: Council, year: FinancialYear) -> dict[str, float]:
    """Return each total of the lines entered for the base year, in pounds; spending and income positive.

    Sums are exact before rounding, so that the order of lines in a file moves no last digit.
    """
    tax, rates, debt = agency.funding.council_tax, agency.funding.business_rates, agency.debt
    grants = agency.funding.grants
    parishes = tax.parish_precepts[year].used if year in tax.parish_precepts else 0.0
    specific = [grant.amounts[year].used for grant in grants if grant.specific]
    net = [parishes, *(-amount for amount in specific)]
    net += [line.net.used for line in agency.spending if line.net]
    net += [-line.income.used for line in agency.spending if line.income]
    net += [debt.outstanding.used * debt.rate.used, debt.mrp.used] if debt else []
    totals = {
        "service_expenditure": fsum(line.net.used for line in agency.spending if line.service and line.net),
        "specific_grants": fsum(specific),
        "net_revenue_expenditure": fsum(net),
        "council_tax": tax.requirement[year].used + parishes,
        "general_grants": fsum(grant.amounts[year].used for grant in grants if not grant.specific),
        "retained_rates": rates.local_share.used + rates.top_up.used if rates else 0.0,
        "collection_fund": tax.fund_share.used if tax.fund_share else 0.0,
        "reserves": agency.reserves.gf_unallocated.used + agency.reserves.earmarked.used,
    }
    totals["funding"] = fsum(totals[k] for k in ("council_tax", "general_grants", "retained_rates", "collection_fund"))
    return totals


def _total_faults(index: int, agency: Council, year: FinancialYear) -> Iterator[Fault]:
    tax = agency.funding.council_tax
    if year not in tax.requirement or any(year not in grant.amounts for grant in agency.funding.grants):
        return
    entered = entered_totals(agency, year)
    for key, stated in agency.totals.items():
        if key in entered and abs(entered[key] - stated.used) > 0.005:
            rule = f"lines add up to their total to the penny; these make £{entered[key]:,.2f}, {entered[key] - stated.used:+,.2f} from it"
            yield Fault(("agencies", index, "totals", key), rule, "correct a line or the total")
