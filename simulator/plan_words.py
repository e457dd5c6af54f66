"""A council's own plan on the page: beside the central case, its savings, and where its named reserves stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simulator.explanations import key_years, signed
from simulator.money import in_millions
from simulator.place import NamedReserve
from simulator.plain_english import cell, money_row, shortfall, year_end
from simulator.run import Results
from simulator.summary import quantiles


def plan(results: Results, agency: str) -> Iterator[str]:
    """Yield the council's own plan beside the scenario's own central case, line by line; nothing without a plan."""
    rows = results.plan[results.plan.agency == agency] if len(results.plan) else results.plan
    if rows.empty:
        return
    years = [year for year in results.compiled.years if year in set(rows[rows.entered].year)]
    gaps, saved = (
        [money_row(results, agency, name, "before_action", year) for year in years]
        for name in ("gap", "savings_delivered")
    )
    left = [float(gap.central - done.central) for gap, done in zip(gaps, saved, strict=True)]
    yield (
        "The central case is the plan come true, approved savings in full, and the futures go round it. Left after those savings: "
        + "; ".join(f"{shortfall(gap)} in {year}" for gap, year in zip(left, years, strict=True))
        + ". After the last year entered each difference is held in cash."
    )
    missed = [float(done.central - done["mean"]) / 1e6 for done in saved]
    table = [*_plan_rows(rows, years), _row("Savings of the year that the futures miss on average", missed)]
    yield "\n".join(table if results.council(agency).savings else table[:-1])
    yield from _intended(results, agency)


def _plan_rows(rows: pd.DataFrame, years: list[str]) -> Iterator[str]:
    """Yield the rows of a plan beside the central case, and what all differences do to the gap."""
    yield f"| Line (£m: plan, own central case) | {' | '.join(years)} |"
    yield f"| --- |{' ---: |' * len(years)}"
    for _line, part in rows.groupby("line", sort=False):
        stated = part[part.entered].set_index("year")
        shown = {year: f"{stated.plan[year] / 1e6:,.1f}, {stated.central[year] / 1e6:,.1f}" for year in stated.index}
        name = part["name"].iloc[0]
        yield f"| {cell(str(name))} | {' | '.join(shown.get(year, '') for year in years)} |"
    yield _row(
        "**Effect of all differences on the gap**", [float(rows[rows.year == y].effect.sum()) / 1e6 for y in years]
    )


def _row(name: str, millions: list[float]) -> str:
    return f"| {name} | {' | '.join(signed(amount, '+') for amount in millions)} |"


def _intended(results: Results, agency: str) -> Iterator[str]:
    """Yield what the plan means to save and to draw beside what the futures do."""
    body = results.council(agency)
    drawn = body.plan.reserves_used if body.plan else {}
    for year, amount in sorted(drawn.items()):
        if str(year) in results.compiled.years:
            row = money_row(results, agency, "use_of_reserves", "before_action", str(year))
            yield (
                f"In {year} the plan uses {in_millions(amount.used)} of reserves; before action the futures use {in_millions(row.p50)} "
                f"in the middle, {in_millions(row.p10)} to {in_millions(row.p90)} in 8 of 10 (below nought: added)."
            )


def savings(results: Results, agency: str) -> Iterator[str]:
    """Yield approved savings beside what the futures deliver; nothing where none is entered."""
    body = results.council(agency)
    for year in results.compiled.years if body.savings else ():
        row = money_row(results, agency, "savings_planned", "before_action", year)
        done = money_row(results, agency, "savings_delivered", "before_action", year)
        if row.p50:
            yield (
                f"- {year}: {in_millions(row.p50)} approved; the futures deliver {in_millions(done.p50)} in the middle, "
                f"{in_millions(done.p10)} to {in_millions(done.p90)} in 8 of 10."
            )


def named_reserves(results: Results, agency: str) -> Iterator[str]:
    """Yield what is left in each named reserve that shortfalls may draw on; nothing where none is named.

    They are drawn in the order of the file, so that each balance follows from their sum on every future.
    """
    pots = [pot for pot in results.council(agency).reserves.named if pot.use == "any"]
    if not pots:
        return
    body, years = results.compiled.agency_ids.index(agency), key_years(results)
    after = [view.name for view in results.views].index("after_action")
    held = results.kept["usable_reserves"][after, body][:, : results.kept["gf_unallocated"].shape[-1]]
    held = held - results.kept["gf_unallocated"][after, body]
    rows = [f"| Reserve (£m) | Now | {' | '.join(f'P10, P50 at {year_end(year)}' for year in years)} |"]
    rows.append(f"| --- | ---: |{' ---: |' * len(years)}")
    later = sum(_free(pot) for pot in pots)
    for pot in pots:
        later -= _free(pot)
        floor = pot.amount.used - _free(pot)
        cuts = [
            floor + np.clip(quantiles(held[results.compiled.years.index(year)], (10, 50)) - later, 0, _free(pot))
            for year in years
        ]
        shown = " | ".join(f"{low / 1e6:,.1f}, {middle / 1e6:,.1f}" for low, middle in cuts)
        rows.append(f"| {cell(pot.name)} | {pot.amount.used / 1e6:,.1f} | {shown} |")
    yield "\n".join(rows)
    yield (
        "After action, drawn from the top down to their floors; surpluses banked since beyond today's balances are not shown by name. "
        "Reserves that are committed, restricted or under a floor are never drawn."
    )


def _free(pot: NamedReserve) -> float:
    return max(pot.amount.used - (pot.floor.used if pot.floor else 0.0), 0.0)
