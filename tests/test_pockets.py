"""Who pays, who gains, what would mend it and when it pays back: by hand, and what must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.compiled import Floats
from simulator.pockets import (
    Purses,
    payback,
    pockets,
    returned,
    shares,
    transfers_by_year,
    transfers_needed,
    windows,
    worse_off,
    wrong_pocket_index,
)

SHAPE = (3, 5, 4)
POUNDS = st.floats(0, 1e6)
FLOW = arrays(np.float64, SHAPE, elements=POUNDS)
SIGNED = arrays(np.float64, SHAPE, elements=st.floats(-1e6, 1e6))
PARTS = st.lists(st.floats(0.1, 10), min_size=3, max_size=3).map(lambda parts: np.array(parts) / sum(parts))


def flow(*parties: list[float]) -> Floats:
    """Pounds of each party by year, on one path."""
    return np.array(parties, dtype=np.float64)[:, :, None]


def one(*pounds: float, paths: int = 1) -> Floats:
    """Gains of one body by year, alike on every path."""
    return np.repeat(np.array(pounds, dtype=np.float64)[None, :, None], paths, axis=2)


# A council pays 60 and an ICB 40; the trust lets go of 30 and the council of 10; 60 of value falls outside of 200.
PURSES = Purses(
    invest=flow([30, 30], [20, 20], [0, 0], [0, 0]),
    cash=flow([0, 10], [0, 0], [10, 20], [0, 0]),
    paid=flow([0, 0], [-5, -10], [5, 10], [0, 0]),
    avoided=flow([10, 30], [0, 0], [40, 60], [20, 40]),
)


# Wrong pockets.


def test_wrong_pockets_by_hand() -> None:
    """Shares of pay .6 and .4; of value .2, 0, .5 and .3 outside: half of .4 + .4 + .5 + .3 is .8."""
    found = pockets(PURSES)
    assert found.pays == pytest.approx([0.6, 0.4, 0, 0])
    assert found.value == pytest.approx([0.2, 0, 0.5, 0.3])
    assert found.value_index == pytest.approx(0.8)
    assert found.cash == pytest.approx([0.25, 0, 0.75, 0])
    assert found.cash_index == pytest.approx(0.75)


def test_a_contract_moves_gain_to_who_pays_it() -> None:
    """The trust loses 15 of income that the ICB keeps: 115 is paid and 55 gained, by 60, 40, 15 and by 10, 15, 30."""
    found = pockets(PURSES)
    assert found.settled_pays == pytest.approx(np.array([60, 40, 15, 0]) / 115)
    assert found.settled_cash == pytest.approx(np.array([10, 15, 30, 0]) / 55)
    assert found.settled_index is not None
    assert found.cash_index is not None
    assert found.settled_index < found.cash_index


def test_without_cash_there_is_no_index_of_cash() -> None:
    found = pockets(replace(PURSES, cash=np.zeros_like(PURSES.cash), paid=np.zeros_like(PURSES.paid)))
    assert found.cash is None
    assert found.cash_index is None
    assert found.settled_index is None
    assert found.value_index == pytest.approx(0.8)


def test_a_pocket_is_right_where_gains_follow_pay_and_wrong_where_none_does() -> None:
    assert wrong_pocket_index(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == 0
    assert wrong_pocket_index(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


def test_shares_that_are_no_whole_are_refused() -> None:
    with pytest.raises(ValueError, match=r"make 0\.900000"):
        wrong_pocket_index(np.array([1.0, 0.0]), np.array([0.4, 0.5]))


@given(phi=PARTS, beta=PARTS)
def test_an_index_lies_from_nought_to_one_whoever_is_asked_first(phi: Floats, beta: Floats) -> None:
    assert 0 <= wrong_pocket_index(phi, beta) <= 1
    assert wrong_pocket_index(phi, beta) == pytest.approx(wrong_pocket_index(beta, phi))


@given(invest=FLOW, cash=FLOW, paid=SIGNED, avoided=FLOW)
def test_shares_sum_to_one(invest: Floats, cash: Floats, paid: Floats, avoided: Floats) -> None:
    found = pockets(Purses(invest, cash, paid - paid.mean(axis=0), avoided))
    for part in (found.pays, found.value, found.cash, found.settled_pays, found.settled_cash):
        assert part is None or part.sum() == pytest.approx(1)
    assert shares(invest * 0) is None


# Transfers.


def test_transfers_by_hand() -> None:
    """One loses 30, two gain 60 and 20: they give 22.50 and 7.50, and 50 is left to them."""
    found = transfers_needed(flow([-10, -20], [20, 40], [20, 0]))
    assert found.needs == pytest.approx([30, 0, 0])
    assert found.spare == pytest.approx([0, 60, 20])
    assert found.receives == pytest.approx([30, -22.5, -7.5])
    assert found.after == pytest.approx([0, 37.5, 12.5])
    assert found.short == pytest.approx(0)


def test_where_the_place_loses_no_transfer_mends_it() -> None:
    """Two lose 30 and 10, one gains 20: it gives all, half of each loss is met, and 20 is borne by nobody."""
    found = transfers_needed(flow([-30], [-10], [20]))
    assert found.receives == pytest.approx([15, 5, -20])
    assert found.after == pytest.approx([-15, -5, 0])
    # What no transfer covers stays with those who lose.
    assert worse_off(found) == pytest.approx([15, 5, 0])
    assert found.short == pytest.approx(20)


def test_transfers_of_each_year_need_more_than_those_of_the_whole() -> None:
    """A body that pays first and gains later is even over both years, not in the first."""
    gains = flow([-10, 10], [5, 5])
    assert transfers_needed(gains).receives == pytest.approx([0, 0])
    by_year = transfers_by_year(gains)
    assert by_year.receives == pytest.approx(np.array([[5, 0], [-5, 0]]))
    assert by_year.short == pytest.approx([5, 0])


@given(gains=SIGNED)
def test_transfers_sum_to_nought_and_leave_nobody_worse_off_who_can_be_helped(gains: Floats) -> None:
    for found in (transfers_needed(gains), transfers_by_year(gains)):
        scale = 1 + np.abs(gains).max()
        assert found.receives.sum(axis=0) / scale == pytest.approx(0, abs=1e-9)
        assert found.after.sum(axis=0) / scale == pytest.approx((found.needs * -1 + found.spare).sum(axis=0) / scale)
        assert (np.minimum(found.after, 0).sum(axis=0) + found.short) / scale == pytest.approx(0, abs=1e-9)
        assert worse_off(found).sum(axis=0) == pytest.approx(found.short, rel=1e-6, abs=1 + 1e-6 * scale)
        assert (found.after[found.spare > 0] >= -1e-6 * scale).all()


# Payback.


def test_payback_by_hand() -> None:
    """Nothing before the start; -10, -5, 9, 6, 1 from it: cumulative -10, -15, -6, 0, 1, even in the fourth year."""
    (body, place) = payback(one(0, -10, -5, 9, 6, 1, paths=100), start=1)
    assert (body.p10, body.p50, body.p90) == (4, 4, 4)
    assert list(body.peak) == [15, 15]
    assert body.peak_year == (2, 2)
    assert body.years == 5
    assert place.p50 == 4
    within = [body.chances[w] for w in (3, 5)]
    assert [chance.probability for chance in within if chance] == [0, 1]
    assert [chance.high for chance in within if chance] == pytest.approx([0.037, 1], abs=0.001)
    assert body.chances[10] is None


def test_gains_that_do_not_last_are_no_payback() -> None:
    (body, _) = payback(one(-10, 15, -10, 2, 2), start=0)
    assert body.crossover.tolist() == [np.inf]
    (later, _) = payback(one(-10, 15, -10, 2, 3), start=0)
    assert later.crossover.tolist() == [5]


def test_the_years_of_payback_are_quantiles_over_futures() -> None:
    """Of four futures three pay back, in years 1, 2 and 3: the P90 lies beyond the horizon."""
    gains = np.array([[[1.0, -1, -1, -1], [0, 1, 0, 0], [0, 0, 1, 0]]])
    (body, _) = payback(gains, start=0)
    assert body.crossover.tolist() == [1, 2, 3, np.inf]
    assert (body.p10, body.p50, body.p90) == (1, 2, None)
    assert body.chances[3] is not None
    assert body.chances[3].probability == 0.75
    assert list(body.peak) == [1, 1]


def test_a_place_may_pay_back_where_a_body_does_not() -> None:
    council, trust, place = payback(flow([-10, 0], [0, 12]), start=0)
    assert (council.p50, trust.p50, place.p50) == (None, 1, 2)
    assert trust.peak_year is None


@given(invest=FLOW, later=st.floats(1, 1e6))
def test_without_cash_nobody_who_pays_is_paid_back(invest: Floats, later: float) -> None:
    nothing = np.zeros(SHAPE)
    found = payback(Purses(invest + later, nothing, nothing, invest).gains, start=1)
    for party in found:
        assert party.p10 is None
        assert [chance.probability for chance in party.chances.values() if chance] == [0]


@given(gains=SIGNED, more=FLOW)
def test_more_cash_never_delays_payback_nor_deepens_the_need(gains: Floats, more: Floats) -> None:
    for before, after in zip(payback(gains, 0), payback(gains + more, 0), strict=True):
        assert (after.crossover <= before.crossover).all()
        assert after.peak[0] <= before.peak[0] + 1e-6


# Returns.


def test_windows_never_reach_beyond_the_horizon() -> None:
    assert windows(12, 1) == (3, 5, 10)
    assert windows(10, 1) == (3, 5, 9)
    assert windows(5, 0) == (3, 5)
    assert windows(2, 0) == (2,)
    with pytest.raises(ValueError, match="not within a horizon of 3"):
        windows(3, 3)


def test_returns_by_hand() -> None:
    """The place pays 100 for cash of 40 and value of 200; the ICB pays 40 and its contracts bring 15."""
    found = returned(PURSES, np.ones(2), start=0)
    (place,), (icb,) = found[-1], found[1]
    assert sorted(found) == [-1, 0, 1]
    assert place.years == 2
    assert [place.cash, place.value, *place.cash_range] == pytest.approx([0.4, 2.0, 0.4, 0.4])
    assert [icb.cash, icb.value] == pytest.approx([0.375, 0])


def test_what_comes_later_counts_for_less() -> None:
    """£1 paid, £1 back a year later when prices have doubled: 1 / 2 / 1.035 in real terms and discounted."""
    purses = Purses(flow([1, 0], [0, 0]), flow([0, 1], [0, 0]), flow([0, 0], [0, 0]), flow([0, 1], [0, 0]))
    (place,) = returned(purses, np.array([1.0, 2.0]), start=0)[-1]
    assert place.cash == pytest.approx(1)
    assert place.cash_discounted == pytest.approx(1 / 2 / 1.035)
    assert place.value_discounted == pytest.approx(1 / 2 / 1.035)


@given(invest=FLOW, cash=FLOW, paid=SIGNED)
def test_agreements_among_bodies_leave_the_place_no_richer(invest: Floats, cash: Floats, paid: Floats) -> None:
    invest, moved = invest + 1, paid.copy()
    moved[-1] = 0
    moved[0] = -moved[1:].sum(axis=0)
    with_them = returned(Purses(invest, cash, moved, cash), np.ones(5), 0)[-1]
    without = returned(Purses(invest, cash, 0 * moved, cash), np.ones(5), 0)[-1]
    for settled, plain in zip(with_them, without, strict=True):
        assert settled.cash == pytest.approx(plain.cash, abs=1e-6)
        assert settled.value == plain.value
