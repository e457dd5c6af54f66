"""What one session holds: what it has open, the way back, and what it kept by name. All else is made from these."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from simulator import assumption_tables
from simulator.cases import Base
from simulator.cli.apps import SCENARIO
from simulator.files import sha256, shipped_names
from simulator.place_words import LEADS, escaped
from simulator.problems import ScenarioError
from simulator.scenario_file import Loaded
from simulator.share_link import BEGUN, BadLinkError, Looks, Shared, unlinked
from simulator.workbench import MOST_SNAPSHOTS, History, Opened, fitting, ground, loaded, offered, uploaded

SHIPPED = "scenarios/lancashire.yaml"
"""The place that the app opens on."""
LINK = "h"
"""The part of an address that holds a link."""
LOOKS = ("view_as", "prices", "partner", "signs", "body", "view")
"""What of the looks a control stands for, by the key of that control."""
VIEW_ONLY = "This link holds a view and no figures: the place is as its file states it."
NO_FILE = (
    "This link holds a view and no figures, and was made of a file of somebody's own, which is not in it. What is open "
    "is the place that this app begins with, which may be another: ask for a link with its figures, or for the file."
)
SCENARIOS_KEPT, GROUNDS_KEPT = 60, 8


def begin() -> None:
    """Open what the link says, what the app was started with, or the shipped place; once a session."""
    if "history" in st.session_state:
        return
    own = os.environ.get(SCENARIO, SHIPPED)
    opened, looks = Opened(own), Looks()
    try:
        if text := st.query_params.get(LINK):
            shared = unlinked(text)
            if shared.opened.source == _mark(own):
                shared = replace(shared, opened=replace(shared.opened, source=own))
            if not offered(shared.opened, own):
                raise BadLinkError("it names a file that this app does not offer")
            looks = shared.looks
            opened = shared.opened if shared.opened.source or shared.opened.text else opened
            if not shared.figures:
                st.session_state["told"] = VIEW_ONLY if shared.opened.source else NO_FILE
    except BadLinkError as error:
        st.session_state["told"] = f"The link was not followed: {error}. The place is open as its file states it."
    st.session_state["history"], st.session_state["snapshots"] = History(opened), {}
    for name in LOOKS:
        # A choice of the side or of a page begins where the link says; what no choice offers is left out there.
        if held := getattr(looks, name):
            st.session_state[name] = held
    st.session_state["body_chosen"] = bool(looks.body)


def opened() -> Opened:
    """Return what is open."""
    history: History = st.session_state["history"]
    return history.now


def history() -> History:
    """Return what is open, with what was before and what was undone."""
    held: History = st.session_state["history"]
    return held


def change(now: Opened) -> None:
    """Open something else, or the same with a change; what was open stays a step back."""
    st.session_state["history"] = history().do(now)


def amend(now: Opened) -> None:
    """Open the same with something added to the last change; Undo takes back both."""
    st.session_state["history"] = history().amend(now)


def open_upload(key: str) -> None:
    """Open the file that was given to a control of this key, if one was and it was not opened before."""
    given, seen = st.session_state.get(key), f"{key}_seen"
    if given is not None and given.file_id != st.session_state.get(seen):
        st.session_state[seen] = given.file_id
        change(uploaded(given.getvalue(), given.name))


def undo() -> None:
    """Go a step back."""
    _walk(history().undo())


def redo() -> None:
    """Go a step forward again."""
    _walk(history().redo())


def _walk(to: History) -> None:
    """Take a step of the way back, and say so where it opens another file: a lever is no step, so it may surprise."""
    was, now = opened(), to.now
    st.session_state["history"] = to
    if (was.source, was.text) != (now.source, now.text):
        st.session_state["told"] = (
            f"The step was to open another scenario, so what is open now is {escaped(now.source or 'your own file')}. "
            "Levers on Overview are no step until “Use these on every page” is pressed."
        )


def snapshots() -> dict[str, Opened]:
    """Return what was kept by name, in the order of keeping."""
    held: dict[str, Opened] = st.session_state["snapshots"]
    return held


def keep(name: str) -> None:
    """Keep what is open by a name; beyond the most that are kept the oldest goes."""
    held = {known: one for known, one in snapshots().items() if known != name} | {name: opened()}
    st.session_state["snapshots"] = dict(list(held.items())[-MOST_SNAPSHOTS:])


def looks() -> Looks:
    """Return how the session looks at what is open, as far as a control was moved."""
    seen = {name: str(st.session_state.get(name) or "") for name in LOOKS}
    unmoved = {"body": not st.session_state.get("body_chosen"), "view": seen["view"] == next(iter(LEADS))}
    return Looks(**{name: "" if unmoved.get(name) else held for name, held in seen.items()})


def shared(one: Opened, figures: bool, page: str) -> Shared:
    """Return what a link to a scenario holds: how this session looks at it, and every figure changed if asked."""
    if not one.text and one.source not in shipped_names("scenarios"):
        one = replace(one, source=_mark(one.source))
    return Shared(one, replace(looks(), page=page), figures)


def _mark(source: str) -> str:
    """Return what a link calls a file of this machine: told from any other, and without its path."""
    return f"{BEGUN}{sha256(str(Path(source).absolute()).encode())[:12]}"


def stated(one: Opened | None = None) -> Loaded:
    """Return the scenario that is open, or another, read once a session.

    Raises:
        ScenarioError: with every problem found.
    """
    one = one or opened()
    known: dict[Opened, Loaded] = st.session_state.setdefault("scenarios", {})
    if one not in known:
        while len(known) >= SCENARIOS_KEPT:
            known.pop(next(iter(known)))
        known[one] = loaded(one, base(one))
    return known[one]


def assumptions() -> pd.DataFrame:
    """Return every assumption of what is open, made once for each thing that is open.

    Raises:
        ScenarioError: when it cannot be read.
    """
    one = opened()
    known: tuple[Opened, pd.DataFrame] | None = st.session_state.get("assumptions")
    if known is None or known[0] != one:
        file, laid = (stated(replace(one, overlays=on, sets=())) for on in ((), one.overlays))
        known = one, assumption_tables.table(stated(one), file, laid)
        st.session_state["assumptions"] = known
    return known[1]


def base(one: Opened) -> Base:
    """Return the file that is open as read, read once a session.

    Raises:
        ScenarioError: when it cannot be read.
    """
    known: dict[tuple[str, str], Base] = st.session_state.setdefault("grounds", {})
    key = one.source, sha256(one.text.encode())
    if key not in known:
        while len(known) >= GROUNDS_KEPT:
            known.pop(next(iter(known)))
        known[key] = ground(one)
    return known[key]


def overlays() -> dict[str, str]:
    """Return the shipped overlays that fit what is open: file name to its name in words; none of a broken scenario."""
    one = opened()
    known: dict[tuple[str, str], dict[str, str]] = st.session_state.setdefault("fitting", {})
    key = one.source, sha256(one.text.encode())
    if key not in known:
        try:
            known[key] = fitting(base(one))
        except ScenarioError:
            known[key] = {}
    return known[key]
