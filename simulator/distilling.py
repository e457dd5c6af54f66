"""Distilling the pathway model into its surface: the grid, the held-out points, and the file they are shipped in.

Every cell is run on the same patients (one seed), so cells differ by beds, slots and patience alone. Held-out points
have a seed of their own, so that their error counts the surface's luck as well as its shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

from simulator.files import read_bytes, sha256, shipped
from simulator.pathway import MODEL, replicate
from simulator.pathway_patients import YEAR, Hospital
from simulator.pathway_surface import Flow, Surface, delays
from simulator.pathway_terms import at, hospital, surface, terms
from simulator.pathways import Distilled, Pathway
from simulator.problems import Problem, ScenarioError
from simulator.scenario_file import read as resolved
from simulator.streams import BlockDraws

SHIPPED = "defaults/pathway-2026.yaml"
RHO1 = (0.6, 0.85, 1.0, 1.2)
RHO2 = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.4, 2.0)
PATIENCE = (7.0, 21.0, 42.0)
SLACK = (-9.0, -6.0, -4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0)
HELD_OUT = 20
_MARK = "    surface:\n"


class Effort(NamedTuple):
    """How much to run: a seed, replications to a point, years kept of each and days of warm-up."""

    seed: int = 1
    replications: int = 6
    years: int = 4
    warm_up: int = YEAR


class Point(NamedTuple):
    """A point to run the model at."""

    rho1: float
    rho2: float
    patience: float


class Found(NamedTuple):
    """What the model says at one point, means over replications, with standard error and one year's spread."""

    place: Hospital
    delayed: float
    delayed_se: float
    spread: float
    boarders: float
    excess: float


Step = Callable[[int], None]


def grid() -> list[Point]:
    """Return the points of the grid, by patience, rho1 and rho2."""
    return [Point(one, two, patience) for patience in PATIENCE for one in RHO1 for two in RHO2]


def held_out(seed: int) -> list[Point]:
    """Return points spread over the grid and on none of its knots, half of them where rho2 is near 1."""
    drawn = BlockDraws(seed, 0).uniforms("pathway|held_out", 3)[:, :HELD_OUT]
    wide = RHO2[0] + drawn[1] * (RHO2[-1] - RHO2[0])
    near = 0.85 + drawn[1] * 0.35
    two = np.where(np.arange(HELD_OUT) % 2, near, wide)
    one = RHO1[0] + drawn[0] * (RHO1[-1] - RHO1[0])
    patience = PATIENCE[0] + drawn[2] * (PATIENCE[-1] - PATIENCE[0])
    return [Point(*point) for point in np.stack((one, two, patience), axis=1).tolist()]


def look(place: Hospital, effort: Effort) -> Found:
    """Run the model at one place and return what it says."""
    years = [
        replicate(place, effort.seed, replication, effort.warm_up, effort.years)
        for replication in range(effort.replications)
    ]
    delayed = np.array([[year.delayed for year in run] for run in years])
    boarders = float(np.mean([year.boarders for run in years for year in run]))
    excess = boarders + float(np.mean([year.escalation for run in years for year in run]))
    error = float(delayed.mean(axis=1).std(ddof=1) / effort.replications**0.5)
    return Found(place, float(delayed.mean()), error, float(delayed.std(ddof=1)), boarders, excess)


def looks(places: Sequence[Hospital], effort: Effort, workers: int = 1, step: Step | None = None) -> list[Found]:
    """Return what the model says at each place, in order; `step` is told of each as it is done."""
    found = []
    for one in _each(places, effort, workers):
        found.append(one)
        if step:
            step(1)
    return found


def _each(places: Sequence[Hospital], effort: Effort, workers: int) -> Iterator[Found]:
    if workers == 1:
        yield from (look(place, effort) for place in places)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(look, places, [effort] * len(places))


def rebuild(pathway: Pathway, effort: Effort, workers: int = 1, step: Step | None = None) -> Distilled:
    """Return the surface made afresh for `pathway`, with its error at held-out points."""
    place = hospital(pathway)
    found = looks([at(place, *point) for point in grid()], effort, workers, step)
    curve = looks([with_slack(place, slack, found[_middle()].delayed) for slack in SLACK], effort, workers, step)
    made = _made(pathway, effort, found, curve)
    apart = effort._replace(seed=effort.seed + 1)
    points = held_out(apart.seed)
    fresh = looks([at(place, *point) for point in points], apart, workers, step)
    read = surface(Distilled.model_validate(made | {"error": _NO_ERROR}))
    held = {"replications": effort.replications} | error(pathway, read, fresh)
    return Distilled.model_validate(made | {"error": held})


_NO_ERROR = {"points": 1, "replications": 2, "within": 0, "median_share": 0} | dict.fromkeys(
    ("mean_error", "mean_se", "boarders", "excess"), 0
)


def _made(pathway: Pathway, effort: Effort, found: Sequence[Found], curve: Sequence[Found]) -> dict[str, Any]:
    base = terms(pathway)
    shape = (len(PATIENCE), len(RHO1), len(RHO2))
    delayed = np.array([one.delayed for one in found]).reshape(shape)
    # More to care for or more patience never means fewer delayed; on the same patients the runs hardly depart from it.
    for axis in range(3):
        delayed = np.maximum.accumulate(delayed, axis=axis)
    patience, rho2 = np.array(PATIENCE)[:, None, None], np.array(RHO2)
    trend = base.discharges * patience * np.maximum(1 - 1 / rho2, 0.0)
    spread = np.array([one.spread for one in found]).reshape(shape)
    slack, excess, wait = _curves(base.admissions * base.escalate, curve)
    made = {
        "model": MODEL,
        **effort._asdict(),
        "load": round(base.discharges * base.onward_stay, 4),
        "stay": round(base.onward_stay, 4),
        "rho1": list(RHO1),
        "rho2": list(RHO2),
        "patience": list(PATIENCE),
        "residual": np.round(delayed - trend, 3).tolist(),
        "spread": np.round(spread, 3).tolist(),
        "slack": slack,
        "excess": excess,
        "wait": wait,
    }
    return {"grid": grid_hash(made)} | made


def _middle() -> int:
    """Return where in the grid the curve of slack is run: middling patience, the last load but one."""
    return len(PATIENCE) // 2 * len(RHO1) * len(RHO2) + len(RHO2) - 2


def with_slack(place: Hospital, slack: float, delayed: float) -> Hospital:
    """Return `place` at the middle of the grid, with the beds that leave `slack` when `delayed` patients are counted.

    Slack is (1 - effective occupancy) x root of beds, so root of beds solves beds - slack x root - wanted = 0.
    """
    wanted = place.admissions * place.stay.mean + delayed
    root = (slack + np.sqrt(slack**2 + 4 * wanted)) / 2
    point = grid()[_middle()]
    return replace(at(place, point.rho1, point.rho2, point.patience), beds=round(root**2), stay=place.stay)


def _curves(most: float, found: Sequence[Found]) -> tuple[list[float], list[float], list[float]]:
    """Return slack, excess over root of beds and wait at the knots, from runs whose slack is nearly that."""
    beds = np.array([float(one.place.beds) for one in found])
    effective = np.array([one.place.admissions * one.place.stay.mean + one.delayed for one in found]) / beds
    slack, knots = (1 - effective) * np.sqrt(beds), np.array(SLACK)
    excess = np.interp(knots, slack, np.array([one.excess for one in found]) / np.sqrt(beds))
    wait = np.interp(knots, slack, np.array([one.boarders for one in found]) / most)
    # By Jensen's inequality the mean excess is never below the excess of the mean.
    excess = np.maximum(np.minimum.accumulate(excess), np.maximum(-knots, 0.0))
    wait = np.clip(np.minimum.accumulate(wait), 0.0, 1.0)
    return knots.tolist(), np.round(excess, 4).tolist(), np.round(wait, 5).tolist()


def error(pathway: Pathway, read: Surface, fresh: Sequence[Found]) -> dict[str, Any]:
    """Return how far a surface is from fresh runs: fields of `HeldOut`, shares as a file writes them."""
    off = np.array([_misses(pathway, read, one) for one in fresh])
    delayed, own = np.array([one.delayed for one in fresh]), np.array([one.delayed_se for one in fresh])
    return {
        "points": len(fresh),
        "mean_error": round(float(off[:, 0].mean()), 3),
        "median_share": f"{float(np.median(off[:, 0] / np.maximum(delayed, 1.0))):.1%}",
        "mean_se": round(float(own.mean()), 3),
        "within": int((off[:, 0] <= 2 * own + 0.05 * delayed).sum()),
        "boarders": round(float(off[:, 1].mean()), 3),
        "excess": round(float(off[:, 2].mean()), 3),
    }


def _misses(pathway: Pathway, read: Surface, one: Found) -> tuple[float, float, float]:
    """Return absolute errors in delayed patients, boarders and patients beyond core beds at one fresh run."""
    said = told(pathway, read, one.place)
    excess = said[1] + said[2]
    return abs(said[0] - one.delayed), abs(said[1] - one.boarders), abs(excess - one.excess)


def told(pathway: Pathway, read: Surface, place: Hospital) -> tuple[float, float, float]:
    """Return what a surface says of delayed patients, boarders and escalation beds at a hospital."""
    base = terms(pathway)
    load = sum(way.offered(place.admissions) for way in place.onward)
    flow = place.admissions * sum(way.share for way in place.onward)
    here = replace(base, stay=place.stay.mean, onward_stay=load / flow, patience=place.patience)
    slots = sum(way.slots for way in place.onward)
    said = delays(read, here, Flow(*np.array([[place.admissions], [flow], [place.beds], [slots]], dtype=np.float64)))
    return float(said.delayed[0]), float(said.boarders[0]), float(said.escalation[0])


def grid_hash(made: dict[str, Any]) -> str:
    """Return the SHA-256 of a surface's numbers and of what they were made with, its error and grounds left out."""
    kept = {name: made[name] for name in _HASHED}
    return sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode())


_HASHED = (
    "model", "seed", "replications", "warm_up", "years", "load", "stay", "rho1", "rho2", "patience", "residual",
    "spread", "slack", "excess", "wait",
)  # fmt: skip


def read(name: str = SHIPPED) -> Pathway:
    """Return the first pathway that a file states, shipped or one's own, with all that the file extends.

    Raises:
        ScenarioError: when there is none, or the file cannot be read.
        ValidationError: when it breaks a rule of the record.
    """
    tree = resolved(name)
    stated = tree.value.get("pathways") if isinstance(tree.value, dict) else None
    if not isinstance(stated, list) or not stated:
        rule, remedy = "a pathway is an entry under `pathways`", f"see {SHIPPED}"
        raise ScenarioError((Problem(name, 0, 0, "", "", rule, remedy),))
    return Pathway.model_validate(stated[0], strict=True, context={"money": "£"})


def above_surface(name: str) -> str:
    """Return what stands in a file above the surface of its pathway.

    Raises:
        ScenarioError: when the file has no surface of its own, so that none can be put in its place.
    """
    head, mark, _ = read_bytes(shipped(name) or name).decode().partition(_MARK)
    if not mark:
        rule = "a surface is rebuilt in the file that states it, under `pathways`; this one has none of its own"
        remedy = f"copy {SHIPPED} and state the beds and ways on in it; then extend the copy"
        raise ScenarioError((Problem(name, 0, 0, "", "", rule, remedy),))
    return head


def written(made: Distilled, name: str = SHIPPED) -> bytes:
    """Return the text of a pathway file with its surface replaced; what stands above it stays as it was written."""
    head = above_surface(name)
    lines = ["source: JPATH", "grade: C", 'rationale: "from the discrete-event model at the values above"']
    for field, value in made.model_dump(exclude_none=True, exclude={"error"}).items():
        lines += _lines(field, value)
    stated = made.error.model_dump() | {"median_share": f"{made.error.median_share:.1%}"}
    lines.append("error: {" + ", ".join(f"{field}: {value}" for field, value in stated.items()) + "}")
    return (head + _MARK + "".join(f"      {line}\n" for line in lines)).encode()


def _lines(field: str, value: Any) -> list[str]:
    """Return a field as YAML: tables with a level to a paragraph and a row to a line."""
    if field in ("residual", "spread"):
        rows = [f"  {'- -' if not i else '  -'} {json.dumps(row)}" for level in value for i, row in enumerate(level)]
        return [f"{field}:", *rows]
    return [f"{field}: {json.dumps(value)}"]
