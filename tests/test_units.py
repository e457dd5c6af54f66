"""Units: what is written is what is read, whole or refused by name."""

from __future__ import annotations

import os
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from batches import Known, quick_disk, same, study
from pandas.testing import assert_frame_equal

from simulator.files import make_folder
from simulator.units import (
    FOLDER,
    SUFFIX,
    Head,
    Kept,
    Unit,
    UnitError,
    head_in,
    head_of,
    packed,
    path_of,
    read_unit,
    unit_key,
    unpacked,
    write_unit,
)  # fmt: skip

KEY = unit_key({"question": 1})
YEARS = pd.DataFrame({"agency": ["a", "b"], "year": ["2026-27", "2026-27"], "mean": [0.1 + 0.2, -0.0], "paths": [9, 9]})
CHANCES = pd.DataFrame({"agency": ["a"], "probability": [1 / 3], "low95": [np.nextafter(0, 1)], "paths": [9]})
KEPT = Kept(
    ("a", "b"),
    np.array([[True, False, True] * 3, [False] * 9]),
    np.array([True] * 8 + [False]),
    {"missed": np.array([False, True, False] * 3), "gap": np.linspace(-1e9, 1e9, 9)},
    np.arange(18.0).reshape(2, 9) / 7,
)
UNIT = Unit(Head(KEY, "done", "m", 1.5, "here"), 9, 1, (), YEARS, CHANCES, KEPT, {"check": 1e-9})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_folder(tmp_path / FOLDER)
    write_unit(tmp_path, KEY, packed(UNIT))
    return tmp_path


def test_a_unit_reads_back_bit_for_bit(folder: Path) -> None:
    found = read_unit(folder, KEY)
    assert same(found, UNIT)
    assert_frame_equal(found.agency_years, YEARS, check_exact=True)
    assert_frame_equal(found.chances, CHANCES, check_exact=True)
    assert np.signbit(found.agency_years["mean"][1])
    assert found.kept is not None
    assert found.kept.held is not None
    assert np.array_equal(found.kept.held, KEPT.held)
    assert {name: one.dtype.kind for name, one in found.kept.watched.items()} == {"missed": "b", "gap": "f"}
    assert found.head == head_of(folder, KEY) == head_in(packed(UNIT))


def test_what_is_not_kept_is_not_there(folder: Path) -> None:
    assert unpacked(packed(replace(UNIT, kept=replace(KEPT, held=None))), KEY).kept.held is None  # type: ignore[union-attr]
    refused = Unit(Head(KEY, "refused", "", 0.1, "here"), 9, 1, ("a.yaml, line 3: too much",))
    found = unpacked(packed(refused), KEY)
    assert (found.kept, found.problems, len(found.chances)) == (None, refused.problems, 0)


def test_any_changed_byte_is_refused_with_the_file_named(folder: Path) -> None:
    path, chance = path_of(folder, KEY), random.Random(1)
    whole = path.read_bytes()
    ends = [0, 5, 16, 79, 80, 81, len(whole) - 1]
    for place in [*ends, *(chance.randrange(len(whole)) for _ in range(93))]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        for read in (read_unit, head_of):
            with pytest.raises(UnitError, match=KEY):
                read(folder, KEY)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999, 1.0001])
def test_a_torn_or_longer_file_is_refused_with_the_file_named(folder: Path, share: float) -> None:
    path = path_of(folder, KEY)
    whole = path.read_bytes()
    path.write_bytes((whole + bytes(len(whole)))[: round(len(whole) * share)])
    with pytest.raises(UnitError, match=KEY):
        read_unit(folder, KEY)


def test_the_answer_to_another_question_is_refused(folder: Path) -> None:
    other = unit_key({"question": 2})
    path_of(folder, KEY).rename(path_of(folder, other))
    with pytest.raises(UnitError, match="another question"):
        read_unit(folder, other)
    with pytest.raises(UnitError, match="another question"):
        write_unit(folder, other, packed(UNIT))
    with pytest.raises(UnitError, match="no file"):
        read_unit(folder, KEY)


def test_pages_carry_checksums_that_are_verified() -> None:
    # The digest of the whole would find this first; the pages must find it too, for tables that are copied out.
    data = packed(UNIT)
    start = data.index(b"PAR1")
    found = 0
    for place in range(start + 4, start + 200, 5):
        flipped = bytearray(data)
        flipped[place] ^= 1
        rest = bytes(flipped[81:])
        try:
            unpacked(data[:16] + _digest(rest) + b"\n" + rest, KEY)
        except UnitError as error:
            assert "cannot be read" in str(error)
            found += 1
    assert found > 5


def _digest(rest: bytes) -> bytes:
    from simulator.files import sha256

    return sha256(rest).encode()


def test_a_question_is_the_same_however_its_parts_are_ordered() -> None:
    assert unit_key({"a": 1, "b": [2]}) == unit_key({"b": [2], "a": 1})
    assert len({unit_key({"paths": n}) for n in range(50)}) == 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the children only write files
def test_eight_writers_leave_one_sound_copy_of_each() -> None:
    with tempfile.TemporaryDirectory(dir=quick_disk()) as top:
        _eight_writers(Path(top))


def _eight_writers(tmp_path: Path) -> None:
    known = Known(study(paths=1))
    make_folder(tmp_path / FOLDER)
    children = []
    for writer in range(8):
        child = os.fork()
        if not child:
            try:
                order = random.Random(writer).sample(sorted(known.units), len(known.units))
                for key in order:
                    write_unit(tmp_path, key, known.units[key])
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == sorted(
        f"{key}{SUFFIX}" for key in known.units
    )
    assert all(path_of(tmp_path, key).read_bytes() == data for key, data in known.units.items())
