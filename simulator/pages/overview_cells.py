"""The map of chances of the first page, and the futures behind a cell of it: picked on the map or by two lists."""

from __future__ import annotations

import streamlit as st

from simulator import behind_shown, place_captions, place_tables, place_words, viewing
from simulator.answers import Answers
from simulator.behind import behind
from simulator.pages import figures, parts, projecting


@st.fragment
def show(now: Answers, agency: str, view: str) -> None:
    """Show the map and what lies behind one cell; picking another draws this part of the page alone."""
    st.header("When is a duty or plan missed?" if len(now.scenario.bodies) > 1 else "How likely is each outcome?")
    listed = tuple(body.id for body in viewing.bodies(now.scenario, parts.looked()))
    rows = behind_shown.cells(now, listed)
    frame = place_tables.chances(now, view)
    frame = frame[frame.Row.isin(list(rows))].reset_index(drop=True)
    words = place_captions.map_words(now, frame)
    st.markdown(f"**{place_words.escaped(words.headline)}**")
    measured = f"{place_words.LEADS[view]}. {words.measured}; the number is of futures in 100."
    st.caption(place_words.escaped(measured))
    chart = figures.heat(frame, place_captions.settled(now))
    st.vega_lite_chart(spec=chart.spec, alt=words.alt, key="map", on_select=_picked, selection_mode=figures.PICK)
    st.caption(place_words.escaped(words.how_to_read))
    parts.data(place_tables.by_year(frame), "map", f"{measured} {words.how_to_read}")
    _behind(now, rows, agency, view)


def _picked() -> None:
    """Carry a cell picked on the map over to the two lists."""
    for cell in st.session_state["map"]["selection"].get(figures.PICK, []):
        st.session_state["cell_row"], st.session_state["cell_year"] = cell["Row"], cell["Year"]


def _behind(now: Answers, rows: dict[str, tuple[str, str]], agency: str, view: str) -> None:
    """Show the futures behind one cell; `rows` are body and outcome by the name of a row."""
    years = list(now.compiled.years)
    st.subheader("The futures behind a cell")
    left, right = st.columns([3, 1])
    held, budget = st.session_state, str(now.scenario.budget_year)
    # The row follows the body of the page when that changes; until then it is whatever was picked.
    if held.get("cell_row") not in rows or held.get("cell_of", agency) != agency:
        held["cell_row"] = next((row for row, (one, _) in rows.items() if one == agency), next(iter(rows)))
    held["cell_of"] = agency
    if held.get("cell_year") not in years:
        held["cell_year"] = budget if budget in years else years[0]
    row = left.selectbox(
        "Row of the map", list(rows), key="cell_row", persist_state="session",
        help="Pick a cell on the map, or choose its row and its year here: the two are the same.",
    )  # fmt: skip
    year = right.selectbox(
        "Year", years, key="cell_year", persist_state="session", help="The single year whose futures are told.",
    )  # fmt: skip
    found = behind(now, (*rows[row], view, year), projecting.LUCK)
    st.markdown(f"**{place_words.escaped(behind_shown.headline(found))}**")
    if told := behind_shown.nothing(found):
        st.write(told)
        return
    table = behind_shown.in_common(found)
    if len(table):
        parts.table(table)
    st.caption(place_words.escaped(behind_shown.in_common_about(found)))
    shown, out = list(behind_shown.examples(found)), place_words.folder(now.scenario)
    for tab, (_, words, money), one in zip(st.tabs([name for name, _, _ in shown]), shown, found.examples, strict=True):
        with tab:
            st.markdown(parts.signed(place_words.escaped(words)))
            parts.table(money)
            st.code(behind_shown.command(found, one.path, out), language=None, wrap_lines=True)
