"""When a body sees what its futures hold: the calendar of budgets and monitoring, and the earliest signal to watch.

The months are those of usual practice, a judgement of Headroom's: no law but that of the budget itself sets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from simulator.compiled import Bools, Floats
from simulator.frozen import EVENTS, Part
from simulator.observed import Observed, delivered
from simulator.one_driver import SAVINGS
from simulator.summary import Z95, Chance, chance

WORST = 0.2
FEWEST = 30
"""Futures that fail, and that do not, below which no signal is told."""


class Calendar(NamedTuple):
    """When a year of a budget is set, first looked at, looked at again, and closed, in words."""

    budget: str
    first: str
    later: str
    outturn: str
    next_budget: str


def calendar(year: str, local: bool = True) -> Calendar:
    """Return the months in which a body sees a financial year."""
    start = int(year[:4])
    if local:
        return Calendar(
            f"February to early March {start}",
            f"July {start}",
            f"October {start} and January {start + 1}",
            f"May {start + 1}",
            f"February to early March {start + 1}",
        )
    return Calendar(
        f"March {start}",
        f"July {start}",
        f"every month to April {start + 1}",
        f"May {start + 1}",
        f"March {start + 1}",
    )


MONTHS = ("April", "May", "June", "July", "August", "September", "October", "November", "December", "January",
          "February", "March")  # fmt: skip


def month(year: str, share: float) -> str:
    """Return the month in which a share of a financial year has passed: `October 2028`; a half is the end of September.

    A share at or below nought is the first month, at or above one the last.
    """
    place = int(np.clip(np.ceil(12 * share - 1e-9), 1, 12)) - 1
    return f"{MONTHS[place]} {int(year[:4]) + (place >= 9)}"


_MONITORED = "quarterly budget monitoring (reports in July, October and January, outturn in May)"
PUBLISHED = {
    "cpi": "published each month by the Office for National Statistics",
    "earnings": "published each month by the Office for National Statistics",
    "living_wage": "announced by the government in the autumn before April",
    "pay_award": "agreed nationally in the course of the year, then in the next monitoring report",
    "nhs_pay": "announced by the government after the pay review bodies report, then in the next monthly return",
    "nhs_price": "in the NHS payment scheme and its yearly uplift, before April",
    "nhs_efficiency": "in the NHS payment scheme and its yearly uplift, before April",
    "bank_rate": "decided by the Bank of England about eight times a year",
    "borrowing_rate": "published each working day by the Debt Management Office",
    "rates_multiplier": "prices of September, published in October",
    "rates_base": "the January return of business rates (NNDR1), and the council's own rating list each month",
    "grants": "the provisional settlement in December, the final one in February",
    "icb_allocation": "allocations with the planning guidance, before April",
    "tax_base": "the council tax base that is set in December and January, and the council's own list each month",
    "tax_support_caseload": "the council's own caseload each month",
    "collection": "the council's own collection figures each month",
    "looked_after": "the council's own case records each month; national statistics in November",
    "placement_cost": f"prices of new placements as they are made, and {_MONITORED}",
    "send": "new plans and placements as they are made; national statistics in June",
    "care_fees": f"fees are agreed before April; {_MONITORED}",
    "pension_rate": "the triennial valuation, in draft in the autumn before it takes effect",
}
"""When drivers of the shipped beliefs are seen, by their ids; any other is seen in the body's own monitoring."""


def published(part: str, local: bool) -> str:
    """Return when and where a driver is seen, in words."""
    return PUBLISHED.get(part, _MONITORED if local else "the monthly returns to NHS England")


@dataclass(frozen=True)
class Signal:
    """How well one driver's value in an early year tells futures that break a limit from those that do not.

    `separates` is the chance that a failing future has the worse value of a failing and another one drawn at random
    (the area under the ROC curve; a half is none), `low` and `high` its 95% interval (Hanley and McNeil 1982). `watch`
    is where the worst fifth begins: growth of the index since the base year, a level, or a share delivered. `given` is
    the chance of failure in that worst fifth, `overall` in all futures.
    """

    limit: str
    id: str
    name: str
    year: str
    unit: str
    worse: str
    watch: float
    central: float
    separates: float
    low: float
    high: float
    given: Chance
    overall: Chance
    seen: str


def signals(observed: Observed, limit: str) -> tuple[Signal, ...]:
    """Return every early signal of a limit, the best first within a year, years in order; none where too few fail.

    Years are those from the one that is open at the as-at date to the budget year.
    """
    broken = observed.seen.broken[limit]
    failing = int(np.count_nonzero(broken))
    if min(failing, observed.paths - failing) < FEWEST:
        return ()
    opens = max(observed.scenario.open_year - observed.scenario.first_year, 0)
    found = [
        signal
        for t in range(min(opens, observed.body.start), observed.body.start + 1)
        for part in observed.parts
        if part.id != EVENTS
        for signal in _signal(observed, limit, part, t)
    ]
    return tuple(sorted(found, key=lambda one: (one.year, -one.separates, one.id)))


def earliest(found: tuple[Signal, ...]) -> Signal | None:
    """Return the best signal of the first year in which any tells more than chance."""
    return next((one for one in found if one.low > 0.5), None)


def _signal(observed: Observed, limit: str, part: Part, t: int) -> Iterator[Signal]:
    """Yield what one driver's value in one year tells, nothing where chance has not moved it yet."""
    away, broken = observed.away[part.id][t], observed.seen.broken[limit]
    if np.ptp(away) == 0:
        return
    separates, error = area(away, broken)
    way = 1.0 if separates >= 0.5 else -1.0
    separates = max(separates, 1 - separates)
    edge = float(np.quantile(way * away, 1 - WORST, method="inverted_cdf")) * way
    beyond = way * away >= way * edge
    unit, watch, usual = natural(observed, part, t, edge)
    yield Signal(
        limit, part.id, part.name, observed.compiled.years[t], unit, "above" if way > 0 else "below", watch, usual,
        separates, separates - Z95 * error, min(1.0, separates + Z95 * error),
        chance(int(np.count_nonzero(broken & beyond)), int(np.count_nonzero(beyond))),
        chance(int(np.count_nonzero(broken)), observed.paths), published(part.id, observed.body.local),
    )  # fmt: skip


def area(values: Floats, happened: Bools) -> tuple[float, float]:
    """Return the area under the ROC curve of values `[path]` for what happened, and its standard error.

    It is the rank sum of Mann and Whitney; ties count half. The error is that of Hanley and McNeil (1982).
    """
    yes = int(np.count_nonzero(happened))
    no = len(happened) - yes
    under = (float(rankdata(values)[happened].sum()) - yes * (yes + 1) / 2) / (yes * no)
    one, two = under / (2 - under), 2 * under**2 / (1 + under)
    spread = under * (1 - under) + (yes - 1) * (one - under**2) + (no - 1) * (two - under**2)
    return under, float(np.sqrt(max(spread, 0.0) / (yes * no)))


def natural(observed: Observed, part: Part, t: int, away: float) -> tuple[str, float, float]:
    """Return a deviation in the units that are watched, with the central value: index since the base year, or level."""
    if part.id == SAVINGS:
        usual = float(delivered(observed.central.money)[t, 0])
        return "share delivered", usual + away, usual
    assert part.driver is not None
    terms = observed.compiled.drivers[part.driver]
    if not terms.is_growth:
        return "level", float(terms.central[t]) + away, float(terms.central[t])
    usual = float(np.log1p(terms.central[: t + 1]).sum() + terms.surprise[: t + 1].sum())
    return "growth since the base year", float(np.expm1(usual + away)), float(np.expm1(usual))
