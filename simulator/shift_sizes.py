"""Sizes of a shift: how a yearly sum is split among programmes, which variants it makes, and what is spent of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from simulator.bargains import Bargain
from simulator.programme_terms import PreventionTerms, Shift
from simulator.variants import Variant

NO_SHIFT = "no_shift"
TOLD = 5e4
"""Pounds from which a page tells a sum to the nearest £10,000."""
ROUNDING = 1e-9
"""The part of a step that is a rounding of floats and no money."""
HALVINGS = 9
"""The first look tries the most that can be reached and its halves, down to a 512th of it."""


def most(terms: PreventionTerms) -> float:
    """Return the greatest shift, in pounds a year at base-year prices: where every programme runs out of reach."""
    return float(sum(programme.most for programme in terms.programmes))


def split(terms: PreventionTerms, size: float) -> tuple[float, ...]:
    """Return a shift's pounds a year by programme: in proportion to what is proposed, and no further than reach.

    What one programme cannot take goes to the others; those of which nothing is proposed come last, by their reach.
    """
    room = np.array([programme.most for programme in terms.programmes])
    wanted = np.array([programme.spend for programme in terms.programmes])
    taken, left = np.zeros(len(room)), min(size, float(room.sum()))
    open_ = room > 0
    while left > 1e-6 and open_.any():
        share = np.where(open_, wanted, 0.0)
        if not share.any():
            share = np.where(open_, room, 0.0)
        more = np.minimum(left * share / share.sum(), room - taken)
        taken, left = taken + more, left - float(more.sum())
        open_ &= taken < room - 1e-6
    return tuple(float(pounds) for pounds in taken)


def shifted(terms: PreventionTerms, size: float, acts: bool = True, bargain: Bargain | None = None) -> Variant:
    """Return the variant in which `size` pounds a year move into prevention; nought is no shift."""
    if size <= 0:
        return Variant(NO_SHIFT, acts)
    return Variant(f"shift_{size:.0f}", acts, shift=Shift(terms, split(terms, size), bargain))


def no_shift(acts: bool = True) -> Variant:
    """Return the variant that all sizes are set against."""
    return Variant(NO_SHIFT, acts)


def first_sizes(terms: PreventionTerms) -> tuple[float, ...]:
    """Return the sizes that a first look tries, rising."""
    top = most(terms)
    return tellable((top * 2.0**-k for k in range(HALVINGS, -1, -1)), 0.0, top)


def between(low: float, high: float, steps: int) -> tuple[float, ...]:
    """Return sizes evenly between two, both left out."""
    return tuple(low + (high - low) * k / (steps + 1) for k in range(1, steps + 1))


def closer(low: float, high: float, steps: int) -> tuple[float, ...]:
    """Return about so many sizes between two, both left out, each a sum that can be told as it is."""
    return tuple(size for size in tellable(between(low, high, steps), low, high) if size < high)


def tellable(sizes: Iterable[float], low: float, high: float) -> tuple[float, ...]:
    """Return sizes above `low` and below `high` as sums that a page tells exactly, rising, then `high` itself.

    A page tells £10,000s, and two figures below £50,000: what is told as safe must be what was tried.
    """
    rounded = {round(size, -4) if size >= TOLD else float(f"{size:.2g}") for size in sizes if size < high}
    return (*sorted(size for size in rounded if low < size < high), high)


def told_down(size: float) -> float:
    """Return the greatest sum no larger than a size that a page tells exactly; under £1 it is nought."""
    step = _step(size)
    return math.floor(size / step + ROUNDING) * step if size >= 1 else 0.0


def told_up(size: float) -> float:
    """Return the least sum no smaller than a size that a page tells exactly; under £1 it is nought."""
    step = _step(size)
    return math.ceil(size / step - ROUNDING) * step if size >= 1 else 0.0


def _step(size: float) -> float:
    """Return how far apart the sums lie that a page tells about a size: £10,000, or two figures of a small one."""
    return 1e4 if size >= TOLD else 10.0 ** (math.floor(math.log10(max(size, 1.0))) - 1)
