"""The rules of an English council: it must balance every year, and it may hold reserves.

Arrays are `[variant, agency, path]` in pounds; `acting` is `[variant, 1, 1]`, true where managers
respond. Reserves are drawn in order: usable earmarked reserves, then the general fund, which is kept at
its minimum while usable earmarked reserves can do it; what lies beyond both is the unfunded gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.money import HALF_PENNY

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CouncilTerms:
    """What the rules need, fixed before the run; `minimum` is `[agency, year]`.

    `unexplained` is income of the base year that does not stand in the lines or does not come again; `bound` is
    what no view may draw from earmarked reserves, and `paid_out` `[agency, year]` what they have paid by then for
    their own purposes. `surplus_banked` `[agency, 1]` is the share of a surplus that managers keep.
    `support_charge` is the yearly cost of £1 of support, for good over any horizon; nought grants none.
    """

    minimum: Floats
    entered_surplus: Floats
    unexplained: Floats
    added: Floats
    recurs: Bools
    gf_unallocated: Floats
    earmarked: Floats
    usable_share: Floats
    reallocatable_share: Floats
    bound: Floats
    paid_out: Floats
    surplus_banked: Floats
    support_late: float
    support_charge: float


class Balances(NamedTuple):
    """Reserves that can move: general fund, usable earmarked, and what an emergency could reallocate."""

    gf_unallocated: Floats
    usable_earmarked: Floats
    reallocatable: Floats

    @property
    def usable(self) -> Floats:
        """What can meet any shortfall."""
        return self.gf_unallocated + self.usable_earmarked


class Close(NamedTuple):
    """How a year ended: balances, reserves used (below nought: added), and what they could not meet."""

    balances: Balances
    use_of_reserves: Floats
    surplus_spent: Floats
    unfunded_gap: Floats
    reallocated: Floats


class Opening(NamedTuple):
    """Where a variant starts, `[agency]`: balances, bound reserves, and what turns the base into the underlying one."""

    balances: Balances
    committed: Floats
    adjustment: Floats


def highest_band_d(before: float, core: float, social_care: float = 0.0, cash: float = 0.0) -> float:
    """Return the greatest Band D without a referendum, in pounds; both percentages apply to the whole of `before`.

    `cash` is the sum that a shire district may add where it is more than its percentage (LGFA 1992 s52ZC).
    """
    return before + max(core * before, cash) + social_care * before


def revenue_provision(requirement: float, life: int, rate: float | None, years: int) -> Floats:
    """Return minimum revenue provision by year in pounds on a capital financing requirement (SI 2003/3146 reg 27).

    Without a rate a straight line over `life` years; with one the principal of an annuity, which is
    E x i / ((1 + i)^life - 1) in the first year and grows at i.
    """
    t = np.arange(years)
    if not rate:
        paid = np.full(years, requirement / life)
    else:
        paid = requirement * rate / ((1 + rate) ** life - 1) * (1 + rate) ** t
    return np.where(t < life, paid, 0.0)


def opening(terms: CouncilTerms, recurs: bool | None = None, usable_share: float | None = None) -> Opening:
    """Return where every council starts, with a stated treatment or usable share in place of its own.

    One-off: neither what was added to reserves nor the surplus that paid for it comes again, so a base
    whose lines agree with its totals balances. Recurrent: a surplus of that size returns every year.
    """
    share = terms.usable_share if usable_share is None else np.full_like(terms.usable_share, usable_share)
    free = terms.earmarked - terms.bound
    usable = np.minimum(terms.earmarked * share, free)
    reallocatable = np.minimum(terms.earmarked * np.minimum(terms.reallocatable_share, 1 - share), free - usable)
    once = terms.added * ~(terms.recurs if recurs is None else np.full_like(terms.recurs, recurs))
    balances = Balances(terms.gf_unallocated, usable, reallocatable)
    return Opening(balances, terms.earmarked - usable - reallocatable, once - terms.unexplained)


def close(
    terms: CouncilTerms, year: int, balances: Balances, residual: Floats, *, rebuild: Floats, acting: Bools
) -> Close:
    """Meet a shortfall (`residual` above nought) from reserves in order, or bank a surplus.

    Of a surplus, what was planned to rebuild reserves is banked whole, and a share of the rest where managers are
    `acting` within the year.
    """
    minimum = terms.minimum[:, year, None]
    need = np.maximum(residual, 0.0)
    surplus = np.maximum(-residual, 0.0)
    loose = (1 - terms.surplus_banked) * np.maximum(surplus - rebuild, 0.0)
    spent = np.where(acting, loose, 0.0)
    banked = surplus - spent
    from_earmarked = np.minimum(need, balances.usable_earmarked)
    from_fund = np.minimum(need - from_earmarked, balances.gf_unallocated)
    unfunded = need - from_earmarked - from_fund
    reallocated = np.minimum(unfunded, balances.reallocatable)
    general_fund = balances.gf_unallocated - from_fund
    usable = balances.usable_earmarked - from_earmarked + banked
    # A finance director keeps the general fund at its minimum while any usable reserve is left to do it.
    moved = np.minimum(np.maximum(minimum - general_fund, 0.0), usable)
    after = Balances(general_fund + moved, usable - moved, balances.reallocatable - reallocated)
    used = from_earmarked + from_fund - banked
    return Close(after, used, spent, unfunded, reallocated)


def duties(terms: CouncilTerms, year: int, closed: Close) -> dict[str, Floats]:
    """Return by how many pounds each duty is missed, nought or more.

    `reserves_below_minimum` is the council's own policy; `unfunded_gap` is the duty to balance
    (LGFA 1992 s31A); `needs_support` is what is left after every reallocatable reserve as well.
    """
    below = terms.minimum[:, year, None] - closed.balances.gf_unallocated
    return {
        "reserves_below_minimum": np.maximum(below, 0.0),
        "unfunded_gap": closed.unfunded_gap,
        "needs_support": closed.unfunded_gap - closed.reallocated,
    }


def cannot_balance(gap: Floats, room: Floats, means: Floats) -> Bools:
    """Return whether a budget could not be set: its gap passes all savings `room` and `means`.

    `means` are usable reserves and what the greatest lawful tax would add.
    """
    unbalanced: Bools = gap > room + means + HALF_PENNY
    return unbalanced
