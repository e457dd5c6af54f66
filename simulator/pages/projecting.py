"""Runs made for the app, each once for all sessions: kept by our own digest of what the scenario says."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TypeVar

import pandas as pd
import streamlit as st

from simulator import three_answers, year_steps
from simulator.answers import Answers, answers
from simulator.blocks import Sample
from simulator.compiled import Bools, Floats
from simulator.digest import meaning
from simulator.jobs import Cancelled, Progress
from simulator.register_effects import Effect, register_effects
from simulator.run import Results, simulate
from simulator.scenario import Scenario
from simulator.section25 import Draft
from simulator.shared_luck import SharedLuck
from simulator.streams import BLOCK
from simulator.three_answers import ThreeAnswers

RUNS_KEPT, FIRST_KEPT, SEED, WORKERS = 16, 60, 1, 2
ROOM, LEAST_KEPT = 1_500_000_000, 4
"""Bytes that runs may hold together, and how many are kept whatever they hold: as many as are compared at once.

A run of 10,000 futures of ten bodies holds 375 MB.
"""
Found = TypeVar("Found")


def _paths(found: Answers) -> Iterator[Floats | Bools]:
    """Yield the arrays of a run that hold something of every path."""
    yield from found.kept.values()
    yield from found.happened.values()
    yield found.missed


class Kept:
    """What was found, by what it answers; that longest unused leaves first, and no two threads make the same."""

    def __init__(self, most: int = RUNS_KEPT) -> None:
        """Begin with none."""
        self.most, self.made = most, 0
        self._runs: OrderedDict[tuple[str, ...], object] = OrderedDict()
        self._making: dict[tuple[str, ...], Lock] = {}
        self._lock = Lock()

    def run(self, key: tuple[str, ...], kind: type[Found], make: Callable[[], Found]) -> Found:
        """Return what a key stands for, made if it is not at hand; arrays of a run are shared and read only."""
        while True:
            with self._lock:
                making = self._making.setdefault(key, Lock())
            with making:
                with self._lock:
                    # Whoever waited while another made it, or failed to, waits with those who came since.
                    if self._making.get(key) is not making:
                        continue
                    found = self._runs.get(key)
                    if found is not None:
                        self._runs.move_to_end(key)
                try:
                    if found is None:
                        found = make()
                        self._keep(key, found)
                finally:
                    with self._lock:
                        del self._making[key]
            assert isinstance(found, kind)
            return found

    def _keep(self, key: tuple[str, ...], found: object) -> None:
        if isinstance(found, Answers):
            for held in _paths(found):
                held.flags.writeable = False
        with self._lock:
            self._runs[key] = found
            self.made += 1
            while len(self._runs) > self.most or (len(self._runs) > LEAST_KEPT and self._held() > ROOM):
                self._runs.popitem(last=False)

    def _held(self) -> int:
        """Return how many bytes the paths of all runs kept hold."""
        return sum(array.nbytes for one in self._runs.values() if isinstance(one, Answers) for array in _paths(one))

    def has(self, key: tuple[str, ...]) -> bool:
        """Return whether what a key stands for is at hand."""
        with self._lock:
            return key in self._runs


RUNS, FIRST, LUCK = Kept(), Kept(FIRST_KEPT), SharedLuck()


class Bar:
    """A progress bar that moves while a run is made."""

    def __init__(self, paths: int) -> None:
        """Show an empty bar here on the page."""
        self.paths, self.done = paths, 0
        self.shown = st.empty()

    def __call__(self, blocks: int) -> None:
        """Count blocks of futures done and move the bar."""
        self.done = min(self.done + blocks * BLOCK, self.paths)
        self.shown.progress(self.done / self.paths, text=f"{self.done:,} of {self.paths:,} futures drawn")

    def close(self) -> None:
        """Take the bar away."""
        self.shown.empty()


def run(
    scenario: Scenario, paths: int, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Results:
    """Return all that a run of a scenario finds; a bar on the page shows how far it is, unless `progress` is told."""

    def make() -> Results:
        bar = None if progress else Bar(paths)
        told = progress or bar
        found = simulate(
            scenario, paths=paths, seed=SEED, workers=WORKERS, shared=LUCK, progress=told, cancelled=cancelled
        )
        if bar:
            bar.close()
        return found

    return RUNS.run(_run_key(scenario, paths), Results, make)


def at_hand(scenario: Scenario, paths: int) -> bool:
    """Return whether a run of a scenario is kept already."""
    return RUNS.has(_run_key(scenario, paths))


def _run_key(scenario: Scenario, paths: int) -> tuple[str, ...]:
    return "run", meaning(scenario), str(paths)


def quick(scenario: Scenario, paths: int) -> Answers:
    """Return money and chances of a scenario alone, on futures that other scenarios share: what follows a slider."""
    sample = Sample(paths, SEED, WORKERS)
    return RUNS.run(("answers", meaning(scenario), str(paths)), Answers, lambda: answers(scenario, sample, LUCK))


def digest(now: Answers) -> str:
    """Return the digest of what a run's scenario says, by which all that is found of it is kept."""
    return meaning(now.scenario)


def three(now: Answers, agency: str) -> ThreeAnswers:
    """Return the three answers for one local authority, on the futures of a run that is at hand."""
    key = ("three", meaning(now.scenario), str(now.paths), agency)
    return FIRST.run(key, ThreeAnswers, lambda: three_answers.three_answers(now, agency, WORKERS, LUCK))


def drafted(now: Answers, agency: str) -> tuple[Draft, ...]:
    """Return the draft grades of one body on the plan as approved, on the futures of a run that is at hand."""
    key = ("drafted", meaning(now.scenario), str(now.paths), agency)
    return FIRST.run(key, tuple, lambda: three_answers.drafted(now, agency, WORKERS, LUCK))


def steps(now: Answers) -> pd.DataFrame:
    """Return the steps to every year's gap of every body, of a run that is at hand."""
    key = ("steps", meaning(now.scenario), str(now.paths))
    return FIRST.run(key, pd.DataFrame, lambda: year_steps.every_step(now, LUCK))


def effect(scenario: Scenario, agency: str, address: str, paths: int) -> list[Effect]:
    """Return what one number at either end of its range does to a local authority; nothing where it has none."""
    key = ("effect", meaning(scenario), str(paths), agency, address)
    sample = Sample(paths, SEED, WORKERS)
    return FIRST.run(key, list, lambda: register_effects(scenario, agency, sample, address))
