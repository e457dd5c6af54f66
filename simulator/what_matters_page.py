"""The page of what matters: the plain answer, one ranking, whose risk it is, which year, what travels together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.causes import TOGETHER, Cause
from simulator.evidence_words import as_at
from simulator.figure_words import millions
from simulator.held_still import Estimate
from simulator.plain_english import cell
from simulator.summary_page import titled
from simulator.what_matters import Answer, WhatMatters
from simulator.what_matters_words import (
    GROUPS,
    NOBODY,
    by_group,
    companies,
    estimate,
    felt,
    figure,
    group,
    least,
    limit,
    listed,
    measured,
    notes,
    over_place,
    owner_name,
    plain,
)

LEAST = 0.005
"""The least share that reads as one in a hundred."""
SHORT, OWNERS = 8, 12
"""Rows of a table on a terminal, and owners on the page; the tables that are kept have them all."""


def what_matters_page(found: WhatMatters, pictures: Iterable[str] = (), short: bool = False) -> str:
    """Return the page as Markdown; `short` leaves out all but the first rows, for a terminal."""
    shown, scenario = set(pictures), found.scenario
    whom = scenario.place.name if found.place else found.answers[0].name
    opening = (
        f"{cell(scenario.name)}, as at {as_at(scenario)}, {_years_of(found)}. {found.paths:,} futures, seed "
        f"{found.seed}, on the plan as approved: what befalls it before anybody acts."
    )
    parts = [f"# What matters most: {cell(whom)}\n\n{opening}"]
    parts += _place(found, shown) if found.place else _body(found, shown, SHORT if short else None)
    if found.left_out:
        parts.append(f"Without such a figure, so left out: {', '.join(found.left_out)}.")
    parts += titled("How to read this", "\n".join(f"- {one}" for one in notes(found)))
    return "\n\n".join(parts) + "\n"


def _years_of(found: WhatMatters) -> str:
    first, last = found.answers[0].from_year, max(one.year for one in found.answers)
    return first if first == last else f"{first} to {last}"


def _body(found: WhatMatters, shown: set[str], rows: int | None) -> Iterator[str]:
    """Yield the sections of one body."""
    answer = found.answers[0]
    yield cell(" ".join(plain(answer)))
    yield from titled("Luck and judgement in one ranking", "\n".join(_ranking(answer, rows)) + _drawn("ranking", shown))
    yield from titled("Who owns the risk", "\n".join(_owners(answer, rows)) + _drawn("owners", shown))
    yield from titled("In which year", "\n".join(_years(answer, rows)) + _drawn("years", shown))
    yield from titled("What travels together", "\n".join(_together(found)))
    if not answer.question.is_event:
        text = "\n".join(_tornado(answer, rows)) + _drawn("tornado", shown)
        yield from titled("For talking: each driver pushed alone", text)
    if rows is None and answer.by_year:
        yield from titled("The same luck by other measures", "\n".join(_measures(answer)))


def _drawn(name: str, shown: set[str]) -> str:
    return f"\n\n![]({name})" if name in shown else ""


def _ranking(answer: Answer, rows: int | None) -> Iterator[str]:
    unit = "points" if answer.question.is_event else "£m"
    yield f"{measured(answer.question, answer.year)} The limit beside it is: {limit(answer)}."
    yield ""
    yield f"| No. | What | Kind | Differs by, {unit} | Points off the limit | Share of risk | Travels with |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    for n, one in enumerate(answer.causes[:rows], 1):
        yield f"| {n} | {cell(one.name)} | {one.kind} | {' | '.join(numbers(answer, one))} |"


def numbers(answer: Answer, one: Cause) -> tuple[str, str, str, str]:
    """Return the numbers of one cause as cells: how far it differs, points off the limit, share of risk, company."""
    size = 100e6 if answer.question.is_event else 1.0
    differs = "–"
    if one.differs is not None:
        value, low, high = (millions(size * part) for part in one.differs)
        differs = f"{value} ({low} to {high})" if low != high else value
    off = "–" if one.off is None else f"{_plus(100 * one.off.points)} ({_ends(100 * one.off.low, 100 * one.off.high)})"
    along = len(one.travels_with)
    return differs, off, estimate(one.share, 1), f"{along} more" if along else "–"


def _measures(answer: Answer) -> Iterator[str]:
    """Yield luck by the other measures, which need no more futures."""
    yield (
        "*Slope*: by how many of its standard deviations the answer moves for one of the "
        "driver's, the others as they are. *Rank*: how closely the two rise and fall together, the others taken "
        "out. *Where it breaks*: by how many of its standard deviations the driver lies off its usual on the futures "
        "where the limit is broken.\n"
    )
    yield "| Driver | Would settle | Slope | Rank | Where it breaks |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for one in answer.causes:
        if one.kind == "luck":
            told = " | ".join(_signed(part) for part in (one.slope, one.rank, one.shifted))
            yield f"| {cell(one.name)} | {estimate(one.settles, 1)} | {told} |"
    for name, others in {one.name: one.same_as for one in answer.causes if one.same_as}.items():
        if name < min(others):
            yield f"\n{listed([cell(one) for one in (name, *others)])} move as one, so they share one slope equally."


def _signed(one: Estimate | None) -> str:
    return "–" if one is None else f"{one.value:+.2f} ({one.low:+.2f} to {one.high:+.2f})"


def _ends(low: float, high: float) -> str:
    return f"{_plus(low)} to {_plus(high)}"


def _plus(points: float) -> str:
    return f"{points:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0")


def _owners(answer: Answer, rows: int | None) -> Iterator[str]:
    groups = by_group(answer)
    if not groups:
        yield "The answer is the same on every future: there is no risk to own."
        return
    asked = figure(answer.question, answer.year)
    yield f"Shares of all that is uncertain in {asked}; they add up to 100%.{_not_told(answer)}\n"
    yield "| Whose luck | Share |"
    yield "| --- | ---: |"
    for name, share in groups.items():
        yield f"| {name} | {'' if name == NOBODY else least(answer)}{share:.1%} |"
    yield "\nThe same, owner by owner, the largest first:\n"
    yield "| Owner | Whose | Share |"
    yield "| --- | --- | ---: |"
    for one in answer.owned[: rows or OWNERS]:
        whose = group(answer, one.owner.kind, one.owner.body)
        yield f"| {cell(owner_name(answer, one.owner))} | {whose} | {least(answer)}{estimate(one.share, 1)} |"


def _not_told(answer: Answer) -> str:
    """Return why shares are told as the least they may be, where they are."""
    if not least(answer):
        return ""
    return (
        f" {answer.unexplained:.1%} cannot be told apart, though it is somebody's, so each owner's share is the least "
        "that it may be, and the upper end in its bracket holds all of that."
    )


def _years(answer: Answer, rows: int | None) -> Iterator[str]:
    years = sorted({one.year for one in answer.by_year})
    shares = {(one.id, one.year): one for one in answer.by_year}
    if not shares:
        yield "No luck moves it in any year."
        return
    yield "Each driver's share of the risk in each year's answer; a column adds up to what straight lines explain.\n"
    yield f"| Driver | {' | '.join(years)} |"
    yield f"| --- |{' ---: |' * len(years)}"
    for one in ordered(answer)[:rows]:
        held = [shares.get((one.id, year)) for year in years]
        yield f"| {cell(one.name)} | {' | '.join(share_of(part.share.value if part else 0.0) for part in held)} |"


def share_of(share: float) -> str:
    """Return a share of risk as short as it can be told."""
    return f"{share:.0%}" if share >= LEAST else "under 1%" if share > 0 else "–"


def ordered(answer: Answer) -> list[Cause]:
    """Return luck, the largest share in any year first."""
    peak = {one.id: 0.0 for one in answer.by_year}
    for one in answer.by_year:
        peak[one.id] = max(peak[one.id], one.share.value)
    return sorted((one for one in answer.causes if one.id in peak), key=lambda one: (-peak[one.id], one.id))


def _together(found: WhatMatters) -> Iterator[str]:
    groups = companies(found.answers)
    if not groups:
        yield f"No two drivers of it are correlated by {TOGETHER:g} or more."
        return
    yield (
        f"In each group every driver is correlated by {TOGETHER:g} or more, either way, with another of it, so that "
        "what knowing one would settle holds some of what the others do. The tables name each pair.\n"
    )
    for group_of in groups:
        yield f"- {cell(listed(group_of))}"


def _tornado(answer: Answer, rows: int | None) -> Iterator[str]:
    assert answer.centre is not None
    yield (
        "**It ignores how drivers interact**: a picture to talk with, not a share of risk. What follows the driver, "
        "such as pay or fees that follow prices, moves with it here, and stays on its own course in the ranking: "
        "one that others follow may be long here and short there. All else is as expected. "
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
    yield from titled("What travels together", "\n".join(_together(found)))


def _bodies(found: WhatMatters) -> Iterator[str]:
    event = found.answers[0].question.is_event
    yield "Luck alone, by its share of the risk; name a body with `--agency` to see judgements beside it.\n"
    for question in dict.fromkeys(measured(one.question, one.year) for one in found.answers):
        yield f"- {question}"
    yield ""
    yield "| Body | The answer | Matters most | Share of risk | Then | Share of risk |"
    yield "| --- | --- | --- | ---: | --- | ---: |"
    for one in found.answers:
        yield f"| {' | '.join(cell(part) for part in leading(one))} |"
    yield "\nThe answer is a chance." if event else "\nThe answer is P50 (P10 to P90), £m cash."


def leading(one: Answer) -> tuple[str, str, str, str, str, str]:
    """Return a body as cells: its name, its answer, what matters most with its share of risk, and what is next."""
    ends = f"{millions(one.middle)} ({millions(one.low)} to {millions(one.high)})"
    first, then = [*(cause for cause in one.causes if felt(one, cause)), None, None][:2]
    names = ["–" if cause is None else cause.name for cause in (first, then)]
    shares = [estimate(cause.share if cause else None, 1) for cause in (first, then)]
    answer = f"{one.chance.probability:.1%}" if one.question.is_event else ends
    return one.name, answer, names[0], shares[0], names[1], shares[1]


def _shared(found: WhatMatters) -> Iterator[str]:
    shares = {one.name: by_group(one) for one in found.answers}
    groups = [name for name in GROUPS if any(held.get(name, 0.0) >= LEAST for held in shares.values())]
    yield "Shares of all that is uncertain in each body's answer; each row adds up to 100%, but for rounding.\n"
    yield f"| Body | {' | '.join(groups)} |"
    yield f"| --- |{' ---: |' * len(groups)}"
    for name, held in shares.items():
        yield f"| {cell(name)} | {' | '.join(f'{held.get(one, 0.0):.0%}' for one in groups)} |"


def _yearly(found: WhatMatters) -> Iterator[str]:
    years = sorted({share.year for one in found.answers for share in one.by_year})
    yield "The driver with the largest share of the risk in each year's answer, and that share.\n"
    yield f"| Body | {' | '.join(years)} |"
    yield f"| --- |{' --- |' * len(years)}"
    for one in found.answers:
        best: dict[str, tuple[float, str]] = {}
        for share in one.by_year:
            best[share.year] = max(best.get(share.year, (0.0, "")), (share.share.value, share.name))
        cells = [f"{cell(best[year][1])}, {best[year][0]:.0%}" if year in best else "–" for year in years]
        yield f"| {cell(one.name)} | {' | '.join(cells)} |"
