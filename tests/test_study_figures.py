"""Figures that a study watches: equal to the public tables in every row, with intervals that mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.answers import Answers, answers
from simulator.blocks import Sample
from simulator.run import load_scenario
from simulator.scenario import Scenario
from simulator.sections import SECTIONS
from simulator.studies import Study, Watched
from simulator.study_figures import (
    NotWatchedError,
    Paths,
    Rows,
    along,
    difference,
    interval,
    unit,
    watching,
)
from simulator.summary import Z95, chance, quantiles

PLACE = Path(__file__).with_name("whole-place.yaml")
MISSED = Watched(id="missed", agency="council", outcome="duty_breached")
MEAN = Watched(id="mean", agency="council", measure="gap", year="2026-27")


@pytest.fixture(scope="module")
def place() -> Scenario:
    return load_scenario(str(PLACE), sets=["years=3"])


@pytest.fixture(scope="module")
def found(place: Scenario) -> Answers:
    return answers(place, Sample(60, 1, 1))


@pytest.fixture(scope="module")
def seen(place: Scenario, found: Answers) -> Paths:
    return Paths(found.compiled, place.place.id, found.kept, found.happened, found.missed)


def test_a_chance_in_the_public_table_is_the_share_of_paths_watched(found: Answers, seen: Paths) -> None:
    for _, row in found.chances[::5].iterrows():
        one = Watched(id="one", agency=row.agency, outcome=row.outcome, year=row.year, view=row["view"])
        paths = along(one, seen)
        assert paths.dtype == bool
        assert paths.mean() == row.probability == Rows().value(one, found.agency_years, found.chances)
        assert interval(one, row.probability, paths) == (row.probability, row.low95, row.high95)


def test_an_amount_in_the_public_table_is_that_of_the_paths_watched(found: Answers, seen: Paths) -> None:
    rows = Rows()  # one for all, so that a place remembered for another row is never taken
    for _, row in found.agency_years[::7].iterrows():
        about = {"agency": row.agency, "measure": row.measure, "year": row.year, "view": row["view"]}
        paths = along(Watched(id="one", **about), seen)
        assert paths.mean() == pytest.approx(row["mean"], rel=1e-12, abs=1e-6)
        assert quantiles(np.asarray(paths, dtype=float), (90,))[0] == row.p90
        tail = Watched(id="one", statistic="p90", **about)
        assert rows.value(tail, found.agency_years, found.chances) == row.p90


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"agency": "nobody", "outcome": "duty_breached"}, "nobody has no duty_breached; these bodies have: "),
        ({"outcome": "bankrupt"}, "no body of this scenario has bankrupt; there are: "),
        ({"measure": "fun", "year": "2026-27"}, "no body of this scenario has fun; there are: "),
        ({"measure": "gap", "year": "2050-51"}, "2050-51 is not projected; the years are 2025-26 to 2027-28"),
        ({"outcome": "made_worse", "view": "before_action"}, "watch it after_action"),
        ({"agency": "made_up", "outcome": "unfunded_gap"}, "made_up has no unfunded_gap"),
    ],
)
def test_a_figure_that_is_not_there_is_told(more: dict[str, str], words: str, seen: Paths) -> None:
    council = seen.compiled.agency_ids[0]
    with pytest.raises(NotWatchedError, match=words):
        along(Watched.model_validate({"id": "one", "agency": council} | more), seen)


def test_a_row_that_is_not_in_the_tables_is_told(found: Answers) -> None:
    with pytest.raises(NotWatchedError, match="the tables hold 0 rows of nobody"):
        Rows().value(Watched(id="one", agency="nobody", outcome="duty_breached"), found.agency_years, found.chances)


@pytest.mark.parametrize("statistic", ["mean", "p10", "p90", "central"])
def test_a_figure_against_itself_differs_by_exactly_nothing(statistic: str) -> None:
    paths = np.random.Generator(np.random.Philox(1)).normal(size=400)
    one = MEAN.model_copy(update={"statistic": statistic})
    assert difference(one, 0.0, paths, paths.copy()) == (0.0, 0.0, 0.0)
    assert difference(MISSED, 0.0, paths > 1, paths > 1, same=True) == (0.0, 0.0, 0.0)


def test_chances_that_no_path_drawn_tells_apart_may_still_differ() -> None:
    none = np.zeros(1_000, dtype=bool)
    alike = difference(MISSED, 0.0, none, none)
    assert alike.low == -alike.high and 0 < alike.high < 0.005
    few = none.copy()
    few[:3] = True
    up, down = difference(MISSED, 0.003, few, none), difference(MISSED, -0.003, none, few)
    told = chance(3, 1_000)
    assert (up.low, up.high) == (told.low, told.high)
    assert (down.low, down.high) == (-told.high, -told.low)


def test_a_difference_of_chances_has_the_interval_of_mcnemar() -> None:
    own = np.array([True] * 30 + [False] * 70)
    base = np.array([True] * 20 + [False] * 5 + [False] * 70 + [True] * 5)
    moved, only_own, only_base = 0.05, 10, 5
    error = np.sqrt(((only_own + only_base) / 100 - moved**2) / 100)
    found = difference(MISSED, moved, own, base)
    assert found == pytest.approx((moved, moved - Z95 * error, moved + Z95 * error))


def test_a_difference_of_means_is_paired() -> None:
    luck = np.random.Generator(np.random.Philox(2)).normal(0, 100, size=1_000)
    found = difference(MEAN, 5.0, luck + 5.0, luck)
    assert found == pytest.approx((5.0, 5.0, 5.0))
    apart = interval(MEAN, float(luck.mean()), luck)
    assert apart.high - apart.low == pytest.approx(2 * Z95 * luck.std(ddof=1) / np.sqrt(1_000))


def test_a_difference_of_percentiles_is_known_where_the_shift_is_and_not_where_paths_are_few() -> None:
    luck = np.random.Generator(np.random.Philox(3)).normal(0, 100, size=2_000)
    tail = MEAN.model_copy(update={"statistic": "p90"})
    assert difference(tail, 7.0, luck + 7.0, luck) == pytest.approx((7.0, 7.0, 7.0))
    few = difference(tail, 7.0, luck[: 49 * SECTIONS] + 7.0, luck[: 49 * SECTIONS])
    assert few.value == 7.0
    assert np.isnan(few.low)
    assert np.isnan(interval(tail, 1.0, luck[:5]).low)
    wide = interval(tail, float(quantiles(luck, (90,))[0]), luck)
    assert wide.low < wide.value < wide.high


def test_sections_cover_a_true_difference_of_percentiles_about_as_often_as_they_say() -> None:
    luck = np.random.Generator(np.random.Philox(4))
    tail, true, covered = MEAN.model_copy(update={"statistic": "p75"}), 0.1 * 0.6744897501960817, 0
    for _ in range(200):
        base = luck.normal(size=1_000)
        own = 1.1 * base
        value = float(quantiles(own, (75,))[0] - quantiles(base, (75,))[0])
        found = difference(tail, value, own, base)
        covered += found.low <= true <= found.high
    assert 0.9 <= covered / 200 <= 1.0


def test_what_is_without_luck_has_no_interval() -> None:
    middle = MEAN.model_copy(update={"statistic": "central"})
    paths = np.arange(10.0)
    assert interval(middle, 3.0, paths) == (3.0, 3.0, 3.0)
    assert difference(middle, 1.5, paths + 1, paths) == (1.5, 1.5, 1.5)


def test_units() -> None:
    assert [unit(MISSED), unit(MEAN)] == ["share of futures", "£"]
    assert unit(MEAN.model_copy(update={"measure": "reserve_months"})) == "months"


def test_what_is_watched_where_a_study_names_nothing(place: Scenario) -> None:
    grid = {"kind": "grid"}
    vary = [{"id": "one", "address": "years", "values": [2, 3]}]
    said = {"headroom": 1, "study": "s", "name": "s", "scenario": "s.yaml", "design": grid, "vary": vary}
    plain, own = (
        Study.model_validate(said),
        Study.model_validate(said | {"watch": [MISSED.model_dump(exclude_unset=True)]}),
    )
    assert watching(own, place) == (MISSED,)
    found = watching(plain, place)
    assert found[0].outcome == "any_duty_breached"
    assert [one.agency for one in found[1:]] == [body.id for body in place.bodies]
    alone = watching(plain, load_scenario(str(Path(__file__).with_name("small.yaml"))))
    assert [(one.outcome, one.measure, one.year) for one in alone] == [
        ("duty_breached", None, "any"), (None, "gap", "2027-28"),
    ]  # fmt: skip


def test_a_chance_never_seen_is_never_told_as_impossible() -> None:
    never = np.zeros(100, dtype=bool)
    assert interval(MISSED, 0.0, never) == (0.0, *chance(0, 100)[1:3])
    assert interval(MISSED, 0.0, never).high > 0.03
