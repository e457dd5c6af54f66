"""Pictures of evidence and the printed page: what they draw, equal bytes for equal inputs, text that stays text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from simulator import charts, html_page
from simulator.charts import curves, distances
from simulator.charts.layout import SETTINGS
from simulator.plain_english import Words

WORDS = Words("A headline", "What is measured", "How to read this", "What it shows")
NEEDED = pd.DataFrame({
    "Confidence": [0.5, 0.8, 0.9, 0.95, 0.99], "Needed": [0.0, 10.0, 20.0, 30.0, 50.0],
    "Low": [0.0, 9.0, 18.5, 28.0, 45.0], "High": [0.5, 11.0, 21.5, 32.0, 56.0],
})  # fmt: skip
LASTING = pd.DataFrame({
    "Year": ["2027-28", "2028-29", "2029-30"], "Share": [1.0, 0.999, 0.8], "Low": [0.99, 0.99, 0.78],
    "High": [1.0, 1.0, 0.82],
})  # fmt: skip
AWAY = pd.DataFrame({"Name": ["Care demand", "Pay"], "Distance": [0.8, 2.4], "Label": ["3% a year", "2 points"]})


def test_the_confidence_curve_marks_what_is_asked_and_what_is_held() -> None:
    with mpl.rc_context(SETTINGS):
        ax = curves.confidence(NEEDED, WORDS, held=25.0).axes[0]
    lines = {line.get_label(): np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines()}
    assert np.array_equal(lines["Reserve needed"], NEEDED.Needed)
    assert set(lines["Held when the budget year opens: £25.0m"]) == {25.0}
    assert [text.get_text() for text in ax.texts] == ["80%: £10.0m", "90%: £20.0m", "95%: £30.0m"]
    assert ax.get_ylim()[1] > 56


def test_the_survival_curve_writes_each_chance_and_never_a_false_certainty() -> None:
    with mpl.rc_context(SETTINGS):
        ax = curves.survival(LASTING, WORDS, "2028-29").axes[0]
    assert [text.get_text() for text in ax.texts if "settlement" not in text.get_text()] == ["100", ">99", "80"]
    assert ax.get_ylim()[0] == 0


def test_what_breaks_soonest_stands_first_and_far_ones_are_hatched() -> None:
    with mpl.rc_context(SETTINGS):
        ax = distances.draw(AWAY, WORDS).axes[0]
    widths = [patch.get_width() for patch in ax.patches]  # type: ignore[attr-defined]
    assert widths == [0.8, 2.4]
    assert [bool(patch.get_hatch()) for patch in ax.patches] == [False, True]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


@pytest.mark.parametrize("draw", [
    lambda: charts.confidence(NEEDED, WORDS, 25.0), lambda: charts.survival(LASTING, WORDS, None),
    lambda: charts.break_points(AWAY, WORDS),
])  # fmt: skip
def test_each_picture_is_the_same_bytes_again_with_its_words_inside(draw: object) -> None:
    first, second = draw(), draw()  # type: ignore[operator]
    assert first == second
    assert b"What it shows" in first["svg"]
    ElementTree.fromstring(first["svg"])


def test_a_page_prints_tables_with_heads_and_fetches_nothing() -> None:
    svg = charts.survival(LASTING, WORDS, None)["svg"].decode()
    text = "# Title\n\n| A | B |\n| --- | --: |\n| x | 1 |\n\n![](one)\n\n![](two)\n"
    made = html_page.page("Budget 2027-28", text, {"one": svg, "two": svg})
    assert '<th scope="col">A</th>' in made
    assert made.count("<svg") == 2
    assert not re.search(r"(src|href)=\"(?!#)", made)
    ids = re.findall(r'\sid="([^"]+)"', made)
    assert len(ids) == len(set(ids))
    for used in re.findall(r'(?:href="#|url\(#)([^")]+)', made):
        assert used in ids


def test_on_a_narrow_screen_what_is_wide_scrolls_and_paper_stays_as_it_is() -> None:
    """Within the rule for narrow screens a table or a picture scrolls, and a picture keeps a least width."""
    paper, narrow = html_page.STYLE.split("@media screen and (max-width: 740px)")
    assert "table, figure { display: block; overflow-x: auto }" in narrow
    assert re.search(r"svg \{ min-width: (\d+)px; max-width: none \}", narrow)
    assert "min-width" not in paper and "overflow" not in paper
    assert narrow.count("{") == narrow.count("}")


def test_hostile_text_is_shown_never_run() -> None:
    made = html_page.page("<script>alert(1)</script>", "# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n")
    assert "<script>" not in made
    assert "<img" not in made
