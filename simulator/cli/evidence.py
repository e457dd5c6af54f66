"""Commands that gather evidence: section25 and stress, for one body of a scenario."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from simulator.cli.recording import origin_of
from simulator.cli.runs import MANIFEST
from simulator.cli.scenarios import json_option, overlay_option, read, set_option
from simulator.files import is_file, may_write, replace_folder
from simulator.scenario_file import Loaded

if TYPE_CHECKING:
    from simulator.blocks import Sample


def _asked(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options that both share, and the scenario as its argument."""
    for option in (
        json_option,
        click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write."),
        click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which futures."),
        click.option("--paths", type=click.IntRange(1, 200_000), default=10_000, show_default=True, help="Futures."),
        click.option("--agency", help="Which body; the council if there is only one."),
        set_option,
        overlay_option,
        click.argument("scenario"),
    ):
        command = option(command)
    return command


@click.command()
@_asked
def section25(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """Evidence for a section 25 statement on SCENARIO: the decision page; with --out the annex, tables and pictures.

    Draft grades, never an opinion: that is the chief finance officer's.
    """
    from simulator.decision_page import decision
    from simulator.evidence import section25_folder
    from simulator.examination import STAGES, examine, report

    loaded, agency = _of(scenario, overlays, sets, wishes)
    done = examine(loaded.scenario, agency, sample_of(wishes), steps(wishes, STAGES))
    _tell(wishes, lambda: decision(done), lambda: report(done))
    keep(wishes, lambda: section25_folder(done, origin_of(loaded, wishes)), "decision.html")


@click.command()
@_asked
def stress(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """What would break the plan of one body of SCENARIO: named stresses, break points, the likeliest way to fail.

    And what drives it: luck and judgement in one ranking.
    """
    from simulator.evidence import stress_folder
    from simulator.stress_page import stress as stress_page
    from simulator.stress_report import stress_report, stress_values, work_of

    loaded, agency = _of(scenario, overlays, sets, wishes)
    if next(body.kind for body in loaded.scenario.bodies if body.id == agency) == "vcse":
        leave(f"{agency} is a charity; stress tests are of local authorities and NHS bodies.")
    sample = sample_of(wishes)
    with _bar(wishes, work_of(loaded.scenario, agency, sample)) as progress:
        report = stress_report(loaded.scenario, agency, replace(sample, progress=progress))
    _tell(wishes, lambda: stress_page(report, loaded.scenario, short=True), lambda: stress_values(report))
    keep(wishes, lambda: stress_folder(report, loaded.scenario, origin_of(loaded, wishes)), "stress.html")


@contextmanager
def _bar(wishes: dict[str, Any], blocks: int) -> Iterator[Callable[[int], None] | None]:
    """Show on standard error how many blocks of futures are done, unless the report is for a machine."""
    if wishes["as_json"]:
        yield None
        return
    label = f"Drawing {wishes['paths']:,} futures, and again under each stress"
    with click.progressbar(length=blocks, label=label, file=sys.stderr) as shown:
        yield shown.update


def _of(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], wishes: dict[str, Any]) -> tuple[Loaded, str]:
    """Return the scenario and the body that is asked about, or say what is wrong and leave."""
    may_keep(wishes["out"])
    loaded = read(scenario, overlays, sets, wishes["as_json"])
    bodies = {body.id: body for body in loaded.scenario.bodies}
    councils = [body.id for body in bodies.values() if body.kind == "council"]
    known = ", ".join(f"{body.id} ({body.name})" for body in bodies.values())
    if wishes["agency"] and wishes["agency"] not in bodies:
        leave(f"{wishes['agency']} is no body of this scenario; it has: {known}.")
    agency = wishes["agency"] or next(iter(councils if len(councils) == 1 else bodies if len(bodies) == 1 else ()), "")
    if not agency:
        leave(f"Say which body with --agency: {known}.")
    return loaded, agency


def may_keep(out: Path | None) -> None:
    """Leave where a folder asked for holds something other than evidence written before."""
    if out and (not may_write(out, MANIFEST) or (is_file(out / MANIFEST) and not is_file(out / "evidence.json"))):
        leave(f"{out} holds files but not evidence written before, so it is left as it was. Name another.")


def sample_of(wishes: dict[str, Any]) -> Sample:
    """Return the futures that were asked for."""
    from simulator.blocks import Sample

    return Sample(**{name: wishes[name] for name in ("paths", "seed", "workers")})


def steps(wishes: dict[str, Any], stages: tuple[str, ...]) -> Callable[[str], None]:
    """Return what says on standard error which of some stages is in hand, unless the report is for a machine."""

    def tell(stage: str) -> None:
        if not wishes["as_json"]:
            click.echo(f"{stages.index(stage) + 1} of {len(stages)}: {stage}", err=True)

    return tell


def _tell(wishes: dict[str, Any], page: Callable[[], str], report: Callable[[], dict[str, Any]]) -> None:
    from simulator.plain_english import for_terminal

    if wishes["as_json"]:
        click.echo(json.dumps(plain(report()), indent=2, ensure_ascii=False))
    else:
        click.echo(for_terminal(page()))


def keep(wishes: dict[str, Any], folder: Callable[[], dict[str, bytes]], first: str) -> None:
    """Write the folder if one was asked for, and say what to open; without one say how to keep it."""
    out: Path | None = wishes["out"]
    if not out:
        _say(wishes, f"Add --out FOLDER to keep the page to print ({first}), the tables, the pictures and the record.")
        return
    files = folder()
    try:
        gone = replace_folder(out, files, MANIFEST)
    except OSError as error:
        leave(f"{out} could not be written: {error.strerror or error}.")
    _say(wishes, f"Wrote {len(files)} files to {out}. Open or print {out / first}.")
    if gone:
        _say(wishes, f"Removed from what stood there: {', '.join(gone)}.")


def _say(wishes: dict[str, Any], words: str) -> None:
    click.echo(words, err=wishes["as_json"])


def leave(words: str) -> NoReturn:
    """Say what is wrong and leave with exit code 2."""
    click.echo(words, err=True)
    sys.exit(2)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: it has no dates, and no word for what is not a number."""
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    if isinstance(value, date):
        return str(value)
    return None if isinstance(value, float) and not isfinite(value) else value
