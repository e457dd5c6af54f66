"""Evidence for a body's statement as work off the page: what it answers, and how far it is."""

from __future__ import annotations

from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.examination import MOST_FOR_EFFECTS, STAGES, examine
from simulator.jobs import Cancelled, Progress
from simulator.pages.projecting import SEED, WORKERS
from simulator.pages.stages import Count, Stage, parts
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
    planned = _stages(paths)

    def work(progress: Progress, cancelled: Cancelled) -> StatementShown:
        count = Count(progress, planned)
        sample = Sample(paths, SEED, WORKERS, progress=count.blocks, cancelled=cancelled)

        def tell(stage: str) -> None:
            sample.stop_if_asked()
            count.begin(STAGES.index(stage))

        done = examine(scenario, agency, sample, tell)
        sample.stop_if_asked()
        count.begin(len(STAGES))
        return statement_shown(done)

    return Asked(key_of(scenario, agency, paths), f"Evidence for {name}", parts(planned), work)


def _stages(paths: int) -> tuple[Stage, ...]:
    """Return the blocks of futures that each stage runs, as a rule; effects are found on fewer futures."""
    blocks, fewer = -(-paths // BLOCK), -(-min(paths, MOST_FOR_EFFECTS) // BLOCK)
    *whole, effects, last = RERUNS
    return (*(Stage(blocks * times) for times in whole), Stage(fewer * effects), Stage(last))
