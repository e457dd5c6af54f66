"""What agreements pay before any choice, written plainly: contracts, pooled funds, gain and loss shares.

For `plain_double`. What was agreed is read as it is stated, by attribute alone; nothing of `simulator` settles anything
here. Arrays are `[view, year, path]` in pounds: as it came, as the budget expected it, and nationally.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.plain_body import ACTUAL, EXPECTED, NATIONAL, Seen, cost_of, laid
from benchmarks.plain_world import Floats

__all__ = ["ACTUAL", "OUTSIDE", "Dealt", "Entry", "added"]
OUTSIDE = -1
Bools = npt.NDArray[np.bool_]


class Entry(NamedTuple):
    """One row of the log: the agreement, its tier, what part of it this is, who pays and who is paid."""

    agreement: str
    tier: int
    part: str
    payer: int
    payee: int


def added(amounts: Iterable[Floats], start: Floats) -> Floats:
    """Return a sum of arrays, from `start` on."""
    return reduce(np.add, amounts, start)


def label(first: str, t: int) -> str:
    """Return the financial year that is `t` years after the first projected one."""
    start = int(first[:4]) + t
    return f"{start}-{(start + 1) % 100:02d}"


class Dealt:
    """The first three tiers on one world, tier after tier."""

    def __init__(self, world: Seen, agreements: Sequence[Any]) -> None:
        self.world, self.stated = world, agreements
        self.places = {name: a for a, name in enumerate(world.terms.agency_ids)}
        self.labels = [label(world.terms.years[0], t) for t in range(world.years)]
        self.base = label(world.terms.years[0], -1)
        self.drivers = {driver.id: k for k, driver in enumerate(world.terms.drivers)}
        self.log = dict[Entry, Floats]()
        for one in agreements:
            if hasattr(one, "payer"):
                self.log[Entry(one.id, 1, "", self.at(one.payer), self.at(one.payee))] = self.contract(one)
                for part in getattr(one, "subcontracts", ()):
                    entry = Entry(one.id, 1, "subcontract", self.at(one.payee), self.at(part.payee))
                    if part.payee != one.payee:
                        self.log[entry] = self.log.get(entry, 0.0) + self.grown(part, self.seen_by(one))
        for one in agreements:
            if one.kind == "pooled_fund":
                for name, paid in self.pool(one).items():
                    if name != one.host:
                        self.log[Entry(one.id, 2, "", self.at(name), self.at(one.host))] = paid
        before = dict(self.log)
        for one in agreements:
            if one.kind == "gain_share":
                parties = self.at(one.commissioner), self.at(one.provider)
                self.log[Entry(one.id, 3, "", *parties)] = self.shared(one, before)

    def at(self, party: str) -> int:
        """Return the place of a body, or that it has no books here."""
        return self.places.get(party, OUTSIDE)

    def between(self, a: int) -> Floats:
        """Return what a body pays under agreements less what it is paid."""
        net = np.zeros((3, self.world.years, self.world.paths))
        for entry, amount in self.log.items():
            net += amount * (float(entry.payer == a) - float(entry.payee == a))
        return net

    def paid(self, a: int) -> Floats:
        """Return what a body pays under agreements, as it came."""
        paid = self.world.nought()
        for entry, amount in self.log.items():
            if entry.payer == a:
                paid = paid + amount[ACTUAL]
        return paid

    def stated_by_year(self, amounts: Any) -> Floats:
        """Return amounts of the years for which they are stated, nought in others."""
        known = {str(year): amount.used for year, amount in amounts.items()}
        return np.array([known.get(name, 0.0) for name in self.labels])

    def grown(self, part: Any, a: int) -> Floats:
        """Return what is entered while entered, then what its driver makes of the last of it.

        A budget knows last year's index; the nation moves the base year's amount alone.
        """
        known = {str(year): amount.used for year, amount in part.amounts.items()}
        entered = [name for name in [self.base, *self.labels] if name in known]
        if not entered:
            return np.zeros((3, self.world.years, self.world.paths))
        driver = getattr(part, "driver", None)
        index = self.world.agreed(self.drivers[driver] if driver else None, a)
        amount, last = np.empty_like(index), entered[-1]
        since = index[ACTUAL, self.labels.index(last)] if last != self.base else 1.0
        for t, name in enumerate(self.labels):
            if name <= last:
                amount[:, t] = known[max(one for one in entered if one <= name)] if entered[0] <= name else 0.0
            else:
                amount[:, t] = known[last] * index[:, t] / since
        amount[NATIONAL] = known.get(self.base, 0.0) * index[NATIONAL]
        return amount

    def contract(self, one: Any, part: Floats | float = 1.0) -> Floats:
        """Return what is due: P as planned and V as it came, each at the price of the year, by the kind of contract.

        `part` `[view, year, path]` is the share of the activity that is done, all of it if not given.
        Activity and price are those agreed, whatever either party believes of them.
        """
        seen_by = self.seen_by(one)
        names = [self.drivers[name] if name else None for name in (one.activity, one.price)]
        activity, price = (self.world.agreed(k, seen_by) for k in names)
        planned = np.stack([activity[EXPECTED], activity[EXPECTED], activity[NATIONAL]])
        calm = [self.world.calm.agreed(k, seen_by)[ACTUAL, :, 0] for k in names]
        if one.planned == "fixed":
            planned, calm[0] = np.ones_like(planned), np.ones_like(calm[0])
        plain = self.plain(one, calm[0] * calm[1])
        costs = added((self.grown(part, self.seen_by(one)) for part in getattr(one, "subcontracts", ())), np.zeros(1))
        return due(one, plain * planned * price, plain * activity * part * price, costs, self)

    def seen_by(self, one: Any) -> int:
        """Return whose activity and prices a contract follows: the payee's, or the payer's where that has no books."""
        return self.at(one.payee) if self.at(one.payee) != OUTSIDE else self.at(one.payer)

    def plain(self, part: Any, index: Floats) -> Floats:
        """Return a value at an index of 1, `[view, year, 1]`: the calm case meets what is stated of later years.

        The nation moves the base year's value alone.
        """
        known = {str(year): amount.used for year, amount in part.amounts.items()}
        base = np.full(self.world.years, known.get(self.base, 0.0))
        later = laid(base, np.array([known.get(name, np.nan) for name in self.labels]), index)
        return np.stack([later, later, base])[:, :, None]

    def pool(self, one: Any) -> dict[str, Floats]:
        """Return what each partner pays the host; the host's own row is what all others pay, the other way round."""
        names = sorted({part.agency for part in one.contributions})
        nought = np.zeros((3, self.world.years, self.world.paths))
        given = {
            name: added((self.grown(part, self.at(name)) for part in one.contributions if part.agency == name), nought)
            for name in names
        }
        cost = {name: self.cost(name, one.pays_for[name]) if one.pays_for.get(name) else nought for name in names}
        self.move(one, given)
        if one.share == "own_risk":
            # The budget pays each for its lines as they were expected; what they cost beside that is its own.
            hoped = {name: held[[EXPECTED, EXPECTED, NATIONAL]] for name, held in cost.items()}
            whole, all_hoped = added(given.values(), nought), added(hoped.values(), nought)
            part = np.divide(whole, all_hoped, out=np.zeros_like(nought), where=all_hoped > 0)
            paid = {name: given[name] - hoped[name] * part for name in names}
        else:
            share = self.borne(one, given, self.over(one, given, cost))
            paid = {name: given[name] - cost[name] + share[name] for name in names}
        paid[one.host] = -added((amount for name, amount in paid.items() if name != one.host), nought)
        return paid

    def cost(self, name: str, lines: Iterable[str]) -> Floats:
        """Return what lines of a body cost on the drivers that all have agreed."""
        return cost_of(self.world, self.at(name), tuple(lines), believed=False)

    def move(self, one: Any, given: dict[str, Floats]) -> None:
        """Move contributions as decided, in order of id: at once in pot A, later and if ratified in B and C."""
        moves = sorted(one.decisions, key=lambda move: move.id)
        u = self.world.luck.uniforms(f"agreement/{one.id}", 2 * len(moves)) if moves else np.zeros((0, 1))
        for m, move in enumerate(moves):
            agreed, wait = np.ones(self.world.paths), 0
            if move.pot != "A":
                wait = one.ratification[move.pot].delay
                agreed = agreed * (u[2 * m] < one.ratification["B"].chance.used)
            if move.pot == "C":
                agreed = agreed * (u[2 * m + 1] < one.ratification["C"].chance.used)
            start = int(str(move.year)[:4]) - int(self.labels[0][:4]) + wait
            for t in range(max(start, 0), self.world.years):
                moved = np.minimum(move.amount.used * agreed, given[move.lowers][:, t])
                given[move.lowers][:, t] -= moved
                given[move.raises][:, t] += moved

    def over(self, one: Any, given: dict[str, Floats], cost: dict[str, Floats]) -> Floats:
        """Return what partners share: all that is over, less what the risk pool met, more what refilled it.

        A budget knows what is left of the pool when the year begins.
        """
        nought = np.zeros((3, self.world.years, self.world.paths))
        over = added(cost.values(), nought) - added(given.values(), nought)
        met, whole = np.zeros_like(over), one.risk_pool.used if one.risk_pool else 0.0
        left = np.full((3, self.world.paths), whole)
        for t in range(self.world.years):
            used = np.minimum(np.maximum(over[:, t], 0), left) - np.minimum(np.maximum(-over[:, t], 0), whole - left)
            met[:, t] = used
            left = (left - used)[[ACTUAL, ACTUAL, NATIONAL]]
        return over - met

    def borne(self, one: Any, given: dict[str, Floats], over: Floats) -> dict[str, Floats]:
        """Return each partner's share of what is over; the residual bearer has what all others leave."""
        rule = one.then if one.share == "waterfall" else one.share
        bearer, whole = one.residual_bearer or one.host, added(given.values(), 0 * over)
        share = dict[str, Floats]()
        for name, amount in given.items():
            if rule == "fixed":
                share[name] = (one.shares[name].used if name in one.shares else 0.0) * over
            else:
                share[name] = np.divide(amount, whole, out=np.zeros_like(over), where=whole > 0) * over
            if rule == "capped" and name in one.caps:
                share[name] = np.clip(share[name], -one.caps[name].used, one.caps[name].used)
        share[bearer] = over - added((part for name, part in share.items() if name != bearer), 0 * over)
        return share

    def shared(self, one: Any, before: dict[Entry, Floats]) -> Floats:
        """Return what the commissioner pays the provider of a gain or loss against target."""
        if one.lines:
            judged = self.cost(one.provider, one.lines)
        else:
            nought = np.zeros((3, self.world.years, self.world.paths))
            judged = added((paid for entry, paid in before.items() if entry.agreement in one.agreements), nought)
        target = judged[EXPECTED] if one.target == "expected" else self.target(one)
        chance = one.quality_chance.used if one.quality_chance else 1.0
        passed = self.world.luck.uniforms(f"agreement/{one.id}", self.world.years) < chance
        settled = np.zeros_like(judged)
        settled[ACTUAL] = outcome(one, target, judged[ACTUAL], passed)
        # A budget does not know whether outcomes will pass.
        for weight, held in ((chance, True), (1 - chance, False)):
            settled[EXPECTED] += weight * outcome(one, target, judged[EXPECTED], np.full_like(passed, held))
        return settled

    def target(self, one: Any) -> Floats:
        """Return the target as stated, the last of it for good."""
        known = {str(year): amount.used for year, amount in one.target.items()}
        held = [max((name for name in known if name <= year), default="") for year in self.labels]
        by_year = np.array([known[name] if name else 0.0 for name in held])
        return by_year[:, None] + self.world.nought()


def outcome(one: Any, target: Floats, cost: Floats, passed: Bools) -> Floats:
    """Return what a gain or loss share pays the provider, given where outcomes passed."""
    gain = np.maximum(target - cost - one.corridor.used * target, 0)
    loss = np.maximum(cost - target - one.corridor.used * target, 0)
    provider: Floats = gain * (1 - one.gain_share.used) * passed - loss * (1 - one.loss_share.used)
    if one.cap:
        provider = np.clip(provider, -one.cap.used * target, one.cap.used * target)
    return provider - (gain - loss) if one.lines else provider


def due(one: Any, planned: Floats, done: Floats, costs: Floats, dealt: Dealt) -> Floats:
    """Return what a contract of any kind is due, given P, V and what subcontracts cost."""
    off = done - planned
    more: dict[str, Callable[[], Floats]] = {
        "activity": lambda: off,
        "marginal_rate": lambda: np.where(off > 0, one.rate.used, 1.0) * off,
        "block": lambda: 0 * off,
        "guaranteed_income": lambda: moved(one, dealt) + 0 * off,
        "cap_collar": lambda: within(one, planned, done),
        "blended": lambda: one.variable.used * off,
        "aligned": lambda: (1 - one.fixed_share.used) * variable(one, planned, off),
        "lead_provider": lambda: (
            np.maximum(costs - (1 + one.guarantee.used) * planned, 0) if one.guarantee else 0 * off
        ),
    }
    paid: Floats = planned + more[one.kind]()
    return np.maximum(paid, 0) if one.kind == "guaranteed_income" else paid


def moved(one: Any, dealt: Dealt) -> Floats:
    """Return what services moved in or out add by then, at cost, for good."""
    changes = dealt.stated_by_year(one.moved_in) - dealt.stated_by_year(one.moved_out)
    return np.cumsum(changes)[:, None]


def within(one: Any, planned: Floats, done: Floats) -> Floats:
    """Return the share of what lies beyond the margin, within cap and collar."""
    above = np.maximum(done - planned * (1 + one.width.used), 0)
    below = np.minimum(done - planned * (1 - one.width.used), 0)
    shared: Floats = one.share.used * (above + below)
    return np.clip(shared, -one.collar.used * planned, one.cap.used * planned)


def variable(one: Any, planned: Floats, off: Floats) -> Floats:
    """Return how far the variable part, were it the whole, is off plan: at its rate, and never above its limit."""
    rated: Floats = (one.rate.used if one.rate else 1.0) * off
    return np.minimum(rated, (one.limit.used - 1) * planned) if one.limit else rated
