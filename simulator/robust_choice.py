"""Robust choice: how several portfolios do on every path, not on average alone.

Regret is what a portfolio gives up on a path against the best of the candidates there (Savage 1951); it satisfies on a
path where every limit holds in every year (Simon 1956). A body's own share is shown by the worst-placed body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.compiled import Bools, Floats
from simulator.option_choice import price_of_robustness, regrets
from simulator.portfolio import choose
from simulator.portfolio_options import Limits, Option, Row, rows, sifted
from simulator.summary import quantiles

CAUTIOUS = 80
"""The planning percentile of net cost, in per cent: a judgement of ours (J), as for headroom."""
WITHIN, WITHIN_POSTS = 1.0, 1e-4
"""Pounds and posts below which a limit counts as held: the solver's own tolerance."""
SHARES = 100


@dataclass(frozen=True)
class Candidate:
    """A portfolio to be compared: its name and the change of each option in pounds a year."""

    name: str
    added: Mapping[str, float]


@dataclass(frozen=True)
class Robustness:
    """How one candidate does over all paths.

    Value and regret are in the user's measure; `satisfied` is the share of paths on which every limit holds,
    `worst_body` the body whose own room holds least often, with its share. `price` is the median value given up against
    the optimal one for each point (0.01) of `satisfied` gained; nothing where none is gained. `no_worse` is the share
    of paths on which no body breaks a limit in a year in which it would keep it with nothing bought.
    """

    name: str
    mean: float
    p10: float
    median: float
    regret_p90: float
    regret_most: float
    satisfied: float
    worst_body: str
    worst_share: float
    no_worse: float | None
    price: float | None


def candidates(options: Sequence[Option], limits: Limits) -> tuple[Candidate, ...]:
    """Return the portfolios to compare: optimal, cautious, each option alone, equal parts of those, and nothing."""
    kept, _ = sifted(options, limits)
    alone = {option.id: choose([option], limits).added for option in kept}
    able = [option for option in kept if alone[option.id][option.id] > 0]
    found = [
        Candidate("optimal", choose(kept, limits).added),
        Candidate("cautious", choose(kept, limits, confidence=CAUTIOUS).added),
        Candidate("equal split", _equal_split(able, limits)),
    ]
    found += [Candidate(f"{option.name} alone", alone[option.id]) for option in kept]
    return (*found, Candidate("nothing", {}))


def _equal_split(options: Sequence[Option], limits: Limits) -> dict[str, float]:
    """Return the greatest like addition to every option that the limits allow, to a hundredth of the greatest size."""
    held = rows(options, limits)
    most = max((option.most for option in options), default=0.0)
    for share in range(SHARES, 0, -1):
        sizes = [option.fits(option.present + most * share / SHARES) for option in options]
        added = np.array([max(size - option.present, 0.0) for size, option in zip(sizes, options, strict=True)])
        if all(_holds(row, added) for row in held):
            return {option.id: float(more) for option, more in zip(options, added, strict=True)}
    return {}


def _holds(row: Row, change: Floats) -> bool:
    within = WITHIN_POSTS if row.limit.kind == "staff" else WITHIN
    return (
        float(row.adding @ np.maximum(change, 0.0) - row.freeing @ np.maximum(-change, 0.0)) <= row.limit.room + within
    )


def compared(options: Sequence[Option], limits: Limits, chosen: Sequence[Candidate]) -> tuple[Robustness, ...]:
    """Return how each candidate does on every path; the first of them is the one that a price is reckoned against.

    Raises:
        ValueError: where there is no candidate, or one adds to an option that is set aside.
    """
    kept, _ = sifted(options, limits)
    known = {option.id for option in kept}
    if not chosen or any(more and id not in known for one in chosen for id, more in one.added.items()):
        raise ValueError("candidates are made of options that may be chosen")
    values = np.stack([_value(kept, one) for one in chosen])
    given_up = regrets(values)
    idle = _within(kept, limits, {})
    held = [_held(kept, limits, one.added, idle) for one in chosen]
    first = (float(quantiles(values[0], (50,))[0]), held[0].satisfied)
    return tuple(
        _robustness(one.name, own, regret, holds, first)
        for one, own, regret, holds in zip(chosen, values, given_up, held, strict=True)
    )


class _Held(NamedTuple):
    """How often every limit holds, in which body's years least often and how often, and how often none newly breaks."""

    satisfied: float
    worst_body: str
    worst_share: float
    no_worse: float


def _value(options: Sequence[Option], one: Candidate) -> Floats:
    nought = np.zeros(options[0].value.shape if options else 1)
    return np.asarray(sum((option.value * one.added.get(option.id, 0.0) for option in options), nought))


def _robustness(name: str, own: Floats, regret: Floats, held: _Held, first: tuple[float, float]) -> Robustness:
    p10, median = (float(cut) for cut in quantiles(own, (10, 50)))
    price = price_of_robustness(first, (median, held.satisfied))
    p90 = float(quantiles(regret, (90,))[0])
    return Robustness(
        name=name,
        mean=float(own.mean()),
        p10=p10,
        median=median,
        regret_p90=p90,
        regret_most=float(regret.max()),
        satisfied=held.satisfied,
        worst_body=held.worst_body,
        worst_share=held.worst_share,
        no_worse=held.no_worse,
        price=price,
    )


def _held(options: Sequence[Option], limits: Limits, added: Mapping[str, float], idle: Bools) -> _Held:
    """Return how often limits hold; `idle` `[agency, year, path]` is where they do with nothing bought."""
    holds = _within(options, limits, added)
    change = np.array([added.get(option.id, 0.0) for option in options])
    fixed = [row for row in rows(options, limits) if row.limit.kind != "headroom"]
    sound = all(_holds(row, change) for row in fixed)
    shares = holds.all(axis=1).mean(axis=1)
    worst = int(shares.argmin())
    satisfied = float(holds.all(axis=(0, 1)).mean()) * sound
    no_worse = float((holds | ~idle).all(axis=(0, 1)).mean()) * sound
    return _Held(satisfied, limits.bodies[worst], float(shares[worst]), no_worse)


def _within(options: Sequence[Option], limits: Limits, added: Mapping[str, float]) -> Bools:
    """Return where net cost is within the body's room, `[agency, year, path]`."""
    paths = options[0].value.shape[0] if options else 1
    cost = np.zeros((len(limits.bodies), len(limits.years), paths))
    for option in options:
        if added.get(option.id):
            cost += option.net_cost * added[option.id]
    rooms = limits.headroom[:, :, None] if limits.rooms is None else limits.rooms
    return np.asarray(cost <= rooms + WITHIN)
