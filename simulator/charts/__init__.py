"""Figures as bytes, `{"svg": ..., "png": ...}`; matplotlib is used in this room and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import matplotlib as mpl
import pandas as pd

from simulator.charts import (
    bars,
    cells,
    curves,
    distances,
    dots,
    heat,
    limit_use,
    posts,
    shift_curve,
    stacked,
    timelines,
    tornado,
    two_sided,
)
from simulator.charts import conditional as ends
from simulator.charts.fans import BANDS, HISTORY, MINIMUM, SHADES, TAKEN_OUT, TOO_FEW, draw
from simulator.charts.layout import SETTINGS, as_bytes
from simulator.charts.shift_curve import AFTER, BEFORE, Marks, Panel
from simulator.plain_english import Words
from simulator.run import Results

__all__ = [
    "AFTER",
    "BANDS",
    "BEFORE",
    "HISTORY",
    "MINIMUM",
    "SETTINGS",
    "SHADES",
    "TAKEN_OUT",
    "TOO_FEW",
    "Marks",
    "Panel",
    "break_points",
    "cells_of",
    "conditional",
    "confidence",
    "dots_of",
    "draw",
    "fan",
    "heat_map",
    "limits_used",
    "payers",
    "shares_of",
    "shift",
    "staff_posts",
    "survival",
    "timeline",
    "tornado_of",
    "waterfall",
]  # fmt: skip


def fan(
    results: Results, agency: str, measure: str, words: Words, kinds: Iterable[str] = ("svg", "png")
) -> dict[str, bytes]:
    """Return a fan chart of the gap or of what a body holds, both views side by side, in the kinds asked for."""
    with mpl.rc_context(SETTINGS):
        return as_bytes(draw(results, agency, measure, words), words, kinds)


def conditional(frame: pd.DataFrame, words: Words, settlement_end: str | None, banded: bool) -> dict[str, bytes]:
    """Return fans of usable reserves under each end of the high-needs override, a panel for each.

    Columns of the frame: If, Year, Band, Low, High, Middle, Central case (`chart_data.conditional`).
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(ends.draw(frame, words, settlement_end, banded), words)


def waterfall(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return the steps from one amount to another, down the page.

    Columns of the frame: step (its plain name), amount (pounds; above nought widens the gap) and kind: `level` for
    a bar from nought, as the first and the last must be, or `move`. Moves of nought are left out of the drawing.

    Raises:
        ValueError: when the frame is not such a table, or a level is not the start plus the moves to half a penny.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(bars.draw(frame, words), words)


def heat_map(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> dict[str, bytes]:
    """Return chances by row and year as coloured cells, a panel for each view, with a mark where the settlement ends.

    Columns of the frame: Row, Year, View (`Before action`, `After action`) and Chance, from 0 to 1.

    Raises:
        ValueError: when the frame is not such a table, or not one chance for every row, year and view.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(heat.draw(frame, words, settlement_end), words)


def confidence(frame: pd.DataFrame, words: Words, held: float) -> dict[str, bytes]:
    """Return the reserve that each confidence needs, with what is held.

    Columns of the frame: Confidence (from 0 to 1), Needed, Low and High in £m; `held` is in £m.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(curves.confidence(frame, words, held), words)


def survival(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> dict[str, bytes]:
    """Return the share of futures in which usable reserves last to each 31 March.

    Columns of the frame: Year, Share, Low and High, shares from 0 to 1.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(curves.survival(frame, words, settlement_end), words)


def break_points(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return how far each assumption has to move before the plan breaks, nearest first.

    Columns of the frame: Name, Distance (standard deviations, above nought) and Label.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(distances.draw(frame, words), words)


def shift(frame: pd.DataFrame, words: Words, panels: tuple[Panel, ...], marks: Marks) -> dict[str, bytes]:
    """Return what each size of a shift does, a panel for each test, with headroom marked.

    Columns of the frame: View (`AFTER` or `BEFORE`), Test, Size (£m a year), Rise, Low and High, in the panel's unit.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(shift_curve.draw(frame, words, panels, marks), words)


def limits_used(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> dict[str, bytes]:
    """Return how much of its limit each body uses by year, as coloured cells.

    Columns of the frame: Row, Year, Used (as a share of the limit) and Binds (true in one cell at most).
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(limit_use.draw(frame, words, settlement_end), words)


def timeline(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return what a shift costs each body and brings it by year, a pair of panels for each.

    Columns of the frame: Body, Year, Spent (nought or below), Back, Net, Low, High and Cumulative in £m, and Need, what
    is written of the year in which the body is furthest behind.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(timelines.draw(frame, words), words)


def payers(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return what each party pays and what comes back to it, to either side of nought.

    Columns of the frame: Name, Pays, Loses, Cash, Contracts and Value in £m, none below nought, Left and Right.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(two_sided.draw(frame, words), words)


def staff_posts(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return the posts that programmes want of each staff group against those that can be filled, by year.

    Columns of the frame: Group, Year, Wanted and Filled, in posts.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(posts.draw(frame, words), words)


def cells_of(frame: pd.DataFrame, words: Words, classes: Sequence[str], across: str) -> dict[str, bytes]:
    """Return a figure of every pair of two varied values, as coloured cells written in words.

    Columns of the frame: Row, Column, Label, Class (a place in `classes`) and Base (true or not).
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(cells.draw(frame, words, classes, across), words)


def dots_of(frame: pd.DataFrame, words: Words, axis: str, marked: str = "") -> dict[str, bytes]:
    """Return one figure of several things, a dot each with its 95% interval.

    Columns of the frame: Name, Value, Low, High, Label and Marked (true or not).
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(dots.draw(frame, words, axis, marked), words)


def shares_of(frame: pd.DataFrame, words: Words) -> dict[str, bytes]:
    """Return shares that add up to a whole, a level bar a row.

    Columns of the frame: Row, Part (a category) and Share, from 0 to 1.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(stacked.draw(frame, words), words)


def tornado_of(frame: pd.DataFrame, words: Words, centre: float, axis: str) -> dict[str, bytes]:
    """Return what an amount would be with each driver pushed low and high alone.

    Columns of the frame: Name, Low and High, in the unit of `centre`.
    """
    with mpl.rc_context(SETTINGS):
        return as_bytes(tornado.draw(frame, words, centre, axis), words)
