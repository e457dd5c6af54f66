"""Figures as bytes; matplotlib is used here and nowhere else."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator import chart_data
from simulator.plain_english import TITLES, Words
from simulator.run import Results

DARK, MIDDLE, LIGHT, PALE = "#12436D", "#4C7BA8", "#8FB4D6", "#C9DCEC"
SHADES = {90: PALE, 80: LIGHT, 50: MIDDLE}
ACCENT, GREY = "#801650", "#3D3D3D"
SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "svg.hashsalt": "headroom", "svg.fonttype": "none", "axes.edgecolor": GREY, "figure.dpi": 110,
    "text.parse_math": False,
}  # fmt: skip


def fan(results: Results, agency: str, measure: str, words: Words) -> dict[str, bytes]:
    """Return a fan chart of `gap` or `usable_reserves` as {"svg": ..., "png": ...}, both views side by side."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(11, 6.2))
        axes = figure.subplots(1, 2, sharey=True)
        frame = chart_data.fan(results, agency, measure)
        for ax, view in zip(axes, TITLES.values(), strict=True):
            _panel(ax, results, agency, measure, frame[frame.View == view])
            ax.set_title(view, loc="left", fontsize=11, color=GREY)
        axes[0].set_ylabel("£m, cash")
        axes[1].legend(loc="upper left", frameon=False, fontsize=8.5)
        figure.text(0.06, 0.955, words.headline, fontsize=13, weight="bold", color=DARK)
        figure.text(0.06, 0.915, words.measured, fontsize=10, color=GREY)
        figure.text(0.06, 0.025, words.how_to_read, fontsize=8.5, color=GREY, linespacing=1.4)
        figure.subplots_adjust(left=0.06, right=0.985, top=0.85, bottom=0.19, wspace=0.06)
        return _bytes(figure, words)


def _panel(ax: Axes, results: Results, agency: str, measure: str, frame: pd.DataFrame) -> None:
    history, column = _history(results, agency, measure)
    years = [*history.Year, *(year for year in results.compiled.years)]
    at = {year: i for i, year in enumerate(years)}
    for band, shade in SHADES.items():
        rows = frame[frame.Band == band]
        ax.fill_between(
            [at[y] for y in rows.Year], rows.Low, rows.High, color=shade, lw=0, label=f"{band} in 100 futures"
        )
    rows = frame[frame.Band == 50]
    x = [at[year] for year in rows.Year]
    ax.plot(x, rows.Middle, color=DARK, lw=2, label="Middle future")
    ax.plot(x, rows["Central case"], color=ACCENT, lw=1.4, ls="--", label="Central case")
    if len(history):
        ax.plot(
            [at[y] for y in history.Year],
            history[column],
            color=GREY,
            lw=1.8,
            marker="o",
            ms=3.5,
            label="Published" if measure == "gap" else "Published, at the usable share",
        )
        joined = [history[column].iloc[-1], rows.Middle.iloc[0]]
        ax.plot([at[history.Year.iloc[-1]], x[0]], joined, color=GREY, lw=1, ls=":")
    if measure == "usable_reserves":
        floor = chart_data.minimum(results, agency)
        ax.plot([at[y] for y in floor.Year], floor.Minimum, color=ACCENT, lw=1.6, label="Minimum general fund")
        ax.set_ylim(bottom=0)
    else:
        ax.axhline(0, color=GREY, lw=0.8)
    end = results.scenario.rules.settlement_end
    if end and str(end) in at:
        ax.axvline(at[str(end)] + 0.5, color=GREY, lw=0.8, ls=(0, (2, 3)))
        ax.annotate("settlement ends", (at[str(end)] + 0.55, 0.985), xycoords=("data", "axes fraction"), fontsize=8,
                    color=GREY, va="top")  # fmt: skip
    ax.set_xticks(range(len(years)), [year[2:] if i % 2 == 0 else "" for i, year in enumerate(years)])
    ax.margins(x=0.01)


def _history(results: Results, agency: str, measure: str) -> tuple[pd.DataFrame, str]:
    if measure == "gap":
        return chart_data.gap_history(results, agency), "Gap"
    return chart_data.reserves_history(results, agency), "Usable reserves"


def _bytes(figure: Figure, words: Words) -> dict[str, bytes]:
    """Return the figure as SVG and PNG with its text alternative inside; no date, so equal runs give equal files."""
    drawn = {}
    for kind, stamp in (("svg", "Date"), ("png", "Software")):
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, metadata={stamp: None, "Title": words.headline, "Description": words.alt})
        drawn[kind] = buffer.getvalue()
    return drawn
