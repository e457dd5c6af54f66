"""`summary.md`: the underlying position first, then the answer, then the doubts."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.assumptions import GRADES
from simulator.money import in_millions
from simulator.place import Council
from simulator.plain_english import (
    TITLES,
    VIEW_WORDS,
    chance_row,
    day,
    fifth_year,
    in_a_hundred,
    interval,
    money_row,
    per_cent,
    switched,
    third_year,
    year_end,
)
from simulator.register import Entry, judgements, register, unsourced
from simulator.run import Results
from simulator.scenario import entered_totals
from simulator.summary import base_exposure, quantile_interval
from simulator.years import FinancialYear

WORTH_SETTLING = 5
"""Points of chance from which a judgement is said to need settling first."""


def summary(results: Results, agency: str, files: list[str]) -> str:
    """Return `summary.md`: the underlying position and usable share first, then the answer, then the doubts."""
    council = results.council(agency)
    parts = [
        *_answer(results, agency),
        "## What rests on judgement\n\n" + "\n\n".join(_judgement(results, council)),
        "## What this does not know\n\n" + "\n".join(f"- {line}" for line in limits(results, agency)),
        "## Files\n\n" + "\n".join(f"- `{name}`" for name in files),
    ]
    return "\n\n".join(parts) + "\n"


def short_page(results: Results, agency: str) -> str:
    """Return the part of the page that belongs on a terminal: the answer, and what rests on judgement in a line."""
    counted = next(_judgement(results, results.council(agency)))
    return "\n\n".join([*_answer(results, agency), f"## What rests on judgement\n\n{counted}"])


def _answer(results: Results, agency: str) -> list[str]:
    return [
        _heading(results, results.council(agency)),
        "## What it starts from\n\n" + "\n".join(starting_point(results, agency)),
        "## The short answer\n\n" + "\n".join(f"- {line}" for line in short_answer(results, agency)),
        "## Year by year\n\n" + _tables(results, agency),
    ]


def _heading(results: Results, council: Council) -> str:
    years = results.compiled.years
    state = "all of them balance." if results.checks_hold else "**SOME FAIL: do not use these figures** (`run.json`)."
    return (
        f"# {cell(council.name)}: can it stay in balance?\n\n"
        f"{cell(results.scenario.name)}. As at {day(results)}. {results.paths:,} futures, {years[0]} to {years[-1]}, "
        f"seed {results.seed}.\n\n"
        "Money is cash (nominal), in £ million. A **gap** above nought is short; below nought is a surplus. "
        "*P10*, *P50* and *P90* are the amounts that 10, 50 and 90 in 100 futures fall below. "
        f"The accounts of every future are checked line by line: {state}\n\n"
        "This is evidence, not an opinion: the judgement stays the chief finance officer's."
    )


def starting_point(results: Results, agency: str) -> Iterator[str]:
    """Yield the lines that say what the base year is and what the two deciding judgements do."""
    council, year = results.council(agency), results.scenario.base_year
    entered, reserves = entered_totals(council, year), council.reserves
    contribution = reserves.contribution.amount.used
    stated = {key: amount.used for key, amount in council.published.items()}
    spent = stated.get("net_revenue_expenditure", entered["net_revenue_expenditure"])
    parts = {
        "council tax": "council_tax",
        "general grants": "general_grants",
        "retained rates": "retained_rates",
        "collection fund": "collection_fund",
    }
    funds = {words: stated.get(key, entered[key]) for words, key in parts.items()}
    funding = sum(funds.values())
    listed = " + ".join(f"{words} {_thousandths(amount)}" for words, amount in funds.items())
    yield (
        f"- **{year} as published (£m):** net revenue expenditure {_thousandths(spent)} + contribution to reserves "
        f"{_thousandths(contribution)} = {_thousandths(spent + contribution)}, against funding of {_thousandths(funding)} "
        f"({listed}). Residual: {_thousandths(spent + contribution - funding)}, which no published line explains."
    )
    yield (
        f"- **Lines entered (£m):** services {_thousandths(entered['service_expenditure'])} less specific grants "
        f"{_thousandths(entered['specific_grants'])} = "
        f"{_thousandths(entered['service_expenditure'] - entered['specific_grants'])}; all lines make "
        f"{_thousandths(entered['net_revenue_expenditure'])} against the published {_thousandths(spent)}, "
        f"a difference of {_thousandths(entered['net_revenue_expenditure'] - spent)}."
    )
    yield _treatment(results, agency, contribution)
    yield _usable(results, agency)
    if council.history:
        for restated, amount in council.history.restated_earmarked.items():
            before = council.history.earmarked.get(FinancialYear(restated.start - 1))
            if before:
                yield (
                    f"- **Restatement:** earmarked reserves closed {FinancialYear(restated.start - 1)} at "
                    f"{in_millions(before.used, 3)} and opened {restated} at {in_millions(amount.used, 3)}, as published."
                )


def _treatment(results: Results, agency: str, contribution: float) -> str:
    horizon = fifth_year(results)
    once = round(100 * switched(results, agency, "contribution one-off", horizon))
    recurs = round(100 * switched(results, agency, "contribution recurrent", horizon))
    chosen = results.council(agency).reserves.contribution.treatment.replace("_", "-")
    said = (
        f"- **Underlying position:** the contribution of {in_millions(contribution, 3)} is taken as **{chosen}**. "
        f"Before action, the chance that the general fund falls below its minimum at some time by "
        f"{year_end(horizon)}, as at {day(results)}, is {once}% if it is one-off (neither it nor the surplus behind it "
        f"comes again) and {recurs}% if a surplus of that size returns every year."
    )
    if abs(once - recurs) < WORTH_SETTLING:
        return said
    return f"{said} This one judgement moves the chance by {abs(once - recurs)} points: settle it first."


def _usable(results: Results, agency: str) -> str:
    reserves = results.council(agency).reserves
    fund, earmarked, share = reserves.gf_unallocated.used, reserves.earmarked.used, reserves.usable_share.used
    horizon = third_year(results)
    low = switched(results, agency, "usable share 25%", horizon)
    high = switched(results, agency, "usable share 100%", horizon)
    return (
        f"- **Usable share of earmarked reserves:** **{share:.0%}** of {in_millions(earmarked, 3)}, so usable reserves "
        f"start at {in_millions(fund + share * earmarked, 3)} with the general fund of {in_millions(fund, 3)}. The same "
        f"chance by {year_end(horizon)} is {low:.0%} if 25% is usable and {high:.0%} if all of it is. "
        f"The minimum general fund is {reserves.minimum.used:.1%} of net revenue expenditure, uprated each year."
    )


def _thousandths(pounds: float) -> str:
    return f"{pounds / 1e6:,.3f}"


def short_answer(results: Results, agency: str) -> Iterator[str]:
    """Yield the answer in sentences: chances to the settlement's end, only ranges beyond it."""
    years, end = results.compiled.years, results.scenario.rules.settlement_end
    horizon = str(end) if end and str(end) in years else years[-1]
    for view, words in VIEW_WORDS.items():
        below = chance_row(results, agency, "reserves_below_minimum", view, f"by {horizon}")
        unfunded = chance_row(results, agency, "unfunded_gap", view, f"by {horizon}")
        yield (
            f"As at {day(results)}, {words}: by {year_end(horizon)} the general fund has fallen below its minimum in "
            f"**{in_a_hundred(below.probability)}** ({interval(below)}), and a gap that usable reserves cannot meet has "
            f"opened in **{in_a_hundred(unfunded.probability)}** ({interval(unfunded)})."
        )
        held = money_row(results, agency, "usable_reserves", view, horizon)
        yield (
            f"{TITLES[view]}, usable reserves at {year_end(horizon)}: {in_millions(held.p50)} in the middle future, "
            f"{in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10{_sampling(results, agency, view, horizon)}."
        )
    if horizon != years[-1]:
        gap = money_row(results, agency, "gap", "before_action", years[-1])
        spent = money_row(results, agency, "spending", "before_action", years[-1])
        yield (
            f"Past the settlement, which ends in {horizon}, funding is assumed, so no chance is quoted here. The yearly gap "
            f"before action in {years[-1]} lies between {in_millions(gap.p10)} and {in_millions(gap.p90)} in 8 futures "
            f"of 10, or {gap.p10 / spent.p50:.0%} to {gap.p90 / spent.p50:.0%} of that year's net revenue expenditure."
        )


def _sampling(results: Results, agency: str, view: str, year: str) -> str:
    """Return how far the P10 may be out because only so many futures were drawn."""
    body, t = results.compiled.agency_ids.index(agency), results.compiled.years.index(year)
    v = list(VIEW_WORDS).index(view)
    try:
        low, high = quantile_interval(results.kept["usable_reserves"][v, body, t], 10)
    except ValueError:
        return "; too few futures were drawn to say how sure the P10 is"
    if low == high:
        return ""
    return f" (sampling alone puts the lower figure between {in_millions(low)} and {in_millions(high)})"


def _tables(results: Results, agency: str) -> str:
    tables = [_table(results, agency, view) for view in VIEW_WORDS]
    past = results.scenario.rules.settlement_end
    note = (
        f"\n\nYears after {past} lie past the settlement: grants, referendum limits and earnings there are assumed (grade J)."
        if past and str(past) in results.compiled.years[:-1]
        else ""
    )
    return (
        "\n\n".join(tables)
        + "\n\n*Reserves* are usable ones at 31 March. *Below minimum* is the chance that the general fund stands below its "
        "minimum at that 31 March, with its 95% sampling interval. Percentiles of different rows do not add up; means do "
        "(`tables/`)." + note
    )


def _table(results: Results, agency: str, view: str) -> str:
    rows = [
        f"**{TITLES[view]}** (£m)",
        "",
        "| Year | Gap P10 | Gap P50 | Gap P90 | Reserves P10 | Reserves P50 | Reserves P90 | Below minimum |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for year in results.compiled.years:
        gap = money_row(results, agency, "gap", view, year)
        held = money_row(results, agency, "usable_reserves", view, year)
        below = chance_row(results, agency, "reserves_below_minimum", view, year)
        figures = [f"{amount / 1e6:,.1f}" for amount in (gap.p10, gap.p50, gap.p90, held.p10, held.p50, held.p90)]
        rows.append(f"| {year} | {' | '.join(figures)} | {per_cent(below)} |")
    return "\n".join(rows)


def _judgement(results: Results, council: Council) -> Iterator[str]:
    """Yield paragraphs: how much is judgement and about what, each item, and what grows for want of a figure."""
    entries = register(results.scenario)
    own = judgements(entries, f"agencies.{council.id}")
    covers = f" About this council, judgement stands for: {'; '.join(_covered(council, own))}." if own else ""
    yield (
        f"{len(entries)} numbers feed this run: {len(judgements(entries))} are judgement, "
        f"{sum(entry.grade == 'K' for entry in entries)} from general knowledge and not checked, and "
        f"{len(unsourced(entries))} name no source.{covers}"
    )
    if own:
        rows = ["| Item | Field | Value | Reason given |", "| --- | --- | ---: | --- |"]
        for entry in own:
            field = entry.address.removeprefix(f"agencies.{council.id}.")
            rows.append(f"| {cell(entry.name)} | `{field}` | {entry.value} | {cell(entry.rationale or 'none given')} |")
        yield "\n".join(rows)
    pay = base_exposure(results.compiled, council.id, "pay_award")
    if pay:
        yield (
            f"The baskets of prices imply a pay bill of {in_millions(pay)} in {results.scenario.base_year}, net of what "
            "matched grants pay for (grade J)."
        )
    grown = _grown_grants(council)
    if grown:
        yield (
            f"No figure after {results.scenario.base_year} is at hand for: {cell(', '.join(grown))}. "
            "They move as their driver does."
        )
    yield "Grades: " + "; ".join(f"{grade} {words}" for grade, words in GRADES.items()) + "."


def _covered(council: Council, entries: list[Entry]) -> list[str]:
    """Return in plain words what judgement covers, each once, with what grows for want of a figure."""
    named: dict[str, None] = {}
    for entry in entries:
        field = entry.address.split(".")[-1].replace("_", " ")
        named[field if entry.name == council.name else entry.name] = None
    if _grown_grants(council):
        named["grants in later years"] = None
    return [cell(name) for name in [*named, "the pay bill, through the baskets of prices"]]


def _grown_grants(council: Council) -> list[str]:
    return [grant.name for grant in council.funding.grants if not grant.matched_to and len(grant.amounts) == 1]


def cell(text: str) -> str:
    """Return text that cannot break a table or carry a link or markup."""
    for mark in "\\`*_[]()<>|!#":
        text = text.replace(mark, f"\\{mark}")
    return text


def limits(results: Results, agency: str) -> Iterator[str]:
    """Yield what the model leaves out, where the numbers are shown."""
    council, rules = results.council(agency), results.scenario.rules
    if council.high_needs:
        last = results.compiled.years[-1]
        at = str(rules.settlement_end) if rules.settlement_end else last
        held = money_row(
            results,
            agency,
            "high_needs_deficit",
            "before_action",
            at if at in results.compiled.years else last,
        )
        yield (
            f"The high-needs deficit ({in_millions(held.p10)} to {in_millions(held.p90)} at {year_end(held.year)} in 8 futures "
            "of 10) stays outside the general fund throughout, as under the statutory override; only its financing and "
            "transport count here. What happens when the override ends is not modelled yet."
        )
    yield "No approved savings, planned use of reserves or contingency of the council's own plan is entered."
    yield "Sampling error is not model error: the two judgements at the head move the answer further than any interval shown."
    yield "Futures that go well bank their surpluses year after year; in life some would go on services or lower tax."
    yield "A gap that no reserve can meet is recorded, not cured; support and its later cost are not modelled yet."
    yield (
        "The central case follows official forecasts with no shock and no event; price shocks and new duties only "
        "add cost, so the gap in the middle future lies somewhat above it."
    )
    if council.kind == "council":
        yield "Local government reorganisation during these years is not modelled; the council is taken to go on as it is."
