"""Where a local authority starts: the base year in full, and the two judgements that decide the answer."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.entered_words import remainders
from simulator.money import HALF_PENNY, in_millions
from simulator.place import LocalAuthority
from simulator.plain_english import (
    chance_row,
    day,
    fifth_year,
    fund,
    money_row,
    past,
    per_cent,
    switched,
    widest,
    year_end,
)
from simulator.run import Results
from simulator.scenario import base_residual, entered_totals
from simulator.years import FinancialYear

FUNDS = {
    "council tax": "council_tax",
    "general grants": "general_grants",
    "retained rates": "retained_rates",
    "collection fund": "collection_fund",
}
WORTH_SETTLING = 5
"""Points of chance from which a judgement is said to need settling first."""


def starting_point(results: Results, agency: str) -> Iterator[str]:
    """Yield the lines that say what the base year is and what the two deciding judgements do."""
    body, year = results.council(agency), results.scenario.base_year
    entered = entered_totals(body, year)
    if body.published:
        yield _published(body, entered, year)
    spent = body.published.get("net_revenue_expenditure")
    against = (
        f" against the published {_thousandths(spent.used)}, a difference of "
        f"{_thousandths(entered['net_revenue_expenditure'] - spent.used)}, which stays in the gap"
        if spent
        else f", against funding of {_thousandths(entered['funding'])}"
    )
    services, specific = entered["service_expenditure"], entered["specific_grants"]
    made = (
        f"services {_thousandths(services)} less specific grants {_thousandths(specific)} = {_thousandths(services - specific)}; with "
        "debt, parishes and other income all lines make"
        if body.kind == "council"
        else f"all lines, net of {_thousandths(specific)} of specific grants, make"
    )
    yield f"- **Lines entered (£m):** {made} {_thousandths(entered['net_revenue_expenditure'])}{against}."
    if derived := remainders(results.scenario, body):
        yield f"- **Derived, so that the base year balances by construction:** {derived}."
    yield _treatment(results, agency)
    yield _usable(results, agency)
    for restated, amount in body.history.restated_earmarked.items() if body.history else ():
        before = body.history.earmarked.get(FinancialYear(restated.start - 1)) if body.history else None
        if before:
            yield (
                f"- **Restatement:** earmarked reserves closed {FinancialYear(restated.start - 1)} at "
                f"{in_millions(before.used, 3)} and opened {restated} at {in_millions(amount.used, 3)}, as published."
            )


def _published(body: LocalAuthority, entered: dict[str, float], year: FinancialYear) -> str:
    stated = {key: amount.used for key, amount in body.published.items()}
    spent = stated.get("net_revenue_expenditure", entered["net_revenue_expenditure"])
    added = body.reserves.contribution.added
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
    body, year, horizon = results.council(agency), results.scenario.base_year, fifth_year(results)
    contribution = body.reserves.contribution
    rows = [switched(results, agency, f"contribution {way}", horizon) for way in ("one-off", "recurrent")]
    once, recurs = (round(100 * row.probability) for row in rows)
    adjustment = money_row(results, agency, "underlying_adjustment", "before_action", results.compiled.years[0])["mean"]
    if body.kind != "council" and not contribution.amount.used and abs(adjustment) < HALF_PENNY:
        row = chance_row(results, agency, "reserves_below_minimum", "before_action", f"by {horizon}")
        return (
            f"- **Underlying position:** as entered, {year} neither added to reserves nor drew on them, so no later gap is adjusted. "
            f"Before action, the chance that the {fund(body)} falls below its minimum at some time by {year_end(horizon)}"
            f"{past(results, horizon)}, as at {day(results)}, is {per_cent(row)}."
        )
    residual, collected = base_residual(body), body.tax.fund_share if body.tax else None
    kept = contribution.added if contribution.treatment == "one_off" else 0.0
    sums = f"{_thousandths(kept)} less residual {_thousandths(residual)} less collection fund {_thousandths(collected.used if collected else 0.0)}"
    behind = "paid for it" if contribution.added >= 0 else "it paid for"
    said = (
        f"- **Underlying position:** the {in_millions(contribution.amount.used, 3)} {contribution.direction} in {year} is taken "
        f"as **{contribution.treatment.replace('_', '-')}**, which {'raises' if adjustment >= 0 else 'lowers'} every later gap by "
        f"{in_millions(abs(adjustment), 3)} ({sums}). "
        f"Before action, the chance that the {fund(body)} falls below its minimum at some time by {year_end(horizon)}"
        f"{past(results, horizon)}, as at {day(results)}, is {once}% if it is one-off (neither it nor what {behind} "
        f"comes again) and {recurs}% if it is recurrent (the same again every year); {widest(*rows)}."
    )
    if abs(once - recurs) < WORTH_SETTLING:
        return said
    return f"{said} This one judgement moves the chance by {abs(once - recurs)} points: settle it first."


def _usable(results: Results, agency: str) -> str:
    reserves, base = results.council(agency).reserves, results.scenario.base_year
    held, earmarked, share = reserves.gf_unallocated.used, reserves.earmarked.used, reserves.share("any")
    least = reserves.minimum.used * entered_totals(results.council(agency), base)["net_revenue_expenditure"]
    horizon, name = fifth_year(results), fund(results.body(agency))
    low = switched(results, agency, "usable share 25%", horizon)
    high = switched(results, agency, "usable share 100%", horizon)
    return (
        f"- **Usable share of earmarked reserves:** **{share:.0%}** of {in_millions(earmarked, 3)}, so usable reserves "
        f"start at {in_millions(held + share * earmarked, 3)} with the {name} of {in_millions(held, 3)}. The same "
        f"chance by the same date is {low.probability:.0%} if 25% is usable and {high.probability:.0%} if all of it is; {widest(low, high)}. The minimum {name} is "
        f"{reserves.minimum.used:.1%} of net revenue expenditure ({in_millions(least)} in {base}) and rises with its central "
        f"path. Earmarked reserves are used first, so a {name} below its minimum means that hardly any usable reserve "
        "is left."
    )


def _thousandths(pounds: float) -> str:
    return f"{pounds / 1e6:,.3f}"
