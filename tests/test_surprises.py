"""What the council must feel when one thing changes: prices, collection, pay, and each judgement as a switch."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import places
import pytest
from places import (
    BASE,
    NEXT,
    Tree,
    blackburn,
    blackburn_with,
    central,
    council,
    driver,
    line,
    on_paths,
    place_of,
    scenario,
)

from simulator.compiled import Floats
from simulator.drivers import NATIONAL, DriverPaths
from simulator.money import HALF_PENNY
from simulator.position import LIMIT_KEPT
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.reasons import pay_bill
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.spending import Prices
from simulator.summary import base_exposure
from simulator.variants import DO_NOTHING, VIEWS, Variant

YEAR = {str(year): t for t, year in enumerate(blackburn().projected)}
NET = 142.2723e6
UNANSWERED: Tree = {"rules": {"accommodation": {"share": "0%"}}}
CPI_ONCE: Tree = {"drivers": [{"id": "cpi", "persistence": 0, "surprise": {"2027-28": "5%"}}]}
NO_PERSISTENCE: Tree = {"drivers": [{"id": "cpi", "persistence": 0}]}
TAX_KEPT = Path(places.ROOT, "scenarios", "overlays", "tax-at-4.99.yaml")


def gap(found: Scenario, view: int = 0) -> Floats:
    money: Floats = central(found).measures["gap"][view, 0, :, 0]
    return money


def index(found: Scenario, name: str) -> Floats:
    """The log level of a driver in the central case, by year."""
    compiled = compile_scenario(found)
    level: Floats = DriverPaths(compiled, 1).central().future(place_of(compiled, name), NATIONAL).level[:, 0]
    return level


# Prices.


def test_pay_and_the_living_wage_catch_up_with_a_price_surprise() -> None:
    calm, shocked = blackburn_with(NO_PERSISTENCE), blackburn_with(CPI_ONCE)
    t = YEAR["2027-28"]
    for name, years_later in (("pay_award", 2), ("living_wage", 3)):
        moved = index(shocked, name) - index(calm, name)
        assert 0.70 <= moved[t + years_later] / 0.05 <= 1.10, name
        assert (moved[:t] == 0).all(), name
    assert index(shocked, "cpi")[t] - index(calm, "cpi")[t] == pytest.approx(0.05)


def test_a_price_surprise_of_five_points_costs_two_per_cent_of_the_net_budget_by_year_five() -> None:
    """Before accommodation and before action: funding is cash, costs follow prices."""
    moved = gap(blackburn_with(UNANSWERED, CPI_ONCE)) - gap(blackburn_with(UNANSWERED, NO_PERSISTENCE))
    assert (moved[: YEAR["2027-28"]] == 0).all()
    assert moved[YEAR["2029-30"]] >= 0.02 * NET
    answered = gap(blackburn_with(CPI_ONCE)) - gap(blackburn_with(NO_PERSISTENCE))
    assert answered[YEAR["2029-30"]] < moved[YEAR["2029-30"]]


# Collection.


def test_a_point_of_collection_leaves_its_year_and_lands_in_the_next_two() -> None:
    shock: Tree = {"drivers": [{"id": "collection", "persistence": 0, "surprise": {"2028-29": "-1%"}}]}
    moved = gap(blackburn_with(UNANSWERED, shock)) - gap(blackburn_with(UNANSWERED))
    t = YEAR["2028-29"]
    tax = next(part for part in places.parts_of(blackburn()) if part.name == "council_tax")
    expected = np.zeros(10)
    expected[t + 1] = expected[t + 2] = 0.01 * float(tax.views.actual[t, 0]) / 2
    assert moved == pytest.approx(expected, abs=1)


# Pay.


def test_a_point_of_pay_moves_the_gap_by_a_hundredth_of_the_bill_before_the_award() -> None:
    """Care fees held and no employers' costs: the printed bill, at pay before the award, and nothing else."""
    held = next(driver for driver in blackburn().drivers if driver.id == "care_fees")
    links = {"central_from": [], "follows": []}
    for name in links:
        kept = [link for link in getattr(held, name) if link.driver != "pay_award"]
        links[name] = [{"driver": link.driver, "lag": link.lag, "weight": link.weight.used} for link in kept]
    alone: Tree = {
        "drivers": [{"id": "care_fees", **links}, {"id": "pay_award", "floor": None}],
        "agencies": [{"id": "blackburn", "employer_costs": None}],
        "rules": {"accommodation": {"share": "0%"}},
    }
    t = YEAR["2027-28"]
    more = copy.deepcopy(alone)
    year_award = float(np.expm1(np.diff(index(blackburn_with(alone), "pay_award"), prepend=0.0))[t])
    # One point on the award: log(1 + award + 1%) above log(1 + award).
    surprise = np.log1p(year_award + 0.01) - np.log1p(year_award)
    more["drivers"][1]["surprise"] = {"2027-28": f"{100 * surprise:.12f}%"}
    base, raised = blackburn_with(alone), blackburn_with(more)
    moved = (gap(raised) - gap(base))[t]
    printed = float(pay_bill(compile_scenario(base), "blackburn", "pay_award")[t])
    assert moved == pytest.approx(0.01 * printed, abs=10_000)
    # The bill of the base year, as printed, at pay before the award and the year's demand.
    start = base_exposure(compile_scenario(base), "blackburn", "pay_award")
    assert printed == pytest.approx(start * float(np.exp(index(base, "pay_award")[t - 1])), rel=0.02)


# Each judgement a switch.


def with_variant(found: Scenario, variant: Variant) -> dict[str, Floats]:
    compiled = compile_scenario(found)
    return project(compiled, DriverPaths(compiled, 1).block(0), (variant,), 1).measures


ENTERED = Variant("as entered", acts=True)


@pytest.mark.parametrize(
    ("variant", "overlay"),
    [
        (Variant("x", acts=True, accommodated=False), {"rules": {"accommodation": None}}),
        (
            Variant("x", acts=True, capacity=0.5),
            {"rules": {"savings_response": {"yearly_capacity": "2%", "total_capacity": "10%"}}},
        ),
        (Variant("x", acts=True, rule=LIMIT_KEPT), TAX_KEPT),
        (Variant("x", acts=True, rule="extended"), {"rules": {"high_needs_override": {"then": "extended"}}}),
        (Variant("x", acts=True, rule="absorbed"), {}),
        (
            Variant("x", acts=True, rule="falls_on_general_fund"),
            {"rules": {"high_needs_override": {"then": "falls_on_general_fund"}}},
        ),
    ],
    ids=["accommodation", "capacity", "tax past the settlement", "extended", "absorbed", "falls"],
)
def test_a_switch_is_the_same_as_entering_what_it_stands_for(variant: Variant, overlay: Tree | Path) -> None:
    switched = with_variant(blackburn(), variant)
    entered = with_variant(blackburn_with(overlay) if overlay else blackburn(), ENTERED)
    for name in (
        "gap",
        "use_of_reserves",
        "unfunded_gap",
        "usable_reserves",
        "savings_delivered",
        "high_needs_deficit",
    ):
        assert switched[name] == pytest.approx(entered[name], abs=0.01), name
    plain = with_variant(blackburn(), ENTERED)
    assert (np.abs(switched["gap"] - plain["gap"]).max() > 1e5) == (variant.rule != "absorbed")


def test_each_switch_is_shown_with_its_effect() -> None:
    results = simulate(blackburn(), paths=1_000)
    table = results.switches[(results.switches.outcome == "unfunded_gap") & (results.switches.year == "any")]
    worse = table.set_index("switch").probability
    entered = results.chances[
        (results.chances.outcome == "unfunded_gap")
        & (results.chances["view"] == "after_action")
        & (results.chances.year == "any")
    ].probability.iloc[0]
    assert worse["no accommodation"] > entered and worse["savings capacity halved"] > entered
    assert worse["tax limit kept past the settlement"] < entered
    assert worse["override falls_on_general_fund"] > worse["override absorbed"] == entered


# What managers do.

RESPONSE: Tree = {
    "yearly_capacity": "0%", "total_capacity": "0%", "recurrent": "80%", "covered_once": "0%",
    "brake_share": "0%", "brake_cap": "0%", "surplus_banked": "100%",
}  # fmt: skip
SURE: Tree = {"green": "100%", "amber": "50%", "red": "0%", "new": "100%", "sd": "0%",
              "organisation_weight": "0%", "system_share": "0%"}  # fmt: skip


def test_doing_nothing_leaves_out_approved_savings_and_only_them() -> None:
    saving = {"id": "s", "name": "S", "amounts": {NEXT: 4}, "rag": "amber", "recurrent": "50%"}
    body = council(spending=[line("services", 110)], savings=[saving])
    found = scenario(agencies=[body], rules={"delivery": SURE, "savings_response": RESPONSE})
    outcome = central(found, (*VIEWS, DO_NOTHING))
    before, _, nothing = (outcome.measures["gap"][v, 0, :, 0] / 1e6 for v in range(3))
    assert before == pytest.approx([10, 9, 9, 9, 9]) and nothing == pytest.approx([10] * 5)
    delivered = outcome.measures["savings_delivered"][:, 0, 0, 0] / 1e6
    assert delivered == pytest.approx([2, 2, 0])


def in_need(**rules: Any) -> Scenario:
    """Spends 112 against 100 with reserves of 10: 2 short in the first year, 12 in every later one."""
    body = council(spending=[line("services", 112)])
    return scenario(agencies=[body], rules={"savings_response": RESPONSE, **rules})


def test_support_is_measured_before_it_is_granted_and_then_repaid_as_debt() -> None:
    without = central(in_need())
    late: Tree = {"support_late": "0%", "support_years": 20, "capitalisation_rate": "6%"}
    granted = central(in_need(**late))
    charge = 0.06 / (1 - 1.06**-20)
    money = {name: amount[1, 0, :, 0] / 1e6 for name, amount in granted.measures.items()}
    assert money["support_granted"][0] == pytest.approx(2)
    assert money["support_cost"][:2] == pytest.approx([0, 2 * charge])
    assert money["gap"][:2] == pytest.approx([12, 12 + 2 * charge])
    assert money["support_granted"][1] == pytest.approx(12 + 2 * charge)
    for name in ("needs_support", "unfunded_gap"):
        assert np.array_equal(without.outcomes[name][1, 0, :1], granted.outcomes[name][1, 0, :1])
    assert not granted.measures["support_granted"][0].any()
    always_late = central(in_need(**{**late, "support_late": "100%"}))
    assert not always_late.measures["support_granted"].any()


def test_granting_support_leaves_the_chance_of_needing_it_and_raises_what_later_years_cost() -> None:
    poor: Tree = {"years": 6, "agencies": [{"id": "blackburn", "reserves": {"usable_share": "20%"}}]}
    granted, refused = (on_paths(blackburn_with(poor, {"rules": {"support_years": over}})) for over in (20, None))
    needed, without = (np.logical_or.accumulate(one.outcomes["needs_support"], axis=2) for one in (granted, refused))
    assert np.array_equal(needed, without) and 0.1 < needed[1, 0, -1].mean() < 0.9
    given, cost = (granted.measures[name][1, 0] for name in ("support_granted", "support_cost"))
    charge = 0.06 / (1 - 1.06**-20)
    assert cost[1:] == pytest.approx(charge * np.cumsum(given, axis=0)[:-1]) and (cost[0] == 0).all()
    assert ((cost[-1] > 0) == (given[:-1] > 0).any(axis=0)).all() and (given > 0).any(axis=0).mean() > 0.1
    assert not refused.measures["support_cost"].any()
    for name, amount in granted.measures.items():
        assert np.array_equal(amount[0], refused.measures[name][0]), name


def test_support_that_is_entered_is_repaid_as_debt_on_every_view() -> None:
    support = {"id": "support", "name": "Support", "amounts": {BASE: 0, NEXT: 5, "2027-28": 3, "2028-29": 0}}
    debt = {"outstanding": 10, "rate": "5%", "maturing": "0%", "mrp": 1, "mrp_growth": "0%"}
    charge = 0.06 / (1 - 1.06**-20)
    over: Tree = {"support_years": 20, "capitalisation_rate": "6%"}
    for owed, before in ((None, 0.0), (debt, 1.5)):
        costs = {}
        for exceptional in (False, True):
            body = council(funding={"grants": [{**support, "exceptional": exceptional}]}, debt=owed)
            costs[exceptional] = central(scenario(agencies=[body], rules=over)).measures
        for view in (0, 1):
            more = costs[True]["financing_costs"][view, 0, :, 0] / 1e6
            assert more == pytest.approx([before, before + 5 * charge, *[before + 8 * charge] * 3])
            assert costs[False]["financing_costs"][view, 0, :, 0] / 1e6 == pytest.approx([before] * 5)
            dearer = (costs[True]["gap"] - costs[False]["gap"])[view, 0, :, 0] / 1e6
            assert dearer == pytest.approx(more - before)


def test_futures_that_a_response_makes_worse_are_counted() -> None:
    """A surplus of 20 is spent after action and banked before it; the 25 that fall short later are then missed."""
    risk = driver("luck", kind="growth", spread="0%", surprise={NEXT: "-22.3143551314%", "2027-28": "44.6287102628%"})
    body = council(spending=[line("services", 100, demand="luck")], reserves={"gf_unallocated": 0})
    found = scenario(
        agencies=[body], drivers=[risk], years=2, rules={"savings_response": {**RESPONSE, "surplus_banked": "0%"}}
    )
    results = simulate(found, paths=1_000)
    worse = results.chances[results.chances.outcome == "made_worse"].set_index("year").probability
    assert worse["by 2026-27"] == 0 and worse["by 2027-28"] == 1
    kept = results.kept["unfunded_gap"].cumsum(axis=2)
    assert ((kept[1] - kept[0] > HALF_PENNY).mean(axis=-1)[0] == [0, 1]).all()
    calm = simulate(scenario(agencies=[body], drivers=[driver("luck", long_run="1%")]), paths=1_000)
    assert not calm.chances[calm.chances.outcome == "made_worse"].probability.any()


# Spread and history.


def own_spread(paths: int) -> dict[str, Floats]:
    """The sd of a council's cost about the nation's after 1, 2, 3, 5 and 7 years, in per cent, own risk whole."""
    found = blackburn()
    compiled = replace(compile_scenario(found), own_risk_share=1.0)
    lines = {"adults": ("adult_care",), "children": ("child_placements", "child_services")}
    spread: dict[str, list[Floats]] = {name: [] for name in lines}
    for number in range(paths // 1_000):
        prices = Prices(DriverPaths(compiled, 1).block(number))
        for name, parts in lines.items():
            held = [line for line in compiled.lines if line.id in parts]
            cost = [sum(line.cost(prices.pair(compiled.pairs[line.pair])[view]) for line in held) for view in (0, 2)]
            spread[name].append(np.log(cost[0] / cost[1]))
    return {name: np.concatenate(found, axis=1).std(axis=1)[[0, 1, 2, 4, 6]] * 100 for name, found in spread.items()}


HISTORY = {"adults": [5.3, 7.4, 8.5, 10.1, 10.1], "children": [6.9, 10.2, 12.5, 15.5, 17.3]}


@pytest.mark.parametrize("paths", [2_000, pytest.param(50_000, marks=pytest.mark.prove)])
def test_a_councils_own_cost_spreads_as_history_has_it(paths: int) -> None:
    found = own_spread(paths)
    for name, points in HISTORY.items():
        assert np.abs(found[name] - points).max() < 1.6, (name, found[name])


@pytest.mark.parametrize("paths", [2_000, pytest.param(50_000, marks=pytest.mark.prove)])
def test_earnings_err_as_official_forecasts_do_and_with_prices(paths: int) -> None:
    compiled = compile_scenario(blackburn())
    growth = {}
    for name in ("earnings", "cpi"):
        level = places.levels(compiled, name, paths)
        central_growth = np.log1p(compiled.drivers[place_of(compiled, name)].central)
        growth[name] = (np.diff(level, axis=0, prepend=0.0) - central_growth[:, None])[1:6] * 100
    errors = growth["earnings"].std(axis=1)
    assert errors.min() > 1.55 and errors.max() < 2.45, errors
    together = [np.corrcoef(growth["earnings"][t], growth["cpi"][t])[0, 1] for t in range(5)]
    assert min(together) > 0.63 and max(together) < 0.82, together
