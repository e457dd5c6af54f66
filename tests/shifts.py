"""Shifts for tests: programmes built from plain figures, and the flows of one on a block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from places import ROOT, Tree, basket, council, driver, icb, line, merged, scenario, trust

from simulator.commissioning import commissioned
from simulator.compiled import Compiled
from simulator.drivers import DriverBlock, DriverPaths
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.prevention import Flows, flows
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms
from simulator.scenario import Scenario
from simulator.scenario_file import load

LANCASHIRE = ROOT / "scenarios" / "lancashire.yaml"
SECOND = "2027-28"


def service(name: str, agency: str | None, lines: Sequence[str], **more: Any) -> Tree:
    """A service all of whose cost goes at once, but for what is told."""
    plain = {"growth_cashable": "100%", "stranded": "0%", "backfill": "0%", "withdrawal_years": None}
    whose = {"agency": agency, "lines": list(lines)} if agency else {}
    return {"id": name, "name": name, **whose, **plain, **more}


def gain(name: str, share: str = "100%", cashable: str = "100%") -> Tree:
    return {"service": name, "share": share, "cashable": cashable}


def spread(low: float, central: float, high: float) -> Tree:
    """A range by its P10, P50 and P90."""
    return {"low": low, "central": central, "high": high}


def kind(name: str, per_pound: Any, *gains: Tree, **more: Any) -> Tree:
    """An intervention whose whole return comes in the year of spending, but for what is told."""
    plain = {"tier": "secondary", "lag": 0, "decay": "100%", "over": 1, "evidence_grade": 1}
    return {"id": name, "name": name, "per_pound": per_pound, "gains": list(gains), **plain, **more}


def programme(name: str, spend: float = 1, pays: Tree | None = None, **more: Any) -> Tree:
    """A programme on the intervention of its own name, from the second projected year, up to ten times as large."""
    plain = {"intervention": name, "starts": SECOND, "most": 10 * spend, "pays": pays or {"town": "100%"}}
    return {"id": name, "name": name, "spend": spend, **plain, **more}


def prevention(services: Sequence[Tree], kinds: Sequence[Tree], programmes: Sequence[Tree], **more: Any) -> Tree:
    return {"services": list(services), "interventions": list(kinds), "programmes": list(programmes), **more}


def one_programme(per_pound: Any = 0.5, growth: str = "0%", *, relief: Tree | None = None, **more: Any) -> Scenario:
    """A council of one line that grows in demand, and one programme of £1m a year that spares it."""
    given = kind("walks", per_pound, gain("care", cashable=more.pop("cashable", "100%")), **more.pop("kind", {}))
    stated = prevention([service("care", "town", ["services"], **(relief or {}))], [given], [programme("walks")])
    plain: Tree = {
        "drivers": [driver("need", long_run=growth, **more.pop("beliefs", {}))],
        "agencies": [council(spending=[line("services", demand="need")])],
        "prevention": merged(stated, more.pop("prevention", {})),
    }
    return scenario(**merged(plain, more))


def paid_for(*agreements: Tree, kinds: Sequence[Tree] = (), **changes: Any) -> Scenario:
    """A lively place of a town, a board and a trust whose wards a programme of the town and the board spares."""
    moving = {"spread": "2%", "persistence": 0.4, "system_share": "50%", "loadings": {"need": 0.5}}
    stated = prevention(
        [service("wards", "north", ["staff"], stranded="40%", withdrawal_years=2, backfill="25%")],
        kinds or [kind("falls", spread(0.5, 1.5, 3), gain("wards", "80%", "50%"), gain("outside", "20%", "0%"))],
        [programme("falls", 2, {"town": "50%", "board": "50%"})],
    )
    plain: Tree = {
        "drivers": [driver(name, long_run="2%", **moving) for name in ("need", "wages")],
        "baskets": [basket("bought", wages="100%")],
        "agencies": [
            council(),
            icb(
                funding={"allocations": [{"id": "core", "name": "core", "amounts": {"2025-26": 200}, "driver": "need"}]}
            ),
            trust(spending=[line("staff", 90, demand="need", basket="bought"), line("premises", 10)]),
            {"id": "nation", "name": "nation", "kind": "outside"},
        ],
        "agreements": list(agreements),
        "prevention": stated,
    }
    return scenario(**merged(plain, changes))


class Tried:
    """A scenario compiled with its programmes, on one block of futures or on the central case."""

    def __init__(self, found: Scenario, block: int | None = None, count: int = 1, seed: int = 1) -> None:
        """Compile, draw and price."""
        self.scenario = found
        self.compiled: Compiled = compile_scenario(found)
        terms = commissioned(found, self.compiled)
        assert terms is not None
        self.terms: PreventionTerms = terms
        recipe = DriverPaths(self.compiled, seed)
        self.block: DriverBlock = recipe.central() if block is None else recipe.block(block, count)
        self.position = price(self.compiled, self.block)
        self.scene = Scene(self.compiled, terms, self.block, self.position)

    def body(self, name: str) -> int:
        """Where a body stands."""
        return self.compiled.agency_ids.index(name)

    def flows(self, *sizes: float) -> Flows:
        """What programmes of these sizes do, in £m by programme; those proposed if none are given."""
        wanted = [1e6 * size for size in sizes] or [one.spend for one in self.terms.programmes]
        return flows(self.scene, wanted)


@cache
def shipped() -> Tried:
    """The demo place on its first 1,000 futures."""
    return Tried(load(LANCASHIRE).scenario, 0)
