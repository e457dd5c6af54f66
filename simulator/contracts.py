"""What agreements of the first three tiers pay: contracts, pooled funds, gain and loss shares.

They hang on activity, prices and costs alone, never on what a body chooses, so they are priced once per block and
shared by every variant. Each tier sees one snapshot: what the tiers before it paid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simulator import grants
from simulator.compiled import Compiled, ContractTerms, Floats, PoolTerms, ShareTerms
from simulator.drivers import ACTUAL, EXPECTED, Views
from simulator.spending import AgreedPrices, Prices, price_pairs
from simulator.transfers import Worth


@dataclass(frozen=True)
class Payments:
    """What each entry of the log pays, `[year, path]` in pounds, and what activity would have been worth.

    `worth` is by entry of a contract: the shadow price of what was done, whatever the contract pays.
    """

    compiled: Compiled
    views: dict[int, Views]
    worth: dict[int, Floats]
    shape: tuple[int, int]

    def by_payer(self, bodies: int) -> Floats:
        """Return what every body pays under agreements, `[agency, year, path]`."""
        return self._summed([payment.payer for payment in self.compiled.agreed.payments], bodies)

    def by_payee(self, bodies: int) -> Floats:
        """Return what every body receives under agreements, `[agency, year, path]`."""
        return self._summed([payment.payee for payment in self.compiled.agreed.payments], bodies)

    def _summed(self, parties: list[int], bodies: int) -> Floats:
        total = np.zeros((bodies, *self.shape))
        for entry, views in self.views.items():
            if parties[entry] >= 0:
                total[parties[entry]] += views.actual
        return total

    @cached_property
    def entries(self) -> tuple[int, ...]:
        """The entries paid so far, in the order of the log."""
        return tuple(sorted(self.views))


def cost_of(compiled: Compiled, pairs: tuple[Views, ...], agency: int, ids: tuple[str, ...]) -> Views:
    """Return what named lines of a body cost, less income beside them, added in order of line id."""
    held = [line for line in compiled.lines if line.agency == agency and line.id.removesuffix("/income") in ids]
    total = Views(*(np.zeros_like(pairs[held[0].pair].actual) for _ in Views._fields))
    for line in held:
        index = pairs[line.pair]
        for so_far, cost in zip(
            total, (line.cost(index.actual), line.cost(index.expected), line.base * index.national), strict=True
        ):
            np.add(so_far, cost, out=so_far)
    return total


def settle(compiled: Compiled, prices: Prices, pairs: tuple[Views, ...]) -> Payments:
    """Return what the first three tiers pay on one block, each tier on what stood before it."""
    agreed = compiled.agreed
    if compiled.disputed and agreed.payments:
        prices = AgreedPrices(prices.block)
        pairs = price_pairs(compiled, prices)
        lines = tuple(replace(line, weight=line.agreed) for line in compiled.lines)
        compiled = replace(compiled, lines=lines)
    found = Payments(compiled, {}, {}, (compiled.horizon, prices.block.draws.paths))
    for contract in agreed.contracts:
        found.views[contract.entry], found.worth[contract.entry] = _contract(contract, prices)
    for pool in agreed.pools:
        found.views.update(_pool(compiled, pool, prices, pairs))
    judged = {share.entry: _shared(compiled, share, prices, pairs, found) for share in agreed.shares}
    found.views.update(judged)
    return found


def resettled(compiled: Compiled, contract: ContractTerms, prices: Prices, done: Floats, view: int) -> Floats:
    """Return what a contract pays in one of the `Views`, where a share `done` `[year, path]` of its activity is done.

    Its plan stands.
    """
    met = _met(contract, AgreedPrices(prices.block) if compiled.disputed else prices)
    return _settled(contract, _worth(contract, met, met.activity[view] * done, view), met.costs, view)


class _Met(NamedTuple):
    """What a contract meets on a block: its activity and its price, `[year, path]`, and what subcontracts cost."""

    activity: Views
    price: Views
    costs: tuple[Floats, ...]


def _met(terms: ContractTerms, prices: Prices) -> _Met:
    shape = (len(terms.plan), prices.block.draws.paths)
    ones = np.ones(shape)
    level = Views(ones, ones, ones)
    whole = prices.index(terms.activity, terms.seen_by) if terms.activity is not None else level
    price = prices.index(terms.price, terms.seen_by) if terms.price is not None else level
    parts = [grants.amount(part, prices, terms.seen_by) for part in terms.subcontracts]
    costs = [sum((part[i] for part in parts), start=np.zeros(shape)) for i in range(len(Views._fields) if parts else 0)]
    return _Met(whole, price, tuple(costs))


def _contract(terms: ContractTerms, prices: Prices) -> tuple[Views, Floats]:
    """Return what a contract pays, and what its activity was worth at its price."""
    met = _met(terms, prices)
    worths = [_worth(terms, met, activity, view) for view, activity in enumerate(met.activity)]
    paid = (_settled(terms, worth, met.costs, view) for view, worth in enumerate(worths))
    return Views(*paid), worths[ACTUAL].actual


def _worth(terms: ContractTerms, met: _Met, done: Floats, view: int) -> Worth:
    """Return what was planned at a contract's price and what is `done`, in one view."""
    if view == ACTUAL:
        base, price = terms.plan[:, None], met.price.actual
        planned = np.ones_like(done) if terms.fixed else met.activity.expected
        return Worth(base * planned * price, base * done * price)
    if view == EXPECTED:
        hoped = terms.plan[:, None] * met.price.expected
        return Worth(hoped if terms.fixed else hoped * met.activity.expected, hoped * done)
    shared = terms.base * met.price.national
    return Worth(shared if terms.fixed else shared * met.activity.national, shared * done)


def _settled(terms: ContractTerms, worth: Worth, costs: tuple[Floats, ...], view: int) -> Floats:
    return terms.settle(worth, costs[view]) if costs else terms.settle(worth)


def _pool(compiled: Compiled, terms: PoolTerms, prices: Prices, pairs: tuple[Views, ...]) -> dict[int, Views]:
    """Return what each partner pays the host of a pooled fund."""
    draws = prices.block.draws
    drawn = draws.uniforms(f"agreement/{terms.name}", terms.draws) if terms.draws else np.zeros((0, draws.paths))
    paid_in = [
        [grants.amount(part, prices, party) for part in parts]
        for party, parts in zip(terms.partners, terms.contributions, strict=True)
    ]
    costs = [
        cost_of(compiled, pairs, party, ids) if ids else None
        for party, ids in zip(terms.partners, terms.costs, strict=True)
    ]
    nought = np.zeros((compiled.horizon, draws.paths))
    given = [np.stack([sum((part[i] for part in parts), start=nought) for parts in paid_in]) for i in range(3)]
    spent = [np.stack([nought if cost is None else cost[i] for cost in costs]) for i in range(3)]
    # A budget knows what is left in a risk pool, and what it has set aside for each partner's lines; the national view
    # has neither's luck in it.
    left = [terms.opening(given[i], spent[i], drawn) for i in (0, 2)]
    views = [terms.settle(given[i], spent[i], drawn, budgeted=spent[max(i, 1)], known=left[i // 2]) for i in range(3)]
    return {entry: Views(*(view[p] for view in views)) for p, entry in enumerate(terms.entries) if entry is not None}


def _shared(compiled: Compiled, terms: ShareTerms, prices: Prices, pairs: tuple[Views, ...], before: Payments) -> Views:
    """Return what the commissioner pays the provider of its gain or loss, on what earlier tiers paid."""
    judged = cost_of(compiled, pairs, terms.provider, terms.lines) if terms.lines else None
    for entry in terms.payments:
        paid = before.views[entry]
        judged = paid if judged is None else Views(*(a + b for a, b in zip(judged, paid, strict=True)))
    assert judged is not None
    stated = grants.amount(terms.target, prices, terms.provider) if terms.target else None
    target, hoped = (stated.actual, stated.expected) if stated else (judged.expected, judged.expected)
    drawn = prices.block.draws.uniforms(f"agreement/{terms.name}", compiled.horizon)
    # A budget does not know whether outcomes will pass, so it counts on neither.
    passed, failed = (terms.settle(hoped, judged.expected, np.full_like(drawn, u)) for u in (0.0, 1.0))
    expected = terms.passes * passed + (1 - terms.passes) * failed
    # Against plan nothing is shared nationally: gains and losses are the parties' own.
    actual = terms.settle(target, judged.actual, drawn)
    return Views(actual, expected, np.zeros_like(actual))
