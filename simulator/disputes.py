"""Disputed assumptions: where a body believes otherwise than the place has agreed, and what that is worth."""

from __future__ import annotations

import pandas as pd

from simulator.compiled import Floats
from simulator.drivers import DriverPaths
from simulator.place import Agency, Belief
from simulator.position import price
from simulator.prepared import Prepared, prepare
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
    agreed = _gaps(scenario, None, None)
    names = {driver.id: driver.name for driver in scenario.drivers}
    central = {terms.id: terms.central for terms in compiled.drivers}
    for a, agency in enumerate(compiled.agency_ids):
        body = next(one for one in scenario.bodies if one.id == agency)
        for belief in sorted(body.beliefs, key=lambda stated: stated.driver):
            theirs = _gaps(scenario, body, belief)
            for t, year in enumerate(scenario.projected):
                if year in belief.growth:
                    shared, own = float(central[belief.driver][t]), belief.growth[year].used
                    effect = float(theirs[a, t] - agreed[a, t])
                    row = (agency, belief.driver, names[belief.driver], str(year), shared, own, "£", effect)
                    rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _gaps(scenario: Scenario, holder: Agency | None, belief: Belief | None) -> Floats:
    """Return every body's central gap by year before any choice, where one body holds one belief, others none."""
    alone = [
        one.model_copy(update={"beliefs": [belief] if holder and belief and one.id == holder.id else []})
        if isinstance(one, Agency)
        else one
        for one in scenario.agencies
    ]
    compiled = prepare(scenario.model_copy(update={"agencies": alone})).compiled
    central = price(compiled, DriverPaths(compiled, 0).central())
    gaps: Floats = (central.spending + central.paid - central.funding - central.received)[:, :, 0]
    return gaps
