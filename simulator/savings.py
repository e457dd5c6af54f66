"""Savings delivered: one beta rate for each kind, whose luck is partly the organisation's, partly the year's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr

from simulator.compiled import Compiled, DeliveryTerms, Floats
from simulator.streams import Draws

NEW = 3
"""The kind of saving that is found after the plan was approved; the kinds before it are approved ones by colour."""
SCORES = np.linspace(-6.0, 6.0, 4_801)
_PER_SCORE = 400.0


@lru_cache(maxsize=64)
def _quantiles(mean: float, sd: float) -> tuple[Floats, Floats]:
    """Return the quantiles of a beta on 0 to 1 at the normal scores of `SCORES`, and how steep they are from each on.

    Exact inversion costs far more. The last is level, since nothing lies beyond it.
    """
    if sd == 0 or mean in (0.0, 1.0):
        return np.full_like(SCORES, mean), np.zeros_like(SCORES)
    both = mean * (1 - mean) / sd**2 - 1
    drawn: Floats = betaincinv(mean * both, (1 - mean) * both, ndtr(SCORES))
    return drawn, np.append(np.diff(drawn) / np.diff(SCORES), 0.0)


def _placed(score: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the last of `SCORES` at or below each score and how far the score lies above it, 0 beyond either end.

    `SCORES` are evenly spaced, so the place is a division, put right where rounding missed by one; this is what
    `numpy.interp` finds by searching, which would take longest of all that a year does.
    """
    last = len(SCORES) - 1
    held = np.clip(score, SCORES[0], SCORES[-1])
    at = np.minimum(((held - SCORES[0]) * _PER_SCORE).astype(np.intp), last)
    at -= held < SCORES[at]
    at += (at < last) & (held >= SCORES[np.minimum(at + 1, last)])
    return at, held - SCORES[at]


def delivery(
    terms: DeliveryTerms, draws: Draws, agency: int, name: str, years: int, *, kinds: Iterable[int] = range(NEW + 1)
) -> Floats:
    """Return the share of planned savings delivered, `[kind, year, path]`: green, amber, red, new; 1 for other kinds.

    A lasting organisation effect and a yearly one, which moves with the fiscal factor, make one score for all
    kinds, so that a body's savings do well or badly together. Without luck a body's own plan comes true, with its
    approved savings in full; the futures deliver what such savings do.
    """
    lasting = draws.normals(f"savings/{name}/organisation", 1)
    yearly = np.sqrt(1 - terms.system_share) * draws.normals(f"savings/{name}/year", years)
    if terms.system_share:
        yearly = yearly + np.sqrt(terms.system_share) * draws.normals("factor/fiscal/shock", years)
    weight = terms.organisation_weight
    score = np.sqrt(weight) * lasting + np.sqrt(1 - weight) * yearly
    held = agency in terms.held
    if held:
        score = np.zeros_like(score)
    means = terms.means[agency]
    rate = np.ones((len(means), *score.shape))
    at, above = _placed(score)
    for kind in kinds:
        values, slopes = _quantiles(float(means[kind]), terms.sd)
        rate[kind] = slopes[at] * above + values[at]
    if terms.planned[agency] and (held or not draws.lucky):
        rate[:NEW] = 1.0
    return rate


def rates(compiled: Compiled, draws: Draws) -> Floats:
    """Return the share of savings delivered by every body, `[kind, agency, year, path]`; all of it without a model."""
    years, names = compiled.horizon, compiled.agency_ids
    if compiled.delivery is None:
        return np.ones((NEW + 1, len(names), years, draws.paths))
    # A kind that no body has planned is delivered or not to no effect.
    kinds = [[*(k for k in range(NEW) if compiled.actions.approved[k, a].any()), NEW] for a in range(len(names))]
    drawn = [delivery(compiled.delivery, draws, a, name, years, kinds=kinds[a]) for a, name in enumerate(names)]
    return np.stack(drawn, axis=1)


def by_kind(approved: Floats, new: Floats, rate: Floats) -> Floats:
    """Return what is delivered of savings approved `[kind, ...]` and of new ones, added in the order of kinds."""
    total: Floats | float = 0.0
    for kind, planned in enumerate(approved):
        if planned.any():
            total = total + planned * rate[kind]
    delivered: Floats = total + new * rate[NEW]
    return delivered
