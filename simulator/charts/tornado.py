"""What an amount would be with each driver pushed low and high alone: a bar either side of the amount as entered."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch

from simulator.charts.layout import (
    DARK,
    GREY,
    PALE,
    PLUM,
    POINTS,
    SPARE,
    WIDTH,
    Key,
    Plot,
    lay_out,
    named_rows,
    ticks,
    width,
)
from simulator.plain_english import Words

LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 4.2 * POINTS, 0.96
ROW, BAR, AWAY = 0.34, 0.56, 5
STYLES: dict[str, dict[str, Any]] = {
    "Low": {"fc": "white", "ec": PLUM, "hatch": "/////"},
    "High": {"fc": DARK, "ec": DARK},
}
NAMES = {"Low": "the driver at its P10 (hatched)", "High": "the driver at its P90"}


def draw(frame: pd.DataFrame, words: Words, centre: float, axis: str) -> Figure:
    """Return the figure; columns of the frame: Name, Low and High, what the amount is at either end, as is `centre`.

    `axis` says what is measured and in which unit. To be drawn under `SETTINGS`.

    Raises:
        ValueError: when there is nothing to draw.
    """
    if frame.empty:
        raise ValueError("a tornado needs one driver at least")
    font = FontProperties(size=LABEL_SIZE)
    names, left, row = named_rows(frame.Name, font, LABEL_ROOM, ROW)
    figure = Figure(figsize=(WIDTH, row * len(frame)))
    ax: Axes = figure.subplots()
    _limits(ax, frame, centre, font, (RIGHT - left) * WIDTH * POINTS)
    for at, ends in enumerate(zip(frame.Low, frame.High, strict=True)):
        for style, end in zip(STYLES, ends, strict=True):
            ax.barh(at, end - centre, BAR, centre, lw=1, zorder=2, **STYLES[style])
            side, away = (
                ("left", AWAY) if (end, style == "High") >= (centre, False) and end >= centre else ("right", -AWAY)
            )
            ax.annotate(f"{end:,.1f}", (end, at), (away, 0), textcoords="offset points", ha=side, va="center",
                        fontsize=LABEL_SIZE, color=GREY)  # fmt: skip
    _dress(ax, ["\n".join(name) for name in names], centre)
    ax.set_xlabel(axis, fontsize=LABEL_SIZE, color=GREY, loc="left")
    key = Key([Patch(**STYLES[style]) for style in STYLES], [NAMES[style] for style in STYLES], 2)
    lay_out(figure, words, key, Plot(row * len(frame), title=SPARE, ticks=0.62, left=left, right=RIGHT))
    return figure


def _limits(ax: Axes, frame: pd.DataFrame, centre: float, font: FontProperties, room: float) -> None:
    """Hold every bar and the amounts written at its ends."""
    ends = [centre, *frame.Low, *frame.High]
    low, high = min(ends), max(ends)
    words = max(width(f"{end:,.1f}", font) for end in ends) + 3 * AWAY
    scale = ((high - low) or 1.0) / max(room - 2 * words, 0.3 * room)
    ax.set_xticks(*ticks(low - words * scale, high + words * scale, 6), fontsize=LABEL_SIZE)
    ax.set_xlim(low - words * scale, high + words * scale)


def _dress(ax: Axes, names: list[str], centre: float) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=GREY)
    for at in range(len(names) - 1):
        ax.axhline(at + 0.5, color=PALE, lw=0.8, zorder=0)
    ax.axvline(centre, color=GREY, lw=1, zorder=4)
    ax.spines["left"].set_visible(False)
