"""What a plan leans on, as a thing that may not come true: in words, with its chance, and laid on a run.

A chance is counted among the run's own futures, or is that of an event as entered. A decision that others have still to
make has none: no number is made up for it. What is not met is laid on every future by the terms of the run or by what a
variant gives; where it is a matter of degree it is as bad as it is on average in the futures that fall short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.assumptions import Record
from simulator.compiled import Compiled, Floats
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured
from simulator.scenario import Scenario
from simulator.variants import Given, Variant

NO_SOURCE = "no source is entered"
FUTURES = "share of the run's own futures"
"""What the chances that a run tells are."""


class Laid(NamedTuple):
    """A scenario, its terms and the variant of the plan, as conditions that are not met leave them."""

    scenario: Scenario
    compiled: Compiled
    variant: Variant


@dataclass(frozen=True)
class Lean:
    """One thing that a plan leans on: `claim` is it in words, `number` what it is about in `unit` (`£` or `share`).

    `chance` that it is met comes with its 95% interval; without one `basis` says why there is none. `without` says what
    stands where it is not met, and `lay` lays that on a run.
    """

    id: str
    claim: str
    number: float
    unit: str
    chance: Measured | None
    basis: str
    assumption: str
    source: str
    without: str
    lay: Callable[[Laid], Laid]


def row_of(view: Seen) -> int:
    """Return where the body stands among all."""
    return view.compiled.agency_ids.index(view.body.id)


def source_of(view: Seen, *records: Record | None) -> str:
    """Return what records rest on, each said once; a record without a source of its own gives its reason."""
    named = []
    for record in records:
        if record is not None and (record.source or record.rationale):
            listed = view.scenario.sources.get(record.source or "")
            named.append(listed.title if listed else str(record.rationale or record.source))
    return "; ".join(dict.fromkeys(named)) or NO_SOURCE


def given(variant: Variant, agency: str, gap: Floats | None = None, reserve: float = 0.0, when: int = 0) -> Variant:
    """Return a variant that gives a body more besides: pounds off its gap by year, reserves at the start of one."""
    held = variant.given or Given(agency, when=when)
    before = np.array(held.gap) if held.gap else np.zeros(0)
    both = before if gap is None else gap if not before.size else before + gap
    more = Given(agency, tuple(float(part) for part in both), held.reserve + reserve, when if reserve else held.when)
    return replace(variant, given=more)


def eased(view: Seen, gap: Floats) -> Callable[[Laid], Laid]:
    """Return what takes pounds by year off a body's gap, or below nought adds them."""
    return lambda laid: laid._replace(variant=given(laid.variant, view.body.id, gap))
