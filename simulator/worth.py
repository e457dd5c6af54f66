"""What arrangements between bodies, and changes of rule, would be worth: how much more a place could safely shift.

Each is tried on the same futures and set against no shift under the rules as they are, so that what it brings by itself
counts too; a reserve is set against no shift with it as well. Estimates are straight between the sizes tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulator.bargains import Bargain
from simulator.blocks import Sample
from simulator.compiled import LOCAL, Bools, Compiled, DriverTerms, Floats
from simulator.headroom import Curve, Made, central_spending
from simulator.programme_terms import PreventionTerms
from simulator.shift_sizes import most, no_shift, shifted
from simulator.shift_trials import judged
from simulator.variants import Given

MULTIPLES = (0.4, 0.8, 1.2, 2.0, 4.0, 8.0)
ALONE, BY_ITSELF = "alone", "Each body by itself, as far as its own duty allows, were programmes split"
GROWTH = "How much of growth avoided may be cash, where of what stands today a part may"
"""The judgement that `PreventionTerms.growth_as_today` makes otherwise."""
RESERVE = 5e6
"""What is added to a reserve to see what it is worth, in pounds."""


class Terms(NamedTuple):
    """How arrangements are entered: shares of gain, the loan, what of a surplus is carried, the longer settlement."""

    gain_share: float
    loan_years: int
    loan_term: int
    loan_rate: float
    carry_forward: float
    settled_until: int


class Arrangement(NamedTuple):
    """One arrangement to try: its terms, how it makes a variant of a size, and what allows it."""

    id: str
    name: str
    compiled: Compiled
    made: Made


class Worth(NamedTuple):
    """What an arrangement allows: headroom with it and how much that is above headroom without, pounds a year.

    `beyond` is true where every size tried held, so that both are at least that. `binds` is the body that stops a
    larger shift, as a place among all, and `year` the projected year in which it does.
    """

    id: str
    name: str
    headroom: float
    more: float
    beyond: bool
    binds: int | None
    year: int | None


class Shadow(NamedTuple):
    """By how much yearly headroom rises for £1 more of reserve, in pounds a year: its shadow price.

    `like_with_like` is set against no shift with the same reserve, so that it counts what the shift may use and not
    what the reserve is by itself; `risk_as_today` against no shift without it: risk may go back to what it is today.
    """

    like_with_like: float
    risk_as_today: float


class Worths(NamedTuple):
    """What arrangements are worth, the shadow price of reserves by body, and headroom under another judgement.

    `growth_as_today` is headroom where avoided growth is no more cashable than what stands today.
    """

    arrangements: tuple[Worth, ...]
    reserves: dict[int, Shadow]
    growth_as_today: Worth


def arrangements(found: Curve, terms: PreventionTerms, tried: Terms) -> list[Arrangement]:
    """Return the arrangements that this place could try beside each body paying its own share."""
    compiled = found.met.compiled
    shares = room_shares(found, terms)
    held, inside = tuple(shares.tolist()), tuple((np.sum([p.pays for p in terms.programmes], axis=0) > 0).tolist())

    def made(bargain: Bargain | None) -> Made:
        return lambda size: shifted(terms, size, bargain=bargain)

    whole: list[tuple[str, str, Bargain]] = [
        ("bridging_loan", f"A loan pays for the first {tried.loan_years} years, repaid over {tried.loan_term}",
         Bargain("bridging_loan", years=tried.loan_years, term=tried.loan_term, rate=tried.loan_rate)),
    ]  # fmt: skip
    if len(compiled.agency_ids) > 1:
        gives = f"Those who gain give {tried.gain_share:.0%} of their cash to those who pay"
        whole = [("gain_share", gives, Bargain("gain_share", share=tried.gain_share)), *whole]
    if sum(inside) > 1:
        whole = [
            ("pooled", "One pooled fund, borne as each has room", Bargain("pooled", shares=held, parties=inside)),
            ("risk_share", "What turns out worse than planned is shared as each has room",
             Bargain("risk_share", shares=held, parties=inside)),
            *whole,
        ]  # fmt: skip
    kept = [Arrangement(name, words, compiled, made(bargain)) for name, words, bargain in whole]
    if compiled.icb is not None and tried.carry_forward:
        carried = replace(compiled, icb=replace(compiled.icb, carry_forward=tried.carry_forward))
        words = f"ICBs may carry forward {tried.carry_forward:.0%} of a surplus"
        kept.append(Arrangement("carry_forward", words, carried, made(None)))
    longer = settled(compiled, tried.settled_until)
    if longer is not compiled:
        words = f"The funding settlement runs to {compiled.years[tried.settled_until]}"
        kept.append(Arrangement("longer_settlement", words, longer, made(None)))
    return kept


def alone(found: Curve, terms: PreventionTerms, plain: float) -> Worth:
    """Return what the payers could bear with each limited by its own duty only, were programmes split between them.

    Each bears its share of what programmes cost, at its own limit (`Curve.bindings`) whoever else stops; all bear
    `plain`, headroom without. Nothing is projected. `beyond` is true where a payer holds at every size tried, to where
    reach ends, so that the sum is at least that; `binds` is the payer that stops first.
    """
    pays = _payers(found, terms)
    paying = [one for one in found.bindings() if pays[one.agency] > 0]
    stops = [one for one in paying if one.test is not None]
    first = min(stops, key=lambda one: one.limit, default=None)
    size = float(sum(pays[one.agency] * max(one.limit, plain) for one in paying))
    binds, year = (first.agency, first.year) if first else (None, None)
    return Worth(ALONE, BY_ITSELF, size, size - plain, len(stops) < len(paying), binds, year)


def _payers(found: Curve, terms: PreventionTerms) -> Floats:
    """Return each body's share of what a shift about headroom costs, `[agency]`."""
    payers = shifted(terms, _about(found)).shift
    assert payers is not None
    return terms.payers(payers.sizes)


def room_shares(found: Curve, terms: PreventionTerms) -> Floats:
    """Return in what shares the payers could bear a shift so that none is stopped before the others, `[agency]`."""
    pays = _payers(found, terms)
    room = np.array([one.limit for one in found.bindings()]) * pays
    shares: Floats = room / room.sum() if room.sum() > 0 else pays
    return shares


def settled(compiled: Compiled, until: int) -> Compiled:
    """Return terms under which funding that is narrow within the settlement stays so to a projected year.

    Reviews that were due by then are put off to the year after it; nothing but what funding moves with is touched.
    """
    funds = {grant.driver for body in compiled.funding for grant in body.grants}
    drivers = tuple(_settled(driver, until) if k in funds else driver for k, driver in enumerate(compiled.drivers))
    review = compiled.review
    if review is not None and 0 <= until < compiled.horizon:
        starts = _put_off(review.starts, until)
        review = review if starts is review.starts else replace(review, starts=starts)
    same = all(a is b for a, b in zip(drivers, compiled.drivers, strict=True)) and review is compiled.review
    return compiled if same else replace(compiled, drivers=drivers, review=review)


def _put_off(starts: Bools, until: int) -> Bools:
    """Return when reviews begin if none may by the projected year `until`: as far apart as they were, and later."""
    due = np.flatnonzero(starts)
    late = until + 1 - int(due[0]) if due.size else 0
    if late <= 0:
        return starts
    return np.concatenate([np.zeros(late, dtype=bool), starts])[: len(starts)]


def _settled(driver: DriverTerms, until: int) -> DriverTerms:
    narrow = np.flatnonzero((driver.spread > 0) & (driver.spread < driver.spread.max() - 1e-15))
    if not narrow.size or narrow[-1] >= until or until >= len(driver.spread):
        return driver
    spread = driver.spread.copy()
    spread[narrow[-1] + 1 : until + 1] = spread[narrow[-1]]
    return replace(driver, spread=spread)


def worth(found: Curve, terms: PreventionTerms, tried: Terms, start: int, sample: Sample) -> Worths:
    """Return what each arrangement is worth beside headroom, what £1 of reserve is, and another judgement of growth.

    Reserves are held as the projected year `start` opens, by local authorities that stop a larger shift. All is on the
    same futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    sizes = tuple(sorted({min(k * _about(found), most(terms)) for k in MULTIPLES}))
    compiled = found.met.compiled
    slower = replace(terms, growth_as_today=True)
    asked = [
        Arrangement("", "", compiled, lambda size: shifted(terms, size)),
        Arrangement("growth_as_today", GROWTH, compiled, lambda size: shifted(slower, size)),
        *arrangements(found, terms, tried),
    ]
    local = compiled.slices[LOCAL].stop
    stopped = [one.agency for one in found.bindings() if one.test is not None and one.agency < local]
    given = [Given(compiled.agency_ids[a], reserve=RESERVE, when=start) for a in stopped]
    richer = [Arrangement("", "", compiled, _with(terms, one)) for one in given]
    first, *curves = _curves(found, [*asked, *richer], sizes, sample)
    plain = first.estimate()
    growth, *known = [_worth(one, curve, plain) for one, curve in zip(asked[1:], curves, strict=False)]
    reserves = {
        a: Shadow(*((size - plain) / RESERVE for size in (_alike(found, one, sizes, sample), curve.estimate())))
        for a, one, curve in zip(stopped, richer, curves[len(asked) - 1 :], strict=True)
    }
    several = np.count_nonzero(_payers(found, terms)) > 1
    return Worths((*([alone(found, terms, plain)] if several else []), *known), reserves, growth)


def _with(terms: PreventionTerms, given: Given) -> Made:
    return lambda size: replace(shifted(terms, size), given=given)


def _alike(found: Curve, one: Arrangement, sizes: tuple[float, ...], sample: Sample) -> float:
    """Return headroom under an arrangement set against no shift under the same: what it is by itself left out."""
    met = judged(one.compiled, tuple(one.made(size) for size in (0.0, *sizes)), sample)
    return Curve(np.array((0.0, *sizes)), met, found.spending, found.allowed).estimate()


def _about(found: Curve) -> float:
    """Return a size about which to look: headroom, or the smallest size tried where there is none."""
    return max(found.headroom(), float(found.sizes[1]))


def _worth(one: Arrangement, tried: Curve, plain: float) -> Worth:
    size = tried.estimate()
    stops = [binding for binding in tried.bindings() if binding.test is not None]
    first = min(stops, key=lambda binding: binding.limit) if stops else None
    binds, year = (first.agency, first.year) if first else (None, None)
    return Worth(one.id, one.name, size, size - plain, first is None, binds, year)


def _curves(found: Curve, asked: list[Arrangement], sizes: tuple[float, ...], sample: Sample) -> list[Curve]:
    """Return what sizes do under each arrangement, against no shift without it; those on the same terms in one look."""
    compiled, spending = found.met.compiled, central_spending(found.met.compiled)
    by_terms: dict[int, list[Arrangement]] = {}
    for one in asked:
        by_terms.setdefault(id(one.compiled), []).append(one)
    curves: dict[int, Curve] = {}
    for group in by_terms.values():
        made = tuple(one.made(size) for one in group for size in sizes)
        met = judged(group[0].compiled, made, sample, besides=(compiled, no_shift()))
        for g, one in enumerate(group):
            places = [(met, 0), *((met, 1 + g * len(sizes) + k) for k in range(len(sizes)))]
            curves[id(one)] = Curve(np.array((0.0, *sizes)), met.put_together(places), spending, found.allowed)
    return [curves[id(one)] for one in asked]
