"""The futures behind one chance, against the run they are read off and the luck of the same futures."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from places import blackburn

from simulator.answers import Answers, answers
from simulator.behind import EVENTS, SAVINGS, behind
from simulator.blocks import Sample
from simulator.plain_english import chance_row
from simulator.scenario_file import load
from simulator.shared_luck import SharedLuck
from simulator.watched import watch

PATHS, VIEW = 1_000, "after_action"
YEAR = "2029-30"
LUCK = SharedLuck()
PLACE = Path(__file__).with_name("whole-place.yaml")


@pytest.fixture(scope="module")
def council() -> Answers:
    return answers(blackburn().model_copy(update={"years": 5}), Sample(PATHS, 1, 1), LUCK)


def test_as_many_miss_as_the_chance_says_and_what_they_met_is_what_was_watched(council: Answers) -> None:
    found = behind(council, ("blackburn", "duty_breached", VIEW, YEAR), LUCK)
    row = chance_row(council, "blackburn", "duty_breached", VIEW, YEAR)
    assert 0 < found.missed == round(row.probability * PATHS)
    seen = watch(council.scenario, Sample(PATHS, 1, 1), "blackburn").inputs("blackburn", YEAR)
    missed = council.happened["duty_breached"][1, 0, council.compiled.years.index(YEAR)]
    told = {one.id: one for one in found.shared}
    watched = dict(zip(seen.ids, seen.values, strict=True))
    assert set(told) - {SAVINGS, EVENTS} == set(watched) - {SAVINGS, EVENTS}
    for one in set(told) - {SAVINGS, EVENTS}:
        values = watched[one]
        assert told[one].missed == values[missed].mean() and told[one].rest == values[~missed].mean()
        assert told[one].apart.value == pytest.approx((values[missed].mean() - values.mean()) / values.std())


def test_what_costs_a_council_is_dearer_where_it_misses(council: Answers) -> None:
    found = {one.id: one for one in behind(council, ("blackburn", "duty_breached", VIEW, YEAR), LUCK).shared}
    for cost in ("looked_after", "placement_cost", "care_demand", "pay_award"):
        assert found[cost].missed > found[cost].rest and found[cost].apart.low > 0
    apart = [abs(one.apart.value) for one in found.values()]
    assert apart == sorted(apart, reverse=True)


def test_examples_miss_in_that_year_and_are_worse_one_by_one(council: Answers) -> None:
    found = behind(council, ("blackburn", "duty_breached", VIEW, YEAR), LUCK)
    t, kept = council.compiled.years.index(YEAR), council.kept
    assert len(found.examples) == 3 and found.measure == "usable_reserves"
    for one in found.examples:
        assert one.missed[t] and np.array_equal(one.gap, kept["gap"][1, 0, :, one.path])
        assert np.array_equal(one.told, kept["usable_reserves"][1, 0, :, one.path])
    order = [(-one.told[t], one.gap[t]) for one in found.examples]
    assert order == sorted(order)


def test_a_chance_of_none_or_of_all_has_nothing_to_set_apart(council: Answers) -> None:
    first = council.compiled.years[0]
    flags = dict(council.happened)
    for share in (0, PATHS):
        flags["duty_breached"] = np.zeros_like(council.happened["duty_breached"])
        flags["duty_breached"][..., :share] = True
        found = behind(replace(council, happened=flags), ("blackburn", "duty_breached", VIEW, first), LUCK)
        assert (found.missed, found.shared, found.examples) == (share, (), ())


def test_every_kind_of_body_is_told_by_what_it_is_held_to() -> None:
    place = answers(load(PLACE).scenario, Sample(300, 1, 1))
    measures = {}
    for body in place.scenario.bodies:
        found = behind(place, (body.id, "duty_breached", VIEW, place.compiled.years[-1]))
        measures[body.kind] = found.measure
        assert all(math.isfinite(one.missed) and math.isfinite(one.rest) for one in found.shared)
    assert measures["trust"] == measures["icb"] == "off_plan"
    assert (measures["vcse"], measures["council"]) == ("free_reserves", "usable_reserves")
    with pytest.raises(ValueError, match="has no insolvent"):
        behind(place, ("town", "insolvent", VIEW, place.compiled.years[0]))
