"""Two measures of CIPFA's Financial Resilience Index, on a history of reserves or on every path of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.compiled import Floats

LONGEST = 100.0
"""Years: the most the index gives, and what it gives to reserves that do not fall."""

CHANGES = 3


def reserves_sustainability(history: Sequence[float] | Floats) -> float | Floats:
    """Return how many years reserves last if they go on falling at the mean rate of the last three years.

    `history` is in pounds, oldest first: a sequence gives one number, an array `[year, path]` one for each path, and
    an array of a single history an array without axes. The index defines the ratio; that it recodes reserves which do
    not fall, and any longer than that, to 100 is taken from general knowledge, not from a published rule. That
    reserves of nought or less last no years, whether they still fall or not, is this module's own choice.

    Raises:
        ValueError: when there are fewer than four years, or one of them is not a number.
    """
    last = _last_years(history)
    yearly = (last[-1] - last[0]) / CHANGES
    falls = yearly < 0
    years = np.where(falls, np.minimum(LONGEST, last[-1] / np.where(falls, -yearly, 1.0)), LONGEST)
    return _like(history, np.where(last[-1] > 0, years, 0.0))


def change_in_reserves(history: Sequence[float] | Floats) -> tuple[float | Floats, float | Floats]:
    """Return the mean of the last three yearly changes and the change from end to end, as fractions.

    `history` is as for `reserves_sustainability`. CIPFA describes the change as an average over three years; the change
    from end to end stands beside it because the two differ. A change from nought or less has no percentage: both
    numbers are then NaN, if it is in a year that they count from.

    Raises:
        ValueError: when there are fewer than four years, or one of them is not a number.
    """
    last = _last_years(history)
    ratios = _ratio(last[1:], last[:-1])
    return _like(history, ratios.mean(axis=0) - 1), _like(history, _ratio(last[-1], last[0]) - 1)


def _last_years(history: Sequence[float] | Floats) -> Floats:
    """Return the last four years, which hold three changes."""
    years: Floats = np.asarray(history, dtype=np.float64)
    if len(years) <= CHANGES:
        raise ValueError(
            f"the index looks at three yearly changes, so it needs the reserves of four years; {len(years)} were given"
        )
    last = years[-CHANGES - 1 :]
    if not np.isfinite(last).all():
        raise ValueError("every year of reserves is a number of pounds; one that is not known cannot be left empty")
    return last


def _ratio(after: Floats, before: Floats) -> Floats:
    known = before > 0
    ratio: Floats = np.where(known, after / np.where(known, before, 1.0), np.nan)
    return ratio


def _like(history: Sequence[float] | Floats, found: Floats) -> float | Floats:
    return found if isinstance(history, np.ndarray) else float(found)
