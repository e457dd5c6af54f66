"""One driver moved by itself while all else is central: the machinery of break points and of a tornado.

Every driver that moves a body is pushed by many sizes at once, each on a path of its own in one block without luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator import shocks
from simulator.chosen import central
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.margins import Body
from simulator.named_stresses import PLAN
from simulator.scenario import Scenario
from simulator.trials import met_on

SAVINGS = "savings"
HIGHEST = 6.0
"""Normal scores at which almost all savings are delivered, and below nought almost none."""


class Lever(NamedTuple):
    """One driver of a body, or the share of its savings delivered, as it may be pushed from the budget year on.

    `spread` is the standard deviation in the futures of its mean yearly deviation over the plan's years: log points of
    growth, points of a level, or for savings a normal score. `low` and `high` are its P10 and P90 in the same terms.
    """

    id: str
    name: str
    driver: int | None
    spread: float
    low: float
    high: float


@dataclass(frozen=True)
class Levers:
    """Every lever of one body, with what pushing them by given sizes does."""

    compiled: Compiled
    body: Body
    all: tuple[Lever, ...]

    def pushed(self, sizes: Floats) -> dict[str, Floats]:
        """Return measures of the plan view `[year, path]`, levers pushed by sizes `[lever, size]` one by one.

        Without levers there is one path, the central case.
        """
        levers, count = sizes.shape
        paths = max(levers * count, 1)
        compiled, streams = self.compiled, dict[str, Floats]()
        for i, lever in enumerate(self.all):
            own = slice(i * count, (i + 1) * count)
            by_year = np.zeros((compiled.horizon, paths))
            by_year[self.body.start :, own] = sizes[i]
            if lever.driver is not None:
                compiled = shocks.raised(compiled, self.body.row, lever.driver, by_year)
            else:
                compiled, streams = self._delivered(compiled, by_year)
        measures, _ = met_on(compiled, self.body.agency, (PLAN,), central(paths, streams))
        return {name: amounts[0] for name, amounts in measures.items()}

    def _delivered(self, compiled: Compiled, scores: Floats) -> tuple[Compiled, dict[str, Floats]]:
        """Return terms and luck in which savings meet chosen scores, from what the central case delivers."""
        held = compiled.delivery
        assert held is not None
        planned = held.planned.copy()
        # A plan that comes true centrally starts from full delivery, and so does the push.
        scores = scores + (HIGHEST if planned[self.body.row] else 0.0)
        planned[self.body.row] = False
        yearly = np.sqrt((1 - held.organisation_weight) * (1 - held.system_share))
        return (
            replace(compiled, delivery=replace(held, planned=planned)),
            {f"savings/{self.body.agency}/year": scores / yearly},
        )


def levers(scenario: Scenario, compiled: Compiled, body: Body, seed: int = 1, blocks: int = 5) -> Levers:
    """Return every lever that moves a body; spreads are measured on some blocks of its own futures."""
    block = DriverPaths(compiled, seed).block(0, blocks)
    names = {driver.id: driver.name for driver in scenario.drivers}
    found = []
    for k, terms in enumerate(compiled.drivers):
        away = shocks.deviation(compiled, body.row, k, block)
        yearly = mean_yearly(compiled, body, k, away)
        if yearly.std() > 0:
            low, high = np.percentile(yearly, [10, 90], method="inverted_cdf")
            found.append(Lever(terms.id, names[terms.id], k, float(yearly.std()), float(low), float(high)))
    if compiled.delivery is not None and compiled.actions.approved[:, body.row, body.start :].any():
        found.append(_savings_lever(compiled, body))
    every = Levers(compiled, body, tuple(found))
    if not found:
        return every
    # A push of one spread either way finds out which drivers move this body at all.
    after = [
        one["gap"] - one["savings_delivered"]
        for one in (every.pushed(np.array([[way * lever.spread] for lever in found])) for way in (0.0, 1.0, -1.0))
    ]
    felt = np.any([(one != after[0]).any(axis=0) for one in after[1:]], axis=0)
    return Levers(compiled, body, tuple(lever for lever, moves in zip(found, felt, strict=True) if moves))


def mean_yearly(compiled: Compiled, body: Body, driver: int, away: Floats) -> Floats:
    """Return the mean yearly deviation over the plan's years, `[path]`: of growth, or of a level."""
    if not compiled.drivers[driver].is_growth:
        level: Floats = away[body.span].mean(axis=0)
        return level
    before = away[body.start - 1] if body.start else 0.0
    growth: Floats = (away[body.end] - before) / (body.end - body.start + 1)
    return growth


def _savings_lever(compiled: Compiled, body: Body) -> Lever:
    """Return the lever of savings delivered; its score over the plan's years has a lasting and a yearly part."""
    held = compiled.delivery
    assert held is not None
    years = body.end - body.start + 1
    spread = float(np.sqrt(held.organisation_weight + (1 - held.organisation_weight) / years))
    tenth = 1.2815515655446004
    return Lever(SAVINGS, "Savings delivered", None, spread, -tenth * spread, tenth * spread)
