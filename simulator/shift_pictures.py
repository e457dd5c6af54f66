"""Pictures of a shift into prevention: how much is within the limits, what stops more, and who pays and who gains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator import charts
from simulator.charts import Marks, Panel
from simulator.compiled import Floats
from simulator.evidence_pictures import Pictures
from simulator.headroom import BREACH, SHORTFALL, SURE, Curve
from simulator.money import HALF_PENNY, in_millions
from simulator.plain_english import Words
from simulator.shift_flow_pictures import Subject, flow_pictures, moved
from simulator.shift_flows import Gathered

SHOWN = 2.0
"""Times headroom, or the least size that passes a limit where headroom is nought, up to which the curve is drawn."""
AXIS = "Moved into prevention, £m a year (base-year prices)"


def shift_pictures(after: Curve, before: Curve | None, found: Gathered, about: Subject) -> Pictures:
    """Return `curve`, `binding`, `timeline` and `flows`, and `staff` where want of staff cuts a programme short.

    `after` is the curve after action and `before` before it; `found` what the shift of headroom does, or of what is
    proposed where headroom is nought.
    """
    return {
        "curve": _curve(after, before, about),
        "binding": _binding(after, found, about),
        **flow_pictures(found, about),
    }


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


def _curve(after: Curve, before: Curve | None, about: Subject) -> dict[str, bytes]:
    stopped, headroom = stop(after), after.headroom()
    least, most = (_sum(size) for size in after.interval())
    end = min(SHOWN * (headroom or (stopped.first if stopped else 0.0)), float(after.sizes[-1]))
    rows = _rows(after, charts.AFTER) + (_rows(before, charts.BEFORE) if before else [])
    frame = pd.DataFrame(rows, columns=["View", "Test", "Size", "Rise", "Low", "High"])
    known = f"Headroom:\n{_sum(headroom)} a year"
    past = f"\nPast it: {about.names[stopped.agency]}, in {about.years[stopped.year]}" if stopped else ""
    notes = {test: known + (past if stopped and stopped.test == test else "") for test in (BREACH, SHORTFALL)}
    points = 100 * after.allowed.breach_rise
    panels = (
        Panel(BREACH, "Chance that a duty is broken: rise, points", points, notes[BREACH]),
        Panel(SHORTFALL, f"Expected shortfall: rise, {_unit(after)}", _most(after), notes[SHORTFALL]),
    )
    headline = _headline(after, stopped, about)
    measured = (
        f"{about.place}: the most that any body is made less safe in any year by moving money into prevention; above "
        "nought is less safe"
    )
    how = (
        "How to read this: go right along the dark line until it meets the dashed limit; shaded sizes are within both "
        f"limits for every body and year. The band is 95% sampling error: with it headroom lies between {least} and "
        f"{most}.\nThe limits are a choice set in the scenario: a rise of {points:g} in 100 futures, and of "
        f"{after.allowed.short_limit:.2%} of a body's spending. "
        f"{about._replace(settlement_end=None).about(after.met.paths)}"
    )
    alt = f"{headline}. {_told(after, int(np.searchsorted(after.sizes, stopped.first if stopped else headroom)))}"
    marks = Marks(headroom / 1e6, stopped.first / 1e6 if stopped else None, end / 1e6, AXIS)
    return charts.shift(frame, Words(headline, measured, how, alt), panels, marks)


def _headline(curve: Curve, stopped: Stop | None, about: Subject) -> str:
    """Return how much is within the limits and what stops more, in one sentence."""
    headroom = _sum(curve.headroom())
    if stopped is None:
        return f"All that programmes can reach, {headroom} a year, is within the limits"
    name, year = about.names[stopped.agency], about.years[stopped.year]
    what = "the chance that it breaks its duty" if stopped.test == BREACH else "what it is expected to be short"
    why = f"{what} in {year} would rise too far"
    if curve.headroom():
        return f"Up to {headroom} a year can move into prevention within the limits; {name} stops more: {why}"
    return f"Nothing can move within the limits, not even {_sum(stopped.first)} a year; {name} stops it: {why}"


def _told(curve: Curve, at: int) -> str:
    """Return what one size does at most, in words."""
    breach, short = float(curve.met.rise[at].max()), float(_short(curve, 0.0)[at])
    size = _sum(float(curve.sizes[at]))
    return (
        f"At {size} a year the chance of breach rises by at most {100 * breach:.1f} points (limit "
        f"{100 * curve.allowed.breach_rise:g}) and expected shortfall by {short:.3g} {_unit(curve)} (limit "
        f"{_most(curve):g})."
    )


def _sum(pounds: float) -> str:
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


def _binding(curve: Curve, found: Gathered, about: Subject) -> dict[str, bytes]:
    """Return how much of its limit each body uses at headroom, or at the least size tried where that is nought."""
    stopped, headroom = stop(curve), curve.headroom()
    size = headroom or float(curve.sizes[1])
    shares = np.maximum(*used(curve, int(np.searchsorted(curve.sizes, size))).values())[:, about.start :]
    touched = (moved(found) > HALF_PENNY) | (np.abs(shares) > 1e-9).any(axis=1)
    shown = np.flatnonzero(touched) if touched.any() else np.arange(len(touched))
    order = shown[np.argsort(-shares[shown].max(axis=1), kind="stable")]
    cell = (stopped.agency, stopped.year - about.start) if stopped else None
    frame = pd.DataFrame([
        {"Row": about.names[a], "Year": year, "Used": float(shares[a, y]), "Binds": (a, y) == cell}
        for a in order for y, year in enumerate(about.run)
    ])  # fmt: skip
    top = frame.iloc[int(frame.Used.argmax())]
    amount = _sum(size)
    rank = "its tightest year" if len(order) == 1 else "the most of any body and year"
    headline = f"At {amount} a year {top.Row} uses {_share(top.Used)} of its limit in {top.Year}, {rank}"
    measured = (
        f"{about.place}: share of its limit that each body uses at {'headroom' if headroom else 'the least size tried'}"
        f", {amount} a year; above 100% is too much"
    )
    rest = len(about.names) - len(order)
    how = (
        "How to read this: each cell is the greater of two tests, how far the chance of a broken duty rises and how "
        "far expected shortfall does, each as a share of its limit; below nought the shift makes it safer."
        + (f" {rest} {'bodies' if rest > 1 else 'body'} that the shift does not touch {'are' if rest > 1 else 'is'} "
           "left out." if rest else "")
        + f"\n{about.about(curve.met.paths)}"
    )  # fmt: skip
    tops = [(about.names[a], float(shares[a].max()), about.run[int(shares[a].argmax())]) for a in order]
    told = "; ".join(f"{name} {_share(share)} in {year}" for name, share, year in tops)
    words = Words(headline, measured, how, f"{headline}. At most, by body: {told}.")
    return charts.limits_used(frame, words, about.until)


def _share(used_up: float) -> str:
    return "over ten times" if used_up > 9.99 else f"{max(used_up, 0):.0%}"
