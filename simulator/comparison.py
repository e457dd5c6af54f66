"""Two runs on the same futures: what differs, future by future, how chances differ, why, and what was changed.

Path 17 of one run meets the luck of path 17 of the other, so differences are paired and far surer than either figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.summary import Z95, quantiles
from simulator.variants import MEASURES as KEPT
from simulator.variants import OUTCOMES, Variant, holders

MEASURES = {
    "gap": -1, "usable_reserves": 1, "unfunded_gap": -1, "gf_unallocated": 1, "tax_raised": 0, "savings_delivered": 0,
    "off_plan": -1, "owed": -1, "cash": 1, "revenue_support": -1, "support_withheld": -1, "free_reserves": 1,
    "transfers_in": 0, "transfers_out": 0,
}  # fmt: skip
"""What is compared where both runs kept it, and which way is better; nought where neither is."""
PAYMENTS = {"transfers_in", "transfers_out"}  # left out of bodies that no agreement touches
MOST_CHANGES, MOST_VALUES = 200, 4
_WORDS_ONLY = {"name", "source", "sources", "rationale", "date", "owner", "agreed_by", "grade", "unit"}


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


class Explained(Compared, Protocol):
    """What saying why two runs differ needs besides: the steps to each gap."""

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
            one, two = _held(a, measure, first), _held(b, measure, second)
            if one is None or two is None or (measure in PAYMENTS and not (one.any() or two.any())):
                continue
            count = min(len(one), len(two))
            moved = two[:count] - one[:count]
            half = Z95 * float(moved.std(ddof=1)) / np.sqrt(count) if count > 1 else float("nan")
            mean, gain = float(moved.mean()), better * moved
            low, middle, high = quantiles(moved, (10, 50, 90))
            wins = [float(np.mean(sign * gain > HALF_PENNY)) for sign in (1, -1)]
            about = agency, year, view, measure, "£", count
            rows.append((*about, mean, mean - half, mean + half, low, middle, high, *wins))
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
                one, two = _until(a, outcome, first, by_then), _until(b, outcome, second, by_then)
                if one is None or two is None:
                    continue
                n, only_a, only_b = len(one), int(np.sum(one & ~two)), int(np.sum(two & ~one))
                moved = (only_b - only_a) / n
                half = Z95 * float(np.sqrt(max(only_a + only_b - (only_b - only_a) ** 2 / n, 0.0))) / n
                rows.append(
                    (agency, words, outcome, view, one.mean(), two.mean(), moved, moved - half, moved + half, n)
                )
    columns = ["agency", "year", "outcome", "view", "chance_a", "chance_b", "difference", "low95", "high95", "paths"]
    return pd.DataFrame(rows, columns=columns)


def _row(run: Compared, table: dict[str, tuple[str, ...]], name: str, bodies: int, a: int) -> int | None:
    """Return where a body stands among those that have a measure or outcome; nothing where its kind has none."""
    row = a - (holders(run.compiled, table[name]).start if name in table else 0)
    return row if 0 <= row < bodies else None


def _held(run: Compared, measure: str, at: tuple[int, int, int]) -> Floats | None:
    """Return a measure of one body, view and year on every path, or nothing where the run or the body has none."""
    if measure not in run.kept:
        return None
    (v, a, t), amounts = at, run.kept[measure]
    row = _row(run, KEPT, measure, amounts.shape[1], a)
    return None if row is None else amounts[v, row, t]


def _until(run: Compared, outcome: str, at: tuple[int, int, int], by_then: bool) -> Bools | None:
    """Return on which paths an outcome has happened to a body, in a year or by it; nothing where its kind has none."""
    (v, a, t), happened = at, run.happened[outcome]
    if (row := _row(run, OUTCOMES, outcome, happened.shape[1], a)) is None:
        return None
    found: Bools = np.logical_or.reduce(happened[v, row, (0 if by_then else t) : t + 1], axis=0)
    return found


def why(a: Explained, b: Explained) -> pd.DataFrame:
    """Return the difference of the two waterfalls, B less A in pounds: steps that add up to that of the average gaps.

    Columns: agency, view, year, step, kind, amount. A step that only one has counts as nought in the other.

    Raises:
        ValueError: when the steps do not add up to half a penny.
    """
    keys = ["agency", "view", "year", "step", "kind"]
    one, two = (run.waterfall.groupby(keys, sort=False).amount.sum() for run in (a, b))
    order = pd.concat([a.waterfall, b.waterfall]).drop_duplicates(keys).sort_values("order", kind="stable")
    shared, every = {key for key, _ in _shared(a, b)}, zip(*(order[name] for name in keys), strict=True)
    kept = [key for key in every if key[:3] in shared]
    moved = two.reindex(kept).fillna(0.0) - one.reindex(kept).fillna(0.0)
    table = moved.rename_axis(keys).rename("amount").reset_index()
    for _, steps in table.groupby(["agency", "view", "year"], sort=False):
        starts = steps[steps.step.str.startswith("Underlying gap")].amount.sum()
        ends = steps[steps.step.str.startswith("Average gap")].amount.sum()
        if not abs((made := starts + steps[steps.kind == "move"].amount.sum()) - ends) <= HALF_PENNY:
            raise ValueError(f"steps make {made:,.2f}, the average gaps differ by {ends:,.2f}")
    return table.sort_values(["agency", "view", "year"], kind="stable", ignore_index=True)


def _shared(
    a: Compared, b: Compared
) -> Iterator[tuple[tuple[str, str, str], tuple[tuple[int, int, int], tuple[int, int, int]]]]:
    """Yield every body, view and year that both have, with its place in each."""
    if (a.seed, a.paths) != (b.seed, b.paths):
        rule = f"A has seed {a.seed} and {a.paths:,} futures, B seed {b.seed} and {b.paths:,}"
        raise CannotCompareError(f"{rule}; only runs on the same futures can be compared")
    if a.compiled.years[0] != b.compiled.years[0]:
        rule = (
            f"A begins in {a.compiled.years[0]}, B in {b.compiled.years[0]}, so that a year's luck differs between them"
        )
        raise CannotCompareError(f"{rule}; give both the same base year")
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
    """Return what changed from one resolved scenario to another, a line each: its name and address, old and new.

    Lists are matched by id, and a bare number is the same as a record of that number. Names, sources and reasons are
    left out unless nothing else changed.
    """
    lines = list(_changes(_numbers(a), _numbers(b), (), _names(a, ()) | _names(b, ())))
    lines = lines or list(_changes(_by_id(a), _by_id(b), (), {}))
    more = len(lines) - MOST_CHANGES
    return [*lines[:MOST_CHANGES], *([f"and {more} more"] if more > 0 else [])]


def _changes(a: Any, b: Any, address: tuple[str, ...], names: dict[tuple[str, ...], str]) -> Iterator[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            here = (*address, key)
            if key in a and key in b:
                yield from _changes(a[key], b[key], here, names)
            elif held := _listed(a.get(key, b.get(key))):
                yield f"{_called(here, names)}: {f'added, {held}' if key in b else f'taken out (was {held})'}"
    elif a != b:
        yield f"{_called(address, names)}: {_listed(a) or 'none'} -> {_listed(b) or 'none'}"


def _called(address: tuple[str, ...], names: dict[tuple[str, ...], str]) -> str:
    """Return an address behind the name of the nearest part that has one, and what of it changed."""
    dotted = ".".join(address)
    for length in range(len(address), 0, -1):
        if address[:length] in names:
            field = " ".join(address[length:]).replace("_", " ")
            return f"{names[address[:length]]}{f', {field}' if field else ''} ({dotted})"
    return dotted


def _names(value: Any, address: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Return the name of every part below the top that states one."""
    held = _by_id(value, deep=False)
    if not isinstance(held, dict):
        return {}
    found = {address: str(held["name"])} if address and isinstance(held.get("name"), str) else {}
    for key, part in held.items():
        found |= _names(part, (*address, _key(key)))
    return found


def _numbers(value: Any) -> Any:
    """Return a tree by id without its words, with each record of a number as that number."""
    held = _by_id(value, deep=False)
    if held is not value and isinstance(held, dict):
        return {key: _numbers(part) for key, part in held.items()}
    if not isinstance(held, dict):
        return held
    kept = {_key(key): _numbers(part) for key, part in held.items() if key not in _WORDS_ONLY}
    if set(kept) == {"value"}:
        return kept["value"]
    if set(kept) == {"low", "central", "high"}:
        return f"{kept['central']} ({kept['low']} to {kept['high']})"
    return kept


def _key(key: Any) -> str:
    """Return a key as text; a year stands for itself either way it is written."""
    return re.sub(r"^([0-9]{4})/([0-9]{2})$", r"\1-\2", str(key))


def _by_id(value: Any, deep: bool = True) -> Any:
    """Return a list of records as a mapping by id, or by place without ids, and one of plain values as sorted text."""
    if isinstance(value, list):
        if not any(isinstance(item, dict | list) for item in value):
            return ", ".join(sorted(map(str, value))) if value else {}
        value = {
            str(item["id"] if isinstance(item, dict) and "id" in item else place): (
                {key: held for key, held in item.items() if key != "id"} if isinstance(item, dict) else item
            )
            for place, item in enumerate(value, start=1)
        }
    if deep and isinstance(value, dict):
        return {_key(key): _by_id(held) for key, held in value.items()}
    return value


def _listed(value: Any) -> str:
    """Return a value as text, or the first few of many with their fields; nothing if there is none."""
    values = list(_leaves(value, ""))
    more = len(values) - MOST_VALUES
    return ", ".join([*values[:MOST_VALUES], *([f"and {more} more values"] if more > 0 else [])])


def _leaves(value: Any, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _leaves(held, f"{field} {key}".strip().replace("_", " "))
    else:
        yield f"{field} {value}".strip()
