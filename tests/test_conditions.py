"""Conditions of a draft grade: their chances are those of the futures, and switching one off can flip a grade."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.blocks import Sample
from simulator.compiled import Compiled
from simulator.conditions import Condition, condition_table, conditions, leaned_on, switched_off
from simulator.estimates_leaned_on import in_a_sentence
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.kinds import tests_of as graded_tests
from simulator.evidence_tests.seen import Seen, plan_view
from simulator.leans import NO_SOURCE, Lean
from simulator.prepared import compile_scenario
from simulator.price_list import risks_of
from simulator.scenario import Scenario
from simulator.section25 import drafts
from simulator.summary import chance
from tests.places import (
    BASE,
    NEXT,
    council,
    driver,
    event,
    exactly,
    income,
    line,
    merged,
    scenario,
    whole_place,
    without_luck,
)

SAMPLE = Sample(1_000, seed=4)
Tree = dict[str, Any]


def town(body: Tree | None = None, **changes: Any) -> Scenario:
    """A council that spends 120 and sets aside 1: the tests it needs for a grade are green, and it leans on much."""
    plain: Tree = {
        "funding": {
            "council_tax": {"requirement": {BASE: 100, NEXT: 102}, "band_d": {BASE: 2000, NEXT: 2040}},
            "grants": [income("general", 20, driver="aid")],
        },
        "spending": [line("services", 120, basket="bought")],
        "employer_costs": {"pay": "wages"},
        "savings": [
            {"id": "plan", "name": "Plan", "rag": "amber", "recurrent": "100%", "amounts": {NEXT: 2}, "source": "PLAN"}
        ],
        "contingency": {"amounts": {NEXT: 1}},
        "plan": {"gap": {NEXT: 3}, "reserves_used": {NEXT: 1}},
        "statement": {"savings_rate": "70%", "provisions": {"wages": {NEXT: "2.5%"}}},
        "reserves": {"gf_unallocated": 8, "earmarked": 6, "usable_share": "100%", "minimum": "4%"},
    }
    more: Tree = {
        "years": 2,
        "as_at": "2026-01-15",
        "sources": {"PLAN": {"title": "The plan of February", "grade": "S"}},
        "agencies": [council(**merged(plain, body or {}))],
        "drivers": [
            driver("wages", long_run="2%", spread="1%", source="PLAN"), driver("aid", spread="4%"),
            driver("cost", spread="1%"),
        ],
        "baskets": [{"id": "bought", "shares": {"wages": "60%", "cost": "40%"}}],
        "events": [event("flood", "2%", exactly("12%"), source="PLAN")],
        "rules": {
            "delivery": {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
                         "organisation_weight": "40%", "system_share": "0%"},
        },
    }  # fmt: skip
    return scenario(**merged(more, changes))


class Case:
    """One body's plan with its tests, what it leans on and its conditions."""

    def __init__(self, found: Scenario, body: str = "town") -> None:
        self.compiled: Compiled = compile_scenario(found)
        self.view: Seen = plan_view(found, self.compiled, body, SAMPLE)
        self.tests: list[Found] = graded_tests(self.view)
        self.leans: dict[str, Lean] = {lean.id: lean for lean in leaned_on(self.view)}
        made = conditions(found, self.compiled, body, SAMPLE, self.tests)
        self.made: dict[str, Condition] = {one.id: one for one in made}

    def without(self, *names: str) -> Seen:
        """The plan on the same futures with some conditions not met."""
        [laid] = switched_off(self.view, SAMPLE, [[self.leans[name] for name in names]])
        return laid


@cache
def case() -> Case:
    return Case(town())


def share(count: int) -> tuple[float, float, float]:
    return chance(count, SAMPLE.paths)[:3]


def told(one: Condition) -> tuple[float | None, ...]:
    return one.chance, one.low, one.high


def test_the_case_is_one_that_conditions_can_flip() -> None:
    first, second = drafts(case().tests)
    assert first.grade != "does not support" and second.grade != "does not support", (first, second)
    assert set(case().made) == {"savings", "pay", "growth-cost", "funding", "event-flood", "reserves"}


def test_an_event_that_strikes_flips_both_limbs() -> None:
    flood = case().made["event-flood"]
    assert told(flood) == pytest.approx((0.98,) * 3)
    assert [draft.grade for draft in flood.drafts] == ["does not support"] * 2
    assert len(flood.flips) == 2 and all("to does not support" in one for one in flood.flips)
    assert flood.back.after.probability > 0.5 > flood.back.before.probability
    assert next(iter(case().made)) in {"event-flood", "reserves"}


def test_reserves_that_may_not_be_used_leave_the_budget_without_a_measure() -> None:
    reserves = case().made["reserves"]
    assert (reserves.number, told(reserves)) == (1e6, (None, None, None))
    assert "no chance is given" in reserves.sentence
    assert any(one.startswith("R01") and one.endswith("to red") for one in reserves.worse)
    assert reserves.drafts[0].grade == "does not support"
    assert any("the estimates" in one for one in reserves.flips)


def test_chances_are_counted_among_the_futures() -> None:
    view, t = case().view, case().view.start
    assert view.luck is not None
    counts = {
        "savings": view.paths["savings_delivered"][t] >= 0.7 * 2e6 - 0.005,
        "pay": view.luck.levels["wages"][t] <= 1.025 + 1e-9,
        "funding": view.paths["funding"][t] >= view.central["funding"][t] - 0.005,
    }
    for name, met in counts.items():
        assert told(case().made[name]) == share(int(met.sum())), name
        assert 0.1 < met.mean() < 0.95, name


def test_what_is_not_met_is_what_the_futures_that_fall_short_have_on_average() -> None:
    view, t = case().view, case().view.start
    delivered, funding = (view.paths[name][t] for name in ("savings_delivered", "funding"))
    short = delivered[delivered < 0.7 * 2e6 - 0.005].mean()
    assert case().without("savings").paths["savings_delivered"][t].mean() == pytest.approx(short, rel=0.01)
    lacking = funding[funding < view.central["funding"][t] - 0.005].mean() - funding.mean()
    more = case().without("funding").paths["gap"][t] - view.paths["gap"][t]
    assert more == pytest.approx(-lacking)
    assert view.luck is not None
    award = np.log(view.luck.levels["wages"][t])
    passed = award[np.expm1(award) > 0.025 + 1e-9]
    after = case().without("pay").luck
    assert after is not None
    assert np.log(after.levels["wages"][t]) - award == pytest.approx(passed.mean() - award.mean())


def test_only_what_happens_changes_never_the_budget_that_was_set_or_the_minimum() -> None:
    names = [name for name in case().leans if name != "reserves"]
    laid = switched_off(case().view, SAMPLE, [[case().leans[name]] for name in names])
    for name, without in zip(names, laid, strict=True):
        assert (without.minimum == case().view.minimum).all()
        assert without.budgeted_gap == case().view.budgeted_gap
        after = {one.id: one.value for one in graded_tests(without)}
        before = {one.id: one.value for one in case().tests}
        assert {key: after[key] for key in ("R01", "R04", "R14", "R15")} == {
            key: before[key] for key in ("R01", "R04", "R14", "R15")
        }, name
        assert risks_of(without)[0].sum() >= risks_of(case().view)[0].sum(), name


def test_several_switched_off_together_are_worse_than_each_alone() -> None:
    alone = [case().without(name) for name in ("savings", "pay", "funding")]
    together = case().without("savings", "pay", "funding")
    t, plan = together.start, case().view.paths
    gaps = [one.paths["gap"][t] - one.paths["savings_delivered"][t] for one in (*alone, together)]
    before = plan["gap"][t] - plan["savings_delivered"][t]
    assert gaps[3] - before == pytest.approx(sum(gap - before for gap in gaps[:3]))
    assert risks_of(together)[0].sum() >= max(risks_of(one)[0].sum() for one in alone)


def test_a_condition_can_be_lifted_into_a_statement() -> None:
    savings, pay, funding = (case().made[name] for name in ("savings", "pay", "funding"))
    assert savings.sentence.startswith("That approved savings of £2.0m for 2026-27 are delivered to 70%; chance ")
    assert "the 70% that the budget counts on; source: The plan of February." in savings.sentence
    assert "the pay award of 2026-27 is within the 2.5% provided for it; chance " in pay.sentence
    assert "on the plan as approved, as at 15 January 2026" in pay.sentence
    assert funding.sentence.startswith("That funding of £122.0m for 2026-27 comes in as estimated; chance ")
    assert funding.source == NO_SOURCE
    for one in case().made.values():
        assert one.consequence.startswith(("If not met (", "If it strikes ("))
    table = condition_table(case().made.values())
    assert list(table.id) == list(case().made)
    assert (table.limb_1_without == [one.drafts[0].grade for one in case().made.values()]).all()


def test_what_no_future_misses_is_no_condition_and_savings_without_a_model_are_none_or_all() -> None:
    sure = Case(without_luck(town(rules={"delivery": {"sd": "0%"}})))
    assert set(sure.made) == {"savings", "reserves"}
    assert told(sure.made["savings"]) == share(SAMPLE.paths)
    assert (sure.without("savings").paths["savings_delivered"] == 0).all()
    assert "in all futures drawn" in sure.made["savings"].sentence


def test_support_that_is_not_granted_widens_the_gap_by_what_was_entered() -> None:
    grant = income("support", 0, exceptional=True) | {"amounts": {BASE: 0, NEXT: 4, "2027-28": 0}, "source": "PLAN"}
    grants = [income("general", 20, driver="aid"), grant]
    found = Case(town({"funding": {"grants": grants}}))
    support = found.made["support"]
    assert (support.number, support.chance, support.source) == (4e6, None, "The plan of February")
    more = found.without("support").paths["gap"][found.view.start] - found.view.paths["gap"][found.view.start]
    assert more == pytest.approx(4e6)


def test_an_override_that_ends_otherwise_is_a_condition_without_a_chance() -> None:
    account = {"spending": 30, "block": 25, "block_growth": "0%", "opening_deficit": 10}
    ends = {"ends": "2027-28", "then": "absorbed", "grant_share": "0%", "grant_paid": NEXT, "accrued_met": "90%",
            "later_met": "100%"}  # fmt: skip
    found = Case(town({"high_needs": account}, rules={"high_needs_override": ends}))
    override = found.made["high_needs"]
    assert override.chance is None and override.number == pytest.approx(15e6)
    falls = Case(
        town({"high_needs": account}, rules={"high_needs_override": {**ends, "then": "falls_on_general_fund"}})
    )
    assert "high_needs" not in falls.made
    gap = found.without("high_needs").paths["gap"]
    assert gap == pytest.approx(falls.view.paths["gap"] - falls.view.paths["gap"][0] + gap[0])


def test_the_officer_s_own_chance_of_a_decision_is_told_as_that() -> None:
    judged = Case(town({"statement": {"conditions": {"reserves": {"value": "95%", "source": "PLAN"}}}}))
    reserves = judged.made["reserves"]
    assert told(reserves) == (0.95, 0.95, 0.95)
    assert "chance 95 in 100, the officer's own judgement, as entered" in reserves.sentence
    assert reserves.source == "The plan of February"
    assert reserves.flips == case().made["reserves"].flips


def test_an_nhs_body_has_conditions_and_a_charity_none() -> None:
    found = whole_place(north={"deficit_support": {"2026-27": 6}}, law={"tolerance": "0.5%"})
    compiled = compile_scenario(found)
    made = {one.id: one for one in conditions(found, compiled, "north", SAMPLE)}
    assert {"savings", "funding"} <= set(made)
    assert all("missing the plan" in one.consequence for one in made.values())
    assert conditions(found, compiled, "hospice", SAMPLE) == ()


def test_a_name_in_a_sentence_keeps_its_initials_and_its_own_capitals() -> None:
    kept = ("NHS pay award", "ICB allocations, in cash", "National Living Wage", "Bank Rate")
    assert [in_a_sentence(name) for name in kept] == list(kept)
    assert in_a_sentence("Consumer prices") == "consumer prices" and in_a_sentence("Pay") == "pay"
