"""A shift year by year, a column for each body: what it pays and gets back, and how far it is behind in all."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.charts.fans import place, years_named
from simulator.charts.layout import (
    DARK,
    EDGE,
    GREY,
    LEFT,
    PLUM,
    POINTS,
    SMALLEST,
    TEAL,
    WIDTH,
    Key,
    Plot,
    even,
    lay_out,
    ticks,
)
from simulator.plain_english import Words
from simulator.years import FinancialYear

MOST_ACROSS = 3
YEARLY, SUMMED, WITHIN, BETWEEN, ACROSS = 1.7, 1.3, 0.3, 0.62, 0.34
TITLE, LINE, NAME_SIZE, BAR, ASIDE = 0.1, 0.165, 10, 0.42, 0.14
PAID: dict[str, Any] = {"fc": PLUM, "ec": PLUM}
BACK: dict[str, Any] = {"fc": "white", "ec": TEAL, "hatch": "/////"}
NET = "Net: mean, and P10 to P90 of futures"


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return the figure, one pair of panels for each body in the order of the frame, all on one scale.

    Columns of the frame: Body, Year, Spent (nought or below), Back, Net, Low, High and Cumulative in £m, and Need, what
    is written where the body is furthest behind, alike in every row of it. To be called and drawn under `SETTINGS`.
    """
    bodies = list(dict.fromkeys(frame.Body))
    across = min(MOST_ACROSS, len(bodies)) if len(bodies) != 4 else 2
    down = -(-len(bodies) // across)
    wide = ((EDGE - LEFT) * WIDTH - ACROSS * (across - 1)) / across
    font = FontProperties(size=NAME_SIZE, weight="bold")
    names = [even(body, font, wide * POINTS - 4) for body in bodies]
    title = TITLE + LINE * max(map(len, names))
    high = YEARLY + WITHIN + SUMMED
    figure = Figure(figsize=(WIDTH, high * down))
    outer = figure.add_gridspec(down, across, wspace=ACROSS / wide, hspace=(BETWEEN + title) / high)
    years = sorted(FinancialYear.parse(year) for year in set(frame.Year))
    spans = _spans(frame)
    for number, body in enumerate(bodies):
        inner = outer[divmod(number, across)].subgridspec(
            2, 1, height_ratios=(YEARLY, SUMMED), hspace=2 * WITHIN / (YEARLY + SUMMED)
        )
        upper, lower = (figure.add_subplot(inner[at]) for at in (0, 1))
        rows = place(frame[frame.Body == body], years[0])
        _yearly(upper, rows)
        _summed(lower, rows)
        for ax, (least, most), what in zip((upper, lower), spans, ("a year", "so far"), strict=True):
            _dress(ax, years, (least, most), f"£m {what}" if number % across == 0 else "")
        upper.set_title("\n".join(names[number]), loc="left", fontsize=NAME_SIZE, weight="bold", color=GREY)
        upper.tick_params(labelbottom=False)
    handles = [Patch(**PAID), Patch(**BACK), Line2D([], [], color=DARK, marker="D", ms=5, lw=1.4)]
    labels = ["Paid for programmes", "Cash back, contracts counted (hatched)", NET]
    lay_out(
        figure, words, Key(handles, labels, 3), Plot(high * down + (down - 1) * (BETWEEN + title), title, right=EDGE)
    )
    return figure


def _yearly(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw what is paid below nought and what comes back above it, net beside them; what is lost stands under both."""
    at, beside = rows.At - ASIDE, rows.At + 2 * ASIDE
    ax.bar(at, rows.Spent, BAR, lw=0.8, zorder=2, **PAID)
    ax.bar(at, rows.Back, BAR, rows.Spent.where(rows.Back < 0, 0.0), lw=0.8, zorder=2, **BACK)
    ax.vlines(beside, rows.Low, rows.High, color=DARK, lw=1.4, zorder=3)
    ax.plot(beside, rows.Net, color=DARK, marker="D", ms=4.5, mec="white", mew=0.6, ls="none", zorder=4)


def _summed(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw what is gained in all so far, and write where it is furthest behind."""
    ax.plot(rows.At, rows.Cumulative, color=DARK, lw=2.2, zorder=3)
    ax.fill_between(rows.At, 0, rows.Cumulative, fc="#DCE8F3", zorder=1)
    least = rows.iloc[int(rows.Cumulative.argmin())]
    if least.Cumulative < 0:
        ax.plot([least.At], [least.Cumulative], marker="o", ms=8, color=PLUM, mec="white", zorder=4)
    ax.annotate(
        str(least.Need), (0, 0), (4, 4), xycoords="axes fraction", textcoords="offset points", ha="left", va="bottom",
        fontsize=SMALLEST, color=PLUM if least.Cumulative < 0 else GREY, zorder=5,
    )  # fmt: skip


def _spans(frame: pd.DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the scales of yearly amounts and of sums, alike for every body, with room for what is written below."""
    yearly = frame[["Spent", "Back", "Net", "Low", "High"]].to_numpy(dtype=float)
    low, high = min(float(yearly.min()), 0.0), max(float(yearly.max()), 0.0)
    least, most = min(float(frame.Cumulative.min()), 0.0), max(float(frame.Cumulative.max()), 0.0)
    spare, room = 0.08 * ((high - low) or 1), (most - least) or 1
    return (low - spare, high + spare), (least - 0.3 * room, most + 0.12 * room)


def _dress(ax: Axes, years: list[FinancialYear], span: tuple[float, float], label: str) -> None:
    years_named(ax, years, None, most=4)
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.axhline(0, color=GREY, lw=0.8, zorder=2)
    ax.set_ylim(*span)
    ax.set_yticks(*ticks(*span, 4), fontsize=9)
    ax.tick_params(labelleft=bool(label))
    ax.set_ylabel(label, color=GREY, fontsize=9)
