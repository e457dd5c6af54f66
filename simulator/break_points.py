"""Break points, or switching values: how far one driver alone must go, all else central, before a limit breaks.

A driver is pushed by the same amount in every year from the budget year on. Distances are in standard deviations of its
own mean yearly deviation over the plan's years, so that points of pay and points of demand stand on one scale.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Floats
from simulator.margins import WORDS, judged, margin
from simulator.money import HALF_PENNY
from simulator.one_driver import Lever, Levers, levers
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.trials import USUAL

FARTHEST = 6.0
"""Standard deviations beyond which no break point is looked for."""
SIZES, ROUNDS = 25, 3
MOST_MEASURED = 5
FIRST = 3


@dataclass(frozen=True)
class BreakPoint:
    """Where one driver alone breaks a limit: by how much a year, in its own standard deviations, and in which year.

    `size` is growth a year above the central path, or points of a level, as a share; for savings the share delivered.
    """

    id: str
    name: str
    limit: str
    size: float
    unit: str
    deviations: float
    breaks_in: str
    sentence: str


@dataclass(frozen=True)
class BreakPoints:
    """Every break point of one body within `FARTHEST` deviations, nearest first, and the central margins.

    `margins` are pounds by which each limit is broken on the central path: where that is above nought no push is
    needed, and the limit has no break points. `tried` are the names of all drivers pushed.
    """

    agency: str
    from_year: str
    to_year: str
    margins: dict[str, float]
    tried: tuple[str, ...]
    found: tuple[BreakPoint, ...]

    def first(self, limit: str, count: int = FIRST) -> tuple[BreakPoint, ...]:
        """Return the drivers that break a limit first, nearest first."""
        return tuple(point for point in self.found if point.limit == limit)[:count]


def break_points(scenario: Scenario, agency: str, sample: Sample = USUAL) -> BreakPoints:
    """Return the smallest lasting push to one driver that breaks each limit of a body by the plan's end.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
    """
    compiled, body = judged(scenario, agency)
    blocks = min(MOST_MEASURED, -(-sample.paths // BLOCK))
    pushes = levers(scenario, compiled, body, sample.seed, blocks)
    held = pushes.pushed(np.zeros((len(pushes.all), 1)))
    central = {limit: float(margin(compiled, body, limit, held)[0]) for limit in body.limits}
    found = [
        point
        for limit in body.limits
        if central[limit] <= HALF_PENNY and pushes.all
        for point in _broken(pushes, limit)
    ]  # fmt: skip
    years = compiled.years
    names = tuple(lever.name for lever in pushes.all)
    return BreakPoints(agency, years[body.start], years[body.end], central, names, tuple(found))


def break_table(points: BreakPoints) -> pd.DataFrame:
    """Return break points as a table, nearest first within each limit."""
    rows = [asdict(point) | {"size_unit": "share", "agency": points.agency} for point in points.found]
    return pd.DataFrame(rows)


def _margins(pushes: Levers, limit: str, sizes: Floats) -> Floats:
    """Return margins `[lever, size]` of pushes."""
    money = pushes.pushed(sizes)
    return margin(pushes.compiled, pushes.body, limit, money).reshape(len(pushes.all), -1)


def _broken(pushes: Levers, limit: str) -> list[BreakPoint]:
    """Return the break points of one limit, found on a grid that closes in on the first size that breaks it."""
    spreads = np.array([lever.spread for lever in pushes.all])[:, None]
    near = {way: _nearest(pushes, limit, way * spreads) for way in (1.0, -1.0)}
    sizes = np.where(np.abs(near[1.0]) <= np.abs(near[-1.0]), near[1.0], near[-1.0])
    reached = np.isfinite(sizes)
    if not reached.any():
        return []
    found = pushes.pushed(np.where(reached, sizes, 0.0)[:, None])
    points = [
        _point(pushes, i, limit, float(sizes[i]), found) for i in range(len(pushes.all)) if reached[i]
    ]  # fmt: skip
    return sorted(points, key=lambda point: (point.deviations, point.id))


def _nearest(pushes: Levers, limit: str, unit: Floats) -> Floats:
    """Return each lever's first size along `unit` `[lever, 1]` that breaks the limit, infinite where none does."""
    low, high = np.zeros_like(unit), FARTHEST * unit
    broken: Bools = np.zeros(len(unit), dtype=bool)
    for _ in range(ROUNDS):
        sizes = low + (high - low) * np.linspace(0.0, 1.0, SIZES)
        past = _margins(pushes, limit, sizes) > HALF_PENNY
        broken = np.any(past, axis=1)
        first = np.maximum(past.argmax(axis=1), 1)[:, None]
        low, high = np.take_along_axis(sizes, first - 1, axis=1), np.take_along_axis(sizes, first, axis=1)
    return np.where(broken, high[:, 0], np.inf)


def _point(pushes: Levers, i: int, limit: str, size: float, found: dict[str, Floats]) -> BreakPoint:
    lever, body, years = pushes.all[i], pushes.body, pushes.compiled.years
    money = {name: amounts[:, i] for name, amounts in found.items()}
    broken = next(
        t
        for t in range(body.start, body.end + 1)
        if margin(pushes.compiled, body._replace(end=t), limit, money) > HALF_PENNY
    )
    natural, unit = _natural(pushes, lever, size, money)
    sentence = f"{_words(lever, natural, unit, years[body.start])}: {WORDS[limit]} in {years[broken]}"
    return BreakPoint(
        lever.id, lever.name, limit, natural, unit, abs(size) / lever.spread, years[broken], sentence
    )  # fmt: skip


def _natural(pushes: Levers, lever: Lever, size: float, money: dict[str, Floats]) -> tuple[float, str]:
    """Return a push in the units that a finance director uses: growth or points a year, or the share delivered."""
    if lever.driver is None:
        span = pushes.body.span
        return float(money["savings_delivered"][span].sum() / money["savings_planned"][span].sum()), "share delivered"
    terms = pushes.compiled.drivers[lever.driver]
    if not terms.is_growth:
        return size, "points"
    usual = float(np.mean(np.log1p(terms.central[pushes.body.span])))
    return float(np.exp(usual + size) - np.exp(usual)), "points a year"


def _words(lever: Lever, size: float, unit: str, start: str) -> str:
    if lever.driver is None:
        return f"{lever.name}: {size:.0%} of what is planned from {start}"
    way = "above" if size > 0 else "below"
    return f"{lever.name} {abs(size) * 100:.1f} {unit} {way} the central path in every year from {start}"
