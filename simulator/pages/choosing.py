"""The choice of a body that pages share: what is chosen on one stands on the next."""

from __future__ import annotations

import streamlit as st

from simulator import place_words, viewing
from simulator.pages import parts
from simulator.scenario import Scenario


def body(scenario: Scenario, about: str) -> str:
    """Choose one of the bodies that are listed and return its id; `about` is the help of the choice.

    It begins on the body that whoever looks asks about first: a council, or for NHS finance an NHS body.
    """
    looked, held = parts.looked(), st.session_state
    listed = {one.id: one for one in viewing.bodies(scenario, looked)}
    # Whoever looks otherwise begins on a body of their own; within one way of looking a choice stays.
    if held.get("body") not in listed or held.get("body_of") != looked.view_as:
        held["body"], held["body_of"] = viewing.begins(scenario, looked), looked.view_as
    return st.selectbox(
        "Body",
        list(listed),
        format_func=lambda one: place_words.title(listed[one]),
        key="body",
        persist_state="session",
        help=about,
    )
