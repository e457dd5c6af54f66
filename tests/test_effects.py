"""What moves a figure between cases: known answers, another library's, and what must hold of any figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol

from simulator.compiled import Floats
from simulator.designs import Case, planned
from simulator.effects import RESAMPLES, morris, sobol
from simulator.studies import Study, number

PI = 3.141592653589793
Figure = Callable[[Floats], Floats]


@cache
def asked(kind: str, size: int, count: int, low: float, high: float) -> tuple[Study, tuple[Case, ...]]:
    """A study of so many values over one range, and its cases."""
    words: dict[str, Any] = {"kind": kind, "trajectories" if kind == "morris" else "points": size}
    vary = [{"id": f"x{i}", "address": f"a.x{i}", "low": low, "high": high} for i in range(1, count + 1)]
    found = Study.model_validate(
        {"headroom": 1, "study": "s", "name": "S", "scenario": "x.yaml", "design": words, "vary": vary}
    )
    return found, planned(found)


def points(cases: tuple[Case, ...]) -> Floats:
    """The points of cases, noughts for the scenario as it stands."""
    count = len(cases[1].point)
    return np.array([case.point or (0.0,) * count for case in cases])


def ishigami(x: Floats) -> Floats:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def sobol_g(x: Floats) -> Floats:
    a = np.array([0.0, 1.0, 4.5, 9.0])
    return np.asarray(np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=1))


def linear(x: Floats) -> Floats:
    return np.asarray(x @ np.array([1.0, 2.0, -3.0, 0.0]) + 50.0)


def sobol_g_shares() -> tuple[Floats, Floats]:
    """First-order and total shares in closed form (Saltelli and Sobol 1995)."""
    own = 1 / 3 / (1 + np.array([0.0, 1.0, 4.5, 9.0])) ** 2
    whole = np.prod(1 + own) - 1
    return own / whole, own * np.prod(1 + own) / (1 + own) / whole


KNOWN: dict[str, tuple[Figure, float, float, list[float], list[float]]] = {
    "Ishigami": (ishigami, -PI, PI, [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]),
    "Sobol-G": (sobol_g, 0.0, 1.0, *([*map(float, shares)] for shares in sobol_g_shares())),
    "linear": (linear, 0.0, 1.0, [1 / 14, 4 / 14, 9 / 14, 0.0], [1 / 14, 4 / 14, 9 / 14, 0.0]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_sobol_indices_meet_the_known_answers(name: str) -> None:
    figure, low, high, first, total = KNOWN[name]
    found, cases = asked("sobol_indices", 1024, len(first), low, high)
    table = sobol(found, figure(points(cases)))
    assert list(table["id"]) == [f"x{i}" for i in range(1, len(first) + 1)]
    for which, answer in (("first", first), ("total", total)):
        assert np.allclose(table[which], answer, atol=0.03)
        assert ((table[f"{which}_low95"] - 0.01 <= answer) & (answer <= table[f"{which}_high95"] + 0.01)).all()


def test_sobol_indices_agree_with_another_library() -> None:
    found, cases = asked("sobol_indices", 256, 3, -PI, PI)
    values = ishigami(points(cases))
    table = sobol(found, values)
    # SALib lays a point out as A, then A with each value from B, then B; ours has B second.
    laid = values[1:].reshape(256, 5)[:, [0, 2, 3, 4, 1]].ravel()
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-PI, PI]] * 3}
    theirs = salib_sobol.analyze(problem, laid, calc_second_order=False, seed=1)
    # It centres and scales a little otherwise before the same estimators.
    assert np.allclose(table["first"], theirs["S1"], atol=0.02)
    assert np.allclose(table["total"], theirs["ST"], atol=0.02)
    half = (table["total_high95"] - table["total_low95"]) / 2
    assert np.allclose(half, theirs["ST_conf"], rtol=0.35, atol=0.02)


@settings(max_examples=15, deadline=None)
@given(seed=some.integers(0, 1_000), scale=some.floats(1e-6, 1e9), shift=some.floats(-1e9, 1e9))
def test_shares_lie_between_nought_and_one_whatever_the_figure(seed: int, scale: float, shift: float) -> None:
    found, cases = asked("sobol_indices", 8, 3, 0.0, 1.0)
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal(len(cases)) * scale + shift
    table = sobol(found, noise)
    shares = table[[column for column in table if column.startswith(("first", "total"))]].to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (table["first_low95"] <= table["first_high95"]).all()


def test_what_is_clipped_is_told() -> None:
    found, cases = asked("sobol_indices", 8, 3, 0.0, 1.0)
    noise = np.random.Generator(np.random.Philox(3)).standard_normal(len(cases))
    table = sobol(found, noise)
    assert table["clipped"].any()
    at_an_end = table[["first", "total"]].isin([0.0, 1.0]).any(axis=1)
    assert at_an_end[table["clipped"]].all()


def test_a_figure_that_never_moves_has_no_shares() -> None:
    found, cases = asked("sobol_indices", 16, 3, 0.0, 1.0)
    table = sobol(found, np.full(len(cases), 0.1))
    assert not table.drop(columns=["id", "name"]).to_numpy().any()


def test_one_value_alone_has_all_of_the_variance() -> None:
    found, cases = asked("sobol_indices", 64, 1, 0.0, 1.0)
    table = sobol(found, points(cases)[:, 0])
    assert table["first"][0] == pytest.approx(1.0, abs=0.05) and table["total"][0] == pytest.approx(1.0, abs=0.05)


def test_bootstraps_in_lots_are_those_drawn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found, cases = asked("sobol_indices", 16, 3, -PI, PI)
    values = ishigami(points(cases))
    whole = sobol(found, values)
    for lot in (1, 5 * 16 * 250, 5 * 16 * (RESAMPLES + 1)):
        monkeypatch.setattr("simulator.effects.MOST_AT_ONCE", lot)
        assert sobol(found, values).equals(whole)


def test_a_case_without_a_figure_leaves_no_indices() -> None:
    found, cases = asked("sobol_indices", 8, 3, 0.0, 1.0)
    values = linear(np.pad(points(cases), ((0, 0), (0, 1))))
    values[5] = np.nan
    with pytest.raises(ValueError, match="every case"):
        sobol(found, values)
    with pytest.raises(ValueError, match="every case"):
        sobol(found, values[:4])
    with pytest.raises(ValueError, match="design"):
        sobol(asked("morris", 4, 3, 0.0, 1.0)[0], values)


def test_effects_of_a_straight_line_are_its_slopes_times_the_range() -> None:
    found, cases = asked("morris", 6, 4, 0.0, 2.0)
    table = morris(found, cases, linear(points(cases)))
    assert np.allclose(table["mu"], [2, 4, -6, 0]) and np.allclose(table["mu_star"], [2, 4, 6, 0])
    assert np.allclose(table[["sigma", "error"]], 0) and (table["moves"] == 6).all()
    assert np.allclose(table["low95"], table["mu_star"]) and np.allclose(table["high95"], table["mu_star"])


def test_elementary_effects_agree_with_another_library() -> None:
    found, cases = asked("morris", 30, 3, -PI, PI)
    inputs, values = points(cases)[1:], ishigami(points(cases))
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-PI, PI]] * 3}
    theirs = salib_morris.analyze(problem, inputs, values[1:], num_levels=4, seed=1)
    table = morris(found, cases, values)
    for ours, name in (("mu", "mu"), ("mu_star", "mu_star"), ("sigma", "sigma")):
        assert np.allclose(table[ours], np.asarray(theirs[name], dtype=float), rtol=1e-6, atol=1e-9)


def test_what_acts_alone_has_no_spread_and_what_interacts_has() -> None:
    found, cases = asked("morris", 20, 3, 0.0, 1.0)
    x = points(cases)
    table = morris(found, cases, x[:, 0] * x[:, 1] + x[:, 2]).set_index("id")
    assert table.sigma["x3"] == pytest.approx(0.0, abs=1e-9)
    assert table.sigma["x1"] > 0.1 and table.sigma["x2"] > 0.1


def test_a_case_without_a_figure_costs_the_steps_that_touch_it() -> None:
    found, cases = asked("morris", 5, 3, 0.0, 1.0)
    values = points(cases) @ np.array([1.0, 2.0, 3.0])
    values[[1, 6]] = np.nan
    table = morris(found, cases, values)
    assert table["moves"].sum() == 5 * 3 - 3
    assert np.allclose(table["mu_star"], [1, 2, 3])
    none = morris(found, cases, np.full(len(cases), np.nan))
    assert (none["moves"] == 0).all() and none["mu_star"].isna().all()


def test_effects_are_of_their_own_design_and_of_every_case() -> None:
    found, cases = asked("morris", 4, 3, 0.0, 1.0)
    with pytest.raises(ValueError, match="Morris"):
        morris(asked("sobol_indices", 8, 3, 0.0, 1.0)[0], cases, np.zeros(len(cases)))
    with pytest.raises(ValueError, match="17 cases have 3 values"):
        morris(found, cases, np.zeros(3))


def test_ends_of_a_percentage_are_shares() -> None:
    assert number("5%") == 0.05 and number("-12.5%") == -0.125 and number(5) == 5.0
