"""What rests on judgement and what a run does not know, said on the page where its numbers are."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.assumptions import GRADES
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.plain_english import (
    KINDS,
    cell,
    central_words,
    chance_row,
    in_a_hundred,
    money_row,
    switched,
    widest,
    year_end,
)
from simulator.reasons import pay_bill
from simulator.register import Entry, judgements, register, unsourced
from simulator.resources import Grant
from simulator.run import Results
from simulator.summary import base_exposure
from simulator.years import FinancialYear


def judgement(results: Results, body: Agency) -> Iterator[str]:
    """Yield paragraphs: how much is judgement and about what, each item, and what moves for want of a figure."""
    entries = register(results.scenario)
    mine = f"agencies.{body.id}."
    own = judgements(entries, mine)
    award = "pay_award" if isinstance(body, LocalAuthority) else "nhs_pay"
    pay = base_exposure(results.compiled, body.id, award)
    stands = _covered(results.scenario.base_year, body, own, bool(pay))
    covers = f" About this {KINDS[body.kind]}, judgement stands for: {'; '.join(stands)}." if own else ""
    within, whose = entries, "numbers in this scenario"
    if len(results.scenario.bodies) > 1:
        within, whose = [entry for entry in entries if entry.address.startswith(mine)], "numbers about it"
    known = sum(entry.grade == "K" for entry in within)
    yield (
        f"Of the {len(within)} {whose}, {len(judgements(within))} are judgement, {known} from general "
        f"knowledge and not checked, and {len(unsourced(within)) or 'none'} without a source.{covers}"
    )
    if own:
        rows = ["| Item | Field | Value | Reason given |", "| --- | --- | ---: | --- |"]
        for entry in own:
            field = entry.address.removeprefix(mine)
            rows.append(f"| {cell(entry.name)} | `{field}` | {entry.value} | {cell(entry.rationale or 'none given')} |")
        yield "\n".join(rows)
    if pay:
        yield (
            f"The baskets of prices imply a pay bill of {in_millions(pay)} in {results.scenario.base_year}, net of what "
            f"matched grants pay for (grade J); {_budgeted_pay(results, body, award)}."
        )
    moved = _without_later_figures(results.scenario.base_year, body)
    if moved:
        yield (
            f"No figure after {results.scenario.base_year} is at hand for: {cell(', '.join(moved))}. They move as their "
            "drivers do: allocations already made, and any redistribution or reset of baselines since, are not in them."
        )
    yield "Grades: " + "; ".join(f"{grade} {words}" for grade, words in GRADES.items()) + "."


def _budgeted_pay(results: Results, body: Agency, award: str) -> str:
    year = str(results.scenario.budget_year)
    bill = float(pay_bill(results.compiled, body.id, award)[results.compiled.years.index(year)])
    more = " and the care fees that follow pay" if body.kind == "council" else ""
    return f"in {year} {in_millions(bill)} before that year's award, so that a point more on it costs {in_millions(bill / 100, 2)}, before employers' costs{more}"


def _covered(base_year: FinancialYear, body: Agency, entries: list[Entry], paid: bool) -> list[str]:
    """Return in plain words what judgement covers, each once, with what moves for want of a figure."""
    named: dict[str, None] = {}
    for entry in entries:
        *_, parent, field = entry.address.split(".")
        own = field if parent == body.id else f"{parent}: {field}"
        own = own.replace("_", " ").replace("mrp", "minimum revenue provision")
        named[own if entry.name == body.name else entry.name] = None
    if _without_later_figures(base_year, body):
        kinds = "grants and rates" if isinstance(body, LocalAuthority) else "income"
        named[f"{kinds} after {base_year}"] = None
    if paid or body.kind == "council":
        named["the pay bill, through the baskets of prices"] = None
    return [cell(name) for name in named]


def _without_later_figures(base_year: FinancialYear, body: Agency) -> list[str]:
    incomes = [
        income.name
        for income in body.incomes
        if max(income.amounts) <= base_year and not (isinstance(income, Grant) and income.matched_to)
    ]
    return [*incomes, "retained business rates"] if body.rates else incomes


def limits(results: Results, agency: str) -> Iterator[str]:
    """Yield what the model leaves out, where the numbers are shown."""
    body = results.body(agency)
    if body.needs:
        yield _high_needs(results, agency)
    local = isinstance(body, LocalAuthority)
    if local:
        yield from _accommodation(results, agency)
    yield from _plan(body)
    yield f"Sampling error is not model error: {'the two judgements at the head' if local else 'what is judged here can'} move the answer further than any interval shown."
    if local:
        yield "Futures that go well bank their surpluses year after year; in life some would go on services or lower tax."
        yield _support(results)
    yield _wedge(results, agency)
    yield from _law(results, body)
    yield _unmodelled(body)


def _unmodelled(body: Agency) -> str:
    """Return what of a body's life no part of the model has."""
    if body.kind == "council":
        return (
            "Local government reorganisation is not modelled: the council is taken to go on as it is. Nor are capital overruns, the "
            "housing revenue account, cash and the balance sheet."
        )
    if isinstance(body, LocalAuthority):
        return (
            f"No change of who governs it is modelled: the {KINDS[body.kind]} is taken to go on as it is. Nor are capital overruns, cash "
            "and the balance sheet."
        )
    return {
        "icb": (
            "Mergers of ICBs, new duties and allocations decided in the year are not modelled; nor are capital limits and what months "
            "within the year look like. The mental health investment standard, the minimum contribution to the Better Care Fund and the "
            "running-cost limit are not tested: a future, and what managers do in it, may break any of them unseen. What is repaid, and "
            "when, is settled with NHS England: the rule here is a stated one."
        ),
        "trust": (
            "Mergers, capital limits, impairments and what cash does from month to month are not modelled: support may be needed within a "
            "year that ends above the minimum. Whether support is given is NHS England's decision."
        ),
        "vcse": (
            "Restricted funds, endowment and property are not counted, nor a rescue by funders; a charity that fails is taken to end, and "
            "what it did to be bought elsewhere."
        ),
    }[body.kind]


def not_entered(body: Agency) -> list[str]:
    """Return what of a plan the file does not hold, in words."""
    return [
        words
        for words, held in (
            ("approved savings", body.savings),
            ("contingency", body.contingency),
            (f"medium-term plan of the {KINDS[body.kind]}'s own", body.plan),
        )
        if not held
    ]


def _plan(body: Agency) -> Iterator[str]:
    if missing := not_entered(body):
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


def _law(results: Results, body: Agency) -> Iterator[str]:
    rates, rules = body.rates, results.scenario.rules
    if rates and rates.baseline_funding and rules.business_rates:
        yield (
            "The safety net and levy on business rates after the reset of April 2026 are not verified (grade K), and neither is a "
            "baseline marked as judgement."
        )
    if body.employer_costs:
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
