"""What a change takes off a chance, path by path on the same futures, with its sampling error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.compiled import Bools
from simulator.summary import Z95, Chance, chance


class Paired(NamedTuple):
    """What a change takes off a chance: the chance before and after it, and their paired difference as a share.

    `error` is the standard error of that difference, `low` and `high` its 95% interval; above nought is a fall.
    """

    before: Chance
    after: Chance
    points: float
    error: float
    low: float
    high: float


def paired(before: Bools, after: Bools, certain: bool = False) -> Paired:
    """Return what is taken off a chance; both are `[path]` on the same futures.

    Where no path is made worse the interval is Wilson's, of the share of paths that are saved; else it is normal.
    Without luck (`certain`) nothing is sampled, so every interval is a point.
    """
    paths = len(before)
    saved, lost = (int(np.count_nonzero(one)) for one in (before & ~after, after & ~before))
    points = (saved - lost) / paths
    was, now = (chance(int(np.count_nonzero(one)), paths) for one in (before, after))
    if certain:
        return Paired(_exact(was), _exact(now), points, 0.0, points, points)
    error = float(np.sqrt(((saved + lost) / paths - points**2) / paths))
    low, high = points - Z95 * error, points + Z95 * error
    if not lost:
        low, high = chance(saved, paths)[1:3]
    return Paired(was, now, points, error, low, high)


def _exact(one: Chance) -> Chance:
    return one._replace(low=one.probability, high=one.probability)
