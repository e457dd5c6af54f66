"""The two public tables of a scenario and nothing else: what a batch asks of every one of its cases."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.scenario import Scenario
from simulator.shared_luck import SharedLuck


@dataclass(frozen=True)
class Answers:
    """Money by agency and year and the chances of outcomes, before and after action, as a run of the scenario has them.

    `kept` and `happened` hold every path, `[view, agency, year, path]`, pounds or true where it happened; `missed`
    `[view, system, year, path]` is where a system missed its total. `checks` are the largest residuals in pounds.
    """

    compiled: Compiled
    paths: int
    seed: int
    agency_years: pd.DataFrame
    chances: pd.DataFrame
    kept: dict[str, Floats]
    happened: dict[str, Bools]
    missed: Bools
    checks: dict[str, float]


def answers(scenario: Scenario, sample: Sample, shared: SharedLuck | None = None) -> Answers:
    """Return the tables `agency_years` and `chances` that `simulate` gives for the same paths and seed, bit for bit.

    With `shared` luck, futures that another scenario has drawn are not drawn again.

    Raises:
        ValueError: when the number of paths is not between 1 and 200,000.
        RunCancelledError: when `sample.cancelled()` returns true.
    """
    raise NotImplementedError
