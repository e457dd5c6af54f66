"""A gain and loss share: what a cost is above or below its target, shared beyond a corridor, within a cap."""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.assumptions import Assumption, Identifier
from simulator.money import Amount, Share
from simulator.transfers import Agreement, Floats
from simulator.years import FinancialYear

TIER = 3


class GainShare(Agreement):
    """An agreement to share what a judged cost is below its target (a gain) or above it (a loss).

    Judged are the provider's own `lines`, which it bears, or what earlier-tier `agreements` pay, which the
    commissioner bears.
    """

    kind: Literal["gain_share"]
    commissioner: Identifier
    provider: Identifier
    lines: list[Identifier] = Field(default_factory=list)
    agreements: list[Identifier] = Field(default_factory=list)
    target: Literal["expected"] | dict[FinancialYear, Assumption[Amount]] = "expected"
    corridor: Assumption[Share] = Field(description="part of the target either way that is not shared")
    gain_share: Assumption[Share] = Field(description="commissioner's part of a gain beyond the corridor")
    loss_share: Assumption[Share] = Field(description="commissioner's part of a loss beyond the corridor")
    cap: Assumption[Share] | None = Field(
        None, description="most that the provider gains or bears beyond the corridor, as a share of the target"
    )
    quality_chance: Assumption[Share] | None = Field(
        None, description="chance that outcomes pass, without which the provider has no gain; sure if absent"
    )

    @model_validator(mode="after")
    def _one_judged(self) -> Self:
        if self.commissioner == self.provider:
            raise ValueError("a gain share has two parties; commissioner and provider are the same: name the other")
        if bool(self.lines) == bool(self.agreements):
            raise ValueError("judge the provider's `lines` or what `agreements` pay: give one, and only one of them")
        return self


class Terms(NamedTuple):
    """Corridor, the commissioner's parts, cap, gate, and whether the provider bears what is judged."""

    corridor: float
    gain: float
    loss: float
    cap: float
    passes: float
    providers: bool


def terms(stated: GainShare, years: tuple[FinancialYear, ...]) -> Terms:
    """Return what `settle` needs."""
    return Terms(
        stated.corridor.used,
        stated.gain_share.used,
        stated.loss_share.used,
        stated.cap.used if stated.cap else np.inf,
        stated.quality_chance.used if stated.quality_chance else 1.0,
        bool(stated.lines),
    )


def settle(held: Terms, target: Floats, actual: Floats, drawn: Floats) -> Floats:
    """Return what the commissioner pays the provider, `[year, path]` in pounds; below nought it is paid back.

    Beyond the corridor the commissioner has its part of a gain or loss and the provider the rest, within the cap; where
    outcomes fail the provider has no gain. Where the provider bears the cost the commissioner's part changes hands,
    else the provider's.
    """
    gained = target - actual
    beyond = np.sign(gained) * np.maximum(np.abs(gained) - held.corridor * target, 0.0)
    part = np.where(beyond > 0, np.where(drawn < held.passes, held.gain, 1.0), held.loss)
    limit = held.cap * target if np.isfinite(held.cap) else np.inf
    provider = np.clip((1 - part) * beyond, -limit, limit)
    settled: Floats = provider - beyond if held.providers else provider
    return settled
