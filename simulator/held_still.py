"""One answer of one body with a part of its luck held at its central path, or another judgement put in its place.

The answer is an amount or an outcome of one year. On each path it is read as it was and as it would have been; how far
the two lie apart on average, whichever way, says how much hangs on that part, in the same unit for luck and judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import CHARITY, LOCAL, Bools, Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths
from simulator.evidence_tests.seen import plan_years
from simulator.frozen import Part, parts, without
from simulator.margins import OUTCOME, Body
from simulator.model_risk import judgements_of, merged
from simulator.named_stresses import PLAN
from simulator.observed import Reader, call, holding_at_end
from simulator.one_driver import Levers, levers
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.summary import Z95
from simulator.trials import USUAL, met_in, tried
from simulator.variants import OUTCOMES, holding

HELD, ASKED = "held", "asked"
MOST_TOGETHER, MOST_MEASURED = 2, 5
Money = Mapping[str, Floats]


class Question(NamedTuple):
    """Of whom what is asked: a body, an amount (`held`, `asked`) or an outcome of it, by the end of which year.

    `held` is what the body holds at the end of the year, unmet gaps counted below nought: usable reserves, for an NHS
    body the sum of its surpluses against plan since the budget year, for a charity its free reserves. `asked` is what
    the year asks beyond savings delivered; for an NHS body its distance from plan. An outcome is whether it happens in
    any year from the budget year to that one. `limit` is the outcome that stands beside the answer.
    """

    body: Body
    figure: str
    limit: str
    charity: bool = False

    @property
    def is_event(self) -> bool:
        """Whether the answer is a chance."""
        return self.figure not in (HELD, ASKED)


class Met(NamedTuple):
    """The answer, in pounds or 0 and 1, and whether the limit was broken, `[path]`."""

    answer: Floats
    limit: Bools


class Estimate(NamedTuple):
    """A number with its 95% sampling interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Still:
    """What a body met, and would have met with each part held and on each other judgement; money is in pounds.

    `held` is by part that moves anything, `judged` by judgement in words; `centre` and `judged_centre` are the answer
    without luck as entered and on each judgement, `pushed` with each lever at its P10 and its P90 in every year.
    """

    question: Question
    years: tuple[str, ...]
    parts: tuple[Part, ...]
    met: Met
    held: Mapping[str, Met]
    judged: Mapping[str, Met]
    centre: float
    judged_centre: Mapping[str, float]
    pushed: Mapping[str, tuple[float, float]]


def terms(scenario: Scenario, year: str = "", agency: str = "") -> Compiled:
    """Return the terms up to a year, or up to the end of the plan of a body, or of every body where none is named.

    A shorter horizon is the beginning of a longer one, bit for bit.
    """
    ends = [plan_years(scenario, body)[1] for body in scenario.bodies if agency in ("", body.id)]
    years = [str(one) for one in scenario.projected]
    end = years.index(year) if year in years else max(ends)
    return prepare(scenario.model_copy(update={"years": end + 1})).compiled


def asked(scenario: Scenario, compiled: Compiled, agency: str, year: str = "", figure: str = "") -> Question:
    """Return a question put in full: of what is held at the plan's end where that is not told.

    Raises:
        ValueError: when the body has no such year or figure; the message names those it has.
    """
    start, end = plan_years(scenario, next(one for one in scenario.bodies if one.id == agency))
    years = [str(one) for one in scenario.projected]
    if year and year not in years[start:]:
        raise ValueError(f"{year} is no year to ask about; there are {years[start]} to {years[-1]}")
    row, local = compiled.agency_ids.index(agency), compiled.slices[LOCAL]
    found = Body(agency, row, local.start <= row < local.stop, start, years.index(year) if year else end)
    own = [one for one, held in holding(compiled, OUTCOMES).items() if held.start <= row < held.stop]
    if figure and figure not in (HELD, ASKED, *own):
        raise ValueError(f"{agency} has no {figure}; it has {', '.join((HELD, ASKED, *own))}")
    charity = row >= compiled.slices[CHARITY].start
    limit = "reserves_below_floor" if charity else OUTCOME[Reader(compiled, found, None).limits[0]]
    question = Question(found, figure or HELD, limit, charity)
    return question._replace(limit=figure) if question.is_event else question


def read(question: Question, money: Money, happened: Mapping[str, Bools]) -> Met:
    """Return the answer off what one body met, `[year, path]` by measure and outcome."""
    body = question.body
    limit: Bools = np.asarray(happened[question.limit][body.span].any(axis=0))
    if question.is_event:
        return Met(limit.astype(np.float64), limit)
    return Met(amount(question, money), limit)


def amount(question: Question, money: Money) -> Floats:
    """Return what is held or asked in pounds, `[path]`, of measures `[year, path]` of one body."""
    body = question.body
    if question.charity:
        found: Floats = (money["free_reserves"] if question.figure == HELD else call(money))[body.end]
        return found
    if question.figure == HELD:
        return holding_at_end(body, money)[0]
    asks: Floats = (call(money) if body.local else money["off_plan"])[body.end]
    return asks


def still(scenario: Scenario, compiled: Compiled, question: Question, sample: Sample = USUAL) -> Still:
    """Return the answer with every part held at its central path in turn, and on every judgement in turn.

    `compiled` are the terms up to the year asked about. `sample.progress` is told of each block of 1,000 paths,
    twice for a local authority.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    blocks = -(-sample.paths // BLOCK)
    pushes = levers(scenario, compiled, question.body, sample.seed, min(MOST_MEASURED, blocks))
    every, centre = parts(pushes), DriverPaths(compiled, sample.seed).central()
    together = max(1, min(MOST_TOGETHER, -(-blocks // sample.workers)))
    kept: dict[int, list[Met]] = {}

    def work(number: int) -> int:
        count = min(together, blocks - number)
        paths = min(count * BLOCK, sample.paths - number * BLOCK)
        block = DriverPaths(compiled, sample.seed).block(number, count)
        met = [_on(question, compiled, block, paths)]
        for part in every:
            sample.stop_if_asked()
            met.append(_on(question, *without(compiled, question.body, part, block, centre), paths))
        kept[number] = met
        return count

    each_block(work, range(0, blocks, together), sample)
    found = [_joined(pieces) for pieces in zip(*(kept[number] for number in sorted(kept)), strict=True)]
    held = {part.id: one for part, one in zip(every, found[1:], strict=True) if _moves(found[0], one)}
    judged = dict(_judged(scenario, compiled, question, sample))
    return Still(
        question, compiled.years, tuple(part for part in every if part.id in held), found[0], held,
        {name: met for name, (met, _) in judged.items() if _moves(found[0], met)},
        float(_on(question, compiled, centre, 1).answer[0]), {name: middle for name, (_, middle) in judged.items()},
        _pushed(pushes, question),
    )  # fmt: skip


def difference(one: Met, other: Met) -> Estimate:
    """Return how far apart two answers lie on average, path by path and whichever way: pounds or a share."""
    apart = np.abs(one.answer - other.answer)
    half = Z95 * float(apart.std()) / np.sqrt(len(apart))
    value = float(apart.mean())
    return Estimate(value, max(0.0, value - half), value + half)


def shift(one: Met, other: Met) -> Estimate:
    """Return by how much the mean of the second answer lies above that of the first, paired, with its interval."""
    more = other.answer - one.answer
    half, value = Z95 * float(more.std()) / np.sqrt(len(more)), float(more.mean())
    return Estimate(value, value - half, value + half)


def _on(question: Question, compiled: Compiled, block: DriverBlock, paths: int) -> Met:
    money, happened = met_in(compiled, question.body.agency, (PLAN,), block)
    return read(
        question, {name: one[0, :, :paths] for name, one in money.items()},
        {name: one[0, :, :paths] for name, one in happened.items()},
    )  # fmt: skip


def _joined(pieces: Iterable[Met]) -> Met:
    answers, limits = zip(*pieces, strict=True)
    return Met(np.concatenate(answers), np.concatenate(limits))


def _moves(one: Met, other: Met) -> bool:
    return bool((one.answer != other.answer).any() or (one.limit != other.limit).any())


def _judged(
    scenario: Scenario, compiled: Compiled, question: Question, sample: Sample
) -> Iterator[tuple[str, tuple[Met, float]]]:
    """Yield the answer on every judgement in place of what was entered, with what it is without luck."""
    if not question.body.local:
        return
    body = next(one for one in scenario.bodies if one.id == question.body.agency)
    options = [
        (f"{judgement.name}: {one.name}", replace(merged(PLAN, [one]), name=f"{judgement.name}: {one.name}"))
        for judgement in judgements_of(body) for one in judgement.alternatives if one.capacity == 1
    ]  # fmt: skip
    found = tried(compiled, body.id, tuple(variant for _, variant in options), sample)
    for v, (name, _) in enumerate(options):
        money = {what: amounts[v] for what, amounts in found.measures.items()}
        happened = {what: tests[v] for what, tests in found.outcomes.items()}
        middle = {what: amounts[v] for what, amounts in found.central.items()}
        yield name, (read(question, money, happened), _middle(question, middle))


def _middle(question: Question, central: Money) -> float:
    """Return the answer without luck; of an outcome there is none, so it is not a number."""
    if question.is_event:
        return float("nan")
    return float(amount(question, {name: years[:, None] for name, years in central.items()})[0])


def _pushed(every: Levers, question: Question) -> dict[str, tuple[float, float]]:
    """Return the central answer with each lever at its P10 and its P90 in every year; none of an outcome."""
    if not every.all or question.is_event:
        return {}
    money = every.pushed(np.array([[lever.low, lever.high] for lever in every.all]))
    ends = amount(question, money).reshape(-1, 2)
    return {lever.id: (float(low), float(high)) for lever, (low, high) in zip(every.all, ends, strict=True)}
