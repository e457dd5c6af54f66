"""Slopes, ranks and first-order shares against answers that are known in closed form, and against SALib."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SALib.analyze import rbd_fast
from scipy.special import ndtr

from simulator.compiled import Floats
from simulator.given_data import first_order, mean_shift
from simulator.regressions import rank, shares_of, standardised, travelling
from simulator.streams import BlockDraws

PATHS = 10_000


def normals(rows: int, paths: int = PATHS, seed: int = 3) -> Floats:
    return BlockDraws(seed, 0, -(-paths // 1_000)).normals("inputs", rows)[:, :paths]


def ishigami(x: Floats) -> Floats:
    """The function of Ishigami and Homma (1990) with a = 7 and b = 0.1, on inputs from -pi to pi."""
    answer: Floats = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    return answer


def uniforms(rows: int) -> Floats:
    spread: Floats = ndtr(normals(rows))
    return spread


def test_ishigami_has_the_shares_that_are_known() -> None:
    found = first_order(np.pi * (2 * uniforms(3) - 1), ishigami(np.pi * (2 * uniforms(3) - 1)))
    assert found.shares == pytest.approx([0.3139, 0.4424, 0.0], abs=0.012)
    assert all(
        low <= truth <= high for low, truth, high in zip(found.low, (0.3139, 0.4424, 0), found.high, strict=True)
    )


def test_sobol_g_has_the_shares_that_are_known() -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    u = uniforms(5)
    outcome = np.prod((np.abs(4 * u - 2) + a[:, None]) / (1 + a[:, None]), axis=0)
    alone = 1 / (3 * (1 + a) ** 2)
    truth = alone / (np.prod(1 + alone) - 1)
    found = first_order(u, outcome)
    assert found.shares == pytest.approx(truth, abs=0.015)
    assert found.shares[4] <= 2 * found.floor < found.shares[2], "what does next to nothing lies about the floor"


def test_correlated_normals_have_their_closed_form() -> None:
    """Of y = b'x the first-order share is the squared correlation of x and y; slopes and partials follow from S."""
    root = np.linalg.cholesky(np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.3], [0.0, 0.3, 1.0]]))
    drawn, b = normals(4), np.array([1.0, 0.5, -0.5])
    x = root @ drawn[:3]
    y, s = b @ x + drawn[3], root @ root.T
    spread = np.sqrt(b @ s @ b + 1)
    assert first_order(x, y).shares == pytest.approx((s @ b / spread) ** 2, abs=0.02)
    slopes, explained = standardised(x, y), b @ s @ b / spread**2
    assert slopes.slopes == pytest.approx(b / spread, abs=0.02)
    assert slopes.explained == pytest.approx(explained, abs=0.01)
    assert ((slopes.low < b / spread) & (b / spread < slopes.high)).all()
    # Ranks of normals correlate a little less than the normals (Pearson 1907), and partials follow from the inverse.
    covariance = np.block([[s, (s @ b)[:, None]], [s @ b, np.array([[spread**2]])]])
    scale = np.sqrt(np.diag(covariance))
    inverse = np.linalg.inv(6 / np.pi * np.arcsin(covariance / np.outer(scale, scale) / 2))
    partial = -inverse[-1, :-1] / np.sqrt(inverse[-1, -1] * np.diag(inverse)[:-1])
    ranked = rank(x, y)
    assert ranked.slopes == pytest.approx(partial, abs=0.02)
    assert ((ranked.low < partial) & (partial < ranked.high)).all()
    assert shares_of(x, y).shares.sum() == pytest.approx(explained, abs=0.01)
    assert travelling(shares_of(x, y).correlations) == ((1,), (0,), ())
    assert travelling(shares_of(x, y).correlations, 0.25) == ((1,), (0, 2), (1,))


def test_shares_of_what_travels_together_do_not_add_up() -> None:
    one, two = normals(2)
    x = np.array([one, one + 0.1 * two])
    assert first_order(x, x.sum(axis=0)).shares.sum() > 1.9
    assert shares_of(x, x.sum(axis=0)).shares.sum() == pytest.approx(1)


def test_ranks_see_through_a_bend() -> None:
    x = normals(3)
    bent = np.exp(3 * x[0] + 0.1 * x[2])
    assert standardised(x, bent).explained < 0.5 and rank(x, bent).slopes[0] > 0.99
    assert abs(rank(x, bent).slopes[1]) < 0.05


def test_salib_says_the_same() -> None:
    x = np.pi * (2 * uniforms(3) - 1)
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[-np.pi, np.pi]] * 3}
    theirs = rbd_fast.analyze(problem, x.T, ishigami(x), num_resamples=2, seed=1)["S1"]
    assert first_order(x, ishigami(x)).shares == pytest.approx(np.array(theirs), abs=0.02)


@pytest.mark.parametrize("paths", [200, 2_000])
def test_what_does_nothing_lies_below_the_floor_as_often_as_is_said(paths: int) -> None:
    drawn = normals(201, paths)
    found = first_order(drawn[:-1], np.exp(drawn[-1]))
    below = float(np.mean(found.shares <= found.floor))
    assert 0.85 < below <= 1 and found.floor < 0.6 * 50 / paths
    raw = first_order(drawn[:-1], np.exp(drawn[-1]), bins=20)
    assert raw.shares.mean() < 0.4 * 19 / paths, "the bias of bins, (bins - 1) / paths, is taken out"


def test_an_interval_holds_the_truth_nineteen_times_of_twenty() -> None:
    held = 0
    for seed in range(40):
        x = normals(2, 1_000, seed)
        found = first_order(x[:1], x[0] + x[1], bins=20)
        held += bool(found.low[0] <= 0.5 <= found.high[0])
    assert held >= 33


def test_the_interval_of_a_slope_holds_the_truth_where_a_line_is_all_but_right() -> None:
    """Of x1 + 0.3 x2 with a tenth of x1 squared the slopes are known; what is left is a bend and no noise."""
    truth = np.array([1.0, 0.3]) / np.sqrt(1 + 0.09 + 2 * 0.01)
    held = np.zeros(2)
    for seed in range(60):
        x = normals(2, 1_000, seed)
        found = standardised(x, x[0] + 0.3 * x[1] + 0.1 * x[0] ** 2)
        held += (found.low <= truth) & (truth <= found.high)
    assert held.min() >= 52


def test_a_skewed_effect_is_not_cut_at_the_ends() -> None:
    """Of e^x the last of fifty bins alone holds a fifth of the variance, which a mean of the bin would not see."""
    v, held, seen = np.e * (np.e - 1), 0, []
    for seed in range(20):
        x = normals(2, 4_000, seed)
        found = first_order(x[:1], np.exp(x[0]) + np.sqrt(v * 0.21 / 0.79) * x[1])
        seen.append(float(found.shares[0]))
        held += bool(found.low[0] <= 0.79 <= found.high[0])
    assert np.mean(seen) == pytest.approx(0.79, abs=0.02) and held >= 15


def test_knowing_the_only_cause_settles_nearly_all_and_never_more() -> None:
    one = normals(1)
    found = first_order(np.array([one[0], -one[0], np.full(PATHS, 3.0)]), one[0])
    assert 0.99 < found.shares[0] <= found.high[0] <= 1 and found.shares[1] == pytest.approx(found.shares[0], abs=1e-3)
    assert found.shares[2] == found.high[2] == 0
    struck = (one[0] > 1.5).astype(float)
    assert first_order(struck[None], 7 * struck).shares[0] == pytest.approx(1), "ties are never parted"


def test_an_outcome_that_never_moves_has_nothing_to_share() -> None:
    found = first_order(normals(2), np.full(PATHS, 5.0))
    assert found.shares.sum() == found.high.sum() == found.floor == 0
    assert standardised(normals(2), np.full(PATHS, 5.0)).explained == 0
    assert rank(normals(2), np.full(PATHS, 5.0)).slopes.sum() == 0
    assert first_order(normals(2, 15), normals(1, 15)[0]).shares.sum() == 0, "fifteen paths settle nothing"


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 10_000), st.integers(40, 400))
def test_shares_lie_between_nought_and_one(seed: int, paths: int) -> None:
    x = normals(4, paths, seed)
    for outcome in (x[0] ** 3 + x[1], (x[0] > 1.5).astype(float), x[3]):
        found = first_order(x[:3], outcome)
        assert ((found.low >= 0) & (found.low <= found.shares) & (found.shares <= found.high)).all()
        assert (found.high <= 1).all() and (found.errors >= 0).all()


def test_the_mean_is_shifted_as_a_truncated_normal_is() -> None:
    """Given y = x1 above c, the mean of x1 is phi(c) / (1 - Phi(c)): 2.063 for the worst twentieth."""
    x = normals(2)
    found = mean_shift(np.array([4 + 3 * x[0], x[1], np.zeros(PATHS)]), x[0] > 1.6449)
    assert found.units[0] == pytest.approx(2.063, abs=0.05) and found.low[0] < 2.063 < found.high[0]
    assert found.low[1] < 0 < found.high[1] and np.isnan(found.units[2])
    never = mean_shift(x, np.zeros(PATHS, dtype=bool))
    assert np.isnan(never.units).all() and np.isnan(never.high).all()
    always = mean_shift(x, np.ones(PATHS, dtype=bool))
    assert list(always.units) == pytest.approx([0, 0]) and list(always.high) == pytest.approx([0, 0])
