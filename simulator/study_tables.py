"""Tables of a study's page: a row a figure watched, what moves it, its cases, and its options."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from simulator.designs import AS_IT_STANDS
from simulator.evidence_words import percent
from simulator.figure_words import millions as bare
from simulator.plain_english import cell, share_interval
from simulator.study_answers import DONE, StudyAnswers
from simulator.study_words import (
    called,
    column_unit,
    effect,
    moved_with_ends,
    pounds_with_ends,
    ranked,
    short,
    stands_out,
    with_ends,
)

SHOWN, EXTREMES, WIDEST, MOST_OPTIONS = 24, 6, 3, 6
"""Cases that a page lists whole, how many it lists at either end of more, figures beside each, and
options that stand beside one another."""
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
        having = [case for case in order if case != AS_IT_STANDS.id and case in rows.index]
        by_value = list(rows.value.loc[having].sort_values().index)
        kept = {AS_IT_STANDS.id, *by_value[:EXTREMES], *by_value[-EXTREMES:]}
        order = [case for case in [AS_IT_STANDS.id, *by_value] if case in kept]
    headings = " | ".join(f"{cell(called(one, found.scenario))}, {column_unit(one)}" for one in figures)
    yield f"| Case | {headings} | Against the scenario as it stands |"
    yield f"| --- |{' ---: |' * (len(figures) + 1)}"
    names = done.set_index("case").name
    values = found.watched.set_index(["case", "id"])
    for case in order:
        told = [
            with_ends(one, values.loc[(case, one.id)]) if (case, one.id) in values.index else "–" for one in figures
        ]
        against = "–"
        if case != AS_IT_STANDS.id and (case, figures[0].id) in values.index:
            first = values.loc[(case, figures[0].id)]
            if not isnan(first.difference):
                ends = first.difference, first.difference_low95, first.difference_high95
                against = moved_with_ends(figures[0], *ends)
        yield f"| {cell(str(names[case]))} | {' | '.join(told)} | {against} |"
    if not study.options and len(done) > len(order):
        yield f"\nOf {len(done):,} cases those with the lowest and highest first figure; `tables/watched.csv` has all."


def option_table(found: StudyAnswers) -> Iterator[str]:
    """Yield how each option does over all futures, for the place as one; nothing in a study of anything else."""
    if not len(found.options):
        return
    yield (
        "| Option | Held at the end, on average | Against as it stands | In the worst tenth | Regret, P90 | "
        "Regret, most | Every duty kept, and every system's total | Kept least often by | Given up a point gained |"
    )
    yield f"| --- |{' ---: |' * 6} --- | ---: |"
    for _, row in found.options.iterrows():
        ends = share_interval(row.satisfied_low95, row.satisfied_high95)
        against = pounds_with_ends(row.mean_against, row.mean_against_low95, row.mean_against_high95, "+")
        held, tail, regret = (
            pounds_with_ends(row[name], row[f"{name}_low95"], row[f"{name}_high95"])
            for name in ("mean", "worst_tenth", "regret_p90")
        )
        worst = f"{percent(row.worst_share)} ({share_interval(row.worst_share_low95, row.worst_share_high95)})"
        body = found.scenario.names.get(row.worst_body, row.worst_body)
        price = float("nan") if row.given_up_per_point is None else float(row.given_up_per_point)
        yield (
            f"| {cell(row['name'])} | {held} | {'–' if row.id == AS_IT_STANDS.id else against} | "
            f"{tail} | {regret} | {bare(row.regret_most)} | "
            f"{percent(row.satisfied)} ({ends}) | {cell(body)}, {worst} | "
            f"{'–' if isnan(price) else bare(price)} |"
        )
    yield ""
    yield (
        "£m cash. Held: usable reserves, cash or free reserves of all bodies at the end of the last year, less all "
        "that was left unfunded on the way; of an ICB what it owes, below nought. Given up: the median held that is "
        "given up, against the option with the highest, for each further future in 100 in which every duty is kept. "
        "Brackets are 95% intervals; what is given up has none, and the most regret is of the futures drawn: with more "
        "of them it can only rise."
    )


def body_table(found: StudyAnswers) -> Iterator[str]:
    """Yield every figure as it stands and by how much each option moves it: for whom it is better or worse."""
    options = [case for case in found.cases.case if case != AS_IT_STANDS.id]
    if not found.study.options or len(options) > MOST_OPTIONS:
        return
    names = found.cases.set_index("case").name
    yield f"| Figure | As it stands | {' | '.join(cell(str(names[case])) for case in options)} |"
    yield f"| --- | ---: |{' ---: |' * len(options)}"
    rows = found.watched.set_index(["case", "id"])
    for one in found.figures:
        told = []
        for case in (AS_IT_STANDS.id, *options):
            row = rows.loc[(case, one.id)] if (case, one.id) in rows.index else None
            if row is None:
                told.append("–")
            elif case == AS_IT_STANDS.id:
                told.append(with_ends(one, row))
            else:
                told.append(moved_with_ends(one, row.difference, row.difference_low95, row.difference_high95))
        yield f"| {cell(called(one, found.scenario))}, {column_unit(one)} | {' | '.join(told)} |"


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
