"""A shift into prevention in plain sentences: how much, what stops more, what it buys, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.evidence_words import percent, told
from simulator.headroom import SHORTFALL, Binding
from simulator.money import in_millions
from simulator.plain_english import cell, in_a_hundred
from simulator.prevention import staffed
from simulator.shift_flows import PARTS
from simulator.shift_report import Brief, ShiftReport
from simulator.shift_sizes import by_payer, most, split
from simulator.summary import Chance, chance

PLACES = 2
"""Places of £m to which yearly sums of a shift are told."""
SMALL = 5e4
"""Pounds below which a sum is told in pounds."""
WORTH_TELLING = 5e3
"""Pounds below which a transfer reads as nothing."""


def pounds(amount: float) -> str:
    """Return a yearly sum: `£0.76m`; one that would read as nought in whole pounds: `£2,400`."""
    return in_millions(amount, PLACES) if abs(amount) >= SMALL or not round(amount) else f"£{amount:,.0f}"


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def start_year(report: Brief) -> str:
    """Return the year in which the first programme begins."""
    return report.compiled.years[report.terms.start]


def name(report: Brief, agency: int) -> str:
    """Return a body's name as a page can hold it."""
    return cell(report.names[report.compiled.agency_ids[agency]])


def headline(report: ShiftReport) -> Iterator[str]:
    """Yield the answer, what stops more, and what it is set against."""
    yield from amount(report)
    if report.headroom > 0:
        yield from stops(report)
        yield from _reserve(report)
    yield base(report)


def in_brief(report: Brief) -> Iterator[str]:
    """Yield the answer, what stops more, and the chance that every duty holds without a shift."""
    yield from amount(report)
    if report.headroom > 0:
        yield from stops(report)
    met = report.after.met
    yield f"{_without(report, chance(int(met.held[0]), met.paths))}."


def amount(report: Brief) -> Iterator[str]:
    """Yield how much can move, and what that number does not say by itself."""
    limits = report.after.allowed
    chance_by = f" by more than {limits.breach_rise * 100:g} of 100 futures" if limits.breach_rise else " at all"
    short_by = f" by more than {limits.shortfall_rise:.2%} of its net spending" if limits.shortfall_rise else " at all"
    whose = "no body's" if len(report.compiled.agency_ids) > 1 else "neither its"
    rule = f"{whose} chance of breaking its duty in any year rises{chance_by}, nor its expected shortfall{short_by}"
    if report.headroom <= 0:
        yield from _nothing(report, rule)
    else:
        low, high = report.after.interval()
        sums = by_payer(report.terms, report.headroom)
        payers = [f"{pounds(sums[a])} from {name(report, a)}" for a in range(len(sums)) if sums[a] > 0]
        yield (
            f"**{pounds(report.headroom)} a year** can move into these programmes from {start_year(report)} "
            f"({pounds(low)} to {pounds(high)} by sampling), at {report.scenario.base_year} prices and full scale: "
            f"{listed(payers)}. Up to there {rule}, with managers acting on what turns out as they would anyway."
        )
        yield from _whole(report)


def _whole(report: Brief) -> Iterator[str]:
    """Yield what headroom does not say by itself: reach, staff, and larger sizes that hold again."""
    proposed = sum(programme.spend for programme in report.terms.programmes)
    if report.headroom >= most(report.terms) - 1:
        yield f"Reach stops it, not money: there is nobody further for these programmes at {pounds(report.headroom)}."
    elif proposed:
        share = report.headroom / proposed
        yield f"What is proposed comes to {pounds(proposed)} a year: headroom is {share:.0%} of it."
    if report.after.largest() > report.headroom:
        yield f"A larger shift, {pounds(report.after.largest())}, holds again, but sizes between do not."
    short = [
        f"{cell(programme.name)} ({share:.0%})"
        for programme, share in zip(report.terms.programmes, _least_staffed(report), strict=True)
        if share < 0.995
    ]
    if short:
        yield f"Staff run short: in its worst year no more than this of it can be done: {listed(short)}."


def _least_staffed(report: Brief) -> list[float]:
    """Return the least share of each programme that can be staffed while it runs."""
    running = [programme.scale > 0 for programme in report.terms.programmes]
    there = staffed(report.terms, np.array(split(report.terms, report.headroom)))
    return [float(share[on].min()) if on.any() else 1.0 for share, on in zip(there, running, strict=True)]


def _nothing(report: Brief, rule: str) -> Iterator[str]:
    """Yield that nothing can be moved, and why: what the smallest size tried does."""
    smallest = float(report.after.sizes[1])
    yield f"**Nothing** can move into these programmes so that {rule}."
    first = min((one for one in report.after.bindings() if one.test), key=lambda one: one.limit)
    yield (
        f"Already {pounds(smallest)} a year, the smallest sum tried, is too much for {bound(report, first)}. Money is "
        "spent before it comes back, and how well programmes work is uncertain, so some futures are always worse. A "
        "limit of nought rules out any shift; say how much risk is worth bearing with "
        "`prevention.limits.breach_rise` and `shortfall_rise`."
    )


def _test(test: str) -> str:
    return "its expected shortfall" if test == SHORTFALL else "its chance of breach"


def stops(report: Brief) -> Iterator[str]:
    """Yield what stops a larger shift, and how much the others could bear."""
    stopped = sorted((one for one in report.after.bindings() if one.test), key=lambda one: one.limit)
    if not stopped:
        return
    first, rest = stopped[0], stopped[1:]
    free = len(report.after.bindings()) - len(stopped)
    others = f" Next is {name(report, rest[0].agency)}, at {pounds(rest[0].limit)}." if rest else ""
    if free:
        others += f" The other {free} could each bear all there is to do, {pounds(float(report.after.sizes[-1]))}."
    yield f"What stops more is {bound(report, first)}.{others}"


def _reserve(report: ShiftReport) -> Iterator[str]:
    """Yield what £1 more of reserve would allow, for the body that stops the shift."""
    for agency, price in report.reserves.items():
        yield (
            f"£1 more of reserves held by {name(report, agency)} as {start_year(report)} opens would allow "
            f"{price * 100:.0f}p a year more."
        )


def bound(report: Brief, one: Binding) -> str:
    """Return what stops one body, in words."""
    assert one.year is not None and one.test is not None
    return f"{name(report, one.agency)}: {_test(one.test)} in {report.compiled.years[one.year]}"


def _without(report: Brief, held: Chance) -> str:
    """Return in how many futures every duty holds without a shift, as the beginning of a sentence."""
    bodies = len(report.compiled.agency_ids)
    who = "the body keeps its duty" if bodies == 1 else f"all {bodies} bodies keep their duties"
    return f"Without any shift {who} in every year from {start_year(report)} in {told(held)}"


def base(report: ShiftReport) -> str:
    """Return the chance that every duty holds without a shift, and what would open absolute headroom."""
    found, bodies = report.absolute, len(report.compiled.agency_ids)
    words = _without(report, found.base)
    if found.size is not None:
        return f"{words}; with {pounds(found.size)} a year that is still {found.confidence:.0%} or more."
    opening, whose = found.opening, "every body's" if bodies > 1 else "its"
    assert opening is not None
    words += f", less than the {found.confidence:.0%} asked for, so no shift has headroom in that sense."
    if opening.share is None:
        return (
            f"{words} Not even a lasting improvement of {opening.tried:.0%} of {whose} net budget would open it "
            f"({in_a_hundred(opening.held.probability)})."
        )
    plausible = " No plan finds that: so many duties, each tested every year, are never all safe." * (bodies > 1)
    return (
        f"{words} A lasting improvement of {opening.share:.0%} of {whose} net budget, "
        f"{in_millions(float(opening.pounds.sum()), 0)} a year in all, would open it.{plausible}"
    )


def bought(report: ShiftReport) -> Iterator[str]:
    """Yield what the shift buys over the horizon: activity avoided, what of it is cash, what becomes of the rest."""
    flowed = report.gathered
    spent, value = float(flowed.invest.sum()), flowed.services[:, PARTS.index("avoided")].sum()
    parts = {part: float(flowed.services[:, PARTS.index(part)].sum()) for part in PARTS}
    outside = float(flowed.outside.sum())
    last = report.compiled.years[-1]
    whole = report.returned.get(-1)
    if spent <= 0 or not whole:
        return
    end = whole[-1]
    yield (
        f"From {start_year(report)} to {last}, {in_millions(spent)} is spent on them in the mean and "
        f"{in_millions(float(value) + outside)} of activity is avoided, at average cost: "
        f"{in_millions(outside)} of it outside the place."
    )
    low, high = (100 * share for share in end.cash_range)
    stays = in_millions(parts["stranded"]) if parts["stranded"] > 5e4 else "next to nothing"
    yield (
        f"{in_millions(parts['cash'])} of it comes back as cash: **{end.cash * 100:.0f}p for each £1** "
        f"({low:.0f}p to {high:.0f}p in eight futures of ten). The rest is real, but no cash: "
        f"{in_millions(parts['refilled'])} is filled again by people who were waiting, "
        f"{stays} is cost that stays when activity goes, and the remainder cannot be taken out of budgets."
    )
    if flowed.bed_days[-1] >= 1:
        yield (
            f"In {last} people who are ready to leave spend {flowed.bed_days[-1]:,.0f} fewer days in hospital. A day "
            "less saves at most what it costs at the margin: the ward and its staff stay."
        )
    yield _when(report)
    if end.cash < 1:
        yield (
            "So it is no savings plan. It is a price for what is bought: demand that bends, and people who are better "
            "off. A budget may count on the cash alone, in the years below."
        )


def _when(report: ShiftReport) -> str:
    """Return when the place as one has its money back, and how deep it goes before."""
    place, who = report.payback[-1], "The place as one" if len(report.payback) > 2 else "It"
    chances = [f"{told(found)} within {years} years" for years, found in place.chances.items() if found is not None]
    years = report.compiled.years
    at = f", in {years[report.terms.start + place.peak_year[0] - 1]}" if place.peak_year else ""
    crossed = (
        f"in the middle future in {years[report.terms.start + place.p50 - 1]}"
        if place.p50
        else f"in most futures not by {years[-1]}"
    )
    return (
        f"{who} has its money back {crossed}; {listed(chances)}. Before that it is "
        f"{in_millions(place.peak[0])} out of pocket at most in the middle future{at}, "
        f"{in_millions(place.peak[1])} in one of five."
    )


def pockets_words(report: ShiftReport) -> Iterator[str]:
    """Yield whether those who pay are those who gain, and what transfer would be fair."""
    told_, transfers = report.pockets, report.transfers
    if told_.value_index is not None:
        yield (
            f"Wrong-pocket index {told_.value_index:.2f} by value and {_index(told_.cash_index)} by cash: 0 where "
            "those who pay gain as they pay, 1 where they gain nothing."
        )
    moved = float(np.maximum(transfers.receives, 0.0).sum())
    short = float(transfers.short)
    ids = range(len(report.compiled.agency_ids))
    got = transfers.receives
    give = [f"{pounds(-got[a])} from {name(report, a)}" for a in ids if got[a] < -WORTH_TELLING]
    take = [f"{pounds(got[a])} to {name(report, a)}" for a in ids if got[a] > WORTH_TELLING]
    if moved > WORTH_TELLING:
        yield f"Over the horizon those who gain could make good {pounds(moved)}: {listed(give)}, {listed(take)}."
    if short > WORTH_TELLING:
        yield (
            f"No transfer leaves everybody as well off in cash: the place as one pays {in_millions(short)} more than "
            "it gets back. That is the price of what is bought outside its budgets."
        )
    elif moved > WORTH_TELLING:
        yield "With that, nobody in the place is worse off in the mean."


def _index(found: float | None) -> str:
    return "none" if found is None else f"{found:.2f}"


def unknown(report: ShiftReport) -> Iterator[str]:
    """Yield what the model does not know of a shift, where its numbers are shown."""
    few = report.fewer
    yield "What £1 gives back rests on published ranges, most of them judged from studies elsewhere, not on this place."
    yield "How well programmes work is drawn once for each future: nothing is learnt and stopped on the way."
    yield "Outcomes for people are not priced here, and no value of health is added to cash."
    yield (
        "A pool's contributions, and what a charity that fails costs others, are not settled again; capital, tax and "
        "benefits outside the place are no part of it."
    )
    yield "Interventions are judged one by one but for overlap on one service and common luck of how well all work."
    if few < report.paths:
        yield (
            f"What would allow more, and what would open absolute headroom, rest on the first {few:,} futures; payment "
            "rules on the first 1,000."
        )
    if report.gathered.clamped > 0:
        yield (
            f"In {report.gathered.clamped:.1%} of years and futures the pathway from hospital was read beyond the grid "
            "it was worked out on, and held at its edge."
        )
    if report.untold:
        yield f"The curve before action is not shown: {cell(report.untold)}."


def chance_of(report: ShiftReport, agency: int) -> str:
    """Return how often a body breaks its duty in some year without a shift."""
    met = report.after.met
    return percent(float(met.ever[0, agency]) / met.paths)
