"""What moves a figure over the cases of a design: elementary effects (Morris 1991) and Sobol indices.

Both are of what a study varies, which it judges or chooses, over the ranges that it states; the luck of the futures is
the same in every case and is no part of either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import sobol_indices
from scipy.stats import t as student

from simulator.compiled import Floats
from simulator.designs import Case
from simulator.streams import BLOCK, BlockDraws
from simulator.studies import Morris, SobolIndices, Study

RESAMPLES = 500
"""Bootstrap samples behind an interval: enough for its ends to be steady to about a tenth of its width."""
EDGES = (0.025, 0.975)
MOST_AT_ONCE = 4_000_000
"""Numbers held for one lot of bootstrap samples: 32 MB."""
Places = npt.NDArray[np.int64]
STILL = 1e-12
"""Spread of a figure, next to its size, below which it does not move: what rounding alone leaves."""


def morris(study: Study, cases: Sequence[Case], values: Floats) -> pd.DataFrame:
    """Return elementary effects of each varied value on a figure; `values` `[case]` is NaN where a case has none.

    An effect is by how much the figure would move over the whole range, had it moved as on that step (Morris 1991).
    `mu` is the mean effect, `mu_star` the mean size (Campolongo, Cariboni and Saltelli 2007), `sigma` the spread of
    effects (interactions or curvature), `error` the standard error of `mu_star` over trajectories with `low95` and
    `high95`, NaN where there are too few; `moves` is how many steps are counted. A step to or from a case without a
    value is left out.

    Raises:
        ValueError: when the study has another design, or not a value for each case.
    """
    design = study.design
    if not isinstance(design, Morris):
        raise ValueError("elementary effects are of a Morris design")
    moved = [case.point for case in cases if case.point]
    figures = _by_point(cases, values)
    stop = len(study.vary) + 1
    points = np.array(moved).reshape(design.trajectories, stop, len(study.vary))
    levels, sizes = np.diff(points, axis=1), np.diff(figures.reshape(design.trajectories, stop), axis=1)
    share = design.step / (design.levels - 1)
    rows = []
    for k, one in enumerate(study.vary):
        turns = levels[:, :, k] != 0
        effects = sizes[turns] * np.sign(levels[:, :, k][turns]) / share
        rows.append((one.id, one.called, *_elementary(effects[np.isfinite(effects)])))
    columns = ["id", "name", "mu", "mu_star", "sigma", "error", "low95", "high95", "moves"]
    return pd.DataFrame(rows, columns=columns)


def _elementary(effects: Floats) -> tuple[float, float, float, float, float, float, int]:
    count, size = len(effects), np.abs(effects)
    if not count:
        return (*(float("nan"),) * 6, 0)
    mean, star = float(effects.mean()), float(size.mean())
    if count < 2:
        return (mean, star, *(float("nan"),) * 4, count)
    error = float(size.std(ddof=1)) / float(np.sqrt(count))
    half = float(student.ppf(EDGES[1], count - 1)) * error
    return mean, star, float(effects.std(ddof=1)), error, max(0.0, star - half), star + half, count


def sobol(study: Study, values: Floats) -> pd.DataFrame:
    """Return each varied value's share of the variance between cases, alone (`first`) and in all (`total`), 0 to 1.

    `values` `[case]` are in the order of `planned`, the scenario as it stands first, which is left out. Columns: id,
    name, first, first_low95, first_high95, total, total_low95, total_high95, clipped. Estimators of Saltelli et al.
    (2010), intervals by bootstrap over points (percentiles). An estimate outside 0 to 1 is sampling error; it is shown
    at the end of that range and `clipped` says so. A figure that never moves has no shares: all are nought.

    Raises:
        ValueError: when the study has another design, or a case has no value.
    """
    design, count = study.design, len(study.vary)
    if not isinstance(design, SobolIndices):
        raise ValueError("Sobol indices are of the design sobol_indices")
    if len(values) != study.cases or not np.isfinite(values[1:]).all():
        raise ValueError("Sobol indices need the figure of every case; some case was refused or has no such figure")
    by_point = np.asarray(values[1:], dtype=np.float64).reshape(design.points, count + 2).T
    still = float(by_point.std()) <= STILL * max(1.0, float(np.abs(by_point).max()))
    found = np.zeros((2, 1 + RESAMPLES, count)) if still else _bootstrapped(by_point, design.seed)
    return pd.DataFrame([_row(one.id, one.called, found[:, :, k]) for k, one in enumerate(study.vary)])


def _bootstrapped(by_point: Floats, seed: int) -> Floats:
    """Return shares `[which, sample, varied]` of values `[A, B or AB, point]`: of all points first, then of samples."""
    points = by_point.shape[1]
    # Few enough at a time to stay within memory, yet two or more, since scipy lays the values of one out otherwise.
    together = max(2, MOST_AT_ONCE // by_point.size)
    starts = range(0, 1 + RESAMPLES, together)
    parts = [_shares(by_point, _samples(points, seed, i, min(i + together, 1 + RESAMPLES))) for i in starts]
    return np.concatenate(parts, axis=1)


def _samples(points: int, seed: int, start: int, stop: int) -> Places:
    """Return which points stand in some samples, `[sample, point]`: all in the first, else drawn with return."""
    rows = [np.arange(points, dtype=np.int64)] if start == 0 else []
    for i in range(max(start, 1), stop):
        drawn = BlockDraws(seed, 0).uniforms(f"study|bootstrap|{i}", -(-points // BLOCK)).ravel()[:points]
        rows.append(np.floor(drawn * points).astype(np.int64))
    return np.stack(rows)


def _shares(by_point: Floats, samples: Places) -> Floats:
    """Return first-order and total shares, `[which, sample, varied]`, of values `[A, B or AB, point]`."""
    count = len(samples)
    if count == 1:
        samples = np.repeat(samples, 2, axis=0)
    first, second, crossed = by_point[0][samples], by_point[1][samples], by_point[2:][:, samples]
    found = sobol_indices(func={"f_A": first, "f_B": second, "f_AB": crossed}, n=samples.shape[1])
    shape = (len(samples), len(crossed))
    return np.stack([found.first_order.reshape(shape), found.total_order.reshape(shape)])[:, :count]


def _row(id: str, name: str, found: Floats) -> dict[str, object]:
    """Return one row of the table from shares `[which, sample]`, the first sample that of all points."""
    row: dict[str, object] = {"id": id, "name": name}
    estimates = found[:, 0]
    for which, own in zip(("first", "total"), found, strict=True):
        low, high = np.quantile(own[1:], EDGES, method="inverted_cdf")
        shown = np.clip([own[0], low, high], 0.0, 1.0)
        row |= dict(zip((which, f"{which}_low95", f"{which}_high95"), map(float, shown), strict=True))
    return row | {"clipped": bool(np.any((estimates < 0) | (estimates > 1)))}


def _by_point(cases: Sequence[Case], values: Floats) -> Floats:
    """Return the values of all cases but the scenario as it stands.

    Raises:
        ValueError: when there is not a value for each case.
    """
    if len(values) != len(cases):
        raise ValueError(f"{len(cases):,} cases have {len(values):,} values")
    return np.asarray([value for case, value in zip(cases, values, strict=True) if case.point], dtype=np.float64)
