"""Seeing why: one future told whole and one line followed must equal what the run stored; steps must add up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pictures
import pytest
from click.testing import CliRunner, Result
from places import BASE, NEXT, basket, blackburn, council, driver, line, scenario

from simulator.cli import main
from simulator.drivers import DriverPaths
from simulator.position import price
from simulator.reasons import AVERAGE, INTERACTION, steps_of
from simulator.run import Results, simulate
from simulator.summary import quantiles
from simulator.tracing import UnknownItemError, detail, items, trace
from simulator.tracing_page import detail_page, trace_page

ROOT = Path(__file__).resolve().parent.parent
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seen") / "run"
    with pictures.undrawn():
        done = headroom(
            "run", BLACKBURN, "--paths", "1500", "--seed", "7", "--save-paths", "--do-nothing", "--out", str(out)
        )
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(blackburn(), paths=1_500, seed=7)


# One future.


@pytest.mark.parametrize("view", ["before_action", "after_action", "do_nothing"])
def test_a_trace_is_what_was_stored_bit_for_bit(view: str, folder: Path) -> None:
    stored = pd.read_parquet(folder / "paths.parquet")
    kept = stored[(stored.path == 1_203) & (stored["view"] == view)]
    expected = {(row.year, row.measure): row.value for row in kept.itertuples()}
    told = json.loads(headroom("trace", str(folder), "--path", "1203", "--view", view, "--json").output)
    seen = {
        (r["year"], r["item"]): r["amount"]
        for r in told
        if r["group"] in ("budget", "close", "reserves") and r["item"] != "earlier_savings"
    }
    assert len(seen) == 10 * 24
    # The rest stand among the parts, under their own names.
    elsewhere = {"debt": "financing_costs", "funding_accommodation": "funding_accommodation"}
    seen |= {(r["year"], elsewhere[r["item"]]): r["amount"] for r in told if r["item"] in elsewhere}
    assert {measure for _, measure in expected} == {measure for _, measure in seen}
    assert all(expected[key] == amount for key, amount in seen.items())


def test_a_trace_adds_up_from_its_lines_to_its_gap(results: Results) -> None:
    told = trace(results, 1_499)
    for (year,), rows in told[told["view"].isin(["all", "before_action"])].groupby(["year"]):
        parts = rows[rows.group.isin(["spending", "events"]) & (rows["view"] == "all")].amount.sum()
        money = rows[rows.group == "funding"].amount.sum()
        budget = rows[rows.group == "budget"].set_index("item").amount
        assert parts == pytest.approx(budget["spending"], abs=0.005), year
        assert money == pytest.approx(budget["funding"], abs=0.005), year


def test_what_the_terminal_shows_of_the_budget_makes_its_gap(results: Results) -> None:
    told = trace(results, 17)
    for (_, _), rows in told[told.group == "budget"].groupby(["view", "year"]):
        shown = rows.set_index("item").amount
        made = shown["spending"] - shown["funding"] + shown["underlying_adjustment"] + shown["support_cost"]
        assert made - shown["tax_raised"] - shown["earlier_savings"] == pytest.approx(shown["gap"], abs=0.005)
    assert (told[told["item"] == "earlier_savings"].amount > 0).any()


def test_payments_name_payer_payee_and_reason_and_make_up_funding(results: Results) -> None:
    told = trace(results, 3)
    paid = told[(told.group == "payments") & (told["view"] == "after_action") & (told.year == "2030-31")]
    assert (paid.payer != "").all() and (paid.payee != "").all() and (paid.reason != "").all()
    to_council = paid[paid.payee == blackburn().agencies[0].name].amount.sum()
    shared = told[(told.year == "2030-31") & (told["view"] == "all")]
    own = shared[shared.group == "funding"].set_index("item").amount
    spent = shared[shared.group == "spending"].set_index("item").amount
    grants = -spent[["schools_grant", "public_health_grant", "better_care", "social_care_grants", "other_grants"]].sum()
    choices = told[(told.year == "2030-31") & (told["view"] == "after_action")].set_index("item").amount
    # What passes through to parishes, and what the collection fund returns, are no payments to the council.
    own_funding = choices["funding"] - own["parishes"] - own["collection_fund"]
    assert to_council == pytest.approx(own_funding + grants + choices["tax_raised"], abs=0.01)


def test_the_terminal_tells_a_future_in_words(folder: Path) -> None:
    said = headroom("trace", str(folder), "--path", "17", "--year", "2027-28", "--view", "do_nothing").output
    for words in ("future 17 (counted from 0) of 1,500 (seed 7), doing nothing", "2027-28", "How the gap was met",
                  "Who paid whom", "parish precepts", "Added to reserves", "£ million"):  # fmt: skip
        assert words in said
    assert "2028-29" not in said


def test_no_name_is_cut_and_growth_levels_and_points_are_told_apart() -> None:
    name = "What we pay for the care of grown people who live at home or in homes of their own choosing"
    found = scenario(
        drivers=[driver("need", long_run="2%"), driver("bank", kind="level", long_run="4%"),
                 driver("caught", kind="level", long_run="0.5%")],
        agencies=[council(
            spending=[{**line("care", 40, demand="need"), "name": name}, line("other", 60)],
            funding={"council_tax": {"collection": "caught"}},
            debt={"outstanding": 10, "rate": "4%", "maturing": "5%", "mrp": 1, "mrp_growth": "0%",
                  "borrowing_rate": "bank"},
        )],
        years=1,
    )  # fmt: skip
    run = simulate(found, paths=1)
    page = trace_page(run, "town", 0, "before_action", trace(run, 0).query("view in ('all', 'before_action')"))
    assert name in " ".join(page.split())
    assert max(len(row) for row in page.splitlines()[4:]) <= 90
    rows = [" ".join(row.split()) for row in page.splitlines()]
    assert {"need 2.00% growth", "bank 4.00% level", "caught 0.50 points"} <= set(rows)


def test_what_is_added_to_reserves_is_said_so() -> None:
    def page(grant: float) -> str:
        more = {"id": "more", "name": "More", "amounts": {BASE: 0, NEXT: grant}}
        run = simulate(scenario(agencies=[council(funding={"grants": [more]})], years=1), paths=1)
        return trace_page(run, "town", 0, "before_action", trace(run, 0).query("view in ('all', 'before_action')"))

    def row(text: str, name: str) -> list[str]:
        return [" ".join(found.split()) for found in text.splitlines() if found.strip().startswith(name)]

    assert row(page(2), "Added to reserves") == ["Added to reserves £2.000m"] and row(page(2), "Used from") == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--path", "1500"], "paths 0 to 1,499"),
        (["--path", "1", "--year", "2044-45"], "2025-26 to 2034-35"),
        (["--path", "1", "--year", "2030"], "did you mean 2030-31?"),
        (["--path", "1", "--view", "sideways"], "before_action, after_action, do_nothing"),
        (["--path", "1", "--agency", "nobody"], "blackburn"),
    ],
)
def test_what_is_not_there_is_said_in_words(folder: Path, wrong: list[str], words: str) -> None:
    done = headroom("trace", str(folder), *wrong)
    assert done.exit_code == 2 and words in done.output


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    done = headroom("trace", str(tmp_path), "--path", "1")
    assert done.exit_code == 2 and "run.json" in done.output
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "scenario.yaml").write_text("headroom: 1\n")
    done = headroom("detail", str(tmp_path))
    assert done.exit_code == 2 and "record of a run" in done.output


# One line.


def test_the_mean_and_central_cost_of_a_line_are_those_stored(results: Results) -> None:
    stored = results.lines[results.lines.line == "adult_care"]
    table = detail(results, "blackburn", "adult_care")
    assert table["mean"].tolist() == stored["mean"].tolist()
    assert table.central.tolist() == stored.central.tolist()
    assert (table.p05 < table.p50).all() and (table.p50 < table.p95).all() and (table.paths == 1_500).all()


def test_the_quantiles_of_a_line_are_those_of_its_cost_on_every_future(folder: Path, results: Results) -> None:
    compiled, recipe = results.compiled, DriverPaths(results.compiled, 7)
    care = next(line for line in compiled.lines if line.id == "adult_care")
    drawn = [price(compiled, recipe.block(number)).pairs[care.pair].actual for number in range(2)]
    cost = np.sort(care.base * np.concatenate(drawn, axis=1)[:, :1_500], axis=1)
    told = json.loads(headroom("detail", str(folder), "adult_care", "--json").output)
    assert [row["year"] for row in told] == list(compiled.years)
    for place, name in ((75, "p05"), (750, "p50"), (1_350, "p90")):
        assert [row[name] for row in told] == pytest.approx(cost[:, place - 1])
    stored = pd.read_csv(folder / "tables" / "lines.csv")
    assert [row["mean"] for row in told] == pytest.approx(stored[stored.line == "adult_care"]["mean"].tolist(), abs=1)


def test_a_service_is_the_sum_of_its_lines_future_by_future(results: Results) -> None:
    both = detail(results, "blackburn", "Children Social Care")
    parts = [detail(results, "blackburn", name) for name in ("child_placements", "child_services")]
    assert both["mean"].to_numpy() == pytest.approx(sum(part["mean"].to_numpy() for part in parts))
    # The two move together in part, so the whole spreads less than its parts in all.
    assert (both.p95 - both.p05 < sum(part.p95 - part.p05 for part in parts)).all()


def test_a_part_that_was_kept_has_the_quantiles_of_what_was_kept(results: Results) -> None:
    table = detail(results, "blackburn", "debt")
    kept = quantiles(results.kept["financing_costs"][0, 0])
    assert pytest.approx(kept) == table[["p05", "p10", "p25", "p50", "p75", "p90", "p95"]].to_numpy().T


def test_what_can_be_followed_is_listed_and_all_else_refused(folder: Path, results: Results) -> None:
    with pytest.raises(UnknownItemError, match="adult_care"):
        detail(results, "blackburn", "moonbase")
    done = headroom("detail", str(folder), "moonbase")
    assert done.exit_code == 2 and "has no `moonbase`" in done.output and "did you mean" not in done.output
    assert f"`headroom detail {folder}` lists" in done.output and "adult_care" not in done.output
    done = headroom("detail", str(folder), "adult_care", "--agency", "nobody")
    assert done.exit_code == 2 and "blackburn" in done.output
    assert set(json.loads(headroom("detail", str(folder), "--json").output)) == set(items(results, "blackburn"))
    said = headroom("detail", str(folder), "adult_care").output
    assert "do not add up" in said and "2034-35" in said and "£ million" in said


def test_what_can_be_followed_is_listed_with_its_kind_and_name(folder: Path, results: Results) -> None:
    head, *rows = headroom("detail", str(folder)).output.splitlines()
    kind, name = head.index("Kind"), head.index("Name")
    listed = {row[:kind].strip(): (row[kind:name].strip(), row[name:]) for row in rows}
    assert set(listed) == set(items(results, "blackburn")) and len(listed) == len(rows)
    assert listed["adult_care"] == ("line", "Adult social care")
    assert listed["Adult Social Care"] == ("service", "Adult Social Care")
    assert listed["schools_grant"] == ("grant", "Dedicated Schools Grant and other grants for schools")
    assert listed["rsg"] == ("grant", "Revenue Support Grant")
    assert listed["debt"] == ("part", "Interest and provision for debt")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("adlt_care", "`adult_care` (Adult social care)"),
        ("Revenue support", "`rsg` (Revenue Support Grant)"),
        ("Adult social", "`Adult Social Care`"),
    ],
)
def test_the_nearest_item_comes_first_and_the_list_is_a_command_away(folder: Path, wrong: str, meant: str) -> None:
    done = headroom("detail", str(folder), wrong)
    assert done.exit_code == 2 and f"has no `{wrong}`; did you mean {meant}? `headroom detail {folder}`" in done.output


def test_a_line_that_a_plan_covers_says_what_the_plan_says_and_where_the_difference_is() -> None:
    def own(name: str, flow: str, amount: float, *covers: str) -> dict[str, object]:
        return {"id": f"own_{name}", "name": f"Our {name}", "flow": flow, "covers": covers, "amounts": {NEXT: amount}}

    taxed = own("tax", "funding", 101.5, "council_tax", "collection_fund")
    plan = {"lines": [own("care", "spending", 41, "care"), taxed, own("others", "spending", 62, "rest")]}
    spent = [line("care", 40, service="Social Care"), line("other", 60)]
    run = simulate(scenario(agencies=[council(spending=spent, plan=plan)], years=2), paths=1)

    def said(item: str) -> str:
        return " ".join(detail_page(run, "town", item, detail(run, "town", item)).split())

    for item in ("care", "Social Care"):
        assert f"The plan says £41.00m in {NEXT} under Our care. The table keeps" in said(item)
        assert "the difference is in plan_spending" in said(item) and "Our others" not in said(item)
    assert f"The plan says £101.50m in {NEXT} under Our tax, for all that this line of it covers" in said("council_tax")
    assert "the difference is in plan_funding" in said("council_tax")
    assert f"The plan says £62.00m in {NEXT} under Our others" in said("other")
    bare = simulate(scenario(agencies=[council(spending=spent)], years=2), paths=1)
    assert "The plan says" not in detail_page(bare, "town", "care", detail(bare, "town", "care"))


# The steps.


def test_steps_add_up_to_every_gap_of_every_year_and_view(results: Results) -> None:
    for view in ("before_action", "after_action"):
        for year in results.compiled.years:
            steps = steps_of(results.waterfall, "blackburn", view, year)
            start, moves = steps.amount.iloc[0], steps[steps.kind == "move"].amount
            row = results.agency_years[
                (results.agency_years.measure == "gap") & (results.agency_years["view"] == view)
                & (results.agency_years.year == year)
            ].iloc[0]  # fmt: skip
            assert start + moves.sum() == pytest.approx(row["mean"], abs=0.005)
            central = steps[steps.step == f"Central gap in {year}"].amount.iloc[0]
            assert start + moves.sum() - steps[steps.step == AVERAGE].amount.iloc[0] == pytest.approx(
                central, abs=0.005
            )
            assert central == pytest.approx(row.central, abs=0.005)


def test_prices_demand_and_their_interaction_by_hand() -> None:
    """50 at prices up 10% and demand up 20% costs 66: 5 by prices, 10 by demand, 1 by the two together."""
    found = scenario(
        drivers=[driver("need", long_run="20%"), driver("fees", long_run="10%")],
        baskets=[basket("care", fees="100%")],
        agencies=[council(spending=[line("care", 50, demand="need", basket="care"), line("rest", 50)])],
        years=1,
    )
    steps = steps_of(simulate(found, paths=1).waterfall, "town", "before_action", NEXT).set_index("step").amount / 1e6
    assert steps[f"Underlying gap of {BASE}"] == pytest.approx(0)
    assert (steps["Prices: fees"], steps["Demand: need"]) == pytest.approx((5, 10))
    assert steps[INTERACTION] == pytest.approx(1)
    assert steps[f"Central gap in {NEXT}"] == pytest.approx(16)


def test_lines_and_parts_make_spending_and_funding_in_the_central_case(results: Results) -> None:
    parts = results.parts.pivot_table(index="year", columns="flow", values="amount", aggfunc="sum")
    money = results.agency_years[results.agency_years["view"] == "before_action"].set_index(["measure", "year"]).central
    for flow in ("spending", "funding"):
        assert parts[flow].to_numpy() == pytest.approx(money[flow].to_numpy(), abs=0.005)
    lines = results.lines.groupby("year").central.sum().to_numpy()
    assert lines == pytest.approx(results.parts[results.parts.part == "lines"].amount.to_numpy(), abs=0.005)
    assert np.isfinite(lines).all()


@pytest.mark.usefixtures("unpainted")
def test_why_answers_for_any_year_from_the_run_folder(folder: Path, results: Results, tmp_path: Path) -> None:
    picture = tmp_path / "why.svg"
    said = headroom("why", str(folder), "--year", "2030-31", "--out", str(picture))
    assert said.exit_code == 0 and "Council tax" in said.output and "Average gap in 2030-31" in said.output
    assert b"<svg" in picture.read_bytes()
    picture.write_text("older")
    again = headroom("why", str(folder), "--year", "2030-31", "--out", str(picture))
    assert again.exit_code == 2 and "--force" in again.output and picture.read_text() == "older"
    assert headroom("why", str(folder), "--year", "2030-31", "--out", str(picture), "--force").exit_code == 0
    assert b"<svg" in picture.read_bytes()
    told = json.loads(headroom("why", str(folder), "--year", "2030-31", "--view", "after_action", "--json").output)
    steps = steps_of(results.waterfall, "blackburn", "after_action", "2030-31")
    assert [row["step"] for row in told] == steps.step.tolist()
    assert [row["amount"] for row in told] == pytest.approx(steps.amount.tolist(), rel=1e-9, abs=1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--year", "2044-45"], "is not a year of this run; it has"),
        (["--year", "2030"], "2030 is not a year of this run (did you mean 2030-31?)"),
        (["--year", "2030/31"], "did you mean 2030-31?"),
        (["--year", "2030-31", "--view", "after_acton"], "did you mean after_action?"),
        (["--year", "2030-31", "--view", "sideways"], "is not a view of this run"),
        (["--year", "2030-31", "--agency", "nobody"], "nobody is not a body of this run; it has: blackburn"),
        (["--year", "2030-31", "--out", "why.docx"], ".svg or .png"),
    ],
)
def test_why_says_what_is_not_there(folder: Path, wrong: list[str], words: str) -> None:
    done = headroom("why", str(folder), *wrong)
    assert done.exit_code == 2 and words in done.output


def test_why_needs_a_run_folder(tmp_path: Path) -> None:
    done = headroom("why", str(tmp_path), "--year", "2030-31")
    assert done.exit_code == 2 and "tables/waterfall.csv" in done.output
