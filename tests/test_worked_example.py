"""Two years of one council worked by hand to the penny; every figure here can be checked by eye."""

from __future__ import annotations

import pytest
from places import BASE, basket, central, council, driver, line, scenario

from simulator.scenario import Scenario
from simulator.summary import chance
from simulator.variants import Outcome

SETTLED = {
    "yearly_capacity": "0.6%", "total_capacity": "20%", "recurrent": "80%",
    "delivered_low": "90%", "delivered_mode": "90%", "delivered_high": "90%",
    "organisation_weight": "40%", "system_share": "30%", "covered_once": "50%",
    "brake_share": "30%", "brake_cap": "1%", "surplus_banked": "70%",
}  # fmt: skip


def town() -> Scenario:
    """Spends 100m: 60m on care, 40m on other services; raises 90m in tax and has a grant of 10m."""
    agency = council(
        funding={
            "council_tax": {
                # 50,000 Band D homes at £1,800.00; 2.99% and 2% for social care make 4.99%.
                "requirement": {BASE: 90_000_000},
                "band_d": {BASE: 1800.00},
                "increase": {"2026-27": "4.99%"},
            },
            "grants": [{"id": "grant", "name": "Grant", "amounts": {BASE: 10_000_000}, "driver": "grants"}],
        },
        spending=[
            line("care", 60_000_000, demand="need", basket="fees"),
            line("other", 40_000_000, basket="office"),
        ],
        reserves={
            "gf_unallocated": 2_000_000,
            "earmarked": 1_000_000,
            "usable_share": "50%",
            "reallocatable_share": "20%",
            "minimum": "1.5%",
        },
    )
    growth = {"need": "2%", "fee": "5%", "pay": "4%", "contract": "2%", "grants": "1%"}
    return scenario(
        money="£",
        years=2,
        drivers=[driver(name, long_run=rate) for name, rate in growth.items()],
        baskets=[basket("fees", fee="100%"), basket("office", pay="50%", contract="50%")],
        rules={"savings_response": SETTLED},
        agencies=[agency],
    )


def shown(outcome: Outcome, measure: str, view: int) -> list[float]:
    return [round(float(amount), 2) for amount in outcome.measures[measure][view, 0, :, 0]]


def happened(outcome: Outcome, name: str, view: int) -> list[bool]:
    return [bool(flag) for flag in outcome.outcomes[name][view, 0, :, 0]]


def test_spending_funding_and_the_gap() -> None:
    found = central(town())
    # Care  60,000,000 x 1.02   x 1.05   = 64,260,000.00;  x 1.0404 x 1.1025 = 68,822,460.00
    # Other 40,000,000 x (1.04   + 1.02  ) / 2 = 41,200,000.00
    #       40,000,000 x (1.0816 + 1.0404) / 2 = 42,440,000.00
    assert shown(found, "spending", 0) == [105_460_000.00, 111_262_460.00]
    # Tax   50,000 x 1,889.82 = 94,491,000.00;  94,491,000.00 x 1.0499 = 99,206,100.90
    # Grant 10,100,000.00;  10,201,000.00
    assert shown(found, "funding", 0) == [104_591_000.00, 109_407_100.90]
    # 105,460,000.00 - 104,591,000.00 = 869,000.00;  111,262,460.00 - 109,407,100.90 = 1,855,359.10
    assert shown(found, "gap", 0) == [869_000.00, 1_855_359.10]


def test_reserves_before_action() -> None:
    found = central(town())
    # Usable earmarked 500,000; the general fund of 2,000,000 gives the other 369,000 and keeps 1,631,000.
    # In year two it gives all of 1,631,000; 1,855,359.10 - 1,631,000.00 = 224,359.10 has no funding.
    assert shown(found, "use_of_reserves", 0) == [869_000.00, 1_631_000.00]
    assert shown(found, "gf_unallocated", 0) == [1_631_000.00, 0.00]
    assert shown(found, "usable_reserves", 0) == [1_631_000.00, 0.00]
    assert shown(found, "unfunded_gap", 0) == [0.00, 224_359.10]
    # 200,000 can be reallocated in an emergency, 24,359.10 is still short; 300,000 is bound for good.
    assert shown(found, "reallocated", 0) == [0.00, 200_000.00]
    assert shown(found, "earmarked_reserves", 0) == [500_000.00, 300_000.00]
    # The minimum is 1.5% of what is spent at central prices: 1,581,900.00, then 1,668,936.90.
    assert happened(found, "reserves_below_minimum", 0) == [False, True]
    assert happened(found, "unfunded_gap", 0) == [False, True]
    assert happened(found, "needs_support", 0) == [False, True]


def test_the_same_two_years_after_action() -> None:
    found = central(town())
    # Year one: plans 0.6% of 105,460,000 = 632,760, delivers 90% = 569,484, covers half of 63,276 once.
    #   869,000 - 569,484 - 31,638 = 267,878; controls stop 30% = 80,363.40; reserves meet 187,514.60.
    # Year two: 80% of 569,484 = 455,587.20 recurs: the gap is 1,855,359.10 - 455,587.20 = 1,399,771.90.
    #   Plans 0.6% of 111,262,460 = 667,574.76; delivers 600,817.28 and covers 33,378.74.
    #   1,399,771.90 - 600,817.28 - 33,378.74 = 765,575.88; controls 229,672.76; reserves 535,903.11.
    assert shown(found, "gap", 1) == [869_000.00, 1_399_771.90]
    assert shown(found, "savings_delivered", 1) == [569_484.00, 600_817.28]
    assert shown(found, "recurrent_savings", 1) == [455_587.20, 936_241.03]
    assert shown(found, "in_year_controls", 1) == [112_001.40, 263_051.50]
    assert shown(found, "use_of_reserves", 1) == [187_514.60, 535_903.11]
    # Earmarked 500,000 - 187,514.60 = 312,485.40, then nought; general fund 2,000,000 - 223,417.71.
    assert shown(found, "gf_unallocated", 1) == [2_000_000.00, 1_776_582.29]
    assert shown(found, "usable_reserves", 1) == [2_312_485.40, 1_776_582.29]
    assert shown(found, "unfunded_gap", 1) == [0.00, 0.00]
    assert not any(found.outcomes[name][1].any() for name in found.outcomes)


def test_band_d_of_1800_at_4_99_per_cent_on_50000_homes() -> None:
    agency = council(
        funding={"council_tax": {"requirement": {BASE: 90}, "band_d": {BASE: 1800}, "increase": {"2026-27": "4.99%"}}}
    )
    tax = central(scenario(agencies=[agency], years=1)).measures["funding"][0, 0, 0, 0]
    assert tax == pytest.approx(94_491_000.00, abs=0.005)
    assert tax / 50_000 == pytest.approx(1_889.82, abs=0.005)


def test_500_in_10000_has_the_published_interval() -> None:
    found = chance(500, 10_000)
    assert found.probability == 0.05
    assert (round(found.low, 4), round(found.high, 4)) == (0.0459, 0.0544)
