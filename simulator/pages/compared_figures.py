"""Figures of the app's comparison: fans on one scale, and the steps from one average gap to another."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from simulator.compared_tables import FROM, KEY, KEYS, LEVEL, NARROWS, SHOWN_AS, STEP, TO, TOGETHER, WIDENS
from simulator.pages import figures

BAR_HEIGHT, SMALL_FAN, NAME_WIDTH, ROOM = 40, 420, 26, 0.18
COLOURS = {LEVEL: "#808080", WIDENS: "#C8642F", NARROWS: "#4F86B8", TOGETHER: "#9A73B5"}
"""Tones that stand at 3:1 or more from a pale page and from a dark one."""


def beside(table: pd.DataFrame, known: str, settled: str | None, span: tuple[float, float]) -> figures.Figure:
    """Return a fan whose scale holds a span in £m, so that fans drawn with the same one can be read side by side."""
    fan = figures.fan(table, known, settled)
    ends = [alt.Chart().mark_rule(aria=False, opacity=0).encode(y=alt.YDatum(end)) for end in span]
    return alt.layer(*fan.layer, *ends).properties(height=SMALL_FAN)


def waterfall(bars: pd.DataFrame) -> figures.Figure:
    """Return the bars of `compared_tables.waterfall` from the top down, each with its amount, its kind in the key."""
    rows = bars.assign(Row=[f"{place:02d} {step}" for place, step in enumerate(bars[STEP])])
    names = {row: textwrap.wrap(row[3:], NAME_WIDTH) for row in rows.Row}
    axis = alt.Axis(labelExpr=f"({json.dumps(names)})[datum.value]", labelLimit=0, labelOverlap=False, ticks=False)
    kinds = [key for key in KEYS if key in set(bars[KEY])]
    colour = alt.Color(
        f"{KEY}:N",
        scale=alt.Scale(domain=kinds, range=[COLOURS[kind] for kind in kinds]),
        legend=alt.Legend(orient="bottom", columns=1, labelLimit=330, title=None, symbolType="square"),
    )
    base = alt.Chart(rows).encode(y=alt.Y("Row:N", sort=None, title=None, axis=axis))
    drawn = base.mark_bar(height=20).encode(
        x=alt.X(field=FROM, type="quantitative", title="£m; right is short", scale=_scale(bars)),
        x2=alt.X2(field=TO),
        color=colour,
        tooltip=[STEP, KEY, SHOWN_AS],
    )
    numbers = base.transform_calculate(end=f"max(datum['{FROM}'], datum['{TO}'])").mark_text(
        align="left", dx=5, aria=False, fontSize=12
    )
    nought = alt.Chart().mark_rule(aria=False, color=figures.QUIET).encode(x=alt.XDatum(0))
    shown = numbers.encode(x=alt.X("end:Q"), text=f"{SHOWN_AS}:N")
    return alt.layer(drawn, nought, shown).properties(height=alt.Step(BAR_HEIGHT))


def _scale(bars: pd.DataFrame) -> alt.Scale:
    """Return a scale that holds nought, every bar and room for the number at its end."""
    low, high = min(bars[[FROM, TO]].min().min(), 0.0), max(bars[[FROM, TO]].max().max(), 0.0)
    return alt.Scale(domain=[low, high + ROOM * ((high - low) or 1.0)], nice=True)
