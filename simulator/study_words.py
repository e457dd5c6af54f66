"""A study in words: what was asked, what was found, each figure with its unit and its sampling error."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

import pandas as pd

from simulator.designs import AS_IT_STANDS
from simulator.evidence_words import percent
from simulator.figure_words import OUTCOMES
from simulator.figure_words import millions as bare
from simulator.money import in_millions
from simulator.plain_english import NOUNS, TITLES, in_a_hundred, share_interval
from simulator.scenario import Scenario
from simulator.studies import EVERY, Study, Watched
from simulator.study_answers import DONE, REFUSED, StudyAnswers
from simulator.study_effects import HEADLINE, SHARE

PLACE_WORDS = {
    "any_duty_breached": "Any body misses a duty or its plan",
    "two_duties_breached": "Two bodies or more miss a duty or plan",
    "system_total_missed": "A system misses its control total",
    "made_worse": "Left worse off by what managers do",
}
STATISTICS = {"mean": "on average", "central": "in the central case", "p50": "median"}
DESIGNS = {
    "grid": "every combination of the values given",
    "latin_hypercube": "points spread evenly over each range (Latin hypercube)",
    "sobol": "points spread evenly over all ranges at once (scrambled Sobol points)",
    "morris": "trajectories that move one value at a time (Morris)",
    "sobol_indices": "Saltelli's design for Sobol indices",
    "options": "each option on the same futures",
}
MOVES = {
    "over_its_values": "by {size} on average over all else",
    "over_its_range": "by {size} over its whole range, along a straight line",
    "mean_size": "by {size} on average when moved over its whole range",
    "share_in_all": "{size} of the differences between cases, alone or with others",
}
SIZES = ("over_its_values", "mean_size")
"""Measures that have a size and no direction."""
SAID = 3
"""Figures told in the opening sentences; the table has them all."""


def called(one: Watched, scenario: Scenario) -> str:
    """Return what a figure is called: `A duty or plan missed, in any year, after action`, with the body of several."""
    if one.name:
        return one.name
    whose = f"{scenario.names.get(one.agency, scenario.place.name)}: " if len(scenario.bodies) > 1 else ""
    return f"{whose}{what(one)}"


def what(one: Watched) -> str:
    """Return what a figure is of any body: `A duty or plan missed, in any year, after action`."""
    if one.outcome:
        words = PLACE_WORDS.get(one.outcome) or OUTCOMES.get(one.outcome, one.outcome.replace("_", " ").capitalize())
        by = f"by the end of {one.year.removeprefix('by ')}"
        when = "in any year" if one.year == EVERY else by if one.year.startswith("by ") else f"in {one.year}"
    else:
        noun = NOUNS.get(str(one.measure), str(one.measure).replace("_", " ")).removeprefix("the ")
        words = f"{noun[:1].upper()}{noun[1:]}"
        how = STATISTICS.get(one.statistic, f"the {one.statistic[1:].lstrip('0')}th percentile")
        when = f"{one.year}, {how}"
    return f"{words}, {when}, {TITLES[one.view].lower()}"


def amount(one: Watched, value: float) -> str:
    """Return a figure in its unit: `14 in 100 futures`, `£3.2m`, `4.1 months`."""
    if one.outcome:
        return in_a_hundred(value)
    return f"{value:.1f} months" if one.measure == "reserve_months" else in_millions(value)


def short(one: Watched, value: float) -> str:
    """Return a figure for a table: `14.2%`, or a bare number of £m."""
    return percent(value) if one.outcome else f"{value:.1f}" if one.measure == "reserve_months" else bare(value)


def column_unit(one: Watched) -> str:
    """Return the unit that a table's heading carries."""
    return "% of futures" if one.outcome else "months" if one.measure == "reserve_months" else "£m"


def with_ends(one: Watched, row: pd.Series) -> str:
    """Return a figure of `watched` with its 95% interval; without one where there are too few futures for it."""
    if isnan(row.low95):
        return short(one, row.value)
    ends = share_interval(row.low95, row.high95) if one.outcome else _between(one, row.low95, row.high95)
    return f"{short(one, row.value)} ({ends})" if row.low95 != row.high95 else short(one, row.value)


def moved(one: Watched, size: float, sign: str = "+") -> str:
    """Return by how much a figure moves: `+3.2 points` of chance, or `+£1.4m`; never a false nought."""
    if one.outcome:
        told, least = f"{abs(100 * size):.1f} points", "0.1 points"
    elif one.measure == "reserve_months":
        told, least = f"{abs(size):.1f} months", "0.1 months"
    else:
        told, least = in_millions(abs(size)), "£0.1m"
    if told.lstrip("£").startswith("0.0"):
        return "0" if size == 0 else f"under {least}"
    return f"{'-' if size < 0 else sign}{told}"


def moved_with_ends(one: Watched, size: float, low: float, high: float, sign: str = "+") -> str:
    """Return by how much a figure moves, with its 95% interval where it is known; exactly nought stands alone."""
    told = moved(one, size, sign)
    if isnan(low) or low == high or told == "0" or told.startswith("under"):
        return told
    return f"{told} ({_between(one, low, high)})"


def pounds_with_ends(size: float, low: float, high: float, sign: str = "") -> str:
    """Return an amount in bare £m with its 95% interval where it is known; a difference has the `sign` +."""
    return f"{bare(size, sign)} ({bare(low)} to {bare(high)})" if low < high else bare(size)


def _between(one: Watched, low: float, high: float) -> str:
    """Return the ends of an interval as bare numbers in the unit of what stands before it."""
    scale = 100.0 if one.outcome else 1.0 if one.measure == "reserve_months" else 1e-6
    # Adding nought turns a rounded -0.0 into 0.0.
    return " to ".join(f"{round(scale * end, 1) + 0.0:,.1f}" for end in (low, high))


def asked(found: StudyAnswers) -> str:
    """Return what was asked: of which scenario, how many cases by which design, on which futures, what was varied."""
    study, cases = found.study, len(found.cases) - 1
    told = f"{found.scenario.name}: {cases:,} case{'s' if cases != 1 else ''} and the scenario as it stands, "
    told += (
        f"by {DESIGNS[study.design.kind]}. Each is projected on the same {found.paths:,} futures (seed {study.seed}), "
    )
    return f"{told}so that differences between cases are of what was changed, never of luck. {_varied(study)}"


def _varied(study: Study) -> str:
    if study.options:
        return f"Options: {'; '.join(option.called for option in study.options)}."
    parts = []
    for one in study.vary:
        reach = ", ".join(map(str, one.values)) if one.values is not None else f"{one.low} to {one.high}"
        parts.append(f"{one.called} ({reach})")
    return f"Varied: {'; '.join(parts)}."


def ranked(found: StudyAnswers, one: Watched) -> pd.DataFrame:
    """Return what moves a figure, by the measure of the design, largest first; empty where nothing was measured."""
    table = found.effects
    measure = HEADLINE.get(found.study.design.kind, "")
    own = table[(table.id == one.id) & (table.measure == measure)] if len(table) else table
    return own.iloc[own.value.abs().argsort(kind="stable")[::-1]] if len(own) else own


def answer(found: StudyAnswers) -> Iterator[str]:
    """Yield the answer in sentences: how options do and for whom; else what moves each of the first figures most."""
    if found.study.options:
        yield from _options(found)
        return
    for one in found.figures[:SAID]:
        yield _answer(found, one)
    if (more := len(found.figures) - SAID) > 0:
        yield f"The table below has {more} more figure{'s' if more > 1 else ''}."
    if not len(found.effects):
        yield "Too few cases are done to say what moves these figures most."


def _answer(found: StudyAnswers, one: Watched) -> str:
    rows = found.watched[(found.watched.id == one.id)]
    base = rows[rows.case == AS_IT_STANDS.id]
    told = f"{called(one, found.scenario)}: "
    told += f"{amount(one, float(base.value.iloc[0]))} as it stands" if len(base) else "not known as it stands"
    others = rows[rows.case != AS_IT_STANDS.id]
    if len(others):
        told += f", {_from_to(one, others.value.min(), others.value.max())} over the cases"
    order = ranked(found, one)
    if not len(order):
        return f"{told}."
    first = order.iloc[0]
    if not stands_out(first):
        return f"{told}. Nothing that was varied moves it by more than sampling error."
    told += f". {first['name']} moves it most: {_does(one, first)}{unsure(first)}"
    if len(order) > 1 and stands_out(order.iloc[1]):
        second = order.iloc[1]
        told += f"; next {second['name']}, {_does(one, second)}"
    return f"{told}."


def _from_to(one: Watched, low: float, high: float) -> str:
    """Return two figures of one unit, the unit told once: `4.0 to 26 in 100 futures`."""
    first, second = amount(one, low), amount(one, high)
    if first == second:
        return second
    tail = " in 100 futures"
    return f"{first.removesuffix(tail) if second.endswith(tail) else first} to {second}"


def _does(one: Watched, row: pd.Series) -> str:
    note = f", {row.note}" if row.measure == "over_its_values" and row.note else ""
    return f"{MOVES[row.measure].format(size=effect(one, row, ''))}{note}"


def _options(found: StudyAnswers) -> Iterator[str]:
    """Yield which option leaves most, keeps duties most often and is least regretted, then for whom each is better."""
    table = found.options
    if len(table):
        most, often = table.iloc[int(table["mean"].argmax())], table.iloc[int(table.satisfied.argmax())]
        base = table.iloc[0]
        same = table.satisfied.nunique() == 1 or often.satisfied_low95 <= base.satisfied < often.satisfied
        ends = share_interval(often.satisfied_low95, often.satisfied_high95)
        if most.id != base.id and most.mean_against_low95 <= 0:
            yield "No option is told apart from the scenario as it stands by what all bodies hold at the end."
        else:
            held = in_millions(most["mean"])
            yield f"Most is held at the end, on average, under {most['name']}: {held} by all bodies."
        under = "about equally often under all, at best" if same else f"most often under {often['name']}"
        kept = "Every body keeps every duty, and every system its total,"
        yield f"{kept} {under}: {in_a_hundred(often.satisfied)} ({ends})."
        for _, row in table[table.bodies_keep > table.satisfied].iterrows():
            yield (
                f"Under {row['name']} every body keeps its own duty in {in_a_hundred(row.bodies_keep)}, but in some of "
                f"them a system misses its total: both are kept in {in_a_hundred(row.satisfied)}."
            )
        yield _least_regret(table)
    chances = [one for one in found.figures if one.outcome]
    for case, name in zip(found.cases.case, found.cases.name, strict=True):
        if case != AS_IT_STANDS.id and chances:
            yield _for_whom(found, chances, case, name)


def _least_regret(table: pd.DataFrame) -> str:
    """Return which option is least regretted at the 90th percentile, and which others its interval meets."""
    order = table.sort_values("regret_p90", kind="stable")
    least, rest = order.iloc[0], order.iloc[1:]
    told = f"The least regret at the 90th percentile is that of {least['name']}: {in_millions(least.regret_p90)}"
    if isnan(least.regret_p90_low95):
        return f"{told}, with a sampling error that is not known on so few futures."
    low, high = (f"{end / 1e6 + 0.0:,.1f}" for end in (least.regret_p90_low95, least.regret_p90_high95))
    near = list(rest[rest.regret_p90_low95 <= least.regret_p90_high95].name)
    more = f", and {len(near) - SAID} more" if len(near) > SAID else ""
    alike = f"; its interval meets that of {', '.join(near[:SAID])}{more}, so the order is not certain" if near else ""
    return f"{told} ({low} to {high}){alike}."


def _for_whom(found: StudyAnswers, chances: list[Watched], case: str, name: str) -> str:
    """Return for whom an option is better or worse than the scenario as it stands, beyond sampling error."""
    rows = found.watched[found.watched.case == case]
    told: dict[str, list[tuple[float, str]]] = {"less often": [], "more often": []}
    for one in (one for one in chances if (rows.id == one.id).any()):
        row = rows[rows.id == one.id].iloc[0]
        if row.difference_low95 > 0 or row.difference_high95 < 0:
            size = f"{called(one, found.scenario)} ({moved(one, row.difference)})"
            told["less often" if row.difference < 0 else "more often"].append((-abs(row.difference), size))
    said = [f"{way} {_first(sorted(moves))}" for way, moves in told.items() if moves]
    return f"{name}: {'; '.join(said) or 'no chance watched moves by more than sampling error'}."


def _first(moves: list[tuple[float, str]]) -> str:
    """Return the largest moves, and how many more there are."""
    more = len(moves) - SAID
    return "; ".join([size for _, size in moves[:SAID]] + ([f"and {more} more"] if more > 0 else []))


def effect(one: Watched, row: pd.Series, sign: str = "+") -> str:
    """Return the size of a row of `effects` with its 95% interval, in its unit."""
    sign = "" if row.measure in SIZES else sign
    if row.unit == SHARE:
        return f"{row.value:.0%} ({max(0.0, row.low95):.0%} to {min(1.0, row.high95):.0%})"
    if row.unit == "correlation":
        return f"{row.value:+.2f} ({row.low95:+.2f} to {row.high95:+.2f})"
    return moved_with_ends(one, row.value, row.low95, row.high95, sign)


def stands_out(row: pd.Series) -> bool:
    """Return whether an effect is beyond its sampling error, or is none at all."""
    if row.value == 0:
        return False
    return isnan(row.low95) or not row.low95 <= 0 <= row.high95


def unsure(row: pd.Series) -> str:
    """Return what to add to an effect whose sampling error is not known."""
    return " (with a sampling error that is not known)" if isnan(row.low95) else ""


def state(found: StudyAnswers) -> str:
    """Return how far a study is: how many of its cases are done, refused and still to do."""
    done, refused = found.count(DONE), found.count(REFUSED)
    left = len(found.cases) - 1 - done - refused
    parts = [f"{done:,} done"]
    parts += [f"{refused:,} refused"] if refused else []
    parts += [f"{left:,} not yet done"] if left else []
    return ", ".join(parts)
