"""Figures of the app's comparison: fans on one scale, and the steps from one average gap to another."""

from __future__ import annotations

import json
import textwrap
from functools import lru_cache

import altair as alt
import pandas as pd

from simulator.compared_tables import FROM, KEY, KEYS, LEVEL, NARROWS, SHOWN_AS, STEP, TO, TOGETHER, WIDENS
from simulator.pages import figures

BAR_HEIGHT, LINE, SMALL_FAN, NAME_WIDTH, ROOM = 14, 12, 420, 30, 0.06
COLOURS = {LEVEL: "#808080", WIDENS: "#C8642F", NARROWS: "#4F86B8", TOGETHER: "#9A73B5"}
"""Tones that stand at 3:1 or more from a pale page and from a dark one."""
LOW, HIGH = "lowest", "highest"
"""The names of the ends of the scale."""


def beside(table: pd.DataFrame, known: str, settled: str | None, span: tuple[float, float]) -> figures.Drawn:
    """Return a fan whose scale holds a span in £m, so that fans drawn with the same one can be read side by side."""
    return figures.fan(table, known, settled, SMALL_FAN, span)


def waterfall(bars: pd.DataFrame) -> figures.Drawn:
    """Return the bars of `compared_tables.waterfall` from the top down, each with its amount under its name."""
    rows = bars.assign(Row=[f"{place:02d} {step}" for place, step in enumerate(bars[STEP])])
    layout = _waterfall(tuple(rows.Row), tuple(key for key in KEYS if key in set(bars[KEY])))
    low, high = _scale(bars)
    return figures.Drawn({**layout, "params": [{"name": LOW, "value": low}, {"name": HIGH, "value": high}]}, rows)


@lru_cache(figures.LAYOUTS)
def _waterfall(rows: tuple[str, ...], kinds: tuple[str, ...]) -> figures.Layout:
    """Return the layout, whose scale goes from parameter `LOW` to `HIGH`."""
    names = {row: textwrap.wrap(row[3:].replace("|", " "), NAME_WIDTH) for row in rows}
    lines = {row: "|".join(name) for row, name in names.items()}
    # The amount is looked up in the table, which changes while the layout stays; rows begin with their place in it.
    amount = f"data('{figures.TABLE.name}')[+slice(datum.value, 0, 2)]['{SHOWN_AS}']"
    told = f"split(({json.dumps(lines)})[datum.value] + '|' + {amount}, '|')"
    axis = alt.Axis(labelExpr=told, labelLimit=0, labelOverlap=False, ticks=False)
    colour = alt.Color(
        f"{KEY}:N",
        scale=alt.Scale(domain=list(kinds), range=[COLOURS[kind] for kind in kinds]),
        legend=alt.Legend(orient="bottom", columns=1, labelLimit=330, title=None, symbolType="square", symbolOpacity=1),
    )
    down = alt.Y("Row:N", sort=list(names), title=None, axis=axis)
    scale = alt.Scale(domain=[alt.ExprRef(expr=LOW), alt.ExprRef(expr=HIGH)], nice=False, zero=False)
    base = alt.Chart(figures.TABLE).encode(y=down, tooltip=[alt.Tooltip(field=name) for name in (STEP, KEY, SHOWN_AS)])
    across = alt.X(field=TO, type="quantitative", title=["£m; further right", "is shorter of money"], scale=scale)
    moves = base.transform_filter(alt.datum[KEY] != LEVEL).mark_bar(height=18)
    levels = base.transform_filter(alt.datum[KEY] == LEVEL).mark_tick(thickness=5, bandSize=26)
    deep = 1 + max(len(name) for name in names.values())
    steps = alt.layer(
        levels.encode(x=across, color=colour),
        moves.encode(x=across, x2=alt.X2(field=FROM), color=colour),
    ).properties(height=alt.Step(BAR_HEIGHT + LINE * deep))
    return figures.laid(steps)


def _scale(bars: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of a scale that holds every bar with a little room about it; it need not begin at nought.

    The two averages are marks and no bars, so that steps are seen however large the averages are.
    """
    held = bars[[FROM, TO]].to_numpy(dtype=float)
    low, high = float(held.min()), float(held.max())
    room = ROOM * ((high - low) or 1.0)
    return low - room / 3, high + room
