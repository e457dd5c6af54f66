"""The annex of a statement: every test with its bounds, what was not tested, and reserves in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.index_table import indicators
from simulator.evidence_tests.kinds import not_of_kind
from simulator.evidence_tests.telling import VIEWS_IN_WORDS
from simulator.evidence_words import bounds, graded, limbs, measured, number, percent, prose
from simulator.examination import MOST_FOR_EFFECTS, Examination
from simulator.model_risk import Switched
from simulator.money import enough_in_millions, in_millions
from simulator.place import Agency
from simulator.plain_english import cell, share_interval
from simulator.register import judgements, register, unreasoned, unsourced
from simulator.summary_page import titled
from simulator.switches import SAID
from simulator.thresholds import USUAL

MOST_EFFECTS, MOST_NAMED = 15, 20
HOW_TO_READ = (
    "Each test is a number with its 95% interval from sampling (Wilson's for a chance, binomial ranks for a "
    "percentile), held against two bounds. Where the interval straddles a bound the grade is that of its worse end and "
    "is marked *open*. A test that lacks an input is *not tested*, never green. No law, code or regulator sets these "
    "bounds: whose each is stands with it below, and a scenario may set its own (`rules.thresholds`). Bounds beyond "
    "the budget year were set so that of 152 councils at March 2018, each with its central gap closed, about 1 in 5 is "
    "not supported and more than 2 in 5 are: on this view nobody acts, and its chances are far above what happened to "
    "councils that did. A file whose gap no plan closes is judged with the gap open. R02 and A02 of the budget year "
    "are nearly one event, so that it can decide both limbs. There is no overall score."
)
LASTING = (
    "Share of futures in which usable reserves meet every year up to each 31 March, on the plan as approved. Years "
    "past the plan inform and are never graded."
)
CURVE = (
    "The usable reserve needed as the budget year opens, so that no year to the plan's end is left unfunded, against "
    "the share of futures in which it then suffices."
)


def annex(done: Examination, pictures: Iterable[str]) -> str:
    """Return the annex as Markdown; `pictures` are the names of the pictures there are."""
    shown, parts = set(pictures), [f"# Annex: tests and reserves, {cell(done.view.body.name)}\n\n{HOW_TO_READ}"]
    for limb, name in limbs(done.view.body).items():
        parts.append("\n".join([f"## {name}\n", *_tests(done.found, limb)]))
    parts += [
        *titled("Not tested, and why", "\n".join(_untested(done.found))),
        *titled("No tests of a body of this kind", "\n".join(_of_other_kinds(done.view.body))),
        *titled("Told, never graded", "\n".join(_informing(done.found))),
        *titled("What each number is", "\n".join(_sentences(done.found))),
        *titled("Conditions", "\n".join(_conditions(done))),
        *titled("What would turn each failing test", "\n".join(_turning(done))),
        *titled("How far judgement moves the headline", "\n".join(_judged(done))),
        *titled("How large a minimum each method gives", "\n".join(_minimums(done.reserves["minimums"]))),
        *titled("What each confidence needs", "\n".join(_confidence(done.reserves["confidence"], shown))),
        *titled("How long reserves last", "\n".join(_survival(done.reserves, shown))),
        *titled("Indicators of the Financial Resilience Index", "\n".join(_index(done))),
        *titled("Assumptions that move the headline", "\n".join(_effects(done))),
        *titled("What assumptions rest on", "\n\n".join(_register(done))),
    ]
    return "\n\n".join(parts) + "\n"


def _turning(done: Examination) -> Iterator[str]:
    """Yield a table of what would turn each failing test that money turns, and what would turn the others."""
    solved = [one for one in done.changes if one.pounds is not None]
    if solved:
        yield (
            f"Each sum alone, rounded up, all else as entered; saving and tax begin in {done.view.budget_year} and "
            "recur. Tax marked † is beyond the referendum limit."
        )
        yield ""
        yield "| Test | Horizon | From | To | Least change | or saving | or council tax |"
        yield "| --- | --- | --- | --- | --- | ---: | ---: |"
    for one in solved:
        ways = {
            way.means: f"{enough_in_millions(way.pounds)}{'' if way.lawful else ' †'}"
            for way in done.means
            if (way.test, way.horizon, way.target) == (one.test, one.horizon, one.target)
        }
        least = f"{enough_in_millions(one.pounds or 0.0)} {one.what}".removesuffix(",")
        other = " | ".join(ways.get(means, "–") for means in ("saving", "council_tax"))
        yield f"| {one.test} | {one.horizon} | {one.grade} | {one.target} | {least} | {other} |"
    others = dict.fromkeys((one.test, one.horizon, one.what) for one in done.changes if one.pounds is None)
    if solved and others:
        yield ""
    for test, horizon, what in others:
        yield f"- **{test}**, {horizon}: {prose(what)}."


def _tests(found: Iterable[Found], limb: int) -> Iterator[str]:
    yield "| Test | Horizon | Number (95% interval) | Bounds | Grade |"
    yield "| --- | --- | ---: | --- | --- |"
    for test in found:
        if test.limb == limb and test.grade != "not_tested":
            name = f"{test.id} {test.name}{' (mandatory)' if test.mandatory else ''}"
            yield f"| {name} | {test.horizon} | {measured(test)} | {bounds(test.bounds, test.unit)} | {graded(test)} |"


def _untested(found: Iterable[Found]) -> Iterator[str]:
    for test in found:
        if test.lacking:
            number = "" if test.value is None else f"{measured(test)}, but "
            must = " (mandatory)" if test.mandatory else ""
            yield f"- **{test.id} {test.name}**{must}: {number}{prose(test.reason)}."


def _of_other_kinds(body: Agency) -> Iterator[str]:
    """Yield the tests that are none of this kind of body, those with the same reason together."""
    left = not_of_kind(body)
    for reason in dict.fromkeys(left.values()):
        tests = sorted({(test, USUAL[test].name) for test, why in left.items() if why == reason})
        named = "; ".join(f"**{test}** {name[:1].lower()}{name[1:]}" for test, name in tests)
        yield f"- {named}: {reason}."


def _informing(found: Iterable[Found]) -> Iterator[str]:
    for test in found:
        if test.informs:
            yield f"- **{test.id}** {cell(test.sentence)} **{measured(test)}**. {prose(test.reason)}"


def _sentences(found: Iterable[Found]) -> Iterator[str]:
    for test in found:
        if test.grade != "not_tested" and test.bounds:
            reason = f" {prose(test.reason)}" if test.reason else ""
            yield f"- **{test.id}**: {cell(test.sentence)}{reason} *Bounds: {cell(test.bounds.source)}.*"


def _judged(done: Examination) -> Iterator[str]:
    """Yield each headline chance with one structural judgement in place of another."""
    if not done.model_risk.ranges:
        yield f"Not measured: {cell(done.model_risk.reason)}"
        return
    yield "The same futures with one judgement in place of what was entered. No chance is put on a judgement."
    for one in done.model_risk.ranges:
        yield f"\n**{cell(one.name)}**, {VIEWS_IN_WORDS[one.view]}\n"
        yield "| Judgement | What it says | Chance (95% interval) |"
        yield "| --- | --- | ---: |"
        for each in (Switched("as entered", "", one.central), *one.each):
            chance = f"{percent(each.chance.probability)} ({share_interval(each.chance.low, each.chance.high)})"
            yield f"| {each.switch} | {SAID.get(each.judgement, '')} | {chance} |"
        for name, both in (("the better", one.together_low), ("the worse", one.together_high)):
            chance = f"{percent(both.chance.probability)} ({share_interval(both.chance.low, both.chance.high)})"
            yield f"| all at {name} | {both.switch} | {chance} |"


def _conditions(done: Examination) -> Iterator[str]:
    if not done.conditions:
        return
    yield (
        "Each is laid on the same futures as not met, and every test made again; the budget and the minimum stay as "
        "they were set. Chances of conditions are never added up."
    )
    yield ""
    for one in done.conditions:
        yield f"- {prose(one.sentence)} *{cell(one.consequence)}*"


def _minimums(table: pd.DataFrame) -> Iterator[str]:
    if table.empty:
        return
    yield "| Method | Amount | Covers the budget year's variance in | What it is |"
    yield "| --- | ---: | ---: | --- |"
    for _, row in table.iterrows():
        if pd.isna(row.amount):
            yield f"| {cell(str(row['name']))} | – | – | {prose(str(row.note))} |"
            continue
        covers = f"{percent(row.covers)} of futures ({share_interval(row.covers_low95, row.covers_high95)})"
        yield f"| {cell(str(row['name']))} | {in_millions(row.amount)} | {covers} | {prose(str(row.note))} |"
    yield ""
    yield (
        "A register's likelihood times impact, added up, understates the tail: the table shows in what share of "
        "futures it would have been enough. The variance here is of the budget year against the budget that each "
        "future will set for it; R03, R13 and A10 look from the as-at date to the end of that year, which is more. "
        "Reserves are this body's own; those of another are never added to them."
    )


def _confidence(table: pd.DataFrame, pictures: set[str]) -> Iterator[str]:
    if table.empty:
        return
    yield CURVE
    if "confidence" in pictures:
        yield "\n![](confidence)\n"
    held, own = (table[table.basis == basis].iloc[0] for basis in ("held", "as_it_comes"))
    for _, row in table[table.basis == "picked"].iterrows():
        sure = "" if pd.isna(row.low95) else f" ({in_millions(row.low95)} to {in_millions(row.high95)})"
        yield f"- {row.confidence:.0%} confidence needs {in_millions(row.reserve)}{sure}."
    yield (
        f"- Held as the budget year opens in the central case: {in_millions(held.reserve)}, which suffices in "
        f"{_sure(held)}. Futures differ by then in what they hold; with what each holds it suffices in {_sure(own)}."
    )


def _sure(row: pd.Series) -> str:
    ends = share_interval(row.confidence_low95, row.confidence_high95)
    return f"{percent(row.confidence)} of futures ({ends})"


def _survival(tables: dict[str, pd.DataFrame], pictures: set[str]) -> Iterator[str]:
    lasting, out = tables["survival"], tables["exhaustion"]
    if lasting.empty:
        return
    yield LASTING
    if "survival" in pictures:
        yield "\n![](survival)\n"
    row = out.iloc[0]
    yield (
        f"The budget year being year 1, they run out {_when(row.p10, row)} in the worst tenth of futures and "
        f"{_when(row.p50, row)} in the middle one. They outlast {row.by} in {percent(row.censored)} of futures "
        f"({share_interval(row.low95, row.high95)}): what happens after it is not known."
    )


def _when(number: float, row: pd.Series) -> str:
    return f"later than {row.by}" if number > row.horizon else f"in year {number:.0f}"


def _index(done: Examination) -> Iterator[str]:
    found = indicators(done.view, done.seed)
    if not found:
        return
    yield "CIPFA's formulas on published figures, and on the futures; compared with no other body here, and not graded."
    yield ""
    yield f"| Indicator | {found[0].base} | {found[0].end}: P50 (P10 to P90) | Higher means |"
    yield "| --- | ---: | ---: | --- |"
    for one in (one for one in found if one.value is not None or one.p50 is not None):
        then = f"{number(one.p50, one.unit)} ({number(one.p10, one.unit)} to {number(one.p90, one.unit)})"
        yield f"| {one.name} | {number(one.value, one.unit)} | {then if one.p50 is not None else '–'} | {one.higher} |"
    yield ""
    absent = [f"{one.name.lower()} ({one.reason})" for one in found if one.value is None and one.p50 is None]
    if absent:
        yield f"Not computed: {prose('; '.join(absent))}."


def _effects(done: Examination) -> Iterator[str]:
    if not done.effects:
        return
    yield (
        "Points added to each chance with one assumption at the low and at the high end of its range, all else as "
        "entered: the file's own range, or for a driver's central path what luck does to it in 1 future in 10 either "
        f"way. On the first {MOST_FOR_EFFECTS:,} futures at most."
    )
    yield ""
    yield "| Assumption | Ends | Coming back in-year: low, high | Below minimum by the plan's end: low, high |"
    yield "| --- | --- | ---: | ---: |"
    for one in done.effects[:MOST_EFFECTS]:
        back = f"{100 * one.comes_back_low:+.1f}, {100 * one.comes_back_high:+.1f}"
        below = f"{100 * one.below_minimum_low:+.1f}, {100 * one.below_minimum_high:+.1f}"
        # What the body itself holds has the body's name; its own is its field.
        own = one.name == done.view.body.name
        name = one.address.split(".")[-1].replace("_", " ").capitalize() if own else one.name
        yield f"| {cell(name)} | {cell(one.ends)} | {back} | {below} |"


def _register(done: Examination) -> Iterator[str]:
    """Yield how many assumptions there are, and which rest on nothing or on no reason."""
    body = done.view.body
    every = register(done.view.scenario)
    others = tuple(f"agencies.{one.id}." for one in done.view.scenario.bodies if one.id != body.id)
    entries = [one for one in every if not one.address.startswith(others)]
    judged = len(judgements(entries))
    yield (
        f"{len(entries)} numbers stand behind these figures, other bodies' own left out; {judged} are judgement. Each "
        "is in `tables/register.csv` with value, range, source, date, owner, who agreed it, grade, reason and effect."
    )
    mine = f"agencies.{body.id}."
    for name, lacking in (("a source", unsourced(entries)), ("a reason", unreasoned(entries))):
        own = sum(one.address.startswith(mine) for one in lacking)
        first = sorted(lacking, key=lambda one: not one.address.startswith(mine))[:MOST_NAMED]
        named = f"{own} of this body's own; " + "; ".join(f"`{one.address}`" for one in first)
        more = f"; and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
        yield f"Without {name}: {len(lacking) or 'none'}{f': {named}{more}' if lacking else ''}."
