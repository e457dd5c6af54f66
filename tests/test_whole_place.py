"""A place with bodies of every kind: what one pays another receives, what each regime does with its money, in small."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from places import (
    BASE,
    NEXT,
    ROOT,
    Tree,
    basket,
    central,
    charity,
    combined,
    contract,
    council,
    driver,
    icb,
    income,
    line,
    merged,
    nhs,
    on_paths,
    outside,
    police,
    scenario,
    trust,
    whole_place,
    whole_tree,
)
from test_plain_double import BASIC, DOUBTFUL, REGIMES, SUPPORTED, TOTAL, gains, pooled

from simulator.compiled import OUTSIDE, Floats
from simulator.drivers import DriverPaths
from simulator.identities import residuals
from simulator.money import HALF_PENNY
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.problems import ScenarioError
from simulator.projection import project
from simulator.run import Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.settlements import place_years
from simulator.variants import MEASURES, OUTCOMES, VIEWS, Outcome, holders

THIRD, FOURTH = "2027-28", "2028-29"
BEFORE, AFTER = 0, 1
PATHS = 1_000
PLAIN: Tree = {
    "headroom": 1, "name": "A small place", "place": {"id": "small", "name": "Small"}, "base_year": BASE,
    "as_at": "2026-11-22", "budget_year": NEXT, "years": 5, "money": "£m",
}  # fmt: skip
EVERYTHING = (*BASIC, pooled("waterfall", risk_pool=3), gains(lines=["staff"]), TOTAL)


@cache
def whole() -> Scenario:
    """Every kind of body and agreement, in every regime."""
    return whole_place(*EVERYTHING, regime=REGIMES, north=SUPPORTED)


@cache
def whole_run() -> Results:
    return simulate(whole(), paths=PATHS)


def small(*bodies: Tree, agreements: tuple[Tree, ...] = (), regime: str = "individual", **law: Any) -> Scenario:
    """A place of a few bodies in which nothing moves but what is stated."""
    return scenario(agencies=list(bodies), agreements=list(agreements), rules=nhs(regime, **law))


def of(found: Scenario, outcome: Outcome, name: str, measure: str, view: int = BEFORE) -> Floats:
    """A measure of one body by year on the first path, in £m."""
    compiled = compile_scenario(found)
    row = compiled.agency_ids.index(name) - holders(compiled, MEASURES[measure]).start
    return outcome.measures[measure][view, row, :, 0] / 1e6


def happens(found: Scenario, outcome: Outcome, name: str, test: str) -> list[bool]:
    """Whether an outcome is met by one body in each year on the first path, before action."""
    compiled = compile_scenario(found)
    row = compiled.agency_ids.index(name) - holders(compiled, OUTCOMES[test]).start
    return [bool(met) for met in outcome.outcomes[test][BEFORE, row, :, 0]]


def spends(amount: float, **more: Any) -> Tree:
    """Spending known of the first projected year and then as in the base year."""
    return {"spending": [line("services", 100, amounts={NEXT: amount, THIRD: 100}, **more)]}


# What one pays another receives.


def test_every_bodys_gap_is_rebuilt_from_its_own_parts_and_the_log() -> None:
    """To half a penny on every path, in both views: nothing else reaches a body."""
    compiled = compile_scenario(whole())
    block = DriverPaths(compiled, 1).block(0)
    position, outcome = price(compiled, block, itemised=True), project(compiled, block)
    m = outcome.measures
    assert max(residuals(compiled, outcome).values()) < HALF_PENNY
    for a in range(len(compiled.agency_ids)):
        parts = sum(part.flow * part.views.actual for part in position.parts[a] if not part.between)
        made = parts - position.accommodation[a] + np.zeros_like(m["gap"][:, a])
        for entry, payment in enumerate(compiled.agreed.payments):
            # Systems and support settle after the gap.
            if payment.tier <= 3:
                made = made + outcome.payments[entry] * (float(payment.payer == a) - float(payment.payee == a))
        made[:, :, :] += np.nan_to_num(added(compiled, m, a))
        going = alive(compiled, m, a)
        assert np.abs(np.where(going, m["gap"][:, a] - made, 0)).max() < HALF_PENNY, compiled.agency_ids[a]
        assert not np.where(going, 0, m["gap"][:, a]).any()


def added(compiled: Any, m: dict[str, Floats], a: int) -> Floats:
    """What earlier years and choices add to a body's gap, `[view, year, path]`."""
    own = {name: m[name][:, a - holders(compiled, MEASURES[name]).start] for name in (
        "underlying_adjustment", "support_cost", "tax_raised", "brought_forward",
    ) if 0 <= a - holders(compiled, MEASURES[name]).start < m[name].shape[1]}  # fmt: skip
    saved = np.zeros_like(m["gap"][:, a])
    saved[:, 1:] = m["recurrent_savings"][:, a, :-1]
    total = sum((amount * (-1 if name == "tax_raised" else 1) for name, amount in own.items()), start=-saved)
    return np.asarray(total)


def alive(compiled: Any, m: dict[str, Floats], a: int) -> Any:
    """Whether a body had not failed when the year began, `[view, year, path]`."""
    going = np.ones(m["gap"][:, a].shape, dtype=bool)
    row = a - holders(compiled, MEASURES["failed"]).start
    if row >= 0:
        going[:, 1:] = m["failed"][:, row, :-1] == 0
    return going


def test_what_bodies_receive_and_pay_on_balance_is_what_crosses_the_edge_of_the_place() -> None:
    compiled, outcome = compile_scenario(whole()), on_paths(whole())
    net = (outcome.measures["transfers_in"] - outcome.measures["transfers_out"]).sum(axis=1)
    crossed = np.zeros_like(net)
    for payment, amount in zip(compiled.agreed.payments, outcome.payments, strict=True):
        crossed += amount * (float(payment.payer == OUTSIDE) - float(payment.payee == OUTSIDE))
    assert np.abs(net - crossed).max() < HALF_PENNY
    assert np.abs(crossed).max() > 1e6


def test_a_place_is_the_sum_of_its_bodies_and_its_parts_add_up_to_the_whole() -> None:
    """Whatever the place shares, in place and elsewhere make the whole, flows between bodies included."""
    shares = {name: {"place_share": part} for name, part in (("board", "20%"), ("north", "35%"), ("police", "10%"))}
    found = whole_place(*EVERYTHING, regime=REGIMES, **merged({"north": SUPPORTED}, shares))
    compiled, outcome = compile_scenario(found), on_paths(found)
    names = tuple(view.name for view in VIEWS)
    table = place_years(compiled, names, outcome.measures, outcome.payments)
    mean = table.set_index(["basis", "measure", "view", "year"])["mean"].sort_index()
    for measure in ("spending", "funding", "gap", "paid_outside", "received_outside"):
        parts = mean["in_place", measure] + mean["elsewhere", measure]
        assert np.abs(parts - mean["whole", measure]).max() < 0.5
    gap = outcome.measures["gap"].sum(axis=1).mean(axis=-1)
    assert np.abs(mean["whole", "gap"].unstack().loc[list(names)].to_numpy() - gap).max() < 0.5
    assert (mean["whole", "between_unmatched"] == 0).all() and (mean["in_place", "between_unmatched"] != 0).any()


# Nothing hangs on names or order.


def turned(value: Any) -> Any:
    """A tree with every mapping and list the other way round."""
    if isinstance(value, dict):
        return {key: turned(part) for key, part in reversed(value.items())}
    return [turned(part) for part in reversed(value)] if isinstance(value, list) else value


def every_byte(found: Scenario) -> dict[str, bytes]:
    outcome = on_paths(found)
    kept = {name: amount.tobytes() for name, amount in outcome.measures.items()}
    return kept | {f"{name}?": happened.tobytes() for name, happened in outcome.outcomes.items()}


NO_DRAWS = (*BASIC, pooled("capped", caps={"town": 0.5}, residual_bearer="board"), gains(lines=["staff"]), TOTAL)


@cache
def undrawn() -> Tree:
    """A place in which nothing draws by the name of an agreement, with several of each kind."""
    more = (
        contract("zebra", "board", "north", 11.1, "activity", activity="need"),
        contract("ape", "board", "north", 7.3, "blended", activity="need", price="tariff", variable="30%"),
        contract("cat", "board", "north", 3.7, "activity", price="tariff"),
    )
    return whole_tree(*NO_DRAWS, *more, regime=REGIMES, north=SUPPORTED)


def test_the_order_in_a_file_changes_no_byte() -> None:
    assert every_byte(scenario(**turned(undrawn()))) == every_byte(scenario(**undrawn()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_agreements_are_called_changes_no_byte(seed: int) -> None:
    """Where nothing draws by name: every agreement has the id of another."""
    tree = undrawn()
    names = [one["id"] for one in tree["agreements"]]
    called = dict(zip(names, np.random.default_rng(seed).permutation(names).tolist(), strict=True))
    other = copy.deepcopy(tree)
    for one in other["agreements"]:
        one["id"] = called[one["id"]]
        if one.get("agreements"):
            one["agreements"] = [called[name] for name in one["agreements"]]
    assert called != {name: name for name in names}
    assert every_byte(scenario(**other)) == every_byte(scenario(**tree))


def test_a_place_share_changes_no_byte_of_any_body() -> None:
    """From 9.8% to 20%: the view of the place moves, and nothing else."""
    runs = [
        simulate(whole_place(*EVERYTHING, regime=REGIMES, north=SUPPORTED, board={"place_share": share}), paths=PATHS)
        for share in ("9.8%", "20%")
    ]
    one, other = runs
    for table in ("agency_years", "chances", "switches", "lines", "parts", "transfers", "net_risk", "waterfall"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)
    assert all(one.kept[name].tobytes() == other.kept[name].tobytes() for name in one.kept)
    assert not one.place_years["mean"].equals(other.place_years["mean"])


# Who feels what.


def moved(one: Scenario, other: Scenario) -> set[str]:
    """The bodies of which any measure or outcome differs between two places."""
    compiled, (first, second) = compile_scenario(one), (on_paths(found) for found in (one, other))
    found = set[str]()
    for table, kept in ((MEASURES, ("measures",)), (OUTCOMES, ("outcomes",))):
        for name, kinds in table.items():
            before, after = (getattr(outcome, kept[0]).get(name) for outcome in (first, second))
            if before is not None:
                start = holders(compiled, kinds).start
                apart = [a for a in range(before.shape[1]) if not np.array_equal(before[:, a], after[:, a])]
                found |= {compiled.agency_ids[start + a] for a in apart}
    return found


def with_kind(kind: str, *others: Tree, **terms: Any) -> Scenario:
    """The place where the southern trust's contract is of a kind."""
    south = contract("south_care", "board", "south", 110, kind, activity="need", price="tariff", **terms)
    return whole_place(BASIC[0], south, *BASIC[2:], *others, regime=REGIMES)


def test_switching_one_contract_moves_its_two_parties_alone() -> None:
    assert moved(with_kind("block"), with_kind("activity")) == {"board", "south"}


def test_and_those_after_them_by_tier() -> None:
    """With a control total the third member feels it too; pools and shares that read it not at all do not."""
    assert moved(with_kind("block", TOTAL), with_kind("activity", TOTAL)) == {"board", "south", "north"}
    apart = pooled("pro_rata")
    assert moved(with_kind("block", apart), with_kind("activity", apart)) == {"board", "south"}


def test_a_gain_share_reads_what_an_earlier_tier_paid() -> None:
    """Judged on the southern contract, it moves the northern trust with it."""
    reads = gains(agreements=["south_care"])
    assert moved(with_kind("block", reads), with_kind("activity", reads)) == {"board", "south", "north"}


def disputing(name: str, driver_: str, *agreements: Tree) -> Scenario:
    return whole_place(*BASIC, *agreements, **{name: {"beliefs": [{"driver": driver_, "growth": {THIRD: "8%"}}]}})


@pytest.mark.parametrize(
    ("name", "driver_"), [("north", "need"), ("south", "tariff"), ("board", "core"), ("town", "aid")]
)
def test_a_disputed_belief_moves_only_that_body(name: str, driver_: str) -> None:
    """Whatever it buys, sells or pools: payments rest on what all have agreed."""
    agreements = (pooled("pro_rata"), gains(lines=["staff"]))
    found = moved(whole_place(*BASIC, *agreements), disputing(name, driver_, *agreements))
    # What the southern trust believes of a tariff moves nothing at all.
    assert found == (set() if driver_ == "tariff" else {name})


def test_a_disputed_belief_moves_no_contract_that_is_known_of_a_later_year() -> None:
    known = contract("north_care", "board", "north", 180, "activity", activity="need", price="tariff")
    known["amounts"][FOURTH] = 190
    belief = {"beliefs": [{"driver": "need", "growth": {THIRD: "8%"}}]}
    assert moved(whole_place(known), whole_place(known, north=belief)) == {"north"}


@pytest.mark.parametrize("agreement", [pooled("pro_rata"), gains(lines=["staff"])], ids=["pool", "gain share"])
@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_disputed_belief_moves_no_payment_for_lines_known_of_a_later_year(agreement: Tree, name: str) -> None:
    """What a pool or a gain share pays for is laid on what all have agreed, the line on what its body believes."""
    known = {one: {"spending": changes["spending"]} for one, changes in DOUBTFUL.items()}
    doubted = merged(known, {name: {"beliefs": DOUBTFUL[name]["beliefs"]}})
    assert moved(whole_place(*BASIC, agreement, **known), whole_place(*BASIC, agreement, **doubted)) == {name}


def test_a_disputed_floor_reaches_the_bodys_own_lines_and_nobody_elses() -> None:
    """Pay may not fall below the living wage, which one body believes will rise by more."""

    def found(**beliefs: Any) -> Scenario:
        bodies = [
            trust(name, spending=[line("staff", basket="office")], **beliefs.get(name, {})) for name in ("a", "b")
        ]
        drivers = [driver("least", long_run="2%"),
                   driver("pay", long_run="2%", floor={"driver": "least", "ratio": 1.0, "share": "50%"})]  # fmt: skip
        return scenario(agencies=bodies, drivers=drivers, baskets=[basket("office", pay="100%")], rules=nhs())

    dearer = found(a={"beliefs": [{"driver": "least", "growth": {NEXT: "10%"}}]})
    first, plain = central(dearer), central(found())
    assert of(dearer, first, "b", "spending").tolist() == of(dearer, plain, "b", "spending").tolist()
    # Half of 100 rises by 10% and half by 2%.
    assert of(dearer, first, "a", "spending")[0] == pytest.approx(106)


# £5m left over, and £2m too much.


def test_five_million_left_over_is_kept_by_councils_and_trusts_and_lost_to_an_icb() -> None:
    found = small(council(**spends(95)), trust(**{"spending": spends(95)["spending"]}), icb(**spends(95)))
    outcome = central(found)
    assert of(found, outcome, "town", "gf_unallocated")[0] + of(found, outcome, "town", "earmarked_reserves")[
        0
    ] == pytest.approx(15)
    assert of(found, outcome, "north", "cash").tolist() == pytest.approx([15] * 5)
    assert of(found, outcome, "board", "lapsed").tolist() == pytest.approx([5, 0, 0, 0, 0])
    assert of(found, outcome, "board", "brought_forward").tolist() == pytest.approx([0] * 5)
    assert of(found, outcome, "board", "funding").tolist() == pytest.approx([100] * 5)


def test_what_an_icb_may_carry_comes_once_in_the_next_year() -> None:
    found = small(icb(**spends(95)), carry_forward="40%")
    outcome = central(found)
    # What it brings is left over in turn, and 40% of that again.
    assert of(found, outcome, "board", "brought_forward").tolist() == pytest.approx([0, -2, -0.8, -0.32, -0.128])
    assert of(found, outcome, "board", "lapsed").tolist() == pytest.approx([3, 1.2, 0.48, 0.192, 0.0768])


def test_an_icb_repays_what_it_overspent_in_equal_parts_within_the_cap() -> None:
    """By hand: 3 over, 1 a year from the next on, within 2% of 100; each repayment is met by an overspend no more."""
    found = small(icb(spending=[line("services", 100, amounts={NEXT: 103, THIRD: 99})]), repayment_cap="2%")
    outcome = central(found)
    assert of(found, outcome, "board", "owed").tolist() == pytest.approx([3, 2, 1, 0, 0])
    assert of(found, outcome, "board", "repayment").tolist() == pytest.approx([0, 1, 1, 1, 0])
    assert of(found, outcome, "board", "lapsed").tolist() == pytest.approx([0, 0, 0, 0, 1])
    tight = small(icb(spending=[line("services", 100, amounts={NEXT: 103, THIRD: 99})]), repayment_cap="0.5%")
    assert of(tight, central(tight), "board", "repayment").tolist() == pytest.approx([0, 0.5, 0.5, 0.5, 0.5])


def test_a_ring_fenced_overspend_of_two_costs_the_general_fund_two() -> None:
    grant = income("grant", 40, specific=True, ring_fence="public_health")
    body = council(
        funding={"grants": [grant]},
        spending=[line("services"), line("public_health", 40, amounts={NEXT: 42, THIRD: 40})],
    )
    found = small(body)
    assert of(found, central(found), "town", "gf_unallocated").tolist() == pytest.approx([8] * 5)


def test_a_trust_short_of_its_least_cash_draws_support_whose_dividend_it_pays_from_the_next_year() -> None:
    """By hand: cash 10, deficits of 4 in two years; 5 days of 104 and a dividend of 3.5%."""
    body = trust(cash=6, minimum_cash_days=7.3, spending=[line("staff", 100, amounts={NEXT: 104, THIRD: 100})])
    found = small(body)
    outcome = central(found)
    # 7.3 days of 104 are 2.08, so 0.08 is drawn in the first year.
    assert of(found, outcome, "north", "cash_support_drawn")[0] == pytest.approx(0.08)
    assert of(found, outcome, "north", "brought_forward")[:2].tolist() == pytest.approx([0, 0.0028])
    assert happens(found, outcome, "north", "needs_cash_support")[0]


# Systems.


def three(regime: str, **more: Any) -> Scenario:
    """A trust 3 above and a trust 5 below break-even in the first projected year, in one system."""
    total = {"id": "system", "name": "system", "kind": "control_total", "members": [
        {"agency": "north", "incentive": {NEXT: 10}}, {"agency": "south"}], "system_share": "30%"}  # fmt: skip
    bodies = (trust(spending=spends(97)["spending"]), trust("south", spending=spends(105)["spending"], cash=50))
    return small(*bodies, agreements=({**total, **more},), regime=regime)


def test_in_the_system_regime_3_above_and_5_below_are_one_breach_that_both_share() -> None:
    found = three("system")
    outcome, compiled = central(found), compile_scenario(found)
    assert of(found, outcome, "north", "transfers_out")[0] - of(found, outcome, "north", "transfers_in")[0] == (
        pytest.approx(3 - 7)
    )
    assert of(found, outcome, "south", "system_support")[0] == pytest.approx(3)
    assert outcome.missed[BEFORE, 0, :, 0].tolist() == [True, False, False, False, False]
    assert not happens(found, outcome, "south", "missed_plan")[0]
    assert compiled.agreed.systems[0].name == "system"


def test_where_bodies_stand_alone_nothing_is_netted_and_one_body_is_5_short() -> None:
    for regime in ("individual", "organisation"):
        found = three(regime)
        outcome = central(found)
        assert of(found, outcome, "south", "system_support")[0] == 0
        assert of(found, outcome, "south", "adjusted_performance")[0] == pytest.approx(-5)
        assert happens(found, outcome, "south", "missed_plan")[0]
        assert not happens(found, outcome, "north", "missed_plan")[0]
        assert not outcome.missed.any()


def test_the_trust_above_plan_loses_exactly_what_is_tied_to_the_system() -> None:
    paid = {
        regime: of(three(regime), central(three(regime)), "north", "system_support")[0]
        for regime in ("individual", "organisation")
    }
    assert paid == pytest.approx({"individual": 10, "organisation": 7})


def test_what_a_system_is_short_of_is_shared_in_the_same_year_or_the_next() -> None:
    """2 missed: the south receives it, the north bears 60% and the south the rest of its own."""
    members = [{"agency": "north", "loss_share": "60%"}, {"agency": "south", "loss_share": "40%"}]
    now = three("system", members=members, offsets=False, system_share=None)
    outcome = central(now)
    assert of(now, outcome, "south", "system_support").tolist() == pytest.approx([1.2, 0, 0, 0, 0])
    assert of(now, outcome, "north", "system_support").tolist() == pytest.approx([-1.2, 0, 0, 0, 0])
    # Paid a year later, the 1.2 is in the positions of that year: 1.2 above and 1.2 below, so nothing is missed again.
    later = three("system", members=members, offsets=False, system_share=None, loss_paid="next_year")
    outcome = central(later)
    assert of(later, outcome, "south", "system_support").tolist() == pytest.approx([0, 1.2, 0, 0, 0])
    assert of(later, outcome, "north", "adjusted_performance").tolist() == pytest.approx([3, -1.2, 0, 0, 0])


def supported(spent: float, regime: str = "individual", **more: Any) -> tuple[Scenario, Outcome]:
    """A trust that plans to break even with 4 of support, in a year in which it spends."""
    body = trust(deficit_support={NEXT: 4}, spending=spends(spent)["spending"], cash=50, **more)
    found = small(body, regime=regime)
    return found, central(found)


def test_deficit_support_is_withheld_where_the_plan_is_missed_by_more_than_the_tolerance() -> None:
    """Support of 4; half a per cent of 104.5 is 0.5225, of 104.6 0.523: 0.5 over keeps it, 0.6 over loses a quarter."""
    for spent, paid in ((104, 4), (104.5, 4), (104.6, 3)):
        found, outcome = supported(spent)
        assert of(found, outcome, "north", "deficit_support")[0] == pytest.approx(paid)
        assert happens(found, outcome, "north", "support_withheld")[0] == (paid < 4)
        assert of(found, outcome, "north", "adjusted_performance")[0] == pytest.approx(100 - spent + paid)


def test_a_planned_deficit_moves_the_test_of_the_plan_and_is_met_from_cash_all_the_same() -> None:
    found, outcome = supported(106, planned_deficit={NEXT: 2})
    assert of(found, outcome, "north", "deficit_support")[0] == pytest.approx(4)
    assert not happens(found, outcome, "north", "missed_plan")[0]
    assert happens(found, outcome, "north", "missed_break_even")[0]
    assert of(found, outcome, "north", "cash")[0] == pytest.approx(48)
    assert of(found, outcome, "north", "off_plan")[0] == pytest.approx(0)


def test_a_planned_surplus_is_the_least_that_meets_the_plan() -> None:
    """A surplus of 1 where 2 was planned is 1 off plan, and breaks even all the same."""
    body = trust(planned_surplus={NEXT: 2}, spending=spends(99)["spending"])
    found = small(body)
    outcome = central(found)
    assert of(found, outcome, "north", "off_plan").tolist() == pytest.approx([1, 0, 0, 0, 0])
    assert happens(found, outcome, "north", "missed_plan") == [True, False, False, False, False]
    assert not any(happens(found, outcome, "north", "missed_break_even"))


# A charity that fails.


def failing(**more: Any) -> Scenario:
    """A charity with 1 of reserves that spends 12 of the 10 it has: 4 from the town, 3 from others, 3 given."""
    body = charity(funding={"income": [income("gifts", 3)]}, spending=[line("beds", 10, amounts={NEXT: 12})], **more)
    deals = (contract("beds_paid", "town", "hospice", 4), contract("grants", "nation", "hospice", 3))
    return small(council(spending=[line("services", 96)]), body, outside(), agreements=deals)


def test_a_charity_that_fails_is_gone_and_who_paid_it_pays_a_multiple() -> None:
    """By hand: 1 of reserves meets half of the shortfall of 2; from the next year the town pays 6 instead of 4."""
    found = failing()
    outcome, compiled = central(found), compile_scenario(found)
    assert of(found, outcome, "hospice", "unfunded_gap").tolist() == pytest.approx([1, 0, 0, 0, 0])
    assert of(found, outcome, "hospice", "failed")[0] * 1e6 == 1
    for measure in ("spending", "funding", "transfers_in", "gap"):
        assert of(found, outcome, "hospice", measure)[1:].tolist() == [0] * 4, measure
    assert of(found, outcome, "town", "transfers_out").tolist() == pytest.approx([4, 6, 6, 6, 6])
    assert of(found, outcome, "town", "gf_unallocated").tolist() == pytest.approx([10, 8, 6, 4, 2])
    paid = {(p.agreement, p.names[1]): outcome.payments[e, 0, 1:, 0].mean() / 1e6
            for e, p in enumerate(compiled.agreed.payments)}  # fmt: skip
    assert paid == pytest.approx({
        ("beds_paid", "hospice"): 0, ("grants", "hospice"): 0,
        ("beds_paid", "other providers"): 6, ("grants", "other providers"): 4.5,
    })  # fmt: skip
    assert max(residuals(compiled, outcome).values()) < HALF_PENNY


def test_who_stands_in_for_a_failed_charity_is_named_as_it_is() -> None:
    compiled = compile_scenario(failing())
    payers = {p.agreement: p.names[0] for p in compiled.agreed.payments if p.names[1] == "other providers"}
    assert payers == {"beds_paid": "town", "grants": "nation"}


def test_a_charity_that_somebody_is_sure_to_keep_afloat_goes_on() -> None:
    found = failing(fails=False)
    outcome = central(found)
    assert not of(found, outcome, "hospice", "failed").any()
    assert of(found, outcome, "hospice", "unfunded_gap").tolist() == pytest.approx([1, 2, 2, 2, 2])
    assert of(found, outcome, "town", "transfers_out").tolist() == pytest.approx([4] * 5)


def test_money_is_conserved_when_one_charity_paid_another_and_had_savings_and_contingency() -> None:
    """Neither saves, sets aside nor pays any more; the other goes without."""
    first = charity(
        delivery_record="100%", spending=[line("beds", 10, amounts={NEXT: 13})],
        contingency={"amounts": {NEXT: 0.2, FOURTH: 0.5}},
        savings=[{"id": "plan", "name": "Plan", "rag": "red", "recurrent": "50%", "amounts": {NEXT: 0.3, FOURTH: 0.4}}],
    )  # fmt: skip
    second = charity("carers", free_reserves=5, spending=[line("visits", 11)])
    found = small(council(), first, second, agreements=(contract("lent", "hospice", "carers", 1),))
    compiled, outcome = compile_scenario(found), central(found)
    assert max(residuals(compiled, outcome).values()) < HALF_PENNY
    assert of(found, outcome, "carers", "transfers_in").tolist() == pytest.approx([1, 0, 0, 0, 0])
    assert of(found, outcome, "carers", "free_reserves").tolist() == pytest.approx([5, 4, 3, 2, 1])
    for measure in ("savings_delivered", "contingency", "lapsed", "transfers_out"):
        assert not of(found, outcome, "hospice", measure)[1:].any(), measure


# What a board reads of it.


def test_what_is_owed_at_month_12_is_what_came_less_what_the_budget_expected() -> None:
    """By hand: activity is 10% above what was expected in one year, and the next budget knows of it."""
    need = driver("need", surprise={NEXT: "10%"})
    deal = contract("deal", "board", "north", 50, "activity", activity="need")
    found = scenario(agencies=[icb(), trust()], agreements=[deal], drivers=[need], rules=nhs())
    rows = simulate(found, paths=PATHS).transfers
    rows = rows[rows["view"] == "before_action"].set_index("year")
    # A surprise is in log points: an index of e to the 0.1.
    index = float(np.exp(0.1))
    assert (rows["mean"] / 1e6).tolist() == pytest.approx([50 * index] * 5)
    assert (rows["planned"] / 1e6).tolist() == pytest.approx([50, *[50 * index] * 4])
    assert (rows["owed_mean"] / 1e6).tolist() == pytest.approx([50 * (index - 1), 0, 0, 0, 0], abs=1e-9)
    assert rows[["payer", "payee", "tier"]].drop_duplicates().to_numpy().tolist() == [["board", "north", 1]]


def test_flows_between_bodies_at_place_shares_by_hand() -> None:
    """Of 10 that a body serving the place by 20% pays one serving it by 35%, 2 cancel here and 6.5 elsewhere."""
    bodies = (icb(place_share="20%"), trust(place_share="35%"), outside())
    deals = (contract("deal", "board", "north", 10), contract("beyond", "nation", "north", 20))
    rows = simulate(small(*bodies, agreements=deals), paths=PATHS).place_years
    first = (
        rows[(rows["year"] == NEXT) & (rows["view"] == "before_action")].set_index(["basis", "measure"])["mean"] / 1e6
    )
    told = {basis: [round(float(first[basis, measure]), 6) for measure in (
        "spending", "received_outside", "between_eliminated", "between_unmatched",
    )] for basis in ("whole", "in_place", "elsewhere")}  # fmt: skip
    assert told == {"whole": [200, 20, 10, 0], "in_place": [55, 7, 2, 1.5], "elsewhere": [145, 13, 6.5, -1.5]}


def test_net_risk_is_what_is_left_off_plan() -> None:
    """Gross risk less mitigation and support, for every NHS body, year and view."""
    results = whole_run()
    rows = results.net_risk.set_index(["measure", "agency", "view", "year"])["mean"].sort_index()
    net = rows["gross_risk"] - rows["mitigation"] - rows["support"]
    assert np.abs(net - rows["net_risk"]).max() < HALF_PENNY
    start = holders(results.compiled, MEASURES["off_plan"]).start
    for (agency, view, year), left in rows["net_risk"].items():
        a = results.compiled.agency_ids.index(agency) - start
        v, t = [one.name for one in results.views].index(view), results.compiled.years.index(year)
        assert left == pytest.approx(results.kept["off_plan"][v, a, t].mean(), abs=HALF_PENNY)
    assert rows["support", "north"].max() > 1e6


def test_the_best_of_what_lowers_risk_is_the_most_of_it() -> None:
    """1 future in 10 has more mitigation than the best; of all else 1 in 10 has less than the best."""
    table = whole_run().net_risk
    helps = table[table.measure.isin(["mitigation", "support"])]
    rest = table.drop(helps.index)
    for rows, sign in ((helps, 1), (rest, -1)):
        best, likely, worst = (sign * rows[part] for part in ("best", "likely", "worst"))
        assert (best >= likely).all() and (likely >= worst).all() and (best > worst).any()


def test_every_measure_has_its_own_unit() -> None:
    """Months of reserves are months and a charity that failed is a share of futures; all else is money."""
    table = whole_run().agency_years
    units = {measure: set(rows.unit) for measure, rows in table.groupby("measure")}
    other = {measure: unit for measure, unit in units.items() if unit != {"£"}}
    assert other == {"reserve_months": {"months"}, "failed": {"share"}}
    assert set(units) == set(MEASURES)
    shares = table[table.unit == "share"]
    assert shares["mean"].between(0, 1).all()
    # Money of a place like this one is never so small.
    assert (table[table.unit != "£"].select_dtypes("number").drop(columns="paths") < 1_000).all(axis=None)


# Every kind of body runs.


def test_police_fire_and_combined_authorities_close_their_books_as_councils_do() -> None:
    bodies = (police(**spends(104)), police("blue", "fire", **spends(95)), combined(**spends(112)))
    found = small(*bodies)
    outcome = central(found)
    reserves = {name: of(found, outcome, name, "gf_unallocated")[0] + of(found, outcome, name, "earmarked_reserves")[0]
                for name in ("police", "blue", "mayor")}  # fmt: skip
    assert reserves == pytest.approx({"police": 6, "blue": 15, "mayor": 0})
    assert of(found, outcome, "mayor", "unfunded_gap")[0] == pytest.approx(2)
    assert happens(found, outcome, "mayor", "duty_breached") == [True, False, False, False, False]


def test_the_place_with_every_kind_of_body_runs_and_its_checks_hold() -> None:
    results = whole_run()
    assert results.checks_hold
    assert set(results.agency_years.agency) == {body.id for body in whole().bodies}
    assert {"any_duty_breached", "two_duties_breached", "system_total_missed"} <= set(results.chances.outcome)
    assert set(results.net_risk.agency) == {"board", "north", "south"}


def test_income_that_begins_after_the_years_projected_is_nought_or_refused_in_words() -> None:
    """It is found faultless, and then nothing can be projected."""
    late = {"id": "late", "name": "late", "amounts": {"2040-41": 5}}
    found = small(icb(funding={"allocations": [income("core"), late]}))
    assert of(found, central(found), "board", "funding").tolist() == pytest.approx([100] * 5)


def test_what_icbs_have_in_2025_26_is_as_published() -> None:
    """Core, primary medical, pharmacy and dental, specialised and running costs make £5,274.718m."""
    found = load(ROOT / "scenarios" / "lancashire.yaml").scenario
    outcome = central(found)
    assert of(found, outcome, "lsc_icb", "funding")[0] == pytest.approx(5_274.718, abs=0.0005)


# What is refused.


def refusals(bodies: list[Tree], agreements: list[Tree], tmp_path: Path) -> str:
    tree = {**PLAIN, "agencies": bodies, "agreements": agreements, "rules": nhs()}
    path = tmp_path / "place.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load(path)
    for problem in refused.value.problems:
        assert problem.rule and problem.remedy, problem
    return "\n".join(map(str, refused.value.problems))


def member(*names: str) -> Tree:
    members = [{"agency": name} for name in names]
    return {"id": "total", "name": "total", "kind": "control_total", "members": members}


def sharing(**more: Any) -> Tree:
    return {**gains(), "provider": "north", **more}


def paid_in(*names: str) -> list[Tree]:
    return [{"agency": name, "amounts": {BASE: 5}} for name in names]


def pool(**more: Any) -> Tree:
    parts = paid_in("town", "board")
    return {"id": "pool", "name": "pool", "kind": "pooled_fund", "host": "town", "contributions": parts,
            "pays_for": {"town": ["services"]}, "share": "pro_rata", **more}  # fmt: skip


DEAL = contract("deal", "board", "north", 5)
WRONG: dict[str, tuple[list[Tree], str]] = {
    "an unknown party": ([contract("deal", "board", "nroth", 5)], "did you mean `north`?"),
    "an unknown member": ([member("board", "nroth")], "did you mean `north`?"),
    "an unknown partner": ([pool(contributions=paid_in("town", "borad"))],
                           "did you mean `board`?"),
    "an unknown line": ([pool(pays_for={"town": ["servces"]})], "did you mean `services`?"),
    "an unknown agreement": ([DEAL, sharing(agreements=["dael"])], "did you mean `deal`?"),
    "an unknown payer of incentives": ([{**member("board", "north"), "incentive_from": "natoin"}],
                                       "did you mean `nation`?"),
    "shares over 100%": ([pool(share="fixed", shares={"town": "60%", "board": "50%"})], "add up to 100%"),
    "loss shares over 100%": ([{**member("board", "north"), "members": [
        {"agency": name, "loss_share": "60%"} for name in ("board", "north")]}], "at most 100%"),
    "a share beyond the whole, in a field beside that of its kind's name": (
        [sharing(lines=["staff"], loss_share="160%")], "agreements.gains.loss_share\n  found:  160%"),
    "a term of its own tier": ([sharing(id="one", agreements=["two"]), sharing(id="two", lines=["staff"])],
                               "a term reads only tiers before its own"),
    "a term that reads itself": ([sharing(agreements=["gains"])], "a term reads only tiers before its own"),
    "a target that begins late": ([sharing(lines=["staff"], target={THIRD: 100})], "a target is known from the first"),
    "a target that begins after the years projected": (
        [sharing(lines=["staff"], target={"2040-41": 100})], "a target is known from the first"),
    "a term of a later tier": ([member("board", "north"), sharing(agreements=["total"])],
                               "a term reads only tiers before its own"),
    "a council in a control total": ([member("board", "town")], "a control total binds NHS bodies"),
    "a contract with itself": ([contract("deal", "board", "board", 5)], "payer and payee are the same"),
    "a contract between strangers": ([contract("deal", "nation", "region", 5)], "has a body with books"),
    "a partner without books": ([pool(contributions=paid_in("town", "nation"))],
                                "has no books"),
    "a body in two systems": ([member("board", "north"), {**member("board", "north"), "id": "other"}],
                              "is in one control total"),
    "a line in two pools": ([pool(), pool(id="other")], "is paid for by one pool"),
    "an unknown kind": ([contract("deal", "board", "north", 5, "blok")], "did you mean `kind: block`?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_agreement_is_refused_in_words_that_teach(case: str, tmp_path: Path) -> None:
    agreements, words = WRONG[case]
    bodies = [council(), icb(), trust(), outside(), outside("region")]
    assert words in refusals(bodies, agreements, tmp_path)


FORBIDDEN: dict[str, tuple[Callable[[], Tree], str]] = {
    "debt of an ICB": (
        lambda: icb(debt={"outstanding": 1, "rate": "4%", "maturing": "5%", "mrp": 0, "mrp_growth": "0%"}),
        "an ICB cannot borrow",
    ),
    "a planned deficit of a council": (lambda: council(planned_deficit={NEXT: 1}), "may not plan a deficit"),
    "a surplus and a deficit": (
        lambda: trust(planned_deficit={NEXT: 1}, planned_surplus={NEXT: 1}),
        "a `planned_deficit` and a `planned_surplus`",
    ),
    "a mayor at a limit that is none": (
        lambda: combined(funding={"council_tax": {"requirement": {BASE: 9}, "band_d": {BASE: 90}}}),
        "a mayoral precept has no referendum limit",
    ),
    "an unknown kind of body": (lambda: {**icb(), "kind": "icbs"}, "did you mean `kind: icb`?"),
}  # fmt: skip


@pytest.mark.parametrize("case", FORBIDDEN)
def test_what_a_regime_forbids_is_refused_in_words_that_teach(case: str, tmp_path: Path) -> None:
    body, words = FORBIDDEN[case]
    assert words in refusals([body()], [], tmp_path)
