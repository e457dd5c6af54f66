"""Money of a place on its page: who pays and owes whom, the place in total, and what its bodies dispute."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simulator.dealt import why
from simulator.levers import average
from simulator.money import HALF_PENNY, in_millions
from simulator.place_words import horizon
from simulator.plain_english import TITLES, between, cell, day
from simulator.run import Results
from simulator.settlements import between as entries_between

TOTALS = {
    "spending": "Spending of the bodies' own",
    "funding": "Funding of the bodies' own",
    "received_outside": "Received under agreements from outside",
    "paid_outside": "Paid under agreements to the outside",
    "between_eliminated": "Payments between bodies, taken out",
    "between_unmatched": "Left of them where two bodies serve the place in unlike parts",
    "gap": "Gap, before savings that start in the year",
}
BASES = {"whole": "All bodies, whole", "in_place": "Their parts that serve the place", "elsewhere": "The rest of them"}
LEAST_OWED = 50_000
"""Pounds of what is owed that £m to one place would show as nought."""


def transfers(results: Results, view: str = "after_action") -> Iterator[str]:
    """Yield the table of payments between partners, that of payments with the outside, and who owes whom net."""
    table, year = results.transfers, str(results.scenario.budget_year)
    if table.empty:
        return
    rows = table[(table["view"] == view) & (table.year == year)]
    payments = results.compiled.agreed.payments
    within = set(entries_between(results.compiled, payments))
    paying = (rows[["mean", "planned", "owed_p10", "owed_p90"]].abs().max(axis=1) >= HALF_PENNY).tolist()
    told = [
        (entry in within, row, why(results.scenario, payment))
        for entry, ((_, row), payment) in enumerate(zip(rows.iterrows(), payments, strict=True))
        if paying[entry]
    ]
    for inside, title in (
        (True, "Between bodies of the place"),
        (False, "With the outside, and among members of a system"),
    ):
        found = [f"| {_payment(row, reason)} |" for within_place, row, reason in told if within_place == inside]
        if found:
            head = f"| {title} | From | To | Plan | Due | Owed at month 12 |\n| --- | --- | --- | ---: | ---: | ---: |"
            yield "\n".join([head, *found])
    yield "\n".join(_net(rows)) or "Nobody owes anybody £0.05m or more on average."
    yield (
        f"£m cash, {TITLES[view].lower()}, as at {day(results)}, {results.paths:,} futures, the year to {horizon(results)}. *Plan* is what the "
        "budget expects and pays month by month, *due* what the year turns out to be worth, both on average; *owed* is due less plan, on "
        "average (and in 8 futures of 10): above nought the payer still owes it at month 12, below nought the payee pays it back. "
        "Agreements that pay nothing in the year are left out; all of them are in `tables/transfers.csv`."
    )


def _payment(row: pd.Series, reason: str) -> str:
    plan, due, owed, low, high = (
        _number(row[name]) for name in ("planned", "mean", "owed_mean", "owed_p10", "owed_p90")
    )
    parties = " | ".join(cell(row[name]) for name in ("payer", "payee"))
    return f"{cell(reason)} | {parties} | {plan} | {due} | {owed} ({low} to {high})"


def _number(pounds: float) -> str:
    return f"{pounds / 1e6:,.1f}".replace("-0.0", "0.0")


def _net(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what each party owes another at month 12 on average, all agreements between the two together."""
    owed: dict[tuple[str, str], float] = {}
    for payer, payee, amount in zip(rows.payer, rows.payee, rows.owed_mean, strict=True):
        pair = (str(payer), str(payee)) if payer <= payee else (str(payee), str(payer))
        owed[pair] = owed.get(pair, 0.0) + (float(amount) if pair[0] == payer else -float(amount))
    for (first, second), amount in sorted(owed.items(), key=lambda one: -abs(one[1])):
        if abs(amount) >= LEAST_OWED:
            ower, other = (first, second) if amount > 0 else (second, first)
            yield f"- **{cell(ower)}** owes **{cell(other)}** {in_millions(abs(amount))} on average, all agreements between the two together."


def totals(results: Results, view: str = "after_action") -> Iterator[str]:
    """Yield the place consolidated in the budget year, with what consolidation takes out."""
    table, year = results.place_years, str(results.scenario.budget_year)
    if table.empty:
        return
    rows = table[(table["view"] == view) & (table.year == year)].set_index(["measure", "basis"])["mean"]
    lines = [
        f"| £m, {year}, {TITLES[view].lower()}, on average | {' | '.join(BASES.values())} |",
        "| --- | ---: | ---: | ---: |",
    ]
    for measure, words in TOTALS.items():
        amounts = [float(rows[measure, basis]) for basis in BASES]
        if any(abs(amount) >= LEAST_OWED for amount in amounts):
            lines.append(f"| {words} | {' | '.join(_number(amount) for amount in amounts)} |")
    yield "\n".join(lines)
    v, t = [one.name for one in results.views].index(view), results.compiled.years.index(year)
    mean, *ends = average(np.sum(results.kept["gap"][v, :, t], axis=0))
    yield (
        f"As at {day(results)}, {results.paths:,} futures. Means add up from part to whole; the gap of all bodies is {in_millions(mean)} "
        f"({between(*ends)}). A pound that one body pays another is spending of the one and income of the other, and no spending of the "
        "place: it is taken out. Shares of bodies shape this view alone; no figure of a body hangs on them."
    )


def disputes(results: Results) -> Iterator[str]:
    """Yield the beliefs in which a body differs from what the place has agreed, and what each costs it."""
    if results.disputed.empty:
        return
    rows = [
        "| Body | Belief about | Year | Agreed | Its own | Its central gap |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    names = results.scenario.names
    for row in results.disputed.to_dict("records"):
        effect = f"{row['gap_effect'] / 1e6:+,.2f}"
        told = f"{cell(row['name'])} | {row['year']} | {row['shared']:.2%} | {row['theirs']:.2%} | {effect}"
        rows.append(f"| {cell(names[row['agency']])} | {told} |")
    yield "\n".join(rows)
    yield (
        "Growth in the year; the last column is what the body's own belief adds to its central gap that year, £m cash before any choice, "
        "each belief by itself; above nought widens it. A belief also moves later years. All else on this page has the body's own belief for "
        "its own figures."
    )


def outside(results: Results) -> list[str]:
    """Return the parties without books of their own, by name."""
    held = {body.id for body in results.scenario.bodies}
    return [party.name for party in results.scenario.agencies if party.id not in held]
