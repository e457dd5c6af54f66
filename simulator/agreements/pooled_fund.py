"""A pooled fund (NHS Act 2006 s75, SI 2000/617): partners pay in, a host pays out, and a rule shares the difference.

Arrays are `[partner, year, path]` in pounds. Each partner has the lines it commissions in its own books; the pool pays
for them, and a rule says who bears what they cost beyond all contributions. The residual bearer takes what it leaves.
Whether a move is ratified is known when the budget of its year is set.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Share
from simulator.transfers import Agreement, Floats
from simulator.years import FinancialYear

TIER = 2
Pot = Literal["A", "B", "C"]


class PoolContribution(Record):
    """What a partner pays in, and into which pot.

    A is pooled by law and moves freely; B is aligned, its owner ratifies; C needs NHS England too.
    """

    agency: Identifier
    pot: Pot = "A"
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)
    driver: Identifier | None = Field(None, description="driver of its growth after the last year entered")


class Ratification(Frozen):
    """How likely a move is ratified, and how many years later it takes effect."""

    chance: Assumption[Share]
    delay: int = Field(0, ge=0, le=5)


class Decision(Record):
    """A move of contribution from one partner to another, for good from its year on."""

    id: Identifier
    name: Label | None = None
    pot: Pot
    year: FinancialYear
    lowers: Identifier = Field(description="the partner who pays less")
    raises: Identifier = Field(description="the partner who pays more")
    amount: Assumption[Amount]


class PooledFund(Agreement):
    """A fund that partners share, its host, its rule and who bears what the rule leaves."""

    kind: Literal["pooled_fund"]
    host: Identifier
    contributions: list[PoolContribution] = Field(min_length=2)
    pays_for: dict[Identifier, list[Identifier]] = Field(
        min_length=1, description="by partner, its own spending lines that the pool pays for"
    )
    share: Literal["own_risk", "pro_rata", "fixed", "capped", "waterfall"]
    shares: dict[Identifier, Assumption[Share]] = Field(
        default_factory=dict, description="of a fixed rule; make 100%; other rules leave them unused"
    )
    caps: dict[Identifier, Assumption[Amount]] = Field(
        default_factory=dict, description="most that a partner bears in a year under a capped rule, either way"
    )
    risk_pool: Assumption[Amount] | None = Field(None, description="set aside in a waterfall, before partners pay")
    then: Literal["pro_rata", "fixed"] = Field("pro_rata", description="how a waterfall shares what is left")
    residual_bearer: Identifier | None = Field(None, description="takes what the rule leaves; the host if absent")
    decisions: list[Decision] = Field(default_factory=list)
    ratification: dict[Literal["B", "C"], Ratification] = Field(
        default_factory=dict, description="by pot; in C the chance is NHS England's, beside the owner's of pot B"
    )

    @property
    def partners(self) -> tuple[str, ...]:
        """Every partner by id, in order."""
        return tuple(sorted({part.agency for part in self.contributions}))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        held = set(self.partners)
        strangers = {*self.pays_for, *self.shares, *self.caps, self.host, self.residual_bearer or self.host} - held
        strangers |= {party for move in self.decisions for party in (move.lowers, move.raises)} - held
        if strangers:
            raise ValueError(f"every party of a pool pays in, if only 0; `{sorted(strangers)[0]}` does not")
        fixed = self.share == "fixed" or (self.share == "waterfall" and self.then == "fixed")
        made = sum(share.used for share in self.shares.values())
        if fixed and abs(made - 1) > 1e-9:
            raise ValueError(f"fixed shares of a pool add up to 100%; these make {made:.1%}")
        bearer = self.residual_bearer or self.host
        if bearer in self.caps:
            raise ValueError(f"`{bearer}` takes what the rule leaves, so a cap cannot bind it; take its cap out")
        for move in self.decisions:
            if move.lowers == move.raises:
                raise ValueError(f"`{move.id}` moves money between two partners; it names one twice, so take it out")
            parts = [part.amounts for part in self.contributions if (part.agency, part.pot) == (move.lowers, move.pot)]
            stated = sum(amounts[max(amounts)].used for amounts in parts)
            if move.amount.used > stated:
                raise ValueError(
                    f"`{move.id}` moves more than `{move.lowers}` has in pot {move.pot}; lower it, or name the pot"
                )
            if move.pot != "A" and move.pot not in self.ratification:
                raise ValueError(f"a move in pot {move.pot} must be ratified; add `ratification: {{{move.pot}: …}}`")
            if move.pot == "C" and "B" not in self.ratification:
                raise ValueError("a move in pot C needs its owner too; add the owner's `ratification` under B")
        return self


class Terms(NamedTuple):
    """What `settle` needs; partners are by place, and `moves` are (lowers, raises, pot, first year, pounds)."""

    partners: tuple[str, ...]
    host: int
    rule: str
    shares: Floats
    caps: Floats
    risk_pool: float
    bearer: int
    moves: tuple[tuple[int, int, str, int, float], ...]
    chances: dict[str, float]
    delays: dict[str, int]
    draws: int


def terms(stated: PooledFund, years: tuple[FinancialYear, ...]) -> Terms:
    """Return what `settle` needs."""
    partners = stated.partners
    at = {name: p for p, name in enumerate(partners)}
    rule = stated.then if stated.share == "waterfall" else stated.share
    moves = [
        (at[move.lowers], at[move.raises], move.pot, move.year - years[0], move.amount.used)
        for move in sorted(stated.decisions, key=lambda move: move.id)
    ]
    return Terms(
        partners=partners,
        host=at[stated.host],
        rule=rule,
        shares=np.array([stated.shares[name].used if name in stated.shares else 0.0 for name in partners]),
        caps=np.array([stated.caps[name].used if name in stated.caps else np.inf for name in partners]),
        risk_pool=stated.risk_pool.used if stated.risk_pool and stated.share == "waterfall" else 0.0,
        bearer=at[stated.residual_bearer or stated.host],
        moves=tuple(moves),
        chances={pot: ratified.chance.used for pot, ratified in stated.ratification.items()},
        delays={pot: ratified.delay for pot, ratified in stated.ratification.items()},
        draws=2 * len(moves),
    )


def decided(held: Terms, contributions: Floats, drawn: Floats) -> Floats:
    """Return contributions once moves are made: at once in pot A, later and only if ratified in B and C.

    `drawn` `[2 x move, path]` are uniforms, the owner's and then NHS England's for each move.
    """
    moved = contributions.copy()
    for m, (lowers, raises, pot, first, amount) in enumerate(held.moves):
        start = max(first + held.delays.get(pot, 0), 0)
        agreed = np.ones(drawn.shape[1])
        if pot != "A":
            agreed = (drawn[2 * m] < held.chances["B" if pot == "C" else pot]).astype(float)
        if pot == "C":
            agreed *= drawn[2 * m + 1] < held.chances["C"]
        for t in range(start, moved.shape[1]):
            # Nobody pays in less than nothing.
            made = np.minimum(amount * agreed, moved[lowers, t])
            moved[lowers, t] -= made
            moved[raises, t] += made
    return moved


def borne(held: Terms, contributions: Floats, costs: Floats) -> Floats:
    """Return each partner's share of what the pool is over (below nought: under), `[partner, year, path]`.

    The shares add up exactly: the residual bearer has what all others leave.
    """
    over = _summed(costs) - _summed(contributions)
    if held.rule == "fixed":
        weights = np.broadcast_to(held.shares[:, None, None], contributions.shape)
    else:
        whole = _summed(contributions)
        weights = np.divide(contributions, whole, out=np.zeros_like(contributions), where=whole > 0)
    shares = weights * over
    if held.rule == "capped":
        limit = held.caps[:, None, None]
        shares = np.clip(shares, -limit, limit)
    shares[held.bearer] = over - _summed(shares, but=held.bearer)
    return shares


def _summed(amounts: Floats, but: int | None = None) -> Floats:
    """Return the sum over partners, added in their order, one left out if asked."""
    total: Floats = np.zeros_like(amounts[0])
    for p, amount in enumerate(amounts):
        if p != but:
            total += amount
    return total


def opening(held: Terms, contributions: Floats, costs: Floats, drawn: Floats) -> Floats:
    """Return what is left in a waterfall's risk pool at the start of each year, `[year, path]` in pounds."""
    given = decided(held, contributions, drawn)
    left = np.full((costs.shape[1] + 1, costs.shape[2]), held.risk_pool)
    for t in range(costs.shape[1]):
        left[t + 1] = left[t] - _met(held, left[t], _summed(costs[:, t]) - _summed(given[:, t]))
    return left[:-1]


def _met(held: Terms, left: Floats, over: Floats) -> Floats:
    """Return what the risk pool meets of what is over in a year; below nought, what refills it."""
    met: Floats = np.where(over > 0, np.minimum(over, left), np.maximum(over, left - held.risk_pool))
    return met


def settle(
    held: Terms, contributions: Floats, costs: Floats, drawn: Floats, *, budgeted: Floats, known: Floats
) -> Floats:
    """Return what each partner pays the host, `[partner, year, path]` in pounds; the host's row is what it receives.

    At own risk a partner pays its contribution and is paid what the pool has budgeted for its lines, contributions in
    proportion to `budgeted` costs; what its lines cost beside that is its own. Under every other rule it pays its
    contribution, less what its lines cost, plus its share of what the pool is over.
    In a waterfall an overspend, once the pool's own underspends are used, meets the risk pool, which the host holds and
    underspends refill; partners share what is left. `known` is what is in it at the start of each year. Cutting schemes
    is what managers do, not the agreement.
    """
    given = decided(held, contributions, drawn)
    if held.rule == "own_risk":
        whole = _summed(budgeted)
        paid = given - np.divide(budgeted, whole, out=np.zeros_like(budgeted), where=whole > 0) * _summed(given)
    else:
        relieved = _relieved(held, given, costs, known)
        paid = given - relieved + borne(held, given, relieved)
    paid[held.host] = -_summed(paid, but=held.host)
    return paid


def _relieved(held: Terms, contributions: Floats, costs: Floats, known: Floats) -> Floats:
    """Return costs as partners share them: less what the risk pool meets, more what refills it, on the host's row."""
    counted = costs.copy()
    counted[held.host] -= _met(held, known, _summed(costs) - _summed(contributions))
    return counted


def movable(stated: PooledFund, year: FinancialYear) -> dict[str, float]:
    """Return what stands in each pot in a year entered, in pounds: only pot A moves without its owner's consent."""
    found = dict.fromkeys(("A", "B", "C"), 0.0)
    for part in stated.contributions:
        if year in part.amounts:
            found[part.pot] += part.amounts[year].used
    return found
