"""Headroom: where a curve's first limit is met, what binds, and what no finance director would let be otherwise."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import BASE, contract, council, line
from shifts import Tried, one_programme, paid_for, shipped, spread

from simulator.blocks import Sample
from simulator.compiled import Compiled, Floats
from simulator.headroom import BREACH, SHORTFALL, SURE, Allowed, Curve, central_spending, curve
from simulator.one_pass import HangsOnOthersError
from simulator.programme_terms import PreventionTerms
from simulator.shared_luck import SharedLuck
from simulator.shift_pass import passed, tied, whole_sizes
from simulator.shift_sizes import between, closer, first_sizes, most, no_shift, shifted, split, told_down, told_up
from simulator.shift_trials import Judged, judged
from simulator.streams import BLOCK
from simulator.variants import Given

MANY = settings(max_examples=60)
SOME = Sample(500, 1, 2)
PATHS = 1_000
USUAL = Allowed(0.01, 0.0005)


# A curve made by hand.


def drawn_by_hand(rises: list[list[float]], pounds: list[list[float]] | None = None, **more: Any) -> Curve:
    """A curve over 1,000 paths of one year: rises of breach `[size][agency]` and pounds short in the mean."""
    gained = PATHS * np.array(rises, dtype=float)[:, :, None]
    short = PATHS * np.array(pounds or np.zeros_like(rises), dtype=float)[:, :, None]
    nought = np.zeros_like(gained)
    met = Judged(
        shipped().compiled, (no_shift(),) * len(rises), PATHS, gained, np.maximum(gained, 0), np.maximum(-gained, 0),
        short, short**2 / PATHS, nought[0], np.full(len(rises), 800.0), nought[:, :, 0],
    )  # fmt: skip
    sizes = np.arange(len(rises)) * 1e6
    spending = np.full(gained.shape[1:], 100e6)
    return Curve(sizes, met, spending, more.get("allowed", USUAL))


def test_headroom_is_the_largest_size_below_which_every_size_holds() -> None:
    """Rises of 0.5, 0.9, 1.2, 0.8 and 2 points against one: it holds at £1m and £2m, not at £3m, and again at £4m."""
    found = drawn_by_hand([[0], [0.005], [0.009], [0.012], [0.008], [0.02]])
    assert found.holds()[:, 0].tolist() == [True, True, True, False, True, False]
    assert found.headroom() == 2e6
    assert found.largest() == 4e6
    # From 0.1 points under the limit to 0.2 over it: a third of the way to £3m.
    assert found.estimate() == pytest.approx(2e6 + 1e6 / 3)
    binding = found.bindings()[0]
    assert binding == (0, 2e6, 3e6, 0, BREACH)


def test_nothing_fails_and_everything_fails() -> None:
    every = drawn_by_hand([[0], [0.001], [-0.3]])
    assert (every.headroom(), every.largest(), every.estimate()) == (2e6, 2e6, 2e6)
    assert every.bindings()[0] == (0, 2e6, None, None, None)
    none = drawn_by_hand([[0], [0.02], [0.5]])
    assert (none.headroom(), none.largest()) == (0.0, 0.0)
    assert none.estimate() == pytest.approx(5e5)
    assert none.bindings()[0] == (0, 0.0, 1e6, 0, BREACH)


def test_each_body_is_stopped_by_its_own_test_and_the_place_by_the_first_of_them() -> None:
    """£50,000 a year short is the limit for £100m of spending: one body passes it at £3m, another breaches at £2m."""
    found = drawn_by_hand(
        [[0, 0, 0], [0, 0, 0], [0, 0.02, 0], [0, 0.03, 0]], [[0] * 3, [40e3, 0, 0], [50e3, 0, 0], [60e3, 0, 0]]
    )
    assert found.headroom() == 1e6
    assert found.bindings() == (
        (0, 2e6, 3e6, 0, SHORTFALL), (1, 1e6, 2e6, 0, BREACH), (2, 3e6, None, None, None),
    )  # fmt: skip


def test_the_test_passed_by_the_larger_share_of_its_limit_is_named() -> None:
    """At £1m the chance stands at twice its limit and the shortfall at three times."""
    assert drawn_by_hand([[0], [0.02]], [[0], [150e3]]).bindings()[0].test == SHORTFALL
    assert drawn_by_hand([[0], [0.05]], [[0], [150e3]]).bindings()[0].test == BREACH


def test_the_interval_stands_about_headroom_and_a_rise_at_the_limit_is_not_sure() -> None:
    """A rise of 0.6 points has an error of 0.24 over 1,000 paths, so within 1.96 of them it may pass a limit of one.

    Rises 1.96 errors up: 0.296 points at £1m, 1.079 at £2m: one point at £1.90m. Down: 0.525 points at £3m, 1.943 at
    £4m: one point at £3.34m. Neither end is a size that was tried.
    """
    found = drawn_by_hand([[0], [0.001], [0.006], [0.012], [0.03]])
    up = [0.001 + 1.96 * math.sqrt(1 - 0.001) / 1e3, 0.006 + 1.96 * math.sqrt(6 - 0.036) / 1e3]
    down = [0.012 - 1.96 * math.sqrt(12 - 0.144) / 1e3, 0.03 - 1.96 * math.sqrt(30 - 0.9) / 1e3]
    low, high = (1 + (0.01 - up[0]) / (up[1] - up[0]), 3 + (0.01 - down[0]) / (down[1] - down[0]))
    assert (found.estimate(SURE), found.estimate(-SURE)) == pytest.approx((low * 1e6, high * 1e6), rel=1e-4)
    assert (low, high) == pytest.approx((1.900, 3.335), abs=5e-4)
    # Told to £10,000, the lower end down and the upper end up; headroom stays a size that was tried.
    low, high = found.interval()
    assert (low, found.headroom(), high) == (1.89e6, 2e6, 3.34e6)


@pytest.mark.parametrize(
    ("size", "down", "up"),
    [(0.3, 0, 0), (7.34, 7.3, 7.4), (1_999, 1_900, 2_000), (49_900, 49_000, 50_000), (830_000, 830_000, 830_000),
     (834_999, 830_000, 840_000), (12_345_678, 12_340_000, 12_350_000)],
)  # fmt: skip
def test_ends_are_rounded_away_from_headroom_to_what_a_page_tells(size: float, down: float, up: float) -> None:
    assert (told_down(size), told_up(size)) == pytest.approx((down, up))


def test_the_interval_never_leaves_headroom_out_nor_reaches_past_what_there_is() -> None:
    """Where the limit is met just below the next size, even 1.96 errors up, the lower end is headroom itself."""
    sharp = drawn_by_hand([[0], [0.0], [0.9]])
    assert sharp.headroom() == 1e6 < sharp.estimate(SURE)
    assert sharp.interval()[0] == 1e6
    whole = drawn_by_hand([[0], [0.0], [0.009]])
    assert whole.interval()[1] == whole.headroom() == 2e6


def test_two_looks_at_one_curve_make_one() -> None:
    first, finer = drawn_by_hand([[0], [0.005], [0.02]]), drawn_by_hand([[0], [0.008], [0.012]])
    finer = replace(finer, sizes=np.array([0, 1.25e6, 1.5e6]))
    both = first.joined(finer)
    assert both.sizes.tolist() == [0, 1e6, 1.25e6, 1.5e6, 2e6]
    assert both.met.rise[:, 0, 0] == pytest.approx([0, 0.005, 0.008, 0.012, 0.02])
    assert both.headroom() == 1.25e6


@MANY
@given(st.lists(st.lists(st.floats(-0.05, 0.05), min_size=2, max_size=2), min_size=1, max_size=8),
       st.floats(0, 0.05), st.floats(0, 0.05), st.floats(0, 0.001), st.floats(0, 0.001))  # fmt: skip
def test_a_tighter_tolerance_never_raises_headroom_on_any_curve(
    rises: list[list[float]], one: float, other: float, less: float, more: float
) -> None:
    pounds = [[0.0, 0.0], *([1e6 * rise for rise in row] for row in rises)]
    curves = [
        drawn_by_hand([[0.0, 0.0], *rises], pounds, allowed=Allowed(breach, short))
        for breach, short in ((min(one, other), min(less, more)), (max(one, other), max(less, more)))
    ]
    tight, loose = curves
    assert tight.headroom() <= loose.headroom()
    assert tight.headroom() <= tight.largest()
    assert tight.headroom() <= tight.estimate()
    assert tight.interval()[0] <= tight.headroom() <= tight.interval()[1]
    assert all(a.limit <= b.limit for a, b in zip(tight.bindings(), loose.bindings(), strict=True))
    assert tight.headroom() == min(one.limit for one in tight.bindings())


# Sizes.


@MANY
@given(st.lists(st.tuples(st.floats(0, 5e6), st.floats(0, 9e6)), min_size=1, max_size=5), st.floats(0, 60e6))
def test_a_split_gives_out_every_pound_within_reach(sizes: list[tuple[float, float]], size: float) -> None:
    terms = of_sizes(sizes)
    parts = np.array(split(terms, size))
    assert parts.sum() == pytest.approx(min(size, most(terms)), abs=1e-3)
    assert np.all(parts <= [programme.most + 1e-6 for programme in terms.programmes])
    assert np.all(parts >= 0)
    more = np.array(split(terms, size + 1e5))
    assert np.all(more >= parts - 1e-6)


def of_sizes(sizes: list[tuple[float, float]]) -> PreventionTerms:
    """The shipped place's terms with programmes of given proposals, and of reach beyond them."""
    first = shipped().terms.programmes[0]
    return replace(shipped().terms, programmes=tuple(
        replace(first, id=f"p{i}", spend=spend, most=spend + room) for i, (spend, room) in enumerate(sizes)
    ))  # fmt: skip


def test_a_split_by_hand() -> None:
    """£6m over proposals of 1, 2 and 0 with reaches of 5, 3 and 4: 2 and 4, cut to 3, the rest to the first: 3, 3, 0.

    Of £10m the first two take all they can reach, and only then does what nobody proposed get £2m.
    """
    terms = of_sizes([(1e6, 4e6), (2e6, 1e6), (0.0, 4e6)])
    assert split(terms, 6e6) == pytest.approx((3e6, 3e6, 0))
    assert split(terms, 10e6) == pytest.approx((5e6, 3e6, 2e6))
    assert split(terms, 99e6) == pytest.approx((5e6, 3e6, 4e6))
    assert split(of_sizes([(0.0, 1e6), (0.0, 3e6)]), 2e6) == pytest.approx((0.5e6, 1.5e6))


def test_sizes_tried_rise_to_all_that_can_be_reached() -> None:
    terms = shipped().terms
    for sizes in (first_sizes(terms), whole_sizes(terms)):
        assert list(sizes) == sorted(set(sizes))
        assert sizes[-1] == pytest.approx(most(terms))
    assert between(1.0, 3.0, 3) == (1.5, 2.0, 2.5)


def test_a_size_that_is_told_as_safe_is_one_that_was_tried() -> None:
    terms = shipped().terms
    for size in (*first_sizes(terms)[:-1], *whole_sizes(terms)[1:-1], *closer(0.42e6, 0.83e6, 8)):
        told = round(size, -4) if size >= 5e4 else float(f"{size:.2g}")
        assert size == told
    assert closer(756_250.0, 825_000.0, 8) == (
        760_000.0,
        770_000.0,
        780_000.0,
        790_000.0,
        800_000.0,
        810_000.0,
        820_000.0,
    )
    assert closer(2_000.0, 2_100.0, 8) == ()


# On futures.


@cache
def small() -> Tried:
    return Tried(paid_for(contract("care", "board", "north", 100, "activity", activity="need", price="wages")))


@cache
def small_curve() -> Curve:
    return curve(small().compiled, small().terms, USUAL, SOME)


def test_headroom_lies_within_reach_and_rests_on_both_limits() -> None:
    found = small_curve()
    assert 0 <= found.headroom() <= found.sizes[-1] == pytest.approx(most(small().terms))
    assert any(binding.test for binding in found.bindings())
    tighter = [replace(found, allowed=Allowed(0.01 * part, 0.0005 * part)).headroom() for part in (0, 0.3, 1, 3, 30)]
    assert tighter == sorted(tighter)


def test_with_no_rise_allowed_an_uncertain_benefit_leaves_nothing_and_what_binds_is_told() -> None:
    """A town that balances to the pound and holds nothing pays now for what may come later: its first bad year tells.

    On a few hundred paths none may be seen to cross for a small sum; every pound short tells all the same.
    """
    town = council(reserves={"gf_unallocated": 0}, spending=[line("services", demand="need")])
    slow = {"lag": 2, "decay": "10%", "over": 5}
    uncertain = one_programme(spread(0.1, 1.0, 2.0), kind=slow, beliefs={"spread": "3%"}, agencies=[town])
    place = Tried(uncertain)
    found = curve(place.compiled, place.terms, Allowed(0.0, 0.0005), SOME)
    assert not found.met.rise[1].any()
    assert found.headroom() == 0
    assert found.interval() == (0, 0)
    (binding,) = found.bindings()
    assert (binding.limit, binding.first, binding.test) == (0, found.sizes[1], SHORTFALL)
    assert binding.year is not None and binding.year >= place.terms.start
    assert replace(found, allowed=USUAL).headroom() > 0
    assert (found.allowed.short_limit, USUAL.short_limit) == (0.0, 0.0005)


@pytest.mark.parametrize("pounds", [1e6, 5e6])
def test_more_reserve_never_lowers_headroom_before_action(pounds: float) -> None:
    """Size by size and year by year: what breaches with more in hand breached without it.

    The town holds £10m and pays half: at £10.5m it is short in the second year, with £1m more in the third.
    """
    place = small()
    sizes = (0.0, 1e6, 4e6, 10.5e6)
    less = tuple(shifted(place.terms, size, acts=False) for size in sizes)
    given_ = Given("town", reserve=pounds, when=0)
    more = tuple(replace(variant, given=given_) for variant in less)
    plain, richer = (judged(place.compiled, variants, SOME) for variants in (less, more))
    town = place.body("town")
    assert np.all(richer.breaches[:, town] <= plain.breaches[:, town])
    assert (richer.breaches[:, town] < plain.breaches[:, town]).any()
    others = [a for a in range(len(place.compiled.agency_ids)) if a != town]
    assert np.array_equal(richer.breaches[:, others], plain.breaches[:, others])


# One pass.


def brute(compiled: Compiled, terms: PreventionTerms, sizes: tuple[float, ...], sample: Sample) -> Judged:
    return judged(compiled, tuple(shifted(terms, size, acts=False) for size in sizes), sample, terms.start)


@pytest.mark.parametrize("where", ["shipped", "small"])
def test_one_pass_equals_projecting_every_size(where: str) -> None:
    """Every body, year, duty and pound, before action."""
    place = shipped() if where == "shipped" else small()
    sizes = tuple(part * most(place.terms) for part in (0.0, 0.02, 0.2, 1.0))
    assert tied(place.compiled, place.terms) is None
    found, again = (one(place.compiled, place.terms, sizes) for one in (in_one_pass, projected))
    for name in ("breaches", "gained", "lost", "held", "ever"):
        assert np.array_equal(getattr(found.met, name), getattr(again, name)), name
    for name in ("short", "short_base"):
        assert getattr(found.met, name) == pytest.approx(getattr(again, name), abs=1.0), name
    assert again.gained[-1].sum() > 20


def test_luck_drawn_before_gives_the_same_curve_and_is_drawn_once() -> None:
    place, luck = small(), SharedLuck()
    sizes = (0.0, 0.2 * most(place.terms))
    again = [passed(place.compiled, place.terms, USUAL, sizes, SOME, luck=luck).met for _ in range(2)]
    alone = in_one_pass(place.compiled, place.terms, sizes).met
    for one in again:
        assert np.array_equal(one.breaches, alone.breaches)
        assert np.array_equal(one.short, alone.short)
    assert luck.drawn == -(-SOME.paths // BLOCK)


def in_one_pass(compiled: Compiled, terms: PreventionTerms, sizes: tuple[float, ...]) -> Curve:
    return passed(compiled, terms, USUAL, sizes, SOME)


def projected(compiled: Compiled, terms: PreventionTerms, sizes: tuple[float, ...]) -> Judged:
    return brute(compiled, terms, sizes, SOME)


def test_a_limit_of_shortfall_is_of_what_a_body_spends() -> None:
    """In the central case, with what it pays under agreements."""
    spent: Floats = central_spending(small().compiled)
    position = small().position
    board = small().body("board")
    assert spent[board] == pytest.approx(position.spending[board, :, 0] + position.paid[board, :, 0])


def test_bodies_tied_by_a_control_total_have_no_curve_in_one_pass() -> None:
    members = [{"agency": name} for name in ("board", "north")]
    total = {"id": "total", "name": "total", "kind": "control_total", "members": members}
    regime = {"rules": {"nhs_regime": {BASE: "system"}}}
    tied_up = Tried(paid_for(contract("care", "board", "north", 100, "activity"), total, **regime))
    assert tied(tied_up.compiled, tied_up.terms) is not None
    with pytest.raises(HangsOnOthersError):
        passed(tied_up.compiled, tied_up.terms, USUAL, (0.0, 5e6), SOME)
