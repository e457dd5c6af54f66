"""Commands that say why, from a run folder: the steps to a year, one future told whole, one line followed."""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from simulator.cli.scenarios import force_option, json_option, refuse
from simulator.files import read_bytes, write_atomic, write_new
from simulator.problems import ScenarioError
from simulator.scenario_file import load

if TYPE_CHECKING:
    import pandas as pd

    from simulator.tracing import Redrawn

_RUN = click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False))


@click.command()
@_RUN
@click.option("--path", "number", type=click.IntRange(0), required=True, help="Which future, counted from 0.")
@click.option("--year", help="One year only, such as 2027-28.")
@click.option("--view", default="after_action", show_default=True, help="before_action or after_action.")
@click.option("--agency", help="This body alone, by its id; without it every body is told.")
@json_option
def trace(run_dir: Path, number: int, as_json: bool, **asked: Any) -> None:
    """Tell all that happened on one future of RUN_DIR: prices, events, money, who paid whom and why."""
    from simulator.tracing import UnknownItemError
    from simulator.tracing import trace as traced
    from simulator.tracing_page import trace_page

    run = _redrawn(run_dir, as_json)
    try:
        told = traced(run, number)
    except UnknownItemError as error:
        _stop(str(error))
    view, year = asked["view"], asked["year"]
    # Payments have two sides, so that all bodies are told unless one is asked for.
    bodies = [_body(run, asked["agency"])] if asked["agency"] else list(run.compiled.agency_ids)
    views, years = [one.name for one in run.views], run.compiled.years
    if view not in views:
        _stop(f"{view} is not a view of this run; it has: {', '.join(views)}")
    if year is not None and year not in years:
        _stop(f"{year} is not a year of this run{_meant(year, years)}; it has {years[0]} to {years[-1]}")
    told = told[told.agency.isin(bodies) & told.view.isin(["all", view])]
    told = told[told.year == year] if year else told
    if as_json:
        click.echo(_json(told))
        return
    pages = (trace_page(run, body, number, view, told[told.agency == body]) for body in bodies)
    click.echo("\n\n".join(pages))


@click.command()
@_RUN
@click.option("--year", required=True, help="Which year, such as 2030-31.")
@click.option("--view", default="before_action", show_default=True, help="before_action or after_action.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Picture to write: .svg or .png.")
@force_option
@click.option("--agency", help="Which body, by its id; of a run with one body that one.")
@json_option
def why(run_dir: Path, as_json: bool, **asked: Any) -> None:
    """Say why a year of RUN_DIR looks as it does: the steps from the base year's gap of a body to that year's."""
    steps = _steps(run_dir, asked["year"], asked["view"], asked["agency"])
    if asked["out"]:
        _picture(run_dir, steps, asked)
    if as_json:
        click.echo(json.dumps(steps, indent=2, ensure_ascii=False))
        return
    when = f"{steps[0]['agency']} in {asked['year']}, {asked['view'].replace('_', ' ')}"
    click.echo(f"Steps to the gap of {when}, £m cash; above nought is short, and a step above nought widens the gap.\n")
    wide = max(62, *(len(step["step"]) + 4 for step in steps))
    for step in steps:
        level, amount = step["kind"] == "level", step["amount"] / 1e6
        if level or abs(amount) >= 0.005:
            name, shown = ("", f"{amount:,.2f}") if level else ("  ", f"{amount:+,.2f}")
            click.echo(f"{name + step['step']:<{wide}}{shown:>10}")


def _steps(run_dir: Path, year: str, view: str, agency: str | None) -> list[dict[str, Any]]:
    """Return the steps of one body, view and year from a run folder's table, or say what is wrong and leave."""
    try:
        table = read_bytes(run_dir / "tables" / "waterfall.csv", limit=50_000_000).decode("utf-8")
    except (ScenarioError, UnicodeDecodeError):
        _stop(f"{run_dir} holds no tables/waterfall.csv; name a folder that `headroom run` wrote")
    rows = list(csv.DictReader(io.StringIO(table)))
    wanted = {"year": year, "view": view} | ({"agency": agency} if agency else {})
    for key, value in wanted.items():
        known = list(dict.fromkeys(row.get(key, "") for row in rows))
        if value not in known:
            what = f"a {'body' if key == 'agency' else key} of this run{_meant(value, known)}"
            _stop(f"{value} is not {what}; it has: {', '.join(known)}")
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    bodies = list(dict.fromkeys(row["agency"] for row in found))
    if len(bodies) > 1:
        _stop(f"name one of the bodies of this run with --agency: {', '.join(bodies)}")
    return [{"agency": r["agency"], "step": r["step"], "kind": r["kind"], "amount": float(r["amount"])} for r in found]


def _meant(value: str, known: Collection[str]) -> str:
    """Return a question with the known year or name that a value seems to mean, or nothing."""
    start = re.match(r"[0-9]{4}(?![0-9])", value)
    close = [name for name in known if start and name.startswith(f"{start[0]}-")]
    close = close or ([] if start else difflib.get_close_matches(value, known, 1, 0.6))
    return f" (did you mean {close[0]}?)" if close else ""


def _picture(run_dir: Path, steps: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    """Write the steps as a picture; over one that is there only by --force."""
    import pandas as pd

    from simulator import charts, figure_words

    year, view, out = asked["year"], asked["view"], asked["out"]
    kind = out.suffix.removeprefix(".")
    if kind not in ("svg", "png"):
        _stop(f"{out} is no picture this can write; end its name in .svg or .png")
    scenario = _redrawn(run_dir, as_json=False).scenario
    name = next(body.name for body in scenario.agencies if body.id == steps[0]["agency"])
    frame = pd.DataFrame(steps)[["step", "amount", "kind"]]
    # The table is rounded, so each sum after the first is made again from its steps.
    sums = frame.amount.where((frame.kind == "move") | (frame.index == 0), 0.0).cumsum()
    frame["amount"] = frame.amount.where((frame.kind == "move") | (frame.index == 0), sums)
    words = figure_words.waterfall_words(frame, name, str(scenario.base_year), year, view.replace("_", " "))
    try:
        (write_atomic if asked["force"] else write_new)(out, charts.waterfall(frame, words)[kind])
    except FileExistsError:
        _stop(f"{out} is there already and is left as it was. Give another name, or add --force to write over it.")
    except OSError as error:
        _stop(f"{out} could not be written: {error.strerror or error}.")


@click.command()
@_RUN
@click.argument("item", required=False)
@click.option("--agency", help="Which body, by its id; without it the only one that has the item.")
@json_option
def detail(run_dir: Path, item: str | None, agency: str | None, as_json: bool) -> None:
    """Follow one ITEM of RUN_DIR over all futures: a line, a service or a part; without one, list what there is."""
    from simulator.tracing import detail as followed
    from simulator.tracing import items
    from simulator.tracing_page import detail_page, items_page, nearest_item

    run = _redrawn(run_dir, as_json)
    body = _body(run, agency) if agency else _holder(run, item)
    known = items(run, body)
    if item is None:
        click.echo(json.dumps(sorted(known), ensure_ascii=False) if as_json else items_page(run, body, known))
        return
    if item not in known:
        near = nearest_item(run, body, known, item)
        meant = f"did you mean {near}? " if near else ""
        _stop(f"{body} has no `{item}`; {meant}`headroom detail {run_dir}` lists what there is, with kinds and names")
    table = followed(run, body, item)
    click.echo(_json(table) if as_json else detail_page(run, body, item, table))


def _json(table: pd.DataFrame) -> str:
    whole = table.astype(object).where(table.notna(), None)
    return json.dumps(whole.to_dict(orient="records"), indent=2, ensure_ascii=False)


def _stop(words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(2)


def _body(run: Redrawn, agency: str) -> str:
    bodies = run.compiled.agency_ids
    if agency not in bodies:
        _stop(f"{agency} is not a body of this run{_meant(agency, bodies)}; it has: {', '.join(bodies)}")
    return agency


def _holder(run: Redrawn, item: str | None) -> str:
    """Return the only body of a run, or the only one that has an item; else say which there are and leave."""
    from simulator.tracing import items

    bodies = run.compiled.agency_ids
    if len(bodies) == 1:
        return bodies[0]
    held = [body for body in bodies if item in items(run, body)] if item else []
    if len(held) == 1:
        return held[0]
    several = f"{', '.join(held)} have `{item}`" if held else f"no body of this run has `{item}`" if item else ""
    _stop(f"{f'{several}; ' if item else ''}name one of the bodies with --agency: {', '.join(held or bodies)}")


def _redrawn(run_dir: Path, as_json: bool) -> Redrawn:
    """Return the run of a folder, from its scenario and record, or say what is wrong and leave."""
    from simulator.prepared import compile_scenario
    from simulator.tracing import Redrawn
    from simulator.variants import DO_NOTHING, VIEWS

    try:
        record = json.loads(read_bytes(run_dir / "run.json"))
        seed, paths, named = int(record["seed"]), int(record["paths"]), list(record["views"])
        scenario = load(run_dir / "scenario.yaml").scenario
    except ScenarioError as error:
        refuse(error, as_json)
    except (ValueError, KeyError, TypeError):
        _stop(f"{run_dir / 'run.json'} is not the record of a run; name a folder that `headroom run` wrote")
    views = tuple(view for view in (*VIEWS, DO_NOTHING) if view.name in named)
    return Redrawn(scenario, compile_scenario(scenario), paths, seed, views)
