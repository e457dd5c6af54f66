"""Figures of the evidence: the curve of what each confidence needs of usable reserves."""

from __future__ import annotations

import altair as alt
import pandas as pd

from simulator.pages.figures import EDGE, QUIET, Figure

HEIGHT = 340


def confidence(frame: pd.DataFrame, held: float, target: int) -> Figure:
    """Return the curve with its interval, a level line at what is `held`, in £m, and a point at the `target`."""
    axis = alt.Axis(labelExpr="round(100 * datum.value)", labelAngle=0)
    base = alt.Chart(frame).encode(
        x=alt.X("Confidence:Q", title="Confidence, in 100 futures", axis=axis, scale=alt.Scale(zero=False))
    )
    tips = [
        alt.Tooltip("Confidence:Q", format=".0%"),
        *(alt.Tooltip(f"{name}:Q", title=f"{name}, £m", format=",.1f") for name in ("Needed", "Low", "High")),
    ]
    needed = alt.Y("Needed:Q", title="£m")
    band = base.mark_area(opacity=0.25, color=EDGE, aria=False).encode(y=alt.Y("Low:Q", title="£m"), y2="High:Q")
    line = base.mark_line(color=EDGE, strokeWidth=2.5).encode(y=needed, tooltip=tips)
    level = alt.Chart().mark_rule(color=QUIET, strokeDash=[6, 4], strokeWidth=2, aria=False).encode(y=alt.YDatum(held))
    named = alt.Chart().mark_text(align="left", dy=-8, color=QUIET, text="held").encode(
        y=alt.YDatum(held), x=alt.XDatum(float(frame.Confidence.min()))
    )  # fmt: skip
    at = frame[(100 * frame.Confidence).round() == target]
    point = alt.Chart(at).mark_point(filled=True, size=140, color=EDGE, shape="diamond").encode(
        x="Confidence:Q", y=needed, tooltip=tips
    )  # fmt: skip
    return alt.layer(band, line, level, named, point).properties(height=HEIGHT)
