"""What must not change a single bit of a result: machinery, what is added beside it, and order in the file.

Comparisons are of the very bytes; `1e-12` would hide a stream that moved or a sum taken in another order.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from places import BLACKBURN, ROOT, blackburn, council, driver, event, exactly, line, merged, scenario

from simulator.assumptions import Driver, Event
from simulator.compiling import compile_scenario
from simulator.drivers import DriverPaths
from simulator.projection import VIEWS, Variant, project
from simulator.run import SWITCHES, Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import load

PATHS = 2_500
TOWN = "blackburn"


def table_bytes(table: pd.DataFrame, agency: str, years: tuple[str, ...]) -> bytes:
    wanted = {*years, *(f"by {year}" for year in years)} | ({"any"} if len(years) == 10 else set())
    rows = table[(table.agency == agency) & table.year.isin(wanted)]
    assert len(rows)
    columns = [rows[name] for name in rows.columns]
    return b"".join(
        c.to_numpy(float).tobytes() if pd.api.types.is_numeric_dtype(c) else repr(list(c)).encode() for c in columns
    )


def digest(results: Results, agency: str = TOWN, years: int = 10, paths: int | None = None) -> str:
    """One digest of everything a run found for one agency; of fewer paths, of kept paths only."""
    compiled = results.compiled
    a, labels = compiled.agency_ids.index(agency), compiled.years[:years]
    found = sha256()
    for name in sorted(results.kept):
        found.update(np.ascontiguousarray(results.kept[name][:, a, :years, :paths]).tobytes())
    if paths is None:
        for table in (results.agency_years, results.chances, results.switches, results.lines):
            found.update(table_bytes(table, agency, labels))
        found.update(repr(sorted(results.checks.items())).encode() if len(compiled.agency_ids) == 1 and years == 10 else b"")
    return found.hexdigest()


@cache
def plain() -> Results:
    return simulate(blackburn(), paths=PATHS, workers=2)


def parts(**changes: Any) -> Results:
    """A run of the shipped place with parts of it replaced."""
    return simulate(blackburn().model_copy(update=changes), paths=PATHS)


def with_workers(workers: int) -> tuple[str, str]:
    return digest(simulate(blackburn(), paths=PATHS, workers=workers)), digest(plain())


def with_twice_the_paths() -> tuple[str, str]:
    return digest(simulate(blackburn(), paths=2 * PATHS), paths=PATHS), digest(plain(), paths=PATHS)


def with_six_years() -> tuple[str, str]:
    short = parts(years=6)
    assert short.compiled.horizon == 6
    # Residuals of identities are largest over all years, so they are left out on both sides.
    return digest(short, years=6), digest(plain(), years=6)


def with_another_agency(name: str) -> tuple[str, str]:
    twin = blackburn().agencies[0].model_copy(update={"id": name, "name": name})
    both = parts(agencies=[twin, *blackburn().agencies])
    alone = digest(plain()) if len(both.compiled.agency_ids) == 1 else digest_without_checks(plain())
    return digest(both), alone


def digest_without_checks(results: Results) -> str:
    """The digest of a run whose residuals are taken over more than one agency."""
    found = sha256()
    for name in sorted(results.kept):
        found.update(np.ascontiguousarray(results.kept[name][:, 0]).tobytes())
    for table in (results.agency_years, results.chances, results.switches, results.lines):
        found.update(table_bytes(table, TOWN, results.compiled.years))
    return found.hexdigest()
