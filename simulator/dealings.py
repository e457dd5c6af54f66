"""Agreements as frozen terms: who pays whom under what, tier by tier; `compiling.py` puts them together.

The order of the log follows what agreements say, not what they are called, so that ids change no last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from simulator import agreements
from simulator.agreements import control_total, gain_share, lead_provider, pooled_fund
from simulator.agreements.control_total import ControlTotal, Member
from simulator.agreements.gain_share import GainShare
from simulator.agreements.lead_provider import LeadProvider
from simulator.agreements.pooled_fund import PooledFund
from simulator.bodies import Drivers, own_growth
from simulator.compiled import (
    OUTSIDE,
    Agreed,
    ContractTerms,
    Floats,
    Payment,
    PoolTerms,
    ShareTerms,
    SystemTerms,
)
from simulator.place import Agency
from simulator.regimes.icb import Icb
from simulator.regimes.trust import Trust
from simulator.regimes.vcse import Charity
from simulator.resources import Income
from simulator.transfers import Agreement, Contract, by_year

NHS_ENGLAND = "NHS England"


def agreed(at: Drivers, agencies: Sequence[Agency]) -> Agreed:
    """Return every agreement of a scenario as frozen terms, with the log of the payments they make."""
    return _Log(at, agencies).agreed()


class _Log:
    """The transfer log as it is put together."""

    def __init__(self, at: Drivers, agencies: Sequence[Agency]) -> None:
        self.at, self.years, self.agencies = at, at.years, agencies
        self.places = {agency.id: a for a, agency in enumerate(agencies)}
        self.names = at.scenario.names
        self.payments: list[Payment] = []
        stated = sorted(at.scenario.agreements, key=_said)
        self.by_kind: dict[type, list[Any]] = {
            kind: [one for one in stated if isinstance(one, kind)]
            for kind in (Contract, PooledFund, GainShare, ControlTotal)
        }

    def agreed(self) -> Agreed:
        """Return the whole; contracts come first, so that later tiers can read their entries."""
        contracts = [self._contract(stated) for stated in self.by_kind[Contract]]
        contracts += [terms for stated in self.by_kind[Contract] for terms in self._subcontracts(stated)]
        pools = tuple(self._pool(stated) for stated in self.by_kind[PooledFund])
        shares = tuple(self._share(stated) for stated in self.by_kind[GainShare])
        systems = tuple(self._system(stated) for stated in self.by_kind[ControlTotal])
        support = [
            (a, self._entry("deficit_support", None, body.id, "deficit support, on condition of the plan", 4))
            for a, body in enumerate(self.agencies)
            if isinstance(body, Icb | Trust) and body.deficit_support
        ]
        law = self.at.scenario.rules.nhs
        charities = [body for body in self.agencies if isinstance(body, Charity)]
        usual = law.replacement_multiple.used if law else 1.0
        replaced = self._replaced({body.id for body in charities})
        return Agreed(
            payments=tuple(self.payments),
            contracts=tuple(contracts),
            pools=pools,
            shares=shares,
            systems=systems,
            support=tuple(support),
            deficit_support=np.array([self._stated(body, "deficit_support") for body in self.agencies]),
            targets=np.array(
                [
                    self._stated(body, "planned_surplus") - self._stated(body, "planned_deficit")
                    for body in self.agencies
                ]
            ),
            tolerance=law.tolerance.used if law else 0.0,
            in_system=np.array([any(a in system.members for system in systems) for a in range(len(self.agencies))]),
            hoped={entry: self._stated(self.agencies[a], "deficit_support") for a, entry in support}
            | {entry: system.planned[i] for system in systems for i, entry in enumerate(system.incentives)},
            replaced=replaced,
            multiples=np.array(
                [body.replacement_multiple.used if body.replacement_multiple else usual for body in charities]
            ),
        )

    def _stated(self, body: Agency, key: str) -> Floats:
        amounts = getattr(body, key, {})
        return np.array([amounts[year].used if year in amounts else 0.0 for year in self.years])

    def _entry(self, name: str, payer: str | None, payee: str | None, reason: str, tier: int) -> int:
        """Return a new entry of the log; a party without books stands outside."""
        ends = [self.places.get(party, OUTSIDE) if party else OUTSIDE for party in (payer, payee)]
        words = [self.names.get(party, party) if party else NHS_ENGLAND for party in (payer, payee)]
        self.payments.append(Payment(name, ends[0], ends[1], (words[0], words[1]), reason, tier))
        return len(self.payments) - 1

    def _contract(self, stated: Contract) -> ContractTerms:
        kind = agreements.KINDS[stated.kind]
        entry = self._entry(stated.id, stated.payer, stated.payee, stated.name, 1)
        amounts, base = {year: amount.used for year, amount in stated.amounts.items()}, self.at.scenario.base_year
        seen_by = self.places.get(stated.payee, self.places.get(stated.payer, OUTSIDE))
        return ContractTerms(
            entry=entry,
            base=amounts.get(base, 0.0),
            plan=np.full(len(self.years), amounts.get(base, 0.0)),
            known=np.array([amounts.get(year, np.nan) for year in self.years]),
            activity=self.at.index(stated.activity),
            price=self.at.index(stated.price),
            fixed=stated.planned == "fixed",
            seen_by=seen_by,
            subcontracts=tuple(
                own_growth(self.at, _income(part, k)) for k, part in enumerate(getattr(stated, "subcontracts", ()))
            ),
            settle=partial(kind.settle, kind.terms(stated, self.years)),
        )

    def _subcontracts(self, stated: Contract) -> Iterator[ContractTerms]:
        """Yield what a lead provider pays others, its own part left out: each is paid what it costs."""
        nothing = np.zeros(len(self.years))
        for k, part in enumerate(stated.subcontracts) if isinstance(stated, LeadProvider) else ():
            if part.payee == stated.payee:
                continue
            yield ContractTerms(
                entry=self._entry(stated.id, stated.payee, part.payee, f"{stated.name}: subcontract", 1),
                base=0.0,
                plan=nothing,
                known=np.full(len(self.years), np.nan),
                activity=None,
                price=None,
                fixed=False,
                seen_by=self.places.get(stated.payee, self.places.get(stated.payer, OUTSIDE)),
                subcontracts=(own_growth(self.at, _income(part, k)),),
                settle=lead_provider.passed_on,
            )

    def _pool(self, stated: PooledFund) -> PoolTerms:
        terms = pooled_fund.terms(stated, self.years)
        reason = f"{stated.name}: contribution, and share of what is over or under"
        entries = [
            None if partner == stated.host else self._entry(stated.id, partner, stated.host, reason, 2)
            for partner in terms.partners
        ]
        given = [
            tuple(own_growth(self.at, _income(part, k)) for k, part in enumerate(stated.contributions)
                  if part.agency == partner)
            for partner in terms.partners
        ]  # fmt: skip
        return PoolTerms(
            name=stated.id,
            entries=tuple(entries),
            partners=tuple(self.places[partner] for partner in terms.partners),
            contributions=tuple(given),
            costs=tuple(tuple(sorted(stated.pays_for.get(partner, ()))) for partner in terms.partners),
            draws=terms.draws,
            settle=partial(pooled_fund.settle, terms),
            opening=partial(pooled_fund.opening, terms),
        )

    def _share(self, stated: GainShare) -> ShareTerms:
        reason = f"{stated.name}: share of gain or loss against target"
        read = set(stated.agreements)
        held = {payment.agreement for payment in self.payments}
        target = None if stated.target == "expected" else own_growth(self.at, _income(stated, 0, stated.target))
        return ShareTerms(
            name=stated.id,
            entry=self._entry(stated.id, stated.commissioner, stated.provider, reason, 3),
            provider=self.places[stated.provider],
            lines=tuple(sorted(stated.lines)),
            payments=tuple(e for e, payment in enumerate(self.payments) if payment.agreement in read & held),
            target=target,
            passes=stated.quality_chance.used if stated.quality_chance else 1.0,
            settle=partial(gain_share.settle, gain_share.terms(stated, self.years)),
        )

    def _system(self, stated: ControlTotal) -> SystemTerms:
        terms = control_total.terms(stated, self.years)
        members = [member.agency for member in stated.ordered]
        targets = np.array([self._total(member) for member in stated.ordered])
        terms = terms._replace(targets=targets)
        offsets = self._between(stated, members, "offset between members", 4)
        losses = self._between(stated, members, "share of what the system is short", 5)
        payer = stated.incentive_from
        incentives = [
            self._entry(stated.id, payer, member, "incentive tied to control totals", 4) for member in members
        ]
        return SystemTerms(
            name=stated.id,
            members=tuple(self.places[member] for member in members),
            offsets=offsets,
            losses=losses,
            incentives=tuple(incentives),
            planned=terms.incentive,
            targets=terms.targets,
            next_year=stated.loss_paid == "next_year",
            settle=partial(control_total.settle, terms),
        )

    def _total(self, member: Member) -> Floats:
        """Return a member's control total by year, surplus above nought: as planned, support apart, unless stated."""
        if member.surplus or member.deficit:
            return by_year(member.surplus, self.years) - by_year(member.deficit, self.years)
        body = self.agencies[self.places[member.agency]]
        planned = self._stated(body, "planned_surplus") - self._stated(body, "planned_deficit")
        return planned - self._stated(body, "deficit_support")

    def _between(
        self, stated: ControlTotal, members: list[str], reason: str, tier: int
    ) -> tuple[tuple[int, int, int], ...]:
        """Return an entry for each two members: what the first pays the second, or below nought the other way round."""
        words = f"{stated.name}: {reason}"
        return tuple(
            (i, j, self._entry(stated.id, one, other, words, tier))
            for i, one in enumerate(members)
            for j, other in enumerate(members)
            if i < j
        )

    def _replaced(self, charities: set[str]) -> dict[int, int | None]:
        """Return the entries that stop when a charity fails, each with that of what replaces it if it was paid."""
        found = dict[int, int | None]()
        for entry, payment in enumerate(tuple(self.payments)):
            ids = [self.agencies[end].id if end != OUTSIDE else "" for end in (payment.payer, payment.payee)]
            if ids[1] in charities and payment.tier == 1:
                found[entry] = len(self.payments)
                self.payments.append(
                    replace(
                        payment,
                        payee=OUTSIDE,
                        names=(payment.names[0], "other providers"),
                        reason=f"replacing what {payment.names[1]} did",
                    )
                )
            elif charities.intersection(ids) and payment.tier <= 3:
                found[entry] = None
        return found


def _income(part: Any, number: int, amounts: Any = None) -> Income:
    """Return what has amounts and a driver as income with a growth of its own."""
    return Income(
        id=f"part-{number}", name="part", amounts=amounts or part.amounts, driver=getattr(part, "driver", None)
    )


def _said(stated: Agreement) -> tuple[str, str]:
    """Return what orders agreements: everything they say, and only then their id."""
    return stated.model_dump_json(exclude={"id", "name"}), stated.id
