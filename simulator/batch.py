"""A study done case by case, so that nothing is lost: units stream to disk as they come, and a later start goes on.

Only this process writes. What it was told before the start, how far it is and what stopped it go to the caller.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, as_completed, wait
from contextlib import contextmanager, suppress
from itertools import islice

from simulator.batch_plan import Plan, plan, tasks
from simulator.batched import Batched, BatchRefusedError, BatchStoppedError, Estimate, Orders, Progress
from simulator.begun import NAME as MARK
from simulator.begun import OtherStudyError, refuse_other, write_mark
from simulator.blocks import RunCancelledError
from simulator.files import CannotWriteError, make_folder, names, remove, room_left
from simulator.leaving import TerminatedError
from simulator.locks import InUseError, alone
from simulator.study_file import LoadedStudy
from simulator.units import FOLDER, SUFFIX, Head, UnitError, head_in, head_of, path_of, write_unit
from simulator.workers import MEMORY, Asked, Crew, Made, OtherCodeError, Task, work

__all__ = ["BatchRefusedError", "BatchStoppedError", "Batched", "Estimate", "Orders", "Progress", "run_batch"]

BEAT = 0.2
"""Seconds between asking whether to stop."""
LATELY = 50
"""Cases whose time says how many go out together."""
TABLES = 2
"""How many times the size of the units the folder grows to: the tables made of them are about as large again."""
HALF_WRITTEN = ".tmp"
HALF = re.compile(r"\.\w+\.tmp")
"""Names of files half written, hidden, which are ours wherever they stand in a folder of ours."""
ENDED = "Stopped because the system asked it to end"
LOST = "A worker ended by itself, as the system makes them do when memory runs out; try fewer workers or paths"
TOO_LITTLE = "Memory ran out; try fewer workers or paths"


def run_batch(loaded: LoadedStudy, crew: Crew, orders: Orders) -> Batched:
    """Do every case of a study that has no sound unit in the folder yet, and return what there is.

    Raises:
        BatchRefusedError: when it cannot begin.
        BatchStoppedError: when it ends early, for whatever reason; what was done is safe.
        ScenarioError: when the study's base is refused.
    """
    planned = plan(loaded)
    try:
        make_folder(orders.folder / FOLDER)
        with alone(orders.folder):
            done = _Batch(planned, crew, orders).run()
    except (InUseError, OtherStudyError) as error:
        raise BatchRefusedError(str(error)) from None
    except CannotWriteError as error:
        raise BatchRefusedError(_spoken(error)) from None
    for empty in (orders.folder / FOLDER, orders.folder):
        remove(empty)  # where a folder holds anything, it stays
    return done


class _StoppedError(Exception):
    """Why a batch ends early."""


class _Batch:
    """One batch under way: what is done, what is out with workers, and when it began."""

    def __init__(self, planned: Plan, crew: Crew, orders: Orders) -> None:
        self.plan, self.crew, self.orders = planned, crew, orders
        self.began = self.shared_out = time.monotonic()
        self.heads: dict[str, Head] = {}
        self.failures: dict[str, str] = {}
        self.damaged: tuple[str, ...] = ()
        self.new: dict[str, int] = {}
        self.out: set[Future[list[Made]]] = set()
        self.spent: list[float] = []
        self.found = self.total = self.memory = self.tried = 0

    def run(self) -> Batched:
        """Look what is there, try two cases, say what the rest takes, and share it out."""
        self._look()
        asked = self.plan.waiting(set(self.heads))
        self.total = len(self.heads) + len(asked)
        try:
            with self._guarded():
                write_mark(self.orders.folder, self.plan)
                trial, rest = self._trial(asked)
                estimate = self._estimate(trial, rest)
                if not self.orders.told(estimate):
                    self._forget()
                elif TABLES * estimate.bytes > estimate.room:
                    needed = f"{TABLES * estimate.bytes:,} bytes are needed for the rest and its tables"
                    raise _StoppedError(f"The disk has room for {estimate.room:,} bytes; {needed}")
                else:
                    self._share_out(rest)
        except _StoppedError as stop:
            raise BatchStoppedError(self._words(str(stop))) from stop
        ids = {key: case.id for case, key in zip(self.plan.cases, self.plan.keys, strict=True)}
        return Batched(
            folder=self.orders.folder,
            cases=self.plan.cases,
            keys=self.plan.keys,
            watched=self.plan.task.watched,
            heads=self.heads,
            failures={ids[key]: why for key, why in self.failures.items()},
            damaged=self.damaged,
            found=self.found,
            made=len(self.new),
            seconds=time.monotonic() - self.began,
            memory=self.memory,
        )

    def _look(self) -> None:
        """Find the units that are there and sound, and sweep up what a killed batch left half written."""
        units = self.orders.folder / FOLDER
        standing = set(names(units, SUFFIX))
        refuse_other(self.orders.folder, self.plan, {name.removesuffix(SUFFIX) for name in standing})
        if standing and not self.orders.resume:
            where = f"{self.orders.folder} holds {len(standing):,} units of an earlier batch"
            raise BatchRefusedError(f"{where}: go on with it by --resume, or name another folder")
        for place in (units, self.orders.folder, self.orders.folder / "tables"):
            for half in filter(HALF.fullmatch, names(place, HALF_WRITTEN)):
                remove(place / half)
        damaged = []
        for key in dict.fromkeys(self.plan.keys):
            if f"{key}{SUFFIX}" in standing:
                try:
                    self.heads[key] = head_of(self.orders.folder, key)
                except UnitError as error:
                    damaged.append(str(error))
        self.damaged, self.found = tuple(damaged), len(self.heads)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn whatever ends the work into one reason, once what is in hand is safe where it can be."""
        try:
            yield
        except KeyboardInterrupt as stop:
            self._drain()
            ended = isinstance(stop, TerminatedError)
            raise _StoppedError(ENDED if ended else "Stopped from the keyboard") from stop
        except RunCancelledError:
            self._drain()
            raise _StoppedError("Stopped when asked") from None
        except CannotWriteError as error:
            raise _StoppedError(_spoken(error)) from error
        except BrokenExecutor as error:
            raise _StoppedError(LOST) from error
        except MemoryError as error:
            self._drain()
            raise _StoppedError(TOO_LITTLE) from error
        except _StoppedError:
            raise
        except OtherCodeError as error:
            raise _StoppedError(str(error)) from error
        except Exception as error:
            raise _StoppedError(f"{type(error).__name__}: {error}") from error
        finally:
            for future in self.out:
                future.cancel()

    def _trial(self, asked: list[Asked]) -> tuple[list[Made], list[Asked]]:
        """Do the first two cases, which are kept as any, and return what came of them and the cases left."""
        if not asked:
            return [], []
        self.tried = 1 if len(asked) == 1 else 2
        self._send(self.plan.together(asked[: self.tried]))
        return self._next(), asked[self.tried :]

    def _estimate(self, trial: list[Made], rest: list[Asked]) -> Estimate:
        """Return what the rest will take; what the first case took beyond the second was the drawing of its futures."""
        groups = self.plan.groups if trial else {}
        left = len({groups[one.key] for one in rest})
        each = self.spent[-1] if self.spent else 0.0
        alike = len(self.spent) == 2 and groups[trial[0].key] == groups[trial[1].key]
        drawing = max(self.spent[0] - each, 0.0) if alike else 0.0
        draws = min(left + self.crew.hands - 1, len(rest))
        size = max((self.new.get(made.key, 0) for made in trial), default=0)
        return Estimate(
            cases=self.total,
            paths=self.plan.task.paths,
            found=self.found,
            damaged=self.damaged,
            hands=self.crew.hands,
            seconds=(len(rest) * each + draws * drawing) / self.crew.hands,
            bytes=size * len(rest),
            room=room_left(self.orders.folder),
            memory=self.memory,
            groups=left,
        )

    def _share_out(self, rest: list[Asked]) -> None:
        """Keep every hand busy and one task waiting behind each, and write units as they come."""
        self.shared_out = time.monotonic()
        queue = tasks(self.plan, rest, self._pace, self.crew.hands)
        for task in islice(queue, 2 * self.crew.hands):
            self._send(task)
        while self.out:
            self._next()
            for task in islice(queue, 1):
                self._send(task)

    def _pace(self) -> float | None:
        """Return the seconds that a case has lately taken a worker; None before any was answered."""
        lately = self.spent[-LATELY:]
        return sum(lately) / len(lately) if lately else None

    def _send(self, task: Task) -> None:
        self.out.add(self.crew.executor.submit(work, task))

    def _next(self) -> list[Made]:
        """Keep the next task that is finished, asking all the while whether to stop."""
        while True:
            if self.orders.cancelled():
                raise RunCancelledError
            finished, _ = wait(self.out, BEAT, FIRST_COMPLETED)
            if finished:
                return self._keep(finished.pop())

    def _keep(self, future: Future[list[Made]]) -> list[Made]:
        """Write the units of a task, each whole or not at all; a future is out until all of its units are safe."""
        found = future.result()
        for made in found:
            self.memory = max(self.memory, made.peak)
            if made.error:
                self.failures[made.key] = made.error
                continue
            try:
                write_unit(self.orders.folder, made.key, made.data)
            except UnitError as error:
                self.failures[made.key] = str(error)
                continue
            self.heads[made.key], self.new[made.key] = head_in(made.data), len(made.data)
            if self.heads[made.key].status == "done":
                self.spent.append(made.seconds)
        self.out.discard(future)
        if any(made.error == MEMORY for made in found):
            raise MemoryError
        self.orders.progress(self._progress())
        return found

    def _progress(self) -> Progress:
        done = len(self.heads) + len(self.failures)
        ours, now = done - self.found - self.tried, time.monotonic()
        left = (now - self.shared_out) * (self.total - done) / ours if ours > 0 else None
        return Progress(done, self.total, now - self.began, left)

    def _drain(self) -> None:
        """Keep what workers have in hand; a second word from the keyboard leaves it."""
        with suppress(KeyboardInterrupt):
            for future in as_completed([future for future in self.out if not future.cancel()]):
                with suppress(Exception):
                    self._keep(future)

    def _forget(self) -> None:
        """Take away what was made only to be asked how long it takes."""
        for key in self.new:
            remove(path_of(self.orders.folder, key))
            self.heads.pop(key)
        self.new = {}
        if not self.found:
            remove(self.orders.folder / FOLDER / MARK)

    def _words(self, why: str) -> str:
        safe = sum(key in self.heads for key in self.plan.keys)
        where, why = self.orders.folder, why.removesuffix(".")
        again = self.orders.again or f"headroom batch STUDY --out {where} --resume"
        return f"{why}. {safe:,} of {len(self.plan.keys):,} cases are safe in {where}. Go on with: {again}"


def _spoken(error: CannotWriteError) -> str:
    return f"{error.filename}: {error.strerror}"
