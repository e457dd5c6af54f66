"""What arrangements between bodies, and changes of rule, would be worth: how much more a place could safely shift.

Each is tried on the same futures and set against no shift under the rules as they are, so that what it brings by itself
counts too. Estimates are straight between the sizes tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulator.bargains import Bargain
from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, DriverTerms, Floats
from simulator.headroom import Curve, Made, central_spending
from simulator.programme_terms import PreventionTerms
from simulator.shift_sizes import most, no_shift, shifted
from simulator.shift_trials import judged
from simulator.variants import Given

MULTIPLES = (0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)
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
    larger shift, as a place among all.
    """

    id: str
    name: str
    headroom: float
    more: float
    beyond: bool
    binds: int | None


def arrangements(found: Curve, terms: PreventionTerms, tried: Terms) -> list[Arrangement]:
    """Return the arrangements that this place could try beside each body paying its own share."""
    compiled = found.met.compiled
    shares = room_shares(found, terms)
    held, inside = tuple(shares.tolist()), tuple((np.sum([p.pays for p in terms.programmes], axis=0) > 0).tolist())

    def made(bargain: Bargain | None) -> Made:
        return lambda size: shifted(terms, size, bargain=bargain)

    whole: list[tuple[str, str, Bargain]] = [
        ("gain_share", f"Those who gain give {tried.gain_share:.0%} of their cash to those who pay",
         Bargain("gain_share", share=tried.gain_share)),
        ("bridging_loan", f"A loan pays for the first {tried.loan_years} years, repaid over {tried.loan_term}",
         Bargain("bridging_loan", years=tried.loan_years, term=tried.loan_term, rate=tried.loan_rate)),
    ]  # fmt: skip
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


def room_shares(found: Curve, terms: PreventionTerms) -> Floats:
    """Return in what shares the payers could bear a shift so that none is stopped before the others, `[agency]`."""
    size = max(found.headroom(), float(found.sizes[1]))
    payers = shifted(terms, size).shift
    assert payers is not None
    pays = terms.payers(payers.sizes)
    room = np.array([one.limit for one in found.bindings()]) * pays
    shares: Floats = room / room.sum() if room.sum() > 0 else pays
    return shares


def settled(compiled: Compiled, until: int) -> Compiled:
    """Return terms under which what is narrow within the settlement stays so to a projected year, reviews after it."""
    drivers = tuple(_settled(driver, until) for driver in compiled.drivers)
    review = compiled.review
    if review is not None and 0 <= until < compiled.horizon:
        later = np.arange(compiled.horizon) > until
        review = replace(review, starts=review.starts & later | _first_after(review.starts, until))
    same = all(a is b for a, b in zip(drivers, compiled.drivers, strict=True)) and review is compiled.review
    return compiled if same else replace(compiled, drivers=drivers, review=review)


def _first_after(starts: Bools, until: int) -> Bools:
    """Return the year in which a review put off would begin: the one after the settlement, if any review was due."""
    due = np.zeros_like(starts)
    if starts[: until + 1].any() and until + 1 < len(starts):
        due[until + 1] = True
    return due


def _settled(driver: DriverTerms, until: int) -> DriverTerms:
    narrow = np.flatnonzero((driver.spread > 0) & (driver.spread < driver.spread.max() - 1e-15))
    if not narrow.size or narrow[-1] >= until or until >= len(driver.spread):
        return driver
    spread = driver.spread.copy()
    spread[narrow[-1] + 1 : until + 1] = spread[narrow[-1]]
    return replace(driver, spread=spread)


def worth(found: Curve, terms: PreventionTerms, tried: Terms, sample: Sample) -> list[Worth]:
    """Return what each arrangement is worth beside headroom, all on the same futures.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    sizes = tuple(sorted({min(k * _about(found), most(terms)) for k in MULTIPLES}))
    compiled = found.met.compiled
    plain = _curve(found, Arrangement("", "", compiled, lambda size: shifted(terms, size)), sizes, sample).estimate()
    return [_worth(found, one, sizes, sample, plain) for one in arrangements(found, terms, tried)]


def reserve_prices(found: Curve, terms: PreventionTerms, start: int, sample: Sample) -> dict[int, float]:
    """Return by how much headroom rises for £1 more of reserves, by body that holds any and binds: its shadow price."""
    sizes = tuple(sorted({min(k * _about(found), most(terms)) for k in MULTIPLES}))
    compiled = found.met.compiled
    plain = _curve(found, Arrangement("", "", compiled, lambda size: shifted(terms, size)), sizes, sample).estimate()
    prices = {}
    for one in found.bindings():
        if one.test is not None and one.agency < compiled.slices["local_authority"].stop:
            given = Given(compiled.agency_ids[one.agency], reserve=RESERVE, when=start)
            better = Arrangement("", "", compiled, _with(terms, given))
            prices[one.agency] = (_curve(found, better, sizes, sample).estimate() - plain) / RESERVE
    return prices


def _with(terms: PreventionTerms, given: Given) -> Made:
    return lambda size: replace(shifted(terms, size), given=given)


def _about(found: Curve) -> float:
    """Return a size about which to look: headroom, or the smallest size tried where there is none."""
    return max(found.headroom(), float(found.sizes[1]))


def _worth(found: Curve, one: Arrangement, sizes: tuple[float, ...], sample: Sample, plain: float) -> Worth:
    tried = _curve(found, one, sizes, sample)
    size = tried.estimate()
    stops = [binding for binding in tried.bindings() if binding.test is not None]
    first = min(stops, key=lambda binding: binding.limit) if stops else None
    return Worth(one.id, one.name, size, size - plain, first is None, first.agency if first else None)


def _curve(found: Curve, one: Arrangement, sizes: tuple[float, ...], sample: Sample) -> Curve:
    """Return what sizes do under an arrangement, against no shift without it."""
    made = tuple(one.made(size) for size in sizes)
    met = judged(one.compiled, made, sample, besides=(found.met.compiled, no_shift()))
    return Curve(np.array((0.0, *sizes)), met, central_spending(found.met.compiled), found.allowed)
