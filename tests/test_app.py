"""The app as its pages are run, without a browser, and the command that starts it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from simulator import behind_shown, levers, overview_shown, place_tables, three_words
from simulator.answers import Answers
from simulator.behind import behind
from simulator.cli import apps, main
from simulator.pages import projecting, state, warming
from simulator.place_words import JOINER, folder
from simulator.plain_english import chance_row, in_a_hundred, interval
from simulator.problems import ScenarioError
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.three_answers import asked_of

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "tests" / "whole-place.yaml"
SMALL = ROOT / "tests" / "small.yaml"
PATIENCE = 120
QUICK = 2_000

Opener = Callable[[Path], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path) -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
        assert not app.exception
        return app

    return open_on


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(load(PLACE).scenario, paths=QUICK)


def words(app: AppTest) -> list[str]:
    """Every word of the page, in order, without the marks that keep names from being read as markup."""
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.code]
    return [part.value.replace("\\", "") for part in parts]


def charts(app: AppTest) -> list[str]:
    """Each figure with its data and the words that stand for it."""
    return [str(chart.proto) for chart in app.get("vega_lite_chart")]


def everything(app: AppTest) -> list[Any]:
    return [*words(app), *(table.value.to_csv() for table in app.table), *charts(app)]


def test_every_needed_part_is_there(opened: Opener) -> None:
    app = opened(PLACE)
    said = " ".join(words(app))
    assert [part.value for part in app.title] == ["Made-up: can this place stay in balance?"]
    assert app.slider(key="capacity").value == levers.AS_STATED
    assert [one.key for one in app.slider] == ["capacity"]
    assert app.radio(key="paths").options == ["2,000 (quick)", "10,000 (surer)"]
    assert len(app.selectbox(key="body").options) == 6
    assert app.radio(key="view").value == "after_action"
    assert len(charts(app)) == 4
    assert [part.label for part in app.main.expander] == [
        *["Show data"] * 4, "Who owes whom at month 12 of 2026-27", "Net risk of NHS bodies in 2026-27",
        "What changed since a published run", "What rests on judgement, and what is not known",
    ]  # fmt: skip
    for wanted in (
        "indicators",
        "not an opinion",
        "are judgement",
        "How to read this",
        "As at 22 November 2025",
        "not modelled",
    ):
        assert wanted in said
    assert f"headroom run {PLACE} --paths 2000 --out {folder(load(PLACE).scenario)}" in said
    # The two limbs of section 25 are named in the draft grades alone; nowhere else does the page judge.
    rest = " ".join(line for line in words(app) if not line.startswith("| Limb"))
    assert not {"adequate", "robust", "should", "must", "good", "poor"} & set(rest.lower().split())


def test_headlines_are_those_of_the_table(opened: Opener, results: Results) -> None:
    said = words(opened(PLACE))
    answers = [
        line for line in said if line.startswith(("**After", "**Before")) and "has been missed somewhere" in line
    ]
    for line, view in zip(answers, ("after_action", "before_action"), strict=True):
        for outcome in ("any_duty_breached", "two_duties_breached"):
            row = chance_row(results, "made_up", outcome, view, "by 2026-27")
            assert f"{in_a_hundred(row.probability)} ({interval(row).removesuffix(' with sampling error')})" in line
    for agency, outcome in (("north", "missed_by_half_percent"), ("town", "unfunded_gap"), ("hospice", "insolvent")):
        row = chance_row(results, agency, outcome, "after_action", "by 2026-27")
        name = results.body(agency).name
        line = next(line for line in said if line.startswith(f"- **{name}"))
        assert f"**{in_a_hundred(row.probability)}** (" in line


def test_choosing_a_body_draws_its_fan(opened: Opener, results: Results) -> None:
    app = opened(PLACE)
    fan, chances, why, lasting = charts(app)
    app.selectbox(key="body").select("north").run()
    assert not app.exception
    assert charts(app)[0] != fan and charts(app)[2] != why and charts(app)[3] != lasting
    assert charts(app)[1] == chances
    assert app.selectbox(key="cell_row").value == "North Hospitals"
    assert app.radio(key="measure_trust").options == ["The yearly gap", "Cash"]
    app.radio(key="measure_trust").set_value("cash").run()
    assert any("cash of North Hospitals" in line for line in words(app))
    fans = [place_tables.fan(results, "north", "cash", view) for view in ("after_action", "before_action")]
    wanted = place_tables.shown(overview_shown.with_plan(*fans))
    assert app.table[0].value.reset_index(drop=True).equals(wanted)
    for agency in ("board", "constabulary", "hospice"):
        app.selectbox(key="body").select(agency).run()
        assert not app.exception


def test_the_lever_moves_the_headlines_and_back_restores_every_digit(opened: Opener, results: Results) -> None:
    app = opened(PLACE)
    before = everything(app)
    app.slider(key="capacity").set_value(0).run()
    assert not app.exception
    lever = levers.savings_capacity(results.scenario)
    assert lever
    pulled = simulate(load(PLACE, sets=lever.settings(0)).scenario, paths=QUICK)
    moved = next(one.value for one in app.table if "Moved" in one.value.columns).reset_index(drop=True)
    assert moved.equals(place_tables.moved(results, pulled))
    assert any("points" in told for told in moved.Moved)
    assert "rules.responses.trust.yearly_capacity=0%" in app.main.code[-1].value
    app.slider(key="capacity").set_value(levers.AS_STATED).run()
    assert everything(app) == before


def test_dues_and_net_risk_are_found_once_looked_at(opened: Opener, results: Results) -> None:
    app = opened(PLACE)
    shown = len(app.table)
    app.session_state["owed_False"], app.session_state["risk_False"] = True, True
    app.run()
    assert not app.exception and len(app.table) == shown + 2
    owed, risk = (place_tables.owed(results, "after_action"), place_tables.net_risk(results, "after_action"))
    tables = [table.value.reset_index(drop=True) for table in app.table]
    assert any(table.equals(owed) for table in tables) and any(table.equals(risk) for table in tables)


def test_a_cell_opens_the_futures_behind_it(opened: Opener, results: Results) -> None:
    app = opened(PLACE)
    app.selectbox(key="cell_row").select("North Hospitals").run()
    app.selectbox(key="cell_year").select("2027-28").run()
    assert not app.exception
    found = behind(results, ("north", "duty_breached", "after_action", "2027-28"))
    said, out = words(app), folder(results.scenario)
    assert f"**{behind_shown.headline(found)}**" in said
    tables = [table.value.reset_index(drop=True) for table in app.table]
    assert any(table.equals(behind_shown.in_common(found)) for table in tables)
    for one in found.examples:
        assert any(table.equals(behind_shown.by_year(found, one)) for table in tables)
        assert any(f"headroom trace {out} --path {one.path} --year 2027-28 --agency north" in line for line in said)


def test_the_view_changes_what_follows_it(opened: Opener) -> None:
    app = opened(PLACE)
    before = charts(app)
    app.radio(key="view").set_value("before_action").run()
    assert all(one != other for one, other in zip(before, charts(app), strict=True))
    assert not app.exception


def test_more_futures_shrink_the_sampling_error(opened: Opener) -> None:
    app = opened(SMALL)
    app.radio(key="paths").set_value(10_000).run()
    assert not app.exception
    assert any("10,000 futures" in line for line in words(app))
    assert "--paths 10000" in app.main.code[-1].value


def test_a_run_is_made_once_for_all_who_look(opened: Opener) -> None:
    runs = projecting.RUNS
    first, made = everything(opened(SMALL)), runs.made
    second = everything(opened(SMALL))
    assert first == second
    assert runs.made == made


def test_a_council_alone_moves_its_pay_and_lays_it_into_the_scenario(opened: Opener) -> None:
    path = Path("scenarios/blackburn-with-darwen.yaml")
    app = opened(path)
    assert len(app.selectbox(key="body").options) == 1
    said = words(app)
    assert sum("a gap that usable reserves cannot meet in **" in line for line in said) == 2
    assert [part.label for part in app.main.expander] == [
        *["Show data"] * 4, "What changed since a published run", "What rests on judgement, and what is not known",
    ]  # fmt: skip
    before = everything(app)
    app.slider(key="pay").set_value(1.0).run()
    assert not app.exception and charts(app)[0] != before[0]
    lever = levers.pay_growth(load(path).scenario)
    assert lever and all(one in app.main.code[-1].value for one in lever.settings(1.0))
    now = projecting.quick(load(path, sets=lever.settings(1.0)).scenario, QUICK)
    assert any(three_words_of(now) in line.replace("\\", "") for line in words(app))
    app.button(key="lay").click().run()
    assert app.slider(key="pay").value == 0.0
    assert any(three_words_of(now) in line for line in words(app))
    app.button(key="undo").click().run()
    assert not app.exception and everything(app) == before
    fan, *others = charts(app)
    app.radio(key="prices").set_value("real").run()
    assert not app.exception and charts(app)[0] != fan and charts(app)[1:] == others
    assert any("£m in 2024-25 prices" in line for line in words(app))


def three_words_of(now: Answers) -> str:
    """The line that tells the chance of coming back in-year."""
    (agency,) = asked_of(now.scenario)
    return next(three_words.lines(projecting.three(now, agency)))


def test_what_changed_since_a_published_run_is_told_in_words_and_headlines(opened: Opener) -> None:
    app = opened(PLACE)
    app.session_state["published"] = True
    app.run()
    published = load(PLACE, sets=["agreements.north_contract.fixed_share=50%"])
    app.file_uploader(key="published_file").upload("scenario.yaml", published.text.encode(), "application/yaml").run()
    assert not app.exception
    assert any("fixed share" in line and "50% -> 75%" in line for line in words(app))
    wanted = overview_shown.since(
        projecting.quick(published.scenario, QUICK), projecting.quick(load(PLACE).scenario, QUICK)
    )
    assert any(table.value.reset_index(drop=True).equals(wanted) for table in app.table)
    assert list(wanted.columns[1:3]) == ["Published", "Shown here"]
    # What a lever sets is a change since, as it is in the headlines beside it.
    app.slider(key="capacity").set_value(150).run()
    assert not app.exception and any(
        "yearly_capacity" in line.replace("\\", "") and "4.5%" in line for line in words(app)
    )
    app.slider(key="capacity").set_value(100).run()
    # Nothing of it is opened, and a file that cannot be read is told.
    assert not app.session_state["history"].before
    app.file_uploader(key="published_file").upload("scenario.yaml", b"headroom: 1\nname: [", "application/yaml").run()
    assert not app.exception and any("cannot be read" in one.value for one in app.error)
    # A council alone has no body and no futures of this place's: the headlines are told to stand apart.
    app.file_uploader(key="published_file").upload("scenario.yaml", SMALL.read_bytes(), "application/yaml").run()
    assert not app.exception and any("cannot be set side by side" in part.value for part in app.caption)


def test_runs_that_hold_much_leave_before_many_of_them_do(monkeypatch: pytest.MonkeyPatch, results: Results) -> None:
    """A run of 10,000 futures of ten bodies holds 375 MB: sixteen of them would be more than most machines have."""
    held = sum(array.nbytes for array in projecting._paths(results))
    for room, kept in ((8 * held, 8), (5 * held, 5), (0, projecting.LEAST_KEPT)):
        monkeypatch.setattr(projecting, "ROOM", room)
        runs = projecting.Kept()
        for number in range(8):
            runs.run((str(number),), Results, lambda: results)
        assert [runs.has((str(number),)) for number in range(8)] == [number >= 8 - kept for number in range(8)]


def test_of_places_of_other_bodies_only_the_bodies_they_share_are_set_side_by_side() -> None:
    whole, alone = (
        projecting.quick(load(f"scenarios/{name}.yaml").scenario, QUICK)
        for name in ("lancashire", "blackburn-with-darwen")
    )
    for was, now in ((whole, alone), (alone, whole)):
        table = overview_shown.since(was, now)
        assert table.iloc[:, 0].to_list() == ["Blackburn with Darwen Borough Council"]
        said = overview_shown.since_about(was.scenario, now)
        assert "only one of the two has are left out: NHS Lancashire and South Cumbria ICB" in said
    assert len(overview_shown.since(whole, whole)) == 13
    assert "left out" not in overview_shown.since_about(whole.scenario, whole)


def test_what_failed_for_one_is_made_once_for_all_that_wait() -> None:
    kept, at_once, most = projecting.Kept(), [0], [0]
    failing, begun = Event(), Event()

    def fail() -> str:
        begun.set()
        failing.wait(PATIENCE)
        raise RuntimeError("no")

    def make() -> str:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1
        return "made"

    def ask(how: Callable[[], str]) -> None:
        with suppress(RuntimeError):
            assert kept.run(("key",), str, how) == "made"

    first = Thread(target=ask, args=(fail,))
    first.start()
    assert begun.wait(PATIENCE)
    others = [Thread(target=ask, args=(make,)) for _ in range(4)]
    for one in others[:2]:
        one.start()
    failing.set()
    first.join()
    for one in others[2:]:
        one.start()
    for one in others:
        one.join()
    assert (most[0], kept.made, kept._making) == (1, 1, {})


def test_without_savings_to_find_there_is_no_lever(opened: Opener) -> None:
    app = opened(SMALL)
    assert not app.slider
    assert any("there is nothing to move" in line for line in words(app))


@pytest.mark.parametrize("name", ["unknown-key.yaml", "tab.yaml", "share-above-all.yaml", "no-such-file.yaml"])
def test_a_broken_scenario_shows_the_problems_that_check_prints(opened: Opener, name: str) -> None:
    path = ROOT / "tests" / "broken" / name
    with pytest.raises(ScenarioError) as refused:
        load(path)
    app = opened(path)
    checked = CliRunner().invoke(main, ["check", str(path)])
    assert app.code[0].value == "\n\n".join(map(str, refused.value.problems))
    for problem in refused.value.problems:
        assert str(problem) in checked.output
    assert not charts(app)


def test_a_hostile_name_shows_as_it_is(opened: Opener, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    name = "[x](http://a.b) :red[y] $z$ <b>"
    path.write_text(PLACE.read_text().replace("name: Anytown Council", f"name: '{name}'"))
    app = opened(path)
    for line in [part.value for part in (*app.markdown, *app.caption)]:
        assert name not in line
    assert any(r"\[x\](http\:" + JOINER + r"//a.b) \:red\[y\] \$z\$ \<b\>" in part.value for part in app.markdown)


def test_the_shipped_place_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(apps.SCENARIO, raising=False)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
    assert not app.exception
    assert len(app.selectbox(key="body").options) == len(load(state.SHIPPED).scenario.bodies) > 5


Started = list[tuple[list[str], dict[str, str]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """What the command would have started, in place of starting it."""
    seen: Started = []

    monkeypatch.delenv(apps.SCENARIO, raising=False)
    monkeypatch.setattr(apps, "start", lambda *words: seen.append(words))
    yield seen


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual port is free, though an app may be open on this machine."""
    monkeypatch.setattr(apps, "_taken", lambda *_: False)


@pytest.mark.usefixtures("free")
def test_the_command_keeps_to_this_machine(started: Started) -> None:
    done = CliRunner().invoke(main, ["app", str(SMALL)])
    assert done.exit_code == 0 and "http://127.0.0.1:8501" in done.output
    command, surroundings = started[0]
    assert "--server.address=127.0.0.1" in command and str(ROOT / "app.py") in command
    assert not any("allowedHosts" in word for word in command)
    assert surroundings[apps.SCENARIO] == str(SMALL)


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_other_machines_are_let_in_only_when_asked(started: Started, address: str) -> None:
    refused = CliRunner().invoke(main, ["app", "--address", address])
    assert refused.exit_code == 2 and "no password" in refused.output and not started
    assert CliRunner().invoke(main, ["app", "--address", address, "--allow-network"]).exit_code == 0
    assert f"--server.address={address}" in started[0][0] and "--server.allowedHosts=*" in started[0][0]


def test_a_file_that_is_not_there_is_told_before_anything_is_started(started: Started) -> None:
    done = CliRunner().invoke(main, ["app", "no-such-file.yaml"])
    assert done.exit_code == 2 and not started
    assert "no-such-file.yaml" in done.output and "there is no file of this name" in done.output


def test_a_port_in_use_is_told_before_anything_is_started(started: Started) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = CliRunner().invoke(main, ["app", "--port", str(port)])
    assert refused.exit_code == 1 and f"port {port} is in use" in refused.output and not started
    assert "try `headroom app --port" in refused.output and "Open http" not in refused.output


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot replace one process with another")
def test_what_ends_the_command_ends_the_app() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "simulator.cli", "app", "--port", str(port)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        answered = _until(lambda: _answers(port))
        running.terminate()
        ended = _until(lambda: running.poll() is not None)
        gone = _until(lambda: not _answers(port))
        running.kill()
    assert answered and ended and gone


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _until(happened: Callable[[], bool]) -> bool:
    """Whether something happens within the patience of a test."""
    end = time.monotonic() + PATIENCE
    while not (found := happened()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_addresses_of_this_machine_are_known(address: str) -> None:
    assert apps.on_this_machine(address)


def test_the_settings_are_fit_for_public_figures() -> None:
    held = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert held["server"]["address"] == "127.0.0.1"
    assert held["server"]["allowedHosts"] == ["127.0.0.1", "localhost"]
    assert (held["server"]["maxUploadSize"], held["server"]["disconnectedSessionTTL"]) == (5, 1800)
    assert not held["browser"]["gatherUsageStats"]
    assert (held["client"]["showErrorDetails"], held["client"]["toolbarMode"]) == ("none", "viewer")


def test_the_first_page_finds_its_answers_made_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(projecting, "RUNS", projecting.Kept())
    warming.ready(str(SMALL))
    assert projecting.RUNS.made == 1
    projecting.quick(load(SMALL).scenario, QUICK)
    assert projecting.RUNS.made == 1
    broken = tmp_path / "broken.yaml"
    broken.write_text("headroom: 1\n", encoding="utf-8")
    warming.ready(str(broken))
    assert projecting.RUNS.made == 1
