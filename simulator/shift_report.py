"""All that is asked of a shift into prevention, answered on the same futures: how much, who pays, who gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simulator import pockets
from simulator.absolute import Absolute, absolute
from simulator.blocks import Sample
from simulator.commissioning import commissioned
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.headroom import Allowed, Curve, curve
from simulator.judgements import Judgement, judgements
from simulator.mechanisms import Mechanism, mechanisms
from simulator.pockets import Payback, Pockets, Returned, Transfers
from simulator.prepared import prepare
from simulator.programme_terms import PreventionTerms
from simulator.programmes import Limits
from simulator.rooms import Rooms, rooms
from simulator.scenario import Scenario
from simulator.shift_flows import Gathered, gathered
from simulator.shift_pass import curve_before, tied
from simulator.shift_sizes import most, shifted
from simulator.spending import Prices
from simulator.worth import Shadow, Terms, Worth, worth

STAGES = (
    "the curve before action, in one pass",
    "sizes of a shift, after action",
    "what would let every duty hold",
    "what pooling, a loan, other rules and other judgements are worth",
    "who pays and who gains",
    "the same shift under each way of paying providers",
)
ALONE = "what a loan and other rules are worth"
"""What stands for pooling among the stages where a body is alone."""
FEWER = 4_000
"""Futures on which what arrangements and payment rules are worth is reckoned: the first of them."""
FEWEST = 1_000
"""Futures on which payment rules are set side by side, in the mean."""
CPI = "cpi"


class NoProgrammesError(ValueError):
    """A scenario that proposes no programme, so that nothing can be asked of a shift."""


@dataclass(frozen=True)
class Brief:
    """How much a place could shift into prevention: `after` is the headline, sizes projected with managers acting."""

    scenario: Scenario
    compiled: Compiled
    terms: PreventionTerms
    paths: int
    seed: int
    after: Curve

    @property
    def headroom(self) -> float:
        """Headline headroom, in pounds a year at full scale and base-year prices."""
        return self.after.headroom()

    @property
    def names(self) -> dict[str, str]:
        """Names of bodies by id."""
        return self.scenario.names


@dataclass(frozen=True)
class Bought(Brief):
    """What a shift buys besides: `gathered` is that of `size` pounds a year.

    That is headroom, or what is proposed where headroom is nought (`at_headroom` false). What £1 gives back is by the
    place of each body, the place as one under -1; `payback` has the place last.
    """

    size: float
    at_headroom: bool
    gathered: Gathered
    payback: tuple[Payback, ...]
    returned: dict[int, tuple[Returned, ...]]


@dataclass(frozen=True)
class ShiftReport(Bought):
    """All that a shift into prevention does.

    `before` is the whole curve before action, or `untold` why it is not there. Transfers over the horizon and by year
    are in the mean. What rests on fewer futures rests on the first `fewer`.
    """

    fewer: int
    before: Curve | None
    untold: str | None
    absolute: Absolute
    worth: tuple[Worth, ...]
    reserves: dict[int, Shadow]
    judgements: tuple[Judgement, ...]
    pockets: Pockets
    transfers: Transfers
    yearly: Transfers
    mechanisms: tuple[Mechanism, ...]
    rooms: Rooms


def stages(scenario: Scenario) -> tuple[str, ...]:
    """Return the stages of a report of this scenario: with one body alone, or no agreements, some have no object."""
    pooled = STAGES[3] if len(scenario.agencies) > 1 else ALONE
    paid = STAGES[5:] if len(scenario.agencies) > 1 and scenario.agreements else ()
    return (*STAGES[:3], pooled, STAGES[4], *paid)


def ready(scenario: Scenario) -> tuple[Compiled, PreventionTerms, Limits]:
    """Return a place ready for a shift, its programmes and the limits it is judged by.

    Raises:
        NoProgrammesError: when it proposes no programme, or says nothing of limits.
    """
    compiled = prepare(scenario).compiled
    terms = commissioned(scenario, compiled)
    if terms is None:
        raise NoProgrammesError("it proposes no `programmes` under `prevention`")
    if most(terms) <= 0:
        raise NoProgrammesError("its programmes have neither `spend` nor `most` above nought, so nothing can move")
    if scenario.prevention is None or scenario.prevention.limits is None:
        raise NoProgrammesError("`prevention.limits` says nothing of how much less safe a shift may make things")
    return compiled, terms, scenario.prevention.limits


def allowed(limits: Limits) -> Allowed:
    """Return how much less safe a shift may make things, as numbers."""
    return Allowed(limits.breach_rise.used, limits.shortfall_rise.used)


def brief(scenario: Scenario, sample: Sample) -> Brief:
    """Return how much a place could shift into prevention, and no more.

    Raises:
        NoProgrammesError: when the scenario proposes no programme or states no limits.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    compiled, terms, limits = ready(scenario)
    after = curve(compiled, terms, allowed(limits), sample)
    return Brief(scenario, compiled, terms, sample.paths, sample.seed, after)


def bought(found: Brief, sample: Sample) -> Bought:
    """Return what headroom buys, or what is proposed where that is nought, on a sample of futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    compiled, terms, headroom = found.compiled, found.terms, found.headroom
    size = headroom or sum(programme.spend for programme in terms.programmes) or most(terms)
    shift = shifted(terms, size).shift
    assert shift is not None
    flowed = gathered(compiled, shift, sample)
    return Bought(
        found.scenario, compiled, terms, found.paths, found.seed, found.after, size, headroom > 0, flowed,
        pockets.payback(flowed.purses.gains, terms.start),
        pockets.returned(flowed.purses, deflators(compiled), terms.start),
    )  # fmt: skip


def shift_report(scenario: Scenario, sample: Sample, tell: Callable[[str], None] = lambda stage: None) -> ShiftReport:
    """Return what a place could shift into prevention; `tell` is told of each of `stages` as it begins.

    Raises:
        NoProgrammesError: when the scenario proposes no programme or states no limits.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    compiled, terms, limits = ready(scenario)
    few, told = replace(sample, paths=min(sample.paths, FEWER)), stages(scenario)
    tell(told[0])
    untold = tied(compiled, terms)
    before = None if untold else curve_before(compiled, terms, allowed(limits), sample)
    tell(told[1])
    after = curve(compiled, terms, allowed(limits), sample)
    tell(told[2])
    opened = absolute(after, limits.confidence.used, few, terms.start)
    tell(told[3])
    worths = worth(after, terms, _tried(scenario, limits), terms.start, few)
    tell(told[4])
    flowed = bought(Brief(scenario, compiled, terms, sample.paths, sample.seed, after), sample)
    purses, shift = flowed.gathered.purses, flowed.gathered.shift
    for stage in told[5:]:
        tell(stage)
    return ShiftReport(
        scenario, compiled, terms, sample.paths, sample.seed, after,
        flowed.size, flowed.at_headroom, flowed.gathered, flowed.payback, flowed.returned,
        few.paths, before, untold, opened, worths.arrangements, worths.reserves,
        judgements(after, worths.growth_as_today, few.paths), pockets.pockets(purses),
        pockets.transfers_needed(purses.gains), pockets.transfers_by_year(purses.gains),
        mechanisms(compiled, shift, replace(few, paths=min(few.paths, FEWEST))), rooms(compiled, sample),
    )  # fmt: skip


def _tried(scenario: Scenario, limits: Limits) -> Terms:
    return Terms(
        limits.gain_share.used,
        limits.loan_years,
        limits.loan_term,
        limits.loan_rate.used,
        limits.carry_forward.used,
        limits.settled_until - scenario.first_year,
    )


def deflators(compiled: Compiled) -> Floats:
    """Return consumer prices of the central case, `[year]`, 1 in the base year; all 1 where no line moves with them."""
    at = [k for k, driver in enumerate(compiled.drivers) if driver.id == CPI]
    if not at:
        return np.ones(compiled.horizon)
    block = DriverPaths(compiled, 0).central()
    prices: Floats = Prices(block).index(at[0], -1).actual[:, 0]
    return prices
