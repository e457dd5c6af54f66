"""Which drivers each body meets: those that move its lines, funding or agreements, and all they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.compiled import Agreed, ContractTerms, DriverTerms, Line, Pair
from simulator.terms import FundingTerms, GrantTerms


def met(
    drivers: tuple[DriverTerms, ...],
    pairs: tuple[Pair, ...],
    lines: tuple[Line, ...],
    funding: tuple[FundingTerms, ...],
    agreed: Agreed,
) -> tuple[frozenset[int], ...]:
    """Return the drivers of every body, so that no body's own luck is drawn for what never touches it."""
    found = []
    for a, terms in enumerate(funding):
        used = set(_of_pairs(pairs[line.pair] for line in lines if line.agency == a))
        used |= {driver for driver in _of_funding(terms, pairs) if driver is not None}
        used |= {driver for driver in _of_agreements(agreed, a) if driver is not None}
        found.append(frozenset(_with_roots(drivers, used)))
    return tuple(found)


def _of_pairs(pairs: Iterable[Pair]) -> Iterator[int]:
    for pair in pairs:
        yield from (driver for driver, _ in pair.basket)
        if pair.demand is not None:
            yield pair.demand


def _of_funding(terms: FundingTerms, pairs: tuple[Pair, ...]) -> Iterator[int | None]:
    if terms.tax:
        yield from (terms.tax.tax_base, terms.tax.collection, terms.tax.caseload)
    if terms.rates:
        yield from (terms.rates.base, terms.rates.multiplier)
    yield from (held.driver for held in (*terms.grants, *terms.levies))
    if terms.debt:
        yield terms.debt.driver
    if terms.high_needs:
        yield terms.high_needs.short_rate
        yield from _of_pairs([pairs[terms.high_needs.pair]])
    if terms.employer:
        yield from (terms.employer.pay, terms.employer.pension_rate)


def _of_agreements(agreed: Agreed, body: int) -> Iterator[int | None]:
    def of(contract: ContractTerms) -> Iterator[int | None]:
        yield from (contract.activity, contract.price, *(part.driver for part in contract.subcontracts))

    for contract in agreed.contracts:
        if contract.seen_by == body:
            yield from of(contract)
    for pool in agreed.pools:
        for partner, parts in zip(pool.partners, pool.contributions, strict=True):
            yield from (part.driver for part in parts if partner == body)
    targets: list[GrantTerms] = [share.target for share in agreed.shares if share.provider == body and share.target]
    yield from (target.driver for target in targets)


def _with_roots(drivers: tuple[DriverTerms, ...], used: set[int]) -> set[int]:
    """Return drivers with all that they take surprises or floors from."""
    whole, left = set[int](), list(used)
    while left:
        driver = left.pop()
        if driver in whole:
            continue
        whole.add(driver)
        left += [other for other, _, _ in drivers[driver].follows]
        floor = drivers[driver].floor
        left += [floor.driver] if floor else []
    return whole
