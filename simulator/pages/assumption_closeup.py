"""One assumption looked at closely: its grounds, its range or fan, past errors, linked risks, and what it moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from simulator import assumption_edits, assumption_futures, assumption_looks, viewing
from simulator.assumption_futures import DRIVER, DriverFutures
from simulator.assumption_tables import ADDRESS, HIGH, LOW, OWNER, REASON, SOURCE, UNIT, VALUE
from simulator.compiling import compile_terms
from simulator.digest import meaning
from simulator.files import sha256
from simulator.pages import assumption_changes, assumption_figures, parts, projecting, state
from simulator.pages.assumption_changes import HELP, LONGEST
from simulator.place_words import escaped
from simulator.scenario import Scenario
from simulator.workbench import Opened

PATHS, CHOSEN = 2_000, "chosen"


def futures(scenario: Scenario) -> DriverFutures:
    """Return what every driver of a scenario does over the futures of a run, made once for all sessions."""
    key = ("driver futures", meaning(scenario), str(PATHS))
    return projecting.FIRST.run(
        key,
        DriverFutures,
        lambda: assumption_futures.driver_futures(compile_terms(scenario), PATHS, projecting.SEED),
    )


@st.fragment
def look(one: Opened, rows: pd.DataFrame, seen: pd.DataFrame) -> None:
    """Show one of the rows seen; choosing another draws this part of the page alone."""
    st.header("Look at one closely")
    places = {row[ADDRESS]: row for _, row in seen.iterrows()}
    titles = {place: assumption_looks.title(row) for place, row in places.items()}
    held = st.session_state.get(CHOSEN)
    # A browser keeps the words of a choice for as long as its key stands, and these words hold the number itself.
    address = st.selectbox(
        "Assumption",
        list(places),
        index=list(places).index(held) if held in places else 0,
        format_func=viewing.apart(titles).__getitem__,
        key=f"{CHOSEN}_{sha256(str(titles).encode())[:16]}",
        help="Those shown in the table above, in its order.",
    )
    st.session_state[CHOSEN] = address
    row, scenario = places[address], state.stated(one).scenario
    for line in assumption_looks.grounds(row):
        st.markdown(escaped(line))
    _alone(one, row)
    if driver := assumption_looks.driver_of(address):
        _driver(scenario, rows, row, driver)
    words, points = assumption_looks.range_words(row), assumption_looks.entered(row)
    if len(points) or not driver:
        st.write(escaped(words))
    if len(points):
        parts.chart(assumption_figures.entered(points, row[UNIT]), f"Range. {words}", "entered")
    effect(scenario, row)


def _driver(scenario: Scenario, rows: pd.DataFrame, row: pd.Series[Any], driver: str) -> None:
    """Show the futures of one driver, how wrong forecasts of it are, and what moves with it."""
    found = futures(scenario)
    fan = found.fans[found.fans[DRIVER] == driver]
    if not len(fan):
        st.info("Nothing in this scenario uses it, so no future of it is drawn.")
        return
    growth = assumption_looks.is_growth(scenario, driver)
    words = assumption_looks.fan_words(fan, scenario, PATHS)
    st.markdown(f"**{escaped(words.headline)}**")
    st.caption(escaped(words.measured))
    parts.chart(assumption_figures.driver(fan, "%" if growth else "points"), words.alt, "driver")
    st.caption(escaped(words.how_to_read))
    if narrow := assumption_looks.narrow(row, fan):
        st.warning(escaped(narrow))
    parts.data(assumption_looks.shown(fan), f"driver-{driver}", parts.about(words))
    if len(errors := assumption_looks.errors(rows, driver)):
        st.markdown("**How wrong forecasts of it are, as this scenario has it**")
        parts.table(errors.map(escaped))
    st.markdown("**Linked risks: what moves with it**")
    for line in assumption_futures.tie_words(found.ties, driver, scenario):
        st.markdown(f"- {escaped(line)}")
    st.caption(escaped(assumption_looks.ties_about(scenario, PATHS)))


def linked(scenario: Scenario) -> None:
    """Show on demand which risks move together."""
    found = futures(scenario)
    table = assumption_futures.tie_table(found.ties, scenario)
    with st.expander("Linked risks: what moves together", key="linked"):
        st.caption(escaped(assumption_looks.ties_about(scenario, PATHS)))
        if len(table):
            parts.table(table.map(escaped))
        else:
            st.write("No two of them move together.")


def effect(scenario: Scenario, row: pd.Series[Any]) -> None:
    """Show on demand what a number moves at either end of its range."""
    bodies = assumption_looks.measurable(row, scenario)
    if not bodies:
        return
    with st.form("effect", border=False):
        body = bodies[0]
        if len(bodies) > 1:
            body = st.selectbox(
                "Whose chances",
                bodies,
                format_func=viewing.apart(scenario.names).__getitem__,
                key="measured_for",
                help="A local authority of this place: the two chances are of its budget year and its general fund.",
            )
        if st.form_submit_button("What does it move?", help=f"Runs {PATHS:,} futures with it at either end."):
            with st.spinner("Running it at either end of its range"):
                found = projecting.effect(scenario, body, row[ADDRESS], PATHS)
            for line in assumption_looks.effect_words(found, scenario, scenario.names[body], PATHS):
                st.markdown(f"- {parts.signed(escaped(line))}")


def _alone(one: Opened, row: pd.Series[Any]) -> None:
    """Change one number with boxes that a phone and a screen reader can use."""
    address = row[ADDRESS]
    mark = sha256(f"{one}{address}".encode())[:16]
    with st.expander("Change this one"):
        with st.form(f"alone_{mark}", border=False):
            columns = dict(zip((LOW, VALUE, HIGH), st.columns(3), strict=True))
            typed = [
                columns.get(name, st).text_input(
                    name, row[name], key=f"{name}_{mark}", max_chars=LONGEST, help=HELP[name]
                )
                for name in (LOW, VALUE, HIGH, REASON, OWNER)
            ]
            titles = assumption_looks.source_titles(state.stated(one).scenario, row)
            typed.append(
                st.selectbox(SOURCE, titles, titles.index(row[SOURCE]), key=f"{SOURCE}_{mark}", help=HELP[SOURCE])
            )
            if st.form_submit_button("Apply to this one", help="Sets what you changed; Undo takes it back."):
                assumption_changes.apply(one, lambda: assumption_edits.one_row(row, typed))
        if assumption_edits.is_set(one, address):
            st.button(
                "Put it back as the file has it",
                key=f"back_{mark}",
                on_click=lambda: state.change(assumption_edits.put_back(one, address)),
                help="Takes away its number, range, reason, owner and source as set here.",
            )
