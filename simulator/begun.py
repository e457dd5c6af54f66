"""Whose units a folder holds: the study that began a batch there, so that no other goes on with what it left.

A unit never answers another question than its own; what is guarded here is that one folder holds one study.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from simulator.batch_plan import Plan
from simulator.digest import meaning
from simulator.files import is_file, read_bytes, sha256, write_atomic
from simulator.problems import ScenarioError
from simulator.units import FOLDER
from simulator.yaml_values import dump

NAME = "begun.json"
"""The file, beside the units, that says which study a batch was begun for."""
MEANT = {"study", "name", "scenario", "overlays", "options"}
"""Fields of a study that say what it is called or where its files lie, and those of options, which are told apart."""


class OtherStudyError(Exception):
    """A folder with units of another study; the text names it and says what to do."""


def mark(planned: Plan) -> bytes:
    """Return what a folder is marked with: the study's id and name, and a digest of what it asks of which scenario.

    The digest follows meaning alone: a remark in a file, a name, or where the files lie does not move it.
    """
    study, loaded = planned.loaded.study, planned.loaded
    asked = study.model_dump(mode="json", exclude=MEANT)
    options = [
        [one.id, [sha256(dump(loaded.option_overlays[name].tree.value).encode()) for name in one.overlays], one.set]
        for one in study.options
    ]
    digests = {"asked": asked, "options": options, "base": meaning(loaded.base.case())}
    digest = sha256(json.dumps(digests, sort_keys=True, ensure_ascii=False, default=str).encode())
    return (
        json.dumps({"study": study.study, "name": study.name, "sha256": digest}, ensure_ascii=False) + "\n"
    ).encode()


def refuse_other(folder: Path, planned: Plan, standing: Collection[str]) -> None:
    """Refuse a folder whose units, keys `standing`, were begun for another study, or for this one before a change.

    A study that has only grown goes on: all that stands is still asked for. A folder without units is anybody's.

    Raises:
        OtherStudyError: when it is refused.
    """
    path = folder / FOLDER / NAME
    if not standing or not is_file(path):
        return
    try:
        held = json.loads(read_bytes(path))
        study, name, digest = (str(held[key]) for key in ("study", "name", "sha256"))
    except (ScenarioError, ValueError, TypeError, KeyError):
        raise OtherStudyError(
            f"{path} cannot be read, so nothing says whose {len(standing):,} units {folder} holds: name another "
            f"folder, or take that file away if they are of {planned.loaded.study.study}"
        ) from None
    own = json.loads(mark(planned))
    if study != own["study"]:
        raise OtherStudyError(
            f"{folder} holds {len(standing):,} units of the study {study} ({name}), not {own['study']}, so it is left "
            f"as it was: name another folder, or finish {study} there with --resume"
        )
    stale = len(set(standing) - set(planned.keys))
    if digest != own["sha256"] and stale:
        raise OtherStudyError(
            f"{folder} was begun when {study} or its scenario said something else: {stale:,} of its {len(standing):,} "
            "units answer what is asked no more, so it is left as it was: name another folder, or give the study and "
            "its scenario back as they were"
        )


def write_mark(folder: Path, planned: Plan) -> None:
    """Mark a folder as this study's.

    Raises:
        CannotWriteError: when the disk is full or writing is not allowed.
    """
    write_atomic(folder / FOLDER / NAME, mark(planned))
