"""What the first page shows of a run: its figures, words and tables, against the tables of the run."""

from __future__ import annotations

import re
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from places import blackburn
from small_shift import small
from test_charts import contrast

from simulator import behind_shown, headline_figures, lasting, overview_shown, place_captions, place_tables, year_steps
from simulator.answers import Answers, answers
from simulator.behind import Behind, behind
from simulator.blocks import Sample
from simulator.figure_words import OUTCOMES
from simulator.levers import AS_STATED, pay_growth
from simulator.pages import figures, matter_figures
from simulator.place_words import GAP, RESERVES, escaped
from simulator.plain_english import chance_row, in_a_hundred, money_row, share_interval
from simulator.register import register, unreasoned
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.shift_brief import ShortAnswer, short_answer
from simulator.shift_return_words import short_lines
from simulator.summary import chance

PLACE = Path(__file__).with_name("whole-place.yaml")
VIEW, PLAN_VIEW = "after_action", "before_action"


@pytest.fixture(scope="module")
def place() -> Results:
    return simulate(load(PLACE).scenario, paths=400, workers=1)


@pytest.fixture(scope="module")
def alone() -> Answers:
    return answers(blackburn().model_copy(update={"years": 5}), Sample(1_000, 1, 1))


@pytest.fixture(scope="module")
def found(alone: Answers) -> Behind:
    return behind(alone, ("blackburn", "duty_breached", VIEW, "2029-30"))


def test_every_kind_of_body_has_its_chance_with_its_interval(place: Results) -> None:
    wanted = {"icb": "missed_by_half_percent", "trust": "missed_by_half_percent", "vcse": "insolvent"}
    for body in place.scenario.bodies:
        chance = headline_figures.figures(place, body.id, VIEW, None)[0]
        row = chance_row(place, body.id, wanted.get(body.kind, "unfunded_gap"), VIEW, "by 2026-27")
        assert in_a_hundred(row.probability).startswith(chance.value)
        assert "31 March 2027" in chance.beneath and "%" in chance.beneath
        for said in ("After managers respond", "as at 22 November 2025", "400 futures"):
            assert said in chance.about


def test_the_middle_year_is_the_first_by_which_half_of_all_futures_have_had_it(alone: Answers) -> None:
    outcome, years = "reserves_below_minimum", alone.compiled.years
    for hit in (0, 499, 500, 1_000):
        table = alone.chances.copy()
        own = (table.outcome == outcome) & (table["view"] == VIEW) & table.year.isin([f"by {y}" for y in years[2:]])
        table.loc[(table.outcome == outcome) & (table["view"] == VIEW), "probability"] = 0.0
        table.loc[own, ["probability", "low95", "high95"]] = chance(hit, 1_000)[:3]
        year = headline_figures.figures(replace(alone, chances=table), "blackburn", VIEW, None)[1]
        row = chance_row(replace(alone, chances=table), "blackburn", outcome, VIEW, f"by {years[2]}")
        if hit >= 500:
            assert year.value == years[2]
            assert year.beneath.endswith(f"by its end ({share_interval(row.low95, row.high95)})")
        else:
            assert year.value == "Later"
            ends = share_interval(1 - row.high95, 1 - row.low95)
            assert year.beneath == f"than {years[-1]} in {in_a_hundred(1 - hit / 1_000)} ({ends})"


def test_headroom_is_told_only_once_found_and_bare_assumptions_are_those_of_the_register(alone: Answers) -> None:
    *_, room, bare = headline_figures.figures(alone, "blackburn", VIEW, None)
    assert (room.value, room.beneath) == ("Not run", "see the page Headroom")
    entries = register(alone.scenario)
    assert bare.value == f"{len(unreasoned(entries)):,}" and f"{len(entries):,}" in bare.beneath


def test_headroom_is_told_as_on_its_own_page_and_a_line_says_what_the_figures_are_of(alone: Answers) -> None:
    room = short_answer(small(), Sample(1_000))
    assert isinstance(room, ShortAnswer)
    said, found = short_lines(room.found)[0], headline_figures.figures(alone, "blackburn", VIEW, room)[2]
    assert said.startswith(f"**{found.value} a year**") and "by sampling" in found.beneath
    start, prices, interval = re.fullmatch(r"a year from (\S+), at (\S+) prices (\(.*\))", found.beneath).groups()  # type: ignore[union-attr]
    assert f"from {start} {interval}, at {prices} prices and full scale" in said
    told = headline_figures.about(alone, "blackburn", VIEW, room)
    for part in ("After managers respond, 1,000 futures, as at", "above are of the plan as approved", "whole place"):
        assert part in told
    assert "above" not in headline_figures.about(alone, "blackburn", PLAN_VIEW, None)


def test_what_a_body_holds_lasts_where_its_end_has_not_come(place: Results) -> None:
    for body in place.scenario.bodies:
        curve = lasting.lasting(place, body.id, VIEW)
        if body.kind == "icb":
            assert curve is None
            continue
        assert curve
        outcome = {"trust": "needs_cash_support", "vcse": "insolvent"}.get(body.kind, "unfunded_gap")
        years = list(place.compiled.years)
        gone = [chance_row(place, body.id, outcome, VIEW, f"by {year}") for year in years]
        assert list(curve.frame[lasting.YEAR]) == years
        assert list(curve.frame[lasting.LASTS]) == [100 * (1 - row.probability) for row in gone]
        assert (curve.frame[lasting.LASTS].diff().dropna() <= 0).all()
        assert (curve.frame[lasting.LOW] <= curve.frame[lasting.LASTS]).all()
        assert (curve.frame[lasting.LASTS] <= curve.frame[lasting.HIGH]).all()
        assert body.name in curve.words.headline and "as at 22 November 2025" in curve.words.how_to_read


def test_words_say_when_the_middle_future_runs_out(alone: Answers) -> None:
    table = alone.chances.copy()
    own = (table.outcome == "unfunded_gap") & (table["view"] == VIEW) & table.year.str.startswith("by ")
    table.loc[own, "probability"] = 0.0
    still = lasting.lasting(replace(alone, chances=table), "blackburn", VIEW)
    assert still and "last to 31 March 2030 in all of the futures drawn; in the middle future they are there still" in (
        still.words.headline
    )
    table.loc[own & table.year.isin(["by 2028-29", "by 2029-30"]), "probability"] = 0.6
    gone = lasting.lasting(replace(alone, chances=table), "blackburn", VIEW)
    assert gone and "in 40 in 100 futures; in the middle future they are gone in 2028-29" in gone.words.headline


def test_rows_of_the_map_are_bodies_or_the_outcomes_of_the_only_one(place: Results, alone: Answers) -> None:
    frame = place_tables.chances(place, VIEW)
    rows = behind_shown.cells(place, place.compiled.agency_ids)
    assert set(rows) == set(frame.Row)
    for row, (agency, outcome) in rows.items():
        year = frame.Year.iloc[-1]
        shown = frame[(frame.Row == row) & (frame.Year == year)].Chance.iloc[0]
        assert shown == chance_row(place, agency, outcome, VIEW, year).probability
    own = behind_shown.cells(alone, alone.compiled.agency_ids)
    assert set(own) == set(place_tables.chances(alone, VIEW).Row)
    assert own[OUTCOMES["unfunded_gap"]] == ("blackburn", "unfunded_gap")


def test_the_futures_behind_a_cell_are_counted_and_told_in_their_units(found: Behind) -> None:
    said = behind_shown.headline(found)
    assert f"in {found.missed:,} of 1,000 futures" in said and "2029-30" in said and "After managers respond" in said
    table = behind_shown.in_common(found)
    assert 0 < len(table) <= behind_shown.MOST_SHARED
    told = {escaped(one.name): one for one in found.shared}
    for _, row in table.iterrows():
        one = told[row[behind_shown.WHAT]]
        if one.unit == "growth":
            missed = float(row[behind_shown.MISSED].removesuffix("%"))
            assert log(1 + missed / 100) == pytest.approx(one.missed, abs=6e-4)
        assert row[behind_shown.APART].startswith(f"{one.apart.value:+.2f} (")
        assert abs(one.apart.value) >= behind_shown.LEAST_APART
    assert "need not be the cause" in behind_shown.in_common_about(found)


def test_three_examples_tell_their_years_and_how_to_trace_them(found: Behind) -> None:
    shown = list(behind_shown.examples(found))
    assert [degree for degree, _, _ in shown] == list(behind_shown.DEGREES)
    for (_, words, table), one in zip(shown, found.examples, strict=True):
        assert words.startswith(f"Future {one.path:,}, counted from nought.")
        assert list(table.Year) == list(found.answers.compiled.years)
        assert table["Gap, £m"].astype(float).to_list() == pytest.approx(list(one.gap / 1e6), abs=0.0501)
        assert [bool(said) for said in table.Missed] == list(one.missed)
        assert f"--path {one.path} --year 2029-30 --agency blackburn" in behind_shown.command(
            found, one.path, "out/mine"
        )
    assert behind_shown.nothing(found) == ""
    assert behind_shown.nothing(replace(found, missed=0)).startswith("No future does")
    assert behind_shown.nothing(replace(found, missed=1_000)).startswith("Every future does")


def test_the_plan_line_is_the_central_case_before_managers_respond(alone: Answers) -> None:
    fans = [place_tables.fan(alone, "blackburn", GAP, view) for view in (VIEW, PLAN_VIEW)]
    table = overview_shown.with_plan(*fans).set_index("Year")
    for year in alone.compiled.years:
        central = money_row(alone, "blackburn", GAP, PLAN_VIEW, year).central
        assert table.loc[year, overview_shown.PLAN] == pytest.approx(central / 1e6, abs=5e-4)
    before = [year for year in table.index if year < alone.compiled.years[0]]
    assert before and table.loc[before, overview_shown.PLAN].isna().all()


def test_what_was_drawn_from_reserves_is_told_to_be_no_past_of_the_gap(place: Results, alone: Answers) -> None:
    assert "is no past of the gap" in place_captions.known_read(alone, "blackburn", GAP)
    assert place_captions.known_read(alone, "blackburn", RESERVES) == ""
    assert place_captions.known_read(place, "board", GAP) == ""


def test_bars_lead_from_the_first_average_gap_to_the_last(alone: Answers) -> None:
    steps = year_steps.between_years(year_steps.every_step(alone), "blackburn", VIEW)
    bars = overview_shown.why_bars(steps)
    years = alone.compiled.years
    assert bars.Step.iloc[0] == f"Average gap in {years[0]}" and bars.Step.iloc[-1] == f"Average gap in {years[-1]}"
    start, end = (float(money_row(alone, "blackburn", GAP, VIEW, year)["mean"]) for year in (years[0], years[-1]))
    assert [bars["To, £m"].iloc[0], bars["To, £m"].iloc[-1]] == pytest.approx([start / 1e6, end / 1e6], abs=5e-4)
    assert "Interaction, indicative" in set(bars["What the bar is"])
    words = overview_shown.why_words(alone, steps, "blackburn", VIEW)
    assert "indicative" in words.how_to_read and years[0] in words.measured and "as at" in words.how_to_read
    assert len(overview_shown.why_table(bars)) == len(bars)
    at = [alone.kept["gap"][[one.name for one in alone.views].index(VIEW), 0, year] / 1e6 for year in (0, -1)]
    moved = at[1] - at[0]
    off = 1.959964 * moved.std(ddof=1) / len(moved) ** 0.5
    ends = f"{moved.mean():+,.2f}, reaches from {moved.mean() - off:+,.2f} to {moved.mean() + off:+,.2f} (95%, £m)"
    assert ends in words.how_to_read and "none is shown of each step alone" in words.how_to_read


def test_a_year_breaks_at_a_stroke_and_never_before_a_hyphen() -> None:
    # Two digits after a hyphen on a line of their own would read as an amount below nought.
    assert "slice(datum.value, 4)" not in figures.YEAR and "slice(datum.value, 2, 4) + '/'" in figures.YEAR


def test_what_is_drawn_stands_out_from_a_light_page_and_from_a_dark_one() -> None:
    for fill, ink in zip(matter_figures.FILLS, matter_figures.INKS, strict=True):
        assert min(contrast(fill, page) for page in ("#FFFFFF", "#171614")) >= 3 and contrast(fill, ink) >= 4.5
    # The outline of a pale cell tells it from a light page; a deep one is to be told from a dark page by itself.
    assert contrast(figures.DEEPEST, "#171614") >= 3 and contrast(figures.QUIET, "#FFFFFF") >= 3
    ends = [np.array(to_rgb(one)) for one in (figures.PALEST, figures.DEEPEST)]
    for at in np.linspace(0, 1, 101):
        ink = figures.INK if at < figures.NUMBERS_CHANGE else figures.PAPER
        assert contrast(tuple(ends[0] + at * (ends[1] - ends[0])), ink) >= 4.3


def test_levers_say_where_they_stand(alone: Answers) -> None:
    both = overview_shown.pulled(alone, 50, -1.0)
    assert "50% of the room for new savings" in both and "pay that grows 1 point a year slower" in both
    assert "savings that" not in overview_shown.pulled(alone, AS_STATED, 0.25)
    assert "0.25 points a year faster" in overview_shown.pulled(alone, AS_STATED, 0.25)
    lever = pay_growth(alone.scenario)
    assert lever
    said = overview_shown.pay_help(lever)
    assert "2.19% in 2027-28" in said and "Percentage points" in said and "judgement" in said


def test_tables_list_the_bodies_asked_for_and_rows_of_the_place(place: Results) -> None:
    every = {body.name for body in place.scenario.bodies}
    table = pd.DataFrame({"Of": ["Any body", *map(escaped, sorted(every))]})
    assert len(overview_shown.listed(table, place, every)) == len(table)
    north = overview_shown.listed(table, place, {"North Hospitals"})
    assert north.Of.to_list() == ["Any body", "North Hospitals"]
    owed = place_tables.owed(place, VIEW)
    assert overview_shown.of_either(owed, place, every).equals(owed)
    own = overview_shown.of_either(owed, place, {"North Hospitals"})
    assert 0 < len(own) < len(owed)
    assert ((own["Who owes"] == "North Hospitals") | (own.Whom == "North Hospitals")).all()
