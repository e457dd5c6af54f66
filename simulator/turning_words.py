"""What turns a test that no sum of money turns by itself, in words."""

from __future__ import annotations

NOT_SHOWN = (
    "no sum is told: the futures are too few to show so small a chance, or what is held is too small beside the need"
)
UNSOLVED = "what sum would turn it is not worked out for a body of this kind"
OF_ALL = {"R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R15", "R17"}
"""Tests that mean the same for every kind of body."""
OTHERWISE = {
    "R14": "a plan without exceptional support turns it",
    "R05": "counting on no more of the savings than the past delivered turns it",
    "R07": "the past cannot be changed: a budget that allows for it, and a year on budget, turn it",
    **dict.fromkeys(("R08", "R09", "R10"), "provisions at the middle of the futures turn it"),
    "R11": "a budget for income that half of futures reach turns it",
    "R12": "counting on no more collection than the past had turns it",
    "R15": "funding that is confirmed before the budget is set turns it",
    "R17": "last year's overspend in the base turns it", "A05": "reserves that fall more slowly turn it",
    "A06": "the balance of a date that has passed stands; a large police or fire reserve needs its reasons in words",
    "A08": "earmarked reserves that are freed for any use turn it",
    "A09": "a plan to rebuild turns it: on the plan as approved nobody acts",
    "A11": "what government will meet of the deficit turns it", "A12": "less debt, or debt at a lower rate, turns it",
    "A14": "a plan without exceptional support turns it",
    "A15": "reserves that grow with the risk, or a risk that shrinks, turn it",
}  # fmt: skip
"""What turns a test that no sum of money turns by itself."""
