"""Figures of what matters and of sweeps: the ranking, whose risk it is, cells of two things, and the tornado."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from simulator.pages.figures import (
    DEEPEST,
    EDGE,
    INK,
    NAME_WIDTH,
    NUMBERS_CHANGE,
    OTHER,
    PALEST,
    PAPER,
    QUIET,
    ROW_HEIGHT,
    YEAR,
    Figure,
)
from simulator.what_matters_shown import KINDS
from simulator.what_matters_words import GROUPS

FILLS = ("#2468A8", "#6199CB", "#0F766E", "#C76A9E", "#B03A7E", "#28A197", "#696969")
INKS = (PAPER, INK, PAPER, INK, PAPER, INK, PAPER)
"""Fills of whose luck it is, in the order of the groups, and their ink.

Each is told from the next by lightness too, and stands at 3:1 or more from a light page and from a dark one.
"""
LEAST_TOLD = 0.08
"""The least share that is written in its bar."""
LOW, HIGH = "The driver at its P10 (outlined)", "The driver at its P90 (filled)"
LINE, HATCH = 14, "/ / / /"
"""Height of a line of a name more, and what hatches a cell that is not told apart."""
KEY = alt.Legend(
    orient="bottom", columns=1, labelLimit=330, title=None, symbolSize=100, symbolStrokeWidth=1.5, rowPadding=0
)


def _names(names: list[str], more: list[str] | None = None) -> alt.Axis:
    """Return an axis whose names are wrapped, each with its amount below it where one is given."""
    told = dict(zip(names, more, strict=True)) if more else {}
    lines = {name: [*textwrap.wrap(name, NAME_WIDTH), *([told[name]] if told else [])] for name in names}
    return alt.Axis(
        labelExpr=f"({json.dumps(lines)})[datum.value]", labelLimit=0, labelOverlap=False, labelFontSize=11,
        labelOffset=-8, ticks=False, domain=False,
    )  # fmt: skip


def ranked(frame: pd.DataFrame, axis: str) -> Figure:
    """Return the ranking: a dot for luck, an open diamond for judgement, a line for the 95% interval."""
    table = frame.assign(Kind=[KINDS["judgement" if marked else "luck"] for marked in frame.Marked])
    rows = alt.Y("Name:N", sort=None, title=None, axis=_names(list(frame.Name), list(frame.Label)))
    base = alt.Chart(table).encode(y=rows)
    kinds = list(KINDS.values())
    lines = base.mark_rule(aria=False, color=QUIET, strokeWidth=2).encode(
        x=alt.X("Low:Q", title=textwrap.wrap(axis, 32), scale=alt.Scale(zero=True)), x2="High:Q"
    )
    colours = alt.Scale(domain=kinds, range=[EDGE, OTHER])
    colour = alt.Color("Kind:N", legend=KEY, scale=colours)
    shape = alt.Shape("Kind:N", legend=KEY, scale=alt.Scale(domain=kinds, range=["circle", "diamond"]))
    filled = alt.condition(alt.datum.Marked, alt.value(0), alt.value(1))
    dots = base.mark_point(size=110, strokeWidth=2, filled=False, opacity=1).encode(
        x="Value:Q", color=colour, shape=shape, fill=alt.Fill("Kind:N", legend=None, scale=colours),
        fillOpacity=filled, tooltip=["Name", "Kind", "Label"],
    )  # fmt: skip
    return alt.layer(lines, dots).properties(height=alt.Step(ROW_HEIGHT + LINE))


def shared(frame: pd.DataFrame) -> Figure:
    """Return whose luck it is: a bar a body that is all of its risk, cut by whose each part is."""
    groups = [name for name in GROUPS if name in set(frame.Part)]
    places = [GROUPS.index(name) for name in groups]
    table = frame.assign(Part=frame.Part.astype(str), Order=[GROUPS.index(part) for part in frame.Part])
    base = alt.Chart(table).encode(
        y=alt.Y("Row:N", sort=None, title=None, axis=_names(list(dict.fromkeys(frame.Row)))),
        x=alt.X("Share:Q", stack="zero", title="Share of the risk", axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1], nice=False)),
        order="Order:Q",
    )  # fmt: skip
    fills = alt.Scale(domain=groups, range=[FILLS[place] for place in places])
    inks = alt.Scale(domain=groups, range=[INKS[place] for place in places])
    bars = base.mark_bar(stroke=QUIET, strokeWidth=0.7).encode(
        color=alt.Color("Part:N", legend=KEY, scale=fills), tooltip=["Row", "Part", alt.Tooltip("Share", format=".1%")]
    )
    numbers = (
        base.transform_filter(alt.datum.Share >= LEAST_TOLD)
        .mark_text(fontSize=12, aria=False)
        .encode(
            x=alt.X("Share:Q", stack="zero", bandPosition=0.5),
            text=alt.Text("Share:Q", format=".0%"),
            color=alt.Color("Part:N", legend=None, scale=inks),
        )
    )
    drawn: Figure = alt.layer(bars, numbers).resolve_scale(color="independent")
    return drawn.properties(height=alt.Step(ROW_HEIGHT))


def cells(frame: pd.DataFrame, value: str, across: str, years: bool = False) -> Figure:
    """Return two things as coloured cells with the number in each; an outlined cell is the place as it stands.

    A cell that is not told apart from that is hatched above and below its number.
    """
    low, high = float(frame[value].min()), float(frame[value].max())
    table = frame.assign(Base=frame.get("Base", False), Alike=frame.get("Alike", False))
    heading = alt.Axis(orient="top", labelAngle=0, labelOverlap=False)
    if years:
        heading = alt.Axis(
            orient="top", labelExpr=YEAR, labelAngle=0, labelOverlap=False, labelFlush=False, labelPadding=18
        )
    base = alt.Chart(table).encode(
        x=alt.X("Column:N", sort=None, title=textwrap.wrap(across, 44), axis=heading),
        y=alt.Y("Row:N", sort=None, title=None, axis=_names(list(dict.fromkeys(frame.Row)))),
    )
    scale = alt.Scale(domain=[low, high], range=[PALEST, DEEPEST])
    boxes = base.mark_rect().encode(
        color=alt.Color(f"{value}:Q", legend=None, scale=scale), tooltip=["Row", "Column", "Label"],
        stroke=alt.condition(alt.datum.Base, alt.value(OTHER), alt.value(QUIET)),
        strokeWidth=alt.condition(alt.datum.Base, alt.value(4), alt.value(0.4)),
    )  # fmt: skip
    dark = alt.datum[value] > low + NUMBERS_CHANGE * (high - low)
    ink = alt.condition(dark, alt.value(PAPER), alt.value(INK))
    alike = base.transform_filter("datum.Alike && !datum.Base")
    hatched = [alike.mark_text(fontSize=9, dy=dy, text=HATCH, aria=False).encode(color=ink) for dy in (-14, 14)]
    numbers = base.mark_text(fontSize=12).encode(text="Label:N", color=ink)
    return alt.layer(boxes, *hatched, numbers).properties(height=alt.Step(ROW_HEIGHT))


def tornado(frame: pd.DataFrame, centre: float) -> Figure:
    """Return each driver pushed alone as a bar either side of the answer as entered; all in £m."""
    ends = frame.rename(columns={"Low": LOW, "High": HIGH}).melt("Name", [LOW, HIGH], "End", "Answer")
    ends = ends.assign(Centre=centre)
    base = alt.Chart(ends).encode(y=alt.Y("Name:N", sort=list(frame.Name), title=None, axis=_names(list(frame.Name))))
    colours = alt.Scale(domain=[LOW, HIGH], range=[OTHER, EDGE])
    colour = alt.Color("End:N", legend=KEY, scale=colours)
    bars = base.mark_bar(strokeWidth=2).encode(
        x=alt.X("Centre:Q", title="£m cash", scale=alt.Scale(zero=False)), x2="Answer:Q", color=colour,
        stroke=alt.Stroke("End:N", legend=None, scale=colours),
        fillOpacity=alt.condition(alt.datum.End == LOW, alt.value(0.15), alt.value(1)),
        tooltip=["Name", "End", alt.Tooltip("Answer", format=",.1f")],
    )  # fmt: skip
    line = alt.Chart().mark_rule(aria=False, color=QUIET, strokeWidth=2).encode(x=alt.XDatum(centre))
    return alt.layer(bars, line).properties(height=alt.Step(ROW_HEIGHT))
