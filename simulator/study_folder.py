"""The folder of a study: page, tables, pictures, both public tables of every case as Parquet, and the record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import PurePath
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.designs import Case
from simulator.evidence import drawn, pages
from simulator.files import sha256
from simulator.money import HALF_PENNY
from simulator.provenance import MANIFEST, Origin, csv, listed, provenance, recorded
from simulator.study_answers import DONE, REFUSED, StudyAnswers
from simulator.study_file import LoadedStudy
from simulator.study_page import study as study_page
from simulator.study_pictures import study_pictures
from simulator.units import Unit
from simulator.yaml_values import dump

RECORD, SCENARIO, STUDY = "study.json", "scenario.yaml", "study.yaml"
PARQUET = ("agency_years", "chances")
"""The public tables of every case, each as `tables/NAME.parquet`."""
ROWS = 100_000
"""Rows of a table gathered from cases before they are written together."""
LABEL = pa.dictionary(pa.int32(), pa.string())


class Sink:
    """Where a Parquet writer writes: what it wrote since last asked, and how far it is."""

    closed = False

    def __init__(self) -> None:
        """Begin at nought."""
        self.parts, self.at = list[bytes](), 0

    def write(self, data: Any) -> int:
        """Take some bytes."""
        part = bytes(data)
        self.parts.append(part)
        self.at += len(part)
        return len(part)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self.at

    def flush(self) -> None:
        """Do nothing: what was written is there."""

    def close(self) -> None:
        """Do nothing: there is no more to come."""

    def taken(self) -> Iterator[bytes]:
        """Yield what was written since last asked."""
        parts, self.parts = self.parts, []
        yield from parts


def every_case(units: Iterable[tuple[Case, Unit]], name: str) -> Iterator[bytes]:
    """Yield the bytes of a Parquet file with one public table of every case, as they come.

    The column `case` stands first, words are dictionaries, and pages carry checksums.
    """
    sink, waiting, rows = Sink(), list[pa.Table](), 0
    writer: pq.ParquetWriter | None = None
    for case, unit in units:
        if unit.kept is None:
            continue
        table = _table(case, unit.agency_years if name == PARQUET[0] else unit.chances)
        writer = writer or pq.ParquetWriter(sink, table.schema, compression="zstd", write_page_checksum=True)
        waiting, rows = [*waiting, table], rows + len(table)
        if rows >= ROWS:
            writer.write(pa.concat_tables(waiting).unify_dictionaries().combine_chunks())
            waiting, rows = [], 0
            yield from sink.taken()
    if writer is not None:
        if waiting:
            writer.write(pa.concat_tables(waiting).unify_dictionaries().combine_chunks())
        writer.close()
    yield from sink.taken()


def _table(case: Case, frame: pd.DataFrame) -> pa.Table:
    columns = {"case": pa.array([case.id] * len(frame), pa.string()).cast(LABEL)}
    for name in frame.columns:
        whole = pa.array(frame[name], from_pandas=False)
        columns[str(name)] = whole.cast(pa.string()).cast(LABEL) if frame[name].dtype.kind not in "fiub" else whole
    return pa.table(columns)


class Made(NamedTuple):
    """The files of a study's folder but for its record and list, and the page in short, for a terminal."""

    files: dict[str, bytes]
    short: str


def study_files(found: StudyAnswers, loaded: LoadedStudy) -> Made:
    """Return page, tables and pictures, and what asks the same again, by file name."""
    pictures = study_pictures(found)
    files = {f"tables/{name}.csv": csv(table) for name, table in found.tables.items()}
    files |= drawn(pictures)
    files |= pages("study", found.study.name, study_page(found, pictures), pictures)
    return Made(files | inputs(loaded, found.paths), study_page(found, short=True))


def inputs(loaded: LoadedStudy, paths: int) -> dict[str, bytes]:
    """Return what asks the same again without any other file: scenario, study and the overlays of its options."""
    files = {SCENARIO: loaded.base.whole().text.encode()}
    names = {name: f"overlays/{n}/{PurePath(name).name}" for n, name in enumerate(loaded.option_overlays, 1)}
    files |= {names[name]: dump(piece.tree.value).encode() for name, piece in loaded.option_overlays.items()}
    asked = {key: value for key, value in loaded.tree.value.items() if key != "overlays"}
    asked |= {"scenario": SCENARIO, "paths": paths}
    if "options" in asked:
        asked["options"] = [
            one | ({"overlays": [names[name] for name in one["overlays"]]} if one.get("overlays") else {})
            for one in asked["options"]
        ]
    return files | {STUDY: dump(asked).encode()}


class TornError(OSError):
    """A table that was written but does not read back as it was."""


def read_back(data: bytes, name: str) -> None:
    """Check that a table of every case reads back whole, its pages by their checksums.

    Raises:
        TornError: when it does not.
    """
    try:
        held = pq.ParquetFile(BytesIO(data), page_checksum_verification=True)
        found = sum(batch.num_rows for batch in held.iter_batches())
        rows = held.metadata.num_rows
    except (OSError, pa.ArrowException) as error:
        raise TornError(f"{name} was written but cannot be read back: {error}") from error
    if found != rows:
        raise TornError(f"{name} was written with {rows:,} rows and reads back with {found:,}")


def closed(
    found: StudyAnswers, origin: Origin, files: Mapping[str, bytes], facts: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the record and the list of files of a folder, both of which come last.

    `files` are all others, those that stand on disk already among them; `facts` go into the record.
    """
    again = ["headroom", "batch", STUDY, "--paths", str(found.paths)]
    record: dict[str, Any] = {"command": "batch", "again": again, "study": found.study.study}
    record |= {"cases": len(found.cases), "done": found.count(DONE), "refused": found.count(REFUSED), **facts}
    record |= {"checks": found.checks, "checks_hold": all(one < HALF_PENNY for one in found.checks.values())}
    record |= provenance(found.scenario, origin, found.study.seed, found.paths)
    data = recorded(record, files)
    digests = json.loads(data)["files_sha256"] | {RECORD: sha256(data)}
    return {RECORD: data, MANIFEST: listed(digests).encode()}
