"""What councils published about their own reserves and gaps beside what Headroom says of it (docs/published-checks.md).

Each council is the smallest scenario that holds the published figures; nothing else about it is known here. Those of
Somerset, Middlesbrough and Blackpool have no luck in them, so what they show is arithmetic, exactly.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from places import BASE, NEXT, blackburn, council, line, scenario

from simulator.blocks import Sample
from simulator.evidence_tests import kinds
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen, plan_view
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.section25 import drafts
from simulator.trials import Tried, tried
from simulator.variants import DO_NOTHING, VIEWS

ROOT = Path(__file__).resolve().parents[1]
FEW = Sample(1_000)


def published(spent: float, fund: float, minimum: float, **more: Any) -> Scenario:
    """A council without luck that spends and raises `spent`, holds `fund`, and keeps `minimum` as its floor; in £m."""
    held = {"gf_unallocated": fund, "minimum": f"{100 * minimum / spent:.9f}%", **more.pop("reserves", {})}
    funding = {"council_tax": {"requirement": {BASE: spent}}}
    return scenario(agencies=[council(funding=funding, spending=[line("services", spent)], reserves=held, **more)])


def view_of(found: Scenario) -> Seen:
    return plan_view(found, prepare(found).compiled, "town", FEW)


def told(view: Seen) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for test in kinds.tests_of(view):
        found.setdefault(test.id, []).append(test)
    return found


# Somerset, 2025-26: a floor of £33.254m, and a gap of £101.384m in 2026-27 on a net budget of £622.089m.

SOMERSET, FLOOR, GAP = 622.089, 33.254, 101.384


def test_somersets_floor_is_neither_a_twentieth_nor_a_tenth_of_its_net_budget() -> None:
    assert round(FLOOR / SOMERSET, 4) == 0.0535
    assert round(0.05 * SOMERSET, 3) == 31.104 and round(0.10 * SOMERSET, 3) == 62.209
    assert round(FLOOR / 0.05, 2) == 665.08 and round(FLOOR / 0.10, 2) == 332.54
    view = view_of(published(SOMERSET, FLOOR, FLOOR))
    assert view.minimum[0] == pytest.approx(FLOOR * 1e6)


@cache
def somerset() -> Seen:
    return view_of(published(SOMERSET, FLOOR, FLOOR, plan={"gap": {NEXT: GAP}}))


def test_somersets_gap_is_taken_as_published_and_reserves_at_the_floor_cannot_meet_it() -> None:
    view = somerset()
    assert view.central["gap"][0] == pytest.approx(GAP * 1e6, abs=1e5)
    assert round(GAP / SOMERSET, 3) == 0.163 and round(GAP / FLOOR, 1) == 3.0
    found = told(view)
    for test in ("A02", "A03"):
        assert (found[test][0].value, found[test][0].grade) == (1.0, "red"), test
    # No contingency was published, so that R02 is told and not graded; the gap that nothing meets decides (R01).
    assert (found["R02"][0].value, found["R02"][0].grade, found["R01"][0].grade) == (1.0, "not_tested", "red")
    assert [draft.grade for draft in drafts(kinds.tests_of(view))] == ["does not support", "does not support"]
    # What no reserve down to nought meets is for savings, tax or support to find.
    assert view.paths["unfunded_gap"][0, 0] == pytest.approx((GAP - FLOOR) * 1e6)


def test_a_floor_in_pounds_becomes_a_share_that_follows_the_net_budget() -> None:
    """The published floor is in cash; here it is a share, so a plan that spends more lifts it."""
    view = somerset()
    assert view.minimum[0] == pytest.approx(FLOOR / SOMERSET * view.net_budget[0])
    assert view.net_budget[0] == pytest.approx((SOMERSET + GAP) * 1e6)
    assert view.minimum[0] / 1e6 == pytest.approx(38.674, abs=1e-3)


# Middlesbrough, 2025-26: a minimum of 7.0% of £143.362m, a general fund of £11.1m or 7.75%.

MIDDLESBROUGH, HELD = 143.362, 11.1


def test_middlesbroughs_minimum_and_cover_are_those_it_published() -> None:
    view = view_of(published(MIDDLESBROUGH, HELD, 0.07 * MIDDLESBROUGH))
    assert view.minimum[0] / 1e6 == pytest.approx(10.035, abs=1e-3)
    found = told(view)
    assert found["A01"][0].value == pytest.approx(1.106, abs=1e-3) and found["A01"][0].grade == "green"
    assert round(found["A06"][0].value or 0.0, 4) == 0.0774 and found["A06"][0].grade == "green"
    # 7.75% as published is of the fund before it was rounded to £11.1m: from £11.05m to £11.15m it is 7.71 to 7.78%.
    assert 11.05 / MIDDLESBROUGH < 0.0775 < 11.15 / MIDDLESBROUGH


@pytest.mark.parametrize(("gap", "chance"), [(10.3, 0.0), (10.4, 1.0)])
def test_what_middlesbrough_can_bear_in_one_year_above_its_minimum(gap: float, chance: float) -> None:
    """£1.065m of the general fund, and £10.0m more if the resilience reserve at its minimum is free for any risk.

    A gap raises the net budget, and the minimum with it by 7% of that: so £11.065m / 1.07, or £10.341m.
    """
    above = HELD - 0.07 * MIDDLESBROUGH
    assert round(above, 3) == 1.065 and round((above + 10.0) / 1.07, 3) == 10.341
    held = {"earmarked": 10.0, "usable_share": "100%"}
    found = published(MIDDLESBROUGH, HELD, 0.07 * MIDDLESBROUGH, reserves=held, plan={"gap": {NEXT: gap}})
    assert told(view_of(found))["R02"][0].value == chance


# Bath and North East Somerset, 2026-27: £12.58m in a risk-assessed range of £12.00m to £13.20m on £193.17m.


@pytest.mark.parametrize(("least", "grade"), [(12.00, "green"), (13.20, "amber")])
def test_a_published_range_grades_a_balance_inside_it_by_the_end_that_is_held_to(least: float, grade: str) -> None:
    view = view_of(published(193.17, 12.58, least))
    assert round(12.00 / 193.17, 3) == 0.062 and round(13.20 / 193.17, 3) == 0.068
    found = told(view)
    assert found["A01"][0].value == pytest.approx(12.58 / least) and found["A01"][0].grade == grade
    assert found["A06"][0].value == pytest.approx(0.0651, abs=1e-4) and found["A06"][0].grade == "green"


# Blackpool, 31 March 2025: a general fund of £0.509m on net revenue expenditure of £168.860m.


def test_blackpool_is_red_on_its_general_fund() -> None:
    found = told(view_of(published(168.860, 0.509, 0.05 * 168.860)))
    assert found["A06"][0].value == pytest.approx(0.003, abs=1e-4)
    assert {found[test][0].grade for test in ("A01", "A02", "A06")} == {"red"}


def test_earmarked_reserves_can_top_blackpools_fund_up_but_its_last_balance_stays_red() -> None:
    """£34.206m is earmarked; if half is free it lifts the fund to its minimum, which then is the usable reserve."""
    held = {"earmarked": 34.206, "usable_share": "50%"}
    found = told(view_of(published(168.860, 0.509, 0.05 * 168.860, reserves=held)))
    last, at_close = found["A06"]
    assert (last.grade, at_close.grade) == ("red", "green") and found["A01"][0].grade == "green"


def test_blackburn_is_not_red_on_its_general_fund_over_net_revenue_expenditure() -> None:
    """£9.0m on £142.272m at 31 March 2025 is 6.3%."""
    view = plan_view(blackburn(), prepare(blackburn()).compiled, "blackburn", FEW)
    found = told(view)["A06"]
    assert found[0].value == pytest.approx(0.063, abs=5e-4) and all(test.grade != "red" for test in found)


# Tameside: a gap of £39.82m, cumulative to 2028-29, in the press.

PRESS = 39.82


@cache
def tameside() -> Tried:
    found = load(ROOT / "scenarios" / "tameside.yaml").scenario
    return tried(prepare(found).compiled, "tameside", (VIEWS[0], DO_NOTHING), Sample(2_000))


def test_tamesides_published_gap_lies_inside_our_futures_without_savings() -> None:
    """Added up over 2025-26 to 2028-29 with nothing saved, the central case has 31.5 and half of futures pass 39.8."""
    found = tameside()
    years = slice(0, found.compiled.years.index("2028-29") + 1)
    v = found.at["do_nothing"]
    central = float(found.central["gap"][v, years].sum()) / 1e6
    paths = found.measures["gap"][v, years].sum(axis=0) / 1e6
    assert 25 < central < 38
    assert 0.40 < (paths >= PRESS).mean() < 0.60


def test_with_the_savings_approved_since_it_is_less_likely_and_as_one_years_gap_unlikely() -> None:
    found = tameside()
    end = found.compiled.years.index("2028-29")
    gap = found.measures["gap"][found.at["before_action"]] / 1e6
    added = (gap[: end + 1].sum(axis=0) >= PRESS).mean()
    alone = (gap[end] >= PRESS).mean()
    assert 0.05 < alone < added < 0.5
