"""Two levers over a place, and by how much each chance moves when they are pulled.

One is the capacity for new savings: the one choice that every kind of body has. The other is an assumption, how fast
pay grows. Both change the scenario as `--set` does, and differences are paired: the same futures with and without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from simulator.central import central_paths, ordered
from simulator.comparison import Compared, chance_differences
from simulator.compiled import Bools, Compiled, Floats
from simulator.place import LocalAuthority
from simulator.rules import SavingsResponse
from simulator.scenario import Scenario
from simulator.summary import Z95
from simulator.variants import Variant

AS_STATED = 100
LEAST, MOST, STEP = 0, 200, 25
"""How much of the stated capacity there may be, in per cent of it."""
LEAST_PAY, MOST_PAY, PAY_STEP = -2.0, 3.0, 0.25
"""Points a year by which pay may grow faster than stated; how far the lever reaches is a judgement."""
FIELDS = ("yearly_capacity", "total_capacity")
PLACE_OUTCOMES = ("any_duty_breached", "two_duties_breached")


@dataclass(frozen=True)
class Lever:
    """How much managers can newly save: `stated` holds each kind of body and what its rules say."""

    stated: dict[str, SavingsResponse]

    def settings(self, percent: int) -> tuple[str, ...]:
        """Return what `--set` is given at a per cent of the stated capacity; nothing at all at 100."""
        if percent == AS_STATED:
            return ()
        return tuple(
            f"{_address(kind)}.{field}={min(getattr(response, field).used * percent, 100):.10g}%"
            for kind, response in self.stated.items()
            for field in FIELDS
        )


def savings_capacity(scenario: Scenario) -> Lever | None:
    """Return the lever, or nothing where no body of the place has savings that its managers could find."""
    rules = scenario.rules
    kinds = {"local_authority" if isinstance(body, LocalAuthority) else body.kind for body in scenario.bodies}
    known = [("local_authority", rules.savings_response), *rules.responses.items()]
    stated: dict[str, SavingsResponse] = {kind: held for kind, held in known if held and kind in kinds}
    return Lever(stated) if any(response.yearly_capacity.used for response in stated.values()) else None


@dataclass(frozen=True)
class PayLever:
    """How fast pay grows: `stated` holds for each driver of pay its central growth by year, as fractions.

    Years are those from the budget year on whose award is not yet known.
    """

    names: tuple[str, ...]
    stated: dict[str, dict[str, float]]

    def settings(self, points: float) -> tuple[str, ...]:
        """Return what `--set` is given where pay grows so many points a year faster; nothing at all at nought."""
        if not points:
            return ()
        return tuple(
            f"drivers.{driver}.central.{year}={100 * growth + points:.10g}%"
            for driver, years in self.stated.items()
            for year, growth in years.items()
        )


def pay_growth(scenario: Scenario) -> PayLever | None:
    """Return the lever of pay, or nothing where no body names a driver of its pay bill, or every award is known."""
    named = dict.fromkeys(body.employer_costs.pay for body in scenario.bodies if body.employer_costs)
    known = {driver.id: driver for driver in scenario.drivers}
    drivers = [known[name] for name in named]
    paths = central_paths(scenario, ordered(known, set(named)))
    stated = {
        driver.id: {
            str(year): float(paths[driver.id][year - scenario.base_year])
            for year in scenario.projected
            if year >= scenario.budget_year and year not in driver.confirmed
        }
        for driver in drivers
    }
    held = {driver: years for driver, years in stated.items() if years}
    return PayLever(tuple(driver.name for driver in drivers if driver.id in held), held) if held else None


def _address(kind: str) -> str:
    return "rules.savings_response" if kind == "local_authority" else f"rules.responses.{kind}"


class Watched(Compared, Protocol):
    """A run whose duties can be compared: what a comparison needs, and where systems missed their totals."""

    @property
    def missed(self) -> Bools:
        """Where a system missed its total, `[view, system, year, path]`."""


@dataclass(frozen=True)
class _Duties:
    """What a comparison of duties needs of a run: of its bodies one by one, or of the place as one body."""

    compiled: Compiled
    views: tuple[Variant, ...]
    paths: int
    seed: int
    kept: dict[str, Floats]
    happened: dict[str, Bools]


def moved(stated: Watched, pulled: Watched, place: str) -> pd.DataFrame:
    """Return by how much each body's chance of breaching its duty moves, and the place's, in each year and by it.

    Columns as those of `comparison.chance_differences`: A is the scenario as stated, B with the lever pulled.

    Raises:
        CannotCompareError: when the two do not share their futures.
    """
    tables = [chance_differences(_bodies(stated), _bodies(pulled))]
    if len(stated.compiled.agency_ids) > 1:
        tables.append(chance_differences(_as_one(stated, place), _as_one(pulled, place)))
    return pd.concat(tables, ignore_index=True)


def _bodies(run: Watched) -> _Duties:
    return _Duties(
        compiled=run.compiled,
        views=run.views,
        paths=run.paths,
        seed=run.seed,
        kept={},
        happened={"duty_breached": run.happened["duty_breached"]},
    )


def _as_one(run: Watched, place: str) -> _Duties:
    """Return a run as one body: on which futures any duty is breached, and two or more, a system's total as one."""
    breached = sum(np.count_nonzero(met, axis=1)[:, None] for met in (run.happened["duty_breached"], run.missed))
    happened = {name: np.asarray(breached >= least) for name, least in zip(PLACE_OUTCOMES, (1, 2), strict=True)}
    return replace(_bodies(run), compiled=replace(run.compiled, agency_ids=(place,)), happened=happened)


def breached_bodies(run: Compared, view: str, year: str) -> Floats:
    """Return how many bodies have missed their duty in any year up to `year`, on each future."""
    v, until = [one.name for one in run.views].index(view), run.compiled.years.index(year)
    by_then = run.happened["duty_breached"][v, :, : until + 1].any(axis=1)
    counted: Floats = np.count_nonzero(by_then, axis=0).astype(np.float64)
    return counted


def average(amounts: Floats) -> tuple[float, float, float]:
    """Return the mean over futures with its 95% interval."""
    mean = float(amounts.mean())
    half = Z95 * float(amounts.std(ddof=1)) / float(np.sqrt(len(amounts))) if len(amounts) > 1 else float("inf")
    return mean, mean - half, mean + half
