"""The futures behind one chance: how many miss, what they have in common against the rest, and three of them.

Everything is read off a run that is at hand and the drivers of the same futures, so that no number differs from the
chance that was asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.answers import Answers
from simulator.blocks import Sample, each_block
from simulator.compiled import Bools, Floats
from simulator.drivers import DriverPaths
from simulator.given_data import mean_shift
from simulator.held_still import Estimate
from simulator.shared_luck import SharedLuck
from simulator.streams import BLOCK
from simulator.variants import MEASURES, OUTCOMES, holders

SAVINGS, EVENTS = "savings", "events"
EXAMPLES = (25, 50, 75)
"""How bad an example is among the futures that miss, in per cent of them that are no worse."""
FURTHEST = 3
"""How many things are told of an example that lay furthest off their usual."""
FAR = 1.0
"""Standard deviations from which a thing is told to stray: a judgement."""
TOLD = {"trust": "off_plan", "icb": "off_plan", "vcse": "free_reserves"}
"""What is told of a body beside its gap, by its kind; of a local authority usable reserves."""


class Shared(NamedTuple):
    """One thing that may set the futures that miss apart, as its mean on them and on the rest.

    `unit` says what a mean is: `growth` the log of an index over the central path's, `points` of a level over it,
    `pounds` beyond the central case. `apart` is by how many of its own standard deviations the futures that miss lie
    off its usual, with a 95% interval.
    """

    id: str
    name: str
    unit: str
    missed: float
    rest: float
    apart: Estimate


class Inputs(NamedTuple):
    """What may set futures apart: ids, names and units, and how far each lay off its central path, `[input, path]`."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Floats


class Stray(NamedTuple):
    """One thing on one future: by how much it lay off its central path, and off its usual in standard deviations."""

    name: str
    unit: str
    amount: float
    deviations: float


class Example(NamedTuple):
    """One future, counted from nought, year by year: its gap, what else is told, and whether it missed in each year.

    `strayed` is what lay furthest off its usual in the year asked about, that first.
    """

    path: int
    gap: Floats
    told: Floats
    missed: Bools
    strayed: tuple[Stray, ...]


@dataclass(frozen=True)
class Behind:
    """The futures behind the chance of one outcome of one body in one year, money in pounds.

    `shared` comes with what sets them apart most first; it and `examples` are empty where none or all miss. `measure`
    is what examples tell beside the gap.
    """

    answers: Answers
    agency: str
    outcome: str
    view: str
    year: str
    missed: int
    shared: tuple[Shared, ...]
    examples: tuple[Example, ...]
    measure: str


def behind(now: Answers, about: tuple[str, str, str, str], luck: SharedLuck | None = None) -> Behind:
    """Return the futures behind a chance; `about` is body, outcome, view and year, `luck` what is drawn already.

    Raises:
        ValueError: when the run has no such chance.
    """
    agency, outcome, view, year = about
    v, t = [one.name for one in now.views].index(view), now.compiled.years.index(year)
    row = _row(now, OUTCOMES[outcome], agency)
    if row is None or outcome not in now.happened:
        raise ValueError(f"{agency} has no {outcome}")
    years: Bools = now.happened[outcome][v, row]
    missed: Bools = years[t]
    count, measure = int(np.count_nonzero(missed)), TOLD.get(now.body(agency).kind, "usable_reserves")
    found = _strayed(now, agency, t, luck) if 0 < count < now.paths else None
    return Behind(
        answers=now,
        agency=agency,
        outcome=outcome,
        view=view,
        year=year,
        missed=count,
        shared=tuple(_shared(found, missed)) if found else (),
        examples=tuple(_examples(now, (agency, measure), (v, t), years, found)) if found else (),
        measure=measure,
    )


def _row(now: Answers, kinds: tuple[str, ...], agency: str) -> int | None:
    """Return where a body stands among those of some regimes, or nothing if it is none of them."""
    held = holders(now.compiled, kinds)
    place = now.compiled.agency_ids.index(agency)
    return place - held.start if held.start <= place < held.stop else None


def _money(now: Answers, measure: str, agency: str, v: int) -> Floats:
    """Return a measure of a body, `[year, path]` in pounds."""
    row = _row(now, MEASURES[measure], agency)
    assert row is not None
    amounts: Floats = now.kept[measure][v, row]
    return amounts


def _shared(found: Inputs, missed: Bools) -> list[Shared]:
    """Return what was different where it is missed, what sets those futures apart most first."""
    units, low, high = mean_shift(found.values, missed)[:3]
    rows = [
        Shared(
            one,
            found.names[i],
            found.units[i],
            float(found.values[i, missed].mean()),
            float(found.values[i, ~missed].mean()),
            Estimate(float(units[i]), float(low[i]), float(high[i])),
        )
        for i, one in enumerate(found.ids)
    ]
    return sorted(rows, key=lambda one: -abs(one.apart.value))


def _strayed(now: Answers, agency: str, t: int, luck: SharedLuck | None) -> Inputs:
    """Return by how much each thing lay off its central path in a year; what never does is left out.

    Drivers as they stand in the year; what risks cost, and what savings that were approved delivered, from the first
    year to it. Savings that managers find as gaps open are an answer to luck and no part of it.
    """
    compiled = now.compiled
    a = compiled.agency_ids.index(agency)
    recipe = luck.paths(compiled, now.seed) if luck else DriverPaths(compiled, now.seed)
    central, met = recipe.central(), sorted(compiled.met[a])
    kept: dict[int, dict[str, Floats]] = {}

    def work(number: int) -> int:
        block = recipe.block(number)
        levels = {compiled.drivers[k].id: block.future(k, a).level[t] - central.future(k, a).level[t] for k in met}
        kept[number] = levels | {EVENTS: block.events.cost[a, : t + 1].sum(axis=0)}
        return 1

    each_block(work, range(-(-now.paths // BLOCK)), Sample(now.paths, now.seed, 1))
    found = {one: np.concatenate([kept[number][one] for number in sorted(kept)]) for one in kept[0]}
    rows = now.agency_years
    own = rows[(rows.agency == agency) & (rows.measure == "savings_delivered") & (rows["view"] == now.views[0].name)]
    saved = _money(now, "savings_delivered", agency, 0)[: t + 1].sum(axis=0)
    found[SAVINGS] = saved - float(own.central.iloc[: t + 1].sum())
    moved = {one: values[: now.paths] for one, values in found.items() if np.ptp(values[: now.paths]) > 0}
    names = {driver.id: driver.name for driver in now.scenario.drivers}
    names |= {SAVINGS: "Approved savings delivered", EVENTS: "Dated risks that strike this body"}
    kinds = {terms.id: "growth" if terms.is_growth else "points" for terms in compiled.drivers}
    values = np.array(list(moved.values())).reshape(len(moved), now.paths)
    return Inputs(
        tuple(moved), tuple(names[one] for one in moved), tuple(kinds.get(one, "pounds") for one in moved), values
    )


def _examples(now: Answers, of: tuple[str, str], at: tuple[int, int], years: Bools, found: Inputs) -> list[Example]:
    """Return a mild, a middling and a bad future among those that miss, by what is told of the year, then by its gap.

    `of` is a body and the measure told of it. Above nought a distance from plan is worse; less of what is held is.
    """
    (agency, measure), (v, t) = of, at
    gap, told = _money(now, "gap", agency, v), _money(now, measure, agency, v)
    among = np.flatnonzero(years[t])
    bad = told[t, among] if measure == "off_plan" else -told[t, among]
    order = among[np.lexsort((gap[t, among], bad))]
    places = dict.fromkeys(int(order[(len(order) - 1) * percent // 100]) for percent in EXAMPLES)
    usual, spread = found.values.mean(axis=1), found.values.std(axis=1)
    return [
        Example(path, gap[:, path], told[:, path], years[:, path], _furthest(found, path, (usual, spread)))
        for path in places
    ]


def _furthest(found: Inputs, path: int, about: tuple[Floats, Floats]) -> tuple[Stray, ...]:
    """Return what lay furthest off its usual on one path, that first."""
    usual, spread = about
    off = (found.values[:, path] - usual) / spread
    order = [i for i in np.argsort(-np.abs(off), kind="stable")[:FURTHEST] if abs(off[i]) >= FAR]
    return tuple(Stray(found.names[i], found.units[i], float(found.values[i, path]), float(off[i])) for i in order)
