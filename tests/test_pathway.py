"""The pathway model against what queueing theory knows, and what any ward manager knows of it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from simulator.pathway import Gauge, Year, replicate
from simulator.pathway_patients import SIMPLE, Hospital, Onward, Stay, patients

# A small place, short of slots: load 17 onto 12.
SHORT = Hospital(
    admissions=10.0,
    beds=70,
    stay=Stay(6.0, 1.0),
    onward=(Onward(0.06, 6, Stay(15.0, 0.8), 0.3), Onward(0.04, 6, Stay(20.0, 0.5))),
    patience=14.0,
    spot=0.5,
    escalate=0.5,
    weekdays=(1.1, 1.1, 1.05, 1.0, 1.0, 0.9, 0.85),
    season=0.05,
)


def erlang_c(servers: int, load: float) -> float:
    """The chance of waiting at `servers` servers: from Erlang's B by its recursion."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def queue(servers: int, rho: float, stay: Stay) -> Hospital:
    """One queue: arrivals at random and at a constant rate, nobody discharged to anything, no escalation."""
    return Hospital(admissions=servers * rho / stay.mean, beds=servers, stay=stay, onward=())


def waited(place: Hospital, replications: int, years: int) -> tuple[float, float]:
    """Share of arrivals who wait for a bed, with its standard error from the replications."""
    shares = []
    for replication in range(replications):
        found = replicate(place, 1, replication, 30, years)
        boarding, beds = (sum(year.nodes[name][1] for year in found) for name in ("boarding", "beds"))
        shares.append(boarding / beds)
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / len(shares) ** 0.5)


def mean(years: list[Year], what: str) -> float:
    return float(np.mean([getattr(year, what) for year in years]))


def test_erlang_c_by_hand() -> None:
    # One server at load 0.8 waits with chance 0.8; two servers at load 1: B = 1/5, C = 0.2 / (1 - 0.5 x 0.8) = 1/3.
    assert erlang_c(1, 0.8) == pytest.approx(0.8)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(60, 54.0) == pytest.approx(0.325, abs=0.0005)


def test_the_chance_of_waiting_is_erlangs() -> None:
    found, error = waited(queue(10, 0.8, Stay(0.2, None)), 8, 1)
    assert abs(found - erlang_c(10, 8.0)) < 3 * error
    assert error < 0.01


def test_littles_law_holds_at_every_node_in_every_replication() -> None:
    for replication in range(3):
        for year in replicate(SHORT, 3, replication, years=1):
            for name, (level, entered, stayed) in year.nodes.items():
                # Who straddles the ends of the year is counted on one side only: about one stay of those there.
                length = stayed / entered if entered else 0.0
                ends = (1.5 * level * length + 10) / 365
                assert level == pytest.approx(entered / 365 * length, abs=ends), name


def test_beds_in_use_and_boarders_are_the_treated_and_the_delayed() -> None:
    years = [year for replication in range(3) for year in replicate(SHORT, 5, replication, years=2)]
    treated = np.mean([year.nodes["beds"][1] for year in years]) / 365 * SHORT.stay.mean
    assert mean(years, "in_use") == pytest.approx(treated + mean(years, "delayed"), rel=0.03)


def test_a_place_short_of_slots_nears_the_fluid_limit() -> None:
    # Each way at twice what it can take, patience 14: delayed = flow x 14 x (1 - 1/2).
    onward = (Onward(0.5, 50, Stay(10.0, 0.5)),)
    place = replace(SHORT, admissions=20.0, beds=500, onward=onward, weekdays=(1.0,) * 7, season=0.0)
    years = [year for replication in range(2) for year in replicate(place, 1, replication, years=2)]
    assert mean(years, "delayed") == pytest.approx(10 * 14 * 0.5, rel=0.05)
    # And half of all who are ready find another way, half of those by a purchase.
    assert mean(years, "spot") == pytest.approx(10 * 365 * 0.5 * 0.5, rel=0.05)


def test_ample_slots_and_endless_patience_delay_nobody() -> None:
    ample = tuple(replace(way, slots=1_000) for way in SHORT.onward)
    for year in replicate(replace(SHORT, beds=1_000, onward=ample, patience=inf), 1, 0, years=1):
        assert (year.delayed, year.boarders, year.escalation, year.spot) == (0, 0, 0, 0)
        assert year.long_term > 0


def test_without_patience_the_queue_of_a_short_place_only_grows() -> None:
    years = replicate(replace(SHORT, patience=inf, beds=2_000), 1, 0, warm_up=0, years=3)
    assert years[0].delayed < years[1].delayed < years[2].delayed
    assert [year.spot for year in years] == [0, 0, 0]


def test_nobody_is_turned_away_when_beds_run_out() -> None:
    small = replace(SHORT, beds=30)
    year = replicate(small, 1, 0, years=1)[0]
    assert year.nodes["beds"][1] == pytest.approx(len(patients(small, 1, 0, 730).arrives) / 2, rel=0.05)
    assert year.boarders <= small.admissions * 0.5 * 1.1
    assert year.escalation > 0


def test_capacity_deals_nobodys_luck_again() -> None:
    one = patients(SHORT, 1, 0, 400)
    more = patients(replace(SHORT, beds=90, onward=tuple(replace(w, slots=9) for w in SHORT.onward)), 1, 0, 400)
    assert one == more
    busier = patients(replace(SHORT, admissions=12.0), 1, 0, 400)
    assert busier.stay[: len(one.stay)] == one.stay
    assert busier.way[: len(one.way)] == one.way
    assert len(busier.arrives) == pytest.approx(1.2 * len(one.arrives), rel=0.05)
    assert patients(SHORT, 2, 0, 400).stay != one.stay


def test_patients_come_by_weekday_season_and_share() -> None:
    found = patients(SHORT, 1, 0, 3_650)
    came, way = np.array(found.arrives), np.array(found.way)
    weekday = np.bincount(came.astype(int) % 7, minlength=7) / (came.size / 7)
    np.testing.assert_allclose(weekday, SHORT.weekdays, atol=0.04)
    winter = ((came % 365 < 45) | (came % 365 > 350)).mean() / (60 / 365)
    assert winter == pytest.approx(1.05, abs=0.02)
    assert (way == 0).mean() == pytest.approx(0.06, abs=0.005)
    assert (way == SIMPLE).mean() == pytest.approx(0.90, abs=0.01)


@pytest.mark.parametrize("replication", [0, 1])
def test_more_slots_never_lengthen_delays_for_the_same_patients(replication: int) -> None:
    delayed, spot = [], []
    for more in (0, 1, 2, 4, 8):
        place = replace(SHORT, onward=tuple(replace(way, slots=way.slots + more) for way in SHORT.onward))
        year = replicate(place, 1, replication, years=1)[0]
        delayed.append(year.delayed)
        spot.append(year.spot)
    assert delayed == sorted(delayed, reverse=True)
    assert delayed[0] > delayed[-1]
    assert spot[0] > spot[-1]


def test_stays_have_their_mean_and_middle() -> None:
    even = (np.arange(200_000) + 0.5) / 200_000
    assert Stay(10.0, 0.6).of(even).mean() == pytest.approx(10.0, rel=1e-3)
    assert np.median(Stay(10.0, 0.6).of(even)) == pytest.approx(10 * np.exp(-0.18), rel=1e-4)
    assert Stay(10.0, None).of(even).mean() == pytest.approx(10.0, rel=1e-3)


def test_a_gauge_keeps_the_area_under_its_level() -> None:
    gauge = Gauge()
    gauge.enter(1.0)
    gauge.enter(2.0)
    gauge.leave(4.0, 1.0)
    gauge.move(5.0, 0)
    assert (gauge.area, gauge.stayed, gauge.entered, gauge.level) == (6.0, 3.0, 2, 1)
