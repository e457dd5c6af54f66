"""Figures of the first page beside those that pages share: how long reserves last."""

from __future__ import annotations

from functools import cache

import altair as alt

from simulator.lasting import HIGH, LASTS, LOW, YEAR, Lasting
from simulator.pages import figures

HEIGHT = 260


def lasting(found: Lasting) -> figures.Drawn:
    """Return the falling line of how long reserves last, in futures in 100, within its sampling interval."""
    return figures.Drawn(_lasting(tuple(found.frame.columns)), found.frame.round(2))


@cache
def _lasting(columns: tuple[str, ...]) -> figures.Layout:
    years = alt.Axis(labelExpr=figures.YEAR, labelAngle=0, labelOverlap=False, labelFlush=False)
    base = alt.Chart(figures.TABLE).encode(x=alt.X(f"{YEAR}:O", sort=None, title=None, axis=years))
    scale = alt.Scale(domain=[0, 100])

    def height(column: str) -> alt.Y:
        return alt.Y(field=column, type="quantitative", title="Futures in 100", scale=scale)

    band = base.mark_area(opacity=0.35, color=figures.EDGE, aria=False).encode(y=height(LOW), y2=alt.Y2(field=HIGH))
    tips = [alt.Tooltip(field=column) for column in columns]
    dots = {"size": 40, "filled": True, "aria": False, "color": figures.EDGE}
    line = base.mark_line(strokeWidth=2.5, color=figures.EDGE, point=dots).encode(y=height(LASTS), tooltip=tips)
    half = (
        alt.Chart(figures.ONCE).mark_rule(aria=False, color=figures.QUIET, strokeDash=[2, 3]).encode(y=alt.YDatum(50))
    )
    return figures.laid(alt.layer(band, half, line).properties(height=HEIGHT))
