"""One body in one view, as the tests look at it: its paths, its central case, and what its file says."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.compiled import Bools, Compiled, Floats
from simulator.place import Agency, LocalAuthority
from simulator.regimes.council import opening
from simulator.scenario import Scenario
from simulator.trials import Tried

PLAN_YEARS = 4
"""Years that the plan is judged over, the budget year the first, where the file's own plan does not say."""


@dataclass(frozen=True)
class Seen:
    """One body in one view. `paths` and `happened` are `[year, path]`, `central` `[year]`; money is in pounds.

    `start` and `end` are the places of the budget year and of the last year of the plan among `years`.
    `fund_at_first` and `usable_at_first` are the general fund and all usable reserves when the first year opens, in
    pounds; nought for a body that holds none.
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

    @property
    def count(self) -> int:
        """How many paths there are."""
        return int(self.paths["gap"].shape[-1])


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
    )


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
