"""A place on its futures with the luck behind them: what each body met in each year, and whose luck it was.

One pass over the paths of the run itself, so that what is asked of it are the run's own numbers bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.chosen import Chosen, Recorded, Variable
from simulator.compiled import LOCAL, TRUST, Bools, Compiled, Floats
from simulator.drivers import NATIONAL, DriverBlock, DriverPaths, draw_block
from simulator.evidence_tests.seen import plan_years
from simulator.narrowing import stands_alone
from simulator.observed import call, delivered
from simulator.owned_luck import EVENTS, REVIEW, SCORES, Owner, Scored, owner_of, struck
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.trials import USUAL
from simulator.variants import MEASURES, OUTCOMES, VIEWS, Outcome, holding

MOST_TOGETHER = 5
HELD, ASKED, SAVINGS = "held", "asked", "savings"
AMOUNTS = (HELD, ASKED)
"""What a body holds at the end of a year, unmet gaps counted below nought, and what a year asks of it, in pounds.

For an NHS body they are the sum of its surpluses against plan since the budget year, and its distance from plan in the
year; for a charity its free reserves, and its gap.
"""
LEAST_WEIGHT = 2e-6
"""The share of what one push of every normal does, in squares, below which a normal is left out."""


class Inputs(NamedTuple):
    """What can be told of luck by name: ids and names of inputs, and their values `[input, path]`.

    A driver is its deviation from the central path as the body meets it, in log points of an index or points of a
    level; `savings` is the share of planned savings delivered, `events` what risks cost, in pounds.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    values: Floats


@dataclass(frozen=True)
class Watched:
    """A place on its futures; arrays end in `[path]`, money is in pounds.

    `money` and `happened` are `[view, year, path]` by what it is and body, views `before_action` and `after_action`.
    `away` are deviations of drivers `[year, path]` by body, where it has its own version, else by nothing, and driver.
    `luck` `[row, path]` are independent shocks by stream, and `weights` `[row, year]` by body and stream the largest
    share that each normal has in what pushing all of them one by one does to an amount of a year.
    """

    scenario: Scenario
    compiled: Compiled
    agencies: tuple[str, ...]
    paths: int
    seed: int
    money: Mapping[tuple[str, str], Floats]
    happened: Mapping[tuple[str, str], Bools]
    away: Mapping[tuple[str | None, str], Floats]
    luck: Mapping[str, Floats]
    weights: Mapping[tuple[str, str], Floats]

    def amount(self, name: str, agency: str, year: str, view: str = VIEWS[0].name) -> Floats:
        """Return an amount of `AMOUNTS`, or whether an outcome happened as 0 or 1, `[path]`.

        The year of an outcome may also be `by 2028-29`, or `any`, as in the table of chances.
        """
        v = [one.name for one in VIEWS].index(view)
        if name in AMOUNTS:
            amounts: Floats = self.money[name, agency][v, self._place(year)]
            return amounts
        happened = self.happened[name, agency][v]
        last = len(happened) - 1 if year == "any" else self._place(year.removeprefix("by "))
        found: Bools = happened[last if year[:1].isdigit() else 0 : last + 1].any(axis=0)
        return found.astype(np.float64)

    def inputs(self, agency: str, year: str, so_far: bool = False) -> Inputs:
        """Return the drivers that a body meets, its savings and its risks as they stand in a year.

        With `so_far` they are summed over the years up to it, which is what a sum of years, such as what is held,
        follows. What is dear for years counts for each of them.
        """
        t, a = self._place(year), self.compiled.agency_ids.index(agency)
        ids = [self.compiled.drivers[k].id for k in sorted(self.compiled.met[a])]
        names = {driver.id: driver.name for driver in self.scenario.drivers}
        rows = [(one, names[one], self._away(agency, one)) for one in ids]
        rows.append((SAVINGS, "Savings delivered", self.away[agency, SAVINGS]))
        rows.append((EVENTS, "Dated risks, such as a failed care provider", self.away[agency, EVENTS]))
        values = [one[: t + 1].sum(axis=0) if so_far else one[t] for _, _, one in rows]
        kept = [i for i, one in enumerate(values) if np.ptp(one) > 0]
        stacked = np.array([values[i] for i in kept]).reshape(len(kept), self.paths)
        return Inputs(tuple(rows[i][0] for i in kept), tuple(rows[i][1] for i in kept), stacked)

    def shocks(self, agency: str, year: str, fine: bool = False) -> tuple[Floats, tuple[str, ...]]:
        """Return the independent shocks that reach a body by a year, `[shock, path]`, and the owner id of each.

        The weightiest come first. `fine` parts what a body alone meets by driver and factor: `own/blackburn/grants`.
        """
        t = self._place(year)
        ranked: list[tuple[float, str, int]] = []
        for stream, rows in self.luck.items():
            weights = self.weights.get((agency, stream))
            if weights is None:
                weight = self._standing(stream, agency)
                ranked += (
                    []
                    if weight is None
                    else [(weight, stream, i) for i in range(min(t + 1, len(rows))) if np.ptp(rows[i]) > 0]
                )
            else:
                ranked += [(-float(w), stream, i) for i, w in enumerate(weights[:, t]) if w >= LEAST_WEIGHT]
        ranked.sort()
        shocks = np.array([self.luck[stream][i] for _, stream, i in ranked]).reshape(len(ranked), self.paths)
        return shocks, tuple(owner_of(self.scenario, stream, fine).id for _, stream, _ in ranked)

    def owners(self, fine: bool = False) -> dict[str, Owner]:
        """Return every owner of luck by id, as `shocks` names them."""
        return {one.id: one for one in (owner_of(self.scenario, stream, fine) for stream in sorted(self.luck))}

    def _standing(self, stream: str, agency: str) -> float | None:
        """Return where luck that cannot be pushed stands in the order, if it reaches a body at all.

        What strikes the body comes before all, what strikes others last: it reaches only a body that deals with them.
        """
        if stream in (REVIEW, f"{EVENTS}/{agency}", f"{EVENTS}//cost/{agency}") or stream.startswith(
            f"{EVENTS}//jump/"
        ):
            return -2.0
        local = self.compiled.agency_ids.index(agency) < self.compiled.slices[LOCAL].stop
        alone = local and stands_alone(self.compiled)
        others = () if alone else ("agreement/", f"{EVENTS}/")
        reaches = stream == f"support_late/{agency}" or (
            stream.startswith(others) and not stream.startswith(f"{EVENTS}//")
        )
        return 2.0 if reaches else None

    def _away(self, agency: str, driver: str) -> Floats:
        own = self.away.get((agency, driver))
        return self.away[None, driver] if own is None else own

    def _place(self, year: str) -> int:
        return self.compiled.years.index(year)


def watch(scenario: Scenario, sample: Sample = USUAL, agency: str | None = None) -> Watched:
    """Return every body of a place, or one, on the futures of a run of the scenario, with the luck behind them.

    For 10,000 paths of ten bodies over ten years this holds a quarter of a gibibyte. `sample.progress` is told of each
    block of 1,000 paths.

    Raises:
        ValueError: when there is no such body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    compiled = compile_scenario(scenario)
    if agency is not None and agency not in compiled.agency_ids:
        raise ValueError(f"{agency} is no body of this place; its bodies are {', '.join(compiled.agency_ids)}")
    chosen = compiled.agency_ids if agency is None else (agency,)
    watching = _Watching(scenario, compiled, chosen, sample)
    blocks = -(-sample.paths // BLOCK)
    together = max(1, min(MOST_TOGETHER // len(compiled.agency_ids), -(-blocks // sample.workers)))

    def work(number: int) -> int:
        count = min(together, blocks - number)
        watching.add(number, count)
        return count

    each_block(work, range(0, blocks, together), sample)
    return Watched(
        scenario, compiled, chosen, sample.paths, sample.seed, watching.money, watching.happened, watching.away,
        watching.luck, watching.weights,
    )  # fmt: skip


class _Watching:
    """Arrays over all paths, filled block by block; each block owns its own columns."""

    def __init__(self, scenario: Scenario, compiled: Compiled, agencies: tuple[str, ...], sample: Sample) -> None:
        self.compiled, self.paths, self.seed = compiled, sample.paths, sample.seed
        bodies = {body.id: body for body in scenario.bodies}
        self.rows = {agency: compiled.agency_ids.index(agency) for agency in agencies}
        self.starts = {agency: plan_years(scenario, bodies[agency])[0] for agency in agencies}
        self.central = DriverPaths(compiled, sample.seed).central()
        middle = self._projected(self.central)
        self.usual = {agency: delivered(_first_view(self._of(middle, agency))) for agency in agencies}
        drawn = Scored(sample.seed, 0)
        block = draw_block(compiled, drawn)
        outcome = self._projected(block)
        self.weights = self._weighed(drawn)
        kept = self._kept(drawn, block, outcome)
        self.money, self.happened, self.away, self.luck = (
            {key: np.empty((*one.shape[:-1], sample.paths), one.dtype) for key, one in part.items()} for part in kept
        )

    def add(self, number: int, count: int) -> None:
        """Copy what is kept of some blocks into place."""
        drawn = Scored(self.seed, number, count)
        block = draw_block(self.compiled, drawn)
        start, stop = number * BLOCK, min((number + count) * BLOCK, self.paths)
        found = self._kept(drawn, block, self._projected(block))
        for held, part in zip((self.money, self.happened, self.away, self.luck), found, strict=True):
            for key, values in part.items():
                held[key][..., start:stop] = values[..., : stop - start]

    def _projected(self, block: DriverBlock) -> Outcome:
        return project(self.compiled, block, VIEWS, len(VIEWS), price(self.compiled, block, ruled=False))

    def _of(self, found: Outcome, agency: str) -> dict[str, Floats]:
        """Return the measures of a body by name, `[view, year, path]`."""
        held, row = holding(self.compiled, MEASURES), self.rows[agency]
        return {n: found.measures[n][:, row - r.start] for n, r in held.items() if r.start <= row < r.stop}

    def _kept(self, drawn: Recorded, block: DriverBlock, outcome: Outcome) -> tuple[dict[Any, Any], ...]:
        """Return the money, the outcomes, the deviations and the luck of a block, all by their keys."""
        money: dict[Any, Any] = {}
        happened: dict[Any, Any] = {}
        away: dict[Any, Any] = {}
        tests = holding(self.compiled, OUTCOMES)
        for agency, row in self.rows.items():
            measures = self._of(outcome, agency)
            for name, amount in self._amounts(agency, measures).items():
                money[name, agency] = amount
            for name, held in tests.items():
                if held.start <= row < held.stop:
                    happened[name, agency] = outcome.outcomes[name][:, row - held.start]
            away[agency, SAVINGS] = delivered(_first_view(measures)) - self.usual[agency]
            away[agency, EVENTS] = block.events.cost[row]
        for (row, k), future in block.futures.items():
            body = None if row == NATIONAL else self.compiled.agency_ids[row]
            if body is None or body in self.rows:
                away[body, self.compiled.drivers[k].id] = future.level - self.central.futures[row, k].level
        return money, happened, away, self._luck(drawn, block)

    def _amounts(self, agency: str, money: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return what a body holds and what is asked of it, `[view, year, path]`."""
        row, slices, start = self.rows[agency], self.compiled.slices, self.starts[agency]
        if row >= slices[TRUST].stop:
            return {HELD: money["free_reserves"], ASKED: call(money)}
        if row >= slices[LOCAL].stop:
            return {HELD: -_since(start, money["off_plan"]), ASKED: money["off_plan"]}
        return {HELD: money["usable_reserves"] - _since(start, money["unfunded_gap"]), ASKED: call(money)}

    def _luck(self, drawn: Recorded, block: DriverBlock) -> dict[str, Floats]:
        """Return the shocks of a block by stream: normals that reach a body watched, scores, and what struck."""
        reach = {stream for _, stream in self.weights}
        normals = {name: rows for name, rows in drawn.kept.items() if name in reach or name.startswith(SCORES)}
        return normals | struck(self.compiled, block.events)

    def _weighed(self, drawn: Recorded) -> dict[tuple[str, str], Floats]:
        """Return by body and stream how much each normal moves its amounts by year, `[row, year]`.

        Every normal is pushed by one standard deviation alone, from the central case and from the first future.
        """
        every = tuple(one for one in drawn.variables if not one.stream.startswith(SCORES))
        found = {agency: np.zeros((len(every), self.compiled.horizon)) for agency in self.rows}
        for base in (0.0, 1.0) if every else ():
            outcome = self._projected(draw_block(self.compiled, Chosen(every, _pushes(drawn, every, base))))
            for agency, weights in found.items():
                for amount in self._amounts(agency, self._of(outcome, agency)).values():
                    moved = (amount[..., 1 : len(every) + 1] - amount[..., :1]) ** 2
                    whole = moved.sum(axis=-1, keepdims=True)
                    share = np.divide(moved, whole, out=np.zeros_like(moved), where=whole > 0)
                    np.maximum(weights, share.max(axis=0).T, out=weights)
        return {
            (agency, stream): weights[[one.stream == stream for one in every]]
            for agency, weights in found.items()
            for stream in sorted({one.stream for one, w in zip(every, weights, strict=True) if w.max() >= LEAST_WEIGHT})
        }


def _pushes(drawn: Recorded, every: tuple[Variable, ...], base: float) -> Floats:
    """Return luck `[normal, point]`: first the base, then each normal one higher; whole blocks where there are more."""
    about = base * drawn.values(every)[:, :1]
    points = about + np.concatenate([np.zeros_like(about), np.eye(len(every))], axis=1)
    short = -points.shape[1] % BLOCK if points.shape[1] > BLOCK else 0
    return np.concatenate([points, np.repeat(about, short, axis=1)], axis=1)


def _first_view(measures: Mapping[str, Floats]) -> dict[str, Floats]:
    return {name: amounts[0] for name, amounts in measures.items()}


def _since(start: int, amounts: Floats) -> Floats:
    """Return the sum of amounts `[view, year, path]` from a year on, nought before it."""
    total = np.zeros_like(amounts)
    np.cumsum(amounts[:, start:], axis=1, out=total[:, start:])
    return total
