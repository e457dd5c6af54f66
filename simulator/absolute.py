"""Absolute headroom: the shift at which every duty still holds with a stated chance, or what would first open it.

With many bodies, each near balance and tested every year, the chance that all duties hold may be small before anything
is shifted. Then no shift keeps it high, and the answer is the lasting improvement of every body's position that would.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample
from simulator.compiled import Compiled, Floats
from simulator.headroom import Curve
from simulator.shift_sizes import between, no_shift
from simulator.shift_trials import judged
from simulator.summary import Chance, chance
from simulator.variants import Given, Variant

FIRST_SHARES = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
STEPS = 3
LOOKS = 2
"""How often the step between the last share that is not enough and the first that is is looked into again."""


class Opening(NamedTuple):
    """What would open absolute headroom: a lasting improvement as a share of each body's net budget, in every year.

    `share` is the least that was enough, None where the largest `tried` is not; `below` the largest that was not, so
    that what would do lies between. `pounds` `[agency]` is what was tried last, of the year it begins; `held` is the
    chance that every duty holds with it.
    """

    share: float | None
    below: float
    tried: float
    pounds: Floats
    held: Chance


class Absolute(NamedTuple):
    """The chance that every duty of every body holds in every year without a shift, and what follows from it.

    `size` is the largest shift at which that chance is at least `confidence`, in pounds a year, None where it is not
    even without one; then `opening` says what would open it.
    """

    base: Chance
    confidence: float
    size: float | None
    opening: Opening | None


def absolute(found: Curve, confidence: float, sample: Sample, start: int) -> Absolute:
    """Return absolute headroom, or what would open it; `start` is the projected year improvements begin.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    met = found.met
    base = chance(int(met.held[0]), met.paths)
    if met.held[0] >= confidence * met.paths:
        kept = met.held >= confidence * met.paths
        last = len(kept) if kept.all() else int(np.flatnonzero(~kept)[0])
        return Absolute(base, confidence, float(found.sizes[last - 1]), None)
    return Absolute(base, confidence, None, _opening(met.compiled, confidence, sample, start))


def _opening(compiled: Compiled, confidence: float, sample: Sample, start: int) -> Opening:
    """Return the least improvement tried at which every duty holds with the chance asked for."""
    budget, asked = compiled.actions.net_budget[:, start], confidence * sample.paths
    held = dict(zip(FIRST_SHARES, _held(compiled, FIRST_SHARES, sample, start), strict=True))
    for look in range(LOOKS + 1):
        enough = [share for share in sorted(held) if held[share] >= asked]
        if not enough:
            last = FIRST_SHARES[-1]
            return Opening(None, last, last, last * budget, chance(int(held[last]), sample.paths))
        below = max((share for share in held if share < enough[0]), default=0.0)
        if look < LOOKS:
            shares = between(below, enough[0], STEPS)
            held |= zip(shares, _held(compiled, shares, sample, start), strict=True)
    return Opening(enough[0], below, enough[0], enough[0] * budget, chance(int(held[enough[0]]), sample.paths))


def _held(compiled: Compiled, shares: tuple[float, ...], sample: Sample, start: int) -> Floats:
    """Return on how many paths every duty holds where every body is better off by shares of its net budget."""
    return judged(compiled, tuple(improved(compiled, share, start) for share in shares), sample, start).held


def improved(compiled: Compiled, share: float, start: int) -> Variant:
    """Return the variant in which every body's position is better by a share of its net budget from a year on."""
    open_ = np.arange(compiled.horizon) >= start
    given = tuple(
        Given(agency, gap=tuple((share * open_ * compiled.actions.net_budget[a]).tolist()))
        for a, agency in enumerate(compiled.agency_ids)
    )
    return Variant(f"improved_{share:g}", acts=no_shift().acts, also=given)
