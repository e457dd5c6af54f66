"""`headroom shift`, used as a person would: what it prints, what it keeps, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from small_shift import written

from simulator.cli import main
from simulator.shift_report import STAGES

ROOT = Path(__file__).resolve().parents[1]
FEW = ("--paths", "100", "--workers", "1")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, [*words], catch_exceptions=False)


@cache
def kept() -> tuple[Result, dict[str, bytes]]:
    """The shift of the small place with its folder: what was said, and every file."""
    with TemporaryDirectory() as where:
        done = headroom("shift", written(Path(where)), *FEW, "--out", str(Path(where, "out")))
        files = Path(where, "out")
        return done, {str(one.relative_to(files)): one.read_bytes() for one in files.rglob("*") if one.is_file()}


def test_it_says_the_answer_and_who_pays_within_a_screen() -> None:
    done, _ = kept()
    assert done.exit_code == 0
    for words in ("can move into these programmes from 2027-28", "What stops more is", "Who pays and who gains"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 110
    assert "**" not in done.stdout and "](" not in done.stdout
    assert "Open or print" in done.stdout and "shift.html" in done.stdout


def test_progress_is_told_apart_from_the_answer() -> None:
    done, _ = kept()
    assert done.stderr.splitlines() == [f"{n} of {len(STAGES)}: {stage}" for n, stage in enumerate(STAGES, 1)]
    assert not any(stage in done.stdout for stage in STAGES)


def test_the_folder_holds_page_tables_pictures_and_the_record() -> None:
    _, files = kept()
    assert {"shift.md", "shift.html", "scenario.yaml", "evidence.json", "manifest-sha256.txt"} <= set(files)
    tables = {name for name in files if name.startswith("tables/")}
    assert {f"tables/{one}.csv" for one in ("headroom", "curve", "binding", "by_body", "payback", "rooms")} <= tables
    for line in files["manifest-sha256.txt"].decode().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(files[name]).hexdigest() == digest
    page, html = files["shift.md"].decode(), files["shift.html"].decode()
    for name in (word.split(")")[0] for word in page.split("![](")[1:]):
        assert name in files
    # The page to print stands by itself: it fetches nothing.
    assert "<svg" in html and "src=" not in html and "<script" not in html
    assert "How much can safely move into prevention: Small" in html


def test_the_record_runs_it_again_and_gives_the_same_folder_byte_for_byte(tmp_path: Path) -> None:
    _, files = kept()
    again = json.loads(files["evidence.json"])["again"]
    assert again[:3] == ["headroom", "shift", "scenario.yaml"]
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    done = headroom("verify", str(tmp_path), "--replay")
    assert done.exit_code == 0, done.output
    assert f"all {len(files) - 2} files compared come out the same, byte for byte" in done.output


@cache
def as_json(*words: str) -> Result:
    """The shift of the small place as a machine reads it."""
    with TemporaryDirectory() as where:
        return headroom("shift", written(Path(where)), *FEW, "--json", *words)


def test_json_parses_and_holds_the_headline_and_every_table() -> None:
    done = as_json()
    told, files = json.loads(done.stdout), kept()[1]
    assert done.exit_code == 0 and done.stderr.count(" of ") == 0
    table = pd.read_csv(BytesIO(files["tables/headroom.csv"]))
    assert told["headroom"] == table.headroom[0] and told["unit"] == "£ a year at base-year prices"
    assert told["low95"] <= told["headroom"] <= told["high95"]
    assert told["base_chance_that_all_duties_hold"]["low"] <= told["base_chance_that_all_duties_hold"]["probability"]
    assert {f"tables/{name}.csv" for name in told["tables"]} == {name for name in files if name.startswith("tables/")}
    assert sum(row["in_this_shift"] for row in told["tables"]["programmes"]) == pytest.approx(told["headroom"])


# What it refuses, before any future is drawn.


def test_without_programmes_it_teaches(tmp_path: Path) -> None:
    done = headroom("shift", written(tmp_path, prevention={"programmes": []}), *FEW)
    assert done.exit_code == 2 and done.stdout == ""
    for words in ("no `programmes` under `prevention`", "defaults/prevention-2026.yaml", "scenarios/lancashire.yaml"):
        assert words in done.stderr


def test_without_limits_it_teaches_of_limits(tmp_path: Path) -> None:
    done = headroom("shift", written(tmp_path, prevention={"limits": None}), *FEW)
    assert done.exit_code == 2
    assert "`prevention.limits`" in done.stderr and "breach_rise" in done.stderr


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear all")
    done = headroom("shift", written(tmp_path), *FEW, "--out", str(mine))
    assert done.exit_code == 2 and "left as it was" in done.stderr and STAGES[0] not in done.stderr
    assert [one.name for one in mine.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("prevention.limits.breach_rise=2", "per cent"),
        ("prevention.limits.breech_rise=2%", "breach_rise"),
        ("prevention.programmes.falls.spend=lots", "number"),
        ("prevention.limits", "="),
    ],
)
def test_a_wrong_setting_teaches(tmp_path: Path, setting: str, words: str) -> None:
    done = headroom("shift", written(tmp_path), *FEW, "--set", setting)
    assert done.exit_code == 2 and words in done.stderr and STAGES[0] not in done.stderr
    assert "Traceback" not in done.output


def test_what_is_wrong_with_a_file_is_said_before_the_engine_is_imported(tmp_path: Path) -> None:
    """It takes seconds to import, and somebody who mends a file reads it again many times."""
    code = (
        "import sys\nfrom simulator.cli import main\n"
        "try:\n    main(['shift', 'none.yaml'])\n"
        "except SystemExit as left:\n"
        "    print(left.code, sorted({'simulator.shift_report', 'pandas'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert said.stdout.split("\n")[-2:] == ["2 []", ""]


def test_a_setting_moves_the_answer() -> None:
    """A tenth of the rise of a chance allowed is never more room, and here is less."""
    tight = json.loads(as_json("--set", "prevention.limits.breach_rise=0.1%").stdout)
    assert tight["headroom"] < json.loads(as_json().stdout)["headroom"]
    assert tight["tables"]["headroom"][0]["breach_rise"] == 0.001


def test_help_says_what_it_answers_and_how_to_keep_it() -> None:
    listed, own = headroom("--help").output, " ".join(headroom("shift", "--help").output.split())
    assert "How much can safely move into prevention" in " ".join(listed.split())
    for words in (
        "who pays, who gains",
        "--portfolio",
        "--out out/shift",
        "scenarios/lancashire.yaml",
        "never the decision",
    ):
        assert words in own
