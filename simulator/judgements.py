"""How far headroom hangs on judgement: what it were with each limit halved and doubled, and growth judged otherwise.

Limits need no further projection: the same curve is read against others. All are read straight between sizes tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from simulator.headroom import Allowed, Curve
from simulator.worth import Worth

FACTORS = (0.5, 2.0)
"""What limits are tried at, in times what is stated."""
LIMITS = {
    "breach_rise": "How much likelier a body may become to break its duty in a year",
    "shortfall_rise": "How much its expected shortfall may rise, of net spending",
}


class Judgement(NamedTuple):
    """Headroom under one other judgement, in pounds a year, and how much more that is than as judged.

    `stands` and `tried` are what is judged and what is tried in its place, None where it is no number. `beyond` is true
    where every size tried held, so that both are at least that; `paths` the futures it rests on.
    """

    id: str
    name: str
    stands: float | None
    tried: float | None
    headroom: float
    more: float
    beyond: bool
    paths: int


def judgements(found: Curve, growth: Worth, paths: int) -> tuple[Judgement, ...]:
    """Return headroom under other judgements; `growth` is that with growth judged otherwise, on `paths` futures.

    A limit of nought is neither halved nor doubled; where no chance may rise no limit of shortfall is left either.
    """
    last = Judgement(growth.id, growth.name, None, None, growth.headroom, growth.more, growth.beyond, paths)
    return (*(_limited(found, limit, factor) for limit in _limits(found.allowed) for factor in FACTORS), last)


def _limits(allowed: Allowed) -> list[str]:
    return [name for name in LIMITS if allowed.breach_rise > 0 and getattr(allowed, name) > 0]


def _limited(found: Curve, limit: str, factor: float) -> Judgement:
    stands = float(getattr(found.allowed, limit))
    # By name: which limit it is, is known only here.
    other = replace(found, allowed=replace(found.allowed, **{limit: stands * factor}))
    size, beyond = other.estimate(), bool(other.holds().all())
    more = size - found.estimate()
    return Judgement(limit, LIMITS[limit], stands, stands * factor, size, more, beyond, found.met.paths)


def spanned(found: Curve, judged: tuple[Judgement, ...]) -> tuple[float, float, bool]:
    """Return the range of headroom over other judgements, what stands included; true where its end is at least that."""
    sizes = [found.headroom(), *(one.headroom for one in judged)]
    return min(sizes), max(sizes), any(one.beyond and one.headroom >= max(sizes) for one in judged)
