"""Data and method: sources, the assumption log, method, limits, glossary, access, and how to run it yourself.

Only the tab that is open is made, so that none waits for another's run.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from simulator import assumption_tables, caveats, glossary, method_shown, notebook_shown, place_page
from simulator.assumption_tables import Filter
from simulator.digest import meaning
from simulator.pages import parts, projecting, state
from simulator.pages.projecting import SEED
from simulator.place_words import drawn, escaped, titles
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded

PATHS = 2_000
WIDE = "<style>.st-key-method_chapter table { display: block; overflow-x: auto }</style>"
"""What keeps the tables of a chapter within it."""
YOURS = "your-file.yaml"
"""What a file of one's own is called in lines to copy."""


def _page() -> None:
    loaded = parts.stated()
    if loaded is None:
        return
    st.title("Where do the numbers come from?")
    parts.lead("Data and method")
    shown: dict[str, Callable[[Loaded], None]] = {
        "Sources": _sources, "Assumption log": _log, "Method": _method, "Limits": _limits, "Glossary": _glossary,
        "Accessibility": _access, "Run this yourself": _again,
    }  # fmt: skip
    for tab, show in zip(st.tabs(list(shown), key="method_tab", on_change="rerun"), shown.values(), strict=True):
        if tab.open:
            with tab:
                show(loaded)


def _sources(loaded: Loaded) -> None:
    found = method_shown.sources(loaded.scenario)
    st.write(found.words)
    if len(found.table):
        parts.table(found.table)
        parts.download(found.table, "sources", "the sources")
    st.caption("Every number by itself, with its range, reason and owner, is in the assumption log.")


def _log(loaded: Loaded) -> None:
    """Show every number, those first that differ from the file as it stands."""
    rows = state.assumptions()
    changed = assumption_tables.wanted(rows, Filter(changed=True))
    st.markdown(assumption_tables.count_words(assumption_tables.counts(loaded.scenario)))
    st.header("Changed from the file as it stands")
    if len(changed):
        parts.table(changed[list(method_shown.LOGGED)].map(escaped))
    else:
        st.write("Nothing: every number is as the file has it.")
    st.header("Every number, those changed first")
    words = st.text_input(
        "Search", key="log_words", placeholder="pay award", persist_state="session",
        help="Words that must all stand in a row: a name, a source, an owner, a reason, an address.",
    )  # fmt: skip
    found = assumption_tables.wanted(rows, Filter(words=words))
    st.caption(
        f"{len(found):,} of {len(rows):,} numbers. Amounts are as the file writes them, in the unit beside them."
    )
    st.dataframe(found, hide_index=True, alt="Assumption log: every number with its range and grounds", key="log")
    parts.download(found, "assumptions", "these rows")


def _method(_: Loaded) -> None:
    st.write(method_shown.WHERE)
    parts.table(method_shown.chapters())
    names = [title for title, _ in method_shown.CHAPTERS]
    if not method_shown.chapter(1):
        return
    number = st.selectbox(
        "Read a chapter", range(1, len(names) + 1), format_func=lambda n: f"{n}. {names[n - 1]}", key="chapter",
        persist_state="session", help="As it stands in the source of Headroom.",
    )  # fmt: skip
    st.html(WIDE)
    with st.container(key="method_chapter"):
        st.header(f"{number}. {names[number - 1]}")
        st.markdown(method_shown.chapter(number))


def _glossary(_: Loaded) -> None:
    words = st.text_input(
        "Search the glossary", key="glossary_words", placeholder="reserve", persist_state="session",
        help="Words that must all stand in a term or in what it means.",
    )  # fmt: skip
    found = glossary.table(words)
    if len(found):
        parts.table(found)
    else:
        st.write("No term has all of these words. Fewer of them find more.")


def _access(_: Loaded) -> None:
    for heading, lines in method_shown.ACCESS.items():
        st.header(heading)
        for line in lines:
            st.markdown(f"- {line}")
    st.header("Keys")
    parts.table(pd.DataFrame(method_shown.KEYS, columns=["Keys", "What they do"]))


def _again(loaded: Loaded) -> None:
    one = state.opened()
    parts.again(one, (), loaded.scenario, PATHS)
    st.caption("The same figures from Python:")
    again = notebook_shown.Repeat(one.source or YOURS, one.overlays, one.settings, PATHS, SEED)
    st.code(method_shown.python_lines(*again), language=None, wrap_lines=True)
    left, right = st.columns(2)
    book, text = notebook_shown.notebook(loaded.scenario, again, meaning(loaded.scenario)), loaded.text.encode()
    left.download_button(
        f"The same as a notebook ({len(book) / 1000:.0f} KB IPYNB)", book, "run-again.ipynb",
        "application/x-ipynb+json", key="save_notebook", on_click="ignore", width="stretch",
    )  # fmt: skip
    right.download_button(
        f"The scenario in full ({len(text) / 1000:.0f} KB YAML)", text, YOURS if one.text else "scenario.yaml",
        "text/yaml", key="save_scenario", on_click="ignore", width="stretch",
        help="With everything it extends and all that lies over it, in one file.",
    )  # fmt: skip
    st.caption("The same version, code, scenario and seed give the same figures, to the penny, on one build of Python.")
    st.code(method_shown.lines(method_shown.record(loaded, SEED)), language=None, wrap_lines=True)
    st.header("Files that the scenario was read from")
    table = method_shown.files(loaded)
    st.code(method_shown.lines(table), language=None, wrap_lines=True)
    parts.download(table, "files", "the list of files")


def _limits(loaded: Loaded) -> None:
    scenario: Scenario = loaded.scenario
    names = titles(scenario.bodies)
    results = projecting.run(scenario, PATHS)
    st.header("What is not known of this place")
    for line in place_page.unknown(results):
        st.markdown(f"- {drawn(line)}")
    st.header("What the model leaves out of a body")
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
