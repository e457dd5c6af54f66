"""The assumption register: what each number rests on, who stands behind it, and what it does to the headline."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from places import BASE, Tree, council, driver, icb, line, scenario

from simulator.blocks import Sample
from simulator.register import Entry, register, unreasoned, unsourced
from simulator.register_effects import NOT_MEASURED, register_effects, register_table
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.set_values import words_of

ROOT = Path(__file__).resolve().parents[1]
FEW = Sample(1_000)
SOURCES = {
    "paper": {"title": "Budget report", "date": "2026-02-20", "grade": "V"},
    "guess": {"title": "Judgement", "grade": "J"},
}


def town(spending: list[Tree] | None = None, **changes: Any) -> Scenario:
    bodies = [council(spending=spending or [line("services")], **changes)]
    return scenario(sources=SOURCES, agencies=bodies)


def entry(found: Scenario, ending: str) -> Entry:
    return next(one for one in register(found) if one.address.endswith(ending))


def test_a_number_brings_its_range_date_owner_and_who_agreed() -> None:
    amount = {
        "low": 90, "central": 100, "high": 130, "source": "paper", "date": "2026-01-31", "owner": "Head of care",
        "agreed_by": "Budget board",
    }  # fmt: skip
    found = entry(town([line("services", amount)]), "spending.services.net")
    assert (found.low, found.value, found.high) == ("£90.000m", "£100.000m", "£130.000m")
    assert found.date == datetime.date(2026, 1, 31)
    assert (found.owner, found.agreed_by, found.grade) == ("Head of care", "Budget board", "V")


@pytest.mark.parametrize("name", ["scenarios/blackburn-with-darwen.yaml", "tests/whole-place.yaml"])
def test_every_address_names_the_same_number_where_a_value_is_set(name: str) -> None:
    loaded = load(ROOT / name)
    known = {".".join(words) for words in words_of(loaded.tree).values()}
    assert not {one.address for one in register(loaded.scenario)} - known


def test_items_without_an_id_are_counted_from_one() -> None:
    loaded = load(ROOT / "tests" / "whole-place.yaml", sets=["agreements.system.members.2.deficit.2025-26=7"])
    found = {one.address: one.value for one in register(loaded.scenario)}
    assert found["agreements.system.members.2.deficit.2025-26"] == "£7.000m"


def test_what_a_record_says_holds_for_the_numbers_inside_it() -> None:
    found = entry(town([line("services", source="paper", owner="Head of care")]), "spending.services.net")
    assert (found.source, found.owner, found.date) == ("paper", "Head of care", datetime.date(2026, 2, 20))
    assert found.low is None and found.high is None
    unsourced_owner = entry(town([line("services", owner="Head of care")]), "spending.services.net")
    assert (unsourced_owner.source, unsourced_owner.owner) == (None, "Head of care")
    own = {"value": 100, "source": "guess"}
    elsewhere = entry(town([line("services", own, source="paper", date="2026-01-01", owner="X")]), "services.net")
    assert (elsewhere.date, elsewhere.grade, elsewhere.owner) == (None, "J", "X")


def test_numbers_without_source_or_reason_are_named() -> None:
    lines = [
        line("published", {"value": 40, "source": "paper"}),
        line("reasoned", {"value": 30, "source": "guess", "rationale": "a third of the rest"}),
        line("bare", {"value": 20, "source": "guess"}),
        line("nothing", 10),
    ]
    mine = [one for one in register(town(lines)) if ".spending." in one.address]
    assert [one.address.split(".")[3] for one in unsourced(mine)] == ["nothing"]
    assert [one.address.split(".")[3] for one in unreasoned(mine)] == ["bare", "nothing"]


def test_without_luck_an_end_of_a_range_settles_both_chances() -> None:
    # 10 of reserves meet no more than 10: at 130 the gap of 30 is beyond them, at 90 there is none.
    found = town([line("services", {"low": 90, "central": 100, "high": 130})])
    (effect,) = [one for one in register_effects(found, "town", FEW) if one.address.endswith("services.net")]
    assert (effect.comes_back_low, effect.comes_back_high) == (0.0, 1.0)
    assert (effect.below_minimum_low, effect.below_minimum_high) == (0.0, 0.0)
    assert effect.largest == 1.0 and "£90.000m and £130.000m" in effect.ends


def lively(**reserves: Any) -> Scenario:
    drivers = [driver("need", long_run="0%", spread="4%", system_share="0%")]
    held = {"gf_unallocated": 6, "earmarked": 8, "usable_share": "50%", "reallocatable_share": 0, "minimum": "5%"}
    return scenario(
        drivers=drivers, agencies=[council(spending=[line("care", demand="need")], reserves=held | reserves)]
    )


def test_dearer_needs_and_fewer_usable_reserves_raise_both_chances() -> None:
    effects = {one.address: one for one in register_effects(lively(), "town", FEW)}
    need = effects["drivers.need"]
    assert need.comes_back_low < 0 < need.comes_back_high and need.below_minimum_low < 0 < need.below_minimum_high
    share = effects["agencies.town.reserves.usable_share"]
    assert share.comes_back_high < 0 < share.comes_back_low
    assert list(effects.values()) == sorted(effects.values(), key=lambda one: -one.largest)


def test_a_range_that_is_entered_stands_in_place_of_the_usual_ends() -> None:
    found = lively(usable_share={"low": "25%", "central": "50%", "high": "100%"})
    entered = {one.address: one for one in register_effects(found, "town", FEW)}
    usual = {one.address: one for one in register_effects(lively(), "town", FEW)}
    address = "agencies.town.reserves.usable_share"
    assert "as entered" in entered[address].ends
    assert entered[address].comes_back_low == usual[address].comes_back_low
    assert entered[address].below_minimum_high == usual[address].below_minimum_high


def test_the_table_has_every_number_and_says_what_was_not_measured() -> None:
    found = lively()
    effects = register_effects(found, "town", FEW)
    table = register_table(found, effects).set_index("address")
    assert len(table) == len(register(found))
    assert table.effect["drivers.need.spread"] == NOT_MEASURED
    assert table.effect["drivers.need.long_run"].startswith("central path")
    assert table.comes_back_high["drivers.need.long_run"] > 0
    assert table.effect[f"agencies.town.funding.council_tax.band_d.{BASE}"] == NOT_MEASURED


def test_another_kind_of_body_has_no_such_chances() -> None:
    assert register_effects(scenario(agencies=[icb()]), "board", FEW) == []


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_number_at_an_end_moves_nothing_else(end: str) -> None:
    from simulator.register_effects import _standing

    found = lively(minimum={"low": "3%", "central": "5%", "high": "7%"})
    other = _standing(found, ["agencies", "town", "reserves", "minimum"], end)
    before, after = register(found), register(other)
    changed = [new.address for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["agencies.town.reserves.minimum"]
