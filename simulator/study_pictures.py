"""Pictures of a study: two values varied together as coloured cells, else what moves a figure, or each option."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from simulator import charts
from simulator.designs import AS_IT_STANDS
from simulator.evidence_pictures import Pictures
from simulator.plain_english import Words
from simulator.studies import Watched
from simulator.study_answers import StudyAnswers
from simulator.study_frames import about, cells, paired, told_of
from simulator.study_words import MOVES, called, column_unit, effect, moved, ranked, stands_out, unsure

DRAWN, MOST_DOTS = 2, 14
"""Figures drawn, and rows of a picture of dots."""
UNTOLD = "no move that can be told from none"
FIFTHS, STEPS, MOST_STEPS = 5, (1, 2, 5, 10, 20), 7
"""Classes of colour of money; the steps in per cent that those of chances may have, and how many there may be."""


def study_pictures(found: StudyAnswers) -> Pictures:
    """Return a picture of each of the first figures, by name."""
    made: Pictures = {}
    for one in found.figures[:DRAWN]:
        draw = _cells if paired(found) else _options if found.study.options else _dots
        drawn = draw(found, one)
        made |= {f"study-{one.id}": drawn} if drawn else {}
    return made


def _cells(found: StudyAnswers, one: Watched) -> dict[str, bytes]:
    """Return a grid of two things varied as coloured cells; nothing where a case has no answer."""
    drawn = cells(found, one)
    if drawn is None:
        return {}
    frame, words = drawn
    classes, frame["Class"] = _classes(one, frame.Value)
    return charts.cells_of(frame, words, classes, found.study.vary[0].called)


def _classes(one: Watched, values: pd.Series) -> tuple[list[str], list[int]]:
    """Return the names of classes of colour and the class of each value: of chances whole per cents, else fifths."""
    if one.outcome:
        return _chances(values)
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, FIFTHS + 1)
    names = [f"{told_of(one, start)} to {told_of(one, end)}" for start, end in pairwise(edges)]
    if low == high:
        return [told_of(one, low)], [0] * len(values)
    return names, [min(int((value - low) / (high - low) * FIFTHS), FIFTHS - 1) for value in values]


def _chances(values: pd.Series) -> tuple[list[str], list[int]]:
    """Return classes of chances as they are written, in the smallest round steps that need no more than `MOST_STEPS`.

    So that a grid from 11% to 23% has several colours, which the map of chances, made for 0 to 100%, would not give it.
    """
    written = [round(100 * value) for value in values]
    low, high = min(written), max(written)
    step = next(size for size in STEPS if high // size - low // size < MOST_STEPS)
    starts = range(low // step * step, high + 1, step)
    names = [f"{start}%" if step == 1 or start == 100 else f"{start}% to {start + step - 1}%" for start in starts]
    return names, [one // step - low // step for one in written]


def _dots(found: StudyAnswers, one: Watched) -> dict[str, bytes]:
    """Return what moves a figure, largest first; nothing where nothing was measured."""
    order = ranked(found, one)
    if not len(order):
        return {}
    shown = order[:MOST_DOTS]
    frame = pd.DataFrame({
        "Name": shown.name, "Value": shown.value, "Low": shown.low95, "High": shown.high95,
        "Label": [effect(one, row) for _, row in shown.iterrows()],
        "Marked": [not stands_out(row) for _, row in shown.iterrows()],
    })  # fmt: skip
    share = shown.iloc[0].measure == "share_in_all"
    scale = 100.0 if one.outcome or share else 1.0 if column_unit(one) == "months" else 1e-6
    frame[["Value", "Low", "High"]] *= scale
    name, first = called(one, found.scenario), shown.iloc[0]
    does = MOVES[first.measure].format(size=effect(one, first, ""))
    headline = f"{name}: {first['name']} moves it most, {does}{unsure(first)}"
    if not stands_out(first):
        headline = f"{name}: nothing that was varied moves it by more than sampling error"
    unit = "% of the differences between cases" if share else f"{'points' if one.outcome else column_unit(one)}"
    left = len(order) - len(shown)
    rest = f" {left} more {'moves' if left == 1 else 'move'} it less." if left else ""
    how = (
        "How to read this: the farther a dot stands from nought, the more that value moves the figure; a line is the "
        f"95% interval.{rest}\n{about(found)}"
    )
    told = "; ".join(f"{row['name']} {effect(one, row)}" for _, row in shown.iterrows())
    words = Words(headline, f"By how much each value varied moves it, {unit}", how, f"{headline}. By value: {told}.")
    return charts.dots_of(frame, words, unit, UNTOLD)


def _options(found: StudyAnswers, one: Watched) -> dict[str, bytes]:
    """Return by how much each option moves a figure from where it stands, on the same futures."""
    whole = found.watched[found.watched.id == one.id].merge(found.cases, on="case")
    base, rows = whole[whole.case == AS_IT_STANDS.id], whole[whole.case != AS_IT_STANDS.id][:MOST_DOTS]
    if rows.empty or base.empty:
        return {}
    scale = 100.0 if one.outcome else 1.0 if column_unit(one) == "months" else 1e-6
    still = (rows.difference_low95 <= 0) & (rows.difference_high95 >= 0)
    frame = pd.DataFrame({
        "Name": rows.name, "Value": rows.difference * scale, "Low": rows.difference_low95 * scale,
        "High": rows.difference_high95 * scale, "Label": [_beside(one, row) for _, row in rows.iterrows()],
        "Marked": still,
    })  # fmt: skip
    name, stands = called(one, found.scenario), told_of(one, float(base.value.iloc[0]))
    low, high = rows.iloc[int(rows.value.argmin())], rows.iloc[int(rows.value.argmax())]
    headline = f"{name}: {stands} as it stands, {told_of(one, low.value)} under {low['name']}"
    headline += f", {told_of(one, high.value)} under {high['name']}" if len(rows) > 1 else ""
    unit = "points" if one.outcome else column_unit(one)
    how = (
        "How to read this: a dot is by how much the option moves the figure, a line its 95% interval, future against "
        f"future on the same luck; beside it stands the figure itself.\n{about(found)}"
    )
    told = "; ".join(f"{row['name']} {_beside(one, row)}" for _, row in rows.iterrows())
    measured = f"{name}: difference from the {stands} of the scenario as it stands, {unit}"
    words = Words(headline, measured, how, f"{headline}. By option: {told}.")
    return charts.dots_of(frame, words, unit, UNTOLD)


def _beside(one: Watched, row: pd.Series) -> str:
    return f"{moved(one, row.difference)}, to {told_of(one, row.value)}"
