"""Dated risks: whether they strike, how large they are, and what they cost whom and when.

Each event has one stream with four rows a year, one for occurrence and three for severity, all used
by inverse distribution function and all drawn whether or not the event strikes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from simulator.compiled import Compiled, EventTerms, Floats, ReviewTerms
from simulator.streams import Draws

ROWS = 4


@dataclass(frozen=True)
class EventBlock:
    """What events do on one block of paths; costs `[agency, year, path]` in pounds, jumps `[year, path]`."""

    jumps: dict[int, Floats]
    cost: Floats
    expected: Floats
    national: Floats
    review: Floats | None
    review_known: Floats | None


def triangle(u: Floats, low: float, mode: float, high: float) -> Floats:
    """Return the inverse of a triangular distribution function at `u`."""
    width = high - low
    if width == 0:
        return np.full_like(u, low)
    turn = (mode - low) / width
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u < turn, rising, falling)


@dataclass(frozen=True)
class Strikes:
    """What strikes on one block before it costs anybody anything: the net size `[year, path]` by event, then by body.

    A national event strikes all bodies alike, so it stands once; a body without a stake in a local event has None.
    `jumps` are events that move a driver, by driver.
    """

    sizes: tuple[tuple[Floats | None, ...], ...]
    jumps: dict[int, Floats]
    review: Floats | None
    review_known: Floats | None


def strikes(compiled: Compiled, draws: Draws) -> Strikes:
    """Return what strikes whom on one block of paths; of stakes it matters only whether there are any."""
    jumps: dict[int, Floats] = {}
    sizes = list[tuple[Floats | None, ...]]()
    for event in compiled.events:
        shared = _struck(event, draws, f"event/{event.id}") if event.national else None
        if event.driver is not None:
            assert shared is not None
            jumps[event.driver] = jumps.get(event.driver, 0.0) + shared
            sizes.append(())
        elif shared is not None:
            sizes.append((shared,))
        else:
            sizes.append(
                tuple(
                    _struck(event, draws, f"event/{event.id}/{agency}") if event.stake[a].any() else None
                    for a, agency in enumerate(compiled.agency_ids)
                )
            )
    review = _reviewed(compiled.review, draws) if compiled.review else (None, None)
    return Strikes(tuple(sizes), jumps, *review)


def costed(compiled: Compiled, struck: Strikes, paths: int) -> EventBlock:
    """Return what strikes cost whom, by each body's own stakes."""
    shape = (len(compiled.agency_ids), compiled.horizon, paths)
    cost, expected, national = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for event, sizes in zip(compiled.events, struck.sizes, strict=True):
        for a in range(len(compiled.agency_ids) if sizes else 0):
            hit = sizes[0 if event.national else a]
            if hit is None or not event.stake[a].any():
                continue
            paid, foreseen = _cost(event, event.stake[a], hit)
            cost[a] += paid
            expected[a] += foreseen
            if event.national:
                national[a] += paid
    return EventBlock(struck.jumps, cost, expected, national, struck.review, struck.review_known)


def _struck(event: EventTerms, draws: Draws, name: str) -> Floats:
    """Return the net size of what strikes in each year, `[year, path]`; nought where nothing does."""
    years = len(event.chance)
    u = draws.uniforms(name, ROWS * years).reshape(years, ROWS, draws.paths)
    if event.normal:
        size = event.normal[0] + event.normal[1] * ndtri(u[:, 1])
    else:
        assert event.triangle is not None
        size = triangle(u[:, 1], *event.triangle)
    if event.funded:
        low, high = event.funded
        size = size * (1 - (low + (high - low) * u[:, 2]))
    return np.where(u[:, 0] < event.chance[:, None], size, 0.0)


def _cost(event: EventTerms, stake: Floats, hit: Floats) -> tuple[Floats, Floats]:
    """Return the cost by year and the part of it that the budget could know, both `[year, path]`."""
    money = hit * stake[:, None] if event.fixed_when_struck else hit
    paid, foreseen = np.zeros_like(hit), np.zeros_like(hit)
    for age, weight in enumerate(event.profile):
        if weight:
            paid[age:] += weight * money[: len(money) - age]
            if age:
                foreseen[age:] += weight * money[: len(money) - age]
    if event.fixed_when_struck:
        return paid, foreseen
    return paid * stake[:, None], foreseen * stake[:, None]


def _reviewed(review: ReviewTerms, draws: Draws) -> tuple[Floats, Floats]:
    """Return the growth that reviews add by year, and what of it is known when budgets are set."""
    u = draws.uniforms("spending_review", len(review.starts))
    growth, known = np.zeros_like(u), np.zeros_like(u)
    held = np.zeros(draws.paths)
    for year, starts in enumerate(review.starts):
        known[year] = 0.0 if starts else held
        if starts:
            state = np.searchsorted(review.cumulative, u[year], side="right")
            held = review.growth[np.minimum(state, len(review.growth) - 1)]
        growth[year] = held
    return growth, known
