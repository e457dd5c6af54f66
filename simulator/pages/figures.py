"""Figures of the app: the fan and the map of chances, drawn with Altair for light and dark."""

from __future__ import annotations

import json
import textwrap
from typing import NamedTuple

import altair as alt
import pandas as pd

from simulator.place_tables import CENTRAL, HIGH, KNOWN, LOW, MIDDLE

FAN_HEIGHT, ROW_HEIGHT, NAME_WIDTH = 520, 44, 24
YEAR = "[slice(datum.value, 2, 4), slice(datum.value, 4)]"
"""A year as its two ends, one under the other, so that all years are named on a phone too."""
BANDS = {
    "90": "Widest band: 90 in 100 futures",
    "80": "Next band: 80 in 100 futures",
    "50": "Narrowest band: 50 in 100 futures",
}


Figure = alt.LayerChart | alt.FacetChart


class Palette(NamedTuple):
    """Colours of one theme: bands from the widest, lines, both ends of the map, where its numbers change."""

    bands: tuple[str, str, str]
    edge: str
    middle: str
    central: str
    known: str
    quiet: str
    map_ends: tuple[str, str]
    numbers: tuple[str, str]
    number_changes: float


# Lines stand at 3:1 or more from every band behind them, numbers of the map at 4.4:1 or more from their cells.
LIGHT = Palette(
    bands=("#DCE8F3", "#B3CFE8", "#7FAEDB"),
    edge="#12436D",
    middle="#12436D",
    central="#801650",
    known="#17706A",
    quiet="#595959",
    map_ends=("#F5F9FC", "#12436D"),
    numbers=("#0B0C0C", "#FFFFFF"),
    number_changes=0.68,
)
DARK = Palette(
    bands=("#14293B", "#1B3F5E", "#245C8A"),
    edge="#6BACE6",
    middle="#FFFFFF",
    central="#FFC27A",
    known="#5FD3C9",
    quiet="#B8BCC4",
    map_ends=("#10202E", "#9CCBF0"),
    numbers=("#FFFFFF", "#0B0C0C"),
    number_changes=0.5,
)


def palette(theme: str | None) -> Palette:
    """Return the colours of `light` or `dark`; of light where the browser does not say."""
    return DARK if theme == "dark" else LIGHT


def fan(table: pd.DataFrame, known: str, settled: str | None, colours: Palette) -> Figure:
    """Return a fan: bands of 90, 80 and 50 in 100 futures, the middle, the central case and what is known before.

    `table` is one of `place_tables.fan`; `known` says what its known amounts are; `settled` is the last year whose
    funding is settled, where years follow it.
    """
    years = alt.Axis(labelExpr=YEAR, labelAngle=0, labelOverlap=False)
    base = alt.Chart(table).encode(x=alt.X("Year:O", sort=None, title=None, axis=years))
    bands = [
        base.mark_area(color=hue, stroke=colours.edge, strokeWidth=0.7).encode(
            y=_height(LOW.format(band)), y2=alt.Y2(field=HIGH.format(band))
        )
        for band, hue in zip(BANDS, colours.bands, strict=True)
    ]
    nought = alt.Chart().mark_rule(aria=False, color=colours.quiet, strokeWidth=1).encode(y=alt.YDatum(0))
    told = base.mark_point(size=400, opacity=0, aria=False).encode(
        y=_height(MIDDLE), tooltip=[alt.Tooltip(field=str(column)) for column in table.columns]
    )
    key = _key(known if table[KNOWN].notna().any() else None, colours)
    layers = [*bands, nought, *_settlement(settled, colours), *_lines(base, colours), told, key]
    return alt.layer(*layers).properties(height=FAN_HEIGHT)


def _height(column: str) -> alt.Y:
    return alt.Y(field=column, type="quantitative", title="£m", scale=alt.Scale(zero=False, nice=True))


def _lines(base: alt.Chart, colours: Palette) -> list[alt.Chart]:
    """Return the middle future, the central case and what is known before."""
    dots = {"size": 40, "filled": True, "color": colours.known, "aria": False}
    return [
        base.mark_line(color=colours.middle, strokeWidth=2.5).encode(y=_height(MIDDLE)),
        base.mark_line(color=colours.central, strokeWidth=2, strokeDash=[6, 4]).encode(y=_height(CENTRAL)),
        base.mark_line(aria=False, color=colours.known, strokeWidth=2, point=dots).encode(y=_height(KNOWN)),
    ]


def _key(known: str | None, colours: Palette) -> alt.Chart:
    """Return the key alone: bands and lines have fixed colours, so that the table behind the fan stays one a year."""
    names = [*BANDS.values(), "Middle future", "Central case (dashed)", *([known] if known else [])]
    hues = [*colours.bands, colours.middle, colours.central, colours.known][: len(names)]
    legend = alt.Legend(
        orient="bottom", columns=1, labelLimit=330, title=None, symbolType="square", symbolOpacity=1, symbolSize=150
    )
    colour = alt.Color("Key:N", scale=alt.Scale(domain=names, range=hues), legend=legend)
    key: alt.Chart = alt.Chart(pd.DataFrame({"Key": names})).mark_square(opacity=0, aria=False).encode(color=colour)
    return key


def _settlement(settled: str | None, colours: Palette) -> list[alt.Chart]:
    """Return a dotted line at the last settled year with its name, or nothing."""
    if settled is None:
        return []
    at = alt.Chart().encode(x=alt.XDatum(settled, type="ordinal"))
    rule = at.mark_rule(aria=False, color=colours.quiet, strokeDash=[2, 3])
    name = at.mark_text(
        text="settlement ends", color=colours.quiet, align="left", dx=5, dy=8, baseline="top", fontSize=12
    ).encode(y=alt.value(0))
    return [rule, name]


def heat(frame: pd.DataFrame, settled: str | None, colours: Palette) -> Figure:
    """Return a map of chances, a row a body and a column a year, with the number in every cell.

    `frame` is one of `place_tables.chances`; a dotted line follows `settled`, the last year whose funding is settled.
    """
    names = {name: textwrap.wrap(name, NAME_WIDTH) for name in frame["Row"].unique()}
    row_names = alt.Axis(
        labelExpr=f"({json.dumps(names)})[datum.value]",
        labelLimit=0,
        labelOverlap=False,
        labelFontSize=11,
        ticks=False,
        domain=False,
    )
    years = alt.Axis(orient="top", labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelPadding=14)
    base = alt.Chart(frame).encode(
        x=alt.X("Year:O", sort=None, title=None, axis=years), y=alt.Y("Row:N", sort=None, title=None, axis=row_names)
    )
    cells = base.mark_rect(stroke=colours.quiet, strokeWidth=0.4).encode(
        color=alt.Color("Chance:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=list(colours.map_ends))),
        tooltip=["Row", "Year", alt.Tooltip("Chance", format=".1%")],
    )
    pale, strong = colours.numbers
    numbers = base.mark_text(fontSize=12).encode(
        text="In 100:N",
        color=alt.condition(alt.datum.Chance < colours.number_changes, alt.value(pale), alt.value(strong)),
    )
    past = (
        [alt.Chart().mark_rule(aria=False, color=colours.edge, strokeDash=[2, 3], strokeWidth=2).encode(
            x=alt.XDatum(settled, type="ordinal", bandPosition=1)
        )]
        if settled
        else []
    )  # fmt: skip
    return alt.layer(cells, numbers, *past).properties(height=alt.Step(ROW_HEIGHT))
