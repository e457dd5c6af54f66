"""How far work of several stages is, in parts that rise: a stage that takes more or less than its rule ends as told."""

from __future__ import annotations

from typing import NamedTuple

from simulator.jobs import Progress


class Stage(NamedTuple):
    """One stage of work as a rule: how many blocks of futures it does, and how many parts of the whole each is."""

    blocks: int
    each: int = 1

    @property
    def parts(self) -> int:
        """How many parts of the whole the stage is."""
        return self.blocks * self.each


class Count:
    """Parts done, told as they rise; blocks beyond a stage's rule wait for the next to begin."""

    def __init__(self, progress: Progress, stages: tuple[Stage, ...]) -> None:
        """Begin before the first stage."""
        self.progress, self.stages, self.stage, self.done = progress, stages, 0, 0

    def begin(self, stage: int) -> None:
        """Count all that comes before a stage, by its place, as done."""
        self.stage = stage
        self._to(self._until(stage))

    def blocks(self, number: int) -> None:
        """Count blocks of futures within the stage in hand."""
        self._to(min(self.done + number * self.stages[self.stage].each, self._until(self.stage + 1)))

    def _until(self, stage: int) -> int:
        return parts(self.stages[:stage])

    def _to(self, done: int) -> None:
        self.progress(max(done - self.done, 0))
        self.done = max(done, self.done)


def parts(stages: tuple[Stage, ...]) -> int:
    """Return how many parts some stages are."""
    return sum(one.parts for one in stages)
