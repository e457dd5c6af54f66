"""What is found of a scenario once and kept beside it: a page asks for the same many times over."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from simulator.scenario import Scenario

KEPT = 32
"""Scenarios of which a thing is kept; what was found first leaves first."""
Found = TypeVar("Found")


def once(find: Callable[[Scenario], Found]) -> Callable[[Scenario], Found]:
    """Return `find`, which asks once of each scenario; what it gives is shared and must not be changed.

    A scenario is frozen, and is held with what was found, so that no other can come to have its identity.
    """
    known: dict[int, tuple[Scenario, Found]] = {}

    @wraps(find)
    def found(scenario: Scenario) -> Found:
        held = known.get(id(scenario))
        if held is None:
            held = scenario, find(scenario)
            # Several threads may be here at once, so one may find the oldest gone already.
            for oldest in list(known)[: max(len(known) - KEPT + 1, 0)]:
                known.pop(oldest, None)
            known[id(scenario)] = held
        return held[1]

    return found
