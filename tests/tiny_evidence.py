"""A town of £100m whose futures are chosen by hand, so that every test of the evidence can be worked on paper.

Its net budget is £100m in every year: £99m of services and a contingency of £1m, paid for by tax, so that its gap is
nought. It opens with a general fund of £10m, whose minimum is £5m, and earmarked reserves of £8m, half of them usable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from places import BASE, Tree, council, line, merged, scenario

from simulator.blocks import Sample
from simulator.compiled import Bools, Floats
from simulator.evidence_tests import kinds
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.seen import Seen, plan_view
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.summary import chance
from simulator.trials import Luck

YEARS = ("2026-27", "2027-28", "2028-29", "2029-30", "2030-31")
MILLION = 1e6
COUNT = 1_000
SURE: Tree = {
    "green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "0%", "organisation_weight": "0%",
    "system_share": "0%",
}  # fmt: skip
"""Savings that are delivered as rated, for certain."""


def town(**changes: Any) -> Tree:
    """The town, changed as told."""
    plain = {
        "funding": {
            "council_tax": {
                "requirement": {BASE: 99, **dict.fromkeys(YEARS, 100)},
                "band_d": {BASE: 1980, **dict.fromkeys(YEARS, 2000)},
            }
        },
        "spending": [line("services", 99)],
        "contingency": {"amounts": dict.fromkeys(YEARS, 1)},
        "reserves": {"earmarked": 8, "usable_share": "50%", "minimum": "5%"},
    }
    return council(**merged(plain, changes))


def looked_at(*bodies: Tree, count: int = COUNT, **place: Any) -> Seen:
    """The first of some bodies on the plan view, its luck kept."""
    found = scenario(**merged({"agencies": list(bodies) or [town()], "rules": {"delivery": SURE}}, place))
    return looked_at_in(found, found.bodies[0].id, count)


def looked_at_in(found: Scenario, agency: str, count: int = COUNT) -> Seen:
    return plan_view(found, prepare(found).compiled, agency, Sample(count))


def told(view: Seen, key: str) -> list[Found]:
    """Every finding of one test, in its order."""
    return [one for one in kinds.tests_of(view) if one.id == key]


def first(view: Seen, key: str) -> Found:
    return told(view, key)[0]


def summed_up(view: Seen, key: str) -> tuple[float | None, str]:
    """The number of a test's first finding, rounded, and its grade; one that is open says so."""
    found = first(view, key)
    value = None if found.value is None else round(found.value, 6)
    return value, f"{found.grade} open" if found.indeterminate else found.grade


def spread(*parts: tuple[int, float], count: int = COUNT) -> Floats:
    """Amounts of a year in £m: how many futures have each, the rest having nought; in pounds."""
    amounts = [pounds for number, pounds in parts for _ in range(number)]
    return np.array(amounts + [0.0] * (count - len(amounts))) * MILLION


def paths(view: Seen, year: int = 0, **measures: Floats) -> Seen:
    """The body with measures of one year put in place of those it has, by path."""
    changed = {name: held.copy() for name, held in view.paths.items()}
    for name, amounts in measures.items():
        changed[name][year] = amounts
    return replace(view, paths=changed)


def central(view: Seen, year: int = 0, **measures: float) -> Seen:
    """The body with measures of one year of its central case put in place, in £m."""
    changed = {name: held.copy() for name, held in view.central.items()}
    for name, amount in measures.items():
        changed[name][year] = amount * MILLION
    return replace(view, central=changed)


def happened(view: Seen, outcome: str, by_year: Sequence[int | Bools]) -> Seen:
    """The body with an outcome that strikes so many futures in each year, the same ones first; or those given."""
    struck = view.happened[outcome].copy()
    for year, which in enumerate(by_year):
        struck[year] = np.arange(view.count) < which if isinstance(which, int) else which
    # A future's gap differs from the central one, so that the body is seen to be uncertain.
    uncertain = paths(view, gap=spread((1, 0.001), count=view.count))
    return replace(uncertain, happened=view.happened | {outcome: struck})


def lucky(view: Seen, **parts: Any) -> Seen:
    """The body with parts of its luck put in place: `levels` by driver, `surprise`, `pooled` or `shared`."""
    assert view.luck is not None
    luck: Luck = view.luck
    return replace(view, luck=luck._replace(**parts))


def wilson(number: int, count: int = COUNT) -> tuple[float, float]:
    found = chance(number, count)
    return found.low, found.high
