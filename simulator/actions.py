"""What managers do, whatever the body: raise tax, plan savings, rebuild reserves, stop spending in the year.

Arrays are `[variant, agency, path]` in pounds; `acting` is `[variant, 1, 1]`, true where managers respond. A body
without council tax has no room for it, and one that may not hold reserves has none to rebuild.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ActionTerms:
    """What each body's managers can do, fixed before the run; `net_budget` and `minimum` are `[agency, year]`.

    `approved` and its `approved_lasting` part are `[rag, agency, year]`, savings that start in the year. `plans` and
    `controls` are `[year]`: when managers can still plan savings, and act within the year. The rest are `[agency, 1]`.
    """

    net_budget: Floats
    minimum: Floats
    approved: Floats
    approved_lasting: Floats
    plans: Bools
    controls: Bools
    yearly_capacity: Floats
    total_capacity: Floats
    recurrent: Floats
    covered_once: Floats
    brake_share: Floats
    brake_cap: Floats
    tax_to_limit: Floats
    rebuild_years: Floats
    rebuild_to: Floats


class Outlook(NamedTuple):
    """What is known when a budget is set: the gap left by approved savings, savings so far, reserves, room for tax.

    `capacity` is the share of the stated savings capacity that a variant has, `[variant, 1, 1]`.
    """

    gap: Floats
    planned: Floats
    usable: Floats
    tax_room: Floats
    capacity: Floats


class Budget(NamedTuple):
    """What the budget decides: tax raised above the plan, new savings, and what of a surplus rebuilds reserves."""

    tax: Floats
    savings: Floats
    rebuild: Floats


def budget(terms: ActionTerms, year: int, known: Outlook, acting: Bools) -> Budget:
    """Return what closes the gap expected: tax up to the lawful limit, then new savings within capacity.

    Where usable reserves stand below their target, a yearly part of the difference is planned for as well.
    """
    open_ = acting & terms.plans[year]
    target = terms.rebuild_to * terms.minimum[:, year, None]
    rebuild = np.where(open_, np.maximum(target - known.usable, 0.0) / terms.rebuild_years, 0.0)
    wanted = np.maximum(known.gap + rebuild, 0.0)
    tax = np.where(open_, np.minimum(wanted, terms.tax_to_limit * known.tax_room), 0.0)
    room = savings_room(terms, year, known.planned, known.capacity)
    return Budget(tax, np.where(open_, np.clip(wanted - tax, 0.0, room), 0.0), rebuild)


def savings_room(terms: ActionTerms, year: int, planned: Floats, capacity: Floats | float = 1.0) -> Floats:
    """Return how much can still be planned in a year; `planned` counts all savings so far, this year's approved too.

    The yearly limit holds approved and new savings together.
    """
    net, approved = terms.net_budget[:, year, None], terms.approved[:, :, year].sum(axis=0)[:, None]
    yearly = capacity * terms.yearly_capacity * net - approved
    room: Floats = np.maximum(np.minimum(yearly, capacity * terms.total_capacity * net - planned), 0.0)
    return room


def respond(terms: ActionTerms, year: int, shortfall: Floats, acting: Bools) -> Floats:
    """Return what spending controls stop in the year: a share of the shortfall, within a cap."""
    stopped = np.minimum(
        terms.brake_share * np.maximum(shortfall, 0.0), terms.brake_cap * terms.net_budget[:, year, None]
    )
    return np.where(acting & terms.controls[year], stopped, 0.0)
