"""What is settled once positions are known, written plainly: for `plain_double`, `[path]` in pounds a year.

System control totals, deficit support, and what happens to agreements when a charity has failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.plain_place import ACTUAL, OUTSIDE, Dealt, Entry, added
from benchmarks.plain_world import Floats

HALF_PENNY = 0.005
Bools = npt.NDArray[np.bool_]
Log = dict[Entry, Floats]


class Systems:
    """The later tiers of one treatment, year by year; what a loss share leaves to next year is kept here."""

    def __init__(self, dealt: Dealt, charities: Mapping[int, float]) -> None:
        self.dealt, self.world, self.terms = dealt, dealt.world, dealt.world.terms
        self.totals = [one for one in dealt.stated if one.kind == "control_total"]
        self.due: Log = {}
        self.multiples, self.never = charities, np.zeros(self.world.paths, dtype=bool)
        self.missed: list[list[Floats]] = [[] for _ in self.totals]

    def hoped(self, a: int, t: int) -> Floats:
        """Return what a body's budget need not find: support and incentives in full, last year's due, its own plan."""
        agreed = self.terms.agreed
        known = np.zeros(self.world.paths) + agreed.deficit_support[a, t] - agreed.targets[a, t]
        for one in self.totals:
            payer = self.dealt.at(one.incentive_from) if one.incentive_from else OUTSIDE
            for member in one.members:
                plan = self.dealt.stated_by_year(member.incentive)[t]
                known = known + plan * (float(self.dealt.at(member.agency) == a) - float(payer == a))
        hoped: Floats = known + brought(self.due, a, self.world.paths)
        return hoped

    def lost(self, t: int, gone: Mapping[int, Bools], view: int) -> dict[int, Floats]:
        """Return what every body is worse off by since charities failed: dearer services, and flows that are gone."""
        worse = {a: np.zeros(self.world.paths) for a in range(len(self.terms.agency_ids))}
        for entry, amount in self.dealt.log.items():
            payer, payee = (gone.get(party, self.never) for party in (entry.payer, entry.payee))
            if entry.payer != OUTSIDE:
                times = self.multiples[entry.payee] if entry.tier == 1 and entry.payee in gone else 0.0
                worse[entry.payer] = worse[entry.payer] + (times - 1) * amount[view, t] * (payee & ~payer)
            if entry.payee != OUTSIDE:
                worse[entry.payee] = worse[entry.payee] + amount[view, t] * (payer & ~payee)
        return worse

    def flows(self, t: int, gone: Mapping[int, Bools]) -> Log:
        """Return the log of the first three tiers, with what replaces the services of charities that have failed."""
        found: Log = {}
        for entry, amount in self.dealt.log.items():
            payer, payee = (gone.get(party, self.never) for party in (entry.payer, entry.payee))
            found[entry] = np.where(payer | payee, 0.0, amount[ACTUAL, t])
            if entry.payee in gone and entry.tier == 1:
                instead = Entry(entry.agreement, entry.tier, "replacing", entry.payer, OUTSIDE)
                paid = self.multiples[entry.payee] * amount[ACTUAL, t] * (payee & ~payer)
                found[instead] = found.get(instead, 0.0) + paid
        return found

    def settle(self, t: int, position: Sequence[Floats], turnover: Sequence[Floats]) -> tuple[Log, list[Floats]]:
        """Return the year's later entries, and for every body what of its deficit support is withheld.

        What last year left due is in every position before anything is settled.
        """
        regime, log, later, agreed = self.terms.nhs_regime[t], dict(self.due), Log(), self.terms.agreed
        opened = [held + brought(log, a, self.world.paths) for a, held in enumerate(position)]
        together = dict[int, Bools]()
        for one, missed in zip(self.totals, self.missed, strict=True):
            short = self.system(one, t, opened, log, later)
            missed.append(short if regime == "system" else 0 * short)
            together |= {self.dealt.at(member.agency): short <= HALF_PENNY for member in one.members}
        withheld = []
        for a, held in enumerate(position):
            full = agreed.deficit_support[a, t]
            after = held + brought(log, a, self.world.paths) + full
            kept = after >= agreed.targets[a, t] - agreed.tolerance * turnover[a] - HALF_PENNY
            if regime == "system":
                kept = together.get(a, kept)
            withheld.append(np.where(kept, 0.0, self.terms.support_withheld * full))
        for a, back in enumerate(withheld):
            if agreed.deficit_support[a].any():
                log[Entry("deficit_support", 4, "support", OUTSIDE, a)] = agreed.deficit_support[a, t] - back
        self.due = later
        return log, withheld

    def total(self, member: Any, a: int, t: int) -> float:
        """Return a member's control total, surplus above nought: as planned without support, unless stated."""
        if member.surplus or member.deficit:
            return float(self.dealt.stated_by_year(member.surplus)[t] - self.dealt.stated_by_year(member.deficit)[t])
        return float(self.terms.agreed.targets[a, t] - self.terms.agreed.deficit_support[a, t])

    def system(self, one: Any, t: int, position: Sequence[Floats], log: Log, later: Log) -> Floats:
        """Add what one control total moves, and return by how much the members together are below theirs."""
        regime, off = self.terms.nhs_regime[t], dict[int, Floats]()
        members = {self.dealt.at(member.agency): member for member in one.members}
        for a, member in members.items():
            off[a] = position[a] - self.total(member, a, t)
        nought = np.zeros(self.world.paths)
        above = added((np.maximum(amount, 0) for amount in off.values()), nought)
        below = added((np.maximum(-amount, 0) for amount in off.values()), nought)
        pool, short = np.minimum(above, below), np.maximum(below - above, 0)
        bound, tied = regime == "system", one.system_share.used if one.system_share else 0.0
        shared = bound and (one.residual_bearer or any(member.loss_share for member in one.members))
        bearer = self.dealt.at(one.residual_bearer) if one.residual_bearer else OUTSIDE
        stated = {a: member.loss_share.used if member.loss_share else 0.0 for a, member in members.items()}
        if bearer != OUTSIDE:
            stated[bearer] = 1 - sum(share for a, share in stated.items() if a != bearer)
        payer = self.dealt.at(one.incentive_from) if one.incentive_from else OUTSIDE
        moved, borne = dict[int, Floats](), dict[int, Floats]()
        for a, member in members.items():
            over, under = np.maximum(off[a], 0), np.maximum(-off[a], 0)
            moved[a] = part(under, below) * pool - part(over, above) * pool if bound and one.offsets else 0 * pool
            borne[a] = part(under, below) * short - stated[a] * short if shared else 0 * pool
            plan = self.dealt.stated_by_year(member.incentive)[t]
            together = short <= HALF_PENNY
            alone = under <= HALF_PENNY
            own = alone if regime == "individual" else (1 - tied) * alone + tied * together
            log[Entry(one.id, 4, "incentive", payer, a)] = plan * own
        pairwise(log, Entry(one.id, 4, "offset", OUTSIDE, OUTSIDE), moved)
        pairwise(later if one.loss_paid == "next_year" else log, Entry(one.id, 5, "loss", OUTSIDE, OUTSIDE), borne)
        return short


def pairwise(log: Log, like: Entry, net: Mapping[int, Floats]) -> None:
    """Enter who pays whom: each giver pays each receiver in proportion, from the first of the two by id."""
    taken = added((np.maximum(amount, 0) for amount in net.values()), np.zeros(1))
    for one in net:
        for other in net:
            if one < other:
                forth = np.maximum(-net[one], 0) * part(np.maximum(net[other], 0), taken)
                back = np.maximum(-net[other], 0) * part(np.maximum(net[one], 0), taken)
                log[like._replace(payer=one, payee=other)] = forth - back


def part(amount: Floats, whole: Floats) -> Floats:
    """Return an amount as a share of the whole, nought where there is none."""
    return np.divide(amount, whole, out=np.zeros_like(amount), where=whole > 0)


def brought(log: Log, a: int, paths: int) -> Floats:
    """Return what entries bring to a body less what they take from it."""
    net = np.zeros(paths)
    for entry, amount in log.items():
        net = net + amount * (float(entry.payee == a) - float(entry.payer == a))
    return net
