"""`summary.md`: the place first, then each of its bodies in the words of its kind; a body by itself has its own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from simulator import body_page, place_money, summary_page
from simulator.answers import Answers
from simulator.assumptions import GRADES
from simulator.body_page import ASKS
from simulator.body_tables import net_risk
from simulator.evidence_tests.roll_up import roll_up
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.place_captions import judgement_about
from simulator.place_tables import judged
from simulator.place_words import answer_about, body_lines, duties, horizon, short_answer, title
from simulator.plain_english import (
    TITLES,
    cell,
    chance_row,
    day,
    in_a_hundred,
    interval,
    money_row,
    narrowed,
    per_cent,
    share_interval,
    year_end,
)
from simulator.register import Entry, register
from simulator.run import Results
from simulator.summary_page import heading, justified, listed, titled

FIELDS = {
    "funding": "income",
    "spending": "spending by line",
    "planned_deficit": "planned deficits",
    "beliefs": "beliefs in dispute",
    "place_share": "parts that serve the place",
    "non_cash": "depreciation",
    "minimum_cash_days": "least days of cash",
    "minimum_months": "least months of reserves",
    "owed": "overspends to repay",
}
"""What the fields of a body are about, where their own names do not say it."""
_WHOSE = "each chief finance officer's, with the body's board or council"


def summary(results: Results, files: list[str], changes: tuple[str, ...] = (), extra: str = "") -> str:
    """Return `summary.md`: of a place its own sections and then those of each body; of one body, that body's page.

    `extra` is a section that follows those of a place.
    """
    bodies = results.scenario.bodies
    if len(bodies) == 1:
        page: str = _words(bodies[0]).summary(results, bodies[0].id, files, changes)
        return page
    head, *sections = [*_place(results, changes), *filter(None, [extra]), listed(files)]
    parts = [head, _contents(sections, [_headline(body) for body in bodies]), *sections]
    for body in bodies:
        parts += [_named(results, body), *_words(body).section(narrowed(results, body.id), body.id)]
    return "\n\n".join(parts) + "\n"


def short_page(results: Results, changes: tuple[str, ...] = ()) -> str:
    """Return what belongs on a terminal: of a place its own sections; each body's page is in `summary.md`."""
    bodies = results.scenario.bodies
    if len(bodies) == 1:
        page: str = _words(bodies[0]).short_page(results, bodies[0].id, changes)
        return page
    return "\n\n".join(_place(results, changes))


def _words(body: Agency) -> ModuleType:
    """Return the room that has the words of a body's kind."""
    return summary_page if isinstance(body, LocalAuthority) else body_page


def _contents(sections: list[str], bodies: list[str]) -> str:
    """Return links to the sections of the place and to each body, by the anchors that renderers make of headings."""
    titles = [section.partition("\n")[0].removeprefix("## ") for section in sections]
    place = " · ".join(f"[{title}](#{_anchor(title)})" for title in titles)
    return "\n".join(["## Contents\n", f"- {place}", *(f"- [{name}](#{_anchor(name)})" for name in bodies)])


def _anchor(heading: str) -> str:
    """Return the anchor of a heading: small letters, without punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _headline(body: Agency) -> str:
    return f"{cell(title(body))}: {ASKS.get(body.kind, 'can it stay in balance?')}"


def _named(results: Results, body: Agency) -> str:
    share = (
        f" {body.place_share.used:.1%} of it serves {cell(results.scenario.place.name)}; its figures are of the whole body."
        if body.place_share
        else ""
    )
    return (
        f"# {_headline(body)}\n\nAs at {day(results)}, {results.paths:,} futures; money is cash, in £ million.{share}"
    )


def _place(results: Results, changes: tuple[str, ...]) -> list[str]:
    """Return the sections of the place as a whole."""
    year, name = results.scenario.budget_year, cell(results.scenario.place.name)
    return [
        heading(results, f"{name}: can its bodies stay in balance?", changes, _WHOSE),
        "## The bodies\n\n" + "\n\n".join(_bodies(results)),
        "## The answer for the place\n\n" + "\n\n".join(_answer(results)),
        "## Each body in a line\n\n" + "\n".join(_lines(results)),
        *titled(f"Net risk of NHS bodies in {year}", "\n\n".join(_net_risk(results))),
        *titled(f"Who pays and owes whom in {year}", "\n\n".join(place_money.transfers(results))),
        *titled("The place in total", "\n\n".join(place_money.totals(results))),
        *titled("Assumptions in dispute", "\n\n".join(place_money.disputes(results))),
        "## How much is judgement\n\n" + "\n\n".join(_judgement(results)),
        "## What is not known of the place\n\n" + "\n".join(f"- {line}" for line in unknown(results)),
    ]


def _bodies(results: Results) -> Iterator[str]:
    """Yield who the bodies are, how large and how much of each serves the place, and how their rules differ."""
    year = str(results.scenario.budget_year)
    rows = [f"| Body | Spends in {year}, £m | Serves the place |", "| --- | ---: | ---: |"]
    for body in results.scenario.bodies:
        spent, paid = (
            float(money_row(results, body.id, name, "before_action", year)["mean"])
            for name in ("spending", "transfers_out")
        )
        share = f"{body.place_share.used:.1%}" if body.place_share else "all of it"
        rows.append(f"| {cell(title(body))} | {(spent + paid) / 1e6:,.1f} | {share} |")
    yield "\n".join(rows)
    others = place_money.outside(results)
    beside = f" Beside them, without books of their own here: {cell(', '.join(others))}." if others else ""
    yield f"Spending on average before action, with what is paid under agreements, as at {day(results)}.{beside}"
    kinds = {body.kind for body in results.scenario.bodies}
    rules = [
        words
        for kind, words in (
            ("icb", "an ICB's underspend lapses and its overspend is owed"),
            ("trust", "a trust keeps a surplus as cash and meets a deficit from it"),
            ("vcse", "a charity lives on its free reserves"),
        )
        if kind in kinds
    ]
    if rules:
        yield f"Each by its own law: a local authority must balance and may hold reserves; {'; '.join(rules)}."


def _answer(results: Results) -> Iterator[str]:
    """Yield the answer by the budget year, and by later years while the settlement lasts, of the place as a whole."""
    yield "\n".join(f"- {line}" for line in short_answer(results))
    yield answer_about(results)
    yield from _by_later_years(results)
    yield from _together(results)
    yield duties(results)
    yield from _systems(results)


def _together(results: Results) -> Iterator[str]:
    """Yield how far bodies fail together in the budget year, before action, against luck with nothing in common."""
    bodies, year = [body.id for body in results.scenario.bodies], str(results.scenario.budget_year)
    found = roll_up(results.chances, results.scenario.place.id, bodies, results.views[0].name, year)
    if found:
        one, two = (
            f"{in_a_hundred(each.chance.probability)} ({share_interval(each.chance.low, each.chance.high)})"
            for each in found
        )
        alone = " and ".join(in_a_hundred(each.unconnected) for each in found)
        yield (
            f"In {year} alone, {TITLES[results.views[0].name].lower()}, a duty or plan is missed somewhere in {one} and by "
            f"two bodies or more in {two}. Were their luck unconnected, each with its own chance, that would be {alone}: "
            "the rest is the work of shocks they share and of agreements between them. Reserves of bodies are never "
            "added up: what one holds meets nothing of another's."
        )


def _by_later_years(results: Results) -> Iterator[str]:
    years, end, place = results.compiled.years, results.scenario.rules.settlement_end, results.scenario.place.id
    budget, last = str(results.scenario.budget_year), str(end) if end else years[-1]
    told = [year for year in years if budget <= year <= last]
    if len(told) > 1:
        heads = [
            f"{words}, {TITLES[view].lower()}" for view in TITLES for words in ("Any body", "Two or more in one year")
        ]
        rows = [f"| A duty or plan missed by | {' | '.join(heads)} |", "| --- | ---: | ---: | ---: | ---: |"]
        for year in told:
            found = [
                per_cent(chance_row(results, place, outcome, view, f"by {year}"))
                for view in TITLES
                for outcome in ("any_duty_breached", "two_duties_breached")
            ]
            rows.append(f"| {year_end(year)} | {' | '.join(found)} |")
        yield "\n".join(rows)
    if last < years[-1]:
        yield f"Past the settlement, which ends in {last}, national funding and its rules are assumed, so this answer quotes no chance there; `tables/chances.csv` does."


def _systems(results: Results) -> Iterator[str]:
    """Yield the chance that a system's total is missed, while it binds, and how each system closes in the budget year."""
    bound = [
        year
        for year, regime in zip(results.compiled.years, results.compiled.nhs_regime, strict=True)
        if regime == "system"
    ]
    place, table, year = results.scenario.place.id, results.systems, str(results.scenario.budget_year)
    if bound and len(table):
        row = chance_row(results, place, "system_total_missed", "after_action", f"by {bound[-1]}")
        yield (
            f"As at {day(results)}, after action: while the system's total binds, to {year_end(bound[-1])}, it is missed in "
            f"{in_a_hundred(row.probability)} ({interval(row)})."
        )
    names = {stated.id: stated.name for stated in results.scenario.agreements}
    rows = table[(table["view"] == "after_action") & (table.year == year)] if len(table) else table
    for system in dict.fromkeys(rows.system) if len(rows) else ():
        own = rows[rows.system == system].set_index("measure")
        against, share = own.loc["against_total"], own["mean"].get("share_of_limits")
        limits = f", {abs(share):.1%} of the allocations of its ICBs" if share is not None else ""
        yield (
            f"{cell(names[str(system)])} closes {year} {in_millions(abs(against['mean']))} {'better' if against['mean'] >= 0 else 'worse'} than "
            f"its control total on average{limits}, {in_millions(-against.p90)} to {in_millions(-against.p10)} in 8 futures of 10 (after action; "
            "incentives and support left out; above nought is worse, as for a body's own plan)."
        )


def _lines(results: Results) -> Iterator[str]:
    for body, (name, words) in zip(results.scenario.bodies, body_lines(results), strict=True):
        more = "".join(f" {line}" for line in justified(results, body.id, str(results.scenario.budget_year)))
        yield f"- **{cell(name)}**, after action, to {horizon(results)}: {words}{more}"


def _net_risk(results: Results) -> Iterator[str]:
    if words := net_risk(results):
        yield words


def _judgement(results: Results) -> Iterator[str]:
    """Yield how many numbers are judgement, by body, and what they stand for in short."""
    table = judged(results)
    rows = [f"| {' | '.join(table.columns)} |", "| --- | ---: | ---: | --- |"]
    rows += [f"| {' | '.join(str(told) for told in row)} |" for row in table.itertuples(index=False)]
    yield judgement_about(results)
    yield "\n".join(rows)


def unknown(results: Answers) -> Iterator[str]:
    """Yield what no source at hand says of bodies and agreements, by the scenario's own grades and reasons."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in register(results.scenario):
        room = entry.address.partition(".")[0]
        if entry.grade in ("J", "K", "C") and room in ("agencies", "agreements") and entry.source:
            found.setdefault((entry.grade, entry.source), []).append(entry)
    for (grade, source), entries in sorted(found.items(), key=lambda one: (-len(one[1]), one[0])):
        stated = results.scenario.sources.get(source)
        yield (
            f"**{cell(stated.title if stated else source)}** ({GRADES[grade]}): {len(entries)} number{'s' if len(entries) > 1 else ''}, of {_owners(results, entries)}: "
            f"{_fields(entries)}."
        )
    yield from _unmodelled(results)


def _owners(results: Answers, entries: list[Entry]) -> str:
    """Return whose numbers these are, by name; where most bodies are among them, by those that are not."""
    names, every = results.scenario.names, [body.name for body in results.scenario.bodies]
    owners = {names.get(entry.address.split(".")[1], "agreements") for entry in entries}
    bodies, rest = ([name for name in every if (name in owners) is among] for among in (True, False))
    most = f"every body but {', '.join(rest)}" if rest else "every body"
    told = most if len(bodies) > 3 and len(rest) < len(bodies) else ", ".join(bodies)
    return cell(" and of ".join(filter(None, [told, "agreements" if "agreements" in owners else ""])))


def _fields(entries: list[Entry], most: int = 12) -> str:
    """Return in words what numbers are about, the commonest first."""
    count: dict[str, int] = {}
    for entry in entries:
        room, _, field, *_ = [*entry.address.split("."), "amount"]
        word = FIELDS.get(field, field.replace("_", " ")) if room == "agencies" else "terms of agreements"
        count[word] = count.get(word, 0) + 1
    told = sorted(count, key=lambda word: (-count[word], word))
    more = len(told) - most
    return cell(", ".join(told[:most])) + (f" and {more} more" if more > 0 else "")


def _unmodelled(results: Answers) -> Iterator[str]:
    """Yield what no model of a place like this has."""
    yield (
        f"No figure after {results.scenario.base_year} is at hand but those entered by year; all else moves as its driver does, from that "
        "year's figures. Each body's own page in `summary.md` names its own."
    )
    yield (
        "Bodies meet the same national prices and needs, each with its own part, and pay one another as agreed. That one body's cut is another's cost, as when care is short "
        "and hospital beds stay full, is in no figure here."
    )
    yield "What is owed at month 12 takes plans to be paid in twelve equal parts, and every bill to be agreed; disputes are not modelled."
    yield "Sampling error is not model error: what is judged can move every answer further than any interval shown."
