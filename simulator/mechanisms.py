"""The same shift under each way of paying providers: the payment rule decides who sees what is saved.

Every contract between bodies of the place, for a provider that programmes relieve, is put under one rule after another,
with the usual terms below; all else stays. Rules that need parts of their own (aligned, lead provider) are left out.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from simulator.agreements import activity, blended, block, cap_collar, guaranteed_income, marginal_rate
from simulator.blocks import Sample
from simulator.compiled import Compiled, ContractTerms, Floats
from simulator.programme_terms import Shift
from simulator.shift_flows import gathered


class Mechanism(NamedTuple):
    """What a shift costs each body over the horizon in the mean under one rule, `[agency]`; above nought a cost."""

    id: str
    name: str
    net: Floats


RULES: tuple[tuple[str, str, Any, Any], ...] = (
    ("activity", "Paid by activity", activity, activity.Terms()),
    ("marginal_rate", "Activity, at 70% of its price above plan", marginal_rate, marginal_rate.Terms(0.7)),
    ("blended", "Blended, a fifth of it by activity", blended, blended.Terms(0.2)),
    ("cap_collar", "Cap and collar: half of what lies beyond 2%, at most 4%", cap_collar,
     cap_collar.Terms(0.02, 0.5, 0.04, 0.04)),
    ("block", "Block: one sum whatever is done", block, block.Terms()),
    ("guaranteed_income", "Guaranteed income", guaranteed_income, None),
)  # fmt: skip
"""Rules by id, in words, with terms that are Headroom's own judgement of what such contracts hold."""


def mechanisms(compiled: Compiled, shift: Shift, sample: Sample) -> tuple[Mechanism, ...]:
    """Return what a shift costs each body as contracts stand, then under every rule; none where no contract is touched.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    touched = _touched(compiled, shift)
    if not touched:
        return ()
    found = [Mechanism("as_entered", "As the contracts stand", _net(compiled, shift, sample))]
    for name, words, kind, usual in RULES:
        rule = partial(kind.settle, usual or guaranteed_income.Terms(np.zeros(compiled.horizon)))
        found.append(Mechanism(name, words, _net(_under(compiled, touched, rule), shift, sample)))
    return tuple(found)


def _touched(compiled: Compiled, shift: Shift) -> set[int]:
    """Return the contracts, between bodies of the place, of providers that the shift relieves."""
    served = {c for service in shift.terms.services for c in service.contracts}
    agreed = compiled.agreed
    return {
        c
        for c in served
        if agreed.payments[agreed.contracts[c].entry].payer >= 0 and not agreed.contracts[c].subcontracts
    }


def _under(compiled: Compiled, touched: set[int], rule: Any) -> Compiled:
    contracts: list[ContractTerms] = [
        replace(contract, settle=rule) if c in touched else contract
        for c, contract in enumerate(compiled.agreed.contracts)
    ]
    return replace(compiled, agreed=replace(compiled.agreed, contracts=tuple(contracts)))


def _net(compiled: Compiled, shift: Shift, sample: Sample) -> Floats:
    net: Floats = gathered(compiled, shift, sample).mean_net.sum(axis=1)
    return net
