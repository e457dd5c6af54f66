"""The officer's own plan: approved savings, the plan's lines and gaps, and what it draws on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Share
from simulator.years import FinancialYear

Rag = Literal["green", "amber", "red"]
RAGS: tuple[Rag, ...] = ("green", "amber", "red")


class Saving(Record):
    """One approved saving: what it adds in each year it starts in, how sure it is, how much of it lasts."""

    id: Identifier
    name: Label
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1, description="new saving of each year")
    rag: Rag = Field(description="green, amber or red, by how sure its delivery is")
    recurrent: Assumption[Share] = Field(description="share of what is delivered that comes again every year")


class PlanLine(Record):
    """One line of the plan: what it says, and which parts of the scenario it stands for.

    `covers` names lines, grants and levies by id, or `council_tax`, `parishes`, `business_rates`, `collection_fund`,
    `debt`, `high_needs`, `employer_costs` and `contingency`; `rest` is all that no other line covers.
    """

    id: Identifier
    name: Label
    flow: Literal["funding", "spending"]
    covers: list[Identifier] = Field(default_factory=list)
    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)


class Plan(Record):
    """A medium-term plan as its council published or drafted it; the central case then equals it.

    `gap` is spending less funding by year, `surplus` funding less spending. After the last year entered for a
    line or for the gap, its difference from the scenario's own central case is held in cash.
    """

    lines: list[PlanLine] = Field(default_factory=list)
    gap: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    surplus: dict[FinancialYear, Assumption[Amount]] = Field(default_factory=dict)
    gap_is: Literal["before_savings", "after_savings"] = Field(
        "before_savings", description="whether the gap stands before or after the approved savings, counted in full"
    )
    reserves_used: dict[FinancialYear, Assumption[Amount]] = Field(
        default_factory=dict, description="use of reserves that the plan intends, to compare with"
    )


class Contingency(Record):
    """What the budget sets aside each year for variances; unspent, it is returned to reserves."""

    amounts: dict[FinancialYear, Assumption[Amount]] = Field(min_length=1)


class EmployerCosts(Frozen):
    """What employers pay on top of pay: steps in National Insurance and the pension rate of each valuation."""

    pay: Identifier = Field(description="driver of pay, whose share of the baskets is the pay bill")
    pension_rate: Identifier | None = Field(None, description="driver of the employer pension rate, in points of pay")
