"""The only makers of random numbers: counter-based, keyed by name, one uniform per draw.

Key = BLAKE2b-128 of `seed|v1|name|block`. A block is 1,000 paths, always filled whole, one row of
1,000 words a year, so a longer horizon appends rows and path i is column i mod 1,000 of block
i div 1,000, whatever the number of paths, workers, bodies, drivers or variants.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from simulator.compiled import Floats

BLOCK = 1_000
VERSION = "v1"

Words = npt.NDArray[np.uint64]


def uniforms_of(words: Words) -> Floats:
    """Return words as uniforms strictly between 0 and 1, so that no normal is ever infinite."""
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


class Draws(Protocol):
    """Where a projection takes its luck from; shapes are `[rows, paths]`."""

    paths: int

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as uniforms."""

    def normals(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as standard normals."""


class BlockDraws:
    """The luck of one block of 1,000 paths."""

    def __init__(self, seed: int, block: int) -> None:
        """Fix the seed and the block; nothing is drawn yet."""
        self.seed, self.block, self.paths = seed, block, BLOCK

    def words(self, name: str, rows: int) -> Words:
        """Return `[rows, 1000]` raw 64-bit words of the stream `name`."""
        digest = blake2b(f"{self.seed}|{VERSION}|{name}|{self.block}".encode(), digest_size=16).digest()
        key = np.frombuffer(digest, dtype="<u8")
        raw: Words = np.random.Philox(key=key).random_raw(rows * BLOCK)
        return raw.reshape(rows, BLOCK)

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as uniforms."""
        return uniforms_of(self.words(name, rows))

    def normals(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as standard normals."""
        drawn: Floats = ndtri(self.uniforms(name, rows))
        return drawn


class CentralDraws:
    """No luck at all: every uniform is one half and every normal nought, on one path."""

    paths = 1

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return one half throughout; an event whose chance is at most one half does not happen."""
        return np.full((rows, 1), 0.5)

    def normals(self, name: str, rows: int) -> Floats:
        """Return nought throughout."""
        return np.zeros((rows, 1))
