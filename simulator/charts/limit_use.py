"""How much of its limit each body uses in each year under a shift, as coloured cells written in numbers."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from simulator.charts.heat import INK, STRIP, TICKS, dress, mark, sized
from simulator.charts.layout import GREY, LEFT, PLUM, SMALLEST, WIDTH, Key, Plot, lay_out
from simulator.plain_english import Words

SCALE = (
    (1, "0 or safer", "#FFFFFF", INK), (25, "1% to 24%", "#E6EFF7", INK), (50, "25% to 49%", "#C6DCEE", INK),
    (75, "50% to 74%", "#93BCDF", INK), (101, "75% to 100%", "#2B6A9F", "white"),
)  # fmt: skip
"""Classes of the whole per cent of a limit as written: below what it lies, its name, the colours of cell and text."""
OVER = ("over the limit", PLUM, "white")
BINDS = "outlined: what stops a larger shift"
TITLE = 0.1


def draw(frame: pd.DataFrame, words: Words, settlement_end: str | None) -> Figure:
    """Return the figure; columns of the frame: Row, Year, Used (share of the limit) and Binds (one cell at most).

    To be called and drawn under `SETTINGS`.
    """
    names, years = list(frame.Row.drop_duplicates()), sorted(set(frame.Year))
    grid = sized(names, years, ["one"])
    marked = settlement_end in years
    title = TITLE + STRIP * marked
    high = grid.row * len(names)
    figure = Figure(figsize=(WIDTH, high))
    ax: Axes = figure.subplots()
    for row, year, used, binds in zip(frame.Row, frame.Year, frame.Used, frame.Binds, strict=True):
        _cell(ax, (years.index(year), names.index(row)), used, binds)
    dress(ax, grid)
    if marked and settlement_end:
        mark(ax, years.index(settlement_end) + 0.5, grid)
    handles = [Patch(fc=colour, ec=GREY, lw=0.7) for _, _, colour, _ in SCALE]
    labels = [name for _, name, _, _ in SCALE]
    if (frame.Used.map(written) > 100).any():
        handles, labels = [*handles, Patch(fc=OVER[1], ec=GREY, lw=0.7)], [*labels, OVER[0]]
    if frame.Binds.any():
        handles, labels = [*handles, Patch(fc="none", ec=PLUM, lw=2.6)], [*labels, BINDS]
    left = LEFT + grid.margin / WIDTH
    key = Key(handles, labels, len(labels))
    lay_out(figure, words, key, Plot(high, title, TICKS, left, left + grid.cell * len(years) / WIDTH))
    return figure


def written(used: float) -> int:
    """Return a share of a limit as a whole per cent; one that is above its limit by any part is never 100."""
    whole = round(100 * used)
    return 101 if whole <= 100 and used > 1 + 1e-9 else whole


def told(used: float) -> str:
    """Return a share of a limit as a cell tells it: `94%`, and `0` for none; ten times the limit or more is `>999%`."""
    whole = written(used)
    if abs(whole) > 999:
        return ">999%" if whole > 0 else "<-999%"
    return f"{whole}%" if whole else "0"


def shade(used: float) -> tuple[str, str]:
    """Return the colours of a cell and of its text, by the whole per cent as it is written."""
    whole = written(used)
    return next(((fill, ink) for top, _, fill, ink in SCALE if whole < top), OVER[1:])


def _cell(ax: Axes, at: tuple[int, int], used: float, binds: bool) -> None:
    fill, ink = shade(used)
    across, down = at
    ax.add_patch(Rectangle((across - 0.5, down - 0.5), 1, 1, fc=fill, ec=GREY, lw=0.4, clip_on=False))
    ax.text(across, down, told(used), ha="center", va="center", fontsize=SMALLEST + 0.5 * binds, color=ink, zorder=5,
            weight="bold" if binds else "normal")  # fmt: skip
    if binds:
        # On white, so that the outline shows against a dark cell.
        for colour, wide in (("white", 5.0), (PLUM, 2.6)):
            ax.add_patch(Rectangle(
                (across - 0.47, down - 0.45), 0.94, 0.9, fc="none", ec=colour, lw=wide, zorder=4, clip_on=False,
            ))  # fmt: skip
