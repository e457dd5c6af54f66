"""What an officer's statement rests on beside the plan: provisions in the budget, a risk register, the past record."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Identifier, Label, Record
from simulator.money import Amount, Bound, Growth, Real, Share
from simulator.years import FinancialYear

Decision = Literal["high_needs", "reserves", "support"]
"""A decision still to be made that a plan counts on: the end of the override, use of reserves, exceptional support."""
LIKELIHOODS = {"low": 0.1, "medium": 0.3, "high": 0.6}
"""What a likelihood in words stands for in an expected value (domain.md A8)."""


class Risk(Record):
    """One entry of the officer's own risk register: how likely it is in the budget year, and what it would cost."""

    id: Identifier
    name: Label
    likelihood: Literal["low", "medium", "high"] | None = Field(None, description="10%, 30% or 60%")
    chance: Assumption[Share] | None = Field(None, description="in place of a likelihood in words")
    impact: Assumption[Amount] = Field(description="cost in the budget year if it happens")

    @model_validator(mode="after")
    def _one_chance(self) -> Self:
        if self.likelihood is None and self.chance is None:
            raise ValueError("a risk needs a `likelihood` in words (low, medium, high) or a `chance`")
        if self.likelihood is not None and self.chance is not None:
            raise ValueError("give a `likelihood` in words or a `chance`, and only one of them")
        return self

    @property
    def probability(self) -> float:
        """The chance that it happens in the budget year."""
        return self.chance.used if self.chance else LIKELIHOODS[str(self.likelihood)]


class PastYear(Record):
    """One closed year: the budget set, its outturn, savings planned and delivered, tax collected in the end."""

    budget: Assumption[Amount] | None = None
    outturn: Assumption[Amount] | None = None
    savings_planned: Assumption[Amount] | None = None
    savings_delivered: Assumption[Amount] | None = None
    collection: Assumption[Share] | None = Field(None, description="council tax collected in the end, of what was due")


class Statement(Record):
    """What the statement rests on that no run needs; whatever is left out leaves its test untested, never passed."""

    provisions: dict[Identifier, dict[FinancialYear, Assumption[Growth]]] = Field(
        default_factory=dict, description="growth that the budget pays for, by driver and year"
    )
    savings_rate: Assumption[Share] | None = Field(None, description="share of savings that the budget counts on")
    collection: Assumption[Share] | None = Field(None, description="council tax collection that the budget counts on")
    receipts_flexed: Assumption[Amount] | None = Field(
        None, description="capital receipts that pay for revenue in the budget year"
    )
    capital_service: Assumption[Real] | None = Field(
        None, description="times that what a trust earns covers dividend, interest and repayments, in the budget year"
    )
    conditions: dict[Decision, Assumption[Share]] = Field(
        default_factory=dict,
        description="chance that a decision still to be made falls as the plan counts on, by the officer's judgement",
    )
    risks: list[Risk] = Field(default_factory=list, description="the officer's own risk register")
    past: dict[FinancialYear, PastYear] = Field(default_factory=dict)


class Threshold(Record):
    """Where one test turns from green to amber and from amber to red; whether more is better follows from the test."""

    green: Assumption[Bound] = Field(description="a share with a per cent sign, or a plain number")
    amber: Assumption[Bound] = Field(description="a share with a per cent sign, or a plain number")
