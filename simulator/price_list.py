"""The price list: points of risk that £1m buys as contingency, reserve, recurrent saving or council tax.

All is on the plan view and paired: the same futures with the money and without it. Contingency is paid for and stands
for the budget year alone; a reserve is there as that year opens; a saving is certain and comes every year from then on;
tax comes every year too, in step with the requirement. National funding answers none of it: it is one body's choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled
from simulator.deadlines import MEANS, Means, deadline, in_words
from simulator.drivers import DriverPaths
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import comes_back
from simulator.evidence_tests.seen import Seen, seen
from simulator.evidence_tests.telling import VIEWS_IN_WORDS, closes
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.position import price
from simulator.regimes.vcse import Charity
from simulator.scenario import Scenario
from simulator.summary import Z95, Chance, chance
from simulator.trials import USUAL, tried
from simulator.variants import VIEWS, Given, Variant

AMOUNTS = (1e6, 5e6)
"""Pounds that are priced; the second shows whether more buys less each."""
PLAN = VIEWS[0]
NAMES: dict[Means, str] = {
    "contingency": "contingency",
    "reserve": "reserve",
    "saving": "recurrent saving",
    "council_tax": "council tax",
}
NO_RESERVES = "an NHS body holds no reserves for this: what an ICB does not spend lapses, and a trust's surplus is cash"
NO_TAX = "it raises no council tax"


class Bought(NamedTuple):
    """What money takes off a chance: the chance without it and with it, and the paired difference as a share.

    `error` is the standard error of the paired difference, `low` and `high` its 95% interval.
    """

    before: Chance
    after: Chance
    points: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Price:
    """One way of using money for one body's budget year: what it buys of two risks, and until when it can be used.

    `amount` is in pounds of the budget year. `back` is coming back within the year (R02), `below` the general fund
    below its policy minimum by the plan's end (A02); for an NHS body a plan missed, in the year and by the plan's end.
    Both are nothing where the way is closed to such a body. `room` is what the referendum limit leaves in pounds,
    nothing where no limit is known or it is no tax. `open` is false where the last day has passed or law forbids it;
    `reason` then says why.
    """

    agency: str
    means: Means
    name: str
    year: str
    amount: float
    back: Bought | None
    below: Bought | None
    last_day: date | None
    law: str
    room: float | None
    open: bool
    reason: str
    sentence: str


def price_list(scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL) -> tuple[Price, ...]:
    """Return what £1m and £5m buy of a body's risks by each means, and what one point of council tax buys."""
    raise NotImplementedError


def price_table(prices: tuple[Price, ...]) -> pd.DataFrame:
    """Return prices as a table, a row each: chances and differences as shares, money in pounds."""
    raise NotImplementedError
