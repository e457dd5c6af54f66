"""The rules of bodies that are not councils, each worked by hand: what they keep, owe, repay and fail."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import driver, line, scenario
from pydantic import TypeAdapter, ValidationError

from simulator.drivers import DriverPaths
from simulator.money import HALF_PENNY
from simulator.place import Agency, LocalAuthority
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.regimes import fire, icb, police, trust, vcse
from simulator.regimes.combined_authority import CombinedAuthority
from simulator.regimes.fire import Fire
from simulator.regimes.icb import Icb, IcbTerms
from simulator.regimes.outside import Outside
from simulator.regimes.police import Police
from simulator.regimes.trust import Trust, TrustTerms
from simulator.regimes.vcse import Charity, CharityTerms
from simulator.years import FinancialYear

M = 1e6
YEARS = 20
REGIMES = ("organisation", "system", "individual")
Floats = icb.Floats


def pot(amount: float) -> Floats:
    """One variant, one body, one path."""
    return np.array([[[amount]]])


def one(found: Floats) -> float:
    """The only entry of an array."""
    return float(found.reshape(()))


def every_year(amount: float) -> Floats:
    return np.full((1, YEARS), amount)


def icb_terms(owed: float = 0.0, planned: float = 0.0, **changes: Any) -> IcbTerms:
    """One ICB whose debts are repaid over three years, without a cap that binds."""
    plain: dict[str, Any] = {"repayment_cap": 1.0}
    return IcbTerms(np.array([owed]), every_year(planned), every_year(0.0), **{**plain, **changes})


def trust_terms(cash: float = 0.0, days: float = 0.0, planned: float = 0.0, **flows: float) -> TrustTerms:
    """One trust; `flows` are `non_cash` and `capital`."""
    non_cash, capital = every_year(flows.get("non_cash", 0.0)), every_year(flows.get("capital", 0.0))
    statutory = np.array([bool(flows.get("statutory", True))])
    return TrustTerms(
        np.array([cash]), np.array([days]), non_cash, capital, every_year(planned), every_year(0.0), statutory
    )


def charity_terms(reserves: float = 0.0, months: float = 0.0, fails: bool = True) -> CharityTerms:
    return CharityTerms(np.array([reserves]), np.array([months]), np.array([1.5]), np.array([fails]))


def spread(state: Any) -> Any:
    """An opening state, `[agency]`, as the engine holds it: `[variant, agency, path]`."""
    return type(state)(*(part[None, :, None] for part in state))


def begun(rules: ModuleType, terms: Any) -> Any:
    return spread(rules.opening(terms))


def first_close(rules: ModuleType, terms: Any, residual: float, turnover: float = 1000.0) -> Any:
    return rules.close(terms, 0, begun(rules, terms), pot(residual), pot(turnover))


def run(rules: ModuleType, terms: Any, residuals: list[float], turnover: float = 1000.0) -> list[tuple[float, Any]]:
    """What earlier years charge and how each year closes, year by year."""
    state, seen = begun(rules, terms), []
    for year, residual in enumerate(residuals):
        charged = one(rules.charge(terms, year, state, pot(turnover)))
        closed = rules.close(terms, year, state, pot(residual), pot(turnover))
        seen.append((charged, closed))
        state = closed.state
    return seen


def charges(terms: Any, residuals: list[float], turnover: float = 1000.0) -> list[float]:
    return [charged for charged, _ in run(icb, terms, residuals, turnover)]


def missed(rules: ModuleType, terms: Any, residual: float, regime: str, turnover: float = 1000.0) -> dict[str, float]:
    closed = first_close(rules, terms, residual, turnover)
    found = rules.duties(terms, 0, closed, pot(residual), pot(turnover), regime)
    return {duty: one(short) for duty, short in found.items()}


# The integrated care board


def test_an_underspend_of_five_is_cash_to_a_trust_and_nothing_to_an_icb() -> None:
    trusts, boards = first_close(trust, trust_terms(), -5.0), first_close(icb, icb_terms(), -5.0)
    assert one(trusts.state.cash) == 5
    assert one(trusts.use_of_reserves) == -5
    assert one(boards.lapsed) == 5
    assert one(boards.use_of_reserves) == 0
    assert one(icb.charge(icb_terms(), 1, boards.state, pot(1000.0))) == 0


def test_a_carry_forward_switched_on_helps_the_next_year_and_no_other() -> None:
    terms = icb_terms(carry_forward=0.4)
    seen = run(icb, terms, [-5.0, 0.0, 0.0])
    assert [charged for charged, _ in seen] == [0, -2, 0]
    closed = seen[0][1]
    assert (one(closed.use_of_reserves), one(closed.lapsed), one(closed.unfunded_gap)) == (-2, 3, 0)


def test_an_overspend_is_unfunded_and_repaid_in_three_equal_parts() -> None:
    seen = run(icb, icb_terms(), [9.0, 0.0, 0.0, 0.0, 0.0])
    assert one(seen[0][1].unfunded_gap) == 9
    assert one(seen[0][1].use_of_reserves) == 0
    assert [charged for charged, _ in seen] == [0, 3, 3, 3, 0]
    assert [one(closed.measures["owed"]) for _, closed in seen] == [9, 6, 3, 0, 0]
    assert [one(closed.measures["repayment"]) for _, closed in seen] == [0, 3, 3, 3, 0]


def test_the_cap_of_half_a_per_cent_of_funding_holds_repayment_back_and_all_is_repaid() -> None:
    """18 over three years is 6 a year; 0.5% of 1,000 is 5: three years of 5 and one of 3."""
    terms = icb_terms(repayment_cap=0.005)
    assert charges(terms, [18.0] + [0.0] * 5) == [0, 5, 5, 5, 3, 0]


def test_the_cap_moves_with_the_year_s_funding() -> None:
    terms, state = icb_terms(owed=30.0, repayment_cap=0.005), begun(icb, icb_terms(owed=30.0))
    assert [one(icb.charge(terms, 0, state, pot(funds))) for funds in (0.0, 400.0, 1600.0, 4000.0)] == [0, 2, 8, 10]


def test_what_is_owed_at_the_start_is_repaid_from_the_first_year() -> None:
    assert charges(icb_terms(owed=6.0), [0.0] * 5) == [2, 2, 2, 0, 0]


def test_a_second_overspend_never_slows_the_repayment_of_the_first() -> None:
    """6 owed after a year at 3 a year: 0.3 more leaves the instalment, 6 more lifts it to a third of 12."""
    assert charges(icb_terms(), [9.0, 0.3, 0.0, 0.0, 0.0]) == pytest.approx([0, 3, 3, 3, 0.3])
    assert charges(icb_terms(), [9.0, 6.0, 0.0, 0.0, 0.0, 0.0]) == [0, 3, 4, 4, 4, 0]


def test_a_new_debt_after_the_old_is_cleared_starts_afresh() -> None:
    assert charges(icb_terms(), [9.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]) == [0, 3, 3, 3, 0, 1, 1, 1, 0]


def test_an_overspend_every_year_settles_at_a_repayment_of_its_own_size() -> None:
    paid = charges(icb_terms(), [3.0] * YEARS)
    assert paid == sorted(paid)
    assert paid[-1] == pytest.approx(3, abs=0.01)


def test_repayment_over_one_year_is_the_whole_of_it() -> None:
    assert charges(icb_terms(repayment_years=1), [4.0, 0.0, 0.0]) == [0, 4, 0]


def test_a_planned_deficit_is_owed_all_the_same() -> None:
    closed = first_close(icb, icb_terms(planned=4.0), 4.0)
    assert one(closed.state.owed) == one(closed.unfunded_gap) == 4


@pytest.mark.parametrize("regime", REGIMES)
def test_an_icb_s_duties_by_regime(regime: str) -> None:
    """Overspent by 12 where 4 was planned: 8 off plan, 3 beyond half a per cent of 1,000; s223GC binds in all."""
    expected = {"overspent": 12, "missed_plan": 8, "missed_by_half_percent": 3}
    assert missed(icb, icb_terms(planned=4.0), 12.0, regime) == expected


def test_an_icb_on_its_plan_or_better_misses_only_the_duty_not_to_overspend() -> None:
    terms = icb_terms(planned=4.0)
    assert missed(icb, terms, 4.0, "individual") == {"overspent": 4, "missed_plan": 0, "missed_by_half_percent": 0}
    assert set(missed(icb, terms, -1.0, "organisation").values()) == {0}


def test_a_miss_within_the_tolerance_is_no_miss_of_note() -> None:
    assert missed(icb, icb_terms(), 5.0, "individual")["missed_by_half_percent"] == 0
    assert missed(icb, icb_terms(), 5.5, "individual")["missed_by_half_percent"] == 0.5


def test_convergence_closes_a_share_of_the_distance_each_year() -> None:
    """2% above target, half of it closed: 1% off; 1.02 x 0.99 leaves 0.98% above, and 0.49% off."""
    assert icb.converged(0.02, 0.5, 0.05, 0.05, np.zeros(2)) == pytest.approx([-0.01, -0.0049])


def test_convergence_is_capped_each_way() -> None:
    """6% under: 2% is the most added; 0.94 x 1.02 leaves 4.12% under, and again 2.2024%, of which half is less."""
    assert icb.converged(-0.06, 0.5, 0.01, 0.02, np.zeros(3)) == pytest.approx([0.02, 0.02, 0.011012])
    assert icb.converged(0.06, 0.5, 0.01, 0.02, np.zeros(2)) == pytest.approx([-0.01, -0.01])


def test_growth_moves_allocation_and_target_alike() -> None:
    """With 4% growth and 1% taken off, 1.04 x 1.03 / 1.04 leaves 3% above target; then 0.75% comes off."""
    assert icb.converged(0.04, 0.25, 0.01, 0.01, np.full(2, 0.04)) == pytest.approx([-0.01, -0.0075])


def test_nothing_converges_on_target_or_at_no_rate() -> None:
    assert list(icb.converged(0.0, 0.5, 0.01, 0.01, np.full(3, 0.04))) == [0, 0, 0]
    assert list(icb.converged(0.1, 0.0, 0.01, 0.01, np.full(3, 0.04))) == [0, 0, 0]


@given(st.floats(-0.2, 0.2), st.floats(0.0, 0.5), st.floats(0.0, 0.05), st.floats(0.0, 0.05), st.floats(-0.05, 0.1))
def test_convergence_stays_within_its_caps_and_never_passes_the_target(
    distance: float, rate: float, down: float, up: float, growth: float
) -> None:
    moved = icb.converged(distance, rate, down, up, np.full(30, growth))
    assert np.all((moved >= -down - 1e-12) & (moved <= up + 1e-12))
    assert np.all(moved * np.sign(-distance) >= 0)


def test_golden_9_the_tariff_factor() -> None:
    assert icb.tariff_factor(0.029, 0.011) == pytest.approx(1.01768, abs=5e-6)


def test_golden_13_the_system_metric() -> None:
    assert icb.system_metric([-2 * M, -6 * M], [400 * M]) == pytest.approx(-0.02)


# The trust


def test_a_deficit_falls_on_cash_with_what_takes_no_cash_and_what_capital_takes() -> None:
    """10 - 4 + 3 - 5 = 4."""
    closed = first_close(trust, trust_terms(10.0, non_cash=3.0, capital=5.0), 4.0)
    assert one(closed.state.cash) == one(closed.measures["cash"]) == 4
    assert (one(closed.use_of_reserves), one(closed.unfunded_gap)) == (4, 0)
    assert one(closed.measures["adjusted_performance"]) == -4


def test_cash_below_its_days_is_supported_and_the_dividend_follows_from_the_next_year() -> None:
    """10 days of 365 are 10; 12 - 5 leaves 7: 3 are drawn, and 3.5% of 3 is charged for good."""
    seen = run(trust, trust_terms(12.0, days=10.0), [5.0, 0.0, 0.0], turnover=365.0)
    assert [charged for charged, _ in seen] == pytest.approx([0, 0.105, 0.105])
    assert [one(closed.measures["cash_support_drawn"]) for _, closed in seen] == [3, 0, 0]
    assert [one(closed.measures["revenue_support"]) for _, closed in seen] == [3, 3, 3]
    assert [one(closed.measures["cash"]) for _, closed in seen] == [10, 10, 10]
    assert one(seen[0][1].unfunded_gap) == 0


def test_what_cash_above_nought_cannot_meet_is_the_unfunded_gap() -> None:
    """3 of a deficit of 5 from cash; 2 unfunded; support lifts -2 to the floor of 10."""
    closed = first_close(trust, trust_terms(3.0, days=10.0), 5.0, 365.0)
    assert (one(closed.use_of_reserves), one(closed.unfunded_gap)) == (3, 2)
    assert one(closed.measures["cash_support_drawn"]) == 12
    assert one(closed.state.cash) == 10


def test_capital_that_empties_the_bank_is_no_unfunded_deficit() -> None:
    closed = first_close(trust, trust_terms(3.0, capital=10.0), -1.0)
    assert (one(closed.use_of_reserves), one(closed.unfunded_gap)) == (-1, 0)
    assert one(closed.measures["cash_support_drawn"]) == 6
    deficit = first_close(trust, trust_terms(3.0, capital=10.0), 1.0)
    assert (one(deficit.use_of_reserves), one(deficit.unfunded_gap)) == (0, 1)


def test_trusts_with_a_surplus_of_three_and_a_deficit_of_five() -> None:
    """Alone the second is 5 short and the first's 3 are not netted; in a system neither misses a duty of its own."""
    for regime in ("individual", "organisation"):
        assert missed(trust, trust_terms(100.0), -3.0, regime)["break_even"] == 0
        assert missed(trust, trust_terms(100.0), 5.0, regime)["break_even"] == 5
    for residual in (-3.0, 5.0):
        found = missed(trust, trust_terms(100.0), residual, "system")
        assert (found["break_even"], found["missed_plan"]) == (0, 0)


@pytest.mark.parametrize("regime", REGIMES)
def test_a_trust_s_duties_by_regime(regime: str) -> None:
    """A deficit of 12 where 4 was planned, on cash of 2 and a floor of nought: 10 drawn."""
    alone = 0 if regime == "system" else 1
    expected = {"break_even": 12 * alone, "missed_plan": 8 * alone, "missed_by_half_percent": 3}
    assert missed(trust, trust_terms(2.0, planned=4.0), 12.0, regime) == {**expected, "needs_cash_support": 10}


def test_a_foundation_trust_breaks_even_by_rule_only_where_each_body_stands_alone() -> None:
    found = {regime: missed(trust, trust_terms(20.0, statutory=False), 5.0, regime)["break_even"] for regime in REGIMES}
    assert found == {"organisation": 0, "system": 0, "individual": 5}


def test_a_surplus_below_the_one_planned_misses_the_plan_and_no_more() -> None:
    found = missed(trust, trust_terms(10.0, planned=-4.0), -1.0, "individual")
    assert found == {"break_even": 0, "missed_plan": 3, "missed_by_half_percent": 0, "needs_cash_support": 0}


def test_golden_12_use_of_resources() -> None:
    assert trust.use_of_resources(2.6, -8, 0.004, -0.006, 0.10) == (1, 3, 2, 2, 2, 2)


def test_one_four_holds_the_overall_score_at_three() -> None:
    assert trust.use_of_resources(2.6, 5, 0.02, 0, -0.1) == (1, 1, 1, 1, 1, 1)
    assert trust.use_of_resources(2.6, 5, 0.02, 0, 0.6) == (1, 1, 1, 1, 4, 3)
    assert trust.use_of_resources(1.0, -20, -0.02, -0.03, 0.6) == (4, 4, 4, 4, 4, 4)


def test_the_edges_of_use_of_resources() -> None:
    assert trust.use_of_resources(2.5, 0, 0.01, -0.01, 0.25)[:5] == (1, 2, 2, 2, 2)
    assert trust.use_of_resources(1.75, -7, 0, -0.02, 0.5)[:5] == (2, 2, 3, 3, 3)
    assert trust.use_of_resources(1.25, -14, -0.01, -0.021, 0.51)[:5] == (3, 3, 4, 4, 4)


# The charity


def test_a_charity_lives_on_its_free_reserves() -> None:
    closed = first_close(vcse, charity_terms(10.0), 4.0, turnover=24.0)
    assert (one(closed.use_of_reserves), one(closed.unfunded_gap)) == (4, 0)
    assert one(closed.measures["free_reserves"]) == 6
    assert one(closed.measures["reserve_months"]) == 3
    assert one(closed.measures["failed"]) == 0


def test_a_charity_below_nought_has_failed_for_good() -> None:
    seen = run(vcse, charity_terms(3.0), [5.0, 0.0, -2.0], turnover=24.0)
    closed = [close for _, close in seen]
    assert [charged for charged, _ in seen] == [0, 0, 0]
    assert [(one(c.use_of_reserves), one(c.unfunded_gap), one(c.lapsed)) for c in closed] == [
        (3, 2, 0),
        (0, 0, 0),
        (0, 0, 2),
    ]
    assert all(bool(one(c.state.failed)) and one(c.state.free_reserves) == 0 for c in closed)
    assert [one(c.measures["failed"]) for c in closed] == [1, 1, 1]


def test_a_charity_that_ends_at_nought_to_half_a_penny_goes_on() -> None:
    assert not one(first_close(vcse, charity_terms(3.0), 3.0 + HALF_PENNY / 2).state.failed)
    assert one(first_close(vcse, charity_terms(3.0), 3.0 + HALF_PENNY * 2).state.failed)


def test_a_charity_sure_to_be_kept_afloat_tells_its_shortfall_and_goes_on() -> None:
    seen = run(vcse, charity_terms(3.0, fails=False), [5.0, -4.0], turnover=24.0)
    assert one(seen[0][1].unfunded_gap) == 2
    assert not one(seen[1][1].state.failed)
    assert one(seen[1][1].state.free_reserves) == 4


def test_a_charity_s_duties_are_its_policy_in_pounds_and_solvency() -> None:
    """Three months of 24 are 6."""
    terms = charity_terms(5.0, months=3.0)
    assert missed(vcse, terms, 1.0, "individual", 24.0) == {"reserves_below_floor": 2, "insolvent": 0}
    assert missed(vcse, terms, 7.0, "individual", 24.0) == {"reserves_below_floor": 6, "insolvent": 2}
    assert missed(vcse, terms, -1.0, "individual", 24.0) == {"reserves_below_floor": 0, "insolvent": 0}


def test_a_charity_without_turnover_has_no_months() -> None:
    assert one(first_close(vcse, charity_terms(5.0), 0.0, turnover=0.0).measures["reserve_months"]) == 0


# Properties of all three

RESIDUALS = st.lists(st.floats(-50 * M, 50 * M), min_size=1, max_size=8)
POUNDS = st.floats(0, 100 * M)
# A body of less than a pound has months of reserves beyond what a float can hold.
TURNOVER = st.one_of(st.just(0.0), st.floats(1, 2000 * M))
TERMS = st.one_of(
    st.builds(
        lambda owed, share, over, cap: (
            icb,
            icb_terms(owed, carry_forward=share, repayment_years=over, repayment_cap=cap),
        ),
        POUNDS,
        st.floats(0, 1),
        st.integers(1, 10),
        st.floats(0, 0.02),
    ),
    st.builds(
        lambda cash, days, non_cash, capital: (trust, trust_terms(cash, days, non_cash=non_cash, capital=capital)),
        POUNDS,
        st.floats(0, 30),
        POUNDS,
        POUNDS,
    ),
    st.builds(lambda reserves, fails: (vcse, charity_terms(reserves, fails=fails)), POUNDS, st.booleans()),
)


@given(TERMS, RESIDUALS, TURNOVER)
def test_a_residual_is_met_lapses_or_is_left(ruled: Any, residuals: list[float], turnover: float) -> None:
    rules, terms = ruled
    for (_, closed), residual in zip(run(rules, terms, residuals, turnover), residuals, strict=True):
        rest = one(closed.use_of_reserves) + one(closed.unfunded_gap) - one(closed.lapsed)
        assert abs(rest - residual) < HALF_PENNY
        assert one(closed.lapsed) >= 0
        assert 0 <= one(closed.unfunded_gap) <= max(residual, 0.0) + HALF_PENNY


@given(TERMS, st.floats(-50 * M, 50 * M), TURNOVER, st.sampled_from(REGIMES))
def test_no_duty_is_missed_by_less_than_nought_and_none_is_left_out(
    ruled: Any, residual: float, turnover: float, regime: str
) -> None:
    rules, terms = ruled
    found = missed(rules, terms, residual, regime, turnover)
    assert all(short >= 0 for short in found.values())
    assert set(found) == set(missed(rules, terms, 0.0, "system"))


@given(TERMS, RESIDUALS, TURNOVER)
def test_a_body_whose_residuals_are_worse_never_ends_with_more(
    ruled: Any, residuals: list[float], turnover: float
) -> None:
    rules, terms = ruled
    state = begun(rules, terms)
    for residual in residuals:
        better, worse = (rules.close(terms, 0, state, pot(residual + more), pot(turnover)) for more in (0.0, 1 * M))
        assert one(worse.unfunded_gap) >= one(better.unfunded_gap)
        assert one(worse.use_of_reserves) >= one(better.use_of_reserves) - HALF_PENNY
        state = better.state


@given(RESIDUALS, POUNDS, st.floats(0, 30), POUNDS, POUNDS)
def test_a_trust_s_cash_rolls_forward(
    residuals: list[float], cash: float, days: float, non_cash: float, capital: float
) -> None:
    terms = trust_terms(cash, days, non_cash=non_cash, capital=capital)
    held = cash
    for (_, closed), residual in zip(run(trust, terms, residuals, 365 * M), residuals, strict=True):
        drawn = one(closed.measures["cash_support_drawn"])
        assert abs(one(closed.state.cash) - (held - residual + non_cash - capital + drawn)) < HALF_PENNY
        assert one(closed.state.cash) >= days * M - HALF_PENNY
        assert drawn == 0 or abs(one(closed.state.cash) - days * M) < HALF_PENNY
        held = one(closed.state.cash)


@given(RESIDUALS, POUNDS, st.integers(1, 10), st.floats(0, 0.02), TURNOVER)
def test_repayment_is_never_above_what_is_owed_or_the_cap(
    residuals: list[float], owed: float, over: int, cap: float, funding: float
) -> None:
    terms = icb_terms(owed, repayment_years=over, repayment_cap=cap)
    debt = owed
    for (charged, closed), residual in zip(run(icb, terms, residuals, funding), residuals, strict=True):
        repaid = one(closed.measures["repayment"])
        assert charged == repaid
        assert 0 <= repaid <= min(debt, cap * funding) + HALF_PENNY
        assert abs(one(closed.state.owed) - (debt - repaid + max(residual, 0.0))) < HALF_PENNY
        debt = one(closed.state.owed)


@given(RESIDUALS, POUNDS, st.integers(1, 10))
def test_all_that_is_owed_is_repaid_in_time_once_overspending_ends(
    residuals: list[float], owed: float, over: int
) -> None:
    seen = run(icb, icb_terms(owed, repayment_years=over), [*residuals, *[0.0] * over], 2000 * M)
    overspent = sum(max(residual, 0.0) for residual in residuals)
    assert one(seen[-1][1].state.owed) == 0
    assert abs(sum(charged for charged, _ in seen) - owed - overspent) < HALF_PENNY


@given(RESIDUALS, POUNDS)
def test_a_charity_s_reserves_roll_forward_and_failure_lasts(residuals: list[float], reserves: float) -> None:
    held, failed = reserves, False
    for (_, closed), _residual in zip(run(vcse, charity_terms(reserves), residuals), residuals, strict=True):
        assert abs(one(closed.state.free_reserves) - (held - one(closed.use_of_reserves))) < HALF_PENNY
        assert one(closed.state.failed) >= failed
        assert one(closed.state.free_reserves) >= 0
        held, failed = one(closed.state.free_reserves), bool(one(closed.state.failed))


def test_bodies_and_paths_do_not_mix() -> None:
    """Two trusts on two paths at once give what each gives alone."""
    terms = TrustTerms(np.array([3.0, 20.0]), np.array([10.0, 5.0]), *[np.zeros((2, 1))] * 4, np.array([True, False]))
    residual = np.array([[[5.0, -1.0], [2.0, 30.0]]])
    both = trust.close(terms, 0, begun(trust, terms), residual, np.full((1, 2, 1), 365.0))
    for body, (cash, days) in enumerate([(3.0, 10.0), (20.0, 5.0)]):
        for path in range(2):
            alone = first_close(trust, trust_terms(cash, days), residual[0, body, path], 365.0)
            assert both.state.cash[0, body, path] == one(alone.state.cash)
            assert both.unfunded_gap[0, body, path] == one(alone.unfunded_gap)


# Police, fire, and what a file may say


@pytest.mark.parametrize("rules", [police, fire])
def test_a_general_reserve_above_five_per_cent_must_be_justified(rules: ModuleType) -> None:
    found = rules.needs_justifying(np.array([4.0, 5.0, 8.0]), np.array([100.0, 100.0, 100.0]))
    assert list(found) == [0, 0, 3]


LINE = {"id": "care", "name": "Care", "net": 10}
TAX = {"requirement": {"2024-25": 40}, "band_d": {"2024-25": 250}}
HELD = {
    "gf_unallocated": 5,
    "earmarked": 10,
    "usable_share": "50%",
    "reallocatable_share": "10%",
    "minimum": "3%",
    "contribution": {"amount": 0},
}
BODY: dict[str, Any] = {"id": "body", "name": "Body", "spending": [LINE]}
LOCAL: dict[str, Any] = {**BODY, "reserves": HELD}
YEAR = FinancialYear(2025)


def read(body: type[Any], /, **said: Any) -> Any:
    return TypeAdapter(body).validate_python(said)


def an_icb(**said: Any) -> Icb:
    allocations = [{"id": "core", "name": "Core", "amounts": {"2024-25": 100}, "distance_from_target": "-1.2%"}]
    return read(Icb, kind="icb", funding={"allocations": allocations}, **{**BODY, **said})  # type: ignore[no-any-return]


def a_trust(**said: Any) -> Trust:
    return read(Trust, kind="trust", foundation=True, cash=20, minimum_cash_days=10, **{**BODY, **said})  # type: ignore[no-any-return]


def test_an_icb_reads_its_allocations_and_what_it_owes() -> None:
    found = an_icb(code="QE1", owed=3, planned_deficit={"2025-26": 4})
    assert [allocation.amounts[FinancialYear(2024)].used for allocation in found.incomes] == [100 * M]
    assert found.funding.allocations[0].distance_from_target.used == -0.012  # type: ignore[union-attr]
    assert (found.owed.used, found.planned_deficit[YEAR].used) == (3 * M, 4 * M)  # type: ignore[union-attr]
    assert (found.tax, found.held, found.tier) == (None, None, None)


def test_an_icb_cannot_borrow() -> None:
    debt = {"outstanding": 1, "rate": "4%", "maturing": "5%", "mrp": 1, "mrp_growth": "2%"}
    with pytest.raises(ValidationError, match="an ICB cannot borrow"):
        an_icb(debt=debt)


def test_a_trust_without_other_income_is_all_contracts() -> None:
    found = a_trust(non_cash=5, deficit_support={"2025-26": 2})
    assert list(found.incomes) == []
    assert (found.cash.used, found.non_cash.used) == (20 * M, 5 * M)  # type: ignore[union-attr]


def test_a_trust_plans_a_surplus_or_a_deficit() -> None:
    with pytest.raises(ValidationError, match="2025-26 has a `planned_deficit` and a `planned_surplus`"):
        a_trust(planned_deficit={"2025-26": 2}, planned_surplus={"2025-26": 2})
    assert a_trust(planned_deficit={"2025-26": 2}, planned_surplus={"2026-27": 2}).planned_surplus


@pytest.mark.parametrize(
    ("kind", "said", "teaches"),
    [
        (Trust, {"kind": "trust", "foundation": True, "cash": 1, "minimum_cash_days": -1}, "minimum_cash_days"),
        (Charity, {"kind": "vcse", "free_reserves": 1, "minimum_months": -1}, "minimum_months"),
        (
            Charity,
            {"kind": "vcse", "free_reserves": 1, "minimum_months": 1, "replacement_multiple": -1},
            "such as 1.5",
        ),
    ],
)
def test_a_number_below_nought_where_none_can_be(kind: type[Any], said: dict[str, Any], teaches: str) -> None:
    with pytest.raises(ValidationError, match=teaches):
        read(kind, **BODY, **said)


def test_a_charity_reads_its_own_income() -> None:
    income = [{"id": "shops", "name": "Shops", "amounts": {"2024-25": 2}}]
    found = read(Charity, kind="vcse", free_reserves=3, minimum_months=3, funding={"income": income}, **BODY)
    assert [stream.id for stream in found.incomes] == ["shops"]
    assert (found.fails, found.replacement_multiple) == (True, None)


@pytest.mark.parametrize(("kind", "tier"), [(Police, "police"), (Fire, "fire")])
def test_police_and_fire_are_local_authorities_with_limits_of_their_own(kind: type[Any], tier: str) -> None:
    found = read(kind, kind=tier, funding={"council_tax": TAX}, **LOCAL)
    assert isinstance(found, LocalAuthority)
    assert found.tier == tier
    assert found.tax.increase == "referendum_limit"


def test_a_combined_authority_may_have_no_precept() -> None:
    levy = [{"id": "levy", "name": "Levy", "amounts": {"2024-25": 30}}]
    found = read(CombinedAuthority, kind="combined_authority", funding={"grants": levy}, **LOCAL)
    assert (found.tax, found.rates, found.tier) == (None, None, "combined_authority")
    assert found.held.gf_unallocated.used == 5 * M
    assert [income.id for income in found.incomes] == ["levy"]


def test_a_mayoral_precept_states_its_own_increase() -> None:
    with pytest.raises(ValidationError, match="a mayoral precept has no referendum limit: give `increase` by year"):
        read(CombinedAuthority, kind="combined_authority", funding={"council_tax": TAX}, **LOCAL)
    tax = {**TAX, "increase": {"2025-26": "3%"}}
    found = read(CombinedAuthority, kind="combined_authority", funding={"council_tax": tax}, **LOCAL)
    assert found.tax.increase[YEAR].used == 0.03


def test_a_party_outside_has_no_books() -> None:
    found = read(Outside, kind="outside", id="nhs_england", name="NHS England")
    assert not isinstance(found, Agency)
    with pytest.raises(ValidationError, match="spending"):
        read(Outside, kind="outside", id="nhs_england", name="NHS England", spending=[LINE])


def test_an_allocation_converges_on_paths_as_it_does_on_paper() -> None:
    """By hand: 100 at 5% above target, k 10% and at most 0.4% down: 100 x (1 + 3% - 0.4%), then the same again."""
    rules = {
        "nhs": {
            "tolerance": "0.5%", "repayment_cap": "0.5%", "carry_forward": "0%", "dividend": "3.5%",
            "convergence_rate": "10%", "convergence_down": "0.4%", "convergence_up": "0.5%",
            "support_withheld": "25%", "replacement_multiple": 1.5,
        }
    }  # fmt: skip
    core = {"id": "core", "name": "Core", "amounts": {"2025-26": 100}, "driver": "growth", "distance_from_target": "5%"}
    body = {"id": "icb", "name": "icb", "kind": "icb", "funding": {"allocations": [core]}, "spending": [line("care")]}
    found = scenario(agencies=[body], drivers=[driver("growth", long_run="3%")], rules=rules, years=2)
    compiled = compile_scenario(found)
    money = project(compiled, DriverPaths(compiled, 1).central()).measures
    assert money["funding"][0, 0, :, 0] == pytest.approx([102.6 * M, 102.6 * 1.026 * M], abs=0.005)
