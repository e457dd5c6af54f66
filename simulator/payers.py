"""One block of a shift's flows laid out by who pays and who gains."""

from __future__ import annotations

import numpy as np

from simulator.bargains import Bargain, arranged
from simulator.compiled import Floats
from simulator.pockets import Purses
from simulator.prevention import Flows
from simulator.programme_terms import PreventionTerms, Shift


def purses(terms: PreventionTerms, found: Flows) -> Purses:
    """Return the flows of one block by party, outside last.

    What contracts take from the bodies of the place in all goes outside it, so that money is conserved.
    """
    agencies = len(found.cash)
    invest, avoided = (np.zeros((agencies + 1, *found.outside.shape)) for _ in range(2))
    for programme, spent in zip(terms.programmes, found.invest, strict=True):
        for payer in np.flatnonzero(programme.pays):
            invest[payer] += programme.pays[payer] * spent
    for service, relief in zip(terms.services, found.reliefs, strict=True):
        avoided[service.agency] += relief.avoided
    avoided[-1] = found.outside
    nobody = np.zeros((1, *found.outside.shape))
    return Purses(
        invest,
        np.concatenate([found.cash, nobody]),
        np.concatenate([found.paid, -found.paid.sum(axis=0, keepdims=True)]),
        avoided,
    )


def gained(shift: Shift, found: Flows, bargain: Bargain | None) -> Floats:
    """Return what each body gains by a shift on one block under a bargain, `[agency, year, path]`."""
    if bargain is None:
        return -found.net
    payers = shift.terms.payers(shift.sizes)
    borne = arranged(bargain, found.net, found.expected, found.cash - found.paid, payers, shift.terms.start)
    gains: Floats = -borne.net
    gains[:, -1] -= borne.owed
    return gains
