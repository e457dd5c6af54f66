"""Draft grades: what the tests of each limb of section 25 come to, and which of them bind.

Local Government Act 2003 section 25 asks a council's chief finance officer to report on the robustness of the estimates
and the adequacy of the reserves. The grades here are drafts for that officer, by one rule for all (`domain.md` F4);
the opinion is the officer's. There is no overall score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from simulator.evidence_tests.grades import ADEQUACY, ROBUSTNESS, Found, Grade
from simulator.place import Agency, LocalAuthority

DraftGrade = Literal["supports", "supports with conditions", "does not support", "not tested"]
UNTAXED = "It raises no council tax, so that no action on tax is open to it."
LEFT = "Savings, controls within the year and what NHS England agrees are all that is left."
CLOSED = {
    "icb": "No action on reserves or tax is open to it: it holds no reserves, what it does not spend lapses, and it "
           f"raises no tax. {LEFT}",
    "trust": "No action on reserves or tax is open to it: its surpluses are cash, not reserves it may plan to use, and "
             f"it raises no tax. {LEFT}",
    "vcse": "It raises no tax: its free reserves, its costs and what it can raise are all that is left to it.",
}  # fmt: skip
"""What is open to a body that no law asks for a statement, by kind; said plainly where nothing is."""
INSTEAD = {"icb": "cover against risk", "trust": "cash"}
"""What the second limb asks of a body that may hold no reserves, by its kind: NHS bodies hold none as councils do."""
AMBERS = 3
"""Amber tests from which a limb comes with conditions."""


@dataclass(frozen=True)
class Draft:
    """The draft grade of one limb. `binding` tests make it what it is; `untested` lacked an input.

    `open` is true where the grade would be another with tests that sampling leaves open at their better end.
    """

    agency: str
    limb: int
    grade: DraftGrade
    binding: tuple[Found, ...]
    untested: tuple[Found, ...]
    open: bool
    why: str


def drafts(found: Iterable[Found]) -> tuple[Draft, Draft]:
    """Return the draft grade of each limb from one body's tests."""
    every = tuple(found)
    robustness, adequacy = (draft(tuple(one for one in every if one.limb == limb)) for limb in (ROBUSTNESS, ADEQUACY))
    return robustness, adequacy


def draft(found: tuple[Found, ...]) -> Draft:
    """Return the draft grade of one limb from its tests, of which there is at least one.

    A mandatory test that is red decides, whatever is missing; else a mandatory test without an input leaves the limb
    untested; else three ambers or any red make conditions.
    """
    grade, binding, why = _graded(found)
    settled = _graded(tuple(replace(one, grade=_better(one)) for one in found))[0]
    untested = tuple(one for one in found if one.lacking)
    return Draft(found[0].agency, found[0].limb, grade, binding, untested, settled != grade, why)


def _better(test: Found) -> Grade:
    """Return the grade of the better end of what a test found."""
    if not test.indeterminate or test.bounds is None or test.low is None or test.high is None:
        return test.grade
    return test.bounds.grade(test.low if test.bounds.falling else test.high)


def _graded(found: tuple[Found, ...]) -> tuple[DraftGrade, tuple[Found, ...], str]:
    """Return the grade of a limb, the tests that bind it and why."""
    untested = tuple(one for one in found if one.lacking)
    red, amber = (tuple(one for one in found if one.grade == grade) for grade in ("red", "amber"))
    missing = tuple(one for one in untested if one.mandatory)
    if failed := tuple(one for one in red if one.mandatory):
        return "does not support", failed, f"{_count(failed, 'mandatory test')} red"
    if missing:
        return "not tested", missing, f"{_count(missing, 'mandatory test')} without an input"
    if red or len(amber) >= AMBERS:
        binding = red + amber if len(amber) >= AMBERS else red
        said = [f"{_count(red, 'test')} red"] if red else []
        said += [_ambers(amber)] if len(amber) >= AMBERS else []
        return "supports with conditions", binding, " and ".join(said)
    return "supports", (), f"no test red and {_count(amber, 'test')} amber, fewer than {AMBERS}"


def _count(tests: tuple[Found, ...], noun: str) -> str:
    """Return how many tests there are in words: one asked of several years counts once, as it is named once."""
    count = distinct(tests)
    return f"{count or 'no'} {noun}{'s' if count != 1 else ''}"


def distinct(tests: Iterable[Found]) -> int:
    """Return how many tests there are, one that is asked of several years counted once."""
    return len({one.id for one in tests})


def _ambers(amber: tuple[Found, ...]) -> str:
    # The rule counts each amber, so that a test amber in two years is told as two.
    tests = _count(amber, "test")
    return f"{tests} amber" if distinct(amber) == len(amber) else f"{len(amber)} ambers of {tests}"


def whose(body: Agency) -> str:
    """Return whose opinion a statement is, and by what law, if any."""
    if isinstance(body, LocalAuthority) and body.tax:
        return (
            "Draft grades by one rule for all bodies, for the chief finance officer to weigh. The report that section "
            "25 of the Local Government Act 2003 asks for, and the opinion in it, are the officer's."
        )
    return (
        "A voluntary statement: no law asks this body's finance officer for one, and none makes anybody act on it. "
        f"{CLOSED.get(body.kind, UNTAXED)} Draft grades by one rule for all bodies, for the officer to weigh; the "
        "opinion is the officer's."
    )
