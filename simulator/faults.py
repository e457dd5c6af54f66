"""Faults that no single field can show: names and sources, dates, doubled ids, what has no effect."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from simulator.agency_faults import MOST_COMPARED, Address, Fault, agency_faults, incomes_at, unknown_names
from simulator.agreement_faults import agreement_faults
from simulator.assumptions import Basket, Record, SpendingReview
from simulator.place import Agency, Levy, LocalAuthority
from simulator.plan import PlanLine
from simulator.plan_faults import covered, plan_faults
from simulator.programme_faults import programme_faults
from simulator.resources import Income, SocialCarePrecept
from simulator.rule_faults import rule_faults
from simulator.scenario import Scenario
from simulator.years import FinancialYear

Parts = list[tuple[Address, BaseModel]]
GROWTH, LEVEL = "driver of kind growth", "driver of kind level"
NAMED = {
    "demand": GROWTH, "tax_base": GROWTH, "base": GROWTH, "multiplier": GROWTH, "collection": LEVEL,
    "borrowing_rate": LEVEL, "short_rate": LEVEL, "driver": "driver", "basket": "basket", "matched_to": "line",
    "activity": GROWTH, "price": GROWTH, "paid_by": "agreement", "payer": "body", "payee": "body", "host": "body",
    "commissioner": "body", "provider": "body", "agency": "body", "incentive_from": "body", "income_driver": GROWTH,
    "caseload": GROWTH, "pay": GROWTH, "pension_rate": LEVEL, "ring_fence": "line",
    "admissions_driver": GROWTH, "complex_driver": GROWTH, "pathway": "pathway",
}  # fmt: skip
"""Fields that name another part, and what they name."""
LISTED: dict[str, Address] = {
    "basket": ("baskets",),
    "body": ("agencies",),
    "agreement": ("agreements",),
    "pathway": ("pathways",),
}
"""Where the parts stand that such a field names, drivers and lines apart."""
_LISTS = ("agencies", "agreements", "drivers", "events", "baskets", "pathways")


def faults(scenario: Scenario) -> list[Fault]:
    """Return every fault that no single field can show: unknown names, sums, dates, doubled ids."""
    parts = list(_parts(scenario, ()))
    checks = (_named_apart, _dates, _years, _doubled, rule_faults, agreement_faults, programme_faults)
    found = [fault for check in checks for fault in check(scenario)]
    found += [*_unknown(scenario, parts), *_unsourced(scenario, parts)]
    for i, agency in _bodies(scenario):
        found += agency_faults(scenario, agency, ("agencies", i))
        found += plan_faults(scenario, agency, ("agencies", i))
    return found


def _bodies(scenario: Scenario) -> Iterator[tuple[int, Agency]]:
    """Yield every body with books of its own, with its place in the file."""
    for i, agency in enumerate(scenario.agencies):
        if isinstance(agency, Agency):
            yield i, agency


def _named_apart(scenario: Scenario) -> Iterator[Fault]:
    """Yield a place that has the id of one of its bodies, whose chances could not be told from its own."""
    place, bodies = scenario.place, {body.id: body.name for body in scenario.bodies}
    if len(bodies) > 1 and place.id in bodies:
        rule = f"a place of more than one body has an id of its own; `{place.id}` is that of {bodies[place.id]}"
        yield Fault(("place", "id"), rule, f"give the place another id, such as `{place.id}_place`")


def _dates(scenario: Scenario) -> Iterator[Fault]:
    first, last = max(scenario.first_year, scenario.open_year), scenario.base_year + scenario.years
    if not first <= scenario.budget_year <= last:
        allowed = f"is {first}" if first == last else f"is one of {first} to {last}"
        rule, remedy = f"the budget year {allowed}", "give one of these, or raise `years`"
        if first > last:
            rule, remedy = f"the budget year is {first} or later; the years projected end with {last}", "raise `years`"
        elif scenario.budget_year < first:
            remedy = "give one of these"
        why = "it comes after the base year, is not over at as_at, and lies within the years projected"
        yield Fault(("budget_year",), f"{rule}: {why}", remedy)
    if scenario.as_at < datetime.date(scenario.base_year.start, 4, 1):
        yield Fault(("as_at",), "as_at is a date after the base year begins", "give the date at which this was known")


def _series(scenario: Scenario) -> Iterator[tuple[Address, str, Collection[FinancialYear]]]:
    """Yield what is entered by year and must begin with the base year: its address, its name, its years."""
    for i, agency in _bodies(scenario):
        tax, at = agency.tax, ("agencies", i, "funding")
        if tax:
            yield (*at, "council_tax", "requirement"), "requirement", tax.requirement
            yield (*at, "council_tax", "band_d"), "band_d", tax.band_d
        if tax and tax.parish_precepts:
            yield (*at, "council_tax", "parish_precepts"), "parish_precepts", tax.parish_precepts
        for j, grant in enumerate(agency.funding.grants) if isinstance(agency, LocalAuthority) else ():
            yield (*at, "grants", j, "amounts"), f"grants.{grant.id}", grant.amounts
        for j, levy in enumerate(agency.levies):
            yield ("agencies", i, "levies", j, "amounts"), f"levies.{levy.id}", levy.amounts
        if tax and tax.social_care_precept:
            yield (*at, "council_tax", "social_care_precept", "raised"), "raised", tax.social_care_precept.raised


def _years(scenario: Scenario) -> Iterator[Fault]:
    base = scenario.base_year
    missing = [name for _, name, years in _series(scenario) if base not in years]
    if len(missing) > 1:
        listed = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
        remedy = f"give the year for which all of them hold figures, or add {base} to each"
        yield Fault(("base_year",), f"no figures for {base} in: {listed}", remedy)
        return
    for address, _, years in _series(scenario):
        if base not in years:
            yield Fault(address, f"a figure for the base year {base} is needed", "add that year")
        elif min(years) < base:
            rule = f"figures begin with the base year {base}; {min(years)} comes before it"
            yield Fault((*address, str(min(years))), rule, "take it out, or give an earlier base year")
        elif hole := next((base + t for t in range(len(years)) if base + t not in years), None):
            rule = f"years follow one another from the base year on; {hole} is missing"
            yield Fault(address, rule, "add it, or take out the later years")


def _doubled(scenario: Scenario) -> Iterator[Fault]:
    lists: list[list[tuple[Address, Any]]] = [
        [((key, i), record) for i, record in enumerate(getattr(scenario, key))] for key in _LISTS
    ]
    for i, agency in _bodies(scenario):
        lists += [
            [((*at, j), record) for at, held in group for j, record in enumerate(held)]
            for group in _named_together(agency, ("agencies", i))
        ]
    for records in lists:
        seen = set[str]()
        for address, record in records:
            if record.id in seen:
                yield Fault((*address, "id"), f"ids are unique; `{record.id}` stands twice", "rename one of them")
            seen.add(record.id)


def _named_together(agency: Agency, at: Address) -> Iterator[list[tuple[Address, Sequence[Any]]]]:
    """Yield the lists of one body whose records share one set of ids."""
    yield [((*at, "spending"), agency.spending), ((*at, *incomes_at(agency)), agency.incomes),
           ((*at, "levies"), agency.levies)]  # fmt: skip
    yield [((*at, "savings"), agency.savings)]
    yield [((*at, "plan", "lines"), agency.plan.lines if agency.plan else [])]
    yield [((*at, "reserves", "named"), agency.held.named if agency.held else [])]


def _parts(part: Any, at: Address) -> Iterator[tuple[Address, BaseModel]]:
    """Yield every record and group of a scenario with its address."""
    held: list[tuple[str | int, Any]] = []
    if isinstance(part, BaseModel):
        yield at, part
        held = [(step, getattr(part, name)) for name, step in _fields(type(part))]
    elif isinstance(part, dict):
        held = [(str(key), value) for key, value in part.items()]
    elif isinstance(part, list):
        held = list(enumerate(part))
    for step, value in held:
        if isinstance(value, BaseModel | dict | list):
            yield from _parts(value, (*at, step))


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a model, each with what a file calls it."""
    return tuple((name, field.alias or name) for name, field in model.model_fields.items())


def _references(scenario: Scenario, parts: Parts) -> Iterator[tuple[Address, str, str]]:
    """Yield (address, name, what it must name) for every name one part uses for another."""
    for at, part in parts:
        for key, kind in _naming(type(part)):
            if isinstance(name := getattr(part, key, None), str):
                narrow = GROWTH if key == "driver" and isinstance(part, Income | Levy | SpendingReview) else kind
                yield (*at, key), name, f"line of {scenario.agencies[int(at[1])].id}" if kind == "line" else narrow
        for name in part.shares if isinstance(part, Basket) else ():
            yield (*at, "shares", name), name, GROWTH
        listed, kind = _listed(part)
        for k, name in enumerate(getattr(part, listed, ())):
            yield (*at, listed, k), name, f"{kind} of {scenario.agencies[int(at[1])].id}"


@cache
def _naming(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Return those fields of a model that name another part; asking every part for every field would take longest."""
    return tuple((key, kind) for key, kind in NAMED.items() if key in model.model_fields or hasattr(model, key))


def _listed(part: BaseModel) -> tuple[str, str]:
    """Return the list of names that a part holds, if any, and what each of them names."""
    return {PlanLine: ("covers", "part"), SocialCarePrecept: ("spent_on", "line")}.get(type(part), ("", ""))


def _unknown(scenario: Scenario, parts: Parts) -> Iterator[Fault]:
    known = {
        "driver": {driver.id for driver in scenario.drivers},
        GROWTH: {driver.id for driver in scenario.drivers if driver.kind == "growth"},
        LEVEL: {driver.id for driver in scenario.drivers if driver.kind == "level"},
        "basket": {basket.id for basket in scenario.baskets},
        **{f"line of {agency.id}": {line.id for line in agency.spending} for agency in scenario.bodies},
        **{f"part of {agency.id}": set(covered(agency)) for agency in scenario.bodies},
        "agreement": {agreement.id for agreement in scenario.agreements},
        "pathway": {pathway.id for pathway in scenario.pathways},
        "body": set(scenario.names),
    }
    named = list(_references(scenario, parts))
    used = {name for _, name, _ in named}
    yield from unknown_names((at, name, kind, known[kind]) for at, name, kind in named if name not in known[kind])
    for i, driver in enumerate(scenario.drivers[:MOST_COMPARED]):
        close = (
            [] if driver.id in used else difflib.get_close_matches(driver.id, sorted(used & known["driver"]), 1, 0.75)
        )
        if close and len(scenario.drivers) <= MOST_COMPARED:
            rule = f"a driver moves something; nothing uses the driver `{driver.id}`"
            yield Fault(("drivers", i, "id"), rule, f"did you mean `{close[0]}`? Else let a line or basket name it")


def _unsourced(scenario: Scenario, parts: Parts) -> Iterator[Fault]:
    """Yield every record that names a source the scenario does not hold."""
    listed = ", ".join(sorted(scenario.sources)) or "none are held"
    for at, part in parts:
        if isinstance(part, Record) and part.source and part.source not in scenario.sources:
            rule = f"`{part.source}` is not an id under `sources`"
            yield Fault((*at, "source"), rule, f"add it there, or use: {listed}")
