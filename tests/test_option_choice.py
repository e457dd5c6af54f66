"""Options on the same futures: by hand, and what must hold of any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simulator.option_choice import Outlook, compared, price_of_robustness, regrets, tail_mean

BODIES = ("council", "trust")


def outlook(id: str, held: list[list[float]], keeps: list[list[int]]) -> Outlook:
    kept = np.array(keeps, dtype=bool)
    return Outlook(id, id.title(), np.array(held, dtype=float), kept, kept.all(axis=0))


def by_hand() -> list[Outlook]:
    """Two options of two bodies on four futures: one holds more as a rule, the other never fails."""
    return [
        outlook("bold", [[10, 10, 10, -8], [2, 2, 2, -4]], [[1, 1, 1, 0], [1, 1, 0, 0]]),
        outlook("steady", [[6, 6, 6, 6], [3, 3, 3, 3]], [[1, 1, 1, 1], [1, 1, 1, 1]]),
    ]


def some_options(seed: int, options: int = 3, paths: int = 40) -> list[Outlook]:
    draws = np.random.Generator(np.random.Philox(seed))
    made = []
    for i in range(options):
        held, keeps = draws.normal(size=(2, paths)) * 1e6, draws.random((2, paths)) < 0.8
        made.append(Outlook(f"o{i}", f"Option {i}", held, keeps, keeps.all(axis=0)))
    return made


def test_a_system_that_misses_its_total_satisfies_nobody() -> None:
    one = outlook("a", [[1, 1, 1, 1], [1, 1, 1, 1]], [[1, 1, 1, 1], [1, 1, 1, 1]])
    missed = Outlook("b", "B", one.held, one.keeps, np.array([True, False, False, True]))
    assert list(compared([one, missed], BODIES).satisfied) == [1.0, 0.5]


def test_two_options_by_hand() -> None:
    table = compared(by_hand(), BODIES).set_index("id")
    assert list(table["mean"]) == [6.0, 9.0] and list(table["median"]) == [12.0, 9.0]
    assert list(table["p10"]) == [-12.0, 9.0] and list(table["worst_tenth"]) == [-12.0, 9.0]
    assert list(table["regret_p90"]) == [21.0, 3.0] and list(table["regret_most"]) == [21.0, 3.0]
    assert list(table["satisfied"]) == [0.5, 1.0]
    assert list(table["worst_body"]) == ["trust", "council"] and list(table["worst_share"]) == [0.5, 1.0]
    assert np.isnan(table["given_up_per_point"]["bold"])
    assert table["given_up_per_point"]["steady"] == pytest.approx(3.0 / 50)


def test_the_first_option_against_itself_is_exactly_nought() -> None:
    table = compared(some_options(1), BODIES)
    columns = ["mean_against", "mean_against_low95", "mean_against_high95"]
    assert list(table[columns].iloc[0]) == [0.0, 0.0, 0.0]
    twin = [*some_options(1)[:1], *some_options(1)[:1]]
    assert list(compared(twin, BODIES)[columns].iloc[1]) == [0.0, 0.0, 0.0]


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 10_000), options=some.integers(1, 5))
def test_what_holds_of_any_options(seed: int, options: int) -> None:
    chosen = some_options(seed, options)
    table = compared(chosen, BODIES)
    values = np.stack([one.held.sum(axis=0) for one in chosen])
    given_up = regrets(values)
    assert (given_up >= 0).all() and (given_up.min(axis=0) == 0).all()
    assert (table["regret_p90"] <= table["regret_most"]).all() and (table["regret_p90"] >= 0).all()
    assert (table["worst_tenth"] <= table["p10"] + 1e-9).all() and (table["p10"] <= table["median"]).all()
    assert (table["satisfied"] <= table["worst_share"]).all()
    assert (table["satisfied_low95"] <= table["satisfied"]).all()
    assert (table["satisfied"] <= table["satisfied_high95"]).all()
    assert not (table["given_up_per_point"].dropna() < 0).any()


@settings(max_examples=20, deadline=None)
@given(seed=some.integers(0, 10_000), more=some.floats(0, 1e9))
def test_an_option_that_holds_more_everywhere_is_never_regretted_more(seed: int, more: float) -> None:
    chosen = some_options(seed)
    better = Outlook("better", "Better", chosen[0].held + more, chosen[0].keeps, chosen[0].place_keeps)
    table = compared([*chosen, better], BODIES)
    for column in ("regret_p90", "regret_most"):
        assert table[column].iloc[-1] <= table[column].iloc[0]
    for column in ("mean", "p10", "median", "worst_tenth"):
        assert table[column].iloc[-1] >= table[column].iloc[0]


def test_an_option_that_is_laid_beside_never_lessens_regret() -> None:
    chosen = some_options(5)
    few, many = compared(chosen[:2], BODIES), compared(chosen, BODIES)
    assert (many["regret_most"].iloc[:2] >= few["regret_most"]).all()


def test_the_order_of_options_changes_no_figure_but_the_difference_to_the_first() -> None:
    chosen = some_options(7)
    columns = ["id", "mean", "median", "regret_p90", "satisfied", "worst_body", "given_up_per_point"]
    there = compared(chosen, BODIES)[columns].sort_values("id", ignore_index=True)
    back = compared(chosen[::-1], BODIES)[columns].sort_values("id", ignore_index=True)
    assert there.equals(back)


def test_the_worst_tenth_is_one_path_at_least() -> None:
    assert tail_mean(np.array([3.0, 1.0, 2.0])) == 1.0
    assert tail_mean(np.arange(40.0)) == 1.5


def test_a_price_is_told_only_where_robustness_is_gained() -> None:
    assert price_of_robustness((10.0, 0.5), (8.0, 0.6)) == pytest.approx(0.2)
    assert price_of_robustness((10.0, 0.5), (8.0, 0.5)) is None


def test_options_on_other_paths_or_bodies_are_refused() -> None:
    bold, steady = by_hand()
    short = Outlook("short", "Short", steady.held[:, :3], steady.keeps[:, :3], steady.place_keeps[:3])
    for options, bodies in (([bold, short], BODIES), ([], BODIES), ([bold, steady], ("council",))):
        with pytest.raises(ValueError, match="same bodies and paths"):
            compared(options, bodies)
