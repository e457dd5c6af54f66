"""Words of the fans, of the waterfall and of the map of chances, and the plain names of outcomes."""

from __future__ import annotations

import pandas as pd

from simulator.answers import Answers
from simulator.money import HALF_PENNY, in_millions
from simulator.plain_english import HELD, NOUNS, TITLES, Words, central_words, day, fund, money_row, shortfall, year_end
from simulator.run import Results

OUTCOMES = {
    "reserves_below_minimum": "General fund below its minimum",
    "unfunded_gap": "A gap that usable reserves cannot meet",
    "usable_reserves_exhausted": "Usable reserves used up and not rebuilt",
    "needs_support": "Every reallocatable reserve used up: support needed",
    "s114_proxy": "Stand-in for a section 114 notice",
    "s114_if_support_always_late": "Section 114 stand-in, if support always came late",
    "duty_breached": "A duty or plan missed",
    "missed_plan": "Plan missed, while held to its own",
    "missed_by_half_percent": "Plan missed by more than the tolerance",
    "missed_break_even": "Break-even missed, while held to its own",
    "support_withheld": "Deficit support withheld",
    "needs_cash_support": "Cash run down: revenue support needed",
    "reserves_below_floor": "Free reserves below its own floor",
    "insolvent": "It can no longer pay its way, and fails",
}
"""Outcomes as rows of a figure name them, those of each kind of body from the likeliest to the gravest."""
_ROWS = {
    "icb": ("missed_plan", "missed_by_half_percent", "support_withheld"),
    "trust": ("missed_plan", "missed_by_half_percent", "support_withheld", "needs_cash_support"),
    "vcse": ("reserves_below_floor", "insolvent"),
}


def rows(kind: str) -> list[str]:
    """Return the outcomes that a map of chances of one body shows, by its kind."""
    return list(_ROWS.get(kind, tuple(OUTCOMES)[:5]))


BRANCHES = {
    "override extended": "The override goes on",
    "override absorbed": "Government absorbs most of it",
    "override falls_on_general_fund": "It falls on the general fund",
}
"""Each end of the high-needs override in plain words."""


def chance(probability: float) -> str:
    """Return a chance as short as it can be told: `12%`; never a false nought or certainty."""
    if probability in {0, 1}:
        return f"{probability:.0%}" if probability else "0"
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def millions(amount: float, sign: str = "") -> str:
    """Return pounds as a bare number of £m: `3.2`, or with the sign `+` `+3.2` and `-1.4`; never a false nought."""
    if abs(amount) < HALF_PENNY:
        return "0.0"
    tries = [f"{amount / 1e6:{sign},.{places}f}" for places in range(1, 10)]
    return next((text for text in tries if float(text.replace(",", ""))), "0.0")


def gap_words(results: Answers, agency: str) -> Words:
    """Return the words of the fan of the gap."""
    return _fan_words(results, agency, "gap", "Yearly gap before and after action, £m cash; above nought is short")


def plan_words(results: Answers, agency: str) -> Words:
    """Return the words of the fan of an NHS body's position against its plan, after savings, controls and support."""
    return _fan_words(results, agency, "off_plan", "Position against plan, £m cash; above nought is worse than plan")


def reserves_words(results: Answers, agency: str) -> Words:
    """Return the words of the fan of usable reserves."""
    share = results.council(agency).reserves.share("any")
    measured = f"General fund plus {share:.0%} of earmarked reserves at 31 March, £m cash"
    measured = measured.replace("General fund", fund(results.body(agency)).capitalize())
    return _fan_words(results, agency, "usable_reserves", measured)


def held_words(results: Answers, agency: str) -> Words:
    """Return the words of the fan of what a body holds: usable reserves, cash or free reserves."""
    measure = HELD[results.body(agency).kind]
    if measure == "usable_reserves":
        return reserves_words(results, agency)
    measured = {
        "cash": "Cash at 31 March, £m; it includes support by NHS England once drawn",
        "free_reserves": "Free reserves at 31 March, £m cash; at nought the charity can no longer pay its way",
    }
    return _fan_words(results, agency, measure, measured[measure])


def _fan_words(results: Answers, agency: str, measure: str, measured: str) -> Words:
    years, name, end = results.compiled.years, results.body(agency).name, results.scenario.rules.settlement_end
    until = str(end) if end and str(end) in years else years[-1]
    dates = (years[0], until, years[-1])
    first, then, last = (money_row(results, agency, measure, "before_action", year) for year in dates)
    after = money_row(results, agency, measure, "after_action", years[-1])
    noun, verb = NOUNS[measure], "go" if measure.endswith("reserves") else "goes"
    when = [f"in {year}" if measure in ("gap", "off_plan") else f"at {year_end(year)}" for year in dates]
    headline = (
        f"Before action, {noun} {verb} from {in_millions(first.p50)} {when[0]} to {in_millions(then.p50)} "
        f"{when[1]} in the middle future{_drawn(results, agency, measure, until)}"
    )
    if len(results.scenario.bodies) > 1:
        measured = f"{name}: {measured[0].lower()}{measured[1:]}"
    how = (
        "How to read this: half of all futures lie in the darkest band, 8 in 10 within the next and 9 in 10 within the "
        "palest; 1 in 10 lies outside.\n"
        f"{name}, {results.paths:,} futures, as at {day(results)}. The dashed line has {central_words(results)}. "
        + ("Past the dotted line funding is assumed." if until != years[-1] else "")
    )
    alt = (
        f"Two fan charts of {noun} of {name}, {years[0]} to {years[-1]}. Before action the middle future goes from "
        f"{in_millions(first.p50)} to {in_millions(last.p50)}, with 8 futures in 10 between {in_millions(last.p10)} "
        f"and {in_millions(last.p90)} in {years[-1]}; after action it ends at {in_millions(after.p50)}, between "
        f"{in_millions(after.p10)} and {in_millions(after.p90)}."
    )
    return Words(headline, measured, how, alt)


def _drawn(results: Answers, agency: str, measure: str, year: str) -> str:
    """Return what of a trust's cash is support by then: without it cash would not stand where it does."""
    if measure != "cash":
        return ""
    drawn = money_row(results, agency, "revenue_support", "before_action", year).p50
    return f", with {in_millions(drawn)} of support drawn by then"


def held_together(results: Answers) -> str:
    """Return in which years trusts are tested by their system's total and so show nought; nothing where in none."""
    regimes = zip(results.compiled.years, results.compiled.nhs_regime, strict=True)
    years = [year for year, regime in regimes if regime == "system"]
    if not years or all(body.kind != "trust" for body in results.scenario.bodies):
        return ""
    return f" In {', '.join(years)} trusts are tested by their system's total, not by themselves."


def waterfall_words(frame: pd.DataFrame, body_name: str, base_year: str, year: str, case: str = "") -> Words:
    """Return the words of a waterfall of the gap; `case` says which future it shows, such as `central case`."""
    moves = frame[(frame.kind == "move") & (frame.amount.abs() >= HALF_PENNY)]
    start, end = float(frame.amount.iloc[0]), float(frame.amount.iloc[-1])
    parts = [
        f"what {verb} the gap {does} {in_millions(some.amount.abs().sum())} ({_largest(some)})"
        for verb, does, some in (
            ("widens", "adds", moves[moves.amount > 0]),
            ("narrows", "brings", moves[moves.amount < 0]),
        )
        if len(some)
    ]
    headline = f"By {year} {'; '.join(parts)}" if parts else f"Nothing moves the gap between {base_year} and {year}"
    measured = f"Yearly gap, {base_year} to {year}, £m cash; right of nought is short" + (f"; {case}" if case else "")
    how = (
        "How to read this: from the top, each step starts where the one above it ended; a plain bar widens the gap, a "
        "hatched one narrows it.\n"
        f"{body_name}. Steps of nought are left out. Amounts are rounded, so they may not add up to the last figure."
    )
    steps = "; ".join(f"{step}, {millions(amount, '+')}" for step, amount in zip(moves.step, moves.amount, strict=True))
    alt = (
        f"A waterfall of the yearly gap of {body_name}, from {_standing(start)} in {base_year} to {_standing(end)} in "
        f"{year}. " + (f"Steps in £m: {steps}." if steps else "No step moves it.")
    )
    return Words(headline, measured, how, alt)


def override_words(results: Results, agency: str) -> Words:
    """Return the words of the fans under each end of the high-needs override, at the first year without it."""
    name, end = results.council(agency).name, results.scenario.rules.high_needs_override
    years = results.compiled.years
    year = str(end.ends) if end and str(end.ends) in years else years[-1]
    table = results.conditional
    rows = table[(table.agency == agency) & (table.measure == "usable_reserves") & (table.year == year)]
    middle = {branch: float(amount) for branch, amount in zip(rows.branch, rows.p50, strict=True)}
    told = [in_millions(middle[branch]) for branch in BRANCHES]
    headline = (
        f"At {year_end(year)} the middle future holds {told[0]} of usable reserves if the high-needs override goes on, "
        f"{told[1]} if most is absorbed and {told[2]} if it falls on the council"
    )
    measured = f"{name}: usable reserves at 31 March after action, £m cash; three futures on a condition, not averaged"
    how = (
        "How to read this: the same futures are drawn in each panel; only the national decision differs, and no chance "
        "is put on it.\nHalf of all futures lie in the darkest band, 8 in 10 in the next and 9 in 10 in the palest."
    )
    return Words(headline, measured, how, f"Three fan charts of usable reserves of {name}. {headline}.")


def _largest(moves: pd.DataFrame) -> str:
    """Return the largest of several moves with its amount, or the only one."""
    row = moves.iloc[int(moves.amount.abs().argmax())]
    return str(row.step) if len(moves) == 1 else f"largest: {row.step}, {in_millions(abs(row.amount))}"


def _standing(gap: float) -> str:
    return "balance" if abs(gap) < HALF_PENNY else shortfall(gap)


def heat_words(frame: pd.DataFrame, subject: str, settlement_end: str | None = None, about: str = "") -> Words:
    """Return the words of a map of chances.

    `subject` is what the rows share: the body's name when rows are outcomes, the outcome when rows are bodies.
    `about` says what the chances rest on, such as `10,000 futures, as at 22 November 2026`. The headline quotes no
    chance past the settlement, where funding is assumed, unless every year is past it.
    """
    years = sorted(set(frame.Year))
    quoted = [year for year in years if not settlement_end or year <= settlement_end] or years
    headline = _highest(frame[frame.Year.isin(quoted)])
    measured = f"{subject}: chance in each single year, which is not the chance by that year"
    past = settlement_end is not None and quoted[-1] < years[-1]
    how = (
        "How to read this: each cell is the share of futures in which it happens in that year. 0 is in none, "
        "<1% in some but fewer than 1 in 100.\n"
        f"{about or subject}." + (" Past the dotted line funding is assumed." if past else "")
    )
    views = " and ".join(view.lower() for view in _views(frame))
    alt = (
        f"A table of chances by year, {years[0]} to {years[-1]}, {views}: {subject}. "
        f"Rows: {', '.join(frame.Row.drop_duplicates())}. {headline}."
    )
    return Words(headline, measured, how, alt)


def _views(frame: pd.DataFrame) -> list[str]:
    return [view for view in TITLES.values() if view in set(frame.View)]


def _highest(frame: pd.DataFrame) -> str:
    """Return the highest chance of each view in a sentence, with where it is found; a place is not said twice."""
    span = f"in {frame.Year.min()}" if frame.Year.nunique() == 1 else f"in any one year to {frame.Year.max()}"
    if frame.Chance.max() == 0:
        return f"In none of the futures drawn does any of it happen {span}"
    found, said = [], ""
    for view in _views(frame):
        rows = frame[frame.View == view]
        row = rows.iloc[int(rows.Chance.argmax())]
        where = f" ({row.Row}, {row.Year})" if row.Chance else ""
        found.append(f"{chance(row.Chance)} {view.lower()}{where if where != said else ''}")
        said = where
    return f"The highest chance {span} is {' and '.join(found)}"
