"""What programmes buy, in a common measure: QALYs, an outcome, or either weighted by who gains.

A measure of value stands beside money and is never added to it: a QALY's worth in pounds pays no bill. Health and
money are discounted at their own rates (HM Treasury, The Green Book; graded K).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats

HEALTH_RATE, MONEY_RATE = 0.015, 0.035
"""Yearly discount of QALYs and of money: HM Treasury, The Green Book (K)."""
POUNDS_PER_QALY = (25_000.0, 35_000.0)
"""NICE's standard range from 2026, low and high: what a QALY displaces or is held worth (V)."""
PRIOR_POUNDS_PER_QALY, PRIOR_SPREAD = 3_800.0, 0.5
"""What the public health grant bought on average: about £3,800 a QALY (Martin, Lomas and Claxton, BMJ Open 2020; V).

It is an average over what councils spent, from regression with instruments; so it is a prior and never one programme's
own effect. Its coefficient of variation, a half, is a judgement (J).
"""


class HealthWorth(NamedTuple):
    """What a programme buys in health: pounds a QALY, and net QALYs where a QALY displaced costs little or much.

    `pounds_per_qaly` is infinite where no health is gained, and nought or less where it saves money and gains health.
    """

    pounds_per_qaly: float
    net_at_low: float
    net_at_high: float


def discounted(yearly: Floats, rate: float) -> Floats:
    """Return the present value `[path]` of amounts `[year, path]`, the first year at its face value."""
    factors = (1 + rate) ** -np.arange(yearly.shape[0], dtype=float)
    return np.asarray(np.tensordot(factors, yearly, axes=1))


def qalys_per_pound(draws: Floats) -> Floats:
    """Return what £1 of prevention buys `[path]` under the prior, from standard normal draws `[path]`.

    Log-normal, with the prior's mean of QALYs a pound and its coefficient of variation.
    """
    variance = np.log1p(PRIOR_SPREAD**2)
    return np.asarray(np.exp(np.sqrt(variance) * draws - variance / 2) / PRIOR_POUNDS_PER_QALY)


def health_worth(qalys: Floats, net_cost: Floats) -> HealthWorth:
    """Return what discounted QALYs `[path]` cost, and what is left of them once what the money displaces is taken off.

    The ratio is of means, as NICE takes it: a mean of ratios is ruled by paths with next to no gain. Net health
    benefit is QALYs less cost over pounds a QALY.
    """
    gained, cost = float(qalys.mean()), float(net_cost.mean())
    low, high = (gained - cost / pounds for pounds in POUNDS_PER_QALY)
    return HealthWorth(cost / gained if gained > 0 else float("inf"), low, high)


def outcome_per_pound(outcomes: Floats, pounds: float) -> float:
    """Return the mean of an outcome `[path]` for each pound spent.

    Raises:
        ValueError: where nothing is spent.
    """
    if pounds <= 0:
        raise ValueError("an outcome per pound needs pounds spent")
    return float(outcomes.mean()) / pounds


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
