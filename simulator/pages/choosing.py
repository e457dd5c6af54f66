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
    """Put a choice on `first` where it stands on nothing offered, or where others look, or at others, and none chose.

    Set and not left to a beginning place: a browser keeps what its box showed where only that place is another.
    """
    held, looked = st.session_state, parts.looked()
    seen, of = (looked.view_as, looked.partner), f"{key}_of"
    if held.get(key) not in offered:
        held[key], held[of], held[f"{key}_chosen"] = first, seen, False
    elif held.setdefault(of, seen) != seen and not held.get(f"{key}_chosen"):
        held[key], held[of] = first, seen


def chosen(key: str) -> None:
    """Remember that somebody chose, so that looking otherwise leaves the choice and every number as they are."""
    st.session_state[f"{key}_chosen"] = True
