"""Figures of the app: the fan and the map of chances, drawn with Altair.

Colours of the fan are those of the theme in `.streamlit/config.toml`, in the order of its key, so that they follow the
reader from light to dark at once. All else is in tones that stand out from both.
"""

from __future__ import annotations

import json
import textwrap
from functools import lru_cache
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from simulator.overview_shown import PLAN
from simulator.place_tables import CENTRAL, HIGH, KNOWN, LOW, MIDDLE

Figure = alt.LayerChart | alt.FacetChart
Layout = dict[str, Any]

LAYOUTS = 200
"""Layouts kept of each kind of figure, which hold no data of anyone."""
TABLE = alt.NamedData(name="table")
"""What stands in a layout for the table that it draws."""
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
EDGE, QUIET, OTHER = "#4F86B8", "#808080", "#B5559A"
"""Tones that stand at 3:1 or more from a light page and from a dark one; the last is a plum."""
PALEST, DEEPEST, INK, PAPER = "#C6DCEE", "#1F6BAA", "#0B0C0C", "#FFFFFF"
"""Ends of a map, and ink: the deepest stands at 3:1 or more from a dark page, where the palest does not glare."""
LEGEND = alt.Legend(
    orient="bottom", columns=1, labelLimit=330, title=None, symbolType="square", symbolSize=100, rowPadding=0
)
NUMBERS_CHANGE = 0.85
"""The place on the scale from which a number is pale on its cell: every number stands at 4.3:1 or more."""


class Drawn(NamedTuple):
    """A figure that follows a slider: a layout made once for all tables alike, and the table that it is drawn of.

    The browser then changes what is drawn and does not begin again, and the server does not check a layout twice.
    """

    layout: Layout
    table: pd.DataFrame

    @property
    def spec(self) -> Layout:
        """The layout with its table."""
        return {**self.layout, "datasets": {**self.layout.get("datasets", {}), TABLE.name: self.table}}


def laid(chart: Figure) -> Layout:
    """Return a chart without data of its own as the browser takes it; the page's theme stands in for that of Altair."""
    layout: Layout = chart.to_dict()
    del layout["config"]
    return layout


def fan(
    table: pd.DataFrame, known: str, settled: str | None, height: int = FAN_HEIGHT, span: tuple[float, ...] = ()
) -> Drawn:
    """Return a fan: bands of 90, 80 and 50 in 100 futures, the middle, the central case and what is known before.

    `table` is one of `place_tables.fan`, with a plan line where it has one; `known` says what its known amounts are;
    `settled` is the last year whose funding is settled, where years follow it: a dotted line stands there. The scale
    holds every amount of `span`, in £m.
    """
    said = known if table[KNOWN].notna().any() else ""
    return Drawn(_fan(tuple(table.columns), said, settled, height, span), table)


@lru_cache(LAYOUTS)
def _fan(columns: tuple[str, ...], known: str, settled: str | None, height: int, span: tuple[float, ...]) -> Layout:
    years = alt.Axis(labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False)
    base = alt.Chart(TABLE).encode(x=alt.X("Year:O", sort=None, title=None, axis=years))
    key = [*BANDS.values(), MIDDLE_LINE, CENTRAL_LINE, *([known] if known else [])]
    key += [PLAN_LINE] if PLAN in columns else []

    bands, lines = fan_layers(base, key, (LOW, HIGH, MIDDLE, CENTRAL), "£m")
    if known:
        dots = {"size": 40, "filled": True, "aria": False}
        line = base.mark_line(aria=False, strokeWidth=2, point=dots)
        lines.append(_named(line, known, key).encode(y=_height(KNOWN, "£m")))
    if PLAN in columns:
        line = base.mark_line(strokeWidth=2, strokeDash=[8, 3, 2, 3])
        lines.append(_named(line, PLAN_LINE, key).encode(y=_height(PLAN, "£m")))
    ends = [alt.Chart(ONCE).mark_rule(aria=False, opacity=0).encode(y=alt.YDatum(end)) for end in span]
    return laid(alt.layer(*bands, *_rules(settled), *lines, *ends, _told(base, columns)).properties(height=height))


def fan_layers(
    base: alt.Chart, key: list[str], columns: tuple[str, str, str, str], unit: str
) -> tuple[list[alt.Chart], list[alt.Chart]]:
    """Return the bands of a fan and its two lines, in the colours of `key`.

    `columns` are those of the table: the low and the high end of a band, which take its width, the middle, the central.
    """
    low, high, middle, central = columns
    bands = [
        _named(base.mark_area(opacity=1, stroke=EDGE, strokeWidth=0.7), name, key).encode(
            y=_height(low.format(band), unit), y2=alt.Y2(field=high.format(band))
        )
        for band, name in BANDS.items()
    ]
    dashed = base.mark_line(strokeWidth=2, strokeDash=[6, 4])
    lines = [
        _named(base.mark_line(strokeWidth=2.5), MIDDLE_LINE, key).encode(y=_height(middle, unit)),
        _named(dashed, CENTRAL_LINE, key).encode(y=_height(central, unit)),
    ]
    return bands, lines


def _named(chart: alt.Chart, name: str, key: list[str]) -> alt.Chart:
    """Return a layer in the colour of its name in the key; the name is no column of the table behind it."""
    colour = alt.Color("Key:N", scale=alt.Scale(domain=key), legend=LEGEND)
    coloured: alt.Chart = chart.transform_calculate(Key=json.dumps(name)).encode(color=colour)
    return coloured


def _height(column: str, unit: str) -> alt.Y:
    return alt.Y(field=column, type="quantitative", title=unit, scale=alt.Scale(zero=False, nice=True))


def _told(base: alt.Chart, columns: tuple[str, ...]) -> alt.Chart:
    """Return points that are not seen and tell a year's amounts to whoever points at them."""
    tips = [alt.Tooltip(field=column) for column in columns]
    unseen: alt.Chart = base.mark_point(size=400, opacity=0, aria=False).encode(y=_height(MIDDLE, "£m"), tooltip=tips)
    return unseen


def _rules(settled: str | None) -> list[alt.Chart]:
    """Return the line of nought, and a dotted one at the last settled year if there is one."""
    rules = [alt.Chart(ONCE).mark_rule(aria=False, color=QUIET).encode(y=alt.YDatum(0))]
    if settled:
        at = alt.XDatum(settled, type="ordinal")
        rules.append(alt.Chart(ONCE).mark_rule(aria=False, color=QUIET, strokeDash=[2, 3], strokeWidth=2).encode(x=at))
    return rules


def heat(frame: pd.DataFrame, settled: str | None) -> Drawn:
    """Return a map of chances, a row a body and a column a year, with the number in every cell, which can be picked.

    `frame` is one of `place_tables.chances`; a dotted line follows `settled`, the last year whose funding is settled.
    """
    return Drawn(_heat(tuple(frame["Row"].unique()), settled), frame)


@lru_cache(LAYOUTS)
def _heat(rows: tuple[str, ...], settled: str | None) -> Layout:
    names = {name: textwrap.wrap(name, NAME_WIDTH) for name in rows}
    wrapped = f"({json.dumps(names)})[datum.value]"
    down = alt.Axis(
        labelExpr=wrapped, labelLimit=0, labelOverlap=False, labelFontSize=11, labelOffset=-6, ticks=False, domain=False
    )
    years = alt.Axis(orient="top", labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False, labelPadding=18)
    base = alt.Chart(TABLE).encode(
        x=alt.X("Year:O", sort=None, title=None, axis=years), y=alt.Y("Row:N", sort=None, title=None, axis=down)
    )
    cells = base.mark_rect(stroke=QUIET, strokeWidth=0.4, cursor="pointer").encode(
        color=alt.Color("Chance:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[PALEST, DEEPEST])),
        tooltip=["Row:N", "Year:O", alt.Tooltip("Chance:Q", format=".1%")],
    )
    cells = cells.add_params(alt.selection_point(name=PICK, fields=["Row", "Year"]))
    ink = alt.condition(alt.datum.Chance < NUMBERS_CHANGE, alt.value(INK), alt.value(PAPER))
    numbers = base.mark_text(fontSize=12, cursor="pointer").encode(text="In 100:N", color=ink)
    return laid(alt.layer(cells, numbers, *_end(settled)).properties(height=alt.Step(ROW_HEIGHT)))


def _end(settled: str | None) -> list[alt.Chart]:
    """Return a dotted line after the last settled year, dark on pale so that it shows on every cell, or nothing."""
    if settled is None:
        return []
    at = alt.XDatum(settled, type="ordinal", bandPosition=1)
    under = alt.Chart(ONCE).mark_rule(aria=False, color=PAPER, strokeWidth=3).encode(x=at)
    return [under, alt.Chart(ONCE).mark_rule(aria=False, color=INK, strokeWidth=2, strokeDash=[2, 3]).encode(x=at)]
