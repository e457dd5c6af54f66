"""The two public tables of a scenario and nothing else: what a batch asks of every one of its cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from simulator import summary
from simulator.blocks import Sample, each_block
from simulator.compiled import CHARITY, Bools, Compiled, Floats
from simulator.gathered import Viewed
from simulator.identities import residuals
from simulator.money import HALF_PENNY
from simulator.place import Agency, LocalAuthority
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.shared_luck import SharedLuck
from simulator.streams import BLOCK
from simulator.variants import VIEWS, Variant

MOST_PATHS = 200_000
MOST_TOGETHER = 5


@dataclass(frozen=True)
class Answers:
    """Money by agency and year and the chances of outcomes, before and after action: tidy tables in pounds.

    `kept` and `happened` hold every path, `[view, agency, year, path]`, pounds or true where it happened; `missed`
    `[view, system, year, path]` is where a system missed its total. `checks` are the largest residuals in pounds.
    """

    scenario: Scenario
    compiled: Compiled
    paths: int
    seed: int
    views: tuple[Variant, ...]
    agency_years: pd.DataFrame
    chances: pd.DataFrame
    kept: dict[str, Floats]
    happened: dict[str, Bools]
    missed: Bools
    checks: dict[str, float]

    @cached_property
    def money_at(self) -> dict[tuple[str, ...], int]:
        """Where each row of `agency_years` stands: by agency, measure, view and year."""
        t = self.agency_years
        return {key: i for i, key in enumerate(zip(t.agency, t.measure, t["view"], t.year, strict=True))}

    @cached_property
    def chance_at(self) -> dict[tuple[str, ...], int]:
        """Where each row of `chances` stands: by agency, outcome, view and year."""
        t = self.chances
        return {key: i for i, key in enumerate(zip(t.agency, t.outcome, t["view"], t.year, strict=True))}

    def body(self, agency: str) -> Agency:
        """Return the scenario's own record of a body."""
        return next(body for body in self.scenario.bodies if body.id == agency)

    def council(self, agency: str) -> LocalAuthority:
        """Return the scenario's own record of a local authority."""
        body = self.body(agency)
        if not isinstance(body, LocalAuthority):
            raise TypeError(f"{agency} is no local authority")
        return body

    @property
    def checks_hold(self) -> bool:
        """Whether every identity held on every path to half a penny."""
        return all(residual < HALF_PENNY for residual in self.checks.values())


def answers(scenario: Scenario, sample: Sample, shared: SharedLuck | None = None) -> Answers:
    """Return the tables `agency_years` and `chances` that `simulate` gives for the same paths and seed, bit for bit.

    With `shared` luck, futures that another scenario has drawn are not drawn again. Residuals are those of the views.

    Raises:
        ValueError: when the number of paths is not between 1 and 200,000.
        RunCancelledError: when `sample.cancelled()` returns true.
    """
    within(sample.paths)
    luck = shared or SharedLuck(room=0)
    compiled = compile_scenario(scenario, luck)
    recipe = luck.paths(compiled, sample.seed)
    seen = Viewed(compiled, sample.paths, len(VIEWS))
    blocks, together = grouped(compiled, sample.paths, sample.workers)

    def work(number: int) -> int:
        count = min(together, blocks - number)
        block = recipe.block(number, count)
        position = recipe.position(block, number, count)
        outcome = project(compiled, block, VIEWS, len(VIEWS), position, into=seen.room(number, count))
        seen.view(number, outcome, residuals(compiled, outcome))
        return count

    each_block(work, range(0, blocks, together), sample)
    block, names = recipe.central(), tuple(view.name for view in VIEWS)
    central = project(compiled, block, VIEWS, len(VIEWS), recipe.position(block))
    found = residuals(compiled, central)
    return Answers(
        scenario=scenario,
        compiled=compiled,
        paths=sample.paths,
        seed=sample.seed,
        views=VIEWS,
        agency_years=summary.agency_years(compiled, names, seen.measures, central.measures, sample.workers),
        chances=chances(compiled, scenario.place.id, names, seen),
        kept=seen.measures,
        happened=seen.outcomes,
        missed=seen.missed,
        checks={f"central_{name}": residual for name, residual in found.items()} | seen.largest(found),
    )


def within(paths: int) -> None:
    """Refuse a number of paths that no run can have.

    Raises:
        ValueError: when it is not between 1 and 200,000.
    """
    if not 1 <= paths <= MOST_PATHS:
        raise ValueError(f"paths is {paths:,}; it lies between 1 and {MOST_PATHS:,}, beyond which memory runs short")


def grouped(compiled: Compiled, paths: int, workers: int) -> tuple[int, int]:
    """Return how many blocks a run has and how many go together; calls on one are so short that threads would wait."""
    blocks = -(-paths // BLOCK)
    return blocks, max(1, min(MOST_TOGETHER // len(compiled.agency_ids), -(-blocks // workers)))


def chances(compiled: Compiled, place: str, names: tuple[str, ...], seen: Viewed) -> pd.DataFrame:
    """Return the table of chances, with that of a future made worse: more unfunded so far after action than before."""
    before, after = (np.cumsum(seen.measures["unfunded_gap"][view], axis=1) for view in (0, 1))
    # A charity that fails is gone, so what it left unfunded by then says nothing of which future was the better.
    going_on = compiled.agency_ids[: compiled.slices[CHARITY].start]
    worse = (after - before > HALF_PENNY)[None, : len(going_on)]
    parts = [
        *summary.of_bodies(compiled, names, seen.outcomes),
        summary.Happened("made_worse", going_on, (VIEWS[1].name,), worse),
        *summary.of_place(place, names, seen.outcomes["duty_breached"], seen.missed),
    ]
    return summary.chance_table(compiled.years, parts)
