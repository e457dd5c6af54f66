"""What an employer pays on top of pay: National Insurance steps and the pension rate of each valuation."""

from __future__ import annotations

from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import EmployerTerms


def costs(terms: EmployerTerms, prices: Prices, agency: int) -> Views:
    """Return what is paid above the base year's on-costs, `[year, path]`: pay bill x pay index x points of pay."""
    pay = prices.index(terms.pay, agency)
    if terms.pension_rate is None:
        return Views(*(terms.bill * index * terms.step[:, None] for index in pay))
    points = prices.index(terms.pension_rate, agency)
    both = zip(pay, points, strict=True)
    return Views(*(terms.bill * index * (terms.step[:, None] + rate) for index, rate in both))
