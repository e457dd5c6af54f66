"""A scenario: one place, its beliefs, its rules and its run settings; frozen once read."""

from __future__ import annotations

from math import fsum
from typing import Literal

from pydantic import Field

from simulator.assumptions import Basket, Day, Driver, Event, Frozen, Label, Source, SpendingReview
from simulator.place import Council, Place
from simulator.rules import Rules
from simulator.years import FinancialYear


class Scenario(Frozen):
    """Everything a run needs. Nothing is implied: what no file states is not there."""

    headroom: Literal[1] = Field(description="version of the file format")
    name: Label
    place: Place
    base_year: FinancialYear = Field(description="last year with entered figures")
    as_at: Day = Field(description="the date on which this was what was known")
    budget_year: FinancialYear = Field(description="the year the statement is about")
    years: int = Field(10, ge=1, le=16)
    money: Literal["£", "£k", "£m"]
    sources: dict[str, Source] = Field(default_factory=dict)
    agencies: list[Council] = Field(min_length=1)
    drivers: list[Driver] = Field(default_factory=list)
    baskets: list[Basket] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    spending_review: SpendingReview | None = None
    rules: Rules = Field(default_factory=Rules)

    @property
    def first_year(self) -> FinancialYear:
        """The first projected year."""
        return self.base_year + 1

    @property
    def open_year(self) -> FinancialYear:
        """The financial year that holds the as-at date: what came before it is closed."""
        return FinancialYear(self.as_at.year if (self.as_at.month, self.as_at.day) >= (4, 1) else self.as_at.year - 1)

    @property
    def projected(self) -> tuple[FinancialYear, ...]:
        """Every projected year, in order."""
        return tuple(self.base_year + t for t in range(1, self.years + 1))


TOTALS = ("service_expenditure", "specific_grants", "net_revenue_expenditure", "council_tax", "general_grants",
          "retained_rates", "collection_fund", "funding", "reserves")  # fmt: skip


def entered_totals(agency: Council, year: FinancialYear) -> dict[str, float]:
    """Return each total of the lines entered for the base year, in pounds; spending and income positive.

    Sums are exact before rounding, so that the order of lines in a file moves no last digit.
    """
    tax, rates, debt = agency.funding.council_tax, agency.funding.business_rates, agency.debt
    grants = agency.funding.grants
    parishes = tax.parish_precepts[year].used if year in tax.parish_precepts else 0.0
    specific = [grant.amounts[year].used for grant in grants if grant.specific]
    net = [parishes, *(-amount for amount in specific)]
    net += [part for line in agency.spending for part in (line.spent, -line.received)]
    net += [levy.amounts[year].used for levy in agency.levies]
    net += [debt.outstanding.used * debt.rate.used, debt.mrp.used] if debt else []
    totals = {
        "service_expenditure": fsum(
            part
            for line in agency.spending
            if line.service and (line.net or line.gross)
            for part in (line.spent, -line.received)
        ),
        "specific_grants": fsum(specific),
        "net_revenue_expenditure": fsum(net),
        "council_tax": tax.requirement[year].used + parishes,
        "general_grants": fsum(grant.amounts[year].used for grant in grants if not grant.specific),
        "retained_rates": rates.local_share.used + rates.from_government if rates else 0.0,
        "collection_fund": tax.fund_share.used if tax.fund_share else 0.0,
        "reserves": agency.reserves.gf_unallocated.used + agency.reserves.earmarked.used,
    }
    totals["funding"] = fsum(totals[k] for k in ("council_tax", "general_grants", "retained_rates", "collection_fund"))
    return totals


def base_residual(agency: Council) -> float:
    """Return income of the base year that published totals imply and no published line explains, in pounds.

    Net revenue expenditure plus what was added to reserves, less funding: as published, where both totals
    are stated. Without them nothing unexplained is claimed, and entered lines out of balance stay so.
    """
    stated = agency.published
    if not {"net_revenue_expenditure", "funding"} <= set(stated):
        return 0.0
    spent = stated["net_revenue_expenditure"].used + agency.reserves.contribution.added
    return spent - stated["funding"].used
