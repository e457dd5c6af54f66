"""The council's own plan: the central case equals it, the futures go round it, every difference has a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import places
import pytest
from places import NEXT, Tree, blackburn, blackburn_with, central, council, driver, line, parts_of, scenario

from simulator.assumptions import Assumption
from simulator.compiled import Floats
from simulator.money import Amount
from simulator.plan import Plan
from simulator.position import FUNDING, SPENDING
from simulator.prepared import NOT_ITEMISED, Difference, compile_scenario, prepare
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.scenario_file import load

PLANS = Path(__file__).parent / "plans"
MADE_UP = PLANS / "made-up.yaml"
TENTH = 0.1e6
BEFORE, AFTER = 0, 1


def money(found: Scenario, measure: str, view: int = BEFORE) -> Floats:
    amounts: Floats = central(found).measures[measure][view, 0, :, 0]
    return amounts


def years(found: Scenario) -> dict[str, int]:
    return {str(year): t for t, year in enumerate(found.projected)}


def entered(found: Scenario) -> list[Difference]:
    return [row for row in prepare(found).differences if row.entered]


def reproduced(found: Scenario, name: str, year: str) -> float:
    """What the central case of a scenario with a plan makes of one plan line, in £m, from its parts afresh."""
    plan = found.agencies[0].plan
    assert plan is not None
    line = next(line for line in plan.lines if line.id == name)
    t, flow = years(found)[year], {"funding": FUNDING, "spending": SPENDING}[line.flow]
    bare = found.model_copy(update={"agencies": [found.agencies[0].model_copy(update={"plan": None})]})
    compiled = compile_scenario(found)
    shifted = next(row.effect for row in prepare(found).differences if row.line == name and row.year == year)
    held = {(part.name, part.flow): float(part.views.actual[t, 0]) for part in parts_of(bare)}
    assert compiled.funding[0].plan_funding.any() or compiled.funding[0].plan_spending.any()
    own = sum(held.get((part, flow), -held.get((part, -flow), 0.0)) for part in line.covers)
    return (own + flow * shifted) / 1e6


# Published figures.


def test_a_published_gap_alone_is_reproduced_to_the_penny() -> None:
    """Somerset's papers warn of a gap of £101.384m in 2026-27; all else here is made up."""
    found = scenario(agencies=[council(plan={"gap": {"2026-27": 101.384}})])
    assert money(found, "gap")[0] == pytest.approx(101.384e6, abs=0.005)
    drifting = scenario(
        agencies=[council(spending=[line("services", 700, demand="need")], plan={"gap": {"2026-27": 101.384}})],
        drivers=[driver("need", long_run="4%", spread="3%")],
    )
    assert money(drifting, "gap")[0] == pytest.approx(101.384e6, abs=0.005)
    (row,) = entered(drifting)
    assert (row.line, row.plan) == (NOT_ITEMISED, pytest.approx(101.384e6))
    assert row.effect == pytest.approx(101.384e6 - 628e6) and row.own_central == pytest.approx(628e6)
    # A surplus is a gap below nought.
    plenty = scenario(agencies=[council(plan={"surplus": {"2026-27": 3}})])
    assert money(plenty, "gap")[0] == pytest.approx(-3e6)


def test_tamesides_published_income_makes_its_budget() -> None:
    found = load(PLANS / "tameside-2025-26.yaml").scenario
    t = years(found)
    income = {"grants": 275, "tax": 124, "rates": 119, "fees": 48, "other_income": 115}
    assert sum(income.values()) == 681
    for name, amount in income.items():
        assert reproduced(found, name, "2025-26") == pytest.approx(amount, abs=0.1), name
    assert money(found, "gap")[t["2025-26"]] == pytest.approx(0, abs=TENTH)
    assert money(found, "gap")[t["2028-29"]] == pytest.approx(39.82e6, abs=TENTH)


def test_nottinghamshires_published_funding_makes_its_net_budget() -> None:
    found = load(PLANS / "nottinghamshire-2026-27.yaml").scenario
    t = years(found)
    funding = {"tax": 537.8, "rates": 170.1, "grants": 164.1, "collection": 3.7}
    assert sum(funding.values()) == pytest.approx(875.7)
    for name, amount in funding.items():
        assert reproduced(found, name, "2026-27") == pytest.approx(amount, abs=0.1), name
    assert money(found, "gap")[t["2026-27"]] == pytest.approx(0, abs=TENTH)
    assert money(found, "gap")[t["2028-29"]] == pytest.approx(15.9e6, abs=TENTH)
    results = simulate(found, paths=1_000)
    kept = results.kept["gap"][BEFORE, 0, t["2026-27"]]
    assert np.quantile(kept, 0.1) < -1e6 and np.quantile(kept, 0.9) > 1e6


def test_published_figures_of_plans_are_those_of_the_papers(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "cases" / "council_mtfs_reference.csv")
    held = {(row.authority, row.year, row.metric): row.value for row in table.itertuples()}
    for name, metric in (
        ("grants", "income_government_grants"), ("tax", "income_council_tax"), ("rates", "income_business_rates"),
        ("fees", "income_fees_charges"), ("other_income", "income_other"), ("spending", "annual_budget"),
    ):  # fmt: skip
        assert stated("tameside-2025-26", name, "2025-26") == held["Tameside", "2025-26", metric]
    for name, metric in (
        ("tax", "income_council_tax"), ("rates", "income_business_rates"), ("grants", "income_rsg_and_grants"),
        ("collection", "collection_fund"), ("budget", "net_budget_proposed"),
    ):  # fmt: skip
        assert stated("nottinghamshire-2026-27", name, "2026-27") == held["Nottinghamshire", "2026-27", metric]
    assert stated("tameside-2025-26", "gap", "2028-29") == held["Tameside", "2028-29", "budget_gap_cumulative"]
    assert (
        stated("nottinghamshire-2026-27", "gap", "2028-29")
        == held["Nottinghamshire", "2028-29", "three_year_gap_revised"]
    )


@pytest.mark.parametrize("file", ["tameside-2025-26", "nottinghamshire-2026-27"])
def test_base_years_of_the_published_plans_are_those_of_the_returns(file: str, data_dir: Path) -> None:
    body = load(PLANS / f"{file}.yaml").scenario.agencies[0]
    folder, tax = data_dir / "local_gov", body.funding.council_tax
    returned = pd.read_csv(folder / "council_tax_requirement_2014_2027.csv").query("ons_code == @body.ons_code")
    by_year = returned.set_index("year")
    for year in tax.requirement:
        row = by_year.loc[str(year)]
        own = row.ctr_excl_parish_gbp if row.ctr_excl_parish_gbp > 0 else row.ctr_incl_parish_gbp
        assert (tax.requirement[year].used, tax.band_d[year].used) == (own, row.band_d_excl_parish_gbp), str(year)
    outturn = pd.read_csv(folder / "council_grants_and_nce_2022_2025.csv").query("ons_code == @body.ons_code")
    spent = outturn.set_index("year").loc["2024-25"]
    (grants,) = body.funding.grants
    assert next(iter(grants.amounts.values())).used == pytest.approx(spent.central_grants_in_gbp_k * 1e3)
    assert sum(line_.spent for line_ in body.spending) == pytest.approx(spent.net_current_expenditure_gbp_k * 1e3)
    services = pd.read_csv(folder / "service_net_current_expenditure_2017_2025.csv").query("ons_code == @body.ons_code")
    known = services.query("year == '2024-25'").set_index("service").net_current_expenditure_gbp_k * 1e3
    names = {"adult_care": "adult_social_care", "children": "children_social_care", "education": "education",
             "public_health": "public_health", "housing": "housing_gfra", "planning": "planning_development",
             "culture": "cultural", "central": "central", "highways": "highways_transport",
             "environment": "environmental_regulatory"}  # fmt: skip
    for line_ in body.spending:
        if line_.id != "other":
            assert line_.spent == pytest.approx(known[names[line_.id]]), line_.id


def test_an_earlier_published_gap_moves_that_year_alone_and_what_follows() -> None:
    """Nottinghamshire first published £18.5m for 2028-29; its draft budget revised that to £15.9m."""
    revised = load(PLANS / "nottinghamshire-2026-27.yaml").scenario
    first = with_plan(revised, gap={next(iter(plan_of(revised).gap)): Assumption[Amount](value=18.5)})
    moved = money(first, "gap") - money(revised, "gap")
    t = years(revised)["2028-29"]
    assert money(first, "gap")[t] == pytest.approx(18.5e6, abs=TENTH)
    assert moved == pytest.approx(np.where(np.arange(len(moved)) < t, 0.0, 2.6e6), abs=0.01)


def plan_of(found: Scenario) -> Plan:
    plan = found.agencies[0].plan
    assert plan is not None
    return plan


def with_plan(found: Scenario, **parts: Any) -> Scenario:
    """The scenario with parts of its plan replaced."""
    plan = plan_of(found).model_copy(update=parts)
    return found.model_copy(update={"agencies": [found.agencies[0].model_copy(update={"plan": plan})]})


def stated(file: str, name: str, year: str) -> float:
    plan = load(PLANS / f"{file}.yaml").scenario.agencies[0].plan
    assert plan is not None
    amounts: Any = plan.gap if name == "gap" else next(line.amounts for line in plan.lines if line.id == name)
    return round(next(amount.used for when, amount in amounts.items() if str(when) == year) / 1e6, 3)


# A whole plan, made up.


@pytest.fixture(scope="module")
def planned() -> Scenario:
    return blackburn_with(MADE_UP)


def test_the_central_case_is_the_plan_come_true(planned: Scenario) -> None:
    plan, at = planned.agencies[0].plan, years(planned)
    assert plan is not None
    left = money(planned, "gap") - money(planned, "savings_delivered")
    for year, amount in plan.gap.items():
        assert left[at[str(year)]] == pytest.approx(amount.used, abs=TENTH), year
    for line_ in plan.lines:
        for year, amount in line_.amounts.items():
            row = next(row for row in entered(planned) if (row.line, row.year) == (line_.id, str(year)))
            assert row.plan == pytest.approx(amount.used, abs=0.01), (line_.id, year)
    assert money(planned, "contingency")[1:3] == pytest.approx([2e6, 2e6])


@pytest.mark.parametrize("file", ["made-up", "tameside-2025-26", "nottinghamshire-2026-27"])
def test_differences_by_line_add_up_to_that_of_the_gaps(file: str) -> None:
    planned = blackburn_with(MADE_UP) if file == "made-up" else load(PLANS / f"{file}.yaml").scenario
    bare = planned.model_copy(update={"agencies": [planned.agencies[0].model_copy(update={"plan": None})]})
    moved = (money(planned, "spending") - money(planned, "funding")) - (
        money(bare, "spending") - money(bare, "funding")
    )
    by_year = dict.fromkeys(years(planned), 0.0)
    for row in prepare(planned).differences:
        by_year[row.year] += row.effect
    assert moved == pytest.approx(list(by_year.values()), abs=0.01)
    assert np.abs(moved).max() > 1e6


def test_a_line_taken_out_takes_only_its_own_difference_with_it(planned: Scenario) -> None:
    lines = [line_ for line_ in plan_of(planned).lines if "rest" not in line_.covers]
    whole = with_plan(planned, lines=lines, gap={}, gap_is="before_savings")
    for taken in lines:
        less = with_plan(whole, lines=[line_ for line_ in lines if line_ is not taken], gap={})
        effects = {(row.line, row.year): row.effect for row in prepare(whole).differences}
        own = [effects.get((taken.id, year), 0.0) for year in years(whole)]
        assert money(whole, "gap") - money(less, "gap") == pytest.approx(own, abs=0.01), taken.id
        left = {(row.line, row.year): row.effect for row in prepare(less).differences}
        assert left == {key: effect for key, effect in effects.items() if key[0] != taken.id}


def test_each_line_is_beside_its_own_central_case(planned: Scenario) -> None:
    parts = {(part.name, part.flow): part.views.actual[:, 0] for part in parts_of(blackburn())}
    t = years(planned)["2027-28"]
    rows = {row.line: row for row in entered(planned) if row.year == "2027-28"}
    assert rows["tax"].own_central == pytest.approx(parts["council_tax", FUNDING][t] + parts["parishes", FUNDING][t])
    # What is netted from spending is funding to the plan.
    netted = ("better_care", "social_care_grants", "other_grants", "public_health_grant")
    assert rows["specific"].own_central == pytest.approx(-sum(parts[name, SPENDING][t] for name in netted))
    assert rows["tax"].effect == pytest.approx(rows["tax"].own_central - 83.6e6)
    assert rows["adults"].effect == pytest.approx(86.9e6 - rows["adults"].own_central)


def test_what_a_plan_does_not_itemise_is_its_gap_less_its_lines(planned: Scenario) -> None:
    """So the lines of a year add up to the plan's gap, and no entry moves what the scenario says of its own."""
    bare = planned.model_copy(update={"agencies": [planned.agencies[0].model_copy(update={"plan": None})]})
    lasting = [np.append(0, money(found, "recurrent_savings")[:-1]) for found in (bare, planned)]
    own_gap, short = money(bare, "gap") + lasting[0], money(planned, "gap") + lasting[1]
    sign = {"spending": 1, "funding": -1}
    for year, t in years(planned).items():
        rows = [row for row in prepare(planned).differences if row.year == year]
        if rows and {row.line for row in rows} >= {NOT_ITEMISED}:
            assert sum(sign[row.flow] * row.plan for row in rows) == pytest.approx(short[t], abs=0.01)
            assert sum(sign[row.flow] * row.own_central for row in rows) == pytest.approx(own_gap[t], abs=0.01)
    before = {row.year: row.own_central for row in entered(planned) if row.line == NOT_ITEMISED}
    assert before
    lines = [line_ for line_ in plan_of(planned).lines if line_.id != "adults"]
    adults = next(line_ for line_ in plan_of(planned).lines if line_.id == "adults")
    slip = {year: amount.model_copy(update={"value": amount.used + 3e6}) for year, amount in adults.amounts.items()}
    lines.append(adults.model_copy(update={"amounts": slip}))
    mistyped = with_plan(planned, lines=lines)
    after = {row.year: row.own_central for row in entered(mistyped) if row.line == NOT_ITEMISED}
    assert after == pytest.approx(before)


def test_the_futures_go_round_the_plan(planned: Scenario) -> None:
    results = simulate(planned, paths=4_000)
    table = results.agency_years
    gap = table[(table.measure == "gap") & (table["view"] == "before_action")].set_index("year")
    for year in ("2026-27", "2027-28", "2028-29", "2029-30"):
        row = gap.loc[year]
        assert row.p25 < row.central < row.p75, year
    # Savings are the plan's in full without luck, and what such savings deliver with it.
    saved = table[(table.measure == "savings_delivered") & (table["view"] == "before_action")].set_index("year")
    assert saved.central["2027-28"] == pytest.approx(3.4e6)
    assert saved["mean"]["2027-28"] == pytest.approx(0.95 * 2.0e6 + 0.35 * 1.4e6, rel=0.03)


def test_after_its_last_year_a_difference_is_held_in_cash(planned: Scenario) -> None:
    rows = prepare(planned).differences
    tax = {row.year: row for row in rows if row.line == "tax"}
    assert tax["2030-31"].effect == tax["2034-35"].effect == tax["2029-30"].effect
    assert not tax["2030-31"].entered and "2025-26" not in tax
    assert tax["2034-35"].plan == pytest.approx(tax["2034-35"].own_central - tax["2029-30"].effect)


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(planned: Scenario) -> None:
    short = planned.model_copy(update={"years": 3})
    assert np.array_equal(money(short, "gap"), money(planned, "gap")[:3])


def small(*lines: Tree, **plan: Any) -> Scenario:
    body = council(
        funding={
            "grants": [
                {"id": "own", "name": "Own", "amounts": {places.BASE: 20}},
                {"id": "netted", "name": "Netted", "amounts": {places.BASE: 5}, "specific": True},
            ]
        },
        spending=[line("care", 60, demand="need"), line("other", 65)],
        plan={"lines": list(lines), **plan},
    )
    return scenario(agencies=[body], drivers=[driver("need", long_run="5%")], years=3)


def planline(name: str, flow: str, covers: list[str], amounts: Tree) -> Tree:
    return {"id": name, "name": name, "flow": flow, "covers": covers, "amounts": amounts}


def test_a_line_changes_only_what_it_covers() -> None:
    """120 of funding and 63 + 65 - 5 of spending in the first year: 3 short. The plan says 61 of care: 1 short."""
    care = planline("care", "spending", ["care"], {NEXT: 61})
    assert money(small(), "gap")[0] == pytest.approx(3e6)
    assert money(small(care), "gap")[0] == pytest.approx(1e6)
    both = small(care, planline("tax", "funding", ["council_tax"], {NEXT: 104}))
    assert money(both, "gap")[0] == pytest.approx(-3e6)
    assert {row.line: row.effect for row in entered(both)} == pytest.approx({"care": -2e6, "tax": -4e6})


def test_rest_is_all_that_no_other_line_covers() -> None:
    """Of 123 spent net, care is 63: the rest is 65 less the netted 5."""
    found = small(planline("care", "spending", ["care"], {NEXT: 61}), planline("all", "spending", ["rest"], {NEXT: 66}))
    rows = {row.line: row for row in entered(found)}
    assert (rows["all"].own_central, rows["all"].effect) == pytest.approx((60e6, 6e6))
    assert money(found, "spending")[0] == pytest.approx((61 + 66) * 1e6)


def test_a_gap_after_savings_is_taken_back_to_before_them() -> None:
    saving = {"id": "s", "name": "S", "rag": "red", "recurrent": "50%", "amounts": {NEXT: 4, "2027-28": 2}}
    rates = {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
             "organisation_weight": "40%", "system_share": "30%"}  # fmt: skip
    plan = {"gap": {NEXT: 1, "2027-28": 1}, "gap_is": "after_savings"}
    found = scenario(agencies=[council(plan=plan, savings=[saving])], rules={"delivery": rates}, years=2)
    # Before savings: 1 + 4, then 1 + 2 + half of the 4 of the year before.
    assert money(found, "spending") - money(found, "funding") == pytest.approx([5e6, 5e6])
    assert money(found, "gap") == pytest.approx([5e6, 3e6])
    assert money(found, "gap") - money(found, "savings_delivered") == pytest.approx([1e6, 1e6])
    before = scenario(
        agencies=[council(plan={**plan, "gap_is": "before_savings"}, savings=[saving])],
        rules={"delivery": rates},
        years=2,
    )
    assert money(before, "spending") - money(before, "funding") == pytest.approx([1e6, 1e6])


def test_a_stress_moves_the_futures_and_not_the_plan() -> None:
    """The plan is fitted to the case without surprises, so that a stress laid over it shows in full."""
    stress: Tree = {"drivers": [{"id": "care_demand", "surprise": {"2027-28": "5%"}}]}
    calm, stressed = blackburn_with(MADE_UP), blackburn_with(MADE_UP, stress)
    t = years(calm)["2027-28"]
    moved = (money(stressed, "gap") - money(calm, "gap"))[t]
    bare = (money(blackburn_with(stress), "gap") - money(blackburn(), "gap"))[t]
    assert moved == pytest.approx(bare) and moved > 3e6


def test_a_plan_is_no_national_need() -> None:
    """Half of the national gap comes back two years late, but none of what only this council plans."""
    rules: Tree = {"accommodation": {"share": "50%", "first": "2028-29", "lag": 2}}
    found = scenario(agencies=[council(plan={"gap": {NEXT: 40, "2027-28": 40, "2028-29": 40}})], rules=rules)
    assert not money(found, "funding_accommodation").any()
    assert money(found, "gap")[:3] == pytest.approx([40e6] * 3)
