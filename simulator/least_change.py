"""The least change that would turn each failing test: pounds where money turns it, else what would.

Chances fall by an order statistic: a reserve or contingency of £x lifts every future alike on the plan view, so the
least x that leaves few enough beyond it is one of the futures' own shortfalls, exact on these paths. Tests of the
central case are arithmetic. A number must reach its bound with its whole interval (`domain.md` F2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.compiled import Floats
from simulator.evidence_tests.budgeted import (
    above_minimum,
    bad_year,
    beyond_means,
    contingency,
    new_savings,
    risk_reserve,
    variance,
    year_of,
)
from simulator.evidence_tests.exposures import exceptional, paid
from simulator.evidence_tests.grades import Found, Grade
from simulator.evidence_tests.reserves import simulated_minimum
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.strains import LARGE
from simulator.evidence_tests.telling import MOST, closes
from simulator.margins import BELOW_MINIMUM, EMPTY, Body, margin, tolerated
from simulator.money import enough_in_millions
from simulator.place import LocalAuthority
from simulator.summary import chance, quantile_interval
from simulator.turning_words import NOT_SHOWN, OF_ALL, OTHERWISE, UNSOLVED

PENNIES = 0.01


class Need(NamedTuple):
    """What would turn a test: pounds of something, in words."""

    pounds: float
    words: str


@dataclass(frozen=True)
class LeastChange:
    """What would turn one failing test to `target`: pounds of `what`, or without pounds what would in words."""

    agency: str
    test: str
    horizon: str
    grade: Grade
    target: Grade
    pounds: float | None
    what: str
    sentence: str


def least_changes(view: Seen, found: Iterable[Found]) -> tuple[LeastChange, ...]:
    """Return what would turn each red test amber and green, and each amber one green, in the order of the tests."""
    changes = []
    for test in found:
        targets: dict[Grade, tuple[Grade, ...]] = {"red": ("amber", "green"), "amber": ("green",)}
        for target in targets.get(test.grade, ()):
            changes.append(_change(view, test, target))
    return tuple(changes)


def _change(view: Seen, test: Found, target: Grade) -> LeastChange:
    local = isinstance(view.body, LocalAuthority)
    solve = (SOLVED if local else NHS_SOLVED.get(view.body.kind, {})).get(test.id)
    bound = getattr(test.bounds, target)
    need = solve(view, test, bound) if solve else None
    name = f"{test.id} {test.name}, {test.horizon}"
    if need is None or need.pounds <= 0:
        known = OTHERWISE.get(test.id, "") if local or test.id in OF_ALL else ""
        words = known or (NOT_SHOWN if solve else UNSOLVED)
        return LeastChange(
            test.agency, test.id, test.horizon, test.grade, target, None, words, f"{name}: {test.grade}; {words}."
        )
    told = f"{enough_in_millions(need.pounds)} {need.words}"
    sentence = f"{name}: {test.grade}; {told} would make it {target}."
    return LeastChange(test.agency, test.id, test.horizon, test.grade, target, need.pounds, need.words, sentence)


def enough(shortfalls: Floats, bound: float) -> float:
    """Return the least pounds that bring the chance of a shortfall, with its interval, to a bound: nought or more.

    `shortfalls` `[path]` are above nought where it happens. Infinite where no number of futures could show so little.
    """
    paths = len(shortfalls)
    if chance(0, paths).high > bound:
        return float("inf")
    few, many = 0, paths
    while few < many:
        middle = (few + many + 1) // 2
        few, many = (middle, many) if chance(middle, paths).high <= bound else (few, middle - 1)
    return leaving(shortfalls, few)


def leaving(shortfalls: Floats, few: int) -> float:
    """Return the least pounds that leave at most `few` of shortfalls `[path]` above nought."""
    return max(float(np.sort(shortfalls)[::-1][few]), 0.0) if few < len(shortfalls) else 0.0


def _short(view: Seen, shortfalls: Floats, bound: float, words: str) -> Need | None:
    pounds = max(float(shortfalls[0]), 0.0) if view.certain else enough(shortfalls, bound)
    return Need(pounds, words) if np.isfinite(pounds) else None


def _body(view: Seen, end: int) -> Body:
    return Body(view.body.id, view.compiled.agency_ids.index(view.body.id), True, view.start, end)


def _until(view: Seen, test: Found) -> int:
    """Return the last year that a test looks at, by the end of its horizon."""
    return view.years.index(test.horizon.split(" to ")[-1])


RESERVE = "more of usable earmarked reserves as the budget year opens"
SET_ASIDE = "more of contingency that is paid for, or of usable earmarked reserves as the year opens,"


def _in_year(view: Seen, _: Found, bound: float) -> Need | None:
    return _short(view, beyond_means(view), bound, SET_ASIDE)


def _below(limit: str) -> Callable[[Seen, Found, float], Need | None]:
    def solve(view: Seen, test: Found, bound: float) -> Need | None:
        beyond = margin(view.compiled, _body(view, _until(view, test)), limit, view.paths)
        return _short(view, beyond, bound, RESERVE)

    return solve


def _contingency(view: Seen, _: Found, bound: float) -> Need | None:
    return _short(view, variance(view) - contingency(view), 1 - bound, "more of contingency that is paid for")


def _named(view: Seen, test: Found, bound: float) -> Need:
    return Need(_gap(view, test, bound), "more of named measures")


def _savings(view: Seen, test: Found, bound: float) -> Need:
    total = sum(new_savings(view).values())
    return Need(((test.value or 0.0) - bound) * total, "less of savings counted on")


def _scale(view: Seen, test: Found, bound: float) -> Need:
    return Need(_gap(view, test, bound), "less of new savings in the year")


def _one_off(view: Seen, test: Found, bound: float) -> Need | None:
    if any(paid(view, grant, year_of(view)) for grant in exceptional(view)):
        return None
    return Need(_gap(view, test, bound), "of lasting money in place of one-off money")


def _gap(view: Seen, test: Found, bound: float) -> float:
    """Return by how many pounds a share of the net budget passes its bound."""
    return ((test.value or 0.0) - bound) * float(view.net_budget[view.start])


def _cover(view: Seen, _: Found, bound: float) -> Need | None:
    bad = bad_year(view)
    held = contingency(view) + risk_reserve(view)
    return Need(bound * bad.high - held, SET_ASIDE) if bad else None


def _more(test: Found, bound: float, held: float, words: str) -> Need | None:
    """Return what brings a need over what is held to its bound; nothing where so little is held that it is cut off."""
    over = test.high or 0.0
    return Need((over / bound - 1) * held, words) if bound > 0 and held > 0 and over < MOST else None


def _dominant(view: Seen, test: Found, bound: float) -> Need | None:
    return _more(test, bound, contingency(view) + above_minimum(view), SET_ASIDE)


def _pooled(view: Seen, test: Found, bound: float) -> Need | None:
    return _more(test, bound, risk_reserve(view), RESERVE)


def _floor(view: Seen, test: Found, bound: float) -> Need:
    year = next(t for t in range(view.start, view.end + 1) if closes(view, t) == test.horizon)
    least, fund = float(view.minimum[year]), float(view.central["gf_unallocated"][year])
    # A reserve first meets what was left unfunded by then; it then keeps the fund at its minimum, and no higher.
    unmet = float(view.central["unfunded_gap"][view.start : year + 1].sum())
    words = RESERVE if bound <= 1 else f"more, held in the general fund to {test.horizon},"
    return Need(bound * least - fund + unmet, words)


def _usable(view: Seen, test: Found, bound: float) -> Need | None:
    needed = simulated_minimum(view)
    year = next(t for t in range(view.start, view.end + 1) if closes(view, t) == test.horizon)
    # What the central case cannot meet has to be met before anything is left.
    unmet = float(view.central["unfunded_gap"][view.start : year + 1].sum())
    held = float(view.central["usable_reserves"][year])
    return Need(bound * needed - held + unmet, RESERVE) if needed is not None else None


def _share(view: Seen, test: Found, bound: float) -> Need | None:
    # What was held at a date that has passed no money changes; too large a reserve of police or fire asks for words.
    if test.horizon != closes(view, view.start) or (test.bounds and test.bounds.falling):
        return None
    return Need((bound - (test.value or 0.0)) * float(view.net_budget[view.start]), "more of general fund then")


def _tail(view: Seen, test: Found, bound: float) -> Need | None:
    return _more(test, bound, view.central_opening(view.start)[1], RESERVE)


def _lasting(view: Seen, _: Found, bound: float) -> Need | None:
    """Return the reserve with which all but a tenth of futures last to a year of the plan, sampling error counted."""
    last = view.start + round(bound) - 2
    if last < view.start:
        return None
    beyond = margin(view.compiled, _body(view, last), EMPTY, view.paths)
    if view.certain:
        return Need(max(float(beyond[0]), 0.0), RESERVE)
    # The lower rank of the tenth percentile is how many futures may run out sooner.
    few = int(quantile_interval(np.arange(view.count, dtype=np.float64), 10)[0])
    return Need(leaving(beyond, few), RESERVE)


def _bearable(view: Seen, _: Found, bound: float) -> Need | None:
    bad, t = bad_year(view), view.start
    planned = float(view.central["gap"][t] - view.central["savings_planned"][t])
    room = contingency(view) + view.central_opening(t)[1] - float(view.minimum[t]) - planned
    return Need(bound * bad.high - room, SET_ASIDE) if bad else None


def _later(view: Seen, _: Found, bound: float) -> Need | None:
    """Return the saving in each of years 2 to 4 with which few enough futures have a large gap, by halving."""
    years = slice(view.start + 1, min(view.start + 3, view.end) + 1)
    gap = view.paths["gap"][years] - view.paths["savings_delivered"][years] - view.paths["contingency"][years]
    large = LARGE * float(view.net_budget[view.start])

    def beyond(pounds: float) -> Floats:
        over: Floats = np.maximum(gap - pounds, 0.0).sum(axis=0) - large
        return over

    low, high = 0.0, max(float(gap.max()), 0.0)
    while high - low > PENNIES:
        middle = (low + high) / 2
        failing = _short(view, beyond(middle), bound, "")
        low, high = (middle, high) if failing is None or failing.pounds > 0 else (low, middle)
    return Need(high, "more of recurrent saving in each of those years")


def _off_plan(view: Seen, _: Found, bound: float) -> Need | None:
    """Return what a year has to be better by; where support hangs on the plan, less may do, since it comes back."""
    row, t = view.compiled.agency_ids.index(view.body.id), view.start
    body = Body(view.body.id, row, False, t, view.end)
    beyond = view.paths["off_plan"][t] - tolerated(view.compiled, body, view.paths)[t]
    hangs = view.compiled.agreed.deficit_support[row, t] > 0
    return _short(view, beyond, bound, f"{'or less, ' if hangs else ''}off what the year costs or on its funding,")


def _overspent(view: Seen, test: Found, bound: float) -> Need | None:
    """Return the yearly saving with which no year is overspent; less may do, since less is then repaid."""
    first, last = view.start, _until(view, test)
    beyond = view.paths["unfunded_gap"][first : last + 1].max(axis=0)
    return _short(view, beyond, bound, f"{'or less ' if last > first else ''}of saving from {view.budget_year} on")


SOLVED: dict[str, Callable[[Seen, Found, float], Need | None]] = {
    "R01": _named, "R02": _in_year, "R03": _contingency, "R04": _savings, "R06": _scale, "R13": _cover,
    "R14": _one_off, "R16": _dominant, "R18": _pooled, "A01": _floor, "A01b": _usable, "A02": _below(BELOW_MINIMUM),
    "A03": _below(EMPTY), "A04": _lasting, "A06": _share, "A07": _tail, "A10": _bearable, "A13": _later,
}  # fmt: skip
"""How each test that money turns is solved."""
NHS_SOLVED: dict[str, dict[str, Callable[[Seen, Found, float], Need | None]]] = {
    "icb": {"R02": _off_plan, "A03": _overspent},
    "trust": {"R02": _off_plan},
}
"""The same for NHS bodies, by kind."""
