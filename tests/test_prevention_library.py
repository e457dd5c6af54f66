"""The library of interventions and what shipped places choose of it: sums, sources, published figures."""

from __future__ import annotations

from functools import cache
from math import fsum
from pathlib import Path

import pytest

from simulator.files import shipped, shipped_names
from simulator.kernels import cohort
from simulator.problems import ScenarioError
from simulator.programmes import OUTSIDE_PLACE, Intervention, Prevention
from simulator.register import register, unreasoned, unsourced
from simulator.scenario import Scenario
from simulator.scenario_file import load

LIBRARY = "defaults/prevention-2026.yaml"
ALONE = "scenarios/overlays/blackburn-prevention.yaml"
LANCASHIRE, BLACKBURN = "scenarios/lancashire.yaml", "scenarios/blackburn-with-darwen.yaml"
BEFORE_THE_PLACE = {"care", "placements", "staffed_service", "mixed_service", "contracted_service", "prices",
                    "transport", "high_needs"}  # fmt: skip
"""Baskets that every English scenario has, which uk-2026.yaml holds."""


@cache
def scenario(name: str, *laid: str) -> Scenario:
    return load(name, laid).scenario


def prevention(name: str, *laid: str) -> Prevention:
    stated = scenario(name, *laid).prevention
    assert stated is not None
    return stated


def library() -> dict[str, Intervention]:
    return {one.id: one for one in prevention(BLACKBURN, LIBRARY).interventions}


IDS = [
    "strength_balance", "home_hazards", "reablement", "home_first", "diabetes_prevention", "hypertension",
    "stop_smoking", "drug_treatment", "alcohol_care", "family_hubs", "intensive_family", "edge_of_care",
    "housing_first", "upstream_homelessness", "social_prescribing", "extra_care", "early_inclusion",
    "placement_support",
]  # fmt: skip


def test_the_library_is_shipped_and_found_by_name() -> None:
    assert LIBRARY in shipped_names("defaults") and shipped(LIBRARY) is not None
    assert [*library()] == IDS


@pytest.mark.parametrize("name", IDS)
def test_an_intervention_adds_up_and_its_range_rises(name: str) -> None:
    one = library()[name]
    found = one.per_pound
    assert found.low is not None and found.central is not None and found.high is not None
    assert 0 < found.low < found.central < found.high
    assert fsum(gain.share.used for gain in one.gains) == pytest.approx(1)
    assert cohort(one.lag.used, one.decay.used, one.over, 16)[: one.over].sum() == pytest.approx(1)
    assert all(gain.cashable.used == 0 for gain in one.gains if gain.service == OUTSIDE_PLACE)
    assert one.basket in BEFORE_THE_PLACE
    for part in (*one.outcomes.values(), *filter(None, (one.fidelity,))):
        assert part.low is not None and part.high is not None and part.low < part.used < part.high


@pytest.mark.parametrize("laid", [(BLACKBURN, LIBRARY), (BLACKBURN, ALONE), (LANCASHIRE,)], ids=str)
def test_every_number_has_a_source_a_grade_and_a_reason(laid: tuple[str, ...]) -> None:
    entries = [entry for entry in register(scenario(*laid)) if entry.address.startswith("prevention")]
    assert len(entries) > 250
    assert unsourced(entries) == [] and unreasoned(entries) == []
    assert all(entry.grade for entry in entries)


def test_sure_start_gives_services_twenty_two_pence_of_ninety_three_and_less_in_ten_years() -> None:
    hubs = library()["family_hubs"]
    inside = fsum(gain.share.used for gain in hubs.gains if gain.service != OUTSIDE_PLACE)
    assert hubs.per_pound.used == pytest.approx((0.6 + 1.9) / 2.7, abs=0.005)
    assert hubs.per_pound.used * inside == pytest.approx(0.6 / 2.7, abs=0.005)
    assert hubs.over == 16
    ten = cohort(hubs.lag.used, hubs.decay.used, hubs.over, 10).sum()
    assert 0.22 * ten < 0.11, "gains that come as children grow up are mostly after the tenth year"


def test_a_flow_gives_all_it_gives_in_the_year_it_is_paid_for() -> None:
    flows = [name for name, one in library().items() if one.decay.used == 1]
    assert flows == ["home_first"]


def test_a_pound_brings_back_less_than_a_pound_of_cash_out_of_what_stands_today() -> None:
    """Once corrected for optimism, and before any cost is stranded: so the pages may not call a programme a saving."""
    corrections = [step.used for step in prevention(BLACKBURN, LIBRARY).optimism]
    for one in library().values():
        kept = one.per_pound.used * (1 - corrections[one.evidence_grade - 1])
        assert 0 <= kept * fsum(gain.share.used * gain.cashable.used for gain in one.gains) < 0.95, one.id


def test_the_correction_for_optimism_never_falls_as_evidence_weakens() -> None:
    corrections = [step.used for step in prevention(BLACKBURN, LIBRARY).optimism]
    assert corrections == sorted(corrections) == [0, 0.05, 0.10, 0.15, 0.25, 0.40]


def test_services_that_stand_by_let_go_of_less_than_those_bought_by_the_week() -> None:
    held = {one.id: one for one in prevention(BLACKBURN, LIBRARY).services}
    bought, standing = ("adult_social_care", "children_social_care", "temporary_homes"), ("acute", "police", "fire")
    for first in bought:
        for second in standing:
            assert held[first].stranded.used < held[second].stranded.used
            assert held[first].growth_cashable.used > held[second].growth_cashable.used
            assert held[first].backfill.used < held[second].backfill.used
    assert all(one.growth_cashable.used >= 1 - one.stranded.used for one in held.values()), "growth is easier to avoid"
    assert held["acute"].step is not None and held["acute"].step.used == pytest.approx(0.65 * 28 * 365 * 562, rel=0.02)


def test_the_library_binds_no_body_and_chooses_no_programme() -> None:
    stated = prevention(BLACKBURN, LIBRARY)
    assert stated.programmes == [] and stated.staff == []
    assert all(service.agency is None for service in stated.services)


def test_the_demo_place_pays_for_eight_programmes_of_a_size_that_fits_it() -> None:
    stated, place = prevention(LANCASHIRE), scenario(LANCASHIRE)
    assert len(stated.programmes) == 8
    assert {one.intervention for one in stated.programmes} <= set(IDS)
    assert all(one.starts == place.budget_year for one in stated.programmes)
    assert fsum(one.spend.used for one in stated.programmes) == pytest.approx(4.3e6)
    assert all(5e4 <= one.spend.used <= 3e6 for one in stated.programmes)
    shared = [one.id for one in stated.programmes if len(one.pays) > 1]
    assert shared == ["reablement", "home_first", "falls_exercise"]


def test_the_demo_place_relieves_no_line_that_a_pool_pays_for() -> None:
    stated, place = prevention(LANCASHIRE), scenario(LANCASHIRE)
    paid = {(body.id, line.id) for body in place.bodies for line in body.spending if line.paid_by}
    bound = {(service.agency, line) for service in stated.services for line in service.lines}
    assert paid and not paid & bound
    assert {service.id for service in stated.services if service.agency is None} == {"ambulance", "schools_send"}


def test_one_council_alone_gains_nothing_from_beds_or_officers() -> None:
    bound = {one.id: one.agency for one in prevention(BLACKBURN, ALONE).services if one.agency}
    assert set(bound.values()) == {"blackburn"}
    assert not {"acute", "mental_health", "police"} & set(bound)
    assert all([*one.pays] == ["blackburn"] for one in prevention(BLACKBURN, ALONE).programmes)


def test_prevention_moves_no_other_part_of_a_scenario() -> None:
    council, laid = scenario(BLACKBURN), scenario(BLACKBURN, ALONE)
    assert council.prevention is None
    unlike = [key for key in type(laid).model_fields if getattr(laid, key) != getattr(council, key)]
    assert unlike == ["sources", "prevention"]


def test_an_overlay_may_extend_the_library_but_no_beliefs(tmp_path: Path) -> None:
    path = tmp_path / "over.yaml"
    path.write_text(f"extends: {LIBRARY}\n", encoding="utf-8")
    assert load(BLACKBURN, [path]).scenario.prevention == scenario(BLACKBURN, LIBRARY).prevention
    for name in ("uk-2026", "uk-place-2026", "new-place"):
        path.write_text(f"extends: defaults/{name}.yaml\n", encoding="utf-8")
        with pytest.raises(ScenarioError, match="an overlay extends only overlays"):
            load(BLACKBURN, [path])
