"""What a batch is asked for and what it gives back: where it goes, what it will take, how far it is, what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.designs import Case
from simulator.studies import Watched
from simulator.units import Head, Unit, read_unit


class BatchRefusedError(Exception):
    """A batch that was not begun: its folder is in use or holds another's work, or the disk has no room for it."""


class BatchStoppedError(Exception):
    """A batch that ended early; its text says why, how many cases are safe, and the command that goes on."""


@dataclass(frozen=True)
class Estimate:
    """What is known before the start: cases, those done before and damaged, and what the rest will take.

    `seconds` is time on the clock with `hands` at work, `bytes` the size of all units on disk, `room` what the disk
    has left, `memory` the greatest memory of one worker so far, in bytes. `damaged` names units to be done again.
    """

    cases: int
    paths: int
    found: int
    damaged: tuple[str, ...]
    hands: int
    seconds: float
    bytes: int
    room: int
    memory: int
    groups: int


@dataclass(frozen=True)
class Progress:
    """How far a batch is: cases done of how many, seconds since the start, seconds left where they can be told."""

    done: int
    total: int
    seconds: float
    left: float | None


@dataclass(frozen=True)
class Orders:
    """Where a batch goes and whom it tells: `told` before the start (false ends it there), then `progress`.

    `resume` lets it go on with what stands in the folder; `again` is the command that would do so, for messages;
    `cancelled()` is asked between tasks.
    """

    folder: Path
    resume: bool = False
    again: str = ""
    told: Callable[[Estimate], bool] = lambda _: True
    progress: Callable[[Progress], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Batched:
    """What a batch has: its cases and the key of each one's unit, in the design's order, and how it went.

    `heads` are by key; a case without one was not done: `failures` says why, by its id, or the batch was not begun.
    `found` units were there before, `made` are new, `damaged` were there and done again. Seconds are on the clock,
    `memory` is the greatest of one worker in bytes.
    """

    folder: Path
    cases: tuple[Case, ...]
    keys: tuple[str, ...]
    watched: tuple[Watched, ...]
    heads: dict[str, Head]
    failures: dict[str, str] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    found: int = 0
    made: int = 0
    seconds: float = 0.0
    memory: int = 0

    @property
    def complete(self) -> bool:
        """Whether every case has its unit, done or refused."""
        return all(key in self.heads for key in self.keys)

    @property
    def machines(self) -> tuple[str, ...]:
        """The kinds of machine that the units were made on; bits are promised within one kind."""
        return tuple(sorted({self.heads[key].machine for key in self.keys if key in self.heads}))

    def units(self) -> Iterator[tuple[Case, Unit]]:
        """Yield every case that has a unit with it, in order, read from disk and checked, one at a time.

        Raises:
            UnitError: when one is no longer as it was written.
        """
        for case, key in zip(self.cases, self.keys, strict=True):
            if key in self.heads:
                yield case, read_unit(self.folder, key)
