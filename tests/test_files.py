"""Reading and writing: guarded, whole or not at all, and never outside the folders meant."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import files
from simulator.problems import ScenarioError

ROOT = Path(__file__).resolve().parents[1]


def refusal(path: Path | str, limit: int = files.LIMIT) -> str:
    with pytest.raises(ScenarioError) as caught:
        files.read_bytes(path, limit)
    [problem] = caught.value.problems
    assert problem.file and problem.rule and problem.remedy
    return str(problem)


def test_bytes_come_back_as_written(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1_000
    files.write_atomic(tmp_path / "a", data)
    assert files.read_bytes(tmp_path / "a") == data
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_missing_file_a_folder_and_a_long_name_are_refused(tmp_path: Path) -> None:
    assert "no file of this name" in refusal(tmp_path / "none")
    assert "ordinary file" in refusal(tmp_path)
    assert "can be read" in refusal(tmp_path / ("x" * 5_000))
    assert "hidden characters" in refusal("a\0b")


def test_a_missing_file_names_the_nearest_that_is_there(tmp_path: Path) -> None:
    for name in ("my-council.yaml", "plan.yaml", ".my-councl.yaml", "my-counci\n.yaml"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "my-counsil.yaml").mkdir()
    for wrong in ("my-counsel.yaml", "my-council.yml", "My-Council.YAML"):
        assert "did you mean my-council.yaml?" in refusal(tmp_path / wrong)
    for far in (tmp_path / "elsewhere.csv", tmp_path / "none" / "plan.yaml"):
        assert "did you mean" not in refusal(far) and "check the spelling" in refusal(far)


def test_a_missing_file_beside_the_caller_is_looked_for_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan.yaml").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert "did you mean plan.yaml?" in refusal("plna.yaml")


def test_the_limit_is_kept_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    assert len(files.read_bytes(path, 100)) == 100
    assert "at most" in refusal(path, 99)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "ordinary file" in refusal(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_an_endless_device_is_refused() -> None:
    assert "ordinary file" in refusal("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable here")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "permission denied" in refusal(path)


def test_writing_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_atomic(path, b"first and long")
    files.write_atomic(path, b"second")
    assert path.read_bytes() == b"second"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    files.write_atomic(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(files.CannotWriteError, match="disk is full") as caught:
        files.write_atomic(path, b"new")
    assert str(path) in str(caught.value) and caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit here")
def test_a_disk_that_fills_is_said_plainly(tmp_path: Path) -> None:
    code = (
        "import resource, sys\nfrom simulator.files import CannotWriteError, write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    write_atomic(sys.argv[1], b'x' * 5000)\n"
        "except CannotWriteError as error:\n    print(error)\n"
    )
    path = tmp_path / "a"
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "5,000 bytes are needed" in done.stdout and str(path) in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["none/a", "b/a", "n\0l"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "b").write_bytes(b"a file, not a folder")
    with pytest.raises(files.CannotWriteError, match="cannot write"):
        files.write_atomic(tmp_path / name, b"x")
    with pytest.raises(files.CannotWriteError, match="cannot write"):
        files.write_new(tmp_path / name, b"x")


def test_a_target_that_is_a_folder_is_left(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(files.CannotWriteError):
        files.write_atomic(tmp_path / "b", b"x")
    assert [found.name for found in tmp_path.iterdir()] == ["b"]


def test_a_new_file_never_takes_a_taken_name(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_new(path, b"mine")
    with pytest.raises(FileExistsError):
        files.write_new(path, b"theirs")
    assert path.read_bytes() == b"mine"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "link", b"x")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a", "link"]


def test_a_name_taken_meanwhile_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"theirs")
    monkeypatch.setattr(os.path, "lexists", lambda _path: False)
    with pytest.raises(FileExistsError):
        files.write_new(path, b"mine")
    assert path.read_bytes() == b"theirs"
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


def test_a_system_without_links_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_paths: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(files.CannotWriteError):
        files.write_new(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_written_with_its_inner_folders(tmp_path: Path) -> None:
    files.write_folder(tmp_path / "run", {"run.json": b"{}", "tables/a.csv": b"a"})
    assert (tmp_path / "run" / "tables" / "a.csv").read_bytes() == b"a"


@pytest.mark.parametrize("name", ["../a", "/a", "tables/../../a", "out/a"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out").symlink_to(tmp_path)
    with pytest.raises(files.CannotWriteError, match="outside the folder"):
        files.write_folder(tmp_path / "run", {name: b"x"})
    assert not (tmp_path / "a").exists()


def test_a_folder_where_a_file_stands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(files.CannotWriteError):
        files.make_folder(tmp_path / "a")
    assert files.make_folder(tmp_path / "b" / "c").is_dir()


def test_the_digest_is_sha_256() -> None:
    assert files.sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_shipped_names_lead_to_shipped_files() -> None:
    defaults = files.shipped("defaults/uk-2026.yaml")
    assert defaults is not None and defaults.parent.name == "defaults"
    for name in (*files.shipped_names("defaults"), *files.shipped_names("scenarios")):
        assert files.shipped(name) is not None, name


@pytest.mark.parametrize(
    "name",
    [
        "", "defaults", "defaults/", "defaults/none.yaml", "defaults/../files.py", "scenarios/../pyproject.toml",
        "/etc/passwd", "defaults//etc/passwd", "defaults/..", "defaults/.hidden", "defaults/a\0b", "other/x.yaml",
        "defaults\\uk-2026.yaml", "scenarios/overlays", "defaults/uk-2026.yaml\n", "defaults/" + "a" * 300,
    ],
)  # fmt: skip
def test_other_names_lead_nowhere(name: str) -> None:
    assert files.shipped(name) is None


def test_a_wheel_carries_the_scenarios_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "simulator" / "shipped_scenarios"
    inside.mkdir(parents=True)
    (inside / "a.yaml").write_text("years: 3\n")
    (inside / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "secret.yaml").write_text("secret: 1\n")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "b.yaml").write_text("another package's\n")
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "simulator")
    assert files.shipped("scenarios/a.yaml") == (inside / "a.yaml").resolve()
    assert files.shipped("scenarios/b.yaml") is None
    assert files.shipped("scenarios/out.yaml") is None
