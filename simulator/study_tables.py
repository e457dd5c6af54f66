"""Tables of a study's page: a row a figure watched, what moves it, its cases, and its options."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator.designs import AS_IT_STANDS
from simulator.plain_english import cell
from simulator.study_answers import DONE, StudyAnswers
from simulator.study_words import (
    called,
    column_unit,
    effect,
    moved_with_ends,
    ranked,
    short,
    stands_out,
    with_ends,
)

SHOWN, EXTREMES, WIDEST = 24, 6, 3
"""Cases that a page lists whole, how many it lists at either end of more, and figures beside each."""
EFFECTS = 12
"""Rows of what moves a figure."""


def figure_table(found: StudyAnswers) -> Iterator[str]:
    """Yield every figure watched: as it stands, over the cases, and what moves it most."""
    moves = bool(len(found.effects))
    yield f"| Figure | As it stands | Lowest case | Highest case |{' Moved most by |' if moves else ''}"
    yield f"| --- | ---: | ---: | ---: |{' --- |' if moves else ''}"
    for one in found.figures:
        rows = found.watched[found.watched.id == one.id]
        base, others = rows[rows.case == AS_IT_STANDS.id], rows[rows.case != AS_IT_STANDS.id]
        stands = with_ends(one, base.iloc[0]) if len(base) else "–"
        ends = [short(one, end) for end in (others.value.min(), others.value.max())] if len(others) else ["–", "–"]
        name = f"{cell(called(one, found.scenario))}, {column_unit(one)}"
        line = f"| {name} | {stands} | {ends[0]} | {ends[1]} |"
        order = ranked(found, one)
        first = order.iloc[0] if len(order) and stands_out(order.iloc[0]) else None
        yield f"{line} {cell(first['name']) if first is not None else 'nothing'} |" if moves else line


def effect_table(found: StudyAnswers) -> Iterator[str]:
    """Yield by how much each thing varied moves each of the first figures, largest first by the first of them."""
    figures = [one for one in found.figures if len(ranked(found, one))][:WIDEST]
    if not figures:
        return
    headings = " | ".join(cell(called(one, found.scenario)) for one in figures)
    yield f"| What was varied | {headings} |"
    yield f"| --- |{' ---: |' * len(figures)}"
    for name in ranked(found, figures[0]).varied[:EFFECTS]:
        told = []
        for one in figures:
            rows = ranked(found, one)
            told.append(effect(one, rows[rows.varied == name].iloc[0]))
        varied = next(one for one in found.study.vary if one.id == name)
        yield f"| {cell(varied.called)} | {' | '.join(told)} |"


def case_table(found: StudyAnswers) -> Iterator[str]:
    """Yield cases with the first figures: all where they are few, else those at either end of the first figure."""
    figures, study = found.figures[:WIDEST], found.study
    done = found.cases[found.cases.status == DONE]
    rows = found.watched[found.watched.id == figures[0].id].set_index("case")
    order = list(done.case)
    if len(order) > SHOWN:
        by_value = list(rows.value.loc[[case for case in order if case != AS_IT_STANDS.id]].sort_values().index)
        kept = {AS_IT_STANDS.id, *by_value[:EXTREMES], *by_value[-EXTREMES:]}
        order = [case for case in [AS_IT_STANDS.id, *by_value] if case in kept]
    headings = " | ".join(f"{cell(called(one, found.scenario))}, {column_unit(one)}" for one in figures)
    yield f"| Case | {headings} | Against the scenario as it stands |"
    yield f"| --- |{' ---: |' * (len(figures) + 1)}"
    names = done.set_index("case").name
    values = found.watched.set_index(["case", "id"])
    for case in order:
        told = [with_ends(one, values.loc[(case, one.id)]) for one in figures]
        first = values.loc[(case, figures[0].id)]
        ends = first.difference, first.difference_low95, first.difference_high95
        against = "–" if case == AS_IT_STANDS.id else moved_with_ends(figures[0], *ends)
        yield f"| {cell(str(names[case]))} | {' | '.join(told)} | {against} |"
    if not study.options and len(done) > len(order):
        yield f"\nOf {len(done):,} cases those with the lowest and highest first figure; `tables/watched.csv` has all."


def option_table(found: StudyAnswers) -> Iterator[str]:
    """Yield how each option does over all futures; nothing in a study of anything else."""
    yield from ()


def refused_table(found: StudyAnswers) -> Iterator[str]:
    """Yield the cases that have no answer, each with its reason; nothing where all have one."""
    rows = found.cases[(found.cases.status != DONE) & (found.cases.reason != "")]
    if not len(rows):
        return
    yield "| Case | Why it has no answer |"
    yield "| --- | --- |"
    for name, reason in zip(rows.name[:SHOWN], rows.reason[:SHOWN], strict=True):
        yield f"| {cell(str(name))} | {cell(_line(str(reason)))} |"
    if len(rows) > SHOWN:
        yield f"\nAnd {len(rows) - SHOWN:,} more in `tables/cases.csv`."


def _line(text: str) -> str:
    return " ".join(text.split())


def values(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return a table as a list of records, for a machine."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict(orient="records")]
