"""Prevention: what programmes cost, what they give back, to whom, and which services let cost go."""

from __future__ import annotations

from math import fsum
from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Frozen, Identifier, Label, Record
from simulator.money import Amount, Real, Share
from simulator.years import FinancialYear

OUTSIDE_PLACE = "outside"
"""The service whose gains fall to nobody in the place: the Treasury, benefits, other areas."""
RETURN = "return"
"""The measure that every programme has: pounds of public cost avoided at average cost, cashable or not, whoever gains.

It counts all that a year's spending gives back, after the horizon too, and is never added to a budget.
"""
MOST_OVER = 40

Tier = Literal["primary", "secondary", "tertiary", "wider_determinants"]


def _even_up(total: float, part: str) -> str:
    """Return what to do with shares that make `total` and not 1."""
    return f"add {1 - total:.0%} to one of them, or {part}" if total < 1 else f"lower them by {total - 1:.0%} in all"


class Service(Record):
    """A service that programmes relieve: whose lines it is, and how its cost goes when activity falls.

    Growth that never comes is cashable at `growth_cashable`. Below what stands today a `stranded` share of average cost
    stays until capacity is withdrawn over `withdrawal_years` (never, if null), in whole steps of `step` pounds;
    `backfill` is the share of what is avoided that unmet need fills again. Without `agency` its gains fall outside.
    """

    id: Identifier
    name: Label
    agency: Identifier | None = Field(None, description="the body whose lines it is; nobody of the place if absent")
    lines: list[Identifier] = Field(default_factory=list)
    growth_cashable: Assumption[Share] = Field(description="share of the average cost of growth avoided that is saved")
    stranded: Assumption[Share] = Field(description="share of average cost that stays when activity falls")
    withdrawal_years: int | None = Field(None, ge=1, le=30, description="years over which idle capacity goes")
    step: Assumption[Amount] | None = Field(None, description="the unit in which capacity goes: a ward, a team")
    backfill: Assumption[Share]

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if self.agency is not None and not self.lines:
            raise ValueError("a service with an `agency` names the `lines` it is made of")
        if self.agency is None and self.lines:
            raise ValueError("`lines` are those of an `agency`: name it, or take them out")
        if self.id == OUTSIDE_PLACE:
            raise ValueError("`outside` is what falls to nobody in the place: give the service another id")
        return self


class Gain(Record):
    """What part of a programme's return falls to one service, and how much of that can be taken as cash."""

    service: Identifier = Field(description="id of a service, or `outside`")
    share: Assumption[Share]
    cashable: Assumption[Share] = Field(description="of cost released from what stands today; 0, 25, 50, 75 or 100%")


class Local(Record):
    """A place's own evidence of the return, which moves the library's by the precision of each.

    It is gross and at average cost, as the library's is. Optimism bias, deadweight and fidelity are taken off the
    library's range alone, by the weight that is left to it: what was measured here has lost them already.
    """

    id: Identifier
    per_pound: Assumption[Real] = Field(
        description="P10, P50 and P90 of what £1 gave back in all, gross, at average cost; nothing is taken off it"
    )


class Intervention(Record):
    """One kind of programme as the evidence has it; a place puts a programme of its own on it.

    `per_pound` is the gross public saving from £1 of running cost over `over` years (P10, P50, P90), before optimism
    bias, at average cost, whoever gains. What is given a year follows `lag` (years to half of the full effect) and
    `decay` (share of the effect lost a year).
    """

    id: Identifier
    name: Label
    tier: Tier
    per_pound: Assumption[Real]
    over: int = Field(10, ge=1, le=MOST_OVER, description="years over which the return was measured")
    lag: Assumption[Real]
    decay: Assumption[Share]
    gains: list[Gain] = Field(min_length=1)
    evidence_grade: Literal[1, 2, 3, 4, 5, 6] = Field(description="1 own data and trials, 6 judgement")
    fidelity: Assumption[Share] | None = Field(None, description="of the design that practice keeps to; all if absent")
    deadweight: Assumption[Share] | None = Field(None, description="of the return that would have come anyway")
    setup: Assumption[Share] | None = Field(None, description="one-off cost, of a year's full running cost")
    build_up: list[Assumption[Share]] = Field(
        default_factory=list, description="share of full scale in the first years; full at once if absent"
    )
    double_running: Assumption[Share] | None = Field(
        None, description="old service kept beside it, of a year's full running cost"
    )
    double_running_years: int = Field(0, ge=0, le=10)
    basket: Identifier | None = Field(None, description="prices that its cost rises with; flat in cash if absent")
    staff: dict[Identifier, Assumption[Real]] = Field(
        default_factory=dict, description="whole-time posts by staff group for £1m a year"
    )
    outcomes: dict[Identifier, Assumption[Real]] = Field(
        default_factory=dict, description="what £1m of running cost buys in all, by measure, such as QALYs"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if abs(fsum(gain.share.used for gain in self.gains) - 1) > 1e-9:
            total = fsum(gain.share.used for gain in self.gains)
            raise ValueError(
                f"the shares of `gains` add up to 100%, and these make {total:.0%}; {_even_up(total, 'a gain')} "
                "(`outside` for what falls to nobody in the place)"
            )
        named = [gain.service for gain in self.gains]
        if len(set(named)) < len(named):
            raise ValueError("each service stands once in `gains`")
        if self.per_pound.used < 0 or self.lag.used < 0:
            raise ValueError("`per_pound` and `lag` are nought or more")
        if any(posts.used < 0 for posts in self.staff.values()):
            raise ValueError("the posts in `staff` are nought or more")
        return self


class Programme(Record):
    """One programme a place may choose: an intervention, from when, how much, and who pays.

    `spend` is its yearly running cost at full scale, at base-year prices, and its part in a shift; `most` is where it
    runs out of people to reach. Both come on top of `present`, which whole reallocation alone may move.
    """

    id: Identifier
    name: Label
    intervention: Identifier = Field(description="the kind it is of, by its id under `prevention.interventions`")
    starts: FinancialYear
    ends: FinancialYear | None = Field(
        None, description="the last year it is paid for; as long as is projected if absent"
    )
    spend: Assumption[Amount]
    most: Assumption[Amount] | None = None
    pays: dict[Identifier, Assumption[Share]] = Field(min_length=1, description="shares by body; they add up to 100%")
    local_evidence: list[Local] = Field(default_factory=list)
    pathway: Identifier | None = Field(
        None, description="the pathway from hospital in which its money buys slots; that then says what it avoids there"
    )
    present: Assumption[Amount] | None = Field(None, description="what is spent on it today, a year; nothing if absent")
    least_step: Assumption[Amount] | None = Field(
        None, description="it comes in whole multiples of this: a hub, a team; in any amount if absent"
    )
    reaches: dict[Identifier, Assumption[Share]] = Field(
        default_factory=dict, description="who gains: shares by group of people; they add up to 100%"
    )
    scores: dict[Identifier, Assumption[Real]] = Field(
        default_factory=dict, description="from 0 to 1 by principle, in place of the example's"
    )
    counted_in: dict[Identifier, list[Identifier]] = Field(
        default_factory=dict, description="savings by body that count what it saves already"
    )

    @model_validator(mode="after")
    def _shares(self) -> Self:
        for name, shares in (("pays", self.pays), ("reaches", self.reaches)):
            total = fsum(share.used for share in shares.values())
            if shares and abs(total - 1) > 1e-9:
                part = "a payer" if name == "pays" else "a group"
                rule = f"the shares in `{name}` add up to 100%, and these make {total:.0%}"
                raise ValueError(f"{rule}; {_even_up(total, part)}")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError("`ends` comes before `starts`")
        if self.most is not None and self.most.used < self.spend.used:
            rule = "`most`, where a programme runs out of people to reach, is at least `spend`"
            raise ValueError(f"{rule}; lower `spend`, raise `most`, or take `most` out")
        return self

    @model_validator(mode="after")
    def _sizes(self) -> Self:
        step = self.least_step.used if self.least_step else 0.0
        present = self.present.used if self.present else 0.0
        if step and (step > self.spend.used or abs(present / step - round(present / step)) > 1e-9):
            raise ValueError("`spend` is at least one `least_step`, and `present` is a whole number of them")
        outside = sorted(name for name, score in self.scores.items() if not 0 <= score.used <= 1)
        if outside:
            raise ValueError(f"a score runs from 0 to 1; {', '.join(outside)} does not")
        return self


class StaffGroup(Record):
    """People of one kind: posts filled in the base year, who joins, leaves and retrains, and which lines need them."""

    id: Identifier
    name: Label
    in_post: Assumption[Real] = Field(description="whole-time posts filled in the base year")
    funded: Assumption[Real] = Field(description="whole-time posts that the base year's budget pays for")
    joiners: Assumption[Share] = Field(description="of those in post, a year")
    leavers: Assumption[Share] = Field(description="of those in post, a year")
    retrained: dict[FinancialYear, Assumption[Real]] = Field(default_factory=dict, description="posts filled besides")
    works_for: dict[Identifier, list[Identifier]] = Field(
        default_factory=dict, description="lines by body whose demand moves the posts needed"
    )

    @model_validator(mode="after")
    def _posts(self) -> Self:
        if any(posts.used < 0 for posts in (self.in_post, self.funded, *self.retrained.values())):
            raise ValueError("`in_post`, `funded` and `retrained` are posts, nought or more")
        return self


class Limits(Record):
    """When a shift is too much, and the terms of what would allow more."""

    breach_rise: Assumption[Share] = Field(description="most that a body's chance of breach in a year may rise")
    shortfall_rise: Assumption[Share] = Field(description="most that its expected shortfall may rise, of its spending")
    confidence: Assumption[Share] = Field(description="chance that every duty holds, for absolute headroom")
    gain_share: Assumption[Share] = Field(description="of a gainer's cash that it gives to those who pay")
    loan_years: int = Field(ge=1, le=10, description="first years that a bridging loan pays for")
    loan_term: int = Field(ge=1, le=40, description="years over which it is repaid after them")
    loan_rate: Assumption[Share]
    carry_forward: Assumption[Share] = Field(description="of an ICB's surplus, if it were allowed")
    settled_until: FinancialYear = Field(description="last year of the longer settlement that is tried")


class InvestmentPrinciple(Record):
    """A principle that programmes are scored on from 0 to 1; below `least`, if given, one may not be chosen.

    One that is `proved` has no scores: it is that no body is put into breach, which every choice is proved against.
    """

    id: Identifier
    name: Label
    least: Assumption[Real] | None = Field(None, description="a hard limit, from 0 to 1; it only informs if absent")
    proved: bool = Field(False, description="held by the proof that no body is put into breach, and not by scores")

    @model_validator(mode="after")
    def _bound(self) -> Self:
        if self.least is not None and not 0 <= self.least.used <= 1:
            raise ValueError("a principle's `least` score runs from 0 to 1")
        if self.proved and self.least is not None:
            raise ValueError("a principle that is `proved` has no scores: take `least` out")
        return self


class Prevention(Frozen):
    """All that a shift to prevention rests on; a run without a shift is moved by none of it."""

    services: list[Service] = Field(default_factory=list)
    interventions: list[Intervention] = Field(default_factory=list)
    optimism: list[Assumption[Share]] = Field(
        default_factory=list, max_length=6, description="what is taken off a return, by grade of evidence from 1 to 6"
    )
    shared_luck: Assumption[Share] | None = Field(None, description="correlation of how well programmes work")
    programmes: list[Programme] = Field(default_factory=list)
    staff: list[StaffGroup] = Field(default_factory=list)
    limits: Limits | None = None
    measure: Identifier = Field(RETURN, description="what a portfolio is chosen by: `return`, or an outcome's id")
    weights: dict[Identifier, Assumption[Real]] = Field(
        default_factory=dict, description="what a gain counts by group of people; 1 counts it as it is"
    )
    principles: list[InvestmentPrinciple] = Field(default_factory=list)
