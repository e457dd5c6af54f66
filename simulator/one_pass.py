"""How large a shift each future can bear before action, in one pass over what it was short of and no new projection.

Before action nothing that is decided answers a shift, so a body is short by what it was short of without the shift,
what the shift costs it, and what its regime then adds. Money is in nominal pounds, below nought where it is a surplus
or a saving. What bodies do to one another through a shift is not here: a charity's failure that others pay for, and
system agreements (`hangs` says where those stand in the way).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from simulator.compiled import CHARITY, ICB, LOCAL, REGIMES, TRUST, Bools, Compiled, Floats
from simulator.held import BREACHES, RULES
from simulator.money import HALF_PENNY
from simulator.position import Position
from simulator.regimes import council
from simulator.variants import Variant


class HangsOnOthersError(ValueError):
    """A shift that one body cannot be tested for by itself; the message says why, in words to show."""


class Ground(NamedTuple):
    """What a shift is laid on: what a body was short of before reserves without it, `[year, path]`, and its size.

    `turnover` is what it spends with what it pays under agreements; `reserves` what a local authority may draw on as
    the first year opens, nought for other bodies, whose regimes open their own books.
    """

    residual: Floats
    turnover: Floats
    funding: Floats
    reserves: float


class Pass(NamedTuple):
    """Whether a body breaches its duty at each size in each year, and by how many pounds, `[size, year, path]`."""

    breach: Bools
    short: Floats


class Thresholds(NamedTuple):
    """The sizes at which each future breaks its duty in each year, `[year, path]`: above `most` and below `again`.

    `most` is infinite where no size breaks it, and below nought where no shift does already: then it is the shift the
    other way that would mend it. `again` is infinite where every size beyond `most` breaks it.
    """

    most: Floats
    again: Floats

    def broken(self, size: float) -> Bools:
        """Return whether the duty is broken in each year at a size, `[year, path]`."""
        found: Bools = (size > self.most) & (size < self.again)
        return found

    def by_year(self) -> tuple[Floats, Bools]:
        """Return up to what size the duty is kept in each year and all before it, and whether beyond that at none.

        Both `[year, path]`; a size is below nought where no shift at all breaks the duty already. A second run of
        sizes that keep it opens where the shift saves money in some years.
        """
        bites = self.again > 0
        first = np.minimum.accumulate(np.where(bites, self.most, np.inf), axis=0)
        whole = np.isinf(self.again).all()
        ends = np.full_like(first, np.inf) if whole else np.stack([self._end(first, t) for t in range(len(first))])
        return first, ends == np.inf

    def _end(self, first: Floats, year: int) -> Floats:
        """Return where the run of sizes that break the duty by a year ends, from the first that does."""
        start, most, again = first[year], self.most[: year + 1], self.again[: year + 1]
        end = start
        for _ in range(year + 1):
            # Runs that meet in one point leave that size open, so only the first may begin where the last one ended.
            joined = (again > 0) & ((most < end) | (most == start))
            end = np.maximum(end, np.where(joined, again, -np.inf).max(axis=0))
        ended: Floats = end
        return ended


def thresholds(reserves: Floats | float, residual: Floats, unit_cost: Floats) -> Thresholds:
    """Return the sizes that break a local authority's duty to balance, for a shift that costs size x `unit_cost`.

    `reserves` is a number or `[path]`, nought or more; the others are `[year, path]`, of either sign. Reserves that
    shortfalls draw down to nought and surpluses fill again leave the greatest of several sums short (Lindley 1952):
    a year is short where the sum of what every run of years up to it asked is above nought, and, of the run from the
    first, above the opening reserves too. Each sum is straight in the size, so each gives one bound.
    """
    most, again = np.full_like(residual, -np.inf), np.full_like(residual, np.inf)
    for t in range(len(residual)):
        asked, slope = np.zeros((2, *residual.shape[1:]))
        for start in range(t, -1, -1):
            asked, slope = asked + residual[start], slope + unit_cost[start]
            room = HALF_PENNY - asked + (reserves if start == 0 else 0.0)
            always = np.where(room >= 0, np.inf, -np.inf)
            bound = np.divide(room, slope, out=always, where=slope != 0)
            most[t] = np.maximum(most[t], np.where(slope >= 0, bound, -np.inf))
            again[t] = np.minimum(again[t], np.where(slope < 0, bound, np.inf))
    never = again <= most
    return Thresholds(np.where(never, np.inf, most), np.where(never, np.inf, again))


def ground(
    compiled: Compiled, agency: str, measures: Mapping[str, Floats], position: Position, view: Variant
) -> Ground:
    """Return what a body's shift is laid on, from its own measures `[year, path]` under a view before action.

    A charity's measures come from `lasting(compiled)`: those of one that fails end with its failure, and a shift that
    saves money may keep it from failing.

    Raises:
        ValueError: when managers act in the view, since what they do answers the shift.
    """
    if view.acts:
        raise ValueError(f"`{view.name}` is no view before action: its managers answer a shift")
    body = compiled.agency_ids.index(agency)
    residual = measures["use_of_reserves"] + measures["unfunded_gap"] - measures.get("lapsed", 0.0)
    reserves = 0.0
    if kind_of(compiled, agency) == LOCAL:
        start = council.opening(compiled.council, view.recurs, view.usable_share)
        reserves = float(start.balances.usable[body])
    return Ground(residual, position.spending[body] + position.paid[body], position.funding[body], reserves)


def lasting(compiled: Compiled) -> Compiled:
    """Return the same place with charities that go on whatever they are short of."""
    if compiled.charity is None:
        return compiled
    return replace(compiled, charity=replace(compiled.charity, fails=np.zeros_like(compiled.charity.fails)))


def kind_of(compiled: Compiled, agency: str) -> str:
    """Return which regime a body is under."""
    body = compiled.agency_ids.index(agency)
    return next(kind for kind in REGIMES if compiled.slices[kind].start <= body < compiled.slices[kind].stop)


def hangs(compiled: Compiled, agency: str, since: int) -> str | None:
    """Return why a body cannot be tested by itself for shifts from projected year `since` on, or nothing.

    `since` is the first year in which a shift moves money of any body of the same system.
    """
    body = compiled.agency_ids.index(agency)
    for system in compiled.agreed.systems:
        if body not in system.members:
            continue
        shared = [year for year in range(since, compiled.horizon) if compiled.nhs_regime[year] == "system"]
        if shared:
            year = compiled.years[shared[0]]
            return f"in {year} the control total {system.name} settles what its members are short of together"
        if system.planned[system.members.index(body), since:].any():
            return f"an incentive of {system.name} hangs on where each member ends the year"
    return None


def one_pass(compiled: Compiled, agency: str, base: Ground, cost: Floats) -> Pass:
    """Return whether and by how much a body breaches its duty at each size of a shift.

    `cost` `[size, year, path]` is what the shift costs the body net in pounds at each size, in any shape. The duty is
    the one counted as a breach: a local authority's unfunded gap, an NHS body's plan, a charity's solvency.

    Raises:
        HangsOnOthersError: when agreements make what the body is short of hang on other bodies.
    """
    if kind_of(compiled, agency) == LOCAL:
        return _local(base, cost)
    moved = np.flatnonzero(cost.any(axis=(0, 2)))
    reason = hangs(compiled, agency, int(moved[0])) if moved.size else None
    if reason:
        raise HangsOnOthersError(reason)
    return _Roll(compiled, agency, base).over(cost)


def _local(base: Ground, cost: Floats) -> Pass:
    held, short = np.full((len(cost), cost.shape[2]), base.reserves), np.empty_like(cost)
    for year, residual in enumerate(base.residual):
        asked = residual + cost[:, year]
        short[:, year] = np.maximum(asked - held, 0.0)
        held = np.maximum(held - asked, 0.0)
    return Pass(short > HALF_PENNY, short)


class _Roll:
    """One NHS body or charity by itself, rolled over the years with sizes of a shift in the place of variants."""

    def __init__(self, compiled: Compiled, agency: str, base: Ground) -> None:
        self.compiled, self.base, self.kind = compiled, base, kind_of(compiled, agency)
        self.body, self.rules = compiled.agency_ids.index(agency), RULES[self.kind]
        row = self.body - compiled.slices[self.kind].start
        terms: dict[str, Any] = {ICB: compiled.icb, TRUST: compiled.trust, CHARITY: compiled.charity}
        self.terms = _alone(terms[self.kind], row)

    def over(self, cost: Floats) -> Pass:
        """Return what the duty is missed by at each size, carrying what the body holds from year to year."""
        sizes, _, paths = cost.shape
        opened = self.rules.opening(self.terms)
        # The first row is no shift: what it is charged is in the residual already.
        state = type(opened)(*(np.broadcast_to(part[:, None], (sizes + 1, 1, paths)) for part in opened))
        short = np.empty_like(cost)
        for year in range(cost.shape[1]):
            more = np.concatenate([np.zeros((1, paths)), cost[:, year]])[:, None]
            missed, state = self.year(year, state, more)
            short[:, year] = missed[1:, 0]
        return Pass(short > HALF_PENNY, short)

    def year(self, year: int, state: Any, more: Floats) -> tuple[Floats, Any]:
        """Return what the duty is missed by in a year, and the state after it, `[1 + size, 1, path]`."""
        funding = self.base.funding[year]
        charged = self.rules.charge(self.terms, year, state, funding[None])
        residual = self.after_support(year, charged - charged[:1] + more)
        if self.kind == CHARITY:
            residual = np.where(state.failed, 0.0, residual)
        turnover = (funding if self.kind == ICB else self.base.turnover[year])[None, None]
        closed = self.rules.close(self.terms, year, state, residual, turnover)
        regime = self.compiled.nhs_regime[year] if self.compiled.agreed.in_system[self.body] else "individual"
        missed = self.rules.duties(self.terms, year, closed, residual, turnover, regime)
        return missed[BREACHES[self.kind]], closed.state

    def after_support(self, year: int, added: Floats) -> Floats:
        """Return what the body is short of with what is `added`, deficit support paid only while its plan is met.

        The test of the plan leaves support itself out; what is short without a shift tells which was paid there.
        """
        residual, agreed = self.base.residual[year], self.compiled.agreed
        full = agreed.deficit_support[self.body, year]
        if not full or not added.any():
            alone: Floats = residual + added
            return alone
        withheld = self.compiled.support_withheld * full
        worst = agreed.targets[self.body, year] - agreed.tolerance * self.base.turnover[year] - HALF_PENNY
        before = residual + np.where(-residual >= worst, full, full - withheld) + added
        short: Floats = before - np.where(full - before >= worst, full, full - withheld)
        return short


def _alone(terms: Any, row: int) -> Any:
    """Return a regime's terms with one body's rows only."""
    arrays = {field.name: getattr(terms, field.name) for field in fields(terms)}
    return replace(
        terms, **{name: part[row : row + 1] for name, part in arrays.items() if isinstance(part, np.ndarray)}
    )
