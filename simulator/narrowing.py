"""Local authorities by themselves: what another rule or switch of theirs moves, without the bodies it cannot reach.

The first three tiers of agreements hang on no choice and later ones bind NHS bodies, so a local authority's future does
not depend on how others choose, unless it deals with a charity that may fail or is party to a later tier.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from simulator.compiled import CHARITY, ICB, LOCAL, TRUST, Compiled
from simulator.contracts import Payments
from simulator.position import Position

_BY_KIND = ("approved", "approved_lasting")
_BY_YEAR = ("plans", "controls")


def stands_alone(compiled: Compiled) -> bool:
    """Return whether there are local authorities beside other bodies, none of which can reach them."""
    local = compiled.slices[LOCAL].stop
    late = [payment for payment in compiled.agreed.payments if payment.tier > 3]
    paid = [*(compiled.agreed.payments[entry] for entry in compiled.agreed.replaced), *late]
    reached = any(0 <= party < local for payment in paid for party in (payment.payer, payment.payee))
    return 0 < local < len(compiled.agency_ids) and not reached


def local_only(compiled: Compiled) -> Compiled:
    """Return the terms of local authorities alone; what agreements pay them stays in their position."""
    n = compiled.slices[LOCAL].stop
    actions, agreed, delivery = compiled.actions, compiled.agreed, compiled.delivery
    own = {
        field.name: getattr(actions, field.name)[:, :n] if field.name in _BY_KIND else getattr(actions, field.name)[:n]
        for field in fields(actions)
        if field.name not in _BY_YEAR
    }
    return replace(
        compiled,
        agency_ids=compiled.agency_ids[:n],
        met=compiled.met[:n],
        funding=compiled.funding[:n],
        slices={LOCAL: slice(0, n), **{kind: slice(n, n) for kind in (ICB, TRUST, CHARITY)}},
        actions=replace(actions, **own),
        icb=None,
        trust=None,
        charity=None,
        agreed=replace(
            agreed,
            payments=(),
            contracts=(),
            pools=(),
            shares=(),
            systems=(),
            support=(),
            deficit_support=agreed.deficit_support[:n],
            targets=agreed.targets[:n],
            in_system=agreed.in_system[:n],
            hoped={},
            replaced={},
            multiples=np.zeros(0),
        ),
        delivery=delivery and replace(delivery, means=delivery.means[:n], planned=delivery.planned[:n]),
        shares=compiled.shares[:n],
    )


def local_position(narrowed: Compiled, position: Position) -> Position:
    """Return the position of local authorities alone."""
    n = len(narrowed.agency_ids)
    arrays = (
        "spending", "funding", "expected_gap", "accommodation", "tax", "parishes", "contingency", "financing",
        "high_needs_deficit", "ring_fenced", "parts", "paid", "received",
    )  # fmt: skip
    own = {name: getattr(position, name)[:n] for name in arrays}
    others = {name: held[:n] for name, held in position.alternatives.items()}
    payments = Payments(narrowed, {}, {}, position.payments.shape)
    return replace(position, **own, alternatives=others, payments=payments)
