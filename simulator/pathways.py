"""The pathway from hospital to home as a scenario states it: beds, slots, stays, prices, and the distilled surface."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Pounds, Real, Share


class Stayed(Record):
    """A log-normal length of stay."""

    mean: Assumption[Real] = Field(description="mean in days")
    log_sd: Assumption[Real] = Field(description="standard deviation of the logarithm")


class WayOn(Record):
    """One way on from the acute bed that needs something free: a home slot, a rehabilitation bed, a care-home bed."""

    id: Identifier
    name: Label
    share: Assumption[Share] = Field(description="share of admissions that leave by it")
    slots: Assumption[Real] = Field(description="how many it can care for at once")
    stay: Stayed
    long_term: Assumption[Share] = Field(description="share of those who finish it that go on to long-term care")
    slot_year: Assumption[Pounds] = Field(description="cost of one more slot for a year, in pounds of the base year")


class HeldOut(Frozen):
    """How far a surface is from fresh runs of the model at points it was not made from."""

    points: int = Field(ge=1, description="how many such runs, each of `replications`")
    replications: int = Field(ge=2)
    mean_error: Real = Field(description="mean absolute error in delayed patients")
    median_share: Share = Field(description="median absolute error as a share of the run's delayed patients")
    mean_se: Real = Field(description="mean standard error of the runs themselves, in delayed patients")
    within: int = Field(ge=0, description="points within two standard errors and 5%")
    boarders: Real = Field(description="mean absolute error in boarders")
    excess: Real = Field(description="mean absolute error in patients beyond the core beds")


class Distilled(Record):
    """What the discrete-event model says, as plain numbers; made and checked by `headroom pathway --rebuild`."""

    grid: Label = Field(description="SHA-256 of what follows but its error")
    model: Label = Field(description="version of the model's rules")
    seed: int = Field(ge=0)
    replications: int = Field(ge=1)
    warm_up: int = Field(ge=0, description="days thrown away")
    years: int = Field(ge=1, description="years kept of each replication")
    load: Real = Field(description="onward slots in use if there were enough, at the place it was made for")
    stay: Real = Field(description="mean onward stay there, in days")
    rho1: list[Real] = Field(min_length=2, description="admissions x treatment stay / acute beds, rising")
    rho2: list[Real] = Field(min_length=2, description="onward discharges x onward stay / slots, rising")
    patience: list[Real] = Field(min_length=2, description="mean wait in days until another way out, rising")
    residual: list[list[list[Real]]] = Field(
        description="delayed patients less the fluid formula, by patience, rho1 and rho2"
    )
    spread: list[list[list[Real]]] = Field(
        description="standard deviation of one year's delayed patients by chance, likewise"
    )
    slack: list[Real] = Field(min_length=2, description="(1 - effective occupancy) x root of acute beds, rising")
    excess: list[Real] = Field(description="patients beyond the core beds / root of beds, at each slack")
    wait: list[Real] = Field(description="mean wait for a bed as a share of the wait for escalation, at each slack")
    error: HeldOut

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        for axis in (self.rho1, self.rho2, self.patience, self.slack):
            if any(low >= high for low, high in pairwise(axis)):
                raise ValueError("each axis of a surface rises; rebuild it with `headroom pathway --rebuild`")
        shape = {(len(self.rho1), len(self.rho2))}
        for table in (self.residual, self.spread):
            sizes = {(len(level), len(row)) for level in table for row in level}
            if len(table) != len(self.patience) or sizes != shape:
                raise ValueError("a surface has a number for every cell; rebuild it with `headroom pathway --rebuild`")
        if not len(self.slack) == len(self.excess) == len(self.wait):
            raise ValueError("`slack`, `excess` and `wait` go together; rebuild with `headroom pathway --rebuild`")
        return self


class Pathway(Record):
    """The beds of one trust, what lies beyond them, and what delay costs.

    More slots shorten delays at the marginal cost of a bed-day, not the average: wards and staff are paid for
    whether or not one bed in them is empty.
    """

    id: Identifier
    name: Label
    agency: Identifier | None = Field(None, description="the trust whose acute beds these are")
    acute_beds: Assumption[Real] = Field(description="core general and acute beds")
    admissions: Assumption[Real] = Field(description="admissions a day that take a bed, in the base year")
    treatment: Stayed = Field(description="stay until medically ready")
    onward: list[WayOn] = Field(min_length=1, description="ways on that need something free; all others go at once")
    patience: Assumption[Real] = Field(description="mean wait in days until another way out is found")
    spot_share: Assumption[Share] = Field(description="share of those other ways that are bought on the spot")
    escalate_after: Assumption[Real] = Field(description="wait for a bed in days until an escalation bed is opened")
    weekdays: list[Real] = Field(min_length=7, max_length=7, description="relative arrivals, Monday first; mean 1")
    season: Assumption[Share] = Field(description="half range of arrivals over the year, about their mean")
    admissions_driver: Identifier | None = Field(None, description="driver of admissions, such as acute_activity")
    complex_driver: Identifier | None = Field(None, description="driver of onward discharges, such as care_demand")
    bed_day: Assumption[Pounds] = Field(description="average cost of a bed-day, in pounds of the base year")
    marginal: Assumption[Share] = Field(description="share of it saved when one bed-day less is used")
    spot_cost: Assumption[Pounds] = Field(description="cost of one spot purchase, in pounds of the base year")
    surface: Distilled

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(way.share.used for way in self.onward) >= 1:
            raise ValueError("the shares of `onward` leave somebody who goes at once; they add up to less than 100%")
        if abs(sum(self.weekdays) - 7) > 0.01 or min(self.weekdays) <= 0:
            raise ValueError("`weekdays` are above nought and have a mean of 1")
        counts = (self.acute_beds, self.admissions, self.patience, self.escalate_after, self.treatment.mean)
        onward = (part for way in self.onward for part in (way.slots, way.stay.mean))
        if min(part.used for part in (*counts, *onward)) <= 0:
            raise ValueError("beds, slots, admissions, stays, patience and `escalate_after` are above nought")
        return self
