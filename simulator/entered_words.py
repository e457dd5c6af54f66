"""What is entered of a body, in words: why its base year balances, what steps in later, which outturns are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import fsum
from typing import NamedTuple

from simulator.agreements.pooled_fund import PooledFund
from simulator.assumptions import Assumption
from simulator.money import Amount, in_millions
from simulator.place import Agency, Line, LocalAuthority
from simulator.plain_english import cell, day, past
from simulator.register import register
from simulator.run import Results
from simulator.scenario import Scenario
from simulator.transfers import Contract
from simulator.years import FinancialYear

MOST_TOLD = 3
"""Items that a step names; the rest are counted."""
WORTH_TELLING = 0.05
"""Share of the base year's spending from which what steps in later is told."""
ROUNDED = 50_000
"""Pounds below which £m to one place show nought."""
_REMAINDER = re.compile(r"\b(what is left of|derived|a balancing figure)\b")
_OWN = "spending of its own"


class Step(NamedTuple):
    """One item whose entered amount changes in a later year: `amount` is by how much, in pounds, income or spending."""

    year: FinancialYear
    flow: str
    name: str
    amount: float
    begins: bool
    reason: str | None


def remainders(scenario: Scenario, body: Agency) -> str:
    """Return which amounts of the base year are what the others leave, by the reasons entered; nothing if none is."""
    base = str(scenario.base_year)
    told = [
        f"{cell(entry.name)} is {cell(entry.rationale)}"
        for entry in register(scenario)
        if entry.rationale
        and re.match(rf"agencies\.{re.escape(body.id)}\.(spending\.\w+\.net|funding\..*\.{base})$", entry.address)
        and _REMAINDER.search(entry.rationale)
    ]
    return "; ".join(told)


def closed(results: Results, agency: str) -> list[str]:
    """Return the projected years that were over at the as-at date and of which the body has no outturn entered."""
    scenario, stated = results.scenario, results.body(agency).statement
    known = {year for year, told in stated.past.items() if told.outturn} if stated else set()
    return [
        str(year)
        for year in scenario.projected
        if year < scenario.open_year and year not in known and str(year) in results.compiled.years
    ]


def year_label(results: Results, agency: str, year: str) -> str:
    """Return a year at the head of a row: starred past the settlement, with a dagger where an outturn is missing."""
    if past(results, year):
        return f"{year}\\*"
    return f"{year} †" if year in closed(results, agency) else year


def closed_note(results: Results, agency: str) -> str:
    """Return what the dagger beside a year means, or nothing where no row has one."""
    if not (years := closed(results, agency)):
        return ""
    were = f"{years[0]} was" if len(years) == 1 else f"{years[0]} to {years[-1]} were"
    return f" † No outturn entered; projected, though {were} over by {day(results)}."


def stepped_in(results: Results, agency: str) -> Iterator[str]:
    """Yield what is entered of later years where it moves much, by year and flow, with the reasons entered."""
    scenario, body = results.scenario, results.body(agency)
    steps = list(_steps(scenario, body))
    spent = fsum(line.spent - line.received for line in body.spending)
    if fsum(abs(step.amount) for step in steps) < WORTH_TELLING * max(spent, 1.0):
        return
    yield (
        "**What steps in at a known year** (£m, as entered, against the last amount entered before it). Money and "
        "services that reach the books in that year move several rows above at once, then and in every later year; "
        "only part of these steps is growth:"
    )
    for year in sorted({step.year for step in steps}):
        own = [step for step in steps if step.year == year]
        lines = [
            f"- {year}, {_told([step for step in own if step.flow == flow], flow)}."
            for flow in dict.fromkeys(step.flow for step in own)
        ]
        gap = fsum(step.amount if step.flow in (_OWN, _PAID) else -step.amount for step in own)
        yield "\n".join([*lines, f"- {year}, all of it together: {_signed(gap)} on the gap."])


_PAID, _RECEIVED = "paid under agreements", "received under agreements"


def _told(steps: list[Step], flow: str) -> str:
    """Return a flow's steps in a line, the largest first."""
    largest = sorted(steps, key=lambda step: -abs(step.amount))
    named = [
        f"{cell(step.name)} {_signed(step.amount)}{', new that year' if step.begins else ''}"
        f"{f' ({cell(step.reason)})' if step.reason and not step.reason.startswith('as ') else ''}"
        for step in largest[:MOST_TOLD]
    ]
    more = f"; and {len(steps) - MOST_TOLD} more" if len(steps) > MOST_TOLD else ""
    return f"{flow} {_signed(fsum(step.amount for step in steps))}: {'; '.join(named)}{more}"


def _signed(pounds: float) -> str:
    return "0.0" if abs(pounds) < ROUNDED else f"{pounds / 1e6:+,.1f}"


def _steps(scenario: Scenario, body: Agency) -> Iterator[Step]:
    """Yield every change between entered amounts of a body after the base year."""
    own = "grants" if isinstance(body, LocalAuthority) else "allocations" if body.kind == "icb" else "income of its own"
    for income in body.incomes:
        yield from _changes(scenario, own, income.name, income.amounts, income.rationale)
    for line in body.spending:
        yield from _changes(scenario, _OWN, line.name, _of_line(scenario, line), line.rationale)
    for agreement in scenario.agreements:
        if isinstance(agreement, Contract) and body.id in (agreement.payer, agreement.payee):
            flow = _PAID if body.id == agreement.payer else _RECEIVED
            yield from _changes(scenario, flow, agreement.name, agreement.amounts, agreement.rationale)
        elif isinstance(agreement, PooledFund):
            for part in agreement.contributions:
                if part.agency != agreement.host and body.id in (part.agency, agreement.host):
                    flow = _PAID if body.id == part.agency else _RECEIVED
                    yield from _changes(scenario, flow, agreement.name, part.amounts, part.rationale)


def _of_line(scenario: Scenario, line: Line) -> dict[FinancialYear, Assumption[Amount]]:
    """Return what is entered of a line by year; income alone counts for nothing here."""
    return {scenario.base_year: line.net, **line.amounts} if line.net else {}


def _changes(
    scenario: Scenario, flow: str, name: str, amounts: Mapping[FinancialYear, Assumption[Amount]], reason: str | None
) -> Iterator[Step]:
    before = amounts[scenario.base_year].used if scenario.base_year in amounts else 0.0
    for year, amount in sorted(amounts.items()):
        if year in scenario.projected:
            if abs(amount.used - before) >= ROUNDED:
                yield Step(year, flow, name, amount.used - before, not before, amount.rationale or reason)
            before = amount.used


def base_balance(results: Results, body: Agency, surplus: float) -> str:
    """Return what the base year leaves, in a sentence; a balance says that it is one as entered, and by which line."""
    if abs(surplus) >= ROUNDED:
        left = f"{in_millions(-surplus)} short" if surplus < 0 else f"a surplus of {in_millions(surplus)}"
        return f"That leaves {left}, which stays in every later gap."
    by = remainders(results.scenario, body)
    return f"That balances as entered, {f'by construction: {by}' if by else 'which is no outturn'}."
