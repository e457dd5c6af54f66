"""What a study found: its cases, every figure watched with its sampling error, and what moves it or which option does.

Cases come one at a time, as they were kept, so that a study of thousands needs little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.designs import AS_IT_STANDS, Case
from simulator.option_choice import Outlook, compared
from simulator.scenario import Scenario
from simulator.studies import Study, Watched
from simulator.study_effects import Levels, effects, written
from simulator.study_figures import Rows, difference, interval
from simulator.study_figures import unit as unit_of
from simulator.units import Kept, Unit

CASES = ["case", "name", "status", "reason", "overlays", "meaning_sha256"]
WATCHED = [
    "case", "id", "agency", "year", "view", "quantity", "value", "low95", "high95", "difference", "difference_low95",
    "difference_high95", "paths", "unit",
]  # fmt: skip
DONE, REFUSED, MISSING = "done", "refused", "not yet done"


@dataclass(frozen=True)
class StudyAnswers:
    """A study answered: tables by what they hold, figures in pounds or as shares of futures.

    `cases` has a row a case with what is varied in columns of its own; `watched` a row a case and figure, each beside
    its difference from the scenario as it stands; `effects` what moves each figure, a row a figure, value varied and
    measure; `options` a row an option. `checks` are the largest residuals of the accounts over all cases, in pounds.
    """

    study: Study
    scenario: Scenario
    figures: tuple[Watched, ...]
    paths: int
    cases: pd.DataFrame
    watched: pd.DataFrame
    effects: pd.DataFrame
    options: pd.DataFrame
    checks: dict[str, float]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that holds something, by name."""
        found = {"cases": self.cases, "watched": self.watched, "effects": self.effects, "options": self.options}
        return {name: table for name, table in found.items() if len(table)}

    def count(self, status: str) -> int:
        """Return how many cases have a status, the scenario as it stands left out."""
        return int(((self.cases.status == status) & (self.cases.case != AS_IT_STANDS.id)).sum())


@dataclass(frozen=True)
class Question:
    """What a study asks of which scenario, the cases planned for it, and the figures that are watched."""

    study: Study
    scenario: Scenario
    cases: tuple[Case, ...]
    figures: tuple[Watched, ...]
    paths: int


def study_answers(
    asked: Question, units: Iterable[tuple[Case, Unit]], failures: Mapping[str, str] | None = None
) -> StudyAnswers:
    """Return what a study found; units come in the order of its cases, that of the scenario as it stands first.

    Cases without a unit are not yet done, or failed for the reason given by id. A case is compared with the first one
    answered, path against path.
    """
    reading = _Reading(asked)
    for case, unit in units:
        reading.read(case, unit)
    return StudyAnswers(
        study=asked.study,
        scenario=asked.scenario,
        figures=asked.figures,
        paths=asked.paths,
        cases=_cases(asked, reading.known, failures or {}),
        watched=pd.DataFrame(reading.rows, columns=WATCHED),
        effects=effects(asked.study, asked.cases, asked.figures, reading.values, reading.levels),
        options=compared(reading.outlooks, reading.bodies) if reading.outlooks else pd.DataFrame(),
        checks=reading.checks,
    )


class _Reading:
    """What is kept of units as they are read one by one: all but their tables and paths, which only the base's stay."""

    def __init__(self, asked: Question) -> None:
        self.asked, self.at, self.levels = asked, Rows(), Levels(asked.study)
        self.values = np.full((len(asked.figures), len(asked.cases)), np.nan)
        self.places = {case.id: n for n, case in enumerate(asked.cases)}
        self.known, self.was = dict[str, Unit](), dict[str, float]()
        self.rows, self.outlooks = list[tuple[object, ...]](), list[Outlook]()
        self.checks = dict[str, float]()
        self.money: pd.DataFrame | None = None
        self.base: Kept | None = None

    @property
    def bodies(self) -> tuple[str, ...]:
        """The bodies of the base."""
        return self.base.agencies if self.base is not None else ()

    def read(self, case: Case, unit: Unit) -> None:
        """Take in one unit."""
        self.known[case.id] = Unit(unit.head, unit.paths, unit.seed, unit.problems)
        kept = unit.kept
        if kept is None:
            return
        if case.id == AS_IT_STANDS.id:
            self.base, self.money = kept, unit.agency_years
        self.checks = {name: float(np.max([self.checks.get(name, 0.0), found])) for name, found in unit.checks.items()}
        for n, one in enumerate(self.asked.figures):
            if one.id not in kept.watched:
                continue  # an option may do without a body
            value = self.at.value(one, unit.agency_years, unit.chances)
            self.values[n, self.places[case.id]] = value
            if case.id == AS_IT_STANDS.id:
                self.was[one.id] = value
            against = self.base.watched.get(one.id) if self.base else None
            values = value, self.was.get(one.id, float("nan"))
            # What says the same, or comes to the same money in every row, is the base itself whatever it rests on.
            same = self.money is not None and self.money.equals(unit.agency_years)
            self.rows.append(_row(one, values, (kept.watched[one.id], against), case.id, same))
            self.levels.add(one, case, kept.watched[one.id])
        if kept.held is not None and kept.agencies == self.bodies:
            self.outlooks.append(Outlook(case.id, case.name, kept.held, kept.keeps, kept.place_keeps))


Along = Bools | Floats
NO_NUMBER = (float("nan"),) * 3
"""A difference with its interval where there is no base to set a case against."""


def _row(
    one: Watched, values: tuple[float, float], paths: tuple[Along, Along | None], case: str, same: bool
) -> tuple[object, ...]:
    """Return a row of `watched`: the figure with its interval, and by how much it is above that of the base.

    `values` and `paths` are the case's own and the base's, without which there is no number for the difference; `same`
    where both say the same.
    """
    quantity = one.outcome or f"{one.measure} {one.statistic}"
    about = (case, one.id, one.agency, one.year, one.view, quantity)
    own, base = paths
    moved = NO_NUMBER if base is None else difference(one, values[0] - values[1], own, base, same)
    found = (*interval(one, values[0], own), *moved)
    return (*about, *found, len(paths[0]), unit_of(one))


def _cases(asked: Question, known: dict[str, Unit], failures: Mapping[str, str]) -> pd.DataFrame:
    """Return every case planned, with each varied value as it was set."""
    rows = []
    for case in asked.cases:
        unit = known.get(case.id)
        status = MISSING if unit is None else unit.head.status
        reason = " ".join(unit.problems) if unit else failures.get(case.id, "")
        about = (
            case.id,
            case.name,
            status,
            reason,
            " ".join(PurePath(name).name for name in case.overlays),
            unit.head.meaning if unit else "",
        )
        rows.append((*about, *settings(asked.study, case).values()))
    return pd.DataFrame(rows, columns=[*CASES, *(f"vary_{one.id}" for one in asked.study.vary)])


def settings(study: Study, case: Case) -> dict[str, str]:
    """Return each varied value of a case as the scenario's file would write it; empty for the base."""
    said = written(case)
    return {one.id: said.get(one.address, "") for one in study.vary}
