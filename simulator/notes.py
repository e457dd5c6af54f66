"""What to look at again though nothing is refused: lines off their published total, a plan's odd amounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import fsum
from typing import TYPE_CHECKING

from simulator.agreements.control_total import ControlTotal
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.programme_sizes import spends
from simulator.programmes import OUTSIDE_PLACE
from simulator.scenario import Scenario, entered_surplus, entered_totals

if TYPE_CHECKING:
    from simulator.prepared import Difference

FAR = 5.0
"""Times its own central case, or the other way round, from which a line of a plan is asked about (judgement)."""
MATERIAL = 0.01
"""Share of base-year net revenue expenditure below which a difference is not asked about (judgement)."""
OUT_OF_BALANCE = 0.05
"""Share of its spending by which the base year of a body other than a local authority may be out (judgement)."""
LARGE = 0.05
"""Share of what a payer spends from which a programme is asked about (judgement)."""
ROUNDED = 0.001
"""Share of a published total that lines of several returns may miss it by without a word (judgement)."""


def notes(scenario: Scenario) -> list[str]:
    """Return sentences on a scenario without faults: what is off published totals, and odd amounts of plans."""
    found = [words for body in scenario.bodies for words in (*_published(scenario, body), *_unbalanced(scenario, body))]
    found += [*_idle_systems(scenario), *_unbound(scenario), *_large(scenario)]
    if any(body.plan for body in scenario.bodies):
        # Only a plan needs the engine, which takes a second to import.
        from simulator.prepared import prepare

        found += odd_amounts(scenario, prepare(scenario).differences)
    return found


def _published(scenario: Scenario, body: Agency) -> Iterator[str]:
    key = "net_revenue_expenditure"
    made, stated = entered_totals(body, scenario.base_year)[key], body.published.get(key)
    over = made - stated.used if stated else 0.0
    if stated and abs(over) > ROUNDED * stated.used:
        way, effect = ("above", "widens") if over > 0 else ("below", "narrows")
        yield (
            f"{body.name}: the lines entered make {in_millions(made, 3)} of net revenue expenditure, "
            f"{in_millions(abs(over), 3)} {way} the published {in_millions(made - over, 3)}; the difference stays and "
            f"{effect} every later gap. If the published figure was restated, change it under `published` too."
        )


def _unbalanced(scenario: Scenario, body: Agency) -> Iterator[str]:
    """Yield a body without published totals whose base year is far out of balance: a contract may be missing."""
    if isinstance(body, LocalAuthority):
        return
    surplus = entered_surplus(scenario, body)
    spent = fsum(line.spent - line.received for line in body.spending)
    if abs(surplus) > OUT_OF_BALANCE * max(spent, 1.0):
        way = "more" if surplus > 0 else "less"
        yield (
            f"{body.name}: in {scenario.base_year} it receives {in_millions(abs(surplus))} {way} than it spends, "
            "agreements included. Is a contract, an allocation or other income missing, or entered twice?"
        )


def _idle_systems(scenario: Scenario) -> Iterator[str]:
    """Yield control totals whose offsets and loss shares never bind: no projected year is under a system regime."""
    stated = scenario.rules.nhs_regime
    in_force = {stated[max(start for start in stated if start <= year)] for year in scenario.projected
                if any(start <= year for start in stated)}  # fmt: skip
    for agreement in scenario.agreements:
        if isinstance(agreement, ControlTotal) and "system" not in in_force:
            yield (
                f"{agreement.name}: offsets and loss shares bind only under the system regime, which is in force in "
                "none of the years projected (`rules.nhs_regime`); only incentives are paid."
            )


def _unbound(scenario: Scenario) -> Iterator[str]:
    """Yield programmes that relieve no body of the place, since no service that they gain from is bound to one."""
    stated = scenario.prevention
    if stated is None:
        return
    bound = {service.id for service in stated.services if service.agency}
    relieved = {kind.id: bound & {gain.service for gain in kind.gains} for kind in stated.interventions}
    idle = [one for one in stated.programmes if not relieved[one.intervention]]
    if idle:
        wanted = {one.intervention for one in idle}
        gain, save = ("they gain", "they save") if len(idle) > 1 else ("it gains", "it saves")
        gained = {gain.service for kind in stated.interventions if kind.id in wanted for gain in kind.gains}
        missing = sorted(gained - {OUTSIDE_PLACE})
        remedy = f" Under `prevention.services` give one of these an `agency` and `lines`: {', '.join(missing)}."
        yield (
            f"{', '.join(one.name for one in idle)}: no service that {gain} from is bound "
            f"to a body, so all that {save} falls outside the place."
            f"{remedy if missing else ''}"
        )


def _large(scenario: Scenario) -> Iterator[str]:
    """Yield programmes whose proposed cost is a large part of what one of their payers spends: a unit may be wrong."""
    for one in scenario.prevention.programmes if scenario.prevention else ():
        for body in scenario.bodies:
            paid, held = (
                one.spend.used * (one.pays[body.id].used if body.id in one.pays else 0),
                spends(scenario, body.id),
            )
            if paid > LARGE * held:
                yield (
                    f"{one.name}: {body.name} would pay {in_millions(paid)} a year, {paid / held:.0%} of all that it "
                    f"spends in {scenario.base_year}. Is `spend` in the file's unit (`money: {scenario.money}`)?"
                )


def odd_amounts(scenario: Scenario, differences: Iterable[Difference]) -> list[str]:
    """Return a sentence for each line of a plan that is five times its own central case or a fifth of it, or further.

    Each line is told once, by its furthest year; a nought, and what is new, is taken as meant.
    """
    from simulator.prepared import NOT_ITEMISED

    spent = {
        body.id: abs(entered_totals(body, scenario.base_year)["net_revenue_expenditure"]) for body in scenario.bodies
    }
    furthest: dict[tuple[str, str], tuple[float, Difference]] = {}
    for row in differences:
        small, large = sorted((abs(row.plan), abs(row.own_central)))
        far = large / small if small else 0.0
        material = abs(row.plan - row.own_central) > MATERIAL * spent[row.agency]
        key = row.agency, row.line
        if row.entered and row.line != NOT_ITEMISED and material and far > max(FAR, furthest.get(key, (0.0,))[0]):
            furthest[key] = far, row
    return [
        f"Plan: {row.name} is {in_millions(row.plan, 2)} in {row.year}, against {in_millions(row.own_central, 2)} in "
        f"the scenario's own central case ({far:,.0f} times "
        f"{'more' if abs(row.plan) > abs(row.own_central) else 'less'}). "
        "Is the amount, its unit and what it covers right?"
        for far, row in furthest.values()
    ]
