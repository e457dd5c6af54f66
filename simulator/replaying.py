"""What binds a folder to the code that made it, and what differs when its command is run again.

The files are one thing, the code another, the numbers a third: each is certified apart, and refused where it cannot be
shown. A record may come from a stranger, so what it asks to be run again is held to a short list of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from csv import reader
from io import BytesIO, StringIO
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from simulator import __version__
from simulator.provenance import (
    MANIFEST,
    NOT_A_CHECKOUT,
    RECORDS,
    checkout,
    code_sha256,
    csv,
    distributions,
    distributions_sha256,
    machine,
)
from simulator.streams import VERSION as STREAMS

REPEATED: dict[str, frozenset[str]] = {
    "run": frozenset({"--paths", "--seed", "--save-paths", "--do-nothing"}),
    "demo": frozenset({"--paths"}),
    "section25": frozenset({"--agency", "--paths", "--seed"}),
    "stress": frozenset({"--agency", "--paths", "--seed"}),
    "shift": frozenset({"--paths", "--seed", "--portfolio"}),
    "sensitivity": frozenset({"--agency", "--paths", "--seed", "--year", "--outcome"}),
    "batch": frozenset({"--paths"}),
}
"""The commands that write folders, and what of theirs a record may ask to be run again; nothing that names a file."""
FLAGS = frozenset({"--save-paths", "--do-nothing", "--portfolio"})
"""Those among them that take no value."""
INPUTS = ("scenario.yaml", "study.yaml")
"""What such a command may be asked of: a file of the folder itself."""
UNITS = "units/"
"""Where a study keeps the answers of its cases, with the time each took; its tables hold their numbers."""
REMEDY = "install it with `pip install -e .` in a checkout to have one"
_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}")


class CannotReplayError(ValueError):
    """A record that does not say what to run again, or asks for what no folder of ours asks."""


class Apart(NamedTuple):
    """Something of the build that the record has one way and this machine another; `binds` if numbers rest on it."""

    what: str
    recorded: str
    here: str
    binds: bool

    def __str__(self) -> str:
        """Return the difference in a line."""
        return f"{self.what}: {self.recorded} in the record, {self.here} here"


class Difference(NamedTuple):
    """How a file came out when its command was run again: what differs first, and how many cells do."""

    file: str
    words: str
    cells: int

    def __str__(self) -> str:
        """Return the difference in a line."""
        return f"{self.file}: {self.words}"


def unbound(record: Mapping[str, Any]) -> list[str]:
    """Return each reason for which a folder cannot be certified to come from code that others can get."""
    if not record:
        return ["there is no record of what made it"]
    if not record.get("code_sha256"):
        return ["the record does not say which code made it"]
    reasons = []
    if not record.get("commit"):
        reasons.append(_commit(None, record.get("commit_words")))
    elif record.get("dirty") is not False:
        reasons.append("the code had changes that its commit does not hold")
    if record.get("checks_hold") is False:
        reasons.append("on some futures the accounts did not add up (`checks` in the record)")
    return reasons


def _commit(known: object, words: object) -> str:
    """Return a commit, shortened; or why there is none, and what to do where code was installed away from its own."""
    if known:
        return str(known)[:12]
    why = str(words or "no commit is recorded")
    return f"{why} ({REMEDY})" if why == NOT_A_CHECKOUT else why


def apart(record: Mapping[str, Any]) -> list[Apart]:
    """Return what differs between the build that a record was made with and this one: code, libraries, machine."""
    here = checkout()
    found = [
        Apart("Headroom", _said(record, "headroom"), __version__, False),
        Apart("code", _said(record, "code_sha256")[:12], code_sha256()[:12], True),
        Apart("commit", _commit(record.get("commit"), record.get("commit_words")), _commit(here.id, here.words), False),
        *_libraries(record),
        *(Apart(name, _said(record, name), _shown(held), False) for name, held in machine().items()),
    ]
    streams = record.get("streams")
    drawn = str(streams.get("version")) if isinstance(streams, dict) else "not stated"
    found.append(Apart("streams of random numbers", drawn, STREAMS, True))
    return [one for one in found if one.recorded != one.here]


def _libraries(record: Mapping[str, Any]) -> Iterator[Apart]:
    """Yield each distribution whose version differs, or whose files do under one version."""
    versions, digests = record.get("libraries"), record.get("distributions")
    if not isinstance(versions, dict) or not isinstance(digests, dict):
        yield Apart("libraries", "not stated", distributions_sha256()[:12], True)
        return
    here = distributions()
    # What both have comes before what only one has: its version is the likelier cause.
    for name in sorted({*versions, *here}, key=lambda one: (one not in versions or one not in here, one)):
        version, digest = here.get(name, ("absent", ""))
        was = str(versions.get(name, "absent"))
        if was != version:
            yield Apart(name, was, version, True)
        elif digests.get(name) != digest:
            yield Apart(f"the files of {name} {version}", str(digests.get(name))[:12], digest[:12], True)


def _said(record: Mapping[str, Any], name: str) -> str:
    held = record.get(name)
    return "not stated" if held is None else _shown(held)


def _shown(held: Any) -> str:
    return ", ".join(map(str, held)) if isinstance(held, list) else str(held)


def command(record: Mapping[str, Any]) -> list[str]:
    """Return the words after `headroom` that make a folder again, each held to what a folder of ours may ask.

    Raises:
        CannotReplayError: when the record does not say, or asks for anything else.
    """
    again = record.get("again")
    if not isinstance(again, list) or len(again) < 2 or not all(isinstance(word, str) for word in again):
        raise CannotReplayError("the record does not say what to run again")
    allowed = REPEATED.get(again[1])
    if again[0] != "headroom" or allowed is None:
        raise CannotReplayError(f"the record asks for {' '.join(again[:2])!r}, which writes no folder of this kind")
    for before, word in pairwise(again[1:]):
        named = word in INPUTS or word in allowed
        if not named and not (before in allowed - FLAGS and _VALUE.fullmatch(word)):
            raise CannotReplayError(f"the record asks for {word!r}, which `headroom {again[1]}` is not run again with")
    return again[1:]


class Compared(NamedTuple):
    """How many files were compared, and each that differs."""

    files: int
    differs: tuple[Difference, ...]


def compared(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Compared:
    """Return how each file of a folder differs from that of a second one, but for record, list of files and units.

    Of a table the first cell that differs is named, by row, key and column, with both its values.
    """
    names = sorted(name for name in {*before, *after} - {MANIFEST, *RECORDS} if not name.startswith(UNITS))
    found = (_differs(name, before.get(name), after.get(name)) for name in names)
    return Compared(len(names), tuple(one for one in found if one))


def _differs(name: str, before: bytes | None, after: bytes | None) -> Difference | None:
    if before == after:
        return None
    if before is None or after is None:
        return Difference(name, "only in the run again" if before is None else "not in the run again", 0)
    if name.endswith(".parquet"):
        before, after = (csv(pq.ParquetFile(BytesIO(data)).read().to_pandas()) for data in (before, after))
    elif not name.endswith(".csv"):
        return Difference(name, "differs", 0)
    return _table(name, before, after)


def _table(name: str, before: bytes, after: bytes) -> Difference:
    """Return how two tables differ: their columns, or the first cell and how many cells do."""
    one, two = (list(reader(StringIO(data.decode("utf-8", "replace")))) for data in (before, after))
    if one[:1] != two[:1] or not one:
        return Difference(name, f"has the columns {_row(one)} in the record, {_row(two)} run again", 0)
    found, cells, none = "", 0, list[str]()
    for number, (was, came) in enumerate(zip_longest(one[1:], two[1:], fillvalue=none), 1):
        for column, old, new in zip_longest(one[0], was, came, fillvalue="nothing"):
            if old != new:
                cells += 1
                key = ", ".join(held for held in (was or came)[:4] if not _number(held))
                found = found or f"row {number} ({key}), {column}: {old} in the record, {new} run again"
    rows = "" if len(one) == len(two) else f"; {len(one) - 1:,} rows in the record, {len(two) - 1:,} run again"
    return Difference(
        name, f"{cells:,} cells differ, the first in {found or 'no value: only its spelling'}{rows}", cells
    )


def _row(table: list[list[str]]) -> str:
    return ", ".join(table[0]) if table else "of no table"


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
