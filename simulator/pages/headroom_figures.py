"""Figures of a shift: how far each size is within its limit, and where headroom ends."""

from __future__ import annotations

import json
import textwrap
from typing import Literal

import altair as alt
import pandas as pd

from simulator.pages.figures import EDGE, NAME_WIDTH, OTHER, QUIET, ROW_HEIGHT, YEAR, Figure
from simulator.shift_bands import GETS, LOSES, PAYS, Bands
from simulator.shift_bands import LINE as SPACED
from simulator.shift_frames import AFTER, AXIS, BEFORE, LIMIT, Shown, Test, top

HEIGHT, SAFE = 360, "#28A197"
"""Height in pixels, and a tone that stands at 3:1 or more from a light page and from a dark one."""
WITHIN = "Within every limit (shaded)"
KEYS = {AFTER: EDGE, BEFORE: QUIET, LIMIT: OTHER, WITHIN: SAFE}
LEGEND = alt.Legend(
    orient="bottom", columns=2, labelLimit=200, title=None, symbolType="square", symbolOpacity=1, rowPadding=0
)
HEADS, WHO = 28.0, {"left": "WHO PAYS", "right": "WHO GAINS"}
"""Pixels of the heads over the flows, and the heads."""
BAND = 0.3
"""How solid the band is."""


def curve(shown: Shown, test: Test) -> Figure:
    """Return one test of the curve: its rise at every size after and before action, its limit, and headroom shaded."""
    rows = shown.frame[shown.frame.Test == test.test]
    after, before = (rows[rows.View == view] for view in (AFTER, BEFORE))
    keys = [key for key in KEYS if key != BEFORE or len(before)]
    colour = alt.Scale(domain=keys, range=[KEYS[key] for key in keys])
    across = alt.X("Size:Q", title=textwrap.wrap(AXIS, 40), scale=alt.Scale(domain=[0, shown.end], nice=False))
    up = alt.Scale(domain=[0, top(after, test, shown.end)], nice=False)
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


def _marks(shown: Shown, test: Test, key: alt.Color) -> list[alt.Chart]:
    """Return what is within every limit, its edge, and the limit itself."""
    inside = pd.DataFrame({"From": [0.0], "To": [shown.headroom], "View": [WITHIN]})
    limit = pd.DataFrame({"Rise": [test.limit], "View": [LIMIT]})
    shade = alt.Chart(inside).mark_rect(opacity=0.18, aria=False).encode(x="From:Q", x2="To", color=key)
    edge = alt.Chart(inside).mark_rule(strokeWidth=2, aria=False).encode(x="To:Q", color=key)
    line = alt.Chart(limit).mark_rule(strokeWidth=2, strokeDash=[6, 3], aria=False).encode(y="Rise:Q", color=key)
    return [shade, edge, line]


def flows(found: Bands) -> Figure:
    """Return who pays on the left and who gains on the right, bands as wide as their money, each with its label.

    Labels are those of an axis either side, so that they follow the reader from light to dark.
    """
    kinds = {PAYS: EDGE, LOSES: OTHER, GETS: SAFE}
    table = found.bands.assign(Band=found.bands.Name + found.bands.Kind)
    up = alt.Scale(domain=[found.height, -HEADS], nice=False)
    across = alt.X("Across:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    colour = alt.condition(
        alt.FieldOneOfPredicate("Kind", list(kinds)),
        alt.Color("Kind:N", legend=None, scale=alt.Scale(domain=list(kinds), range=list(kinds.values()))),
        alt.value(QUIET),
    )
    bands = alt.Chart(table).mark_area(opacity=0.8).encode(
        x=across, y=alt.Y("Top:Q", axis=_beside(found, "left"), scale=up), y2="Bottom", color=colour, detail="Band:N",
        tooltip=["Name", "Kind", alt.Tooltip("Amount", title="£m", format=",.2f")],
    )  # fmt: skip
    named = alt.Chart(table).mark_point(opacity=0, aria=False).encode(
        x=across, y=alt.Y("Bottom:Q", axis=_beside(found, "right"), scale=up)
    )  # fmt: skip
    drawn: Figure = alt.layer(bands, named).resolve_axis(y="independent")
    return drawn.properties(height=found.height + HEADS)


def _beside(found: Bands, side: Literal["left", "right"]) -> alt.Axis:
    """Return the labels of one side as an axis, under what the side is."""
    rows = found.labels[found.labels.Side == side]
    told = {-HEADS / 2: [WHO[side]], **dict(zip(rows.At, rows.Lines, strict=True))}
    return alt.Axis(
        values=list(told), labelExpr=f"({json.dumps({f'{at:g}': lines for at, lines in told.items()})})[datum.value]",
        orient=side, labelLimit=0, labelOverlap=False, labelFontSize=11, labelLineHeight=SPACED, title=None,
        ticks=False, domain=False, grid=False,
    )  # fmt: skip


def net(frame: pd.DataFrame) -> Figure:
    """Return net gain by body: a bar either side of nought, a thin line for 8 futures of 10, the sum beside it."""
    names = {
        name: [*textwrap.wrap(name, NAME_WIDTH), label] for name, label in zip(frame.Body, frame.Label, strict=True)
    }
    axis = alt.Axis(
        labelExpr=f"({json.dumps(names)})[datum.value]", labelLimit=0, labelOverlap=False, labelFontSize=11,
        labelOffset=-8, ticks=False, domain=False,
    )  # fmt: skip
    base = alt.Chart(frame).encode(y=alt.Y("Body:N", sort=None, title=None, axis=axis))
    tips = ["Body", "Label", *(alt.Tooltip(one, format=",.2f") for one in ("Low", "High"))]
    bars = base.mark_bar(size=16, opacity=0.7).encode(
        x=alt.X("Net:Q", title=textwrap.wrap("£m cash over the years, less than nought is a net cost", 32)),
        color=alt.condition(alt.datum.Net > 0, alt.value(SAFE), alt.value(EDGE)), tooltip=tips,
    )  # fmt: skip
    ends = base.mark_rule(strokeWidth=2, color=OTHER, aria=False).encode(x="Low:Q", x2="High:Q")
    return alt.layer(bars, ends).properties(height=alt.Step(ROW_HEIGHT + SPACED))


def so_far(frame: pd.DataFrame) -> Figure:
    """Return net gain since the start by year: the mean, the band of 8 futures of 10, and nought."""
    years = alt.Axis(labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False)
    base = alt.Chart(frame).encode(x=alt.X("Year:O", sort=None, title=None, axis=years))
    up = alt.Y("Mean:Q", title="£m", scale=alt.Scale(zero=True))
    tips = ["Year", *(alt.Tooltip(one, format=",.2f") for one in ("Mean", "Low", "High"))]
    band = base.mark_area(opacity=BAND, color=EDGE).encode(y=alt.Y("Low:Q", title="£m"), y2="High")
    line = base.mark_line(strokeWidth=3, color=EDGE, point={"size": 40, "color": EDGE}).encode(y=up, tooltip=tips)
    nought = alt.Chart().mark_rule(aria=False, color=QUIET, strokeWidth=2).encode(y=alt.YDatum(0))
    return alt.layer(nought, band, line).properties(height=HEIGHT - 80)
