"""Luck that is written down as it is drawn, and luck that is chosen: the independent normals behind every future.

A variable is one row of one stream, such as the inflation factor of 2028-29; all of them together are the u-space of
reverse stress. Events and spending reviews come from uniforms and are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.streams import BLOCK, BlockDraws


class Variable(NamedTuple):
    """One independent standard normal: a row of a stream."""

    stream: str
    row: int


class Recorded:
    """The luck of some blocks, with every normal kept by stream as it is handed out."""

    lucky = True

    def __init__(self, seed: int, block: int, count: int = 1) -> None:
        """Fix the seed, the first block and how many."""
        self.drawn = BlockDraws(seed, block, count)
        self.paths = self.drawn.paths
        self.kept: dict[str, Floats] = {}

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return what the blocks draw, which is not kept."""
        return self.drawn.uniforms(name, rows)

    def normals(self, name: str, rows: int) -> Floats:
        """Return what the blocks draw, kept under its name; a stream asked for twice keeps the longer answer."""
        found = self.drawn.normals(name, rows)
        if len(self.kept.get(name, ())) < rows:
            self.kept[name] = found
        return found

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable handed out, in the order of names, so that the order of asking moves nothing."""
        return tuple(Variable(name, row) for name in sorted(self.kept) for row in range(len(self.kept[name])))

    def values(self, variables: tuple[Variable, ...]) -> Floats:
        """Return the values of some variables, `[variable, path]`."""
        return np.stack([self.kept[variable.stream][variable.row] for variable in variables])


class Chosen:
    """Luck that is nought but where it is chosen: `[variable, path]`; no event strikes whose chance is at most half.

    With `lucky` false the paths are the central case, whose own plan comes true.
    """

    def __init__(
        self, variables: tuple[Variable, ...], values: Floats, lucky: bool = True, streams: Mapping[str, Floats] = {}
    ) -> None:
        """Lay values on variables; `streams` are whole streams `[row, path]` instead."""
        self.paths, self.lucky = values.shape[1], lucky
        self.streams = dict(streams)
        self.placed: dict[str, list[tuple[int, Floats]]] = {}
        for variable, value in zip(variables, values, strict=True):
            self.placed.setdefault(variable.stream, []).append((variable.row, value))

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return one half throughout."""
        return np.full((rows, self.paths), 0.5)

    def normals(self, name: str, rows: int) -> Floats:
        """Return what was chosen, nought elsewhere."""
        out = np.zeros((rows, self.paths))
        if name in self.streams:
            given = self.streams[name][:rows]
            out[: len(given)] = given
        for row, value in self.placed.get(name, ()):
            if row < rows:
                out[row] = value
        return out


class OnePath:
    """The luck of a single path of the run, so that it can be told alone."""

    lucky, paths = True, 1

    def __init__(self, seed: int, path: int) -> None:
        """Choose a path, counted from nought."""
        self.drawn, self.column = BlockDraws(seed, path // BLOCK), path % BLOCK

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return what that path draws."""
        return self.drawn.uniforms(name, rows)[:, self.column, None]

    def normals(self, name: str, rows: int) -> Floats:
        """Return what that path draws."""
        return self.drawn.normals(name, rows)[:, self.column, None]


def central(paths: int, streams: Mapping[str, Floats] = {}) -> Chosen:
    """Return the central case on several paths alike, so that what is tried on each can differ."""
    return Chosen((), np.zeros((0, paths)), lucky=False, streams=streams)
