"""Quantiles, chances and their intervals, against numpy and against exact binomial coverage."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from places import blackburn
from scipy.stats import binom

from simulator.run import Results, simulate
from simulator.summary import PERCENTS, chance, quantile_interval, quantiles


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(blackburn(), paths=2_000)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 20, 21, 99, 100, 101, 999, 1_000, 1_001, 2_345, 10_000])
def test_a_quantile_is_the_inverted_distribution_function(size: int) -> None:
    amounts = np.random.default_rng(size).normal(size=(3, size))
    found = quantiles(amounts)
    ordered = np.sort(amounts, axis=-1)
    for k, percent in enumerate(PERCENTS):
        rank = max(1, math.ceil(Fraction(percent, 100) * size))
        assert np.array_equal(found[k], ordered[:, rank - 1]), percent
        assert np.array_equal(found[k], np.quantile(amounts, percent / 100, axis=-1, method="inverted_cdf")), percent


def test_a_quantile_is_always_a_path_and_never_a_mixture() -> None:
    amounts = np.array([[10.0, 20.0, 30.0, 40.0]])
    assert quantiles(amounts, (25, 26, 50, 75, 100)).ravel().tolist() == [10, 20, 20, 30, 40]


@pytest.mark.parametrize("paths", [1_000, 10_000])
def test_wilson_intervals_cover_as_often_as_they_claim(paths: int) -> None:
    counted = np.arange(paths + 1)
    intervals = np.array([chance(int(k), paths)[1:3] for k in counted])
    for low_p in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5):
        for p in (low_p, 1 - low_p):
            covers = (intervals[:, 0] <= p) & (p <= intervals[:, 1])
            coverage = binom.pmf(counted, paths, p)[covers].sum()
            assert 0.945 < coverage < 0.97, (p, coverage)


def test_chances_at_the_ends_stay_chances() -> None:
    never, always = chance(0, 1_000), chance(1_000, 1_000)
    assert (never.probability, never.low) == (0, 0) and 0 < never.high < 0.005
    assert (always.probability, always.high) == (1, 1) and 0.995 < always.low < 1
    for happened in range(0, 1_001, 7):
        found, mirrored = chance(happened, 1_000), chance(1_000 - happened, 1_000)
        assert 0 <= found.low <= found.probability <= found.high <= 1
        assert found.low == pytest.approx(1 - mirrored.high, abs=1e-12)


def test_ranks_about_the_95th_percentile_of_10000_paths() -> None:
    assert quantile_interval(np.arange(1.0, 10_001.0), 95) == (9_457, 9_543)
    assert quantile_interval(np.arange(1.0, 10_001.0), 5) == (458, 544)


@pytest.mark.parametrize("paths", [100, 250, 1_000, 2_345, 10_000])
@pytest.mark.parametrize("percent", [5, 10, 50, 75, 95])
def test_order_statistics_cover_a_quantile_at_least_95_times_in_100(paths: int, percent: int) -> None:
    low, high = (int(rank) for rank in quantile_interval(np.arange(1.0, paths + 1.0), percent))
    p = percent / 100
    # The low-th of the sample is at or below the quantile, and the high-th at or above it, when the count
    # of paths below it lies between low and high - 1.
    coverage = binom.cdf(high - 1, paths, p) - binom.cdf(low - 1, paths, p)
    assert 0.95 <= coverage < 0.99
    # Nor is it wider than it need be: one rank less on either side leaves more than 2.5% outside.
    assert binom.cdf(low, paths, p) > 0.025 and binom.sf(high - 2, paths, p) > 0.025


@pytest.mark.parametrize(("paths", "percent"), [(10, 95), (50, 95), (50, 5), (1, 50)])
def test_too_few_paths_for_an_interval_are_refused(paths: int, percent: int) -> None:
    with pytest.raises(ValueError, match="too few"):
        quantile_interval(np.arange(float(paths)), percent)


def test_percentiles_rise_in_every_row(results: Results) -> None:
    columns = [f"p{percent:02d}" for percent in PERCENTS]
    table = results.agency_years
    assert (np.diff(table[columns].to_numpy(), axis=1) >= 0).all()
    assert np.isfinite(table[[*columns, "mean", "central"]].to_numpy()).all()
    gaps = table[table.measure == "gap"]
    assert (gaps.p05 < gaps.p50).all() and (gaps.p50 < gaps.p95).all()


def test_a_row_is_what_its_paths_say(results: Results) -> None:
    table = results.agency_years.set_index(["agency", "year", "measure", "view"])
    row = table.loc[("blackburn", "2029-30", "usable_reserves", "after_action")]
    amounts = results.kept["usable_reserves"][1, 0, 4]
    assert row.paths == len(amounts) == 2_000
    assert row["p10"] == np.sort(amounts)[199]
    assert row["mean"] == pytest.approx(amounts.mean(), rel=1e-12)


def test_chances_by_a_year_never_fall_and_lie_between_the_greatest_and_the_sum(results: Results) -> None:
    table = results.chances
    for _, rows in table.groupby(["agency", "outcome", "view"]):
        found = rows.set_index("year").probability
        years = [year for year in found.index if year != "any" and not year.startswith("by ")]
        assert len(years) == 10
        single = found[sorted(years)].to_numpy()
        by_then = found[[f"by {year}" for year in sorted(years)]].to_numpy()
        assert (np.diff(by_then) >= 0).all()
        assert by_then[0] == single[0] and by_then[-1] == found["any"]
        assert (by_then >= np.maximum.accumulate(single)).all()
        assert (by_then <= np.cumsum(single) + 1e-12).all()
    assert table.probability.max() > 0.2


def test_chances_count_paths(results: Results) -> None:
    table = results.chances.set_index(["outcome", "view", "year"])
    short = results.kept["unfunded_gap"] > 0.005
    for v, view in enumerate(("before_action", "after_action")):
        assert table.loc[("unfunded_gap", view, "any")].probability == short[v, 0].any(axis=0).mean()
        assert table.loc[("unfunded_gap", view, "2028-29")].probability == short[v, 0, 3].mean()


def test_lines_add_up_to_mean_spending(results: Results) -> None:
    """Means add up: the lines, financing, grants and events of the drawn paths are the mean of spending."""
    lines = results.lines
    assert (lines.paths == 2_000).all()
    care = lines[(lines.line == "adult_care") & (lines.year == "2025-26")].iloc[0]
    assert care["central"] == pytest.approx(72.6793e6 * 1.015 * 1.0498, rel=0.02)
    income = lines[lines.line == "not_itemised"]
    assert (income["mean"] < 0).all()
    school, grant = (lines[lines.line == name].sort_values("year") for name in ("schools", "schools_grant"))
    assert school["mean"].to_numpy() == pytest.approx(-grant["mean"].to_numpy(), rel=1e-12)
