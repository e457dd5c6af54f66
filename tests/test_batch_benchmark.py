"""What `python -m benchmarks batch` times is what it says: the same answers, futures shared or apart, cases counted."""

from __future__ import annotations

import sys

import pytest

from benchmarks import __main__ as door
from benchmarks import batches, workbench
from benchmarks.timing import Taken
from simulator.answers import answers
from simulator.batch_plan import plan
from simulator.blocks import Sample
from simulator.run import load_scenario
from simulator.study_file import LoadedStudy, load

FEW = 5


COUNCIL, TEN = batches.PLACES
TIMED = ((COUNCIL, batches.SHARED), (COUNCIL, batches.APART), (TEN, batches.SHARED))


@pytest.fixture(scope="module", params=TIMED, ids=[f"{place.name}, {luck}" for place, luck in TIMED])
def timed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, LoadedStudy]:
    place, luck = request.param
    study = tmp_path_factory.mktemp("timed") / "study.yaml"
    study.write_text(batches.study_text(place, luck, FEW), encoding="utf-8")
    return luck, load(study)


def test_studies_have_the_cases_and_paths_that_the_goal_is_stated_for(timed: tuple[str, LoadedStudy]) -> None:
    _, loaded = timed
    assert loaded.study.cases == 1 + FEW
    assert loaded.study.paths == 2_000


def test_futures_are_shared_or_lie_apart_as_the_figure_says(timed: tuple[str, LoadedStudy]) -> None:
    luck, loaded = timed
    draws = len(set(plan(loaded).groups.values()))
    assert draws == (1 if luck == batches.SHARED else 1 + FEW)


def test_a_path_alone_is_the_path_of_the_run() -> None:
    whole = answers(load_scenario(workbench.COUNCIL), Sample(1_000, 1)).happened[workbench.OUTCOME]
    paths = [*range(6), 400, 999]
    opened = whole[workbench.AFTER, 0].any(axis=0)[paths]
    assert 0 < opened.sum() < len(paths)
    assert [workbench.unmet(path) for path in paths] == opened.tolist()


def test_experiments_answer_as_the_run_does() -> None:
    pytest.importorskip("ema_workbench", reason="EMA Workbench is not installed")
    assert workbench.by_draw(4) == [float(workbench.unmet(path)) for path in range(4)]


def test_one_more_case_leaves_out_what_every_batch_costs() -> None:
    few, many = Taken(5 + 10 * 0.1, 7 + 10 * 0.2), Taken(5 + 50 * 0.1, 7 + 50 * 0.2)
    each = batches.one_more(few, many, 40)
    assert each.seconds == pytest.approx(0.1)
    assert each.cpu == pytest.approx(0.2)


def test_a_thousand_cases_are_reckoned_from_the_larger_batch() -> None:
    place = batches.PLACES[0]
    found = {f"{batches.SHARED} {cases}": [Taken(5 + cases * 0.1, cases * 0.2)] for cases in (place.few, place.many)}
    found |= {f"{batches.SHARED} {name}": [Taken(9.0, place.looped * 0.6)] for name in ("loop", "read")}
    figures = list(batches._figures(place, batches.SHARED, found))
    assert [figure.values[0] for figure in figures] == pytest.approx([200.0, 105.0, 3.0, 3.0])
    assert [figure.verdict for figure in figures] == ["missed", "missed", "", ""]


def test_a_workbench_that_is_not_installed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not list(batches._workbench(batches.PLACES[0], {}))
    assert "NOT MEASURED" in capsys.readouterr().out


def test_a_section_that_there_is_not_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "batches"])
    with pytest.raises(SystemExit):
        door.main()
    assert "no section is called batches; there are starts" in capsys.readouterr().err
