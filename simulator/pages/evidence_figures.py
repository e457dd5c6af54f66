"""Figures of the evidence: the curve of what each confidence needs of usable reserves."""

from __future__ import annotations

import altair as alt
import pandas as pd

from simulator.pages.figures import EDGE, OTHER, QUIET, Figure
from simulator.pages.matter_figures import KEY

HEIGHT = 340


def confidence(frame: pd.DataFrame, held: float, marks: pd.DataFrame) -> Figure:
    """Return the curve with its interval, a level line at what is `held`, in £m, and its `marks`, named in a key."""
    axis = alt.Axis(labelExpr="round(100 * datum.value)", labelAngle=0)
    across = alt.X("Confidence:Q", title="Confidence, in 100 futures", axis=axis, scale=alt.Scale(zero=False))
    base = alt.Chart(frame).encode(x=across)
    tips = [
        alt.Tooltip("Confidence:Q", format=".0%"),
        *(alt.Tooltip(f"{name}:Q", title=f"{name}, £m", format=",.1f") for name in ("Needed", "Low", "High")),
    ]
    needed = alt.Y("Needed:Q", title="£m")
    band = base.mark_area(opacity=0.25, color=EDGE, aria=False).encode(y=alt.Y("Low:Q", title="£m"), y2="High:Q")
    line = base.mark_line(color=EDGE, strokeWidth=2.5).encode(y=needed, tooltip=tips)
    level = alt.Chart().mark_rule(color=QUIET, strokeDash=[6, 4], strokeWidth=2, aria=False).encode(y=alt.YDatum(held))
    names = list(marks.Mark)
    tones, shapes = [OTHER, EDGE][-len(names) :], ["square", "diamond"][-len(names) :]
    points = alt.Chart(marks).mark_point(filled=True, size=140, opacity=1).encode(
        x=across, y=needed, tooltip=["Mark", *tips[:2]],
        color=alt.Color("Mark:N", legend=KEY, scale=alt.Scale(domain=names, range=tones)),
        shape=alt.Shape("Mark:N", legend=KEY, scale=alt.Scale(domain=names, range=shapes)),
    )  # fmt: skip
    return alt.layer(band, line, level, points).properties(height=HEIGHT)
