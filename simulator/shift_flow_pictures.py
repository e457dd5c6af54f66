"""Pictures of the money and the posts of one shift: year by year, who pays and who gains, and what staff cut short."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import charts
from simulator.compiled import Floats
from simulator.evidence_pictures import DRAWN, Pictures
from simulator.figure_words import millions
from simulator.money import HALF_PENNY
from simulator.plain_english import Words
from simulator.prevention import posts
from simulator.shift_flows import Gathered
from simulator.shift_frames import Subject
from simulator.summary import quantiles

MOST_BODIES, MOST_GROUPS = 5, 6
"""Bodies drawn year by year beside all of them together, and staff groups drawn."""
TOLD = 5e3
"""Pounds over the horizon below which an amount is not written beside a bar."""
OUTSIDE, TOGETHER = "Outside these bodies", "All bodies together"


def flow_pictures(found: Gathered, about: Subject) -> Pictures:
    """Return `timeline` and `flows`, and `staff` where want of staff cuts a programme short; `flows` in the mean."""
    drawn: Pictures = {"timeline": _timeline(found, about), "flows": _flows(found, about)}
    wanted = posts(found.shift.terms, np.array(found.shift.sizes))
    filled = (wanted * found.staffed[:, None]).sum(axis=0)
    wanted = wanted.sum(axis=0)
    if (wanted - filled > 1e-6).any():
        drawn["staff"] = _staff(found, wanted, filled, about)
    return drawn


def moved(found: Gathered) -> Floats:
    """Return what each body pays, loses and gets back over the horizon in the mean, taken together, `[agency]`."""
    purses = found.purses
    parts = (purses.invest[:-1], purses.cash[:-1], purses.avoided[:-1], found.gains - purses.gains, purses.paid[:-1])
    whole: Floats = np.sum([np.abs(part.mean(axis=-1)).sum(axis=1) for part in parts], axis=0)
    return whole


def _timeline(found: Gathered, about: Subject) -> dict[str, bytes]:
    net = found.gains.mean(axis=-1)
    cost = found.purses.invest[:-1].mean(axis=-1)
    size = (np.abs(cost) + np.abs(net + cost)).sum(axis=1)
    shown = [a for a in np.argsort(-size, kind="stable")[:MOST_BODIES] if size[a] >= min(DRAWN, size.max())]
    spent, gains = found.purses.invest[:-1, about.start :], found.gains[:, about.start :]
    parts = [(about.names[a], spent[a], gains[a]) for a in shown]
    if len(shown) > 1:
        parts.append((TOGETHER, spent.sum(axis=0), gains.sum(axis=0)))
    tables = [_body_years(name, paid, net, about) for name, paid, net in parts]
    last = tables[-1]
    paid, back, need = -last.Spent.sum(), last.Back.sum(), str(last.Need.iloc[0])
    who = about.names[shown[0]] if len(shown) == 1 else "Together the bodies"
    verbs = ("pays", "gets") if len(shown) == 1 else ("pay", "get")
    headline = (
        f"{who} {verbs[0]} £{millions(paid * 1e6)}m and {verbs[1]} £{millions(back * 1e6)}m back by {about.run[-1]}; "
        f"{need[0].lower()}{need[1:]}"
    )
    measured = (
        f"{about.place}: what a shift costs and brings by year, £m cash, the mean of all futures; above nought is a "
        "gain, below nought a cost"
    )
    left = int((size >= HALF_PENNY).sum()) - len(shown)
    how = (
        "How to read this: above, each year by itself; below, all years so far, the lowest point being what has to be "
        "found from elsewhere."
        + (" All stand on one scale." if len(shown) > 1 else "")
        + (f" Bodies for which it comes to less are left out ({left})." if left > 0 else "")
        + f"\n{about._replace(settlement_end=None).about(found.gains.shape[-1])}"
    )
    told = "; ".join(f"{table.Body.iloc[0]}: {table.Need.iloc[0]}" for table in tables)
    return charts.timeline(pd.concat(tables), Words(headline, measured, how, f"{headline}. By body: {told}."))


def _body_years(name: str, spent: Floats, net: Floats, about: Subject) -> pd.DataFrame:
    """Return one body's rows of the timeline from its paths `[year, path]`, in £m."""
    low, high = quantiles(net, (10, 90)) / 1e6
    mean, paid = net.mean(axis=-1) / 1e6, spent.mean(axis=-1) / 1e6
    summed = mean.cumsum()
    at = int(summed.argmin())
    if summed[at] * 1e6 > -HALF_PENNY:
        need = "Never behind"
    else:
        later = ", the last year" if at == len(summed) - 1 else ""
        need = f"Most behind: £{millions(-summed[at] * 1e6)}m in {about.run[at]}{later}"
    return pd.DataFrame({
        "Body": name, "Year": about.run, "Spent": -paid, "Back": mean + paid, "Net": mean, "Low": low, "High": high,
        "Cumulative": summed, "Need": need,
    })  # fmt: skip


def _flows(found: Gathered, about: Subject) -> dict[str, bytes]:
    table = _parties(found, about)
    paid, cash, worth = table.Pays.sum(), table.Cash.sum(), table.Value.sum()
    payer, gainer, valued = (table.iloc[int(table[part].argmax())] for part in ("Pays", "Cash", "Value"))
    headline = f"£{millions(paid * 1e6)}m is paid by {about.run[-1]} and £{millions(cash * 1e6)}m comes back in cash"
    if len(about.names) > 1 and paid > 0 and cash > 0:
        gets = " and" if payer.Name == gainer.Name else f", {gainer.Name}"
        headline += f": {payer.Name} pays {payer.Pays / paid:.0%}{gets} gets {gainer.Cash / cash:.0%} of the cash"
    measured = (
        f"{about.place}: £m cash over {about.run[0]} to {about.run[-1]}, the mean of all futures; left of nought is "
        "paid, right of nought comes back"
    )
    how = (
        "How to read this: a hollow bar is what the activity avoided would have cost at average cost; only the filled "
        "part of it can be spent on something else.\n"
        f"{about._replace(settlement_end=None).about(found.gains.shape[-1])}"
    )
    outside = float(table.Value[table.Name == OUTSIDE].sum())
    alt = f"{headline}. What is avoided is worth £{millions(worth * 1e6)}m at average cost"
    alt += f", most of it at {valued.Name} and £{millions(outside * 1e6)}m outside." if worth > 0 else "."
    return charts.payers(table, Words(headline, measured, how, alt))


def _parties(found: Gathered, about: Subject) -> pd.DataFrame:
    """Return every party that a shift moves over the horizon, in £m: payers first, outside last."""
    purses = found.purses
    pays, cash, taken, value = (
        flow.mean(axis=-1).sum(axis=1) for flow in (purses.invest, purses.cash, purses.paid, purses.avoided)
    )
    bargained = (found.gains - purses.gains).mean(axis=-1).sum(axis=1)
    brought = np.append(bargained, 0.0) - taken
    cash, value = np.maximum(cash, 0.0), np.maximum(value, 0.0)
    lost, won = np.maximum(-brought, 0.0), np.maximum(brought, 0.0)
    lost, won = (np.where(part < HALF_PENNY, 0.0, part) for part in (lost, won))
    whole = pays + lost + cash + won + value
    order = [*np.lexsort((-value[:-1], -pays[:-1])), len(about.names)]
    rows = [
        (
            [*about.names, OUTSIDE][p], *(part[p] / 1e6 for part in (pays, lost, cash, won, value)),
            _told({"{} paid": pays[p], "{} lost": lost[p]}),
            _told({"{} cash": cash[p], "{} by contract": won[p], "worth {}": value[p]}),
        )
        for p in order if whole[p] >= min(DRAWN, whole.max())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Name", "Pays", "Loses", "Cash", "Contracts", "Value", "Left", "Right"])


def _told(parts: dict[str, float]) -> str:
    """Return amounts with what they are, `£2.8m cash, worth £3.7m`, those too small to see left out."""
    return ", ".join(what.format(f"£{millions(pounds)}m") for what, pounds in parts.items() if pounds >= TOLD)


def _staff(found: Gathered, wanted: Floats, filled: Floats, about: Subject) -> dict[str, bytes]:
    """Return posts wanted and filled `[group, year]`, the groups that are shortest first."""
    gap = (wanted - filled)[:, about.start :]
    order = [g for g in np.argsort(-gap.max(axis=1), kind="stable") if wanted[g].any()][:MOST_GROUPS]
    frame = pd.concat([
        pd.DataFrame({
            "Group": found.staff[g].name, "Year": about.run, "Wanted": wanted[g, about.start :],
            "Filled": filled[g, about.start :],
        })
        for g in order
    ])  # fmt: skip
    said = []
    for g in order:
        at = int(gap[g].argmax()) + about.start
        who, most = found.staff[g].name, f"{wanted[g, at]:,.0f}"
        some = f"{who}: {filled[g, at]:,.0f} of the {most} posts wanted in {about.years[at]}"
        said.append(some if filled[g].any() else f"{who}: none of the posts wanted (up to {most}) in any year")
    headline = f"Want of staff cuts programmes short, most of all {said[0]} can be filled"
    measured = f"{about.place}: posts that programmes want and can fill, by year"
    how = (
        "How to read this: where a bar is not filled to the top, that much of the work cannot be staffed; whatever "
        "money there is, it is neither done nor paid for.\n"
        f"{about._replace(settlement_end=None).about(found.gains.shape[-1])}"
    )
    alt = f"{headline}. At worst: {'; '.join(said)}. What cannot be staffed is neither done nor paid for."
    return charts.staff_posts(frame, Words(headline, measured, how, alt))
