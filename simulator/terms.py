"""What one body receives and owes, as frozen terms that the engine can use; amounts in nominal pounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BASE = -1
"""Index of the base year, one before the first projected year."""


@dataclass(frozen=True)
class TaxTerms:
    """Council tax: what is confirmed to `last` (an index of years), then its rule.

    `unused` is the share by which the requirement could lawfully be higher as planned, `lawful` `[2, year]` the limits
    in per cent and in cash as shares of Band D before, `limit_kept` its multiple where the settlement's limit goes on.
    """

    requirement: Floats
    last: int
    last_requirement: float
    base_requirement: float
    parishes: Floats
    last_parish: int
    last_precepts: float
    increase: Floats
    unused: Floats
    lawful: Floats
    limit_kept: Floats
    tax_base: int | None
    collection: int | None
    support_share: float
    caseload: int | None


@dataclass(frozen=True)
class DatedTerms:
    """An amount entered to `last` (an index of years), then moved by a driver from `last_amount`."""

    known: Floats
    last: int
    last_amount: float


@dataclass(frozen=True)
class RatesTerms:
    """Retained rates in the base year, what moves them, and the safety net and levy by year.

    `from_government` is top-up, or below nought tariff. `bands`, (growth above as a share of baseline funding;
    rate), stand in place of the ratio and its cap.
    """

    local_share: float
    from_government: float
    base: int | None
    multiplier: int | None
    baseline_funding: DatedTerms | None
    rates_baseline: DatedTerms | None
    safety_net: Floats
    levy_cap: Floats
    bands: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class GrantTerms:
    """A grant, levy or other income with its own growth: entered to `last`, then by its driver, nought after `ends`.

    Unless `confirmed`, what is entered moves with the driver too, about its `central` index. `converging` `[year]`
    is growth beside the driver's, as an allocation nears its target. `fenced` are the ids of the lines that alone it
    may pay for. `exceptional` support is repaid as debt.
    """

    id: str
    specific: bool
    base_amount: float
    known: Floats
    last: int
    last_amount: float
    driver: int | None
    confirmed: bool
    central: Floats
    ends: int
    converging: Floats
    fenced: tuple[str, ...]
    exceptional: bool


@dataclass(frozen=True)
class DebtTerms:
    """Debt: interest at an average rate that follows the borrowing rate as loans mature, and MRP by year."""

    outstanding: float
    rate: float
    maturing: float
    mrp: Floats
    driver: int | None


@dataclass(frozen=True)
class HighNeedsTerms:
    """The high-needs account: spending moves by `pair`, the block is entered, the deficit is financed."""

    spending: float
    block: Floats
    opening_deficit: float
    base_rate: float
    pair: int
    short_rate: int | None


@dataclass(frozen=True)
class OverrideTerms:
    """The end of the high-needs override: indices of years, and the shares that government meets.

    `accrued_met` is of the deficit at the end, `later_met` of what arises after; both 1 - what falls on the council.
    """

    ends: int
    then: str
    grant_share: float
    grant_year: int
    accrued_met: float
    later_met: float


@dataclass(frozen=True)
class EmployerTerms:
    """What an employer pays on top of `bill`, pounds of pay in the base year: `step` by year, and the pension rate."""

    bill: float
    pay: int
    step: Floats
    pension_rate: int | None


@dataclass(frozen=True)
class FundingTerms:
    """What one body receives and owes, ready to price; the last three are `[year]` in pounds.

    `plan_spending` and `plan_funding` are what its own plan says above the scenario's central case.
    """

    tax: TaxTerms | None
    rates: RatesTerms | None
    grants: tuple[GrantTerms, ...]
    levies: tuple[GrantTerms, ...]
    debt: DebtTerms | None
    high_needs: HighNeedsTerms | None
    employer: EmployerTerms | None
    contingency: Floats
    plan_spending: Floats
    plan_funding: Floats
