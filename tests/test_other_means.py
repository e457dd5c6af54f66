"""What saving or tax turns a test: run again with it the test turns, and with a little less it does not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulator.blocks import Sample
from simulator.evidence_tests.adequacy import bearable, below_minimum, exhausted, lasting
from simulator.evidence_tests.grades import Found, Grade
from simulator.evidence_tests.robustness import in_year, named_measures
from simulator.evidence_tests.seen import Seen, plan_view, seen
from simulator.least_change import least_changes
from simulator.margins import BELOW_MINIMUM
from simulator.other_means import OtherMeans, lacked, means_table, other_means
from simulator.prepared import compile_scenario
from simulator.price_list import taken_back, tax_of
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.trials import tried
from simulator.variants import VIEWS, Given
from tests.places import BLACKBURN, ROOT, blackburn_with

SAMPLE = Sample(1_000, seed=2)
LITTLE = 100_000.0
RANK: dict[Grade, int] = {"red": 0, "amber": 1, "green": 2, "not_tested": -1}


def looked_at(found: Scenario) -> Seen:
    return plan_view(found, compile_scenario(found), "blackburn", SAMPLE)


@cache
def town() -> Seen:
    return looked_at(load(BLACKBURN, [ROOT / "scenarios/overlays/blackburn-statement.yaml"], []).scenario)


def made(view: Seen) -> list[Found]:
    """The tests that saving or tax turns."""
    return [named_measures(view), in_year(view), *below_minimum(view), *exhausted(view), lasting(view), bearable(view)]


@cache
def ways() -> tuple[OtherMeans, ...]:
    return other_means(town(), made(town()), least_changes(town(), made(town())))


def brings(means: str, pounds: float) -> tuple[float, ...]:
    """What a saving or tax of so much in the budget year takes off the gap of each year."""
    view = town()
    always = np.zeros(view.compiled.horizon)
    always[view.start :] = 1.0
    if means == "council_tax":
        tax = tax_of(view.compiled, view.body)
        assert tax is not None
        always = np.where(always > 0, tax / tax[view.start], 0.0)
        always = always - taken_back(view.compiled, always)[0]
    return tuple(float(part) for part in pounds * always)


@pytest.mark.parametrize("means", ["saving", "council_tax"])
def test_what_is_told_turns_the_test_and_a_little_less_does_not(means: str) -> None:
    view, told = town(), [one for one in ways() if one.means == means]
    assert {one.test for one in told} == {"R01", "R02", "A02", "A03", "A04", "A10"}
    gifts = [brings(means, one.pounds + more) for one in told for more in (0.02, -LITTLE)]
    variants = tuple(replace(VIEWS[0], name=str(n), given=Given("blackburn", gap=gift)) for n, gift in enumerate(gifts))
    found = tried(view.compiled, "blackburn", variants, SAMPLE, view.start)
    grades = [
        {(one.id, one.horizon): one.grade for one in made(seen(view.scenario, found, variant.name))}
        for variant in variants
    ]
    for one, enough, too_little in zip(told, grades[::2], grades[1::2], strict=True):
        assert RANK[enough[one.test, one.horizon]] >= RANK[one.target], one.sentence
        assert RANK[too_little[one.test, one.horizon]] < RANK[one.target], one.sentence


def test_tax_past_the_referendum_limit_says_so() -> None:
    taxed = [one for one in ways() if one.means == "council_tax"]
    assert all(one.room == 0 and not one.lawful and "takes a referendum" in one.sentence for one in taxed)
    assert all(one.room is None and one.lawful for one in ways() if one.means == "saving")
    lower = blackburn_with(
        ROOT / "scenarios/overlays/blackburn-statement.yaml",
        {"agencies": [{"id": "blackburn", "funding": {"council_tax": {"increase": {"2027-28": "0%"}}}}]},
    )
    view = looked_at(lower)
    told = [one for one in other_means(view, made(view), least_changes(view, made(view))) if one.means == "council_tax"]
    room = told[0].room
    assert room is not None and room > 1e6
    for one in told:
        assert one.lawful == (one.pounds <= room + 0.005)
    assert {one.lawful for one in told} == {True, False}


def test_a_saving_that_lasts_is_never_more_than_a_reserve_and_in_one_year_is_as_much() -> None:
    tests = made(town())
    reserve = {(one.test, one.horizon, one.target): one.pounds for one in least_changes(town(), tests)}
    for one in ways():
        held = reserve[one.test, one.horizon, one.target]
        assert held is not None
        if one.means == "saving":
            assert one.pounds <= held + 0.01
            if " to " not in one.horizon and one.test != "A04":
                assert one.pounds == pytest.approx(held)


def test_what_a_future_lacks_is_what_its_worst_year_lacks_of_all_that_came_in() -> None:
    # Two futures over two years: 3 short of the minimum at once; 2 short, then a gap of 6 unfunded on top.
    view = replace(
        town(),
        start=0,
        minimum=np.array([5.0, 5.0]),
        paths={
            "usable_reserves": np.array([[2.0, 3.0], [4.0, 0.0]]),
            "unfunded_gap": np.array([[0.0, 0.0], [0.0, 6.0]]),
            "gap": np.zeros((2, 2)),
        },
    )
    assert lacked(view, BELOW_MINIMUM, 1, np.array([1.0, 1.0])).tolist() == [3.0, 5.5]
    assert lacked(view, BELOW_MINIMUM, 0, np.array([1.0, 1.0])).tolist() == [3.0, 2.0]
    assert np.isinf(lacked(view, BELOW_MINIMUM, 1, np.array([0.0, 1.0]))).all()


def test_a_table_has_a_row_for_each() -> None:
    table = means_table(ways())
    assert len(table) == len(ways()) and (table.pounds > 0).all()
