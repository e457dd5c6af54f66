"""Commands about scenario files: check, new, schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from simulator.files import write_new
from simulator.problems import ScenarioError
from simulator.scenario_file import Loaded, json_schema, load, template

overlay_option = click.option(
    "--with", "overlays", multiple=True, metavar="OVERLAY", help="A file that states only what differs; repeatable."
)
set_option = click.option(
    "--set", "sets", multiple=True, metavar="ID=VALUE", help="Change one value, such as send.long_run=10%; repeatable."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")


def refuse(error: ScenarioError, as_json: bool) -> NoReturn:
    """Print every problem and leave with exit code 2."""
    if as_json:
        click.echo(json.dumps({"problems": [problem.as_dict() for problem in error.problems]}, indent=2))
    else:
        count = len(error.problems)
        click.echo(f"{count} problem{'s' if count > 1 else ''} found; nothing was run.\n", err=True)
        for problem in error.problems:
            click.echo(f"{problem}\n", err=True)
    sys.exit(2)


def read(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> Loaded:
    """Return the scenario with its overlays and settings, or say what is wrong and leave."""
    try:
        return load(scenario, overlays, sets)
    except ScenarioError as error:
        refuse(error, as_json)


@click.command()
@click.argument("scenario")
@overlay_option
@set_option
@json_option
def check(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> None:
    """Read SCENARIO and list every problem in it; nothing is run."""
    found = read(scenario, overlays, sets, as_json).scenario
    if as_json:
        click.echo(json.dumps({"problems": [], "name": found.name}, ensure_ascii=False))
        return
    bodies = ", ".join(body.name for body in found.agencies)
    click.echo(f"{scenario}: no problems. {found.name}: {bodies}; {found.first_year} to {found.projected[-1]}.")


@click.command()
@click.argument("place_file", type=click.Path(path_type=Path, dir_okay=False))
def new(place_file: Path) -> None:
    """Write a commented scenario to PLACE_FILE, to fill in. A file that is there is never touched."""
    try:
        write_new(place_file, template())
    except FileExistsError:
        click.echo(f"{place_file} is there already and is left as it was. Give another name.", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"{place_file} could not be written: {error.strerror or error}.", err=True)
        sys.exit(2)
    click.echo(f"Wrote {place_file}. Replace its example figures, then: headroom check {place_file}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    click.echo(json_schema(), nl=False)
