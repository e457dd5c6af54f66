"""Futures on a condition: three ends of one national decision on the same luck, never averaged."""

from __future__ import annotations

import numpy as np
import pytest
from places import blackburn, council, scenario

from simulator import chart_data, charts, figure_words
from simulator.run import BRANCHES, Results, simulate


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(blackburn(), paths=1_000)


def test_each_end_has_a_fan_and_the_entered_one_is_the_runs_own(results: Results) -> None:
    frame = chart_data.conditional(results, "blackburn")
    assert list(dict.fromkeys(frame.If)) == list(figure_words.BRANCHES.values())
    own = results.agency_years[
        (results.agency_years.measure == "usable_reserves") & (results.agency_years["view"] == "after_action")
    ]
    entered = frame[(frame.If == "Government absorbs most of it") & (frame.Band == 80)]
    assert entered.Low.to_numpy() == pytest.approx(own.p10.to_numpy() / 1e6)
    assert entered.Middle.to_numpy() == pytest.approx(own.p50.to_numpy() / 1e6)


def test_until_the_override_ends_all_three_are_one(results: Results) -> None:
    table = results.conditional
    assert set(table.branch) == {branch.name for branch in BRANCHES}
    for measure in ("usable_reserves", "high_needs_deficit"):
        rows = table[table.measure == measure].pivot_table(index="year", columns="branch", values="p50")
        before, after = rows[rows.index < "2028-29"], rows[rows.index >= "2028-29"]
        assert (before.max(axis=1) == before.min(axis=1)).all()
        assert (after.max(axis=1) > after.min(axis=1)).all()
    worst = table[(table.measure == "usable_reserves") & (table.year == "2028-29")].set_index("branch").p50
    assert worst["override falls_on_general_fund"] < worst["override absorbed"]


def test_the_figure_says_all_three_and_their_condition(results: Results) -> None:
    words = figure_words.override_words(results, "blackburn")
    assert (
        words.headline.count("£") == 3
        and "31 March 2029" in words.headline
        and "no chance is put on it" in words.how_to_read
    )
    frame = chart_data.conditional(results, "blackburn")
    drawn = charts.conditional(frame, words, "2028-29", True)
    text = drawn["svg"].decode()
    for title in figure_words.BRANCHES.values():
        assert title in text
    assert words.alt in text and drawn == charts.conditional(frame, words, "2028-29", True)


def test_without_high_needs_or_a_rule_there_are_no_such_futures() -> None:
    plain = simulate(scenario(agencies=[council()]), paths=1)
    assert (
        plain.conditional.empty and not np.array([name.startswith("override") for name in plain.switches.switch]).any()
    )
