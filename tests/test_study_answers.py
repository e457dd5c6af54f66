"""A study answered: cases beside the scenario as it stands, what moves a figure by every design, its page and words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from batches import batched, study

from simulator.charts import cells_of, dots_of
from simulator.charts.dots import draw as draw_dots
from simulator.designs import AS_IT_STANDS, planned
from simulator.plain_english import Words
from simulator.run import simulate
from simulator.studies import Study, Watched
from simulator.study_answers import Question, StudyAnswers, study_answers
from simulator.study_effects import Levels, effects
from simulator.study_file import LoadedStudy
from simulator.study_frames import cells
from simulator.study_page import study as page
from simulator.study_pictures import _classes, study_pictures
from simulator.study_words import answer, called, moved, moved_with_ends, ranked, stands_out, what, with_ends
from simulator.summary import Z95
from simulator.units import Head, Unit

BLACKBURN = "scenarios/blackburn-with-darwen.yaml"
WATCH = [
    {"id": "unfunded", "agency": "blackburn", "outcome": "unfunded_gap"},
    {"id": "reserves", "name": "Reserves", "agency": "blackburn", "measure": "usable_reserves", "year": "2027-28"},
    {"id": "tail", "agency": "blackburn", "measure": "gap", "year": "2027-28", "statistic": "p90"},
]
GRID: dict[str, Any] = {
    "set": {"years": 3}, "paths": 60, "watch": WATCH,
    "vary": [
        {"id": "care", "name": "Care demand", "address": "care_demand.long_run", "values": ["1%", "3%"]},
        {"id": "share", "name": "Usable share", "address": "reserves.usable_share", "values": ["40%", "50%"]},
    ],
}  # fmt: skip
Asked = tuple[LoadedStudy, StudyAnswers, dict[str, Unit]]


def answered(loaded: LoadedStudy, folder: Path) -> Asked:
    done = batched(loaded, folder)
    units = dict(done.units())
    asked = Question(loaded.study, loaded.base.case(), done.cases, done.watched, loaded.study.paths)
    found = study_answers(asked, units.items(), done.failures)
    return loaded, found, {case.id: unit for case, unit in units.items()}


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return answered(study(BLACKBURN, **GRID), tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    more = {
        "design": {"kind": "options"}, "vary": [], "watch": WATCH[:2], "set": {"years": 3}, "paths": 60,
        "options": [
            {"id": "same", "name": "Nothing else"},
            {"id": "care", "name": "Dearer care", "set": {"care_demand.long_run": "9%"}},
        ],
    }  # fmt: skip
    return answered(study(BLACKBURN, **more), tmp_path_factory.mktemp("options"))


def row(found: StudyAnswers, case: str, figure: str) -> pd.Series:
    return found.watched.set_index(["case", "id"]).loc[(case, figure)]


def test_the_scenario_as_it_stands_differs_from_itself_by_exactly_nothing(grid: Asked) -> None:
    _, found, _ = grid
    base = found.watched[found.watched.case == AS_IT_STANDS.id]
    assert len(base) == len(WATCH)
    assert (base[["difference", "difference_low95", "difference_high95"]] == 0.0).all(axis=None)


def test_a_row_is_that_of_the_run_alone(grid: Asked) -> None:
    loaded, found, _ = grid
    case = planned(loaded.study)[3]
    alone = simulate(loaded.base.case((), case.sets), paths=60, seed=1)
    at = alone.money_at["blackburn", "usable_reserves", "after_action", "2027-28"]
    assert row(found, case.id, "reserves").value == alone.agency_years["mean"].iloc[at]
    at = alone.money_at["blackburn", "gap", "after_action", "2027-28"]
    assert row(found, case.id, "tail").value == alone.agency_years.p90.iloc[at]


def test_a_difference_is_path_against_path(grid: Asked) -> None:
    _, found, units = grid
    kept, base = units["3"].kept, units[AS_IT_STANDS.id].kept
    assert kept is not None
    assert base is not None
    gone = kept.watched["reserves"] - base.watched["reserves"]
    told = row(found, "3", "reserves")
    half = Z95 * gone.std(ddof=1) / np.sqrt(60)
    assert (told.difference, told.difference_high95) == pytest.approx((gone.mean(), gone.mean() + half))
    assert told.high95 - told.low95 > told.difference_high95 - told.difference_low95


def test_cases_say_what_was_set_and_how_they_went(grid: Asked) -> None:
    _, found, _ = grid
    assert list(found.cases.status) == ["done"] * 5
    assert list(found.cases.vary_care) == ["", "1%", "1%", "3%", "3%"]
    assert list(found.cases.vary_share) == ["", "40%", "50%", "40%", "50%"]
    assert found.cases.meaning_sha256.nunique() == 5
    assert max(found.checks.values()) < 0.005


def test_what_moves_a_figure_of_a_grid_is_the_difference_of_averages(grid: Asked) -> None:
    _, found, _ = grid
    values = {case: row(found, case, "reserves").value for case in "1234"}
    by_hand = (values["1"] + values["2"]) / 2 - (values["3"] + values["4"]) / 2
    told = found.effects.set_index(["id", "varied"]).loc[("reserves", "care")]
    assert told.value == pytest.approx(by_hand)
    assert told.note == "lowest at 3%, highest at 1%"
    assert told.low95 < told.value < told.high95
    assert ranked(found, found.figures[1]).iloc[0].varied in {"care", "share"}


def test_refused_and_missing_cases_are_told(grid: Asked) -> None:
    loaded, found, units = grid
    cases = planned(loaded.study)
    head = units["2"].head
    said = Unit(Head(head.key, "refused", "", 0.1, ""), 60, 1, ("file.yaml: this share is between 0% and 100%",))
    some = [(cases[0], units[AS_IT_STANDS.id]), (cases[2], said)]
    asked = Question(loaded.study, found.scenario, cases, found.figures, 60)
    part = study_answers(asked, some, {"3": "OSError: a fault"})
    assert list(part.cases.status) == ["done", "not yet done", "refused", "not yet done", "not yet done"]
    assert [part.count(one) for one in ("done", "refused", "not yet done")] == [0, 1, 3]
    text = page(part)
    assert "1 refused, 3 not yet done" in text
    assert "this share is between 0% and 100%" in text
    assert "OSError: a fault" in text
    assert study_pictures(part) == {}


def test_a_page_says_what_was_asked_the_answer_and_how_sure(grid: Asked) -> None:
    _, found, _ = grid
    pictures = study_pictures(found)
    text = page(found, pictures)
    for words in (
        "4 cases and the scenario as it stands", "the same 60 futures", "Care demand (1%, 3%)", "## In short",
        "moves it most", "## The figures watched", "## Cases", "95% intervals", "![](study-unfunded)",
        "![](study-reserves)", "Known as at 22 November 2026", "£m",
    ):  # fmt: skip
        assert words in text
    short = page(found, short=True)
    assert "## Cases" not in short
    assert len(short) < len(text)
    assert b"Care demand" in pictures["study-reserves"]["svg"]


def test_options_are_compared_with_the_scenario_as_it_stands(options: Asked) -> None:
    _, found, _ = options
    table = found.options.set_index("id")
    assert list(table.index) == [AS_IT_STANDS.id, "same", "care"]
    assert (table.loc["same", ["mean_against", "mean_against_low95", "mean_against_high95"]] == 0.0).all()
    assert table.loc["care", "mean_against_high95"] < 0
    assert table.loc["same", "regret_most"] < table.loc["care", "regret_most"]
    told = " ".join(answer(found))
    assert "Nothing else: no chance watched moves by more than sampling error." in told
    text = page(found, study_pictures(found))
    assert "## The options" in text
    assert "## For whom" in text
    assert "| Dearer care |" in text


def test_a_duty_is_kept_only_where_systems_keep_their_totals_too(tmp_path: Path) -> None:
    more = {
        "design": {"kind": "options"}, "vary": [], "watch": [], "paths": 300, "set": {"years": 2},
        "options": [{"id": "same", "name": "Nothing else"}],
    }  # fmt: skip
    _, found, units = answered(study(Path(__file__).parent / "whole-place.yaml", **more), tmp_path)
    for case, unit in units.items():
        table = unit.chances.set_index(["outcome", "view", "year"])
        breached = table.loc[("any_duty_breached", "after_action", "any")].probability
        assert found.options.set_index("id").satisfied[case] == pytest.approx(1 - breached, abs=1e-12)


def test_a_case_without_a_figure_is_shown_without_it(tmp_path: Path) -> None:
    watch = [{"id": "late", "agency": "blackburn", "measure": "gap", "year": "2027-28"}]
    vary = [{"id": "horizon", "address": "years", "values": ["2", "3"]}]
    _, found, _ = answered(study(BLACKBURN, watch=watch, vary=vary, paths=30, set={"years": 3}), tmp_path)
    text = page(found, study_pictures(found))
    assert "| – |" in text


def test_without_the_base_no_case_is_set_against_another(grid: Asked) -> None:
    loaded, whole, units = grid
    rest = [(case, units[case.id]) for case in planned(loaded.study) if case.id != AS_IT_STANDS.id]
    asked = Question(loaded.study, loaded.base.case(), planned(loaded.study), whole.figures, 60)
    found = study_answers(asked, rest, {})
    assert found.watched.value.notna().all() and found.watched.difference.isna().all()


SAID = {"headroom": 1, "study": "s", "name": "s", "scenario": "s.yaml"}
RANGES = [
    {"id": "one", "address": "a.one", "low": 0, "high": 2},
    {"id": "two", "address": "a.two", "low": "10%", "high": "30%"},
    {"id": "none", "address": "a.none", "low": 1, "high": 3},
]
FIGURE = Watched(id="y", agency="a", measure="gap", year="2026-27")


@pytest.mark.parametrize(
    ("design", "measure"),
    [
        ({"kind": "latin_hypercube", "cases": 12}, "over_its_range"),
        ({"kind": "sobol", "cases": 16}, "over_its_range"),
        ({"kind": "morris", "trajectories": 4}, "mean_size"),
        ({"kind": "sobol_indices", "points": 64}, "share_in_all"),
    ],
)
def test_every_design_finds_what_moves_a_straight_line(design: dict[str, Any], measure: str) -> None:
    asked = Study.model_validate(SAID | {"design": design, "vary": RANGES})
    cases = planned(asked)
    values = np.array([3 * case.point[0] - 10 * case.point[1] if case.point else np.nan for case in cases])
    levels = Levels(asked)
    for case, value in zip(cases, values, strict=True):
        levels.add(FIGURE, case, np.full(5, value))  # no luck
    found = effects(asked, cases, [FIGURE], values[None], levels)
    own = found[found.measure == measure].set_index("varied")
    # Over their ranges they move it by 6, -2 and nothing; of the variance that is nine tenths, a tenth and none.
    wanted = {"over_its_range": (6, -2, 0), "mean_size": (6, 2, 0), "share_in_all": (0.9, 0.1, 0)}[measure]
    near = 0.03 if measure == "share_in_all" else 1e-9
    assert own.value.loc[["one", "two", "none"]].to_numpy() == pytest.approx(np.array(wanted), abs=near)
    assert stands_out(own.loc["one"])
    assert not stands_out(own.loc["none"])


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_a_slope_has_the_luck_that_all_cases_share_in_its_interval(kind: str) -> None:
    asked = Study.model_validate(SAID | {"design": {"kind": kind, "cases": 16}, "vary": RANGES})
    cases, rng, covered = planned(asked), np.random.default_rng(7), 0
    for _ in range(100):
        steep = 3 + 4 * rng.standard_normal(50)  # the slope differs between futures, and is 3 on average over all
        levels, values = Levels(asked), np.full(len(cases), np.nan)
        for n, case in enumerate(cases[1:], start=1):
            own = steep * case.point[0] - 10 * case.point[1]
            levels.add(FIGURE, case, own)
            values[n] = own.mean()
        found = effects(asked, cases, [FIGURE], values[None], levels)
        row = found[found.measure == "over_its_range"].set_index("varied").loc["one"]
        slopes = levels.slopes(FIGURE, cases[1:])
        assert slopes is not None and slopes[0] == pytest.approx(2 * steep)
        assert row.value == pytest.approx(2 * steep.mean())
        luck = Z95 * 2 * steep.std(ddof=1) / np.sqrt(50)
        assert luck <= row.high95 - row.value < 1.5 * luck
        covered += row.low95 <= 6 <= row.high95
    assert covered >= 90


def test_a_slope_of_a_percentile_has_no_interval_and_one_of_the_central_case_that_of_the_line() -> None:
    asked = Study.model_validate(SAID | {"design": {"kind": "latin_hypercube", "cases": 12}, "vary": RANGES})
    values = np.array([case.point[0] ** 2 if case.point else np.nan for case in planned(asked)])
    rows = {}
    for statistic in ("p90", "central"):
        one = FIGURE.model_copy(update={"statistic": statistic})
        rows[statistic] = effects(asked, planned(asked), [one], values[None], Levels(asked)).iloc[0]
    assert np.isnan(rows["p90"].low95) and rows["p90"].value == rows["central"].value
    assert 0 < rows["central"].low95 < rows["central"].value < rows["central"].high95


def test_too_few_cases_say_nothing_rather_than_something() -> None:
    asked = Study.model_validate(SAID | {"design": {"kind": "latin_hypercube", "cases": 5}, "vary": RANGES})
    assert effects(asked, planned(asked), [FIGURE], np.ones((1, 6)), Levels(asked)).empty
    shares = Study.model_validate(SAID | {"design": {"kind": "sobol_indices", "points": 2}, "vary": RANGES})
    values = np.ones((1, shares.cases))
    values[0, 3] = np.nan
    assert effects(shares, planned(shares), [FIGURE], values, Levels(shares)).empty


CHANCE = Watched(id="c", agency="a", outcome="unfunded_gap", year="by 2028-29")


@pytest.mark.parametrize(
    ("size", "chance", "money"),
    [
        (0.0, "0", "0"),
        (0.0001, "under 0.1 points", "under £0.1m"),
        (-0.0001, "under 0.1 points", "under £0.1m"),
        (0.032, "+3.2 points", "+£3.2m"),
        (-0.5, "-50.0 points", "-£50.0m"),
    ],
)
def test_a_move_is_never_told_as_nought_unless_it_is(size: float, chance: str, money: str) -> None:
    assert moved(CHANCE, size) == chance
    assert moved(FIGURE, size * 1e8) == money


def test_intervals_are_in_the_unit_of_what_they_stand_beside() -> None:
    assert moved_with_ends(CHANCE, 0.032, 0.025, 0.039) == "+3.2 points (2.5 to 3.9)"
    assert moved_with_ends(FIGURE, -1.4e6, -2.0e6, -0.8e6) == "-£1.4m (-2.0 to -0.8)"
    assert moved_with_ends(FIGURE, 1.4e6, float("nan"), float("nan")) == "+£1.4m"
    whole = pd.Series({"value": 0.142, "low95": 0.127, "high95": 0.158})
    assert with_ends(CHANCE, whole) == "14.2% (12.7% to 15.8%)"
    assert with_ends(FIGURE, pd.Series({"value": 3.2e6, "low95": np.nan, "high95": np.nan})) == "3.2"


def test_a_figure_is_called_by_what_it_is(grid: Asked) -> None:
    scenario = grid[1].scenario
    assert called(CHANCE, scenario) == ("A gap that usable reserves cannot meet, by the end of 2028-29, after action")
    assert what(FIGURE) == "Gap, 2026-27, on average, after action"
    assert what(FIGURE.model_copy(update={"statistic": "p90"})) == "Gap, 2026-27, the 90th percentile, after action"
    assert called(FIGURE.model_copy(update={"name": "Ours"}), scenario) == "Ours"


WORDS = Words("Headline", "measured", "how to read", "alt")


def test_a_grid_lacks_no_cell_and_has_none_twice() -> None:
    frame = pd.DataFrame({
        "Row": ["a", "a", "b"], "Column": ["x", "y", "x"], "Label": ["1", "2", "3"], "Class": [0, 1, 1],
        "Base": [True, False, False],
    })  # fmt: skip
    with pytest.raises(ValueError, match="one cell, and only one"):
        cells_of(frame, WORDS, ["low", "high"], "across")
    whole = pd.concat([frame, frame[:1].assign(Row="b", Column="y", Base=False)])
    with pytest.raises(ValueError, match="7 colours, and 8 classes"):
        cells_of(whole, WORDS, ["one"] * 8, "across")
    drawn = cells_of(whole, WORDS, ["low", "high"], "across")["svg"]
    assert b"outlined: the scenario as it stands" in drawn


@pytest.mark.parametrize(
    ("chances", "names", "places"),
    [
        ([0.11, 0.16, 0.23], ["10% to 11%", "12% to 13%", "14% to 15%", "16% to 17%", "18% to 19%", "20% to 21%",
                              "22% to 23%"], [0, 3, 6]),
        ([0.0, 0.004, 0.03], ["0%", "1%", "2%", "3%"], [0, 0, 3]),
        ([0.02, 0.5, 1.0], ["0% to 19%", "20% to 39%", "40% to 59%", "60% to 79%", "80% to 99%", "100%"], [0, 2, 5]),
        ([0.3, 0.3], ["30%"], [0, 0]),
    ],
)  # fmt: skip
def test_chances_of_a_grid_are_classed_by_the_range_that_they_have(
    chances: list[float], names: list[str], places: list[int]
) -> None:
    assert _classes(CHANCE, pd.Series(chances)) == (names, places)


def test_a_grid_says_where_the_scenario_stands_and_how_sure_its_cells_are(grid: Asked) -> None:
    _, found, _ = grid
    frame, words = cells(found, found.figures[1]) or (pd.DataFrame(), WORDS)
    rows = found.watched[(found.watched.id == "reserves") & (found.watched.case != AS_IT_STANDS.id)]
    assert list(frame.Alike) == list((rows.difference_low95 <= 0) & (rows.difference_high95 >= 0))
    for said in ("which is none of the cells, gives £", "sampling error of it", "own 95% interval is at most £"):
        assert said in words.how_to_read
    hatched = cells_of(frame.assign(Class=0, Base=False, Alike=True), WORDS, ["all"], "across")["svg"]
    assert b"hatched: not told apart from the scenario as it stands" in hatched


def test_dots_are_measured_from_nought() -> None:
    frame = pd.DataFrame({
        "Name": ["a", "b"], "Value": [8.0, 8.4], "Low": [7.9, 8.1], "High": [8.1, 8.6], "Label": ["1", "2"],
        "Marked": [False, False],
    })  # fmt: skip
    for sign in (1, -1):
        turned = frame.assign(Value=sign * frame.Value, Low=sign * frame.Low, High=sign * frame.High)
        figure = draw_dots(turned, WORDS, "£m")
        low, high = figure.axes[0].get_xlim()
        assert low < 0 < high


def test_dots_without_an_interval_are_drawn_and_none_at_all_refused() -> None:
    frame = pd.DataFrame({
        "Name": ["a", "b"], "Value": [1.0, 2.0], "Low": [np.nan, 1.5], "High": [np.nan, 2.5], "Label": ["1", "2"],
        "Marked": [False, True],
    })  # fmt: skip
    assert b"marked so" in dots_of(frame, WORDS, "unit", "marked so")["svg"]
    with pytest.raises(ValueError, match="one at least"):
        dots_of(frame[:0], WORDS, "unit")


def test_a_study_of_many_cases_lists_those_at_either_end(grid: Asked) -> None:
    _, found, _ = grid
    cases = pd.concat(
        [found.cases[:1], *[found.cases[1:2].assign(case=f"x{n:02d}", name=f"Case {n}") for n in range(40)]]
    )
    rows = [found.watched[found.watched.case == AS_IT_STANDS.id]]
    rows += [rows[0].assign(case=f"x{n:02d}", value=n / 100, difference=0.01) for n in range(40)]
    many = replace(found, cases=cases, watched=pd.concat(rows))
    text = page(many)
    assert "| Case 0 |" in text
    assert "| Case 39 |" in text
    assert "| Case 20 |" not in text
    assert "Of 41 cases those with the lowest and highest first figure" in text
