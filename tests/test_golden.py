"""Golden values of UK public finance, each through its own rule and, where one can be, through a whole council."""

from __future__ import annotations

import pytest
from places import BASE, NEXT, Tree, central, council, line, scenario

from simulator.business_rates import banded_levy, levy_rate, safety_net, top_up
from simulator.evidence_tests.resilience_index import change_in_reserves, reserves_sustainability
from simulator.money import annuity
from simulator.prepared import compile_scenario
from simulator.regimes.council import highest_band_d, revenue_provision
from simulator.scenario import Scenario
from simulator.spending import subsidy_loss
from simulator.summary import chance

PENNY = 0.005


def funding(found: Scenario) -> float:
    return float(central(found).measures["funding"][0, 0, 0, 0])


def gap(found: Scenario, year: int = 0) -> float:
    return float(central(found).measures["gap"][0, 0, year, 0])


def at_the_limit(class_: str, requirement: float, band_d: float, tier: str, limits: Tree) -> float:
    """The requirement of the first year of a council that goes to its referendum limit, in pounds."""
    tax = {"requirement": {BASE: requirement}, "band_d": {BASE: band_d}, "increase": "referendum_limit"}
    body = council(funding={"council_tax": tax}, **{"class": class_})
    return funding(scenario(agencies=[body], rules={"referendum_limits": {tier: limits}}, money="£", years=1))


def test_1_core_and_social_care_both_apply_to_the_whole_of_band_d() -> None:
    assert highest_band_d(1800.00, 0.0299, 0.02) == pytest.approx(1889.82)
    limits = {"core": {NEXT: "2.99%"}, "social_care": {NEXT: "2%"}}
    raised = at_the_limit("unitary", 50_000 * 1800, 1800, "upper_tier", limits)
    assert raised == pytest.approx(94_491_000.00, abs=PENNY)


def test_2_a_district_may_add_five_pounds_where_that_is_more() -> None:
    assert highest_band_d(150.00, 0.0299, cash=5.0) == pytest.approx(155.00)
    limits = {"core": {NEXT: "2.99%"}, "cash": {NEXT: 5}}
    raised = at_the_limit("shire_district", 40_000 * 150, 150, "shire_district", limits)
    assert raised == pytest.approx(40_000 * 155.00, abs=PENNY)
    # At £200 the percentage is more: 5.98.
    assert highest_band_d(200.00, 0.0299, cash=5.0) == pytest.approx(205.98)


def rates(**stated: float | Tree) -> Tree:
    return council(funding={"business_rates": stated})


RULES = {"business_rates": {"safety_net": {BASE: "92.5%"}, "levy_cap": {BASE: "50%"}}}


def test_3_a_tariff_authority_above_its_baseline_pays_a_levy() -> None:
    assert top_up(24, 60) == -36
    income = 70 - 36
    assert income == 34
    assert float(levy_rate(24, 60, cap=1.0)) == pytest.approx(0.6)
    assert float(levy_rate(24, 60, cap=0.5)) == 0.5
    body = rates(local_share=70, tariff=36, baseline_funding={BASE: 24}, rates_baseline={BASE: 60})
    # 100 of tax and 34 of retained rates, less a levy of half of 10.
    assert funding(scenario(agencies=[body], rules=RULES)) == pytest.approx((100 + 34 - 5) * 1e6, abs=PENNY)


def test_4_a_top_up_authority_below_its_threshold_is_made_up() -> None:
    assert top_up(50, 20) == 30
    assert float(safety_net(12 + 30, 50, 0.925)) == pytest.approx(4.25)
    body = rates(local_share=12, top_up=30, baseline_funding={BASE: 50}, rates_baseline={BASE: 20})
    assert funding(scenario(agencies=[body], rules=RULES)) == pytest.approx((100 + 42 + 4.25) * 1e6, abs=PENNY)


def test_bands_of_the_levy_take_each_slice_at_its_own_rate() -> None:
    bands = ((0.0, 0.10), (0.1, 0.30), (1.0, 0.45))
    # 24 of growth above 20: 2 at 10%, 18 at 30%, 4 at 45%.
    assert float(banded_levy(44, 20, bands)) == pytest.approx(0.2 + 5.4 + 1.8)
    assert float(banded_levy(18, 20, bands)) == 0


@pytest.mark.parametrize(
    ("history", "years", "mean_change", "whole_change"),
    [((60, 55, 48, 42), 7.0, -0.1119, -0.300), ((42, 48, 55, 60), 100.0, None, None)],
)
def test_5_and_6_how_long_reserves_last_at_their_recent_pace(
    history: tuple[float, ...], years: float, mean_change: float | None, whole_change: float | None
) -> None:
    assert reserves_sustainability(history) == pytest.approx(years)
    if mean_change is not None:
        mean, whole = change_in_reserves(history)
        assert (round(float(mean), 4), round(float(whole), 3)) == (mean_change, whole_change)


def test_7_subsidy_stops_at_its_frozen_ceiling() -> None:
    assert float(subsidy_loss(520, lha_2011=300, cap=375)) == 250
    assert 520 - 250 == 270
    # Rents 10% up: the loss of 250 grows by the whole 52.
    home = {"weekly_rent": 520, "lha_2011": 300, "cap": 375}
    spending = [line("homes", 10, basket="rents", subsidy=home), line("rest", 90)]
    found = scenario(
        drivers=[{"id": "rent", "name": "Rent", "long_run": "10%"}],
        baskets=[{"id": "rents", "shares": {"rent": "100%"}}],
        agencies=[council(spending=spending)],
    )
    assert gap(found) == pytest.approx(10e6 * 52 / 250, abs=PENNY)


def test_8_provision_by_straight_line_and_by_annuity() -> None:
    assert revenue_provision(100, 40, None, 3) == pytest.approx([2.5, 2.5, 2.5])
    by_annuity = revenue_provision(100, 40, 0.04, 40)
    assert round(float(by_annuity[0]), 4) == 1.0523
    assert by_annuity.sum() == pytest.approx(100)
    # With 4% on what is owed the whole charge is level: 5.0523 a year.
    owed = 100 - by_annuity.cumsum() + by_annuity
    assert by_annuity + 0.04 * owed == pytest.approx([annuity(0.04, 40) * 100] * 40)
    assert round(100 * annuity(0.04, 40), 4) == 5.0523
    debt = {"outstanding": 100, "rate": "4%", "maturing": 0, "mrp": 0}
    for method, rate, first in (("straight_line", None, 2.5), ("annuity", "4%", 1.0523)):
        stated = {"requirement": 100, "life": 40, "method": method} | ({"rate": rate} if rate else {})
        found = scenario(agencies=[council(debt={**debt, "provision": stated})])
        financed = float(central(found).measures["financing_costs"][0, 0, 0, 0])
        assert financed == pytest.approx((4 + first) * 1e6, abs=100)


def test_14_savings_by_colour_deliver_three_quarters() -> None:
    rates = {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "0%",
             "organisation_weight": "40%", "system_share": "30%"}  # fmt: skip
    planned = [
        {"id": rag, "name": rag, "rag": rag, "recurrent": "100%", "amounts": {NEXT: amount}}
        for rag, amount in (("green", 10), ("amber", 6), ("red", 4))
    ]
    found = scenario(agencies=[council(savings=planned)], rules={"delivery": rates})
    delivered = float(central(found).measures["savings_delivered"][0, 0, 0, 0])
    assert delivered == pytest.approx(15.1e6, abs=PENNY)
    assert delivered / 20e6 == pytest.approx(0.755)


def test_16_a_chance_of_500_in_10000_has_its_interval() -> None:
    found = chance(500, 10_000)
    assert found.probability == 0.05
    assert (round(found.low, 4), round(found.high, 4)) == (0.0459, 0.0544)


def test_the_greatest_lawful_tax_is_what_a_council_could_still_raise() -> None:
    tax = {"increase": {NEXT: "1%"}}
    limits = {"upper_tier": {"core": {NEXT: "2.99%"}, "social_care": {NEXT: "2%"}}}
    found = scenario(agencies=[council(funding={"council_tax": tax})], rules={"referendum_limits": limits})
    assert compile_scenario(found).funding[0].tax.unused[0] == pytest.approx(0.0399 / 1.01)


def test_a_cash_limit_stays_a_sum_however_often_it_is_used() -> None:
    """£150, nothing planned: 155, 160, 165, 170, then 2.99% of 170, which is more than £5."""
    tax = {"requirement": {BASE: 15}, "band_d": {BASE: 150}, "increase": {NEXT: "0%"}}
    response = {
        "yearly_capacity": "0%", "total_capacity": "0%", "recurrent": "0%", "covered_once": "0%", "brake_share": "0%",
        "brake_cap": "0%", "surplus_banked": "100%", "tax_to_limit": "100%",
    }  # fmt: skip
    limits = {"shire_district": {"core": {NEXT: "2.99%"}, "cash": {NEXT: 5}}}
    body = council(funding={"council_tax": tax}, spending=[line("services", 90)], **{"class": "shire_district"})
    found = scenario(agencies=[body], rules={"referendum_limits": limits, "savings_response": response})
    raised = central(found).measures["tax_raised"][1, 0, :, 0] / 15e6
    assert 150 * (1 + raised) == pytest.approx([155, 160, 165, 170, 170 * 1.0299])
