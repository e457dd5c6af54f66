"""A grid of two values varied together as a frame with its words, for whoever draws it."""

from __future__ import annotations

import pandas as pd

from simulator.designs import AS_IT_STANDS
from simulator.evidence_words import as_at
from simulator.figure_words import chance
from simulator.plain_english import Words
from simulator.studies import Watched
from simulator.study_answers import DONE, StudyAnswers
from simulator.study_values import in_short
from simulator.study_words import amount, called, column_unit, moved, ranked, short, stands_out, unsure

MOST_CELLS = 12
"""Values either way of a picture of cells."""


def paired(found: StudyAnswers) -> bool:
    """Return whether the study is a grid of two things varied, few enough values of each to be written in cells."""
    vary = found.study.vary
    if found.study.design.kind != "grid" or len(vary) != 2:
        return False
    return all(found.cases[f"vary_{one.id}"].nunique() <= MOST_CELLS + 1 for one in vary)


def cells(found: StudyAnswers, one: Watched) -> tuple[pd.DataFrame, Words] | None:
    """Return a grid of two things varied, a cell a case: Row, Column, Label, Value (pounds, or a chance), Base, Alike.

    Base is true of the case that gives what the scenario as it stands does, Alike of those whose difference from it,
    future against future, is within sampling error. There is nothing where a case has no answer.
    """
    across, down = found.study.vary
    every = found.watched[found.watched.id == one.id].merge(found.cases, on="case")
    rows = every[every.case != AS_IT_STANDS.id]
    if len(rows) != rows[f"vary_{across.id}"].nunique() * rows[f"vary_{down.id}"].nunique() or rows.empty:
        return None
    frame = pd.DataFrame({
        "Row": rows[f"vary_{down.id}"].map(in_short), "Column": rows[f"vary_{across.id}"].map(in_short),
        "Label": [chance(value) if one.outcome else short(one, value) for value in rows.value],
        "Value": rows.value, "Base": _as_it_stands(rows),
        "Alike": (rows.difference_low95 <= 0) & (rows.difference_high95 >= 0),
    })  # fmt: skip
    name = called(one, found.scenario)
    low, high = rows.iloc[int(rows.value.argmin())], rows.iloc[int(rows.value.argmax())]
    first = ranked(found, one).iloc[0]
    most = (
        f"{first['name']} moves it most{unsure(first)}"
        if stands_out(first)
        else "nothing varied moves it beyond sampling error"
    )
    headline = f"{name}: {told_of(one, low.value)} to {told_of(one, high.value)}; {most}"
    measured = f"{column_unit(one)}; down: {down.called}, across: {across.called}"
    how = (
        "How to read this: each cell is one case, all on the same futures; go along a row or down a column to see what "
        f"that value alone does. {_sure(one, every, frame)}\n{about(found)}"
    )
    told = "; ".join(f"{row['name']} {told_of(one, row.value)}" for _, row in rows.iterrows())
    return frame, Words(headline, measured, how, f"{headline}. By case: {told}.")


def _as_it_stands(rows: pd.DataFrame) -> list[bool]:
    """Return which case gives exactly what the scenario as it stands does; none where several do."""
    same = (rows.difference == 0) & (rows.difference_low95 == 0) & (rows.difference_high95 == 0)
    return list(same) if same.sum() == 1 else [False] * len(rows)


def _sure(one: Watched, rows: pd.DataFrame, frame: pd.DataFrame) -> str:
    """Return how a grid stands to the scenario as it stands, which cells are told apart from it, and how sure each is.

    `rows` are those of every case, that of the scenario as it stands among them where it is done.
    """
    base, told = rows[rows.case == AS_IT_STANDS.id], list[str]()
    if len(base):
        where = "the outlined cell" if frame.Base.any() else "which is none of the cells"
        told.append(f"The scenario as it stands, {where}, gives {told_of(one, float(base.value.iloc[0]))}.")
        alike = int((frame.Alike & ~frame.Base).sum())
        cells = f"{alike} hatched cell{'s are' if alike != 1 else ' is'}" if alike else "No other cell is"
        told.append(f"{cells} within sampling error of it on the same futures.")
    half = float(((rows.high95 - rows.low95) / 2).max())
    if half > 0:
        told.append(f"A cell's own 95% interval is at most {moved(one, half, '')} either way.")
    return " ".join(told)


def told_of(one: Watched, value: float) -> str:
    """Return a figure as it is written: `14%`, `£3.2m`."""
    return chance(value) if one.outcome else amount(one, value)


def about(found: StudyAnswers) -> str:
    """Return what a picture of a study rests on, in a line."""
    done = int((found.cases.status == DONE).sum())
    return f"{found.scenario.name}, {done:,} cases, each on {found.paths:,} futures, as at {as_at(found.scenario)}."
