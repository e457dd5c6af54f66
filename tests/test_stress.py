"""Named stresses and break points: what each does, what bears it, and where one driver alone breaks a limit."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulator import named_stresses, shocks
from simulator.blocks import Sample
from simulator.break_points import BreakPoints, break_points, break_table
from simulator.drivers import DriverPaths
from simulator.margins import BELOW_MINIMUM, EMPTY, OFF_PLAN, came_back, ever, judged, margin
from simulator.named_stresses import PLAN, STRESSES, cases
from simulator.one_driver import Levers, levers
from simulator.scenario import Scenario
from simulator.stress import Stressed, needed, stress_table, stresses
from simulator.stress_report import StressReport, stress_report, stress_tables, work_of
from simulator.trials import tried
from simulator.variants import Given
from tests.places import blackburn_with, council, driver, event, exactly, line, scenario, whole_place

SAMPLE = Sample(1_000, seed=6)


@cache
def shipped() -> Scenario:
    return blackburn_with({"years": 6})


@cache
def found() -> dict[str, Stressed]:
    return {one.id: one for one in report().stresses}


@cache
def pushes() -> tuple[Levers, BreakPoints]:
    compiled, body = judged(shipped(), "blackburn")
    return levers(shipped(), compiled, body, SAMPLE.seed, 1), report().breaks


@cache
def report() -> StressReport:
    return stress_report(shipped(), "blackburn", SAMPLE)


def test_every_stress_says_what_its_size_rests_on() -> None:
    assert len({stress.id for stress in STRESSES}) == len(STRESSES)
    for stress in STRESSES:
        assert stress.source.startswith("judgement: ") or stress.kind in ("event", "rule"), stress.id


def test_the_most_that_is_needed_is_an_order_statistic() -> None:
    before, after = np.array([1.0, -1, -2, -3]), np.array([5.0, 3, 2, -1])
    assert needed(before, after) == 3, "one path failed before, so all but one have to be saved"
    assert needed(before, before) == 0 and needed(after, before) == 0
    assert needed(np.array([-1.0, -1]), np.array([4.0, 2])) == 4
    assert needed(np.array([1.0]), np.array([2.0])) == 0


def test_a_stress_of_size_nought_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"savings": 1.0}
    nought = tuple(
        replace(one, size=sizes.get(one.id, 0.0)) for one in STRESSES if one.kind in ("driver", "savings")
    )  # fmt: skip
    monkeypatch.setattr(named_stresses, "STRESSES", nought)
    every = stresses(shipped(), "blackburn", SAMPLE)
    assert len(every) >= 7
    for one in every:
        assert one.back_after == one.back_before and one.broken_after == one.broken_before
        assert one.gap_plan_mean == one.gap_plan_central == one.reserves_needed == 0, one.id


def test_stresses_make_things_worse_and_hardest_comes_first() -> None:
    needs = [one.reserves_needed for one in found().values()]
    assert needs == sorted(needs, reverse=True) and needs[-1] > 0
    for one in found().values():
        assert one.broken_after.probability >= one.broken_before.probability and one.gap_plan_mean > 0, one.id
        assert one.chance is None or 0 <= one.chance <= 1
    assert found()["grants"].begins == "2029-30" and found()["pay"].begins == "2027-28"
    assert found()["high_needs"].chance is None


def test_the_reserve_that_is_needed_brings_the_chance_back() -> None:
    one = found()["looked_after"]
    compiled, body = judged(shipped(), "blackburn")
    case = next(case for case in cases(shipped(), compiled, body) if case.stress.id == "looked_after")
    held = [
        replace(PLAN, name=str(pounds), given=Given("blackburn", reserve=pounds, when=body.start))
        for pounds in (one.reserves_needed, one.reserves_needed - 100_000)
    ]
    again = tried(case.compiled, "blackburn", tuple(held), SAMPLE).outcomes["reserves_below_minimum"]
    enough, short = (float(ever(body, happened).mean()) for happened in again)
    assert enough <= one.broken_before.probability <= short < one.broken_after.probability


def test_a_driver_raised_is_raised_by_its_size_in_one_year() -> None:
    place = scenario(years=2, drivers=[driver("need", spread="1%", long_run="2%")],
                     agencies=[council(spending=[line("care", demand="need")])])  # fmt: skip
    compiled, body = judged(place, "town")
    size = np.array([shocks.grown(compiled.drivers[0], 0.10)[0, 0], 0.0])
    raised = shocks.raised(compiled, body.row, 0, size)
    usual, worse = (tried(one, "town", (PLAN,), SAMPLE).central["spending"][0] for one in (compiled, raised))
    assert worse[0] / usual[0] == pytest.approx(1.12 / 1.02) and worse[1] / worse[0] == pytest.approx(1.02)


def test_an_event_made_certain_strikes_every_future() -> None:
    place = scenario(years=2, events=[event("flood", "10%", exactly("2%"))])
    compiled, _ = judged(place, "town")
    sure = shocks.certain(compiled, "flood", 1)
    cost = DriverPaths(sure, 1).block(0).events.cost[0]
    assert (cost[1] > 0).all() and 0.05 < float((cost[0] > 0).mean()) < 0.15


def test_coming_back_before_any_projected_year_looks_at_what_was_entered() -> None:
    place = scenario(years=1, drivers=[driver("need", spread="8%")], agencies=[
        council(spending=[line("care", demand="need")], reserves={"gf_unallocated": 6, "minimum": "2%"})])  # fmt: skip
    compiled, body = judged(place, "town")
    money = {name: one[0] for name, one in tried(compiled, "town", (PLAN,), SAMPLE).measures.items()}
    # General fund of 6 less a minimum of 2% of 100 leaves 4 to meet what the year asks.
    assert (came_back(compiled, body, money) == (money["gap"][0] > 4e6)).all()
    assert margin(compiled, body, EMPTY, money) == pytest.approx(money["gap"][0] - 6e6, abs=1e-3)


@pytest.mark.parametrize("limit", [BELOW_MINIMUM, EMPTY])
def test_at_a_break_point_the_limit_breaks_and_just_before_it_does_not(limit: str) -> None:
    every, points = pushes()
    at, before = np.zeros((len(every.all), 1)), np.zeros((len(every.all), 1))
    told = {point.id: point for point in points.first(limit, len(every.all))}
    assert len(told) >= 8
    for i, lever in enumerate(every.all):
        if lever.id in told:
            size = told[lever.id].deviations * lever.spread * np.sign(told[lever.id].size)
            at[i], before[i] = size * (1 + 1e-9), size * 0.99
    broken, kept = (margin(every.compiled, every.body, limit, every.pushed(sizes)) > 0.005 for sizes in (at, before))
    for i, lever in enumerate(every.all):
        assert not kept[i], lever.id
        assert broken[i] == (lever.id in told), lever.id


def test_break_points_come_nearest_first_in_the_units_of_a_plan() -> None:
    every, points = pushes()
    far = [point.deviations for point in points.first(BELOW_MINIMUM, 99)]
    assert far == sorted(far) and far[0] > 0
    assert set(points.tried) == {lever.name for lever in every.all}
    first = points.first(BELOW_MINIMUM)[0]
    assert len(points.first(BELOW_MINIMUM)) == 3 and first.breaks_in <= "2030-31"
    assert f"{abs(first.size) * 100:.1f} points a year" in first.sentence
    assert "the general fund falls below its minimum" in first.sentence
    table = break_table(points)
    assert list(table.agency.unique()) == ["blackburn"] and len(table) == len(points.found)


def test_a_limit_that_is_broken_centrally_has_no_break_point() -> None:
    place = scenario(years=1, drivers=[driver("need", spread="5%")], agencies=[
        council(spending=[line("care", demand="need")], reserves={"gf_unallocated": 5, "minimum": "20%"})])  # fmt: skip
    points = break_points(place, "town", SAMPLE)
    assert points.margins[BELOW_MINIMUM] == pytest.approx(15e6) and points.first(BELOW_MINIMUM) == ()
    # The line of 100 has to pass 105.
    assert points.first(EMPTY)[0].size == pytest.approx(0.05, abs=1e-4)


def test_nhs_bodies_are_stressed_against_their_plan() -> None:
    every = stresses(whole_place(), "board", SAMPLE)
    assert {one.limit for one in every} == {OFF_PLAN}
    assert {one.id for one in every} >= {"efficiency"}
    assert {point.limit for point in break_points(whole_place(), "board", SAMPLE).found} <= {OFF_PLAN}


def test_a_charity_is_refused() -> None:
    for ask in (stresses, break_points, stress_report):
        with pytest.raises(ValueError, match="is a charity"):
            ask(whole_place(), "hospice", SAMPLE)


def test_a_report_holds_everything_on_the_same_futures() -> None:
    one = report()
    assert (one.agency, one.paths, one.seed) == ("blackburn", 1_000, 6)
    assert (one.budget_year, one.plan_end) == ("2027-28", "2030-31")
    headline = one.routes.routes[0].reached.chance
    assert {stress.broken_before for stress in one.stresses} == {headline}
    assert {row.broken.before for row in one.sensitivity.rows} == {headline}
    assert {stress.back_before for stress in one.stresses} == {row.back.before for row in one.sensitivity.rows}


def test_every_table_is_tidy_and_has_its_units() -> None:
    tables = stress_tables(report())
    assert list(tables) == [
        "stresses", "break_points", "routes", "route_years", "route_costs", "route_drivers", "route_stories", "rules",
        "signals", "sensitivity",
    ]  # fmt: skip
    for name, table in tables.items():
        assert not table.empty and "agency" in table.columns, name
        assert not any(isinstance(cell, tuple | list | dict) for cell in table.to_numpy().ravel()), name
        money = {"pounds", "extra", "reserves_needed", "low"} & set(table.columns)
        if money and name != "signals":
            assert {"unit", "money_unit", "pounds_unit"} & set(table.columns), name
    assert stress_table(report().stresses).equals(tables["stresses"])


def test_progress_is_told_of_all_the_work() -> None:
    told: list[int] = []
    sample = replace(SAMPLE, progress=told.append)
    place = scenario(years=2, drivers=[driver("cpi", spread="2%")],
                     agencies=[council(spending=[line("care", demand="cpi")])])  # fmt: skip
    stress_report(place, "town", sample)
    assert sum(told) == work_of(place, "town", sample)
