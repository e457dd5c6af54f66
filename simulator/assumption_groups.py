"""What each assumption is about, in the words of a budget meeting: funding, demand, pay and prices, and so on.

A driver is grouped by what uses it: one that a basket or a price has is of pay and prices, one that moves income is of
funding, one that moves volumes is of demand, and any other is of pay and prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.yaml_tree import Address

FUNDING, DEMAND, PRICES, SAVINGS = "Funding", "Spending and demand", "Pay and prices", "Savings"
RESERVES, PREVENTION, AGREEMENTS, RISKS, RULES = (
    "Reserves and cash",
    "Prevention",
    "Agreements",
    "Risks",
    "Rules and checks",
)
GROUPS = (FUNDING, DEMAND, PRICES, SAVINGS, RESERVES, PREVENTION, AGREEMENTS, RISKS, RULES)
"""Every group, in the order in which they are shown."""

_ROOMS = {
    "agreements": AGREEMENTS, "baskets": PRICES, "events": RISKS, "spending_review": FUNDING, "prevention": PREVENTION,
    "pathways": PREVENTION,
}  # fmt: skip
_OF_BODIES = {
    "funding": FUNDING, "deficit_support": FUNDING, "planned_deficit": FUNDING, "place_share": RULES, "totals": RULES,
    "published": RULES, "savings": SAVINGS, "delivery_record": SAVINGS, "plan": SAVINGS, "reserves": RESERVES,
    "cash": RESERVES, "minimum_cash_days": RESERVES, "free_reserves": RESERVES, "minimum_months": RESERVES,
    "history": RESERVES, "owed": RESERVES, "contingency": RESERVES, "employer_costs": PRICES, "statement": RULES,
}  # fmt: skip
_OF_RULES = {
    "referendum_limits": FUNDING, "business_rates": FUNDING, "delivery": SAVINGS, "savings_response": SAVINGS,
    "responses": SAVINGS, "employer_costs": PRICES, "high_needs_override": DEMAND,
}  # fmt: skip
_VOLUMES = ("demand", "activity", "caseload")


def group_of(address: str, uses: dict[str, str]) -> str:
    """Return the group of a number by its address, `uses` being those of the drivers."""
    room, *rest = address.split(".")
    if room == "drivers":
        return uses.get(rest[0], PRICES)
    if room == "agencies":
        return _OF_BODIES.get(rest[1], DEMAND)
    if room == "rules":
        return _OF_RULES.get(rest[0], RULES)
    return _ROOMS.get(room, RULES)


def driver_uses(value: Any) -> dict[str, str]:
    """Return the group of each driver that something in the values of a scenario uses; prices first, demand last."""
    known = {driver["id"] for driver in value.get("drivers", ())}
    found: dict[str, set[str]] = {}
    for place, name in _texts({room: held for room, held in value.items() if room != "drivers"}, ()):
        if name in known:
            found.setdefault(name, set()).update(_use(place))
    for basket in value.get("baskets", ()):
        for name in basket["shares"]:
            found.setdefault(name, set()).add(PRICES)
    return {name: next(use for use in (PRICES, FUNDING, DEMAND) if use in uses) for name, uses in found.items() if uses}


def _use(place: Address) -> Iterator[str]:
    """Yield the group that a driver has by one of its uses; a belief or an event about it says nothing of its group."""
    if place[-1] == "price":
        yield PRICES
    elif place[-1] in _VOLUMES:
        yield DEMAND
    elif "funding" in place or "contributions" in place or place[0] == "spending_review":
        yield FUNDING


def _texts(held: Any, place: Address) -> Iterator[tuple[Address, str]]:
    for step, inner in held.items() if isinstance(held, dict) else enumerate(held):
        if isinstance(inner, dict | list):
            yield from _texts(inner, (*place, step))
        elif isinstance(inner, str):
            yield (*place, step), inner
