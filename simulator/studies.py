"""A study: one scenario asked many times over, with what is varied, by which design, and what is watched.

A case is one scenario of a study: the base with some values set or some overlays laid over it. Every case is projected
on the same futures, so that differences between cases are paired.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from simulator.assumptions import Frozen, Identifier, Label

Setting = str | bool | int | Decimal
"""A value as a scenario file writes it: 5%, 12.5, true, lowest."""
MOST_CASES, MOST_VARIED, MOST_OPTIONS, LARGEST = 100_000, 50, 1_000, Decimal(10) ** 30
EVERY = "any"
AS_STANDS = "base"
"""The id of the first case of every study: the scenario as it stands."""


LONGEST = 400
_PERCENT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?%")
_YEAR = re.compile(r"any|(by )?[0-9]{4}-[0-9]{2}")


def _value(found: Any) -> Setting:
    """Read one value as it is written, its digits kept."""
    if isinstance(found, float):
        found = Decimal(str(found))
    if not isinstance(found, str | bool | int | Decimal) or found == "":
        raise ValueError("one value is wanted here; write a number, a percentage, a word, true or false")
    if isinstance(found, str) and len(found) > LONGEST:
        raise ValueError(f"text here has at most {LONGEST} characters; write it shorter")
    return found


def _amount(found: Any) -> Setting:
    """Read a number or a percentage, between which something can lie."""
    found = Decimal(str(found)) if isinstance(found, float) else found
    if isinstance(found, str) and _PERCENT.fullmatch(found):
        return found
    if isinstance(found, bool) or not isinstance(found, int | Decimal) or abs(Decimal(found)) > LARGEST:
        raise ValueError(
            "an end of a range is a number or a percentage; write 12.5 or 5%, or list words under `values`"
        )
    return found


def _when(found: str) -> str:
    if not _YEAR.fullmatch(found):
        raise ValueError("a year is `any`, one such as 2028-29, or `by 2028-29`; write it in one of these ways")
    return found


_PLAIN = {"type": ["string", "number", "boolean"]}
_ENDS = {"type": ["string", "number"], "examples": ["5%", 12.5]}
Value = Annotated[Setting, PlainValidator(_value), WithJsonSchema(_PLAIN)]
Amount = Annotated[Setting, PlainValidator(_amount), WithJsonSchema(_ENDS)]
"""A number or a percentage, as a scenario file writes it."""


def number(amount: Setting) -> float:
    """Return a number or percentage as a number: 5% is 0.05."""
    return float(Decimal(amount.removesuffix("%")) / 100 if isinstance(amount, str) else amount)


class Varied(Frozen):
    """One value of the scenario that is varied, by its address as `--set` takes it."""

    id: Identifier
    address: Label = Field(description="as `--set` takes it, such as send.long_run")
    name: Label | None = None
    values: list[Value] | None = Field(None, min_length=1, max_length=1_000, description="for a grid")
    low: Amount | None = None
    high: Amount | None = None

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.address

    @property
    def percent(self) -> bool:
        """Whether its range is stated in per cent, so that what is drawn between is written so too."""
        return isinstance(self.low, str) or isinstance(self.high, str)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.values is None) == (self.low is None and self.high is None):
            raise ValueError("what is varied lists values or has a range; give either `values`, or `low` and `high`")
        if self.values is None:
            if self.low is None or self.high is None:
                raise ValueError("a range has two ends; add the other of `low` and `high`")
            if isinstance(self.low, str) != isinstance(self.high, str):
                raise ValueError("`low` and `high` are both percentages or both plain numbers; write them alike")
            if number(self.low) >= number(self.high):
                raise ValueError("`low` lies below `high`; lower the one or raise the other")
        return self


class Option(Frozen):
    """One choice a place could make: overlays laid over the base, then values set."""

    id: Identifier
    name: Label | None = None
    overlays: list[Label] = Field(default_factory=list, max_length=20)
    set: dict[Label, Value] = Field(default_factory=dict, max_length=200)

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.id


class Grid(Frozen):
    """Every combination of the values given; a range stands for `steps` values from end to end."""

    kind: Literal["grid"]
    steps: int = Field(5, ge=2, le=100)


class LatinHypercube(Frozen):
    """Cases spread so that each range is covered evenly, one case to each of as many equal slices."""

    kind: Literal["latin_hypercube"]
    cases: int = Field(ge=2, le=MOST_CASES)
    seed: int = Field(1, ge=0, lt=2**63)


class SobolPoints(Frozen):
    """Sobol points, shifted at random: evenly spread in all ranges at once; a power of two of them."""

    kind: Literal["sobol"]
    cases: int = Field(ge=2, le=MOST_CASES)
    seed: int = Field(1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _power(self) -> Self:
        if self.cases & (self.cases - 1):
            raise ValueError("Sobol points keep their balance in powers of two only; write 128, 256 or 512, say")
        return self


class Morris(Frozen):
    """Morris trajectories: each moves one value at a time across a grid; mean and spread of what that does."""

    kind: Literal["morris"]
    trajectories: int = Field(20, ge=2, le=1_000)
    levels: int = Field(4, ge=2, le=100)
    seed: int = Field(1, ge=0, lt=2**63)

    @property
    def step(self) -> int:
        """By how many levels a value moves: half of them."""
        return self.levels // 2

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.levels % 2:
            raise ValueError("`levels` is even, so that every level is met as often; write 4 or 6, say")
        return self


class SobolIndices(Frozen):
    """Saltelli's design for Sobol indices: shares of the variance between cases, alone and in all."""

    kind: Literal["sobol_indices"]
    points: int = Field(64, ge=2, le=2**15)
    seed: int = Field(1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _power(self) -> Self:
        if self.points & (self.points - 1):
            raise ValueError("`points` is a power of two; write 64, 128 or 256, say")
        return self


class Options(Frozen):
    """Each option of the study on the same futures, compared by regret, by limits held and by the worst-placed body."""

    kind: Literal["options"]


Design = Annotated[Grid | LatinHypercube | SobolPoints | Morris | SobolIndices | Options, Field(discriminator="kind")]
RANGES = ("latin_hypercube", "sobol", "morris", "sobol_indices")
"""Designs that draw from ranges; a grid takes values too."""


class Watched(Frozen):
    """One figure that is read off every case: a chance of an outcome, or a measure's mean or percentile."""

    id: Identifier
    name: Label | None = None
    agency: Identifier = Field(description="a body of the scenario, or the place's own id for the place as one")
    outcome: Identifier | None = Field(None, description="a chance, such as duty_breached; as in chances.csv")
    measure: Identifier | None = Field(None, description="money, such as usable_reserves; as in agency_years.csv")
    year: Annotated[str, AfterValidator(_when)] = EVERY
    view: Literal["before_action", "after_action"] = "after_action"
    statistic: Literal["mean", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "central"] = "mean"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.outcome is None) == (self.measure is None):
            raise ValueError("a figure is one chance or one measure; give either `outcome` or `measure`")
        if self.measure and not self.year[:1].isdigit():
            raise ValueError("a measure is read in one year; write `year: 2028-29`")
        if self.outcome and "statistic" in self.model_fields_set:
            raise ValueError("`statistic` is of a measure, and an outcome has its chance alone; take `statistic` out")
        return self


class Study(Frozen):
    """Everything a batch needs: the scenario, the futures, what is varied and how, and what is watched."""

    headroom: Literal[1] = Field(description="version of the file format")
    study: Identifier = Field(description="id of the study; it marks the file as one")
    name: Label
    scenario: Label = Field(description="the base: a file beside this one or below, or a shipped one")
    overlays: list[Label] = Field(default_factory=list, max_length=20, description="laid over the base in every case")
    set: dict[Label, Value] = Field(default_factory=dict, max_length=200, description="set in every case")
    paths: int = Field(2_000, ge=1, le=200_000)
    seed: int = Field(1, ge=0, lt=2**63)
    design: Design
    vary: list[Varied] = Field(default_factory=list, max_length=MOST_VARIED)
    options: list[Option] = Field(default_factory=list, max_length=MOST_OPTIONS)
    watch: list[Watched] = Field(default_factory=list, max_length=1_000)

    @property
    def cases(self) -> int:
        """How many cases there are, the scenario as it stands among them."""
        design, count = self.design, len(self.vary)
        if isinstance(design, Grid):
            return 1 + prod(len(one.values) if one.values is not None else design.steps for one in self.vary)
        if isinstance(design, Morris):
            return 1 + design.trajectories * (count + 1)
        if isinstance(design, SobolIndices):
            return 1 + design.points * (count + 2)
        return 1 + (len(self.options) if isinstance(design, Options) else design.cases)
