"""Money in prices of the base year: each future by its own prices, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator import place_tables, real_terms
from simulator.answers import Answers, answers
from simulator.blocks import Sample
from simulator.drivers import DriverPaths
from simulator.plain_english import money_row, of_paths
from simulator.scenario_file import load
from simulator.summary import quantiles

ROOT = Path(__file__).resolve().parents[1]
GAP = ("blackburn", "gap", "after_action")
PATHS = 1_000


@pytest.fixture(scope="module")
def run() -> Answers:
    return answers(
        load(ROOT / "scenarios" / "blackburn-with-darwen.yaml", sets=["years=4"]).scenario, Sample(PATHS, 1, 1)
    )


@pytest.fixture(scope="module")
def prices(run: Answers) -> real_terms.Index:
    found = real_terms.index(run, DriverPaths(run.compiled, run.seed), 1)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def real(run: Answers, prices: real_terms.Index) -> Answers:
    return real_terms.in_real(run, "blackburn", "gap", prices)


def test_prices_are_those_that_the_driver_grows_by(run: Answers, prices: real_terms.Index) -> None:
    cpi = next(one for one in run.compiled.drivers if one.id == "cpi")
    assert prices.central == pytest.approx(np.cumprod(1 + cpi.central))
    assert prices.paths.shape == (4, PATHS) and prices.paths[-1].std() > prices.paths[0].std()


def test_a_pound_of_each_future_is_divided_by_its_own_prices(
    run: Answers, real: Answers, prices: real_terms.Index
) -> None:
    for t, year in enumerate(run.compiled.years):
        cash, now = (of_paths(one, *GAP, year) for one in (run, real))
        assert now == pytest.approx(cash / prices.paths[t])
        row, before = money_row(real, *GAP, year), money_row(run, *GAP, year)
        assert row["mean"] == pytest.approx(now.mean())
        assert row.p90 == quantiles(now, (90,))[0]
        assert row.central == pytest.approx(before.central / prices.central[t])


def test_nothing_else_moves(run: Answers, real: Answers) -> None:
    assert real.chances.equals(run.chances)
    others = run.agency_years.measure != "gap"
    assert real.agency_years[others].equals(run.agency_years[others])
    assert list(real.agency_years.columns) == list(run.agency_years.columns)


def test_prices_that_stand_still_change_no_amount(run: Answers, prices: real_terms.Index) -> None:
    still = real_terms.Index(np.ones_like(prices.paths), np.ones_like(prices.central))
    same = real_terms.in_real(run, "blackburn", "gap", still)
    money = [name for name in run.agency_years if name.startswith("p") and name != "paths"]
    assert np.array_equal(same.agency_years[[*money, "central"]], run.agency_years[[*money, "central"]])


def test_a_real_fan_begins_at_the_base_year(run: Answers, prices: real_terms.Index) -> None:
    base = str(run.scenario.base_year)
    held = real_terms.in_real(run, "blackburn", "usable_reserves", prices)
    fan = real_terms.known_real(place_tables.fan(held, "blackburn", "usable_reserves", "after_action"), base)
    assert fan.Year.iloc[0] == base and fan[place_tables.KNOWN].notna().sum() == 1
    assert fan[place_tables.MIDDLE].notna().all()
    assert (
        real_terms.said("reserves at 31 March, £m cash", run)
        == f"reserves at 31 March, £m in {base} prices, each future by its own"
    )


def test_a_scenario_without_consumer_prices_has_none() -> None:
    run = answers(load(ROOT / "tests" / "small.yaml").scenario, Sample(100, 1, 1))
    assert real_terms.index(run, DriverPaths(run.compiled, run.seed), 1) is None
