"""Programmes that buy slots beyond hospital: what they save is what the pathway says, at the margin."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from simulator.commissioning import commissioned
from simulator.compiled import Compiled
from simulator.drivers import DriverPaths
from simulator.pathway_surface import days_saved
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.prevention import Flows, flows
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms
from simulator.scenario_file import load
from tests.places import ROOT


@cache
def place() -> tuple[Compiled, PreventionTerms, int]:
    """The demo place with staff for all, and where home first stands among its programmes."""
    scenario = load(ROOT / "scenarios" / "lancashire.yaml").scenario
    compiled = compile_scenario(scenario)
    terms = commissioned(scenario, compiled)
    assert terms is not None
    staffed = replace(terms, programmes=tuple(replace(one, staff={}) for one in terms.programmes))
    return compiled, staffed, next(p for p, one in enumerate(terms.programmes) if one.way_home is not None)


def found(size: float, terms: PreventionTerms | None = None, lucky: bool = True) -> Flows:
    """What home first alone does at a size."""
    compiled, usual, mine = place()
    paths = DriverPaths(compiled, 1)
    block = paths.block(0, 1) if lucky else paths.central()
    sizes = tuple(size if p == mine else 0.0 for p in range(len(usual.programmes)))
    return flows(Scene(compiled, terms or usual, block, price(compiled, block)), sizes)


def test_slots_bought_save_the_days_that_the_surface_says() -> None:
    _, terms, mine = place()
    way, programme = terms.ways_home[0], terms.programmes[mine]
    slots = programme.kept * 1e6 / way.terms.slot_year * programme.scale[-1]
    assert programme.kept == pytest.approx(0.85)  # evidence of grade 4
    ones = np.ones((1, 1))
    expected = days_saved(way.surface, way.terms, ones, ones, slots).days[0, 0]
    whole = found(1e6, lucky=False)
    # Without luck demand keeps pace with beds and slots, so every year is the base year's.
    assert whole.waits[0].days[-1, 0] == pytest.approx(expected)
    assert expected == pytest.approx(365 * slots, rel=0.25)


def test_a_day_less_saves_no_more_than_it_costs_at_the_margin() -> None:
    compiled, terms, _ = place()
    way = terms.ways_home[0]
    trust = terms.services[way.service].agency
    whole = found(1e6)
    unit = price_of(whole)
    most = whole.waits[0].days * way.terms.bed_day * way.terms.marginal * unit
    assert (whole.cash[trust] <= most + 0.01).all() and whole.cash[trust].sum() > 0
    average = whole.waits[0].days * way.terms.bed_day * unit
    assert whole.reliefs[way.service].avoided == pytest.approx(average)
    assert compiled.agency_ids[trust] == "elht"


@pytest.mark.parametrize("backfill", [0.0, 0.25, 0.5, 1.0])
def test_a_bed_filled_again_saves_nothing(backfill: float) -> None:
    """Without luck the marginal cost binds, so cash is that of the beds that stay empty."""
    _, terms, _ = place()
    way = terms.ways_home[0]
    services = tuple(
        replace(one, release=one.release._replace(backfill=backfill, growth_cashable=1.0, stranded=0.0))
        if s == way.service
        else one
        for s, one in enumerate(terms.services)
    )
    shares = tuple(
        replace(one, gains=tuple(gain._replace(cashable=1.0) for gain in one.gains)) for one in terms.programmes
    )
    whole = found(1e6, replace(terms, services=services, programmes=shares), lucky=False)
    worth = whole.waits[0].days * way.terms.bed_day * way.terms.marginal * price_of(whole)
    assert whole.reliefs[way.service].cash == pytest.approx((1 - backfill) * worth)
    assert worth.max() > 100_000


def price_of(whole: Flows) -> np.ndarray:
    """The price of hospital care, 1 in the base year, from what bed-days came to."""
    relief, wait = whole.reliefs[place()[1].ways_home[0].service], whole.waits[0]
    cost = wait.cost
    return np.divide(relief.avoided, cost, out=np.ones_like(cost), where=cost > 0)


def test_nobody_is_paid_less_for_days_that_patients_only_waited() -> None:
    whole = found(1e6)
    assert whole.waits[0].days[-1].mean() > 0 and np.abs(whole.paid).max() < 0.01
    assert whole.paid.sum(axis=0) == pytest.approx(0, abs=0.01)


def test_places_spared_on_the_spot_are_told_and_are_nobodys_cash() -> None:
    _, terms, _ = place()
    whole, way = found(1e6), terms.ways_home[0]
    waits = whole.waits[0]
    assert waits.places[2:].min() > 0
    assert waits.places == pytest.approx(waits.days / way.terms.patience * way.terms.spot_share)
    assert whole.cash.sum(axis=0) == pytest.approx(sum(relief.cash for relief in whole.reliefs))


def test_more_slots_never_save_fewer_days_and_each_saves_no_more_than_the_one_before() -> None:
    days = [found(size).waits[0].days for size in (0.5e6, 1e6, 2e6, 4e6)]
    for fewer, more in pairwise(days):
        assert (more >= fewer - 1e-6).all()
    mean = [part[-1].mean() for part in days]
    assert mean[1] / mean[0] <= 2.05 and mean[3] / mean[2] <= 2.05


def test_without_delay_to_shorten_slots_save_nothing() -> None:
    _, terms, _ = place()
    way = terms.ways_home[0]
    ample = replace(terms, ways_home=(replace(way, terms=replace(way.terms, slots=way.terms.slots * 3)),))
    # The surface's own error about nought delay is a small part of a bed.
    assert found(1e6, ample, lucky=False).waits[0].days.max() < 0.1 * 365
