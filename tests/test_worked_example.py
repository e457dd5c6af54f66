"""Three years of one council worked by hand to the penny; every figure here can be checked by eye.

A unitary council spends on care and other services, has a ring-fenced grant, fees, a levy, debt, high needs whose
override ends in the third year, contingency and an approved saving, and reserves named one by one.
"""

from __future__ import annotations

import pytest
from places import BASE, Tree, basket, central, council, driver, line, parts_of, scenario

from simulator.scenario import Scenario
from simulator.variants import Outcome

BEFORE, AFTER = 0, 1
RULES: Tree = {
    "referendum_limits": {"upper_tier": {"core": {"2026-27": "2.99%"}, "social_care": {"2026-27": "2%"}}},
    "employer_costs": {"2026-27": "1%"},
    "high_needs_override": {
        "ends": "2028-29", "then": "falls_on_general_fund", "grant_share": "50%", "grant_paid": "2026-27",
        "accrued_met": "90%", "later_met": "100%",
    },
    "delivery": {"green": "95%", "amber": "70%", "red": "35%", "new": "80%", "sd": "0%",
                 "organisation_weight": "40%", "system_share": "30%"},
    "savings_response": {
        "yearly_capacity": "1%", "total_capacity": "20%", "recurrent": "80%", "covered_once": "50%",
        "brake_share": "30%", "brake_cap": "1%", "surplus_banked": "70%",
        "tax_to_limit": "50%", "rebuild_years": 2, "rebuild_to": 1.25,
    },
    "support_late": "0%", "support_years": 20, "capitalisation_rate": "6%",
}  # fmt: skip


def town() -> Scenario:
    agency = council(
        funding={
            "council_tax": {
                # 50,000 Band D homes at £1,800.00; 4% a year against a limit of 4.99%.
                "requirement": {BASE: 90_000_000},
                "band_d": {BASE: 1800.00},
                "increase": {"2026-27": "4%"},
                "tax_base": "homes",
                "support": {"share": "10%", "caseload": "hardship"},
            },
            "grants": [
                {"id": "general", "name": "General", "driver": "grants",
                 "amounts": {BASE: 10_000_000, "2026-27": 10_200_000}},
                {"id": "health_grant", "name": "Public health", "amounts": {BASE: 3_000_000}, "specific": True,
                 "ring_fence": "health", "driver": "grants"},
            ],
        },
        spending=[
            line("care", 60_000_000, demand="need", basket="fees"),
            line("other", 40_000_000, basket="office"),
            line("health", 2_900_000, basket="office"),
            {"id": "leisure", "name": "Leisure", "gross": 5_000_000, "income": 2_000_000, "basket": "office",
             "income_driver": "charges"},
        ],
        levies=[{"id": "waste", "name": "Waste levy", "driver": "contract",
                 "amounts": {BASE: 1_000_000, "2026-27": 1_030_000}}],
        debt={"outstanding": 20_000_000, "rate": "4%", "maturing": 0, "mrp": 250_000,
              "provision": {"requirement": 10_000_000, "life": 40, "method": "straight_line"}},
        high_needs={"spending": 8_000_000, "block": 7_500_000, "block_growth": 0, "opening_deficit": 1_000_000,
                    "basket": "office"},
        employer_costs={"pay": "pay"},
        contingency={"amounts": {"2026-27": 500_000}},
        savings=[{"id": "review", "name": "Review", "rag": "amber", "recurrent": "80%",
                  "amounts": {"2026-27": 1_000_000}}],
    )  # fmt: skip
    agency["reserves"] = {
        "gf_unallocated": 4_000_000,
        "earmarked": 5_000_000,
        "minimum": "3%",
        "contribution": {"amount": 0},
        "named": [
            {"id": "risk", "name": "Risk", "amount": 3_000_000, "use": "any", "floor": 500_000},
            {"id": "change", "name": "Change", "amount": 1_000_000, "use": "emergency"},
            {"id": "pfi", "name": "PFI", "amount": 1_000_000, "use": "committed", "planned_use": {"2026-27": 200_000}},
        ],
    }
    growth = {"need": "2%", "fee": "5%", "pay": "4%", "contract": "2%", "grants": "1%", "homes": "1%", "hardship": "2%",
              "charges": "1.6%"}  # fmt: skip
    return scenario(
        money="£",
        years=3,
        drivers=[driver(name, long_run=rate) for name, rate in growth.items()],
        baskets=[basket("fees", fee="100%"), basket("office", pay="50%", contract="50%")],
        rules=RULES,
        agencies=[agency],
    )


@pytest.fixture(scope="module")
def found() -> Outcome:
    return central(town())


def shown(outcome: Outcome, measure: str, view: int = BEFORE) -> list[float]:
    return [round(float(amount), 2) for amount in outcome.measures[measure][view, 0, :, 0]]


def happened(outcome: Outcome, name: str, view: int) -> list[bool]:
    return [bool(flag) for flag in outcome.outcomes[name][view, 0, :, 0]]


def part(name: str) -> list[float]:
    views = next(part.views for part in parts_of(town()) if part.name == name)
    return [round(float(amount), 2) for amount in views.actual[:, 0]]


def test_each_part_of_spending_and_funding() -> None:
    # Tax: 90,000,000 x 1.04 x 1.01 = 94,536,000 on a base whose support was 10%: 94,536,000 / 0.9 x (1 - 0.102).
    #   Then 90,000,000 x 1.0816 x 1.0201 / 0.9 x (1 - 0.10404), and x 1.124864 x 1.030301 / 0.9 x (1 - 0.1061208).
    assert part("council_tax") == [94_325_920.00, 98_854_864.98, 103_595_996.17]
    # As entered, then 1% a year.
    assert part("general") == [10_200_000.00, 10_302_000.00, 10_405_020.00]
    # Health costs 2,900,000 x 1.03, 1.061, 1.093036 = 2,987,000.00, 3,076,900.00, 3,169,804.40; its grant is
    #   3,030,000, 3,060,300, 3,090,903. 43,000 is kept, then 26,400, and all of both goes in the third year.
    assert part("health_grant") == [-2_987_000.00, -3_076_900.00, -3_117_303.00]
    assert part("waste") == [1_030_000.00, 1_050_600.00, 1_071_612.00]
    # 4% of 20,000,000 and a fortieth of 10,000,000.
    assert part("debt") == [1_050_000.00] * 3
    # Pay is half of 40,000,000 + 2,900,000 + 5,000,000; 1% of 23,950,000 x 1.04, 1.0816, 1.124864.
    assert part("employer_costs") == [249_080.00, 259_043.20, 269_404.93]
    # The deficit of 1,000,000 is halved by grant; 740,000 and 988,000 are added: 1,240,000, then 2,228,000.
    #   When the override ends it falls due with the 1,244,288 of that year: 3,472,288.
    assert part("high_needs") == [0.00, 0.00, 3_472_288.00]


def test_spending_funding_and_the_gap(found: Outcome) -> None:
    # Care 64,260,000.00 + other 41,200,000.00 + health 2,987,000.00 + leisure 5,150,000.00 - 2,032,000.00
    #   = 111,565,000.00; - 2,987,000 + 1,030,000 + 1,050,000 + 249,080 + contingency 500,000 = 111,407,080.00.
    # Care 68,822,460.00 + 42,440,000.00 + 3,076,900.00 + 5,305,000.00 - 2,064,512.00 = 117,579,848.00; so on.
    assert shown(found, "spending") == [111_407_080.00, 117_362_591.20, 127_213_736.80]
    assert shown(found, "funding") == [104_525_920.00, 109_156_864.98, 114_001_016.17]
    assert shown(found, "high_needs_deficit") == [1_240_000.00, 2_228_000.00, 0.00]
    assert shown(found, "ring_fenced_reserves") == [43_000.00, 26_400.00, 0.00]
    # Amber delivers 70% of 1,000,000, and 80% of that recurs: 560,000 off every later gap.
    assert shown(found, "savings_delivered") == [700_000.00, 0.00, 0.00]
    # 6,881,160.00; 8,205,726.22 - 560,000; 13,212,720.63 - 560,000.
    assert shown(found, "gap") == [6_881_160.00, 7_645_726.22, 12_652_720.63]


def test_reserves_before_action(found: Outcome) -> None:
    # 6,881,160 - 700,000 - contingency 500,000 = 5,681,160: 2,500,000 of the risk reserve above its floor, then
    #   3,181,160 of the general fund, which keeps 818,840. In year two that goes too; 6,326,886.22 has no funding.
    assert shown(found, "use_of_reserves") == [5_681_160.00, 818_840.00, 0.00]
    assert shown(found, "gf_unallocated") == [818_840.00, 0.00, 0.00]
    assert shown(found, "unfunded_gap") == [0.00, 6_326_886.22, 12_152_720.63]
    # The reserve for change is taken in the emergency; floor 500,000 and committed 800,000 are never drawn.
    assert shown(found, "reallocated") == [0.00, 1_000_000.00, 0.00]
    assert shown(found, "earmarked_reserves") == [2_300_000.00, 1_300_000.00, 1_300_000.00]
    # No view before action is granted support, however great its need.
    assert shown(found, "support_granted") == shown(found, "support_cost") == [0.00, 0.00, 0.00]
    # The minimum is 3% of spending without high needs: 3,342,212.40 in the first year.
    assert happened(found, "reserves_below_minimum", BEFORE) == [True, True, True]
    assert happened(found, "unfunded_gap", BEFORE) == happened(found, "needs_support", BEFORE) == [False, True, True]


def test_the_first_year_after_action(found: Outcome) -> None:
    # The saving in full leaves 5,881,160. Half of the lawful room: 94,325,920 x 0.0099 / 1.04 / 2 = 448,955.10 of tax.
    # Capacity is 1% of 111,407,080 less the 1,000,000 approved: 114,070.80 of new savings.
    assert shown(found, "tax_raised", AFTER)[0] == 448_955.10
    assert shown(found, "savings_planned", AFTER)[0] == 1_114_070.80
    # 6,881,160 - 448,955.10; delivered 700,000 + 80% of 114,070.80; half of the 322,814.16 missed is covered once.
    assert shown(found, "gap", AFTER)[0] == 6_432_204.90
    assert shown(found, "savings_delivered", AFTER)[0] == 791_256.64
    # 6,432,204.90 - 791,256.64 - 161,407.08 - 500,000 = 4,979,541.18; controls stop 1% of spending, 1,114,070.80.
    assert shown(found, "in_year_controls", AFTER)[0] == 1_275_477.88
    assert shown(found, "use_of_reserves", AFTER)[0] == 3_865_470.38
    # 560,000 and 80% of 91,256.64 recur.
    assert shown(found, "recurrent_savings", AFTER)[0] == 633_005.31
    assert shown(found, "gf_unallocated", AFTER)[0] == 2_634_529.62


def test_the_second_year_after_action(found: Outcome) -> None:
    # The gap is 8,205,726.22 - 943,261.72 of tax raised so far - 633,005.31 that recurs = 6,629,459.19.
    #   Tax raised: 98,854,864.98 x (1 + 0.0099 / 1.04 / 2)^2, above 98,854,864.98.
    assert shown(found, "tax_raised", AFTER)[1] == 943_261.72
    assert shown(found, "gap", AFTER)[1] == 6_629_459.19
    # Reserves of 2,634,529.62 stand 1,766,567.55 below 1.25 x 3,520,877.74: half of that is planned for beside the
    #   gap, but capacity is used up: 1% of 117,362,591.20, of which 80% is delivered and half of the rest covered.
    assert shown(found, "savings_planned", AFTER)[1] == 1_173_625.91
    assert shown(found, "savings_delivered", AFTER)[1] == 938_900.73
    # 6,629,459.19 - 938,900.73 - 117,362.59 - 500,000 = 5,073,195.87; controls stop 1,173,625.91 of it.
    assert shown(found, "in_year_controls", AFTER)[1] == 1_290_988.50
    # 3,899,569.96 is left, reserves hold 2,634,529.62, and 1,000,000 can be reallocated; support meets the rest.
    assert shown(found, "use_of_reserves", AFTER)[1] == 2_634_529.62
    assert shown(found, "unfunded_gap", AFTER)[1] == 1_265_040.34
    assert shown(found, "reallocated", AFTER)[1] == 1_000_000.00
    assert shown(found, "support_granted", AFTER)[1] == 265_040.34
    # 633,005.31 + 80% of 938,900.73.
    assert shown(found, "recurrent_savings", AFTER)[1] == 1_384_125.90


def test_the_third_year_after_action_repays_support(found: Outcome) -> None:
    # 265,040.34 over 20 years at 6% is 0.0871845570 a year: 0.06 / (1 - 1.06^-20).
    assert shown(found, "support_cost", AFTER) == [0.00, 0.00, 23_107.42]
    # 13,212,720.63 + 23,107.42 - 1,486,283.03 - 1,384,125.90.
    assert shown(found, "tax_raised", AFTER)[2] == 1_486_283.03
    assert shown(found, "gap", AFTER)[2] == 10_365_419.13
    # Capacity follows spending without high needs: 1% of 127,213,736.80 - 3,472,288.00.
    assert shown(found, "savings_planned", AFTER)[2] == 1_237_414.49
    # 10,365,419.13 - 989,931.59 - 123,741.45 - 500,000 - 1,237,414.49; nothing is left to meet it.
    assert shown(found, "in_year_controls", AFTER)[2] == 1_361_155.94
    assert shown(found, "unfunded_gap", AFTER)[2] == shown(found, "support_granted", AFTER)[2] == 7_514_331.60
    assert shown(found, "use_of_reserves", AFTER)[2] == shown(found, "reallocated", AFTER)[2] == 0.00
    # Need is measured before support is granted, and never counts as met by it.
    assert happened(found, "unfunded_gap", AFTER) == happened(found, "needs_support", AFTER) == [False, True, True]
    assert not any(happened(found, "s114_proxy", AFTER))


def low_on_reserves(spent: int) -> Outcome:
    """Receives 100,000,000, and holds 3,000,000 against a minimum of 4% and a target of 1.25 times that."""
    body = council(spending=[line("services", spent)], reserves={"gf_unallocated": 3_000_000, "minimum": "4%"})
    body["funding"]["council_tax"]["requirement"] = {BASE: 100_000_000}
    response = {**RULES["savings_response"], "yearly_capacity": "4%", "rebuild_years": 3}
    rules = {"delivery": RULES["delivery"], "savings_response": response}
    return central(scenario(money="£", years=2, agencies=[body], rules=rules))


def test_a_surplus_rebuilds_reserves_before_any_of_it_is_spent() -> None:
    rebuilt = low_on_reserves(99_000_000)
    # The target is 4,950,000: a third of the 1,950,000 lacking, 650,000, is banked whole and 70% of the other 350,000.
    #   Then a third of 4,950,000 - 3,895,000, 351,666.67, and 70% of 648,333.33.
    assert shown(rebuilt, "use_of_reserves", AFTER) == [-895_000.00, -805_500.00]
    assert shown(rebuilt, "surplus_spent", AFTER) == [105_000.00, 194_500.00]
    # The general fund is filled to its minimum of 3,960,000 first.
    assert shown(rebuilt, "gf_unallocated", AFTER) == [3_895_000.00, 3_960_000.00]
    assert shown(rebuilt, "usable_reserves", AFTER) == [3_895_000.00, 4_700_500.00]
    assert shown(rebuilt, "usable_reserves") == [4_000_000.00, 5_000_000.00]


def test_savings_are_planned_to_rebuild_reserves() -> None:
    rebuilt = low_on_reserves(100_000_000)
    # A third of 5,000,000 - 3,000,000 is planned: 666,666.67. 80% is delivered and half of the rest covered: 600,000.
    assert shown(rebuilt, "savings_planned", AFTER)[0] == 666_666.67
    assert shown(rebuilt, "savings_delivered", AFTER)[0] == 533_333.33
    assert shown(rebuilt, "in_year_controls", AFTER)[0] == 66_666.67
    assert shown(rebuilt, "usable_reserves", AFTER)[0] == 3_600_000.00
    assert shown(rebuilt, "surplus_spent", AFTER)[0] == 0.00
