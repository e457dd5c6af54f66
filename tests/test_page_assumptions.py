"""The app's page of assumptions: the register as a table to search and edit, with refusals, looks and downloads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import streamlit as st
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from simulator import assumption_edits, assumption_futures, assumption_looks, assumption_tables, place_tables
from simulator.assumption_edits import Texts
from simulator.assumption_futures import DriverFutures, driver_futures
from simulator.assumption_groups import GROUPS, PRICES, RISKS
from simulator.assumption_tables import (
    ADDRESS,
    AS_MADE,
    EDITED,
    GROUP,
    HIGH,
    LOW,
    OWNER,
    REASON,
    SOURCE,
    VALUE,
    WAS,
    Filter,
)
from simulator.cli import apps, main
from simulator.compiling import compile_terms
from simulator.digest import meaning
from simulator.pages import projecting
from simulator.place_words import JOINER
from simulator.problems import Problem, ScenarioError
from simulator.register import judgements, register, unreasoned
from simulator.scenario_file import Loaded, load
from simulator.spreadsheets import write_rows
from simulator.workbench import History, Opened, loaded

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
PATIENCE, FUTURES = 120, 1_000
MINIMUM, SERVICES = "agencies.town.reserves.minimum", "agencies.town.spending.services.net"
TOLERANCE, PAY = "rules.nhs.tolerance", "drivers.pay.long_run"

Opener = Callable[..., AppTest]


@pytest.fixture(scope="module")
def place() -> Loaded:
    return loaded(Opened(str(PLACE)))


@pytest.fixture(scope="module")
def rows(place: Loaded) -> pd.DataFrame:
    return assumption_tables.table(place, place)


@pytest.fixture(scope="module")
def drawn(place: Loaded) -> DriverFutures:
    return driver_futures(compile_terms(place.scenario), FUTURES, 1)


def changed(rows: pd.DataFrame, address: str, **texts: str) -> pd.DataFrame:
    """The table as somebody leaves it who types into one row; texts by name of `Texts`."""
    after = rows.copy()
    for name, column in zip(Texts._fields, EDITED, strict=True):
        if name in texts:
            after.loc[after[ADDRESS] == address, column] = texts[name]
    return after


def typed(place: Loaded, rows: pd.DataFrame, address: str, **texts: str) -> Opened:
    """What is open once a row of the place was changed."""
    edits = assumption_edits.edits(rows, changed(rows, address, **texts))
    return assumption_edits.edited(Opened(str(PLACE)), place.scenario, edits)


def row(table: pd.DataFrame, address: str) -> pd.Series:
    return table[table[ADDRESS] == address].iloc[0]


def test_every_number_of_the_register_is_there_as_a_file_writes_it(place: Loaded, rows: pd.DataFrame) -> None:
    assert sorted(rows[ADDRESS]) == sorted(entry.address for entry in register(place.scenario))
    assert set(rows[GROUP]) <= set(GROUPS) and (rows[WAS] == "").all()
    assert row(rows, MINIMUM)[VALUE] == "5%" and row(rows, SERVICES)[VALUE] == "100"
    assert row(rows, "drivers.pay.spread")[GROUP] == PRICES
    assert row(rows, "agreements.system.members.2.loss_share").Of == "Greater Anytown system"
    assert "North Hospitals" in row(rows, "agreements.system.members.2.loss_share").Item
    assert row(rows, "agencies.north.minimum_cash_days").Unit == "days"


def test_setting_every_shown_value_again_changes_no_number(place: Loaded, rows: pd.DataFrame) -> None:
    sets = [f"{one[ADDRESS]}={one[VALUE]}" for _, one in rows.iloc[::9].iterrows()]
    again = {entry.address: entry.value for entry in register(load(PLACE, sets=sets).scenario)}
    assert again == {entry.address: entry.value for entry in register(place.scenario)}


def test_a_filter_lets_through_what_it_says(place: Loaded, rows: pd.DataFrame) -> None:
    wanted = assumption_tables.wanted
    assert len(wanted(rows, Filter())) == len(rows)
    assert len(wanted(rows, Filter(judgement=True))) == len(judgements(register(place.scenario)))
    assert set(wanted(rows, Filter(words="PAY long"))[ADDRESS]) == {PAY}
    assert wanted(rows, Filter(words="[x](")).empty and wanted(rows, Filter(changed=True)).empty
    assert set(wanted(rows, Filter(bare=True))[ADDRESS]) == {
        one.address for one in unreasoned(register(place.scenario))
    }
    assert sum(len(wanted(rows, Filter(group))) for group in GROUPS) == len(rows)
    assert RISKS not in assumption_tables.groups(rows)


def test_counts_are_those_of_the_register(place: Loaded, rows: pd.DataFrame) -> None:
    count = assumption_tables.counts(place.scenario)
    assert count.unreasoned == len(unreasoned(register(place.scenario))) and count.set_bare == 0
    assert f"{count.unreasoned:,} that" in assumption_tables.count_words(count)
    after = assumption_tables.counts(loaded(typed(place, rows, MINIMUM, value="4%")).scenario)
    assert after.set_bare == 1 and "changed here without a reason" in assumption_tables.count_words(after)


def test_a_number_changed_comes_first_with_what_it_was(place: Loaded, rows: pd.DataFrame) -> None:
    now = loaded(typed(place, rows, TOLERANCE, value="0.7%", reason="the board's = own view", owner="ICB"))
    first = assumption_tables.table(now, place).iloc[0]
    assert (first[ADDRESS], first[WAS], first[VALUE]) == (TOLERANCE, "0.5%", "0.7%")
    assert (first[REASON], first[OWNER], first[SOURCE]) == (
        "the board's = own view",
        "ICB",
        "Set by hand, in the app or by --set",
    )
    assert now.scenario.rules.nhs and now.scenario.rules.nhs.tolerance.used == 0.007


def test_a_number_changed_over_an_overlay_was_what_the_overlay_made_it() -> None:
    one = Opened("scenarios/blackburn-with-darwen.yaml").with_overlay("scenarios/overlays/high-inflation.yaml", True)
    address = "drivers.cpi.surprise.2027-28"
    file, laid, now = (loaded(each) for each in (Opened(one.source), one, one.with_value(address, "2.6%")))
    assert row(assumption_tables.table(now, file, laid), address)[WAS] == "4%"
    # What the overlay alone changed was not in the file, and what neither did is no change.
    assert row(assumption_tables.table(laid, file, laid), address)[WAS] == "not there"
    assert row(assumption_tables.table(now, file, laid), "drivers.cpi.long_run")[WAS] == ""


def test_first_are_long_runs_of_drivers_and_then_what_has_a_range(place: Loaded, rows: pd.DataFrame) -> None:
    given = loaded(typed(place, rows, TOLERANCE, low="0.4%", high="0.6%"))
    first, count = assumption_tables.table(given, given), len(place.scenario.drivers)
    assert first[ADDRESS][:count].to_list() == [f"drivers.{one.id}.long_run" for one in place.scenario.drivers]
    assert (first[ADDRESS][count], first[LOW][count], first[HIGH][count]) == (TOLERANCE, "0.4%", "0.6%")


def test_a_number_cannot_be_emptied_and_every_edit_refused_is_named(place: Loaded, rows: pd.DataFrame) -> None:
    """Set to nothing, an optional number would be gone with its row, and the risk it holds."""
    spread = "drivers.activity.spread"
    after = changed(changed(rows, spread, value=""), SERVICES, value=" ", source="A dream")
    with pytest.raises(ScenarioError) as refused:
        assumption_edits.edited(Opened(str(PLACE)), place.scenario, assumption_edits.edits(rows, after))
    assert {one.field for one in refused.value.problems} == {spread, SERVICES, f"{SERVICES}.source"}
    assert "a number is needed where 2% stood" in {one.rule for one in refused.value.problems}


def test_a_range_is_given_and_taken_back(place: Loaded, rows: pd.DataFrame) -> None:
    opened = typed(place, rows, SERVICES, low="90", high="120")
    ranged = loaded(opened)
    table = assumption_tables.table(ranged, place)
    assert tuple(row(table, SERVICES)[[LOW, VALUE, HIGH]]) == ("90", "100", "120")
    edits = assumption_edits.edits(table, changed(table, SERVICES, low="", high="", value="101"))
    plain = assumption_edits.edited(opened, ranged.scenario, edits)
    assert plain.sets == ((SERVICES, "101"),)
    assert assumption_edits.is_set(plain, SERVICES) and not assumption_edits.is_set(plain, MINIMUM)
    assert assumption_edits.put_back(opened, SERVICES) == Opened(str(PLACE))


def test_a_reason_alone_leaves_number_source_and_grade(place: Loaded, rows: pd.DataFrame) -> None:
    now = loaded(typed(place, rows, SERVICES, reason="as the outturn has it"))
    old, new = ({entry.address: entry for entry in register(one.scenario)}[SERVICES] for one in (place, now))
    assert new == old._replace(rationale="as the outturn has it")
    assert row(assumption_tables.table(now, place), SERVICES)[WAS] == "the same number; its reason changed"


@pytest.mark.parametrize("texts", [{"value": "4"}, {"value": "abc"}, {"low": "3%"}, {"low": "6%", "high": "7%"}])
def test_what_cannot_be_is_refused_as_the_command_line_does(
    place: Loaded, rows: pd.DataFrame, texts: dict[str, str]
) -> None:
    opened = typed(place, rows, MINIMUM, **texts)
    with pytest.raises(ScenarioError) as here:
        loaded(opened)
    with pytest.raises(ScenarioError) as there:
        load(PLACE, sets=opened.settings)
    assert here.value.problems == there.value.problems


def test_the_spreadsheet_has_every_row(place: Loaded, rows: pd.DataFrame) -> None:
    book = openpyxl.load_workbook(io.BytesIO(assumption_tables.spreadsheet(rows, place.scenario)))
    sheet = book.active
    assert sheet is not None and sheet.max_row == len(rows) + 2
    assert [cell.value for cell in sheet[2]] == [*rows.columns, *(f"{name}{AS_MADE}" for name in EDITED)]
    assert {type(cell.value) for cell in sheet["E"][2:]} <= {str, int, float}


def filled_in(rows: pd.DataFrame, after: pd.DataFrame, place: Loaded) -> bytes:
    """The spreadsheet of some rows as somebody changed it: in each row it still holds what it was made with."""
    book = openpyxl.load_workbook(io.BytesIO(assumption_tables.spreadsheet(after, place.scenario)))
    sheet, was, width = book.active, rows.set_index(ADDRESS), len(rows.columns)
    assert sheet is not None
    for line, address in enumerate(after[ADDRESS], 3):
        for column, name in enumerate(EDITED, width + 1):
            sheet.cell(line, column).value = was.at[address, name] or None
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_spreadsheet_comes_back_with_what_was_changed_in_it(place: Loaded, rows: pd.DataFrame) -> None:
    same = assumption_tables.spreadsheet(rows, place.scenario)
    assert assumption_edits.from_spreadsheet(rows, same, "back.xlsx") == []
    after = changed(changed(rows, MINIMUM, value="4%", reason="as agreed"), SERVICES, value="101.5")
    back = filled_in(rows, after.iloc[::-1], place)
    assert assumption_edits.from_spreadsheet(rows, back, "back.xlsx") == assumption_edits.edits(rows, after)
    other = rows.assign(**{ADDRESS: rows[ADDRESS].str.replace("town", "elsewhere")})
    for bad in (assumption_tables.spreadsheet(other, place.scenario), write_rows([["no table"]], "x.xlsx")):
        with pytest.raises(ScenarioError):
            assumption_edits.from_spreadsheet(rows, bad, "back.xlsx")


def test_a_spreadsheet_applied_again_keeps_its_reason_and_leaves_what_others_changed_since(
    place: Loaded, rows: pd.DataFrame
) -> None:
    """Its untouched source would say of the new number that it was verified in the source of the old."""

    def sheet(**texts: str) -> bytes:
        return filled_in(rows, changed(rows, MINIMUM, **texts), place)

    reason = "as our adviser has it"
    first = assumption_edits.from_spreadsheet(rows, sheet(value="4%", reason=reason), "back.xlsx")
    opened = assumption_edits.edited(Opened(str(PLACE)), place.scenario, first).with_value(SERVICES, "101")
    now = loaded(opened)
    table = assumption_tables.table(now, place)
    assert assumption_edits.from_spreadsheet(table, sheet(value="4%", reason=reason), "back.xlsx") == []
    second = assumption_edits.from_spreadsheet(table, sheet(value="4.5%", reason=reason), "back.xlsx")
    assert [one.address for one in second] == [MINIMUM], "what was changed since in the app stays"
    entry = {
        one.address: one for one in register(loaded(assumption_edits.edited(opened, now.scenario, second)).scenario)
    }[MINIMUM]
    assert (entry.value, entry.rationale, entry.source) == ("4.5%", reason, "command_line")


def test_a_number_rests_on_the_source_that_is_chosen_with_it(place: Loaded, rows: pd.DataFrame) -> None:
    title = next(iter(place.scenario.sources.values())).title
    opened = typed(place, rows, SERVICES, value="101")
    by_hand = loaded(opened)
    table = assumption_tables.table(by_hand, place)
    assert list(assumption_edits.bare(table)[ADDRESS]) == [SERVICES]
    edits = assumption_edits.edits(table, changed(table, SERVICES, source=title, reason="counted again"))
    entry = {
        one.address: one for one in register(loaded(assumption_edits.edited(opened, by_hand.scenario, edits)).scenario)
    }
    assert place.scenario.sources[str(entry[SERVICES].source)].title == title
    assert (entry[SERVICES].value, entry[SERVICES].rationale) == ("£101.000m", "counted again")
    with pytest.raises(ScenarioError, match="one of this scenario's"):
        typed(place, rows, SERVICES, source="a paper that nobody has")


def test_linked_risks_are_said_in_words(place: Loaded, drawn: DriverFutures) -> None:
    ties = drawn.ties
    assert np.allclose(ties, ties.T) and ((ties.abs() <= 1 + 1e-9).all(axis=None))
    alike = pd.DataFrame([[1, 0.7, 0.3], [0.7, 1, -0.4], [0.3, -0.4, 1]], ties.index[:3], ties.index[:3])
    names = {one.id: one.name for one in place.scenario.drivers}
    first, second, third = (names[driver] for driver in alike.index)
    words = assumption_futures.tie_words(alike, alike.index[0], place.scenario)
    assert words == [f"Strong: {second}.", f"Some: {third}.", "None: the other 0."]
    table = assumption_futures.tie_table(alike, place.scenario).set_index("Risk")
    assert table.loc[second].tolist() == [first, "", third]
    assert "nothing in this scenario uses it" in assumption_futures.tie_words(ties, "unknown", place.scenario)[0]


def test_a_small_distribution_and_past_error_stand_beside_a_driver(rows: pd.DataFrame, drawn: DriverFutures) -> None:
    more = assumption_looks.beside(rows, drawn)
    pay = row(more, PAY)
    assert FUTURES * 0.98 <= sum(pay["Its futures"]) <= FUTURES and len(pay["Its futures"]) == assumption_futures.BINS
    assert pay["Past error"] == f"{row(rows, 'drivers.pay.spread')[VALUE]}"
    assert row(more, MINIMUM)["Its futures"] is None and row(more, MINIMUM)["Past error"] == ""
    order = (WAS, VALUE, "Its futures", "Past error")
    assert assumption_looks.columns(order, more) == [VALUE, "Its futures", "Past error"]
    assert assumption_looks.columns(order, more[more[ADDRESS] == MINIMUM]) == [VALUE]
    fan = drawn.fans[drawn.fans.Driver == "pay"]
    year = str(fan.Year.iloc[-1])
    ends = {LOW: "2.9%", VALUE: "3%", HIGH: "3.1%", ADDRESS: f"drivers.pay.central.{year}"}
    assert "narrower than past forecast errors" in assumption_looks.narrow(pd.Series(ends), fan)
    assert assumption_looks.narrow(pd.Series(ends | {LOW: "-40%", HIGH: "60%"}), fan) == ""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def open_on(path: Path, *sets: tuple[str, str], sought: str = "") -> AppTest:
        monkeypatch.setenv(apps.SCENARIO, str(path))
        monkeypatch.setattr("simulator.pages.state.fitting", lambda _: {})
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        app.session_state["history"] = History(Opened(str(path), sets=sets))
        app.session_state["snapshots"], app.session_state["sought"] = {}, sought
        app.switch_page("simulator/pages/assumptions.py").run()
        assert not app.exception
        return app

    return open_on


def said(app: AppTest) -> str:
    return " ".join(part.value.replace("\\", "") for part in (*app.title, *app.markdown, *app.caption, *app.info))


def box(app: AppTest, label: str) -> str:
    return next(one.key for one in app.text_input if one.label == label)


def test_the_page_tells_the_count_and_edits_one_number(opened: Opener, place: Loaded) -> None:
    app = opened(PLACE, sought=MINIMUM)
    assert app.title[0].value == "What are we assuming?"
    assert assumption_tables.count_words(assumption_tables.counts(place.scenario)) in said(app)
    # Where a number comes from is in sight in the 900 pixels that a window of 1,280 leaves the table.
    grid = app.dataframe[0].proto
    wide, order = json.loads(grid.columns), list(grid.column_order)
    seen = order[: order.index(REASON) + 1]
    assert {SOURCE, OWNER} < set(seen) and sum(wide[name]["width"] for name in (*seen, "Its futures")) <= 900
    assert "press Apply, then Run" in said(app)
    app.text_input(key=box(app, VALUE)).set_value("4")
    app.button[[one.label for one in app.button].index("Apply to this one")].click().run()
    assert app.error and "per cent sign" in app.code[0].value
    assert app.text_input(key=box(app, VALUE)).value == "4"
    app.text_input(key=box(app, VALUE)).set_value("4%")
    app.text_input(key=box(app, REASON)).set_value("as the cabinet decided")
    app.button[[one.label for one in app.button].index("Apply to this one")].click().run()
    assert not app.exception and not app.error
    sets = ((MINIMUM, "4%"), (f"{MINIMUM}.rationale", "'as the cabinet decided'"))
    assert app.session_state["history"].now.sets == sets
    assert not app.info and ["not run here yet" in one.value for one in app.warning] == [True]
    assert app.warning[0].value.startswith("Every page now shows the changed scenario")
    app.button(key="assumptions_run").click().run()
    before, after = (
        projecting.quick(load(PLACE, sets=given).scenario, 2_000) for given in ((), [f"{a}={t}" for a, t in sets])
    )
    told = next(table.value for table in app.table if "With them" in table.value.columns)
    assert told.reset_index(drop=True).to_numpy().tolist() == place_tables.moved(before, after).to_numpy().tolist()
    assert not app.warning and len(app.info) == 1
    app.text_input(key=box(app, VALUE)).set_value("4.5%")
    app.button[[one.label for one in app.button].index("Apply to this one")].click().run()
    assert any("before your last change" in one.value for one in app.warning)
    old = next(table.value for table in app.table if "With them" in table.value.columns)
    assert old.to_numpy().tolist() == told.to_numpy().tolist()
    why = next(one for one in app.text_input if one.label.startswith(r"Anytown Council\: ") and "was 5%" in one.label)
    why.set_value("a lower floor, as members asked")
    app.button[[one.label for one in app.button].index("Keep the reasons")].click().run()
    assert (f"{MINIMUM}.rationale", "'a lower floor, as members asked'") in app.session_state["history"].now.sets
    # The reason is part of the change it is of: Undo takes back both.
    assert app.session_state["history"].before == (Opened(str(PLACE)), Opened(str(PLACE), sets=sets))
    assert not any(one.label == "Keep the reasons" for one in app.button)
    app.button[[one.label for one in app.button].index("Put it back as the file has it")].click().run()
    assert app.session_state["history"].now == Opened(str(PLACE))


STATED = {"service_expenditure": 90.0, "net_revenue_expenditure": 80.0}


CARE = "agencies.council.spending.care.net"
TOTALS = {f"agencies.council.totals.{key}": f"{value + 0.5}" for key, value in STATED.items()}


def adding_up(folder: Path) -> Path:
    """The small council with the totals that its lines make, written out."""
    stated = ", ".join(f"{key}: {{value: {value}, source: made_up}}" for key, value in STATED.items())
    path = folder / "totals.yaml"
    path.write_text(f"{SMALL.read_text()}    totals: {{{stated}}}\n")
    return path


def test_a_line_set_alone_is_told_what_to_set_with_it(tmp_path: Path) -> None:
    path = str(adding_up(tmp_path))
    alone = CliRunner().invoke(main, ["check", path, "--set", f"{CARE}=50.5"])
    assert alone.exit_code == 2 and all(f"add `--set {name}={text}`" in alone.stderr for name, text in TOTALS.items())
    with pytest.raises(ScenarioError) as refused:
        loaded(asked := Opened(path, sets=((CARE, "50.5"),)))
    assert not any("--set" in one.remedy for one in refused.value.problems)
    mended = assumption_edits.with_totals(asked, [], refused.value)
    assert mended is not None and TOTALS.items() <= dict(mended.sets).items()
    assert assumption_edits.bare(assumption_tables.table(loaded(mended), load(path)))[ADDRESS].to_list() == [CARE]


@pytest.mark.prove
def test_a_line_is_changed_on_the_page_with_its_totals_in_one_step(opened: Opener, tmp_path: Path) -> None:
    path = adding_up(tmp_path)
    app = opened(path, sought=CARE)
    app.text_input(key=box(app, VALUE)).set_value("50.5")
    app.text_input(key=box(app, REASON)).set_value("month 7")
    app.button[[one.label for one in app.button].index("Apply to this one")].click().run()
    assert app.error and app.session_state["history"].now == Opened(str(path))
    app.button[[one.label for one in app.button].index("Change the total with it")].click().run()
    assert not app.exception and not app.error
    held = app.session_state["history"]
    now = dict(held.now.sets)
    assert (now[CARE], now[f"{CARE}.rationale"]) == ("50.5", "'month 7'") and TOTALS.items() <= now.items()
    assert held.before == (Opened(str(path)),)
    assert not any(one.label == "Keep the reasons" for one in app.button)


def test_a_total_is_not_put_back_by_the_mend_of_its_own_change(rows: pd.DataFrame) -> None:
    own = assumption_edits.one_row(row(rows, SERVICES), ["", "90", "", "", "", ""])
    left = Problem("a", 1, 1, SERVICES, "90", "rule", "remedy", "100")
    assert assumption_edits.with_totals(Opened("a"), own, ScenarioError((left,))) is None
    other = Problem("a", 1, 1, "years", "0", "rule", "remedy")
    assert assumption_edits.with_totals(Opened("a"), [], ScenarioError((left, other))) is None


def test_the_grid_sets_all_that_was_typed_or_nothing(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"value": "4"}
    monkeypatch.setattr(
        st, "data_editor", lambda seen, **_: changed(seen, "agencies.council.reserves.minimum", **texts)
    )
    app = opened(SMALL)
    app.button(key="FormSubmitter:grid-Apply").click().run()
    assert app.error and app.session_state["history"].now == Opened(str(SMALL))
    texts["value"] = "4%"
    app.button(key="FormSubmitter:grid-Apply").click().run()
    assert app.session_state["history"].now.sets == (("agencies.council.reserves.minimum", "4%"),)


def test_a_spreadsheet_and_a_scenario_are_brought_back_by_the_page(
    opened: Opener, place: Loaded, rows: pd.DataFrame
) -> None:
    app = opened(PLACE, sought=MINIMUM)
    back = filled_in(rows, changed(rows, MINIMUM, value="4%", reason="as agreed"), place)
    app.file_uploader(key="bring_xlsx").upload("back.xlsx", back).run()
    app.button(key="apply_xlsx").click().run()
    assert not app.exception and not app.error
    assert dict(app.session_state["history"].now.sets)[f"{MINIMUM}.rationale"] == "'as agreed'"
    with_change = loaded(app.session_state["history"].now)
    app.file_uploader(key="bring_yaml").upload("mine.yaml", with_change.text.encode()).run()
    now = app.session_state["history"].now
    assert not app.exception and (now.source, now.text) == ("mine.yaml", with_change.text) and not now.changed
    assert meaning(loaded(now).scenario) == meaning(with_change.scenario)


def test_a_driver_shows_its_futures_and_how_wrong_it_has_been(opened: Opener, drawn: DriverFutures) -> None:
    app = opened(PLACE, sought=PAY)
    words = said(app)
    assert "Pay, 2026-27: growth of" in words and "as at 22 November 2025" in words
    assert "How wrong forecasts of it are" in words and len(app.get("vega_lite_chart")) == 1
    pay = drawn.fans[drawn.fans.Driver == "pay"]
    assert (pay["90 in 100: low"] <= pay["50 in 100: low"]).all() and (pay.Middle < pay["90 in 100: high"]).all()
    assert pay["Central case"].to_numpy() == pytest.approx([3.0] * 6)


def test_a_range_is_drawn_as_it_is_entered(opened: Opener) -> None:
    ends = ((MINIMUM, "5%"), (f"{MINIMUM}.low", "4%"), (f"{MINIMUM}.central", "5%"), (f"{MINIMUM}.high", "7.5%"))
    app = opened(PLACE, *ends, sought=MINIMUM)
    assert "Entered: 4% at the low end, 5% as the central case, 7.5% at the high end (%)." in said(app)
    assert len(app.get("vega_lite_chart")) == 1
    one = pd.Series({LOW: "4%", VALUE: "5 %", HIGH: "7.5%"})
    assert assumption_looks.entered(one).Amount.tolist() == [4.0, 5.0, 7.5]


def test_a_range_says_what_it_moves_with_its_error(place: Loaded, rows: pd.DataFrame) -> None:
    scenario = loaded(typed(place, rows, SERVICES, low="90", high="130")).scenario
    now = assumption_tables.table(load(PLACE), place)
    assert not assumption_looks.measurable(row(now, SERVICES), scenario)
    found = projecting.effect(scenario, "town", SERVICES, FUTURES)
    assert [one.address for one in found] == [SERVICES] and 0 <= found[0].error < 0.1
    words = assumption_looks.effect_words(found, scenario, "Anytown Council", FUTURES)
    assert "£90.000m and £130.000m" in words[0] and "95% sampling error" in words[-1]
    assert "nothing was measured" in assumption_looks.effect_words([], scenario, "X", FUTURES)[0]


def test_a_hostile_name_shows_as_it_is(opened: Opener, tmp_path: Path) -> None:
    path, name = tmp_path / "hostile.yaml", "[x](http://a.b) :red[y] $z$ <b>"
    text = SMALL.read_text().replace("name: Small Council", f"name: '{name}'")
    path.write_text(text.replace("title: Invented for tests", f"title: '{name}'"))
    app = opened(path, ("agencies.council.reserves.minimum", "4%"), sought="care net")
    assert all(name not in part.value for part in (*app.markdown, *app.caption))
    assert all(name not in box.label for box in app.text_input)
    assert any(r"\:red" in box.label for box in app.text_input)
    assert r"\[x\](http\:" + JOINER + "//a.b)" in " ".join(part.value for part in app.markdown)
