"""Work over blocks of paths on some threads, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice


class RunCancelledError(Exception):
    """The caller asked for the run to stop."""


@dataclass(frozen=True)
class Sample:
    """Which futures are drawn and how: their number, the seed, threads, whom to tell of progress and ask to stop.

    `progress(blocks)` is called as that many more blocks of 1,000 paths finish; `cancelled()` is asked between them.
    """

    paths: int = 10_000
    seed: int = 1
    workers: int = 2
    progress: Callable[[int], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def stop_if_asked(self) -> None:
        """Stop within a block that takes long.

        Raises:
            RunCancelledError: when `cancelled()` returns true.
        """
        if self.cancelled and self.cancelled():
            raise RunCancelledError("the run was stopped when asked")


def each_block(work: Callable[[int], int], starts: range, sample: Sample) -> None:
    """Do all blocks on some threads, never holding more than a few in hand.

    `work(number)` does the blocks from `number` on and returns how many that were.

    Raises:
        RunCancelledError: when `cancelled()` returns true.
    """
    queue = iter(starts)
    with ThreadPoolExecutor(max_workers=sample.workers) as pool:
        running: set[Future[int]] = {pool.submit(work, number) for number in islice(queue, sample.workers)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done = future.result()
                if sample.progress:
                    sample.progress(done)
            sample.stop_if_asked()
            running |= {pool.submit(work, number) for number in islice(queue, len(finished))}
