"""Maps of chances: a coloured cell for every row and year, a panel for each view."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, Rectangle

from simulator.charts.layout import EDGE, GREY, LEFT, POINTS, SMALLEST, WIDTH, Key, Plot, even, lay_out, width
from simulator.figure_words import chance
from simulator.plain_english import TITLES, Words

COLUMNS = ("Row", "Year", "View", "Chance")
INK = "#0B0C0C"
SCALE = (
    (0, "0", "#FFFFFF", INK), (5, "under 5%", "#E6EFF7", INK), (10, "5% to 9%", "#C6DCEE", INK),
    (25, "10% to 24%", "#93BCDF", INK), (50, "25% to 49%", "#6199CB", INK), (75, "50% to 74%", "#2B6A9F", "white"),
    (101, "75% to 100%", "#0C3256", "white"),
)  # fmt: skip
"""Classes of the whole per cent as written: below what it lies, its name, and the colours of its cell and its text."""

MARK = "settlement ends"
NAME_SIZE, NAME_ROOM = 9.0, 2.7 * POINTS
NARROWEST, WIDEST, ROW, LINE, SPARE = 0.42, 0.8, 0.3, 0.155, 0.1
BESIDE, TITLE, STRIP, TICKS, MARGIN = 0.3, 0.36, 0.18, 0.34, 8


class Grid(NamedTuple):
    """The size of everything in inches, and whether the panels stand side by side."""

    names: list[str]
    years: list[str]
    views: list[str]
    margin: float
    cell: float
    row: float
    beside: bool


def draw(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> Figure:
    """Return a map of chances as a figure, for whoever wishes to measure it; to be drawn under `SETTINGS`."""
    _check(frame)
    views = [view for view in TITLES.values() if view in set(frame.View)]
    grid = sized(list(frame.Row.drop_duplicates()), sorted(set(frame.Year)), views)
    marked = settlement_end in grid.years
    title = TITLE + STRIP * marked
    down, across = (1, len(grid.views)) if grid.beside else (len(grid.views), 1)
    high, wide, between = grid.row * len(set(frame.Row)), grid.cell * len(grid.years), TICKS + title
    figure = Figure(figsize=(WIDTH, high))
    figure.subplots_adjust(wspace=BESIDE / wide, hspace=between / high)
    axes = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for ax, view in zip(axes, grid.views, strict=True):
        _panel(ax, grid, frame[frame.View == view])
        ax.set_title(view, loc="left", fontsize=11, color=GREY, pad=6 + STRIP * POINTS * marked)
        if marked and settlement_end:
            mark(ax, grid.years.index(settlement_end) + 0.5, grid)
    handles = [Patch(fc=colour, ec=GREY, lw=0.7) for _, _, colour, _ in SCALE]
    key = Key(handles, [name for _, name, _, _ in SCALE], len(SCALE))
    left = LEFT + grid.margin / WIDTH
    right = left + (across * wide + (across - 1) * BESIDE) / WIDTH
    lay_out(figure, words, key, Plot(down * high + (down - 1) * between, title, TICKS, left, right))
    return figure


def shade(probability: float) -> tuple[str, str]:
    """Return the colours of a cell and of its text, by the chance as it is written."""
    written = round(100 * probability)
    number = 0 if probability == 0 else next(i for i, (top, *_) in enumerate(SCALE) if written < top)
    return SCALE[number][2:]


def _check(frame: pd.DataFrame) -> None:
    if missing := [column for column in COLUMNS if column not in frame]:
        raise ValueError(f"a map of chances needs the columns {', '.join(COLUMNS)}; {', '.join(missing)} is not there")
    if unknown := sorted(set(frame.View) - set(TITLES.values())):
        raise ValueError(f"a view is `{'` or `'.join(TITLES.values())}`, not `{unknown[0]}`")
    if frame.empty or not frame.Chance.between(0, 1).all():
        raise ValueError("every chance is a number from 0 to 1, and there is at least one")
    whole = frame.Row.nunique() * frame.Year.nunique() * frame.View.nunique()
    if len(frame) != whole or frame.duplicated(["Row", "Year", "View"]).any():
        raise ValueError("a map of chances needs one chance, and only one, for every row, year and view")


def sized(rows: list[str], years: list[str], views: list[str]) -> Grid:
    """Return the sizes that fit: panels side by side if their cells are then wide enough, else one above the other."""
    font = FontProperties(size=NAME_SIZE)
    names = [even(name, font, NAME_ROOM) for name in rows]
    margin = (MARGIN + max(width(line, font) for name in names for line in name)) / POINTS
    room = (EDGE - LEFT) * WIDTH - margin
    side = (room - BESIDE * (len(views) - 1)) / len(views) / len(years)
    beside = side >= NARROWEST
    row = max(ROW, LINE * max(map(len, names)) + SPARE)
    cell = min(WIDEST, side if beside else room / len(years))
    return Grid(["\n".join(name) for name in names], years, views, margin, cell, row, beside)


def _panel(ax: Axes, grid: Grid, frame: pd.DataFrame) -> None:
    table = frame.pivot(index="Row", columns="Year", values="Chance").loc[frame.Row.drop_duplicates(), grid.years]
    for down, chances in enumerate(table.to_numpy()):
        for across, found in enumerate(chances):
            colour, ink = shade(found)
            ax.add_patch(Rectangle((across - 0.5, down - 0.5), 1, 1, fc=colour, ec=GREY, lw=0.4, clip_on=False))
            ax.text(across, down, chance(found), ha="center", va="center", fontsize=SMALLEST, color=ink)
    dress(ax, grid)


def dress(ax: Axes, grid: Grid) -> None:
    """Name the rows and the years of a panel of cells."""
    ax.set_xlim(-0.5, len(grid.years) - 0.5)
    ax.set_ylim(len(grid.names) - 0.5, -0.5)
    ax.set_xticks(range(len(grid.years)), [year[2:] for year in grid.years], fontsize=9)
    ax.set_yticks(range(len(grid.names)), grid.names, ha="left", fontsize=NAME_SIZE, color=GREY, linespacing=1.1)
    ax.tick_params(axis="y", length=0, pad=grid.margin * POINTS)
    ax.tick_params(axis="x", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


def mark(ax: Axes, at: float, grid: Grid) -> None:
    """Draw where the settlement ends between two columns, and name it above them."""
    for colour, wide, dashes in (("white", 4.0, "-"), (INK, 1.6, (0, (1.5, 1.5)))):
        ax.plot([at, at], [-0.5 - 0.16 / grid.row, len(grid.names) - 0.5], color=colour, lw=wide, ls=dashes,
                clip_on=False, solid_capstyle="butt")  # fmt: skip
    needed = (width(MARK, FontProperties(size=SMALLEST)) + 6) / POINTS
    fits = (len(grid.years) - 0.5 - at) * grid.cell >= needed
    side, gap = ("left", 4) if fits else ("right", -4)
    ax.annotate(MARK, (at, 1), (gap, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha=side,
                va="bottom", fontsize=SMALLEST, color=GREY)  # fmt: skip
