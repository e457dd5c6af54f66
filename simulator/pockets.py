"""Who pays for prevention and who gains: wrong pockets, the transfers that would mend them, and when it pays back.

Flows are nominal pounds `[party, year, path]`: the bodies of the place in the engine's order, and last what falls
outside it. Gains are above nought where a party is better off, the other way round from a net cost. Nothing here
reckons beyond the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.money import HALF_PENNY
from simulator.summary import Chance, chance, quantiles

WINDOWS = (3, 5, 10)
"""Years from the start at which payback and returns are told."""
REAL_DISCOUNT = 0.035
"""The social time preference rate of HM Treasury's Green Book (2022), a year, for money in real terms."""


@dataclass(frozen=True)
class Purses:
    """What one shift does to every party, `[party, year, path]`, outside last.

    `invest` is what each pays for programmes, `cash` what its own lines let go, `paid` what agreements then take from
    it (below nought: bring it), `avoided` the value at average cost of the activity avoided, whether or not as cash.
    """

    invest: Floats
    cash: Floats
    paid: Floats
    avoided: Floats

    @property
    def back(self) -> Floats:
        """What each party gets back in cash, agreements included."""
        found: Floats = self.cash - self.paid
        return found

    @property
    def gains(self) -> Floats:
        """What each body of the place gains in cash less what it pays, `[agency, year, path]`."""
        found: Floats = (self.back - self.invest)[:-1]
        return found


@dataclass(frozen=True)
class Pockets:
    """Shares of what is paid and gained over the horizon in the mean, `[party]`, and how far they lie apart.

    `value` is by activity avoided at average cost, `cash` by cost let go; `settled_pays` and `settled_cash` count what
    agreements move as well. Shares are None where there is nothing to share; an index is None where either side is.
    """

    pays: Floats | None
    value: Floats | None
    cash: Floats | None
    settled_pays: Floats | None
    settled_cash: Floats | None
    value_index: float | None
    cash_index: float | None
    settled_index: float | None


class Transfers(NamedTuple):
    """What would leave no body worse off, `[agency]` or `[agency, year]` in pounds, in the mean of all futures.

    `needs` is what a body must receive and `spare` what it can give, both above nought; `receives` is what it does
    receive, or gives below nought, which adds up to nought. `after` is what each then gains. Where the place as a whole
    loses, `short` (a number, or `[year]`) is what no transfer covers: those who need share what there is pro rata.
    """

    needs: Floats
    spare: Floats
    receives: Floats
    after: Floats
    short: Floats


def worse_off(transfers: Transfers) -> Floats:
    """Return by how much each body stays worse off after transfers, shaped as `after`: `short` by body."""
    left: Floats = np.where(transfers.after < -HALF_PENNY, -transfers.after, 0.0)
    return left


@dataclass(frozen=True)
class Payback:
    """When one party's gains have made good what it paid. Years are counted from the start, the first being 1.

    `years` is how many the horizon shows. `crossover` `[path]` is the first year from which cumulative gains stay at or
    above nought to the horizon's end, infinite where there is none; P10, P50 and P90 of it are None where it lies
    beyond. `chances` by `WINDOWS` are None where the horizon is shorter. `peak` is P50 and P80 of the greatest
    cumulative deficit, `peak_year` P50 and P80 of its year over the paths that have one. A party that never pays has
    paid back in its first year.
    """

    years: int
    crossover: Floats
    p10: int | None
    p50: int | None
    p90: int | None
    chances: dict[int, Chance | None]
    peak: tuple[float, float]
    peak_year: tuple[int, int] | None


class Returned(NamedTuple):
    """What £1 paid has given back `years` from the start: sums over all futures, P10 and P90 of single ones.

    `cash` is with agreements, `value` the activity avoided at average cost; both also in real terms and discounted.
    """

    years: int
    cash: float
    cash_range: tuple[float, float]
    value: float
    value_range: tuple[float, float]
    cash_discounted: float
    value_discounted: float


def wrong_pocket_index(phi: Floats, beta: Floats) -> float:
    """Return half the sum of |phi - beta|: 0 where those who pay gain as they pay, 1 where they gain nothing.

    `phi` and `beta` are shares of pay and of gain over the same parties, what falls outside included.

    Raises:
        ValueError: when either does not add up to 1.
    """
    for shares in (phi, beta):
        if abs(float(shares.sum()) - 1) > 1e-9:
            raise ValueError(f"shares of pay and of gain add up to 1; these make {float(shares.sum()):.6f}")
    return float(0.5 * np.abs(phi - beta).sum())


def shares(amounts: Floats) -> Floats | None:
    """Return each party's share of amounts nought or more, `[party]`; None where there are none."""
    total = float(amounts.sum())
    return amounts / total if total > HALF_PENNY else None


def pockets(purses: Purses) -> Pockets:
    """Return who pays and who gains over the horizon, in the mean of all futures."""
    invest, cash, paid, avoided = (
        np.maximum(_mean(flow).sum(axis=1), low)
        for flow, low in ((purses.invest, 0.0), (purses.cash, 0.0), (purses.paid, -np.inf), (purses.avoided, 0.0))
    )
    pays, value, let_go = shares(invest), shares(avoided), shares(cash)
    settled_pays, settled_cash = shares(invest + np.maximum(paid, 0)), shares(cash + np.maximum(-paid, 0))
    return Pockets(
        pays,
        value,
        let_go,
        settled_pays,
        settled_cash,
        _index(pays, value),
        _index(pays, let_go),
        _index(settled_pays, settled_cash),
    )


def _index(phi: Floats | None, beta: Floats | None) -> float | None:
    return None if phi is None or beta is None else wrong_pocket_index(phi, beta)


def transfers_needed(gains: Floats) -> Transfers:
    """Return the transfers over the whole horizon, `[agency]`, that leave no body worse off in the mean."""
    return _transfers(_mean(gains).sum(axis=1))


def transfers_by_year(gains: Floats) -> Transfers:
    """Return the transfers of every year, `[agency, year]`, that leave no body worse off in it in the mean."""
    return _transfers(_mean(gains))


def _transfers(gains: Floats) -> Transfers:
    """Return transfers along the first axis: those who gain give pro rata, those who lose receive pro rata."""
    needs, spare = np.maximum(-gains, 0.0), np.maximum(gains, 0.0)
    need, room = needs.sum(axis=0), spare.sum(axis=0)
    moved = np.minimum(need, room)
    receives = needs * _part(moved, need) - spare * _part(moved, room)
    return Transfers(needs, spare, receives, gains + receives, need - moved)


def payback(gains: Floats, start: int) -> tuple[Payback, ...]:
    """Return when gains `[agency, year, path]` pay back, for each body and last for the place as one.

    `start` is the projected year, from nought, in which the shift begins. What a body still owes a lender at the
    horizon is no part of gains unless the caller takes it off their last year.

    Raises:
        ValueError: when the horizon ends before the start.
    """
    windows(gains.shape[1], start)
    return tuple(_payback(flow[start:]) for flow in (*gains, gains.sum(axis=0)))


def _payback(gains: Floats) -> Payback:
    """Return when one party's gains from the start, `[year, path]`, pay back."""
    years, paths = gains.shape
    sums = gains.cumsum(axis=0)
    # Rounding must not turn an even balance into one that never pays back.
    behind = sums < -HALF_PENNY
    last = np.where(behind.any(axis=0), years - np.argmax(behind[::-1], axis=0), 0)
    crossover = np.where(last < years, last + 1.0, np.inf)
    deficit, when = np.maximum(-sums.min(axis=0), 0.0), sums.argmin(axis=0) + 1
    in_need = when[deficit > HALF_PENNY]
    p10, p50, p90 = (_year(float(year)) for year in quantiles(crossover, (10, 50, 90)))
    peak, peak_year = quantiles(deficit, (50, 80)), quantiles(in_need, (50, 80)) if in_need.size else None
    return Payback(
        years,
        crossover,
        p10,
        p50,
        p90,
        {w: chance(int((crossover <= w).sum()), paths) if w <= years else None for w in WINDOWS},
        (float(peak[0]), float(peak[1])),
        None if peak_year is None else (int(peak_year[0]), int(peak_year[1])),
    )


def windows(horizon: int, start: int) -> tuple[int, ...]:
    """Return the years from the start at which returns are told: `WINDOWS`, cut at the horizon.

    Raises:
        ValueError: when the horizon ends before the start.
    """
    room = horizon - start
    if room < 1 or start < 0:
        raise ValueError(f"a shift that starts in projected year {start} is not within a horizon of {horizon} years")
    return (*(w for w in WINDOWS if w <= room), *((room,) if room < WINDOWS[-1] and room not in WINDOWS else ()))


def returned(purses: Purses, deflators: Floats, start: int) -> dict[int, tuple[Returned, ...]]:
    """Return what £1 gives back at each of `windows`, by body (its place in order), and for the place under -1.

    `deflators` are prices, `[year]` or `[year, path]`, 1 in the base year. The value of the place counts what falls
    outside, its cash does not; a body that pays nothing has no return.

    Raises:
        ValueError: when the horizon ends before the start.
    """
    at = windows(purses.invest.shape[1], start)
    prices = deflators[:, None] if deflators.ndim == 1 else deflators
    found = {}
    for party in (*range(len(purses.invest) - 1), -1):
        whole, of = party == -1, slice(party, party + 1)
        paid, cash, value = (
            flow[chosen].sum(axis=0)[start:]
            for flow, chosen in (
                (purses.invest, slice(None) if whole else of),
                (purses.back, slice(-1) if whole else of),
                (purses.avoided, slice(None) if whole else of),
            )
        )
        if paid.sum() > HALF_PENNY:
            found[party] = tuple(_returned((paid, cash, value), prices[start:], years) for years in at)
    return found


def _returned(flows: tuple[Floats, Floats, Floats], prices: Floats, years: int) -> Returned:
    """Return what £1 has given in some years, from what was paid, what came back and what was avoided."""
    discount = (1 + REAL_DISCOUNT) ** np.arange(years)[:, None] * prices[:years]
    paid, cash, value = (flow[:years].sum(axis=0) for flow in flows)
    real_paid, real_cash, real_value = (float((flow[:years] / discount).sum()) for flow in flows)
    spent = max(float(paid.sum()), HALF_PENNY)
    return Returned(
        years,
        float(cash.sum()) / spent,
        _range(cash, paid),
        float(value.sum()) / spent,
        _range(value, paid),
        real_cash / max(real_paid, HALF_PENNY),
        real_value / max(real_paid, HALF_PENNY),
    )


def _range(got: Floats, paid: Floats) -> tuple[float, float]:
    """Return P10 and P90 over paths of what each £1 gave; a path on which nothing was paid gives nought."""
    low, high = quantiles(_part(got, paid), (10, 90))
    return float(low), float(high)


def _part(amounts: Floats, of: Floats) -> Floats:
    return np.divide(amounts, of, out=np.zeros_like(amounts), where=of > 0)


def _mean(flow: Floats) -> Floats:
    mean: Floats = flow.mean(axis=-1)
    return mean


def _year(found: float) -> int | None:
    return int(found) if np.isfinite(found) else None
