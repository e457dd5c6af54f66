"""What the budget provides for pay, prices, demand and income against what the body may meet (R08 to R11).

Each test asks in how many futures the cost (or income) that some drivers move is met by the growth the budget pays
for. The central case is no provision: against itself it would pass by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats, Line
from simulator.evidence_tests.budgeted import year_of
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, Teller, share_of
from simulator.money import HALF_PENNY
from simulator.place import LocalAuthority
from simulator.regimes.icb import Icb
from simulator.statement import Statement

LEAST_PROVIDED = 0.5
"""Share of what drivers move that provisions have to reach before the rest is taken to be like it (judgement)."""


class _Moved(NamedTuple):
    """Pounds of the base year that one driver moves, and the power with which it does."""

    driver: int
    pounds: float
    power: float


class _Provided(NamedTuple):
    """What one driver's part costs in the budget year: by path, and as provided."""

    driver: int
    met: Floats
    provided: float


def provided(view: Seen) -> list[Found]:
    """Return R08 to R11 for one body."""
    pay = _pay(view)
    lines = [line for line in view.compiled.lines if line.agency == _place(view)]
    received = {line.id for line in view.body.spending if line.received and not line.spent}
    income = [line for line in lines if line.id.endswith("/income") or line.id in received]
    spent = [line for line in lines if line not in income]
    priced = [*_priced(view, spent)]
    return [
        _tested(view, "R08", "Share of futures in which the provision for pay in {} meets it", _only(priced, pay),
                "it has no `employer_costs.pay`, which names its driver of pay"),
        _tested(view, "R09", "Share of futures in which the provision for prices in {} meets them", _but(priced, pay)),
        _tested(view, "R10", "Share of futures in which the provision for demand in {} meets it",
                [*_demanded(view, spent)]),
        _tested(view, "R11", "Share of futures in which income in {} reaches what is budgeted",
                [*_priced(view, income), *_demanded(view, income), *_earned(view)],
                "no line of income of its own is entered"),
    ]  # fmt: skip


def _place(view: Seen) -> int:
    return view.compiled.agency_ids.index(view.body.id)


def _pay(view: Seen) -> int:
    """Return the place of the driver of pay, or one that no driver has."""
    costs = view.body.employer_costs
    return [terms.id for terms in view.compiled.drivers].index(costs.pay) if costs else -1


def _priced(view: Seen, lines: list[Line]) -> Iterator[_Moved]:
    for line in lines:
        for driver, share in view.compiled.pairs[line.pair].basket:
            yield _Moved(driver, line.base * share, 1.0)


def _demanded(view: Seen, lines: list[Line]) -> Iterator[_Moved]:
    for line in lines:
        pair = view.compiled.pairs[line.pair]
        if pair.demand is not None:
            yield _Moved(pair.demand, line.base, pair.elasticity)


def _earned(view: Seen) -> Iterator[_Moved]:
    """Yield the income of other bodies than local authorities, beside contracts, that a driver moves in the year."""
    names = [terms.id for terms in view.compiled.drivers]
    for income in () if isinstance(view.body, LocalAuthority | Icb) else view.body.incomes:
        if income.driver and year_of(view) not in income.amounts:
            yield _Moved(names.index(income.driver), -income.amounts[min(income.amounts)].used, 1.0)


def _only(moved: list[_Moved], driver: int) -> list[_Moved]:
    return [part for part in moved if part.driver == driver]


def _but(moved: list[_Moved], driver: int) -> list[_Moved]:
    return [part for part in moved if part.driver != driver]


def _tested(view: Seen, key: str, what: str, moved: list[_Moved], without: str = "") -> Found:
    """Return one test: the share of futures in which the sum of all parts provided for is met."""
    test, what = Teller(view, key, view.budget_year), what.format(view.budget_year)
    names = [terms.id for terms in view.compiled.drivers]
    if not moved:
        return test.tell(None, what, without or "nothing that it spends moves by such a driver")
    stated = view.body.statement or Statement()
    if view.luck is None or view.central_luck is None:
        return test.tell(None, what, "the drivers' own paths were not kept")
    parts = [part for one in moved if (part := _part(view, stated, one))]
    missing = sorted({names[one.driver] for one in moved} - {names[part.driver] for part in parts})
    if not parts:
        why = "no provision is entered (`statement.provisions`) for {}; against itself the central case would pass"
        return test.tell(None, what, why.format(", ".join(missing)))
    held = {part.driver for part in parts}
    whole = sum(abs(one.pounds) for one in moved)
    reached = sum(abs(one.pounds) for one in moved if one.driver in held) / whole if whole else 1.0
    left = f" Without a provision: {', '.join(missing)}." if missing else ""
    if reached < LEAST_PROVIDED:
        return test.tell(None, what, f"provisions reach {reached:.0%} of what such drivers move.{left}")
    return test.tell(_enough(view, parts), what, f"Provisions reach {reached:.0%}.{left}{_worst(view, parts, names)}")


def _part(view: Seen, stated: Statement, moved: _Moved) -> _Provided | None:
    """Return what a part costs in the budget year by path and as provided; nothing without a provision for it."""
    assert view.luck is not None and view.central_luck is not None
    name = view.compiled.drivers[moved.driver].id
    growth = {year: rate.used for year, rate in stated.provisions.get(name, {}).items()}
    years = [year for year in growth if 0 <= year - view.scenario.first_year <= view.start]
    if year_of(view) not in years:
        return None
    level, central = view.luck.levels[name], view.central_luck.levels[name]
    grown, middle, paid = np.ones(level.shape[1]), 1.0, 1.0
    for year in years:
        t = year - view.scenario.first_year
        grown = grown * (level[t] / level[t - 1] if t else level[0])
        middle *= float(central[t, 0] / central[t - 1, 0] if t else central[0, 0])
        paid *= 1 + growth[year]
    # What the part costs before the years provided for is as the central case has it, on every path.
    before = moved.pounds * (float(central[view.start, 0]) / middle) ** moved.power
    return _Provided(moved.driver, before * grown**moved.power, before * paid**moved.power)


def _enough(view: Seen, parts: list[_Provided]) -> Measured:
    """Return the share of futures in which what is provided meets the sum of the parts; income is below nought."""
    met = np.sum([part.met for part in parts], axis=0)
    return share_of(view, met <= sum(part.provided for part in parts) + HALF_PENNY)


def _worst(view: Seen, parts: list[_Provided], names: list[str]) -> str:
    """Return the driver whose own provision is met least often, where there are several."""
    found = {
        driver: _enough(view, [part for part in parts if part.driver == driver]).value
        for driver in sorted({part.driver for part in parts})
    }
    if len(found) < 2:
        return ""
    worst = min(found, key=lambda driver: found[driver])
    return f" Least often met: {names[worst]}, in {found[worst]:.0%} of futures."
