"""Controls of Compare: which scenarios, which body, measure, year and view, and which pair is looked at closely."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from simulator import compared_tables, compared_words, viewing
from simulator.compared_words import LETTERS, MEASURES, Look
from simulator.pages import choosing, parts
from simulator.pages.candidates import MOST, Candidate
from simulator.place import Agency
from simulator.place_words import LEADS, titles
from simulator.run import Results

FUTURES, BODY = (2_000, 10_000), "compare_body"


def choices(offered: dict[str, Candidate], usual: tuple[str, str]) -> tuple[list[str], int]:
    """Show what can be compared and return the keys of what is, A first, with how many futures to draw."""
    keys = list(offered)
    _forget(keys)
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            first = _scenario("A: set this", offered, usual[0], "compare_A")
        with right:
            second = _scenario("B: against this", offered, usual[1], "compare_B")
        left, right = st.columns(2)
        more = left.multiselect(
            "C and D: two more, if wanted",
            [key for key in keys if key not in (first, second)],
            format_func=lambda key: offered[key].name,
            max_selections=MOST - 2,
            key="compare_more",
            persist_state="session",
            help="Each is set against A on the same futures. Four scenarios at most.",
        )
        with right:
            paths = parts.futures(
                FUTURES,
                "compare_paths",
                "A future is one sampled course of prices, demand and events, the same for every scenario. More of "
                "them make the sampling error of every figure smaller, and take longer.",
            )
    return [first, second, *more], paths


def _scenario(label: str, offered: dict[str, Candidate], usual: str, key: str) -> str:
    """Show a choice of one scenario and return the key of the one chosen."""
    return st.selectbox(
        label,
        list(offered),
        index=list(offered).index(usual),
        format_func=lambda one: offered[one].name,
        key=key,
        persist_state="session",
        help="The file as it stands, what is open, what was kept by a name in the side of the page, an overlay laid "
        "on, or another shipped place that has a body in common. All are read from files named in the command below.",
    )


def _forget(keys: list[str]) -> None:
    """Forget a choice that is not offered any more, such as an overlay of a place that was open before."""
    held = st.session_state
    for letter in LETTERS[:2]:
        if held.get(f"compare_{letter}") not in {None, *keys}:
            del held[f"compare_{letter}"]
    if "compare_more" in held:
        taken = {held.get(f"compare_{letter}") for letter in LETTERS[:2]}
        held["compare_more"] = [key for key in held["compare_more"] if key in keys and key not in taken]


def look(runs: Sequence[Results], money: pd.DataFrame) -> Look:
    """Show what of the scenarios can be looked at, and return what is.

    `runs` are those compared, A first; `money` is what `comparison.paired` says of each other against it.
    """
    first, looked = runs[0], parts.looked()
    bodies, years = _listed(runs, looked), compared_tables.shared_years(runs)
    begun = viewing.begins(first.scenario, looked)
    own = [begun] if begun in bodies and not compared_tables.same(money, begun) else bodies
    told = money[money.agency.isin(own)]
    usual, most = compared_tables.first_moved(told, years, str(first.scenario.budget_year))
    choosing.begin(BODY, bodies, most)
    if st.session_state.get("compare_year") not in years:
        st.session_state["compare_year"] = usual
    left, right = st.columns(2)
    agency = left.selectbox(
        "Body",
        bodies,
        format_func=titles([first.body(one) for one in bodies]).__getitem__,
        key=BODY,
        persist_state="session",
        on_change=choosing.chosen,
        args=(BODY,),
        help="Whose money and chances follow; at first the one that Overview begins on, or, where nothing of it "
        "differs, the body whose gap differs most.",
    )
    year = right.selectbox(
        "Year",
        years,
        key="compare_year",
        persist_state="session",
        help="To 31 March. At first the budget year, or else the first year after it in which a gap differs.",
    )
    measure, view = _measure_and_view(first.body(agency))
    return Look(agency, measure, view, year)


def _listed(runs: Sequence[Results], looked: viewing.Looked) -> list[str]:
    """Return the bodies that all runs have and the session lists; all they have where it lists none of them."""
    shared, listed = compared_tables.shared_bodies(runs), viewing.bodies(runs[0].scenario, looked)
    return [body.id for body in listed if body.id in shared] or shared


def _measure_and_view(body: Agency) -> tuple[str, str]:
    left, right = st.columns(2)
    with left:
        measure = _measure(body)
    view = right.radio(
        "View",
        list(LEADS),
        format_func=LEADS.__getitem__,
        horizontal=True,
        key="compare_view",
        persist_state="session",
        help="With what managers and members may lawfully do about a gap, by the scenario's rules, or without it.",
    )
    return measure, view


def _measure(body: Agency) -> str:
    fit = compared_words.measures(body)
    return st.radio(
        "Measure",
        fit,
        format_func=MEASURES.__getitem__,
        horizontal=True,
        key=f"compare_measure_{body.kind}",
        persist_state="session",
        help="; ".join(f"{MEASURES[one]}: {compared_words.MEASURED[one]}" for one in fit),
    )


def closely(letters: list[str]) -> str:
    """Return which scenario is set against A in all that follows; where there are several, the one chosen."""
    if len(letters) == 1:
        return letters[0]
    if st.session_state.get("compare_closely") not in {None, *letters}:
        del st.session_state["compare_closely"]
    return st.radio(
        "Set against A in what follows",
        letters,
        horizontal=True,
        key="compare_closely",
        persist_state="session",
        help="The fan of differences, the steps of why and the chances are of this one and A.",
    )
