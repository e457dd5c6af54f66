"""Faults of drivers, events, baskets and rules that no single field can show."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from simulator.agency_faults import Address, Fault
from simulator.assumptions import Driver, Event
from simulator.place import Agency
from simulator.rules import LevyBand
from simulator.scenario import Scenario
from simulator.thresholds import USUAL

LARGEST_COMMON_SHARE = 0.9
MOST_YEARS = 16


def rule_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield the faults of what a scenario believes and of the rules it states."""
    for i, driver in enumerate(scenario.drivers):
        yield from _driver_faults(scenario, driver, ("drivers", i))
    for i, event in enumerate(scenario.events):
        yield from _event_faults(event, ("events", i))
    for check in (
        _rings,
        _basket_faults,
        _delivery_faults,
        _law_faults,
        _threshold_faults,
        _provision_faults,
        _statement_years,
    ):
        yield from check(scenario)


def _driver_faults(scenario: Scenario, driver: Driver, at: Address) -> Iterator[Fault]:
    own, review, floor = driver.own_level, scenario.spending_review, driver.floor
    common = sum(load.used**2 for load in driver.loadings.values())
    between, share = "persistence lies between 0 and 0.99 (1 for a trend or a level)", "give a share such as 0.5"
    most = 1 if driver.kind == "level" else 0.99
    checks: list[tuple[bool, Address, str, str]] = [
        (common > LARGEST_COMMON_SHARE + 1e-9, ("loadings",),
         f"squared loadings add up to at most {LARGEST_COMMON_SHARE}; these make {common:.3f}", "lower the loadings"),
        (bool((p := driver.persistence) and not 0 <= p.used <= most), ("persistence",), between, share),
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
    if driver.moves_in and not any(0 < year - scenario.base_year <= MOST_YEARS for year in driver.moves_in):
        rule = (
            f"a driver moves in one of the {MOST_YEARS} years after the base year {scenario.base_year}; this never does"
        )
        yield Fault((*at, "moves_in"), rule, "add such a year, or take it out")
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
    for key in ("years", "phase", "demand", "capitalised_over", "funded", "strikes") if event.driver else ():
        if getattr(event, key) != Event.model_fields[key].get_default(call_default_factory=True):
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


def _delivery_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield means of delivery that leave no room for their spread: shares lie between nought and all."""
    rates = scenario.rules.delivery
    if rates is None:
        return
    means: list[tuple[Address, float]] = [
        (("rules", "delivery", key), getattr(rates, key).used) for key in ("green", "amber", "red", "new")
    ]
    means += [
        (("agencies", i, "delivery_record"), agency.delivery_record.used)
        for i, agency in enumerate(scenario.agencies)
        if isinstance(agency, Agency) and agency.delivery_record
    ]
    for address, mean in means:
        if rates.sd.used > 0 and rates.sd.used**2 >= mean * (1 - mean):
            room = (mean * (1 - mean)) ** 0.5
            rule = f"about a mean of {mean:.0%} a share spreads by less than {room:.1%}; `sd` is {rates.sd.used:.1%}"
            yield Fault(address, rule, "move it away from 0% and 100%, or lower `rules.delivery.sd`")


def _law_faults(scenario: Scenario) -> Iterator[Fault]:
    rates, override = scenario.rules.business_rates, scenario.rules.high_needs_override
    for year, bands in rates.levy_bands.items() if rates else ():
        yield from _band_faults(bands, ("rules", "business_rates", "levy_bands", str(year)))
    if override and override.grant_paid >= override.ends:
        rule = f"the stability grant is paid while the override lasts, so before {override.ends}"
        yield Fault(("rules", "high_needs_override", "grant_paid"), rule, "give an earlier year, or a later end")


def _band_faults(bands: list[LevyBand], at: Address) -> Iterator[Fault]:
    starts = [band.above.used for band in bands]
    if not bands or starts[0] != 0:
        yield Fault(at, "the first band of a levy begins at 0", "add `{above: 0, rate: 0%}` as the first")
    elif any(after <= before for before, after in pairwise(starts)):
        yield Fault(at, "bands of a levy begin one above the other", "put them in rising order")


CHANCES = ("R02", "A02", "A03", "A13")
"""Tests that are chances."""


def _threshold_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield bounds of tests that are not there, and bounds the wrong way round."""
    for key, stated in scenario.rules.thresholds.items():
        at: Address = ("rules", "thresholds", key)
        if key not in USUAL:
            remedy = f"take it out, or name one of: {', '.join(USUAL)}"
            yield Fault(at, "bounds belong to a test of the evidence; there is none of this name", remedy)
            continue
        if key.startswith(CHANCES) and not (0 <= stated.green.used <= 1 and 0 <= stated.amber.used <= 1):
            yield Fault(
                at, f"{key} is a chance, so its bounds lie between 0% and 100%", "write them with a per cent sign"
            )
            continue
        green, amber, falling = stated.green.used, stated.amber.used, USUAL[key].falling
        if (green > amber) if falling else (green < amber):
            better, way = ("less", "at or below") if falling else ("more", "at or above")
            rule = f"in {key} {better} is better, so `green` lies {way} `amber`; here {green:g} and {amber:g}"
            yield Fault(at, rule, "change one of them")


def _provision_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield provisions for growth that nothing has: of a driver that is not there, or of one that is a level."""
    growing = {driver.id for driver in scenario.drivers if driver.kind != "level"}
    for i, agency in enumerate(scenario.agencies):
        stated = agency.statement.provisions if isinstance(agency, Agency) and agency.statement else {}
        for name in stated:
            if name not in growing:
                rule = "a provision is growth of a driver under `drivers` that grows; there is none of this name"
                remedy = f"name one of: {', '.join(sorted(growing))}"
                yield Fault(("agencies", i, "statement", "provisions", name), rule, remedy)


def _statement_years(scenario: Scenario) -> Iterator[Fault]:
    """Yield years of a statement that are none of it: provisions past the projection, a record of a year still open."""
    last = scenario.projected[-1]
    for i, agency in enumerate(scenario.agencies):
        stated = agency.statement if isinstance(agency, Agency) else None
        at: Address = ("agencies", i, "statement")
        for name, provisions in stated.provisions.items() if stated else ():
            for year in provisions:
                if not scenario.first_year <= year <= last:
                    rule = f"provisions are of the years projected, {scenario.first_year} to {last}"
                    yield Fault((*at, "provisions", name, str(year)), rule, "give one of these, or take it out")
        for year in stated.past if stated else ():
            if year >= scenario.open_year:
                rule = (
                    f"a past year is closed at the as-at date, {scenario.as_at}: the last is {scenario.open_year + -1}"
                )
                yield Fault((*at, "past", str(year)), rule, "take it out, or give a year that is closed")
