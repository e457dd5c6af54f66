"""Faults of agreements that no single field can show: parties, lines, tiers read, and regimes that forbid them."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.agency_faults import Address, Fault, unknown_name
from simulator.agreements import tier
from simulator.agreements.control_total import ControlTotal
from simulator.agreements.gain_share import GainShare
from simulator.agreements.pooled_fund import PooledFund
from simulator.place import Agency
from simulator.regimes.icb import Icb
from simulator.regimes.trust import Trust
from simulator.scenario import Scenario
from simulator.transfers import Agreement, Contract

_PAID = "deficit_support"


def agreement_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield the faults of every agreement, and of lines that one pays for."""
    for i, agreement in enumerate(scenario.agreements):
        at: Address = ("agreements", i)
        if agreement.id == _PAID:
            yield Fault((*at, "id"), f"`{_PAID}` is the name of a payment that every NHS body has", "give another id")
        yield from _parties(scenario, agreement, at)
        if isinstance(agreement, PooledFund):
            yield from _pool_faults(scenario, agreement, at)
        elif isinstance(agreement, GainShare):
            yield from _share_faults(scenario, agreement, at)
        elif isinstance(agreement, ControlTotal):
            yield from _system_faults(scenario, agreement, at)
    yield from _paid_faults(scenario)


def _bodies(scenario: Scenario) -> dict[str, Agency]:
    return {body.id: body for body in scenario.bodies}


def _parties(scenario: Scenario, agreement: Agreement, at: Address) -> Iterator[Fault]:
    """Yield a contract with nobody's books in it, with itself, or without a figure to start from."""
    if not isinstance(agreement, Contract):
        return
    if agreement.payer == agreement.payee:
        yield Fault((*at, "payee"), "a contract has two parties; payer and payee are the same", "name the other party")
    known = set(scenario.names)
    if {agreement.payer, agreement.payee} <= known and not {agreement.payer, agreement.payee} & set(_bodies(scenario)):
        rule = "a contract has a body with books on one side at least; both parties are `outside`"
        yield Fault((*at, "payer"), rule, "name a body of the place, or take the contract out")
    if min(agreement.amounts) < scenario.base_year:
        rule = f"amounts begin with the base year {scenario.base_year} or later"
        yield Fault((*at, "amounts", str(min(agreement.amounts))), rule, "take the earlier years out")


def _with_books(scenario: Scenario, name: str, where: Address) -> Iterator[Fault]:
    """Yield a party that has no books where books are needed; unknown names are told elsewhere."""
    if name in scenario.names and name not in _bodies(scenario):
        rule = f"`{name}` stands outside and has no books, so it can bear no share here"
        yield Fault(where, rule, "name a body of the place")


def _pool_faults(scenario: Scenario, pool: PooledFund, at: Address) -> Iterator[Fault]:
    bodies = _bodies(scenario)
    for j, part in enumerate(pool.contributions):
        yield from _with_books(scenario, part.agency, (*at, "contributions", j, "agency"))
        if scenario.base_year not in part.amounts:
            rule = f"a contribution is known for the base year {scenario.base_year}"
            yield Fault((*at, "contributions", j, "amounts"), rule, "add that year, 0 if nothing was paid")
    for name, lines in pool.pays_for.items():
        if name not in bodies:
            yield unknown_name((*at, "pays_for", name), name, "body", bodies)
            continue
        held = {line.id for line in bodies[name].spending}
        for k, line in enumerate(lines):
            if line not in held:
                yield unknown_name((*at, "pays_for", name, k), line, f"line of {name}", held)


def _share_faults(scenario: Scenario, share: GainShare, at: Address) -> Iterator[Fault]:
    bodies = _bodies(scenario)
    for key in ("commissioner", "provider"):
        yield from _with_books(scenario, getattr(share, key), (*at, key))
    held = {line.id for line in bodies[share.provider].spending} if share.provider in bodies else set()
    for k, line in enumerate(share.lines):
        if held and line not in held:
            yield unknown_name((*at, "lines", k), line, f"line of {share.provider}", held)
    others = {agreement.id: agreement for agreement in scenario.agreements}
    for k, name in enumerate(share.agreements):
        if name not in others:
            yield unknown_name((*at, "agreements", k), name, "agreement", others)
        elif tier(others[name].kind) >= tier(share.kind):
            earlier = sorted(one for one, stated in others.items() if tier(stated.kind) < tier(share.kind))
            rule = (
                f"agreements settle in tiers, and a term reads only tiers before its own: `{share.id}` is of tier "
                f"{tier(share.kind)}, `{name}` of tier {tier(others[name].kind)}"
            )
            remedy = f"name one of: {', '.join(earlier)}" if earlier else "take it out; no agreement comes before it"
            yield Fault((*at, "agreements", k), rule, remedy)


def _system_faults(scenario: Scenario, system: ControlTotal, at: Address) -> Iterator[Fault]:
    bodies = _bodies(scenario)
    for j, member in enumerate(system.members):
        body = bodies.get(member.agency)
        if body is not None and not isinstance(body, Icb | Trust):
            rule = f"a control total binds NHS bodies; `{member.agency}` is a {body.kind.replace('_', ' ')}"
            remedy = "take it out: a council balances its own budget by law (LGFA 1992 s31A)"
            yield Fault((*at, "members", j, "agency"), rule, remedy)
        elif body is None:
            yield from _with_books(scenario, member.agency, (*at, "members", j, "agency"))


def _paid_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield lines said to be paid for by an agreement that does not pay their body."""
    payees = {stated.id: {stated.payee} for stated in scenario.agreements if isinstance(stated, Contract)}
    payees |= {
        stated.id: {stated.host, *stated.pays_for} for stated in scenario.agreements if isinstance(stated, PooledFund)
    }
    for i, body in enumerate(scenario.agencies):
        for j, line in enumerate(body.spending) if isinstance(body, Agency) else ():
            if line.paid_by in payees and body.id not in payees[line.paid_by]:
                rule = f"`{line.paid_by}` pays for this line, but it pays nothing to `{body.id}`"
                yield Fault(("agencies", i, "spending", j, "paid_by"), rule, "name an agreement that pays this body")
