"""Payment by activity with a marginal rate: what lies above plan is paid for at part of its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.assumptions import Assumption
from simulator.money import Share
from simulator.transfers import Contract, Floats, Worth, part_about_plan
from simulator.years import FinancialYear

TIER = 1


class MarginalRate(Contract):
    """Activity up to plan is paid for in full, beyond it at the marginal rate; below plan payment falls in full."""

    kind: Literal["marginal_rate"]
    rate: Assumption[Share] = Field(description="share of the price paid for activity above plan, such as 70%")


@dataclass(frozen=True)
class Terms:
    """The share of the price paid above plan."""

    rate: float


def terms(stated: MarginalRate, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    return Terms(stated.rate.used)


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`."""
    return np.where(worth.actual > worth.plan, part_about_plan(worth, terms.rate), worth.actual)
