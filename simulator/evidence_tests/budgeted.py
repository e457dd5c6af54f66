"""What the budget year holds that tests look at: what is planned, set aside, varies, and may be drawn on."""

from __future__ import annotations

from math import fsum

import numpy as np

from simulator.compiled import Bools, Floats
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, quantile_of
from simulator.money import HALF_PENNY
from simulator.place import LocalAuthority
from simulator.years import FinancialYear

RAG_WEIGHTS = {"green": 0.95, "amber": 0.70, "red": 0.35}
"""What a rating stands for as a share delivered (`domain.md` F3 R04); what is not identified delivers nothing."""
NO_CONTINGENCY = "no contingency is entered (`contingency.amounts`; enter 0 where there is none)"
FEW = "too few paths to say how sure the number is: run more"


def year_of(view: Seen) -> FinancialYear:
    """Return the budget year."""
    return view.scenario.first_year + view.start


def stated_plan(view: Seen) -> bool:
    """Return whether the file says what the body plans for the budget year: new savings, or a plan of its own."""
    return view.body.plan is not None or any(new_savings(view).values())


def of_what(view: Seen) -> str:
    """Return what a share of the net budget is a share of, in words that fit the kind of body."""
    return "the net budget" if isinstance(view.body, LocalAuthority) else "what it spends"


def agreed_money(view: Seen, year: int) -> float:
    """Return what a year counts on of deficit support and incentives, less the surplus it plans, in pounds.

    A planned deficit adds to it: by so much the plan need not balance. Nought for a body that has none of these.
    """
    row, agreed = view.compiled.agency_ids.index(view.body.id), view.compiled.agreed
    net = fsum(
        float(amounts[year]) * ((agreed.payments[entry].payee == row) - (agreed.payments[entry].payer == row))
        for entry, amounts in agreed.hoped.items()
    )
    return net - float(agreed.targets[row, year])


def new_savings(view: Seen) -> dict[str, float]:
    """Return approved savings that start in the budget year by rating, in pounds."""
    year = year_of(view)
    return {
        rag: fsum(
            saving.amounts[year].used for saving in view.body.savings if saving.rag == rag and year in saving.amounts
        )
        for rag in RAG_WEIGHTS
    }


def sets_aside(view: Seen) -> bool:
    """Return whether the file says what the budget year sets aside, nought included."""
    held = view.body.contingency
    return held is not None and min(held.amounts) <= year_of(view)


def contingency(view: Seen) -> float:
    """Return what the budget year sets aside for variances, in pounds; nought where none is entered."""
    return float(view.central["contingency"][view.start])


def variance(view: Seen) -> Floats:
    """Return by how much the budget year turns out worse than its budget, by path in pounds.

    The gap less savings delivered, less the same in the central case with all savings that are planned.
    """
    t = view.start
    worse: Floats = view.paths["gap"][t] - view.paths["savings_delivered"][t] - view.budgeted_gap
    return worse


def comes_back(view: Seen) -> Bools:
    """Return on which paths the budget year's gap, less savings delivered, passes what there is to meet it.

    That is contingency, usable earmarked reserves and the general fund above its minimum, all as the year opens.
    """
    short: Bools = beyond_means(view) > HALF_PENNY
    return short


def beyond_means(view: Seen) -> Floats:
    """Return by how much the budget year's gap, less savings delivered, passes what there is to meet it, by path."""
    t = view.start
    asked = view.paths["gap"][t] - view.paths["savings_delivered"][t] - contingency(view)
    return beyond(asked, view.usable_opening(t), view.fund_opening(t), float(view.minimum[t]))


def beyond(asked: Floats, usable: Floats, fund: Floats, minimum: float) -> Floats:
    """Return what is asked beyond usable earmarked reserves and the general fund above its minimum, in pounds.

    `usable` are all usable reserves and `fund` the general fund among them, both as the year opens.
    """
    short: Floats = asked - (usable - fund + np.maximum(fund - minimum, 0.0))
    return short


def counted_on(view: Seen) -> float:
    """Return the share of its savings that the budget counts on; all of them unless the statement says otherwise."""
    stated = view.body.statement
    return stated.savings_rate.used if stated and stated.savings_rate else 1.0


def bad_year(view: Seen) -> Measured | None:
    """Return the variance of the budget year that 1 future in 20 passes, in pounds; nothing with too few paths."""
    return quantile_of(view, variance(view), 95)


def risk_reserve(view: Seen) -> float:
    """Return usable earmarked reserves as the budget year opens in the central case, in pounds."""
    fund, usable = view.central_opening(view.start)
    return usable - fund


def above_minimum(view: Seen) -> float:
    """Return usable reserves above the policy minimum as the budget year opens, central, in pounds."""
    fund, usable = view.central_opening(view.start)
    return usable - fund + max(fund - float(view.minimum[view.start]), 0.0)
