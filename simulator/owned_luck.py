"""Whose luck it is: every independent shock behind the futures, with who owns it and how far it reaches each body.

Normals are kept as drawn. A risk that strikes or not is kept as what it costs, and a spending review as the growth that
it brings, since chance speaks through these alone; whatever else comes of uniforms is kept as normal scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from simulator.chosen import Recorded
from simulator.compiled import Compiled, Floats
from simulator.events import EventBlock
from simulator.scenario import Scenario

Kind = Literal["factor", "driver", "own", "savings", "events", "review", "agreement", "support"]
EVENTS, REVIEW = "events", "spending_review"
NATIONALLY = ": what all meet"
SCORES = ("agreement/", "support_late/")
"""How the streams begin whose uniforms are kept as normal scores."""


class Owner(NamedTuple):
    """Who owns some luck: a national factor or driver, or a body's own luck, savings or risks.

    `id` is `factor/inflation`, `driver/care_demand`, `own/blackburn`, `savings/blackburn`, `events/blackburn`,
    `events` of the nation, `spending_review`, `agreement/NAME` or `support/blackburn`. `body` is nothing where the luck
    is shared.
    """

    id: str
    name: str
    kind: Kind
    body: str | None = None

    @property
    def called(self) -> str:
        """The name of what moves, without whose luck it is."""
        return self.name.removesuffix(NATIONALLY)


class Scored(Recorded):
    """The luck of some blocks with every normal kept, and the uniforms of agreements and support as scores."""

    def uniforms(self, name: str, rows: int) -> Floats:
        """Return what the blocks draw, kept as normal scores."""
        found = super().uniforms(name, rows)
        if name.startswith(SCORES):
            self.kept[name] = np.asarray(ndtri(found))
        return found


def owner_of(scenario: Scenario, stream: str, fine: bool = False) -> Owner:
    """Return who owns the luck of a stream of normals, of scores, or of what risks and reviews bring.

    `fine` parts what a body alone meets by the driver, or the factor of its own, that the luck is of.

    Raises:
        ValueError: when nobody is known to own it.
    """
    kind, _, rest = stream.partition("/")
    name = rest.partition("/")[0]
    if kind in ("factor", "driver"):
        return _shared(scenario, kind, name)
    bodies = {body.id: body.name for body in scenario.bodies}
    words: Mapping[str, tuple[str, Kind]] = {
        "own": ("What only {} meets", "own"),
        "savings": ("Savings delivered by {}", "savings"),
        EVENTS: ("Risks that strike {}", "events"),
        "support_late": ("Whether support for {} comes late", "support"),
    }
    if kind in words and name in bodies:
        text, means = words[kind]
        if fine and kind == "own":
            of = _shared(scenario, *rest.split("/")[1:3])
            return Owner(f"own/{name}/{of.id}", f"{of.called}: what only {bodies[name]} meets", means, name)
        return Owner(f"{means}/{name}", text.format(bodies[name]), means, name)
    if kind == EVENTS:
        return Owner(EVENTS, "National risks that strike", "events")
    if kind == REVIEW:
        return Owner(REVIEW, "Spending reviews", "review")
    if kind == "agreement":
        return Owner(f"agreement/{rest}", f"What the agreement {rest} turns on", "agreement")
    raise ValueError(f"nobody is known to own the luck of {stream}")


def _shared(scenario: Scenario, kind: str, name: str) -> Owner:
    """Return the owner of national luck, of a factor that several drivers load on or of one driver alone."""
    if kind == "factor":
        return Owner(
            f"factor/{name}", f"{name.replace('_', ' ').capitalize()}, the common factor{NATIONALLY}", "factor"
        )
    drivers = {driver.id: driver.name for driver in scenario.drivers}
    return Owner(f"driver/{name}", f"{drivers[name]}{NATIONALLY}", "driver")


def struck(compiled: Compiled, events: EventBlock) -> dict[str, Floats]:
    """Return what risks and reviews bring `[year, path]` by name: `events/BODY` for what strikes one body alone.

    What national risks cost a body stands under `events//cost/BODY`, the jump they give a driver under
    `events//jump/DRIVER`; costs are pounds, growth is log points. What never strikes on these paths is there as nought,
    so that blocks of paths can be laid side by side.
    """
    found = {f"{EVENTS}//jump/{compiled.drivers[k].id}": jumps for k, jumps in events.jumps.items()}
    for a, agency in enumerate(compiled.agency_ids):
        found[f"{EVENTS}//cost/{agency}"] = events.national[a]
        found[f"{EVENTS}/{agency}"] = events.cost[a] - events.national[a]
    if events.review is not None:
        found[REVIEW] = events.review
    return found
