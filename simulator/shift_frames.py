"""The curve of a shift as a frame with its words, for whoever draws it: how far each size is within the limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.compiled import Floats
from simulator.headroom import BREACH, SHORTFALL, SURE, Curve
from simulator.money import in_millions
from simulator.plain_english import Words

SHOWN = 2.0
"""Times headroom, or the least size that passes a limit where headroom is nought, up to which the curve is drawn."""
MOST_LIMITS = 3.0
"""The times its limit that is drawn at most."""
AXIS = "Moved into prevention, £m a year (base-year prices)"
AFTER, BEFORE, LIMIT = "After action", "Before action", "Limit"


ALONE = "It is of the shift alone, whatever managers then do."
"""Which view money of a shift is of: of none, as it is the same in each."""


class Subject(NamedTuple):
    """What pictures of a shift are about: `names` in the engine's order of bodies, `start` the shift's first year.

    `settlement_end` is the last year of the published settlement and `known` the date on which it was all known.
    """

    place: str
    names: tuple[str, ...]
    years: tuple[str, ...]
    start: int
    settlement_end: str | None
    known: str

    @property
    def run(self) -> tuple[str, ...]:
        """The years from the shift's first."""
        return self.years[self.start :]

    @property
    def until(self) -> str | None:
        """The settlement's last year where years without one follow it, and it is not over before the shift."""
        return self.settlement_end if self.settlement_end in self.run[:-1] else None

    def about(self, paths: int) -> str:
        """Return what a picture rests on, in a sentence."""
        past = " Past the dotted line funding is assumed." if self.until else ""
        return f"{self.place}, {paths:,} futures, as at {self.known}.{past}"


class Stop(NamedTuple):
    """What stops a larger shift: the size that passes a limit, in pounds a year, and whose limit, which and when."""

    first: float
    test: str
    agency: int
    year: int


def used(curve: Curve, at: int) -> dict[str, Floats]:
    """Return the share of its limit that each test uses at one size, `[agency, year]`; below nought is safer.

    Where a limit is nought every rise is counted in parts of a billionth, so that it passes.
    """
    short_limit = np.maximum(curve.allowed.short_limit * curve.spending, 1e-3)
    return {
        BREACH: curve.met.rise[at] / max(curve.allowed.breach_rise, 1e-9),
        SHORTFALL: curve.met.short_rise[at] / short_limit,
    }


def stop(curve: Curve) -> Stop | None:
    """Return what stops a shift larger than headroom, the limit passed furthest; None where nothing does."""
    at = int(np.searchsorted(curve.sizes, curve.headroom())) + 1
    if at == len(curve.sizes):
        return None
    test, shares = max(used(curve, at).items(), key=lambda one: float(one[1].max()))
    agency, year = np.unravel_index(int(shares.argmax()), shares.shape)
    return Stop(float(curve.sizes[at]), test, int(agency), int(year))


class Test(NamedTuple):
    """One test of the curve: what it is called, its rise in words with its unit, its limit, the note at headroom."""

    test: str
    title: str
    limit: float
    note: str


class Shown(NamedTuple):
    """The curve as shown: rows, words, its tests; headroom, the first size too much and the end drawn to, £m a year.

    Columns of `frame`: View (`After action`, `Before action`), Test, Size (£m a year), Rise, Low and High.
    """

    frame: pd.DataFrame
    words: Words
    tests: tuple[Test, ...]
    headroom: float
    first: float | None
    end: float


def shown(after: Curve, before: Curve | None, about: Subject) -> Shown:
    """Return the curve after action, and before it where there is one, up to some way past headroom."""
    stopped, headroom = stop(after), after.headroom()
    end = min(SHOWN * (headroom or (stopped.first if stopped else 0.0)), float(after.sizes[-1]))
    rows = _rows(after, AFTER) + (_rows(before, BEFORE) if before else [])
    frame = pd.DataFrame(rows, columns=["View", "Test", "Size", "Rise", "Low", "High"])
    return Shown(
        frame, _words(after, stopped, about), _tests(after, stopped, about), headroom / 1e6,
        stopped.first / 1e6 if stopped else None, end / 1e6,
    )  # fmt: skip


def _tests(after: Curve, stopped: Stop | None, about: Subject) -> tuple[Test, ...]:
    known = f"Headroom:\n{amount(after.headroom())} a year"
    past = f"\nPast it: {about.names[stopped.agency]}, in {about.years[stopped.year]}" if stopped else ""
    notes = {test: known + (past if stopped and stopped.test == test else "") for test in (BREACH, SHORTFALL)}
    breach = "Chance that a duty is broken: rise, points"
    return (
        Test(BREACH, breach, 100 * after.allowed.breach_rise, notes[BREACH]),
        Test(SHORTFALL, f"Expected shortfall: rise, {_unit(after)}", _most(after), notes[SHORTFALL]),
    )


def _words(after: Curve, stopped: Stop | None, about: Subject) -> Words:
    headroom, (least, most) = after.headroom(), map(amount, after.interval())
    headline = _headline(after, stopped, about)
    measured = (
        f"{about.place}: the most that any body is made less safe in any year by moving money into prevention; above "
        "nought is less safe"
    )
    how = (
        "How to read this: go right along the thick line until it meets the dashed limit; shaded sizes are within both "
        f"limits for every body and year. The band is 95% sampling error: with it headroom lies between {least} and "
        f"{most}.\nThe limits are a choice set in the scenario: a rise of {100 * after.allowed.breach_rise:g} in 100 "
        f"futures, and of {after.allowed.short_limit:.2%} of a body's spending. "
        f"{about._replace(settlement_end=None).about(after.met.paths)}"
    )
    alt = f"{headline}. {_told(after, int(np.searchsorted(after.sizes, stopped.first if stopped else headroom)))}"
    return Words(headline, measured, how, alt)


def _headline(curve: Curve, stopped: Stop | None, about: Subject) -> str:
    """Return how much is within the limits and what stops more, in one sentence."""
    headroom = amount(curve.headroom())
    if stopped is None:
        return f"All that programmes can reach, {headroom} a year, is within the limits"
    name, year = about.names[stopped.agency], about.years[stopped.year]
    what = "the chance that it breaks its duty" if stopped.test == BREACH else "what it is expected to be short"
    why = f"{what} in {year} would rise too far"
    if curve.headroom():
        return f"Up to {headroom} a year can move into prevention within the limits; {name} stops more: {why}"
    return f"Nothing can move within the limits, not even {amount(stopped.first)} a year; {name} stops it: {why}"


def _told(curve: Curve, at: int) -> str:
    """Return what one size does at most, in words."""
    breach, short = float(curve.met.rise[at].max()), float(_short(curve, 0.0)[at])
    size = amount(float(curve.sizes[at]))
    return (
        f"At {size} a year the chance of breach rises by at most {100 * breach:.1f} points (limit "
        f"{100 * curve.allowed.breach_rise:g}) and expected shortfall by {short:.3g} {_unit(curve)} (limit "
        f"{_most(curve):g})."
    )


def amount(pounds: float) -> str:
    """Return a yearly sum in £m to two places."""
    return in_millions(pounds, 2)


def _unit(curve: Curve) -> str:
    return "% of its limit" if curve.allowed.short_limit else "% of spending"


def _most(curve: Curve) -> float:
    return 100.0 if curve.allowed.short_limit else 0.0


def _rows(curve: Curve, view: str) -> list[tuple[str | float, ...]]:
    """Return the most that each test rises at each size, with every rise 1.96 standard errors down and up."""
    ends = []
    for errors in (0.0, -SURE, SURE):
        breach = 100 * (curve.met.rise + errors * curve.met.rise_error).max(axis=(1, 2))
        ends.append({BREACH: np.maximum(breach, 0.0), SHORTFALL: np.maximum(_short(curve, errors), 0.0)})
    return [
        (view, test, float(size) / 1e6, *(float(end[test][k]) for end in ends))
        for test in (BREACH, SHORTFALL)
        for k, size in enumerate(curve.sizes)
    ]


def _short(curve: Curve, errors: float) -> Floats:
    """Return the most that expected shortfall rises at each size, per cent of its limit, or of spending without one."""
    rise = curve.met.short_rise + errors * curve.met.short_error
    whole = np.maximum((curve.allowed.short_limit or 1.0) * curve.spending, 1e-3)
    most: Floats = 100 * (rise / whole).max(axis=(1, 2))
    return most


def top(after: pd.DataFrame, test: Test, end: float) -> float:
    """Return where the scale of a test ends: all that is drawn after action to `end`, or `MOST_LIMITS` limits at most.

    A line that goes higher runs off the top.
    """
    most = float(np.interp(end, after.Size, after.High))
    return min(max(most, 1.5 * test.limit), MOST_LIMITS * test.limit) if test.limit else most or 1.0
