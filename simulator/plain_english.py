"""Words: results as a finance director would read them aloud, each chance with its whole sentence."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from math import isinf
from typing import NamedTuple

import pandas as pd

from simulator.answers import Answers
from simulator.compiled import Floats
from simulator.money import in_millions
from simulator.place import Agency
from simulator.run import Results
from simulator.variants import MEASURES, holders
from simulator.years import FinancialYear


class Words(NamedTuple):
    """What a figure says: headline, what is measured, how to read it, and its text alternative."""

    headline: str
    measured: str
    how_to_read: str
    alt: str


VIEW_WORDS = {
    "before_action": "before any new action (tax and savings as approved, shortfalls met from reserves and surpluses saved)",
    "after_action": "after managers respond",
}
UNTAXED = "before any new action (savings as approved, shortfalls met from what is held)"
TITLES = {"before_action": "Before action", "after_action": "After action"}
KINDS = {
    "council": "council",
    "police": "police authority",
    "fire": "fire authority",
    "combined_authority": "combined authority",
    "icb": "ICB",
    "trust": "trust",
    "vcse": "charity",
}
"""What a body of each kind is called in a sentence."""
HELD = {"trust": "cash", "vcse": "free_reserves"} | dict.fromkeys(
    ("council", "police", "fire", "combined_authority"), "usable_reserves"
)
"""The measure of what a body of each kind holds; an ICB holds nothing."""
NOUNS = {
    "gap": "the gap", "usable_reserves": "usable reserves", "cash": "cash", "free_reserves": "free reserves",
    "off_plan": "the position against plan",
}  # fmt: skip


def fund(body: Agency) -> str:
    """Return what a local authority calls the balance that its minimum stands for."""
    return "general reserve" if body.kind in ("police", "fire") else "general fund"


def in_a_hundred(probability: float) -> str:
    """Return a chance as people say it: `14 in 100 futures`; never a false nought or certainty."""
    if probability in {0, 1}:
        return f"{'all' if probability else 'none'} of the futures drawn"
    if probability < 0.005:
        return "fewer than 1 in 100 futures"
    if 0.995 <= probability < 1:
        return "more than 99 in 100 futures"
    # Below one in ten a whole number could lie outside its own sampling interval.
    return f"{probability * 100:.{1 if probability < 0.1 else 0}f} in 100 futures"


def cell(text: str) -> str:
    """Return text that cannot break a table or carry a link or markup."""
    for mark in "\\`*_[]<>|!#":
        text = text.replace(mark, f"\\{mark}")
    return text


def view_words(results: Answers, view: str, taxed: bool = True) -> str:
    """Return what a view assumes, with the years in which managers can still act; `taxed` is false of a body without tax."""
    if view == "before_action":
        return VIEW_WORDS[view] if taxed else UNTAXED
    return (
        f"{VIEW_WORDS[view]}: {'lawful tax and ' if taxed else ''}new savings from the budget of {results.scenario.budget_year}, controls on spending from "
        f"{max(results.scenario.open_year, results.scenario.first_year)}{', and a share of any surplus spent' if taxed else ''}"
    )


def central_words(results: Answers) -> str:
    """Return what befalls the central case: nothing, or only what the scenario itself states."""
    compiled = results.compiled
    stated = any(driver.surprise.any() for driver in compiled.drivers)
    certain = any(event.chance.max() > 0.5 for event in compiled.events)
    return "only the shocks the scenario states" if stated or certain else "no shock and no event"


def shortfall(gap: float) -> str:
    """Return a gap in a sentence: `£3.4m short`, or `a surplus of £3.4m`."""
    return f"a surplus of {in_millions(-gap)}" if gap < 0 else f"{in_millions(gap)} short"


def day(results: Answers) -> str:
    """Return the as-at date in words: `22 November 2026`."""
    known = results.scenario.as_at
    return f"{known.day} {known:%B %Y}"


def year_end(year: str) -> str:
    """Return the last day of a year in words: `31 March 2028`."""
    return FinancialYear.parse(year).end


def past(results: Answers, year: str) -> str:
    """Return the words that mark a year after the published settlement, nothing for one within it."""
    end = results.scenario.rules.settlement_end
    return " (past the settlement)" if end and year > str(end) else ""


def fifth_year(results: Answers) -> str:
    """Return the fifth projected year, or the last if there are fewer."""
    return results.compiled.years[min(5, results.compiled.horizon) - 1]


def switched(
    results: Results, agency: str, switch: str, year: str, outcome: str = "reserves_below_minimum"
) -> pd.Series:
    """Return the row of one switch by `year` for an outcome; by default a general fund below its minimum."""
    table = results.switches[results.switches.outcome == outcome]
    rows = table[(table.agency == agency) & (table.switch == switch) & (table.year == f"by {year}")]
    found: pd.Series = rows.iloc[0]
    return found


def chance_row(results: Answers, agency: str, outcome: str, view: str, year: str) -> pd.Series:
    """Return the row of the table of chances for one outcome, view and year (or `by` year)."""
    found: pd.Series = results.chances.iloc[results.chance_at[agency, outcome, view, year]]
    return found


def money_row(results: Answers, agency: str, measure: str, view: str, year: str) -> pd.Series:
    """Return the row of the table of measures for one measure, view and year."""
    found: pd.Series = results.agency_years.iloc[results.money_at[agency, measure, view, year]]
    return found


WIDEST_TABLE, WIDEST_CELL = 140, 36
"""Letters that a table on a terminal may be wide, and that its cells may be where it is wider."""
NEVER, ALWAYS = "under 0.1%", "over 99.9%"


def _share(probability: float) -> str:
    if 0.9995 <= probability < 1:
        return ALWAYS
    return NEVER if 0 < probability < 0.001 else f"{probability:.1%}"


def share_interval(low95: float, high95: float) -> str:
    """Return the ends of a chance's interval; ends that read the same are told once, and never as nought or certain."""
    low, high = _share(low95), _share(high95)
    if high == NEVER or low == ALWAYS:
        return NEVER if high == NEVER else ALWAYS
    return low if low == high else f"{low} to {high}"


def per_cent(row: pd.Series) -> str:
    """Return a chance with its 95% sampling interval: `13.7% (13.0% to 14.4%)`; none and all are never shown as sure."""
    if row.probability == 0:
        return f"none of {row.paths:,} (below {max(row.high95, 0.0001):.2%})"
    if row.probability == 1:
        return f"all of {row.paths:,} (above {min(row.low95, 0.9999):.2%})"
    return f"{_share(row.probability)} ({share_interval(row.low95, row.high95)})"


def widest(*rows: pd.Series) -> str:
    """Return the sampling error of several chances in words: the furthest any end of their intervals lies off."""
    off = max(max(row.probability - row.low95, row.high95 - row.probability) for row in rows)
    return f"sampling error at most {max(100 * off, 0.1):.1f} points"


def interval(row: pd.Series) -> str:
    """Return a chance's sampling error in words."""
    return f"{share_interval(row.low95, row.high95)} with sampling error"


def narrowed(results: Answers, agency: str) -> Answers:
    """Return a run with the rows of one body alone, so that many can be looked up in little time."""
    names = ("agency_years", "chances", "switches", "waterfall", "parts")
    tables = {name: getattr(results, name) for name in names}
    return replace(results, **{name: table[table.agency == agency] for name, table in tables.items() if len(table)})


def of_paths(results: Answers, agency: str, measure: str, view: str, year: str) -> Floats:
    """Return a measure of a body in one view and year on every path whose money is kept, in pounds."""
    compiled = results.compiled
    row = compiled.agency_ids.index(agency) - holders(compiled, MEASURES[measure]).start
    v = [one.name for one in results.views].index(view)
    found: Floats = results.kept[measure][v, row, compiled.years.index(year)]
    return found


def between(low: float, high: float) -> str:
    """Return the ends of an interval of money with what they are; ends that read the same are told once."""
    if isinf(low):
        return "too few futures to say how sure"
    ends = in_millions(low), in_millions(high)
    return f"{ends[0] if ends[0] == ends[1] else ' to '.join(ends)} with sampling error"


def for_terminal(page: str, width: int = 100) -> str:
    """Return a page of Markdown as plain text: paragraphs wrapped, tables aligned, marks taken out."""
    lines: list[str] = []
    rows: list[list[str]] = []
    for line in [*page.splitlines(), ""]:
        if line.startswith("| "):
            rows.append([_plain(text) for text in line.strip()[2:-2].split(" | ")])
            continue
        lines += _aligned([row for row in rows if not set(row[0]) <= {"-"}])
        rows = []
        plain = _plain(line)
        indent = "  " if line.startswith("- ") else ""
        lines += textwrap.wrap(plain, width, subsequent_indent=indent, break_on_hyphens=False) or [""]
    return "\n".join(lines)


def _plain(line: str) -> str:
    """Return a line without its marks; a mark that was escaped stays."""
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", re.sub(r"(?<!\\)[*`]", "", line))


def _aligned(rows: list[list[str]]) -> list[str]:
    """Return a table in columns; one too wide for any screen has its long cells on several lines."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    if sum(widths) + 2 * len(widths) <= WIDEST_TABLE:
        return ["  ".join(text.rjust(wide) for text, wide in zip(row, widths, strict=True)) for row in rows]
    parts = [[textwrap.wrap(text, WIDEST_CELL, break_on_hyphens=False) or [""] for text in row] for row in rows]
    widths = [max(len(line) for row in parts for line in row[i]) for i in range(len(widths))]
    return [
        "  ".join((cell[n] if n < len(cell) else "").rjust(wide) for cell, wide in zip(row, widths, strict=True))
        for row in parts
        for n in range(max(map(len, row)))
    ]
