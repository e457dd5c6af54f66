"""A scenario: one place, its beliefs, its rules and its run settings; frozen once read."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.agreements import AnyAgreement, pooled_fund
from simulator.agreements.lead_provider import LeadProvider
from simulator.agreements.pooled_fund import PooledFund
from simulator.assumptions import Basket, Day, Driver, Event, Frozen, Label, Source, SpendingReview
from simulator.pathways import Pathway
from simulator.place import Agency, Council, LocalAuthority, Place
from simulator.programmes import Prevention
from simulator.regimes.combined_authority import CombinedAuthority
from simulator.regimes.fire import Fire
from simulator.regimes.icb import Icb
from simulator.regimes.outside import Outside
from simulator.regimes.police import Police
from simulator.regimes.trust import Trust
from simulator.regimes.vcse import Charity
from simulator.resources import Grant, Income
from simulator.rules import Rules
from simulator.transfers import Contract
from simulator.years import FinancialYear

AnyBody = Annotated[
    Council | Police | Fire | CombinedAuthority | Icb | Trust | Charity | Outside, Field(discriminator="kind")
]


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
    agencies: list[AnyBody] = Field(min_length=1)
    agreements: list[AnyAgreement] = Field(default_factory=list, description="money between bodies, and its rules")
    drivers: list[Driver] = Field(default_factory=list)
    baskets: list[Basket] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    spending_review: SpendingReview | None = None
    rules: Rules = Field(default_factory=Rules)
    pathways: list[Pathway] = Field(default_factory=list, description="ways from hospital to home")
    prevention: Prevention | None = Field(None, description="programmes a place may choose, and what they rest on")

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

    @property
    def bodies(self) -> tuple[Agency, ...]:
        """Every body with books of its own, in the order of the file."""
        return tuple(agency for agency in self.agencies if isinstance(agency, Agency))

    @property
    def names(self) -> dict[str, str]:
        """The name of every party by its id."""
        return {agency.id: agency.name for agency in self.agencies}


TOTALS = ("service_expenditure", "specific_grants", "net_revenue_expenditure", "council_tax", "general_grants",
          "retained_rates", "collection_fund", "funding", "reserves")  # fmt: skip


def entered_totals(agency: Agency, year: FinancialYear) -> dict[str, float]:
    """Return each total of the lines entered for the base year, in pounds; spending and income positive.

    Sums are exact before rounding, so that the order of lines in a file moves no last digit. Lines that an agreement
    pays for stand outside them.
    """
    tax, rates, debt = agency.tax, agency.rates, agency.debt
    parishes = tax.parish_precepts[year].used if tax and year in tax.parish_precepts else 0.0
    specific = [_held(grant, year) for grant in agency.incomes if isinstance(grant, Grant) and grant.specific]
    lines = [line for line in agency.spending if line.paid_by is None]
    net = [parishes, *(-amount for amount in specific)]
    net += [part for line in lines for part in (line.spent, -line.received)]
    net += [levy.amounts[year].used for levy in agency.levies]
    net += [debt.outstanding.used * debt.rate.used, debt.mrp.used] if debt else []
    totals = {
        "service_expenditure": fsum(
            part for line in lines if line.service and (line.net or line.gross) for part in (line.spent, -line.received)
        ),
        "specific_grants": fsum(specific),
        "net_revenue_expenditure": fsum(net),
        "council_tax": tax.requirement[year].used + parishes if tax else 0.0,
        "general_grants": fsum(
            _held(income, year) for income in agency.incomes if not (isinstance(income, Grant) and income.specific)
        ),
        "retained_rates": rates.local_share.used + rates.from_government if rates else 0.0,
        "collection_fund": tax.fund_share.used if tax and tax.fund_share else 0.0,
        "reserves": agency.held.gf_unallocated.used + agency.held.earmarked.used if agency.held else 0.0,
    }
    totals["funding"] = fsum(totals[k] for k in ("council_tax", "general_grants", "retained_rates", "collection_fund"))
    return totals


def _held(income: Income, year: FinancialYear) -> float:
    return income.amounts[year].used if year in income.amounts else 0.0


def base_payments(scenario: Scenario) -> Iterator[tuple[str, str, str, float]]:
    """Yield what each agreement pays in the base year, if all goes as planned: its id, payer, payee and pounds."""
    base = scenario.base_year
    for agreement in scenario.agreements:
        if isinstance(agreement, Contract):
            stated = agreement.amounts
            yield agreement.id, agreement.payer, agreement.payee, stated[base].used if base in stated else 0.0
            for part in agreement.subcontracts if isinstance(agreement, LeadProvider) else ():
                if part.payee != agreement.payee and base in part.amounts:
                    yield agreement.id, agreement.payee, part.payee, part.amounts[base].used
        elif isinstance(agreement, PooledFund):
            for partner, paid in _base_pool(scenario, agreement):
                if partner != agreement.host:
                    yield agreement.id, partner, agreement.host, paid


def _base_pool(scenario: Scenario, pool: PooledFund) -> Iterator[tuple[str, float]]:
    """Yield what each partner of a pool pays its host in the base year, as the pool's own rule settles it."""
    base, terms = scenario.base_year, pooled_fund.terms(pool, (scenario.base_year,))
    given, costs = np.zeros((2, len(terms.partners), 1, 1))
    for p, partner in enumerate(terms.partners):
        stated = [
            part.amounts[base].used for part in pool.contributions if part.agency == partner and base in part.amounts
        ]
        given[p] = fsum(stated)
        wanted = set(pool.pays_for.get(partner, ()))
        held = next((body.spending for body in scenario.bodies if body.id == partner), [])
        costs[p] = fsum(line.spent - line.received for line in held if line.id in wanted)
    known, drawn = np.full((1, 1), terms.risk_pool), np.ones((terms.draws, 1))
    paid = pooled_fund.settle(terms, given, costs, drawn, budgeted=costs, known=known)
    yield from ((partner, float(paid[p, 0, 0])) for p, partner in enumerate(terms.partners))


def entered_surplus(scenario: Scenario, agency: Agency) -> float:
    """Return lasting funding less spending in the base year, agreements included, as the lines are entered."""
    totals = entered_totals(agency, scenario.base_year)
    paid = [amount if payee == agency.id else -amount for _, payer, payee, amount in base_payments(scenario)
            if agency.id in (payer, payee)]  # fmt: skip
    between = [*paid, *(-(line.spent - line.received) for line in agency.spending if line.paid_by)]
    own = totals["funding"] - totals["collection_fund"] - totals["net_revenue_expenditure"]
    return own + fsum(between) if between else own


def base_residual(agency: LocalAuthority) -> float:
    """Return income of the base year that published totals imply and no published line explains, in pounds.

    Net revenue expenditure plus what was added to reserves, less funding: as published, where both totals
    are stated. Without them nothing unexplained is claimed, and entered lines out of balance stay so.
    """
    stated = agency.published
    if not {"net_revenue_expenditure", "funding"} <= set(stated):
        return 0.0
    spent = stated["net_revenue_expenditure"].used + agency.reserves.contribution.added
    return spent - stated["funding"].used
