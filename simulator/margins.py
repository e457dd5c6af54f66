"""By how much a body falls short of a limit, as a number that is above nought where the limit is broken.

Limits are of the years from the budget year to the plan's end. Reserves that ran out count on as what they could not
meet, so that the number says how much more would have been needed, and moves smoothly with luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simulator.compiled import CHARITY, ICB, LOCAL, Bools, Compiled, Floats
from simulator.evidence_tests.budgeted import beyond
from simulator.evidence_tests.seen import plan_years
from simulator.money import HALF_PENNY
from simulator.prepared import prepare
from simulator.regimes.council import opening
from simulator.scenario import Scenario

BELOW_MINIMUM, EMPTY, SUPPORT, OFF_PLAN = "below_minimum", "empty_reserve", "needs_support", "missed_by_half_percent"
OUTCOME = {
    BELOW_MINIMUM: "reserves_below_minimum",
    EMPTY: "unfunded_gap",
    SUPPORT: "needs_support",
    OFF_PLAN: "missed_by_half_percent",
}
"""The outcome of a run that each limit counts."""
WORDS = {
    BELOW_MINIMUM: "the general fund falls below its minimum",
    EMPTY: "usable reserves run out and a gap is left unfunded",
    SUPPORT: "a gap is left after every reserve, as before a section 114 notice",
    OFF_PLAN: "the plan is missed by more than 0.5%",
}
"""What each limit says where it is broken, as the end of a sentence."""


class Body(NamedTuple):
    """Whose limits they are and over which years: a body by id and place, the budget year and the plan's end."""

    agency: str
    row: int
    local: bool
    start: int
    end: int

    @property
    def span(self) -> slice:
        """The years from the budget year to the plan's end."""
        return slice(self.start, self.end + 1)

    @property
    def limits(self) -> tuple[str, ...]:
        """The limits that a body of its kind can break, the first one its headline."""
        return (BELOW_MINIMUM, EMPTY, SUPPORT) if self.local else (OFF_PLAN,)


def judged(scenario: Scenario, agency: str) -> tuple[Compiled, Body]:
    """Return the terms of a scenario up to a body's plan's end, and the body with the years over which it is judged.

    A shorter horizon is the beginning of a longer one, bit for bit, so nothing changes but the time taken.

    Raises:
        ValueError: when it is neither a local authority nor an NHS body.
    """
    start, end = plan_years(scenario, next(body for body in scenario.bodies if body.id == agency))
    compiled = prepare(scenario.model_copy(update={"years": end + 1})).compiled
    row, local = compiled.agency_ids.index(agency), compiled.slices[LOCAL]
    if row >= compiled.slices[CHARITY].start:
        raise ValueError(f"{agency} is a charity; stress tests are of local authorities and NHS bodies")
    return compiled, Body(agency, row, row < local.stop, start, end)


def margin(compiled: Compiled, body: Body, limit: str, money: Mapping[str, Floats]) -> Floats:
    """Return by how many pounds a limit is broken at worst, `[...]` for measures `[year, ...]`; nought or less is kept.

    Reserves are those of one view whose surpluses are all kept, such as the plan view.
    """
    span = body.span
    if limit == OFF_PLAN:
        beyond: Floats = (money["off_plan"] - tolerated(compiled, body, money))[span].max(axis=0)
        return beyond
    usable, unfunded = money["usable_reserves"], np.cumsum(money["unfunded_gap"][span], axis=0)
    floor = np.zeros_like(unfunded)
    if limit == BELOW_MINIMUM:
        floor += _along(compiled.actions.minimum[body.row][span], floor)
    if limit == SUPPORT:
        start = float(opening(compiled.council).balances.reallocatable[body.row])
        floor -= start - money["reallocated"][: body.start].sum(axis=0)
    short: Floats = (floor - usable[span] + unfunded).max(axis=0)
    return short


def tolerated(compiled: Compiled, body: Body, money: Mapping[str, Floats]) -> Floats:
    """Return half a per cent of what an NHS body turns over, `[year, ...]`: an ICB's funding, what a trust spends."""
    icbs = compiled.slices[ICB]
    commissions = icbs.start <= body.row < icbs.stop
    terms = compiled.icb if commissions else compiled.trust
    assert terms is not None
    turnover = money["funding"] if commissions else money["spending"] + money["transfers_out"]
    return terms.tolerance * turnover


def came_back(compiled: Compiled, body: Body, money: Mapping[str, Floats]) -> Bools:
    """Return on which paths a council comes back for more within the budget year, `[path]`.

    Its gap less savings delivered passes contingency, usable earmarked reserves and the general fund above its minimum,
    all as the year opens. An NHS body comes back where it misses its plan by more than half a per cent.
    """
    t = body.start
    if not body.local:
        return np.asarray(money["off_plan"][t] - tolerated(compiled, body, money)[t] > 0)
    least = float(compiled.actions.minimum[body.row, t])
    if t:
        fund, usable = money["gf_unallocated"][t - 1], money["usable_reserves"][t - 1]
    else:
        held = opening(compiled.council).balances
        fund, usable = held.gf_unallocated[body.row], held.usable[body.row]
    asked = money["gap"][t] - money["savings_delivered"][t] - money["contingency"][t]
    return np.asarray(beyond(asked, usable, fund, least) > HALF_PENNY)


def ever(body: Body, happened: Bools) -> Bools:
    """Return on which paths something happened in any year from the budget year to the plan's end."""
    return np.asarray(happened[body.span].any(axis=0))


def _along(by_year: Floats, like: Floats) -> Floats:
    return by_year.reshape(-1, *[1] * (like.ndim - 1))
