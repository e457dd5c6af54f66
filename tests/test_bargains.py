"""Bargains between bodies: by hand, and what must hold of any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.bargains import FOOTING, Arranged, Bargain, Kind, arranged, bridged, gain_shared, pooled, risk_shared
from simulator.compiled import Floats

BODIES, YEARS, PATHS = 3, 6, 2
SHAPE = (BODIES, YEARS, PATHS)
MONEY = arrays(np.float64, SHAPE, elements=st.floats(-1e6, 1e6))
WEIGHTS = st.lists(st.floats(0.1, 10), min_size=BODIES, max_size=BODIES)
PAYERS = WEIGHTS.map(lambda parts: np.array(parts) / sum(parts))
SHARES = PAYERS.map(lambda parts: (*map(float, parts[:-1]), float(1 - parts[:-1].sum())))
UNIT = st.floats(0, 1)
LOANS = st.builds(
    Bargain,
    kind=st.just("bridging_loan"),
    years=st.integers(0, 8),
    term=st.integers(1, 10),
    rate=st.sampled_from([0.0, 0.0001, 0.045, 0.2]),
)
ANY = (
    st.builds(Bargain, kind=st.sampled_from(["pooled", "risk_share"]), shares=SHARES)
    | st.builds(Bargain, kind=st.just("gain_share"), share=UNIT)
    | LOANS
)


def one_year(*pounds: float) -> Floats:
    """Pounds by body, in one year on one path."""
    return np.array(pounds, dtype=np.float64)[:, None, None]


def one_body(*pounds: float) -> Floats:
    """Pounds by year, of one body on one path."""
    return np.array(pounds, dtype=np.float64)[None, :, None]


# By hand.


def test_a_pool_by_hand() -> None:
    """A pays 10 and B gains 4: they bear 6 as three to one; C is no party and keeps its own."""
    assert pooled(one_year(10, -4, 7), np.array([0.75, 0.25, 0]))[:, 0, 0] == pytest.approx([4.5, 1.5, 7])


def test_a_partner_without_a_share_is_relieved_of_its_cost_and_gives_up_its_gain() -> None:
    everyone = Bargain("pooled", shares=(1.0, 0.0, 0.0), parties=(True, True, True))
    net = one_year(10, -4, 7)
    assert arranged(everyone, net, net, net, np.ones(3), 0).net[:, 0, 0] == pytest.approx([13, 0, 0])


def test_a_risk_share_by_hand() -> None:
    """A expected 8 and pays 10, B expected to gain 6 and gains 4: 4 of ill luck is borne in halves."""
    borne = risk_shared(one_year(10, -4, 7), one_year(8, -6, 1), np.array([0.5, 0.5, 0]))
    assert borne[:, 0, 0] == pytest.approx([10, -4, 7])
    alone = risk_shared(one_year(10, -4, 7), one_year(8, -6, 1), np.array([0.25, 0.75, 0]))
    assert alone[:, 0, 0] == pytest.approx([9, -3, 7])


def test_a_gain_share_by_hand() -> None:
    """B's cash of 8 gives 4; three quarters of it goes to A who pays three quarters. C's loss gives nothing."""
    borne = gain_shared(one_year(9, -5, 2), one_year(0, 8, -2), np.array([0.75, 0.25, 0]), 0.5)
    assert borne[:, 0, 0] == pytest.approx([6, -2, 2])


def test_with_nobody_who_pays_no_gain_is_shared() -> None:
    assert gain_shared(one_year(0, -5), one_year(0, 5), np.zeros(2), 0.5)[:, 0, 0].tolist() == [0, -5]


def test_a_loan_without_interest_by_hand() -> None:
    """100 and 50 lent in two years, a gain between left alone, repaid over three years as 50 each."""
    found = bridged(one_body(7, 100, 50, 0, -20, 0, 0), years=2, term=3, rate=0, start=1)
    assert found.net[0, :, 0] == pytest.approx([7, 0, 0, 50, 30, 50, 0])
    assert found.lent[0, :, 0] == pytest.approx([0, 100, 50, -50, -50, -50, 0])
    assert found.owed[0, 0] == pytest.approx(0)


def test_a_loan_with_interest_by_hand() -> None:
    """100 at 10% from the end of the first year: 110 by the end of the second, then an annuity over two years.

    110 x 10% / (1 - 1.1^-2) = 63.38 a year, of which one is beyond a horizon of three years: 57.62 is owed.
    """
    found = bridged(one_body(100, -5, 0), years=2, term=2, rate=0.1, start=0)
    assert found.net[0, :, 0] == pytest.approx([0, -5, 63.380952])
    assert found.owed[0, 0] == pytest.approx(57.619048)
    assert found.interest[0, 0] == pytest.approx(63.380952 + 57.619048 - 100)


def test_a_loan_that_is_still_growing_at_the_horizon_is_owed_in_full() -> None:
    found = bridged(one_body(0, 100, 100), years=5, term=10, rate=0.1, start=1)
    assert found.net[0, :, 0].tolist() == [0, 0, 0]
    assert found.owed[0, 0] == pytest.approx(210)


def test_a_loan_that_would_begin_beyond_the_horizon_is_none() -> None:
    found = bridged(one_body(1, 2), years=3, term=2, rate=0.1, start=4)
    assert found.net[0, :, 0].tolist() == [1, 2]
    assert not found.owed.any()


# Of every bargain.


@given(bargain=ANY, net=MONEY, expected=MONEY, cash=MONEY, payers=PAYERS, start=st.integers(-1, 7))
def test_every_bargain_conserves_money_and_alters_nothing_given(  # noqa: PLR0917  # all that a bargain is asked
    bargain: Bargain, net: Floats, expected: Floats, cash: Floats, payers: Floats, start: int
) -> None:
    before = net.copy()
    found = arranged(bargain, net, expected, cash, payers, start)
    assert (found.net + found.lent).sum(axis=0) == pytest.approx(net.sum(axis=0), abs=1e-3)
    assert (net == before).all()
    assert found.net.shape == found.lent.shape == SHAPE
    assert found.owed.shape == (BODIES, PATHS)


@given(bargain=LOANS, net=MONEY, start=st.integers(0, 7))
def test_a_lender_neither_gains_nor_loses_at_its_rate(bargain: Bargain, net: Floats, start: int) -> None:
    """What it lends and gets back, each grown to the end of the horizon at the rate, leaves what is owed."""
    found: Arranged = bridged(net, bargain.years, bargain.term, bargain.rate, start)
    grown = (1 + bargain.rate) ** np.arange(YEARS - 1, -1, -1.0)
    assert np.einsum("ayp,y->ap", found.lent, grown) == pytest.approx(found.owed, abs=1e-2)
    assert (found.owed >= 0).all()
    assert (found.interest >= -1e-6).all()
    if bargain.rate == 0:
        assert found.interest == pytest.approx(np.zeros((BODIES, PATHS)), abs=1e-6)


@given(net=MONEY, start=st.integers(0, 3))
def test_a_loan_leaves_no_cost_in_its_years_and_takes_no_gain(net: Floats, start: int) -> None:
    found = bridged(net, years=3, term=5, rate=0.05, start=start)
    years = slice(start, start + 3)
    assert found.net[:, years] == pytest.approx(np.minimum(net[:, years], 0))
    assert (found.net[:, :start] == net[:, :start]).all()


@given(net=MONEY, shares=SHARES)
def test_a_risk_share_moves_nothing_where_all_is_as_expected(net: Floats, shares: tuple[float, ...]) -> None:
    assert risk_shared(net, net, np.array(shares)) == pytest.approx(net)


@given(net=MONEY, shares=SHARES)
def test_partners_of_a_pool_bear_its_sum_as_they_agreed(net: Floats, shares: tuple[float, ...]) -> None:
    whole = net.sum(axis=0)
    for body, share in zip(pooled(net, np.array(shares)), shares, strict=True):
        assert body == pytest.approx(share * whole, abs=1e-6)


@given(net=MONEY, cash=MONEY, payers=PAYERS, share=UNIT)
def test_nobody_gives_more_than_its_share_of_the_cash_it_has(
    net: Floats, cash: Floats, payers: Floats, share: float
) -> None:
    given_up = gain_shared(net, cash, payers, share) - net
    assert (given_up <= share * np.maximum(cash, 0) + 1e-6).all()
    assert gain_shared(net, cash, payers, 0) == pytest.approx(net)


# Terms.


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "pooled"},
        {"kind": "pooled", "shares": (0.5, 0.4)},
        {"kind": "risk_share", "shares": (1.2, -0.2)},
        {"kind": "pooled", "shares": (0.6, 0.4), "parties": (True, False)},
        {"kind": "gain_share", "share": 1.1},
        {"kind": "bridging_loan", "years": 2, "term": 0},
        {"kind": "bridging_loan", "years": 2, "rate": -0.1},
    ],
)
def test_terms_that_would_lose_money_are_refused(terms: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"shares of a bargain|share of a gain|a loan has"):
        Bargain(**terms)  # type: ignore[arg-type]


def test_every_kind_says_what_it_stands_on() -> None:
    kinds: tuple[Kind, ...] = ("pooled", "risk_share", "gain_share", "bridging_loan")
    assert set(FOOTING) == set(kinds)
    assert all("Act" in words or "SI" in words for words in FOOTING.values())
