"""The only makers of random numbers: each stream has a name, and each number comes from one uniform.

A stream's key is the BLAKE2b-128 digest of `seed|v1|name|block`, and the generator is Philox. Blocks hold
1,000 paths whatever is asked for, with one row of words to a year: more years add rows below, more paths
add blocks beside. So what path 17 meets never depends on how many paths, workers, bodies or variants there are.
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
    drawn = (words >> np.uint64(12)).astype(np.float64)
    drawn += 0.5
    drawn *= 2.0**-52
    return drawn


class Draws(Protocol):
    """Where a projection takes its luck from; shapes are `[rows, paths]`. Without luck `lucky` is false."""

    paths: int
    lucky: bool

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as uniforms."""

    def normals(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as standard normals."""


class BlockDraws:
    """The luck of some blocks of 1,000 paths, side by side; drawn together they are what they are alone."""

    lucky = True

    def __init__(self, seed: int, block: int, count: int = 1) -> None:
        """Fix the seed, the first block and how many; nothing is drawn yet."""
        self.seed, self.blocks, self.paths = seed, range(block, block + count), BLOCK * count

    def words(self, name: str, rows: int) -> Words:
        """Return `[rows, paths]` raw 64-bit words of the stream `name`."""
        drawn = np.empty((rows, self.paths), dtype=np.uint64)
        for i, block in enumerate(self.blocks):
            digest = blake2b(f"{self.seed}|{VERSION}|{name}|{block}".encode(), digest_size=16).digest()
            raw = np.random.Philox(key=np.frombuffer(digest, dtype="<u8")).random_raw(rows * BLOCK)
            drawn[:, i * BLOCK : (i + 1) * BLOCK] = raw.reshape(rows, BLOCK)
        return drawn

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as uniforms."""
        return uniforms_of(self.words(name, rows))

    def normals(self, name: str, rows: int) -> Floats:
        """Return the first `rows` rows of the stream `name` as standard normals."""
        drawn = self.uniforms(name, rows)
        ndtri(drawn, out=drawn)
        return drawn


class CentralDraws:
    """No luck at all: every uniform is one half and every normal nought, on one path."""

    paths = 1
    lucky = False

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return one half throughout; an event whose chance is at most one half does not happen."""
        return np.full((rows, 1), 0.5)

    def normals(self, name: str, rows: int) -> Floats:
        """Return nought throughout."""
        return np.zeros((rows, 1))
