"""Batches: the rows of a run alone, whoever does the work; what stops one, what is kept, and how it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batches import LEVERS, SMALL, Here, Known, batched, quick_disk, same, study
from pandas.testing import assert_frame_equal

from simulator import workers
from simulator.batch import Batched, BatchRefusedError, BatchStoppedError, Estimate, Progress
from simulator.batch_plan import plan, tasks
from simulator.files import names
from simulator.locks import NAME, InUseError, alone
from simulator.run import load_scenario, simulate
from simulator.study_file import LoadedStudy
from simulator.units import FOLDER, SUFFIX, Unit, path_of, unpacked
from simulator.workers import Asked, Crew, Made, NoCrewError, OtherCodeError, Task, dask, pool, work

BLACKBURN = "scenarios/blackburn-with-darwen.yaml"
DRIVEN = {
    "set": {"years": 3},
    "paths": 1_010,
    "vary": [
        {"id": "send", "address": "send.long_run", "values": ["3%", "6%"]},
        {"id": "minimum", "address": "reserves.minimum", "values": ["4%", "5%"]},
    ],
}


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(study())


@pytest.fixture(scope="module")
def driven() -> LoadedStudy:
    return study(BLACKBURN, **DRIVEN)


@pytest.fixture(scope="module")
def straight(driven: LoadedStudy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Unit]:
    """Every case of one council with luck, done one by one in this process, by its id."""
    done = batched(driven, tmp_path_factory.mktemp("straight"))
    assert done.complete
    return {case.id: unit for case, unit in done.units()}


def found(done: Batched) -> dict[str, Unit]:
    return {case.id: unit for case, unit in done.units()}


def alike(done: Batched, straight: dict[str, Unit]) -> bool:
    units = found(done)
    return units.keys() == straight.keys() and all(same(unit, straight[case]) for case, unit in units.items())


def test_a_row_of_a_batch_is_that_of_the_run_alone(driven: LoadedStudy, straight: dict[str, Unit]) -> None:
    for case in plan(driven).cases[1::3]:
        run = simulate(load_scenario(BLACKBURN, (), ["years=3", *case.sets]), paths=1_010, workers=1)
        unit = straight[case.id]
        assert_frame_equal(unit.agency_years, run.agency_years, check_exact=True)
        assert_frame_equal(unit.chances, run.chances, check_exact=True)
        assert unit.checks == run.checks
        assert unit.kept is not None
        broken = run.happened["duty_breached"][1, 0].any(axis=0)
        assert np.array_equal(unit.kept.keeps[0], ~broken)
        assert np.array_equal(unit.kept.watched["blackburn_missed"], broken)
        assert np.array_equal(unit.kept.watched["gap"], run.kept["gap"][1, 0, -1])


def test_cases_of_equal_luck_stand_together_and_are_done_once(driven: LoadedStudy) -> None:
    planned = plan(driven)
    luck = [planned.groups[asked.key] for asked in planned.waiting(set())]
    assert len(luck) == 5
    assert len(set(luck)) == 2 + (planned.groups[planned.keys[0]] not in luck[1:])
    assert sum(one != other for one, other in pairwise(luck)) == len(set(luck)) - 1
    doubled = plan(study(vary=[LEVERS[0] | {"values": ["4%", "4%", "5%"]}]))
    assert len(doubled.waiting(set())) == 3 < len(doubled.cases) == 4


def test_luck_is_asked_of_addresses_where_cases_are_many(driven: LoadedStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = [label for _, label in sorted(plan(driven).groups.items())]
    monkeypatch.setattr("simulator.batch_plan.TRIED", 1)
    judged = [label for _, label in sorted(plan(driven).groups.items())]
    for one in range(1, len(exact)):
        for other in range(1, one):
            assert exact[one] == exact[other] or judged[one] != judged[other]


@pytest.mark.parametrize(
    "more",
    [{"paths": 41}, {"seed": 2}, {"set": {"years": 2}}, {"vary": [LEVERS[0]], "watch": [
        {"id": "gap", "agency": "council", "measure": "gap", "year": "2026-27"}]}],
)  # fmt: skip
def test_another_question_never_finds_an_old_answer(more: dict[str, object], known: Known) -> None:
    assert not set(plan(study(**more)).keys) & set(known.plan.keys)


def test_what_a_question_does_not_rest_on_does_not_count(known: Known, tmp_path: Path) -> None:
    renamed = study(name="Another name", vary=[LEVERS[0] | {"name": "Least"}, LEVERS[1]])
    assert set(plan(renamed).keys) == set(known.plan.keys)
    commented = tmp_path / "elsewhere.yaml"
    commented.write_text("# A remark.\n" + SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    assert set(plan(study(commented)).keys) == set(known.plan.keys)


def test_tasks_hold_some_seconds_of_work_and_grow_smaller(known: Known) -> None:
    asked = [Asked(str(n), (), ()) for n in range(1_000)]

    def sizes(seconds: float | None, hands: int) -> list[int]:
        return [len(task.cases) for task in tasks(known.plan, asked, lambda: seconds, hands)]

    for seconds in (0.01, 0.1, 0.5, 3.0, 100.0):
        for hands in (1, 2, 16):
            found = sizes(seconds, hands)
            assert sum(found) == 1_000
            assert found == sorted(found, reverse=True)
            assert max(found) * seconds <= max(6.0, seconds)
            assert found[-1] == 1
    assert set(sizes(None, 2)) == {1}


def test_before_the_start_time_size_and_room_are_told(known: Known, tmp_path: Path) -> None:
    told, heard = list[Estimate](), list[Progress]()
    done = batched(
        study(), tmp_path / "out", known.crew, told=lambda now: told.append(now) or True, progress=heard.append
    )
    assert done.complete
    assert (done.made, done.found, done.failures) == (13, 0, {})
    (estimate,) = told
    assert (estimate.cases, estimate.paths, estimate.found, estimate.hands) == (13, 40, 0, 1)
    assert estimate.seconds == pytest.approx(11 * 0.5)
    size = sum(len(data) for data in known.units.values())
    assert size * 0.9 < estimate.bytes * 13 / 11 < size * 1.1
    assert estimate.room > 0
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert (heard[0].left, heard[-1].done, heard[-1].left) == (None, 13, 0)


def test_a_dry_run_leaves_nothing(known: Known, tmp_path: Path) -> None:
    done = batched(study(), tmp_path, known.crew, told=lambda _: False)
    assert not done.complete
    assert not tmp_path.exists()


def test_too_little_room_is_told_before_the_start(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.batch.room_left", lambda _: 300_000)
    with pytest.raises(BatchStoppedError, match=r"room for 300,000 bytes; 3[0-9]{2},[0-9]{3} bytes are needed"):
        batched(study(), tmp_path, known.crew)
    assert len(names(tmp_path / FOLDER, SUFFIX)) == 2
    monkeypatch.undo()
    assert batched(study(), tmp_path, known.crew, resume=True).found == 2


def test_a_folder_with_units_is_taken_up_only_when_asked(known: Known, tmp_path: Path) -> None:
    batched(study(), tmp_path, known.crew)
    with pytest.raises(BatchRefusedError, match="13 units of an earlier batch: go on with it by --resume"):
        batched(study(), tmp_path, known.crew)
    idle = Here(known.answer)
    again = batched(study(), tmp_path, Crew(idle, 1, "idle"), resume=True)
    assert (again.found, again.made, idle.cases, again.complete) == (13, 0, 0, True)


def test_damaged_units_are_named_and_done_again(known: Known, tmp_path: Path) -> None:
    batched(study(), tmp_path, known.crew)
    keys = sorted(known.units)
    path_of(tmp_path, keys[0]).write_bytes(known.units[keys[0]][:-1])
    path_of(tmp_path, keys[1]).write_bytes(b"")
    path_of(tmp_path, keys[2]).unlink()
    (tmp_path / FOLDER / ".half.tmp").write_bytes(b"half")
    told = list[Estimate]()
    again = batched(study(), tmp_path, known.crew, resume=True, told=lambda now: told.append(now) or True)
    assert (again.found, again.made) == (10, 3)
    assert len(again.damaged) == len(told[0].damaged) == 2
    assert all(any(key in words for words in again.damaged) for key in keys[:2])
    assert {name: (tmp_path / FOLDER / name).read_bytes() for name in names(tmp_path / FOLDER, SUFFIX)} == {
        f"{key}{SUFFIX}": data for key, data in known.units.items()
    }


def test_a_refused_case_is_kept_and_the_others_go_on(tmp_path: Path) -> None:
    vary = [{"id": "minimum", "address": "reserves.minimum", "values": ["4%", "700%", "5%"]}]
    units = found(done := batched(study(vary=vary), tmp_path))
    assert done.complete
    statuses = [unit.head.status for unit in units.values()]
    assert statuses.count("refused") == 1
    (refused,) = (unit for unit in units.values() if unit.head.status == "refused")
    assert "minimum" in refused.problems[0]
    assert refused.kept is None
    assert batched(study(vary=vary), tmp_path, resume=True).made == 0


def test_a_case_at_fault_is_told_and_not_kept(known: Known, tmp_path: Path) -> None:
    bad = known.plan.keys[4]

    def doing(task: Task) -> list[Made]:
        return [
            made._replace(error="ZeroDivisionError: oh") if made.key == bad else made for made in known.answer(task)
        ]

    done = batched(study(), tmp_path, Crew(Here(doing), 1, "faulty"))
    assert (done.complete, done.failures) == (False, {known.plan.cases[4].id: "ZeroDivisionError: oh"})
    assert len(found(done)) == 12
    mended = batched(study(), tmp_path, known.crew, resume=True)
    assert (mended.complete, mended.made) == (True, 1)


def test_bytes_harmed_on_the_way_are_not_kept(known: Known, tmp_path: Path) -> None:
    bad = known.plan.keys[2]

    def doing(task: Task) -> list[Made]:
        return [made._replace(data=made.data[:-1]) if made.key == bad else made for made in known.answer(task)]

    done = batched(study(), tmp_path, Crew(Here(doing), 1, "harmed"))
    assert "digest differs" in done.failures[known.plan.cases[2].id]
    assert not path_of(tmp_path, bad).exists()


class Loose(Here):
    """Workers that go on while the batch is interrupted: each task ends a little later, on a thread."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        done = super().submit(fn, *args, **kwargs)
        later = type(done)()
        later.set_running_or_notify_cancel()
        threading.Timer(0.05, lambda: later.set_result(done.result())).start()
        return later


def test_the_keyboard_stops_it_once_what_is_in_hand_is_safe(known: Known, tmp_path: Path) -> None:
    loose, heard = Loose(known.answer), list[Progress]()

    def stop(now: Progress) -> None:
        heard.append(now)
        if len(heard) == 2:
            raise KeyboardInterrupt

    with pytest.raises(BatchStoppedError) as stopped:
        batched(study(), tmp_path, Crew(loose, 2, "loose"), progress=stop, again="headroom batch a.yaml --resume")
    safe = len(names(tmp_path / FOLDER, SUFFIX))
    assert safe == loose.cases > 3
    again = "Go on with: headroom batch a.yaml --resume"
    assert str(stopped.value) == f"Stopped from the keyboard. {safe} of 13 cases are safe in {tmp_path}. {again}"
    assert batched(study(), tmp_path, known.crew, resume=True).found == safe


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), "Memory ran out"), (OtherCodeError("worker 5 has other code"), "worker 5 has other code"),
     (RuntimeError("odd"), "RuntimeError: odd"), (BrokenExecutor("x"), "A worker ended by itself")],
)  # fmt: skip
def test_whatever_stops_it_says_what_is_safe_and_how_to_go_on(
    error: Exception, words: str, known: Known, tmp_path: Path
) -> None:
    def doing(task: Task) -> list[Made]:
        if len(names(tmp_path / FOLDER, SUFFIX)) >= 4:
            raise error
        return known.answer(task)

    with pytest.raises(BatchStoppedError, match=words) as stopped:
        batched(study(), tmp_path, Crew(Here(doing), 1, "stopped"))
    assert "of 13 cases are safe in" in str(stopped.value)
    assert str(stopped.value).endswith("--resume")
    assert batched(study(), tmp_path, known.crew, resume=True).complete


def test_memory_that_runs_out_in_a_worker_keeps_what_was_done(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def short(task: Task, asked: Asked) -> Unit:
        calls.append(asked)
        if len(calls) == 2:
            raise MemoryError
        return unpacked(known.units[asked.key], asked.key)

    monkeypatch.setattr(workers, "unit_of", short)
    with pytest.raises(BatchStoppedError, match=r"Memory ran out; try fewer workers or paths\. 1 of 13 cases are safe"):
        batched(study(), tmp_path)


def test_a_stop_that_is_asked_for_stops_it(known: Known, tmp_path: Path) -> None:
    seen = list[Progress]()
    with pytest.raises(BatchStoppedError, match="Stopped when asked"):
        batched(study(), tmp_path, known.crew, progress=seen.append, cancelled=lambda: len(seen) > 1)
    assert batched(study(), tmp_path, known.crew, resume=True).complete


def test_a_worker_of_other_code_or_libraries_refuses_by_name(known: Known) -> None:
    asked = known.plan.waiting(set())[:1]
    for name in ("code", "numpy", "Python"):
        other = tuple((part, "0" if part == name else value) for part, value in workers.identity())
        with pytest.raises(OtherCodeError, match=f"process {os.getpid()} on .* it has {name} .* for 0"):
            work(Task(other, *list(vars(known.plan.together(asked)).values())[1:]))


def test_one_batch_at_a_time_in_a_folder(known: Known, tmp_path: Path) -> None:
    with alone(tmp_path):
        holder = f"process {os.getpid()} on"
        with pytest.raises(InUseError, match=holder), alone(tmp_path):
            pass
        with pytest.raises(BatchRefusedError, match=holder):
            batched(study(), tmp_path, known.crew)
    assert batched(study(), tmp_path, known.crew).complete
    assert not (tmp_path / NAME).exists()


def test_a_lock_of_another_machine_is_refused_and_one_of_a_dead_process_is_not(known: Known, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"process": 1, "machine": "another", "since": "then"}), encoding="utf-8")
    with pytest.raises(BatchRefusedError, match="process 1 on another since then; if that has ended, take"):
        batched(study(), tmp_path, known.crew)
    for left in ("", "{", '{"process": 1, "machine": "", "since": "then"}'):
        (tmp_path / NAME).write_text(left, encoding="utf-8")
        with alone(tmp_path):
            pass


def killed(points: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=quick_disk()) as top:
        script = Path(__file__).with_name("killing.py")
        done = subprocess.run(
            [sys.executable, str(script), str(points), top], capture_output=True, text=True, check=True
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def twenty() -> dict[str, Any]:
    return killed(20)


NOTHING = {"torn": 0, "lost": 0, "different": 0, "left": 0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_twenty_kills_lose_nothing_and_tear_nothing(twenty: dict[str, Any]) -> None:
    assert twenty["midway"]
    assert {name: twenty[name] for name in NOTHING} == NOTHING


@pytest.mark.prove
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_two_hundred_kills_lose_nothing_and_tear_nothing() -> None:
    done = killed(200)
    assert done["midway"]
    assert {name: done[name] for name in NOTHING} == NOTHING


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_full_disk_ends_in_one_message_and_no_bad_file(twenty: dict[str, Any]) -> None:
    first, *others = twenty["said"]
    assert "cannot hold the folder: file too large" in first
    assert len(others) == 19
    for said in others:
        assert "the disk is full or the file too large" in said
        assert "bytes are needed" in said
        assert said.endswith("--resume")
    assert twenty["written"] == 0
    assert twenty["finished"]


@pytest.mark.parametrize("method", ["fork", "thread"])
def test_processes_are_never_forked(method: str) -> None:
    with pytest.raises(ValueError, match="spawn or forkserver"), pool(1, method):
        pass


@pytest.mark.parametrize("address", ["nowhere:1", "tcp://127.0.0.1:1", "tls://127.0.0.1:1"])
def test_no_scheduler_no_cluster(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "PATIENCE", "0.2s")
    with pytest.raises(NoCrewError, match=f"no Dask scheduler answers at {address}"), dask(address):
        pass


PARENT = """
import multiprocessing, sys
from pathlib import Path
from batches import batched, study
from test_batch import BLACKBURN, DRIVEN
from simulator.workers import pool

def told(now):
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)

if __name__ == "__main__":
    with pool(2) as crew:
        batched(study(BLACKBURN, **DRIVEN), Path(sys.argv[1]), crew, progress=told)
"""


def running(process: int) -> bool:
    """Whether a process is at work: one that only waits to be buried is not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.skipif(os.name != "posix", reason="asks ps for processes")
def test_a_parent_killed_alone_leaves_no_stray_and_another_pool_finishes(
    driven: LoadedStudy, straight: dict[str, Unit], tmp_path: Path
) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    try:
        assert parent.stdout is not None
        children = [int(word) for _ in range(2) for word in parent.stdout.readline().split()]
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
    assert children
    ends = time.monotonic() + 10
    while any(map(running, children)):
        assert time.monotonic() < ends, "a worker outlived its parent by ten seconds"
        time.sleep(0.1)
    with pool(1, "forkserver") as crew:
        done = batched(driven, tmp_path, crew, resume=True)
    assert 2 <= done.found < 5
    assert done.complete
    assert alike(done, straight)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", dashboard_address=None
    ) as found:
        yield found.scheduler_address


def test_a_cluster_gives_the_same_bits(
    driven: LoadedStudy, straight: dict[str, Unit], cluster: str, tmp_path: Path
) -> None:
    with dask(cluster) as crew:
        assert crew.hands == 2
        assert alike(batched(driven, tmp_path, crew), straight)


@pytest.mark.prove
@pytest.mark.parametrize("method", workers.METHODS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_pools_of_any_size_and_start_give_the_same_bits(
    method: str, count: int, driven: LoadedStudy, straight: dict[str, Unit], tmp_path: Path
) -> None:
    with pool(count, method) as crew:
        assert alike(batched(driven, tmp_path, crew), straight)
