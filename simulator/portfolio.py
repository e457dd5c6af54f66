"""The portfolio: which programmes, and how much of each, buy most of the user's measure within the limits.

A mixed-integer programme (HiGHS through scipy): sizes run from least to most, in whole multiples where so stated.
It is solved at the margin (only added to what is there) and over the whole (today's spending may move too). A size is
taken to cost and buy in proportion, and ending a programme to undo what it costs on the same profile.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.portfolio_options import Aside, Kind, Limit, Limits, Option, Row, rows, sifted
from simulator.portfolio_solver import best_change

POUND_STEP, STAFF_STEP = 100_000.0, 1.0
"""By how much a limit is loosened to find what more of it would buy: £100,000 a year, or one post."""
EXACT = 1e-6
"""The share of a value below which a difference is the solver's rounding."""


@dataclass(frozen=True)
class Choice:
    """What was chosen: sizes and change by option in pounds a year, and what the change buys and costs.

    `value` is the mean, in the user's measure; `net_cost` `[agency, year]` the mean in pounds, never added to it.
    `already_broken` are limits that today breaks and no choice mends: there nothing may be made worse.
    """

    sizes: dict[str, float]
    added: dict[str, float]
    value: float
    net_cost: Floats
    aside: tuple[Aside, ...]
    already_broken: tuple[Limit, ...]
    moved: bool
    confidence: int | None

    @property
    def nothing(self) -> bool:
        """Whether nothing is added to."""
        return not any(more > 0 for more in self.added.values())

    @property
    def spending(self) -> float:
        """Pounds a year of new money: what is added less what is ended."""
        return float(sum(self.added.values()))


@dataclass(frozen=True)
class Reallocation:
    """The choice at the margin beside that over the whole, and what moving today's spending would add."""

    margin: Choice
    whole: Choice

    @property
    def difference(self) -> float:
        """How much more the whole reallocation buys, in the user's measure; nought or more."""
        return self.whole.value - self.margin.value


class Shadow(NamedTuple):
    """What loosening a limit by `step` (pounds or posts) in every year would add to the value.

    `years` are those in which the choice leaves less room than a step. Where sizes come in chunks the gain hangs on
    the step.
    """

    kind: Kind
    whose: str
    years: tuple[str, ...]
    step: float
    gain: float


class Shadows(NamedTuple):
    """What each limit is worth loosened alone, those worth nothing left out, and what all are worth `together`."""

    together: float
    each: tuple[Shadow, ...]


class Give(NamedTuple):
    """A limit that stops an option, and by how much it must give."""

    limit: Limit
    by: float


@dataclass(frozen=True)
class Stopped:
    """Why nothing is bought: what stops the cheapest option, and what is bought once that gives.

    `option` is empty where no option may be chosen, or none buys any of the measure; `gives` runs from the limit that
    is furthest, as a share of its room, from letting the option in.
    """

    option: str = ""
    pounds: float = 0.0
    gives: tuple[Give, ...] = ()
    then: Choice | None = None


def choose(options: Sequence[Option], limits: Limits, *, moving: bool = False, confidence: int | None = None) -> Choice:
    """Return the sizes that buy most on average within the limits, on means or at a planning percentile of net cost.

    `moving` lets today's spending on the options move or end.

    Raises:
        ValueError: where options and limits do not fit each other.
    """
    kept, aside = sifted(options, limits)
    return _chosen(kept, limits, aside, _Way(rows(kept, limits, confidence), moving, confidence))


class _Way(NamedTuple):
    rows: tuple[Row, ...]
    moving: bool
    confidence: int | None


def _chosen(kept: Sequence[Option], limits: Limits, aside: tuple[Aside, ...], way: _Way) -> Choice:
    change, broken = best_change(kept, way.rows, way.moving), tuple[Limit, ...]()
    if change is None:
        broken = tuple(row.limit for row in way.rows if row.limit.room < 0)
        change = best_change(kept, [_at_least_nought(row) for row in way.rows], way.moving)
    if change is None:
        raise ArithmeticError("the solver found no choice where changing nothing is one")
    net_cost = np.zeros((len(limits.bodies), len(limits.years)))
    for option, more in zip(kept, change, strict=True):
        net_cost = net_cost + option.mean_cost * more
    added = {option.id: float(more) for option, more in zip(kept, change, strict=True)}
    sizes = {option.id: option.present + added[option.id] for option in kept}
    return Choice(sizes, added, _worth(kept, change), net_cost, aside, broken, way.moving, way.confidence)


def _at_least_nought(row: Row) -> Row:
    return replace(row, limit=replace(row.limit, room=max(row.limit.room, 0.0)))


def _worth(options: Sequence[Option], change: Floats) -> float:
    return float(sum(option.mean_value * more for option, more in zip(options, change, strict=True)))


def both_ways(options: Sequence[Option], limits: Limits) -> Reallocation:
    """Return what is chosen when programmes are only added to, and when today's spending on them may move too.

    The whole has every choice that the margin has, so it never buys less: where the margin cannot mend a limit that
    today breaks, the whole is not asked to either.
    """
    margin = choose(options, limits)
    if margin.already_broken:
        staff = {group: np.maximum(posts, 0.0) for group, posts in limits.staff.items()}
        limits = replace(limits, headroom=np.maximum(limits.headroom, 0.0), staff=staff)
    return Reallocation(margin, choose(options, limits, moving=True))


def shadows(options: Sequence[Option], limits: Limits, choice: Choice) -> Shadows:
    """Return what more of each limit would buy, each loosened by a stated step and the choice made again.

    A limit that no sizes could reach is passed over. Where all loosened together add nothing, no more is asked.
    """
    kept, aside = sifted(options, limits)
    way = _Way(rows(kept, limits, choice.confidence), choice.moved, choice.confidence)
    near = [row.limit for row in way.rows if _reach(kept, row, choice.moved) > row.limit.room]
    least = EXACT * max(abs(choice.value), _largest(kept))

    def gain(loose: Container[Limit]) -> float:
        looser = tuple(_loosened(row, _step(row.limit.kind)) if row.limit in loose else row for row in way.rows)
        return _chosen(kept, limits, aside, way._replace(rows=looser)).value - choice.value

    together = gain(near) if near else 0.0
    if together <= least:
        return Shadows(0.0, ())
    found = []
    for kind, whose in dict.fromkeys((limit.kind, limit.whose) for limit in near):
        of_one = [limit for limit in near if (limit.kind, limit.whose) == (kind, whose)]
        tight = tuple(row.limit.year for row in way.rows if row.limit in of_one and _tight(kept, row, choice))
        found.append(Shadow(kind, whose, tight, _step(kind), gain(of_one)))
    return Shadows(together, tuple(sorted((one for one in found if one.gain > least), key=lambda one: -one.gain)))


def _tight(options: Sequence[Option], row: Row, choice: Choice) -> bool:
    change = np.array([choice.added[option.id] for option in options])
    used = row.adding @ np.maximum(change, 0.0) - row.freeing @ np.maximum(-change, 0.0)
    return bool(row.limit.room - used < _step(row.limit.kind))


def _step(kind: Kind) -> float:
    return STAFF_STEP if kind == "staff" else POUND_STEP


def _loosened(row: Row, by: float) -> Row:
    return replace(row, limit=replace(row.limit, room=row.limit.room + by))


def _reach(options: Sequence[Option], row: Row, moving: bool) -> float:
    """Return the most that any sizes at all could take of a limit."""
    up = np.array([option.most - option.present for option in options])
    down = np.array([option.present if moving else 0.0 for option in options])
    return float(np.maximum(row.adding, 0.0) @ up + np.maximum(-row.freeing, 0.0) @ down)


def _largest(options: Sequence[Option]) -> float:
    """Return the value of the largest option at its greatest, against which rounding is judged."""
    return max((abs(option.mean_value) * option.most for option in options), default=0.0)


def why_nothing(options: Sequence[Option], limits: Limits, choice: Choice) -> Stopped | None:
    """Return why a choice buys nothing, and what it would buy if that gave; nothing where it does buy something.

    The cheapest option is the one whose smallest size is fewest pounds; £100,000 stands for the smallest size of one
    that takes any amount.
    """
    if not choice.nothing:
        return None
    kept, aside = sifted(options, limits)
    way = _Way(rows(kept, limits, choice.confidence), choice.moved, choice.confidence)
    wanted = [i for i, option in enumerate(kept) if option.mean_value > 0 and _first(option) > 0]
    for i in sorted(wanted, key=lambda i: _first(kept[i])):
        pounds = _first(kept[i])
        gives = [Give(row.limit, float(row.adding[i]) * pounds - row.limit.room) for row in way.rows]
        gives = [give for give in gives if give.by > EXACT]
        if gives:
            gives.sort(key=lambda give: -give.by / max(abs(give.limit.room), 1.0))
            by = {give.limit: give.by for give in gives}
            looser = tuple(_loosened(row, by.get(row.limit, 0.0)) for row in way.rows)
            then = _chosen(kept, limits, aside, way._replace(rows=looser))
            return Stopped(kept[i].id, pounds, tuple(gives), then)
    return Stopped()


def _first(option: Option) -> float:
    """Return the smallest addition it can have, in pounds a year; nought where it is at its greatest already."""
    if option.present:
        step = option.chunk or POUND_STEP
        return min(step, option.most - option.present)
    if option.chunk:
        return float(max(np.ceil(option.least / option.chunk - 1e-9), 1.0) * option.chunk)
    return option.least or min(POUND_STEP, option.most)
