"""A body's own plan on the page: beside the central case, its savings, and where its named reserves stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simulator.explanations import key_years, signed
from simulator.holdings import NamedReserve
from simulator.money import in_millions
from simulator.notes import odd_amounts
from simulator.plain_english import cell, money_row, shortfall, year_end
from simulator.prepared import FLOWS, NOT_ITEMISED, Difference
from simulator.run import Results
from simulator.summary import quantiles


def doubts(results: Results) -> str:
    """Return paragraphs for the head of the page on amounts of plans that may be slips; nothing if there are none."""
    odd = odd_amounts(results.scenario, (Difference(*row) for row in results.plan.itertuples(index=False)))
    return "".join(f"**Look again before you use this page.** {cell(words)}\n\n" for words in odd)


def plan(results: Results, agency: str) -> Iterator[str]:
    """Yield the body's own plan beside the scenario's own central case, line by line; nothing without a plan."""
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
        "The central gap is the plan's, approved savings in full, and the futures go round it: lines keep their own central "
        "case, and what the plan sets otherwise is one part of spending and one of funding. Left after those savings: "
        + "; ".join(f"{shortfall(gap)} in {year}" for gap, year in zip(left, years, strict=True))
        + ". After the last year entered each difference is held in cash."
    )
    table = [
        *_plan_rows(rows, years),
        *_to_what_is_left(rows, years, gaps, saved, bool(results.body(agency).savings)),
    ]
    yield "\n".join(table)
    yield from _intended(results, agency)


def _plan_rows(rows: pd.DataFrame, years: list[str]) -> Iterator[str]:
    """Yield the rows of a plan beside the central case; the lines add up to the gap where the plan states one."""
    yield f"| Line (£m: plan, own central case) | {' | '.join(years)} |"
    yield f"| --- |{' ---: |' * len(years)}"
    for line, part in rows.groupby("line", sort=False):
        stated = part[part.entered].set_index("year")
        name = f"{part['name'].iloc[0]}, spending less funding" if line == NOT_ITEMISED else str(part["name"].iloc[0])
        yield _pairs(cell(name), {year: (stated.plan[year], stated.own_central[year]) for year in stated.index}, years)


def _to_what_is_left(
    rows: pd.DataFrame, years: list[str], gaps: list[pd.Series], saved: list[pd.Series], saving: bool
) -> Iterator[str]:
    """Yield the steps from the plan's gap, where it states one, to what is left after approved savings."""
    effects = [float(rows[rows.year == year].effect.sum()) for year in years]
    of_gap = rows[(rows.line == NOT_ITEMISED) & rows.entered]
    totals = {}
    for year in of_gap.year:
        flows = rows[rows.year == year]
        sign = flows.flow.map(FLOWS)
        totals[year] = float((sign * flows.plan).sum()), float((sign * flows.own_central).sum())
    if totals:
        yield _pairs("**Gap before approved savings**", totals, years)
    yield _row("**Effect of all differences on the gap**", effects)
    if not saving:
        return
    if totals:
        lasting = {
            year: float(gap.central) - totals[year][0] for year, gap in zip(years, gaps, strict=True) if year in totals
        }
        yield _row("Approved savings of earlier years that last", [lasting.get(year) for year in years])
        yield _row("**Gap of the central case** (the steps under Why end here)", [float(gap.central) for gap in gaps])
    yield _row("Approved savings that start in the year, in full", [-float(done.central) for done in saved])
    left = [float(gap.central - done.central) for gap, done in zip(gaps, saved, strict=True)]
    yield _row("**Left after approved savings**", left)
    missed = [float(done.central - done["mean"]) for done in saved]
    yield _row("Savings of the year that the futures miss on average", missed)


def _pairs(name: str, held: dict[str, tuple[float, float]], years: list[str]) -> str:
    shown = {year: f"{plan / 1e6:,.1f}, {own / 1e6:,.1f}" for year, (plan, own) in held.items()}
    return f"| {name} | {' | '.join(shown.get(year, '') for year in years)} |"


def _row(name: str, amounts: list[float | None] | list[float]) -> str:
    shown = ("" if amount is None else signed(amount / 1e6, "+") for amount in amounts)
    return f"| {name} | {' | '.join(shown)} |"


def _intended(results: Results, agency: str) -> Iterator[str]:
    """Yield what the plan means to save and to draw beside what the futures do."""
    body = results.body(agency)
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
    body = results.body(agency)
    for year in results.compiled.years if body.savings else ():
        row = money_row(results, agency, "savings_planned", "before_action", year)
        done = money_row(results, agency, "savings_delivered", "before_action", year)
        if row.p50:
            yield (
                f"- {year}: {in_millions(row.p50)} approved; the futures deliver {in_millions(done.p50)} in the middle, "
                f"{in_millions(done.p10)} to {in_millions(done.p90)} in 8 of 10."
            )
    if reasons := [f"**{cell(one.name)}**: {cell(one.rationale)}" for one in body.savings if one.rationale]:
        yield f"- Why so, as entered: {'. '.join(reasons)}."


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
