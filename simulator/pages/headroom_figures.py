"""Figures of a shift: how far each size is within its limit, and where headroom ends."""

from __future__ import annotations

import textwrap

import altair as alt
import numpy as np
import pandas as pd

from simulator.pages.figures import EDGE, QUIET, Figure
from simulator.shift_frames import AFTER, AXIS, BEFORE, LIMIT, Shown, Test

HEIGHT, OTHER, SAFE = 360, "#B5559A", "#28A197"
"""Height in pixels, and tones that stand at 3:1 or more from a light page and from a dark one."""
WITHIN = "Within every limit (shaded)"
KEYS = {AFTER: EDGE, BEFORE: QUIET, LIMIT: OTHER, WITHIN: SAFE}
LEGEND = alt.Legend(
    orient="bottom", columns=2, labelLimit=200, title=None, symbolType="square", symbolOpacity=1, rowPadding=0
)
BAND, MOST_LIMITS = 0.3, 3.0
"""How solid the band is, and the times its limit that is drawn at most; a line that goes higher runs off the top."""


def curve(shown: Shown, test: Test) -> Figure:
    """Return one test of the curve: its rise at every size after and before action, its limit, and headroom shaded."""
    rows = shown.frame[shown.frame.Test == test.test]
    after, before = (rows[rows.View == view] for view in (AFTER, BEFORE))
    keys = [key for key in KEYS if key != BEFORE or len(before)]
    colour = alt.Scale(domain=keys, range=[KEYS[key] for key in keys])
    across = alt.X("Size:Q", title=textwrap.wrap(AXIS, 40), scale=alt.Scale(domain=[0, shown.end], nice=False))
    up = alt.Scale(domain=[0, _top(after, test, shown.end)], nice=False)
    tips = [
        "View",
        alt.Tooltip("Size", format=".2f"),
        *(alt.Tooltip(one, format=".2f") for one in ("Rise", "Low", "High")),
    ]

    def drawn(part: pd.DataFrame) -> alt.Chart:
        return alt.Chart(part).encode(x=across, y=alt.Y("Rise:Q", title=None, scale=up))

    key = alt.Color("View:N", scale=colour, legend=LEGEND)
    band = drawn(after).mark_area(opacity=BAND, clip=True, color=EDGE).encode(y=alt.Y("Low:Q", title=None), y2="High")
    thick = (
        drawn(after)
        .mark_line(strokeWidth=3, point={"size": 40, "clip": True}, clip=True)
        .encode(color=key, tooltip=tips)
    )
    thin = drawn(before).mark_line(strokeWidth=1.5, strokeDash=[2, 3], clip=True).encode(color=key)
    return alt.layer(*_marks(shown, test, key), band, thin, thick).properties(height=HEIGHT)


def _top(after: pd.DataFrame, test: Test, end: float) -> float:
    """Return where the scale ends: all that is drawn after action, or some limits high at most."""
    most = float(np.interp(end, after.Size, after.High))
    return min(max(most, 1.5 * test.limit), MOST_LIMITS * test.limit) if test.limit else most or 1.0


def _marks(shown: Shown, test: Test, key: alt.Color) -> list[alt.Chart]:
    """Return what is within every limit, its edge, and the limit itself."""
    inside = pd.DataFrame({"From": [0.0], "To": [shown.headroom], "View": [WITHIN]})
    limit = pd.DataFrame({"Rise": [test.limit], "View": [LIMIT]})
    shade = alt.Chart(inside).mark_rect(opacity=0.18, aria=False).encode(x="From:Q", x2="To", color=key)
    edge = alt.Chart(inside).mark_rule(strokeWidth=2, aria=False).encode(x="To:Q", color=key)
    line = alt.Chart(limit).mark_rule(strokeWidth=2, strokeDash=[6, 3], aria=False).encode(y="Rise:Q", color=key)
    return [shade, edge, line]
