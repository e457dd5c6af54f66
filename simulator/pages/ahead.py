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

SLOT = "ahead"
LIGHT = 30_000
"""Futures times bodies that are drawn while a page waits: a second or two."""


def light(scenarios: Sequence[Scenario], paths: int) -> bool:
    """Return whether runs are so quick that a page may wait for them."""
    return sum(len(one.bodies) for one in scenarios) * paths <= LIGHT


def blocks(paths: int) -> int:
    """Return in how many parts a run tells how far it is."""
    return -(-paths // BLOCK)


def made(scenarios: Sequence[Scenario], paths: int) -> bool:
    """Return whether every run is at hand, or soon made where it is asked for; else make them off the page."""
    lacking = {meaning(one): one for one in scenarios if not projecting.at_hand(one, paths)}
    if light(list(lacking.values()), paths):
        return True

    def work(progress: Progress, cancelled: Cancelled) -> bool:
        for one in lacking.values():
            projecting.run(one, paths, progress, cancelled)
        return True

    key = ("ahead", *sorted(lacking), str(paths))
    return found(SLOT, Asked(key, f"Drawing {paths:,} futures", blocks(paths) * len(lacking), work)) is not None


def found(slot: str, asked: Asked) -> object | None:
    """Return what some work finds, or nothing yet: how far it is, is shown, with a button that stops it.

    Once it is done the page is drawn anew. What was stopped, or failed, is begun again only when asked.
    """
    begun = f"{slot}_begun"
    if st.session_state.get(begun) != asked.key:
        st.session_state[begun] = asked.key
        working.begin(slot, asked)
    working.progress(slot)
    one = working.found(slot)
    if one is not None and one.key == asked.key:
        return one.result
    if not working.busy(slot):
        st.button("Begin again", key=f"{slot}_again", on_click=_again, args=(begun,), help=f"{asked.title}, anew.")
    return None


def _again(begun: str) -> None:
    st.session_state.pop(begun, None)
