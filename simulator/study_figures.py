"""The figures that a study watches: along every path, in the tables, with their sampling error, and case against case.

Every case meets the same futures, so two cases are compared path by path, which is far surer than either figure alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from simulator.choices import regime
from simulator.compiled import CHARITY, Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.scenario import Scenario
from simulator.sections import half_width, percentiles
from simulator.studies import EVERY, Study, Watched
from simulator.summary import PERCENTS, Z95, chance, quantile_interval
from simulator.variants import MEASURES, OUTCOMES, UNITS, VIEWS, holding

PLACE = ("any_duty_breached", "two_duties_breached", "system_total_missed")
"""Outcomes of a place of several bodies as one."""
MADE_WORSE = "made_worse"
"""The outcome of a body that what managers do leaves worse off, of any body but a charity."""


class NotWatchedError(ValueError):
    """A figure that the scenario has no such body, year, measure or outcome for."""


@dataclass(frozen=True)
class Paths:
    """What a case keeps of its paths: measures and outcomes `[view, agency, year, path]`, pounds and bool.

    `missed` `[view, system, year, path]` is where a system missed its control total, `place` the id of the place.
    """

    compiled: Compiled
    place: str
    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    missed: Bools


class Interval(NamedTuple):
    """A figure with the ends of its 95% interval; not a number where the paths are too few for one."""

    value: float
    low: float
    high: float


def along(one: Watched, seen: Paths) -> Bools | Floats:
    """Return the figure on every path, `[path]`: whether an outcome was met, or a measure in its unit.

    Raises:
        NotWatchedError: when the case has no such body, year, measure or outcome.
    """
    view = [view.name for view in VIEWS].index(one.view)
    if one.measure is not None:
        body = _body(one, seen.compiled, MEASURES, one.measure)
        return np.asarray(seen.measures[one.measure][view, body, _year(one.year, seen.compiled)])
    happened = _happened(one, seen, view)
    if one.year == EVERY:
        return np.asarray(happened.any(axis=0))
    year = _year(one.year.removeprefix("by "), seen.compiled)
    return np.asarray(happened[: year + 1].any(axis=0)) if one.year.startswith("by ") else happened[year]


def answers(agency: str, scenario: Scenario, kind: Literal["outcome", "measure"]) -> tuple[str, ...]:
    """Return the outcomes or measures that can be watched of a body, by its regime, or of the place by its own id."""
    table = MEASURES if kind == "measure" else OUTCOMES
    regimes = {regime(body) for body in scenario.bodies if body.id == agency}
    found = [name for name, kinds in table.items() if regimes & set(kinds)]
    if kind == "outcome":
        found += [MADE_WORSE] if regimes - {CHARITY} else []
        if agency == scenario.place.id and len(scenario.bodies) > 1:
            systems = any(one.kind == "control_total" for one in scenario.agreements)
            found += PLACE if systems else PLACE[:2]
    return tuple(found)


def _happened(one: Watched, seen: Paths, view: int) -> Bools:
    """Return where an outcome is met, `[year, path]`; of the place as one what befalls several of its bodies."""
    compiled, outcome = seen.compiled, str(one.outcome)
    if one.agency == seen.place and outcome in PLACE and len(compiled.agency_ids) > 1:
        missed = seen.missed[view]
        if outcome == "system_total_missed":
            return np.asarray(missed.any(axis=0))
        breaches = np.count_nonzero(seen.outcomes["duty_breached"][view], axis=0) + np.count_nonzero(missed, axis=0)
        return np.asarray(breaches > PLACE.index(outcome))
    if outcome == MADE_WORSE:
        going_on = replace(compiled, agency_ids=compiled.agency_ids[: compiled.slices[CHARITY].start])
        body = _of(one, going_on.agency_ids, outcome)
        if not view:
            raise NotWatchedError("made_worse sets after action against before it: watch it after_action")
        before, after = (np.cumsum(seen.measures["unfunded_gap"][v, body], axis=0) for v in (0, 1))
        return np.asarray(after - before > HALF_PENNY)
    body = _body(one, compiled, OUTCOMES, outcome)
    return np.asarray(seen.outcomes[outcome][view, body])


def _body(one: Watched, compiled: Compiled, table: dict[str, tuple[str, ...]], name: str) -> int:
    """Return where a body stands among those that have a measure or outcome."""
    found = holding(compiled, table)
    if name not in found:
        known = ", ".join((*found, *(PLACE if table is OUTCOMES and len(compiled.agency_ids) > 1 else ())))
        raise NotWatchedError(f"no body of this scenario has {name}; there are: {known}")
    return _of(one, compiled.agency_ids[found[name]], name)


def _of(one: Watched, bodies: tuple[str, ...], name: str) -> int:
    if one.agency not in bodies:
        raise NotWatchedError(f"{one.agency} has no {name}; these bodies have: {', '.join(bodies)}")
    return bodies.index(one.agency)


def _year(year: str, compiled: Compiled) -> int:
    if year not in compiled.years:
        raise NotWatchedError(f"{year} is not projected; the years are {compiled.years[0]} to {compiled.years[-1]}")
    return compiled.years.index(year)


class Rows:
    """Where figures stand in the public tables: the cases of a study have the same rows, so each is looked for once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._at: dict[str, int] = {}

    def value(self, one: Watched, agency_years: pd.DataFrame, chances: pd.DataFrame) -> float:
        """Return the figure as the public tables have it: bit for bit what a run of the case alone would write.

        Raises:
            NotWatchedError: when no row or more than one is of this figure.
        """
        table, kind = (chances, "outcome") if one.outcome else (agency_years, "measure")
        wanted = {"agency": one.agency, kind: one.outcome or one.measure, "view": one.view, "year": one.year}
        at = self._at.get(one.id, len(table))
        if at >= len(table) or any(table[name].iat[at] != word for name, word in wanted.items()):
            own = np.logical_and.reduce([table[name].to_numpy() == word for name, word in wanted.items()])
            if own.sum() != 1:
                raise NotWatchedError(f"the tables hold {own.sum()} rows of {', '.join(map(str, wanted.values()))}")
            at = self._at[one.id] = int(own.argmax())
        return float(table["probability" if one.outcome else one.statistic].to_numpy()[at])


def unit(one: Watched) -> str:
    """Return the unit of a figure: a share of futures, pounds, or months."""
    return "share of futures" if one.outcome else UNITS.get(str(one.measure), "£")


def interval(one: Watched, value: float, paths: Bools | Floats) -> Interval:
    """Return a figure with its 95% interval: Wilson's of a chance, the normal one of a mean, ranks of a percentile.

    The central case is one future without luck, so that nothing is sampled.
    """
    if one.outcome:
        found = chance(int(np.count_nonzero(paths)), len(paths))
        return Interval(value, found.low, found.high)
    if one.statistic == "central":
        return Interval(value, value, value)
    if one.statistic == "mean":
        half = Z95 * float(np.std(paths, ddof=1)) / np.sqrt(len(paths)) if len(paths) > 1 else float("nan")
        return Interval(value, value - half, value + half)
    try:
        return Interval(value, *quantile_interval(np.asarray(paths, dtype=float), percent_of(one)))
    except ValueError:
        return Interval(value, float("nan"), float("nan"))


def difference(one: Watched, value: float, own: Bools | Floats, base: Bools | Floats, same: bool = False) -> Interval:
    """Return what a case adds to a figure of the base, `value`, with its 95% interval, path against path.

    Of a chance the interval is McNemar's, se = sqrt((n10 + n01)/N - d^2) / sqrt(N), and where no path goes the other
    way Wilson's, of the share that moves; of a percentile it comes from sections of the paths. One that is the `same`
    as the base has exactly nought, and an interval of nought; so has money that is the same on every path.
    """
    if same or (one.statistic == "central" and not one.outcome):
        return Interval(value, value, value)
    count = min(len(own), len(base))
    own, base = own[:count], base[:count]
    if one.outcome:
        return Interval(value, *_moved(own.astype(bool), base.astype(bool)))
    if np.array_equal(own, base):
        return Interval(value, value, value)
    if one.statistic == "mean":
        moved = own.astype(float) - base.astype(float)
        half = Z95 * float(np.std(moved, ddof=1)) / np.sqrt(count) if count > 1 else float("nan")
    else:
        each = [percentiles(np.asarray(paths, dtype=float), percent_of(one)) for paths in (own, base)]
        half = float("nan") if each[0] is None or each[1] is None else half_width(each[0] - each[1], value)
    return Interval(value, value - half, value + half)


def _moved(own: Bools, base: Bools) -> tuple[float, float]:
    """Return the 95% interval of a difference of chances on the same paths."""
    paths = len(own)
    more, fewer = (int(np.count_nonzero(one)) for one in (own & ~base, base & ~own))
    if more and fewer:
        points = (more - fewer) / paths
        half = Z95 * float(np.sqrt(((more + fewer) / paths - points**2) / paths))
        return points - half, points + half
    found = chance(more or fewer, paths)
    if more:
        return found.low, found.high
    return (-found.high, -found.low) if fewer else (-found.high, found.high)


def percent_of(one: Watched) -> int:
    """Return which percentile a figure is."""
    return PERCENTS[[f"p{percent:02d}" for percent in PERCENTS].index(one.statistic)]


def watching(study: Study, scenario: Scenario) -> tuple[Watched, ...]:
    """Return what a study watches; where it names nothing, the chance that each body misses a duty or its plan.

    And that any body of a place does; of one body alone besides its gap of the last year on average.
    """
    if study.watch:
        return tuple(study.watch)
    bodies, last = scenario.bodies, str(scenario.projected[-1])
    found = [Watched(id=f"{body.id[:57]}_missed", agency=body.id, outcome="duty_breached") for body in bodies]
    if len(bodies) > 1:
        return (Watched(id="place", agency=scenario.place.id, outcome=PLACE[0]), *found)
    return (*found, Watched(id="gap", agency=bodies[0].id, measure="gap", year=last))
