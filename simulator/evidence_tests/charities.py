"""Tests of a charity or social enterprise: its contracts, its reserves in months, its solvency (`domain.md` F5)."""

from __future__ import annotations

from math import fsum

import numpy as np

from simulator.compiled import CHARITY, Bools, Floats
from simulator.evidence_tests.budgeted import contingency
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.others import Spare, by_horizon, estimates, none_counted
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Teller, closes, cover, exactly, share_of
from simulator.money import HALF_PENNY, in_millions
from simulator.regimes.vcse import MONTHS
from simulator.scenario import base_payments


def charity_tests(view: Seen) -> list[Found]:
    """Return the tests of both limbs for a charity, in the order of their ids."""
    held = float(opening(view)[0] if view.start == 0 else view.central["free_reserves"][view.start - 1])
    spare = Spare(max(held - float(floor(view, view.central)[view.start]), 0.0), "free reserves above policy")
    found = estimates(view, below_policy(view), spare)
    after = next(place for place, test in enumerate(found) if test.id == "R09") + 1
    return [
        *found[:after],
        uplift(view),
        *found[after:],
        *months(view),
        *by_horizon(view, "A02-charity", view.happened["reserves_below_floor"], "free reserves close below policy"),
        *by_horizon(view, "A03-charity", view.happened["insolvent"], "cash would be below nought"),
    ]


def opening(view: Seen) -> Floats:
    """Return free reserves as the budget year opens, `[path]` in pounds."""
    if view.start:
        before: Floats = view.paths["free_reserves"][view.start - 1]
        return before
    terms = view.compiled.charity
    assert terms is not None
    return np.full(view.count, terms.free_reserves[_row(view)])


def _row(view: Seen) -> int:
    first: int = view.compiled.slices[CHARITY].start
    return view.compiled.agency_ids.index(view.body.id) - first


def floor(view: Seen, money: dict[str, Floats]) -> Floats:
    """Return what its policy keeps free in pounds, for measures `[year, ...]`."""
    terms = view.compiled.charity
    assert terms is not None
    least: Floats = terms.minimum_months[_row(view)] * (money["spending"] + money["transfers_out"]) / MONTHS
    return least


def below_policy(view: Seen) -> Found:
    """R02: the chance that the budget year costs more than contingency and free reserves above policy can meet."""
    test, t = Teller(view, "R02-charity", view.budget_year), view.start
    what = f"Chance that {view.budget_year} costs more than its contingency and its free reserves above policy can meet"
    means = contingency(view) + np.maximum(opening(view) - floor(view, view.paths)[t], 0.0)
    beyond: Bools = view.paths["gap"][t] - view.paths["savings_delivered"][t] > means + HALF_PENNY
    return test.tell(share_of(view, beyond), what, none_counted(view))


def uplift(view: Seen) -> Found:
    """R09: the share of futures in which contracts have risen since the base year as much as costs have."""
    test, t, base = Teller(view, "R09-charity", view.budget_year), view.start, view.scenario.base_year
    what = f"Share of futures in which contracts have grown from {base} to {view.budget_year} as much as costs have"
    paid = fsum(amount for _, _, payee, amount in base_payments(view.scenario) if payee == view.body.id)
    spent = fsum(line.spent - line.received for line in view.body.spending)
    if paid <= 0 or spent <= 0:
        return test.tell(None, what, f"no contract pays it in {base}")
    grown, dearer = (float(view.central[name][t]) / was for name, was in (("transfers_in", paid), ("spending", spent)))
    kept = view.paths["transfers_in"][t] / paid >= view.paths["spending"][t] / spent - HALF_PENNY / spent
    reason = f"In the central case contracts grow by {grown - 1:.1%}, costs by {dearer - 1:.1%}."
    return test.tell(share_of(view, kept), what, reason)


def months(view: Seen) -> list[Found]:
    """A01: free reserves over what policy keeps in the central case, as the budget year and the plan close."""
    found = []
    for year in dict.fromkeys((view.start, view.end)):
        test = Teller(view, "A01-charity", closes(view, year), "ratio")
        what = f"Free reserves over what policy keeps, in the central case at {test.horizon}"
        held, least = float(view.central["free_reserves"][year]), float(floor(view, view.central)[year])
        reason = (
            f"It has {in_millions(held, 2)}, or {float(view.central['reserve_months'][year]):.1f} months of spending."
        )
        found.append(test.tell(exactly(cover(held, least)), what, reason))
    return found
