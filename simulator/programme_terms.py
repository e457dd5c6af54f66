"""Programmes as frozen terms: what £1 a year of each costs, gives back and to whom; `commissioning.py` fills these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from simulator.bargains import Bargain
from simulator.compiled import Floats, Pair
from simulator.pathway_surface import Surface, Terms
from simulator.release import ReleaseTerms
from simulator.workforce import StaffTerms


@dataclass(frozen=True)
class ServiceTerms:
    """A service of one body that programmes relieve.

    `prices` are the shares of its base-year cost that move with each pair of prices; `contracts` are places in
    `Agreed.contracts` under which others pay for what it does.
    """

    id: str
    name: str
    agency: int
    lines: tuple[str, ...]
    prices: tuple[tuple[float, Pair], ...]
    release: ReleaseTerms
    contracts: tuple[int, ...]


@dataclass(frozen=True)
class WayHome:
    """A pathway from hospital in which programmes buy slots, and the service whose beds delay takes.

    `admitted` and `onward` are drivers of admissions and of onward discharges; `pace` `[2, year]` are their central
    indices, with which beds and slots are taken to keep up, so that surprises alone lengthen delays.
    """

    id: str
    service: int
    terms: Terms
    surface: Surface
    admitted: int | None
    onward: int | None
    pace: Floats


class GainTerms(NamedTuple):
    """A share of a return: the place of its service among all (None outside), and what of it is cashable."""

    service: int | None
    share: float
    cashable: float


@dataclass(frozen=True)
class ProgrammeTerms:
    """One programme. `spend` is pounds a year at full scale and base-year prices, `most` where reach ends.

    `scale` `[year]` is the part of full scale that runs; `once` `[year]` what set-up and double running cost besides,
    as shares of a year at full scale. `per_pound` (P10, P50, P90) is what £1 gives back in all: the library's range
    after optimism bias and deadweight, joined with local evidence as it is, which leaves it `prior_weight`.
    `kept` is what bias and deadweight leave by that weight, `cohort` `[age]` when it comes. `staff` are posts by place
    of the group among all, for £1 a year; `way_home` is the place of the pathway in which its money buys slots.
    """

    id: str
    name: str
    start: int
    spend: float
    most: float
    scale: Floats
    once: Floats
    price: Pair | None
    pays: Floats
    per_pound: tuple[float, float, float]
    prior_weight: float
    kept: float
    cohort: Floats
    gains: tuple[GainTerms, ...]
    fidelity: tuple[float, float, float] | None
    staff: dict[int, float] = field(default_factory=dict)
    way_home: int | None = None

    def practised(self, fidelity: Floats) -> Floats:
        """Return what practice leaves of the return, 0 to 1, where it keeps to `fidelity` of the design.

        Only the library's evidence loses by it: what was measured here was measured in practice.
        """
        left: Floats = 1 - self.prior_weight * (1 - np.minimum(fidelity, 1.0))
        return left

    @property
    def practised_middle(self) -> float:
        """What practice leaves in the middle; 1 without fidelity."""
        return float(self.practised(np.array(self.fidelity[1]))) if self.fidelity else 1.0


@dataclass(frozen=True)
class PreventionTerms:
    """Every programme of a place and the services they relieve; `shared_luck` is how far they work or fail together.

    `staff_activity` `[year]` is by group the real activity of the lines it works for without luck, 1 in the base year.
    `growth_as_today` makes avoided growth no more cashable than what stands today: another judgement, to set beside.
    """

    programmes: tuple[ProgrammeTerms, ...]
    services: tuple[ServiceTerms, ...]
    shared_luck: float
    staff: tuple[StaffTerms, ...]
    staff_activity: tuple[Floats, ...] = ()
    ways_home: tuple[WayHome, ...] = ()
    growth_as_today: bool = False

    @property
    def start(self) -> int:
        """The projected year in which the first programme begins."""
        return min(programme.start for programme in self.programmes)

    def payers(self, sizes: tuple[float, ...]) -> Floats:
        """Return each body's share of what programmes of given sizes cost, `[agency]`."""
        total = sum(sizes)
        paid: Floats = np.sum([size / total * p.pays for size, p in zip(sizes, self.programmes, strict=True)], axis=0)
        return paid


@dataclass(frozen=True)
class Shift:
    """A shift of money into prevention: pounds a year for each programme, and how its cost is borne."""

    terms: PreventionTerms
    sizes: tuple[float, ...]
    bargain: Bargain | None = None
