"""One path told whole, and one line followed over all paths: both redraw the blocks and must equal what was stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from simulator import dealt, summary
from simulator.compiled import Compiled, Floats
from simulator.dealt import Paid
from simulator.drivers import DriverBlock, DriverPaths
from simulator.kept import budgeted
from simulator.position import FUNDING, Part, Position, price
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.spending import Prices
from simulator.streams import BLOCK
from simulator.variants import MEASURES, OUTCOMES, Outcome, Variant, holders

DETAILED_PATHS = 10_000
AGREEMENT = "agreement/"
COLUMNS = ["agency", "view", "year", "group", "item", "unit", "amount", "payer", "payee", "reason", "planned",
           "of_price"]  # fmt: skip
GROUPS = {
    "budget": ("spending", "funding", "transfers_out", "transfers_in", "system_support", "brought_forward",
               "underlying_adjustment", "support_cost", "tax_raised", "gap", "savings_planned"),
    "close": ("savings_delivered", "in_year_controls", "contingency", "use_of_reserves", "surplus_spent", "lapsed",
              "unfunded_gap", "reallocated", "support_granted", "cash_support_drawn", "recurrent_savings"),
    "reserves": ("gf_unallocated", "usable_reserves", "earmarked_reserves", "ring_fenced_reserves",
                 "high_needs_deficit", "cash", "revenue_support", "owed", "free_reserves", "failed"),
    "plan": ("off_plan", "deficit_support", "support_withheld"),
}  # fmt: skip
"""What a view decides of a body, group by group; a body has the measures of its kind.

The gap is spending less funding, plus what agreements take less what they bring (`system_support`, which comes after
the gap, added back), what earlier years add, the adjustment and the cost of support, less tax raised and savings of
earlier years.
"""


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

    Groups: drivers, events, spending, funding, budget, close, reserves, plan, outcomes, payments. A payment has its
    payer, payee and reason and, under an agreement, what the budget expected of it (`planned`), of which
    a contract's price, as it turned out, brings `of_price` more. Spending and outcomes
    follow the sign rule of the tables: above nought is as named.

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
        self.prices, self.planned = Prices(block), budgeted(run.compiled, position)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield every row, body by body and year by year."""
        for a, agency in enumerate(self.run.compiled.agency_ids):
            for t, year in enumerate(self.run.compiled.years):
                for group, item, unit, amount in self._shared(a, t):
                    yield agency, "all", year, group, item, unit, amount, "", "", "", None, None
                for v, view in enumerate(self.run.views):
                    for group, item, amount in self._chosen(v, a, t):
                        unit = "happened" if group == "outcomes" or item == "failed" else "£"
                        yield agency, view.name, year, group, item, unit, amount, "", "", "", None, None
                    for paid in self._payments(v, a, t):
                        row = (agency, view.name, year, "payments", paid.reason, "£", paid.amount, paid.payer)
                        yield *row, paid.payee, paid.reason, paid.planned, paid.of_price

    def _shared(self, a: int, t: int) -> Iterator[tuple[str, str, str, float]]:
        """Yield what no choice moves: drivers, events, spending line by line, funding part by part."""
        compiled, n = self.run.compiled, self.n
        for k, terms in enumerate(compiled.drivers):
            if k in compiled.met[a]:
                level = self.block.future(k, a).level[:, n]
                grown = np.expm1(level[t] - (level[t - 1] if t else 0.0)) if terms.is_growth else level[t]
                yield "drivers", self.names[terms.id], "share", float(grown)
        yield "events", "Cost of events", "£", float(self.block.events.cost[a, t, n])
        for line in compiled.lines:
            if line.agency == a:
                cost = line.weight[t] * self.position.pairs[line.pair].actual[t, n]
                yield "spending", line.id, "£", float(cost)
        for part in self.position.parts[a]:
            if part.name not in ("lines", "events") and not part.between:
                group = "funding" if part.flow == FUNDING else "spending"
                yield group, part.name, "£", float(part.views.actual[t, n])
        yield "funding", "funding_accommodation", "£", float(self.position.accommodation[a, t, n])

    def _chosen(self, v: int, a: int, t: int) -> Iterator[tuple[str, str, float]]:
        """Yield what depends on the view: the budget, the close, reserves, the plan and outcomes."""
        money = self._money(v, a, t)
        for group, measures in GROUPS.items():
            for measure in measures:
                if measure == "gap":
                    yield group, "earlier_savings", self._money(v, a, t - 1)["recurrent_savings"] if t else 0.0
                if measure in money:
                    yield group, measure, money[measure]
        for name, happened in self.outcome.outcomes.items():
            row = self._row(OUTCOMES[name], a, happened.shape[1])
            if row is not None:
                yield "outcomes", name, float(happened[v, row, t, self.n])

    def _money(self, v: int, a: int, t: int) -> dict[str, float]:
        """Return the measures that a body has, in one view and year."""
        found = {}
        for name, amounts in self.outcome.measures.items():
            row = self._row(MEASURES[name], a, amounts.shape[1])
            if row is not None:
                found[name] = float(amounts[v, row, t, self.n])
        return found

    def _row(self, kinds: tuple[str, ...], a: int, rows: int) -> int | None:
        """Return where a body stands among those of some regimes, or nothing if it is none of them."""
        row = a - holders(self.run.compiled, kinds).start
        return row if 0 <= row < rows else None

    def _payments(self, v: int, a: int, t: int) -> Iterator[Paid]:
        """Yield who paid whom and why: taxes, grants, lenders, support, and every entry of the log of agreements."""
        body, money, n = self.bodies[self.run.compiled.agency_ids[a]], self._money(v, a, t), self.n
        # A charity that failed in an earlier year neither spends nor receives.
        ended = t > 0 and self._money(v, a, t - 1).get("failed", 0.0) > 0
        for part in () if ended else self.position.parts[a]:
            yield from dealt.of_part(body, part, float(part.views.actual[t, n]))
        for line in self.run.compiled.lines:
            if line.agency == a and dealt.is_income(body, line.id):
                amount = -line.weight[t] * float(self.position.pairs[line.pair].actual[t, n])
                yield Paid(dealt.GOVERNMENT, body.name, dealt.named(body, line.id), amount)
        yield from dealt.of_choices(body, money)
        for entry, payment in enumerate(self.run.compiled.agreed.payments):
            if a in (payment.payer, payment.payee):
                amount, plan = self.outcome.payments[entry, v, t, n], self.planned[entry, t, n]
                why, priced = dealt.why(self.run.scenario, payment), self._of_price(entry, t) * float(plan)
                yield Paid(*payment.names, why, float(amount), float(plan), priced)

    def _of_price(self, entry: int, t: int) -> float:
        """Return by what share the price of a contract lies above what the budget of the year expected of it."""
        terms = next((one for one in self.run.compiled.agreed.contracts if one.entry == entry), None)
        if terms is None or terms.price is None:
            return 0.0
        index = self.prices.index(terms.price, terms.seen_by, believed=False)
        return float(index.actual[t, self.n] / index.expected[t, self.n] - 1)


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
    parts = {_item(part, found): () for part in central.parts[a] if part.between}
    return found | {part.name: () for part in central.parts[a] if part.name != "lines" and not part.between} | parts


def _item(part: Part, known: Collection[str]) -> str:
    """Return what an agreement is called among the items of a body: its id, marked where a line has the same one."""
    return f"{AGREEMENT}{part.name}" if part.name in known else part.name


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
        central = price(run.compiled, DriverPaths(run.compiled, run.seed).central(), itemised=True).parts[a]
        self.places = [] if self.lines else _places(central, item)
        flows = {central[place].flow for place in self.places}
        # An agreement that pays both ways is told as what it takes, less what it brings.
        signs = [central[place].flow if len(flows) > 1 else 1.0 for place in self.places]
        ones = np.ones(run.compiled.horizon)
        self.weights = [line.weight for line in self.lines] or [sign * ones for sign in signs]

    def on(self, block: DriverBlock) -> tuple[Floats, Floats]:
        """Return the amount on one block in pounds, as spending or funding counts it, and the sums of its parts."""
        position = price(self.run.compiled, block, itemised=not self.lines)
        if self.lines:
            parts = [position.pairs[line.pair].actual for line in self.lines]
        else:
            parts = [position.parts[self.a][place].views.actual for place in self.places]
        total = np.zeros_like(parts[0])
        for weight, part in zip(self.weights, parts, strict=True):
            total = total + weight[:, None] * part
        return total, np.array([part.sum(axis=1) for part in parts])


def _places(parts: list[Part], item: str) -> list[int]:
    """Return where the parts of an item stand: the first of that name, or every payment under an agreement."""
    own = [place for place, part in enumerate(parts) if part.name == item and not part.between]
    name = item.removeprefix(AGREEMENT)
    return own[:1] or [place for place, part in enumerate(parts) if part.name == name and part.between]
