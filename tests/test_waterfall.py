"""Waterfalls and maps of chances, measured as drawn, and the words that go with them."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from picked import picked
from test_charts import LONG, UNBROKEN, all_inside, apart, box, contrast, said, texts

from simulator import chart_data, charts, figure_words
from simulator.charts import bars, heat
from simulator.plain_english import TITLES, Words

SIXTY = "Homes away from here for children and what each of them cost"
Rows = list[tuple[str, float, str]]


def steps(*moves: float, start: float = 3.8e6, names: str = "Step", end: float | None = None) -> pd.DataFrame:
    rows: Rows = [("Gap in 2025-26", start, "level")]
    rows += [(f"{names} {at}", move, "move") for at, move in enumerate(moves)]
    rows.append(("Gap in 2028-29", start + sum(moves) if end is None else end, "level"))
    return pd.DataFrame(rows, columns=["step", "amount", "kind"])


def many(count: int, names: str = "Step") -> pd.DataFrame:
    """So many steps in all, the two ends among them."""
    drawn = np.random.default_rng(3).normal(0.2, 1, count - 2) * 3e6
    return steps(*(float(move) for move in drawn), names=names)


def words_of(frame: pd.DataFrame) -> Words:
    return figure_words.waterfall_words(frame, "Blackburn with Darwen Borough Council", "2025-26", "2028-29")


def fall(frame: pd.DataFrame) -> Figure:
    with mpl.rc_context(charts.SETTINGS):
        figure = bars.draw(frame, words_of(frame))
        FigureCanvasAgg(figure).draw()
    return figure


@cache
def fallen(case: str) -> Figure:
    return fall(FALLS[case]())


def drawn_bars(figure: Figure) -> list[Rectangle]:
    """The bars from the top down."""
    found = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    return sorted(found, key=lambda bar: bar.get_y())


def amounts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


FALLS = {
    "three steps": lambda: many(3),
    "twelve steps": lambda: many(12),
    "twenty-two steps": lambda: many(22),
    "long labels": lambda: many(22, SIXTY[:57]),
    "unbroken labels": lambda: many(12, UNBROKEN[:60]),
    "one very long label": lambda: many(5, LONG),
    "below nought": lambda: steps(1e6, -3e6, 2e6, start=-9e6),
    "through nought": lambda: steps(-9e6, 4e6, -3e6, 0.2e6, start=5e6),
    "from nought to nought": lambda: steps(2e6, -2e6, start=0.0),
    "nothing moves": lambda: steps(0.0, start=0.0),
    "very large": lambda: steps(3e11, -1e9, -5_000.0, start=9e11),
    "very small": lambda: steps(0.02, -0.01, start=0.05),
}
SOME_FALLS = picked(FALLS, "twenty-two steps", "unbroken labels", "nothing moves", "very large")


@pytest.mark.parametrize("case", SOME_FALLS)
def test_every_word_of_a_waterfall_is_inside_and_clear_of_the_others(case: str) -> None:
    figure = fallen(case)
    all_inside(figure)
    apart(figure)
    assert min(text.get_fontsize() for text in texts(figure)) >= 8.5


@pytest.mark.parametrize("case", SOME_FALLS)
def test_no_amount_lies_on_a_bar_and_no_name_runs_into_the_panel(case: str) -> None:
    figure = fallen(case)
    ax = figure.axes[0]
    shown = [bar.get_window_extent() for bar in drawn_bars(figure)]
    for text in ax.texts:
        assert not any(shrunk(bar).overlaps(box(text)) for bar in shown), text
    assert all(label.get_window_extent().x1 < ax.bbox.x0 for label in ax.get_yticklabels())


def shrunk(bar: Bbox) -> Bbox:
    """A bar without the rounding of a pixel at its edge."""
    return Bbox.from_extents(bar.x0 + 0.5, bar.y0, max(bar.x0, bar.x1 - 0.5), bar.y1)


def test_a_label_of_sixty_letters_keeps_to_one_line() -> None:
    assert len(SIXTY) == 60
    figure = fall(steps(1e6, names=SIXTY[:58]))
    assert "\n" not in figure.axes[0].get_yticklabels()[1].get_text()


def test_bars_run_from_where_the_last_one_ended() -> None:
    figure = fall(steps(3.2e6, -1.4e6))
    spans = [sorted((bar.get_x(), bar.get_x() + bar.get_width())) for bar in drawn_bars(figure)]
    assert np.allclose(spans, [[0, 3.8], [3.8, 7.0], [5.6, 7.0], [0, 5.6]])
    assert amounts(figure) == ["3.8", "+3.2", "-1.4", "5.6"]
    joins = [line.get_xdata() for line in figure.axes[0].lines if len(set(np.asarray(line.get_ydata()))) == 2]
    assert [x[0] for x in joins if len(set(np.asarray(x))) == 1 and x[0] != 0] == pytest.approx([3.8, 7.0, 5.6])


def test_what_widens_and_what_narrows_differ_in_colour_and_hatch() -> None:
    level, widens, narrows, _ = drawn_bars(fall(steps(3.2e6, -1.4e6)))
    assert len({bar.get_edgecolor() for bar in (level, widens, narrows)}) == 3
    assert narrows.get_hatch() and not widens.get_hatch() and not level.get_hatch()
    assert all(contrast(bar.get_edgecolor()[:3], "white") >= 3 for bar in (level, widens, narrows))


def test_the_legend_names_only_what_is_drawn() -> None:
    assert [text.get_text() for text in fall(steps(1e6)).legends[0].get_texts()] == [bars.LEVEL, bars.WIDENS]
    assert [text.get_text() for text in fall(steps(-1e6)).legends[0].get_texts()] == [bars.LEVEL, bars.NARROWS]


def test_steps_of_nought_are_left_out_and_levels_of_nought_are_not() -> None:
    figure = fall(steps(0.0, 2e6, 0.004, -2e6, start=0.0))
    assert amounts(figure) == ["0.0", "+2.0", "-2.0", "0.0"]
    assert "Step 0" not in said(figure) and "Step 2" not in said(figure)


def test_no_small_step_is_called_nought() -> None:
    assert amounts(fall(steps(4_000.0, -0.01)))[1:3] == ["+0.004", "-0.00000001"]


def test_a_subtotal_is_a_bar_from_nought() -> None:
    frame = pd.concat([steps(2e6).iloc[:2], steps(-1e6, start=5.8e6)], ignore_index=True)
    widths = [bar.get_width() for bar in drawn_bars(fall(frame))]
    assert widths == pytest.approx([3.8, 2.0, 5.8, -1.0, 4.8])


def relabelled(**columns: list[Any]) -> pd.DataFrame:
    return steps(1e6).assign(**columns)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (steps(1e6, end=4.8e6 + 0.01), "do not add up"),
        (steps(1e6, end=4.8e6 - 0.006), "do not add up"),
        (pd.concat([steps(1e6, end=5e6), steps(start=4.8e6)]), "do not add up"),
        (relabelled(kind=["level", "rise", "level"]), "not `rise`"),
        (relabelled(kind=["move", "move", "level"]), "begins and ends"),
        (relabelled(kind=["level", "move", "move"]), "begins and ends"),
        (steps(1e6).iloc[:0], "begins and ends"),
        (relabelled(amount=[1.0, np.nan, 1.0]), "number of pounds"),
        (steps(1e6).drop(columns="kind"), "kind is not there"),
    ],
)
def test_a_waterfall_that_does_not_hold_together_is_refused(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        charts.waterfall(frame, Words("", "", "", ""))


def test_rounding_below_half_a_penny_is_borne() -> None:
    assert charts.waterfall(steps(1e6, end=4.8e6 + 0.004), Words("A", "B", "C", "D"))


@pytest.mark.parametrize("case", ["twelve steps", "below nought", "nothing moves"])
def test_a_waterfall_is_the_same_bytes_each_time_with_its_words_inside(case: str) -> None:
    frame = FALLS[case]()
    words = words_of(frame)
    one, other = (charts.waterfall(frame, words) for _ in range(2))
    assert one == other and set(one) == {"svg", "png"}
    assert words.alt in one["svg"].decode() and words.alt.encode("latin-1") in one["png"]
    assert matplotlib.image.imread(BytesIO(one["png"])).shape[1] > 1_000


def test_the_words_of_a_waterfall_say_what_was_found() -> None:
    words = words_of(steps(3e6, 1e6, -2.5e6))
    assert words.headline == (
        "By 2028-29 what widens the gap adds £4.0m (largest: Step 0, £3.0m); what narrows the gap brings £2.5m (Step 2)"
    )
    assert "from £3.8m short in 2025-26 to £5.3m short in 2028-29" in words.alt
    assert "Step 0, +3.0; Step 1, +1.0; Step 2, -2.5" in words.alt
    assert "Blackburn with Darwen" in words.how_to_read
    assert words_of(steps()).headline == "Nothing moves the gap between 2025-26 and 2028-29"
    assert "from balance in 2025-26 to a surplus of £1.0m" in words_of(steps(-1e6, start=0.0)).alt
    named = figure_words.waterfall_words(steps(1e6), "X", "2025-26", "2028-29", "central case")
    assert named.measured.endswith("; central case")


def chances(rows: list[str], years: int, views: tuple[str, ...] = tuple(TITLES.values())) -> pd.DataFrame:
    """Chances from nought to certainty, row by row and year by year."""
    cells = [
        (row, f"{2025 + t}-{26 + t}", view, min(1.0, (t / max(1, years - 1)) ** 3 * (i + 1) / len(rows) / (v + 1)))
        for i, row in enumerate(rows)
        for t in range(years)
        for v, view in enumerate(views)
    ]
    return pd.DataFrame(cells, columns=["Row", "Year", "View", "Chance"])


def mapped(frame: pd.DataFrame, end: str | None = "2028-29", subject: str = "Blackburn with Darwen") -> Figure:
    with mpl.rc_context(charts.SETTINGS):
        figure = heat.draw(frame, figure_words.heat_words(frame, subject, end, "10,000 futures"), end)
        FigureCanvasAgg(figure).draw()
    return figure


OUTCOMES = list(figure_words.OUTCOMES.values())
BODIES = [f"Borough Council of Wittering {letter}" for letter in "ABCDEFGHIJK"]
MAPS = {
    "one body": lambda: chances(OUTCOMES, 10),
    "twelve bodies": lambda: chances([*BODIES, LONG], 10),
    "short names": lambda: chances(["Fylde", "Pendle"], 8),
    "unbroken name": lambda: chances(["Fylde", UNBROKEN[:80]], 10),
    "one cell": lambda: chances(["Fylde"], 1),
    "one year, many outcomes": lambda: chances(OUTCOMES, 1),
    "four years": lambda: chances(OUTCOMES, 4),
    "sixteen years": lambda: chances([*BODIES, LONG], 16),
    "one view": lambda: chances(OUTCOMES, 10, ("After action",)),
}
SOME_MAPS = picked(MAPS, "twelve bodies", "unbroken name", "one cell", "sixteen years")


@pytest.mark.parametrize("end", picked([None, "2028-29", "2034-35"], "2028-29"))
@pytest.mark.parametrize("case", SOME_MAPS)
def test_every_word_of_a_map_is_inside_and_clear_of_the_others(case: str, end: str | None) -> None:
    figure = map_of(case, end)
    all_inside(figure)
    apart(figure)
    assert min(text.get_fontsize() for text in texts(figure)) >= 8.5


@cache
def map_of(case: str, end: str | None = "2028-29") -> Figure:
    return mapped(MAPS[case](), end)


def cells(ax: Axes) -> list[tuple[Rectangle, Text]]:
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    inside = [text for text in ax.texts if text.get_text() != heat.MARK]
    return list(zip(boxes, inside, strict=True))


@pytest.mark.parametrize("case", SOME_MAPS)
def test_every_chance_is_written_in_its_cell_and_can_be_read(case: str) -> None:
    figure = map_of(case)
    assert sum(len(cells(ax)) for ax in figure.axes) == len(MAPS[case]())
    for ax in figure.axes:
        for cell, text in cells(ax):
            around, letters = cell.get_window_extent(), text.get_window_extent()
            assert around.x0 < letters.x0 and letters.x1 < around.x1
            assert around.y0 < letters.y0 and letters.y1 < around.y1
            assert contrast(text.get_color(), cell.get_facecolor()[:3]) >= 4.5
        assert all(label.get_window_extent().x1 < ax.bbox.x0 for label in ax.get_yticklabels() if label.get_visible())


def test_all_chances_have_a_colour_that_keeps_the_text_readable() -> None:
    shades = [heat.shade(chance) for chance in np.linspace(0, 1, 1_001)]
    assert min(contrast(*pair) for pair in shades) >= 4.5
    assert len(set(shades)) == len(heat.SCALE)
    lightness = [contrast(colour, "black") for _, _, colour, _ in heat.SCALE]
    assert lightness == sorted(lightness, reverse=True)


WRITTEN = {0: "0", 1e-9: "<1%", 0.0099: "<1%", 0.01: "1%", 0.1249: "12%", 0.99: "99%", 0.9999: ">99%", 1: "100%"}


@pytest.mark.parametrize(("probability", "written"), WRITTEN.items())
def test_no_chance_is_written_as_a_false_nought_or_certainty(probability: float, written: str) -> None:
    assert figure_words.chance(probability) == written


@pytest.mark.parametrize("probability", [0.0496, 0.0949, 0.0951, 0.2451, 0.495, 0.496, 0.7449, 0.7451, 0.996])
def test_a_cell_has_the_colour_of_the_chance_as_it_is_written(probability: float) -> None:
    number = int(re.sub(r"\D", "", figure_words.chance(probability)))
    assert heat.shade(probability) == heat.shade(number / 100)


def test_rows_and_panels_keep_their_order() -> None:
    figure = map_of("one body")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Before action", "After action"]
    for ax in figure.axes:
        names = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
        assert names == OUTCOMES
        assert [label.get_text() for label in ax.get_xticklabels()][-1] == "34-35"


def test_panels_stand_side_by_side_where_there_is_room() -> None:
    left, right = map_of("four years").axes
    assert left.bbox.y0 == right.bbox.y0 and left.bbox.x1 < right.bbox.x0
    above, below = map_of("sixteen years").axes
    assert above.bbox.x0 == below.bbox.x0 and below.bbox.y1 < above.bbox.y0


def test_the_end_of_the_settlement_is_marked_between_its_year_and_the_next() -> None:
    for ax in map_of("one body").axes:
        assert {float(x) for line in ax.lines for x in np.asarray(line.get_xdata())} == {3.5}
    for end in (None, "2040-41"):
        figure = map_of("one body", end)
        assert heat.MARK not in said(figure) and not any(ax.lines for ax in figure.axes)


def test_the_legend_gives_the_whole_scale() -> None:
    legend = map_of("one body").legends[0]
    assert [text.get_text() for text in legend.get_texts()] == [name for _, name, _, _ in heat.SCALE]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (chances(OUTCOMES, 3).iloc[1:], "only one, for every row"),
        (pd.concat([chances(OUTCOMES, 3).iloc[1:], chances(OUTCOMES, 3).iloc[1:2]]), "only one, for every row"),
        (chances(OUTCOMES, 3).assign(Chance=1.01), "from 0 to 1"),
        (chances(OUTCOMES, 3).assign(Chance=np.nan), "from 0 to 1"),
        (chances(OUTCOMES, 3).iloc[:0], "at least one"),
        (chances(OUTCOMES, 3, ("Never",)), "not `Never`"),
        (chances(OUTCOMES, 3).drop(columns="Year"), "Year is not there"),
    ],
)
def test_a_map_with_holes_is_refused(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        charts.heat_map(frame, Words("", "", "", ""), None)


def test_a_map_is_the_same_bytes_each_time_with_its_words_inside() -> None:
    frame = MAPS["one body"]()
    words = figure_words.heat_words(frame, "Blackburn with Darwen", "2028-29")
    one, other = (charts.heat_map(frame, words, "2028-29") for _ in range(2))
    assert one == other
    assert words.alt.encode("latin-1") in one["png"] and "settlement ends" in one["svg"].decode()


def test_the_headline_of_a_map_quotes_no_chance_past_the_settlement() -> None:
    frame = chances(["Fylde", "Pendle"], 5)
    words = figure_words.heat_words(frame, "Support needed", "2027-28", "10,000 futures")
    assert words.headline == (
        "The highest chance in any one year to 2027-28 is 12% before action (Pendle, 2027-28) and 6% after action"
    )
    assert "Support needed" in words.measured and "Past the dotted line" in words.how_to_read
    whole = figure_words.heat_words(frame, "Support needed")
    assert "100% before action (Pendle, 2029-30)" in whole.headline and "dotted" not in whole.how_to_read
    none = figure_words.heat_words(frame.assign(Chance=0.0), "Support needed")
    assert none.headline.startswith("In none of the futures drawn")


def run_of(*agencies: str, name: str = "") -> Any:
    """As much of a run as the frame of a map looks at."""
    keys = [
        (agency, year, outcome, view)
        for agency in agencies
        for year in ("2025-26", "by 2025-26", "2026-27", "by 2026-27", "any")
        for outcome in figure_words.OUTCOMES
        for view in (*TITLES, "do_nothing")
    ]
    table = pd.DataFrame(keys, columns=["agency", "year", "outcome", "view"])
    return SimpleNamespace(
        chances=table.assign(probability=np.arange(len(table)) / len(table)),
        compiled=SimpleNamespace(years=("2025-26", "2026-27")),
        body=lambda agency: SimpleNamespace(name=name or agency.title()),
    )


def test_the_frame_of_a_map_has_outcomes_of_one_body_or_bodies_for_one_outcome() -> None:
    frame = chart_data.heat(run_of("fylde"), ["fylde"], ["needs_support", "duty_breached"])
    assert frame.Row.unique().tolist() == [figure_words.OUTCOMES[name] for name in ("needs_support", "duty_breached")]
    assert len(frame) == 2 * 2 * 2 and set(frame.View) == set(TITLES.values())
    assert set(frame.Year) == {"2025-26", "2026-27"}
    bodies = chart_data.heat(run_of("fylde", "pendle"), ["pendle", "fylde"], ["needs_support"])
    assert bodies.Row.unique().tolist() == ["Pendle", "Fylde"]
    alike = chart_data.heat(run_of("a", "b", name="Fylde"), ["a", "b"], ["needs_support"])
    assert alike.Row.unique().tolist() == ["Fylde (a)", "Fylde (b)"]
    all_inside(mapped(frame))


def test_a_frame_of_many_bodies_and_outcomes_or_of_none_is_refused() -> None:
    run = run_of("fylde", "pendle")
    with pytest.raises(ValueError, match="choose one of either"):
        chart_data.heat(run, ["fylde", "pendle"], ["needs_support", "duty_breached"])
    with pytest.raises(ValueError, match="no chances of `rain`"):
        chart_data.heat(run, ["fylde"], ["rain"])
