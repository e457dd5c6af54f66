"""What a body holds at each 31 March to the plan's end, or how far off plan it closes, with the chances beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import closes, share_of
from simulator.summary import quantile_interval, quantiles

BAND = (10, 50, 90)
CHANCE_COLUMNS = ["agency", "view", "year", "outcome", "probability", "low95", "high95", "paths"]
BELOW = {
    "usable_reserves": "reserves_below_minimum", "off_plan": "missed_by_half_percent", "cash": "needs_cash_support",
    "free_reserves": "reserves_below_floor",
}  # fmt: skip
"""What a table of each measure counts beside it."""


def shown(view: Seen) -> tuple[str, ...]:
    """Return the measures that the page of a body shows by year, by its kind."""
    return {
        "icb": ("off_plan",), "trust": ("off_plan", "cash"), "vcse": ("free_reserves",)
    }.get(view.body.kind, ("gf_unallocated", "usable_reserves"))  # fmt: skip


def by_year(view: Seen) -> pd.DataFrame:
    """Return every measure shown at each 31 March from the budget year to the plan's end, in pounds.

    Columns: agency, view, year, date, measure, unit, p10, p50, p90, p10_low95, p10_high95, p90_low95, p90_high95 (not
    a number where there are too few paths), central and minimum (the policy minimum, of the general fund alone).
    """
    rows = []
    for t in range(view.start, view.end + 1):
        for measure in shown(view):
            amounts = view.paths[measure][t]
            low, middle, high = (float(amount) for amount in quantiles(amounts, BAND))
            least = float(view.minimum[t]) if measure == "gf_unallocated" else np.nan
            row = (view.body.id, view.view, view.years[t], closes(view, t), measure, "£", low, middle, high)
            rows.append(
                (*row, *_ends(view, amounts, 10), *_ends(view, amounts, 90), float(view.central[measure][t]), least)
            )
    columns = "agency view year date measure unit p10 p50 p90 p10_low95 p10_high95 p90_low95 p90_high95 central minimum"
    return pd.DataFrame(rows, columns=columns.split())


def chances_by_year(view: Seen) -> pd.DataFrame:
    """Return the chance in each single year of what goes with the measures shown, with Wilson 95% intervals.

    Columns: agency, view, year, outcome, probability, low95, high95, paths.
    """
    outcomes = [BELOW[measure] for measure in shown(view) if measure in BELOW]
    rows = [
        (view.body.id, view.view, view.years[t], outcome, *share_of(view, happened[t]), view.count)
        for t in range(view.start, view.end + 1)
        for outcome in outcomes
        for happened in (view.happened[outcome],)
    ]
    return pd.DataFrame(rows, columns=CHANCE_COLUMNS)


def _ends(view: Seen, amounts: np.ndarray, percent: int) -> tuple[float, float]:
    if view.certain:
        return float(amounts[0]), float(amounts[0])
    try:
        return quantile_interval(amounts, percent)
    except ValueError:
        return np.nan, np.nan
