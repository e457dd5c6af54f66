"""The first limb: are the estimates robust? Tests R01 to R18 of the budget year (`domain.md` F3)."""

from __future__ import annotations

from math import fsum

import numpy as np

from simulator.compiled import Floats
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, Teller, covered, exactly, quantile_of, share_of
from simulator.money import HALF_PENNY
from simulator.years import FinancialYear

RAG_WEIGHTS = {"green": 0.95, "amber": 0.70, "red": 0.35}
"""What a rating stands for as a share delivered (`domain.md` F3 R04); what is not identified delivers nothing."""
FEW = "too few paths to say how sure the number is: run more"


def robustness(view: Seen) -> list[Found]:
    """Return the tests of the first limb for one body, in the order of their ids."""
    return [named_measures(view), in_year(view), contingency_cover(view), rated_savings(view), risk_cover(view)]


def year_of(view: Seen) -> FinancialYear:
    """Return the budget year."""
    return view.scenario.first_year + view.start


def stated_plan(view: Seen) -> bool:
    """Return whether the file says what the body plans to do: savings, or a plan of its own."""
    return bool(view.body.savings) or view.body.plan is not None


def new_savings(view: Seen) -> dict[str, float]:
    """Return approved savings that start in the budget year by rating, in pounds."""
    year = year_of(view)
    return {
        rag: fsum(
            saving.amounts[year].used for saving in view.body.savings if saving.rag == rag and year in saving.amounts
        )
        for rag in RAG_WEIGHTS
    }


def contingency(view: Seen) -> float:
    """Return what the budget year sets aside for variances, in pounds; nought where none is entered."""
    return float(view.central["contingency"][view.start])


def variance(view: Seen) -> Floats:
    """Return by how much the budget year turns out worse than its budget, by path in pounds.

    The gap less savings delivered, less the same in the central case with all savings that are planned.
    """
    t = view.start
    planned = view.central["gap"][t] - view.central["savings_planned"][t]
    worse: Floats = view.paths["gap"][t] - view.paths["savings_delivered"][t] - planned
    return worse


def named_measures(view: Seen) -> Found:
    """R01: what of the budget year's gap no named measure meets, over the net budget."""
    test, t = Teller(view, "R01", view.budget_year), view.start
    what = f"What of the central gap of {view.budget_year} no named measure meets, as a share of the net budget"
    if not stated_plan(view):
        why = "no plan is entered: neither approved savings (`savings`) nor the use of reserves (`plan.reserves_used`)"
        return test.tell(None, what, why)
    uses = view.body.plan.reserves_used if view.body.plan else {}
    reserves = uses[year_of(view)].used if year_of(view) in uses else 0.0
    unmet = float(view.central["gap"][t] - view.central["savings_planned"][t]) - reserves
    # A gap of a pound either way is how a plan is rounded, and half a penny is what the engine's sums are good for.
    share = unmet / view.net_budget[t] if unmet > HALF_PENNY else 0.0
    return test.tell(exactly(share), what, "Contingency is not counted: it is budgeted, and meets variances.")


def in_year(view: Seen) -> Found:
    """R02: the chance that a year's gap passes contingency, risk reserves and the general fund above its minimum."""
    test, t = Teller(view, "R02", view.budget_year), view.start
    fund = view.fund_opening(t)
    free = np.maximum(fund - view.minimum[t], 0.0)
    means = contingency(view) + view.usable_opening(t) - fund + free
    short = view.paths["gap"][t] - view.paths["savings_delivered"][t] > means + HALF_PENNY
    what = (
        f"Chance that {view.budget_year} costs more than its contingency, its usable earmarked reserves and its "
        "general fund above the minimum can meet"
    )
    return test.tell(share_of(view, short), what, without_contingency(view))


def without_contingency(view: Seen) -> str:
    """Return what to say where no contingency is entered."""
    return "" if view.body.contingency else "No contingency is entered, so none is counted."


def contingency_cover(view: Seen) -> Found:
    """R03: the share of futures in which the contingency meets the budget year's variance."""
    test = Teller(view, "R03", view.budget_year)
    what = f"Share of futures in which the contingency of {view.budget_year} meets its variance"
    if view.body.contingency is None:
        return test.tell(None, what, "no contingency is entered (`contingency.amounts`; enter 0 where there is none)")
    met = variance(view) <= contingency(view) + HALF_PENNY
    return test.tell(share_of(view, met), what, "No mitigation is counted beside it: the plan names none.")


def rated_savings(view: Seen) -> Found:
    """R04: by how much the budget counts on more of its savings than their ratings support."""
    test = Teller(view, "R04", view.budget_year)
    what = f"Share of the new savings of {view.budget_year} that the budget counts on beyond what their ratings support"
    savings = new_savings(view)
    total = fsum(savings.values())
    if not total:
        if not view.body.plan:
            return test.tell(
                None, what, f"no approved savings that start in {view.budget_year} are entered (`savings`)"
            )
        return test.tell(exactly(0.0), what, f"The plan has no savings that start in {view.budget_year}.")
    rate = fsum(RAG_WEIGHTS[rag] * amount for rag, amount in savings.items()) / total
    counted = counted_on(view)
    reason = (
        f"Ratings support {rate:.1%} (green 95%, amber 70%, red 35%, a judgement); the budget counts on {counted:.1%}."
    )
    return test.tell(exactly(counted - rate), what, reason)


def counted_on(view: Seen) -> float:
    """Return the share of its savings that the budget counts on; all of them unless the statement says otherwise."""
    stated = view.body.statement
    return stated.savings_rate.used if stated and stated.savings_rate else 1.0


def risk_cover(view: Seen) -> Found:
    """R13: contingency and risk reserves over the variance of a 1-in-20 year."""
    test, t = Teller(view, "R13", view.budget_year, "ratio"), view.start
    what = (
        f"Contingency and usable earmarked reserves over the variance that 1 future in 20 passes in {view.budget_year}"
    )
    bad = bad_year(view)
    if bad is None:
        return test.tell(None, what, FEW)
    fund, usable = view.central_opening(t)
    return test.tell(covered(contingency(view) + usable - fund, bad), what, without_contingency(view))


def bad_year(view: Seen) -> Measured | None:
    """Return the variance of the budget year that 1 future in 20 passes, in pounds; nothing with too few paths."""
    return quantile_of(view, variance(view), 95)
