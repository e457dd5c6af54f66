"""Two things varied together: a coloured cell, written in words, for every pair of their values."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, Rectangle

from simulator.charts.heat import SCALE
from simulator.charts.layout import EDGE, GREY, LEFT, PLUM, POINTS, SMALLEST, WIDTH, Key, Plot, lay_out, width
from simulator.plain_english import Words

HATCH = "////"
ROW, WIDEST, MARGIN, NAME_SIZE = 0.36, 1.3, 10, 9.0
TITLE, TICKS = 0.1, 0.62
BASE = "outlined: the scenario as it stands"
ALIKE = "hatched: not told apart from the scenario as it stands"
COLUMNS = ("Row", "Column", "Label", "Class", "Base", "Alike")
MOST = len(SCALE)
"""Classes of colour there are, from white to dark."""


def draw(frame: pd.DataFrame, words: Words, classes: Sequence[str], across: str) -> Figure:
    """Return the figure; columns of the frame: Row, Column, Label, Class (a place in `classes`), Base (true or not).

    A column Alike, if there is one, is true of cells that sampling error does not tell apart from the base: these are
    hatched. Rows and columns stand in the order of the frame; `across` is what the columns vary. To be drawn under
    `SETTINGS`.

    Raises:
        ValueError: when a pair of values has no cell or two, or there are more classes than colours.
    """
    rows, columns = list(frame.Row.drop_duplicates()), list(frame.Column.drop_duplicates())
    if len(frame) != len(rows) * len(columns) or frame.duplicated(["Row", "Column"]).any():
        raise ValueError("a grid needs one cell, and only one, for every pair of values")
    if len(classes) > MOST:
        raise ValueError(f"there are {MOST} colours, and {len(classes)} classes")
    font = FontProperties(size=NAME_SIZE)
    margin = (MARGIN + max(width(name, font) for name in rows)) / POINTS
    cell = min(WIDEST, ((EDGE - LEFT) * WIDTH - margin) / len(columns))
    figure = Figure(figsize=(WIDTH, ROW * len(rows)))
    ax: Axes = figure.subplots()
    frame = frame.assign(Alike=frame.get("Alike", False))
    for row, column, label, number, base, alike in zip(*(frame[name] for name in COLUMNS), strict=True):
        at, colours = (columns.index(column), rows.index(row)), _colours(number, len(classes))
        _cell(ax, at, str(label), colours, (bool(base), bool(alike) and not base))
    _dress(ax, rows, columns, margin)
    ax.set_xlabel(across, fontsize=NAME_SIZE, color=GREY, loc="left")
    handles = [Patch(fc=_colours(n, len(classes))[0], ec=GREY, lw=0.7) for n in range(len(classes))]
    labels = list(classes)
    if frame.Base.any():
        handles, labels = [*handles, Patch(fc="none", ec=PLUM, lw=2.6)], [*labels, BASE]
    if (frame.Alike & ~frame.Base.astype(bool)).any():
        handles, labels = [*handles, Patch(fc="white", ec=GREY, lw=0.7, hatch=HATCH)], [*labels, ALIKE]
    left = LEFT + margin / WIDTH
    key = Key(handles, labels, min(len(labels), 4))
    lay_out(figure, words, key, Plot(ROW * len(rows), TITLE, TICKS, left, left + cell * len(columns) / WIDTH))
    return figure


def _colours(number: int, count: int) -> tuple[str, str]:
    """Return the colours of a cell of a class and of its text, the classes being spread from white to dark."""
    return SCALE[round(number * (MOST - 1) / max(count - 1, 1))][2:]


def _cell(ax: Axes, at: tuple[int, int], label: str, colours: tuple[str, str], marks: tuple[bool, bool]) -> None:
    """Draw a cell in its fill and ink; `marks` say whether it is the base, and whether it is not told apart from it."""
    (fill, ink), (base, alike) = colours, marks
    across, down = at
    ax.add_patch(Rectangle((across - 0.5, down - 0.5), 1, 1, fc=fill, ec=GREY, lw=0.4, clip_on=False))
    behind = {"boxstyle": "square,pad=0.15", "fc": fill, "ec": "none"} if alike else None
    ax.text(across, down, label, ha="center", va="center", fontsize=SMALLEST, color=ink, zorder=5, bbox=behind)
    if alike:
        box = Rectangle((across - 0.5, down - 0.5), 1, 1, fc="none", ec=ink, lw=0, alpha=0.45, hatch=HATCH, zorder=3)
        ax.add_patch(box)
    if base:
        # On white, so that the outline shows against a dark cell.
        for colour, wide in (("white", 5.0), (PLUM, 2.6)):
            ax.add_patch(Rectangle(
                (across - 0.47, down - 0.45), 0.94, 0.9, fc="none", ec=colour, lw=wide, zorder=4, clip_on=False,
            ))  # fmt: skip


def _dress(ax: Axes, rows: Sequence[str], columns: Sequence[str], margin: float) -> None:
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), columns, fontsize=NAME_SIZE)
    ax.set_yticks(range(len(rows)), rows, ha="left", fontsize=NAME_SIZE, color=GREY)
    ax.tick_params(axis="y", length=0, pad=margin * POINTS)
    ax.tick_params(axis="x", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
