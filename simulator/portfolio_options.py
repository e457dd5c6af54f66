"""What a portfolio is chosen from and within: options, the limits on them, and which options cannot stand in it.

An option is a programme at any size up to its greatest. Sizes are pounds a year at base-year prices; what each pound
does to the bodies' budgets and buys for people comes from the engine as arrays, so nothing here simulates. What is
not known is NaN, and an option with a gap is set aside and listed: it is never valued at nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np

from simulator.compiled import Floats
from simulator.summary import quantiles

WHOLE = 1e-9
"""How far a size may lie from a whole multiple, as a share of it: rounding and no more."""

Kind = Literal["headroom", "staff", "total"]


@dataclass(frozen=True)
class Option:
    """A programme that may be chosen at `least` to `most` pounds a year, or not at all.

    `net_cost` `[agency, year, path]` is the net budget cost of £1 a year of it, below nought where it saves; `value`
    `[path]` is what that £1 buys over the horizon in the user's measure. NaN says that a figure is not known. `staff`
    is posts by group and year for £1 a year; a group left out is not needed. `scores` run from 0 to 1 by principle.
    `one_list` names the savings (or options) that count the same cost reduction. `chunk` is 0 where any amount will do;
    `present` is what is spent on it today.
    """

    id: str
    name: str
    least: float
    most: float
    chunk: float
    net_cost: Floats
    value: Floats
    staff: Mapping[str, Floats] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    one_list: frozenset[str] = frozenset()
    present: float = 0.0

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be.

        Raises:
            ValueError: where bounds cross, no whole multiple fits, or what is spent today is not a size it can have.
        """
        if not 0 <= self.least <= self.most < np.inf or self.chunk < 0:
            raise ValueError(f"{self.id}: sizes run from nought or more up to a finite `most`, `chunk` nought or more")
        if self.chunk and max(np.ceil(self.least / self.chunk - WHOLE), 1) * self.chunk > self.most * (1 + WHOLE):
            raise ValueError(f"{self.id}: no whole multiple of {self.chunk:,.0f} lies between its least and its most")
        whole = not self.chunk or abs(self.present / self.chunk - round(self.present / self.chunk)) < WHOLE
        if self.present and not (self.least <= self.present <= self.most and whole):
            raise ValueError(f"{self.id}: what is spent today, {self.present:,.0f}, is not a size it can have")

    @cached_property
    def mean_cost(self) -> Floats:
        """Mean net cost of £1 a year, `[agency, year]`."""
        mean: Floats = self.net_cost.mean(axis=2)
        return mean

    @cached_property
    def mean_value(self) -> float:
        """What £1 a year buys on average."""
        return float(self.value.mean())

    def fits(self, size: float) -> float:
        """Return the greatest size it can have that is not above `size`; nought where that is below its least."""
        size = min(size, self.most)
        size = np.floor(size / self.chunk + WHOLE) * self.chunk if self.chunk else size
        return float(size) if size >= self.least else 0.0


@dataclass(frozen=True)
class Limits:
    """What a portfolio keeps within; all are limits on change from what is spent and employed today.

    `headroom` `[agency, year]` is in pounds of net cost, infinite where a body has no limit; `staff` in posts by group
    `[year]`; `total` in pounds a year. `least_scores` by principle are hard: below one, an option is not chosen.
    `counted` are savings that stand in a plan already. `rooms` `[agency, year, path]`, if given, is what each body has
    on each path, against which a choice is proved; otherwise `headroom` is taken on every path.
    """

    bodies: tuple[str, ...]
    years: tuple[str, ...]
    headroom: Floats
    staff: Mapping[str, Floats] = field(default_factory=dict)
    total: float = np.inf
    least_scores: Mapping[str, float] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()
    rooms: Floats | None = None
    sectors: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse limits of another shape than bodies and years.

        Raises:
            ValueError: where an array does not fit, or the total is below nought.
        """
        shape = (len(self.bodies), len(self.years))
        if self.headroom.shape != shape or (self.rooms is not None and self.rooms.shape[:2] != shape):
            raise ValueError(f"room is given for {shape[0]} bodies by {shape[1]} years")
        if any(posts.shape != shape[1:] for posts in self.staff.values()) or self.total < 0:
            raise ValueError("staff is posts for each year, and a total is nought or more")


@dataclass(frozen=True)
class Limit:
    """One limit: whose (a body or a staff group; empty for the total), in which year, and how much room it leaves."""

    kind: Kind
    whose: str
    year: str
    room: float


@dataclass(frozen=True)
class Row:
    """A limit with what £1 a year of each option takes from it when added, and gives back when taken away."""

    limit: Limit
    adding: Floats
    freeing: Floats


@dataclass(frozen=True)
class Gap:
    """A figure that an option lacks: `what`, and for which body of which sector; both empty where it is the place's."""

    option: str
    what: str
    body: str = ""
    sector: str = ""


@dataclass(frozen=True)
class Aside:
    """An option that cannot be in the choice, why, and which figures it lacks."""

    option: str
    reason: str
    gaps: tuple[Gap, ...] = ()


def gaps(option: Option, limits: Limits) -> tuple[Gap, ...]:
    """Return each figure that an option lacks, by body and sector, so that silence never passes for nought."""
    # A mean over paths is NaN where any path is.
    lacking = np.asarray(np.isnan(option.mean_cost).any(axis=1))
    found = [
        Gap(option.id, "net cost", body, limits.sectors.get(body, ""))
        for body, lacks in zip(limits.bodies, lacking, strict=True)
        if lacks
    ]
    if np.isnan(option.mean_value):
        found.append(Gap(option.id, "value"))
    found += [Gap(option.id, f"score on {name}") for name in limits.least_scores if name not in option.scores]
    found += [Gap(option.id, f"posts of {group}") for group, posts in option.staff.items() if np.isnan(posts).any()]
    return tuple(found)


def sifted(options: Sequence[Option], limits: Limits) -> tuple[tuple[Option, ...], tuple[Aside, ...]]:
    """Return the options that may be chosen, and those set aside: for a gap, a hard limit or a saving counted already.

    Raises:
        ValueError: where two options have one id, or an option's arrays do not fit the limits.
    """
    if len({option.id for option in options}) < len(options):
        raise ValueError("each option has an id of its own")
    shape = (len(limits.bodies), len(limits.years))
    kept: list[Option] = []
    aside: list[Aside] = []
    for option in options:
        if option.net_cost.shape[:2] != shape or option.net_cost.shape[2] != option.value.shape[0]:
            raise ValueError(f"{option.id}: net cost is by body, year and path, and value by path")
        why = _why_aside(option, limits)
        if why:
            aside.append(why)
        else:
            kept.append(option)
    return tuple(kept), tuple(aside)


def _why_aside(option: Option, limits: Limits) -> Aside | None:
    lacking = gaps(option, limits)
    if lacking:
        return Aside(option.id, "figures are not known", lacking)
    for principle, least in limits.least_scores.items():
        if option.scores[principle] < least:
            return Aside(option.id, f"scores {option.scores[principle]:.2f} on {principle}, below {least:.2f}")
    twice = sorted(option.one_list & limits.counted)
    return Aside(option.id, f"its saving is counted already: {', '.join(twice)}") if twice else None


def clashes(options: Sequence[Option]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of options, by place, that would count one cost reduction twice: only one may be added to."""
    named = [option.one_list | {option.id} for option in options]
    return tuple((i, j) for i, j in combinations(range(len(options)), 2) if named[i] & named[j])


def rows(options: Sequence[Option], limits: Limits, confidence: int | None = None) -> tuple[Row, ...]:
    """Return the limits in pounds and posts as rows over the options; infinite ones bind nothing and are left out.

    At a `confidence` (per cent) each option's own net cost is taken at that percentile, and what ending it frees at
    the opposite one: as though all went wrong together, which the percentile of their sum never passes when they
    move together and seldom passes otherwise. Without one, means are taken.
    """
    return tuple(_rows(options, limits, confidence))


def _rows(options: Sequence[Option], limits: Limits, confidence: int | None) -> Iterator[Row]:
    shape = (len(options), len(limits.bodies), len(limits.years))
    if confidence is None:
        adding = freeing = np.reshape([option.mean_cost for option in options], shape)
    else:
        cuts = [quantiles(option.net_cost, (confidence, 100 - confidence)) for option in options]
        adding, freeing = np.reshape([cut[0] for cut in cuts], shape), np.reshape([cut[1] for cut in cuts], shape)
    for a, body in enumerate(limits.bodies):
        for t, year in enumerate(limits.years):
            if np.isfinite(limits.headroom[a, t]):
                limit = Limit("headroom", body, year, float(limits.headroom[a, t]))
                yield Row(limit, adding[:, a, t], freeing[:, a, t])
    nobody = np.zeros(len(limits.years))
    for group, posts in limits.staff.items():
        for t, year in enumerate(limits.years):
            each = np.array([option.staff.get(group, nobody)[t] for option in options], dtype=float)
            yield Row(Limit("staff", group, year, float(posts[t])), each, each)
    if np.isfinite(limits.total):
        pounds = np.ones(len(options))
        yield Row(Limit("total", "", "", limits.total), pounds, pounds)
