"""The model-risk range: what judgement moves, beside what sampling does."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from simulator.blocks import Sample
from simulator.evidence_tests.robustness import in_year
from simulator.evidence_tests.seen import plan_view
from simulator.model_risk import ENTERED, ModelRisk, Range, judgements_of, merged, model_risk, model_risk_table
from simulator.prepared import compile_scenario
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.switches import JUDGEMENTS, NO_NEW_SAVINGS, SWITCHES, USABLE
from simulator.variants import VIEWS
from tests.places import blackburn_with, council, line, scenario, whole_place

SAMPLE = Sample(1_000, seed=2)
PLAN_END = "2030-31"


@cache
def shipped(**reserves: Any) -> Scenario:
    """The shipped council to its plan's end."""
    return blackburn_with({"years": 6, "agencies": [{"id": "blackburn", "reserves": dict(reserves)}]})


@cache
def found() -> ModelRisk:
    return model_risk(shipped(), compile_scenario(shipped()), "blackburn", SAMPLE)


def told(chance: str, view: str = "before_action") -> Range:
    return next(one for one in found().ranges if (one.id, one.view) == (chance, view))


def switched(one: Range) -> dict[str, float]:
    return {each.switch: each.chance.probability for each in one.each}


def test_four_headlines_are_told_on_their_views() -> None:
    shown = [(one.id, one.view, one.horizon) for one in found().ranges]
    plan = f"2027-28 to {PLAN_END}"
    assert shown == [
        ("R02", "before_action", "2027-28"),
        ("A02", "before_action", plan),
        ("unfunded_gap", "before_action", plan),
        ("unfunded_gap", "after_action", plan),
    ]


def test_every_range_holds_the_chance_as_entered_and_each_switch() -> None:
    for one in found().ranges:
        everything = [one.central.probability, *switched(one).values()]
        assert one.low.chance.probability == min(everything) and one.high.chance.probability == max(everything)
        assert one.together_low.chance.probability <= one.low.chance.probability <= one.central.probability
        assert one.central.probability <= one.high.chance.probability <= one.together_high.chance.probability
        assert one.central.low < one.central.probability < one.central.high


def test_judgement_moves_the_answer_more_than_sampling_does() -> None:
    for one in found().ranges:
        assert one.wider
        assert f"{one.low.chance.probability:.1%} ({one.low.switch})" in one.sentence
        assert "by sampling alone" in one.sentence and "as at 22 November 2026" in one.sentence


def test_a_recurrent_surplus_and_a_larger_usable_share_lower_every_chance() -> None:
    for one in found().ranges:
        found_by = switched(one)
        assert found_by["contribution recurrent"] < one.central.probability == found_by["contribution one-off"]
        assert found_by["usable share 100%"] < one.central.probability < found_by["usable share 25%"]


def test_savings_capacity_touches_the_view_after_action_alone() -> None:
    for one in found().ranges:
        assert (NO_NEW_SAVINGS.name in switched(one)) == (one.view == "after_action")
    after, entered = switched(told("unfunded_gap", "after_action")), told("unfunded_gap", "after_action").central
    assert entered.probability < after["savings capacity halved"] < after[NO_NEW_SAVINGS.name]
    assert after[NO_NEW_SAVINGS.name] < told("unfunded_gap").central.probability


def test_all_at_their_worse_and_better_name_what_they_switch() -> None:
    one = told("unfunded_gap", "after_action")
    assert one.together_high.switch == "usable share 25% and no accommodation and no new savings"
    assert "contribution recurrent" in one.together_low.switch and "tax limit kept" in one.together_low.switch
    assert one.together_high.chance.probability > one.high.chance.probability


def test_the_range_agrees_with_the_switches_of_a_run() -> None:
    results = simulate(shipped(), paths=SAMPLE.paths, seed=SAMPLE.seed)
    table = results.switches[results.switches.year == f"by {PLAN_END}"].set_index(["outcome", "switch"]).probability
    after = switched(told("unfunded_gap", "after_action"))
    for switch in SWITCHES:
        if switch.acts:
            # The run counts from its first projected year, in which hardly anything is left unfunded here.
            assert table["unfunded_gap", switch.name] == pytest.approx(after[switch.name], abs=0.003)


def test_the_first_chance_is_that_of_the_test() -> None:
    view = plan_view(shipped(), compile_scenario(shipped()), "blackburn", SAMPLE)
    test, one = in_year(view), told("R02").central
    assert (test.value, test.low, test.high) == pytest.approx((one.probability, one.low, one.high))


def test_a_usable_share_that_is_entered_as_a_range_has_its_own_ends() -> None:
    body = blackburn_with(
        {
            "agencies": [
                {"id": "blackburn", "reserves": {"usable_share": {"low": "40%", "central": "50%", "high": "60%"}}}
            ]
        }
    ).bodies[0]
    usable = {one.name: one for one in judgements_of(body)}[USABLE]
    assert [(one.name, one.usable_share) for one in usable.alternatives] == [
        ("usable share 40%", 0.4),
        ("usable share 60%", 0.6),
    ]
    assert judgements_of(shipped().bodies[0]) == JUDGEMENTS


def test_switches_laid_together_keep_the_view_and_change_what_each_changes() -> None:
    both = merged(VIEWS[0], [SWITCHES[1], SWITCHES[2], SWITCHES[4], NO_NEW_SAVINGS, SWITCHES[-1]])
    assert (both.acts, both.recurs, both.usable_share, both.accommodated) == (False, True, 0.25, False)
    assert (both.capacity, both.rule) == (0.0, SWITCHES[-1].rule) and merged(VIEWS[1], []) == VIEWS[1]


def test_a_body_of_the_nhs_has_no_such_judgements_and_says_so() -> None:
    place = whole_place()
    compiled = compile_scenario(place)
    for body in ("board", "north", "hospice"):
        none = model_risk(place, compiled, body, Sample(10))
        assert none.ranges == () and "no reserves" in none.reason and model_risk_table(none).empty
    police = model_risk(place, compiled, "police", Sample(100))
    assert len(police.ranges) == 4 and police.reason == ""


def test_without_uncertainty_chances_are_nought_or_one_without_an_interval() -> None:
    certain = scenario(agencies=[council(spending=[line("services", 112)])])
    for one in model_risk(certain, compile_scenario(certain), "town", Sample(10)).ranges:
        assert one.central.low == one.central.probability == one.central.high
        assert one.central.probability in (0, 1)


def test_the_table_has_a_row_for_each_switch_and_both_ends() -> None:
    table = model_risk_table(found())
    after = table[table["view"] == "after_action"]
    assert list(after.kind) == ["as entered", *["one"] * 8, "together_low", "together_high"]
    assert after.switch.iloc[0] == ENTERED
    assert (table.low95 <= table.probability).all() and (table.probability <= table.high95).all()
