"""Who does the work of a batch: processes of this machine that leave when their parent dies, or a Dask cluster.

A worker makes units and returns their bytes; it never writes. It works only where its own code and libraries would
answer in the same way as those of the batch, and refuses all else by name.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from simulator.answers import Answers, answers
from simulator.blocks import Sample
from simulator.cases import Base, Piece
from simulator.compiled import CHARITY, ICB, LOCAL, TRUST, Floats
from simulator.digest import meaning
from simulator.leaving import serve
from simulator.problems import ScenarioError
from simulator.provenance import code_sha256, machine
from simulator.scenario import Scenario
from simulator.shared_luck import SharedLuck
from simulator.studies import Watched
from simulator.study_figures import NotWatchedError, Paths, along
from simulator.units import Head, Kept, Status, Unit, packed
from simulator.variants import MEASURES, holders

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "pydantic")
"""Libraries whose version may move a bit of an answer or of its file."""
METHODS = ("spawn", "forkserver")
"""How processes may be started; a fork of a process with threads may hang."""
PATIENCE = "10s"
"""How long a scheduler may take to answer."""
ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+(?:%\w+)?\]):(?P<port>[0-9]{1,5})")
"""What the address of a scheduler looks like; of anything else Dask says too much."""
MEMORY = "memory ran out"
AFTER = 1
HELD = {LOCAL: ("usable_reserves", 1.0), TRUST: ("cash", 1.0), CHARITY: ("free_reserves", 1.0), ICB: ("owed", -1.0)}
"""What a body of each regime holds, with its sign; an ICB holds nothing, and what it owes counts against it."""


class OtherCodeError(Exception):
    """A worker whose code or libraries are not those of the batch; the text names what differs."""


class NoCrewError(Exception):
    """A cluster that does not answer, has no workers, or cannot be asked from here."""


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
    """Some cases to be done together, with all that they need; `identity` is the code and libraries asked for.

    With `options` what each body holds at the plan's end is kept of every path.
    """

    identity: tuple[tuple[str, str], ...]
    base: Base
    pieces: dict[str, Piece]
    watched: tuple[Watched, ...]
    paths: int
    seed: int
    options: bool
    cases: tuple[Asked, ...]


class Made(NamedTuple):
    """What a worker made of a case: its unit's bytes, or why there is none; seconds on the clock; its peak memory."""

    key: str
    data: bytes
    error: str
    seconds: float
    peak: int


class _Own(threading.local):
    """Futures already drawn, for each thread its own: one may be told to forget what another still needs."""

    def __init__(self) -> None:
        self.luck = SharedLuck()


_OWN = _Own()


@cache
def identity() -> tuple[tuple[str, str], ...]:
    """Return the code, Python and libraries that an answer's bits rest on, by name."""
    python = ".".join(platform.python_version_tuple()[:2])
    return (("code", code_sha256()), ("Python", python), *((name, version(name)) for name in LIBRARIES))


@cache
def kind_of_machine() -> str:
    """Return the kind of machine this is, as far as it may move the last bit of a number."""
    found = machine()
    return f"{platform.system()} {platform.machine()}, {' '.join(found['simd'])}, {found['blas']}"


def work(task: Task) -> list[Made]:
    """Return a unit for every case of a task in order, ending early where memory runs out.

    Raises:
        OtherCodeError: when this worker's code or libraries are others than the batch's.
    """
    own = dict(identity())
    if other := [f"{name} {own.get(name)} for {asked}" for name, asked in task.identity if own.get(name) != asked]:
        where = f"process {os.getpid()} on {platform.node()}"
        raise OtherCodeError(f"worker {where} would answer otherwise than this batch: it has {'; '.join(other)}")
    done: list[Made] = []
    for asked in task.cases:
        started, data, error = time.perf_counter(), b"", ""
        try:
            data = packed(unit_of(task, asked))
        except MemoryError:
            _OWN.luck, error = SharedLuck(), MEMORY
        except Exception as fault:  # one case's fault must not cost the others their work
            error = f"{type(fault).__name__}: {fault}"
        done.append(Made(asked.key, data, error, time.perf_counter() - started, _peak()))
        if error == MEMORY:
            break
    return done


def unit_of(
    task: Task, asked: Asked, shared: SharedLuck | None = None, cancelled: Callable[[], bool] | None = None
) -> Unit:
    """Return the answer of one case; where its scenario is refused, the refusal.

    Luck is shared with the other cases of this thread, or with those that draw on `shared`.

    Raises:
        RunCancelledError: when `cancelled()` returns true.
    """
    started = time.perf_counter()

    def head(status: Status, digest: str) -> Head:
        return Head(asked.key, status, digest, time.perf_counter() - started, kind_of_machine())

    try:
        scenario = task.base.case([task.pieces[name] for name in asked.overlays], asked.sets)
        sample = Sample(task.paths, task.seed, 1, cancelled=cancelled)
        found = answers(scenario, sample, shared or _OWN.luck)
    except ScenarioError as error:
        return Unit(head("refused", ""), task.paths, task.seed, tuple(str(problem) for problem in error.problems))
    kept = _kept(task, scenario, found)
    return Unit(
        head("done", meaning(scenario)),
        task.paths,
        task.seed,
        (),
        found.agency_years,
        found.chances,
        kept,
        found.checks,
    )


def _kept(task: Task, scenario: Scenario, found: Answers) -> Kept:
    keeps = ~found.happened["duty_breached"][AFTER].any(axis=1)
    seen = Paths(found.compiled, scenario.place.id, found.kept, found.happened, found.missed)
    watched = {}
    for one in task.watched:
        try:
            watched[one.id] = along(one, seen)
        except NotWatchedError:
            continue  # an option may do without a body that is watched elsewhere
    place = keeps.all(axis=0) & ~found.missed[AFTER].any(axis=(0, 1))
    return Kept(found.compiled.agency_ids, keeps, place, watched, held_at_end(found) if task.options else None)


def held_at_end(found: Answers) -> Floats:
    """Return what every body holds at the plan's end after action, `[agency, path]` in pounds.

    It is usable reserves, cash or free reserves less all that was left unfunded on the way; of an integrated care board
    what it then owes, below nought. There are as many paths as are kept of each measure.
    """
    paths = min(amounts.shape[-1] for amounts in found.kept.values())
    held = np.zeros((len(found.compiled.agency_ids), paths))
    for regime, (measure, sign) in HELD.items():
        rows = found.compiled.slices[regime]
        if rows.stop > rows.start:
            start = holders(found.compiled, MEASURES[measure]).start
            own = found.kept[measure][AFTER, rows.start - start : rows.stop - start, -1, :paths]
            lacked = found.kept["unfunded_gap"][AFTER, rows, :, :paths].sum(axis=1)
            held[rows] = sign * own - (lacked if regime != ICB else 0.0)
    return held


@contextmanager
def pool(count: int, method: str = "spawn") -> Iterator[Crew]:
    """Give `count` processes of this machine, which leave when this process ends, however it ends.

    Raises:
        ValueError: when `method` is not one of `METHODS`.
    """
    if method not in METHODS:
        raise ValueError(f"processes are started by {' or '.join(METHODS)}, not {method}")
    context = multiprocessing.get_context(method)
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=serve)
    try:
        yield Crew(executor, count, f"{count} {'process' if count == 1 else 'processes'} of this machine")
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def dask(address: str) -> Iterator[Crew]:
    """Give the workers of a Dask cluster, by the address of its scheduler such as `tcp://10.0.0.5:8786`.

    Raises:
        NoCrewError: when the address is none, nobody answers there, it has no workers, or Dask is not installed here.
    """
    if not (match := ADDRESS.fullmatch(address)) or not 0 < int(match["port"]) < 2**16:
        raise NoCrewError(f"{address} is no address of a Dask scheduler: tcp://HOST:PORT, tls://HOST:PORT or HOST:PORT")
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError:
        raise NoCrewError("Dask is not installed here: pip install -e '.[cluster]'") from None
    # Made in two steps: one that fails half way is closed at once, or it complains when the process ends.
    client: Any = distributed.Client.__new__(distributed.Client)
    try:
        client.__init__(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:  # tls without its keys, other versions there
        with suppress(Exception):
            client.close()
        raise NoCrewError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        hands = sum(client.ncores().values())
        if not hands:
            raise NoCrewError(f"the scheduler at {address} has no workers yet: start some with `dask worker {address}`")
        yield Crew(client.get_executor(pure=False), hands, f"{hands} threads of the Dask cluster at {address}")


def _peak() -> int:
    """Return the greatest memory of this process so far in bytes, nought where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
