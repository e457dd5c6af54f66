"""Robust choice, principles, common measures of worth, and when to test and stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from simulator.common_measure import (
    discounted,
    inequality_weighted,
)
from simulator.portfolio import choose
from simulator.portfolio_options import Limits, Option
from simulator.portfolio_words import point_words
from simulator.principles import (
    FRIMLEY,
    TIER_SCORES,
    example_scores,
    mean_scores,
)
from simulator.robust_choice import Candidate, candidates, compared
from simulator.stopping import Uncertain, decision_point

MILLION = 1e6
PATHS = 10
NAMES = {"a": "Falls clinic", "b": "Family hubs", "council": "the council", "trust": "the trust"}
EVEN = np.ones(PATHS)
ROOMS = np.stack([np.linspace(-0.5, 4.0, PATHS), np.full(PATHS, 2.0)])[:, None, :] * MILLION


def option(id: str, per_million: Any, council: Any, trust: Any = 0.0, **other: Any) -> Option:
    """An option of two bodies in one year: value of £1m and each body's net cost of £1, alike or by path."""
    net_cost = np.stack([np.broadcast_to(cost, (1, PATHS)) for cost in (council, trust)]).astype(float)
    value = np.broadcast_to(np.asarray(per_million, dtype=float) / MILLION, PATHS).copy()
    sizes: dict[str, Any] = {"least": 0.0, "most": 2 * MILLION, "chunk": 0.0} | other
    return Option(id, NAMES.get(id, id), net_cost=net_cost, value=value, **sizes)


def limits(council: float = 2 * MILLION, trust: float = 2 * MILLION, **other: Any) -> Limits:
    return Limits(("council", "trust"), ("2027-28",), np.array([[council], [trust]]), **other)


def by_name(options: list[Option], room: Limits) -> dict[str, Any]:
    return {one.name: one for one in compared(options, room, candidates(options, room))}


def test_the_candidates_are_all_there_and_within_limits() -> None:
    options, room = [option("a", 5, 1.0), option("b", 3, 1.0)], limits()
    found = candidates(options, room)
    assert [one.name for one in found] == [
        "optimal",
        "cautious",
        "equal split",
        "Falls clinic alone",
        "Family hubs alone",
        "nothing",
    ]
    assert found[2].added == pytest.approx({"a": MILLION, "b": MILLION})
    assert found[4].added == pytest.approx({"b": 2 * MILLION})


def test_an_equal_split_is_among_those_that_can_run_at_all() -> None:
    options = [option("a", 5, 1.0), option("b", 3, 1.0), option("c", 4, 0.0, 1.0)]
    found = {one.name: one.added for one in candidates(options, limits(trust=0.0))}
    assert found["equal split"] == pytest.approx({"a": MILLION, "b": MILLION})
    assert found["c alone"] == {"c": 0.0}


def test_one_that_is_best_on_every_path_has_no_regret() -> None:
    found = by_name([option("a", np.linspace(4, 6, PATHS), 1.0), option("b", np.linspace(1, 3, PATHS), 1.0)], limits())
    assert found["optimal"].regret_most == 0
    assert found["Falls clinic alone"].regret_most == pytest.approx(0.0)
    # The other gives up 3 for each of £2m on every path; nothing gives up what the best buys: 2 * 6 at most.
    assert found["Family hubs alone"].regret_most == pytest.approx(6.0)
    assert found["nothing"].regret_most == pytest.approx(12.0)
    assert found["equal split"].regret_p90 == pytest.approx(3.0)


def test_regret_by_hand_where_no_one_is_always_best() -> None:
    # a buys 10 for £1m on nine paths and nothing on one; b always 4. Of £2m: 20 or 0 against 8.
    rare = np.where(np.arange(PATHS) == 0, 0.0, 10.0)
    found = by_name([option("a", rare, 1.0), option("b", 4, 1.0)], limits())
    assert found["optimal"].regret_most == pytest.approx(8.0)
    assert found["optimal"].regret_p90 == 0
    assert found["Family hubs alone"].regret_p90 == pytest.approx(12.0)
    assert found["optimal"].mean == pytest.approx(18.0)


def test_caution_satisfies_more_often_at_a_price() -> None:
    # a costs the council 50p on five paths and £1.50 on five: £1 on average, £1.50 at the 80th percentile.
    costs = np.where(np.arange(PATHS) < 5, 0.5, 1.5)
    found = by_name([option("a", 5, costs)], limits(council=1.5 * MILLION))
    assert found["optimal"].satisfied == pytest.approx(0.5)
    assert found["cautious"].satisfied == pytest.approx(1.0)
    assert found["optimal"].worst_body == "council"
    # £1.5m against £1m of a at 5: 2.5 given up for 50 points.
    assert found["cautious"].price == pytest.approx(2.5 / 50)
    assert found["optimal"].price is None


def test_the_worst_body_is_its_own_and_the_place_is_never_better_than_it() -> None:
    first, last = np.arange(PATHS) < 2, np.arange(PATHS) >= 7
    costs = (np.where(first, 5.0, 0.5), np.where(last, 5.0, 0.5))
    one = compared([option("a", 5, *costs)], limits(), [Candidate("all", {"a": MILLION})])[0]
    assert (one.worst_body, one.worst_share) == ("trust", pytest.approx(0.7))
    assert one.satisfied == pytest.approx(0.5)


def test_a_limit_broken_with_nothing_bought_is_no_new_break() -> None:
    # The council is over on one path in ten already; £1.2m breaks three more.
    one = compared([option("a", 5, 1.0)], limits(rooms=ROOMS), [Candidate("all", {"a": 1.2 * MILLION})])[0]
    assert one.satisfied == pytest.approx(0.6)
    assert one.no_worse == pytest.approx(0.7)


def test_too_few_staff_satisfies_on_no_path() -> None:
    room = limits(staff={"nurses": np.array([1.0])})
    nursed = option("a", 5, 0.1, staff={"nurses": np.array([5 / MILLION])})
    one = compared([nursed], room, [Candidate("all", {"a": MILLION})])[0]
    assert (one.satisfied, one.worst_share) == (0.0, 1.0)


def test_a_candidate_of_an_option_set_aside_is_refused() -> None:
    with pytest.raises(ValueError, match="may be chosen"):
        compared([option("a", 5, 1.0)], limits(), [Candidate("other", {"z": 1.0})])
    with pytest.raises(ValueError, match="may be chosen"):
        compared([option("a", 5, 1.0)], limits(), [])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.1, 2.0), min_size=PATHS, max_size=PATHS), st.floats(0.0, 3.0))
def test_regret_is_nought_or_more_and_someone_has_none_on_each_path(costs: list[float], room: float) -> None:
    options = [option("a", costs, costs), option("b", costs[::-1], 1.0)]
    found = compared(options, limits(room * MILLION), candidates(options, limits(room * MILLION)))
    assert all(0 <= one.regret_p90 <= one.regret_most for one in found)
    assert all(one.satisfied <= one.worst_share + 1e-12 for one in found)


def test_the_seven_principles_end_in_a_hard_limit() -> None:
    assert len({principle.id for principle in FRIMLEY}) == 7
    assert [principle.id for principle in FRIMLEY if principle.acts == "hard limit"] == ["fair"]
    scored_by_tier = {principle.id for principle in FRIMLEY if principle.acts == "scored by tier"}
    assert all(set(scores) == scored_by_tier for scores in TIER_SCORES.values())


def test_scores_of_the_example() -> None:
    found = example_scores("primary", 1, 0.25)
    assert (found["vision"], found["cost_reduction"]) == (1.0, 0.25)
    assert example_scores("tertiary", 6, 0.0)["vision"] == 0.0
    assert "outside_money" not in found
    with pytest.raises(ValueError, match="1 to 6"):
        example_scores("primary", 7, 0.5)
    with pytest.raises(ValueError, match="0 to 1"):
        example_scores("primary", 1, 1.5)


def test_the_mean_scores_of_a_choice_are_by_pounds() -> None:
    a = option("a", 0.5, 1.0, scores=example_scores("primary", 1, 0.0))
    b = option("b", 0, 1.0, scores=example_scores("tertiary", 3, 1.0))
    options = [a, replace(b, value=b.value + 1e-6)]
    choice = choose(options, limits(council=3 * MILLION))
    assert choice.added == pytest.approx({"a": MILLION, "b": 2 * MILLION})
    means = mean_scores(options, choice)
    assert means["cost_reduction"] == pytest.approx(2 / 3)
    assert means["demand"] == pytest.approx((1 + 2 * 0.5) / 3)
    assert np.isnan(means["outside_money"])
    assert mean_scores(options, choose(options, limits(council=0.0))) == {}


def test_discounting_leaves_the_first_year_alone() -> None:
    yearly = np.array([[100.0], [103.5]])
    assert discounted(yearly, 0.035) == pytest.approx([200.0])


def test_inequality_weights_say_who_gains() -> None:
    gainers = {"poorest fifth": 0.5, "the rest": 0.5}
    assert inequality_weighted(EVEN, gainers, {"poorest fifth": 1.0, "the rest": 1.0}) == pytest.approx(EVEN)
    assert inequality_weighted(EVEN, gainers, {"poorest fifth": 2.0, "the rest": 1.0}) == pytest.approx(EVEN * 1.5)
    with pytest.raises(ValueError, match="no weight is given for the rest"):
        inequality_weighted(EVEN, gainers, {"poorest fifth": 2.0})
    with pytest.raises(ValueError, match="add up to 100%"):
        inequality_weighted(EVEN, {"poorest fifth": 0.5}, {"poorest fifth": 2.0})


COSTS = np.full(5, 2 * MILLION)


def test_exact_readings_settle_it_at_the_first_one() -> None:
    # A third year's first reading without noise: half the futures fall short, £6m is sunk and £4m left to save.
    point = decision_point(Uncertain(0.5, 1.0, 1.5, 1.0, 0.0, first=3), COSTS)
    assert point.year == 3
    assert point.known == pytest.approx((0.0, 0.0, 1.0, 1.0, 1.0))
    assert (point.falls_short, point.stops) == pytest.approx((0.5, 0.5))
    assert (point.sunk, point.saves) == (6 * MILLION, 4 * MILLION)
    # The mean shortfall below the middle of a normal is sd * sqrt(2 / pi), on half the futures, of £4m.
    spread = 1.0 / (2 * 1.2815515655)
    assert point.loss_avoided == pytest.approx(0.5 * 4 * MILLION * spread * np.sqrt(2 / np.pi))
    assert point_words(point, "Family hubs").startswith(
        "Family hubs falls short of its break-even size in 50% of futures as seen today; by the end of year 3"
    )


def test_foreseen_chances_match_drawing_futures() -> None:
    effect = Uncertain(0.4, 1.2, 2.0, 1.0, 0.5)
    u = (np.arange(400) + 0.5) / 400
    true = effect.middle + effect.spread * ndtri(u)
    # Three readings' mean, on a grid of its own noise; belief is the prior and the reading by their precision.
    read = true[:, None] + 0.5 / np.sqrt(3) * ndtri(u)
    weight = effect.spread**2 / (effect.spread**2 + 0.25 / 3)
    belief, doubt = effect.middle + weight * (read - effect.middle), effect.spread * np.sqrt(1 - weight)
    settled = np.abs(belief - 1.0) >= ndtri(0.8) * doubt
    point = decision_point(effect, COSTS, 0.8, 0.6)
    assert point.known[2] == pytest.approx(settled.mean(), abs=0.01)
    by_third = decision_point(effect, COSTS, 0.8, float(point.known[2]) - 1e-9)
    assert by_third.year == 3
    found_short = belief <= 1.0 - ndtri(0.8) * doubt
    spared = np.where(found_short, 1 - true[:, None] / effect.break_even, 0.0).mean()
    assert by_third.stops == pytest.approx(found_short.mean(), abs=0.01)
    assert by_third.loss_avoided == pytest.approx(spared * by_third.saves, rel=0.02)


def test_noise_puts_the_year_off_and_may_hide_it_for_good() -> None:
    costs = np.full(30, MILLION)
    years = [decision_point(Uncertain(0.5, 1.0, 1.5, 1.0, noise), costs).year for noise in (0.05, 0.3, 0.6)]
    assert None not in years
    assert years == sorted(years, key=lambda year: year or 0)
    assert years[0] != years[2]
    lost = decision_point(Uncertain(0.5, 1.0, 1.5, 1.0, 9.0), COSTS)
    assert (lost.year, lost.saves, lost.sunk) == (None, 0.0, 10 * MILLION)
    assert "no year of its life settles it" in point_words(lost, "Family hubs")


@pytest.mark.parametrize("middle", [0.2, 5.0])
def test_what_is_sure_today_needs_no_reading(middle: float) -> None:
    point = decision_point(Uncertain(middle, middle, middle, 1.0, 0.5), COSTS)
    assert point.year == 0
    assert point.stops == float(middle < 1)
    assert point.falls_short == float(middle < 1)
    assert "no reading is needed" in point_words(point, "Family hubs")


@pytest.mark.parametrize(
    "wrong", [(1.0, 0.5, 2.0, 1.0, 0.1), (0.0, 1.0, 2.0, 0.0, 0.1), (0.0, 1.0, 2.0, 1.0, -0.1), (0, 1, 2, 1, 1, 0)]
)
def test_an_effect_that_cannot_be_is_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="prior runs"):
        Uncertain(*wrong)


@pytest.mark.parametrize(("confidence", "sureness"), [(0.5, 0.8), (1.0, 0.8), (0.8, 0.0), (0.8, 1.0)])
def test_a_confidence_that_decides_nothing_is_refused(confidence: float, sureness: float) -> None:
    with pytest.raises(ValueError, match="confidence lies"):
        decision_point(Uncertain(0.5, 1.0, 1.5, 1.0, 0.1), COSTS, confidence, sureness)
