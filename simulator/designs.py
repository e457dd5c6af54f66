"""Which cases a study has: every combination, points spread over ranges, trajectories, or options.

A design is a pure function of the study. Its luck comes from streams named by what is varied, apart from those of
the futures, so that a further value varied leaves the draws of the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from simulator.compiled import Floats
from simulator.streams import BLOCK, BlockDraws, Words, uniforms_of
from simulator.studies import (
    AS_STANDS,
    Grid,
    LatinHypercube,
    Morris,
    Options,
    Setting,
    SobolIndices,
    SobolPoints,
    Study,
    Varied,
)
from simulator.study_values import as_number, between, in_short, setting

BITS = 52
"""Bits of a Sobol point, as many as a stream's uniforms have."""
INSIDE = 1e-6
"""How far from its edges a point stays within its slice, so that rounding never carries it into the next."""
FEW = 4
"""Most values varied whose cases are named by all of them."""
SHOWN = 120
Whole = npt.NDArray[np.int64]
Writer = Callable[[Setting], tuple[str, float]]


@dataclass(frozen=True)
class Case:
    """One scenario of a study: what is set on the base (`ADDRESS=VALUE`) and the overlays laid over it, by name.

    `point` holds each varied value as a number, as the scenario's models read it (5% is 0.05), in the study's order;
    where some value listed is no number it holds the place in the list, from 1. It is empty for options and the base.
    """

    id: str
    name: str
    sets: tuple[str, ...]
    overlays: tuple[str, ...]
    point: tuple[float, ...]


AS_IT_STANDS = Case(AS_STANDS, "The scenario as it stands", (), (), ())
"""The first case of every study: the base itself, with nothing varied."""

Drawn = Grid | LatinHypercube | SobolPoints | Morris | SobolIndices
"""Designs whose cases follow from what is varied."""
Row = tuple[str, tuple[Setting, ...]]
"""What a case is called, or nothing to call it by its values, and the value of each thing varied."""


def planned(study: Study) -> tuple[Case, ...]:
    """Return the cases of a study in their order, the scenario as it stands first."""
    design = study.design
    if isinstance(design, Options):
        return (AS_IT_STANDS, *_options(study))
    digits = len(str(study.cases - 1))
    rows, writers = _rows(design, study.vary), [_writer(one) for one in study.vary]
    return (AS_IT_STANDS, *(_case(study, f"{i:0{digits}d}", row, writers) for i, row in enumerate(rows, 1)))


def _rows(design: Drawn, vary: list[Varied]) -> Iterable[Row]:
    if isinstance(design, Grid):
        return (("", values) for values in product(*(listed(one, design.steps) for one in vary)))
    if isinstance(design, LatinHypercube):
        return _spread(vary, _latin(design, vary))
    if isinstance(design, SobolPoints):
        return _spread(vary, _sobol(design.cases, design.seed, [one.id for one in vary]))
    return _trajectories(design, vary) if isinstance(design, Morris) else _saltelli(design, vary)


def listed(one: Varied, steps: int) -> tuple[Setting, ...]:
    """Return the values of a grid: those listed, or `steps` of them from `low` to `high`."""
    if one.values is not None:
        return tuple(one.values)
    return tuple(between(one, (i, steps - 1)) for i in range(steps))


def _options(study: Study) -> Iterator[Case]:
    for one in study.options:
        sets = tuple(setting(address, value) for address, value in one.set.items())
        yield Case(one.id, one.called, sets, tuple(one.overlays), ())


def _case(study: Study, id: str, row: Row, writers: list[Writer]) -> Case:
    name, values = row
    written = [writer(value) for writer, value in zip(writers, values, strict=True)]
    sets, point = tuple(text for text, _ in written), tuple(number for _, number in written)
    return Case(id, name or _called(study, id, values), sets, (), point)


def _called(study: Study, id: str, values: tuple[Setting, ...]) -> str:
    """Return the name of a case by its values, where these are few enough to read."""
    if len(values) <= FEW:
        said = "; ".join(f"{one.called} {in_short(value)}" for one, value in zip(study.vary, values, strict=True))
        if len(said) <= SHOWN:
            return said
    return f"Case {int(id):,} of {study.cases - 1:,}"


def _writer(one: Varied) -> Writer:
    """Return how a value is set and what number stands for it; what is written once is kept, as designs repeat values.

    `True` and 1 are equal to Python and not to a scenario, so kinds are told apart.
    """
    values = one.values or []
    numbers = all(as_number(value) is not None for value in values)

    @lru_cache(maxsize=None, typed=True)
    def write(value: Setting) -> tuple[str, float]:
        place = next((i for i, own in enumerate(values, 1) if type(own) is type(value) and own == value), 0)
        return setting(one.address, value), float(as_number(value) or 0.0) if numbers else float(place)

    return write


def _spread(vary: list[Varied], units: Floats) -> Iterator[Row]:
    """Yield a row for each point of the unit cube `[case, varied]`."""
    for unit in units:
        yield "", tuple(between(one, float(share)) for one, share in zip(vary, unit, strict=True))


def _words(seed: int, name: str, count: int) -> Words:
    """Return the first words of a design's own stream."""
    return BlockDraws(seed, 0).words(f"study|{name}", -(-count // BLOCK)).ravel()[:count]


def _latin(design: LatinHypercube, vary: list[Varied]) -> Floats:
    """Return points `[case, varied]`, one in each of as many slices of each range (McKay, Beckman and Conover 1979)."""
    n, columns = design.cases, []
    for one in vary:
        slices = np.argsort(_words(design.seed, f"latin|order|{one.id}", n), kind="stable")
        within = uniforms_of(_words(design.seed, f"latin|within|{one.id}", n))
        columns.append((slices + np.clip(within, INSIDE, 1 - INSIDE)) / n)
    return np.stack(columns, axis=1)


def _sobol(count: int, seed: int, names: list[str]) -> Floats:
    """Return Sobol points `[case, dimension]` moved by one random digital shift for each dimension.

    The shift keeps the points' balance and makes each of them uniform (L'Ecuyer and Lemieux 2002, Recent advances in
    randomized quasi-Monte Carlo methods); scipy's own scrambling would hang on the build of its generator.
    """
    plain = qmc.Sobol(len(names), scramble=False, bits=BITS).random_base2(count.bit_length() - 1)
    whole = np.asarray(plain * 2.0**BITS, dtype=np.uint64)
    shift = np.array([_words(seed, f"sobol|{name}", 1)[0] >> np.uint64(64 - BITS) for name in names], dtype=np.uint64)
    return np.asarray(((whole ^ shift).astype(np.float64) + 0.5) * 2.0**-BITS)


def _trajectories(design: Morris, vary: list[Varied]) -> Iterator[Row]:
    """Yield Morris's trajectories: a start on the grid, then each value moved once by the same step, in random order.

    The step is `levels / 2` levels of the grid, up from its lower half and down from the upper, so that every level is
    met as often (Morris 1991, Factorial sampling plans).
    """
    last, r = design.levels - 1, design.trajectories
    levels, turns = _starts(design, vary), _order(design, vary)
    for i in range(r):
        at = levels[:, i].copy()
        yield f"Trajectory {i + 1} of {r}, its start", _at_levels(vary, at, last)
        for k in turns[i]:
            at[k] += design.step if at[k] < design.step else -design.step
            yield f"Trajectory {i + 1} of {r}, {vary[k].called} moved", _at_levels(vary, at, last)


def _starts(design: Morris, vary: list[Varied]) -> Whole:
    """Return the level at which each value starts, `[varied, trajectory]`, from nought."""
    r = design.trajectories
    starts = [uniforms_of(_words(design.seed, f"morris|start|{one.id}", r)) for one in vary]
    return np.floor(np.stack(starts) * design.levels).astype(np.int64)


def _order(design: Morris, vary: list[Varied]) -> Whole:
    """Return in which order the values move, `[trajectory, turn]`."""
    keys = np.stack([_words(design.seed, f"morris|order|{one.id}", design.trajectories) for one in vary])
    return np.argsort(keys, axis=0, kind="stable").T


def _at_levels(vary: list[Varied], at: Whole, last: int) -> tuple[Setting, ...]:
    return tuple(between(one, (int(level), last)) for one, level in zip(vary, at, strict=True))


def _saltelli(design: SobolIndices, vary: list[Varied]) -> Iterator[Row]:
    """Yield, point by point, A, B, then A with each value in turn taken from B (Saltelli et al. 2010).

    Point by point, so that the first 32 points of 64 are a design of 32.
    """
    ids = [one.id for one in vary]
    units = _sobol(design.points, design.seed, [f"{block}|{one}" for block in "AB" for one in ids])
    rows = list(_spread([*vary, *vary], units))
    for i, (_, values) in enumerate(rows, 1):
        first, second = values[: len(vary)], values[len(vary) :]
        yield f"Point {i} of A", first
        yield f"Point {i} of B", second
        for k, one in enumerate(vary):
            yield f"Point {i} of A, {one.called} from B", (*first[:k], second[k], *first[k + 1 :])
