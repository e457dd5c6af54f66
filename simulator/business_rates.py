"""Retained business rates: the local share is volatile, top-up or tariff is indexed and certain.

The general fund receives what was budgeted; the variance of the local share goes through the
collection fund and returns in the next two years (`council_tax.distributed`). Safety net and levy are
settled on the year's own income and fall in the year (SI 2013/737).
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import Floats
from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import DatedTerms, RatesTerms

Bands = tuple[tuple[float, float], ...]


def top_up(baseline_funding: float, rates_baseline: float) -> float:
    """Return the top-up that lifts a rates baseline to baseline funding; below nought it is a tariff."""
    return baseline_funding - rates_baseline


def safety_net(income: Floats | float, baseline_funding: Floats | float, share: float) -> Floats:
    """Return what makes retained income up to a share of baseline funding, nought or more."""
    paid: Floats = np.maximum(share * np.asarray(baseline_funding) - income, 0.0)
    return paid


def levy_rate(baseline_funding: Floats | float, rates_baseline: Floats | float, cap: float) -> Floats:
    """Return the rate of the levy until 2025-26: 1 - baseline funding / rates baseline, from nought to the cap."""
    rate: Floats = np.clip(1 - np.asarray(baseline_funding) / rates_baseline, 0.0, cap)
    return rate


def banded_levy(income: Floats | float, baseline_funding: Floats | float, bands: Bands) -> Floats:
    """Return the levy by bands of growth above baseline funding, each taken at its own rate."""
    grown = np.asarray(income) - baseline_funding
    tops = [above for above, _ in bands[1:]] + [np.inf]
    parts = [
        rate * np.clip(grown - above * np.asarray(baseline_funding), 0.0, (top - above) * np.asarray(baseline_funding))
        for (above, rate), top in zip(bands, tops, strict=True)
    ]
    total: Floats = np.sum(parts, axis=0)
    return total


def retained(terms: RatesTerms, prices: Prices, agency: int) -> tuple[Views, Floats]:
    """Return retained rates received in the year and the local share's variance, both `[year, path]`."""
    shape = (prices.block.events.cost.shape[1], prices.block.draws.paths)
    multiplier = _index(terms.multiplier, prices, agency, shape)
    base = _index(terms.base, prices, agency, shape)
    budgeted = terms.local_share * multiplier.expected * base.expected
    earned = Views(
        terms.local_share * multiplier.actual * base.actual,
        budgeted,
        terms.local_share * multiplier.national * base.national,
    )
    # Indexation follows last September's prices, so it is known when the budget is set.
    known = Views(multiplier.actual, multiplier.actual, multiplier.national)
    settled = [
        _settled(terms, local + terms.from_government * index, index)
        for local, index in zip(earned, known, strict=True)
    ]
    received = [terms.from_government * index + part for index, part in zip(known, settled, strict=True)]
    return (
        Views(budgeted + received[0], budgeted + received[1], earned.national + received[2]),
        earned.actual - budgeted,
    )


def _settled(terms: RatesTerms, income: Floats, multiplier: Floats) -> Floats:
    """Return safety net less levy on a year's retained income, `[year, path]`."""
    settled = np.zeros_like(income)
    if terms.baseline_funding is None:
        return settled
    funding = _uprated(terms.baseline_funding, multiplier)
    above = _uprated(terms.rates_baseline, multiplier) if terms.rates_baseline else None
    for t in range(len(income)):
        settled[t] = safety_net(income[t], funding[t], terms.safety_net[t])
        if terms.bands[t]:
            settled[t] -= banded_levy(income[t], funding[t], terms.bands[t])
        elif above is not None and terms.levy_cap[t]:
            rate = levy_rate(funding[t], above[t], terms.levy_cap[t])
            settled[t] -= rate * np.maximum(income[t] - funding[t], 0.0)
    return settled


def _uprated(terms: DatedTerms, multiplier: Floats) -> Floats:
    """Return an amount as entered while entered, then moved by the multiplier, `[year, path]`."""
    start = terms.last + 1
    out = np.broadcast_to(terms.known[:, None], multiplier.shape).copy()
    since = multiplier[terms.last] if start else 1.0
    out[start:] = terms.last_amount * multiplier[start:] / since
    return out


def _index(driver: int | None, prices: Prices, agency: int, shape: tuple[int, int]) -> Views:
    if driver is None:
        return Views(np.ones(shape), np.ones(shape), np.ones(shape))
    return prices.index(driver, agency)
