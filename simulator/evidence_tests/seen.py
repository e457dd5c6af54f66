"""One body in one view, as the tests look at it: its paths, its central case, and what its file says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.place import Agency, LocalAuthority
from simulator.regimes.council import opening
from simulator.scenario import Scenario
from simulator.trials import USUAL, Luck, Tried, tried
from simulator.variants import VIEWS

PLAN_YEARS = 4
"""Years that the plan is judged over, the budget year the first, where the file's own plan does not say."""


@dataclass(frozen=True)
class Seen:
    """One body in one view. `paths` and `happened` are `[year, path]`, `central` `[year]`; money is in pounds.

    `start` and `end` are the places of the budget year and of the last year of the plan among `years`.
    `fund_at_first` and `usable_at_first` are the general fund and all usable reserves when the first year opens, in
    pounds; nought for a body that holds none. `luck` is what the body's luck was, where it was kept. `budgeted` is the
    central case on which the budget was set, where what happens is no longer that.
    """

    scenario: Scenario
    compiled: Compiled
    body: Agency
    view: str
    years: tuple[str, ...]
    start: int
    end: int
    paths: dict[str, Floats]
    happened: dict[str, Bools]
    central: dict[str, Floats]
    net_budget: Floats
    minimum: Floats
    fund_at_first: float
    usable_at_first: float
    luck: Luck | None = None
    central_luck: Luck | None = None
    budgeted: dict[str, Floats] | None = None

    @property
    def count(self) -> int:
        """How many paths there are."""
        return int(self.paths["gap"].shape[-1])

    @cached_property
    def certain(self) -> bool:
        """Whether every path is the central case to half a penny: nothing is sampled, so no interval is due."""
        return all(
            bool((np.abs(self.paths[name] - self.central[name][:, None]) < HALF_PENNY).all())
            for name in ("gap", "savings_delivered", "use_of_reserves")
        )

    @property
    def budget_year(self) -> str:
        """The year that the statement is about, such as `2027-28`."""
        return self.years[self.start]

    @property
    def as_set(self) -> dict[str, Floats]:
        """The central case on which the budget was set, `[year]` by measure."""
        return self.budgeted or self.central

    @property
    def budgeted_gap(self) -> float:
        """The central gap of the budget year less its planned savings, as the budget was set, in pounds."""
        return float(self.as_set["gap"][self.start] - self.as_set["savings_planned"][self.start])

    def usable_opening(self, year: int) -> Floats:
        """Return usable reserves as a year opens, by path in pounds, with what the view is given besides."""
        held: Floats = self.paths["usable_reserves"][year] + self.paths["use_of_reserves"][year]
        return held

    def fund_opening(self, year: int) -> Floats:
        """Return the general fund as a year opens, by path in pounds."""
        if year == 0:
            return np.full(self.count, self.fund_at_first)
        before: Floats = self.paths["gf_unallocated"][year - 1]
        return before

    def central_opening(self, year: int) -> tuple[float, float]:
        """Return the general fund and all usable reserves as a year opens in the central case, in pounds."""
        fund = self.fund_at_first if year == 0 else float(self.central["gf_unallocated"][year - 1])
        return fund, float(self.central["usable_reserves"][year] + self.central["use_of_reserves"][year])


def seen(scenario: Scenario, found: Tried, variant: str) -> Seen:
    """Return one body under one of the variants tried."""
    v, compiled = found.at[variant], found.compiled
    body = next(agency for agency in scenario.bodies if agency.id == found.agency)
    fund = usable = 0.0
    if isinstance(body, LocalAuthority):
        stated = found.variants[v]
        start = opening(compiled.council, stated.recurs, stated.usable_share)
        fund = float(start.balances.gf_unallocated[found.body])
        usable = float(start.balances.usable[found.body])
    begin, end = plan_years(scenario, body)
    return Seen(
        scenario=scenario,
        compiled=compiled,
        body=body,
        view=variant,
        years=compiled.years,
        start=begin,
        end=end,
        paths={name: amounts[v] for name, amounts in found.measures.items()},
        happened={name: tests[v] for name, tests in found.outcomes.items()},
        central={name: amounts[v] for name, amounts in found.central.items()},
        net_budget=found.net_budget,
        minimum=found.minimum,
        fund_at_first=fund,
        usable_at_first=usable,
        luck=found.luck,
        central_luck=found.central_luck,
    )


def plan_view(scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL) -> Seen:
    """Return one body on the view that is graded: its plan as approved, with all that the tests look at."""
    body = next(each for each in scenario.bodies if each.id == agency)
    before = VIEWS[:1]
    return seen(scenario, tried(compiled, agency, before, sample, plan_years(scenario, body)[0]), before[0].name)


def plan_years(scenario: Scenario, body: Agency) -> tuple[int, int]:
    """Return the places of the budget year and of the plan's last year among the projected years.

    The plan's own last year where it has one, three to four years from the budget year; else four years.
    """
    last = len(scenario.projected) - 1
    start = min(max(scenario.budget_year - scenario.first_year, 0), last)
    end = start + PLAN_YEARS - 1
    if body.plan and body.plan.gap:
        end = min(max(max(body.plan.gap) - scenario.first_year, end - 1), end)
    return start, min(end, last)
