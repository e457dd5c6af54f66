"""Agreements in general: who pays whom, for how much, and what a year's activity was worth.

A contract's value is its entered amount moved by activity and price. What is due on it is settled by its kind, one
file each in `agreements`; above nought it flows from payer to payee.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from simulator.assumptions import Assumption, Identifier, Label, Record
from simulator.money import Amount
from simulator.years import FinancialYear

Floats = npt.NDArray[np.float64]


class Agreement(Record):
    """Any agreement by which money passes between bodies."""

    id: Identifier
    name: Label
    kind: str


class Contract(Agreement):
    """An agreement by which one party pays another for services; each kind says what is due on it."""

    payer: Identifier
    payee: Identifier
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(
        min_length=1, description="value as planned, from the base year on; after the last year it moves on from there"
    )
    activity: Identifier | None = Field(None, description="driver of what is done; without one it stays as planned")
    price: Identifier | None = Field(None, description="driver of the price of what is done; without one it is flat")
    planned: Literal["expected", "fixed"] = Field(
        "expected", description="activity in the plan: set afresh each year as expected, or that of the base year"
    )


class Worth(NamedTuple):
    """The year's activity at its price, as planned and as it turned out: `[year, path]` in pounds."""

    plan: Floats
    actual: Floats


def by_year(amounts: Mapping[FinancialYear, Assumption[Amount]], years: Sequence[FinancialYear]) -> Floats:
    """Return the amounts stated for each year, nought where nothing is stated."""
    return np.array([amounts[year].used if year in amounts else 0.0 for year in years])


def part_about_plan(worth: Worth, share: float) -> Floats:
    """Return the planned value with a share of what the actual one lies above or below it; exact at both ends."""
    part: Floats = (1 - share) * worth.plan + share * worth.actual
    return part
