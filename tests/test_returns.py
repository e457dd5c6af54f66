"""A plan from a spreadsheet: what is written is read back, and what is wrong is said cell by cell."""

from __future__ import annotations

import csv
import datetime
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula
from places import BASE, NEXT, Tree, council, merged, scenario

from simulator import spreadsheets
from simulator.cli import main
from simulator.plan_table import plan_table, template
from simulator.problems import Problem, ScenarioError
from simulator.returns import PROFILES, plan_overlay
from simulator.scenario import Scenario
from simulator.spreadsheets import read_rows, write_rows

ROOT = Path(__file__).resolve().parents[1]
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
DELIVERY = {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
            "organisation_weight": "40%", "system_share": "30%"}  # fmt: skip
KINDS = ("csv", "xlsx")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def planned(plan: Tree, **more: Any) -> Scenario:
    return scenario(agencies=[council(plan=plan, **more)], rules={"delivery": DELIVERY})


def back(found: Scenario, signs: str, kind: str) -> Tree:
    """A council's plan written as a table and read again, as a plain overlay."""
    data = write_rows(plan_table(found, found.agencies[0], signs), f"plan.{kind}")
    return plan_overlay(read_rows(data, f"plan.{kind}"), f"plan.{kind}", scenario())


def filled(rows: list[list[Any]], changes: dict[tuple[str, str], Any], **heading: Any) -> list[list[Any]]:
    """A table with cells set by row name and column title, and headings set by name."""
    start = next(i for i, row in enumerate(rows) if row and row[0] == "row")
    titles = [str(title) for title in rows[start]]
    for row in rows[:start]:
        if row and row[0] in heading:
            row[1] = heading[row[0]]
    for (name, title), value in changes.items():
        row = next((one for one in rows[start + 1 :] if one and one[0] == name), None)
        if row is None:
            row = [name, name, *([None] * (len(titles) - 2))]
            rows.append(row)
        row[titles.index(title)] = value
    return rows


def problems(changes: dict[tuple[str, str], Any], kind: str = "csv", **heading: Any) -> list[Problem]:
    found = scenario()
    rows = filled(template(found, found.agencies[0]), changes, **heading)
    with pytest.raises(ScenarioError) as error:
        plan_overlay(read_rows(write_rows(rows, f"plan.{kind}"), f"plan.{kind}"), f"plan.{kind}", found)
    return list(error.value.problems)


# There and back.

amounts = st.decimals(min_value=0, max_value=300, places=3)


@settings(max_examples=20)
@given(
    st.sampled_from(sorted(PROFILES)), st.sampled_from(KINDS), st.lists(amounts, min_size=5, max_size=5), st.booleans()
)
def test_a_plan_written_under_any_signs_is_read_back(
    signs: str, kind: str, money: list[Decimal], surplus: bool
) -> None:
    tax, spent, short, drawn, saved = (float(amount) for amount in money)
    found = planned(
        {
            "lines": [
                {"id": "tax", "name": "Tax", "flow": "funding", "covers": ["council_tax"], "amounts": {NEXT: tax}},
                {"id": "all", "name": "All", "flow": "spending", "covers": ["services", "rest"],
                 "amounts": {NEXT: spent, "2027-28": spent}},
            ],
            "surplus" if surplus else "gap": {NEXT: short, "2027-28": short},
            "gap_is": "after_savings",
            "reserves_used": {NEXT: drawn},
        },
        savings=[{"id": "s", "name": "S", "amounts": {NEXT: saved}, "rag": "red", "recurrent": "62.5%"}],
        contingency={"amounts": {NEXT: saved}},
    )  # fmt: skip
    read = back(found, signs, kind)
    base = scenario().model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert base["money"] == "£m"
    body = read["agencies"][0]
    again = scenario(
        agencies=[merged(council(), {key: plain(body[key]) for key in ("plan", "savings", "contingency")})],
        sources=plain(read["sources"]),
        rules={"delivery": DELIVERY},
    )
    was, now = found.agencies[0], again.agencies[0]
    assert now.plan is not None and was.plan is not None
    for one, two in zip(was.plan.lines, now.plan.lines, strict=True):
        assert (one.id, one.flow, one.covers) == (two.id, two.flow, two.covers)
        assert values(one.amounts) == values(two.amounts)
    turned = {year: -amount for year, amount in values(was.plan.surplus).items()} | values(was.plan.gap)
    assert {year: -amount for year, amount in values(now.plan.surplus).items()} | values(now.plan.gap) == turned
    assert values(was.plan.reserves_used) == values(now.plan.reserves_used)
    assert was.plan.gap_is == now.plan.gap_is
    assert values(was.savings[0].amounts) == values(now.savings[0].amounts)
    assert (was.savings[0].rag, was.savings[0].recurrent.used) == (now.savings[0].rag, now.savings[0].recurrent.used)
    assert was.contingency and now.contingency
    assert values(was.contingency.amounts) == values(now.contingency.amounts)


def values(dated: Any) -> dict[str, float]:
    return {str(year): amount.used for year, amount in dated.items()}


def plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: plain(held) for key, held in tree.items()}
    if isinstance(tree, list):
        return [plain(held) for held in tree]
    return float(tree) if isinstance(tree, Decimal) else tree


def test_another_unit_is_converted_exactly() -> None:
    found = scenario()
    rows = filled(template(found, found.agencies[0]), {("gap", NEXT): Decimal("101384")}, unit="£k")
    read = plan_overlay(read_rows(write_rows(rows, "p.csv"), "p.csv"), "p.csv", found)
    assert read["agencies"][0]["plan"]["gap"] == {NEXT: Decimal("101.384")}


@pytest.mark.parametrize("written", ["£1,234.5", "1234.5", " 1,234.50 "])
def test_amounts_are_read_as_people_write_them(written: str) -> None:
    found = scenario()
    rows = filled(template(found, found.agencies[0]), {("council_tax", NEXT): written})
    read = plan_overlay(read_rows(write_rows(rows, "p.csv"), "p.csv"), "p.csv", found)
    assert read["agencies"][0]["plan"]["lines"][0]["amounts"] == {NEXT: Decimal("1234.5")}


@pytest.mark.parametrize(
    ("signs", "funding", "spending", "gap", "short"),
    [
        ("internal", "100", "104", "4", 4), ("internal", "100", "104", "-4", -4), ("council", "(100)", "104", "4", 4),
        ("council", "-100", "104", "(4)", -4), ("nhs", "100", "(104)", "(4)", 4), ("nhs", "100", "-104", "4", -4),
        ("charity", "100", "104", "(4)", 4), ("charity", "100", "(104)", "4", -4),
    ],
)  # fmt: skip
def test_brackets_mean_what_the_profile_says(signs: str, funding: str, spending: str, gap: str, short: int) -> None:
    found = scenario()
    changes = {("council_tax", NEXT): funding, ("services", NEXT): spending, ("gap", NEXT): gap}
    rows = filled(template(found, found.agencies[0]), changes, signs=signs)
    plan = plan_overlay(read_rows(write_rows(rows, "p.csv"), "p.csv"), "p.csv", found)["agencies"][0]["plan"]
    assert [line["amounts"] for line in plan["lines"]] == [{NEXT: 100}, {NEXT: 104}]
    assert plan.get("gap", {}) == ({NEXT: 4} if short > 0 else {})
    assert plan.get("surplus", {}) == ({NEXT: 4} if short < 0 else {})


# What is wrong.


@pytest.mark.parametrize("kind", KINDS)
def test_every_wrong_cell_is_named_with_its_rule_and_remedy(kind: str) -> None:
    found = problems(
        {
            ("council_tax", NEXT): "lots",
            ("services", NEXT): "5%",
            ("services", "kind"): "outgoing",
            ("gap", "2027-28"): "1.2.3",
            ("example_saving", NEXT): 5,
            ("example_saving", "rag"): "blue",
            ("example_saving", "recurrent"): "most",
            ("council_tax", "covers"): "council_tax moonbase",
        },
        kind,
    )
    rules = " ".join(f"{problem.rule} {problem.remedy}" for problem in found)
    for words in ("an amount is a number", "`kind` is one of", "green, amber, red", "what share of it recurs",
                  "`moonbase` is no part of this council"):  # fmt: skip
        assert words in rules
    assert len(found) >= 7 and all(problem.line and problem.field and problem.remedy for problem in found)
    places = {problem.field for problem in found}
    assert ("G12" in places) if kind == "xlsx" else (NEXT in places)
    assert {(problem.line, problem.column) for problem in found} >= {(12, 7), (12, 4)}


@pytest.mark.parametrize(
    ("changes", "heading", "words"),
    [
        ({("gap", NEXT): 4}, {"signs": "mixed"}, "`signs` is one of: internal, council, nhs, charity"),
        ({("gap", NEXT): 4}, {"basis": None}, "`basis` is one of: gross, net"),
        ({("gap", NEXT): 4}, {"unit": "£bn"}, "`unit` is one of"),
        ({("gap", NEXT): 4}, {"council": "elsewhere"}, "names a council of the scenario: town"),
        ({("council_tax", NEXT): "(4)"}, {}, "funding is plain"),
        ({("council_tax", NEXT): "4"}, {"signs": "council"}, "funding is in brackets"),
        ({("services", NEXT): "4"}, {"signs": "nhs"}, "spending is in brackets"),
        ({("reserves_used", NEXT): "-4"}, {"signs": "council"}, "reserves used is plain"),
        ({}, {}, "no amount is entered"),
    ],
)
def test_signs_units_and_councils_are_never_guessed(
    changes: dict[tuple[str, str], Any], heading: dict[str, Any], words: str
) -> None:
    found = problems(changes, **heading)
    assert words in found[0].rule and found[0].remedy


def test_capitals_that_a_spreadsheet_puts_in_change_nothing() -> None:
    found = scenario()

    def read(say: Callable[[str], str]) -> Tree:
        rows = [list(row) for row in template(found, found.agencies[0])]
        filled(rows, {("gap", NEXT): 4, ("council_tax", NEXT): 90})
        cut = {"approved": {"kind": "saving", "rag": "green", "recurrent": "80%", NEXT: 1}}
        filled(rows, {(name, column): value for name, row in cut.items() for column, value in row.items()})
        start = next(i for i, row in enumerate(rows) if row and row[0] == "row")
        for row in rows[start + 1 :]:
            row[2], row[4] = (say(cell) if cell else cell for cell in (row[2], row[4]))
        for row in rows[:start]:
            if row and row[0] in ("unit", "signs", "basis", "gap is") and row[1]:
                row[1] = say(row[1])
        return plan_overlay(read_rows(write_rows(rows, "p.xlsx"), "p.xlsx"), "p.xlsx", found)

    assert read(str.capitalize) == read(str.upper) == read(str)


@pytest.mark.parametrize(
    ("title", "words"), [("2026", "is written 2026-27"), (BASE, "begins after the base year"), ("2026-28", "2026-27")]
)
def test_a_year_is_a_financial_year_after_the_base(title: str, words: str) -> None:
    found = scenario()
    rows = template(found, found.agencies[0])
    start = next(i for i, row in enumerate(rows) if row and row[0] == "row")
    rows[start][6] = title
    filled(rows, {("gap", "2027-28"): 1})
    with pytest.raises(ScenarioError) as error:
        plan_overlay(read_rows(write_rows(rows, "p.csv"), "p.csv"), "p.csv", found)
    assert words in str(error.value)


ROW = "a,A,spending,services,,,1,2,3\ngap,Gap,gap,,,,1,2,3\n"


@pytest.mark.parametrize(
    ("titles", "place", "words", "remedy"),
    [
        ("2026-27,2042-43,2028-29", "2042-43", "its years are 2026-27 to 2041-42", "correct the year"),
        ("2026-27,2024-25,2028-29", "2024-25", "its years are 2026-27 to 2041-42", "correct the year"),
        ("2026-27,2150-51,2028-29", "2150-51", "financial years run from", "correct the year"),
        ("2026-27,2027-29,2028-29", "2027-29", "write 2027-28", "write it as 2027-28"),
        ("2026-27,2027,2028-29", "2027", "is written 2026-27", "write it as 2026-27"),
        ("2026-27,2026-27,2028-29", "2026-27", "heads two", "take one of the two out"),
    ],
)
def test_a_wrong_year_is_told_once_and_not_as_a_hole_in_every_row(
    titles: str, place: str, words: str, remedy: str
) -> None:
    with pytest.raises(ScenarioError) as error:
        of_csv(HEADING + TITLES.replace("2026-27,2027-28", titles) + ROW)
    (found,) = error.value.problems
    assert (found.line, found.field) == (5, place) and words in found.rule and found.remedy.startswith(remedy)


def test_a_year_without_a_heading_is_no_hole_either() -> None:
    with pytest.raises(ScenarioError) as error:
        of_csv(HEADING + TITLES.replace("2026-27,2027-28", "2026-27,,2028-29") + ROW)
    assert {found.rule for found in error.value.problems} == {"an amount stands under its year"}


def test_the_last_year_a_scenario_can_project_can_be_planned() -> None:
    plan = of_csv(HEADING + TITLES.replace("2026-27,2027-28", "2041-42") + "gap,Gap,gap,,,,1\n")["agencies"][0]["plan"]
    assert plan["gap"] == {"2041-42": 1}


def test_the_template_says_what_the_basis_is_for() -> None:
    found = scenario()
    (basis,) = [row for row in template(found, found.agencies[0]) if row[:1] == ["basis"]]
    assert basis[2] == "gross or net; recorded only, it changes no number"


def test_a_row_stands_once() -> None:
    found = scenario()
    rows = filled(template(found, found.agencies[0]), {("gap", NEXT): 1})
    rows.append([*rows[-1]])
    rows[-1][0], rows[-1][2], rows[-1][6] = "gap", "gap", "2"
    with pytest.raises(ScenarioError, match="stands twice"):
        plan_overlay(read_rows(write_rows(rows, "p.csv"), "p.csv"), "p.csv", found)


HEADING = "council,town\nunit,£m\nsigns,internal\nbasis,net\n"
TITLES = "row,name,kind,covers,rag,recurrent,2026-27,2027-28\n"
GAP = TITLES + "gap,Gap,gap,,,,1,2\n"


def of_csv(text: str, **more: Any) -> Tree:
    return plan_overlay(read_rows(text.encode(), "p.csv"), "p.csv", scenario(), **more)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (HEADING + TITLES + 'gap,Gap,gap,,,,"1,23",2\n', "2026-27", "an amount is a number"),
        (HEADING + TITLES + 'gap,Gap,gap,,,,"12,34,567",2\n', "2026-27", "an amount is a number"),
        (HEADING + TITLES + "gap,Gap,gap,,,,(-1),2\n", "2026-27", "an amount is a number"),
        (HEADING + TITLES + "gap,Gap,gap,,,,-,2\n", "2026-27", "an amount is a number"),
        (HEADING + TITLES + "gap,Gap,gap,,,,5%,2\n", "2026-27", "an amount is a number"),
        (HEADING + TITLES + "gap,Gap,gap,,,,9999999999,2\n", "2026-27", "at most £1,000,000m"),
        (HEADING + TITLES + "gap,Gap,gap,,,,=A1+1,2\n", "2026-27", "no stored result"),
        (HEADING + GAP + "more,More,gap,,,,1,2\n", "kind", "one row of the table is of kind gap"),
        (HEADING + GAP + "a,A,contingency,,,,1,\nb,B,contingency,,,,2,\n", "kind", "is of kind contingency"),
        (HEADING + GAP.replace("2027-28", "2026-27"), "2026-27", "2026-27 heads two"),
        (HEADING + GAP.replace("recurrent,", "").replace(",,1", ",1"), "row", "whose first cells are"),
        (HEADING + GAP.replace(",2027-28", ""), "column 8", "stands under its year"),
        (HEADING + "gap_is,after_savings\n" + GAP, "column 1", "a heading is one of"),
        (HEADING + "unit,£k\n" + GAP, "column 1", "`unit` stands twice"),
        (HEADING + "gap is,after_savings\n" + GAP, "gap is", "none are entered"),
        (HEADING + "date,2026-13-01\n" + GAP, "date", "a date is written"),
        (HEADING + "title,@SUM(A1)\n" + GAP, "title", "does not begin with"),
        (HEADING + TITLES + "a,A,funding,council_tax,,,1,\nb,B,funding,council_tax,,,1,\n", "covers", "covered once"),
        (HEADING + TITLES + "gap,Gap,gap,council_tax,,,1,\n", "covers", "only funding and spending"),
        (HEADING + TITLES.replace("2027-28", "2027-28,2028-29") + "gap,Gap,gap,,,,1,,2\n", "row", "2027-28 is empty"),
        (HEADING + TITLES + "s,S,saving,,red,125%,1,\n", "recurrent", "from 0% to 100%"),
        (HEADING + TITLES + "s,S,saving,,red,80,1,\n", "recurrent", "from 0% to 100%"),
        (HEADING + TITLES + f"a,{'A' * 401},funding,council_tax,,,1,\n", "name", "at most 400 characters"),
        (HEADING + TITLES + "a,A\u202eB,funding,council_tax,,,1,\n", "name", "none of them hidden"),
    ],
)
def test_nothing_is_lost_or_taken_for_something_else(text: str, place: str, words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        of_csv(text)
    (found,) = error.value.problems
    assert words in found.rule and (found.field == place or place.startswith("column")) and found.remedy


def test_a_wrong_heading_hides_no_wrong_row() -> None:
    with pytest.raises(ScenarioError) as error:
        of_csv(HEADING.replace("town", "moon").replace("internal", "mixed") + TITLES + "gap,Gap,oops,,,,lots,\n")
    assert [found.field for found in error.value.problems] == ["council", "signs", "kind", "2026-27"]


@pytest.mark.parametrize(("written", "amount"), [("£(1,234.5)", -1234.5), ("(£1,234.5)", -1234.5), ("-£2", -2),
                                                  ("£-2", -2), ("( 3 )", -3), (".5", 0.5), ("−4", -4)])  # fmt: skip
def test_a_surplus_is_read_however_it_is_bracketed(written: str, amount: float) -> None:
    plan = of_csv(HEADING + TITLES + f'gap,Gap,gap,,,,"{written}",\n')["agencies"][0]["plan"]
    assert float(plan["gap"][NEXT] if amount > 0 else -plan["surplus"][NEXT]) == amount


def test_the_council_is_the_one_named() -> None:
    unnamed = (HEADING + GAP).replace("council,town", "council,")
    assert of_csv(unnamed, council="town")["agencies"][0]["id"] == "town"
    for text, council_id in ((unnamed, None), (unnamed, "moon"), (HEADING + GAP, "moon")):
        with pytest.raises(ScenarioError, match="council"):
            of_csv(text, council=council_id)


def test_a_plan_is_a_councils_and_no_other_bodys() -> None:
    several = scenario(agencies=[council(), {"id": "nhs", "name": "NHS", "kind": "outside"}])
    text = (HEADING + GAP).replace("council,town", "council,nhs").encode()
    with pytest.raises(ScenarioError, match="names a council of the scenario: town\n"):
        plan_overlay(read_rows(text, "p.csv"), "p.csv", several)


def test_a_day_as_spreadsheets_keep_it_is_read() -> None:
    read = of_csv(HEADING + "date,22/11/2026\npublisher,Town\n" + GAP)
    assert read["sources"] == {
        "PLAN_TOWN": {"title": "Medium-term plan of town", "publisher": "Town", "date": "2026-11-22", "grade": "S"}
    }


def test_savings_alone_state_no_plan() -> None:
    body = of_csv(HEADING + TITLES + "s,S,saving,,red,80%,1,\nc,C,contingency,,,,1,\n")["agencies"][0]
    assert set(body) == {"id", "savings", "contingency"}


def test_lines_of_a_csv_are_counted_through_broken_cells() -> None:
    with pytest.raises(ScenarioError) as error:
        of_csv(HEADING + TITLES + 'a,"A\nB",funding,council_tax,,,1,\ngap,Gap,gap,,,,lots,\n')
    assert [found.line for found in error.value.problems] == [8]


def test_a_charity_brackets_all_of_its_spending_or_none() -> None:
    for one, two in (("(4)", "5"), ("4", "(5)")):
        table = TITLES + f"a,A,spending,services,,,{one},\nb,B,spending,rest,,,{two},0\n"
        with pytest.raises(ScenarioError) as error:
            of_csv(HEADING.replace("internal", "charity") + table)
        (found,) = error.value.problems
        assert (found.line, found.field, found.value) == (7, NEXT, two) and "all plain or all in brackets" in found.rule


def test_two_plans_of_one_council_never_mix() -> None:
    older = planned({"gap": {NEXT: 1}})
    with pytest.raises(ScenarioError, match="holds a plan of town already"):
        plan_overlay(read_rows((HEADING + GAP).encode(), "p.csv"), "p.csv", older)
    saving = (HEADING + TITLES + "s,S,saving,,red,80%,1,\n").encode()
    assert "plan" not in plan_overlay(read_rows(saving, "p.csv"), "p.csv", older)["agencies"][0]
    sourced = scenario(sources={"PLAN_TOWN": {"title": "An older plan", "grade": "S"}})
    with pytest.raises(ScenarioError, match="holds a plan of town already"):
        plan_overlay(read_rows(saving, "p.csv"), "p.csv", sourced)


def test_every_record_rests_on_the_plan_of_its_own_council() -> None:
    read = of_csv(HEADING + GAP + "s,S,saving,,red,80%,1,\nc,C,contingency,,,,1,\n")
    body = read["agencies"][0]
    assert {body["plan"]["source"], body["savings"][0]["source"], body["contingency"]["source"]} == {"PLAN_TOWN"}
    assert set(read["sources"]) == {"PLAN_TOWN"}


# What comes from outside.


def book(**cells: Any) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for place, value in cells.items():
        sheet[place] = value
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as held:
        for name, data in members.items():
            held.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("p.xlsx", b"council,town\n", "no spreadsheet"),
        ("p.csv", book(A1="council"), "the file is a spreadsheet"),
        ("p.ods", b"x", "an .xlsx or a .csv file"),
        ("p.xlsx", archive(sheet=b"0" * 20_000_000), "more than 100 times"),
        ("p.xlsx", archive(**{f"m{i}": b"x" for i in range(300)}), "at most 200 parts"),
        ("p.xlsx", archive(nothing=b"x"), "cannot be read"),
        ("p.xlsx", b"PK\x03\x04 and then nothing", "cannot be read"),
        ("p.xlsx", book(A1="row", B1="=1+1"), "the table begins with a row"),
        ("p.xlsx", book(A5000="far"), "at most 2,000 rows"),
        ("p.xlsx", book(CV1="far"), "60 columns"),
        ("p.csv", b"a,b\n" * 2_001, "at most 2,000 rows"),
        ("p.csv", b"\xff\xfe\x00", "CSV UTF-8"),
        ("p.csv", b"council,town\n", "the table begins with a row"),
    ],
)
def test_what_no_plan_would_be_is_refused_in_words(name: str, data: bytes, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        plan_overlay(read_rows(data, name), name, scenario())


def of_sheet(data: bytes) -> Tree:
    return plan_overlay(read_rows(data, "p.xlsx"), "p.xlsx", scenario())


def sheet_of(text: str) -> Any:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in csv.reader(io.StringIO(text)):
        sheet.append([cell or None for cell in row])
    return sheet


def saved(sheet: Any) -> bytes:
    buffer = io.BytesIO()
    sheet.parent.save(buffer)
    return buffer.getvalue()


def test_percentages_and_unreckoned_formulas_are_no_amounts() -> None:
    sheet = sheet_of(HEADING + GAP + "s,S,saving,,red,,1,2\n")
    sheet["F7"], sheet["G6"], sheet["H6"] = 0.625, 0.05, ArrayFormula("H6", "=SUM(A1:A2)")
    sheet["F7"].number_format, sheet["G6"].number_format = "0.0%", "0%"
    sheet["G7"], sheet["H7"] = "=1+1", datetime.date(2026, 4, 1)
    with pytest.raises(ScenarioError) as error:
        of_sheet(saved(sheet))
    assert [(found.field, found.value) for found in error.value.problems] == [
        ("G6", "5%"), ("H6", "=SUM(A1:A2)"), ("G7", "=1+1"), ("H7", "2026-04-01")]  # fmt: skip
    for place in ("G6", "H6", "G7", "H7"):
        sheet[place] = 1
        sheet[place].number_format = "General"
    assert of_sheet(saved(sheet))["agencies"][0]["savings"][0]["recurrent"] == "62.5%"


def altered(data: bytes, member: str, was: bytes, now: bytes) -> bytes:
    """A spreadsheet with the text of one of its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            held = old.read(name)
            assert name != member or was in held
            new.writestr(name, held.replace(was, now, 1) if name == member else held)
    return buffer.getvalue()


def test_numbers_without_end_are_refused() -> None:
    sheet = sheet_of(HEADING + GAP)
    sheet["G6"] = 7.25
    data = altered(saved(sheet), "xl/worksheets/sheet1.xml", b"<v>7.25</v>", b"<v>1e999</v>")
    with pytest.raises(ScenarioError, match="an amount is a number"):
        of_sheet(data)


def test_the_parser_of_spreadsheets_expands_no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    good = saved(sheet_of(HEADING + GAP))
    assert openpyxl.DEFUSEDXML and of_sheet(good)
    entity = b'<!DOCTYPE x [<!ENTITY a "town">]><worksheet '
    bomb = altered(good, "xl/worksheets/sheet1.xml", b"<worksheet ", entity)
    with pytest.raises(ScenarioError, match="cannot be read") as error:
        of_sheet(bomb)
    assert error.value.__context__ and type(error.value.__context__.__cause__).__name__ == "EntitiesForbidden"
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    with pytest.raises(ScenarioError, match="defusedxml"):
        of_sheet(good)


def test_a_spreadsheet_crowded_with_cells_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    good = saved(sheet_of(HEADING + GAP))
    cells = b"".join(b"<c><v>%d</v></c>" % (i * 7919) for i in range(300_000))
    looks = b"".join(b'<xf numFmtId="%d"/>' % (i * 7919) for i in range(60_000))
    sheet, styles = "xl/worksheets/sheet1.xml", "xl/styles.xml"
    for crowded in (altered(good, sheet, b"</sheetData>", b'<row r="9">' + cells + b"</row></sheetData>"),
                    altered(good, styles, b"</cellXfs>", looks + b"</cellXfs>")):  # fmt: skip
        with monkeypatch.context() as patched, pytest.raises(ScenarioError, match="at most 1,000,000 marks"):
            patched.setattr(openpyxl, "load_workbook", None)
            of_sheet(crowded)
    assert of_sheet(good)


@pytest.mark.parametrize("tenths", [1, pytest.param(10, marks=pytest.mark.prove)])
def test_the_fullest_plan_allowed_is_within_the_guards(monkeypatch: pytest.MonkeyPatch, tenths: int) -> None:
    """A tenth of its rows is within a tenth of the guards, which count cells and bytes alike."""
    for guard in ("MOST_MARKS", "MOST_BYTES"):
        monkeypatch.setattr(spreadsheets, guard, getattr(spreadsheets, guard) * tenths // 10)
    rows = [[f"text {r} {c}" for c in range(60)] for r in range(200 * tenths)]
    assert len(read_rows(write_rows(rows, "p.xlsx"), "p.xlsx")) == len(rows)


def test_text_never_becomes_a_formula() -> None:
    data = write_rows([["=1+1", "@SUM(A1)", "-2"]], "p.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [cell.data_type for cell in next(iter(sheet.iter_rows()))] == ["s", "s", "s"]
    plain = write_rows([["=1+1", "@SUM(A1)", "-2+3", "-2", Decimal("-2"), "Net"]], "p.csv").decode("utf-8-sig")
    assert plain == "'=1+1,'@SUM(A1),'-2+3,-2,-2,Net\n"


# As a finance director would.


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_goes_from_template_to_a_run_that_equals_it(tmp_path: Path, kind: str) -> None:
    blank, plan = tmp_path / f"plan.{kind}", tmp_path / "plan.yaml"
    made = headroom("import", "--template", str(blank), "--for", BLACKBURN)
    assert made.exit_code == 0, made.output
    assert headroom("import", "--template", str(blank), "--for", BLACKBURN).exit_code == 2
    heading = {row[0].text: row[1].text for row in read_rows(blank.read_bytes(), blank.name) if len(row) > 1}
    assert [heading[key] for key in ("signs", "basis", "date")] == ["", "", ""]
    unsaid = headroom("import", str(blank), "--for", BLACKBURN)
    assert unsaid.exit_code == 2 and "`signs` is one of" in unsaid.output and "`basis` is one of" in unsaid.output
    stated = {"unit": "£m", "signs": "internal", "basis": "net", "gap is": "after_savings"}
    changes = {("council_tax", "2027-28"): "83.1", ("gap", "2027-28"): "6.5", ("gap", "2028-29"): "9",
               ("example_saving", "2027-28"): "2", ("reserves_used", "2027-28"): "3"}  # fmt: skip
    if kind == "csv":
        rows: list[list[Any]] = list(csv.reader(io.StringIO(blank.read_text("utf-8-sig"))))
        blank.write_bytes(write_rows(filled(rows, changes, **stated), blank.name))
    else:
        workbook = openpyxl.load_workbook(blank)
        sheet = workbook["plan"]
        at = {row[0].value: row[0].row for row in sheet.iter_rows()}
        years = {cell.value: cell.column for cell in sheet[at["row"]]}
        for (name, year), value in changes.items():
            sheet.cell(at[name], years[year]).value = float(value)
        for name, word in stated.items():
            sheet.cell(at[name], 2).value = word
        workbook.save(blank)
    read = headroom("import", str(blank), "--for", BLACKBURN, "--out", str(plan))
    assert read.exit_code == 0, read.output
    assert headroom("check", BLACKBURN, "--with", str(plan)).exit_code == 0
    assert yaml.safe_load(plan.read_text())["agencies"][0]["plan"]["gap_is"] == "after_savings"
    out = tmp_path / "out"
    ran = headroom("run", BLACKBURN, "--with", str(plan), "--paths", "200", "--out", str(out))
    assert ran.exit_code == 0, ran.output
    assert "£6.5m short in 2027-28; £9.0m short in 2028-29" in " ".join(ran.output.split())
    assert "the plan uses £3.0m of reserves" in " ".join(ran.output.split())
    assert (out / "tables" / "plan.csv").is_file()


def test_problems_of_a_plan_leave_with_exit_code_2_and_no_file(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.csv"
    wrong.write_text("council,blackburn\nunit,£m\nsigns,internal\nbasis,net\nrow,name,kind,covers,rag,recurrent,2027-28\n"
                     "gap,Gap,gap,,,,lots\n")  # fmt: skip
    done = headroom("import", str(wrong), "--for", BLACKBURN, "--out", str(tmp_path / "o.yaml"))
    assert done.exit_code == 2 and "line 6, column 7: 2027-28" in done.output and not (tmp_path / "o.yaml").exists()
    assert '"rule"' in headroom("import", str(wrong), "--for", BLACKBURN, "--json").output
    assert headroom("import", str(tmp_path / "none.csv"), "--for", BLACKBURN).exit_code == 2


def test_what_the_scenario_cannot_take_is_said_of_the_plan(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(f"headroom: 1\nextends: scenarios/{Path(BLACKBURN).name}\nagencies:\n"
                   "  - id: blackburn\n    spending: [{id: rest, name: Rest, net: 0}]\n")  # fmt: skip
    plan = tmp_path / "plan.csv"
    plan.write_text(HEADING.replace("town", "blackburn") + GAP + "all,All,spending,rest,,,5,6\n")
    assert headroom("import", str(plan), "--for", BLACKBURN).exit_code == 0
    done = headroom("import", str(plan), "--for", str(own), "--json", "--out", str(tmp_path / "o.yaml"))
    (found,) = json.loads(done.output)["problems"]
    assert done.exit_code == 2 and found["file"] == "plan.csv" and "another part" in found["rule"]
    assert not (tmp_path / "o.yaml").exists()


def test_a_report_in_json_has_the_overlay_or_its_place(tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.csv", tmp_path / "o.yaml"
    plan.write_text(HEADING.replace("town", "blackburn") + GAP)
    printed = json.loads(headroom("import", str(plan), "--for", BLACKBURN, "--json").output)
    words = ("import", str(plan), "--for", BLACKBURN, "--json", "--out", str(out))
    assert json.loads(headroom(*words).output) == {"problems": [], "notes": [], "wrote": str(out)}
    assert printed == {"problems": [], "notes": [], "overlay": out.read_text("utf-8")}
    again = headroom(*words)
    (problem,) = json.loads(again.output)["problems"]
    assert again.exit_code == 2 and "there already" in problem["rule"] and "--force" in problem["remedy"]


def test_an_overlay_is_written_over_only_by_force_and_what_was_read_never(tmp_path: Path) -> None:
    plan, mine, out = tmp_path / "plan.csv", tmp_path / "mine.yaml", tmp_path / "o.yaml"
    plan.write_text(HEADING.replace("town", "blackburn") + GAP)
    mine.write_bytes(Path(BLACKBURN).read_bytes())
    out.write_text("older")
    words = ("import", str(plan), "--for", str(mine), "--force", "--out")
    assert headroom(*words, str(out)).exit_code == 0 and "agencies" in out.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "o.yaml", "plan.csv"]
    for read in (plan, mine):
        before = read.read_bytes()
        done = headroom(*words, str(read))
        assert done.exit_code == 2 and "left as it was" in done.output and "--force" not in done.output
        assert read.read_bytes() == before


def test_a_template_is_never_written_over(tmp_path: Path) -> None:
    filled_in = tmp_path / "plan.csv"
    filled_in.write_text("my figures")
    words = ("import", "--template", str(filled_in), "--for", BLACKBURN)
    plain = headroom(*words)
    assert plain.exit_code == 2 and "left as it was" in plain.output and "--force" not in plain.output
    forced = headroom(*words, "--force")
    assert forced.exit_code == 2 and "overwrites nothing" in forced.output
    assert filled_in.read_text() == "my figures"


def test_a_plan_for_an_overlay_is_sent_to_its_scenario(tmp_path: Path) -> None:
    plan, overlay = tmp_path / "plan.csv", str(ROOT / "scenarios" / "overlays" / "funding-cut.yaml")
    plan.write_text(HEADING.replace("town", "blackburn") + GAP)
    done = headroom("import", str(plan), "--for", overlay)
    assert done.exit_code == 2 and f"headroom import {plan} --for COUNCIL.yaml" in done.output
    assert "headroom check" not in done.output
