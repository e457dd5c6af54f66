"""The command that reads a local authority's own plan from a spreadsheet, or writes the table to fill in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from simulator.cli.scenarios import force_option, json_option, refuse, say
from simulator.files import read_bytes, write_atomic, write_new
from simulator.place import LocalAuthority
from simulator.problems import Problem, ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import OVERLAY, Loaded, build, load

STATED = ("unit", "signs", "basis", "date")
"""Headings that only the person who enters the plan can fill in."""


@click.command(name="import")
@click.argument("plan_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--for", "scenario", required=True, metavar="SCENARIO", help="The scenario the plan belongs to.")
@click.option(
    "--template", "blank", is_flag=True, help="Write PLAN_FILE as a table to fill in; nothing is overwritten."
)
@click.option("--council", metavar="ID", help="Which council, police or fire authority, if the scenario has several.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Overlay to write; printed if absent.")
@force_option
@json_option
def import_(plan_file: Path, scenario: str, *, blank: bool, out: Path | None, as_json: bool, **asked: Any) -> None:
    """Read a medium-term plan from PLAN_FILE (.xlsx or .csv) and write it as an overlay for SCENARIO.

    The plan is a local authority's; an NHS body's or a charity's is written in the scenario under its `plan`.
    """
    if blank and asked["force"]:
        raise click.UsageError("--template overwrites nothing, with or without --force; give PLAN_FILE another name")
    written, look_again = plan_file if blank else out, list[str]()
    try:
        loaded = _scenario(scenario, plan_file)
        if blank:
            data = _template(plan_file, loaded.scenario, asked["council"])
        else:
            data, look_again = _overlay(plan_file, loaded, asked["council"])
        if written is not None:
            read_here = () if blank else (plan_file, Path(scenario))
            _write(written, data, force=asked["force"], forcible=not blank, kept=read_here)
    except ScenarioError as error:
        refuse(error, as_json)
    if as_json:
        report = {"wrote": str(written)} if written else {"overlay": data.decode()}
        click.echo(json.dumps({"problems": [], "notes": look_again} | report, indent=2, ensure_ascii=False))
    elif written is None:
        click.echo(data, nl=False)
    elif blank:
        click.echo(f"Wrote {written}. Fill in what the plan says, then: headroom import {written} --for {scenario}")
    else:
        click.echo(f"Wrote {written}. Check it: headroom check {scenario} --with {written}")
    if not as_json:
        say(look_again)


def _scenario(path: str, plan_file: Path) -> Loaded:
    """Return the scenario that --for names; where it names an overlay, say what to name instead."""
    try:
        return load(path)
    except ScenarioError as error:
        remedy = f"name that scenario: headroom import {plan_file} --for COUNCIL.yaml"
        told = (replace(one, remedy=remedy) if one.rule == OVERLAY else one for one in error.problems)
        raise ScenarioError(tuple(told)) from None


def _template(plan_file: Path, found: Scenario, council: str | None) -> bytes:
    from simulator.plan_table import template
    from simulator.spreadsheets import write_rows

    rows = template(found, _body(found, council))
    blank = [[row[0], None, *row[2:]] if row and row[0] in STATED else row for row in rows]
    return write_rows(blank, plan_file.name)


def _overlay(plan_file: Path, loaded: Loaded, council: str | None) -> tuple[bytes, list[str]]:
    """Return the overlay, once laid over the scenario and found to fit, and what to look at again."""
    from simulator.notes import odd_amounts
    from simulator.overlays import overlay
    from simulator.prepared import prepare
    from simulator.returns import plan_overlay
    from simulator.spreadsheets import kind, read_rows
    from simulator.yaml_tree import parse
    from simulator.yaml_values import dump

    name = plan_file.name
    kind(name)
    rows = read_rows(read_bytes(plan_file), name)
    data = dump(plan_overlay(rows, name, loaded.scenario, council)).encode()
    try:
        planned = build(overlay(loaded.tree, parse(data, name)))
    except ScenarioError as error:
        # These stand in the overlay, which has other lines than the table.
        raise ScenarioError(tuple(replace(found, file=name, line=0, column=0) for found in error.problems)) from None
    return data, odd_amounts(planned, prepare(planned).differences)


def _body(found: Scenario, council: str | None) -> LocalAuthority:
    from simulator.returns import named_rule, planners

    bodies = planners(found)
    if council is None and len(bodies) == 1:
        return next(iter(bodies.values()))
    if council not in bodies:
        remedy = "name one of them" if bodies else "write the plan in the scenario"
        raise ScenarioError((Problem("--council", 0, 0, "", council or "", f"--council {named_rule(found)}", remedy),))
    return bodies[council]


def _write(path: Path, data: bytes, *, force: bool, kept: tuple[Path, ...], forcible: bool) -> None:
    """Write a file; over one that is there only by `force`, and never over those in `kept`, which were read."""
    try:
        if path.exists() and any(path.samefile(one) for one in kept if one.exists()):
            rule = "the overlay has a file of its own; this one was read to make it and is left as it was"
            raise ScenarioError((Problem(str(path), 0, 0, "", "", rule, "give another name"),))
        (write_atomic if force else write_new)(path, data)
    except FileExistsError:
        rule = "a file of this name is there already and is left as it was"
        remedy = "give another name, or add --force to write over it" if forcible else "give another name"
        raise ScenarioError((Problem(str(path), 0, 0, "", "", rule, remedy),)) from None
    except OSError as error:
        rule = f"the file can be written ({error.strerror or error})"
        raise ScenarioError((Problem(str(path), 0, 0, "", "", rule, "check its folder and name"),)) from None
