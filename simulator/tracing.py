"""One path told whole, and one line followed over all paths: both redraw the blocks and must equal what was stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from simulator import summary
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths
from simulator.place import Agency
from simulator.position import FUNDING, Position, price
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.variants import Outcome, Variant

DETAILED_PATHS = 10_000
COLUMNS = ["agency", "view", "year", "group", "item", "unit", "amount", "payer", "payee", "reason"]
GOVERNMENT, RESIDENTS, LENDERS = "government", "council tax payers", "lenders"
RATEPAYERS = "business ratepayers and government"


class Run(Protocol):
    """What a run must still know to be drawn again."""

    @property
    def scenario(self) -> Scenario:
        """What was run."""

    @property
    def compiled(self) -> Compiled:
        """The same, as arrays."""

    @property
    def paths(self) -> int:
        """How many futures were drawn."""

    @property
    def seed(self) -> int:
        """Which futures."""

    @property
    def views(self) -> tuple[Variant, ...]:
        """The views whose money was kept."""


class Redrawn(NamedTuple):
    """A run known by its scenario, seed and number of paths; it satisfies `Run` without its tables."""

    scenario: Scenario
    compiled: Compiled
    paths: int
    seed: int
    views: tuple[Variant, ...]


class UnknownItemError(ValueError):
    """A line, service or part that no body of the run has, or a path that was not drawn."""


def trace(run: Run, path: int) -> pd.DataFrame:
    """Return everything that happened on one path, counted from nought, a row an item; amounts in the unit stated.

    Groups: drivers, events, spending, funding, budget, close, reserves, outcomes, payments. A payment has its
    payer, payee and reason. Spending and outcomes follow the sign rule of the tables: above nought is as named.

    Raises:
        UnknownItemError: when the run has no such path.
    """
    if not 0 <= path < run.paths:
        raise UnknownItemError(f"path {path:,} was not drawn; this run has paths 0 to {run.paths - 1:,}")
    recipe, column = DriverPaths(run.compiled, run.seed), path % BLOCK
    block = recipe.block(path // BLOCK)
    position = price(run.compiled, block, itemised=True)
    outcome = project(run.compiled, block, run.views, len(run.views))
    told = _Told(run, block, position, outcome, column)
    return pd.DataFrame(list(told.rows()), columns=COLUMNS)


class _Told:
    """The rows of one path."""

    def __init__(self, run: Run, block: DriverBlock, position: Position, outcome: Outcome, column: int) -> None:
        self.run, self.block, self.position, self.outcome, self.n = run, block, position, outcome, column
        self.bodies = {agency.id: agency for agency in run.scenario.bodies}
        self.names = {driver.id: driver.name for driver in run.scenario.drivers}

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield every row, body by body and year by year."""
        for a, agency in enumerate(self.run.compiled.agency_ids):
            for t, year in enumerate(self.run.compiled.years):
                for group, item, unit, amount in self._shared(a, t):
                    yield agency, "all", year, group, item, unit, amount, "", "", ""
                for v, view in enumerate(self.run.views):
                    for group, item, amount in self._chosen(v, a, t):
                        unit = "happened" if group == "outcomes" else "£"
                        yield agency, view.name, year, group, item, unit, amount, "", "", ""
                    for payer, payee, reason, amount in self._payments(v, a, t):
                        yield agency, view.name, year, "payments", reason, "£", amount, payer, payee, reason

    def _shared(self, a: int, t: int) -> Iterator[tuple[str, str, str, float]]:
        """Yield what no choice moves: drivers, events, spending line by line, funding part by part."""
        compiled, n = self.run.compiled, self.n
        for k, terms in enumerate(compiled.drivers):
            level = self.block.future(k, a).level[:, n]
            grown = np.expm1(level[t] - (level[t - 1] if t else 0.0)) if terms.is_growth else level[t]
            yield "drivers", self.names[terms.id], "share", float(grown)
        yield "events", "Cost of events", "£", float(self.block.events.cost[a, t, n])
        for line in compiled.lines:
            if line.agency == a:
                cost = line.weight[t] * self.position.pairs[line.pair].actual[t, n]
                yield "spending", line.id, "£", float(cost)
        for part in self.position.parts[a]:
            if part.name not in ("lines", "events"):
                group = "funding" if part.flow == FUNDING else "spending"
                yield group, part.name, "£", float(part.views.actual[t, n])
        yield "funding", "funding_accommodation", "£", float(self.position.accommodation[a, t, n])

    def _chosen(self, v: int, a: int, t: int) -> Iterator[tuple[str, str, float]]:
        """Yield what depends on the view: the budget, the close, reserves and outcomes."""
        groups = {
            "budget": ("spending", "funding", "underlying_adjustment", "support_cost", "tax_raised", "gap",
                       "savings_planned"),
            "close": ("savings_delivered", "in_year_controls", "contingency", "use_of_reserves", "surplus_spent",
                      "unfunded_gap", "reallocated", "support_granted", "recurrent_savings"),
            "reserves": ("gf_unallocated", "usable_reserves", "earmarked_reserves", "ring_fenced_reserves",
                         "high_needs_deficit"),
        }  # fmt: skip
        for group, measures in groups.items():
            for measure in measures:
                if measure == "gap":
                    lasting = self.outcome.measures["recurrent_savings"][v, a, t - 1, self.n] if t else 0.0
                    yield group, "earlier_savings", float(lasting)
                yield group, measure, float(self.outcome.measures[measure][v, a, t, self.n])
        for name, happened in self.outcome.outcomes.items():
            yield "outcomes", name, float(happened[v, a, t, self.n])

    def _payments(self, v: int, a: int, t: int) -> Iterator[tuple[str, str, str, float]]:
        """Yield who paid whom and why: taxes, grants, parishes, lenders, support."""
        body = self.bodies[self.run.compiled.agency_ids[a]]
        money = {name: float(amount[v, a, t, self.n]) for name, amount in self.outcome.measures.items()}
        for part in self.position.parts[a]:
            if part.name in ("parishes", "lines", "events", "collection_fund") or part.name.startswith("plan_"):
                continue
            amount = float(part.views.actual[t, self.n])
            if part.name == "debt":
                yield body.name, LENDERS, "interest and provision for debt", amount
            elif part.name == "council_tax":
                yield RESIDENTS, body.name, "council tax as planned", amount
            elif part.name == "business_rates":
                yield RATEPAYERS, body.name, "retained business rates, with top-up, safety net and levy", amount
            elif part.flow == FUNDING or _is_grant(body, part.name):
                yield GOVERNMENT, body.name, _named(body, part.name), abs(amount)
            elif part.name in {levy.id for levy in body.levies}:
                yield body.name, "levying body", _named(body, part.name), amount
        for line in self.run.compiled.lines:
            if line.agency == a and _is_grant(body, line.id):
                amount = -line.weight[t] * float(self.position.pairs[line.pair].actual[t, self.n])
                yield GOVERNMENT, body.name, _named(body, line.id), amount
        yield body.name, "parishes", "parish precepts", money["transfers_out"]
        yield GOVERNMENT, body.name, "national funding that answers national need", money["funding_accommodation"]
        if money["tax_raised"]:
            yield RESIDENTS, body.name, "council tax raised above the plan", money["tax_raised"]
        if money["support_granted"]:
            yield LENDERS, body.name, "support, granted as debt after need was measured", money["support_granted"]
        if money["support_cost"]:
            yield body.name, LENDERS, "repaying support of earlier years", money["support_cost"]


def _is_grant(body: Agency, name: str) -> bool:
    return any(income.id == name for income in body.incomes)


def _named(body: Agency, name: str) -> str:
    names = {part.id: part.name for part in body.incomes} | {levy.id: levy.name for levy in body.levies}
    return names.get(name, name.replace("_", " "))


def items(run: Run, agency: str) -> dict[str, tuple[str, ...]]:
    """Return what `detail` can follow in a body, with its line ids: lines, service headings and other parts."""
    body = next(found for found in run.scenario.bodies if found.id == agency)
    a = run.compiled.agency_ids.index(agency)
    held = [line.id for line in run.compiled.lines if line.agency == a]
    found: dict[str, tuple[str, ...]] = {line.removesuffix("/income"): (line,) for line in held}
    found |= {line: (line, f"{line}/income") for line in found if f"{line}/income" in held}
    for service in sorted({line.service for line in body.spending if line.service}):
        names = {line.id for line in body.spending if line.service == service}
        found[service] = tuple(line for line in held if line.removesuffix("/income") in names)
    central = price(run.compiled, DriverPaths(run.compiled, run.seed).central(), itemised=True)
    return found | {part.name: () for part in central.parts[a] if part.name != "lines"}


def detail(run: Run, agency: str, item: str) -> pd.DataFrame:
    """Return the quantiles by year, in pounds, of one line, service or part of a body, over the first 10,000 paths.

    The mean of a line is over whole blocks, as stored in `lines.csv`; quantiles of lines do not add up.

    Raises:
        UnknownItemError: when the body has nothing of that name.
    """
    known = items(run, agency)
    if item not in known:
        raise UnknownItemError(f"{agency} has no `{item}`; it has: {', '.join(sorted(known))}")
    follow = _Follow(run, run.compiled.agency_ids.index(agency), item, known[item])
    recipe, kept, blocks = DriverPaths(run.compiled, run.seed), min(run.paths, DETAILED_PATHS), -(-run.paths // BLOCK)
    drawn = [follow.on(recipe.block(number)) for number in range(blocks)]
    sums = sum((parts for _, parts in drawn), start=np.zeros(1))
    amounts = np.concatenate([amount for amount, _ in drawn[: -(-kept // BLOCK)]], axis=1)[:, :kept]
    columns: dict[str, object] = {
        "agency": agency,
        "item": item,
        "year": run.compiled.years,
        "unit": "£",
        "paths": kept,
    }
    means = [weight * part / (blocks * BLOCK) for weight, part in zip(follow.weights, sums, strict=True)]
    columns["mean"] = np.sum(means, axis=0)
    cuts = zip(summary.PERCENTS, summary.quantiles(amounts), strict=True)
    columns |= {f"p{percent:02d}": cut for percent, cut in cuts}
    return pd.DataFrame({**columns, "central": follow.on(recipe.central())[0][:, 0]})


class _Follow:
    """One item followed over blocks: an amount `[year, path]`, and sums `[part, year]` whose weighted total it is."""

    def __init__(self, run: Run, a: int, item: str, lines: tuple[str, ...]) -> None:
        self.run, self.a, self.item = run, a, item
        self.lines = [line for line in run.compiled.lines if line.agency == a and line.id in lines]
        self.weights = [line.weight for line in self.lines] or [np.ones(run.compiled.horizon)]

    def on(self, block: DriverBlock) -> tuple[Floats, Floats]:
        """Return the amount on one block in pounds, as spending or funding counts it, and the sums of its parts."""
        position = price(self.run.compiled, block, itemised=True)
        if self.lines:
            parts = [position.pairs[line.pair].actual for line in self.lines]
        else:
            parts = [next(part.views.actual for part in position.parts[self.a] if part.name == self.item)]
        total = np.zeros_like(parts[0])
        for weight, part in zip(self.weights, parts, strict=True):
            total = total + weight[:, None] * part
        return total, np.array([part.sum(axis=1) for part in parts])
