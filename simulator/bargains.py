"""How bodies may share out what a shift into prevention costs: each bargain moves money and makes none.

Net costs are nominal pounds `[agency, year, path]`, above nought where a shift costs a body money. Shares are from 0 to
1 by body and add up to 1. Whoever is no party to a pool or a risk share keeps its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from simulator.compiled import Bools, Floats

Kind = Literal["pooled", "risk_share", "gain_share", "bridging_loan"]

FOOTING: dict[Kind, str] = {
    "pooled": "a pooled fund of councils and NHS bodies under section 75 of the NHS Act 2006",
    "risk_share": "clauses of a section 75 agreement on how contributions vary (SI 2000/617, regulation 7)",
    "gain_share": "payments between NHS bodies and councils under sections 76 and 256 of the NHS Act 2006",
    "bridging_loan": "for a council, a direction under section 16 of the Local Government Act 2003, since it may not "
    "otherwise borrow for revenue; an ICB may not lend, so the lender is none of these bodies",
}
"""What in law each bargain stands on in England, for pages to say. It is no legal advice."""


@dataclass(frozen=True)
class Bargain:
    """One bargain: its kind and the terms that the kind uses.

    `shares` by body are those of a pool or a risk share, and `parties` whether each is in it: those with a share, if
    none are given. `share` is the part of a gainer's cash that a gain share takes. A bridging loan pays for the first
    `years` and is repaid over the `term` years after them at `rate` a year.
    """

    kind: Kind
    shares: tuple[float, ...] = ()
    parties: tuple[bool, ...] = ()
    share: float = 0.0
    years: int = 0
    term: int = 1
    rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse terms that would make or lose money.

        Raises:
            ValueError: when shares do not make a whole, a share is outside 0 to 1, or a loan has no term.
        """
        shared = self.kind in ("pooled", "risk_share")
        if shared and (abs(math.fsum(self.shares) - 1) > 1e-9 or min(self.shares) < 0):
            raise ValueError("the shares of a bargain are nought or more and add up to 1")
        if self.parties and not all(
            inside or not share for inside, share in zip(self.parties, self.shares, strict=True)
        ):
            raise ValueError("who has shares of a bargain is a party to it")
        if not 0 <= self.share <= 1:
            raise ValueError("the share of a gain is from 0 to 1")
        if self.years < 0 or self.term < 1 or self.rate < 0:
            raise ValueError("a loan has a term of a year or more, and neither years nor a rate below nought")


class Arranged(NamedTuple):
    """What a bargain leaves each body to bear.

    `net` and `lent` are `[agency, year, path]`: `lent` is what a lender pays in place of the body, below nought what
    the body repays, so that `net + lent` adds up over bodies to what it did before. `owed` `[agency, path]` is what is
    still to be repaid at the end of the horizon, that year's interest counted.
    """

    net: Floats
    lent: Floats
    owed: Floats

    @property
    def interest(self) -> Floats:
        """What a loan costs in all, `[agency, path]`: all that is repaid and still owed, less all that was lent."""
        cost: Floats = self.owed - self.lent.sum(axis=1)
        return cost


def arranged(  # noqa: PLR0917  # three views of one shift, then who pays for it and from when
    bargain: Bargain, net: Floats, expected: Floats, cash: Floats, payers: Floats, start: int
) -> Arranged:
    """Return what each body bears under a bargain.

    `expected` is what budgets hold the net costs to be, `cash` what each body's own lines let go (both shaped as
    `net`), `payers` `[agency]` each body's part of what the shift costs, and `start` the projected year in which it
    begins.
    """
    if bargain.kind == "bridging_loan":
        return bridged(net, bargain.years, bargain.term, bargain.rate, start)
    shares, parties = np.array(bargain.shares), np.array(bargain.parties) if bargain.parties else None
    if bargain.kind == "pooled":
        borne = pooled(net, shares, parties)
    elif bargain.kind == "risk_share":
        borne = risk_shared(net, expected, shares, parties)
    else:
        borne = gain_shared(net, cash, payers, bargain.share)
    return Arranged(borne, np.zeros_like(net), np.zeros((net.shape[0], net.shape[2])))


def pooled(net: Floats, shares: Floats, parties: Bools | None = None) -> Floats:
    """Return net costs where partners bear `shares` of the sum of theirs: section 75 of the NHS Act 2006.

    `parties` `[agency]` says who they are, whoever has a share if it is not given.
    """
    return risk_shared(net, np.zeros_like(net), shares, parties)


def risk_shared(net: Floats, expected: Floats, shares: Floats, parties: Bools | None = None) -> Floats:
    """Return net costs where partners bear what each expected, and `shares` of what turns out otherwise.

    `parties` as in a pool. Footing: a section 75 agreement states how contributions may vary (SI 2000/617, reg. 7).
    """
    inside = shares > 0 if parties is None else parties
    luck = np.where(inside[:, None, None], net - expected, 0.0)
    borne: Floats = net - luck + shares[:, None, None] * luck.sum(axis=0)
    return borne


def gain_shared(net: Floats, cash: Floats, payers: Floats, share: float) -> Floats:
    """Return net costs where each body gives `share` of its cash to those who pay, as they pay (`payers`).

    A body gives nothing where it has no cash. Footing: sections 76 and 256 of the NHS Act 2006 (payments from councils
    to NHS bodies, and from NHS bodies to councils).
    """
    whole = float(payers.sum())
    if whole <= 0:
        return net.copy()
    given = share * np.maximum(cash, 0.0)
    borne: Floats = net + given - (payers / whole)[:, None, None] * given.sum(axis=0)
    return borne


def bridged(net: Floats, years: int, term: int, rate: float, start: int) -> Arranged:
    """Return net costs where a lender pays those above nought in the first `years`, repaid as an annuity after them.

    Interest runs from the end of the year in which money is lent and is added to the debt until repayment begins, in
    equal yearly sums over `term` years; at `rate` the lender neither gains nor loses. What the horizon cuts off is
    `owed`. Footing: section 16 of the Local Government Act 2003 for a council (it may not borrow for revenue without a
    direction); an ICB may not lend.
    """
    horizon = net.shape[1]
    first = min(max(start, 0), horizon)
    after = min(max(start + years, first), horizon)
    lent = np.zeros_like(net)
    lent[:, first:after] = np.maximum(net[:, first:after], 0.0)
    grown = (1 + rate) ** np.arange(after - first - 1, -1, -1.0)
    debt = np.einsum("ayp,y->ap", lent[:, first:after], grown)
    payment = debt / _worth_of_one(rate, term)
    paid = min(term, horizon - after)
    lent[:, after : after + paid] -= payment[:, None]
    return Arranged(net - lent, lent, payment * _worth_of_one(rate, term - paid))


def _worth_of_one(rate: float, years: int) -> float:
    """Return what £1 at the end of each of some years is worth at their beginning: the annuity factor."""
    return -math.expm1(-years * math.log1p(rate)) / rate if rate > 0 else float(years)
