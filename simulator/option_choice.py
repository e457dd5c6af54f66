"""Options on the same futures: regret, limits held, the worst-placed body, and what robustness costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from simulator.compiled import Bools, Floats


@dataclass(frozen=True)
class Outlook:
    """One option on every path: `held` `[agency, path]` pounds held at the plan's end, higher is better.

    `keeps` `[agency, path]` is where a body keeps every duty in every year.
    """

    id: str
    name: str
    held: Floats
    keeps: Bools


def compared(outlooks: Sequence[Outlook], agencies: Sequence[str]) -> pd.DataFrame:
    """Return how each option does over all paths, a row each in the order given; money in pounds.

    Raises:
        ValueError: when there is none, or they are not on the same paths and bodies.
    """
    raise NotImplementedError
