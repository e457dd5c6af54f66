"""What a change does to a place as a whole: who gains and who loses, its chances, and payments between its bodies."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator.levers import average, breached_bodies, moved
from simulator.place_words import counted
from simulator.plain_english import HELD, cell, chance_row, past, per_cent, year_end
from simulator.run import Results
from simulator.summary import chance

LEAST = 5_000
"""Pounds from which a difference shows in £m to two places."""
LITTLE = "Less than £0.01m on average and in 8 futures of 10, before action and after it,"
CALLED = {
    "usable_reserves": ("Usable reserves", "Reserves", "differ"), "cash": ("Cash", "Cash", "differs"),
    "free_reserves": ("Free reserves", "Reserves", "differ"), "owed": ("What it owes", "Owed", "differs"),
}  # fmt: skip
"""What is held or owed in a sentence, at the head of a column, and the verb it takes."""


def parts(a: Results, b: Results, years: list[str], money: pd.DataFrame) -> list[str]:
    """Return who gains and who loses, how the chances of the place and payments in it differ; nothing of one body."""
    if min(len(run.compiled.agency_ids) for run in (a, b)) == 1:
        return []
    told = [*_breached(a, b, years[0]), *(list(_place_chances(a, b, years)) or ["- No chance of the place differs."])]
    tables = ("\n".join(_gainers(a, b, years[0], money)), "\n".join(_payments(a, b, years[0])))
    return ["## The place: what difference it makes\n\n" + "\n".join(told), *filter(None, tables)]


def _breached(a: Results, b: Results, year: str) -> Iterator[str]:
    """Yield how many bodies miss their own duty or plan by a year, after action, in each run."""
    if a.compiled.agency_ids == b.compiled.agency_ids:
        one, two = (breached_bodies(run, "after_action", year) for run in (a, b))
        bodies, by = len(a.compiled.agency_ids), f"by {year_end(year)}{past(a, year)}"
        yield (
            f"- After action, {by}, {one.mean():.2f} of the {bodies} bodies have missed their own duty or plan on "
            f"average in A, {two.mean():.2f} in B: {counted(*average(two - one))}."
        )


def _gainers(a: Results, b: Results, year: str, money: pd.DataFrame) -> Iterator[str]:
    """Yield who gains and who loses in a year, after action: a row for each body whose money moves enough to show."""
    when, rows = year_end(year), list[str]()
    both = [body for body in a.scenario.bodies if body.id in b.compiled.agency_ids]
    for body in both:
        own = money[money.agency == body.id]
        held = HELD.get(body.kind, "owed")
        if little(own, held, [year]):
            continue
        at = own[(own["view"] == "after_action") & (own.year == year)].set_index("measure")["mean"]
        gap, kept = (f"{amount / 1e6:+,.2f}" if abs(amount) >= LEAST else "0.00" for amount in (at["gap"], at[held]))
        missed = " | ".join(
            per_cent(chance_row(run, body.id, "duty_breached", "after_action", f"by {year}")) for run in (a, b)
        )
        rows.append(f"| {cell(body.name)} | {gap} | {CALLED[held][0].lower()} {kept} | {missed} |")
    if rows:
        yield f"| After action, £m on average | Gap in {year}, B less A | At {when} | Duty or plan missed in A | in B |"
        yield "| --- | ---: | ---: | ---: | ---: |"
        yield from rows
    if rest := len(both) - len(rows):
        yield (
            f"\n{rest} more: {LITTLE[0].lower()}{LITTLE[1:]} in {year}." if rows else f"{LITTLE} in {year}, all bodies."
        )


def little(own: pd.DataFrame, held: str, years: list[str]) -> bool:
    """Return whether neither the gap nor what a body holds or owes moves by as much as shows, in any view."""
    rows = own[own.measure.isin(["gap", held]) & own.year.isin(years)]
    return bool((rows[["mean", "p10", "p90"]].abs() < LEAST).all(axis=None))


def _place_chances(a: Results, b: Results, years: list[str]) -> Iterator[str]:
    rows = moved(a, b, a.scenario.place.id)
    rows = rows[(rows.agency == a.scenario.place.id) & (rows["view"] == "after_action")]
    names = {
        "any_duty_breached": "at least one body misses its duty or plan",
        "two_duties_breached": "two bodies or more miss theirs in the same year",
    }
    for year in years:
        for _, row in rows[rows.year == f"by {year}"].iterrows():
            if not row.low95 == row.high95 == 0:
                yield differs(row, f"by {year_end(year)}{past(a, year)}, {names[str(row.outcome)]}")


def _payments(a: Results, b: Results, year: str) -> Iterator[str]:
    """Yield the payments whose average differs in a year, after action: A, B and B less A."""
    keys = ["reason", "payer", "payee", "agreement"]
    if a.transfers.empty or b.transfers.empty:
        return
    one, two = (
        run.transfers[(run.transfers.year == year) & (run.transfers["view"] == "after_action")] for run in (a, b)
    )
    both = (
        one.groupby(keys, sort=False)["mean"]
        .sum()
        .to_frame("a")
        .join(two.groupby(keys, sort=False)["mean"].sum().rename("b"), how="outer")
    )
    both = both.fillna(0.0).reset_index()
    both = both[(both.b - both.a).abs() >= LEAST]
    if len(both):
        yield f"| Payment in {year}, after action, £m on average | From | To | A | B | B less A |"
        yield "| --- | --- | --- | ---: | ---: | ---: |"
    for row in both.to_dict("records"):
        parties = " | ".join(
            cell(part) for part in (row["reason"][:1].upper() + row["reason"][1:], row["payer"], row["payee"])
        )
        yield f"| {parties} | {row['a'] / 1e6:,.2f} | {row['b'] / 1e6:,.2f} | {(row['b'] - row['a']) / 1e6:+,.2f} |"


def differs(row: pd.Series, what: str) -> str:
    """Return how a chance differs after action, with its sampling error."""
    one, two = (per_cent(share(found, row.paths)) for found in (row.chance_a, row.chance_b))
    moved_by, *ends = (f"{100 * part:+.1f}" for part in (row.difference, row.low95, row.high95))
    return (
        f"- After action, {what}: {one} in A, {two} in B, a difference of {moved_by} points ({' to '.join(ends)} with "
        "sampling error)."
    )


def share(happened: float, paths: int) -> pd.Series:
    """Return a share of the futures drawn as a row of the table of chances, with its interval."""
    found = chance(round(happened * paths), paths)
    row = {"probability": found.probability, "low95": found.low, "high95": found.high, "paths": paths}
    return pd.Series(row, dtype=object)
