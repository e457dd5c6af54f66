"""One at a time: a folder held by one process, however that process ends, and who it is told to others."""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from simulator.files import CannotWriteError, read_bytes, remove
from simulator.problems import ScenarioError

NAME = "in-use.lock"
_TAKEN = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class InUseError(Exception):
    """A folder that another process is at work in; the text says which, where and since when."""


@contextmanager
def alone(folder: Path | str) -> Iterator[None]:
    """Hold a folder that is there for as long as the block runs or this process lives.

    The system itself lets go of it when the process ends, so that no lock outlives a machine that lost its power.

    Raises:
        InUseError: while another process holds it.
        CannotWriteError: when the folder cannot be written to or its disk keeps no locks.
    """
    path = Path(folder) / NAME
    try:
        handle = _hold(path)
    except OSError as error:
        raise _cannot(path, error) from error
    if handle is None:
        raise InUseError(f"{folder} is in use by {_holder(path)[0]}; wait for it to end, or stop it")
    try:
        _refuse_elsewhere(path)
        try:
            _write(handle, {"process": os.getpid(), "machine": platform.node(), "since": _now()})
        except OSError as error:
            raise _cannot(path, error) from error
        try:
            yield
        finally:
            with suppress(OSError):  # on a full disk, or where the name of an open file must stand
                os.ftruncate(handle, 0)
                remove(path)
    finally:
        os.close(handle)


def _cannot(path: Path, error: OSError) -> CannotWriteError:
    reason = f"cannot hold the folder: {(error.strerror or str(error)).lower()}"
    return CannotWriteError(error.errno or errno.EIO, reason, str(path))


def _hold(path: Path) -> int | None:
    """Open a file, new or old, and hold it alone; return its handle, or None where another process holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        alone = named = False
        try:
            alone = _held(handle)
            # Its last holder may have taken the name away between the opening and the holding.
            named = path.exists() and path.stat().st_ino == os.fstat(handle).st_ino
        finally:
            if not (alone and named):
                os.close(handle)
        if alone and named:
            return handle
        if not alone:
            return None


def _held(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 1 << 30, os.SEEK_SET)  # what is held cannot be read, and the words stand at the start
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def _holder(path: Path) -> tuple[str, str]:
    """Return the words and the machine of the process that a lock names, as far as they can be read."""
    try:
        named = json.loads(read_bytes(path))
        return f"process {named['process']} on {named['machine']} since {named['since']}", str(named["machine"])
    except (ScenarioError, ValueError, KeyError, TypeError):
        return "another process", ""


def _refuse_elsewhere(path: Path) -> None:
    """Refuse a lock left by another machine: a disk that two machines share may not tell one of the other's locks."""
    words, machine = _holder(path)
    if machine and machine != platform.node():
        raise InUseError(f"{path.parent} is in use by {words}; if that has ended, take {path} away and start again")


def _write(handle: int, holder: dict[str, str | int]) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(holder).encode())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
