"""The whole curve before action in one pass: what each size of a shift breaks, without projecting any size again.

The futures are those of the run. One projection without a shift gives what every body closes on; what a shift of each
size costs is then laid on that, body by body, by `one_pass`. Bodies that a shift costs nothing keep what they met.
"""

from __future__ import annotations

import numpy as np

from simulator.blocks import Sample, each_block
from simulator.compiled import CHARITY, Bools, Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths
from simulator.headroom import Allowed, Curve, central_spending
from simulator.one_pass import ground, hangs, kind_of, lasting, one_pass
from simulator.position import Position, price
from simulator.prevention import flows
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms
from simulator.projection import project
from simulator.shared_luck import SharedLuck
from simulator.shift_sizes import closer, most, shifted, split, tellable
from simulator.shift_trials import Judged, counted, gathered
from simulator.streams import BLOCK
from simulator.variants import MEASURES, Outcome, Variant, holding

POINTS = 12
"""Sizes on the curve, nought left out, up to where every programme runs out of reach."""


CLOSER = 6
"""Sizes tried besides, between the last that holds and the first that does not."""


def whole_sizes(terms: PreventionTerms) -> tuple[float, ...]:
    """Return the sizes at which the curve before action is drawn, rising from nought and closer together near it."""
    top = most(terms)
    return (0.0, *tellable((top * (k / POINTS) ** 2 for k in range(1, POINTS)), 0.0, top))


def curve_before(compiled: Compiled, terms: PreventionTerms, allowed: Allowed, sample: Sample) -> Curve:
    """Return what sizes of a shift do before action: the whole curve, and closer sizes where its first limit is met.

    Raises:
        HangsOnOthersError: when a control total ties bodies whose costs the shift moves.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    # The closer sizes are laid on the same futures, which are then drawn once.
    luck = SharedLuck()
    rough = passed(compiled, terms, allowed, whole_sizes(terms), sample, luck=luck)
    low = rough.headroom()
    above = rough.sizes[rough.sizes > low]
    if not above.size:
        return rough
    finer = closer(low, float(above[0]), CLOSER)
    return rough.joined(passed(compiled, terms, allowed, (0.0, *finer), sample, luck=luck)) if finer else rough


def passed(
    compiled: Compiled,
    terms: PreventionTerms,
    allowed: Allowed,
    sizes: tuple[float, ...],
    sample: Sample,
    *,
    luck: SharedLuck | None = None,
) -> Curve:
    """Return what sizes of a shift do before action, rising from nought, in one pass; `luck` drawn before is used."""
    recipe = luck.paths(compiled, sample.seed) if luck else DriverPaths(compiled, sample.seed)
    blocks = -(-sample.paths // BLOCK)
    found = {}

    def work(number: int) -> int:
        wanted = min(BLOCK, sample.paths - number * BLOCK)
        missed, short = _block(compiled, terms, sizes, recipe.block(number, 1))
        found[number] = counted(missed[..., :wanted], short[..., :wanted], terms.start)
        return 1

    each_block(work, range(blocks), sample)
    variants = tuple(shifted(terms, size, acts=False) for size in sizes)
    met: Judged = gathered(compiled, variants, sample.paths, found)
    return Curve(np.array(sizes), met, central_spending(compiled), allowed)


def _block(
    compiled: Compiled, terms: PreventionTerms, sizes: tuple[float, ...], block: DriverBlock
) -> tuple[Bools, Floats]:
    """Return which duties are missed at every size on one block and by how much, `[size, agency, year, path]`."""
    position, plan = price(compiled, block, ruled=False), Variant("before_action", acts=False)
    met = project(compiled, block, (plan,), 1, position)
    scene = Scene(compiled, terms, block, position)
    nothing = np.zeros_like(met.measures["gap"][0])
    laid = [flows(scene, split(terms, size), foreseen=False).net if size else nothing for size in sizes]
    cost = np.stack(laid)
    missed = np.repeat(met.outcomes["duty_breached"], len(sizes), axis=0)
    short = np.repeat(_short(compiled, met), len(sizes), axis=0)
    unfailing = _unfailing(compiled, block, plan, position, cost)
    for a, agency in enumerate(compiled.agency_ids):
        if cost[:, a].any():
            known = unfailing if kind_of(compiled, agency) == CHARITY and unfailing else met
            base = ground(compiled, agency, measures_of(compiled, known, a), position, plan)
            found = one_pass(compiled, agency, base, cost[:, a])
            # Years before the shift stay as they were met: a system's own year tests no member alone.
            missed[:, a, terms.start :], short[:, a, terms.start :] = (
                part[:, terms.start :] for part in (found.breach, found.short)
            )
    return missed, short


def _unfailing(
    compiled: Compiled, block: DriverBlock, plan: Variant, position: Position, cost: Floats
) -> Outcome | None:
    """Return what charities meet that go on whatever they are short of, where a shift moves any of them."""
    rows = compiled.slices[CHARITY]
    return project(lasting(compiled), block, (plan,), 1, position) if cost[:, rows].any() else None


def _short(compiled: Compiled, met: Outcome) -> Floats:
    """Return what every body is short of, from its measures: beyond plan for an NHS body, unfunded for any other."""
    short, rows = np.maximum(met.measures["unfunded_gap"], 0.0), holding(compiled, MEASURES)
    if "off_plan" in rows:
        short[:, rows["off_plan"]] = np.maximum(met.measures["off_plan"], 0.0)
    return short


def measures_of(compiled: Compiled, met: Outcome, body: int) -> dict[str, Floats]:
    """Return one body's measures in the only variant, `[year, path]`."""
    rows = holding(compiled, MEASURES)
    return {
        name: met.measures[name][0, body - held.start] for name, held in rows.items() if held.start <= body < held.stop
    }


def tied(compiled: Compiled, terms: PreventionTerms) -> str | None:
    """Return why the curve before action cannot be had in one pass, or nothing."""
    reasons = (hangs(compiled, agency, terms.start) for agency in compiled.agency_ids)
    return next((reason for reason in reasons if reason), None)
