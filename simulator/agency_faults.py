"""Faults of one council that no single field can show: its sums, its tax, its grants, its own history."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import fsum
from typing import NamedTuple

from simulator.money import HALF_PENNY, UNITS, in_millions
from simulator.place import Council, CouncilTax
from simulator.scenario import TOTALS, Scenario, entered_totals
from simulator.years import FinancialYear

TAX_BASE_MOVES = 0.1
PUBLISHED_ROUNDING = 2_000.0
"""Pounds by which four published sums, each rounded to a thousand, may miss their total."""
FUNDING_PARTS = ("council_tax", "general_grants", "retained_rates", "collection_fund")
_PLACES = {"£": (2, 2), "£k": (1, 5), "£m": (4, 8)}  # decimals commonly written, and those of a penny
Address = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault between parts of a scenario: the field's address, the rule it breaks and the remedy."""

    address: Address
    rule: str
    remedy: str


def agency_faults(scenario: Scenario, agency: Council, at: Address) -> Iterator[Fault]:
    """Yield the faults of one council: its sums, its tax, its matched grants, and what its own history contradicts."""
    tax, grants, year = agency.funding.council_tax, agency.funding.grants, scenario.base_year
    yield from _tax_faults(scenario, tax, (*at, "funding", "council_tax"))
    for j, grant in enumerate(grants):
        if grant.matched_to and len(grant.amounts) > 1:
            rule = "a matched grant moves with its line, so only its base-year amount is given"
            yield Fault((*at, "funding", "grants", j, "amounts"), rule, "take out the later years, or `matched_to`")
    for group, stated in (("totals", agency.totals), ("published", agency.published)):
        for key in sorted(set(stated) - set(TOTALS)):
            yield Fault((*at, group, key), f"a total is one of: {', '.join(TOTALS)}", "rename it")
    yield from _published_faults(agency, scenario.money, at)
    yield from _history_faults(agency, year, (*at, "reserves", "contribution", "direction"))
    whole = year in tax.requirement and all(year in grant.amounts for grant in grants)
    for key, made in (entered_totals(agency, year) if whole else {}).items():
        if key in agency.totals and abs(made - agency.totals[key].used) > HALF_PENNY:
            yield _total_fault((*at, "totals", key), scenario.money, agency.totals[key].used, made)


def _published_faults(agency: Council, money: str, at: Address) -> Iterator[Fault]:
    stated = agency.published
    if {"funding", *FUNDING_PARTS} <= set(stated):
        made = fsum(stated[key].used for key in FUNDING_PARTS)
        if abs(made - stated["funding"].used) > PUBLISHED_ROUNDING:
            yield _total_fault((*at, "published", "funding"), money, stated["funding"].used, made)


def _history_faults(agency: Council, year: FinancialYear, at: Address) -> Iterator[Fault]:
    """Yield a fault when published reserves moved the other way from the contribution entered."""
    history, before = agency.history, FinancialYear(year.start - 1)
    if history is None or not {year, before} <= set(history.gf_unallocated) & set(history.earmarked):
        return
    opening = history.restated_earmarked.get(year, history.earmarked[before]).used + history.gf_unallocated[before].used
    rise = history.earmarked[year].used + history.gf_unallocated[year].used - opening
    if rise * agency.reserves.contribution.added < 0:
        moved, word = ("rose", "added") if rise > 0 else ("fell", "drawn")
        rule = f"published reserves {moved} by {in_millions(abs(rise), 3)} in {year}, so the contribution was {word}"
        yield Fault(at, rule, f"write `direction: {word}`, or correct `history`")


def _total_fault(address: Address, money: str, says: float, made: float) -> Fault:
    unit, (common, full) = float(UNITS[money]), _PLACES[money]
    exact = all(abs(round(part / unit, common) * unit - part) < HALF_PENNY for part in (says, made))
    said = [f"{part / unit:.{common if exact else full}f}" for part in (says, made, abs(made - says))]
    a, b, off = (f"£{text}{money[1:]}" for text in said)
    rule = f"the total says {a}, the lines make {b}, {off} {'more' if made > says else 'less'}"
    return Fault(address, rule, f"set it to {said[1].rstrip('0').rstrip('.')}, or correct a line")


def _tax_faults(scenario: Scenario, tax: CouncilTax, at: Address) -> Iterator[Fault]:
    if set(tax.requirement) != set(tax.band_d):
        yield Fault((*at, "band_d"), "requirement and Band D are given for the same years", "add the missing year")
    base = {year: tax.requirement[year].used / tax.band_d[year].used for year in tax.requirement if year in tax.band_d}
    for before, year in pairwise(sorted(base)):
        change = base[year] / base[before] - 1 if base[before] else 0.0
        if abs(change) > TAX_BASE_MOVES:
            required = tax.requirement[year].used / float(UNITS[scenario.money])
            rule = f"Band D {tax.band_d[year].used:.2f} and requirement {required:.3f} imply a tax base that "
            rule += (
                f"{'grows' if change > 0 else 'falls'} by {abs(change):.0%} in {year}; {TAX_BASE_MOVES:.0%} is the most"
            )
            yield Fault((*at, "band_d", str(year)), rule, f"check both figures, and those of {before}")
            break
    limits = scenario.rules.referendum_limit
    if tax.increase == "referendum_limit" and not limits:
        rule = "an increase at the referendum limit needs `rules.referendum_limit`"
        yield Fault((*at, "increase"), rule, "extend the defaults, or give the increase by year")
    for year, stated in tax.increase.items() if isinstance(tax.increase, dict) else ():
        ruling = max((known for known in limits if known <= year), default=None)
        if year <= max(tax.requirement, default=scenario.base_year):
            rule = f"the requirement for {year} is entered, so an increase for it has no effect"
            yield Fault((*at, "increase", str(year)), rule, "take it out")
        elif ruling and stated.used > limits[ruling].used + 1e-9:
            rule = f"{stated.used:.2%} is above the referendum limit of {limits[ruling].used:.2%} in {year}"
            remedy = "lower it, or raise the limit in `rules.referendum_limit` if a referendum is won"
            yield Fault((*at, "increase", str(year)), rule, remedy)
