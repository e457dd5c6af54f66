"""The one pass before action against projecting again, path by path, and against plain loops."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import BLACKBURN, ROOT

from simulator.compiled import LOCAL, Bools, Compiled, Floats
from simulator.drivers import DriverBlock, DriverPaths
from simulator.held import BREACHES
from simulator.money import HALF_PENNY
from simulator.one_pass import (
    Ground,
    HangsOnOthersError,
    Thresholds,
    ground,
    hangs,
    kind_of,
    lasting,
    one_pass,
    thresholds,
)
from simulator.position import Position, price
from simulator.prepared import compile_scenario
from simulator.scenario_file import load
from simulator.trials import met_in
from simulator.variants import VIEWS, Given, Variant

LANCASHIRE = ROOT / "scenarios" / "lancashire.yaml"
PATHS = 1_000
COSTLY_THEN_SAVING = (0.0, 1.0, 1.0, 0.8, 0.5, 0.2, 0.0, -0.3, -0.6, -0.8)
SAVING_THEN_COSTLY = (0.0, -1.0, -0.5, 0.0, 0.4, 0.4, 0.9, 1.2, 1.5, 2.0)
SOME = settings(max_examples=40)


class Town:
    """One scenario on one block of futures."""

    def __init__(self, file: str) -> None:
        """Compile it and price it."""
        self.compiled: Compiled = compile_scenario(load(ROOT / "scenarios" / file).scenario)
        self.block: DriverBlock = DriverPaths(self.compiled, 7).block(0)
        self.position: Position = price(self.compiled, self.block)

    def again(self, agency: str, gaps: Floats) -> tuple[dict[str, Floats], dict[str, Bools]]:
        """Project the body again with more on its gap at each size, `[size, year]`."""
        variants = tuple(
            Variant(f"size_{i}", acts=False, given=Given(agency, gap=tuple(-gap))) for i, gap in enumerate(gaps)
        )
        return met_in(self.compiled, agency, variants, self.block)

    def ground(self, agency: str) -> Ground:
        """What a shift is laid on."""
        compiled = lasting(self.compiled) if kind_of(self.compiled, agency) == "vcse" else self.compiled
        measures, _ = met_in(compiled, agency, VIEWS[:1], self.block)
        own = {name: amounts[0] for name, amounts in measures.items()}
        return ground(self.compiled, agency, own, self.position, VIEWS[0])


@cache
def town(file: str) -> Town:
    return Town(file)


# Equal to projecting again.


@pytest.mark.parametrize(
    ("file", "agency", "largest"),
    [
        (BLACKBURN.name, "blackburn", 60e6),
        (LANCASHIRE.name, "lancashire_police", 40e6),
        (LANCASHIRE.name, "lsc_icb", 90e6),
        (LANCASHIRE.name, "elht", 60e6),
        (LANCASHIRE.name, "hospice", 2e6),
    ],
)
@pytest.mark.parametrize("shape", [COSTLY_THEN_SAVING, SAVING_THEN_COSTLY], ids=["costly first", "saving first"])
def test_one_pass_equals_projecting_again(file: str, agency: str, largest: float, shape: tuple[float, ...]) -> None:
    place = town(file)
    sizes = largest * np.array([0, 0.02, 0.1, 0.4, 1.0])
    gaps = sizes[:, None] * np.array(shape)[: place.compiled.horizon]
    # A cost that is no multiple of the size: the last one has a sum to set up in the second year.
    gaps[-1, 1] += 0.3 * largest
    measures, outcomes = place.again(agency, gaps)
    base, kind = place.ground(agency), kind_of(place.compiled, agency)
    found = one_pass(place.compiled, agency, base, np.broadcast_to(gaps[:, :, None], (*gaps.shape, PATHS)))
    brute = outcomes[BREACHES.get(kind, "unfunded_gap")]
    assert np.array_equal(found.breach, brute)
    assert 0.02 < brute.mean() < 0.98
    assert (brute != brute[0]).any(axis=(1, 2)).tolist() == [False, True, True, True, True]
    if kind == "trust":
        planned = place.compiled.agreed.targets[place.compiled.agency_ids.index(agency), :, None]
        beyond = np.maximum(planned - measures["adjusted_performance"], 0)
        beyond[:, 0] = 0  # the first year is the system's, whose plan binds no trust alone
        assert found.short == pytest.approx(beyond, abs=0.001)
    else:
        assert found.short == pytest.approx(measures["unfunded_gap"], abs=0.001)
    if kind == LOCAL:
        unit = np.broadcast_to(np.array(shape)[: len(base.residual), None], base.residual.shape)
        limits = thresholds(base.reserves, base.residual, unit)
        for size, broken in zip(sizes[:-1], brute[:-1], strict=True):
            assert np.array_equal(limits.broken(size), broken)


def test_the_greatest_size_for_each_future_is_exact_to_the_pound() -> None:
    """A pound less than a council's threshold and none of them is short by then; a pound more and all are."""
    place = town(BLACKBURN.name)
    base = place.ground("blackburn")
    unit = np.ones_like(base.residual)
    first, whole = thresholds(base.reserves, base.residual, unit).by_year()
    assert whole.all()
    sizes = first[-1] + np.array([[-1.0], [1.0]])
    found = one_pass(place.compiled, "blackburn", base, sizes[:, None, :] * unit)
    assert found.breach.any(axis=1).tolist() == [[False] * PATHS, [True] * PATHS]


def test_a_shift_that_saves_can_keep_a_charity_from_failing_and_failure_ends_its_flows() -> None:
    place = town(LANCASHIRE.name)
    base, years = place.ground("hospice"), place.compiled.horizon
    cost = np.zeros((3, years, PATHS))
    cost[1, 1], cost[2, 1] = -5e6, 9e6
    unhelped, helped, ruined = one_pass(place.compiled, "hospice", base, cost).breach
    assert unhelped.any(axis=0).mean() > helped.any(axis=0).mean()
    assert ruined[1].all()
    assert not ruined[2:].any()
    assert (unhelped.sum(axis=0) <= 1).all()


# By hand.


def test_a_threshold_by_hand() -> None:
    """Reserves of 10; short by 4, a surplus of 2, short by 6: with 1 a year more, 8 - 1.5 = 6.5 is too little by then.

    Year 1: 4 + d <= 10, so 6. Year 2: -2 + d <= 0, so 2, or -2 + 4 + 2d <= 10, so 4: the greater. Year 3: 6 + d <= 0,
    so below nought; 4 + 2d <= 0, so below nought; 8 + 3d <= 10, so 2/3.
    """
    residual = np.array([[4.0], [-2.0], [6.0]])
    found = thresholds(10.0, residual, np.ones((3, 1)))
    assert found.most[:, 0] == pytest.approx([6, 4, 2 / 3], abs=HALF_PENNY)
    first, whole = found.by_year()
    assert first[:, 0] == pytest.approx([6, 4, 2 / 3], abs=HALF_PENNY)
    assert whole.all()


def test_a_year_can_be_safe_because_an_earlier_one_was_not() -> None:
    """Short in the first year at any size above 1, but the surplus of the second is new money: its limit is 5."""
    found = thresholds(1.0, np.array([[0.0], [-5.0]]), np.ones((2, 1)))
    assert found.most[:, 0] == pytest.approx([1, 5], abs=HALF_PENNY)
    assert found.by_year()[0][:, 0] == pytest.approx([1, 1], abs=HALF_PENNY)


def test_a_shift_that_saves_later_is_kept_again_at_a_larger_size() -> None:
    """A year short by 6 with no reserve: saving 2 at each £1 of the shift mends it from a size of 3 on."""
    found = thresholds(0.0, np.array([[-4.0], [10.0]]), np.array([[1.0], [-2.0]]))
    assert (found.most[0, 0], found.again[0, 0]) == (pytest.approx(4, abs=HALF_PENNY), np.inf)
    # The second year alone: 10 - 2d <= 0, so from 5; with the surplus of the first kept, 6 - d <= 0, so from 6.
    assert (found.most[1, 0], found.again[1, 0]) == (-np.inf, pytest.approx(5, abs=HALF_PENNY))
    first, whole = found.by_year()
    assert first[:, 0] == pytest.approx([4, -np.inf], abs=HALF_PENNY)
    assert whole[:, 0].tolist() == [True, True]


def test_sizes_that_keep_the_duty_can_be_two_runs() -> None:
    """Broken from 1 to 3 in one year and from 5 in another: kept to 1 and from 3 to 5."""
    first, whole = Thresholds(np.array([[1.0], [5.0]]), np.array([[3.0], [np.inf]])).by_year()
    assert first[:, 0].tolist() == [1, 1]
    assert whole[:, 0].tolist() == [False, False]
    first, whole = Thresholds(np.array([[1.0], [2.0]]), np.array([[3.0], [np.inf]])).by_year()
    assert whole[:, 0].tolist() == [False, True]


def test_no_shift_at_no_cost_has_no_limit() -> None:
    found = thresholds(5.0, np.array([[1.0], [1.0]]), np.zeros((2, 1)))
    assert np.isinf(found.most).all()
    assert not found.broken(1e12).any()


# Against plain loops.


def plainly(reserves: int, residual: Floats, cost: Floats) -> list[bool]:
    """Whether each year ends with a gap that reserves could not meet, one number at a time."""
    held, short = float(reserves), []
    for lacking in residual + cost:
        short.append(bool(lacking > held + HALF_PENNY))
        held = max(held - lacking, 0.0)
    return short


AMOUNTS = st.lists(st.integers(-20, 20), min_size=7, max_size=7)
UNITS = st.lists(st.integers(-3, 4), min_size=7, max_size=7)


@SOME
@given(reserves=st.integers(0, 40), residual=AMOUNTS, unit=UNITS)
def test_thresholds_are_what_a_plain_loop_finds(reserves: int, residual: list[int], unit: list[int]) -> None:
    """At every half pound of shift and either sign of its cost, since whole pounds leave no doubt of a half-penny."""
    lacking, slope = np.array(residual, float), np.array(unit, float)
    found = thresholds(reserves, lacking[:, None], slope[:, None])
    first, whole = found.by_year()
    kept = []
    for size in np.arange(0, 60, 0.5):
        short = plainly(reserves, lacking, size * slope)
        assert found.broken(size)[:, 0].tolist() == short
        kept.append([not any(short[: year + 1]) for year in range(7)])
    for year, runs in enumerate(np.array(kept).T):
        upto = int(np.argmin(runs)) if not runs.all() else len(runs)
        limit = first[year, 0]
        assert upto == len(runs) if limit >= 60 else upto == max(0, np.floor(2 * limit) + 1)
        if whole[year, 0]:
            assert not runs[upto:].any()
        elif not runs[upto:].any():
            # Kept again only at sizes between those tried, or beyond them.
            assert found.again[: year + 1, 0][found.again[: year + 1, 0] > 0].min() < np.inf


@SOME
@given(reserves=st.integers(0, 40), residual=AMOUNTS, unit=st.lists(st.integers(0, 4), min_size=7, max_size=7))
def test_more_reserves_never_lower_a_limit_and_cost_never_mends(
    reserves: int, residual: list[int], unit: list[int]
) -> None:
    lacking, slope = np.array(residual, float)[:, None], np.array(unit, float)[:, None]
    less, more = (thresholds(held, lacking, slope) for held in (reserves, reserves + 5))
    assert (more.most >= less.most).all()
    assert np.isinf(less.again).all()
    first, whole = less.by_year()
    assert (first[1:] <= first[:-1]).all()
    assert whole.all()


@SOME
@given(residual=AMOUNTS, gaps=AMOUNTS)
def test_an_icb_repays_what_a_shift_made_it_overspend(residual: list[int], gaps: list[int]) -> None:
    """One number at a time: what is overspent is owed and repaid in thirds, within half a percent of funding."""
    compiled = town(LANCASHIRE.name).compiled
    assert compiled.icb is not None
    compiled = replace(compiled, icb=replace(compiled.icb, owed=np.zeros(1), repayment_cap=0.5))
    funding = 24.0

    def overspent(added: list[int]) -> tuple[list[float], list[float]]:
        owed = instalment = 0.0
        missed, charged = [], []
        for extra in added:
            repaid = min(instalment if owed - instalment > HALF_PENNY else owed, 0.5 * funding)
            gap = extra + repaid
            owed -= repaid
            instalment = instalment if owed > 0 else 0.0
            if gap > 0:
                owed += gap
                instalment = max(instalment, owed / 3)
            missed.append(max(gap, 0.0))
            charged.append(repaid)
        return missed, charged

    before, repaid = overspent(residual)
    closing = np.array(residual, float) + repaid
    base = Ground(closing[:, None], np.full((7, 1), funding), np.full((7, 1), funding), 0.0)
    gaps[0] = 0
    cost = np.array([np.zeros(7), gaps], float)[:, :, None]
    found = one_pass(compiled, "lsc_icb", base, cost)
    after, _ = overspent([a + b for a, b in zip(residual, gaps, strict=True)])
    assert found.short[:, :, 0] == pytest.approx(np.array([before, after]))


def test_a_trust_pays_the_dividend_on_support_and_loses_deficit_support_beyond_its_plan() -> None:
    """Plan: break-even with support of 8, a quarter withheld. Short by 12 more it loses 2: 14 beyond its plan.

    Its cash of 5 is gone and 9 is drawn, on which 3.5% is charged in the next year: .315.
    """
    compiled = town(LANCASHIRE.name).compiled
    body = compiled.agency_ids.index("elht")
    agreed = compiled.agreed
    support, targets = np.zeros_like(agreed.deficit_support), np.zeros_like(agreed.targets)
    support[body, 1] = 8.0
    assert compiled.trust is not None
    level = np.zeros_like(compiled.trust.non_cash)
    trust = replace(
        compiled.trust, cash=np.full(5, 5.0), minimum_days=np.zeros(5), non_cash=level, capital=level,
        planned_deficit=level,
    )  # fmt: skip
    compiled = replace(
        compiled, trust=trust, agreed=replace(agreed, deficit_support=support, targets=targets, tolerance=0.0)
    )
    nought = np.zeros((3, 1))
    cost = np.array([[0.0, 0.0, 0.0], [0.0, 12.0, 0.0]])[:, :, None]
    found = one_pass(compiled, "elht", Ground(nought, nought, nought, 0.0), cost)
    assert found.short[:, :, 0] == pytest.approx(np.array([[0, 0, 0], [0, 14, 0.315]]))


# Where it is not offered.


def test_a_shift_under_a_shared_control_total_is_refused_in_words() -> None:
    place = town(LANCASHIRE.name)
    assert place.compiled.nhs_regime[:2] == ("system", "individual")
    for agency in ("lsc_icb", "elht"):
        cost = np.ones((1, place.compiled.horizon, PATHS))
        with pytest.raises(HangsOnOthersError, match="settles what its members"):
            one_pass(place.compiled, agency, place.ground(agency), cost)
        assert hangs(place.compiled, agency, since=0)
        assert hangs(place.compiled, agency, since=1) is None
    assert hangs(place.compiled, "hospice", since=0) is None
    assert hangs(place.compiled, "blackburn", since=0) is None


def test_an_incentive_that_hangs_on_the_year_end_is_refused() -> None:
    compiled = town(LANCASHIRE.name).compiled
    (system,) = compiled.agreed.systems
    planned = system.planned.copy()
    planned[system.members.index(compiled.agency_ids.index("elht")), 3] = 1e6
    paid = replace(compiled, agreed=replace(compiled.agreed, systems=(replace(system, planned=planned),)))
    assert "incentive" in str(hangs(paid, "elht", since=1))
    assert hangs(paid, "elht", since=4) is None
    assert hangs(paid, "bth", since=1) is None


def test_a_view_in_which_managers_answer_is_refused() -> None:
    place = town(BLACKBURN.name)
    with pytest.raises(ValueError, match="after_action"):
        ground(place.compiled, "blackburn", {}, place.position, VIEWS[1])
    assert lasting(place.compiled) is place.compiled
