"""The only module that touches the disk: guarded reading, writing whole or not at all, digests."""

from __future__ import annotations

import difflib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from simulator.problems import Problem, ScenarioError

LIMIT = 5 * 1024 * 1024
MOST_LISTED = 1_000
PACKAGE = Path(__file__).resolve().parent
_SHIPPED = re.compile(r"(defaults|scenarios)((?:/[A-Za-z0-9][A-Za-z0-9._-]{0,80}){1,4})")
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class CannotWriteError(OSError):
    """A file that could not be written; its text names the path and the reason."""


def read_bytes(path: Path | str, limit: int = LIMIT) -> bytes:
    """Return the whole of a regular file of at most `limit` bytes.

    Raises:
        ScenarioError: when it is missing, not a file, unreadable or too large.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise _refused(path, "there is no file of this name", _nearest(Path(path))) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    try:
        data = _read_open(path, handle, limit)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(handle)
    if len(data) > limit:
        rule = f"a file holds at most {limit / 1024 / 1024:g} MB"
        raise _refused(path, rule, "check that this is the file you meant, or split it")
    return data


def _read_open(path: Path | str, handle: int, limit: int) -> bytes:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise _refused(path, "an ordinary file is wanted here", "name a file, not a folder or a device")
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(limit + 1)


def _unreadable(path: Path | str, error: OSError | ValueError) -> ScenarioError:
    if not isinstance(error, OSError):
        return _refused(path, "a file name holds no hidden characters", "rename the file")
    if error.errno == errno.EISDIR or (error.errno == errno.EACCES and Path(path).is_dir()):
        return _refused(path, "an ordinary file is wanted here", "name a file, not a folder or a device")
    reason = (error.strerror or "unknown reason").lower()
    return _refused(path, f"the file can be read ({reason})", "check its name and who may read it")


def _refused(path: Path | str, rule: str, remedy: str) -> ScenarioError:
    shown = str(path).encode("utf-8", "replace").decode().replace("\0", "?")
    return ScenarioError((Problem(shown, 0, 0, "", "", rule, remedy),))


def _nearest(path: Path) -> str:
    """Return the remedy for a missing file, with the name in its folder that is nearest to it, if one is near."""
    plain = "check the spelling and the folder"
    try:
        with os.scandir(path.parent) as found:
            names = sorted(entry.name for entry in islice(found, MOST_LISTED) if entry.is_file())
    except OSError:
        return plain
    lower = {name.lower(): name for name in names if name.isprintable() and not name.startswith(".")}
    close = difflib.get_close_matches(path.name.lower(), lower, 1, 0.6)
    return f"did you mean {lower[close[0]]}? Else {plain}" if close else plain


def is_file(path: Path | str) -> bool:
    """Return whether `path` names an ordinary file; False for a name that no file could have."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def make_folder(path: Path | str) -> Path:
    """Make a folder, with those above it, unless it is there; return it.

    Raises:
        CannotWriteError: when it cannot be made.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _cannot(path, 0, error) from error
    return Path(path)


def write_atomic(path: Path | str, data: bytes | Iterable[bytes]) -> None:
    """Write `data` to `path` whole or not at all; what stood there stays until the new file is safe.

    Data that comes in parts is written as it comes, so that it need never be in memory whole.

    Raises:
        CannotWriteError: when the folder is missing, the disk is full or writing is not allowed.
    """
    temporary = _write_beside(Path(path), data)
    try:
        temporary.replace(path)
        _sync_folder(Path(path).parent)
    except (OSError, ValueError) as error:
        temporary.unlink(missing_ok=True)
        raise _cannot(path, 0, error) from error


def write_new(path: Path | str, data: bytes) -> None:
    """Write `data` to `path` whole or not at all, and only where nothing stands yet.

    Raises:
        FileExistsError: when the path is taken; it is left as it was.
        CannotWriteError: when writing fails for any other reason.
    """
    target = Path(path)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "a file of this name is there already", str(path))
    temporary = _write_beside(target, data)
    try:
        # A link fails if the name was taken meanwhile; a rename would overwrite.
        os.link(temporary, target)
        _sync_folder(target.parent)
    except FileExistsError:
        raise
    except (OSError, ValueError) as error:
        raise _cannot(path, len(data), error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_folder(folder: Path | str, files: Mapping[str, bytes]) -> None:
    """Write each of `files`, named relative to `folder`, in the order given.

    Raises:
        CannotWriteError: when a name would leave the folder, or writing fails.
    """
    top = make_folder(folder)
    for name, data in files.items():
        target = top / name
        if not target.resolve().is_relative_to(top.resolve()):
            raise CannotWriteError(errno.EINVAL, f"{name} would stand outside the folder", str(top))
        make_folder(target.parent)
        write_atomic(target, data)


def may_write(folder: Path | str, manifest: str) -> bool:
    """Return whether a folder is new, empty, or was written with `manifest` and so may be replaced."""
    top = Path(folder)
    return not top.exists() or (top.is_dir() and ((top / manifest).is_file() or not any(top.iterdir())))


def replace_folder(
    folder: Path | str, files: Mapping[str, bytes], manifest: str, kept: Container[str] = ()
) -> list[str]:
    """Write `files` as `write_folder` does; remove and return what an earlier `manifest` names and they lack.

    What is `kept` stays, though `files` lack it: it was written before.

    Raises:
        CannotWriteError: when a name would leave the folder, or writing fails.
    """
    top, old = Path(folder), Path(folder) / manifest
    listed = old.read_text(encoding="utf-8", errors="replace").splitlines() if old.is_file() else []
    write_folder(top, files)
    gone = []
    for line in listed:
        _, _, name = line.partition("  ")
        stale = top / name
        if (
            name
            and name not in files
            and name not in kept
            and stale.resolve().is_relative_to(top.resolve())
            and stale.is_file()
        ):
            stale.unlink()
            gone.append(name)
    return gone


def room_left(folder: Path | str) -> int:
    """Return how many bytes may still be written in a folder that is there."""
    return shutil.disk_usage(folder).free


def names(folder: Path | str, suffix: str) -> tuple[str, ...]:
    """Return the names in a folder that end so, in order; none where there is no such folder."""
    return tuple(sorted(path.name for path in Path(folder).glob(f"*{suffix}")))


def remove(path: Path | str) -> None:
    """Take a file away if it is there, or a folder if it holds nothing."""
    one = Path(path)
    with suppress(OSError if one.is_dir() else FileNotFoundError):
        (one.rmdir if one.is_dir() else one.unlink)()


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new folder of this process alone, gone with all it holds once done with."""
    with tempfile.TemporaryDirectory(prefix="headroom-") as folder:
        yield Path(folder)


def _write_beside(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """Write `data` to a new hidden file in the folder of `path`, safe on disk; return it."""
    size = 0
    # The name does not grow from the target's: a long name must stay within the system's limit.
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            for part in (data,) if isinstance(data, bytes) else data:
                size += len(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        # The folder may be missing, or the name one that no file can have.
        with suppress(OSError, ValueError):
            temporary.unlink()
        if isinstance(error, OSError | ValueError):
            raise _cannot(path, size, error) from error
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cannot(path: Path | str, size: int, error: OSError | ValueError) -> CannotWriteError:
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EINVAL
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if number == errno.ENOENT:
        reason = f"there is no folder {Path(path).parent}"
    if number in _FULL:
        reason = f"the disk is full or the file too large; {size:,} bytes are needed"
    return CannotWriteError(number, f"cannot write: {reason}", str(path))


def shipped(name: str) -> Path | None:
    """Return the file that `defaults/x.yaml` or `scenarios/x.yaml` names, or None if none is shipped."""
    match = _SHIPPED.fullmatch(name)
    if not match or ".." in name:
        return None
    folder = _room(match[1])
    found = (folder / match[2].lstrip("/")).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.is_file() else None


def shipped_names(room: str) -> tuple[str, ...]:
    """Return the names of the files shipped in `defaults`, `scenarios` or a folder of it, in order."""
    top, _, below = room.partition("/")
    return tuple(sorted(f"{room}/{path.name}" for path in (_room(top) / below).glob("*.yaml")))


def package_files() -> dict[str, bytes]:
    """Return this package's own source and defaults as {name within it: bytes}, in the order of their names."""
    found = (path for path in PACKAGE.rglob("*") if path.suffix == ".py" or path.parent.name == "defaults")
    named = {path.relative_to(PACKAGE).as_posix(): path for path in found if path.is_file()}
    # A wheel carries inside it what stands beside the package in a checkout.
    return {name: named[name].read_bytes() for name in sorted(named) if not name.startswith("shipped_")}


def _room(room: str) -> Path:
    packaged = PACKAGE / ("defaults" if room == "defaults" else "shipped_scenarios")
    # In a checkout the scenarios stand beside the package; a wheel carries them inside it.
    return packaged if packaged.is_dir() else PACKAGE.parent / room
