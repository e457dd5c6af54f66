"""The cases of a study: what each design promises, and values that are read back as they were drawn."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.stats import qmc

from simulator.designs import AS_IT_STANDS, Case, planned
from simulator.set_values import split
from simulator.studies import MOST_CASES, Study, Varied, number
from simulator.study_faults import study_faults
from simulator.study_values import as_number, between, in_short, setting
from simulator.yaml_values import scalar

quick = settings(max_examples=25, deadline=None)
seeds = some.integers(0, 2**40)


def study(design: dict[str, Any], vary: list[dict[str, Any]], **more: Any) -> Study:
    words = {"headroom": 1, "study": "s", "name": "S", "scenario": "small.yaml", "design": design, "vary": vary}
    return Study.model_validate(words | more)


def ranges(count: int) -> list[dict[str, Any]]:
    """Ranges of different kinds and sizes, in turn."""
    kinds: list[dict[str, Any]] = [
        {"low": "1%", "high": "4%"}, {"low": -2, "high": 10}, {"low": 0.001, "high": 0.0035},
        {"low": "-12.5%", "high": "0%"}, {"low": 1_000_000, "high": 7_000_000.5},
    ]  # fmt: skip
    return [{"id": f"v{i}", "address": f"part.v{i}", **kinds[i % len(kinds)]} for i in range(count)]


def units(found: Study, cases: tuple[Case, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Where the points of cases lie in their ranges, from nought to one, the scenario as it stands left out."""
    ends = np.array([[number(end) for end in (one.low, one.high) if end is not None] for one in found.vary])
    points = np.array([case.point for case in cases if case.point])
    return np.asarray((points - ends[:, 0]) / (ends[:, 1] - ends[:, 0]))


def read_back(text: str) -> float:
    """A value as the scenario's models read what is set."""
    value = scalar(split(text, "--set")[1])
    if isinstance(value, str):
        return float(Decimal(value.removesuffix("%")) / 100)
    assert isinstance(value, int | Decimal)
    return float(value)


@quick
@given(sizes=some.lists(some.integers(1, 4), min_size=1, max_size=3), steps=some.integers(2, 4))
def test_a_grid_is_the_full_product_with_each_case_once(sizes: list[int], steps: int) -> None:
    lists = [{"id": f"l{i}", "address": f"a.l{i}", "values": list(range(size))} for i, size in enumerate(sizes)]
    found = study({"kind": "grid", "steps": steps}, [*lists, *ranges(1)])
    cases = planned(found)
    assert cases[0] == AS_IT_STANDS and len(cases) == found.cases == 1 + prod(sizes) * steps
    assert len({case.point for case in cases}) == len({case.sets for case in cases}) == len(cases)
    for k, size in enumerate([*sizes, steps]):
        times = Counter(case.point[k] for case in cases[1:])
        assert len(times) == size and len(set(times.values())) == 1


def test_a_grid_by_hand() -> None:
    vary = [
        {"id": "rate", "name": "Rate", "address": "a.rate", "low": "1%", "high": "2%"},
        {"id": "rule", "address": "a.rule", "values": ["lowest", True, 1, "010"]},
    ]
    cases = planned(study({"kind": "grid", "steps": 3}, vary))
    assert [case.id for case in cases[:3]] == ["base", "01", "02"] and len(cases) == 13
    assert cases[1].name == "Rate 1%; a.rule lowest" and cases[1].sets == ("a.rate=1%", "a.rule=lowest")
    assert [case.sets[0] for case in cases[1::4]] == ["a.rate=1%", "a.rate=1.5%", "a.rate=2%"]
    assert [case.sets[1] for case in cases[1:5]] == ["a.rule=lowest", "a.rule=true", "a.rule=1", 'a.rule="010"']
    assert [case.point for case in cases[1:5]] == [(0.01, 1.0), (0.01, 2.0), (0.01, 3.0), (0.01, 4.0)]


@quick
@given(cases=some.integers(2, 300), count=some.integers(1, 4), seed=seeds)
def test_a_latin_hypercube_hits_every_slice_once(cases: int, count: int, seed: int) -> None:
    found = study({"kind": "latin_hypercube", "cases": cases, "seed": seed}, ranges(count))
    slices = np.floor(units(found, planned(found)) * cases)
    for k in range(count):
        assert sorted(slices[:, k]) == list(range(cases))


@quick
@given(power=some.integers(1, 7), count=some.integers(1, 4), seed=seeds)
def test_sobol_points_hit_every_slice_once_and_are_even_together(power: int, count: int, seed: int) -> None:
    found = study({"kind": "sobol", "cases": 2**power, "seed": seed}, ranges(count))
    places = units(found, planned(found))
    for k in range(count):
        assert sorted(np.floor(places[:, k] * 2**power)) == list(range(2**power))
    if power == 7 and count > 1:
        chance = qmc.discrepancy(np.random.Generator(np.random.Philox(seed)).random(places.shape))
        assert qmc.discrepancy(np.clip(places, 0, 1)) < chance


@quick
@given(r=some.integers(2, 12), half=some.integers(1, 4), count=some.integers(1, 5), seed=seeds)
def test_morris_trajectories_move_one_at_a_time_by_the_same_step(r: int, half: int, count: int, seed: int) -> None:
    levels = 2 * half
    found = study({"kind": "morris", "trajectories": r, "levels": levels, "seed": seed}, ranges(count))
    cases = planned(found)
    assert len(cases) == found.cases
    places = units(found, cases).reshape(r, count + 1, count)
    assert np.allclose(places * (levels - 1), np.round(places * (levels - 1)), atol=1e-6)
    moves = np.diff(places, axis=1)
    moved = np.abs(moves) > 1e-9
    assert (moved.sum(axis=2) == 1).all() and (moved.sum(axis=1) == 1).all()
    assert np.allclose(np.abs(moves[moved]), half / (levels - 1), atol=1e-9)


@quick
@given(power=some.integers(1, 5), count=some.integers(1, 4), seed=seeds)
def test_saltellis_blocks_are_as_scipy_wants_them(power: int, count: int, seed: int) -> None:
    n = 2**power
    found = study({"kind": "sobol_indices", "points": n, "seed": seed}, ranges(count))
    cases = planned(found)
    assert len(cases) == found.cases
    blocks = np.array([case.point for case in cases[1:]]).reshape(n, count + 2, count)
    first, second = blocks[:, 0], blocks[:, 1]
    for k in range(count):
        crossed = first.copy()
        crossed[:, k] = second[:, k]
        assert (blocks[:, 2 + k] == crossed).all()
        for block in (first, second):
            assert len(set(block[:, k])) == n
    fewer = planned(study({"kind": "sobol_indices", "points": max(2, n // 2), "seed": seed}, ranges(count)))
    assert [case.point for case in cases[: len(fewer)]] == [case.point for case in fewer]


@settings(max_examples=80, deadline=None)
@given(
    ends=some.tuples(*[some.decimals(-1_000_000, 1_000_000, places=4)] * 2).filter(lambda two: two[0] < two[1]),
    percent=some.booleans(),
    share=some.floats(0, 1),
)
def test_written_values_read_back_exactly(ends: tuple[Decimal, Decimal], percent: bool, share: float) -> None:
    sign = "%" if percent else ""
    low, high = (f"{end:f}{sign}" if percent else end for end in ends)
    one = Varied.model_validate({"id": "x", "address": "a.x", "low": low, "high": high})
    value = between(one, share)
    assert read_back(setting(one.address, value)) == as_number(value)
    span = number(one.high or 0) - number(one.low or 0)
    assert abs((as_number(value) or 0.0) - (number(one.low or 0) + share * span)) <= 1e-11 * abs(span) + 1e-15 * 1e6
    assert number(one.low or 0) <= (as_number(value) or 0.0) <= number(one.high or 0)
    assert len(setting(one.address, value)) < 40


@given(some.text(some.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20))
def test_text_is_set_as_it_stands_in_the_study(text: str) -> None:
    held = split(setting("a.x", text), "--set")[1]
    quoted = len(held) > 1 and held[0] == held[-1] and held[0] in "'\""
    assert (held[1:-1] if quoted else scalar(held)) == text


def test_plain_values_are_set_as_a_file_writes_them() -> None:
    values = {True: "a=true", 5: "a=5", Decimal("12.50"): "a=12.50", "5%": "a=5%", "true": 'a="true"', "5": 'a="5"'}
    assert {value: setting("a", value) for value in values} == values
    assert in_short("2.346373467366%") == "2.346%" and in_short(Decimal("12.5")) == "12.5" and in_short("low") == "low"


@pytest.mark.parametrize(
    "design",
    [{"kind": "latin_hypercube", "cases": 40}, {"kind": "sobol", "cases": 32}, {"kind": "morris", "trajectories": 5}],
)
def test_a_design_is_a_function_of_the_study_and_of_its_seed(design: dict[str, Any]) -> None:
    one, other = (planned(study({**design, "seed": seed}, ranges(3))) for seed in (1, 2))
    assert planned(study({**design, "seed": 1}, ranges(3))) == one != other


def test_what_else_is_varied_leaves_the_draws_of_a_value_as_they_are() -> None:
    few, many = (planned(study({"kind": "latin_hypercube", "cases": 30}, ranges(count))) for count in (2, 4))
    assert [case.sets for case in few[1:]] == [case.sets[:2] for case in many[1:]]


def test_ids_are_padded_so_that_they_stand_in_order() -> None:
    cases = planned(study({"kind": "latin_hypercube", "cases": 1_000}, ranges(1)))[1:]
    assert [case.id for case in cases] == sorted(case.id for case in cases) and cases[0].id == "0001"


def test_options_are_cases_with_their_overlays_and_values() -> None:
    options = [
        {"id": "hold", "name": "Hold", "overlays": ["a.yaml", "b.yaml"], "set": {"x.y": "5%", "z": 3}},
        {"id": "wait"},
    ]
    cases = planned(study({"kind": "options"}, [], options=options))
    assert cases == (
        AS_IT_STANDS,
        Case("hold", "Hold", ("x.y=5%", "z=3"), ("a.yaml", "b.yaml"), ()),
        Case("wait", "wait", (), (), ()),
    )


def test_starts_of_trajectories_meet_every_level_as_often() -> None:
    found = study({"kind": "morris", "trajectories": 1_000, "levels": 4}, ranges(1))
    times = Counter(np.round(units(found, planned(found))[:, 0] * 3).astype(int))
    assert all(abs(count - 500) < 100 for count in times.values()) and len(times) == 4


def test_only_so_many_cases_are_planned() -> None:
    many = study({"kind": "sobol_indices", "points": 2**15}, ranges(2))
    assert many.cases == 1 + 2**15 * 4 > MOST_CASES
    assert [fault.address for fault in study_faults(many)] == [("design",)]
    assert not list(study_faults(study({"kind": "sobol_indices", "points": 2**14}, ranges(2))))
