"""What every projection must satisfy, as residuals in pounds: nought when it holds."""

from __future__ import annotations

import numpy as np

from simulator.compiled import OUTSIDE, Compiled, Floats
from simulator.variants import MEASURES, Outcome, holders


def residuals(compiled: Compiled, outcome: Outcome) -> dict[str, float]:
    """Return the largest residual of each identity on a block; infinite where a number is not finite."""
    checks = {
        "check_gap": check_gap(compiled, outcome),
        "check_gap_is_met": check_gap_is_met(compiled, outcome),
        "check_reserves_roll_forward": check_reserves(compiled, outcome),
        "check_transfers": check_transfers(compiled, outcome),
    }
    found = {name: float(np.abs(residual).max(initial=0.0)) for name, residual in checks.items()}
    # One amount that is not finite leaves no sum finite.
    finite = all(np.isfinite(amount.sum()) for amount in outcome.measures.values())
    return {**found, "check_finite": 0.0 if finite else float("inf")}


def check_gap(compiled: Compiled, outcome: Outcome) -> Floats:
    """Gap less (spending less funding, as adjusted, what agreements take, what earlier years add or save, tax raised).

    What system agreements bring comes after the gap, so it is taken out of transfers again. A failed charity has none.
    """
    m = outcome.measures
    earlier = np.zeros_like(m["recurrent_savings"])
    earlier[:, :, 1:] = m["recurrent_savings"][:, :, :-1]
    between = m["transfers_out"] - m["transfers_in"] + m["system_support"]
    made = m["spending"] - m["funding"] + between - earlier
    for name, sign in (("underlying_adjustment", 1.0), ("support_cost", 1.0), ("tax_raised", -1.0)):
        _add(compiled, made, name, sign * m[name] if name in m else None)
    _add(compiled, made, "brought_forward", m.get("brought_forward"))
    if "failed" in m:
        rows = holders(compiled, MEASURES["failed"])
        # A body that failed in an earlier year neither spends nor receives.
        made[:, rows, 1:] = np.where(m["failed"][:, :, :-1] > 0, 0.0, made[:, rows, 1:])
    return m["gap"] - made


def _add(compiled: Compiled, total: Floats, name: str, amount: Floats | None) -> None:
    """Add a measure to the bodies that have it."""
    if amount is not None:
        total[:, holders(compiled, MEASURES[name])] += amount


def check_gap_is_met(compiled: Compiled, outcome: Outcome) -> Floats:
    """Gap less all that met it: savings, controls, contingency, agreements, reserves and what stayed unfunded."""
    m = outcome.measures
    met = m["savings_delivered"] + m["in_year_controls"] + m["contingency"] + m["use_of_reserves"] + m["unfunded_gap"]
    met = met + m["system_support"]
    _add(compiled, met, "surplus_spent", -m["surplus_spent"] if "surplus_spent" in m else None)
    _add(compiled, met, "lapsed", -m["lapsed"] if "lapsed" in m else None)
    return m["gap"] - met


def check_transfers(compiled: Compiled, outcome: Outcome) -> Floats:
    """What bodies received less what they paid, less what came from outside on balance: payments are double entry.

    Bodies taken by themselves, without the log of what others pay them, are not tested.
    """
    if not compiled.agreed.payments:
        return np.zeros(1)
    net: Floats = np.sum(outcome.measures["transfers_in"] - outcome.measures["transfers_out"], axis=1)
    for entry, payment in enumerate(compiled.agreed.payments):
        sides = (payment.payee != OUTSIDE) - (payment.payer != OUTSIDE)
        if sides:
            net -= sides * outcome.payments[entry]
    return net


def check_reserves(compiled: Compiled, outcome: Outcome) -> Floats:
    """Closing reserves less opening reserves, plus what was used, reallocated or paid out for its own purpose."""
    m, terms = outcome.measures, compiled.council
    if "gf_unallocated" not in m:
        return np.zeros(1)
    closing = m["gf_unallocated"] + m["earmarked_reserves"]
    start = terms.gf_unallocated + terms.earmarked
    opening = np.empty_like(closing)
    opening[:, :, 0] = start[:, None]
    opening[:, :, 1:] = closing[:, :, :-1]
    paid = np.diff(terms.paid_out, prepend=0.0)[:, :, None]
    return closing - (opening - m["use_of_reserves"][:, : len(start)] - m["reallocated"] - paid)
