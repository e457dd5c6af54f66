"""Which cases a study has: every combination, points spread over ranges, trajectories, or options.

A design is a pure function of the study. Its luck comes from streams named by what is varied, apart from those of
the futures, so that a further value varied leaves the draws of the others as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.studies import Study


@dataclass(frozen=True)
class Case:
    """One scenario of a study: what is set on the base (`ADDRESS=VALUE`) and the overlays laid over it, by name.

    `point` holds each varied value as a number, as the scenario's models read it (5% is 0.05), in the study's order;
    where some value listed is no number it holds the place in the list, from 1. It is empty for options and the base.
    """

    id: str
    name: str
    sets: tuple[str, ...]
    overlays: tuple[str, ...]
    point: tuple[float, ...]


AS_IT_STANDS = Case("base", "The scenario as it stands", (), (), ())
"""The first case of every study: the base itself, with nothing varied."""


def planned(study: Study) -> tuple[Case, ...]:
    """Return the cases of a study in their order, the scenario as it stands first."""
    raise NotImplementedError
