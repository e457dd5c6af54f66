"""One driver held at its central path while all else turns out as it did: what that driver by itself did.

What follows a driver, such as earnings prices or fees the living wage, keeps the course it took: the answer is what the
driver does to budget lines directly, so that the parts add up but for what they do together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverBlock, Future
from simulator.events import EventBlock
from simulator.margins import Body
from simulator.one_driver import SAVINGS, Levers

EVENTS = "events"


@dataclass(frozen=True)
class Part:
    """Something that chance moves and that can be held: a driver by its place, savings delivered, or dated risks."""

    id: str
    name: str
    driver: int | None = None


def parts(levers: Levers) -> tuple[Part, ...]:
    """Return all that chance moves in a body and that can be held at its central path."""
    compiled, body = levers.compiled, levers.body
    found = [Part(lever.id, lever.name, lever.driver) for lever in levers.all]
    if any(event.driver is None and event.stake[body.row].any() and event.chance.any() for event in compiled.events):
        found.append(Part(EVENTS, "Dated risks, such as a failed care provider"))
    return tuple(found)


def without(
    compiled: Compiled, body: Body, part: Part, block: DriverBlock, central: DriverBlock
) -> tuple[Compiled, DriverBlock]:
    """Return terms and drivers in which one part is held at its central path, that of `central` (one path).

    A driver is held for everyone. Risks that strike through a driver are that driver's; spending reviews are grants'.
    """
    if part.driver is not None:
        return compiled, _driver(block, part.driver, central)
    if part.id == SAVINGS:
        held = compiled.delivery
        assert held is not None
        return replace(compiled, delivery=replace(held, held=frozenset({body.row}))), block
    return compiled, replace(block, events=_none(block.events))


def _driver(block: DriverBlock, driver: int, central: DriverBlock) -> DriverBlock:
    """Return the drivers of a block with one at its central path, in every body's version."""
    shape = next(iter(block.futures.values())).level.shape
    held = {
        key: Future(np.broadcast_to(future.level, shape), np.broadcast_to(future.expected, shape))
        for key, future in central.futures.items()
        if key[1] == driver
    }
    return replace(block, futures={**block.futures, **held})


def _none(events: EventBlock) -> EventBlock:
    """Return what events do with nothing that strikes a body itself."""
    nought: Floats = np.zeros_like(events.cost)
    return replace(events, cost=nought, expected=nought, national=nought)
