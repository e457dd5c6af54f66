"""The page of headroom: work off the page, the command line's own sentences, and what to add where nothing is asked."""

from __future__ import annotations

import json
import shlex
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_shift import small, written
from streamlit.testing.v1 import AppTest

from simulator import shift_bands, shift_frames, shift_more, shift_payback, shift_shown, what_matters_shown
from simulator.blocks import Sample
from simulator.cli import apps
from simulator.digest import meaning
from simulator.jobs import JOBS
from simulator.markdown_parts import Part
from simulator.pages import headroom_figures, headroom_more, working
from simulator.pages.stages import Count
from simulator.pages.stages import parts as parts_of
from simulator.pages.working import Found
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


@pytest.fixture(scope="module")
def opened() -> Iterator[Opener]:
    patched = pytest.MonkeyPatch()

    def open_on(path: Path) -> AppTest:
        patched.setenv(apps.SCENARIO, str(path))
        # The first page is not made on the way: the app opens on this one.
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        app.switch_page("simulator/pages/headroom.py").run()
        return ended(app)

    yield open_on
    patched.undo()


def ended(app: AppTest) -> AppTest:
    if "headroom_job" in app.session_state:
        assert JOBS.wait(app.session_state["headroom_job"][0], PATIENCE)
        app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> list[str]:
    parts = [*app.title, *app.header, *app.markdown, *app.caption, *app.code, *app.info]
    return [part.value for part in parts]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small place that proposes a shift, whose name is no markup."""
    return Path(written(tmp_path_factory.mktemp("alone"), name="A small *shift* $1$"))


@pytest.fixture(scope="module")
def page(opened: Opener, alone: Path) -> AppTest:
    """The page on it, its answer found."""
    return opened(alone)


def test_the_answer_is_that_of_the_command_line(page: AppTest, alone: Path) -> None:
    app = page
    scenario, sample = load(alone).scenario, Sample(QUICK)
    wanted = bought(brief(scenario, sample), sample)
    said = words(app)
    assert said[0] == "How much can safely move into prevention?"
    for line in in_short(wanted).splitlines()[2:]:
        assert drawn(line) in said
    assert drawn(shift_shown.about(wanted)) in said
    tables = [table.value.reset_index(drop=True) for table in app.table]
    for table in (shift_shown.bears_table(wanted), shift_shown.pays_table(wanted), shift_payback.payback_table(wanted)):
        assert any(table.equals(one) for one in tables)
    found = app.session_state["headroom_found"].result
    shown = shift_frames.shown(wanted.after, found.before, shift_shown.subject(wanted))
    charts = app.get("vega_lite_chart")
    assert all(shown.words.headline in str(chart.proto) for chart in charts[:2])
    told = shift_bands.bands(wanted).words, shift_bands.gains(wanted).words, shift_payback.so_far(wanted).words
    assert [chart.proto.alt for chart in charts[2:]] == [words.alt for words in told]
    assert any(line.startswith("headroom shift ") and "--paths 2000" in line for line in said)


def test_a_place_that_proposes_nothing_is_told_what_to_add(opened: Opener) -> None:
    app = opened(SMALL)
    assert [shift_shown.REMEDY in drawn(part.value).replace("\\", "") for part in app.info] == [True]
    assert not app.table and not app.get("vega_lite_chart")


def test_what_takes_longer_is_shown_once_it_was_asked(page: AppTest, alone: Path) -> None:
    app = page
    assert app.button(key="headroom_more_run")
    table = pd.DataFrame([("A pool", "-1.20")], columns=["Arrangement", "More, £m a year"])
    sections: dict[str, list[Part]] = {shift_more.MORE: ["Set beside.", table], "What judgement moves": ["Moved."]}
    shown = shift_more.Shown("On 2 futures.", "A pool $1$", sections, {"shift.html": (b"<html>", shift_more.HTML)})
    key = ("more", meaning(load(alone).scenario), str(QUICK))
    one = app.session_state["history"].now
    app.session_state["headroom_more_found"] = Found(key, shown, one)
    app.session_state["headroom_choice_found"] = Found(("choice", "of another"), shown, one)
    app.session_state["signs"] = "brackets"
    app.run()
    assert not app.exception
    assert [part.value for part in app.markdown].count(r"**A pool \$1\$**") == 2
    assert [one.value.iat[0, 1] for one in app.table if "Arrangement" in one.value] == ["(1.20)"] * 2
    assert [part.label for part in app.expander].count("What judgement moves") == 2
    # The second is of another scenario than the one open, and only it says so.
    assert len(app.warning) == 1


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
    # Longer work is told of stage by stage and comes to no more than all of it.
    planned = headroom_more._planned(small(), 20)
    counted: list[int] = []
    count = Count(counted.append, planned)
    for stage in range(len(planned)):
        count.begin(stage)
        count.blocks(1)
        count.blocks(50)
    assert sum(counted) == parts_of(planned) and min(counted) >= 0


def test_a_command_holds_names_with_spaces_as_one_word() -> None:
    told = shift_shown.command("my place.yaml", ("pay rise.yaml",), ("place.name=A B",), 2_000)
    assert shlex.split(told)[2:7] == ["my place.yaml", "--with", "pay rise.yaml", "--set", "place.name=A B"]
    asked = what_matters_shown.command("my place.yaml", (), ("place.name=A B",), Wanted("town", "", "held"), 100)
    assert shlex.split(asked)[2:5] == ["my place.yaml", "--set", "place.name=A B"]


def test_a_place_without_programmes_is_offered_the_overlays_that_propose_some(opened: Opener) -> None:
    app = opened(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
    assert "Nothing can be asked of this place" in app.info[0].value
    (one,) = [button for button in app.button if button.label.startswith("Switch on the overlay")]
    one.click().run()
    ended(app)
    assert "blackburn-prevention.yaml" in app.session_state["history"].now.overlays[-1]
    assert "The short answer" in [head.value for head in app.header]
    assert not app.info and not app.warning
    app.button(key="undo").click().run()
    assert not app.exception and "from before your last change" in app.warning[0].value


def test_what_was_stopped_or_failed_is_not_begun_again_by_the_page(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def failing(*_: object) -> None:
        begun.append(1)
        raise RuntimeError("no")

    app = opened(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
    monkeypatch.setattr("simulator.shift_brief.short_answer", failing)
    monkeypatch.setattr(working, "_FOUND", OrderedDict())
    (one,) = [button for button in app.button if button.label.startswith("Switch on the overlay")]
    one.click().run()
    for _ in range(3):
        ended(app)
        # What was found of the place as it was before is not said of it now.
        assert not any("Nothing can be asked" in part.value for part in app.info)
        assert not [button for button in app.button if button.label.startswith("Switch on the overlay")]
    assert begun == [1] and "headroom_job" not in app.session_state
