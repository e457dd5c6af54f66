"""Spells of need of local authorities: when they begin, whether support comes late, and what it costs afterwards.

Arrays are `[variant, local authority, path]`; money is in pounds.
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import LOCAL, Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.regimes.council import Close
from simulator.streams import Draws


class Spells:
    """What one year hands to the next of need and support."""

    def __init__(self, compiled: Compiled, draws: Draws, versions: int, acting: Bools) -> None:
        """Draw once for each spell whether support would be agreed in time."""
        rows = compiled.slices[LOCAL]
        names = compiled.agency_ids[rows]
        self.terms, self.acting = compiled.council, acting
        drawn = [draws.uniforms(f"support_late/{name}", compiled.horizon) for name in names]
        self.drawn = np.stack(drawn) if drawn else np.zeros((0, compiled.horizon, draws.paths))
        shape = (versions, rows.stop, draws.paths)
        never = np.zeros(shape, dtype=bool)
        self.cost: Floats = np.zeros(shape)
        self.late, self.in_need, self.exhausted = never, never, never

    def roll(self, year: int, closed: Close) -> None:
        """Begin and end spells: whether support comes late is one draw a spell, made when the spell begins."""
        need = closed.unfunded_gap - closed.reallocated > HALF_PENNY
        starts = need & ~self.in_need
        self.late = np.where(starts, self.drawn[:, year] < self.terms.support_late, self.late) & need
        self.in_need = need
        spent = closed.balances.usable <= HALF_PENNY
        self.exhausted = (closed.unfunded_gap > HALF_PENNY) | (self.exhausted & spent)

    def granted(self, closed: Close) -> Floats:
        """Grant support where it is agreed in time, as debt whose cost begins next year, and return it.

        Need is measured before any support is granted.
        """
        given = self.in_need & ~self.late & self.acting & (self.terms.support_charge > 0)
        granted: Floats = np.where(given, closed.unfunded_gap - closed.reallocated, 0.0)
        self.cost = self.cost + self.terms.support_charge * granted
        return granted

    def tests(self, next_fails: Bools) -> dict[str, Bools]:
        """Return the outcomes of a year, given where next year's budget could not be set."""
        stuck = self.in_need & next_fails
        return {
            "usable_reserves_exhausted": self.exhausted,
            "s114_proxy": stuck & self.late,
            "s114_if_support_always_late": stuck,
        }
