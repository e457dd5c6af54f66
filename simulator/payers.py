"""A shift's flows on a place's own futures, laid out by who pays and who gains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.bargains import Bargain, arranged
from simulator.blocks import Sample, each_block
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.pockets import Purses
from simulator.position import price
from simulator.prevention import Flows, flows
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms, Shift
from simulator.streams import BLOCK


class Settled(NamedTuple):
    """What a shift does to every party, and what each body gains by it under its bargain, `[agency, year, path]`.

    What a body still owes a lender at the horizon is taken off the gains of the last year.
    """

    purses: Purses
    gains: Floats


def settled(compiled: Compiled, shift: Shift, sample: Sample) -> Settled:
    """Return a shift's flows on every future of a sample, as they turn out.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe, found = DriverPaths(compiled, sample.seed), dict[int, Settled]()

    def work(number: int) -> int:
        block, wanted = recipe.block(number, 1), min(BLOCK, sample.paths - number * BLOCK)
        done = flows(Scene(compiled, shift.terms, block, price(compiled, block)), shift.sizes)
        found[number] = _cut(Settled(purses(shift.terms, done), gained(shift, done, shift.bargain)), wanted)
        return 1

    each_block(work, range(-(-sample.paths // BLOCK)), sample)
    parts = [found[number] for number in sorted(found)]
    joined = (np.concatenate(each, axis=2) for each in zip(*(_flat(part) for part in parts), strict=True))
    *of_purses, gains = joined
    return Settled(Purses(*of_purses), gains)


def purses(terms: PreventionTerms, found: Flows) -> Purses:
    """Return the flows of one block by party, outside last.

    What contracts take from the bodies of the place in all goes outside it, so that money is conserved.
    """
    agencies = len(found.cash)
    invest, avoided = (np.zeros((agencies + 1, *found.outside.shape)) for _ in range(2))
    for programme, spent in zip(terms.programmes, found.invest, strict=True):
        for payer in np.flatnonzero(programme.pays):
            invest[payer] += programme.pays[payer] * spent
    for service, relief in zip(terms.services, found.reliefs, strict=True):
        avoided[service.agency] += relief.avoided
    avoided[-1] = found.outside
    nobody = np.zeros((1, *found.outside.shape))
    return Purses(
        invest,
        np.concatenate([found.cash, nobody]),
        np.concatenate([found.paid, -found.paid.sum(axis=0, keepdims=True)]),
        avoided,
    )


def gained(shift: Shift, found: Flows, bargain: Bargain | None) -> Floats:
    """Return what each body gains by a shift on one block under a bargain, `[agency, year, path]`."""
    if bargain is None:
        return -found.net
    payers = shift.terms.payers(shift.sizes)
    borne = arranged(bargain, found.net, found.expected, found.cash - found.paid, payers, shift.terms.start)
    gains: Floats = -borne.net
    gains[:, -1] -= borne.owed
    return gains


def _flat(part: Settled) -> tuple[Floats, ...]:
    whole = part.purses
    return whole.invest, whole.cash, whole.paid, whole.avoided, part.gains


def _cut(part: Settled, paths: int) -> Settled:
    """Return the first paths of a block."""
    *of_purses, gains = (flow[..., :paths] for flow in _flat(part))
    return Settled(Purses(*of_purses), gains)
