"""What a test of the evidence finds, and how it is graded: green, amber, red or not tested, never a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["green", "amber", "red", "not_tested"]
ROBUSTNESS, ADEQUACY = 1, 2
"""The two limbs of section 25 of the Local Government Act 2003: the estimates, and the reserves."""


@dataclass(frozen=True)
class Bounds:
    """Where a test turns: green at or beyond `green`, amber at or beyond `amber`, red past it; `source` says whose.

    `falling` is true where less is better, as with a chance of failure.
    """

    green: float
    amber: float
    falling: bool
    source: str = "Headroom's usual bound, a judgement"

    def grade(self, value: float) -> Grade:
        """Return the grade of one number."""
        sign = -1.0 if self.falling else 1.0
        if sign * value >= sign * self.green:
            return "green"
        return "amber" if sign * value >= sign * self.amber else "red"


@dataclass(frozen=True)
class Found:
    """One test of one body: what was measured, on which view and horizon, its interval, its bounds and its grade.

    `value`, `low` and `high` are in `unit`: `share`, `ratio`, `£`, `years`, `points` or `text`; without sampling error
    `low` and `high` equal `value`, and without a value the grade is `not_tested`. `indeterminate` marks an interval
    that straddles a bound: the grade is then that of its worse end. A number that `informs` is told and never graded.
    `sentence` says in words what the number is: of what, by when, on which view, as at when. `reason` says why a test
    was not made, or what to know of it.
    """

    id: str
    name: str
    limb: int
    agency: str
    view: str
    horizon: str
    sentence: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    bounds: Bounds | None
    grade: Grade
    indeterminate: bool = False
    mandatory: bool = False
    informs: bool = False
    reason: str = ""

    @property
    def lacking(self) -> bool:
        """Whether it was not graded for want of an input, which `reason` names."""
        return self.grade == "not_tested" and not self.informs


def graded(bounds: Bounds, value: float, low: float, high: float) -> tuple[Grade, bool]:
    """Return the grade of a number with its interval, and whether the interval straddles a bound.

    Where it does the worse end counts (domain.md F2): what is not settled is never passed.
    """
    worse = high if bounds.falling else low
    better = low if bounds.falling else high
    return bounds.grade(worse), bounds.grade(worse) != bounds.grade(better)
