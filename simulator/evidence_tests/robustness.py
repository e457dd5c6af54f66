"""The first limb: are the estimates robust? Tests R01 to R18 of the budget year (`domain.md` F3)."""

from __future__ import annotations

from math import fsum

from simulator.evidence_tests.budgeted import (
    FEW,
    NO_CONTINGENCY,
    RAG_WEIGHTS,
    agreed_money,
    bad_year,
    comes_back,
    contingency,
    counted_on,
    new_savings,
    of_what,
    risk_reserve,
    sets_aside,
    stated_plan,
    variance,
    year_of,
)
from simulator.evidence_tests.exposures import dominant, funding_confirmed, one_off, pooled
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.provisions import provided
from simulator.evidence_tests.records import collection, optimism, rebased, saving_record
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, Teller, covered, exactly, share_of
from simulator.money import HALF_PENNY


def robustness(view: Seen) -> list[Found]:
    """Return the tests of the first limb for one body, in the order of their ids."""
    return [
        named_measures(view),
        in_year(view),
        contingency_cover(view),
        rated_savings(view),
        saving_record(view),
        saving_scale(view),
        optimism(view),
        *provided(view),
        collection(view),
        risk_cover(view),
        one_off(view),
        funding_confirmed(view),
        dominant(view),
        rebased(view),
        pooled(view),
    ]


def named_measures(view: Seen) -> Found:
    """R01: what of the budget year's gap no named measure meets, over the net budget."""
    test, t = Teller(view, "R01", view.budget_year), view.start
    what = f"What of the central gap of {view.budget_year} no named measure meets, as a share of {of_what(view)}"
    if not stated_plan(view):
        why = (
            f"no plan is entered for {view.budget_year}: neither approved savings that start then (`savings`) nor the "
            "use of reserves (`plan.reserves_used`)"
        )
        return test.tell(None, what, why)
    uses = view.body.plan.reserves_used if view.body.plan else {}
    reserves = uses[year_of(view)].used if year_of(view) in uses else 0.0
    unmet = view.budgeted_gap - reserves - agreed_money(view, t)
    # A gap of a pound either way is how a plan is rounded, and half a penny is what the engine's sums are good for.
    share = unmet / view.net_budget[t] if unmet > HALF_PENNY else 0.0
    return test.tell(exactly(share), what, "Contingency is not counted: it is budgeted, and meets variances.")


def in_year(view: Seen) -> Found:
    """R02: the chance that a year's gap passes contingency, risk reserves and the general fund above its minimum."""
    test = Teller(view, "R02", view.budget_year)
    what = (
        f"Chance that {view.budget_year} costs more than its contingency, its usable earmarked reserves and its "
        "general fund above the minimum can meet"
    )
    return on_budget(view, test, share_of(view, comes_back(view)), what)


def contingency_cover(view: Seen) -> Found:
    """R03: the share of futures in which the contingency meets the budget year's variance."""
    test = Teller(view, "R03", view.budget_year)
    what = f"Share of futures in which the contingency of {view.budget_year} meets its variance"
    if not sets_aside(view):
        return test.tell(None, what, NO_CONTINGENCY)
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


def risk_cover(view: Seen) -> Found:
    """R13: contingency and risk reserves over the variance of a 1-in-20 year."""
    test = Teller(view, "R13", view.budget_year, "ratio")
    what = (
        f"Contingency and usable earmarked reserves over the variance that 1 future in 20 passes in {view.budget_year}"
    )
    bad = bad_year(view)
    if bad is None:
        return test.tell(None, what, FEW)
    reason = "What is held is that of the central case; a planned use of reserves comes on top (R02 counts both)."
    return on_budget(view, test, covered(contingency(view) + risk_reserve(view), bad), what, reason)


def on_budget(view: Seen, test: Teller, number: Measured, what: str, reason: str = "") -> Found:
    """Return a test that rests on what the budget sets aside: told but not graded where that is not entered."""
    if not sets_aside(view):
        return test.withheld(number, what, f"{NO_CONTINGENCY}, so that none is counted")
    return test.tell(number, what, reason)


def saving_scale(view: Seen) -> Found:
    """R06: new savings of the budget year over the net budget."""
    test = Teller(view, "R06", view.budget_year)
    what = f"New savings of {view.budget_year} as a share of {of_what(view)}"
    if not stated_plan(view):
        return test.tell(None, what, f"no approved savings that start in {view.budget_year} are entered (`savings`)")
    return test.tell(exactly(fsum(new_savings(view).values()) / view.net_budget[view.start]), what)
