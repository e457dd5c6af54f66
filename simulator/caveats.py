"""What rests on judgement and what a run does not know, said on the page where its numbers are."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.assumptions import GRADES
from simulator.money import in_millions
from simulator.place import Council
from simulator.plain_english import cell, central_words, chance_row, in_a_hundred, money_row, switched, widest, year_end
from simulator.reasons import pay_bill
from simulator.register import Entry, judgements, register, unsourced
from simulator.run import Results
from simulator.summary import base_exposure
from simulator.years import FinancialYear


def judgement(results: Results, council: Council) -> Iterator[str]:
    """Yield paragraphs: how much is judgement and about what, each item, and what moves for want of a figure."""
    entries = register(results.scenario)
    own = judgements(entries, f"agencies.{council.id}")
    known = sum(entry.grade == "K" for entry in entries)
    nameless = len(unsourced(entries))
    covers = (
        f" About this council, judgement stands for: {'; '.join(_covered(results.scenario.base_year, council, own))}."
        if own
        else ""
    )
    yield (
        f"Of the {len(entries)} numbers in this scenario, {len(judgements(entries))} are judgement, {known} from general "
        f"knowledge and not checked, and {nameless or 'none'} without a source.{covers}"
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
            f"matched grants pay for (grade J); {_budgeted_pay(results, council)}."
        )
    moved = _without_later_figures(council)
    if moved:
        yield (
            f"No figure after {results.scenario.base_year} is at hand for: {cell(', '.join(moved))}. They move as their "
            "drivers do: allocations already made, and any redistribution or reset of baselines since, are not in them."
        )
    yield "Grades: " + "; ".join(f"{grade} {words}" for grade, words in GRADES.items()) + "."


def _budgeted_pay(results: Results, council: Council) -> str:
    year = str(results.scenario.budget_year)
    bill = float(pay_bill(results.compiled, council.id, "pay_award")[results.compiled.years.index(year)])
    return f"in {year} {in_millions(bill)} before that year's award, so that a point more on it costs {in_millions(bill / 100, 2)}, before employers' costs and the care fees that follow pay"


def _covered(base_year: FinancialYear, council: Council, entries: list[Entry]) -> list[str]:
    """Return in plain words what judgement covers, each once, with what moves for want of a figure."""
    named: dict[str, None] = {}
    for entry in entries:
        *_, parent, field = entry.address.split(".")
        own = f"{parent}: {field}".replace("_", " ").replace("mrp", "minimum revenue provision")
        named[own if entry.name == council.name else entry.name] = None
    if _without_later_figures(council):
        named[f"grants and rates after {base_year}"] = None
    return [cell(name) for name in [*named, "the pay bill, through the baskets of prices"]]


def _without_later_figures(council: Council) -> list[str]:
    grants = [grant.name for grant in council.funding.grants if not grant.matched_to and len(grant.amounts) == 1]
    return ([*grants, "retained business rates"]) if council.funding.business_rates else grants


def limits(results: Results, agency: str) -> Iterator[str]:
    """Yield what the model leaves out, where the numbers are shown."""
    council = results.council(agency)
    if council.high_needs:
        yield _high_needs(results, agency)
    yield from _accommodation(results, agency)
    yield from _plan(council)
    yield "Sampling error is not model error: the two judgements at the head move the answer further than any interval shown."
    yield "Futures that go well bank their surpluses year after year; in life some would go on services or lower tax."
    yield _support(results)
    yield _wedge(results, agency)
    yield from _law(results, council)
    yield (
        "Local government reorganisation is not modelled: the council is taken to go on as it is. Nor are capital overruns, the "
        "housing revenue account, cash and the balance sheet."
    )


def _plan(council: Council) -> Iterator[str]:
    missing = [
        words
        for words, held in (
            ("approved savings", council.savings),
            ("contingency", council.contingency),
            ("medium-term plan of the council's own", council.plan),
        )
        if not held
    ]
    if missing:
        yield f"Not entered, and so not there: {', '.join(missing)}; nor any outturn after the base year."


def _support(results: Results) -> str:
    years, charge = results.scenario.rules.support_years, results.compiled.council.support_charge
    said = "A gap that usable reserves cannot meet falls on other earmarked reserves while they last; what is left is recorded, not cured."
    if not charge:
        return f"{said} No support is granted, and none is repaid."
    return (
        f"{said} After action support is then granted as debt, unless it comes late: each £1m costs £{charge * 1e3:,.0f}k a year from "
        f"the next year on, over {years} years. Need is measured before it."
    )


def _law(results: Results, council: Council) -> Iterator[str]:
    rates, rules = council.funding.business_rates, results.scenario.rules
    if rates and rates.baseline_funding and rules.business_rates:
        yield (
            "The safety net and levy on business rates after the reset of April 2026 are not verified (grade K), and neither is a "
            "baseline marked as judgement."
        )
    if council.employer_costs:
        yield (
            "Pension rates are certified every three years; until the certified rate is entered, each valuation draws a change. "
            "National Insurance steps are net of an assumed grant."
        )


def _high_needs(results: Results, agency: str) -> str:
    years, rules = results.compiled.years, results.scenario.rules
    end = rules.high_needs_override
    until = [year for year in years if end is None or year < str(end.ends)]
    at = until[-1] if until else years[0]
    now = money_row(results, agency, "high_needs_deficit", "before_action", at)
    said = (
        f"The high-needs account starts from a judgement and stands between {_held(now.p10)} and {_held(now.p90)} at {year_end(at)} in 8 "
        "futures of 10, outside the general fund; only its financing and transport count here while the override lasts."
    )
    if end is None:
        return f"{said} No end of the override is entered."
    then = end.then.replace("_", " ")
    return f"{said} In {end.ends} it ends, entered as `{then}`: a national decision, shown each way above."


def _held(deficit: float) -> str:
    return (
        f"a surplus of {in_millions(-deficit)}"
        if round(deficit, -5) < 0
        else f"a deficit of {in_millions(max(deficit, 0.0))}"
    )


def _accommodation(results: Results, agency: str) -> Iterator[str]:
    last = results.compiled.years[-1]
    answered = money_row(results, agency, "funding_accommodation", "after_action", last)
    if answered.p05 == answered.p95 == 0:
        return
    mean = float(answered["mean"])
    with_it = chance_row(results, agency, "unfunded_gap", "after_action", f"by {last}")
    without = switched(results, agency, "no accommodation", last, "unfunded_gap")
    yield (
        f"National funding is assumed to answer part of national need two years late (judgement): {in_millions(mean)} "
        f"on average in {last}. After action an unfunded gap opens by then in {in_a_hundred(with_it.probability)} with it and "
        f"{in_a_hundred(without.probability)} without ({widest(with_it, without)})."
    )


def _wedge(results: Results, agency: str) -> str:
    last = results.compiled.years[-1]
    gap = money_row(results, agency, "gap", "before_action", last)
    return (
        f"The central case follows official forecasts with {central_words(results)}; price shocks and new duties only add cost. "
        f"In {last} its gap before action is {in_millions(gap.central)}, against {in_millions(gap.p50)} in the middle future."
    )
