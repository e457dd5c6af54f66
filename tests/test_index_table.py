"""The Financial Resilience Index's indicators of a body, against figures worked by hand (domain.md B and I)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from places import BASE, Tree, blackburn, council, icb, line, scenario

from simulator.blocks import Sample
from simulator.evidence_tests.index_table import Indicator, index_table, indicators
from simulator.evidence_tests.seen import Seen, plan_view
from simulator.prepared import prepare
from simulator.scenario import Scenario

FALLING = {
    "gf_unallocated": {"2022-23": 10, "2023-24": 10, "2024-25": 10, BASE: 10},
    "earmarked": {"2022-23": 50, "2023-24": 45, "2024-25": 38, BASE: 32},
}
"""60, 55, 48 and 42 in all: the worked history of domain.md I."""


def view_of(found: Scenario, paths: int = 1_000, agency: str | None = None) -> Seen:
    return plan_view(found, prepare(found).compiled, agency or found.bodies[0].id, Sample(paths))


def told(found: Scenario) -> dict[str, Indicator]:
    return {one.id: one for one in indicators(view_of(found))}


def town(history: Tree | None = None, **changes: Any) -> Scenario:
    held = {"gf_unallocated": 10, "earmarked": 32, "contribution": {"amount": 6, "direction": "drawn"}}
    more = {"history": history} if history else {}
    return scenario(agencies=[council(reserves=held, **more, **changes)])


def test_the_worked_history_gives_the_worked_values() -> None:
    found = told(town(FALLING))
    assert found["reserves_sustainability_measure"].value == pytest.approx(7.0)
    assert found["change_in_reserves"].value == pytest.approx((-5 / 60 - 7 / 55 - 6 / 48) / 3)
    assert found["change_in_unallocated"].value == 0
    assert found["change_in_earmarked"].value == pytest.approx((-5 / 50 - 7 / 45 - 6 / 38) / 3)
    assert found["level_of_reserves"].value == pytest.approx(0.42)
    assert found["unallocated_reserves"].value == pytest.approx(0.10)
    assert found["earmarked_reserves"].value == pytest.approx(0.32)
    assert found["reserves_to_income"].value == pytest.approx(0.42)
    assert found["council_tax_requirement_to_nre"].value == pytest.approx(1.0)


def test_a_restated_opening_moves_earlier_years_with_it() -> None:
    restated = {**FALLING, "restated_earmarked": {"2024-25": 42}}
    # 45 became 42 on 1 April 2024, so the history reads 57, 52, 48, 42: a fall of 5 a year, and 42 / 5.
    assert told(town(restated))["reserves_sustainability_measure"].value == pytest.approx(8.4)


def test_without_four_years_the_reason_is_given_and_the_plan_still_has_its_spread() -> None:
    found = told(town())["reserves_sustainability_measure"]
    assert found.value is None and "four years" in found.reason and found.p50 is not None
    short = told(scenario(years=1))["reserves_sustainability_measure"]
    assert short.p50 is None and short.value is None and "fewer than four years" in short.reason


def test_at_the_plans_end_the_index_is_what_each_path_gives() -> None:
    view = view_of(blackburn())
    found = {one.id: one for one in indicators(view)}
    held = (view.paths["gf_unallocated"] + view.paths["earmarked_reserves"])[: view.end + 1]
    yearly = (held[-1] - held[-4]) / 3
    alone = [min(100.0, h / -d) if d < 0 else 100.0 for h, d in zip(held[-1], yearly, strict=True)]
    lasts = found["reserves_sustainability_measure"]
    assert lasts.p10 == pytest.approx(np.quantile(alone, 0.1, method="inverted_cdf"))
    level = found["level_of_reserves"]
    assert level.p90 == pytest.approx(np.quantile(held[-1] / view.net_budget[view.end], 0.9, method="inverted_cdf"))
    assert all(one.p10 <= one.p50 <= one.p90 for one in found.values() if one.p10 and one.p50 and one.p90)


def test_blackburns_base_year_is_that_of_its_return() -> None:
    found = {one.id: one for one in indicators(view_of(blackburn()))}
    assert found["level_of_reserves"].value == pytest.approx(79.637 / 142.2723)
    assert found["social_care_ratio"].value == pytest.approx((72.6793 + 31.733 + 22.615) / 142.2723)
    assert found["council_tax_requirement_to_nre"].value == pytest.approx(69.377 / 142.2723)
    assert found["interest_payable_to_nre"].value == pytest.approx(180 * 0.05 / 142.2723)
    assert found["growth_above_baseline"].value == pytest.approx((66.161 - 60) / 60)
    assert found["gross_external_debt"].value == 180e6


def test_every_indicator_without_a_value_says_why() -> None:
    for found in (blackburn(), town()):
        for one in indicators(view_of(found)):
            assert one.value is not None or one.reason, one.id
            assert one.p50 is not None or one.reason, one.id


def test_fees_count_only_where_every_line_is_entered_gross() -> None:
    lines = [line("a", None, gross=150, income=30, service="A"), line("b", None, gross=50, income=70, service="B")]
    assert told(town(spending=lines))["fees_charges_ratio"].value == pytest.approx(0.5)
    lines[1] = line("b", -20 + 20, service="B")
    assert told(town(spending=lines))["fees_charges_ratio"].value is None


def test_a_body_outside_the_index_has_none() -> None:
    found = scenario(agencies=[icb()])
    assert indicators(view_of(found)) == [] and index_table(view_of(found)).empty


def test_the_table_has_a_row_each() -> None:
    table = index_table(view_of(town(FALLING)))
    assert len(table) == 18 and table.id.is_unique
