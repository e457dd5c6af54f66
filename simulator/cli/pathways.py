"""The command that reads the pathway surface, and rebuilds it: pathway."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.scenarios import force_option, json_option, refuse
from simulator.files import is_file, write_atomic
from simulator.problems import ScenarioError

if TYPE_CHECKING:
    from simulator.pathways import Distilled, Pathway


@click.command()
@click.argument("file", required=False)
@click.option("--rebuild", is_flag=True, help="Run the discrete-event model over the grid; about a quarter of an hour.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write the rebuilt pathway to.")
@click.option("--replications", type=click.IntRange(2, 100), default=6, show_default=True, help="Runs to a point.")
@click.option("--keep", type=click.IntRange(1, 20), default=4, show_default=True, help="Years kept of each run.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 2), default=1, show_default=True, help="Which patients.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@force_option
@json_option
def pathway(file: str | None, rebuild: bool, out: Path | None, **wishes: Any) -> None:
    """From hospital to home: delays at more or fewer onward slots, all ways on moved together.

    FILE is a scenario, or a file of one's own, with `pathways`: its first pathway is read, with all that FILE extends.
    Without FILE it is the shipped one, a place of 300,000 people. Pounds are of the base year.

    With --rebuild the model is run afresh and --out gets FILE with its new surface.
    """
    if rebuild != (out is not None):
        raise click.UsageError("--rebuild and --out go together: the file to write the new surface to")
    if out is not None and is_file(out) and not wishes["force"]:
        # Said before the work, not after a quarter of an hour of it.
        click.echo(f"{out} is there already; add --force to write over it.", err=True)
        sys.exit(2)
    stated = _read(file, rebuild, wishes["as_json"])
    if out is None:
        _show(stated, wishes["as_json"])
        return
    made = _rebuilt(stated, wishes)
    _write(out, made, file)
    _show(stated.model_copy(update={"surface": made}), wishes["as_json"])


def _read(file: str | None, rebuild: bool, as_json: bool) -> Pathway:
    from pydantic import ValidationError

    from simulator.distilling import SHIPPED, above_surface, read

    try:
        if rebuild:
            above_surface(file or SHIPPED)
        return read(file or SHIPPED)
    except ScenarioError as error:
        refuse(error, as_json)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        click.echo(f"{file}: pathways.0.{where}: {first['msg']}", err=True)
        sys.exit(2)


def _rebuilt(stated: Pathway, wishes: dict[str, Any]) -> Distilled:
    from simulator.distilling import SLACK, Effort, grid, held_out, rebuild

    effort = Effort(wishes["seed"], wishes["replications"], wishes["keep"])
    count = len(grid()) + len(SLACK) + len(held_out(effort.seed))
    label = f"Running {count} points x {effort.replications} replications"
    with click.progressbar(length=count, label=label, file=sys.stderr) as bar:
        return rebuild(stated, effort, wishes["workers"], bar.update)


def _write(out: Path, made: Distilled, file: str | None) -> None:
    from simulator.distilling import SHIPPED, written

    data = written(made, file or SHIPPED)
    try:
        write_atomic(out, data)
    except OSError as error:
        click.echo(f"{out} could not be written: {error.strerror or error}.", err=True)
        sys.exit(2)
    click.echo(f"Wrote {out}.", err=True)


def _show(stated: Pathway, as_json: bool) -> None:
    from simulator.pathway_page import page, rows

    if as_json:
        error = stated.surface.error.model_dump()
        click.echo(json.dumps({"rows": [row._asdict() for row in rows(stated)], "error": error}, indent=2))
    else:
        click.echo(page(stated))
