"""What was changed over the file: refusals, the reasons asked for, and what the changes do once Run is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator import assumption_edits, assumption_looks
from simulator.assumption_tables import ADDRESS, HIGH, LOW, OWNER, REASON, SOURCE, UNIT, VALUE
from simulator.comparison import CannotCompareError
from simulator.files import sha256
from simulator.pages import parts, projecting, state
from simulator.place_words import escaped
from simulator.problems import Problem, ScenarioError
from simulator.scenario_file import ORIGIN
from simulator.workbench import Opened

LONGEST, MOST_ASKED = 400, 6
FUTURES = (2_000, 10_000)
RAN = "assumptions_ran"
"""Where a session keeps what was open when Run was last pressed, and how many futures were drawn."""
SHOWN = "Every page now shows the changed scenario. What differs from the file stands first below."
HELP = {
    LOW: "The low end of a range, where one is entered. A run uses the central value; ends are for What matters.",
    VALUE: "The number a run uses. Rates and shares with a per cent sign, amounts in the unit beside them.",
    HIGH: "The high end of a range, where one is entered.",
    UNIT: "£m, £, % or a plain number. Amounts are above nought: the kind of line says if it is income or spending.",
    REASON: "Why this number, in a sentence. It is kept with the number, in the file you download and in a link.",
    OWNER: "Who stands behind the number.",
    SOURCE: "One of this scenario's sources; its grade goes with it. One that is not there goes into the reason.",
}


def apply(
    one: Opened, make: Callable[[], list[assumption_edits.Edit]], button: Callable[..., bool] = st.form_submit_button
) -> None:
    """Open what is open with edits made, or say why they are refused; then nothing is changed and nothing is lost.

    `button` draws what mends a refusal: that of a form, in which no other can stand, or a plain one outside.
    """
    changes, now = list[assumption_edits.Edit](), one
    try:
        with st.spinner("Reading the scenario with the changes"):
            changes = make()
            now = assumption_edits.edited(one, state.stated(one).scenario, changes)
            state.stated(now)
    except ScenarioError as error:
        st.error("Refused: nothing was changed, and what you typed is still there.")
        parts.listed(ScenarioError(tuple(map(_here, error.problems))))
        _offer(assumption_edits.with_totals(now, changes, error), button)
        return
    if not changes:
        st.info("Nothing was changed.")
        return
    before = state.history().before
    folded = bool(before) and assumption_edits.explains(changes, before[-1], one)
    (state.amend if folded else state.change)(now)
    st.rerun()


def _here(problem: Problem) -> Problem:
    """Return a problem of a value set by hand as one of this page, which has no `--set`."""
    return replace(problem, file="What you changed") if problem.file in {"", ORIGIN} else problem


def _offer(mended: Opened | None, button: Callable[..., bool]) -> None:
    """Offer to change totals with the line that was refused, where the scenario can be opened so."""
    if mended is None:
        return
    try:
        state.stated(mended)
    except ScenarioError:
        return
    button(
        "Change the total with it",
        key="with_total",
        on_click=state.change,
        args=(mended,),
        help="Sets your change and every total above it to what the lines now make, in one step; your reason is kept.",
    )


def show(one: Opened, rows: pd.DataFrame) -> None:
    """Say that the file is changed, ask for reasons that are wanting, and show what the values set do when run."""
    if not one.changed:
        return
    told = st.empty()
    told.info(SHOWN)
    _reasons(one, rows)
    if one.sets:
        _results(one, told)


def _reasons(one: Opened, rows: pd.DataFrame) -> None:
    """Ask why each number was changed that was changed without a reason."""
    bare = assumption_edits.bare(rows)
    if not len(bare):
        return
    asked = bare.head(MOST_ASKED)
    mark = sha256(f"{one}".encode())[:16]
    with st.form(f"reasons_{mark}"):
        st.markdown(f"**Why? {assumption_looks.bare_words(len(bare), len(asked))}**")
        told = {
            row[ADDRESS]: st.text_input(
                escaped(assumption_looks.changed_title(row)),
                key=f"why_{row[ADDRESS]}_{mark}",
                max_chars=LONGEST,
                help=HELP[REASON],
            )
            for _, row in asked.iterrows()
        }
        owner = st.text_input("Who stands behind them", key=f"whose_{mark}", max_chars=LONGEST, help=HELP[OWNER])
        if st.form_submit_button("Keep the reasons", help="Kept with each number; Undo takes both back."):
            apply(one, lambda: assumption_edits.reasoned(rows, told, owner))


def _results(one: Opened, told: DeltaGenerator) -> None:
    """Show what the values set do to the headlines, as they were when Run was last pressed; `told` says if stale."""
    st.subheader("What do these changes do to the headlines?")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        paths = parts.futures(FUTURES, "assumptions_paths")
    pressed = right.button(
        "Run",
        type="primary",
        key="assumptions_run",
        width="stretch",
        help="Draws the same futures with the changes and without, and sets the headlines side by side.",
    )
    if pressed:
        st.session_state[RAN] = one, paths
    ran: tuple[Opened, int] | None = st.session_state.get(RAN)
    if ran is None or (ran[0].source, ran[0].text) != (one.source, one.text):
        told.warning(f"{SHOWN} The headlines are not run here yet: press Run to see what the changes do to them.")
        return
    if ran[0] != one:
        told.warning(
            f"{SHOWN} The headlines here are from before your last change: press Run to bring them up to date."
        )
    _moved(*ran)


def _moved(one: Opened, paths: int) -> None:
    """Show the headlines of what was run, without its values and with them."""
    try:
        with st.spinner("Running the same futures with and without the changes"):
            before = projecting.quick(state.stated(Opened(one.source, one.text, one.overlays)).scenario, paths)
            after = projecting.quick(state.stated(one).scenario, paths)
        table = assumption_looks.moved(before, after)
    except (CannotCompareError, ScenarioError) as refused:
        st.caption(escaped(str(refused)))
        return
    parts.table(table)
    st.caption(escaped(assumption_looks.moved_about(after)))
