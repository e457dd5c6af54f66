"""Blended payment: the planned value, and a share of what activity turns out to be worth above or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from simulator.assumptions import Assumption
from simulator.money import Share
from simulator.transfers import Contract, Floats, Worth, part_about_plan
from simulator.years import FinancialYear

TIER = 1


class Blended(Contract):
    """The planned value, and a share of every difference from it."""

    kind: Literal["blended"]
    variable: Assumption[Share] = Field(description="share of a difference from plan that is paid, such as 20%")


@dataclass(frozen=True)
class Terms:
    """The share of a difference that is paid."""

    variable: float


def terms(stated: Blended, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    return Terms(stated.variable.used)


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`."""
    return part_about_plan(worth, terms.variable)
