"""Who pays and who gains: what each party pays to the left of nought, what comes back to it to the right."""

from __future__ import annotations

from typing import Any, NamedTuple

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
    SPARE,
    TEAL,
    WIDTH,
    Key,
    Plot,
    lay_out,
    named_rows,
    ticks,
    width,
)
from simulator.plain_english import Words

STYLES: dict[str, dict[str, Any]] = {
    "Pays": {"fc": PLUM, "ec": PLUM},
    "Loses": {"fc": "white", "ec": PLUM, "hatch": "/////"},
    "Cash": {"fc": DARK, "ec": DARK},
    "Contracts": {"fc": "white", "ec": TEAL, "hatch": "/////"},
}
NAMES = {
    "Pays": "Paid for programmes", "Loses": "Lost under contracts (hatched)", "Cash": "Cash let go",
    "Contracts": "Brought by contracts (hatched)",
    "Value": "Worth at average cost of what is avoided (hollow), cash or not",
}  # fmt: skip
LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 3.2 * POINTS, 0.96
BAR, HOLLOW, ROW, AWAY = 0.42, 0.78, 0.42, 5


class _Row(NamedTuple):
    """One party, in £m, each amount above nought, and what is written at either end."""

    name: str
    pays: float
    loses: float
    cash: float
    contracts: float
    value: float
    left: str
    right: str


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return the figure; to be called and drawn under `SETTINGS`.

    Columns of the frame: Name, Pays, Loses, Cash, Contracts and Value in £m, none below nought, and Left and Right,
    what is written at either end of a party's bars.
    """
    font = FontProperties(size=LABEL_SIZE)
    rows = [_Row(*row) for row in zip(*(frame[name] for name in _columns()), strict=True)]
    names, left, high = named_rows((row.name for row in rows), font, LABEL_ROOM, ROW)
    figure = Figure(figsize=(WIDTH, high * len(rows)))
    ax: Axes = figure.subplots()
    _limits(ax, rows, font, (RIGHT - left) * WIDTH * POINTS)
    for at, row in enumerate(rows):
        _bars(ax, at, row)
    ax.set_yticks(range(len(rows)), ["\n".join(name) for name in names])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelsize=LABEL_SIZE, labelcolor=GREY)
    for at in range(len(rows) - 1):
        ax.axhline(at + 0.5, color=PALE, lw=0.8, zorder=0)
    ax.axvline(0, color=GREY, lw=1, zorder=4)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("£m over the horizon: paid to the left of nought, back to the right", color=GREY, fontsize=9)
    used = [name for name in STYLES if frame[name].sum() > 0]
    handles = [*(Patch(**STYLES[name]) for name in used), Patch(fc="none", ec=GREY, lw=1.2)]
    key = Key(handles, [NAMES[name] for name in [*used, "Value"]], 3)
    lay_out(figure, words, key, Plot(high * len(rows), title=SPARE, ticks=0.62, left=left, right=RIGHT))
    return figure


def _columns() -> tuple[str, ...]:
    return tuple(field.capitalize() for field in _Row._fields)


def _bars(ax: Axes, at: int, row: _Row) -> None:
    """Draw one party's bars, what they add up to written at their ends on white."""
    if row.value > 0:
        ax.barh(at, row.value, HOLLOW, fc="none", ec=GREY, lw=1.2, zorder=3)
    for amount, start, style in (
        (-row.pays, 0.0, "Pays"), (-row.loses, -row.pays, "Loses"),
        (row.cash, 0.0, "Cash"), (row.contracts, row.cash, "Contracts"),
    ):  # fmt: skip
        if amount:
            ax.barh(at, amount, BAR, start, lw=1, zorder=2, **STYLES[style])
    for text, end, away, side in (
        (row.left, -_near(row), -AWAY, "right"), (row.right, _far(row), AWAY, "left"),
    ):  # fmt: skip
        ax.annotate(
            text, (end, at), (away, 0), textcoords="offset points", ha=side, va="center", fontsize=LABEL_SIZE,
            color=GREY, zorder=5, bbox={"fc": "white", "ec": "none", "pad": 0.8},
        )  # fmt: skip


def _near(row: _Row) -> float:
    return row.pays + row.loses


def _far(row: _Row) -> float:
    return max(row.value, row.cash + row.contracts)


def _limits(ax: Axes, rows: list[_Row], font: FontProperties, room: float) -> None:
    """Hold every bar and what is written at its end, no wider than that takes; ticks stand beside bars alone.

    At a scale of £m for each point of the page, a row needs its bar and `words * scale`; both sides share the room.
    """
    lefts = [(_near(row), width(row.left, font) * bool(row.left) + 3 * AWAY) for row in rows]
    rights = [(_far(row), width(row.right, font) * bool(row.right) + 3 * AWAY) for row in rows]
    scale = max(
        (left + right) / max(room - words - others, 0.3 * room) for left, words in lefts for right, others in rights
    )
    scale = scale or 1 / room
    low, high = (max(bar + words * scale for bar, words in side) for side in (lefts, rights))
    bars = max(bar for bar, _ in lefts), max(bar for bar, _ in rights)
    step = sum(bars) / 6
    ax.set_xticks(*ticks(-min(low, bars[0] + step), min(high, bars[1] + step), 6), fontsize=9)
    ax.set_xlim(-low, high)
