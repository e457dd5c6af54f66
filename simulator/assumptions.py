"""Assumptions: every number with its range, source, date, owner, grade and reason."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from simulator.money import Growth, Real, Share, Spread
from simulator.years import FinancialYear

Kind = Literal["council", "police", "fire", "combined_authority", "icb", "trust", "vcse"]
Grade = Literal["V", "S", "K", "C", "J"]
GRADES = {
    "V": "verified in the source named",
    "S": "stated in the source named, not checked",
    "K": "from general knowledge, not checked",
    "C": "computed from published figures",
    "J": "judgement",
}


_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn"}
"""Categories of characters that no reader sees: controls, formats, private, halves and unassigned."""


def _label(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    # Text that prints holds none of them; looking at every character takes longer.
    hidden = () if normal.isprintable() else [c for c in normal if unicodedata.category(c) in _HIDDEN]
    if hidden:
        raise ValueError(f"text holds a hidden character (U+{ord(hidden[0]):04X}); take it out")
    if normal[:1] in "=+-@" and normal:
        raise ValueError("text begins with = + - or @, which a spreadsheet would run; begin with a letter")
    return normal


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=400), AfterValidator(_label)]


def _day(found: Any) -> Any:
    """Read a date only as people write it; pydantic would take a number for seconds since 1970."""
    if found is None or type(found) is datetime.date:
        return found
    if isinstance(found, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
        try:
            return datetime.date.fromisoformat(found)
        except ValueError:
            pass
    raise ValueError("a date is written 2026-11-22")


Day = Annotated[datetime.date, BeforeValidator(_day)]


class Frozen(BaseModel):
    """A part of a scenario: unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(Frozen):
    """Where numbers come from; records name it by its id."""

    title: Label
    publisher: Label | None = None
    date: Day | None = None
    grade: Grade = Field(description="V verified, S stated, K known, C computed, J judgement")


class Record(Frozen):
    """Who says so: what a number, line, driver or event rests on."""

    source: str | None = Field(None, description="id of an entry under `sources`")
    date: Day | None = None
    owner: Label | None = None
    agreed_by: Label | None = None
    grade: Grade | None = Field(None, description="overrides the grade of the source")
    rationale: Label | None = None


T = TypeVar("T")


class Assumption(Record, Generic[T]):
    """One number somebody believes: a value, or low, central and high.

    A run uses the value or the central one; low and high are kept for the register and for
    sensitivity. A bare number in a file is read as a value that rests on the record around it.
    """

    value: T | None = None
    low: T | None = None
    central: T | None = None
    high: T | None = None
    unit: Label | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, found: Any) -> Any:
        return found if isinstance(found, dict | Assumption) else {"value": found}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        three = [self.low, self.central, self.high]
        if (self.value is None) == (self.central is None):
            raise ValueError("give either `value`, or `low`, `central` and `high`")
        if self.value is None and any(part is None for part in three):
            raise ValueError("a range needs all of `low`, `central` and `high`")
        if self.value is None and not self.low <= self.central <= self.high:  # type: ignore[operator]
            raise ValueError("`low`, `central` and `high` must rise in that order")
        return self

    @property
    def used(self) -> T:
        """The number a run uses."""
        chosen = self.value if self.value is not None else self.central
        assert chosen is not None
        return chosen


class Follow(Frozen):
    """How much of another driver's surprise this one takes over, and how many years later."""

    driver: Identifier
    weight: Assumption[Real]
    lag: int = Field(0, ge=0, le=5)


class Floor(Frozen):
    """A floor under part of an index: the lowest pay points may not fall below the living wage."""

    driver: Identifier
    ratio: Assumption[Real] = Field(description="how far the lowest point stood above the floor in the base year")
    share: Assumption[Share] = Field(description="share of the bill paid at the lowest points")


class OwnLevel(Frozen):
    """A body's own level about the national one, in log points: it reverts, it does not build up."""

    persistence: Assumption[Real]
    spread: Assumption[Spread]
    transitory: Assumption[Spread] | None = None


class Driver(Record):
    """An uncertain cause outside anyone's control, in growth a year or as a level.

    Equations and defaults: `docs/method.md`. Spreads are in log points a year.
    """

    id: Identifier
    name: Label
    kind: Literal["growth", "level"] = "growth"
    central: dict[FinancialYear, Assumption[Growth]] = Field(default_factory=dict)
    central_from: list[Follow] = Field(default_factory=list, description="central growth as a weighted sum of others'")
    long_run: Assumption[Growth] | None = None
    taper_years: int = Field(0, ge=0, le=10, description="years over which the last central value reaches `long_run`")
    confirmed: list[FinancialYear] = Field(default_factory=list, description="years known as at `as_at`: no spread")
    surprise: dict[FinancialYear, Assumption[Growth]] = Field(default_factory=dict)
    persistence: Assumption[Real] | None = None
    spread: Assumption[Spread] | None = None
    spread_scale: dict[FinancialYear, Assumption[Share]] = Field(default_factory=dict)
    trend: Assumption[Spread] | None = None
    trend_persistence: Assumption[Real] | None = Field(None, description="below 1 makes the trend error a slow state")
    transitory: Assumption[Spread] | None = None
    moves_in: list[FinancialYear] = Field(
        default_factory=list, description="the only years in which it moves, as at valuations; every year if absent"
    )
    announced: bool = Field(False, description="its moves are known when the budget of their year is set")
    loadings: dict[Literal["inflation", "activity", "fiscal", "need"], Assumption[Real]] = Field(default_factory=dict)
    system_share: Assumption[Share] | None = None
    own_level: OwnLevel | None = None
    follows: list[Follow] = Field(default_factory=list)
    floor: Floor | None = None


class Size(Frozen):
    """How large an event is: a normal (mean, sd) or a triangle (low, mode, high), as shares."""

    mean: Assumption[Growth] | None = None
    sd: Assumption[Spread] | None = None
    low: Assumption[Growth] | None = None
    mode: Assumption[Growth] | None = None
    high: Assumption[Share] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        normal = [self.mean, self.sd]
        triangle = [self.low, self.mode, self.high]
        if all(normal) and not any(triangle):
            return self
        if all(triangle) and not any(normal):
            low, mode, high = (part.used for part in triangle if part)
            if low <= mode <= high:
                return self
        raise ValueError("give `mean` and `sd`, or `low`, `mode` and `high` in rising order")


class Range(Frozen):
    """Two shares between which a third is drawn evenly."""

    low: Assumption[Share]
    high: Assumption[Share]


class Event(Record):
    """A dated risk that happens or not: its yearly chance, its size and how long it lasts."""

    id: Identifier
    name: Label
    chance: Assumption[Share]
    first: FinancialYear | None = Field(
        None, description="first year in which it can happen; the year after base if absent"
    )
    size: Size
    driver: Identifier | None = Field(
        None, description="the driver it jumps; if absent it costs a share of the net budget"
    )
    demand: Identifier | None = Field(
        None, description="it costs a share of the lines this driver moves, not of the net budget"
    )
    strikes: list[Kind] = Field(
        default_factory=list, description="the kinds of body that bear its cost; every body if absent"
    )
    funded: Range | None = Field(None, description="share met from outside, drawn evenly between the two")
    national: bool = True
    years: int | None = Field(1, ge=1, le=40, description="years the cost lasts; null for good")
    phase: int = Field(1, ge=1, le=10, description="years over which a lasting cost arrives in equal steps")
    capitalised_over: int | None = Field(None, ge=1, le=50, description="years over which the cost is spread as debt")


class RegimeState(Frozen):
    """One state a spending review can bring."""

    id: Identifier
    chance: Assumption[Share]
    growth: Assumption[Growth]


class SpendingReview(Record):
    """National reviews that set a driver's yearly growth until the next one."""

    driver: Identifier
    first: FinancialYear
    every: int = Field(3, ge=1, le=10)
    states: list[RegimeState] = Field(min_length=1)


class Basket(Record):
    """What a line buys: shares of price indices that add up to 100%."""

    id: Identifier
    shares: dict[Identifier, Assumption[Share]] = Field(min_length=1)
