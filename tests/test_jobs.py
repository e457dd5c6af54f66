"""Long work off the page: progress, stopping, failing, and what is remembered."""

from __future__ import annotations

import threading

import pytest

from simulator.blocks import RunCancelledError
from simulator.jobs import JOBS, Cancelled, Jobs, Progress, TooManyJobsError

LONG = 20.0


def test_a_job_tells_how_far_it_is_and_gives_what_it_found() -> None:
    jobs, half, on = Jobs(), threading.Event(), threading.Event()

    def work(progress: Progress, cancelled: Cancelled) -> str:
        progress(5)
        half.set()
        assert on.wait(LONG)
        progress(7)
        return "found"

    number = jobs.start("A sweep", 10, work)
    assert half.wait(LONG)
    seen = jobs.look(number)
    assert seen and (seen.done, seen.total, seen.share, seen.state) == (5, 10, 0.5, "running")
    assert seen.left is not None and seen.left == pytest.approx(seen.seconds)
    with pytest.raises(KeyError):
        jobs.result(number)
    on.set()
    assert jobs.wait(number, LONG)
    ended = jobs.look(number)
    assert ended and ended.ended and ended.done == 10 and ended.left is None
    assert jobs.result(number) == "found"


def test_a_job_that_is_stopped_has_no_result_and_says_so() -> None:
    jobs, begun = Jobs(), threading.Event()

    def work(progress: Progress, cancelled: Cancelled) -> None:
        begun.set()
        while not cancelled():
            pass
        raise RunCancelledError

    number = jobs.start("A sweep", 10, work)
    assert begun.wait(LONG)
    jobs.cancel(number)
    assert jobs.wait(number, LONG)
    seen = jobs.look(number)
    assert seen and seen.state == "stopped" and not seen.error
    with pytest.raises(KeyError):
        jobs.result(number)
    jobs.cancel(number)
    after = jobs.look(number)
    assert after and after.state == "stopped"


def test_a_job_that_fails_is_told_and_takes_nothing_else_down() -> None:
    jobs = Jobs()

    def work(progress: Progress, cancelled: Cancelled) -> None:
        raise ValueError("paths is 0")

    number = jobs.start("A sweep", 10, work)
    assert jobs.wait(number, LONG)
    seen = jobs.look(number)
    assert seen and (seen.state, seen.error) == ("failed", "ValueError: paths is 0")
    other = jobs.start("Another", 1, lambda progress, cancelled: 7)
    assert jobs.wait(other, LONG) and jobs.result(other) == 7


def test_no_more_are_at_work_than_may_be_and_the_oldest_are_forgotten() -> None:
    jobs, on = Jobs(most_running=2, most_kept=3), threading.Event()

    def waiting(progress: Progress, cancelled: Cancelled) -> bool:
        return on.wait(LONG)

    held = [jobs.start(str(i), 1, waiting) for i in range(2)]
    with pytest.raises(TooManyJobsError, match="2 jobs are at work"):
        jobs.start("one too many", 1, waiting)
    on.set()
    assert all(jobs.wait(number, LONG) for number in held)
    later = [jobs.start(str(i), 1, lambda progress, cancelled: None) for i in range(2)]
    assert all(jobs.wait(number, LONG) for number in later)
    assert [jobs.look(number) is None for number in held].count(True) == 1
    assert all(jobs.look(number) is not None for number in later)


def test_ids_cannot_be_guessed_and_an_unknown_one_is_nothing() -> None:
    first, second = (JOBS.start("x", 1, lambda progress, cancelled: None) for _ in range(2))
    assert first != second and len(first) == 32
    assert JOBS.look("0" * 32) is None
    JOBS.cancel("0" * 32)
