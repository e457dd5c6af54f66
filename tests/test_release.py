"""What avoided activity lets go of: growth, capacity, what is stranded, what refills, and what of it is cash."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.release import Floats, Released, ReleaseTerms, released, withdrawn

NEVER = math.inf
TERMS = ReleaseTerms(growth_cashable=0.8, stranded=0.4, withdrawal_years=2.0, step=0.0, backfill=0.0)
SHARES = st.floats(0, 1)
SPEEDS = st.floats(1, 12) | st.just(NEVER)
STEPS = st.just(0.0) | st.floats(1, 60)


def path(*amounts: float) -> Floats:
    """One future's amounts by year."""
    return np.array(amounts, dtype=np.float64)[:, None]


def one(part: Floats) -> list[float]:
    """What the only future has, by year."""
    return [float(amount) for amount in part[:, 0]]


def grown(rate: float, years: int) -> Floats:
    """A service of 100 that grows by the same share every year."""
    return path(*(100 * (1 + rate) ** year for year in range(1, years + 1)))


@st.composite
def services(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """A service's cost, its capacity and what is avoided of it, over some years and futures."""
    years, paths = draw(st.integers(1, 7)), 3
    amounts = st.lists(st.floats(0, 300), min_size=years * paths, max_size=years * paths)
    parts = st.lists(SHARES, min_size=years * paths, max_size=years * paths)
    volume = np.array(draw(amounts)).reshape(years, paths)
    avoided = volume * np.array(draw(parts)).reshape(years, paths)
    return volume, np.array(draw(st.lists(st.floats(0, 300), min_size=paths, max_size=paths))), avoided


RULES = st.builds(ReleaseTerms, SHARES, SHARES, SPEEDS, STEPS, SHARES)


# By hand.


def test_growth_that_never_comes_is_cash_and_strands_nothing() -> None:
    """Demand up 3% a year with 2% of it avoided: all of it is growth, cash at .8 of it."""
    volume = grown(0.03, 5)
    found = released(TERMS, volume, np.array([100.0]), 0.02 * volume, 0.15)
    assert one(found.stranded) == [0.0] * 5
    assert one(found.released) == [0.0] * 5
    assert one(found.cash) == pytest.approx(one(0.8 * 0.02 * volume))


def test_the_same_with_flat_demand_strands_cost() -> None:
    """Of 2 avoided 1.2 is variable; of .8 fixed none has gone, then 1/2, then 3/4: what is stranded is the rest."""
    found = released(TERMS, path(100, 100, 100), np.array([100.0]), path(2, 2, 2), 0.5)
    assert one(found.growth) == [0, 0, 0]
    assert one(found.stranded) == pytest.approx([0.8, 0.4, 0.2])
    assert one(found.released) == pytest.approx([1.2, 1.6, 1.8])
    assert one(found.cash) == pytest.approx([0.6, 0.8, 0.9])


def test_what_is_avoided_is_growth_first() -> None:
    """Cost is 106 where 100 stands: of 10 avoided 6 are growth and 4 cut into what stands."""
    found = released(TERMS, path(106), np.array([100.0]), path(10), 0.5)
    assert (one(found.growth), one(found.below)) == ([6], [4])
    assert one(found.cash) == pytest.approx([0.8 * 6 + 0.5 * 0.6 * 4])


def test_capacity_leaves_in_whole_units() -> None:
    """Fixed cost of 40 idle, withdrawn over two years: 0, 20, 30, 35; in wards of 15 that is 0, 1, 2, 2."""
    terms = TERMS._replace(step=15.0)
    found = released(terms, path(*[400] * 4), np.array([400.0]), path(*[100] * 4), 1.0)
    assert one(found.released) == pytest.approx([60, 75, 90, 90])
    assert one(found.stranded) == pytest.approx([40, 25, 10, 10])


def test_a_unit_short_by_rounding_alone_is_a_unit() -> None:
    """Three parts of a tenth come to a hair more or less than .3: the third unit closes either way."""
    terms = TERMS._replace(stranded=0.3, withdrawal_years=1.0, step=0.1)
    found = released(terms, path(1, 1), np.array([1.0]), path(1, 1), 1.0)
    assert found.stranded[1, 0] == pytest.approx(0, abs=1e-12)


def test_beds_fill_again() -> None:
    """Of 10 avoided 7 fill with unmet need: an outcome; what is left of growth is 3."""
    found = released(TERMS._replace(backfill=0.7), path(120), np.array([100.0]), path(10), 0.5)
    assert one(found.refilled) == pytest.approx([7])
    assert one(found.growth) == pytest.approx([3])
    assert one(found.cash) == pytest.approx([0.8 * 3])
    assert not released(TERMS._replace(backfill=1.0), path(120), np.array([100.0]), path(10), 0.5).cash.any()


def test_capacity_is_withdrawn_a_part_a_year_and_comes_back_at_once() -> None:
    assert one(withdrawn(path(90, 90, 90, 10, 10, 90), 3.0)) == pytest.approx([0, 30, 50, 10, 10, 10])
    assert not withdrawn(path(90, 90, 90), NEVER).any()
    assert one(withdrawn(path(90, 90), 0.0)) == one(withdrawn(path(90, 90), 1.0)) == [0, 90]


# What any finance director knows.


@given(terms=RULES, service=services(), cashable=SHARES)
def test_every_pound_avoided_is_somewhere_and_no_more_is_cash(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats], cashable: float
) -> None:
    volume, capacity, avoided = service
    found = released(terms, volume, capacity, avoided, cashable)
    assert found.growth + found.below + found.refilled == pytest.approx(avoided)
    assert found.released + found.stranded == pytest.approx(found.below)
    assert all((part >= -1e-9).all() for part in found)
    assert (found.cash <= avoided + 1e-9).all()
    assert (found.below <= capacity + 1e-9).all()


@given(terms=RULES, service=services())
def test_nothing_cashable_is_no_relief_though_activity_falls(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats]
) -> None:
    assert not released(terms._replace(growth_cashable=0.0), *service, 0.0).cash.any()


@given(terms=RULES, service=services(), cashable=SHARES)
def test_cost_all_stranded_and_never_withdrawn_saves_nothing_below_capacity(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats], cashable: float
) -> None:
    terms = terms._replace(stranded=1.0, withdrawal_years=NEVER)
    found = released(terms, *service, cashable)
    assert found.cash == pytest.approx(terms.growth_cashable * found.growth)
    assert found.stranded == pytest.approx(found.below)


@given(terms=RULES, service=services(), cashable=SHARES, part=SHARES)
def test_more_avoided_is_never_less_cash(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats], cashable: float, part: float
) -> None:
    volume, capacity, avoided = service
    more, less = (released(terms, volume, capacity, size * avoided, cashable).cash for size in (1.0, part))
    assert (more >= less - 1e-9).all()


@given(terms=RULES, service=services(), cashable=SHARES, slower=st.floats(0, 9))
def test_quicker_withdrawal_is_never_less_cash(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats], cashable: float, slower: float
) -> None:
    slow = terms._replace(withdrawal_years=terms.withdrawal_years + slower)
    assert (released(terms, *service, cashable).cash >= released(slow, *service, cashable).cash - 1e-9).all()


@given(terms=RULES, service=services(), cashable=SHARES)
def test_a_service_twice_as_large_saves_twice_as_much(
    terms: ReleaseTerms, service: tuple[Floats, Floats, Floats], cashable: float
) -> None:
    terms = terms._replace(step=0.0)
    volume, capacity, avoided = service
    twice = released(terms, 2 * volume, 2 * capacity, 2 * avoided, cashable)
    assert twice.cash == pytest.approx(2 * released(terms, *service, cashable).cash)


@given(terms=RULES, years=st.integers(1, 7), growth=st.floats(0, 0.05), share=SHARES, cashable=SHARES)
def test_a_shift_twice_the_size_saves_at_most_twice_where_demand_grows_steadily(
    terms: ReleaseTerms, years: int, growth: float, share: float, cashable: float
) -> None:
    """Concave in size: growth is met first and is worth at least as much as what stands."""
    terms = terms._replace(step=0.0, growth_cashable=max(terms.growth_cashable, cashable))
    volume = grown(growth, years)
    cash: Any = [
        released(terms, volume, np.array([100.0]), size * share * np.full_like(volume, 50.0), cashable).cash
        for size in (0.2, 0.6, 1.0)
    ]
    assert (cash[0] + cash[2] <= 2 * cash[1] + 1e-9).all()


def test_cash_is_not_concave_where_the_cut_begins_sooner_than_the_year_before() -> None:
    """Growth of 10 then of 0: at 5 a year nothing stood idle the year before, at 15 some did and can be withdrawn."""
    terms = TERMS._replace(stranded=1.0, withdrawal_years=1.0)
    cash = [
        one(released(terms, path(110, 100), np.array([100.0]), path(size, size), 1.0).cash)[1] for size in (5, 10, 20)
    ]
    assert cash == [0, 0, 10]


def test_each_future_and_each_cashable_share_stands_alone() -> None:
    volume, capacity, avoided = path(100, 104) * [1, 2], np.array([100.0, 90.0]), path(5, 9) * [1, 3]
    cashable = np.array([[0.1, 0.2], [0.3, 0.4]])
    together = released(TERMS, volume, capacity, avoided, cashable)
    for n in range(2):
        alone = released(TERMS, volume[:, [n]], capacity[[n]], avoided[:, [n]], cashable[:, [n]])
        assert [one(part) for part in alone] == [one(part[:, [n]]) for part in together]
    assert together.cash.shape == (2, 2)
    assert isinstance(together, Released)
