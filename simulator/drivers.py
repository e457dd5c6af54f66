"""Drivers: what no body controls, drawn once per path and shared by every variant.

log level(t) = log level(t-1) + log(1 + central(t)) + surprise(t), where surprise = trend error or
slow state + AR(1) shock + own part + what links hand over + stated surprise (`docs/method.md`).
The expected surprise is the closed form on the path's own history: what a budget could know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.compiled import Compiled, DriverTerms, Floats
from simulator.events import EventBlock, Strikes, costed, strikes
from simulator.links import taken_over
from simulator.streams import BlockDraws, CentralDraws, Draws

NATIONAL = -1
ACTUAL, EXPECTED = 0, 1
"""Where two of the `Views` stand."""


@dataclass(frozen=True)
class Future:
    """One driver on one block: its level as it turned out and as last expected, `[year, path]`.

    For a growth driver both are logs of an index that is 1 in the base year; otherwise points.
    """

    level: Floats
    expected: Floats


class Views(NamedTuple):
    """One quantity `[year, path]`: as it turned out, as the budget expected it, and with own shocks at nought."""

    actual: Floats
    expected: Floats
    national: Floats


@dataclass(frozen=True)
class DriverBlock:
    """Every driver and event on one block of paths, nationally and for each body.

    `disputed` is what a body adds to a driver, `[year]`, or `[year, path]` where paths are tried side by side.
    """

    terms: tuple[DriverTerms, ...]
    futures: dict[tuple[int, int], Future]
    events: EventBlock
    draws: Draws
    disputed: Mapping[tuple[int, int], Floats]

    def future(self, driver: int, agency: int, believed: bool = True) -> Future:
        """Return a driver as `agency` meets and believes it; `NATIONAL` has every body's own shocks at nought."""
        # A driver that a body never meets has no version of its own.
        shared = self.futures.get((agency, driver)) or self.futures[(NATIONAL, driver)]
        apart = self.disputed.get((agency, driver)) if believed else None
        if apart is None:
            return shared
        more = apart.reshape(len(apart), -1)
        return Future(shared.level + more, shared.expected + more)


@dataclass(frozen=True)
class DriverPaths:
    """A recipe for every path: blocks are drawn, dropped and redrawn at will."""

    compiled: Compiled
    seed: int

    def block(self, number: int, count: int = 1) -> DriverBlock:
        """Return `count` blocks from `number` on, the same every time they are asked for."""
        return draw_block(self.compiled, BlockDraws(self.seed, number, count))

    def central(self) -> DriverBlock:
        """Return the central case: one path on which every shock is nought."""
        return draw_block(self.compiled, CentralDraws())


def draw_block(compiled: Compiled, draws: Draws) -> DriverBlock:
    """Draw every driver and event of one block."""
    struck = strikes(compiled, draws)
    events = costed(compiled, struck, draws.paths)
    return DriverBlock(compiled.drivers, futures(compiled, draws, struck), events, draws, compiled.disputed)


def futures(compiled: Compiled, draws: Draws, struck: Strikes) -> dict[tuple[int, int], Future]:
    """Draw every driver of one block, nationally and for each body that meets it in its own way."""
    luck = _Luck(compiled, draws)
    national = _Version(luck, struck, NATIONAL, [])
    found = {(NATIONAL, k): future for k, future in national.futures.items()}
    for agency in range(len(compiled.agency_ids)):
        own = _Version(luck, struck, agency, national.parts)
        found |= {(agency, k): future for k, future in own.futures.items()}
    return found


class _Luck:
    """The shocks of one block; national ones are drawn once and kept for every body."""

    def __init__(self, compiled: Compiled, draws: Draws) -> None:
        self.compiled, self.draws, self.years = compiled, draws, compiled.horizon
        self.kept: dict[tuple[str, str], Floats] = {}

    def _mixed(self, terms: DriverTerms, prefix: str, part: str, rows: int) -> Floats:
        """Return unit normals whose correlations are those of the loadings, `[rows, path]`."""
        drawn = self.draws.normals(f"{prefix}driver/{terms.id}/{part}", rows)
        if part == "transitory":
            return drawn
        mixed = terms.private * drawn
        for name, loading in terms.loadings:
            mixed = mixed + loading * self._factor(f"{prefix}factor/{name}/{part}", rows)
        return mixed

    def _factor(self, name: str, rows: int) -> Floats:
        key = (name, str(rows))
        if key not in self.kept:
            self.kept[key] = self.draws.normals(name, rows)
        return self.kept[key]

    def own(self, terms: DriverTerms, agency: int, part: str, rows: int) -> Floats:
        """Return unit shocks of one driver that only `agency` meets."""
        return self._mixed(terms, f"own/{self.compiled.agency_ids[agency]}/", part, rows)

    def shocks(self, terms: DriverTerms, agency: int, part: str, rows: int) -> Floats:
        """Return the unit shocks of one driver as `agency` meets them."""
        key = (terms.id, part)
        if key not in self.kept:
            self.kept[key] = self._mixed(terms, "", part, rows)
        shared = self.kept[key]
        share = terms.system_share
        if share == 1 or (terms.own_level and part == "trend"):
            return shared
        national: Floats = np.sqrt(share) * shared
        if agency == NATIONAL or terms.own_level:
            return national
        own: Floats = np.sqrt(1 - share) * self.own(terms, agency, part, rows)
        return national + own


@dataclass(frozen=True)
class _Parts:
    """A driver's surprises as they turned out and as a budget could foresee them, `[year, path]`."""

    surprise: Floats
    foreseen: Floats


class _Version:
    """Every driver of one block in one version: national, or as one body meets it."""

    def __init__(self, luck: _Luck, events: Strikes, agency: int, national: list[_Parts]) -> None:
        self.compiled, self.luck, self.events, self.agency = luck.compiled, luck, events, agency
        self.parts: list[_Parts] = []
        self.futures: dict[int, Future] = {}
        for k, terms in enumerate(self.compiled.drivers):
            if agency == NATIONAL or (terms.has_own and k in self.compiled.met[agency]):
                self.parts.append(self.surprises(k, terms))
                self.futures[k] = self.future(terms, self.parts[k])
            else:
                self.parts.append(national[k])

    def surprises(self, k: int, terms: DriverTerms) -> _Parts:
        """Return a driver's surprises and what of them a budget could foresee."""
        years, paths, events = self.luck.years, self.luck.draws.paths, self.events
        shocks = self.luck.shocks(terms, self.agency, "shock", years) if terms.moves else None
        trend, learnt = self.trend(terms)
        review = self.compiled.review
        surprise, foreseen = np.empty((years, paths)), np.empty((years, paths))
        followed, expected = [p.surprise for p in self.parts], [p.foreseen for p in self.parts]
        state = np.zeros(paths)
        for t in range(years):
            hope = terms.persistence * state + learnt[t] + taken_over(terms, t, followed, expected)
            state = terms.persistence * state
            if shocks is not None:
                state = state + terms.spread[t] * shocks[t]
            if k in events.jumps:
                state = state + events.jumps[k][t]
            state = state * terms.live[t]
            if terms.announced:
                hope = state + learnt[t] + taken_over(terms, t, followed, expected)
            full = state + trend[t] + taken_over(terms, t, followed)
            if review and review.driver == k and events.review is not None and events.review_known is not None:
                full, hope = full + events.review[t], hope + events.review_known[t]
            surprise[t] = full * terms.live[t] + terms.surprise[t]
            foreseen[t] = hope * terms.live[t]
        return _Parts(surprise, foreseen)

    def trend(self, terms: DriverTerms) -> tuple[Floats, Floats]:
        """Return the trend error or slow state by year and what a budget has learnt of it."""
        shape = (self.luck.years, self.luck.draws.paths)
        trend, learnt = np.zeros(shape), np.zeros(shape)
        if not terms.trend:
            return trend, learnt
        slow, learns = terms.trend_persistence, self.compiled.budget_learning
        innovation = terms.trend * np.sqrt(1 - slow**2)
        z = self.luck.shocks(terms, self.agency, "trend", self.luck.years if slow < 1 else 1)
        trend[0] = terms.trend * z[0]
        for t in range(1, self.luck.years):
            trend[t] = slow * trend[t - 1] + (innovation * z[t] if slow < 1 else 0.0)
            seen = learns * terms.live[t - 1]
            learnt[t] = slow * (learnt[t - 1] + seen * (trend[t - 1] - learnt[t - 1]))
        return trend, learnt

    def future(self, terms: DriverTerms, parts: _Parts) -> Future:
        """Return a driver's level as it turned out and as last expected."""
        if not terms.is_growth:
            central = terms.central[:, None]
            return Future(central + parts.surprise, central + parts.foreseen)
        growth = np.log1p(terms.central)[:, None]
        level = np.cumsum(growth + parts.surprise, axis=0) + self.noise(terms)
        last = np.concatenate([np.zeros((1, level.shape[1])), level[:-1]])
        return Future(level, last + growth + parts.foreseen)

    def noise(self, terms: DriverTerms) -> Floats | float:
        """Return level noise: transitory, or the body's own reverting level since the base year."""
        own, luck, years = terms.own_level, self.luck, self.luck.years
        if own is None:
            if not terms.transitory:
                return 0.0
            return terms.transitory * terms.live[:, None] * luck.shocks(terms, self.agency, "transitory", years)
        if self.agency == NATIONAL:
            return 0.0
        scale = own.spread * self.compiled.own_risk_share
        start = scale / np.sqrt(1 - own.persistence**2) * luck.own(terms, self.agency, "start", 1)[0]
        shocks, level = luck.own(terms, self.agency, "shock", years), start
        noise = np.empty((years, luck.draws.paths))
        for t in range(years):
            level = own.persistence * level + scale * shocks[t]
            noise[t] = level - start
        if own.transitory:
            wash = own.transitory * luck.own(terms, self.agency, "transitory", years + 1)
            noise += wash[1:] - wash[0]
        return noise * terms.live[:, None]
