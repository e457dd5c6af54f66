"""Who owns the risk: the variance of an outcome shared out between groups of independent shocks (Shapley 1953)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.compiled import Floats


@dataclass(frozen=True)
class Owned:
    """Shares of an outcome's variance by owner, from 0 to 1, with 95% intervals; they add up to 1 less `unexplained`.

    `straight` is the part of each share that is a straight line of the owner's shocks. `clipped` says that sampling put
    the sum above 1, so that shares were scaled down to it.
    """

    owners: tuple[str, ...]
    shares: Floats
    low: Floats
    high: Floats
    straight: Floats
    unexplained: float
    clipped: bool


def shares(shocks: Floats, owner: Sequence[str], outcome: Floats) -> Owned:
    """Return each owner's share of the variance of an outcome `[path]`, from independent shocks `[shock, path]`."""
    raise NotImplementedError
