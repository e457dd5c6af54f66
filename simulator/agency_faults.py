"""Faults of one council that no single field can show: its sums, its tax, its grants, its own history."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from math import fsum
from typing import NamedTuple

from simulator.assumptions import Assumption
from simulator.money import HALF_PENNY, UNITS, in_millions
from simulator.place import Agency, Line, LocalAuthority, Tier
from simulator.resources import BusinessRates, CouncilTax, Grant, Income
from simulator.rules import Referendum
from simulator.scenario import TOTALS, Scenario, entered_totals
from simulator.years import FinancialYear

MOST_COMPARED = 200
TAX_BASE_MOVES = 0.1
PUBLISHED_ROUNDING = 2_000.0
"""Pounds by which four published sums, each rounded to a thousand, may miss their total."""
LHA_SHARE = 0.9
"""Share of the local housing allowance of January 2011 that subsidy pays."""
FUNDING_PARTS = ("council_tax", "general_grants", "retained_rates", "collection_fund")
_PLACES = {"£": (2, 2), "£k": (1, 5), "£m": (4, 8)}  # decimals commonly written, and those of a penny
Address = tuple[str | int, ...]
Asked = tuple[Address, str, str, Collection[str]]
"""A name that nothing of its kind has: where it stands, the name, the kind, and those known of the kind."""


class Fault(NamedTuple):
    """A fault between parts of a scenario: the field's address, the rule it breaks and the remedy.

    `mends` is the value in the file's unit that puts it right by itself, if one does.
    """

    address: Address
    rule: str
    remedy: str
    mends: str = ""


def unknown_name(address: Address, name: str, kind: str, known: Collection[str]) -> Fault:
    """Return the fault of a name that nothing of its kind has, with the nearest that is known."""
    listed = ", ".join(sorted(known)) or "none; defaults come only by `extends`"
    close = difflib.get_close_matches(name, sorted(known)[:MOST_COMPARED], 1, 0.6)
    article = "an" if kind[0] in "aeiou" else "a"
    rule = f"this names {article} {kind} that the scenario holds; `{name}` is not one"
    return Fault(address, rule, f"did you mean `{close[0]}`? One of: {listed}" if close else f"use one of: {listed}")


def unknown_names(asked: Iterable[Asked]) -> Iterator[Fault]:
    """Yield the fault of each name.

    Where a scenario holds no drivers or no baskets at all a parent file is missing, which is one fault and not one
    for every name.
    """
    lacking = dict[str, list[Fault]]()
    for address, name, kind, known in asked:
        fault = unknown_name(address, name, kind, known)
        if known or kind.partition(" ")[0] not in ("driver", "basket"):
            yield fault
        else:
            lacking.setdefault(kind.partition(" ")[0], []).append(fault)
    missed = [fault for faults in lacking.values() for fault in faults]
    if len(missed) < 2:
        yield from missed
        return
    none = " and ".join(f"no {kind}s" for kind in sorted(lacking))
    rule = f"the scenario holds {none}, and {len(missed)} fields name one, this among them"
    yield Fault(missed[0].address, rule, "also extend defaults/uk-2026.yaml, which has them, or state your own")


def agency_faults(scenario: Scenario, agency: Agency, at: Address) -> Iterator[Fault]:
    """Yield the faults of one body: its sums, what it receives, and what its own history contradicts."""
    year, tax = scenario.base_year, agency.tax
    if tax:
        yield from _tax_faults(scenario, tax, (*at, "funding", "council_tax"))
        yield from _increase_faults(scenario, tax, agency.tier, (*at, "funding", "council_tax", "increase"))
        yield from _precept_faults(agency, tax, year, (*at, "funding", "council_tax", "social_care_precept"))
    yield from _grant_faults(agency, year, (*at, *incomes_at(agency)))
    if agency.rates:
        yield from _rates_faults(agency.rates, scenario.first_year, (*at, "funding", "business_rates"))
    for j, line in enumerate(agency.spending):
        for known in sorted(line.amounts):
            if known <= year:
                rule = f"`amounts` are of years after the base year {year}, whose figure is `net`"
                yield Fault((*at, "spending", j, "amounts", str(known)), rule, "take it out")
    for j, line in enumerate(agency.spending):
        yield from _subsidy_faults(line, (*at, "spending", j, "subsidy", "weekly_rent"))
    for group, stated in (("totals", agency.totals), ("published", agency.published)):
        for key in sorted(set(stated) - set(TOTALS)):
            yield Fault((*at, group, key), f"a total is one of: {', '.join(TOTALS)}", "rename it")
    yield from _published_faults(agency, scenario.money, at)
    if isinstance(agency, LocalAuthority):
        yield from _history_faults(agency, year, (*at, "reserves", "contribution", "direction"))
    for key, made in (entered_totals(agency, year) if has_base_year(agency, year) else {}).items():
        if key in agency.totals and abs(made - agency.totals[key].used) > HALF_PENNY:
            yield total_fault((*at, "totals", key), scenario.money, agency.totals[key].used, made)


def incomes_at(agency: Agency) -> Address:
    """Return where a body's own income stands in its record."""
    return "funding", {"icb": "allocations", "trust": "income", "vcse": "income"}.get(agency.kind, "grants")


def has_base_year(agency: Agency, year: FinancialYear) -> bool:
    """Return whether all that `entered_totals` adds up is entered for the base year."""
    dated = [income.amounts for income in agency.incomes if isinstance(income, Grant)]
    dated += [levy.amounts for levy in agency.levies]
    return all(year in amounts for amounts in (*([agency.tax.requirement] if agency.tax else []), *dated))


def _published_faults(agency: Agency, money: str, at: Address) -> Iterator[Fault]:
    stated = agency.published
    if {"funding", *FUNDING_PARTS} <= set(stated):
        made = fsum(stated[key].used for key in FUNDING_PARTS)
        if abs(made - stated["funding"].used) > PUBLISHED_ROUNDING:
            yield total_fault((*at, "published", "funding"), money, stated["funding"].used, made)


def _history_faults(agency: LocalAuthority, year: FinancialYear, at: Address) -> Iterator[Fault]:
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


def total_fault(address: Address, money: str, says: float, made: float, parts: str = "lines") -> Fault:
    """Return the fault of a total that its parts do not make, both in the file's unit, with enough decimals."""
    unit, (common, full) = float(UNITS[money]), _PLACES[money]
    exact = all(abs(round(part / unit, common) * unit - part) < HALF_PENNY for part in (says, made))
    said = [f"{part / unit:.{common if exact else full}f}" for part in (says, made, abs(made - says))]
    a, b, off = (f"£{text}{money[1:]}" for text in said)
    rule = f"the total says {a}, the {parts} make {b}, {off} {'more' if made > says else 'less'}"
    mends = said[1].rstrip("0").rstrip(".")
    return Fault(address, rule, f"set it to {mends}, or correct one of the {parts}", mends)


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
    if tax.support and tax.support.share.used == 1:
        rule = "council tax support takes off part of the tax base, never all of it"
        yield Fault((*at, "support", "share"), rule, "lower the share")


def _increase_faults(scenario: Scenario, tax: CouncilTax, tier: Tier | None, at: Address) -> Iterator[Fault]:
    """Yield increases without a limit that they need, without effect, or above the limit of the body's tier."""
    if tier is None or tier == "combined_authority":
        return
    limits, entered = scenario.rules.referendum_limits.get(tier), max(tax.requirement, default=scenario.base_year)
    if isinstance(tax.increase, str):
        if limits is None:
            rule = f"an increase at the referendum limit needs `rules.referendum_limits.{tier}`"
            yield Fault(at, rule, "extend the defaults, or give the increase by year")
        elif min(limits.core) > entered + 1:
            rule = f"the referendum limit for {tier} begins in {min(limits.core)}, and one is needed for {entered + 1}"
            yield Fault(at, rule, f"add {entered + 1} to its `core`, or give the increase by year")
        return
    lawful = _lawful(tax, limits) if limits else {}
    for year, stated in tax.increase.items():
        if year <= entered:
            rule = f"the requirement for {year} is entered, so an increase for it has no effect"
            yield Fault((*at, str(year)), rule, "take it out")
        elif stated.used > lawful.get(year, stated.used) + 1e-9:
            rule = f"{stated.used:.2%} is above the referendum limit of {lawful[year]:.2%} in {year}"
            remedy = f"lower it, or raise the limit in `rules.referendum_limits.{tier}` if a referendum is won"
            yield Fault((*at, str(year)), rule, remedy)


def _lawful(tax: CouncilTax, limits: Referendum) -> dict[FinancialYear, float]:
    """Return the most that Band D may rise by in each year from the first limit on, given what is entered before."""
    if not tax.band_d or not isinstance(tax.increase, dict) or not tax.increase:
        return {}
    start, lawful = max(tax.band_d), dict[FinancialYear, float]()
    band_d = tax.band_d[start].used
    for year in (start + t for t in range(1, max(tax.increase) - start + 1)):
        rise = _in_force(tax.increase, year)
        if year >= min(limits.core):
            core = max(_in_force(limits.core, year), _in_force(limits.cash, year) / band_d)
            lawful[year] = core + _in_force(limits.social_care, year)
            rise = min(rise, lawful[year])
        band_d *= 1 + rise
    return lawful


def _in_force(amounts: Mapping[FinancialYear, Assumption[float]], year: FinancialYear) -> float:
    latest = max((start for start in amounts if start <= year), default=None)
    return 0.0 if latest is None else amounts[latest].used


def _precept_faults(agency: Agency, tax: CouncilTax, base: FinancialYear, at: Address) -> Iterator[Fault]:
    precept = tax.social_care_precept
    if precept is None:
        return
    if agency.tier != "upper_tier":
        who = str(agency.tier).replace("_", " ")
        yield Fault(at, f"a {who} has no adult social care and so no precept for it", "take it out")
    for year, raised in precept.raised.items():
        if year not in tax.requirement:
            rule = f"the precept is part of the requirement, which is not entered for {year}"
            yield Fault((*at, "raised", str(year)), rule, "take the year out, or add it to `requirement`")
        elif raised.used > tax.requirement[year].used:
            rule = f"the precept is part of the requirement, which is {in_millions(tax.requirement[year].used, 3)}"
            yield Fault((*at, "raised", str(year)), rule, "lower it, or correct the requirement")
    spent = fsum(line.spent - line.received for line in agency.spending if line.id in precept.spent_on)
    if base in precept.raised and precept.raised[base].used > spent + HALF_PENNY:
        rule = f"the precept is spent on adult social care only, and its lines spend {in_millions(spent, 3)} in {base}"
        yield Fault((*at, "raised", str(base)), rule, "lower it, or name every line it pays for in `spent_on`")


def _grant_faults(agency: Agency, base: FinancialYear, at: Address) -> Iterator[Fault]:
    spending = {line.id: line.spent for line in agency.spending}
    paid_by = dict[str, str]()
    for j, grant in enumerate(agency.incomes):
        if not isinstance(grant, Grant):
            yield from _income_faults(grant, base, (*at, j, "amounts"))
            continue
        if grant.matched_to and len(grant.amounts) > 1:
            rule = "a matched grant moves with its line, so only its base-year amount is given"
            yield Fault((*at, j, "amounts"), rule, "take out the later years, or `matched_to`")
        if grant.ends and grant.ends < base:
            rule = f"a grant entered for {base} is paid in it; this one ends in {grant.ends}"
            yield Fault((*at, j, "ends"), rule, "give its last year, or take the grant out")
        if grant.ring_fence is None:
            continue
        if grant.ring_fence in paid_by:
            rule = f"one grant at most is fenced to a line; `{grant.ring_fence}` has `{paid_by[grant.ring_fence]}`"
            yield Fault((*at, j, "ring_fence"), rule, "enter the two as one grant, or split the line")
        elif spending.get(grant.ring_fence, 1.0) == 0:
            rule = f"a grant is fenced to a line that spends; `{grant.ring_fence}` has no spending"
            yield Fault((*at, j, "ring_fence"), rule, "name the line that it pays for")
        paid_by.setdefault(grant.ring_fence, grant.id)


def _income_faults(income: Income, base: FinancialYear, at: Address) -> Iterator[Fault]:
    """Yield income before the base year, or with a year missing; a stream may begin after it."""
    years = sorted(income.amounts)
    if years[0] < base:
        rule = f"figures begin with the base year {base} or later; {years[0]} comes before it"
        yield Fault((*at, str(years[0])), rule, "take it out, or give an earlier base year")
    for before, year in pairwise(years):
        if year != before + 1:
            yield Fault(at, f"years follow one another; {before + 1} is missing", "add it, or take out the later years")
            return


def _rates_faults(rates: BusinessRates, first: FinancialYear, at: Address) -> Iterator[Fault]:
    for key, amounts in (("baseline_funding", rates.baseline_funding), ("rates_baseline", rates.rates_baseline)):
        if amounts and min(amounts) > first:
            rule = f"a baseline is known from the first projected year {first} on; this one begins in {min(amounts)}"
            yield Fault((*at, key), rule, f"add {first} or a year before it")
    if rates.rates_baseline and not rates.baseline_funding:
        rule = "a levy is taken above baseline funding, which is not given, so `rates_baseline` has no effect"
        yield Fault((*at, "rates_baseline"), rule, "add `baseline_funding`, or take it out")
    for year, amount in rates.rates_baseline.items():
        if not amount.used:
            yield Fault(
                (*at, "rates_baseline", str(year)), "a rates baseline is above nought", "give it, or take it out"
            )


def _subsidy_faults(line: Line, at: Address) -> Iterator[Fault]:
    if line.subsidy is None:
        return
    paid = min(line.subsidy.cap.used, LHA_SHARE * line.subsidy.lha_2011.used)
    if line.subsidy.weekly_rent.used <= paid:
        rule = f"the line is what rent costs above subsidy, which pays {paid:.2f} a week, so there would be no loss"
        yield Fault(at, rule, "check the rent and the allowance, or take `subsidy` out")
