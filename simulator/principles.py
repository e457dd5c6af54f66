"""Investment principles as scores and limits over a portfolio, with Frimley's seven as the example.

Frimley Health and Care showed seven principles at a conference in 2018 (HFMA, How do you align resource plans across
the system?, 2018, exhibit 2; S). The headings are theirs in our words; how each is scored or held is our judgement (J).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from simulator.compiled import Floats
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
"""Frimley's seven, in their order. The last is held by proof on every path, not scored: `robust_choice.safe_choice`."""

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


def scored(option: Option, weights: Mapping[str, float]) -> Option:
    """Return an option valued by its weighted scores, a pound at a time, on every path alike.

    A score that is not known leaves the value unknown, so the option is set aside rather than marked at nought.
    """
    total = sum(weight * option.scores.get(principle, np.nan) for principle, weight in weights.items())
    return replace(option, value=np.full(option.value.shape, float(total)))


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


def cashable_net_cost(cost: Floats, released: Floats, cashable: Floats) -> Floats:
    """Return net budget cost: what a programme costs less only the cashable share of what it releases; same shapes.

    Capacity that is freed and filled again, or that nobody withdraws, is no reduction of cost.

    Raises:
        ValueError: where a cashable share lies outside 0 to 1.
    """
    if np.any((cashable < 0) | (cashable > 1)):
        raise ValueError("a cashable share is between 0 and 1")
    return np.asarray(cost - cashable * released)


class JointList(NamedTuple):
    """The place's one list of savings in pounds by saving, what bodies claimed in all, and which stood on two lists."""

    savings: dict[str, float]
    claimed: float
    repeated: tuple[str, ...]

    @property
    def double_counted(self) -> float:
        """Pounds that the bodies' own lists claim twice."""
        return self.claimed - sum(self.savings.values())


def joint_list(lists: Mapping[str, Mapping[str, float]]) -> JointList:
    """Return one list from the savings `{body: {saving: pounds}}`; one that stands on several is counted once.

    Where bodies differ on what it is worth the least is taken, as the sum that nobody disputes.
    """
    names = [saving for held in lists.values() for saving in held]
    savings = {name: min(held[name] for held in lists.values() if name in held) for name in dict.fromkeys(names)}
    claimed = sum(pounds for held in lists.values() for pounds in held.values())
    return JointList(savings, claimed, tuple(name for name in savings if names.count(name) > 1))
