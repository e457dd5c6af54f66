"""The second limb: are the reserves adequate? Tests A01 to A15 over the plan (`domain.md` F4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.compiled import Bools
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Teller, cover, exactly, share_of

CLOSE = "31 March {}"


def adequacy(view: Seen, risk_based: float | None = None) -> list[Found]:
    """Return the tests of the second limb for one body, in the order of their ids.

    `risk_based` is a minimum for general fund and usable earmarked reserves together, in pounds, from one of the
    calculators; the general fund alone is always held against the policy minimum.
    """
    return [*against_minimum(view, risk_based), *below_minimum(view), *exhausted(view)]


def closes(view: Seen, year: int) -> str:
    """Return the date on which a year closes in words."""
    return CLOSE.format(2000 + int(view.years[year][-2:]))


def against_minimum(view: Seen, risk_based: float | None) -> Iterator[Found]:
    """A01: reserves in the central case over the minimum, as the budget year and the plan close."""
    for year in dict.fromkeys((view.start, view.end)):
        test = Teller(view, "A01", closes(view, year), "ratio")
        fund, least = float(view.central["gf_unallocated"][year]), float(view.minimum[year])
        what = f"General fund over its policy minimum in the central case at {closes(view, year)}"
        yield test.tell(exactly(cover(fund, least)), what)
        if risk_based is not None:
            usable = float(view.central["usable_reserves"][year])
            what = f"Usable reserves over the risk-based minimum in the central case at {closes(view, year)}"
            yield test.tell(exactly(cover(usable, risk_based)), what)


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
    return np.logical_or.reduce(happened[first : last + 1], axis=0)


def below_minimum(view: Seen) -> Iterator[Found]:
    """A02: the chance that the general fund closes below its policy minimum in any year of each horizon."""
    below = view.happened["reserves_below_minimum"]
    for last, key, bounds in horizons(view):
        test, span = Teller(view, key, _span(view, last)), _span(view, last)
        what = f"Chance that the general fund closes below its policy minimum in {span}"
        chance = share_of(view, by_then(below, view.start, last))
        yield test.tell(chance, what, bounds=Teller(view, bounds, span).bounds)
    yield from _further(view, "A02-plan-end", below, "the general fund closes below its policy minimum")


def exhausted(view: Seen) -> Iterator[Found]:
    """A03: the chance that usable reserves run out in any year, in the budget year and over the plan."""
    out = view.happened["usable_reserves_exhausted"]
    for last in dict.fromkeys((view.start, view.end)):
        what = f"Chance that usable reserves run out in {_span(view, last)}"
        yield Teller(view, "A03", _span(view, last)).tell(share_of(view, by_then(out, view.start, last)), what)
    yield from _further(view, "A03", out, "usable reserves run out")


def _span(view: Seen, last: int) -> str:
    """Return the years from the budget year to another in words."""
    return view.budget_year if last == view.start else f"{view.budget_year} to {view.years[last]}"


def _further(view: Seen, key: str, happened: Bools, event: str) -> Iterator[Found]:
    """Yield the same chance to the last year projected, where that is beyond the plan: it informs only."""
    last = len(view.years) - 1
    if last > view.end:
        what = f"Chance that {event} in {_span(view, last)}"
        yield Teller(view, key, _span(view, last)).informs(share_of(view, by_then(happened, view.start, last)), what)
