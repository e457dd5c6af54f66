"""The two measures of the Financial Resilience Index against figures worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.evidence_tests.resilience_index import change_in_reserves, reserves_sustainability

FALLING, RISING = [60.0, 55.0, 48.0, 42.0], [42.0, 48.0, 55.0, 60.0]


def test_falling_reserves_last_as_long_as_worked_by_hand() -> None:
    # Falls of 5, 7 and 6 come to 6 a year, and 42 / 6 = 7.
    assert reserves_sustainability(FALLING) == 7.0
    mean, whole = change_in_reserves(FALLING)
    assert mean == pytest.approx((-5 / 60 - 7 / 55 - 6 / 48) / 3)
    assert round(100 * mean, 2) == -11.19
    assert whole == pytest.approx(-0.30)


@pytest.mark.parametrize("history", [RISING, [50.0] * 4, [60, 40, 50, 60]])
def test_reserves_that_do_not_fall_count_as_a_hundred_years(history: list[float]) -> None:
    assert reserves_sustainability(history) == 100


def test_no_reserves_last_longer_than_a_hundred_years() -> None:
    assert reserves_sustainability([60.3, 60.2, 60.1, 60.0]) == 100


@pytest.mark.parametrize("history", [[3.0, 2, 1, 0], [3.0, 2, 1, -1], [0.0] * 4, [-3.0, -2, -2, -1]])
def test_nothing_left_lasts_no_years_even_where_it_no_longer_falls(history: list[float]) -> None:
    assert reserves_sustainability(history) == 0


def test_only_the_last_four_years_count() -> None:
    assert reserves_sustainability([500.0, 1.0, *FALLING]) == reserves_sustainability(FALLING)
    assert change_in_reserves([500.0, 1.0, *FALLING]) == change_in_reserves(FALLING)


def test_pounds_or_millions_make_no_difference() -> None:
    pounds = [amount * 1e6 for amount in FALLING]
    assert reserves_sustainability(pounds) == pytest.approx(7.0)
    assert change_in_reserves(pounds) == pytest.approx(change_in_reserves(FALLING))


def test_every_path_has_the_value_that_it_would_have_alone() -> None:
    paths = np.random.default_rng(1).uniform(1, 100, (6, 50))
    years, (mean, whole) = reserves_sustainability(paths), change_in_reserves(paths)
    assert years.shape == mean.shape == whole.shape == (50,)
    for path in range(50):
        alone = paths[:, path].tolist()
        assert years[path] == reserves_sustainability(alone)
        assert (mean[path], whole[path]) == pytest.approx(change_in_reserves(alone))
    assert reserves_sustainability(np.array([FALLING, RISING]).T).tolist() == [7.0, 100.0]


def test_a_change_from_nought_has_no_percentage() -> None:
    mean, whole = change_in_reserves([0.0, 5, 5, 6])
    assert np.isnan(mean) and np.isnan(whole)
    mean, whole = change_in_reserves([5.0, 0, 5, 6])
    assert np.isnan(mean) and whole == pytest.approx(0.2)


@pytest.mark.parametrize("measure", [reserves_sustainability, change_in_reserves])
@pytest.mark.parametrize("history", [[], [1.0], FALLING[:3], np.ones((3, 9))])
def test_fewer_than_four_years_are_refused_in_words(measure: Any, history: Any) -> None:
    with pytest.raises(ValueError, match=f"reserves of four years; {len(history)} were given"):
        measure(history)


@pytest.mark.parametrize("measure", [reserves_sustainability, change_in_reserves])
def test_a_year_that_is_not_known_is_refused(measure: Any) -> None:
    with pytest.raises(ValueError, match="number of pounds"):
        measure([60.0, float("nan"), 48.0, 42.0])
