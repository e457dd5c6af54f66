"""What a study found: its cases, every figure watched with its sampling error, and what moves it or which option does.

Cases come one at a time, as they were kept, so that a study of thousands needs little memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.designs import AS_IT_STANDS, Case
from simulator.option_choice import Outlook, compared
from simulator.scenario import Scenario
from simulator.studies import Study, Watched
from simulator.study_effects import Levels, effects, written
from simulator.study_figures import difference, in_tables, interval, unit

CASES = ["case", "name", "status", "reason", "overlays", "meaning_sha256"]
WATCHED = [
    "case", "id", "agency", "year", "view", "quantity", "value", "low95", "high95", "difference", "difference_low95",
    "difference_high95", "paths", "unit",
]  # fmt: skip
DONE, REFUSED, MISSING = "done", "refused", "not yet done"


@dataclass(frozen=True)
class Reply:
    """What one case answered: its tables, each figure watched along its paths, and the reason where it was refused.

    `along` is in the order of the figures watched, each `[path]`; `outlook` is given in a study of options.
    """

    case: Case
    agency_years: pd.DataFrame
    chances: pd.DataFrame
    along: tuple[Bools | Floats, ...]
    meaning: str = ""
    refused: str = ""
    outlook: Outlook | None = None


@dataclass(frozen=True)
class StudyAnswers:
    """A study answered: tables by what they hold, figures in pounds or as shares of futures.

    `cases` has a row a case with what is varied in columns of its own; `watched` a row a case and figure, each beside
    its difference from the scenario as it stands; `effects` what moves each figure, a row a figure, value varied and
    measure; `options` a row an option.
    """

    study: Study
    scenario: Scenario
    figures: tuple[Watched, ...]
    paths: int
    cases: pd.DataFrame
    watched: pd.DataFrame
    effects: pd.DataFrame
    options: pd.DataFrame

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


def study_answers(asked: Question, replies: Iterable[Reply]) -> StudyAnswers:
    """Return what a study found; replies come in the order of its cases, that of the scenario as it stands first.

    Cases without a reply are not yet done. A case is compared with the first one answered, path against path.
    """
    rows: list[tuple[object, ...]] = []
    known: dict[str, Reply] = {}
    values = np.full((len(asked.figures), len(asked.cases)), np.nan)
    places = {case.id: n for n, case in enumerate(asked.cases)}
    levels, outlooks = Levels(asked.study), list[Outlook]()
    base: Reply | None = None
    for reply in replies:
        known[reply.case.id] = Reply(reply.case, _NONE, _NONE, (), reply.meaning, reply.refused)
        if reply.refused:
            continue
        base = base or reply
        for n, one in enumerate(asked.figures):
            value = in_tables(one, reply.agency_years, reply.chances)
            values[n, places[reply.case.id]] = value
            rows.append(_row(one, n, value, reply, base))
            levels.add(one, reply.case, reply.along[n])
        outlooks += [reply.outlook] if reply.outlook is not None else []
    return StudyAnswers(
        study=asked.study,
        scenario=asked.scenario,
        figures=asked.figures,
        paths=asked.paths,
        cases=_cases(asked, known),
        watched=pd.DataFrame(rows, columns=WATCHED),
        effects=effects(asked.study, asked.cases, asked.figures, values, levels),
        options=_options(asked, outlooks),
    )


_NONE = pd.DataFrame()


def _row(one: Watched, n: int, value: float, reply: Reply, base: Reply) -> tuple[object, ...]:
    """Return a row of `watched`: the figure with its interval, and by how much it is above that of the base."""
    own = reply.along[n]
    found = interval(one, value, own)
    was = in_tables(one, base.agency_years, base.chances)
    more = difference(one, value - was, own, base.along[n])
    quantity = one.outcome or f"{one.measure} {one.statistic}"
    about = (reply.case.id, one.id, one.agency, one.year, one.view, quantity)
    return (*about, *found, *more, len(own), unit(one))


def _cases(asked: Question, known: dict[str, Reply]) -> pd.DataFrame:
    """Return every case planned, with each varied value as it was set."""
    rows = []
    for case in asked.cases:
        reply = known.get(case.id)
        status = MISSING if reply is None else REFUSED if reply.refused else DONE
        laid = " ".join(case.overlays)
        reason, meaning = (reply.refused, reply.meaning) if reply else ("", "")
        rows.append((case.id, case.name, status, reason, laid, meaning, *settings(asked.study, case).values()))
    varied = [one.id for one in asked.study.vary]
    table = pd.DataFrame(rows, columns=[*CASES, *(f"vary_{name}" for name in varied)])
    return table.astype({"case": str})


def settings(study: Study, case: Case) -> dict[str, str]:
    """Return each varied value of a case as the scenario's file would write it; empty for the base."""
    said = written(case)
    return {one.id: said.get(one.address, "") for one in study.vary}


def _options(asked: Question, outlooks: list[Outlook]) -> pd.DataFrame:
    if asked.study.design.kind != "options" or not outlooks:
        return pd.DataFrame()
    return compared(outlooks, [body.id for body in asked.scenario.bodies])
