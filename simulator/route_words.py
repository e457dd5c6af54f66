"""A route to failure as a story: sentences in budget lines and months, every figure one of the route's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.money import in_millions
from simulator.monitoring import Signal, calendar
from simulator.reverse_stress import Reached
from simulator.route_costs import NAMES, TOGETHER, Accounted

TOLD, LINES, NEAR = 4, 2, 0.5
"""Drivers and budget lines that a story tells, and standard deviations within which a limit is told as near."""
SMALLEST = 50_000.0
"""Pounds below which an amount would be told as £0.0m."""


@dataclass(frozen=True)
class RouteYear:
    """One year of a future beside the central path, money in pounds at 31 March or over the year.

    `extra` is what the year asks beyond the central case. `held` are usable reserves, `fund` the general fund beside
    its `minimum`; for an NHS body, which holds none, they are nothing and `off_plan` is its distance from plan.
    `first_seen`, `confirmed` and `next_budget` are months by the usual calendar (`monitoring.py`).
    """

    year: str
    extra: float
    held: float | None
    held_central: float | None
    fund: float | None
    minimum: float | None
    unfunded: float
    off_plan: float | None
    first_seen: str
    confirmed: str
    next_budget: str


@dataclass(frozen=True)
class Passing:
    """When a future breaks a limit: the year, and the month if its shortfall builds evenly over the year."""

    year: str
    month: str
    fund_below: str | None


@dataclass(frozen=True)
class Told:
    """What a story is told from: which body and limit, one future accounted for, its years, when it fails.

    `plan` are the budget year and the plan's end; `usual` is what the central path is called; `back` is true of a way
    back from a limit that is broken already.
    """

    body: str
    reached: Reached
    account: Accounted
    years: tuple[RouteYear, ...]
    passing: Passing
    base_year: str
    plan: tuple[str, str]
    usual: str
    back: bool


def opening(told: Told) -> str:
    """Return how often a limit breaks, and how far off the most likely way to it is."""
    found, point = told.reached, told.reached.point
    often = (
        f"{told.body}: {found.words} in {found.chance.probability:.1%} of {found.chance.paths:,} simulated futures "
        f"({found.chance.low:.1%} to {found.chance.high:.1%}), {told.plan[0]} to {told.plan[1]}, on the "
        "plan as approved."
    )
    if point is None:
        return often
    if found.failed_already:
        return (
            f"{often} It happens where luck is as usual throughout; the nearest way in which it does not is "
            f"{-point.distance:.1f} standard deviations off, and is what follows."
        )
    near = " Hardly any bad luck is needed." if point.distance < NEAR else ""
    return f"{often} The most likely way to it is {point.distance:.1f} standard deviations from usual luck.{near}"


def drivers(told: Told) -> Iterator[str]:
    """Yield what the dearest drivers did by the plan's end, and what each cost on which budget lines.

    On the way back from a limit that is broken already, those that take most off.
    """
    way = -1.0 if told.back else 1.0
    every = sorted(told.account.sources(), key=lambda one: -way * one[2])
    shown = [source for source in every if way * source[2] > SMALLEST and source[0] != TOGETHER][:TOLD]
    verb = "takes off" if told.back else "adds"
    for source, name, pounds in shown:
        cost = f"{verb} {in_millions(abs(pounds))} over {_span(told)}{_lines(told, source, way)}"
        course = _course(told, source)
        yield f"{name}: {course}, which {cost}." if course else f"{name} {cost}."
    total = sum(told.account.total.values())
    rest = total - sum(pounds for *_, pounds in shown)
    more = "more" if total >= 0 else "less"
    yield (
        f"All else together {'adds' if rest >= 0 else 'takes off'} {in_millions(abs(rest))}, which makes "
        f"{in_millions(abs(total))} {more} than {told.usual} in all."
    )


def _span(told: Told) -> str:
    years = list(told.account.total)
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _course(told: Told, source: str) -> str:
    """Return how far a driver went, in words; nothing for another source."""
    last = next((one for one in reversed(told.account.courses) if one.id == source), None)
    if last is None:
        return ""
    by = f"by March {int(last.year[:4]) + 1}"
    if last.unit == "growth":
        way = "up" if last.since >= 0 else "down"
        return (
            f"{by} {way} {abs(last.since):.1%} since {told.base_year} against {last.since_central:+.1%} in {told.usual}"
        )
    return f"{by} at {last.value:.2%} against {last.central:.2%} in {told.usual}"


def _lines(told: Told, source: str, way: float) -> str:
    """Return which budget lines bear most of what a source costs, or with `way` below nought takes off."""
    sums: dict[str, float] = {}
    for one in told.account.costs:
        if one.id == source and one.line not in NAMES:
            sums[one.line_name] = sums.get(one.line_name, 0.0) + one.pounds
    borne = sorted(((way * pounds, name) for name, pounds in sums.items() if way * pounds > SMALLEST), reverse=True)
    sign = "+" if way > 0 else "-"
    told_lines = ", ".join(f"{sign}{in_millions(pounds)} on {name}" for pounds, name in borne[:LINES])
    return f" ({told_lines})" if borne else ""


def years(told: Told) -> Iterator[str]:
    """Yield the years one by one: what each asks beyond the central case, and what is left."""
    for one in told.years:
        word = "more" if one.extra >= 0 else "less"
        asked = f"{one.year} asks {in_millions(abs(one.extra))} {word} than {told.usual}"
        close = f"31 March {int(one.year[:4]) + 1}"
        if one.held is None or one.held_central is None:
            left = "" if one.off_plan is None else f" and ends {_against(one.off_plan)}"
        elif one.unfunded > SMALLEST:
            left = f" and leaves {in_millions(one.unfunded)} that no usable reserve can meet"
        else:
            left = (
                f" and leaves usable reserves of {in_millions(one.held)} at {close}, where {told.usual} has "
                f"{in_millions(one.held_central)}"
            )
        yield f"{asked}{left}."


def _against(off_plan: float) -> str:
    return f"{in_millions(abs(off_plan))} {'worse' if off_plan > 0 else 'better'} than plan"


def months(told: Told, local: bool) -> Iterator[str]:
    """Yield when the limit breaks and when the body would see it coming, by the usual calendar."""
    passing = told.passing
    fund = next((one for one in told.years if one.year == passing.fund_below), None)
    if fund is not None and fund.minimum is not None and fund.fund is not None:
        below = fund.minimum - fund.fund > SMALLEST
        day = f"31 March {int(fund.year[:4]) + 1}"
        yield (
            f"The general fund {'is first below' if below else 'reaches'} its minimum of {in_millions(fund.minimum)} "
            f"at {day}{f', at {in_millions(fund.fund)}' if below else ''}."
        )
    seen = calendar(passing.year, local)
    if told.back:
        yield f"On this way the limit is only just kept, in {passing.year}."
        return
    yield (
        f"The limit is passed in {passing.month} if what {passing.year} asks falls evenly over the year. The budget of "
        f"that year is set in {seen.budget}; monitoring first shows the year in {seen.first}, again in {seen.later}, "
        f"and the outturn of {seen.outturn} confirms it."
    )
    earlier = sum(pounds for year, pounds in told.account.total.items() if year < passing.year)
    if earlier > SMALLEST:
        yield (
            f"By then {in_millions(earlier)} of what it asks beyond {told.usual} lies in years that monitoring has "
            "shown already."
        )


def signal(told: Signal) -> str:
    """Return which early value to watch, where the worst fifth begins, and what it tells."""
    places = 2 if told.unit == "level" else 1
    watch, usual = (f"{value:.{places}%}" for value in (told.watch, told.central))
    return (
        f"The earliest signal to watch is in {told.year}: {told.name}, {told.unit} {told.worse} {watch} (central "
        f"{usual}). There, in the worst fifth of futures, {told.given.probability:.0%} fail against "
        f"{told.overall.probability:.0%} of all; of a failing and another future the failing one has the worse value "
        f"{told.separates * 100:.0f} times in 100, where 50 would tell nothing. When it is seen: {told.seen}."
    )
