"""Shares that add up to a whole: one level bar a row, cut into whose each part is, each part written inside."""

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

LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 3.4 * POINTS, 0.96
LEAST = 0.005
"""The least share of any row from which a part is named."""
ROW, BAR = 0.38, 0.66
STYLES: tuple[dict[str, Any], ...] = (
    {"fc": DARK}, {"fc": "#6199CB"}, {"fc": "#C6DCEE"}, {"fc": PLUM}, {"fc": "#D9A6C2"}, {"fc": TEAL}, {"fc": PALE},
)  # fmt: skip
"""Fills of the parts in order, each told from its neighbours by lightness as well as by hue."""
INKS = ("white", "#0B0C0C", "#0B0C0C", "white", "#0B0C0C", "#0B0C0C", "#0B0C0C")


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return the figure; columns of the frame: Row, Part and Share, from 0 to 1, parts in the order of their fills.

    `Part` is a category, whose categories are all parts that any such picture can have. To be drawn under `SETTINGS`.

    Raises:
        ValueError: when there is nothing to draw, or a row adds up to more than a whole.
    """
    wide = frame.pivot_table("Share", "Row", "Part", "sum", 0.0, observed=False, sort=False)
    wide = wide.reindex(columns=frame.Part.cat.categories, fill_value=0.0).loc[frame.Row.drop_duplicates()]
    if wide.empty or (wide.sum(axis=1) > 1 + 1e-9).any():
        raise ValueError("a picture of shares needs one row at least, and no row above a whole")
    font = FontProperties(size=LABEL_SIZE)
    names, left, row = named_rows(wide.index, font, LABEL_ROOM, ROW)
    figure = Figure(figsize=(WIDTH, row * len(wide)))
    ax: Axes = figure.subplots()
    room = (RIGHT - left) * WIDTH * POINTS
    for at, shares in enumerate(wide.to_numpy()):
        start = 0.0
        for n, share in enumerate(shares):
            ax.barh(at, share, BAR, start, ec="white", lw=0.8, zorder=2, **STYLES[n])
            text = f"{share:.0%}"
            if share * room > width(text, FontProperties(size=SMALLEST)) + 4:
                ax.text(
                    start + share / 2, at, text, ha="center", va="center", fontsize=SMALLEST, color=INKS[n], zorder=3
                )
            start += share
    _dress(ax, ["\n".join(name) for name in names])
    shown = [n for n, part in enumerate(wide.columns) if wide[part].max() >= LEAST]
    key = Key([Patch(**STYLES[n]) for n in shown], [str(wide.columns[n]) for n in shown], 4)
    lay_out(figure, words, key, Plot(row * len(wide), title=SPARE, ticks=0.4, left=left, right=RIGHT))
    return figure


def _dress(ax: Axes, names: list[str]) -> None:
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"], fontsize=LABEL_SIZE)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=GREY)
    ax.spines["left"].set_visible(False)
