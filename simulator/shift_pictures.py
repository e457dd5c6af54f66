"""Pictures of a shift into prevention: how much is within the limits, what stops more, and who pays and who gains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import charts
from simulator.charts import Marks, Panel
from simulator.evidence_pictures import Pictures
from simulator.headroom import Curve
from simulator.money import HALF_PENNY
from simulator.plain_english import Words
from simulator.shift_flow_pictures import flow_pictures, moved
from simulator.shift_flows import Gathered
from simulator.shift_frames import AXIS, Subject, amount, shown, stop, used


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


def _curve(after: Curve, before: Curve | None, about: Subject) -> dict[str, bytes]:
    found = shown(after, before, about)
    panels = tuple(Panel(*test) for test in found.tests)
    return charts.shift(found.frame, found.words, panels, Marks(found.headroom, found.first, found.end, AXIS))


def _binding(curve: Curve, found: Gathered, about: Subject) -> dict[str, bytes]:
    """Return how much of its limit each body uses at headroom, or at the least size tried where that is nought."""
    stopped, headroom = stop(curve), curve.headroom()
    size = headroom or float(curve.sizes[1])
    shares = np.maximum(*used(curve, int(np.searchsorted(curve.sizes, size))).values())[:, about.start :]
    touched = (moved(found) > HALF_PENNY) | (np.abs(shares) > 1e-9).any(axis=1)
    counted = np.flatnonzero(touched) if touched.any() else np.arange(len(touched))
    order = counted[np.argsort(-shares[counted].max(axis=1), kind="stable")]
    cell = (stopped.agency, stopped.year - about.start) if stopped else None
    frame = pd.DataFrame([
        {"Row": about.names[a], "Year": year, "Used": float(shares[a, y]), "Binds": (a, y) == cell}
        for a in order for y, year in enumerate(about.run)
    ])  # fmt: skip
    top = frame.iloc[int(frame.Used.argmax())]
    each = amount(size)
    rank = "its tightest year" if len(order) == 1 else "the most of any body and year"
    headline = f"At {each} a year {top.Row} uses {_share(top.Used)} of its limit in {top.Year}, {rank}"
    measured = (
        f"{about.place}: share of its limit that each body uses at {'headroom' if headroom else 'the least size tried'}"
        f", {each} a year; above 100% is too much"
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
