"""The stored answer of one case: named by what it answers, bound by a digest of its own, whole or not at all.

A unit's name is the digest of all that its answer rests on, so that equal questions share a unit and a changed one
never finds an old answer. The file is one line with the digest of the rest, one line of JSON, then the parts: two
tables as Parquet with page checksums, and what is kept of every path. Bits and floats are little-endian.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.compiled import Bools, Floats
from simulator.files import read_bytes, sha256, write_atomic
from simulator.problems import ScenarioError

FOLDER, SUFFIX = "units", ".unit"
MAGIC = b"headroom unit 1 "
LARGEST = 2**31
"""Bytes above which a file is no unit of ours."""
Status = Literal["done", "refused"]


class UnitError(Exception):
    """A unit that is missing or not as it was written; the text names the file and says why."""


class Head(NamedTuple):
    """What a unit says of itself: its key, status, digest of the scenario's meaning, CPU seconds, machine."""

    key: str
    status: Status
    meaning: str
    seconds: float
    machine: str


@dataclass(frozen=True)
class Kept:
    """What a case keeps of its paths, those that the tables rest on; money in pounds.

    `keeps` `[agency, path]` is where a body keeps every duty in every year after action, `place_keeps` `[path]` where
    all do and no system misses its total. `watched` holds each watched figure by its id, `[path]`, bool or float.
    `held` `[agency, path]` is what a body holds at the plan's end less what it left unfunded; None if not asked for.
    """

    agencies: tuple[str, ...]
    keeps: Bools
    place_keeps: Bools
    watched: dict[str, Bools | Floats] = field(default_factory=dict)
    held: Floats | None = None


@dataclass(frozen=True)
class Unit:
    """The answer of one case: tables as a run of it alone has them, what is kept of its paths, and its checks.

    Of a case that the scenario's models refuse there is only `problems`, a line each.
    """

    head: Head
    paths: int
    seed: int
    problems: tuple[str, ...] = ()
    agency_years: pd.DataFrame = field(default_factory=pd.DataFrame)
    chances: pd.DataFrame = field(default_factory=pd.DataFrame)
    kept: Kept | None = None
    checks: dict[str, float] = field(default_factory=dict)


def unit_key(question: dict[str, Any]) -> str:
    """Return the name of the unit that answers a question: SHA-256 of its JSON, keys in order."""
    return sha256(json.dumps(question, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())


def path_of(folder: Path | str, key: str) -> Path:
    """Return where a unit stands in the folder of a batch."""
    return Path(folder) / FOLDER / f"{key}{SUFFIX}"


def write_unit(folder: Path | str, key: str, data: bytes) -> None:
    """Write a unit's bytes whole or not at all; one that stands there is replaced by the same answer.

    Raises:
        UnitError: when the bytes are not those of this unit.
        CannotWriteError: when the disk is full or writing is not allowed.
    """
    checked(data, key, path_of(folder, key).name)
    write_atomic(path_of(folder, key), data)


def read_unit(folder: Path | str, key: str) -> Unit:
    """Return a unit after checking its digest, its name and the checksums of its pages.

    Raises:
        UnitError: when it is missing or anything of it differs from what was written.
    """
    return unpacked(_read(folder, key), key)


def head_of(folder: Path | str, key: str) -> Head:
    """Return what a unit says of itself, once its digest has been checked.

    Raises:
        UnitError: when it is missing or not as it was written.
    """
    return _head(checked(_read(folder, key), key, path_of(folder, key).name)[0])


def head_in(data: bytes) -> Head:
    """Return what the bytes of a sound unit say of it."""
    return _head(json.loads(data.split(b"\n", 2)[1]))


def _read(folder: Path | str, key: str) -> bytes:
    try:
        return read_bytes(path_of(folder, key), LARGEST)
    except ScenarioError as error:
        raise UnitError(str(error)) from None


def packed(unit: Unit) -> bytes:
    """Return a unit as the bytes of its file."""
    parts: dict[str, bytes] = {}
    about: dict[str, Any] = unit.head._asdict() | {"paths": unit.paths, "seed": unit.seed, "checks": unit.checks}
    about["problems"] = list(unit.problems)
    if unit.kept is not None:
        parts = {"agency_years": _parquet(unit.agency_years), "chances": _parquet(unit.chances)}
        about["agencies"] = list(unit.kept.agencies)
        arrays: dict[str, Bools | Floats] = {"keeps": unit.kept.keeps, "place_keeps": unit.kept.place_keeps}
        arrays |= {f"watched/{name}": values for name, values in sorted(unit.kept.watched.items())}
        if unit.kept.held is not None:
            arrays["held"] = unit.kept.held
        about["shapes"] = {name: [array.dtype.kind, *array.shape] for name, array in arrays.items()}
        parts |= {name: _bytes(array) for name, array in arrays.items()}
    about["parts"] = [[name, len(data)] for name, data in parts.items()]
    rest = json.dumps(about, sort_keys=True, ensure_ascii=False).encode() + b"\n" + b"".join(parts.values())
    return MAGIC + sha256(rest).encode() + b"\n" + rest


def checked(data: bytes, key: str, name: str) -> tuple[dict[str, Any], bytes]:
    """Return what a unit says of itself and its parts, once digest and name are found to be right.

    Raises:
        UnitError: when they are not.
    """
    start = len(MAGIC) + 65
    if not data.startswith(MAGIC) or data[start - 1 : start] != b"\n":
        raise UnitError(f"{name} is no unit, or its beginning is damaged")
    rest = data[start:]
    if sha256(rest).encode() != data[len(MAGIC) : start - 1]:
        raise UnitError(f"{name} is not as it was written: its digest differs")
    line, _, parts = rest.partition(b"\n")
    try:
        about: dict[str, Any] = json.loads(line)
        held = about["key"]
    except (ValueError, TypeError, KeyError):
        raise UnitError(f"{name} does not say what it is") from None
    if held != key:
        raise UnitError(f"{name} holds the answer to another question")
    return about, parts


def unpacked(data: bytes, key: str) -> Unit:
    """Return the unit that bytes hold.

    Raises:
        UnitError: when anything of it differs from what was written.
    """
    name = f"{key}{SUFFIX}"
    about, parts = checked(data, key, name)
    alone = (_head(about), about["paths"], about["seed"], tuple(about["problems"]))
    if "shapes" not in about:
        return Unit(*alone)
    found, start = dict[str, bytes](), 0
    for part, length in about["parts"]:
        found[part], start = parts[start : start + length], start + length
    arrays = {part: _array(found[part], *shape) for part, shape in about["shapes"].items()}
    watched = {part.removeprefix("watched/"): a for part, a in arrays.items() if part.startswith("watched/")}
    kept = Kept(
        tuple(about["agencies"]),
        arrays["keeps"].astype(bool),
        arrays["place_keeps"].astype(bool),
        watched,
        arrays["held"].astype(float) if "held" in arrays else None,
    )
    try:
        years, chances = (_frame(found[part]) for part in ("agency_years", "chances"))
    except (OSError, pa.ArrowException) as error:
        raise UnitError(f"{name} holds a table that cannot be read: {error}") from None
    return Unit(*alone, years, chances, kept, about["checks"])


def _head(about: dict[str, Any]) -> Head:
    return Head(*(about[name] for name in Head._fields))


def _parquet(table: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(frame, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def _frame(data: bytes) -> pd.DataFrame:
    buffer = BytesIO(data)
    table: pd.DataFrame = pq.read_table(buffer, page_checksum_verification=True).to_pandas()
    return table


def _bytes(array: npt.NDArray[Any]) -> bytes:
    return np.packbits(array).tobytes() if array.dtype == bool else array.astype("<f8").tobytes()


def _array(data: bytes, kind: str, *shape: int) -> Bools | Floats:
    if kind == "b":
        bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=int(np.prod(shape)))
        return bits.astype(bool).reshape(shape)
    return np.frombuffer(data, dtype="<f8").reshape(shape)
