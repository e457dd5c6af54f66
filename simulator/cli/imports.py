"""The command that reads a council's own plan from a spreadsheet, or writes the table to fill in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from simulator.cli.scenarios import json_option, read, refuse
from simulator.files import read_bytes, write_new
from simulator.place import Council
from simulator.problems import ScenarioError
from simulator.scenario import Scenario


@click.command(name="import")
@click.argument("plan_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--for", "scenario", required=True, metavar="SCENARIO", help="The scenario the plan belongs to.")
@click.option(
    "--template", "blank", is_flag=True, help="Write PLAN_FILE as a table to fill in; nothing is overwritten."
)
@click.option("--council", help="Which council, if the scenario has several; for --template.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Overlay to write; printed if absent.")
@json_option
def import_(
    plan_file: Path, scenario: str, *, blank: bool, council: str | None, out: Path | None, as_json: bool
) -> None:
    """Read a medium-term plan from PLAN_FILE (.xlsx or .csv) and write it as an overlay for SCENARIO."""
    found = read(scenario, (), (), as_json).scenario
    try:
        if blank:
            _template(plan_file, found, council, scenario)
        else:
            _overlay(plan_file, found, scenario, out)
    except ScenarioError as error:
        refuse(error, as_json)


def _template(plan_file: Path, found: Scenario, council: str | None, scenario: str) -> None:
    from simulator.plan_table import template
    from simulator.spreadsheets import write_rows

    _write(plan_file, write_rows(template(found, _body(found, council)), plan_file.name))
    click.echo(f"Wrote {plan_file}. Fill in what the plan says, then: headroom import {plan_file} --for {scenario}")


def _overlay(plan_file: Path, found: Scenario, scenario: str, out: Path | None) -> None:
    from simulator.returns import plan_overlay
    from simulator.spreadsheets import kind, read_rows
    from simulator.yaml_values import dump

    kind(plan_file.name)
    text = dump(plan_overlay(read_rows(read_bytes(plan_file), plan_file.name), plan_file.name, found))
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text.encode())
    click.echo(f"Wrote {out}. Check it: headroom check {scenario} --with {out}")


def _body(found: Scenario, council: str | None) -> Council:
    bodies = {body.id: body for body in found.agencies}
    if council is None and len(bodies) == 1:
        return next(iter(bodies.values()))
    if council not in bodies:
        _stop(f"name one of the councils of this scenario with --council: {', '.join(bodies)}")
    return bodies[council]


def _write(path: Path, data: bytes) -> None:
    try:
        write_new(path, data)
    except FileExistsError:
        _stop(f"{path} is there already and is left as it was. Give another name.")
    except OSError as error:
        _stop(f"{path} could not be written: {error.strerror or error}.")


def _stop(words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(2)
