"""One future, or one line, as text for a terminal: what happened, who paid whom and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator.money import in_millions
from simulator.place import Council
from simulator.plain_english import TITLES
from simulator.summary import PERCENTS
from simulator.tracing import Run

GROUPS = {
    "drivers": "Growth in the year (levels as they stand)",
    "events": "Events",
    "spending": "Spending",
    "funding": "Funding",
    "budget": "The gap and the budget",
    "close": "How the gap was met",
    "reserves": "Reserves and accounts at the end of the year",
    "outcomes": "What happened",
    "payments": "Who paid whom",
}
WORDS = {
    "earlier_savings": "Savings of earlier years that last, taken off",
    "gap": "Gap",
    "underlying_adjustment": "Underlying adjustment for one-off money",
    "gf_unallocated": "General fund, unallocated",
    "in_year_controls": "Controls and one-off cover in the year",
    "recurrent_savings": "Recurrent savings so far, from next year on",
    "funding_accommodation": "National funding that answers national need",
    "use_of_reserves": "Used from reserves",
    "unfunded_gap": "Unfunded: usable reserves cannot meet it",
    "reallocated": "Taken from reallocatable reserves",
    "reserves_below_minimum": "General fund below its minimum",
    "needs_support": "Support needed",
    "s114_proxy": "Stand-in for a section 114 notice",
    "s114_if_support_always_late": "Section 114 stand-in, if support always came late",
    "debt": "Interest and provision for debt",
    "plan_spending": "The plan's spending less the model's own",
    "plan_funding": "The plan's funding less the model's own",
    "employer_costs": "Pensions and National Insurance above the base year",
    "high_needs": "High needs, cost to the general fund",
}
SIGN_RULE = (
    "Money is cash (nominal), in £ million. Spending and funding are as named; a gap above nought is short; use of "
    "reserves below nought was added."
)
WIDE = 52


def trace_page(run: Run, agency: str, path: int, view: str, told: pd.DataFrame) -> str:
    """Return one future year by year; amounts of nought are left out."""
    body = _body(run, agency)
    title = TITLES.get(view, "Doing nothing")
    lines = [f"{body.name}: future {path:,} of {run.paths:,} (seed {run.seed}), {title.lower()}", "", SIGN_RULE]
    names = {line.id: line.name for line in body.spending} | {grant.id: grant.name for grant in body.funding.grants}
    for year in dict.fromkeys(told.year):
        lines += ["", year, "=" * len(year)]
        for group, words in GROUPS.items():
            rows = told[(told.year == year) & (told.group == group)]
            shown = list(_payments(rows) if group == "payments" else _rows(rows, names))
            lines += ["", words, *shown] if shown else []
    return "\n".join(lines)


def _rows(rows: pd.DataFrame, names: dict[str, str]) -> Iterator[str]:
    for item, unit, amount in zip(rows["item"], rows.unit, rows.amount, strict=True):
        held, _, income = item.partition("/")
        name = names.get(held) or WORDS.get(held) or held.replace("_", " ").capitalize()
        name += ", income" if income else ""
        if amount == 0:
            continue
        if unit == "share":
            yield f"  {name[:WIDE]:<{WIDE}} {amount:>10.2%}"
        elif unit == "happened":
            yield f"  {name}"
        else:
            yield f"  {name[:WIDE]:<{WIDE}} {in_millions(amount, 3):>14}"


def _payments(rows: pd.DataFrame) -> Iterator[str]:
    for payer, payee, reason, amount in zip(rows.payer, rows.payee, rows.reason, rows.amount, strict=True):
        if amount:
            giver, taker = (payer, payee) if amount > 0 else (payee, payer)
            yield f"  {giver} paid {taker} {in_millions(abs(amount), 3)}: {reason}"


def detail_page(run: Run, agency: str, item: str, table: pd.DataFrame) -> str:
    """Return one item over all futures, a row a year."""
    body = _body(run, agency)
    heads = "".join(f"{f'P{percent}':>9}" for percent in PERCENTS)
    lines = [
        f"{body.name}: {item}, {int(table.paths.iloc[0]):,} of {run.paths:,} futures (seed {run.seed})",
        "",
        "Money is cash (nominal), in £ million; spending above nought, income in it below. Percentiles of lines do not "
        "add up; means do.",
        "",
        f"{'Year':<9}{'Mean':>9}{'Central':>9}{heads}",
    ]
    for row in table.itertuples(index=False):
        amounts = [row.mean, row.central, *(getattr(row, f"p{percent:02d}") for percent in PERCENTS)]
        lines.append(f"{row.year:<9}" + "".join(f"{float(amount) / 1e6:>9,.2f}" for amount in amounts))
    return "\n".join(lines)


def _body(run: Run, agency: str) -> Council:
    return next(body for body in run.scenario.agencies if body.id == agency)
