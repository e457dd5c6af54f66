"""The app's page that sets scenarios against each other: its words and figures are those of `headroom compare`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from simulator import compared_place, compared_tables, compared_words, comparison, place_captions, viewing
from simulator.blocks import RunCancelledError
from simulator.cli import apps
from simulator.compared_words import Look, Source
from simulator.jobs import JOBS, Cancelled
from simulator.pages import ahead, candidates, compared_controls, projecting
from simulator.place_tables import CENTRAL, HIGH, LOW, MIDDLE
from simulator.place_words import JOINER
from simulator.reasons import INTERACTION
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.workbench import History, Opened

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
TAXED = ("agencies.town.funding.council_tax.increase.2025-26", "1%")
PAID = ("drivers.pay.long_run", "4%")
PATHS, PATIENCE = 250, 120
TOWN = Look("town", "gap", "after_action", "2026-27")

Opener = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path, *sets: tuple[str, str], kept: dict[str, Opened] | None = None, **chosen: Any) -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        monkeypatch.setattr(compared_controls, "FUTURES", (PATHS, 2_000))
        monkeypatch.setattr("simulator.pages.state.fitting", lambda _: {})
        monkeypatch.setattr(candidates, "places", lambda _: {})
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        app.session_state["history"] = History(Opened(str(path), sets=sets))
        app.session_state["snapshots"] = kept or {}
        for key, value in chosen.items():
            app.session_state[key] = value
        app.switch_page("simulator/pages/compare.py").run()
        assert not app.exception
        return app

    return open_on


@pytest.fixture(scope="module")
def first() -> Results:
    return simulate(load(PLACE).scenario, paths=PATHS)


@pytest.fixture(scope="module")
def second() -> Results:
    return simulate(load(PLACE, sets=["=".join(TAXED)]).scenario, paths=PATHS)


@pytest.fixture(scope="module")
def money(first: Results, second: Results) -> pd.DataFrame:
    return comparison.paired(first, second)


def words(app: AppTest) -> list[str]:
    """Every word of the page, in order, without the marks that keep names from being read as markup."""
    parts = [*app.title, *app.header, *app.markdown, *app.caption, *app.code, *app.info, *app.error]
    return [part.value.replace("\\", "").replace(JOINER, "") for part in parts]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def test_the_page_says_what_the_command_line_finds(
    opened: Opener, first: Results, second: Results, money: pd.DataFrame
) -> None:
    app = opened(PLACE, TAXED)
    said = words(app)
    assert app.title[0].value == "What difference would it make?"
    assert (app.selectbox(key="compare_A").value, app.selectbox(key="compare_B").value) == ("file", "open")
    assert (app.selectbox(key="compare_body").value, app.selectbox(key="compare_year").value) == ("town", "2026-27")
    row = money[
        (money.agency == "town")
        & (money.measure == "gap")
        & (money["view"] == "after_action")
        & (money.year == "2026-27")
    ].iloc[0]
    assert compared_words.beats(row, "A", "B") in said
    assert "**A beats" not in " ".join(said)
    assert row.a_better > 0.9 and f"A beats B in {compared_words.in_a_hundred(row.a_better)}" in " ".join(said)
    changed = comparison.changes(load(PLACE).tree.value, load(PLACE, sets=["=".join(TAXED)]).tree.value)
    assert any(f"- {line}" in text for line in changed for text in said)
    fan = compared_tables.by_year(first, money, TOWN, ("A", "B"))
    assert app.table[0].value.reset_index(drop=True)[list(fan.columns)].equals(fan)
    chances = compared_tables.chances(first, comparison.chance_differences(first, second), TOWN, ("A", "B"))
    assert app.table[-1].value.reset_index(drop=True).equals(chances)
    assert len(charts(app)) == 4 and all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert f"headroom compare {PLACE} --set {'='.join(TAXED)} --paths {PATHS}" in said


def test_every_chance_and_chart_has_its_view_horizon_and_date(opened: Opener) -> None:
    app = opened(PLACE, PAID, compare_body="board", compare_measure_icb="owed", compare_view="before_action")
    said = [text for text in words(app) if "as at 22 November 2025" in text]
    assert sum("before any new action" in text.lower() for text in said) >= 5
    assert any("Greater Anytown ICB" in text and compared_words.MEASURED["owed"] in text for text in said)


def test_four_are_set_against_the_first_and_hostile_names_show_as_they_are(opened: Opener, tmp_path: Path) -> None:
    name, path = "[x](http://a.b) :red[y] $z$ <b>", tmp_path / "hostile.yaml"
    path.write_text(PLACE.read_text().replace("name: Anytown Council", f"name: '{name}'"))
    kept = {name: Opened(str(path), sets=(PAID,)), "Both": Opened(str(path), sets=(PAID, TAXED))}
    app = opened(path, TAXED, kept=kept, compare_more=[f"kept:{name}", "kept:Both"], compare_closely="D")
    assert app.table[0].value["Against A"].to_list() == ["B", "C", "D"]
    assert sum(text.startswith(("**B beats", "**C beats", "**D beats")) for text in words(app)) == 3
    assert len(charts(app)) == 6
    assert "D less A, year by year" in words(app)
    for part in (*app.markdown, *app.caption, *app.info, *app.error):
        assert name not in part.value
    assert sum(name in text for text in words(app)) > 3


def test_a_scenario_is_the_same_as_itself(opened: Opener) -> None:
    app = opened(SMALL, kept={"As it was": Opened(str(SMALL))})
    for _ in range(2):
        said = " ".join(words(app))
        assert "**B and A are the same to the penny in every future drawn.** B less A is exactly £0.00m" in said
        assert "(£0.00m to £0.00m with sampling error)" in said
        assert "Nothing of this body differs between A and B" in said and "- Nothing." in said
        assert len(charts(app)) == 2
        app.selectbox(key="compare_B").select("file").run()
    assert "A and B are the same scenario, so nothing differs" in " ".join(words(app))


def test_alone_a_scenario_has_nothing_beside_it(opened: Opener) -> None:
    app = opened(SMALL)
    assert any("nothing to compare yet" in text for text in words(app))
    assert not app.selectbox or all(box.key != "compare_A" for box in app.selectbox)


def test_scenarios_without_shared_futures_or_with_faults_say_so(opened: Opener, tmp_path: Path) -> None:
    app = opened(SMALL, kept={"Another place": Opened(str(PLACE)), "Broken": Opened(str(tmp_path / "none.yaml"))})
    assert any("no body and year in common" in text for text in words(app))
    app.selectbox(key="compare_B").select("kept:Broken").run()
    assert not app.exception
    assert any(text.startswith("B cannot be opened: 1 to mend") for text in words(app))


def test_the_fan_of_differences_holds_the_paired_quantiles(
    first: Results, second: Results, money: pd.DataFrame
) -> None:
    fan = compared_tables.difference_fan(first, second, TOWN).set_index("Year")
    rows = money[(money.agency == "town") & (money.measure == "gap") & (money["view"] == "after_action")].set_index(
        "year"
    )
    for column, part in ((LOW.format(80), "p10"), (MIDDLE, "p50"), (HIGH.format(80), "p90")):
        assert np.abs(fan[column] - rows[part] / 1e6).max() <= 0.0005
    assert (fan[LOW.format(90)] <= fan[LOW.format(50)]).all() and (fan[HIGH.format(50)] <= fan[HIGH.format(90)]).all()
    assert fan[MIDDLE]["2025-26"] > 1.5  # two points of £100m of tax
    # Its data holds all that is drawn, the outer bands and the central case beside the middle.
    told = compared_tables.by_year(first, money, TOWN, ("A", "B"))
    whole = compared_tables.with_fan(told, fan.reset_index())
    assert len(whole) == len(fan) and list(whole.columns[: len(told.columns)]) == list(told.columns)
    assert whole[LOW.format(90)].iloc[0] == f"{fan[LOW.format(90)].iloc[0]:,.3f}" and CENTRAL in whole


def test_every_fan_says_what_its_dotted_line_is(first: Results) -> None:
    fan, told = (
        compared_tables.difference_fan(first, first, TOWN),
        f"Past {place_captions.settled(first)}, the dotted line",
    )
    assert told in compared_words.difference_words(first, fan, TOWN, ("A", "B")).how_to_read
    assert told in compared_words.fans_how(first, TOWN)


def test_bars_lead_from_one_average_to_the_other(first: Results, second: Results) -> None:
    steps = compared_tables.why(first, second, TOWN)
    bars = compared_tables.waterfall(steps, ("A", "C"))
    read = compared_words.why_words(first, steps, TOWN, ("A", "C")).how_to_read
    assert "Averages have a sampling error: none is shown of each step" in read
    assert bars.Step.iloc[0].startswith("A: average gap") and bars.Step.iloc[-1].startswith("C: average gap")
    moves = bars[bars[compared_tables.KEY] != compared_tables.LEVEL]
    assert len(moves) and (moves[compared_tables.FROM] != moves[compared_tables.TO]).all()
    assert abs(moves[compared_tables.TO].iloc[-1] - bars[compared_tables.TO].iloc[-1]) < 0.01
    assert "Council tax" in set(moves.Step)


def test_interaction_has_a_colour_and_a_word_of_its_own() -> None:
    frame = pd.DataFrame(
        [("A: average gap in X", 1e6, "level"), ("Prices: Pay", 2e6, "move"), (INTERACTION, 5e5, "move"),
         ("Council tax", -1e6, "move"), ("Too small", 4_000.0, "move"), ("B: average gap in X", 2.504e6, "level")],
        columns=["step", "amount", "kind"],
    )  # fmt: skip
    bars = compared_tables.waterfall(frame, ("A", "B"))
    assert bars[compared_tables.KEY].to_list() == [
        "Average gap", "Widens the gap", "Interaction, indicative", "Narrows the gap", "Average gap",
    ]  # fmt: skip
    assert bars[compared_tables.SHOWN_AS].to_list() == ["1.00", "+2.00", "+0.50", "-1.00", "2.50"]
    assert bars[compared_tables.TO].to_list() == [1.0, 3.0, 3.5, 2.5, 2.504]


def test_what_is_looked_at_first_is_where_it_differs(money: pd.DataFrame) -> None:
    years = sorted(set(money.year))
    assert compared_tables.first_moved(money, years, "2026-27") == ("2026-27", "town")
    late = money.assign(mean=money["mean"].where(money.year >= "2028-29", 0.0))
    assert compared_tables.first_moved(late, years, "2026-27") == ("2028-29", "town")
    assert compared_tables.first_moved(money.assign(mean=0.0), years, "2026-27")[0] == "2026-27"


def test_what_can_be_compared_keeps_its_key() -> None:
    one = Opened("a.yaml", sets=(("x", "1"),))
    found = candidates.offered(one, {"Mine": Opened("b.yaml")}, {"cut.yaml": "A cut"})
    assert list(found) == ["file", "open", "kept:Mine", "over:cut.yaml"]
    assert found["over:cut.yaml"].opened == one.with_overlay("cut.yaml", True)
    assert candidates.usual(found) == ("file", "open")
    assert list(candidates.offered(one.with_overlay("cut.yaml", True), {}, {"cut.yaml": "A cut"})) == ["file", "open"]
    shipped = {key.removeprefix("over:"): "words" for key in ("over:a.yaml", candidates.TELLING)}
    assert candidates.usual(candidates.offered(Opened("a.yaml"), {}, shipped)) == ("file", candidates.TELLING)
    assert candidates.usual(candidates.offered(Opened("a.yaml"), {}, {})) is None


def test_places_that_share_a_body_can_be_compared_over_one_horizon() -> None:
    lancashire, blackburn = "scenarios/lancashire.yaml", "scenarios/blackburn-with-darwen.yaml"
    assert list(candidates.places(Opened(lancashire))) == [blackburn]
    assert list(candidates.places(Opened(blackburn))) == [lancashire]
    assert candidates.places(Opened("scenarios/none.yaml")) == {}
    found = candidates.offered(Opened(lancashire, sets=(("years", "5"),)), {}, {}, {blackburn: "Blackburn"})
    assert list(found) == ["file", f"place:{blackburn}"]
    assert all(dict(one.opened.sets) == {"years": "5"} for one in found.values())


def test_nhs_finance_begins_on_its_own_body_and_every_view_has_the_same_numbers(opened: Opener) -> None:
    app = opened(PLACE, PAID, view_as="nhs", partner="nhs", signs="brackets")
    body = app.selectbox(key="compare_body")
    assert set(body.options) and body.value in {"board", "north"}
    assert not any("Anytown Council" in one for one in body.options)
    # Whose gap differs most is not asked first: Compare begins where Overview does.
    assert body.value == viewing.begins(load(PLACE).scenario, viewing.Looked("nhs", partner="nhs"))
    app.session_state["partner"], app.session_state["view_as"] = "", "director"
    app.run()
    assert app.selectbox(key="compare_body").value == "town"
    app.session_state["partner"], app.session_state["signs"] = "local", "minus"
    shown = []
    for view in viewing.VIEWS:
        app.session_state["view_as"] = view
        app.run()
        assert app.selectbox(key="compare_body").value == "town"
        assert viewing.lead("Compare", viewing.Looked(view)) in " ".join(words(app))
        told = [part.value for part in (*app.caption, *app.markdown) if part.value[:1] != "*" or "beats" in part.value]
        shown.append(([table.value.to_numpy().tolist() for table in app.table], told))
    assert all(one == shown[0] for one in shown)


def test_real_prices_move_money_over_years_and_no_chance(opened: Opener, tmp_path: Path) -> None:
    path = tmp_path / "priced.yaml"
    text = PLACE.read_text()
    for was, now in (("id: pay,", "id: cpi,"), ("{pay: 100%}", "{cpi: 100%}"), ("driver: pay,", "driver: cpi,")):
        text = text.replace(was, now)
    path.write_text(text)
    app = opened(path, TAXED)
    beats = [text for text in words(app) if "beats" in text]
    cash, chances = app.table[0].value, app.table[-1].value
    app.session_state["prices"] = "real"
    app.run()
    assert not app.exception and [text for text in words(app) if "beats" in text] == beats
    assert app.table[-1].value.equals(chances)
    assert any("in 2024-25 prices" in text for text in words(app))
    real = app.table[0].value
    assert not cash.equals(real) and cash.filter(like="better in").equals(real.filter(like="better in"))


def test_the_place_is_told_as_on_the_command_line(first: Results, second: Results, money: pd.DataFrame) -> None:
    told = compared_place.parts(first, second, ["2026-27"], money)
    drawn = compared_words.place([*told, "| Of :red[x] | B |\n| --- | ---: |\n| a | $1$ |"])
    assert drawn.startswith("#### The place\\: what difference it makes")
    assert "\n| --- | ---: | ---: | ---: | ---: |\n| Anytown Council |" in drawn
    assert drawn.endswith("| Of \\:red[x] | B |\n| --- | ---: |\n| a | \\$1\\$ |")


def test_the_commands_give_the_same_figures() -> None:
    base, changed = Source("a.yaml", (), ()), Source("a.yaml", ("cut.yaml",), ("x=1 2",))
    assert compared_words.commands(base, changed, 2000) == (
        "headroom compare a.yaml --with cut.yaml --set 'x=1 2' --paths 2000"
    )
    assert compared_words.commands(changed, base, 2000).splitlines() == [
        "headroom run a.yaml --with cut.yaml --set 'x=1 2' --paths 2000 --out out/a",
        "headroom run a.yaml --paths 2000 --out out/b",
        "headroom compare out/a out/b",
    ]


def test_runs_that_take_long_are_made_off_the_page_and_can_be_stopped(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "LIGHT", 0)
    monkeypatch.setattr(projecting, "RUNS", projecting.Kept())
    app = opened(PLACE, TAXED)
    # The page is there while they are made, and nothing is made on it.
    assert not app.get("vega_lite_chart") and "ahead_job" in app.session_state
    assert JOBS.wait(app.session_state["ahead_job"][0], PATIENCE)
    app.run()
    assert not app.exception and projecting.RUNS.made == 2
    assert "Who beats whom" in [head.value for head in app.header] and len(app.get("vega_lite_chart")) == 4
    # Once they have left, as others were kept in their place, they are made off the page again.
    monkeypatch.setattr(projecting, "RUNS", projecting.Kept())
    app.run()
    assert "ahead_job" in app.session_state and not app.get("vega_lite_chart")
    assert JOBS.wait(app.session_state["ahead_job"][0], PATIENCE) and projecting.RUNS.made == 2


def test_runs_that_were_stopped_are_begun_again_only_when_asked(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one of them is made already: what is lacking is another thing then."""
    scenario = load(PLACE).scenario
    monkeypatch.setattr(ahead, "LIGHT", 0)
    monkeypatch.setattr(projecting, "RUNS", projecting.Kept())
    monkeypatch.setattr(projecting, "simulate", lambda one, **how: (simulate if one == scenario else stuck)(one, **how))
    app = opened(PLACE, TAXED)
    number = app.session_state["ahead_job"][0]
    until = time.monotonic() + PATIENCE
    while not projecting.RUNS.made and time.monotonic() < until:
        time.sleep(0.01)
    app.run()
    assert app.session_state["ahead_job"][0] == number, "a page drawn anew goes on with what is under way"
    app.button(key="ahead_cancel").click().run()
    app.run()
    assert not app.exception and "ahead_job" not in app.session_state and not app.get("vega_lite_chart")
    app.button(key="ahead_again").click().run()
    assert app.session_state["ahead_job"][0] != number
    app.button(key="ahead_cancel").click().run()


def stuck(*_: object, cancelled: Cancelled, **__: object) -> None:
    """A run that goes on until it is told to stop."""
    while not cancelled():
        time.sleep(0.01)
    raise RunCancelledError("stopped")


def test_the_body_begins_where_who_looks_now_begins_and_what_follows_is_of_it(opened: Opener) -> None:
    app = opened(PLACE, PAID)
    names, shown = load(PLACE).scenario.names, app.selectbox(key="compare_body").value
    app.selectbox(key="view_as").select("nhs").run()
    assert (shown, app.selectbox(key="compare_body").value) == ("town", "board")
    assert any(line.startswith(names["board"]) for line in words(app))
    app.selectbox(key="compare_body").select("north").run()
    app.selectbox(key="view_as").select("member").run()
    assert not app.exception and app.selectbox(key="compare_body").value == "north"
