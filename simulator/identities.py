"""What every projection must satisfy, as residuals in pounds: nought when it holds."""

from __future__ import annotations

import numpy as np

from simulator.compiled import Compiled, Floats
from simulator.projection import Outcome


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
    """Gap less (spending less funding, plus the underlying adjustment, less earlier recurrent savings)."""
    m = outcome.measures
    earlier = np.zeros_like(m["recurrent_savings"])
    earlier[:, :, 1:] = m["recurrent_savings"][:, :, :-1]
    return m["gap"] - (m["spending"] - m["funding"] + m["underlying_adjustment"] - earlier)


def check_gap_is_met(outcome: Outcome) -> Floats:
    """Gap less everything that met it: savings, controls, reserves and what stayed unfunded."""
    m = outcome.measures
    met = m["savings_delivered"] + m["in_year_controls"] + m["use_of_reserves"] + m["unfunded_gap"]
    return m["gap"] - (met - m["surplus_spent"])


def check_reserves(compiled: Compiled, outcome: Outcome) -> Floats:
    """Closing reserves less opening reserves, plus what was used and reallocated in the year."""
    m, terms = outcome.measures, compiled.council
    closing = m["gf_unallocated"] + m["earmarked_reserves"]
    start = terms.gf_unallocated + terms.earmarked
    opening = np.empty_like(closing)
    opening[:, :, 0] = start[:, None]
    opening[:, :, 1:] = closing[:, :, :-1]
    return closing - (opening - m["use_of_reserves"] - m["reallocated"])
