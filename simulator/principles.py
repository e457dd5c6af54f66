"""Investment principles as scores and limits over a portfolio, with Frimley's seven as the example.

Frimley Health and Care showed seven principles at a conference in 2018 (HFMA, How do you align resource plans across
the system?, 2018, exhibit 2; S). The headings are theirs in our words; how each is scored or held is our judgement (J).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from simulator.portfolio import Choice
from simulator.portfolio_options import Option
from simulator.programmes import Tier

SOURCE = "HFMA, How do you align resource plans across the system?, 2018, exhibit 2 (wording and scores ours, J)"
WORST_EVIDENCE = 6


class Principle(NamedTuple):
    """One principle, in words, and how it acts: a score, reckoned or the user's, or a hard limit on the choice."""

    id: str
    name: str
    acts: Literal["scored by evidence", "scored by tier", "scored by the user", "scored by cash", "hard limit"]


FRIMLEY = (
    Principle("vision", "moves towards the vision agreed, as clinical evidence has it", "scored by evidence"),
    Principle("health_gain", "gives most health, and narrows inequalities", "scored by tier"),
    Principle("demand", "acts on the demand that drives the system's costs", "scored by tier"),
    Principle("capacity", "makes fixed resources meet the demand to come", "scored by tier"),
    Principle("outside_money", "keeps money from outside that hangs on conditions", "scored by the user"),
    Principle("cost_reduction", "takes cost out in truth: only what is cashable counts", "scored by cash"),
    Principle("fair", "fair: keeps each partner out of special measures", "hard limit"),
)
"""Frimley's seven, in their order. The last is held by proof of the choice on every path, not scored."""

TIER_SCORES: dict[Tier, dict[str, float]] = {
    "primary": {"health_gain": 0.75, "demand": 1.0, "capacity": 0.25},
    "secondary": {"health_gain": 0.75, "demand": 0.75, "capacity": 0.75},
    "tertiary": {"health_gain": 0.5, "demand": 0.5, "capacity": 1.0},
    "wider_determinants": {"health_gain": 1.0, "demand": 0.75, "capacity": 0.25},
}
"""An example's scores by tier of prevention: our judgement (J), for a place to replace with its own."""


def example_scores(tier: Tier, evidence_grade: int, cashable: float) -> dict[str, float]:
    """Return an option's scores by the example: by tier, by grade of evidence (1 best, 6 judgement) and by cash.

    `cashable` is the share of the gross saving that can be taken as cash. Money from outside is left unscored: only
    the place knows what hangs on it.

    Raises:
        ValueError: where the grade is not 1 to 6, or the share not 0 to 1.
    """
    if not 1 <= evidence_grade <= WORST_EVIDENCE or not 0 <= cashable <= 1:
        raise ValueError("a grade of evidence is 1 to 6, and a cashable share 0 to 1")
    vision = (WORST_EVIDENCE - evidence_grade) / (WORST_EVIDENCE - 1)
    return {**TIER_SCORES[tier], "vision": vision, "cost_reduction": cashable}


def mean_scores(
    options: Sequence[Option], choice: Choice, principles: Sequence[Principle] = FRIMLEY
) -> dict[str, float]:
    """Return each principle's score over what a choice adds, weighted by pounds; NaN where one chosen is unscored."""
    added = [(option, choice.added.get(option.id, 0.0)) for option in options]
    bought = [(option, more) for option, more in added if more > 0]
    pounds = sum(more for _, more in bought)
    return {
        principle.id: sum(option.scores.get(principle.id, np.nan) * more for option, more in bought) / pounds
        for principle in principles
        if bought
    }
