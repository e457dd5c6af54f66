"""The stresses that are tried by name: what changes, by how much, how likely it is held to be, and who says so.

Every size here is a judgement of ours and says so; each chance is counted among a run's own futures, or is that of the
event it makes certain, or is not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from simulator import shocks
from simulator.compiled import ICB, LOCAL, TRUST, Compiled
from simulator.drivers import DriverBlock
from simulator.margins import Body
from simulator.scenario import Scenario
from simulator.variants import VIEWS, Variant

Kind = Literal["driver", "event", "savings", "rule", "support"]
NHS = (ICB, TRUST)
PLAN = VIEWS[0]
"""The plan as approved: every variance falls on usable reserves."""
GENERAL_FUND = "falls_on_general_fund"
NO_CHANCE = "named, no chance given"


@dataclass(frozen=True)
class Stress:
    """One named stress: what it does to what, for bodies of which kinds, and what its size rests on.

    `size` is growth or points above the central path for a driver, the share delivered for savings, else unused;
    `after_settlement` puts it in the first year after the settlement in place of the budget year.
    """

    id: str
    name: str
    kinds: tuple[str, ...]
    kind: Kind
    what: str
    size: float
    source: str
    after_settlement: bool = False


_J = "judgement: "
_COUNCILS = "councils' own costs moved by about {} in a year beyond what was common to all (docs/method.md 9)"
STRESSES = (
    Stress("prices", "Prices 5 points higher for one year", (LOCAL, *NHS), "driver", "cpi", 0.05,
           _J + "the mean size of the price shock that stands among the events"),
    Stress("pay", "Pay award 2 points above plan", (LOCAL,), "driver", "pay_award", 0.02,
           _J + "about twice the error of a year's forecast of earnings, 1.7 points (docs/method.md 9)"),
    Stress("care_fees", "Care fees 5% higher", (LOCAL,), "driver", "care_fees", 0.05,
           _J + "unit costs of care rose about 7% in 2024-25, some 5 points above prices"),
    Stress("care_demand", "Care demand 5% higher", (LOCAL,), "driver", "care_demand", 0.05,
           _J + _COUNCILS.format("5% for adults")),
    Stress("looked_after", "Looked-after children 10% more", (LOCAL,), "driver", "looked_after", 0.10,
           _J + "half as much again as " + _COUNCILS.format("7% for children")),
    Stress("placements", "Placement cost 10% higher", (LOCAL,), "driver", "placement_cost", 0.10,
           _J + "half as much again as " + _COUNCILS.format("7% for children")),
    Stress("savings", "Savings half delivered", (LOCAL,), "savings", "savings", 0.5,
           _J + "quoted plans delivered 68 to 89% (docs/method.md 9)"),
    Stress("grants", "Grants 5% lower after the settlement", (LOCAL,), "driver", "grants", -0.05,
           _J + "two and a half times the gap between a tight and a usual spending review", after_settlement=True),
    Stress("collection", "Council tax collection 2 points lower", (LOCAL,), "driver", "collection", -0.02,
           _J + "about the fall of 2020-21; it reaches the general fund over the two years after"),
    Stress("pandemic", "A pandemic in the budget year", (LOCAL,), "event", "pandemic", 0.0,
           "the event as stated in the scenario, made certain"),
    Stress("provider", "Failure of a large care provider", (LOCAL, ICB), "event", "care_provider_failure", 0.0,
           "the event as stated in the scenario, made certain"),
    Stress("high_needs", "High-needs deficit falls on the general fund", (LOCAL,), "rule", GENERAL_FUND, 0.0,
           "the harshest of the three ways in which the override may end"),
    Stress("acute_activity", "Hospital activity 3% higher", NHS, "driver", "acute_activity", 0.03,
           _J + "about twice the yearly spread of the driver"),
    Stress("mental_activity", "Mental health activity 3% higher", NHS, "driver", "mental_health_activity", 0.03,
           _J + "twice the yearly spread of the driver"),
    Stress("nhs_pay", "NHS pay award 2 points above plan", NHS, "driver", "nhs_pay", 0.02,
           _J + "as for councils; prices of contracts follow in part"),
    Stress("prescribing", "Prescribing 5% higher", (ICB,), "driver", "prescribing", 0.05,
           _J + "two and a half times the yearly spread of the driver"),
    Stress("packages", "Continuing care packages 10% higher", (ICB,), "driver", "continuing_care", 0.10,
           _J + "about twice the growth that is planned for a year"),
    Stress("support", "Deficit support withheld", NHS, "support", "deficit_support", 0.0,
           _J + "all of it from the budget year on"),
    Stress("efficiency", "Efficiency half delivered", NHS, "savings", "savings", 0.5,
           _J + "quoted plans delivered 84% and more"),
    Stress("strikes", "Strikes in hospitals", (TRUST,), "event", "industrial_action", 0.0,
           "the event as stated in the scenario, made certain"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A stress laid on one body's terms: the terms and the variant that it makes, and the year it begins."""

    stress: Stress
    compiled: Compiled
    variant: Variant
    year: int


def cases(scenario: Scenario, compiled: Compiled, body: Body) -> Iterator[Case]:
    """Yield every named stress that can touch a body, laid on its terms."""
    kind = next(kind for kind, rows in compiled.slices.items() if rows.start <= body.row < rows.stop)
    for stress in STRESSES:
        if kind in stress.kinds:
            year = _first_review(compiled, body) if stress.after_settlement else body.start
            made = _LAID[stress.kind](scenario, compiled, body, stress, year)
            if made is not None:
                yield Case(stress, *made, year)


def _first_review(compiled: Compiled, body: Body) -> int:
    """Return the first year within the plan that a spending review governs, else the budget year."""
    starts = compiled.review.starts if compiled.review else np.zeros(compiled.horizon, dtype=bool)
    return next((t for t in range(body.start, body.end + 1) if starts[t]), body.start)


Laid = tuple[Compiled, Variant] | None


def _driver(_: Scenario, compiled: Compiled, body: Body, stress: Stress, year: int) -> Laid:
    k = shocks.place_of(compiled, stress.what)
    if k is None or not (k in compiled.met[body.row] or shocks.is_national(compiled, body.row, k)):
        return None
    size = np.zeros(compiled.horizon)
    size[year] = shocks.grown(compiled.drivers[k], stress.size)[year, 0]
    return shocks.raised(compiled, body.row, k, size), PLAN


def _event(_: Scenario, compiled: Compiled, body: Body, stress: Stress, year: int) -> Laid:
    held = next((event for event in compiled.events if event.id == stress.what), None)
    if held is None or not held.stake[body.row].any():
        return None
    return shocks.certain(compiled, stress.what, year), PLAN


def _savings(_: Scenario, compiled: Compiled, body: Body, stress: Stress, year: int) -> Laid:
    if compiled.delivery is None or not compiled.actions.approved[:, body.row].any():
        return None
    return shocks.delivering(compiled, body.row, stress.size), PLAN


def _rule(scenario: Scenario, compiled: Compiled, body: Body, stress: Stress, year: int) -> Laid:
    if compiled.override is None or not next(one for one in scenario.bodies if one.id == body.agency).needs:
        return None
    return compiled, replace(PLAN, name=stress.id, rule=stress.what)


def _support(_: Scenario, compiled: Compiled, body: Body, stress: Stress, year: int) -> Laid:
    planned = compiled.agreed.deficit_support.copy()
    if not planned[body.row, body.span].any():
        return None
    planned[body.row, year:] = 0.0
    return replace(compiled, agreed=replace(compiled.agreed, deficit_support=planned)), PLAN


_LAID = {"driver": _driver, "event": _event, "savings": _savings, "rule": _rule, "support": _support}


def chance_of(case: Case, compiled: Compiled, body: Body, block: DriverBlock) -> tuple[float | None, str]:
    """Return how likely a stress is held to be, and what that rests on; nothing where no chance is given.

    `compiled` are the terms without the stress and `block` futures drawn on them: a driver's chance is the share of
    futures in which that one year takes it at least as far from its central path.
    """
    stress = case.stress
    if stress.kind == "event":
        event = next(event for event in compiled.events if event.id == stress.what)
        return float(event.chance[case.year]), "yearly chance of the event in the scenario, a judgement"
    if stress.kind != "driver":
        return None, NO_CHANCE
    k = shocks.place_of(compiled, stress.what)
    assert k is not None
    away = shocks.steps(compiled, k, shocks.deviation(compiled, body.row, k, block))[case.year]
    size = shocks.grown(compiled.drivers[k], stress.size)[case.year, 0]
    reached = away >= size if size > 0 else away <= size
    return float(np.mean(reached)), "share of the run's own futures with as much or more in that year"
