"""Whether a folder that Headroom wrote is as it was written: every byte, by its list of files and its record.

The list and the record bind one another and the files, so any byte changed, added or lost is found and named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.files import sha256
from simulator.provenance import MANIFEST, RECORDS, bound, listed, sealed_record

_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]{1,400})")
SCENARIO = "scenario.yaml"


class Finding(NamedTuple):
    """What is wrong with a file of a folder, in words that follow its name."""

    file: str
    words: str

    def __str__(self) -> str:
        """Return the finding as a line."""
        return f"{self.file}: {self.words}"


class Verified(NamedTuple):
    """What was found: how many files there are, every problem, and the record (empty where none can be read)."""

    files: int
    problems: tuple[Finding, ...]
    record: dict[str, Any]


class _Lists(NamedTuple):
    """The digests of the files as they stand, as the list of files has them, and as the record has them if it does."""

    here: dict[str, str]
    said: dict[str, str]
    told: dict[str, str] | None
    record: str


def verify(files: Mapping[str, bytes]) -> Verified:
    """Return every problem of a folder given as {name: bytes}; any byte changed, added or lost is one."""
    problems, here = list[Finding](), dict[str, str]()
    for name in files:
        try:
            data = files[name]
        except OSError as error:
            problems.append(Finding(name, f"cannot be read ({(error.strerror or str(error)).lower()})"))
            continue
        here[name] = sha256(data)
        if name.endswith(".parquet") and (words := _torn(data)):
            problems.append(Finding(name, words))
    said, faults = _manifest(files)
    name = next((one for one in RECORDS if one in here or one in said), "")
    record, more = _record(files, name)
    told = None if more else record.get("files_sha256")
    here.pop(MANIFEST, None)
    lists = _Lists(here, said, told if isinstance(told, dict) else None, name)
    problems += [*faults, *more]
    if MANIFEST in files:
        problems += [found for one in sorted({*here, *said, *(lists.told or {})}) for found in _of(one, lists, more)]
    problems += _binds(record, lists)
    return Verified(len(files), tuple(dict.fromkeys(problems)), record)


def _torn(data: bytes) -> str:
    """Return what is wrong with a Parquet file whose pages do not meet their own checksums, or nothing."""
    try:
        for _ in pq.ParquetFile(BytesIO(data), page_checksum_verification=True).iter_batches():
            pass
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read whole: {str(error).splitlines()[0]}"
    return ""


def _manifest(files: Mapping[str, bytes]) -> tuple[dict[str, str], list[Finding]]:
    """Return the digests that the list of files has, by name, and what is wrong with the list itself."""
    if MANIFEST not in files:
        return {}, [Finding(MANIFEST, "missing, so nothing says which files this folder should hold")]
    text = files[MANIFEST].decode("utf-8", "replace")
    said, faults = dict[str, str](), list[Finding]()
    for number, line in enumerate(text.split("\n")[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in said:
            faults.append(Finding(MANIFEST, f"line {number} is not a digest, two spaces and a name of its own"))
        else:
            said[match[2]] = match[1]
    if not faults and listed(said) != text:
        faults.append(Finding(MANIFEST, "not written as Headroom writes it, a line a file in the order of names"))
    return said, faults


def _record(files: Mapping[str, bytes], name: str) -> tuple[dict[str, Any], list[Finding]]:
    """Return the record of a folder, and what is wrong with it as a document; a folder may have none."""
    if name not in files:
        return {}, []
    try:
        record = json.loads(files[name])
    except (ValueError, RecursionError):
        return {}, [Finding(name, "cannot be read as a record")]
    if not isinstance(record, dict):
        return {}, [Finding(name, "cannot be read as a record")]
    try:
        whole = sealed_record(record) == files[name]
    except (ValueError, UnicodeEncodeError):
        whole = False
    return record, [] if whole else [Finding(name, "not as it was written: it does not meet its own digest")]


def _of(name: str, lists: _Lists, torn: list[Finding]) -> Iterator[Finding]:
    """Yield what is wrong with one file, held against the list of files and the record."""
    here, said = lists.here.get(name), lists.said.get(name)
    if name == lists.record:
        if here is None:
            yield Finding(name, "missing")
        elif said is None:
            yield Finding(MANIFEST, f"does not list {name}")
        elif here != said and not torn:
            yield Finding(MANIFEST, f"its line for {name} is not the digest of that file, which meets its own")
        return
    told = lists.told.get(name) if lists.told is not None else said
    if here is None:
        known = lists.told is None or told is not None
        yield Finding(name, "missing") if known else Finding(MANIFEST, f"lists {name}, which is not there nor recorded")
    elif here == said == told:
        return
    elif here == told:
        yield Finding(MANIFEST, f"its line for {name} is not what the file and the record say")
    elif here == said:
        yield Finding(lists.record, f"disagrees with the list of files on {name}")
        yield Finding(name, "not as the record has it, though the list of files does")
    else:
        yield Finding(name, "changed" if said or told else "not one of the files that were written")


def _binds(record: dict[str, Any], lists: _Lists) -> Iterator[Finding]:
    """Yield what the record says of its own folder's digests that does not follow from them."""
    if lists.told is None or "results_sha256" not in record:
        return
    try:
        follows = bound(lists.told)
    except TypeError:
        follows = {}
    scenario = record.get("scenario")
    text = scenario.get("text_sha256") if isinstance(scenario, dict) else None
    if any(record.get(name) != held for name, held in follows.items()) or not follows:
        yield Finding(lists.record, "its digests of tables and of the whole do not follow from those of its files")
    if SCENARIO in lists.told and text != lists.told[SCENARIO]:
        yield Finding(lists.record, f"its digest of the scenario is not that of {SCENARIO}")
