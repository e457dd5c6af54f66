"""Structural judgements that decide the answer, each with what may stand in place of what was entered."""

from __future__ import annotations

from typing import NamedTuple

from simulator.position import LIMIT_KEPT
from simulator.variants import Variant


class Judgement(NamedTuple):
    """One structural judgement by name, with its alternatives."""

    name: str
    alternatives: tuple[Variant, ...]


USABLE = "usable share of earmarked reserves"
SAID = {
    "base surplus": "whether what the base year added to reserves comes again every year, or did once",
    "usable share of earmarked reserves": "how much of earmarked reserves can meet any shortfall",
    "accommodation": "whether national funding answers part of national need, two years late",
    "savings capacity": "how much managers can find in new savings each year",
    "tax past the settlement": "whether the referendum limit of the settlement goes on after it",
}
"""What each judgement is about, in plain words."""
NO_NEW_SAVINGS = Variant("no new savings", acts=True, capacity=0.0)
JUDGEMENTS = (
    Judgement(
        "base surplus",
        (
            Variant("contribution one-off", acts=False, recurs=False),
            Variant("contribution recurrent", acts=False, recurs=True),
        ),
    ),
    Judgement(
        USABLE,
        (
            Variant("usable share 25%", acts=False, usable_share=0.25),
            Variant("usable share 100%", acts=False, usable_share=1.0),
        ),
    ),
    Judgement("accommodation", (Variant("no accommodation", acts=True, accommodated=False),)),
    Judgement("savings capacity", (Variant("savings capacity halved", acts=True, capacity=0.5), NO_NEW_SAVINGS)),
    Judgement("tax past the settlement", (Variant("tax limit kept past the settlement", acts=True, rule=LIMIT_KEPT),)),
)
"""What may stand in place of what was entered, by judgement, in the order of the model-risk range."""

SWITCHES = tuple(
    variant for judgement in JUDGEMENTS for variant in judgement.alternatives if variant is not NO_NEW_SAVINGS
)
"""The alternatives that every run shows, each by itself and on the same paths."""
