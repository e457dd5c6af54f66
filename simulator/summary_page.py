"""The page of a local authority: the underlying position first, then the answer, then the doubts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simulator import explanations, plan_words
from simulator.caveats import judgement, limits
from simulator.entered_words import ROUNDED, closed_note, year_label
from simulator.levers import average
from simulator.money import HALF_PENNY, in_millions
from simulator.plain_english import (
    TITLES,
    VIEW_WORDS,
    between,
    cell,
    chance_row,
    day,
    fund,
    in_a_hundred,
    interval,
    money_row,
    of_paths,
    past,
    per_cent,
    shortfall,
    view_words,
    year_end,
)
from simulator.regimes import fire, police
from simulator.run import Results
from simulator.starting_points import starting_point
from simulator.summary import chance, quantile_interval

FEWEST_PATHS = 200
JUSTIFIED = {"police": police.needs_justifying, "fire": fire.needs_justifying}
"""What of a general reserve must be justified, by kind of body."""


def summary(results: Results, agency: str, files: list[str], changes: tuple[str, ...] = ()) -> str:
    """Return the whole page of a local authority: the underlying position and usable share first.

    `changes` are the overlays and settings laid over the scenario's file, a line each.
    """
    parts = [*_answer(results, agency, changes), *_more(results, agency), *doubts(results, agency), listed(files)]
    return "\n\n".join(parts) + "\n"


def short_page(results: Results, agency: str, changes: tuple[str, ...] = ()) -> str:
    """Return the part of the page that belongs on a terminal: the answer, and what rests on judgement in a line."""
    counted = next(judgement(results, results.body(agency)))
    return "\n\n".join([*_answer(results, agency, changes), f"## What rests on judgement\n\n{counted}"])


def section(results: Results, agency: str) -> list[str]:
    """Return the sections of a local authority in the page of a place."""
    return [*opening(results, agency), *_reasons(results, agency), *_more(results, agency), *doubts(results, agency)]


def opening(results: Results, agency: str) -> list[str]:
    """Return where a local authority starts and its short answer."""
    return [
        "## What it starts from\n\n" + "\n".join(starting_point(results, agency)),
        "## The short answer\n\n" + "\n".join(f"- {line}" for line in short_answer(results, agency)),
    ]


def doubts(results: Results, agency: str) -> list[str]:
    """Return what of a body's figures rests on judgement, and what the model does not know of it."""
    return [
        "## What rests on judgement\n\n" + "\n\n".join(judgement(results, results.body(agency))),
        "## What this does not know\n\n" + "\n".join(f"- {line}" for line in limits(results, agency)),
    ]


def listed(files: list[str]) -> str:
    """Return the section that lists the files of a run folder."""
    return "## Files\n\n" + "\n".join(f"- `{name}`" for name in files)


def _answer(results: Results, agency: str, changes: tuple[str, ...]) -> list[str]:
    name = cell(results.body(agency).name)
    return [
        heading(results, f"{name}: can it stay in balance?", changes),
        *opening(results, agency),
        *_reasons(results, agency),
    ]


def _reasons(results: Results, agency: str) -> list[str]:
    return [
        "## Why\n\n" + "\n\n".join(explanations.why(results, agency)),
        *titled("The plan", "\n\n".join(plan_words.plan(results, agency))),
        "## Year by year\n\n" + _tables(results, agency),
    ]


def titled(title: str, text: str) -> list[str]:
    """Return a section, or none where there is nothing to say."""
    return [f"## {title}\n\n{text}"] if text else []


def _more(results: Results, agency: str) -> list[str]:
    """Return what the full page adds: savings, switches, the override's end, what is assumed, and exposure."""
    return [
        *titled("Approved savings", "\n".join(plan_words.savings(results, agency))),
        *titled("Named reserves", "\n\n".join(plan_words.named_reserves(results, agency))),
        *titled("What would change it", "\n\n".join(explanations.choices(results, agency))),
        *titled("When the high-needs override ends", "\n\n".join(explanations.override(results, agency))),
        *titled("What is assumed past the settlement", "\n".join(explanations.past_settlement(results, agency))),
        *titled("Debt and funding", "\n".join(explanations.exposure(results, agency))),
    ]


def heading(results: Results, title: str, changes: tuple[str, ...], whose: str = "the chief finance officer's") -> str:
    """Return the head of a page: what was run, how to read it, and whose the judgement is."""
    years = results.compiled.years
    state = (
        "On every future each pound of the gap is accounted for, what is left unmet included, and reserves roll forward."
        if results.checks_hold
        else "**SOME FUTURES DO NOT ADD UP: do not use these figures** (`run.json`)."
    )
    changed = f"**Changed for this run:** {cell('; '.join(changes))}.\n\n" if changes else ""
    few = "**Too few futures for percentiles: use 1,000 or more.**\n\n" if results.paths < FEWEST_PATHS else ""
    return (
        f"# {title}\n\n{plan_words.doubts(results)}{changed}{few}"
        f"{cell(results.scenario.name)}. As at {day(results)}. {results.paths:,} futures, {years[0]} to {years[-1]}, "
        f"seed {results.seed}.\n\n"
        "Money is cash (nominal), in £ million. A **gap** above nought is short; below nought is a surplus. "
        f"*P10*, *P50* and *P90* are the amounts that 10, 50 and 90 in 100 futures fall below. {state}\n\n"
        f"This is evidence, not an opinion: the judgement stays {whose}."
    )


def short_answer(results: Results, agency: str) -> Iterator[str]:
    """Yield the answer in sentences: chances to the settlement's end, only ranges beyond it."""
    years, end = results.compiled.years, results.scenario.rules.settlement_end
    horizon = years[-1] if end is None or str(end) > years[-1] else str(end)
    if horizon in years:
        for view in VIEW_WORDS:
            yield from _chances(results, agency, view, horizon)
        yield _support(results, agency, horizon)
        yield from justified(results, agency, horizon)
        yield explanations.made_worse(results, agency, horizon)
    if horizon != years[-1]:
        gap = money_row(results, agency, "gap", "before_action", years[-1])
        spent = money_row(results, agency, "spending", "before_action", years[-1])
        yield (
            f"Past the settlement, which ends in {horizon}, national funding and its rules are assumed too, so this answer quotes no chance. The yearly gap "
            f"before action in {years[-1]} lies between {shortfall(gap.p10)} and {shortfall(gap.p90)} in 8 futures "
            f"of 10, or {gap.p10 / spent.p50:.0%} to {gap.p90 / spent.p50:.0%} of that year's net revenue expenditure."
        )


def _chances(results: Results, agency: str, view: str, horizon: str) -> Iterator[str]:
    below = chance_row(results, agency, "reserves_below_minimum", view, f"by {horizon}")
    unfunded = chance_row(results, agency, "unfunded_gap", view, f"by {horizon}")
    yield (
        f"As at {day(results)}, {view_words(results, view)}: by {year_end(horizon)} the {fund(results.body(agency))} has fallen below its "
        f"minimum at some time in **{in_a_hundred(below.probability)}** ({interval(below)}), and a gap that usable reserves "
        f"cannot meet has opened in **{in_a_hundred(unfunded.probability)}** ({interval(unfunded)})."
    )
    held = money_row(results, agency, "usable_reserves", view, horizon)
    yield (
        f"{TITLES[view]}, usable reserves at {year_end(horizon)}: {in_millions(held.p50)} in the middle future, "
        f"{in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10{_sampling(results, agency, view, horizon)}."
    )


def _support(results: Results, agency: str, horizon: str) -> str:
    names = ("needs_support", "s114_proxy", "s114_if_support_always_late")
    need, notice, late = (chance_row(results, agency, name, "after_action", f"by {horizon}") for name in names)
    return (
        f"As at {day(results)}, after action, by {year_end(horizon)}: every reallocatable reserve is used up as well, so that "
        f"support is needed, in {in_a_hundred(need.probability)} ({interval(need)}). A stand-in for a section 114 notice, "
        f"where support also comes too late, happens in {in_a_hundred(notice.probability)} ({interval(notice)}), and would in "
        f"{in_a_hundred(late.probability)} ({interval(late)}) if support always did; the decision itself is the officer's."
    )


def justified(results: Results, agency: str, year: str, view: str = "after_action") -> Iterator[str]:
    """Yield how often a police or fire general reserve is so large that it has to be justified; nothing of others."""
    if (above := JUSTIFIED.get(results.body(agency).kind)) is None:
        return
    held, spent = (of_paths(results, agency, measure, view, year) for measure in ("gf_unallocated", "spending"))
    over = above(held, spent)
    found = chance(int(np.count_nonzero(over > HALF_PENNY)), len(over))
    row = pd.Series({"probability": found.probability, "low95": found.low, "high95": found.high}, dtype=object)
    mean, *ends = average(over)
    yield (
        f"{TITLES[view]}, at {year_end(year)} a general reserve above 5% of the net budget, which has to be justified, not given up, in "
        f"{in_a_hundred(found.probability)} ({interval(row)}): {_above(mean, ends)}."
    )


def _above(mean: float, ends: list[float]) -> str:
    """Return how far above a line a reserve stands on average; what £m to one place would show as nought is said so."""
    if mean < ROUNDED:
        return "less than £0.1m above it on average"
    return f"{in_millions(mean)} above it on average ({between(*ends)})"


def _sampling(results: Results, agency: str, view: str, year: str) -> str:
    """Return how far the P10 may be out because only so many futures were drawn."""
    try:
        low, high = quantile_interval(of_paths(results, agency, "usable_reserves", view, year), 10)
    except ValueError:
        return "; too few futures were drawn to say how sure the P10 is"
    if low == high:
        return ""
    return f" (the lower figure lies between {in_millions(low)} and {in_millions(high)} with sampling error)"


def _tables(results: Results, agency: str) -> str:
    name = fund(results.body(agency))
    tables = [_table(results, agency, view) for view in VIEW_WORDS]
    assumed = any(past(results, year) for year in results.compiled.years)
    note = " \\* Past the settlement: grants, tax limits and earnings are assumed (grade J), and so are these chances."
    return (
        "\n\n".join(tables)
        + "\n\nThe gap after action is what is left after recurrent savings of earlier years, before the year's own. "
        "*P50 of spending* is the middle gap as a share of net revenue expenditure. *Reserves* are usable ones at 31 March; "
        f"other earmarked reserves are not counted. *Below minimum* is the chance that the {name} stands below its "
        "minimum at that 31 March, with its 95% sampling interval; the answer above counts any year up to its date. "
        "Percentiles of different rows do not add up; means do (`tables/`)."
        + (note if assumed else "")
        + closed_note(results, agency)
    )


def _table(results: Results, agency: str, view: str) -> str:
    rows = [
        f"**{TITLES[view]}** (£m)",
        "",
        "| Year | Gap P10 | Gap P50 | Gap P90 | P50 of spending | Reserves P10 | Reserves P50 | Reserves P90 | Below minimum |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for year in results.compiled.years:
        gap = money_row(results, agency, "gap", view, year)
        held = money_row(results, agency, "usable_reserves", view, year)
        share = gap.p50 / money_row(results, agency, "spending", view, year).p50
        below = chance_row(results, agency, "reserves_below_minimum", view, year)
        gaps, reserves = (
            " | ".join(f"{amount / 1e6:z,.1f}" for amount in (row.p10, row.p50, row.p90)) for row in (gap, held)
        )
        rows.append(f"| {year_label(results, agency, year)} | {gaps} | {share:z.1%} | {reserves} | {per_cent(below)} |")
    return "\n".join(rows)
