"""Who pays for a shift and who gains, as bands to be drawn: payers on the left, gainers on the right, widths in £m.

Every sum is the mean of all futures over the years of the shift, contracts included. What payers put in meets in the
middle and goes on to those who get cash back; what does not come back as cash is a band of its own, so that both sides
are as wide as each other.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.compiled import Floats
from simulator.money import HALF_PENNY
from simulator.place_words import escaped
from simulator.plain_english import Words
from simulator.shift_cells import total
from simulator.shift_frames import ALONE, Subject
from simulator.shift_report import Bought
from simulator.shift_return_words import WORTH_TELLING
from simulator.shift_shown import BARELY, subject
from simulator.summary import quantiles

PAYS, LOSES, MORE = "Pays", "Loses by contract", "Comes back beyond what is paid"
GETS, NEVER = "Gets back as cash", "Does not come back as cash"
OUTSIDE, REST = "Outside these bodies, by contract", "All others"
WIDE, GAP, LINE, LETTERS, MOST_LINES = 240.0, 12.0, 14.0, 17, 4
"""Height of all bands together, room between two, height of a line of a label in pixels; letters and lines of one."""
STEPS = 16
"""Points on the way of a band from one side to the middle."""


class Flow(NamedTuple):
    """One band: whose it is, what it is, and how much in pounds, above nought."""

    name: str
    kind: str
    pounds: float


class Bands(NamedTuple):
    """The picture: bands and labels laid out in pixels from the top, its height, its words, and the flows in it.

    Columns of `bands`: Name, Kind, Amount (£m), Across (0 at payers, 1 at gainers), Top and Bottom; of `labels`: Name,
    Kind, Amount, Side (`left`, `right`), At (the middle of the first line) and Lines.
    """

    bands: pd.DataFrame
    labels: pd.DataFrame
    height: float
    words: Words
    flows: tuple[Flow, ...]


def bands(report: Bought) -> Bands:
    """Return who pays and who gains as bands to be drawn."""
    about = subject(report)
    left, right = sides(report, about)
    heights = [_height(side) for side in (left, right)]
    height = max(heights)
    parts = [_laid(side, left_hand, height) for side, left_hand in ((left, True), (right, False))]
    rows, labels = ([row for part in parts for row in part[which]] for which in (0, 1))
    return Bands(
        pd.DataFrame(rows, columns=["Name", "Kind", "Amount", "Across", "Top", "Bottom"]),
        pd.DataFrame(labels, columns=["Name", "Kind", "Amount", "Side", "At", "Lines"]),
        height, _words(report, about, (left, right)), (*left, *right),
    )  # fmt: skip


def sides(report: Bought, about: Subject) -> tuple[list[Flow], list[Flow]]:
    """Return what comes in and what goes out, the largest first; both add up to the same."""
    purses = report.gathered.purses
    pays, outside = _mean(purses.invest[:-1]), float(_mean(purses.back)[-1])
    gets = _mean(report.gathered.gains) + pays
    parties = [*zip(about.names, gets, strict=True), (OUTSIDE, outside)]
    left = [Flow(name, PAYS, float(paid)) for name, paid in zip(about.names, pays, strict=True)]
    left += [Flow(name, LOSES, -float(got)) for name, got in parties if got < 0]
    right = [Flow(name, GETS, float(got)) for name, got in parties if got > 0]
    over = sum(one.pounds for one in left) - sum(one.pounds for one in right)
    last = about.run[-1]
    if over > 0:
        right.append(Flow(f"{NEVER} by {last}", NEVER, over))
    elif over < 0:
        left.append(Flow(f"{MORE} by {last}", MORE, -over))
    return _kept(left), _kept(right)


def _mean(flow: Floats) -> Floats:
    mean: Floats = flow.mean(axis=2).sum(axis=1)
    return mean


def _kept(side: list[Flow]) -> list[Flow]:
    """Return the flows of one side, the largest first and what is no body's last; small ones as one."""
    there = [one for one in side if one.pounds >= HALF_PENNY]
    least = max((one.pounds for one in there), default=0.0) * BARELY
    small = [one for one in there if one.pounds < least]
    if len(small) > 1:
        there = [one for one in there if one.pounds >= least]
        there += [Flow(REST, kind, _sum(small, kind)) for kind in dict.fromkeys(one.kind for one in small)]
    return sorted(there, key=lambda one: (one.kind in (NEVER, MORE), one.name == REST, -one.pounds))


def _height(side: list[Flow]) -> float:
    whole = sum(one.pounds for one in side)
    return sum(max(_wide(one, whole), LINE * len(_lines(one))) for one in side) + GAP * max(len(side) - 1, 0)


def _wide(one: Flow, whole: float) -> float:
    return WIDE * one.pounds / whole


def _lines(one: Flow) -> list[str]:
    """Return a label's lines: whose a band is, and how much."""
    name = textwrap.wrap(one.name, LETTERS, max_lines=MOST_LINES, placeholder="…")
    verb = {PAYS: "pays ", LOSES: "loses ", GETS: "gets "}.get(one.kind, "")
    return [*name, f"{verb}{total(one.pounds)}"]


def _laid(side: list[Flow], left: bool, height: float) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the rows of bands and of labels of one side."""
    whole, rows, labels = sum(one.pounds for one in side), list[tuple[object, ...]](), list[tuple[object, ...]]()
    at, middle = (height - _height(side)) / 2, (height - WIDE) / 2
    for one in side:
        wide, lines = _wide(one, whole), _lines(one)
        slot = max(wide, LINE * len(lines))
        top, amount = at + (slot - wide) / 2, one.pounds / 1e6
        for way in np.linspace(0.0, 1.0, STEPS + 1):
            smooth = float(way * way * (3 - 2 * way))
            edge = top + (middle - top) * smooth
            across = float(way) / 2 if left else 1 - float(way) / 2
            rows.append((one.name, one.kind, amount, across, edge, edge + wide))
        hand = "left" if left else "right"
        labels.append((one.name, one.kind, amount, hand, round(at + slot / 2 - LINE * (len(lines) - 1) / 2, 1), lines))
        at, middle = at + slot + GAP, middle + wide
    return rows, labels


def _words(report: Bought, about: Subject, both: tuple[list[Flow], list[Flow]]) -> Words:
    left, right = both
    paid, back = (_sum(side, kind) for side, kind in ((left, PAYS), (right, GETS)))
    payer = next((one for one in left if one.kind == PAYS), None)
    gainer = next((one for one in right if one.kind == GETS and one.name not in (OUTSIDE, REST)), None)
    headline = f"{total(paid)} is paid by {about.run[-1]} and {total(back)} comes back as cash"
    if (lost := _sum(left, LOSES)) >= WORTH_TELLING:
        headline += f", {total(lost)} of it from those whom contracts leave poorer"
    if payer and gainer and len(about.names) > 1:
        gets = "and" if payer.name == gainer.name else f"{gainer.name}"
        headline += f": {payer.name} pays most, {total(payer.pounds)}, {gets} gets most, {total(gainer.pounds)}"
    measured = (
        f"{about.place}: £m cash over {about.run[0]} to {about.run[-1]}, the mean of all futures; left is paid or "
        "lost, right comes back"
    )
    proposed = "" if report.at_headroom else " Headroom is nought, so this is what is proposed."
    how = (
        "How to read this: the width of a band is money. Payers on the left meet in the middle; on the right is who "
        "gets cash back, contracts between bodies counted, and what does not come back as cash: it buys activity "
        f"avoided, not money. {ALONE}{proposed} "
        f"{about._replace(settlement_end=None).about(report.gathered.gains.shape[-1])}"
    )
    told = [f"{one.name} {total(one.pounds)}" for one in left], [f"{one.name} {total(one.pounds)}" for one in right]
    return Words(headline, measured, how, f"{headline}. Left: {'; '.join(told[0])}. Right: {'; '.join(told[1])}.")


def _sum(side: list[Flow], kind: str) -> float:
    return sum(one.pounds for one in side if one.kind == kind)


def bands_table(found: Bands) -> pd.DataFrame:
    """Return the flows as a table in £m."""
    rows = [(escaped(one.name), one.kind, round(one.pounds / 1e6, 3)) for one in found.flows]
    return pd.DataFrame(rows, columns=["Whose", "What", "£m cash over the years, mean"])


class Gains(NamedTuple):
    """Net gain by body: a row a body in £m with the ends of 8 futures in 10, most gained first, and its words."""

    frame: pd.DataFrame
    words: Words


def gains(report: Bought) -> Gains:
    """Return what each body gains over the years less what it pays; columns Body, Net, Low, High, Label."""
    about = subject(report)
    rows = list(_gains(report, about))
    frame = pd.DataFrame(rows, columns=["Body", "Net", "Low", "High", "Label"])
    ends = [f"{row[0]} is {total(abs(1e6 * row[1]))} {'better' if row[1] > 0 else 'worse'} off" for row in rows]
    headline = f"{'; '.join(dict.fromkeys([ends[0], ends[-1]]))} in cash by {about.run[-1]}" if ends else "Nobody gains"
    measured = (
        f"{about.place}: cash that comes back less what is paid, £m over {about.run[0]} to {about.run[-1]}; above "
        "nought is a gain"
    )
    how = (
        f"How to read this: the bar is the mean of all futures, the thin line 8 futures of 10 (P10 to P90). {ALONE} "
        f"{about._replace(settlement_end=None).about(report.gathered.gains.shape[-1])}"
    )
    told = "; ".join(f"{row[0]} {row[4]}, {total(1e6 * row[2])} to {total(1e6 * row[3])}" for row in rows)
    return Gains(frame, Words(headline, measured, how, f"{headline}. By body, with P10 to P90: {told}."))


def _gains(report: Bought, about: Subject) -> Iterator[tuple[str, float, float, float, str]]:
    sums = report.gathered.gains.sum(axis=1)
    means, (low, high) = sums.mean(axis=1), quantiles(sums, (10, 90))
    most = float(np.abs(means).max())
    for a in np.argsort(-means, kind="stable"):
        if abs(means[a]) >= max(most * BARELY, HALF_PENNY):
            sign = "+" if means[a] > 0 else ""
            ends = (float(end[a]) / 1e6 for end in (low, high))
            yield about.names[a], float(means[a]) / 1e6, *ends, f"{sign}{total(float(means[a]))}"


def gains_table(found: Gains) -> pd.DataFrame:
    """Return net gain by body as a table in £m."""
    table = found.frame.drop(columns="Label").round(3)
    heads = ["Body", "Net gain, £m, mean", "One future in ten is below, £m", "One in ten is above, £m"]
    return table.assign(Body=table.Body.map(escaped)).set_axis(heads, axis=1)
