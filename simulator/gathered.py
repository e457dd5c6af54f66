"""What a run keeps of all its paths, filled block by block, and which variants it treats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.streams import BLOCK
from simulator.switches import SWITCHES
from simulator.variants import CORE, MEASURES, OUTCOMES, Outcome, Variant, holding

DETAILED_PATHS = 10_000

SWITCHED = ("reserves_below_minimum", "unfunded_gap", "needs_support")
CONDITIONAL = ("gap", "usable_reserves", "unfunded_gap", "high_needs_deficit")


@dataclass(frozen=True)
class Treated:
    """The variants of one run: views whose money is kept whole, conditional futures, and switches."""

    views: tuple[Variant, ...]
    branches: tuple[Variant, ...]

    @property
    def others(self) -> tuple[Variant, ...]:
        """All but the views, those whose money is kept first."""
        return self.branches + SWITCHES


class Projected(NamedTuple):
    """What some blocks came to: the views, all other variants, sums of cost indices, what budgets expected of the log.

    `pair_sums` is `[pair, year, block]` and `planned` `[entry, year, path]` in pounds.
    """

    outcome: Outcome
    others: Outcome
    pair_sums: Floats
    planned: Floats


class Viewed:
    """What the views show on all paths, filled block by block; each block owns its own columns."""

    def __init__(self, compiled: Compiled, paths: int, views: int) -> None:
        """Make room for `paths`."""
        self.paths, detailed = paths, min(paths, DETAILED_PATHS)

        def shape(rows: slice) -> tuple[int, int, int]:
            return views, rows.stop - rows.start, compiled.horizon

        kept, tested = holding(compiled, MEASURES), holding(compiled, OUTCOMES)
        self.measures = {m: np.zeros((*shape(r), paths if m in CORE else detailed)) for m, r in kept.items()}
        self.outcomes = {name: np.empty((*shape(r), paths), dtype=bool) for name, r in tested.items()}
        self.missed = np.empty((views, len(compiled.agreed.systems), compiled.horizon, paths), dtype=bool)
        self.checks: dict[int, dict[str, float]] = {}

    def room(self, number: int, count: int) -> dict[str, Floats] | None:
        """Return the columns of some blocks, where a projection may keep its measures; None where not all are kept."""
        columns = slice(number * BLOCK, (number + count) * BLOCK)
        if columns.stop > min(self.paths, DETAILED_PATHS):
            return None
        return {name: kept[..., columns] for name, kept in self.measures.items()}

    def view(self, number: int, outcome: Outcome, checks: dict[str, float]) -> None:
        """Copy the columns of the blocks from `number` on into place, unless they were kept there at once."""
        start = number * BLOCK
        stop = min(start + outcome.missed.shape[-1], self.paths)
        for name, amounts in outcome.measures.items():
            if not np.may_share_memory(self.measures[name], amounts):
                _copy(self.measures[name], amounts, start, stop)
        for name, happened in outcome.outcomes.items():
            self.outcomes[name][..., start:stop] = happened[..., : stop - start]
        self.missed[..., start:stop] = outcome.missed[..., : stop - start]
        self.checks[number] = checks

    def largest(self, names: Iterable[str]) -> dict[str, float]:
        """Return the largest residual of each identity; one that is no number stays so, never passing for nought."""
        return {name: float(np.max([block[name] for block in self.checks.values()])) for name in names}


class Gathered(Viewed):
    """All that a run keeps of its paths: the views, all other variants, the log of payments."""

    def __init__(self, compiled: Compiled, local: Compiled, paths: int, treated: Treated) -> None:
        """Make room for `paths`; variants other than the views have the bodies of `local`."""
        super().__init__(compiled, paths, len(treated.views))
        self.treated, detailed = treated, min(paths, DETAILED_PATHS)
        views, branches, others = len(treated.views), len(treated.branches), len(treated.others)

        def shape(rows: slice) -> tuple[int, int]:
            return rows.stop - rows.start, compiled.horizon

        own, switched = holding(local, MEASURES), holding(local, OUTCOMES)
        self.conditional = {m: np.empty((branches, *shape(own[m]), detailed)) for m in CONDITIONAL if m in own}
        self.switched = {
            name: np.empty((others, *shape(switched[name]), paths), dtype=bool) for name in SWITCHED if name in switched
        }
        entries = len(compiled.agreed.payments)
        self.log = np.empty((entries, views, compiled.horizon, detailed))
        self.planned = np.empty((entries, compiled.horizon, detailed))
        self.pair_sums: dict[int, Floats] = {}

    def add(self, number: int, found: Projected, checks: dict[str, float]) -> None:
        """Copy the columns of the blocks from `number` on into place: the views', and those of all other variants."""
        outcome, others, sums = found.outcome, found.others, found.pair_sums
        count = sums.shape[2]
        start, stop = number * BLOCK, min((number + count) * BLOCK, self.paths)
        self.view(number, outcome, checks)
        for name, kept in self.conditional.items():
            _copy(kept, others.measures[name], start, stop)
        for name, switched in self.switched.items():
            switched[..., start:stop] = others.outcomes[name][..., : stop - start]
        _copy(self.log, outcome.payments, start, stop)
        _copy(self.planned, found.planned, start, stop)
        for i in range(count):
            self.pair_sums[number + i] = sums[:, :, i]

    def sums(self) -> tuple[Floats, int]:
        """Return the sums of every pair over all whole blocks, and how many paths are in them.

        Raises:
            RuntimeError: when a block is missing.
        """
        drawn = len(self.pair_sums) * BLOCK
        if drawn < self.paths:
            raise RuntimeError(f"only {drawn:,} of {self.paths:,} paths were projected")
        return sum((self.pair_sums[number] for number in sorted(self.pair_sums)), start=np.zeros(1)), drawn


def _copy(kept: Floats, amounts: Floats, start: int, stop: int) -> None:
    """Copy the columns from `start` to `stop`, as far as they are kept."""
    limit = min(stop, kept.shape[-1])
    if start < limit:
        kept[..., start:limit] = amounts[..., : limit - start]
