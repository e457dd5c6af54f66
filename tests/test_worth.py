"""What arrangements and reserves are worth, a longer settlement, and absolute headroom or what would open it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from places import Tree, contract, council, driver, icb, income, line, trust
from shift_seen import curve as made_curve
from shift_seen import rising
from shifts import Tried, one_programme, paid_for, shipped

from simulator.absolute import STEPS, Absolute, absolute, improved
from simulator.blocks import Sample
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.headroom import Allowed, Curve, curve
from simulator.judgements import judgements, spanned
from simulator.shift_sizes import no_shift, shifted
from simulator.shift_trials import Judged, judged
from simulator.spending import Prices
from simulator.variants import Given, Variant
from simulator.worth import (
    MULTIPLES,
    RESERVE,
    Shadow,
    Terms,
    Worth,
    Worths,
    alone,
    arrangements,
    room_shares,
    settled,
    worth,
)

SOME = Sample(500, 1, 2)
USUAL = Allowed(0.01, 0.0005)
ASKED = Terms(gain_share=0.5, loan_years=2, loan_term=3, loan_rate=0.05, carry_forward=1.0, settled_until=3)


@cache
def place() -> Tried:
    """A town and a board that pay for what spares a trust; grants of the town are settled for two years."""
    grants = driver("aid", long_run="2%", spread="4%", spread_scale={"2026-27": "25%", "2027-28": "25%"})
    moving: Tree = {"spread": "2%", "persistence": 0.4, "system_share": "50%", "loadings": {"need": 0.5}}
    town = council(funding={"grants": [income("general", 60, driver="aid")]}, spending=[line("services", 160)],
                   reserves={"gf_unallocated": 6})  # fmt: skip
    wards = trust(spending=[line("staff", 90, demand="need", basket="bought"), line("premises", 10)])
    return Tried(
        paid_for(
            contract("care", "board", "north", 100, "activity", activity="need", price="wages"),
            drivers=[driver("need", long_run="2%", **moving), driver("wages", long_run="2%", **moving), grants],
            spending_review={"driver": "aid", "first": "2028-29", "every": 1, "states": [
                {"id": "tight", "chance": "50%", "growth": "-3%"}, {"id": "loose", "chance": "50%", "growth": "3%"}]},
            agencies=[town, icb(), wards],
        )
    )  # fmt: skip


@cache
def found() -> Curve:
    return curve(place().compiled, place().terms, USUAL, SOME)


@cache
def all_told(asked: Terms = ASKED) -> Worths:
    return worth(found(), place().terms, asked, place().terms.start, SOME)


def worths(asked: Terms = ASKED) -> tuple[dict[str, Worth], dict[int, Shadow]]:
    told = all_told(asked)
    return {one.id: one for one in told.arrangements}, told.reserves


def tried_sizes() -> tuple[float, ...]:
    return tuple(min(k * found().headroom(), float(found().sizes[-1])) for k in MULTIPLES)


def told_by(*variants: Variant) -> Judged:
    """The first variant and, against it, the others, which are sizes tried of something."""
    return judged(place().compiled, variants, SOME)


def estimated(met: Judged) -> float:
    return Curve(np.array((0.0, *tried_sizes())), met, found().spending, USUAL).estimate()


# Arrangements.


def test_what_changes_nothing_is_worth_nothing() -> None:
    """Like with like: a share of nought, a loan of no years, a settlement no longer than the one there is."""
    nothing = Terms(gain_share=0.0, loan_years=0, loan_term=3, loan_rate=0.05, carry_forward=0.0, settled_until=1)
    known, _ = worths(nothing)
    assert [*known] == ["alone", "pooled", "risk_share", "gain_share", "bridging_loan"]
    assert known["gain_share"].more == known["bridging_loan"].more == 0
    straight = estimated(told_by(no_shift(), *(shifted(place().terms, size) for size in tried_sizes())))
    assert known["gain_share"].headroom == pytest.approx(straight)


def test_each_arrangement_is_told_with_what_it_brings() -> None:
    known, reserves = worths()
    others = {"pooled", "risk_share", "gain_share", "bridging_loan", "carry_forward", "longer_settlement"}
    assert set(known) == {"alone", *others}
    plain = {round(one.headroom - one.more, 2) for one in known.values()}
    assert len(plain) == 1
    for one in known.values():
        assert 0 <= one.headroom <= found().sizes[-1]
        assert (one.binds is None) == (one.year is None)
        assert one.beyond == (one.binds is None) or one.id == "alone"
    town = place().body("town")
    assert [*reserves] == [town]
    # £1 once pays for some pence a year, over the four years of the shift.
    assert 0.05 < reserves[town].risk_as_today < 1


def test_each_body_by_itself_bears_its_share_at_its_own_limit() -> None:
    """The town and the board pay half each, and the trust nothing: of its limit nothing is heard."""
    tried, one = place(), worths()[0]["alone"]
    town, board, north = (tried.body(name) for name in ("town", "board", "north"))
    limits, plain = [binding.limit for binding in found().bindings()], one.headroom - one.more
    assert one.headroom == pytest.approx((max(limits[town], plain) + max(limits[board], plain)) / 2)
    # Past 10 of 1,000 futures: the town bears £1m of 1, 2 and 4, the board all of them, the trust none.
    rises = rising(0, 0, 11, 11, agencies=3, agency=town) + rising(0, 11, 11, 11, agencies=3, agency=north)
    known = alone(made_curve(rises), tried.terms, 0.0)
    assert (known.headroom, known.beyond, known.binds, known.year) == (2.5e6, True, town, 2)
    stopped = alone(made_curve(rises + rising(0, 0, 0, 11, agencies=3, agency=board, year=3)), tried.terms, 1e6)
    assert (stopped.headroom, stopped.more, stopped.beyond, stopped.binds) == (1.5e6, 0.5e6, False, town)
    # All bear what the place does, though sizes tried for each lie further apart.
    assert alone(made_curve(rises), tried.terms, 1.2e6).headroom == 2.6e6


def test_a_reserve_is_set_against_no_shift_with_it_and_without_it() -> None:
    """Most of what a reserve seems to allow is what it does by itself: without a shift it makes the town safer."""
    _, reserves = worths()
    town, terms = place().body("town"), place().terms
    sizes, with_it = tried_sizes(), Given("town", reserve=RESERVE, when=terms.start)
    richer = tuple(replace(shifted(terms, size), given=with_it) for size in sizes)
    plain = estimated(told_by(no_shift(), *(shifted(terms, size) for size in sizes)))
    alike = estimated(told_by(replace(no_shift(), given=with_it), *richer))
    today = estimated(told_by(no_shift(), *richer))
    assert reserves[town] == pytest.approx(((alike - plain) / RESERVE, (today - plain) / RESERVE))
    assert reserves[town].like_with_like < reserves[town].risk_as_today - 0.01


def test_growth_no_more_cashable_than_what_stands_today_never_allows_more() -> None:
    slower = replace(place().terms, growth_as_today=True)
    told = all_told().growth_as_today
    sizes = tried_sizes()
    assert told.headroom == pytest.approx(estimated(told_by(no_shift(), *(shifted(slower, size) for size in sizes))))
    assert told.more <= 0


# Other judgements.


def test_limits_are_judged_otherwise_on_the_same_curve() -> None:
    """Each limit halved and doubled, the other left; a tighter one never allows more; growth comes last."""
    told = judgements(found(), all_told().growth_as_today, 400)
    assert [(one.id, one.stands, one.tried) for one in told[:-1]] == [
        ("breach_rise", 0.01, 0.005), ("breach_rise", 0.01, 0.02),
        ("shortfall_rise", 0.0005, 0.00025), ("shortfall_rise", 0.0005, 0.001),
    ]  # fmt: skip
    limits = [Allowed(0.005, 0.0005), Allowed(0.02, 0.0005), Allowed(0.01, 0.00025), Allowed(0.01, 0.001)]
    for one, allowed in zip(told, limits, strict=False):
        other = replace(found(), allowed=allowed)
        assert one.headroom == other.estimate() and one.paths == SOME.paths
        assert one.more == pytest.approx(one.headroom - found().estimate())
        assert one.beyond == bool(other.holds().all())
    assert told[0].more <= 0 <= told[1].more and told[2].more <= 0 <= told[3].more
    assert any(one.more for one in told[:-1])
    assert (told[-1].id, told[-1].headroom, told[-1].paths) == (
        "growth_as_today",
        all_told().growth_as_today.headroom,
        400,
    )
    low, high, _ = spanned(found(), told)
    assert low == min(one.headroom for one in told) <= found().headroom() <= high == max(one.headroom for one in told)


def test_a_limit_that_is_not_met_within_the_sizes_tried_is_told_as_at_least() -> None:
    loose = replace(found(), allowed=Allowed(4.0, 10.0))
    told = judgements(loose, all_told().growth_as_today, 400)
    assert all(one.beyond and one.headroom == loose.sizes[-1] for one in told[:-1])
    assert spanned(loose, told)[1:] == (loose.sizes[-1], True)


def test_a_limit_of_nought_is_neither_halved_nor_doubled() -> None:
    def asked(*limits: float) -> list[str]:
        strict = replace(found(), allowed=Allowed(*limits))
        return [one.id for one in judgements(strict, all_told().growth_as_today, 400)[:-1]]

    assert asked(0.01, 0.0) == ["breach_rise", "breach_rise"]
    # Where no chance may rise no shortfall may either, whatever is stated of it.
    assert asked(0.0, 0.0005) == []


def test_what_an_arrangement_brings_by_itself_counts() -> None:
    """A longer settlement is set against no shift without it: against no shift with it, it would be worth less."""
    known, _ = worths()
    compiled, terms = place().compiled, place().terms
    sizes = tried_sizes()
    longer, variants = settled(compiled, ASKED.settled_until), tuple(shifted(terms, size) for size in sizes)
    usual, own = (
        Curve(np.array((0.0, *sizes)), met, found().spending, USUAL).estimate()
        for met in (
            judged(longer, variants, SOME, besides=(compiled, no_shift())),
            judged(longer, (no_shift(), *variants), SOME),
        )
    )
    assert known["longer_settlement"].headroom == pytest.approx(usual)
    assert usual > own + 1e5


def test_payers_share_by_what_each_could_bear_alone() -> None:
    """Halves of a shift that one may take to twice the size of the other are borne by two thirds and a third."""
    limits = {one.agency: one.limit for one in found().bindings()}
    shares = room_shares(found(), place().terms)
    assert shares.sum() == pytest.approx(1)
    town, board, north = (place().body(name) for name in ("town", "board", "north"))
    assert shares[north] == 0
    assert shares[town] * limits[board] == pytest.approx(shares[board] * limits[town])


def test_arrangements_of_one_payer_leave_out_what_takes_two() -> None:
    single = Tried(one_programme(0.5))
    alone = curve(single.compiled, single.terms, USUAL, SOME)
    asked = arrangements(alone, single.terms, ASKED)
    assert [one.id for one in asked] == ["bridging_loan"]
    assert all(one.compiled is single.compiled for one in asked)


# A longer settlement.


def test_a_longer_settlement_keeps_the_narrow_spread_and_puts_reviews_off() -> None:
    """Narrow to the second year, it is narrow to the fourth; reviews due from the third on begin in the fifth."""
    compiled = place().compiled
    longer = settled(compiled, 3)
    assert compiled.review is not None and longer.review is not None
    assert compiled.review.starts.tolist() == [False, False, True, True, True]
    assert longer.review.starts.tolist() == [False, False, False, False, True]
    for before, after in zip(compiled.drivers, longer.drivers, strict=True):
        if before.id != "aid":
            assert after is before
            continue
        assert before.spread == pytest.approx([0.01, 0.01, 0.04, 0.04, 0.04])
        assert after.spread == pytest.approx([0.01, 0.01, 0.01, 0.01, 0.04])
        assert replace(after, spread=before.spread) == replace(before)
    assert replace(longer, drivers=compiled.drivers, review=compiled.review) == replace(compiled)


def test_reviews_put_off_stay_as_far_apart_as_they_were() -> None:
    compiled = shipped().compiled
    assert compiled.review is not None
    assert np.flatnonzero(compiled.review.starts).tolist() == [4, 7]
    for until, starts in ((3, [4, 7]), (4, [5, 8]), (6, [7]), (8, [9]), (20, [4, 7])):
        longer = settled(compiled, until)
        assert longer.review is not None
        assert np.flatnonzero(longer.review.starts).tolist() == starts
    assert settled(compiled, 3) is compiled
    assert settled(compiled, 20) is compiled


def test_only_what_funding_moves_with_is_settled() -> None:
    """Demand that happens to be surer at first is no settlement."""
    calm: Tree = {"spread": "2%", "spread_scale": {"2026-27": "50%"}}
    single = Tried(one_programme(0.5, beliefs=calm))
    assert settled(single.compiled, 3) is single.compiled


@pytest.mark.parametrize("name", ["grants", "icb_allocation", "safety_grants"])
def test_a_longer_settlement_never_widens_what_funding_may_do(name: str) -> None:
    """Year by year, on the same futures, the spread of the index is no wider, and to its last year narrower."""
    compiled, until = shipped().compiled, 6
    usual, longer = (index(one, name) for one in (compiled, settled(compiled, until)))
    narrow, wide = longer.std(axis=1), usual.std(axis=1)
    assert np.all(narrow <= wide * (1 + 1e-9))
    assert narrow[until] < 0.9 * wide[until]
    assert longer[:4] == pytest.approx(usual[:4])


def index(compiled: Compiled, name: str) -> Floats:
    at = [terms.id for terms in compiled.drivers].index(name)
    found_: Floats = Prices(DriverPaths(compiled, 1).block(0)).index(at, -1).actual
    return np.log(found_)


# Absolute.


def held_at(reserve: float, growth_spread: str) -> tuple[Tried, Curve, Absolute]:
    """A town of one lively line with some reserve, its curve and what is absolute of it at 80%."""
    town = council(reserves={"gf_unallocated": reserve}, spending=[line("services", demand="need")])
    safe = Tried(one_programme(0.5, beliefs={"spread": growth_spread}, agencies=[town]))
    curve_ = curve(safe.compiled, safe.terms, USUAL, SOME)
    return safe, curve_, absolute(curve_, 0.8, SOME, safe.terms.start)


def test_a_safe_place_has_absolute_headroom() -> None:
    """It holds £12m and spends £0.5m net for each £1m over four years: by £6m a year it has gone."""
    safe, whole, told = held_at(12, "0.2%")
    assert told.base.probability == 1
    assert told.opening is None
    assert told.size is not None and 4e6 < told.size < 6.5e6
    above = float(whole.sizes[whole.sizes > told.size][0])
    variants = (no_shift(), shifted(safe.terms, told.size), shifted(safe.terms, above))
    kept = judged(safe.compiled, variants, SOME, safe.terms.start).held
    assert kept[1] >= 0.8 * SOME.paths > kept[2]


def test_an_unsafe_place_is_told_what_would_open_it_and_that_opens_it() -> None:
    unsafe, _, told = held_at(0, "2%")
    assert told.base.probability < 0.8
    assert told.size is None and told.opening is not None and told.opening.share is not None
    # What would do lies between the last share that was not enough and the first that was: a 16th of a first step.
    assert told.opening.share - told.opening.below <= 0.16 / (STEPS + 1) ** 2 + 1e-12
    tried = (0.0, told.opening.below, told.opening.share)
    held = judged(
        unsafe.compiled,
        tuple(improved(unsafe.compiled, s, unsafe.terms.start) for s in tried),
        SOME,
        unsafe.terms.start,
    ).held
    assert held[2] == SOME.paths * told.opening.held.probability >= 0.8 * SOME.paths
    assert held[0] == SOME.paths * told.base.probability
    assert held[1] < 0.8 * SOME.paths
    assert told.opening.pounds == pytest.approx([told.opening.share * 100e6])


def test_where_no_improvement_tried_is_enough_that_is_told() -> None:
    _, _, told = held_at(0, "40%")
    assert told.opening is not None
    assert (told.opening.share, told.opening.below, told.opening.tried) == (None, 0.32, 0.32)
    assert told.opening.held.probability < 0.8


def test_worth_is_the_same_for_any_number_of_workers() -> None:
    def asked(workers: int) -> Any:
        return worth(found(), place().terms, ASKED, 1, replace(SOME, workers=workers))

    assert asked(1) == asked(2)
