"""Who does the work of a batch: processes of this machine that leave when their parent dies, or a Dask cluster.

A worker makes units and returns their bytes; it never writes. It does only what its own code and libraries would
answer in the same way as those of the batch, and refuses all else by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from simulator.cases import Base, Piece
from simulator.studies import Watched


@dataclass(frozen=True)
class Crew:
    """An executor, how many tasks it does at once, and what to call it."""

    executor: Executor
    hands: int
    name: str


class Asked(NamedTuple):
    """One case as a worker meets it: the key of its unit, its overlays by name and the values set."""

    key: str
    overlays: tuple[str, ...]
    sets: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """Some cases to be done together, with all that they need; `identity` is the code and libraries asked for."""

    identity: tuple[tuple[str, str], ...]
    base: Base
    pieces: dict[str, Piece]
    watched: tuple[Watched, ...]
    paths: int
    seed: int
    options: bool
    cases: tuple[Asked, ...]


class Made(NamedTuple):
    """What a worker made of a case: its unit's bytes, or why there is none; CPU seconds; greatest memory in bytes."""

    key: str
    data: bytes
    error: str
    seconds: float
    peak: int


def work(task: Task) -> list[Made]:
    """Return a unit for every case of a task, as far as memory allows.

    Raises:
        OtherCodeError: when this worker's code or libraries are others than the batch's.
    """
    raise NotImplementedError


@contextmanager
def pool(count: int, method: str = "spawn") -> Iterator[Crew]:
    """Give `count` processes of this machine, which leave when this process ends, however it ends."""
    raise NotImplementedError


@contextmanager
def dask(address: str) -> Iterator[Crew]:
    """Give the workers of a Dask cluster, by the address of its scheduler such as `tcp://10.0.0.5:8786`."""
    raise NotImplementedError
