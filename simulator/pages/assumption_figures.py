"""Figures of the assumptions: the fan of what one driver does, and the range entered for a number."""

from __future__ import annotations

import json

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

    def named(chart: alt.Chart, name: str) -> alt.Chart:
        colour = alt.Color("Key:N", scale=alt.Scale(domain=key), legend=figures.LEGEND)
        coloured: alt.Chart = chart.transform_calculate(Key=json.dumps(name)).encode(color=colour)
        return coloured

    def height(column: str) -> alt.Y:
        return alt.Y(field=column, type="quantitative", title=unit, scale=alt.Scale(zero=False, nice=True))

    areas = [
        named(base.mark_area(opacity=1, stroke=figures.EDGE, strokeWidth=0.7), name).encode(
            y=height(BAND_LOW.format(band)), y2=alt.Y2(field=BAND_HIGH.format(band))
        )
        for band, name in figures.BANDS.items()
    ]
    dashed = base.mark_line(strokeWidth=2, strokeDash=[6, 4])
    lines = [
        named(base.mark_line(strokeWidth=2.5), figures.MIDDLE_LINE).encode(y=height(MIDDLE)),
        named(dashed, figures.CENTRAL_LINE).encode(y=height(CENTRAL)),
    ]
    return alt.layer(*areas, *lines).properties(height=HEIGHT)


def entered(points: pd.DataFrame, unit: str) -> figures.Figure:
    """Return the range of a number as a line with its three points, those of `assumption_looks.entered`."""
    along = alt.X("Amount:Q", title=unit, scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(points).encode(x=along)
    line = base.mark_line(strokeWidth=4, color=figures.EDGE)
    dots = base.mark_point(size=120, filled=True, opacity=1, color=figures.EDGE).encode(tooltip=["End", "Shown"])
    named = base.mark_text(dy=-16, fontSize=12, color=figures.QUIET).encode(text="Shown:N")
    return alt.layer(line, dots, named).properties(height=RANGE_HEIGHT)
