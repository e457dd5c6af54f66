"""The command that runs two scenarios on the same futures and says what differs, and why."""

from __future__ import annotations

import json
import sys
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.cli.recording import origin_of
from simulator.cli.runs import MANIFEST, Wish, bar
from simulator.cli.scenarios import json_option, overlay_option, read, set_option
from simulator.files import is_file, may_write, read_bytes, replace_folder
from simulator.problems import ScenarioError
from simulator.scenario_file import Loaded

if TYPE_CHECKING:
    from simulator.run import Results


RECORD, INPUTS = "comparison.json", ("first.yaml", "second.yaml")
"""The record of a comparison, and both its scenarios as they were resolved."""


class Side(NamedTuple):
    """One of the two: its scenario, what to call it, and the futures its run folder was drawn on."""

    loaded: Loaded
    name: str
    seed: int | None
    paths: int | None


@click.command()
@click.argument("a")
@click.argument("b", required=False)
@overlay_option
@set_option
@click.option("--paths", type=click.IntRange(1, 200_000), help="Futures to draw; 10,000, or those of run folder A.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Which futures; 1, or those of run folder A.")
@click.option("--years", type=click.IntRange(1, 16), help="Years to project, in place of the files'.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@json_option
def compare(a: str, b: str | None, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """Run A and B on the same futures: what changed, what difference it makes, and why.

    A and B are scenario files or run folders. --with and --set apply to B; with them B may be left out.
    """
    if b is None and not overlays and not sets:
        raise click.UsageError("name a second scenario, or say with --with or --set what to change in the first")
    years = wishes["years"]
    more = (f"years={years}",) if years else ()
    first = _side(a, (), more, wishes["as_json"])
    second = _side(b or a, overlays, (*sets, *more), wishes["as_json"])
    sys.exit(_carry_out(first, second, wishes))


def _side(path: str, overlays: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> Side:
    """Return a scenario file, or the scenario and futures of a run folder."""
    folder = Path(path)
    seed = paths = None
    if is_file(folder / "run.json"):
        try:
            record = json.loads(read_bytes(folder / "run.json"))
            seed, paths = int(record["seed"]), int(record["paths"])
        except (ScenarioError, ValueError, KeyError, TypeError):
            click.echo(f"{folder / 'run.json'} is not the record of a run.", err=True)
            sys.exit(2)
        path = str(folder / "scenario.yaml")
    loaded = read(path, overlays, sets, as_json)
    return Side(loaded, loaded.scenario.name, seed, paths)


def _names(first: Side, second: Side) -> tuple[str, str]:
    """Return what to call the two: of one name the second is the same, with what was changed in it alone."""
    before, after = first.loaded.changes, second.loaded.changes
    own = [change for change in after if change not in before]
    same = first.name == second.name and own
    told = (before, own if same else after)
    changed = [f" with {'; '.join(changes)}" if changes else "" for changes in told]
    return f"{first.name}{changed[0]}", f"{'the same' if same else second.name}{changed[1]}"


def _carry_out(first: Side, second: Side, wishes: dict[str, Any]) -> int:
    from simulator import comparison, comparison_page

    out: Path | None = wishes["out"]
    if out and not may_write(out, MANIFEST):
        return _sorry(f"{out} holds files but is not a run folder, so it is left as it was. Name another.")
    bases = [side.loaded.scenario.base_year for side in (first, second)]
    if bases[0] != bases[1]:
        return _sorry(f"A starts from {bases[0]} and B from {bases[1]}; only the same base year has the same futures.")
    paths, seed = _futures(first, second, wishes)
    one, two = (_run(side, paths, seed, wishes) for side in (first, second))
    changed = [*comparison.changes(first.loaded.tree.value, second.loaded.tree.value), *second.loaded.kept]
    try:
        text = comparison_page.page(one, two, changed, _names(first, second))
        gone = replace_folder(out, _folder((first, second), (one, two), text, wishes), MANIFEST) if out else []
    except comparison.CannotCompareError as error:
        return _sorry(str(error))
    except OSError as error:
        return _sorry(f"{out} could not be written: {error.strerror or error}.")
    if wishes["as_json"]:
        click.echo(json.dumps(_report(one, two, changed), indent=2, ensure_ascii=False))
        return 0
    from simulator.plain_english import for_terminal

    click.echo(for_terminal(text))
    click.echo(f"Wrote {out}." if out else "Add --out FOLDER to keep the page, the tables and the picture.")
    if gone:
        click.echo(f"Removed from the run that stood there: {', '.join(gone)}.")
    return 0


def _sorry(words: str) -> int:
    click.echo(words, err=True)
    return 2


def _futures(first: Side, second: Side, wishes: dict[str, Any]) -> tuple[int, int]:
    """Return how many futures and which: as asked, else those of a run folder; what is drawn again is said."""
    paths = wishes["paths"] or first.paths or second.paths or 10_000
    asked = (wishes["seed"], first.seed, second.seed, 1)
    seed = int(next(one for one in asked if one is not None))
    drawn = [(side.paths, side.seed) for side in (first, second) if side.seed is not None]
    if any(one != (paths, seed) for one in drawn):
        click.echo(f"Both are run again on seed {seed} with {paths:,} futures, so that they can be compared.", err=True)
    return paths, seed


def _run(side: Side, paths: int, seed: int, wishes: dict[str, Any]) -> Results:
    from simulator.run import simulate

    with bar(Wish(paths=paths, as_json=wishes["as_json"])) as progress:
        return simulate(side.loaded.scenario, paths=paths, seed=seed, workers=wishes["workers"], progress=progress)


def _tables(one: Results, two: Results) -> dict[str, Any]:
    from simulator import comparison

    return {
        "paired": comparison.paired(one, two),
        "chance_differences": comparison.chance_differences(one, two),
        "why": comparison.why(one, two),
    }


def _folder(
    sides: tuple[Side, Side], found: tuple[Results, Results], text: str, wishes: dict[str, Any]
) -> dict[str, bytes]:
    """Return the files of a comparison: page, tables, a picture of why for each body, both scenarios, the record."""
    from simulator.comparison_page import pictures
    from simulator.provenance import csv, recorded, sealed

    folder = {f"tables/{name}.csv": csv(table) for name, table in _tables(*found).items()}
    folder |= {"comparison.md": text.encode(), **pictures(*found)}
    folder |= {name: side.loaded.text.encode() for name, side in zip(INPUTS, sides, strict=True)}
    return sealed(folder | {RECORD: recorded(_record(sides, found, wishes), folder)})


def _record(sides: tuple[Side, Side], found: tuple[Results, Results], wishes: dict[str, Any]) -> dict[str, Any]:
    """Return where a comparison came from: `scenario` is what was compared, `against` what it was set against."""
    from simulator.provenance import provenance

    against, record = (
        provenance(one.scenario, origin_of(side.loaded, wishes), one.seed, one.paths)
        for side, one in zip(sides, found, strict=True)
    )
    checks = [one.checks for one in found]
    return record | {
        "command": "compare",
        "against": against["scenario"],
        "checks": {name: max(held.get(name, 0.0) for held in checks) for name in {**checks[0], **checks[1]}},
        "checks_hold": all(one.checks_hold for one in found),
    }


def _report(one: Results, two: Results, changed: list[str]) -> dict[str, Any]:
    tables = {
        name: [{key: _plain(value) for key, value in row.items()} for row in table.to_dict("records")]
        for name, table in _tables(one, two).items()
    }
    return {"changes": changed, "seed": one.seed, "paths": one.paths, **tables}


def _plain(value: Any) -> Any:
    """Return a value that JSON has; it has no word for what is not a number."""
    return None if isinstance(value, float) and isnan(value) else value
