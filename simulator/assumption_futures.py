"""What every driver does over sampled futures: its fan, its shape in small, and which others it moves with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.causes import TOGETHER
from simulator.compiled import Compiled, Floats
from simulator.drivers import NATIONAL, DriverPaths
from simulator.scenario import Scenario
from simulator.streams import BLOCK

BANDS = {90: (5, 95), 80: (10, 90), 50: (25, 75)}
DRIVER, YEAR = "Driver", "Year"
BAND_LOW, BAND_HIGH, MIDDLE, CENTRAL = "{} in 100: low", "{} in 100: high", "Middle", "Central case"
STRONG = 0.5
"""The correlation from which two drivers move closely together: a judgement; some from `causes.TOGETHER`."""
MOST_NAMED = 4
"""Names that a cell of the table of linked risks holds; a look at one driver names them all."""
BINS, TAILS = 15, (0.5, 99.5)
"""Bars of a small distribution, and the percentiles between which they stand."""
CLOSE, SOME, AGAINST, HARDLY = "Strong", "Some", "Opposite", "None"
TIES_ABOUT = (
    "Correlation of where two drivers stand at the plan's end, before what any one body meets alone: strong from "
    f"{STRONG}, some from {TOGETHER} (both judgements); opposite where one rises as the other falls. It follows from "
    "the rows “tie to what moves others too” and “takes over”: change those to change it."
)


@dataclass(frozen=True)
class DriverFutures:
    """What drivers do over the futures of a run.

    `fans` has a row a driver and year; `ties` the correlation of every two at the plan's end; `shapes` the counts of
    futures in equal steps by driver and year, a year of nothing being its average over all years.
    """

    fans: pd.DataFrame
    ties: pd.DataFrame
    shapes: dict[tuple[str, str], tuple[int, ...]]
    paths: int


def driver_futures(compiled: Compiled, paths: int, seed: int) -> DriverFutures:
    """Return how every driver moves over sampled futures, before any body's own part; those of a run with the seed.

    Growth is in per cent a year, or points for a driver that is a rate.
    """
    recipe, years = DriverPaths(compiled, seed), list(compiled.years)
    drawn, central = recipe.block(0, -(-paths // BLOCK)), recipe.central()
    fans, shapes, ends = list[pd.DataFrame](), dict[tuple[str, str], tuple[int, ...]](), list[Floats]()
    for k, terms in enumerate(compiled.drivers):
        level = drawn.future(k, NATIONAL).level[:, :paths]
        many, one = (_moves(held, terms.is_growth) for held in (level, central.future(k, NATIONAL).level))
        ends.append(level[-1])
        fans.append(_fan(terms.id, years, many, one[:, 0]))
        shapes |= {(terms.id, year): _shape(row) for year, row in zip(years, many, strict=True)}
        shapes[terms.id, ""] = _shape(many.mean(axis=0))
    told = pd.concat(fans, ignore_index=True) if fans else pd.DataFrame(columns=[DRIVER])
    return DriverFutures(told, _ties([terms.id for terms in compiled.drivers], ends), shapes, paths)


def _fan(driver: str, years: list[str], many: Floats, central: Floats) -> pd.DataFrame:
    ends = {
        name.format(band): np.percentile(many, at, axis=1)
        for band, both in BANDS.items()
        for name, at in zip((BAND_LOW, BAND_HIGH), both, strict=True)
    }
    return pd.DataFrame({DRIVER: driver, YEAR: years} | ends | {MIDDLE: np.median(many, axis=1), CENTRAL: central})


def _moves(level: Floats, is_growth: bool) -> Floats:
    """Return yearly growth in per cent from logs of an index, or points from a rate, `[year, path]`."""
    if not is_growth:
        return 100 * level
    grown: Floats = 100 * np.expm1(np.diff(level, axis=0, prepend=0.0))
    return grown


def _shape(amounts: Floats) -> tuple[int, ...]:
    """Return how many futures lie in each of equal steps between the tails; nothing of what does not vary."""
    low, high = np.percentile(amounts, TAILS)
    if not high - low > 1e-9:
        return ()
    return tuple(int(count) for count in np.histogram(amounts, BINS, (low, high))[0])


def _ties(ids: list[str], ends: list[Floats]) -> pd.DataFrame:
    """Return the correlation of every two drivers, nought where one of them does not vary."""
    if not ids:
        return pd.DataFrame()
    apart = np.array([level - level.mean() for level in ends])
    size = np.sqrt((apart**2).sum(axis=1))
    unit = apart / np.where(size > 1e-9, size, np.inf)[:, None]
    return pd.DataFrame(unit @ unit.T, index=ids, columns=ids)


def shape_of(found: DriverFutures, address: str) -> tuple[int, ...]:
    """Return the small distribution beside a number of a driver: of the year it is of, else of its average over all."""
    room, *rest = address.split(".")
    if room != "drivers":
        return ()
    return found.shapes.get((rest[0], rest[-1])) or found.shapes.get((rest[0], ""), ())


def ties_of(ties: pd.DataFrame, driver: str, scenario: Scenario) -> dict[str, list[str]]:
    """Return the names of the drivers that one moves with: strongly, somewhat, against it; the closest first."""
    names = {one.id: one.name for one in scenario.drivers}
    held = {str(other): float(tie) for other, tie in ties[driver].items() if other != driver}
    kinds: dict[str, list[str]] = {CLOSE: [], SOME: [], AGAINST: [], HARDLY: []}
    for other, tie in sorted(held.items(), key=lambda one: -abs(one[1])):
        kind = AGAINST if tie <= -TOGETHER else CLOSE if tie >= STRONG else SOME if tie >= TOGETHER else HARDLY
        kinds[kind].append(names[other])
    return kinds


def tie_words(ties: pd.DataFrame, driver: str, scenario: Scenario) -> list[str]:
    """Return which risks are linked to one driver, a line each way it is."""
    if driver not in ties.index:
        return ["None: nothing in this scenario uses it."]
    kinds = ties_of(ties, driver, scenario)
    lines = [f"{kind}: {'; '.join(kinds[kind])}." for kind in (CLOSE, SOME, AGAINST) if kinds[kind]]
    return [*lines, f"{HARDLY}: the other {len(kinds[HARDLY])}."] if lines else ["None: no other moves with it."]


def tie_table(ties: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return which drivers move together, in words: a row for each that moves with any other, the closest few named."""
    table = pd.DataFrame(list(_tied(ties, scenario)), columns=["Risk", CLOSE, SOME, AGAINST])
    return table if table[AGAINST].any() else table.drop(columns=AGAINST)


def _tied(ties: pd.DataFrame, scenario: Scenario) -> Iterator[tuple[str, ...]]:
    for driver in (one for one in scenario.drivers if one.id in ties.index):
        kinds = ties_of(ties, driver.id, scenario)
        told = tuple(_few(kinds[kind]) for kind in (CLOSE, SOME, AGAINST))
        if any(told):
            yield (driver.name, *told)


def _few(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
