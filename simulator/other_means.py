"""What turns a failing test by recurrent saving or by council tax, where a reserve or contingency would turn it too.

On the plan view a surplus is kept and a gap falls on reserves, so what a future lacks in a year is what it lacks of
everything that came in by then: a saving of £x a year has brought (n + 1) x £x after n years, tax what the requirement
makes of it less what national funding takes back. The least that suffices is then one of the futures' own figures,
without a search. Tax is bound by the referendum limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from simulator.compiled import Floats
from simulator.evidence_tests.grades import Found, Grade
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import span
from simulator.least_change import LeastChange, enough, leaving
from simulator.margins import BELOW_MINIMUM, EMPTY
from simulator.money import HALF_PENNY, enough_in_millions
from simulator.place import LocalAuthority
from simulator.price_list import room_for_tax, taken_back, tax_of
from simulator.summary import quantile_interval

Way = Literal["saving", "council_tax"]
IN_YEAR = {"R01", "R02", "R14", "A10"}
"""Tests of the budget year in which a pound off its gap counts as a pound of reserve."""
LIMITS = {"A02": BELOW_MINIMUM, "A03": EMPTY, "A04": EMPTY}
"""Tests of reserves over years, each with the limit that it counts."""


@dataclass(frozen=True)
class OtherMeans:
    """What turns a test to `target` by a saving or tax from the budget year on: `pounds` of that year.

    `room` is what the referendum limit leaves, nothing where none is known or it is no tax; `lawful` is false where
    more is needed than that.
    """

    agency: str
    test: str
    horizon: str
    target: Grade
    means: Way
    pounds: float
    room: float | None
    lawful: bool
    sentence: str


def other_means(view: Seen, found: Iterable[Found], changes: Iterable[LeastChange]) -> tuple[OtherMeans, ...]:
    """Return what saving or tax would turn each test that other money turns, in the order of `changes`.

    `changes` are those of `least_changes` for the same tests; tests that neither saving nor tax turns are left out.
    """
    if not isinstance(view.body, LocalAuthority):
        return ()
    ways, tests = list(_ways(view)), {(one.id, one.horizon): one for one in found}
    return tuple(
        _told(view, change, means, pounds, room)
        for change in changes
        if change.pounds is not None
        for means, profile, room in ways
        if np.isfinite(pounds := _needed(view, tests[change.test, change.horizon], change, profile))
    )


def _ways(view: Seen) -> Iterator[tuple[Way, Floats, tuple[float | None, str]]]:
    """Yield each means with what £1 of it in the budget year brings by year, and what law leaves of it."""
    saved = np.zeros(view.compiled.horizon)
    saved[view.start :] = 1.0
    yield "saving", saved, (None, "")
    tax = tax_of(view.compiled, view.body)
    if tax is not None and tax[view.start]:
        raised = np.where(saved > 0, tax / tax[view.start], 0.0)
        room = room_for_tax(view.scenario, view.compiled, view.body, view.start, float(tax[view.start]))
        yield "council_tax", raised - taken_back(view.compiled, raised)[0], room


def _needed(view: Seen, test: Found, change: LeastChange, profile: Floats) -> float:
    """Return the pounds of the budget year that turn a test; infinite where this means does not."""
    if change.test in IN_YEAR:
        return float(change.pounds or 0.0)
    if change.test not in LIMITS:
        return float("inf")
    bound = float(getattr(test.bounds, change.target))
    spans = {span(view, year): year for year in range(view.start, view.end + 1)}
    last = view.start + round(bound) - 2 if change.test == "A04" else spans[change.horizon]
    if last < view.start:
        return float("inf")
    lacking = lacked(view, LIMITS[change.test], last, profile)
    if view.certain:
        return max(float(lacking[0]), 0.0)
    if change.test == "A04":
        # The lower rank of the tenth percentile is how many futures may run out sooner.
        few = int(quantile_interval(np.arange(view.count, dtype=np.float64), 10)[0])
        return leaving(lacking, few)
    return enough(lacking, bound)


def lacked(view: Seen, limit: str, last: int, profile: Floats) -> Floats:
    """Return the least pounds of the budget year with which each future keeps a limit to `last`, `[path]`.

    `profile` `[year]` is what £1 of it brings in each year; nought or less where none is needed.
    """
    years = slice(view.start, last + 1)
    short = np.cumsum(view.paths["unfunded_gap"][years], axis=0) - view.paths["usable_reserves"][years]
    if limit == BELOW_MINIMUM:
        short = short + view.minimum[years, None]
    brought = np.cumsum(profile[years])[:, None]
    least: Floats = (short / brought).max(axis=0) if (brought > 0).all() else np.full(view.count, np.inf)
    return least


NAMES: dict[Way, str] = {"saving": "recurrent saving", "council_tax": "council tax"}


def _told(view: Seen, change: LeastChange, means: Way, pounds: float, room: tuple[float | None, str]) -> OtherMeans:
    left, limit = room
    lawful = left is None or pounds <= left + HALF_PENNY
    sentence = (
        f"{change.test}, {change.horizon}: {enough_in_millions(pounds)} more of {NAMES[means]} from {view.budget_year} "
        f"on would make it {change.target}."
    )
    return OtherMeans(
        change.agency, change.test, change.horizon, change.target, means, pounds, left, lawful,
        f"{sentence} {limit}" if limit else sentence,
    )  # fmt: skip


def means_table(found: Iterable[OtherMeans]) -> pd.DataFrame:
    """Return what saving or tax would turn each test as a table, a row each."""
    return pd.DataFrame([asdict(one) for one in found])
