"""Tests of what strains reserves later: the high-needs deficit, debt, later gaps, support (A11 to A14)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.evidence_tests.budgeted import agreed_money, of_what
from simulator.evidence_tests.exposures import exceptional, paid
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Teller, exactly, over, share_of, span
from simulator.money import HALF_PENNY, in_millions
from simulator.place import LocalAuthority

POINTS = 0.02
"""How much dearer borrowing A12 looks at: 200 basis points (`domain.md` F4)."""
LARGE = 0.05
"""The gap of years 2 to 4 that A13 counts as large, as a share of the net budget (`domain.md` F4)."""


def high_needs(view: Seen) -> Iterator[Found]:
    """A11: what falls due of the high-needs deficit as the override ends, over usable reserves; and all of it."""
    test, override = Teller(view, "A11", "the end of the override", "ratio"), view.compiled.override
    what = "High-needs deficit that falls on the general fund as the override ends, over usable reserves, central case"
    if view.body.needs is None:
        yield test.tell(None, what, "it has no high-needs account (`high_needs`)")
        return
    if override is None or not 0 < override.ends < len(view.years):
        why = "the scenario says of no year in its reach that the override ends (`rules.high_needs_override`)"
        yield test.tell(None, what, why)
        return
    last = override.ends - 1
    deficit = max(float(view.central["high_needs_deficit"][last]), 0.0)
    usable = float(view.central["usable_reserves"][last])
    told = (
        f"The deficit is {in_millions(deficit)} at the end of {view.years[last]}, usable reserves "
        f"{in_millions(usable)}."
    )
    test = Teller(view, "A11", view.years[override.ends], "ratio")
    if override.then == "extended":
        yield test.tell(None, what, f"the override is entered as never ending, so that nothing falls due. {told}")
    else:
        due = deficit * (1 - override.accrued_met)
        reason = f"Government is entered as meeting {override.accrued_met:.0%} of it. {told}"
        yield test.tell(exactly(over(due, usable)), what, reason)
    whole = "The whole high-needs deficit as the override ends, over usable reserves, central case"
    yield test.informs(exactly(over(deficit, usable)), whole, f"Were none of it met. Informs, never graded. {told}")


def financing(view: Seen) -> Found:
    """A12: financing costs over funding in the budget year, and with borrowing two points dearer from now on."""
    test, t = Teller(view, "A12", view.budget_year), view.start
    what = f"Interest and provision for debt over the funding of {view.budget_year}, central case"
    debt = view.body.debt
    if debt is None:
        return test.tell(None, what, "no debt is entered (`debt`)")
    stream = [float(amount) for amount in view.central["funding"]]
    cost = [float(amount) for amount in view.central["financing_costs"]]
    dearer = [
        (cost[year] + debt.outstanding.used * POINTS * (1 - (1 - debt.maturing.used) ** (year + 1))) / stream[year]
        for year in (t, view.end)
    ]
    reason = (
        f"With new borrowing two points dearer from {view.years[0]} on it is {dearer[0]:.1%}, and {dearer[1]:.1%} in "
        f"{view.years[view.end]}. Income from investments is not taken off: none is entered."
    )
    return test.tell(exactly(cost[t] / stream[t]), what, reason)


def later_gap(view: Seen) -> Found:
    """A13: the chance that gaps of years 2 to 4 that savings leave add up to more than 5% of the net budget.

    A gap counts before reserves and after contingency; a year with a surplus takes nothing off the others.
    """
    first, last = view.start + 1, min(view.start + 3, view.end)
    key = "A13" if isinstance(view.body, LocalAuthority) else "A13-others"
    test = Teller(view, key, f"{view.years[min(first, last)]} to {view.years[last]}")
    what = f"Chance that gaps in {test.horizon} that savings do not meet add up to more than 5% of {of_what(view)}"
    if first > last:
        return test.tell(None, what, "no year is projected after the budget year (`years`)")
    years = slice(first, last + 1)
    kept = view.paths["contingency"][years]
    agreed = np.array([agreed_money(view, t) for t in range(first, last + 1)])[:, None]
    gaps = view.paths["gap"][years] - view.paths["savings_delivered"][years] - kept - agreed
    unmet = np.maximum(gaps, 0.0).sum(axis=0)
    return test.tell(share_of(view, unmet > LARGE * float(view.net_budget[view.start]) + HALF_PENNY), what)


def support(view: Seen) -> Found:
    """A14: the last year of the plan that counts on support, from the budget year as 1; nought if none.

    Support is a grant that is exceptional, and an NHS body's deficit support.
    """
    test, first = Teller(view, "A14", span(view, view.end), "years"), view.scenario.first_year
    local = isinstance(view.body, LocalAuthority)
    kind = "exceptional financial" if local else "deficit"
    what = f"Years from the budget year in which {test.horizon} counts on {kind} support"
    grants = exceptional(view)
    row = view.compiled.agency_ids.index(view.body.id)
    years = [
        t
        for t in range(view.start, view.end + 1)
        if view.compiled.agreed.deficit_support[row, t] or any(paid(view, grant, first + t) for grant in grants)
    ]
    last = max(years) - view.start + 1 if years else 0
    entered = "No grant is entered as `exceptional`." if local else "No deficit support is entered (`deficit_support`)."
    reason = "" if years or grants else entered
    return test.tell(exactly(float(last)), what, reason)
