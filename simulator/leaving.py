"""How processes leave: workers with their parent, however it ends, and a parent that the system asks to end in order.

Workers begin to watch before they load anything else, so that one whose parent dies while it is loading leaves too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from types import FrameType

TERMINATED = 128 + 15
"""The exit code of a process that left because the system asked it to, as shells have it."""


class TerminatedError(KeyboardInterrupt):
    """The system asked this process to end (SIGTERM); what is under way ends as it does at the keyboard's word."""


@contextmanager
def terminable() -> Iterator[None]:
    """Turn the system's word to end into `TerminatedError` while the block runs; in a thread beside do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def told(number: int, frame: FrameType | None) -> None:
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve() -> None:
    """Leave the keyboard to the parent of this process, and leave with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: BaseProcess) -> None:
    parent.join()
    # Without ceremony: what this process would still do has nobody to return it to.
    os._exit(1)
