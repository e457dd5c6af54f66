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
    """What the rules need, fixed before the run; `minimum` and `net_budget` are `[agency, year]`.

    `unexplained` is income of the base year that does not stand in the lines or does not come again;
    `plans` and `controls` are `[year]`: when managers can still plan savings, and act within the year.
    """

    minimum: Floats
    net_budget: Floats
    entered_surplus: Floats
    unexplained: Floats
    added: Floats
    recurs: Bools
    gf_unallocated: Floats
    earmarked: Floats
    usable_share: Floats
    reallocatable_share: Floats
    plans: Bools
    controls: Bools
    yearly_capacity: float
    total_capacity: float
    recurrent: float
    covered_once: float
    brake_share: float
    brake_cap: float
    surplus_banked: float
    support_late: float


class Balances(NamedTuple):
    """Reserves that can move: general fund, usable earmarked, and what an emergency could reallocate."""

    gf_unallocated: Floats
    usable_earmarked: Floats
    reallocatable: Floats


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


def opening(terms: CouncilTerms, recurs: bool | None = None, usable_share: float | None = None) -> Opening:
    """Return where every council starts, with a stated treatment or usable share in place of its own.

    One-off: neither what was added to reserves nor the surplus that paid for it comes again, so a base
    whose lines agree with its totals balances. Recurrent: a surplus of that size returns every year.
    """
    share = terms.usable_share if usable_share is None else np.full_like(terms.usable_share, usable_share)
    spare = np.minimum(terms.reallocatable_share, 1 - share)
    usable, reallocatable = terms.earmarked * share, terms.earmarked * spare
    once = terms.added * ~(terms.recurs if recurs is None else np.full_like(terms.recurs, recurs))
    balances = Balances(terms.gf_unallocated, usable, reallocatable)
    return Opening(balances, terms.earmarked - usable - reallocatable, once - terms.unexplained)


def budget(terms: CouncilTerms, year: int, gap: Floats, planned: Floats, acting: Bools) -> Floats:
    """Return the new savings planned: the gap expected, within yearly and total capacity."""
    net = terms.net_budget[:, year, None]
    room = np.minimum(terms.yearly_capacity * net, terms.total_capacity * net - planned)
    return np.where(acting & terms.plans[year], np.clip(gap, 0.0, np.maximum(room, 0.0)), 0.0)


def respond(terms: CouncilTerms, year: int, shortfall: Floats, acting: Bools) -> Floats:
    """Return what spending controls stop in the year: a share of the shortfall, within a cap."""
    stopped = np.minimum(
        terms.brake_share * np.maximum(shortfall, 0.0), terms.brake_cap * terms.net_budget[:, year, None]
    )
    return np.where(acting & terms.controls[year], stopped, 0.0)


def close(terms: CouncilTerms, year: int, balances: Balances, residual: Floats, acting: Bools) -> Close:
    """Meet a shortfall (`residual` above nought) from reserves in order, or bank a surplus."""
    minimum = terms.minimum[:, year, None]
    need = np.maximum(residual, 0.0)
    surplus = np.maximum(-residual, 0.0)
    spent = np.where(acting & terms.controls[year], (1 - terms.surplus_banked) * surplus, 0.0)
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


def cannot_balance(terms: CouncilTerms, year: int, gap: Floats, planned: Floats, means: Floats) -> Bools:
    """Return whether a budget could not be set: its gap passes all savings capacity of `year` and `means`.

    `means` are usable reserves and what the greatest lawful tax would add.
    """
    net = terms.net_budget[:, year, None]
    room = np.minimum(terms.yearly_capacity * net, terms.total_capacity * net - planned)
    unbalanced: Bools = gap > np.maximum(room, 0.0) + means + HALF_PENNY
    return unbalanced
