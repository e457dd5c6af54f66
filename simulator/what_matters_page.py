"""The page of what matters: the plain answer, one ranking, whose risk it is, which year, what travels together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.evidence_words import as_at
from simulator.figure_words import millions
from simulator.plain_english import cell
from simulator.summary_page import titled
from simulator.what_matters import Answer, Cause, WhatMatters
from simulator.what_matters_words import (
    GROUPS,
    by_group,
    estimate,
    figure,
    group,
    limit,
    measured,
    notes,
    over_place,
    plain,
)

SHORT, OWNERS = 8, 12
"""Rows of a table on a terminal, and owners on the page; the tables that are kept have them all."""


def what_matters_page(found: WhatMatters, pictures: Iterable[str] = (), short: bool = False) -> str:
    """Return the page as Markdown; `short` leaves out all but the first rows, for a terminal."""
    shown, scenario = set(pictures), found.scenario
    whom = scenario.place.name if found.place else found.answers[0].name
    opening = (
        f"{cell(scenario.name)}, as at {as_at(scenario)}, {found.answers[0].from_year} to "
        f"{max(one.year for one in found.answers)}. {found.paths:,} futures, seed {found.seed}, on the plan as "
        f"approved: what befalls it before anybody acts."
    )
    parts = [f"# What matters most: {cell(whom)}\n\n{opening}"]
    parts += _place(found, shown) if found.place else _body(found.answers[0], shown, SHORT if short else None)
    if found.left_out:
        parts.append(f"Without such a figure, so left out: {', '.join(found.left_out)}.")
    parts += titled("How to read this", "\n".join(f"- {one}" for one in notes(found)))
    return "\n\n".join(parts) + "\n"


def _body(answer: Answer, shown: set[str], rows: int | None) -> Iterator[str]:
    """Yield the sections of one body."""
    yield cell(" ".join(plain(answer)))
    yield from titled("Luck and judgement in one ranking", "\n".join(_ranking(answer, rows)) + _drawn("ranking", shown))
    yield from titled("Who owns the risk", "\n".join(_owners(answer, rows)) + _drawn("owners", shown))
    yield from titled("In which year", "\n".join(_years(answer, rows)) + _drawn("years", shown))
    yield from titled("What travels together", "\n".join(_together(answer)))
    if not answer.question.is_event:
        text = "\n".join(_tornado(answer, rows)) + _drawn("tornado", shown)
        yield from titled("For talking: each driver pushed alone", text)


def _drawn(name: str, shown: set[str]) -> str:
    return f"\n\n![]({name})" if name in shown else ""


def _ranking(answer: Answer, rows: int | None) -> Iterator[str]:
    unit = "points" if answer.question.is_event else "£m"
    yield f"{measured(answer.question, answer.year)} The limit beside it is: {limit(answer)}."
    yield ""
    yield (
        f"| | What | Kind | Differs by, {unit} | Points off the limit | Would settle | Where it is broken lies | "
        "Travels with |"
    )
    yield "| ---: | --- | --- | ---: | ---: | ---: | ---: | --- |"
    for n, one in enumerate(answer.causes[:rows], 1):
        yield f"| {n} | {cell(one.name)} | {one.kind} | {_row(answer, one)} |"


def _row(answer: Answer, one: Cause) -> str:
    """Return the numbers of one cause as cells."""
    size = 100e6 if answer.question.is_event else 1.0
    differs = "–"
    if one.differs is not None:
        value, low, high = (millions(size * part) for part in one.differs)
        differs = f"{value} ({low} to {high})"
    off = "–" if one.off is None else f"{100 * one.off.points:+.1f} ({_ends(100 * one.off.low, 100 * one.off.high)})"
    shifted = "–" if one.shifted is None else f"{one.shifted.value:+.2f} sd"
    along = len(one.travels_with)
    others = f"{along} other{'s' * (along > 1)}" if along else "–"
    return f"{differs} | {off} | {estimate(one.share)} | {shifted} | {others}"


def _ends(low: float, high: float) -> str:
    return f"{low:+.1f} to {high:+.1f}"


def _owners(answer: Answer, rows: int | None) -> Iterator[str]:
    groups = by_group(answer)
    if not groups:
        yield "The answer is the same on every future: there is no risk to own."
        return
    yield f"Shares of all that is uncertain in {figure(answer.question, answer.year)}; they add up to 100%.\n"
    yield "| Whose luck | Share |"
    yield "| --- | ---: |"
    for name, share in groups.items():
        yield f"| {name} | {share:.1%} |"
    yield "\nThe same, owner by owner, the largest first:\n"
    yield "| Owner | Whose | Share |"
    yield "| --- | --- | ---: |"
    for one in answer.owned[: rows or OWNERS]:
        whose = group(answer, one.owner.kind, one.owner.body)
        yield f"| {cell(one.owner.name)} | {whose} | {estimate(one.share, 1)} |"


def _years(answer: Answer, rows: int | None) -> Iterator[str]:
    years = sorted({one.year for one in answer.by_year})
    shares = {(one.id, one.year): one for one in answer.by_year}
    if not shares:
        yield "No luck moves it in any year."
        return
    yield "What knowing each driver up to a year would settle of that year's answer; a dash is noise.\n"
    yield f"| Driver | {' | '.join(years)} |"
    yield f"| --- |{' ---: |' * len(years)}"
    for one in _ordered(answer)[:rows]:
        found = [shares.get((one.id, year)) for year in years]
        cells = ["–" if held is None or held.share.value <= held.floor else f"{held.share.value:.0%}" for held in found]
        yield f"| {cell(one.name)} | {' | '.join(cells)} |"


def _ordered(answer: Answer) -> list[Cause]:
    """Return luck in the order of the ranking, without what is noise in every year."""
    loud = {one.id for one in answer.by_year if one.share.value > one.floor}
    return [one for one in answer.causes if one.id in loud]


def _together(answer: Answer) -> Iterator[str]:
    told = [one for one in answer.causes if one.travels_with]
    if not told:
        yield "No two drivers of it are correlated by a half or more."
        return
    yield (
        "Correlated by a half or more over these years, so that what one is said to settle holds what the others do "
        "with it:\n"
    )
    for one in told:
        yield f"- {cell(one.name)}: with {cell(', '.join(one.travels_with))}"


def _tornado(answer: Answer, rows: int | None) -> Iterator[str]:
    assert answer.centre is not None
    yield (
        "**It ignores how drivers interact**, and no other driver moves: a picture to talk with, not a share of risk. "
        f"£m of {figure(answer.question, answer.year)} without luck ({millions(answer.centre)} as entered), the driver "
        "at its P10 and its P90 in every year from the budget year.\n"
    )
    yield "| Driver | At its P10 | At its P90 | Between them |"
    yield "| --- | ---: | ---: | ---: |"
    for one in pushed(answer)[:rows]:
        assert one.low is not None and one.high is not None
        yield f"| {cell(one.name)} | {millions(one.low)} | {millions(one.high)} | {millions(abs(one.high - one.low))} |"


def pushed(answer: Answer) -> list[Cause]:
    """Return the drivers that were pushed alone, the farthest reaching first."""
    found = [one for one in answer.causes if one.kind == "luck" and one.low is not None and one.high is not None]
    return sorted(found, key=lambda one: (-abs((one.high or 0.0) - (one.low or 0.0)), one.id))


def _place(found: WhatMatters, shown: set[str]) -> Iterator[str]:
    """Yield the sections of a place of several bodies."""
    yield cell(" ".join(over_place(found)))
    yield from titled("What matters to whom", "\n".join(_bodies(found)))
    yield from titled("Who owns each body's risk", "\n".join(_shared(found)) + _drawn("owners", shown))
    yield from titled("In which year", "\n".join(_yearly(found)))
    yield from titled("What travels together", "\n".join(_apart(found)))


def _bodies(found: WhatMatters) -> Iterator[str]:
    event = found.answers[0].question.is_event
    yield "Luck alone, by what knowing it would settle; name a body with `--agency` to see judgements beside it.\n"
    for question in dict.fromkeys(measured(one.question, one.year) for one in found.answers):
        yield f"- {question}"
    yield ""
    yield "| Body | The answer | Matters most | Would settle | Then | Would settle |"
    yield "| --- | --- | --- | ---: | --- | ---: |"
    for one in found.answers:
        ends = f"{millions(one.middle)} ({millions(one.low)} to {millions(one.high)})"
        first, then = ([*one.causes, None, None])[:2]
        names = ["–" if cause is None else cell(cause.name) for cause in (first, then)]
        shares = [estimate(cause.share if cause else None) for cause in (first, then)]
        answer = f"{one.chance.probability:.1%}" if event else ends
        yield f"| {cell(one.name)} | {answer} | {names[0]} | {shares[0]} | {names[1]} | {shares[1]} |"
    yield "\nThe answer is a chance." if event else "\nThe answer is P50 (P10 to P90), £m cash."


def _shared(found: WhatMatters) -> Iterator[str]:
    shares = {one.name: by_group(one) for one in found.answers}
    groups = [name for name in GROUPS if any(name in held for held in shares.values())]
    yield "Shares of all that is uncertain in each body's answer; each row adds up to 100%.\n"
    yield f"| Body | {' | '.join(groups)} |"
    yield f"| --- |{' ---: |' * len(groups)}"
    for name, held in shares.items():
        yield f"| {cell(name)} | {' | '.join(f'{held.get(one, 0.0):.0%}' for one in groups)} |"


def _yearly(found: WhatMatters) -> Iterator[str]:
    years = sorted({share.year for one in found.answers for share in one.by_year})
    yield "The driver that would settle most of each year's answer, and how much.\n"
    yield f"| Body | {' | '.join(years)} |"
    yield f"| --- |{' --- |' * len(years)}"
    for one in found.answers:
        best: dict[str, tuple[str, float]] = {}
        for share in one.by_year:
            if share.share.value > share.floor and share.share.value > best.get(share.year, ("", 0.0))[1]:
                best[share.year] = (share.name, share.share.value)
        cells = [f"{cell(best[year][0])}, {best[year][1]:.0%}" if year in best else "–" for year in years]
        yield f"| {cell(one.name)} | {' | '.join(cells)} |"


def _apart(found: WhatMatters) -> Iterator[str]:
    told: dict[str, set[str]] = {}
    for answer in found.answers:
        for one in answer.causes:
            if one.travels_with:
                told.setdefault(one.name, set()).update(one.travels_with)
    yield "Correlated by a half or more for some body, so that each is credited with what they do together:\n"
    for name, others in sorted(told.items()):
        yield f"- {cell(name)}: with {cell(', '.join(sorted(others)))}"
