"""Council tax that local authorities raise above their plan: so far, and what they could lawfully raise besides.

Only local authorities raise any. Arrays are `[variant, local authority, path]` in pounds.
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import LOCAL, Compiled, Floats
from simulator.position import Position


class LocalTax:
    """What every local authority raises on one block of paths; tax as planned stands in its position."""

    def __init__(self, compiled: Compiled, position: Position, shape: tuple[int, int, int]) -> None:
        """Begin with tax as planned; `shape` is `[variant, agency, path]`."""
        rows, untaxed = compiled.slices[LOCAL], np.zeros((3, compiled.horizon))
        self.planned = position.tax[rows]
        lawful = [[*body.tax.lawful, body.tax.increase] if body.tax else untaxed for body in compiled.funding[rows]]
        self.lawful = np.array(lawful).reshape(len(lawful), *untaxed.shape)
        self.lifted = np.ones((shape[0], rows.stop, shape[2]))
        """What multiplies planned tax."""

    def above(self, year: int) -> Floats:
        """Return what tax as raised so far brings above the plan."""
        raised: Floats = self.planned[:, year] * (self.lifted - 1)
        return raised

    def room(self, year: int) -> Floats:
        """Return what tax could lawfully be above the planned increase on Band D as raised so far, cash as stated."""
        percent, cash, rise = (self.lawful[:, part, year, None] for part in range(3))
        most = np.maximum(percent, cash / self.lifted)
        room: Floats = self.planned[:, year] * self.lifted * np.maximum(most - rise, 0.0) / (1 + rise)
        return room

    def lift(self, year: int, more: Floats) -> None:
        """Raise `more` in a year, which every later year keeps."""
        tax = self.planned[:, year] * self.lifted
        self.lifted = self.lifted * (1 + np.divide(more, tax, out=np.zeros_like(tax), where=tax > 0))
