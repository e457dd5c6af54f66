"""Decisions that a plan leans on and that are still to be made: the override, reserves, support."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import fsum
from typing import TypedDict

from simulator.assumptions import Record
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import year_of
from simulator.evidence_tests.exposures import exceptional, paid
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, exactly, share_of
from simulator.leans import FUTURES, Laid, Lean, given, row_of, source_of
from simulator.money import HALF_PENNY, in_millions
from simulator.position import OVERRIDE_BRANCHES
from simulator.scenario import Scenario
from simulator.statement import Decision

FALLS = OVERRIDE_BRANCHES[-1]
BY_GOVERNMENT, BY_BODY = "a decision of government", "a decision that the body itself has still to make"


def decisions(view: Seen) -> Iterator[Lean]:
    """Yield the decisions within the plan's years; those that the run does not draw have no chance."""
    for kind in (_high_needs, _reserves, _exceptional, _deficit_support):
        yield from kind(view)


class _Chance(TypedDict):
    """A chance with what it is, or why there is none."""

    chance: Measured | None
    basis: str


def _entered(view: Seen, decision: Decision) -> list[Record]:
    """Return the officer's own chance of a decision with the statement that holds it, where one is entered."""
    stated = view.body.statement
    return [stated.conditions[decision], stated] if stated and decision in stated.conditions else []


def _judged(view: Seen, decision: Decision, whose: str) -> _Chance:
    """Return the officer's own chance of a decision; none where none is entered, since the run draws none."""
    stated = view.body.statement
    if stated is None or decision not in stated.conditions:
        return {"chance": None, "basis": whose}
    return {"chance": exactly(stated.conditions[decision].used), "basis": "the officer's own judgement, as entered"}


def _high_needs(view: Seen) -> Iterator[Lean]:
    """The end of the high-needs override as entered."""
    override, stated = view.compiled.override, view.scenario.rules.high_needs_override
    if view.body.needs is None or override is None or stated is None or stated.then == FALLS:
        return
    if not 0 < override.ends <= view.end:
        return
    deficit = max(float(view.central["high_needs_deficit"][override.ends - 1]), 0.0)
    year = view.years[override.ends]
    ending = (
        "is extended"
        if stated.then == "extended"
        else (
            f"ends in {year} with government meeting {override.accrued_met:.0%} of a deficit of {in_millions(deficit)}"
        )
    )
    yield Lean(
        id="high_needs",
        claim=f"the override of the high-needs deficit {ending}",
        number=deficit,
        unit="£",
        **_judged(view, "high_needs", BY_GOVERNMENT),
        assumption="the end of the override that is entered",
        source=source_of(view, stated, *_entered(view, "high_needs")),
        without=f"all of the deficit falls on the general fund from {year}",
        lay=lambda laid: laid._replace(variant=replace(laid.variant, rule=FALLS)),
    )  # fmt: skip


def _reserves(view: Seen) -> Iterator[Lean]:
    """The use of reserves that the budget year plans, else what its central case uses."""
    t, year, plan = view.start, year_of(view), view.body.plan
    if view.body.held is None:
        return
    entered = plan.reserves_used.get(year) if plan else None
    used = entered.used if entered else max(view.budgeted_gap, 0.0)
    if used <= HALF_PENNY:
        return

    def lay(laid: Laid) -> Laid:
        taken = given(laid.variant, view.body.id, reserve=-used, when=t)
        return laid._replace(scenario=_unplanned(laid.scenario, view), variant=taken)

    yield Lean(
        id="reserves",
        claim=f"the use of {in_millions(used)} of reserves in {view.budget_year} is approved",
        number=used,
        unit="£",
        **_judged(view, "reserves", BY_BODY),
        assumption="the use that is planned" if entered else "what the budget leaves to reserves, savings in full",
        source=source_of(view, entered, plan if entered else None, view.body.held, *_entered(view, "reserves")),
        without="that much of its reserves cannot be used",
        lay=lay,
    )


def _unplanned(scenario: Scenario, view: Seen) -> Scenario:
    """Return the scenario without the use of reserves that the budget year plans."""
    plan, year = view.body.plan, year_of(view)
    if plan is None or year not in plan.reserves_used:
        return scenario
    left = {known: amount for known, amount in plan.reserves_used.items() if known != year}
    agencies = [
        body.model_copy(update={"plan": plan.model_copy(update={"reserves_used": left})})
        if body.id == view.body.id else body
        for body in scenario.agencies
    ]  # fmt: skip
    return scenario.model_copy(update={"agencies": agencies})


def _exceptional(view: Seen) -> Iterator[Lean]:
    """Exceptional support within the plan's years."""
    grants = exceptional(view)
    years = [view.scenario.first_year + t for t in range(view.start, view.end + 1)]
    total = fsum(paid(view, grant, year) for grant in grants for year in years)
    if total <= HALF_PENNY:
        return

    def lay(laid: Laid) -> Laid:
        funding = list(laid.compiled.funding)
        kept = tuple(grant for grant in funding[row_of(view)].grants if not grant.exceptional)
        funding[row_of(view)] = replace(funding[row_of(view)], grants=kept)
        return laid._replace(compiled=replace(laid.compiled, funding=tuple(funding)))

    yield Lean(
        id="support",
        claim=f"exceptional support of {in_millions(total)} is granted for {years[0]} to {years[-1]}",
        number=total,
        unit="£",
        **_judged(view, "support", BY_GOVERNMENT),
        assumption="the support that is entered",
        source=source_of(view, *grants, *_entered(view, "support")),
        without="none of it is granted, so that none is repaid",
        lay=lay,
    )


def _deficit_support(view: Seen) -> Iterator[Lean]:
    """Deficit support of an NHS body within the plan's years."""
    row, t = row_of(view), view.start
    total = float(view.compiled.agreed.deficit_support[row, t : view.end + 1].sum())
    if total <= HALF_PENNY:
        return

    def lay(laid: Laid) -> Laid:
        left = laid.compiled.agreed.deficit_support.copy()
        left[row, t:] = 0.0
        agreed = replace(laid.compiled.agreed, deficit_support=left)
        return laid._replace(compiled=replace(laid.compiled, agreed=agreed))

    yield Lean(
        id="deficit_support",
        claim=f"deficit support of {in_millions(total)} is paid in full until {view.years[view.end]} ends",
        number=total,
        unit="£",
        chance=share_of(view, ~by_then(view.happened["support_withheld"], t, view.end)),
        basis=FUTURES,
        assumption="the support that is entered, on condition that the plan is met",
        source=source_of(view, *getattr(view.body, "deficit_support", {}).values()),
        without="none of it is paid",
        lay=lay,
    )
