"""Four figures at the head of the first page: a chance, a year, headroom, and how many assumptions lack a reason."""

from __future__ import annotations

from typing import NamedTuple

from simulator.answers import Answers
from simulator.figure_words import OUTCOMES
from simulator.money import in_millions
from simulator.place_words import LEADS
from simulator.plain_english import chance_row, day, in_a_hundred, share_interval, year_end
from simulator.register import register, unreasoned
from simulator.shift_brief import ShortAnswer

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


def figures(now: Answers, agency: str, view: str, headroom: float | None) -> tuple[Figure, ...]:
    """Return the four figures of a body in a view; `headroom` of the place in pounds a year, if it was found."""
    return _chance(now, agency, view), _year(now, agency, view), _headroom(headroom), _unreasoned(now)


def room_of(answer: ShortAnswer) -> float:
    """Return headroom in pounds a year as it was found."""
    return answer.found.size if answer.found.at_headroom else 0.0


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
    by_then = [float(chance_row(now, agency, outcome, view, f"by {year}").probability) for year in years]
    value, beneath = "Later", f"than {years[-1]} in {in_a_hundred(1 - by_then[-1])}"
    if by_then[-1] >= 0.5:
        value = next(year for year, share in zip(years, by_then, strict=True) if share >= 0.5)
        beneath = "first, in the middle future"
    return Figure(
        LABELS[outcome],
        value,
        beneath,
        f"The first year by whose end half of all futures have had this: {OUTCOMES[outcome].lower()}. {_of(now, view)}",
    )


def _of(now: Answers, view: str) -> str:
    return f"{LEADS[view]}, {now.paths:,} futures, as at {day(now)}; worked out from the scenario's assumptions."


def _headroom(pounds: float | None) -> Figure:
    about = (
        "The greatest yearly sum that can move into the programmes proposed while no body's duties become much less "
        "safe in any year, in £m cash a year, of the whole place. Found on the Headroom page."
    )
    if pounds is None:
        return Figure("Headroom for prevention", "Not run", "see the page Headroom", about)
    return Figure("Headroom for prevention", in_millions(pounds), "a year, as last found", about)


def _unreasoned(now: Answers) -> Figure:
    entries = register(now.scenario)
    return Figure(
        "Without a reason",
        f"{len(unreasoned(entries)):,}",
        f"of {len(entries):,} assumptions",
        "Numbers that no published text or sum stands behind and that give no reason, counted in the scenario's own "
        "register. Each can be given one on the page Assumptions.",
    )
