"""Council tax: the requirement set at budget, and the collection fund that returns its variances.

The general fund receives the requirement; a collection variance reaches it in the next two years:
what January's estimate knew in the first, the rest in the second (SI 1992/2428).
"""

from __future__ import annotations

import numpy as np

from simulator.compiled import Floats
from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import TaxTerms


def requirement(terms: TaxTerms, prices: Prices, agency: int) -> Views:
    """Return the council's own requirement, `[year, path]`: as confirmed, then tax base times Band D.

    The tax base is known when the budget is set, so nothing about it surprises in the year.
    """
    own, national = _projected(terms, prices, agency)
    return Views(own, own, national)


def _projected(terms: TaxTerms, prices: Prices, agency: int) -> tuple[Floats, Floats]:
    years = len(terms.requirement)
    shape = (years, prices.block.draws.paths)
    both = []
    for version in (0, 2):
        out = np.broadcast_to(terms.requirement[:, None], shape).copy()
        start = terms.last + 1
        rate = np.cumprod(1 + terms.increase[start:])[:, None]
        index = _tax_base(terms, prices, agency, version)
        known = index[terms.last] if terms.last >= 0 else 1.0
        out[start:] = terms.last_requirement * rate * (index[start:] / known)
        both.append(out)
    return both[0], both[1]


def _tax_base(terms: TaxTerms, prices: Prices, agency: int, version: int) -> Floats:
    """Return the tax base after council tax support, `[year, path]`, 1 in the base year.

    Growth of the base as a whole, times what support leaves of it: (1 - share x caseload) / (1 - share).
    """
    index = np.ones((len(terms.requirement), prices.block.draws.paths))
    if terms.tax_base is not None:
        index = prices.index(terms.tax_base, agency)[version]
    if terms.caseload is None:
        return index
    caseload = prices.index(terms.caseload, agency)[version]
    left = np.maximum(1 - terms.support_share * caseload, 0.0) / (1 - terms.support_share)
    return index * left


def parish_precepts(terms: TaxTerms, required: Floats) -> Floats:
    """Return the parishes' precepts, `[year, path]`: as entered, then in step with the requirement.

    They pass through: the same sum is income and spending.
    """
    out = np.broadcast_to(terms.parishes[:, None], required.shape).copy()
    start = terms.last_parish + 1
    if terms.last_precepts:
        since = required[terms.last_parish] if start else terms.base_requirement
        out[start:] = terms.last_precepts * required[start:] / since
    return out


def collection_variance(terms: TaxTerms, tax: Views, prices: Prices, agency: int) -> tuple[Floats, Floats]:
    """Return what is collected above (+) or below (-) the rate assumed, `[year, path]`, and the nation's part."""
    if terms.collection is None:
        return np.zeros_like(tax.actual), np.zeros_like(tax.national)
    points = prices.index(terms.collection, agency)
    return tax.actual * points.actual, tax.national * points.national


def distributed(variance: Floats, estimated: float) -> Floats:
    """Return what the collection fund pays (+) or takes (-) in each year for the two years before."""
    paid = np.zeros_like(variance)
    paid[1:] += estimated * variance[:-1]
    paid[2:] += (1 - estimated) * variance[:-2]
    return paid


def limit_kept(terms: TaxTerms, prices: Prices, agency: int, tax: Views, estimated: float) -> Views:
    """Return what the gap loses where the tax limit of the settlement goes on past it, collection included.

    `tax` is the requirement as planned, `estimated` the share of a collection variance that is known a year early.
    """
    more = (terms.limit_kept - 1)[:, None]
    extra = Views(*(amount * more for amount in tax))
    variance, national = collection_variance(terms, extra, prices, agency)
    paid, answered = distributed(variance, estimated), distributed(national, estimated)
    return Views(-extra.actual - paid, -extra.expected - paid, -extra.national - answered)
