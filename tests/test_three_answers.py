"""The three answers of a first look: those of the statement bit for bit, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import council, line, scenario
from streamlit.testing.v1 import AppTest

from simulator import three_words
from simulator.answers import Answers, answers
from simulator.blocks import Sample
from simulator.cli import apps
from simulator.evidence_tests import kinds
from simulator.evidence_tests.seen import plan_view
from simulator.evidence_tests.yearly import by_year
from simulator.pages import projecting
from simulator.place_words import drawn
from simulator.price_list import price_list
from simulator.scenario_file import load
from simulator.section25 import drafts
from simulator.shared_luck import SharedLuck
from simulator.three_answers import ThreeAnswers, asked_of, drafted, three_answers

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
BLACKBURN = ROOT / "scenarios" / "blackburn-with-darwen.yaml"
SAMPLE = Sample(1_000)
LUCK = SharedLuck()


@pytest.fixture(scope="module")
def run() -> Answers:
    return answers(load(BLACKBURN, sets=("years=6",)).scenario, SAMPLE, LUCK)


@pytest.fixture(scope="module")
def found(run: Answers) -> ThreeAnswers:
    return three_answers(run, "blackburn", 2, LUCK)


def test_they_are_those_of_the_statement_bit_for_bit(run: Answers, found: ThreeAnswers) -> None:
    view = plan_view(run.scenario, run.compiled, "blackburn", SAMPLE)
    assert found.back == next(one for one in kinds.tests_of(view) if one.id == "R02")
    assert found.price == price_list(run.scenario, run.compiled, "blackburn", SAMPLE)[0]
    every = by_year(view)
    last = every[every.year == every.year.iloc[-1]].reset_index(drop=True)
    assert found.held.equals(last)
    assert found.end == "31 March 2031"
    assert drafted(run, "blackburn", 2, LUCK) == drafts(kinds.tests_of(view))


def test_luck_that_is_shared_moves_no_digit(run: Answers, found: ThreeAnswers) -> None:
    fresh = three_answers(run, "blackburn", 1)
    assert (fresh.back, fresh.price) == (found.back, found.price)
    assert fresh.held.equals(found.held)


def test_lines_tell_the_numbers_and_what_they_are_of(found: ThreeAnswers) -> None:
    back, held, bought = three_words.lines(found)
    assert found.back.value is not None and found.price.back and found.price.below
    assert f"{100 * found.back.value:.0f} in 100 futures" in back and "No contingency is entered" in back
    usable = found.held[found.held.measure == "usable_reserves"].iloc[0]
    assert f"£{usable.p50 / 1e6:,.1f}m** in the middle future" in held and "31 March 2031" in held
    assert f"**{100 * found.price.back.points:.1f} points (" in bought and "until 10 March 2027" in bought
    about = three_words.about(found)
    for wanted in ("plan as approved", "31 March 2031", "as at 22 November 2026", "1,000 futures"):
        assert wanted in about


def test_a_town_without_luck_comes_back_or_does_not_for_certain() -> None:
    """So far over what reserves can meet that £1m of contingency leaves it short, and buys nothing."""
    short = council(spending=[line("services", 140)])
    place = scenario(agencies=[short])
    now = answers(place, Sample(50))
    found = three_answers(now, place.bodies[0].id)
    assert found.back.value == found.back.low == found.back.high
    assert found.price.back and found.price.back.points == 0
    assert "takes **nothing** off the chance of coming back" in list(three_words.lines(found))[2]


def test_councils_are_asked_before_other_local_authorities() -> None:
    place = load(PLACE).scenario
    called = {body.id: body.kind for body in place.bodies}
    assert {called[agency] for agency in asked_of(place)} == {"council"}
    rest = place.model_copy(update={"agencies": [one for one in place.agencies if one.kind != "council"]})
    assert {called[agency] for agency in asked_of(rest)} <= {"police", "fire", "combined_authority"}
    with pytest.raises(TypeError, match="no local authority"):
        three_answers(answers(place, Sample(10)), "north")


def test_overview_shows_them_above_the_figures_as_the_statement_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(apps.SCENARIO, str(SMALL))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    place = load(SMALL).scenario
    now = projecting.quick(place, 2_000)
    (agency,) = asked_of(place)
    lines = [f"- {drawn(line)}" for line in three_words.lines(projecting.three(now, agency))]
    said = [part.value for part in app.markdown]
    first = said.index(lines[0])
    assert said[first : first + 3] == lines
    figures = next(i for i, line in enumerate(said) if "yearly gap" in line or "the gap of" in line)
    assert first < figures
