"""How far each assumption has to move before the plan breaks, in its own standard deviations: the shortest first."""

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
    MARGIN,
    PALE,
    POINTS,
    SMALLEST,
    SPARE,
    TEAL,
    WIDTH,
    Key,
    Plot,
    lay_out,
    named_rows,
    width,
)
from simulator.plain_english import Words

LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 4.4 * POINTS, 0.95
ROW, BAR = 0.32, 0.6
ORDINARY = "within 1: an ordinary year"
BEYOND = "beyond 1, hatched"
STYLES: dict[str, dict[str, Any]] = {
    ORDINARY: {"fc": DARK, "ec": DARK},
    BEYOND: {"fc": "white", "ec": TEAL, "hatch": "/////"},
}


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return the figure; columns of the frame: Name, Distance (standard deviations, above nought) and Label."""
    font = FontProperties(size=LABEL_SIZE)
    names, left, row = named_rows(frame.Name, font, LABEL_ROOM, ROW)
    figure = Figure(figsize=(WIDTH, row * len(frame)))
    ax: Axes = figure.subplots()
    most = float(frame.Distance.max())
    wide = max(width(label, font) for label in frame.Label) + MARGIN
    room = (RIGHT - left) * WIDTH * POINTS
    ax.set_xlim(0, max(most, 0.1) * room / max(room - wide, 0.25 * room))
    used = set()
    for at, (distance, label) in enumerate(zip(frame.Distance, frame.Label, strict=True)):
        style = ORDINARY if distance <= 1 else BEYOND
        used.add(style)
        ax.barh(at, distance, BAR, zorder=2, lw=1, **STYLES[style])
        ax.annotate(
            label, (distance, at), (5, 0), textcoords="offset points", va="center", fontsize=LABEL_SIZE, color=GREY,
            bbox={"fc": "white", "ec": "none", "pad": 1},
        )  # fmt: skip
    ax.set_yticks(range(len(names)), ["\n".join(name) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=GREY)
    ax.tick_params(axis="x", labelsize=SMALLEST)
    for at in range(len(names) - 1):
        ax.axhline(at + 0.5, color=PALE, lw=0.8, zorder=0)
    ax.axvline(1, color=GREY, lw=0.8, ls=(0, (2, 3)), zorder=1)
    ax.spines["left"].set_visible(False)
    shown = [style for style in STYLES if style in used]
    key = Key([Patch(**STYLES[style]) for style in shown], [f"Standard deviations {style}" for style in shown], 2)
    lay_out(figure, words, key, Plot(row * len(frame), title=SPARE, left=left, right=RIGHT))
    return figure
