"""The shipped council's results, stored: a change that moves a number shows as a difference to be explained."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from simulator.run import simulate
from simulator.scenario_file import load

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "tests" / "stored" / "blackburn-with-darwen.csv"
MEASURES = ("gap", "usable_reserves", "high_needs_deficit")


def headline() -> pd.DataFrame:
    """The headline figures of 10,000 futures: quantiles in pounds, chances as shares."""
    results = simulate(load(ROOT / "scenarios" / "blackburn-with-darwen.yaml").scenario)
    years = results.agency_years[results.agency_years.measure.isin(MEASURES)]
    money = years.melt(["view", "measure", "year"], ["p10", "p50", "p90", "central"], "figure", "value")
    chances = results.chances[results.chances.year.str.startswith("by ")]
    shares = chances.rename(columns={"outcome": "measure", "probability": "value"}).assign(figure="chance")
    table = pd.concat([money, shares[money.columns]], ignore_index=True)
    return table.sort_values(["measure", "view", "figure", "year"], ignore_index=True)


def test_results_are_those_stored(regenerate: bool) -> None:
    found = headline()
    if regenerate:
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(found.to_csv(index=False, float_format="%.6f", lineterminator="\n"), encoding="utf-8")
    stored = pd.read_csv(StringIO(STORED.read_text(encoding="utf-8")))
    assert found.drop(columns="value").equals(stored.drop(columns="value"))
    chances = stored.figure == "chance"
    # Another build may differ in the last bits of a pound, and so by one path in 10,000.
    assert found.value[chances].to_numpy() == pytest.approx(stored.value[chances].to_numpy(), abs=0.000101)
    assert found.value[~chances].to_numpy() == pytest.approx(stored.value[~chances].to_numpy(), rel=1e-6, abs=1)
