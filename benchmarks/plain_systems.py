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
        self.multiples = charities
        self.missed: list[list[Floats]] = [[] for _ in self.totals]

    def hoped(self, a: int, t: int) -> Floats:
        """Return what a body's budget need not find: support and incentives in full, last year's due, its own plan."""
        agreed = self.terms.agreed
        known = np.zeros(self.world.paths) + agreed.deficit_support[a, t] - agreed.targets[a, t]
        for one in self.totals:
            for member in one.members:
                if self.dealt.at(member.agency) == a:
                    known = known + self.dealt.stated_by_year(member.incentive)[t]
        hoped: Floats = known + brought(self.due, a, self.world.paths)
        return hoped

    def lost(self, t: int, gone: Mapping[int, Bools], view: int) -> dict[int, Floats]:
        """Return what every body is worse off by, since charities have failed: dearer services, lost income."""
        worse = {a: np.zeros(self.world.paths) for a in range(len(self.terms.agency_ids))}
        for entry, amount in self.dealt.log.items():
            for a, failed in gone.items():
                if entry.payee == a and entry.payer != OUTSIDE:
                    worse[entry.payer] = worse[entry.payer] + (self.multiples[a] - 1) * amount[view, t] * failed
                elif entry.payer == a and entry.payee != OUTSIDE:
                    already = gone.get(entry.payee, np.zeros(self.world.paths, dtype=bool))
                    worse[entry.payee] = worse[entry.payee] + amount[view, t] * (failed & ~already)
        return worse

    def flows(self, t: int, gone: Mapping[int, Bools]) -> Log:
        """Return the log of the first three tiers, with what replaces the services of charities that have failed."""
        found: Log = {}
        for entry, amount in self.dealt.log.items():
            stops = np.zeros(self.world.paths, dtype=bool)
            for party in {entry.payer, entry.payee}:
                stops = stops | gone.get(party, np.zeros(self.world.paths, dtype=bool))
            found[entry] = np.where(stops, 0.0, amount[ACTUAL, t])
            if entry.payee in gone:
                instead = Entry(entry.agreement, entry.tier, "replacing", entry.payer, OUTSIDE)
                payer_lives = ~gone.get(entry.payer, np.zeros(self.world.paths, dtype=bool))
                lost = amount[ACTUAL, t] * (gone[entry.payee] & payer_lives)
                found[instead] = found.get(instead, 0.0) + self.multiples[entry.payee] * lost
        return found

    def settle(self, t: int, position: Sequence[Floats], turnover: Sequence[Floats]) -> tuple[Log, list[Floats]]:
        """Return the year's later entries, and for every body what of its deficit support is withheld."""
        regime, log, later = self.terms.nhs_regime[t], dict(self.due), Log()
        met = {a: np.ones(self.world.paths, dtype=bool) for a in range(len(position))}
        for one, missed in zip(self.totals, self.missed, strict=True):
            short = self.system(one, t, position, log, later)
            missed.append(short if regime == "system" else 0 * short)
            for member in one.members:
                met[self.dealt.at(member.agency)] &= missed[-1] <= HALF_PENNY
        withheld = []
        for a, held in enumerate(position):
            full = self.terms.agreed.deficit_support[a, t]
            after = held + brought(log, a, self.world.paths) + full
            own = after >= self.terms.agreed.targets[a, t] - self.terms.agreed.tolerance * turnover[a]
            kept = met[a] if regime == "system" else own
            withheld.append(np.where(kept, 0.0, self.terms.support_withheld * full))
        for a, back in enumerate(withheld):
            if self.terms.agreed.deficit_support[a].any():
                log[Entry("deficit_support", 4, "support", OUTSIDE, a)] = self.terms.agreed.deficit_support[a, t] - back
        self.due = later
        return log, withheld

    def system(self, one: Any, t: int, position: Sequence[Floats], log: Log, later: Log) -> Floats:
        """Add what one control total moves, and return by how much the members together are below theirs."""
        regime, off = self.terms.nhs_regime[t], dict[int, Floats]()
        members = {self.dealt.at(member.agency): member for member in one.members}
        for a, member in members.items():
            target = self.dealt.stated_by_year(member.surplus)[t] - self.dealt.stated_by_year(member.deficit)[t]
            off[a] = position[a] - target
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
        for a, member in members.items():
            over, under = np.maximum(off[a], 0), np.maximum(-off[a], 0)
            moved = part(under, below) * pool - part(over, above) * pool if bound and one.offsets else 0 * pool
            log[Entry(one.id, 4, "offset", OUTSIDE, a)] = moved
            borne = part(under, below) * short - stated[a] * short if shared else 0 * pool
            into = later if one.loss_paid == "next_year" else log
            into[Entry(one.id, 5, "loss", OUTSIDE, a)] = borne
            plan = self.dealt.stated_by_year(member.incentive)[t]
            together = short <= HALF_PENNY
            alone = under <= HALF_PENNY
            own = alone if regime == "individual" else (1 - tied) * alone + tied * together
            log[Entry(one.id, 4, "incentive", payer, a)] = plan * own
        return short


def part(amount: Floats, whole: Floats) -> Floats:
    """Return an amount as a share of the whole, nought where there is none."""
    return np.divide(amount, whole, out=np.zeros_like(amount), where=whole > 0)


def brought(log: Log, a: int, paths: int) -> Floats:
    """Return what entries bring to a body less what they take from it."""
    net = np.zeros(paths)
    for entry, amount in log.items():
        net = net + amount * (float(entry.payee == a) - float(entry.payer == a))
    return net
