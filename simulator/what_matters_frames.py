"""What matters as frames with their words, for whoever draws them: ranking, whose risk, each year, and the tornado."""

from __future__ import annotations

import pandas as pd

from simulator.evidence_words import as_at
from simulator.held_still import Estimate
from simulator.money import in_millions
from simulator.plain_english import Words
from simulator.what_matters import Answer, WhatMatters
from simulator.what_matters_page import ordered, pushed, share_of
from simulator.what_matters_words import GROUPS, amount, by_group, figure, whose

MOST = 12
"""Rows of a picture."""
Shown = tuple[pd.DataFrame, Words]


def _about(found: WhatMatters) -> str:
    whom = found.scenario.place.name if found.place else found.answers[0].name
    return f"{whom}, {found.paths:,} futures, the plan as approved, as at {as_at(found.scenario)}."


def _rest(shown: int, whole: int) -> str:
    """Return how many rows are left out of a picture."""
    return f" {whole - shown} more {'moves' if whole - shown == 1 else 'move'} it less." if whole > shown else ""


def axis(answer: Answer) -> str:
    """Return in which unit and how the ranking measures."""
    return f"{'points of 100 futures' if answer.question.is_event else '£m cash'}, on average and whichever way"


def ranking(found: WhatMatters, answer: Answer) -> Shown:
    """Return the weightiest causes: Name, Value, Low, High (£m, or points), Label and Marked, true of a judgement."""
    rows = answer.causes[:MOST]
    size = 100 if answer.question.is_event else 1e-6
    sizes = [one.differs or Estimate(0.0, 0.0, 0.0) for one in rows]
    frame = pd.DataFrame({
        "Name": [one.name for one in rows], "Value": [size * one.value for one in sizes],
        "Low": [size * one.low for one in sizes], "High": [size * one.high for one in sizes],
        "Label": [amount(answer, one.value) for one in sizes], "Marked": [one.kind == "judgement" for one in rows],
    })  # fmt: skip
    first = rows[0]
    asked = figure(answer.question, answer.year)
    headline = f"{first.name} ({first.kind}) matters most to {asked}: {amount(answer, sizes[0].value)} on average"
    measured = f"How different {asked} would be with one thing held as expected, or judged otherwise"
    how = (
        "How to read this: a dot is how far apart two answers lie on the same future, as it was and with that one "
        f"thing changed; a diamond is a judgement of ours, a dot is luck.{_rest(len(rows), len(answer.causes))}\n"
        f"{_about(found)}"
    )
    told = "; ".join(f"{one.name} ({one.kind}) {label}" for one, label in zip(rows, frame.Label, strict=True))
    return frame, Words(headline, measured, how, f"{headline}. {told}.")


def in_millions_of(answer: Answer) -> float:
    """Return the answer without luck in £m."""
    return (answer.centre or 0.0) / 1e6


def owners(found: WhatMatters) -> Shown:
    """Return whose luck makes each body's answer uncertain: Row, Part (a category) and Share of variance, 0 to 1."""
    rows = [(one.name, name, share) for one in found.answers for name, share in by_group(one).items()]
    frame = pd.DataFrame(rows, columns=["Row", "Part", "Share"])
    frame["Part"] = pd.Categorical(frame.Part, GROUPS)
    sums = frame.groupby("Part", observed=True).Share.sum() / len(found.answers)
    many = f"On average over {len(found.answers)} bodies" if found.place else "Of all that is uncertain"
    headline = f"{many} {whose({str(part): float(share) for part, share in sums.items()})}"
    first = found.answers[0]
    what = (
        f"what each body holds at the end of {first.year}"
        if found.place and not first.question.is_event
        else figure(first.question, first.year)
    )
    measured = f"Whose luck makes {what} uncertain, as shares of its variance"
    how = (
        "How to read this: each bar is all that chance moves in one body's answer. What is the nation's strikes all "
        "bodies at once, so sharing risk between them eases it little; what is a body's own, sharing can ease.\n"
        + _about(found)
    )
    told = "; ".join(f"{row.Row}: {row.Part} {row.Share:.0%}" for row in frame.itertuples())
    return frame, Words(headline, measured, how, f"{headline}. {told}.")


def by_year(found: WhatMatters, answer: Answer) -> Shown:
    """Return each driver's share of the risk by year: Row, Column (a year), Share from 0 to 1 and Label."""
    shares = {(one.id, one.year): one.share.value for one in answer.by_year}
    years, rows = sorted({one.year for one in answer.by_year}), ordered(answer)
    cells = [(one.name, year, shares.get((one.id, year), 0.0)) for one in rows[:MOST] for year in years]
    frame = pd.DataFrame(cells, columns=["Row", "Column", "Share"])
    frame["Label"] = [share_of(share) for share in frame.Share]
    best = frame.loc[frame.groupby("Column").Share.idxmax()]
    first, last = best.iloc[0], best.iloc[-1]
    end = last.Label if last.Row == first.Row else f"{last.Row} {last.Label}"
    then = "" if len(years) == 1 else f", {end} in {last.Column}"
    headline = f"{first.Row} has the largest share of the risk: {first.Label} in {first.Column}{then}"
    measured = "Each driver's share of the risk in the answer of each year"
    how = (
        "How to read this: go along a row to see when a driver matters. What drivers that travel together explain is "
        f"shared out between them.{_rest(len(rows[:MOST]), len(rows))}\n{_about(found)}"
    )
    told = "; ".join(f"{row.Row} {row.Column} {row.Label}" for row in frame.itertuples())
    return frame, Words(headline, measured, how, f"{headline}. {told}.")


def tornado(found: WhatMatters, answer: Answer) -> Shown:
    """Return the answer in £m without luck, each driver alone at its P10 (Low) and P90 (High), the farthest first."""
    rows, centre = pushed(answer), answer.centre or 0.0
    frame = pd.DataFrame({
        "Name": [one.name for one in rows[:MOST]], "Low": [(one.low or 0.0) / 1e6 for one in rows[:MOST]],
        "High": [(one.high or 0.0) / 1e6 for one in rows[:MOST]],
    })  # fmt: skip
    asked = figure(answer.question, answer.year)
    headline = f"Pushed alone, {rows[0].name} reaches farthest; this ignores how drivers interact"
    measured = (
        f"{asked[:1].upper()}{asked[1:]} without luck, each driver in turn at its P10 and P90 in every year, £m cash"
    )
    how = (
        f"How to read this: the level line is the answer as entered, {in_millions(centre)}; each bar is one driver "
        "alone, what follows it with it, all others as expected. To talk with, not to add up."
        f"{_rest(len(frame), len(rows))}\n{_about(found)}"
    )
    told = "; ".join(f"{row.Name} {row.Low:,.1f} to {row.High:,.1f}" for row in frame.itertuples())
    return frame, Words(headline, measured, how, f"{headline}. {told}.")
