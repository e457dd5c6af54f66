"""The rules of the engine once more, written plainly: the oracle of a test and the rival of a benchmark.

It shares no code with `simulator` and reads the compiled terms only, and agreements as they are stated. One line and
one year at a time, every array over all paths, each line priced on its own, each treatment rolled forward on its own,
and everything kept. Money is in pounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import betaincinv, ndtr

from benchmarks.plain_body import ACTUAL, EXPECTED, Body, Seen, price
from benchmarks.plain_books import HALF_PENNY, Bools, Kept, books
from benchmarks.plain_place import Dealt
from benchmarks.plain_systems import Log, Systems, brought
from benchmarks.plain_world import Floats
from simulator.compiled import Compiled


@dataclass(frozen=True)
class Treatment:
    """Whether managers act, and what stands in place of an entered judgement or rule.

    `shift` `[view, agency, year, path]` is what a shift costs each body, as it came and as budgets expected it.
    """

    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True
    approved: bool = True
    capacity: float = 1.0
    rule: str | None = None
    shift: Floats | None = None


VIEWS = (Treatment(acts=False), Treatment(acts=True))


def project(
    terms: Compiled,
    seed: int,
    paths: int,
    treatments: tuple[Treatment, ...] = VIEWS,
    agreements: Sequence[Any] = (),
) -> Kept:
    """Return every measure in pounds and every outcome as yes or no, `[treatment, agency, year, path]`.

    A measure has the agencies that have it, in their order.
    """
    return place(terms, seed, paths, treatments, agreements)[0]


def place(
    terms: Compiled, seed: int, paths: int, treatments: tuple[Treatment, ...], agreements: Sequence[Any]
) -> tuple[Kept, Log, dict[str, Floats]]:
    """Return what `project` does, the log of payments `[treatment, year, path]`, and by how much systems missed."""
    world = Seen(terms, seed, paths)
    dealt = Dealt(world, agreements)
    managers = [Managers(world, a, dealt.between(a)) for a in range(len(terms.agency_ids))]
    rolled = [roll(dealt, managers, treatment) for treatment in treatments]
    kept: Kept = {}
    for name in dict.fromkeys(name for row in rolled for body in row[0] for name in body):
        kept[name] = np.array([[body.pop(name) for body in row[0] if name in body] for row in rolled])
    log = {entry: np.array([row[1][entry] for row in rolled]) for entry in rolled[0][1]}
    missed = {name: np.array([row[2][name] for row in rolled]) for name in rolled[0][2]}
    return kept, log, missed


def roll(dealt: Dealt, managers: Sequence[Managers], treatment: Treatment) -> tuple[list[Kept], Log, dict[str, Floats]]:
    """Roll all bodies forward together under one treatment; return what each kept, the log, and systems' misses."""
    bodies = [Rolled(one, treatment, dealt.paid(a)) for a, one in enumerate(managers)]
    terms = dealt.world.terms
    first = len(bodies) - len(terms.agreed.multiples)
    systems = Systems(dealt, {first + i: float(times) for i, times in enumerate(terms.agreed.multiples)})
    flows, nought = [], np.zeros(dealt.world.paths)
    for t in range(dealt.world.years):
        gone = {a: body.books.failed for a, body in enumerate(bodies) if a >= first}
        hoped, worse = systems.lost(t, gone, EXPECTED), systems.lost(t, gone, ACTUAL)
        for a, body in enumerate(bodies):
            body.budget(t, hoped[a] - systems.hoped(a, t), gone.get(a))
            body.meet(t, worse[a], gone.get(a))
        later, withheld = systems.settle(t, [-body.short for body in bodies], [body.size(t) for body in bodies])
        flows.append({**systems.flows(t, gone), **later})
        for a, body in enumerate(bodies):
            body.finish(t, brought(later, a, dealt.world.paths), withheld[a])
            body.year |= {
                name: nought + sided(flows[-1], a, side)
                for name, side in (("transfers_in", "payee"), ("transfers_out", "payer"))
            }
    entries = dict.fromkeys(entry for year in flows for entry in year)
    log = {entry: np.array([year.get(entry, nought) for year in flows]) for entry in entries}
    missed = {one.id: np.array(short) for one, short in zip(systems.totals, systems.missed, strict=True)}
    return [body.kept() for body in bodies], log, missed


def sided(log: Log, a: int, side: str) -> Floats:
    """Return all that a body pays or is paid in a year."""
    return sum((amount for entry, amount in log.items() if getattr(entry, side) == a), np.zeros(1))


class Managers:
    """One body: its money before any choice, and the luck of its managers."""

    def __init__(self, world: Seen, a: int, between: Floats) -> None:
        self.world, self.a, self.between = world, a, between
        self.bodies: dict[str | None, Body] = {None: price(world, a, None, between)}
        self.name = world.terms.agency_ids[a]
        self.rates = self.delivery()

    def body(self, rule: str | None) -> Body:
        """Return its money under a rule."""
        if rule not in self.bodies:
            self.bodies[rule] = price(self.world, self.a, rule, self.between)
        return self.bodies[rule]

    def delivery(self) -> list[Floats]:
        """Return the share delivered of green, amber, red and new savings: beta quantiles, read off straight lines."""
        terms, luck, years = self.world.terms.delivery, self.world.luck, self.world.years
        if terms is None:
            return [self.world.nought() + 1] * 4
        own = luck.normals(f"savings/{self.name}/year", years)
        system = luck.normals("factor/fiscal/shock", years)
        yearly = sqrt(1 - terms.system_share) * own + sqrt(terms.system_share) * system
        lasting = luck.normals(f"savings/{self.name}/organisation", 1)
        score = sqrt(terms.organisation_weight) * lasting + sqrt(1 - terms.organisation_weight) * yearly
        grid, rates = np.arange(-2_400, 2_401) / 400, []
        for mean in terms.means[self.a]:
            if terms.sd == 0 or mean in (0, 1):
                rates.append(np.full_like(score, mean))
                continue
            size = mean * (1 - mean) / terms.sd**2 - 1
            quantiles: Floats = betaincinv(mean * size, (1 - mean) * size, ndtr(grid))
            rates.append(np.interp(score, grid, quantiles))
        return rates


class Rolled:
    """One body under one treatment, year by year: from what was entered, less what no line explains or will not recur.

    `planned` and `recurrent` are savings, `tax` what is raised above the plan as a share of it, all `[path]`.
    """

    def __init__(self, managers: Managers, treatment: Treatment, paid: Floats) -> None:
        self.world, self.a, self.treatment = managers.world, managers.a, treatment
        self.terms, self.managers, self.paid = self.world.terms.actions, managers, paid
        self.funding = self.world.terms.funding[self.a]
        self.body, self.books = managers.body(treatment.rule), books(self.world, self.a, treatment)
        body, nought = self.body, np.zeros(self.world.paths)
        self.answered = body.accommodation if treatment.accommodated else self.world.nought()
        self.before = body.spending - (body.funding - body.accommodation + self.answered) + self.books.adjustment
        self.before = self.before + managers.between
        if treatment.shift is not None:
            self.before[:2] += treatment.shift[:, self.a]
        self.planned, self.recurrent, self.tax = nought, nought, nought
        self.years: list[Kept] = []

    def size(self, t: int) -> Floats:
        """Return what it spends in a year, agreements included, and whatever rule of its own is tried."""
        plain = self.managers.bodies[None]
        spent: Floats = plain.spending[ACTUAL, t] + self.paid[t]
        return spent

    def budget(self, t: int, more: Floats, gone: Bools | None) -> None:
        """Plan tax and savings on the gap expected, and to rebuild reserves."""
        terms, a, plans = self.terms, self.a, self.treatment.acts and self.terms.plans[t]
        self.charged = self.books.charge(t, self.managers.bodies[None].funding[ACTUAL, t])
        going = np.ones(self.world.paths) if gone is None else 1.0 - gone
        self.approved = terms.approved[:, a, t, None] * self.treatment.approved * going
        self.lasting = terms.approved_lasting[:, a, t, None] * self.treatment.approved * going
        self.recurrent, self.planned = self.recurrent * going, self.planned + self.approved.sum(axis=0)
        plain = self.body.tax[t]
        expected = self.before[EXPECTED, t] + self.charged + more - plain * self.tax - self.recurrent
        expected = np.where(gone, 0, expected) if gone is not None else expected
        expected = expected - self.approved.sum(axis=0)
        lacking = np.maximum(terms.rebuild_to[a, 0] * terms.minimum[a, t] - self.books.usable, 0)
        self.rebuild = lacking / terms.rebuild_years[a, 0] if plans and terms.rebuild_years[a, 0] else 0 * lacking
        wanted = np.maximum(expected + self.rebuild, 0) * plans
        raised = np.minimum(wanted, terms.tax_to_limit[a, 0] * self.unused(t) * plain)
        self.new = np.minimum(wanted - raised, self.room(t))
        self.tax, self.planned = self.tax + raised / np.where(plain > 0, plain, 1), self.planned + self.new

    def meet(self, t: int, more: Floats, gone: Bools | None) -> None:
        """Meet the gap that came with the savings that were delivered, and what contingency was set aside."""
        terms, rates, plans = self.terms, self.managers.rates, self.treatment.acts and self.terms.plans[t]
        gap = self.before[ACTUAL, t] + self.charged + more - self.body.tax[t] * self.tax - self.recurrent
        gap = np.where(gone, 0, gap) if gone is not None else gap
        delivered = sum((s * r[t] for s, r in zip(self.approved, rates[:3], strict=True)), self.new * rates[3][t])
        recurring = terms.recurrent[self.a, 0] * self.new * rates[3][t]
        self.recurring = sum((s * r[t] for s, r in zip(self.lasting, rates[:3], strict=True)), recurring)
        self.cover = terms.covered_once[self.a, 0] * (self.approved.sum(axis=0) + self.new - delivered) * plans
        set_aside = self.funding.contingency[t] * (1.0 if gone is None else ~gone)
        self.gap, self.short = gap, gap - delivered - self.cover - set_aside
        self.year: Kept = {
            "gap": gap,
            "savings_planned": self.approved.sum(axis=0) + self.new,
            "savings_delivered": delivered,
            "contingency": set_aside + 0 * gap,
        }

    def finish(self, t: int, received: Floats, withheld: Floats) -> None:
        """Stop spending above plan in the year, close the books, and test duties."""
        terms, a, controls = self.terms, self.a, self.treatment.acts and self.terms.controls[t]
        short = self.short - received
        above = np.maximum(short + self.world.terms.agreed.targets[a, t], 0)
        brake = np.minimum(terms.brake_share[a, 0] * above, terms.brake_cap[a, 0] * terms.net_budget[a, t]) * controls
        closed = self.books.close(t, short - brake, self.rebuild, controls, self.size(t))
        self.recurrent = self.recurrent + self.recurring
        self.year |= closed
        self.year |= {
            "in_year_controls": self.cover + brake,
            "recurrent_savings": self.recurrent,
            "system_support": received,
        }
        if hasattr(self.books, "general"):
            plain = self.body.tax[t]
            means = self.books.usable + self.unused(t) * plain
            stuck = self.gap - self.recurring > self.room(t) + means + HALF_PENNY
            self.year |= {"tax_raised": plain * self.tax, **self.books.tests(t, self.year, stuck)}
        else:
            self.year["brought_forward"] = self.charged
        if "off_plan" in self.year:
            support = self.world.terms.agreed.deficit_support[a, t]
            self.year |= {"deficit_support": support - withheld, "support_withheld": withheld}
            self.year["any_support_withheld"] = withheld > HALF_PENNY
        self.years.append(self.year)

    def kept(self) -> Kept:
        """Return every year of what was kept; a charity that failed spends and receives no more."""
        kept = {name: np.array([year[name] for year in self.years]) for name in self.years[0]}
        body, whole = self.body, self.world.nought()
        kept["spending"] = body.spending[ACTUAL]
        kept["funding"] = body.funding[ACTUAL] - body.accommodation + self.answered
        if "failed" in kept:
            going = np.concatenate([np.ones((1, self.world.paths)), 1 - kept["failed"][:-1]])
            return kept | {name: kept[name] * going for name in ("spending", "funding")}
        if "gf_unallocated" in kept:
            kept["funding_accommodation"] = self.answered
            kept["underlying_adjustment"] = whole + self.books.adjustment
            kept["high_needs_deficit"], kept["financing_costs"] = body.deficit, body.financing
            kept["ring_fenced_reserves"] = body.kept
        return kept

    def unused(self, t: int) -> Floats:
        """Return how much more of the planned requirement could lawfully be raised on Band D as it stands.

        The limit in cash is a smaller share of a Band D that was raised before.
        """
        tax, level = self.funding.tax, 1 + self.tax
        if tax is None:
            return 0 * level
        highest = np.maximum(level * (1 + tax.lawful[0, t]), level + tax.lawful[1, t])
        more: Floats = np.maximum(highest / (1 + tax.increase[t]) - level, 0)
        return more

    def room(self, t: int) -> Floats:
        """Return how much more can be planned: the year's capacity less what is approved, within what is left."""
        terms, net = self.terms, self.terms.net_budget[self.a, t] * self.treatment.capacity
        yearly = terms.yearly_capacity[self.a, 0] * net - terms.approved[:, self.a, t].sum()
        room: Floats = np.minimum(yearly, terms.total_capacity[self.a, 0] * net - self.planned)
        return np.maximum(room, 0)
