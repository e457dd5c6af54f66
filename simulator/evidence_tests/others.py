"""Tests of the estimates that bodies share which hold no reserves as a council does: NHS bodies and charities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from simulator.compiled import Bools
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import FEW, NO_CONTINGENCY, bad_year, contingency, sets_aside
from simulator.evidence_tests.exposures import dominant, funding_confirmed, one_off
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.provisions import provided
from simulator.evidence_tests.records import optimism, rebased, saving_record
from simulator.evidence_tests.robustness import contingency_cover, named_measures, rated_savings, saving_scale
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Teller, covered, share_of, span


class Spare(NamedTuple):
    """What such a body has beside contingency to meet a variance: in pounds, and in words."""

    pounds: float
    words: str


def estimates(view: Seen, back: Found, spare: Spare) -> list[Found]:
    """Return the tests of the first limb in the order of their ids, with `back` as R02.

    Of these R02 alone is mandatory: no law makes such a body set a balanced budget of its own.
    """
    return [
        _optional(named_measures(view)),
        back,
        contingency_cover(view),
        _optional(rated_savings(view)),
        saving_record(view),
        saving_scale(view),
        optimism(view),
        *provided(view),
        cover(view, spare),
        one_off(view),
        funding_confirmed(view),
        dominant(view, spare.pounds, spare.words),
        rebased(view),
    ]


def _optional(found: Found) -> Found:
    return replace(found, mandatory=False)


def cover(view: Seen, spare: Spare) -> Found:
    """R13: contingency and what else there is over the variance of a 1-in-20 year."""
    test = Teller(view, "R13-others", view.budget_year, "ratio")
    what = f"Contingency and {spare.words} over the variance that 1 future in 20 passes in {view.budget_year}"
    bad = bad_year(view)
    if bad is None:
        return test.tell(None, what, FEW)
    return test.tell(covered(contingency(view) + spare.pounds, bad), what, none_counted(view))


def none_counted(view: Seen) -> str:
    """Return what to say where no contingency is entered."""
    return "" if sets_aside(view) else f"{NO_CONTINGENCY[:1].upper()}{NO_CONTINGENCY[1:]}, so that none is counted."


def by_horizon(view: Seen, key: str, happened: Bools, event: str, reason: str = "") -> Iterator[Found]:
    """Yield the chance that something happens in the budget year, and in any year of the plan.

    `happened` is `[year, path]`; the plan's own bounds stand under the key with `-plan-end`.
    """
    for last in dict.fromkeys((view.start, view.end)):
        test = Teller(view, key if last == view.start else f"{key}-plan-end", span(view, last))
        what = f"Chance that {event} in {test.horizon}"
        yield test.tell(share_of(view, by_then(happened, view.start, last)), what, reason)
