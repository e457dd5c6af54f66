"""Tables of evidence for a spreadsheet: the unit of every amount in its heading, so that a column can be read alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

CHANCE, ROW, POUNDS, YEARS = "share of futures", "in the unit of its row", "£", "years"
_INTERVAL, _CUTS = "low95 high95", "p10 p50 p90 p10_low95 p10_high95 p90_low95 p90_high95"
_CHANCES = {CHANCE: f"probability {_INTERVAL}", "futures": "paths"}
UNITS = {
    "tests": {ROW: "value low high bound_green bound_amber"},
    "conditions": {ROW: "number", CHANCE: "chance low high back_before back_without"},
    "least_changes": {POUNDS: "pounds"},
    "least_by_saving_or_tax": {POUNDS: "pounds room"},
    "register": {"change of a share of futures": "comes_back_low comes_back_high below_minimum_low below_minimum_high"},
    "resilience_index": {ROW: f"value {_CUTS}"},
    "by_year": {ROW: f"{_CUTS} central minimum"},
    "chances": _CHANCES,
    "prices": {
        POUNDS: "amount room",
        CHANCE: "back_before back_after below_before below_after",
        "change of a share of futures": "back_points back_error back_low95 back_high95 below_points below_error "
        "below_low95 below_high95",
    },
    "model_risk": _CHANCES,
    "break_points": {"in the unit of size_unit": "size", "its own standard deviations": "deviations"},
    "minimums": {POUNDS: f"amount {_INTERVAL}", CHANCE: "covers covers_low95 covers_high95"},
    "confidence": {POUNDS: f"reserve {_INTERVAL}", CHANCE: "confidence confidence_low95 confidence_high95"},
    "survival": _CHANCES,
    "exhaustion": {YEARS: "p10 p10_low95 p10_high95 p50 horizon", CHANCE: f"censored {_INTERVAL}"},
}
"""The columns of each table by their unit. A row tells its own unit in `unit`; a share is from 0 to 1."""


def headed(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of an examination with units in their headings; where every row has one unit, that is told."""
    return {name: _headed(table, UNITS.get(name, {})) for name, table in tables.items()}


def _headed(table: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    names = dict[str, str]()
    for unit, columns in units.items():
        rows = list(table["unit"].unique()) if unit == ROW and "unit" in table else []
        told = str(rows[0]) if len(rows) == 1 else unit
        names |= {column: f"{column} ({told})" for column in columns.split()}
    return table.rename(columns=names)
