"""The net-risk table that NHS boards use: gross risk, mitigation and what is left, best, likely and worst.

All in pounds against the body's own plan. Best and worst are the 10th and 90th percentiles of each measure by itself,
the other way about of `HELPS`, so rows do not add up; means do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.compiled import ICB, TRUST, Compiled, Floats
from simulator.summary import quantiles
from simulator.variants import MEASURES, holders

CUTS = (10, 50, 90)
HELPS = ("mitigation", "support")
"""What lowers risk: more of it is better; of every other measure less is."""
COLUMNS = ["agency", "year", "view", "measure", "unit", "paths", "best", "likely", "worst", "mean"]


def net_risk(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Floats]) -> pd.DataFrame:
    """Return the table for every NHS body, year and view; empty where a place has none.

    gross_risk: the gap after savings delivered, against plan; mitigation: controls, one-off cover, contingency and
    what other bodies and incentives bring; support: deficit support paid; net_risk: what is left, off plan;
    run_rate: the position without what came once or from earlier years; underlying: without savings that do not last.
    """
    rows = holders(compiled, (ICB, TRUST))
    if rows.start == rows.stop:
        return pd.DataFrame(columns=COLUMNS)
    found = _measured(compiled, kept, rows)
    table = []
    for name, amounts in found.items():
        cuts = quantiles(amounts, CUTS)[:: -1 if name in HELPS else 1]
        for v, view in enumerate(names):
            for a, agency in enumerate(compiled.agency_ids[rows]):
                for t, year in enumerate(compiled.years):
                    mean = amounts[v, a, t].mean()
                    table.append((agency, year, view, name, "£", amounts.shape[-1], *cuts[:, v, a, t], mean))
    return pd.DataFrame(table, columns=COLUMNS)


def _measured(compiled: Compiled, kept: dict[str, Floats], rows: slice) -> dict[str, Floats]:
    """Return each measure `[view, agency, year, path]` of NHS bodies, over the paths whose money is kept whole."""
    paths = kept["spending"].shape[-1]

    def of(name: str) -> Floats:
        start = holders(compiled, MEASURES[name]).start
        return kept[name][:, rows.start - start : rows.stop - start, :, :paths]

    gap, delivered, support = of("gap"), of("savings_delivered"), of("deficit_support")
    target = compiled.agreed.targets[rows, :, None]
    lasting = np.diff(of("recurrent_savings"), axis=2, prepend=0.0)
    gross = gap - delivered + target
    mitigation = of("in_year_controls") + of("contingency") + of("system_support") - support
    return {
        "gross_risk": gross,
        "mitigation": mitigation,
        "support": support,
        "net_risk": gross - mitigation - support,
        "run_rate": gap - delivered - of("brought_forward"),
        "underlying": gap - lasting - of("brought_forward"),
    }


def systems(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Floats], log: Floats) -> pd.DataFrame:
    """Return how each system closes against its control total: in pounds, and as a share of its ICBs' funding.

    Above nought is better than the total. The share is the metric of system dashboards: differences of commissioners
    and providers alike over commissioners' resource limits. Positions are those at close without incentives and
    support, as control totals are; `log` `[entry, view, year, path]` says what was paid of both.
    """
    rows, icbs = [], compiled.slices[ICB]
    for system in compiled.agreed.systems:
        against: Floats = np.zeros(1)
        limits: Floats = np.zeros(1)
        for i, member in enumerate(system.members):
            short = kept["use_of_reserves"][:, member] + _unfunded(kept, member) - _lapsed(compiled, kept, member)
            extra = [system.incentives[i], *(entry for body, entry in compiled.agreed.support if body == member)]
            against = against - short - system.targets[i, :, None] - sum((log[entry] for entry in extra), start=0.0)
            if icbs.start <= member < icbs.stop:
                limits = limits + kept["funding"][:, member]
        found = {"against_total": ("£", against)}
        if limits.any():
            found["share_of_limits"] = ("share", against / limits)
        for measure, (unit, amounts) in found.items():
            cuts = quantiles(amounts, CUTS)
            for v, view in enumerate(names):
                for t, year in enumerate(compiled.years):
                    row = (system.name, year, view, measure, unit, amounts.shape[-1], amounts[v, t].mean())
                    rows.append((*row, *cuts[:, v, t]))
    columns = ["system", "year", "view", "measure", "unit", "paths", "mean", "p10", "p50", "p90"]
    return pd.DataFrame(rows, columns=columns)


def _unfunded(kept: dict[str, Floats], member: int) -> Floats:
    return kept["unfunded_gap"][:, member, :, : kept["spending"].shape[-1]]


def _lapsed(compiled: Compiled, kept: dict[str, Floats], member: int) -> Floats:
    return kept["lapsed"][:, member - holders(compiled, MEASURES["lapsed"]).start]
