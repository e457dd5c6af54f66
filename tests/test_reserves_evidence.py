"""Reserves of one body: minimums and what each covers, the confidence curve, how long reserves last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import bdtr

from simulator.blocks import Sample
from simulator.evidence_tests import reserves
from simulator.evidence_tests.seen import Seen, plan_view, seen
from simulator.prepared import compile_scenario
from simulator.scenario import Scenario
from simulator.statement import Risk
from simulator.trials import tried
from simulator.variants import VIEWS, Given, Variant
from tests.places import MANAGED, NEXT, council, driver, icb, limits, line, scenario

PATHS = 1000


def risk(name: str, impact: float, **chance: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "impact": impact, **chance}


RISKS = [
    risk("care", 4, likelihood="high"), risk("rates", 2, likelihood="medium"), risk("flood", 10, likelihood="low"),
    risk("pay", 3, chance="50%"),
]  # fmt: skip


def uncertain(**changes: Any) -> Scenario:
    """A council whose only cost moves by 4% a year about nothing, with reserves of 10 and a contingency of 1."""
    plain = council(
        spending=[line("services", basket="bought")],
        reserves={"gf_unallocated": 6, "earmarked": 8, "usable_share": "50%", "minimum": "3%"},
        contingency={"amounts": {NEXT: 1}},
    )
    return scenario(
        agencies=[{**plain, **changes}],
        drivers=[driver("prices", spread="4%", system_share="100%")],
        baskets=[{"id": "bought", "shares": {"prices": "100%"}}],
        rules={"savings_response": {**MANAGED, "tax_to_limit": 0}, **limits({NEXT: "0%"})},
    )


def looked_at(found: Scenario, paths: int = PATHS) -> Seen:
    return plan_view(found, compile_scenario(found), "town", Sample(paths))


@pytest.fixture(scope="module")
def town() -> Seen:
    return looked_at(uncertain(statement={"risks": RISKS}))


def test_a_register_gives_likelihood_times_impact_and_its_three_largest_together() -> None:
    risks = [Risk.model_validate(one, context={"money": "£m"}) for one in RISKS]
    assert reserves.expected_value(risks) == pytest.approx(0.6 * 4e6 + 0.3 * 2e6 + 0.1 * 10e6 + 0.5 * 3e6)
    assert reserves.worst_together(risks) == pytest.approx(17e6)
    assert reserves.worst_together(risks[:1]) == pytest.approx(4e6)


def test_the_simulated_minimum_is_what_contingency_and_controls_leave_in_19_years_of_20(town: Seen) -> None:
    table = reserves.minimums(town).set_index("minimum")
    assert town.luck is not None
    short = np.maximum(town.luck.surprise[0] - town.paths["contingency"][0], 0)
    left = np.sort(short - np.minimum(0.3 * short, 0.01 * town.net_budget[0]))
    row = table.loc["simulated"]
    assert row.amount == left[949]
    assert row.low95 < row.amount < row.high95
    assert row.covers == 0.95
    assert row.covers_low95 < 0.95 < row.covers_high95


def test_the_risk_based_minimum_is_the_greater_of_policy_and_the_method_chosen(town: Seen) -> None:
    table = reserves.minimums(town).set_index("minimum").amount
    assert table.policy_floor == town.minimum[0] == pytest.approx(3e6, rel=0.1)
    assert table.risk_based == max(table.policy_floor, table.simulated) == table.simulated
    assert table.target == 1.25 * table.risk_based
    assert reserves.minimums(town, "scenarios").set_index("minimum").amount.risk_based == 17e6
    low = reserves.minimums(town, percent=50).set_index("minimum").amount
    assert low.risk_based == low.policy_floor


def test_each_minimum_covers_a_share_of_futures_and_more_covers_more(town: Seen) -> None:
    table = reserves.minimums(town).sort_values("amount")
    assert table.covers.is_monotonic_increasing
    assert (table.covers_low95 <= table.covers).all() and (table.covers <= table.covers_high95).all()
    assert table.covers.between(0, 1).all()


def test_without_a_register_two_methods_are_not_computed_and_say_why() -> None:
    table = reserves.minimums(looked_at(uncertain(), 100)).set_index("minimum")
    bare = table.loc[["expected_value", "scenarios"]]
    assert bare.amount.isna().all() and bare.covers.isna().all()
    assert bare.note.str.contains("statement.risks").all()
    assert table.loc["risk_based"].amount > 0
    chosen = reserves.minimums(looked_at(uncertain(), 100), "expected_value").set_index("minimum").loc["risk_based"]
    assert chosen.amount == table.loc["policy_floor"].amount and "not computed" in chosen.note


def test_a_variance_is_refused_where_luck_was_not_kept(town: Seen) -> None:
    unlucky = seen(town.scenario, tried(town.compiled, "town", VIEWS, Sample(10)), "before_action")
    with pytest.raises(ValueError, match="plan_view"):
        reserves.minimums(unlucky)


@given(arrays.arrays(np.float64, (4, 6), elements=st.integers(-50, 50).map(float)), st.integers(0, 200))
def test_a_reserve_lasts_exactly_where_it_is_at_least_what_is_needed(asked: Any, reserve: int) -> None:
    """By rolling the reserve forward: a shortfall draws it, a surplus is banked, what is missing is unfunded."""
    lasts = np.ones(6, dtype=bool)
    held = np.full(6, float(reserve))
    for year in asked:
        lasts &= held >= year
        held = np.maximum(held - year, 0)
    assert ((reserves.needed(asked) <= reserve) == lasts).all()


def test_the_reserve_that_a_confidence_needs_leaves_no_year_unfunded_in_that_share_of_futures(town: Seen) -> None:
    """The curve against a run that is given that reserve: the very same number of futures, in one body's plan."""
    table = reserves.confidence(town)
    for percent in (60, 90):
        need = float(table[table.confidence == percent / 100].reserve.iloc[0])
        more = Given("town", reserve=need - town.usable_at_first, when=town.start)
        held = tried(town.compiled, "town", (Variant("more", acts=False, given=more),), Sample(PATHS))
        unfunded = held.outcomes["unfunded_gap"][0, town.start : town.end + 1].any(axis=0)
        # The path that sets the quantile ends within half a penny of nought.
        assert (~unfunded).sum() in (PATHS * percent // 100, PATHS * percent // 100 + 1)


def test_the_curve_rises_carries_binomial_ranks_and_picks_three(town: Seen) -> None:
    table = reserves.confidence(town)
    curve = table[table.basis.isin(["curve", "picked"])]
    assert curve.confidence.tolist() == [percent / 100 for percent in range(50, 100)]
    assert curve.reserve.is_monotonic_increasing
    assert (curve.low95 <= curve.reserve).all() and (curve.reserve <= curve.high95).all()
    assert table[table.basis == "picked"].confidence.tolist() == [0.8, 0.9, 0.95]
    need = np.sort(reserves.needed(reserves.drawdown(town)[: town.end - town.start + 1]))
    ranks = [int(np.searchsorted(need, curve.set_index("confidence")[end][0.9])) + 1 for end in ("low95", "high95")]
    assert bdtr(ranks[1] - 1, PATHS, 0.9) - bdtr(ranks[0] - 1, PATHS, 0.9) >= 0.95


def test_too_few_paths_give_no_interval_rather_than_a_false_one() -> None:
    table = reserves.confidence(looked_at(uncertain(), 50)).set_index("confidence")
    assert np.isnan(table.loc[0.99].high95) and table.loc[0.99].reserve > 0


def test_what_is_held_stands_beside_the_confidence_that_it_buys(town: Seen) -> None:
    table = reserves.confidence(town).set_index("basis")
    assert table.loc["held"].reserve == town.usable_at_first == 10e6
    need = reserves.needed(reserves.drawdown(town)[: town.end - town.start + 1])
    assert table.loc["held"].confidence == (need <= 10e6).mean()
    # The budget year is the first, so every future opens with the same.
    assert table.loc["as_it_comes"].confidence == table.loc["held"].confidence


def test_survival_ends_where_the_chance_of_an_unfunded_year_begins(town: Seen) -> None:
    table = reserves.survival(town)
    assert table.year.tolist() == list(town.years[town.start :])
    assert (np.diff(table.probability) <= 0).all()
    until = table[table.in_plan].iloc[-1]
    assert until.probability == reserves.confidence(town).set_index("basis").loc["as_it_comes"].confidence
    assert (table.low95 <= table.probability).all() and (table.probability <= table.high95).all()


def test_years_to_exhaustion_are_counted_from_the_budget_year(town: Seen) -> None:
    never = np.zeros((3, 4), dtype=bool)
    some = never.copy()
    some[0, 0] = some[2, 0] = some[2, 1] = True
    assert reserves.passage(some).tolist() == [1, 3, 4, 4]
    row, lasting = reserves.exhaustion(town).iloc[0], reserves.survival(town).probability
    assert row.p10 == next((t for t, share in enumerate(lasting, 1) if share <= 0.9), len(lasting) + 1)
    assert row.p10 <= row.p50 <= row.horizon + 1
    assert row.censored == lasting.iloc[-1]


def test_a_sure_future_has_one_answer() -> None:
    """A gap of 3 a year against 10: it lasts three years, needs 12 for four, and no minimum beyond policy."""
    sure = uncertain(statement={"risks": RISKS}, spending=[line("services", 103)], contingency=None)
    found = looked_at(sure.model_copy(update={"drivers": [], "baskets": []}), 100)
    assert reserves.survival(found).probability.tolist() == [1, 1, 1, 0, 0]
    assert set(reserves.confidence(found).query("basis == 'picked'").reserve.round(2)) == {12e6}
    assert reserves.exhaustion(found).iloc[0][["p10", "p50", "censored"]].tolist() == [4, 4, 0]
    assert reserves.minimums(found).set_index("minimum").amount.simulated == 0


def test_a_body_that_may_hold_none_has_empty_tables_and_no_table_adds_bodies_up() -> None:
    place = uncertain()
    tree = scenario(
        agencies=[council(), council("other"), icb()],
        rules={
            "responses": {"icb": MANAGED},
            "savings_response": {**MANAGED, "tax_to_limit": 0},
            **limits({NEXT: "0%"}),
        },
    )
    compiled = compile_scenario(tree)
    tables = (reserves.confidence, reserves.survival, reserves.exhaustion, reserves.minimums)
    for table in tables:
        assert table(plan_view(tree, compiled, "board", Sample(10))).empty
        for name in ("town", "other"):
            assert set(table(plan_view(tree, compiled, name, Sample(100))).agency) == {name}
        assert list(table(looked_at(place, 100)).columns) == list(table(plan_view(tree, compiled, "board", Sample(10))))
