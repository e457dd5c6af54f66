"""The most likely route to each limit of a body, told in budget lines and months, with the signal to watch for each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from simulator import route_words
from simulator.blocks import Sample
from simulator.chosen import Chosen, OnePath
from simulator.compiled import Floats
from simulator.drivers import draw_block
from simulator.margins import BELOW_MINIMUM, margin
from simulator.money import HALF_PENNY, in_millions
from simulator.monitoring import Signal, calendar, earliest, month, signals
from simulator.observed import S114, SYSTEM, Observed, Reader, observe
from simulator.reverse_stress import Reached, reached
from simulator.route_costs import Accounted, accounted, body_of
from simulator.route_words import Passing, RouteYear, Told
from simulator.scenario import Scenario
from simulator.streams import Draws
from simulator.summary import Chance, chance
from simulator.trials import USUAL


@dataclass(frozen=True)
class Route:
    """One future that breaks a limit, accounted for and told: costs by driver and line, years, months, sentences."""

    account: Accounted
    years: tuple[RouteYear, ...]
    passing: Passing
    story: tuple[str, ...]


@dataclass(frozen=True)
class Routes:
    """How one limit of one body breaks: the most likely route, the most typical failing future, the early signals.

    `likely` is the design point, nothing where none lies on the edge; `typical` the failing path `reached.typical`;
    `watch` the earliest signal of `signals`; `proxy` the chance of the section 114 proxy, for a local authority.
    """

    agency: str
    limit: str
    reached: Reached
    likely: Route | None
    typical: Route | None
    watch: Signal | None
    signals: tuple[Signal, ...]
    proxy: Chance | None
    story: tuple[str, ...]


@dataclass(frozen=True)
class AllRoutes:
    """The routes of one body by limit, the gravest last; `absent` says which limit this body or place does not have."""

    agency: str
    routes: tuple[Routes, ...]
    absent: tuple[str, ...]


def routes(scenario: Scenario, agency: str, sample: Sample = USUAL) -> AllRoutes:
    """Return the routes to every limit of a body, on the futures of a run of the scenario.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    return routes_of(observe(scenario, agency, sample))


def routes_of(observed: Observed) -> AllRoutes:
    """Return the routes to every limit of a body that is observed already."""
    found = tuple(route_to(observed, limit) for limit in observed.reader.limits)
    return AllRoutes(observed.body.agency, found, tuple(_absent(observed)))


def _absent(observed: Observed) -> list[str]:
    """Return in words which limit is not in this place or does not reach this body."""
    if observed.body.local and BELOW_MINIMUM not in observed.reader.limits:
        return ["Its policy minimum is nought, so the general fund cannot fall below it.", *_of_system(observed)]
    return _of_system(observed)


def _of_system(observed: Observed) -> list[str]:
    """Return in words whether a missed system total is a limit here."""
    systems, compiled = observed.compiled.agreed.systems, observed.compiled
    if not systems:
        return ["A missed system total is not in this place: its scenario has no control total."]
    if observed.reader.system is None:
        return [f"{body_of(observed).name} is a member of no control total; a missed system total is not its own."]
    binding = [compiled.years[t] for t in range(observed.body.start, observed.body.end + 1)
               if compiled.nhs_regime[t] == "system"]  # fmt: skip
    if not binding:
        return [
            "The sum of the members' control totals binds nobody in these years, since the regime is of each body by "
            "itself; it is shown for what it says of the place."
        ]
    return []


def route_to(observed: Observed, limit: str) -> Routes:
    """Return how one limit of a body breaks."""
    found = reached(observed, limit)
    likely = typical = None
    if found.point is not None and found.point.on_edge:
        draws = Chosen(observed.variables, found.point.values[:, None])
        likely = _route(observed, found, draws, found.failed_already)
    if found.typical is not None:
        typical = _route(observed, found, OnePath(observed.seed, found.typical))
    every = signals(observed, limit)
    watch = earliest(every)
    proxy = None
    if S114 in observed.seen.broken:
        proxy = chance(int(np.count_nonzero(observed.seen.broken[S114])), observed.paths)
    story = [] if likely is None else list(likely.story)
    if likely is None:
        story = [f"{body_of(observed).name}: {found.words} in {found.chance.probability:.1%} of simulated futures. No "
                 f"route is told: {found.reason}."]  # fmt: skip
    if typical is not None:
        story.append(_typical(found, typical))
    story.append(
        route_words.signal(watch) if watch else "No early value tells failing futures from others better than chance."
    )
    return Routes(observed.body.agency, limit, found, likely, typical, watch, every, proxy, tuple(story))


def _typical(found: Reached, typical: Route) -> str:
    """Return the most typical failing future in a sentence."""
    dearest = [source for source in typical.account.sources() if source[2] > HALF_PENNY][:3]
    told = ", ".join(f"{name} {in_millions(pounds)}" for _, name, pounds in dearest)
    return (
        f"The most typical failing future is path {found.typical:,}: it fails in {typical.passing.year} "
        f"({typical.passing.month} if the year falls evenly); dearest in it: {told}."
    )


def _route(observed: Observed, found: Reached, draws: Draws, back: bool = False) -> Route:
    """Return one future accounted for and told."""
    account = accounted(observed, draws)
    years = _years(observed, account)
    passing = _passing(observed, found.limit, draws, account)
    body = body_of(observed)
    ends = observed.compiled.years[observed.body.start], observed.compiled.years[observed.body.end]
    told = Told(body.name, found, account, years, passing, str(observed.scenario.base_year), ends,
                "the plan" if body.plan else "the central case", back)  # fmt: skip
    story = (
        route_words.opening(told),
        *route_words.drivers(told),
        *route_words.years(told),
        *route_words.months(told, observed.body.local),
    )
    return Route(account, years, passing, story)


def _years(observed: Observed, account: Accounted) -> tuple[RouteYear, ...]:
    """Return every projected year to the plan's end of a future beside the central case."""
    money, central, body = account.reading.money, observed.central.money, observed.body

    def at(name: str, t: int, kept: dict[str, Floats] = money) -> float | None:
        return float(kept[name][t, 0]) if name in kept else None

    found = []
    for t, year in enumerate(observed.compiled.years):
        seen = calendar(year, body.local)
        held = (at("usable_reserves", t), at("usable_reserves", t, central)) if body.local else (None, None)
        least = float(observed.compiled.actions.minimum[body.row, t]) if body.local else None
        fund = at("gf_unallocated", t) if body.local else None
        unfunded = float(money["unfunded_gap"][t, 0])
        off_plan = at("off_plan", t)
        found.append(
            RouteYear(year, account.total[year], *held, fund, least, unfunded, off_plan, seen.first, seen.outturn,
                      seen.next_budget)
        )  # fmt: skip
    return tuple(found)


def _passing(observed: Observed, limit: str, draws: Draws, account: Accounted) -> Passing:
    """Return when a future breaks a limit; on its edge, the year in which it comes closest."""
    body, block = observed.body, draw_block(observed.compiled, draws)

    def until(t: int) -> float:
        reader = Reader(observed.compiled, body._replace(end=t), observed.reader.system)
        return float(reader.read(block).margins[limit][0])

    worst = [until(t) for t in range(body.start, body.end + 1)]
    broken = next(i for i, one in enumerate(worst) if one > min(HALF_PENNY, worst[-1] - 1.0))
    before = worst[broken - 1] if broken else _opening(observed, limit, account)
    year = observed.compiled.years[body.start + broken]
    gone = worst[broken] - before
    share = 1.0 if limit == SYSTEM or not body.local or gone <= 0 else -before / gone
    return Passing(year, month(year, share), _fund_below(observed, account))


def _opening(observed: Observed, limit: str, account: Accounted) -> float:
    """Return by how much a council breaks a limit as the budget year opens, in pounds; below nought it is kept."""
    body, money = observed.body, account.reading.money
    if limit == SYSTEM or not body.local:
        return 0.0
    t = body.start
    opened = {
        name: amounts[t : t + 1] for name, amounts in money.items()
    } | {"usable_reserves": (money["usable_reserves"] + money["use_of_reserves"])[t : t + 1],
         "unfunded_gap": np.zeros((1, 1))}  # fmt: skip
    compiled = observed.compiled
    first = replace(compiled, actions=replace(compiled.actions, minimum=compiled.actions.minimum[:, t : t + 1]))
    return float(margin(first, body._replace(start=0, end=0), limit, opened)[0])


def _fund_below(observed: Observed, account: Accounted) -> str | None:
    """Return the first year whose close finds the general fund below its minimum, if any does."""
    body, money = observed.body, account.reading.money
    if not body.local:
        return None
    least = observed.compiled.actions.minimum[body.row]
    return next(
        (
            observed.compiled.years[t]
            for t in range(body.start, body.end + 1)
            if money["gf_unallocated"][t, 0] < least[t] - HALF_PENNY
        ),
        None,
    )


def route_table(found: AllRoutes) -> pd.DataFrame:
    """Return one row a limit: chance, distance, whether the edge was met, when it fails, the signal to watch."""
    rows: list[dict[str, Any]] = []
    for one in found.routes:
        point, way = one.reached.point, one.likely
        rows.append({
            "agency": one.agency, "limit": one.limit, "words": one.reached.words,
            "probability": one.reached.chance.probability, "low95": one.reached.chance.low,
            "high95": one.reached.chance.high, "paths": one.reached.chance.paths,
            "distance": point.distance if point else None, "distance_unit": "standard deviations",
            "on_edge": point.on_edge if point else None,
            "probability_if_edge_were_flat": point.by_distance if point else None,
            "begun_with": point.begun_with if point else None,
            "year": way.passing.year if way else None, "month": way.passing.month if way else None,
            "typical_path": one.reached.typical, "watch": one.watch.name if one.watch else None,
            "reason": one.reached.reason, "section_114_proxy": one.proxy.probability if one.proxy else None,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _each(found: AllRoutes) -> list[tuple[str, str, Route]]:
    return [
        (one.limit, kind, route)
        for one in found.routes
        for kind, route in (("most likely", one.likely), ("most typical", one.typical))
        if route is not None
    ]


def cost_table(found: AllRoutes) -> pd.DataFrame:
    """Return what each driver costs on each budget line in each year of every route, in pounds against central."""
    rows = [
        {"agency": found.agency, "limit": limit, "route": kind, **asdict(cost), "unit": "£"}
        for limit, kind, route in _each(found)
        for cost in route.account.costs
    ]
    return pd.DataFrame(rows)


def course_table(found: AllRoutes) -> pd.DataFrame:
    """Return how each driver goes in each year of every route beside its central path, as shares, and its pounds."""
    rows = []
    for limit, kind, route in _each(found):
        for course in route.account.courses:
            told = asdict(course)
            told["value_unit"] = f"share ({told.pop('unit')})"
            rows.append({"agency": found.agency, "limit": limit, "route": kind, **told, "pounds_unit": "£"})
    return pd.DataFrame(rows)


def year_table(found: AllRoutes) -> pd.DataFrame:
    """Return every year of every route: what it asks, what is held, when it is seen; pounds."""
    rows = [
        {"agency": found.agency, "limit": limit, "route": kind, **asdict(year), "unit": "£"}
        for limit, kind, route in _each(found)
        for year in route.years
    ]
    return pd.DataFrame(rows)


def signal_table(found: AllRoutes) -> pd.DataFrame:
    """Return every early signal of every limit, the best first in each year."""
    rows = []
    for one in found.routes:
        for each in one.signals:
            told = asdict(each) | {"given": each.given.probability, "given_low95": each.given.low,
                                   "given_high95": each.given.high, "overall": each.overall.probability}  # fmt: skip
            rows.append({"agency": found.agency, **told, "chance_unit": "share", "paths": each.overall.paths})
    return pd.DataFrame(rows)
