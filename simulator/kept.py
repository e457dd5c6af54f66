"""What is kept of a block of paths: measures of the views, outcomes of every variant, the log of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simulator.compiled import OUTSIDE, Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.position import Position
from simulator.streams import BLOCK
from simulator.variants import MEASURES, OUTCOMES, Outcome, Variant, empty, holding


class Kept:
    """Arrays filled year by year; each measure has the bodies that `holders` names."""

    def __init__(
        self, compiled: Compiled, shape: tuple[int, int, int], views: int, into: Mapping[str, Floats] | None = None
    ) -> None:
        """Make room for every year of `[variant, agency, path]`; the first `views` keep their money.

        Their measures are filled `into` arrays of noughts, if these are given.
        """
        self.compiled, self.shape, self.views = compiled, shape, views
        versions, _, paths = shape
        self.rows = holding(compiled, MEASURES)
        self.measures = empty(compiled, MEASURES, views, paths) if into is None else dict(into)
        self.tests = {n: part.astype(bool) for n, part in empty(compiled, OUTCOMES, versions, paths).items()}
        self.short = np.zeros((*shape[:2], compiled.horizon if not views else 0, paths))
        self.payments = np.zeros((len(compiled.agreed.payments), views, compiled.horizon, paths))
        self.missed = np.zeros((versions, len(compiled.agreed.systems), compiled.horizon, paths), dtype=bool)

    def money(self, year: int, amounts: Mapping[str, Floats]) -> None:
        """Keep amounts of a year, those of a measure that no body has left out."""
        for name, amount in amounts.items():
            if name in self.measures:
                self.measures[name][:, :, year] = amount[: self.views]

    def fell_short(self, year: int, unfunded: Floats, nhs: slice | None, off_plan: Floats) -> None:
        """Keep what every body is short of: an NHS body beyond its plan, any other what it could not fund."""
        self.short[:, :, year] = np.maximum(unfunded, 0.0)
        if nhs:
            self.short[:, nhs, year] = np.maximum(off_plan, 0.0)

    def happened(self, year: int, tests: Mapping[str, Bools], missed: list[Floats]) -> None:
        """Keep what happened in a year, and by how much systems missed their totals."""
        for name, met in tests.items():
            if name in self.tests:
                self.tests[name][:, :, year] = met
        for i, pounds in enumerate(missed):
            self.missed[:, i, year] = pounds > HALF_PENNY

    def flows(
        self, year: int, position: Position, changed: Mapping[int, Floats], settled: Mapping[int, Floats]
    ) -> tuple[Floats, Floats]:
        """Keep the log of payments of a year, and return what every body paid and received under agreements.

        What is `changed` of the position's own payments stands in their place; `settled` comes after them. Bodies taken
        by themselves have no log; what others pay them stands in their position.
        """
        if not self.compiled.agreed.payments:
            return position.paid[None, :, year], position.received[None, :, year]
        payments = self.compiled.agreed.payments
        first = {entry: views.actual[year] for entry, views in position.payments.views.items()} | dict(changed)
        found = []
        for already, side in ((position.paid, "payer"), (position.received, "payee")):
            total = np.broadcast_to(already[:, year], self.shape).copy()
            # Bodies that a change touches are added up again, in the order of the log.
            again = {getattr(payments[entry], side) for entry in changed} - {OUTSIDE}
            for body in again:
                total[:, body] = 0.0
            parts = [(getattr(payments[entry], side), amount) for entry, amount in first.items()]
            parts = [(body, amount) for body, amount in parts if body in again]
            parts += [(getattr(payments[entry], side), amount) for entry, amount in settled.items()]
            for body, amount in parts:
                if body != OUTSIDE:
                    total[:, body] += amount
            found.append(total)
        for entry, amount in (first | dict(settled)).items():
            self.payments[entry, :, year] = amount[: self.views] if amount.ndim > 1 else amount
        return found[0], found[1]

    def outcome(self, position: Position, shared: Mapping[str, Floats]) -> Outcome:
        """Return what was kept, with what no choice moves (`[view or 1, agency, year, path]`) beside it."""
        for name, amount in shared.items():
            if name in self.measures:
                self.measures[name] = np.broadcast_to(amount, self.measures[name].shape)
        if "failed" in self.measures and self.measures["failed"].any():
            self._without_failed()
        return Outcome(self.measures, self.tests, self.payments, self.missed, self.short)

    def _without_failed(self) -> None:
        """Leave out what a charity would have spent and received after the year in which it failed."""
        rows, failed = self.rows["failed"], self.measures["failed"]
        for name in ("spending", "funding", "contingency"):
            amounts = self.measures[name].copy()
            amounts[:, rows, 1:] = np.where(failed[:, :, :-1] > 0, 0.0, amounts[:, rows, 1:])
            self.measures[name] = amounts


def pair_sums(position: Position) -> Floats:
    """Return the sums of every pair's cost index, `[pair, year, block]`.

    A block is added up at a time, so that sums never depend on how blocks were grouped.
    """
    width = min(BLOCK, position.pairs[0].actual.shape[1])
    return np.stack([pair.actual.reshape(len(pair.actual), -1, width).sum(axis=2) for pair in position.pairs])


def budgeted(compiled: Compiled, position: Position) -> Floats:
    """Return what budgets expected of every entry of the log, `[entry, year, path]`."""
    planned = np.zeros((len(compiled.agreed.payments), *position.payments.shape))
    for entry, views in position.payments.views.items():
        planned[entry] = views.expected
    for entry, amounts in compiled.agreed.hoped.items():
        planned[entry] = amounts[:, None]
    return planned


def under_rules(position: Position, variants: Sequence[Variant]) -> tuple[Floats, Floats, Floats]:
    """Return each view's national answer, what its rule adds to spending, and its high-needs deficit."""
    own = position.accommodation
    answered, deficit = (np.repeat(part[None], len(variants), axis=0) for part in (own, position.high_needs_deficit))
    changed = np.zeros_like(answered)
    for v, variant in enumerate(variants):
        for a, other in enumerate(position.alternatives.get(variant.rule or "", [])):
            answered[v, a], deficit[v, a] = other.accommodation, other.deficit
            changed[v, a] = other.actual + other.accommodation - own[a]
        answered[v] *= float(variant.accommodated)
    return answered, changed, deficit
