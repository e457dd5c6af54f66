"""How much can move into prevention in plain sentences: the answer, what stops more, and what it is set against."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.compiled import Floats
from simulator.evidence_words import told
from simulator.headroom import SHORTFALL, Binding, Curve
from simulator.judgements import spanned
from simulator.money import in_millions
from simulator.plain_english import cell, in_a_hundred
from simulator.prevention import staffed
from simulator.shift_cells import pounds
from simulator.shift_report import Brief, ShiftReport
from simulator.shift_sizes import most, split
from simulator.summary import Chance, chance
from simulator.summary_page import FEWEST_PATHS
from simulator.worth import RESERVE

STAFFED = 0.995
"""The share of a sum that must find its staff for it to be told as staffed."""
TEN_MILLION = 1e7
"""Pounds from which an improvement is told in whole millions."""
FOUND = 0.1
"""The lasting improvement, of net budgets, beyond which no place has a plan; a judgement."""


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def start_year(report: Brief) -> str:
    """Return the year in which the first programme begins."""
    return report.compiled.years[report.terms.start]


def name(report: Brief, agency: int) -> str:
    """Return a body's name as a page can hold it."""
    return cell(report.names[report.compiled.agency_ids[agency]])


def by_sampling(found: Curve) -> str:
    """Return how far sampling moves headroom: `£0.76m to £0.89m by sampling`."""
    if found.met.paths < FEWEST_PATHS:
        return "too few futures to say how sure"
    low, high = found.interval()
    if low == high:
        return "sampling does not move it at the sizes tried"
    return f"{pounds(low)} to {pounds(high)} by sampling"


def touched(report: Brief) -> set[int]:
    """Return the bodies that these programmes touch: by paying, by relief, or by a contract that follows."""
    terms, agreed = report.terms, report.compiled.agreed
    gains = {gain.service for programme in terms.programmes for gain in programme.gains if gain.share > 0}
    relieved = [service for s, service in enumerate(terms.services) if s in gains]
    paying = np.sum([programme.pays for programme in terms.programmes], axis=0)
    entries = [agreed.payments[agreed.contracts[c].entry] for service in relieved for c in service.contracts]
    found = {int(a) for a in np.flatnonzero(paying)} | {service.agency for service in relieved}
    return found | {party for entry in entries for party in (entry.payer, entry.payee) if party >= 0}


def headline(report: ShiftReport) -> Iterator[str]:
    """Yield the answer, what stops more, and what it is set against."""
    yield from amount(report)
    if report.headroom > 0:
        yield from _otherwise(report)
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
    rule, acting = _rule(report), "with managers acting on what turns out as they would anyway"
    if report.headroom <= 0:
        yield from _nothing(report, rule)
        return
    done, held = staffed_sums(report), pounds(report.headroom)
    sums = done @ np.array([programme.pays for programme in report.terms.programmes])
    payers = listed([f"{pounds(sums[a])} from {name(report, a)}" for a in range(len(sums)) if sums[a] >= 1])
    what = f"({by_sampling(report.after)}), at {report.scenario.base_year} prices and full scale"
    if done.sum() >= STAFFED * report.headroom:
        yield (
            f"**{held} a year** can move into these programmes from {start_year(report)} {what}: {payers}. Up to there "
            f"{rule}, {acting}."
        )
    else:
        yield (
            f"**{pounds(float(done.sum()))} a year** can move into these programmes from {start_year(report)}"
            f"{f': {payers}' if payers else ''}, since in the worst year staff are there for no more. The limits would "
            f"allow {held} {what}; what cannot be staffed is neither done nor paid for. At {held} {rule}, {acting}."
        )
    yield from _whole(report)


def _rule(report: Brief) -> str:
    """Return what a shift may do to every body, as a clause."""
    limits = report.after.allowed
    chance_by = f" by more than {limits.breach_rise * 100:g} of 100 futures" if limits.breach_rise else " at all"
    short_by = f" by more than {limits.short_limit:.2%} of its net spending" if limits.short_limit else " at all"
    whose = "no body's" if len(report.compiled.agency_ids) > 1 else "neither its"
    return f"{whose} chance of breaking its duty in any year rises{chance_by}, nor its expected shortfall{short_by}"


def _whole(report: Brief) -> Iterator[str]:
    """Yield what headroom does not say by itself: reach, staff, and larger sizes that hold again."""
    proposed = sum(programme.spend for programme in report.terms.programmes)
    if report.headroom >= most(report.terms) - 1:
        stops_it = "Staff stop it" if staffed_sums(report).sum() < STAFFED * report.headroom else "Reach stops it"
        yield (
            f"{stops_it}, not money: {pounds(report.headroom)} is all that these programmes could take, with nobody "
            "further to serve."
        )
    elif proposed:
        share = report.headroom / proposed
        part = f"{share:.0%}" if share >= 0.005 else "under 1%"
        fits = ", so all of it fits" if share >= 1 else ""
        yield f"What is proposed comes to {pounds(proposed)} a year: headroom is {part} of it{fits}."
    if report.after.largest() > report.headroom:
        yield f"A larger shift, {pounds(report.after.largest())}, holds again, but sizes between do not."
    least = _least_staffed(report)
    short = [
        f"{cell(programme.name)} ({share:.0%})"
        for programme, share in zip(report.terms.programmes, least, strict=True)
        if share < STAFFED
    ]
    if short:
        yield f"Staff run short of what it asks: in the worst year no more than this can be done: {listed(short)}."


def staffed_sums(report: Brief) -> Floats:
    """Return what of headroom can be staffed in the worst year at full scale, `[programme]` in pounds a year."""
    sizes = np.array(split(report.terms, report.headroom))
    scale = np.array([programme.scale for programme in report.terms.programmes])
    done = scale * staffed(report.terms, sizes) * sizes[:, None]
    full = (scale >= scale.max(axis=1, keepdims=True)).all(axis=0)
    whole = done[:, full] if full.any() else done[:, [int((scale.sum(axis=0)).argmax())]]
    worst: Floats = whole[:, int(whole.sum(axis=0).argmin())]
    return worst


def _least_staffed(report: Brief) -> list[float]:
    """Return the least share of each programme that can be staffed while it runs."""
    running = [programme.scale > 0 for programme in report.terms.programmes]
    there = staffed(report.terms, np.array(split(report.terms, report.headroom)))
    return [float(share[on].min()) if on.any() else 1.0 for share, on in zip(there, running, strict=True)]


def _nothing(report: Brief, rule: str) -> Iterator[str]:
    """Yield that nothing can be moved, and why: what the smallest size tried does."""
    smallest = float(report.after.sizes[1])
    yield f"**Nothing** can move into these programmes so that {rule}."
    limits = report.after.allowed
    nought = (
        "A limit of nought rules out any shift; say" if not (limits.breach_rise and limits.shortfall_rise) else "Say"
    )
    first = min((one for one in report.after.bindings() if one.test), key=lambda one: one.limit)
    yield (
        f"Already {pounds(smallest)} a year, the smallest sum tried, is too much for {bound(report, first)}. Money is "
        "spent before it comes back, and how well programmes work is uncertain, so some futures are always "
        f"worse. {nought} how much risk is worth bearing with "
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
    moved = touched(report)
    free = len(moved - {one.agency for one in stopped})
    apart = len(report.compiled.agency_ids) - len(moved)
    others = f" Next is {name(report, rest[0].agency)}, past {pounds(rest[0].limit)}." if rest else ""
    if free:
        who = "others that it touches pass" if free > 1 else "other that it touches passes"
        others += f" The {free} {who} no limit at any size tried, up to {pounds(float(report.after.sizes[-1]))}."
    if apart:
        others += f" {apart} {'bodies neither pay nor gain' if apart > 1 else 'body neither pays nor gains'} by it."
    yield f"What stops more is {bound(report, first)}.{others}"


def _reserve(report: ShiftReport) -> Iterator[str]:
    """Yield what £1 more of reserves would allow, for the bodies that stop the shift."""
    for agency, price in report.reserves.items():
        yield (
            f"£1 more of reserves held by {name(report, agency)} as {start_year(report)} opens, once, would allow "
            f"{_pence(price.like_with_like)} to move every year; {_pence(price.risk_as_today)} if risk may go back to "
            f"what it is without it (measured on {in_millions(RESERVE, 0)})."
        )


def _pence(price: float) -> str:
    pence = round(price * 100)
    return f"{abs(pence)}p {'more' if pence > 0 else 'less'}" if pence else "next to nothing more"


def _otherwise(report: ShiftReport) -> Iterator[str]:
    """Yield the range that headroom has under other judgements."""
    low, high, beyond = spanned(report.after, report.judgements)
    limits = "with a limit halved or doubled, or " if len(report.judgements) > 1 else "with "
    yield (
        f"Judged otherwise it is {pounds(low)} to {'at least ' * beyond}{pounds(high)}: {limits}growth avoided no more "
        "cashable than what stands today, one at a time."
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
    if found.size is not None and found.size <= 0:
        return f"{words}; with the smallest shift tried that is already less than the {found.confidence:.0%} asked for."
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
    plausible = ""
    if bodies > 1 and opening.share > FOUND:
        plausible = " No plan finds that: so many duties, each tested every year, are never all safe."
    found_ = float(opening.pounds.sum())
    at_most = f"at most {in_millions(found_, 0 if found_ >= TEN_MILLION else 1)}{' in all' if bodies > 1 else ''}"
    return (
        f"{words} A lasting improvement of between {_share(opening.below)} and {_share(opening.share)} of {whose} net "
        f"budget would open it, {at_most} in {start_year(report)} and the same share of each later year's.{plausible}"
    )


def _share(part: float) -> str:
    """Return a share as finely as it was tried: `25%`, `1.25%`."""
    return f"{100 * part:.3g}%"
