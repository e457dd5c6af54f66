"""What one body receives, owes and may do, as frozen terms; `compiling.py` puts them together."""

from __future__ import annotations

from math import fsum
from typing import Protocol

import numpy as np

from simulator.assumptions import Assumption
from simulator.central import central_level, dated, entered, grown
from simulator.compiled import (
    DatedTerms,
    DebtTerms,
    EmployerTerms,
    Floats,
    FundingTerms,
    GrantTerms,
    HighNeedsTerms,
    Line,
    Pair,
    RatesTerms,
    TaxTerms,
)
from simulator.money import annuity
from simulator.place import Council, Levy
from simulator.place import Line as Spending
from simulator.plan import RAGS
from simulator.regimes.council import CouncilTerms, highest_band_d, revenue_provision
from simulator.resources import CouncilTax, Grant
from simulator.rules import Referendum
from simulator.scenario import Scenario, base_residual, entered_totals
from simulator.years import FinancialYear


def used(stated: Assumption[float] | None, otherwise: float = 0.0) -> float:
    """Return the number a run uses, or another where none is stated."""
    return otherwise if stated is None else stated.used


class Drivers(Protocol):
    """What the compiler keeps at hand: the scenario, its years, central paths and pairs."""

    scenario: Scenario
    years: tuple[FinancialYear, ...]
    central: dict[str, Floats]
    pairs: dict[Pair, int]

    def index(self, name: str | None) -> int | None:
        """Return the place of a driver."""

    def pair(self, agency: int, line: Spending) -> int:
        """Return the pair by which a line moves."""

    def moved(self, agency: int, demand: str | None, basket: str | None = None) -> int:
        """Return the pair of a demand and a basket."""


class Body:
    """One body being compiled."""

    def __init__(self, at: Drivers, number: int, agency: Council) -> None:
        """Keep the body and what the compiler has at hand."""
        self.at, self.a, self.agency = at, number, agency
        self.years, self.rules, self.base = at.years, at.scenario.rules, at.scenario.base_year

    def funding(self, lines: tuple[Line, ...]) -> FundingTerms:
        """Return what the body receives and owes; `lines` are those of all bodies."""
        grants = sorted(self.agency.funding.grants, key=lambda grant: grant.id)
        kept = self.agency.contingency
        nought = np.zeros(len(self.years))
        return FundingTerms(
            tax=self._tax(),
            rates=self._rates(),
            grants=tuple(self._own_growth(grant) for grant in grants if not grant.matched_to),
            levies=tuple(self._own_growth(levy) for levy in sorted(self.agency.levies, key=lambda levy: levy.id)),
            debt=self._debt(),
            high_needs=self._high_needs(),
            employer=self._employer(lines),
            contingency=np.array([dated(kept.amounts, year) for year in self.years]) if kept else nought,
            plan_spending=nought,
            plan_funding=nought,
        )

    def _tax(self) -> TaxTerms:
        tax, steps, support = self.agency.funding.council_tax, len(self.years), self.agency.funding.council_tax.support
        parishes = entered(tax.parish_precepts, self.years) if tax.parish_precepts else (np.zeros(steps), -1, 0.0)
        requirement = entered(tax.requirement, self.years)
        limits = self.rules.referendum_limits.get(self.agency.tier)
        increase, lawful, kept = rises(tax, limits, self.years, self.rules.settlement_end)
        return TaxTerms(
            *requirement,
            tax.requirement[self.base].used,
            *parishes,
            increase=increase,
            unused=np.maximum(lawful.max(axis=0) - increase, 0.0) / (1 + increase),
            lawful=lawful,
            limit_kept=np.cumprod((1 + kept) / (1 + increase), dtype=np.float64),
            tax_base=self.at.index(tax.tax_base),
            collection=self.at.index(tax.collection),
            support_share=support.share.used if support else 0.0,
            caseload=self.at.index(support.caseload) if support else None,
        )

    def _rates(self) -> RatesTerms | None:
        rates, law = self.agency.funding.business_rates, self.rules.business_rates
        if rates is None:
            return None
        bands = law.levy_bands if law else {}
        starts = [max((start for start in bands if start <= year), default=None) for year in self.years]
        return RatesTerms(
            rates.local_share.used,
            rates.from_government,
            self.at.index(rates.base),
            self.at.index(rates.multiplier),
            self._dated(rates.baseline_funding),
            self._dated(rates.rates_baseline),
            np.array([dated(law.safety_net, year) if law else 0.0 for year in self.years]),
            np.array([dated(law.levy_cap, year) if law else 0.0 for year in self.years]),
            tuple(tuple((b.above.used, b.rate.used) for b in bands[start]) if start else () for start in starts),
        )

    def _dated(self, amounts: dict[FinancialYear, Assumption[float]]) -> DatedTerms | None:
        return DatedTerms(*entered(amounts, self.years)) if amounts else None

    def _own_growth(self, held: Grant | Levy) -> GrantTerms:
        """Return a grant or levy; what is confirmed, and every levy, is as entered while entered."""
        grant = held if isinstance(held, Grant) else None
        only = grant.ring_fence if grant else None
        paid_for = [line for line in self.agency.spending if line.id == only]
        return GrantTerms(
            held.id,
            bool(grant and grant.specific),
            held.amounts[self.base].used,
            *entered(held.amounts, self.years),
            driver=self.at.index(held.driver),
            confirmed=grant is None or grant.certainty == "confirmed",
            central=central_level(self.at.central, held.driver, len(self.years)),
            ends=grant.ends - self.years[0] if grant and grant.ends else len(self.years),
            fenced=tuple((line.spent - line.received, self.at.pair(self.a, line)) for line in paid_for),
        )

    def _debt(self) -> DebtTerms | None:
        debt, steps = self.agency.debt, len(self.years)
        if debt is None:
            return None
        stated = debt.provision
        mrp = (
            revenue_provision(stated.requirement.used, stated.life, used(stated.rate), steps)
            if stated
            else debt.mrp.used * grown(used(debt.mrp_growth), steps)
        )
        driver = self.at.index(debt.borrowing_rate)
        return DebtTerms(debt.outstanding.used, debt.rate.used, debt.maturing.used, mrp, driver)

    def _high_needs(self) -> HighNeedsTerms | None:
        needs = self.agency.high_needs
        if needs is None:
            return None
        return HighNeedsTerms(
            needs.spending.used,
            needs.block.used * grown(needs.block_growth.used, len(self.years)),
            needs.opening_deficit.used,
            float(self.at.central[needs.short_rate][0]) if needs.short_rate else 0.0,
            self.at.moved(self.a, needs.demand, needs.basket),
            self.at.index(needs.short_rate),
        )

    def _employer(self, lines: tuple[Line, ...]) -> EmployerTerms | None:
        """Return the on-costs; the bill is what the body's lines spend on pay, net of matched grants."""
        costs = self.agency.employer_costs
        pay = self.at.index(costs.pay) if costs else None
        if costs is None or pay is None:
            return None
        pairs = list(self.at.pairs)
        own = [line for line in lines if line.agency == self.a]
        bill = sum((line.base * dict(pairs[line.pair].basket).get(pay, 0.0) for line in own), start=0.0)
        step = np.array([dated(self.rules.employer_costs, year) for year in self.years])
        return EmployerTerms(bill, pay, step, self.at.index(costs.pension_rate))


def rises(
    tax: CouncilTax, limits: Referendum | None, years: tuple[FinancialYear, ...], settled: FinancialYear | None
) -> tuple[Floats, Floats, Floats]:
    """Return the increase of Band D by year, its limits in per cent and in cash, and it if the settlement's went on.

    All are shares of the year before's Band D. An entered increase runs on until the next, but never above
    the limit of a later year; a cash limit is a share that falls as Band D rises.
    """
    last = max(tax.band_d)
    now = kept_now = tax.band_d[last].used
    increase, kept, lawful = np.zeros(len(years)), np.zeros(len(years)), np.zeros((2, len(years)))
    for t, year in enumerate(years):
        if year <= last:
            continue
        parts, goes_on = _limits(limits, year, now), max(_limits(limits, _settled(year, settled), kept_now))
        most = max(parts)
        at_limit = tax.increase == "referendum_limit"
        wanted = most if at_limit else dated(tax.increase, year)  # type: ignore[arg-type]
        lawful[:, t], increase[t] = (parts, min(wanted, most)) if limits else (wanted, wanted)
        kept[t] = goes_on if at_limit else increase[t]
        now, kept_now = now * (1 + increase[t]), kept_now * (1 + kept[t])
    return increase, lawful, kept


def _settled(year: FinancialYear, end: FinancialYear | None) -> FinancialYear:
    return year if end is None else min(year, end)


def _limits(limits: Referendum | None, year: FinancialYear, band_d: float) -> tuple[float, float]:
    """Return the most that Band D may rise by in per cent and, where a cash sum is stated, in cash, as shares of it."""
    if limits is None:
        return 0.0, 0.0
    core, care, cash = (dated(part, year) for part in (limits.core, limits.social_care, limits.cash))
    share = highest_band_d(band_d, core, care) / band_d - 1
    return share, highest_band_d(band_d, 0.0, care, cash) / band_d - 1 if cash else share


def council_terms(scenario: Scenario, agencies: list[Council]) -> CouncilTerms:
    """Return what the rules of councils need; minimums and net budgets are nought until the central case is known."""
    held = [agency.reserves for agency in agencies]
    rules, response, years = scenario.rules, scenario.rules.savings_response, scenario.projected
    shares = np.array([[reserves.share("any"), reserves.share("emergency")] for reserves in held])
    bound = [r.earmarked.used * (1 - sum(free)) if r.named else 0.0 for r, free in zip(held, shares, strict=True)]
    nought = np.zeros((len(agencies), len(years)))
    return CouncilTerms(
        minimum=nought,
        net_budget=nought,
        entered_surplus=np.array([_entered_surplus(agency, scenario.base_year) for agency in agencies]),
        unexplained=np.array([base_residual(a) + used(a.funding.council_tax.fund_share) for a in agencies]),
        added=np.array([reserves.contribution.added for reserves in held]),
        recurs=np.array([reserves.contribution.treatment == "recurrent" for reserves in held]),
        gf_unallocated=np.array([reserves.gf_unallocated.used for reserves in held]),
        earmarked=np.array([reserves.earmarked.used for reserves in held]),
        usable_share=shares[:, 0],
        reallocatable_share=shares[:, 1],
        bound=np.array(bound),
        paid_out=np.array([_paid_out(agency, years) for agency in agencies]),
        approved=np.array([[_approved(agency, rag, years, False) for agency in agencies] for rag in RAGS]),
        approved_lasting=np.array([[_approved(agency, rag, years, True) for agency in agencies] for rag in RAGS]),
        plans=np.array([year >= scenario.budget_year for year in years]),
        controls=np.array([year >= scenario.open_year for year in years]),
        yearly_capacity=response.yearly_capacity.used if response else 0.0,
        total_capacity=response.total_capacity.used if response else 0.0,
        recurrent=response.recurrent.used if response else 1.0,
        covered_once=response.covered_once.used if response else 0.0,
        brake_share=response.brake_share.used if response else 0.0,
        brake_cap=response.brake_cap.used if response else 0.0,
        surplus_banked=response.surplus_banked.used if response else 1.0,
        tax_to_limit=used(response.tax_to_limit) if response else 0.0,
        rebuild_years=float(response.rebuild_years or 0) if response else 0.0,
        rebuild_to=used(response.rebuild_to, 1.0) if response else 1.0,
        support_late=used(rules.support_late, 1.0),
        support_charge=annuity(used(rules.capitalisation_rate), rules.support_years) if rules.support_years else 0.0,
    )


def _approved(agency: Council, rag: str, years: tuple[FinancialYear, ...], lasting: bool) -> list[float]:
    """Return the approved savings of one colour that start in each year, or the part of them that recurs."""
    own = [saving for saving in agency.savings if saving.rag == rag]
    weights = [saving.recurrent.used if lasting else 1.0 for saving in own]
    return [
        fsum(w * s.amounts[year].used for s, w in zip(own, weights, strict=True) if year in s.amounts) for year in years
    ]


def _paid_out(agency: Council, years: tuple[FinancialYear, ...]) -> list[float]:
    """Return what committed and restricted reserves have paid for their own purposes by the end of each year."""
    pots = agency.reserves.named
    return [
        fsum(amount.used for pot in pots for when, amount in pot.planned_use.items() if when <= year) for year in years
    ]


def _entered_surplus(agency: Council, base_year: FinancialYear) -> float:
    """Return lasting funding less spending in the base year, as the lines are entered."""
    totals = entered_totals(agency, base_year)
    return totals["funding"] - totals["collection_fund"] - totals["net_revenue_expenditure"]
