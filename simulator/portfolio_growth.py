"""A proved choice let grow: room is flat, which is stricter than what happens, so more of it is tried on the engine.

A programme seldom costs the same in every year, and its bodies seldom all bear their whole room at once. What fits flat
room therefore leaves some of what is allowed unused; how much is found by trying, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator.headroom import Allowed, Binding, Curve, central_spending
from simulator.place_portfolio import Ground, Proved
from simulator.portfolio import Choice, choose
from simulator.portfolio_options import Limits, Option
from simulator.programme_terms import Shift
from simulator.shift_sizes import no_shift
from simulator.shift_trials import judged
from simulator.variants import Variant

TIMES = (1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0)
"""How many times its flat room every body is given, step by step, until the proof fails."""


@dataclass(frozen=True)
class Growth:
    """How far a choice was let grow: `flat` is the choice before, `times` the room that the kept one was made within.

    `stop` is what fails at the next step tried, `beyond` times the room; both None where no step failed or none was
    worth trying, since reach, staff or the total stop more.
    """

    flat: Choice
    times: float = 1.0
    stop: Binding | None = None
    beyond: float | None = None


def grown(
    ground: Ground, chosen: tuple[tuple[Option, ...], Limits], allowed: Allowed, found: Proved
) -> tuple[Proved, Growth]:
    """Return the largest choice of an unbroken run that passes the proof, and how far it grew.

    `chosen` are the options and the limits of the choice `found`; staff, reach, the total and least scores stay as
    they are. Every step is chosen anew within more room, as what buys most may be another mix. A choice of nothing,
    and one that is not safe, stay as they are.
    """
    if found.choice.nothing or not found.safe or found.met is None:
        return found, Growth(found.choice)
    options, limits = chosen
    tried = tuple(_steps(options, limits, found.choice))
    if not tried:
        return found, Growth(found.choice)
    shifts = [Variant(f"times_{times:g}", True, shift=_shift(ground, choice)) for times, choice, _ in tried]
    met = judged(ground.compiled, (no_shift(), *shifts), ground.sample, ground.terms.start)
    sizes = np.array([0.0, *(times for times, *_ in tried)])
    curve = Curve(sizes, met, central_spending(ground.compiled), allowed)
    failed = int((~curve.holds().all(axis=1)).argmax()) or len(sizes)
    stop = min((one for one in curve.bindings() if one.test), key=lambda one: one.limit, default=None)
    beyond = float(sizes[failed]) if failed < len(sizes) else None
    if failed == 1:
        return found, Growth(found.choice, stop=stop, beyond=beyond)
    times, choice, within = tried[failed - 2]
    kept = met.put_together([(met, 0), (met, failed - 1)])
    return found._replace(choice=choice, met=kept, limits=within), Growth(found.choice, times, stop, beyond)


def _steps(options: tuple[Option, ...], limits: Limits, last: Choice) -> Iterator[tuple[float, Choice, Limits]]:
    """Yield each step at which more is chosen: times the room, the choice, and the limits it is made within."""
    for times in TIMES:
        within = replace(limits, headroom=limits.headroom * times)
        choice = choose(options, within)
        if choice.added != last.added:
            last = choice
            yield times, choice, within


def _shift(ground: Ground, choice: Choice) -> Shift:
    return Shift(ground.terms, tuple(choice.added.get(programme.id, 0.0) for programme in ground.terms.programmes))
