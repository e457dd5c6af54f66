"""Processes that leave when their parent does, however it ends: they begin to watch before they load anything else.

Kept apart from what workers do, so that one whose parent dies while it is still loading leaves too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess


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
