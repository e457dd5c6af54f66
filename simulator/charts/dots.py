"""One figure of several things: a dot each with its 95% interval, its amount written beside it."""

from __future__ import annotations

from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from simulator.charts.layout import (
    DARK,
    GREY,
    PALE,
    PLUM,
    POINTS,
    SMALLEST,
    SPARE,
    WIDTH,
    Key,
    Plot,
    lay_out,
    named_rows,
    width,
)
from simulator.plain_english import Words

LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 4.2 * POINTS, 0.95
ROW, AWAY = 0.32, 8
TICKS = 0.6
COLUMNS = ("Value", "Low", "High", "Label", "Marked")
STYLES: dict[str, dict[str, Any]] = {
    "plain": {"marker": "o", "mfc": DARK, "mec": DARK, "ms": 6},
    "marked": {"marker": "D", "mfc": "white", "mec": PLUM, "ms": 6, "mew": 1.6},
}


def draw(frame: pd.DataFrame, words: Words, axis: str, marked: str = "") -> Figure:
    """Return the figure; columns of the frame: Name, Value, Low, High, Label and Marked (true or not).

    Low and High that are not numbers draw no interval. `axis` says what is measured and in which unit, `marked` what a
    marked row is. To be drawn under `SETTINGS`.

    Raises:
        ValueError: when there is nothing to draw.
    """
    if frame.empty:
        raise ValueError("a picture of dots needs one at least")
    font = FontProperties(size=LABEL_SIZE)
    names, left, row = named_rows(frame.Name, font, LABEL_ROOM, ROW)
    figure = Figure(figsize=(WIDTH, row * len(frame)))
    ax: Axes = figure.subplots()
    _limits(ax, frame, (RIGHT - left) * WIDTH * POINTS, max(width(label, font) for label in frame.Label) + 2 * AWAY)
    for at, (value, low, high, label, mark) in enumerate(zip(*(frame[name] for name in COLUMNS), strict=True)):
        known = not (isnan(low) or isnan(high))
        if known:
            ax.plot([low, high], [at, at], color=GREY, lw=1.6, zorder=2, solid_capstyle="butt")
        ax.plot([value], [at], ls="none", zorder=3, **STYLES["marked" if mark else "plain"])
        end = max(value, high) if known else value
        ax.annotate(str(label), (end, at), (AWAY, 0), textcoords="offset points", va="center", fontsize=LABEL_SIZE,
                    color=GREY)  # fmt: skip
    _dress(ax, ["\n".join(name) for name in names], axis)
    handles: list[Any] = [Line2D([], [], color=GREY, lw=1.6, **STYLES["plain"])]
    labels = ["the figure, with its 95% interval"]
    if frame.Marked.any():
        handles, labels = [*handles, Line2D([], [], color=GREY, lw=1.6, **STYLES["marked"])], [*labels, marked]
    key = Key(handles, labels, 2)
    lay_out(figure, words, key, Plot(row * len(frame), SPARE, TICKS, left, RIGHT))
    return figure


def _limits(ax: Axes, frame: pd.DataFrame, room: float, label: float) -> None:
    """Hold nought, every dot and its interval, and clear space at the right for what is written.

    A dot is how far something moves or differs, so its distance from nought is what is read.
    """
    ends = frame[["Value", "Low", "High"]]
    low, high = min(float(ends.min().min()), 0.0), max(float(ends.max().max()), 0.0)
    reach = (high - low) or max(abs(high), 1.0)
    low -= 0.03 * reach
    ax.set_xlim(low, low + 1.05 * reach * room / max(room - label, 0.3 * room))


def _dress(ax: Axes, names: list[str], axis: str) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=GREY)
    ax.tick_params(axis="x", labelsize=SMALLEST)
    for at in range(len(names) - 1):
        ax.axhline(at + 0.5, color=PALE, lw=0.8, zorder=0)
    if ax.get_xlim()[0] <= 0:
        ax.axvline(0, color=GREY, lw=0.8, zorder=1)
    ax.set_xlabel(axis, fontsize=SMALLEST, color=GREY, loc="left")
    ax.spines["left"].set_visible(False)
