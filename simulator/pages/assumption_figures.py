"""Figures of the assumptions: the fan of what one driver does, and the range entered for a number."""

from __future__ import annotations

import altair as alt
import pandas as pd

from simulator.assumption_futures import BAND_HIGH, BAND_LOW, CENTRAL, MIDDLE, YEAR
from simulator.pages import figures

HEIGHT, RANGE_HEIGHT = 400, 130


def driver(fan: pd.DataFrame, unit: str) -> figures.Figure:
    """Return the fan of one driver, `fan` being its rows of `DriverFutures.fans`."""
    years = alt.Axis(labelExpr=figures.YEAR, labelAngle=0, labelOverlap=False, labelFlush=False)
    base = alt.Chart(fan).encode(x=alt.X(f"{YEAR}:O", sort=None, title=None, axis=years))
    key = [*figures.BANDS.values(), figures.MIDDLE_LINE, figures.CENTRAL_LINE]
    bands, lines = figures.fan_layers(base, key, (BAND_LOW, BAND_HIGH, MIDDLE, CENTRAL), unit)
    return alt.layer(*bands, *lines).properties(height=HEIGHT)


def entered(points: pd.DataFrame, unit: str) -> figures.Figure:
    """Return the range of a number as a line with its three points, those of `assumption_looks.entered`."""
    along = alt.X("Amount:Q", title=unit, scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(points).encode(x=along)
    line = base.mark_line(strokeWidth=4, color=figures.EDGE)
    dots = base.mark_point(size=120, filled=True, opacity=1, color=figures.EDGE).encode(tooltip=["End", "Shown"])
    named = base.mark_text(dy=-16, fontSize=12, color=figures.QUIET).encode(text="Shown:N")
    return alt.layer(line, dots, named).properties(height=RANGE_HEIGHT)
