"""One body on its futures with the luck behind each: what routes to failure and what drives the outcome start from.

One pass over the paths of the run itself keeps every normal that moves the body, by how much each limit is broken, how
far each driver strayed, and what all of it would have been with one part at a time held at its central path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.chosen import Chosen, Recorded, Variable
from simulator.compiled import Bools, Compiled, Floats, SystemTerms
from simulator.drivers import NATIONAL, DriverBlock, DriverPaths, draw_block
from simulator.frozen import EVENTS, Part, parts, without
from simulator.margins import BELOW_MINIMUM, OUTCOME, WORDS, Body, came_back, ever, judged, margin
from simulator.named_stresses import PLAN
from simulator.one_driver import Levers, levers
from simulator.position import price
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.trials import USUAL, met_in
from simulator.variants import MEASURES, OUTCOMES, Outcome, holding

SYSTEM = "system_total"
SYSTEM_WORDS = "the members of the system together miss the sum of their totals"
S114 = "s114_proxy"
MOST_TOGETHER, MOST_MEASURED = 2, 5


class Reading(NamedTuple):
    """What one body met on a block of paths on the plan view; money in pounds.

    `margins` and `broken` `[path]` are by limit, `back` whether it came back in-year, `end` what it holds at the plan's
    end (unmet gaps below nought; for an NHS body the sum of its surpluses against plan), `call` what the budget year
    asks beyond savings delivered (for an NHS body its distance from plan), `money` its measures `[year, path]`.
    """

    margins: dict[str, Floats]
    broken: dict[str, Bools]
    back: Bools
    end: Floats
    call: Floats
    money: dict[str, Floats]


@dataclass(frozen=True)
class Reader:
    """How one body is read off a block of drivers: its limits, those of its system, and what it holds."""

    compiled: Compiled
    body: Body
    system: SystemTerms | None

    @property
    def limits(self) -> tuple[str, ...]:
        """The limits that the body can break, with its system's where it is a member; a minimum of nought is none."""
        own = self.body.limits
        if self.body.local and not self.compiled.actions.minimum[self.body.row, self.body.span].any():
            own = tuple(limit for limit in own if limit != BELOW_MINIMUM)
        return (*own, SYSTEM) if self.system else own

    def read(self, block: DriverBlock, compiled: Compiled | None = None) -> Reading:
        """Return what the body meets on a block, on other terms if asked."""
        terms = compiled or self.compiled
        if self.system:
            whole = project(terms, block, (PLAN,), 1, price(terms, block, ruled=False))
            money = {n: part[0] for n, part in _of(terms, MEASURES, whole.measures, self.body.row).items()}
            tests = {n: part[0] for n, part in _of(terms, OUTCOMES, whole.outcomes, self.body.row).items()}
        else:
            found, happened = met_in(terms, self.body.agency, (PLAN,), block)
            money, tests = ({n: part[0] for n, part in one.items()} for one in (found, happened))
        margins = {limit: margin(terms, self.body, limit, money) for limit in self.limits if limit != SYSTEM}
        broken = {limit: ever(self.body, tests[OUTCOME[limit]]) for limit in self.limits if limit != SYSTEM}
        if self.system:
            margins[SYSTEM] = system_margin(terms, self.body, self.system, whole)
            broken[SYSTEM] = np.asarray(margins[SYSTEM] > 0)
        if S114 in tests:
            broken[S114] = ever(self.body, tests[S114])
        back = came_back(terms, self.body, money)
        return Reading(margins, broken, back, *holding_at_end(self.body, money), money)


def _of(compiled: Compiled, table: dict[str, tuple[str, ...]], kept: dict[str, Any], row: int) -> dict[str, Any]:
    """Return what was kept of one body, `[variant, year, path]`."""
    rows = holding(compiled, table)
    return {n: kept[n][:, row - held.start] for n, held in rows.items() if held.start <= row < held.stop}


def holding_at_end(body: Body, money: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return what a body holds at the plan's end, and what the budget year asks of it."""
    if not body.local:
        end: Floats = -money["off_plan"][body.span].sum(axis=0)
        return end, money["off_plan"][body.start]
    end = money["usable_reserves"][body.end] - money["unfunded_gap"][body.span].sum(axis=0)
    return end, call(money)[body.start]


def call(money: Mapping[str, Floats]) -> Floats:
    """Return what each year asks beyond savings delivered and what its system brings, `[year, path]`."""
    asked: Floats = money["gap"] - money["savings_delivered"]
    return asked - money["system_support"] if "system_support" in money else asked


def system_margin(compiled: Compiled, body: Body, system: SystemTerms, found: Outcome) -> Floats:
    """Return by how much members together miss the sum of their totals at worst, `[path]`, whatever the regime."""
    short: Floats | float = 0.0
    for member in system.members:
        money = _of(compiled, MEASURES, found.measures, member)
        short = short + (money["gap"] - money["savings_delivered"] - money["contingency"])[0]
    missed: Floats = (short + system.targets.sum(axis=0)[:, None])[body.span].max(axis=0)
    return missed


class Frozen(NamedTuple):
    """What came of every path with one part held at its central path: as in `Reading`."""

    margins: dict[str, Floats]
    broken: dict[str, Bools]
    back: Bools
    end: Floats
    call: Floats


@dataclass(frozen=True)
class Observed:
    """One body on its futures; arrays end in `[path]`, money is in pounds.

    `luck` are the normals of `variables`, those that move the body. `away` are deviations from the central path by
    part, `[year, path]`: log points of an index, points of a level, the share of savings delivered, pounds of risks.
    `frozen` is by part, for parts that move the body directly; `central` is the case without luck, one path.
    """

    scenario: Scenario
    reader: Reader
    levers: Levers
    paths: int
    seed: int
    parts: tuple[Part, ...]
    variables: tuple[Variable, ...]
    luck: Floats
    seen: Reading
    away: dict[str, Floats]
    frozen: dict[str, Frozen]
    central: Reading

    @property
    def compiled(self) -> Compiled:
        """The terms up to the plan's end."""
        return self.reader.compiled

    @property
    def body(self) -> Body:
        """The body with the years that it is judged over."""
        return self.reader.body

    def on(self, values: Floats) -> Reading:
        """Return what the body meets on chosen luck `[variable, point]`."""
        return self.reader.read(draw_block(self.compiled, Chosen(self.variables, values)))


def words(limit: str) -> str:
    """Return what a limit says where it is broken, as the end of a sentence."""
    return SYSTEM_WORDS if limit == SYSTEM else WORDS[limit]


def observe(scenario: Scenario, agency: str, sample: Sample = USUAL) -> Observed:
    """Return one body on the futures of a run of the scenario, with the luck behind them.

    `sample.progress` is told of each block of 1,000 paths.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    compiled, body = judged(scenario, agency)
    system = next((one for one in compiled.agreed.systems if body.row in one.members), None)
    reader = Reader(compiled, body, system)
    blocks = -(-sample.paths // BLOCK)
    pushes = levers(scenario, compiled, body, sample.seed, min(MOST_MEASURED, blocks))
    watch = _Watch(reader, parts(pushes), sample)
    together = max(1, min(MOST_TOGETHER, -(-blocks // sample.workers)))
    kept: dict[int, _Kept] = {}

    def work(number: int) -> int:
        count = min(together, blocks - number)
        kept[number] = watch.block(number, count, min(count * BLOCK, sample.paths - number * BLOCK))
        return count

    each_block(work, range(0, blocks, together), sample)
    ordered = [kept[number] for number in sorted(kept)]
    felt = tuple(part for part in watch.parts if _feels(part, ordered))
    return Observed(
        scenario, reader, pushes, sample.paths, sample.seed, felt, watch.variables,
        np.concatenate([one.luck for one in ordered], axis=1),
        Reading(*_joined([tuple(one.seen) for one in ordered])),
        {part.id: np.concatenate([one.away[part.id] for one in ordered], axis=1) for part in felt},
        {part.id: Frozen(*_joined([tuple(one.frozen[part.id]) for one in ordered])) for part in felt},
        watch.at_nought,
    )  # fmt: skip


class _Kept(NamedTuple):
    luck: Floats
    seen: Reading
    away: dict[str, Floats]
    frozen: dict[str, Frozen]


class _Watch:
    """What is kept of every block."""

    def __init__(self, reader: Reader, every: tuple[Part, ...], sample: Sample) -> None:
        self.reader, self.parts, self.seed = reader, every, sample.seed
        self.central = DriverPaths(reader.compiled, sample.seed).central()
        self.at_nought = reader.read(self.central)
        self.variables = self._moving()

    def _moving(self) -> tuple[Variable, ...]:
        """Return the variables that move the body, alone or where many move at once."""
        asked = Recorded(self.seed, 0)
        self.reader.read(draw_block(self.reader.compiled, asked))
        every = asked.variables
        if not every:
            return ()
        about = asked.values(every)[:, :1]
        moves = np.zeros(len(every), dtype=bool)
        for base in (np.zeros_like(about), about):
            points = base + np.concatenate([np.zeros_like(base), np.eye(len(every))], axis=1)
            found = self.reader.read(draw_block(self.reader.compiled, Chosen(every, points)))
            for one in (*found.margins.values(), found.end, found.call):
                moves |= one[1:] != one[0]
        return tuple(one for one, felt in zip(every, moves, strict=True) if felt)

    def block(self, number: int, count: int, paths: int) -> _Kept:
        """Return what is kept of some blocks, cut to the paths asked for."""
        drawn = Recorded(self.seed, number, count)
        compiled, body = self.reader.compiled, self.reader.body
        block = draw_block(compiled, drawn)
        seen = self.reader.read(block)
        frozen = {}
        for part in self.parts:
            terms, held = without(compiled, body, part, block, self.central)
            frozen[part.id] = Frozen(*_cut(tuple(self.reader.read(held, terms))[:-1], paths))
        luck = drawn.values(self.variables)[:, :paths] if self.variables else np.zeros((0, paths))
        away = {part.id: self._away(part, block, seen)[:, :paths] for part in self.parts}
        return _Kept(luck, Reading(*_cut(tuple(seen), paths)), away, frozen)

    def _away(self, part: Part, block: DriverBlock, seen: Reading) -> Floats:
        """Return how far a part strayed from its central path, `[year, path]`."""
        row = self.reader.body.row
        if part.driver is not None:
            key = (row, part.driver) if (row, part.driver) in block.futures else (NATIONAL, part.driver)
            away: Floats = block.futures[key].level - self.central.futures[key].level
            return away
        if part.id == EVENTS:
            cost: Floats = block.events.cost[row]
            return cost
        return delivered(seen.money) - delivered(self.at_nought.money)


def delivered(money: Mapping[str, Floats]) -> Floats:
    """Return the share of planned savings delivered, `[year, path]`; all where none are planned."""
    plan, came = money["savings_planned"], money["savings_delivered"]
    share: Floats = np.divide(came, plan, out=np.ones_like(came), where=plan > 0)
    return share


def _feels(part: Part, kept: list[_Kept]) -> bool:
    """Return whether a part moves anything that is watched when it alone is held."""
    return any(
        bool((one.frozen[part.id].end != one.seen.end).any() or (one.frozen[part.id].call != one.seen.call).any())
        for one in kept
    )


def _cut(found: tuple[Any, ...], paths: int) -> list[Any]:
    """Return arrays by name or alone cut to the first paths."""
    return [
        {name: one[..., :paths] for name, one in part.items()} if isinstance(part, dict) else part[..., :paths]
        for part in found
    ]


def _joined(kept: list[tuple[Any, ...]]) -> list[Any]:
    """Return pieces, arrays by name or alone, side by side."""
    out: list[Any] = []
    for pieces in zip(*kept, strict=True):
        if isinstance(pieces[0], dict):
            out.append({name: np.concatenate([one[name] for one in pieces], axis=-1) for name in pieces[0]})
        else:
            out.append(np.concatenate(pieces, axis=-1))
    return out
