"""What a shift into prevention does to every body: what it costs, what is avoided, what of that can be taken as cash.

Effects act on the activity of named lines and, where contracts follow activity, on what they pay; never on a gap.
Arrays are `[agency, year, path]` or `[service, year, path]`, nominal pounds unless they say real (base-year prices).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator import workforce
from simulator.bargains import arranged
from simulator.compiled import Compiled, Floats
from simulator.contracts import resettled
from simulator.drivers import ACTUAL, EXPECTED, DriverBlock
from simulator.position import Position
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms, Shift
from simulator.relief import Relief, Wait, relieved, waited
from simulator.variants import Variant


@dataclass(frozen=True)
class Flows:
    """What one shift does on a block, as it turns out.

    `invest` `[programme, year, path]` is what is spent, set-up and double running included; `reliefs` by service;
    `outside` `[year, path]` the gross value that falls to nobody of the place. `cash` `[agency, year, path]` is what
    each body's own lines let go, `paid` what agreements then take from it
    (below nought bring). `net` is what the shift costs each body, above nought; `expected` the same as its
    budgets see it, `hoped` what they see come back, agreements counted. `waits` is what slots in pathways save.
    """

    invest: Floats
    reliefs: tuple[Relief, ...]
    outside: Floats
    cash: Floats
    paid: Floats
    net: Floats
    expected: Floats
    hoped: Floats
    waits: tuple[Wait, ...]


def flows(scene: Scene, sizes: Sequence[float], foreseen: bool = True) -> Flows:
    """Return what programmes of given sizes (pounds a year, base-year prices) do on a block.

    Where nothing hangs on what budgets expect, `foreseen` false leaves that out: `expected` is then what turns out.
    """
    terms, wanted = scene.terms, np.array(sizes)
    scale = np.array([programme.scale for programme in terms.programmes])
    there = staffed(terms, wanted) * wanted[:, None]
    running, once = scale * there, np.array([programme.once for programme in terms.programmes]) * there
    actual = _seen(scene, running, running + once, ACTUAL)
    expected = _seen(scene, running, running + once, EXPECTED) if foreseen else actual
    cash, paid = _let_go(scene, actual), _agreed(scene, actual, ACTUAL)
    seen, due = (_let_go(scene, expected), _agreed(scene, expected, EXPECTED)) if foreseen else (cash, paid)
    net, hoped = actual.net + paid, expected.net + due
    return Flows(actual.invest, actual.reliefs, actual.outside, cash, paid, net, hoped, seen - due, actual.waits)


def _let_go(scene: Scene, view: _Seen) -> Floats:
    """Return the cash that each body's own lines let go, `[agency, year, path]`."""
    cash = np.zeros((len(scene.compiled.agency_ids), *scene.shape))
    for service, relief in zip(scene.terms.services, view.reliefs, strict=True):
        cash[service.agency] += relief.cash
    return cash


class _Seen(NamedTuple):
    """One view of a shift: what is spent, what becomes of each service, the value outside, net cost."""

    invest: Floats
    reliefs: tuple[Relief, ...]
    outside: Floats
    net: Floats
    waits: tuple[Wait, ...]


def posts(terms: PreventionTerms, sizes: Floats) -> Floats:
    """Return the posts that programmes want at their sizes, `[programme, group, year]`."""
    wanted = np.zeros((len(terms.programmes), len(terms.staff), len(terms.programmes[0].scale)))
    for p, programme in enumerate(terms.programmes):
        for group, per_pound in programme.staff.items():
            wanted[p, group] = per_pound * sizes[p] * programme.scale
    return wanted


def staffed(terms: PreventionTerms, sizes: Floats) -> Floats:
    """Return the share of each programme that can be staffed, `[programme, year]`, existing services served first."""
    years = len(terms.programmes[0].scale)
    need = tuple(activity[:, None] for activity in terms.staff_activity)
    share: Floats = workforce.delivered(terms.staff, posts(terms, sizes), years, need or None)
    return share.reshape(len(terms.programmes), years)


def _seen(scene: Scene, running: Floats, spent: Floats, view: int) -> _Seen:
    """Return one view of a shift; `running` and `spent` are `[programme, year]` in real pounds."""
    terms = scene.terms
    invest = np.stack([spent[p][:, None] * scene.cost[p][view] for p in range(len(terms.programmes))])
    given = [scene.given(p, running[p], view) for p in range(len(terms.programmes))]
    outside = np.zeros(scene.shape)
    for p, programme in enumerate(terms.programmes):
        away = sum(gain.share for gain in programme.gains if gain.service is None)
        outside += away * given[p] * scene.cost[p][view]
    waits = tuple(waited(scene, running, w, view) for w in range(len(terms.ways_home)))
    reliefs = tuple(relieved(scene, s, given, waits, view) for s in range(len(terms.services)))
    net = np.zeros((len(scene.compiled.agency_ids), *scene.shape))
    for p, programme in enumerate(terms.programmes):
        for payer in np.flatnonzero(programme.pays):
            net[payer] += programme.pays[payer] * invest[p]
    for service, relief in zip(terms.services, reliefs, strict=True):
        net[service.agency] -= relief.cash
    return _Seen(invest, reliefs, outside, net, waits)


def _agreed(scene: Scene, seen: _Seen, view: int) -> Floats:
    """Return what contracts take from each body since less is done, in one view of a shift, `[agency, year, path]`.

    Activity paid for falls by what is avoided and not filled again, as a part of all that the provider does.
    """
    contracts, payments = scene.compiled.agreed.contracts, scene.compiled.agreed.payments
    found = np.zeros((len(scene.compiled.agency_ids), *scene.shape))
    for provider in sorted({service.agency for service in scene.terms.services if service.contracts}):
        part = _left(scene, provider, seen, view)
        of = next(service.contracts for service in scene.terms.services if service.agency == provider)
        for contract in (contracts[c] for c in of):
            before = scene.position.payments.views[contract.entry][view]
            change = resettled(scene.compiled, contract, scene.prices, part, view) - before
            payment = payments[contract.entry]
            for party, sign in ((payment.payer, 1.0), (payment.payee, -1.0)):
                if party >= 0:
                    found[party] += sign * change
    return found


def _left(scene: Scene, provider: int, seen: _Seen, view: int) -> Floats:
    """Return the share of a provider's activity that is still done in one view, `[year, path]`."""
    whole, gone = scene.whole(provider)[view], np.zeros(scene.shape)
    for service, relief in zip(scene.terms.services, seen.reliefs, strict=True):
        if service.agency == provider:
            # What is filled again is paid for again; and nobody is paid for days spent waiting.
            gone += (relief.avoided - relief.unpaid) * _not_filled(relief)
    part = np.divide(gone, whole, out=np.zeros(scene.shape), where=whole > 0)
    share: Floats = 1 - np.minimum(part, 1.0)
    return share


def _not_filled(relief: Relief) -> Floats:
    """Return the share of what is avoided that unmet need does not fill again."""
    whole = relief.avoided
    share: Floats = 1 - np.divide(relief.refilled, whole, out=np.zeros_like(whole), where=whole > 0)
    return share


class Shifts:
    """What the shifts among some variants add to gaps on one block; the same programmes at one size are priced once."""

    def __init__(self, compiled: Compiled, block: DriverBlock, position: Position, variants: Sequence[Variant]) -> None:
        """Price every shift; without any this is nothing."""
        self.added: dict[int, tuple[Floats, Floats]] = {}
        scenes, priced = dict[int, Scene](), dict[tuple[int, tuple[float, ...]], Flows]()
        for v, variant in enumerate(variants):
            if variant.shift is None or not any(variant.shift.sizes):
                continue
            terms, sizes = variant.shift.terms, variant.shift.sizes
            if id(terms) not in scenes:
                scenes[id(terms)] = Scene(compiled, terms, block, position)
            key = (id(terms), sizes)
            if key not in priced:
                priced[key] = flows(scenes[id(terms)], sizes)
            self.added[v] = borne(variant.shift, priced[key])

    def add(self, year: int, more: Floats, expected: bool) -> Floats:
        """Return additions to the gaps of a year `[variant, agency, path]` with what shifts cost."""
        for v, (actual, hoped) in self.added.items():
            more[v] += (hoped if expected else actual)[:, year]
        return more


def borne(shift: Shift, found: Flows) -> tuple[Floats, Floats]:
    """Return what a shift costs each body under its bargain, as it turns out and as budgets expect it.

    Budgets know what is to be repaid once it is lent.
    """
    if shift.bargain is None:
        return found.net, found.expected
    payers = shift.terms.payers(shift.sizes)
    start = shift.terms.start
    actual = arranged(shift.bargain, found.net, found.expected, found.cash - found.paid, payers, start)
    hoped = arranged(shift.bargain, found.expected, found.expected, found.hoped, payers, start)
    repaid = start + shift.bargain.years if shift.bargain.kind == "bridging_loan" else found.net.shape[1]
    hoped.net[:, repaid:] = found.expected[:, repaid:] - actual.lent[:, repaid:]
    return actual.net, hoped.net
