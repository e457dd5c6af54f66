"""Long work of a page: begun off the page, looked at while the page stays live, stopped on a word, its result kept.

What was found is kept for all sessions by what was asked, our own digest of the scenario in it; a session holds only
the id of its own job, which no other can stop.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

import streamlit as st

from simulator.cli.batching import spoken
from simulator.jobs import JOBS, Seen, TooManyJobsError, Work
from simulator.pages import state
from simulator.place_words import escaped
from simulator.workbench import Opened

KEPT, BEAT = 24, 0.5
"""Results kept for all sessions, and seconds between two looks at a job."""
Key = tuple[str, ...]


class Asked(NamedTuple):
    """Some work: by what its result is known, its name for a reader, its size in parts, and how it is done."""

    key: Key
    title: str
    total: int
    work: Work


class Found(NamedTuple):
    """A result, what it answers, and what the session had open when it asked."""

    key: Key
    result: object
    opened: Opened


_FOUND: OrderedDict[Key, object] = OrderedDict()
_LOCK = Lock()


def begin(slot: str, asked: Asked) -> None:
    """Begin work for a place on a page, unless it was done before; what ran there before is told to stop."""
    held = st.session_state
    if running := held.pop(f"{slot}_job", None):
        JOBS.cancel(running[0])
    with _LOCK:
        known = _FOUND.get(asked.key)
    if known is not None:
        held[f"{slot}_found"] = Found(asked.key, known, state.opened())
        return
    try:
        held[f"{slot}_job"] = (JOBS.start(asked.title, asked.total, asked.work), asked.key)
        held[f"{slot}_opened"] = state.opened()
    except TooManyJobsError as error:
        st.warning(f"Not begun: {escaped(str(error))}.")


def recall(slot: str, key: Key) -> None:
    """Put before a place on a page what was found for a key already, in this session or another; else leave it."""
    with _LOCK:
        known = _FOUND.get(key)
    if known is not None and not busy(slot):
        st.session_state[f"{slot}_found"] = Found(key, known, state.opened())


def found(slot: str) -> Found | None:
    """Return the last result of a place on a page, or nothing."""
    held: Found | None = st.session_state.get(f"{slot}_found")
    return held


def busy(slot: str) -> bool:
    """Return whether work of a place on a page is under way."""
    return f"{slot}_job" in st.session_state


def progress(slot: str) -> None:
    """Show how far work is, with a button that stops it; once it ends the page is drawn with what was found."""
    if busy(slot):
        _watched(slot)
    if words := st.session_state.pop(f"{slot}_told", ""):
        st.info(words)


@st.fragment(run_every=BEAT)
def _watched(slot: str) -> None:
    if not busy(slot):
        # That it stopped is said at once; the whole page, which may take a while, is drawn a beat later.
        if words := _at_once(slot):
            st.info(words)
            return
        st.rerun()
    number, key = st.session_state[f"{slot}_job"]
    seen = JOBS.look(number)
    if seen is None or seen.ended:
        _ended(slot, key, seen)
        st.rerun()
    st.progress(seen.share, text=_words(seen))
    title = escaped(seen.title[0].lower() + seen.title[1:])
    st.button(
        f"Cancel: {title}", key=f"{slot}_cancel", on_click=_stop, args=(slot, number),
        help="Stops the work; it can be begun again.",
    )  # fmt: skip


def _at_once(slot: str) -> str:
    """Return what to say of work that stopped, and every second time nothing, so that the page is then drawn."""
    held = st.session_state
    words = str(held.get(f"{slot}_told", ""))
    if held.pop(f"{slot}_said", False) or not words:
        return ""
    held[f"{slot}_said"] = True
    return words


def _stop(slot: str, number: str) -> None:
    """Tell a job to stop and wait for it no longer; one that has just ended keeps what it found."""
    JOBS.cancel(number)
    seen = JOBS.look(number)
    if seen is None or seen.state not in ("done", "failed"):
        st.session_state.pop(f"{slot}_job", None)
        one = found(slot)
        stays = " What was shown before stays." if one is not None and one.result is not None else ""
        st.session_state[f"{slot}_told"] = f"Stopped when asked.{stays}"


def _words(seen: Seen) -> str:
    left = f"about {spoken(seen.left)} left" if seen.left is not None else "working out how long it takes"
    return f"{escaped(seen.title)}: {seen.done} of {seen.total} parts done, {left}"


def _ended(slot: str, key: Key, seen: Seen | None) -> None:
    """Keep what a job found, or what to say of one that found nothing."""
    held = st.session_state
    del held[f"{slot}_job"]
    if seen is None or seen.state != "done":
        why = seen.error if seen and seen.error else "the work ended early or is no longer known here"
        held[f"{slot}_told"] = f"Nothing was found: {escaped(why)}."
        return
    result = JOBS.result(seen.id)
    held[f"{slot}_found"] = Found(key, result, held.pop(f"{slot}_opened"))
    if result is None:  # what it made is kept elsewhere, and may leave there
        return
    with _LOCK:
        _FOUND[key] = result
        while len(_FOUND) > KEPT:
            _FOUND.popitem(last=False)


def stale(one: Found, key: Key) -> bool:
    """Say so where results are not of what is open and chosen now; return whether they are of another file altogether.

    Those of another file are not to be shown: they would stand under the name of what is open.
    """
    was, now = one.opened, state.opened()
    if one.key == key:
        return False
    if (was.source, was.text) == (now.source, now.text):
        st.warning("These results are from before your last change. Press the button to find them anew.")
        return False
    st.warning(
        f"What was found here is of {escaped(was.source or 'your own file')}, which was open before. Press the button "
        "to find it of what is open now."
    )
    return True
