"""What matters as its user meets it: the command, its folder, the record that makes it again, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pictures
import pytest
from click.testing import CliRunner, Result

from simulator.cli import main

ROOT = Path(__file__).resolve().parent.parent
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
ASKED = ("--set", "years=5", "--paths", "400", "--year", "2028-29", "--outcome", "asked")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of one run of the command and what it told a machine."""
    out = tmp_path_factory.mktemp("matters") / "first"
    with pictures.unpainted():
        told = headroom("sensitivity", BLACKBURN, *ASKED, "--out", str(out), "--json")
    assert told.exit_code == 0, told.output
    return out, json.loads(told.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_the_folder_has_the_page_its_tables_and_pictures(ran: tuple[Path, dict[str, Any]]) -> None:
    folder, told = ran
    assert {path.name for path in folder.iterdir()} == {
        "sensitivity.md", "sensitivity.html", "evidence.json", "scenario.yaml", "manifest-sha256.txt", "tables",
        "charts",
    }  # fmt: skip
    page = (folder / "sensitivity.md").read_text()
    assert page.startswith("# What matters most: Blackburn with Darwen Borough Council\n")
    assert "Asked is what 2028-29 asks beyond savings delivered, £m cash; more is worse." in page
    assert all(f"charts/{name}.svg" in page for name in ("ranking", "owners", "years", "tornado"))
    kept = pd.read_csv(folder / "tables" / "ranking.csv")
    assert list(kept.id) == [row["id"] for row in told["tables"]["ranking"]]
    assert set(kept.year) == {"2028-29"} and set(kept.figure) == {"asked"}


def test_the_record_says_what_makes_it_again_and_it_does(ran: tuple[Path, dict[str, Any]]) -> None:
    folder, told = ran
    again = json.loads((folder / "evidence.json").read_text())["again"]
    assert again[:6] == ["headroom", "sensitivity", "--year", "2028-29", "--outcome", "asked"]
    own = [str(folder / word) if word == "scenario.yaml" else word for word in again[1:]]
    assert json.loads(headroom(*own, "--json").stdout) == told


def test_a_folder_just_written_is_as_recorded(ran: tuple[Path, dict[str, Any]]) -> None:
    assert headroom("verify", str(ran[0])).exit_code == 0


def test_the_terminal_has_the_plain_answer_first_and_progress_aside() -> None:
    ran = headroom("sensitivity", BLACKBURN, "--set", "years=4", "--paths", "200")
    lines = ran.stdout.splitlines()
    assert lines[0] == "# What matters most: Blackburn with Darwen Borough Council"
    assert any(line.startswith("For what is held at the end of") for line in lines)
    assert "holding one thing at a time" in ran.stderr and "holding one thing at a time" not in ran.stdout


@pytest.mark.parametrize(("words", "told"), [
    (("--agency", "nobody"), "nobody is no body of this place"),
    (("--year", "2019-20"), "2019-20 is no year to ask about"),
    (("--outcome", "luck"), "blackburn has no luck; it has held, asked"),
])  # fmt: skip
def test_what_is_not_there_leaves_with_code_two_and_says_what_is(words: tuple[str, ...], told: str) -> None:
    ran = headroom("sensitivity", BLACKBURN, "--paths", "200", *words)
    assert ran.exit_code == 2 and told in ran.stderr


def test_it_never_writes_over_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    ran = headroom("sensitivity", BLACKBURN, "--paths", "200", "--out", str(tmp_path))
    assert ran.exit_code == 2 and (tmp_path / "thesis.txt").read_text() == "years of work"
