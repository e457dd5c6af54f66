"""What matters most, to whom, in which year, and whether it is luck or judgement: from the paths of one run.

For one body luck and judgement stand in one ranking, by how far the answer would have lain from what it was had that
one thing been held at its central path, or judged otherwise. For every body of a place luck is ranked by what knowing
it would settle, and who owns the risk is shared out between the nation, each body and what they agreed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from simulator.blocks import Sample
from simulator.compiled import Bools, Floats
from simulator.given_data import first_order, mean_shift
from simulator.held_still import ASKED, Estimate, Met, Question, Still, asked, difference, shift, still, terms
from simulator.owned_luck import Owner
from simulator.paired import Paired, paired
from simulator.regressions import rank, shares_of, standardised, travelling
from simulator.scenario import Scenario
from simulator.shapley import shares
from simulator.streams import BLOCK
from simulator.summary import Chance, chance, quantiles
from simulator.trials import USUAL
from simulator.watched import Inputs, Watched, watch

Kind = Literal["luck", "judgement"]


class Wanted(NamedTuple):
    """What is asked: of which body, by the end of which year, of which figure.

    Nothing stands for every body, for the plan's end, and for what is held.
    """

    agency: str = ""
    year: str = ""
    figure: str = ""


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Cause:
    """One thing that an answer hangs on; nothing where a measure has no meaning for it or was not asked.

    `differs` is how far apart the answer lies on average, path by path, with this held at its central path or judged
    otherwise, and `moves` by how much that raises its mean: pounds, or a share of futures. `off` is what it takes off
    the chance of the limit, paired. `share` is what knowing it would settle of the answer's variance, `slope` the
    standardised regression slope, `rank` the partial rank correlation, `shifted` by how many of its standard deviations
    it lies off its usual where the limit is broken. `low` and `high` are the central answer at its P10 and P90.
    """

    id: str
    name: str
    kind: Kind
    differs: Estimate | None = None
    moves: Estimate | None = None
    off: Paired | None = None
    share: Estimate | None = None
    slope: Estimate | None = None
    rank: Estimate | None = None
    shifted: Estimate | None = None
    travels_with: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


class YearShare(NamedTuple):
    """What knowing one input would settle of the answer of one year, and the share that chance alone would show."""

    year: str
    id: str
    name: str
    share: Estimate
    floor: float


class OwnedShare(NamedTuple):
    """What share of an answer's variance is whose luck, from 0 to 1, of it the part that is a straight line."""

    owner: Owner
    share: Estimate
    straight: float


@dataclass(frozen=True)
class Answer:
    """What one answer of one body hangs on, the weightiest first; money is in pounds.

    `centre` is the answer without luck (nothing for an outcome), `low`, `middle` and `high` its P10, P50 and P90 (of an
    outcome 0 and 1), `chance` that of the limit. `floor` is the share that an input of pure chance would show,
    `explained` what straight lines explain of the variance and `rank_explained` of its ranks. `owned` and
    `unexplained` add up to one. `stilled` says whether each part was held, and judgements tried.
    """

    question: Question
    name: str
    from_year: str
    year: str
    stilled: bool
    centre: float | None
    low: float
    middle: float
    high: float
    chance: Chance
    causes: tuple[Cause, ...]
    floor: float
    explained: float
    rank_explained: float
    by_year: tuple[YearShare, ...]
    owned: tuple[OwnedShare, ...]
    unexplained: float


@dataclass(frozen=True)
class WhatMatters:
    """What matters to one body, or to each body of a place; bodies without the figure that was asked are `left_out`."""

    scenario: Scenario
    wanted: Wanted
    paths: int
    seed: int
    answers: tuple[Answer, ...]
    left_out: tuple[str, ...] = ()

    @property
    def place(self) -> bool:
        """Whether every body of a place was asked about, so that none was held still."""
        return not self.answers[0].stilled


def what_matters(scenario: Scenario, wanted: Wanted = EVERYTHING, sample: Sample = USUAL) -> WhatMatters:
    """Return what matters to a body, or to every body of a place where none is named and there are several.

    `sample.progress` is told of blocks of 1,000 paths as they are done, `work_of` of them in all.

    Raises:
        ValueError: when there is no such body, or it has no such year or figure.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    agencies = [one.id for one in scenario.bodies]
    if wanted.agency and wanted.agency not in agencies:
        raise ValueError(f"{wanted.agency} is no body of this place; its bodies are {', '.join(agencies)}")
    one = wanted.agency or (agencies[0] if len(agencies) == 1 else "")
    compiled = terms(scenario, wanted.year, one)
    questions: dict[str, Question] = {}
    left_out: dict[str, ValueError] = {}
    for agency in [one] if one else agencies:
        try:
            questions[agency] = asked(scenario, compiled, agency, wanted.year, wanted.figure)
        except ValueError as error:
            left_out[agency] = error
    if not questions:
        raise next(iter(left_out.values()))
    held = {one: still(scenario, compiled, questions[one], sample)} if one else {}
    # A shorter horizon is the beginning of a longer one, so what comes later need not be projected.
    short = scenario.model_copy(update={"years": compiled.horizon})
    watched = watch(short, sample, one or None)
    answers = tuple(_answer(watched, question, held.get(agency)) for agency, question in questions.items())
    return WhatMatters(scenario, wanted, sample.paths, sample.seed, answers, tuple(left_out))


def work_of(scenario: Scenario, wanted: Wanted, sample: Sample = USUAL) -> int:
    """Return how many blocks of 1,000 paths are done in all."""
    bodies = [one for one in scenario.bodies if wanted.agency in ("", one.id)]
    alone = len(bodies) == 1
    local = alone and bodies[0].kind not in ("icb", "trust", "vcse")
    return -(-sample.paths // BLOCK) * (1 + alone + local)


def _answer(watched: Watched, question: Question, held: Still | None) -> Answer:
    """Return what one answer hangs on."""
    body, years = question.body, watched.compiled.years
    values, limit = _met(watched, question, body.end)
    found = _inputs(watched, question, body.end, held)
    luck, explained = _luck(found, values, limit)
    causes = [*_held(held, luck), *_judged(held)] if held else luck
    low, middle, high = (float(one) for one in quantiles(values, (10, 50, 90)))
    owned, unexplained = _owned(watched, question, values, held is not None)
    return Answer(
        question, next(one.name for one in watched.scenario.bodies if one.id == body.agency), years[body.start],
        years[body.end], held is not None, held.centre if held and not question.is_event else None, low, middle, high,
        chance(int(np.count_nonzero(limit)), watched.paths), tuple(sorted(causes, key=_weight)), *explained,
        tuple(_by_year(watched, question, held)), owned, unexplained,
    )  # fmt: skip


def _weight(one: Cause) -> tuple[float, float, str]:
    """Return what causes are ranked by: how far the answer differs, else what knowing it would settle."""
    return -one.differs.value if one.differs else 0.0, -one.share.value if one.share else 0.0, one.id


def _met(watched: Watched, question: Question, year: int) -> tuple[Floats, Bools]:
    """Return the answer as of a year, and whether the limit was broken by then, `[path]`."""
    body = question.body
    limit: Bools = np.asarray(watched.happened[question.limit, body.agency][0, body.start : year + 1].any(axis=0))
    if question.is_event:
        return limit.astype(np.float64), limit
    return watched.amount(question.figure, body.agency, watched.compiled.years[year]), limit


def _inputs(watched: Watched, question: Question, year: int, held: Still | None) -> Inputs:
    """Return the inputs of an answer as of a year; of those that can be held, the ones that move it when they are."""
    found = watched.inputs(question.body.agency, watched.compiled.years[year], so_far=question.figure != ASKED)
    if held is None:
        return found
    kept = [i for i, one in enumerate(found.ids) if one in held.held]
    return Inputs(tuple(found.ids[i] for i in kept), tuple(found.names[i] for i in kept), found.values[kept])


def _luck(found: Inputs, values: Floats, limit: Bools) -> tuple[list[Cause], tuple[float, float, float]]:
    """Return what can be told of each input, with the noise floor and what lines explain, of values and of ranks."""
    settles, lines, ranks = (
        first_order(found.values, values),
        standardised(found.values, values),
        rank(found.values, values),
    )
    moved, along = mean_shift(found.values, limit), travelling(shares_of(found.values, values).correlations)
    # Where the limit is broken on every path nothing is shifted, whatever rounding says.
    shown = np.isfinite(moved.units) & (not limit.all())
    causes = [
        Cause(
            one, found.names[i], "luck",
            share=Estimate(*(float(part[i]) for part in settles[:3])),
            slope=Estimate(*(float(part[i]) for part in lines[:3])),
            rank=Estimate(*(float(part[i]) for part in ranks[:3])),
            shifted=Estimate(*(float(part[i]) for part in moved)) if shown[i] else None,
            travels_with=tuple(found.names[j] for j in along[i]),
        )
        for i, one in enumerate(found.ids)
    ]  # fmt: skip
    return causes, (settles.floor, lines.explained, ranks.explained)


def _held(held: Still, luck: list[Cause]) -> Iterator[Cause]:
    """Yield every part that moves the answer, with what holding it does."""
    told = {one.id: one for one in luck}
    for part in held.parts:
        one, met = told.get(part.id, Cause(part.id, part.name, "luck")), held.held[part.id]
        low, high = held.pushed.get(part.id, (None, None))
        yield replace(one, name=part.name, low=low, high=high, **_against(held, met))


def _judged(held: Still) -> Iterator[Cause]:
    """Yield every judgement that moves the answer, with the answer without luck on it."""
    for name, met in held.judged.items():
        middle = None if held.question.is_event else held.judged_centre[name]
        yield Cause(name, name, "judgement", low=middle, high=middle, **_against(held, met))


def _against(held: Still, met: Met) -> dict[str, Any]:
    return {
        "differs": difference(held.met, met),
        "moves": shift(held.met, met),
        "off": paired(held.met.limit, met.limit),
    }


def _by_year(watched: Watched, question: Question, held: Still | None) -> Iterator[YearShare]:
    """Yield what knowing each input would settle of each year's answer, from the budget year on."""
    for t in range(question.body.start, question.body.end + 1):
        found = _inputs(watched, question, t, held)
        settles = first_order(found.values, _met(watched, question, t)[0])
        for i, one in enumerate(found.ids):
            share = Estimate(*(float(part[i]) for part in settles[:3]))
            yield YearShare(watched.compiled.years[t], one, found.names[i], share, settles.floor)


def _owned(watched: Watched, question: Question, values: Floats, fine: bool) -> tuple[tuple[OwnedShare, ...], float]:
    """Return whose luck the variance of an answer is, the largest share first, and what nobody could be told to own.

    `fine` parts what a body alone meets by what it is of.
    """
    found = shares(*watched.shocks(question.body.agency, watched.compiled.years[question.body.end], fine), values)
    owners = watched.owners(fine)
    rows = [
        OwnedShare(owners[one], Estimate(float(share), float(low), float(high)), float(straight))
        for one, share, low, high, straight in zip(
            found.owners, found.shares, found.low, found.high, found.straight, strict=True
        )
    ]
    return tuple(sorted(rows, key=lambda row: (-row.share.value, row.owner.id))), found.unexplained
