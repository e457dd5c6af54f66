"""The command that checks a folder: are its files as written, what made it, and do its numbers repeat?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.cli.recording import Again
from simulator.cli.scenarios import json_option
from simulator.files import CannotWriteError, scratch, write_folder
from simulator.folders import Folder

if TYPE_CHECKING:
    from simulator.replaying import Apart, Difference
    from simulator.verifying import Verified

MOST_SHOWN = 20


class Replay(NamedTuple):
    """What came of running a folder's command again: what differs, how many files were compared, or why not run."""

    differs: tuple[Difference, ...] = ()
    compared: int = 0
    refused: str = ""


class Certificate(NamedTuple):
    """What is certified of a folder and what is not, with the reasons."""

    found: Verified
    unbound: list[str]
    apart: list[Apart]
    replay: Replay | None

    @property
    def files(self) -> bool:
        """Whether every file is as it was written."""
        return not self.found.problems

    @property
    def code(self) -> bool:
        """Whether the folder is bound to a commit that others can get."""
        return self.files and not self.unbound

    @property
    def numbers(self) -> bool:
        """Whether the same code on the same libraries gives the same numbers again."""
        done = self.replay
        bound = not any(one.binds for one in self.apart)
        return self.files and bound and done is not None and not done.differs and not done.refused

    @property
    def exit_code(self) -> int:
        """2 where a file is not as written, 1 where running it again was asked for and certifies nothing, else 0."""
        return 2 if not self.files else 1 if self.replay is not None and not self.numbers else 0


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--replay", is_flag=True, help="Run the recorded command again and compare every table and file.")
@json_option
def verify(run_dir: Path, replay: bool, as_json: bool) -> None:
    """Check that RUN_DIR is as Headroom wrote it; with --replay, that its numbers come out again.

    Files, code and numbers are certified apart. Code is certified only to a commit without changes of its own; numbers
    only by running them again on the code and the library versions of the record.

    Exit codes: 0 all that was asked for is certified; 1 running it again gives something else, or was not on the
    recorded code and libraries; 2 a file is not as it was written.
    """
    from simulator.replaying import apart, unbound
    from simulator.verifying import verify as verified

    try:
        files = Folder(run_dir)
    except OSError as error:
        zipped = " For a zip: unzip it, then `headroom verify <folder>`." if run_dir.suffix.lower() == ".zip" else ""
        click.echo(f"{run_dir} cannot be read as a folder: {error.strerror or error}.{zipped}", err=True)
        sys.exit(2)
    found = verified(files)
    sound = not found.problems
    done = _replayed(files, found.record) if replay and sound else None
    shown = Certificate(found, unbound(found.record), apart(found.record) if found.record else [], done)
    click.echo(json.dumps(_report(run_dir, shown), indent=2, ensure_ascii=False) if as_json else _told(run_dir, shown))
    sys.exit(shown.exit_code)


def _replayed(files: Mapping[str, bytes], record: dict[str, Any]) -> Replay:
    """Run the command of a record again, on the folder's own scenario in a folder of its own, and compare."""
    from simulator.replaying import INPUTS, CannotReplayError, command, compared

    try:
        words = command(record)
    except CannotReplayError as error:
        return Replay(refused=str(error))
    try:
        with scratch() as place:
            write_folder(place, {name: files[name] for name in files if name.endswith(".yaml")})
            again = [str(place / word) if word in INPUTS else word for word in words]
            if told := _run([*again, "--out", str(place / "again")], _changes(record)):
                return Replay(refused=told)
            came = compared(files, Folder(place / "again"))
            return Replay(came.differs, came.files)
    except CannotWriteError as error:
        return Replay(refused=str(error))


def _changes(record: dict[str, Any]) -> Again:
    """Return what had been laid over the scenario that the folder holds as it came out, since pages tell it."""
    stated = record.get("scenario")
    changes = stated.get("changes") if isinstance(stated, dict) else None
    return Again(tuple(map(str, changes)) if isinstance(changes, list) else ())


def _run(words: list[str], again: Again) -> str:
    """Run a command of ours, its answer unsaid; return what went wrong, or nothing."""
    from simulator.cli import main

    try:
        with redirect_stdout(StringIO()):
            main.main(words, prog_name="headroom", standalone_mode=False, obj=again)
    except SystemExit as error:
        return "" if not error.code else f"running it again left with exit code {error.code}"
    except (click.ClickException, click.Abort) as error:
        return f"running it again was refused: {error}"
    return ""


def _told(run_dir: Path, shown: Certificate) -> str:
    """Return what a reader sees: what is certified, what differs, and what cannot be certified and why."""
    found, lines = shown.found, list[str]()
    if not shown.files:
        count = len(found.problems)
        lines += [f"{run_dir} is not as it was written: {count} problem{'s' * (count > 1)}.", ""]
        lines += _first([f"  {problem}" for problem in found.problems])
        return "\n".join(
            [*lines, "", "Nothing in it is certified. Write it again, or take it from a copy that is whole."]
        )
    lines.append(f"Files: certified. All {found.files} files of {run_dir} are as they were written.")
    commit = str(found.record.get("commit"))[:12]
    lines.append(f"Code: certified. Commit {commit}, without changes." if shown.code else _not("Code", shown.unbound))
    lines.append(_numbers(shown))
    if shown.replay is not None:
        lines += _first([f"  {one}" for one in shown.replay.differs])
    if shown.apart:
        lines += ["", "This build is not the one of the record:", *_first([f"  {one}" for one in shown.apart])]
    return "\n".join(lines)


def _numbers(shown: Certificate) -> str:
    done = shown.replay
    if done is None:
        return "Numbers: not run again. Add --replay to run the recorded command and compare."
    if done.refused:
        return _not("Numbers", [done.refused])
    same = f"all {done.compared} files compared come out the same, byte for byte"
    if shown.numbers:
        return f"Numbers: certified. Run again, {same}."
    if not done.differs:
        return _not("Numbers", [f"run again, {same}, but the code or a library is not that of the record"])
    return _not("Numbers", [f"run again, {len(done.differs)} of {done.compared} files compared differ"])


def _not(what: str, reasons: list[str]) -> str:
    return f"{what}: not certified: {'; '.join(reasons)}."


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], *([f"  and {more} more"] if more > 0 else [])]


def _report(run_dir: Path, shown: Certificate) -> dict[str, Any]:
    """Return what a machine reads."""
    done = shown.replay
    return {
        "folder": str(run_dir),
        "files": shown.found.files,
        "certified": {"files": shown.files, "code": shown.code, "numbers": shown.numbers},
        "problems": [problem._asdict() for problem in shown.found.problems],
        "unbound": shown.unbound,
        "other_build": [one._asdict() for one in shown.apart],
        "replay": done and done._asdict() | {"differs": [one._asdict() for one in done.differs]},
    }
