"""What an answer hangs on, cause by cause: luck by its share of the risk, luck held still, judgements put otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from simulator.compiled import Bools, Floats
from simulator.given_data import first_order, mean_shift
from simulator.held_still import Estimate, Met, Still, difference, shift
from simulator.paired import Paired, paired
from simulator.regressions import TWINS, errors_of, rank, shares_of, standardised, travelling
from simulator.summary import Z95
from simulator.watched import Inputs

Kind = Literal["luck", "judgement"]
TOGETHER = 0.2
"""Correlation from which inputs are told to travel together: a judgement.

At a fifth each of three inputs of like weight settles two fifths more than it would alone.
"""


@dataclass(frozen=True)
class Cause:
    """One thing that an answer hangs on; nothing where a measure has no meaning for it or was not asked.

    `differs` is how far apart the answer lies on average, path by path, with this held at its central path or judged
    otherwise, and `moves` by how much that raises its mean: pounds, or a share of futures. `off` is what it takes off
    the chance of the limit, paired. `share` is its share of the answer's variance, such that all add up to what lines
    explain; `settles` is what knowing it alone would settle, which holds what travels with it. `slope` is the
    standardised regression slope, `rank` the partial rank correlation, `shifted` by how many of its standard deviations
    it lies off its usual where the limit is broken. `same_as` are inputs that move as this one does, to any line, and
    so share one slope with it. `low` and `high` are the central answer at its P10 and P90.
    """

    id: str
    name: str
    kind: Kind
    differs: Estimate | None = None
    moves: Estimate | None = None
    off: Paired | None = None
    share: Estimate | None = None
    settles: Estimate | None = None
    slope: Estimate | None = None
    rank: Estimate | None = None
    shifted: Estimate | None = None
    travels_with: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


def luck(found: Inputs, values: Floats, limit: Bools) -> tuple[list[Cause], tuple[float, float, float]]:
    """Return what can be told of each input, with the noise floor and what lines explain, of values and of ranks."""
    settles, lines = first_order(found.values, values), standardised(found.values, values)
    ranks, moved = rank(found.values, values), mean_shift(found.values, limit)
    whole = shares_of(found.values, values)
    along, twins = (travelling(whole.correlations, least) for least in (TOGETHER, TWINS))
    shares_held = weights(found.values, values, whole.shares)
    # Where the limit is broken on every path nothing is shifted, whatever rounding says.
    shown = np.isfinite(moved.units) & (not limit.all())
    causes = [
        Cause(
            one, found.names[i], "luck", share=shares_held[i],
            settles=estimate(settles, i), slope=estimate(lines, i), rank=estimate(ranks, i),
            shifted=estimate(moved, i) if shown[i] else None,
            travels_with=tuple(found.names[j] for j in along[i]), same_as=tuple(found.names[j] for j in twins[i]),
        )
        for i, one in enumerate(found.ids)
    ]  # fmt: skip
    return causes, (settles.floor, lines.explained, ranks.explained)


def estimate(found: tuple[Any, ...], i: int) -> Estimate:
    """Return one input's value with its interval, of arrays of values and of their lower and upper ends."""
    return Estimate(*(float(part[i]) for part in found[:3]))


def weights(inputs: Floats, values: Floats, found: Floats) -> list[Estimate]:
    """Return shares found by `shares_of`, each with its interval."""
    return [
        Estimate(float(share), max(0.0, float(share - Z95 * error)), min(1.0, float(share + Z95 * error)))
        for share, error in zip(found, errors_of(inputs, values).shares, strict=True)
    ]


def stilled(held: Still, found: list[Cause]) -> Iterator[Cause]:
    """Yield every part that moves the answer, with what holding it does."""
    told = {one.id: one for one in found}
    for part in held.parts:
        one, met = told.get(part.id, Cause(part.id, part.name, "luck")), held.held[part.id]
        low, high = held.pushed.get(part.id, (None, None))
        yield replace(one, name=part.name, low=low, high=high, **_against(held, met))


def judged(held: Still, certain: bool = False) -> Iterator[Cause]:
    """Yield every judgement that moves the answer, with the answer without luck on it.

    Where nothing is sampled (`certain`) intervals are points.
    """
    for name, met in held.judged.items():
        middle = None if held.question.is_event else held.judged_centre[name]
        called = f"{name[:1].upper()}{name[1:]}"
        yield Cause(name, called, "judgement", low=middle, high=middle, **_against(held, met, certain))


def _against(held: Still, met: Met, certain: bool = False) -> dict[str, Any]:
    return {
        "differs": difference(held.met, met),
        "moves": shift(held.met, met),
        "off": paired(held.met.limit, met.limit, certain),
    }
