"""Tables of NHS bodies and charities on the page: year by year, and net risk against plan."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from simulator.entered_words import closed_note, year_label
from simulator.money import in_millions
from simulator.place_words import horizon
from simulator.plain_english import TITLES, VIEW_WORDS, cell, chance_row, day, money_row, past, per_cent
from simulator.run import Results

NET_RISK = {
    "gross_risk": "Gross risk",
    "mitigation": "Mitigation",
    "support": "Deficit support",
    "net_risk": "Net risk",
    "run_rate": "Run-rate",
    "underlying": "Underlying",
}
_Told = Callable[[Results, str, str, str], str]


def _money(measure: str, *cuts: str, scale: float = 1e6) -> _Told:
    """Return what tells the percentiles of a measure, each in a cell of its own."""

    def told(results: Results, agency: str, view: str, year: str) -> str:
        row = money_row(results, agency, measure, view, year)
        return " | ".join(_number(float(row[cut]) / scale) for cut in cuts)

    return told


def _chance(outcome: str) -> _Told:
    return lambda results, agency, view, year: per_cent(chance_row(results, agency, outcome, view, year))


def _number(amount: float) -> str:
    return f"{amount:,.1f}".replace("-0.0", "0.0")


_GAP = ("Gap P10 | Gap P50 | Gap P90", _money("gap", "p10", "p50", "p90"))
_PLAN = (
    ("Off plan P50 | Off plan P90", _money("off_plan", "p50", "p90")),
    ("Off plan by over the tolerance", _chance("missed_by_half_percent")),
)
COLUMNS: dict[str, tuple[tuple[str, _Told], ...]] = {
    "icb": (_GAP, *_PLAN, ("Owed P50 | Owed P90", _money("owed", "p50", "p90"))),
    "trust": (_GAP, *_PLAN, ("Cash P10 | Cash P50", _money("cash", "p10", "p50")),
              ("Asks for support", _chance("needs_cash_support"))),
    "vcse": (_GAP, ("Free reserves P10 | Free reserves P50", _money("free_reserves", "p10", "p50")),
             ("Months P50", _money("reserve_months", "p50", scale=1.0)), ("Fails", _chance("insolvent"))),
}  # fmt: skip
"""The columns of each kind's table: headings, and what tells their cells."""
PILES_UP = {
    "icb": ("owed", "what is owed to NHS England"),
    "trust": ("revenue_support", "revenue support drawn from NHS England"),
}
"""What piles up of each kind, with nothing in the model to stop it: the measure and its words."""
UNDONE = "*if nothing more were done:*"
_NOTES = {
    "icb": "*Off plan* above nought is overspent; *owed* is to NHS England at the year's end.",
    "trust": "*Off plan* above nought is worse than plan; *cash* is at 31 March, with support once drawn.",
    "vcse": "*Free reserves* are at 31 March; *months* are of spending. A charity that has failed has no gap any more.",
}


def year_by_year(results: Results, agency: str) -> str:
    """Return a table for each view, a row a year, in the measures of the body's kind."""
    kind = results.body(agency).kind
    assumed = any(past(results, year) for year in results.compiled.years)
    note = (
        " \\* Past the settlement national funding is assumed too (grade J), and so are these chances."
        if assumed
        else ""
    )
    return "\n\n".join([
        *_settled(results, agency),
        *(_table(results, agency, view, COLUMNS[kind]) for view in VIEW_WORDS),
        "The gap is spending less funding, agreements included, before savings that start in the year. Chances are of the "
        f"single year, with their 95% sampling interval. {_NOTES[kind]} Percentiles of different rows do not add up.{note}"
        f"{closed_note(results, agency)}{_unchecked(results, kind)}",
    ])  # fmt: skip


def _settled(results: Results, agency: str) -> Iterator[str]:
    """Yield where an NHS body stands at the settlement's end, ahead of years in which nothing stops what piles up."""
    measure, words = PILES_UP.get(results.body(agency).kind, ("", ""))
    end = results.scenario.rules.settlement_end
    if measure and end and str(end) in results.compiled.years[:-1]:
        told = [
            f"{TITLES[view].lower()} {in_millions(row.p50)} in the middle future and {in_millions(row.p90)} at P90"
            for view in VIEW_WORDS
            for row in [money_row(results, agency, measure, view, str(end))]
        ]
        yield f"**Read {end} first**, where the settlement ends. {words[0].upper()}{words[1:]} by then: {'; '.join(told)}."


def _unchecked(results: Results, kind: str) -> str:
    """Return what the later rows of an NHS body are: nothing in the model stops what piles up."""
    if kind not in PILES_UP or not any(past(results, year) for year in results.compiled.years):
        return ""
    return (
        f" Past the settlement nothing in the model stops {PILES_UP[kind][1]} from growing, and no real body would be left so: those rows "
        "say what would come *if nothing were done about it* beyond what managers here can do."
    )


def _table(results: Results, agency: str, view: str, columns: Sequence[tuple[str, _Told]]) -> str:
    heads = " | ".join(head for head, _ in columns)
    rows = [f"**{TITLES[view]}** (£m)", "", f"| Year | {heads} |", f"| --- |{' ---: |' * len(heads.split(' | '))}"]
    divided = results.body(agency).kind not in PILES_UP
    for year in results.compiled.years:
        if past(results, year) and not divided:
            rows.append(f"| {UNDONE} |{'  |' * len(heads.split(' | '))}")
            divided = True
        cells = " | ".join(told(results, agency, view, year) for _, told in columns)
        rows.append(f"| {year_label(results, agency, year)} | {cells} |")
    return "\n".join(rows)


def net_risk(results: Results, view: str = "after_action") -> str:
    """Return the net-risk table of NHS bodies for the budget year: likely, with best and worst; nothing without one."""
    table, year = results.net_risk, str(results.scenario.budget_year)
    if table.empty:
        return ""
    rows = [f"| {TITLES[view]}, {year}, £m | {' | '.join(NET_RISK.values())} |", f"| --- |{' ---: |' * len(NET_RISK)}"]
    held = table[(table["view"] == view) & (table.year == year)].to_dict("records")
    spread = {(row["agency"], row["measure"]): _spread(row) for row in held}
    for body in results.scenario.bodies:
        if (body.id, "net_risk") in spread:
            told = " | ".join(spread[body.id, measure] for measure in NET_RISK)
            rows.append(f"| {cell(body.name)} | {told} |")
    return "\n".join(rows) + (
        f"\n\nEach cell: **likely** (best to worst), £m against the body's own plan, {TITLES[view].lower()}, as at {day(results)}, "
        f"{results.paths:,} futures, the year to {horizon(results)}. Sign rule: above nought is worse than plan, so gross risk, net risk, "
        "run-rate and underlying above nought are bad; mitigation and support above nought help. Likely is the middle future, best and "
        "worst are what 1 future in 10 lies beyond, of each column by itself: likely figures do not add across, means do "
        "(`tables/net_risk.csv`). *Gross risk* is the gap less savings delivered, against plan; *mitigation* is controls, one-off cover, "
        "contingency and what other bodies bring; *net risk* is what is left. *Run-rate* leaves out what came once; *underlying* leaves "
        "out savings that do not last."
    )


def _spread(row: dict[Hashable, Any]) -> str:
    """Return a measure's likely amount with its best and worst."""
    likely, best, worst = (_number(row[part] / 1e6) for part in ("likely", "best", "worst"))
    return f"**{likely}** ({best} to {worst})"
