"""Words of a place: its short answer, a line a body in the words of its kind, its figures, its tables.

Every chance comes with its view, its date and its sampling error, from the same rows as the tables of a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from shlex import quote

import pandas as pd

from simulator.answers import Answers
from simulator.digest import meaning
from simulator.levers import average, breached_bodies
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.plain_english import (
    chance_row,
    day,
    fund,
    in_a_hundred,
    interval,
    money_row,
    view_words,
    year_end,
)
from simulator.scenario import Scenario
from simulator.viewing import apart

KINDS = {
    "council": "council",
    "police": "police",
    "fire": "fire",
    "combined_authority": "combined authority",
    "icb": "integrated care board",
    "trust": "NHS trust",
    "vcse": "charity",
}
GAP, RESERVES, CASH, FREE_RESERVES = "gap", "usable_reserves", "cash", "free_reserves"
LEADS = {"after_action": "After managers respond", "before_action": "Before any new action"}
TESTS = {
    "organisation": "each NHS body is held to its own plan",
    "system": "NHS bodies are held to the total of their system, which counts as one more when it is missed",
    "individual": "each NHS body is held to its own plan, and no other's surplus is set against it",
}

JOINER = "\u2060"
"""A word joiner: nothing is seen of it, and what it stands in is no longer the address of a page or a mailbox."""
_BECOMES_LINK = re.compile(r"(?:(?<=http\\:)|(?<=https\\:))(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where an address in text would be made a link without anybody's asking, in escaped text."""
_CODE = re.compile(r"((?<!\\)`[^`\n]*`)")


def measures(body: Agency) -> tuple[str, ...]:
    """Return the measures whose fans fit a body: the gap, and what its law lets it hold."""
    held = {"trust": (CASH,), "vcse": (FREE_RESERVES,)}.get(body.kind, ())
    return (GAP, RESERVES) if isinstance(body, LocalAuthority) else (GAP, *held)


def escaped(text: str) -> str:
    """Return text that shows as it is where Markdown is drawn: no link, markup, sum or picture comes of a name."""
    for mark in "\\`*_[]<>|!#$:~":
        text = text.replace(mark, f"\\{mark}")
    return _BECOMES_LINK.sub(JOINER, text)


def drawn(markdown: str) -> str:
    """Return Markdown whose names are escaped already, safe from what Streamlit alone draws: sums, colours, pictures.

    What stands between backticks is drawn as it is, so it stays as it is.
    """
    return "".join(part if part[:1] == "`" else _plain(part) for part in _CODE.split(markdown))


def _plain(markdown: str) -> str:
    for mark in "$:~":
        markdown = markdown.replace(mark, f"\\{mark}")
    return _BECOMES_LINK.sub(JOINER, markdown)


def title(body: Agency) -> str:
    """Return a body's name with its kind: `East Hospitals (NHS foundation trust)`; the kind only where it adds."""
    kind = "NHS foundation trust" if getattr(body, "foundation", False) else KINDS[body.kind]
    return body.name if kind.split()[0].lower() in body.name.lower() else f"{body.name} ({kind})"


def titles(bodies: Iterable[Agency]) -> dict[str, str]:
    """Return the titles of bodies by their ids, told apart where two are alike."""
    return apart({body.id: title(body) for body in bodies})


def short_answer(results: Answers) -> Iterator[str]:
    """Yield the answer for the place by the budget year in each view: a duty missed, two at once, by how many bodies.

    Of a place of one body, its own line.
    """
    bodies, place = results.scenario.bodies, results.scenario.place.id
    for view, lead in LEADS.items():
        if len(bodies) == 1:
            yield f"**{lead}**: {body_line(results, bodies[0].id, view)}"
            continue
        one, two = (_told(results, place, name, view) for name in ("any_duty_breached", "two_duties_breached"))
        mean, low, high = average(breached_bodies(results, view, str(results.scenario.budget_year)))
        yield (
            f"**{lead}**: **{mean:.1f} of the {len(bodies)} bodies on average** have missed their own duty or plan ({low:.1f} to {high:.1f}). A duty "
            f"or plan has been missed somewhere in {one}, and two or more in the same year in {two}."
        )


def answer_about(results: Answers) -> str:
    """Return the date up to which the short answer counts, what it rests on and what its views assume."""
    views = "; ".join(view_words(results, view) for view in LEADS)
    return (
        f"As at {day(results)}, {results.paths:,} futures; each chance is of any year up to {year_end(str(results.scenario.budget_year))}, the "
        f"end of the budget year, with its sampling error in brackets. {views[0].upper()}{views[1:]}."
    )


def about(results: Answers) -> str:
    """Return what the page shows: the scenario, its date, its futures and years, and what its figures are."""
    years = results.compiled.years
    return (
        f"{results.scenario.name}. As at {day(results)}. {results.paths:,} futures, {years[0]} to {years[-1]}, seed {results.seed}. "
        "Figures are indicators, worked out from stated assumptions: evidence, not an opinion. The judgement stays each chief "
        "finance officer's."
    )


def duties(results: Answers) -> str:
    """Return what counts as a duty missed, for the kinds of body that the place has, and which NHS test is in force."""
    bodies = results.scenario.bodies
    kinds = {"local" if isinstance(body, LocalAuthority) else body.kind for body in bodies}
    parts = [
        words
        for kind, words in (
            ("local", "a local authority when a gap opens that usable reserves cannot meet"),
            ("icb", f"an integrated care board when it overspends its plan, {_icb_plan(bodies)}"),
            ("trust", "a trust when it ends worse than its plan, which is no duty in law of a foundation trust"),
            ("vcse", "a charity when it can no longer pay its way"),
        )
        if kind in kinds
    ]
    said = f"A duty or plan counts as missed: {'; '.join(parts)}."
    return f"{said} {_tests(results)}" if kinds & {"icb", "trust"} else said


def _icb_plan(bodies: tuple[Agency, ...]) -> str:
    """Return what the plan of an ICB is against its duty in law, which is to spend no more than its allocation."""
    if any(getattr(body, "planned_deficit", {}) for body in bodies if body.kind == "icb"):
        return "which allows a deficit that its duty in law, to keep to its allocation, does not"
    return "here break-even against its allocation, which is its duty in law"


def _tests(results: Answers) -> str:
    """Return in a sentence which break-even test binds NHS bodies in which years."""
    spans: list[tuple[str, str, str]] = []
    for year, regime in zip(results.compiled.years, results.compiled.nhs_regime, strict=True):
        if spans and spans[-1][2] == regime:
            spans[-1] = (spans[-1][0], year, regime)
        else:
            spans.append((year, year, regime))
    told = [f"{_span(first, last)} {TESTS[regime]}" for first, last, regime in spans]
    words = "; ".join(told)
    return f"{words[0].upper()}{words[1:]}."


def _span(first: str, last: str) -> str:
    return f"in {first}" if first == last else f"from {first} to {last}"


def horizon(results: Answers) -> str:
    """Return the last day of the budget year, up to which headline chances count: `31 March 2028`."""
    return year_end(str(results.scenario.budget_year))


def body_lines(results: Answers, view: str = "after_action") -> Iterator[tuple[str, str]]:
    """Yield each body's title and what may befall it up to the end of the budget year, in the words of its kind."""
    near = _at_horizon(results)
    for body in results.scenario.bodies:
        yield title(body), body_line(near, body.id, view)


def _at_horizon(results: Answers) -> Answers:
    """Return a run with the rows of its budget year alone, so that many can be looked up in little time."""
    year, chances, years = str(results.scenario.budget_year), results.chances, results.agency_years
    return replace(results, chances=chances[chances.year == f"by {year}"], agency_years=years[years.year == year])


def body_line(results: Answers, agency: str, view: str = "after_action") -> str:
    """Return what may befall a body up to the end of the budget year, in the words of its kind, with sampling error."""
    body = results.body(agency)
    if isinstance(body, LocalAuthority):
        return _local(results, agency, view)
    return _charity(results, agency, view) if body.kind == "vcse" else _nhs(results, agency, view)


def _told(results: Answers, agency: str, outcome: str, view: str, strong: bool = False) -> str:
    row = chance_row(results, agency, outcome, view, f"by {results.scenario.budget_year}")
    words = in_a_hundred(row.probability)
    return f"{f'**{words}**' if strong else words} ({interval(row).removesuffix(' with sampling error')})"


def _local(results: Answers, agency: str, view: str) -> str:
    held = money_row(results, agency, RESERVES, view, str(results.scenario.budget_year))
    return (
        f"a gap that usable reserves cannot meet in {_told(results, agency, 'unfunded_gap', view, True)}; {fund(results.body(agency))} below its minimum in "
        f"{_told(results, agency, 'reserves_below_minimum', view)}. Usable reserves at {horizon(results)}: {in_millions(held.p50)} in the "
        f"middle future, {in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10."
    )


def _nhs(results: Answers, agency: str, view: str) -> str:
    law, year, trust = (
        results.scenario.rules.nhs,
        str(results.scenario.budget_year),
        results.body(agency).kind == "trust",
    )
    off = float(money_row(results, agency, "off_plan", view, year)["mean"])
    far = f"{law.tolerance.used:.1%}" if law else "the tolerance"
    said = (
        f"off plan by more than {far} of {'spending' if trust else 'its allocation'} in some year in "
        f"{_told(results, agency, 'missed_by_half_percent', view, True)}; {in_millions(abs(off))} {'worse' if off > 0 else 'better'} "
        f"than plan on average in {year}.{_support(results, agency, view)}"
    )
    if not trust:
        return f"{said} An underspend is not kept; an overspend is owed."
    return f"{said} Asks for cash support in {_told(results, agency, 'needs_cash_support', view)}."


def _support(results: Answers, agency: str, view: str) -> str:
    """Return what deficit support is at risk up to the budget year, or nothing where none is stated."""
    stated = getattr(results.body(agency), "deficit_support", {})
    budget, first = results.scenario.budget_year, results.scenario.first_year
    at_risk = sum(amount.used for year, amount in stated.items() if first <= year <= budget)
    if not at_risk:
        return ""
    row = _told(results, agency, "support_withheld", view)
    return f" Deficit support of {in_millions(at_risk)} from {first} to {budget}: some withheld in {row}."


def _charity(results: Answers, agency: str, view: str) -> str:
    held = money_row(results, agency, FREE_RESERVES, view, str(results.scenario.budget_year))
    return (
        f"can no longer pay its way, and fails, in {_told(results, agency, 'insolvent', view, True)}; free reserves below its own floor in "
        f"{_told(results, agency, 'reserves_below_floor', view)}. Free reserves at {horizon(results)}: {in_millions(held.p50)} in the middle "
        f"future, {in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10."
    )


def movement(row: pd.Series) -> str:
    """Return by how much a chance moves on the same futures, with its sampling error: `down 3.1 points (2.6 to 3.5)`.

    `row` is one of `comparison.chance_differences`; an interval across nought says so.
    """
    if row.difference == row.low95 == row.high95 == 0:
        return "the same in every future drawn"
    way = "down" if row.difference < 0 else "up"
    low, high = sorted((100 * abs(row.low95), 100 * abs(row.high95)))
    if row.low95 < 0 < row.high95:
        return f"{way} {100 * abs(row.difference):.1f} points, which sampling alone could bring about"
    return f"{way} {100 * abs(row.difference):.1f} points ({low:.1f} to {high:.1f})"


def counted(mean: float, low: float, high: float) -> str:
    """Return by how much an average number of bodies moves, with its 95% interval."""
    if mean == low == high == 0:
        return "the same in every future drawn"
    way = "down" if mean < 0 else "up"
    if low < 0 < high:
        return f"{way} {abs(mean):.2f}, which sampling alone could bring about"
    least, most = sorted((abs(low), abs(high)))
    return f"{way} {abs(mean):.2f} ({least:.2f} to {most:.2f})"


def pulled(results: Answers, percent: int) -> str:
    """Return what the lever stands at and what the table beside it compares."""
    return (
        f"The same {results.paths:,} futures, with {percent}% of the room for new savings that this place states, "
        f"{view_words(results, 'after_action')}. Sampling error is in brackets; before any new action nothing moves."
    )


def folder(scenario: Scenario) -> str:
    """Return where the command line is to keep the run of a scenario: no other scenario's run stands there."""
    return f"out/app-{meaning(scenario)[:8]}"


def options(overlays: Iterable[str], sets: Iterable[str]) -> list[str]:
    """Return what a command is given to lay overlays and values over a file."""
    return [f"--with {quote(one)}" for one in overlays] + [f"--set {quote(one)}" for one in sets]


def command(path: str, overlays: tuple[str, ...], sets: tuple[str, ...], paths: int, out: str) -> str:
    """Return the command that gives the same figures and keeps them in the folder `out`."""
    said = options(overlays, sets)
    return f"headroom run {quote(path)} {' '.join([f'--paths {paths}', *said, f'--out {out}'])}"
