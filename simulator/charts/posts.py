"""Posts that programmes want against those that can be filled, a panel for each staff group."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch

from simulator.charts.fans import place, years_named
from simulator.charts.layout import DARK, EDGE, GREY, LEFT, POINTS, SMALLEST, WIDTH, Key, Plot, even, lay_out, ticks
from simulator.plain_english import Words
from simulator.years import FinancialYear

MOST_ACROSS, HIGH, BETWEEN, ACROSS = 3, 2.2, 0.5, 0.45
TITLE, LINE, NAME_SIZE = 0.1, 0.165, 10
FILLED: dict[str, Any] = {"fc": DARK, "ec": DARK}
WANTED: dict[str, Any] = {"fc": "none", "ec": GREY, "lw": 1.2}


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return the figure; columns of the frame: Group, Year, Wanted and Filled, in posts.

    To be called and drawn under `SETTINGS`.
    """
    groups = list(dict.fromkeys(frame.Group))
    across = min(MOST_ACROSS, len(groups))
    down = -(-len(groups) // across)
    wide = ((EDGE - LEFT) * WIDTH - ACROSS * (across - 1)) / across
    font = FontProperties(size=NAME_SIZE, weight="bold")
    names = [even(group, font, wide * POINTS - 4) for group in groups]
    title = TITLE + LINE * max(map(len, names))
    figure = Figure(figsize=(WIDTH, HIGH * down))
    figure.subplots_adjust(wspace=ACROSS / wide, hspace=(BETWEEN + title) / HIGH)
    years = sorted(FinancialYear.parse(year) for year in set(frame.Year))
    for number, group in enumerate(groups):
        ax = figure.add_subplot(down, across, number + 1)
        _panel(ax, place(frame[frame.Group == group], years[0]), years)
        ax.set_ylabel("posts" if number % across == 0 else "", color=GREY, fontsize=9)
        ax.set_title("\n".join(names[number]), loc="left", fontsize=NAME_SIZE, weight="bold", color=GREY)
    key = Key([Patch(**FILLED), Patch(**WANTED)], ["Can be filled", "Wanted by programmes (hollow)"], 2)
    lay_out(figure, words, key, Plot(HIGH * down + (down - 1) * (BETWEEN + title), title, right=EDGE))
    return figure


def _panel(ax: Axes, rows: pd.DataFrame, years: list[FinancialYear]) -> None:
    ax.bar(rows.At, rows.Filled, 0.5, **FILLED)
    ax.bar(rows.At, rows.Wanted, 0.76, **WANTED)
    years_named(ax, years, None, most=4)
    ax.set_xlim(-0.6, len(years) - 0.4)
    top = max(float(rows.Wanted.max()), 0.1) * 1.2
    ax.set_ylim(0, top)
    ax.set_yticks(*ticks(0, top, 4), fontsize=9)
    worst = rows.iloc[int((rows.Wanted - rows.Filled).argmax())]
    if worst.Wanted > worst.Filled:
        ax.annotate(
            f"{worst.Filled:,.0f} of {worst.Wanted:,.0f}", (worst.At, worst.Wanted), (0, 3), ha="center", va="bottom",
            textcoords="offset points", fontsize=SMALLEST, color=GREY,
        )  # fmt: skip
