"""When to test a programme and stop it: by which year its readings would tell whether it falls short.

The effect has a normal prior and each year gives one reading with normal noise, so what will be believed after n
readings can be foreseen before any is taken (Raiffa and Schlaifer 1961, preposterior analysis). A prior that leans is
taken as even about its middle, which is a simplification.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from simulator.compiled import Floats

CONFIDENCE = 0.8
"""How sure a reading must make us that a programme falls short, or does not: a judgement of ours (J)."""
SURENESS = 0.8
"""How likely it must be, foreseen from today, that readings will have settled it: a judgement of ours (J)."""
TEN_TO_NINETY = 2 * 1.2815515655446004
"""Standard deviations between P10 and P90 of a normal distribution."""


@dataclass(frozen=True)
class Uncertain:
    """An effect not yet known: its prior (P10, P50, P90), the size at which it breaks even, and how it is read.

    `noise` is the standard deviation of one year's reading, in the units of the effect; the first reading comes at the
    end of year `first`, counted from one. `break_even` is above nought.
    """

    low: float
    middle: float
    high: float
    break_even: float
    noise: float
    first: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: where the range is out of order, noise is below nought, or the rest is not above it.
        """
        if not self.low <= self.middle <= self.high or self.noise < 0 or self.break_even <= 0 or self.first < 1:
            raise ValueError("a prior runs from P10 to P90, noise is nought or more, the rest above nought")

    @property
    def spread(self) -> float:
        """Standard deviation of the prior."""
        return (self.high - self.low) / TEN_TO_NINETY


@dataclass(frozen=True)
class DecisionPoint:
    """When readings would have settled whether a programme falls short; `year` from one, 0 already, none never.

    `known` is the chance `[year]` of its being settled by each year's end, foreseen today; `falls_short` the chance
    today that it does. `stops` is the chance that it is found short at `year`; `sunk` is what has been spent by then
    and `saves` what stopping leaves unspent, in pounds; `loss_avoided` is the mean over all futures of what is left
    unspent less what it would have been worth, its worth being in proportion to the effect.
    """

    year: int | None
    known: tuple[float, ...]
    falls_short: float
    stops: float
    sunk: float
    saves: float
    loss_avoided: float


def decision_point(
    effect: Uncertain, costs: Floats, confidence: float = CONFIDENCE, sureness: float = SURENESS
) -> DecisionPoint:
    """Return by which year it would be known, to `confidence`, whether an effect falls short, and what is sunk by then.

    `costs` `[year]` are pounds of each year it is carried on. The year is the first by which the chance of its being
    settled reaches `sureness`.

    Raises:
        ValueError: where confidence is not above a half, or either is not below one.
    """
    if not 0.5 < confidence < 1 or not 0 < sureness < 1:
        raise ValueError("confidence lies above a half and below one, sureness between nought and one")
    known = [_settled(effect, year, confidence) for year in range(len(costs) + 1)]
    year = next((t for t, (short, enough, _) in enumerate(known) if short + enough >= sureness), None)
    falls_short, chances = _short(effect), tuple(min(short + enough, 1.0) for short, enough, _ in known[1:])
    if year is None:
        return DecisionPoint(None, chances, falls_short, 0.0, float(costs.sum()), 0.0, 0.0)
    stops, _, found = known[year]
    saves = float(costs[year:].sum())
    avoided = stops * saves * (1 - found / effect.break_even)
    return DecisionPoint(year, chances, falls_short, stops, float(costs[:year].sum()), saves, avoided)


def _short(effect: Uncertain) -> float:
    if not effect.spread:
        return float(effect.middle < effect.break_even)
    return float(ndtr((effect.break_even - effect.middle) / effect.spread))


def _settled(effect: Uncertain, year: int, confidence: float) -> tuple[float, float, float]:
    """Return the chances of being found short and found enough at a year's end, and the mean effect if found short."""
    readings = max(year - effect.first + 1, 0)
    before = effect.spread**2
    after = 0.0 if not before or (readings and not effect.noise) else before / (1 + readings * _share(effect))
    moves, margin = sqrt(max(before - after, 0.0)), float(ndtri(confidence)) * sqrt(after)
    short_at, enough_at = effect.break_even - margin, effect.break_even + margin
    if not moves:
        settled = (effect.middle <= short_at and effect.middle < effect.break_even, effect.middle >= enough_at)
        return float(settled[0]), float(settled[1]), effect.middle
    below = (short_at - effect.middle) / moves
    short, enough = float(ndtr(below)), float(ndtr((effect.middle - enough_at) / moves))
    density = exp(-(below**2) / 2) / sqrt(2 * pi)
    return short, enough, effect.middle - moves * density / short if short > np.finfo(float).tiny else effect.middle


def _share(effect: Uncertain) -> float:
    """Return how much one reading tells: the prior's variance over the reading's; nought where readings are exact."""
    return effect.spread**2 / effect.noise**2 if effect.noise else 0.0
