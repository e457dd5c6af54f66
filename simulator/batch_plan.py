"""What a batch has to do: the question that each case's unit answers, and which cases go to a worker together.

Cases that meet the same futures stand side by side, so that a worker that has drawn them need not draw again. That is
a matter of speed alone: a case's answer never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from simulator.designs import Case, planned
from simulator.files import sha256
from simulator.prepared import prepare
from simulator.problems import ScenarioError
from simulator.shared_luck import luck_key
from simulator.streams import VERSION as STREAMS
from simulator.studies import Watched
from simulator.study_figures import watching
from simulator.study_file import LoadedStudy
from simulator.units import unit_key
from simulator.workers import Asked, Task, identity
from simulator.yaml_values import dump

TRIED = 24
"""Differing cases up to which each one's luck is asked for; beyond, it is asked of each address that is varied."""
TASK_SECONDS = 4.0
"""How much work goes out together: what a lost worker may cost, against the cost of sending."""
LEAST_ROUNDS = 4
"""Tasks for each hand that are left to share out, so that none waits long for the last one."""


@dataclass(frozen=True)
class Plan:
    """A study's cases, the key of each one's unit, what is watched, and a task that lacks only its cases."""

    loaded: LoadedStudy
    cases: tuple[Case, ...]
    keys: tuple[str, ...]
    task: Task

    @cached_property
    def groups(self) -> dict[str, tuple[object, ...]]:
        """The luck of each case by the key of its unit: cases of equal luck share what is drawn, as far as is known."""
        return dict(zip(self.keys, lucks(self.loaded, self.cases), strict=True))

    def waiting(self, done: set[str]) -> list[Asked]:
        """Return cases whose units are not yet done, each question once, those of equal luck side by side."""
        first: dict[tuple[object, ...], int] = {}
        asked: dict[str, Asked] = {}
        for case, key in zip(self.cases, self.keys, strict=True):
            if key not in done:
                asked.setdefault(key, Asked(key, case.overlays, case.sets))
                first.setdefault(self.groups[key], len(first))
        return sorted(asked.values(), key=lambda one: first[self.groups[one.key]])

    def together(self, asked: Sequence[Asked]) -> Task:
        """Return the task of doing some cases."""
        return replace(self.task, cases=tuple(asked))


def plan(loaded: LoadedStudy) -> Plan:
    """Return what a study asks for.

    Raises:
        ScenarioError: when its base is refused.
    """
    study, cases = loaded.study, planned(loaded.study)
    options = study.design.kind == "options"
    watched = watching(study, loaded.base.case())
    pieces = {name: sha256(dump(piece.tree.value).encode()) for name, piece in loaded.option_overlays.items()}
    every = {
        "base": [
            sha256(dump(tree.value).encode()) for tree in (loaded.base.first, *(p.tree for p in loaded.base.pieces))
        ],
        "sets": list(loaded.base.sets),
        "identity": [list(part) for part in identity()],
        "streams": STREAMS,
        "paths": study.paths,
        "seed": study.seed,
        "keeps": [_figure(one) for one in watched],
        "held": options,
    }
    keys = tuple(
        unit_key(every | {"overlays": [pieces[name] for name in case.overlays], "case": list(case.sets)})
        for case in cases
    )
    task = Task(identity(), loaded.base, loaded.option_overlays, watched, study.paths, study.seed, options, ())
    return Plan(loaded, cases, keys, task)


def _figure(one: Watched) -> dict[str, object]:
    """Return what of a figure its paths rest on: not what it is called, nor which statistic is read off them."""
    return one.model_dump(mode="json", exclude={"name", "statistic"})


def lucks(loaded: LoadedStudy, cases: Sequence[Case]) -> list[tuple[object, ...]]:
    """Return a label for each case, equal where two are known to meet the same futures."""
    differing = {(case.overlays, case.sets) for case in cases}
    if len(differing) <= TRIED:
        known = {asked: _luck(loaded, *asked) for asked in differing}
        return [(found,) if (found := known[case.overlays, case.sets]) else (case.id,) for case in cases]
    moving = _moving(loaded, cases)
    return [
        (case.overlays, tuple(setting for setting in case.sets if setting.partition("=")[0] in moving))
        for case in cases
    ]  # fmt: skip


def _moving(loaded: LoadedStudy, cases: Sequence[Case]) -> set[str]:
    """Return the addresses whose values move luck, each judged by the first two values that it takes."""
    taken: dict[str, list[str]] = {}
    for case in cases:
        for setting in case.sets:
            known = taken.setdefault(setting.partition("=")[0], [])
            if len(known) < 2 and setting not in known:
                known.append(setting)
    found = {address: [_luck(loaded, (), (setting,)) for setting in settings] for address, settings in taken.items()}
    return {address for address, keys in found.items() if None in keys or len(set(keys)) > 1}


def _luck(loaded: LoadedStudy, overlays: tuple[str, ...], sets: tuple[str, ...]) -> str | None:
    """Return what the luck of a case rests on; None where the scenario is refused."""
    try:
        scenario = loaded.base.case([loaded.option_overlays[name] for name in overlays], sets)
        return luck_key(prepare(scenario).compiled)
    except ScenarioError:
        return None


def tasks(planned: Plan, asked: Sequence[Asked], pace: Callable[[], float | None], hands: int) -> Iterator[Task]:
    """Yield cases as tasks of some seconds each, smaller towards the end.

    `pace()` is what a case takes a worker in seconds, asked anew for each task; while it is not known a task is a case.
    """
    done = 0
    while done < len(asked):
        seconds = pace() or TASK_SECONDS
        size = min(round(TASK_SECONDS / seconds), -(-(len(asked) - done) // (hands * LEAST_ROUNDS)))
        size = max(size, 1)
        yield planned.together(asked[done : done + size])
        done += size
