"""Figures of the app: the fan and the map of chances, drawn with Altair.

Colours of the fan are those of the theme in `.streamlit/config.toml`, in the order of its key, so that they follow the
reader from light to dark at once. All else is in tones that stand out from both.
"""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from simulator.overview_shown import PLAN
from simulator.place_tables import CENTRAL, HIGH, KNOWN, LOW, MIDDLE

Figure = alt.LayerChart | alt.FacetChart

FAN_HEIGHT, ROW_HEIGHT, NAME_WIDTH = 520, 44, 24
YEAR_WIDTH = 56
YEAR = (
    f"width / length(domain('x')) < {YEAR_WIDTH} ? [slice(datum.value, 2, 4) + '/', slice(datum.value, 5)] : "
    "datum.value"
)
"""A year on one line; where it has less than `YEAR_WIDTH` pixels, `27/` over `28`, so that a phone names all years.

No line begins with a hyphen, which would read as a minus sign.
"""
BANDS = {
    90: "Widest band: 90 in 100 futures",
    80: "Next band: 80 in 100 futures",
    50: "Narrowest band: 50 in 100 futures",
}
MIDDLE_LINE, CENTRAL_LINE, PLAN_LINE = (
    "Middle future",
    "Central case (dashed)",
    "Plan as approved (dashes and dots)",
)
ONCE = alt.InlineData(values=[{"once": 1}])
"""What a rule at one place is drawn for: once, and not for every row of the figure's table."""
PICK = "cell"
"""The name of the selection by which a cell of a map is picked."""
EDGE, QUIET = "#4F86B8", "#808080"
PALEST, DEEPEST, INK, PAPER = "#C6DCEE", "#1F6BAA", "#0B0C0C", "#FFFFFF"
"""Ends of a map, and ink: the deepest stands at 3:1 or more from a dark page, where the palest does not glare."""
LEGEND = alt.Legend(
    orient="bottom", columns=1, labelLimit=330, title=None, symbolType="square", symbolSize=100, rowPadding=0
)
NUMBERS_CHANGE = 0.85
"""The place on the scale from which a number is pale on its cell: every number stands at 4.3:1 or more."""


def fan(table: pd.DataFrame, known: str, settled: str | None) -> Figure:
    """Return a fan: bands of 90, 80 and 50 in 100 futures, the middle, the central case and what is known before.

    `table` is one of `place_tables.fan`, with a plan line where it has one; `known` says what its known amounts are;
    `settled` is the last year whose funding is settled, where years follow it: a dotted line stands there.
    """
    years = alt.Axis(labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False)
    # The table is that of the whole figure, so that it is made ready for the browser once and not for every layer.
    base = alt.Chart().encode(x=alt.X("Year:O", sort=None, title=None, axis=years))
    key = [*BANDS.values(), MIDDLE_LINE, CENTRAL_LINE, *([known] if table[KNOWN].notna().any() else [])]
    key += [PLAN_LINE] if PLAN in table else []

    def named(chart: alt.Chart, name: str) -> alt.Chart:
        """Return a layer in the colour of its name in the key; the name is no column of the table behind it."""
        colour = alt.Color("Key:N", scale=alt.Scale(domain=key), legend=LEGEND)
        coloured: alt.Chart = chart.transform_calculate(Key=json.dumps(name)).encode(color=colour)
        return coloured

    bands = [
        named(base.mark_area(opacity=1, stroke=EDGE, strokeWidth=0.7), name).encode(
            y=_height(LOW.format(band)), y2=alt.Y2(field=HIGH.format(band))
        )
        for band, name in BANDS.items()
    ]
    lines = [
        named(base.mark_line(strokeWidth=2.5), MIDDLE_LINE).encode(y=_height(MIDDLE)),
        named(base.mark_line(strokeWidth=2, strokeDash=[6, 4]), CENTRAL_LINE).encode(y=_height(CENTRAL)),
    ]
    if known in key:
        dots = {"size": 40, "filled": True, "aria": False}
        lines.append(named(base.mark_line(aria=False, strokeWidth=2, point=dots), known).encode(y=_height(KNOWN)))
    if PLAN in table:
        lines.append(named(base.mark_line(strokeWidth=2, strokeDash=[8, 3, 2, 3]), PLAN_LINE).encode(y=_height(PLAN)))
    layers = [*bands, *_rules(settled), *lines, _told(base, table)]
    return alt.layer(*layers, data=table).properties(height=FAN_HEIGHT)


def _height(column: str) -> alt.Y:
    return alt.Y(field=column, type="quantitative", title="£m", scale=alt.Scale(zero=False, nice=True))


def _told(base: alt.Chart, table: pd.DataFrame) -> alt.Chart:
    """Return points that are not seen and tell a year's amounts to whoever points at them."""
    tips = [alt.Tooltip(field=str(column)) for column in table.columns]
    unseen: alt.Chart = base.mark_point(size=400, opacity=0, aria=False).encode(y=_height(MIDDLE), tooltip=tips)
    return unseen


def _rules(settled: str | None) -> list[alt.Chart]:
    """Return the line of nought, and a dotted one at the last settled year if there is one."""
    rules = [alt.Chart(ONCE).mark_rule(aria=False, color=QUIET).encode(y=alt.YDatum(0))]
    if settled:
        at = alt.XDatum(settled, type="ordinal")
        rules.append(alt.Chart(ONCE).mark_rule(aria=False, color=QUIET, strokeDash=[2, 3], strokeWidth=2).encode(x=at))
    return rules


def heat(frame: pd.DataFrame, settled: str | None) -> Figure:
    """Return a map of chances, a row a body and a column a year, with the number in every cell, which can be picked.

    `frame` is one of `place_tables.chances`; a dotted line follows `settled`, the last year whose funding is settled.
    """
    names = {name: textwrap.wrap(name, NAME_WIDTH) for name in frame["Row"].unique()}
    wrapped = f"({json.dumps(names)})[datum.value]"
    rows = alt.Axis(
        labelExpr=wrapped, labelLimit=0, labelOverlap=False, labelFontSize=11, labelOffset=-6, ticks=False, domain=False
    )
    years = alt.Axis(orient="top", labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False, labelPadding=18)
    base = alt.Chart().encode(
        x=alt.X("Year:O", sort=None, title=None, axis=years), y=alt.Y("Row:N", sort=None, title=None, axis=rows)
    )
    cells = base.mark_rect(stroke=QUIET, strokeWidth=0.4, cursor="pointer").encode(
        color=alt.Color("Chance:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[PALEST, DEEPEST])),
        tooltip=["Row:N", "Year:O", alt.Tooltip("Chance:Q", format=".1%")],
    )
    cells = cells.add_params(alt.selection_point(name=PICK, fields=["Row", "Year"]))
    ink = alt.condition(alt.datum.Chance < NUMBERS_CHANGE, alt.value(INK), alt.value(PAPER))
    numbers = base.mark_text(fontSize=12, cursor="pointer").encode(text="In 100:N", color=ink)
    return alt.layer(cells, numbers, *_end(settled), data=frame).properties(height=alt.Step(ROW_HEIGHT))


def _end(settled: str | None) -> list[alt.Chart]:
    """Return a dotted line after the last settled year, dark on pale so that it shows on every cell, or nothing."""
    if settled is None:
        return []
    at = alt.XDatum(settled, type="ordinal", bandPosition=1)
    under = alt.Chart(ONCE).mark_rule(aria=False, color=PAPER, strokeWidth=3).encode(x=at)
    return [under, alt.Chart(ONCE).mark_rule(aria=False, color=INK, strokeWidth=2, strokeDash=[2, 3]).encode(x=at)]
