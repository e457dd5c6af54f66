"""The two levers of the first page: how fast pay grows, and how much managers may newly save."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from simulator import levers, overview_shown, place_words, workbench
from simulator.levers import Lever, PayLever
from simulator.pages import parts, state
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.workbench import Opened

QUICK, SURE = 2_000, 10_000
PAY, SAVINGS, SET_AT = "pay", "capacity", "levers_at"


class Pull(NamedTuple):
    """Where the levers stand, what they set, and how many futures to draw."""

    points: float
    percent: int
    sets: tuple[str, ...]
    paths: int


def choices(scenario: Scenario) -> Pull:
    """Show the levers of a scenario and how many futures to draw; return where they stand."""
    st.subheader("What if pay grew faster, or managers found more savings?")
    _put_back()
    pay, savings = levers.pay_growth(scenario), levers.savings_capacity(scenario)
    left, right, last = st.columns([3, 3, 2])
    with left:
        points = _pay(pay) if pay else 0.0
    with right:
        percent = _savings(savings) if savings else levers.AS_STATED
    if not pay or not savings:
        what = " nor ".join(
            [*(["new savings that managers could find"] if not savings else []), *(["a pay award"] if not pay else [])]
        )
        st.write(f"What is open states no {what}, or sets it to nought, so there is nothing to move.")
    with last:
        paths = parts.futures((QUICK, SURE), "paths")
    return Pull(points, percent, _sets(pay, savings, points, percent), paths)


def _put_back() -> None:
    """Put both levers back as stated after every step and say so: what they showed was of what was open before it."""
    held, at = st.session_state, state.history().at
    if held.get(SET_AT, at) != at:
        moved = (held.get(PAY, 0.0), held.get(SAVINGS, levers.AS_STATED)) != (0.0, levers.AS_STATED)
        held[PAY], held[SAVINGS] = 0.0, levers.AS_STATED
        if moved:
            st.caption("What is open was changed, so both levers are back as it states them.")
    held[SET_AT] = at


def _pay(lever: PayLever) -> float:
    # Set here and not given to the slider, so that the button below may put it back.
    st.session_state.setdefault(PAY, 0.0)
    return st.slider(
        f"{place_words.escaped(', '.join(lever.names))}: points a year faster",
        levers.LEAST_PAY,
        levers.MOST_PAY,
        step=levers.PAY_STEP,
        format="%+.2f",
        key=PAY,
        persist_state="session",
        help=overview_shown.pay_help(lever),
    )


def _savings(lever: Lever) -> int:
    st.session_state.setdefault(SAVINGS, levers.AS_STATED)
    return st.slider(
        "Room for new savings, per cent of what is stated",
        levers.LEAST,
        levers.MOST,
        step=levers.STEP,
        format="%d%%",
        key=SAVINGS,
        persist_state="session",
        help=overview_shown.lever_help(lever.stated),
    )


def standing() -> Opened:
    """Return what is open with what the levers set where they stand now, for a link; they may not have been shown."""
    one, held = state.opened(), st.session_state
    points, percent = held.get(PAY, 0.0), held.get(SAVINGS, levers.AS_STATED)
    if held.get(SET_AT) != state.history().at or (points, percent) == (0.0, levers.AS_STATED):
        return one
    try:
        scenario = state.stated(one).scenario
    except ScenarioError:
        return one
    return _laid(one, _sets(levers.pay_growth(scenario), levers.savings_capacity(scenario), points, percent))


def _sets(pay: PayLever | None, savings: Lever | None, points: float, percent: int) -> tuple[str, ...]:
    return (*(pay.settings(points) if pay else ()), *(savings.settings(percent) if savings else ()))


def pulled(one: Opened, sets: tuple[str, ...]) -> Scenario:
    """Return what is open with the levers pulled; what they set takes the place of the same values set before."""
    laid = _laid(one, sets)
    held: tuple[Opened, Scenario] | None = st.session_state.get("pulled")
    if held is None or held[0] != laid:
        held = laid, workbench.case(laid, state.base(laid))
        st.session_state["pulled"] = held
    return held[1]


def _laid(one: Opened, sets: tuple[str, ...]) -> Opened:
    for setting in sets:
        address, _, text = setting.partition("=")
        one = one.with_value(address, text)
    return one


def keep(one: Opened, sets: tuple[str, ...]) -> None:
    """Offer to lay where the levers stand into the scenario itself, so that every page follows; Undo takes it back."""
    st.button(
        "Use these on every page",
        key="lay",
        on_click=_lay,
        args=(one, sets),
        help="Sets in the scenario the values that the levers stand for, as a change like any other, and puts both "
        "levers back. Undo takes it away again.",
    )


def _lay(one: Opened, sets: tuple[str, ...]) -> None:
    state.change(_laid(one, sets))
