"""A folder that was written, as its files by name: what is checked, compared and read again."""

from __future__ import annotations

import errno
from collections.abc import Container, Iterator, Mapping
from copy import copy
from pathlib import Path

from simulator.files import read_bytes
from simulator.problems import ScenarioError


class Folder(Mapping[str, bytes]):
    """The files of a folder as {name: bytes}, each read only when asked for, so that one is in memory at a time.

    A link or a device is a name like another, but cannot be read: what it leads to is not in the folder.

    Raises:
        OSError: when the folder, on making, or a file, on asking, cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        """List the files of the folder and of all folders within it."""
        self._top = Path(path)
        # Asked first, since looking for names in no folder finds none and says nothing.
        next(self._top.iterdir(), None)
        found = (entry for entry in self._top.rglob("*") if entry.is_symlink() or not entry.is_dir())
        self._names = dict.fromkeys(sorted(entry.relative_to(self._top).as_posix() for entry in found))

    def within(self, names: Container[str]) -> Folder:
        """Return the folder as though it held only some of its files."""
        part = copy(self)
        part._names = dict.fromkeys(name for name in self._names if name in names)
        return part

    def __getitem__(self, name: str) -> bytes:
        """Return the whole of a file."""
        if name not in self._names:
            raise KeyError(name)
        if (self._top / name).is_symlink():
            raise OSError(errno.EINVAL, "a link, not a file of this folder", name)
        try:
            return read_bytes(self._top / name, (self._top / name).stat().st_size)
        except ScenarioError as error:
            raise OSError(errno.EIO, f"not so: {error.problems[0].rule}", name) from error

    def __iter__(self) -> Iterator[str]:
        """Go through the names in order."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._names)
