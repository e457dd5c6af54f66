"""The portfolio of a place in one report: what to choose within the room, what stops more, when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

import numpy as np

from simulator.common_measure import MONEY_RATE, POUNDS_PER_QALY, discounted
from simulator.compiled import Floats
from simulator.headroom import Allowed
from simulator.place_portfolio import Ground, Proved, compared_on_duties, limits, options, proved
from simulator.portfolio import Reallocation, Shadows, Stopped, both_ways, choose, shadows, why_nothing
from simulator.portfolio_growth import Growth, grown
from simulator.portfolio_options import Aside, Gap, Limits, Option, sifted
from simulator.principles import FRIMLEY, Principle, mean_scores
from simulator.programme_terms import ProgrammeTerms, Shift
from simulator.programmes import RETURN, InvestmentPrinciple
from simulator.robust_choice import Candidate, Robustness, candidates
from simulator.shift_flows import gathered
from simulator.stopping import TEN_TO_NINETY, DecisionPoint, Uncertain, decision_point
from simulator.summary import quantiles

FUTURES = 2_000
"""Futures on which a portfolio is chosen and proved: the first of those at hand."""
UNITS = {RETURN: "£ of public cost avoided", "qalys": "QALYs"}
"""Measures in words; one that begins with a pound sign is told in millions of pounds."""
CHOSEN = "as chosen"
BREAKS_EVEN = {RETURN: 1.0, "qalys": 1 / POUNDS_PER_QALY[0]}
"""What £1 must buy to be worth it: a pound of public cost, or a QALY for £25,000, NICE's lower figure (V)."""
READING = 1.0
"""Error of one year's reading of an effect, in standard deviations of what is believed today: a judgement (J)."""


class Sum(NamedTuple):
    """A sum over all futures: its mean with the standard error of that, and its P10 and P90."""

    mean: float
    error: float
    low: float
    high: float


class BodyCash(NamedTuple):
    """What a choice does to one body's cash over the horizon, in nominal pounds; `body` is empty for the place as one.

    `net_cost` is what it pays for programmes less what it gets back as cash, agreements included: below nought, a gain.
    """

    body: str
    pays: float
    back: float
    net_cost: Sum


class Point(NamedTuple):
    """When to look again at one option of `pounds` a year; nothing is found where the measure has no break-even.

    `closer` is when, were each year's reading twice as exact.
    """

    option: str
    pounds: float
    found: DecisionPoint | None
    closer: DecisionPoint | None


@dataclass(frozen=True)
class PortfolioReport:
    """What to choose within the room there is, on `paths` futures, and all that bears on it.

    `value` is in `unit`, `cash` in pounds by body, the place last; they are never added together. `wanted` is what the
    mean alone would choose before the proof, so that `wanted` less `value` is given up to be safe, and `growth` what
    more room than that the choice was then proved within. `scores` are of the choice by principle; `example_scores`
    names the options scored by the example. `both` is reckoned in proportion.
    """

    ground: Ground
    paths: int
    unit: str
    allowed: Allowed
    options: tuple[Option, ...]
    room: Limits
    proved: Proved
    growth: Growth
    wanted: float
    value: Sum
    cash: tuple[BodyCash, ...]
    shadows: Shadows
    stopped: Stopped | None
    both: Reallocation
    robust: tuple[Robustness, ...]
    aside: tuple[Aside, ...]
    points: tuple[Point, ...]
    scores: dict[str, float]
    example_scores: tuple[str, ...]

    @property
    def added(self) -> dict[str, float]:
        """What is added by option, in pounds a year at base-year prices; options with nothing left out."""
        return {option: more for option, more in self.proved.choice.added.items() if more > 0}

    @property
    def given_up(self) -> float:
        """What the choice buys less than the best on average within the same room, in `unit`."""
        return max(self.wanted - self.proved.choice.value, 0.0)

    @property
    def principles(self) -> tuple[InvestmentPrinciple, ...]:
        """The principles that the place scores programmes on."""
        return tuple(self.ground.stated.principles)


def portfolio_report(
    ground: Ground, allowed: Allowed, measure: str | None = None, total: float = np.inf
) -> PortfolioReport:
    """Return what to choose within the room there is, on the first `FUTURES` of the ground's futures.

    `measure` is `return` or the id of an outcome, the scenario's own if nothing is said; `total` the most new money, in
    pounds a year.

    Raises:
        ValueError: where no programme has the measure and it is not `return`.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    ground = replace(ground, sample=replace(ground.sample, paths=min(ground.sample.paths, FUTURES)))
    measure = ground.stated.measure if measure is None else measure
    if measure != RETURN and not any(measure in kind.outcomes for kind in ground.stated.interventions):
        raise ValueError(f"no intervention has the outcome `{measure}`")
    offered, room = options(ground, measure), limits(ground, allowed, total)
    first, found = choose(offered, room), proved(ground, (offered, room), allowed)
    found, growth = grown(ground, (offered, found.limits), allowed, found)
    within = found.limits if growth.times > 1 else room
    kept, aside = sifted(offered, room)
    unit = UNITS.get(measure, measure.replace("_", " "))
    return PortfolioReport(
        ground, ground.sample.paths, unit, allowed, offered, room, found, growth, first.value,
        value=summed(sum((one.value * found.choice.added[one.id] for one in kept), np.zeros(ground.sample.paths))),
        cash=_cash(ground, found),
        shadows=shadows(offered, found.limits, found.choice),
        stopped=why_nothing(offered, found.limits, found.choice),
        both=both_ways(offered, found.limits),
        robust=compared_on_duties(ground, (offered, within), _compared(offered, within, found)),
        aside=tuple(_told(ground, one, room, unit) for one in aside),
        points=tuple(_points(ground, kept, found, measure)),
        scores=mean_scores(offered, found.choice, _scored(ground)),
        example_scores=_by_example(ground),
    )  # fmt: skip


def summed(paths: Floats) -> Sum:
    """Return the mean, its standard error, P10 and P90 of a sum, `[path]`."""
    low, high = quantiles(paths, (10, 90))
    spread = float(paths.std(ddof=1)) if len(paths) > 1 else np.nan
    return Sum(float(paths.mean()), spread / float(np.sqrt(len(paths))), float(low), float(high))


def _cash(ground: Ground, found: Proved) -> tuple[BodyCash, ...]:
    """Return what the choice does to each body that it touches, projected whole, and to the place as one."""
    if found.choice.nothing:
        return ()
    sizes = tuple(found.choice.added.get(programme.id, 0.0) for programme in ground.terms.programmes)
    flows = gathered(ground.compiled, Shift(ground.terms, sizes), ground.sample)
    pays, back = (part[:-1].sum(axis=1) for part in (flows.purses.invest, flows.purses.back))
    net = -flows.gains.sum(axis=1)
    by_body = [
        BodyCash(body, float(pays[a].mean()), float(back[a].mean()), summed(net[a]))
        for a, body in enumerate(ground.compiled.agency_ids)
        if pays[a].any() or net[a].any()
    ]
    paid, got = (float(part.sum(axis=0).mean()) for part in (pays, back))
    return (*by_body, BodyCash("", paid, got, summed(net.sum(axis=0))))


def _scored(ground: Ground) -> list[Principle]:
    """Return the place's principles that go by scores."""
    return [Principle(one.id, one.name, "scored by the user") for one in ground.stated.principles if not one.proved]


def _compared(offered: tuple[Option, ...], room: Limits, found: Proved) -> tuple[Candidate, ...]:
    """Return what is compared, the choice first; what is the same as it, or alone buys nothing, is left out."""
    chosen = Candidate(CHOSEN, found.choice.added)
    others = [one for one in candidates(offered, room) if dict(one.added) != dict(chosen.added)]
    told = [one for one in others if any(one.added.values()) or one.name in ("cautious", "nothing")]
    return (chosen, *told)


def _told(ground: Ground, aside: Aside, room: Limits, unit: str) -> Aside:
    """Return why an option stands aside; a value that is missing is asked of each body that pays, by its sector."""
    stated = next(one for one in ground.stated.programmes if one.id == aside.option)
    silent = bool(ground.stated.weights) and not stated.reaches
    what = "whom it reaches" if silent else f"{unit} for £1"
    gaps = list[Gap]()
    for gap in aside.gaps:
        asked = [Gap(gap.option, what, body, room.sectors[body]) for body in stated.pays]
        gaps += asked if gap.what == "value" else [gap]
    return replace(aside, gaps=tuple(gaps))


def _points(ground: Ground, kept: tuple[Option, ...], found: Proved, measure: str) -> Iterator[Point]:
    """Yield when to look again at each option that is added to, or at each as proposed where none is."""
    programmes = {programme.id: programme for programme in ground.terms.programmes}
    for option in kept:
        added, programme = found.choice.added[option.id], programmes[option.id]
        if added > 0 or found.choice.nothing:
            pounds = added if added > 0 else programme.spend
            found_by = [_point(ground, (option, programme, pounds), measure, error) for error in (READING, READING / 2)]
            yield Point(option.id, pounds, *found_by)


def _point(
    ground: Ground, one: tuple[Option, ProgrammeTerms, float], measure: str, error: float
) -> DecisionPoint | None:
    """Return when readings of an option of some pounds would tell, the first once half of its effect is to be seen."""
    option, programme, pounds = one
    if measure not in BREAKS_EVEN:
        return None
    intervention = next(stated.intervention for stated in ground.stated.programmes if stated.id == option.id)
    lag = next(kind.lag.used for kind in ground.stated.interventions if kind.id == intervention)
    yearly = programme.scale + programme.once
    low, middle, high = map(float, quantiles(option.value, (10, 50, 90)))
    worth_it = BREAKS_EVEN[measure] * float(discounted(yearly[:, None], MONEY_RATE)[0])
    effect = Uncertain(low, middle, high, worth_it, error * (high - low) / TEN_TO_NINETY, max(1, ceil(lag)))
    return decision_point(effect, pounds * yearly[programme.start :])


def _by_example(ground: Ground) -> tuple[str, ...]:
    """Return the options that some principle scores by the example's tiers, as nobody has scored them."""
    tiered = {one.id for one in FRIMLEY if one.acts == "scored by tier"}
    wanted = tiered & {one.id for one in ground.stated.principles}
    return tuple(one.id for one in ground.stated.programmes if wanted - set(one.scores))
