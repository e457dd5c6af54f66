"""The central case of the drivers a scenario uses: which they are, in what order, on what path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.assumptions import Assumption, Driver, Follow
from simulator.compiled import Floats
from simulator.scenario import Scenario
from simulator.transfers import Agreement
from simulator.years import FinancialYear


def wanted(scenario: Scenario) -> set[str]:
    """Return the drivers that some line, grant, tax, debt, account or rule uses directly."""
    names: set[str | None] = set()
    baskets = {basket.id: set(basket.shares) for basket in scenario.baskets}
    for agreement in scenario.agreements:
        names |= moved_by(agreement)
    for agency in scenario.bodies:
        tax, rates, debt, needs = agency.tax, agency.rates, agency.debt, agency.needs
        names |= {income.driver for income in agency.incomes} | {belief.driver for belief in agency.beliefs}
        names |= {tax.tax_base, tax.collection} if tax else set()
        names |= {rates.base, rates.multiplier} if rates else set()
        names |= {debt.borrowing_rate} if debt else set()
        names |= {needs.demand, needs.short_rate} if needs else set()
        names |= {tax.support.caseload} if tax and tax.support else set()
        names |= {levy.driver for levy in agency.levies}
        names |= {agency.employer_costs.pay, agency.employer_costs.pension_rate} if agency.employer_costs else set()
        names |= {name for line in agency.spending for name in (line.demand, line.income_driver)}
        for basket in [*(line.basket for line in agency.spending), needs.basket if needs else None]:
            names |= baskets[basket] if basket else set()
    return {name for name in names if name is not None}


def moved_by(agreement: Agreement) -> set[str | None]:
    """Return the drivers that an agreement names, its own and those of its parts."""
    parts = [agreement, *getattr(agreement, "contributions", ()), *getattr(agreement, "subcontracts", ())]
    return {getattr(part, key, None) for part in parts for key in ("activity", "price", "driver")}


def ordered(drivers: Mapping[str, Driver], names: set[str]) -> tuple[Driver, ...]:
    """Return the drivers named and all they rest on, each after those it follows, ties by id."""
    placed: dict[str, Driver] = {}

    def place(name: str) -> None:
        if name in placed:
            return
        driver = drivers[name]
        for follow in sorted({f.driver for f in [*driver.follows, *driver.central_from]}):
            place(follow)
        if driver.floor:
            place(driver.floor.driver)
        placed[name] = driver

    for name in sorted(names):
        place(name)
    return tuple(placed.values())


def by_driver(follow: Follow) -> tuple[str, int]:
    """Return the key that sorts links, so that their order in a file moves no last digit."""
    return follow.driver, follow.lag


def central_paths(scenario: Scenario, drivers: tuple[Driver, ...]) -> dict[str, Floats]:
    """Return each driver's central growth or level, `[base year and projected years]`, as fractions.

    A year entered under `central` wins; then `central_from`; then the last entered value, moving in
    equal steps over `taper_years` to `long_run`.
    """
    paths: dict[str, Floats] = {}
    for driver in drivers:
        paths[driver.id] = np.array([_central(scenario, driver, t, paths) for t in range(scenario.years + 1)])
    return paths


def _central(scenario: Scenario, driver: Driver, t: int, paths: dict[str, Floats]) -> float:
    year = scenario.base_year + t
    if year in driver.central:
        return driver.central[year].used
    if driver.central_from:
        return sum((_weighted(follow, t, paths) for follow in sorted(driver.central_from, key=by_driver)), start=0.0)
    long_run = driver.long_run.used if driver.long_run else 0.0
    earlier = [known for known in driver.central if known < year]
    if not earlier:
        return long_run
    last = max(earlier)
    entered = driver.central[last].used
    if driver.long_run is None:
        return entered
    step = min(1.0, (year - last) / driver.taper_years) if driver.taper_years else 1.0
    return entered + step * (long_run - entered)


def _weighted(follow: Follow, t: int, paths: dict[str, Floats]) -> float:
    return follow.weight.used * float(paths[follow.driver][max(0, t - follow.lag)])


def dated(amounts: Mapping[FinancialYear, Assumption[float]], year: FinancialYear) -> float:
    """Return the amount in force in `year`: the latest dated at or before it; nought before the first."""
    known = [start for start in amounts if start <= year]
    return amounts[max(known)].used if known else 0.0


def entered(
    amounts: Mapping[FinancialYear, Assumption[float]], years: tuple[FinancialYear, ...]
) -> tuple[Floats, int, float]:
    """Return entered amounts by projected year, the index of the last one, and its amount; nought if all come later."""
    last = max((year for year in amounts if year <= years[-1]), default=None)
    if last is None:
        return np.zeros(len(years)), len(years) - 1, 0.0
    held = np.array([dated(amounts, year) if year <= last else 0.0 for year in years])
    return held, last - years[0], amounts[last].used


def grown(rate: float, years: int) -> Floats:
    """Return an index that grows at a steady rate, by projected year, 1 in the base year."""
    return np.cumprod(np.full(years, 1 + rate))


def central_level(paths: Mapping[str, Floats], name: str | None, years: int) -> Floats:
    """Return a growth driver's central index by projected year, 1 in the base year; 1 throughout without a driver."""
    growth: Floats = paths[name][1:] if name else np.zeros(years)
    index: Floats = np.cumprod(1 + growth, dtype=np.float64)
    return index
