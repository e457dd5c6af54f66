"""The page of what matters: work off the page, results that are the command line's, and the sweep beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from simulator import reserve_curve, statement_shown, study_frames, sweeps, what_matters_frames, what_matters_shown
from simulator.blocks import RunCancelledError, Sample
from simulator.cases import base
from simulator.cli import apps
from simulator.evidence_pictures import confidence_frame
from simulator.held_still import HELD, Question
from simulator.jobs import JOBS
from simulator.pages import working
from simulator.place_words import JOINER
from simulator.plain_english import Words
from simulator.scenario_file import load
from simulator.study_file import given
from simulator.what_matters import Wanted, what_matters
from simulator.what_matters_page import numbers
from simulator.what_matters_words import estimate, figure, plain, unjudged
from simulator.workbench import History, Opened

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
OPENED = Opened("place.yaml")
PATIENCE = 120
QUICK = 2_000

Opener = Callable[[Path], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path) -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        # The first page is not made on the way: the app opens on this one.
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
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
    ends = next(line for line in said if line.startswith("95% sampling intervals: "))
    first = wanted.answers[0].causes[0]
    assert f"{first.name} {numbers(wanted.answers[0], first)[0]} £m cash" in ends
    assert estimate(wanted.answers[0].owned[0].share, 1) in ends
    assert app.table[0].value.reset_index(drop=True).equals(what_matters_shown.ranking(wanted.answers[0]))
    told = what_matters_frames.ranking(wanted, wanted.answers[0])[1]
    assert told.alt in str(app.get("vega_lite_chart")[0].proto)
    assert len(charts(app)) == 5
    assert any("ignores how drivers interact" in line for line in said)
    assert any(f"--agency {body} --outcome held --paths 2000" in line for line in said)
    # A change asks for the button, and says so; the command stays that of what is shown. The button finds it anew.
    app.selectbox(key="matters_body").select("")
    asked = app.main.code[-1].value
    app.session_state["history"] = History(Opened(str(PLACE))).do(Opened(str(PLACE)).with_value("years", "2"))
    app.run()
    assert any("before your last change" in part.value for part in app.warning)
    assert asked in [part.value for part in app.main.code] and "years=2" not in asked
    app.button(key="undo").click().run()
    app.button(key="matters_run").click().run()
    ended(app, "matters")
    assert not app.warning
    every = app.session_state["matters_found"].result
    assert every.wanted == Wanted("", "", "held") and len(every.answers) == 6
    assert app.table[0].value.reset_index(drop=True).equals(what_matters_shown.bodies(every, scenario.bodies))


def test_a_sweep_runs_off_the_page_and_gives_its_study(opened: Opener) -> None:
    app = ended(opened(SMALL), "matters")
    app.selectbox(key="sweep_across").select("Another value, by its address")
    app.selectbox(key="sweep_down").select("agencies.council.reserves.minimum").run()
    app.text_input(key="sweep_across_address").set_value("reserves.nothing")
    app.button(key="sweep_run").click().run()
    assert [part.value for part in app.error] == ["This sweep cannot be run; nothing was begun."]
    assert any("reserves.nothing" in line for line in words(app))
    # Beside the ranking stands what each confidence needs, as the statement of the same body has it.
    scenario = load(SMALL).scenario
    curve = reserve_curve.reserve_curve(scenario, "council", Sample(QUICK))
    asked = f"**{reserve_curve.readout(curve, 90)}.** {statement_shown.target_words(curve, 90)}"
    assert asked.replace("\\", "") in words(app)
    app.text_input(key="sweep_across_address").set_value("reserves.usable_share")
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
    held: dict[str, Any] = {"history": History(OPENED)}
    monkeypatch.setattr(working.st, "session_state", held)
    begun = threading.Event()

    def work(progress: Callable[[int], None], cancelled: Callable[[], bool]) -> object:
        begun.set()
        while not cancelled():
            progress(0)
        raise RunCancelledError

    held["slot_found"] = working.Found(("before",), "kept", OPENED)
    working.begin("slot", working.Asked(("new",), "Waiting", 1, work))
    number, _ = held["slot_job"]
    assert begun.wait(PATIENCE) and working.busy("slot")
    working._stop("slot", number)
    assert not working.busy("slot")
    assert JOBS.wait(number, PATIENCE)
    seen = JOBS.look(number)
    assert seen is not None and seen.state == "stopped"
    assert working.found("slot") == working.Found(("before",), "kept", OPENED)
    assert "Stopped when asked" in held["slot_told"]
    # It is said before the page is drawn anew, which then says it in its place.
    assert [working._at_once("slot"), working._at_once("slot")] == [held["slot_told"], ""]


def test_what_was_found_once_is_at_hand_for_every_session(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, Any] = {"history": History(OPENED)}
    monkeypatch.setattr(working.st, "session_state", held)
    asked = working.Asked(("once", "only"), "Counting", 1, lambda progress, cancelled: 7)
    working.begin("slot", asked)
    number, key = held["slot_job"]
    assert JOBS.wait(number, PATIENCE)
    working._ended("slot", key, JOBS.look(number))
    assert working.found("slot") == working.Found(key, 7, OPENED)
    # What the command line is told to open is what this session has open, not what the first one had.
    held.clear()
    held["history"] = History(Opened("another.yaml"))
    working.begin("slot", asked)
    assert not working.busy("slot")
    assert working.found("slot") == working.Found(key, 7, Opened("another.yaml"))


def test_what_is_of_another_file_is_not_shown_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, Any] = {"history": History(OPENED.with_value("years", "4"))}
    told: list[str] = []
    monkeypatch.setattr(working.st, "session_state", held)
    monkeypatch.setattr(working.st, "warning", told.append)
    found = working.Found(("it",), 7, OPENED)
    assert not working.stale(found, ("it",)) and not told
    assert not working.stale(found, ("changed",)) and "before your last change" in told[0]
    held["history"] = held["history"].do(Opened("scenarios/lancashire.yaml"))
    assert working.stale(found, ("changed",)) and "place.yaml, which was open before" in told[1].replace("\\", "")


def test_a_hostile_name_shows_as_it_is(opened: Opener, tmp_path: Path) -> None:
    path, name = tmp_path / "hostile.yaml", "[x](http://a.b) :red[y] $z$ <b>"
    path.write_text(SMALL.read_text().replace("name: Small Council", f"name: '{name}'"))
    app = ended(opened(path), "matters")
    shown = [part.value for part in (*app.header, *app.markdown, *app.caption)]
    assert not any(name in line for line in [*shown, *(table.value.to_csv() for table in app.table)])
    assert any(r"\[x\](http\:" + JOINER + r"//a.b) \:red\[y\] \$z\$ \<b\>" in part.value for part in app.header)


def test_a_body_without_judgements_or_reserves_says_why() -> None:
    scenario = load(PLACE).scenario
    board = next(one for one in scenario.bodies if one.kind == "icb")
    answer: Any = SimpleNamespace(causes=[SimpleNamespace(kind="luck")], question=SimpleNamespace())
    answer.question.body = SimpleNamespace(local=False)
    assert "it holds no reserves that may or may not be usable" in unjudged(answer)
    answer.question.body.local = True
    assert unjudged(answer) == "No judgement is in the ranking: none that was tried moves this answer."
    answer.causes.append(SimpleNamespace(kind="judgement"))
    assert not unjudged(answer)
    assert "not kept as a reserve" in reserve_curve.why_none(board)
    assert not reserve_curve.why_none(next(one for one in scenario.bodies if one.kind == "council"))
    answer.question = Question(answer.question.body, HELD, "plan_missed")
    assert figure(answer.question, "2031-32") == "what is held at the end of 2031-32"
    answer.question.body.local = False
    assert figure(answer.question, "2031-32") == "the sum of surpluses against plan to the end of 2031-32"
    with pytest.raises(ValueError, match="no usable reserves"):
        reserve_curve.reserve_curve(scenario, board.id, Sample(20))


def test_a_confidence_is_read_out_beside_what_is_held() -> None:
    rows = [("curve", 0.5, 8e6, 7e6, 9e6), ("picked", 0.9, 30e6, 28e6, 33e6), ("held", 0.62, 11.7e6, 11.7e6, 11.7e6)]
    table = pd.DataFrame(rows, columns=["basis", "confidence", "reserve", "low95", "high95"])
    curve = statement_shown.Curve(confidence_frame(table), Words("", "", "", ""), table, "2027-28")
    assert reserve_curve.readout(curve, 90) == "£18.3m more for 90%"
    assert reserve_curve.readout(curve, 50) == "£3.7m less would do for 50%"
    marks = reserve_curve.marks(curve, 90)
    assert marks.values.tolist() == [
        ["Held as 2027-28 opens, in the central case", 0.62, 11.7],
        [reserve_curve.ASKED, 0.9, 30.0],
    ]
    # What is held buys more than the curve shows: only what is asked for is marked.
    sure = statement_shown.Curve(curve.frame, curve.words, table.assign(confidence=[0.5, 0.9, 0.999]), "2027-28")
    assert list(reserve_curve.marks(sure, 90).Mark) == [reserve_curve.ASKED]
