"""Whose units a folder holds: no study goes on with what another left, and a batch that is asked to end says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from batches import LEVERS, SMALL, Known, batched, study

from simulator.batch import BatchRefusedError, BatchStoppedError
from simulator.batch_plan import plan
from simulator.begun import NAME, mark
from simulator.files import names
from simulator.leaving import TERMINATED, TerminatedError, terminable
from simulator.units import FOLDER, SUFFIX


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(study())


@pytest.fixture
def half(known: Known, tmp_path: Path) -> Path:
    """A folder of a batch that was stopped part way."""
    seen = list[object]()
    with pytest.raises(BatchStoppedError):
        batched(study(), tmp_path, known.crew, progress=seen.append, cancelled=lambda: len(seen) > 1)
    assert 0 < len(names(tmp_path / FOLDER, SUFFIX)) < 13
    return tmp_path


@pytest.mark.parametrize("resume", [True, False])
def test_another_study_is_refused_where_one_was_stopped(half: Path, known: Known, resume: bool) -> None:
    before = {name: (half / FOLDER / name).read_bytes() for name in names(half / FOLDER, "")}
    other = study(study="another", name="Another")
    with pytest.raises(
        BatchRefusedError, match=r"units of the study tried \(Tried\), not another.*name another folder"
    ):
        batched(other, half, known.crew, resume=resume)
    assert {name: (half / FOLDER / name).read_bytes() for name in names(half / FOLDER, "")} == before
    assert batched(study(), half, known.crew, resume=True).complete


@pytest.mark.parametrize("more", [{"paths": 30}, {"seed": 2}, {"set": {"years": 2}}, {"vary": LEVERS[:1]}])
def test_a_study_that_says_something_else_does_not_go_on(half: Path, known: Known, more: dict[str, Any]) -> None:
    with pytest.raises(BatchRefusedError, match="was begun when tried or its scenario said something else"):
        batched(study(**more), half, known.crew, resume=True)


def test_a_study_that_has_only_grown_goes_on_with_what_stands(known: Known, tmp_path: Path) -> None:
    first = batched(study(vary=[LEVERS[0] | {"values": ["4%", "5%"]}, LEVERS[1]]), tmp_path, known.crew)
    assert (first.made, first.complete) == (9, True)
    done = batched(study(), tmp_path, known.crew, resume=True)
    assert (done.found, done.made, done.complete) == (9, 4, True)


def test_what_a_study_means_is_marked_and_not_how_it_is_written(tmp_path: Path) -> None:
    plain = json.loads(mark(plan(study())))
    commented = tmp_path / "elsewhere.yaml"
    commented.write_text("# A remark.\n" + SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    same = json.loads(mark(plan(study(commented, name="Another name"))))
    assert same["sha256"] == plain["sha256"]
    assert plain["study"] == "tried"


def test_a_mark_that_cannot_be_read_is_named(half: Path, known: Known) -> None:
    for said in ("", "{", "[1]", '{"study": "tried"}'):
        (half / FOLDER / NAME).write_text(said, encoding="utf-8")
        with pytest.raises(BatchRefusedError, match=rf"{NAME} cannot be read, so nothing says whose"):
            batched(study(), half, known.crew, resume=True)
    (half / FOLDER / NAME).unlink()
    assert batched(study(), half, known.crew, resume=True).complete


@pytest.mark.skipif(os.name != "posix", reason="sends itself a signal")
def test_the_systems_word_to_end_stops_a_batch_as_the_keyboard_does(known: Known, tmp_path: Path) -> None:
    seen = list[object]()

    def progress(now: object) -> None:
        seen.append(now)
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)  # the signal comes meanwhile

    with terminable(), pytest.raises(BatchStoppedError, match=r"asked it to end\. 7 of 13") as stop:
        batched(study(), tmp_path, known.crew, progress=progress)
    assert isinstance(stop.value.__cause__.__cause__, TerminatedError)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.prove
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_batch_that_is_terminated_says_what_is_kept_and_how_to_go_on(tmp_path: Path) -> None:
    said = {"headroom": 1, "study": "ended", "name": "Ended", "scenario": "small.yaml", "paths": 100, "vary": LEVERS}
    (tmp_path / "small.yaml").write_bytes(SMALL.read_bytes())
    asked = tmp_path / "study.yaml"
    asked.write_text(json.dumps(said | {"design": {"kind": "grid"}}), encoding="utf-8")
    command = [sys.executable, "-m", "simulator.cli", "batch", str(asked), "--out", str(tmp_path / "out")]
    with subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as batch:
        ends = time.monotonic() + 60
        while not names(tmp_path / "out" / FOLDER, SUFFIX) and batch.poll() is None and time.monotonic() < ends:
            time.sleep(0.02)
        batch.terminate()
        told = batch.communicate()[1].decode()
    assert batch.returncode == TERMINATED
    assert "the system asked it to end" in told
    assert f"headroom batch {asked} --out {tmp_path / 'out'} --resume" in told
