"""What moves a figure over the cases of a design: elementary effects (Morris 1991) and Sobol indices."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simulator.compiled import Floats
from simulator.designs import Case
from simulator.studies import Study


def morris(study: Study, cases: Sequence[Case], values: Floats) -> pd.DataFrame:
    """Return elementary effects of each varied value on a figure; `values` `[case]` is NaN where a case has none.

    An effect is by how much the figure would move over the whole range, had it moved as on that step. `mu` is the mean
    effect, `mu_star` the mean size, `sigma` the spread (interactions or curvature), `error` the standard error of
    `mu_star` over trajectories with `low95` and `high95`, `moves` how many steps are counted.
    """
    raise NotImplementedError


def sobol(study: Study, values: Floats) -> pd.DataFrame:
    """Return each varied value's share of the variance between cases, alone (`first`) and in all (`total`), 0 to 1.

    `values` `[case]` are in the order of `planned`. Columns: id, name, first, first_low95, first_high95, total,
    total_low95, total_high95, clipped (whether an estimate fell outside 0 to 1 and is shown at the end of it).

    Raises:
        ValueError: when a case has no value.
    """
    raise NotImplementedError
