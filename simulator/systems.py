"""What is settled once positions are known: system offsets, loss shares, incentives, deficit support, failed charities.

Arrays are `[variant, agency, path]` in pounds. Amounts received are above nought. Positions are those before
mitigation, with incentives and deficit support left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.compiled import CHARITY, OUTSIDE, Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.position import Position


class Settlement(NamedTuple):
    """What a year's system agreements bring: received by every body, the log by entry, what each system missed.

    `support` is deficit support paid and `withheld` what of it was not.
    """

    received: Floats
    log: dict[int, Floats]
    missed: list[Floats]
    support: Floats
    withheld: Floats


class Systems:
    """The fourth and fifth tiers on one block under every variant."""

    def __init__(self, compiled: Compiled, position: Position, shape: tuple[int, int, int]) -> None:
        """Keep what was agreed; nothing is due from the year before the first."""
        self.compiled, self.agreed, self.position, self.shape = compiled, compiled.agreed, position, shape
        self.due: dict[int, Floats] = {}
        self.hoped = np.zeros((shape[1], compiled.horizon))
        for entry, amounts in self.agreed.hoped.items():
            self._enter(self.hoped, entry, amounts)

    @property
    def idle(self) -> bool:
        """Whether nothing is ever settled here."""
        return not (self.agreed.systems or self.agreed.support)

    def target(self, year: int) -> Floats:
        """Return the position that each body has planned, `[agency, 1]`: a surplus above nought, a deficit below."""
        return self.agreed.targets[:, year, None]

    def planned(self, year: int) -> Floats:
        """Return what the budget need not find: support and incentives in full, what is due, and a planned deficit."""
        return self.hoped[:, year, None] + self._credited(self.due) - self.target(year)

    def _credited(self, log: dict[int, Floats]) -> Floats:
        """Return what entries of the log bring to every body, less what they take; nought where it is empty."""
        if not log:
            return np.broadcast_to(np.float64(0.0), self.shape)
        net = np.zeros(self.shape)
        by_body = np.moveaxis(net, 1, 0)
        for entry, amount in log.items():
            self._enter(by_body, entry, amount)
        return net

    def _enter(self, net: Floats, entry: int, amount: Floats) -> None:
        """Credit who an entry of the log pays and charge who pays it; `net` has a row for each body."""
        payment = self.agreed.payments[entry]
        if payment.payee != OUTSIDE:
            net[payment.payee] += amount
        if payment.payer != OUTSIDE:
            net[payment.payer] -= amount

    def settle(self, year: int, shortfall: Floats, turnover: Floats) -> Settlement:
        """Settle a year on what every body is short of before mitigation."""
        regime, log, due = self.compiled.nhs_regime[year], dict(self.due), dict[int, Floats]()
        # What last year left due is in every position before anything of this year is settled.
        position, missed, system_met = self._credited(log) - shortfall, list[Floats](), np.ones(self.shape, dtype=bool)
        settled = dict[int, Floats]()
        for system in self.agreed.systems:
            members = list(system.members)
            found = system.settle(year, regime, position[:, members])
            missed.append(found.missed)
            _pairwise(found.offset, system.offsets, settled)
            _pairwise(found.loss, system.losses, due if system.next_year else settled)
            for i, member in enumerate(members):
                settled[system.incentives[i]] = found.incentive[:, i]
                system_met[:, member] &= found.missed <= HALF_PENNY
        support, withheld = self._support(year, position + self._credited(settled), turnover, regime, system_met)
        for body, entry in self.agreed.support:
            settled[entry] = support[:, body]
        self.due = due
        log |= settled
        return Settlement(self._credited(log), log, missed, support, withheld)

    def _support(
        self, year: int, position: Floats, turnover: Floats, regime: str, system_met: Bools
    ) -> tuple[Floats, Floats]:
        """Return deficit support paid, and withheld where the plan is missed, in the system regime the system's."""
        full = self.agreed.deficit_support[:, year, None]
        slack = self.agreed.tolerance * turnover
        own = position + full >= self.agreed.targets[:, year, None] - slack - HALF_PENNY
        met = np.where(self.agreed.in_system[:, None], system_met, own) if regime == "system" else own
        withheld = np.where(met, 0.0, self.compiled.support_withheld * full)
        return full - withheld, withheld


def _pairwise(net: Floats, pairs: tuple[tuple[int, int, int], ...], log: dict[int, Floats]) -> None:
    """Log who pays whom of what members receive and give on balance: each giver pays each receiver in proportion.

    Where nobody receives anything nothing is logged.
    """
    if not net.any():
        return
    given, taken = np.maximum(-net, 0.0), np.maximum(net, 0.0)
    pool = np.zeros_like(net[:, 0])
    for m in range(net.shape[1]):
        pool += taken[:, m]
    share = np.divide(taken, pool[:, None], out=np.zeros_like(taken), where=pool[:, None] > 0)
    for i, j, entry in pairs:
        log[entry] = given[:, i] * share[:, j] - given[:, j] * share[:, i]


def failures(compiled: Compiled, position: Position, failed: Bools | None, year: int, expected: bool) -> Floats | float:
    """Return what failed charities add to gaps: their own is nought, and who paid them pays for replacement.

    A body that a failed charity paid goes without.
    """
    if failed is None or not failed.any():
        return 0.0
    return _Failed(compiled, position, failed, year).effect(expected)


def replaced(compiled: Compiled, position: Position, failed: Bools | None, year: int) -> dict[int, Floats]:
    """Return entries of the log once charities have failed: theirs nought, replacements in their place."""
    if failed is None or not failed.any():
        return {}
    return _Failed(compiled, position, failed, year).log()


class _Failed:
    """The charities that have failed before a year, `[variant, charity, path]`, and what stops with them."""

    def __init__(self, compiled: Compiled, position: Position, failed: Bools, year: int) -> None:
        self.compiled, self.agreed, self.position, self.year = compiled, compiled.agreed, position, year
        self.failed, self.first = failed, compiled.slices[CHARITY].start

    def gone(self, party: int) -> Bools:
        """Return whether a party is a charity that has failed, `[variant, path]`."""
        if party < self.first:
            return np.zeros((self.failed.shape[0], self.failed.shape[2]), dtype=bool)
        lost: Bools = self.failed[:, party - self.first]
        return lost

    def effect(self, expected: bool) -> Floats:
        """Return what is added to every body's gap; a failed body's own is nought anyway.

        Who paid a failed charity under a contract pays for replacement; under any other agreement, or where a failed
        charity paid, what was to flow is gone.
        """
        versions, _, paths = self.failed.shape
        added = np.zeros((versions, len(self.compiled.agency_ids), paths))
        for entry, other in self.agreed.replaced.items():
            payment, views = self.agreed.payments[entry], self.position.payments.views[entry]
            amount = (views.expected if expected else views.actual)[self.year]
            payer, payee = self.gone(payment.payer), self.gone(payment.payee)
            if payment.payer != OUTSIDE:
                multiple = self.agreed.multiples[payment.payee - self.first] if other is not None else 0.0
                added[:, payment.payer] += (multiple - 1) * (payee & ~payer) * amount
            if payment.payee != OUTSIDE:
                added[:, payment.payee] += (payer & ~payee) * amount
        return added

    def log(self) -> dict[int, Floats]:
        """Return the entries that change: what still flows, and what replacement costs."""
        found = dict[int, Floats]()
        for entry, other in self.agreed.replaced.items():
            payment, amount = self.agreed.payments[entry], self.position.payments.views[entry].actual[self.year]
            payer, payee = self.gone(payment.payer), self.gone(payment.payee)
            found[entry] = np.where(payer | payee, 0.0, amount)
            if other is not None:
                found[other] = self.agreed.multiples[payment.payee - self.first] * (payee & ~payer) * amount
        return found
