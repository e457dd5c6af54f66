"""What every projection must satisfy, as residuals in pounds: nought when it holds."""

from __future__ import annotations

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.variants import Outcome


def residuals(compiled: Compiled, outcome: Outcome) -> dict[str, float]:
    """Return the largest residual of each identity on a block; infinite where a number is not finite."""
    checks = {
        "check_gap": check_gap(outcome),
        "check_gap_is_met": check_gap_is_met(outcome),
        "check_reserves_roll_forward": check_reserves(compiled, outcome),
    }
    found = {name: float(np.abs(residual).max()) for name, residual in checks.items()}
    finite = all(np.isfinite(amount).all() for amount in outcome.measures.values())
    return {**found, "check_finite": 0.0 if finite else float("inf")}


def check_gap(outcome: Outcome) -> Floats:
    """Gap less (spending less funding, as adjusted, plus the cost of support, less tax raised and earlier savings)."""
    m = outcome.measures
    earlier = np.zeros_like(m["recurrent_savings"])
    earlier[:, :, 1:] = m["recurrent_savings"][:, :, :-1]
    made = m["spending"] - m["funding"] + m["underlying_adjustment"] + m["support_cost"] - m["tax_raised"] - earlier
    return m["gap"] - made


def check_gap_is_met(outcome: Outcome) -> Floats:
    """Gap less everything that met it: savings, controls, contingency, reserves and what stayed unfunded."""
    m = outcome.measures
    met = m["savings_delivered"] + m["in_year_controls"] + m["contingency"] + m["use_of_reserves"] + m["unfunded_gap"]
    return m["gap"] - (met - m["surplus_spent"])


def check_reserves(compiled: Compiled, outcome: Outcome) -> Floats:
    """Closing reserves less opening reserves, plus what was used, reallocated or paid out for its own purpose."""
    m, terms = outcome.measures, compiled.council
    closing = m["gf_unallocated"] + m["earmarked_reserves"]
    start = terms.gf_unallocated + terms.earmarked
    opening = np.empty_like(closing)
    opening[:, :, 0] = start[:, None]
    opening[:, :, 1:] = closing[:, :, :-1]
    paid = np.diff(terms.paid_out, prepend=0.0)[:, :, None]
    return closing - (opening - m["use_of_reserves"] - m["reallocated"] - paid)
