"""What a shift buys, in plain sentences: what comes back and when, whose pockets it moves, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.evidence_words import told
from simulator.plain_english import cell
from simulator.shift_cells import pounds, total
from simulator.shift_flows import PARTS
from simulator.shift_report import ShiftReport
from simulator.shift_words import listed, name, start_year

WORTH_TELLING = 5e3
"""Pounds below which a sum over the years reads as next to nothing."""


def bought(report: ShiftReport) -> Iterator[str]:
    """Yield what the shift buys over the horizon: activity avoided, what of it is cash, what becomes of the rest."""
    purses, whole = report.gathered.purses, report.returned.get(-1)
    spent, last = float(purses.invest.mean(axis=2).sum()), report.compiled.years[-1]
    if spent <= 0 or not whole:
        return
    worth, back = (flow.mean(axis=2).sum(axis=1) for flow in (purses.avoided, purses.back[:-1]))
    away = f", {total(float(worth[-1]))} of it outside the place" if worth[-1] >= 1 else ""
    since = f"From {start_year(report)}"
    if not report.at_headroom:
        since = f"{_too_much(report)}from {start_year(report)}"
    yield (
        f"{since} to {last}, {total(spent)} is spent on them in the mean, and activity is avoided "
        f"that would have cost {total(float(worth.sum()))} at average cost{away}."
    )
    end, room = whole[-1], report.compiled.horizon - report.terms.start
    low, high = (100 * share for share in end.cash_range)
    within = f" within {end.years} years" if end.years < room else ""
    yield (
        f"{total(float(back.sum()))} comes back to the bodies of the place as cash: "
        f"**{end.cash * 100:.0f}p for each £1**{within} ({low:.0f}p to {high:.0f}p in eight futures of ten). "
        f"{_no_cash(report)}"
    )
    yield _when(report)
    if end.cash < 1:
        yield (
            "So over these years it is no savings plan. It is a price for what is bought: demand that bends, and "
            "people who are better off. A budget may count on the cash alone, in the years below."
        )


def _too_much(report: ShiftReport) -> str:
    """Return how a sentence begins on what is proposed where nothing of it can safely move."""
    return f"Were all {pounds(report.size)} a year done, which is more than can safely move: "


def _no_cash(report: ShiftReport) -> str:
    """Return what becomes of activity avoided within the place that never is cash."""
    services = report.gathered.services
    whole, filled, stays, cash = (
        float(services[:, PARTS.index(part)].sum()) for part in ("avoided", "refilled", "stranded", "cash")
    )
    rest = whole - filled - stays - cash
    kept = total(stays) if stays >= WORTH_TELLING else "next to nothing"
    return (
        f"The rest of what is avoided within the place is real, but no cash: {total(filled)} is filled again by people "
        f"who were waiting, {kept} is cost that stays when activity goes, and the remaining {total(max(rest, 0.0))} "
        "cannot be taken out of budgets."
    )


def _when(report: ShiftReport) -> str:
    """Return when the place as one has its money back, and how deep it goes before."""
    place, who = report.payback[-1], "The place as one" if len(report.payback) > 2 else "It"
    chances = [f"within {years} years in {told(found)}" for years, found in place.chances.items() if found is not None]
    when = f"; {listed(chances)}" if chances else ""
    years, start = report.compiled.years, report.terms.start
    at = f", in {years[start + place.peak_year[0] - 1]}" if place.peak_year else ""
    crossed = f"has its money back by {years[start + place.p50 - 1]}" if place.p50 else ""
    crossed = crossed or f"does not have its money back by {years[-1]}"
    return (
        f"{who} {crossed} in the middle future{when}. It is at most {total(place.peak[0])} out of pocket "
        f"in the middle future{at}, and {total(place.peak[1])} or more in one of five."
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
    if short > WORTH_TELLING and len(ids) == 1:
        yield f"It pays {total(short)} more than it gets back: the price of what is bought outside its budget."
    elif short > WORTH_TELLING:
        yield (
            f"No transfer leaves everybody as well off in cash: the place as one pays {total(short)} more than "
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
