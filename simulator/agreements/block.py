"""A block contract: the planned value whatever is done, so the payee bears every change in volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.transfers import Contract, Floats, Worth
from simulator.years import FinancialYear

TIER = 1


class Block(Contract):
    """The planned value is paid, whatever is done."""

    kind: Literal["block"]


@dataclass(frozen=True)
class Terms:
    """Nothing beyond the value itself."""


def terms(stated: Block, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    return Terms()


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`: the planned value."""
    return worth.plan
