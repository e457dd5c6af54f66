"""A scenario as frozen arrays: below this module there is no pydantic and no dictionary of beliefs.

Axes, one order everywhere: `[year, path]` for what no choice can move, `[variant, agency, path]`
within a year, `[variant, agency, year, path]` for what is kept. Money is float64 nominal pounds;
spreads are log points; year 0 of an array is the first projected year. Bodies are sorted by regime and
id and drivers by id, so the order in a file changes nothing and a regime is a slice. `compiling.py` fills these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulator.actions import ActionTerms
from simulator.agreements.control_total import Settled
from simulator.regimes.council import CouncilTerms
from simulator.regimes.icb import IcbTerms
from simulator.regimes.trust import TrustTerms
from simulator.regimes.vcse import CharityTerms
from simulator.terms import BASE, Bools, Floats, FundingTerms, GrantTerms, OverrideTerms

__all__ = ["BASE", "Bools", "Compiled", "Floats"]

LOCAL, ICB, TRUST, CHARITY = REGIMES = ("local_authority", "icb", "trust", "vcse")
OUTSIDE = -1


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
    """One spending line, or income or a matched grant netted from spending (`base` below nought).

    `weight` `[year]` is pounds at an index of 1: `base`, until what is `known` of later years (not a number where
    nothing is) is met by the body's own central case; `agreed` is the same on the one all have agreed.
    """

    id: str
    agency: int
    base: float
    pair: int
    weight: Floats
    agreed: Floats
    known: Floats

    def cost(self, index: Floats) -> Floats:
        """Return what the line costs on an index `[year, path]`."""
        return self.weight[:, None] * index


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

    Kinds are green, amber and red of approved savings, then new ones. The score has a lasting part, a yearly one and
    the fiscal factor. `planned` `[agency]`: whose central case is their own plan; `held`: who always deliver as there.
    """

    means: Floats
    planned: Bools
    sd: float
    organisation_weight: float
    system_share: float
    held: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Payment:
    """One entry of the transfer log: what a payer owes a payee under an agreement, and why; below nought it flows back.

    Parties are places among the bodies, or `OUTSIDE`; `names` are theirs in words.
    """

    agreement: str
    payer: int
    payee: int
    names: tuple[str, str]
    reason: str
    tier: int


@dataclass(frozen=True)
class ContractTerms:
    """A contract of the first tier: its value is `plan` x activity x price, and `settle` says what is due.

    `plan` `[year]` is the amount at the central index; `known` `[year]` what is entered (not a number where nothing
    is). Activity is as `seen_by` meets it; `fixed` keeps planned activity at the base year's. With `subcontracts`,
    `settle` takes what they cost too.
    """

    entry: int
    base: float
    plan: Floats
    known: Floats
    activity: int | None
    price: int | None
    fixed: bool
    seen_by: int
    subcontracts: tuple[GrantTerms, ...]
    settle: Callable[..., Floats]


@dataclass(frozen=True)
class PoolTerms:
    """A pooled fund: what partners pay in, the (base, pair) of what it pays for, and who bears the difference.

    `entries` are those of each partner but the host; `settle` takes contributions, costs, draws, budgeted costs and
    what is left in a risk pool by year, which `opening` gives.
    """

    name: str
    entries: tuple[int | None, ...]
    partners: tuple[int, ...]
    contributions: tuple[tuple[GrantTerms, ...], ...]
    costs: tuple[tuple[str, ...], ...]
    draws: int
    settle: Callable[..., Floats]
    opening: Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True)
class ShareTerms:
    """A gain and loss share: what is judged (the provider's lines or earlier payments), its target, its rule."""

    name: str
    entry: int
    provider: int
    lines: tuple[str, ...]
    payments: tuple[int, ...]
    target: GrantTerms | None
    passes: float
    settle: Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True)
class SystemTerms:
    """A system control total: its members, and what each owes or is owed once all positions are known.

    `offsets` and `losses` are (payer, payee, entry) for each two members, `incentives` entries by member; `planned`
    incentives and `targets` (surplus above nought) are `[member, year]`; `settle` takes year, regime and positions.
    """

    name: str
    members: tuple[int, ...]
    offsets: tuple[tuple[int, int, int], ...]
    losses: tuple[tuple[int, int, int], ...]
    incentives: tuple[int, ...]
    planned: Floats
    targets: Floats
    next_year: bool
    settle: Callable[[int, str, Floats], Settled]


@dataclass(frozen=True)
class Agreed:
    """Every agreement, tier by tier, and the log of payments they make.

    `support` are (body, entry) of deficit support, its amounts `deficit_support` and its plan `targets` (surplus above
    nought), both `[agency, year]`; `in_system` `[agency]` are members of a control total. `hoped` is what a plan counts
    on of support and incentives, by entry. `replaced` are entries that stop when a charity fails, with that of what
    replaces them if it was paid; `multiples` what replacement costs, by charity.
    """

    payments: tuple[Payment, ...]
    contracts: tuple[ContractTerms, ...]
    pools: tuple[PoolTerms, ...]
    shares: tuple[ShareTerms, ...]
    systems: tuple[SystemTerms, ...]
    support: tuple[tuple[int, int], ...]
    deficit_support: Floats
    targets: Floats
    tolerance: float
    in_system: Bools
    hoped: Mapping[int, Floats]
    replaced: Mapping[int, int | None]
    multiples: Floats


@dataclass(frozen=True)
class Compiled:
    """Everything the engine needs, and nothing it does not.

    `met` are the drivers that each body meets; `slices` where each regime stands; `nhs_regime` names the one
    in force by year; `disputed` holds what a body adds to a driver, (agency, driver) to log points `[year]`; `shares`
    are parts that serve the place.
    """

    years: tuple[str, ...]
    agency_ids: tuple[str, ...]
    drivers: tuple[DriverTerms, ...]
    met: tuple[frozenset[int], ...]
    pairs: tuple[Pair, ...]
    lines: tuple[Line, ...]
    funding: tuple[FundingTerms, ...]
    events: tuple[EventTerms, ...]
    review: ReviewTerms | None
    slices: Mapping[str, slice]
    actions: ActionTerms
    council: CouncilTerms
    icb: IcbTerms | None
    trust: TrustTerms | None
    charity: CharityTerms | None
    nhs_regime: tuple[str, ...]
    support_withheld: float
    agreed: Agreed
    disputed: Mapping[tuple[int, int], Floats]
    shares: Floats
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
