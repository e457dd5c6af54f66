"""Drivers: spreads, persistence, correlation and links against their closed forms, and what budgets knew."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from places import FALSE_ALARM, blackburn, blackburn_with, blocks, driven, driver, levels, levels_of, place_of
from scipy.signal import lfilter

from simulator.compiled import Compiled, Floats
from simulator.drivers import NATIONAL, DriverPaths
from simulator.prepared import compile_scenario
from simulator.scenario import Scenario
from simulator.spending import Prices

PATHS = 100_000


def cumulated(phi: float, years: int) -> float:
    """S_T: the variance of T years' sum of an AR(1) that starts at nought, for unit shocks."""
    return sum(((1 - phi**j) / (1 - phi)) ** 2 for j in range(1, years + 1))


def deviations(compiled: Compiled, name: str, paths: int, agency: int = NATIONAL) -> Floats:
    """How far a driver's yearly growth (or level) lies from its central one, `[year, path]`."""
    return deviation(compiled, name, levels(compiled, name, paths, agency))


def deviation(compiled: Compiled, name: str, level: Floats) -> Floats:
    terms = compiled.drivers[place_of(compiled, name)]
    if not terms.is_growth:
        return level - terms.central[:, None]
    return np.diff(level, axis=0, prepend=0.0) - np.log1p(terms.central)[:, None]


def same_spread(found: Floats, variance: Floats | float) -> bool:
    """Whether a sample of normals has the variance stated, within what chance allows."""
    n = found.shape[-1]
    return bool((np.abs(found.var(axis=-1) / variance - 1) < FALSE_ALARM * np.sqrt(2 / n)).all())


def same_correlation(found: float, truth: float, n: int) -> bool:
    return abs(found - truth) < FALSE_ALARM * (1 - truth**2) / np.sqrt(n)


def central_level(compiled: Compiled, name: str) -> Floats:
    return DriverPaths(compiled, 1).central().future(place_of(compiled, name), NATIONAL).level[:, 0]


# Spread over time.


def test_the_factors_of_the_closed_form_are_the_published_ones() -> None:
    found = [cumulated(0.6, years) for years in (1, 2, 3, 5, 10)]
    assert found == pytest.approx([1, 3.56, 7.40, 17.45, 47.38], abs=0.005)


def test_cumulative_growth_has_the_variance_of_trend_shock_and_noise() -> None:
    found = driven(driver("need", long_run="2%", persistence=0.6, spread="2%", trend="0.5%", transitory="1%"), years=10)
    level = levels(compile_scenario(found), "need", PATHS)
    years = np.arange(1, 11)
    variance = years**2 * 0.005**2 + 0.02**2 * np.array([cumulated(0.6, t) for t in years]) + 0.01**2
    assert same_spread(level, variance)
    off = level.mean(axis=1) - years * np.log(1.02)
    assert (np.abs(off) < FALSE_ALARM * np.sqrt(variance / PATHS)).all()


def test_a_level_driver_has_the_stationary_variance_of_its_persistence() -> None:
    found = driven(driver("rate", kind="level", long_run="4%", persistence=0.75, spread="0.9%"), years=16)
    points = levels(compile_scenario(found), "rate", PATHS)
    years = np.arange(1, 17)
    assert same_spread(points, 0.009**2 * (1 - 0.75 ** (2 * years)) / (1 - 0.75**2))
    assert abs(points[-1].mean() - 0.04) < 0.0005


def test_a_slow_state_is_stationary_from_the_first_year() -> None:
    found = driven(driver("need", trend="1%", trend_persistence=0.85), years=8)
    state = deviations(compile_scenario(found), "need", PATHS)
    assert same_spread(state, 0.01**2)
    for lag in (1, 3, 7):
        assert same_correlation(np.corrcoef(state[0], state[lag])[0, 1], 0.85**lag, PATHS)


def test_the_scale_of_a_year_multiplies_its_shock_and_no_other() -> None:
    found = driven(driver("grant", spread="2%", spread_scale={"2027-28": "25%"}), years=3)
    shocks = deviations(compile_scenario(found), "grant", PATHS)
    assert same_spread(shocks, np.array([0.02, 0.005, 0.02]) ** 2)


# Correlation.


def shocks_only(found: Scenario) -> Scenario:
    """The shipped drivers with their persistence, spread and loadings and nothing else."""
    gone = dict.fromkeys(("trend", "transitory", "own_level", "system_share", "floor"))
    bare = [
        d.model_copy(update={**gone, "follows": [], "confirmed": [], "spread_scale": {}, "surprise": {}})
        for d in found.drivers
    ]
    return found.model_copy(update={"drivers": bare, "events": [], "spending_review": None})


def test_shocks_correlate_as_their_loadings_say() -> None:
    compiled = compile_scenario(shocks_only(blackburn()))
    moved = [terms for terms in compiled.drivers if terms.spread.all()]
    assert len(moved) >= 16
    drawn, kept = [], []
    for terms, level in zip(moved, levels_of(compiled, [terms.id for terms in moved], 20_000), strict=True):
        state = deviation(compiled, terms.id, level)
        drawn.append(lfilter([1, -terms.persistence], [1], state, axis=0).ravel())
        kept.append(np.corrcoef(state[8], state[9])[0, 1])
    loadings = np.array(
        [[dict(t.loadings).get(f, 0.0) for f in ("inflation", "activity", "fiscal", "need")] for t in moved]
    )
    truth = loadings @ loadings.T
    np.fill_diagonal(truth, 1)
    found = np.corrcoef(drawn)
    bound = FALSE_ALARM / np.sqrt(drawn[0].size)
    assert bound < 0.04
    assert np.abs(found - truth).max() < bound
    spreads = np.array([t.spread[0] for t in moved])
    assert np.std(drawn, axis=1) == pytest.approx(spreads, rel=0.02)
    phi = np.array([t.persistence for t in moved])
    # From nought, the correlation of years 9 and 10 is phi times the ratio of their deviations.
    expected = phi * np.sqrt((1 - phi**18) / (1 - phi**20))
    assert np.abs(np.array(kept) - expected).max() < 0.05


@pytest.mark.parametrize("part", [{"spread": "2%"}, {"trend": "1%"}, {"trend": "1%", "trend_persistence": 0.85},
                                  {"transitory": "2%"}], ids=["shock", "trend", "slow", "transitory"])  # fmt: skip
def test_the_copies_of_two_agencies_share_the_system_part(part: dict[str, str]) -> None:
    need = driver("need", system_share="60%", loadings={"need": 0.5}, **part)
    compiled = compile_scenario(driven(need, agencies=["ashby", "barton"], years=2))
    first, second, nation = (levels(compiled, "need", PATHS, agency)[1] for agency in (0, 1, NATIONAL))
    assert same_correlation(np.corrcoef(first, second)[0, 1], 0.6, PATHS)
    assert same_correlation(np.corrcoef(first, nation)[0, 1], np.sqrt(0.6), PATHS)
    assert same_spread(np.array([first, second]), first.var()) and nation.std() < first.std()
    assert same_spread(nation, 0.6 * first.var())


def test_own_shocks_of_one_agency_keep_the_correlations_of_the_loadings() -> None:
    loads = {"loadings": {"need": 0.7}, "system_share": "40%", "spread": "2%"}
    compiled = compile_scenario(driven(driver("one", **loads), driver("two", **loads), years=1))
    own = [levels(compiled, name, PATHS, 0)[0] - levels(compiled, name, PATHS)[0] for name in ("one", "two")]
    assert same_correlation(np.corrcoef(own)[0, 1], 0.49, PATHS)


def test_a_driver_with_a_system_share_of_one_is_the_same_for_every_agency() -> None:
    compiled = compile_scenario(driven(driver("cpi", spread="1%", system_share="100%"), agencies=["ashby", "barton"]))
    block = DriverPaths(compiled, 1).block(0)
    assert block.future(0, 0) is block.future(0, 1) is block.future(0, NATIONAL)


# A body's own level.

SPREAD_TABLE = {
    "adults": [5.3, 7.4, 8.5, 10.1, 10.1],
    "children": [6.9, 10.2, 12.5, 15.5, 17.3],
}
"""Standard deviation of councils' cumulative growth about the median, per cent, over 1, 2, 3, 5 and 7 years."""
TABLE_YEARS = np.array([1, 2, 3, 5, 7])


@cache
def own_growth() -> dict[str, Floats]:
    """A body's cumulative growth about the nation's with all own spread taken as risk, `[year, path]`."""
    compiled = compile_scenario(blackburn_with({"rules": {"own_risk_share": "100%"}}))
    names = ("care_demand", "looked_after", "placement_cost")
    own, nation = (levels_of(compiled, names, 20_000, agency) for agency in (0, NATIONAL))
    return {name: mine - all_ for name, mine, all_ in zip(names, own, nation, strict=True)}


def test_an_own_level_spreads_as_its_stationary_law_says() -> None:
    own = {"persistence": 0.8, "spread": "4.6%", "transitory": "1%"}
    need = driver("need", system_share="60%", spread="1.2%", own_level=own)
    compiled = compile_scenario(driven(need, years=7, rules={"own_risk_share": "80%"}))
    found = levels(compiled, "need", PATHS, 0) - levels(compiled, "need", PATHS)
    years = np.arange(1, 8)
    stationary = (0.8 * 0.046) ** 2 / (1 - 0.8**2)
    assert same_spread(found, 2 * stationary * (1 - 0.8**years) + 2 * 0.01**2)


def test_own_levels_of_one_body_correlate_as_the_loadings_say() -> None:
    first, second = (own_growth()[name][4] for name in ("looked_after", "placement_cost"))
    noise = 0.005**2
    shares = [1 - 2 * noise / own.var() for own in (first, second)]
    truth = (0.10 * 0.45 + 0.55 * 0.45) * np.sqrt(shares[0] * shares[1])
    assert same_correlation(np.corrcoef(first, second)[0, 1], truth, first.size)


@pytest.mark.parametrize("service", SPREAD_TABLE)
def test_own_spread_reproduces_the_history_of_152_councils(service: str) -> None:
    growth = own_growth()["care_demand"] if service == "adults" else children_growth()
    assert 100 * growth.std(axis=1)[TABLE_YEARS - 1] == pytest.approx(SPREAD_TABLE[service], abs=1.5)


def children_growth() -> Floats:
    """The whole service: placements move with number and unit cost, the rest with number at its elasticity."""
    lines = {line.id: line for line in blackburn().agencies[0].spending}
    placements, rest = lines["child_placements"], lines["child_services"]
    assert placements.net and rest.net and rest.elasticity
    share = placements.net.used / (placements.net.used + rest.net.used)
    number, unit_cost = (own_growth()[name] for name in ("looked_after", "placement_cost"))
    return share * (number + unit_cost) + (1 - share) * rest.elasticity.used * number


def test_own_levels_of_two_bodies_are_independent() -> None:
    need = driver("need", own_level={"persistence": 0.9, "spread": "5%"}, loadings={"need": 0.5})
    compiled = compile_scenario(driven(need, agencies=["ashby", "barton"], years=3))
    first, second = (levels(compiled, "need", PATHS, agency)[2] for agency in (0, 1))
    assert same_correlation(np.corrcoef(first, second)[0, 1], 0.0, PATHS)


# What is known.


def test_a_confirmed_year_has_neither_spread_nor_surprise() -> None:
    compiled = compile_scenario(blackburn())
    block = DriverPaths(compiled, 1).block(0)
    checked = 0
    for k, terms in enumerate(compiled.drivers):
        path = np.cumsum(np.log1p(terms.central)) if terms.is_growth else terms.central
        sure = int(np.argmax(terms.live == 1))
        for year in range(sure):
            for agency in (NATIONAL, 0):
                future = block.future(k, agency)
                assert future.level[year] == pytest.approx(path[year], abs=1e-12), terms.id
                assert future.expected[year] == pytest.approx(path[year], abs=1e-12), terms.id
            checked += 1
    assert checked == 11


def forecast_errors() -> tuple[Floats, Floats]:
    """Errors in prices and wages one to five years ahead of a forecast made now, nothing confirmed, `[year, path]`."""
    unknown = [{"id": d, "confirmed": []} for d in ("cpi", "earnings")]
    shock = {"id": "energy_shock", "first": "2025-26"}
    compiled = compile_scenario(blackburn_with({"drivers": unknown, "events": [shock], "years": 5}))
    drawn = levels_of(compiled, ("cpi", "earnings"), 50_000)
    prices, wages = (deviation(compiled, name, one) for name, one in zip(("cpi", "earnings"), drawn, strict=True))
    return prices, wages


def test_errors_of_price_and_wage_forecasts_are_of_the_historical_size() -> None:
    errors = forecast_errors()
    prices, wages = (100 * one.std(axis=1) for one in errors)
    assert (prices > 1.3).all() and (prices < 1.8).all(), prices
    assert (wages > 1.6).all() and (wages < 2.3).all(), wages
    together = [np.corrcoef(errors[0][h], errors[1][h])[0, 1] for h in range(5)]
    assert min(together) > 0.64 and max(together) < 0.78, together


def test_a_budget_expects_growth_plus_what_persists_of_the_last_shock() -> None:
    found = driven(driver("need", long_run="3%", persistence=0.6, spread="2%"), years=8)
    block = DriverPaths(compile_scenario(found), 1).block(0)
    future = block.future(0, NATIONAL)
    last = np.vstack([np.zeros(1_000), future.level[:-1]])
    state = np.diff(future.level, axis=0, prepend=0.0) - np.log(1.03)
    past = np.vstack([np.zeros(1_000), state[:-1]])
    assert np.allclose(future.expected, last + np.log(1.03) + 0.6 * past, atol=1e-12, rtol=0)


def test_a_budget_expects_of_a_follower_what_it_expects_of_the_followed() -> None:
    lead = driver("lead", persistence=0.5, spread="2%")
    tail = driver(
        "tail", follows=[{"driver": "lead", "lag": 0, "weight": 0.4}, {"driver": "lead", "lag": 1, "weight": 0.3}]
    )
    compiled = compile_scenario(driven(lead, tail, years=6))
    block = DriverPaths(compiled, 1).block(0)
    state = np.diff(block.future(place_of(compiled, "lead"), NATIONAL).level, axis=0, prepend=0.0)
    future = block.future(place_of(compiled, "tail"), NATIONAL)
    actual = np.diff(future.level, axis=0, prepend=0.0)
    assert np.allclose(actual[1:], 0.4 * state[1:] + 0.3 * state[:-1], atol=1e-12, rtol=0)
    hoped = future.expected[1:] - future.level[:-1]
    assert np.allclose(hoped, 0.4 * 0.5 * state[:-1] + 0.3 * state[:-1], atol=1e-12, rtol=0)


def misses(compiled: Compiled) -> tuple[Floats, Floats]:
    """What the budget missed of one driver each year, and its trend error, `[year, path]` and `[path]`."""
    future = DriverPaths(compiled, 1).block(0).future(0, NATIONAL)
    yearly = np.diff(future.level, axis=0, prepend=0.0)
    return future.level - future.expected, yearly[-1]


def test_a_constant_trend_error_is_learnt_by_half_each_year() -> None:
    compiled = compile_scenario(driven(driver("need", trend="1%"), years=10, rules={"budget_learning": "50%"}))
    missed, error = misses(compiled)
    assert np.allclose(missed, error * 0.5 ** np.arange(10)[:, None], atol=1e-12, rtol=0)
    assert np.abs(missed[-1]).max() < 0.0001 < np.abs(missed[0]).max()


def test_without_learning_a_trend_error_surprises_every_year() -> None:
    missed, error = misses(compile_scenario(driven(driver("need", trend="1%"), years=10)))
    assert np.allclose(missed, np.broadcast_to(error, missed.shape), atol=1e-12, rtol=0)


def test_a_confirmed_year_teaches_nothing_about_the_trend() -> None:
    need = driver("need", trend="1%", confirmed=["2026-27"])
    missed, error = misses(compile_scenario(driven(need, years=4, rules={"budget_learning": "50%"})))
    assert np.allclose(missed, error * np.array([[0], [1], [0.5], [0.25]]), atol=1e-12, rtol=0)


# Links.


def test_pay_and_the_living_wage_make_good_a_price_surprise() -> None:
    shock = {"id": "cpi", "persistence": 0, "surprise": {"2027-28": "5%"}}
    before, after = compile_scenario(blackburn()), compile_scenario(blackburn_with({"drivers": [shock]}))
    held = {
        name: central_level(after, name) - central_level(before, name)
        for name in ("cpi", "pay_award", "living_wage", "earnings")
    }
    assert held["cpi"] == pytest.approx([0, 0, *[0.05] * 8], abs=1e-12)
    assert held["earnings"][4] == pytest.approx((0.4 + 0.3 + 0.2) * 0.05)
    assert held["pay_award"][4] == pytest.approx((0.3 + 0.7 * 0.9) * 0.05)
    assert 0.70 < held["pay_award"][4] / 0.05 < 1.10
    assert 0.70 < held["living_wage"][5] / 0.05 < 1.10


def test_the_lowest_pay_points_cannot_fall_below_the_living_wage() -> None:
    wage = driver("wage", long_run="10%")
    pay = driver("pay", long_run="2%", floor={"driver": "wage", "ratio": 1.07, "share": "15%"})
    compiled = compile_scenario(driven(wage, pay, years=2))
    index = Prices(DriverPaths(compiled, 1).central()).index(place_of(compiled, "pay"), NATIONAL)
    # 1.10 / 1.07 = 1.028037 binds over 1.02; 1.21 / 1.07 = 1.130841 binds over 1.0404.
    assert index.actual[:, 0] == pytest.approx([0.85 * 1.02 + 0.15 * 1.0280374, 0.85 * 1.0404 + 0.15 * 1.1308411])
    assert index.national[:, 0] == pytest.approx(index.actual[:, 0])


def test_a_floor_never_lowers_pay_and_lifts_it_on_some_paths() -> None:
    def pay(found: Scenario) -> Floats:
        compiled = compile_scenario(found)
        return Prices(DriverPaths(compiled, 1).block(0)).index(place_of(compiled, "pay_award"), 0).actual

    free = blackburn().model_copy(
        update={"drivers": [d.model_copy(update={"floor": None}) for d in blackburn().drivers]}
    )
    with_floor, without = pay(blackburn()), pay(free)
    assert (with_floor >= without - 1e-15).all()
    assert 0.01 < (with_floor[-1] > without[-1] + 1e-12).mean() < 1


# Spending reviews.

REVIEW = {
    "driver": "grants",
    "first": "2028-29",
    "every": 3,
    "states": [
        {"id": "tight", "chance": "35%", "growth": "-2%"},
        {"id": "flat", "chance": "45%", "growth": "0%"},
        {"id": "loose", "chance": "20%", "growth": "2%"},
    ],
}


def test_a_spending_review_sets_growth_until_the_next_one() -> None:
    compiled = compile_scenario(driven(driver("grants", long_run="3%"), years=9, spending_review=REVIEW))
    parts = [block.future(0, NATIONAL) for block in blocks(compiled, 20_000)]
    level = np.concatenate([part.level for part in parts], axis=1)
    expected = np.concatenate([part.expected for part in parts], axis=1)
    growth = np.expm1(np.diff(level, axis=0, prepend=0.0) - np.log(1.03))
    assert np.allclose(growth[:2], 0, atol=1e-12)
    for start in (2, 5):
        assert np.allclose(growth[start : start + 3], growth[start], atol=1e-12)
        for state, chance in [(-0.02, 0.35), (0, 0.45), (0.02, 0.20)]:
            share = np.isclose(growth[start], state, atol=1e-9).mean()
            assert abs(share - chance) < FALSE_ALARM * np.sqrt(chance * (1 - chance) / 20_000)
    assert same_correlation(np.corrcoef(growth[4], growth[5])[0, 1], 0.0, 20_000)
    # The outcome of a review is news in its first year and known in the two that follow.
    missed = np.expm1(level - expected)
    assert np.allclose(missed[[2, 5, 8]], growth[[2, 5, 8]], atol=1e-12)
    assert np.allclose(missed[[0, 1, 3, 4, 6, 7]], 0, atol=1e-12)


def test_a_spending_review_stands_in_place_of_a_trend_error() -> None:
    review = blackburn().spending_review
    assert review is not None
    moved = next(d for d in blackburn().drivers if d.id == review.driver)
    assert moved.trend is None or moved.trend.used == 0


# The closed form of a lognormal.


def test_mean_and_percentiles_of_an_index_are_those_of_a_lognormal() -> None:
    found = driven(driver("need", long_run="2%", persistence=0.5, spread="3%"), years=5)
    index = np.exp(levels(compile_scenario(found), "need", PATHS)[4])
    variance = 0.03**2 * cumulated(0.5, 5)
    mean = 1.02**5 * np.exp(variance / 2)
    assert abs(index.mean() - mean) < FALSE_ALARM * mean * np.sqrt(np.expm1(variance) / PATHS)
    z = 1.6448536269514722
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    for quantile, score in [(0.05, -z), (0.95, z)]:
        off = np.log(np.quantile(index, quantile)) - (5 * np.log(1.02) + score * np.sqrt(variance))
        assert abs(off) < FALSE_ALARM * np.sqrt(0.05 * 0.95 / PATHS) / density * np.sqrt(variance)
