"""One scenario read once and asked many times: each case lays overlays and sets values on it, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.scenario import Scenario
from simulator.scenario_file import Loaded
from simulator.yaml_tree import Tree


@dataclass(frozen=True)
class Piece:
    """An overlay as read, with all that it extends: its file, its line among the changes, and what it was read from."""

    file: str
    line: str
    tree: Tree
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Base:
    """A scenario as read, with what it was read from; it goes to another process or machine without a file.

    `loaded` is the base itself; `below` is its tree before its own `sets`, over which cases lay their overlays.
    """

    loaded: Loaded
    below: Tree
    sets: tuple[str, ...]

    def case(self, overlays: Sequence[Piece] = (), sets: Sequence[str] = ()) -> Scenario:
        """Return the scenario of one case: what `load` gives for the base's overlays and then these, and so for sets.

        Raises:
            ScenarioError: with every problem found.
        """
        return self.whole(overlays, sets).scenario

    def whole(self, overlays: Sequence[Piece] = (), sets: Sequence[str] = ()) -> Loaded:
        """Return a case with its resolved text, its changes and the files it was read from; slower than `case`.

        Raises:
            ScenarioError: with every problem found.
        """
        raise NotImplementedError


def base(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Base:
    """Read a scenario file with overlays laid over it and then values set, each `ADDRESS=VALUE`.

    Raises:
        ScenarioError: with every problem found.
    """
    raise NotImplementedError


def piece(path: Path | str) -> Piece:
    """Read an overlay, to be laid over a base.

    Raises:
        ScenarioError: when it cannot be read or is no overlay.
    """
    raise NotImplementedError
