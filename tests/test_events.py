"""Dated risks: how often, how large, for how long and for whom, against their closed forms."""

from __future__ import annotations

import numpy as np
import places
import pytest
from places import FALSE_ALARM, NEXT, council, driven, driver, event, exactly, line, scenario
from scipy.stats import kstest, norm, triang

from simulator.compiled import Compiled, Floats
from simulator.drivers import NATIONAL, DriverPaths
from simulator.events import EventBlock, costed, strikes, triangle
from simulator.prepared import compile_scenario
from simulator.scenario import Scenario
from simulator.streams import BlockDraws, CentralDraws, Draws

PATHS = 100_000
BUDGET = 100e6
DEARER: places.Tree = {
    "drivers": [driver("cpi", long_run="10%")],
    "baskets": [{"id": "prices", "shares": {"cpi": "100%"}}],
}
SURPRISING = {**DEARER, "drivers": [driver("cpi", long_run="10%", spread="5%", surprise={NEXT: "5%"})]}


def draw(compiled: Compiled, draws: Draws) -> EventBlock:
    """What strikes on a block, and what it costs whom."""
    return costed(compiled, strikes(compiled, draws), draws.paths)


def costs(found: Scenario, paths: int = PATHS) -> Floats:
    """What events cost, `[agency, year, path]`, as shares of a net budget of £100m."""
    compiled = compile_scenario(found)
    parts = [draw(compiled, BlockDraws(1, number)).cost for number in range(paths // 1_000)]
    return np.concatenate(parts, axis=2) / BUDGET


def with_event(chance: str, size: places.Tree, horizon: int = 5, **more: object) -> Scenario:
    return scenario(years=horizon, events=[event("risk", chance, size, **more)])


def near(found: float, truth: float, variance: float, n: int) -> bool:
    return abs(found - truth) < FALSE_ALARM * np.sqrt(variance / n)


def test_the_chance_of_no_event_in_five_years_is_the_product() -> None:
    struck = costs(with_event("20%", exactly("1%")))[0] > 0
    p = 0.8**5
    assert near((~struck.any(axis=0)).mean(), p, p * (1 - p), PATHS)
    for year in range(5):
        assert near(struck[year].mean(), 0.2, 0.16, PATHS)
    assert abs(np.corrcoef(struck[0], struck[1])[0, 1]) < FALSE_ALARM / np.sqrt(PATHS)


def test_total_cost_has_the_mean_and_variance_of_count_times_severity() -> None:
    low, mode, high, p, years = 0.01, 0.04, 0.10, 0.15, 5
    total = costs(with_event("15%", {"low": "1%", "mode": "4%", "high": "10%"}))[0].sum(axis=0)
    size = triang((mode - low) / (high - low), low, high - low)
    second = size.var() + size.mean() ** 2
    mean, variance = years * p * size.mean(), years * (p * second - (p * size.mean()) ** 2)
    assert near(total.mean(), mean, variance, PATHS)
    fourth = np.mean((total - total.mean()) ** 4) - variance**2
    assert near(total.var(), variance, fourth, PATHS)


def test_certain_and_impossible_events() -> None:
    assert (costs(with_event("100%", exactly("2%")), 1_000) == 0.02).all()
    assert (costs(with_event("0%", exactly("2%")), 1_000) == 0).all()


@pytest.mark.parametrize(
    ("low", "mode", "high"), [(0.01, 0.04, 0.10), (0.0, 0.0, 0.5), (0.1, 0.3, 0.3), (0.3, 0.6, 1.0)]
)
def test_the_triangle_is_the_one_in_the_books(low: float, mode: float, high: float) -> None:
    u = np.array([2.0**-53, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 2.0**-53])
    book = triang((mode - low) / (high - low), low, high - low)
    assert triangle(u, low, mode, high) == pytest.approx(book.ppf(u), abs=1e-9)
    assert (triangle(u, low, low, low) == low).all()


def test_severities_follow_their_distributions() -> None:
    drawn = costs(with_event("100%", {"low": "1%", "mode": "4%", "high": "10%"}, horizon=1)).ravel()
    assert kstest(drawn, triang(1 / 3, 0.01, 0.09).cdf).pvalue > 1e-6
    normal = costs(with_event("100%", {"mean": "3%", "sd": "2%"}, horizon=1)).ravel()
    assert kstest(normal, norm(0.03, 0.02).cdf).pvalue > 1e-6
    assert (normal < 0).mean() == pytest.approx(norm.cdf(-1.5), abs=0.004)


def test_outside_funding_meets_an_even_share() -> None:
    part = costs(with_event("100%", exactly("10%"), horizon=1, funded={"low": "70%", "high": "100%"})).ravel() / 0.10
    assert part.min() >= 0 and part.max() <= 0.30 + 1e-12
    assert kstest(part, "uniform", args=(0, 0.30)).pvalue > 1e-6


@pytest.mark.parametrize(
    ("lasting", "expected"),
    [
        ({"years": 1}, [1, 1, 1, 1, 1]),
        ({"years": 2}, [1, 2, 2, 2, 2]),
        ({"years": None}, [1, 2, 3, 4, 5]),
        # A strike every year: 1/3, then 1/3 + 2/3, then 1/3 + 2/3 + 1, and one more whole cost a year.
        ({"years": None, "phase": 3}, [1 / 3, 1, 2, 3, 4]),
    ],
    ids=["one year", "two years", "for good", "phased"],
)
def test_how_long_a_cost_lasts(lasting: places.Tree, expected: list[float]) -> None:
    found = costs(with_event("100%", exactly("2%"), **lasting), 1_000)[0]
    assert found == pytest.approx(0.02 * np.array(expected)[:, None] * np.ones((1, 1_000)))


def test_a_cost_spread_as_debt_is_an_annuity_fixed_when_it_strikes() -> None:
    rules = {"capitalisation_rate": "4%"}
    liability = event("liability", "100%", exactly("50%"), years=None, capitalised_over=40)
    agency = council(spending=[line("services", 200, basket="prices")])
    found = scenario(events=[liability], rules=rules, agencies=[agency], years=3, **DEARER)
    yearly = costs(found, 1_000)[0] * BUDGET / 1e6
    # 100 over 40 years at 4% costs 5.0523 a year; budgets of 220, 242 and 266.2 make charges that add up.
    first = [5.0523 * factor for factor in (1.1, 1.21, 1.331)]
    assert yearly[:, 0] == pytest.approx(np.cumsum(first), rel=1e-5)


def test_a_lasting_cost_that_is_not_debt_grows_with_the_net_budget() -> None:
    agency = council(spending=[line("services", basket="prices")])
    found = scenario(events=[event("ruling", "100%", exactly("1%"), years=2)], agencies=[agency], **DEARER)
    assert costs(found, 1_000)[0, :3, 0] == pytest.approx([0.011, 0.0242, 0.02662])


def test_a_stake_on_the_net_budget_follows_its_central_path_and_no_surprise() -> None:
    """Half of the spending is indexed: 50 + 50 x 1.1 ^ t, whatever prices turn out to be."""
    agency = council(spending=[line("services", 50, basket="prices"), line("levy", 50)])
    found = scenario(events=[event("ruling", "100%", exactly("1%"))], agencies=[agency], **SURPRISING)
    expected = np.array([(50 + 50 * 1.1**t) / 1e4 for t in range(1, 6)])
    assert costs(found, 1_000)[0] == pytest.approx(np.tile(expected[:, None], 1_000))


def test_the_first_year_is_honoured() -> None:
    found = costs(with_event("100%", exactly("1%"), first="2028-29"), 1_000)[0]
    assert (found[:2] == 0).all() and (found[2:] == 0.01).all()


def test_a_cost_can_be_a_share_of_the_lines_of_one_demand_at_central_prices() -> None:
    lines = [line("care", 40, demand="need", basket="fees"), line("other", 60)]
    found = scenario(
        drivers=[driver("need", long_run="2%", spread="5%"), driver("fees", long_run="3%", spread="5%")],
        baskets=[{"id": "fees", "shares": {"fees": "100%"}}],
        agencies=[council(spending=lines)],
        events=[event("failure", "100%", exactly("10%"), demand="need")],
    )
    assert costs(found, 1_000)[0] == pytest.approx(
        np.array([0.04 * (1.02 * 1.03) ** t for t in range(1, 6)])[:, None] * np.ones((1, 1_000))
    )


def two_towns(national: bool) -> Floats:
    risk = event("risk", "30%", {"low": "1%", "mode": "4%", "high": "10%"}, national=national)
    return costs(scenario(agencies=[council("ashby"), council("barton")], events=[risk]))


def test_a_national_event_strikes_everybody_alike() -> None:
    first, second = two_towns(national=True)
    assert np.array_equal(first, second)


def test_own_events_of_two_bodies_are_independent() -> None:
    first, second = two_towns(national=False)
    both = ((first > 0) & (second > 0)).mean()
    assert near(both, 0.09, 0.09 * 0.91, first.size)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < FALSE_ALARM / np.sqrt(first.size)


def test_only_national_events_count_towards_national_need() -> None:
    for national in (True, False):
        compiled = compile_scenario(with_event("50%", exactly("5%"), national=national))
        found = draw(compiled, BlockDraws(1, 0))
        assert found.cost.any()
        assert np.array_equal(found.national, found.cost * national)


def test_a_budget_knows_what_past_events_go_on_costing_and_nothing_of_new_ones() -> None:
    compiled = compile_scenario(with_event("20%", exactly("1%"), years=3))
    found = draw(compiled, BlockDraws(1, 0))
    new = (found.cost - found.expected)[0] / BUDGET
    assert set(np.round(new, 12).ravel()) == {0.0, 0.01}
    struck = np.isclose(new, 0.01)
    for year in range(5):
        past = struck[max(0, year - 2) : year].sum(axis=0)
        assert np.allclose(found.expected[0, year] / BUDGET, 0.01 * past)


def test_a_shock_to_prices_stays_in_the_level_and_its_tail_is_foreseen() -> None:
    shock = event("energy", "100%", exactly("5%"), driver="cpi")
    found = driven(driver("cpi", long_run="2%", persistence=0.5), years=3, events=[shock])
    future = DriverPaths(compile_scenario(found), 1).block(0).future(0, NATIONAL)
    # Each year 5 points strike and half of last year's surprise is left: 5, 7.5 and 8.75 points.
    surprise = np.diff(future.level, axis=0, prepend=0.0) - np.log(1.02)
    assert surprise[:, 0] == pytest.approx([0.05, 0.075, 0.0875])
    assert (future.level - future.expected)[:, 0] == pytest.approx([0.05, 0.05, 0.05])


def test_a_confirmed_year_cannot_be_struck() -> None:
    shock = event("energy", "100%", exactly("5%"), driver="cpi")
    found = driven(driver("cpi", confirmed=[NEXT]), years=2, events=[shock])
    level = DriverPaths(compile_scenario(found), 1).block(0).future(0, NATIONAL).level
    assert level[:, 0] == pytest.approx([0, 0.05])


def test_in_the_central_case_unlikely_events_stay_away() -> None:
    compiled = compile_scenario(with_event("50%", exactly("5%")))
    assert (draw(compiled, CentralDraws()).cost == 0).all()


def test_an_event_strikes_only_the_kinds_of_body_it_names() -> None:
    trust = {"id": "ward", "name": "ward", "kind": "trust", "foundation": True, "cash": 1, "minimum_cash_days": 1,
             "spending": [{"id": "staff", "name": "staff", "net": 100}]}  # fmt: skip
    size = {"low": "10%", "mode": "10%", "high": "10%"}
    risks = [
        event("liability", "100%", size, strikes=["council"]),
        event("strike", "100%", size, strikes=["trust"], years=2),
    ]
    found = compile_scenario(scenario(agencies=[council(), trust], events=risks))
    stakes = {terms.id: terms.stake[:, 0].tolist() for terms in found.events}
    assert found.agency_ids == ("town", "ward")
    assert stakes == {"liability": [100e6, 0.0], "strike": [0.0, 100e6]}
