"""Grants and levies with a growth of their own: entered amounts while they last, then their driver, in cash."""

from __future__ import annotations

import numpy as np

from simulator.compiled import BASE, Floats
from simulator.drivers import Views
from simulator.spending import Prices
from simulator.terms import GrantTerms


def amount(terms: GrantTerms, prices: Prices, agency: int) -> Views:
    """Return one grant or levy, `[year, path]`; without a driver the last entered amount is held in cash.

    Amounts entered after the base year are the council's own luck, so the national view moves the base amount alone.
    """
    shape = (len(terms.known), prices.block.draws.paths)
    start, paid = terms.last + 1, (np.arange(shape[0]) <= terms.ends)[:, None]
    actual, expected = (np.broadcast_to(terms.known[:, None], shape).copy() for _ in range(2))
    if terms.driver is None:
        actual[start:] = expected[start:] = terms.last_amount
        return Views(actual * paid, expected * paid, np.full(shape, terms.base_amount))
    indices = prices.index(terms.driver, agency)
    if terms.confirmed:
        known = 1.0 if terms.last == BASE else indices.actual[terms.last]
    else:
        actual[:start] *= indices.actual[:start] / terms.central[:start, None]
        expected[:start] *= indices.expected[:start] / terms.central[:start, None]
        known = 1.0 if terms.last == BASE else terms.central[terms.last]
    actual[start:] = terms.last_amount * indices.actual[start:] / known
    expected[start:] = terms.last_amount * indices.expected[start:] / known
    if terms.converging.any():
        _converge(terms, indices, actual, expected)
    return Views(actual * paid, expected * paid, terms.base_amount * indices.national)


def _converge(terms: GrantTerms, indices: Views, actual: Floats, expected: Floats) -> None:
    """Grow an allocation by its driver and by what moves it towards its target: A(t) = A(t-1) x (1 + growth + part)."""
    for t in range(terms.last + 1, len(actual)):
        before = actual[t - 1] if t else np.full(actual.shape[1], terms.last_amount)
        index = indices.actual[t - 1] if t else 1.0
        actual[t] = before * (indices.actual[t] / index + terms.converging[t])
        expected[t] = before * (indices.expected[t] / index + terms.converging[t])


def ring_fenced(granted: Views, cost: Views) -> tuple[Views, Floats]:
    """Return what of a grant pays for its own lines, and what of it is kept for them, both `[year, path]`.

    What is left over is kept apart and used for the same lines later, never for anything else; what the lines
    cost above it falls on the general fund.
    """
    actual, kept = _applied(granted.actual, cost.actual)
    national, _ = _applied(granted.national, cost.national)
    before = np.concatenate([np.zeros((1, kept.shape[1])), kept[:-1]])
    expected = np.minimum(before + granted.expected, np.maximum(cost.expected, 0.0))
    return Views(actual, expected, national), kept


def _applied(granted: Floats, cost: Floats) -> tuple[Floats, Floats]:
    applied, kept = np.empty_like(granted), np.empty_like(granted)
    held = np.zeros(granted.shape[1])
    for t in range(len(granted)):
        have = held + granted[t]
        applied[t] = np.minimum(have, np.maximum(cost[t], 0.0))
        held = have - applied[t]
        kept[t] = held
    return applied, kept
