"""Run a scenario: one function that the command line, the app, batches and notebooks all call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from simulator import summary
from simulator.compiled import Compiled, Floats
from simulator.compiling import compile_scenario
from simulator.drivers import DriverPaths
from simulator.identities import residuals
from simulator.money import HALF_PENNY
from simulator.place import Council
from simulator.projection import CORE, MEASURES, OUTCOMES, VIEWS, Outcome, Variant, project
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.streams import BLOCK

MOST_PATHS = 200_000
DETAILED_PATHS = 10_000
MOST_TOGETHER = 5

SWITCHES = (
    Variant("contribution one-off", acts=False, recurs=False),
    Variant("contribution recurrent", acts=False, recurs=True),
    Variant("usable share 25%", acts=False, usable_share=0.25),
    Variant("usable share 100%", acts=False, usable_share=1.0),
    Variant("no accommodation", acts=True, accommodated=False),
)
"""Judgements that decide the answer, each in place of what was entered, on the same paths."""
SWITCHED = ("reserves_below_minimum", "unfunded_gap")


def load_scenario(path: str, overlays: Sequence[str] = (), sets: Sequence[str] = ()) -> Scenario:
    """Return the scenario in a file, with overlays laid over it and then settings (`address=value`).

    Raises:
        ScenarioError: with every problem found.
    """
    return load(path, overlays, sets).scenario


class RunCancelledError(Exception):
    """The caller asked for the run to stop."""


@dataclass(frozen=True)
class Results:
    """What a run found. Tables are tidy and in pounds; `kept` holds paths `[view, agency, year, path]`."""

    scenario: Scenario
    compiled: Compiled
    paths: int
    seed: int
    agency_years: pd.DataFrame
    chances: pd.DataFrame
    switches: pd.DataFrame
    lines: pd.DataFrame
    kept: dict[str, Floats]
    checks: dict[str, float]

    def council(self, agency: str) -> Council:
        """Return the scenario's own record of an agency."""
        return next(body for body in self.scenario.agencies if body.id == agency)

    @property
    def checks_hold(self) -> bool:
        """Whether every identity held on every path to half a penny."""
        return all(residual < HALF_PENNY for residual in self.checks.values())


class _Gathered:
    """Arrays over all paths, filled block by block; each block owns its own columns."""

    def __init__(self, compiled: Compiled, paths: int) -> None:
        self.paths, self.detailed = paths, min(paths, DETAILED_PATHS)
        shape = (len(VIEWS), len(compiled.agency_ids), compiled.horizon)
        self.measures = {m: np.empty((*shape, paths if m in CORE else self.detailed)) for m in MEASURES}
        self.outcomes = {name: np.empty((*shape, paths), dtype=bool) for name in OUTCOMES}
        self.switched = {name: np.empty((len(SWITCHES), *shape[1:], paths), dtype=bool) for name in SWITCHED}
        self.pair_sums: dict[int, Floats] = {}
        self.checks: dict[int, dict[str, float]] = {}

    def add(self, number: int, outcome: Outcome, checks: dict[str, float]) -> None:
        """Copy the columns of the blocks from `number` on into place."""
        count = outcome.pair_sums.shape[2]
        start, stop = number * BLOCK, min((number + count) * BLOCK, self.paths)
        views = len(VIEWS)
        for name, amounts in outcome.measures.items():
            limit = min(stop, self.measures[name].shape[-1])
            if start < limit:
                self.measures[name][..., start:limit] = amounts[..., : limit - start]
        for name, happened in outcome.outcomes.items():
            self.outcomes[name][..., start:stop] = happened[:views, ..., : stop - start]
        for name, switched in self.switched.items():
            switched[..., start:stop] = outcome.outcomes[name][views:, ..., : stop - start]
        for i in range(count):
            self.pair_sums[number + i] = outcome.pair_sums[:, :, i]
        self.checks[number] = checks


def simulate(
    scenario: Scenario,
    *,
    paths: int = 10_000,
    seed: int = 1,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Results:
    """Project `scenario` over `paths` futures and return its tables.

    Results are the same bit for bit for any number of workers. `progress(blocks)` is called as
    that many more blocks of 1,000 paths finish; `cancelled()` is asked between them.

    Raises:
        ValueError: when `paths` is not between 1 and 200,000.
        RunCancelledError: when `cancelled()` returns true.
    """
    if not 1 <= paths <= MOST_PATHS:
        raise ValueError(f"paths is {paths:,}; it lies between 1 and {MOST_PATHS:,}, beyond which memory runs short")
    compiled = compile_scenario(scenario)
    recipe = DriverPaths(compiled, seed)
    gathered = _Gathered(compiled, paths)
    blocks = -(-paths // BLOCK)
    # Calls on 1,000 paths are so short that threads would wait for one another; some blocks go together.
    together = max(1, min(MOST_TOGETHER // len(compiled.agency_ids), -(-blocks // workers)))

    def work(number: int) -> int:
        count = min(together, blocks - number)
        outcome = project(compiled, recipe.block(number, count), VIEWS + SWITCHES)
        gathered.add(number, outcome, residuals(compiled, outcome))
        return count

    starts = range(0, blocks, together)
    _each(work, starts, workers, progress or (lambda done: None), cancelled or (lambda: False))
    central = project(compiled, recipe.central())
    return _results(scenario, compiled, gathered, central, seed)


def _each(
    work: Callable[[int], int],
    starts: range,
    workers: int,
    progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> None:
    """Do all blocks on `workers` threads, never holding more than a few in hand."""
    queue = iter(starts)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running: set[Future[int]] = {pool.submit(work, number) for number in islice(queue, workers)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                progress(future.result())
            if cancelled():
                raise RunCancelledError("the run was stopped when asked")
            running |= {pool.submit(work, number) for number in islice(queue, len(finished))}


def _results(scenario: Scenario, compiled: Compiled, gathered: _Gathered, central: Outcome, seed: int) -> Results:
    names = tuple(view.name for view in VIEWS)
    sums = sum((gathered.pair_sums[number] for number in sorted(gathered.pair_sums)), start=np.zeros(1))
    drawn = len(gathered.pair_sums) * BLOCK
    if drawn < gathered.paths:
        raise RuntimeError(f"only {drawn:,} of {gathered.paths:,} paths were projected")
    switches = summary.chances(compiled, tuple(switch.name for switch in SWITCHES), gathered.switched)
    found = residuals(compiled, central)
    checks = {f"central_{name}": residual for name, residual in found.items()}
    # A residual that is not a number stays one, so that it can never pass for nought.
    checks |= {name: float(np.max([block[name] for block in gathered.checks.values()])) for name in found}
    return Results(
        scenario=scenario,
        compiled=compiled,
        paths=gathered.paths,
        seed=seed,
        agency_years=summary.agency_years(compiled, names, gathered.measures, central.measures),
        chances=summary.chances(compiled, names, gathered.outcomes),
        switches=switches.rename(columns={"view": "switch"}),
        lines=summary.line_means(compiled, sums, central.pair_sums[:, :, 0], drawn),
        kept=gathered.measures,
        checks=checks,
    )
