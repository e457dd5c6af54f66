"""Conditional fans: usable reserves under each end of the high-needs override, side by side and never averaged."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simulator.charts.fans import BANDS, SHADES, TOO_FEW, place, years_named
from simulator.charts.layout import DARK, GREY, PLUM, WIDTH, Key, Plot, lay_out
from simulator.plain_english import Words
from simulator.years import FinancialYear

HEIGHT = 3.4


def draw(frame: pd.DataFrame, words: Words, settlement_end: str | None, banded: bool = True) -> Figure:
    """Return the figure; columns of the frame: If, Year, Band, Low, High, Middle, Central case, in £m.

    To be called and drawn under `SETTINGS`.
    """
    branches = list(dict.fromkeys(frame.If))
    figure = Figure(figsize=(WIDTH, HEIGHT))
    figure.subplots_adjust(wspace=0.12)
    panels: list[Axes] = list(figure.subplots(1, len(branches), sharey=True, squeeze=False)[0])
    years = sorted(FinancialYear.parse(year) for year in set(frame.Year))
    end = FinancialYear.parse(settlement_end) if settlement_end else None
    for ax, branch in zip(panels, branches, strict=True):
        rows = place(frame[frame.If == branch], years[0])
        years_named(ax, years, end, most=4)
        for band, shade in SHADES.items() if banded else ():
            part = rows[rows.Band == band]
            ax.fill_between(part.At, part.Low, part.High, fc=shade, ec=DARK, lw=0.7, label=BANDS[band])
        middle = rows[rows.Band == 50]
        ax.plot(middle.At, middle.Middle, color=DARK, lw=2.2, label="Middle future")
        ax.plot(middle.At, middle["Central case"], color=PLUM, lw=1.8, ls="--", label="Central case")
        ax.set_title(branch if banded else f"{branch} ({TOO_FEW})", loc="left", fontsize=10, color=GREY)
    panels[0].set_ylim(0, max(float(frame.High.max()), float(frame["Central case"].max()), 0.1) * 1.12)
    panels[0].yaxis.set_major_formatter(FuncFormatter(lambda amount, _: f"{amount:,.10g}"))
    panels[0].tick_params(axis="y", labelsize=9)
    handles, labels = panels[-1].get_legend_handles_labels()
    lay_out(figure, words, Key(handles, labels, -(-len(labels) // 2)), Plot(HEIGHT))
    return figure
