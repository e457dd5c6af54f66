"""The pages, pictures, folder, trace and comparison of a place with a body of every kind."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from simulator import body_page, chart_data, charts, figure_words, place_page, plain_english, summary_page
from simulator.agreements import KINDS
from simulator.body_tables import net_risk
from simulator.cli import main
from simulator.comparison_page import page as compared
from simulator.comparison_page import pictures
from simulator.dealt import RULES, why
from simulator.place_money import disputes, totals, transfers
from simulator.provenance import Origin
from simulator.record import paths_parquet, run_folder, tables
from simulator.run import Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.tracing import UnknownItemError, detail, items, trace
from simulator.tracing_page import detail_page, items_page, trace_page
from simulator.variants import MEASURES, holders

ROOT = Path(__file__).resolve().parents[1]
PLACE = str(ROOT / "tests" / "whole-place.yaml")
YEAR, LAST = "2026-27", "2028-29"
VIEWS = ("before_action", "after_action")
BODIES = ("town", "board", "north", "south", "constabulary", "hospice")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def stated(*sets: str) -> Scenario:
    return load(PLACE, [], list(sets)).scenario


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(stated(), paths=1_000, seed=7)


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return place_page.summary(results, ["summary.md"], ("A change",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("place") / "run"
    done = headroom("run", PLACE, "--paths", "1000", "--seed", "7", "--save-paths", "--out", str(out))
    assert done.exit_code == 0, done.output
    return out, done.output


def section(text: str, title: str) -> str:
    """What stands under the first heading of a title, up to the next heading."""
    return re.split(r"\n#{1,2} ", text.split(f"## {title}\n")[1])[0]


def part(text: str, name: str) -> str:
    """The part of a body in the page of its place."""
    return re.split(r"\n# ", text.split(f"\n# {name}")[1])[0]


# The page.


def test_the_place_comes_first_then_each_body_in_the_words_of_its_kind(page: str) -> None:
    assert page.startswith("# Made-up: can its bodies stay in balance?\n\n**Changed for this run:** A change.")
    heads = [line for line in page.splitlines() if line.startswith("# ")][1:]
    assert [head.split(": ")[1] for head in heads] == [
        "can it stay in balance?", "can it live within its allocation?", "can it keep to its plan and pay its way?",
        "can it keep to its plan and pay its way?", "can it stay in balance?", "can it pay its way?",
    ]  # fmt: skip
    assert page.count("## Files") == 1 and page.count("**Changed for this run:**") == 1


def test_no_body_is_called_a_council_that_is_none(page: str) -> None:
    for name in ("Greater Anytown ICB", "North Hospitals", "South Hospitals", "Anyshire Police", "Anytown Hospice"):
        own = part(page, name).replace("Anytown Council", "")
        assert "council" not in own.lower().replace("council tax", ""), name
    assert "general reserve" in part(page, "Anyshire Police") and "general fund" not in part(page, "Anyshire Police")
    for name in ("Greater Anytown ICB", "North Hospitals", "Anytown Hospice"):
        for words in ("general fund", "usable reserves", "section 114", "lawful tax", "net revenue", "referendum"):
            assert words not in part(page, name), (name, words)


def test_the_place_s_chances_are_those_of_the_table(results: Results, page: str) -> None:
    said = section(page, "The answer for the place")
    for view in VIEWS:
        for outcome in ("any_duty_breached", "two_duties_breached"):
            for year in (YEAR, "2027-28", LAST):
                row = plain_english.chance_row(results, "made_up", outcome, view, f"by {year}")
                assert plain_english.per_cent(row) in said
    dates = {int(year) for year in re.findall(r"31 March (\d{4})", said)}
    assert dates == {2026, 2027, 2028, 2029} and "Past the settlement" in said
    for words in ("As at 22 November 2025", "1,000 futures", "sampling error", "In 2025-26 NHS bodies are held to"):
        assert words in said


def test_each_body_has_its_line_with_its_chance_and_a_police_reserve_is_justified(results: Results, page: str) -> None:
    lines = section(page, "Each body in a line").strip().splitlines()
    assert len(lines) == len(BODIES)
    assert all("after action, to 31 March 2027" in line and "%" in line for line in lines)
    outcomes = ("unfunded_gap", "missed_by_half_percent", "missed_by_half_percent", "missed_by_half_percent",
                "unfunded_gap", "insolvent")  # fmt: skip
    for line, agency, outcome in zip(lines, BODIES, outcomes, strict=True):
        row = plain_english.chance_row(results, agency, outcome, "after_action", f"by {YEAR}")
        assert plain_english.in_a_hundred(row.probability) in line, agency
    assert "Deficit support of £9.0m" in lines[2] and "Asks for cash support" in lines[2]
    assert "above 5% of the net budget, which has to be justified" in lines[4] and "justified" not in lines[0]


def test_a_reserve_to_justify_is_what_every_future_says(results: Results) -> None:
    (said,) = summary_page.justified(results, "constabulary", YEAR)
    row = results.compiled.agency_ids.index("constabulary")
    held, spent = (results.kept[name][1, row, 1] for name in ("gf_unallocated", "spending"))
    over = np.maximum(held - 0.05 * spent, 0.0)
    assert f"{plain_english.in_millions(over.mean())} above it on average" in said and over.mean() > 1e6
    assert list(summary_page.justified(results, "town", YEAR)) == []


def test_the_rules_of_the_kinds_are_said(page: str) -> None:
    said = section(page, "The bodies")
    assert "an ICB's underspend lapses" in said and "a trust keeps a surplus as cash" in said
    assert "without books of their own here: NHS England" in said and "20.0%" in said and "all of it" in said
    held = part(page, "North Hospitals")
    assert "£9.0m at 31 March 2025" in held and "14 days of spending (judgement)" in held
    owed = part(page, "Greater Anytown ICB")
    assert "**Owed from earlier years:** £3.0m (judgement)" in owed and "at most 0.5% of funding" in owed
    assert "pay 1.5 times as much elsewhere" in part(page, "Anytown Hospice")


def test_every_chance_of_a_body_has_its_view_its_date_and_its_sampling_error(results: Results) -> None:
    for agency in ("board", "north", "south", "hospice"):
        lines = list(body_page.short_answer(results, agency))
        for line in (line for line in lines if "100 futures" in line or "futures drawn" in line):
            assert "sampling error" in line and "31 March 2029" in line, line
            assert any(words in line for words in ("before any new action", "after managers", "Before action", "After"))
        assert "quotes no chance" in lines[-1]
        assert {int(year) for year in re.findall(r"31 March (\d{4})", "\n".join(lines))} == {2029}


def test_what_is_expected_against_plan_is_the_mean_of_the_futures_with_its_error(results: Results) -> None:
    said = "\n".join(body_page.short_answer(results, "board"))
    off = results.kept["off_plan"][1, 0, 1]
    half = 1.96 * off.std(ddof=1) / np.sqrt(len(off))
    ends = " to ".join(plain_english.in_millions(off.mean() + sign * half) for sign in (-1, 1))
    assert f"{plain_english.in_millions(off.mean())} on average ({ends} with sampling error)" in said
    withheld = results.kept["support_withheld"][1, 1, :4].sum(axis=0).mean()
    assert f"{plain_english.in_millions(withheld)} on average" in "\n".join(body_page.short_answer(results, "north"))


def test_the_steps_of_every_body_add_up_in_every_year_and_view(results: Results, page: str) -> None:
    for _, steps in results.waterfall.groupby(["agency", "view", "year"]):
        ordered = steps.sort_values("order").amount
        moves = steps[steps.kind == "move"].amount.sum()
        assert ordered.iloc[0] + moves == pytest.approx(ordered.iloc[-1], abs=0.005)
    shown = part(page, "Greater Anytown ICB")
    for words in ("Agreement: Services of North Hospitals", "Of earlier years: repayment", "| Allocations |",
                  "the failure of a charity"):  # fmt: skip
        assert words in shown


def test_the_year_by_year_tables_show_the_numbers_of_the_tables(results: Results, page: str) -> None:
    for agency, name, measure in (("board", "Greater Anytown ICB", "owed"), ("north", "North Hospitals", "cash"),
                                  ("hospice", "Anytown Hospice", "free_reserves")):  # fmt: skip
        table = part(page, name).split("**After action** (£m)")[1]
        for year in results.compiled.years:
            row = plain_english.money_row(results, agency, measure, "after_action", year)
            shown = next(line for line in table.splitlines() if line.startswith(f"| {year}"))
            assert f" {row.p50 / 1e6:,.1f} |".replace("-0.0", "0.0") in shown
            assert shown.startswith(f"| {year}\\* |") == (year > LAST)


def test_no_amount_on_the_page_is_a_negative_nought(page: str) -> None:
    assert not re.search(r"-£?0\.0+(?![0-9])", page)


# Net risk, payments, totals, disputes, judgement.


def test_net_risk_states_units_and_signs_and_puts_best_and_worst_the_right_way_round(results: Results) -> None:
    said = net_risk(results)
    for words in ("£m against the body's own plan", "above nought is worse", "after action", "Run-rate", "Underlying"):
        assert words in said
    row = next(line for line in said.splitlines() if line.startswith("| North"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    table = results.net_risk.query("agency == 'north' and view == 'after_action' and year == @YEAR")
    held = table.set_index("measure")
    for cell, measure in zip(cells, ("gross_risk", "mitigation", "support", "net_risk"), strict=False):
        likely, best, worst = (float(found) for found in re.findall(r"-?[\d.]+", cell))
        assert likely == pytest.approx(held.likely[measure] / 1e6, abs=0.051)
        assert best >= worst if measure in ("mitigation", "support") else best <= worst


def test_a_system_is_told_by_the_sign_rule_of_its_bodies_above_nought_worse(page: str, results: Results) -> None:
    own = results.systems.query("view == 'after_action' and year == @YEAR and measure == 'against_total'").iloc[0]
    found = re.search(r"closes \S+ £([\d.]+)m (better|worse) than its control total on average.*", page)
    assert found and found[2] == ("better" if own["mean"] >= 0 else "worse")
    low, high = (float(end.replace("£", "")) for end in re.findall(r"(-?£[\d.]+)m", found[0])[-2:])
    assert (low, high) == pytest.approx((-own.p90 / 1e6, -own.p10 / 1e6), abs=0.051) and low <= high
    assert "above nought is worse" in found[0] and "above nought is better" not in page


def test_payments_between_partners_come_before_those_with_the_outside(results: Results) -> None:
    between, beyond, *rest = transfers(results)
    assert between.startswith("| Between bodies") and beyond.startswith("| With the outside")
    for name in ("Services of North Hospitals", "Better care pool", "Sharing of staff savings", "Hospice places"):
        assert name in between and name not in beyond
    assert "Deficit support" in beyond and "Specialised services" in beyond and "offset" not in beyond
    rows = results.transfers.query("view == 'after_action' and year == @YEAR")
    pool = rows[rows.agreement == "better_care"].iloc[0]
    shown = next(line for line in between.splitlines() if "Better care" in line)
    amounts = f"| {pool.planned / 1e6:,.1f} | {pool['mean'] / 1e6:,.1f} |"
    assert "Greater Anytown ICB | Anytown Council" in shown and amounts in shown
    assert "owes" in rest[0] and "below nought the payee pays it back" in rest[1]


def test_who_owes_whom_is_the_net_of_every_agreement_between_two(results: Results) -> None:
    rows = results.transfers.query("view == 'after_action' and year == @YEAR")
    net: dict[frozenset[str], float] = {}
    for row in rows.itertuples():
        pair = frozenset((row.payer, row.payee))
        net[pair] = net.get(pair, 0.0) + row.owed_mean * (1 if row.payer == min(pair) else -1)
    told = [line for line in list(transfers(results))[-2].splitlines() if line.startswith("- ")]
    assert len(told) == sum(abs(amount) >= 50_000 for amount in net.values()) > 0
    for pair, amount in net.items():
        if abs(amount) >= 50_000:
            ower, other = sorted(pair, reverse=amount < 0)
            words = f"**{ower}** owes **{other}** {plain_english.in_millions(abs(amount))} on average"
            assert any(words in line for line in told)


def test_the_place_in_total_takes_out_what_bodies_pay_one_another(results: Results) -> None:
    table, told = totals(results)
    rows = results.place_years.query("view == 'after_action' and year == @YEAR").set_index(["basis", "measure"])["mean"]
    taken = next(line for line in table.splitlines() if "taken out" in line)
    assert f" {rows['whole', 'between_eliminated'] / 1e6:,.1f} |" in taken
    gap = next(line for line in table.splitlines() if line.startswith("| Gap"))
    whole, inside, outside = (float(found.replace(",", "")) for found in re.findall(r"-?[\d.,]+", gap.split("|", 2)[2]))
    assert whole == pytest.approx(inside + outside, abs=0.15)
    assert "sampling error" in told


def test_a_dispute_is_told_with_its_cost(results: Results) -> None:
    table, about = disputes(results)
    assert "| Greater Anytown ICB | Activity | 2026-27 | 2.00% | 3.00% | +1." in table and "above nought" in about
    agreed = simulate(stated().model_copy(update={"agencies": [
        one.model_copy(update={"beliefs": []}) if one.id == "board" else one for one in stated().agencies
    ]}), paths=10)  # fmt: skip
    assert list(disputes(agreed)) == [] and "in dispute" not in place_page.summary(agreed, [])


def test_judgement_is_counted_by_body_and_the_unknown_named_by_its_own_sources(results: Results, page: str) -> None:
    said = section(page, "How much is judgement")
    for name in ("Anytown Council", "Greater Anytown ICB", "Anytown Hospice"):
        assert re.search(rf"\| {name} \| \d+ \| \d+ \|", said)
    unknown = "\n".join(place_page.unknown(results))
    assert "**made up for tests** (judgement)" in unknown and "terms of agreements" in unknown and "cash" in unknown
    assert "No figure after 2024-25" in unknown
    assert not re.search(r"of \d+ bodies", unknown)
    bullet = next(line for line in unknown.splitlines() if line.startswith("**made up for tests**"))
    named = [body.name for body in results.scenario.bodies if body.name in bullet]
    assert named or "of every body" in bullet


# A terminal.


def test_the_terminal_has_the_place_whole_and_each_body_in_a_line(results: Results) -> None:
    said = plain_english.for_terminal(place_page.short_page(results))
    assert "## Each body in a line" in said and "## What it starts from" not in said
    assert "Who pays and owes whom" in said and "## Year by year" not in said
    assert "**" not in said and "`" not in said and max(len(line) for line in said.splitlines()) <= 200


def test_a_table_too_wide_for_a_screen_has_its_long_cells_on_several_lines() -> None:
    row = "| " + " | ".join(["a long cell of many words " * 4] * 4) + " |"
    told = plain_english.for_terminal(row).splitlines()
    assert max(map(len, told)) <= 160 and " ".join(" ".join(told).split()).count("cell") == 16


# One body by itself.


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize(
    ("agency", "asks", "rows"),
    [
        ("board", "can it live within its allocation?", "Plan missed, while held to its own"),
        ("south", "can it keep to its plan and pay its way?", "Cash run down: revenue support needed"),
        ("constabulary", "can it stay in balance?", "General fund below its minimum"),
        ("hospice", "can it pay its way?", "It can no longer pay its way, and fails"),
    ],
)
def test_a_body_of_any_kind_stands_alone(agency: str, asks: str, rows: str) -> None:
    whole = stated()
    body = next(one for one in whole.agencies if one.id == agency).model_copy(
        update={"beliefs": [], "place_share": None}
    )
    alone = simulate(whole.model_copy(update={"agencies": [body], "agreements": []}), paths=200)
    page = place_page.summary(alone, ["summary.md"])
    assert page.startswith(f"# {body.name}: {asks}") and "can its bodies" not in page and "## Files" in page
    assert asks in place_page.short_page(alone)
    assert ("## Net risk" in page) == (agency in ("board", "south"))
    files = run_folder(alone, Origin("", (), (), "now"))
    assert rows in files["charts/chances.svg"].decode() and "charts/why.svg" in files


# The folder and its pictures.


def test_a_run_folder_of_a_place_holds_its_tables_and_the_pictures_of_every_kind(folder: tuple[Path, str]) -> None:
    out, said = folder
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {f"tables/{name}.csv" for name in ("transfers", "place_years", "net_risk", "systems", "disputed")} <= names
    drawn = {name for name in names if name.startswith("charts/") and not name.endswith("chances.png")}
    assert drawn == {
        "charts/chances.svg", "charts/board-off_plan.svg", "charts/town-reserves.svg",
        "charts/constabulary-reserves.svg", "charts/north-cash.svg", "charts/south-cash.svg",
        "charts/hospice-free_reserves.svg",
    }  # fmt: skip
    assert "open " in said and str(out / "charts/chances.svg") in said
    chances = (out / "charts" / "chances.svg").read_text()
    assert "A duty or plan missed, Made-up" in chances and "South Hospitals" in chances
    assert "In 2025-26 trusts are tested by their system" in " ".join(chances.split())
    plan, cash = (
        " ".join((out / "charts" / f"{name}.svg").read_text().split()) for name in ("board-off_plan", "north-cash")
    )
    assert "Greater Anytown ICB: position against plan" in plan and "above nought is worse than plan" in plan
    assert "North Hospitals: cash at 31 March" in cash and "of support drawn by then" in cash


def test_tables_of_a_council_alone_are_those_it_had() -> None:
    alone = simulate(load(ROOT / "tests" / "small.yaml").scenario, paths=10)
    names = {"agency_years", "chances", "lines", "parts", "switches", "waterfall"}
    assert set(tables(alone)) - {"conditional"} == names


def test_every_path_kept_is_named_by_its_own_body(results: Results, folder: tuple[Path, str]) -> None:
    stored = pd.read_parquet(folder[0] / "paths.parquet")
    rows = stored[(stored.measure == "cash") & (stored["view"] == "after_action") & (stored.year == YEAR)]
    assert set(rows.agency) == {"north", "south"}
    kept = results.kept["cash"][1, 1, 1]
    assert np.array_equal(rows[rows.agency == "south"].sort_values("path").value.to_numpy(), kept)
    assert len(paths_parquet(results)) > 0


@pytest.mark.parametrize("agency", BODIES)
def test_every_body_has_a_fan_of_what_its_law_lets_it_hold(results: Results, agency: str) -> None:
    measure = plain_english.HELD.get(results.body(agency).kind)
    assert (measure is None) == (agency == "board")
    if measure:
        words = figure_words.held_words(results, agency)
        drawn = charts.fan(results, agency, measure, words, ("svg",))["svg"].decode()
        assert words.headline.split(" from ")[0] in drawn.replace("\n", " ") and "31 March" in words.headline
        opening = chart_data.history(results, agency, measure)
        assert len(opening) == (1 if measure in ("cash", "free_reserves") else 0)
    assert charts.fan(results, agency, "gap", figure_words.gap_words(results, agency), ("svg",))["svg"]


# One future.


@pytest.mark.parametrize("path", [3, 777])
def test_the_flows_of_every_body_add_up_to_its_gap_and_payments_to_what_agreements_take(
    results: Results, path: int
) -> None:
    told = trace(results, path)
    of_views = [told[told["view"].isin(["all", view])].groupby(["agency", "year"]) for view in VIEWS]
    for (agency, year), rows in chain.from_iterable(of_views):
        budget = rows[rows.group == "budget"].set_index("item").amount.to_dict()
        names = ("spending", "transfers_out", "system_support", "brought_forward", "underlying_adjustment",
                 "support_cost")  # fmt: skip
        less = ("funding", "transfers_in", "tax_raised", "earlier_savings")
        made = sum(budget.get(name, 0.0) for name in names) - sum(budget.get(name, 0.0) for name in less)
        assert made == pytest.approx(budget["gap"], abs=0.005), (agency, year)
        paid = rows[(rows.group == "payments") & rows.planned.notna()]
        name = results.body(str(agency)).name
        assert paid[paid.payer == name].amount.sum() == pytest.approx(budget["transfers_out"], abs=0.005)
        assert paid[paid.payee == name].amount.sum() == pytest.approx(budget["transfers_in"], abs=0.005)
        ended = rows[rows["item"] == "failed"].amount.sum() > 0 and budget["spending"] == 0
        if not ended:
            lines = rows[rows.group.isin(["spending", "events"])].amount.sum()
            assert lines == pytest.approx(budget["spending"], abs=0.005), (agency, year)


def test_a_trace_has_the_measures_that_were_stored(results: Results) -> None:
    told = trace(results, 5)
    told = told[(told["view"] == "after_action") & told.group.isin(["budget", "close", "reserves", "plan"])]
    seen = {(row.agency, row.year, row.item): row.amount for row in told.itertuples()}
    for measure in ("cash", "owed", "free_reserves", "gf_unallocated", "off_plan", "lapsed", "gap"):
        rows = holders(results.compiled, MEASURES[measure])
        for a, agency in enumerate(results.compiled.agency_ids[rows]):
            for t, year in enumerate(results.compiled.years):
                assert seen[agency, year, measure] == results.kept[measure][1, a, t, 5]


def test_every_kind_of_agreement_says_why_it_is_paid(results: Results) -> None:
    pools = {"own_risk", "pro_rata", "fixed", "capped", "waterfall"}
    assert set(RULES) == set(KINDS) - {"pooled_fund"} | pools
    told = {why(results.scenario, payment) for payment in results.compiled.agreed.payments}
    assert {
        "Services of North Hospitals (aligned: part fixed, part by activity)",
        "Services of South Hospitals (block: the plan, whatever is done)",
        "Better care pool (pooled, shared pro rata): contribution, and share of what is over or under",
        "Sharing of staff savings (gain and loss share): share of gain or loss against target",
        "Greater Anytown system (control total): offset between members",
        "Deficit support, on condition of the plan",
        "Hospice places (block: the plan, whatever is done): replacing what Anytown Hospice did",
    } <= told


def test_the_terminal_says_who_paid_whom_against_plan_body_by_body(folder: tuple[Path, str]) -> None:
    out, _ = folder
    every = headroom("trace", str(out), "--path", "7", "--year", "2025-26").output
    assert every.count("future 7 (counted from 0) of 1,000 (seed 7), after action") == len(BODIES)
    for words in ("NHS England paid Greater Anytown ICB", "repaying what was overspent in earlier years",
                  "Gifts and shops", "precept as planned", "than planned", "Against the plan agreed"):  # fmt: skip
        assert words in every
    assert "usable reserves" not in every.split("\nGreater Anytown ICB: ")[1].split("\nNorth Hospitals: ")[0].lower()
    one = headroom("trace", str(out), "--path", "7", "--year", "2025-26", "--agency", "north").output
    assert "North Hospitals: future 7" in one and one in every and "Anytown Council: future" not in one
    told = json.loads(headroom("trace", str(out), "--path", "7", "--agency", "north", "--json").output)
    assert {row["planned"] is None for row in told} == {True, False} and {row["agency"] for row in told} == {"north"}


def test_what_a_contract_pays_beyond_plan_is_told_by_price_and_by_what_was_done(results: Results) -> None:
    told = trace(results, 7).query("view in ('all', 'after_action')")
    paid = told[(told.group == "payments") & told.planned.notna()]
    off = paid.amount - paid.planned
    blocks = paid.reason.str.contains("block: the plan") & ~paid.reason.str.contains("replacing")
    assert blocks.any() and off[blocks].abs().max() > 1e4
    assert off[blocks].to_numpy() == pytest.approx(paid.of_price[blocks].to_numpy(), abs=0.005)
    aligned = paid.reason.str.contains("aligned")
    assert (paid.of_price[aligned] - off[aligned]).abs().max() > 1e4
    pools = paid.reason.str.contains("pooled|gain and loss|Deficit support")
    assert (paid.of_price[pools] == 0).all()
    page = trace_page(results, "board", 7, "after_action", told[told.agency == "board"])
    assert "than planned, since its price stands" in page and "by its rule on what was done" in page


def test_how_certain_funding_is_speaks_of_tax_limits_to_bodies_that_tax(page: str) -> None:
    assert "it fixes national totals, which drivers" in part(page, "Greater Anytown ICB")
    assert "it fixes national totals and tax limits, which" in part(page, "Anytown Council")


def test_what_a_trace_calls_a_duty_and_a_reserve_fits_the_kind_of_body(results: Results) -> None:
    missed = results.happened["duty_breached"][1]
    for agency, words in (("north", "Plan missed"), ("board", "A duty missed")):
        row = results.compiled.agency_ids.index(agency)
        path = int(np.argmax(missed[row, 1]))
        told = trace(results, path).query("view in ('all', 'after_action') and year == @YEAR and agency == @agency")
        happened = trace_page(results, agency, path, "after_action", told).split("What happened\n")[1].splitlines()
        assert happened.count(f"  {words}") == 1 and ("  A duty missed" in happened) == (agency == "board")
    told = trace(results, 7).query("view in ('all', 'after_action') and agency == 'constabulary'")
    page = trace_page(results, "constabulary", 7, "after_action", told)
    assert "General reserve, unallocated" in page and "General fund" not in page
    assert "National figures, each with this body's own part" in page


def test_a_charity_that_failed_neither_spends_nor_receives_and_is_replaced(results: Results) -> None:
    lost = results.kept["failed"][0, 0]
    path = int(np.argmax(lost[2] > 0))
    assert lost[2, path] > 0
    told = trace(results, path).query("view in ('all', 'before_action')")
    page = trace_page(results, "hospice", path, "before_action", told[told.agency == "hospice"])
    after = page.split("2028-29\n=======")[1].split("2029-30\n")[0]
    assert "its spending and income have ended" in after
    assert "Hospice care" not in after and "Gifts" not in after
    payer = trace_page(results, "board", path, "before_action", told[told.agency == "board"])
    assert "paid other providers" in payer.split("2028-29\n=======")[1]


# One line, part or agreement.


def test_an_agreement_is_followed_from_either_side(results: Results) -> None:
    paid, received = detail(results, "board", "north_contract"), detail(results, "north", "north_contract")
    assert paid["mean"].tolist() == received["mean"].tolist()
    rows = results.transfers.query("agreement == 'north_contract' and view == 'before_action'")
    assert paid["mean"].to_numpy() == pytest.approx(rows["mean"].to_numpy())
    assert paid.p90.to_numpy() == pytest.approx(rows.p90.to_numpy())
    assert "what it pays under the agreement" in detail_page(results, "board", "north_contract", paid)
    assert "what it receives under the agreement" in detail_page(results, "north", "north_contract", received)
    listed = items_page(results, "board", items(results, "board"))
    assert re.search(r"core +allocation +Core services", listed)
    assert re.search(r"better_care +part +Better care pool \(agreement\)", listed)
    with pytest.raises(UnknownItemError, match="south has no `core`"):
        detail(results, "south", "core")


def test_what_a_charity_does_is_followed_as_though_it_went_on_and_that_is_said(results: Results) -> None:
    whose = next(body for body in results.scenario.bodies if body.id == "hospice")
    told = {item: detail_page(results, "hospice", item, detail(results, "hospice", item)) for item in ("care", "gifts")}
    assert all(f"as though {whose.name} never failed" in " ".join(page.split()) for page in told.values())
    paid = detail_page(results, "board", "hospice_contract", detail(results, "board", "hospice_contract"))
    assert f"as though {whose.name} never failed" in " ".join(paid.split())
    other = detail_page(results, "board", "north_contract", detail(results, "board", "north_contract"))
    assert "never failed" not in other


def test_detail_and_why_ask_for_a_body_and_draw_any_kind(folder: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = folder
    asked = headroom("detail", str(out), "staff")
    assert asked.exit_code == 2 and "north, south have `staff`; name one of the bodies" in asked.output
    assert "hospice" not in asked.output
    assert headroom("detail", str(out), "staff", "--agency", "north").exit_code == 0
    found = headroom("detail", str(out), "core")
    assert found.exit_code == 0 and found.output.startswith("Greater Anytown ICB: core")
    assert "£ million; income above nought." in found.output
    for words in ((), ("moonbase",)):
        asked = headroom("detail", str(out), *words)
        assert (
            asked.exit_code == 2 and "name one of the bodies with --agency: constabulary, town, board" in asked.output
        )
    for command in (("trace", "--path", "1"), ("detail", "staff"), ("why", "--year", LAST)):
        asked = headroom(command[0], str(out), *command[1:], "--agency", "bord")
        assert asked.exit_code == 2, command
        assert "bord is not a body of this run (did you mean board?); it has: " in asked.output
    picture = tmp_path / "why.svg"
    told = headroom("why", str(out), "--year", LAST, "--agency", "board", "--out", str(picture))
    assert told.exit_code == 0 and "Agreement: Better care pool" in told.output and "Allocations" in told.output
    assert told.output.startswith(f"Steps to the gap of board in {LAST}, before action")
    rows = [line for line in told.output.splitlines() if re.search(r"-?\d\.\d\d$", line)]
    assert len({len(line) for line in rows}) == 1 and len(rows) > 8
    assert "Greater Anytown ICB" in picture.read_text()


# Comparing, checking, importing, limits.


@pytest.fixture(scope="module")
def changed() -> Results:
    return simulate(stated("north.spending.staff.net=233"), paths=1_000, seed=7)


@pytest.mark.usefixtures("undrawn")
def test_two_runs_of_a_place_are_compared_body_by_body_in_their_own_measures(
    results: Results, changed: Results
) -> None:
    said = compared(results, changed, ["more staff"], ("A place", "The same with more staff"))
    assert "## The place: what difference it makes" in said and "at least one body misses its duty or plan" in said
    assert "| Deficit support, on condition of the plan | NHS England | North Hospitals |" in said
    north = said.split("## North Hospitals: what")[1].split("\n## ")[0]
    assert "Cash at 31 March 2027 differs by" in north and "Cash better in B" in north
    for name in ("Anytown Council", "Anyshire Police and Crime Commissioner", "Anytown Hospice"):
        own = said.split(f"## {name}: what difference it makes")[1].split("\n## ")[0]
        assert own.strip() == "- None in any future, before action or after it.", name
    assert {name for name in pictures(results, changed) if name.endswith("svg")} >= {"charts/north-why.svg"}


def test_a_place_compared_with_itself_differs_in_nothing(results: Results) -> None:
    said = compared(results, results, [], ("A", "A"))
    assert said.count("- None in any future, before action or after it.") == len(BODIES)
    assert "- No chance of the place differs." in said and "Payment in" not in said


def test_check_names_bodies_by_kind_and_agreements_by_tier_in_a_line_each() -> None:
    lines = headroom("check", PLACE).output.splitlines()
    assert "no problems" in lines[0] and "2025-26 to 2030-31" in lines[0]
    assert lines[1].startswith("Bodies: 1 council (Anytown Council); 1 police authority (")
    assert "2 NHS trusts (North Hospitals, South Hospitals NHS Trust)" in lines[1]
    assert "1 without books (NHS England)" in lines[1]
    assert lines[2].startswith("Agreements: tier 1, 4 contracts (") and "tier 4, 1 control total (" in lines[2]
    told = json.loads(headroom("check", PLACE, "--json").output)
    assert told["bodies"]["trust"] == ["north", "south"] and told["agreements"]["2"] == ["better_care"]


def test_a_plan_is_imported_for_local_authorities_and_others_are_told_where_theirs_stands(tmp_path: Path) -> None:
    table = str(tmp_path / "plan.csv")
    for agency, words in (("board", "plans of NHS bodies and charities"), ("nobody", "names a local authority")):
        done = headroom("import", "--template", table, "--for", PLACE, "--council", agency)
        assert done.exit_code == 2 and words in " ".join(done.output.split()), done.output
    done = headroom("import", "--template", table, "--for", PLACE, "--council", "constabulary")
    assert done.exit_code == 0, done.output
    assert "core_grant" in Path(table).read_text() and "constabulary" in Path(table).read_text()


@pytest.mark.usefixtures("undrawn")
def test_a_limit_may_be_on_the_place_and_one_passed_names_its_body(tmp_path: Path) -> None:
    words = ("run", PLACE, "--paths", "200", "--years", "3", "--out", str(tmp_path / "out"))
    done = headroom(*words, "--fail-on", f"any_duty_breached@{YEAR}=1%", "--fail-on", "missed_plan=1%")
    assert done.exit_code == 1 and "any_duty_breached of Made-up: " in done.output
    assert re.search(r"missed_plan of (North Hospitals|Greater Anytown ICB|South Hospitals NHS Trust): ", done.output)
    none = headroom("run", str(ROOT / "tests" / "small.yaml"), "--paths", "200", "--fail-on", "insolvent=1%",
                    "--out", str(tmp_path / "b"))  # fmt: skip
    assert none.exit_code == 1 and "nothing that the bodies of this run can meet" in none.output
