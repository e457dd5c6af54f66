"""Sums of a shift as sentences and tables tell them: as many figures as they bear, and never a false nought."""

from __future__ import annotations

from typing import NamedTuple

from simulator.evidence_words import percent
from simulator.money import HALF_PENNY, in_millions
from simulator.plain_english import share_interval
from simulator.summary import Chance

SMALL = 5e4
"""Pounds below which a sum is told in pounds, to two figures."""
NEAR_NOUGHT = "≈0"
"""What stands in a table for a sum that is there but rounds to nought."""
THOUSANDS = 5e5
"""Pounds below which the largest sum of a table puts the whole of it in thousands."""
WHOLE = 2e7
"""Pounds from which the largest sum of a table puts it in £m to one place, not two."""


def pounds(amount: float) -> str:
    """Return a yearly sum: `£0.76m`; a small one to two figures: `£2,400`; nought as `£0`."""
    if abs(amount) >= SMALL:
        return in_millions(amount, 2)
    if abs(amount) < HALF_PENNY:
        return "£0"
    shown = float(f"{amount:.2g}")
    return f"{'-' if shown < 0 else ''}£{abs(shown):,.0f}" if abs(shown) >= 1 else "less than £1"


def total(amount: float) -> str:
    """Return a sum over the years: `£8.3m`; a small one to two figures: `£36,000`."""
    return in_millions(amount) if abs(amount) >= SMALL else pounds(amount)


def number_of(amount: float) -> str:
    """Return a yearly sum of a shift as a bare number of £m, to the nearest £10,000; a small one to two figures."""
    if abs(amount) >= SMALL or abs(amount) < HALF_PENNY:
        return f"{amount / 1e6:,.2f}"
    return f"{float(f'{amount:.2g}') / 1e6:.9f}".rstrip("0")


def short_chance(found: Chance) -> str:
    """Return a chance with its 95% sampling interval as a cell holds it: `36.9% (34.8% to 39.0%)`."""
    return f"{percent(found.probability)} ({share_interval(found.low, found.high)})"


class Cells(NamedTuple):
    """How the sums of one table are told: in £m to some places, or in £000 where all are small."""

    unit: str
    each: float
    places: int

    def __call__(self, amount: float, sign: str = "") -> str:
        """Return one sum as a bare number, with the sign `+` `+3.21`; `NEAR_NOUGHT` where it rounds to nought."""
        if abs(amount) < HALF_PENNY:
            return "0"
        text = f"{amount / self.each:{sign},.{self.places}f}"
        return text if float(text.replace(",", "")) else NEAR_NOUGHT

    @property
    def note(self) -> str:
        """What `NEAR_NOUGHT` stands for in this table."""
        return f"{NEAR_NOUGHT} is less than £{self.each / 10**self.places / 2:,.0f} either way"


def cells(largest: float) -> Cells:
    """Return how to tell a table whose largest sum is this, in pounds."""
    if largest < THOUSANDS:
        return Cells("£000", 1e3, 0 if largest >= 2e4 else 1)
    return Cells("£m", 1e6, 1 if largest >= WHOLE else 2)
