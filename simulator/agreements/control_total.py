"""A system control total: offsets between members, shares of what the system is short, and incentives tied to it.

Positions `[variant, member, path]` are in pounds, surplus above nought, before mitigation and without incentives or
support. Amounts settled are above nought where a member receives them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Identifier, Record
from simulator.money import HALF_PENNY, Amount, Share
from simulator.transfers import Agreement, Floats, by_year
from simulator.years import FinancialYear

TIER = 4


class Member(Record):
    """A body in the system: its own control total, its incentive, and its share of what the system is short."""

    agency: Identifier
    surplus: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    deficit: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    incentive: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    loss_share: Assumption[Share] | None = None


class ControlTotal(Agreement):
    """A total that members meet together.

    Offsets and loss shares bind only in years of the system regime; incentives in every regime, those tied to the
    system's total not where each body stands alone.
    """

    kind: Literal["control_total"]
    members: list[Member] = Field(min_length=2)
    offsets: bool = Field(True, description="whether what some are above their totals meets what others are below")
    system_share: Assumption[Share] | None = Field(None, description="part of the incentive tied to the system's total")
    loss_paid: Literal["same_year", "next_year"] = "same_year"
    residual_bearer: Identifier | None = Field(None, description="takes what loss shares leave")
    incentive_from: Identifier | None = Field(None, description="who pays incentives; NHS England if absent")

    @property
    def ordered(self) -> tuple[Member, ...]:
        """Its members by id, so that their order in a file moves no last digit."""
        return tuple(sorted(self.members, key=lambda member: member.agency))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [member.agency for member in self.members]
        if len(set(names)) < len(names):
            raise ValueError("each member stands in a system once; take the second out")
        made = sum(member.loss_share.used for member in self.members if member.loss_share)
        if made > 1 + 1e-9:
            raise ValueError(f"loss shares of a system add up to at most 100%; these make {made:.1%}")
        if 0 < made < 1 - 1e-9 and self.residual_bearer is None:
            raise ValueError(f"loss shares make {made:.1%}: name who takes the rest as `residual_bearer`")
        if self.residual_bearer and self.residual_bearer not in names:
            raise ValueError(f"the residual bearer is a member; `{self.residual_bearer}` is not")
        for member in self.members:
            both = sorted(set(member.surplus) & set(member.deficit))
            if both:
                raise ValueError(
                    f"`{member.agency}` has a surplus and a deficit for {both[0]}; take one of the two out"
                )
        return self


class Terms(NamedTuple):
    """Totals and incentives `[member, year]`, loss shares `[member]`, and who takes what they leave."""

    targets: Floats
    incentive: Floats
    loss_shares: Floats
    bearer: int | None
    offsets: bool
    system_share: float


class Settled(NamedTuple):
    """What a system settles: offsets, loss shares and incentives `[variant, member, path]`, and what it misses by.

    `missed` is `[variant, path]`, nought or more, and nought where the regime is not the system's.
    """

    offset: Floats
    loss: Floats
    incentive: Floats
    missed: Floats


def terms(stated: ControlTotal, years: tuple[FinancialYear, ...]) -> Terms:
    """Return what `settle` needs, members by id."""
    members = stated.ordered
    names = [member.agency for member in members]
    return Terms(
        np.array([by_year(member.surplus, years) - by_year(member.deficit, years) for member in members]),
        np.array([by_year(member.incentive, years) for member in members]),
        np.array([member.loss_share.used if member.loss_share else 0.0 for member in members]),
        names.index(stated.residual_bearer) if stated.residual_bearer else None,
        stated.offsets,
        stated.system_share.used if stated.system_share else 0.0,
    )


def settle(held: Terms, year: int, regime: str, position: Floats) -> Settled:
    """Return what members owe one another and are paid in a year."""
    off = position - held.targets[:, year, None]
    over, under = np.maximum(off, 0.0), np.maximum(-off, 0.0)
    above, below, total = _summed(over), _summed(under), _summed(off)
    nought = np.zeros_like(position)
    offset, loss = nought, nought
    missed = np.maximum(-total, 0.0)
    if regime == "system" and held.offsets:
        pool = np.minimum(above, below)[:, None]
        offset = under * _over(pool, below[:, None]) - over * _over(pool, above[:, None])
    if regime == "system" and (held.loss_shares.any() or held.bearer is not None):
        # What the system misses is what those below their totals are short of once all are counted together.
        loss = under * _over(missed[:, None], below[:, None]) - _shares(held, missed)
    tied = held.system_share if regime != "individual" else 0.0
    own = (off >= -HALF_PENNY).astype(float)
    together = (total >= -HALF_PENNY).astype(float)[:, None]
    incentive = held.incentive[:, year, None] * ((1 - tied) * own + tied * together)
    return Settled(offset, loss, incentive, missed if regime == "system" else np.zeros_like(missed))


def _shares(held: Terms, short: Floats) -> Floats:
    """Return each member's share of what the system is short; the residual bearer has what all others leave."""
    shares = held.loss_shares[:, None] * short[:, None]
    bearer = held.bearer if held.bearer is not None else int(np.argmax(held.loss_shares))
    others = np.zeros_like(short)
    for m in range(shares.shape[1]):
        if m != bearer:
            others += shares[:, m]
    shares[:, bearer] = short - others
    return shares


def _summed(amounts: Floats) -> Floats:
    """Return the sum over members, added in their order."""
    total = amounts[:, 0].copy()
    for m in range(1, amounts.shape[1]):
        total += amounts[:, m]
    return total


def _over(part: Floats, whole: Floats) -> Floats:
    """Return a part as a share of the whole, nought where there is none."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
