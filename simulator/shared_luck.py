"""Luck drawn once for many scenarios: those whose drivers are the same meet the same futures, so none is drawn twice.

What a lever, a plan, a stake or a dispute moves is no part of luck; what drivers and events are is. `luck_key` says
which scenarios may share, and `SharedLuck` keeps what was drawn, within a limit of memory. Positions before any choice
are kept beside it: `price_key` says which scenarios have the same, so that a study of levers prices once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial
from hashlib import blake2b
from threading import Lock
from types import FunctionType
from typing import Any

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverBlock, Future, futures
from simulator.events import Strikes, costed, strikes
from simulator.position import Position, price
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
    return _digest((VERSION, rest, shares, events))


def price_key(compiled: Compiled, luck: str) -> str:
    """Return the digest of all that pricing rests on: equal keys have equal positions on the same block and seed.

    `luck` is the scenario's `luck_key`. What a body holds and how managers, regimes and systems answer is no part of
    it.
    """
    agreed, council = compiled.agreed, compiled.council
    dealt = (agreed.payments, agreed.contracts, agreed.pools, agreed.shares)
    rules = (compiled.override, compiled.accommodation, compiled.collection_estimated)
    base = (council.entered_surplus, council.support_charge, [event.stake for event in compiled.events])
    spent = (compiled.pairs, compiled.lines, compiled.funding, compiled.disputed)
    return _digest((luck, dealt, rules, base, spent))


def _digest(value: Any) -> str:
    said: list[bytes] = []
    _say(value, said.append)
    return blake2b(b"".join(said), digest_size=16).hexdigest()


def _say(value: Any, say: Callable[[bytes], None]) -> None:
    """Say a value as bytes that no other value has: each part with its kind and its length or shape."""
    if isinstance(value, float | int | str | np.generic) or value is None:
        said = repr(value)
        say(f"{type(value).__name__} {len(said)} {said};".encode())
    elif isinstance(value, np.ndarray):
        say(f"array {value.dtype.str} {value.shape};".encode())
        say(value.tobytes())
    elif isinstance(value, tuple | list | frozenset):
        say(f"{type(value).__name__} {len(value)};".encode())
        for item in sorted(value) if isinstance(value, frozenset) else value:
            _say(item, say)
    elif is_dataclass(value):
        say(f"{type(value).__name__};".encode())
        for field in fields(value):
            _say(getattr(value, field.name), say)
    elif isinstance(value, dict):
        _say(sorted(value.items()), say)
    elif isinstance(value, partial):
        _say((value.func, value.args, value.keywords), say)
    elif isinstance(value, FunctionType):
        _say((value.__module__, value.__qualname__), say)
    else:
        raise TypeError(f"nothing says what a {type(value).__name__} is")


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
class _Priced:
    """The position of every body on one block, and the bytes that it takes up."""

    position: Position
    size: int


Which = tuple[str, int, int, int]
"""A key, the seed, the first block and how many: nought is the central case."""


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

    @cached_property
    def priced_by(self) -> str:
        """What positions are kept by."""
        return price_key(self.compiled, self.key)

    def position(self, block: DriverBlock, number: int = 0, count: int = 0) -> Position:
        """Return the position of every body on a block of this recipe, other rules left out; the central one if asked.

        It is shared, and must not be changed.
        """
        return self.shared.position(self.compiled, block, (self.priced_by, self.seed, number, count))


class SharedLuck:
    """Futures as drawn, kept by what they rest on, seed and block, within `room` bytes; the oldest used leave first.

    Positions leave before futures do, which take longer to make again. Several threads may ask at once.
    """

    def __init__(self, room: int = ROOM) -> None:
        """Keep at most `room` bytes; nothing is drawn yet."""
        self.room, self.drawn, self.priced = room, 0, 0
        self._drawn_kept: OrderedDict[Which, _Drawn] = OrderedDict()
        self._priced_kept: OrderedDict[Which, _Priced] = OrderedDict()
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

    def dressed(self, compiled: Compiled, which: Which) -> DriverBlock:
        """Return a kept block in a scenario's own terms: `which` is key, seed, block and count (nought: central)."""
        drawn = self._drawn(compiled, which)
        events = costed(compiled, drawn.struck, drawn.later.paths)
        return DriverBlock(compiled.drivers, dict(drawn.futures), events, drawn.later, compiled.disputed)

    def position(self, compiled: Compiled, block: DriverBlock, which: Which) -> Position:
        """Return what `price(compiled, block, ruled=False)` does; `which` has the `price_key` and says which block."""
        with self._lock:
            if which in self._priced_kept:
                self._priced_kept.move_to_end(which)
                return self._priced_kept[which].position
        position = price(compiled, block, ruled=False)
        arrays = {id(array): array for array in arrays_of(position)}.values()
        for array in arrays:
            array.flags.writeable = False
        with self._lock:
            self.priced += 1
            made = _Priced(position, sum(array.nbytes for array in arrays))
            kept = self._priced_kept.setdefault(which, made)
            self._make_room()
        return kept.position

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            return self._total()

    def _total(self) -> int:
        drawn = sum(one.size for one in self._drawn_kept.values())
        return drawn + sum(one.size for one in self._priced_kept.values())

    def _drawn(self, compiled: Compiled, which: Which) -> _Drawn:
        with self._lock:
            if which in self._drawn_kept:
                self._drawn_kept.move_to_end(which)
                return self._drawn_kept[which]
        _, seed, number, count = which
        drawn = _draw(compiled, BlockDraws(seed, number, count) if count else CentralDraws())
        with self._lock:
            self.drawn += 1
            kept = self._drawn_kept.setdefault(which, drawn)
            self._make_room()
        return kept

    def _make_room(self) -> None:
        """Let go of the oldest used until all fit; what is in use stays with whoever uses it."""
        total = self._total()
        while self._priced_kept and total > self.room:
            total -= self._priced_kept.popitem(last=False)[1].size
        while self._drawn_kept and total > self.room:
            total -= self._drawn_kept.popitem(last=False)[1].size


def arrays_of(position: Position) -> Iterator[Floats]:
    """Yield every array of a position, those of parts and of other rules left out; one may come more than once."""
    yield from (amount for amount in vars(position).values() if isinstance(amount, np.ndarray))
    yield from (part for views in (*position.pairs, *position.payments.views.values()) for part in views)
    yield from position.payments.worth.values()


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
