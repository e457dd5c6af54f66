"""What must not change a single bit of a result: machinery, what is added beside it, and order in the file.

Comparisons are of the very bytes; a tolerance would hide a stream that moved or a sum in another order.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from places import (
    BLACKBURN,
    ROOT,
    Tree,
    basket,
    blackburn,
    blackburn_with,
    council,
    driver,
    event,
    exactly,
    line,
    merged,
    scenario,
)

from simulator.assumptions import Driver, Event
from simulator.drivers import DriverPaths
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.run import BRANCHES, Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.switches import SWITCHES
from simulator.variants import DO_NOTHING, VIEWS, Variant

PATHS = 2_100
DEFAULTS = ROOT / "simulator" / "defaults" / "uk-2026.yaml"
Twins = tuple[str, str]


def table_bytes(table: pd.DataFrame, agency: str, years: tuple[str, ...], whole: bool) -> bytes:
    """The rows of one agency and some years; `any` is a row about the whole horizon."""
    wanted = {*years, *(f"by {year}" for year in years)} | ({"any"} if whole else set())
    rows = table[(table.agency == agency) & table.year.isin(wanted)]
    assert len(rows) > 0
    columns = (rows[name] for name in rows.columns)
    return b"".join(
        c.to_numpy(float).tobytes() if pd.api.types.is_numeric_dtype(c) else repr(list(c)).encode() for c in columns
    )


MONEY = ("agency_years", "chances", "lines")
OF_THE_PLACE = ("any_duty_breached", "two_duties_breached", "system_total_missed")
TABLES = (*MONEY, "switches", "conditional", "waterfall", "parts", "plan")


def digest(
    results: Results,
    agency: str = "blackburn",
    years: int | None = None,
    paths: int | None = None,
    tables: tuple[str, ...] = TABLES,
) -> str:
    """One digest of what a run found for an agency in the two standing views, over its first years or paths.

    Paths have no tables.
    """
    a, labels = results.compiled.agency_ids.index(agency), results.compiled.years[:years]
    found = sha256()
    for name, amounts in [*sorted(results.kept.items()), *sorted(results.happened.items())]:
        found.update(name.encode())
        found.update(np.ascontiguousarray(amounts[: len(VIEWS), a, :years, :paths]).tobytes())
    for name in tables if paths is None else ():
        table = getattr(results, name)
        if "view" in table:
            table = table[table["view"].isin([view.name for view in VIEWS])]
        if name == "chances":
            # The place here has the id of its council; what is said of all its bodies is not this one's.
            table = table[~table.outcome.isin(OF_THE_PLACE)]
        # A body may have no plan, and a place no other end of the override.
        absent = name in ("plan", "conditional") and (table.empty or agency not in set(table.agency))
        found.update(b"" if absent else table_bytes(table, agency, labels, years is None))
    return found.hexdigest()


@cache
def plain() -> Results:
    return simulate(blackburn(), paths=PATHS)


def changed(**parts: Any) -> Results:
    """A run of the shipped place with parts of it replaced."""
    return simulate(blackburn().model_copy(update=parts), paths=PATHS)


LEVY: Tree = {"id": "waste", "name": "Waste", "driver": "cpi", "source": "JBWD"}
POT: Tree = {"source": "JBWD"}
MORE: Tree = {
    "agencies": [
        {
            "id": "blackburn",
            "levies": [{**LEVY, "amounts": {"2024-25": 3, "2025-26": 3.2}}],
            "reserves": {
                "usable_share": None,
                "reallocatable_share": None,
                "named": [
                    {**POT, "id": "risk", "name": "Risk", "amount": 40, "use": "any", "floor": 4},
                    {**POT, "id": "grants", "name": "Grants", "amount": 20.637, "use": "emergency"},
                    {
                        **POT,
                        "id": "pfi",
                        "name": "PFI",
                        "amount": 10,
                        "use": "committed",
                        "planned_use": {"2027-28": 2},
                    },
                ],
            },
        }
    ]
}


@cache
def planned() -> Scenario:
    """The shipped place with a plan, savings, contingency, a levy and named reserves besides all that it has."""
    return blackburn_with(ROOT / "tests" / "plans" / "made-up.yaml", MORE)


@cache
def planned_run() -> Results:
    return simulate(planned(), paths=PATHS)


def planned_with(**parts: Any) -> Results:
    return simulate(planned().model_copy(update=parts), paths=PATHS)


def a_plan_on_one_worker() -> Twins:
    return digest(simulate(planned(), paths=PATHS, workers=1)), digest(planned_run())


def a_plan_over_six_years() -> Twins:
    """The override ends, the pension rate moves and the plan runs out within them."""
    return digest(planned_with(years=6), years=6), digest(planned_run(), years=6)


def a_plan_beside_another_agency(name: str, of: Callable[[], Scenario]) -> Twins:
    twin = of().agencies[0].model_copy(update={"id": name, "name": name})
    return digest(planned_with(agencies=[*planned().agencies, twin])), digest(planned_run())


def another_agency_with_a_plan() -> Twins:
    twin = planned().agencies[0].model_copy(update={"id": "aaa", "name": "aaa"})
    return digest(changed(agencies=[twin, *blackburn().agencies])), digest(plain())


def doing_nothing_beside(of: Callable[[], Scenario]) -> Twins:
    three = simulate(of(), paths=PATHS, do_nothing=True)
    assert [view.name for view in three.views] == ["before_action", "after_action", "do_nothing"]
    return digest(three), digest(plain() if of is blackburn else planned_run())


def the_ends_of_the_override_beside() -> Twins:
    """An override that never ends and pays no grant is none at all, but its two ends are projected beside it."""
    rule = {"then": "extended", "grant_share": "0%"}
    shown, absent = (
        simulate(blackburn_with({"rules": {"high_needs_override": held}}), paths=PATHS) for held in (rule, None)
    )
    assert len(shown.conditional) > 0 and len(absent.conditional) == 0
    return digest(shown, tables=MONEY), digest(absent, tables=MONEY)


def parts_of_nought() -> Twins:
    saving = {"id": "none", "name": "None", "rag": "red", "recurrent": "100%"}
    body = {
        "id": "blackburn",
        "levies": [{**LEVY, "amounts": {"2024-25": 0}}],
        "contingency": {"source": "JBWD", "amounts": {"2026-27": 0}},
        "savings": [{**saving, "source": "JBWD", "amounts": {"2026-27": 0}}],
    }
    found = simulate(blackburn_with({"agencies": [body]}), paths=PATHS)
    return digest(found, tables=MONEY), digest(plain(), tables=MONEY)


def more_workers(workers: int) -> Twins:
    return digest(simulate(blackburn(), paths=PATHS, workers=workers)), digest(plain())


def twice_the_paths() -> Twins:
    return digest(simulate(blackburn(), paths=2 * PATHS), paths=PATHS), digest(plain(), paths=PATHS)


def six_years() -> Twins:
    return digest(changed(years=6), years=6), digest(plain(), years=6)


def another_agency(name: str) -> Twins:
    twin = blackburn().agencies[0].model_copy(update={"id": name, "name": name})
    return digest(changed(agencies=[*blackburn().agencies, twin])), digest(plain())


def a_stranger_beside_shared_prices() -> Twins:
    """Lines moved by national drivers alone are priced once for everybody, whoever names them first."""
    names = ("cpi", "fuel", "rent", "food")
    drivers = [driver(name, long_run="2.3%", spread="1%", system_share="100%") for name in names]
    drivers.append(driver("pay", long_run="2.9%", spread="1%", system_share="50%"))
    baskets = [basket(name, **{name: "100%"}) for name in (*names, "pay")]
    shares = {"a": "food", "b": "pay", "c": "rent", "d": "cpi", "e": "fuel"}
    lines = [
        line(name, net, basket=price)
        for (name, price), net in zip(shares.items(), (11.1, 22.3, 33.7, 5.9, 7.3), strict=True)
    ]
    town = council("town", spending=lines)
    stranger = council("abbey", spending=[line("z", basket="fuel"), line("y", basket="cpi"), line("x", basket="rent")])
    alone, both = (
        simulate(scenario(drivers=drivers, baskets=baskets, agencies=agencies), paths=1_000)
        for agencies in ([town], [stranger, town])
    )
    return digest(both, "town"), digest(alone, "town")


def an_unused_driver() -> Twins:
    unused = Driver.model_validate(driver("aardvarks", long_run="3%", spread="9%", trend="2%"))
    return digest(changed(drivers=[unused, *blackburn().drivers])), digest(plain())


def an_impossible_event(**more: Any) -> Twins:
    never = Event.model_validate(event("aardvarks", "0%", exactly("9%"), **more))
    return digest(changed(events=[never, *blackburn().events])), digest(plain())


def more_variants() -> Twins:
    compiled = compile_scenario(blackburn())
    block = DriverPaths(compiled, 1).block(0)
    extra = (*VIEWS, DO_NOTHING, *BRANCHES, *SWITCHES, Variant("late", acts=True, usable_share=0.1))
    two, many = project(compiled, block), project(compiled, block, extra, len(extra))
    found = [b"".join(a[:2].tobytes() for a in [*o.measures.values(), *o.outcomes.values()]) for o in (two, many)]
    return sha256(found[0]).hexdigest(), sha256(found[1]).hexdigest()


def backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(list(value))}
    if not isinstance(value, list):
        return value
    # Bands of a levy follow one another, so their order is no accident.
    kept = value if value and isinstance(value[0], dict) and "above" in value[0] else reversed(value)
    return [backwards(one) for one in kept]


def written(tree: dict[str, Any]) -> Scenario:
    with TemporaryDirectory() as folder:
        path = Path(folder, "place.yaml")
        path.write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return load(path).scenario


def the_file_backwards() -> Twins:
    defaults, own = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (DEFAULTS, BLACKBURN))
    own.pop("extends")
    tree = merged(defaults, own)
    straight, turned = simulate(written(tree), paths=PATHS), simulate(written(backwards(tree)), paths=PATHS)
    assert digest(straight) == digest(plain())
    return digest(turned), digest(straight)


PROGRAM = "from test_invariance import *; print(digest(simulate(blackburn(), paths=PATHS)))"


def another_hash_seed(seed: int) -> Twins:
    here = Path(__file__).parent
    paths = [str(here), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", PROGRAM]
    ran = subprocess.run(command, env=environment, cwd=here, capture_output=True, text=True, check=True)
    return ran.stdout.strip(), digest(plain())


CASES: dict[str, Callable[[], Twins]] = {
    "one worker": partial(more_workers, 1),
    "two workers": partial(more_workers, 2),
    "three workers": partial(more_workers, 3),
    "twice the paths": twice_the_paths,
    "six years of ten": six_years,
    "an agency before": partial(another_agency, "aaa"),
    "an agency after": partial(another_agency, "zzz"),
    "a stranger beside shared prices": a_stranger_beside_shared_prices,
    "an unused driver": an_unused_driver,
    "an impossible cost": an_impossible_event,
    "an impossible shock": partial(an_impossible_event, driver="cpi"),
    "more variants": more_variants,
    "a plan on one worker": a_plan_on_one_worker,
    "a plan over six years of ten": a_plan_over_six_years,
    "a plan and an agency before": partial(a_plan_beside_another_agency, "aaa", blackburn),
    "a plan and its like after": partial(a_plan_beside_another_agency, "zzz", planned),
    "another agency with a plan": another_agency_with_a_plan,
    "doing nothing beside": partial(doing_nothing_beside, blackburn),
    "doing nothing beside a plan": partial(doing_nothing_beside, planned),
    "the ends of the override beside": the_ends_of_the_override_beside,
    "parts of nought": parts_of_nought,
    "the file backwards": the_file_backwards,
    "hash seed 1": partial(another_hash_seed, 1),
}


@pytest.mark.parametrize("case", [*CASES, pytest.param("hash seed 2", marks=pytest.mark.prove)])
def test_results_are_the_same_bit_for_bit(case: str) -> None:
    first, second = another_hash_seed(2) if case == "hash seed 2" else CASES[case]()
    assert first == second


def test_another_seed_changes_every_path_and_year() -> None:
    other = simulate(blackburn(), paths=PATHS, seed=2)
    assert (other.kept["gap"] != plain().kept["gap"]).all()
    assert (other.agency_years["central"] == plain().agency_years["central"]).all()


def test_a_digest_sees_a_penny() -> None:
    before = digest(simulate(blackburn(), paths=1_000))
    results = simulate(blackburn(), paths=1_000)
    assert digest(results) == before
    results.kept["unfunded_gap"][1, 0, 9, 999] += 0.01
    assert digest(results) != before
