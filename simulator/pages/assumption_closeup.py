"""One assumption looked at closely: what its driver does over the futures, and what the number moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from simulator import assumption_looks
from simulator.assumption_tables import ADDRESS
from simulator.pages import assumption_figures, parts, projecting
from simulator.place_words import escaped
from simulator.scenario import Scenario

PATHS = 2_000


def fan(scenario: Scenario, driver: str) -> None:
    """Show the fan of what one driver does over the futures."""
    with st.spinner("Drawing its futures"):
        now = projecting.quick(scenario, PATHS)
        fans = projecting.driver_fans(now)
    rows = fans[fans[assumption_looks.DRIVER] == driver]
    words = assumption_looks.fan_words(rows, scenario, now.compiled, PATHS)
    st.markdown(f"**{escaped(words.headline)}**")
    st.caption(escaped(words.measured))
    unit = "%" if assumption_looks.grows(now.compiled, driver) else "points"
    st.altair_chart(assumption_figures.driver(rows, unit), alt=words.alt, key="driver")
    st.caption(escaped(words.how_to_read))
    parts.data(assumption_looks.shown(rows), f"driver-{driver}")


def effect(scenario: Scenario, row: pd.Series[Any]) -> None:
    """Show on demand what a number moves at either end of its range."""
    bodies = assumption_looks.measurable(row, scenario)
    if not bodies:
        return
    with st.form("effect", border=False):
        body = bodies[0]
        if len(bodies) > 1:
            body = st.selectbox(
                "Whose chances",
                bodies,
                format_func=scenario.names.__getitem__,
                key="measured_for",
                help="A local authority of this place: the two chances are of its budget year and its general fund.",
            )
        if st.form_submit_button("What does it move?", help=f"Runs {PATHS:,} futures with it at either end."):
            with st.spinner("Running it at either end of its range"):
                found = projecting.effect(scenario, body, row[ADDRESS], PATHS)
            for line in assumption_looks.effect_words(found, scenario, scenario.names[body], PATHS):
                st.markdown(f"- {escaped(line)}")
