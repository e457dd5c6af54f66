"""The page of headroom: work off the page, the command line's own sentences, and what to add where nothing is asked."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_shift import written
from streamlit.testing.v1 import AppTest

from simulator import shift_frames, shift_shown, what_matters_shown
from simulator.blocks import Sample
from simulator.cli import apps
from simulator.jobs import JOBS
from simulator.pages import headroom_figures
from simulator.place_words import drawn
from simulator.scenario_file import load
from simulator.shift_brief import ShortAnswer, short_answer, work_of
from simulator.shift_report import NoProgrammesError, bought, brief
from simulator.shift_return_words import in_short
from simulator.what_matters import Wanted

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small.yaml"
PATIENCE, QUICK = 120, 2_000

Opener = Callable[[Path], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path) -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
        app.switch_page("simulator/pages/headroom.py").run()
        return ended(app)

    return open_on


def ended(app: AppTest) -> AppTest:
    if "headroom_job" in app.session_state:
        assert JOBS.wait(app.session_state["headroom_job"][0], PATIENCE)
        app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> list[str]:
    parts = [*app.title, *app.header, *app.markdown, *app.caption, *app.code, *app.info]
    return [part.value for part in parts]


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A small place that proposes a shift, whose name is no markup."""
    return Path(written(tmp_path, name="A small *shift* $1$"))


def test_the_answer_is_that_of_the_command_line_and_a_change_says_so(opened: Opener, alone: Path) -> None:
    app = opened(alone)
    scenario, sample = load(alone).scenario, Sample(QUICK)
    wanted = bought(brief(scenario, sample), sample)
    said = words(app)
    assert said[0] == "How much can safely move into prevention?"
    for line in in_short(wanted).splitlines()[2:]:
        assert drawn(line) in said
    assert drawn(shift_shown.about(wanted)) in said
    assert app.table[1].value.reset_index(drop=True).equals(shift_shown.bears_table(wanted))
    assert app.table[2].value.reset_index(drop=True).equals(shift_shown.pays_table(wanted))
    found = app.session_state["headroom_found"].result
    shown = shift_frames.shown(wanted.after, found.before, shift_shown.subject(wanted))
    charts = app.get("vega_lite_chart")
    assert len(charts) == 2 and all(shown.words.headline in str(chart.proto) for chart in charts)
    assert any(line.startswith("headroom shift ") and "--paths 2000" in line for line in said)
    app.radio(key="headroom_paths").set_value(10_000).run()
    assert not app.exception


def test_a_place_that_proposes_nothing_is_told_what_to_add(opened: Opener) -> None:
    app = opened(SMALL)
    assert [shift_shown.REMEDY in drawn(part.value).replace("\\", "") for part in app.info] == [True]
    assert not app.table and not app.get("vega_lite_chart")


def test_work_is_told_of_as_much_as_is_done_at_most(alone: Path) -> None:
    done: list[int] = []
    found = short_answer(load(alone).scenario, Sample(20, progress=done.append))
    assert isinstance(found, ShortAnswer) and 3 <= sum(done) <= work_of(20)
    assert isinstance(short_answer(load(SMALL).scenario, Sample(20)), NoProgrammesError)
    # The figure shades headroom, dashes each limit, and holds what is drawn below some limits high.
    shown = shift_frames.shown(found.found.after, found.before, shift_shown.subject(found.found))
    spec: dict[str, Any] = json.loads(headroom_figures.curve(shown, shown.tests[0]).to_json())
    held = [row for rows in spec["datasets"].values() for row in rows]
    assert {"From": 0.0, "To": shown.headroom, "View": headroom_figures.WITHIN} in held
    assert {"Rise": shown.tests[0].limit, "View": shift_frames.LIMIT} in held
    table = shift_shown.curve_table(shown.frame)
    assert list(table.columns) == list(shift_shown.CURVE_HEADS) and len(table) == len(shown.frame)
    assert isinstance(table, pd.DataFrame) and set(table.Test) == {"chance of breach", "expected shortfall"}


def test_a_command_holds_names_with_spaces_as_one_word() -> None:
    told = shift_shown.command("my place.yaml", ("pay rise.yaml",), ("place.name=A B",), 2_000)
    assert shlex.split(told)[2:7] == ["my place.yaml", "--with", "pay rise.yaml", "--set", "place.name=A B"]
    asked = what_matters_shown.command("my place.yaml", (), ("place.name=A B",), Wanted("town", "", "held"), 100)
    assert shlex.split(asked)[2:5] == ["my place.yaml", "--set", "place.name=A B"]
