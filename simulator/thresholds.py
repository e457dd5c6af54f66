"""Where each test of the evidence usually turns; a scenario's own `rules.thresholds` stand in place of these.

No law, code or regulator sets a bound for these tests. Those here are Headroom's own judgement, made once for all
bodies; `source` says so, and names the published line where a bound leans on one.
"""

from __future__ import annotations

from typing import NamedTuple

ROBUSTNESS, ADEQUACY = 1, 2
JUDGED = "Headroom's usual bound, a judgement"
SET = (
    "Headroom's usual bound, a judgement set on how the 152 upper-tier councils stood at 31 March 2018 "
    "(docs/decisions.md, 60)"
)

LIKE = "Headroom's bound, a judgement: as for councils, since no returns of such bodies were at hand to set it on"

MOST_RESERVE = 100.0
"""Times the net budget, which no general reserve reaches: a bound that is never passed."""


class Usual(NamedTuple):
    """One test: its name, limb of section 25, usual bounds, and whether less is better (`falling`).

    A limb is red where a `mandatory` test is.
    """

    name: str
    limb: int
    green: float
    amber: float
    falling: bool
    mandatory: bool = False
    source: str = JUDGED


USUAL = {
    "R01": Usual("Balanced by named measures", ROBUSTNESS, 0.0, 0.005, True, True),
    "R02": Usual("Chance of coming back in-year", ROBUSTNESS, 0.05, 0.15, True, True),
    "R02-icb": Usual("Chance of missing plan", ROBUSTNESS, 0.05, 0.15, True, True),
    "R02-trust": Usual("Chance of missing plan", ROBUSTNESS, 0.05, 0.15, True, True),
    "R02-charity": Usual("Chance of using reserves below policy", ROBUSTNESS, 0.05, 0.15, True, True),
    "R03": Usual("How much of the risk the contingency covers", ROBUSTNESS, 0.75, 0.5, False),
    "R04": Usual("Savings counted on beyond what their ratings support", ROBUSTNESS, 0.0, 0.1, True, True),
    "R05": Usual("Savings counted on against the record", ROBUSTNESS, 0.0, 1.0, True),
    "R06": Usual("Scale of new savings", ROBUSTNESS, 0.03, 0.06, True),
    "R07": Usual("Past outturn against budget", ROBUSTNESS, 0.005, 0.015, True),
    "R08": Usual("Provision for pay", ROBUSTNESS, 0.5, 0.35, False),
    "R09": Usual("Provision for prices", ROBUSTNESS, 0.5, 0.35, False),
    "R09-charity": Usual("Contract uplift against cost growth", ROBUSTNESS, 0.5, 0.35, False),
    "R10": Usual("Provision for demand", ROBUSTNESS, 0.5, 0.35, False),
    "R11": Usual("Income against budget", ROBUSTNESS, 0.5, 0.35, False),
    "R12": Usual("Tax collection against the record", ROBUSTNESS, 0.0, 1.0, True),
    "R13": Usual("In-year risk covered", ROBUSTNESS, 1.0, 0.75, False, True),
    "R13-others": Usual("In-year risk covered", ROBUSTNESS, 1.0, 0.75, False),
    "R14": Usual("Reliance on one-off money", ROBUSTNESS, 0.01, 0.03, True),
    "R15": Usual("Funding confirmed", ROBUSTNESS, 0.95, 0.85, False),
    "R16": Usual("Largest single sensitivity", ROBUSTNESS, 0.5, 1.0, True),
    "R17": Usual("Last year's overspend not in the base", ROBUSTNESS, 0.0, 0.005, True),
    "R18": Usual("Exposure to pooled funds", ROBUSTNESS, 0.5, 1.0, True),
    "A01": Usual("Reserves against the minimum", ADEQUACY, 1.0, 0.9, False, True),
    "A01-icb": Usual("Contingency as a share of the allocation", ADEQUACY, 0.005, 0.0025, False, source=(
        "Headroom's bound, a judgement; half a per cent is also the margin within which a plan counts as met")),
    "A01-trust": Usual("Cash against its minimum", ADEQUACY, 1.0, 0.9, False),
    "A01-charity": Usual("Months of reserves against policy", ADEQUACY, 1.0, 0.9, False),
    "A01b": Usual("Usable reserves against the simulated minimum", ADEQUACY, 1.0, 0.9, False, True),
    "A02": Usual("Chance that the general fund falls below its minimum", ADEQUACY, 0.05, 0.15, True, True),
    "A02-3-years": Usual("Chance that the general fund falls below its minimum", ADEQUACY, 0.2, 0.35, True, source=SET),
    "A02-plan-end": Usual("Chance that the general fund falls below its minimum", ADEQUACY, 0.35, 0.5, True, True, SET),
    "A02-icb": Usual("Chance that deficit support is withheld", ADEQUACY, 0.05, 0.15, True, True),
    "A02-icb-plan-end": Usual("Chance that deficit support is withheld", ADEQUACY, 0.35, 0.5, True, True, LIKE),
    "A02-trust": Usual("Chance that cash falls below its minimum", ADEQUACY, 0.05, 0.15, True, True),
    "A02-trust-plan-end": Usual("Chance that cash falls below its minimum", ADEQUACY, 0.35, 0.5, True, True, LIKE),
    "A02-charity": Usual("Chance that reserves fall below policy", ADEQUACY, 0.05, 0.15, True, True),
    "A02-charity-plan-end": Usual("Chance that reserves fall below policy", ADEQUACY, 0.35, 0.5, True, True, LIKE),
    "A03": Usual("Chance that usable reserves run out", ADEQUACY, 0.01, 0.05, True, True),
    "A03-plan-end": Usual("Chance that usable reserves run out", ADEQUACY, 0.25, 0.35, True, True, SET),
    "A03-icb": Usual("Chance that something is to be repaid", ADEQUACY, 0.25, 0.5, True, True, (
        "Headroom's bound, a judgement: as R03, since contingency is all that an ICB has to meet a year's variance")),
    "A03-icb-plan-end": Usual("Chance that something is to be repaid", ADEQUACY, 0.5, 0.75, True, True),
    "A03-trust": Usual("Chance that cash runs out without support", ADEQUACY, 0.01, 0.05, True, True),
    "A03-trust-plan-end": Usual("Chance that cash runs out without support", ADEQUACY, 0.25, 0.35, True, True, LIKE),
    "A03-charity": Usual("Chance that cash falls below nought", ADEQUACY, 0.01, 0.05, True, True),
    "A03-charity-plan-end": Usual("Chance that cash falls below nought", ADEQUACY, 0.25, 0.35, True, True, LIKE),
    "A04": Usual("Years until usable reserves run out", ADEQUACY, 5.0, 3.0, False),
    "A04-icb": Usual("Exposure to risk shares", ADEQUACY, 0.5, 1.0, True),
    "A04-trust": Usual("Capital service capacity", ADEQUACY, 1.75, 1.25, False, source=(
        "scores 2 and 3 of the Single Oversight Framework of 2016 to 2019; that they bound this test is a judgement")),
    "A05": Usual("How long reserves last at the recent rate", ADEQUACY, 10.0, 4.0, False, source=(
        "green: a judgement; amber: reserves gone within four years, the line CIPFA drew in 2019")),
    "A06": Usual("General fund as a share of the net budget", ADEQUACY, 0.05, 0.03, False, source=(
        "policies of English councils run from 3 to 7% and more; where the bounds stand among them is a judgement")),
    "A06-police-fire": Usual("General reserve that needs no justification", ADEQUACY, 0.05, MOST_RESERVE, True, source=(
        "CIPFA's advice on police reserves and the Fire and Rescue National Framework of 2018: above 5% it is to be "
        "justified, so that it is never worse than amber")),
    "A07": Usual("Worst twentieth of draws on reserves", ADEQUACY, 1.0, 1.33, True),
    "A07-3-years": Usual("Worst twentieth of draws on reserves", ADEQUACY, 2.0, 3.0, True, source=SET),
    "A08": Usual("Earmarked reserves that can really be used", ADEQUACY, 0.4, 0.2, False),
    "A09": Usual("Chance of recovery after a breach", ADEQUACY, 0.5, 0.0, False, source=(
        "Headroom's bound, a judgement; never worse than amber, since nobody acts to recover on the plan's view")),
    "A10": Usual("Times a 1-in-20 year that reserves can bear", ADEQUACY, 1.5, 1.0, False),
    "A11": Usual("Exposure to the high-needs deficit", ADEQUACY, 0.1, 0.5, True),
    "A12": Usual("Financing costs as a share of funding", ADEQUACY, 0.1, 0.15, True),
    "A13": Usual("Chance of a large gap later in the plan", ADEQUACY, 0.6, 0.8, True, source=SET),
    "A13-others": Usual("Chance of a large gap later in the plan", ADEQUACY, 0.6, 0.8, True, source=LIKE),
    "A14": Usual("Years of support in the plan", ADEQUACY, 0.0, 2.0, True),
    "A15": Usual("Reserves against risk over the plan", ADEQUACY, -0.1, -0.2, False, source=SET),
}  # fmt: skip
"""Every test by the key under which `rules.thresholds` names it: its id, then the horizon or kind of body if that has
bounds of its own (`domain.md` F3 to F5)."""
