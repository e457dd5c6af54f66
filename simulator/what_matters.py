"""What matters most, to whom, in which year, and whether it is luck or judgement: from the paths of one run.

For one body luck and judgement stand in one ranking, by how far the answer would have lain from what it was had that
one thing been held at its central path, or judged otherwise. For every body of a place luck is ranked by what knowing
it would settle, and who owns the risk is shared out between the nation, each body and what they agreed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.causes import Cause, estimate, judged, luck, stilled, weights
from simulator.compiled import Bools, Floats
from simulator.given_data import first_order
from simulator.held_still import ASKED, HELD, Estimate, Question, Still, asked, still, terms
from simulator.money import HALF_PENNY
from simulator.owned_luck import Owner
from simulator.regressions import shares_of
from simulator.scenario import Scenario
from simulator.shapley import shares
from simulator.streams import BLOCK
from simulator.summary import Chance, chance, quantiles
from simulator.trials import USUAL
from simulator.watched import Inputs, Watched, watch


class Wanted(NamedTuple):
    """What is asked: of which body, by the end of which year, of which figure.

    Nothing stands for every body, for the plan's end, and for what is held.
    """

    agency: str = ""
    year: str = ""
    figure: str = ""


EVERYTHING = Wanted()


class YearShare(NamedTuple):
    """One input's share of the answer's variance in one year, what knowing it would settle, and how much is noise."""

    year: str
    id: str
    name: str
    share: Estimate
    settles: Estimate
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
    outcome 0 and 1), `chance` that of the limit. `floor` is what an input of pure chance would seem to settle,
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
    answers = _answers(watched, questions, held, sample)
    return WhatMatters(scenario, wanted, sample.paths, sample.seed, answers, tuple(left_out))


def _answers(
    watched: Watched, questions: dict[str, Question], held: dict[str, Still], sample: Sample
) -> tuple[Answer, ...]:
    """Return what each answer hangs on, body by body on some threads; each counts as blocks of paths too."""
    agencies, found = list(questions), dict[str, Answer]()

    def work(number: int) -> int:
        agency = agencies[number]
        found[agency] = _answer(watched, questions[agency], held.get(agency), sample)
        return -(-sample.paths // BLOCK)

    each_block(work, range(len(agencies)), sample)
    return tuple(found[agency] for agency in agencies)


def work_of(scenario: Scenario, wanted: Wanted, sample: Sample = USUAL) -> int:
    """Return how many blocks of 1,000 paths are done in all."""
    bodies = [one for one in scenario.bodies if wanted.agency in ("", one.id)]
    alone = len(bodies) == 1
    local = alone and bodies[0].kind not in ("icb", "trust", "vcse")
    return -(-sample.paths // BLOCK) * (1 + alone + local + len(bodies))


def _answer(watched: Watched, question: Question, held: Still | None, sample: Sample) -> Answer:
    """Return what one answer hangs on."""
    body, years = question.body, watched.compiled.years
    values, limit = _met(watched, question, body.end)
    found = _inputs(watched, question, body.end, held)
    by_luck, explained = luck(found, values, limit)
    sample.stop_if_asked()
    certain = _certain(watched, body.agency) and bool(limit.all() == limit.any())
    causes = [*stilled(held, by_luck), *judged(held, certain)] if held else by_luck
    broken = chance(int(np.count_nonzero(limit)), watched.paths)
    if certain:
        broken = broken._replace(low=broken.probability, high=broken.probability)
    low, middle, high = (float(one) for one in quantiles(values, (10, 50, 90)))
    owned, unexplained = _owned(watched, question, values, held is not None)
    sample.stop_if_asked()
    return Answer(
        question, next(one.name for one in watched.scenario.bodies if one.id == body.agency), years[body.start],
        years[body.end], held is not None, held.centre if held and not question.is_event else None, low, middle, high,
        broken, tuple(sorted(causes, key=_weight)), *explained,
        tuple(_by_year(watched, question, held, sample)), owned, unexplained,
    )  # fmt: skip


def _certain(watched: Watched, agency: str) -> bool:
    """Return whether a body meets the same amounts on every path to half a penny, so that no interval is due."""
    money = (watched.money[name, agency] for name in (HELD, ASKED))
    return all(bool((np.ptp(amounts, axis=-1) < HALF_PENNY).all()) for amounts in money)


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
    ids, names, values = watched.inputs(question.body.agency, watched.compiled.years[year], question.figure != ASKED)
    if held is None:
        return Inputs(ids, names, values)
    rows = dict(zip(ids, values, strict=True))
    kept = [part for part in held.parts if part.id in rows or part.driver is not None]
    found = [rows[part.id] if part.id in rows else _met_by_others(watched, question, part.id, year) for part in kept]
    return Inputs(
        tuple(part.id for part in kept), tuple(part.name for part in kept),
        np.array(found).reshape(len(kept), watched.paths),
    )  # fmt: skip


def _met_by_others(watched: Watched, question: Question, driver: str, year: int) -> Floats:
    """Return a driver that reaches a body only by what others' services cost it, as the nation meets it."""
    away = watched.away[None, driver]
    found: Floats = away[year] if question.figure == ASKED else away[: year + 1].sum(axis=0)
    return found


def _by_year(watched: Watched, question: Question, held: Still | None, sample: Sample) -> Iterator[YearShare]:
    """Yield each input's share of each year's answer, from the budget year on."""
    for t in range(question.body.start, question.body.end + 1):
        sample.stop_if_asked()
        found, values = _inputs(watched, question, t, held), _met(watched, question, t)[0]
        settles = first_order(found.values, values)
        shares_held = weights(found.values, values, shares_of(found.values, values).shares)
        for i, one in enumerate(found.ids):
            year = watched.compiled.years[t]
            yield YearShare(year, one, found.names[i], shares_held[i], estimate(settles, i), settles.floor)


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
