"""Fan charts: what 9, 8 and 5 futures in 10 hold, before and after action."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simulator import chart_data
from simulator.charts.layout import DARK, GREY, PLUM, POINTS, SMALLEST, TEAL, WIDTH, Key, Plot, lay_out
from simulator.plain_english import TITLES, Words
from simulator.run import Results
from simulator.years import FinancialYear

# Every line is at 3:1 or more from what lies behind it, bands included.
SHADES = {90: "#DCE8F3", 80: "#B3CFE8", 50: "#7FAEDB"}
BANDS = {
    90: "Widest band: 90 in 100 futures",
    80: "Next band: 80 in 100 futures",
    50: "Narrowest band: 50 in 100 futures",
}
MINIMUM = "Minimum general fund (earmarked reserves are used first)"
HISTORY = {
    "gap": "Use of reserves, from published balances", "usable_reserves": "Published, at the usable share",
    "cash": "Entered for the base year", "free_reserves": "Entered for the base year",
}  # fmt: skip
TAKEN_OUT, TOO_FEW = "one-off surplus taken out", "too few futures for bands"
PLOT_HEIGHT, MOST_YEARS_NAMED, LEAST_SPAN = 4.0, 7, 0.1


def draw(results: Results, agency: str, measure: str, words: Words) -> Figure:
    """Return a fan chart as a figure, for whoever wishes to measure it; to be called and drawn under `SETTINGS`."""
    figure = Figure(figsize=(WIDTH, PLOT_HEIGHT))
    figure.subplots_adjust(wspace=0.2)
    axes: tuple[Axes, Axes] = tuple(figure.subplots(1, 2, sharey=True))
    frame = chart_data.fan(results, agency, measure)
    banded = results.paths >= chart_data.FEWEST_FOR_BANDS
    for ax, title in zip(axes, TITLES.values(), strict=True):
        _panel(ax, results, agency, measure, frame[frame.View == title])
        warning = "" if banded else f" ({TOO_FEW})"
        ax.set_title(f"{title}, £m cash{warning}", loc="left", fontsize=11, color=GREY)
    _limits(axes, measure)
    if banded:
        for ax, title in zip(axes, TITLES.values(), strict=True):
            _name_bands(ax, frame[frame.View == title])
    how = words.how_to_read.split("\n")
    if not banded:
        how = [line for line in how if "band" not in line]
    handles, labels = axes[1].get_legend_handles_labels()
    key = Key(handles, labels, -(-len(labels) // 3))
    lay_out(figure, words._replace(how_to_read="\n".join(how)), key, Plot(PLOT_HEIGHT))
    return figure


def _panel(ax: Axes, results: Results, agency: str, measure: str, frame: pd.DataFrame) -> None:
    history = chart_data.history(results, agency, measure)
    years = sorted(FinancialYear.parse(year) for year in {*history.Year, *results.compiled.years})
    rows = _widened(place(frame, years[0]))
    years_named(ax, years, results.scenario.rules.settlement_end)
    if results.paths >= chart_data.FEWEST_FOR_BANDS:
        for band, shade in SHADES.items():
            part = rows[rows.Band == band]
            # Outlined, because the palest band would not show on white.
            ax.fill_between(part.At, part.Low, part.High, fc=shade, ec=DARK, lw=0.7, label=BANDS[band])
    rows = rows[rows.Band == 50]
    ax.plot(rows.At, rows.Middle, color=DARK, lw=2.2, label="Middle future")
    ax.plot(rows.At, rows["Central case"], color=PLUM, lw=1.8, ls="--", label="Central case")
    if len(history):
        past = place(history, years[0])
        ax.plot(past.At, past.Amount, color=TEAL, lw=2, marker="o", ms=4.5, label=HISTORY[measure])
        if past.At.iloc[-1] < rows.At.iloc[0]:
            _step(ax, results, agency, measure, pd.concat([past.tail(1), rows.head(1)]))
    if measure == "usable_reserves":
        floor = _widened(place(chart_data.minimum(results, agency), years[0]))
        ax.plot(floor.At, floor.Minimum, color=GREY, lw=2, ls=(0, (6, 2, 1.2, 2)), label=MINIMUM)
    elif measure in ("gap", "off_plan"):
        ax.axhline(0, color=GREY, lw=0.8)


def place(table: pd.DataFrame, first: FinancialYear) -> pd.DataFrame:
    """Return a table with where each row stands, counted in years from the first."""
    return table.assign(At=[float(FinancialYear.parse(year) - first) for year in table.Year])


def _widened(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a single year drawn out to either side of it, as a band of one point has no area."""
    if rows.At.nunique() > 1:
        return rows
    return pd.concat([rows.assign(At=rows.At - 0.3), rows.assign(At=rows.At + 0.3)])


def _step(ax: Axes, results: Results, agency: str, measure: str, ends: pd.DataFrame) -> None:
    """Join published reserves to the middle future; use of reserves is no published gap, so no line joins it on."""
    heights = ends.Amount.fillna(ends.Middle)
    if measure != "gap":
        ax.plot(ends.At, heights, color=GREY, lw=1)
        return
    contribution = results.council(agency).reserves.contribution
    if contribution.treatment == "one_off" and contribution.added > 0:
        first, last = ax.get_xlim()
        # Under the step, but not so far to the left that it would leave the panel.
        at = max(float(ends.At.mean()), first + 0.18 * (last - first))
        ax.annotate(
            TAKEN_OUT, (ends.At.mean(), heights.mean()), (at, 0.02), textcoords=("data", "axes fraction"), ha="center",
            fontsize=SMALLEST, color=GREY,
            arrowprops={"arrowstyle": "->", "color": GREY, "lw": 0.8, "relpos": (0.5, 1)},
        )  # fmt: skip


def years_named(
    ax: Axes, years: list[FinancialYear], settlement_end: FinancialYear | None, most: int = MOST_YEARS_NAMED
) -> None:
    """Name years evenly, counted back from the last so that it is always named, and mark the settlement's end."""
    last = years[-1] - years[0]
    every = -(-(last + 1) // most)
    names = [str(years[0] + i)[2:] if (last - i) % every == 0 else "" for i in range(last + 1)]
    ax.set_xticks(range(last + 1), names, fontsize=9)
    ax.set_xlim(-0.4, last + 0.6)
    if settlement_end and years[0] <= settlement_end <= years[-1]:
        at = settlement_end - years[0] + 0.5
        ax.axvline(at, color=GREY, lw=0.8, ls=(0, (2, 3)))
        side, gap = ("left", 4) if at < last / 2 else ("right", -4)
        ax.annotate("settlement ends", (at, 1), (gap, 0), xycoords=("data", "axes fraction"), ha=side, va="top",
                    textcoords="offset points", fontsize=SMALLEST, color=GREY)  # fmt: skip


def _limits(axes: tuple[Axes, Axes], measure: str) -> None:
    """Hold all of both panels, with clear strips above and below for what is written there."""
    ends = np.array([ax.dataLim.intervaly for ax in axes])
    low, high = float(ends.min()), float(ends.max())
    # Rounding must not be blown up into a fan.
    spare = max(0.0, LEAST_SPAN - (high - low)) / 2
    low, high = low - spare, high + spare
    room = (high - low) * 0.12
    axes[0].set_ylim(0 if measure != "gap" and ends.min() >= 0 else low - room, high + room)
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda amount, _: f"{amount:,.10g}"))
    axes[0].tick_params(axis="y", labelsize=9)


def _name_bands(ax: Axes, frame: pd.DataFrame) -> None:
    """Write beside each band's upper edge how many futures it holds, pushed apart where edges meet."""
    ends = frame[frame.Year == frame.Year.max()].set_index("Band").High
    low, high = ax.get_ylim()
    line = (high - low) * (SMALLEST + 3) / (PLOT_HEIGHT * POINTS)
    at = -np.inf
    for band in sorted(SHADES):
        at = max(float(ends[band]), at + line)
        ax.annotate(
            f"{band} in 100", (ax.dataLim.x1, ends[band]), (1.012, at), textcoords=("axes fraction", "data"),
            fontsize=SMALLEST, color=GREY, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.7, "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
