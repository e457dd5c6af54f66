"""Two runs on the same futures: what differs, future by future, how chances differ, why, and what was changed.

Path 17 of one run meets the luck of path 17 of the other, so differences are paired and far surer than either figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.summary import Z95, quantiles
from simulator.variants import Variant

MEASURES = {"gap": -1, "usable_reserves": 1, "unfunded_gap": -1, "tax_raised": 0, "savings_delivered": 0}
"""What is compared, and which way is better; nought where neither is."""
MOST_CHANGES = 200
_WORDS_ONLY = {"name", "source", "sources", "rationale", "date", "owner", "agreed_by", "grade"}


class Compared(Protocol):
    """What a comparison needs of a run; arrays are `[view, agency, year, path]`."""

    @property
    def compiled(self) -> Compiled:
        """The run's bodies and years."""

    @property
    def views(self) -> tuple[Variant, ...]:
        """The views whose money was kept."""

    @property
    def paths(self) -> int:
        """How many futures were drawn."""

    @property
    def seed(self) -> int:
        """Which futures."""

    @property
    def kept(self) -> dict[str, Floats]:
        """Money by measure."""

    @property
    def happened(self) -> dict[str, Bools]:
        """Outcomes by name."""

    @property
    def waterfall(self) -> pd.DataFrame:
        """The steps to every year's gap."""


class CannotCompareError(ValueError):
    """Two runs that do not share their futures, or no body, year or view."""


def paired(a: Compared, b: Compared) -> pd.DataFrame:
    """Return B less A in pounds, future by future: its mean with a 95% interval, its quantiles, and who is better.

    `b_better` and `a_better` are shares of futures in which one is better by more than half a penny; a lower gap
    and higher reserves are better.

    Raises:
        CannotCompareError: when the two do not share their futures.
    """
    rows = []
    for (agency, view, year), (first, second) in _shared(a, b):
        for measure, better in MEASURES.items():
            count = min(a.kept[measure].shape[-1], b.kept[measure].shape[-1])
            moved = b.kept[measure][second][:count] - a.kept[measure][first][:count]
            half = Z95 * float(moved.std(ddof=1)) / np.sqrt(count) if count > 1 else float("nan")
            mean, gain = float(moved.mean()), better * moved
            low, middle, high = quantiles(moved, (10, 50, 90))
            wins = [float(np.mean(sign * gain > HALF_PENNY)) for sign in (1, -1)]
            rows.append(
                (agency, year, view, measure, "£", count, mean, mean - half, mean + half, low, middle, high, *wins)
            )
    columns = ["agency", "year", "view", "measure", "unit", "paths", "mean", "low95", "high95", "p10", "p50", "p90",
               "b_better", "a_better"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def chance_differences(a: Compared, b: Compared) -> pd.DataFrame:
    """Return the chance of every outcome in A and in B and their difference, with McNemar's 95% interval.

    se = sqrt((n01 + n10) - (n01 - n10)^2 / N) / N, on the futures in which only one of the two falls short.
    """
    rows = []
    for (agency, view, year), (first, second) in _shared(a, b):
        for outcome in sorted(set(a.happened) & set(b.happened)):
            for words, by_then in ((year, False), (f"by {year}", True)):
                one, two = (_until(run.happened[outcome], at, by_then) for run, at in ((a, first), (b, second)))
                n, only_a, only_b = len(one), int(np.sum(one & ~two)), int(np.sum(two & ~one))
                moved = (only_b - only_a) / n
                half = Z95 * float(np.sqrt(max(only_a + only_b - (only_b - only_a) ** 2 / n, 0.0))) / n
                rows.append(
                    (agency, words, outcome, view, one.mean(), two.mean(), moved, moved - half, moved + half, n)
                )
    columns = ["agency", "year", "outcome", "view", "chance_a", "chance_b", "difference", "low95", "high95", "paths"]
    return pd.DataFrame(rows, columns=columns)


def _until(happened: Bools, at: tuple[int, int, int], by_then: bool) -> Bools:
    v, a, t = at
    found: Bools = np.logical_or.reduce(happened[v, a, (0 if by_then else t) : t + 1], axis=0)
    return found


def why(a: Compared, b: Compared) -> pd.DataFrame:
    """Return the difference of the two waterfalls, B less A in pounds: steps that add up to that of the average gaps.

    Columns: agency, view, year, step, kind, amount. A step that only one has counts as nought in the other.

    Raises:
        ValueError: when the steps do not add up to half a penny.
    """
    keys = ["agency", "view", "year", "step", "kind"]
    one, two = (run.waterfall.set_index(keys).amount for run in (a, b))
    order = pd.concat([a.waterfall, b.waterfall]).drop_duplicates(keys).sort_values("order", kind="stable")
    shared = {(agency, view, year) for (agency, view, year), _ in _shared(a, b)}
    kept = [key for key in zip(*(order[name] for name in keys), strict=True) if key[:3] in shared]
    moved = two.reindex(kept).fillna(0.0) - one.reindex(kept).fillna(0.0)
    table = moved.reset_index()
    table.columns = pd.Index([*keys, "amount"])
    for _, steps in table.groupby(["agency", "view", "year"], sort=False):
        starts = steps[steps.step.str.startswith("Underlying gap")].amount.sum()
        ends = steps[steps.step.str.startswith("Average gap")].amount.sum()
        made = starts + steps[steps.kind == "move"].amount.sum()
        if abs(made - ends) > HALF_PENNY:
            raise ValueError(f"steps make {made:,.2f}, the average gaps differ by {ends:,.2f}")
    return table.sort_values(["agency", "view", "year"], kind="stable", ignore_index=True)


def _shared(
    a: Compared, b: Compared
) -> Iterator[tuple[tuple[str, str, str], tuple[tuple[int, int, int], tuple[int, int, int]]]]:
    """Yield every body, view and year that both have, with its place in each."""
    if (a.seed, a.paths) != (b.seed, b.paths):
        rule = f"A has seed {a.seed} and {a.paths:,} futures, B seed {b.seed} and {b.paths:,}"
        raise CannotCompareError(f"{rule}; only runs on the same futures can be compared")
    places = [
        {
            (agency, view.name, year): (v, i, t)
            for i, agency in enumerate(run.compiled.agency_ids)
            for v, view in enumerate(run.views)
            for t, year in enumerate(run.compiled.years)
        }
        for run in (a, b)
    ]
    both = [key for key in places[0] if key in places[1]]
    if not both:
        raise CannotCompareError("the two runs have no body and year in common")
    yield from ((key, (places[0][key], places[1][key])) for key in both)


def only_in_one(a: Compared, b: Compared) -> list[str]:
    """Return the bodies and years that only one of the runs has, in words."""
    found = []
    for name, one, two in (("A", a, b), ("B", b, a)):
        for what in ("agency_ids", "years"):
            more = [item for item in getattr(one.compiled, what) if item not in getattr(two.compiled, what)]
            if more:
                found.append(f"only {name} has {', '.join(more)}")
    return found


def changes(a: Any, b: Any) -> list[str]:
    """Return what changed from one resolved scenario to another, a line each: its address, then old and new.

    Lists are matched by id. Names, sources and reasons are left out unless nothing else changed.
    """
    found = list(_changes(a, b, ()))
    numbers = [line for address, line in found if not _WORDS_ONLY & set(address)]
    lines = numbers or [line for _, line in found]
    more = len(lines) - MOST_CHANGES
    return [*lines[:MOST_CHANGES], *([f"and {more} more"] if more > 0 else [])]


def _changes(a: Any, b: Any, address: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    one, two = _by_id(a), _by_id(b)
    if isinstance(one, dict) and isinstance(two, dict):
        for key in dict.fromkeys([*one, *two]):
            here = (*address, str(key))
            if key not in two:
                yield here, f"{'.'.join(here)}: taken out (was {_short(one[key])})"
            elif key not in one:
                yield here, f"{'.'.join(here)}: added, {_short(two[key])}"
            else:
                yield from _changes(one[key], two[key], here)
    elif one != two:
        yield address, f"{'.'.join(address)}: {_short(a)} -> {_short(b)}"


def _by_id(value: Any) -> Any:
    """Return a list of records with ids as a mapping, and a number with a record round it as its value apart."""
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {item["id"]: {key: held for key, held in item.items() if key != "id"} for item in value}
    return value


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return _short(value["value"]) if "value" in value else f"{len(value)} values"
    return f"{len(value)} items" if isinstance(value, list) else str(value)
