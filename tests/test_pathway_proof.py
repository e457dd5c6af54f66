"""Slow proofs of `make prove` for the pathway: queues in closed form, the fluid limit, size, held-out points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_pathway import erlang_c, mean, queue

from simulator.distilling import Effort, error, held_out, look, looks, read, told
from simulator.pathway import replicate
from simulator.pathway_patients import Hospital, Onward, Stay
from simulator.pathway_terms import at, hospital, surface

pytestmark = pytest.mark.prove

PATHWAY = read()
SURFACE = surface(PATHWAY.surface)
LOG_SD = {variation: float(np.sqrt(np.log1p(variation))) for variation in (1.0, 3.2)}


def waits(place: Hospital, replications: int, years: int) -> tuple[float, float, float, float]:
    """Chance of waiting and mean wait in days, each with its standard error."""
    chances, means = [], []
    for replication in range(replications):
        found = replicate(place, 1, replication, 100, years)
        came = sum(year.nodes["beds"][1] for year in found)
        chances.append(sum(year.nodes["boarding"][1] for year in found) / came)
        means.append(sum(year.boarders for year in found) * 365 / came)
    root = replications**0.5
    return (float(np.mean(chances)), float(np.std(chances, ddof=1) / root),
            float(np.mean(means)), float(np.std(means, ddof=1) / root))  # fmt: skip


@pytest.mark.parametrize(
    ("servers", "rho", "log_sd"),
    [(60, 0.9, None), (60, 0.9, LOG_SD[1.0]), (60, 0.9, LOG_SD[3.2]), (200, 0.95, LOG_SD[3.2])],
)
def test_queues_in_closed_form(servers: int, rho: float, log_sd: float | None) -> None:
    stay = 1.0
    chance, chance_se, wait, wait_se = waits(queue(servers, rho, Stay(stay, log_sd)), 16, 6)
    expected = erlang_c(servers, servers * rho)
    exact = expected * stay / (servers * (1 - rho))
    # The chance of waiting hardly depends on the shape of stays; the mean wait is exact for exponential ones only.
    assert abs(chance - expected) < 0.03 + 3 * chance_se
    if log_sd is None:
        assert abs(chance - expected) < 3 * chance_se
        assert abs(wait - exact) < 3 * wait_se
    else:
        bracket = exact * (1 + np.expm1(log_sd**2)) / 2
        assert exact * 0.7 - 3 * wait_se < wait < bracket + 3 * wait_se


@pytest.mark.parametrize(("rho", "fluid"), [(1.05, 6.3), (1.15, 17.2), (1.25, 26.3), (1.35, 34.1)])
def test_the_fluid_limit(rho: float, fluid: float) -> None:
    # 9.4 a day and a patience of 14 days, as one way on of 250 slots' load.
    onward = (Onward(0.5, round(250 / rho), Stay(250 / 9.4, 0.8)),)
    place = Hospital(18.8, 1_000, Stay(2.0, 1.0), onward, patience=14.0)
    years = [year for replication in range(10) for year in replicate(place, 1, replication, 365, 4)]
    assert 9.4 * 14 * (1 - round(250 / rho) / 250) == pytest.approx(fluid, abs=0.3)
    # Chance keeps the queue a little above the limit, most near balance.
    assert fluid - 1.5 < mean(years, "delayed") < fluid + 4


def test_littles_law_over_ten_years() -> None:
    for replication in range(4):
        found = replicate(hospital(PATHWAY), 5, replication, 365, 10)
        for name in found[0].nodes:
            level, entered, stayed = (np.array([year.nodes[name][i] for year in found]) for i in range(3))
            if entered.sum() > 1_000:
                # A length-biased remaining stay at each end, over ten years.
                ends = 3 * level.mean() * stayed.sum() / entered.sum() / 3_650
                assert abs(level.mean() - stayed.sum() / 3_650) < ends + 0.01, name


def test_twenty_held_out_points_of_a_new_seed() -> None:
    effort = Effort(seed=991)
    fresh = looks([at(hospital(PATHWAY), *point) for point in held_out(991)], effort, workers=2)
    found = error(PATHWAY, SURFACE, fresh)
    assert found["within"] >= 17
    assert found["mean_error"] <= 3 * found["mean_se"]


@pytest.mark.parametrize("size", [0.5, 2.0])
def test_places_of_half_and_twice_the_size(size: float) -> None:
    base = hospital(PATHWAY)
    place = replace(base, admissions=base.admissions * size)
    for point in ((0.85, 0.95, 21.0), (0.85, 1.1, 21.0), (0.95, 1.4, 14.0)):
        found = look(at(place, *point), Effort(seed=992))
        said = told(PATHWAY, SURFACE, found.place)
        assert abs(said[0] - found.delayed) <= 3 * found.delayed_se + 0.08 * found.delayed
