"""What each size of a shift does: how far chances of breach and expected shortfalls rise, up to headroom and past."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from simulator.charts.curves import PALE_BAND
from simulator.charts.layout import DARK, GREY, LEFT, PLUM, POINTS, SMALLEST, WIDTH, Key, Plot, lay_out, lines, ticks
from simulator.plain_english import Words

HEIGHT, RIGHT, BETWEEN = 3.8, 0.865, 1.6
SAFE, PALE_TEAL = "#00625A", "#E3F3F1"
AFTER, BEFORE, LIMIT = "After action", "Before action", "Limit"
NOTE_SIZE, LINE, MOST_LINES = 9.0, 12.0, 9
MOST_LIMITS = 3.0
"""Times its limit that a panel shows, at most; a line that goes higher runs off the top and says so."""


class Panel(NamedTuple):
    """One test: which rows it shows, its title, its limit, and what is written at headroom."""

    test: str
    title: str
    limit: float
    note: str


class Marks(NamedTuple):
    """Headroom and the size at which drawing ends, £m a year; `first` is the size that passes a limit, if any."""

    headroom: float
    first: float | None
    end: float
    axis: str


def draw(frame: pd.DataFrame, words: Words, panels: tuple[Panel, ...], marks: Marks) -> Figure:
    """Return the figure, a panel for each test; to be called and drawn under `SETTINGS`.

    Columns of the frame: View (`After action`, `Before action`), Test, Size (£m a year), Rise, Low and High.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT))
    panel = ((RIGHT - LEFT) * WIDTH - BETWEEN * (len(panels) - 1)) / len(panels)
    figure.subplots_adjust(wspace=BETWEEN / panel)
    font = FontProperties(size=NOTE_SIZE, weight="bold")
    for ax, told in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        rows = frame[frame.Test == told.test]
        leftwards = marks.headroom > 0.6 * marks.end
        share = marks.headroom / marks.end
        room = (share if leftwards else 1 - share) * panel * POINTS - 8
        note = [line for part in told.note.split("\n") for line in lines(part, font, room)]
        note = note if len(note) <= MOST_LINES else [*note[:MOST_LINES], "..."]
        _lines(ax, rows, told.limit)
        _limits(ax, rows, told.limit, marks.end, len(note))
        _headroom(ax, "\n".join(note), marks, leftwards)
        _first(ax, rows, told, marks)
        _names(ax, rows, told.limit, marks.end)
        ax.set_title(told.title, loc="left", fontsize=10, color=GREY)
        ax.set_xlabel(marks.axis, color=GREY, fontsize=9)
    lay_out(figure, words, Key([], [], 1), Plot(HEIGHT, ticks=0.5, right=RIGHT))
    return figure


def _lines(ax: Axes, rows: pd.DataFrame, limit: float) -> None:
    after, before = (rows[rows.View == view] for view in (AFTER, BEFORE))
    ax.fill_between(after.Size, after.Low, after.High, fc=PALE_BAND, ec=DARK, lw=0.5, zorder=2)
    ax.plot(before.Size, before.Rise, color=GREY, lw=1.2, ls=(0, (2, 2)), zorder=3)
    ax.plot(after.Size, after.Rise, color=DARK, lw=2.4, marker="o", ms=4, zorder=4)
    ax.axhline(limit, color=PLUM, lw=1.8, ls=(0, (6, 3)), zorder=3)


def _limits(ax: Axes, rows: pd.DataFrame, limit: float, end: float, noted: int) -> None:
    """Show sizes to the end and all that is drawn after action, with a strip on top for what is written at headroom."""
    ax.set_xlim(0, end)
    after = rows[rows.View == AFTER]
    most = float(np.interp(end, after.Size, after.High))
    top = min(max(most, 1.5 * limit), MOST_LIMITS * limit) if limit else most or 1.0
    strip = (noted * LINE + 10) / (HEIGHT * POINTS)
    ax.set_ylim(0, top / (1 - strip))
    ax.set_yticks(*ticks(0, top, 7), fontsize=9)
    ax.set_xticks(*ticks(0, end, 6), fontsize=9)


def _headroom(ax: Axes, note: str, marks: Marks, leftwards: bool) -> None:
    """Shade what is within every limit, and write at its edge how much that is."""
    ax.axvspan(0, marks.headroom, fc=PALE_TEAL, zorder=0)
    ax.axvline(marks.headroom, color=SAFE, lw=2.2, zorder=3, clip_on=False)
    ax.annotate(
        note, (marks.headroom, 1), (-5 if leftwards else 5, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right" if leftwards else "left", va="top", fontsize=NOTE_SIZE, weight="bold",
        color=SAFE, zorder=5, bbox={"fc": "white", "ec": "none", "pad": 0.8},
    )  # fmt: skip


def _first(ax: Axes, rows: pd.DataFrame, told: Panel, marks: Marks) -> None:
    """Ring the size that passes the limit, on the panel of the test that it passes."""
    found = rows[(rows.View == AFTER) & (rows.Size == marks.first)]
    if len(found) and float(found.Rise.iloc[0]) > told.limit:
        ax.plot(found.Size, found.Rise, color=PLUM, marker="o", ms=11, mfc="none", mew=2, ls="none", zorder=6)


def _names(ax: Axes, rows: pd.DataFrame, limit: float, end: float) -> None:
    """Name each line at the right where it ends, pushed apart where they meet; one that runs off the top says so."""
    high = ax.get_ylim()[1]
    step = high * LINE / (HEIGHT * POINTS)
    ends = [(limit, LIMIT, PLUM)]
    for view, colour in ((AFTER, DARK), (BEFORE, GREY)):
        part = rows[rows.View == view]
        if len(part):
            ends.append((float(np.interp(end, part.Size, part.Rise)), view, colour))
    at = -np.inf
    for place, name, colour in sorted(ends):
        off = place > high
        at = max(min(place, high - 1.4 * step * off), at + step * (1 + 1.4 * off))
        text = f"{name}\n(dotted), off\nthe top" if off else name
        ax.annotate(
            text, (end, min(place, high)), (1.015, at), textcoords=("axes fraction", "data"), fontsize=SMALLEST,
            color=colour, va="center", annotation_clip=False,
        )  # fmt: skip
