"""What the pathway model says, as a surface: delayed patients, boarders and spot purchases for whole futures at once.

Symbols: rho1 = admissions x treatment stay / acute beds; rho2 = onward discharges x onward stay / slots; a = onward
discharges x onward stay (the slots that would be in use if there were enough).

Trend, the fluid limit with exponential patience: delayed = discharges x patience x max(1 - 1/rho2, 0). The residual
of the discrete-event model is interpolated in rho1, 1/rho2 and the root of patience / onward stay. In 1/rho2 the trend
is straight on each side of 1, so that between knots the sum rises if it rises at the knots. Size: near rho2 = 1 a queue
with patience is root-a times a function of (1/rho2 - 1) root-a (Garnett, Mandelbaum and Reiman, 2002), so a place of
another size is read at that point and scaled by root-a. The same rule by root of beds serves boarders (Halfin and
Whitt, 1981).

Beyond the grid the residual stays as at its edge, the trend goes on, and what was so read is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.compiled import Floats

YEAR = 365
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Surface:
    """The surface as frozen arrays; axes rise.

    `residual` and `spread` are `[patience, rho1, rho2]` in patients at offered load `load` and mean onward stay `stay`.
    `slack` is (1 - effective occupancy) x root of beds; `excess` and `wait` are read along it.
    """

    load: float
    stay: float
    rho1: Floats
    rho2: Floats
    patience: Floats
    residual: Floats
    spread: Floats
    slack: Floats
    excess: Floats
    wait: Floats


@dataclass(frozen=True)
class Terms:
    """One place's pathway in the base year: counts, rates a day, stays in days, pounds of the base year.

    `discharges` are those that need something onward, `onward_stay` and `slot_year` means over the ways on.
    """

    beds: float
    admissions: float
    stay: float
    discharges: float
    onward_stay: float
    slots: float
    patience: float
    spot_share: float
    escalate: float
    long_term: float
    bed_day: float
    marginal: float
    slot_year: float
    spot_cost: float


@dataclass(frozen=True, eq=False)
class Delays:
    """A year on each path: mean patients delayed, boarding and in escalation beds, and counts over the year.

    `effective` is offered load plus delayed patients over core beds; `clamped` marks what lay beyond the grid.
    """

    delayed: Floats
    boarders: Floats
    escalation: Floats
    effective: Floats
    spot: Floats
    long_term: Floats
    clamped: Flags


@dataclass(frozen=True, eq=False)
class Saved:
    """A year without and with the extra slots, on the same demand."""

    before: Delays
    after: Delays

    @property
    def days(self) -> Floats:
        """Delayed bed-days saved in the year; never below nought."""
        return np.maximum(self.before.delayed - self.after.delayed, 0.0) * YEAR

    @property
    def escalation(self) -> Floats:
        """Days in escalation beds saved in the year; never below nought."""
        return np.maximum(self.before.escalation - self.after.escalation, 0.0) * YEAR

    @property
    def spot(self) -> Floats:
        """Spot purchases avoided in the year; never below nought."""
        return np.maximum(self.before.spot - self.after.spot, 0.0)

    @property
    def clamped(self) -> Flags:
        """Where either side was read beyond the grid."""
        return self.before.clamped | self.after.clamped


class Flow(NamedTuple):
    """A year's flows a day and capacity, all above nought; the arrays broadcast together, as `[year, path]`."""

    admissions: Floats
    discharges: Floats
    beds: Floats
    slots: Floats


class Relief(NamedTuple):
    """Pounds a year that extra slots save: on bed-days at the margin, on escalation beds closed, on spot purchases."""

    bed_days: Floats
    escalation: Floats
    spot: Floats


def fluid(discharges: Floats, patience: float, rho2: Floats) -> Floats:
    """Return delayed patients in the fluid limit; nought up to rho2 = 1."""
    return discharges * patience * np.maximum(1 - 1 / rho2, 0.0)


def delays(surface: Surface, terms: Terms, year: Flow) -> Delays:
    """Return the year's delays where flows and capacity are as given. Pure: no luck is drawn."""
    rho1 = year.admissions * terms.stay / year.beds
    load = year.discharges * terms.onward_stay
    rho2 = load / year.slots
    residual, outside = _residual(surface, terms.patience / terms.onward_stay, rho1, load, rho2)
    delayed = np.maximum(fluid(year.discharges, terms.patience, rho2) + residual, 0.0)
    # No more can wait than come and stay to the end of their patience.
    delayed = np.minimum(delayed, year.discharges * terms.patience)
    effective = rho1 + delayed / year.beds
    root = np.sqrt(year.beds)
    slack = (1 - effective) * root
    excess = np.maximum(np.interp(slack, surface.slack, surface.excess), -slack) * root
    wait = np.interp(slack, surface.slack, surface.wait)
    boarders = np.minimum(year.admissions * terms.escalate * wait, excess)
    # Patience is exponential, so those whose patience ends are the delayed over its mean.
    ended = delayed / terms.patience
    spot, started = ended * terms.spot_share * YEAR, (year.discharges - ended) * terms.long_term * YEAR
    return Delays(delayed, boarders, excess - boarders, effective, spot, started, outside)


def days_saved(
    surface: Surface,
    terms: Terms,
    acute_index: Floats,
    care_index: Floats,
    extra_slots: Floats | float,
    *,
    capacity_index: Floats | float = 1.0,
) -> Saved:
    """Return delays without and with `extra_slots` on the same demand.

    Indices are `[year, path]`, the base year's being 1: of admissions, of onward discharges, and of what beds and slots
    are planned without the extra ones. With the last left at 1 capacity stays as it is while demand grows.
    """
    year = demand(terms, acute_index, care_index, capacity_index)
    return Saved(delays(surface, terms, year), delayed_with(surface, terms, year, extra_slots))


def demand(terms: Terms, acute_index: Floats, care_index: Floats, capacity_index: Floats | float = 1.0) -> Flow:
    """Return the flows and the capacity of years without extra slots; indices as `days_saved` has them."""
    beds, slots = (np.asarray(size * capacity_index) for size in (terms.beds, terms.slots))
    return Flow(terms.admissions * acute_index, terms.discharges * care_index, beds, slots)


def delayed_with(surface: Surface, terms: Terms, year: Flow, extra_slots: Floats | float) -> Delays:
    """Return delays with `extra_slots` beside those that there are."""
    return delays(surface, terms, year._replace(slots=year.slots + extra_slots))


def relief(terms: Terms, saved: Saved) -> Relief:
    """Return what extra slots save in a year, at base-year prices; what they cost is `terms.slot_year` for each.

    A bed-day is counted at marginal cost, not average: wards and staff stay when a bed in them is empty. A day
    less in an escalation bed, opened for want of another, saves the rest of its cost too.
    """
    return Relief(
        bed_days=saved.days * terms.bed_day * terms.marginal,
        escalation=saved.escalation * terms.bed_day * (1 - terms.marginal),
        spot=saved.spot * terms.spot_cost,
    )


def _residual(surface: Surface, ratio: float, rho1: Floats, load: Floats, rho2: Floats) -> tuple[Floats, Flags]:
    """Return the residual in patients and where it lay beyond the grid; `ratio` is patience / onward stay."""
    levels = np.sqrt(surface.patience / surface.stay)
    level = np.sqrt(ratio)
    table = _between(levels, surface.residual, level)
    scale = np.sqrt(load / surface.load)
    # Slots over load, read where the place the surface was made for is as short of them in root-load units.
    sought = 1 + (1 / rho2 - 1) * scale
    knots = 1 / surface.rho2[::-1]
    found = _bilinear(surface.rho1, knots, table[:, ::-1], rho1, sought)
    outside = (rho1 < surface.rho1[0]) | (rho1 > surface.rho1[-1])
    outside |= (rho2 < surface.rho2[0]) | (rho2 > surface.rho2[-1])
    beyond = not levels[0] * (1 - 1e-9) <= level <= levels[-1] * (1 + 1e-9)
    return found * scale, outside | beyond


def _between(levels: Floats, tables: Floats, level: float) -> Floats:
    """Return the table at `level`, straight between the two about it; at an end, that end's."""
    i = int(np.clip(np.searchsorted(levels, level, side="right") - 1, 0, levels.size - 2))
    part = float(np.clip((level - levels[i]) / (levels[i + 1] - levels[i]), 0.0, 1.0))
    found: Floats = tables[i] * (1 - part) + tables[i + 1] * part
    return found


def _bilinear(rows: Floats, columns: Floats, table: Floats, row: Floats, column: Floats) -> Floats:
    """Return `table` at each (row, column), bilinear; beyond an axis, at its end."""
    i, part = _cell(rows, row)
    j, across = _cell(columns, column)
    low = table[i, j] * (1 - across) + table[i, j + 1] * across
    high = table[i + 1, j] * (1 - across) + table[i + 1, j + 1] * across
    found: Floats = low * (1 - part) + high * part
    return found


def _cell(axis: Floats, at: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the knot below each point and the way from it to the next, 0 to 1."""
    held = np.clip(at, axis[0], axis[-1])
    knot = np.clip(np.searchsorted(axis, held, side="right") - 1, 0, axis.size - 2)
    return knot, (held - axis[knot]) / (axis[knot + 1] - axis[knot])
