"""How large programmes are beside those who pay: a slip of the file's unit makes one cost more than they have."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from simulator.agency_faults import Address, Fault
from simulator.money import UNITS
from simulator.programmes import Programme
from simulator.scenario import Scenario
from simulator.transfers import Contract

_IN_WORDS = {"£": "pounds", "£k": "thousands of pounds", "£m": "millions of pounds"}


def size_faults(scenario: Scenario, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield a yearly cost, or a reach, of which a payer's share is above all that it spends in the base year.

    Nobody moves more than they have: such a sum is one in another unit than the file's.
    """
    unit, money = float(UNITS[scenario.money]), scenario.money
    for field, stated in (("spend", one.spend), ("most", one.most)):
        for body in scenario.bodies if stated else ():
            share, held = one.pays.get(body.id), spends(scenario, body.id)
            if stated is None or share is None or share.used * stated.used <= held:
                continue
            part, most = (f"£{_plain(pounds / unit)}{money[1:]}" for pounds in (share.used * stated.used, held))
            rule = (
                f"amounts are in {_IN_WORDS[money]} here (`money: {money}`), so {body.name} would pay {part} a year; "
                f"all that it spends in {scenario.base_year} is {most}"
            )
            yield Fault((*at, field), rule, "give what the programme costs a year in that unit")
            break


def spends(scenario: Scenario, body: str) -> float:
    """Return the pounds that a body spends in the base year: what its lines cost before income, and its contracts."""
    year, lines = scenario.base_year, [line for one in scenario.bodies if one.id == body for line in one.spending]
    paid = [stated.amounts for stated in scenario.agreements if isinstance(stated, Contract) and stated.payer == body]
    return fsum([*(line.spent for line in lines), *(amounts[year].used for amounts in paid if year in amounts)])


def _plain(amount: float) -> str:
    """Return an amount with commas, and no decimals that say nothing."""
    return f"{amount:,.3f}".rstrip("0").rstrip(".")
