"""What no body controls, written plainly: streams, drivers and events for `plain_double`.

It shares no code with `simulator` and reads the compiled terms only. Every array is over all paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from simulator.compiled import Compiled, EventTerms, Pair

Floats = npt.NDArray[np.float64]


@dataclass
class Luck:
    """Every stream on all paths: 1,000 paths to a key, 1,000 words to a year."""

    seed: int
    paths: int
    kept: dict[tuple[str, int], Floats] = field(default_factory=dict)

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return `[rows, paths]` uniforms between 0 and 1, neither included."""
        blocks = -(-self.paths // 1_000)
        drawn = np.empty((rows, blocks * 1_000))
        for block in range(blocks):
            digest = blake2b(f"{self.seed}|v1|{name}|{block}".encode(), digest_size=16).digest()
            key = np.array([int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")], np.uint64)
            words = np.random.Philox(key=key).random_raw(rows * 1_000).reshape(rows, 1_000)
            drawn[:, block * 1_000 : (block + 1) * 1_000] = ((words >> np.uint64(12)) + 0.5) * 2.0**-52
        return drawn[:, : self.paths]

    def normals(self, name: str, rows: int) -> Floats:
        """Return `[rows, paths]` standard normals."""
        if (name, rows) not in self.kept:
            self.kept[name, rows] = ndtri(self.uniforms(name, rows))
        return self.kept[name, rows]


@dataclass(frozen=True)
class Course:
    """A driver, `[year, path]`: surprise and level, as they came and as a budget foresaw them."""

    surprise: Floats
    foreseen: Floats
    level: Floats
    expected: Floats


class World:
    """Every driver, nationally (agency `None`) and as each body meets it, and every event."""

    def __init__(self, terms: Compiled, seed: int, paths: int) -> None:
        self.terms, self.luck, self.years, self.paths = terms, Luck(seed, paths), terms.horizon, paths
        self.jumps = {k: self.nought() for k in range(len(terms.drivers))}
        for event in terms.events:
            if event.driver is not None:
                self.jumps[event.driver] += self.struck(event, f"event/{event.id}")
        self.courses: dict[tuple[int | None, int], Course] = {}
        for agency in [None, *range(len(terms.agency_ids))]:
            for k in range(len(terms.drivers)):
                if agency is None or self._differs(k):
                    self.courses[agency, k] = self._course(k, agency)

    def nought(self) -> Floats:
        """Return nought for every year and path."""
        return np.zeros((self.years, self.paths))

    def met(self, k: int, agency: int | None) -> Course:
        """Return driver `k` as a body meets it."""
        return self.courses[agency, k] if (agency, k) in self.courses else self.courses[None, k]

    def price(self, k: int, t: int, agency: int | None, expected: bool) -> Floats:
        """Return the index of a growth driver (1 in the base year), or a level in points, `[path]`."""
        driver, course = self.terms.drivers[k], self.met(k, agency)
        level = course.expected[t] if expected else course.level[t]
        value: Floats = np.exp(level) if driver.is_growth else level
        if driver.floor:
            least = self.price(driver.floor.driver, t, agency, expected) / driver.floor.ratio
            value = (1 - driver.floor.share) * value + driver.floor.share * np.maximum(value, least)
        return value

    def views(self, k: int | None, agency: int) -> Floats:
        """Return a driver's index as it came, as expected and as the nation met it, `[3, year, path]`."""
        index = np.ones((3, self.years, self.paths))
        for t in range(self.years if k is not None else 0):
            for view, (who, expected) in enumerate([(agency, False), (agency, True), (None, False)]):
                index[view, t] = self.price(k or 0, t, who, expected)
        return index

    def pair(self, pair: Pair, agency: int) -> Floats:
        """Return demand to its elasticity times the prices of a basket, `[3, year, path]`."""
        price = np.full((3, self.years, self.paths), 0.0 if pair.basket else 1.0)
        for k, share in pair.basket:
            price += share * self.views(k, agency)
        if pair.subsidy:
            rent, ceiling = pair.subsidy
            price = np.where(rent * price > ceiling, rent * price - ceiling, 0.0) / (rent - ceiling)
        demand = self.views(pair.demand, agency)
        return price * (demand if pair.elasticity == 1 else demand**pair.elasticity)

    def struck(self, event: EventTerms, name: str) -> Floats:
        """Return the net size of what strikes in each year: four uniforms a year, used or not."""
        u, size = self.luck.uniforms(name, 4 * self.years), self.nought()
        for t in range(self.years):
            if event.normal:
                size[t] = event.normal[0] + event.normal[1] * ndtri(u[4 * t + 1])
            elif event.triangle:
                size[t] = _triangle(u[4 * t + 1], *event.triangle)
            if event.funded:
                size[t] *= 1 - (event.funded[0] + (event.funded[1] - event.funded[0]) * u[4 * t + 2])
            size[t] *= u[4 * t] < event.chance[t]
        return size

    def _differs(self, k: int) -> bool:
        """Whether a body meets a driver otherwise than the nation does."""
        driver = self.terms.drivers[k]
        moves = driver.spread.any() or driver.trend or driver.transitory
        rests_on = [other for other, _, _ in driver.follows] + ([driver.floor.driver] if driver.floor else [])
        own = driver.own_level is not None or bool(moves and driver.system_share < 1)
        return own or any(self._differs(other) for other in rests_on)

    def _unit(self, k: int, part: str, rows: int, prefix: str) -> Floats:
        """Return unit normals that share the factors; transitory noise shares none."""
        driver = self.terms.drivers[k]
        mixed = self.luck.normals(f"{prefix}driver/{driver.id}/{part}", rows)
        if part == "transitory":
            return mixed
        mixed = driver.private * mixed
        for factor, loading in driver.loadings:
            mixed = mixed + loading * self.luck.normals(f"{prefix}factor/{factor}/{part}", rows)
        return mixed

    def _own(self, k: int, part: str, rows: int, agency: int) -> Floats:
        return self._unit(k, part, rows, f"own/{self.terms.agency_ids[agency]}/")

    def _shocks(self, k: int, part: str, rows: int, agency: int | None) -> Floats:
        """Return national and own shocks in the proportion of the system share."""
        driver, national = self.terms.drivers[k], self._unit(k, part, rows, "")
        if driver.own_level:
            return national if part == "trend" else sqrt(driver.system_share) * national
        shared = sqrt(driver.system_share) * national
        if agency is None or driver.system_share == 1:
            return shared
        return shared + sqrt(1 - driver.system_share) * self._own(k, part, rows, agency)

    def _slow(self, k: int, agency: int | None) -> tuple[Floats, Floats]:
        """Return the trend error or slow state, and what budgets learnt of it: nothing in a confirmed year."""
        driver, slow, learnt = self.terms.drivers[k], self.nought(), self.nought()
        phi = driver.trend_persistence
        if driver.trend:
            z = self._shocks(k, "trend", self.years if phi < 1 else 1, agency)
            slow[0] = driver.trend * z[0]
            for t in range(1, self.years):
                fresh = driver.trend * sqrt(1 - phi**2) * z[t] if phi < 1 else 0.0
                slow[t] = phi * slow[t - 1] + fresh
                if driver.live[t - 1]:
                    missed = slow[t - 1] - learnt[t - 1]
                    learnt[t] = phi * (learnt[t - 1] + self.terms.budget_learning * missed)
                else:
                    learnt[t] = phi * learnt[t - 1]
        return slow, learnt

    def _reviewed(self) -> tuple[Floats, Floats]:
        """Return the growth reviews bring, held until the next, and what of it budgets know."""
        review, growth, known = self.terms.review, self.nought(), self.nought()
        if review:
            u = self.luck.uniforms("spending_review", self.years)
            for t in range(self.years):
                growth[t] = known[t] = growth[t - 1] if t else 0.0
                if review.starts[t]:
                    state = (u[t] >= review.cumulative[:, None]).sum(axis=0)
                    growth[t], known[t] = review.growth[np.minimum(state, len(review.growth) - 1)], 0.0
        return growth, known

    def _course(self, k: int, agency: int | None) -> Course:
        driver, surprise, foreseen = self.terms.drivers[k], self.nought(), self.nought()
        shocks = self._shocks(k, "shock", self.years, agency) if driver.spread.any() else self.nought()
        slow, learnt = self._slow(k, agency)
        of_review = self.terms.review is not None and self.terms.review.driver == k
        review, known = self._reviewed() if of_review else (self.nought(), self.nought())
        state = np.zeros(self.paths)
        for t in range(self.years):
            hope = driver.persistence * state + learnt[t] + known[t]
            state = driver.live[t] * (driver.persistence * state + driver.spread[t] * shocks[t] + self.jumps[k][t])
            full = state + slow[t] + review[t]
            if driver.announced:
                hope = state + learnt[t] + known[t]
            for other, lag, weight in driver.follows:
                if t >= lag:
                    source = self.met(other, agency)
                    full += weight * source.surprise[t - lag]
                    hope += weight * (source.surprise if lag else source.foreseen)[t - lag]
            surprise[t] = driver.live[t] * full + driver.surprise[t]
            foreseen[t] = driver.live[t] * hope
        return self._levels(k, agency, surprise, foreseen)

    def _levels(self, k: int, agency: int | None, surprise: Floats, foreseen: Floats) -> Course:
        """Return points for a level; for growth the log of an index, which a budget rebases each year."""
        driver, level, expected = self.terms.drivers[k], self.nought(), self.nought()
        walk, last, noise = np.zeros(self.paths), np.zeros(self.paths), self._noise(k, agency)
        for t in range(self.years):
            if driver.is_growth:
                walk = walk + np.log1p(driver.central[t]) + surprise[t]
                expected[t] = last + np.log1p(driver.central[t]) + foreseen[t]
                level[t] = last = walk + noise[t]
            else:
                level[t], expected[t] = driver.central[t] + surprise[t], driver.central[t] + foreseen[t]
        return Course(surprise, foreseen, level, expected)

    def _noise(self, k: int, agency: int | None) -> Floats:
        """Return level noise: transitory unless confirmed, or an own reverting level since the base year."""
        driver, own, noise = self.terms.drivers[k], self.terms.drivers[k].own_level, self.nought()
        if own is None and driver.transitory:
            drawn = self._shocks(k, "transitory", self.years, agency)
            for t in range(self.years):
                noise[t] = driver.transitory * drawn[t] if driver.live[t] else 0.0
        if own is None or agency is None:
            return noise
        spread = own.spread * self.terms.own_risk_share
        base = spread / sqrt(1 - own.persistence**2) * self._own(k, "start", 1, agency)[0]
        shocks, level = self._own(k, "shock", self.years, agency), base
        wash = own.transitory * self._own(k, "transitory", self.years + 1, agency) if own.transitory else None
        for t in range(self.years):
            level = own.persistence * level + spread * shocks[t]
            noise[t] = level - base + (wash[t + 1] - wash[0] if wash is not None else 0.0)
        return noise


def _triangle(u: Floats, low: float, mode: float, high: float) -> Floats:
    if high == low:
        return np.full_like(u, low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u * (high - low) < mode - low, rising, falling)
