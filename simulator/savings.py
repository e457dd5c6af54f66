"""Savings delivered: a PERT rate whose luck is partly the organisation's, partly the year's."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import betaincinv, ndtr

from simulator.compiled import Floats, ResponseTerms
from simulator.streams import Draws

SCORES = np.linspace(-6.0, 6.0, 4_801)


@lru_cache(maxsize=16)
def _quantiles(low: float, mode: float, high: float) -> Floats:
    """Return the PERT quantiles at the normal scores of `SCORES`; exact inversion would cost far more."""
    if high == low:
        return np.full_like(SCORES, low)
    first = 1 + 4 * (mode - low) / (high - low)
    drawn: Floats = low + (high - low) * betaincinv(first, 6 - first, ndtr(SCORES))
    return drawn


def delivery(terms: ResponseTerms, draws: Draws, agency: str, years: int) -> Floats:
    """Return the share of planned savings delivered, `[year, path]`.

    A lasting organisation effect and a yearly one; the yearly one moves with the fiscal factor.
    """
    lasting = draws.normals(f"savings/{agency}/organisation", 1)
    yearly = np.sqrt(1 - terms.system_share) * draws.normals(f"savings/{agency}/year", years)
    if terms.system_share:
        yearly = yearly + np.sqrt(terms.system_share) * draws.normals("factor/fiscal/shock", years)
    weight = terms.organisation_weight
    score = np.sqrt(weight) * lasting + np.sqrt(1 - weight) * yearly
    delivered: Floats = np.interp(score, SCORES, _quantiles(terms.low, terms.mode, terms.high))
    return delivered
