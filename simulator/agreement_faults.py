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
from simulator.regimes.vcse import Charity
from simulator.scenario import Scenario
from simulator.transfers import Agreement, Contract

_TAKEN = {
    "deficit_support", "lines", "events", "parishes", "council_tax", "business_rates", "collection_fund", "debt",
    "high_needs", "employer_costs", "contingency", "plan_spending", "plan_funding", "funding_accommodation",
}  # fmt: skip


def agreement_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield the faults of every agreement, and of lines that one pays for."""
    yield from _law_faults(scenario)
    yield from _twice(scenario)
    for i, agreement in enumerate(scenario.agreements):
        at: Address = ("agreements", i)
        if agreement.id in _TAKEN:
            yield Fault((*at, "id"), f"`{agreement.id}` is the name of a part that bodies have", "give another id")
        yield from _parties(scenario, agreement, at)
        if isinstance(agreement, PooledFund):
            yield from _pool_faults(scenario, agreement, at)
        elif isinstance(agreement, GainShare):
            yield from _share_faults(scenario, agreement, at)
        elif isinstance(agreement, ControlTotal):
            yield from _system_faults(scenario, agreement, at)
    yield from _paid_faults(scenario)


def _law_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield NHS bodies and charities without the rules that bind them: nothing is implied."""
    for i, body in enumerate(scenario.agencies):
        if isinstance(body, Icb | Trust | Charity) and scenario.rules.nhs is None:
            rule = f"the rules of a body of kind {body.kind} stand under `rules.nhs`, and none are given"
            yield Fault(("agencies", i, "kind"), rule, "extend defaults/uk-place-2026.yaml, or state `rules.nhs`")
            return
    stated, first = scenario.rules.nhs_regime, scenario.first_year
    if any(isinstance(body, Icb | Trust) for body in scenario.agencies) and not any(y <= first for y in stated):
        rule = f"the regime of NHS bodies is known from the first projected year {first} on"
        yield Fault(("rules", "nhs_regime"), rule, f"add it, such as `nhs_regime: {{{first}: individual}}`")


def _twice(scenario: Scenario) -> Iterator[Fault]:
    """Yield lines that two pools pay for, and bodies in two control totals: the same money would be settled twice."""
    seen = dict[tuple[str, ...], str]()
    for i, agreement in enumerate(scenario.agreements):
        found: list[tuple[Address, tuple[str, ...], str]] = []
        if isinstance(agreement, PooledFund):
            found = [
                (("agreements", i, "pays_for", body, k), (body, line), f"`{line}` of `{body}` is paid for by one pool")
                for body, lines in agreement.pays_for.items()
                for k, line in enumerate(lines)
            ]
        elif isinstance(agreement, ControlTotal):
            found = [
                (
                    ("agreements", i, "members", j, "agency"),
                    (member.agency,),
                    f"`{member.agency}` is in one control total",
                )
                for j, member in enumerate(agreement.members)
            ]
        for address, what, rule in found:
            if what in seen:
                yield Fault(address, f"{rule}; `{seen[what]}` has it already", "take it out of one of them")
            seen.setdefault(what, agreement.id)


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
        body = bodies.get(part.agency)
        if isinstance(body, Charity) and body.fails:
            rule = f"a partner of a pool bears its part for good; `{part.agency}` is a charity that may fail"
            remedy = "let a body buy from it by a contract, or write `fails: false` for it"
            yield Fault((*at, "contributions", j, "agency"), rule, remedy)
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
    first = scenario.first_year
    if isinstance(share.target, dict) and not any(year <= first for year in share.target):
        rule = f"a target is known from the first projected year {first} on; without one all cost is loss"
        yield Fault((*at, "target"), rule, f"add {first} or a year before it, or write `target: expected`")
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
    payer = bodies.get(system.incentive_from or "")
    members = {member.agency for member in system.members}
    if payer is not None and (not isinstance(payer, Icb) or payer.id in members):
        rule = "incentives come from NHS England or an ICB that is no member itself"
        yield Fault((*at, "incentive_from"), rule, "name an `outside` party, or take it out")
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
    held = {stated.id: stated for stated in scenario.agreements}
    for i, body in enumerate(scenario.agencies):
        for j, line in enumerate(body.spending) if isinstance(body, Agency) else ():
            stated = held.get(line.paid_by or "")
            if stated is None:
                continue
            paid = isinstance(stated, Contract) and stated.payee == body.id
            pooled = isinstance(stated, PooledFund) and line.id in stated.pays_for.get(body.id, ())
            if not (paid or pooled):
                rule = f"`{stated.id}` does not pay `{body.id}` for this line"
                remedy = "name a contract that pays this body, or a pool that lists the line under `pays_for`"
                yield Fault(("agencies", i, "spending", j, "paid_by"), rule, remedy)
