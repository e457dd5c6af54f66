"""What changed since a published run: its scenario, from its evidence pack, beside what is open on the same futures."""

from __future__ import annotations

import streamlit as st

from simulator import comparison, overview_shown
from simulator.answers import Answers
from simulator.comparison import CannotCompareError
from simulator.pages import overview_levers, parts, projecting, state
from simulator.pages.assumption_files import MOST_UPLOAD
from simulator.place_words import escaped
from simulator.problems import ScenarioError
from simulator.scenario_file import Loaded
from simulator.workbench import uploaded


@st.fragment
def show(now: Answers) -> None:
    """Ask for the scenario of a published run and say what differs since; what is given draws this part alone.

    `now` is the run shown, levers in it.
    """
    part = st.expander("What changed since a published run", key="published", on_change="rerun")
    if not part.open:
        return
    with part:
        given = st.file_uploader(
            "Scenario of the published run (YAML)",
            type=["yaml", "yml"],
            max_upload_size=MOST_UPLOAD,
            key="published_file",
            help="The scenario in full that its evidence pack holds, or the file that was run. It is not opened or "
            "kept: what is open stays.",
        )
        if given is None:
            st.caption(overview_shown.SINCE)
            return
        try:
            was = state.stated(uploaded(given.getvalue(), given.name))
        except ScenarioError as error:
            st.error(f"It cannot be read: {len(error.problems)} to mend.")
            parts.listed(error)
            return
        _since(was, now)


def _since(was: Loaded, now: Answers) -> None:
    shown = state.stated(overview_levers.standing())
    lines = comparison.changes(was.tree.value, shown.tree.value)
    st.markdown("\n".join(f"- {escaped(line)}" for line in lines or ["No number differs in the scenario."]))
    try:
        table = overview_shown.since(projecting.quick(was.scenario, now.paths), now)
    except CannotCompareError as refused:
        st.caption(escaped(f"Headlines cannot be set side by side (A was published, B is open): {refused}."))
        return
    parts.table(table)
    said = overview_shown.since_about(was.scenario, now)
    st.caption(escaped(said))
    parts.download(table, "since-published", "the table", said)
