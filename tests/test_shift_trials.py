"""Trials of a shift: counts against plain loops, errors of paired paths, and the same futures for every size."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from places import contract
from shifts import Tried, paid_for

from simulator.blocks import RunCancelledError, Sample
from simulator.compiled import Bools, Floats
from simulator.drivers import DriverPaths
from simulator.position import price
from simulator.projection import project
from simulator.shift_sizes import no_shift, shifted
from simulator.shift_trials import Counts, Judged, counted, gathered, judged

SOME = Sample(600, 3, 2)


@cache
def place() -> Tried:
    return Tried(paid_for(contract("care", "board", "north", 100, "activity", activity="need", price="wages")))


@cache
def found() -> Judged:
    """Nought, a middling and a large shift, after action."""
    terms = place().terms
    return judged(place().compiled, tuple(shifted(terms, size) for size in (0.0, 5e6, 15e6)), SOME)


def same(one: Judged, other: Judged) -> None:
    """Nothing that was counted differs by a bit."""
    for name in Counts._fields:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def drawn(seed: int = 5) -> tuple[Bools, Floats]:
    """Duties missed and pounds short of three variants, two bodies and four years on forty paths."""
    luck = np.random.default_rng(seed)
    missed = luck.random((3, 2, 4, 40)) < 0.15
    return missed, np.where(missed, 1e6 * luck.random(missed.shape), 0.0)


@pytest.mark.parametrize("since", [0, 2])
def test_counts_are_those_of_a_plain_loop(since: int) -> None:
    missed, short = drawn()
    counts = counted(missed, short, since)
    variants, agencies, years, paths = missed.shape
    for v in range(variants):
        for a in range(agencies):
            for t in range(years):
                now, before = ([bool(missed[w, a, t, n]) for n in range(paths)] for w in (v, 0))
                pairs = list(zip(now, before, strict=True))
                assert counts.breaches[v, a, t] == sum(now)
                assert counts.gained[v, a, t] == sum(x and not y for x, y in pairs)
                assert counts.lost[v, a, t] == sum(y and not x for x, y in pairs)
                more = [short[v, a, t, n] - short[0, a, t, n] for n in range(paths)]
                assert counts.short[v, a, t] == pytest.approx(sum(more))
                assert counts.short_squares[v, a, t] == pytest.approx(sum(x * x for x in more))
            late = [any(missed[v, a, t, n] for t in range(since, years)) for n in range(paths)]
            assert counts.ever[v, a] == sum(late)
        kept = [not any(missed[v, a, t, n] for a in range(agencies) for t in range(since, years)) for n in range(paths)]
        assert counts.held[v] == sum(kept)
    assert counts.short_base == pytest.approx(short[0].sum(axis=2))


def test_errors_are_those_of_paired_paths() -> None:
    """The standard deviation of the difference from path to path over the root of their number, whatever is gained.

    By hand: 30 paths breach that did not and 10 no longer do, of 1,000: a rise of 2 points, and an error of
    sqrt(40 - 400 / 1,000) / 1,000, which is 0.63 points.
    """
    missed, short = drawn()
    met = gathered(place().compiled, (no_shift(),) * 3, 40, {0: counted(missed, short, 0)})
    apart = missed.astype(float) - missed[:1]
    assert met.rise == pytest.approx(apart.mean(axis=3))
    assert met.rise_error == pytest.approx(apart.std(axis=3) / np.sqrt(40))
    assert met.short_rise == pytest.approx((short - short[:1]).mean(axis=3))
    assert met.short_error == pytest.approx((short - short[:1]).std(axis=3) / np.sqrt(40), rel=1e-6)
    by_hand = replace(met, paths=1_000, gained=np.full((3, 2, 4), 30.0), lost=np.full((3, 2, 4), 10.0))
    assert by_hand.rise == pytest.approx(0.02)
    assert by_hand.rise_error == pytest.approx(0.006293, abs=1e-6)


def test_a_trial_counts_what_projecting_meets() -> None:
    met, compiled = found(), place().compiled
    block = DriverPaths(compiled, SOME.seed).block(0)
    outcome = project(compiled, block, met.variants, 0, price(compiled, block))
    breached = outcome.outcomes["duty_breached"][..., : SOME.paths]
    assert np.array_equal(met.breaches, breached.sum(axis=3))
    assert met.breaches[0].sum() > 100
    assert (met.gained[1:].sum(axis=(1, 2)) > 10).all()
    assert not met.gained[0].any()
    assert not met.lost[0].any()


def test_no_size_is_moved_by_what_else_is_tried_nor_by_who_works() -> None:
    compiled, terms = place().compiled, place().terms
    alone = judged(compiled, (no_shift(), shifted(terms, 15e6)), replace(SOME, workers=1))
    same(alone, found().put_together([(found(), 0), (found(), 2)]))
    many = judged(compiled, (no_shift(), shifted(terms, 15e6)), replace(SOME, paths=1_300))
    assert np.all(many.breaches >= alone.breaches)
    threads = judged(compiled, (no_shift(), shifted(terms, 15e6)), replace(SOME, paths=1_300, workers=1))
    same(many, threads)


def test_variants_of_several_trials_stand_together_against_one_first() -> None:
    compiled, terms = place().compiled, place().terms
    other = judged(compiled, (no_shift(), shifted(terms, 8e6)), SOME)
    both = found().put_together([(found(), 0), (found(), 1), (other, 1), (found(), 2)])
    assert [one.name for one in both.variants] == ["no_shift", "shift_5000000", "shift_8000000", "shift_15000000"]
    whole = judged(compiled, both.variants, SOME)
    same(whole, both)
    assert [field.name for field in fields(both)][3:] == list(Counts._fields)


def test_a_first_variant_of_other_terms_stands_before_all() -> None:
    """Against itself it is no other; where a board keeps its surplus every rise is against the board that may not."""
    compiled, terms = place().compiled, place().terms
    tried = (shifted(terms, 5e6), shifted(terms, 15e6))
    same(judged(compiled, tried, SOME, besides=(compiled, no_shift())), found())
    assert compiled.icb is not None
    kept = replace(compiled, icb=replace(compiled.icb, carry_forward=1.0))
    besides = judged(kept, tried, SOME, besides=(compiled, no_shift()))
    assert np.array_equal(besides.breaches[0], found().breaches[0])
    assert not np.array_equal(besides.breaches[1], found().breaches[1])
    assert besides.gained - besides.lost == pytest.approx(besides.breaches - found().breaches[:1])


def test_years_before_the_shift_do_not_count_for_whether_duties_hold() -> None:
    compiled, terms = place().compiled, place().terms
    late = judged(compiled, found().variants, SOME, since=terms.start)
    assert np.all(late.held >= found().held)
    assert late.held[0] > late.held[2]
    assert np.array_equal(late.breaches, found().breaches)


def test_a_trial_stops_when_asked() -> None:
    with pytest.raises(RunCancelledError):
        judged(place().compiled, (no_shift(),), replace(SOME, cancelled=lambda: True))
