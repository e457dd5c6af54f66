"""Runs that take long, made off the page before it needs them, so that it stays live and they can be stopped."""

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


def made(scenarios: Sequence[Scenario], paths: int) -> bool:
    """Return whether every run is at hand, or soon made where it is asked for; else make them off the page.

    How far they are is shown, with a button that stops them; once they are made the page is drawn anew.
    """
    lacking = {meaning(one): one for one in scenarios if not projecting.at_hand(one, paths)}
    if sum(len(one.bodies) for one in lacking.values()) * paths <= LIGHT:
        return True
    key = (*sorted(lacking), str(paths))
    if st.session_state.get(BEGUN) != key:
        st.session_state[BEGUN] = key
        working.begin(SLOT, _asked(list(lacking.values()), paths, ("ahead", *key)))
    working.progress(SLOT)
    if not working.busy(SLOT):
        st.button("Draw these futures", key="ahead_again", on_click=_again, help="Begins anew what was stopped.")
    return False


def _again() -> None:
    st.session_state.pop(BEGUN, None)


def _asked(scenarios: list[Scenario], paths: int, key: tuple[str, ...]) -> Asked:
    def work(progress: Progress, cancelled: Cancelled) -> None:
        for one in scenarios:
            projecting.run(one, paths, progress, cancelled)

    return Asked(key, f"Drawing {paths:,} futures", -(-paths // BLOCK) * len(scenarios), work)
