"""A sweep: two values of a scenario at hand varied together on one grid, every pair of them on the same futures.

It is a study like any other, written as its file would be, so that `headroom batch` gives the same figures; here its
cases are done on threads of this process and nothing goes to disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from simulator.batch_plan import plan
from simulator.blocks import Sample, each_block
from simulator.cases import Base
from simulator.designs import Case
from simulator.shared_luck import SharedLuck
from simulator.studies import LARGEST, Setting, Watched
from simulator.study_answers import Question, StudyAnswers, study_answers
from simulator.study_file import LoadedStudy, given
from simulator.study_values import exact, scalar_or_none
from simulator.units import Unit
from simulator.workers import unit_of
from simulator.yaml_values import BadScalarError, dump, scalar

FILE, OWN_FILE = "sweep.yaml", "your-file.yaml"
ROOM = 256 * 2**20
"""Bytes of drawn futures that the cases of one sweep may keep between them."""
ACROSS, DOWN, WATCHED = "across", "down", "watched"


@dataclass(frozen=True)
class Axis:
    """One value that is varied: what it is called, its address as `--set` takes it, and both ends as written."""

    name: str
    address: str
    low: str
    high: str


@dataclass(frozen=True)
class Sweep:
    """What is swept: the scenario's file, overlays and values set, both axes, steps each way, figure and futures."""

    source: str
    overlays: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]
    axes: tuple[Axis, Axis]
    steps: int
    watch: Watched
    paths: int
    seed: int = 1

    @property
    def cases(self) -> int:
        """How many cases are asked: every pair of values, and the scenario as it stands."""
        return self.steps**2 + 1


def study_text(sweep: Sweep) -> str:
    """Return the study file of a sweep, which `headroom batch` runs where the scenario's file stands beside it."""
    across, down = sweep.axes
    unasked = {"statistic"} if sweep.watch.outcome else set()  # a chance has none
    study: dict[str, Any] = {
        "headroom": 1,
        "study": "sweep",
        "name": f"{across.name} against {down.name}"[:200],
        "scenario": _named(sweep.source),
        **({"overlays": list(sweep.overlays)} if sweep.overlays else {}),
        **({"set": {address: _value(text) for address, text in sweep.sets}} if sweep.sets else {}),
        "paths": sweep.paths,
        "seed": sweep.seed,
        "design": {"kind": "grid", "steps": sweep.steps},
        "vary": [_varied(id, one) for id, one in ((ACROSS, across), (DOWN, down))],
        "watch": [sweep.watch.model_dump(mode="json", exclude_none=True, exclude=unasked)],
    }
    return dump(study)


def loaded(sweep: Sweep, on: Base) -> LoadedStudy:
    """Return a sweep as a study that was read, on a scenario read with the sweep's overlays; each end is tried once.

    Raises:
        ScenarioError: with every problem found, at its line of the study's file.
    """
    return given(study_text(sweep).encode(), FILE, on)


def swept(study: LoadedStudy, sample: Sample) -> StudyAnswers:
    """Return what a sweep found: what a batch of its study finds, bit for bit.

    Of `sample` its threads, progress (a case at a time) and how to stop are heeded; paths and seed are the study's.

    Raises:
        RunCancelledError: when `sample.cancelled()` returns true.
    """
    planned, shared, found = plan(study), SharedLuck(ROOM), dict[str, Unit]()
    waiting = planned.waiting(set())

    def work(number: int) -> int:
        asked = waiting[number]
        found[asked.key] = unit_of(planned.task, asked, shared, sample.cancelled)
        return 1

    each_block(work, range(len(waiting)), sample)
    asked = Question(study.study, study.base.case(), planned.cases, planned.task.watched, study.study.paths)
    return study_answers(asked, _units(planned.cases, planned.keys, found))


def _units(cases: tuple[Case, ...], keys: tuple[str, ...], found: Mapping[str, Unit]) -> Iterator[tuple[Case, Unit]]:
    for case, key in zip(cases, keys, strict=True):
        yield case, found[key]


def _named(source: str) -> str:
    """Return by which name a study calls its scenario: a shipped file's own, else the file beside it."""
    shipped = source.startswith("scenarios/")
    return source if shipped else PurePath(source).name or OWN_FILE


def _varied(id: str, one: Axis) -> dict[str, Any]:
    return {"id": id, "name": one.name, "address": one.address, "low": _value(one.low), "high": _value(one.high)}


def _value(text: str) -> Setting:
    """Return a value as a file would hold it; text that a file cannot hold bare stays text."""
    text = text.strip()
    number = scalar_or_none(text)
    if number is not None and abs(float(number)) <= float(LARGEST):
        return number
    if exact(text) is not None:
        return text
    try:
        held = scalar(text)
    except BadScalarError:
        return text
    return text if held is None else held
