"""What a shift buys, in plain sentences: what comes back and when, whose pockets it moves, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.evidence_words import told
from simulator.plain_english import cell
from simulator.shift_cells import pounds, total
from simulator.shift_flows import PARTS
from simulator.shift_outcome_words import outcome_words
from simulator.shift_report import FEWEST, Bought, ShiftReport
from simulator.shift_words import in_brief, listed, name, start_year

WORTH_TELLING = 5e3
"""Pounds below which a sum over the years reads as next to nothing."""
TITLE = "How much can safely move into prevention"
NO_PLAN = "it is no savings plan. It is a price for what is bought: demand that bends, and people who are better off."
EVIDENCE = (
    "What £1 gives back rests on published ranges, most of them judged from studies elsewhere, not on this place."
)


def bought(report: Bought) -> Iterator[str]:
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
    whom = "the bodies of the place" if len(report.compiled.agency_ids) > 1 else name(report, 0)
    yield (
        f"{total(float(back.sum()))} comes back to {whom} as cash: "
        f"**{end.cash * 100:.0f}p for each £1**{within} ({low:.0f}p to {high:.0f}p in eight futures of ten). "
        f"{_no_cash(report)}"
    )
    yield _when(report)
    yield from outcome_words(report)
    if end.cash < 1:
        yield f"So over these years {NO_PLAN} A budget may count on the cash alone, in the years below."


def in_short(report: Bought) -> str:
    """Return the section of a shift that a chief executive would repeat: how much, for what, and what is not known."""
    return f"## {TITLE}\n\n" + "\n".join(f"- {line}" for line in short_lines(report))


def short_lines(report: Bought) -> list[str]:
    """Return the sentences of `in_short`."""
    return [*in_brief(report), *_story(report), f"Not known: {EVIDENCE[0].lower()}{EVIDENCE[1:]}"]


def _story(report: Bought) -> Iterator[str]:
    """Yield what the shift costs and brings back, who pays and who gains most, and that it is no savings plan."""
    purses, whole = report.gathered.purses, report.returned.get(-1)
    if not whole:
        return
    end, paths = whole[-1], purses.invest.shape[2]
    low, high = (100 * share for share in end.cash_range)
    spent, gains = (flow.mean(axis=2).sum(axis=1) for flow in (purses.invest[:-1], report.gathered.gains))
    since = f"From {start_year(report)}" if report.at_headroom else f"{_too_much(report)}from {start_year(report)}"
    over = f" within {end.years} years" if end.years < report.compiled.horizon - report.terms.start else ""
    few = f"; the first {paths:,} futures" if paths < report.paths else ""
    payer, gainer = int(spent.argmax()), int(gains.argmax())
    most = f"{name(report, gainer)} gains most, {total(float(gains[gainer]))} more than it pays"
    most = most if gains[gainer] > WORTH_TELLING else "nobody gets back more than it pays"
    yield (
        f"{since} to {report.compiled.years[-1]} it costs {total(float(spent.sum()))}, and "
        f"**{end.cash * 100:.0f}p of each £1** comes back as cash{over} ({low:.0f}p to {high:.0f}p in eight futures "
        f"of ten{few}). {crossed(report)} in the middle future. {name(report, payer)} pays most, "
        f"{total(float(spent[payer]))}; {most}."
    )
    if end.cash < 1:
        yield f"Over these years {NO_PLAN}"


def _too_much(report: Bought) -> str:
    """Return how a sentence begins on what is proposed where nothing of it can safely move."""
    return f"Were all {pounds(report.size)} a year done, which is more than can safely move: "


def _no_cash(report: Bought) -> str:
    """Return what becomes of activity avoided within the place that never is cash."""
    services = report.gathered.services
    whole, filled, stays, cash = (
        float(services[:, PARTS.index(part)].sum()) for part in ("avoided", "refilled", "stranded", "cash")
    )
    rest = whole - filled - stays - cash
    kept = total(stays) if stays >= WORTH_TELLING else "next to nothing"
    where = "within the place" if len(report.compiled.agency_ids) > 1 else "in its own services"
    return (
        f"Of the {total(whole)} avoided {where}, {total(cash)} is cash that its lines let go. The rest is real, but no "
        f"cash: {total(filled)} is filled again by people who were waiting, {kept} is cost that stays when activity "
        f"goes, and {total(max(rest, 0.0))} is growth and released cost that cannot be taken out of budgets."
    )


def _when(report: Bought) -> str:
    """Return when the place as one has its money back, and how deep it goes before."""
    place = report.payback[-1]
    chances = [f"within {years} years in {told(found)}" for years, found in place.chances.items() if found is not None]
    when = f"; {listed(chances)}" if chances else ""
    years, start = report.compiled.years, report.terms.start
    at = f", in {years[start + place.peak_year[0] - 1]}" if place.peak_year else ""
    return (
        f"{crossed(report)} in the middle future{when}. It is at most {total(place.peak[0])} out of pocket "
        f"in the middle future{at}, and {total(place.peak[1])} or more in one of five."
    )


def crossed(report: Bought, who: str = "") -> str:
    """Return by when the place as one has its money back in the middle future; `who` is what it is called."""
    place, who = report.payback[-1], who or ("The place as one" if len(report.payback) > 2 else "It")
    years = report.compiled.years
    if place.p50:
        return f"{who} has its money back by {years[report.terms.start + place.p50 - 1]}"
    return f"{who} does not have its money back by {years[-1]}"


def pockets_words(report: ShiftReport) -> Iterator[str]:
    """Yield whether those who pay are those who gain, and what transfer would be fair."""
    told_, transfers = report.pockets, report.transfers
    if told_.value_index is not None:
        yield (
            f"Wrong-pocket index {told_.value_index:.2f} by value, {_index(told_.cash_index)} by cash and "
            f"{_index(told_.settled_index)} by cash once contracts have moved it on: 0 where those who pay gain as "
            "they pay, 1 where they gain nothing."
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


def not_known(report: Bought) -> Iterator[str]:
    """Yield what the model does not know of any shift."""
    yield EVIDENCE
    yield "How well programmes work is drawn once for each future: nothing is learnt and stopped on the way."
    yield "Outcomes for people are not priced here, and no value of health is added to cash."
    if len(report.compiled.agency_ids) > 1:
        yield "A pool's contributions, and what a charity that fails costs others, are not settled again."
    yield "Capital, tax and benefits outside the place are no part of it."
    yield "Interventions are judged one by one but for overlap on one service and common luck of how well all work."
    if report.gathered.clamped > 0:
        yield (
            f"In {report.gathered.clamped:.1%} of years and futures the pathway from hospital was read beyond the grid "
            "it was worked out on, and held at its edge."
        )


def unknown(report: ShiftReport) -> Iterator[str]:
    """Yield what the model does not know of a shift, where its numbers are shown."""
    yield from not_known(report)
    few = report.fewer
    if few < report.paths:
        rules = f"; payment rules on the first {FEWEST:,}" if report.mechanisms else ""
        yield f"What would allow more, and what would let every duty hold, rest on the first {few:,} futures{rules}."
    if report.untold:
        yield f"The curve before action is not shown: {cell(report.untold)}."
