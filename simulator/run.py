"""Run a scenario: one function that the command line, the app, batches and notebooks all call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator import reasons, settlements, summary
from simulator.answers import MOST_PATHS, Answers, chances, grouped, within
from simulator.blocks import RunCancelledError, Sample, each_block
from simulator.compiled import Compiled
from simulator.disputes import disputed
from simulator.drivers import DriverBlock, DriverPaths
from simulator.gathered import Gathered, Projected, Treated
from simulator.identities import residuals
from simulator.kept import budgeted, pair_sums
from simulator.narrowing import local_only, local_position, stands_alone
from simulator.net_risk import net_risk, systems
from simulator.position import OVERRIDE_BRANCHES, price
from simulator.prepared import Difference, Prepared, prepare
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.shared_luck import SharedLuck, SharedPaths
from simulator.variants import DO_NOTHING, VIEWS, Outcome, Variant

__all__ = ["MOST_PATHS", "Results", "RunCancelledError", "load_scenario", "simulate", "treatments"]

BRANCHES = tuple(Variant(f"override {then}", acts=True, rule=then) for then in OVERRIDE_BRANCHES)
"""Each way in which the high-needs override may end: futures conditional on it, side by side, never averaged."""


def load_scenario(path: str, overlays: Sequence[str] = (), sets: Sequence[str] = ()) -> Scenario:
    """Return the scenario in a file, with overlays laid over it and then settings (`address=value`).

    Raises:
        ScenarioError: with every problem found.
    """
    return load(path, overlays, sets).scenario


@dataclass(frozen=True)
class Results(Answers):
    """All that a run found: besides its answers the tables of why, of what judgement moves, and of who pays whom."""

    switches: pd.DataFrame
    conditional: pd.DataFrame
    waterfall: pd.DataFrame
    parts: pd.DataFrame
    plan: pd.DataFrame
    lines: pd.DataFrame
    transfers: pd.DataFrame
    place_years: pd.DataFrame
    net_risk: pd.DataFrame
    systems: pd.DataFrame
    disputed: pd.DataFrame


def treatments(scenario: Scenario, do_nothing: bool = False) -> tuple[Variant, ...]:
    """Return every variant that a run of `scenario` projects, in order."""
    treated = _treated(scenario, do_nothing)
    return treated.views + treated.others


def _treated(scenario: Scenario, do_nothing: bool) -> Treated:
    ends = scenario.rules.high_needs_override and any(agency.needs for agency in scenario.bodies)
    return Treated((*VIEWS, DO_NOTHING) if do_nothing else VIEWS, BRANCHES if ends else ())


def simulate(
    scenario: Scenario,
    *,
    paths: int = 10_000,
    seed: int = 1,
    workers: int = 2,
    do_nothing: bool = False,
    shared: SharedLuck | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Results:
    """Project `scenario` over `paths` futures and return its tables.

    Results are the same bit for bit for any number of workers. With `do_nothing` a third view leaves out approved
    savings too. With `shared` luck, futures that another scenario has drawn are not drawn again. `progress(blocks)` is
    called as that many more blocks of 1,000 paths finish; `cancelled()` is asked between them.

    Raises:
        ValueError: when `paths` is not between 1 and 200,000.
        RunCancelledError: when `cancelled()` returns true.
    """
    within(paths)
    prepared, treated = prepare(scenario, shared), _treated(scenario, do_nothing)
    compiled = prepared.compiled
    local = local_only(compiled) if stands_alone(compiled) else compiled
    recipe = shared.paths(compiled, seed) if shared else DriverPaths(compiled, seed)
    gathered = Gathered(compiled, local, paths, treated)
    blocks, together = grouped(compiled, paths, workers)

    def work(number: int) -> int:
        count = min(together, blocks - number)
        found = _projected(compiled, local, recipe.block(number, count), treated)
        gathered.add(number, found, _checked(compiled, local, found))
        return count

    each_block(work, range(0, blocks, together), Sample(paths, seed, workers, progress, cancelled))
    return _results(scenario, prepared, local, gathered, recipe)


def _projected(compiled: Compiled, local: Compiled, block: DriverBlock, treated: Treated) -> Projected:
    """Return what comes of a block under the views, and under all other variants for the bodies they can reach."""
    position, views, branches = price(compiled, block), len(treated.views), len(treated.branches)
    if local is not compiled:
        outcome = project(compiled, block, treated.views, views, position)
        others = project(local, block, treated.others, branches, local_position(local, position))
    else:
        whole = project(compiled, block, treated.views + treated.others, views + branches, position)
        outcome, others = whole.versions(slice(0, views)), whole.versions(slice(views, None))
    return Projected(outcome, others, pair_sums(position), budgeted(compiled, position))


def _checked(compiled: Compiled, local: Compiled, found: Projected) -> dict[str, float]:
    """Return the largest residual of each identity over all variants whose money is kept."""
    viewed, more = residuals(compiled, found.outcome), residuals(local, found.others)
    return {name: float(np.max([residual, more[name]])) for name, residual in viewed.items()}


def _results(
    scenario: Scenario, prepared: Prepared, local: Compiled, gathered: Gathered, recipe: DriverPaths | SharedPaths
) -> Results:
    compiled, treated, block = prepared.compiled, gathered.treated, recipe.central()
    projected = _projected(compiled, local, block, treated)
    central, others = projected.outcome, projected.others
    names = tuple(view.name for view in treated.views)
    sums, drawn = gathered.sums()
    switches = summary.chances(local, tuple(variant.name for variant in treated.others), gathered.switched)
    found = _checked(compiled, local, projected)
    years = summary.agency_years(compiled, names, gathered.measures, central.measures)
    position = price(compiled, block, itemised=True)
    return Results(
        scenario=scenario,
        compiled=compiled,
        paths=gathered.paths,
        seed=recipe.seed,
        views=treated.views,
        agency_years=years,
        chances=chances(compiled, scenario.place.id, names, gathered),
        switches=switches.rename(columns={"view": "switch"}),
        conditional=_conditional(local, gathered, others),
        waterfall=reasons.waterfall(scenario, compiled, block, position, years),
        parts=reasons.parts(scenario, compiled, position),
        plan=pd.DataFrame(prepared.differences, columns=list(Difference._fields)),
        lines=summary.line_means(compiled, sums, projected.pair_sums[:, :, 0], drawn),
        transfers=settlements.transfers(compiled, names, gathered.log, gathered.planned, central.payments),
        place_years=settlements.place_years(compiled, names, gathered.measures, gathered.log)
        if len(compiled.agency_ids) > 1
        else pd.DataFrame(),
        net_risk=net_risk(compiled, names, gathered.measures),
        systems=systems(compiled, names, gathered.measures, gathered.log),
        disputed=disputed(scenario, prepared),
        kept=gathered.measures,
        happened=gathered.outcomes,
        missed=gathered.missed,
        checks={f"central_{name}": residual for name, residual in found.items()} | gathered.largest(found),
    )


def _conditional(compiled: Compiled, gathered: Gathered, central: Outcome) -> pd.DataFrame:
    """Return money under each end of the override, a row for each measure, body and year; empty without one."""
    names = tuple(branch.name for branch in gathered.treated.branches)
    if not names:
        return pd.DataFrame()
    middle = {name: central.measures[name] for name in gathered.conditional}
    table = summary.agency_years(compiled, names, gathered.conditional, middle)
    return table.rename(columns={"view": "branch"})
