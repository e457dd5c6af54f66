"""A shift into prevention worked year by year and path by path from `docs/method.md` 12 to 14, for the tests.

What is stated is read by attribute alone; nothing of `simulator` reckons anything here. Views are as it came and as the
budget expected it; `[view, year, path]`, nominal pounds unless they say real (base-year prices).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf, log, sqrt
from typing import Any

import numpy as np

from benchmarks.plain_body import ACTUAL, EXPECTED, Seen, cost_of, laid
from benchmarks.plain_delay import saved
from benchmarks.plain_place import Dealt
from benchmarks.plain_relief import Spared, Triple, ages, at, joined, known, letting_go, row, triple
from benchmarks.plain_world import Floats
from simulator.compiled import BASE, Pair

SEEN_AFTER = 2
Waiting = tuple[Floats, float, set[str], float]
"""Days saved at average cost, what of them is cashable, by which programmes, and their cost at the margin."""


class Shifted:
    """One shift of given sizes, pounds by programme."""

    def __init__(self, world: Seen, scenario: Any, sizes: Mapping[str, float]) -> None:
        self.world, self.scenario, self.stated = world, scenario, scenario.prevention
        self.sizes, self.years, self.paths = sizes, world.years, world.paths
        self.first = int(world.terms.years[0][:4])
        self.agencies = {name: a for a, name in enumerate(world.terms.agency_ids)}
        self.drivers = {driver.id: k for k, driver in enumerate(world.terms.drivers)}
        self.kinds = {kind.id: kind for kind in self.stated.interventions}
        self.programmes = list(self.stated.programmes)
        self.services = [one for one in self.stated.services if one.agency in self.agencies and self.relieving(one)]
        bodies = len(self.agencies)
        self.invest = dict[str, Floats]()
        self.outside = self.nought()
        self.cash, self.net = (np.zeros((bodies, 2, self.years, self.paths)) for _ in range(2))
        running, spent = self.staffed_spending()
        self.given = {one.id: self.gives(one, running[one.id]) for one in self.programmes}
        for one in self.programmes:
            price = self.price_of(one)
            self.invest[one.id] = spent[one.id][None, :, None] * price
            for payer, share in one.pays.items():
                self.net[self.agencies[payer]] += share.used * self.invest[one.id]
            home = {service.id for service in self.services}
            away = sum(gain.share.used for gain in self.kind(one).gains if gain.service not in home)
            self.outside += away * self.given[one.id] * price
        waits = self.waits(running)
        self.spared = {service.id: self.spare(service, waits.get(service.id)) for service in self.services}
        for service in self.services:
            self.cash[self.agencies[service.agency]] += self.spared[service.id].cash
        self.paid = self.contracts()
        self.net += self.paid - self.cash

    def nought(self) -> Floats:
        """Return nought for both views and every year and path."""
        return np.zeros((2, self.years, self.paths))

    def kind(self, one: Any) -> Any:
        """Return the intervention that a programme stands on."""
        return self.kinds[one.intervention]

    def relieving(self, service: Any) -> list[Any]:
        """Return the programmes that relieve a service, whatever their sizes."""
        return [one for one in self.programmes if any(gain.service == service.id for gain in self.kind(one).gains)]

    def age(self, one: Any, t: int) -> int:
        """Return how many years a programme has run by a projected year; below nought before it starts."""
        return self.first + t - int(str(one.starts)[:4])

    def scale(self, one: Any, t: int) -> float:
        """Return the part of full scale that runs."""
        age, steps = self.age(one, t), self.kind(one).build_up
        if age < 0 or self.over(one, t):
            return 0.0
        return float(steps[age].used) if age < len(steps) else 1.0

    def over(self, one: Any, t: int) -> bool:
        """Return whether a programme has ended."""
        return one.ends is not None and self.first + t > int(str(one.ends)[:4])

    def once(self, one: Any, t: int) -> float:
        """Return what set-up and double running cost, as a share of a year at full scale."""
        kind, age, share = self.kind(one), self.age(one, t), 0.0
        if age == 0:
            share += known(kind.setup)
        if 0 <= age < kind.double_running_years and not self.over(one, t):
            share += known(kind.double_running)
        return share

    def staffed_spending(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return what runs and what is spent by programme and year, real, with the staff there are."""
        running = {one.id: np.zeros(self.years) for one in self.programmes}
        spent = {one.id: np.zeros(self.years) for one in self.programmes}
        for t in range(self.years):
            part = self.staffed(t)
            for one in self.programmes:
                size = self.sizes.get(one.id, 0.0) * part[one.id]
                running[one.id][t] = size * self.scale(one, t)
                spent[one.id][t] = running[one.id][t] + size * self.once(one, t)
        return running, spent

    def staffed(self, t: int) -> dict[str, float]:
        """Return the share of each programme that can be staffed in a year."""
        part = {one.id: 1.0 for one in self.programmes}
        for group in self.stated.staff:
            wanted = {
                one.id: posts.used / 1e6 * self.sizes.get(one.id, 0.0) * self.scale(one, t)
                for one in self.programmes
                for name, posts in self.kind(one).staff.items()
                if name == group.id
            }
            total, room = sum(wanted.values()), self.left(group, t)
            for name, posts in wanted.items():
                if posts > 0:
                    part[name] = min(part[name], room / total, 1.0)
        return part

    def left(self, group: Any, t: int) -> float:
        """Return the posts of a group that programmes may have."""
        keep = max(1 + group.joiners.used - group.leavers.used, 0.0)
        here, newly = group.in_post.used, 0.0
        new = {int(str(year)[:4]): posts.used for year, posts in group.retrained.items()}
        for year in range(t + 1):
            here, newly = here * keep, newly * keep + new.get(self.first + year, 0.0)
        needed = min(group.in_post.used, group.funded.used) * self.activity(group, t)
        return float(max(here - needed, 0.0) + newly)

    def activity(self, group: Any, t: int) -> float:
        """Return the central real activity of what a group works for, 1 in the base year."""
        done = whole = 0.0
        for line in self.world.terms.lines:
            if line.id in group.works_for.get(self.world.terms.agency_ids[line.agency], ()):
                pair = replace(self.world.terms.pairs[line.pair], basket=(), subsidy=None)
                done += abs(line.base) * self.world.calm.pair(pair, line.agency)[ACTUAL, t, 0]
                whole += abs(line.base)
        return done / whole if whole else 1.0

    def price_of(self, one: Any) -> Floats:
        """Return the price of what a programme buys."""
        return self.basket(self.kind(one).basket, BASE, None) if self.kind(one).basket else self.nought() + 1

    def basket(self, name: str | None, a: int, subsidy: tuple[float, float] | None) -> Floats:
        """Return the price of a basket as a body meets it, in both views."""
        shares: Mapping[str, Any] = next((one.shares for one in self.scenario.baskets if one.id == name), {})
        members = tuple((self.drivers[driver], share.used) for driver, share in shares.items())
        return self.world.pair(Pair(a, None, 1.0, members, subsidy), a)[:2]

    def per_pound(self, one: Any) -> Triple:
        """Return P10, P50 and P90 of what £1 gives back: the library's less bias, then local evidence joined."""
        kind = self.kind(one)
        kept, (low, middle, high) = self.unbiased(kind), triple(kind.per_pound)
        found = (low * kept, middle * kept, high * kept)
        for evidence in one.local_evidence:
            found = joined(found, triple(evidence.per_pound)) if found[0] > 0 else triple(evidence.per_pound)
        return found

    def borrowed(self, one: Any) -> float:
        """Return the weight of the library's evidence: its precision as a share of all."""
        kind = self.kind(one)
        ranges = [triple(kind.per_pound), *(triple(evidence.per_pound) for evidence in one.local_evidence)]
        if len(ranges) == 1:
            return 1.0
        spreads = [log(high / low) ** 2 for low, _, high in ranges]
        if self.unbiased(kind) <= 0 or not all(spreads[1:]):
            return 0.0
        precisions = [1 / spread if spread else inf for spread in spreads]
        return precisions[0] / sum(precisions) if precisions[0] < inf else 1.0

    def unbiased(self, kind: Any) -> float:
        """Return what bias and deadweight leave of what the evidence says."""
        bias = self.stated.optimism[kind.evidence_grade - 1].used if self.stated.optimism else 0.0
        return float((1 - bias) * (1 - known(kind.deadweight)))

    def works(self, one: Any) -> Floats:
        """Return what £1 gives back in all, year by year, in both views."""
        kind, luck, c = self.kind(one), self.world.luck, known(self.stated.shared_luck)
        common = luck.normals("prevention/works", 1)[0]
        own = luck.normals(f"prevention/{one.id}", 1)[0]
        points, fidelity = self.per_pound(one), triple(kind.fidelity) if kind.fidelity else None
        kept = luck.normals(f"prevention/{one.id}/fidelity", 1)[0] if fidelity else own
        share = self.borrowed(one)
        found, hoped = self.nought(), points[1] * (1 - share * (1 - fidelity[1]) if fidelity else 1.0)
        for t, n in np.ndindex(self.years, self.paths):
            works = at(points, sqrt(c) * common[n] + sqrt(1 - c) * own[n])
            works *= 1 - share * (1 - min(at(fidelity, kept[n]), 1.0)) if fidelity else 1.0
            found[ACTUAL, t, n] = works
            found[EXPECTED, t, n] = works if self.age(one, t) >= SEEN_AFTER else hoped
        return found

    def gives(self, one: Any, running: Floats) -> Floats:
        """Return what a programme gives at average cost, real."""
        kind, works, given = self.kind(one), self.works(one), self.nought()
        by_age = ages(kind.lag.used, kind.decay.used, kind.over, self.years)
        for t in range(self.years):
            given[:, t] = sum(running[u] * by_age[t - u] for u in range(t + 1)) * works[:, t]
        return given

    def working(self, one: Any) -> Floats:
        """Return what of a programme's slots does what it is bought for, in both views."""
        kind, middle = self.kind(one), self.per_pound(one)[1]
        kept = 1 - self.borrowed(one) * (1 - self.unbiased(kind))
        return self.works(one) / middle * kept if middle > 0 else self.nought()

    def unit(self, service: Any) -> Floats:
        """Return the price of what a service buys, weighed by what its lines cost in base-year prices."""
        a, total, whole = self.agencies[service.agency], self.nought(), 0.0
        body = next(one for one in self.scenario.bodies if one.id == service.agency)
        for line in self.world.terms.lines:
            if line.agency == a and line.id in service.lines:
                stated = next(one for one in body.spending if one.id == line.id)
                calm = self.world.calm.pair(self.world.terms.pairs[line.pair], a)[ACTUAL, :, 0]
                weight = float(laid(np.full(self.years, line.base), line.known, calm)[-1])
                subsidy = self.world.terms.pairs[line.pair].subsidy
                total, whole = total + weight * self.basket(stated.basket, a, subsidy), whole + weight
        return total / whole

    def spare(self, service: Any, waiting: Waiting | None) -> Spared:
        """Return what a service is spared; `waiting` is what a pathway saves."""
        a, unit = self.agencies[service.agency], self.unit(service)
        cost = np.maximum(cost_of(self.world, a, tuple(service.lines))[:2], 0.0)
        volume = np.where(unit > 0, cost / np.where(unit > 0, unit, 1.0), 0.0)
        parts = [
            (gain.share.used * self.given[one.id], gain.cashable.used)
            for one in self.relieving(service)
            for gain in self.kind(one).gains
            if gain.service == service.id and not (waiting and one.id in waiting[2])
        ]
        days: Floats = waiting[0] if waiting else self.nought()
        if waiting:
            parts.append(waiting[:2])
        capacity = self.capacity(service, volume)
        found = Spared(*(self.nought() for _ in range(6)))
        for view in (ACTUAL, EXPECTED):
            for n in range(self.paths):
                one_path = [(alone[view, :, n], cashable) for alone, cashable in parts]
                letting_go(service, volume[view, :, n], capacity[n], one_path, row(found, view, n))
        whole: Floats = sum((alone for alone, _ in parts), self.nought())
        part = np.where(whole > 0, days / np.where(whole > 0, whole, 1.0), 0.0)
        found.waited, of_days = found.avoided * part, found.cash * part
        # A bed not filled again gives no more cash than it costs at the margin.
        most = days * (1 - service.backfill.used) * (waiting[3] if waiting else 0.0)
        found.cash = found.cash - of_days + np.minimum(of_days, most)
        return Spared(*(part * unit for part in vars(found).values()))

    def capacity(self, service: Any, volume: Floats) -> Floats:
        """Return what stood there the year before the first programme starts, real."""
        start = min(int(str(one.starts)[:4]) - self.first for one in self.relieving(service))
        if start > 0:
            return np.array(volume[ACTUAL, start - 1])
        named, stood = {*service.lines, *(f"{name}/income" for name in service.lines)}, 0.0
        for line in self.world.terms.lines:
            if line.agency == self.agencies[service.agency] and line.id in named:
                calm = self.world.calm.pair(self.world.terms.pairs[line.pair], line.agency)[ACTUAL, :, 0]
                stood += line.base or float(laid(np.full(self.years, line.base), line.known, calm)[0])
        return np.full(self.paths, max(stood, 0.0))

    def waits(self, running: Mapping[str, Floats]) -> dict[str, Waiting]:
        """Return by service what slots bought in a pathway save of delay, real at average cost."""
        found = {}
        for way in self.scenario.pathways:
            buying = [one for one in self.programmes if one.pathway == way.id]
            served = sorted(one.id for one in self.services if one.agency == way.agency)
            if not buying or way.agency is None or not served:
                continue
            slots = sum(one.slots.used for one in way.onward)
            year = sum(one.slots.used * one.slot_year.used for one in way.onward) / slots
            bought = self.nought()
            for one in buying:
                bought = bought + running[one.id][None, :, None] * self.working(one) / year
            cashable = [
                gain.cashable.used for one in buying for gain in self.kind(one).gains if gain.service == served[0]
            ]
            share = sum(cashable) / len(cashable) if cashable else 0.0
            found[served[0]] = self.delay(way, slots, bought), share, {one.id for one in buying}, way.marginal.used
        return found

    def delay(self, way: Any, slots: float, bought: Floats) -> Floats:
        """Return the cost at average of the days nobody waits any more."""
        a, days = self.agencies[way.agency], self.nought()
        pace = [self.surprise(name, a) for name in (way.admissions_driver, way.complex_driver)]
        for at_ in np.ndindex(days.shape):
            admitted, onward = (float(one[at_]) for one in pace)
            days[at_] = saved(way, admitted, onward, slots, float(bought[at_]))
        return days

    def surprise(self, driver: str | None, a: int) -> Floats:
        """Return a driver's index over its central path, 1 where no driver is named."""
        if driver is None:
            return self.nought() + 1
        k = self.drivers[driver]
        # A driver that none of the body's own lines and agreements follows is the nation's.
        who = a if k in self.world.terms.met[a] else BASE
        return self.world.views(k, who)[:2] / self.world.calm.views(k, who)[:1]

    def contracts(self) -> Floats:
        """Return what contracts take from each body since less is done, `[agency, view, year, path]`."""
        dealt = Dealt(self.world, self.scenario.agreements)
        taken = np.zeros((len(self.agencies), 2, self.years, self.paths))
        for name in sorted({service.agency for service in self.services}):
            a, gone = self.agencies[name], self.nought()
            for service in self.services:
                if service.agency == name:
                    found = self.spared[service.id]
                    gone += (1 - service.backfill.used) * (found.avoided - found.waited)
            lines = tuple(line.id for line in self.world.terms.lines if line.agency == a)
            whole = cost_of(self.world, a, tuple(one for one in lines if not one.endswith("/income")))[:2]
            done = np.ones((3, self.years, self.paths))
            done[:2] = 1 - np.where(whole > 0, np.minimum(gone / np.where(whole > 0, whole, 1.0), 1.0), 0.0)
            for one in self.scenario.agreements:
                if getattr(one, "payee", None) == name:
                    change = (dealt.contract(one, done) - dealt.contract(one))[:2]
                    taken[a] -= change
                    if one.payer in self.agencies:
                        taken[self.agencies[one.payer]] += change
        return taken
