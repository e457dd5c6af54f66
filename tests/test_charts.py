"""Figures measured as drawn: every word inside, nothing on top of anything else, nothing cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from picked import picked
from places import BASE, blackburn, council, line, merged, scenario

from simulator import chart_data, charts
from simulator.charts import layout
from simulator.figure_words import gap_words, reserves_words
from simulator.plain_english import Words
from simulator.run import Results, simulate

MEASURES = {"gap": gap_words, "usable_reserves": reserves_words}
LONG = (
    "The Metropolitan Borough Council of Much Wittering-under-Wychwood "
    "with Upper and Lower Slaughterford and Marsh St Mary's"
)
UNBROKEN = "W" * 400
BODY = "blackburn"
KEY = layout.Key([], [], 1)
"""A legend that names nothing."""


def drawn(results: Results, agency: str, measure: str, words: Words | None = None) -> Figure:
    """The figure after the Agg canvas has drawn it, so that everything has its extent."""
    with mpl.rc_context(charts.SETTINGS):
        figure = charts.draw(results, agency, measure, words or MEASURES[measure](results, agency))
        FigureCanvasAgg(figure).draw()
    return figure


@cache
def shipped(paths: int = 1_000) -> Results:
    return simulate(blackburn(), paths=paths)


def named(name: str) -> Results:
    body = blackburn().agencies[0].model_copy(update={"name": name})
    return simulate(blackburn().model_copy(update={"agencies": [body]}), paths=300)


def with_contribution(**changes: Any) -> Results:
    body = blackburn().agencies[0]
    contribution = body.reserves.contribution.model_copy(update=changes)
    body = body.model_copy(update={"reserves": body.reserves.model_copy(update={"contribution": contribution})})
    return simulate(blackburn().model_copy(update={"agencies": [body]}), paths=300)


def small(**changes: Any) -> Results:
    plain = {"reserves": {"minimum": "5%"}, "history": {"gf_unallocated": {BASE: 10}, "earmarked": {BASE: 0}}}
    years = changes.pop("years", 5)
    return simulate(scenario(years=years, agencies=[council(**merged(plain, changes))]), paths=300)


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def panels(figure: Figure) -> tuple[Axes, Axes]:
    left, right = figure.axes
    return left, right


def said(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def box(text: Text) -> Bbox:
    """Where the letters stand, without an arrow that an annotation may have."""
    return Text.get_window_extent(text)


def all_inside(figure: Figure) -> None:
    for text in texts(figure):
        extent = text.get_window_extent()
        assert extent.x0 >= 0 and extent.y0 >= 0, text
        assert extent.x1 <= figure.bbox.x1 and extent.y1 <= figure.bbox.y1, text


def apart(figure: Figure) -> None:
    found = texts(figure)
    left, low, right, high = np.array([box(text).extents for text in found]).T
    meet = (left[:, None] <= right) & (left <= right[:, None]) & (low[:, None] <= high) & (low <= high[:, None])
    pairs = np.argwhere(np.triu(meet, 1))
    assert not len(pairs), [(found[one], found[other]) for one, other in pairs]


CASES = {
    "as shipped": shipped,
    "few futures": lambda: shipped(199),
    "long name": lambda: named(LONG),
    "unbroken name": lambda: named(UNBROKEN),
    "one year": lambda: small(years=1),
    "sixteen years": lambda: small(years=16),
    "no history": lambda: small(history=None),
    "nothing held": lambda: small(reserves={"gf_unallocated": 0}, history=None),
    "very large": lambda: small(
        spending=[line("services", 900_000)], reserves={"gf_unallocated": 900_000},
        history={"gf_unallocated": {"2024-25": 950_000, BASE: 900_000}, "earmarked": {"2024-25": 0, BASE: 0}},
    ),
    "very small": lambda: small(
        spending=[line("services", 0.004)], funding={"council_tax": {"requirement": {BASE: 0.002}}},
        reserves={"gf_unallocated": 0.0003}, history=None,
    ),
}  # fmt: skip


@cache
def seen(case: str, measure: str) -> Figure:
    """A case as drawn; nobody changes it."""
    results = CASES[case]()
    return drawn(results, results.compiled.agency_ids[0], measure)


def as_shipped(measure: str) -> Figure:
    return seen("as shipped", measure)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("case", picked(CASES, "as shipped", "long name", "sixteen years", "very small"))
def test_every_word_is_inside_the_figure_and_clear_of_the_others(case: str, measure: str) -> None:
    figure = seen(case, measure)
    all_inside(figure)
    apart(figure)
    assert min(text.get_fontsize() for text in texts(figure)) >= 8.5


def test_the_long_name_is_as_long_as_claimed() -> None:
    assert len(LONG) == 120


@pytest.mark.parametrize("measure", MEASURES)
def test_a_headline_takes_at_most_two_lines(measure: str) -> None:
    words = MEASURES[measure](shipped(), BODY)
    headline = as_shipped(measure).texts[0].get_text()
    assert headline.count("\n") <= 1 and headline.replace("\n", " ") == words.headline
    assert not re.search(r"\d\n[A-Z]|\n\d", headline), "a date is broken"


@pytest.mark.parametrize("times", picked([2, 3, 6], 3, 6))
def test_a_longer_headline_is_set_smaller_before_it_is_cut(times: int) -> None:
    words = gap_words(shipped(), BODY)
    words = words._replace(headline=" ".join([words.headline] * times), measured=" ".join([words.measured] * times))
    figure = drawn(shipped(), BODY, "gap", words)
    all_inside(figure)
    apart(figure)
    headline = figure.texts[0]
    assert headline.get_text().count("\n") == 1
    assert 8.5 <= headline.get_fontsize() <= 13
    assert headline.get_text().endswith("...") == (times == 6)


@pytest.mark.parametrize("letters", range(100, 260, 23))
def test_a_headline_of_any_length_ends_inside_the_figure_as_drawn(letters: int) -> None:
    """The words of a figure are laid out alike whatever it draws."""
    long = "the gap of Much Wittering-under-Wychwood widens in the middle future " * 4
    with mpl.rc_context(charts.SETTINGS):
        figure = Figure()
        figure.subplots()
        layout.lay_out(figure, Words(long[:letters].strip(), "Measured", "How to read", "Alt"), KEY, layout.Plot(2))
        FigureCanvasAgg(figure).draw()
    assert figure.texts[0].get_window_extent().x1 <= 0.981 * figure.bbox.x1


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("years", [3, 10, 16])
def test_years_of_the_two_panels_do_not_collide(years: int, measure: str) -> None:
    figure = seen("sixteen years", measure) if years == 16 else drawn(small(years=years), "town", measure)
    left, right = ([label for label in ax.get_xticklabels() if label.get_text()] for ax in panels(figure))
    assert left[-1].get_text() == right[-1].get_text()
    assert left[-1].get_window_extent().x1 < right[0].get_window_extent().x0 - 20


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("higher", ["before_action", "after_action"])
def test_limits_hold_the_bands_of_both_panels(measure: str, higher: str) -> None:
    table = shipped().agency_years.copy()
    raised = (table.view == higher) & (table.measure == measure)
    table.loc[raised, ["p75", "p90", "p95", "p50", "central"]] *= 5
    results = replace(shipped(), agency_years=table)
    figure = drawn(results, BODY, measure)
    frame = chart_data.fan(results, BODY, measure)
    for ax in panels(figure):
        low, high = ax.get_ylim()
        assert high > frame.High.max() and (low == 0 if measure == "usable_reserves" else low < frame.Low.min())


def luminance(colour: Any) -> float:
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Any, other: Any) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_lines_differ_in_colour_and_dash_and_stand_out() -> None:
    ax, _ = panels(as_shipped("usable_reserves"))
    lines = {str(found.get_label()): found for found in ax.lines if not str(found.get_label()).startswith("_")}
    names = {"Middle future", "Central case", charts.MINIMUM, charts.HISTORY["usable_reserves"]}
    assert set(lines) == names
    assert len({found.get_color() for found in lines.values()}) == len(names)
    over = {name: found for name, found in lines.items() if name != charts.HISTORY["usable_reserves"]}
    assert len({str(found._dash_pattern) for found in over.values()}) == len(over)  # type: ignore[attr-defined]
    for found in over.values():
        assert min(contrast(found.get_color(), shade) for shade in charts.SHADES.values()) >= 3
    assert all(contrast(found.get_color(), "white") >= 3 for found in lines.values())


def test_bands_are_outlined_and_named_from_the_widest() -> None:
    figure = as_shipped("gap")
    for ax in panels(figure):
        assert [band.get_label() for band in ax.collections] == list(charts.BANDS.values())
        for band in ax.collections:
            assert contrast(band.get_edgecolor()[0][:3], "white") >= 3 and band.get_linewidth()[0] > 0
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:3] == list(charts.BANDS.values())
    assert [said(figure).count(f"\n{band} in 100\n") for band in (90, 80, 50)] == [2, 2, 2]


def test_names_of_bands_stay_apart_where_bands_meet() -> None:
    figure = drawn(small(), "town", "usable_reserves")
    ends = chart_data.fan(small(), "town", "usable_reserves").query("Year == '2030-31'")
    assert ends.High.nunique() == 1
    apart(figure)


@pytest.mark.parametrize("measure", MEASURES)
def test_too_few_futures_are_drawn_without_bands(measure: str) -> None:
    few, enough = seen("few futures", measure), drawn(shipped(200), BODY, measure)
    for ax in panels(few):
        assert not ax.collections and charts.TOO_FEW in ax.get_title(loc="left")
        assert {"Middle future", "Central case"} <= {str(found.get_label()) for found in ax.lines}
    assert "band" not in said(few).replace(charts.TOO_FEW, "")
    assert all(len(ax.collections) == 3 for ax in panels(enough)) and charts.TOO_FEW not in said(enough)


def joins(ax: Axes) -> int:
    """Lines from the last published year to the first projected one."""
    past = next(found for found in ax.lines if found.get_label() in charts.HISTORY.values())
    last = float(np.asarray(past.get_xdata())[-1])
    return sum(np.array_equal(np.asarray(found.get_xdata()), [last, last + 1]) for found in ax.lines)


def test_published_balances_join_the_fan_of_reserves_and_not_of_the_gap() -> None:
    gap, reserves = map(as_shipped, MEASURES)
    assert [joins(ax) for ax in panels(gap)] == [0, 0]
    assert [joins(ax) for ax in panels(reserves)] == [1, 1]
    assert "Use of reserves, from published balances" in said(gap)
    assert "Minimum general fund (earmarked reserves are used first)" in said(reserves)


def test_rounding_is_not_drawn_as_a_fan() -> None:
    for ax in panels(drawn(small(), "town", "gap")):
        assert np.ptp(ax.get_ylim()) > 0.1


def test_years_without_figures_keep_their_place() -> None:
    years = {"2022-23": 8, "2023-24": 9, BASE: 10}
    figure = drawn(
        small(history={"gf_unallocated": years, "earmarked": dict.fromkeys(years, 0)}), "town", "usable_reserves"
    )
    past = next(found for found in panels(figure)[0].lines if found.get_label() in charts.HISTORY.values())
    assert np.asarray(past.get_xdata()).tolist() == [0, 1, 3]


def test_a_one_off_surplus_taken_out_is_said_at_the_step() -> None:
    assert said(as_shipped("gap")).count(charts.TAKEN_OUT) == 2
    assert charts.TAKEN_OUT not in said(as_shipped("usable_reserves"))


@pytest.mark.parametrize("changes", [{"treatment": "recurrent"}, {"direction": "drawn"}, {"amount": 0}])
def test_no_surplus_is_claimed_where_none_was_taken_out(changes: dict[str, Any]) -> None:
    if "amount" in changes:
        amount = blackburn().agencies[0].reserves.contribution.amount
        changes = {"amount": amount.model_copy(update={"value": 0.0})}
    assert charts.TAKEN_OUT not in said(drawn(with_contribution(**changes), BODY, "gap"))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_fan_of_one_year_has_width(measure: str) -> None:
    ax, _ = panels(seen("one year", measure))
    middle = next(found for found in ax.lines if found.get_label() == "Middle future")
    assert np.ptp(np.asarray(middle.get_xdata())) > 0.5
