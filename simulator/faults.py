"""Faults that no single field can show: unknown names and sources, sums, dates, doubled ids, rings."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from simulator.assumptions import Record
from simulator.money import HALF_PENNY
from simulator.place import Council
from simulator.scenario import TOTALS, Scenario, entered_totals
from simulator.years import FinancialYear

LARGEST_COMMON_SHARE = 0.9
Address = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault between parts of a scenario: the field's address, the rule it breaks and the remedy."""

    address: Address
    rule: str
    remedy: str


def faults(scenario: Scenario) -> list[Fault]:
    """Return every fault that no single field can show: unknown names, sums, dates, doubled ids."""
    return [
        *_dates(scenario),
        *_doubled(scenario),
        *_unknown(scenario),
        *_unsourced(scenario, scenario, ()),
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
    lists: list[tuple[Address, list[Any]]] = [
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


def _references(scenario: Scenario) -> Iterator[tuple[Address, str | None, str]]:
    """Yield (address, name, what it must name) for every name one part uses for another."""
    for i, driver in enumerate(scenario.drivers):
        for key in ("follows", "central_from"):
            for j, follow in enumerate(getattr(driver, key)):
                yield ("drivers", i, key, j, "driver"), follow.driver, "driver"
        if driver.floor:
            yield ("drivers", i, "floor", "driver"), driver.floor.driver, "driver"
    for i, basket in enumerate(scenario.baskets):
        for name in basket.shares:
            yield ("baskets", i, "shares", name), name, "driver of kind growth"
    for i, event in enumerate(scenario.events):
        yield ("events", i, "driver"), event.driver, "driver"
        yield ("events", i, "demand"), event.demand, "driver of kind growth"
    if scenario.spending_review:
        yield ("spending_review", "driver"), scenario.spending_review.driver, "driver of kind growth"
    for i, agency in enumerate(scenario.agencies):
        yield from _agency_references(("agencies", i), agency)


def _agency_references(at: Address, agency: Council) -> Iterator[tuple[Address, str | None, str]]:
    for i, line in enumerate(agency.spending):
        yield (*at, "spending", i, "demand"), line.demand, "driver of kind growth"
        yield (*at, "spending", i, "basket"), line.basket, "basket"
    tax, rates, debt, needs = (
        agency.funding.council_tax,
        agency.funding.business_rates,
        agency.debt,
        agency.high_needs,
    )
    yield (*at, "funding", "council_tax", "tax_base"), tax.tax_base, "driver of kind growth"
    yield (*at, "funding", "council_tax", "collection"), tax.collection, "driver of kind level"
    if rates:
        yield (*at, "funding", "business_rates", "base"), rates.base, "driver of kind growth"
        yield (*at, "funding", "business_rates", "multiplier"), rates.multiplier, "driver of kind growth"
    for i, grant in enumerate(agency.funding.grants):
        yield (*at, "funding", "grants", i, "driver"), grant.driver, "driver of kind growth"
        yield (*at, "funding", "grants", i, "matched_to"), grant.matched_to, f"line of {agency.id}"
    if debt:
        yield (*at, "debt", "borrowing_rate"), debt.borrowing_rate, "driver of kind level"
    if needs:
        yield (*at, "high_needs", "demand"), needs.demand, "driver of kind growth"
        yield (*at, "high_needs", "basket"), needs.basket, "basket"
        yield (*at, "high_needs", "short_rate"), needs.short_rate, "driver of kind level"


def _unknown(scenario: Scenario) -> Iterator[Fault]:
    known = {
        "driver": {driver.id for driver in scenario.drivers},
        "driver of kind growth": {driver.id for driver in scenario.drivers if driver.kind == "growth"},
        "driver of kind level": {driver.id for driver in scenario.drivers if driver.kind == "level"},
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


def _unsourced(scenario: Scenario, part: Any, at: Address) -> Iterator[Fault]:
    """Yield every record that names a source the scenario does not hold."""
    if isinstance(part, BaseModel):
        if isinstance(part, Record) and part.source and part.source not in scenario.sources:
            listed = ", ".join(sorted(scenario.sources)) or "none are held"
            yield Fault(
                (*at, "source"), f"`{part.source}` is not an id under `sources`", f"add it there, or use: {listed}"
            )
        for name, field in type(part).model_fields.items():
            yield from _unsourced(scenario, getattr(part, name), (*at, field.alias or name))
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _unsourced(scenario, value, (*at, str(key)))
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from _unsourced(scenario, value, (*at, i))


def _driver_faults(scenario: Scenario) -> Iterator[Fault]:
    for i, driver in enumerate(scenario.drivers):
        at: Address = ("drivers", i)
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
        if driver.own_level and driver.transitory:
            yield Fault((*at, "transitory"), "a driver with `own_level` keeps its level noise there", "move it into it")
        if driver.floor and driver.floor.ratio.used <= 0:
            yield Fault((*at, "floor", "ratio"), "the ratio to a floor is above nought", "give a ratio such as 1.05")
        if driver.own_level and not 0 <= driver.own_level.persistence.used <= 0.99:
            yield Fault(
                (*at, "own_level", "persistence"),
                "persistence lies between 0 and 0.99",
                "give a share such as 0.9",
            )
        for year in driver.confirmed:
            if datetime.date(year.start, 4, 1) > scenario.as_at:
                yield Fault((*at, "confirmed"), f"{year} begins after as_at, so it cannot be confirmed", "take it out")
        if scenario.spending_review and scenario.spending_review.driver == driver.id and driver.trend:
            yield Fault((*at, "trend"), "a spending review stands in place of a trend error", "take one out")
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
        at: Address = ("agencies", i, "funding")
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
        for j, grant in enumerate(agency.funding.grants):
            if grant.matched_to and len(grant.amounts) > 1:
                rule = "a matched grant moves with its line, so only its base-year amount is given"
                yield Fault((*at, "grants", j, "amounts"), rule, "take out the later years, or `matched_to`")
        for group, held in (("totals", agency.totals), ("published", agency.published)):
            for key in sorted(set(held) - set(TOTALS)):
                yield Fault(("agencies", i, group, key), f"a total is one of: {', '.join(TOTALS)}", "rename it")
        yield from _total_faults(i, agency, scenario.base_year)


def _total_faults(index: int, agency: Council, year: FinancialYear) -> Iterator[Fault]:
    tax = agency.funding.council_tax
    if year not in tax.requirement or any(year not in grant.amounts for grant in agency.funding.grants):
        return
    entered = entered_totals(agency, year)
    for key, stated in agency.totals.items():
        if key in entered and abs(entered[key] - stated.used) > HALF_PENNY:
            made, off = entered[key], entered[key] - stated.used
            rule = f"lines make their total to the penny; these make £{made / 1e6:,.6f}m, {off:+,.2f} pounds from it"
            remedy = f"correct a line, or set this total to what they make; `--set totals.{key}=` takes it too"
            yield Fault(("agencies", index, "totals", key), rule, remedy)
