"""Staff groups, turned from what the file says into terms that the engine can use."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.scenario import Scenario
from simulator.workforce import StaffTerms
from simulator.years import FinancialYear


def staff_terms(scenario: Scenario, years: Sequence[FinancialYear]) -> tuple[StaffTerms, ...]:
    """Return a scenario's staff groups in the order of the file, retrained posts laid out over `years`.

    Empty where the scenario has no prevention or states no staff.
    """
    groups = scenario.prevention.staff if scenario.prevention else []
    return tuple(
        StaffTerms(
            id=group.id,
            name=group.name,
            in_post=group.in_post.used,
            funded=group.funded.used,
            joiners=group.joiners.used,
            leavers=group.leavers.used,
            retrained=tuple(group.retrained[year].used if year in group.retrained else 0.0 for year in years),
            lines=tuple((body, line) for body, lines in sorted(group.works_for.items()) for line in sorted(lines)),
        )
        for group in groups
    )
