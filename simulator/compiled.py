"""A scenario as frozen arrays: below this module there is no pydantic and no dictionary of beliefs.

Axes, one order everywhere: `[year, path]` for what no choice can move, `[variant, agency, path]`
within a year, `[variant, agency, year, path]` for what is kept. Money is float64 nominal pounds;
spreads are log points; year 0 of an array is the first projected year. Bodies and drivers are sorted
by id, so the order in a file changes nothing. `compiling.py` fills these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.regimes.council import CouncilTerms

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BASE = -1
"""Index of the base year, one before the first projected year."""


@dataclass(frozen=True)
class OwnLevelTerms:
    """A body's own level: it reverts at `persistence`; `spread` and `transitory` are log points."""

    persistence: float
    spread: float
    transitory: float


@dataclass(frozen=True)
class FloorTerms:
    """A floor under `share` of an index: it stays at or above the driver's index over `ratio`."""

    driver: int
    ratio: float
    share: float


@dataclass(frozen=True)
class DriverTerms:
    """One driver, ready to draw; `central`, `live`, `surprise` and `spread` are `[year]`."""

    id: str
    is_growth: bool
    central: Floats
    live: Floats
    surprise: Floats
    persistence: float
    spread: Floats
    trend: float
    trend_persistence: float
    transitory: float
    loadings: tuple[tuple[str, float], ...]
    private: float
    system_share: float
    own_level: OwnLevelTerms | None
    follows: tuple[tuple[int, int, float], ...]
    floor: FloorTerms | None
    has_own: bool
    announced: bool = False

    @property
    def moves(self) -> bool:
        """Whether the driver has yearly shocks of its own."""
        return bool(self.spread.any())


@dataclass(frozen=True)
class Pair:
    """Demand and a basket, priced once; `subsidy` (weekly rent, most subsidy pays) makes the price the loss left."""

    agency: int
    demand: int | None
    elasticity: float
    basket: tuple[tuple[int, float], ...]
    subsidy: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """One spending line, or income or a matched grant netted from spending (`base` below nought)."""

    id: str
    agency: int
    base: float
    pair: int


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
    """A grant or levy with its own growth: entered to `last`, then moved by its driver, and nought after `ends`.

    Unless `confirmed`, what is entered moves with the driver too, about its `central` index. `fenced` are the
    (base, pair) of the lines that alone it may pay for.
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
    fenced: tuple[tuple[float, int], ...]


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

    tax: TaxTerms
    rates: RatesTerms | None
    grants: tuple[GrantTerms, ...]
    levies: tuple[GrantTerms, ...]
    debt: DebtTerms | None
    high_needs: HighNeedsTerms | None
    employer: EmployerTerms | None
    contingency: Floats
    plan_spending: Floats
    plan_funding: Floats


@dataclass(frozen=True)
class EventTerms:
    """One dated risk: chance `[year]`, cost profile by years since it struck, stakes `[agency, year]`."""

    id: str
    national: bool
    chance: Floats
    normal: tuple[float, float] | None
    triangle: tuple[float, float, float] | None
    funded: tuple[float, float] | None
    driver: int | None
    profile: Floats
    fixed_when_struck: bool
    stake: Floats


@dataclass(frozen=True)
class ReviewTerms:
    """Spending reviews: the driver they move, the years they start, their states' chances and growth."""

    driver: int
    starts: Bools
    cumulative: Floats
    growth: Floats


@dataclass(frozen=True)
class DeliveryTerms:
    """How savings are delivered: beta rates with means `[agency, kind]` and one spread, moved by one score.

    Kinds are green, amber and red of the approved savings, then new ones. The score is a lasting part, a yearly
    part and the fiscal factor. `planned` `[agency]`: bodies whose central case is their own plan come true.
    """

    means: Floats
    planned: Bools
    sd: float
    organisation_weight: float
    system_share: float


@dataclass(frozen=True)
class Compiled:
    """Everything the engine needs, and nothing it does not."""

    years: tuple[str, ...]
    agency_ids: tuple[str, ...]
    drivers: tuple[DriverTerms, ...]
    pairs: tuple[Pair, ...]
    lines: tuple[Line, ...]
    funding: tuple[FundingTerms, ...]
    events: tuple[EventTerms, ...]
    review: ReviewTerms | None
    council: CouncilTerms
    delivery: DeliveryTerms | None
    override: OverrideTerms | None
    budget_learning: float
    own_risk_share: float
    collection_estimated: float
    accommodation: tuple[float, int, int] | None

    @property
    def horizon(self) -> int:
        """The number of projected years."""
        return len(self.years)
