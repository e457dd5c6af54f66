"""A block with cap and collar: beyond a margin about plan the two share the difference, each within a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.assumptions import Assumption
from simulator.money import Share
from simulator.transfers import Contract, Floats, Worth
from simulator.years import FinancialYear

TIER = 1


class CapCollar(Contract):
    """The planned value, and a share of what activity is worth beyond a margin, within a cap and a collar."""

    kind: Literal["cap_collar"]
    width: Assumption[Share] = Field(description="margin about the planned value in which nothing changes, such as 2%")
    share: Assumption[Share] = Field(description="share paid of what lies beyond the margin, such as 50%")
    cap: Assumption[Share] = Field(description="most that is added, as a share of the planned value")
    collar: Assumption[Share] = Field(description="most that is taken off, as a share of the planned value")


@dataclass(frozen=True)
class Terms:
    """Margin, share, cap and collar, each as a share."""

    width: float
    share: float
    cap: float
    collar: float


def terms(stated: CapCollar, years: Sequence[FinancialYear]) -> Terms:
    """Return the terms as fixed before a run."""
    return Terms(stated.width.used, stated.share.used, stated.cap.used, stated.collar.used)


def settle(terms: Terms, worth: Worth) -> Floats:
    """Return what the payer owes, `[year, path]`."""
    plan, difference = worth.plan, worth.actual - worth.plan
    margin = terms.width * plan
    beyond = difference - np.clip(difference, -margin, margin)
    return plan + np.clip(terms.share * beyond, -terms.collar * plan, terms.cap * plan)
