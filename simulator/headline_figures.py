"""Four figures at the head of the first page: a chance, a year, headroom, and how many assumptions lack a reason."""

from __future__ import annotations

from typing import NamedTuple

from simulator.answers import Answers
from simulator.figure_words import OUTCOMES
from simulator.place import LocalAuthority
from simulator.place_words import LEADS
from simulator.plain_english import chance_row, day, in_a_hundred, share_interval, year_end
from simulator.register import register, unreasoned
from simulator.shift_brief import ShortAnswer
from simulator.shift_cells import pounds
from simulator.shift_words import by_sampling, start_year

CHANCE = {"icb": "missed_by_half_percent", "trust": "missed_by_half_percent", "vcse": "insolvent"}
"""The gravest outcome that is asked of a body first, by its kind; of a local authority a gap it cannot meet."""
FLOOR = {"icb": "missed_plan", "trust": "needs_cash_support", "vcse": "reserves_below_floor"}
"""What first befalls what a body holds, by its kind; of a local authority its fund below its minimum."""
LABELS = {
    "unfunded_gap": "Gap it cannot meet", "missed_by_half_percent": "Off plan by more than it may",
    "insolvent": "It fails", "reserves_below_minimum": "Reserves below the floor", "missed_plan": "Plan missed",
    "needs_cash_support": "Cash support needed", "reserves_below_floor": "Reserves below the floor",
}  # fmt: skip


class Figure(NamedTuple):
    """One figure: what it is, its value, what to read beneath it, and its definition, unit and source."""

    label: str
    value: str
    beneath: str
    about: str


def figures(now: Answers, agency: str, view: str, room: ShortAnswer | None) -> tuple[Figure, ...]:
    """Return the four figures of a body in a view; `room` is the headroom of the place, if it was found."""
    return _chance(now, agency, view), _year(now, agency, view), _headroom(room), _unreasoned(now)


def about(now: Answers, agency: str, view: str, room: ShortAnswer | None) -> str:
    """Return in a line what the four figures are of: view, futures and date, where they part from what is above."""
    said = f"{LEADS[view]}, {now.paths:,} futures, as at {day(now)}; 95% sampling intervals in brackets."
    if view == "after_action" and isinstance(now.body(agency), LocalAuthority):
        said += " The answers above are of the plan as approved instead, on which nobody acts."
    if room:
        said += f" Headroom is of the whole place, after managers respond, on {room.found.paths:,} futures."
    return said


def _chance(now: Answers, agency: str, view: str) -> Figure:
    outcome, year = CHANCE.get(now.body(agency).kind, "unfunded_gap"), str(now.scenario.budget_year)
    row = chance_row(now, agency, outcome, view, f"by {year}")
    return Figure(
        LABELS[outcome],
        _short(in_a_hundred(row.probability)),
        f"by {year_end(year)} ({share_interval(row.low95, row.high95)})",
        f"Futures in 100 of this: {OUTCOMES[outcome].lower()}, in any year to {year_end(year)}. {_of(now, view)}",
    )


def _short(told: str) -> str:
    """Return a chance in the few letters that a figure has room for."""
    told = told.removesuffix(" futures").removesuffix(" of the futures drawn")
    return told.replace("fewer than 1", "under 1").replace("more than 99", "over 99")


def _year(now: Answers, agency: str, view: str) -> Figure:
    """Return the first year by whose end it has happened in half of all futures, the median of the first years."""
    outcome, years = FLOOR.get(now.body(agency).kind, "reserves_below_minimum"), now.compiled.years
    by_then = [chance_row(now, agency, outcome, view, f"by {year}") for year in years]
    last = by_then[-1]
    ends = share_interval(1 - last.high95, 1 - last.low95)
    value, beneath = "Later", f"than {years[-1]} in {in_a_hundred(1 - last.probability)} ({ends})"
    if last.probability >= 0.5:
        value, row = next((year, row) for year, row in zip(years, by_then, strict=True) if row.probability >= 0.5)
        told = f"{_short(in_a_hundred(row.probability))} by its end ({share_interval(row.low95, row.high95)})"
        beneath = f"first, in the middle future; {told}"
    return Figure(
        LABELS[outcome],
        value,
        beneath,
        f"The first year by whose end half of all futures have had this: {OUTCOMES[outcome].lower()}. {_of(now, view)}",
    )


def _of(now: Answers, view: str) -> str:
    return f"{LEADS[view]}, {now.paths:,} futures, as at {day(now)}; worked out from the scenario's assumptions."


def _headroom(room: ShortAnswer | None) -> Figure:
    label, means = "Headroom for prevention", (
        "The greatest yearly sum that can move into the programmes proposed while no body's duties become much less "
        "safe in any year, at full scale and in prices of the base year, of the whole place, after managers respond. "
        "Found on the Headroom page."
    )  # fmt: skip
    if room is None:
        return Figure(label, "Not run", "see the page Headroom", means)
    found = room.found
    size = found.size if found.at_headroom else 0.0
    beneath = f"a year from {start_year(found)}, at {found.scenario.base_year} prices ({by_sampling(found.after)})"
    return Figure(label, pounds(size), beneath, means)


def _unreasoned(now: Answers) -> Figure:
    entries = register(now.scenario)
    return Figure(
        "Without a reason",
        f"{len(unreasoned(entries)):,}",
        f"of {len(entries):,} assumptions",
        "Numbers that no published text or sum stands behind and that give no reason, counted in the scenario's own "
        "register. Each can be given one on the page Assumptions.",
    )
