"""Shifts tried on a place's own futures: how often each body breaks its duty in each year, and by how much.

Every variant meets the same paths as the first, so that differences are paired. Counts and sums are taken block by
block, in order, so that they are the same for any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import Bools, Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths
from simulator.position import price
from simulator.projection import project
from simulator.streams import BLOCK
from simulator.variants import Variant, ruled

TOGETHER = 6
"""Variants projected at once: more take as long for each, and keep whoever asks to stop waiting."""


@dataclass(frozen=True)
class Judged:
    """What variants met on some paths, against the first of them.

    `breaches` counts paths `[variant, agency, year]`; `gained` and `lost` those that breach and did not before, and the
    other way; `short` and `short_squares` are sums over paths of pounds short less those of the first variant, and of
    their squares; `short_base` `[agency, year]` what the first is short itself. `held` `[variant]` counts the paths on
    which no body breaks a duty in any year that counts, `ever` `[variant, agency]` those on which a body does.
    """

    compiled: Compiled
    variants: tuple[Variant, ...]
    paths: int
    breaches: Floats
    gained: Floats
    lost: Floats
    short: Floats
    short_squares: Floats
    short_base: Floats
    held: Floats
    ever: Floats

    @property
    def rise(self) -> Floats:
        """How far the chance of breach rises, `[variant, agency, year]`."""
        rise: Floats = (self.gained - self.lost) / self.paths
        return rise

    @property
    def rise_error(self) -> Floats:
        """The standard error of `rise`, its paths being paired (McNemar)."""
        moved, net = self.gained + self.lost, self.gained - self.lost
        error: Floats = np.sqrt(np.maximum(moved - net**2 / self.paths, 0.0)) / self.paths
        return error

    @property
    def short_rise(self) -> Floats:
        """How far the expected shortfall rises, in pounds, `[variant, agency, year]`."""
        rise: Floats = self.short / self.paths
        return rise

    @property
    def short_error(self) -> Floats:
        """The standard error of `short_rise`."""
        variance = np.maximum(self.short_squares / self.paths - self.short_rise**2, 0.0)
        error: Floats = np.sqrt(variance / self.paths)
        return error

    def put_together(self, places: list[tuple[Judged, int]]) -> Judged:
        """Return chosen variants of this and other trials on the same futures, set against the same first one."""
        kept = [[getattr(one, name)[v] for one, v in places] for name in _BY_VARIANT]
        parts: dict[str, Any] = dict(zip(_BY_VARIANT, map(np.stack, kept), strict=True))
        return replace(self, variants=tuple(one.variants[v] for one, v in places), **parts)


_BY_VARIANT = ("breaches", "gained", "lost", "short", "short_squares", "held", "ever")


class Counts(NamedTuple):
    """What one block adds to `Judged`, field by field."""

    breaches: Floats
    gained: Floats
    lost: Floats
    short: Floats
    short_squares: Floats
    short_base: Floats
    held: Floats
    ever: Floats


def judged(
    compiled: Compiled,
    variants: tuple[Variant, ...],
    sample: Sample,
    since: int = 0,
    besides: tuple[Compiled, Variant] | None = None,
) -> Judged:
    """Return what a place meets under every variant on a sample of futures; the first is what others are set against.

    `since` is the first projected year that counts for `held` and `ever`. With `besides` the first is a variant of
    other terms, met on the same futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe, blocks = DriverPaths(compiled, sample.seed), -(-sample.paths // BLOCK)
    found: dict[int, Counts] = {}

    def work(number: int) -> int:
        wanted = min(BLOCK, sample.paths - number * BLOCK)
        parts = list(_met(compiled, recipe.block(number, 1), variants, sample))
        if besides:
            first = DriverPaths(besides[0], sample.seed).block(number, 1)
            parts = [*_met(besides[0], first, (besides[1],), sample), *parts]
        missed, short = (np.concatenate(part)[..., :wanted] for part in zip(*parts, strict=True))
        found[number] = counted(missed, short, since)
        return 1

    each_block(work, range(blocks), sample)
    return gathered(compiled, ((besides[1],) if besides else ()) + variants, sample.paths, found)


def gathered(compiled: Compiled, variants: tuple[Variant, ...], paths: int, found: dict[int, Counts]) -> Judged:
    """Return what was counted block by block as one, added in the order of blocks."""
    total = [sum((found[b][i] for b in sorted(found)), start=np.zeros(())) for i in range(len(Counts._fields))]
    return Judged(compiled, variants, paths, *total)


def _met(
    compiled: Compiled, block: DriverBlock, variants: tuple[Variant, ...], sample: Sample
) -> Iterator[tuple[Bools, Floats]]:
    """Yield which duties are missed on one block and by how many pounds, `[variant, agency, year, path]`.

    A few variants at a time: many sizes of many bodies take seconds, and whoever asks to stop is not to wait for them.
    """
    position = price(compiled, block, ruled=ruled(variants))
    for few in range(0, len(variants), TOGETHER):
        sample.stop_if_asked()
        outcome = project(compiled, block, variants[few : few + TOGETHER], 0, position)
        yield outcome.outcomes["duty_breached"], outcome.short


def counted(breached: Bools, short: Floats, since: int) -> Counts:
    """Return what one block adds up to: duties missed and pounds short, `[variant, agency, year, path]`."""
    more, before = short - short[:1], breached[:1]
    ever: Bools = np.any(breached[:, :, since:], axis=2)
    return Counts(
        breached.sum(axis=3).astype(float),
        (breached & ~before).sum(axis=3).astype(float),
        (before & ~breached).sum(axis=3).astype(float),
        more.sum(axis=3),
        (more**2).sum(axis=3),
        short[0].sum(axis=2),
        (~np.any(ever, axis=1)).sum(axis=1).astype(float),
        ever.sum(axis=2).astype(float),
    )
