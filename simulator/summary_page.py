"""`summary.md`: the underlying position first, then the answer, then the doubts."""

from __future__ import annotations

from collections.abc import Iterator

from simulator import explanations, plan_words
from simulator.caveats import judgement, limits
from simulator.money import in_millions
from simulator.place import Council
from simulator.plain_english import (
    TITLES,
    VIEW_WORDS,
    cell,
    chance_row,
    day,
    fifth_year,
    in_a_hundred,
    interval,
    money_row,
    per_cent,
    shortfall,
    switched,
    view_words,
    widest,
    year_end,
)
from simulator.run import Results
from simulator.scenario import base_residual, entered_totals
from simulator.summary import quantile_interval
from simulator.years import FinancialYear

FEWEST_PATHS = 200
FUNDS = {
    "council tax": "council_tax",
    "general grants": "general_grants",
    "retained rates": "retained_rates",
    "collection fund": "collection_fund",
}
WORTH_SETTLING = 5
"""Points of chance from which a judgement is said to need settling first."""


def summary(results: Results, agency: str, files: list[str], changes: tuple[str, ...] = ()) -> str:
    """Return `summary.md`: the underlying position and usable share first, then the answer, then the doubts.

    `changes` are the overlays and settings laid over the scenario's file, a line each.
    """
    council = results.council(agency)
    parts = [
        *_answer(results, agency, changes),
        *_more(results, agency),
        "## What rests on judgement\n\n" + "\n\n".join(judgement(results, council)),
        "## What this does not know\n\n" + "\n".join(f"- {line}" for line in limits(results, agency)),
        "## Files\n\n" + "\n".join(f"- `{name}`" for name in files),
    ]
    return "\n\n".join(parts) + "\n"


def short_page(results: Results, agency: str, changes: tuple[str, ...] = ()) -> str:
    """Return the part of the page that belongs on a terminal: the answer, and what rests on judgement in a line."""
    counted = next(judgement(results, results.council(agency)))
    return "\n\n".join([*_answer(results, agency, changes), f"## What rests on judgement\n\n{counted}"])


def _answer(results: Results, agency: str, changes: tuple[str, ...]) -> list[str]:
    return [
        _heading(results, results.council(agency), changes),
        "## What it starts from\n\n" + "\n".join(starting_point(results, agency)),
        "## The short answer\n\n" + "\n".join(f"- {line}" for line in short_answer(results, agency)),
        "## Why\n\n" + "\n\n".join(explanations.why(results, agency)),
        *_titled("The plan", "\n\n".join(plan_words.plan(results, agency))),
        "## Year by year\n\n" + _tables(results, agency),
    ]


def _titled(title: str, text: str) -> list[str]:
    """Return a section, or none where there is nothing to say."""
    return [f"## {title}\n\n{text}"] if text else []


def _more(results: Results, agency: str) -> list[str]:
    """Return what the full page adds: savings, switches, the override's end, what is assumed, and exposure."""
    return [
        *_titled("Approved savings", "\n".join(plan_words.savings(results, agency))),
        *_titled("Named reserves", "\n\n".join(plan_words.named_reserves(results, agency))),
        *_titled("What would change it", "\n\n".join(explanations.choices(results, agency))),
        *_titled("When the high-needs override ends", "\n\n".join(explanations.override(results, agency))),
        *_titled("What is assumed past the settlement", "\n".join(explanations.past_settlement(results))),
        *_titled("Debt and funding", "\n".join(explanations.exposure(results, agency))),
    ]


def _heading(results: Results, council: Council, changes: tuple[str, ...]) -> str:
    years = results.compiled.years
    state = (
        "On every future each pound of the gap is accounted for, what is left unmet included, and reserves roll forward."
        if results.checks_hold
        else "**SOME FUTURES DO NOT ADD UP: do not use these figures** (`run.json`)."
    )
    changed = f"**Changed for this run:** {cell('; '.join(changes))}.\n\n" if changes else ""
    few = "**Too few futures for percentiles: use 1,000 or more.**\n\n" if results.paths < FEWEST_PATHS else ""
    return (
        f"# {cell(council.name)}: can it stay in balance?\n\n{plan_words.doubts(results)}{changed}{few}"
        f"{cell(results.scenario.name)}. As at {day(results)}. {results.paths:,} futures, {years[0]} to {years[-1]}, "
        f"seed {results.seed}.\n\n"
        "Money is cash (nominal), in £ million. A **gap** above nought is short; below nought is a surplus. "
        f"*P10*, *P50* and *P90* are the amounts that 10, 50 and 90 in 100 futures fall below. {state}\n\n"
        "This is evidence, not an opinion: the judgement stays the chief finance officer's."
    )


def starting_point(results: Results, agency: str) -> Iterator[str]:
    """Yield the lines that say what the base year is and what the two deciding judgements do."""
    council, year = results.council(agency), results.scenario.base_year
    entered = entered_totals(council, year)
    if council.published:
        yield _published(council, entered, year)
    spent = council.published.get("net_revenue_expenditure")
    against = (
        f" against the published {_thousandths(spent.used)}, a difference of "
        f"{_thousandths(entered['net_revenue_expenditure'] - spent.used)}, which stays in the gap"
        if spent
        else f", against funding of {_thousandths(entered['funding'])}"
    )
    yield (
        f"- **Lines entered (£m):** services {_thousandths(entered['service_expenditure'])} less specific grants "
        f"{_thousandths(entered['specific_grants'])} = "
        f"{_thousandths(entered['service_expenditure'] - entered['specific_grants'])}; with debt, parishes and other income "
        f"all lines make {_thousandths(entered['net_revenue_expenditure'])}{against}."
    )
    yield _treatment(results, agency)
    yield _usable(results, agency)
    for restated, amount in council.history.restated_earmarked.items() if council.history else ():
        before = council.history.earmarked.get(FinancialYear(restated.start - 1)) if council.history else None
        if before:
            yield (
                f"- **Restatement:** earmarked reserves closed {FinancialYear(restated.start - 1)} at "
                f"{in_millions(before.used, 3)} and opened {restated} at {in_millions(amount.used, 3)}, as published."
            )


def _published(council: Council, entered: dict[str, float], year: FinancialYear) -> str:
    stated = {key: amount.used for key, amount in council.published.items()}
    spent = stated.get("net_revenue_expenditure", entered["net_revenue_expenditure"])
    added = council.reserves.contribution.added
    funds = {words: stated.get(key, entered[key]) for words, key in FUNDS.items()}
    funding = stated.get("funding", sum(funds.values()))
    listed = " + ".join(f"{words} {_thousandths(amount)}" for words, amount in funds.items())
    moved = (
        f"- drawn from reserves {_thousandths(-added)}"
        if added < 0
        else f"+ contribution to reserves {_thousandths(added)}"
    )
    return (
        f"- **{year} as published (£m):** net revenue expenditure {_thousandths(spent)} {moved} = "
        f"{_thousandths(spent + added)}, against funding of {_thousandths(funding)} ({listed}). "
        f"Residual: {_thousandths(spent + added - funding)}, which no published line explains."
    )


def _treatment(results: Results, agency: str) -> str:
    council, year, horizon = results.council(agency), results.scenario.base_year, fifth_year(results)
    contribution = council.reserves.contribution
    rows = [switched(results, agency, f"contribution {way}", horizon) for way in ("one-off", "recurrent")]
    once, recurs = (round(100 * row.probability) for row in rows)
    adjustment = money_row(results, agency, "underlying_adjustment", "before_action", results.compiled.years[0])["mean"]
    residual, fund = base_residual(council), council.funding.council_tax.fund_share
    kept = contribution.added if contribution.treatment == "one_off" else 0.0
    sums = f"{_thousandths(kept)} less residual {_thousandths(residual)} less collection fund {_thousandths(fund.used if fund else 0.0)}"
    behind = "paid for it" if contribution.added >= 0 else "it paid for"
    said = (
        f"- **Underlying position:** the {in_millions(contribution.amount.used, 3)} {contribution.direction} in {year} is taken "
        f"as **{contribution.treatment.replace('_', '-')}**, which {'raises' if adjustment >= 0 else 'lowers'} every later gap by "
        f"{in_millions(abs(adjustment), 3)} ({sums}). "
        f"Before action, the chance that the general fund falls below its minimum at some time by {year_end(horizon)}"
        f"{_past(results, horizon)}, as at {day(results)}, is {once}% if it is one-off (neither it nor what {behind} "
        f"comes again) and {recurs}% if it is recurrent (the same again every year); {widest(*rows)}."
    )
    if abs(once - recurs) < WORTH_SETTLING:
        return said
    return f"{said} This one judgement moves the chance by {abs(once - recurs)} points: settle it first."


def _past(results: Results, year: str) -> str:
    end = results.scenario.rules.settlement_end
    return " (past the settlement)" if end and year > str(end) else ""


def _usable(results: Results, agency: str) -> str:
    reserves, base = results.council(agency).reserves, results.scenario.base_year
    fund, earmarked, share = reserves.gf_unallocated.used, reserves.earmarked.used, reserves.share("any")
    least = reserves.minimum.used * entered_totals(results.council(agency), base)["net_revenue_expenditure"]
    horizon = fifth_year(results)
    low = switched(results, agency, "usable share 25%", horizon)
    high = switched(results, agency, "usable share 100%", horizon)
    return (
        f"- **Usable share of earmarked reserves:** **{share:.0%}** of {in_millions(earmarked, 3)}, so usable reserves "
        f"start at {in_millions(fund + share * earmarked, 3)} with the general fund of {in_millions(fund, 3)}. The same "
        f"chance by the same date is {low.probability:.0%} if 25% is usable and {high.probability:.0%} if all of it is; {widest(low, high)}. The minimum general fund is "
        f"{reserves.minimum.used:.1%} of net revenue expenditure ({in_millions(least)} in {base}) and rises with its central "
        "path. Earmarked reserves are used first, so a general fund below its minimum means that hardly any usable reserve "
        "is left."
    )


def _thousandths(pounds: float) -> str:
    return f"{pounds / 1e6:,.3f}"


def short_answer(results: Results, agency: str) -> Iterator[str]:
    """Yield the answer in sentences: chances to the settlement's end, only ranges beyond it."""
    years, end = results.compiled.years, results.scenario.rules.settlement_end
    horizon = years[-1] if end is None or str(end) > years[-1] else str(end)
    if horizon in years:
        for view in VIEW_WORDS:
            yield from _chances(results, agency, view, horizon)
        yield _support(results, agency, horizon)
        yield explanations.made_worse(results, agency, horizon)
    if horizon != years[-1]:
        gap = money_row(results, agency, "gap", "before_action", years[-1])
        spent = money_row(results, agency, "spending", "before_action", years[-1])
        yield (
            f"Past the settlement, which ends in {horizon}, funding is assumed, so this answer quotes no chance. The yearly gap "
            f"before action in {years[-1]} lies between {shortfall(gap.p10)} and {shortfall(gap.p90)} in 8 futures "
            f"of 10, or {gap.p10 / spent.p50:.0%} to {gap.p90 / spent.p50:.0%} of that year's net revenue expenditure."
        )


def _chances(results: Results, agency: str, view: str, horizon: str) -> Iterator[str]:
    below = chance_row(results, agency, "reserves_below_minimum", view, f"by {horizon}")
    unfunded = chance_row(results, agency, "unfunded_gap", view, f"by {horizon}")
    yield (
        f"As at {day(results)}, {view_words(results, view)}: by {year_end(horizon)} the general fund has fallen below its "
        f"minimum at some time in **{in_a_hundred(below.probability)}** ({interval(below)}), and a gap that usable reserves "
        f"cannot meet has opened in **{in_a_hundred(unfunded.probability)}** ({interval(unfunded)})."
    )
    held = money_row(results, agency, "usable_reserves", view, horizon)
    yield (
        f"{TITLES[view]}, usable reserves at {year_end(horizon)}: {in_millions(held.p50)} in the middle future, "
        f"{in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10{_sampling(results, agency, view, horizon)}."
    )


def _support(results: Results, agency: str, horizon: str) -> str:
    names = ("needs_support", "s114_proxy", "s114_if_support_always_late")
    need, notice, late = (chance_row(results, agency, name, "after_action", f"by {horizon}") for name in names)
    return (
        f"As at {day(results)}, after action, by {year_end(horizon)}: every reallocatable reserve is used up as well, so that "
        f"support is needed, in {in_a_hundred(need.probability)} ({interval(need)}). A stand-in for a section 114 notice, "
        f"where support also comes too late, happens in {in_a_hundred(notice.probability)} ({interval(notice)}), and would in "
        f"{in_a_hundred(late.probability)} ({interval(late)}) if support always did; the decision itself is the officer's."
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
    return f" (the lower figure lies between {in_millions(low)} and {in_millions(high)} with sampling error)"


def _tables(results: Results, agency: str) -> str:
    tables = [_table(results, agency, view) for view in VIEW_WORDS]
    past = any(_past(results, year) for year in results.compiled.years)
    note = " \\* Past the settlement: grants, tax limits and earnings are assumed (grade J), and so are these chances."
    return (
        "\n\n".join(tables)
        + "\n\nThe gap after action is what is left after recurrent savings of earlier years, before the year's own. "
        "*P50 of spending* is the middle gap as a share of net revenue expenditure. *Reserves* are usable ones at 31 March; "
        "other earmarked reserves are not counted. *Below minimum* is the chance that the general fund stands below its "
        "minimum at that 31 March, with its 95% sampling interval; the answer above counts any year up to its date. "
        "Percentiles of different rows do not add up; means do (`tables/`)." + (note if past else "")
    )


def _table(results: Results, agency: str, view: str) -> str:
    rows = [
        f"**{TITLES[view]}** (£m)",
        "",
        "| Year | Gap P10 | Gap P50 | Gap P90 | P50 of spending | Reserves P10 | Reserves P50 | Reserves P90 | Below minimum |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for year in results.compiled.years:
        gap = money_row(results, agency, "gap", view, year)
        held = money_row(results, agency, "usable_reserves", view, year)
        share = gap.p50 / money_row(results, agency, "spending", view, year).p50
        below = chance_row(results, agency, "reserves_below_minimum", view, year)
        gaps, reserves = (
            " | ".join(f"{amount / 1e6:,.1f}" for amount in (row.p10, row.p50, row.p90)) for row in (gap, held)
        )
        label = f"{year}\\*" if _past(results, year) else year
        rows.append(f"| {label} | {gaps} | {share:.1%} | {reserves} | {per_cent(below)} |")
    return "\n".join(rows)
