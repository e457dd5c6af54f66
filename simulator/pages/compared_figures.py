"""Figures of the app's comparison: fans on one scale, and the steps from one average gap to another."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from simulator.compared_tables import FROM, KEY, KEYS, LEVEL, NARROWS, SHOWN_AS, STEP, TO, TOGETHER, WIDENS
from simulator.pages import figures

BAR_HEIGHT, LINE, SMALL_FAN, NAME_WIDTH, ROOM = 14, 12, 420, 30, 0.18
COLOURS = {LEVEL: "#808080", WIDENS: "#C8642F", NARROWS: "#4F86B8", TOGETHER: "#9A73B5"}
"""Tones that stand at 3:1 or more from a pale page and from a dark one."""


def beside(table: pd.DataFrame, known: str, settled: str | None, span: tuple[float, float]) -> figures.Figure:
    """Return a fan whose scale holds a span in £m, so that fans drawn with the same one can be read side by side."""
    fan = figures.fan(table, known, settled)
    ends = [alt.Chart(figures.ONCE).mark_rule(aria=False, opacity=0).encode(y=alt.YDatum(end)) for end in span]
    return alt.layer(*fan.layer, *ends, data=fan.data).properties(height=SMALL_FAN)


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
    down = alt.Y("Row:N", sort=list(names), title=None, axis=axis)
    base = alt.Chart(rows).encode(y=down, tooltip=[STEP, KEY, SHOWN_AS])
    across = alt.X(field=TO, type="quantitative", title="£m; further right is shorter of money", scale=_scale(bars))
    moves = base.transform_filter(alt.datum[KEY] != LEVEL).mark_bar(height=18)
    levels = base.transform_filter(alt.datum[KEY] == LEVEL).mark_tick(thickness=5, bandSize=26)
    numbers = base.transform_calculate(end=f"max(datum['{FROM}'], datum['{TO}'])").mark_text(
        align="left", dx=6, aria=False, fontSize=12, color=figures.QUIET
    )
    lines = max(len(name) for name in names.values())
    return alt.layer(
        levels.encode(x=across, color=colour),
        moves.encode(x=across, x2=alt.X2(field=FROM), color=colour),
        numbers.encode(x=alt.X("end:Q"), text=f"{SHOWN_AS}:N"),
    ).properties(height=alt.Step(BAR_HEIGHT + LINE * lines))


def _scale(bars: pd.DataFrame) -> alt.Scale:
    """Return a scale that holds every bar and room for the number at its end; it need not begin at nought.

    The two averages are marks and no bars, so that steps are seen however large the averages are.
    """
    held = bars[[FROM, TO]].to_numpy(dtype=float)
    low, high = float(held.min()), float(held.max())
    room = ROOM * ((high - low) or 1.0)
    return alt.Scale(domain=[low - room / 3, high + room], nice=False, zero=False)
