"""The short answer to how much can safely move into prevention, found off a page: the curves, and what it buys."""

from __future__ import annotations

from typing import NamedTuple

from simulator.blocks import Sample
from simulator.headroom import Curve
from simulator.scenario import Scenario
from simulator.shift_pass import curve_before, tied
from simulator.shift_report import Bought, NoProgrammesError, allowed, bought, brief, ready
from simulator.streams import BLOCK

PASSES = 5
"""Passes over the futures at most: two a curve, and one of what is bought."""


class ShortAnswer(NamedTuple):
    """What a shift buys with the curve before action, or `untold` why that is not there."""

    found: Bought
    before: Curve | None
    untold: str | None


def work_of(paths: int) -> int:
    """Return the blocks of 1,000 futures that an answer is told of at most."""
    return PASSES * -(-paths // BLOCK)


def short_answer(scenario: Scenario, sample: Sample) -> ShortAnswer | NoProgrammesError:
    """Return the short answer, or why nothing can be asked of the scenario; `work_of` blocks are told at most.

    Every number is that of `shift_report` on the same sample.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    try:
        compiled, terms, limits = ready(scenario)
    except NoProgrammesError as error:
        return error
    untold = tied(compiled, terms)
    found = bought(brief(scenario, sample), sample)
    before = None if untold else curve_before(compiled, terms, allowed(limits), sample)
    return ShortAnswer(found, before, untold)
