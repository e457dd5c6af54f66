"""What a run treats and keeps: variants of the same paths, the measures and outcomes kept of each."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.compiled import Bools, Floats

MEASURES = (
    "funding", "spending", "underlying_adjustment", "gap", "savings_planned", "savings_delivered", "in_year_controls",
    "surplus_spent", "recurrent_savings", "tax_raised", "contingency", "use_of_reserves", "unfunded_gap", "reallocated",
    "support_granted", "support_cost", "gf_unallocated", "earmarked_reserves", "usable_reserves",
    "ring_fenced_reserves", "funding_accommodation", "financing_costs", "high_needs_deficit", "transfers_in",
    "transfers_out",
)  # fmt: skip
CORE = ("gap", "usable_reserves", "unfunded_gap")
OUTCOMES = (
    "reserves_below_minimum", "usable_reserves_exhausted", "unfunded_gap", "needs_support", "s114_proxy",
    "s114_if_support_always_late", "duty_breached",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One treatment of the same paths: whether managers act, and what stands in place of an entered judgement.

    `approved` false leaves out approved savings too; `capacity` scales savings capacity; `rule` names another
    rule of the position, such as how the high-needs override ends.
    """

    name: str
    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True
    approved: bool = True
    capacity: float = 1.0
    rule: str | None = None


VIEWS = (Variant("before_action", acts=False), Variant("after_action", acts=True))
DO_NOTHING = Variant("do_nothing", acts=False, approved=False)


@dataclass(frozen=True)
class Outcome:
    """What was kept: outcomes for every variant and measures for the views, `[variant, agency, year, path]`.

    Pair sums are `[pair, year, block]`, a block at a time, so that they never depend on how blocks were grouped.
    """

    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    pair_sums: Floats
