"""How large a reserve would be enough: the curve of confidence with its slider, a part that several pages show."""

from __future__ import annotations

import streamlit as st

from simulator import place_words, reserve_curve, statement_shown, viewing
from simulator.pages import evidence_figures, parts
from simulator.statement_shown import Curve


@st.fragment
def show(curve: Curve) -> None:
    """Show what each confidence needs; moving the target draws this part of the page alone."""
    st.header("How large a reserve would be enough?")
    target = st.slider(
        "Confidence asked for, in 100 futures",
        statement_shown.LEAST_TARGET,
        statement_shown.MOST_TARGET,
        statement_shown.USUAL_TARGET,
        key="target",
        persist_state="session",
        help="In how many futures of 100 no year to the plan's end may be left unfunded. How sure to be is a judgement "
        "of the body's own; no law or code sets it.",
    )
    said = f"**{reserve_curve.readout(curve, target)}.** {statement_shown.target_words(curve, target)}"
    st.markdown(viewing.signed(place_words.drawn(said), parts.looked()))
    st.caption(place_words.escaped(curve.words.measured))
    chart = evidence_figures.confidence(curve.frame, curve.held, reserve_curve.marks(curve, target))
    parts.chart(chart, curve.words.alt, "confidence")
    st.caption(place_words.escaped(f"{curve.words.how_to_read} The band is the 95% sampling interval."))
    parts.data(statement_shown.curve_table(curve), "confidence", parts.about(curve.words))
