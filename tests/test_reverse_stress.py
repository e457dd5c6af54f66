"""Reverse stress: the nearest way to failure, what it costs and where, when it is seen, and the signal to watch."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from simulator.blocks import Sample
from simulator.chosen import Chosen, OnePath, Recorded
from simulator.compiled import Floats
from simulator.design_point import DesignPoint, find, mean_of_failing, unit
from simulator.drivers import DriverPaths
from simulator.margins import BELOW_MINIMUM, EMPTY, OFF_PLAN, SUPPORT
from simulator.monitoring import area, calendar, month, published, signals
from simulator.named_stresses import PLAN
from simulator.observed import S114, SYSTEM, Observed, observe
from simulator.projection import project
from simulator.reverse_stress import NO_EDGE, reached
from simulator.route_costs import TOGETHER, accounted
from simulator.routes import (
    AllRoutes,
    Routes,
    _absent,
    _passing,
    cost_table,
    route_table,
    route_to,
    routes_of,
    signal_table,
    year_table,
)
from simulator.scenario import Scenario
from simulator.summary import chance
from simulator.trials import tried
from tests.places import (
    NEXT,
    basket,
    blackburn_with,
    council,
    driver,
    event,
    exactly,
    icb,
    line,
    scenario,
    whole_place,
    without_luck,
)

SAMPLE = Sample(2_000, seed=4)
CARE, PAY = 60, 40
WIDE, NARROW = 0.05, 0.03


def two(holds: float = 6.0, **more: object) -> Scenario:
    """A council over one year whose care and pay are moved by one normal each, and that holds what it is given."""
    drivers = [driver("need", spread=f"{WIDE:.0%}"), driver("wages", spread=f"{NARROW:.0%}")]
    lines = [line("care", CARE, demand="need"), line("staff", PAY, demand="wages")]
    town = council(spending=lines, reserves={"gf_unallocated": holds})
    return scenario(**{"years": 1, "drivers": drivers, "agencies": [town], **more})


@cache
def small() -> Observed:
    return observe(two(), "town", SAMPLE)


@cache
def shipped() -> Observed:
    return observe(blackburn_with({"years": 6}), "blackburn", replace(SAMPLE, paths=1_000))


@cache
def told() -> AllRoutes:
    return routes_of(shipped())


def to(limit: str) -> Routes:
    return next(one for one in told().routes if one.limit == limit)


def linear(beta: float, paths: int = 20_000, count: int = 15) -> tuple[Floats, Floats, DesignPoint]:
    """The design point of a margin that is linear in independent normals, with its true direction and the luck."""
    drawn = Recorded(7, 0, paths // 1_000).normals("luck", count + 1)
    truth = unit(drawn[1:, 0])
    luck = drawn[:count]

    def margins(points: Floats) -> Floats:
        found: Floats = 3e6 * (truth @ points - beta)
        return found

    return truth, luck, find(margins, luck, margins(luck))


@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_a_straight_edge_is_found_in_its_true_direction_at_its_true_distance(beta: float) -> None:
    truth, luck, point = linear(beta)
    assert float(unit(point.values) @ truth) >= 0.997 and float(point.direction @ truth) >= 0.997
    assert point.distance == pytest.approx(beta, abs=1e-3) and point.on_edge
    failing = int(np.count_nonzero(truth @ luck > beta))
    found = chance(failing, luck.shape[1])
    assert found.low <= norm.sf(beta) <= found.high
    assert point.by_distance == pytest.approx(norm.sf(beta), rel=0.01)


def test_the_mean_of_failing_futures_alone_points_the_true_way() -> None:
    truth, luck, _ = linear(2.0)
    mean = mean_of_failing(luck, truth @ luck - 2.0)
    assert float(unit(mean) @ truth) >= 0.99
    assert float(np.linalg.norm(mean)) == pytest.approx(norm.pdf(2) / norm.sf(2), abs=0.1)


def test_a_body_that_fails_in_the_middle_is_told_the_way_back() -> None:
    truth, _, point = linear(-0.5)
    assert point.distance == pytest.approx(-0.5, abs=1e-3)
    assert float(unit(point.values) @ truth) <= -0.997


def test_a_council_of_two_drivers_has_its_known_route_and_chance() -> None:
    found = reached(small(), EMPTY)
    assert found.point is not None and found.point.on_edge and found.cosine is not None
    streams = [variable.stream for variable in small().variables]
    assert streams == ["driver/need/shock", "driver/wages/shock"]
    truth = unit(np.array([CARE * WIDE, PAY * NARROW]))
    assert float(unit(found.point.values) @ truth) >= 0.997 and found.cosine >= 0.99

    def short(need: float) -> float:
        left = (106 - CARE * np.exp(WIDE * need)) / PAY
        return float(norm.pdf(need) * norm.sf(np.log(left) / NARROW)) if left > 0 else float(norm.pdf(need))

    known = quad(short, -8, 8)[0]
    assert found.chance.low <= known <= found.chance.high
    assert found.chance.probability == float(np.mean(small().seen.broken[EMPTY]))


def test_what_is_observed_is_the_run_itself_bit_for_bit() -> None:
    seen = shipped()
    run = tried(seen.compiled, "blackburn", (PLAN,), replace(SAMPLE, paths=1_000))
    for name, amounts in run.measures.items():
        assert (seen.seen.money[name] == amounts[0]).all(), name
    assert (seen.seen.broken[SUPPORT] == run.outcomes["needs_support"][0][seen.body.span].any(axis=0)).all()
    assert (seen.seen.broken[S114] <= seen.seen.broken[SUPPORT]).all()
    for limit in seen.reader.limits:
        assert ((seen.seen.margins[limit] > 0.005) == seen.seen.broken[limit]).all(), limit


def test_luck_that_is_chosen_as_it_was_drawn_gives_what_was_drawn() -> None:
    again = small().on(small().luck[:, :20])
    assert again.end == pytest.approx(small().seen.end[:20], abs=1e-6)


def test_a_path_told_alone_is_the_path_of_the_run() -> None:
    seen = shipped()
    alone = accounted(seen, OnePath(SAMPLE.seed, 234)).reading
    for limit, margins in seen.seen.margins.items():
        assert alone.margins[limit][0] == pytest.approx(margins[234], abs=1e-6)


def test_the_point_of_every_limit_lies_on_its_edge() -> None:
    for one in told().routes:
        point = one.reached.point
        assert point is not None and point.on_edge
        assert abs(shipped().on(point.values[:, None]).margins[one.limit][0]) < 5_000
        assert one.reached.chance.probability != point.by_distance


def test_graver_limits_are_farther_off_and_rarer() -> None:
    points = [one.reached.point.distance for one in told().routes if one.reached.point]
    chances = [one.reached.chance.probability for one in told().routes]
    assert points == sorted(points) and chances == sorted(chances, reverse=True)


def test_costs_by_budget_line_add_up_to_what_each_year_asks() -> None:
    for one in told().routes:
        for route in (one.likely, one.typical):
            assert route is not None
            for year, total in route.account.total.items():
                assert sum(cost.pounds for cost in route.account.costs if cost.year == year) == pytest.approx(total)
            sources = route.account.sources()
            assert sum(pounds for *_, pounds in sources) == pytest.approx(sum(route.account.total.values()))
            remainder = next(pounds for source, _, pounds in sources if source == TOGETHER)
            assert abs(remainder) < 0.1 * sum(abs(pounds) for *_, pounds in sources)


def test_a_driver_by_itself_costs_its_line_and_nothing_else() -> None:
    values = np.array([[1.5], [0.0]])
    account = accounted(small(), Chosen(small().variables, values))
    costs = {(one.id, one.line): one.pounds for one in account.costs if abs(one.pounds) > 0.5}
    assert costs == {("need", "care"): pytest.approx(CARE * 1e6 * (np.exp(1.5 * WIDE) - 1))}
    course = next(one for one in account.courses if one.id == "need")
    assert course.value == pytest.approx(np.exp(1.5 * WIDE) - 1) and course.central == 0
    assert course.pounds == pytest.approx(account.total[NEXT])


def test_savings_that_fall_short_and_risks_that_strike_are_sources_of_their_own() -> None:
    savings = [{"id": "plan", "name": "Plan", "rag": "red", "recurrent": "100%", "amounts": {NEXT: 10}}]
    town = council(spending=[line("services")], savings=savings, reserves={"gf_unallocated": 6})
    rules = {"delivery": {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
                          "organisation_weight": "40%", "system_share": "0%"}}  # fmt: skip
    flood = event("flood", "30%", exactly("3%"))
    found = observe(scenario(years=2, agencies=[town], rules=rules, events=[flood]), "town", Sample(1_000))
    assert {part.id for part in found.parts} == {"savings", "events"}
    account = accounted(found, OnePath(1, int(found.seen.end.argmin())))
    assert {source for source, *_ in account.sources()} == {"savings", "events", TOGETHER}
    assert account.by_year(TOGETHER) == pytest.approx(dict.fromkeys(account.total, 0.0), abs=1e-6)
    assert account.by_year("savings")[NEXT] > 0


def test_the_story_tells_its_own_figures_in_lines_and_months() -> None:
    one = to(SUPPORT)
    assert one.likely is not None and one.reached.point is not None
    story = " ".join(one.story)
    assert f"{one.reached.chance.probability:.1%} of 1,000 simulated futures" in story
    assert f"{one.reached.point.distance:.1f} standard deviations" in story
    dearest = one.likely.account.sources()[0]
    assert f"{dearest[1]}: by March 2031" in story and f"adds £{dearest[2] / 1e6:.1f}m" in story
    assert "(+£" in story and "Adult social care" in story
    total = sum(one.likely.account.total.values())
    assert f"makes £{total / 1e6:.1f}m more than the central case in all" in story
    last = one.likely.years[-1]
    assert f"leaves £{last.unfunded / 1e6:.1f}m that no usable reserve can meet" in story
    assert one.likely.passing.year == "2030-31" and "July 2030" in story and "May 2031" in story
    below = next(year for year in one.likely.years if year.year == one.likely.passing.fund_below)
    assert below.fund is not None and below.minimum is not None and below.fund < below.minimum
    seen_before = sum(pounds for year, pounds in one.likely.account.total.items() if year < "2030-31")
    assert f"By then £{seen_before / 1e6:.1f}m of what it asks" in story
    assert one.watch is not None and one.watch.name in story and f"path {one.reached.typical:,}" in story


def test_the_most_typical_failing_future_fails() -> None:
    for one in told().routes:
        assert one.reached.typical is not None and shipped().seen.broken[one.limit][one.reached.typical]
        assert one.typical is not None and one.typical.passing.year <= "2030-31"


def test_nothing_is_told_of_a_place_without_luck() -> None:
    found = routes_of(observe(without_luck(two()), "town", Sample(1_000)))
    assert [one.likely for one in found.routes] == [None, None]
    assert all("No route is told: nothing that chance moves" in one.story[0] for one in found.routes)
    assert all(one.signals == () and one.watch is None for one in found.routes)


def test_a_limit_that_is_broken_already_says_so() -> None:
    held = {"minimum": "20%", "gf_unallocated": 15}
    town = council(spending=[line("care", demand="need")], reserves=held)
    found = routes_of(
        observe(scenario(years=1, drivers=[driver("need", spread="5%")], agencies=[town]), "town", SAMPLE)
    )
    one = found.routes[0]
    assert one.limit == BELOW_MINIMUM and one.reached.failed_already and one.reached.point is not None
    assert one.reached.point.distance == pytest.approx(np.log(0.95) / 0.05, abs=1e-3)
    assert "It happens where luck is as usual throughout" in one.story[0]
    assert "is 1.0 standard deviations off" in one.story[0]
    story = " ".join(one.story)
    assert (
        "need: by March 2027 down 5.0% since 2025-26 against +0.0% in the central case, which takes off £5.0m" in story
    )
    assert "(-£5.0m on care)" in story and "only just kept, in 2026-27" in story


def test_a_limit_that_no_luck_undoes_has_no_route() -> None:
    held = {"minimum": "90%", "gf_unallocated": 5}
    town = council(spending=[line("care", demand="need")], reserves=held)
    seen = observe(scenario(years=1, drivers=[driver("need", spread="2%")], agencies=[town]), "town", Sample(1_000))
    one = route_to(seen, BELOW_MINIMUM)
    assert one.reached.point is not None and not one.reached.point.on_edge and one.likely is None
    assert "in 100.0% of simulated futures" in one.story[0] and NO_EDGE in one.story[0]
    assert one.typical is not None and one.signals == ()


def test_a_minimum_of_nought_and_a_place_without_a_total_are_named() -> None:
    absent = routes_of(small()).absent
    assert absent[0] == "Its policy minimum is nought, so the general fund cannot fall below it."
    assert absent[1] == "A missed system total is not in this place: its scenario has no control total."
    assert len(told().absent) == 1


TOTAL = {"id": "total", "name": "total", "kind": "control_total",
         "members": [{"agency": "board"}, {"agency": "north", "surplus": {"2026-27": 2, "2027-28": 2}}]}  # fmt: skip


@cache
def member() -> Observed:
    """A trust in a system that meets its total together."""
    return observe(whole_place(TOTAL, regime={"2025-26": "system"}), "north", Sample(1_000))


def test_a_system_misses_its_total_as_the_run_counts_it() -> None:
    seen = member()
    block = DriverPaths(seen.compiled, 1).block(0)
    counted = project(seen.compiled, block, (PLAN,)).missed[0, 0, seen.body.span].any(axis=0)
    assert counted.any() and not counted.all()
    assert (seen.seen.broken[SYSTEM] == counted).all()
    assert seen.reader.limits == (OFF_PLAN, SYSTEM) and _absent(seen) == []
    told = route_to(seen, SYSTEM)
    assert told.likely is not None and "than plan" in " ".join(told.story)


def test_who_is_in_no_system_is_told_so() -> None:
    outsider = replace(member(), reader=replace(member().reader, system=None))
    assert "member of no control total" in _absent(outsider)[-1]


def test_a_total_that_binds_nobody_says_so() -> None:
    apart = replace(member().compiled, nhs_regime=("individual",) * 5)
    seen = replace(member(), reader=replace(member().reader, compiled=apart))
    assert "binds nobody" in _absent(seen)[0]


def test_an_nhs_body_is_told_against_its_plan() -> None:
    board = icb(funding={"allocations": [{"id": "core", "name": "core", "amounts": {"2025-26": 100}}]},
                spending=[line("services", basket="bought")])  # fmt: skip
    place = scenario(years=2, drivers=[driver("cost", spread="1%")], baskets=[basket("bought", cost="100%")],
                     agencies=[council(), board], rules={"nhs_regime": {"2025-26": "individual"}})  # fmt: skip
    found = routes_of(observe(place, "board", Sample(1_000)))
    assert [one.limit for one in found.routes] == [OFF_PLAN]
    route = found.routes[0].likely
    assert route is not None and route.years[0].held is None and route.years[0].off_plan is not None
    assert "than plan" in " ".join(route.story)


def test_months_and_the_calendar_of_a_budget() -> None:
    assert [month("2028-29", share) for share in (-1, 0, 0.5, 0.51, 0.76, 1, 3)] == [
        "April 2028", "April 2028", "September 2028", "October 2028", "January 2029", "March 2029", "March 2029",
    ]  # fmt: skip
    seen = calendar("2028-29")
    assert (seen.budget, seen.first, seen.outturn) == ("February to early March 2028", "July 2028", "May 2029")
    assert calendar("2028-29", local=False).budget == "March 2028"
    assert "Office for National Statistics" in published("cpi", True)
    assert "quarterly budget monitoring" in published("anything", True)
    assert "NHS England" in published("anything", False)


def test_half_a_year_s_shortfall_falls_in_half_a_year() -> None:
    # What is held, 6, is half of the 12 that the year asks; so it is gone with September.
    found = small()
    level = np.log(1 + 12 / CARE) / WIDE
    account = accounted(found, Chosen(found.variables, np.array([[level], [0.0]])))
    assert account.total[NEXT] == pytest.approx(12e6)
    passing = _passing(found, EMPTY, Chosen(found.variables, np.array([[level], [0.0]])), account)
    assert (passing.year, passing.month) == (NEXT, "September 2026")


def test_the_area_under_the_curve_of_a_worked_example() -> None:
    values, yes = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    assert area(values, yes)[0] == 0.75
    assert area(np.ones(4), yes)[0] == 0.5
    assert area(np.array([0.0, 1, 0, 1]), yes)[0] == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_told_rightly(drawn: list[tuple[int, bool]]) -> None:
    values, yes = np.array([one for one, _ in drawn], dtype=float), np.array([one for _, one in drawn])
    if yes.all() or not yes.any():
        return
    pairs = values[yes][:, None] - values[~yes]
    under, error = area(values, yes)
    assert under == pytest.approx(float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))) and error >= 0


def test_the_driver_that_decides_is_the_signal() -> None:
    found = signals(small(), EMPTY)
    assert [one.id for one in found] == ["need", "wages"]
    best = found[0]
    broken = small().seen.broken[EMPTY]
    grown = np.expm1(small().away["need"][0])
    worst = grown >= best.watch
    assert np.count_nonzero(worst) == pytest.approx(0.2 * SAMPLE.paths, abs=1)
    assert best.given.probability == pytest.approx(float(broken[worst].mean()))
    assert best.overall.probability == pytest.approx(float(broken.mean()))
    assert best.worse == "above" and best.year == NEXT and best.low < best.separates < best.high


def test_tables_have_a_row_for_all_that_is_told() -> None:
    found = told()
    assert list(route_table(found).limit) == [one.limit for one in found.routes]
    assert (route_table(found).section_114_proxy == shipped().seen.broken[S114].mean()).all()
    costs = cost_table(found)
    whole = costs.groupby(["limit", "route"]).pounds.sum()
    for one in found.routes:
        assert one.likely is not None
        assert whole[one.limit, "most likely"] == pytest.approx(sum(one.likely.account.total.values()))
    assert set(costs.unit) == {"£"} and set(year_table(found).unit) == {"£"}
    assert set(signal_table(found).year) == {"2026-27", "2027-28"}
