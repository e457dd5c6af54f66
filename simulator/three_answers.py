"""Three answers for a local authority's budget: coming back in-year, what the plan's end holds, what £1m buys.

They are those of its statement on the same futures, bit for bit, found on one pass: the plan as approved, with and
without the money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from simulator.answers import Answers
from simulator.blocks import Sample
from simulator.evidence_tests.budgeted import sets_aside
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.kinds import tests_of
from simulator.evidence_tests.robustness import in_year
from simulator.evidence_tests.seen import plan_years, seen
from simulator.evidence_tests.yearly import by_year
from simulator.paired import paired
from simulator.place import Agency, LocalAuthority
from simulator.price_list import PLAN, Price, offers_of, priced_as, risks_of
from simulator.scenario import Scenario
from simulator.section25 import Draft, drafts
from simulator.shared_luck import SharedLuck
from simulator.trials import tried


@dataclass(frozen=True)
class ThreeAnswers:
    """What a first look at one budget asks, on the plan as approved.

    `back` is the chance of coming back within the budget year (R02). `held` are the rows of the plan's last year, a
    measure each, as `yearly.by_year` has them, in pounds. `price` is £1m of contingency, paid for with new money.
    `counted` is false where the file enters no contingency, so that `back` counts none.
    """

    scenario: Scenario
    agency: str
    paths: int
    seed: int
    end: str
    back: Found
    held: pd.DataFrame
    price: Price
    counted: bool

    @property
    def body(self) -> Agency:
        """The scenario's own record of the body."""
        return next(body for body in self.scenario.bodies if body.id == self.agency)


def asked_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the bodies that a first look asks about: councils; where there is none, local authorities of any kind."""
    local = [body for body in scenario.bodies if isinstance(body, LocalAuthority)]
    return tuple(body.id for body in local if body.kind == "council") or tuple(body.id for body in local)


def drafted(now: Answers, agency: str, workers: int = 2, shared: SharedLuck | None = None) -> tuple[Draft, ...]:
    """Return the draft grade of each limb of one body, as its statement has them on the futures of a run."""
    begin, _ = plan_years(now.scenario, now.body(agency))
    found = tried(now.compiled, agency, (PLAN,), Sample(now.paths, now.seed, workers), begin, shared=shared)
    tests = tuple(tests_of(seen(now.scenario, found, PLAN.name)))
    return drafts(tests) if tests else ()


def three_answers(now: Answers, agency: str, workers: int = 2, shared: SharedLuck | None = None) -> ThreeAnswers:
    """Return the three answers for a local authority, on the futures of a run; `shared` luck is not drawn again.

    Raises:
        TypeError: when the body is no local authority.
    """
    scenario, compiled, body = now.scenario, now.compiled, now.council(agency)
    start, end = plan_years(scenario, body)
    offer = next(offers_of(scenario, compiled, body, start))
    with_it = replace(PLAN, name="with it", given=offer.given)
    sample = Sample(now.paths, now.seed, workers)
    found = tried(compiled, agency, (PLAN, with_it), sample, shared=shared)
    plan, eased = (seen(scenario, found, variant.name) for variant in found.variants)
    off = [paired(was, then, plan.certain) for was, then in zip(risks_of(plan), risks_of(eased), strict=True)]
    by = by_year(replace(plan, start=end))
    return ThreeAnswers(
        scenario=scenario,
        agency=agency,
        paths=now.paths,
        seed=now.seed,
        end=str(by.date.iloc[0]),
        back=in_year(plan),
        held=by,
        price=priced_as(plan, offer, off[0], off[1]),
        counted=sets_aside(plan),
    )
