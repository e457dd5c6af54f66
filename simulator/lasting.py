"""How long reserves last: the share of futures in which what a body holds still carries it, by year."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from simulator.answers import Answers
from simulator.place_words import LEADS, title
from simulator.plain_english import Words, chance_row, day, in_a_hundred, year_end

YEAR, LASTS, LOW, HIGH = "Year", "Futures in 100 in which it lasts", "Low (95%)", "High (95%)"


class _Holds(NamedTuple):
    """What a body holds, in words, the outcome that ends it, and that in words."""

    held: str
    outcome: str
    ends: str
    they: str
    last: str


USABLE = _Holds("usable reserves", "unfunded_gap", "a gap opens that they cannot meet", "they are", "last")
OF_KIND = {
    "trust": _Holds("cash", "needs_cash_support", "it is run down and support is needed", "it is", "lasts"),
    "vcse": _Holds("free reserves", "insolvent", "the body can no longer pay its way", "they are", "last"),
    "icb": None,
}
"""What carries a body, by its kind; of a local authority usable reserves, of an integrated care board nothing."""


class Lasting(NamedTuple):
    """The curve of one body, in futures in 100, a row a projected year, with its words."""

    frame: pd.DataFrame
    words: Words


def lasting(now: Answers, agency: str, view: str) -> Lasting | None:
    """Return how long what a body holds lasts in a view; nothing for a body that may hold nothing.

    It lasts while no projected year has ended it, as chances by a year are counted all over the page.
    """
    holds = OF_KIND.get(now.body(agency).kind, USABLE)
    if holds is None:
        return None
    years = now.compiled.years
    gone = [chance_row(now, agency, holds.outcome, view, f"by {year}") for year in years]
    frame = pd.DataFrame(
        {
            YEAR: years,
            LASTS: [100 * (1 - float(row.probability)) for row in gone],
            LOW: [100 * (1 - float(row.high95)) for row in gone],
            HIGH: [100 * (1 - float(row.low95)) for row in gone],
        }
    )
    return Lasting(frame, _words(now, agency, view, holds, frame))


def _words(now: Answers, agency: str, view: str, holds: _Holds, frame: pd.DataFrame) -> Words:
    first, last = frame.iloc[0], frame.iloc[-1]
    name, shares = now.body(agency).name, [in_a_hundred(float(row[LASTS]) / 100) for row in (first, last)]
    gone = frame[frame[LASTS] < 50]
    middle = f"{holds.they} gone in {gone[YEAR].iloc[0]}" if len(gone) else f"{holds.they} there still"
    about = f"{LEADS[view]}, {now.paths:,} futures, as at {day(now)}"
    headline = (
        f"{LEADS[view]}, {holds.held} of {name} {holds.last} to {year_end(str(last[YEAR]))} in {shares[1]}; in the "
        f"middle future {middle}"
    )
    return Words(
        headline,
        f"{title(now.body(agency))}: futures in 100 in which {holds.held} {holds.last} to the end of each year",
        f"How to read this: the line falls as, in one future after another, {holds.ends}. The band is the 95% sampling "
        f"interval. {about}.",
        f"A falling line. {headline}. To the end of {first[YEAR]} {holds.they} there in {shares[0]}.",
    )


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the curve as a table to read."""
    shown = {name: [f"{share:.1f}" for share in frame[name]] for name in (LASTS, LOW, HIGH)}
    return pd.DataFrame({YEAR: frame[YEAR], **shown})
