"""What a shift does to every body: one programme by hand, who is paid less, and what must hold of any shift."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import BASE, Tree, basket, contract, council, driver, icb, line, scenario, trust, whole_tree
from shifts import SECOND, Tried, gain, kind, one_programme, paid_for, prevention, programme, service, shipped, spread
from test_agreements import CAP_COLLAR
from test_plain_double import BASIC, REGIMES, SUPPORTED, TOTAL

from simulator import agreements
from simulator import prevention as engine
from simulator.bargains import Bargain
from simulator.commissioning import commissioned
from simulator.compiled import LOCAL, Floats
from simulator.drivers import ACTUAL, EXPECTED, DriverPaths
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.prevention import borne, posts, staffed
from simulator.programme_scene import SEEN_AFTER, Scene
from simulator.programme_terms import Shift
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.shift_sizes import split
from simulator.trials import met_in, tried
from simulator.variants import VIEWS, Variant

PENNY = 0.01
FEW = settings(max_examples=25)
PLAN = VIEWS[0]


def plain(*amounts: float) -> Any:
    """Pounds, to half a penny."""
    return pytest.approx(amounts, abs=0.005)


# By hand.


def worked() -> Scenario:
    """A town that pays 70% and a board that pays 30% of visits that spare the town's care, set up and built up."""
    care = service("care", "town", ["services"], growth_cashable="90%", stranded="40%", backfill="10%",
                   withdrawal_years=2, step=0.1)  # fmt: skip
    visits = kind(
        "visits", 5, gain("care", "60%", "50%"), gain("outside", "40%", "0%"), decay="20%", over=3, evidence_grade=2,
        deadweight="20%", setup="20%", build_up=["50%"], double_running="10%", double_running_years=2, basket="bought",
    )  # fmt: skip
    pays = {"town": "70%", "board": "30%"}
    return scenario(
        drivers=[driver("need", long_run="0.5%"), driver("wages", long_run="2%")],
        baskets=[basket("bought", wages="100%")],
        agencies=[council(spending=[line("services", demand="need", basket="bought")]), icb()],
        prevention=prevention([care], [visits], [programme("visits", 2, pays)], optimism=["0%", "10%"]),
    )


def test_one_programme_by_hand_to_the_penny() -> None:
    """£1 gives 5 x 0.9 x 0.8 = £3.60 over three years, in proportion to 1, 0.8 and 0.64; 60% of it to care.

    In 2027-28 half of £2m runs, and £0.4m sets up and £0.2m runs double: 1.6 at prices of 1.02 squared. Given is
    3.6 x 1 x 0.4098 = 1.4754, to care 0.8852; a tenth is refilled; care has grown by 0.5025 since the year before, so
    that never comes and 0.2942 cuts into what stands. Of that 60% goes at once and the rest waits: nobody closes
    anything in the first year. Later half of what stands idle goes a year, in whole steps of £0.1m.
    """
    place = Tried(worked())
    town, board, found = place.body("town"), place.body("board"), place.flows()
    care = found.reliefs[0]
    first = slice(0, 4)
    assert found.invest[0, first, 0] == plain(0, 1_664_640, 2_334_657.60, 2_164_864.32)
    assert care.avoided[first, 0] == plain(0, 921_009.84, 2_630_404.09, 4_062_847.01)
    assert care.growth[first, 0] == plain(0, 522_801, 1_069_180.33, 1_639_938.91)
    assert care.refilled[first, 0] == plain(0, 92_100.98, 263_040.41, 406_284.70)
    assert care.stranded[first, 0] == plain(0, 122_443.14, 519_273.34, 590_162.93)
    assert care.cash[first, 0] == plain(0, 562_353.26, 1_351_717.30, 2_189_175.25)
    assert found.outside[first, 0] == plain(0, 614_006.56, 1_753_602.73, 2_708_564.67)
    assert found.net[town, first, 0] == plain(0, 602_894.74, 282_543.02, -673_770.23)
    assert found.net[board, first, 0] == plain(0, 499_392, 700_397.28, 649_459.30)
    assert found.expected == pytest.approx(found.net, abs=0.005)  # without luck budgets are right
    assert not found.paid.any()


def test_a_programme_that_ends_is_paid_for_no_more_and_its_effect_fades() -> None:
    lasting = {"decay": "50%", "over": 2}
    found = Tried(
        one_programme(0.6, kind=lasting, prevention={"programmes": [programme("walks", ends=SECOND)]})
    ).flows()
    assert found.invest[0, :, 0] == plain(0, 1e6, 0, 0, 0)
    assert found.reliefs[0].avoided[:, 0] == plain(0, 4e5, 2e5, 1e5, 5e4)


def test_staff_that_are_not_there_are_neither_paid_nor_any_use() -> None:
    """Ten posts for £1m, five to be had: half is done, at half the cost, and gives half."""
    group = {"id": "nurses", "name": "nurses", "in_post": 105, "funded": 100, "joiners": "0%", "leavers": "0%"}
    more: Tree = {"kind": {"staff": {"nurses": 10}}, "prevention": {"staff": [group]}}
    place = Tried(one_programme(0.6, **more))
    assert posts(place.terms, np.array([1e6]))[0, 0].tolist() == [0, 10, 10, 10, 10]
    assert staffed(place.terms, np.array([1e6]))[0].tolist() == [1, 0.5, 0.5, 0.5, 0.5]
    found = place.flows()
    assert found.invest[0, :, 0] == plain(0, *[5e5] * 4)
    assert found.net[0, :, 0] == plain(0, *[2e5] * 4)


# What becomes of avoided activity.


def test_nil_cashable_share_gives_no_relief_though_activity_falls() -> None:
    found = Tried(one_programme(0.5, "3%", cashable="0%", relief={"growth_cashable": "0%"})).flows()
    assert found.reliefs[0].avoided[1:, 0] == pytest.approx(5e5)
    assert not found.cash.any()
    assert found.net[0, :, 0] == plain(0, *[1e6] * 4)


def test_a_gain_that_is_no_cash_is_none_however_fast_demand_grows() -> None:
    """The service itself would let 90% of growth avoided be saved; a gain of nil cash takes none of it."""
    relief = {"growth_cashable": "90%", "stranded": "60%"}
    nil = Tried(one_programme(0.5, "3%", cashable="0%", relief=relief)).flows()
    assert nil.reliefs[0].growth[1:, 0] == pytest.approx(5e5) and not nil.cash.any()
    some = Tried(one_programme(0.5, "3%", cashable="20%", relief=relief)).flows()
    assert some.cash[0, 1:, 0] == pytest.approx(0.9 * 5e5)


def test_judged_as_what_stands_today_growth_is_cash_at_the_gains_own_share() -> None:
    place = Tried(one_programme(0.5, "3%", cashable="20%", relief={"growth_cashable": "90%", "stranded": "60%"}))
    strict = replace(place.terms, growth_as_today=True)
    scene = Scene(place.compiled, strict, place.block, place.position)
    assert engine.flows(scene, [1e6]).cash[0, 1:, 0] == pytest.approx(0.2 * 0.9 * 5e5)


def test_full_stranding_saves_nothing_while_demand_is_flat() -> None:
    found = Tried(one_programme(0.5, relief={"stranded": "100%"})).flows()
    assert found.reliefs[0].stranded[1:, 0] == pytest.approx(5e5)
    assert not found.cash.any()


@pytest.mark.parametrize(("growth", "stranded", "cash"), [("3%", 0.0, 1.8e6), ("0%", 1.2e6, 0.4e6)])
def test_growth_avoided_strands_nothing_and_is_cash_at_long_run_cost(growth: str, stranded: float, cash: float) -> None:
    """2% of £100m avoided: where demand rises by 3%, 90% of it is cash; where it is flat, 60% is stranded."""
    relief = {"growth_cashable": "90%", "stranded": "60%"}
    found = Tried(one_programme(2.0, growth, relief=relief, cashable="50%")).flows()
    care = found.reliefs[0]
    assert care.avoided[1:, 0] == pytest.approx(2e6)
    assert care.stranded[1:, 0] == pytest.approx(stranded)
    assert care.cash[1:, 0] == pytest.approx(cash)


def test_a_programme_from_the_first_year_on_spares_the_growth_of_that_year() -> None:
    """What stands is the base year's £100m: of the £3m that the first year adds, £2m never comes."""
    first = {"programmes": [programme("walks", starts="2026-27")]}
    care = Tried(one_programme(2.0, "3%", relief={"stranded": "100%"}, prevention=first)).flows().reliefs[0]
    assert care.growth[0, 0] == pytest.approx(2e6)
    assert not care.stranded.any()


def two_programmes(per_pound: Any = 30) -> Scenario:
    """Two programmes alike that spare the same service, their luck in part one another's."""
    stated = {
        "services": [service("care", "town", ["services"])],
        "interventions": [kind(name, per_pound, gain("care")) for name in ("walks", "visits")],
        "programmes": [programme("walks"), programme("visits")],
    }
    return one_programme(prevention={**stated, "shared_luck": "30%"})


def test_two_programmes_on_one_service_avoid_less_than_their_sum() -> None:
    """Each alone avoids 30% of £100m; together 1 - 0.7 x 0.7 = 51%. Never more than all there is."""
    place = Tried(two_programmes())
    assert place.flows(1, 0).reliefs[0].avoided[1:, 0] == pytest.approx(30e6)
    assert place.flows(1, 1).reliefs[0].avoided[1:, 0] == pytest.approx(51e6)
    assert place.flows(9, 1).reliefs[0].avoided[1:, 0] == pytest.approx(100e6)


@FEW
@given(st.integers(0, 100), st.integers(0, 3), st.floats(0.1, 3))
def test_what_services_are_spared_and_what_falls_outside_make_the_whole_return(
    part: int, age: int, size: float
) -> None:
    whole = 0.4 * size
    shares = [gain("care", f"{part}%"), gain("outside", f"{100 - part}%")]
    stated = {"interventions": [kind("walks", 0.4, *shares)]}
    found = Tried(one_programme(prevention=stated)).flows(size)
    gross = found.reliefs[0].avoided[1 + age, 0] + found.outside[1 + age, 0]
    assert gross == pytest.approx(1e6 * whole)


def test_every_part_of_a_service_adds_up_on_the_shipped_place() -> None:
    """What is avoided never comes, is filled again, is let go or is stranded; cash is never more than is spared."""
    found = shipped().flows()
    for relief in found.reliefs:
        assert np.all(relief.cash >= 0)
        assert np.all(relief.stranded >= -PENNY)
        assert np.all(relief.growth + relief.refilled + relief.stranded <= relief.avoided + PENNY)
        assert np.all(relief.cash <= relief.avoided - relief.refilled - relief.stranded + PENNY)
    assert found.cash.sum(axis=0) == pytest.approx(sum(relief.cash for relief in found.reliefs), abs=PENNY)


def rented(rent: str) -> Scenario:
    """Temporary homes whose rent falls until subsidy meets all of it."""
    homes = line("homes", 10, demand="need", basket="rents",
                 subsidy={"weekly_rent": 110, "lha_2011": 100, "cap": 500})  # fmt: skip
    return scenario(
        drivers=[driver("need", long_run="0%"), driver("rent", long_run=rent)],
        baskets=[basket("rents", rent="100%")],
        agencies=[council(spending=[line("services", 90), homes])],
        prevention=prevention([service("stays", "town", ["homes"])], [kind("keys", 0.5, gain("stays"))],
                              [programme("keys")]),
    )  # fmt: skip


def test_a_service_that_costs_nothing_any_more_spares_nothing() -> None:
    """Rent of 110 falls by a tenth a year to under the 90 that subsidy pays, in the second year: no figure is lost."""
    found = Tried(rented("-10%")).flows()
    assert found.net[0, :, 0] == plain(0, *[1e6] * 4)
    assert Tried(rented("0%")).flows().net[0, :, 0] == plain(0, *[5e5] * 4)


# What budgets expect.


def test_budgets_count_on_the_evidence_for_two_years_and_then_on_what_was_seen() -> None:
    place = Tried(one_programme(spread(0.1, 0.5, 0.9)), 0)
    found, per_pound = place.flows(), place.scene.luck[0][0]
    start = place.terms.start
    assert per_pound.std() > 0.2
    assert found.net[0, start] == pytest.approx(1e6 * (1 - per_pound))
    for year in range(start, start + SEEN_AFTER):
        assert found.expected[0, year] == pytest.approx(5e5)
    assert found.expected[0, start + SEEN_AFTER :] == pytest.approx(found.net[0, start + SEEN_AFTER :])


def test_what_a_programme_gives_has_the_percentiles_stated() -> None:
    place = Tried(one_programme(spread(0.2, 0.5, 1.2)), 0, 10)
    assert np.percentile(place.scene.luck[0][0], [10, 50, 90]) == pytest.approx([0.2, 0.5, 1.2], abs=0.04)


def test_programmes_work_or_fail_together_as_far_as_stated() -> None:
    uncertain = two_programmes(spread(0.8, 1.6, 2.4))
    luck = Tried(uncertain, 0, 10).scene.luck
    assert np.corrcoef(luck[0][0], luck[1][0])[0, 1] == pytest.approx(0.3, abs=0.04)


# Contracts.

KINDS: dict[str, Tree] = {
    "activity": {},
    "marginal_rate": {"rate": "70%"},
    "block": {},
    "guaranteed_income": {},
    "cap_collar": CAP_COLLAR,
    "blended": {"variable": "20%"},
    "aligned": {"fixed_share": "80%", "rate": "75%"},
    "lead_provider": {"guarantee": "10%", "subcontracts": [{"payee": "nation", "amounts": {BASE: 40}}]},
}
PAYS_ON = {"activity", "marginal_rate", "cap_collar", "blended", "aligned"}
MOVING: Tree = {"activity": "need", "price": "wages"}


def test_every_kind_of_contract_is_tried() -> None:
    assert set(KINDS) == {one for one in agreements.KINDS if agreements.tier(one) == 1}


@pytest.mark.parametrize("name", KINDS)
def test_what_one_body_is_paid_less_another_pays_less(name: str) -> None:
    """On every path and in both views; a provider paid by activity earns less, one on a block does not."""
    deal = contract(
        "care", "board", "north", 100, name, **({} if name == "guaranteed_income" else MOVING), **KINDS[name]
    )
    place = Tried(paid_for(deal), 0)
    found, without = place.flows(), Tried(paid_for(), 0).flows()
    board, north = place.body("board"), place.body("north")
    hoped = found.expected - without.expected
    assert np.abs(found.paid.sum(axis=0)).max() < PENNY
    assert np.abs(hoped.sum(axis=0)).max() < PENNY
    assert np.array_equal(hoped[place.body("town")], np.zeros_like(hoped[0]))
    if name in PAYS_ON:
        assert found.paid[north, 1:].mean() > 1e5
        assert found.paid[north].min() >= -PENNY
        assert found.paid[board] == pytest.approx(-found.paid[north], abs=PENNY)
    else:
        assert not found.paid.any()
    assert found.net == pytest.approx(without.net + found.paid, abs=PENNY)


def test_activity_not_done_is_not_paid_for_by_hand() -> None:
    """£1.2m of £90m is spared and a quarter of it filled again: 0.9 of the trust's £100m, so 0.9% of £80m is lost."""
    deal = contract("care", "board", "north", 80, "activity")
    still: Tree = {"drivers": [driver("need", long_run="0%"), driver("wages", long_run="0%")]}
    sure = [kind("falls", 0.75, gain("wards", "80%", "50%"), gain("outside", "20%", "0%"))]
    place = Tried(paid_for(deal, kinds=sure, **still))
    found = place.flows()
    assert found.reliefs[0].avoided[1:, 0] == pytest.approx(1.2e6)
    assert found.paid[place.body("north"), 1:, 0] == pytest.approx(0.72e6)
    assert found.paid[place.body("board"), 1:, 0] == pytest.approx(-0.72e6)


def test_a_commissioner_outside_the_place_keeps_what_it_pays_less() -> None:
    place = Tried(paid_for(contract("care", "nation", "north", 80, "activity")))
    found = place.flows()
    assert found.paid[place.body("north"), 1:].min() > 0
    assert not found.paid[[place.body("town"), place.body("board")]].any()


def test_two_providers_are_each_paid_less_by_their_own_part() -> None:
    """A second trust does not earn less because the first is spared; both contracts of the first fall alike."""
    other: Tree = {"id": "south", "name": "south", "kind": "trust", "foundation": True, "cash": 10,
                   "minimum_cash_days": 0, "funding": {"income": []}, "spending": [line("staff", 50)]}  # fmt: skip
    deals = [contract("large", "board", "north", 80, "activity"), contract("small", "town", "north", 20, "activity"),
             contract("far", "board", "south", 50, "activity")]  # fmt: skip
    place = Tried(paid_for(*deals, agencies=[council(), icb(), north(), other]))
    paid = place.flows().paid[:, 1:, 0]
    assert not paid[place.body("south")].any()
    assert paid[place.body("board")] == pytest.approx(4 * paid[place.body("town")])
    assert paid[place.body("north")] == pytest.approx(-5 * paid[place.body("town")])


def north() -> Tree:
    return trust(spending=[line("staff", 90, demand="need", basket="bought"), line("premises", 10)])


def test_what_a_body_believes_of_prices_moves_no_payment() -> None:
    """A trust that believes in dearer wages spends more, spares more pounds, and is paid at the price all agreed."""
    deal = contract("care", "board", "north", 100, "activity", **MOVING)
    doubts = {**north(), "beliefs": [{"driver": "wages", "growth": {SECOND: "15%"}}]}
    agreed, apart = (Tried(paid_for(deal, agencies=[council(), icb(), body]), 0) for body in (north(), doubts))
    assert apart.compiled.disputed
    a = apart.body("north")
    assert (apart.position.spending[a, -1] > 1.1 * agreed.position.spending[a, -1]).all()
    assert not apart.flows(1e-12).paid.round(2).any()
    same, moved = agreed.flows(), apart.flows()
    assert np.abs(moved.paid.sum(axis=0)).max() < PENNY
    # Its premises cost what they did, so wards are a larger part of all it does; no more than that moves.
    assert moved.paid[a, 1:] == pytest.approx(same.paid[a, 1:], rel=0.03)


# Money.


def shift_of(place: Tried, size: float | None = None, bargain: Bargain | None = None) -> Shift:
    sizes = tuple(one.spend for one in place.terms.programmes) if size is None else split(place.terms, size)
    return Shift(place.terms, sizes, bargain)


def projected(place: Tried, *variants: Variant) -> Any:
    return project(place.compiled, place.block, (PLAN, *variants), 1 + len(variants), place.position)


@pytest.mark.parametrize("where", ["shipped", "small"])
def test_a_gap_before_action_moves_by_the_net_cost_of_the_shift_and_nothing_else(where: str) -> None:
    """For every body, year and path; spending, funding and tax as shown are those without it."""
    deal = contract("care", "board", "north", 100, "activity", **MOVING)
    place = shipped() if where == "shipped" else Tried(paid_for(deal), 0)
    found = projected(place, Variant("shift", acts=False, shift=shift_of(place)))
    moved = found.measures["gap"][1] - found.measures["gap"][0]
    trusts = place.compiled.slices["trust"]
    cost = place.flows().net
    # Who draws cash support, or repays an overspend, is charged for it the year after: that comes on top.
    still = [a for a, name in enumerate(place.compiled.agency_ids) if a < place.compiled.slices["icb"].start]
    assert moved[still] == pytest.approx(cost[still], abs=PENNY)
    first = place.terms.start
    assert moved[:, : first + 1] == pytest.approx(cost[:, : first + 1], abs=PENNY)
    assert np.abs(moved[trusts, first]).max() > 0
    for name in ("spending", "funding", "contingency"):
        assert np.array_equal(found.measures[name][0], found.measures[name][1])


@cache
def whole() -> Tried:
    """Every kind of body and contract in every regime; a hospice that may fail is spared, and pays, with others."""
    stated = prevention(
        [service("wards", "north", ["staff"], stranded="40%", backfill="25%"), service("beds", "hospice", ["beds"]),
         service("visiting", "carers", ["visits"])],
        [kind("falls", spread(0.5, 1.5, 3), gain("wards", "60%"), gain("beds", "20%"), gain("visiting", "20%"))],
        [programme("falls", 2, {"town": "40%", "board": "50%", "hospice": "10%"})],
    )  # fmt: skip
    return Tried(scenario(**whole_tree(*BASIC, TOTAL, regime=REGIMES, north=SUPPORTED), prevention=stated), 0)


def test_a_place_of_every_kind_of_body_keeps_its_pounds_under_a_shift() -> None:
    """What bodies are paid less in all is what the nation pays less; who has failed neither pays nor is spared."""
    place = whole()
    found, first = place.flows(), place.terms.start
    special = [p.payee for p in place.compiled.agreed.payments if p.payer < 0 and p.tier == 1]
    assert special == [place.body("north")]
    nation = found.paid.sum(axis=0)
    assert nation[first:].mean() > 0
    assert np.all(nation >= -PENNY)
    assert np.all(nation <= found.paid[place.body("north")] + PENNY)
    outcome = projected(place, Variant("shift", acts=False, shift=shift_of(place)))
    gap, failed = outcome.measures["gap"], outcome.measures["failed"]
    hospice, charities = place.body("hospice"), place.compiled.slices["vcse"]
    gone = failed[:, hospice - charities.start]
    assert gone[1, -2].any()
    assert not gap[1, hospice, 1:][gone[1, :-1] > 0].any()
    going = (gone[:, -2] == 0).all(axis=0)
    assert (gap[1] - gap[0])[hospice][:, going] == pytest.approx(found.net[hospice][:, going], abs=PENNY)
    local = place.compiled.slices[LOCAL].stop
    assert np.all(np.isfinite(gap))
    assert np.abs((gap[1] - gap[0])[:local][:, :, going] - found.net[:local][:, :, going]).max() < PENNY


BARGAINS = {
    "pooled": Bargain("pooled", shares=(0.5, 0.3, 0.2)),
    "risk_share": Bargain("risk_share", shares=(0.5, 0.5, 0.0), parties=(True, True, False)),
    "gain_share": Bargain("gain_share", share=0.5),
}


@pytest.mark.parametrize("name", BARGAINS)
def test_bargains_move_money_and_make_none(name: str) -> None:
    place = Tried(paid_for(contract("care", "board", "north", 100, "activity", **MOVING)), 0)
    found = place.flows()
    actual, hoped = borne(shift_of(place, bargain=BARGAINS[name]), found)
    assert actual.sum(axis=0) == pytest.approx(found.net.sum(axis=0), abs=PENNY)
    assert hoped.sum(axis=0) == pytest.approx(found.expected.sum(axis=0), abs=PENNY)
    assert np.abs(actual - found.net).max() > 1e4


def certain() -> Tried:
    """A place in which nothing moves but what the programme gives, on 1,000 futures."""
    still: Tree = {"drivers": [driver("need", long_run="2%"), driver("wages", long_run="2%")]}
    return Tried(paid_for(contract("care", "board", "north", 100, "activity"), **still), 0)


@pytest.mark.parametrize("name", BARGAINS)
def test_no_budget_foresees_under_a_bargain_what_a_programme_will_give(name: str) -> None:
    """In its first two years what budgets expect is the same on every path where nothing else moves."""
    place = certain()
    actual, hoped = borne(shift_of(place, bargain=BARGAINS[name]), place.flows())
    unseen = slice(place.terms.start, place.terms.start + SEEN_AFTER)
    assert np.ptp(hoped[:, unseen], axis=2).max() < PENNY
    assert np.ptp(actual[:, unseen], axis=2).max() > 1e5


def test_what_is_repaid_of_a_loan_is_known_when_the_budget_is_set() -> None:
    place, loan = certain(), Bargain("bridging_loan", years=1, term=2, rate=0.05)
    found = place.flows()
    actual, hoped = borne(shift_of(place, bargain=loan), found)
    after = slice(place.terms.start + 1, None)
    assert (hoped - found.expected)[:, after] == pytest.approx((actual - found.net)[:, after], abs=PENNY)
    assert (actual - found.net)[:, after].max() > 1e5


# Luck.


def luck_of(place: Tried, name: str = "falls") -> Floats:
    at = [one.id for one in place.terms.programmes].index(name)
    found: Floats = place.scene.luck[at][0]
    return found


def test_a_path_has_the_same_luck_whatever_else_is_asked() -> None:
    """Path 17, with more paths, a longer horizon, another programme, another body and another size."""
    usual = Tried(paid_for(), 0)
    seventeenth = luck_of(usual)[17]
    second = kind("walks", spread(0.5, 1.5, 3), gain("wards"))
    asked = paid_for(kinds=[second, kind("falls", spread(0.5, 1.5, 3), gain("wards", "80%", "50%"),
                                         gain("outside", "20%", "0%"))])  # fmt: skip
    assert asked.prevention is not None
    fewer = asked.prevention.programmes[0]
    both = asked.model_copy(update={"prevention": asked.prevention.model_copy(update={"programmes": [
        fewer.model_copy(update={"id": "earlier", "intervention": "walks"}), fewer]})})  # fmt: skip
    others = [Tried(paid_for(), 0, 2), Tried(paid_for(years=8), 0), Tried(both, 0),
              Tried(paid_for(agencies=[council(), council("village"), icb(), north()]), 0)]  # fmt: skip
    assert [luck_of(other)[17] for other in others] == [seventeenth] * 4
    net = usual.flows().net
    assert np.array_equal(net[..., 17], others[0].flows().net[..., 17])
    assert np.array_equal(net[..., 17], others[1].flows().net[:, :5, 17])
    assert not np.array_equal(luck_of(usual), luck_of(Tried(paid_for(), 1)))


def test_a_programme_of_no_size_beside_another_changes_nothing_bit_for_bit() -> None:
    place = Tried(two_programmes())
    alone = Tried(one_programme(30)).flows(1)
    assert np.array_equal(place.flows(1, 0).net, alone.net)
    ways = shipped()
    home = next(p for p, one in enumerate(ways.terms.programmes) if one.way_home is not None)
    sizes = [0.0] * len(ways.terms.programmes)
    sizes[home - 1] = 1.0
    found = ways.flows(*sizes)
    assert not any(relief.unpaid.any() for relief in found.reliefs)


def test_a_shift_of_no_size_is_no_shift_bit_for_bit() -> None:
    place = Tried(paid_for(contract("care", "board", "north", 100, "activity", **MOVING)), 0)
    none = Shift(place.terms, (0.0,))
    found = projected(place, Variant("shift", acts=False, shift=none))
    for name, amount in found.measures.items():
        assert np.array_equal(amount[0], amount[1]), name
    assert not place.flows(0.0).net.any()


def test_a_run_without_a_shift_is_moved_by_no_programme() -> None:
    with_, without = paid_for(), paid_for().model_copy(update={"prevention": None})
    runs = [
        project(compiled, DriverPaths(compiled, 1).block(0)) for compiled in map(compile_scenario, (with_, without))
    ]
    for name in runs[0].measures:
        assert np.array_equal(runs[0].measures[name], runs[1].measures[name]), name
    assert commissioned(without, compile_scenario(without)) is None


def test_a_scene_is_set_once_and_a_size_priced_once_whatever_the_bargains(monkeypatch: pytest.MonkeyPatch) -> None:
    place, counted = Tried(paid_for(), 0), {"scene": 0, "flows": 0}

    def counting(name: str, made: Any) -> Any:
        def call(*given_: Any) -> Any:
            counted[name] += 1
            return made(*given_)

        return call

    monkeypatch.setattr(engine, "Scene", counting("scene", engine.Scene))
    monkeypatch.setattr(engine, "flows", counting("flows", engine.flows))
    shifts = [shift_of(place, size, bargain) for size in (1e6, 2e6) for bargain in (None, BARGAINS["gain_share"])]
    variants = [Variant(f"v{i}", True, shift=shift) for i, shift in enumerate(shifts)]
    engine.Shifts(place.compiled, place.block, place.position, variants)
    assert counted == {"scene": 1, "flows": 2}


# Beside one body.


def test_a_council_tried_by_itself_meets_the_shift_of_the_whole_place() -> None:
    """Where a council can be projected without the others it still meets what their services and contracts do."""
    place = Tried(paid_for(contract("care", "town", "north", 100, "activity", **MOVING)), 0)
    shift = Variant("shift", acts=False, shift=shift_of(place))
    measures, _ = met_in(place.compiled, "town", (PLAN, shift), place.block)
    whole = projected(place, shift)
    assert np.array_equal(measures["gap"], whole.measures["gap"][:, place.body("town")])
    kept = tried(place.compiled, "town", (PLAN, shift))
    assert np.array_equal(kept.measures["gap"][..., :1000], measures["gap"])


def test_both_views_of_a_scene_are_those_of_the_position() -> None:
    """A service costs in each view what its lines do there: its volume at its price."""
    place = Tried(paid_for(), 0)
    held = next(one for one in place.compiled.lines if one.id == "staff")
    for view in (ACTUAL, EXPECTED):
        cost = held.cost(place.position.pairs[held.pair][view])
        assert place.scene.volume[0][view] * place.scene.unit[0][view] == pytest.approx(cost)
    again = Scene(place.compiled, replace(place.terms), place.block, price(place.compiled, place.block))
    assert np.array_equal(again.luck[0][0], place.scene.luck[0][0])
