"""Reserves of one body: what minimum each method gives, what each confidence needs, and how long they last.

Every table is of one body. Reserves of bodies that the law keeps apart are never added up, so none is of a place; a
body that may hold no reserves has empty tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.evidence_tests.seen import Seen
from simulator.statement import Risk
from simulator.summary import Chance, chance, quantile_interval, quantiles

CONFIDENCES = tuple(range(50, 100))
PICKED = (80, 90, 95)
TOP = 3
TARGET = 1.25
"""What is aimed for, as a multiple of the minimum: a judgement of Headroom's, not a rule of law or of CIPFA."""

Method = Literal["expected_value", "scenarios", "simulated"]
NAMES: dict[str, str] = {
    "policy_floor": "The body's own policy minimum",
    "expected_value": "Each risk's likelihood times its impact, added up",
    "scenarios": f"The {TOP} largest risks together",
    "simulated": "Simulated: what the year's adverse variance leaves uncovered",
    "risk_based": "Risk-based minimum: the greater of the policy minimum and the method chosen",
    "target": f"Target: {TARGET:g} times the risk-based minimum",
}
NO_REGISTER = "not computed: the file has no risk register (`statement.risks`)"


def expected_value(risks: Iterable[Risk]) -> float:
    """Return the sum of likelihood x impact over a risk register, in pounds (domain.md A8).

    It understates the tail: risks come together, and most of the time most of them do not happen.
    """
    return float(sum(risk.probability * risk.impact.used for risk in risks))


def worst_together(risks: Iterable[Risk], top: int = TOP) -> float:
    """Return the sum of the largest impacts of a risk register, in pounds, as if they came in the same year."""
    return float(sum(sorted((risk.impact.used for risk in risks), reverse=True)[:top]))


def adverse_variance(seen: Seen) -> Floats:
    """Return by how much the budget year turns out worse than its budget `[path]`, in pounds; below nought, better.

    The budget is that of the path: what was known and expected when it was set, with the savings planned in it in
    full. A planned use of reserves is part of it, and so is contingency, neither of which is a variance.

    Raises:
        ValueError: when the body is seen without its luck.
    """
    if seen.luck is None:
        raise ValueError("a variance against the budget needs the body's luck; see it with `plan_view`")
    missed = seen.paths["savings_planned"] - seen.paths["savings_delivered"]
    worse: Floats = missed[seen.start] + seen.luck.surprise[seen.start]
    return worse


def uncovered(seen: Seen) -> Floats:
    """Return what contingency and controls within the year leave of the adverse variance `[path]`, nought or more.

    Controls stop the stated share of what contingency leaves, within the stated cap (`rules.responses`), on any view:
    what they could do, whether or not the view lets managers act.
    """
    body, terms = seen.compiled.agency_ids.index(seen.body.id), seen.compiled.actions
    short = np.maximum(adverse_variance(seen) - seen.paths["contingency"][seen.start], 0.0)
    stopped = np.minimum(
        float(terms.brake_share[body, 0]) * short, float(terms.brake_cap[body, 0] * seen.net_budget[seen.start])
    )
    left: Floats = short - stopped * bool(terms.controls[seen.start])
    return left


def coverage(amounts: Floats, reserve: float) -> Chance:
    """Return the share of futures in which a reserve covers what it has to, `amounts` `[path]`, both in pounds."""
    return chance(int(np.count_nonzero(amounts <= reserve)), len(amounts))


def drawdown(seen: Seen) -> Floats:
    """Return what each year asks of usable reserves `[year, path]` from the budget year on, in pounds.

    Below nought it adds to them. Where managers do not act this hangs on no balance, so that what a reserve of any
    size would have met is exact; where they do, it is what was asked as they acted with the reserves they had.
    """
    asked: Floats = (seen.paths["use_of_reserves"] + seen.paths["unfunded_gap"])[seen.start :]
    return asked


def needed(asked: Floats) -> Floats:
    """Return the least reserve with which no year is unfunded `[path]`: the largest sum asked so far, nought or more.

    `asked` `[year, path]` is what each year asks of reserves, in pounds, below nought where it adds to them.
    """
    most: Floats = np.maximum(np.cumsum(asked, axis=0).max(axis=0), 0.0)
    return most


def passage(unfunded: Bools) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return the year in which reserves first fail to meet a year `[path]`, the first year being 1.

    `unfunded` is `[year, path]`. Where they never fail it is one more than the number of years: it is not known when.
    """
    never = len(unfunded) + 1
    return np.where(unfunded.any(axis=0), unfunded.argmax(axis=0) + 1, never)


def confidence(seen: Seen) -> pd.DataFrame:
    """Return the usable reserve needed when the budget year opens, so that no year to the plan's end is unfunded.

    Columns: agency, view, basis, confidence, reserve, low95, high95, confidence_low95, confidence_high95, by; money
    in pounds. `curve` rows give the reserve of each confidence with its interval by binomial ranks (`picked`: 80, 90
    and 95%), not a number where there are too few paths for one. `held` is the central opening balance and the
    confidence that it buys, with its Wilson interval. `as_it_comes` sets against each future what is held in that
    one: the confidence is then 1 less the chance of an unfunded year from the budget year to the plan's end.
    """
    if not _holds(seen):
        return _table([], "basis confidence reserve low95 high95 confidence_low95 confidence_high95 by")
    need = needed(drawdown(seen)[: seen.end - seen.start + 1])
    reserves = quantiles(need, CONFIDENCES)
    ends, by = [_interval(need, percent) for percent in CONFIDENCES], seen.years[seen.end]
    rows: list[tuple[object, ...]] = []
    for percent, reserve, (low, high) in zip(CONFIDENCES, reserves, ends, strict=True):
        basis, at = "picked" if percent in PICKED else "curve", percent / 100
        rows.append((basis, at, float(reserve), low, high, at, at, by))
    _, stands = seen.central_opening(seen.start)
    buys = coverage(need, stands)
    rows.append(("held", buys.probability, stands, stands, stands, buys.low, buys.high, by))
    lasts = chance(int(np.count_nonzero(~_unfunded(seen)[: seen.end - seen.start + 1].any(axis=0))), seen.count)
    rows.append(("as_it_comes", lasts.probability, stands, stands, stands, lasts.low, lasts.high, by))
    columns = "basis confidence reserve low95 high95 confidence_low95 confidence_high95 by"
    return _table([(seen.body.id, seen.view, *row) for row in rows], columns)


def survival(seen: Seen) -> pd.DataFrame:
    """Return the share of futures in which usable reserves last to each 31 March from the budget year on.

    They last while no year from the budget year on is unfunded. Columns: agency, view, year, probability, low95,
    high95, paths, in_plan (false past the plan's end: such years inform and are never graded).
    """
    columns = "year probability low95 high95 paths in_plan"
    if not _holds(seen):
        return _table([], columns)
    lost = np.logical_or.accumulate(_unfunded(seen), axis=0)
    rows = [
        (seen.body.id, seen.view, seen.years[t], *chance(int(np.count_nonzero(~gone)), seen.count), t <= seen.end)
        for t, gone in enumerate(lost, seen.start)
    ]
    return _table(rows, columns)


def exhaustion(seen: Seen) -> pd.DataFrame:
    """Return in which year usable reserves run out, the budget year being 1: the 10th percentile and the median.

    One row: agency, view, p10, p10_low95, p10_high95, p50, horizon (years looked at), by (the last of them),
    censored (share of futures in which they outlast it), low95, high95. A number of horizon + 1 means later than that.
    """
    columns = "p10 p10_low95 p10_high95 p50 horizon by censored low95 high95"
    if not _holds(seen):
        return _table([], columns)
    unfunded = _unfunded(seen)
    years = passage(unfunded).astype(np.float64)
    tenth, median = (int(year) for year in quantiles(years, (10, 50)))
    lasts = chance(int(np.count_nonzero(years > len(unfunded))), seen.count)
    ends = _interval(years, 10)
    return _table([(seen.body.id, seen.view, tenth, *ends, median, len(unfunded), seen.years[-1], *lasts[:3])], columns)


def minimums(seen: Seen, chosen: Method = "simulated", percent: int = 95) -> pd.DataFrame:
    """Return what each method gives for the minimum of the budget year, and the share of futures that each covers.

    Columns: agency, view, minimum, name, amount, low95, high95, covers, covers_low95, covers_high95, note; money in
    pounds. `covers` is the share of futures whose adverse variance, less contingency and controls, the amount meets
    (domain.md A8, `coverage_percentile`). The simulated minimum is the given percentile of that, with its interval.
    """
    columns = "minimum name amount low95 high95 covers covers_low95 covers_high95 note"
    if not _holds(seen):
        return _table([], columns)
    left = uncovered(seen)
    floor, found = float(seen.minimum[seen.start]), _methods(seen, left, percent)
    base = found[chosen][0]
    binding = floor if np.isnan(base) else max(floor, base)
    note = f"{NAMES[chosen].lower()}, {found[chosen][3]}" if np.isnan(base) else f"method chosen: {chosen}"
    amounts = {
        "policy_floor": (floor, floor, floor, "fixed before the run"),
        **found,
        "risk_based": (binding, binding, binding, note),
        "target": (TARGET * binding, TARGET * binding, TARGET * binding, "the multiple is a judgement of Headroom's"),
    }
    rows = [
        (seen.body.id, seen.view, key, NAMES[key], amount, low, high, *_covers(left, amount), said)
        for key, (amount, low, high, said) in amounts.items()
    ]
    return _table(rows, columns)


def simulated_minimum(seen: Seen, percent: int = 95) -> float | None:
    """Return what a percentile of futures leave of the budget year's variance to be met, or the policy minimum if more.

    Nothing for a body that holds no reserves, or is seen without its luck.
    """
    if not _holds(seen) or seen.luck is None:
        return None
    return max(float(seen.minimum[seen.start]), float(quantiles(uncovered(seen), (percent,))[0]))


def _methods(seen: Seen, left: Floats, percent: int) -> dict[str, tuple[float, float, float, str]]:
    """Return the amount, interval and note of each method; an amount that is not a number was not computed."""
    risks: Sequence[Risk] = seen.body.statement.risks if seen.body.statement else ()
    known = f"{len(risks)} risks in the register" if risks else NO_REGISTER
    expected, worst = (expected_value(risks), worst_together(risks)) if risks else (np.nan, np.nan)
    simulated = float(quantiles(left, (percent,))[0])
    note = f"met in {percent} of 100 futures, after contingency and controls within the year"
    return {
        "expected_value": (expected, expected, expected, known),
        "scenarios": (worst, worst, worst, known),
        "simulated": (simulated, *_interval(left, percent), note),
    }


def _covers(left: Floats, amount: float) -> tuple[float, float, float]:
    if np.isnan(amount):
        return np.nan, np.nan, np.nan
    found = coverage(left, amount)
    return found.probability, found.low, found.high


def _holds(seen: Seen) -> bool:
    return "usable_reserves" in seen.paths


def _unfunded(seen: Seen) -> Bools:
    """Return which years are unfunded from the budget year on, `[year, path]`."""
    return seen.happened["unfunded_gap"][seen.start :]


def _interval(amounts: Floats, percent: int) -> tuple[float, float]:
    """Return a quantile's interval, not a number where the sample cannot hold one."""
    try:
        return quantile_interval(amounts, percent)
    except ValueError:
        return np.nan, np.nan


def _table(rows: Sequence[tuple[object, ...]], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["agency", "view", *columns.split()])
