"""From a scenario file to a scenario: what it extends, what lies over it, and every fault found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from simulator.agency_faults import Asked, unknown_names
from simulator.assumptions import Label
from simulator.faults import LISTED, NAMED, faults
from simulator.fields import is_assumption, retained, switched
from simulator.files import PACKAGE, read_bytes
from simulator.layers import Reader, check_format, fault, start, without
from simulator.money import UNITS
from simulator.overlays import ids_of, overlay
from simulator.problems import Problem, ScenarioError
from simulator.refusals import problems as in_words
from simulator.scenario import Scenario
from simulator.set_values import Reading, assign, before, split
from simulator.yaml_tree import Address, Tree, at
from simulator.yaml_values import dump

MOST = 1_000
ORIGIN = "--set"
OVERLAY = "this looks like an overlay, which is read with the scenario it lies over"
_NAME = TypeAdapter[str](Label)
_YEAR = re.compile(r"[0-9]{4}[-/][0-9]{2}")
Files = tuple[tuple[str, str], ...]
"""The name and SHA-256 of every file read."""
SETTING = Reading(ORIGIN, Scenario.model_fields, partial(is_assumption, Scenario))
"""How the values that a command or a case sets are read."""


class Piece(NamedTuple):
    """An overlay as read with all that it extends, its line among the changes, and the files it was read from."""

    tree: Tree
    line: str
    files: Files


@dataclass(frozen=True)
class Loaded:
    """A scenario with its resolved text and the name and SHA-256 of every file it was read from.

    `changes` has a plain line for each overlay and each value set, `kept` one for each agreement they switch.
    """

    scenario: Scenario
    text: str
    files: Files
    tree: Tree
    changes: tuple[str, ...]
    kept: tuple[str, ...]


def load(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Loaded:
    """Return the scenario in a file, with `overlays` laid over it and then `sets` (`address=value`).

    Raises:
        ScenarioError: with every problem found.
    """
    reader = Reader()
    tree, changes, kept = _resolved(reader, path, overlays, sets)
    return Loaded(build(tree), dump(tree.value), listed(reader), tree, changes, kept)


def read(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Tree:
    """Return the values of a scenario file, resolved as `load` does but not yet checked against the models.

    Raises:
        ScenarioError: when a file cannot be read or an overlay or setting does not fit.
    """
    return _resolved(Reader(), path, overlays, sets)[0]


def build(tree: Tree) -> Scenario:
    """Return the scenario that a resolved tree holds.

    Raises:
        ScenarioError: with every problem found: those of single fields first; of fields together when
            there are none.
    """
    if not isinstance(tree.value, dict):
        raise fault(tree, (), "a scenario is named values, each as `name: value`", "see `headroom new`")
    if not {"headroom", "place", "base_year"} & set(tree.value):
        remedy = f"headroom check COUNCIL.yaml --with {tree.marks[()].file}"
        raise fault(tree, (), OVERLAY, remedy)
    check_format(tree)
    found = list(_years_twice(tree.value, tree, ()))
    # Without a good unit only the unit is at fault, so amounts are read in the smallest.
    context = {"money": unit if (unit := tree.value.get("money")) in tuple(UNITS) else "£"}
    try:
        scenario = Scenario.model_validate(tree.value, strict=True, context=context)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        found += in_words(tree, errors, Scenario)
        told = {problem.field for problem in found}
        unknown = (tree.problem(*fault) for fault in unknown_names(_names(tree, tree.value, (), {})))
        found += [problem for problem in islice(unknown, MOST) if problem.field not in told]
        raise _all(found) from None
    found += [tree.problem(*fault) for fault in faults(scenario)]
    if found:
        raise _all(found)
    return scenario


def _names(tree: Tree, value: Any, address: Address, known: dict[Address, list[str] | None]) -> Iterator[Asked]:
    """Yield names that no part of the tree has, as far as the lists of parts can be read: see `unknown_names`."""
    for step, held in value.items() if isinstance(value, dict) else enumerate(value):
        here = (*address, step)
        if isinstance(held, dict | list):
            yield from _names(tree, held, here, known)
        elif step in NAMED and isinstance(held, str) and address[-1:] != ("shares",) and "statement" not in address:
            where = (*here[:2], "spending") if NAMED[step] == "line" else LISTED.get(NAMED[step], ("drivers",))
            if where not in known:
                known[where] = ids_of(at(tree.value, where) or [])
            ids = known[where]
            if ids is not None and held not in ids:
                yield here, held, NAMED[step], ids


def template() -> bytes:
    """Return the commented scenario that `headroom new` writes."""
    return read_bytes(PACKAGE / "defaults" / "new-place.yaml")


def json_schema() -> str:
    """Return the JSON Schema of scenario files, for editors.

    It asks for no field but ids and the version, since a file that extends another states only what
    differs; `headroom check` asks for the rest.
    """
    schema = Scenario.model_json_schema()
    parents = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    schema["properties"]["extends"] = parents | {"description": "the file or files this one states differences from"}
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "required": ["headroom"]}
    schema["$defs"] = {name: _for_editors(name, held) for name, held in schema["$defs"].items()}
    text = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return re.sub(r"simulator__assumptions__Assumption_\w*?____(\d+)", r"Assumption\1", text)


def _for_editors(name: str, held: dict[str, Any]) -> dict[str, Any]:
    """Ask for ids only, and let an assumption be a bare value."""
    held = held | {"required": [key for key in held.get("required", ()) if key == "id"]}
    if "Assumption" not in name:
        return held
    bare = next(part for part in held["properties"]["value"]["anyOf"] if part.get("type") != "null")
    return {"anyOf": [bare, held | {"title": "Assumption"}]}


def _resolved(
    reader: Reader, path: Path | str, overlays: Sequence[Path | str], sets: Sequence[str]
) -> tuple[Tree, tuple[str, ...], tuple[str, ...]]:
    first = reader.whole(*start(path))
    return resolved(first, [piece(laid, reader) for laid in overlays], sets)


def resolved(
    first: Tree, pieces: Sequence[Piece], sets: Sequence[str]
) -> tuple[Tree, tuple[str, ...], tuple[str, ...]]:
    """Return a tree with pieces laid over it and values set, a line for each change, and what switching kept.

    Raises:
        ScenarioError: when an overlay or a setting does not fit.
    """
    tree, changes = first, [laid.line for laid in pieces]
    for laid in pieces:
        tree = overlay(tree, laid.tree)
    for setting in sets:
        address, text = split(setting, ORIGIN)
        after = assign(tree, address, text, *SETTING[:2], is_number=SETTING.is_number)
        changes.append(f"{address}: {text} (was {before(tree, address, *SETTING[:2]) or 'not set'})")
        tree = after
    tree = switched(tree, Scenario)
    return tree, tuple(changes), retained(first, tree, Scenario)


def piece(path: Path | str, reader: Reader | None = None) -> Piece:
    """Return an overlay as read, ready to be laid over a scenario.

    Raises:
        ScenarioError: when it cannot be read or is no overlay.
    """
    reader = reader or Reader()
    tree, file = reader.whole(*start(path), piece=True), Path(path).name
    try:
        name = _NAME.validate_python(tree.value.get("name"), strict=True)
    except ValidationError:
        return Piece(tree, file, listed(reader))  # a name that is no name stays, so that the models refuse it
    # A name of its own would take the place of the scenario's.
    return Piece(without(tree, "name"), f"{name} ({file})", listed(reader))


def listed(reader: Reader) -> Files:
    """Return what was read, by name and SHA-256, without folders of the machine."""
    return tuple((Path(name).name if Path(name).is_absolute() else name, digest) for name, digest in reader.files)


def _years_twice(value: Any, tree: Tree, address: Address) -> Iterator[Problem]:
    """Yield years written both ways in one group: the models would keep the last of them."""
    seen: dict[str, str] = {}
    for step, held in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, str) and _YEAR.fullmatch(step):
            first = seen.setdefault(step.replace("/", "-"), step)
            if first != step:
                rule = f"a year stands once in its group; `{first}` and `{step}` are the same year"
                yield tree.problem((*address, step), rule, f"keep one, written {step.replace('/', '-')}")
        if isinstance(held, dict | list):
            yield from _years_twice(held, tree, (*address, step))


def _all(found: list[Problem]) -> ScenarioError:
    """One error with every problem, in the order of the files' lines."""
    found = sorted(found, key=lambda problem: (problem.file, problem.line, problem.column))
    if len(found) > MOST:
        rule, remedy = f"{len(found) - MOST:,} more problems were found", "mend those above first"
        found = [*found[:MOST], Problem(found[MOST].file, found[MOST].line, 1, "", "", rule, remedy)]
    return ScenarioError(tuple(found))
