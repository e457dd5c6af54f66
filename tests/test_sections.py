"""The error of percentiles, tails and regrets: by hand, by what must hold, and against the spread over many seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batches import SMALL, study

from simulator.batch_plan import plan
from simulator.designs import planned
from simulator.option_choice import Outlook, compared, regrets, tail_mean
from simulator.sections import SECTIONS, ends, half_width, percentiles, sections
from simulator.shared_luck import SharedLuck
from simulator.studies import Study, Watched
from simulator.study_answers import Question, StudyAnswers, study_answers
from simulator.study_effects import Levels, effects
from simulator.study_page import study as page
from simulator.study_words import answer, pounds_with_ends, stands_out
from simulator.summary import quantiles
from simulator.workers import Asked, unit_of

PATHS = 1_000
WATCH = [{"id": "tail", "agency": "council", "measure": "gap", "year": "2026-27", "statistic": "p90"}]
PAY = """
drivers: [{id: pay, name: Pay, long_run: 3%, spread: 2%, source: made_up}]
baskets: [{id: cost, shares: {pay: 100%}, source: made_up}]
"""
GRID: dict[str, Any] = {
    "paths": PATHS, "watch": WATCH,
    "vary": [{"id": "pay", "name": "Pay", "address": "pay.spread", "values": ["1%", "4%"]}],
}  # fmt: skip
OPTIONS: dict[str, Any] = {
    "paths": PATHS, "watch": WATCH, "vary": [], "design": {"kind": "options"},
    "options": [
        {"id": "shy", "name": "Shyer", "set": {"pay.spread": "1%"}},
        {"id": "bold", "name": "Bolder", "set": {"pay.spread": "4%"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small council with pay that nobody knows beforehand: enough luck for a tail, and quick to draw again."""
    text = SMALL.read_text(encoding="utf-8").replace("net: 50.0,", "net: 50.0, basket: cost,")
    (file := tmp_path_factory.mktemp("tiny") / "tiny.yaml").write_text(text + PAY, encoding="utf-8")
    return file


def drawn(seed: int, *shape: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.Generator(np.random.Philox(seed)).normal(size=shape)


def test_paths_are_cut_into_equal_sections_and_the_rest_is_left_out() -> None:
    cut = sections(np.arange(1_015.0), 90)
    assert cut is not None
    assert cut.shape == (SECTIONS, 50)
    assert list(cut[1, :2]) == [50.0, 51.0]
    assert cut.max() == 999.0
    several = sections(drawn(1, 3, 1_000), 10)
    assert several is not None and several.shape == (3, SECTIONS, 50)


@pytest.mark.parametrize(("percent", "least"), [(90, 1_000), (10, 1_000), (95, 2_000), (75, 400), (50, 200)])
def test_an_error_is_told_from_five_paths_beyond_in_every_section(percent: int, least: int) -> None:
    assert sections(np.zeros(least), percent) is not None
    assert sections(np.zeros(least - 1), percent) is None
    assert percentiles(np.zeros(least - 1), percent) is None
    assert np.isnan(ends(lambda one: quantiles(one, (percent,))[0], np.zeros(least - 1), percent)).all()


def test_a_half_width_by_hand() -> None:
    each = np.array([1.0, -1.0] * 10)
    # The spread is sqrt(20 / 19), its mean's error that over sqrt(20); Student's on 19 degrees is 2.0930.
    assert half_width(each, 0.0) == pytest.approx(2.0930240544 * np.sqrt(20 / 19 / 20))
    assert half_width(np.full(SECTIONS, 3.0), 3.0) == 0.0


def test_what_is_the_same_on_every_path_has_no_error() -> None:
    assert ends(tail_mean, np.full(1_000, 7.0), 10) == (7.0, 7.0)


def test_an_interval_moves_and_grows_with_what_it_is_of() -> None:
    paths = drawn(2, 1_000)
    low, high = ends(tail_mean, paths, 10)
    assert low < tail_mean(paths) < high
    assert ends(tail_mean, 3 * paths + 5, 10) == pytest.approx((3 * low + 5, 3 * high + 5))
    more = ends(tail_mean, drawn(3, 16_000), 10)
    assert (more[1] - more[0]) == pytest.approx((high - low) / 4, rel=0.5)


@pytest.mark.parametrize("figure", ["tail", "regret"])
def test_intervals_hold_the_truth_about_as_often_as_they_say(figure: str) -> None:
    """The lowest tenth of a normal has the mean -1.75498; the larger of two normals less one is at P90 1.8124."""
    covered = 0
    for seed in range(200):
        if figure == "tail":
            low, high = ends(tail_mean, drawn(seed, 2_000), 10)
            covered += low <= -1.7549833193 <= high
        else:
            given_up = regrets(drawn(seed, 2, 2_000))[1]
            low, high = ends(lambda one: quantiles(one, (90,))[0], given_up, 90)
            covered += low <= np.sqrt(2) * 1.2815515655 <= high
    assert 0.9 <= covered / 200 <= 0.99


def test_a_table_of_options_has_an_interval_of_every_figure_but_two() -> None:
    made = [
        Outlook(
            f"o{n}", f"Option {n}", 1e6 * drawn(n, 2, 1_000), keeps := drawn(n + 9, 2, 1_000) < 1, keeps.all(axis=0)
        )
        for n in range(3)
    ]
    table = compared(made, ("council", "trust"))
    for name in ("mean", "p10", "median", "worst_tenth", "regret_p90", "worst_share", "satisfied"):
        assert (table[f"{name}_low95"] < table[name]).all() and (table[name] < table[f"{name}_high95"]).all()
    few = compared(
        [Outlook("a", "A", made[0].held[:, :90], made[0].keeps[:, :90], made[0].place_keeps[:90])], ("c", "t")
    )
    assert np.isnan(few.worst_tenth_low95[0]) and np.isnan(few.regret_p90_high95[0])
    assert pounds_with_ends(1.2e6, float("nan"), float("nan")) == "1.2"


def asked(tiny: Path, seed: int, paths: int = PATHS) -> tuple[StudyAnswers, StudyAnswers]:
    """The same three cases as a study of options and as a grid, answered in this process on one seed."""
    loaded, grid = (study(tiny, **more | {"seed": seed, "paths": paths}) for more in (OPTIONS, GRID))
    made, luck = plan(loaded), SharedLuck()
    units = [
        unit_of(made.task, Asked(key, case.overlays, case.sets), luck)
        for case, key in zip(made.cases, made.keys, strict=True)
    ]
    found = [
        study_answers(
            Question(one.study, one.base.case(), planned(one.study), made.task.watched, paths),
            zip(planned(one.study), units, strict=True),
        )
        for one in (loaded, grid)
    ]
    return found[0], found[1]


def spread(values: list[float], halves: list[float]) -> float:
    """The mean half width as a share of what the spread over seeds makes of it."""
    return float(np.mean(halves) / (1.96 * np.std(values, ddof=1)))


def over_seeds(tiny: Path, seeds: int) -> dict[str, float]:
    """How each interval compares with the spread of its figure over seeds, at 1 if it is as wide as it should be."""
    found: dict[str, list[tuple[float, float]]] = {"grid": [], "worst_tenth": [], "regret_p90": []}
    for seed in range(1, seeds + 1):
        options, grid = asked(tiny, seed)
        effect, row = grid.effects.iloc[0], options.options.iloc[2]
        found["grid"].append((effect.value, effect.high95 - effect.value))
        for name in ("worst_tenth", "regret_p90"):
            found[name].append((row[name], row[f"{name}_high95"] - row[name]))
    return {name: spread(*map(list, zip(*rows, strict=True))) for name, rows in found.items()}  # type: ignore[arg-type]


def test_intervals_are_as_wide_as_the_spread_over_a_dozen_seeds(tiny: Path) -> None:
    """Of a dozen seeds the spread itself is known to about a fifth either way."""
    assert all(0.5 < share < 2.0 for share in over_seeds(tiny, 12).values())


@pytest.mark.prove
def test_intervals_are_as_wide_as_the_spread_over_many_seeds(tiny: Path) -> None:
    assert all(0.75 < share < 1.35 for share in over_seeds(tiny, 100).values())


@pytest.fixture(scope="module")
def told(tiny: Path) -> StudyAnswers:
    return asked(tiny, 1)[0]


def test_pages_tell_the_interval_of_regret_and_of_the_worst_tenth(told: StudyAnswers) -> None:
    text = page(told)
    row = next(line for line in text.splitlines() if line.startswith("| Bolder |"))
    assert row.count(" to ") >= 6
    assert "with more of them it can only rise" in text
    said = next(one for one in answer(told) if one.startswith("The least regret"))
    assert "have no sampling interval" not in said
    assert " to " in said


def test_few_futures_say_that_the_error_is_not_known(tiny: Path) -> None:
    found = asked(tiny, 1, 100)[0]
    assert any("with a sampling error that is not known on so few futures" in one for one in answer(found))


RANGES = [
    {"id": "one", "address": "a.one", "low": 0, "high": 2},
    {"id": "two", "address": "a.two", "low": 1, "high": 3},
]
TAIL = Watched(id="y", agency="a", measure="gap", year="2026-27", statistic="p90")


@pytest.mark.parametrize("design", [{"kind": "latin_hypercube", "cases": 12}, {"kind": "grid", "steps": 2}])
def test_a_percentile_that_follows_what_is_varied_has_the_luck_of_the_futures_in_its_interval(
    design: dict[str, Any],
) -> None:
    """On every future the gap is its luck times the value varied, so at P90 the move is twice the P90 of that luck."""
    said = {"headroom": 1, "study": "s", "name": "s", "scenario": "s.yaml", "design": design, "vary": RANGES}
    asked_of, true, covered = Study.model_validate(said), 2 * 1.2815515655, 0
    cases = planned(asked_of)
    for seed in range(40):
        luck, levels, values = drawn(seed, 2_000), Levels(asked_of), np.full(len(cases), np.nan)
        for n, case in enumerate(cases[1:], start=1):
            along = luck * case.point[0]
            levels.add(TAIL, case, along)
            values[n] = quantiles(along, (90,))[0]
        found = effects(asked_of, cases, [TAIL], values[None], levels)
        row = found[found.varied == "one"].iloc[0]
        assert row.value == pytest.approx(2 * quantiles(luck, (90,))[0])
        covered += row.low95 <= true <= row.high95
        still = found[found.varied == "two"].iloc[0]
        assert still.value == pytest.approx(0, abs=1e-9) and not stands_out(still)
    assert 0.85 <= covered / 40 <= 1.0
