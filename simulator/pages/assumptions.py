"""Assumptions: every number of what is open, with range, reason, owner and source, to search, edit and take away."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from simulator import assumption_edits, assumption_looks, assumption_tables, viewing
from simulator.assumption_looks import FUTURES, PAST
from simulator.assumption_tables import (
    ADDRESS,
    COLUMNS,
    EDITED,
    GRADE,
    GROUP,
    HIGH,
    ITEM,
    LOW,
    OF,
    OWNER,
    REASON,
    SOURCE,
    UNIT,
    VALUE,
    WAS,
    Filter,
)
from simulator.files import sha256
from simulator.pages import assumption_changes, assumption_closeup, assumption_files, parts, state
from simulator.pages.assumption_changes import LONGEST
from simulator.place_words import escaped
from simulator.workbench import Opened

GRID_ALT = (
    "Table of assumptions: what each was, is of and is, a small distribution of its futures, its range, number, unit, "
    "source, owner, reason, past error and grade."
)
ORDER = (WAS, OF, ITEM, LOW, VALUE, HIGH, UNIT, FUTURES, SOURCE, OWNER, REASON, PAST, GRADE, GROUP, ADDRESS)
WIDTHS = {
    WAS: 70, OF: 125, ITEM: 145, LOW: 68, VALUE: 86, HIGH: 72, UNIT: 50, FUTURES: 65, SOURCE: 105, OWNER: 79,
    REASON: 105, PAST: 105,
}  # fmt: skip
"""Widths of columns in pixels, so that every number, its source, owner and reason are in sight on a usual screen."""
HELP = assumption_changes.HELP | {
    WAS: "What the number was in the file; empty where nothing was changed.",
    FUTURES: "Of a driver: how many of 2,000 futures lie in each of equal steps, low to high, in the year of its row, "
    "or on average a year.",
    PAST: "Of a driver: how far a year has come out from its forecast, and its trend; one standard deviation each, as "
    "this scenario states them. Their sources stand on rows of their own.",
    GRADE: "Verified, stated or computed from a source; from general knowledge; or judgement.",
    GROUP: "What it is about: a driver counts by what it moves.",
    ADDRESS: "As the command line's `--set` takes it.",
}


def _page() -> None:
    one = state.opened()
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("What are we assuming?")
    parts.lead("Assumptions")
    st.markdown(assumption_tables.count_words(assumption_tables.counts(scenario)))
    st.caption(escaped(f"{scenario.name}, as at {scenario.as_at.day} {scenario.as_at:%B %Y}."))
    told = st.container()
    rows = state.assumptions()
    listed = [body.id for body in viewing.bodies(scenario, parts.looked())]
    seen = assumption_tables.wanted(assumption_tables.listed(rows, listed), _filter(rows))
    if len(seen):
        _grid(one, rows, seen)
    else:
        st.info("No assumption fits; search for fewer words, or switch a filter off.")
    assumption_files.show(one, rows)
    assumption_closeup.linked(scenario)
    if len(seen):
        assumption_closeup.look(one, rows, seen)
    with told:
        assumption_changes.show(one, rows)


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


def _grid(one: Opened, rows: pd.DataFrame, seen: pd.DataFrame) -> None:
    """Show the rows to edit; what is changed counts once Apply is pressed, all of it or none."""
    st.caption(
        f"{len(seen):,} shown: changed ones first, then growth in the long run, then what has a range. Change a number,"
        " an end, a source, an owner or a reason, then press Apply before you search anew. On a phone, change one at a "
        "time below."
    )
    scenario = state.stated(one).scenario
    shape: dict[str, Any] = {
        name: st.column_config.TextColumn(
            disabled=name not in EDITED, help=HELP.get(name), max_chars=LONGEST, width=WIDTHS.get(name)
        )
        for name in (*COLUMNS, PAST)
    }
    titles = sorted({*seen[SOURCE], *(source.title for source in scenario.sources.values())})
    shape[SOURCE] = st.column_config.SelectboxColumn(options=titles, help=HELP[SOURCE], width=WIDTHS[SOURCE])
    shape[FUTURES] = st.column_config.BarChartColumn(help=HELP[FUTURES], width=WIDTHS[FUTURES])
    table = assumption_looks.beside(rows, assumption_closeup.futures(scenario)).set_index(ADDRESS, drop=False)
    table = table.loc[seen[ADDRESS]].reset_index(drop=True)
    mark = sha256(f"{one}{list(seen[ADDRESS])}".encode())[:16]
    with st.form("grid", border=False):
        after = st.data_editor(
            table,
            hide_index=True,
            column_config=shape,
            column_order=assumption_looks.columns(ORDER, table),
            disabled=[FUTURES],
            key=f"grid_{mark}",
            alt=GRID_ALT,
        )
        if st.form_submit_button("Apply", help="Sets what you changed; Undo takes it back."):
            assumption_changes.apply(one, lambda: assumption_edits.edits(seen, after))


_page()
