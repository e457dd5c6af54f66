"""What is settled once positions are known: system offsets, loss shares, incentives, deficit support, failed charities.

Arrays are `[variant, agency, path]` in pounds. Amounts received are above nought. Positions are those before
mitigation, with incentives and deficit support left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.compiled import OUTSIDE, Bools, Compiled, Floats
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

    @property
    def idle(self) -> bool:
        """Whether nothing is ever settled here."""
        return not (self.agreed.systems or self.agreed.support)

    def target(self, year: int) -> Floats:
        """Return the position that each body has planned, `[agency, 1]`: a surplus above nought, a deficit below."""
        return self.agreed.targets[:, year, None]

    def planned(self, year: int) -> Floats:
        """Return what the budget need not find: support and incentives in full, what is due, and a planned deficit."""
        hoped = np.zeros(self.shape) - self.target(year)
        hoped += self.agreed.deficit_support[:, year, None]
        for system in self.agreed.systems:
            for i, member in enumerate(system.members):
                hoped[:, member] += system.planned[i, year]
        return hoped + self._credited(self.due)

    def _credited(self, log: dict[int, Floats]) -> Floats:
        """Return what entries of the log bring to every body, less what they take."""
        net = np.zeros(self.shape)
        for entry, amount in log.items():
            payment = self.agreed.payments[entry]
            if payment.payee != OUTSIDE:
                net[:, payment.payee] += amount
            if payment.payer != OUTSIDE:
                net[:, payment.payer] -= amount
        return net

    def settle(self, year: int, shortfall: Floats, turnover: Floats) -> Settlement:
        """Settle a year on what every body is short of before mitigation."""
        regime, log, due = self.compiled.nhs_regime[year], dict(self.due), dict[int, Floats]()
        position, missed, system_met = -shortfall, list[Floats](), np.ones(self.shape, dtype=bool)
        for system in self.agreed.systems:
            members = list(system.members)
            found = system.settle(year, regime, position[:, members])
            missed.append(found.missed)
            for i, member in enumerate(members):
                log[system.offsets[i]] = found.offset[:, i]
                (due if system.next_year else log)[system.losses[i]] = found.loss[:, i]
                log[system.incentives[i]] = found.incentive[:, i]
                system_met[:, member] &= found.missed <= 0
        support, withheld = self._support(year, position + self._credited(log), turnover, regime, system_met)
        for body, entry in self.agreed.support:
            log[entry] = support[:, body]
        self.due = due
        return Settlement(self._credited(log), log, missed, support, withheld)

    def _support(
        self, year: int, position: Floats, turnover: Floats, regime: str, system_met: Bools
    ) -> tuple[Floats, Floats]:
        """Return deficit support paid, and withheld where the plan is missed, in the system regime the system's."""
        full = self.agreed.deficit_support[:, year, None]
        slack = self.agreed.tolerance * turnover
        own = position + full >= self.agreed.targets[:, year, None] - slack
        met = system_met if regime == "system" else own
        withheld = np.where(met, 0.0, self.compiled.support_withheld * full)
        return full - withheld, withheld


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
        self.compiled, self.position, self.failed, self.year = compiled, position, failed, year
        self.first = compiled.slices["vcse"].start

    def stopped(self, entry: int, expected: bool = False) -> Floats:
        """Return what an entry would have paid to or by a charity, where that has failed."""
        payment, views = self.compiled.agreed.payments[entry], self.position.payments.views[entry]
        party = payment.payee if payment.payee >= self.first else payment.payer
        amount = (views.expected if expected else views.actual)[self.year]
        lost: Floats = self.failed[:, party - self.first] * amount
        return lost

    def effect(self, expected: bool) -> Floats:
        """Return what is added to every body's gap."""
        versions, _, paths = self.failed.shape
        added = np.zeros((versions, len(self.compiled.agency_ids), paths))
        for entry in self.compiled.agreed.replaced:
            payment, lost = self.compiled.agreed.payments[entry], self.stopped(entry, expected)
            if payment.payee >= self.first:
                charity = payment.payee - self.first
                if payment.payer != OUTSIDE:
                    added[:, payment.payer] += (self.compiled.agreed.multiples[charity] - 1) * lost
            elif payment.payee != OUTSIDE:
                added[:, payment.payee] += lost
        return added

    def log(self) -> dict[int, Floats]:
        """Return the entries that change: what still flows, and what replacement costs."""
        found = dict[int, Floats]()
        for entry, other in self.compiled.agreed.replaced.items():
            payment, lost = self.compiled.agreed.payments[entry], self.stopped(entry)
            found[entry] = self.position.payments.views[entry].actual[self.year] - lost
            if other is not None:
                found[other] = self.compiled.agreed.multiples[payment.payee - self.first] * lost
        return found
