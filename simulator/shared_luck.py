"""Luck drawn once for many scenarios: those whose drivers are the same meet the same futures, so none is drawn twice.

What a lever, a plan, a stake or a dispute moves is no part of luck; what drivers and events are is. `luck_key` says
which scenarios may share, and `SharedLuck` keeps what was drawn, within a limit of memory.
"""

from __future__ import annotations

from simulator.compiled import Compiled
from simulator.drivers import DriverBlock, DriverPaths

ROOM = 512 * 2**20
"""Bytes that drawn futures may take up unless the caller says otherwise."""


def luck_key(compiled: Compiled) -> str:
    """Return the digest of all that the drawing of drivers and events rests on: equal keys meet equal futures."""
    raise NotImplementedError


class SharedLuck:
    """Futures as drawn, kept by what they rest on, seed and block, within `room` bytes; the oldest used leave first."""

    def __init__(self, room: int = ROOM) -> None:
        """Keep at most `room` bytes; nothing is drawn yet."""
        self.room = room

    def block(self, compiled: Compiled, seed: int, number: int, count: int = 1) -> DriverBlock:
        """Return what `DriverPaths(compiled, seed).block(number, count)` does, bit for bit, drawn only if it must be."""
        return DriverPaths(compiled, seed).block(number, count)

    def central(self, compiled: Compiled) -> DriverBlock:
        """Return what `DriverPaths(compiled, 0).central()` does: the one path on which every shock is nought."""
        return DriverPaths(compiled, 0).central()
