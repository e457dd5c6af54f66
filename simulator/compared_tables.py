"""Tables of the app's comparison: each scenario against the first, differences by year, chances, and steps of why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from simulator import comparison
from simulator.answers import Answers
from simulator.compared_place import share
from simulator.compared_words import Look
from simulator.comparison_page import LOCAL, SHOWN, stepped
from simulator.figure_words import OUTCOMES
from simulator.money import in_millions
from simulator.place_tables import CENTRAL, HIGH, KNOWN, LOW, MIDDLE, shown
from simulator.place_words import escaped, movement
from simulator.plain_english import in_a_hundred, money_row, of_paths, past, per_cent, year_end
from simulator.reasons import INTERACTION
from simulator.run import Results
from simulator.summary import quantiles

LEAST_STEP = 5_000
"""Pounds below which a step is left out of the waterfall, as it would show as nought."""
FROM, TO, STEP, KEY, SHOWN_AS = "From, £m", "To, £m", "Step", "What the bar is", "£m"
LEVEL, WIDENS, NARROWS, TOGETHER = "Average gap", "Widens the gap", "Narrows the gap", "Interaction, indicative"
KEYS = (LEVEL, WIDENS, NARROWS, TOGETHER)


def shared_bodies(runs: Iterable[Answers]) -> list[str]:
    """Return the bodies that every run has, in the order of the first."""
    first, *others = runs
    return [body for body in first.compiled.agency_ids if all(body in run.compiled.agency_ids for run in others)]


def shared_years(runs: Iterable[Answers]) -> list[str]:
    """Return the years that every run has."""
    first, *others = runs
    return [year for year in first.compiled.years if all(year in run.compiled.years for run in others)]


def first_moved(money: pd.DataFrame, years: list[str], budget: str) -> tuple[str, str]:
    """Return the year and the body to look at first: the budget year, or the next in which the gap of any body moves.

    `money` is of `comparison.paired`. Of the bodies it is the one whose gap moves most on average in either view.
    """
    gaps = money[(money.measure == "gap") & money.year.isin(years)].assign(size=lambda rows: rows["mean"].abs())
    ahead = gaps[(gaps.year >= budget) & (gaps["size"] >= LEAST_STEP)]
    year = str(ahead.year.min()) if len(ahead) else next((one for one in years if one >= budget), years[-1])
    at = gaps[gaps.year == year]
    return year, str(at.agency.iloc[int(at["size"].argmax())])


def same(money: pd.DataFrame, agency: str) -> bool:
    """Return whether nothing of a body's money differs in any future, year or view; `money` of `comparison.paired`."""
    own = money[money.agency == agency]
    return not own[["mean", "p10", "p90", "b_better", "a_better"]].any(axis=None)


def priced(money: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """Return paired differences in real money, in how many futures each is better being of cash as in `money`.

    Both are of `comparison.paired` for the same two scenarios, so that their rows stand in the same order.
    """
    return real.assign(b_better=money.b_better, a_better=money.a_better)


def pair(money: pd.DataFrame, look: Look) -> pd.Series:
    """Return the paired difference looked at, a row of `comparison.paired`."""
    rows = money[(money.agency == look.agency) & (money["view"] == look.view) & (money.year == look.year)]
    found: pd.Series = rows[rows.measure == look.measure].iloc[0]
    return found


def against(look: Look, others: Iterable[tuple[str, pd.DataFrame, pd.DataFrame]]) -> pd.DataFrame:
    """Return each scenario against A, a row each: in how many futures it is better, its difference, a duty missed.

    `others` are a letter with its tables of `comparison.paired` and `comparison.chance_differences`.
    """
    rows = []
    for letter, money, chances in others:
        row = pair(money, look)
        better, worse = (share(found, row.paths) for found in (row.b_better, row.a_better))
        at = chances[(chances.agency == look.agency) & (chances["view"] == look.view)]
        missed = at[(at.outcome == "duty_breached") & (at.year == f"by {look.year}")].iloc[0]
        rows.append((letter, per_cent(better), per_cent(worse), *_average(row), movement(missed)))
    duty = f"Duty or plan missed by {year_end(look.year)}"
    columns = [
        "Against A",
        "Better in, of futures",
        "Worse in, of futures",
        "On average, £m",
        "With sampling error",
        duty,
    ]
    return pd.DataFrame(rows, columns=columns)


def _average(row: pd.Series) -> tuple[str, str]:
    if row.paths < 2:
        return _signed(row["mean"]), "too few futures"
    return _signed(row["mean"]), f"{_signed(row.low95)} to {_signed(row.high95)}"


def _signed(pounds: float) -> str:
    return f"{pounds / 1e6:+,.2f}" if abs(pounds) >= LEAST_STEP else "0.00"


def by_year(a: Answers, money: pd.DataFrame, look: Look, letters: tuple[str, str]) -> pd.DataFrame:
    """Return the differences of one measure, a row a year: the second less the first in £m, and who is better."""
    rows = money[(money.agency == look.agency) & (money["view"] == look.view) & (money.measure == look.measure)]
    told = []
    for _, row in rows.iterrows():
        wins = (in_a_hundred(found).removesuffix(" futures") for found in (row.b_better, row.a_better))
        range_ = f"{_signed(row.p10)} to {_signed(row.p90)}"
        told.append((f"{row.year}{past(a, row.year)}", *_average(row), _signed(row.p50), range_, *wins))
    columns = [
        "Year",
        "On average, £m",
        "With sampling error",
        "Middle, £m",
        "8 futures in 10, £m",
        f"{letters[1]} better in",
        f"{letters[0]} better in",
    ]
    return pd.DataFrame(told, columns=columns)


def with_fan(told: pd.DataFrame, fan: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `by_year` with all that `difference_fan` draws and they lack: outer bands and central case."""
    lacking = [name for name in shown(fan) if name not in {"Year", KNOWN, MIDDLE, LOW.format(80), HIGH.format(80)}]
    return pd.concat([told, shown(fan)[lacking]], axis="columns")


def difference_fan(a: Answers, b: Answers, look: Look) -> pd.DataFrame:
    """Return the fan of B less A in £m, a row a year with the columns of `place_tables.fan`.

    Its ends are quantiles of the differences of each future, not differences of quantiles; the central column is the
    difference of the two central cases.
    """
    rows = []
    for year in shared_years((a, b)):
        one, two = (of_paths(run, look.agency, look.measure, look.view, year) for run in (a, b))
        start, end = (money_row(run, look.agency, look.measure, look.view, year).central for run in (a, b))
        rows.append((year, float("nan"), *quantiles(two - one) / 1e6, (end - start) / 1e6))
    ends = [LOW.format(90), LOW.format(80), LOW.format(50), MIDDLE, HIGH.format(50), HIGH.format(80), HIGH.format(90)]
    return pd.DataFrame(rows, columns=["Year", KNOWN, *ends, CENTRAL]).round(3)


def span(tables: Iterable[pd.DataFrame]) -> tuple[float, float]:
    """Return the least and greatest amount of several fans, so that they can stand on one scale."""
    amounts = pd.concat([table.drop(columns="Year") for table in tables]).astype(float)
    return float(amounts.min().min()), float(amounts.max().max())


def chances(a: Answers, table: pd.DataFrame, look: Look, letters: tuple[str, str]) -> pd.DataFrame:
    """Return how the chances of a body's outcomes differ by a year, a row an outcome.

    `table` is of `comparison.chance_differences`.
    """
    wanted = ["duty_breached", *SHOWN.get(a.body(look.agency).kind, LOCAL)]
    rows = table[(table.agency == look.agency) & (table["view"] == look.view) & (table.year == f"by {look.year}")]
    held, told = {str(row.outcome): row for _, row in rows.iterrows()}, []
    for outcome in (one for one in wanted if one in held):
        row = held[outcome]
        both = (per_cent(share(found, row.paths)) for found in (row.chance_a, row.chance_b))
        told.append((OUTCOMES[outcome], *both, movement(row)))
    first = f"In any year to {year_end(look.year)}{past(a, look.year)}"
    return pd.DataFrame(told, columns=[first, letters[0], letters[1], f"{letters[1]} against {letters[0]}"])


def why(a: Results, b: Results, look: Look) -> pd.DataFrame:
    """Return the steps from A's average gap to B's in pounds, as `comparison_page.stepped`, of the body looked at."""
    one, two = (replace(run, waterfall=run.waterfall[run.waterfall.agency == look.agency]) for run in (a, b))
    return stepped(comparison.why(one, two), (a, b), look.agency, look.view, look.year)


def waterfall(frame: pd.DataFrame, letters: tuple[str, str]) -> pd.DataFrame:
    """Return the bars of a waterfall in £m, in order: Step, What the bar is, From, To, and the amount as shown.

    `frame` is what `why` returns. Steps too small to show are left out of the bars and kept in where the next begins.
    """
    bars, at = list[tuple[str, str, float, float, str]](), 0.0
    for step, pounds, kind in zip(frame.step, frame.amount, frame.kind, strict=True):
        amount, name = float(pounds), str(step)
        if kind == "level":
            named = f"{letters[1] if bars else letters[0]}{name[1:]}"
            bars.append((named, LEVEL, amount / 1e6, amount / 1e6, _plain(amount)))
            at = amount
            continue
        if abs(amount) >= LEAST_STEP:
            key = TOGETHER if name == INTERACTION else WIDENS if amount > 0 else NARROWS
            bars.append((name, key, at / 1e6, (at + amount) / 1e6, _signed(amount)))
        at += amount
    return pd.DataFrame(bars, columns=[STEP, KEY, FROM, TO, SHOWN_AS]).round({FROM: 3, TO: 3})


def _plain(pounds: float) -> str:
    return in_millions(pounds, 2).replace("£", "").removesuffix("m")


def steps(bars: pd.DataFrame) -> pd.DataFrame:
    """Return the bars of a waterfall as a table to read: Step, What the bar is, £m."""
    return bars[[STEP, KEY, SHOWN_AS]].map(escaped)
