"""The second limb: are the reserves adequate? Tests A01 to A15 over the plan (`domain.md` F4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from simulator.compiled import Bools, Floats
from simulator.evidence_tests.budgeted import FEW, bad_year, contingency
from simulator.evidence_tests.cushions import (
    against_risk,
    expected_shortfall,
    fund_share,
    sustainability,
    usable_share,
)
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.reserves import simulated_minimum
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.strains import financing, high_needs, later_gap, support
from simulator.evidence_tests.telling import Teller, closes, cover, covered, exactly, quantile_of, share_of, span
from simulator.money import in_millions
from simulator.summary import quantiles

NO_MINIMUM = "the policy minimum is nought, which nothing can fall below (`reserves.minimum`)"
LEAST_PLAN = 3
"""Years of a plan, the budget year the first, over which the second limb is graded (`model-decisions` 28)."""
RECOVERY = 3
"""Years in which reserves are to be back at their minimum (`domain.md` F4)."""
LEAST_BREACHES = 30
"""Futures from which a share of them is told (judgement): with fewer its interval spans a third or more."""


def adequacy(view: Seen, risk_based: float | None = None) -> list[Found]:
    """Return the tests of the second limb for one body, in the order of their ids.

    `risk_based` is a minimum for general fund and usable earmarked reserves together, in pounds, from one of the
    calculators; the general fund alone is always held against the policy minimum.
    """
    return [
        *against_minimum(view, risk_based),
        *below_minimum(view),
        *exhausted(view),
        lasting(view),
        *sustainability(view),
        *fund_share(view),
        *expected_shortfall(view),
        usable_share(view),
        recovery(view),
        bearable(view),
        *high_needs(view),
        financing(view),
        later_gap(view),
        support(view),
        against_risk(view),
    ]


def against_minimum(view: Seen, risk_based: float | None) -> Iterator[Found]:
    """A01: the general fund over its policy minimum in the central case, as the budget year and the plan close.

    A01b holds all usable reserves against the simulated minimum, or `risk_based`, at the same dates.
    """
    closing = tuple(dict.fromkeys((view.start, view.end)))
    for year in closing:
        fund, least = float(view.central["gf_unallocated"][year]), float(view.minimum[year])
        what = f"General fund over its policy minimum in the central case at {closes(view, year)}"
        test = Teller(view, "A01", closes(view, year), "ratio")
        yield test.tell(exactly(cover(fund, least)) if least > 0 else None, what, "" if least > 0 else NO_MINIMUM)
    needed = simulated_minimum(view) if risk_based is None else risk_based
    for year in closing if needed is not None else ():
        usable = float(view.central["usable_reserves"][year])
        what = f"Usable reserves over the simulated minimum in the central case at {closes(view, year)}"
        asked = in_millions(needed or 0.0)
        reason = f"{in_millions(usable)} against {asked}, which the variance of {view.budget_year} asks."
        yield Teller(view, "A01b", closes(view, year), "ratio").tell(
            exactly(cover(usable, needed or 0.0)), what, reason
        )


def horizons(view: Seen) -> Iterator[tuple[int, str, str]]:
    """Yield the last year of each graded horizon, the test at it and the key of its bounds.

    They are the budget year, three years and the plan; a plan of three years is held to the bounds of three.
    """
    three = view.start + 2
    yield view.start, "A02", "A02"
    if three < view.end:
        yield three, "A02-3-years", "A02-3-years"
    if view.start < view.end:
        yield view.end, "A02-plan-end", "A02-plan-end" if three < view.end else "A02-3-years"


def by_then(happened: Bools, first: int, last: int) -> Bools:
    """Return whether something happened in any year from `first` to `last`, by path."""
    ever: Bools = np.logical_or.reduce(happened[first : last + 1], axis=0)
    return ever


def below_minimum(view: Seen) -> Iterator[Found]:
    """A02: the chance that the general fund closes below its policy minimum in any year of each horizon."""
    below = view.happened["reserves_below_minimum"]
    for last, key, bounds in horizons(view):
        years = span(view, last)
        if not view.minimum[view.start] > 0:
            what = f"Chance that the general fund closes below its policy minimum in {years}"
            yield Teller(view, key, years).tell(None, what, NO_MINIMUM)
            continue
        what = f"Chance that the general fund closes below its policy minimum in {years}"
        chance = share_of(view, by_then(below, view.start, last))
        yield Teller(view, key, years).tell(chance, what, bounds=Teller(view, bounds, years).bounds)
    yield from short_of_plan(view, "A02-plan-end", "the general fund closes below its policy minimum")
    yield from _further(view, "A02-plan-end", below, "the general fund closes below its policy minimum")


def exhausted(view: Seen) -> Iterator[Found]:
    """A03: the chance that usable reserves run out in any year, in the budget year and over the plan."""
    out = view.happened["usable_reserves_exhausted"]
    for last in dict.fromkeys((view.start, view.end)):
        what = f"Chance that usable reserves run out in {span(view, last)}"
        key = "A03" if last == view.start else "A03-plan-end"
        yield Teller(view, key, span(view, last)).tell(share_of(view, by_then(out, view.start, last)), what)
    yield from short_of_plan(view, "A03-plan-end", "usable reserves run out")
    yield from _further(view, "A03-plan-end", out, "usable reserves run out")


def short_of_plan(view: Seen, key: str, event: str) -> Iterator[Found]:
    """Yield the test at the plan's end as not made where fewer than three years are projected from the budget year."""
    if view.end - view.start < LEAST_PLAN - 1:
        what = f"Chance that {event} by the plan's end"
        yield Teller(view, key, "the plan's end").tell(
            None, what, f"fewer than {LEAST_PLAN} years are projected from the budget year on (`years`)"
        )


def _further(view: Seen, key: str, happened: Bools, event: str) -> Iterator[Found]:
    """Yield the same chance to the last year projected, where that is beyond the plan: it informs only."""
    last = len(view.years) - 1
    if last > view.end:
        what = f"Chance that {event} in {span(view, last)}"
        yield Teller(view, key, span(view, last)).informs(share_of(view, by_then(happened, view.start, last)), what)


def lasting(view: Seen) -> Found:
    """A04: the year of the plan in which usable reserves first run out, passed by all but 1 future in 10.

    Reserves that outlast the plan count as one year more than it has; the sample is cut off there, and says no more.
    """
    plan = view.end - view.start + 1
    test = Teller(view, "A04", span(view, view.end), "years")
    what = (
        f"Year of the plan in which usable reserves run out in the worst tenth of futures ({plan + 1}: not within it)"
    )
    out = view.happened["usable_reserves_exhausted"]
    tenth = quantile_of(view, first_passage(out[view.start : view.end + 1]), 10)
    if tenth is None:
        return test.tell(None, what, FEW)
    whole = first_passage(out[view.start :])
    years = len(out) - view.start
    middle = int(quantiles(whole, (50,))[0])
    half = f"half run out by {view.years[view.start + middle - 1]}" if middle <= years else "fewer than half run out"
    last = np.count_nonzero(whole > years) / len(whole)
    reason = f"By {view.years[-1]} {half}, and {last:.0%} have not; years beyond the plan inform only."
    # No plan can show more than that its reserves outlast it.
    bounds = replace(test.bounds, green=min(test.bounds.green, plan + 1.0), amber=min(test.bounds.amber, plan + 1.0))
    return test.tell(tenth, what, reason, bounds)


def first_passage(happened: Bools) -> Floats:
    """Return in which year something first happened on each path, from 1; one more than there are years if never."""
    years, _ = happened.shape
    first: Floats = np.where(happened.any(axis=0), happened.argmax(axis=0) + 1.0, years + 1.0)
    return first


def recovery(view: Seen) -> Found:
    """A09: the chance that the general fund is back at its minimum within three years of falling below it."""
    below, last = view.happened["reserves_below_minimum"], min(view.end, len(view.years) - 1 - RECOVERY)
    test = Teller(view, "A09", span(view, view.end))
    what = f"Chance that the general fund is back at its minimum within {RECOVERY} years of first falling below it"
    if last < view.start:
        return test.tell(None, what, f"fewer than {RECOVERY} years are projected after the budget year (`years`)")
    fell = first_passage(below[view.start : last + 1]).astype(int) - 1 + view.start
    paths = np.flatnonzero(fell <= last)
    if len(paths) < LEAST_BREACHES:
        return test.tell(
            None, what, f"{len(paths)} futures fall below it by {view.years[last]}; {LEAST_BREACHES} are needed"
        )
    after = np.stack([~below[fell[paths] + n, paths] for n in range(1, RECOVERY + 1)])
    back = share_of(view, np.logical_or.reduce(after, axis=0))
    return test.tell(back, what, f"Of {len(paths):,} futures that fall below it by {view.years[last]}.")


def bearable(view: Seen) -> Found:
    """A10: how many times the variance of a 1-in-20 year leaves the general fund at its minimum in the budget year."""
    test, t = Teller(view, "A10", view.budget_year, "ratio"), view.start
    what = (
        f"Times the variance that 1 future in 20 passes in {view.budget_year} that would leave the general fund at its "
        "minimum"
    )
    bad = bad_year(view)
    if bad is None:
        return test.tell(None, what, FEW)
    _, usable = view.central_opening(t)
    room = contingency(view) + usable - float(view.minimum[t]) - view.budgeted_gap
    reason = f"The variance is {in_millions(bad.value)}; {in_millions(room)} is free to bear it."
    return test.tell(covered(room, bad), what, reason)
