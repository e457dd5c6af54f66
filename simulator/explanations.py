"""The page's answers to "why": steps to a year's gap, the plan beside the central case, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator.entered_words import stepped_in
from simulator.evidence_tests.resilience_index import change_in_reserves, reserves_sustainability
from simulator.figure_words import BRANCHES
from simulator.money import in_millions
from simulator.place import LocalAuthority
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
from simulator.reasons import AVERAGE, CERTAINTIES, EARLIER, FUNDED, GROWS, INTERACTION, KNOWN, LASTING
from simulator.run import Results

_FUNDING = ("Retained business rates", "General grants", "Specific grants with a growth of their own")
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
    body = results.body(agency)
    local = isinstance(body, LocalAuthority)
    yield _because(steps[steps.year == years[0]], results, years[0], local)
    rows = [f"| Step | {' | '.join(years)} |", f"| --- |{' ---: |' * len(years)}"]
    for order in sorted(set(steps.order)):
        step = steps[steps.order == order].set_index("year")
        amounts = [float(step.amount[year]) / 1e6 for year in years]
        level = step.kind[years[0]] == "level"
        if level or any(abs(amount) >= 0.05 for amount in amounts):
            name = cell(str(step.step[years[0]]).replace(f" in {years[0]}", ""))
            shown = " | ".join(signed(amount, "" if level else "+") for amount in amounts)
            rows.append(f"| {f'**{name}**' if level else name} | {shown} |")
    yield "\n".join(rows)
    yield (
        "£m cash, before action; above nought widens the gap. Steps run from the base year to the year at the head of the "
        "column and add up before rounding; steps below 0.05 are left out. Prices and demand are net of grants matched to lines."
    )
    yield from stepped_in(results, agency)


def standing(gap: float, how: str = "") -> str:
    """Return a gap in a sentence, as `shortfall` does; one that shows as nought is a balance, `how` it is one."""
    return f"balance{how}" if abs(gap) < 5e4 else shortfall(gap)


def signed(millions: float, sign: str) -> str:
    """Return an amount to a tenth; never a false sign on nought."""
    return f"{millions:{sign},.1f}" if abs(millions) >= 0.05 else "0.0"


def _because(steps: pd.DataFrame, results: Results, year: str, local: bool) -> str:
    moves = steps[steps.kind == "move"]
    known, agreed = (
        float(moves[found].amount.sum()) for found in (moves.step == KNOWN, moves.step.str.startswith("Agreement: "))
    )
    parts = {
        "prices add": moves[moves.step.str.startswith("Prices") & (moves.step != INTERACTION)].amount.sum(),
        "demand adds": moves[moves.step.str.startswith("Demand")].amount.sum(),
        "what grows with its own funding adds": moves[moves.step.str.startswith(GROWS)].amount.sum(),
        "the two together add": moves[moves.step == INTERACTION].amount.sum(),
        "council tax brings": -moves[moves.step == "Council tax"].amount.sum(),
        "rates and grants bring" if local else "funding brings": -moves[
            moves.step.isin([*_FUNDING, *FUNDED.values()])
        ].amount.sum(),
        f"agreements {'take' if agreed > 0 else 'bring'}": abs(agreed),
        f"what is known of later years {'adds' if known > 0 else 'takes off'}": abs(known),
        "repayment and dividends add": moves[moves.step == EARLIER].amount.sum(),
        "savings of earlier years take off": 0.0 if local else -moves[moves.step == LASTING].amount.sum(),
    }
    told = "; ".join(f"{words} {in_millions(amount)}" for words, amount in parts.items() if abs(amount) >= 5e4)
    start, end = float(steps.amount.iloc[0]), float(steps[steps.step == f"Central gap in {year}"].amount.iloc[0])
    chance = float(moves[moves.step == AVERAGE].amount.iloc[0])
    once = " (one-off money out)" if local else ""
    return (
        f"In the central case the yearly gap goes from {standing(start, ' as entered')} in {results.scenario.base_year}{once} to "
        f"{standing(end)} in {year}: {told}. The futures drawn {'add' if chance >= 0 else 'take off'} {in_millions(abs(chance))} on average."
    )


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
    if end is None or results.body(agency).needs is None or table.empty:
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


def past_settlement(results: Results, agency: str) -> Iterator[str]:
    """Yield what is assumed of a body's funding after the published settlement."""
    rules, end, body = results.scenario.rules, results.scenario.rules.settlement_end, results.body(agency)
    if end is None or str(end) >= results.compiled.years[-1]:
        return
    yield f"- After {end} nothing is published; what follows is assumption (grade J), and every chance past it rests on it."
    for tier, limits in rules.referendum_limits.items():
        later = [year for year in limits.core if year > end]
        if later and body.tier == tier:
            social = limits.social_care.get(max(later))
            yield (
                f"- Council tax may rise by {limits.core[max(later)].used + (social.used if social else 0.0):.2%} a year without a "
                "referendum."
            )
        cash = [year for year in limits.cash if year > end]
        if cash and not later and body.tier == tier:
            yield f"- The precept may rise by £{limits.cash[max(cash)].used:g} a year at Band D without a referendum."
    own = {"grants", "earnings"} if body.kind == "council" else {income.driver for income in body.incomes}
    for driver in results.scenario.drivers:
        if driver.id in own and driver.long_run:
            taper = f", reached over {driver.taper_years} years" if driver.taper_years else ""
            yield f"- {cell(driver.name)}: {driver.long_run.used:.1%} a year in the long run{taper}."
    if rules.accommodation and isinstance(body, LocalAuthority):
        yield (
            f"- From {rules.accommodation.first} funding answers {rules.accommodation.share.used:.0%} of the national gap "
            f"{rules.accommodation.lag} years late."
        )


def exposure(results: Results, agency: str) -> Iterator[str]:
    """Yield how reserves went so far, debt and its exposure, and how certain the budget year's funding is."""
    body, year = results.body(agency), str(results.scenario.budget_year)
    if isinstance(body, LocalAuthority):
        yield from _reserves_so_far(results, body)
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
        end = results.scenario.rules.settlement_end
        fixed = "national totals and tax limits" if isinstance(body, LocalAuthority) else "national totals"
        apart = (
            f" That is about this body's own amounts, one by one. The settlement to {end} is another matter: it fixes {fixed}, which "
            "drivers and rules follow while it lasts; past it those are assumed too."
        )
        yield (
            f"- **How certain funding is** in {year}, central case, as entered: {shares}. An amount that is not entered for the year counts "
            f"as assumed: its driver carries it on from the last one entered.{apart if end else ''}"
        )


def _reserves_so_far(results: Results, body: LocalAuthority) -> Iterator[str]:
    """Yield the two reserve indicators of the resilience index on published balances, where four years are at hand."""
    history = body.history
    years = sorted(set(history.gf_unallocated) & set(history.earmarked)) if history else []
    if history is None or len(years) < 4:
        return
    held = [history.gf_unallocated[year].used + history.earmarked[year].used for year in years]
    lasts, (mean, whole) = reserves_sustainability(held), change_in_reserves(held)
    pace = (
        "did not fall" if float(lasts) >= 100 else f"would last {float(lasts):.1f} years at the pace of the last three"
    )
    yield (
        f"- **Reserves so far:** to {year_end(str(years[-1]))} they {pace}; they changed by {float(mean):+.1%} a year on average and "
        f"{float(whole):+.1%} over three years (as CIPFA's resilience index measures them, schools not taken out)."
    )


def made_worse(results: Results, agency: str, year: str) -> str:
    """Return how many futures managers' responses leave with more unfunded in all than no response would."""
    row = chance_row(results, agency, "made_worse", "after_action", f"by {year}")
    return (
        f"Responses can backfire later: by {year_end(year)} {in_a_hundred(row.probability)} ({interval(row)}) have had more left unfunded "
        "in all after action than before it."
    )
