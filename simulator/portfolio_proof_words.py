"""The proof of a portfolio in plain sentences: what it does to duties, how far it grew, and headroom beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simulator.headroom import SHORTFALL, Binding, central_spending
from simulator.portfolio_report import PortfolioReport
from simulator.shift_cells import pounds
from simulator.shift_sizes import split

Names = Mapping[str, str]
LIKE = 0.05
"""The share of headroom within which a portfolio is told as about as much; a judgement."""


class Worst(NamedTuple):
    """The rise that comes nearest to its limit, or passes it furthest: by how much, where and when."""

    rise: float
    error: float
    limit: float
    agency: int
    year: int


def worst_breach(report: PortfolioReport) -> Worst:
    """Return the greatest rise of a chance of breach with the choice projected whole, from a shift's first year."""
    met = report.proved.met
    assert met is not None
    limit = np.full(met.rise.shape[1:], report.allowed.breach_rise)
    return _worst(report, met.rise[1], met.rise_error[1], limit)


def worst_shortfall(report: PortfolioReport) -> Worst:
    """Return the rise of expected shortfall, in pounds, that is greatest beside its limit."""
    met = report.proved.met
    assert met is not None
    limit = report.allowed.short_limit * central_spending(report.ground.compiled)
    return _worst(report, met.short_rise[1], met.short_error[1], limit)


def _worst(report: PortfolioReport, rise: np.ndarray, error: np.ndarray, limit: np.ndarray) -> Worst:
    start = report.ground.terms.start
    # Without a limit the greatest rise of all is told.
    near = (rise / np.where(limit > 0, limit, 1.0))[:, start:]
    a, t = (int(at) for at in np.unravel_index(int(near.argmax()), near.shape))
    t += start
    return Worst(max(float(rise[a, t]), 0.0), float(error[a, t]), float(limit[a, t]), a, t)


def proof_words(report: PortfolioReport, names: Names) -> str:
    """Return what the choice does to chances of breach and to expected shortfalls, and whether it is safe."""
    breach, short = worst_breach(report), worst_shortfall(report)
    where, when = (f"{names[report.room.bodies[one.agency]]}, {report.room.years[one.year]}" for one in (breach, short))
    most, limit = f"{breach.rise * 100:.1f} points", report.allowed.breach_rise * 100
    if not report.proved.safe:
        return (
            f"**It is not safe.** Cut again and again, it still raises a chance of breach by {most} ({where}) or an "
            f"expected shortfall by more than is allowed ({_short(short)}; {when}). Choose less, or nothing, until a "
            "body has more room."
        )
    return (
        f"Projected whole on {report.paths:,} futures, with managers acting, no body's chance of breaking its duty "
        f"rises in any year by more than {most} (standard error {breach.error * 100:.1f}; {where}); {limit:g} point is "
        f"allowed. What comes nearest to its limit of expected shortfall is {_short(short)} (standard error "
        f"{pounds(short.error)}; {when})."
    )


def _short(found: Worst) -> str:
    share = f", {found.rise / found.limit:.0%} of it" if found.limit > 0 else ""
    return f"a rise of {pounds(found.rise)} where {pounds(found.limit)} is allowed{share}"


def growth_words(report: PortfolioReport, names: Names) -> str:
    """Return how far the choice was let grow beyond flat room, and what stops more; nothing where none was tried."""
    growth = report.growth
    if growth.times <= 1 and growth.stop is None:
        return ""
    why = (
        f"Room is a flat yearly cost{_together(report)}, which is stricter than what happens, so the choice was let "
        "grow: made again within more room, and proved again each time."
    )
    if growth.stop is None or growth.beyond is None:
        return f"{why} At {growth.times:g} times the room it still passes{_from(report)}; no more was tried."
    stopped = f"at {growth.beyond:g} times {_stop(report, growth.stop, names)} rises too far"
    if growth.times <= 1:
        return f"{why} It may not: {stopped}."
    return f"{why} At {growth.times:g} times the room it passes{_from(report)}; {stopped}."


def _together(report: PortfolioReport) -> str:
    return " that all bodies bear at once" if len(report.room.bodies) > 1 else ""


def _from(report: PortfolioReport) -> str:
    return f" (without that, {pounds(report.growth.flat.spending)} a year)"


def _stop(report: PortfolioReport, stop: Binding, names: Names) -> str:
    assert stop.year is not None
    what = "the expected shortfall" if stop.test == SHORTFALL else "the chance of breach"
    return f"{what} of {names[report.room.bodies[stop.agency]]} in {report.room.years[stop.year]}"


def beside_headroom(report: PortfolioReport, headroom: float, names: Names) -> str:
    """Return what the choice comes to beside headroom, in pounds a year, and why it is more or less than that."""
    choice = report.proved.choice
    counted = sum(more > 0 for more in choice.added.values())
    told = f"It comes to {pounds(choice.spending)} a year, and headroom to {pounds(headroom)}"
    if choice.spending < (1 - LIKE) * headroom:
        told += (
            ". It is less since room is flat, and grows by steps: a cost that is the same in every year"
            f"{_together(report)} is stricter than headroom's own"
        )
    if len(report.options) == 1:
        return f"{told}. Both are of the one programme; headroom is found among other sizes."
    why = "It is more since it is another mix" if choice.spending > (1 + LIKE) * headroom else "They are not one mix"
    mix = f"the {counted} that buy most for the room they take" if counted > 1 else "one alone"
    return (
        f"{told}. {why}: headroom is of all programmes in the proportions proposed, this of {mix}"
        f"{_payer(report, headroom, names)}."
    )


def _payer(report: PortfolioReport, headroom: float, names: Names) -> str:
    """Return the body that pays more of this than of headroom, where one does."""
    terms, added = report.ground.terms, report.proved.choice.added
    here = terms.payers(tuple(added.get(programme.id, 0.0) for programme in terms.programmes))
    there = terms.payers(split(terms, headroom)) if headroom > 0 else here
    a = int((here - there).argmax())
    if here[a] - there[a] < LIKE:
        return ""
    return f", and {names[report.room.bodies[a]]} pays {here[a]:.0%} of it rather than {there[a]:.0%}"
