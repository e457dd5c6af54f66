"""Curves of evidence: what reserve each confidence needs, and in how many futures reserves last."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from simulator.charts.fans import place, years_named
from simulator.charts.layout import DARK, GREY, PLUM, SMALLEST, TEAL, WIDTH, Key, Plot, lay_out
from simulator.plain_english import Words
from simulator.years import FinancialYear

HEIGHT, PALE_BAND = 3.8, "#B3CFE8"
SAMPLING = "Sampling error, 95 in 100"


def confidence(frame: pd.DataFrame, words: Words, held: float, marks: tuple[float, ...] = (0.8, 0.9, 0.95)) -> Figure:
    """Return the reserve needed against confidence, with what is held today as a level line.

    Columns of the frame: Confidence (from 0 to 1), Needed, Low and High in £m; `held` is in £m.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT))
    ax: Axes = figure.subplots()
    ax.fill_between(frame.Confidence, frame.Low, frame.High, fc=PALE_BAND, ec=DARK, lw=0.5, label=SAMPLING)
    ax.plot(frame.Confidence, frame.Needed, color=DARK, lw=2.2, label="Reserve needed")
    ax.axhline(held, color=PLUM, lw=1.8, ls="--", label=f"Held when the budget year opens: £{held:,.1f}m")
    for mark in marks:
        rows = frame[(frame.Confidence - mark).abs() < 1e-9]
        if len(rows):
            needed = float(rows.Needed.iloc[0])
            ax.plot([mark], [needed], marker="o", ms=6, color=TEAL, mec=DARK)
            ax.annotate(f"{mark:.0%}: £{needed:,.1f}m", (mark, needed), (-6, 6), textcoords="offset points",
                        ha="right", fontsize=SMALLEST + 0.5, color=GREY)  # fmt: skip
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Confidence: share of futures in which reserves then suffice", color=GREY, fontsize=9)
    _pounds(ax, max(float(frame.High.max()), held))
    handles, labels = ax.get_legend_handles_labels()
    lay_out(figure, words, Key(handles, labels, 3), Plot(HEIGHT, title=0.1, ticks=0.62))
    return figure


def survival(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> Figure:
    """Return the share of futures in which usable reserves last to each 31 March.

    Columns of the frame: Year, Share, Low and High, shares from 0 to 1.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT))
    ax: Axes = figure.subplots()
    years = sorted(FinancialYear.parse(year) for year in set(frame.Year))
    rows = place(frame, years[0])
    years_named(ax, years, FinancialYear.parse(settlement_end) if settlement_end else None, most=16)
    ax.fill_between(rows.At, rows.Low, rows.High, fc=PALE_BAND, ec=DARK, lw=0.5, step=None, label=SAMPLING)
    ax.plot(rows.At, rows.Share, color=DARK, lw=2.2, marker="o", ms=4.5, label="Futures in which reserves last")
    for at, share in zip(rows.At, rows.Share, strict=True):
        text = ">99" if 0.995 < share < 1 else "<1" if 0 < share < 0.005 else f"{100 * share:.0f}"
        ax.annotate(text, (at, share), (0, 7), textcoords="offset points", ha="center",
                    fontsize=SMALLEST, color=GREY)  # fmt: skip
    ax.set_ylim(0, 1.12)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", labelsize=9)
    handles, labels = ax.get_legend_handles_labels()
    lay_out(figure, words, Key(handles, labels, 2), Plot(HEIGHT, title=0.1))
    return figure


def _pounds(ax: Axes, most: float) -> None:
    ax.set_ylim(0, max(most, 0.1) * 1.14)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: f"{amount:,.10g}"))
    ax.set_ylabel("£m cash", color=GREY, fontsize=9)
    ax.tick_params(labelsize=9)
