"""Disputed assumptions: where a body believes otherwise than the place has agreed, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from simulator.compiled import Compiled, Floats
from simulator.compiling import compile_terms
from simulator.drivers import DriverPaths
from simulator.place import Agency, Belief
from simulator.position import price
from simulator.prepared import Prepared
from simulator.scenario import Scenario

COLUMNS = ["agency", "driver", "name", "year", "shared", "theirs", "unit", "gap_effect"]


def disputed(scenario: Scenario, prepared: Prepared) -> pd.DataFrame:
    """Return a row for each year of each disputed driver: both beliefs, and what theirs adds to the body's central gap.

    Beliefs are growth in the year, as shares; `gap_effect` is in pounds, above nought where theirs widens the gap. Each
    belief is priced by itself, with all others as agreed.
    """
    rows = []
    compiled = prepared.compiled
    if not compiled.disputed:
        return pd.DataFrame(columns=COLUMNS)
    agreed = _gaps(replace(compiled, disputed={}))
    names = {driver.id: driver.name for driver in scenario.drivers}
    central = {terms.id: terms.central for terms in compiled.drivers}
    for a, agency in enumerate(compiled.agency_ids):
        body = next(one for one in scenario.bodies if one.id == agency)
        for belief in sorted(body.beliefs, key=lambda stated: stated.driver):
            theirs = _gaps(replace(compiled, disputed=_alone(scenario, body, belief)))
            for t, year in enumerate(scenario.projected):
                if year in belief.growth:
                    shared, own = float(central[belief.driver][t]), belief.growth[year].used
                    effect = float(theirs[a, t] - agreed[a, t])
                    row = (agency, belief.driver, names[belief.driver], str(year), shared, own, "£", effect)
                    rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _alone(scenario: Scenario, body: Agency, belief: Belief) -> Mapping[tuple[int, int], Floats]:
    """Return what drivers differ by where one body holds one belief and nobody else any."""
    alone = [
        one.model_copy(update={"beliefs": [belief] if one.id == body.id else []}) if isinstance(one, Agency) else one
        for one in scenario.agencies
    ]
    return compile_terms(scenario.model_copy(update={"agencies": alone})).disputed


def _gaps(compiled: Compiled) -> Floats:
    """Return every body's central gap by year, before any choice, `[agency, year]`."""
    central = price(compiled, DriverPaths(compiled, 0).central())
    return (central.spending + central.paid - central.funding - central.received)[:, :, 0]
