"""A page on paper: its words, figures and captions, and nothing to press."""

from __future__ import annotations

import re

import pytest
from browsed import CHROMIUM, MISSING, Shown

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)
PRESSED = "button, input, [role=combobox], [role=slider], [data-testid=stSidebar], [data-testid=stHeader]"
SHEETS = re.compile(rb"/Type\s*/Page\b")


def test_the_first_page_prints_without_its_side_and_controls(shown: Shown) -> None:
    page = shown.page
    said = shown.said()
    page.emulate_media(media="print")
    assert not [part for part in page.locator(PRESSED).all() if part.is_visible()]
    main = page.get_by_test_id("stMain")
    assert main.get_by_test_id("stVegaLiteChart").first.is_visible()
    for words in ("Year by year", "How to read this", "The same figures from the command line"):
        assert words in said and words in main.inner_text()
    made = page.pdf(prefer_css_page_size=True, tagged=True)
    page.emulate_media(media="screen")
    assert 2 <= len(SHEETS.findall(made)) <= 9
