"""The pathway surface: what it is, against the model, and what must hold of it whatever its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator import distilling
from simulator.assumptions import Source
from simulator.distilling import Effort, at, grid_hash, held_out, look, read, told, written
from simulator.files import read_bytes, shipped
from simulator.pathway import MODEL
from simulator.pathway_page import page, rows
from simulator.pathway_surface import Flow, Surface, Terms, days_saved, delays, relief
from simulator.pathway_terms import hospital, surface, terms
from simulator.pathways import Distilled, Pathway
from simulator.yaml_tree import parse

PATHWAY = read()
SURFACE, TERMS = surface(PATHWAY.surface), terms(PATHWAY)
ONE = np.ones((1, 1))

# Two knots an axis; residual 2 at rho2 = 1 for patience 10, 4 for 40, else nought.
PLAIN = Surface(
    load=100.0,
    stay=10.0,
    rho1=np.array([0.5, 1.0]),
    rho2=np.array([0.5, 1.0, 2.0]),
    patience=np.array([10.0, 40.0]),
    residual=np.array([[[0.0, 2.0, 0.0]] * 2, [[0.0, 4.0, 0.0]] * 2]),
    spread=np.zeros((2, 2, 3)),
    slack=np.array([-2.0, 0.0, 2.0]),
    excess=np.array([2.5, 1.0, 0.0]),
    wait=np.array([0.8, 0.4, 0.0]),
)
TINY = Terms(
    beds=100.0, admissions=16.0, stay=5.0, discharges=10.0, onward_stay=10.0, slots=100.0, patience=10.0,
    spot_share=0.5, escalate=0.5, long_term=0.3, bed_day=600.0, marginal=0.35, slot_year=50_000.0, spot_cost=8_000.0,
)  # fmt: skip


def flow(admissions: float, discharges: float, slots: float, beds: float = 100.0) -> Flow:
    return Flow(*(np.array([[number]]) for number in (admissions, discharges, beds, slots)))


def test_a_worked_example() -> None:
    # rho1 0.8, load 100 onto 100: no trend, residual 2. Effective (80 + 2) / 100, slack 0.18 x 10 = 1.8.
    found = delays(PLAIN, TINY, flow(16.0, 10.0, 100.0))
    assert found.delayed[0, 0] == pytest.approx(2.0)
    assert found.effective[0, 0] == pytest.approx(0.82)
    # Excess 1 x (2 - 1.8) / 2 x root 100 = 1; wait 0.4 x 0.1 of half a day for 16 a day.
    assert found.boarders[0, 0] == pytest.approx(16 * 0.5 * 0.04)
    assert found.escalation[0, 0] == pytest.approx(1.0 - 0.32)
    # 0.2 a day give up waiting; half of them are bought a place. The others start, 30% go on to long-term care.
    assert found.spot[0, 0] == pytest.approx(0.2 * 0.5 * 365)
    assert found.long_term[0, 0] == pytest.approx(9.8 * 0.3 * 365)
    assert not found.clamped[0, 0]


def test_the_trend_is_the_fluid_limit() -> None:
    # rho2 2: 10 a day x 10 days x 1/2, residual nought.
    assert delays(PLAIN, TINY, flow(16.0, 10.0, 50.0)).delayed[0, 0] == pytest.approx(50.0)
    # rho2 4, beyond the grid: the trend goes on, and says so.
    found = delays(PLAIN, TINY, flow(16.0, 10.0, 25.0))
    assert found.delayed[0, 0] == pytest.approx(75.0)
    assert found.clamped[0, 0]


def test_between_levels_of_patience_the_root_is_straight() -> None:
    # Root of 10, 22.5 and 40 over 10: 1, 1.5 and 2, so half way from 2 to 4.
    found = delays(PLAIN, replace(TINY, patience=22.5), flow(16.0, 10.0, 100.0))
    assert found.delayed[0, 0] == pytest.approx(3.0)


def test_a_place_four_times_the_size_waits_twice_as_many() -> None:
    found = delays(PLAIN, TINY, flow(64.0, 40.0, 400.0, 400.0))
    assert found.delayed[0, 0] == pytest.approx(2 * 2.0)
    # A tenth short of slots is twice as far from balance in root-load units: 1/rho2 - 1 of -0.1 is read at -0.2.
    short = delays(PLAIN, TINY, flow(64.0, 40.0, 360.0, 400.0))
    assert short.delayed[0, 0] == pytest.approx(40 * 10 * 0.1 + 2 * 2.0 * (1 - 0.2 / 0.5))


@pytest.mark.parametrize(
    ("admissions", "slots", "patience", "flagged"),
    [(16, 100, 10, False), (9.9, 100, 10, True), (20.1, 100, 10, True), (16, 201, 10, True), (16, 49, 10, True),
     (16, 100, 9.9, True), (16, 100, 41, True), (20, 50, 40, False), (10, 200, 10, False)],
)  # fmt: skip
def test_what_lies_beyond_the_grid_is_flagged(admissions: float, slots: float, patience: float, flagged: bool) -> None:
    found = delays(PLAIN, replace(TINY, patience=patience), flow(admissions, 10.0, slots))
    assert bool(found.clamped[0, 0]) is flagged
    assert np.isfinite([found.delayed, found.boarders, found.escalation, found.effective]).all()


def test_paths_are_flagged_one_by_one() -> None:
    index = np.array([[1.0, 5.0], [1.2, 1.0]])
    saved = days_saved(SURFACE, TERMS, index, np.ones_like(index), 5.0)
    assert saved.clamped.tolist() == [[False, True], [False, False]]
    assert saved.days.shape == (2, 2)


RATIOS = st.floats(0.3, 2.5)


@given(RATIOS, RATIOS, st.floats(0, 0.5))
def test_more_to_care_for_never_shortens_delays(acute: float, care: float, more: float) -> None:
    def at_loads(one: float, two: float) -> np.ndarray:
        found = delays(SURFACE, TERMS, flow(TERMS.admissions * one, TERMS.discharges, TERMS.slots / two, TERMS.beds))
        return np.array([found.delayed, found.boarders + found.escalation, found.effective, found.spot])

    here = at_loads(acute, care)
    assert (at_loads(acute, care * (1 + more)) >= here - 1e-9).all()
    assert (at_loads(acute * (1 + more), care) >= here - 1e-9).all()


@given(RATIOS, RATIOS, st.floats(0, 100), st.floats(0, 100))
def test_more_slots_never_lengthen_delays(acute: float, care: float, some: float, more: float) -> None:
    index = [np.array([[acute]]), np.array([[care]])]
    few, many = (days_saved(SURFACE, TERMS, *index, extra) for extra in (some, some + more))
    assert many.days[0, 0] >= few.days[0, 0] - 1e-9
    assert many.spot[0, 0] >= few.spot[0, 0] - 1e-9
    assert 0 <= many.days[0, 0] <= few.before.delayed[0, 0] * 365 + 1e-9


@given(st.floats(0.3, 4.0), st.floats(0.3, 4.0))
def test_delays_stay_within_what_people_bring(acute: float, care: float) -> None:
    found = days_saved(SURFACE, TERMS, np.array([[acute]]), np.array([[care]]), 0.0).before
    assert 0 <= found.delayed[0, 0] <= TERMS.discharges * care * TERMS.patience
    assert 0 <= found.spot[0, 0] <= TERMS.discharges * care * TERMS.spot_share * 365 + 1e-9
    assert found.boarders[0, 0] >= 0 <= found.escalation[0, 0]


def test_no_slots_more_save_nothing() -> None:
    saved = days_saved(SURFACE, TERMS, ONE, ONE, 0.0)
    assert saved.days[0, 0] == saved.spot[0, 0] == saved.escalation[0, 0] == 0


def test_capacity_that_keeps_up_with_demand_keeps_delays_in_step() -> None:
    index = np.array([[1.0], [1.2]])
    kept = days_saved(SURFACE, TERMS, index, index, 0.0, capacity_index=index).before
    assert kept.effective[1, 0] == pytest.approx(kept.effective[0, 0], abs=0.01)
    assert kept.delayed[1, 0] == pytest.approx(1.2 * kept.delayed[0, 0], rel=0.05)
    left = days_saved(SURFACE, TERMS, index, index, 0.0).before
    assert left.delayed[1, 0] > 1.5 * left.delayed[0, 0]


def test_a_bed_day_is_saved_at_its_marginal_cost() -> None:
    # From rho2 2 to 1: 50 delayed become 2. 100 beds at 80 treated, so 30 too many become none but one.
    saved = days_saved(PLAIN, replace(TINY, slots=50.0), ONE, ONE, 50.0)
    money = relief(TINY, saved)
    assert saved.days[0, 0] == pytest.approx(48 * 365)
    assert money.bed_days[0, 0] == pytest.approx(48 * 365 * 600 * 0.35)
    assert money.spot[0, 0] == pytest.approx((5.0 - 0.2) * 0.5 * 365 * 8_000)
    # What closes an escalation bed saves the rest of its cost, so all told it is saved in full.
    assert money.escalation[0, 0] == pytest.approx(saved.escalation[0, 0] * 600 * 0.65)
    assert relief(replace(TINY, marginal=0.0), saved).bed_days[0, 0] == 0


def test_the_surface_says_what_a_fresh_run_says() -> None:
    found = look(at(hospital(PATHWAY), 0.85, 1.3, 21.0), Effort(seed=77, replications=3, years=1, warm_up=250))
    # Three runs tell their own error badly; the stored spread of one year tells it better.
    error = float(SURFACE.spread[1, 1, -2]) / 3**0.5
    assert abs(told(PATHWAY, SURFACE, found.place)[0] - found.delayed) <= 2 * error + 0.05 * found.delayed


@pytest.mark.parametrize("point", [(0.85, 0.97, 14.0), (0.9, 1.2, 21.0)])
def test_a_place_a_third_of_the_size_is_read_by_root_load(point: tuple[float, float, float]) -> None:
    place = hospital(PATHWAY)
    found = look(at(replace(place, admissions=place.admissions / 3), *point), Effort(seed=78, replications=4, years=1))
    said = told(PATHWAY, SURFACE, found.place)[0]
    assert said == pytest.approx(found.delayed, abs=2 * found.delayed_se + 0.08 * found.delayed)


def test_the_loads_asked_for_are_met_exactly() -> None:
    place = at(hospital(PATHWAY), 0.9, 1.05, 14.0)
    assert place.admissions * place.stay.mean / place.beds == pytest.approx(0.9)
    assert [way.offered(place.admissions) / way.slots for way in place.onward] == pytest.approx([1.05] * 3)


def test_the_shipped_surface_is_that_of_the_model_and_unaltered() -> None:
    made = PATHWAY.surface
    assert made.model == MODEL
    assert grid_hash(made.model_dump()) == made.grid
    assert grid_hash(made.model_dump() | {"seed": 2}) != made.grid
    assert made.load == pytest.approx(TERMS.discharges * TERMS.onward_stay, abs=1e-3)
    # Ninety per cent of held-out points, or nineteen in twenty, is what two standard errors and 5% should bring.
    assert made.error.within >= 0.9 * made.error.points
    assert made.error.median_share <= 0.06


def test_every_shipped_value_has_a_source() -> None:
    stated = parse(read_bytes(shipped(distilling.SHIPPED)), "x").value
    sources = {name: Source.model_validate(held) for name, held in stated["sources"].items()}
    for text in (PATHWAY.source, PATHWAY.bed_day.source, *(way.source for way in PATHWAY.onward)):
        assert text in sources
    assert sources[PATHWAY.source].grade == "J"
    judged = (PATHWAY.marginal, PATHWAY.patience, PATHWAY.spot_share, PATHWAY.acute_beds, PATHWAY.admissions)
    assert all(part.rationale for part in judged)


def test_terms_pool_the_ways_on() -> None:
    # 5.81, 2.31 and 1.61 a day for 16, 38 and 44 days.
    assert TERMS.discharges == pytest.approx(9.73)
    assert TERMS.discharges * TERMS.onward_stay == pytest.approx(5.81 * 16 + 2.31 * 38 + 1.61 * 44)
    assert TERMS.slots == 171
    assert TERMS.slot_year == pytest.approx((70 * 60_700 + 57 * 72_800 + 44 * 79_600) / 171)


def test_held_out_points_are_off_the_knots_and_crowd_near_balance() -> None:
    points = held_out(9)
    assert len(set(points)) == 20
    assert sum(0.85 <= point.rho2 <= 1.2 for point in points) >= 10
    assert not {point.rho2 for point in points} & set(distilling.RHO2)


def test_a_rebuilt_file_reads_back_as_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, axis in (("RHO1", (0.8, 1.0)), ("RHO2", (0.9, 1.2)), ("PATIENCE", (7.0, 21.0)), ("HELD_OUT", 2)):
        monkeypatch.setattr(distilling, name, axis)
    small = PATHWAY.model_copy(update={"admissions": PATHWAY.admissions.model_copy(update={"value": 7.0})})
    steps: list[int] = []
    made = distilling.rebuild(small, Effort(1, 2, 1, 100), step=steps.append)
    assert sum(steps) == 8 + len(distilling.SLACK) + 2
    stated = parse(written(made), "x").value["pathways"][0]
    back = Pathway.model_validate(stated, strict=True, context={"money": "£"})
    assert back.surface.model_dump(exclude={"source", "grade", "rationale"}) == made.model_dump(
        exclude={"source", "grade", "rationale"}
    )
    assert grid_hash(back.surface.model_dump()) == made.grid
    assert back.model_dump(exclude={"surface"}) == PATHWAY.model_dump(exclude={"surface"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weekdays": [1.0] * 6 + [2.0]}, "mean of 1"),
        ({"acute_beds": 0}, "above nought"),
        ({"marginal": "135%"}, "between 0% and 100%"),
        ({"patience": {"low": 5, "central": 4, "high": 9}}, "rise in that order"),
        ({"beds": 5}, "Extra inputs"),
    ],
)
def test_a_broken_pathway_is_refused(changes: dict[str, object], words: str) -> None:
    stated = parse(read_bytes(shipped(distilling.SHIPPED)), "x").value["pathways"][0]
    with pytest.raises(ValidationError, match=words):
        Pathway.model_validate(stated | changes, strict=True, context={"money": "£"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"rho1": [1.0, 0.5]}, "rises"), ({"residual": [[[0.0]]]}, "every cell"), ({"wait": [0.0]}, "go together")],
)
def test_a_broken_surface_is_refused(changes: dict[str, object], words: str) -> None:
    stated = PATHWAY.surface.model_dump() | changes
    with pytest.raises(ValidationError, match=words):
        Distilled.model_validate(stated | {"error": distilling._NO_ERROR})


def test_arrays_of_the_surface_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SURFACE.residual[0, 0, 0] = 1.0


def test_the_page_says_what_is_saved_and_at_what_cost() -> None:
    text = page(PATHWAY)
    assert "at marginal cost, 35% of £562 (judgement), not at the average, since wards and staff stay" in text
    assert "headroom pathway --rebuild --out FILE" in text
    assert f"Held against {PATHWAY.surface.error.points} fresh runs" in text
    assert "only because people find another way out" in text
    assert max(map(len, text.splitlines())) <= 120
    found = rows(PATHWAY)
    assert [row.delayed for row in found] == sorted((row.delayed for row in found), reverse=True)
    today = found[2]
    assert (today.beds_saved, today.spot_saved, today.cost, today.clamped) == (0, 0, 0, False)
    assert found[0].beds_saved < 0 < found[3].beds_saved
    assert found[0].spot_saved < 0 < found[3].spot_saved
    assert found[0].cost < 0 < found[3].cost
