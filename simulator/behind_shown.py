"""The futures behind one chance as a page shows them: how many, what they have in common, three of them by year."""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1

import pandas as pd

from simulator.answers import Answers
from simulator.behind import Behind, Example
from simulator.compiled import Floats
from simulator.figure_words import OUTCOMES, rows
from simulator.money import in_millions
from simulator.place_words import LEADS, escaped
from simulator.plain_english import NOUNS, chance_row, day, in_a_hundred, share_interval

MOST_SHARED = 6
"""How many things a table of what futures have in common names."""
LEAST_APART = 0.1
"""Standard deviations below which a difference is not told: a judgement, of what a reader would act on."""
DEGREES = ("A mild one", "A middling one", "A bad one")
WHAT, MISSED, REST, APART = "What", "Where it is missed", "In the rest", "Apart, in standard deviations (95%)"


def cells(now: Answers, agencies: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Return body and outcome of every row of the map of chances, by the name of the row.

    Rows are bodies, or the outcomes of the only body of a place.
    """
    if len(now.scenario.bodies) == 1:
        body = now.scenario.bodies[0]
        known = set(now.chances[now.chances.agency == body.id].outcome)
        return {OUTCOMES[one]: (body.id, one) for one in rows(body.kind) if one in known}
    names = [now.body(one).name for one in agencies]
    return {
        name if names.count(name) == 1 else f"{name} ({one})": (one, "duty_breached")
        for one, name in zip(agencies, names, strict=True)
    }


def headline(found: Behind) -> str:
    """Return in how many futures it happens, with its sampling error, as text without markup."""
    now = found.answers
    row = chance_row(now, found.agency, found.outcome, found.view, found.year)
    said = OUTCOMES[found.outcome]
    what = " misses its duty or plan" if found.outcome == "duty_breached" else f": {said[0].lower()}{said[1:]}"
    chance = f"{in_a_hundred(row.probability)} ({share_interval(row.low95, row.high95)})"
    who = f"{LEADS[found.view]}, {now.body(found.agency).name}"
    return f"{who}{what} in {found.year} in {found.missed:,} of {now.paths:,} futures: {chance}"


def nothing(found: Behind) -> str:
    """Return why nothing is told of futures that all, or none, miss; or nothing where something is."""
    if found.missed and found.missed < found.answers.paths:
        return ""
    return f"{'Every future' if found.missed else 'No future'} does, so there is nothing to set one against another."


def in_common(found: Behind) -> pd.DataFrame:
    """Return what was different on average in the futures that miss, furthest apart first; names are safe to draw."""
    told = [
        (
            escaped(one.name),
            _amount(one.missed, one.unit),
            _amount(one.rest, one.unit),
            f"{one.apart.value:+.2f} ({one.apart.low:+.2f} to {one.apart.high:+.2f})",
        )
        for one in found.shared
        if abs(one.apart.value) >= LEAST_APART and one.apart.low * one.apart.high > 0
    ]
    return pd.DataFrame(told[:MOST_SHARED], columns=[WHAT, MISSED, REST, APART])


def _amount(amount: float, unit: str) -> str:
    """Return a mean off the central path in its own unit, with its sign."""
    if unit == "growth":
        return f"{100 * expm1(amount):+.1f}%"
    if unit == "points":
        return f"{100 * amount:+.2f} points"
    return f"{'-' if amount < 0 else '+'}{in_millions(abs(amount), 2)}"


def in_common_about(found: Behind) -> str:
    """Return how the table of what futures have in common is read."""
    now = found.answers
    return (
        "Means, each against its own central path: prices, pay and volumes by how far their level stands off it in "
        f"{found.year}, money in cash from {now.compiled.years[0]} on. The last column sets futures that miss "
        "against all, over the spread between futures; what sampling alone could bring about, and what is less than "
        f"{LEAST_APART} apart, is left out. What is different together need not be the cause: prices and pay travel "
        f"together. {now.paths:,} futures, as at {day(now)}."
    )


def examples(found: Behind) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield three futures that miss: what each is, what strayed furthest on it, and its money by year in £m."""
    for degree, one in zip(DEGREES, found.examples, strict=False):
        yield degree, _strayed(found, one), by_year(found, one)


def _strayed(found: Behind, one: Example) -> str:
    begins = f"Future {one.path:,}, counted from nought."
    told = [f"{stray.name} {_amount(stray.amount, stray.unit)} ({stray.deviations:+.1f})" for stray in one.strayed]
    if not told:
        return f"{begins} Nothing by itself lay far off its usual in {found.year}."
    return (
        f"{begins} Furthest off its usual in {found.year}, against the central path and in brackets in standard "
        f"deviations: {'; '.join(told)}."
    )


def by_year(found: Behind, one: Example) -> pd.DataFrame:
    """Return one future year by year: the gap, what else is told, in £m, and whether it missed."""
    noun = NOUNS[found.measure].removeprefix("the ")
    return pd.DataFrame(
        {
            "Year": found.answers.compiled.years,
            "Gap, £m": _millions(one.gap),
            f"{noun[0].upper()}{noun[1:]}, £m": _millions(one.told),
            "Missed": ["missed" if missed else "" for missed in one.missed],
        }
    )


def _millions(amounts: Floats) -> list[str]:
    return [f"{amount / 1e6:,.1f}".replace("-0.0", "0.0") for amount in amounts]


def command(found: Behind, path: int, out: str) -> str:
    """Return the command that tells all that happened on one future, of a run kept in the folder `out`."""
    return f"headroom trace {out} --path {path} --year {found.year} --agency {found.agency}"
