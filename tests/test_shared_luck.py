"""Luck drawn once for many scenarios: bit for bit what each would draw alone, and never shared where drivers differ."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import driven, driver, event, exactly

from simulator.cases import Base, base
from simulator.compiled import Compiled
from simulator.drivers import DriverBlock, DriverPaths
from simulator.position import Position, price
from simulator.prepared import compile_scenario
from simulator.shared_luck import SharedLuck, arrays_of, luck_key, price_key

WHOLE = Path(__file__).parent / "whole-place.yaml"
READ = {
    "years", "agency_ids", "drivers", "met", "events", "review", "budget_learning", "own_risk_share",
}  # fmt: skip
"""The fields of the compiled terms that drawing rests on."""
DISPUTE = "agencies.board.beliefs.1.growth.2026-27=5%"
LEVERS = (
    (),
    ("town.reserves.minimum=9%",),
    ("gain.gain_share=60%", "north_contract.fixed_share=50%"),
    (DISPUTE,),
    ("agencies.hospice.minimum_months=4",),
)
"""Cases of one place whose drivers are the same: policies on reserves, agreements, what a body disputes."""


@cache
def place() -> Base:
    return base(WHOLE, sets=("years=3",))


@cache
def compiled(*sets: str) -> Compiled:
    return compile_scenario(place().case(sets=sets))


@cache
def risky() -> Compiled:
    """Two councils, a growth driver that a floor and a link rest on, a review, national and local events."""
    found = driven(
        driver("cpi", spread="1%", trend="1%", transitory="0.5%", system_share="50%"),
        driver("pay", spread="1%", follows=[{"driver": "cpi", "weight": 0.5, "lag": 1}]),
        agencies=("town", "shire"),
        years=3,
        events=[
            event("storm", "30%", exactly("2%"), national=True),
            event("failure", "20%", {"low": "1%", "mode": "2%", "high": "5%"}, national=False),
        ],
    )
    return compile_scenario(found)


def same(one: DriverBlock, other: DriverBlock) -> bool:
    """Whether two blocks hold the same drivers, events, disputes and later draws, bit for bit."""
    assert one.futures.keys() == other.futures.keys()
    pairs = [(one.futures[key], other.futures[key]) for key in one.futures]
    arrays = [(a.level, b.level) for a, b in pairs] + [(a.expected, b.expected) for a, b in pairs]
    arrays += [(getattr(one.events, name), getattr(other.events, name)) for name in ("cost", "expected", "national")]
    arrays += [(one.draws.normals("savings/x/year", 3), other.draws.normals("savings/x/year", 3))]
    arrays += [(one.draws.uniforms("late", 2), other.draws.uniforms("late", 2))]
    assert one.disputed.keys() == other.disputed.keys()
    arrays += [(one.disputed[key], other.disputed[key]) for key in one.disputed]
    return all(np.array_equal(a, b) for a, b in arrays) and one.terms == other.terms


def test_scenarios_that_differ_in_levers_draw_once_and_meet_what_they_would_alone() -> None:
    shared = SharedLuck()
    for sets in LEVERS:
        terms = compiled(*sets)
        for number in (0, 1):
            assert same(shared.block(terms, 5, number), DriverPaths(terms, 5).block(number))
    assert len({luck_key(compiled(*sets)) for sets in LEVERS}) == 1
    assert shared.drawn == 2
    assert not np.array_equal(*(next(iter(compiled(*sets).disputed.values())) for sets in ((), (DISPUTE,))))


def test_stakes_are_a_scenarios_own() -> None:
    """A body twice the size pays twice as much for the same strike, and nothing is drawn again for it."""
    terms, shared = risky(), SharedLuck()
    larger = replace(terms, events=tuple(replace(one, stake=2 * one.stake) for one in terms.events))
    cost = shared.block(terms, 1, 0).events.cost
    assert cost.any()
    assert (shared.block(larger, 1, 0).events.cost == 2 * cost).all()
    assert shared.drawn == 1
    assert same(shared.block(larger, 1, 0), DriverPaths(larger, 1).block(0))


def test_a_body_that_has_no_stake_yet_shares_no_strikes_with_one_that_has() -> None:
    terms, shared = risky(), SharedLuck()
    spared = replace(terms, events=tuple(replace(one, stake=one.stake * [[0.0], [1.0]]) for one in terms.events))
    assert luck_key(spared) != luck_key(terms)
    shared.block(spared, 1, 0)
    assert same(shared.block(terms, 1, 0), DriverPaths(terms, 1).block(0))


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, np.ndarray):
        return ~value if value.dtype == bool else value + 0.125
    if isinstance(value, bool):
        return not value
    if isinstance(value, frozenset):
        return value ^ {0}
    if isinstance(value, tuple):
        return (*value, *(value[-1:] or ("more",)))
    if isinstance(value, str):
        return value + "x"
    return 0.5 if value is None else value + 1


@pytest.mark.parametrize("name", [one.name for one in fields(risky().drivers[0])])
def test_any_field_of_any_driver_parts_scenarios(name: str) -> None:
    terms = risky()
    for k, one in enumerate(terms.drivers):
        changed = replace(one, **{name: other(getattr(one, name))})
        drivers = (*terms.drivers[:k], changed, *terms.drivers[k + 1 :])
        assert luck_key(replace(terms, drivers=drivers)) != luck_key(terms)


@pytest.mark.parametrize("name", [one.name for one in fields(risky().events[0]) if one.name != "stake"])
def test_any_field_of_any_event_but_its_size_parts_scenarios(name: str) -> None:
    terms = risky()
    for k, one in enumerate(terms.events):
        changed = replace(one, **{name: other(getattr(one, name))})
        events = (*terms.events[:k], changed, *terms.events[k + 1 :])
        assert luck_key(replace(terms, events=events)) != luck_key(terms)


@pytest.mark.parametrize("name", sorted(READ - {"drivers", "events"}))
def test_all_else_that_drawing_reads_parts_scenarios(name: str) -> None:
    terms = risky()
    assert luck_key(replace(terms, **{name: other(getattr(terms, name))})) != luck_key(terms)


def test_drawing_reads_nothing_else() -> None:
    """With every other field taken away, what is drawn and its key are the same: no lever can redraw a future."""
    terms = risky()
    bare = replace(terms, **{one.name: None for one in fields(terms) if one.name not in READ})
    assert luck_key(bare) == luck_key(terms)
    dressed = replace(DriverPaths(bare, 3).block(0), disputed=terms.disputed)
    assert same(dressed, DriverPaths(terms, 3).block(0))


def test_seeds_blocks_and_groups_of_blocks_are_apart() -> None:
    shared, terms = SharedLuck(), risky()
    for seed, number, count in ((1, 0, 1), (2, 0, 1), (1, 1, 1), (1, 0, 2)):
        assert same(shared.block(terms, seed, number, count), DriverPaths(terms, seed).block(number, count))
    assert shared.drawn == 4


def test_the_central_case_is_shared_too() -> None:
    shared = SharedLuck()
    for sets in LEVERS[:3]:
        assert same(shared.central(compiled(*sets)), DriverPaths(compiled(*sets), 0).central())
    assert shared.drawn == 1


def test_what_is_kept_stays_within_its_room_and_the_oldest_used_leaves_first() -> None:
    measured = SharedLuck()
    measured.block(risky(), 1, 0)
    one = measured.size
    shared = SharedLuck(room=2 * one + one // 2)
    for number in (0, 1, 0, 2):
        shared.block(risky(), 1, number)
        assert shared.size <= shared.room
    assert shared.drawn == 3
    shared.block(risky(), 1, 0)
    assert shared.drawn == 3  # used last but one, so still there
    shared.block(risky(), 1, 1)
    assert shared.drawn == 4


def test_without_room_nothing_is_kept_and_all_is_right() -> None:
    shared = SharedLuck(room=0)
    for _ in range(2):
        assert same(shared.block(risky(), 1, 0), DriverPaths(risky(), 1).block(0))
    assert (shared.drawn, shared.size) == (2, 0)


def test_kept_luck_cannot_be_changed_by_who_uses_it() -> None:
    block = SharedLuck().block(risky(), 1, 0)
    for kept in (block.draws.normals("a", 2), block.draws.uniforms("b", 1), next(iter(block.futures.values())).level):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 0.0


PRICED = READ | {
    "agreed", "council", "disputed", "pairs", "lines", "funding", "override", "accommodation", "collection_estimated",
}  # fmt: skip
"""The fields of the compiled terms that pricing rests on, those of its futures among them."""
DEALT = {"payments", "contracts", "pools", "shares"}
ENTERED = {"entered_surplus", "support_charge"}


def key(terms: Compiled) -> str:
    return price_key(terms, luck_key(terms))


def bare(terms: Compiled) -> Compiled:
    """The terms with all taken away that pricing does not rest on."""
    agreed = {one.name: None for one in fields(terms.agreed) if one.name not in DEALT}
    council = {one.name: None for one in fields(terms.council) if one.name not in ENTERED}
    left: dict[str, Any] = {one.name: None for one in fields(terms) if one.name not in PRICED}
    left |= {"agreed": replace(terms.agreed, **agreed), "council": replace(terms.council, **council)}
    return replace(terms, **left)


def alike(one: Position, other: Position) -> bool:
    pairs = list(zip(arrays_of(one), arrays_of(other), strict=True))
    return len(pairs) > 40 and all(np.array_equal(a, b) for a, b in pairs)


def test_pricing_reads_nothing_but_what_its_key_says() -> None:
    """With every other field taken away the position and its key are the same, so that no lever prices again."""
    terms = compiled()
    block = DriverPaths(terms, 3).block(0)
    assert key(bare(terms)) == key(terms)
    assert alike(price(bare(terms), block, ruled=False), price(terms, block, ruled=False))


@pytest.mark.parametrize("name", sorted(PRICED - READ - {"agreed", "council", "accommodation", "override"}))
def test_all_that_pricing_reads_parts_positions(name: str) -> None:
    terms = compiled()
    held = getattr(terms, name)
    changed = dict(list(held.items())[1:]) if isinstance(held, dict) else other(held)
    assert key(replace(terms, **{name: changed})) != key(terms)


def test_levers_that_leave_prices_alone_price_once_and_others_price_again() -> None:
    shared, found = SharedLuck(), list[Position]()
    for sets in LEVERS:
        terms = compiled(*sets)
        recipe = shared.paths(terms, 5)
        position = recipe.position(recipe.block(0), 0, 1)
        assert alike(position, price(terms, DriverPaths(terms, 5).block(0), ruled=False))
        found.append(position)
    assert shared.priced == 3
    assert found[0] is found[1] is found[4]


def test_a_kept_position_cannot_be_changed_and_leaves_before_luck_does() -> None:
    measured, terms = SharedLuck(), compiled()
    recipe = measured.paths(terms, 1)
    block = recipe.block(0)
    drawn = measured.size
    with pytest.raises(ValueError, match="read-only"):
        recipe.position(block, 0, 1).spending[0] = 0.0
    shared = SharedLuck(room=drawn + (measured.size - drawn) // 2)
    kept = shared.paths(terms, 1)
    for _ in range(2):
        kept.position(kept.block(0), 0, 1)
        assert shared.size <= shared.room
    assert (shared.drawn, shared.priced) == (1, 2)
