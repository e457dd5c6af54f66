"""The slow proofs of `make prove`: the same claims as the quick tests, with many more futures and mutants."""

from __future__ import annotations

import numpy as np
import pytest
from places import blackburn, levels, place_of
from scipy.special import bdtr
from test_scenario_file import complete, mutants

from simulator.prepared import compile_scenario
from simulator.problems import ScenarioError
from simulator.run import simulate
from simulator.scenario_file import build
from simulator.streams import BlockDraws
from simulator.summary import chance
from simulator.yaml_tree import parse

pytestmark = pytest.mark.prove


def test_thirty_thousand_mutants() -> None:
    for data in mutants(30_000):
        try:
            build(parse(data, "mutant.yaml"))
        except ScenarioError as error:
            complete(error.problems)


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_a_hundred_thousand_paths_are_the_same_on_any_number_of_workers(workers: int) -> None:
    one, other = (simulate(blackburn(), paths=100_000, workers=n) for n in (2, workers))
    assert all((one.kept[name] == other.kept[name]).all() for name in one.kept)
    assert one.chances.equals(other.chances) and one.lines.equals(other.lines) and one.checks_hold


def test_a_million_normals_have_the_moments_of_normals() -> None:
    drawn = BlockDraws(7, 0, 1_000).normals("proof", 1)[0]
    assert abs(drawn.mean()) < 5.69 / 1_000
    assert abs(drawn.var() - 1) < 5.69 * np.sqrt(2) / 1_000
    assert abs((drawn**3).mean()) < 5.69 * np.sqrt(15) / 1_000
    assert abs((drawn**4).mean() - 3) < 5.69 * np.sqrt(96) / 1_000


def test_wilson_intervals_cover_on_a_fine_grid() -> None:
    """Coverage computed exactly from the binomial; it swings with p, so the mean over the grid is held tighter."""
    paths = 10_000
    found = [chance(k, paths) for k in range(paths + 1)]
    low, high = np.array([row.low for row in found]), np.array([row.high for row in found])
    covers = []
    for p in np.linspace(0.01, 0.99, 197):
        inside = np.flatnonzero((low <= p) & (p <= high))
        covers.append(bdtr(inside[-1], paths, p) - (bdtr(inside[0] - 1, paths, p) if inside[0] else 0.0))
    assert min(covers) > 0.94 and abs(np.mean(covers) - 0.95) < 0.003


def test_shocks_reproduce_the_correlations_of_the_loadings_everywhere() -> None:
    compiled = compile_scenario(blackburn())
    names = ["care_demand", "looked_after", "placement_cost", "send", "homelessness", "grants", "rates_base"]
    loads = {name: dict(compiled.drivers[place_of(compiled, name)].loadings) for name in names}
    shares = {name: compiled.drivers[place_of(compiled, name)].system_share for name in names}
    growth = {name: np.diff(levels(compiled, name, 100_000), axis=0, prepend=0.0)[8] for name in names}
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            truth = sum(loads[one].get(factor, 0.0) * load for factor, load in loads[other].items())
            # Growth also holds transitory noise and reviews, so the shocks' correlation is a bound, not a value.
            found = np.corrcoef(growth[one], growth[other])[0, 1]
            assert abs(found) <= abs(truth) + 0.02, (one, other, found, truth, shares[one])
