"""A place on its futures with the luck behind them: what each body met in each year, and whose luck it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.scenario import Scenario
from simulator.trials import USUAL

Kind = Literal["factor", "driver", "own", "savings", "events", "review", "agreement"]


class Owner(NamedTuple):
    """Who owns some luck: a national factor or driver, or a body's own luck, savings or risks.

    `id` is `factor/inflation`, `driver/care_demand`, `own/blackburn`, `savings/blackburn`, `events/blackburn`,
    `events` of the nation, `spending_review` or `agreement/NAME`. `body` is nothing where it is the nation's.
    """

    id: str
    name: str
    kind: Kind
    body: str | None


@dataclass(frozen=True)
class Watched:
    """A place on its futures; arrays end in `[path]`, money is in pounds, drivers' deviations are log points or points.

    `away` `[driver, year, path]` by body are deviations from the central path as that body meets them, up to each year.
    `money` and `happened` `[view, agency, year, path]` are by name, views `before_action` and `after_action`.
    """

    scenario: Scenario
    compiled: Compiled
    agencies: tuple[str, ...]
    paths: int
    seed: int
    drivers: tuple[str, ...]
    away: Mapping[str, Floats]
    money: Mapping[str, Floats]
    happened: Mapping[str, Bools]
    owners: tuple[Owner, ...]

    def amount(self, name: str, agency: str, year: str, view: str = "before_action") -> Floats:
        """Return a measure of money, or whether an outcome happened as 0 or 1, in one year, `[path]`."""
        raise NotImplementedError

    def shocks(self, agency: str, year: str) -> tuple[Floats, tuple[str, ...]]:
        """Return the independent shocks that can reach a body by a year, `[shock, path]`, and the owner id of each."""
        raise NotImplementedError


def watch(scenario: Scenario, sample: Sample = USUAL, agency: str | None = None) -> Watched:
    """Return every body of a place, or one, on the futures of a run of the scenario, with the luck behind them.

    Raises:
        ValueError: when there is no such body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    raise NotImplementedError
