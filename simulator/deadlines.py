"""The last day on which a choice about a budget can still be made, and the law or practice that sets it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

from simulator.place import Agency, Council, LocalAuthority
from simulator.regimes.police import Police
from simulator.years import FinancialYear

Means = Literal["contingency", "reserve", "saving", "council_tax"]
MEANS: tuple[Means, ...] = ("contingency", "reserve", "saving", "council_tax")
MANY, SOME = timedelta(days=45), timedelta(days=30)
"""How long before the first dismissal consultation begins: 100 or more at one establishment, and 20 to 99."""
_DISMISSALS = "Trade Union and Labour Relations (Consolidation) Act 1992 section 188"
_NO_MORE = "a budget that is calculated again later may not raise more tax"


class Deadline(NamedTuple):
    """The last day on which something can be chosen, and in words what sets it."""

    day: date
    law: str


def deadline(body: Agency, means: Means, year: FinancialYear) -> Deadline:
    """Return the last day on which `means` can be chosen for the budget of `year`."""
    budget = _budget(body, year)
    if means == "reserve":
        law = (
            f"it has to be there as {year} opens: moved or made, within the body's own financial rules, before the "
            "last year closes; no law sets a date"
        )
        return Deadline(date(year.start, 3, 31), law)
    if means == "saving":
        return Deadline(budget.day, f"decided with the budget; {_staff(year)}")
    if means == "council_tax" and isinstance(body, Police):
        law = "the police and crime panel is told of the precept by 1 February (SI 2012/2271 regulation 3)"
        return Deadline(date(year.start, 2, 1), f"{law}, and {budget.law}")
    return budget


def in_words(day: date) -> str:
    """Return a day as people write it: `10 March 2027`."""
    return f"{day.day} {day:%B %Y}"


def _budget(body: Agency, year: FinancialYear) -> Deadline:
    """Return the last day on which the budget of a year can be set."""
    begins = date(year.start, 4, 1)
    if not isinstance(body, LocalAuthority):
        law = (
            "no law sets a date: the plan stands as the year begins, and each year's planning guidance of NHS England "
            "asks for it earlier"
        )
        return Deadline(begins - timedelta(days=1), law)
    if isinstance(body, Council) and body.class_ != "shire_county":
        law = f"council tax is set before 11 March (Local Government Finance Act 1992 sections 30 and 31A); {_NO_MORE}"
        return Deadline(date(year.start, 3, 10), f"{law} (section 37)")
    law = f"precepts are issued before 1 March (Local Government Finance Act 1992 sections 40 and 42A); {_NO_MORE}"
    return Deadline(date(year.start, 3, 1) - timedelta(days=1), f"{law} (section 49)")


def _staff(year: FinancialYear) -> str:
    """Return by when consultation on dismissals begins, so that a saving counts from the first day of a year."""
    begins = date(year.start, 4, 1)
    return (
        f"to save from {in_words(begins)} with 100 or more dismissals at one establishment consultation begins by "
        f"{in_words(begins - MANY)}, with 20 to 99 by {in_words(begins - SOME)}, and notice comes on top "
        f"({_DISMISSALS})"
    )
