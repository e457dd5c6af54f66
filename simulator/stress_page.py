"""The stress page: the likeliest way to fail told as a story, break points, named stresses, and what drives it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.evidence_pictures import pushed
from simulator.evidence_words import as_at, percent, prose, told
from simulator.figure_words import millions
from simulator.margins import OFF_PLAN, WORDS
from simulator.money import in_millions
from simulator.plain_english import cell, share_interval
from simulator.routes import Routes
from simulator.scenario import Scenario
from simulator.sensitivity import Moved
from simulator.stress import Stressed
from simulator.stress_report import StressReport
from simulator.summary import Chance
from simulator.summary_page import titled

SHORT = 5
"""Rows of each table on a terminal; the page that is kept has them all."""
HOW_TO_READ = (
    "All is on the plan as approved, where nobody acts on what turns out: it shows what would have to be prevented. "
    "Brackets after a chance are its 95% sampling interval. Money is cash, £ million, above nought worse."
)


def stress(report: StressReport, scenario: Scenario, pictures: Iterable[str] = (), short: bool = False) -> str:
    """Return the stress page as Markdown; `short` leaves out all but the first rows, for a terminal."""
    rows, shown = SHORT if short else None, set(pictures)
    parts = [
        f"# {cell(report.name)}: what would break its plan\n\n{cell(scenario.name)}, as at {as_at(scenario)}, "
        f"{report.budget_year} to {report.plan_end}. {report.paths:,} futures, seed {report.seed}. {HOW_TO_READ}",
        *(_route(one, report, shown, short and n > 0) for n, one in enumerate(report.routes.routes)),
        *titled("Limits that are not here", "\n".join(f"- {prose(words)}" for words in report.routes.absent)),
        *titled("What breaks it alone", "\n".join(_breaks(report, rows, shown))),
        *titled("Named stresses", "\n".join(_stresses(report, rows))),
        *titled("What drives it", "\n".join(_drivers(report, rows))),
    ]
    return "\n\n".join(parts) + "\n"


def _route(one: Routes, report: StressReport, shown: set[str], short: bool) -> str:
    """Return the story of one limit as a list, a sentence each; in short its first sentence alone."""
    words = WORDS.get(one.limit, one.reached.words)
    back = one.reached.failed_already
    title = f"## What would have to go right, or else {words}" if back else f"## The likeliest way in which {words}"
    lines = [f"- {prose(sentence)}" for sentence in one.story[: 1 if short else None]]
    lines = lines or [f"- {prose(one.reached.reason)}"]
    lines += [f"- {prose(rule.sentence)}." for rule in report.rules if rule.limit == one.limit]
    if one.proxy is not None and one is report.routes.routes[-1]:
        lines.append(f"- {NESTED} By the end of {report.plan_end}: {told(one.proxy)}.")
    picture = f"\n\n![](route-{one.limit})" if f"route-{one.limit}" in shown else ""
    return title + "\n\n" + "\n".join(lines) + picture


def _breaks(report: StressReport, rows: int | None, shown: set[str]) -> Iterator[str]:
    found = report.breaks
    yield (
        "A push is luck on top of what is expected. The same entered as the central path is expected: national funding "
        "answers part of it, so that it breaks some 10 to 20% farther on.\n"
    )
    for limit, pounds in found.margins.items():
        if pounds > 0:
            worst = f"{in_millions(pounds)} at worst by the end of {found.to_year}"
            yield f"On the central path already {WORDS[limit]}, by {worst}.\n"
            continue
        points = found.first(limit, rows or len(found.found))
        if not points:
            yield f"Nothing alone breaks it so that {WORDS[limit]}, within 6 of its own standard deviations.\n"
            continue
        yield f"Each assumption alone, in every year from {found.from_year}, until {WORDS[limit]}:\n"
        yield "| Assumption | Enough to break it | In its own standard deviations | Breaks in |"
        yield "| --- | ---: | ---: | ---: |"
        for point in points:
            yield f"| {cell(point.name)} | {pushed(point)} | {point.deviations:.1f} | {point.breaks_in} |"
        yield f"\n![](break-points-{limit})\n" if f"break-points-{limit}" in shown else ""


NESTED = (
    "Three events nest: usable reserves run out; then every reserve that could be reallocated is gone too, so that "
    "support is needed; a section 114 notice needs, besides, that no lawful budget can follow and that support comes "
    "too late, at the chance entered for that. Its stand-in, on the plan as approved, is the rarest."
)


def _risk(report: StressReport) -> str:
    """Return what coming back within the year is called of the body."""
    return "missing plan in the year" if report.breaks.margins.keys() & {OFF_PLAN} else "coming back in-year"


def _upper(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _with_ends(found: Chance) -> str:
    return f"{percent(found.probability)} ({share_interval(found.low, found.high)})"


def _needed(one: Stressed) -> str:
    """Return what it takes to bear a stress; nothing where the limit is broken in every future already."""
    return "–" if one.broken_before.probability == 1 else millions(one.reserves_needed)


def _stresses(report: StressReport, rows: int | None) -> Iterator[str]:
    found = report.stresses
    if not found:
        return
    risk = _risk(report)
    yield f"Without any of them: {risk} {told(found[0].back_before)}; "
    yield f"{WORDS[found[0].limit]} by the plan's end in {told(found[0].broken_before)}. Sizes are judgements."
    yield ""
    yield (
        f"| Stress | From | Its own chance | Added to gaps, £m | {_upper(risk)} | Limit broken | "
        "Needed to bear it, £m |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for one in found[:rows]:
        own = percent(one.chance) if one.chance is not None else "none given"
        yield (
            f"| {cell(one.name)} | {one.begins} | {own} | {millions(one.gap_plan_mean, '+')} | "
            f"{_with_ends(one.back_after)} | {_with_ends(one.broken_after)} | "
            f"{_needed(one)} |"
        )
    yield ""
    yield (
        f"Added to gaps: £m over all years to {report.plan_end}, on average. What is needed to bear a stress is the "
        "reserve, held as the budget year opens, that would bring the chance of the limit back to what it was; for an "
        "NHS body, which holds none, money in every year."
    )


def _drivers(report: StressReport, rows: int | None) -> Iterator[str]:
    found = report.sensitivity
    yield (
        "Which one thing, taken away, would most change the chance of breaking a limit? Luck and judgement in one "
        "ranking, by the points that each alone moves a headline chance. Which one moves the amount held itself, "
        "whichever way, is another question, which `headroom sensitivity` ranks; the two orders may differ. "
        "Luck: held at its central "
        "path, how many points the chance falls. Judgement: put in place of what was entered. The tornado columns are "
        f"what is held centrally at the end of {found.plan_end} ({in_millions(found.central_end)} as entered) with the "
        "driver at its P10 and at its P90 in every year; for an NHS body that is what its years are over plan, below "
        "nought. Points above nought are a lower chance, below nought a higher one."
    )
    yield ""
    yield (
        f"| What | Kind | Share of variance at the plan's end | Points off {_risk(report)} | Points off the limit | "
        "Tornado P10 | Tornado P90 |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for one in found.rows[:rows]:
        yield _driver(one)
    yield ""
    yield from (f"- {cell(note)}" for note in found.notes)


def _driver(one: Moved) -> str:
    share = "–" if one.share_end is None else f"{one.share_end:.0%}"
    ends = ("–", "–") if one.low is None or one.high is None else (millions(one.low), millions(one.high))
    if one.kind == "judgement":
        ends = (ends[0], "–")
    return (
        f"| {cell(one.name)} | {one.kind} | {share} | {100 * one.back.points:+.1f} | {100 * one.broken.points:+.1f} | "
        f"{ends[0]} | {ends[1]} |"
    )
