"""A plan as a table to fill in, or as it is entered, under any sign profile; `returns.py` reads it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from simulator.assumptions import Assumption
from simulator.money import UNITS
from simulator.place import LocalAuthority
from simulator.plan import Plan
from simulator.returns import COLUMNS, PROFILES
from simulator.scenario import Scenario
from simulator.years import FinancialYear

Row = list[str | Decimal | None]
NOTE = "note"


def template(scenario: Scenario, council: LocalAuthority, signs: str = "internal") -> list[Row]:
    """Return the table to fill in for a council: its parts as rows, the next years as columns, amounts empty."""
    years = [scenario.base_year + t for t in range(1, scenario.years + 1)]
    rows = [_row(name, words, kind, name) for name, words, kind in _parts(council)]
    rows += [
        _row("gap", "What is short in the year", "gap"),
        _row("reserves_used", "Use of reserves the plan intends", "reserves_used"),
        _row("contingency", "Contingency in the budget", "contingency"),
        _row("example_saving", "A saving: what it adds in the year it starts", "saving", rag="amber", recurrent="80%"),
        _row("another_saving", "Another saving: rename both", "saving", rag="green", recurrent="100%"),
    ]
    return [*_heading(scenario, council, signs), *([*row, *([None] * len(years))] for row in rows)]


def plan_table(scenario: Scenario, council: LocalAuthority, signs: str) -> list[Row]:
    """Return a council's plan, savings and contingency as a filled-in table in the scenario's unit."""
    plan, unit = council.plan or Plan(), UNITS[scenario.money]
    held: list[tuple[Row, dict[FinancialYear, Decimal]]] = []
    for line in plan.lines:
        sign = -1 if (line.flow, signs) in (("funding", "council"), ("spending", "nhs")) else 1
        held.append((_row(line.id, line.name, line.flow, " ".join(line.covers)), _amounts(line.amounts, unit, sign)))
    turn = -1 if signs in ("nhs", "charity") else 1
    gap = _amounts(plan.gap, unit, turn) | _amounts(plan.surplus, unit, -turn)
    held.append((_row("gap", "What is short in the year", "gap"), gap))
    used = _amounts(plan.reserves_used, unit)
    held.append((_row("reserves_used", "Use of reserves the plan intends", "reserves_used"), used))
    if council.contingency:
        row = _row("contingency", "Contingency in the budget", "contingency")
        held.append((row, _amounts(council.contingency.amounts, unit)))
    for saving in council.savings:
        recurrent = f"{Decimal(str(saving.recurrent.used)) * 100:f}%"
        row = _row(saving.id, saving.name, "saving", rag=saving.rag, recurrent=recurrent)
        held.append((row, _amounts(saving.amounts, unit)))
    years = sorted({year for _, amounts in held for year in amounts})
    heading = _heading(scenario, council, signs, years, plan.gap_is)
    return [*heading, *([*row, *(amounts.get(year) for year in years)] for row, amounts in held if amounts)]


def _heading(
    scenario: Scenario,
    council: LocalAuthority,
    signs: str,
    years: list[FinancialYear] | None = None,
    gap_is: str = "before_savings",
) -> list[Row]:
    if years is None:
        years = [scenario.base_year + t for t in range(1, scenario.years + 1)]
    notes = [f"{name}: {words}" for name, words in PROFILES.items()]
    return [
        ["council", council.id],
        ["unit", scenario.money, "£, £k or £m"],
        ["signs", signs, *notes],
        ["basis", "net", "gross or net; recorded only, it changes no number"],
        ["title", f"Medium-term plan of {council.name}"],
        ["publisher", council.name],
        ["date", str(scenario.as_at)],
        [
            "gap is",
            gap_is,
            "before_savings or after_savings: whether the gap stands before or after the savings entered",
        ],
        [
            NOTE,
            "Leave what the plan does not say empty; give rows of your own what they cover; `rest` covers all else.",
        ],
        [],
        [*COLUMNS, *(str(year) for year in years)],
    ]


def _row(name: str, words: str, kind: str, covers: str = "", *, rag: str = "", recurrent: str = "") -> Row:
    return [name, words, kind, covers or None, rag or None, recurrent or None]


def _parts(council: LocalAuthority) -> Iterator[tuple[str, str, str]]:
    """Yield what a plan could cover: its name, its words and its flow."""
    if council.tax:
        yield "council_tax", "Council tax, own requirement", "funding"
        if council.tax.parish_precepts:
            yield "parishes", "Parish precepts, if the plan counts them as income", "funding"
    if council.rates:
        yield "business_rates", "Retained business rates, with top-up or tariff", "funding"
    if council.tax or council.rates:
        yield "collection_fund", "Collection fund surplus", "funding"
    for grant in council.incomes:
        yield grant.id, grant.name, "funding"
    for line in council.spending:
        income_only = line.income is not None and line.gross is None
        yield line.id, line.name, "funding" if income_only else "spending"
    for levy in council.levies:
        yield levy.id, levy.name, "spending"
    if council.debt:
        yield "debt", "Interest and provision for debt", "spending"
    if council.employer_costs:
        yield "employer_costs", "Pensions and National Insurance above the base year", "spending"
    if council.needs:
        yield "high_needs", "High needs: cost to the general fund", "spending"


def _amounts(
    amounts: Mapping[FinancialYear, Assumption[float]], unit: Decimal, sign: int = 1
) -> dict[FinancialYear, Decimal]:
    return {year: sign * Decimal(str(amount.used)) / unit for year, amount in amounts.items()}
