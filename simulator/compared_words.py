"""Words of the app's comparison: who beats whom, how far apart two scenarios lie, and how to get the same figures."""

from __future__ import annotations

import shlex
from typing import NamedTuple

import pandas as pd

from simulator import place_captions, place_words
from simulator.answers import Answers
from simulator.compared_place import share
from simulator.comparison_page import days
from simulator.figure_words import waterfall_words
from simulator.money import in_millions
from simulator.place import Agency
from simulator.place_tables import HIGH, LOW, MIDDLE
from simulator.place_words import LEADS, title
from simulator.plain_english import NOUNS, Words, central_words, day, in_a_hundred, interval, past, year_end

LETTERS = "ABCD"
"""What the scenarios of a comparison are called, in the order chosen."""
MEASURES = place_captions.MEASURES | {"off_plan": "Against plan", "owed": "What it owes"}
MEASURED = place_captions.MEASURED | {
    "off_plan": "position against its own plan of the year, £m cash; above nought is worse than plan",
    "owed": "overspends still to be repaid at 31 March, £m cash; above nought is owed",
}
LOWER = ("gap", "off_plan", "owed")
"""Measures of which less is better; of all others that are compared more is."""
_NOUNS = NOUNS | {"owed": "what it owes"}
_MORE = {"icb": ("off_plan", "owed"), "trust": ("off_plan",)}


class Source(NamedTuple):
    """What a scenario is made from, as the command line takes it."""

    file: str
    overlays: tuple[str, ...]
    settings: tuple[str, ...]


class Look(NamedTuple):
    """What of two scenarios is looked at."""

    agency: str
    measure: str
    view: str
    year: str


def measures(body: Agency) -> tuple[str, ...]:
    """Return the measures of a body that can be compared: those with a fan, and the NHS's own."""
    return (*place_words.measures(body), *_MORE.get(body.kind, ()))


def about(a: Answers, b: Answers) -> str:
    """Return what two scenarios share: their futures, dates and years, and what a difference is."""
    return (
        f"As at {days(a, b)}, {a.paths:,} futures, seed {a.seed}, {a.compiled.years[0]} to {a.compiled.years[-1]}. Every scenario meets the same "
        "luck, future by future, so a difference is surer than either figure. Evidence, not an opinion: the judgement stays each chief "
        "finance officer's."
    )


def subject(a: Answers, look: Look) -> str:
    """Return what is compared: the body, measure, year and view, and which way is better."""
    better = "lower" if look.measure in LOWER else "higher"
    when = look.year if look.measure in ("gap", "off_plan") else f"at {year_end(look.year)}"
    return (
        f"{title(a.body(look.agency))}: {MEASURED[look.measure]}. {LEADS[look.view]}, {when}{past(a, look.year)}, as at "
        f"{day(a)}; {better} is better."
    )


def beats(row: pd.Series, first: str, second: str) -> str:
    """Return in how many futures one scenario beats another: `**B beats A in 71 in 100 futures** (69.0% to 73.0% ...)`.

    `row` is one of `comparison.paired`; better by less than half a penny is no better.
    """
    if row.b_better == row.a_better == 0:
        return _same(row, first, second)
    better, worse = (share(found, row.paths) for found in (row.b_better, row.a_better))
    return (
        f"**{second} beats {first} in {in_a_hundred(better.probability)}** ({interval(better)}), and {first} beats {second} in "
        f"{in_a_hundred(worse.probability)} ({interval(worse)}). {_moved(row, first, second)}"
    )


def _same(row: pd.Series, first: str, second: str) -> str:
    """Return that nothing differs, and how far from nought the difference and its interval are: exactly, if at all."""
    told = f"**{second} and {first} are the same to the penny in every future drawn.**"
    exact = not row[["mean", "low95", "high95"]].any()
    return f"{told} {second} less {first} is {'exactly ' if exact else ''}{_moved_by(row)}." if row.paths > 1 else told


def _moved_by(row: pd.Series) -> str:
    mean, low, high = (in_millions(row[part], 2) for part in ("mean", "low95", "high95"))
    return f"{mean} on average ({low} to {high} with sampling error)"


def _moved(row: pd.Series, first: str, second: str) -> str:
    """Return how far apart two scenarios lie: the mean with its interval, and the range of 8 futures in 10."""
    by = _moved_by(row) if row.paths > 1 else f"{in_millions(row['mean'], 2)} (too few futures to say how sure)"
    low, middle, high = (in_millions(row[part], 2) for part in ("p10", "p50", "p90"))
    return f"{second} less {first} is {by}, {middle} in the middle and {low} to {high} in 8 futures of 10."


def difference_words(a: Answers, table: pd.DataFrame, look: Look, letters: tuple[str, str]) -> Words:
    """Return the words of the fan of differences; `table` is one of `compared_tables.difference_fan`, in £m."""
    first, second = letters
    at, last = table[table.Year == look.year].iloc[0], table.iloc[-1]
    better = "below" if look.measure in LOWER else "above"
    noun = f"{_NOUNS[look.measure]} of {a.body(look.agency).name}"
    headline = f"{second} less {first}: {_range(at)} on {noun} in {look.year}"
    how = (
        f"How to read this: each future of {second} is set against the same future of {first}, and the fan holds the differences. {better.capitalize()} "
        f"nought {second} is better. Half of all futures lie in the narrowest band, 8 in 10 within the next and 9 in 10 within the "
        f"widest. {LEADS[look.view]}, {a.paths:,} futures, as at {day(a)}.{_assumed(a)}"
    )
    alt = f"Fan chart of differences, {table.Year.iloc[0]} to {last.Year}. {headline}; in {last.Year} {_range(last)}."
    return Words(headline, f"{second} less {first}, £m cash", how, alt)


def fan_alt(run: Answers, table: pd.DataFrame, look: Look, letter: str) -> str:
    """Return the text alternative of one of the fans side by side, which is what it says."""
    at, last = table[table.Year == look.year].iloc[0], table.iloc[-1]
    noun = f"{_NOUNS[look.measure]} of {run.body(look.agency).name}"
    ends = "" if at.Year == last.Year else f"; in {last.Year} {_range(last)}"
    return f"{letter}, {LEADS[look.view].lower()}: {noun} in {look.year} {_range(at)}{ends}."


def fans_how(run: Answers, look: Look) -> str:
    """Return how the fans side by side are read."""
    return (
        "How to read these: all stand on one scale. Half of all futures lie in the narrowest band, 8 in 10 within the next and 9 in 10 "
        f"within the widest. The dashed line has {central_words(run)}. {LEADS[look.view]}, {run.paths:,} futures, as at "
        f"{day(run)}.{_assumed(run)}"
    )


def _assumed(run: Answers) -> str:
    """Return what the dotted line of a fan says, where there is one."""
    settled = place_captions.settled(run)
    return f" Past {settled}, the dotted line, funding is assumed." if settled else ""


def _range(row: pd.Series) -> str:
    middle, low, high = (in_millions(1e6 * row[name], 2) for name in (MIDDLE, LOW.format(80), HIGH.format(80)))
    return f"{middle} in the middle, {low} to {high} in 8 futures of 10"


def why_words(a: Answers, frame: pd.DataFrame, look: Look, letters: tuple[str, str]) -> Words:
    """Return the words of the waterfall from one scenario's average gap to another's, interaction told as indicative.

    `frame` is one of `comparison_page.stepped`.
    """
    first, second = letters
    name, at = a.body(look.agency).name, f"average gap in {look.year}, {LEADS[look.view].lower()}"
    told = waterfall_words(frame, name, first, second, at)
    how = (
        f"How to read this: from the average gap of {first} down to that of {second}, each bar starts where the one above it ended; one that "
        "adds (+) widens the gap, one that takes off (-) narrows it. The scale need not begin at nought. The bar of prices and demand together is indicative: it is what neither explains alone, and sharing it out another "
        "way would move the bars about it. Steps below £0.005m are left out. "
        f"{LEADS[look.view]}, averages of {a.paths:,} futures, as at {day(a)}. Averages have a sampling error: none is "
        "shown of each step; that of all together stands above, under “Who beats whom”, with the measure on the gap."
    )
    headline = told.headline.replace(f"By {second} ", f"From {first} to {second} ", 1)
    return Words(headline, told.measured.replace("right of nought is short", "above nought is short"), how, told.alt)


def chances_about(a: Answers, look: Look) -> str:
    """Return whose chances a table has, in which view, and how its last column is read."""
    return (
        f"{title(a.body(look.agency))}, {LEADS[look.view].lower()}, {a.paths:,} futures, as at {day(a)}. The share of futures in which it happens "
        f"in any year up to {year_end(look.year)}, with its sampling error; the last column is the difference on the same futures, with "
        "its own."
    )


def place(parts: list[str]) -> str:
    """Return what `compared_place.parts` tells of the place, as Markdown that Streamlit draws: smaller heads, no signs.

    The line under a table's head keeps its colons, which set how its columns stand and come of no name.
    """
    lines = "\n\n".join(parts).replace("## ", "#### ", 1).splitlines()
    return "\n".join(line if set(line) <= set("|-: ") else place_words.drawn(line) for line in lines)


def commands(a: Source, b: Source, paths: int) -> str:
    """Return the commands that give the same figures of a pair.

    Where A is a file as it stands and B lies over the same file one command does it; else each is run and kept first.
    """
    if a == Source(a.file, (), ()) and a.file == b.file:
        return shlex.join(["headroom", "compare", a.file, *_laid(b), "--paths", str(paths)])
    lines = [
        shlex.join(["headroom", "run", one.file, *_laid(one), "--paths", str(paths), "--out", f"out/{name}"])
        for one, name in ((a, "a"), (b, "b"))
    ]
    return "\n".join([*lines, "headroom compare out/a out/b"])


def _laid(one: Source) -> list[str]:
    laid = [part for overlay in one.overlays for part in ("--with", overlay)]
    return [*laid, *(part for setting in one.settings for part in ("--set", setting))]
