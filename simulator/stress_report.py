"""What would break one body and what drives it, all on the futures of a run: the evidence behind `headroom stress`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simulator.blocks import Sample
from simulator.break_points import BreakPoints, break_points, break_table
from simulator.margins import judged
from simulator.named_stresses import PLAN, cases
from simulator.observed import observe
from simulator.routes import AllRoutes, cost_table, course_table, route_table, routes_of, signal_table, year_table
from simulator.rule_box import RuleBox, rule_box, rule_table
from simulator.scenario import Scenario
from simulator.sensitivity import Sensitivity, sensitivity_of, sensitivity_table
from simulator.streams import BLOCK
from simulator.stress import Stressed, stress_table, stresses
from simulator.trials import USUAL


@dataclass(frozen=True)
class StressReport:
    """One body under stress: named stresses, break points, routes to each limit, and what drives the outcome."""

    agency: str
    name: str
    budget_year: str
    plan_end: str
    paths: int
    seed: int
    stresses: tuple[Stressed, ...]
    breaks: BreakPoints
    routes: AllRoutes
    rules: tuple[RuleBox, ...]
    sensitivity: Sensitivity


def stress_report(scenario: Scenario, agency: str, sample: Sample = USUAL) -> StressReport:
    """Return what would break a body and what drives it.

    `sample.progress` is told of blocks of 1,000 paths as they are done, `work_of` of them in all.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    observed = observe(scenario, agency, sample)
    years, body = observed.compiled.years, observed.body
    return StressReport(
        agency=agency,
        name=next(one.name for one in scenario.bodies if one.id == agency),
        budget_year=years[body.start],
        plan_end=years[body.end],
        paths=sample.paths,
        seed=sample.seed,
        stresses=stresses(scenario, agency, sample),
        breaks=break_points(scenario, agency, sample),
        routes=routes_of(observed),
        rules=tuple(rule for limit in observed.reader.limits if (rule := rule_box(observed, limit))),
        sensitivity=sensitivity_of(observed, replace(sample, progress=None)),
    )


def work_of(scenario: Scenario, agency: str, sample: Sample = USUAL) -> int:
    """Return how many blocks of 1,000 paths a report draws: the run's own, and those again under each named stress."""
    return -(-sample.paths // BLOCK) * (2 + sum(1 for _ in cases(scenario, *judged(scenario, agency))))


def stress_tables(report: StressReport) -> dict[str, pd.DataFrame]:
    """Return every table that is not empty, by name; money in pounds, shares from 0 to 1, units in columns."""
    every = {
        "stresses": stress_table(report.stresses),
        "break_points": break_table(report.breaks),
        "routes": route_table(report.routes),
        "route_years": year_table(report.routes),
        "route_costs": cost_table(report.routes),
        "route_drivers": course_table(report.routes),
        "route_stories": _stories(report),
        "rules": rule_table(report.rules),
        "signals": signal_table(report.routes),
        "sensitivity": sensitivity_table(report.sensitivity),
    }
    return {name: table for name, table in every.items() if len(table)}


def _stories(report: StressReport) -> pd.DataFrame:
    """Return the story of each route, a sentence a row."""
    rows = [
        {"agency": report.agency, "limit": one.limit, "sentence": n, "text": text}
        for one in report.routes.routes
        for n, text in enumerate(one.story, 1)
    ]
    return pd.DataFrame(rows)


def stress_values(report: StressReport) -> dict[str, Any]:
    """Return a report as plain values for a machine: shares from 0 to 1, money in pounds."""
    return {
        "agency": report.agency,
        "name": report.name,
        "view": PLAN.name,
        "budget_year": report.budget_year,
        "plan_end": report.plan_end,
        "paths": report.paths,
        "seed": report.seed,
        "tables": {name: table.to_dict("records") for name, table in stress_tables(report).items()},
    }
