"""`headroom pathway`, used as a person would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator import distilling
from simulator.cli import main
from simulator.distilling import SHIPPED, read
from simulator.files import read_bytes, shipped
from simulator.scenario_file import load

LANCASHIRE = str(Path(__file__).resolve().parents[1] / "scenarios" / "lancashire.yaml")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, ["pathway", *words], catch_exceptions=False)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid small enough to rebuild in a moment."""
    for name, axis in (("RHO1", (0.8, 1.0)), ("RHO2", (0.9, 1.2)), ("PATIENCE", (7.0, 21.0)), ("HELD_OUT", 2)):
        monkeypatch.setattr(distilling, name, axis)


def small(folder: Path) -> str:
    """The shipped pathway at a twentieth of its size, as a file of one's own."""
    text = read_bytes(shipped(SHIPPED) or "").decode()
    path = folder / "mine.yaml"
    path.write_text(text.replace("admissions: {value: 70,", "admissions: {value: 3.5,"))
    return str(path)


def test_without_rebuild_it_says_what_the_shipped_surface_says() -> None:
    done = headroom()
    assert done.exit_code == 0
    assert "171   +0%" in done.output
    assert "not at the average" in done.output
    assert "fresh runs" in done.output


def test_json_has_the_same_rows() -> None:
    told = json.loads(headroom("--json").output)
    assert [row["change"] for row in told["rows"]] == [-0.1, -0.05, 0, 0.05, 0.1, 0.15, 0.2]
    assert told["rows"][2]["bed_days"] == pytest.approx(told["rows"][2]["delayed"] * 365)
    assert told["error"]["points"] == read().surface.error.points


def test_a_scenario_s_own_pathway_is_read_with_all_that_it_extends() -> None:
    """The demo place states counts of its own over the shipped pathway, whose surface it keeps."""
    done = headroom(LANCASHIRE)
    assert done.exit_code == 0, done.output
    stated = load(LANCASHIRE).scenario.pathways[0]
    assert done.output.startswith(f"{stated.name}: {stated.acute_beds.used:,.0f} acute beds")
    assert stated.acute_beds.used != read().acute_beds.used
    assert "moved together" in done.output and all(way.name in done.output for way in stated.onward)


def test_help_says_what_the_file_is_and_of_which_year_the_pounds_are() -> None:
    said = " ".join(headroom("--help").output.split())
    for words in ("FILE is a scenario", "with `pathways`", "Pounds are of the base year", "moved together"):
        assert words in said


def test_a_surface_is_rebuilt_in_the_file_that_has_it(tmp_path: Path) -> None:
    done = headroom(LANCASHIRE, "--rebuild", "--out", str(tmp_path / "new.yaml"))
    assert done.exit_code == 2 and "rebuilt in the file that states it" in done.output
    assert not (tmp_path / "new.yaml").exists()


@pytest.mark.usefixtures("few")
def test_rebuilding_writes_a_file_that_is_read_like_any_other(tmp_path: Path) -> None:
    mine, out = small(tmp_path), str(tmp_path / "new.yaml")
    words = (mine, "--rebuild", "--out", out, "--replications", "2", "--keep", "1", "--workers", "1")
    done = headroom(*words)
    assert done.exit_code == 0, done.output
    made = read(out)
    assert (made.surface.rho2, made.surface.replications, made.surface.error.points) == ([0.9, 1.2], 2, 2)
    assert made.admissions.used == 3.5
    assert "Held against 2 fresh runs" in done.output
    assert headroom(out).exit_code == 0
    again = headroom(*words)
    assert again.exit_code == 2
    assert "--force" in again.output
    before = Path(out).read_bytes()
    assert headroom(*words, "--force").exit_code == 0
    assert Path(out).read_bytes() == before


def test_rebuild_and_out_go_together(tmp_path: Path) -> None:
    assert headroom("--rebuild").exit_code == 2
    assert headroom("--out", str(tmp_path / "new.yaml")).exit_code == 2
    assert not (tmp_path / "new.yaml").exists()


def test_a_file_without_a_pathway_is_refused_in_words(tmp_path: Path) -> None:
    done = headroom("defaults/uk-2026.yaml")
    assert done.exit_code == 2
    assert "a pathway is an entry under `pathways`" in done.output
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        read_bytes(shipped(SHIPPED) or "").decode().replace("marginal: {value: 35%", "marginal: {value: 350%")
    )
    done = headroom(str(broken))
    assert done.exit_code == 2
    assert "marginal" in done.output
    assert "between 0% and 100%" in done.output
