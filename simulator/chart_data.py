"""Tidy frames behind every figure, with plain-English columns; drawn by whoever draws."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simulator.answers import Answers
from simulator.figure_words import BRANCHES, OUTCOMES
from simulator.place import LocalAuthority
from simulator.plain_english import TITLES
from simulator.run import Results
from simulator.years import FinancialYear

BANDS = ((90, "p05", "p95"), (80, "p10", "p90"), (50, "p25", "p75"))

FEWEST_FOR_BANDS = 200
"""Below this the 5th and 95th percentiles rest on fewer than ten futures each."""


def fan(results: Answers, agency: str, measure: str) -> pd.DataFrame:
    """Return a fan in £m: a row for each view, band and year, with the middle and the central case.

    Columns: View, Year, Band (% of futures), Low, High, Middle, Central case.
    """
    table = results.agency_years
    rows = table[(table.agency == agency) & (table.measure == measure)]
    parts = []
    for band, low, high in BANDS:
        columns = {
            "View": rows.view.map(TITLES),
            "Year": rows.year,
            "Band": band,
            "Low": rows[low] / 1e6,
            "High": rows[high] / 1e6,
            "Middle": rows.p50 / 1e6,
            "Central case": rows.central / 1e6,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def conditional(results: Results, agency: str) -> pd.DataFrame:
    """Return usable reserves in £m under each end of the override: If, Year, Band, Low, High, Middle, Central case."""
    table = results.conditional
    rows = table[(table.agency == agency) & (table.measure == "usable_reserves")]
    order = {branch: place for place, branch in enumerate(BRANCHES)}
    rows = rows.sort_values(["branch", "year"], key=lambda part: part.map(order) if part.name == "branch" else part)
    parts = [
        pd.DataFrame(
            {
                "If": rows.branch.map(BRANCHES), "Year": rows.year, "Band": band, "Low": rows[low] / 1e6,
                "High": rows[high] / 1e6, "Middle": rows.p50 / 1e6, "Central case": rows.central / 1e6,
            }
        )
        for band, low, high in BANDS
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def history(results: Answers, agency: str, measure: str) -> pd.DataFrame:
    """Return what is drawn before the fan of a measure, in £m: Year, Amount.

    Published balances of a local authority, or what another body holds at the end of the base year.
    """
    body = results.body(agency)
    if not isinstance(body, LocalAuthority):
        entered = getattr(body, measure, None)
        rows = [(str(results.scenario.base_year), entered.used / 1e6)] if entered else []
        return pd.DataFrame(rows, columns=["Year", "Amount"])
    if measure == "gap":
        return gap_history(results, agency).rename(columns={"Gap": "Amount"})
    table = reserves_history(results, agency)
    return table[["Year", "Usable reserves"]].rename(columns={"Usable reserves": "Amount"})


def reserves_history(results: Answers, agency: str) -> pd.DataFrame:
    """Return published reserves in £m at the usable share entered: Year, Usable reserves, All reserves."""
    council = results.council(agency)
    history = council.history
    if history is None:
        return pd.DataFrame({"Year": [], "Usable reserves": [], "All reserves": []})
    share = council.reserves.share("any")
    years = sorted(set(history.gf_unallocated) & set(history.earmarked))
    fund = [history.gf_unallocated[year].used / 1e6 for year in years]
    earmarked = [history.earmarked[year].used / 1e6 for year in years]
    return pd.DataFrame(
        {
            "Year": [str(year) for year in years],
            "Usable reserves": [f + share * e for f, e in zip(fund, earmarked, strict=True)],
            "All reserves": [f + e for f, e in zip(fund, earmarked, strict=True)],
        }
    )


def gap_history(results: Answers, agency: str) -> pd.DataFrame:
    """Return the use of reserves in £m from published balances: Year, Gap.

    It is the fall in all reserves over the year from the opening balance as restated; a rise is below nought.
    No council publishes it as a gap, and one-off sums are in it, so it is not comparable with the projected gap.
    """
    council = results.council(agency)
    history = council.history
    rows: list[tuple[str, float]] = []
    if history:
        for year in sorted(set(history.gf_unallocated) & set(history.earmarked)):
            before = FinancialYear(year.start - 1)
            if before in history.gf_unallocated and before in history.earmarked:
                earmarked = history.restated_earmarked.get(year, history.earmarked[before]).used
                opening = history.gf_unallocated[before].used + earmarked
                closing = history.gf_unallocated[year].used + history.earmarked[year].used
                rows.append((str(year), (opening - closing) / 1e6))
    return pd.DataFrame(rows, columns=["Year", "Gap"])


def minimum(results: Answers, agency: str) -> pd.DataFrame:
    """Return the least general fund balance in £m by year: Year, Minimum."""
    row = results.compiled.agency_ids.index(agency)
    return pd.DataFrame({"Year": results.compiled.years, "Minimum": results.compiled.council.minimum[row] / 1e6})


def heat(results: Answers, agencies: Sequence[str], outcomes: Sequence[str]) -> pd.DataFrame:
    """Return the chance of each outcome in each single year: Row, Year, View, Chance, in the order asked for.

    Rows are outcomes in plain words for one body, and bodies for one outcome.

    Raises:
        ValueError: when several bodies and several outcomes are asked for at once, or one that the run has not.
    """
    if len(agencies) > 1 and len(outcomes) > 1:
        raise ValueError("a map of chances has outcomes of one body, or bodies for one outcome; choose one of either")
    known = results.chances.year.isin(results.compiled.years) & results.chances.view.isin(list(TITLES))
    table = results.chances[known]
    parts = []
    for agency in agencies:
        for outcome in outcomes:
            rows = table[(table.agency == agency) & (table.outcome == outcome)]
            if rows.empty:
                raise ValueError(f"the run has no chances of `{outcome}` for `{agency}`")
            name = _body(results, agency, agencies) if len(agencies) > 1 else OUTCOMES.get(outcome, outcome)
            columns = {"Row": name, "Year": rows.year, "View": rows.view.map(TITLES), "Chance": rows.probability}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _body(results: Answers, agency: str, agencies: Sequence[str]) -> str:
    """Return the name of a body, with its id where another bears the same name."""
    name = results.body(agency).name
    alike = sum(results.body(other).name == name for other in agencies)
    return name if alike == 1 else f"{name} ({agency})"
