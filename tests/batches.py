"""Small studies for tests, a crew of one in this process, and a crew that already knows every answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from simulator import cases
from simulator.batch import Batched, Orders, run_batch
from simulator.batch_plan import plan
from simulator.studies import Study
from simulator.study_file import LoadedStudy
from simulator.units import Unit, packed
from simulator.workers import Crew, Made, Task, work
from simulator.yaml_tree import parse

SMALL = Path(__file__).with_name("small.yaml")
LEVERS = [
    {"id": "minimum", "address": "reserves.minimum", "values": ["4%", "5%", "6%"]},
    {"id": "share", "address": "reserves.usable_share", "values": ["40%", "50%", "60%", "70%"]},
]


def study(scenario: Path | str = SMALL, **more: Any) -> LoadedStudy:
    """A study read as from a file: a grid of levers on the small council unless more is said."""
    said = {"headroom": 1, "study": "tried", "name": "Tried", "scenario": str(scenario), "paths": 40}
    asked = Study.model_validate(said | {"design": {"kind": "grid"}, "vary": LEVERS} | more)
    base = cases.base(scenario, (), [f"{address}={value}" for address, value in asked.set.items()])
    pieces = {name: cases.piece(name) for option in asked.options for name in option.overlays}
    return LoadedStudy(asked, "", (), parse(b"headroom: 1\n", "study.yaml"), base, pieces)


def quick_disk() -> Path | None:
    """Where tests that write thousands of files may do so: what is killed there is killed as on any disk."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


class Here(Executor):
    """Does each task at once in this process, and remembers what it was asked."""

    def __init__(self, doing: Callable[[Task], list[Made]] | None = None) -> None:
        self.doing, self.asked = doing, list[Task]()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked.append(args[0])
        try:
            future.set_result((self.doing or fn)(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    @property
    def cases(self) -> int:
        """How many cases it was asked to do."""
        return sum(len(task.cases) for task in self.asked)


class Known:
    """A crew that made every unit of a study before: for tests of what is kept, not of what is reckoned."""

    def __init__(self, loaded: LoadedStudy) -> None:
        self.plan = plan(loaded)
        self.units = {made.key: made.data for made in work(self.plan.together(self.plan.waiting(set())))}

    def answer(self, task: Task) -> list[Made]:
        return [Made(asked.key, self.units[asked.key], "", 0.5, 1) for asked in task.cases]

    @property
    def crew(self) -> Crew:
        return Crew(Here(self.answer), 1, "known")


def batched(loaded: LoadedStudy, folder: Path, crew: Crew | None = None, **orders: Any) -> Batched:
    return run_batch(loaded, crew or Crew(Here(), 1, "here"), Orders(folder, **orders))


def same(one: Unit, other: Unit) -> bool:
    """Whether two units answer alike bit for bit; how long each took is no part of its answer."""
    return _timeless(one) == _timeless(other)


def _timeless(unit: Unit) -> bytes:
    parts = {name: getattr(unit, name) for name in vars(unit)}
    return packed(Unit(**parts | {"head": unit.head._replace(seconds=0.0)}))
