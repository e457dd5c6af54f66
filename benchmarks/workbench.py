"""The same cases asked through EMA Workbench, as its user would: a case an experiment, or a path an experiment.

It is no dependency: `pip install '.[bench]'` brings it. A path an experiment is its own way with chance, each draw an
experiment of its own. That is made as light as can be: terms are compiled once and the luck of all paths is drawn
beforehand, so an experiment does nothing but price and project one path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from logging import CRITICAL
from typing import Any
from warnings import catch_warnings, simplefilter

from benchmarks.timing import ROOT
from simulator.compiled import Compiled, Floats
from simulator.drivers import draw_block
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.run import load_scenario, simulate
from simulator.scenario import Scenario
from simulator.shared_luck import KeptDraws
from simulator.streams import BLOCK, BlockDraws
from simulator.variants import VIEWS

MISSING = "EMA Workbench: NOT MEASURED, because it is not installed (pip install '.[bench]')"
PATHS, DRAWS, AFTER = 2_000, 100, 1
COUNCIL = "scenarios/blackburn-with-darwen.yaml"
OUTCOME = "unfunded_gap"


def found() -> bool:
    """Whether EMA Workbench is installed."""
    return find_spec("ema_workbench") is not None


def by_case(settings: Sequence[tuple[str, ...]], read: Callable[[tuple[str, ...]], Scenario]) -> list[float]:
    """Return the chance of an unmet gap in each case, each an experiment that reads and runs it whole."""

    def chance(case: int) -> dict[str, float]:
        results = simulate(read(settings[case]), paths=PATHS, workers=1)
        return {OUTCOME: float(results.happened[OUTCOME][AFTER, 0].any(axis=0).mean())}

    return _experiments(chance, "case", len(settings))


def by_draw(draws: int) -> list[float]:
    """Return whether the gap is unmet on each of the first paths, each an experiment."""
    return _experiments(lambda path: {OUTCOME: float(unmet(path))}, "path", draws)


def unmet(path: int) -> bool:
    """Return whether a gap is unmet in any year on one path of the council, after action, projected alone."""
    block = draw_block(_terms(), Column(_luck(path // BLOCK), path % BLOCK))
    outcome = project(_terms(), block, VIEWS, len(VIEWS), price(_terms(), block, ruled=False))
    return bool(outcome.outcomes[OUTCOME][AFTER, 0].any())


class Column:
    """The luck of one path of a block already drawn."""

    paths, lucky = 1, True

    def __init__(self, block: KeptDraws, column: int) -> None:
        self.block, self.column = block, slice(column, column + 1)

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the path's uniforms of a stream, `[rows, 1]`."""
        return self.block.uniforms(name, rows)[:, self.column]

    def normals(self, name: str, rows: int) -> Floats:
        """Return the path's normals of a stream, `[rows, 1]`."""
        return self.block.normals(name, rows)[:, self.column]


@cache
def _terms() -> Compiled:
    return compile_scenario(load_scenario(str(ROOT / COUNCIL)))


@cache
def _luck(block: int) -> KeptDraws:
    return KeptDraws(BlockDraws(1, block))


def _experiments(function: Callable[..., dict[str, float]], name: str, count: int) -> list[float]:
    """Perform one experiment for each whole number below `count`, one after the other, and return the outcomes."""
    with catch_warnings():
        simplefilter("ignore")  # it warns of parts of its own that are not installed
        ema: Any = import_module("ema_workbench")
    ema.ema_logging.log_to_stderr(CRITICAL)
    model = ema.Model("headroom", function=function)
    model.uncertainties = [ema.IntegerParameter(name, 0, count - 1)]
    model.outcomes = [ema.ScalarOutcome(OUTCOME)]
    designs = [ema.Scenario(str(i), **{name: i}) for i in range(count)]
    with redirect_stderr(StringIO()), ema.SequentialEvaluator(model) as evaluator:  # its bar of progress
        _, outcomes = evaluator.perform_experiments(scenarios=designs)
    return [float(value) for value in outcomes[OUTCOME]]
