"""Why a year looks as it does: the steps from the base year's gap to that year's, which add up exactly.

On the central case each line moves by prices (driver by driver), by demand, and by the two together, the
interaction; each other part by what it is above the base year. What the futures add on average comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.compiled import CHARITY, LOCAL, Compiled, Floats
from simulator.compiling import in_order
from simulator.drivers import DriverBlock, DriverPaths, Views
from simulator.place import Agency
from simulator.position import FUNDING, SPENDING, Part, Position
from simulator.regimes.council import opening
from simulator.scenario import Scenario, base_payments, entered_surplus
from simulator.spending import Prices
from simulator.years import FinancialYear

INTERACTION = "Prices and demand together (interaction)"
KNOWN = "What is known of later years, beyond prices and demand"
EARLIER = "Of earlier years: repayment, dividends on support"
LASTING = "Savings of earlier years that last"
GROWS = "Grows with its "
"""How a step begins of lines that follow the body's own funding, and so are no demand."""
AVERAGE = "What the futures add on average"
FAILURE = "What the failure of a charity ends, and what replaces it"
NAMES = {
    "council_tax": "Council tax",
    "business_rates": "Retained business rates",
    "collection_fund": "Collection fund",
    "parishes": "Parish precepts",
    "debt": "Interest and provision for debt",
    "employer_costs": "Pensions and National Insurance",
    "high_needs": "High needs: financing and what the override leaves",
    "contingency": "Contingency",
    "events": "Events",
    "plan_spending": "The plan's spending less the model's own",
    "plan_funding": "The plan's funding less the model's own",
}
FUNDED = {"icb": "Allocations", "trust": "Income beside agreements", "vcse": "Income beside agreements"}
"""What funding of its own is called for bodies that have no grants."""
COLUMNS = ["agency", "view", "year", "order", "step", "kind", "amount"]


_FLOWS = {
    (False, SPENDING): "spending", (False, FUNDING): "funding", (True, SPENDING): "paid", (True, FUNDING): "received",
}  # fmt: skip
CERTAINTIES = ("confirmed", "indicative", "assumed")


class Step(NamedTuple):
    """One step: what moved, and by how much in each year, in pounds; above nought widens the gap."""

    name: str
    amount: Floats


def waterfall(
    scenario: Scenario, compiled: Compiled, block: DriverBlock, central: Position, years: pd.DataFrame
) -> pd.DataFrame:
    """Return the steps of every body, view and year in pounds; `kind` is `level` for a sum so far, else `move`."""
    rows: list[tuple[str, str, str, int, str, str, float]] = []
    keys = zip(years.agency, years.measure, years.view, years.year, strict=True)
    money = dict(zip(keys, zip(years.central.astype(float), years["mean"].astype(float), strict=True), strict=True))
    charities = compiled.agency_ids[compiled.slices[CHARITY]]
    for a, agency in enumerate(in_order(scenario)):
        start = _base(scenario, compiled, agency, a)
        shared = list(_steps(scenario, compiled, Prices(block), central, a))
        for view in sorted(set(years.view)):
            for t, year in enumerate(compiled.years):
                central_gap, mean = money[agency.id, "gap", view, year]
                moves = [(step.name, float(step.amount[t])) for step in shared]
                moves += [
                    (words, sign * money[agency.id, name, view, year][0])
                    for name, (words, sign) in _CHOICES.items()
                    if (agency.id, name, view, year) in money
                ]
                earlier = money[agency.id, "recurrent_savings", view, compiled.years[t - 1]][0] if t else 0.0
                moves.append((LASTING, -earlier))
                if charities:
                    failed = t and any(money[one, "failed", view, compiled.years[t - 1]][0] for one in charities)
                    stopped = central_gap - start - fsum(amount for _, amount in moves) if failed else 0.0
                    moves.append((FAILURE, stopped))
                ordered = [
                    (f"Underlying gap of {scenario.base_year}", "level", start),
                    *((name, "move", amount) for name, amount in moves),
                    (f"Central gap in {year}", "level", central_gap),
                    (AVERAGE, "move", mean - central_gap),
                    (f"Average gap in {year}", "level", mean),
                ]
                rows += [
                    (agency.id, str(view), year, order, name, kind, amount)
                    for order, (name, kind, amount) in enumerate(ordered)
                ]
    return pd.DataFrame(rows, columns=COLUMNS)


def steps_of(table: pd.DataFrame, agency: str, view: str, year: str) -> pd.DataFrame:
    """Return the steps of one body, view and year in their order, from the underlying gap to the average one."""
    rows = table[(table.agency == agency) & (table["view"] == view) & (table.year == year)]
    return rows.sort_values("order", ignore_index=True)


def parts(scenario: Scenario, compiled: Compiled, central: Position) -> pd.DataFrame:
    """Return every part of the central case by year in pounds, with how certain it is.

    Columns: agency, part, flow (spending, funding, or under agreements paid and received), year, certainty, amount.
    Lines stand in one part, `lines`.
    """
    rows = []
    for a, name in enumerate(compiled.agency_ids):
        agency = next(body for body in scenario.bodies if body.id == name)
        answer = Views(*(central.accommodation[a],) * 3)
        for part in [*central.parts[a], Part("funding_accommodation", FUNDING, answer)]:
            for t, year in enumerate(compiled.years):
                flow = _FLOWS[part.between, part.flow]
                sure = certainty(agency, part.name, scenario.first_year + t)
                rows.append((name, part.name, flow, year, sure, float(part.views.actual[t, 0])))
    return pd.DataFrame(rows, columns=["agency", "part", "flow", "year", "certainty", "amount"])


def certainty(agency: Agency, part: str, year: FinancialYear) -> str:
    """Return how certain a part is in a year: as entered for it, else assumed."""
    if part == "council_tax":
        return "confirmed" if agency.tax and year in agency.tax.requirement else "assumed"
    for grant in agency.incomes:
        if grant.id == part and year in grant.amounts:
            return grant.certainty
    for levy in agency.levies:
        if levy.id == part and year in levy.amounts:
            return "confirmed"
    return "assumed"


def pay_bill(compiled: Compiled, agency: str, driver: str) -> Floats:
    """Return what a body spends on pay before each year's award, `[year]` in pounds, central, net of matched grants.

    A point more on the award of a year costs a hundredth of it in that year, but for the floor of pay and on-costs.
    """
    body, block = compiled.agency_ids.index(agency), DriverPaths(compiled, 0).central()
    prices, bill = Prices(block), np.zeros(compiled.horizon)
    names = [terms.id for terms in compiled.drivers]
    for line in compiled.lines:
        pair = compiled.pairs[line.pair]
        share = dict(pair.basket).get(names.index(driver), 0.0) if driver in names else 0.0
        if line.agency == body and share:
            index = _first(prices.index(names.index(driver), pair.agency))
            before = np.concatenate([np.ones(1), index[:-1]])
            volume = (
                _first(prices.index(pair.demand, pair.agency)) ** pair.elasticity if pair.demand is not None else 1.0
            )
            bill = bill + line.base * share * before * volume
    return bill


_CHOICES = {
    "tax_raised": ("Council tax raised above the plan", -1.0),
    "support_cost": ("Repaying support", 1.0),
    "brought_forward": (EARLIER, 1.0),
}
"""What a view's own choices add: the measure, its words and what a pound of it does to the gap."""


def _base(scenario: Scenario, compiled: Compiled, agency: Agency, a: int) -> float:
    """Return the gap of the base year as it is taken to last: spending less funding, one-off money out."""
    local = a < compiled.slices[LOCAL].stop
    adjustment = float(opening(compiled.council).adjustment[a]) if local else 0.0
    return adjustment - entered_surplus(scenario, agency)


def _steps(scenario: Scenario, compiled: Compiled, prices: Prices, central: Position, a: int) -> Iterator[Step]:
    """Yield what moves the central gap from the base year's, by cause."""
    agency = next(body for body in scenario.bodies if body.id == compiled.agency_ids[a])
    yield from _line_steps(compiled, prices, a, _called(scenario, agency))
    bases = _base_amounts(compiled, agency, a)
    general, specific = np.zeros(compiled.horizon), np.zeros(compiled.horizon)
    yield from _agreement_steps(scenario, central, agency, a)
    for part in central.parts[a]:
        if part.between:
            continue
        moved = part.flow * (part.views.actual[:, 0] - bases.get((part.name, part.flow), 0.0))
        if part.name in NAMES:
            if part.name != "parishes":
                yield Step(NAMES[part.name], moved)
        elif part.name in {levy.id for levy in compiled.funding[a].levies}:
            yield Step(next(levy.name for levy in agency.levies if levy.id == part.name), moved)
        elif part.name != "lines":
            general, specific = (general + moved, specific) if part.flow == FUNDING else (general, specific + moved)
    yield Step(FUNDED.get(agency.kind, "General grants"), general)
    yield Step("Specific grants with a growth of their own", specific)
    yield Step("National funding that answers national need", -central.accommodation[a][:, 0])


def _agreement_steps(scenario: Scenario, central: Position, agency: Agency, a: int) -> Iterator[Step]:
    """Yield what agreements take or bring beyond the base year, one step an agreement."""
    started = dict[str, float]()
    for name, payer, payee, amount in base_payments(scenario):
        if agency.id in (payer, payee):
            started[name] = started.get(name, 0.0) + (amount if payer == agency.id else -amount)
    names = {agreement.id: agreement.name for agreement in scenario.agreements}
    for name in sorted({part.name for part in central.parts[a] if part.between}):
        flows = [part.flow * part.views.actual[:, 0] for part in central.parts[a] if part.between and part.name == name]
        yield Step(f"Agreement: {names[name]}", np.sum(flows, axis=0) - started.get(name, 0.0))


def _base_amounts(compiled: Compiled, agency: Agency, a: int) -> dict[tuple[str, float], float]:
    """Return what each part was in the base year, in pounds."""
    terms, debt = compiled.funding[a], agency.debt
    bases = {("council_tax", FUNDING): terms.tax.base_requirement} if terms.tax else {}
    if terms.rates:
        bases["business_rates", FUNDING] = terms.rates.local_share + terms.rates.from_government
    for grant in terms.grants:
        bases[(grant.id, SPENDING) if grant.specific else (grant.id, FUNDING)] = (
            -grant.base_amount if grant.specific else grant.base_amount
        )
    bases |= {(levy.id, SPENDING): levy.base_amount for levy in terms.levies}
    if debt:
        bases["debt", SPENDING] = debt.outstanding.used * debt.rate.used + debt.mrp.used
    return bases


def _called(scenario: Scenario, agency: Agency) -> dict[tuple[str, bool], str]:
    """Return what to call each driver as a price and as what moves volume: one that moves income is no demand."""
    follows = f"{GROWS}{'allocation' if agency.kind == 'icb' else 'funding'}: "
    funds = {income.driver for income in agency.incomes}
    names = {(driver.id, False): f"Prices: {driver.name}" for driver in scenario.drivers}
    return names | {
        (driver.id, True): f"{follows if driver.id in funds else 'Demand: '}{driver.name}"
        for driver in scenario.drivers
    }


def _line_steps(compiled: Compiled, prices: Prices, a: int, names: dict[tuple[str, bool], str]) -> Iterator[Step]:
    """Yield what prices, demand and the two together add to a body's lines, grants matched to them netted."""
    years = compiled.horizon
    by_price: dict[str, Floats] = {}
    by_demand: dict[str, Floats] = {}
    together, known = np.zeros(years), np.zeros(years)
    for line in compiled.lines:
        if line.agency != a:
            continue
        pair = compiled.pairs[line.pair]
        whole = _first(prices.pair(pair))
        volume = _first(prices.index(pair.demand, pair.agency)) ** pair.elasticity if pair.demand is not None else 1.0
        price = whole / volume
        known = known + (line.weight - line.base) * whole
        shares = (
            {"Rents above what housing subsidy pays": price - 1}
            if pair.subsidy
            else {
                names[compiled.drivers[k].id, False]: share * (_first(prices.index(k, pair.agency)) - 1)
                for k, share in pair.basket
            }
        )
        for name, rise in shares.items():
            by_price[name] = by_price.get(name, np.zeros(years)) + line.base * rise
        if pair.demand is not None:
            name = names[compiled.drivers[pair.demand].id, True]
            by_demand[name] = by_demand.get(name, np.zeros(years)) + line.base * (volume - 1)
        together = together + line.base * (price - 1) * (volume - 1)
    yield from (Step(name, amount) for name, amount in (*sorted(by_price.items()), *sorted(by_demand.items())))
    yield Step(INTERACTION, together)
    if known.any():
        yield Step(KNOWN, known)


def _first(views: Views) -> Floats:
    return views.actual[:, 0]
