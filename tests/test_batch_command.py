"""`headroom batch` as an analyst meets it: stated before the start, kept as it goes, gone on with, checked, refused."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from batches import Here
from click.testing import CliRunner, Result

from simulator import study_file, workers
from simulator.batched import Estimate
from simulator.cli import main
from simulator.cli.batching import before, size, spoken
from simulator.files import CannotWriteError, shipped, shipped_names
from simulator.folders import Folder
from simulator.leaving import TERMINATED, TerminatedError
from simulator.study_folder import TornError, read_back
from simulator.units import FOLDER, SUFFIX, read_unit
from simulator.verifying import verify

STUDY = """
headroom: 1
study: tried
name: A study for tests
scenario: small.yaml
paths: 40
design: {kind: options}
options:
  - {id: low, name: A lower minimum, set: {reserves.minimum: 4%}}
  - {id: laid, name: A further cut, overlays: [cut.yaml]}
  - {id: wrong, name: Past all use, set: {reserves.gf_unallocated: 0}}
watch:
  - {id: below, agency: council, outcome: reserves_below_minimum}
  - {id: held, agency: council, measure: usable_reserves, year: 2027-28}
"""
CUT = """
name: A cut
agencies:
  - id: council
    spending: [{id: other, net: 39.0}]
    funding: {grants: [{id: rsg, amounts: {2024-25: 19.0}}]}
"""


@contextmanager
def here(count: int) -> Iterator[workers.Crew]:
    yield workers.Crew(Here(), count, "here")


@pytest.fixture(autouse=True, scope="module")
def one_process() -> Iterator[None]:
    """Work in this process: that pools and clusters give the same is shown where batches are tested."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workers, "pool", here)
        yield


def written(folder: Path) -> Path:
    """A study with all it names, in a folder."""
    (folder / "small.yaml").write_bytes(Path(__file__).with_name("small.yaml").read_bytes())
    (folder / "cut.yaml").write_text(CUT)
    (folder / "study.yaml").write_text(STUDY)
    return folder / "study.yaml"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return written(tmp_path)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, words)])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, one_process: None) -> tuple[Path, Result]:
    """A study done once, for all tests that work on a copy of it."""
    study = written(tmp_path_factory.mktemp("whole"))
    return study, run(study, "--out", study.parent / "out", "--workers", 3)


@pytest.fixture
def done(whole: tuple[Path, Result], tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole[0].parent / "out", tmp_path / "out"))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pictures, which take most of the time: they are drawn where the whole folder is tested."""
    monkeypatch.setattr("simulator.study_folder.study_pictures", lambda _: {})


def test_what_is_stated_before_what_is_said_after_and_what_is_written(whole: tuple[Path, Result]) -> None:
    out, result = whole[0].parent / "out", whole[1]
    assert result.exit_code == 0, result.output
    first = result.stdout.splitlines()[0]
    assert first.startswith("4 cases of 40 futures each. About ")
    assert "on 3 at a time" in first
    assert first.endswith("are free.")
    assert "4 of 4 cases" in result.stderr
    assert f"Open or print {out / 'study.html'}" in result.stdout
    files = set(Folder(out))
    assert {"study.html", "study.md", "study.json", "study.yaml", "scenario.yaml", "manifest-sha256.txt"} <= files
    assert {f"tables/{name}" for name in ("cases.csv", "watched.csv", "options.csv")} <= files
    assert {"tables/agency_years.parquet", "tables/chances.parquet", "overlays/1/cut.yaml"} <= files
    assert sum(name.endswith(SUFFIX) for name in files) == 4
    assert {name for name in files if name.startswith(f"{FOLDER}/") and not name.endswith(SUFFIX)} == {
        "units/begun.json"
    }


def test_the_folder_is_whole_and_any_changed_byte_is_found(done: Path) -> None:
    assert verify(Folder(done)).problems == ()
    record = json.loads((done / "study.json").read_text())
    assert record["again"] == ["headroom", "batch", "study.yaml", "--paths", "40"]
    assert (record["cases"], record["done"], record["checks_hold"]) == (4, 3, True)
    for name in ("tables/agency_years.parquet", next(n for n in Folder(done) if n.endswith(SUFFIX)), "study.yaml"):
        whole = (done / name).read_bytes()
        middle = len(whole) // 2
        (done / name).write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        assert name in {found.file for found in verify(Folder(done)).problems}
        (done / name).write_bytes(whole)


def test_both_public_tables_of_every_case_read_back_as_they_are_in_the_units(done: Path) -> None:
    units = {key.removesuffix(SUFFIX): read_unit(done, key.removesuffix(SUFFIX)) for key in _units(done)}
    by_meaning = {unit.head.meaning: unit for unit in units.values()}
    cases = pd.read_csv(done / "tables/cases.csv")
    for name in ("agency_years", "chances"):
        held = pq.read_table(done / f"tables/{name}.parquet", page_checksum_verification=True).to_pandas()
        assert list(held.columns[:2]) == ["case", "agency"]
        for case, meaning in zip(cases.case, cases.meaning_sha256, strict=True):
            own = held[held.case == case].drop(columns="case").reset_index(drop=True)
            unit = getattr(by_meaning[meaning], name)
            assert len(own) == len(unit)
            assert (own.astype(unit.dtypes).to_numpy() == unit.to_numpy()).all()


def _units(folder: Path) -> list[str]:
    return [path.name for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}"))]


def test_a_study_without_its_files_is_run_again_from_its_folder(done: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(done), "--replay", "--json"])
    told = json.loads(result.stdout)
    assert told["certified"]["files"]
    assert told["replay"]["differs"] == []
    assert told["replay"]["refused"] == ""


@pytest.mark.usefixtures("undrawn")
def test_an_earlier_batch_is_gone_on_with_only_when_asked_and_gives_the_same(done: Path, asked: Path) -> None:
    before_it = {name: (done / name).read_bytes() for name in Folder(done) if name.startswith("tables/")}
    first, second, *_ = _units(done)
    (done / FOLDER / first).unlink()
    (done / FOLDER / second).write_bytes((done / FOLDER / second).read_bytes()[:-1])
    refused = run(asked, "--out", done)
    assert refused.exit_code == 2
    assert "go on with it by --resume" in refused.stderr
    result = run(asked, "--out", done, "--resume")
    assert result.exit_code == 0, result.output
    assert "2 found done, 2 to do; 1 damaged and done again: " in result.stdout
    assert second in result.stdout
    assert {name: (done / name).read_bytes() for name in before_it} == before_it
    assert verify(Folder(done)).problems == ()


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 1), (TerminatedError, TERMINATED)])
def test_what_stops_it_ends_in_the_command_that_goes_on(
    stop: type[BaseException], code: int, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(task: workers.Task) -> list[workers.Made]:
        raise stop

    with monkeypatch.context() as patched:
        patched.setattr("simulator.batch.work", stopped)
        result = run(asked, "--out", asked.parent / "o ut", "--paths", 30, "--workers", 4)
    assert result.exit_code == code
    assert f"headroom batch {asked} --out '{asked.parent / 'o ut'}' --resume --workers 4 --paths 30" in result.stderr
    assert "0 of 4 cases are safe" in result.stderr


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 1), (TerminatedError, TERMINATED)])
def test_a_stop_while_tables_are_written_says_that_every_case_is_safe(
    stop: type[BaseException], code: int, done: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise stop

    monkeypatch.setattr("simulator.cli.batching.write_atomic", stopped)
    result = run(asked, "--out", done, "--resume")
    assert result.exit_code == code
    assert f"What stands in {done} is safe. Go on with: headroom batch {asked} --out {done} --resume" in result.stderr


@pytest.mark.usefixtures("undrawn")
def test_a_case_that_fails_is_told_and_the_rest_are_written(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = workers.unit_of

    def faulty(task: workers.Task, one: workers.Asked) -> object:
        if "reserves.minimum=4%" in one.sets:
            raise RuntimeError("out of luck")
        return true(task, one)

    monkeypatch.setattr(workers, "unit_of", faulty)
    result = run(asked, "--out", asked.parent / "out")
    assert result.exit_code == 1
    assert "1 case has no answer yet. Go on with: headroom batch" in result.stderr
    assert "RuntimeError: out of luck" in result.stdout


def test_a_dry_run_keeps_nothing(asked: Path) -> None:
    out = asked.parent / "out"
    result = run(asked, "--out", out, "--dry-run", "--json")
    assert json.loads(result.stdout)["cases"] == 4
    assert not out.exists()


@pytest.mark.usefixtures("undrawn")
def test_a_machine_reads_every_table(asked: Path) -> None:
    result = run(asked, "--out", asked.parent / "out", "--json")
    told = json.loads(result.stdout)
    assert (told["complete"], told["cases"], told["units_made"], told["checks_hold"]) == (True, 4, 4, True)
    rows = told["tables"]["watched"]
    assert {row["case"] for row in rows} == {"base", "low", "laid", "wrong"}
    assert all(row["difference"] == 0 for row in rows if row["case"] == "base")


def test_a_folder_of_something_else_is_left_as_it_was(asked: Path, tmp_path: Path) -> None:
    result = run(asked, "--out", tmp_path)
    assert result.exit_code == 2
    assert "holds files but no study" in result.stderr


def test_a_scenario_is_no_study(asked: Path) -> None:
    result = run(asked.with_name("small.yaml"), "--out", asked.parent / "out")
    assert result.exit_code == 2
    assert "study" in result.stderr


def test_a_torn_table_is_not_passed_over(done: Path) -> None:
    whole = (done / "tables/chances.parquet").read_bytes()
    read_back(whole, "chances")
    middle = len(whole) // 3
    for data in (whole[:-5], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], b""):
        with pytest.raises(TornError, match="was written but cannot be read back"):
            read_back(data, "chances")
    assert pq.ParquetFile(BytesIO(whole)).metadata.num_rows > 0


def test_what_is_said_before_the_start() -> None:
    found = Estimate(1_000, 2_000, 0, (), 2, 7_500.0, 3 * 10**8, 5 * 10**9, 10**8, 1)
    assert before(found) == (
        "1,000 cases of 2,000 futures each. About 2.1 hours on 2 at a time, with futures drawn once for all; "
        "tables and pictures come on top. About 600 MB on disk; 5.0 GB are free."
    )
    nothing_left = before(replace(found, found=1_000, seconds=0.1, bytes=10**5))
    assert "No case is left to do; tables and pictures come on top. Less than 1 MB on disk" in nothing_left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "a second"), (40, "40 seconds"), (200, "3 minutes"), (9_000, "2.5 hours"), (400_000, "4.6 days")],
)
def test_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size(count) for count in (10, 3e6, 2.5e9)] == ["less than 1 MB", "3 MB", "2.5 GB"]


def test_shipped_studies_are_found_by_name_and_are_no_scenarios() -> None:
    names = ("adults-and-children", "what-moves-reserves", "who-bears-risk")
    assert all(shipped(f"scenarios/studies/{name}.yaml") for name in names)
    assert not any("studies" in name for name in shipped_names("scenarios"))
    loaded = study_file.load("scenarios/studies/adults-and-children.yaml")
    assert (loaded.study.cases, loaded.study.paths) == (26, 2_000)


def test_an_editor_gets_the_schema_of_studies() -> None:
    told = json.loads(CliRunner().invoke(main, ["schema", "--study"]).stdout)
    assert {"study", "design", "vary", "options", "watch"} <= set(told["properties"])


def test_the_study_that_the_readme_shows_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    shown = next(part for part in text.split("```") if "study: my_study" in part).removeprefix("yaml")
    shown = shown.replace("my-council.yaml", "scenarios/blackburn-with-darwen.yaml").replace("my_council", "blackburn")
    (tmp_path / "my-study.yaml").write_text(shown, encoding="utf-8")
    assert study_file.load(tmp_path / "my-study.yaml").study.cases == 1 + 3 * 5


def left_behind(folder: Path) -> Path:
    """What a batch killed before its first case leaves: a lock, an empty folder for units, half a file."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / "in-use.lock").write_text("{}")
    (folder / FOLDER / ".half.tmp").write_bytes(b"x")
    return folder


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("words", [[], ["--resume"]])
def test_what_a_dry_run_leaves_is_begun_in(asked: Path, words: list[str]) -> None:
    out = asked.parent / "out"
    assert run(asked, "--out", out, "--dry-run").exit_code == 0
    assert run(asked, "--out", out, "--dry-run").exit_code == 0
    result = run(asked, "--out", out, *words)
    assert result.exit_code == 0, result.output
    assert verify(Folder(out)).problems == ()


@pytest.mark.parametrize("words", [[], ["--resume"]])
def test_what_a_batch_killed_before_its_first_case_leaves_is_begun_in(asked: Path, words: list[str]) -> None:
    out = left_behind(asked.parent / "out")
    result = run(asked, "--out", out, "--dry-run", *words)
    assert result.exit_code == 0, result.output


def test_a_full_disk_at_the_first_case_is_gone_on_from(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise CannotWriteError(errno.ENOSPC, "the disk is full", "a unit")

    out = asked.parent / "out"
    with monkeypatch.context() as patched:
        patched.setattr("simulator.batch.write_unit", full)
        stopped = run(asked, "--out", out)
    assert stopped.exit_code == 1
    assert "0 of 4 cases are safe" in stopped.stderr
    assert run(asked, "--out", out, "--dry-run", "--resume").exit_code == 0


@pytest.mark.parametrize("name", ["mine.txt", "units/mine.txt"])
def test_a_file_of_anothers_beside_it_is_never_written_over(asked: Path, name: str) -> None:
    out = left_behind(asked.parent / "out")
    (out / name).write_text("mine")
    result = run(asked, "--out", out, "--resume")
    assert result.exit_code == 2
    assert "holds files but no study" in result.stderr


@pytest.mark.parametrize("lost", ["", "study.json", "study.yaml"])
@pytest.mark.parametrize("words", [[], ["--resume"]])
def test_another_study_never_takes_the_folder_of_one(done: Path, asked: Path, lost: str, words: list[str]) -> None:
    if lost:
        (done / lost).unlink()
    before_it = {name: done.joinpath(name).read_bytes() for name in Folder(done)}
    asked.write_text(STUDY.replace("study: tried", "study: another"))
    result = run(asked, "--out", done, *words)
    assert result.exit_code == 2
    assert "holds the study tried, not another, so it is left as it was" in result.stderr
    assert {name: done.joinpath(name).read_bytes() for name in Folder(done)} == before_it


def test_a_full_disk_after_the_last_case_is_no_refusal(
    done: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise CannotWriteError(errno.ENOSPC, "cannot write: the disk is full", "a table")

    monkeypatch.setattr("simulator.cli.batching.write_atomic", full)
    monkeypatch.setattr("simulator.study_folder.study_pictures", lambda _: {})
    result = run(asked, "--out", done, "--resume")
    assert result.exit_code == 1
    assert "the disk is full. Every case done is safe; once there is room: headroom batch" in result.stderr


@pytest.mark.parametrize("address", ["rubbish://x", "tcp://x", "x:0", "tcp://x:99999", "tcp://a b:1", "8786", "x:1/y"])
def test_an_address_that_is_none_is_told_before_any_cluster_is_asked(asked: Path, address: str) -> None:
    result = run(asked, "--out", asked.parent / "out", "--dask", address)
    assert result.exit_code == 2
    assert f"{address} is no address of a Dask scheduler: tcp://HOST:PORT" in result.stderr
    assert not (asked.parent / "out").exists()
