"""Agreements: the rules by which money moves between bodies, one file each, settled in tiers."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated

from pydantic import Field

from simulator.agreements import (
    activity,
    aligned,
    blended,
    block,
    cap_collar,
    control_total,
    gain_share,
    guaranteed_income,
    lead_provider,
    marginal_rate,
    pooled_fund,
)
from simulator.agreements.activity import Activity
from simulator.agreements.aligned import Aligned
from simulator.agreements.blended import Blended
from simulator.agreements.block import Block
from simulator.agreements.cap_collar import CapCollar
from simulator.agreements.control_total import ControlTotal
from simulator.agreements.gain_share import GainShare
from simulator.agreements.guaranteed_income import GuaranteedIncome
from simulator.agreements.lead_provider import LeadProvider
from simulator.agreements.marginal_rate import MarginalRate
from simulator.agreements.pooled_fund import PooledFund

KINDS: dict[str, ModuleType] = {
    "activity": activity, "aligned": aligned, "blended": blended, "block": block, "cap_collar": cap_collar,
    "control_total": control_total, "gain_share": gain_share, "guaranteed_income": guaranteed_income,
    "lead_provider": lead_provider, "marginal_rate": marginal_rate, "pooled_fund": pooled_fund,
}  # fmt: skip
"""Every kind of agreement, by its name in a file."""

AnyAgreement = Annotated[
    Activity
    | Aligned
    | Blended
    | Block
    | CapCollar
    | ControlTotal
    | GainShare
    | GuaranteedIncome
    | LeadProvider
    | MarginalRate
    | PooledFund,
    Field(discriminator="kind"),
]


def tier(kind: str) -> int:
    """Return the tier in which a kind of agreement settles, from 1; each reads only the tiers before it."""
    found: int = KINDS[kind].TIER
    return found
