"""How an effect unfolds with age, how it is drawn, and what local evidence makes of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernels import PREVENTION_WORKS, TAIL, cohort, drawn, mixed, updated

LAGS = st.just(0.0) | st.floats(0.01, 12)
DECAYS = st.floats(0, 1)
POINTS = st.lists(st.floats(0.05, 20), min_size=3, max_size=3).map(lambda three: tuple(sorted(three)))


# A pound's effect by age.


def test_a_cohort_by_hand() -> None:
    """Half of full effect after half a year, none lost: 1/2 by the middle of the first year, 1 - 1/2^9 of the next."""
    ramp = np.array([1 - 2**-1.0, 1 - 2**-9.0, 1 - 2**-25.0])
    assert cohort(lag=0.5, decay=0.0, over=3, years=3) == pytest.approx(ramp / ramp.sum())


def test_decay_starts_at_the_lag() -> None:
    """At once and a fifth lost a year: 1, .8, .64, which over three years is 2.44 in all."""
    assert cohort(0, 0.2, over=3, years=4) == pytest.approx(np.array([1, 0.8, 0.64, 0.512]) / 2.44)
    late, lasting = cohort(2, 0.2, over=6, years=6), cohort(2, 0.0, over=6, years=6)
    kept = (late / late[0]) / (lasting / lasting[0])
    assert kept == pytest.approx([1, 1, 1, 0.8, 0.64, 0.512])


def test_half_of_full_effect_comes_at_the_lag() -> None:
    """Mid-year of the fourth year is 3.5 years: with that lag the ramp is half there, of what it is when old."""
    shares = cohort(lag=3.5, decay=0.0, over=60, years=60)
    assert shares[3] == pytest.approx(shares[-1] / 2)


def test_a_flow_ends_with_the_year_of_spending() -> None:
    assert cohort(0.2, 1.0, over=10, years=4).tolist() == [1, 0, 0, 0]
    assert cohort(4, 1.0, over=10, years=4).tolist() == [1, 0, 0, 0]


def test_sure_start_has_all_of_its_return_by_sixteen_years_and_a_third_of_it_by_ten() -> None:
    """£0.93 to government for each £1, £0.22 of it to services where 76% goes to the Treasury (IFS 2025)."""
    shares = cohort(lag=8, decay=0.02, over=16, years=16)
    all_government = 0.93 * shares.cumsum()
    services = (1 - 0.76) * all_government
    assert all_government[15] == pytest.approx(0.93)
    assert services[15] == pytest.approx(0.22, abs=0.005)
    assert all_government[9] == pytest.approx(0.346, abs=0.001)
    assert services[9] == pytest.approx(0.083, abs=0.001)
    assert (np.diff(all_government) > 0).all()


@given(lag=LAGS, decay=DECAYS, over=st.integers(1, 30), years=st.integers(1, 30))
def test_the_first_ages_sum_to_one_and_a_horizon_only_cuts(lag: float, decay: float, over: int, years: int) -> None:
    shares = cohort(lag, decay, over, max(over, years))
    assert shares[:over].sum() == pytest.approx(1)
    assert (shares >= 0).all()
    assert cohort(lag, decay, over, years).tolist() == shares[:years].tolist()


@given(lag=st.just(0.0) | st.floats(0.01, 8), more=st.floats(0.1, 8), decay=st.floats(0, 0.9))
def test_a_longer_lag_brings_less_early(lag: float, more: float, decay: float) -> None:
    soon, late = (cohort(one, decay, over=16, years=16).cumsum() for one in (lag, lag + more))
    assert (late <= soon + 1e-12).all()


# An effect drawn from three points.


def test_an_effect_goes_through_its_three_points_and_no_lower_than_nought() -> None:
    scores = np.array([-TAIL, 0.0, TAIL, 2 * TAIL, -2 * TAIL])
    assert drawn(0.4, 0.95, 1.8, scores) == pytest.approx([0.4, 0.95, 1.8, 2.65, 0.0])


def test_a_tenth_of_effects_lies_below_the_lower_point() -> None:
    scores = np.sort(np.random.Generator(np.random.Philox(1)).standard_normal(20_000))
    effects = drawn(0.1, 0.22, 0.45, scores)
    assert (effects < 0.1).mean() == pytest.approx(0.1, abs=0.01)
    assert (effects > 0.45).mean() == pytest.approx(0.1, abs=0.01)
    assert (effects >= 0).all()


def test_programmes_can_have_points_of_their_own_on_one_score() -> None:
    effects = drawn(np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([4.0, 0.0]), TAIL / 2)
    assert effects == pytest.approx([3.0, 0.0])


@given(points=POINTS, score=st.floats(-5, 5), better=st.floats(0, 5))
def test_better_luck_is_never_a_smaller_effect(points: tuple[float, ...], score: float, better: float) -> None:
    low, central, high = points
    assert drawn(low, central, high, score + better) >= drawn(low, central, high, score) >= 0


def test_scores_have_their_share_in_common() -> None:
    generator = np.random.Generator(np.random.Philox(2))
    shared, one, other = generator.standard_normal((3, 40_000))
    first, second = mixed(shared, one), mixed(shared, other)
    assert first.std() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(PREVENTION_WORKS, abs=0.02)
    assert mixed(shared, one, 1.0).tolist() == shared.tolist()
    assert mixed(shared, one, 0.0).tolist() == one.tolist()


# Local evidence.


def test_two_ranges_equally_sure_meet_half_way() -> None:
    """Medians 1 and 4 with the same spread: the geometric mean 2, the deviation of each over the root of 2."""
    (low, central, high), weight = updated((0.5, 1.0, 2.0), (2.0, 4.0, 8.0))
    assert weight == pytest.approx(0.5)
    assert central == pytest.approx(2.0)
    assert (low, high) == pytest.approx((2 * 2 ** -math.sqrt(0.5), 2 * 2 ** math.sqrt(0.5)))


def test_a_range_twice_as_wide_weighs_a_quarter_as_much() -> None:
    """Precision goes by the square: 1 to 4, so the published range weighs a fifth."""
    _, weight = updated((0.25, 1.0, 4.0), (0.5, 1.0, 2.0))
    assert weight == pytest.approx(0.2)


def test_local_evidence_that_is_certain_stands_alone() -> None:
    found, weight = updated((0.5, 1.0, 2.0), (3.0, 3.0, 3.0))
    assert found == pytest.approx((3.0, 3.0, 3.0))
    assert weight == 0
    assert updated((1.0, 1.0, 1.0), (3.0, 3.0, 3.0))[1] == 0
    kept, weight = updated((1.0, 1.0, 1.0), (2.0, 3.0, 4.0))
    assert kept == pytest.approx((1.0, 1.0, 1.0))
    assert weight == 1


@given(prior=POINTS, local=POINTS)
def test_more_evidence_is_never_less_sure(prior: tuple[float, float, float], local: tuple[float, float, float]) -> None:
    (low, central, high), weight = updated(prior, local)
    assert 0 <= weight <= 1
    assert min(prior[1], local[1]) * (1 - 1e-9) <= central <= max(prior[1], local[1]) * (1 + 1e-9)
    assert low <= central <= high
    assert high / low <= min(prior[2] / prior[0], local[2] / local[0]) * (1 + 1e-9)
    back, other = updated(local, prior)
    if weight + other == pytest.approx(1):
        assert back == pytest.approx((low, central, high))
