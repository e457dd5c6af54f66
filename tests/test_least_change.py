"""The least change that turns a test: it turns when the scenario is run again with it, and not with a little less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import bdtr

from simulator.blocks import Sample
from simulator.evidence_tests.grades import Found, Grade
from simulator.evidence_tests.kinds import tests_of as graded_tests
from simulator.evidence_tests.seen import Seen, plan_view, seen
from simulator.least_change import (
    NOT_SHOWN,
    OTHERWISE,
    SOLVED,
    UNSOLVED,
    LeastChange,
    enough,
    least_changes,
    leaving,
)
from simulator.money import enough_in_millions
from simulator.prepared import compile_scenario, prepare
from simulator.scenario_file import load
from simulator.summary import chance
from simulator.trials import tried
from simulator.variants import VIEWS, Given
from tests.places import NEXT, council, line, scenario, whole_place

ROOT = Path(__file__).resolve().parent.parent / "scenarios"
SAMPLE = Sample(2_000)
LITTLE = 20_000.0
RANK: dict[Grade, int] = {"red": 0, "amber": 1, "green": 2, "not_tested": -1}
BY_RESERVE = {"R02", "R13", "R16", "A02", "A03", "A04", "A07", "A10"}
"""Tests that a reserve turns, which a variant gives."""


@pytest.fixture(scope="module")
def town() -> Seen:
    files = ROOT / "blackburn-with-darwen.yaml", ROOT / "overlays" / "blackburn-statement.yaml"
    scenario = load(files[0], files[1:]).scenario
    return plan_view(scenario, prepare(scenario).compiled, "blackburn", SAMPLE)


@pytest.fixture(scope="module")
def changes(town: Seen) -> tuple[LeastChange, ...]:
    return least_changes(town, graded_tests(town))


def given(town: Seen, gifts: list[Given]) -> list[list[Found]]:
    """Return all tests of the town with each of some gifts, on the same futures."""
    variants = tuple(replace(VIEWS[0], name=str(n), given=gift) for n, gift in enumerate(gifts))
    found = tried(town.compiled, "blackburn", variants, SAMPLE, town.start)
    return [graded_tests(seen(town.scenario, found, variant.name)) for variant in variants]


def grade_of(tests: list[Found], change: LeastChange) -> Grade:
    return next(one.grade for one in tests if one.id == change.test and one.horizon == change.horizon)


def test_a_reserve_that_is_the_least_turns_its_test_and_a_little_less_does_not(
    town: Seen, changes: tuple[LeastChange, ...]
) -> None:
    solved = [one for one in changes if one.test in BY_RESERVE and one.pounds]
    assert {one.test for one in solved} >= {"R02", "A02", "A03", "A04", "A07", "A10"}
    gifts = [Given("blackburn", reserve=one.pounds + more, when=town.start)
             for one in solved for more in (0.01, -LITTLE)]  # fmt: skip
    results = given(town, gifts)
    for change, enough_of_it, too_little in zip(solved, results[::2], results[1::2], strict=True):
        assert RANK[grade_of(enough_of_it, change)] >= RANK[change.target], change.sentence
        assert RANK[grade_of(too_little, change)] < RANK[change.target], change.sentence


def test_a_recurrent_saving_turns_the_later_gap_and_a_little_less_does_not(town: Seen) -> None:
    hard = town.scenario.model_copy(deep=True)
    view = replace(town, scenario=hard)
    test = next(one for one in graded_tests(view) if one.id == "A13")
    assert test.bounds is not None
    tight = replace(test, bounds=replace(test.bounds, green=0.2, amber=0.4), grade="red")
    change = next(one for one in least_changes(view, [tight]) if one.target == "green")
    assert change.pounds is not None
    for more, passes in ((0.01, True), (-LITTLE, False)):
        years = tuple(0.0 if t <= town.start else change.pounds + more for t in range(town.end + 1))
        [tests] = given(town, [Given("blackburn", gap=years)])
        again = next(one for one in tests if one.id == "A13")
        assert again.high is not None
        assert (again.high <= 0.2) == passes


@pytest.mark.parametrize("drained", [5, 40])
def test_a_reserve_first_meets_what_the_central_case_leaves_unfunded(drained: float) -> None:
    """The general fund of 10 meets gaps of `drained` in two years before it is held against its minimum of 5."""
    plan = {"gap": {NEXT: drained, "2027-28": drained, "2028-29": 0}}
    place = scenario(agencies=[council(plan=plan, reserves={"minimum": "5%"})], years=3)
    view = plan_view(place, compile_scenario(place), "town", Sample(200))
    test = [one for one in graded_tests(view) if one.id == "A01"][-1]
    change = next(one for one in least_changes(view, [test]) if one.target == "green")
    assert change.pounds == pytest.approx(1e6 * (2 * drained - 10 + 5))
    for more, passes in ((0.01, True), (-LITTLE, False)):
        given_more = replace(VIEWS[0], given=Given("town", reserve=change.pounds + more))
        again = seen(place, tried(view.compiled, "town", (given_more,), Sample(200), 0), VIEWS[0].name)
        assert ([one for one in graded_tests(again) if one.id == "A01"][-1].grade == "green") == passes


def test_arithmetic_tests_are_turned_by_arithmetic(town: Seen, changes: tuple[LeastChange, ...]) -> None:
    tests = {one.id: one for one in graded_tests(town)}
    budget = float(town.net_budget[town.start])
    named = {one.target: one.pounds for one in changes if one.test == "R01"}
    assert tests["R01"].value is not None
    assert named["green"] == pytest.approx(tests["R01"].value * budget)
    assert named["amber"] == pytest.approx((tests["R01"].value - 0.005) * budget)
    # 5.0 of new savings counted on at 75%; ratings support (2.4 x 70% + 1.6 x 95% + 1.0 x 35%) / 5.0 = 71%.
    rated = next(one for one in changes if one.test == "R04")
    assert rated.pounds == pytest.approx((0.75 - 0.71) * 5.0e6)


def test_what_no_money_turns_says_what_does(changes: tuple[LeastChange, ...]) -> None:
    words = {one.test: one for one in changes if one.pounds is None}
    assert {"R12", "A09"} <= set(words)
    for one in words.values():
        assert one.what == OTHERWISE[one.test]
        assert one.what in one.sentence
    assert not (set(SOLVED) & set(OTHERWISE) - {"A06", "R14"})


def test_green_tests_need_nothing_and_red_ones_are_told_twice(town: Seen, changes: tuple[LeastChange, ...]) -> None:
    by_grade = {"red": 2, "amber": 1, "green": 0, "not_tested": 0}
    assert len(changes) == sum(by_grade[one.grade] for one in graded_tests(town))


@pytest.mark.parametrize(("bound", "paths"), [(0.05, 1_000), (0.15, 1_000), (0.01, 10_000)])
def test_enough_leaves_as_many_futures_as_the_bound_allows_with_its_interval(bound: float, paths: int) -> None:
    shortfalls = np.random.default_rng(5).normal(0.0, 10.0, paths)
    pounds = enough(shortfalls, bound)
    beyond = int(np.count_nonzero(shortfalls > pounds))
    assert chance(beyond, paths).high <= bound < chance(beyond + 1, paths).high
    assert bdtr(beyond, paths, bound) < 0.05


@pytest.mark.parametrize(("pounds", "told"), [(2_388_001.0, "£2.39m"), (2_390_000.0, "£2.39m"), (1.0, "£0.01m")])
def test_a_least_sum_is_told_rounded_up_so_that_it_does(pounds: float, told: str) -> None:
    assert enough_in_millions(pounds) == told


def test_a_bound_below_what_so_few_futures_can_show_is_out_of_reach() -> None:
    assert enough(np.full(100, 5.0), 0.01) == float("inf")
    assert leaving(np.array([3.0, 1.0, 2.0]), 1) == 2.0
    assert leaving(np.array([3.0, 1.0, 2.0]), 3) == 0.0
    assert leaving(np.array([-3.0, -1.0]), 0) == 0.0


@pytest.mark.parametrize(
    ("body", "key", "years", "supported"),
    [
        ("north", "R02", 1, 0),
        ("board", "R02", 1, 0),
        ("board", "A03", 1, 0),
        ("board", "A03", 5, 0),
        ("north", "R02", 1, 3),
    ],
)
def test_what_would_turn_an_nhs_body_s_test_turns_it_and_is_the_least_where_nothing_comes_back(
    body: str, key: str, years: int, supported: int
) -> None:
    stretched = {"spending": [line("primary", 600, demand="need", basket="bought")]} if body == "board" else {}
    support = {"deficit_support": {NEXT: supported}} if supported else {}
    place = whole_place(**{body: {**stretched, **support}})
    compiled = compile_scenario(place)
    view = plan_view(place, compiled, body, Sample(1_000))
    changes = [one for one in least_changes(view, graded_tests(view)) if one.test == key and one.target == "green"]
    change = changes[0 if years == 1 else -1]
    assert change.pounds is not None
    assert ("or less" in change.what) == (supported > 0 or years > 1)
    gifts = [tuple(change.pounds + more for _ in range(years)) for more in (0.02, -LITTLE)]
    variants = tuple(replace(VIEWS[0], name=str(n), given=Given(body, gap=gap)) for n, gap in enumerate(gifts))
    found = tried(compiled, body, variants, Sample(1_000), view.start)
    enough_of_it, too_little = (
        grade_of(graded_tests(seen(place, found, variant.name)), change) for variant in variants
    )
    assert enough_of_it == "green"
    assert too_little != "green" or "or less" in change.what


def test_what_is_not_worked_out_says_so_and_never_that_no_money_helps(town: Seen) -> None:
    place = whole_place()
    view = plan_view(place, compile_scenario(place), "north", Sample(200))
    words = {one.test: one.what for one in least_changes(view, graded_tests(view)) if one.pounds is None}
    assert set(words.values()) <= {UNSOLVED, NOT_SHOWN, *OTHERWISE.values()}
    assert words["R13"] == UNSOLVED
    # So few futures cannot show a chance of 1%: with none at all its interval still passes it.
    few = plan_view(town.scenario, town.compiled, "blackburn", Sample(200))
    short = {one.horizon: one.what for one in least_changes(few, graded_tests(few)) if one.test == "A03"}
    assert short["2027-28"] == NOT_SHOWN
    assert "no sum of money" not in " ".join([*words.values(), *short.values()])
