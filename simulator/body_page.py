"""The page of an ICB, a trust or a charity, in the words of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

import numpy as np

from simulator import explanations, plan_words
from simulator.body_tables import net_risk, year_by_year
from simulator.entered_words import base_balance
from simulator.levers import average
from simulator.money import in_millions
from simulator.place import Agency
from simulator.place_words import duties
from simulator.plain_english import (
    TITLES,
    VIEW_WORDS,
    between,
    cell,
    chance_row,
    day,
    in_a_hundred,
    interval,
    money_row,
    of_paths,
    shortfall,
    view_words,
    year_end,
)
from simulator.register import register
from simulator.run import Results
from simulator.scenario import entered_surplus, entered_totals
from simulator.summary_page import doubts, heading, listed, titled

ASKS = {
    "icb": "can it live within its allocation?",
    "trust": "can it keep to its plan and pay its way?",
    "vcse": "can it pay its way?",
}
"""What the page of each kind answers."""
_WHOSE = {
    "icb": "the chief finance officer's",
    "trust": "the director of finance's",
    "vcse": "the trustees'",
}
_GRADES = {"J": "judgement", "K": "general knowledge, not checked", "C": "computed"}
_INCOME = {"icb": "allocations", "trust": "income beside contracts", "vcse": "income of its own"}


def summary(results: Results, agency: str, files: list[str], changes: tuple[str, ...] = ()) -> str:
    """Return the whole page of a body that stands alone."""
    parts = [_heading(results, agency, changes), *section(results, agency), listed(files)]
    return "\n\n".join(parts) + "\n"


def short_page(results: Results, agency: str, changes: tuple[str, ...] = ()) -> str:
    """Return the part of the page that belongs on a terminal."""
    return "\n\n".join([_heading(results, agency, changes), *opening(results, agency), *_tables(results, agency)])


def _heading(results: Results, agency: str, changes: tuple[str, ...]) -> str:
    body = results.body(agency)
    return heading(results, f"{cell(body.name)}: {ASKS[body.kind]}", changes, _WHOSE[body.kind])


def section(results: Results, agency: str) -> list[str]:
    """Return every section of a body, in a place or by itself."""
    certain = explanations.exposure(results, agency) if results.body(agency).kind == "icb" else ()
    return [
        *opening(results, agency),
        "## Why\n\n" + "\n\n".join(explanations.why(results, agency)),
        *titled("The plan", "\n\n".join(plan_words.plan(results, agency))),
        *_tables(results, agency),
        *titled("Approved savings", "\n".join(plan_words.savings(results, agency))),
        *titled("What is assumed past the settlement", "\n".join(explanations.past_settlement(results, agency))),
        *titled("Funding", "\n".join(certain)),
        *doubts(results, agency),
    ]


def opening(results: Results, agency: str) -> list[str]:
    """Return where a body starts and its short answer."""
    return [
        "## What it starts from\n\n" + "\n".join(f"- {line}" for line in starting_point(results, agency)),
        "## The short answer\n\n" + "\n".join(f"- {line}" for line in short_answer(results, agency)),
    ]


def _tables(results: Results, agency: str) -> list[str]:
    """Return the years one by one and, for a body by itself, its net risk; a place shows that for all together."""
    alone = net_risk(results) if len(results.scenario.bodies) == 1 else ""
    return [*titled("Net risk", alone), "## Year by year\n\n" + year_by_year(results, agency)]


def starting_point(results: Results, agency: str) -> Iterator[str]:
    """Yield what the body has in the base year, what it holds or owes, and what plan it is held to."""
    body, base = results.body(agency), results.scenario.base_year
    totals, left = entered_totals(body, base), entered_surplus(results.scenario, body)
    spent = totals["net_revenue_expenditure"]
    agreed = left - totals["funding"] + spent
    parts = " + ".join(
        f"{cell(one.name)} {_amount(one.amounts[base].used)}" for one in body.incomes if base in one.amounts
    )
    yield (
        f"**{base}, as entered (£m):** {_INCOME[body.kind]} {_amount(totals['funding'])}{f' ({parts})' if parts else ''}; "
        f"{'received' if agreed >= 0 else 'paid'} under agreements, on balance, {_amount(abs(agreed))}; spending of its own "
        f"{_amount(spent)}. {base_balance(results, body, left)}"
    )
    yield from {"icb": _icb, "trust": _trust, "vcse": _charity}[body.kind](results, body)
    yield from _planned(results, body)
    if len(results.scenario.bodies) == 1:
        yield duties(results)


def _amount(pounds: float) -> str:
    return f"{pounds / 1e6:,.3f}"


def _grade(results: Results, address: str) -> str:
    """Return in brackets what a number rests on, where that is less than a source."""
    found = next((entry.grade for entry in register(results.scenario) if entry.address == address), None)
    return f" ({_GRADES[found]})" if found in _GRADES else ""


def _icb(results: Results, body: Agency) -> Iterator[str]:
    law, owed = results.scenario.rules.nhs, getattr(body, "owed", None)
    kept = law.carry_forward.used if law else 0.0
    lapses = "all of it lapses" if not kept else f"{1 - kept:.0%} of it lapses"
    yield (
        f"**No reserves:** of an underspend {lapses}, and an overspend is owed to NHS England and repaid out of later years' "
        f"allocations{f', over {law.repayment_years} years and at most {law.repayment_cap.used:.1%} of funding a year' if law else ''}."
    )
    if owed:
        yield (
            f"**Owed from earlier years:** {in_millions(owed.used)}{_grade(results, f'agencies.{body.id}.owed')}"
            f"{f': {cell(owed.rationale)}' if owed.rationale else ''}. It is no part of the sum above."
        )


def _trust(results: Results, body: Agency) -> Iterator[str]:
    cash, days = (getattr(body, name).used for name in ("cash", "minimum_cash_days"))
    spent = fsum(line.spent - line.received for line in body.spending)
    lasts = f", {365 * cash / spent:.0f} days of spending" if spent else ""
    yield (
        f"**Cash:** {in_millions(cash)} at {year_end(str(results.scenario.base_year))}{lasts}"
        f"{_grade(results, f'agencies.{body.id}.cash')}. A surplus is kept as cash, a deficit is met from it; below {days:g} days of "
        "spending it draws revenue support from NHS England, whose dividend adds to every later gap."
    )


def _charity(results: Results, body: Agency) -> Iterator[str]:
    held, months = (getattr(body, name).used for name in ("free_reserves", "minimum_months"))
    spent = fsum(line.spent - line.received for line in body.spending)
    lasts = f", {12 * held / spent:.1f} months of spending" if spent else ""
    multiple, law = getattr(body, "replacement_multiple", None), results.scenario.rules.nhs
    times = multiple.used if multiple else law.replacement_multiple.used if law else 1.0
    yield (
        f"**Free reserves:** {in_millions(held, 2)} at {year_end(str(results.scenario.base_year))}{lasts}"
        f"{_grade(results, f'agencies.{body.id}.free_reserves')}; its own floor is {months:g} months. Below nought it fails: its "
        f"spending and income end, and those who bought from it pay {times:g} times as much elsewhere."
    )


def _planned(results: Results, body: Agency) -> Iterator[str]:
    """Yield the positions that an NHS body has planned, and the support that hangs on them."""
    law = results.scenario.rules.nhs
    for key, words in (("planned_deficit", "a deficit of"), ("planned_surplus", "a surplus of")):
        if stated := getattr(body, key, {}):
            told = ", ".join(f"{in_millions(amount.used)} in {year}" for year, amount in sorted(stated.items()))
            yield f"**Its plan:** {words} {told}{_grade(results, f'agencies.{body.id}.{key}.{min(stated)}')}; balance in other years."
    if stated := getattr(body, "deficit_support", {}):
        told = ", ".join(f"{in_millions(amount.used)} in {year}" for year, amount in sorted(stated.items()))
        held = f"; {law.support_withheld.used:.0%} of a year's is withheld where it is not" if law else ""
        yield (
            f"**Deficit support:** {told}{_grade(results, f'agencies.{body.id}.deficit_support.{min(stated)}')}, if the plan is met{held}."
        )


def short_answer(results: Results, agency: str) -> Iterator[str]:
    """Yield the answer in sentences: chances to the settlement's end, only ranges beyond it."""
    years, end, kind = results.compiled.years, results.scenario.rules.settlement_end, results.body(agency).kind
    horizon = years[-1] if end is None or str(end) > years[-1] else str(end)
    if horizon in years:
        for view in VIEW_WORDS:
            yield from (_charity_chances if kind == "vcse" else _nhs_chances)(results, agency, view, horizon)
    if horizon != years[-1]:
        gap = money_row(results, agency, "gap", "before_action", years[-1])
        # Most of what an ICB spends it spends under contracts, which are no lines of its own.
        spent = fsum(
            float(money_row(results, agency, name, "before_action", years[-1])["mean"])
            for name in ("spending", "transfers_out")
        )
        share = (
            f", or {gap.p10 / spent:.0%} to {gap.p90 / spent:.0%} of all it spends that year on average"
            if spent
            else ""
        )
        yield (
            f"Past the settlement, which ends in {horizon}, national funding is assumed too, so this answer quotes no chance. The yearly gap before "
            f"action in {years[-1]} lies between {shortfall(gap.p10)} and {shortfall(gap.p90)} in 8 futures of 10{share}."
        )


def _told(results: Results, agency: str, outcome: str, view: str, horizon: str) -> str:
    row = chance_row(results, agency, outcome, view, f"by {horizon}")
    return f"**{in_a_hundred(row.probability)}** ({interval(row)})"


def _nhs_chances(results: Results, agency: str, view: str, horizon: str) -> Iterator[str]:
    trust, law, year = (
        results.body(agency).kind == "trust",
        results.scenario.rules.nhs,
        str(results.scenario.budget_year),
    )
    far = f"{law.tolerance.used:.1%} of {'what it spends' if trust else 'its allocation'}" if law else "the tolerance"
    yield (
        f"As at {day(results)}, {view_words(results, view, taxed=False)}: by {year_end(horizon)} it has ended a year worse than its plan by more than "
        f"{far} in {_told(results, agency, 'missed_by_half_percent', view, horizon)}, and worse than its plan at all, in a year when it "
        f"is held to its own, in {_told(results, agency, 'missed_plan', view, horizon)}."
    )
    off, row = (
        average(of_paths(results, agency, "off_plan", view, year)),
        money_row(results, agency, "off_plan", view, year),
    )
    verb = "worse" if trust else "overspent"
    yield (
        f"{TITLES[view]}, {year} against plan (above nought is {verb}): {in_millions(off[0])} on average ({between(*off[1:])}), "
        f"{in_millions(row.p10)} to {in_millions(row.p90)} in 8 futures of 10.{_support(results, agency, view, horizon)}"
    )
    held = money_row(results, agency, "cash" if trust else "owed", view, horizon)
    drawn = (
        f"It draws revenue support by then in {_told(results, agency, 'needs_cash_support', view, horizon)}. "
        if trust
        else ""
    )
    yield (
        f"{TITLES[view]}, {'cash' if trust else 'what it owes'} at {year_end(horizon)}: {in_millions(held.p50)} in the middle future, "
        f"{in_millions(held.p10)} to {in_millions(held.p90)} in 8 futures of 10. {drawn}".strip()
    )


def _support(results: Results, agency: str, view: str, horizon: str) -> str:
    """Return what deficit support is at risk, or nothing where none is stated."""
    stated = getattr(results.body(agency), "deficit_support", {})
    years = [year for year in results.compiled.years if year <= horizon]
    at_risk = fsum(amount.used for year, amount in stated.items() if str(year) in years)
    if not at_risk:
        return ""
    lost = average(np.sum([of_paths(results, agency, "support_withheld", view, year) for year in years], axis=0))
    return (
        f" Of {in_millions(at_risk)} of deficit support to {year_end(horizon)}, some is withheld in "
        f"{_told(results, agency, 'support_withheld', view, horizon)}: {in_millions(lost[0])} on average ({between(*lost[1:])})."
    )


def _charity_chances(results: Results, agency: str, view: str, horizon: str) -> Iterator[str]:
    yield (
        f"As at {day(results)}, {view_words(results, view, taxed=False)}: by {year_end(horizon)} it can no longer pay its way, and fails, in "
        f"{_told(results, agency, 'insolvent', view, horizon)}, and free reserves have stood below its own floor in "
        f"{_told(results, agency, 'reserves_below_floor', view, horizon)}."
    )
    held = money_row(results, agency, "free_reserves", view, horizon)
    yield (
        f"{TITLES[view]}, free reserves at {year_end(horizon)}: {in_millions(held.p50, 2)} in the middle future, "
        f"{in_millions(held.p10, 2)} to {in_millions(held.p90, 2)} in 8 futures of 10."
    )
