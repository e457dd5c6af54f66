"""What is timed: the scenario's own normals, the engine, and the plain double with the same tables.

`python -m benchmarks.workloads engine 100000` does one in a fresh process and prints what it took.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from functools import cache

from benchmarks import plain_double
from benchmarks.timing import ROOT, taken
from simulator import summary
from simulator.blocks import Sample
from simulator.compiled import Compiled, Floats
from simulator.drivers import draw_block
from simulator.examination import examine
from simulator.gathered import CONDITIONAL, DETAILED_PATHS, SWITCHED
from simulator.headroom import Allowed, curve
from simulator.prepared import compile_scenario
from simulator.programme_terms import PreventionTerms
from simulator.projection import project
from simulator.run import BRANCHES, simulate, treatments
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.shift_pass import passed, whole_sizes
from simulator.shift_report import allowed, ready
from simulator.shift_sizes import no_shift
from simulator.shift_trials import judged
from simulator.streams import BLOCK, BlockDraws
from simulator.stress_report import stress_report
from simulator.variants import CORE, MEASURES, OUTCOMES, VIEWS

SHIPPED = ROOT / "scenarios" / "blackburn-with-darwen.yaml"
BODIES = 12


@cache
def scenario(years: int = 10, bodies: int = 1) -> Scenario:
    """Return the shipped scenario over some years, its council entered once or several times."""
    shipped = load(SHIPPED).scenario
    first = shipped.agencies[0]
    copies = [first.model_copy(update={"id": f"{first.id}-{k}"}) for k in range(bodies)]
    return shipped.model_copy(update={"years": years, "agencies": copies if bodies > 1 else [first]})


class _Recorder(BlockDraws):
    """Notes the most rows asked of each stream of normals."""

    def __init__(self) -> None:
        super().__init__(1, 0)
        self.rows: dict[str, int] = {}

    def normals(self, name: str, rows: int) -> Floats:
        self.rows[name] = max(rows, self.rows.get(name, 0))
        return super().normals(name, rows)


def evidence(paths: int) -> None:
    """Gather the evidence for a statement of the shipped council."""
    shipped = scenario()
    examine(shipped, shipped.agencies[0].id, Sample(paths))


def stress(paths: int) -> None:
    """Find what would break the shipped council's plan."""
    shipped = scenario()
    stress_report(shipped, shipped.agencies[0].id, Sample(paths))


@cache
def _place() -> tuple[Scenario, Compiled, PreventionTerms, Allowed]:
    """Return the shipped place, its programmes and what a shift may do."""
    place = load(ROOT / "scenarios" / "lancashire.yaml").scenario
    compiled, terms, limits = ready(place)
    return place, compiled, terms, allowed(limits)


def shift_place(paths: int) -> None:
    """Run the shipped place with every table."""
    simulate(_place()[0], paths=paths)


def shift_bare(paths: int) -> None:
    """Draw and project the shipped place once, before action, and count what it breaks."""
    judged(_place()[1], (no_shift(acts=False),), Sample(paths))


def shift_before(paths: int) -> None:
    """Find what every size of a shift breaks before action, in one pass."""
    _, compiled, terms, limits = _place()
    passed(compiled, terms, limits, whole_sizes(terms), Sample(paths))


def shift_after(paths: int) -> None:
    """Find headroom after action, sizes projected."""
    _, compiled, terms, limits = _place()
    curve(compiled, terms, limits, Sample(paths))


@cache
def streams() -> dict[str, int]:
    """Return the rows of every stream of normals that the scenario draws."""
    compiled, recorder = compile_scenario(scenario()), _Recorder()
    project(compiled, draw_block(compiled, recorder), VIEWS)
    return recorder.rows


def normals(paths: int) -> None:
    """Draw the scenario's own normals and nothing else: the yardstick."""
    for block in range(paths // BLOCK):
        draws = BlockDraws(1, block)
        for name, rows in streams().items():
            draws.normals(name, rows)


def engine(paths: int, workers: int = 2, years: int = 10, bodies: int = 1) -> None:
    """Run the engine, tables included."""
    simulate(scenario(years, bodies), paths=paths, workers=workers)


def untabled(paths: int) -> None:
    """Draw and project as the engine does, on one thread, without gathering or tables."""
    compiled = compile_scenario(scenario())
    for block in range(paths // BLOCK):
        project(compiled, draw_block(compiled, BlockDraws(1, block)), treatments(scenario()), len(VIEWS + BRANCHES))


def double(paths: int) -> None:
    """Run the plain double on the same variants and make the engine's tables of it.

    It is let off the table of lines, the identities and the central case.
    """
    compiled = compile_scenario(scenario())
    variants = treatments(scenario())
    tried = [
        plain_double.Treatment(v.acts, v.recurs, v.usable_share, v.accommodated, v.approved, v.capacity, v.rule)
        for v in variants
    ]
    kept = plain_double.project(compiled, 1, paths, tuple(tried))
    views, others = slice(0, len(VIEWS)), slice(len(VIEWS), None)
    money = {m: kept[m][views, ..., : paths if m in CORE else DETAILED_PATHS] for m in MEASURES if m in kept}
    ends = slice(len(VIEWS), len(VIEWS + BRANCHES))
    conditional = {m: kept[m][ends, ..., : min(paths, DETAILED_PATHS)] for m in CONDITIONAL}
    renamed = {name: f"any_{name}" if name in MEASURES else name for name in OUTCOMES}
    renamed = {name: key for name, key in renamed.items() if key in kept}
    switched = {name: kept[renamed[name]][others] for name in SWITCHED}
    names = [variant.name for variant in variants]
    summary.agency_years(compiled, tuple(names[views]), money, money)
    summary.agency_years(compiled, tuple(names[ends]), conditional, conditional)
    summary.chances(compiled, tuple(names[views]), {name: kept[key][views] for name, key in renamed.items()})
    summary.chances(compiled, tuple(names[others]), switched)


def peak() -> float:
    """Return the most memory this process has held, in bytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(held if sys.platform == "darwin" else held * 1024)


if __name__ == "__main__":
    WORK: dict[str, Callable[[int], None]] = {"engine": engine, "double": double}
    WORK[sys.argv[1]](BLOCK)  # warm: imports and first-use tables
    print(json.dumps([*taken(lambda: WORK[sys.argv[1]](int(sys.argv[2])))[:2], peak()]))
