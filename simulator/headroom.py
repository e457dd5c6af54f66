"""Headroom: the greatest yearly shift into prevention that makes no body's duty much less safe in any year.

Every size is projected on the same futures as no shift at all. Headroom is the largest size tried below which every
size tried keeps, for every body and every year, the chance of breach within `breach_rise` of what it was and the
expected shortfall within `shortfall_rise` of the body's spending. Sizes are pounds a year at full scale and base-year
prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.position import price
from simulator.programme_terms import PreventionTerms
from simulator.shift_sizes import closer, first_sizes, shifted, told_down, told_up
from simulator.shift_trials import Judged, judged
from simulator.variants import Variant

BREACH, SHORTFALL = "breach", "shortfall"
STEPS = 8
"""Sizes tried between the last that holds and the first that does not."""
LEAST = 1e-9
SURE = 1.959963984540054
"""Standard errors either side of an estimate that make a 95% interval."""


@dataclass(frozen=True)
class Allowed:
    """How much less safe a shift may make things: the rise of a chance, and of expected shortfall as a share."""

    breach_rise: float
    shortfall_rise: float

    @property
    def short_limit(self) -> float:
        """The rise of expected shortfall that is held to, as a share of spending.

        Where the chance may not rise at all nor may the shortfall: a chance rises with every pound short, though on
        some number of paths none may be seen to.
        """
        return self.shortfall_rise if self.breach_rise else 0.0


class Binding(NamedTuple):
    """What one body could bear: its limit in pounds a year, and the year and test that stop a larger shift.

    `limit` is the largest size tried at which it would still hold, `first` the smallest that it does not bear; `year`
    is None where nothing stops it.
    """

    agency: int
    limit: float
    first: float | None
    year: int | None
    test: str | None


@dataclass(frozen=True)
class Curve:
    """What each size does, rising; size nought is the first variant of `met`. `spending` is `[agency, year]`."""

    sizes: Floats
    met: Judged
    spending: Floats
    allowed: Allowed

    def over(self, errors: float = 0.0) -> dict[str, Floats]:
        """Return how far each size passes each limit `[size, agency, year]`, above nought where it does.

        Rises are taken `errors` standard errors up, or down below nought.
        """
        met, allowed = self.met, self.allowed
        most_short = allowed.short_limit * self.spending
        # A rise of a sum that is a rounding of nought is none.
        return {
            BREACH: met.rise + errors * met.rise_error - allowed.breach_rise - 1e-12,
            SHORTFALL: met.short_rise + errors * met.short_error - most_short - 0.005,
        }

    def holds(self, errors: float = 0.0) -> Bools:
        """Return which sizes keep every limit of each body, `[size, agency]`."""
        over = self.over(errors)
        kept: Bools = np.all([np.all(part <= 0, axis=2) for part in over.values()], axis=0)
        kept[0] = True
        return kept

    def headroom(self, errors: float = 0.0) -> float:
        """Return the largest size tried below which every size tried holds for every body."""
        return float(self.sizes[_last(np.all(self.holds(errors), axis=1))])

    def estimate(self, errors: float = 0.0) -> float:
        """Return where the first limit is met, straight between the last size that holds and the next one.

        For differences and for the ends of an interval: headroom itself is a size that was tried. Rises are taken
        `errors` standard errors up.
        """
        last = _last(np.all(self.holds(errors), axis=1))
        if last + 1 == len(self.sizes):
            return float(self.sizes[last])
        parts = []
        for over in self.over(errors).values():
            here, there = np.minimum(over[last], 0.0), over[last + 1]
            passed = there > 0
            parts.append(float((-here[passed] / (there[passed] - here[passed])).min()) if passed.any() else 1.0)
        return float(self.sizes[last] + min(parts) * (self.sizes[last + 1] - self.sizes[last]))

    def largest(self) -> float:
        """Return the largest size tried that holds, whatever smaller ones do."""
        return float(self.sizes[np.flatnonzero(np.all(self.holds(), axis=1))[-1]])

    def interval(self) -> tuple[float, float]:
        """Return the 95% interval of sampling: where a rise 1.96 standard errors up, and down, meets the first limit.

        Straight between sizes tried, the lower end rounded down and the upper up to sums that a page tells exactly;
        headroom, which is a size tried, lies within.
        """
        told, top = self.headroom(), float(self.sizes[-1])
        return min(told_down(self.estimate(SURE)), told), max(min(told_up(self.estimate(-SURE)), top), told)

    def joined(self, other: Curve) -> Curve:
        """Return this curve with the sizes of another on the same futures, against the same no shift."""
        sizes = sorted({*self.sizes.tolist(), *other.sizes.tolist()})
        of = [self if size in self.sizes else other for size in sizes]
        places = [(one.met, one.sizes.tolist().index(size)) for one, size in zip(of, sizes, strict=True)]
        return Curve(np.array(sizes), self.met.put_together(places), self.spending, self.allowed)

    def bindings(self) -> tuple[Binding, ...]:
        """Return what each body could bear of the shift, whatever the others can."""
        holds, over = self.holds(), self.over()
        found = []
        for agency in range(holds.shape[1]):
            last = _last(holds[:, agency])
            if last + 1 == len(self.sizes):
                found.append(Binding(agency, float(self.sizes[last]), None, None, None))
                continue
            test, passed = max(
                ((name, _relative(part[last + 1, agency], self, agency, name)) for name, part in over.items()),
                key=lambda one: float(one[1].max()),
            )
            first = float(self.sizes[last + 1])
            found.append(Binding(agency, float(self.sizes[last]), first, int(passed.argmax()), test))
        return tuple(found)


def _relative(over: Floats, curve: Curve, agency: int, test: str) -> Floats:
    """Return how far a limit is passed by year, as a share of it, so that pounds and chances stand side by side."""
    # Where nothing at all is allowed the least share stands for it, so that they still compare.
    if test == SHORTFALL:
        limit = max(curve.allowed.short_limit, LEAST) * np.maximum(curve.spending[agency], 1.0)
    else:
        limit = np.full(over.shape, max(curve.allowed.breach_rise, LEAST))
    share: Floats = over / limit
    return share


def _last(holds: Bools) -> int:
    """Return where the unbroken run of sizes that hold ends; size nought always does."""
    return int(np.flatnonzero(~holds)[0]) - 1 if not holds.all() else len(holds) - 1


def central_spending(compiled: Compiled) -> Floats:
    """Return what every body spends without luck, agreements included, `[agency, year]` in pounds."""
    block = DriverPaths(compiled, 0).central()
    position = price(compiled, block)
    spent: Floats = (position.spending + position.paid)[:, :, 0]
    return spent


Made = Callable[[float], Variant]
"""Makes the variant of a size."""


def curve(
    compiled: Compiled, terms: PreventionTerms, allowed: Allowed, sample: Sample, made: Made | None = None
) -> Curve:
    """Return what sizes of a shift do after action: a first look, then sizes about where the first limit is passed.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    make = made or (lambda size: shifted(terms, size))
    spending = central_spending(compiled)
    first, since = first_sizes(terms), terms.start
    rough = _tried(compiled, make, (0.0, *first), sample, since)
    found = Curve(np.array((0.0, *first)), rough, spending, allowed)
    low = found.headroom()
    above = found.sizes[found.sizes > low]
    if not above.size:
        return found
    finer = (0.0, *closer(low, float(above[0]), STEPS))
    if len(finer) == 1:
        return found
    return found.joined(Curve(np.array(finer), _tried(compiled, make, finer, sample, since), spending, allowed))


def _tried(compiled: Compiled, make: Made, sizes: tuple[float, ...], sample: Sample, since: int) -> Judged:
    return judged(compiled, tuple(make(size) for size in sizes), sample, since)
