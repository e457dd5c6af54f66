"""The side of every page: places, overlays, undo, what is kept, links."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from simulator.cli import apps
from simulator.levers import AS_STATED
from simulator.pages import overview_levers, sidebar, state
from simulator.place_words import escaped
from simulator.share_link import BEGUN, Looks, Shared, link, unlinked
from simulator.viewing import VIEWS
from simulator.workbench import MOST_STEPS, History, Opened, called, offered

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small.yaml"


def begun(monkeypatch: pytest.MonkeyPatch, place: Path | str = SMALL, **asked: str) -> AppTest:
    monkeypatch.setenv(apps.SCENARIO, str(place))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params.update(asked)
    app = app.run()
    assert not app.exception
    return app


def opened(app: AppTest) -> Opened:
    held: History = app.session_state["history"]
    return held.now


def test_a_link_restores_what_was_open_and_its_own_link_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Opened(str(SMALL)).with_value("years", "4")
    app = begun(monkeypatch, h=link(Shared(wanted, Looks(), True)))
    assert opened(app) == wanted
    app.checkbox(key="figures").check().run()
    code = next(part.value for part in app.sidebar.code)
    found = unlinked(code.partition("?h=")[2])
    # Where the app's own file lies is in no link, and whoever follows it opens the same.
    assert replace(found.opened, source="") == replace(wanted, source="") and str(SMALL) not in str(found)
    assert found.opened.source.startswith(BEGUN) and opened(begun(monkeypatch, h=link(found))) == wanted
    # An app that was started with another file lays none of it over that.
    other = begun(monkeypatch, place=ROOT / "tests" / "whole-place.yaml", h=link(found))
    assert not opened(other).changed and any("was not followed" in part.value for part in other.info)


def test_a_broken_link_is_told_and_the_place_opens_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch, h="h1.broken")
    assert opened(app) == Opened(str(SMALL))
    assert any("was not followed" in part.value for part in app.info)


@pytest.mark.parametrize(
    "strange",
    [
        Opened("/etc/passwd"),
        Opened("scenarios/../pyproject.toml"),
        Opened(str(ROOT / "scenarios" / "lancashire.yaml")),
        Opened(str(SMALL), overlays=("/etc/passwd",)),
        Opened("", "headroom: 1", overlays=("pyproject.toml",)),
    ],
)
def test_a_link_opens_no_file_that_the_app_does_not_offer(strange: Opened) -> None:
    assert not offered(strange, str(SMALL))
    assert offered(Opened(str(SMALL)), str(SMALL)) and offered(Opened("scenarios/lancashire.yaml"), str(SMALL))
    assert offered(Opened("", "headroom: 1", ("scenarios/overlays/high-inflation.yaml",)), str(SMALL))


def test_a_link_to_a_file_of_the_server_is_told_and_shows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch, h=link(Shared(Opened(str(ROOT / "pyproject.toml")), Looks(), True)))
    assert opened(app) == Opened(str(SMALL))
    assert any("names a file that this app does not offer" in part.value for part in app.info)


def test_undo_and_redo_open_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    assert app.button(key="undo").disabled and app.button(key="redo").disabled
    app.session_state["history"] = History(opened(app)).do(opened(app).with_value("years", "4"))
    app.run()
    app.button(key="undo").click().run()
    assert opened(app) == Opened(str(SMALL)) and not app.exception
    app.button(key="redo").click().run()
    assert opened(app).settings == ("years=4",)
    app.button(key="reset").click().run()
    assert not opened(app).changed


def test_a_step_puts_the_levers_back_and_says_where_it_opened_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, Any] = {"history": History(Opened(str(SMALL))), "pay": 1.0, "capacity": 50}
    monkeypatch.setattr(state.st, "session_state", held)
    overview_levers._put_back()
    assert (held["pay"], held["capacity"]) == (1.0, 50)
    # At the beginning there is no way back, so that Undo leaves the place and its levers as they are.
    state.undo()
    overview_levers._put_back()
    assert state.opened() == Opened(str(SMALL)) and held["pay"] == 1.0 and "told" not in held
    state.change(Opened("scenarios/lancashire.yaml"))
    overview_levers._put_back()
    assert (held["pay"], held["capacity"]) == (0.0, AS_STATED) and "told" not in held
    held["pay"] = 1.0
    state.undo()
    overview_levers._put_back()
    assert held["pay"] == 0.0 and "small.yaml" in held["told"].replace("\\", "")
    held.pop("told")
    state.change(state.opened().with_value("years", "4"))
    state.undo()
    assert "told" not in held


def test_what_is_kept_by_name_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    app.text_input(key="keep_name").set_value("first")
    next(part for part in app.sidebar.button if part.label == "Keep").click().run()
    assert app.session_state["snapshots"] == {"first": Opened(str(SMALL))}
    app.session_state["history"] = History(opened(app)).do(opened(app).with_value("years", "4"))
    app.run()
    app.button(key="open_0").click().run()
    assert opened(app) == Opened(str(SMALL))


def test_a_broken_upload_shows_the_problems_that_check_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    app.session_state["history"] = History(opened(app)).do(Opened("", "headroom: 1\nname: [\n"))
    app.run()
    assert not app.exception
    assert app.title[0].value == "This scenario cannot be opened"
    assert any("uploaded, line" in part.value for part in app.code)
    assert any("press Undo" in part.value for part in app.caption)
    app.button(key="undo").click().run()
    assert app.title[0].value != "This scenario cannot be opened"


def test_a_file_that_cannot_be_opened_at_first_is_named_as_text_and_no_undo_is_promised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a`[b](c)`.yaml"
    path.write_text("headroom: 1\nname: [\n")
    monkeypatch.setenv(apps.SCENARIO, str(path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    said = [part.value for part in app.main.caption]
    assert said and not any("press Undo" in line or "[b](c)" in line for line in said)
    assert app.main.code[-1].value == f"headroom check '{path}'"


def test_a_value_that_cannot_be_is_named_in_the_command_that_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Opened(str(SMALL)).with_value("years", "many")
    app = begun(monkeypatch, h=link(Shared(wanted, Looks(), True)))
    assert app.main.code[-1].value == f"headroom check {SMALL} --set years=many"


def test_links_hold_no_figure_without_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    app.session_state["history"] = History(opened(app)).do(opened(app).with_value("years", "4"))
    app.run()
    code = next(part.value for part in app.sidebar.code)
    assert not unlinked(code.partition("?h=")[2]).opened.sets
    assert state.LINK == "h"


def test_years_are_a_change_that_undo_takes_back_and_the_files_own_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    history: History = app.session_state["history"]
    # As many steps as are kept lie behind, so that what is kept grows no longer.
    for step in range(MOST_STEPS + 1):
        history = history.do(opened(app).with_value("reserves.usable_share", f"{step}%"))
    app.session_state["history"] = history.do(Opened(str(SMALL)))
    app.run()
    slider = next(part for part in app.sidebar.select_slider if part.label == "Years projected")
    own = slider.value
    slider.set_value(7).run()
    assert not app.exception and opened(app).settings == ("years=7",)
    slider = next(part for part in app.sidebar.select_slider if part.label == "Years projected")
    assert slider.value == 7
    slider.set_value(own).run()
    assert not opened(app).changed
    app.button(key="undo").click().run()
    assert opened(app).settings == ("years=7",)
    app.button(key="reset").click().run()
    slider = next(part for part in app.sidebar.select_slider if part.label == "Years projected")
    assert not opened(app).changed and slider.value == own


def test_a_link_restores_how_one_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch, h=link(Shared(Opened(str(SMALL)), Looks("member", "real", signs="brackets"), False)))
    assert [app.selectbox(key="view_as").value, app.radio(key="prices").value] == ["member", "real"]
    assert app.radio(key="signs").value == "brackets"
    assert any("(£1.2m) is below nought" in part.value for part in app.sidebar.caption)


def test_every_control_of_the_side_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch)
    app.session_state["history"] = History(opened(app)).do(opened(app).with_value("years", "4"))
    app.session_state["overlays"], app.session_state["snapshots"] = True, {"first": opened(app)}
    app.run()
    side = app.sidebar
    controls = [*side.button, *side.selectbox, *side.radio, *side.select_slider, *side.toggle, *side.checkbox]
    controls += [*side.text_input, *side.get("file_uploader")]
    assert len(controls) > 12
    assert not [one.label for one in controls if not one.proto.help]


def test_a_link_says_which_body_and_view_were_looked_at_and_what_the_levers_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = begun(monkeypatch, place="scenarios/blackburn-with-darwen.yaml")
    app.radio(key="view").set_value("before_action")
    app.slider(key="capacity").set_value(150).run()
    app.checkbox(key="figures").check().run()
    assert not app.exception
    found = unlinked(next(part.value for part in app.sidebar.code).partition("?h=")[2])
    assert found.looks.view == "before_action"
    assert found.opened.sets and not opened(app).sets, "a lever is no change of what is open until it is kept"
    # Whoever opens it sees the same figures, told as a change, with the levers where they began.
    told = next(part.value for part in app.markdown if "in the middle future" in part.value)
    other = begun(monkeypatch, place="scenarios/blackburn-with-darwen.yaml", h=link(found))
    assert opened(other).sets == found.opened.sets and other.slider(key="capacity").value == 100
    assert other.radio(key="view").value == "before_action"
    assert any(part.value == told for part in other.markdown)


def test_a_link_that_asks_for_a_body_or_a_view_of_no_choice_begins_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strange = Looks("nobody", "gold", "nowhere", "stars", body="nobody", view="sideways")
    app = begun(monkeypatch, h=link(Shared(Opened(str(SMALL)), strange, False)))
    plain = begun(monkeypatch)
    assert app.selectbox(key="body").value == plain.selectbox(key="body").value
    assert app.radio(key="view").value == plain.radio(key="view").value


def test_a_file_named_as_a_shipped_place_is_told_apart_from_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A browser knows a choice by its words alone: of two alike it would open the other."""
    own, name = tmp_path / "own.yaml", called("scenarios/tameside.yaml")
    text = SMALL.read_text(encoding="utf-8")
    own.write_text(text.replace("name: A small council", f'name: "{name}"', 1), encoding="utf-8")
    assert called(str(own)) == name
    app = begun(monkeypatch, place=own)
    places = next(part for part in app.sidebar.selectbox if part.label == "Scenario")
    assert len(set(places.options)) == len(places.options) and f"own.yaml: {name}" in places.options
    app.radio(key="view").set_value("before_action").run()
    assert opened(app) == Opened(str(own)) and not app.exception


def test_looking_otherwise_keeps_the_body_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    place = ROOT / "tests" / "whole-place.yaml"
    app = begun(monkeypatch, place=place)
    first, other = app.selectbox(key="body").value, "north"
    assert first != other
    app.selectbox(key="view_as").select("nhs").run()
    assert app.selectbox(key="body").value not in {first, other}, "whoever never chose begins on a body of their own"
    app.selectbox(key="body").select(other).run()
    for view in VIEWS:
        app.selectbox(key="view_as").select(view).run()
        assert app.selectbox(key="body").value == other
    app.checkbox(key="figures").check().run()
    text = next(part.value for part in app.sidebar.code).partition("?h=")[2]
    assert unlinked(text).looks.body == other
    assert begun(monkeypatch, place=place, h=text).selectbox(key="body").value == other


def test_what_was_kept_is_named_as_text_and_levers_put_back_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    app = begun(monkeypatch, place="scenarios/blackburn-with-darwen.yaml")
    app.slider(key="pay").set_value(1.0).run()
    app.session_state["snapshots"] = {":red[*mine*]": opened(app)}
    app.session_state["history"] = app.session_state["history"].do(opened(app).with_value("years", "6"))
    app.run()
    assert app.slider(key="pay").value == 0.0
    assert [part.value for part in app.main.caption if "both levers are back" in part.value]
    assert escaped(":red[*mine*]") in app.button(key="open_0").label
    app.run()
    assert not [part.value for part in app.main.caption if "both levers are back" in part.value]


def test_controls_of_the_side_stay_the_same_controls_when_what_is_open_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever works by keys would lose their place with every press, and parts that are open would shut."""

    def ids(app: AppTest) -> list[str]:
        side = app.sidebar
        return [one.proto.id for one in (*side.selectbox, *side.select_slider, *side.toggle)]

    app = begun(monkeypatch, place="scenarios/blackburn-with-darwen.yaml")
    app.session_state["overlays"] = True
    before = ids(app.run())
    app.select_slider(key="years_projected").set_value(7).run()
    app.toggle(key="overlay_scenarios/overlays/high-inflation.yaml").set_value(True).run()
    assert not app.exception and opened(app).settings == ("years=7",) and len(opened(app).overlays) == 1
    assert ids(app) == before and len(before) > 6


def test_a_control_that_nobody_touched_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page drawn anew while it is being drawn, as work in the background does, calls what follows a change anyway."""
    overlay = "scenarios/overlays/high-inflation.yaml"
    held: dict[str, Any] = {"history": History(Opened(str(SMALL)).with_value("years", "4"))}
    monkeypatch.setattr(state.st, "session_state", held)
    before = state.history()
    held |= {"switch": False, "open_place": str(SMALL), "years_projected": 4}
    sidebar._switched(overlay, "switch")
    sidebar._opened_place()
    sidebar._projected()
    assert state.history() == before
    held["switch"] = True
    sidebar._switched(overlay, "switch")
    sidebar._switched(overlay, "switch")
    assert state.opened().overlays == (overlay,) and len(state.history().before) == 1
    given = SimpleNamespace(file_id="1", name="own.yaml", getvalue=lambda: b"name: ours")
    held["upload"] = given
    state.open_upload("upload")
    state.undo()
    state.open_upload("upload")
    assert not state.opened().text, "a file that was taken back is not opened again by itself"
