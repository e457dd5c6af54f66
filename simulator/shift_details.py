"""Sections of the page of a shift that stand behind its answer: programmes, arrangements, rules, staff and room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.bargains import FOOTING
from simulator.compiled import CHARITY, LOCAL
from simulator.figure_words import millions
from simulator.plain_english import cell
from simulator.shift_cells import cells, number_of, pounds
from simulator.shift_report import FEWEST, ShiftReport
from simulator.shift_sizes import split
from simulator.shift_words import name
from simulator.worth import ALONE, Worth

BARELY = 0.005
"""The part of the largest sum below which a body has no column of its own."""
BARELY_MONEY = 5e3
"""Pounds a year below which what an arrangement costs is told as none."""
ROOM = 1
"""The place of 80% among the confidences of room in one year."""
LAW: dict[str, str] = {
    ALONE: "nothing is projected: a sum of the bodies' own limits",
    **{str(kind): words for kind, words in FOOTING.items()},
    "carry_forward": "NHS England may allow it; an ICB's surplus otherwise lapses (NHS Act 2006 s223GC)",
    "longer_settlement": "for the government to give: it narrows what funding may do, and puts reviews off",
}


def programmes(report: ShiftReport) -> Iterator[str]:
    """Yield what each programme is, how much of it is in this shift, and what is spent on it but once."""
    yield (
        "£m a year at full scale and base-year prices; set-up and double running are of this shift, in the money of each "
        "year, and part of what is spent. Reach is the most that it can take, with nobody further to serve. What £1 gives back, in £, is gross, at average cost, whoever "
        "gains, after optimism bias and over all the years that its evidence spans, so most of it is no cash. The library's "
        "weight is how much of it rests on studies elsewhere, not on this place's own.\n"
    )
    yield "| Programme | In this shift | Proposed | Reach | From | Set-up and double running, over the years | £1 gives back: P10, P50, P90 | Library's weight | Staffed, worst year |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    sizes, once = split(report.terms, report.size), report.gathered.once
    for p, one in enumerate(report.terms.programmes):
        low, central, high = one.per_pound
        on = one.scale > 0
        staffed = float(report.gathered.staffed[p][on].min()) if on.any() else 1.0
        yield (
            f"| {cell(one.name)} | {number_of(sizes[p])} | {number_of(one.spend)} | {number_of(one.most)} | "
            f"{report.compiled.years[one.start]} | {number_of(float(once[p].sum()))} | {low:.2f}, {central:.2f}, {high:.2f} | {one.prior_weight:.0%} | "
            f"{f'{staffed:.0%}' if one.staff else 'not stated'} |"
        )


def best(report: ShiftReport) -> Iterator[str]:
    """Yield which arrangement would allow the most more, if any does."""
    best = max((one for one in report.worth if one.id != ALONE), key=lambda one: one.more, default=None)
    if best is not None and best.more > 1e4:
        least = "at least " * best.beyond
        yield (
            f"What would allow most more: {best.name[0].lower()}{best.name[1:]}, {least}{pounds(best.more)} a year more, what it "
            "brings by itself counted."
        )


def more(report: ShiftReport) -> Iterator[str]:
    """Yield what each arrangement would allow, the best first."""
    plain = min((one.headroom - one.more for one in report.worth), default=0.0)
    yield (
        f"Headroom under each, and how much more or less that is a year than the {pounds(max(plain, 0.0))} without "
        "any. Each is set against no shift under the rules as they are, so what it brings by itself counts: risk may "
        f"go back to what it is today. On {report.fewer:,} futures, read straight between the sizes tried, so that it may differ a little from "
        "the headline. One at a time: they do not add up.\n"
    )
    yield "| Arrangement | Headroom, £m a year | More, £m a year, with what it brings by itself | What stops more then | What it stands on |"
    yield "| --- | ---: | ---: | --- | --- |"
    for one in sorted(report.worth, key=lambda worth: -worth.more):
        stop = name(report, one.binds) if one.binds is not None else "reach"
        least = "at least " * one.beyond
        yield (
            f"| {cell(one.name)} | {least}{number_of(one.headroom)} | {least}{_gain(one.more)} | {stop} | "
            f"{cell(LAW.get(one.id, '–'))} |"
        )
    yield from _apart(report)
    yield from _loan(report)


def _apart(report: ShiftReport) -> Iterator[str]:
    """Yield what each body by itself comes to, and what pooling adds to that."""
    known = {one.id: one for one in report.worth}
    alone, pooled = known.get(ALONE), known.get("pooled")
    if alone is None or pooled is None:
        return
    reach = " One or more of them pass no limit up to where reach ends, so it is at least that." * alone.beyond
    yield (
        "\nEach body by itself is the sum of what the payers bear, each its share of what programmes cost at its own "
        f"limit, whoever else stops and whatever that does to the others.{reach} {_pooling(pooled, alone)}"
    )


def _pooling(pooled: Worth, alone: Worth) -> str:
    """Return what one pooled fund allows against each body by itself."""
    gain, beyond = pooled.headroom - alone.headroom, pooled.beyond or alone.beyond
    if (pooled.beyond and alone.beyond) or (beyond and abs(gain) < BARELY_MONEY):
        return "One pooled fund cannot be told from it at the sizes tried."
    if abs(gain) < BARELY_MONEY:
        return "One pooled fund would allow as much."
    more = "more" if gain > 0 else "less"
    # What is at least so much may be further from the other, or nearer to it.
    nearer = pooled.beyond if gain < 0 else alone.beyond
    bound = ("at most " if nearer else "at least ") if beyond else ""
    return f"One pooled fund would allow {bound}{pounds(abs(gain))} a year {more} than that."


def _loan(report: ShiftReport) -> Iterator[str]:
    """Yield why a loan allows less, where it does."""
    limits = report.scenario.prevention.limits if report.scenario.prevention else None
    one = next((one for one in report.worth if one.id == "bridging_loan" and one.more < -BARELY_MONEY), None)
    if one is None or one.binds is None or one.year is None or limits is None:
        return
    years, begins = report.compiled.years, report.terms.start + limits.loan_years
    last = begins + limits.loan_term - 1
    ends = f"to {years[last]}" if last < len(years) else "on, past the years projected"
    who, when = name(report, one.binds), years[one.year]
    costs = float(report.gathered.gains[one.binds, one.year].mean()) < 0
    still = (
        "still cost it more than they bring"
        if costs
        else "bring it more than they cost, but too little to repay as well"
    )
    if begins <= one.year:
        yield (
            f"\nThe loan is worth less than nothing: it is repaid from {years[begins]} {ends}, and what stops more then "
            f"is {who} in {when}, a year in which programmes {still}."
        )


def otherwise(report: ShiftReport) -> Iterator[str]:
    """Yield what headroom were under other judgements."""
    few = f"; the last on the first {report.fewer:,}" if report.fewer < report.paths else ""
    yield (
        "Headroom, were one judgement another at a time, and how much more or less that is a year than the "
        f"{pounds(report.after.estimate())} as judged; all read straight between sizes tried, on {report.paths:,} "
        f"futures{few}.\n"
    )
    yield "| Judgement | As judged | Judged otherwise | Headroom then, £m a year | More, £m a year |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for one in report.judgements:
        least = "at least " * one.beyond
        stands, tried = (
            words if part is None else f"{100 * part:.4g}%"
            for part, words in ((one.stands, "all of it"), (one.tried, "that part"))
        )
        yield (
            f"| {cell(one.name)} | {stands} | {tried} | {least}{number_of(one.headroom)} | {least}{_gain(one.more)} |"
        )


def _gain(more: float) -> str:
    """Return how much more, in £m with its sign; `none` where that rounds to nought."""
    gain = f"{more / 1e6:+,.2f}"
    return gain if float(gain.replace(",", "")) else "none"


def mechanisms(report: ShiftReport) -> Iterator[str]:
    """Yield what the shift costs each body under each payment rule."""
    if not report.mechanisms:
        return
    nets = np.array([one.net for one in report.mechanisms])
    most = float(np.abs(nets).max())
    told, shown = cells(most), [a for a in range(nets.shape[1]) if np.abs(nets[:, a]).max() > most * BARELY]
    yield (
        f"What it costs each body over the horizon, {told.unit} in the mean (above nought a cost, below nought a gain), "
        "were every contract with the providers it touches put under one rule; on "
        f"{min(FEWEST, report.paths):,} futures. What is saved is the same; who sees it is not.{_fewer(report)}\n"
    )
    yield f"| Rule | {' | '.join(f'{name(report, a)}: net cost' for a in shown)} |"
    yield f"| --- | {' | '.join('---:' for _ in shown)} |"
    for one in report.mechanisms:
        yield f"| {cell(one.name)} | {' | '.join(told(float(one.net[a]), '+') for a in shown)} |"


def _fewer(report: ShiftReport) -> str:
    """Return why contracts as they stand cost other sums here than where who pays and who gains is told."""
    if report.paths <= FEWEST:
        return ""
    return (
        " As the contracts stand it differs a little from who pays and who gains above, which rests on all "
        f"{report.paths:,}."
    )


def staff(report: ShiftReport) -> Iterator[str]:
    """Yield whom the programmes need and what existing services lack, in the first and the last year."""
    if not report.gathered.staff:
        return
    years, start = report.compiled.years, report.terms.start
    first, last = start, len(years) - 1
    mix = "headroom, all programmes in the proportions proposed" if report.at_headroom else "what is proposed"
    yield (
        f"Whole-time posts, for the shift of {pounds(report.size)} a year ({mix}); services that exist come first. What "
        "they lack is need that goes unmet, never an overspend.\n"
    )
    yield (
        f"| Staff | There, {years[first]} | Programmes want | Services lack, mean | There, {years[last]} | Programmes want | "
        "Services lack, mean |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in report.gathered.staff:
        parts = [part[t] for t in (first, last) for part in (one.supply, one.wanted, one.unmet)]
        yield f"| {cell(one.name)} | {' | '.join(f'{float(posts):,.0f}' for posts in parts)} |"


def rooms(report: ShiftReport) -> Iterator[str]:
    """Yield what each body has left in single years, recurrent and once."""
    years, start = report.compiled.years, report.terms.start
    shown = range(start, min(start + 5, len(years)))
    others = (
        "; an NHS body's needs approval, and a charity's is not reckoned" if len(report.rooms.one_off[ROOM]) > 1 else ""
    )
    yield (
        "What is left of a year's funding after all it must pay for and savings made, and what reserves hold above the "
        "minimum, with a chance of 80% after action; £m. Below nought there is none. It is no headroom: it looks at no "
        "shift. One-off room may pay for double running, never for a lasting service"
        f"{others}.\n"
    )
    yield f"| Body | {' | '.join(f'Recurrent, {years[t]}' for t in shown)} | One-off, {years[start]} |"
    yield f"| --- | {' | '.join('---:' for _ in shown)} | ---: |"
    charities = range(len(report.compiled.agency_ids))[report.compiled.slices[CHARITY]]
    for a, agency in enumerate(report.compiled.agency_ids):
        rooms = [millions(float(report.rooms.recurrent[ROOM, a, t]), "+") for t in shown]
        local = a < report.compiled.slices[LOCAL].stop
        once = f"{millions(float(report.rooms.one_off[ROOM, a, start]))}" if local else ""
        once = once or ("not reckoned" if a in charities else "with approval only")
        yield f"| {cell(report.names[agency])} | {' | '.join(rooms)} | {once} |"
