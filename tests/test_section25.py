"""Draft grades: what the tests of a limb come to, whatever their numbers (`domain.md` F4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from simulator.decision_page import grades
from simulator.evidence_tests.grades import Bounds, Found, Grade
from simulator.section25 import AMBERS, draft, drafts, whose
from tests.places import whole_place

BASE = Found(
    "R06", "A test", 1, "town", "before_action", "2027-28", "What it is.", "share", 0.1, 0.1, 0.1,
    Bounds(0.05, 0.15, True), "green",
)  # fmt: skip


def found_as(grade: Grade, *, mandatory: bool = False, limb: int = 1) -> Found:
    value = None if grade == "not_tested" else 0.1
    return replace(BASE, grade=grade, mandatory=mandatory, limb=limb, value=value)


@pytest.mark.parametrize("grades", list(product(("green", "amber", "red", "not_tested"), repeat=2)))
@pytest.mark.parametrize("others", [(), ("amber",) * 2, ("amber",) * 3, ("red",), ("not_tested",) * 4])
def test_every_mixture_of_two_mandatory_tests_and_others(grades: tuple[Grade, ...], others: tuple[Grade, ...]) -> None:
    found = tuple(found_as(grade, mandatory=True) for grade in grades) + tuple(found_as(grade) for grade in others)
    made = draft(found)
    ambers = (grades + others).count("amber")
    if "red" in grades:
        assert made.grade == "does not support"
    elif "not_tested" in grades:
        assert made.grade == "not tested"
    elif "red" in others or ambers >= AMBERS:
        assert made.grade == "supports with conditions"
    else:
        assert made.grade == "supports"
    assert bool(made.binding) == (made.grade != "supports")
    assert len(made.untested) == (grades + others).count("not_tested")


def test_what_is_missing_is_never_green_and_a_red_mandatory_test_decides_though_others_are_missing() -> None:
    assert draft((found_as("not_tested", mandatory=True), found_as("green"))).grade == "not tested"
    made = draft((found_as("not_tested", mandatory=True), found_as("red", mandatory=True)))
    assert (made.grade, [one.grade for one in made.binding]) == ("does not support", ["red"])


def test_a_number_that_only_informs_moves_no_grade() -> None:
    informs = replace(found_as("red"), grade="not_tested", informs=True)
    assert draft((found_as("green"), informs)).grade == "supports"
    assert draft((found_as("green"), informs)).untested == ()


def test_a_number_that_lacks_an_input_leaves_a_mandatory_test_untested() -> None:
    withheld = replace(found_as("red", mandatory=True), grade="not_tested")
    made = draft((found_as("green"), withheld))
    assert (made.grade, made.untested) == ("not tested", (withheld,))


def test_limbs_are_graded_apart_and_open_tests_say_so() -> None:
    shaky = replace(found_as("red", mandatory=True, limb=2), value=0.15, low=0.13, high=0.17, indeterminate=True)
    first, second = drafts([found_as("green", mandatory=True), shaky])
    assert (first.grade, first.open) == ("supports", False)
    assert (second.grade, second.open) == ("does not support", True)
    assert second.why == "1 mandatory test red"
    # Another mandatory test that is red beyond doubt leaves nothing open.
    assert not draft((shaky, found_as("red", mandatory=True, limb=2))).open


def test_a_test_asked_of_two_years_counts_once_as_it_is_named_once() -> None:
    def named(name: str, grade: Grade, *, mandatory: bool) -> list[Found]:
        one = replace(found_as(grade, mandatory=mandatory, limb=2), id=name)
        return [one, replace(one, horizon="by 2028-29")]

    four = tuple(named("A02", "red", mandatory=True) + named("A03", "red", mandatory=True))
    assert (draft(four).why, len(draft(four).binding)) == ("2 mandatory tests red", 4)
    lacking = tuple(named("A02", "not_tested", mandatory=True))
    assert draft(lacking).why == "1 mandatory test without an input"
    # Each amber counts for the rule: the words then say how many of how few.
    ambers = named("A04", "amber", mandatory=False) + named("A06", "amber", mandatory=False)
    assert draft(tuple(ambers[:2])).why == "no test red and 1 test amber, fewer than 3"
    assert draft(tuple(ambers)).why == "4 ambers of 2 tests"
    page = "\n".join(grades([draft(lacking)], whole_place().bodies[0]))
    assert "1 test lacks an input" in page


def test_whose_statement_it_is_and_where_no_action_is_open() -> None:
    found = whole_place()
    said = {body.id: whose(body) for body in found.bodies}
    for name in ("town", "police", "fire"):
        assert "section 25 of the Local Government Act 2003 asks for" in said[name]
        assert "voluntary" not in said[name]
    for name in ("board", "north", "hospice", "mayor"):
        assert said[name].startswith("A voluntary statement: no law asks")
    for name in ("board", "north"):
        assert "No action on reserves or tax is open to it" in said[name]
    assert "no action on tax is open to it" in said["mayor"]
    assert all("the officer's" in words for words in said.values())
