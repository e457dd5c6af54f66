"""Waterfalls: from one amount through signed steps to another, down the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch

from simulator.charts.layout import (
    DARK,
    GREY,
    LEFT,
    PALE,
    PLUM,
    POINTS,
    TEAL,
    WIDTH,
    Key,
    Plot,
    even,
    lay_out,
    ticks,
    width,
)
from simulator.figure_words import millions
from simulator.money import HALF_PENNY, in_millions
from simulator.plain_english import Words

COLUMNS = ("step", "amount", "kind")
LEVEL, WIDENS, NARROWS = "Amount reached", "Widens the gap (+)", "Narrows the gap (-), hatched"
STYLES: dict[str, dict[str, Any]] = {
    LEVEL: {"fc": DARK, "ec": DARK},
    WIDENS: {"fc": PLUM, "ec": PLUM},
    NARROWS: {"fc": "white", "ec": TEAL, "hatch": "/////"},
}
LABEL_SIZE, LABEL_ROOM, RIGHT = 9, 4.7 * POINTS, 0.96
BAR, ROW, LINE, SPARE = 0.62, 0.3, 0.155, 0.13
AWAY, MARGIN = 4, 10


class _Bar(NamedTuple):
    """One row of the drawing, in £m: its name, its style, its amount, and where its bar ends."""

    step: str
    style: str
    amount: float
    end: float

    @property
    def label(self) -> str:
        """The amount in £m, signed if it is a move."""
        return millions(self.amount * 1e6, "" if self.style == LEVEL else "+")

    @property
    def font(self) -> FontProperties:
        """The font of its name and its amount."""
        return FontProperties(size=LABEL_SIZE, weight="bold" if self.style == LEVEL else "normal")


def draw(frame: pd.DataFrame, words: Words) -> Figure:
    """Return a waterfall as a figure, for whoever wishes to measure it; to be called and drawn under `SETTINGS`."""
    bars = _bars(frame)
    names = [even(bar.step, bar.font, LABEL_ROOM) for bar in bars]
    margin = MARGIN + max(width(line, bar.font) for bar, name in zip(bars, names, strict=True) for line in name)
    left = LEFT + margin / POINTS / WIDTH
    row = max(ROW, LINE * max(map(len, names)) + SPARE)
    figure = Figure(figsize=(WIDTH, row * len(bars)))
    ax = figure.subplots()
    _rows(ax, bars, ["\n".join(name) for name in names], margin)
    _limits(ax, bars, (RIGHT - left) * WIDTH * POINTS)
    for at, bar in enumerate(bars):
        ax.barh(at, bar.amount, BAR, bar.end - bar.amount, lw=1, zorder=2, **STYLES[bar.style])
        _amount(ax, at, bar)
    for at, bar in enumerate(bars[:-1]):
        ax.plot([bar.end, bar.end], [at + BAR / 2, at + 1 - BAR / 2], color=GREY, lw=1, solid_capstyle="butt")
    used = [style for style in STYLES if any(bar.style == style for bar in bars)]
    key = Key([Patch(**STYLES[style]) for style in used], used, len(used))
    lay_out(figure, words, key, Plot(row * len(bars), title=SPARE, left=left, right=RIGHT))
    return figure


def _bars(frame: pd.DataFrame) -> list[_Bar]:
    """Return what is to be drawn, every level checked against the start and the moves before it."""
    _check(frame)
    bars, running = [], 0.0
    for at, row in enumerate(zip(*(frame[column] for column in COLUMNS), strict=True)):
        step, amount, kind = str(row[0]), float(row[1]), row[2]
        if kind == "level":
            running = amount if at == 0 else running
            if abs(amount - running) >= HALF_PENNY:
                raise ValueError(
                    f"the steps do not add up: they lead to {in_millions(running, 8)} at `{step}`, which is given as "
                    f"{in_millions(amount, 8)}; a level is the first amount plus every move before it"
                )
            bars.append(_Bar(step, LEVEL, amount / 1e6, amount / 1e6))
            continue
        if abs(amount) >= HALF_PENNY:
            style = WIDENS if amount > 0 else NARROWS
            bars.append(_Bar(step, style, amount / 1e6, (running + amount) / 1e6))
        running += amount
    return bars


def _check(frame: pd.DataFrame) -> None:
    if missing := [column for column in COLUMNS if column not in frame]:
        raise ValueError(f"a waterfall needs the columns {', '.join(COLUMNS)}; {', '.join(missing)} is not there")
    kinds = frame.kind.tolist()
    if unknown := [kind for kind in kinds if kind not in {"level", "move"}]:
        raise ValueError(f"a step is a `level` or a `move`, not `{unknown[0]}`")
    if len(kinds) < 2 or kinds[0] != "level" or kinds[-1] != "level":
        raise ValueError("a waterfall begins and ends with a `level`: the amount it starts from and the one it reaches")
    if not np.isfinite(frame.amount.to_numpy(dtype=float)).all():
        raise ValueError("every amount of a waterfall is a number of pounds")


def _rows(ax: Axes, bars: Sequence[_Bar], names: Sequence[str], margin: float) -> None:
    """Name each row at the left margin, with a pale line under each to lead the eye to its bar."""
    ax.set_yticks(range(len(bars)), names)
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, pad=margin, labelcolor=GREY)
    for bar, label in zip(bars, ax.get_yticklabels(), strict=True):
        label.set(ha="left", fontproperties=bar.font, linespacing=1.1)
        if bar.style == LEVEL:
            label.set_color(DARK)
    for at in range(len(bars) - 1):
        ax.axhline(at + 0.5, color=PALE, lw=0.8, zorder=0)
    ax.axvline(0, color=GREY, lw=0.8, zorder=1)
    ax.spines["left"].set_visible(False)


def _limits(ax: Axes, bars: Sequence[_Bar], room: float) -> None:
    """Hold every bar from nought, with clear space at either side for the amounts written there."""
    ends = [0.0, *(bar.end for bar in bars)]
    low, high = min(ends), max(ends)
    left, right = (
        max((width(bar.label, bar.font) + 3 * AWAY for bar in bars if _leftwards(bar) == side), default=3 * AWAY)
        for side in (True, False)
    )
    scale = ((high - low) or 1) / (room - left - right)
    low, high = low - left * scale, high + right * scale
    ax.set_xticks(*ticks(low, high, 6), fontsize=9)
    ax.set_xlim(low, high)


def _leftwards(bar: _Bar) -> bool:
    return bar.amount < 0


def _amount(ax: Axes, at: int, bar: _Bar) -> None:
    """Write an amount beside the end of its bar, on white so that no line runs through it."""
    away, side = (-AWAY, "right") if _leftwards(bar) else (AWAY, "left")
    ax.annotate(
        bar.label, (bar.end, at), (away, 0), textcoords="offset points", ha=side, va="center", fontproperties=bar.font,
        color=DARK if bar.style == LEVEL else GREY, zorder=3, bbox={"fc": "white", "ec": "none", "pad": 0.8},
    )  # fmt: skip
