"""What can be done to a body's terms from outside: drivers raised, an event made certain, savings half delivered.

The minimum stays as it was fixed before the run: only what happens changes, never what it is judged by.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.compiled import Compiled, DriverTerms, Floats
from simulator.drivers import NATIONAL, DriverBlock

MOSTLY_NATIONAL = 0.9
"""A driver whose system share is at least this is raised for everyone, which national funding answers in part."""


def place_of(compiled: Compiled, driver: str) -> int | None:
    """Return where a driver stands among those compiled, nothing where the scenario moves no money by it."""
    return next((k for k, terms in enumerate(compiled.drivers) if terms.id == driver), None)


def is_national(compiled: Compiled, row: int, driver: int) -> bool:
    """Return whether a driver is raised for everyone; an NHS body's payments follow what all have agreed, so its too.

    What only one council meets is answered by no national funding, so to raise it for that council alone is prudent.
    """
    terms = compiled.drivers[driver]
    return not terms.has_own or terms.system_share >= MOSTLY_NATIONAL or row >= compiled.slices["local_authority"].stop


def grown(terms: DriverTerms, points: Floats | float) -> Floats:
    """Return what `points` of growth above the central path are as surprises, `[year, ...]`: log points, or points."""
    if not terms.is_growth:
        level: Floats = np.zeros_like(terms.central)[:, None] + points
        return level
    faster: Floats = np.log1p(terms.central[:, None] + points) - np.log1p(terms.central[:, None])
    return faster


def raised(compiled: Compiled, row: int, driver: int, surprise: Floats) -> Compiled:
    """Return the terms with a driver surprised by year, `[year]` or `[year, path]`, for everyone or one body alone.

    Log points of growth, or points of a level. What follows a national driver follows its surprise too.
    """
    terms = compiled.drivers[driver]
    if is_national(compiled, row, driver):
        before = terms.surprise if surprise.ndim == 1 else terms.surprise[:, None]
        drivers = list(compiled.drivers)
        drivers[driver] = replace(terms, surprise=before + surprise)
        return replace(compiled, drivers=tuple(drivers))
    level = np.cumsum(surprise, axis=0) if terms.is_growth else surprise
    held = compiled.disputed.get((row, driver))
    if held is not None:
        level = level + (held if level.ndim == 1 else held[:, None])
    return replace(compiled, disputed={**compiled.disputed, (row, driver): level})


def certain(compiled: Compiled, event: str, year: int) -> Compiled:
    """Return the terms with one event sure to strike in a year, as large as chance has it; other years as they were."""
    events = []
    for terms in compiled.events:
        chance = terms.chance.copy()
        if terms.id == event:
            chance[year] = 1.0
        events.append(replace(terms, chance=chance))
    return replace(compiled, events=tuple(events))


def delivering(compiled: Compiled, row: int, share: float) -> Compiled:
    """Return the terms with a body's savings of every kind delivered at `share` on average, or less where they were."""
    held = compiled.delivery
    if held is None:
        return compiled
    means, planned = held.means.copy(), held.planned.copy()
    means[row] = np.minimum(means[row], share)
    planned[row] = False
    return replace(compiled, delivery=replace(held, means=means, planned=planned))


def deviation(compiled: Compiled, row: int, driver: int, block: DriverBlock) -> Floats:
    """Return how far a body's own luck takes a driver from its central path, `[year, path]`: log points, or points."""
    terms = compiled.drivers[driver]
    own = (row, driver) if (row, driver) in block.futures else (NATIONAL, driver)
    level, central = block.futures[own].level, terms.central
    path = np.cumsum(np.log1p(central)) if terms.is_growth else central
    away: Floats = level - path[:, None]
    return away


def steps(compiled: Compiled, driver: int, away: Floats) -> Floats:
    """Return a deviation as what each year adds to it, for a driver that grows; a level stays as it is."""
    return np.diff(away, axis=0, prepend=0.0) if compiled.drivers[driver].is_growth else away
