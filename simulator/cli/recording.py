"""What the record of a folder says of the command that wrote it: its words, start, time taken and memory."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.files import is_file, read_bytes, sha256

if TYPE_CHECKING:
    from simulator.provenance import Doing, Origin
    from simulator.scenario_file import Loaded

_KEY = "headroom.started"
_ABSOLUTE = re.compile(r"(^|=)(?:/|~|[A-Za-z]:[\\/]).*[\\/]")
"""The folders of an absolute path, which say more of a machine and its user than of the run."""


class _Started(NamedTuple):
    """What was typed, and when, by the calendar and by a clock that never runs backwards."""

    argv: tuple[str, ...]
    at: str
    clock: float


class Again(NamedTuple):
    """What the command in hand runs again: the changes that had been laid over the scenario, in their own words."""

    changes: tuple[str, ...]


def start(ctx: click.Context, args: list[str]) -> None:
    """Keep what was typed and when, for the record of a folder that this command may write."""
    words = tuple(_ABSOLUTE.sub(r"\1", word) for word in args)
    ctx.meta[_KEY] = _Started(words, _now(), time.perf_counter())


def origin_of(loaded: Loaded, wishes: Mapping[str, Any]) -> Origin:
    """Return where an answer found just now comes from.

    `wishes` has the command's `workers`; `changes` where they are more than the scenario was laid over with; and
    `repeats`, where the folder does not know by itself what makes it again.
    """
    from simulator.provenance import Origin

    ctx = click.get_current_context(silent=True)
    again = ctx.find_object(Again) if ctx else None
    changes = again.changes if again else wishes.get("changes", loaded.changes)
    return Origin(loaded.text, loaded.files, changes, _now(), doing(wishes))


def doing(wishes: Mapping[str, Any]) -> Doing:
    """Return how the command in hand went until now."""
    from simulator.provenance import Doing

    ctx = click.get_current_context(silent=True)
    begun: _Started | None = ctx.meta.get(_KEY) if ctx else None
    asked = str(ctx.params.get("scenario", "")) if ctx else ""
    how = Doing(workers=wishes.get("workers"), again=wishes.get("repeats", ()), parent=_parent(asked))
    how = how._replace(peak_bytes=_peak())
    if begun is None:
        return how
    seconds = round(time.perf_counter() - begun.clock, 3)
    return how._replace(argv=begun.argv, started=begun.at, seconds=seconds)


def _parent(scenario: str) -> str:
    """Return the digest of the list of files of the folder whose own scenario is run again, or nothing."""
    from simulator.provenance import MANIFEST

    path = Path(scenario)
    listed = path.parent / MANIFEST
    return sha256(read_bytes(listed)) if path.name == "scenario.yaml" and is_file(listed) else ""


def _peak() -> int | None:
    """Return the most memory that this process has held, in bytes, where the system says."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1_024


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
