"""The side of every page: which scenario, what lies over it, the way back, what is kept by name, and the link to it."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from simulator import viewing
from simulator.files import shipped_names
from simulator.pages import overview_levers, parts, state
from simulator.place_words import escaped
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.share_link import link
from simulator.workbench import MOST_SNAPSHOTS, MOST_STEPS, UPLOADED, Opened, called

MOST_UPLOAD = 5
FEWEST_YEARS, MOST_YEARS = 5, 10
"""Years that the side offers, beside those of the scenario itself."""


def show(page: str) -> None:
    """Show the side; a change of scenario is open before the page below is drawn."""
    with st.sidebar:
        _steps()
        _place()
        _looks()
        _overlays(page)
        _snapshots()
        _share(page)
        st.caption(viewing.legend(parts.looked()))


def _place() -> None:
    """Choose a shipped place, the one the app was started with, or a file of one's own."""
    one = state.opened()
    names = list(dict.fromkeys([*([] if one.text else [one.source]), *shipped_names("scenarios")]))
    chosen = UPLOADED if one.text else one.source
    offered = [*([UPLOADED] if one.text else []), *names]
    st.session_state["open_place"] = chosen
    st.selectbox(
        "Scenario",
        offered,
        format_func=viewing.apart({name: _called(name) for name in offered}).__getitem__,
        key="open_place",
        on_change=_opened_place,
        help="A place that comes with Headroom. Changing it leaves changes made so far a step back (Undo).",
    )
    with st.popover("Open your own file", width="stretch"):
        st.file_uploader(
            "A scenario file (YAML)",
            type=["yaml", "yml"],
            max_upload_size=MOST_UPLOAD,
            key="upload",
            on_change=state.open_upload,
            args=("upload",),
            help="As `headroom new` writes it. It stays in this session: nothing is kept on disk.",
        )


def _called(name: str) -> str:
    """Return what a scenario calls itself; what the app was started with has its file before it, to be told apart."""
    if name == UPLOADED:
        return "Your own file"
    return called(name) if name in shipped_names("scenarios") else f"{PurePath(name).name}: {called(name)}"


def _opened_place() -> None:
    name, one = st.session_state["open_place"], state.opened()
    if name != UPLOADED and (one.text or name != one.source):
        state.change(Opened(name))


def _looks() -> None:
    """Choose whose words, which bodies and prices, how a minus is written, and how many years are projected."""
    st.selectbox(
        "View as",
        list(viewing.VIEWS),
        format_func=viewing.VIEWS.__getitem__,
        key="view_as",
        persist_state="session",
        help="Changes words, what is open first and where to start; never a number.",
    )
    try:
        scenario = state.stated().scenario
    except ScenarioError:
        return
    with st.expander("Bodies, prices, years, signs"):
        _listed(scenario)
        st.radio(
            "Prices",
            list(viewing.PRICES),
            format_func=viewing.PRICES.__getitem__,
            key="prices",
            persist_state="session",
            help="Real amounts are each future's cash over its own consumer prices (CPI) since the base year. They are "
            "shown in figures over years on Overview and Compare; all else is in cash. No chance differs.",
        )
        _years(scenario.years)
        st.radio(
            "A negative amount is written",
            list(viewing.SIGNS),
            format_func=viewing.SIGNS.__getitem__,
            key="signs",
            persist_state="session",
            horizontal=True,
            help="In tables and sentences; figures and downloads always have a minus.",
        )


def _listed(scenario: Scenario) -> None:
    """Choose which bodies are listed; those of another place are forgotten."""
    offered = viewing.offered(scenario)
    if st.session_state.get("partner") not in offered:
        st.session_state["partner"] = ""
    st.selectbox(
        "Bodies listed",
        list(offered),
        format_func=offered.__getitem__,
        key="partner",
        persist_state="session",
        help="Which bodies lists, tables and figures show. Chances of the whole place stay those of every body.",
    )


def _years(years: int) -> None:
    """Choose how far to project: a change of the scenario as any other, so that every page and number follows."""
    own = state.stated(state.opened().without("years")).scenario.years
    offered = sorted({*range(FEWEST_YEARS, MOST_YEARS + 1), years, own})
    # Its key stays, so that whoever moves it by keys stays on it; where it stands is what the scenario says.
    st.session_state["years_projected"] = years
    st.select_slider(
        "Years projected",
        offered,
        key="years_projected",
        on_change=_projected,
        help="In financial years from the one after the base year. A change like any other: `--set years=...` on the "
        "command line, undone by Undo.",
    )


def _projected() -> None:
    """Set the years projected; those of the file itself are no change."""
    asked, plain = st.session_state["years_projected"], state.opened().without("years")
    own = state.stated(plain).scenario.years
    if asked != state.stated().scenario.years:
        state.change(plain if asked == own else plain.with_value("years", str(asked)))


def _overlays(page: str) -> None:
    """Show the overlays that fit as switches; each is tried on the scenario once, and only when they are looked at."""
    one = state.opened()
    # A change of page forgets whether it is open. What it begins as stays for as long as the page does: told otherwise,
    # or by other words, it would be another part, and shut.
    held = st.session_state
    if held.get("overlays_of", ("", False))[0] != page:
        held["overlays_of"] = page, held.get("overlays_open", False)
    opened = st.expander("Overlays", held["overlays_of"][1], key="overlays", on_change="rerun")
    held["overlays_open"] = bool(opened.open)
    with st.container():
        if one.overlays:
            st.caption(f"Overlays on: {escaped(', '.join(map(called, one.overlays)))}.")
    if not opened.open:
        return
    with opened:
        st.caption("What-if files that lie over the scenario, the last switched on uppermost.")
        for name, words in state.overlays().items():
            key = f"overlay_{name}"
            st.session_state[key] = name in one.overlays
            st.toggle(
                escaped(words),
                key=key,
                on_change=_switched,
                args=(name, key),
                help=f"`--with {name}`",
            )


def _switched(name: str, key: str) -> None:
    """Lay an overlay over what is open, or take it off, as its switch stands: what stands so already is no change.

    A page that is drawn anew while it is being drawn calls this for switches that nobody touched.
    """
    one, on = state.opened(), bool(st.session_state[key])
    if on != (name in one.overlays):
        state.change(one.with_overlay(name, on))


def _steps() -> None:
    held = state.history()
    for column, name, step, there in zip(
        st.columns(2),
        ("Undo", "Redo"),
        (state.undo, state.redo),
        ((held.before, "Ctrl+Alt+Z"), (held.undone, "Ctrl+Alt+Y")),
        strict=True,
    ):
        steps, keys = there
        column.button(
            name,
            key=name.lower(),
            on_click=step,
            disabled=not steps,
            width="stretch",
            shortcut=keys,
            help=f"{name} a change of the scenario ({keys}): values, overlays, years, another place. "
            f"Up to {MOST_STEPS} steps.",
        )
    # A place of its own, so that what stands below is not drawn anew, and shut, by the first change.
    with st.container():
        if not state.opened().changed:
            return
        count = len(state.opened().sets) + len(state.opened().overlays)
        st.caption(f"{count} {'change' if count == 1 else 'changes'} to the file as it stands.")
        st.button(
            "Back to the file as it stands",
            key="reset",
            on_click=_reset,
            width="stretch",
            help="Takes away every change at once; Undo brings them back.",
        )


def _reset() -> None:
    one = state.opened()
    state.change(Opened(one.source, one.text))


def _snapshots() -> None:
    with st.expander("Keep and go back"):
        with st.form("keep", clear_on_submit=True, border=False):
            name = st.text_input(
                "Keep what is open as", max_chars=40, key="keep_name", help="For Compare, this session."
            )
            if (
                st.form_submit_button("Keep", help=f"At most {MOST_SNAPSHOTS}; beyond that the oldest goes.")
                and name.strip()
            ):
                state.keep(name.strip())
        for i, (known, one) in enumerate(state.snapshots().items()):
            st.button(
                f"Open “{escaped(known)}”",
                key=f"open_{i}",
                on_click=state.change,
                args=(one,),
                width="stretch",
                help="Opens what was kept; what is open now stays a step back.",
            )


def _share(page: str) -> None:
    with st.popover("Share", width="stretch"):
        figures = st.checkbox(
            "Include my figures",
            key="figures",
            help="Links end up in mails and logs. Without the tick the link holds the place and the view, no figure.",
        )
        address = str(st.context.url or "").split("?")[0]
        one = overview_levers.standing()
        st.code(f"{address}?{state.LINK}={link(state.shared(one, figures, page))}", language=None, wrap_lines=True)
        st.caption(_held(one, figures))


def _held(one: Opened, figures: bool) -> str:
    """Say what a link to a scenario opens, and what is left out of it."""
    reach = "for whoever can reach this address"
    if figures or not (one.text or one.changed):
        return f"Opens what is open here, {reach}; where the levers of Overview stand is in it as a change."
    if one.text:
        return "Your own file is not in this link, so it opens the place that this app begins with. Tick to put it in."
    return f"Opens the file as it stands, {reach}: what you changed, and how levers stand, is left out. Tick to add it."
