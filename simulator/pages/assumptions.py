"""Assumptions: every number of what is open, with range, reason, owner and source, to search, edit and take away."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from simulator import assumption_edits, assumption_looks, assumption_tables
from simulator.assumption_edits import Edit, Texts
from simulator.assumption_tables import (
    ADDRESS,
    COLUMNS,
    EDITED,
    GRADE,
    HIGH,
    ITEM,
    LOW,
    OF,
    OWNER,
    REASON,
    UNIT,
    VALUE,
    WAS,
    Filter,
)
from simulator.comparison import CannotCompareError
from simulator.files import sha256
from simulator.pages import assumption_closeup, assumption_figures, parts, projecting, state
from simulator.place_words import escaped
from simulator.problems import ScenarioError
from simulator.workbench import Opened

PATHS, LONGEST = 2_000, 400
GRID_ALT = "Table of assumptions: what each was, is of, is, its range, value, unit, reason, owner, grade and source."
WIDTHS = {WAS: 90, OF: 150, ITEM: 230, LOW: 75, VALUE: 95, HIGH: 75, UNIT: 60, REASON: 300}
"""Widths of columns in pixels, so that every number is in sight on a usual screen."""
HELP = {
    WAS: "What the number was in the file; empty where nothing was changed.",
    LOW: "The low end of a range, where one is entered. A run uses the central value; ends are for What matters.",
    VALUE: "The number a run uses. Rates and shares with a per cent sign, amounts in the unit beside them.",
    HIGH: "The high end of a range, where one is entered.",
    UNIT: "£m, £, % or a plain number. Amounts are above nought: the kind of line says if it is income or spending.",
    REASON: "Why this number, in a sentence. It is kept with the number and printed with it.",
    OWNER: "Who stands behind the number.",
    GRADE: "Verified, stated or computed from a source; from general knowledge; or judgement.",
    ADDRESS: "As the command line's `--set` takes it.",
}


def _page() -> None:
    one = state.opened()
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("What are we assuming?")
    st.markdown(assumption_tables.count_words(assumption_tables.counts(scenario)))
    st.caption(escaped(f"{scenario.name}, as at {scenario.as_at.day} {scenario.as_at:%B %Y}."))
    told = st.container()
    rows = _rows(one)
    seen = assumption_tables.wanted(rows, _filter(rows))
    if len(seen):
        _grid(one, seen)
    else:
        st.info("No assumption fits; search for fewer words, or switch a filter off.")
    _downloads(one, rows)
    if len(seen):
        _look(one, rows, seen)
    with told:
        _changed(one)


def _rows(one: Opened) -> pd.DataFrame:
    """Return every assumption of what is open, made once for each thing that is open."""
    known: tuple[Opened, pd.DataFrame] | None = st.session_state.get("assumptions")
    if known is None or known[0] != one:
        file = state.stated(Opened(one.source, one.text))
        known = one, assumption_tables.table(state.stated(one), file)
        st.session_state["assumptions"] = known
    return known[1]


def _filter(rows: pd.DataFrame) -> Filter:
    group = st.segmented_control(
        "About",
        assumption_tables.groups(rows),
        default=assumption_tables.ALL,
        required=True,
        key="about",
        persist_state="session",
        help="What a number is about. A driver counts by what it moves: income, volumes, or else pay and prices.",
    )
    words = st.text_input(
        "Search",
        key="sought",
        persist_state="session",
        max_chars=80,
        help="Words that must all stand somewhere in the row, such as pay 2026-27.",
    )
    left, middle, right = st.columns(3)
    return Filter(
        group or assumption_tables.ALL,
        words,
        left.toggle(
            "Only judgement",
            key="judged",
            persist_state="session",
            help="Numbers graded as judgement: no source says them.",
        ),
        middle.toggle(
            "Only changed",
            key="changed",
            persist_state="session",
            help="Numbers that differ from the file as it stands.",
        ),
        right.toggle(
            "Only without a reason",
            key="bare",
            persist_state="session",
            help="Unchecked numbers and judgements with no reason; any without a source.",
        ),
    )


def _grid(one: Opened, seen: pd.DataFrame) -> None:
    """Show the rows to edit; what is changed counts once Apply is pressed, all of it or none."""
    st.caption(
        f"{len(seen):,} shown, changed ones first. Change a value, an end, a reason or an owner, then press Apply "
        "before you search anew. On a phone, change one at a time below."
    )
    shape = {
        name: st.column_config.TextColumn(
            disabled=name not in EDITED, help=HELP.get(name), max_chars=LONGEST, width=WIDTHS.get(name)
        )
        for name in COLUMNS
    }
    order = [name for name in COLUMNS if name != WAS or one.changed]
    mark = sha256(f"{one}{list(seen[ADDRESS])}".encode())[:16]
    with st.form("grid", border=False):
        after = st.data_editor(
            seen,
            hide_index=True,
            column_config=shape,
            column_order=order,
            key=f"grid_{mark}",
            alt=GRID_ALT,
        )
        if st.form_submit_button("Apply", help="Sets what you changed; Undo takes it back."):
            _apply(one, assumption_edits.edits(seen, after))


def _apply(one: Opened, changes: list[Edit]) -> None:
    """Open what is open with edits made, or say why they are refused; then nothing is changed and nothing is lost."""
    if not changes:
        st.info("Nothing was changed.")
        return
    try:
        with st.spinner("Reading the scenario with the changes"):
            now = assumption_edits.edited(one, state.stated(one).scenario, changes)
            state.stated(now)
    except ScenarioError as error:
        st.error("Refused: nothing was changed, and what you typed is still there.")
        st.code("\n\n".join(str(problem) for problem in error.problems), language=None, wrap_lines=True)
        return
    state.change(now)
    st.rerun()


def _changed(one: Opened) -> None:
    """Say what differs from the file, and what the values set do to the headlines."""
    if not one.changed:
        return
    st.info("Every page now shows the changed scenario. What differs from the file stands first below.")
    if not one.sets:
        return
    with st.expander("What do these changes do to the headlines?", expanded=True):
        with st.spinner("Running the same futures with and without the changes"):
            before = projecting.quick(state.stated(Opened(one.source, one.text, one.overlays)).scenario, PATHS)
            after = projecting.quick(state.stated(one).scenario, PATHS)
        try:
            st.table(assumption_looks.moved(before, after), hide_index=True)
        except CannotCompareError as refused:
            st.caption(escaped(str(refused)))
            return
        st.caption(escaped(assumption_looks.moved_about(after)))


def _downloads(one: Opened, rows: pd.DataFrame) -> None:
    loaded = state.stated(one)
    left, right = st.columns(2)
    left.download_button(
        f"Download the scenario ({len(loaded.text.encode()) / 1000:.0f} KB YAML)",
        loaded.text,
        assumption_tables.file_name(loaded, "yaml"),
        "application/yaml",
        key="save_yaml",
        width="stretch",
        help="Everything in one file, changes included: `headroom run` reads it, and so does Open your own file.",
    )
    right.download_button(
        "Download all assumptions (XLSX)",
        lambda: assumption_tables.spreadsheet(rows, loaded.scenario),
        assumption_tables.file_name(loaded, "xlsx"),
        key="save_xlsx",
        width="stretch",
        help="A row a number, in the order of this page.",
    )


@st.fragment
def _look(one: Opened, rows: pd.DataFrame, seen: pd.DataFrame) -> None:
    """Show one number closely: its range or fan, how wrong it has been, what it moves; and change it alone."""
    st.header("Look at one closely")
    places = {row[ADDRESS]: row for _, row in seen.iterrows()}
    address = st.selectbox(
        "Assumption",
        list(places),
        format_func=lambda place: assumption_looks.title(places[place]),
        key=f"chosen_{sha256(str(list(places)).encode())[:16]}",
        help="Those shown in the table above, in its order.",
    )
    row, scenario = places[address], state.stated(one).scenario
    for line in assumption_looks.grounds(row):
        st.markdown(escaped(line))
    _alone(one, row)
    if driver := assumption_looks.driver_of(address):
        assumption_closeup.fan(scenario, driver)
        if len(found := assumption_looks.errors(rows, driver)):
            st.markdown("**How wrong forecasts of it are, as this scenario has it**")
            st.table(found.map(escaped), hide_index=True)
    words, points = assumption_looks.range_words(row), assumption_looks.entered(row)
    if len(points) or not driver:
        st.write(escaped(words))
    if len(points):
        st.altair_chart(assumption_figures.entered(points, row[UNIT]), alt=f"Range. {words}", key="entered")
    assumption_closeup.effect(scenario, row)


def _alone(one: Opened, row: pd.Series[Any]) -> None:
    """Change one number with boxes that a phone and a screen reader can use."""
    address = row[ADDRESS]
    mark = sha256(f"{one}{address}".encode())[:16]
    with st.expander("Change this one"):
        with st.form(f"alone_{mark}", border=False):
            columns = dict(zip((LOW, VALUE, HIGH), st.columns(3), strict=True))
            typed = {
                name: columns.get(name, st).text_input(
                    name, row[name], key=f"{name}_{mark}", max_chars=LONGEST, help=HELP[name]
                )
                for name in (LOW, VALUE, HIGH, REASON, OWNER)
            }
            if st.form_submit_button("Apply to this one"):
                now, was = Texts(*(text.strip() for text in typed.values())), Texts(*(row[name] for name in typed))
                _apply(one, [Edit(address, now, was)] if now != was else [])
        if assumption_edits.is_set(one, address):
            st.button(
                "Put it back as the file has it",
                key=f"back_{mark}",
                on_click=lambda: state.change(assumption_edits.put_back(one, address)),
            )


_page()
