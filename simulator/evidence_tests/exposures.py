"""What the budget leans on: one-off money, funding not confirmed, one driver, other bodies (R14 to R16, R18)."""

from __future__ import annotations

from math import fsum
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.drivers import DriverPaths
from simulator.evidence_tests.budgeted import FEW, above_minimum, contingency, of_what, risk_reserve, year_of
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, Teller, exactly, over, quantile_of
from simulator.money import in_millions
from simulator.place import LocalAuthority
from simulator.position import FUNDING, price
from simulator.reasons import certainty
from simulator.resources import Grant, Income
from simulator.transfers import Contract
from simulator.years import FinancialYear

PATHS_A_DRIVER = 10
"""Least paths for each driver of the regression that ranks them (judgement)."""
SURE = 1.959963984540054
USED = {"icb": "Use of what was carried forward", "trust": "Deficit met from cash", "vcse": "Use of free reserves"}
"""What a body uses that holds no reserves as a council does."""


def one_off(view: Seen) -> Found:
    """R14: use of reserves, one-off savings, capital receipts and support over the net budget."""
    test, year, t = Teller(view, "R14", view.budget_year), year_of(view), view.start
    what = f"One-off money that {view.budget_year} leans on in the central case, as a share of {of_what(view)}"
    # As a budget is set: savings in full, and contingency kept for variances.
    local = isinstance(view.body, LocalAuthority)
    reserves = max(view.budgeted_gap if local else float(view.as_set["use_of_reserves"][t]), 0.0)
    savings = fsum(
        saving.amounts[year].used * (1 - saving.recurrent.used)
        for saving in view.body.savings
        if year in saving.amounts
    )
    stated = view.body.statement
    receipts = stated.receipts_flexed.used if stated and stated.receipts_flexed else 0.0
    support = fsum(amount for income in exceptional(view) if (amount := paid(view, income, year)))
    nhs = float(view.compiled.agreed.deficit_support[view.compiled.agency_ids.index(view.body.id), t])
    share = exactly((reserves + savings + receipts + support + nhs) / float(view.net_budget[t]))
    used = USED.get(view.body.kind, "Use of reserves")
    reason = (
        f"{used} {in_millions(reserves)}, one-off savings {in_millions(savings)}, capital receipts "
        f"{in_millions(receipts)}{'' if receipts else ' (none entered)'}, exceptional support {in_millions(support)}"
        f"{f', deficit support {in_millions(nhs)}' if nhs else ''}."
    )
    return test.red(share, what, f"Exceptional support is red. {reason}") if support else test.tell(share, what, reason)


def exceptional(view: Seen) -> list[Grant]:
    """Return the grants that are exceptional financial support."""
    return [income for income in view.body.incomes if isinstance(income, Grant) and income.exceptional]


def paid(view: Seen, income: Income, year: FinancialYear) -> float:
    """Return what an income is entered at for a year, in pounds: after the last year entered, that, until it ends."""
    entered = [known for known in income.amounts if known <= year]
    if not entered or (income.ends and year > income.ends):
        return 0.0
    return income.amounts[max(entered)].used


def funding_confirmed(view: Seen) -> Found:
    """R15: the share of the budget year's resources that is confirmed, specific grants included.

    What a body other than a local authority is paid under a contract counts too, as confirmed where the contract gives
    an amount for that year. A file that gives no resource of that year at all does not say what is confirmed.
    """
    test, t = Teller(view, "R15", view.budget_year), view.start
    what = f"Share of the resources of {view.budget_year} that is confirmed"
    position = price(view.compiled, DriverPaths(view.compiled, 0).central(), itemised=True)
    specific = {income.id for income in view.body.incomes if isinstance(income, Grant) and income.specific}
    sums: dict[str, float] = {}
    paid_under = _contracts(view)
    for part in position.parts[view.compiled.agency_ids.index(view.body.id)]:
        if part.between:
            if part.flow != FUNDING or part.name not in paid_under:
                continue
        elif part.name == "parishes" or (part.flow != FUNDING and part.name not in specific):
            continue
        sure = paid_under[part.name] if part.between else certainty(view.body, part.name, year_of(view))
        sums[sure] = sums.get(sure, 0.0) + part.flow * -1 * float(part.views.actual[t, 0])
    whole = fsum(sums.values())
    if whole <= 0:
        return test.tell(None, what, "it has no funding but what agreements bring")
    if set(sums) == {"assumed"}:
        why = (
            f"no amount of its funding is entered for {view.budget_year}, so that nothing says what of it is confirmed"
        )
        return test.tell(None, what, why)
    told = ", ".join(f"{sure} {amount / whole:.0%}" for sure, amount in sorted(sums.items()))
    return test.tell(exactly(sums.get("confirmed", 0.0) / whole), what, f"Of resources: {told}.")


def _contracts(view: Seen) -> dict[str, str]:
    """Return how certain the budget year's payments under each contract are, for other bodies than local authorities.

    What agreements bring to a local authority pays for what it spends under them, and is no resource of its budget.
    """
    if isinstance(view.body, LocalAuthority):
        return {}
    return {
        stated.id: "confirmed" if year_of(view) in stated.amounts else "assumed"
        for stated in view.scenario.agreements
        if isinstance(stated, Contract)
    }


class Effect(NamedTuple):
    """What one standard deviation of one driver does to the budget year's gap, others held, in pounds."""

    driver: str
    pounds: float
    error: float


def dominant(view: Seen, room: float | None = None, means: str = "reserves above the minimum") -> Found:
    """R16: the largest effect of a single driver over contingency and reserves above the minimum.

    `room` in pounds and `means` in words stand in place of those reserves for a body that has none.

    Effects come from the regression of the budget year's gap on how far each driver has moved by then, on the paths
    already made. It is the cheapest of the honest ways: it reads only what a driver moves in the level of that year.
    """
    test = Teller(view, "R16", view.budget_year, "ratio")
    what = (
        f"Effect of one standard deviation of the driver that moves {view.budget_year} most, over contingency and "
        f"{means}"
    )
    if view.luck is None:
        return test.tell(None, what, "the drivers' own paths were not kept")
    levels = {name: level[view.start] for name, level in view.luck.levels.items() if np.ptp(level[view.start]) > 0}
    if view.certain or not levels:
        return test.tell(exactly(0.0), what, "Nothing is uncertain by then.")
    if view.count < PATHS_A_DRIVER * len(levels):
        return test.tell(None, what, FEW)
    effects, explained = _effects(levels, view.paths["gap"][view.start])
    most = max(effects, key=lambda effect: abs(effect.pounds))
    have = contingency(view) + (above_minimum(view) if room is None else room)
    size, reach = abs(most.pounds), SURE * most.error
    found = Measured(*(over(pounds, have) for pounds in (size, max(size - reach, 0.0), size + reach)))
    reason = (
        f"The driver is {_named(view, most.driver)}: {in_millions(size)} against {in_millions(have)}. All drivers "
        f"together explain {explained:.0%} of the variance of the gap."
    )
    return test.tell(found, what, reason)


def _named(view: Seen, driver: str) -> str:
    return next((one.name for one in view.scenario.drivers if one.id == driver), driver)


def _effects(levels: dict[str, Floats], gap: Floats) -> tuple[list[Effect], float]:
    """Return the effect of each driver by least squares on standardised levels, and the share of variance explained."""
    columns = np.stack([(level - level.mean()) / level.std() for level in levels.values()], axis=1)
    about = gap - gap.mean()
    slopes = np.linalg.lstsq(columns, about, rcond=None)[0]
    left = about - columns @ slopes
    noise = float(left @ left) / max(len(gap) - columns.shape[1] - 1, 1)
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(columns.T @ columns)) * noise, 0.0))
    effects = [Effect(name, float(b), float(e)) for name, b, e in zip(levels, slopes, errors, strict=True)]
    whole = float(about @ about)
    return effects, 1 - float(left @ left) / whole if whole else 1.0


def pooled(view: Seen) -> Found:
    """R18: what pooled funds cost beyond the central case in a 1-in-20 year, over usable earmarked reserves."""
    test, t = Teller(view, "R18", view.budget_year, "ratio"), view.start
    what = (
        f"What pooled funds cost it beyond the central case in {view.budget_year}, passed by 1 future in 20, over "
        "usable earmarked reserves"
    )
    if not any(view.compiled.agency_ids.index(view.body.id) in pool.partners for pool in view.compiled.agreed.pools):
        return test.tell(None, what, "it is party to no pooled fund")
    if view.luck is None or view.central_luck is None:
        return test.tell(None, what, "the drivers' own paths were not kept")
    beyond = quantile_of(view, view.luck.pooled[t] - view.central_luck.pooled[t, 0], 95)
    if beyond is None:
        return test.tell(None, what, FEW)
    reason = f"The share is {in_millions(beyond.value)}; the lines that the pools pay for are counted in it."
    return test.tell(Measured(*(over(max(pounds, 0.0), risk_reserve(view)) for pounds in beyond)), what, reason)
