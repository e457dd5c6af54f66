"""The first page in a real browser: it loads, answers, and follows what is chosen and moved."""

from __future__ import annotations

import re

import pytest
from browsed import CHROMIUM, MISSING, Shown, expect

ANSWERS = ("Coming back in-year", "Usable reserves at the plan's end", "£1m more contingency for")
LEVER, AS_STATED = "Room for new savings", "As the place states it."

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


def test_the_first_page_shows_three_answers_and_a_fan(shown: Shown) -> None:
    expect(shown.page).to_have_title("Overview: Headroom")
    for answer in ANSWERS:
        expect(shown.page.get_by_text(answer).first).to_be_visible()
    fan = shown.fan()
    expect(fan).to_have_attribute("aria-label", re.compile("the gap of Anytown Council"))
    assert fan.locator("svg path").count() > 4


def test_choosing_a_body_draws_its_fan_and_back_restores_it(shown: Shown) -> None:
    before = shown.said()
    shown.choose("Body", "north")
    expect(shown.fan()).to_have_attribute("aria-label", re.compile("the gap of north"))
    shown.settle()
    assert shown.said() != before
    shown.choose("Body", "Anytown Council")
    expect(shown.fan()).to_have_attribute("aria-label", re.compile("the gap of Anytown Council"))
    shown.says(before)


def test_a_key_moves_the_fan_and_back_restores_every_digit(shown: Shown) -> None:
    lever, rest = shown.page.get_by_role("slider", name=LEVER), shown.page.get_by_text(AS_STATED)
    said, drawn = shown.said(), shown.fan().inner_html()
    lever.focus()
    for _ in range(4):
        lever.press("ArrowLeft")
    expect(shown.page.get_by_text("What moves, on the same futures")).to_be_visible()
    expect(lever).to_have_attribute("aria-valuetext", re.compile("^0"))
    expect(shown.page.get_by_text("yearly_capacity=0%")).to_be_visible()
    shown.settle()
    assert shown.fan().inner_html() != drawn and shown.said() != said
    for _ in range(4):
        lever.press("ArrowRight")
    expect(rest).to_be_visible()
    shown.says(said)
