"""Words beside what is entered: why a base year balances, what steps in later, which closed years lack an outturn."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import body_page, body_tables, entered_words, explanations, place_page, plan_words, summary_page
from simulator.run import Results, simulate
from simulator.scenario_file import load

ROOT = Path(__file__).resolve().parents[1]
ICB, TRUST, POLICE, COUNCIL = "lsc_icb", "elht", "lancashire_police", "blackburn"


@pytest.fixture(scope="module")
def lancashire() -> Results:
    return simulate(load(ROOT / "scenarios" / "lancashire.yaml").scenario, paths=200)


@pytest.fixture(scope="module")
def made_up() -> Results:
    return simulate(load(ROOT / "tests" / "whole-place.yaml").scenario, paths=200)


def test_a_balance_by_construction_names_the_line_that_makes_it(lancashire: Results) -> None:
    (first, *_, owed) = body_page.starting_point(lancashire, ICB)
    assert "That balances as entered, by construction: Ambulance" in first and "what is left of allocations" in first
    assert "two thirds of the 89.0 overspent" in owed and owed.endswith("It is no part of the sum above.")
    assert "which stays in every later gap" in next(body_page.starting_point(lancashire, TRUST))
    assert any("derived, not published" in line for line in summary_page.starting_point(lancashire, POLICE))
    assert entered_words.remainders(lancashire.scenario, lancashire.body(COUNCIL)) == ""
    plain = entered_words.base_balance(lancashire, lancashire.body(TRUST), 0.0)
    assert plain == "That balances as entered, which is no outturn."


def test_what_steps_in_is_the_difference_of_what_is_entered_with_its_reason(lancashire: Results) -> None:
    said = "\n".join(entered_words.stepped_in(lancashire, ICB))
    assert "2025-26, allocations +1,182.0: Core services +587.0 (2024-25 as published at its start" in said
    assert "Delegated specialised services +491.1, new that year (absent from the data for 2024-25" in said
    assert "paid under agreements +739.0" in said and "2025-26, all of it together: 0.0 on the gap" in said
    assert "2026-27, all of it together: +105.0 on the gap" in said
    trust = "\n".join(entered_words.stepped_in(lancashire, TRUST))
    assert "Services bought by NHS England from East Lancashire Hospitals -100.0" in trust and "(as staff)" not in trust
    assert list(entered_words.stepped_in(lancashire, "hospice")) == []
    assert said in "\n".join("\n".join(explanations.why(lancashire, ICB)).splitlines())


def test_a_closed_year_without_an_outturn_is_marked_in_every_body_s_tables(
    lancashire: Results, made_up: Results
) -> None:
    assert entered_words.closed(lancashire, ICB) == ["2025-26"]
    page = place_page.summary(lancashire, [])
    assert page.count("| 2025-26 † |") == 2 * len(lancashire.scenario.bodies)
    assert page.count("† No outturn entered; projected, though 2025-26 was over by 22 November 2026.") == 10
    assert "†" not in place_page.summary(made_up, [])


def test_spending_that_follows_the_allocation_is_no_demand(lancashire: Results) -> None:
    steps = lancashire.waterfall[lancashire.waterfall.agency == ICB].step
    assert {"Grows with its allocation: ICB allocations, in cash before convergence"} <= set(steps)
    assert not any(step.startswith("Demand: ICB allocations") for step in steps)
    assert "what grows with its own funding adds £87.7m" in next(explanations.why(lancashire, ICB))


def test_years_past_the_settlement_of_nhs_bodies_are_as_if_nothing_more_were_done(lancashire: Results) -> None:
    for agency, words in ((ICB, "what is owed to NHS England"), (TRUST, "revenue support drawn from NHS England")):
        said = body_tables.year_by_year(lancashire, agency)
        assert said.startswith("**Read 2028-29 first**") and f"stops {words} from growing" in said
        assert said.count(body_tables.UNDONE) == 2
        assert said.index("| 2028-29 |") < said.index(body_tables.UNDONE) < said.index("| 2029-30\\* |")
    assert body_tables.UNDONE not in body_tables.year_by_year(lancashire, "hospice")


def test_savings_and_certainty_say_why(lancashire: Results) -> None:
    (*_, reason) = plan_words.savings(lancashire, ICB)
    assert reason.startswith("- Why so, as entered: **Efficiency plan**: for 2025-26 only what repays the past")
    (certain,) = explanations.exposure(lancashire, ICB)
    assert "assumed 100%" in certain and "The settlement to 2028-29 is another matter" in certain


def test_the_contents_link_to_every_heading(lancashire: Results) -> None:
    page = place_page.summary(lancashire, ["summary.md"])
    contents = page.split("## Contents")[1].split("\n## ")[0]
    for body in lancashire.scenario.bodies:
        assert body.name in contents
    assert "(#nhs-lancashire-and-south-cumbria-icb-integrated-care-board-can-it-live-within-its-allocation)" in contents
    assert "[Files](#files)" in contents and "## Contents" not in place_page.short_page(lancashire)
    assert "\\(" not in page


def test_an_icb_s_plan_is_told_against_its_allocation(lancashire: Results) -> None:
    page = place_page.summary(lancashire, [])
    assert "overspends its plan, here break-even against its allocation, which is its duty in law" in page
    assert "mental health investment standard" in page and "running-cost limit" in page
