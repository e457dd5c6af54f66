"""Room in one year: what a body has left after all it is committed to, recurrent and one-off apart.

It is no headroom: it looks at one year alone and at no shift. Recurrent room is funding less spending after savings and
tax; one-off room is what usable reserves hold above the minimum, which may pay for double running and never for a
lasting service. An NHS body's one-off room is nought, since what it holds may be spent with approval only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import LOCAL, Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.position import price
from simulator.projection import project
from simulator.streams import BLOCK
from simulator.summary import quantiles
from simulator.variants import Variant

CONFIDENCES = (50, 80, 90, 95)


class Rooms(NamedTuple):
    """Room that is there with each of `CONFIDENCES`, after action, `[confidence, agency, year]` in pounds."""

    recurrent: Floats
    one_off: Floats


def rooms(compiled: Compiled, sample: Sample) -> Rooms:
    """Return every body's room in each year, on a sample of futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    recipe, blocks = DriverPaths(compiled, sample.seed), -(-sample.paths // BLOCK)
    found: dict[int, tuple[Floats, Floats]] = {}
    view = Variant("after_action", acts=True)

    def work(number: int) -> int:
        block = recipe.block(number, 1)
        kept = project(compiled, block, (view,), 1, price(compiled, block)).measures
        wanted = min(BLOCK, sample.paths - number * BLOCK)
        recurrent = kept["savings_delivered"][0] - kept["gap"][0]
        held = np.zeros_like(recurrent)
        local = compiled.slices[LOCAL]
        least = compiled.actions.minimum[local, :, None]
        held[local] = np.maximum(kept["usable_reserves"][0] - least, 0.0)
        found[number] = recurrent[..., :wanted], held[..., :wanted]
        return 1

    each_block(work, range(blocks), sample)
    parts = (np.concatenate([found[b][i] for b in sorted(found)], axis=2) for i in (0, 1))
    percents = tuple(100 - confidence for confidence in CONFIDENCES)
    return Rooms(*(quantiles(part, percents) for part in parts))
