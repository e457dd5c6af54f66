"""From a scenario to arrays: the one place where beliefs become numbers the engine can use.

What follows from the central case (minimums, capacities, stakes, the plan) is filled in by `prepared.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.assumptions import Driver, Event
from simulator.bodies import Body, used
from simulator.central import by_driver, central_paths, ordered, wanted
from simulator.choices import action_terms, charity_terms, council_terms, icb_terms, regime, trust_terms
from simulator.compiled import (
    BASE,
    REGIMES,
    Compiled,
    DeliveryTerms,
    DriverTerms,
    EventTerms,
    FloorTerms,
    Line,
    OwnLevelTerms,
    Pair,
    ReviewTerms,
)
from simulator.dealings import agreed
from simulator.met import met
from simulator.money import annuity
from simulator.place import Agency, LocalAuthority
from simulator.place import Line as Spending
from simulator.regimes.icb import Icb
from simulator.regimes.trust import Trust
from simulator.regimes.vcse import Charity
from simulator.resources import Grant
from simulator.scenario import Scenario
from simulator.terms import Floats, OverrideTerms
from simulator.years import FinancialYear


def compile_terms(scenario: Scenario) -> Compiled:
    """Return `scenario` as frozen arrays; ids are sorted, so order in the file changes nothing."""
    return _Compiler(scenario).compiled()


def in_order(scenario: Scenario) -> list[Agency]:
    """Return the bodies as the engine holds them: by regime, then by id."""
    return sorted(scenario.bodies, key=lambda agency: (REGIMES.index(regime(agency)), agency.id))


def _in_force(regimes: Mapping[FinancialYear, str], year: FinancialYear) -> str:
    started = [start for start in regimes if start <= year]
    return regimes[max(started)] if started else "individual"


class _Compiler:
    """What one compilation needs at hand: the scenario, its drivers in order and their central paths."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.agencies = in_order(scenario)
        self.years = scenario.projected
        self.baskets = {basket.id: basket for basket in scenario.baskets}
        beliefs = {driver.id: driver for driver in scenario.drivers}
        self.drivers = ordered(beliefs, wanted(scenario))
        self.at = {driver.id: k for k, driver in enumerate(self.drivers)}
        self.central = central_paths(scenario, self.drivers)
        self.disputed = self._disputed()
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

    def _disputed(self) -> dict[tuple[int, int], Floats]:
        """Return what bodies that dispute a driver add to its central path, and to those that rest on it."""
        found = {}
        for a, agency in enumerate(self.agencies):
            if not agency.beliefs:
                continue
            stated = {belief.driver: belief.growth for belief in agency.beliefs}
            believed = [
                driver.model_copy(update={"central": {**driver.central, **stated.get(driver.id, {})}})
                for driver in self.drivers
            ]
            own = central_paths(self.scenario, tuple(believed))
            for k, driver in enumerate(self.drivers):
                theirs, shared = own[driver.id][1:], self.central[driver.id][1:]
                if not np.array_equal(theirs, shared):
                    apart = theirs - shared
                    if driver.kind == "growth":
                        apart = np.cumsum(np.log1p(theirs) - np.log1p(shared))
                    found[a, k] = apart
            for k, driver in enumerate(self.drivers):
                # A floor stands under an index, not under its growth: it adds nothing, yet the body has its own.
                if driver.floor and (a, self.at[driver.floor.driver]) in found:
                    found.setdefault((a, k), np.zeros(len(self.years)))
        return found

    def index(self, name: str | None) -> int | None:
        """Return the place of a driver."""
        return None if name is None else self.at[name]

    def compiled(self) -> Compiled:
        """Return the whole."""
        scenario, rules = self.scenario, self.scenario.rules
        lines = tuple(line for a, agency in enumerate(self.agencies) for line in self._lines(a, agency))
        bodies = [Body(self, a, agency) for a, agency in enumerate(self.agencies)]
        funding = tuple(body.funding(lines) for body in bodies)
        answer = rules.accommodation
        drivers = tuple(self._driver(k, driver) for k, driver in enumerate(self.drivers))
        dealt, pairs = agreed(self, self.agencies), tuple(self.pairs)
        return Compiled(
            years=tuple(str(year) for year in self.years),
            agency_ids=tuple(agency.id for agency in self.agencies),
            drivers=drivers,
            met=met(drivers, pairs, lines, funding, dealt),
            pairs=pairs,
            lines=lines,
            funding=funding,
            events=tuple(self._event(event) for event in self._felt()),
            review=self._review(),
            slices=self._slices(),
            actions=action_terms(scenario, self.agencies),
            council=council_terms(scenario, [body for body in self.agencies if isinstance(body, LocalAuthority)]),
            icb=icb_terms(scenario, [body for body in self.agencies if isinstance(body, Icb)]),
            trust=trust_terms(scenario, [body for body in self.agencies if isinstance(body, Trust)]),
            charity=charity_terms(scenario, [body for body in self.agencies if isinstance(body, Charity)]),
            nhs_regime=tuple(_in_force(rules.nhs_regime, year) for year in self.years),
            support_withheld=rules.nhs.support_withheld.used if rules.nhs else 0.0,
            agreed=dealt,
            disputed=self.disputed,
            shares=np.array([used(agency.place_share, 1.0) for agency in self.agencies]),
            delivery=self._delivery(),
            override=self._override(),
            budget_learning=used(rules.budget_learning),
            own_risk_share=used(rules.own_risk_share, 1.0),
            collection_estimated=used(rules.collection_estimated, 1.0),
            accommodation=(answer.share.used, answer.first - scenario.first_year, answer.lag) if answer else None,
        )

    def _slices(self) -> dict[str, slice]:
        """Return where the bodies of each regime stand."""
        kinds = [regime(agency) for agency in self.agencies]
        ends = np.cumsum([0, *(kinds.count(kind) for kind in REGIMES)]).tolist()
        return {kind: slice(*ends[i : i + 2]) for i, kind in enumerate(REGIMES)}

    def _driver(self, k: int, driver: Driver) -> DriverTerms:
        live = np.array([year not in driver.confirmed for year in self.years], dtype=float)
        scale = np.array([driver.spread_scale[y].used if y in driver.spread_scale else 1.0 for y in self.years])
        if driver.moves_in:
            scale *= [year in driver.moves_in for year in self.years]
        surprise = np.array([driver.surprise[y].used if y in driver.surprise else 0.0 for y in self.years])
        loadings = tuple((name, load.used) for name, load in sorted(driver.loadings.items()))
        own = driver.own_level
        return DriverTerms(
            id=driver.id,
            is_growth=driver.kind == "growth",
            central=self.central[driver.id][1:],
            live=live,
            surprise=surprise,
            persistence=used(driver.persistence),
            spread=used(driver.spread) * scale,
            trend=used(driver.trend),
            trend_persistence=used(driver.trend_persistence, 1.0),
            transitory=used(driver.transitory),
            loadings=loadings,
            private=float(np.sqrt(1 - sum(load**2 for _, load in loadings))),
            system_share=used(driver.system_share, 1.0),
            own_level=OwnLevelTerms(own.persistence.used, own.spread.used, used(own.transitory)) if own else None,
            follows=tuple((self.at[f.driver], f.lag, f.weight.used) for f in sorted(driver.follows, key=by_driver)),
            floor=FloorTerms(self.at[driver.floor.driver], driver.floor.ratio.used, driver.floor.share.used)
            if driver.floor
            else None,
            has_own=self.own[k],
            announced=driver.announced,
        )

    def pair(self, agency: int, line: Spending) -> int:
        """Return the pair of demand and prices by which a line moves."""
        subsidy = line.subsidy
        most = min(subsidy.cap.used, 0.9 * subsidy.lha_2011.used) if subsidy else 0.0
        rent = (subsidy.weekly_rent.used, most) if subsidy else None
        return self.moved(agency, line.demand, line.basket, used(line.elasticity, 1.0), rent)

    def moved(
        self,
        agency: int,
        demand: str | None,
        basket: str | None = None,
        elasticity: float = 1.0,
        subsidy: tuple[float, float] | None = None,
    ) -> int:
        """Return the pair of a demand and a basket, shared by all bodies that meet both alike."""
        shares = self.baskets[basket].shares if basket else {}
        members = tuple((self.at[name], share.used) for name, share in sorted(shares.items()))
        moved = self.index(demand)
        touched = [k for k, _ in members] + ([moved] if moved is not None else [])
        owner = agency if any(self.own[k] or (agency, k) in self.disputed for k in touched) else BASE
        return self.pairs.setdefault(Pair(owner, moved, elasticity, members, subsidy), len(self.pairs))

    def _line(self, name: str, a: int, base: float, pair: int, stated: Spending | None = None) -> Line:
        """Return one line, flat at an index of 1 until what is known of later years is met."""
        sign = -1.0 if stated and stated.income and not stated.gross else 1.0
        amounts = {year: amount.used for year, amount in stated.amounts.items()} if stated else {}
        known = np.array([sign * amounts.get(year, np.nan) for year in self.years])
        flat = np.full(len(self.years), base)
        return Line(name, a, base, pair, flat, flat, known)

    def _lines(self, a: int, agency: Agency) -> Iterable[Line]:
        held = {line.id: line for line in agency.spending}
        for line in sorted(agency.spending, key=lambda line: line.id):
            pair = self.pair(a, line)
            if not line.gross:
                yield self._line(line.id, a, line.spent - line.received, pair, line)
                continue
            yield self._line(line.id, a, line.spent, pair)
            if line.income:
                own = self.moved(a, line.income_driver) if line.income_driver else pair
                yield self._line(f"{line.id}/income", a, -line.received, own)
        for grant in sorted(agency.incomes, key=lambda grant: grant.id):
            if isinstance(grant, Grant) and grant.matched_to:
                amount = grant.amounts[self.scenario.base_year].used
                yield self._line(grant.id, a, -amount, self.pair(a, held[grant.matched_to]))

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
            profile = np.where(np.arange(years) < term, annuity(used(rate), term), 0.0)
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
            stake=np.zeros((len(self.agencies), years)),
        )

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

    def _delivery(self) -> DeliveryTerms | None:
        rates, kinds = self.scenario.rules.delivery, ("green", "amber", "red", "new")
        if rates is None and not any(agency.delivery_record for agency in self.agencies):
            return None
        stated = [getattr(rates, kind).used if rates else 1.0 for kind in kinds]
        means = np.array([[used(agency.delivery_record, mean) for mean in stated] for agency in self.agencies])
        planned = np.array([agency.plan is not None for agency in self.agencies])
        if rates is None:
            return DeliveryTerms(means, planned, 0.0, 0.0, 0.0)
        return DeliveryTerms(means, planned, rates.sd.used, rates.organisation_weight.used, rates.system_share.used)

    def _override(self) -> OverrideTerms | None:
        end, first = self.scenario.rules.high_needs_override, self.scenario.first_year
        if end is None:
            return None
        met = end.accrued_met.used, end.later_met.used
        return OverrideTerms(end.ends - first, end.then, end.grant_share.used, end.grant_paid - first, *met)
