"""One body under chosen treatments of the same futures, keeping only what is asked of it.

What section 25 asks, what a pound buys, what breaks a plan: each is a set of variants on the paths of the run itself,
so that path 17 here is path 17 there, and a variant of the run gives the run's own numbers bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import LOCAL, Bools, Compiled, Floats
from simulator.contracts import cost_of
from simulator.drivers import DriverBlock, DriverPaths, draw_block
from simulator.narrowing import local_only, local_position, stands_alone
from simulator.position import Position, price
from simulator.projection import project
from simulator.shared_luck import SharedLuck
from simulator.spending import Prices
from simulator.streams import BLOCK, Draws
from simulator.variants import MEASURES, OUTCOMES, Outcome, Variant, holding, ruled

MOST_TOGETHER = 5
USUAL = Sample()


class Luck(NamedTuple):
    """What one body's luck was, whatever is chosen; money in pounds.

    `levels` are the drivers it meets, as it meets and believes them, `[year, path]` up to a year asked for: an index
    that is 1 in the base year, or points. `surprise` `[year, path]` is what a year turned out to cost beyond what its
    budget expected, savings aside. `pooled` `[year, path]` is what pooled funds and the lines they pay for cost it, and
    `shared` what gain and loss shares do.
    """

    levels: dict[str, Floats]
    surprise: Floats
    pooled: Floats
    shared: Floats


@dataclass(frozen=True)
class Tried:
    """What one body met under every variant: measures and outcomes `[variant, year, path]`, money in pounds.

    `central` holds measures without luck, `[variant, year]`. `luck` is there where it was asked for, with that of the
    central case, one path.
    """

    compiled: Compiled
    agency: str
    variants: tuple[Variant, ...]
    paths: int
    seed: int
    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    central: dict[str, Floats]
    luck: Luck | None = None
    central_luck: Luck | None = None

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


def tried(
    compiled: Compiled,
    agency: str,
    variants: tuple[Variant, ...],
    sample: Sample = USUAL,
    until: int | None = None,
    *,
    shared: SharedLuck | None = None,
) -> Tried:
    """Return what `agency` meets on a sample of futures under every variant, the same bit for bit for any workers.

    With `until` (a place among the projected years) its luck is kept too, drivers up to that year. With `shared` luck,
    futures that another scenario has drawn are not drawn again.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe = shared.paths(compiled, sample.seed) if shared else DriverPaths(compiled, sample.seed)
    scope, paths = _Scope(compiled, agency, variants), sample.paths
    blocks = -(-paths // BLOCK)
    together = max(1, min(MOST_TOGETHER // len(compiled.agency_ids), -(-blocks // sample.workers)))
    measures, outcomes = scope.room(paths)
    luck: dict[int, Luck] = {}

    def work(number: int) -> int:
        count = min(together, blocks - number)
        start, stop = number * BLOCK, min((number + count) * BLOCK, paths)
        block = recipe.block(number, count)
        position = price(compiled, block, ruled=ruled(variants))
        if until is not None:
            luck[number] = scope.luck(block, position, until)
        found = scope.project(block, position)
        for name, kept in measures.items():
            kept[..., start:stop] = found.measures[name][:, scope.rows[name], :, : stop - start]
        for name, happened in outcomes.items():
            happened[..., start:stop] = found.outcomes[name][:, scope.tests[name], :, : stop - start]
        return count

    each_block(work, range(0, blocks, together), sample)
    kept = _joined([luck[number] for number in sorted(luck)], paths) if luck else None
    middle = scope.central_luck(until) if until is not None else None
    return Tried(compiled, agency, variants, paths, sample.seed, measures, outcomes, scope.central(), kept, middle)


def _joined(parts: list[Luck], paths: int) -> Luck:
    """Return luck kept in pieces as one, cut to the paths asked for."""
    levels = {
        name: np.concatenate([part.levels[name] for part in parts], axis=1)[:, :paths] for name in parts[0].levels
    }
    return Luck(levels, *(np.concatenate([part[i] for part in parts], axis=1)[:, :paths] for i in (1, 2, 3)))


def met_on(
    compiled: Compiled, agency: str, variants: tuple[Variant, ...], draws: Draws
) -> tuple[dict[str, Floats], dict[str, Bools]]:
    """Return measures and outcomes `[variant, year, path]` on chosen luck alone.

    Without a central case the terms may hold a surprise or dispute of their own for each path, `[year, path]`.
    """
    return met_in(compiled, agency, variants, draw_block(compiled, draws))


def met_in(
    compiled: Compiled, agency: str, variants: tuple[Variant, ...], block: DriverBlock
) -> tuple[dict[str, Floats], dict[str, Bools]]:
    """Return measures and outcomes `[variant, year, path]` on drivers that are drawn already, or held by the caller."""
    scope = _Scope(compiled, agency, variants)
    found = scope.project(block, price(compiled, block, ruled=ruled(variants)))
    measures = {name: found.measures[name][:, row] for name, row in scope.rows.items()}
    return measures, {name: found.outcomes[name][:, row] for name, row in scope.tests.items()}


class _Scope:
    """Which bodies have to be projected so that one of them is right, and where that one stands in what is kept."""

    def __init__(self, compiled: Compiled, agency: str, variants: tuple[Variant, ...]) -> None:
        self.compiled, self.variants = compiled, variants
        self.body = body = compiled.agency_ids.index(agency)
        local = compiled.slices[LOCAL]
        # A shift reaches a body by what others' services and contracts do, so it needs them all.
        shifted = any(variant.shift for variant in variants)
        self.narrow = local.start <= body < local.stop and stands_alone(compiled) and not shifted
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

    def project(self, block: DriverBlock, position: Position) -> Outcome:
        """Return what comes of a priced block for the bodies in scope, money kept under every variant."""
        if self.narrow:
            position = local_position(self.local, position)
        return project(self.local, block, self.variants, len(self.variants), position)

    def central(self) -> dict[str, Floats]:
        """Return the body's measures without luck, `[variant, year]`."""
        block = DriverPaths(self.compiled, 0).central()
        found = self.project(block, price(self.compiled, block, ruled=ruled(self.variants)))
        return {name: found.measures[name][:, row, :, 0].copy() for name, row in self.rows.items()}

    def central_luck(self, until: int) -> Luck:
        """Return the luck of the central case, on its one path."""
        block = DriverPaths(self.compiled, 0).central()
        return self.luck(block, price(self.compiled, block), until)

    def luck(self, block: DriverBlock, position: Position, until: int) -> Luck:
        """Return the body's luck on a block."""
        a, prices = self.body, Prices(block)
        levels = {
            self.compiled.drivers[k].id: prices.index(k, a).actual[: until + 1] for k in sorted(self.compiled.met[a])
        }
        turned_out = position.spending[a] - position.funding[a] + position.paid[a] - position.received[a]
        return Luck(levels, turned_out - position.expected_gap[a], self._pooled(position), self._shared(position))

    def _pooled(self, position: Position) -> Floats:
        """Return what pooled funds cost the body: what it pays them, and what its lines in them cost."""
        entries = [entry for pool in self.compiled.agreed.pools for entry in pool.entries if entry is not None]
        cost = self._net(position, entries)
        for pool in self.compiled.agreed.pools:
            for party, lines in zip(pool.partners, pool.costs, strict=True):
                if party == self.body and lines:
                    cost = cost + cost_of(self.compiled, position.pairs, party, lines).actual
        return cost

    def _shared(self, position: Position) -> Floats:
        """Return what the body pays under gain and loss shares, less what it is paid."""
        return self._net(position, [share.entry for share in self.compiled.agreed.shares])

    def _net(self, position: Position, entries: list[int]) -> Floats:
        """Return what the body pays less what it is paid by some entries of the log, `[year, path]`."""
        net: Floats = np.zeros_like(position.spending[self.body])
        for entry in entries:
            payment = self.compiled.agreed.payments[entry]
            signs = (payment.payer == self.body) - (payment.payee == self.body)
            net = net + signs * position.payments.views[entry].actual
        return net
