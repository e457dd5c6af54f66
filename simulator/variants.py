"""What a run treats and keeps: variants of the same paths, the measures and outcomes kept of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simulator.compiled import CHARITY, ICB, LOCAL, REGIMES, TRUST, Bools, Compiled, Floats
from simulator.programme_terms import Shift

_NHS, _OTHERS = (ICB, TRUST), (ICB, TRUST, CHARITY)

MEASURES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "funding", "spending", "gap", "savings_planned", "savings_delivered", "in_year_controls", "recurrent_savings",
        "contingency", "use_of_reserves", "unfunded_gap", "transfers_in", "transfers_out", "system_support",
    ), REGIMES),
    **dict.fromkeys((
        "underlying_adjustment", "surplus_spent", "tax_raised", "reallocated", "support_granted", "support_cost",
        "gf_unallocated", "earmarked_reserves", "usable_reserves", "ring_fenced_reserves", "funding_accommodation",
        "financing_costs", "high_needs_deficit",
    ), (LOCAL,)),
    **dict.fromkeys(("brought_forward", "lapsed"), _OTHERS),
    **dict.fromkeys(("deficit_support", "support_withheld", "off_plan"), _NHS),
    **dict.fromkeys(("repayment", "owed"), (ICB,)),
    **dict.fromkeys(("cash", "revenue_support", "cash_support_drawn", "adjusted_performance"), (TRUST,)),
    **dict.fromkeys(("free_reserves", "reserve_months", "failed"), (CHARITY,)),
}  # fmt: skip
"""Every measure and the regimes whose bodies have it."""

UNITS = {"reserve_months": "months", "failed": "share"}
"""Units of measures that are no pounds; a charity has failed on a path or not, so the mean is a share of paths."""

CORE = ("gap", "usable_reserves", "unfunded_gap")

OUTCOMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "reserves_below_minimum", "usable_reserves_exhausted", "needs_support", "s114_proxy",
        "s114_if_support_always_late",
    ), (LOCAL,)),
    **dict.fromkeys(("unfunded_gap", "duty_breached"), REGIMES),
    **dict.fromkeys(("missed_break_even", "missed_plan", "missed_by_half_percent", "support_withheld"), _NHS),
    "needs_cash_support": (TRUST,),
    **dict.fromkeys(("reserves_below_floor", "insolvent"), (CHARITY,)),
}  # fmt: skip
"""Every outcome and the regimes whose bodies can meet it."""


@dataclass(frozen=True)
class Given:
    """What one body is given in place of what was entered, in pounds, known when each budget is set.

    `gap` by projected year comes off its gap; below nought it adds to it. `reserve` is added to the usable earmarked
    reserves of a local authority at the start of the projected year `when`, counted from nought.
    """

    agency: str
    gap: tuple[float, ...] = ()
    reserve: float = 0.0
    when: int = 0


@dataclass(frozen=True)
class Variant:
    """One treatment of the same paths: whether managers act, and what stands in place of an entered judgement.

    `approved` false leaves out approved savings too; `capacity` scales savings capacity; `rule` names another
    rule of the position, such as how the high-needs override ends; `given` is what one body is given besides, `also`
    what others are; `shift` is money moved into prevention.
    """

    name: str
    acts: bool
    recurs: bool | None = None
    usable_share: float | None = None
    accommodated: bool = True
    approved: bool = True
    capacity: float = 1.0
    rule: str | None = None
    given: Given | None = None
    shift: Shift | None = None
    also: tuple[Given, ...] = ()


VIEWS = (Variant("before_action", acts=False), Variant("after_action", acts=True))
DO_NOTHING = Variant("do_nothing", acts=False, approved=False)


def ruled(variants: Iterable[Variant]) -> bool:
    """Return whether any variant stands under another rule, which then has to be priced."""
    return any(variant.rule for variant in variants)


@dataclass(frozen=True)
class Outcome:
    """What was kept: outcomes for every variant and measures for the views, `[variant, agency, year, path]`.

    The agencies of a measure are those that `holders` names. `payments` `[entry, view, year, path]` is the transfer
    log; `missed` `[variant, system, year, path]` is where a system missed its control total. Without views `short`
    `[variant, agency, year, path]` is what every body is short of.
    """

    measures: dict[str, Floats]
    outcomes: dict[str, Bools]
    payments: Floats
    missed: Bools
    short: Floats

    def versions(self, wanted: slice) -> Outcome:
        """Return what was kept of some of the variants."""
        return Outcome(
            {name: amount[wanted] for name, amount in self.measures.items()},
            {name: happened[wanted] for name, happened in self.outcomes.items()},
            self.payments[:, wanted],
            self.missed[wanted],
            self.short[wanted],
        )


def holders(compiled: Compiled, kinds: tuple[str, ...]) -> slice:
    """Return where the bodies of neighbouring regimes stand among all."""
    return slice(compiled.slices[kinds[0]].start, compiled.slices[kinds[-1]].stop)


def holding(compiled: Compiled, table: dict[str, tuple[str, ...]]) -> dict[str, slice]:
    """Return where the bodies of each measure or outcome stand, leaving out those that no body has."""
    found = {name: holders(compiled, kinds) for name, kinds in table.items()}
    return {name: rows for name, rows in found.items() if rows.stop > rows.start}


def empty(compiled: Compiled, table: dict[str, tuple[str, ...]], versions: int, paths: int) -> dict[str, Floats]:
    """Return arrays of noughts `[version, agency, year, path]` for every measure or outcome that some body has."""
    found = holding(compiled, table)
    return {n: np.zeros((versions, rows.stop - rows.start, compiled.horizon, paths)) for n, rows in found.items()}
