"""Work over blocks of paths on some threads, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice


class RunCancelledError(Exception):
    """The caller asked for the run to stop."""


def each_block(
    work: Callable[[int], int],
    starts: range,
    workers: int,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Do all blocks on `workers` threads, never holding more than a few in hand.

    `work(number)` does the blocks from `number` on and returns how many that were, which `progress` is told;
    `cancelled()` is asked between them.

    Raises:
        RunCancelledError: when `cancelled()` returns true.
    """
    queue = iter(starts)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running: set[Future[int]] = {pool.submit(work, number) for number in islice(queue, workers)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done = future.result()
                if progress:
                    progress(done)
            if cancelled and cancelled():
                raise RunCancelledError("the run was stopped when asked")
            running |= {pool.submit(work, number) for number in islice(queue, len(finished))}
