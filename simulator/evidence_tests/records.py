"""Tests of the estimates that rest on the past: what came of budgets and savings (R05, R07, R12 and R17)."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from statistics import fmean, stdev

from scipy.special import stdtr

from simulator.assumptions import Assumption
from simulator.evidence_tests.budgeted import counted_on, new_savings, of_what
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Teller, exactly
from simulator.money import in_millions
from simulator.statement import PastYear

LEAST, LAST = 3, 5
"""A record has three years or more, and no more than the last five count (`domain.md` F3)."""
STEADIEST = 0.001
"""Least standard deviation that a record is taken to have, a tenth of a point (judgement): even records do happen."""
MATERIAL = 0.005
"""The lasting overspend whose chance R07 tells, as a share of the budget."""
RUNNING = 3
"""Overspends in a row from which R07 is red whatever their size."""


def saving_record(view: Seen) -> Found:
    """R05: the share of savings the budget counts on, less the mean of the record, in its standard deviations."""
    test = Teller(view, "R05", view.budget_year, "ratio")
    what = (
        f"Share of savings counted on in {view.budget_year} above the past mean, in standard deviations of the record"
    )
    if not any(new_savings(view).values()):
        return test.tell(None, what, f"no approved savings that start in {view.budget_year} are entered (`savings`)")

    def rate(past: PastYear) -> float | None:
        planned = _used(past.savings_planned)
        return _over(_used(past.savings_delivered), planned) if planned else None

    record = _record(view, rate)
    if len(record) < LEAST:
        return test.tell(None, what, _short(record, "savings_planned` and `savings_delivered"))
    return test.tell(exactly(_apart(counted_on(view), record)), what, _told(record, "delivered"))


def optimism(view: Seen) -> Found:
    """R07: the mean overspend of past years as a share of budget; three running are red whatever their size."""
    test = Teller(view, "R07", view.budget_year)
    what = "Mean overspend of the last years closed as a share of their budgets, as a guide to the budget's own bias"
    record = _record(view, lambda past: _over(_overspent(past), _used(past.budget)))
    if len(record) < LEAST:
        return test.tell(None, what, _short(record, "budget` and `outturn"))
    mean, spread = fmean(record), stdev(record)
    # With a flat prior the bias is a Student t about the mean, with one degree of freedom fewer than years.
    t = (mean - MATERIAL) / (spread / len(record) ** 0.5) if spread else inf if mean > MATERIAL else -inf
    lasting = float(stdtr(len(record) - 1, t))
    reason = f"{_told(record, 'overspent')} The chance that a lasting bias exceeds {MATERIAL:.1%} is {lasting:.0%}."
    if all(over > 0 for over in record[-RUNNING:]):
        return test.red(exactly(mean), what, f"{RUNNING} overspends running. {reason}")
    return test.tell(exactly(mean), what, reason)


def collection(view: Seen) -> Found:
    """R12: the collection of council tax that the budget counts on, less the past mean, in its standard deviations."""
    test = Teller(view, "R12", view.budget_year, "ratio")
    what = f"Tax collection counted on in {view.budget_year} above the past mean, in standard deviations of the record"
    if view.body.tax is None:
        return test.tell(None, what, "it raises no council tax")
    stated = view.body.statement
    if stated is None or stated.collection is None:
        return test.tell(None, what, "the collection that the budget counts on is not entered (`statement.collection`)")
    record = _record(view, lambda past: _used(past.collection))
    if len(record) < LEAST:
        return test.tell(None, what, _short(record, "collection"))
    reason = f"{_told(record, 'collected')} Growth of the tax base is not tested: no record of it is entered."
    return test.tell(exactly(_apart(stated.collection.used, record)), what, reason)


def rebased(view: Seen) -> Found:
    """R17: last year's overspend that the base does not hold, over the net budget.

    Where the central case moves on from the outturn of that year or a later one, the base holds it all. Elsewhere the
    whole overspend counts, since nothing entered says what of it was put into the base or does not come again.
    """
    test = Teller(view, "R17", view.budget_year)
    what = f"Overspend of the last year closed that the base does not hold, as a share of {of_what(view)}"
    past = view.body.statement.past if view.body.statement else {}
    closed = [year for year in past if _overspent(past[year]) is not None]
    if not closed:
        return test.tell(None, what, "no closed year with its budget and outturn is entered (`statement.past`)")
    last = max(closed)
    over = max(_overspent(past[last]) or 0.0, 0.0)
    if last <= view.scenario.base_year and view.body.plan is None:
        return test.tell(
            exactly(0.0), what, f"The central case moves on from the outturn of {view.scenario.base_year}."
        )
    reason = (
        f"{last} was overspent by {in_millions(over)}; all of it counts, since what was put into the base is unknown."
    )
    return test.tell(
        exactly(over / view.net_budget[view.start]), what, reason if over else f"{last} was not overspent."
    )


def _record(view: Seen, of: Callable[[PastYear], float | None]) -> list[float]:
    """Return a number of each of the last years that have it, oldest first."""
    past = view.body.statement.past if view.body.statement else {}
    found = [value for year in sorted(past) if (value := of(past[year])) is not None]
    return found[-LAST:]


def _used(stated: Assumption[float] | None) -> float | None:
    return stated.used if stated else None


def _overspent(past: PastYear) -> float | None:
    budget, outturn = _used(past.budget), _used(past.outturn)
    return None if budget is None or outturn is None else outturn - budget


def _over(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _apart(counted: float, record: list[float]) -> float:
    return (counted - fmean(record)) / max(stdev(record), STEADIEST)


def _told(record: list[float], did: str) -> str:
    return f"In {len(record)} years {did}: mean {fmean(record):.1%}, standard deviation {stdev(record):.1%}."


def _short(record: list[float], fields: str) -> str:
    return f"a record of at least {LEAST} years is needed; {len(record)} entered (`statement.past`: `{fields}`)"
