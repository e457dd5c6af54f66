"""What a place's bodies come to together: chances that any misses its duty, or two do, and what shared luck adds.

Reserves of bodies that law keeps apart are never added up: what one holds meets nothing of another's (`domain.md` F5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from simulator.summary import Chance

EVENTS = {"any_duty_breached": 1, "two_duties_breached": 2}
"""How many bodies, or more, each outcome of a place is about."""
COLUMNS = ("agency", "outcome", "probability", "low95", "high95", "paths")


@dataclass(frozen=True)
class RollUp:
    """The chance that so many bodies or more miss their duty or plan in a year, as a run found it.

    `unconnected` is what it would be if each body had the same chance and their luck nothing in common; what the found
    chance has beyond it is the work of shocks they share and of agreements between them.
    """

    outcome: str
    bodies: int
    year: str
    view: str
    chance: Chance
    unconnected: float


def roll_up(chances: pd.DataFrame, place: str, bodies: Iterable[str], view: str, year: str) -> tuple[RollUp, ...]:
    """Return the roll-up of a place in one year from the table of chances of a run; none for a place of one body.

    What a system misses together counts as one body more, as in the run.
    """
    rows = chances[(chances["view"] == view) & (chances.year == year)]
    told = {
        (agency, outcome): Chance(*found)
        for agency, outcome, *found in zip(*(rows[name].tolist() for name in COLUMNS), strict=True)
    }
    if (place, "any_duty_breached") not in told:
        return ()
    missed = [told[body, "duty_breached"].probability for body in bodies]
    if (place, "system_total_missed") in told:
        missed.append(told[place, "system_total_missed"].probability)
    numbers = how_many(missed)
    return tuple(
        RollUp(outcome, least, year, view, told[place, outcome], sum(numbers[least:]))
        for outcome, least in EVENTS.items()
    )


def how_many(missed: Iterable[float]) -> list[float]:
    """Return the chance that none, one, two and more of some unconnected events happen, from the chance of each."""
    numbers = [1.0]
    for p in missed:
        numbers = [
            (numbers[k] if k < len(numbers) else 0.0) * (1 - p) + (numbers[k - 1] if k else 0.0) * p
            for k in range(len(numbers) + 1)
        ]
    return numbers
