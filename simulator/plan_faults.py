"""Faults of a council's own plan that no single field can show: its savings, lines, reserves and on-costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from math import fsum

from simulator.agency_faults import Address, Fault, has_base_year, incomes_at, total_fault
from simulator.assumptions import Assumption
from simulator.holdings import Reserves
from simulator.money import HALF_PENNY, in_millions
from simulator.place import Agency
from simulator.plan import Plan
from simulator.scenario import Scenario, entered_totals
from simulator.years import FinancialYear

PARTS = (
    "council_tax", "parishes", "business_rates", "collection_fund", "debt", "high_needs", "employer_costs",
    "contingency", "rest",
)  # fmt: skip
"""What a plan's line may cover beside spending lines, grants and levies."""
_TAKEN = {*PARTS, "lines", "events", "plan_spending", "plan_funding"}
_PAID_OUT = ("committed", "restricted")
LARGEST_SHARE = 3
"""Times what a council spends gross or receives, whichever is more, that no amount of its plan reaches (judgement)."""


def covered(agency: Agency) -> list[str]:
    """Return every name that a line of the plan may cover."""
    lines, grants = [line.id for line in agency.spending], [income.id for income in agency.incomes]
    return [*PARTS, *lines, *grants, *(levy.id for levy in agency.levies)]


def plan_faults(scenario: Scenario, agency: Agency, at: Address) -> Iterator[Fault]:
    """Yield the faults of one body's savings, plan, named reserves, on-costs and names."""
    base = scenario.base_year
    for j, saving in enumerate(agency.savings):
        yield from _after_base(saving.amounts, base, (*at, "savings", j, "amounts"))
    if agency.savings and not (scenario.rules.delivery or agency.delivery_record):
        rule = "savings are delivered at the rates of `rules.delivery` or by a `delivery_record`; neither is given"
        yield Fault((*at, "savings"), rule, "extend the defaults, or add `delivery_record`")
    if agency.plan:
        yield from _plan_faults(agency, agency.plan, base, (*at, "plan"))
    if has_base_year(agency, base):
        yield from _large_faults(agency, base, at)
    if agency.held and agency.held.named:
        yield from _reserve_faults(agency.held, scenario, (*at, "reserves"))
    costs, bought = agency.employer_costs, {name for basket in scenario.baskets for name in basket.shares}
    if costs and costs.pay not in bought and costs.pay in {driver.id for driver in scenario.drivers}:
        rule = f"the pay bill is what baskets buy of the driver of pay; no basket holds `{costs.pay}`"
        yield Fault((*at, "employer_costs", "pay"), rule, "name the driver of pay that the baskets hold")
    grants = [((*at, *incomes_at(agency), j, "id"), income.id) for j, income in enumerate(agency.incomes)]
    levies = [((*at, "levies", j, "id"), levy.id) for j, levy in enumerate(agency.levies)]
    for address, name in (*grants, *levies):
        if name in _TAKEN:
            yield Fault(address, f"`{name}` is the name of a part that every body has", "give it another id")


def _after_base(years: Collection[FinancialYear], base: FinancialYear, at: Address) -> Iterator[Fault]:
    for year in sorted(years):
        if year <= base:
            rule = f"this starts after the base year {base}, whose figures are entered already"
            yield Fault((*at, str(year)), rule, "take the year out, or give an earlier base year")


def _large_faults(agency: Agency, base: FinancialYear, at: Address) -> Iterator[Fault]:
    """Yield each amount of a plan that is out of all proportion to its council: a unit or a comma gone wrong."""
    spent = fsum(line.spent for line in agency.spending)
    most = LARGEST_SHARE * max(spent, entered_totals(agency, base)["funding"])
    plan = agency.plan or Plan()
    stated: list[tuple[Address, Mapping[FinancialYear, Assumption[float]]]] = [
        (("plan", "gap"), plan.gap), (("plan", "surplus"), plan.surplus),
        (("plan", "reserves_used"), plan.reserves_used),
        (("contingency", "amounts"), agency.contingency.amounts if agency.contingency else {}),
        *((("plan", "lines", j, "amounts"), line.amounts) for j, line in enumerate(plan.lines)),
        *((("savings", j, "amounts"), saving.amounts) for j, saving in enumerate(agency.savings)),
    ]  # fmt: skip
    for address, amounts in stated:
        for year, amount in sorted(amounts.items()):
            if amount.used > most:
                rule = (
                    f"no amount of a plan passes {LARGEST_SHARE} times what its council spends or receives in the base "
                    f"year, {in_millions(most)} here; this is {in_millions(amount.used)}"
                )
                yield Fault((*at, *address, str(year)), rule, "check the amount, and the unit it is written in")


def _unbroken(years: Collection[FinancialYear], at: Address) -> Iterator[Fault]:
    for before, year in pairwise(sorted(years)):
        if year != before + 1:
            yield Fault(at, f"years of a plan follow one another; {before + 1} is missing", "add it")
            return


def _plan_faults(agency: Agency, plan: Plan, base: FinancialYear, at: Address) -> Iterator[Fault]:
    for key, years in (("gap", plan.gap), ("surplus", plan.surplus), ("reserves_used", plan.reserves_used)):
        yield from _after_base(years, base, (*at, key))
    yield from _unbroken({*plan.gap, *plan.surplus}, (*at, "gap" if plan.gap else "surplus"))
    for year in sorted(set(plan.gap) & set(plan.surplus)):
        rule = f"a year has a gap or a surplus; {year} has both"
        yield Fault((*at, "surplus", str(year)), rule, "take one of the two out")
    if plan.gap_is == "after_savings" and not agency.savings:
        rule = "a gap after savings stands beside the approved savings, and none are entered"
        yield Fault((*at, "gap_is"), rule, "enter them under `savings`, or write `gap_is: before_savings`")
    seen = dict[str, str]()
    lines = {line.id for line in agency.spending}
    for j, line in enumerate(plan.lines):
        yield from _after_base(line.amounts, base, (*at, "lines", j, "amounts"))
        yield from _unbroken(line.amounts, (*at, "lines", j, "amounts"))
        for k, name in enumerate(line.covers):
            here = (*at, "lines", j, "covers", k)
            if name in seen:
                rule = f"a part is covered by one line of the plan; `{name}` is in `{seen[name]}` already"
                yield Fault(here, rule, "take it out of one of them")
            elif name in PARTS and name in lines:
                yield Fault(
                    here, f"`{name}` names a spending line and another part", "give the spending line another id"
                )
            seen.setdefault(name, line.id)


def _reserve_faults(reserves: Reserves, scenario: Scenario, at: Address) -> Iterator[Fault]:
    made = fsum(pot.amount.used for pot in reserves.named)
    if abs(made - reserves.earmarked.used) > HALF_PENNY:
        yield total_fault((*at, "earmarked"), scenario.money, reserves.earmarked.used, made, "named reserves")
    for j, pot in enumerate(reserves.named):
        here, floor = (*at, "named", j), pot.floor.used if pot.floor else 0.0
        planned = fsum(amount.used for amount in pot.planned_use.values())
        yield from _after_base(pot.planned_use, scenario.base_year, (*here, "planned_use"))
        if floor > pot.amount.used:
            rule = f"a floor is at most what the reserve holds, {in_millions(pot.amount.used, 3)}"
            yield Fault((*here, "floor"), rule, "lower it")
        elif pot.planned_use and pot.use not in _PAID_OUT:
            rule = f"only a committed or restricted reserve has a planned use; this one is `{pot.use}`"
            yield Fault((*here, "planned_use"), rule, "take it out, or write `use: committed`")
        elif planned > pot.amount.used - floor + HALF_PENNY:
            free = in_millions(pot.amount.used - floor, 3)
            rule = f"a reserve pays out at most what it holds above its floor, {free}; planned are "
            yield Fault((*here, "planned_use"), f"{rule}{in_millions(planned, 3)}", "lower one of the years")
