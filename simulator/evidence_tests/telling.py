"""How a test tells what it found: its bounds and whose they are, its interval, its grade, its sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.assumptions import Record
from simulator.compiled import Bools, Floats
from simulator.evidence_tests.grades import Bounds, Found, graded
from simulator.evidence_tests.seen import Seen
from simulator.money import HALF_PENNY
from simulator.summary import chance, quantile_interval, quantiles
from simulator.thresholds import USUAL, Usual

VIEWS_IN_WORDS = {
    "before_action": "on the plan as approved",
    "after_action": "after what managers would do",
    "do_nothing": "with no savings at all",
}
MOST = 10.0
"""The most times that cover is told as: beyond it, and where there is no risk to cover, a ratio says nothing."""
DIGITS = 12
BEYOND = "Beyond the plan: informs, never graded."


class Measured(NamedTuple):
    """A number with its interval; without sampling error all three are equal."""

    value: float
    low: float
    high: float


def exactly(value: float) -> Measured:
    """Return a number without sampling error."""
    return Measured(value, value, value)


@dataclass(frozen=True)
class Teller:
    """One test of one body at one horizon, about to be told; `key` is its entry among the thresholds."""

    view: Seen
    key: str
    horizon: str
    unit: str = "share"

    @property
    def usual(self) -> Usual:
        """The test's entry among the usual thresholds."""
        return USUAL[self.key]

    @property
    def bounds(self) -> Bounds:
        """Where the test turns: as the scenario says, else the usual bounds."""
        usual, stated = self.usual, self.view.scenario.rules.thresholds.get(self.key)
        if stated is None:
            return Bounds(usual.green, usual.amber, usual.falling, usual.source)
        whose = " and ".join(dict.fromkeys(self._whose(part, stated) for part in (stated.green, stated.amber)))
        return Bounds(stated.green.used, stated.amber.used, usual.falling, whose)

    def _whose(self, part: Record, within: Record) -> str:
        named = part.source or within.source
        if named in self.view.scenario.sources:
            return self.view.scenario.sources[named].title
        return part.rationale or within.rationale or "the scenario's own bound, without a source"

    def tell(self, measured: Measured | None, what: str, reason: str = "", bounds: Bounds | None = None) -> Found:
        """Return the test with its grade; without a number it is not tested, for the reason given."""
        usual, bounds = self.usual, bounds or self.bounds
        found = Found(
            id=self.key.split("-")[0],
            name=usual.name,
            limb=usual.limb,
            agency=self.view.body.id,
            view=self.view.view,
            horizon=self.horizon,
            sentence=self._sentence(what),
            unit=self.unit,
            value=None,
            low=None,
            high=None,
            bounds=bounds,
            grade="not_tested",
            mandatory=usual.mandatory,
            reason=reason,
        )
        if measured is None:
            return found
        # A ratio of pounds may miss a bound that it meets by the last digit of a float.
        value, low, high = (round(float(part), DIGITS) for part in measured)
        grade, indeterminate = graded(bounds, value, low, high)
        return replace(found, value=value, low=low, high=high, grade=grade, indeterminate=indeterminate)

    def red(self, measured: Measured, what: str, reason: str) -> Found:
        """Return the test as red whatever its number, for the reason given."""
        return replace(self.tell(measured, what, reason), grade="red", indeterminate=False)

    def withheld(self, measured: Measured, what: str, reason: str) -> Found:
        """Return a number that is told but cannot be graded, for want of an input that the reason names."""
        return replace(self.tell(measured, what, reason), grade="not_tested", indeterminate=False)

    def informs(self, measured: Measured, what: str, reason: str = BEYOND) -> Found:
        """Return a number that is told but never graded."""
        told = self.tell(measured, what, reason)
        return replace(told, grade="not_tested", indeterminate=False, mandatory=False, informs=True)

    def _sentence(self, what: str) -> str:
        known, view = self.view.scenario.as_at, VIEWS_IN_WORDS.get(self.view.view, f"under {self.view.view}")
        return f"{what}, {view}, as at {known.day} {known:%B %Y}."


def share_of(view: Seen, happened: Bools) -> Measured:
    """Return the share of paths on which something happened, with its Wilson interval; exact without luck."""
    if view.certain:
        return exactly(float(happened[0]))
    found = chance(int(np.count_nonzero(happened)), happened.shape[-1])
    return Measured(found.probability, found.low, found.high)


def quantile_of(view: Seen, amounts: Floats, percent: int) -> Measured | None:
    """Return a quantile over paths with its interval by ranks; nothing where there are too few paths for one."""
    middle = float(quantiles(amounts, (percent,))[0])
    if view.certain:
        return exactly(middle)
    try:
        return Measured(middle, *quantile_interval(amounts, percent))
    except ValueError:
        return None


def cover(have: float, need: float) -> float:
    """Return how many times `have` covers `need`, at most `MOST` and that where there is nothing to cover."""
    if need * MOST <= have or need <= 0:
        return MOST if have >= 0 else -MOST
    return max(have / need, -MOST)


def covered(have: float, need: Measured) -> Measured:
    """Return how many times `have` covers what is needed, with the interval that the need's own gives."""
    return Measured(cover(have, need.value), *sorted((cover(have, need.low), cover(have, need.high))))


def closes(view: Seen, year: int) -> str:
    """Return the date on which a year closes in words."""
    return f"31 March {int(view.years[year][:4]) + 1}"


def span(view: Seen, last: int) -> str:
    """Return the years from the budget year to another in words."""
    return view.budget_year if last == view.start else f"{view.budget_year} to {view.years[last]}"


def over(need: float, have: float) -> float:
    """Return a need over what there is to meet it, at most `MOST` and nought where there is none."""
    if need <= HALF_PENNY:
        return 0.0
    return min(need / have, MOST) if have > 0 else MOST
