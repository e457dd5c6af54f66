"""The two public tables alone: bit for bit those of a run, whatever luck is shared, workers and paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isclose
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.answers import Answers, answers
from simulator.blocks import RunCancelledError, Sample
from simulator.cases import base
from simulator.money import HALF_PENNY
from simulator.run import Results, load_scenario, simulate
from simulator.savings import SCORES, _placed, _quantiles
from simulator.scenario import Scenario
from simulator.shared_luck import SharedLuck
from simulator.summary import PERCENTS, Z95, chance, quantiles

HERE = Path(__file__).parent
FILES = {"a whole place": HERE / "whole-place.yaml", "one council": HERE / "small.yaml"}
PATHS = {"a whole place": 300, "one council": 1_200}
"""Part of a block, and a block and part of the next."""
SETS = {
    "a whole place": ((), ("town.reserves.minimum=9%",), ("pay.long_run=5%",), ("better_care.share=own_risk",)),
    "one council": ((), ("reserves.minimum=9%",)),
}


@cache
def case(name: str, sets: Sequence[str] = ()) -> Scenario:
    return base(FILES[name], sets=("years=3",)).case(sets=sets)


@cache
def run(name: str, sets: Sequence[str] = ()) -> Results:
    return simulate(case(name, sets), paths=PATHS[name], seed=4, workers=1)


def same(found: Answers, whole: Results) -> None:
    pd.testing.assert_frame_equal(found.agency_years, whole.agency_years, check_exact=True)
    pd.testing.assert_frame_equal(found.chances, whole.chances, check_exact=True)
    for one, other in ((found.kept, whole.kept), (found.happened, whole.happened)):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[key], other[key]) for key in one)
    assert np.array_equal(found.missed, whole.missed)


@pytest.mark.parametrize("name", FILES)
def test_cases_on_shared_luck_are_what_runs_of_them_are(name: str) -> None:
    shared = SharedLuck()
    for sets in SETS[name]:
        same(answers(case(name, sets), Sample(PATHS[name], 4, 1), shared), run(name, sets))
    same(answers(case(name), Sample(PATHS[name], 4, 1)), run(name))


@pytest.mark.parametrize("workers", [2, 3])
def test_more_workers_change_nothing(workers: int) -> None:
    same(answers(case("one council"), Sample(PATHS["one council"], 4, workers), SharedLuck()), run("one council"))


def test_moving_a_lever_redraws_nothing_and_moving_a_driver_redraws() -> None:
    shared, drawn = SharedLuck(), []
    for sets in SETS["a whole place"]:
        answers(case("a whole place", sets), Sample(1_000, 4, 1), shared)
        drawn.append(shared.drawn)
    # One block of paths, the central case, and that without events on which minimums rest.
    assert drawn[0] == drawn[1] == 3
    assert drawn[2] == drawn[3] == 6


def test_every_identity_is_checked_as_a_run_checks_it() -> None:
    found, whole = answers(case("a whole place"), Sample(300, 4, 1)), run("a whole place")
    assert found.checks.keys() == whole.checks.keys()
    assert found.checks_hold
    assert all(0 <= found.checks[name] <= whole.checks[name] < HALF_PENNY for name in found.checks)


@pytest.mark.parametrize("paths", [0, 200_001])
def test_a_number_of_paths_that_no_run_can_have_is_refused(paths: int) -> None:
    with pytest.raises(ValueError, match="paths is"):
        answers(case("one council"), Sample(paths))


def test_it_tells_of_progress_and_stops_when_asked() -> None:
    told: list[int] = []
    answers(case("one council"), Sample(2_500, 1, 1, told.append))
    assert sum(told) == 3
    with pytest.raises(RunCancelledError):
        answers(case("one council"), Sample(2_500, 1, 1, None, lambda: True))


def test_what_no_view_moves_has_the_same_quantiles_in_both() -> None:
    """Spending is the same before and after action, and its row is told twice, not forgotten."""
    table = run("a whole place").agency_years
    spent = table[(table.measure == "spending") & (table.agency == "town")]
    before, after = (spent[spent["view"] == view].drop(columns="view") for view in ("before_action", "after_action"))
    assert len(before) == 3
    assert (before.to_numpy() == after.to_numpy()).all()
    town = run("a whole place").compiled.agency_ids.index("town")
    cuts = quantiles(run("a whole place").kept["spending"])[:, 1, town]
    assert (cuts == after[[f"p{percent:02d}" for percent in PERCENTS]].to_numpy().T).all()


@pytest.mark.parametrize(("happened", "paths"), [(0, 10), (10, 10), (3, 7), (1, 10_000), (9_999, 10_000)])
def test_the_interval_of_a_chance_is_wilsons(happened: int, paths: int) -> None:
    """Both ends solve (p - x)^2 = z^2 x (1 - x) / n, the equation from which the interval comes."""
    found = chance(happened, paths)
    assert found.probability == happened / paths
    assert 0 <= found.low <= found.probability <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            assert isclose((found.probability - end) ** 2, Z95**2 * end * (1 - end) / paths, rel_tol=1e-9)


@pytest.mark.parametrize(("mean", "sd"), [(0.85, 0.1), (0.3, 0.3), (0.99, 0.02), (1.0, 0.1), (0.6, 0.0)])
def test_reading_the_table_of_savings_by_division_is_interpolation_bit_for_bit(mean: float, sd: float) -> None:
    scores = np.concatenate([
        np.random.default_rng(1).normal(0, 2, 20_000), SCORES, np.nextafter(SCORES, 9), np.nextafter(SCORES, -9),
        [-7.0, 7.0, 0.0],
    ])  # fmt: skip
    values, slopes = _quantiles(mean, sd)
    at, above = _placed(scores)
    assert (slopes[at] * above + values[at] == np.interp(scores, SCORES, values)).all()


def test_the_shipped_council_answers_as_it_runs() -> None:
    found = load_scenario("scenarios/blackburn-with-darwen.yaml")
    same(answers(found, Sample(300, 2, 1), SharedLuck()), simulate(found, paths=300, seed=2, workers=1))
