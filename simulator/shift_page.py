"""The page of a shift into prevention: how much can safely move, who pays, who gains, what binds, what would allow more."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from simulator import shift_details, shift_payback
from simulator.evidence_words import as_at
from simulator.plain_english import cell
from simulator.pockets import worse_off
from simulator.shift_cells import cells, pounds
from simulator.shift_flows import PARTS
from simulator.shift_report import ShiftReport
from simulator.shift_return_words import bought, pockets_words, unknown
from simulator.shift_shown import (
    BARELY,
    BEARS_HEADS,
    NO_CLEAN_BILL,
    PAID_HEADS,
    Paid,
    bears,
    before,
    not_asked,
    over,
    paid,
)
from simulator.shift_words import headline, listed, name, start_year
from simulator.summary import quantiles
from simulator.summary_page import FEWEST_PATHS, titled

OUTSIDE = "Outside the place: the Treasury, benefits, others"
HEADS = (
    PAID_HEADS[0], "Activity avoided, at average cost", "Cash its own lines let go", "Contracts then bring",
    "Net gain", "Receives of what there is (+ gets, - gives)", "Still worse off",
)  # fmt: skip


def shift(report: ShiftReport, pictures: Collection[str] = (), extra: str = "", short: bool = False) -> str:
    """Return the page as Markdown; `extra` is a section of its own, `short` leaves out all but the answer."""
    answer = [*headline(report), *bought(report), *shift_details.best(report)]
    parts = [_heading(report), *titled("The short answer", "\n".join(f"- {line}" for line in answer))]
    if short:
        parts += [
            *titled("Who pays and who gains", "\n".join(_paid(report, paid(report), PAID_HEADS))),
            *([extra] if extra else []),
        ]
        return "\n\n".join(parts) + "\n"
    parts += [
        *_pictured("What each body can bear", _binding(report), ("curve", "binding"), pictures),
        *_pictured("Who pays and who gains", _pockets(report), ("flows",), pictures),
        *_pictured("Year by year", _yearly(report), ("timeline",), pictures),
        *titled("The programmes", "\n".join(shift_details.programmes(report))),
        *([extra] if extra else []),
        *titled("What would allow more", "\n".join(shift_details.more(report))),
        *titled("What judgement moves", "\n".join(shift_details.otherwise(report))),
        *titled("The same shift under each way of paying providers", "\n".join(shift_details.mechanisms(report))),
        *_pictured("Staff", shift_details.staff(report), ("staff",), pictures),
        *titled("Room in one year", "\n".join(shift_details.rooms(report))),
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


def _binding(report: ShiftReport) -> Iterator[str]:
    yield f"| {' | '.join(BEARS_HEADS)} |"
    yield "| --- | ---: | ---: | --- | ---: |"
    yield from (f"| {' | '.join(row)} |" for row in bears(report))
    yield f"\n{NO_CLEAN_BILL}"
    if apart := not_asked(report):
        yield f"\nNeither paying nor gaining, so not asked: {listed(apart)}."
    if report.before is not None:
        yield f"\n{before(report.before)}"


def _pockets(report: ShiftReport) -> Iterator[str]:
    yield from _by_body(report)
    yield ""
    yield from (f"- {line}" for line in pockets_words(report))


def _by_body(report: ShiftReport) -> Iterator[str]:
    """Yield who pays and who gains over the horizon, in the mean, with what falls outside the place."""
    purses, transfers = report.gathered.purses, report.transfers
    parts = ("invest", "avoided", "cash", "paid")
    means = [getattr(purses, part).mean(axis=2).sum(axis=1) for part in parts]
    nets = report.gathered.gains.mean(axis=2).sum(axis=1)
    most, bodies = float(np.abs(means).max()), len(report.compiled.agency_ids)
    told, rows, barely = cells(most), [], []
    for a in range(bodies + 1):
        sums = [float(mean[a]) for mean in means]
        if max(map(abs, sums)) < most * BARELY:
            barely += [name(report, a)] if a < bodies and any(sums) else []
            continue
        row = [told(-amount if part == "paid" else amount) for part, amount in zip(parts, sums, strict=True)]
        last = ["–"] * 3
        if a < bodies:
            last = [told(nets[a], "+"), told(transfers.receives[a], "+"), told(worse_off(transfers)[a])]
        rows.append((name(report, a) if a < bodies else OUTSIDE, *row, *last))
    yield from _paid(report, Paid(told, rows, barely, most * BARELY), HEADS)


def _paid(report: ShiftReport, found: Paid, heads: tuple[str, ...]) -> Iterator[str]:
    yield f"{over(report, found.told)}:\n"
    yield f"| Body | {' | '.join(heads)} |"
    yield f"| --- | {' | '.join('---:' for _ in heads)} |"
    yield from (f"| {' | '.join(row)} |" for row in found.rows)
    if found.barely:
        yield f"\nTouched by less than {pounds(found.least)} in all, so left out: {listed(found.barely)}."
    if not report.at_headroom:
        yield "\nHeadroom is nought, so this is what is proposed, which is more than can safely move."


def _yearly(report: ShiftReport) -> Iterator[str]:
    """Yield the place year by year, then when each body has its money back."""
    purses, gains = report.gathered.purses, report.gathered.gains.sum(axis=0)
    invest, worth = (part.mean(axis=2).sum(axis=0) for part in (purses.invest, purses.avoided))
    back = purses.back[:-1].mean(axis=2).sum(axis=0)
    kept = report.gathered.services.sum(axis=0)[[PARTS.index(part) for part in ("growth", "refilled", "stranded")]]
    so_far = quantiles(gains.cumsum(axis=0), (10, 90))
    told = cells(float(np.abs(so_far).max()))
    who = "The bodies of the place together" if len(report.compiled.agency_ids) > 1 else name(report, 0)
    yield f"{who}, {told.unit} in the mean; a net gain is above nought, a net cost below:\n"
    yield "| Year | Spent | Avoided, at average cost | of that, growth that never comes | of that, filled again | of that, cost that stays | Back as cash | Net gain | Net gain so far: P10, P90 |"
    yield f"| {' | '.join('---:' for _ in range(9))} |"
    for t in range(report.terms.start, report.compiled.horizon):
        row = [told(float(part)) for part in (invest[t], worth[t], *kept[:, t], back[t])]
        ends = ", ".join(told(float(part[t]), "+") for part in so_far)
        yield f"| {report.compiled.years[t]} | {' | '.join(row)} | {told(float(gains[t].mean()), '+')} | {ends} |"
    yield (
        f"\nGrowth that never comes may be cash or not, so these columns do not add up; {told.note}. P10, P90: one "
        "future in ten ends below the first, one in ten above the second.\n"
    )
    yield from _paybacks(report)


def _paybacks(report: ShiftReport) -> Iterator[str]:
    """Yield when each payer, and the place as one, has its money back."""
    found = shift_payback.paybacks(report)
    dashes = ["---", "---:", *("---" for _ in found.windows), "---:", "---:"]
    yield f"| {' | '.join(found.heads)} |"
    yield f"| {' | '.join(dashes)} |"
    yield from (f"| {' | '.join(row)} |" for row in found.rows)
    yield f"\n{shift_payback.READ}"
    if beyond := shift_payback.beyond(report):
        yield f"\n{beyond}"


def title(report: ShiftReport) -> str:
    """Return the title of the page, without markup."""
    return f"How much can safely move into prevention: {report.scenario.place.name}, {pounds(report.headroom)} a year"
