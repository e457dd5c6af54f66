"""What one shift does to a place over all futures: every pound of it by body, service, programme and year.

Flows are nominal pounds. Bodies stand in the engine's order; what falls outside the place comes last where it counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator import workforce
from simulator.blocks import Sample, each_block
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.payers import gained, purses
from simulator.pockets import Purses
from simulator.position import price
from simulator.prevention import Flows, flows, posts, staffed
from simulator.programme_scene import Scene
from simulator.programme_terms import Shift
from simulator.streams import BLOCK

PARTS = ("avoided", "growth", "refilled", "stranded", "cash")


class Staffing(NamedTuple):
    """One staff group over the years, `[year]`: posts there, posts programmes want, posts services lack in the mean."""

    id: str
    name: str
    supply: Floats
    wanted: Floats
    unmet: Floats


@dataclass(frozen=True)
class Gathered:
    """One shift over all futures.

    `purses` and `gains` `[agency, year, path]` are by path, gains under the shift's bargain, what a body still owes a
    lender at the horizon taken off its last year; `services` `[service, part, year]` (`PARTS`), `invest`
    `[programme, year]`, `outside` and `bed_days` of delay saved `[year]` are means; `clamped` is the share of years and
    futures in which a pathway was read beyond its grid. `staffed` `[programme, year]` is the share of each programme
    that can be staffed.
    """

    shift: Shift
    purses: Purses
    gains: Floats
    services: Floats
    invest: Floats
    outside: Floats
    staffed: Floats
    staff: tuple[Staffing, ...]
    bed_days: Floats
    clamped: float

    @property
    def once(self) -> Floats:
        """The part of `invest` that is set-up and double running, `[programme, year]`."""
        running, once = (
            np.array([getattr(one, part) for one in self.shift.terms.programmes]) for part in ("scale", "once")
        )
        whole = running + once
        part: Floats = self.invest * np.divide(once, whole, out=np.zeros_like(whole), where=whole > 0)
        return part

    @property
    def mean_net(self) -> Floats:
        """What the shift costs each body in the mean, `[agency, year]`."""
        mean: Floats = -self.gains.mean(axis=2)
        return mean


class _Part(NamedTuple):
    invest: Floats
    cash: Floats
    paid: Floats
    avoided: Floats
    gains: Floats
    services: Floats
    programmes: Floats
    outside: Floats
    unmet: Floats
    days: Floats
    clamped: Floats


def gathered(compiled: Compiled, shift: Shift, sample: Sample) -> Gathered:
    """Return what a shift does on a sample of futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe, blocks = DriverPaths(compiled, sample.seed), -(-sample.paths // BLOCK)
    found: dict[int, _Part] = {}

    def work(number: int) -> int:
        block = recipe.block(number, 1)
        scene = Scene(compiled, shift.terms, block, price(compiled, block))
        part = _part(scene, shift, flows(scene, shift.sizes))
        wanted = min(BLOCK, sample.paths - number * BLOCK)
        found[number] = _Part(*(whole[..., :wanted] for whole in part))
        return 1

    each_block(work, range(blocks), sample)
    whole = _Part(*(np.concatenate([found[b][i] for b in sorted(found)], axis=-1) for i in range(len(_Part._fields))))
    terms, sizes = shift.terms, np.array(shift.sizes)
    wanted = posts(terms, sizes)
    groups = tuple(
        Staffing(group.id, group.name, workforce.supply(group), wanted[:, g].sum(axis=0), whole.unmet[g].mean(axis=-1))
        for g, group in enumerate(terms.staff)
    )
    return Gathered(
        shift,
        Purses(whole.invest, whole.cash, whole.paid, whole.avoided),
        whole.gains,
        whole.services.mean(axis=-1),
        whole.programmes.mean(axis=-1),
        whole.outside.mean(axis=-1),
        staffed(terms, sizes),
        groups,
        whole.days.mean(axis=-1),
        float(whole.clamped[terms.start :].mean()),
    )


def _part(scene: Scene, shift: Shift, found: Flows) -> _Part:
    """Return one block's flows, by party as `Purses` and by service."""
    by_party = purses(shift.terms, found)
    services = np.array([[getattr(relief, part) for part in PARTS] for relief in found.reliefs])
    services = services if len(services) else np.zeros((0, len(PARTS), *scene.shape))
    gains = gained(shift, found, shift.bargain)
    days, clamped = np.zeros((2, *scene.shape))
    for wait in found.waits:
        days, clamped = days + wait.days, np.maximum(clamped, wait.clamped)
    flowed = by_party.invest, by_party.cash, by_party.paid, by_party.avoided
    return _Part(*flowed, gains, services, found.invest, found.outside, _unmet(scene), days, clamped)


def _unmet(scene: Scene) -> Floats:
    """Return the posts that existing services lack, by group, `[group, year, path]`, their activity as it turns out."""
    compiled, found = scene.compiled, np.zeros((len(scene.terms.staff), *scene.shape))
    for g, group in enumerate(scene.terms.staff):
        held = [line for line in compiled.lines if (compiled.agency_ids[line.agency], line.id) in group.lines]
        total = sum(abs(line.base) for line in held)
        activity = np.ones(scene.shape) if not total else np.zeros(scene.shape)
        for line in held if total else []:
            demand = replace(compiled.pairs[line.pair], basket=(), subsidy=None)
            activity += abs(line.base) / total * scene.prices.pair(demand).actual
        found[g] = workforce.unmet(group, activity).posts
    return found
