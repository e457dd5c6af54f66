"""One body under chosen treatments of the same futures, keeping only what is asked of it.

What section 25 asks, what a pound buys, what breaks a plan: each is a set of variants on the paths of the run itself,
so that path 17 here is path 17 there, and a variant of the run gives the run's own numbers bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import LOCAL, Bools, Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths, draw_block
from simulator.narrowing import local_only, local_position, stands_alone
from simulator.position import price
from simulator.projection import project
from simulator.streams import BLOCK, Draws
from simulator.variants import MEASURES, OUTCOMES, Outcome, Variant, holding

MOST_TOGETHER = 5
USUAL = Sample()


@dataclass(frozen=True)
class Tried:
    """What one body met under every variant: measures and outcomes `[variant, year, path]`, money in pounds.

    `central` holds measures without luck, `[variant, year]`.
    """

    compiled: Compiled
    agency: str
    variants: tuple[Variant, ...]
    paths: int
    seed: int
    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    central: dict[str, Floats]

    @property
    def body(self) -> int:
        """Where the body stands among all."""
        return self.compiled.agency_ids.index(self.agency)

    @property
    def net_budget(self) -> Floats:
        """The central net budget `[year]`, fixed before the run."""
        budget: Floats = self.compiled.actions.net_budget[self.body]
        return budget

    @property
    def minimum(self) -> Floats:
        """The policy minimum of the general fund `[year]`, fixed before the run."""
        least: Floats = self.compiled.actions.minimum[self.body]
        return least

    @cached_property
    def at(self) -> dict[str, int]:
        """Where each variant stands, by name."""
        return {variant.name: v for v, variant in enumerate(self.variants)}


def tried(compiled: Compiled, agency: str, variants: tuple[Variant, ...], sample: Sample = USUAL) -> Tried:
    """Return what `agency` meets on a sample of futures under every variant, the same bit for bit for any workers.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe, scope, paths = DriverPaths(compiled, sample.seed), _Scope(compiled, agency, variants), sample.paths
    blocks = -(-paths // BLOCK)
    together = max(1, min(MOST_TOGETHER // len(compiled.agency_ids), -(-blocks // sample.workers)))
    measures, outcomes = scope.room(paths)

    def work(number: int) -> int:
        count = min(together, blocks - number)
        start, stop = number * BLOCK, min((number + count) * BLOCK, paths)
        found = scope.project(recipe.block(number, count))
        for name, kept in measures.items():
            kept[..., start:stop] = found.measures[name][:, scope.rows[name], :, : stop - start]
        for name, happened in outcomes.items():
            happened[..., start:stop] = found.outcomes[name][:, scope.tests[name], :, : stop - start]
        return count

    each_block(work, range(0, blocks, together), sample)
    return Tried(compiled, agency, variants, paths, sample.seed, measures, outcomes, scope.central())


def tried_on(compiled: Compiled, agency: str, variants: tuple[Variant, ...], draws: Draws) -> Tried:
    """Return what `agency` meets on luck that the caller chose, such as points along a route to failure."""
    scope = _Scope(compiled, agency, variants)
    found = scope.project(draw_block(compiled, draws))
    measures = {name: found.measures[name][:, row] for name, row in scope.rows.items()}
    outcomes = {name: found.outcomes[name][:, row] for name, row in scope.tests.items()}
    return Tried(compiled, agency, variants, draws.paths, 0, measures, outcomes, scope.central())


class _Scope:
    """Which bodies have to be projected so that one of them is right, and where that one stands in what is kept."""

    def __init__(self, compiled: Compiled, agency: str, variants: tuple[Variant, ...]) -> None:
        self.compiled, self.variants = compiled, variants
        body = compiled.agency_ids.index(agency)
        local = compiled.slices[LOCAL]
        self.narrow = local.start <= body < local.stop and stands_alone(compiled)
        self.local = local_only(compiled) if self.narrow else compiled
        self.rows, self.tests = (
            {
                name: body - held.start
                for name, held in holding(self.local, table).items()
                if held.start <= body < held.stop
            }
            for table in (MEASURES, OUTCOMES)
        )

    def room(self, paths: int) -> tuple[dict[str, Floats], dict[str, Bools]]:
        """Return empty arrays `[variant, year, path]` for every measure and outcome of the body."""
        shape = (len(self.variants), self.compiled.horizon, paths)
        return {name: np.empty(shape) for name in self.rows}, {name: np.empty(shape, bool) for name in self.tests}

    def project(self, block: DriverBlock) -> Outcome:
        """Return what comes of a block for the bodies in scope, money kept under every variant."""
        position, views = price(self.compiled, block), len(self.variants)
        if self.narrow:
            position = local_position(self.local, position)
        return project(self.local, block, self.variants, views, position)

    def central(self) -> dict[str, Floats]:
        """Return the body's measures without luck, `[variant, year]`."""
        found = self.project(DriverPaths(self.compiled, 0).central())
        return {name: found.measures[name][:, row, :, 0].copy() for name, row in self.rows.items()}
