"""A folder that Headroom wrote: any byte changed is found, what made it is bound, and its numbers come out again."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from simulator import provenance, replaying
from simulator.cli import main
from simulator.folders import Folder
from simulator.provenance import MANIFEST, Commit, listed, recorded, sealed, sealed_record
from simulator.replaying import CannotReplayError, apart, command, compared, unbound
from simulator.verifying import verify

ROOT = Path(__file__).resolve().parents[1]
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
INFLATION = str(ROOT / "scenarios" / "overlays" / "high-inflation.yaml")
SMALL = str(ROOT / "tests" / "small.yaml")
CLEAN = Commit("c" * 40, False, "as committed")


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module", autouse=True)
def lines_only() -> Iterator[None]:
    """Pictures of pixels are slow to draw and prove nothing here that the same picture in lines does not."""
    from matplotlib.figure import Figure

    draw = Figure.savefig

    def drawn(figure: Figure, file: Any, **how: Any) -> None:
        if how["format"] == "svg":
            draw(figure, file, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", drawn)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the shipped council under an overlay and a setting, every path kept."""
    out = tmp_path_factory.mktemp("verify") / "run"
    done = headroom(
        "run", BLACKBURN, "--with", INFLATION, "--set", "usable_share=25%", "--years", "3", "--paths", "20",
        "--seed", "7", "--out", str(out), "--save-paths",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stress tests of a small council: the quickest folder there is."""
    out = tmp_path_factory.mktemp("verify") / "stress"
    assert headroom("stress", SMALL, "--paths", "20", "--out", str(out)).exit_code == 0
    return out


def resealed(files: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> dict[str, bytes]:
    """A folder whose record is changed by someone who then seals it all again as Headroom would."""
    name = next(one for one in provenance.RECORDS if one in files)
    rest = {one: data for one, data in files.items() if one not in {name, MANIFEST}}
    record = json.loads(files[name])
    change(record)
    return sealed(rest | {name: recorded(record, rest)})


def written(folder: Path, files: dict[str, bytes]) -> str:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return str(folder)


def tiny() -> dict[str, bytes]:
    """The least folder that has a record: one table and the scenario."""
    files = {"tables/a.csv": b"agency,year,p50\nc,2025-26,1\nc,2026-27,2\n", "scenario.yaml": b"headroom: 1\n"}
    scenario = {"text_sha256": hashlib.sha256(files["scenario.yaml"]).hexdigest()}
    return sealed(files | {"run.json": recorded({"scenario": scenario, "seed": 1}, files)})


def named(files: dict[str, bytes]) -> dict[str, str]:
    return {found.file: found.words for found in verify(files).problems}


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_a_folder_as_it_was_written_has_no_problem(run: Path, stressed: Path) -> None:
    for folder in (run, stressed):
        found = verify(Folder(folder))
        assert found.problems == ()
        assert found.files == sum(path.is_file() for path in folder.rglob("*"))


def test_the_record_says_all_that_an_answer_rests_on(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    assert list(record) == sorted(record)
    assert record["again"] == [
        "headroom", "run", "scenario.yaml", "--paths", "20", "--seed", "7", "--save-paths"
    ]  # fmt: skip
    typed = record["argv"]
    assert typed[0] == "run" and typed[1] == "blackburn-with-darwen.yaml" and "usable_share=25%" in typed
    assert not any(word.startswith("/") for word in typed), "folders of this machine are nobody's business"
    assert record["workers"] == 2 and record["paths"] == 20 and record["seed"] == 7
    assert record["streams"] == {"version": "v1", "generator": "Philox", "block": 1_000}
    assert record["code_sha256"] == provenance.code_sha256() and record["commit_words"]
    assert record["libraries"]["numpy"] and record["distributions"].keys() == record["libraries"].keys()
    assert {"python", "platform", "simd", "blas", "distributions_sha256"} <= set(record)
    scenario = record["scenario"]
    text = (run / "scenario.yaml").read_bytes()
    assert scenario["text_sha256"] == hashlib.sha256(text).hexdigest()
    assert len(scenario["meaning_sha256"]) == 64 and scenario["drivers_key"] and scenario["form"] == 1
    assert record["timings"]["seconds"] > 0 and record["timings"]["started"] <= record["made"]
    assert record["timings"]["peak_bytes"] is None or record["timings"]["peak_bytes"] > 2**20


def test_the_digest_of_results_is_over_tables_and_nothing_else() -> None:
    files = {"tables/a.csv": b"1", "summary.md": b"words", "tables/b.parquet": b"2"}
    plain, other = (json.loads(recorded({}, files | {"summary.md": words})) for words in (b"words", b"others"))
    assert plain["results_sha256"] == other["results_sha256"] and plain["pack_sha256"] != other["pack_sha256"]
    by_hand = f"{hashlib.sha256(b'1').hexdigest()}  tables/a.csv\n"
    assert plain["results_sha256"] == hashlib.sha256(by_hand.encode()).hexdigest()
    changed = json.loads(recorded({}, files | {"tables/a.csv": b"9"}))
    assert changed["results_sha256"] != plain["results_sha256"]


def test_what_differs_from_run_to_run_is_outside_both_digests() -> None:
    files = {"tables/a.csv": b"1"}
    quick, slow = (json.loads(recorded({"timings": {"seconds": n}}, files)) for n in (1, 2))
    assert quick["record_sha256"] != slow["record_sha256"]
    for name in ("results_sha256", "pack_sha256", "tables", "files_sha256"):
        assert quick[name] == slow[name]


def test_a_number_that_is_not_finite_is_kept_as_text() -> None:
    assert json.loads(recorded({"checks": {"gap": float("nan")}}, {}))["checks"] == {"gap": "nan"}


def test_a_hundred_flips_and_truncations_anywhere_are_found_and_named(run: Path) -> None:
    whole, luck = dict(Folder(run)), random.Random(29)
    names, missed = sorted(name for name in whole if whole[name]), []
    for number in range(100):
        name = names[number % len(names)]
        data = whole[name]
        at = luck.randrange(len(data))
        bad = data[:at] if number % 5 == 0 else flipped(data, at, luck.randrange(8))
        if name not in named(whole | {name: bad}):
            missed.append((name, at))
    assert missed == []


def test_every_bit_of_a_tiny_folder_counts() -> None:
    whole = tiny()
    assert named(whole) == {}
    for name, data in whole.items():
        for at in range(len(data)):
            for bit in (0, at % 7 + 1):
                assert name in named(whole | {name: flipped(data, at, bit)}), (name, at, bit)


def test_files_added_or_lost_are_found() -> None:
    whole = tiny()
    assert named(whole | {"tables/b.csv": b""}) == {"tables/b.csv": "not one of the files that were written"}
    for name in ("tables/a.csv", "run.json"):
        assert named({one: data for one, data in whole.items() if one != name}) == {name: "missing"}
    assert "missing" in named({name: data for name, data in whole.items() if name != MANIFEST})[MANIFEST]
    unlisted = whole[MANIFEST].decode().splitlines(keepends=True)
    short = "".join(line for line in unlisted if "tables" not in line).encode()
    assert named(whole | {MANIFEST: short}) == {
        MANIFEST: "its line for tables/a.csv is not what the file and the record say"
    }
    longer = whole[MANIFEST] + f"{'0' * 64}  zz.csv\n".encode()
    assert named(whole | {MANIFEST: longer}) == {MANIFEST: "lists zz.csv, which is not there nor recorded"}


def test_a_list_of_files_rewritten_after_a_change_disagrees_with_the_record() -> None:
    whole = tiny() | {"tables/a.csv": b"agency,year,p50\n"}
    again = {name: data for name, data in whole.items() if name != MANIFEST}
    assert set(named(sealed(again))) == {"run.json", "tables/a.csv"}


def test_a_record_rewritten_with_its_list_does_not_meet_its_own_digest() -> None:
    whole = tiny()
    whole["run.json"] = whole["run.json"].replace(b'"seed": 1', b'"seed": 2')
    again = {name: data for name, data in whole.items() if name != MANIFEST}
    assert "its own digest" in named(sealed(again))["run.json"]


@pytest.mark.parametrize("bad", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_a_record_that_is_none_is_told(bad: bytes) -> None:
    whole = {name: data for name, data in tiny().items() if name != MANIFEST} | {"run.json": bad}
    assert "run.json" in named(sealed(whole))


@pytest.mark.parametrize(
    "false", [{"results_sha256": "0"}, {"scenario": {}}, {"scenario": 1}, {"tables": {}}, {"files_sha256": {"a": 1}}]
)
def test_a_record_whose_digests_do_not_follow_from_its_files_is_told(false: dict[str, Any]) -> None:
    whole = tiny()
    whole["run.json"] = sealed_record(json.loads(whole["run.json"]) | false)
    assert "run.json" in named(sealed({name: data for name, data in whole.items() if name != MANIFEST}))


def parquet(rows: int = 2_000) -> bytes:
    buffer = BytesIO()
    table = pa.table({"value": [float(n * n % 977) for n in range(rows)]})
    pq.write_table(table, buffer, compression="none", use_dictionary=False, write_page_checksum=True)
    return buffer.getvalue()


def test_pages_that_do_not_meet_their_checksums_are_found_even_under_a_good_digest(run: Path) -> None:
    good = parquet()
    bad = flipped(good, len(good) // 3, 0)
    for data, words in ((good, set()), (bad, {"paths.parquet"})):
        rest = {"paths.parquet": data}
        assert set(named(sealed(rest | {"run.json": recorded({}, rest)}))) == words
    assert pq.ParquetFile(run / "paths.parquet", page_checksum_verification=True).read().num_rows > 0


def test_a_link_out_of_the_folder_is_no_file_of_it(tmp_path: Path) -> None:
    written(tmp_path / "f", tiny())
    table = tmp_path / "f" / "tables" / "a.csv"
    table.rename(tmp_path / "a.csv")
    table.symlink_to(tmp_path / "a.csv")
    done = headroom("verify", str(tmp_path / "f"))
    assert done.exit_code == 2 and "tables/a.csv: cannot be read (a link" in done.output


@pytest.mark.parametrize("where", ["nowhere", "file", "pack.zip"])
def test_what_is_no_folder_is_told(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "pack.zip").write_text("x")
    done = headroom("verify", str(tmp_path / where))
    assert done.exit_code == 2 and "cannot be read as a folder" in done.output
    assert ("unzip it, then `headroom verify <folder>`" in done.output) is (where == "pack.zip")


def test_a_changed_folder_is_not_certified_nor_run_again(stressed: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(stressed, tmp_path / "copy")
    table = next((folder / "tables").iterdir())
    table.write_bytes(table.read_bytes()[:-1])
    done = headroom("verify", str(folder), "--replay")
    assert done.exit_code == 2 and f"tables/{table.name}: changed" in done.output
    assert "Nothing in it is certified" in done.output and "Numbers" not in done.output
    told = json.loads(headroom("verify", str(folder), "--json").stdout)
    assert told["certified"] == {"files": False, "code": False, "numbers": False}
    assert told["problems"] == [{"file": f"tables/{table.name}", "words": "changed"}]


def test_a_run_comes_out_again_under_its_overlay_byte_for_byte(run: Path) -> None:
    done = headroom("verify", str(run), "--replay")
    assert done.exit_code == 0, done.output
    assert "Numbers: certified." in done.output and "byte for byte" in done.output
    assert "High inflation" in (run / "summary.md").read_text()


def test_section_25_evidence_comes_out_again(tmp_path: Path) -> None:
    assert headroom("section25", SMALL, "--paths", "20", "--out", str(tmp_path / "a")).exit_code == 0
    done = headroom("verify", str(tmp_path / "a"), "--replay", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["certified"]["numbers"], done.output
    assert told["replay"]["compared"] == told["files"] - 2 and told["replay"]["differs"] == []


def test_code_is_certified_to_a_clean_commit_alone(stressed: Path, tmp_path: Path) -> None:
    whole = dict(Folder(stressed))
    states = {
        "Code: certified. Commit cccccccccccc": CLEAN,
        "its commit does not hold": CLEAN._replace(dirty=True),
        "no commit: not a checkout (install it with `pip install -e .` in a checkout": Commit(
            None, None, "no commit: not a checkout"
        ),
    }
    for number, (words, state) in enumerate(states.items()):
        about = {"commit": state.id, "dirty": state.dirty, "commit_words": state.words}
        folder = written(tmp_path / str(number), resealed(whole, lambda record, about=about: record.update(about)))
        done = headroom("verify", folder)
        assert done.exit_code == 0 and words in done.output, done.output
        assert ("Code: not certified" in done.output) is (state is not CLEAN)


def test_numbers_that_repeat_on_other_code_or_libraries_are_not_certified(stressed: Path, tmp_path: Path) -> None:
    whole = dict(Folder(stressed))
    for number, (name, value, words) in enumerate((
        ("code_sha256", "d" * 64, "code: dddddddddddd in the record"),
        ("libraries", {"numpy": "1.0"}, "numpy: 1.0 in the record"),
    )):  # fmt: skip
        folder = written(
            tmp_path / str(number), resealed(whole, lambda record, held={name: value}: record.update(held))
        )
        assert headroom("verify", folder).exit_code == 0
        done = headroom("verify", folder, "--replay")
        assert done.exit_code == 1 and words in done.output
        assert "Numbers: not certified: run again, all" in done.output and "not that of the record" in done.output


def test_a_table_changed_and_all_sealed_again_is_found_by_running_it_again(stressed: Path, tmp_path: Path) -> None:
    whole = dict(Folder(stressed))
    name = next(one for one in sorted(whole) if one.startswith("tables/") and b",20\n" in whole[one])
    whole[name] = whole[name].replace(b",20\n", b",21\n", 1)
    folder = written(tmp_path / "forged", resealed(whole, lambda record: None))
    assert headroom("verify", folder).exit_code == 0
    done = headroom("verify", folder, "--replay")
    assert done.exit_code == 1 and f"{name}: 1 cells differ, the first in row 1" in done.output
    assert "21 in the record, 20 run again" in done.output


def test_a_record_cannot_make_it_write_or_read_elsewhere(stressed: Path, tmp_path: Path) -> None:
    aim = tmp_path / "aim"
    words = ["headroom", "stress", "scenario.yaml", "--paths", "20", "--out", str(aim)]
    forged = resealed(dict(Folder(stressed)), lambda record: record.update(again=words))
    done = headroom("verify", written(tmp_path / "forged", forged), "--replay")
    assert done.exit_code == 1 and not aim.exists() and "'--out'" in done.output


@pytest.mark.parametrize(
    "again",
    [
        None, "headroom run", [], ["headroom"], ["headroom", 1], ["rm", "run"], ["headroom", "new", "scenario.yaml"],
        ["headroom", "run", "../scenario.yaml"], ["headroom", "run", "scenario.yaml", "--with", "scenario.yaml"],
        ["headroom", "run", "scenario.yaml", "--paths", "/etc/hosts"], ["headroom", "run", "--save-paths", "mine"],
        ["headroom", "run", "scenario.yaml", "--paths=5"], ["headroom", "run", "scenario.yaml", "--paths", "--help"],
    ],
)  # fmt: skip
def test_only_what_a_folder_of_ours_asks_is_run_again(again: Any) -> None:
    with pytest.raises(CannotReplayError):
        command({"again": again})


def test_what_a_folder_asks_is_run_as_recorded() -> None:
    words = ["headroom", "shift", "--portfolio", "scenario.yaml", "--paths", "9", "--seed", "2"]
    assert command({"again": words}) == words[1:]


def test_a_folder_without_a_record_is_bound_to_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path, sealed({"comparison.md": b"words"}))
    done = headroom("verify", folder, "--replay")
    assert done.exit_code == 1 and "Files: certified" in done.output
    assert "there is no record of what made it" in done.output and "does not say what to run again" in done.output


def test_why_a_folder_is_not_bound_is_said() -> None:
    good = {"code_sha256": "a", "commit": "b", "dirty": False, "checks_hold": True}
    assert unbound(good) == []
    assert unbound({}) == ["there is no record of what made it"]
    assert "which code" in unbound({"seed": 1})[0]
    assert "add up" in unbound(good | {"checks_hold": False})[0]
    assert "does not hold" in unbound(good | {"dirty": None})[0]


def test_what_differs_between_builds_is_named(stressed: Path) -> None:
    record = json.loads((stressed / "evidence.json").read_text())
    assert {one.what for one in apart(record)} <= {"commit"}
    there = record | {
        "python": "3.0",
        "streams": {"version": "v0"},
        "distributions": record["distributions"] | {"numpy": ""},
    }
    found = {one.what: one.binds for one in apart(there)}
    assert found.pop("python") is False and found.pop("streams of random numbers") is True
    assert any(what.startswith("the files of numpy") and binds for what, binds in found.items())
    assert {"libraries", "code"} <= {one.what for one in apart({})}


def test_code_without_a_commit_is_told_with_the_remedy(stressed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = json.loads((stressed / "evidence.json").read_text()) | {"commit": "c" * 40}
    monkeypatch.setattr(replaying, "checkout", lambda: Commit(None, None, "no commit: not a checkout"))
    (told,) = (str(one) for one in apart(record) if one.what == "commit")
    assert told.startswith("commit: cccccccccccc in the record, no commit: not a checkout (install it with `pip")
    assert not [
        one
        for one in apart(record | {"commit": None, "commit_words": "no commit: not a checkout"})
        if one.what == "commit"
    ]


def test_tables_are_compared_cell_by_cell() -> None:
    def told(before: bytes, after: bytes) -> str:
        (found,) = compared({"tables/a.csv": before}, {"tables/a.csv": after}).differs
        return found.words

    head = b"agency,year,p50\nc,2025-26,1\n"
    assert "2 cells differ, the first in row 1 (c, 2025-26), year: 2025-26" in told(
        head, b"agency,year,p50\nc,2026-27,2\n"
    )
    assert "1 rows in the record, 0 run again" in told(head, b"agency,year,p50\n")
    assert "has the columns agency, year, p50 in the record, agency, p50" in told(head, b"agency,p50\n")
    assert "of no table" in told(b"", head)
    assert compared({"a": b"1", "units/x": b"1"}, {"b": b"1", MANIFEST: b""}).files == 2
    assert [found.words for found in compared({"a.svg": b"1"}, {"a.svg": b"2"}).differs] == ["differs"]
    one, two = parquet(), parquet(1_999)
    (found,) = compared({"t.parquet": one}, {"t.parquet": two}).differs
    assert "2,000 rows in the record, 1,999 run again" in found.words


def test_code_is_known_by_its_own_source_and_defaults_alone() -> None:
    files = provenance.package_files()
    assert {"provenance.py", "cli/runs.py", "defaults/uk-2026.yaml"} <= set(files)
    assert not any(name.endswith(".pyc") for name in files)
    by_hand = listed({name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    assert len(provenance.code_sha256()) == 64 and by_hand == "".join(
        sorted(by_hand.splitlines(True), key=lambda x: x[66:])
    )


def test_a_distribution_is_known_by_its_files_not_by_where_it_was_installed() -> None:
    own = "numpy/core.py,sha256=abc,12\nnumpy/a.so,sha256=def,9\n"
    there = f"../../bin/f2py,sha256=zzz,1\n{own}numpy/__pycache__/core.pyc,,\nnumpy-2.dist-info/INSTALLER,sha256=q,4\n"
    assert provenance._digest(own) == provenance._digest(there)
    assert provenance._digest(own) != provenance._digest(own.replace("def", "deg"))


def test_a_package_in_somebody_elses_repository_is_no_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "lib" / "simulator").mkdir(parents=True)
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "lib" / "simulator")
    assert provenance.checkout() == Commit(None, None, "no commit: not a checkout")
    (tmp_path / "lib" / ".git").mkdir()
    assert provenance.checkout().words == "no commit: git could not be asked"


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_a_checkout_is_known_by_its_commit_and_whether_its_code_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "simulator"
    package.mkdir()
    (package / "a.py").write_text("x = 1\n")

    def git(*words: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        return subprocess.run(
            ["git", *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    monkeypatch.setattr(provenance, "PACKAGE", package)
    assert provenance.checkout() == Commit(git("rev-parse", "HEAD"), False, "as committed")
    (tmp_path / "my-council.yaml").write_text("a file of the user's own\n")
    assert provenance.checkout().dirty is False
    (package / "a.py").write_text("x = 2\n")
    assert provenance.checkout().dirty is True


def test_a_run_of_a_folders_own_scenario_names_the_folder(stressed: Path, tmp_path: Path) -> None:
    out = tmp_path / "second"
    assert headroom("stress", str(stressed / "scenario.yaml"), "--paths", "20", "--out", str(out)).exit_code == 0
    record = json.loads((out / "evidence.json").read_text())
    assert record["parent_manifest_sha256"] == hashlib.sha256((stressed / MANIFEST).read_bytes()).hexdigest()
    assert json.loads((stressed / "evidence.json").read_text())["parent_manifest_sha256"] is None


@pytest.mark.prove
@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
def test_a_thousand_changed_bytes_are_found_by_the_systems_own_tool(run: Path, tmp_path: Path) -> None:
    folder, luck = shutil.copytree(run, tmp_path / "copy"), random.Random(30)
    names = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size and path.name != MANIFEST
    ]
    for _ in range(1_000):
        path = luck.choice(names)
        data = path.read_bytes()
        path.write_bytes(flipped(data, luck.randrange(len(data)), luck.randrange(8)))
        told = subprocess.run(
            ["sha256sum", "-c", "--quiet", MANIFEST], cwd=folder, capture_output=True, text=True, check=False
        )
        name = path.relative_to(folder).as_posix()
        assert told.returncode == 1 and f"{name}: FAILED" in told.stdout
        assert name in {found.file for found in verify(Folder(folder)).problems}
        path.write_bytes(data)
    assert replaying.compared(Folder(run), Folder(folder)).differs == ()
