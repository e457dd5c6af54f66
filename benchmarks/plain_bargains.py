"""What arrangements between bodies leave each to bear, as `docs/method.md` 16 says, written plainly for the tests.

Costs are `[view, agency, year, path]` in pounds: as they came and as budgets expected them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.plain_world import Floats

ACTUAL, EXPECTED = 0, 1


def borne(bargain: Any, cost: Floats, gain: Floats, pays: Floats, start: int) -> Floats:
    """Return what each body bears; `gain` is cash with what contracts bring, `pays` each body's part of the shift."""
    found = cost.copy()
    _, bodies, years, paths = cost.shape
    named = bargain.parties or [share > 0 for share in bargain.shares]
    inside = [a for a, partner in enumerate(named) if partner]
    for view in (ACTUAL, EXPECTED):
        for t in range(years):
            for n in range(paths):
                n_, e_ = cost[view, :, t, n], cost[EXPECTED, :, t, n]
                if bargain.kind == "pooled":
                    found[view, :, t, n] = shared(n_, 0 * e_, inside, bargain.shares)
                elif bargain.kind == "risk_share":
                    found[view, :, t, n] = shared(n_, e_, inside, bargain.shares)
                elif bargain.kind == "gain_share":
                    given = [bargain.share * max(one, 0.0) for one in gain[view, :, t, n]]
                    found[view, :, t, n] = [n_[a] + given[a] - pays[a] * sum(given) for a in range(bodies)]
    if bargain.kind == "bridging_loan":
        for a, n in np.ndindex(bodies, paths):
            found[:, a, :, n] = bridged(bargain, cost[:, a, :, n], start)
    return found


def shared(cost: Floats, kept: Floats, inside: list[int], shares: tuple[float, ...]) -> list[float]:
    """Return what each bears where partners share all beyond what each keeps; others bear their own."""
    whole = sum(cost[a] - kept[a] for a in inside)
    return [float(kept[a] + shares[a] * whole if a in inside else cost[a]) for a in range(len(cost))]


def bridged(bargain: Any, cost: Floats, start: int) -> Floats:
    """Return one body's costs `[view, year]` with a loan: what is repaid is what was lent, in both views."""
    found, debt, rate = cost.copy(), 0.0, bargain.rate
    for t in range(start, cost.shape[1]):
        age = t - start
        if age < bargain.years:
            debt = debt * (1 + rate) + max(cost[ACTUAL, t], 0.0)
            found[:, t] = np.minimum(cost[:, t], 0.0)
        elif age < bargain.years + bargain.term:
            each = debt / sum((1 + rate) ** -k for k in range(1, bargain.term + 1))
            found[:, t] += each
    return found
