"""Payment by activity: what is done is paid for at its price, so the payer bears every change in volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.transfers import Contract, Floats, Worth
from simulator.years import FinancialYear

TIER = 1


class Activity(Contract):
    """Every case is paid for at the unit price."""

    kind: Literal["activity"]


@dataclass(frozen=True)
class Terms:
    """Nothing beyond the value itself."""


def terms(stated: Activity, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    return Terms()


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`: what was done at its price."""
    return worth.actual
