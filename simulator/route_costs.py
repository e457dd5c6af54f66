"""What a future costs against the central path: by driver, by budget line, year by year, and the part left over.

Each driver is held at its central path in turn while all else stays, and every budget line is priced again: what
changes is what that driver costs there. What drivers do only together is the remainder, which is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.drivers import NATIONAL, DriverBlock, DriverPaths, draw_block
from simulator.frozen import Part, without
from simulator.observed import Observed, Reading, call
from simulator.place import Agency
from simulator.position import Position, price
from simulator.resources import Grant
from simulator.streams import Draws

ANSWER, SAVED, SUPPORT, TOGETHER = "national_answer", "savings", "system_support", "together"
NAMES = {
    ANSWER: "National funding that answers need",
    SAVED: "Savings delivered",
    SUPPORT: "What the system and support bring",
    TOGETHER: "What they do only together, and what earlier years bring",
}
PART_NAMES = {
    "council_tax": "council tax",
    "business_rates": "retained business rates",
    "collection_fund": "collection fund",
    "debt": "interest and provision for debt",
    "employer_costs": "employer costs",
    "high_needs": "high-needs deficit",
    "events": "dated risks",
    "parishes": "parish precepts",
}


@dataclass(frozen=True)
class Cost:
    """What one driver, or another source, adds to one budget line in one year, in pounds; above nought is worse."""

    id: str
    name: str
    line: str
    line_name: str
    year: str
    pounds: float


@dataclass(frozen=True)
class Course:
    """The course of one driver in one year beside its central path: `value` and `central`, as shares.

    Growth in that year or a level, by `unit`; `since` is the growth since the base year, or again the level. `pounds`
    is what the driver adds in that year, national funding left out.
    """

    id: str
    name: str
    year: str
    unit: str
    value: float
    central: float
    since: float
    since_central: float
    pounds: float


@dataclass(frozen=True)
class Accounted:
    """One future against the central path: costs by driver and line, courses of drivers, totals by year in pounds.

    `total` is what each year asks beyond the central case; costs add up to it, the remainder among them by name.
    """

    costs: tuple[Cost, ...]
    courses: tuple[Course, ...]
    total: dict[str, float]
    reading: Reading

    def by_year(self, source: str) -> dict[str, float]:
        """Return what one source costs by year, in pounds."""
        return {year: sum(one.pounds for one in self.costs if (one.id, one.year) == (source, year))
                for year in self.total}  # fmt: skip

    def sources(self) -> list[tuple[str, str, float]]:
        """Return every source with its name and pounds over all years, dearest first, the remainder last."""
        names = {one.id: one.name for one in self.costs}
        sums = [(name, names[name], sum(self.by_year(name).values())) for name in names]
        return sorted(sums, key=lambda one: (one[0] == TOGETHER, -one[2], one[0]))


def accounted(observed: Observed, draws: Draws) -> Accounted:
    """Return one future (one path of luck) accounted for against the central path."""
    compiled, body = observed.compiled, observed.body
    central = DriverPaths(compiled, observed.seed).central()
    block = draw_block(compiled, draws)
    found, base = (_Priced(observed, one) for one in (block, central))
    items: dict[tuple[str, str], Floats] = {}
    courses: list[Course] = []
    for part in observed.parts:
        if part.id != SAVED:
            _, held = without(compiled, body, part, block, central)
            other = _Priced(observed, held)
            own = {item: found.items[item] - other.items[item] for item in found.items}
            items |= {(part.id, item): one for item, one in own.items() if one.any()}
            if part.driver is not None:
                courses += _courses(compiled, body.row, part, (block, central), sum(own.values(), np.zeros(1)))
    items |= _others(found, base)
    total = found.call - base.call
    items[(TOGETHER, TOGETHER)] = total - sum(items.values(), np.zeros_like(total))
    lines = line_names(observed)
    names = NAMES | {part.id: part.name for part in observed.parts if part.id != SAVED}
    costs = tuple(
        Cost(source, names[source], item, lines.get(item, item.replace("_", " ")), year, float(pounds[t]))
        for (source, item), pounds in items.items()
        for t, year in enumerate(compiled.years)
    )
    by_year = {year: float(total[t]) for t, year in enumerate(compiled.years)}
    return Accounted(costs, tuple(courses), by_year, found.reading)


def body_of(observed: Observed) -> Agency:
    """Return the body that is observed."""
    return next(one for one in observed.scenario.bodies if one.id == observed.body.agency)


class _Priced:
    """One future priced: what each budget line adds to the gap `[year]`, the national answer, what each year asks."""

    def __init__(self, observed: Observed, block: DriverBlock) -> None:
        self.observed, self.block, row = observed, block, observed.body.row
        position = price(observed.compiled, block, itemised=True)
        self.items = dict(_items(observed, position))
        self.answer = -position.accommodation[row, :, 0]

    @cached_property
    def reading(self) -> Reading:
        """What the body meets."""
        return self.observed.reader.read(self.block)

    @property
    def money(self) -> dict[str, Floats]:
        """Its measures, `[year]`."""
        return {name: amounts[:, 0] for name, amounts in self.reading.money.items()}

    @property
    def call(self) -> Floats:
        """What each year asks, `[year]`."""
        return call(self.money)


def _items(observed: Observed, position: Position) -> Iterable[tuple[str, Floats]]:
    """Yield what each budget line and other part adds to a body's gap, `[year]`; agreements by name.

    A grant that is matched to a line stands with that line, whose cost it meets.
    """
    row, agency = observed.body.row, body_of(observed)
    matched = {one.id: one.matched_to for one in agency.incomes if isinstance(one, Grant) and one.matched_to}
    found: dict[str, Floats] = {}
    for line in observed.compiled.lines:
        if line.agency == row:
            name = matched.get(line.id) or line.id.removesuffix("/income")
            found[name] = found.get(name, 0.0) + line.weight * position.pairs[line.pair].actual[:, 0]
    for part in position.parts[row]:
        if part.name != "lines":
            name = f"agreement/{part.name}" if part.between else part.name
            found[name] = found.get(name, 0.0) + part.flow * part.views.actual[:, 0]
    yield from found.items()


def _others(found: _Priced, base: _Priced) -> dict[tuple[str, str], Floats]:
    """Return what stands beside the drivers: the national answer, savings and what the system brings, where they move.

    Savings that came short of what the central case delivers cost in their own year and, as far as recurrent, later.
    """

    def more(name: str) -> Floats:
        nought = np.zeros_like(found.call)
        change: Floats = found.money.get(name, nought) - base.money.get(name, nought)
        return change

    earlier = np.concatenate([[0.0], more("recurrent_savings")[:-1]])
    every = {
        ANSWER: found.answer - base.answer,
        SAVED: -more("savings_delivered") - earlier,
        SUPPORT: -more("system_support"),
    }
    return {(name, name): pounds for name, pounds in every.items() if pounds.any()}


def _courses(
    compiled: Compiled, row: int, part: Part, blocks: tuple[DriverBlock, DriverBlock], pounds: Floats
) -> list[Course]:
    """Return a driver's course by year beside its central path."""
    assert part.driver is not None
    terms, key = compiled.drivers[part.driver], (row, part.driver)
    key = key if key in blocks[0].futures else (NATIONAL, part.driver)
    levels = [block.futures[key].level[:, 0] for block in blocks]
    if not terms.is_growth:
        rows = [(value, value) for value in levels]
        unit = "level"
    else:
        rows = [(np.expm1(np.diff(level, prepend=0.0)), np.expm1(level)) for level in levels]
        unit = "growth"
    (value, since), (usual, since_usual) = rows
    return [
        Course(part.id, part.name, year, unit, float(value[t]), float(usual[t]), float(since[t]),
               float(since_usual[t]), float(pounds[t]))
        for t, year in enumerate(compiled.years)
    ]  # fmt: skip


def line_names(observed: Observed) -> Mapping[str, str]:
    """Return what budget lines, parts of the position, agreements and other sources are called, by id."""
    agency = body_of(observed)
    return {
        **PART_NAMES,
        **NAMES,
        **{f"agreement/{one.id}": one.name for one in observed.scenario.agreements},
        **{line.id: line.name for line in agency.spending},
        **{income.id: income.name for income in agency.incomes},
        **{levy.id: levy.name for levy in agency.levies},
    }
