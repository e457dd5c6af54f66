"""Cases of one base: whatever is laid and set, the scenario is the one that reading files again would give."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import cases, layers
from simulator.cases import Base, base, piece
from simulator.problems import ScenarioError
from simulator.scenario_file import load

WHOLE = Path(__file__).parent / "whole-place.yaml"
OVERLAYS = {
    "named.yaml": "name: Harder times\ndrivers: [{id: pay, long_run: 5%}]\n",
    "switched.yaml": "agreements: [{id: north_contract, kind: block}]\n",
    "pool.yaml": "agreements: [{id: better_care, share: own_risk}]\nrules: {nhs_regime: {2024-25: system}}\n",
}
QUICK = (
    "pay.long_run=4%",
    "pay.spread=0%",
    "town.reserves.minimum=9%",
    "town.reserves.usable_share=70%",
    "years=4",
    "better_care.share=own_risk",
    "north_contract.limit=1.1",
    "agencies.south.name=Southern Hospitals",
    "board.place_share=25%",
    "agencies.board.beliefs.1.growth.2026-27=5%",
    "gain.cap=3%",
    "hospice.minimum_months=4",
    "drivers.pay.trend=0.1%",
)
"""What studies vary: numbers, words and new fields, each named so that nothing else could be meant."""
SETS = (
    *QUICK,
    "drivers.pay.long_run=2.5%",
    "activity.long_run.high=5%",
    "south_contract.kind=block",
    "agencies.town.reserves.minimum.rationale=our own view",
    "title=Another",  # names several values, or none
    "pay.trend=0.1%",  # new
    "agencies.town.id=borough",
    "services.net=abc",
    "north_contract.kind=activity",
    "years=99",
)


@cache
def place() -> Base:
    return base(WHOLE)


@pytest.fixture(scope="module")
def overlays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("overlays")
    for name, text in OVERLAYS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in OVERLAYS}


def told(ask: Callable[[], object]) -> object:
    """What comes back, or every word of what is refused."""
    try:
        return ask()
    except ScenarioError as error:
        return str(error)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(SETS), max_size=4))
def test_a_case_is_what_reading_the_file_again_gives(sets: list[str]) -> None:
    assert told(lambda: place().case(sets=sets)) == told(lambda: load(WHOLE, (), sets).scenario)


@pytest.mark.parametrize("names", [("named.yaml",), ("switched.yaml", "pool.yaml"), ("pool.yaml", "named.yaml")])
@pytest.mark.parametrize("sets", [(), ("pay.long_run=4%", "gain.cap=3%"), ("drivers.pay.spread=2%",)])
def test_overlays_lie_under_what_is_set(overlays: dict[str, Path], names: Sequence[str], sets: Sequence[str]) -> None:
    files = [overlays[name] for name in names]
    one = place().whole([piece(file) for file in files], sets)
    again = load(WHOLE, files, sets)
    assert place().case([piece(file) for file in files], sets) == again.scenario == one.scenario
    assert (one.text, one.changes, one.kept, one.files) == (again.text, again.changes, again.kept, again.files)


def test_what_lies_over_every_case_comes_before_what_lies_over_one(overlays: dict[str, Path]) -> None:
    first, second = overlays["named.yaml"], overlays["pool.yaml"]
    ground = base(WHOLE, [first], ["pay.long_run=6%", "years=3"])
    found = ground.case([piece(second)], ["years=2"])
    assert found == load(WHOLE, [first, second], ["pay.long_run=6%", "years=3", "years=2"]).scenario
    assert found.years == 2


def test_a_base_goes_where_its_files_are_not(overlays: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    laid = piece(overlays["pool.yaml"])
    expected = load(WHOLE, [overlays["pool.yaml"]], ["years=2"]).scenario
    place().case([laid])
    gone = pickle.loads(pickle.dumps((place(), laid)))
    assert gone[0].grounds == {}

    def unread(*_: object) -> bytes:
        raise AssertionError("a file was read")

    monkeypatch.setattr(layers, "read_bytes", unread)
    assert gone[0].case([gone[1]], ["years=2"]) == expected


def test_no_case_is_moved_by_another() -> None:
    before = place().case()
    for sets in (["pay.long_run=9%"], ["years=2"], ["better_care.share=own_risk"], ["agencies.town.id=borough"]):
        told(lambda sets=sets: place().case(sets=sets))  # type: ignore[misc]
    assert place().case() == before


def test_what_an_earlier_setting_made_can_be_named_by_a_later_one_as_at_the_command_line() -> None:
    """A number set by hand has a reason; with two such numbers it is unclear whose is meant."""
    sets = ["town.reserves.minimum=9%", "minimum.rationale=ours"]
    assert place().case(sets=sets) == load(WHOLE, (), sets).scenario
    with pytest.raises(ScenarioError, match="names one value; 2 end so"):
        place().case(sets=["constabulary.reserves.minimum=3%", *sets])
    with pytest.raises(ScenarioError, match="names a value of the scenario"):
        place().case(sets=sets[1:])


def test_few_trees_are_kept_at_hand(overlays: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_GROUNDS", 2)
    ground = base(WHOLE)
    for name in OVERLAYS:
        ground.case([piece(overlays[name])])
        ground.case([piece(overlays[name])])
    assert len(ground.grounds) == 2


def test_quick_cases_are_not_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values that studies vary never lay the whole tree again, however many of them a case sets."""
    expected = load(WHOLE, (), QUICK).scenario

    def again(*_: object) -> object:
        raise AssertionError("the long way")

    monkeypatch.setattr(cases, "resolved", again)
    assert place().case(sets=QUICK) == expected
