"""All that is found out about one body for its statement: tests, grades, reserves, prices, conditions, doubts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from simulator.blocks import Sample
from simulator.break_points import BreakPoints, break_points, break_table
from simulator.conditions import Condition, condition_table, conditions
from simulator.evidence_tests import reserves
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.index_table import index_table
from simulator.evidence_tests.kinds import tests_of
from simulator.evidence_tests.seen import Seen, plan_view
from simulator.evidence_tests.yearly import by_year, chances_by_year
from simulator.least_change import LeastChange, least_changes
from simulator.model_risk import ModelRisk, model_risk, model_risk_table
from simulator.other_means import OtherMeans, means_table, other_means
from simulator.prepared import prepare
from simulator.price_list import Price, price_list, price_table
from simulator.regimes.vcse import Charity
from simulator.register_effects import Effect, register_effects, register_table
from simulator.scenario import Scenario
from simulator.section25 import Draft, drafts
from simulator.trials import USUAL

MOST_FOR_EFFECTS = 1_000
"""Futures on which the effect of each assumption is measured: a ranking needs fewer than a chance."""

STAGES = (
    "its plan on every future", "conditions", "what £1m buys", "structural judgements", "break points",
    "what each assumption does",
)  # fmt: skip
"""What an examination does, in order, in words."""
IN_POUNDS = ("minimums", "confidence", "least_changes", "least_by_saving_or_tax")
"""Tables whose amounts are all pounds; shares in them are chances."""
Tell = Callable[[str], None]


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Examination:
    """One body's evidence, all on the same futures and the plan view; `breaks` is nothing for a charity.

    `reserves` holds the tables of `evidence_tests.reserves` by name: minimums, confidence, survival, exhaustion.
    """

    view: Seen
    seed: int
    found: tuple[Found, ...]
    drafts: tuple[Draft, ...]
    conditions: tuple[Condition, ...]
    changes: tuple[LeastChange, ...]
    means: tuple[OtherMeans, ...]
    prices: tuple[Price, ...]
    model_risk: ModelRisk
    breaks: BreakPoints | None
    reserves: dict[str, pd.DataFrame]
    effects: tuple[Effect, ...]

    def test(self, key: str) -> Found:
        """Return the first test of an id."""
        return next(one for one in self.found if one.id == key)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table that is not empty, by name."""
        every = {
            "tests": test_table(self.found),
            "draft_grades": draft_table(self.drafts),
            "conditions": condition_table(self.conditions),
            "least_changes": pd.DataFrame([asdict(one) for one in self.changes]),
            "least_by_saving_or_tax": means_table(self.means),
            "register": register_table(self.view.scenario, self.effects),
            "resilience_index": index_table(self.view, self.seed),
            "by_year": by_year(self.view),
            "chances": chances_by_year(self.view),
            "prices": price_table(self.prices),
            "model_risk": model_risk_table(self.model_risk),
            "break_points": break_table(self.breaks) if self.breaks else pd.DataFrame(),
            **self.reserves,
        }
        for name in IN_POUNDS:
            every[name] = every[name].assign(unit="£")
        return {name: table for name, table in every.items() if len(table)}


def examine(scenario: Scenario, agency: str, sample: Sample = USUAL, tell: Tell = _silent) -> Examination:
    """Return the evidence for one body's budget year, on the futures of a run of the scenario.

    `tell` hears in words what is in hand, `STAGES` in order.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    stages = iter(STAGES)
    tell(next(stages))
    compiled = prepare(scenario).compiled
    view = plan_view(scenario, compiled, agency, sample)
    found = tuple(tests_of(view))
    tell(next(stages))
    held = conditions(scenario, compiled, agency, sample, found)
    tell(next(stages))
    prices = price_list(scenario, compiled, agency, sample)
    tell(next(stages))
    judged = model_risk(scenario, compiled, agency, sample)
    tell(next(stages))
    breaks = None if isinstance(view.body, Charity) else break_points(scenario, agency, sample)
    tell(next(stages))
    changes = least_changes(view, found)
    fewer = replace(sample, paths=min(sample.paths, MOST_FOR_EFFECTS))
    return Examination(
        view=view,
        seed=sample.seed,
        found=found,
        drafts=drafts(found) if found else (),
        conditions=held,
        changes=changes,
        means=other_means(view, found, changes),
        prices=prices,
        model_risk=judged,
        breaks=breaks,
        reserves={
            "minimums": reserves.minimums(view),
            "confidence": reserves.confidence(view),
            "survival": reserves.survival(view),
            "exhaustion": reserves.exhaustion(view),
        },
        effects=tuple(register_effects(scenario, agency, fewer)),
    )


def draft_table(made: tuple[Draft, ...]) -> pd.DataFrame:
    """Return draft grades as a table, a row for each limb, tests by their ids."""
    rows = []
    for one in made:
        named = {name: " ".join(test.id for test in getattr(one, name)) for name in ("binding", "untested")}
        row = {"agency": one.agency, "limb": one.limb, "draft_grade": one.grade, "why": one.why, "open": one.open}
        rows.append(row | named)
    return pd.DataFrame(rows)


def test_table(found: tuple[Found, ...]) -> pd.DataFrame:
    """Return tests as a table, a row each, with where each turns and whose its bounds are."""
    rows = []
    for one in found:
        row = asdict(one)
        bounds = row.pop("bounds") or {}
        rows.append(row | {f"bound_{name}": bounds.get(name) for name in ("green", "amber", "falling", "source")})
    return pd.DataFrame(rows)


def report(done: Examination) -> dict[str, Any]:
    """Return the evidence as plain values for a machine: shares from 0 to 1, money in pounds."""
    view = done.view
    return {
        "agency": view.body.id,
        "name": view.body.name,
        "as_at": str(view.scenario.as_at),
        "view": view.view,
        "budget_year": view.budget_year,
        "plan_end": view.years[view.end],
        "paths": view.count,
        "seed": done.seed,
        "tables": {name: table.to_dict("records") for name, table in done.tables().items()},
    }
