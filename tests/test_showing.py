"""Words, frames and figures: what people read and look at."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from simulator import chart_data, charts, figure_words, plain_english, summary_page
from simulator.money import in_millions
from simulator.register import judgements, register, unsourced
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.years import FinancialYear

ROOT = Path(__file__).resolve().parent.parent
BODY = "blackburn"


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(load(ROOT / "scenarios" / "blackburn-with-darwen.yaml").scenario, paths=2_000)


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return summary_page.summary(results, BODY, ["summary.md"])


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "none of the futures drawn"),
        (0.0001, "fewer than 1 in 100 futures"),
        (0.045, "4.5 in 100 futures"),
        (0.137, "14 in 100 futures"),
        (0.999, "more than 99 in 100 futures"),
        (1.0, "all of the futures drawn"),
    ],
)
def test_natural_frequencies(chance: float, words: str) -> None:
    assert plain_english.in_a_hundred(chance) == words


@pytest.mark.parametrize(
    ("pounds", "places", "words"),
    [(12_745_000, 3, "£12.745m"), (-3e6, 1, "-£3.0m"), (-1.0, 1, "£0.0m"), (1.5e9, 1, "£1,500.0m"), (0, 1, "£0.0m")],
)
def test_money_as_people_read_it(pounds: float, places: int, words: str) -> None:
    assert in_millions(pounds, places) == words


def test_the_underlying_position_and_usable_share_come_first(page: str) -> None:
    assert page.index("Underlying position") < page.index("Usable share") < page.index("The short answer")


def test_the_base_year_is_printed_with_its_residual(page: str) -> None:
    line = next(line for line in page.splitlines() if "as published" in line and "2024-25" in line)
    for figure in ("142.272", "12.745", "155.017", "153.531", "Residual: 1.486"):
        assert figure in line
    assert "348.215 less specific grants 205.930 = 142.285" in page
    assert "difference of 0.013" in page
    assert "£55.705m and opened 2022-23 at £57.126m" in page


def test_every_chance_in_the_answer_has_its_whole_sentence(results: Results) -> None:
    chances = [line for line in summary_page.short_answer(results, BODY) if "in 100 futures" in line]
    assert len(chances) == 3
    for line in chances:
        for part in ("As at 22 November 2026", "by 31 March 2029", "with sampling error"):
            assert part in line
        assert "before any new action" in line or "after managers respond" in line or "after action" in line
        assert "general fund" in line or "support is needed" in line
    assert "new savings from the budget of 2027-28" in chances[1]
    assert "controls on spending from 2026-27" in chances[1]


def test_no_chance_past_the_settlement_in_the_short_answer(results: Results) -> None:
    text = "\n".join(summary_page.short_answer(results, BODY))
    dates = {int(year) for year in re.findall(r"by 31 March (\d{4})", text)}
    assert dates == {2029}
    assert "Past the settlement" in text and "2034-35 lies between" in text


def test_the_page_shows_the_numbers_of_the_tables(results: Results, page: str) -> None:
    for view in ("before_action", "after_action"):
        for year in results.compiled.years:
            row = plain_english.money_row(results, BODY, "usable_reserves", view, year)
            below = plain_english.chance_row(results, BODY, "reserves_below_minimum", view, year)
            table = page.split(f"**{plain_english.TITLES[view]}**")[1].splitlines()
            shown = next(line for line in table if line.startswith(f"| {year}"))
            assert shown.startswith(f"| {year}\\* |") == (year > "2028-29")
            assert f"| {row.p50 / 1e6:,.1f} |" in shown
            assert plain_english.per_cent(below) in shown


def test_none_and_all_are_never_shown_as_certain() -> None:
    row = pd.Series({"probability": 0.0, "low95": 0.0, "high95": 0.0019, "paths": 2_000}, dtype=object)
    assert plain_english.per_cent(row) == "none of 2,000 (below 0.19%)"
    every = pd.Series({"probability": 1.0, "low95": 0.9981, "high95": 1.0, "paths": 2_000}, dtype=object)
    assert plain_english.per_cent(every) == "all of 2,000 (above 99.81%)"
    small = pd.Series({"probability": 0.0004, "low95": 0.0001, "high95": 0.002, "paths": 10_000}, dtype=object)
    assert plain_english.per_cent(small) == "under 0.1% (under 0.1% to 0.2%)"


@pytest.mark.parametrize(
    ("chance", "low", "high", "shown", "said"),
    [
        (0.0002, 0.0001, 0.0007, "under 0.1% (under 0.1%)", "under 0.1% with sampling error"),
        (0.0, 0.0, 0.0004, "none of 10,000 (below 0.04%)", "under 0.1% with sampling error"),
        (1.0, 0.9996, 1.0, "all of 10,000 (above 99.96%)", "over 99.9% with sampling error"),
        (0.9998, 0.9995, 0.9999, "over 99.9% (over 99.9%)", "over 99.9% with sampling error"),
        (0.4, 0.39996, 0.40004, "40.0% (40.0%)", "40.0% with sampling error"),
        (0.999, 0.998, 0.9997, "99.9% (99.8% to over 99.9%)", "99.8% to over 99.9% with sampling error"),
    ],
)
def test_ends_that_read_the_same_are_told_once(chance: float, low: float, high: float, shown: str, said: str) -> None:
    row = pd.Series({"probability": chance, "low95": low, "high95": high, "paths": 10_000}, dtype=object)
    assert (plain_english.per_cent(row), plain_english.interval(row)) == (shown, said)


def test_the_two_judgements_at_the_head_are_those_of_the_table(results: Results, page: str) -> None:
    once = plain_english.switched(results, BODY, "contribution one-off", "2029-30").probability
    recurs = plain_english.switched(results, BODY, "contribution recurrent", "2029-30").probability
    assert once - recurs > 0.2
    assert f"is {once:.0%} if it is one-off" in page and f"{recurs:.0%} if it is recurrent" in page
    moved = plain_english.money_row(results, BODY, "underlying_adjustment", "before_action", "2025-26")
    assert float(moved["mean"]) == pytest.approx((12.745 - 1.4863 - 1.073) * 1e6)
    assert "by £10.186m (12.745 less residual 1.486 less collection fund 1.073)" in page


def test_judgement_is_named_and_nothing_is_unsourced(results: Results, page: str) -> None:
    entries = register(results.scenario)
    assert not unsourced(entries)
    own = judgements(entries, f"agencies.{BODY}")
    assert len(own) >= 15
    for entry in own:
        assert entry.address.removeprefix(f"agencies.{BODY}.") in page
        assert entry.rationale, f"{entry.address} is judgement without a reason"
    assert "imply a pay bill of £" in page


def test_labels_cannot_carry_markup() -> None:
    assert "![" not in plain_english.cell("![x](http://e.example)<b>")


def test_fans_are_tidy_and_ordered(results: Results) -> None:
    frame = chart_data.fan(results, BODY, "gap")
    assert list(frame.columns) == ["View", "Year", "Band", "Low", "High", "Middle", "Central case"]
    assert len(frame) == 2 * 3 * results.compiled.horizon
    assert (frame.Low <= frame.Middle).all() and (frame.Middle <= frame.High).all()
    widths = frame.assign(width=frame.High - frame.Low).pivot_table(
        index=["View", "Year"], columns="Band", values="width"
    )
    assert (widths[50] <= widths[80]).all() and (widths[80] <= widths[90]).all()


def test_history_is_joined_from_published_reserves(results: Results) -> None:
    reserves = chart_data.reserves_history(results, BODY).set_index("Year")
    assert reserves["All reserves"]["2024-25"] == pytest.approx(79.637)
    assert reserves["Usable reserves"]["2024-25"] == pytest.approx(9 + 0.5 * 70.637)
    gap = chart_data.gap_history(results, BODY).set_index("Year").Gap
    # 2022-23 opens at the restated 57.126, not at the 55.705 that 2021-22 closed at.
    assert gap["2022-23"] == pytest.approx((57.126 + 7.717) - (54.450 + 6.941))
    assert gap["2024-25"] == pytest.approx(-12.745)


def test_figures_have_words_and_text_alternatives(results: Results) -> None:
    words = figure_words.reserves_words(results, BODY)
    drawn = charts.fan(results, BODY, "usable_reserves", words)
    svg = drawn["svg"].decode()
    assert words.headline in svg and "How to read this" in svg
    assert re.search(r"from £[\d.]+m to £[\d.]+m", words.alt) and "2034-35" in words.alt and BODY.title() in words.alt
    pixels = matplotlib.image.imread(BytesIO(drawn["png"]))
    colours = np.round(255 * pixels[..., :3]) @ [1, 256, 65_536]
    assert pixels.shape[1] > 1_000 and len(np.unique(colours)) > 50


def test_figures_are_the_same_bytes_each_time(results: Results) -> None:
    words = figure_words.gap_words(results, BODY)
    assert charts.fan(results, BODY, "gap", words) == charts.fan(results, BODY, "gap", words)


def test_a_page_on_a_terminal_has_no_marks_but_those_that_were_escaped(page: str) -> None:
    text = plain_english.for_terminal(page)
    assert "**" not in text and "`" not in text and "\\" not in text
    assert "2029-30*" in text
    assert max(len(line) for line in text.split("## What rests")[0].splitlines()) < 140


def test_every_chance_on_the_page_has_its_sampling_error(page: str) -> None:
    said = page.split("## What it starts from")[1].split("## Year by year")[0] + page.split("## What this does not")[1]
    chances = [
        line
        for line in said.splitlines()
        if any(words in line for words in ("in 100 futures", "falls below its minimum", "is usable and"))
    ]
    assert len(chances) == 6
    for line in chances:
        assert "sampling error" in line, line


def test_changes_head_the_page(results: Results) -> None:
    page = summary_page.summary(results, BODY, [], ("High inflation (high-inflation.yaml)",))
    assert page.splitlines()[2] == "**Changed for this run:** High inflation (high-inflation.yaml)."


def test_too_few_futures_are_said_to_be_too_few(results: Results) -> None:
    few = simulate(results.scenario, paths=50)
    assert "Too few futures for percentiles" in summary_page.summary(few, BODY, [])


def test_a_settlement_that_ended_before_the_run_quotes_ranges_only(results: Results) -> None:
    rules = results.scenario.rules.model_copy(update={"settlement_end": FinancialYear(2023)})
    past = simulate(results.scenario.model_copy(update={"rules": rules}), paths=1_000)
    text = "\n".join(summary_page.short_answer(past, BODY))
    assert "in 100 futures" not in text and "Past the settlement" in text


def test_an_empty_cell_keeps_its_place_on_a_terminal() -> None:
    page = "| A | B | C |\n| --- | ---: | ---: |\n| x |  | 3 |\n| y | 2 |  |\n"
    assert plain_english.for_terminal(page).splitlines()[:3] == ["A  B  C", "x     3", "y  2   "]
