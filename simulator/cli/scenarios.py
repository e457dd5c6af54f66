"""Commands about scenario files: check, new, schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from simulator.agreements import tier
from simulator.files import read_bytes, shipped, shipped_names, write_new
from simulator.problems import Problem, ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded, json_schema, load, template

overlay_option = click.option(
    "--with", "overlays", multiple=True, metavar="OVERLAY", help="A file that states only what differs; repeatable."
)
set_option = click.option(
    "--set", "sets", multiple=True, metavar="ID=VALUE", help="Change one value, such as send.long_run=10%; repeatable."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
force_option = click.option("--force", is_flag=True, help="Write over the file that --out names, if it is there.")
SPREADSHEETS = (".xlsx", ".csv", ".xls", ".xlsm", ".ods")


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
        if tables := [name for name in overlays if name.lower().endswith(SPREADSHEETS)]:
            raise ScenarioError(tuple(_spreadsheet(name, scenario) for name in tables))
        return load(scenario, overlays, sets)
    except ScenarioError as error:
        refuse(ScenarioError(tuple(one.with_setting() for one in error.problems)) if sets else error, as_json)


def _spreadsheet(name: str, scenario: str) -> Problem:
    rule = "an overlay is a YAML file; this is a spreadsheet"
    remedy = f"first `headroom import {name} --for {scenario} --out plan.yaml`, then `--with plan.yaml`"
    return Problem(name, 0, 0, "", "", rule, remedy)


@click.command()
@click.argument("scenario")
@overlay_option
@set_option
@json_option
def check(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> None:
    """Read SCENARIO and list every problem in it; nothing is run."""
    from simulator.notes import notes

    loaded = read(scenario, overlays, sets, as_json)
    found = loaded.scenario
    look_again = [*(f"{words}." for words in loaded.kept), *notes(found)]
    if as_json:
        report = {"problems": [], "name": found.name, "notes": look_again, **_parties(found)}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    several = len(found.agencies) > 1
    bodies = "" if several else f"{found.agencies[0].name}; "
    click.echo(f"{scenario}: no problems. {found.name}: {bodies}{found.first_year} to {found.projected[-1]}.")
    if several:
        click.echo(_bodies(found))
    if found.agreements:
        click.echo(_agreements(found))
    say(look_again)


KINDS = {
    "council": ("council", "councils"),
    "police": ("police authority", "police authorities"),
    "fire": ("fire authority", "fire authorities"),
    "combined_authority": ("combined authority", "combined authorities"),
    "icb": ("ICB", "ICBs"),
    "trust": ("NHS trust", "NHS trusts"),
    "vcse": ("charity", "charities"),
    "outside": ("without books", "without books"),
}
"""What one body of a kind is called, and what several are."""
TIERS = {
    1: ("contract", "contracts"),
    2: ("pooled fund", "pooled funds"),
    3: ("gain and loss share", "gain and loss shares"),
    4: ("control total", "control totals"),
}
"""What agreements of a tier are called."""


def _parties(found: Scenario) -> dict[str, dict[str, list[str]]]:
    """Return the ids of bodies by kind and of agreements by tier."""
    kinds = {kind: [body.id for body in found.agencies if body.kind == kind] for kind in KINDS}
    tiers = {str(n): [stated.id for stated in found.agreements if tier(stated.kind) == n] for n in TIERS}
    return {
        "bodies": {kind: ids for kind, ids in kinds.items() if ids},
        "agreements": {number: ids for number, ids in tiers.items() if ids},
    }


def _bodies(found: Scenario) -> str:
    """Return the bodies by kind in a line."""
    told = []
    for kind, (one, many) in KINDS.items():
        if names := [body.name for body in found.agencies if body.kind == kind]:
            told.append(f"{len(names)} {one if len(names) == 1 else many} ({', '.join(names)})")
    return f"Bodies: {'; '.join(told)}."


def _agreements(found: Scenario) -> str:
    """Return the agreements by tier in a line, each tier settled on what stood before it."""
    told = []
    for number, (one, many) in TIERS.items():
        if names := [stated.name for stated in found.agreements if tier(stated.kind) == number]:
            told.append(f"tier {number}, {len(names)} {one if len(names) == 1 else many} ({', '.join(names)})")
    return f"Agreements: {'; '.join(told)}."


def say(notes: list[str]) -> None:
    """Print what to look at again, on standard error."""
    for words in notes:
        click.echo(f"Look again. {words}", err=True)


@click.command()
@click.argument("place_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "shipped_name", metavar="NAME", help="Copy a shipped scenario, such as blackburn-with-darwen.")
def new(place_file: Path, shipped_name: str | None) -> None:
    """Write a commented scenario to PLACE_FILE, to fill in. A file that is there is never touched."""
    try:
        write_new(place_file, _shipped(shipped_name) if shipped_name else template())
    except FileExistsError:
        click.echo(f"{place_file} is there already and is left as it was. Give another name.", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"{place_file} could not be written: {error.strerror or error}.", err=True)
        sys.exit(2)
    then = "Change what you like" if shipped_name else "Replace its example figures"
    click.echo(f"Wrote {place_file}. {then}, then: headroom check {place_file}")


_SCHEMA = b"# yaml-language-server: $schema=schema.json\n"
_BESIDE = b"# For help in an editor, write the schema beside this file:  headroom schema > schema.json\n"


def _shipped(name: str) -> bytes:
    found = shipped(f"scenarios/{name.removesuffix('.yaml')}.yaml")
    if found is None:
        names = ", ".join(Path(one).stem for one in shipped_names("scenarios"))
        raise click.BadParameter(f"no scenario {name!r} is shipped; these are: {names}", param_hint="--from")
    # Its opening comments name files that stand beside the shipped one and not beside the copy.
    head, line, rest = read_bytes(found).partition(b"headroom: 1\n")
    head = head.replace(_SCHEMA, _SCHEMA + _BESIDE).replace(b" sources.md", b" scenarios/sources.md of Headroom")
    return head + line + rest


@click.command()
@click.option("--study", is_flag=True, help="Of study files instead.")
def schema(study: bool) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    if study:
        from simulator.study_file import study_schema

        click.echo(study_schema(), nl=False)
    else:
        click.echo(json_schema(), nl=False)
