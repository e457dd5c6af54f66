"""Words of the three answers for a budget, a line each, as the first screen of a place with a council tells them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator.deadlines import in_words
from simulator.evidence_words import as_at
from simulator.money import in_millions
from simulator.paired import Paired
from simulator.plain_english import fund, in_a_hundred, share_interval
from simulator.three_answers import ThreeAnswers

UNCOUNTED = "No contingency is entered, so none is counted."


def title(found: ThreeAnswers) -> str:
    """Return whose budget the answers are of, and of which year."""
    return f"The budget of {found.body.name}, {found.price.year}"


def lines(found: ThreeAnswers) -> Iterator[str]:
    """Yield the three answers as Markdown without names: coming back in-year, reserves at the end, what £1m buys."""
    yield _back(found)
    yield _held(found)
    yield _bought(found)


def _back(found: ThreeAnswers) -> str:
    test, year = found.back, found.price.year
    assert test.value is not None and test.low is not None and test.high is not None
    said = (
        f"**Coming back in-year**: {year} costs more than its contingency, usable earmarked reserves and the "
        f"{fund(found.body)} above its minimum can meet in **{in_a_hundred(test.value)}** "
        f"({share_interval(test.low, test.high)})."
    )
    return said if found.counted else f"{said} {UNCOUNTED}"


def _held(found: ThreeAnswers) -> str:
    body, below = fund(found.body), found.price.below
    assert below
    usable, general = (_row(found, measure) for measure in ("usable_reserves", "gf_unallocated"))
    was = below.before
    return (
        f"**Usable reserves at the plan's end**, {found.end}: **{in_millions(usable.p50)}** in the middle future, "
        f"{in_millions(usable.p10)} to {in_millions(usable.p90)} in 8 futures of 10. The {body} is below its minimum "
        f"({in_millions(general.minimum)} then) by that day in {in_a_hundred(was.probability)} "
        f"({share_interval(was.low, was.high)})."
    )


def _row(found: ThreeAnswers, measure: str) -> pd.Series:
    """Return the row of a measure at the plan's end."""
    row: pd.Series = found.held[found.held.measure == measure].iloc[0]
    return row


def _bought(found: ThreeAnswers) -> str:
    price = found.price
    assert price.back and price.below and price.last_day
    until = f"can be set aside until {in_words(price.last_day)}" if price.open else "can no longer be set aside"
    return (
        f"**£1m more contingency** for {price.year}, as new money, takes **{_points(price.back)}** off the chance of "
        f"coming back in-year, and {_points(price.below)} off that of a {fund(found.body)} below its minimum by "
        f"{found.end}. It {until}."
    )


def _points(off: Paired) -> str:
    if off.points == off.low == off.high == 0:
        return "nothing"
    return f"{100 * off.points:.1f} points ({100 * off.low:.1f} to {100 * off.high:.1f})"


def about(found: ThreeAnswers) -> str:
    """Return what the three answers are of: whose plan, on which view, to when, as at when, on how many futures."""
    return (
        f"On the plan as approved (nobody acts on what turns out), to {found.end}; as at "
        f"{as_at(found.scenario)}, {found.paths:,} futures, 95% sampling intervals in brackets, money in cash. "
        "Contingency found within the same budget moves money and leaves this chance as it is. The Evidence page has "
        "the whole of it."
    )
