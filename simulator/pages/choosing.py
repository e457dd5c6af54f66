"""The choice of a body: what is chosen on one page stands on the next, and bodies of one name are told apart."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from simulator import viewing
from simulator.pages import parts
from simulator.place_words import titles
from simulator.scenario import Scenario

BODY = "body"
"""The key of the choice that Overview and Evidence share."""


def body(scenario: Scenario, about: str, first: str = "") -> str:
    """Choose one of the bodies that are listed and return its id; `about` is the help of the choice.

    It begins on `first`, or on the body that whoever looks asks about first: a council, or an NHS body for NHS finance.
    """
    looked = parts.looked()
    names = titles(viewing.bodies(scenario, looked))
    begin(BODY, names, first or viewing.begins(scenario, looked))
    return st.selectbox(
        "Body",
        list(names),
        format_func=names.__getitem__,
        key=BODY,
        persist_state="session",
        on_change=chosen,
        args=(BODY,),
        help=about,
    )


def begin(key: str, offered: Collection[str], first: str) -> None:
    """Put a choice on `first` where it stands on nothing offered, or whoever looks is another and never chose."""
    held, view_as = st.session_state, parts.looked().view_as
    if held.get(key) not in offered:
        held[key], held[f"{key}_of"], held[f"{key}_chosen"] = first, view_as, False
    elif held.get(f"{key}_of") != view_as and not held.get(f"{key}_chosen"):
        held[key], held[f"{key}_of"] = first, view_as


def chosen(key: str) -> None:
    """Remember that somebody chose, so that looking otherwise leaves the choice and every number as they are."""
    st.session_state[f"{key}_chosen"] = True
