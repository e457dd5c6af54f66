"""The model-risk range: the headline chances over the structural judgements, on the same futures.

It stands beside the sampling interval, so that it is seen how much more hangs on judgement than on the number of paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Compiled
from simulator.scenario import Scenario
from simulator.summary import Chance
from simulator.trials import USUAL


class Switched(NamedTuple):
    """A chance with one or more judgements switched; `switch` names them, `as entered` where there is none."""

    switch: str
    judgement: str
    chance: Chance


@dataclass(frozen=True)
class Range:
    """One headline chance over the judgements: as entered, one switched at a time, and all at their better or worse.

    `low` and `high` are the ends of one switched at a time, `together_low` and `together_high` those of all at once.
    """

    id: str
    name: str
    view: str
    horizon: str
    central: Chance
    each: tuple[Switched, ...]
    low: Switched
    high: Switched
    together_low: Switched
    together_high: Switched
    sentence: str


@dataclass(frozen=True)
class ModelRisk:
    """The ranges of one body's headline chances; none, with the reason, for a body without such judgements."""

    agency: str
    ranges: tuple[Range, ...]
    reason: str


def model_risk(scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL) -> ModelRisk:
    """Return how far a body's headline chances move with the structural judgements."""
    raise NotImplementedError


def model_risk_table(found: ModelRisk) -> pd.DataFrame:
    """Return the ranges as a table, a row for each headline and each switch."""
    raise NotImplementedError
