"""Section 25 as its user meets it: the command, the decision page, the annex, the folder and its record."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pictures
import pytest
from click.testing import CliRunner, Result

from simulator.blocks import Sample
from simulator.cli import main
from simulator.decision_page import decision
from simulator.evidence_words import number, percent
from simulator.examination import Examination, examine
from simulator.files import sha256
from simulator.provenance import csv
from simulator.scenario_file import load

ROOT = Path(__file__).resolve().parent.parent
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
LANCASHIRE = str(ROOT / "scenarios" / "lancashire.yaml")
STATEMENT = str(ROOT / "scenarios" / "overlays" / "blackburn-statement.yaml")
PATHS = 400


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of one run of the command and what it told a machine."""
    out = tmp_path_factory.mktemp("evidence") / "first"
    with pictures.unpainted():
        told = headroom(
            "section25",
            BLACKBURN,
            "--with",
            STATEMENT,
            "--set",
            "years=6",
            "--paths",
            str(PATHS),
            "--out",
            str(out),
            "--json",
        )
    assert told.exit_code == 0, told.output
    return out, json.loads(told.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


@pytest.fixture(scope="module")
def folder(ran: tuple[Path, dict[str, Any]]) -> Path:
    return ran[0]


@pytest.fixture(scope="module")
def done(folder: Path) -> Examination:
    """The evidence again, from the scenario that the folder holds."""
    return examine(load(str(folder / "scenario.yaml")).scenario, "blackburn", Sample(PATHS))


def test_the_folder_holds_every_page_table_and_picture_and_its_record_seals_them(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"decision.md", "decision.html", "annex.md", "annex.html", "scenario.yaml", "evidence.json"} <= files
    assert {"charts/confidence.svg", "charts/survival.png", "charts/break-points-below_minimum.svg"} <= files
    record = json.loads((folder / "evidence.json").read_text())
    assert (record["command"], record["agency"], record["view"]) == ("section25", "blackburn", "before_action")
    assert (record["paths"], record["seed"]) == (PATHS, 1)
    for name, digest in record["files_sha256"].items():
        assert sha256((folder / name).read_bytes()) == digest, name
    listed = dict(line.split("  ")[::-1] for line in (folder / "manifest-sha256.txt").read_text().splitlines())
    assert set(listed) == files - {"manifest-sha256.txt"}


def test_the_scenario_of_a_folder_gives_the_same_tables_again(folder: Path, done: Examination) -> None:
    for name, table in done.tables().items():
        assert (folder / "tables" / f"{name}.csv").read_bytes() == csv(table), name


def test_every_table_but_the_register_names_its_body(done: Examination) -> None:
    for name, table in done.tables().items():
        if name == "register":
            assert {"value", "low", "high", "source", "date", "owner", "agreed_by", "grade", "rationale"} <= {*table}
            continue
        assert "agency" in table.columns, name
        assert (table.agency == "blackburn").all(), name


def test_the_page_tells_the_numbers_of_the_tables(done: Examination, folder: Path) -> None:
    page = decision(done)
    assert (folder / "decision.md").read_text() == page
    back = done.test("R02")
    assert back.value is not None
    assert f"**{100 * back.value:.0f} in 100 futures**" in page or f"**{100 * back.value:.1f} in 100 futures**" in page
    for _, row in done.tables()["by_year"].iterrows():
        assert f"{row.p50 / 1e6:,.1f}" in page
    assert "10 March 2027" in page
    for point in done.breaks.first("below_minimum"):  # type: ignore[union-attr]
        assert f"| {point.deviations:.1f} | {point.breaks_in} |" in page


def test_reserves_of_a_year_agree_with_the_run_and_the_first_bound_with_the_test(done: Examination) -> None:
    chances = done.tables()["chances"].set_index("year").probability
    below = next(one for one in done.found if one.id == "A02" and one.horizon == "2027-28")
    assert chances["2027-28"] == below.value


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium (Debian's chromium) to print")
def test_the_decision_page_prints_on_one_sheet_of_a4(folder: Path, tmp_path: Path) -> None:
    printed = tmp_path / "page.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", (folder / "decision.html").as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 1


def test_what_a_machine_is_told_is_whole(ran: tuple[Path, dict[str, Any]], done: Examination) -> None:
    told = ran[1]
    assert (told["agency"], told["budget_year"], told["plan_end"]) == ("blackburn", "2027-28", "2030-31")
    assert set(told["tables"]) == set(done.tables())
    assert {row["id"] for row in told["tables"]["tests"]} >= {"R01", "R18", "A01", "A15"}


def test_which_body_is_said_or_asked_for() -> None:
    wrong = headroom("section25", LANCASHIRE, "--agency", "nobody")
    assert wrong.exit_code == 2
    assert "nobody is no body of this scenario; it has: " in wrong.output
    assert "lsc_icb" in wrong.output


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ran = headroom("section25", BLACKBURN, "--paths", "200", "--out", str(tmp_path))
    assert ran.exit_code == 2
    assert "left as it was" in ran.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("stress") / "first"
    with pictures.unpainted():
        told = headroom("stress", BLACKBURN, "--set", "years=6", "--paths", str(PATHS), "--out", str(out), "--json")
    assert told.exit_code == 0, told.output
    return out, json.loads(told.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_the_stress_folder_tells_every_limit_with_its_route_and_seals_its_files(
    stressed: tuple[Path, dict[str, Any]],
) -> None:
    folder, told = stressed
    page = (folder / "stress.md").read_text()
    limits = {row["limit"]: row for row in told["tables"]["routes"]}
    assert set(limits) == {"below_minimum", "empty_reserve", "needs_support"}
    for limit, row in limits.items():
        assert f"{row['probability']:.1%}" in page
        assert (folder / "charts" / f"route-{limit}.svg").is_file() == (row["distance"] is not None)
    for row in told["tables"]["route_stories"]:
        assert row["text"] in page.replace("\\", "")
    record = json.loads((folder / "evidence.json").read_text())
    assert (record["command"], record["paths"]) == ("stress", PATHS)
    for name, digest in record["files_sha256"].items():
        assert sha256((folder / name).read_bytes()) == digest, name


def test_costs_of_a_route_by_line_add_up_to_what_it_asks(stressed: tuple[Path, dict[str, Any]]) -> None:
    tables = stressed[1]["tables"]
    for year in tables["route_years"]:
        key = ("limit", "route", "year")
        own = [row["pounds"] for row in tables["route_costs"] if all(row[name] == year[name] for name in key)]
        assert sum(own) == pytest.approx(year["extra"], abs=0.5)


def test_every_table_of_stress_has_its_unit_and_body(stressed: tuple[Path, dict[str, Any]]) -> None:
    for name, rows in stressed[1]["tables"].items():
        assert all(row["agency"] == "blackburn" for row in rows), name
    kinds = {row["kind"] for row in stressed[1]["tables"]["sensitivity"]}
    assert kinds == {"luck", "judgement"}


def test_luck_and_judgement_stand_in_one_ranking(stressed: tuple[Path, dict[str, Any]]) -> None:
    ranked = [row for row in stressed[1]["tables"]["sensitivity"] if row["rank"] is not None]
    reaches = [row["reach"] for row in ranked]
    assert reaches == sorted(reaches, reverse=True)
    shares = [row["share_end"] for row in ranked if row["share_end"] is not None]
    assert min(shares) >= 0 and sum(shares) <= 1 + 1e-9
    rest = next(row for row in stressed[1]["tables"]["sensitivity"] if row["id"] == "remainder")
    assert sum(shares) + rest["share_end"] == pytest.approx(1.0)


def test_a_charity_has_no_stress_test_and_says_so() -> None:
    ran = headroom("stress", LANCASHIRE, "--agency", "hospice", "--paths", "100")
    assert ran.exit_code == 2
    assert "stress tests are of local authorities and NHS bodies" in ran.output


@pytest.mark.parametrize(("value", "unit", "told"), [
    (None, "share", "–"), (0.0501, "share", "5.0%"), (10.0, "ratio", "10 or more"), (1.234, "ratio", "1.23"),
    (-10.0, "ratio", "-10 or less"),
    (2.0, "years", "2"), (4.8312, "years", "4.8"), (100.0, "years", "100 or more"), (2.55e6, "£", "£2.5m"),
])  # fmt: skip
def test_numbers_of_tests_are_told_in_their_unit(value: float | None, unit: str, told: str) -> None:
    assert number(value, unit) == told


def test_no_share_is_a_false_nought_or_certainty() -> None:
    assert [percent(share) for share in (0.0, 0.0004, 0.5, 0.9996, 1.0)] == [
        "none drawn", "under 0.1%", "50.0%", "over 99.9%", "all drawn",
    ]  # fmt: skip
