"""Layout that every figure shares: colours, sizes, words round the panels, and the figure as bytes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from simulator.plain_english import Words

# From the Analysis Function's palette; each is at 3:1 or more from white, but for the pale one, which only guides.
DARK, TEAL, PLUM, GREY, PALE = "#12436D", "#28A197", "#801650", "#3D3D3D", "#D9D9D9"

SMALLEST = 8.5
HEADLINE_SIZES = (13, 12, 11, 10, 9, SMALLEST)
WIDTH, SPACE = 11.0, 0.12
LEFT, RIGHT, EDGE = 0.072, 0.93, 0.98
POINTS = 72  # to an inch
ROOM = (EDGE - LEFT) * WIDTH * POINTS
SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "svg.hashsalt": "headroom", "svg.fonttype": "none", "axes.edgecolor": GREY, "figure.dpi": 110,
    "text.parse_math": False,
}  # fmt: skip


class Key(NamedTuple):
    """What the legend names, and in how many columns."""

    handles: list[Any]
    labels: list[str]
    columns: int


class Plot(NamedTuple):
    """Where the panels stand: height and the strips above and below in inches, sides as shares of the width."""

    height: float
    title: float = 0.36
    ticks: float = 0.4
    left: float = LEFT
    right: float = RIGHT


LINE, SPARE, MARGIN = 0.155, 0.13, 10
"""Inches to a line of a name and round a row of them; points between a name and its row."""


class Rows(NamedTuple):
    """Rows with a name each: names broken into lines, where the rows begin (share of the width), inches to a row."""

    names: list[list[str]]
    left: float
    high: float


def named_rows(names: Iterable[str], font: FontProperties, room: float, least: float) -> Rows:
    """Return how rows with names lie: a name has `room` points, a row at least `least` inches."""
    broken = [even(name, font, room) for name in names]
    left = LEFT + (MARGIN + max(width(line, font) for name in broken for line in name)) / POINTS / WIDTH
    return Rows(broken, left, max(least, LINE * max(map(len, broken)) + SPARE))


def lay_out(figure: Figure, words: Words, key: Key, plot: Plot) -> None:
    """Write the words round the panels and make the figure as tall as they need."""
    FigureCanvasAgg(figure)
    size, headline = _headline(words.headline)
    measured, how = (
        "\n".join(lines(text, FontProperties(size=points)))
        for text, points in ((words.measured, 10), (words.how_to_read, SMALLEST))
    )
    parts = (
        figure.text(LEFT, 1, headline, fontsize=size, weight="bold", color=DARK, va="top", linespacing=1.25),
        figure.text(LEFT, 1, measured, fontsize=10, color=GREY, va="top"),
        figure.legend(
            key.handles, key.labels, ncols=key.columns, loc="upper left", bbox_to_anchor=(LEFT, 1), frameon=False,
            fontsize=SMALLEST, borderpad=0, borderaxespad=0,
        ),
        figure.text(LEFT, 1, how, fontsize=SMALLEST, color=GREY, va="top", linespacing=1.4),
    )  # fmt: skip
    head, below, legend, note = (part.get_window_extent().height / figure.dpi for part in parts)
    top, bottom = head + below + 2 * SPACE + plot.title, plot.ticks + legend + note + 2.5 * SPACE
    whole = top + plot.height + bottom
    figure.set_size_inches(WIDTH, whole)
    figure.subplots_adjust(plot.left, bottom / whole, plot.right, 1 - top / whole)
    parts[0].set_y(1 - SPACE / whole)
    parts[1].set_y(1 - (1.6 * SPACE + head) / whole)
    parts[2].set_bbox_to_anchor((LEFT, (bottom - plot.ticks) / whole), figure.transFigure)
    parts[3].set_y((note + SPACE) / whole)


def _headline(text: str) -> tuple[float, str]:
    """Return the headline in at most two even lines, at the largest size that allows it; past the least, cut short."""
    for size in HEADLINE_SIZES:
        font = FontProperties(size=size, weight="bold")
        whole = lines(text, font)
        if len(whole) <= 2:
            return size, "\n".join(even(text, font))
    return SMALLEST, f"{whole[0]}\n{whole[1][:-3]}..."


def even(text: str, font: FontProperties, room: float = ROOM) -> list[str]:
    """Return text in as few lines as fit, and those as even as can be."""
    whole = lines(text, font, room)
    tries = (_wrap(text, letters) for letters in range(1, len(text)))
    return next((found for found in tries if len(found) == len(whole) and _fit(found, font, room)), whole)


def lines(text: str, font: FontProperties, room: float = ROOM) -> list[str]:
    """Return text in lines that fit a width in points; a word too long for a line is broken."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        letters, wrapped = len(paragraph), [paragraph]
        while not _fit(wrapped, font, room):
            # No line holds much more than its share by width, so the search begins there.
            share = int(1.2 * room / width(paragraph, font) * len(paragraph))
            letters = min(share + 1, letters - max(1, letters // 50))
            wrapped = _wrap(paragraph, letters)
        found += wrapped
    return found


@lru_cache(1_000)
def width(line: str, font: FontProperties) -> float:
    """Return how wide a line is at most, in points: as outlines, or as pixels, where hinting may widen letters."""
    measures: tuple[tuple[Any, float], ...] = ((text_to_path, 1), (_renderer(), POINTS / SETTINGS["figure.dpi"]))
    return max(float(by.get_text_width_height_descent(line, font, False)[0]) * scale for by, scale in measures)


@cache
def _renderer() -> Any:
    canvas: Any = FigureCanvasAgg(Figure((1, 1), dpi=SETTINGS["figure.dpi"]))
    return canvas.get_renderer()


def _wrap(text: str, letters: int) -> list[str]:
    """Return text in lines of at most so many letters; a number keeps the word before it, and a date stays whole."""
    glued = re.sub(r" (?=\d)|(?<=\d) (?=[A-Z])", "\N{NO-BREAK SPACE}", text)
    wrapped = textwrap.wrap(glued, letters, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]


def _fit(found: list[str], font: FontProperties, room: float) -> bool:
    return all(width(line, font) <= room for line in found)


def ticks(low: float, high: float, most: int) -> tuple[list[float], list[str]]:
    """Return round numbers within an axis, about as many as asked, and how they are written."""
    found = [at for at in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= at <= high]
    return found, [f"{at:,.10g}" for at in found]


STAMPS = {"svg": "Date", "png": "Software"}


def as_bytes(figure: Figure, words: Words, kinds: Iterable[str] = STAMPS) -> dict[str, bytes]:
    """Return the figure as SVG and PNG with its text alternative inside; no date, so equal runs give equal files."""
    drawn = {}
    for kind in kinds:
        stamp = STAMPS[kind]
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, metadata={stamp: None, "Title": words.headline, "Description": words.alt})
        drawn[kind] = buffer.getvalue()
    return drawn
