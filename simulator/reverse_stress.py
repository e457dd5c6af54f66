"""The most likely way in which each limit breaks: how far off it is, how often it happens, which future is typical.

The way is the nearest point of failure among the independent normals behind the drivers (`design_point.py`). There no
dated risk strikes and spending reviews are as usual. The chance beside it is always counted on the simulated futures;
the one that the distance alone would give is kept for comparison and is never the headline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.compiled import Bools, Floats
from simulator.design_point import FEWEST, DesignPoint, find, mean_of_failing, unit
from simulator.observed import Observed, words
from simulator.summary import Chance, chance

NO_EDGE = "no luck within eight standard deviations of the usual changes whether it breaks"


@dataclass(frozen=True)
class Reached:
    """The most likely way to one broken limit, or in `reason` why there is none to tell.

    `point` is in the order of the observed variables. `chance` is the share of simulated futures that break the limit
    in any year from the budget year to the plan's end, `typical` the failing path nearest to the mean of all that fail,
    counted from nought. `cosine` is how well the mean of failing futures agrees with the way that was found.
    """

    limit: str
    words: str
    chance: Chance
    point: DesignPoint | None
    typical: int | None
    cosine: float | None
    reason: str

    @property
    def failed_already(self) -> bool:
        """Whether the limit breaks where luck is as usual throughout, so that the distance is the way back."""
        return self.point is not None and self.point.distance < 0


def reached(observed: Observed, limit: str) -> Reached:
    """Return the most likely way in which a limit breaks."""
    margins, broken = observed.seen.margins[limit], observed.seen.broken[limit]
    found = chance(int(np.count_nonzero(broken)), observed.paths)
    typical = _typical(observed, broken)
    if not observed.variables:
        return Reached(limit, words(limit), found, None, typical, None, "nothing that chance moves reaches this body")

    def margins_at(points: Floats) -> Floats:
        return observed.on(points).margins[limit]

    try:
        point = find(margins_at, observed.luck, margins)
    except ValueError as nothing:
        return Reached(limit, words(limit), found, None, typical, None, str(nothing))
    reason = "" if point.on_edge else NO_EDGE
    failing = int(np.count_nonzero(margins > 0))
    told = FEWEST <= failing <= observed.paths - FEWEST
    cosine = float(unit(mean_of_failing(observed.luck, margins)) @ point.direction) if told else None
    return Reached(limit, words(limit), found, point, typical, cosine, reason)


def _typical(observed: Observed, broken: Bools) -> int | None:
    """Return the failing path whose drivers are nearest to the mean of failing futures; the first where two tie.

    Each driver counts by how far it strayed over all years in its own standard deviations, weighed by what holding it
    changes at the plan's end, so that a driver that costs little decides little.
    """
    if not broken.any():
        return None
    apart = np.zeros(observed.paths)
    for part in observed.parts:
        strayed = observed.away[part.id].sum(axis=0)
        weight = float((observed.seen.end - observed.frozen[part.id].end).std())
        if strayed.std() > 0:
            apart += (weight * (strayed - strayed[broken].mean()) / strayed.std()) ** 2
    return int(np.where(broken, apart, np.inf).argmin())
