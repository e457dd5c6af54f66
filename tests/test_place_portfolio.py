"""The demo place's programmes as a portfolio: what they cost, what its bodies have room for, and the proof."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shifts import Tried, one_programme

from simulator.blocks import Sample
from simulator.bought import bought
from simulator.commissioning import commissioned
from simulator.common_measure import HEALTH_RATE, MONEY_RATE, discounted
from simulator.drivers import DriverPaths
from simulator.headroom import Allowed
from simulator.place_portfolio import Ground, compared_on_duties, limits, options, proved
from simulator.portfolio import choose
from simulator.portfolio_options import Limits, Option
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.prevention import flows
from simulator.programme_scene import Scene
from simulator.programme_terms import Shift
from simulator.programmes import RETURN
from simulator.robust_choice import Candidate
from simulator.scenario_file import load
from simulator.shift_sizes import no_shift
from simulator.shift_trials import judged
from simulator.variants import Variant

ROOT = Path(__file__).resolve().parent.parent / "scenarios"
ALLOWED = Allowed(0.01, 0.0005)


@pytest.fixture(scope="module")
def ground() -> Ground:
    scenario = load(ROOT / "lancashire.yaml").scenario
    compiled = compile_scenario(scenario)
    terms = commissioned(scenario, compiled)
    assert terms is not None
    assert scenario.prevention is not None
    return Ground(compiled, terms, scenario.prevention, Sample(200))


@pytest.fixture(scope="module")
def offered(ground: Ground) -> tuple[Option, ...]:
    return options(ground)


@pytest.fixture(scope="module")
def room(ground: Ground) -> Limits:
    held = limits(ground, ALLOWED)
    # What staff allow is tried elsewhere; here nobody lacks them.
    return replace(held, staff={group: np.full(posts.shape, 1e4) for group, posts in held.staff.items()})


def test_every_programme_is_an_option_within_its_reach(ground: Ground, offered: tuple[Option, ...]) -> None:
    assert [one.id for one in offered] == [programme.id for programme in ground.terms.programmes]
    for one, programme in zip(offered, ground.terms.programmes, strict=True):
        assert one.most - one.present == programme.most
        assert one.net_cost.shape == (len(ground.compiled.agency_ids), ground.compiled.horizon, 200)
        assert (one.net_cost[:, : programme.start] == 0).all()
        assert one.mean_value > 0


def test_a_pound_is_worth_what_the_engine_avoids_with_it(ground: Ground, offered: tuple[Option, ...]) -> None:
    """High blood pressure, which overlaps with nothing alone: fidelity counts, and so does every age within sight."""
    p = next(p for p, one in enumerate(ground.terms.programmes) if one.id == "hypertension")
    programme, scene, wanted = ground.terms.programmes[p], first_block(ground), ground.sample.paths
    found = flows(scene, [1e6 if q == p else 0.0 for q in range(len(offered))])
    avoided = found.outside / scene.cost[p].actual
    for s, relief in enumerate(found.reliefs):
        avoided = avoided + relief.avoided / scene.unit[s].actual
    # What £1 a year gives within the horizon, of all that it gives in the end.
    years = len(programme.scale)
    seen = sum(programme.scale[u] * programme.cohort[: years - u].sum() for u in range(years))
    runs = discounted(programme.scale[:, None], MONEY_RATE)[0]
    per_pound = offered[p].value / runs
    assert avoided.sum(axis=0)[:wanted] / 1e6 == pytest.approx(per_pound * seen)
    assert programme.fidelity is not None and per_pound.mean() < 0.85 * programme.per_pound[1]


def test_slots_are_worth_the_days_that_the_pathway_says_they_save(ground: Ground, offered: tuple[Option, ...]) -> None:
    """In place of the share of the return at the trust: one value wherever it is told."""
    p = next(p for p, one in enumerate(ground.terms.programmes) if one.way_home is not None)
    programme, scene, wanted = ground.terms.programmes[p], first_block(ground), ground.sample.paths
    found = flows(scene, [programme.spend if q == p else 0.0 for q in range(len(offered))])
    (days,) = found.waits
    elsewhere = sum(gain.share for gain in programme.gains if gain.service != days.service)
    runs = discounted(programme.scale[:, None], MONEY_RATE)[0]
    saved = discounted(days.cost, MONEY_RATE) / programme.spend
    assert saved.mean() > 0
    assert offered[p].value == pytest.approx((saved + elsewhere * runs * scene.luck[p][0])[:wanted])


def test_outcomes_are_cut_by_the_same_fidelity() -> None:
    """300 QALYs for £1m at three fifths of the design are 180; a library that is sure of both leaves no doubt."""
    stated = {"outcomes": {"qalys": 300}}
    whole, part = (Tried(one_programme(1.0, kind={**stated, **more})) for more in ({}, {"fidelity": "60%"}))
    runs = discounted(whole.terms.programmes[0].scale[:, None], HEALTH_RATE)[0]
    for tried, qalys in ((whole, 300e-6), (part, 180e-6)):
        assert tried.scenario.prevention is not None
        value = bought(tried.scene, tried.scenario.prevention, 0, "qalys", (1e6, tried.flows(1)))
        assert value == pytest.approx(qalys * runs)


def first_block(ground: Ground) -> Scene:
    """The place on its first futures, with staff for all."""
    block = DriverPaths(ground.compiled, ground.sample.seed).block(0, 1)
    terms = replace(ground.terms, programmes=tuple(replace(one, staff={}) for one in ground.terms.programmes))
    return Scene(ground.compiled, terms, block, price(ground.compiled, block))


def test_a_body_that_neither_pays_nor_gains_bears_nothing(ground: Ground, offered: tuple[Option, ...]) -> None:
    ids = ground.compiled.agency_ids
    for one, programme in zip(offered, ground.terms.programmes, strict=True):
        gains = {ground.terms.services[gain.service].agency for gain in programme.gains if gain.service is not None}
        party = {*np.flatnonzero(programme.pays), *gains, ids.index("lsc_icb")}
        others = [a for a in range(len(ids)) if a not in party]
        assert others
        assert (one.net_cost[others] == 0).all()


def test_a_measure_that_the_library_lacks_sets_programmes_aside(ground: Ground, room: Limits) -> None:
    by_qalys = options(ground, "qalys")
    known = {one.id for one in by_qalys if not np.isnan(one.mean_value)}
    choice = choose(by_qalys, room)
    assert known
    assert {aside.option for aside in choice.aside} == {one.id for one in by_qalys} - known
    assert all(gap.what == "value" for aside in choice.aside for gap in aside.gaps)


def test_rooms_are_above_nought_and_a_looser_tolerance_gives_no_less(ground: Ground, room: Limits) -> None:
    assert (room.headroom >= 0).all()
    assert (room.headroom > 0).any()
    assert (limits(ground, Allowed(0.05, 0.005)).headroom >= room.headroom - 1e-6).all()


def test_the_choice_is_proved_on_the_engine_and_cut_until_it_is(
    ground: Ground, offered: tuple[Option, ...], room: Limits
) -> None:
    found = proved(ground, (offered, room), ALLOWED)
    assert found.safe
    assert found.met is not None
    assert (found.met.rise[1] <= ALLOWED.breach_rise + 1e-12).all()
    # Room that no body has: some body fails the proof, is held back, and less is bought.
    boundless = replace(room, headroom=np.full_like(room.headroom, 1e9))
    cut = proved(ground, (offered, boundless), ALLOWED)
    assert cut.held_back
    assert cut.choice.value < choose(offered, boundless).value
    assert not cut.safe or (cut.met is not None and (cut.met.rise[1] <= ALLOWED.breach_rise + 1e-12).all())


def test_what_satisfies_is_that_no_duty_is_newly_broken(
    ground: Ground, offered: tuple[Option, ...], room: Limits
) -> None:
    large = Candidate("all", {one.id: one.most for one in offered})
    most, nothing = compared_on_duties(ground, (offered, room), [large, Candidate("nothing", {})])
    assert (nothing.satisfied, nothing.worst_share, nothing.mean) == (1.0, 1.0, 0.0)
    assert most.satisfied <= most.worst_share < 1
    assert most.regret_most == 0
    assert nothing.price == pytest.approx(most.median / (100 * (1 - most.satisfied)))
    # What is newly broken is, body by body and year by year, what the engine's own trial counts as gained.
    shift = Variant("all", True, shift=Shift(ground.terms, tuple(one.most for one in offered)))
    trial = judged(ground.compiled, (no_shift(), shift), ground.sample, ground.terms.start)
    newly = trial.gained[1, :, ground.terms.start :].max(axis=1) / trial.paths
    assert 1 - most.worst_share >= newly.max() - 1e-12


def test_the_return_is_the_measure_that_all_have(ground: Ground) -> None:
    assert RETURN not in {name for kind in ground.stated.interventions for name in kind.outcomes}
