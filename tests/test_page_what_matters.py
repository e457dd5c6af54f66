"""The page of what matters: work off the page, results that are the command line's, and the sweep beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from simulator import study_frames, sweeps, what_matters_frames, what_matters_shown
from simulator.blocks import RunCancelledError, Sample
from simulator.cases import base
from simulator.cli import apps
from simulator.jobs import JOBS
from simulator.pages import working
from simulator.place_words import JOINER
from simulator.scenario_file import load
from simulator.study_file import given
from simulator.what_matters import Wanted, what_matters
from simulator.what_matters_words import plain

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
PATIENCE = 120
QUICK = 2_000

Opener = Callable[[Path], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path) -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
        app.switch_page("simulator/pages/what_matters.py").run()
        assert not app.exception
        return app

    return open_on


def ended(app: AppTest, slot: str) -> AppTest:
    """The page once the work of one place on it has ended."""
    if f"{slot}_job" in app.session_state:
        assert JOBS.wait(app.session_state[f"{slot}_job"][0], PATIENCE)
        app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> list[str]:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.code, *app.info, *app.warning]
    return [part.value.replace("\\", "") for part in parts]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def test_a_body_of_a_place_is_ranked_as_the_command_line_ranks_it(opened: Opener) -> None:
    app = ended(opened(PLACE), "matters")
    scenario = load(PLACE).scenario
    body = scenario.bodies[0].id
    wanted = what_matters(scenario, Wanted(body, "", "held"), Sample(QUICK))
    said = words(app)
    assert said[0] == "Which assumptions decide the answer?"
    assert f"**{' '.join(plain(wanted.answers[0]))}**" in said
    assert what_matters_shown.about(wanted) in said
    assert app.table[0].value.reset_index(drop=True).equals(what_matters_shown.ranking(wanted.answers[0]))
    told = what_matters_frames.ranking(wanted, wanted.answers[0])[1]
    assert told.alt in str(app.get("vega_lite_chart")[0].proto)
    assert len(charts(app)) == 4
    assert any("ignores how drivers interact" in line for line in said)
    assert any(f"--agency {body} --outcome held --paths 2000" in line for line in said)
    # A change asks for the button, and says so; the button finds it anew.
    app.selectbox(key="matters_body").select("").run()
    assert any("before your last change" in part.value for part in app.warning)
    app.button(key="matters_run").click().run()
    ended(app, "matters")
    assert not app.warning
    every = app.session_state["matters_found"].result
    assert every.wanted == Wanted("", "", "held") and len(every.answers) == 6
    assert app.table[0].value.reset_index(drop=True).equals(what_matters_shown.bodies(every))


def test_a_sweep_runs_off_the_page_and_gives_its_study(opened: Opener) -> None:
    app = ended(opened(SMALL), "matters")
    app.selectbox(key="sweep_across").select("Another value, by its address").run()
    app.selectbox(key="sweep_down").select("agencies.council.reserves.minimum").run()
    app.text_input(key="sweep_across_address").set_value("reserves.nothing").run()
    app.button(key="sweep_run").click().run()
    assert [part.value for part in app.error] == ["This sweep cannot be run; nothing was begun."]
    assert any("reserves.nothing" in line for line in words(app))
    app.text_input(key="sweep_across_address").set_value("reserves.usable_share").run()
    app.slider(key="sweep_steps").set_value(2)
    app.radio(key="sweep_paths").set_value(1_000)
    app.button(key="sweep_run").click().run()
    assert not app.error
    ended(app, "sweep")
    frame = app.table[-1].value
    assert len(frame) == 5
    assert any("headroom batch sweep.yaml" in line for line in words(app))
    assert set(frame.iloc[:, 0]) == {"as stated", "35%", "65%"}
    found = app.session_state["sweep_found"].result
    # The study that is offered is the one that was run, and reads as one.
    again = sweeps.swept(given(found.text.encode(), "sweep.yaml", base(SMALL)), Sample(workers=1))
    assert again.watched.equals(found.answers.watched)
    assert study_frames.cells(again, again.figures[0])[1].alt in str(app.get("vega_lite_chart")[-1].proto)


def test_cancel_stops_work_and_leaves_what_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, Any] = {}
    monkeypatch.setattr(working.st, "session_state", held)
    begun = threading.Event()

    def work(progress: Callable[[int], None], cancelled: Callable[[], bool]) -> object:
        begun.set()
        while not cancelled():
            progress(0)
        raise RunCancelledError

    held["slot_found"] = working.Found(("before",), "kept")
    working.begin("slot", working.Asked(("new",), "Waiting", 1, work))
    number, _ = held["slot_job"]
    assert begun.wait(PATIENCE) and working.busy("slot")
    working._stop("slot", number)
    assert not working.busy("slot")
    assert JOBS.wait(number, PATIENCE)
    seen = JOBS.look(number)
    assert seen is not None and seen.state == "stopped"
    assert working.found("slot") == working.Found(("before",), "kept")
    assert "Stopped when asked" in held["slot_told"]


def test_what_was_found_once_is_at_hand_for_every_session(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, Any] = {}
    monkeypatch.setattr(working.st, "session_state", held)
    asked = working.Asked(("once", "only"), "Counting", 1, lambda progress, cancelled: 7)
    working.begin("slot", asked)
    number, key = held["slot_job"]
    assert JOBS.wait(number, PATIENCE)
    working._ended("slot", key, JOBS.look(number))
    held.clear()
    working.begin("slot", asked)
    assert not working.busy("slot")
    assert working.found("slot") == working.Found(key, 7)


def test_a_hostile_name_shows_as_it_is(opened: Opener, tmp_path: Path) -> None:
    path, name = tmp_path / "hostile.yaml", "[x](http://a.b) :red[y] $z$ <b>"
    path.write_text(SMALL.read_text().replace("name: Small Council", f"name: '{name}'"))
    app = ended(opened(path), "matters")
    shown = [part.value for part in (*app.header, *app.markdown, *app.caption)]
    assert not any(name in line for line in [*shown, *(table.value.to_csv() for table in app.table)])
    assert any(r"\[x\](http\:" + JOINER + r"//a.b) \:red\[y\] \$z\$ \<b\>" in part.value for part in app.header)
