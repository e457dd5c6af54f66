"""The page of a shift into prevention: how much can safely move, who pays, who gains, what binds, what would allow more."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from simulator.bargains import FOOTING
from simulator.evidence_words import as_at, number, percent
from simulator.figure_words import millions
from simulator.money import in_millions
from simulator.plain_english import cell
from simulator.pockets import Payback
from simulator.shift_report import FEWEST, ShiftReport
from simulator.shift_sizes import split
from simulator.shift_tables import parties
from simulator.shift_words import WORTH_TELLING, bought, headline, name, pockets_words, pounds, start_year, unknown
from simulator.summary_page import FEWEST_PATHS, titled

ROOM = 1
"""The place of 80% among the confidences of room in one year."""
LAW: dict[str, str] = {
    **{str(kind): words for kind, words in FOOTING.items()},
    "carry_forward": "NHS England may allow it; an ICB's surplus otherwise lapses (NHS Act 2006 s223GC)",
    "longer_settlement": "for the government to give: it narrows what funding may do, and puts reviews off",
}
OUTSIDE = "Outside the place: the Treasury, benefits, others"


def shift(report: ShiftReport, pictures: Collection[str] = (), extra: str = "", short: bool = False) -> str:
    """Return the page as Markdown; `extra` is a section of its own, `short` leaves out all but the answer."""
    answer = [*headline(report), *bought(report), *_best(report)]
    parts = [_heading(report), *titled("The short answer", "\n".join(f"- {line}" for line in answer))]
    if short:
        parts += [*titled("Who pays and who gains", "\n".join(_by_body(report))), *([extra] if extra else [])]
        return "\n\n".join(parts) + "\n"
    parts += [
        *_pictured("What each body can bear", _binding(report), ("curve", "binding"), pictures),
        *_pictured("Who pays and who gains", _pockets(report), ("flows",), pictures),
        *_pictured("Year by year", _yearly(report), ("timeline",), pictures),
        *titled("The programmes", "\n".join(_programmes(report))),
        *([extra] if extra else []),
        *titled("What would allow more", "\n".join(_more(report))),
        *titled("The same shift under each way of paying providers", "\n".join(_mechanisms(report))),
        *_pictured("Staff", _staff(report), ("staff",), pictures),
        *titled("Room in one year", "\n".join(_rooms(report))),
        *titled("What this does not know", "\n".join(f"- {line}" for line in unknown(report))),
    ]
    return "\n\n".join(parts) + "\n"


def _heading(report: ShiftReport) -> str:
    few = "**Too few futures to rely on: use 1,000 or more.** " if report.paths < FEWEST_PATHS else ""
    horizon = f"{start_year(report)} to {report.compiled.years[-1]}"
    return (
        f"# {cell(report.scenario.place.name)}: how much can safely move into prevention\n\n{few}"
        f"{cell(report.scenario.name)}, as at {as_at(report.scenario)}, {horizon}. {report.paths:,} futures, seed "
        f"{report.seed}; brackets after a chance are its 95% sampling interval. Money is cash of its year unless it says "
        "otherwise; a cost or a payment stands above nought under its own name, and a net gain is above nought where a "
        "body is better off. Evidence for a decision, never the decision."
    )


def _pictured(title: str, lines: Iterator[str], names: tuple[str, ...], pictures: Collection[str]) -> list[str]:
    """Return a section with its pictures before its table, or nothing where there is nothing to say."""
    text = "\n".join(lines)
    drawn = "".join(f"![]({one})\n\n" for one in names if one in pictures)
    return titled(title, drawn + text) if text else []


def _best(report: ShiftReport) -> Iterator[str]:
    """Yield which arrangement would allow the most more, if any does."""
    best = max(report.worth, key=lambda one: one.more, default=None)
    if best is not None and best.more > 1e4:
        least = "at least " * best.beyond
        yield (
            f"What would allow most more: {best.name[0].lower()}{best.name[1:]}, {least}{pounds(best.more)} a year more."
        )


def _binding(report: ShiftReport) -> Iterator[str]:
    yield "| Body | Duty broken in some year, without a shift | Could bear, £m a year | What stops it then | Size tried next |"
    yield "| --- | ---: | ---: | --- | ---: |"
    met, ordered = report.after.met, sorted(report.after.bindings(), key=lambda one: (one.limit, one.agency))
    for one in ordered:
        ever = percent(float(met.ever[0, one.agency]) / met.paths)
        beyond = "or more" if one.test is None else ""
        why = "nothing, up to where reach ends"
        if one.test is not None and one.year is not None:
            what = "expected shortfall" if one.test == "shortfall" else "chance of breach"
            why = f"{what} in {report.compiled.years[one.year]}"
        after = "–" if one.first is None else number_of(one.first)
        yield f"| {name(report, one.agency)} | {ever} | {number_of(one.limit)} {beyond} | {why} | {after} |"
    if report.before is not None:
        low, high = report.before.interval()
        yield (
            f"\nBefore action, were nobody to act on what turns out, headroom is {pounds(report.before.headroom())} a year "
            f"({pounds(low)} to {pounds(high)}): shortfalls then fall on reserves that are gone sooner."
        )


def number_of(amount: float) -> str:
    """Return a yearly sum of a shift as a bare number of £m, to the nearest £10,000 or closer if that reads as nought."""
    return f"{amount / 1e6:,.2f}" if abs(amount) >= 5e4 else millions(amount)


def _pockets(report: ShiftReport) -> Iterator[str]:
    yield from _by_body(report)
    yield ""
    yield from (f"- {line}" for line in pockets_words(report))


def _by_body(report: ShiftReport) -> Iterator[str]:
    """Yield who pays and who gains over the horizon, £m in the mean."""
    purses, got = report.gathered.purses, report.transfers.receives
    means = {part: getattr(purses, part).mean(axis=2).sum(axis=1) for part in ("invest", "cash", "paid", "avoided")}
    nets = report.gathered.gains.mean(axis=2).sum(axis=1)
    years = report.compiled.horizon - report.terms.start
    yield f"£m over the {years} years, mean of all futures, at {pounds(report.size)} a year:\n"
    yield "| Body | Pays for programmes | Activity avoided, at average cost | Cash its own lines let go | Contracts then bring | Net gain | Would receive to be no worse off |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for a, _ in enumerate(parties(report)):
        inside = a < len(report.compiled.agency_ids)
        sums = [means["invest"][a], means["avoided"][a], means["cash"][a], -means["paid"][a]]
        if max(abs(amount) for amount in sums) < WORTH_TELLING:
            continue
        whose = name(report, a) if inside else OUTSIDE
        ends = f"{millions(nets[a], '+')} | {millions(got[a], '+')}" if inside else "– | –"
        yield f"| {whose} | {' | '.join(millions(amount) for amount in sums)} | {ends} |"
    if not report.at_headroom:
        yield "\nHeadroom is nought, so this is what is proposed, which is more than can safely move."


def _yearly(report: ShiftReport) -> Iterator[str]:
    """Yield the place year by year, then when each body has its money back."""
    flowed = report.gathered
    invest, services = flowed.invest.sum(axis=0), flowed.services.sum(axis=0)
    gains = flowed.gains.sum(axis=0)
    yield "The place as one, £m in the mean:\n"
    yield "| Year | Spent | Avoided, at average cost | of it growth that never comes | filled again | cost that stays | Cash | Net gain | Net gain so far, P10 to P90 |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    so_far = gains.cumsum(axis=0)
    for t in range(report.terms.start, report.compiled.horizon):
        avoided, growth, refilled, stranded, cash = services[:, t] if services.size else np.zeros(5)
        ordered = np.sort(so_far[t])
        ends = [ordered[max(0, -(-percent * len(ordered) // 100) - 1)] for percent in (10, 90)]
        row = [invest[t], avoided + flowed.outside[t], growth, refilled, stranded, cash]
        yield (
            f"| {report.compiled.years[t]} | {' | '.join(millions(float(part)) for part in row)} | "
            f"{millions(float(gains[t].mean()), '+')} | {millions(float(ends[0]), '+')} to {millions(float(ends[1]), '+')} |"
        )
    yield ""
    yield from _paybacks(report)


def _paybacks(report: ShiftReport) -> Iterator[str]:
    """Yield when each payer, and the place as one, has its money back."""
    windows = [w for w, found in report.payback[-1].chances.items() if found is not None]
    beyond = [w for w, found in report.payback[-1].chances.items() if found is None]
    heads = " | ".join(f"Back within {w} years" for w in windows)
    yield f"| Body | Crosses over (middle future) | {heads} | Most out of pocket, P50 and P80, £m | In (middle future) |"
    yield f"| --- | --- | {'---: | ' * len(windows)}---: | --- |"
    paid = report.gathered.purses.invest.mean(axis=2).sum(axis=1)
    for a, one in enumerate(report.payback):
        last = a == len(report.payback) - 1
        if (last and len(paid) > 2) or (not last and paid[a] > WORTH_TELLING):
            yield f"| {'**The place as one**' if last else name(report, a)} | {_payback_row(report, one, windows)} |"
    if beyond:
        years = report.terms.start + beyond[-1]
        yield f"\nThe years projected end before {beyond[-1]} years are over; nothing is reckoned beyond them. `--set years={years}` projects so far."


def _payback_row(report: ShiftReport, one: Payback, windows: list[int]) -> str:
    years, start = report.compiled.years, report.terms.start
    crossed = years[start + one.p50 - 1] if one.p50 else f"not by {years[-1]}"
    chances = []
    for w in windows:
        found = one.chances[w]
        assert found is not None
        ends = f" ({percent(found.low)} to {percent(found.high)})" if 0 < found.probability < 1 else ""
        chances.append(f"{percent(found.probability)}{ends}")
    when = years[start + one.peak_year[0] - 1] if one.peak_year else "–"
    return f"{crossed} | {' | '.join(chances)} | {millions(one.peak[0])} and {millions(one.peak[1])} | {when}"


def _programmes(report: ShiftReport) -> Iterator[str]:
    yield "£m a year at base-year prices; what £1 gives back is gross, at average cost, whoever gains, after optimism bias.\n"
    yield "| Programme | In this shift | Proposed | Reach | From | £1 gives back: P10, P50, P90 | Library's weight in that | Staffed, worst year |"
    yield "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |"
    sizes = split(report.terms, report.size)
    for p, one in enumerate(report.terms.programmes):
        low, central, high = one.per_pound
        on = one.scale > 0
        staffed = float(report.gathered.staffed[p][on].min()) if on.any() else 1.0
        yield (
            f"| {cell(one.name)} | {number_of(sizes[p])} | {number_of(one.spend)} | {number_of(one.most)} | "
            f"{report.compiled.years[one.start]} | {low:.2f}, {central:.2f}, {high:.2f} | {one.prior_weight:.0%} | "
            f"{staffed:.0%} |"
        )


def _more(report: ShiftReport) -> Iterator[str]:
    yield (
        f"Headroom under each, and how much more that is a year, against no shift under the rules as they are; on "
        f"{report.fewer:,} futures, straight between the sizes tried.\n"
    )
    yield "| Arrangement | Headroom, £m a year | More, £m a year | What stops more then | What it stands on |"
    yield "| --- | ---: | ---: | --- | --- |"
    for one in sorted(report.worth, key=lambda worth: -worth.more):
        stop = name(report, one.binds) if one.binds is not None else "reach"
        least = "at least " * one.beyond
        yield (
            f"| {cell(one.name)} | {least}{number_of(one.headroom)} | {least}{one.more / 1e6:+,.2f} | {stop} | "
            f"{cell(LAW.get(one.id, '–'))} |"
        )


def _mechanisms(report: ShiftReport) -> Iterator[str]:
    if not report.mechanisms:
        return
    nets = np.array([one.net for one in report.mechanisms])
    shown = [a for a in range(nets.shape[1]) if np.abs(nets[:, a]).max() > WORTH_TELLING]
    yield (
        "What it costs each body over the horizon, £m in the mean (above nought a cost), were every contract with the "
        f"providers it touches put under one rule; on {min(FEWEST, report.paths):,} futures. What is saved is the same; "
        "who sees it is not.\n"
    )
    yield f"| Rule | {' | '.join(name(report, a) for a in shown)} |"
    yield f"| --- | {' | '.join('---:' for _ in shown)} |"
    for one in report.mechanisms:
        yield f"| {cell(one.name)} | {' | '.join(millions(float(one.net[a])) for a in shown)} |"


def _staff(report: ShiftReport) -> Iterator[str]:
    if not report.gathered.staff:
        return
    years, start = report.compiled.years, report.terms.start
    first, last = start, len(years) - 1
    yield "Whole-time posts; services that exist come first. What they lack is need that goes unmet, never an overspend.\n"
    yield (
        f"| Staff | There, {years[first]} | Programmes want | Services lack, mean | There, {years[last]} | Programmes want | "
        "Services lack, mean |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in report.gathered.staff:
        parts = [part[t] for t in (first, last) for part in (one.supply, one.wanted, one.unmet)]
        yield f"| {cell(one.name)} | {' | '.join(f'{float(posts):,.0f}' for posts in parts)} |"


def _rooms(report: ShiftReport) -> Iterator[str]:
    years, start = report.compiled.years, report.terms.start
    shown = range(start, min(start + 5, len(years)))
    yield (
        "What is left of a year's funding after all it must pay for and savings made, and what reserves hold above the "
        "minimum, with a chance of 80% after action; £m. Below nought there is none. It is no headroom: it looks at no "
        "shift. One-off room may pay for double running, never for a lasting service; an NHS body's needs approval.\n"
    )
    yield f"| Body | {' | '.join(f'Recurrent, {years[t]}' for t in shown)} | One-off, {years[start]} |"
    yield f"| --- | {' | '.join('---:' for _ in shown)} | ---: |"
    for a, agency in enumerate(report.compiled.agency_ids):
        rooms = [millions(float(report.rooms.recurrent[ROOM, a, t]), "+") for t in shown]
        local = a < report.compiled.slices["local_authority"].stop
        once = number(float(report.rooms.one_off[ROOM, a, start]), "£") if local else "with approval only"
        yield f"| {cell(report.names[agency])} | {' | '.join(rooms)} | {once} |"


def title(report: ShiftReport) -> str:
    """Return the title of the page, without markup."""
    return f"How much can safely move into prevention: {report.scenario.place.name}, {in_millions(report.headroom, 2)}"
