"""Evidence for a body's statement as work off the page: what it answers, and how far it is."""

from __future__ import annotations

from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.examination import MOST_FOR_EFFECTS, STAGES, examine
from simulator.jobs import Cancelled, Progress
from simulator.pages.projecting import SEED, WORKERS
from simulator.pages.working import Asked, Key
from simulator.scenario import Scenario
from simulator.statement_shown import StatementShown, statement_shown
from simulator.streams import BLOCK

RERUNS = (1, 12, 1, 4, 2, 42, 4)
"""How often a council's futures are run in each stage, as a rule; the last is the making of its pages and tables."""


def key_of(scenario: Scenario, agency: str, paths: int) -> Key:
    """Return what evidence answers: the digest of the scenario, the body, and how many futures."""
    return "statement", meaning(scenario), agency, str(paths)


def asked(scenario: Scenario, agency: str, paths: int) -> Asked:
    """Return the work of drawing up the evidence for a body."""
    name = scenario.names[agency]
    parts = _parts(paths)

    def work(progress: Progress, cancelled: Cancelled) -> StatementShown:
        count = _Count(progress, parts)
        sample = Sample(paths, SEED, WORKERS, progress=count.blocks, cancelled=cancelled)

        def tell(stage: str) -> None:
            sample.stop_if_asked()
            count.begin(STAGES.index(stage))

        done = examine(scenario, agency, sample, tell)
        sample.stop_if_asked()
        count.begin(len(STAGES))
        return statement_shown(done)

    return Asked(key_of(scenario, agency, paths), f"Evidence for {name}", sum(parts), work)


def _parts(paths: int) -> tuple[int, ...]:
    """Return the parts of each stage: blocks of futures that it runs, as a rule; effects are found on fewer futures."""
    blocks, fewer = -(-paths // BLOCK), -(-min(paths, MOST_FOR_EFFECTS) // BLOCK)
    *whole, effects, last = RERUNS
    return (*(blocks * times for times in whole), fewer * effects, last)


class _Count:
    """Parts done, told as they rise; a stage that takes more or fewer than its rule ends where the next begins."""

    def __init__(self, progress: Progress, parts: tuple[int, ...]) -> None:
        self.progress, self.parts, self.stage, self.done = progress, parts, 0, 0

    def begin(self, stage: int) -> None:
        """Count all that comes before a stage as done."""
        self.stage = stage
        self._to(sum(self.parts[:stage]))

    def blocks(self, number: int) -> None:
        """Count blocks of futures within the stage in hand."""
        self._to(min(self.done + number, sum(self.parts[: self.stage + 1])))

    def _to(self, done: int) -> None:
        self.progress(max(done - self.done, 0))
        self.done = max(done, self.done)
