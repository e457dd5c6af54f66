"""What programmes buy, in a common measure, by year and by who gains.

A measure of value stands beside money and is never added to it: a QALY's worth in pounds pays no bill. Health and
money are discounted at their own rates (HM Treasury, The Green Book; graded K).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.compiled import Floats

HEALTH_RATE, MONEY_RATE = 0.015, 0.035
"""Yearly discount of QALYs and of money: HM Treasury, The Green Book (K)."""
POUNDS_PER_QALY = (25_000.0, 35_000.0)
"""NICE's standard range from 2026, low and high: what a QALY displaces or is held worth (V)."""


def discounted(yearly: Floats, rate: float) -> Floats:
    """Return the present value `[path]` of amounts `[year, path]`, the first year at its face value."""
    factors = (1 + rate) ** -np.arange(yearly.shape[0], dtype=float)
    return np.asarray(np.tensordot(factors, yearly, axes=1))


def inequality_weighted(value: Floats, gainers: Mapping[str, float], weights: Mapping[str, float]) -> Floats:
    """Return value `[path]` counted by who gains: shares by group, each at its weight; all weights 1 change nothing.

    The weights are the user's own judgement.

    Raises:
        ValueError: where shares do not add up to one, or a group that gains has no weight.
    """
    if abs(sum(gainers.values()) - 1) > 1e-9:
        raise ValueError(f"the shares of who gains add up to 100%; these make {sum(gainers.values()):.0%}")
    unknown = sorted(set(gainers) - set(weights))
    if unknown:
        raise ValueError(f"no weight is given for {', '.join(unknown)}; a group is never counted at nought by silence")
    return np.asarray(value * sum(share * weights[group] for group, share in gainers.items()))
