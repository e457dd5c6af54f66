"""The command that asks one scenario many times: batch, on this machine or on a Dask cluster."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.cli.evidence import leave, plain
from simulator.cli.scenarios import json_option, refuse
from simulator.files import is_file, make_folder, names, read_bytes, replace_folder, write_atomic, write_folder
from simulator.leaving import TERMINATED, TerminatedError, terminable
from simulator.money import HALF_PENNY
from simulator.problems import ScenarioError

if TYPE_CHECKING:
    from simulator.batched import Batched, Estimate, Progress
    from simulator.study_answers import StudyAnswers
    from simulator.study_file import LoadedStudy
    from simulator.workers import Crew

EXAMPLES = (
    "\b\n"
    "This machine:  headroom batch scenarios/studies/adults-and-children.yaml --out out/study\n"
    "Go on:         headroom batch scenarios/studies/adults-and-children.yaml --out out/study --resume\n"
    "A cluster:     headroom batch STUDY --out out/study --resume --dask tcp://127.0.0.1:8786"
)
STOPPED = 1
LARGEST_RECORD = 2**28
"""Bytes above which a file is no record of ours: a record names every unit of a study."""


@click.command(epilog=EXAMPLES)
@click.argument("study")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("--workers", type=click.IntRange(1, 256), default=2, show_default=True, help="Processes.")
@click.option("--resume", is_flag=True, help="Go on with what an earlier batch left in the folder.")
@click.option("--dask", "address", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@click.option("--paths", type=click.IntRange(1, 200_000), help="Futures of each case, in place of the study's.")
@click.option("--dry-run", is_flag=True, help="Say how long it would take and how large it would be; keep nothing.")
@json_option
def batch(study: str, out: Path, **wishes: Any) -> None:
    """Ask the scenario of STUDY once for each of its cases and write a folder to --out.

    Every case is kept as soon as it is done: after a crash or a lost machine the same command with --resume goes on.
    Time and size are stated before the start.

    Exit codes: 0 every case has its answer or was refused by the model; 1 it stopped early or a case failed, with what
    was done safe; 2 the study, the folder or the cluster is wrong, and nothing was begun; 143 the system asked it to
    end (SIGTERM), with what was done safe.
    """
    with terminable():
        try:
            _carry_out(study, out, wishes)
        except KeyboardInterrupt as stop:
            why = "the system asked it to end" if isinstance(stop, TerminatedError) else "the keyboard said so"
            begun = f"What stands in {out} is safe. Go on with: {_again(study, out, wishes)}"
            kept = begun if names(out / "units", ".unit") else "No case was begun"
            click.echo(f"\nStopped because {why}. {kept.removesuffix('.')}", err=True)
            sys.exit(TERMINATED if isinstance(stop, TerminatedError) else STOPPED)


def _carry_out(study: str, out: Path, wishes: dict[str, Any]) -> None:
    """Read a study, do its cases and write its folder, then leave with the exit code that tells how it went."""
    _may_begin(out, wishes)
    from simulator import study_file

    try:
        loaded = study_file.load(study)
    except ScenarioError as error:
        refuse(error, wishes["as_json"])
    if wishes["paths"]:
        loaded = replace(loaded, study=loaded.study.model_copy(update={"paths": wishes["paths"]}))
    _same_study(loaded, out)
    wishes["again"] = _again(study, out, wishes)
    batched = _done(loaded, out, wishes)
    if wishes["dry_run"]:
        return
    try:
        found, written = _answered(loaded, batched, wishes)
    except OSError as error:
        why = f"{out} could not be written: {error.strerror or error}"
        click.echo(f"{why}. Every case done is safe; once there is room: {wishes['again']}", err=True)
        sys.exit(STOPPED)
    _tell(found, batched, written, wishes)
    sys.exit(0 if batched.complete else STOPPED)


def _may_begin(out: Path, wishes: Mapping[str, Any]) -> None:
    """Leave where a folder holds something that is no study of ours."""
    from simulator.batch import HALF_WRITTEN
    from simulator.begun import NAME as MARK
    from simulator.locks import NAME as LOCK
    from simulator.provenance import MANIFEST
    from simulator.study_folder import RECORD
    from simulator.units import FOLDER, SUFFIX

    # What a dry run, or one stopped before its first case, leaves behind is no file of anybody's.
    held = {*names(out, ""), *names(out / FOLDER, "")} - {FOLDER, LOCK, MARK}
    begun = all(name.endswith(HALF_WRITTEN) for name in held)
    study = is_file(out / MANIFEST) and is_file(out / RECORD)
    if not study and not names(out / FOLDER, SUFFIX) and not begun:
        leave(f"{out} holds files but no study, so it is left as it was. Name another.")


def _same_study(loaded: LoadedStudy, out: Path) -> None:
    """Leave where a folder's own record or study names another study than the one asked for."""
    from simulator.study_folder import RECORD, STUDY
    from simulator.yaml_tree import parse

    for name in (RECORD, STUDY):
        try:
            data = read_bytes(out / name, LARGEST_RECORD)
            told = json.loads(data) if name == RECORD else parse(data, name).value
        except (ScenarioError, ValueError):
            continue  # missing or torn: it says nothing of whose the folder is
        found = told.get("study") if isinstance(told, dict) else None
        if found and found != loaded.study.study:
            leave(f"{out} holds the study {found}, not {loaded.study.study}, so it is left as it was. Name another.")


def _again(study: str, out: Path, wishes: Mapping[str, Any]) -> str:
    """Return the command that goes on with a batch."""
    words = ["headroom", "batch", study, "--out", str(out), "--resume"]
    words += ["--dask", wishes["address"]] if wishes["address"] else ["--workers", str(wishes["workers"])]
    words += ["--paths", str(wishes["paths"])] if wishes["paths"] else []
    return shlex.join(words)


def _done(loaded: LoadedStudy, out: Path, wishes: Mapping[str, Any]) -> Batched:
    """Do the cases, or say what stopped it and how to go on, and leave."""
    from simulator.batch import run_batch
    from simulator.batched import BatchRefusedError, BatchStoppedError, Orders
    from simulator.workers import NoCrewError

    quiet = wishes["as_json"]

    def told(estimate: Estimate) -> bool:
        if not quiet:
            click.echo(before(estimate))
        elif wishes["dry_run"]:
            click.echo(json.dumps(asdict(estimate), indent=2))
        return not wishes["dry_run"]

    try:
        with _crew(wishes) as crew, _bar(quiet) as shown:
            return run_batch(loaded, crew, Orders(out, wishes["resume"], wishes["again"], told, shown))
    except (BatchRefusedError, NoCrewError) as error:
        leave(str(error))
    except BatchStoppedError as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(TERMINATED if isinstance(error.__cause__ and error.__cause__.__cause__, TerminatedError) else STOPPED)


def _crew(wishes: Mapping[str, Any]) -> AbstractContextManager[Crew]:
    from simulator.workers import dask, pool

    return dask(wishes["address"]) if wishes["address"] else pool(wishes["workers"])


def before(found: Estimate) -> str:
    """Return what is known before the start: cases, futures, time on so many hands, size and room on disk."""
    left = found.cases - found.found
    parts = [f"{found.cases:,} cases of {found.paths:,} futures each"]
    if found.found:
        parts.append(f"{found.found:,} found done, {left:,} to do")
    if found.damaged:
        parts.append(f"{len(found.damaged)} damaged and done again: {'; '.join(found.damaged)}")
    told = f"{'; '.join(parts)}. "
    draws = f", on {found.groups:,} sets of futures" if found.groups > 1 else ", with futures drawn once for all"
    draws = draws if left else ""
    told += f"About {spoken(found.seconds)} on {found.hands} at a time{draws}; " if left else "No case is left to do; "
    told += "tables and pictures come on top. "
    disk = size(2 * found.bytes).replace("less", "Less") if found.bytes < 5e5 else f"About {size(2 * found.bytes)}"
    return f"{told}{disk} on disk; {size(found.room)} are free."


def spoken(seconds: float) -> str:
    """Return a length of time as people say it: `40 seconds`, `12 minutes`, `3.5 hours`, `2.5 days`."""
    if seconds < 90:
        return f"{round(seconds)} seconds" if seconds >= 1.5 else "a second"
    if seconds < 5_400:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3_600:.1f} hours" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def size(count: float) -> str:
    """Return a number of bytes as people say it: `3 MB`, `1.2 GB`; less than a megabyte is so told."""
    if count < 1e6:
        return "less than 1 MB"
    return f"{count / 1e6:,.0f} MB" if count < 1e9 else f"{count / 1e9:,.1f} GB"


@contextmanager
def _bar(quiet: bool) -> Iterator[Any]:
    """Give what shows on standard error how far a batch is and how long it has left, once that can be told."""
    wide = 0
    if not quiet:
        click.echo("Getting ready: the first cases show how long each takes, and count.", err=True)

    def show(progress: Progress) -> None:
        nonlocal wide
        if progress.left is None:
            return
        left = f", about {spoken(progress.left)} left" if progress.done < progress.total else ""
        line = f"{progress.done:,} of {progress.total:,} cases{left}"
        click.echo(f"\r{line:<{wide}}", nl=False, err=True)
        wide = len(line)

    yield (lambda _: None) if quiet else show
    if wide:
        click.echo(err=True)


class Written(NamedTuple):
    """What was written: the page in short, how many files there are, and those of an earlier study taken away."""

    page: str
    files: int
    gone: list[str]


def _answered(loaded: LoadedStudy, batched: Batched, wishes: Mapping[str, Any]) -> tuple[StudyAnswers, Written]:
    """Write the folder from the units that are there; return what was found and what was written."""
    from simulator.cli.recording import origin_of
    from simulator.folders import Folder
    from simulator.provenance import MANIFEST
    from simulator.study_answers import Question, study_answers
    from simulator.study_folder import RECORD, closed, study_files

    study, out, whole = loaded.study, batched.folder, loaded.base.whole()
    asked = Question(study, whole.scenario, batched.cases, batched.watched, study.paths)
    found = study_answers(asked, batched.units(), batched.failures)
    made = study_files(found, loaded)
    standing = _standing(batched, bool(len(found.watched)))
    origin = origin_of(replace(whole, files=loaded.files), wishes)
    facts = {"machines": list(batched.machines), "units": {"found": batched.found, "made": batched.made}}
    gone = replace_folder(out, made.files, MANIFEST, kept={*standing, RECORD, MANIFEST})
    last = closed(found, origin, Folder(out).within({*made.files, *standing}), facts)
    write_folder(out, last)
    return found, Written(made.short, len(made.files) + len(standing) + len(last), gone)


def _standing(batched: Batched, any_done: bool) -> set[str]:
    """Write the public tables of every case as they come, check them, and return their names and those of all units."""
    from simulator.begun import NAME as MARK
    from simulator.folders import Folder
    from simulator.study_folder import PARQUET, every_case, read_back
    from simulator.units import FOLDER, SUFFIX

    out = batched.folder
    make_folder(out / "tables")
    tables = [f"tables/{name}.parquet" for name in PARQUET] if any_done else []
    for name, path in zip(PARQUET, tables, strict=False):
        write_atomic(out / path, every_case(batched.units(), name))
    held = Folder(out)
    for path in tables:
        read_back(held[path], path)
    ours = (SUFFIX, MARK)
    return {*tables, *(name for name in held if name.startswith(f"{FOLDER}/") and name.endswith(ours))}


def _tell(found: StudyAnswers, batched: Batched, written: Written, wishes: Mapping[str, Any]) -> None:
    """Print the answer, and what was written; what is not done, with the command that goes on."""
    if wishes["as_json"]:
        click.echo(json.dumps(plain(_values(found, batched)), indent=2, ensure_ascii=False))
    else:
        from simulator.plain_english import for_terminal

        click.echo(for_terminal(written.page))
        click.echo(f"Wrote {written.files:,} files to {batched.folder}. Open or print {batched.folder / 'study.html'}.")
        if written.gone:
            click.echo(f"Removed from what stood there: {', '.join(written.gone)}.")
    if not batched.complete:
        left = sum(key not in batched.heads for key in batched.keys)
        told = "1 case has" if left == 1 else f"{left:,} cases have"
        click.echo(f"{told} no answer yet. Go on with: {wishes['again']}", err=True)


def _values(found: StudyAnswers, batched: Batched) -> dict[str, Any]:
    """Return what a machine reads: how far it is, and every table."""
    return {
        "study": found.study.study,
        "out": str(batched.folder),
        "complete": batched.complete,
        "cases": len(batched.cases),
        "units_found": batched.found,
        "units_made": batched.made,
        "paths": found.paths,
        "seed": found.study.seed,
        "checks_hold": all(residual < HALF_PENNY for residual in found.checks.values()),
        "tables": {name: table.to_dict(orient="records") for name, table in found.tables.items()},
    }
