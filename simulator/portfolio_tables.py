"""The tables of a portfolio, tidy and with their units; money in pounds, shares with 95% intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from simulator.headroom import central_spending
from simulator.portfolio_options import Kind
from simulator.portfolio_report import PortfolioReport
from simulator.summary import chance

LIMITS: dict[Kind, str] = {"headroom": "room", "staff": "staff", "total": "total"}
"""Kinds of limit as tables call them: what one body can bear is room, and headroom is a shift alone."""
Rows = Iterator[dict[str, Any]]


def tables(report: PortfolioReport) -> dict[str, pd.DataFrame]:
    """Return the report as tidy tables by name, with units; those without a row are left out."""
    made = {
        "portfolio": _chosen(report),
        "portfolio_cash": _cash_rows(report),
        "portfolio_proof": _proof_rows(report),
        "portfolio_limits": _limit_rows(report),
        "portfolio_compared": _compared_rows(report),
        "portfolio_aside": _aside_rows(report),
        "portfolio_points": _point_rows(report),
        "portfolio_principles": _principle_rows(report),
    }
    frames = {name: pd.DataFrame(rows) for name, rows in made.items()}
    return {name: frame for name, frame in frames.items() if len(frame)}


def _chosen(report: PortfolioReport) -> Rows:
    """Yield each option that may be chosen: what is spent today, what is added, and what the added money buys."""
    margin, whole = report.proved.choice, report.both.whole
    for option in report.options:
        if option.id in margin.sizes:
            added = margin.added[option.id]
            yield {
                "option": option.id, "present": option.present, "least_step": option.chunk, "most": option.most,
                "added": added, "added_within_flat_room": report.growth.flat.added[option.id],
                "added_if_todays_may_move": whole.added[option.id],
                "unit": "£ a year at base-year prices",
                "value": added * option.mean_value, "value_unit": report.unit, "paths": report.paths,
            }  # fmt: skip


def _cash_rows(report: PortfolioReport) -> Rows:
    for one in report.cash:
        net = one.net_cost
        yield {
            "body": one.body or "place", "pays": one.pays, "back": one.back, "net_cost": net.mean,
            "net_cost_se": net.error, "net_cost_p10": net.low, "net_cost_p90": net.high,
            "unit": "£ over the horizon", "paths": report.paths,
        }  # fmt: skip


def _proof_rows(report: PortfolioReport) -> Rows:
    """Yield how far the choice, projected whole, raises the chance of breach and the expected shortfall by year."""
    met, start = report.proved.met, report.ground.terms.start
    if met is None:
        return
    limit = report.allowed.short_limit * central_spending(report.ground.compiled)
    for a, body in enumerate(report.room.bodies):
        for t in range(start, len(report.room.years)):
            yield {
                "body": body, "year": report.room.years[t], "breach_rise": met.rise[1, a, t],
                "breach_rise_se": met.rise_error[1, a, t], "breach_limit": report.allowed.breach_rise,
                "shortfall_rise": met.short_rise[1, a, t], "shortfall_rise_se": met.short_error[1, a, t],
                "shortfall_limit": limit[a, t], "unit": "£; breach as a share of futures", "paths": met.paths,
            }  # fmt: skip


def _limit_rows(report: PortfolioReport) -> Rows:
    """Yield what each limit that binds would buy if looser, and what stops the cheapest option, if all stand still."""
    for one in report.shadows.each:
        yield {
            "limit": LIMITS[one.kind], "whose": one.whose, "years": " ".join(one.years), "looser_by": one.step,
            "would_add": one.gain, "value_unit": report.unit, "must_give": None,
            "unit": "posts" if one.kind == "staff" else "£ a year",
        }  # fmt: skip
    for give in report.stopped.gives if report.stopped else ():
        yield {
            "limit": LIMITS[give.limit.kind], "whose": give.limit.whose, "years": give.limit.year, "looser_by": None,
            "would_add": None, "value_unit": report.unit, "must_give": give.by,
            "unit": "posts" if give.limit.kind == "staff" else "£ a year",
        }  # fmt: skip


def _compared_rows(report: PortfolioReport) -> Rows:
    for one in report.robust:
        held = chance(round(one.satisfied * report.paths), report.paths)
        yield {
            "candidate": one.name, "mean": one.mean, "p10": one.p10, "median": one.median, "regret_p90": one.regret_p90,
            "regret_most": one.regret_most, "unit": report.unit, "satisfied": held.probability, "low95": held.low,
            "high95": held.high, "worst_body": one.worst_body, "worst_share": one.worst_share,
            "price_per_point": one.price, "paths": report.paths,
        }  # fmt: skip


def _aside_rows(report: PortfolioReport) -> Rows:
    for one in report.aside:
        if not one.gaps:
            yield {"option": one.option, "reason": one.reason, "missing": "", "body": "", "sector": ""}
        for gap in one.gaps:
            yield {
                "option": one.option, "reason": one.reason, "missing": gap.what, "body": gap.body, "sector": gap.sector,
            }  # fmt: skip


def _point_rows(report: PortfolioReport) -> Rows:
    for one in report.points:
        if one.found is not None:
            yield {
                "option": one.option, "pounds": one.pounds, "falls_short": one.found.falls_short,
                "settled_by_year": one.found.year, "stops": one.found.stops, "sunk": one.found.sunk,
                "saves": one.found.saves, "loss_avoided": one.found.loss_avoided,
                "settled_if_read_twice_as_exactly": one.closer.year if one.closer else None,
                "unit": "£ at base-year prices; years from the start",
            }  # fmt: skip


def _principle_rows(report: PortfolioReport) -> Rows:
    for one in (one for one in report.principles if not one.proved):
        for option in report.options:
            yield {
                "principle": one.id, "option": option.id, "score": option.scores.get(one.id),
                "least": one.least.used if one.least else None, "unit": "0 to 1",
            }  # fmt: skip
