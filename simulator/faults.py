"""Faults that no single field can show: names and sources, sums, dates, doubled ids, what has no effect."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import BaseModel

from simulator.agency_faults import Address, Fault, agency_faults
from simulator.assumptions import Basket, Driver, Event, Record, SpendingReview
from simulator.place import Grant
from simulator.scenario import Scenario
from simulator.years import FinancialYear

LARGEST_COMMON_SHARE = 0.9
MOST_YEARS, MOST_COMPARED = 16, 200
Parts = list[tuple[Address, BaseModel]]
GROWTH, LEVEL = "driver of kind growth", "driver of kind level"
NAMED = {
    "demand": GROWTH, "tax_base": GROWTH, "base": GROWTH, "multiplier": GROWTH, "collection": LEVEL,
    "borrowing_rate": LEVEL, "short_rate": LEVEL, "driver": "driver", "basket": "basket", "matched_to": "line",
}  # fmt: skip
"""Fields that name another part, and what they name."""
_LISTS = ("agencies", "drivers", "events", "baskets")


def faults(scenario: Scenario) -> list[Fault]:
    """Return every fault that no single field can show: unknown names, sums, dates, doubled ids."""
    parts = list(_parts(scenario, ()))
    checks = (_dates, _years, _doubled, _rings, _basket_faults)
    found = [fault for check in checks for fault in check(scenario)]
    found += [*_unknown(scenario, parts), *_unsourced(scenario, parts)]
    for i, driver in enumerate(scenario.drivers):
        found += _driver_faults(scenario, driver, ("drivers", i))
    for i, event in enumerate(scenario.events):
        found += _event_faults(event, ("events", i))
    for i, agency in enumerate(scenario.agencies):
        found += agency_faults(scenario, agency, ("agencies", i))
    return found


def _dates(scenario: Scenario) -> Iterator[Fault]:
    if scenario.budget_year < max(scenario.first_year, scenario.open_year):
        rule = "the budget year comes after the base year and is not over at as_at"
        yield Fault(("budget_year",), rule, "give a later year")
    elif scenario.budget_year - scenario.base_year > scenario.years:
        yield Fault(("budget_year",), "the budget year lies within the years projected", "raise `years` or lower it")
    if scenario.as_at < datetime.date(scenario.base_year.start, 4, 1):
        yield Fault(("as_at",), "as_at is a date after the base year begins", "give the date at which this was known")


def _series(scenario: Scenario) -> Iterator[tuple[Address, str, Collection[FinancialYear]]]:
    """Yield what is entered by year and must begin with the base year: its address, its name, its years."""
    for i, agency in enumerate(scenario.agencies):
        tax, at = agency.funding.council_tax, ("agencies", i, "funding")
        yield (*at, "council_tax", "requirement"), "requirement", tax.requirement
        yield (*at, "council_tax", "band_d"), "band_d", tax.band_d
        if tax.parish_precepts:
            yield (*at, "council_tax", "parish_precepts"), "parish_precepts", tax.parish_precepts
        for j, grant in enumerate(agency.funding.grants):
            yield (*at, "grants", j, "amounts"), f"grants.{grant.id}", grant.amounts


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
    for i, agency in enumerate(scenario.agencies):
        grants = [(("agencies", i, "funding", "grants", j), grant) for j, grant in enumerate(agency.funding.grants)]
        lists.append([*((("agencies", i, "spending", j), line) for j, line in enumerate(agency.spending)), *grants])
    for records in lists:
        seen = set[str]()
        for address, record in records:
            if record.id in seen:
                yield Fault((*address, "id"), f"ids are unique; `{record.id}` stands twice", "rename one of them")
            seen.add(record.id)


def _parts(part: Any, at: Address) -> Iterator[tuple[Address, BaseModel]]:
    """Yield every record and group of a scenario with its address."""
    held: list[tuple[str | int, Any]] = []
    if isinstance(part, BaseModel):
        yield at, part
        held = [(field.alias or name, getattr(part, name)) for name, field in type(part).model_fields.items()]
    elif isinstance(part, dict):
        held = [(str(key), value) for key, value in part.items()]
    elif isinstance(part, list):
        held = list(enumerate(part))
    for step, value in held:
        if isinstance(value, BaseModel | dict | list):
            yield from _parts(value, (*at, step))


def _references(scenario: Scenario, parts: Parts) -> Iterator[tuple[Address, str, str]]:
    """Yield (address, name, what it must name) for every name one part uses for another."""
    for at, part in parts:
        for key, kind in NAMED.items():
            if isinstance(name := getattr(part, key, None), str):
                narrow = GROWTH if key == "driver" and isinstance(part, Grant | SpendingReview) else kind
                yield (*at, key), name, f"line of {scenario.agencies[int(at[1])].id}" if kind == "line" else narrow
        for name in part.shares if isinstance(part, Basket) else ():
            yield (*at, "shares", name), name, GROWTH


def _unknown(scenario: Scenario, parts: Parts) -> Iterator[Fault]:
    known = {
        "driver": {driver.id for driver in scenario.drivers},
        GROWTH: {driver.id for driver in scenario.drivers if driver.kind == "growth"},
        LEVEL: {driver.id for driver in scenario.drivers if driver.kind == "level"},
        "basket": {basket.id for basket in scenario.baskets},
        **{f"line of {agency.id}": {line.id for line in agency.spending} for agency in scenario.agencies},
    }
    used = set[str]()
    for address, name, kind in _references(scenario, parts):
        used.add(name)
        if name not in known[kind]:
            yield unknown_name(address, name, kind, known[kind])
    for i, driver in enumerate(scenario.drivers[:MOST_COMPARED]):
        close = (
            [] if driver.id in used else difflib.get_close_matches(driver.id, sorted(used & known["driver"]), 1, 0.75)
        )
        if close and len(scenario.drivers) <= MOST_COMPARED:
            rule = f"a driver moves something; nothing uses the driver `{driver.id}`"
            yield Fault(("drivers", i, "id"), rule, f"did you mean `{close[0]}`? Else let a line or basket name it")


def unknown_name(address: Address, name: str, kind: str, known: Collection[str]) -> Fault:
    """Return the fault of a name that nothing of its kind has, with the nearest that is known."""
    listed = ", ".join(sorted(known)) or "none; defaults come only by `extends`"
    close = difflib.get_close_matches(name, sorted(known)[:MOST_COMPARED], 1, 0.6)
    rule = f"this names a {kind} that the scenario holds; `{name}` is not one"
    return Fault(address, rule, f"did you mean `{close[0]}`? One of: {listed}" if close else f"use one of: {listed}")


def _unsourced(scenario: Scenario, parts: Parts) -> Iterator[Fault]:
    """Yield every record that names a source the scenario does not hold."""
    listed = ", ".join(sorted(scenario.sources)) or "none are held"
    for at, part in parts:
        if isinstance(part, Record) and part.source and part.source not in scenario.sources:
            rule = f"`{part.source}` is not an id under `sources`"
            yield Fault((*at, "source"), rule, f"add it there, or use: {listed}")


def _driver_faults(scenario: Scenario, driver: Driver, at: Address) -> Iterator[Fault]:
    own, review, floor = driver.own_level, scenario.spending_review, driver.floor
    common = sum(load.used**2 for load in driver.loadings.values())
    between, share = "persistence lies between 0 and 0.99 (1 for a trend)", "give a share such as 0.5"
    checks: list[tuple[bool, Address, str, str]] = [
        (common > LARGEST_COMMON_SHARE + 1e-9, ("loadings",),
         f"squared loadings add up to at most {LARGEST_COMMON_SHARE}; these make {common:.3f}", "lower the loadings"),
        (bool((p := driver.persistence) and not 0 <= p.used <= 0.99), ("persistence",), between, share),
        (bool((p := driver.trend_persistence) and not 0 <= p.used <= 1), ("trend_persistence",), between, share),
        (bool(own and not 0 <= own.persistence.used <= 0.99), ("own_level", "persistence"), between, share),
        (bool(own and driver.transitory), ("transitory",),
         "a driver with `own_level` keeps its level noise there", "move it into it"),
        (bool(own and driver.confirmed), ("confirmed",),
         "a driver with `own_level` has no confirmed years: a body's own level is never known", "take one of them out"),
        (bool(floor and floor.ratio.used <= 0), ("floor", "ratio"),
         "the ratio to a floor is above nought", "give a ratio such as 1.05"),
        (bool(review and review.driver == driver.id and driver.trend), ("trend",),
         "a spending review stands in place of a trend error", "take one out"),
    ]  # fmt: skip
    yield from (Fault((*at, *field), rule, remedy) for bad, field, rule, remedy in checks if bad)
    for year in driver.confirmed:
        if datetime.date(year.start, 4, 1) > scenario.as_at:
            yield Fault((*at, "confirmed"), f"{year} begins after as_at, so it cannot be confirmed", "take it out")
    for year in driver.surprise:
        if year in driver.confirmed:
            remedy = f"take {year} out of `confirmed`, or the surprise out"
            yield Fault((*at, "surprise", str(year)), "a confirmed year has no surprise", remedy)
        elif not 0 < year - scenario.base_year <= MOST_YEARS:
            rule = f"a surprise falls in one of the {MOST_YEARS} years after the base year {scenario.base_year}"
            yield Fault((*at, "surprise", str(year)), rule, "move it to such a year, or take it out")


def _event_faults(event: Event, at: Address) -> Iterator[Fault]:
    if event.driver and not event.national:
        yield Fault((*at, "national"), "a jump of a driver is national", "take `national: false` or `driver` out")
    for key in ("years", "phase", "demand", "capitalised_over", "funded") if event.driver else ():
        if getattr(event, key) != Event.model_fields[key].default:
            rule = f"an event with `driver` is a jump of that driver and takes no `{key}`"
            yield Fault((*at, key), rule, f"take `{key}` out, or `driver`")
    for key in ("years", "phase") if event.capitalised_over and not event.driver else ():
        if getattr(event, key) not in (None, 1):
            rule = f"a cost spread over `capitalised_over` years takes no `{key}` of its own"
            yield Fault((*at, key), rule, f"take `{key}` out, or `capitalised_over`")
    if event.years is not None and event.years < event.phase and not event.driver and not event.capitalised_over:
        rule = f"a cost lasts at least as long as it takes to arrive; `phase` is {event.phase}, `years` {event.years}"
        yield Fault((*at, "phase"), rule, "raise `years`, write `years: null` for good, or lower `phase`")


def _rings(scenario: Scenario) -> Iterator[Fault]:
    links = {d.id: [x.driver for x in (*d.follows, *d.central_from, d.floor) if x] for d in scenario.drivers}
    try:
        TopologicalSorter(links).prepare()
    except CycleError as ring:
        at: Address = ("drivers", [*links].index(ring.args[1][0]), "follows")
        yield Fault(
            at, f"drivers follow one another in one direction only: {' -> '.join(ring.args[1])}", "break the ring"
        )


def _basket_faults(scenario: Scenario) -> Iterator[Fault]:
    sums: dict[Address, list[float]] = {
        ("baskets", i, "shares"): [share.used for share in b.shares.values()] for i, b in enumerate(scenario.baskets)
    }
    if scenario.spending_review:
        sums["spending_review", "states"] = [state.chance.used for state in scenario.spending_review.states]
    for address, shares in sums.items():
        if abs(sum(shares) - 1) > 1e-9:
            what = "shares of a basket" if address[0] == "baskets" else "chances"
            yield Fault(address, f"the {what} add up to 100%; these make {sum(shares):.1%}", "change one of them")
