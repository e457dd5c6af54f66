"""A place watched: the run's own numbers, the luck behind them, and whose luck it is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from simulator.blocks import RunCancelledError, Sample
from simulator.observed import Observed, observe
from simulator.owned_luck import owner_of
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.shapley import Owned, shares
from simulator.watched import AMOUNTS, Watched, watch
from tests.places import NEXT, blackburn_with, council, driver, event, exactly, line, scenario, whole_place

SAMPLE = Sample(2_000, seed=5)


@cache
def shipped() -> Scenario:
    return blackburn_with({"years": 6})


@cache
def blackburn() -> Watched:
    return watch(shipped(), SAMPLE)


@cache
def seen() -> Observed:
    return observe(shipped(), "blackburn", Sample(1_000, seed=5))


@cache
def whole() -> Watched:
    return watch(whole_place(), Sample(1_000))


def owned(found: Watched, agency: str, name: str, year: str, fine: bool = False) -> dict[str, float]:
    shown: Owned = shares(*found.shocks(agency, year, fine), found.amount(name, agency, year))
    return dict(zip(shown.owners, map(float, shown.shares), strict=True))


def town(*drivers: str, **more: object) -> Scenario:
    """A council with one line for each driver, written `need 5% 40%`: its name, its spread and its system share."""
    stated = [one.split() for one in drivers]
    lines = [line(f"{name}_line", 100 / len(stated), demand=name) for name, *_ in stated]
    believed = [driver(name, spread=spread, system_share=share) for name, spread, share in stated]
    return scenario(**{"years": 1, "drivers": believed, "agencies": [council(spending=lines)], **more})


def test_chances_are_those_of_the_run_bit_for_bit() -> None:
    table = simulate(whole_place(), paths=1_000).chances
    asked = 0
    for row in table.itertuples():
        if (row.outcome, row.agency) in whole().happened:
            told = whole().amount(str(row.outcome), str(row.agency), str(row.year), str(row.view))
            assert told.mean() == row.probability
            asked += 1
    assert asked > 50 and {agency for _, agency in whole().happened} == set(whole().agencies)


def test_amounts_are_those_that_the_tests_of_a_plan_stand_on() -> None:
    body, years = seen().body, blackburn().compiled.years
    assert (blackburn().amount("held", "blackburn", years[body.end])[:1_000] == seen().seen.end).all()
    assert (blackburn().amount("asked", "blackburn", years[body.start])[:1_000] == seen().seen.call).all()
    board = observe(whole_place(), "board", Sample(1_000))
    years = whole().compiled.years
    assert whole().amount("held", "board", years[board.body.end]) == pytest.approx(board.seen.end)
    assert (whole().amount("asked", "board", years[board.body.start]) == board.seen.call).all()


def test_drivers_are_as_the_body_meets_them_and_add_up_over_years() -> None:
    first, last = blackburn().compiled.years[0], blackburn().compiled.years[-1]
    told = blackburn().inputs("blackburn", last, so_far=True)
    grants = told.values[told.ids.index("grants")]
    assert grants[:1_000] == pytest.approx(seen().away["grants"].sum(axis=0), abs=1e-9)
    once = blackburn().inputs("blackburn", first)
    assert (once.values == blackburn().inputs("blackburn", first, so_far=True).values).all()
    assert len(told.ids) == len(told.names) == len(told.values) and "events" in told.ids


def test_what_only_the_body_meets_is_what_its_system_share_leaves() -> None:
    """A driver of which four tenths are the nation's: six tenths of the variance are the body's own."""
    found = owned(watch(town("need 2% 40%"), SAMPLE), "town", "asked", NEXT)
    assert found["own/town"] == pytest.approx(0.6, abs=0.04) and found["driver/need"] == pytest.approx(0.4, abs=0.04)
    assert sum(found.values()) == pytest.approx(1, abs=0.005)


def test_risks_own_what_their_chance_and_size_say() -> None:
    """A flood of three in ten years at 3% of 100 against a driver with a spread of 2%: 1.89 against 4."""
    floods = [event("flood", "30%", exactly("3%"))]
    found = owned(watch(town("need 2% 100%", events=floods), SAMPLE), "town", "asked", NEXT)
    assert found["events"] == pytest.approx(1.89 / 5.89, abs=0.04)
    assert found["driver/need"] == pytest.approx(4 / 5.89, abs=0.04)


def test_another_body_and_another_driver_leave_the_shares_as_they_were() -> None:
    lines = [line("care", 50, demand="need"), line("other", 50, demand="wages")]
    believed = [driver(name, spread="3%", system_share="40%") for name in ("need", "wages", "idle")]
    one = scenario(years=2, drivers=believed[:2], agencies=[council(spending=lines)])
    idle = council("village", spending=[line("idle", 10, demand="idle")])
    two = scenario(years=2, drivers=believed, agencies=[council(spending=lines), idle])
    few, more = (owned(watch(each, SAMPLE), "town", "held", "2027-28") for each in (one, two))
    for name, share in few.items():
        assert more[name] == pytest.approx(share, abs=1e-6)
    assert sum(share for name, share in more.items() if name not in few) < 1e-6
    assert not {"driver/idle", "own/village"} & set(more), "no push of them reaches the town"


def test_the_shipped_council_is_owned_almost_whole_by_named_luck() -> None:
    year = blackburn().compiled.years[seen().body.end]
    found = owned(blackburn(), "blackburn", "held", year)
    assert 0.97 < sum(found.values()) <= 1
    first, second = sorted(found, key=lambda name: -found[name])[:2]
    assert first == "own/blackburn" and second == "factor/inflation"
    parted = owned(blackburn(), "blackburn", "held", year, fine=True)
    alone = sum(share for name, share in parted.items() if name.startswith("own/"))
    assert alone == pytest.approx(found[first], abs=0.03)


def test_holding_a_driver_takes_at_least_what_its_own_luck_owns() -> None:
    """Holding one takes its part of the common factors too, so it takes more; what moves nothing owns nothing."""
    year = blackburn().compiled.years[seen().body.end]
    parted = owned(blackburn(), "blackburn", "held", year, fine=True)
    told = 0
    for name in ("care_demand", "looked_after", "placement_cost", "care_fees", "grants", "pay_award"):
        private = parted[f"driver/{name}"] + parted.get(f"own/blackburn/driver/{name}", 0.0)
        taken = 1 - seen().frozen[name].end.var() / seen().seen.end.var()
        assert private < taken + 0.03
        told += private > 0.05
    assert told >= 2 and parted["support/blackburn"] < 0.005


def test_shocks_of_later_years_do_not_reach_an_earlier_one() -> None:
    years = blackburn().compiled.years
    counts = [len(blackburn().shocks("blackburn", year)[1]) for year in years]
    assert counts == sorted(counts) and counts[0] < counts[-1] / 3


def test_a_narrower_watch_and_other_workers_see_the_same() -> None:
    one = watch(whole_place(), Sample(1_000, workers=1), "board")
    assert one.agencies == ("board",) and {agency for _, agency in one.money} == {"board"}
    year = one.compiled.years[1]
    for name in AMOUNTS:
        assert (one.amount(name, "board", year) == whole().amount(name, "board", year)).all()
    mine, theirs = one.shocks("board", year), whole().shocks("board", year)
    assert (mine[0] == theirs[0]).all() and mine[1] == theirs[1]
    few = watch(whole_place(), Sample(300), "hospice")
    assert (few.amount("held", "hospice", year) == whole().amount("held", "hospice", year)[:300]).all()


def test_every_owner_has_a_name() -> None:
    owners = blackburn().owners()
    assert owners["own/blackburn"].body == "blackburn" and owners["factor/need"].body is None
    assert owners["factor/need"].name == "Need, the common factor: what all meet"
    assert set(owners) >= set(blackburn().shocks("blackburn", blackburn().compiled.years[-1])[1])
    parted = blackburn().owners(fine=True)["own/blackburn/driver/grants"]
    assert parted.name.startswith("Government grants") and parted.name.endswith("meets")
    assert {owner.kind for owner in owners.values()} >= {"factor", "driver", "own", "events", "review", "support"}


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="no body of this place; its bodies are"):
        watch(whole_place(), Sample(1_000), "nowhere")
    with pytest.raises(ValueError, match="nobody is known to own the luck of weather/town"):
        owner_of(whole_place(), "weather/town")
    with pytest.raises(RunCancelledError):
        watch(town("need 5% 40%"), Sample(3_000, workers=1, cancelled=lambda: True))


def test_a_place_without_luck_has_nothing_to_own() -> None:
    still = watch(scenario(years=1), Sample(1_000))
    found = owned(still, "town", "held", NEXT)
    assert sum(found.values()) == 0
    assert len(still.inputs("town", NEXT).ids) == 0
    assert np.ptp(still.amount("held", "town", NEXT)) == 0
