"""What is fixed before a run because it follows from the central case: minimums, capacities, stakes and the plan.

Nothing that one future does depends on the others: each of these comes from the one path without luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import NamedTuple

import numpy as np

from simulator.compiled import LOCAL, Compiled, ContractTerms, Floats, Line
from simulator.compiling import compile_terms, in_order
from simulator.drivers import DriverPaths
from simulator.place import Agency
from simulator.plan import Plan
from simulator.position import FUNDING, SPENDING, Position, price
from simulator.regimes.council import opening
from simulator.scenario import Scenario
from simulator.shared_luck import SharedLuck
from simulator.spending import AgreedPrices, Prices
from simulator.years import FinancialYear

FLOWS = {"spending": SPENDING, "funding": FUNDING}
REST, UNDERLYING, ACCOMMODATION = "rest", "underlying_adjustment", "funding_accommodation"
NOT_ITEMISED = "gap/not_itemised"
"""What the plan's gap holds beyond its lines; no line of a plan can have this id."""
Values = dict[tuple[str, float], Floats]


class Difference(NamedTuple):
    """One line of a body's plan in one year, beside the scenario's own central case of it, in pounds.

    `effect` is what the difference does to the gap; `entered` is false where the last one is held. What the plan
    does not itemise is net spending, its gap less its lines, so that a year's lines add up to its gap.
    """

    agency: str
    line: str
    name: str
    flow: str
    year: str
    plan: float
    own_central: float
    effect: float
    entered: bool


@dataclass(frozen=True)
class Prepared:
    """A scenario ready to run, with how its bodies' plans differ from its own central case."""

    compiled: Compiled
    differences: tuple[Difference, ...]


def compile_scenario(scenario: Scenario, shared: SharedLuck | None = None) -> Compiled:
    """Return `scenario` as frozen arrays, with all that its central case settles; see `prepare`."""
    return prepare(scenario, shared).compiled


def prepare(scenario: Scenario, shared: SharedLuck | None = None) -> Prepared:
    """Return a scenario ready to run: priced once without luck, fitted to its plans, minimums and stakes filled in.

    With `shared` luck, a central case that another scenario has drawn is not drawn again.
    """
    terms = compile_terms(scenario)
    calm = _undisturbed(terms)
    undisturbed = shared.central(calm) if shared else DriverPaths(calm, 0).central()
    terms = _known(terms, Prices(undisturbed), AgreedPrices(undisturbed))
    agencies = in_order(scenario)
    central = price(terms, undisturbed, itemised=True)
    found: list[Difference] = []
    funding = list(terms.funding)
    for a, agency in enumerate(agencies):
        if agency.plan is None:
            continue
        fit = _Fit(scenario, agency, central_values(terms, central, a))
        found += fit.differences
        funding[a] = replace(funding[a], plan_spending=fit.total["spending"], plan_funding=fit.total["funding"])
    own = np.array([body.plan_spending for body in funding])
    spent = central.spending[:, :, 0] + central.paid[:, :, 0] + own - _paid_for(agencies, central)
    net_budget = np.maximum(spent - _set_apart(scenario, agencies, central), 0.0)
    least = np.array([[agency.held.minimum.used if agency.held else 0.0] for agency in agencies])
    minimum = net_budget * least
    actions = replace(terms.actions, net_budget=net_budget, minimum=minimum)
    council = replace(terms.council, minimum=minimum[terms.slices[LOCAL]])
    terms = replace(terms, funding=tuple(funding), actions=actions, council=council)
    return Prepared(_staked(scenario, agencies, terms, central), tuple(found))


def _known(terms: Compiled, prices: Prices, agreed: AgreedPrices) -> Compiled:
    """Return the terms with lines and contracts laid so that the central case meets what is known of later years.

    After the last year known, each moves on from there as its drivers say. What is paid rests on prices as `agreed`.
    """

    def laid(line: Line, seen: Prices) -> Floats:
        return _laid(line.weight, line.known, seen.pair(terms.pairs[line.pair]).actual[:, 0])

    lines = [
        replace(line, weight=laid(line, prices), agreed=laid(line, agreed)) if np.isfinite(line.known).any() else line
        for line in terms.lines
    ]
    contracts = [
        replace(contract, plan=_laid(contract.plan, contract.known, _planned_index(agreed, contract, terms.horizon)))
        if np.isfinite(contract.known).any()
        else contract
        for contract in terms.agreed.contracts
    ]
    return replace(terms, lines=tuple(lines), agreed=replace(terms.agreed, contracts=tuple(contracts)))


def _planned_index(prices: AgreedPrices, contract: ContractTerms, years: int) -> Floats:
    """Return the central index of a contract's planned value by year: its price, and activity unless it is fixed."""
    index = np.ones(years)
    for driver in (None if contract.fixed else contract.activity, contract.price):
        if driver is not None:
            index = index * prices.index(driver, contract.seen_by).actual[:, 0]
    return index


def _laid(weight: Floats, known: Floats, index: Floats) -> Floats:
    """Return pounds at an index of 1 by year: what is known over its index, then the last of them held."""
    laid = weight.copy()
    for t, amount in enumerate(known):
        if np.isfinite(amount):
            laid[t:] = amount / index[t]
    return laid


def _paid_for(agencies: list[Agency], central: Position) -> Floats:
    """Return what agreements bring for lines that they pay for, `[agency, year]`: no part of a net budget."""
    brought = np.zeros(central.spending.shape[:2])
    for a, agency in enumerate(agencies):
        payers = {line.paid_by for line in agency.spending if line.paid_by}
        for part in central.parts[a]:
            if part.between and part.flow == FUNDING and part.name in payers:
                brought[a] += part.views.actual[:, 0]
    return brought


def _set_apart(scenario: Scenario, agencies: list[Agency], central: Position) -> Floats:
    """Return what of central spending no minimum or capacity follows, `[agency, year]`.

    High needs, whose cost hangs on a national decision, and the growth of what passes through to parishes.
    """
    apart = np.zeros((len(agencies), len(scenario.projected)))
    for a, agency in enumerate(agencies):
        precepts = agency.tax.parish_precepts if agency.tax else None
        held = {"high_needs": 0.0, "parishes": precepts[scenario.base_year].used if precepts else 0.0}
        for part in central.parts[a]:
            if part.flow == SPENDING and part.name in held:
                apart[a] += part.views.actual[:, 0] - held[part.name]
    return apart


def _undisturbed(terms: Compiled) -> Compiled:
    """Return the terms without stated surprises and events: a stress must not move what a plan or minimum rests on."""
    drivers = tuple(replace(driver, surprise=np.zeros_like(driver.surprise)) for driver in terms.drivers)
    events = tuple(replace(event, chance=np.zeros_like(event.chance)) for event in terms.events)
    return replace(terms, drivers=drivers, events=events)


def central_values(terms: Compiled, central: Position, a: int) -> Values:
    """Return every part of a body's central case by name and flow, `[year]` in pounds, lines one by one."""
    values: Values = {}
    for line in terms.lines:
        if line.agency == a:
            key = line.id.removesuffix("/income"), SPENDING
            cost = line.weight * central.pairs[line.pair].actual[:, 0]
            values[key] = values.get(key, np.zeros_like(cost)) + cost
    for part in central.parts[a]:
        if part.name != "lines":
            already = values.get((part.name, part.flow), 0.0)
            values[part.name, part.flow] = already + part.views.actual[:, 0]
    local = a < terms.slices[LOCAL].stop
    adjustment = float(opening(terms.council).adjustment[a]) if local else 0.0
    values[UNDERLYING, SPENDING] = np.full(terms.horizon, adjustment)
    values[ACCOMMODATION, FUNDING] = central.accommodation[a][:, 0]
    return values


class _Fit:
    """One body's plan against its central case: what each line differs by, held in cash after its last year."""

    def __init__(self, scenario: Scenario, agency: Agency, values: Values) -> None:
        assert agency.plan is not None
        self.years, self.agency, self.plan = scenario.projected, agency, agency.plan
        self.values = values
        self.total = {flow: np.zeros(len(self.years)) for flow in FLOWS}
        self.itemised = np.zeros(len(self.years))
        self.differences: list[Difference] = []
        self._lines(self.plan)
        self._gap(self.plan)

    def _lines(self, plan: Plan) -> None:
        named = {(name, line.flow) for line in plan.lines for name in line.covers}
        for line in sorted(plan.lines, key=lambda line: line.id):
            flow = FLOWS[line.flow]
            parts = [self._part(name, flow) for name in sorted(line.covers) if name != REST]
            if REST in line.covers:
                covered = {name for name, _ in named}
                parts += [held for (name, way), held in self.values.items() if way == flow and name not in covered]
            own = np.sum([np.zeros(len(self.years)), *parts], axis=0)
            stated = {year: amount.used for year, amount in line.amounts.items()}
            self._add(line.id, line.name, line.flow, stated, own)

    def _part(self, name: str, flow: float) -> Floats:
        """Return a part as money of a flow: what is netted from spending counts as funding, and the other way round."""
        if (name, flow) in self.values:
            return self.values[name, flow]
        return -self.values.get((name, -flow), np.zeros(len(self.years)))

    def _gap(self, plan: Plan) -> None:
        stated = {year: amount.used for year, amount in plan.gap.items()}
        stated |= {year: -amount.used for year, amount in plan.surplus.items()}
        if plan.gap_is == "after_savings":
            stated = {year: short + self._savings(year) for year, short in stated.items()}
        own = sum((flow * held for (_, flow), held in self.values.items()), start=np.zeros(len(self.years)))
        own = own + self.total["spending"] - self.total["funding"]
        if stated:
            self._add(NOT_ITEMISED, "What the plan does not itemise", "spending", stated, own)

    def _savings(self, year: FinancialYear) -> float:
        """Return what approved savings take off a year's gap if all are delivered."""
        return fsum(
            amount.used * (saving.recurrent.used if start < year else 1.0)
            for saving in self.agency.savings
            for start, amount in saving.amounts.items()
            if start <= year
        )

    def _add(self, line: str, name: str, flow: str, stated: dict[FinancialYear, float], own: Floats) -> None:
        held = 0.0
        for t, year in enumerate(self.years):
            if year in stated:
                held = stated[year] - float(own[t])
            self.total[flow][t] += held
            if any(known <= year for known in stated):
                central = float(own[t]) - (float(self.itemised[t]) if line == NOT_ITEMISED else 0.0)
                row = (flow, str(year), central + held, central, FLOWS[flow] * held, year in stated)
                self.differences.append(Difference(self.agency.id, line, name, *row))
                self.itemised[t] += FLOWS[flow] * (central + held)


def _staked(scenario: Scenario, agencies: list[Agency], terms: Compiled, central: Position) -> Compiled:
    """Return the terms with what each event costs a share of: net budget, or lines of one demand, at central prices.

    Kinds of body that it does not strike have no stake in it.
    """
    beliefs = {event.id: event for event in scenario.events}
    events = []
    for event in terms.events:
        belief, stake = beliefs[event.id], np.zeros_like(event.stake)
        for a, agency in enumerate(agencies):
            if belief.driver or (belief.strikes and agency.kind not in belief.strikes):
                continue
            if not belief.demand:
                stake[a] = terms.actions.net_budget[a]
                continue
            moved = {line.id for line in agency.spending if line.demand == belief.demand}
            for line in terms.lines:
                if line.agency == a and line.id.removesuffix("/income") in moved:
                    stake[a] += line.weight * central.pairs[line.pair].actual[:, 0]
        events.append(replace(event, stake=stake))
    return replace(terms, events=tuple(events))
