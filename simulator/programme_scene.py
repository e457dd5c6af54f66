"""One block of paths as programmes meet it: what services cost, what programmes cost, how well they work.

Arrays are `[year, path]`; real pounds are those of the base year.
"""

from __future__ import annotations

import math

import numpy as np

from simulator import kernels, pathway_surface
from simulator.compiled import Compiled, Floats
from simulator.contracts import cost_of
from simulator.drivers import EXPECTED, DriverBlock, Views
from simulator.pathway_surface import Delays, Flow
from simulator.position import Position
from simulator.programme_terms import PreventionTerms, ProgrammeTerms, ServiceTerms
from simulator.spending import Prices

SEEN_AFTER = 2
"""Years after which budgets count on what a programme was seen to do, and no longer on the evidence: a judgement."""


class Scene:
    """One block seen by programmes: prices, volumes, luck; shared by every size of shift, so that each is found once.

    What only some sizes ask for is found when it is first asked for and kept.
    """

    def __init__(self, compiled: Compiled, terms: PreventionTerms, block: DriverBlock, position: Position) -> None:
        """Price what programmes relieve and cost, and draw how well they work."""
        self.compiled, self.terms, self.block, self.position = compiled, terms, block, position
        self.prices = Prices(block)
        self.shape = (compiled.horizon, block.draws.paths)
        self.unit = [self._unit(service) for service in terms.services]
        self.volume = [self._volume(s, service) for s, service in enumerate(terms.services)]
        self.cost = [self._price(programme) for programme in terms.programmes]
        self.luck = [self._luck(programme) for programme in terms.programmes]
        self._stood = dict[int, Floats]()
        self._returns = dict[tuple[int, int], Floats]()
        self._worked = dict[tuple[int, int], Floats]()
        self._unhelped = dict[tuple[int, int], tuple[Flow, Delays]]()
        self._whole = dict[int, Views]()

    def _price(self, programme: ProgrammeTerms) -> Views:
        """Return the prices that a programme's cost rises with, 1 in the base year."""
        if programme.price is None:
            return Views(*(np.ones(self.shape) for _ in Views._fields))
        return self.prices.pair(programme.price)

    def _unit(self, service: ServiceTerms) -> Views:
        """Return the price of a unit of a service, 1 in the base year."""
        total = Views(*(np.zeros(self.shape) for _ in Views._fields))
        for share, pair in service.prices:
            for so_far, index in zip(total, self.prices.pair(pair), strict=True):
                np.add(so_far, share * index, out=so_far)
        return total

    def _volume(self, s: int, service: ServiceTerms) -> Views:
        """Return what a service costs without a shift, in real pounds."""
        cost = cost_of(self.compiled, self.position.pairs, service.agency, service.lines)
        # Where a price is nought, as of a rent that subsidy meets in full, nothing is spent and nothing can be spared.
        return Views(
            *(
                np.divide(np.maximum(c, 0.0), price, out=np.zeros(self.shape), where=price > 0)
                for c, price in zip(cost, self.unit[s], strict=True)
            )
        )

    def _luck(self, programme: ProgrammeTerms) -> tuple[Floats, float]:
        """Return how much £1 of a programme gives back on each path, and in the middle."""
        found, middle = kernels.drawn(*programme.per_pound, self.score(programme)), programme.per_pound[1]
        kept = self.fidelity(programme)
        return (
            (found, middle)
            if kept is None
            else (found * programme.practised(kept), middle * programme.practised_middle)
        )

    def score(self, programme: ProgrammeTerms) -> Floats:
        """Return the normal score of how well a programme works, `[path]`, in part common to all programmes."""
        draws = self.block.draws
        common, own = draws.normals("prevention/works", 1)[0], draws.normals(f"prevention/{programme.id}", 1)[0]
        return kernels.mixed(common, own, self.terms.shared_luck)

    def fidelity(self, programme: ProgrammeTerms) -> Floats | None:
        """Return how far practice keeps to the design, `[path]`, nought or more; None where all of it is kept."""
        if programme.fidelity is None:
            return None
        return kernels.drawn(*programme.fidelity, self.block.draws.normals(f"prevention/{programme.id}/fidelity", 1)[0])

    def capacity(self, s: int) -> Floats:
        """Return what stood there in the year before the first programme that relieves a service, `[path]`.

        Before the first projected year that is the base year, or what was first known of lines that were nothing then.
        """
        if s not in self._stood:
            self._stood[s] = self._capacity(s)
        return self._stood[s]

    def _capacity(self, s: int) -> Floats:
        start = min(p.start for p in self.terms.programmes if any(gain.service == s for gain in p.gains))
        if start:
            stood: Floats = self.volume[s].actual[start - 1]
            return stood
        service = self.terms.services[s]
        held = [
            line
            for line in self.compiled.lines
            if line.agency == service.agency and line.id.removesuffix("/income") in service.lines
        ]
        return np.full(self.shape[1], max(math.fsum(line.base or float(line.weight[0]) for line in held), 0.0))

    def whole(self, provider: int) -> Views:
        """Return what all lines of a body cost, less income beside them, `[year, path]`."""
        if provider not in self._whole:
            lines = tuple(line.id for line in self.compiled.lines if line.agency == provider)
            self._whole[provider] = cost_of(self.compiled, self.position.pairs, provider, lines)
        return self._whole[provider]

    def unhelped(self, w: int, view: int) -> tuple[Flow, Delays]:
        """Return what a pathway meets without extra slots, and the delays there.

        Slots and beds are taken to keep pace with the central case, so that only surprises of demand lengthen delays.
        """
        if (w, view) not in self._unhelped:
            way = self.terms.ways_home[w]
            agency, index = self.terms.services[way.service].agency, []
            for driver, pace in zip((way.admitted, way.onward), way.pace, strict=True):
                met = np.ones(self.shape) if driver is None else self.prices.index(driver, agency)[view]
                index.append(met / pace[:, None])
            year = pathway_surface.demand(way.terms, *index)
            self._unhelped[w, view] = year, pathway_surface.delays(way.surface, way.terms, year)
        return self._unhelped[w, view]

    def given(self, programme: int, spent: Floats, view: int) -> Floats:
        """Return the gross return `[year, path]` in real pounds of what was spent `[year]` in real pounds."""
        terms, years = self.terms.programmes[programme], self.shape[0]
        base = np.array([(spent[: t + 1] * terms.cohort[t::-1]).sum() for t in range(years)])
        return base[:, None] * self._per_pound(programme, view)

    def _per_pound(self, programme: int, view: int) -> Floats:
        """Return what £1 gives back as it turns out, or as budgets count on it, `[year, path]`."""
        if (programme, view) not in self._returns:
            found, middle = self.luck[programme]
            per_pound: Floats = np.broadcast_to(found, self.shape)
            if view == EXPECTED:
                seen = np.arange(self.shape[0]) >= self.terms.programmes[programme].start + SEEN_AFTER
                per_pound = np.where(seen[:, None], per_pound, middle)
            self._returns[programme, view] = per_pound
        return self._returns[programme, view]

    def works(self, programme: int, view: int) -> Floats:
        """Return what of the slots that a programme buys does what it is bought for, `[year, path]`.

        A slot has the programme's luck, its fidelity, and the optimism and deadweight that its evidence is cut by.
        """
        if (programme, view) not in self._worked:
            terms, middle = self.terms.programmes[programme], self.luck[programme][1]
            self._worked[programme, view] = (
                terms.kept * terms.practised_middle * self._per_pound(programme, view) / middle
                if middle > 0
                else np.zeros(self.shape)
            )
        return self._worked[programme, view]
