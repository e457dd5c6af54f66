"""A ring-fenced grant pays for its own line alone: what the line costs above it falls on the general fund."""

from __future__ import annotations

import pytest
from places import council, driver, line, scenario

from simulator.drivers import DriverPaths
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.variants import Outcome

NEXT = "2026-27"


def fenced(spending: list[dict[str, object]], grant: float, drivers: list[dict[str, object]]) -> Outcome:
    """One council with a grant of so much a year fenced to the line `health`, beside services of 100."""
    grants = [{"id": "grant", "name": "Grant", "amounts": {"2025-26": grant}, "specific": True, "ring_fence": "health"}]
    tax = council()["funding"]["council_tax"]
    body = council(spending=[line("services", 100), *spending], funding={"council_tax": tax, "grants": grants})
    compiled = compile_scenario(scenario(agencies=[body], drivers=drivers, years=2))
    return project(compiled, DriverPaths(compiled, 1).central())


def test_an_overspend_of_two_on_a_ring_fenced_line_costs_the_general_fund_two() -> None:
    """By hand: a line of 5 met by a grant of 5; at 7 the grant is still 5."""
    level, over = (
        fenced([line("health", 5, demand="need")], 5, [driver("need", central={NEXT: growth}, long_run="0%")])
        for growth in ("0%", "40%")
    )
    assert float((over.measures["gap"] - level.measures["gap"])[0, 0, 0, 0]) == pytest.approx(2e6, abs=0.005)
    assert float(over.measures["ring_fenced_reserves"][0, 0, 0, 0]) == 0


def test_a_fenced_line_is_counted_net_of_income_that_grows_by_itself() -> None:
    """By hand: with income up 30% a year, 9 - 6.5 = 2.5 and then 9 - 8.45 = 0.55, so the grant of 5 keeps more."""
    health = {"id": "health", "name": "Health", "gross": 9, "income": 5, "income_driver": "fees"}
    outcome = fenced([health], 5, [driver("fees", long_run="30%")])
    kept = outcome.measures["ring_fenced_reserves"][0, 0, :, 0]
    assert kept == pytest.approx([2.5e6, 2.5e6 + 4.45e6], abs=0.005)
