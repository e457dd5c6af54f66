"""Tests A01 to A15 of the reserves, each worked by hand on a town of £100m (`domain.md` F4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import BASE, NEXT, council, driver, income, line, police
from scipy.special import stdtrit
from tiny_evidence import (
    COUNT,
    MILLION,
    YEARS,
    central,
    first,
    happened,
    looked_at,
    lucky,
    paths,
    spread,
    summed_up,
    told,
    town,
    wilson,
)

from simulator.evidence_tests.adequacy import adequacy
from simulator.evidence_tests.cushions import fund_share
from simulator.evidence_tests.telling import MOST
from simulator.thresholds import ADEQUACY, SET, USUAL

LAST = len(YEARS) - 1


# A01: the general fund over its minimum of 5, in the central case.


@pytest.mark.parametrize(
    ("fund", "value", "grade"), [(5, 1.0, "green"), (4.8, 0.96, "amber"), (4, 0.8, "red"), (0, 0.0, "red")]
)
def test_a01_is_the_general_fund_over_its_minimum(fund: float, value: float, grade: str) -> None:
    view = central(looked_at(), gf_unallocated=fund)
    assert summed_up(view, "A01") == (value, grade)
    assert first(view, "A01").mandatory and "31 March 2027" in first(view, "A01").sentence
    assert told(view, "A01")[1].value == 2.0 and told(view, "A01")[1].horizon == "31 March 2030"


def test_a01b_holds_usable_reserves_against_a_risk_based_minimum_where_there_is_one() -> None:
    """Contingency that is not spent lifts usable reserves of 14 by 1 a year: 15 and 18 over a minimum of 16 by risk."""
    found = [one for one in adequacy(looked_at(), risk_based=16 * MILLION) if one.id == "A01b"]
    assert [one.value for one in found] == [0.9375, 1.125]
    assert [one.grade for one in found] == ["amber", "green"]


def test_without_a_minimum_a01_and_a02_are_not_tested() -> None:
    view = looked_at(town(reserves={"minimum": 0}))
    assert summed_up(view, "A01") == (None, "not_tested")
    assert summed_up(view, "A02") == (None, "not_tested")
    assert "nothing can fall below" in first(view, "A02").reason


# A02: below the minimum in any year of one, three and four; the same futures come first in every year.


@pytest.mark.parametrize(
    ("by_year", "chances", "grades"),
    [
        ((30, 150, 150, 300), (0.03, 0.15, 0.3), ("green", "green", "green")),
        ((100, 300, 100, 450), (0.1, 0.3, 0.45), ("amber", "amber", "amber")),
        ((200, 400, 100, 600), (0.2, 0.4, 0.6), ("red", "red", "red")),
        ((45, 190, 0, 340), (0.045, 0.19, 0.34), ("amber open", "amber open", "amber open")),
    ],
)
def test_a02_is_the_chance_of_falling_below_the_minimum_by_each_horizon(
    by_year: Sequence[int], chances: Sequence[float], grades: Sequence[str]
) -> None:
    """Wilson's interval of 45 in 1,000 runs past 5%, of 190 past 20% and of 340 past 35%."""
    found = told(happened(looked_at(), "reserves_below_minimum", by_year), "A02")
    assert [one.horizon for one in found] == [NEXT, "2026-27 to 2028-29", "2026-27 to 2029-30", "2026-27 to 2030-31"]
    assert [one.value for one in found[:3]] == list(chances)
    assert [f"{one.grade} open" if one.indeterminate else one.grade for one in found[:3]] == list(grades)
    assert [one.mandatory for one in found] == [True, False, True, False]
    for one, chance in zip(found, chances, strict=False):
        assert (one.low, one.high) == pytest.approx(wilson(round(chance * COUNT)))
    assert found[3].grade == "not_tested" and found[3].informs and found[3].value == chances[2]


def test_a02_of_a_plan_of_three_years_has_the_bounds_of_three() -> None:
    found = told(happened(looked_at(years=3), "reserves_below_minimum", (0, 0, 300)), "A02")
    assert [one.horizon for one in found] == [NEXT, "2026-27 to 2028-29"]
    assert found[1].bounds is not None and found[1].bounds.green == USUAL["A02-3-years"].green
    assert found[1].mandatory and found[1].grade == "amber"


@pytest.mark.parametrize(
    ("by_year", "chances", "grades"),
    [((2, 0, 0, 200), (0.002, 0.2), ("green", "green")), ((25, 0, 0, 300), (0.025, 0.3), ("amber", "amber")),
     ((80, 0, 0, 400), (0.08, 0.4), ("red", "red")), ((8, 0, 0, 240), (0.008, 0.24), ("amber", "amber"))],
)  # fmt: skip
def test_a03_is_the_chance_that_usable_reserves_run_out(
    by_year: Sequence[int], chances: Sequence[float], grades: Sequence[str]
) -> None:
    found = told(happened(looked_at(), "usable_reserves_exhausted", by_year), "A03")
    assert [one.value for one in found[:2]] == list(chances) and [one.grade for one in found[:2]] == list(grades)
    assert [one.mandatory for one in found] == [True, True, False] and found[2].grade == "not_tested"


# A04: the year in which the tenth future of a hundred has run out; 5 where the plan of four outlasts it.


@pytest.mark.parametrize(
    ("by_year", "value", "grade"),
    [((0, 0, 0, 0), 5, "green"), ((0, 0, 0, 150), 4, "amber"), ((0, 0, 150, 0), 3, "amber"),
     ((0, 150, 0, 0), 2, "red"), ((150, 0, 0, 0), 1, "red"), ((0, 0, 95, 105), 4, "amber open")],
)  # fmt: skip
def test_a04_is_when_the_worst_tenth_have_run_out(by_year: Sequence[int], value: float, grade: str) -> None:
    """95 of 1,000 by year 3 and 105 by year 4: the 100th is of year 4, and the lower rank, the 82nd, of year 3."""
    assert summed_up(happened(looked_at(), "usable_reserves_exhausted", by_year), "A04") == (value, grade)


def test_a04_tells_when_half_run_out_and_needs_enough_futures() -> None:
    view = happened(looked_at(), "usable_reserves_exhausted", (0, 600))
    assert "half run out by 2027-28, and 40% have not" in first(view, "A04").reason
    few = happened(looked_at(count=20), "usable_reserves_exhausted", (0, 12))
    assert summed_up(few, "A04") == (None, "not_tested")


# A05: the fall of three years against what is left.


def past(*held: float) -> dict[str, Any]:
    years = ("2022-23", "2023-24", "2024-25", BASE)[-len(held) :]
    return {"history": {"gf_unallocated": dict.fromkeys(years, 10), "earmarked": dict(zip(years, held, strict=True))}}


@pytest.mark.parametrize(
    ("held", "value", "grade"),
    [((9, 9.5, 8, 8), 54.0, "green"), ((18, 16, 12, 8), 5.4, "amber"), ((38, 30, 20, 8), 1.8, "red"),
     ((5, 6, 7, 8), 100.0, "green")],
)  # fmt: skip
def test_a05_is_how_long_reserves_last_at_their_recent_fall(held: tuple[float, ...], value: float, grade: str) -> None:
    """From 28 to 18 over three years is 3.33 a year, and 18 of that is 5.4 years."""
    assert summed_up(looked_at(town(**past(*held))), "A05") == (value, grade)


def test_a05_looks_at_the_median_of_futures_and_needs_four_years() -> None:
    """Reserves of 18 that all futures have at 18, 16, 14 and 12 last 12 / 2 = 6 years."""
    view = looked_at()
    assert summed_up(view, "A05") == (None, "not_tested")
    for year, fund in enumerate((10, 8, 6, 4)):
        held = {"gf_unallocated": fund, "earmarked_reserves": 8}
        view = paths(view, year, **{name: np.full(COUNT, amount * MILLION) for name, amount in held.items()})
    assert told(view, "A05")[1].value == pytest.approx(6.0) and told(view, "A05")[1].grade == "amber"
    short = looked_at(town(**past(9, 8, 8)), years=1)
    assert [one.grade for one in told(short, "A05")] == ["not_tested", "green"]


# A06: the last balance over net revenue expenditure of 99, and the close over a net budget of 100.


@pytest.mark.parametrize(("fund", "grade"), [(10, "green"), (4, "amber"), (2, "red")])
def test_a06_is_the_general_fund_over_the_net_budget(fund: float, grade: str) -> None:
    view = looked_at(town(reserves={"gf_unallocated": fund, "minimum": 0}))
    last, at_close = told(view, "A06")
    assert (last.value, last.grade) == (pytest.approx(fund / 99), grade)
    assert (at_close.value, at_close.grade) == (pytest.approx(fund / 100), grade)


@pytest.mark.parametrize(
    ("kind", "fund", "grade"), [("police", 4, "green"), ("fire", 6, "amber"), ("police", 90, "amber")]
)
def test_a06_is_turned_about_for_police_and_fire(kind: str, fund: float, grade: str) -> None:
    """Above 5% of 100 a general reserve is to be justified; it is never red for being large."""
    view = looked_at(police("beat", kind, reserves={"gf_unallocated": fund}))
    assert summed_up(view, "A06") == (fund / 100, grade)
    assert f"£{max(fund - 5.0, 0):.1f}m is above 5%" in first(view, "A06").reason


def test_a06_without_net_expenditure_is_not_tested() -> None:
    bare = replace(looked_at(), net_budget=np.zeros(LAST + 1))
    assert [one.grade for one in fund_share(bare)] == ["green", "not_tested"]


# A07: the mean of the worst 100 of 2,000 futures over the 14 held.


@pytest.mark.parametrize(
    ("draw", "value", "grade"), [(7, 0.5, "green"), (16.8, 1.2, "amber"), (21, 1.5, "red"), (-3, 0.0, "green")]
)
def test_a07_is_the_mean_draw_in_the_worst_twentieth(draw: float, value: float, grade: str) -> None:
    """Every batch of 100 futures has its worst five alike, so that the interval is its own number."""
    amounts = np.where(np.arange(2_000) % 20 == 0, draw, min(draw, 1.0)) * MILLION
    view = paths(looked_at(count=2_000), use_of_reserves=amounts)
    usable = view.paths["usable_reserves"].copy()
    usable[0] = 14 * MILLION - amounts
    found = first(replace(view, paths=view.paths | {"usable_reserves": usable}), "A07")
    assert (found.value, found.low, found.grade) == (pytest.approx(value), pytest.approx(value), grade)


def test_a07_counts_what_reserves_could_not_meet_over_three_years_and_has_an_interval_of_batches() -> None:
    luck = np.random.default_rng(3).normal(size=2_000) * 4 * MILLION
    view = looked_at(count=2_000)
    for year in range(3):
        view = paths(view, year, use_of_reserves=luck, unfunded_gap=np.full(2_000, MILLION))
    one, three = told(view, "A07")
    batches = np.array([np.sort(part)[-5:].mean() for part in np.array_split(luck, 20)])
    reach = stdtrit(19, 0.975) * batches.std(ddof=1) / 20**0.5 / (14 * MILLION)
    assert one.value == pytest.approx((np.sort(luck)[-100:].mean() + MILLION) / (14 * MILLION))
    assert one.high is not None and one.value is not None and one.high - one.value == pytest.approx(reach)
    assert three.value == pytest.approx(3 * one.value) and three.bounds is not None and three.bounds.source == SET


def test_a07_needs_two_thousand_futures() -> None:
    view = paths(looked_at(), use_of_reserves=spread((100, 4)))
    assert summed_up(view, "A07") == (None, "not_tested") and "too few paths" in first(view, "A07").reason


@pytest.mark.parametrize(
    ("usable", "emergency", "value", "grade"),
    [("50%", 0, 0.5, "green"), ("20%", "10%", 0.3, "amber"), ("10%", 0, 0.1, "red"), ("80%", "20%", 1.0, "green")],
)
def test_a08_is_what_of_earmarked_reserves_can_be_used(usable: str, emergency: Any, value: float, grade: str) -> None:
    body = town(reserves={"usable_share": usable, "reallocatable_share": emergency})
    assert summed_up(looked_at(body), "A08") == (pytest.approx(value), grade)


def test_a08_without_earmarked_reserves_is_not_tested() -> None:
    assert summed_up(looked_at(town(reserves={"earmarked": 0})), "A08") == (None, "not_tested")


# A09: of 200 futures that fall below in the first year, how many are back within three.


@pytest.mark.parametrize(("back", "value", "grade"), [(160, 0.8, "green"), (100, 0.5, "amber"), (0, 0.0, "amber")])
def test_a09_is_how_many_recover(back: int, value: float, grade: str) -> None:
    still = 200 - back
    view = happened(looked_at(), "reserves_below_minimum", (200, 200, still, still, still))
    found = first(view, "A09")
    assert (found.value, found.grade) == (value, grade) and "Of 200 futures" in found.reason
    assert (found.low, found.high) == pytest.approx(wilson(back, 200))


def test_a09_needs_thirty_breaches_and_three_years_after() -> None:
    assert summed_up(happened(looked_at(), "reserves_below_minimum", (29,)), "A09") == (None, "not_tested")
    view = happened(looked_at(years=3), "reserves_below_minimum", (500,))
    assert summed_up(view, "A09") == (None, "not_tested") and "are projected" in first(view, "A09").reason


# A10: contingency 1 and usable reserves 14 above the minimum of 5 are 10 over what 1 future in 20 passes.


@pytest.mark.parametrize(
    ("parts", "value", "grade"),
    [([(100, 5)], 2.0, "green"), ([(100, 8)], 1.25, "amber"), ([(100, 20)], 0.5, "red"),
     ([(55, 8), (900, 5)], 1.25, "amber open"), ([], MOST, "green")],
)  # fmt: skip
def test_a10_is_how_many_bad_years_reserves_can_bear(parts: list[tuple[int, float]], value: float, grade: str) -> None:
    assert summed_up(paths(looked_at(), gap=spread(*parts)), "A10") == (value, grade)


def test_a10_with_too_few_futures_is_not_tested() -> None:
    view = paths(looked_at(count=20), gap=spread((2, 5), (5, 1), count=20))
    assert summed_up(view, "A10") == (None, "not_tested")


# A11: a high-needs deficit as the override ends, of which half is met, over usable reserves of 14.


ACCOUNT = {"spending": 30, "block": 30, "block_growth": "0%", "opening_deficit": 1}
OVERRIDE = {"ends": "2028-29", "then": "absorbed", "grant_share": "0%", "grant_paid": NEXT, "accrued_met": "50%",
            "later_met": "100%"}  # fmt: skip


@pytest.mark.parametrize(
    ("deficit", "due", "all_of_it", "grade"),
    [(2, 0.071429, 0.142857, "green"), (10, 0.357143, 0.714286, "amber"), (20, 0.714286, 1.428571, "red"),
     (-3, 0.0, 0.0, "green")],
)  # fmt: skip
def test_a11_is_what_falls_due_of_the_deficit_over_usable_reserves(
    deficit: float, due: float, all_of_it: float, grade: str
) -> None:
    """Of a deficit of 10 at the end of 2027-28 government meets half: 5 of 14. All of it is told beside, ungraded."""
    view = looked_at(town(high_needs=ACCOUNT), rules={"high_needs_override": OVERRIDE})
    view = central(view, 1, high_needs_deficit=deficit, usable_reserves=14)
    assert summed_up(view, "A11") == (due, grade)
    whole = told(view, "A11")[1]
    assert (round(whole.value or 0.0, 6), whole.grade) == (all_of_it, "not_tested")


def test_a11_is_not_tested_where_nothing_says_when_or_whether_it_falls_due() -> None:
    assert summed_up(looked_at(), "A11") == (None, "not_tested")
    assert summed_up(looked_at(town(high_needs=ACCOUNT)), "A11") == (None, "not_tested")
    never = looked_at(town(high_needs=ACCOUNT), rules={"high_needs_override": {**OVERRIDE, "then": "extended"}})
    assert summed_up(never, "A11") == (None, "not_tested") and "never ending" in first(never, "A11").reason


# A12: interest at 5% on a debt of 100 and provision of 3, over funding of 100.


@pytest.mark.parametrize(("provision", "value", "grade"), [(3, 0.08, "green"), (7, 0.12, "amber"), (12, 0.17, "red")])
def test_a12_is_interest_and_provision_over_funding(provision: float, value: float, grade: str) -> None:
    """A tenth is lent again each year: two points dearer, that adds 0.2 of 100 in the first."""
    owed = {"outstanding": 100, "rate": "5%", "mrp": provision, "maturing": "10%", "mrp_growth": 0}
    body = town(debt=owed, spending=[line("services", 94 - provision)])
    view = central(looked_at(body), financing_costs=5 + provision, funding=100)
    assert summed_up(view, "A12") == (value, grade)
    assert f"two points dearer from 2026-27 on it is {value + 0.002:.1%}" in first(view, "A12").reason


def test_a12_without_debt_is_not_tested() -> None:
    assert summed_up(looked_at(), "A12") == (None, "not_tested")


# A13: gaps after contingency of 1 in years 2 to 4, a year with a surplus taking nothing off, past 5 of 100.


@pytest.mark.parametrize(
    ("beyond", "value", "grade"),
    [(500, 0.5, "green"), (580, 0.58, "amber open"), (700, 0.7, "amber"), (900, 0.9, "red")],
)
def test_a13_is_the_chance_of_a_large_gap_later(beyond: int, value: float, grade: str) -> None:
    """Gaps of 4, 4 and -50 leave 3 and 3, more than 5; those of 3.5 and 3.5 leave 5, which is no more."""
    view = looked_at()
    for year, low in ((1, 3.5), (2, 3.5), (3, -50.0)):
        amounts = np.where(np.arange(COUNT) < beyond, 4.0 if year < 3 else -50.0, low) * MILLION
        view = paths(view, year, gap=amounts)
    assert summed_up(view, "A13") == (value, grade)


def test_a13_without_a_later_year_is_not_tested() -> None:
    assert summed_up(looked_at(years=1), "A13") == (None, "not_tested")


@pytest.mark.parametrize(
    ("years", "value", "grade"),
    [((), 0.0, "green"), ((0,), 1.0, "amber"), ((0, 1), 2.0, "amber"), ((0, 2), 3.0, "red"), ((3,), 4.0, "red"),
     ((4,), 0.0, "green")],
)  # fmt: skip
def test_a14_is_the_last_year_that_counts_on_support(years: tuple[int, ...], value: float, grade: str) -> None:
    paid = {year: 2 if place in years else 0 for place, year in enumerate(YEARS)}
    grant = income("support", 0, exceptional=True) | {"amounts": {BASE: 0, **paid}}
    assert summed_up(looked_at(town(funding={"grants": [grant]})), "A14") == (value, grade)


# A15: usable reserves over what 1 future in 20 passes of a year's surprise.


@pytest.mark.parametrize(
    ("held", "value", "grade"),
    [((14, 14, 14, 14), 0.0, "green"), ((14, 12, 10, 8), -0.142857, "amber"), ((14, 10, 6, 2), -0.285714, "red"),
     ((14, 15, 16, 17), 0.071429, "green")],
)  # fmt: skip
def test_a15_is_the_slope_of_cover_as_a_share_of_the_first(held: Sequence[float], value: float, grade: str) -> None:
    """A risk of 7 that stays: cover goes from 2 to 8 / 7, by -2 / 7 a year, or -1 / 7 of the first."""
    view = looked_at(count=2_000, drivers=[driver("need", spread="1%")])
    surprise = np.tile(np.where(np.arange(2_000) % 10 == 0, 7.0, 0.0) * MILLION, (LAST + 1, 1))
    for year, amount in enumerate(held):
        view = central(view, year, usable_reserves=amount)
    view = paths(lucky(view, surprise=surprise), gap=surprise[0])
    assert summed_up(view, "A15") == (value, grade)


def test_a15_has_an_interval_since_the_risk_is_sampled() -> None:
    """Batches of 100 whose risks differ: each gives a slope, and their spread over 20^0.5 the error of the whole."""
    view = looked_at(count=2_000)
    luck = np.random.default_rng(8).normal(size=(LAST + 1, 2_000)) * 4 * MILLION
    view = paths(lucky(view, surprise=luck), gap=luck[0])
    for year in range(4):
        view = central(view, year, usable_reserves=14)
    found = first(view, "A15")
    risks = np.sort(luck[:4].reshape(4, 20, 100), axis=-1)[..., 94]
    cover = 14 * MILLION / risks
    slopes = np.array([np.polyfit(range(4), one, 1)[0] / one[0] for one in cover.T])
    reach = stdtrit(19, 0.975) * slopes.std(ddof=1) / 20**0.5
    assert found.value is not None and found.low is not None and found.high is not None
    assert found.high - found.value == pytest.approx(reach) == found.value - found.low
    assert found.low < 0 < found.high


def test_a15_is_red_without_reserves_and_untested_without_risk_luck_or_later_years() -> None:
    view = looked_at(count=2_000)
    surprise = np.tile(np.where(np.arange(2_000) % 10 == 0, 7.0, 0.0) * MILLION, (LAST + 1, 1))
    risky = paths(lucky(view, surprise=surprise), gap=surprise[0])
    assert summed_up(central(risky, usable_reserves=0), "A15") == (-1.0, "red")
    assert summed_up(view, "A15") == (None, "not_tested")
    assert summed_up(replace(risky, luck=None), "A15") == (None, "not_tested")
    assert summed_up(looked_at(years=1), "A15") == (None, "not_tested")
    few = looked_at()
    part = surprise[:, :COUNT]
    assert summed_up(paths(lucky(few, surprise=part * np.linspace(0.5, 1, COUNT)), gap=part[0]), "A15") == (
        None, "not_tested",
    )  # fmt: skip


# What holds of every test of the limb.


def test_every_test_of_the_limb_is_told_with_its_bounds_or_its_reason() -> None:
    view = looked_at()
    for number in range(1, 16):
        for one in told(view, f"A{number:02}"):
            assert one.limb == ADEQUACY and one.bounds is not None and one.bounds.source
            assert one.value is not None or (one.grade == "not_tested" and one.reason), one.id
    assert {one.id for one in adequacy(view) if one.mandatory} == {"A01", "A01b", "A02", "A03"}


def test_a_horizon_has_bounds_of_its_own_in_a_scenario() -> None:
    stated = {"A02-plan-end": {"green": 0.1, "amber": 0.2, "rationale": "the council's appetite"}}
    view = happened(looked_at(rules={"thresholds": stated}), "reserves_below_minimum", (0, 0, 0, 300))
    found = told(view, "A02")
    assert [one.grade for one in found[:3]] == ["green", "green", "red"]
    assert found[2].bounds is not None and found[2].bounds.source == "the council's appetite"


def test_without_uncertainty_every_test_is_arithmetic() -> None:
    """Costs of 2.5 above budget, for certain, draw 14 down to 11.5, 9, 6.5 and 4: below 5.2 in the fourth year."""
    body = town(spending=[line("services", 99, amounts=dict.fromkeys(YEARS, 102.5))], **past(9, 9, 8, 8))
    view = looked_at(body)
    assert view.certain and view.central["usable_reserves"][3] == pytest.approx(4 * MILLION)
    found = [one for number in range(1, 16) for one in told(view, f"A{number:02}") if one.value is not None]
    assert len(found) >= 15
    for one in found:
        assert one.low == one.value == one.high and not one.indeterminate, one.id
        assert one.bounds is not None and one.grade in {one.bounds.grade(one.value), "not_tested"}, one.id
    chances = {one.horizon: one.value for one in told(view, "A02")}
    assert chances == {NEXT: 0.0, "2026-27 to 2028-29": 0.0, "2026-27 to 2029-30": 1.0, "2026-27 to 2030-31": 1.0}


@pytest.mark.parametrize("key", [key for key in USUAL if USUAL[key].limb == ADEQUACY])
def test_usual_bounds_lie_the_right_way_round(key: str) -> None:
    usual = USUAL[key]
    assert (usual.green <= usual.amber) if usual.falling else (usual.green >= usual.amber)


# Published balances of 31 March 2025, read from the outturn of 2024-25.


@pytest.mark.parametrize(
    ("authority", "share", "grades"),
    [
        ("Blackpool", 0.003, {"A01": "red", "A06": "red"}),
        ("Blackburn with Darwen", 0.063, {"A01": "green", "A06": "green"}),
    ],
)
def test_published_balances_grade_the_general_fund(
    data_dir: Path, authority: str, share: float, grades: dict[str, str]
) -> None:
    """Blackpool had £0.509m unallocated on £168.860m, Blackburn with Darwen £9.0m on £142.272m; minimums of 5%."""
    rows = pd.read_csv(data_dir / "local_gov" / "lancashire_councils_revenue_outturn_2021_2025.csv")
    year = rows[(rows.authority == authority) & (rows.year == "2024-25")].set_index("line").amount_gbp_k / 1_000
    spent, fund = (
        float(year[name])
        for name in ("NET REVENUE EXPENDITURE", "Estimated unallocated financial reserves level at 31 March")
    )
    body = council(
        funding={"council_tax": {"requirement": {BASE: spent}}}, spending=[line("services", spent)],
        reserves={"gf_unallocated": fund, "minimum": "5%"},
    )  # fmt: skip
    view = looked_at(body)
    assert first(view, "A06").value == pytest.approx(share, abs=5e-4)
    assert {test: first(view, test).grade for test in grades} == grades
