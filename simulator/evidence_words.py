"""Words for the evidence: chances, grades, amounts and where a test turns, as the pages of evidence tell them."""

from __future__ import annotations

from math import isnan

from simulator.evidence_tests.grades import Bounds, Found, Grade
from simulator.evidence_tests.telling import MOST
from simulator.money import in_millions
from simulator.place import Agency
from simulator.plain_english import cell, in_a_hundred, share_interval
from simulator.scenario import Scenario
from simulator.section25 import INSTEAD
from simulator.summary import Chance
from simulator.thresholds import MOST_RESERVE

GRADES: dict[Grade, str] = {"green": "green", "amber": "amber", "red": "red", "not_tested": "not tested"}
LONG = 100.0
"""Years from which reserves are told as not falling."""
LIMBS = {1: "The estimates are robust", 2: "The reserves are adequate"}
"""The two limbs of section 25 of the Local Government Act 2003, as a statement of each would say."""


def limbs(body: Agency) -> dict[int, str]:
    """Return what the two limbs are called of a body, without reserves where it holds none."""
    instead = INSTEAD.get(body.kind)
    return LIMBS | {2: f"Its {instead} is adequate"} if instead else LIMBS


def told(found: Chance) -> str:
    """Return a chance with its 95% sampling interval: `19 in 100 futures (17.1% to 20.5%)`."""
    return f"{in_a_hundred(found.probability)} ({share_interval(found.low, found.high)})"


def number(value: float | None, unit: str) -> str:
    """Return a test's number in its unit, a dash where there is none; a cover of `MOST` times is `10 or more`."""
    if value is None or isnan(value):
        return "–"
    if unit in {"share", "£"}:
        return f"{value:.1%}" if unit == "share" else in_millions(value)
    most = {"ratio": MOST, "years": LONG}.get(unit)
    if most is not None and abs(value) >= most:
        return f"{most:g} or more" if value > 0 else f"-{most:g} or less"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:g}" if value == round(value) else f"{value:.1f}"


def measured(test: Found) -> str:
    """Return a test's number with its interval; one without sampling error stands alone."""
    one = number(test.value, test.unit)
    low, high = number(test.low, test.unit), number(test.high, test.unit)
    return one if low == high == one else f"{one} ({low} to {high})"


def bounds(turns: Bounds | None, unit: str) -> str:
    """Return where a test turns: `green to 5.0%, amber to 15.0%`; a bound that nothing can pass is not told."""
    if turns is None:
        return "–"
    way = "to" if turns.falling else "from"
    if turns.amber >= MOST_RESERVE if turns.falling else turns.amber == 0:
        return f"green {way} {number(turns.green, unit)}, else amber"
    return f"green {way} {number(turns.green, unit)}, amber {way} {number(turns.amber, unit)}"


def graded(test: Found) -> str:
    """Return a grade in words; one whose interval straddles a bound says that sampling leaves it open."""
    return f"{GRADES[test.grade]}, open (sampling)" if test.indeterminate else GRADES[test.grade]


def as_at(scenario: Scenario) -> str:
    """Return the date on which it was known what the file says: `22 November 2026`."""
    known = scenario.as_at
    return f"{known.day} {known:%B %Y}"


def percent(share: float) -> str:
    """Return a share of futures as a percentage that is never a false nought or certainty."""
    if share in {0.0, 1.0}:
        return "all drawn" if share else "none drawn"
    return "under 0.1%" if share < 0.001 else "over 99.9%" if share >= 0.9995 else f"{share:.1%}"


def prose(text: str) -> str:
    """Return text that cannot carry markup, what stands between backticks being told as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return cell(text)
    return "`".join(part if n % 2 else cell(part) for n, part in enumerate(parts))
