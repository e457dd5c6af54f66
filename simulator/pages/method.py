"""Data and method: sources, method, limits, glossary, accessibility, and how to run it yourself."""

from __future__ import annotations

import streamlit as st

from simulator import caveats, glossary, method_shown, place_page
from simulator.pages import parts, projecting, state
from simulator.pages.projecting import SEED
from simulator.place_words import drawn, title
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded

PATHS = 2_000
TABS = ("Sources", "Method", "Limits", "Glossary", "Accessibility", "Run this yourself")


def _page() -> None:
    loaded = parts.stated()
    if loaded is None:
        return
    st.title("Where do the numbers come from?")
    sources, method, limits, terms, access, again = st.tabs(TABS)
    with sources:
        _sources(loaded.scenario)
    with method:
        st.write(method_shown.WHERE)
        st.table(method_shown.chapters(), hide_index=True)
    with terms:
        st.table(glossary.table(), hide_index=True)
    with access:
        _access()
    with again:
        _again(loaded)
    # Last, since it waits for a run where none is at hand.
    with limits:
        _limits(loaded.scenario)


def _sources(scenario: Scenario) -> None:
    found = method_shown.sources(scenario)
    st.write(found.words)
    if len(found.table):
        st.table(found.table, hide_index=True)
        parts.download(found.table, "sources", "the sources")
    st.caption("Every number by itself, with its range, reason and owner, is on the page of assumptions.")


def _access() -> None:
    for heading, lines in method_shown.ACCESS.items():
        st.subheader(heading)
        for line in lines:
            st.markdown(f"- {line}")


def _again(loaded: Loaded) -> None:
    one = state.opened()
    parts.again(one, (), PATHS)
    st.caption("The same figures from Python:")
    source = one.source or "your-file.yaml"
    st.code(
        method_shown.python_lines(source, one.overlays, one.settings, PATHS, SEED), language="python", wrap_lines=True
    )
    st.caption("The same version, code, scenario and seed give the same figures, to the penny, on one build of Python.")
    st.table(method_shown.record(loaded, SEED), hide_index=True)
    st.subheader("Files that the scenario was read from")
    table = method_shown.files(loaded)
    if not len(table):
        st.caption("None: it is a file of your own, held in this session alone.")
        return
    st.table(table, hide_index=True)
    parts.download(table, "files", "the list of files")


def _limits(scenario: Scenario) -> None:
    names = {body.id: title(body) for body in scenario.bodies}
    results = projecting.run(scenario, PATHS)
    st.subheader("What is not known of this place")
    for line in place_page.unknown(results):
        st.markdown(f"- {drawn(line)}")
    st.subheader("What the model leaves out of a body")
    held = st.session_state.get("limits_body")
    if held not in {None, *names}:
        del st.session_state["limits_body"]
    agency = st.selectbox(
        "Body", list(names), format_func=names.__getitem__, key="limits_body", persist_state="session",
        help="Each kind of body has its own duties, and things that the model does not hold of it.",
    )  # fmt: skip
    for line in caveats.limits(results, agency):
        st.markdown(f"- {drawn(line)}")


_page()
