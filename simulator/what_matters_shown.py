"""What matters for a reader of the app: tables with plain columns, what may be asked, and the command that asks it."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

import pandas as pd

from simulator.compiled import Compiled
from simulator.evidence_words import as_at
from simulator.figure_words import OUTCOMES
from simulator.held_still import ASKED, HELD
from simulator.place import Agency, LocalAuthority
from simulator.place_words import escaped, options
from simulator.scenario import Scenario
from simulator.study_answers import DONE, StudyAnswers
from simulator.study_values import in_short
from simulator.study_words import column_unit, moved_with_ends, with_ends
from simulator.variants import OUTCOMES as OF_REGIMES
from simulator.variants import holding
from simulator.what_matters import Answer, Wanted, WhatMatters
from simulator.what_matters_page import leading, numbers, ordered, share_of
from simulator.what_matters_words import NOBODY, by_group, estimate, group, least, owner_name

KINDS = {"luck": "Luck", "judgement": "A judgement of ours"}
VIEW = "The plan as approved, before anybody acts"


def figures(compiled: Compiled, body: Agency | None) -> dict[str, str]:
    """Return what may be asked of a body, by name; of every body of a place only what all of them have."""
    off_plan = body is not None and body.kind in ("icb", "trust")
    held = "Usable reserves at the end of the year" if isinstance(body, LocalAuthority) else "What is held at its end"
    found = {
        HELD: "Sum of surpluses against plan" if off_plan else held,
        ASKED: "How far the year is from plan" if off_plan else "What the year asks beyond savings delivered",
    }
    if body is None:
        return {HELD: "What each body holds", ASKED: "What the year asks of each body"}
    row = compiled.agency_ids.index(body.id)
    own = [one for one, held_by in holding(compiled, OF_REGIMES).items() if held_by.start <= row < held_by.stop]
    return found | {one: f"Chance: {OUTCOMES[one].lower()}" for one in own if one in OUTCOMES}


def about(found: WhatMatters) -> str:
    """Return what results rest on: view, horizon, as-at date and futures."""
    first, last = found.answers[0].from_year, max(one.year for one in found.answers)
    span = first if first == last else f"{first} to {last}"
    return f"{VIEW}; {span}; as at {as_at(found.scenario)}; {found.paths:,} futures, seed {found.seed}."


def intervals(answer: Answer) -> str:
    """Return the 95% interval of each number of the first sentences: the weightiest luck, judgement and owner."""
    unit = "points of 100 futures" if answer.question.is_event else "£m cash"
    firsts = {one.kind: one for one in reversed(answer.causes) if one.differs}
    told = [
        f"{one.name} {numbers(answer, one)[0]} {unit}{f', {estimate(one.share, 1)} of the risk' if one.share else ''}"
        for one in firsts.values()
    ]
    told += [f"{owner_name(answer, one.owner)} {estimate(one.share, 1)} of the risk" for one in answer.owned[:1]]
    if not told:
        return ""
    return f"95% sampling intervals: {'; '.join(told)}. What several owners have together is a sum, told without one."


def ranking(answer: Answer) -> pd.DataFrame:
    """Return the ranking of luck and judgement, weightiest first, each number with its 95% interval."""
    unit = "points of 100 futures" if answer.question.is_event else "£m cash"
    columns = ("What", "Luck or judgement", f"Differs by on average, {unit}", "Points off the chance of the limit",
               "Share of the risk", "Travels with")  # fmt: skip
    rows = [(one.name, KINDS[one.kind], *numbers(answer, one)) for one in answer.causes]
    return _table(rows, columns)


def owners(found: WhatMatters) -> pd.DataFrame:
    """Return whose luck it is: of one body owner by owner, of a place a row a body and owner group."""
    if found.place:
        rows = [
            (one.name, name, f"{'' if name == NOBODY else least(one)}{share:.1%}")
            for one in found.answers for name, share in by_group(one).items()
        ]  # fmt: skip
        return _table(rows, ["Body", "Whose luck", "Share of the risk"])
    answer = found.answers[0]
    told = [
        (owner_name(answer, one.owner), group(answer, one.owner.kind, one.owner.body),
         least(answer) + estimate(one.share, 1))
        for one in answer.owned
    ]  # fmt: skip
    return _table(told, ["Owner", "Whose luck", "Share of the risk (95% interval)"])


def years(answer: Answer) -> pd.DataFrame:
    """Return each driver's share of the risk by year."""
    held = {(one.id, one.year): share_of(one.share.value) for one in answer.by_year}
    named = sorted({year for _, year in held})
    rows = [(one.name, *(held.get((one.id, year), "–") for year in named)) for one in ordered(answer)]
    return _table(rows, ["Driver", *(f"Share of the risk, {year}" for year in named)])


def tornado(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the tornado's frame with plain columns."""
    names = {"Name": "Driver", "Low": "Answer at its P10, £m cash", "High": "Answer at its P90, £m cash"}
    return frame.assign(Name=frame["Name"].map(escaped)).rename(columns=names).round(1)


def bodies(found: WhatMatters, listed: Sequence[Agency]) -> pd.DataFrame:
    """Return what matters most to each body of a place that is to be listed."""
    event = found.answers[0].question.is_event
    columns = ["Body", "Chance" if event else "P50 (P10 to P90), £m cash", "Matters most", "Share of the risk", "Then",
               "Its share of the risk"]  # fmt: skip
    shown = {one.id for one in listed}
    return _table([leading(one) for one in found.answers if one.question.body.agency in shown], columns)


def command(source: str, overlays: tuple[str, ...], sets: tuple[str, ...], wanted: Wanted, paths: int) -> str:
    """Return the command that finds the same."""
    said = options(overlays, sets)
    asked = (("agency", wanted.agency), ("year", wanted.year), ("outcome", wanted.figure))
    said += [f"--{name} {quote(held)}" for name, held in asked if held]
    return f"headroom sensitivity {' '.join([quote(source), *said, f'--paths {paths}'])}"


def cases(found: StudyAnswers) -> pd.DataFrame:
    """Return every case of a sweep with its figure, its 95% interval, and how far it is from the place as it stands."""
    one, unit = found.figures[0], column_unit(found.figures[0])
    rows = found.watched[found.watched.id == one.id].merge(found.cases, on="case")
    columns = [*(varied.called for varied in found.study.vary), f"{unit} (95% interval)", "Against as it stands"]
    told = [
        (*(in_short(row[f"vary_{varied.id}"]) or "as stated" for varied in found.study.vary), with_ends(one, row),
         moved_with_ends(one, row.difference, row.difference_low95, row.difference_high95))
        for _, row in rows.iterrows()
    ]  # fmt: skip
    return _table(told, columns)


def refused(found: StudyAnswers) -> pd.DataFrame:
    """Return the cases of a sweep that have no answer, each with its reason."""
    rows = found.cases[found.cases.status != DONE]
    return _table([(row["name"], row.status, row.reason) for _, row in rows.iterrows()], ["Case", "State", "Why"])


def _table(rows: Sequence[tuple[str, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows under columns, names from a file shown as they are."""
    return pd.DataFrame(rows, columns=[escaped(one) for one in columns]).map(escaped)


def plan_years(scenario: Scenario) -> list[str]:
    """Return the years that may be asked about, from the budget year on."""
    return [str(year) for year in scenario.projected if year >= scenario.budget_year]
