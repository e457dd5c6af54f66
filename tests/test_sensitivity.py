"""What drives the outcome: shares of variance, drivers held and pushed, and judgements in the same ranking."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.blocks import Sample
from simulator.chosen import Recorded
from simulator.drivers import DriverPaths
from simulator.frozen import without
from simulator.margins import BELOW_MINIMUM, EMPTY
from simulator.model_risk import model_risk
from simulator.observed import Observed, observe
from simulator.prepared import compile_scenario
from simulator.regressions import Shares, shares_of
from simulator.scenario import Scenario
from simulator.sensitivity import Moved, Sensitivity, sensitivity, sensitivity_of, sensitivity_table
from tests.places import NEXT, blackburn_with, council, driver, event, exactly, line, scenario, whole_place

SAMPLE = Sample(2_000, seed=5)


def place(*drivers: str, years: int = 1) -> Scenario:
    """A council with one line for each driver, written `need 5%`: its name and its spread."""
    stated = [one.split() for one in drivers]
    lines = [line(f"{name}_line", 100 / len(stated), demand=name) for name, _ in stated]
    believed = [driver(name, spread=spread) for name, spread in stated]
    return scenario(years=years, drivers=believed, agencies=[council(spending=lines)])


@cache
def seen() -> Observed:
    return observe(blackburn_with({"years": 6}), "blackburn", SAMPLE)


@cache
def found() -> Sensitivity:
    return sensitivity_of(seen(), SAMPLE)


def luck(one: Sensitivity) -> list[Moved]:
    return [row for row in one.rows if row.kind == "luck"]


def test_shares_of_independent_inputs_are_their_squares() -> None:
    inputs = Recorded(3, 0, 20).normals("inputs", 3)
    shares = shares_of(inputs, 3 * inputs[0] + 2 * inputs[1] - inputs[2])
    assert shares.shares == pytest.approx([9 / 14, 4 / 14, 1 / 14], abs=0.02)
    assert shares.slopes == pytest.approx(np.array([3, 2, -1]) / np.sqrt(14), abs=0.02)
    assert shares.explained == pytest.approx(1) and sum(shares.shares) == pytest.approx(1)


def test_inputs_that_are_one_and_the_same_share_what_they_explain() -> None:
    one, two = Recorded(3, 0, 5).normals("inputs", 2)
    shares = shares_of(np.array([one, 7 * one, two]), one + two)
    assert shares.shares[0] == pytest.approx(shares.shares[1]) and shares.correlations[0, 1] == pytest.approx(1)
    assert shares.shares[0] + shares.shares[1] == pytest.approx(0.5, abs=0.05)


def test_what_never_moves_has_no_share() -> None:
    one = Recorded(3, 0).normals("inputs", 1)[0]
    shares = shares_of(np.array([one, np.full_like(one, 4.0)]), one)
    assert list(shares.shares) == pytest.approx([1, 0]) and shares.slopes[1] == 0
    still = shares_of(np.array([one]), np.full_like(one, 2.0))
    assert still.explained == 0 and still.shares.sum() == 0
    assert shares_of(np.zeros((0, 10)), np.arange(10.0)).explained == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 6))
def test_shares_are_never_below_nought_and_never_above_one_together(seed: int, count: int) -> None:
    drawn = Recorded(seed, 0).normals("inputs", 2 * count + 1)[:, :200]
    mixing = Recorded(seed, 1).normals("mixing", count)[:, :count]
    inputs = mixing @ drawn[:count] + 0.1 * drawn[count:-1]
    shares: Shares = shares_of(inputs, inputs.sum(axis=0) + drawn[-1] + inputs[0] ** 2)
    assert (shares.shares >= 0).all() and shares.shares.sum() <= 1 + 1e-9
    assert shares.shares.sum() == pytest.approx(shares.explained)


def test_the_only_driver_held_leaves_no_variance() -> None:
    one = observe(place("need 5%"), "town", SAMPLE)
    held = one.frozen["need"]
    assert np.ptp(held.end) == 0 and np.ptp(held.call) == 0
    assert held.end[0] == one.central.end[0]
    told = sensitivity_of(one, SAMPLE)
    row = luck(told)[0]
    assert row.share_end == pytest.approx(1, abs=0.01) and row.spread_end == row.spread_call == 1
    assert row.broken.after.probability == 0 and row.broken.points == row.broken.before.probability > 0


def test_a_driver_held_leaves_the_others_as_they_were() -> None:
    both, alone = (observe(place(*names), "town", SAMPLE) for names in (("need 5%", "wages 3%"), ("wages 3%",)))
    half = both.frozen["need"].call - both.central.call
    # The line of wages is half of the spending there and all of it here, on the same luck.
    assert half == pytest.approx((alone.seen.call - alone.central.call) / 2, abs=1e-3)


def test_savings_and_risks_are_held_too() -> None:
    savings = [{"id": "plan", "name": "Plan", "rag": "red", "recurrent": "100%", "amounts": {NEXT: 10}}]
    rules = {"delivery": {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
                          "organisation_weight": "40%", "system_share": "30%"}}  # fmt: skip
    town = council(savings=savings, reserves={"gf_unallocated": 6})
    both = observe(
        scenario(years=2, agencies=[town], rules=rules, events=[event("flood", "30%", exactly("3%"))]), "town", SAMPLE
    )
    spread = {name: held.call.std() for name, held in both.frozen.items()}
    assert set(spread) == {"savings", "events"} and all(0 < one < both.seen.call.std() for one in spread.values())
    saved = -both.frozen["events"].call
    assert len(np.unique(both.frozen["savings"].call.round(2))) == 2, "a flood strikes or it does not"
    assert saved.mean() == pytest.approx(3.5e6, rel=0.02)


def test_holding_savings_gives_what_the_central_case_delivers() -> None:
    whole = whole_place()
    one = observe(whole, "town", Sample(1_000))
    part = next(part for part in one.parts if part.id == "savings")
    block = DriverPaths(one.compiled, 1).block(0)
    terms, held = without(one.compiled, one.body, part, block, DriverPaths(one.compiled, 1).central())
    money = one.reader.read(held, terms).money["savings_delivered"]
    assert (money == one.central.money["savings_delivered"]).all()


def test_shares_add_up_to_what_is_explained_and_the_remainder_is_named() -> None:
    for explained, shares in (
        (found().explained_end, [row.share_end for row in luck(found())]),
        (found().explained_call, [row.share_call for row in luck(found())]),
    ):
        told = [share for share in shares if share is not None]
        assert len(told) == len(shares) and min(told) >= 0
        assert sum(told) == pytest.approx(explained) and 0.9 < explained <= 1
    table = sensitivity_table(found())
    assert table.share_end.sum() == pytest.approx(1) and table.share_call.sum() == pytest.approx(1)
    assert table.id.iloc[-1] == "remainder" and set(table.kind) == {"luck", "judgement"}


def test_drivers_that_travel_together_say_so_of_one_another() -> None:
    rows = {row.name: row.travels_with for row in luck(found())}
    assert any(rows.values())
    assert all(name in rows[other] for name, others in rows.items() for other in others)


def test_chances_are_those_of_the_run_and_differences_are_paired() -> None:
    assert found().limit == BELOW_MINIMUM
    for row in found().rows:
        assert row.broken.before.probability == float(np.mean(seen().seen.broken[BELOW_MINIMUM]))
        assert row.back.before.probability == float(np.mean(seen().seen.back))
        for change in (row.back, row.broken):
            assert change.points == pytest.approx(change.before.probability - change.after.probability)
            assert change.low <= change.points <= change.high
    reach = [row.reach for row in found().rows]
    assert reach == sorted(reach, reverse=True)


def test_care_of_adults_and_children_drives_the_shipped_council() -> None:
    dearest = sorted(luck(found()), key=lambda row: -(row.share_end or 0))[:3]
    assert {row.id for row in dearest} == {"care_demand", "looked_after", "placement_cost"}
    for row in dearest:
        assert row.slope_end is not None and row.slope_end < 0 and row.low is not None and row.high is not None
        assert row.low > found().central_end > row.high


def test_judgements_stand_in_the_ranking_with_the_numbers_of_the_model_risk_range() -> None:
    judged = {row.name.partition(": ")[2]: row for row in found().rows if row.kind == "judgement"}
    ranges = model_risk(seen().scenario, compile_scenario(seen().scenario), "blackburn", SAMPLE).ranges
    for chance, measure in (("R02", "back"), ("A02", "broken")):
        each = next(one.each for one in ranges if one.id == chance and one.view == "before_action")
        told = {one.switch: one.chance.probability for one in each}
        for switch, row in judged.items():
            assert getattr(row, measure).after.probability == told[switch]
    assert {"contribution recurrent", "usable share 25%", "no accommodation"} <= set(judged)
    assert "contribution one-off" not in judged, "it is what was entered"
    assert all(row.share_end is None and row.spread_end is None and row.low == row.high for row in judged.values())


def test_an_nhs_body_has_no_such_judgements_and_its_plan_is_the_limit() -> None:
    told = sensitivity(whole_place(), "board", Sample(1_000))
    assert told.limit == "missed_by_half_percent" and told.agency == "board"
    assert {row.kind for row in told.rows} == {"luck"}


def test_too_little_explained_is_said() -> None:
    told = sensitivity(place("need 5%", "wages 5%"), "town", Sample(1_000))
    assert told.limit == EMPTY and "no ranking" not in told.notes[1]
    # Whether a risk struck in a later year says little of what the budget year asks.
    risky = scenario(years=1, events=[event("flood", "30%", {"low": "0%", "mode": "1%", "high": "9%"})])
    assert sensitivity(risky, "town", Sample(1_000)).explained_end == pytest.approx(1)


def test_a_charity_is_refused() -> None:
    with pytest.raises(ValueError, match="is a charity"):
        sensitivity(whole_place(), "hospice", Sample(1_000))
