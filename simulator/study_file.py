"""From a study file to a study with all it asks for read: its base, its overlays, and every fault found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.cases import Base, Piece
from simulator.studies import Study
from simulator.yaml_tree import Tree


@dataclass(frozen=True)
class LoadedStudy:
    """A study with everything read that its cases need; it goes to another process or machine without a file.

    `text` is the file as written, `files` the name and SHA-256 of every file read, the study's own first, `tree` its
    values with their lines, `option_overlays` the overlays of options by the name that the study gives them.
    """

    study: Study
    text: str
    files: tuple[tuple[str, str], ...]
    tree: Tree
    base: Base
    option_overlays: dict[str, Piece]


def load(path: Path | str) -> LoadedStudy:
    """Read a study, a file or a shipped one, with the scenario and overlays that it names.

    Every value that is varied and every option is tried once on the base, so that what the scenario's models refuse
    is told here with the study's own line, before anything runs.

    Raises:
        ScenarioError: with every problem found.
    """
    raise NotImplementedError
