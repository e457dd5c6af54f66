"""The price list: what £1m buys, against files in which the £1m is entered, and until when it can be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulator.blocks import Sample
from simulator.compiled import Bools
from simulator.deadlines import MEANS, Means, deadline
from simulator.evidence_tests.robustness import in_year
from simulator.evidence_tests.seen import Seen, plan_view, seen
from simulator.paired import paired
from simulator.prepared import compile_scenario
from simulator.price_list import AMOUNTS, PLAN, Price, price_list, price_table, risks_of
from simulator.scenario import Scenario
from simulator.summary import chance
from simulator.trials import tried
from simulator.variants import Given
from simulator.years import FinancialYear
from tests.places import (
    NEXT,
    blackburn_with,
    combined,
    council,
    driver,
    icb,
    limits,
    line,
    police,
    scenario,
    trust,
    whole_place,
)

SAMPLE = Sample(2_000, seed=3)
BUDGET, AFTER = "2027-28", "2028-29"
Tree = dict[str, Any]


def shipped_with(**changes: Any) -> Scenario:
    """The shipped council to its plan's end, its tax two points below the limit; what it saves is sure."""
    body = {
        "id": "blackburn",
        "funding": {"council_tax": {"increase": {BUDGET: "2.99%", AFTER: "4.99%"}}},
        "contingency": {"amounts": {BUDGET: 2, AFTER: 0}},
        **changes,
    }
    return blackburn_with({"years": 6, "rules": {"delivery": {"sd": "0%"}}, "agencies": [body]})


@cache
def prices() -> dict[str, Price]:
    """What £1m buys the shipped council, by means, and one point of tax."""
    found = shipped_with()
    listed = price_list(found, compile_scenario(found), "blackburn", SAMPLE)
    return {"point" if "point" in p.name else p.means: p for p in listed if p.amount != AMOUNTS[1]}


def on_plan(found: Scenario, body: str = "blackburn", sample: Sample = SAMPLE) -> Seen:
    return seen(found, tried(compile_scenario(found), body, (PLAN,), sample), PLAN.name)


def entered(means: str) -> Scenario:
    """The same council with the £1m written in its file."""
    once = {BUDGET: 1}
    if means == "contingency":
        pays = {
            "id": "pays",
            "name": "What pays for it",
            "specific": True,
            "amounts": {"2024-25": 0, "2025-26": 0, "2026-27": 0, **once},
            "ends": BUDGET,
        }
        return shipped_with(
            contingency={"amounts": {BUDGET: 3, AFTER: 0}},
            funding={"council_tax": {"increase": {BUDGET: "2.99%", AFTER: "4.99%"}}, "grants": [pays]},
        )
    if means == "reserve":
        share = f"{100 * (0.5 * 70.637 + 1) / 71.637:.12f}%"
        return shipped_with(reserves={"earmarked": 71.637, "usable_share": {"value": share}})
    if means == "saving":
        saving = {"id": "sure", "name": "Sure", "amounts": once, "rag": "green", "recurrent": "100%"}
        return shipped_with(savings=[saving], delivery_record="100%")
    rise = f"{2.99 + 1e6 / prices()['point'].amount:.12f}%"
    return shipped_with(funding={"council_tax": {"increase": {BUDGET: rise, AFTER: "4.99%"}}})


@pytest.mark.parametrize("means", MEANS)
def test_each_price_is_that_of_a_file_in_which_the_money_is_entered(means: Means) -> None:
    price, before, after = prices()[means], risks_of(on_plan(shipped_with())), risks_of(on_plan(entered(means)))
    assert price.amount == 1e6
    for listed, was, now in zip((price.back, price.below), before, after, strict=True):
        assert listed is not None and listed.points > 0
        assert listed.before == chance(int(was.sum()), SAMPLE.paths)
        again = paired(was, now)
        assert abs(again.points - listed.points) <= 2 * min(listed.error, again.error)


def test_contingency_and_reserve_move_the_first_risk_alike_on_every_path() -> None:
    found = shipped_with()
    start = on_plan(found).start
    once = tuple(1e6 if t == start else 0.0 for t in range(found.years))
    given_both = Given("blackburn", gap=once), Given("blackburn", reserve=1e6, when=start)
    variants = [replace(PLAN, name=name, given=one) for name, one in zip("cr", given_both, strict=True)]
    kept = tried(compile_scenario(found), "blackburn", (PLAN, *variants), SAMPLE)
    plain, contingency, reserve = (risks_of(seen(found, kept, variant.name)) for variant in kept.variants)
    assert (contingency[0] == reserve[0]).all() and (contingency[0] != plain[0]).any()
    assert (contingency[1] == reserve[1]).all()
    assert prices()["contingency"].back == prices()["reserve"].back


def test_the_first_risk_is_that_of_the_test() -> None:
    found = shipped_with()
    test = in_year(plan_view(found, compile_scenario(found), "blackburn", SAMPLE))
    back = prices()["saving"].back
    assert back is not None and test.value == pytest.approx(back.before.probability)


def risky(**changes: Any) -> Scenario:
    """A council and a police body whose only cost moves by 4% a year, over four years from the budget year."""
    plain: Tree = {
        "spending": [line("services", basket="bought")],
        "reserves": {"gf_unallocated": 5, "earmarked": 4, "usable_share": "50%", "minimum": "3%"},
        "funding": {"council_tax": {"increase": {NEXT: "2%", "2027-28": "0%"}}},
    }
    more: Tree = {
        "agencies": [council(**plain), police(**plain), combined()],
        "drivers": [driver("prices", spread="4%")],
        "baskets": [{"id": "bought", "shares": {"prices": "100%"}}],
        "years": 4,
        "as_at": "2026-01-15",
        "rules": limits({NEXT: "3%", "2027-28": "0%"}),
    }
    return scenario(**{**more, **changes})


def listed(found: Scenario, body: str = "town", paths: int = 1_000) -> tuple[Price, ...]:
    return price_list(found, compile_scenario(found), body, Sample(paths))


@given(st.sampled_from(["town", "police"]), st.lists(st.floats(0, 8e6), min_size=4, max_size=4), st.floats(0, 8e6))
def test_more_money_never_raises_a_risk_on_the_plan_view(body: str, gap: list[float], reserve: float) -> None:
    found = risky()
    variant = replace(PLAN, name="given", given=Given(body, gap=tuple(gap), reserve=reserve, when=0))
    kept = tried(compile_scenario(found), body, (PLAN, variant), Sample(200))
    for before, after in zip(*(risks_of(seen(found, kept, name)) for name in (PLAN.name, "given")), strict=True):
        assert not (after & ~before).any()


def test_five_times_as_much_buys_more_and_every_row_has_its_error() -> None:
    by_amount = {(p.means, p.amount): p for p in listed(risky()) if "point" not in p.name}
    for means in MEANS:
        one, five = (by_amount[means, amount] for amount in AMOUNTS)
        for low, high in ((one.back, five.back), (one.below, five.below)):
            assert low is not None and high is not None
            assert 0 < low.points <= high.points <= high.before.probability
            assert low.low <= low.points <= low.high and low.error > 0
            assert low.points == pytest.approx(low.before.probability - low.after.probability)


def test_tax_that_is_planned_is_answered_by_national_funding_as_in_the_file() -> None:
    assert (
        "From 2029-30 national funding, which answers need, is taken to be lower by 50% of it"
        in prices()["point"].sentence
    )
    unanswered = {"years": 6, "rules": {"accommodation": None}}
    found = blackburn_with(unanswered)
    kept = [p for p in price_list(found, compile_scenario(found), "blackburn", Sample(500)) if p.means == "council_tax"]
    assert kept and not any("national funding" in price.sentence for price in kept)


def test_what_is_recurrent_buys_more_of_the_later_risk_than_what_comes_once() -> None:
    found = prices()
    once, saving, tax = (found[means].below for means in ("contingency", "saving", "council_tax"))
    assert once is not None and saving is not None and tax is not None
    assert once.points < min(saving.points, tax.points)
    assert found["contingency"].back == found["saving"].back == found["council_tax"].back


def test_a_point_of_tax_is_a_hundredth_of_what_last_year_raised_and_the_limit_is_told() -> None:
    tax = {p.name: p for p in listed(risky()) if p.means == "council_tax"}
    point = next(price for name, price in tax.items() if "point" in name)
    assert point.amount == pytest.approx(1e6) and point.room == pytest.approx(1e6)
    assert point.open and "leaves £1.00m" in point.sentence
    five = tax[f"£5m of council tax from {NEXT}"]
    assert not five.open and "referendum" in five.reason and "would take a referendum" in five.sentence
    at_limit = risky(agencies=[council(funding={"council_tax": {"increase": {NEXT: "3%"}}})])
    assert all(not p.open and "leaves nothing" in p.reason for p in listed(at_limit) if p.means == "council_tax")
    without = [p for p in listed(risky(rules={})) if p.means == "council_tax"]
    assert all(p.open and p.room is None and "states no referendum limit" in p.sentence for p in without)


def test_a_band_d_that_is_entered_leaves_no_room_to_tell() -> None:
    set_ = {"requirement": {NEXT: 102}, "band_d": {NEXT: 2040}}
    found = listed(risky(agencies=[council(funding={"council_tax": set_})]))
    tax = [price for price in found if price.means == "council_tax"]
    assert tax and all(p.room is None and "entered as set" in p.sentence for p in tax)


def early_place(**changes: Any) -> Scenario:
    """The lively place, looked at before the budget year begins."""
    return whole_place(**changes).model_copy(update={"as_at": date(2026, 1, 15)})


def test_what_a_body_cannot_use_it_is_told_why() -> None:
    found = early_place()
    by_body = {body: listed(found, body, 100) for body in ("board", "north", "hospice", "mayor")}
    for body in ("board", "north"):
        closed = {p.means: p for p in by_body[body] if not p.open}
        assert set(closed) == {"reserve", "council_tax"} and "no reserves" in closed["reserve"].reason
        assert {p.means for p in by_body[body] if p.open} == {"contingency", "saving"}
        assert all("plan is missed" in p.sentence for p in by_body[body] if p.open)
        assert all("planning guidance" in p.law for p in by_body[body] if p.means == "contingency")
    assert len(by_body["hospice"]) == 4 and not any(p.open or p.back for p in by_body["hospice"])
    assert [p.reason for p in by_body["mayor"] if p.means == "council_tax"] == ["it raises no council tax"]


@pytest.mark.parametrize(("body", "name"), [(icb, "board"), (trust, "north")])
def test_money_for_an_nhs_body_brings_it_nearer_its_plan(body: Any, name: str) -> None:
    found = listed(risky(agencies=[body(spending=[line("staff", basket="bought")])]), name)
    assert {price.means for price in found if price.open} == {"contingency", "saving"}
    for price in found:
        if price.open:
            assert price.back is not None and price.below is not None
            assert 0 < price.back.points < price.below.before.probability
            assert price.below.points >= 0


@pytest.mark.parametrize(
    ("body", "means", "day"),
    [
        (council(), "contingency", date(2027, 3, 10)),
        (council(), "council_tax", date(2027, 3, 10)),
        (council(), "saving", date(2027, 3, 10)),
        (council(), "reserve", date(2027, 3, 31)),
        ({**council(), "class": "shire_county"}, "council_tax", date(2027, 2, 28)),
        (police(), "contingency", date(2027, 2, 28)),
        (police(), "council_tax", date(2027, 2, 1)),
    ],
)
def test_the_last_day_is_that_of_the_law(body: Tree, means: Means, day: date) -> None:
    found = scenario(agencies=[body]).bodies[0]
    assert deadline(found, means, FinancialYear(2027)).day == day


def test_a_precept_may_be_issued_on_a_leap_day() -> None:
    found = scenario(agencies=[police()]).bodies[0]
    assert deadline(found, "contingency", FinancialYear(2028)).day == date(2028, 2, 29)


def test_consultation_is_counted_back_from_the_first_of_april() -> None:
    law = deadline(scenario().bodies[0], "saving", FinancialYear(2027)).law
    assert (date(2027, 4, 1) - date(2027, 2, 15)).days == 45 and "begins by 15 February 2027" in law
    assert (date(2027, 4, 1) - date(2027, 3, 2)).days == 30 and "20 to 99 by 2 March 2027" in law


def test_past_its_last_day_a_means_can_no_longer_be_used() -> None:
    found = listed(risky(budget_year=NEXT, as_at="2026-03-11"))
    still = {price.means: price.open for price in found if "point" in price.name or price.amount == 1e6}
    assert still == {"contingency": False, "reserve": True, "saving": False, "council_tax": False}
    late = next(price for price in found if price.means == "contingency")
    assert "can no longer be used" in late.sentence and "10 March 2026, has passed" in late.reason
    assert all(p.open for p in listed(risky(as_at="2026-03-10")) if p.means == "contingency")


@given(arrays.arrays(bool, (2, 40)))
def test_a_paired_difference_is_that_of_the_chances_with_its_own_spread(happened: Any) -> None:
    found = paired(*happened)
    apart = happened[0].astype(float) - happened[1]
    assert found.points == pytest.approx(apart.mean()) == found.before.probability - found.after.probability
    assert found.error == pytest.approx(apart.std() / np.sqrt(40))
    assert found.low <= found.points + 1e-12 and found.points <= found.high + 1e-12


def test_a_fall_that_no_path_shows_still_has_an_interval() -> None:
    nothing: Bools = np.zeros(1_000, dtype=bool)
    assert paired(nothing, nothing).error == 0 and 0 < paired(nothing, nothing).high < 0.01
    assert paired(nothing, nothing, certain=True).high == 0


def test_without_uncertainty_every_interval_is_a_point() -> None:
    certain = scenario(agencies=[council(spending=[line("services", 112)])])
    for price in listed(certain, paths=10):
        for off in (price.back, price.below):
            assert off is not None and off.low == off.points == off.high and off.before.low == off.before.high


def test_the_table_has_a_row_for_each_price_with_both_risks() -> None:
    found = (*listed(risky()), *listed(whole_place(), "hospice", 10))
    table = price_table(found)
    assert list(table.sentence) == [price.sentence for price in found]
    assert table.back_points.notna().sum() == len(found) - 4
    priced = table[table.back_points.notna()]
    assert (priced.back_low95 <= priced.back_points).all() and (priced.below_points <= priced.below_high95).all()
    assert (priced.unit == "£").all() and (priced.year == NEXT).all()
