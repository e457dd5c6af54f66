"""The mixed-integer programme behind a portfolio, in millions of pounds so that its numbers are near one.

For each option in turn, the unknowns are what is added, what is taken away, whether it runs at all, whether it is
added to, and how many chunks it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.portfolio_options import Option, Row, clashes

MILLION = 1e6
THRIFT = 1e-6
"""What £1m counts against the objective, best option's value of £1m = 1: of equals the cheaper is chosen."""
PENCE = 2


class _Rows(NamedTuple):
    """Constraints on the unknowns: `matrix @ unknowns <= high`, and not below `low`."""

    matrix: Floats
    low: Floats
    high: Floats


def best_change(options: Sequence[Option], limits: Sequence[Row], moving: bool) -> Floats | None:
    """Return the change of each option, in pounds a year, that buys most on average; nothing where none is allowed.

    Raises:
        ArithmeticError: where the solver stops without an answer.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not options:
        return np.zeros(0)
    n = len(options)
    value = np.array([option.mean_value for option in options])
    value = value / max(float(np.abs(value).max()), np.finfo(float).tiny)
    cost = np.concatenate([THRIFT - value, value + THRIFT, np.zeros(3 * n)])
    _, most, chunk, present = _sizes(options)
    counts = np.floor(np.divide(most, chunk, out=np.zeros(n), where=chunk > 0) + 1e-9)
    highest = np.concatenate([most - present, present if moving else np.zeros(n), np.ones(2 * n), counts])
    held = [
        LinearConstraint(*part) for part in (_limit_rows(options, limits), _size_rows(options), _pair_rows(options))
    ]
    answer = milp(
        cost,
        constraints=[part for part in held if part.A.shape[0]],
        bounds=Bounds(np.zeros(5 * n), highest),
        integrality=np.repeat([0, 0, 1, 1, 1], n),
        options={"mip_rel_gap": 0.0},
    )
    if answer.status == 2:
        return None
    if answer.x is None:
        raise ArithmeticError(f"the solver found no portfolio: {answer.message}")
    return _tidied(options, answer.x)


def _tidied(options: Sequence[Option], unknowns: Floats) -> Floats:
    """Return the change in whole pence, and in exactly whole chunks."""
    n = len(options)
    _, _, chunk, present = _sizes(options)
    size = np.where(chunk > 0, chunk * np.round(unknowns[4 * n :]), present + unknowns[:n] - unknowns[n : 2 * n])
    return np.asarray(np.round((size - present) * MILLION, PENCE) + 0.0)


def _sizes(options: Sequence[Option]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return least, most, chunk and present size of each option, in millions."""
    sizes = [(option.least, option.most, option.chunk, option.present) for option in options]
    least, most, chunk, present = np.array(sizes).T / MILLION
    return least, most, chunk, present


def _limit_rows(options: Sequence[Option], limits: Sequence[Row]) -> _Rows:
    """Return the limits on pounds (in millions) and on posts (as they are, by millions of pounds)."""
    n = len(options)
    matrix, high = np.zeros((len(limits), 5 * n)), np.zeros(len(limits))
    for i, row in enumerate(limits):
        unit = MILLION if row.limit.kind == "staff" else 1.0
        matrix[i, :n], matrix[i, n : 2 * n] = row.adding * unit, -row.freeing * unit
        high[i] = row.limit.room * unit / MILLION
    return _Rows(matrix, np.full(len(limits), -np.inf), high)


def _size_rows(options: Sequence[Option]) -> _Rows:
    """Return what makes sizes possible: from least to most where it runs, whole chunks, and not both more and less."""
    least, most, chunk, present = _sizes(options)
    n, free = len(options), np.inf
    one, none = np.eye(n), np.zeros((n, n))
    chunked = chunk > 0
    parts = [
        (np.hstack([one, -one, -np.diag(most), none, none]), np.full(n, -free), -present),
        (np.hstack([one, -one, -np.diag(least), none, none]), -present, np.full(n, free)),
        (np.hstack([one, none, none, -np.diag(most - present), none]), np.full(n, -free), np.zeros(n)),
        (np.hstack([none, one, none, np.diag(present), none]), np.full(n, -free), present),
        (np.hstack([one, -one, none, none, -np.diag(chunk)])[chunked], -present[chunked], -present[chunked]),
    ]
    matrix, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Rows(matrix, low, high)


def _pair_rows(options: Sequence[Option]) -> _Rows:
    """Return that of two options which count one saving at most one is added to."""
    n, pairs = len(options), clashes(options)
    matrix = np.zeros((len(pairs), 5 * n))
    for i, pair in enumerate(pairs):
        matrix[i, [3 * n + place for place in pair]] = 1.0
    return _Rows(matrix, np.full(len(pairs), -np.inf), np.ones(len(pairs)))
