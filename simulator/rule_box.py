"""A rule in a few drivers that tells most futures that fail: patient peeling (PRIM; Friedman and Fisher 1999).

From all futures a twentieth is peeled off at a time, at the side of the driver that leaves the largest share failing,
while what is left holds enough of them. *Coverage* is the share of failing futures inside the box, *density* the share
of futures inside that fail. A driver whose bound hardly matters is let go.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.frozen import EVENTS
from simulator.monitoring import FEWEST, natural
from simulator.observed import Observed
from simulator.summary import Chance, chance

PEEL, LEAST_COVERAGE, MOST_DRIVERS, SLACK = 0.05, 0.5, 3, 0.02
"""Share peeled off at a time, least share of failing futures kept, most drivers, and density let go with one
(judgements)."""


class Side(NamedTuple):
    """One bound of a box: which input, whether values above it are inside, and where it stands."""

    input: int
    above: bool
    edge: float

    def holds(self, values: Floats) -> Bools:
        """Return which of `values` `[input, path]` are inside."""
        own = values[self.input]
        return np.asarray(own >= self.edge if self.above else own <= self.edge)


@dataclass(frozen=True)
class Bound:
    """One bound of a rule in words: a driver at the plan's end, above or below a value, beside its central value."""

    id: str
    name: str
    year: str
    unit: str
    side: str
    edge: float
    central: float


@dataclass(frozen=True)
class RuleBox:
    """A rule for one limit: its bounds, coverage of failing futures, density of failing ones inside, all of them."""

    agency: str
    limit: str
    bounds: tuple[Bound, ...]
    coverage: Chance
    density: Chance
    overall: Chance
    sentence: str


def rule_box(observed: Observed, limit: str) -> RuleBox | None:
    """Return the rule for one limit; nothing where too few futures fail, or too few do not."""
    broken = observed.seen.broken[limit]
    failing = int(np.count_nonzero(broken))
    parts = [part for part in observed.parts if part.id != EVENTS and np.ptp(observed.away[part.id][observed.body.end])]
    if min(failing, observed.paths - failing) < FEWEST or not parts:
        return None
    values = np.array([observed.away[part.id][observed.body.end] for part in parts])
    sides = box(values, broken)
    if not sides:
        return None
    inside = _inside(sides, values)
    caught = int(np.count_nonzero(inside & broken))
    bounds = []
    for side in sorted(sides):
        part = parts[side.input]
        unit, edge, usual = natural(observed, part, observed.body.end, side.edge)
        year, way = observed.compiled.years[observed.body.end], "above" if side.above else "below"
        bounds.append(Bound(part.id, part.name, year, unit, way, edge, usual))
    cover, dense = chance(caught, failing), chance(caught, int(np.count_nonzero(inside)))
    overall = chance(failing, observed.paths)
    found = RuleBox(observed.body.agency, limit, tuple(bounds), cover, dense, overall, "")
    return RuleBox(found.agency, limit, found.bounds, cover, dense, overall, _sentence(found))


def box(values: Floats, broken: Bools) -> tuple[Side, ...]:
    """Return the sides of the densest box on the way that still holds half of what is `broken`, `[path]`.

    `values` are `[input, path]`; at most three inputs bound it, and none where no peeling makes it denser.
    """
    sides: dict[tuple[int, bool], Side] = {}
    inside = np.ones(len(broken), dtype=bool)
    while (side := _peel(values, broken, inside, sides)) is not None:
        narrower = inside & side.holds(values)
        if np.count_nonzero(narrower & broken) < LEAST_COVERAGE * np.count_nonzero(broken):
            break
        sides[side.input, side.above], inside = side, narrower
    return _pruned(tuple(sides.values()), values, broken)


def _peel(values: Floats, broken: Bools, inside: Bools, held: dict[tuple[int, bool], Side]) -> Side | None:
    """Return the side whose peeling leaves the largest share failing; nothing where none raises it."""
    chosen, most = None, float(broken[inside].mean())
    for i, above in ((i, above) for i in range(len(values)) for above in (True, False)):
        if len({key[0] for key in held} | {i}) > MOST_DRIVERS:
            continue
        own = values[i, inside]
        side = Side(i, above, float(np.quantile(own, PEEL if above else 1 - PEEL, method="inverted_cdf")))
        kept = broken[inside & side.holds(values)]
        if 0 < len(kept) < len(own) and kept.mean() > most:
            chosen, most = side, float(kept.mean())
    return chosen


def _pruned(sides: tuple[Side, ...], values: Floats, broken: Bools) -> tuple[Side, ...]:
    """Return a box without the sides whose going costs next to no density."""
    while len(sides) > 1:
        dense = float(broken[_inside(sides, values)].mean())
        others = [tuple(one for one in sides if one is not side) for side in sides]
        freed = max(others, key=lambda rest: float(broken[_inside(rest, values)].mean()))
        if float(broken[_inside(freed, values)].mean()) < dense - SLACK:
            return sides
        sides = freed
    return sides


def _inside(sides: tuple[Side, ...], values: Floats) -> Bools:
    held = np.ones(values.shape[1], dtype=bool)
    for side in sides:
        held &= side.holds(values)
    return held


def _sentence(found: RuleBox) -> str:
    rules = " and ".join(
        f"{one.name} {one.side} {one.edge:.1%} (central {one.central:.1%}; {one.unit})" for one in found.bounds
    )
    cover, dense = found.coverage, found.density
    return (
        f"A rule: where by the end of {found.bounds[0].year} {rules}, {dense.probability:.0%} of futures fail "
        f"({dense.low:.0%} to {dense.high:.0%}) against {found.overall.probability:.0%} of all; it holds "
        f"{cover.probability:.0%} of those that fail ({cover.low:.0%} to {cover.high:.0%})"
    )


def rule_table(found: tuple[RuleBox, ...]) -> pd.DataFrame:
    """Return rules as a table, a row a bound, with the coverage and density of its box."""
    rows = [
        {
            "agency": one.agency, "limit": one.limit, **asdict(bound), "value_unit": "share",
            "coverage": one.coverage.probability, "coverage_low95": one.coverage.low,
            "coverage_high95": one.coverage.high, "density": one.density.probability,
            "density_low95": one.density.low, "density_high95": one.density.high,
            "overall": one.overall.probability, "paths": one.overall.paths,
        }
        for one in found
        for bound in one.bounds
    ]  # fmt: skip
    return pd.DataFrame(rows)
