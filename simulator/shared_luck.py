"""Luck drawn once for many scenarios: those whose drivers are the same meet the same futures, so none is drawn twice.

What a lever, a plan, a stake or a dispute moves is no part of luck; what drivers and events are is. `luck_key` says
which scenarios may share, and `SharedLuck` keeps what was drawn, within a limit of memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverBlock, Future, futures
from simulator.events import Strikes, costed, strikes
from simulator.streams import VERSION, BlockDraws, CentralDraws, Draws

ROOM = 512 * 2**20
"""Bytes that drawn futures may take up unless the caller says otherwise."""


def luck_key(compiled: Compiled) -> str:
    """Return the digest of all that the drawing of drivers and events rests on: equal keys meet equal futures.

    Of stakes it is only who has one; what a body disputes moves no draw.
    """
    events = [
        [getattr(event, field.name) for field in fields(event) if field.name != "stake"] + [event.stake.any(axis=1)]
        for event in compiled.events
    ]
    rest = (compiled.agency_ids, compiled.horizon, compiled.drivers, compiled.met, compiled.review)
    shares = (compiled.budget_learning, compiled.own_risk_share)
    digest = blake2b(digest_size=16)
    for part in _said((VERSION, rest, shares, events)):
        digest.update(part)
    return digest.hexdigest()


def _said(value: Any) -> Iterator[bytes]:
    """Yield a value as bytes that no other value has: each with its kind and its length or shape."""
    if isinstance(value, np.ndarray):
        yield f"array {value.dtype} {value.shape};".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"{type(value).__name__};".encode()
        for field in fields(value):
            yield from _said(getattr(value, field.name))
    elif isinstance(value, tuple | list | frozenset):
        yield f"{type(value).__name__} {len(value)};".encode()
        for item in sorted(value) if isinstance(value, frozenset) else value:
            yield from _said(item)
    else:
        said = repr(value)
        yield f"{type(value).__name__} {len(said)} {said};".encode()


class KeptDraws:
    """The luck of some blocks, each stream drawn once and kept; what it gives must not be changed."""

    def __init__(self, draws: Draws) -> None:
        """Keep what `draws` gives."""
        self.draws, self.paths, self.lucky = draws, draws.paths, draws.lucky
        self.kept: dict[tuple[str, int, bool], Floats] = {}

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as uniforms."""
        return self._kept(name, rows, normal=False)

    def normals(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as standard normals."""
        return self._kept(name, rows, normal=True)

    def _kept(self, name: str, rows: int, *, normal: bool) -> Floats:
        key = (name, rows, normal)
        if key not in self.kept:
            drawn = (self.draws.normals if normal else self.draws.uniforms)(name, rows)
            drawn.flags.writeable = False
            self.kept[key] = drawn
        return self.kept[key]

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return sum(drawn.nbytes for drawn in tuple(self.kept.values()))


@dataclass(frozen=True)
class _Drawn:
    """One block as drawn: drivers nationally and for each body, and what strikes; `later` is what is drawn after."""

    futures: Mapping[tuple[int, int], Future]
    struck: Strikes
    later: KeptDraws
    own: int

    @property
    def size(self) -> int:
        """Bytes that it takes up, with what was drawn of it since."""
        return self.own + self.later.size


@dataclass(frozen=True)
class SharedPaths:
    """What `DriverPaths` is for one scenario, with luck shared."""

    shared: SharedLuck
    compiled: Compiled
    seed: int
    key: str

    def block(self, number: int, count: int = 1) -> DriverBlock:
        """Return `count` blocks from `number` on."""
        return self.shared.dressed(self.compiled, (self.key, self.seed, number, count))

    def central(self) -> DriverBlock:
        """Return the central case: one path on which every shock is nought."""
        return self.shared.dressed(self.compiled, (self.key, self.seed, 0, 0))


class SharedLuck:
    """Futures as drawn, kept by what they rest on, seed and block, within `room` bytes; the oldest used leave first.

    Several threads may ask at once.
    """

    def __init__(self, room: int = ROOM) -> None:
        """Keep at most `room` bytes; nothing is drawn yet."""
        self.room, self.drawn = room, 0
        self._kept: OrderedDict[tuple[str, int, int, int], _Drawn] = OrderedDict()
        self._lock = Lock()

    def paths(self, compiled: Compiled, seed: int) -> SharedPaths:
        """Return the recipe of a scenario's futures, in place of `DriverPaths(compiled, seed)`."""
        return SharedPaths(self, compiled, seed, luck_key(compiled))

    def block(self, compiled: Compiled, seed: int, number: int, count: int = 1) -> DriverBlock:
        """Return what `DriverPaths(compiled, seed).block` does, bit for bit, drawn only if it must be."""
        return self.paths(compiled, seed).block(number, count)

    def central(self, compiled: Compiled) -> DriverBlock:
        """Return what `DriverPaths(compiled, 0).central()` does: the one path on which every shock is nought."""
        return self.paths(compiled, 0).central()

    def dressed(self, compiled: Compiled, which: tuple[str, int, int, int]) -> DriverBlock:
        """Return a kept block in a scenario's own terms: `which` is key, seed, block and count (nought: central)."""
        drawn = self._drawn(compiled, which)
        events = costed(compiled, drawn.struck, drawn.later.paths)
        return DriverBlock(compiled.drivers, dict(drawn.futures), events, drawn.later, compiled.disputed)

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            return sum(drawn.size for drawn in self._kept.values())

    def _drawn(self, compiled: Compiled, which: tuple[str, int, int, int]) -> _Drawn:
        with self._lock:
            if which in self._kept:
                self._kept.move_to_end(which)
                return self._kept[which]
        _, seed, number, count = which
        drawn = _draw(compiled, BlockDraws(seed, number, count) if count else CentralDraws())
        with self._lock:
            self.drawn += 1
            kept = self._kept.setdefault(which, drawn)
            self._make_room(which)
        return kept

    def _make_room(self, newest: tuple[str, int, int, int]) -> None:
        """Let go of the oldest used until all fit; what is in use stays with whoever uses it."""
        total = sum(drawn.size for drawn in self._kept.values())
        for which in [which for which in self._kept if which != newest] + [newest]:
            if total <= self.room:
                return
            total -= self._kept.pop(which).size


def _draw(compiled: Compiled, draws: Draws) -> _Drawn:
    """Draw one block. Streams that make drivers and events are spent here; those asked for later are kept."""
    struck = strikes(compiled, draws)
    found = futures(compiled, draws, struck)
    sizes = [size for sizes in struck.sizes for size in sizes if size is not None]
    # Drivers that share a level share its array, and one without noise may be no new array at all.
    arrays = {id(part): part for future in found.values() for part in (future.level, future.expected)}
    own = sum(part.nbytes for part in (*arrays.values(), *sizes, *struck.jumps.values()))
    for part in (*arrays.values(), *sizes):
        part.flags.writeable = False
    return _Drawn(found, struck, KeptDraws(draws), own)
