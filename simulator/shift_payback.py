"""When a shift has paid back: by body with its chances, and the place as one year by year."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.place_words import drawn
from simulator.plain_english import Words
from simulator.pockets import Payback
from simulator.shift_cells import Cells, cells, short_chance, total
from simulator.shift_frames import ALONE, Subject
from simulator.shift_report import Bought
from simulator.shift_return_words import crossed
from simulator.shift_shown import BARELY, subject
from simulator.shift_words import name
from simulator.summary import quantiles

TOGETHER = "The place as one"
READ = (
    "P50, P80: in half of all futures, and in four of five, it is never further out of pocket; in year: when that is, "
    "in the middle future."
)


class Paybacks(NamedTuple):
    """When each payer has its money back: headings, rows of cells, and the years from the start that are told."""

    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    windows: tuple[int, ...]


def paybacks(report: Bought) -> Paybacks:
    """Return when each payer has its money back, the place as one last where it is more than one body."""
    windows = tuple(w for w, found in report.payback[-1].chances.items() if found is not None)
    paid = report.gathered.purses.invest.mean(axis=2).sum(axis=1)
    told = cells(max(one.peak[1] for one in report.payback))
    heads = (
        "Body", "Money back by, in the middle future", *(f"Within {w} years" for w in windows),
        f"Most out of pocket, {told.unit}: P50, P80", "In year",
    )  # fmt: skip
    rows = list[tuple[str, ...]]()
    for a, one in enumerate(report.payback):
        last = a == len(report.payback) - 1
        if (last and len(paid) > 2) or (not last and paid[a] > paid.sum() * BARELY):
            whose = f"**{TOGETHER}**" if last else name(report, a)
            rows.append((whose, *_row(report, one, windows, told)))
    return Paybacks(heads, rows, windows)


def _row(report: Bought, one: Payback, windows: tuple[int, ...], told: Cells) -> tuple[str, ...]:
    """Return one row: the year of crossing over, its chances, and how deep before."""
    years, start = report.compiled.years, report.terms.start
    by = years[start + one.p50 - 1] if one.p50 else f"not by {years[-1]}"
    chances = [short_chance(found) for w in windows if (found := one.chances[w]) is not None]
    when = years[start + one.peak_year[0] - 1] if one.peak_year else "–"
    return by, *chances, ", ".join(told(peak) for peak in one.peak), when


def beyond(report: Bought) -> str:
    """Return that nothing is reckoned beyond the years projected, where that leaves a chance out; else nothing."""
    late = [w for w, found in report.payback[-1].chances.items() if found is None]
    if not late:
        return ""
    return (
        f"The years projected end before {late[-1]} years are over; nothing is reckoned beyond them. "
        f"`--set years={report.terms.start + late[-1]}` projects so far."
    )


def payback_table(report: Bought) -> pd.DataFrame:
    """Return when each payer has its money back as a table."""
    found = paybacks(report)
    return pd.DataFrame(found.rows, columns=list(found.heads)).map(drawn)


def payback_about(report: Bought) -> str:
    """Return how to read the table of `payback_table`, what lies beyond its years, and of which futures it is."""
    about = subject(report)._replace(settlement_end=None)
    return f"{READ} {beyond(report)} {ALONE} {about.about(report.gathered.gains.shape[-1])}"


def for_file(table: pd.DataFrame) -> pd.DataFrame:
    """Return what `payback_table` makes as a file holds it, where nothing is bold."""
    return table.replace(r"^\*\*(.*)\*\*$", r"\1", regex=True)


class SoFar(NamedTuple):
    """Net gain of all bodies together since the start: a row a year in £m, Mean, Low and High, and its words."""

    frame: pd.DataFrame
    words: Words


def so_far(report: Bought) -> SoFar:
    """Return how far all bodies together are in or out of pocket by the end of each year, P10 to P90 about the mean."""
    about = subject(report)
    sums = report.gathered.gains.sum(axis=0).cumsum(axis=0)[about.start :] / 1e6
    low, high = quantiles(sums, (10, 90))
    frame = pd.DataFrame({"Year": about.run, "Mean": sums.mean(axis=1), "Low": low, "High": high})
    return SoFar(frame, _words(report, frame, about))


def _words(report: Bought, frame: pd.DataFrame, about: Subject) -> Words:
    deep, last = frame.iloc[int(np.argmin(frame.Mean))], frame.iloc[-1]
    headline = f"{crossed(report, about.names[0] if len(about.names) == 1 else TOGETHER)} in the middle future"
    measured = f"{about.place}: cash back less what is paid, all years so far, £m cash; below nought is out of pocket"
    how = (
        "How to read this: the line is the mean of all futures and the band 8 of 10 (P10 to P90); the shift has paid "
        f"back once the line is at nought and stays there. {ALONE} "
        f"{about._replace(settlement_end=None).about(report.gathered.gains.shape[-1])}"
    )
    least = "" if deep.Year == last.Year else f"{_out(float(deep.Mean))} at the end of {deep.Year}, "
    end = f"{_out(float(last.Mean))} at the end of {last.Year}"
    ends = f"{_out(float(last.Low))} to {_out(float(last.High))} in 8 futures of 10"
    return Words(headline, measured, how, f"{headline}. On average {least}{end} ({ends}).")


def _out(amount: float) -> str:
    """Return £m in words: `£2.1m out of pocket`."""
    return f"{total(abs(1e6 * amount))} {'out of pocket' if amount < 0 else 'in hand'}"


def so_far_table(found: SoFar) -> pd.DataFrame:
    """Return the figure's rows as a table in £m."""
    heads = ["By the end of", "Net gain so far, £m, mean", "One future in ten is below, £m", "One in ten is above, £m"]
    return found.frame.round(3).set_axis(heads, axis=1)
