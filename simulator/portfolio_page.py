"""The section of a page that tells a portfolio: what to choose, what it buys, what stops more, when to look again."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.portfolio_report import PortfolioReport


def portfolio_section(report: PortfolioReport, names: Mapping[str, str], short: bool = False) -> str:
    """Return the section as Markdown; `names` are of bodies by id, `short` leaves out all but the answer."""
    return f"## What to choose within the room there is\n\n{report.unit} {len(names)} {short}\n"
