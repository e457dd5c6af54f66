"""The page's answers to "why": steps to a year's gap, the plan beside the central case, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simulator.figure_words import BRANCHES
from simulator.money import in_millions
from simulator.place import NamedReserve
from simulator.plain_english import (
    cell,
    chance_row,
    day,
    in_a_hundred,
    interval,
    money_row,
    per_cent,
    shortfall,
    switched,
    year_end,
)
from simulator.reasons import AVERAGE, CERTAINTIES, INTERACTION
from simulator.run import Results
from simulator.summary import quantiles

SWITCH_WORDS = {
    "no accommodation": "National funding answers none of national need",
    "savings capacity halved": "Savings capacity is half of what is stated",
    "tax limit kept past the settlement": "The tax limit of the settlement goes on past it",
}


def key_years(results: Results) -> list[str]:
    """Return the years that the page tells of: the budget year, the settlement's end and the last one."""
    years, rules = results.compiled.years, results.scenario.rules
    wanted = [str(results.scenario.budget_year), str(rules.settlement_end), years[-1]]
    return [year for year in dict.fromkeys(wanted) if year in years]


def why(results: Results, agency: str, view: str = "before_action") -> Iterator[str]:
    """Yield a sentence on the budget year and a table of the steps from the base year's gap to later ones."""
    years = key_years(results)
    steps = results.waterfall[(results.waterfall.agency == agency) & (results.waterfall["view"] == view)]
    yield _because(steps[steps.year == years[0]], results, years[0])
    rows = [f"| Step | {' | '.join(years)} |", f"| --- |{' ---: |' * len(years)}"]
    for order in sorted(set(steps.order)):
        step = steps[steps.order == order].set_index("year")
        amounts = [float(step.amount[year]) / 1e6 for year in years]
        level = step.kind[years[0]] == "level"
        if level or any(abs(amount) >= 0.05 for amount in amounts):
            name = cell(str(step.step[years[0]]).replace(f" in {years[0]}", ""))
            shown = " | ".join(_signed(amount, "" if level else "+") for amount in amounts)
            rows.append(f"| {f'**{name}**' if level else name} | {shown} |")
    yield "\n".join(rows)
    yield (
        "£m cash, before action; above nought widens the gap. Steps run from the base year to the year at the head of the "
        "column and add up before rounding; steps below 0.05 are left out. Prices and demand are net of grants matched to lines."
    )


def _signed(millions: float, sign: str) -> str:
    """Return an amount to a tenth; never a false sign on nought."""
    return f"{millions:{sign},.1f}" if abs(millions) >= 0.05 else "0.0"


def _because(steps: pd.DataFrame, results: Results, year: str) -> str:
    moves = steps[steps.kind == "move"]
    parts = {
        "prices add": moves[moves.step.str.startswith("Prices") & (moves.step != INTERACTION)].amount.sum(),
        "demand adds": moves[moves.step.str.startswith("Demand")].amount.sum(),
        "the two together add": moves[moves.step == INTERACTION].amount.sum(),
        "council tax brings": -moves[moves.step == "Council tax"].amount.sum(),
        "rates and grants bring": -moves[
            moves.step.isin(["Retained business rates", "General grants", "Specific grants with a growth of their own"])
        ].amount.sum(),
    }
    told = "; ".join(f"{words} {in_millions(amount)}" for words, amount in parts.items() if abs(amount) >= 5e4)
    start, end = float(steps.amount.iloc[0]), float(steps[steps.step == f"Central gap in {year}"].amount.iloc[0])
    chance = float(moves[moves.step == AVERAGE].amount.iloc[0])
    return (
        f"In the central case the yearly gap goes from {shortfall(start)} in {results.scenario.base_year} (one-off money out) to "
        f"{shortfall(end)} in {year}: {told}. The futures drawn add {in_millions(chance)} on average."
    )


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
    return f"| {name} | {' | '.join(_signed(amount, '+') for amount in millions)} |"


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


def choices(results: Results, agency: str) -> Iterator[str]:
    """Yield a table of judgements switched on the same futures, after action."""
    years = key_years(results)
    names = ["As entered", *SWITCH_WORDS.values()]
    rows = [
        f"| After action | {' | '.join(f'by {year_end(year)}' for year in years)} |",
        f"| --- |{' ---: |' * len(years)}",
    ]
    entered = [chance_row(results, agency, "unfunded_gap", "after_action", f"by {year}") for year in years]
    others = [[switched(results, agency, name, year, "unfunded_gap") for year in years] for name in SWITCH_WORDS]
    for name, found in zip(names, [entered, *others], strict=True):
        rows.append(f"| {name} | {' | '.join(per_cent(row) for row in found)} |")
    yield "\n".join(rows)
    yield (
        f"Chance that a gap has opened that usable reserves cannot meet, after action, as at {day(results)}, with its 95% sampling "
        "interval; each row changes one judgement and nothing else, on the same futures."
    )


def override(results: Results, agency: str) -> Iterator[str]:
    """Yield futures under each end of the high-needs override, side by side and never averaged."""
    end = results.scenario.rules.high_needs_override
    table = results.conditional
    if end is None or results.council(agency).high_needs is None or table.empty:
        return
    last = results.compiled.years[-1]
    year = str(end.ends) if str(end.ends) in results.compiled.years else last
    rows = [
        f"| If | Deficit at {year_end(year)} | Reserves P10 | Reserves P50 | Reserves P90 | Unfunded gap by then |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for branch, words in BRANCHES.items():
        own = table[(table.agency == agency) & (table.branch == branch) & (table.year == year)]
        held, owed = (own[own.measure == name].iloc[0] for name in ("usable_reserves", "high_needs_deficit"))
        chance = per_cent(switched(results, agency, branch, year, "unfunded_gap"))
        marked = f"{words} (entered)" if branch == f"override {end.then}" else words
        amounts = " | ".join(f"{float(amount) / 1e6:,.1f}" for amount in [owed.p50, *held[["p10", "p50", "p90"]]])
        rows.append(f"| {marked} | {amounts} | {chance} |")
    yield "\n".join(rows)
    yield (
        f"£m, after action, at {year_end(year)}, the first year without the override; reserves are usable ones. These are futures on "
        "a condition, for a national decision that no chance is put on; they are not averaged."
    )


def past_settlement(results: Results) -> Iterator[str]:
    """Yield what is assumed after the published settlement."""
    rules, end = results.scenario.rules, results.scenario.rules.settlement_end
    if end is None or str(end) >= results.compiled.years[-1]:
        return
    yield f"- After {end} nothing is published; what follows is assumption (grade J), and every chance past it rests on it."
    for tier, limits in rules.referendum_limits.items():
        later = [year for year in limits.core if year > end]
        if later and any(body.tier == tier for body in results.scenario.agencies):
            social = limits.social_care.get(max(later))
            yield (
                f"- Council tax may rise by {limits.core[max(later)].used + (social.used if social else 0.0):.2%} a year without a "
                "referendum."
            )
    for driver in results.scenario.drivers:
        if driver.id in ("grants", "earnings") and driver.long_run:
            taper = f", reached over {driver.taper_years} years" if driver.taper_years else ""
            yield f"- {cell(driver.name)}: {driver.long_run.used:.1%} a year in the long run{taper}."
    if rules.accommodation:
        yield (
            f"- From {rules.accommodation.first} funding answers {rules.accommodation.share.used:.0%} of the national gap "
            f"{rules.accommodation.lag} years late."
        )


def exposure(results: Results, agency: str) -> Iterator[str]:
    """Yield debt and its exposure, and how certain the budget year's funding is."""
    body, year = results.council(agency), str(results.scenario.budget_year)
    if body.debt and year in results.compiled.years:
        last = results.compiled.years[-1]
        paid, at_end = (money_row(results, agency, "financing_costs", "before_action", when) for when in (year, last))
        funding = money_row(results, agency, "funding", "before_action", year)
        renewed = 1 - (1 - body.debt.maturing.used) ** results.compiled.horizon
        yield (
            f"- **Debt:** {in_millions(body.debt.outstanding.used)} borrowed. Interest and provision take {in_millions(paid.p50)} in "
            f"{year}, {paid.p50 / funding.p50:.1%} of funding, and {in_millions(at_end.p10)} to {in_millions(at_end.p90)} in {last} in 8 "
            f"futures of 10. By {last} {renewed:.0%} of it has been borrowed again, so that one point more on new loans throughout "
            f"costs {in_millions(body.debt.outstanding.used * renewed * 0.01)} a year by then."
        )
    parts = results.parts[
        (results.parts.agency == agency) & (results.parts.flow == "funding") & (results.parts.year == year)
    ]
    if parts.amount.sum() > 0:
        sums = parts.groupby("certainty").amount.sum()
        shares = "; ".join(f"{word} {sums.get(word, 0.0) / parts.amount.sum():.0%}" for word in CERTAINTIES)
        yield f"- **How certain funding is** in {year}, central case, as entered: {shares}. What is not entered for the year is assumed."


def made_worse(results: Results, agency: str, year: str) -> str:
    """Return how many futures managers' responses leave with more unfunded in all than no response would."""
    row = chance_row(results, agency, "made_worse", "after_action", f"by {year}")
    return (
        f"Responses can backfire later: by {year_end(year)} {in_a_hundred(row.probability)} ({interval(row)}) have had more left unfunded "
        "in all after action than before it."
    )
