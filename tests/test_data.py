"""The shipped scenario and defaults against the published tables, where those are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.drivers import NATIONAL, DriverPaths
from simulator.prepared import compile_scenario
from simulator.scenario_file import load
from simulator.years import FinancialYear

SCENARIO = "scenarios/blackburn-with-darwen.yaml"
BASE = FinancialYear(2024)


def outturn(data_dir: Path, section: str) -> pd.DataFrame:
    table = pd.read_csv(data_dir / "local_gov" / "lancashire_councils_revenue_outturn_2021_2025.csv")
    return table[(table.authority == "Blackburn with Darwen") & (table.section == section)]


def test_service_lines_add_up_to_the_return(data_dir: Path) -> None:
    council = load(SCENARIO).scenario.agencies[0]
    rows = outturn(data_dir, "service_expenditure")
    published = rows[rows.year == "2024-25"].set_index("line").amount_gbp_k
    entered: dict[str, float] = {}
    for line in council.spending:
        if line.service and line.net:
            entered[line.service] = entered.get(line.service, 0.0) + line.net.used
    assert entered == {name: pytest.approx(published[name] * 1_000) for name in published.index[:-1]}
    assert sum(entered.values()) == pytest.approx(published["TOTAL SERVICE EXPENDITURE"] * 1_000)


def test_reserves_and_their_history_are_the_published_ones(data_dir: Path) -> None:
    council = load(SCENARIO).scenario.agencies[0]
    rows = outturn(data_dir, "reserves").set_index(["year", "line"]).amount_gbp_k
    assert council.history is not None
    pots = {"unallocated": council.history.gf_unallocated, "other earmarked": council.history.earmarked}
    for words, held in pots.items():
        for year, amount in held.items():
            published = rows[str(year), f"Estimated {words} financial reserves level at 31 March"]
            assert amount.used == pytest.approx(published * 1_000)
    opening = rows["2022-23", "Estimated other earmarked financial reserves level at 1 April"]
    assert council.history.restated_earmarked[FinancialYear(2022)].used == pytest.approx(opening * 1_000)
    assert council.reserves.earmarked.used == council.history.earmarked[BASE].used


def test_council_tax_is_the_published_one(data_dir: Path) -> None:
    tax = load(SCENARIO).scenario.agencies[0].funding.council_tax
    table = pd.read_csv(data_dir / "local_gov" / "council_tax_requirement_2014_2027.csv", low_memory=False)
    rows = table[table.authority.str.contains("Blackburn") & (table.is_component == 0)].set_index("year")
    for year, amount in tax.requirement.items():
        assert amount.used == pytest.approx(rows.ctr_excl_parish_gbp[str(year)], abs=1_000)
        assert tax.band_d[year].used == rows.band_d_excl_parish_gbp[str(year)]
        assert tax.parish_precepts[year].used == pytest.approx(rows.parish_precepts_gbp[str(year)])


def test_the_social_care_precept_adds_up_what_each_year_raised(data_dir: Path) -> None:
    tax = load(SCENARIO).scenario.agencies[0].funding.council_tax
    table = pd.read_csv(data_dir / "local_gov" / "council_tax_requirement_2014_2027.csv", low_memory=False)
    rows = table[table.authority.str.contains("Blackburn") & (table.is_component == 0)].set_index("year")
    each_year = (rows.asc_precept_gbp / rows.council_tax_base).round(2)
    # The return at hand leaves 2025-26 out; the increase of that year says that the whole 2% was taken.
    assert rows.band_d_excl_parish_gbp["2025-26"] / rows.band_d_excl_parish_gbp["2024-25"] == pytest.approx(
        1.0499, abs=5e-5
    )
    each_year["2025-26"] = round(0.02 * rows.band_d_excl_parish_gbp["2024-25"], 2)
    at_band_d = each_year.fillna(0.0).cumsum()
    assert at_band_d["2024-25"] == pytest.approx(270.21)
    assert tax.social_care_precept is not None
    for year, raised in tax.social_care_precept.raised.items():
        assert raised.used == pytest.approx(at_band_d[str(year)] * rows.council_tax_base[str(year)], abs=1)


def test_central_paths_are_the_official_ones(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "macro" / "obr_efo_economy.csv")
    rows = table[(table.edition == "March 2026") & (table.period_type == "fiscal_year")]
    official = rows.pivot(index="period", columns="series", values="value")
    drivers = {driver.id: driver for driver in load(SCENARIO).scenario.drivers}
    names = {"cpi": "cpi_yoy_pct", "earnings": "average_earnings_growth_yoy_pct", "bank_rate": "bank_rate_pct"}
    for name, series in names.items():
        for year, growth in drivers[name].central.items():
            assert 100 * growth.used == pytest.approx(official[series][str(year)], abs=0.006)
    for year, rate in drivers["borrowing_rate"].central.items():
        assert 100 * rate.used == pytest.approx(official["gilt_20y_pct"][str(year)] + 0.8, abs=0.02)


def test_grant_growth_is_the_official_forecast(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "macro" / "obr_efo_public_spending.csv", dtype={"table": str})
    rows = table[(table.table == "4.17") & (table.group == "England") & table.line.str.contains("departments' DELs")]
    paid = rows.set_index("fiscal_year").value
    grants = next(driver for driver in load(SCENARIO).scenario.drivers if driver.id == "grants")
    for year in (FinancialYear(start) for start in range(2025, 2029)):
        growth = paid[str(year)] / paid[str(FinancialYear(year.start - 1))] - 1
        assert grants.central[year].used == pytest.approx(growth, abs=0.0001)


def test_errors_of_earnings_forecasts_match_the_official_ones(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "macro" / "obr_forecast_errors_all_vintages.csv")
    chosen = table[table.variable.str.contains("earn", case=False)]
    official = 100 * chosen.groupby("horizon_years").error.std()
    scenario = load(SCENARIO).scenario
    free = [d.model_copy(update={"confirmed": []}) if d.id in {"cpi", "earnings"} else d for d in scenario.drivers]
    compiled = compile_scenario(scenario.model_copy(update={"drivers": free}))
    at = [driver.id for driver in compiled.drivers].index("earnings")
    blocks = [DriverPaths(compiled, 1).block(b).futures[NATIONAL, at].level for b in range(5)]
    levels = np.concatenate(blocks, axis=1)[:5]
    growth = np.diff(np.concatenate([np.zeros((1, levels.shape[1])), levels]), axis=0)
    ours = 100 * growth.std(axis=1)
    # The longest horizon rests on twelve overlapping forecasts only.
    assert ours[:4] == pytest.approx(official.to_numpy()[:4], abs=0.25)
