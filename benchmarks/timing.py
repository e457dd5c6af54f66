"""Interleaved rounds and what they found: light, so that a fresh process is measured from a small one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Taken(NamedTuple):
    """What one piece of work took, in seconds and bytes."""

    seconds: float
    cpu: float
    peak: float = 0.0


class Figure(NamedTuple):
    """One quantity, a value a round, and the goal its median is held to, if any."""

    name: str
    unit: str
    values: list[float]
    goal: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where no goal is set."""
        middle = median(self.values)
        if self.least is None and self.most is None:
            return ""
        above = self.least is None or middle >= self.least
        return "met" if above and (self.most is None or middle <= self.most) else "missed"

    def row(self) -> str:
        """Return the figure as a line of the table."""
        low, middle, high = (f"{part:.3g}" for part in (min(self.values), median(self.values), max(self.values)))
        return f"{self.name:<52} {middle:>7} {f'{low} to {high}':>16} {self.unit:<9} {self.goal:<8} {self.verdict}"

    def record(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        kept = {"median": median(self.values), "low": min(self.values), "high": max(self.values)}
        judged = {"goal": self.goal, "verdict": self.verdict} if self.goal else {}
        return {"name": self.name, "unit": self.unit, **kept, **judged}


def taken(work: Callable[[], object]) -> Taken:
    """Do some work and return its elapsed and processor seconds."""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return Taken(time.perf_counter() - start, time.process_time() - cpu)


def rounds(count: int, works: dict[str, Callable[[], Taken]]) -> dict[str, list[Taken]]:
    """Do each piece of work once a round, in turn: A B A B."""
    found: dict[str, list[Taken]] = {name: [] for name in works}
    for _ in range(count):
        for name, work in works.items():
            found[name].append(work())
    return found


def ratios(above: list[Taken], below: list[Taken], field: str) -> list[float]:
    """Return the ratio of two kinds of work, round by round."""
    return [getattr(a, field) / getattr(b, field) for a, b in zip(above, below, strict=True)]


def spawned(*arguments: str) -> str:
    """Run a fresh interpreter from the project's folder and return what it printed.

    Raises:
        RuntimeError: when it fails; the text is what it said.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def command(*arguments: str) -> Taken:
    """Run a fresh interpreter and return what it and the processes that it started took; not on Windows."""
    from resource import RUSAGE_CHILDREN, getrusage

    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    spawned(*arguments)
    seconds, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    return Taken(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def fresh(work: str, paths: int) -> Taken:
    """Do some work in a fresh process and return what it took there, with its peak memory."""
    return Taken(*json.loads(spawned("-m", "benchmarks.workloads", work, str(paths))))
