"""What bodies may do and hold, as frozen terms: savings, reserves, cash; `compiling.py` puts them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

import numpy as np

from simulator.actions import ActionTerms
from simulator.assumptions import Assumption
from simulator.bodies import used
from simulator.compiled import CHARITY, ICB, LOCAL, TRUST, Floats
from simulator.money import annuity
from simulator.place import Agency, LocalAuthority
from simulator.plan import RAGS
from simulator.regimes.council import CouncilTerms
from simulator.regimes.icb import Icb, IcbTerms
from simulator.regimes.trust import Trust, TrustTerms
from simulator.regimes.vcse import Charity, CharityTerms
from simulator.rules import SavingsResponse
from simulator.scenario import Scenario, base_residual, entered_surplus
from simulator.years import FinancialYear


def regime(agency: Agency) -> str:
    """Return the regime whose rules bind a body."""
    if isinstance(agency, LocalAuthority):
        return LOCAL
    return ICB if isinstance(agency, Icb) else TRUST if isinstance(agency, Trust) else CHARITY


def action_terms(scenario: Scenario, agencies: Sequence[Agency]) -> ActionTerms:
    """Return what managers can do; net budgets and minimums are nought until the central case is known."""
    years = scenario.projected
    responses = [_response(scenario, agency) for agency in agencies]
    nought = np.zeros((len(agencies), len(years)))

    def each(name: str, otherwise: float) -> Floats:
        """Return one choice of every body, `[agency, 1]`."""
        stated = [getattr(response, name) if response else None for response in responses]
        return np.array([[used(value, otherwise)] for value in stated])

    rebuilt = [response.rebuild_years if response else None for response in responses]
    return ActionTerms(
        net_budget=nought,
        minimum=nought,
        approved=np.array([[_approved(agency, rag, years, False) for agency in agencies] for rag in RAGS]),
        approved_lasting=np.array([[_approved(agency, rag, years, True) for agency in agencies] for rag in RAGS]),
        plans=np.array([year >= scenario.budget_year for year in years]),
        controls=np.array([year >= scenario.open_year for year in years]),
        yearly_capacity=each("yearly_capacity", 0.0),
        total_capacity=each("total_capacity", 0.0),
        recurrent=each("recurrent", 1.0),
        covered_once=each("covered_once", 0.0),
        brake_share=each("brake_share", 0.0),
        brake_cap=each("brake_cap", 0.0),
        tax_to_limit=each("tax_to_limit", 0.0),
        rebuild_years=np.array([[float(over) if over else np.inf] for over in rebuilt]),
        rebuild_to=each("rebuild_to", 1.0),
    )


def _response(scenario: Scenario, agency: Agency) -> SavingsResponse | None:
    kind = regime(agency)
    return scenario.rules.savings_response if kind == LOCAL else scenario.rules.responses.get(kind)  # type: ignore[call-overload]


def council_terms(scenario: Scenario, agencies: Sequence[LocalAuthority]) -> CouncilTerms:
    """Return what the rules of local authorities need; minimums are nought until the central case is known."""
    held = [agency.reserves for agency in agencies]
    rules, response, years = scenario.rules, scenario.rules.savings_response, scenario.projected
    shares = np.array([[reserves.share("any"), reserves.share("emergency")] for reserves in held]).reshape(-1, 2)
    bound = [r.earmarked.used * (1 - sum(free)) if r.named else 0.0 for r, free in zip(held, shares, strict=True)]
    nought = np.zeros((len(agencies), len(years)))
    return CouncilTerms(
        minimum=nought,
        entered_surplus=np.array([entered_surplus(scenario, agency) for agency in agencies]),
        unexplained=np.array([base_residual(a) + used(a.tax.fund_share if a.tax else None) for a in agencies]),
        added=np.array([reserves.contribution.added for reserves in held]),
        recurs=np.array([reserves.contribution.treatment == "recurrent" for reserves in held], dtype=bool),
        gf_unallocated=np.array([reserves.gf_unallocated.used for reserves in held]),
        earmarked=np.array([reserves.earmarked.used for reserves in held]),
        usable_share=shares[:, 0],
        reallocatable_share=shares[:, 1],
        bound=np.array(bound),
        paid_out=np.array([_paid_out(agency, years) for agency in agencies]).reshape(-1, len(years)),
        surplus_banked=np.full((len(agencies), 1), response.surplus_banked.used if response else 1.0),
        support_late=used(rules.support_late, 1.0),
        support_charge=annuity(used(rules.capitalisation_rate), rules.support_years) if rules.support_years else 0.0,
    )


def _approved(agency: Agency, rag: str, years: tuple[FinancialYear, ...], lasting: bool) -> list[float]:
    """Return the approved savings of one colour that start in each year, or the part of them that recurs."""
    own = [saving for saving in agency.savings if saving.rag == rag]
    weights = [saving.recurrent.used if lasting else 1.0 for saving in own]
    return [
        fsum(w * s.amounts[year].used for s, w in zip(own, weights, strict=True) if year in s.amounts) for year in years
    ]


def _paid_out(agency: LocalAuthority, years: tuple[FinancialYear, ...]) -> list[float]:
    """Return what committed and restricted reserves have paid for their own purposes by the end of each year."""
    pots = agency.reserves.named
    return [
        fsum(amount.used for pot in pots for when, amount in pot.planned_use.items() if when <= year) for year in years
    ]


def _by_year(amounts: Mapping[FinancialYear, Assumption[float]], years: tuple[FinancialYear, ...]) -> list[float]:
    """Return stated amounts by projected year, nought where nothing is stated."""
    return [amounts[year].used if year in amounts else 0.0 for year in years]


def icb_terms(scenario: Scenario, bodies: Sequence[Icb]) -> IcbTerms | None:
    """Return what the rules of ICBs need, or nothing where there is none."""
    law, years = scenario.rules.nhs, scenario.projected
    if not bodies:
        return None
    stated = (
        {
            "carry_forward": law.carry_forward.used,
            "repayment_years": law.repayment_years,
            "repayment_cap": law.repayment_cap.used,
            "tolerance": law.tolerance.used,
        }
        if law
        else {}
    )
    return IcbTerms(
        owed=np.array([used(body.owed) for body in bodies]),
        planned_deficit=np.array([_by_year(body.planned_deficit, years) for body in bodies]),
        deficit_support=np.array([_by_year(body.deficit_support, years) for body in bodies]),
        **stated,  # type: ignore[arg-type]
    )


def trust_terms(scenario: Scenario, bodies: Sequence[Trust]) -> TrustTerms | None:
    """Return what the rules of trusts need, or nothing where there is none; a planned surplus is below nought."""
    law, years = scenario.rules.nhs, scenario.projected
    if not bodies:
        return None
    stated = {"dividend": law.dividend.used, "tolerance": law.tolerance.used} if law else {}
    plans = [
        np.subtract(_by_year(body.planned_deficit, years), _by_year(body.planned_surplus, years)) for body in bodies
    ]
    return TrustTerms(
        cash=np.array([body.cash.used for body in bodies]),
        minimum_days=np.array([body.minimum_cash_days.used for body in bodies]),
        non_cash=np.array([[used(body.non_cash)] * len(years) for body in bodies]),
        capital=np.array([[used(body.capital)] * len(years) for body in bodies]),
        planned_deficit=np.array(plans),
        deficit_support=np.array([_by_year(body.deficit_support, years) for body in bodies]),
        statutory=np.array([not body.foundation for body in bodies]),
        **stated,
    )


def charity_terms(scenario: Scenario, bodies: Sequence[Charity]) -> CharityTerms | None:
    """Return what the rules of charities need, or nothing where there is none."""
    if not bodies:
        return None
    law = scenario.rules.nhs
    usual = law.replacement_multiple.used if law else 1.0
    return CharityTerms(
        free_reserves=np.array([body.free_reserves.used for body in bodies]),
        minimum_months=np.array([body.minimum_months.used for body in bodies]),
        replacement_multiple=np.array([used(body.replacement_multiple, usual) for body in bodies]),
        fails=np.array([body.fails for body in bodies]),
    )
