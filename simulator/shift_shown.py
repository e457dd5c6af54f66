"""A shift as short tables and sentences: who bears what, who pays and who gains, and what to add where none is."""

from __future__ import annotations

from collections.abc import Collection
from shlex import quote
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.evidence_words import as_at
from simulator.headroom import SHORTFALL, Curve
from simulator.place_words import drawn, options
from simulator.plain_english import cell
from simulator.scenario import Scenario
from simulator.shift_brief import ShortAnswer
from simulator.shift_cells import Cells, cells, number_of, pounds, short_chance
from simulator.shift_frames import Subject
from simulator.shift_report import Bought, Brief
from simulator.shift_words import by_sampling, listed, name, start_year, touched
from simulator.summary import chance

BARELY = 0.005
"""The part of the largest sum below which a body is named as barely touched rather than given a row."""
PAID_HEADS = ("Pays for programmes", "Gets back as cash", "Net gain")
BEARS_HEADS = (
    "Body", "Breaks its duty in some year, without a shift", "Within limits up to, £m a year", "Limit passed then",
    "First too much, £m a year",
)  # fmt: skip
CURVE_HEADS = (
    "View", "Test", "Moved, £m a year", "Rise: points of 100 futures, or % of its limit", "95% interval from", "to",
)  # fmt: skip
NO_CLEAN_BILL = (
    "Within limits is no clean bill of health. A body that breaks its duty in nearly every future as it is can hardly "
    "be made likelier to; of such a body only the expected shortfall tells."
)
LIMITS = (
    "State `prevention.limits`, `breach_rise` and `shortfall_rise` first: how far a body's chance of breaking its duty "
    "and its expected shortfall may rise; `extends: defaults/prevention-2026.yaml` has them."
)
REMEDY = (
    "Add programmes under `prevention`, with `extends: defaults/prevention-2026.yaml` for the library; "
    "scenarios/lancashire.yaml and scenarios/overlays/blackburn-prevention.yaml show how."
)


def remedy(scenario: Scenario) -> str:
    """Return what to add to a scenario of which nothing can be asked."""
    proposed = scenario.prevention is not None and scenario.prevention.programmes
    return LIMITS if proposed else REMEDY


def bears(report: Brief) -> list[tuple[str, ...]]:
    """Return what each body that a shift touches can bear, the least first, in the columns of `BEARS_HEADS`."""
    met, moved, rows = report.after.met, touched(report), list[tuple[str, ...]]()
    for one in sorted(report.after.bindings(), key=lambda one: (one.limit, one.agency)):
        if one.agency not in moved and one.test is None:
            continue
        ever = chance(int(met.ever[0, one.agency]), met.paths)
        beyond = " or more" if one.test is None else ""
        what = "expected shortfall" if one.test == SHORTFALL else "chance of breach"
        why = "none within reach"
        if one.year is not None:
            why = f"{what} in {report.compiled.years[one.year]}"
        after = "–" if one.first is None else number_of(one.first)
        rows.append((name(report, one.agency), short_chance(ever), f"{number_of(one.limit)}{beyond}", why, after))
    return rows


def not_asked(report: Brief) -> list[str]:
    """Return the names of bodies that neither pay nor gain by a shift."""
    moved = touched(report)
    apart = [one for one in report.after.bindings() if one.agency not in moved and one.test is None]
    return [name(report, one.agency) for one in sorted(apart, key=lambda one: (one.limit, one.agency))]


class Paid(NamedTuple):
    """Who pays and who gains: how sums are told, rows of a name and its sums, names left out and the least told."""

    told: Cells
    rows: list[tuple[str, ...]]
    barely: list[str]
    least: float


def paid(report: Bought) -> Paid:
    """Return who pays and who gains over the horizon, in the mean, a body a row in the columns of `PAID_HEADS`."""
    purses, bodies = report.gathered.purses, len(report.compiled.agency_ids)
    means = [part.mean(axis=2).sum(axis=1) for part in (purses.invest, purses.back)]
    nets = report.gathered.gains.mean(axis=2).sum(axis=1)
    most = float(np.abs(means).max())
    told, rows, barely = cells(most), [], []
    for a in range(bodies):
        sums = [float(mean[a]) for mean in means]
        if max(map(abs, sums)) < most * BARELY:
            barely += [name(report, a)] if any(sums) else []
            continue
        rows.append((name(report, a), *(told(amount) for amount in sums), told(float(nets[a]), "+")))
    return Paid(told, rows, barely, most * BARELY)


def over(report: Bought, told: Cells) -> str:
    """Return what sums of who pays and who gains are: unit, years, size."""
    years = report.compiled.horizon - report.terms.start
    return f"{told.unit} over the {years} years, mean of all futures, at {pounds(report.size)} a year; {told.note}"


def pays_table(report: Bought) -> pd.DataFrame:
    """Return who pays and who gains as a table whose columns say their unit."""
    found = paid(report)
    return pd.DataFrame(found.rows, columns=["Body", *(f"{head}, {found.told.unit}" for head in PAID_HEADS)]).map(drawn)


def pays_about(report: Bought) -> str:
    """Return how to read the table of who pays and who gains, with its signs and what is left out of it."""
    found, words = (
        paid(report),
        "A net gain is above nought where a body is better off in cash, below where it is worse.",
    )
    if found.barely:
        words += f" Touched by less than {pounds(found.least)} in all, so left out: {listed(found.barely)}."
    if not report.at_headroom:
        words += " Headroom is nought, so this is what is proposed, which is more than can safely move."
    return f"{over(report, found.told)}. {words}"


def bears_table(report: Brief) -> pd.DataFrame:
    """Return what each body can bear as a table."""
    return pd.DataFrame(bears(report), columns=list(BEARS_HEADS)).map(drawn)


def bears_about(report: Brief) -> str:
    """Return how to read the table of what each body can bear, and who is not in it."""
    words = f"A chance has its 95% sampling interval in brackets. {NO_CLEAN_BILL}"
    apart = not_asked(report)
    return f"{words} Neither paying nor gaining, so not asked: {listed(apart)}." if apart else words


def without(table: pd.DataFrame, report: Brief, listed: Collection[str]) -> pd.DataFrame:
    """Return a table without the rows of bodies whose id is not `listed`; a row of no single body stays."""
    ids = report.compiled.agency_ids
    others = {drawn(name(report, a)) for a, agency in enumerate(ids) if agency not in listed}
    return table[~table.Body.isin(others)]


def curve_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the curve with plain columns, to three figures."""
    rows = frame.assign(Test=frame.Test.map({SHORTFALL: "expected shortfall"}).fillna("chance of breach"))
    rows = rows.round({"Size": 4, "Rise": 3, "Low": 3, "High": 3})
    return rows.set_axis(list(CURVE_HEADS), axis=1)


def subject(report: Brief) -> Subject:
    """Return what pictures of a shift are about."""
    scenario = report.scenario
    ends = scenario.rules.settlement_end
    names = tuple(report.names[agency] for agency in report.compiled.agency_ids)
    return Subject(
        scenario.place.name, names, report.compiled.years, report.terms.start, str(ends) if ends else None,
        as_at(scenario),
    )  # fmt: skip


def about(report: Brief) -> str:
    """Return what an answer rests on: view, horizon, as-at date and futures."""
    return (
        f"{cell(report.scenario.name)}: after managers respond; {start_year(report)} to {report.compiled.years[-1]}; "
        f"as at {as_at(report.scenario)}; {report.paths:,} futures, seed {report.seed}."
    )


def before_words(answer: ShortAnswer) -> str:
    """Return headroom were nobody to act on what turns out, or why it is not told."""
    if answer.before is None:
        return f"The curve before action is not shown: {cell(answer.untold or '')}."
    return before(answer.before)


def before(curve: Curve) -> str:
    """Return headroom before action in a sentence."""
    return (
        f"Before action, were nobody to act on what turns out, headroom is {pounds(curve.headroom())} a year "
        f"({by_sampling(curve)}): shortfalls then fall on reserves that are gone sooner."
    )


def command(source: str, overlays: tuple[str, ...], sets: tuple[str, ...], paths: int) -> str:
    """Return the command that writes the whole page."""
    said = options(overlays, sets)
    return f"headroom shift {' '.join([quote(source), *said, f'--paths {paths}', '--out out/shift'])}"
