"""What drives the outcome, from paths already made: shares of variance, holding one driver, pushing one, judgements.

Luck and judgement stand in one ranking, by how far each alone moves a headline chance, and each says which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Floats
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import comes_back
from simulator.evidence_tests.seen import seen
from simulator.margins import OUTCOME
from simulator.model_risk import judgements_of, merged
from simulator.named_stresses import PLAN
from simulator.observed import Observed, holding_at_end, observe
from simulator.paired import Paired, paired
from simulator.regressions import ENOUGH, Shares, shares_of, travelling
from simulator.scenario import Scenario
from simulator.summary import quantiles
from simulator.trials import USUAL, tried

Kind = Literal["luck", "judgement"]


@dataclass(frozen=True)
class Moved:
    """What one driver, or one judgement in place of another, moves; nothing where a measure has no meaning for it.

    `share_end` and `share_call` are shares of the variance of what is held at the plan's end and of what the budget
    year asks, `slope_end` and `slope_call` the standardised regression slopes. `spread_end` and `spread_call` say by
    which share the range from P10 to P90 narrows where the driver is held at its central path. `back` and `broken` are
    what that takes off the chance of coming back in-year and of breaking the headline limit, paired. `low` and `high`
    are pounds held centrally at the plan's end with the driver at its P10 and P90 in every year, or on the judgement.
    """

    id: str
    name: str
    kind: Kind
    share_end: float | None
    share_call: float | None
    slope_end: float | None
    slope_call: float | None
    travels_with: tuple[str, ...]
    spread_end: float | None
    spread_call: float | None
    back: Paired
    broken: Paired
    low: float | None
    high: float | None

    @property
    def reach(self) -> float:
        """The largest change of either headline chance, either way, as a share of futures."""
        return max(abs(self.back.points), abs(self.broken.points))


@dataclass(frozen=True)
class Sensitivity:
    """What drives one body's outcome, the farthest reaching first.

    Held at the plan's end is usable reserves, unmet gaps counted below nought (for an NHS body its sum of surpluses
    against plan); what the budget year asks is the gap less savings delivered, the variance of R02. `explained_end` and
    `explained_call` are what the shares add up to (R squared); the rest is the remainder. Money is in pounds.
    """

    agency: str
    limit: str
    budget_year: str
    plan_end: str
    paths: int
    explained_end: float
    explained_call: float
    central_end: float
    range_end: float
    range_call: float
    rows: tuple[Moved, ...]
    notes: tuple[str, ...]


def sensitivity(scenario: Scenario, agency: str, sample: Sample = USUAL) -> Sensitivity:
    """Return what drives one body's outcome, on the futures of a run of the scenario.

    Raises:
        ValueError: when the body is neither a local authority nor an NHS body.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    return sensitivity_of(observe(scenario, agency, sample), replace(sample, progress=None))


def sensitivity_of(observed: Observed, sample: Sample) -> Sensitivity:
    """Return what drives the outcome of a body that is observed already, on the same sample."""
    body, found, years = observed.body, observed.seen, observed.compiled.years
    limit = observed.reader.limits[0]
    strayed = [observed.away[part.id] for part in observed.parts]
    nought = np.zeros((0, observed.paths))
    end = shares_of(np.array([one.sum(axis=0) for one in strayed]) if strayed else nought, found.end)
    ask = shares_of(np.array([one[body.start] for one in strayed]) if strayed else nought, found.call)
    rows = [*_held(observed, limit, end, ask), *_switched(observed, limit, sample)]
    return Sensitivity(
        body.agency, limit, years[body.start], years[body.end], observed.paths, end.explained, ask.explained,
        float(observed.central.end[0]), _range(found.end), _range(found.call),
        tuple(sorted(rows, key=lambda one: (-one.reach, one.id))), tuple(_notes(end, ask)),
    )  # fmt: skip


def _notes(end: Shares, ask: Shares) -> Iterator[str]:
    """Yield how the shares are to be read."""
    yield (
        "Shares are of variance by linear regression; what drivers that travel together explain is shared out between "
        "them. Holding a driver leaves what follows it on the course it took. Pushing one ignores how drivers "
        "interact. Judgements are no luck: each is shown in place of what was entered."
    )
    for what, one in (("of what is held at the plan's end", end), ("of what the budget year asks", ask)):
        rest = f"{1 - one.explained:.0%} {what} is the remainder, which no single driver explains by a straight line"
        yield f"{rest}{'' if one.explained >= ENOUGH else '; with so much left the shares are no ranking'}."


def _range(amounts: Floats) -> float:
    low, high = quantiles(amounts, (10, 90))
    return float(high - low)


def _narrowed(before: Floats, after: Floats) -> float:
    """Return by which share the range from P10 to P90 narrows; below nought where it widens."""
    whole = _range(before)
    return 1 - _range(after) / whole if whole > 0 else 0.0


def _held(observed: Observed, limit: str, end: Shares, ask: Shares) -> Iterator[Moved]:
    """Yield every part that chance moves, held at its central path and pushed by itself."""
    pushed = _pushed(observed)
    names, travels = [part.name for part in observed.parts], travelling(end.correlations)
    for i, part in enumerate(observed.parts):
        found, held = observed.seen, observed.frozen[part.id]
        along = tuple(names[j] for j in travels[i])
        low, high = pushed.get(part.id, (None, None))
        yield Moved(
            part.id, part.name, "luck", float(end.shares[i]), float(ask.shares[i]), float(end.slopes[i]),
            float(ask.slopes[i]), along, _narrowed(found.end, held.end), _narrowed(found.call, held.call),
            paired(found.back, held.back), paired(found.broken[limit], held.broken[limit]), low, high,
        )  # fmt: skip


def _pushed(observed: Observed) -> dict[str, tuple[float, float]]:
    """Return what is held centrally at the plan's end with each driver at its P10 and P90; risks are not pushed."""
    every = observed.levers
    if not every.all:
        return {}
    money = every.pushed(np.array([[lever.low, lever.high] for lever in every.all]))
    ends = holding_at_end(observed.body, money)[0].reshape(-1, 2)
    return {lever.id: (float(low), float(high)) for lever, (low, high) in zip(every.all, ends, strict=True)}


def _switched(observed: Observed, limit: str, sample: Sample) -> Iterator[Moved]:
    """Yield every structural judgement that moves the plan view, in place of what was entered."""
    body = next(one for one in observed.scenario.bodies if one.id == observed.body.agency)
    if not observed.body.local:
        return
    options = [
        (judgement.name, one) for judgement in judgements_of(body) for one in judgement.alternatives
        if one.capacity == 1
    ]  # fmt: skip
    variants = (PLAN, *(replace(merged(PLAN, [one]), name=str(i)) for i, (_, one) in enumerate(options)))
    found = tried(observed.compiled, body.id, variants, sample)
    views = [seen(observed.scenario, found, variant.name) for variant in variants]
    back = [comes_back(view) for view in views]
    broken = [by_then(view.happened[OUTCOME[limit]], observed.body.start, observed.body.end) for view in views]
    for v, (judgement, one) in enumerate(options, 1):
        central = {name: amounts[v][:, None] for name, amounts in found.central.items()}
        held = float(holding_at_end(observed.body, central)[0][0])
        if all((found.measures[name][v] == found.measures[name][0]).all() for name in ("gap", "usable_reserves")):
            continue
        yield Moved(
            f"{judgement}: {one.name}", f"{judgement}: {one.name}", "judgement", None, None, None, None, (),
            None, None, paired(back[0], back[v]), paired(broken[0], broken[v]), held, held,
        )  # fmt: skip


def sensitivity_table(found: Sensitivity) -> pd.DataFrame:
    """Return the ranking as a table, the remainder of the shares its last row; shares from 0 to 1, money in pounds."""
    rows = []
    for rank, one in enumerate(found.rows, 1):
        row = {name: value for name, value in asdict(one).items() if name not in ("back", "broken", "travels_with")}
        row |= {"agency": found.agency, "rank": rank, "reach": one.reach, "travels_with": ", ".join(one.travels_with)}
        for name in ("back", "broken"):
            held: Paired = getattr(one, name)
            row |= {f"{name}_off": held.points, f"{name}_off_low95": held.low, f"{name}_off_high95": held.high}
        rows.append(row)
    rest = {"agency": found.agency, "id": "remainder", "name": "What no single driver explains", "kind": "luck",
            "share_end": 1 - found.explained_end, "share_call": 1 - found.explained_call}  # fmt: skip
    table = pd.DataFrame([*rows, rest])
    return table.assign(chance_unit="share", money_unit="£", paths=found.paths)
