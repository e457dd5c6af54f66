"""From a scenario to arrays: the one place where beliefs become numbers the engine can use."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simulator.assumptions import Assumption, Driver, Event
from simulator.central import CentralCase, base_of, by_driver, central_paths, dated, entered, grown, ordered, wanted
from simulator.compiled import (
    BASE,
    Compiled,
    DebtTerms,
    DriverTerms,
    EventTerms,
    Floats,
    FloorTerms,
    FundingTerms,
    GrantTerms,
    HighNeedsTerms,
    Line,
    OwnLevelTerms,
    Pair,
    RatesTerms,
    ResponseTerms,
    ReviewTerms,
    TaxTerms,
)
from simulator.money import annuity
from simulator.place import Council, Grant
from simulator.regimes.council import CouncilTerms
from simulator.scenario import Scenario, base_residual, entered_totals


def compile_scenario(scenario: Scenario) -> Compiled:
    """Return `scenario` as frozen arrays; ids are sorted, so order in the file changes nothing."""
    return _Compiler(scenario).compiled()


def _used(stated: Assumption[float] | None, otherwise: float = 0.0) -> float:
    return otherwise if stated is None else stated.used


class _Compiler:
    """What one compilation needs at hand: the scenario, its drivers in order and their central paths."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.agencies = sorted(scenario.agencies, key=lambda agency: agency.id)
        self.years = scenario.projected
        self.baskets = {basket.id: basket for basket in scenario.baskets}
        beliefs = {driver.id: driver for driver in scenario.drivers}
        self.drivers = ordered(beliefs, wanted(scenario))
        self.at = {driver.id: k for k, driver in enumerate(self.drivers)}
        self.central = central_paths(scenario, self.drivers)
        self.case = CentralCase(scenario, self.central)
        self.pairs: dict[Pair, int] = {}
        self.own = self._chains()

    def _chains(self) -> list[bool]:
        """Return which drivers a body meets otherwise than the nation does, by its own shocks or a link."""
        own: list[bool] = []
        for driver in self.drivers:
            moves = driver.spread or driver.trend or driver.transitory
            shared = driver.system_share is None or driver.system_share.used == 1
            linked = [own[self.at[follow.driver]] for follow in driver.follows]
            floored = driver.floor is not None and own[self.at[driver.floor.driver]]
            own.append(driver.own_level is not None or bool(moves and not shared) or any(linked) or floored)
        return own

    def index(self, name: str | None) -> int | None:
        """Return the place of a driver."""
        return None if name is None else self.at[name]

    def compiled(self) -> Compiled:
        """Return the whole."""
        scenario, rules = self.scenario, self.scenario.rules
        lines = tuple(line for a, agency in enumerate(self.agencies) for line in self._lines(a, agency))
        funding = tuple(self._funding(a, agency) for a, agency in enumerate(self.agencies))
        answer, response = rules.accommodation, rules.savings_response
        return Compiled(
            years=tuple(str(year) for year in self.years),
            agency_ids=tuple(agency.id for agency in self.agencies),
            drivers=tuple(self._driver(k, driver) for k, driver in enumerate(self.drivers)),
            pairs=tuple(self.pairs),
            lines=lines,
            funding=funding,
            events=tuple(self._event(event) for event in self._felt()),
            review=self._review(),
            council=self._council(),
            delivery=ResponseTerms(
                response.delivered_low.used,
                response.delivered_mode.used,
                response.delivered_high.used,
                response.organisation_weight.used,
                response.system_share.used,
            )
            if response
            else None,
            budget_learning=_used(rules.budget_learning),
            own_risk_share=_used(rules.own_risk_share, 1.0),
            collection_estimated=_used(rules.collection_estimated, 1.0),
            accommodation=(answer.share.used, answer.first - scenario.first_year, answer.lag) if answer else None,
        )

    def _driver(self, k: int, driver: Driver) -> DriverTerms:
        live = np.array([year not in driver.confirmed for year in self.years], dtype=float)
        scale = np.array([driver.spread_scale[y].used if y in driver.spread_scale else 1.0 for y in self.years])
        surprise = np.array([driver.surprise[y].used if y in driver.surprise else 0.0 for y in self.years])
        loadings = tuple((name, load.used) for name, load in sorted(driver.loadings.items()))
        own = driver.own_level
        return DriverTerms(
            id=driver.id,
            is_growth=driver.kind == "growth",
            central=self.central[driver.id][1:],
            live=live,
            surprise=surprise,
            persistence=_used(driver.persistence),
            spread=_used(driver.spread) * scale,
            trend=_used(driver.trend),
            trend_persistence=_used(driver.trend_persistence, 1.0),
            transitory=_used(driver.transitory),
            loadings=loadings,
            private=float(np.sqrt(1 - sum(load**2 for _, load in loadings))),
            system_share=_used(driver.system_share, 1.0),
            own_level=OwnLevelTerms(own.persistence.used, own.spread.used, _used(own.transitory)) if own else None,
            follows=tuple((self.at[f.driver], f.lag, f.weight.used) for f in sorted(driver.follows, key=by_driver)),
            floor=FloorTerms(self.at[driver.floor.driver], driver.floor.ratio.used, driver.floor.share.used)
            if driver.floor
            else None,
            has_own=self.own[k],
        )

    def _pair(self, agency: int, demand: str | None, basket: str | None, elasticity: float = 1.0) -> int:
        shares = self.baskets[basket].shares if basket else {}
        members = tuple((self.at[name], share.used) for name, share in sorted(shares.items()))
        moved = self.index(demand)
        touched = [k for k, _ in members] + ([moved] if moved is not None else [])
        owner = agency if any(self.own[k] for k in touched) else BASE
        return self.pairs.setdefault(Pair(owner, moved, elasticity, members), len(self.pairs))

    def _lines(self, a: int, agency: Council) -> Iterable[Line]:
        held = {line.id: line for line in agency.spending}
        for line in sorted(agency.spending, key=lambda line: line.id):
            yield Line(line.id, a, base_of(line), self._pair(a, line.demand, line.basket, _used(line.elasticity, 1.0)))
        for grant in sorted(agency.funding.grants, key=lambda grant: grant.id):
            if grant.matched_to:
                line = held[grant.matched_to]
                pair = self._pair(a, line.demand, line.basket, _used(line.elasticity, 1.0))
                yield Line(grant.id, a, -grant.amounts[self.scenario.base_year].used, pair)

    def _funding(self, a: int, agency: Council) -> FundingTerms:
        rates, debt, needs = agency.funding.business_rates, agency.debt, agency.high_needs
        steps = len(self.years)
        grants = sorted(agency.funding.grants, key=lambda grant: grant.id)
        return FundingTerms(
            tax=self._tax(agency),
            rates=RatesTerms(
                rates.local_share.used,
                rates.top_up.used,
                self.index(rates.base),
                self.index(rates.multiplier),
            )
            if rates
            else None,
            grants=tuple(self._grant(grant) for grant in grants if not grant.matched_to),
            debt=DebtTerms(
                debt.outstanding.used,
                debt.rate.used,
                debt.maturing.used,
                debt.mrp.used * grown(debt.mrp_growth.used, steps),
                self.index(debt.borrowing_rate),
            )
            if debt
            else None,
            high_needs=HighNeedsTerms(
                needs.spending.used,
                needs.block.used * grown(needs.block_growth.used, steps),
                needs.opening_deficit.used,
                float(self.central[needs.short_rate][0]) if needs.short_rate else 0.0,
                self._pair(a, needs.demand, needs.basket),
                self.index(needs.short_rate),
            )
            if needs
            else None,
        )

    def _tax(self, agency: Council) -> TaxTerms:
        tax, base = agency.funding.council_tax, self.scenario.base_year
        requirement = entered(tax.requirement, self.years)
        parishes = (
            entered(tax.parish_precepts, self.years) if tax.parish_precepts else (np.zeros(len(self.years)), -1, 0.0)
        )
        rule = self.scenario.rules.referendum_limit if tax.increase == "referendum_limit" else tax.increase
        limits = self.scenario.rules.referendum_limit
        limit = np.array([dated(limits, year) for year in self.years])
        entered_rise = np.array([dated(rule, year) for year in self.years])
        # An entered increase runs on until the next, but never above the limit of a later year.
        increase = np.minimum(entered_rise, limit) if limits else entered_rise
        unused = np.maximum(limit - increase, 0.0) / (1 + increase)
        moved = self.index(tax.tax_base), self.index(tax.collection)
        return TaxTerms(*requirement, tax.requirement[base].used, *parishes, increase, unused, *moved)

    def _grant(self, grant: Grant) -> GrantTerms:
        known, last, amount = entered(grant.amounts, self.years)
        base = grant.amounts[self.scenario.base_year].used
        return GrantTerms(grant.id, grant.specific, base, known, last, amount, self.index(grant.driver))

    def _felt(self) -> list[Event]:
        """Return the events that can move something this scenario uses, by id."""
        felt = [event for event in self.scenario.events if event.driver is None or event.driver in self.at]
        return sorted(felt, key=lambda event: event.id)

    def _event(self, event: Event) -> EventTerms:
        first = event.first or self.years[0]
        size, years = event.size, len(self.years)
        chance = np.array([event.chance.used if year >= first else 0.0 for year in self.years])
        lasts = years if event.years is None else event.years
        profile = np.array([min(1.0, (age + 1) / event.phase) if age < lasts else 0.0 for age in range(years)])
        if event.capitalised_over:
            term = event.capitalised_over
            rate = self.scenario.rules.capitalisation_rate
            profile = np.where(np.arange(years) < term, annuity(_used(rate), term), 0.0)
        corners = [part.used for part in (size.low, size.mode, size.high) if part]
        return EventTerms(
            id=event.id,
            national=event.national,
            chance=chance,
            normal=(size.mean.used, size.sd.used) if size.mean and size.sd else None,
            triangle=(corners[0], corners[1], corners[2]) if corners else None,
            funded=(event.funded.low.used, event.funded.high.used) if event.funded else None,
            driver=self.index(event.driver),
            profile=profile,
            fixed_when_struck=event.capitalised_over is not None,
            stake=np.array([self._stake(agency, event) for agency in self.agencies]),
        )

    def _stake(self, agency: Council, event: Event) -> Floats:
        """Return what an event costs a share of, by year: the net budget, or lines of one demand, at central prices."""
        if event.driver:
            return np.zeros(len(self.years))
        if not event.demand:
            return self.case.net_budget(agency)
        return self.case.cost([line for line in agency.spending if line.demand == event.demand])

    def _review(self) -> ReviewTerms | None:
        review = self.scenario.spending_review
        if review is None or review.driver not in self.at:
            return None
        starts = [year >= review.first and (year - review.first) % review.every == 0 for year in self.years]
        # From tight to loose, so that the central case, at one half, meets the middle state.
        states = sorted(review.states, key=lambda state: (state.growth.used, state.id))
        return ReviewTerms(
            self.at[review.driver],
            np.array(starts),
            np.cumsum([state.chance.used for state in states]),
            np.log1p([state.growth.used for state in states]),
        )

    def _council(self) -> CouncilTerms:
        net_budget = np.array([self.case.net_budget(agency) for agency in self.agencies])
        held = [agency.reserves for agency in self.agencies]
        response = self.scenario.rules.savings_response
        return CouncilTerms(
            minimum=net_budget * np.array([[reserves.minimum.used] for reserves in held]),
            net_budget=net_budget,
            entered_surplus=np.array([self._entered_surplus(agency) for agency in self.agencies]),
            unexplained=np.array([base_residual(a) + _used(a.funding.council_tax.fund_share) for a in self.agencies]),
            added=np.array([reserves.contribution.added for reserves in held]),
            recurs=np.array([reserves.contribution.treatment == "recurrent" for reserves in held]),
            gf_unallocated=np.array([reserves.gf_unallocated.used for reserves in held]),
            earmarked=np.array([reserves.earmarked.used for reserves in held]),
            usable_share=np.array([reserves.usable_share.used for reserves in held]),
            reallocatable_share=np.array([reserves.reallocatable_share.used for reserves in held]),
            plans=np.array([year >= self.scenario.budget_year for year in self.years]),
            controls=np.array([year >= self.scenario.open_year for year in self.years]),
            yearly_capacity=response.yearly_capacity.used if response else 0.0,
            total_capacity=response.total_capacity.used if response else 0.0,
            recurrent=response.recurrent.used if response else 1.0,
            covered_once=response.covered_once.used if response else 0.0,
            brake_share=response.brake_share.used if response else 0.0,
            brake_cap=response.brake_cap.used if response else 0.0,
            surplus_banked=response.surplus_banked.used if response else 1.0,
            support_late=_used(self.scenario.rules.support_late, 1.0),
        )

    def _entered_surplus(self, agency: Council) -> float:
        """Return lasting funding less spending in the base year, as the lines are entered."""
        totals = entered_totals(agency, self.scenario.base_year)
        return totals["funding"] - totals["collection_fund"] - totals["net_revenue_expenditure"]
