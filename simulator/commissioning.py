"""Programmes that a place may choose, turned from what the file says into terms that the engine can use."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simulator import pathway_terms
from simulator.bodies import used
from simulator.compiled import BASE, Compiled, Floats, Line, Pair
from simulator.compiling import in_order
from simulator.drivers import DriverPaths
from simulator.kernels import Range, cohort, updated
from simulator.pathways import Pathway
from simulator.place import Agency
from simulator.programme_terms import GainTerms, PreventionTerms, ProgrammeTerms, ServiceTerms, WayHome
from simulator.programmes import Intervention, Prevention, Programme, Service
from simulator.release import ReleaseTerms
from simulator.scenario import Scenario
from simulator.spending import Prices
from simulator.staffing import staff_terms
from simulator.workforce import StaffTerms

LARGEST_PART = 0.05
"""The most a year that a programme can spend where no reach is entered, of what it relieves: a judgement."""


def commissioned(scenario: Scenario, compiled: Compiled) -> PreventionTerms | None:
    """Return the terms of a scenario's programmes, or None where it has none."""
    return _Office(scenario, scenario.prevention, compiled).terms() if scenario.prevention else None


class _Office:
    """What one compilation needs at hand: the scenario's prevention, its bodies and drivers in the engine's order."""

    def __init__(self, scenario: Scenario, stated: Prevention, compiled: Compiled) -> None:
        self.scenario, self.stated, self.compiled = scenario, stated, compiled
        self.agencies = {agency.id: (a, agency) for a, agency in enumerate(in_order(scenario))}
        self.drivers = {terms.id: k for k, terms in enumerate(compiled.drivers)}
        self.baskets = {basket.id: basket for basket in scenario.baskets}
        self.kinds = {one.id: one for one in stated.interventions}
        self.groups = {group.id: g for g, group in enumerate(stated.staff)}
        self.years = scenario.projected
        wanted = {programme.pathway for programme in stated.programmes}
        self.ways = {one.id: one for one in scenario.pathways if one.id in wanted and one.agency}

    def terms(self) -> PreventionTerms | None:
        """Return all programmes by id, and the services that they relieve and that a body of the place runs."""
        chosen = sorted(self.stated.programmes, key=lambda programme: programme.id)
        if not chosen:
            return None
        named = {gain.service for one in chosen for gain in self.kinds[one.intervention].gains}
        run = [service for service in self.stated.services if service.agency and service.id in named]
        services = tuple(self._service(service) for service in sorted(run, key=lambda service: service.id))
        at = {service.id: s for s, service in enumerate(services)}
        return PreventionTerms(
            programmes=tuple(self._programme(programme, at, services) for programme in chosen),
            services=services,
            shared_luck=used(self.stated.shared_luck),
            staff=(groups := staff_terms(self.scenario, self.years)),
            staff_activity=self._activity(groups),
            ways_home=tuple(self._way_home(one, services) for one in self.ways.values()),
        )

    def _way_home(self, one: Pathway, services: tuple[ServiceTerms, ...]) -> WayHome:
        """Return a pathway on the first service of its trust that programmes relieve."""
        a = self.agencies[str(one.agency)][0]
        prices = Prices(DriverPaths(self.compiled, 0).central())
        admitted, onward = (
            self.drivers[name] if name else None for name in (one.admissions_driver, one.complex_driver)
        )
        flat = np.ones(len(self.years))
        pace = [flat if k is None else prices.index(k, a).actual[:, 0] for k in (admitted, onward)]
        service = next(s for s, service in enumerate(services) if service.agency == a)
        return WayHome(
            one.id,
            service,
            pathway_terms.terms(one),
            pathway_terms.surface(one.surface),
            admitted,
            onward,
            np.array(pace),
        )

    def _activity(self, groups: tuple[StaffTerms, ...]) -> tuple[Floats, ...]:
        """Return the real activity of what each group works for without luck, `[year]`, 1 in the base year."""
        prices = Prices(DriverPaths(self.compiled, 0).central())
        found = []
        for group in groups:
            held = [
                line for line in self.compiled.lines if (self.compiled.agency_ids[line.agency], line.id) in group.lines
            ]
            moved = [self.compiled.pairs[line.pair] for line in held]
            index = [prices.pair(replace(pair, basket=(), subsidy=None)).actual[:, 0] for pair in moved]
            total = math.fsum(abs(line.base) for line in held)
            parts = [abs(line.base) / total * one for line, one in zip(held, index, strict=True) if total]
            found.append(np.sum(parts, axis=0) if parts else np.ones(len(self.years)))
        return tuple(found)

    def pair(self, basket: str | None, owner: int = BASE, subsidy: tuple[float, float] | None = None) -> Pair:
        """Return the pair of prices alone that a basket makes, as `owner` meets them."""
        shares = self.baskets[basket].shares if basket else {}
        members = tuple((self.drivers[name], share.used) for name, share in sorted(shares.items()))
        return Pair(owner, None, 1.0, members, subsidy)

    def _service(self, service: Service) -> ServiceTerms:
        a, agency = self.agencies[str(service.agency)]
        held = [line for line in self.compiled.lines if line.agency == a and line.id in service.lines]
        total = math.fsum(_latest(line) for line in held)
        prices = [(_latest(line) / total, self._price(a, agency, line.id)) for line in held if total]
        payments = self.compiled.agreed.payments
        return ServiceTerms(
            id=service.id,
            name=service.name,
            agency=a,
            lines=tuple(sorted(service.lines)),
            prices=tuple(prices),
            release=ReleaseTerms(
                service.growth_cashable.used,
                service.stranded.used,
                float(service.withdrawal_years) if service.withdrawal_years else math.inf,
                used(service.step),
                service.backfill.used,
            ),
            contracts=tuple(
                c for c, contract in enumerate(self.compiled.agreed.contracts) if payments[contract.entry].payee == a
            ),
        )

    def _price(self, a: int, agency: Agency, line_id: str) -> Pair:
        stated = next(line for line in agency.spending if line.id == line_id)
        subsidy = stated.subsidy
        most = min(subsidy.cap.used, 0.9 * subsidy.lha_2011.used) if subsidy else 0.0
        return self.pair(stated.basket, a, (subsidy.weekly_rent.used, most) if subsidy else None)

    def _programme(self, one: Programme, at: dict[str, int], services: tuple[ServiceTerms, ...]) -> ProgrammeTerms:
        kind = self.kinds[one.intervention]
        start = one.starts - self.years[0]
        per_pound, weight = self._return(one, kind)
        pays = np.zeros(len(self.agencies))
        for payer, share in one.pays.items():
            pays[self.agencies[payer][0]] = share.used
        gains = tuple(GainTerms(at.get(gain.service), gain.share.used, gain.cashable.used) for gain in kind.gains)
        fidelity = kind.fidelity
        return ProgrammeTerms(
            id=one.id,
            name=one.name,
            start=start,
            spend=one.spend.used,
            most=one.most.used if one.most else self._reach(gains, services, one),
            scale=self._scale(one, kind),
            once=self._once(one, kind),
            price=self.pair(kind.basket) if kind.basket else None,
            pays=pays,
            per_pound=per_pound,
            prior_weight=weight,
            # What was measured here is taken as it is, so slots too lose by the library's share of the evidence.
            kept=1 - weight * (1 - self._kept(kind)),
            cohort=cohort(kind.lag.used, kind.decay.used, kind.over, len(self.years)),
            gains=gains,
            fidelity=_range(fidelity.low, fidelity.used, fidelity.high) if fidelity else None,
            way_home=list(self.ways).index(one.pathway) if one.pathway in self.ways else None,
            staff={self.groups[group]: posts.used / 1e6 for group, posts in kind.staff.items() if group in self.groups},
        )

    def _return(self, one: Programme, kind: Intervention) -> tuple[Range, float]:
        """Return what £1 gives back in all, local evidence taken in, and the weight left to the library's range.

        The library's range is corrected first; what was measured here needs no correction and is joined as it is.
        """
        low, middle, high = _range(kind.per_pound.low, kind.per_pound.used, kind.per_pound.high)
        kept = self._kept(kind)
        found, weight = (low * kept, middle * kept, high * kept), 1.0
        for evidence in one.local_evidence:
            own = _range(evidence.per_pound.low, evidence.per_pound.used, evidence.per_pound.high)
            # A library's range of which nothing is left has no ratio to be joined by.
            found, part = updated(found, own) if found[0] > 0 else (own, 0.0)
            weight *= part
        return found, weight

    def _kept(self, kind: Intervention) -> float:
        """Return what optimism bias and deadweight leave of what an intervention's evidence says."""
        correction = self.stated.optimism[kind.evidence_grade - 1].used if self.stated.optimism else 0.0
        return (1 - correction) * (1 - used(kind.deadweight))

    def _scale(self, one: Programme, kind: Intervention) -> Floats:
        """Return the part of full scale that runs in each year."""
        steps = [step.used for step in kind.build_up]
        running = [year - one.starts for year in self.years]
        last = one.ends - one.starts if one.ends else len(self.years)
        return np.array([0.0 if age < 0 or age > last else steps[age] if age < len(steps) else 1.0 for age in running])

    def _once(self, one: Programme, kind: Intervention) -> Floats:
        """Return set-up in the first year, and double running in its first years, as shares of a year at full scale.

        What is kept beside a programme goes when the programme ends.
        """
        age = np.arange(len(self.years)) - (one.starts - self.years[0])
        last = one.ends - one.starts if one.ends else len(self.years)
        double = (age >= 0) & (age < kind.double_running_years) & (age <= last)
        once: Floats = used(kind.setup) * (age == 0) + used(kind.double_running) * double
        return once

    def _reach(self, gains: tuple[GainTerms, ...], services: tuple[ServiceTerms, ...], one: Programme) -> float:
        """Return the most a year where none is entered: a part of what the services it relieves cost."""
        touched = {gain.service for gain in gains if gain.service is not None}
        lines = [(services[s].agency, name) for s in touched for name in services[s].lines]
        cost = math.fsum(_latest(line) for line in self.compiled.lines if (line.agency, line.id) in lines)
        return max(LARGEST_PART * cost, one.spend.used)


def _latest(line: Line) -> float:
    """Return what a line costs at base-year prices, what is known of later years counted."""
    return float(line.weight[-1])


def _range(low: float | None, central: float, high: float | None) -> Range:
    return (central if low is None else low, central, central if high is None else high)
