"""Long work off the page: one registry for the whole process, of which a session holds ids only.

Work runs on a thread, is told when to stop and says how far it is; a page looks at it as often as it likes, and a tab
that was closed finds it again by its id. Nothing here knows of pages.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.blocks import RunCancelledError

State = Literal["running", "stopping", "done", "stopped", "failed"]
MOST_RUNNING, MOST_KEPT = 4, 40
"""Jobs at work at once in the whole process, and jobs remembered; beyond it those that ended first are forgotten."""
SHARE_TO_TELL = 0.02
"""The share of the work that must be done before the time left is told: before that it would be a guess."""
Progress = Callable[[int], None]
Cancelled = Callable[[], bool]
Work = Callable[[Progress, Cancelled], Any]


class TooManyJobsError(Exception):
    """As many jobs are at work as the machine is let do at once."""


@dataclass(frozen=True)
class Seen:
    """One job at one moment: parts done of how many, seconds since it began and seconds left where they can be told."""

    id: str
    title: str
    state: State
    done: int
    total: int
    seconds: float
    left: float | None
    error: str

    @property
    def share(self) -> float:
        """The share of the work that is done, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "stopped", "failed")


@dataclass
class _Job:
    title: str
    total: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    ended: float | None = None
    state: State = "running"
    stop: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: str = ""


class Jobs:
    """A registry of jobs; safe to use from any thread."""

    def __init__(self, most_running: int = MOST_RUNNING, most_kept: int = MOST_KEPT) -> None:
        """Begin with no job."""
        self._most_running, self._most_kept = most_running, most_kept
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}

    def start(self, title: str, total: int, work: Work) -> str:
        """Begin `work(progress, cancelled)` on a thread and return its id, which cannot be guessed.

        `progress(parts)` counts parts done; `cancelled()` says whether to stop, to which work answers by raising
        `RunCancelledError`.

        Raises:
            TooManyJobsError: when as many are at work as may be.
        """
        with self._lock:
            if sum(job.state in ("running", "stopping") for job in self._jobs.values()) >= self._most_running:
                raise TooManyJobsError(f"{self._most_running} jobs are at work already; stop one, or wait for it")
            self._forget_old()
            number, job = secrets.token_hex(16), _Job(title, total)
            self._jobs[number] = job
        threading.Thread(target=self._run, args=(job, work), name=f"job {title}", daemon=True).start()
        return number

    def look(self, number: str) -> Seen | None:
        """Return how a job stands, or nothing where it is not known here."""
        with self._lock:
            job = self._jobs.get(number)
            if job is None:
                return None
            seconds = (job.ended or time.monotonic()) - job.began
            share = job.done / job.total if job.total else 0.0
            told = job.state == "running" and SHARE_TO_TELL <= share < 1
            left = seconds * (1 - share) / share if told else None
            return Seen(number, job.title, job.state, job.done, job.total, seconds, left, job.error)

    def cancel(self, number: str) -> None:
        """Ask a job to stop; one that has ended stays as it is."""
        with self._lock:
            job = self._jobs.get(number)
            if job and job.state == "running":
                job.state = "stopping"
                job.stop.set()

    def result(self, number: str) -> Any:
        """Return what a job found.

        Raises:
            KeyError: when no such job is done.
        """
        with self._lock:
            job = self._jobs[number]
            if job.state != "done":
                raise KeyError(number)
            return job.result

    def wait(self, number: str, seconds: float) -> bool:
        """Wait until a job has ended, at most so long, and return whether it has."""
        job = self._jobs.get(number)
        return job is None or job.finished.wait(seconds)

    def _run(self, job: _Job, work: Work) -> None:
        def progress(parts: int) -> None:
            with self._lock:
                job.done = min(job.done + parts, job.total)

        state: State = "done"
        result, error = None, ""
        try:
            result = work(progress, job.stop.is_set)
        except RunCancelledError:
            state = "stopped"
        except MemoryError:
            state, error = "failed", "memory ran out; ask for fewer futures or cases"
        except Exception as failure:
            state, error = "failed", f"{type(failure).__name__}: {failure}"
        with self._lock:
            job.state, job.result, job.error, job.ended = state, result, error, time.monotonic()
        job.finished.set()

    def _forget_old(self) -> None:
        ended = sorted((job.ended, number) for number, job in self._jobs.items() if job.ended is not None)
        for _, number in ended[: max(len(self._jobs) - self._most_kept + 1, 0)]:
            del self._jobs[number]


JOBS = Jobs()
"""The registry of this process."""
