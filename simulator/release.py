"""What avoided activity lets go of: growth that never comes, capacity that can be withdrawn, cost that is stranded.

Everything is in pounds at one year's prices, arrays `[year, path]`. Amounts are nought or more; shares are from 0 to 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class ReleaseTerms(NamedTuple):
    """How a service lets go of its cost.

    `growth_cashable` is the share of avoided growth that can be taken as cash; `stranded` the share of average cost
    that stays when activity falls below today's capacity; `withdrawal_years` how long capacity that stands idle takes
    to be withdrawn (infinity: never; a year at the quickest); `step` the pounds a year of the least unit that can
    close, such as a ward (nought: any amount); `backfill` the share of avoided activity that others' unmet need takes.
    """

    growth_cashable: float
    stranded: float
    withdrawal_years: float
    step: float
    backfill: float


class Released(NamedTuple):
    """What became of avoided activity, each `[year, path]` in pounds: growth + below + refilled is all of it.

    `growth` never comes; `below` cuts into today's capacity; `refilled` is taken by others, an outcome and no cash.
    Of `below`, `released` has left and `stranded` is still paid for. `cash` is what a budget can count on.
    """

    growth: Floats
    below: Floats
    refilled: Floats
    released: Floats
    stranded: Floats
    cash: Floats


def released(  # noqa: PLR0917  # what one year's activity is, and two shares of it that are cash
    terms: ReleaseTerms,
    volume: Floats,
    capacity: Floats,
    avoided: Floats,
    cashable: Floats | float,
    growing: Floats | float = 1.0,
) -> Released:
    """Return what avoided activity lets go of, and what of that is cash.

    `volume` is what the service would cost without the programme, `capacity` `[path]` what it cost when the programme
    began, `avoided` the activity avoided at average cost, never above `volume`. `cashable` is the share of released
    cost of today's capacity that can be taken as cash, `growing` the part of avoided growth that counts as cash at all.

    What is avoided above today's capacity is growth that need not be provided for: nothing stands idle. What cuts
    below it frees the variable part of cost at once and the rest as whole units of idle capacity are withdrawn. Cash
    never falls as more is avoided, nor as withdrawal quickens. It doubles with `volume`, `capacity` and `avoided`
    where there is no step. It is not concave in size everywhere: where one year's cut begins at a smaller size than
    the cut of the year before, idle capacity begins to be withdrawn at a larger size than it begins to stand idle.
    """
    refilled = terms.backfill * avoided
    rest = avoided - refilled
    growth = np.minimum(rest, np.maximum(volume - capacity, 0.0))
    below = rest - growth
    fixed = terms.stranded * withdrawn(below, terms.withdrawal_years)
    if terms.step:
        # A billionth of a unit short of a whole one is rounding, not a ward that must stay open.
        fixed = np.minimum(np.floor(fixed / terms.step + 1e-9) * terms.step, fixed)
    left = (1 - terms.stranded) * below + fixed
    return Released(
        growth, below, refilled, left, below - left, terms.growth_cashable * growing * growth + cashable * left
    )


def withdrawn(below: Floats, years: float) -> Floats:
    """Return what of a cut `below` capacity `[year, path]` has been withdrawn by each year; none in the first.

    Each year takes one part in `years` of what stood idle the year before. Where demand comes back, what was
    withdrawn is provided again at once.
    """
    gone = np.zeros_like(below)
    for t in range(1, len(below)):
        idle = np.maximum(below[t - 1] - gone[t - 1], 0.0)
        gone[t] = np.minimum(below[t], gone[t - 1] + idle / max(years, 1.0))
    return gone
