"""What £1 a year of a programme buys on each path, in the measure that a portfolio is chosen by.

It is what the engine draws for a shift: the same luck, the same fidelity, and for slots in a pathway the days that the
pathway says are saved.
"""

from __future__ import annotations

import numpy as np

from simulator import kernels
from simulator.common_measure import HEALTH_RATE, MONEY_RATE, discounted
from simulator.compiled import Floats
from simulator.prevention import Flows
from simulator.programme_scene import Scene
from simulator.programmes import RETURN, Prevention


def bought(scene: Scene, stated: Prevention, p: int, measure: str, alone: tuple[float, Flows]) -> Floats:
    """Return what £1 a year of a programme buys for as long as it runs, `[path]`; NaN where the library does not say.

    `p` is its place among the scene's programmes; `alone` a size in pounds a year and what it does by itself at that.
    Gross return is in real pounds at average cost, discounted as money; outcomes are discounted as health. The
    library's outcomes lose all that practice falls short of its design by: no local evidence bears on them.
    """
    programme = scene.terms.programmes[p]
    if measure == RETURN:
        return _returned(scene, p, alone)
    kinds = {kind.id: kind for kind in stated.interventions}
    kind = next(kinds[one.intervention] for one in stated.programmes if one.id == programme.id)
    found = kind.outcomes.get(measure)
    if found is None:
        return np.full(scene.shape[1], np.nan)
    low, high = (found.used if end is None else end for end in (found.low, found.high))
    runs = float(discounted(programme.scale[:, None], HEALTH_RATE)[0])
    drawn: Floats = kernels.drawn(low, found.used, high, scene.score(programme)) / 1e6
    fidelity = scene.fidelity(programme)
    return drawn * runs if fidelity is None else drawn * runs * np.minimum(fidelity, 1.0)


def _returned(scene: Scene, p: int, alone: tuple[float, Flows]) -> Floats:
    """Return the gross return of £1 a year; at a service where slots save days, the days in place of its share."""
    programme, (size, found) = scene.terms.programmes[p], alone
    runs = float(discounted(programme.scale[:, None], MONEY_RATE)[0])
    if programme.way_home is None:
        return scene.luck[p][0] * runs
    waits = found.waits[programme.way_home]
    elsewhere = sum(gain.share for gain in programme.gains if gain.service != waits.service)
    return scene.luck[p][0] * elsewhere * runs + discounted(waits.cost, MONEY_RATE) / size
