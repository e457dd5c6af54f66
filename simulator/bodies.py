"""What one body receives, owes and may do, as frozen terms; `compiling.py` puts them together."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simulator.assumptions import Assumption
from simulator.central import central_level, dated, entered, grown
from simulator.compiled import Floats, Line, Pair
from simulator.place import Agency, Levy
from simulator.place import Line as Spending
from simulator.regimes.council import highest_band_d, revenue_provision
from simulator.regimes.icb import Allocation, converged
from simulator.resources import CouncilTax, Grant, Income
from simulator.rules import Referendum
from simulator.scenario import Scenario
from simulator.terms import (
    DatedTerms,
    DebtTerms,
    EmployerTerms,
    FundingTerms,
    GrantTerms,
    HighNeedsTerms,
    RatesTerms,
    TaxTerms,
)
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

    def __init__(self, at: Drivers, number: int, agency: Agency) -> None:
        """Keep the body and what the compiler has at hand."""
        self.at, self.a, self.agency = at, number, agency
        self.years, self.rules, self.base = at.years, at.scenario.rules, at.scenario.base_year

    def funding(self, lines: tuple[Line, ...]) -> FundingTerms:
        """Return what the body receives and owes; `lines` are those of all bodies."""
        incomes = sorted(self.agency.incomes, key=lambda income: income.id)
        kept = self.agency.contingency
        nought = np.zeros(len(self.years))
        return FundingTerms(
            tax=self._tax(self.agency.tax) if self.agency.tax else None,
            rates=self._rates(),
            grants=tuple(
                own_growth(self.at, held) for held in incomes if not (isinstance(held, Grant) and held.matched_to)
            ),
            levies=tuple(own_growth(self.at, levy) for levy in sorted(self.agency.levies, key=lambda levy: levy.id)),
            debt=self._debt(),
            high_needs=self._high_needs(),
            employer=self._employer(lines),
            contingency=np.array([dated(kept.amounts, year) for year in self.years]) if kept else nought,
            plan_spending=nought,
            plan_funding=nought,
        )

    def _tax(self, tax: CouncilTax) -> TaxTerms:
        steps, support, tier = len(self.years), tax.support, self.agency.tier
        parishes = entered(tax.parish_precepts, self.years) if tax.parish_precepts else (np.zeros(steps), -1, 0.0)
        requirement = entered(tax.requirement, self.years)
        limits = self.rules.referendum_limits.get(tier) if tier and tier != "combined_authority" else None
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
        rates, law = self.agency.rates, self.rules.business_rates
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
        needs = self.agency.needs
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


def own_growth(at: Drivers, held: Income | Levy) -> GrantTerms:
    """Return income or a levy with its own growth; what is confirmed, and every levy, is as entered while entered."""
    income, years = held if isinstance(held, Income) else None, at.years
    only = held.ring_fence if isinstance(held, Grant) else None
    central = central_level(at.central, held.driver, len(years))
    base = at.scenario.base_year
    return GrantTerms(
        held.id,
        isinstance(held, Grant) and held.specific,
        held.amounts[base].used if base in held.amounts else 0.0,
        *entered(held.amounts, years),
        driver=at.index(held.driver),
        confirmed=income is None or income.certainty == "confirmed",
        central=central,
        ends=income.ends - years[0] if income and income.ends else len(years),
        converging=_converging(at, held),
        fenced=(only,) if only else (),
        exceptional=isinstance(held, Grant) and held.exceptional,
    )


def _converging(at: Drivers, held: Income | Levy) -> Floats:
    """Return the growth by year that moves an allocation towards its target; nought where entered amounts still run."""
    law, years = at.scenario.rules.nhs, at.years
    nought = np.zeros(len(years))
    if not isinstance(held, Allocation) or held.distance_from_target is None or law is None:
        return nought
    growth = at.central[held.driver][1:] if held.driver else nought
    after = np.array([year > max(held.amounts) for year in years])
    limits = law.convergence_rate.used, law.convergence_down.used, law.convergence_up.used
    moved = converged(held.distance_from_target.used, *limits, growth[after])
    nought[after] = moved
    return nought


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
