"""What takes long, made off the page before the page needs it, so that it stays live and the work can be stopped."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from simulator.digest import meaning
from simulator.jobs import Cancelled, Progress
from simulator.pages import projecting, working
from simulator.pages.working import Asked
from simulator.scenario import Scenario
from simulator.streams import BLOCK

SLOT, BEGUN = "ahead", "ahead_begun"
LIGHT = 30_000
"""Futures times bodies that are drawn while a page waits: a second or two."""


def light(scenarios: Sequence[Scenario], paths: int) -> bool:
    """Return whether runs are so quick that a page may wait for them."""
    return sum(len(one.bodies) for one in scenarios) * paths <= LIGHT


def blocks(paths: int) -> int:
    """Return in how many parts a run tells how far it is."""
    return -(-paths // BLOCK)


def made(scenarios: Sequence[Scenario], paths: int) -> bool:
    """Return whether every run is at hand, or soon made where it is asked for; else make them off the page.

    The work is known by all that is asked for, not by what is lacking just now: that is less with each run made.
    """
    asked, held = {meaning(one): one for one in scenarios}, st.session_state
    key = ("ahead", *sorted(asked), str(paths))
    if light([one for one in asked.values() if not projecting.at_hand(one, paths)], paths):
        if held.get(BEGUN) == key:
            del held[BEGUN]
        return True

    def work(progress: Progress, cancelled: Cancelled) -> None:
        for one in asked.values():
            if projecting.at_hand(one, paths):
                progress(blocks(paths))
            else:
                projecting.run(one, paths, progress, cancelled)

    _begun(SLOT, Asked(key, f"Drawing {paths:,} futures", blocks(paths) * len(asked), work))
    return False


def found(slot: str, asked: Asked) -> object | None:
    """Return what some work finds, or nothing yet: how far it is, is shown, with a button that stops it.

    Once it is done the page is drawn anew. What was stopped, or failed, is begun again only when asked.
    """
    one = working.found(slot)
    if one is None or one.key != asked.key:
        _begun(slot, asked)
        one = working.found(slot)
    return one.result if one is not None and one.key == asked.key else None


def _begun(slot: str, asked: Asked) -> None:
    """Begin work once and show how far it is; where it ended and found nothing, offer to begin again."""
    held, begun = st.session_state, f"{slot}_begun"
    if held.get(begun) != asked.key:
        held[begun] = asked.key
        working.begin(slot, asked)
    working.progress(slot)
    one = working.found(slot)
    if not working.busy(slot) and (one is None or one.key != asked.key or one.result is None):
        st.button("Begin again", key=f"{slot}_again", on_click=_again, args=(begun,), help=f"{asked.title}, anew.")


def _again(begun: str) -> None:
    st.session_state.pop(begun, None)
