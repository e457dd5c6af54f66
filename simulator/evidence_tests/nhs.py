"""Tests of NHS bodies: an ICB holds no reserves and its allocation lapses, a trust has cash (`domain.md` F5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.compiled import TRUST, Floats
from simulator.evidence_tests.budgeted import FEW, NO_CONTINGENCY, contingency, sets_aside, stated_plan
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.others import Spare, by_horizon, estimates, none_counted
from simulator.evidence_tests.robustness import on_budget
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.strains import later_gap, support
from simulator.evidence_tests.telling import (
    MOST,
    Measured,
    Teller,
    closes,
    cover,
    exactly,
    quantile_of,
    share_of,
    span,
)
from simulator.money import HALF_PENNY, in_millions
from simulator.regimes.trust import DAYS


def icb_tests(view: Seen) -> list[Found]:
    """Return the tests of both limbs for an integrated care board, in the order of their ids."""
    terms = view.compiled.icb
    assert terms is not None
    margin = terms.tolerance
    spare = Spare(margin * float(view.central["funding"][view.start]), _margin(margin))
    return [
        *estimates(view, overspending(view, margin), spare),
        contingency_share(view),
        *withheld(view),
        *repaying(view),
        risk_shares(view, spare),
        later_gap(view),
        support(view),
    ]


def trust_tests(view: Seen) -> list[Found]:
    """Return the tests of both limbs for a trust, in the order of their ids."""
    terms = view.compiled.trust
    assert terms is not None
    margin = terms.tolerance
    spare = Spare(margin * float(turnover(view)[view.start]), _margin(margin))
    short = "cash falls below its minimum, so that revenue support is drawn,"
    unaided = view.paths["cash"] - view.paths["revenue_support"] < -HALF_PENNY
    return [
        *estimates(view, missing_plan(view, margin), spare),
        *cash_cover(view),
        *by_horizon(view, "A02-trust", view.happened["needs_cash_support"], short),
        *by_horizon(view, "A03-trust", unaided, "cash would be below nought but for revenue support"),
        capital_service(view),
        later_gap(view),
        support(view),
    ]


def _margin(margin: float) -> str:
    return f"the {margin:.1%} of turnover within which a plan counts as met"


def turnover(view: Seen) -> Floats:
    """Return what a trust spends in the central case, contracts it pays included, `[year]` in pounds."""
    spent: Floats = view.central["spending"] + view.central["transfers_out"]
    return spent


def _row(view: Seen) -> int:
    return view.compiled.agency_ids.index(view.body.id)


def overspending(view: Seen, margin: float) -> Found:
    """R02: the chance that spending passes the allocation, and any deficit agreed, by more than the margin."""
    test = Teller(view, "R02-icb", view.budget_year)
    agreed = -float(view.compiled.agreed.targets[_row(view), view.start])
    beyond = f" and the deficit agreed of {in_millions(agreed)}" if agreed > 0 else ""
    what = (
        f"Chance that spending in {view.budget_year} passes the allocation{beyond} by more than {margin:.1%} of it, "
        "contingency and support counted"
    )
    return on_budget(view, test, share_of(view, view.happened["missed_by_half_percent"][view.start]), what)


def missing_plan(view: Seen, margin: float) -> Found:
    """R02: the chance that a trust misses its plan, or break-even where it plans none, by more than the margin."""
    test = Teller(view, "R02-trust", view.budget_year)
    planned = float(view.compiled.agreed.targets[_row(view), view.start])
    aim = (
        f"its planned {'surplus' if planned > 0 else 'deficit'} of {in_millions(abs(planned))}"
        if planned
        else "break-even"
    )
    what = f"Chance that {view.budget_year} closes worse than {aim} by more than {margin:.1%} of turnover"
    missed = view.happened["missed_by_half_percent"][view.start]
    if not stated_plan(view) and not planned:
        why = f"no cost improvement that starts in {view.budget_year} is entered (`savings`), so that none is counted"
        return test.withheld(share_of(view, missed), what, why)
    return test.tell(share_of(view, missed), what, none_counted(view))


def contingency_share(view: Seen) -> Found:
    """A01 of an ICB: contingency over the allocation of the budget year."""
    test = Teller(view, "A01-icb", view.budget_year)
    what = f"Contingency of {view.budget_year} as a share of the allocation"
    if not sets_aside(view):
        return test.tell(None, what, NO_CONTINGENCY)
    return test.tell(exactly(contingency(view) / float(view.central["funding"][view.start])), what)


def withheld(view: Seen) -> list[Found]:
    """A02 of an ICB: the chance that deficit support is withheld in any year of each horizon that has some."""
    found = list(by_horizon(view, "A02-icb", view.happened["support_withheld"], "deficit support is withheld"))
    held = view.compiled.agreed.deficit_support[_row(view)]
    for place, last in enumerate(dict.fromkeys((view.start, view.end))):
        if not held[view.start : last + 1].any():
            why = f"no deficit support is entered for {span(view, last)} (`deficit_support`): none can be withheld"
            untested = replace(found[place], low=0.0, high=0.0, grade="not_tested", indeterminate=False, reason=why)
            found[place] = replace(untested, mandatory=False)
    return found


def repaying(view: Seen) -> list[Found]:
    """A03 of an ICB: the chance that a year is overspent, and is so repaid out of the next year's allocation on."""
    owed = float(view.central["owed"][view.start])
    reason = "What earlier years left to be repaid is in the plan, and not counted."
    if owed > HALF_PENNY:
        reason += f" {in_millions(owed)} is owed in the central case at {closes(view, view.start)}."
    event = "more is spent than is received, so that it is to be repaid from the next year on,"
    return list(by_horizon(view, "A03-icb", view.happened["unfunded_gap"], event, reason))


def risk_shares(view: Seen, spare: Spare) -> Found:
    """A04 of an ICB: what shared risks cost beyond the central case in a 1-in-20 year, over what may meet it.

    Shared risks are pooled funds, gain and loss shares, and what a control total settles between its members.
    """
    test, t = Teller(view, "A04-icb", view.budget_year, "ratio"), view.start
    what = (
        f"What shared risks cost it beyond the central case in {view.budget_year}, passed by 1 future in 20, over "
        f"contingency and {spare.words}"
    )
    agreed, row = view.compiled.agreed, _row(view)
    shares = [agreed.payments[share.entry] for share in agreed.shares]
    party = any(row in pool.partners for pool in agreed.pools) or any(row in (one.payer, one.payee) for one in shares)
    if not party and not agreed.in_system[row]:
        return test.tell(None, what, "it is party to no pooled fund, gain or loss share, or control total")
    if view.luck is None or view.central_luck is None:
        return test.tell(None, what, "the drivers' own paths were not kept")
    cost = view.luck.pooled[t] + view.luck.shared[t] - _settled(view.paths, t)
    middle = view.central_luck.pooled[t, 0] + view.central_luck.shared[t, 0] - _settled(view.central, t)
    beyond = quantile_of(view, cost - middle, 95)
    if beyond is None:
        return test.tell(None, what, FEW)
    have = contingency(view) + spare.pounds
    reason = f"They cost {in_millions(beyond.value)} more, against {in_millions(have)}. Contracts are not counted."
    return test.tell(Measured(*(min(max(pounds, 0.0) / have, MOST) for pounds in beyond)), what, reason)


def _settled(money: dict[str, Floats], year: int) -> Floats:
    """Return what a control total brings in a year beside deficit support, in pounds."""
    brought: Floats = np.asarray(money["system_support"][year] - money["deficit_support"][year])
    return brought


def cash_cover(view: Seen) -> list[Found]:
    """A01 of a trust: cash before the year's support over its minimum, as the budget year and the plan close."""
    terms = view.compiled.trust
    assert terms is not None
    days = float(terms.minimum_days[_row(view) - view.compiled.slices[TRUST].start])
    found = []
    for year in dict.fromkeys((view.start, view.end)):
        test = Teller(view, "A01-trust", closes(view, year), "ratio")
        what = f"Cash over its minimum of {days:g} days of spending in the central case at {test.horizon}"
        held = float(view.central["cash"][year] - view.central["cash_support_drawn"][year])
        spent = float(turnover(view)[year])
        reason = f"It is {in_millions(held)}, or {held / spent * DAYS:.1f} days, before support of that year."
        found.append(test.tell(exactly(cover(held, days * spent / DAYS)), what, reason))
    return found


def capital_service(view: Seen) -> Found:
    """A04 of a trust: how many times what it earns covers dividend, interest and repayments, as entered."""
    test = Teller(view, "A04-trust", view.budget_year, "ratio")
    what = f"Times that what is earned in {view.budget_year} covers dividend, interest and repayments, as entered"
    stated = view.body.statement.capital_service if view.body.statement else None
    if stated is None:
        return test.tell(
            None, what, "it is not entered (`statement.capital_service`), and the engine has no such income"
        )
    return test.tell(exactly(stated.used), what)
