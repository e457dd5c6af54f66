"""The command line, used as a person would: real files, real runs, exit codes and words."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pictures
import pytest
from click.testing import CliRunner, Result
from places import blackburn, blackburn_with, central

from simulator.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
LANCASHIRE = str(ROOT / "scenarios" / "lancashire.yaml")
SMALL = ROOT / "tests" / "small.yaml"


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "first"
    done = headroom("run", BLACKBURN, "--paths", "1000", "--save-paths", "--out", str(out))
    assert done.exit_code == 0, done.output
    return out


def test_help_is_quick_because_it_imports_little() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom simulator.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'pyarrow', 'pydantic', 'yaml'} & set(sys.modules)\n"
        "sys.exit(f'help imports {heavy}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_check_imports_neither_scipy_nor_pandas() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom simulator.cli import main\n"
        f"done = CliRunner().invoke(main, ['check', {BLACKBURN!r}])\nassert done.exit_code == 0, done.output\n"
        "heavy = {'scipy', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'check imports {heavy}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_command_has_help() -> None:
    listed = headroom("--help").output
    for name, (_, line) in COMMANDS.items():
        assert name in listed and line.split()[0] in listed
        assert headroom(name, "--help").exit_code == 0


def test_check_says_that_all_is_well() -> None:
    done = headroom("check", BLACKBURN)
    assert done.exit_code == 0
    assert "no problems" in done.output
    assert "2025-26 to 2034-35" in done.output


def test_a_wrong_number_is_refused_in_words_then_put_right(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(Path(BLACKBURN).read_text().replace("usable_share: {value: 50%", "usable_share: {value: 50"))
    refused = headroom("run", str(mine), "--out", str(tmp_path / "out"))
    assert refused.exit_code == 2
    assert not (tmp_path / "out").exists()
    for words in ("mine.yaml, line", "usable_share", "50", "per cent sign", "remedy"):
        assert words in refused.output
    mine.write_text(Path(BLACKBURN).read_text().replace("usable_share: {value: 50%", "usable_share: {value: 40%"))
    assert headroom("check", str(mine)).exit_code == 0


def test_problems_as_json(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("headroom: 1\nextends: scenarios/blackburn-with-darwen.yaml\nyears: 99\ngrwth: 1\n")
    done = headroom("check", str(mine), "--json")
    assert done.exit_code == 2
    problems = json.loads(done.output)["problems"]
    assert {problem["field"] for problem in problems} == {"years", "grwth"}
    assert {problem["line"] for problem in problems} == {3, 4}


def test_a_run_folder_holds_what_is_promised(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "summary.md", "run.json", "scenario.yaml", "manifest-sha256.txt", "paths.parquet",
        "charts/gap.svg", "charts/gap.png", "charts/reserves.svg", "charts/reserves.png",
        "charts/why.svg", "charts/why.png", "charts/chances.svg", "charts/chances.png",
        "charts/override.svg", "charts/override.png",
        "tables/agency_years.csv", "tables/chances.csv", "tables/conditional.csv", "tables/lines.csv",
        "tables/parts.csv", "tables/switches.csv", "tables/waterfall.csv",
    }  # fmt: skip


def test_the_manifest_finds_any_changed_byte(folder: Path) -> None:
    for line in (folder / "manifest-sha256.txt").read_text().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_public_tables_keep_their_contract(folder: Path) -> None:
    years = pd.read_csv(folder / "tables" / "agency_years.csv")
    assert list(years.columns) == [
        "agency", "year", "measure", "unit", "view", "paths", "mean",
        "p05", "p10", "p25", "p50", "p75", "p90", "p95", "central",
    ]  # fmt: skip
    wanted = {
        "funding", "spending", "gap", "savings_delivered", "use_of_reserves", "gf_unallocated",
        "earmarked_reserves", "usable_reserves", "unfunded_gap", "transfers_in", "transfers_out",
    }  # fmt: skip
    assert wanted <= set(years.measure)
    assert set(years.view) == {"before_action", "after_action"}
    chances = pd.read_csv(folder / "tables" / "chances.csv")
    assert list(chances.columns) == ["agency", "year", "outcome", "view", "probability", "low95", "high95", "paths"]
    outcomes = {
        "reserves_below_minimum", "usable_reserves_exhausted", "unfunded_gap", "needs_support", "s114_proxy",
        "duty_breached",
    }  # fmt: skip
    assert outcomes <= set(chances.outcome)
    assert (chances.low95 <= chances.probability).all() and (chances.probability <= chances.high95).all()
    columns = {
        "conditional": [*years.columns[:4], "branch", *years.columns[5:]],
        "lines": ["agency", "line", "year", "mean", "central", "unit", "paths"],
        "parts": ["agency", "part", "flow", "year", "certainty", "amount"],
        "switches": ["agency", "year", "outcome", "switch", *chances.columns[4:]],
        "waterfall": ["agency", "view", "year", "order", "step", "kind", "amount"],
    }
    for name, names in columns.items():
        assert list(pd.read_csv(folder / "tables" / f"{name}.csv").columns) == names


def test_saved_paths_give_the_published_quantiles(folder: Path) -> None:
    paths = pd.read_parquet(folder / "paths.parquet")
    assert list(paths.columns) == ["path", "year", "agency", "view", "measure", "value"]
    chosen = paths[(paths.measure == "gap") & (paths.year == "2027-28") & (paths.view == "before_action")]
    assert len(chosen) == 1_000
    years = pd.read_csv(folder / "tables" / "agency_years.csv")
    row = years[(years.measure == "gap") & (years.year == "2027-28") & (years.view == "before_action")].iloc[0]
    assert row.p90 == pytest.approx(sorted(chosen.value)[899], rel=1e-9)


@pytest.mark.usefixtures("undrawn")
def test_the_resolved_scenario_runs_to_the_same_tables(folder: Path, tmp_path: Path) -> None:
    again = headroom("run", str(folder / "scenario.yaml"), "--paths", "1000", "--out", str(tmp_path / "again"))
    assert again.exit_code == 0, again.output
    tables = sorted(path.name for path in (folder / "tables").iterdir())
    assert len(tables) == 7
    for name in tables:
        assert (folder / "tables" / name).read_bytes() == (tmp_path / "again" / "tables" / name).read_bytes()


def test_the_record_binds_the_run(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    assert record["paths"] == 1_000 and record["seed"] == 1 and record["checks_hold"]
    assert {file["name"].split("/")[-1] for file in record["scenario"]["files"]} == {
        "blackburn-with-darwen.yaml", "uk-2026.yaml",
    }  # fmt: skip
    assert (
        record["files_sha256"]["tables/chances.csv"]
        == hashlib.sha256((folder / "tables/chances.csv").read_bytes()).hexdigest()
    )


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The shipped place under an overlay and two settings: its folder and what was printed."""
    out = tmp_path_factory.mktemp("changed") / "run"
    inflation = str(ROOT / "scenarios" / "overlays" / "high-inflation.yaml")
    with pictures.undrawn():
        done = headroom(
            "run", BLACKBURN, "--with", inflation, "--set", "usable_share=25%", "--set", "send.long_run=10%",
            "--paths", "200", "--out", str(out),
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    return out, done.output


def test_set_and_with_change_the_answer(folder: Path, changed: tuple[Path, str]) -> None:
    before, after = (pd.read_csv(f / "tables" / "agency_years.csv") for f in (folder, changed[0]))

    def middle(table: pd.DataFrame, measure: str, year: str) -> float:
        chosen = (table.measure == measure) & (table.year == year) & (table.view == "before_action")
        return float(table[chosen].central.iloc[0])

    assert middle(after, "gap", "2029-30") > middle(before, "gap", "2029-30") + 1e6
    assert middle(after, "usable_reserves", "2025-26") < middle(before, "usable_reserves", "2025-26") - 10e6


def test_the_terminal_names_the_sections_it_leaves_out(changed: tuple[Path, str]) -> None:
    out, said = changed
    (told,) = re.findall(r"Left out here, and in (\S+): (.*?); and all that rests on judgement", " ".join(said.split()))
    assert told[0] == str(out / "summary.md")
    left, whole = told[1].split("; "), re.findall(r"^## (.+)$", (out / "summary.md").read_text(), re.MULTILINE)
    assert {"What would change it", "What this does not know", "Debt and funding"} <= set(left) < set(whole)
    assert set(left) | set(re.findall(r"^## (.+)$", said, re.MULTILINE)) == set(whole)


def test_what_was_changed_heads_the_page_and_stands_in_the_record(changed: tuple[Path, str]) -> None:
    out, said = changed
    record = json.loads((out / "run.json").read_text())["scenario"]
    assert record["name"] == "Blackburn with Darwen, from the 2024-25 outturn"
    wanted = [
        "High inflation (high-inflation.yaml)",
        "usable_share: 25% (was 50%)",
        "send.long_run: 10% (was 5.0%)",
    ]
    assert record["changes"] == wanted
    assert f"Changed for this run: {'; '.join(wanted)}." in " ".join(said.split())
    assert "source: command_line" in (out / "scenario.yaml").read_text()


@pytest.mark.usefixtures("undrawn")
def test_within_every_limit_the_exit_code_is_nought_and_json_tells_the_run(tmp_path: Path) -> None:
    plan, out = str(ROOT / "tests" / "plans" / "made-up.yaml"), tmp_path / "within"
    done = headroom(
        "run", BLACKBURN, "--with", plan, "--paths", "200", "--years", "5", "--do-nothing", "--json",
        "--fail-on", "reserves_below_minimum=99%", "--fail-on", "unfunded_gap@2026-27=20%", "--out", str(out),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["checks_hold"] and report["paths"] == 200 and report["limits_passed"] == []
    assert {row["outcome"] for row in report["chances_in_any_year"]} >= {"unfunded_gap", "made_worse"}
    assert {row["view"] for row in report["chances_in_any_year"]} == {"before_action", "after_action", "do_nothing"}
    assert "tables/plan.csv" in report["files"]
    assert set(report["files"]) == {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    years = pd.read_csv(out / "tables" / "agency_years.csv")
    assert set(years.year) == {"2025-26", "2026-27", "2027-28", "2028-29", "2029-30"}
    assert set(years["view"]) == {"before_action", "after_action", "do_nothing"}


@pytest.mark.usefixtures("undrawn")
def test_a_limit_passed_or_that_names_no_year_gives_exit_code_one(tmp_path: Path) -> None:
    words = ("run", BLACKBURN, "--paths", "200", "--years", "3")
    over = headroom(
        *words, "--fail-on", "reserves_below_minimum=1%", "--fail-on", "unfunded_gap@2050-51=20%",
        "--out", str(tmp_path / "a"),
    )  # fmt: skip
    assert over.exit_code == 1
    assert "passes the limit of 1.0%" in over.output and "2050-51 is not a year of this run" in over.output
    wrong = headroom(*words, "--fail-on", "ruin=1", "--out", str(tmp_path / "c"))
    assert wrong.exit_code == 2 and "OUTCOME=CHANCE" in wrong.output and not (tmp_path / "c").exists()


def test_a_folder_that_is_not_a_run_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("my own notes")
    done = headroom("run", BLACKBURN, "--paths", "1000", "--out", str(tmp_path))
    assert done.exit_code == 2 and "not a run folder" in done.output
    assert (tmp_path / "summary.md").read_text() == "my own notes"


@pytest.mark.usefixtures("undrawn")
def test_the_run_of_another_scenario_is_left_unless_told_as_a_picture_is(tmp_path: Path) -> None:
    out, mine = tmp_path / "out", tmp_path / "mine.yaml"
    assert headroom("run", str(SMALL), "--paths", "10", "--out", str(out)).exit_code == 0
    was = (out / "manifest-sha256.txt").read_bytes()
    text = SMALL.read_text()
    name = next(line for line in text.splitlines() if line.startswith("name:"))
    mine.write_text(text.replace(name, "name: Another"))
    words = ("run", str(mine), "--paths", "10", "--out", str(out))
    again = headroom(*words)
    assert again.exit_code == 2 and name.removeprefix("name: ") in again.output and "--force" in again.output
    assert (out / "manifest-sha256.txt").read_bytes() == was
    assert headroom(*words, "--force").exit_code == 0
    # The same scenario, changed or not, is run again where it stood.
    assert headroom(*words, "--seed", "2").exit_code == 0


@pytest.mark.usefixtures("undrawn")
def test_a_second_run_leaves_nothing_of_the_first(folder: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice"
    shutil.copytree(folder, twice)
    done = headroom("run", str(SMALL), "--paths", "10", "--out", str(twice), "--force")
    assert done.exit_code == 0
    assert not (twice / "paths.parquet").exists()
    assert "Removed from the run that stood there: " in done.output and "paths.parquet" in done.output
    listed = {words.split("  ", 1)[1] for words in (twice / "manifest-sha256.txt").read_text().splitlines()}
    held = {str(path.relative_to(twice)) for path in twice.rglob("*") if path.is_file()}
    assert held == listed | {"manifest-sha256.txt"}


def test_new_writes_a_scenario_that_checks_and_never_overwrites(tmp_path: Path) -> None:
    mine = tmp_path / "new.yaml"
    assert headroom("new", str(mine)).exit_code == 0
    assert headroom("check", str(mine)).exit_code == 0
    written = mine.read_bytes()
    again = headroom("new", str(mine))
    assert again.exit_code == 2 and "left as it was" in again.output
    assert mine.read_bytes() == written


@pytest.mark.parametrize("name", ["blackburn-with-darwen", "lancashire", "tameside"])
def test_a_copy_says_where_the_files_are_that_its_first_lines_name(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine.yaml"
    assert headroom("new", str(mine), "--from", name).exit_code == 0
    text, shipped = mine.read_text(), (ROOT / "scenarios" / f"{name}.yaml").read_text()
    head = text.partition("headroom: 1\n")[0]
    assert head.splitlines()[0].endswith("$schema=schema.json") and "headroom schema > schema.json" in head
    assert "scenarios/sources.md of Headroom" in head and head.count("sources.md") == 1
    assert text.partition("headroom: 1\n")[2] == shipped.partition("headroom: 1\n")[2]


def test_the_shipped_schema_is_the_printed_one() -> None:
    assert headroom("schema").output == (ROOT / "scenarios" / "schema.json").read_text()


@pytest.mark.usefixtures("unpainted")
def test_demo_prints_the_whole_of_what_a_newcomer_needs(tmp_path: Path) -> None:
    done = headroom("demo", "--paths", "400", "--out", str(tmp_path / "demo"))
    assert done.exit_code == 0
    page = (tmp_path / "demo" / "summary.md").read_text(encoding="utf-8")
    for words in (
        "142.272", "12.745", "155.017", "153.531", "1.486", "one-off", "Usable share", "in 100 futures",
        "2034-35", "summary.md", "chances.svg", "headroom check", "can its bodies stay in balance?", "Net risk",
        "Who pays and owes whom", "can it live within its allocation?",
    ):  # fmt: skip
        assert words in done.output + page, words
    assert "## Each body in a line" in done.output
    # How much can move, for what, and what it is not: on the terminal and in the folder alike.
    story = page[page.index("\n## How much can safely move into prevention\n") :].split("\n## ")[1]
    assert "](#how-much-can-safely-move-into-prevention)" in page
    moves, back = (
        re.search(r"\*\*£([0-9.]+)m a year\*\* can move", story),
        re.search(r"\*\*([0-9]+)p of each £1\*\*", story),
    )
    assert moves and float(moves[1]) > 0 and back and 0 < int(back[1]) < 100
    assert re.search(
        r"Without any shift all 10 bodies keep their duties .*(none of the futures|[0-9]+ in 100 futures)", story
    )
    assert re.search(r"The place as one (has|does not have) its money back by 20", story)
    assert re.search(r" pays most, £[0-9.]+m; .* gains most, £[0-9.]+m", story)
    assert "no savings plan" in story and "- Not known: what £1 gives back rests on published ranges" in story
    told = " ".join(done.output.replace("*", "").split())
    for line in story.splitlines()[2:]:
        assert " ".join(line.removeprefix("- ").replace("*", "").split()) in told
    drawn = (
        "blackburn-reserves",
        "lsc_icb-off_plan",
        "elht-cash",
        "lancashire_police-reserves",
        "hospice-free_reserves",
    )
    assert all((tmp_path / "demo" / "charts" / f"{name}.svg").exists() for name in drawn)


@pytest.mark.usefixtures("unpainted")
def test_a_scenario_that_extends_nothing_runs_for_two_years_and_one_future(tmp_path: Path) -> None:
    done = headroom("run", str(SMALL), "--years", "2", "--paths", "1", "--out", str(tmp_path / "short"))
    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("undrawn")
def test_two_councils_in_one_file(tmp_path: Path) -> None:
    both = tmp_path / "both.yaml"
    small = SMALL.read_text()
    twin = small[small.index("  - id: council") :].split("\n\n")[0].replace("id: council", "id: twin", 1)
    both.write_text(small.rstrip() + "\n" + twin.rstrip() + "\n")
    done = headroom("run", str(both), "--paths", "500", "--out", str(tmp_path / "both"))
    assert done.exit_code == 0, done.output
    page = (tmp_path / "both" / "summary.md").read_text(encoding="utf-8")
    assert page.count("## The short answer") == 2
    assert "none of the futures drawn" in page
    assert (tmp_path / "both" / "charts" / "twin-reserves.svg").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nowhere.yaml", "--out", "x"),
        ("run", BLACKBURN, "--set", "nothing=1", "--out", "x"),
        ("run", BLACKBURN, "--set", "usable_share", "--out", "x"),
        ("run", BLACKBURN, "--with", "nowhere.yaml", "--out", "x"),
        ("run", BLACKBURN, "--paths", "0", "--out", "x"),
        ("run", BLACKBURN, "--years", "99", "--out", "x"),
        ("run", BLACKBURN, "--years", "2", "--out", "x"),
        ("check", str(ROOT / "scenarios" / "overlays" / "funding-cut.yaml")),
        ("check", str(ROOT)),
    ],
)
def test_mistakes_end_in_words_and_exit_code_two(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = headroom(*words)
    assert done.exit_code == 2
    assert done.output.strip() and "Traceback" not in done.output
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["check", "compare"])
@pytest.mark.parametrize("name", ["plan.xlsx", "Plan.CSV"])
def test_a_spreadsheet_is_no_overlay_and_the_way_to_one_is_told(command: str, name: str) -> None:
    done = headroom(command, BLACKBURN, "--with", name)
    assert done.exit_code == 2 and "this is a spreadsheet" in done.output
    assert f"first `headroom import {name} --for {BLACKBURN} --out plan.yaml`, then `--with plan.yaml`" in done.output


@pytest.mark.parametrize(
    ("written", "meant"), [("9,0", "write 9.0"), ("9,000", "write 9000"), ("1,234,567.5", "write 1234567.5"),
                           ("0,500", "write 0.500"), ("-1,5", "write -1.5"), ("9,0,1", "with a point and no commas")]
)  # fmt: skip
def test_a_comma_that_parts_no_thousands_is_never_dropped(written: str, meant: str) -> None:
    done = headroom("check", BLACKBURN, "--set", f"gf_unallocated={written}")
    assert done.exit_code == 2 and f"{meant};" in done.output.replace(", such as 1234.5", "")


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (ROOT / "README.md").read_text().split("```python")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    assert headroom("new", "my-council.yaml", "--from", "blackburn-with-darwen").exit_code == 0
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "before_action" in said.stdout and "after_action" in said.stdout


def test_a_shipped_scenario_is_copied_whole_or_its_name_refused(tmp_path: Path) -> None:
    copied = tmp_path / "mine.yaml"
    assert headroom("new", str(copied), "--from", "blackburn-with-darwen").exit_code == 0
    told, shipped = copied.read_bytes().splitlines(), Path(BLACKBURN).read_bytes().splitlines()
    # What its first lines name does not stand beside a copy, so they say where it is.
    assert told[3:] == shipped[2:] and told[0] == shipped[0] and b"scenarios/sources.md" in told[2]
    refused = headroom("new", str(tmp_path / "other.yaml"), "--from", "../secrets")
    assert refused.exit_code == 2 and "blackburn-with-darwen" in refused.output
    assert not (tmp_path / "other.yaml").exists()


def test_every_shipped_overlay_lies_over_what_it_is_for() -> None:
    overlays = sorted((ROOT / "scenarios" / "overlays").glob("*.yaml"))
    assert len(overlays) >= 3
    for overlay in overlays:
        place = overlay.read_text().startswith("# For the place (lancashire.yaml)")
        done = headroom("check", LANCASHIRE if place else BLACKBURN, "--with", str(overlay))
        assert done.exit_code == 0, done.output


def test_a_higher_tax_limit_past_the_settlement_narrows_the_gap_there_and_not_before() -> None:
    overlay = ROOT / "scenarios" / "overlays" / "tax-at-4.99.yaml"
    lower, higher = (central(found).measures["gap"][0, 0, :, 0] for found in (blackburn(), blackburn_with(overlay)))
    saved = dict(zip(map(str, blackburn().projected), lower - higher, strict=True))
    assert all(saved[year] == 0 for year in ("2025-26", "2026-27", "2027-28", "2028-29"))
    # 2% of a requirement of about £88m in the first year, growing each year after.
    assert 1.6e6 < saved["2029-30"] < 2.0e6 and (np.diff(list(saved.values())[3:]) > 0).all()
