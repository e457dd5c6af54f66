"""A place's own programmes as options, the room of its bodies as limits, and a choice proved on the engine's futures.

Net cost for £1 is what a programme alone does at its proposed size, divided by that size; steps of capacity make it no
more than near for other sizes, so what is chosen is projected whole before it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample
from simulator.bodies import used
from simulator.bought import bought
from simulator.common_measure import inequality_weighted
from simulator.compiled import REGIMES, Bools, Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.headroom import Allowed, central_spending
from simulator.option_choice import price_of_robustness
from simulator.portfolio import Choice, choose
from simulator.portfolio_options import Limits, Option
from simulator.position import price
from simulator.prevention import flows
from simulator.principles import example_scores
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms, ProgrammeTerms, Shift
from simulator.programmes import RETURN, Prevention, Programme
from simulator.projection import project
from simulator.robust_choice import Candidate, Robustness, compared
from simulator.shift_sizes import no_shift
from simulator.shift_trials import Judged, judged
from simulator.streams import BLOCK
from simulator.variants import Given, Variant
from simulator.workforce import left

ROOM_SHARES = tuple(0.04 * 3.0**-k for k in range(7, -1, -1))
"""Yearly costs tried on every body, as shares of its spending: from 0.002% to 4%, each three times the last."""
FINER = 5
"""Costs tried between the last that a body bears and the first that it does not."""
SECTORS = dict(
    zip(REGIMES, ("local government, police and fire", "NHS commissioners", "NHS trusts", "charities"), strict=True)
)
TURNS = 8
KEEPS = 0.7
"""What a body that fails the proof keeps of its room for the next turn."""


@dataclass(frozen=True)
class Ground:
    """A place ready for a portfolio: its programmes, what is stated of them, and the futures they are tried on."""

    compiled: Compiled
    terms: PreventionTerms
    stated: Prevention
    sample: Sample


class Proved(NamedTuple):
    """A choice, what it does to every body on the engine's own futures, and the room it was chosen within.

    `held_back` are bodies whose room was cut since they failed; `safe` says whether all pass at last.
    """

    choice: Choice
    met: Judged | None
    limits: Limits
    held_back: tuple[str, ...]
    safe: bool


def options(ground: Ground, measure: str = RETURN) -> tuple[Option, ...]:
    """Return each programme, fully staffed, as an option valued by an outcome of the library or by its gross return.

    The value of £1 a year is what it buys for as long as it runs within the horizon (`bought.py`), discounted as health
    or money is; a programme for which the library has no such outcome has no known value. How well it works moves
    outcome and return alike. No optimism is taken off outcomes: their ranges stand as published. Staff are left to the
    limits.
    """
    unbound = replace(ground.terms, programmes=tuple(replace(one, staff={}) for one in ground.terms.programmes))
    net: list[list[Floats]] = [[] for _ in ground.terms.programmes]
    value: list[list[Floats]] = [[] for _ in ground.terms.programmes]
    recipe, paths = DriverPaths(ground.compiled, ground.sample.seed), ground.sample.paths
    for number in range(-(-paths // BLOCK)):
        ground.sample.stop_if_asked()
        block, wanted = recipe.block(number, 1), min(BLOCK, paths - number * BLOCK)
        scene = Scene(ground.compiled, unbound, block, price(ground.compiled, block))
        for p, programme in enumerate(ground.terms.programmes):
            size = programme.spend or programme.most
            sizes = np.where(np.arange(len(net)) == p, size, 0.0)
            alone = flows(scene, tuple(sizes))
            net[p].append(alone.net[..., :wanted] / size)
            value[p].append(bought(scene, ground.stated, p, measure, (size, alone))[:wanted])
    return tuple(
        _option(ground, programme, np.concatenate(net[p], axis=2), np.concatenate(value[p]))
        for p, programme in enumerate(ground.terms.programmes)
    )


def _option(ground: Ground, programme: ProgrammeTerms, net_cost: Floats, value: Floats) -> Option:
    stated = next(one for one in ground.stated.programmes if one.id == programme.id)
    present = used(stated.present)
    return Option(
        programme.id,
        programme.name,
        least=0.0,
        most=present + programme.most,
        chunk=used(stated.least_step),
        net_cost=net_cost,
        value=_by_who_gains(ground, stated, value),
        staff={ground.terms.staff[g].id: posts * programme.scale for g, posts in programme.staff.items()},
        scores=_scores(ground, stated),
        one_list=frozenset(_counted(stated)),
        present=present,
    )


def _by_who_gains(ground: Ground, stated: Programme, value: Floats) -> Floats:
    """Return value by the weights of who gains; unknown where there are weights and nobody says who gains."""
    weights = {group: weight.used for group, weight in ground.stated.weights.items()}
    if not weights:
        return value
    gainers = {group: share.used for group, share in stated.reaches.items()}
    return inequality_weighted(value, gainers, weights) if gainers else np.full_like(value, np.nan)


def _scores(ground: Ground, stated: Programme) -> dict[str, float]:
    """Return a programme's scores by the place's principles: its own, or the example's where it has none."""
    kind = next(kind for kind in ground.stated.interventions if kind.id == stated.intervention)
    cashable = sum(gain.share.used * gain.cashable.used for gain in kind.gains)
    example = example_scores(kind.tier, kind.evidence_grade, min(cashable, 1.0))
    found = example | {name: score.used for name, score in stated.scores.items()}
    return {one.id: found[one.id] for one in ground.stated.principles if one.id in found}


def _counted(stated: Programme) -> list[str]:
    return [f"{body}: {saving}" for body, savings in stated.counted_in.items() for saving in savings]


def limits(ground: Ground, allowed: Allowed, total: float = np.inf) -> Limits:
    """Return what the place's bodies and staff leave room for.

    Each body has its flat room in every year; posts are those that existing services leave.
    """
    room = rooms(ground, allowed)
    activity = ground.terms.staff_activity
    staff = {
        group.id: np.maximum(left(group, activity[g][:, None] if activity else None)[:, 0], 0.0)
        for g, group in enumerate(ground.terms.staff)
    }
    compiled, stated = ground.compiled, ground.stated
    return Limits(
        compiled.agency_ids,
        tuple(map(str, compiled.years)),
        np.repeat(room[:, None], compiled.horizon, axis=1),
        staff,
        total,
        least_scores={one.id: one.least.used for one in stated.principles if one.least},
        counted=frozenset(saving for one in stated.programmes for saving in _counted(one)),
        sectors={body: SECTORS[kind] for kind, at in compiled.slices.items() for body in compiled.agency_ids[at]},
    )


def rooms(ground: Ground, allowed: Allowed) -> Floats:
    """Return each body's room, `[agency]`: pounds of net cost that it could bear in every year.

    It is the greatest flat yearly cost, of those tried from the first programme's year on, that keeps its rise of
    breach and of expected shortfall within what is allowed in every year, after action; all bodies bear theirs at
    once. The greatest tried stands where none fails. A cost that stays below its room in every year weighs no more
    than the flat one.
    """
    spending = central_spending(ground.compiled)
    first = np.array([0.0, *ROOM_SHARES])[:, None] * spending[:, ground.terms.start]
    low, high = _between(ground, allowed, first)
    return _between(ground, allowed, np.linspace(low, high, FINER + 2)[:-1])[0]


def _between(ground: Ground, allowed: Allowed, costs: Floats) -> tuple[Floats, Floats]:
    """Return the last cost of an unbroken run that each body bears and the next, `[agency]`, of `[cost, agency]`.

    The first cost is one that is borne.
    """
    start = ground.terms.start
    tried = [_burdened(ground.compiled, start, cost) for cost in costs[1:]]
    met = judged(ground.compiled, (no_shift(), *tried), ground.sample, start)
    holds = _passes(met, central_spending(ground.compiled), allowed)[1:]
    last = np.logical_and.accumulate(holds, axis=0).sum(axis=0)
    bodies = np.arange(costs.shape[1])
    return costs[last, bodies], costs[np.minimum(last + 1, len(costs) - 1), bodies]


def _burdened(compiled: Compiled, start: int, cost: Floats) -> Variant:
    """Return the variant in which every body bears a flat yearly cost from a year on."""
    years = (0.0,) * start
    given = [
        Given(agency, gap=(*years, *(-float(cost[a]),) * (compiled.horizon - start)))
        for a, agency in enumerate(compiled.agency_ids)
    ]
    return replace(no_shift(), name=f"cost_{cost.sum():.0f}", given=given[0], also=tuple(given[1:]))


def _passes(met: Judged, spending: Floats, allowed: Allowed) -> Floats:
    """Return whether each body stays within what is allowed in every year, `[variant, agency]`."""
    rise = (met.rise <= allowed.breach_rise + 1e-12).all(axis=2)
    # A rise of a sum that is a rounding of nought is none, as for headroom.
    short = (met.short_rise <= allowed.short_limit * spending + 0.005).all(axis=2)
    return np.asarray(rise & short)


def proved(ground: Ground, chosen: tuple[tuple[Option, ...], Limits], allowed: Allowed) -> Proved:
    """Return the choice within limits that keeps every body as safe as is allowed, projected whole.

    A body that fails loses part of its room and the choice is made again, a few times over: safe if it says so, and
    not proven the best of the safe.
    """
    options, limits = chosen
    spending, held = central_spending(ground.compiled), list[str]()
    for _ in range(TURNS):
        choice = choose(options, limits)
        if choice.nothing:
            return Proved(choice, None, limits, tuple(dict.fromkeys(held)), True)
        sizes = tuple(choice.added.get(programme.id, 0.0) for programme in ground.terms.programmes)
        shift = Variant("portfolio", True, shift=Shift(ground.terms, sizes))
        met = judged(ground.compiled, (no_shift(), shift), ground.sample, ground.terms.start)
        passes = _passes(met, spending, allowed)[1]
        if passes.all():
            return Proved(choice, met, limits, tuple(dict.fromkeys(held)), True)
        held += [body for body, holds in zip(limits.bodies, passes, strict=True) if not holds]
        kept = np.minimum(limits.headroom, np.maximum(choice.net_cost, 0.0).max(axis=1, keepdims=True)) * KEEPS
        limits = replace(limits, headroom=np.where(passes[:, None], limits.headroom, kept))
    return Proved(choice, met, limits, tuple(dict.fromkeys(held)), False)


def compared_on_duties(
    ground: Ground, chosen: tuple[tuple[Option, ...], Limits], found: Sequence[Candidate]
) -> tuple[Robustness, ...]:
    """Return how candidates do where a future satisfies if no duty that holds with nothing bought is broken.

    Any duty at all may be too much to ask: in many places some body breaks its own in nearly every future. Value and
    regret are those of the options; what is newly broken, and for whom most often, comes from the engine with each
    candidate as a shift, from the first programme's year on.
    """
    told, kept = compared(*chosen, found), _still_kept(ground, [_shift(ground, one) for one in found])
    whole, bodies = kept.all(axis=1).mean(axis=1), kept.mean(axis=2)
    first = (told[0].median, float(whole[0]))
    return tuple(
        replace(
            one,
            satisfied=float(whole[i]),
            worst_body=chosen[1].bodies[int(bodies[i].argmin())],
            worst_share=float(bodies[i].min()),
            no_worse=None,
            price=price_of_robustness(first, (one.median, float(whole[i]))),
        )
        for i, one in enumerate(told)
    )


def _still_kept(ground: Ground, shifts: Sequence[Variant]) -> Bools:
    """Return where a body breaks its duty in no year in which it keeps it without a shift, `[shift, agency, path]`."""
    recipe, paths = DriverPaths(ground.compiled, ground.sample.seed), ground.sample.paths
    variants, parts = (no_shift(), *shifts), []
    for number in range(-(-paths // BLOCK)):
        ground.sample.stop_if_asked()
        block, wanted = recipe.block(number, 1), min(BLOCK, paths - number * BLOCK)
        met = project(ground.compiled, block, variants, len(variants), price(ground.compiled, block))
        broken = met.outcomes["duty_breached"][:, :, ground.terms.start :, :wanted]
        parts.append(~(broken[1:] & ~broken[:1]).any(axis=2))
    return np.concatenate(parts, axis=2)


def _shift(ground: Ground, one: Candidate) -> Variant:
    """Return a candidate as a variant; one that buys nothing is no shift."""
    sizes = tuple(one.added.get(programme.id, 0.0) for programme in ground.terms.programmes)
    return Variant(one.name, True, shift=Shift(ground.terms, sizes) if any(sizes) else None)
