"""Pictures of the evidence of one body: what each confidence needs, how long reserves last, what breaks its plan."""

from __future__ import annotations

import pandas as pd

from simulator import charts
from simulator.break_points import BreakPoint, BreakPoints
from simulator.evidence_tests.seen import Seen
from simulator.evidence_words import as_at, percent
from simulator.margins import WORDS
from simulator.money import in_millions
from simulator.plain_english import Words
from simulator.routes import Route, Routes
from simulator.scenario import Scenario
from simulator.stress_report import StressReport

MOST_BARS = 8
DRAWN = 5e4
"""Pounds below which a step is left out of a picture in £m."""
Pictures = dict[str, dict[str, bytes]]
"""Pictures by name, each as SVG and PNG."""


def reserve_pictures(view: Seen, reserves: dict[str, pd.DataFrame]) -> Pictures:
    """Return the confidence curve and the survival curve of a body that holds reserves; none of one that does not."""
    found: Pictures = {}
    if len(reserves["confidence"]):
        found["confidence"] = _confidence(view, reserves["confidence"])
    if len(reserves["survival"]):
        found["survival"] = _survival(view, reserves["survival"])
    return found


def _confidence(view: Seen, table: pd.DataFrame) -> dict[str, bytes]:
    held = table[table.basis == "held"].iloc[0]
    return charts.confidence(confidence_frame(table), confidence_words(view, table), held.reserve / 1e6)


def confidence_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the curve of a table of `reserves.confidence`: Confidence as a share; Needed, Low and High in £m."""
    curve = table[table.basis.isin(["curve", "picked"])].sort_values("confidence")
    return pd.DataFrame({
        "Confidence": curve.confidence, "Needed": curve.reserve / 1e6, "Low": curve.low95 / 1e6,
        "High": curve.high95 / 1e6,
    })  # fmt: skip


def confidence_words(view: Seen, table: pd.DataFrame) -> Words:
    """Return the words of a table of `reserves.confidence`."""
    held = table[table.basis == "held"].iloc[0]
    headline = (
        f"The {in_millions(held.reserve)} held as {view.budget_year} opens lasts to the end of {held.by} in "
        f"{percent(held.confidence)} of futures"
    )
    measured = f"Usable reserve needed so that no year from {view.budget_year} to {held.by} is left unfunded, £m cash"
    how = (
        "How to read this: go up from a confidence to the line to see the reserve it needs; where the level line of "
        f"what is held crosses, read down.\n{_about(view)}"
    )
    points = "; ".join(
        f"{row.confidence:.0%} needs {in_millions(row.reserve)}" for _, row in table[table.basis == "picked"].iterrows()
    )
    return Words(headline, measured, how, f"{headline}. {points}.")


def _survival(view: Seen, table: pd.DataFrame) -> dict[str, bytes]:
    frame = pd.DataFrame({
        "Year": table.year, "Share": table.probability, "Low": table.low95, "High": table.high95,
    })  # fmt: skip
    end = table[table.in_plan].iloc[-1]
    headline = f"Usable reserves last to the end of {end.year} in {percent(end.probability)} of futures"
    measured = "Share of futures in which usable reserves have met every year so far, in 100"
    settled = view.scenario.rules.settlement_end
    until = str(settled) if settled and str(settled) in view.years[view.start : -1] else None
    past = " Past the dotted line funding is assumed." if until else ""
    how = (
        "How to read this: each point is the share of 100 futures in which no year up to that 31 March was left "
        f"unfunded.\n{_about(view)}{past}"
    )
    points = "; ".join(f"{row.year} {percent(row.probability)}" for _, row in table.iterrows())
    return charts.survival(frame, Words(headline, measured, how, f"{headline}. By year: {points}."), until)


def break_pictures(breaks: BreakPoints, name: str, scenario: Scenario) -> Pictures:
    """Return how far each assumption alone must move before each limit breaks; none of a limit that none breaks."""
    return {
        f"break-points-{limit}": _breaks(breaks, limit, points, f"{name}, {_known(scenario)}")
        for limit in breaks.margins
        if (points := breaks.first(limit, MOST_BARS))
    }


def _breaks(breaks: BreakPoints, limit: str, points: tuple[BreakPoint, ...], about: str) -> dict[str, bytes]:
    frame = pd.DataFrame({
        "Name": [point.name for point in points], "Distance": [point.deviations for point in points],
        "Label": [pushed(point) for point in points],
    })  # fmt: skip
    headline = f"{points[0].name} breaks the plan with the least push: {pushed(points[0])}"
    measured = (
        f"How far each assumption alone must move, in every year to {breaks.to_year}, before {WORDS[limit]}; in its "
        "own standard deviations"
    )
    how = (
        "How to read this: a short bar is a change that an ordinary run of years brings; all else is as in the "
        f"central case. {_rest(breaks, limit, points)}\n{about}"
    )
    told = "; ".join(f"{point.name}, {pushed(point)}, {point.deviations:.1f}" for point in points)
    return charts.break_points(frame, Words(headline, measured, how, f"{headline}. In standard deviations: {told}."))


def _rest(breaks: BreakPoints, limit: str, points: tuple[BreakPoint, ...]) -> str:
    """Return what of the assumptions that were tried is not drawn."""
    more = len(breaks.first(limit, len(breaks.tried))) - len(points)
    none = len(breaks.tried) - len(points) - more
    said = [f"{more} more break it farther off" if more else "", f"{none} break nothing within 6" if none else ""]
    return "; ".join(filter(None, said)) + "." if any(said) else ""


def route_pictures(report: StressReport) -> Pictures:
    """Return what each source adds to what the plan's years ask on the likeliest way to each limit, as steps."""
    return {
        f"route-{one.limit}": _route(report, one, one.likely) for one in report.routes.routes if one.likely is not None
    }


def _route(report: StressReport, routes: Routes, route: Route) -> dict[str, bytes]:
    sources = sorted((one for one in route.account.sources() if abs(one[2]) >= DRAWN), key=lambda one: -abs(one[2]))
    rest = sum(pounds for *_, pounds in route.account.sources()) - sum(pounds for *_, pounds in sources[:MOST_BARS])
    whole = sum(pounds for *_, pounds in route.account.sources())
    rows = [("Central case", 0.0, "level"), *((name, pounds, "move") for _, name, pounds in sources[:MOST_BARS])]
    rows += [("All else", rest, "move")] if abs(rest) >= DRAWN else []
    end = "Less than the central case" if whole < 0 else "More than the central case"
    frame = pd.DataFrame([*rows, (end, whole, "level")], columns=["step", "amount", "kind"])
    back, largest = routes.reached.failed_already, sources[0] if sources else ("", "Nothing", 0.0)
    does = "adds" if largest[2] > 0 else "takes off"
    headline = f"{largest[1]} {does} {in_millions(abs(largest[2]))} of {in_millions(abs(whole))} on the likeliest way"
    years = f"{route.years[0].year} to {route.years[-1].year}"
    measured = f"What is asked beyond the central case over {years}, £m cash"
    how = (
        f"How to read this: {'the least luck that undoes this: ' if back else 'the likeliest luck in which '}"
        f"{routes.reached.words}; each bar starts where the one above it ended; right of nought is worse.\n"
        f"{report.name}, {report.paths:,} futures, the plan as approved."
    )
    steps = "; ".join(f"{name} {in_millions(pounds)}" for _, name, pounds in sources[:MOST_BARS])
    return charts.waterfall(frame, Words(headline, measured, how, f"{headline}. Steps: {steps}."))


def pushed(point: BreakPoint) -> str:
    """Return how far an assumption is pushed: `+0.6 points a year`, or `61% of savings delivered`."""
    if point.unit == "share delivered":
        return f"{point.size:.0%} of savings delivered"
    return f"{100 * point.size:+.1f} {point.unit}"


def _about(view: Seen) -> str:
    return f"{view.body.name}, {view.count:,} futures, {_known(view.scenario)}"


def _known(scenario: Scenario) -> str:
    return f"the plan as approved, as at {as_at(scenario)}."
